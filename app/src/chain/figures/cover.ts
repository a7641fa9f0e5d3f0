/** Covers: what they pledge, what is there for them, and what anyone can do about them. @module */

import type { Cover, Market } from 'bulkhead-client';
import type { CoverFigures, CoverKind, CoversFigures, CoverStatus, CoverTask, VenueFigures } from '../model.js';
import { othersOf, symbolOf } from './market.js';
import { bpsOf, ceilDiv, max, min, ONE_BPS, PPM, type Addressed, type Raw } from './raw.js';

const KINDS: readonly CoverKind[] = ['claims', 'venue', 'parametric'];
const WIND_DOWN = 2;
const SUSPENDED = 1;
const ENDED = 2;
/** A year of premium, and a cell of a cover's period. */
const YEAR_SECS = 31_557_600n;
const PERIOD_SECS = 604_800n;
/** A cell of the prices that bound a venue. */
const GAP_CELL_SECS = 900n;
/** How long a cover serves what happened before it was over. */
const SERVES_SECS = 1_209_600n;
const SETTLE_SLOTS = 150n;
/** Holds: the bucket of all covers, of which a second comes back in three. */
const HOLD_ROOM_SECS = 1_209_600n;
const HOLD_REFILL = 3n;
/** Shares per unit that contributions never fall below. */
const SHARES_PER_UNIT = 2n ** 40n;

/** What a settlement could take, and out of what. */
interface There {
    readonly treasury: bigint;
    readonly contributions: bigint;
    readonly all: bigint;
}

/** What is there for covers: what a settlement can take. */
export function thereFor({ fund }: Pick<Raw, 'fund'>): There {
    const { contributions, params, totalShares, treasury } = fund;
    const floor = max(params.treasuryFloor, ceilDiv(contributions * BigInt(params.treasuryFloorBps), ONE_BPS));
    const waived = max(0n, fund.waivedAtRisk - fund.cushionRound.money);
    const free = max(0n, treasury - max(floor, waived));
    const spendable = totalShares === 0n ? 0n : max(0n, contributions - ceilDiv(totalShares, SHARES_PER_UNIT));
    const all = fund.status === WIND_DOWN ? 0n : free + spendable;
    return { treasury: free, contributions: spendable, all };
}

export function coversFigures(raw: Raw): CoversFigures {
    const { clock, covers, fund } = raw;
    const there = thereFor(raw);
    const resources = fund.treasury + fund.contributions;
    const budgetBps = BigInt(fund.params.coverBudgetBps);
    const fromContributions = min(max(0n, fund.committed - there.treasury), there.contributions);
    const { holdTs, holdUntilTs, holdUsedSecs } = fund.exits;
    const used = max(0n, holdUsedSecs - max(0n, clock.ts - holdTs) / HOLD_REFILL);
    return {
        pledged: fund.committed,
        budget: bpsOf(resources, budgetBps),
        budgetBps,
        resources,
        there: there.all,
        treasuryFree: there.treasury,
        fromContributions,
        fromContributionsPpm: fund.contributions === 0n ? 0n : (fromContributions * PPM) / fund.contributions,
        owed: fund.coverOwed,
        heldUntilTs: clock.ts < holdUntilTs ? holdUntilTs : undefined,
        holdRoomSecs: HOLD_ROOM_SECS - used,
        holdMostSecs: HOLD_ROOM_SECS,
        covers: covers.map((cover) => coverFigures(cover, raw, there)),
    };
}

/** The second from which nothing that happens is covered. */
export const overTs = ({ endsTs, lapsedTs }: Cover): bigint => (lapsedTs > 0n ? lapsedTs : endsTs);

function statusOf(cover: Cover, now: bigint): CoverStatus {
    switch (true) {
        case cover.status === ENDED:
            return 'ended';
        case cover.status === SUSPENDED:
            return 'suspended';
        case cover.lapsedTs > 0n:
            return 'lapsed';
        case now < cover.opensTs:
            return 'waiting';
        default:
            return now < cover.endsTs ? 'active' : 'over';
    }
}

function coverFigures({ address, data: cover }: Addressed<Cover>, raw: Raw, there: There): CoverFigures {
    const { clock, fund } = raw;
    const status = statusOf(cover, clock.ts);
    const pledged = status === 'ended' ? 0n : cover.limit - cover.drawn;
    // The premium is for what is really there.
    const backed = fund.committed === 0n ? 0n : (pledged * min(there.all, fund.committed)) / fund.committed;
    const rate = backed * BigInt(cover.premiumBpsPerYear);
    const paidUntil = rate === 0n ? cover.endsTs : cover.premiumTs + (cover.prepaid * ONE_BPS * YEAR_SECS) / rate;
    const endableTs = max(overTs(cover) + SERVES_SECS, cover.liveUntilTs);
    const venue = KINDS[cover.kind] === 'venue' ? venueFigures(cover, raw) : undefined;
    return {
        index: cover.index,
        address,
        kind: KINDS[cover.kind] ?? 'claims',
        status,
        limit: cover.limit,
        drawn: cover.drawn,
        owed: cover.owed,
        payable: cover.payable,
        pledged,
        perDraw: cover.perDraw,
        periodRoom: max(0n, cover.periodLimit - inPeriod(cover, clock.ts)),
        firstLoss: cover.firstLoss,
        firstLossMin: cover.firstLossMin,
        prepaid: cover.prepaid,
        premiumBps: BigInt(cover.premiumBpsPerYear),
        premiumYear: ceilDiv(rate, ONE_BPS),
        paidUntilTs: paidUntil < cover.endsTs && cover.lapsedTs === 0n ? paidUntil : undefined,
        coinsuranceBps: BigInt(cover.coinsuranceBps),
        opensTs: cover.opensTs,
        endsTs: cover.endsTs,
        lapsedTs: cover.lapsedTs > 0n ? cover.lapsedTs : undefined,
        endableTs,
        settlesSlot: cover.owed > 0n ? cover.owedSlot + SETTLE_SLOTS : undefined,
        drawer: cover.drawer,
        destination: cover.destination,
        beneficiary: cover.beneficiary,
        termsHash: [...cover.termsHash].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
        venue,
        can: tasksOf(cover, status, { rate, endableTs, bound: venue?.bound ?? 0n, now: clock.ts }),
    };
}

/** What the draws of this cell of seven days and of the one before are owed. */
export function inPeriod({ periodBefore, periodDrawn, periodTs }: Cover, now: bigint): bigint {
    const cells = (now - (now % PERIOD_SECS) - periodTs) / PERIOD_SECS;
    return cells <= 0n ? periodDrawn + periodBefore : cells === 1n ? periodDrawn : 0n;
}

function tasksOf(
    cover: Cover,
    status: CoverStatus,
    { bound, endableTs, now, rate }: { readonly rate: bigint; readonly endableTs: bigint; readonly bound: bigint; readonly now: bigint },
): CoverTask[] {
    const isLive = status !== 'ended';
    const tasks: readonly (readonly [CoverTask, boolean])[] = [
        ['settle', cover.owed > 0n && status !== 'suspended'],
        ['collect', cover.payable > 0n],
        ['show-gap', bound > 0n && status === 'active'],
        ['accrue', isLive && cover.lapsedTs === 0n && rate > 0n && min(now, cover.endsTs) > cover.premiumTs],
        ['end', isLive && now >= endableTs],
        ['refund', !isLive && cover.prepaid + cover.firstLoss > 0n],
    ];
    return tasks.filter(([, isDue]) => isDue).map(([task]) => task);
}

/** What the last fall of its market explains: `floor(E max(0, lambda h - p) / (lambda h))`. */
function venueFigures(cover: Cover, { clock, markets }: Raw): VenueFigures | undefined {
    const market = markets[cover.market];
    if (!market) {
        return undefined;
    }
    const thresholdBps = BigInt(cover.thresholdBps);
    const { cell, high } = gapOf(market, clock.ts);
    const { high: price } = othersOf(market, clock);
    const strike = thresholdBps * high;
    const missing = max(0n, strike - price * ONE_BPS);
    const cells = cell - cover.cell;
    return {
        market: market.index,
        symbol: symbolOf(market),
        priceDecimals: market.priceDecimals,
        thresholdBps,
        debt: cover.coveredDebt,
        high,
        price,
        bound: strike === 0n ? 0n : (cover.coveredDebt * missing) / strike,
        reported: cells <= 0n ? cover.cellDrawn + cover.beforeDrawn : cells === 1n ? cover.cellDrawn : 0n,
    };
}

/** The highest of the low ends of interval A in this quarter of an hour and the one before; after an empty cell, the mark. */
function gapOf({ gap, mark }: Market, now: bigint): { readonly cell: bigint; readonly high: bigint } {
    const cell = now / GAP_CELL_SECS;
    if (cell <= gap.cell) {
        return { cell: gap.cell, high: max(gap.high, gap.highBefore) };
    }
    return { cell, high: cell === gap.cell + 1n ? max(gap.high, mark.price) : mark.price };
}
