import type { Quotes } from 'bulkhead-client';
import { beforeAll, expect, test } from 'vitest';
import { fundOf, marketOf, rawOf, usd } from '../../tests/support/fund.js';
import { loadQuotes } from '../../tests/support/quotes.js';
import { marketFigures } from '../chain/figures/market.js';
import { boundProblem, readFigure } from './governance.js';
import { auctionNow } from './market.js';

let quotes: Quotes;
beforeAll(async () => {
    quotes = await loadQuotes();
});

test.each([[600n], [-600n]])('the auction’s price between two readings is the program’s, for %s lots', (houseLots) => {
    const fund = fundOf();
    const [market] = marketFigures(
        rawOf({ fund, markets: [marketOf(usd(120), { houseLots, houseSinceSlot: 100n })] }),
        quotes,
    );
    for (const elapsed of [0n, 1n, 7n, 499n, 999n, 1_000n, 5_000n]) {
        const { price } = auctionNow(market!.house!, 100n + elapsed);
        expect(price, `after ${elapsed} slots`).toBe(quotes.auctionPrice(usd(120), houseLots, elapsed, fund.params));
    }
});

test('values are read in the unit of their parameter', () => {
    const read = (text: string, unit: 'bps' | 'seconds' | 'money' | 'slots' | 'time') => readFigure(text, { unit, value: 0n }, 6);
    expect(read('12.5%', 'bps')).toBe(1_250n);
    expect(read('0.01', 'bps')).toBe(1n);
    expect(read('7d', 'seconds')).toBe(604_800n);
    expect(read('90 min', 'seconds')).toBe(5_400n);
    expect(read('1,000', 'money')).toBe(1_000_000_000n);
    expect(read('150', 'slots')).toBe(150n);
    expect(read('2026-12-31 08:00', 'time')).toBe(1_798_704_000n);
    expect(read('2026-12-31', 'time')).toBe(1_798_675_200n);
    expect(read('never', 'time')).toBe(0n);
    for (const wrong of [read('0.001', 'bps'), read('soon', 'seconds'), read('-1', 'money'), read('1.5', 'slots'), read('soon', 'time'), read('2026-13-01', 'time')]) {
        expect(typeof wrong).toBe('string');
    }
});

test('what is outside of the hard bounds is told before it is queued', () => {
    const bounds = { least: { unit: 'bps', value: 1n }, most: { unit: 'bps', value: 5_000n } } as const;
    expect(boundProblem(0n, bounds)).toBeDefined();
    expect(boundProblem(5_001n, bounds)).toBeDefined();
    expect(boundProblem(5_000n, bounds)).toBeUndefined();
    expect(boundProblem(0n, {})).toBeUndefined();
});
