import type { Quotes } from 'bulkhead-client';
import { beforeAll, expect, test } from 'vitest';
import { fundOf, memberOf, rawOf, sharesOf, tokens, usd } from '../../../tests/support/fund.js';
import { loadQuotes } from '../../../tests/support/quotes.js';
import { sum } from './raw.js';
import { shock, shockCurve } from './shock.js';

let quotes: Quotes;
beforeAll(async () => {
    quotes = await loadQuotes();
});

/** The lifecycle of the Rust tests: alice is long 10 from 200, bob short; bob, carol and dave stay. */
function raw(treasury = tokens(30)) {
    const shares = sharesOf(quotes, tokens(100));
    const fund = fundOf({ contributions: tokens(1_000), totalShares: shares * 10n, treasury });
    const member = (margin: number, parts: bigint, lots = 0n) =>
        memberOf({ margin: tokens(margin), shares: shares * parts, assessmentCapBps: 10_000 }, lots, usd(200));
    const members = new Map([
        ['alice', member(300, 1n, 1_000n)],
        ['bob', member(1_000, 1n, -1_000n)],
        ['carol', member(1_000, 4n)],
        ['dave', member(500, 4n)],
    ]);
    return rawOf({ fund, members });
}

test('a fall of 40%: own margin and contribution, then the treasury, then the survivors pro rata', () => {
    expect(shock(raw(), -4_000, quotes)).toEqual({
        moveBps: -4_000,
        defaults: 1,
        loss: tokens(800),
        paid: {
            margin: tokens(300),
            contribution: tokens(100),
            treasury: tokens(30),
            survivors: tokens(370),
            assessments: 0n,
            gains: 0n,
        },
        haircutPpm: 411_111n, // 370 of the survivors' 900
    });
});

test('every loss is paid by somebody, to the unit, and a layer pays only when the ones before are empty', () => {
    const whole = raw();
    for (const { loss, paid } of shockCurve(whole, quotes)) {
        expect(sum(Object.values(paid))).toBe(loss);
        if (paid.survivors! > 0n) expect(paid.treasury).toBe(whole.fund.treasury);
        if (paid.assessments! > 0n) expect(paid.survivors).toBeGreaterThanOrEqual(tokens(800));
    }
});

test('a rise hits the other side; no move hits nobody', () => {
    expect(shock(raw(), 0, quotes).defaults).toBe(0);
    // bob has 1,000 for a loss of 1,000 at +50%: nothing is left, and nothing is missing.
    expect(shock(raw(), 5_000, quotes).defaults).toBe(0);
});

test('a larger treasury spares the survivors', () => {
    expect(shock(raw(tokens(1_000)), -4_000, quotes).haircutPpm).toBe(0n);
});
