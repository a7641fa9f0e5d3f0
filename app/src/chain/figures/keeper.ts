import {
    assessmentDue,
    blocksExits,
    exitClockSecs,
    heldMarkets,
    isExpired,
    isTaken,
    liveShares,
    FILL_AGE_SECS,
    type Member,
    type Quotes,
} from 'bulkhead-client';
import type { DueTask, KeeperTask, TaskKind } from '../model.js';
import { marketFigures, silenceOf, symbolOf } from './market.js';
import { equityToOthers, requirementsOf } from './member.js';
import { offerFigures } from './offer.js';
import { abs, bpsOf, min, type Raw } from './raw.js';

/** The time for which the record of a default stays before anyone may close it. */
const RETENTION_SECS = 7_776_000n;
/** Premiums below a token are left for later. */
const LEAST_PREMIUM_TOKENS = 1n;
/** Prices are refreshed for their own sake when they are this old. */
const STALE_SECS = 300n;
const WIND_DOWN = 2;

/** The tasks that are due now, losses first: everything else waits for them. */
export function dueTasks(raw: Raw, quotes: Quotes): DueTask[] {
    return [...losses(raw), ...members(raw, quotes), ...houses(raw, quotes), ...takings(raw), ...windDown(raw), ...upkeep(raw)];
}

function due(
    kind: TaskKind,
    task: KeeperTask,
    text: { readonly title: string; readonly why: string; readonly pays?: bigint; readonly needsMember?: boolean },
): DueTask {
    const { needsMember = false, pays, title, why } = text;
    return { id: JSON.stringify(Object.values(task), stringify), kind, task, title, why, pays, needsMember };
}

const stringify = (_: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value);

function* losses({ clock, fund, records }: Raw): Generator<DueTask> {
    for (const { address, data: record } of records.filter(({ data }) => data.status === 0)) {
        const bounty = min(fund.params.bountyCap, bpsOf(record.shortfall, BigInt(fund.params.bountyBps)));
        yield due(
            'loss',
            { kind: 'allocate', record: address },
            {
                title: `Allocate default ${record.seq}`,
                why: 'A declared loss that no layer has paid yet. Contributions cannot move until it is allocated.',
                pays: bounty,
            },
        );
    }
    const hasMoney = fund.treasury > 0n || fund.contributions > 0n || fund.cushions > 0n;
    if (fund.residual > 0n && hasMoney) {
        yield due(
            'loss',
            { kind: 'allocate-residual' },
            { title: 'Allocate the residual', why: 'A loss that no open default owns, and there is money to pay it with.' },
        );
    }
    const isCallOpen = fund.assessment.called > fund.assessment.collected && clock.ts <= fund.assessment.endsTs;
    const areLayersEmpty = !hasMoney && fund.openDefaults === 0 && !isCallOpen;
    const round = fund.cutSeq > 0n ? fund.cutRounds[Number(fund.cutSeq) % fund.cutRounds.length] : undefined;
    const registers = round && !round.isCut;
    const areHousesSold = fund.openHouses === fund.waivedHouses;
    const isLast = areLayersEmpty && areHousesSold && fund.graces === 0 && fund.status !== WIND_DOWN;
    if (fund.residual > 0n && isLast && !registers) {
        yield due(
            'loss',
            { kind: 'open-gains-cut' },
            { title: 'Open a gains cut', why: 'Layers 1 to 5 are empty: what is left of the loss is cut from everybody\'s net gain.' },
        );
    }
    if (registers && clock.ts >= round.endsTs) {
        yield due('loss', { kind: 'cut-gains' }, { title: 'Cut gains', why: 'Everybody has had the time to register.' });
    }
}

function* members(raw: Raw, quotes: Quotes): Generator<DueTask> {
    const { clock, fund } = raw;
    const round = fund.cutSeq > 0n ? fund.cutRounds[Number(fund.cutSeq) % fund.cutRounds.length] : undefined;
    for (const [address, member] of raw.members) {
        if (round && clock.ts >= round.cutTs && member.cutSeen < fund.cutSeq && member.status <= 1 && heldMarkets(member).length > 0) {
            yield due(
                'loss',
                { kind: 'register-gains', member: address },
                { title: 'Register a gain', why: 'A gains cut has read the prices. Nothing of this member moves before it is registered.' },
            );
        }
        if (member.shareEpoch < fund.shareEpoch && member.shares > 0n) {
            yield due(
                'upkeep',
                { kind: 'settle-epoch', member: address },
                { title: 'Settle an ended epoch', why: 'Its shares were wiped out; what they had earned is still to be booked.' },
            );
        }
        const requirements = requirementsOf(member, raw, quotes);
        if (!requirements) {
            continue;
        }
        const isNegative = equityToOthers(member, raw, 'initialBps', quotes) < 0n;
        const isBelow = equityToOthers(member, raw, 'maintenanceBps', quotes) < requirements.maintenanceMargin;
        yield* judged(raw, address, member, isNegative, isBelow, quotes);
        const owed = assessmentDue(member, fund, clock.ts);
        if (owed > 0n && requirements.freeMargin > 0n && member.status <= 1) {
            yield due(
                'call',
                { kind: 'enforce', member: address },
                { title: 'Collect an assessment', why: 'It owes a part of the open call and has margin above its initial margin.' },
            );
            continue;
        }
        const isQuiet = !blocksExits(fund, clock);
        const required = heldMarkets(member).length > 0 ? requirements.requiredContribution : 0n;
        const isShort = quotes.shareValue(fund, liveShares(member, fund)) < required;
        const isCallDue = member.callAmount > 0n && exitClockSecs(fund, clock) >= member.callDueSecs && requirements.freeMargin > 0n;
        const acts = isShort ? member.callAmount === 0n || isCallDue : member.callAmount > 0n;
        if (isQuiet && acts && member.status === 0 && fund.status !== WIND_DOWN) {
            yield due(
                'call',
                { kind: 'enforce', member: address },
                {
                    title: isCallDue ? 'Enforce a contribution call' : isShort ? 'Call a contribution' : 'End a contribution call',
                    why: isShort
                        ? 'Its contribution is below what its positions require.'
                        : 'The member has met the call.',
                },
            );
        }
    }
}

function* judged(
    { clock, fund, markets }: Raw,
    address: string,
    member: Member,
    isNegative: boolean,
    isLiquidatable: boolean,
    quotes: Quotes,
): Generator<DueTask> {
    const held = heldMarkets(member);
    if (held.length === 0) {
        return;
    }
    const graceEnds = member.graceSlot + BigInt(fund.params.defaultConfirmSlots);
    const isInGrace = member.status === 1;
    const hasGrace = fund.params.defaultConfirmSlots > 0;
    if ((member.status === 0 && isNegative) || (isInGrace && (!isNegative || clock.slot >= graceEnds))) {
        yield due(
            'default',
            { kind: 'declare', member: address },
            {
                title: !isNegative ? 'End a grace period' : isInGrace || !hasGrace ? 'Declare a default' : 'Start a grace period',
                why: !isNegative
                    ? 'The member is sound again.'
                    : 'Its equity is below zero at every price of the last ten seconds: it cannot pay what it has lost.',
                pays: isNegative ? fund.params.bountyCap : undefined,
            },
        );
        return;
    }
    if (isLiquidatable && !isNegative && member.status <= 1) {
        const sizes = member.positions
            .filter(({ lots }) => lots !== 0n)
            .map(({ lots, market: index }) => {
                const market = markets[index];
                return { index, lots, notional: market ? quotes.notional(abs(lots), market.mark.price, market.scale) : 0n };
            });
        const largest = sizes.toSorted((a, b) => (a.notional < b.notional ? 1 : -1))[0];
        if (largest) {
            const market = markets[largest.index];
            yield due(
                'liquidation',
                { kind: 'liquidate', market: largest.index, member: address, lots: abs(largest.lots) },
                {
                    title: `Liquidate in ${market ? symbolOf(market) : largest.index}`,
                    why: 'Its equity is below maintenance margin. You take over lots at the price that favours it, and need margin and contribution for them.',
                    pays: bpsOf(largest.notional, BigInt(fund.params.liquidationBonusBps)),
                    needsMember: true,
                },
            );
        }
    }
}

function* houses(raw: Raw, quotes: Quotes): Generator<DueTask> {
    for (const { house, index, symbol } of marketFigures(raw, quotes)) {
        if (house) {
            yield due(
                'house',
                { kind: 'crank', market: index },
                {
                    title: `The house sells ${symbol}`,
                    why: 'A defaulter’s lots, at a discount that grows. Buy them on the market’s page.',
                    pays: bpsOf(house.notional, house.discountBps),
                    needsMember: true,
                },
            );
        }
    }
}

/** Takings wait for their price, and then hold margin until somebody ends them. */
function* takings(raw: Raw): Generator<DueTask> {
    for (const { address: offer, state, symbol, taking } of offerFigures(raw)) {
        if (state === 'taken') {
            const price = taking?.isPriced ? 'A price after it is there.' : 'There is none in the mark yet.';
            yield due(
                'taking',
                { kind: 'fill-offer', offer },
                {
                    title: `Fill a taking in ${symbol}`,
                    why: `The first price after the taking fills it, while that is at most ${FILL_AGE_SECS} seconds old. ${price}`,
                },
            );
        } else if (state === 'lapsed') {
            yield due(
                'taking',
                { kind: 'lapse-taking', offer },
                { title: `End a taking in ${symbol}`, why: 'It was not filled in time, and holds margin of both sides.' },
            );
        }
    }
}

function* windDown({ clock, fund, markets, members }: Raw): Generator<DueTask> {
    if (fund.status !== WIND_DOWN || clock.ts < fund.windDownTs + BigInt(fund.params.windDownSecs)) {
        return;
    }
    const open = markets.filter(({ finalTs }) => finalTs === 0n);
    for (const market of open) {
        yield due(
            'wind-down',
            { kind: 'fix-final-mark', market: market.index },
            { title: `Fix the final mark of ${symbolOf(market)}`, why: 'Every position ends at it.' },
        );
    }
    if (open.length > 0) {
        return;
    }
    for (const [address, member] of members) {
        if (member.status === 0) {
            yield due(
                'wind-down',
                { kind: 'close-out', member: address },
                { title: 'Close out a member', why: 'Its positions are closed at the final marks; a gain becomes a claim.' },
            );
        }
        if (member.claim > 0n && fund.closedOut === fund.members && fund.openDefaults === 0) {
            yield due(
                'wind-down',
                { kind: 'pay-out', member: address },
                { title: 'Pay a claim', why: 'Everybody is closed out: each claim gets the same part of what there is.' },
            );
        }
    }
}

function* upkeep({ clock, fund, markets, offers, records }: Raw): Generator<DueTask> {
    for (const market of markets) {
        const unit = 10n ** BigInt(fund.quoteDecimals);
        const premium = market.adjusted.premiumRaw / market.scale;
        if (min(premium, fund.pool) >= LEAST_PREMIUM_TOKENS * unit) {
            yield due(
                'upkeep',
                { kind: 'collect-premium', market: market.index },
                { title: `Collect the premium of ${symbolOf(market)}`, why: 'Positions have paid it; contributors earn it once it is collected.' },
            );
        }
        const isStale = clock.ts - market.mark.publishTs > STALE_SECS;
        if (isStale && market.finalTs === 0n && silenceOf(market, fund.params.maxMarkAgeSlots, clock)) {
            yield due(
                'upkeep',
                { kind: 'crank', market: market.index },
                { title: `Take a new price of ${symbolOf(market)}`, why: 'Its mark is old. Rates and breaker follow the price.' },
            );
        }
    }
    for (const { address: offer, data } of offers) {
        if (isExpired(data, clock.ts) && !isTaken(data)) {
            yield due(
                'upkeep',
                { kind: 'cancel-expired', offer },
                { title: 'Cancel an expired offer', why: 'Nobody can take it any more; its rent goes back to whoever has posted it.' },
            );
        }
    }
    for (const { address, data: record } of records) {
        if (record.cushionUnits > 0n && record.cushionRound < fund.houseRound) {
            yield due(
                'upkeep',
                { kind: 'release-cushion', record: address },
                { title: `Give the cushion of default ${record.seq} back`, why: 'The house has sold the lots that it stood behind; its owner cannot leave before.' },
            );
        }
        if (record.status === 1 && record.cushionUnits === 0n && clock.ts >= record.declaredTs + RETENTION_SECS) {
            yield due(
                'upkeep',
                { kind: 'close-default', record: address },
                { title: `Close the record of default ${record.seq}`, why: 'It is three months old; its rent goes back to whoever paid it.' },
            );
        }
    }
}
