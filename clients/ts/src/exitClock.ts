/**
 * The exit clock: seconds during which members could leave. The program runs it with each instruction that writes the
 * fund; these functions say where it stands between two of them.
 *
 * @module
 */

import type { Fund } from './generated/index.js';

/** A moment of the chain, as its clock says. */
export interface Moment {
    readonly slot: bigint;
    readonly ts: bigint;
}

/** Seconds that a window has left when exits reopen in it, once. */
const REOPENED_SECS = 3_600n;

/** Whether something blocks exits that does not end by itself: a default, a loss, a house, or what a cover is owed. */
export function holdsExits(fund: Fund): boolean {
    return fund.coverOwed > 0n || clears(fund);
}

/** Whether clearing waits for something that does not end by itself. */
function clears(fund: Fund): boolean {
    return (
        fund.openDefaults > 0 ||
        fund.unfunded > 0n ||
        fund.openHouses > fund.waivedHouses ||
        fund.waivedAtRisk > fund.treasury + fund.cushionRound.money
    );
}

/** When graces, watches and holds of covers stop blocking exits if nobody does anything. */
export function exitsBlockedUntil({ exits }: Fund): bigint {
    const cleared = clearedUntil(exits);
    return cleared > exits.holdUntilTs ? cleared : exits.holdUntilTs;
}

/** When graces and watches stop blocking exits if nobody does anything. */
function clearedUntil(exits: Fund['exits']): bigint {
    const watched = exits.openWatches > 0 ? exits.watchUntilTs : 0n;
    return watched > exits.graceUntilTs ? watched : exits.graceUntilTs;
}

/** Whether contributions can neither enter nor leave. */
export function blocksExits(fund: Fund, { ts }: Moment): boolean {
    return holdsExits(fund) || ts < exitsBlockedUntil(fund);
}

/** The reading of the exit clock in seconds: what `Fund::exit_clock_at` of the program says. */
export function exitClockSecs(fund: Fund, moment: Moment): bigint {
    return (fund.exits.millis + openMillis(fund, moment, holdsExits(fund), exitsBlockedUntil(fund))) / 1_000n;
}

/** The reading in seconds of the clock that gains vest by: covers do not stop it. */
export function vestingClockSecs(fund: Fund, moment: Moment): bigint {
    return (fund.vestMillis + openMillis(fund, moment, clears(fund), clearedUntil(fund.exits))) / 1_000n;
}

/** Milliseconds since the clock has run that count, under this block. */
function openMillis({ exits, params }: Fund, moment: Moment, held: boolean, until: bigint): bigint {
    const now = moment.ts > exits.ts ? moment.ts : exits.ts;
    const slots = moment.slot > exits.slot ? moment.slot - exits.slot : 0n;
    const openFrom = held || until > now ? now : until > exits.ts ? until : exits.ts;
    const open = (now - openFrom) * 1_000n;
    const allowed = slots * 2n * BigInt(params.slotMs) + exits.carryMs;
    return open < allowed ? open : allowed;
}

/**
 * The unix time at which the exit clock reads `secs`, if exits stay open from when nothing that ends by itself blocks
 * them any more. For a reading of the past it is the time at which it was read, if exits have been open since.
 */
export function exitClockTime(fund: Fund, moment: Moment, secs: bigint): bigint {
    const until = exitsBlockedUntil(fund);
    const openFrom = until > moment.ts ? until : moment.ts;
    return openFrom + secs - exitClockSecs(fund, moment);
}

/** The reading at which a window closes: one that exits have reopened in has at least an hour left, once. */
export function windowCloses({ exits }: Fund, opens: bigint, closes: bigint): bigint {
    if (exits.seriesSince >= closes || exits.reopened < opens) {
        return closes;
    }
    const granted = (exits.reopened < closes ? exits.reopened : closes) + REOPENED_SECS;
    return granted > closes ? granted : closes;
}

/** Slots as seconds of the exit clock, rounded up. */
export function slotsAsSecs(slots: bigint, slotMs: number): bigint {
    return (slots * BigInt(slotMs) + 999n) / 1_000n;
}
