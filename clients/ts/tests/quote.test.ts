import { statSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { QuoteError, Quotes, holdingsOf, type Fund, type Holding, type Market, type Position } from '../src/index.js';
import { fixtures, integers, plain, type QuoteOutcome } from './support/fixtures.js';

const MOST_BYTES = 200_000;
const SCALE = 10_000n;
const RATES = { initialBps: 1_000, maintenanceBps: 500, contributionBps: 200, stressBps: 3_000 };
const CONCENTRATION = { concentrationLots: 0n, concentrationBps: 0 };

let quotes: Quotes;

beforeAll(async () => {
    quotes = await Quotes.load();
});

/** The quote as fixtures have it. */
function outcome(quote: () => unknown): QuoteOutcome {
    try {
        return { value: plain(quote()) };
    } catch (error) {
        if (error instanceof QuoteError) {
            return { error: error.reason };
        }
        throw error;
    }
}

describe('quotes are those of the math crate', () => {
    type Case = {
        readonly quote: QuoteOutcome;
        readonly position: Position;
        readonly holdings: readonly Holding[];
        readonly index: number;
        readonly liquidator: Position;
        readonly fund: Pick<Fund, 'contributions' | 'totalShares'>;
        readonly params: Fund['params'];
        readonly sharesFor: QuoteOutcome;
        readonly shareValue: QuoteOutcome;
    } & Readonly<Record<string, bigint>>;

    /** Every case of a quote, against its recorded outcome. */
    function compare(name: string, quote: (input: Case) => unknown, recorded: keyof Case = 'quote'): void {
        const cases = fixtures().quotes[name] ?? [];
        expect(cases.length).toBeGreaterThan(100);
        for (const fixture of cases) {
            const expected = (fixture as Readonly<Record<keyof Case, unknown>>)[recorded];
            expect(
                outcome(() => quote(integers<Case>(fixture))),
                JSON.stringify(fixture),
            ).toEqual(expected);
        }
    }

    test('notional', () => compare('notional', ({ lots, price, scale }) => quotes.notional(lots!, price!, scale!)));
    test('profit', () => compare('profit', ({ position, price, scale }) => quotes.profit(position, price!, scale!)));
    test('settlement', () =>
        compare('settlement', ({ position, price, scale, margin, pool }) =>
            quotes.settlement(position, price!, scale!, margin!, pool!),
        ));
    test('requirements', () =>
        compare('requirements', ({ margin, holdings, minContribution, auctionMaxDiscountBps, unvested }) =>
            quotes.requirements(
                margin!,
                holdings,
                { minContribution: minContribution!, auctionMaxDiscountBps: Number(auctionMaxDiscountBps!) },
                unvested!,
            ),
        ));
    test('liquidation', () =>
        compare('liquidation', ({ margin, holdings, index, liquidator, lots, params }) =>
            quotes.liquidation({ margin: margin!, holdings, index, liquidator, lots: lots!, params }),
        ));
    test('shares', () => {
        compare('shares', ({ fund, amount }) => quotes.sharesFor(fund, amount!), 'sharesFor');
        compare('shares', ({ fund, shares }) => quotes.shareValue(fund, shares!), 'shareValue');
    });
    test('fee', () => compare('fee', ({ notional, params }) => quotes.fee(notional!, params)));
    test('intervals', () =>
        compare('intervals', (input) => quotes.intervals(input as unknown as Parameters<Quotes['intervals']>[0])));
    test('auction price', () =>
        compare('auctionPrice', ({ mark, houseLots, elapsed, params }) =>
            quotes.auctionPrice(mark!, houseLots!, elapsed!, params),
        ));
});

test('a quote knows how old the mark is, and what the price was', () => {
    // The example of docs/interval.md: SOL at 200.00 +- 1.00, 9 seconds old, and 190.00 in the cell before.
    const now = 1_700_000_009n;
    const market = {
        mark: { price: 20_000n, confidence: 100n, slot: 1_000n, publishTs: now - 9n },
        range: { cell: now / 10n, high: 20_000n, low: 20_000n, highBefore: 20_000n, lowBefore: 19_000n },
        confidenceMultiple: 3,
        rates: { ...RATES, maintenanceBps: 540 },
        baseRates: { ...RATES, stressBps: 3_550 },
        adjustment: CONCENTRATION,
        scale: 1n,
        finalTs: 0n,
        silence: 0,
    } as unknown as Market;
    const params = { ageFullSecs: 45, slotMs: 400 };
    const at = (moment: { slot: bigint; ts: bigint }) => quotes.marketAt(market, params, moment).intervals;
    expect(at({ slot: 1_000n, ts: now })).toEqual({
        others: { low: 19_000n, high: 20_300n },
        oneself: { low: 17_651n, high: 21_742n },
    });
    // Twenty seconds later the dip is out of the range, and B is wider all the same.
    expect(at({ slot: 1_000n, ts: now + 20n }).others).toEqual({ low: 19_700n, high: 20_300n });
    // A clock that stands still does not keep a mark young.
    expect(at({ slot: 1_100n, ts: now }).oneself.low).toBeLessThan(17_651n);
    // The moment changes what is free, and a final mark is not in doubt.
    const final = { ...market, finalTs: 1n };
    expect(quotes.marketAt(final, params, { slot: 9_999n, ts: now + 999n }).intervals.oneself).toEqual({
        low: 20_000n,
        high: 20_000n,
    });
});

test('numbers that do not fit are refused, never wrapped', () => {
    expect(() => quotes.notional(1n, -1n, SCALE)).toThrow(QuoteError);
    expect(() => quotes.notional(2n ** 63n, 1n, SCALE)).toThrow(QuoteError);
    expect(() => quotes.notional(1n, 2n ** 64n, SCALE)).toThrow(QuoteError);
    expect(() => quotes.profit({ lots: 1n, raw: 2n ** 127n }, 1n, SCALE)).toThrow(QuoteError);
    expect(() => quotes.shareValue({ contributions: 1n, totalShares: 2n ** 128n }, 1n)).toThrow(QuoteError);
    expect(() => quotes.notional(1n, 1n, 0n)).toThrow('DivByZero');
    const one = { low: 1n, high: 1n };
    const market = { price: 1n, intervals: { others: one, oneself: one }, scale: 1n, rates: RATES, concentration: CONCENTRATION };
    const holdings = Array.from({ length: 30 }, () => ({ position: { lots: 1n, raw: 0n }, market }));
    expect(() => quotes.requirements(1n, holdings, { minContribution: 0n, auctionMaxDiscountBps: 0 })).toThrow(QuoteError);
});

test('a member is quoted from its accounts', () => {
    const mark = { price: 20_000_000_000n, confidence: 0n, slot: 0n, publishTs: 0n };
    const market = { mark, confidenceMultiple: 2, scale: SCALE, rates: RATES, adjustment: CONCENTRATION } as Market;
    const slot = { lots: 1_000n, raw: -20_000_000_000_000n, market: 0 };
    const free = { lots: 0n, raw: 0n, market: 0 };
    const member = { positions: [free, slot] } as Parameters<typeof holdingsOf>[0];
    // 10 SOL at 200: notional 2,000; a member with 300 has 100 more than initial margin.
    const requirements = quotes.requirements(300_000_000n, holdingsOf(member, [market]), {
        minContribution: 10_000_000n,
        auctionMaxDiscountBps: 0,
    });
    expect(requirements).toMatchObject({
        profit: 0n,
        equity: 300_000_000n,
        initialMargin: 200_000_000n,
        maintenanceMargin: 100_000_000n,
        requiredContribution: 40_000_000n,
        stressLoss: 300_000_000n,
        freeMargin: 100_000_000n,
        isLiquidatable: false,
    });
    expect(() => holdingsOf(member, [])).toThrow('market 0 is missing');
});

test('the module is small', () => {
    expect(statSync(new URL('../quotes.wasm', import.meta.url)).size).toBeLessThan(MOST_BYTES);
});
