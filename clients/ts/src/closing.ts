/**
 * The end of a market: when it comes, and when its final mark is known. These functions say what `final_price` of the
 * program says.
 *
 * @module
 */

import type { Fund, Market } from './generated/index.js';

/** Length of the last hour in seconds. */
const HOUR_SECS = 3_600n;
/** The status of a fund that is wound down. */
const WIND_DOWN = 2;

/** When a market ends in chain time, without the extension of its last hour; `undefined` if no end is known. */
export function marketEnd(
    fund: Pick<Fund, 'status' | 'windDownTs' | 'params'>,
    market: Pick<Market, 'expiresTs' | 'closingTs' | 'deadTs'>,
): bigint | undefined {
    const windDown = fund.status === WIND_DOWN ? fund.windDownTs + BigInt(fund.params.windDownSecs) : 0n;
    const ends = [market.expiresTs, market.closingTs, market.deadTs, windDown].filter((end) => end !== 0n);
    return ends.length === 0 ? undefined : ends.reduce((first, end) => (end < first ? end : first));
}

/**
 * Whether a market's end has come: its final mark is known, and a crank would be refused, although nobody may have made
 * the mark final yet.
 */
export function hasEnded(fund: Fund, market: Market, ts: bigint): boolean {
    const end = marketEnd(fund, market);
    if (end === undefined || ts < end) {
        return false;
    }
    const kept = market.hour;
    const announced = kept.end - (kept.extended ? HOUR_SECS : 0n);
    const hour =
        announced === end
            ? { end: kept.end, covered: BigInt(kept.covered), ts: kept.ts, extended: kept.extended }
            : { end, covered: 0n, ts: market.crankTs, extended: false };
    run(hour, market.freshUntilTs, ts);
    if (ts >= hour.end && hour.covered < HOUR_SECS / 2n && !hour.extended) {
        hour.end += HOUR_SECS;
        hour.extended = true;
        run(hour, market.freshUntilTs, ts);
    }
    const isNamed = market.namedPrice !== 0n && hour.covered < HOUR_SECS / 2n;
    return ts >= (isNamed ? end : hour.end);
}

/** Adds the seconds that the last print has covered. */
function run(hour: { end: bigint; covered: bigint; ts: bigint; extended: boolean }, freshUntil: bigint, now: bigint): void {
    const begins = hour.end - (hour.extended ? 2n * HOUR_SECS : HOUR_SECS);
    const since = hour.ts > begins ? hour.ts : begins;
    const until = [now, freshUntil, hour.end].reduce((least, ts) => (ts < least ? ts : least));
    hour.covered += until > since ? until - since : 0n;
    hour.ts = now > hour.ts ? now : hour.ts;
}
