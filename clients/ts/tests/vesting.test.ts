import { expect, test } from 'vitest';
import { unvested, type Fund } from '../src/index.js';

/** A fund whose clock reads this many seconds. */
function fundAt(secs: bigint): Fund {
    const quiet = { openDefaults: 0, unfunded: 0n, openHouses: 0, waivedHouses: 0, waivedAtRisk: 0n, treasury: 0n, cushionRound: { money: 0n } };
    const exits = { ts: 0n, slot: 0n, carryMs: 0n, graceUntilTs: 0n, watchUntilTs: 0n, openWatches: 0 };
    return { ...quiet, vestMillis: secs * 1_000n, params: { slotMs: 400, vestSecs: 300 }, exits } as Fund;
}

// The same figures as in the documentation of `bulkhead_math::vesting`.
test.each([
    [299n, 30n],
    [300n, 50n],
    [599n, 50n],
    [600n, 0n],
    [10_000n, 0n],
])('at %d seconds %d have not vested', (secs, left) => {
    const settled = { since: 0n, present: 50n, previous: -20n };
    expect(unvested({ settled }, fundAt(secs), { slot: 0n, ts: 0n })).toBe(left);
});
