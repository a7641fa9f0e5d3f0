/**
 * Vesting: what a member has settled in this vesting period and in the one before is equity, and neither initial margin
 * nor withdrawable.
 *
 * @module
 */

import { vestingClockSecs, type Moment } from './exitClock.js';
import type { Fund, Member } from './generated/index.js';

/** The signed sum of what a member has settled and what has not vested at a moment. */
export function unvested({ settled }: Pick<Member, 'settled'>, fund: Fund, moment: Moment): bigint {
    const { since, present, previous } = settled;
    const elapsed = vestingClockSecs(fund, moment) - since;
    const period = BigInt(fund.params.vestSecs);
    if (elapsed < period) {
        return present + previous;
    }
    return elapsed < 2n * period ? present : 0n;
}
