import { liveShares, type Quotes } from 'bulkhead-client';
import type { ShockPoint } from '../model.js';
import { bpsOf, max, min, ONE_BPS, PPM, type Raw } from './raw.js';

/** Moves of the curve: from minus to plus a half, in steps of a fortieth. */
export const MOVES_BPS: readonly number[] = Array.from({ length: 41 }, (_, step) => (step - 20) * 250);

/**
 * Computes the cost of one move of every price at once, in the program's arithmetic: the members that could not pay, and the
 * layers that would.
 * Nobody tops up or is liquidated on the way, and the defaulters' positions are sold at the moved price.
 */
export function shock({ fund, markets, members }: Raw, moveBps: number, quotes: Quotes): ShockPoint {
    let defaults = 0;
    let loss = 0n;
    let margin = 0n;
    let contribution = 0n;
    let assessable = 0n;
    let gone = 0n;
    for (const member of members.values()) {
        const worth = quotes.shareValue(fund, liveShares(member, fund));
        let equity = member.margin;
        for (const { lots, market: index, raw } of member.positions) {
            const market = markets[index];
            if (market && (lots !== 0n || raw !== 0n)) {
                const moved = (market.mark.price * (ONE_BPS + BigInt(moveBps))) / ONE_BPS;
                equity += quotes.profit({ lots, raw }, moved, market.scale);
            }
        }
        if (equity >= 0n) {
            assessable += bpsOf(worth, BigInt(member.assessmentCapBps));
            continue;
        }
        defaults += 1;
        loss += member.margin - equity;
        margin += member.margin;
        contribution += min(-equity, worth);
        gone += worth;
    }
    let rest = loss - margin - contribution;
    const pay = (most: bigint) => {
        const paid = min(rest, max(0n, most));
        rest -= paid;
        return paid;
    };
    const treasury = pay(fund.treasury);
    const survivors = max(0n, fund.contributions - gone);
    const fromSurvivors = pay(survivors);
    // Assessments are called only when the contributions are gone, and whoever holds shares then pays them.
    const assessments = pay(assessable);
    return {
        moveBps,
        defaults,
        loss,
        paid: { margin, contribution, treasury, survivors: fromSurvivors, assessments, gains: rest },
        haircutPpm: survivors === 0n ? 0n : (fromSurvivors * PPM) / survivors,
    };
}

/** The whole curve. */
export function shockCurve(raw: Raw, quotes: Quotes): ShockPoint[] {
    return MOVES_BPS.map((move) => shock(raw, move, quotes));
}
