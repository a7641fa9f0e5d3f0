import { expect, test } from 'vitest';
import { blocksExits, exitClockSecs, exitClockTime, slotsAsSecs, vestingClockSecs, windowCloses, type Fund } from '../src/index.js';

/** A fund whose clock stands at nothing at second 1,000 and slot 500. */
function fund(exits: Partial<Fund['exits']> = {}, rest: Partial<Fund> = {}): Fund {
    const quiet = { openDefaults: 0, unfunded: 0n, openHouses: 0, waivedHouses: 0, waivedAtRisk: 0n, treasury: 0n, cushionRound: { money: 0n }, coverOwed: 0n, vestMillis: 0n };
    const clock = {
        millis: 0n,
        ts: 1_000n,
        slot: 500n,
        carryMs: 0n,
        seriesSince: 0n,
        reopened: 0n,
        graceUntilTs: 0n,
        watchUntilTs: 0n,
        openWatches: 0,
        holdUntilTs: 0n,
    };
    return { ...quiet, params: { slotMs: 400 }, exits: { ...clock, ...exits }, ...rest } as Fund;
}

// The same figures as in the documentation of `bulkhead_math::exit_clock`.
test('the clock counts seconds, at most two lengths of a slot for each slot', () => {
    expect(exitClockSecs(fund(), { ts: 1_100n, slot: 750n })).toBe(100n);
    const later = fund({ millis: 100_000n, ts: 1_100n, slot: 750n, carryMs: 2_000n });
    expect(exitClockSecs(later, { ts: 62_300n, slot: 760n })).toBe(110n);
    expect(exitClockSecs(later, { ts: 1_000n, slot: 700n })).toBe(100n);
});

test('the clock stands still while exits are blocked', () => {
    const held = fund({}, { openDefaults: 1 });
    expect(exitClockSecs(held, { ts: 5_000n, slot: 10_500n })).toBe(0n);
    expect(blocksExits(held, { ts: 5_000n, slot: 10_500n })).toBe(true);
    const watched = fund({ openWatches: 1, watchUntilTs: 1_060n });
    expect(exitClockSecs(watched, { ts: 1_100n, slot: 750n })).toBe(40n);
    expect([1_059n, 1_060n].map((ts) => blocksExits(watched, { ts, slot: 600n }))).toEqual([true, false]);
    expect(exitClockTime(watched, { ts: 1_000n, slot: 500n }, 40n)).toBe(1_100n);
    // A house of a silent market that treasury and the present round's cushions cover blocks nothing.
    const waived = { openHouses: 1, waivedHouses: 1, waivedAtRisk: 10n };
    expect(blocksExits(fund({}, { ...waived, treasury: 10n }), { ts: 1_000n, slot: 500n })).toBe(false);
    expect(blocksExits(fund({}, { ...waived, treasury: 9n }), { ts: 1_000n, slot: 500n })).toBe(true);
    expect(blocksExits(fund({}, { ...waived, treasury: 9n, cushionRound: { money: 1n } as Fund['cushionRound'] }), { ts: 1_000n, slot: 500n })).toBe(false);
});

test('covers hold exits for a time, and until what they are owed is settled', () => {
    const held = fund({ holdUntilTs: 1_060n, openWatches: 1, watchUntilTs: 1_010n });
    expect(exitClockSecs(held, { ts: 1_100n, slot: 750n })).toBe(40n);
    expect([1_059n, 1_060n].map((ts) => blocksExits(held, { ts, slot: 600n }))).toEqual([true, false]);
    const owed = fund({}, { coverOwed: 1n });
    expect(exitClockSecs(owed, { ts: 5_000n, slot: 10_500n })).toBe(0n);
    expect(blocksExits(owed, { ts: 5_000n, slot: 10_500n })).toBe(true);
    // Neither keeps gains from vesting; the watch does.
    expect(vestingClockSecs(held, { ts: 1_100n, slot: 750n })).toBe(90n);
    expect(vestingClockSecs(owed, { ts: 1_100n, slot: 750n })).toBe(100n);
});

test('a window that reopens has an hour left, once', () => {
    const closes = (seriesSince: bigint, reopened: bigint) => windowCloses(fund({ seriesSince, reopened }), 1_000n, 8_200n);
    expect(closes(2_000n, 2_000n)).toBe(8_200n);
    expect(closes(8_190n, 8_190n)).toBe(11_790n);
    expect(closes(8_200n, 8_200n)).toBe(8_200n);
    expect(closes(8_190n, 9_000n)).toBe(11_800n);
});

test('slots are rounded up to seconds', () => {
    expect([150n, 151n].map((slots) => slotsAsSecs(slots, 400))).toEqual([60n, 61n]);
});
