import {
    assessmentDue,
    claimableRewards,
    exitClockSecs,
    exitClockTime,
    holdingsOf,
    liveShares,
    movedTo,
    recoveryOf,
    slotsAsSecs,
    unvested,
    windowCloses,
    withLocked,
    type EpochRecord,
    type Holding,
    type Member,
    type Quotes,
    type Requirements,
} from 'bulkhead-client';
import type { Exit, Health, MemberFigures, MemberStatus, PositionFigures } from '../model.js';
import { EXIT_WINDOW_SLOTS, mutualResources } from './fund.js';
import { favouring, judgedBy, silenceOf, symbolOf, waitsForPrice } from './market.js';
import { abs, bpsOf, max, ONE_BPS, somebody, sum, type Raw } from './raw.js';

export const MEMBER_STATUS: Readonly<Record<number, MemberStatus>> = { 0: 'active', 1: 'grace', 3: 'closed out' };

/** Beyond this multiple of the mark no liquidation price is looked for: a short that survives it survives. */
const HIGHEST_MULTIPLE = 64n;

/** The record of the epoch that has ended with a member's shares, if it was in one. */
export function endedEpoch(member: Member, { epochs, fund }: Raw): EpochRecord | undefined {
    return member.shareEpoch === fund.shareEpoch
        ? undefined
        : epochs.find(({ epoch }) => epoch === member.shareEpoch);
}

export function memberFigures(address: string, member: Member, raw: Raw, quotes: Quotes): MemberFigures {
    const { clock, fund } = raw;
    const shares = liveShares(member, fund);
    const contribution = quotes.shareValue(fund, shares);
    const ended = endedEpoch(member, raw);
    const requirements = requirementsOf(member, raw, quotes);
    const positions = positionsOf(member, raw, quotes);
    const capBps = BigInt(member.assessmentCapBps);
    const assessed = member.coolingOff === fund.coolingOff ? member.assessed : 0n;
    const most = max(0n, bpsOf(contribution, capBps) - assessed);
    const rewards = claimableRewards(member, fund, ended);
    const recovery = recoveryOf(member, fund, ended);
    return {
        address,
        owner: member.owner,
        delegate: somebody(member.delegate),
        status: MEMBER_STATUS[member.status] ?? 'active',
        margin: member.margin,
        locked: member.locked,
        health: requirements && healthOf(requirements, contribution, member, raw, quotes),
        positions,
        contribution,
        shares,
        partBps: fund.totalShares === 0n ? 0n : (shares * ONE_BPS) / fund.totalShares,
        endedShares: member.shareEpoch === fund.shareEpoch ? 0n : member.shares,
        exit: exitOf(member, raw, quotes),
        rewards,
        recovery,
        assessment: { capBps, most, due: assessmentDue(member, fund, clock.ts) },
        call: member.callAmount > 0n ? { amount: member.callAmount, dueTs: exitClockTime(fund, clock, member.callDueSecs) } : undefined,
        claim: member.claim,
        cushions: member.cushions,
        isStressCalled: member.isStressCalled,
        isEmpty:
            member.margin === 0n &&
            member.shares === 0n &&
            positions.length === 0 &&
            member.claim === 0n &&
            member.cushions === 0 &&
            member.locked === 0n &&
            rewards === 0n &&
            recovery.borne === 0n,
        atRisk: {
            margin: member.margin,
            survivors: contribution,
            assessments: most,
            gains: sum(positions.map(({ profit }) => max(0n, profit))),
        },
    };
}

/** The requirements of a member; none while a market that it holds has never had a price. */
export function requirementsOf(member: Member, { clock, fund, markets }: Raw, quotes: Quotes): Requirements | undefined {
    const holdings = holdingsOf(member, markets);
    return holdings.some(({ market }) => market.price === 0n)
        ? undefined
        : withLocked(quotes.requirements(member.margin, holdings, fund.params, unvested(member, fund, clock)), member.locked);
}

/** Equity as others judge it: at the price of the last seconds that favours the member, market by market. */
export function equityToOthers(
    member: Member,
    { clock, fund, markets }: Raw,
    rate: 'initialBps' | 'maintenanceBps',
    quotes: Quotes,
): bigint {
    const profits = member.positions.map(({ lots, market: index, raw }) => {
        const market = markets[index];
        if (!market || (lots === 0n && raw === 0n)) {
            return 0n;
        }
        const judged = judgedBy(market, market.rates[rate], fund.params.maxMarkAgeSlots, clock);
        return quotes.profit({ lots, raw }, favouring(judged, lots), market.scale);
    });
    return member.margin + sum(profits);
}

function healthOf(requirements: Requirements, contribution: bigint, member: Member, raw: Raw, quotes: Quotes): Health {
    const { fund } = raw;
    const others = mutualResources(fund, contribution);
    return {
        equity: requirements.equity,
        profit: requirements.profit,
        collateral: requirements.collateral,
        initialMargin: requirements.initialMargin,
        maintenanceMargin: requirements.maintenanceMargin,
        requiredContribution: requirements.requiredContribution,
        freeMargin: requirements.freeMargin,
        isLiquidatable: equityToOthers(member, raw, 'maintenanceBps', quotes) < requirements.maintenanceMargin,
        stressLoss: requirements.stressLoss,
        stressLimit: bpsOf(others, BigInt(fund.params.coverLimitBps)),
    };
}

function positionsOf(member: Member, { clock, fund, markets }: Raw, quotes: Quotes): PositionFigures[] {
    const holdings = holdingsOf(member, markets);
    const held = member.positions.filter(({ lots, raw }) => lots !== 0n || raw !== 0n);
    return held.flatMap(({ lots, market: index, raw }, place) => {
        const market = markets[index];
        if (!market) {
            return [];
        }
        return {
            market: index,
            symbol: symbolOf(market),
            lots,
            lotDecimals: market.lotDecimals,
            priceDecimals: market.priceDecimals,
            mark: market.mark.price,
            notional: quotes.notional(abs(lots), market.mark.price, market.scale),
            profit: quotes.profit({ lots, raw }, market.mark.price, market.scale),
            liquidationPrice: liquidationPrice(member.margin, holdings, place, quotes),
            silent: waitsForPrice(silenceOf(market, fund.params.maxMarkAgeSlots, clock)),
        };
    });
}

/** Whether a member can be liquidated does not depend on them. */
const NO_TERMS = { minContribution: 0n, auctionMaxDiscountBps: 0 };

/**
 * The price of one market at which the member can be liquidated while all other prices stay, in the program's own
 * arithmetic: found by bisection. None when no price between zero and {@link HIGHEST_MULTIPLE} times the mark does it.
 */
export function liquidationPrice(
    margin: bigint,
    holdings: readonly Holding[],
    place: number,
    quotes: Quotes,
): bigint | undefined {
    const holding = holdings[place];
    if (!holding || holding.position.lots === 0n || holding.market.price === 0n) {
        return undefined;
    }
    const { lots } = holding.position;
    const { price } = holding.market;
    const fails = (at: bigint) => {
        const moved = holdings.with(place, { ...holding, market: movedTo(holding.market, at) });
        return quotes.requirements(margin, moved, NO_TERMS).isLiquidatable;
    };
    if (fails(price)) {
        return price;
    }
    // `safe` is always a price that is survived, `fatal` one that is not.
    let safe = price;
    let fatal = lots > 0n ? 0n : price * HIGHEST_MULTIPLE;
    if (!fails(fatal)) {
        return undefined;
    }
    while (abs(fatal - safe) > 1n) {
        const middle = (safe + fatal) / 2n;
        if (fails(middle)) {
            fatal = middle;
        } else {
            safe = middle;
        }
    }
    return fatal;
}

function exitOf(member: Member, { clock, fund }: Raw, quotes: Quotes): Exit | undefined {
    if (member.noticeShares === 0n) {
        return undefined;
    }
    // All of it runs on the exit clock: its readings are shown as the times at which it will read so if exits stay open.
    const { exitDelaySlots, slotMs } = fund.params;
    const reading = exitClockSecs(fund, clock);
    const time = (secs: bigint) => exitClockTime(fund, clock, secs);
    const opens = member.noticeReadySecs;
    const window = BigInt(fund.params.claimWindowSecs);
    const closes = windowCloses(fund, opens, opens + window);
    const paidFrom = member.exitReadySecs;
    const isCommitted = paidFrom > 0n && exitDelaySlots > 0;
    const paidBefore = paidFrom + slotsAsSecs(EXIT_WINDOW_SLOTS, slotMs);
    // A commitment that a block has interrupted can be made again, once.
    const isInterrupted = !member.exitRenewed && fund.exits.reopened + slotsAsSecs(BigInt(exitDelaySlots), slotMs) >= paidFrom;
    const stage = (): Exit['stage'] => {
        if (reading < opens) return 'notice';
        if (reading >= closes) return 'missed';
        if (!isCommitted) return 'window';
        if (reading >= paidBefore) return isInterrupted ? 'window' : 'missed';
        return reading < paidFrom ? 'committed' : 'payable';
    };
    return {
        shares: member.noticeShares,
        amount: quotes.shareValue(fund, member.noticeShares),
        readyTs: time(opens),
        closesTs: time(closes),
        overdueTs: time(opens + window / 2n),
        committed: isCommitted && stage() !== 'window' ? { paidFromTs: time(paidFrom), lastTs: time(paidBefore) } : undefined,
        stage: stage(),
    };
}

