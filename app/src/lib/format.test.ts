import { expect, test } from 'vitest';
import * as format from './format.js';

test('money is grouped and cut towards zero, never rounded up', () => {
    expect(format.money(1_234_567_899_999n, 6)).toBe('1,234,567.89');
    expect(format.money(-1_999_999n, 6)).toBe('−1.99');
    expect(format.money(0n, 6)).toBe('0.00');
});

test('an amount that is there is never shown as nothing', () => {
    expect(format.money(1n, 6)).toBe('<0.01');
    expect(format.money(-1n, 6)).toBe('−<0.01');
    expect(format.compactMoney(12_345_678_000_000n, 6)).toBe('12.3M');
    expect(format.compactMoney(-999_000_000n, 6)).toBe('−999');
});

test('prices have six significant digits, and as many decimals as the price beside them', () => {
    expect(format.price(793_460_123_456n, 8)).toBe('7,934.60');
    expect(format.price(19_461_000_000n, 8)).toBe('194.610');
    expect(format.price(123_456n, 8)).toBe('0.001234');
    expect(format.price(476_076_000n, 8, 793_460_000_000n)).toBe('4.76');
});

test('parts of a whole, also of nothing', () => {
    expect(format.ratio(1n, 3n)).toBe('33.3%');
    expect(format.ratio(0n, 0n)).toBe('0%');
    expect(format.ratio(1n, 0n)).toBe('no limit left');
    expect(format.percent(5n)).toBe('0.05%');
    expect(format.percentOfPpm(411_111n)).toBe('41.11%');
});

test('a countdown is never negative', () => {
    expect(format.relative(1_000n, 1_000n)).toBe('just now');
    expect(format.relative(900n, 1_000n)).toBe('1 min 40 s ago');
    expect(format.relative(1_000n + 7n * 86_400n + 3_600n, 1_000n)).toBe('in 7 d 1 h');
    expect(format.duration(-5n)).toBe('0 s');
});

test('numbers as people write them', () => {
    expect(format.plainNumber(' 1,250.50 ')).toBe('1250.50');
    // A decimal comma is not a separator of thousands: it stays, and is refused by whoever reads it.
    expect(format.plainNumber('1250,5')).toBe('1250,5');
    expect(format.plainNumber('12,34')).toBe('12,34');
});
