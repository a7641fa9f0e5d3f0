import { expect, test } from 'vitest';
import { fundOf, marketOf, usd } from '../../../tests/support/fund.js';
import { endOf, favouring, judgedBy, limitPrice, othersOf, silenceOf } from './market.js';

const rates = { initialBps: 850, maintenanceBps: 540, contributionBps: 250, stressBps: 3_550 };

/** 200 ± 1 since second 1,001; 190 in the ten seconds before. */
const market = marketOf(usd(200), {
    rates,
    confidenceMultiple: 3,
    mark: { price: usd(200), confidence: usd(1), slot: 100n, publishTs: 1_001n },
    range: { cell: 100n, high: usd(200), low: usd(200), highBefore: usd(190), lowBefore: usd(190) },
    priceBandBps: 100,
});
const at = (ts: bigint) => ({ slot: 100n, ts });

test('others judge by every price of the last ten seconds, and by the confidence', () => {
    expect(othersOf(market, at(1_009n))).toEqual({ low: usd(190), high: usd(203) });
    // The price of the cell before counts until the cell of its end is over; then both cells have the price in force.
    expect(othersOf(market, at(1_010n))).toEqual({ low: usd(197), high: usd(203) });
    expect(othersOf(market, at(1_100n))).toEqual({ low: usd(197), high: usd(203) });
});

test('a confidence counts for half of the maintenance rate at most', () => {
    const doubtful = { ...market, mark: { ...market.mark, confidence: usd(100) } };
    expect(othersOf(doubtful, at(1_100n))).toEqual({ low: usd(194.6), high: usd(205.4) });
});

test('nobody doubts a final mark', () => {
    expect(othersOf({ ...market, finalTs: 5n }, at(1_009n))).toEqual({ low: usd(200), high: usd(200) });
});

test('a taker’s limit is the end that favours whom the lots leave, and the band beyond it', () => {
    const others = othersOf(market, at(1_009n));
    expect([favouring(others, 5n), favouring(others, -5n)]).toEqual([usd(203), usd(190)]);
    expect([limitPrice(market, 5n, at(1_009n)), limitPrice(market, -5n, at(1_009n))]).toEqual([usd(205.03), usd(188.1)]);
});

test.each([
    [0, 1_001n, undefined],
    [1, 1_001n, 'price not positive'],
    [2, 1_001n, 'other exponent'],
    [3, 1_001n, 'feed not trading'],
    [4, 1_001n, 'price uncertain'],
    [0, 1_062n, 'price too old'],
])('a market with silence %i is silent at %i for the reason that there is', (silence, ts, reason) => {
    expect(silenceOf({ ...market, silence }, 25, at(ts))).toBe(reason);
    expect(silenceOf({ ...market, silence, finalTs: 5n }, 25, at(ts))).toBeUndefined();
});

test('a market that waits for a price is judged at its last mark, moved in favour of the member', () => {
    const silent = { ...market, silence: 3 };
    expect(judgedBy(silent, 540, 25, at(1_100n))).toEqual({ low: usd(189.2), high: usd(210.8) });
    expect(judgedBy(market, 540, 25, at(1_050n))).toEqual({ low: usd(197), high: usd(203) });
});

test('a market ends at the first of its ends, and only reduces once that is announced', () => {
    const fund = fundOf();
    expect(endOf(market, fund, at(1_000n))).toEqual({ endsTs: undefined, reduceOnly: false });
    const expiring = { ...market, expiresTs: 9_000n };
    expect(endOf(expiring, fund, at(5_399n))).toEqual({ endsTs: 9_000n, reduceOnly: false });
    expect(endOf(expiring, fund, at(5_400n))).toEqual({ endsTs: 9_000n, reduceOnly: true });
    expect(endOf({ ...expiring, closingTs: 8_000n }, fund, at(1_000n))).toEqual({ endsTs: 8_000n, reduceOnly: true });
    expect(endOf({ ...expiring, finalTs: 9_000n }, fund, at(9_000n)).endsTs).toBeUndefined();
    const windingDown = fundOf({ status: 2, windDownTs: 1_000n });
    const endsTs = 1_000n + BigInt(windingDown.params.windDownSecs);
    expect(endOf(market, windingDown, at(1_000n))).toEqual({ endsTs, reduceOnly: true });
});
