import { expect, test } from 'vitest';
import {
    UnitsError,
    formatBps,
    formatDecimal,
    formatLots,
    formatPrice,
    formatTokens,
    parseBps,
    parseDecimal,
    parseLots,
    parsePrice,
    parseTokens,
} from '../src/index.js';

test('decimals are read exactly', () => {
    expect(parseDecimal('1.5', 6)).toBe(1_500_000n);
    expect(parseDecimal('-0.000001', 6)).toBe(-1n);
    expect(parseDecimal('0.1', 1)).toBe(1n);
    expect(parseDecimal('7', 0)).toBe(7n);
    expect(parseDecimal('1.500000', 1)).toBe(15n);
    // No float holds this one.
    expect(parseDecimal('9007199254740993.000001', 6)).toBe(9_007_199_254_740_993_000_001n);
});

test('what is no number, or would be rounded, is refused', () => {
    for (const text of ['', ' 1', '1,5', '.5', '5.', '1e3', '+1', '0x10', '--1', 'NaN', '1.2.3']) {
        expect(() => parseDecimal(text, 6), text).toThrow(UnitsError);
    }
    expect(() => parseDecimal('0.0000001', 6)).toThrow('more than 6 decimals');
});

test('what is written is read again', () => {
    for (const decimals of [0, 1, 6, 8, 18]) {
        for (const value of [0n, 1n, -1n, 10n, 999_999n, 1_000_000n, -123_456_789n, 2n ** 64n - 1n, -(2n ** 127n)]) {
            expect(parseDecimal(formatDecimal(value, decimals), decimals)).toBe(value);
        }
    }
    expect(formatDecimal(1_500_000n, 6)).toBe('1.5');
    expect(formatDecimal(-1n, 6)).toBe('-0.000001');
    expect(formatDecimal(100n, 2)).toBe('1');
    expect(formatDecimal(0n, 6)).toBe('0');
});

test('units are those of the fund and the market', () => {
    const [fund, market] = [{ quoteDecimals: 6 }, { priceDecimals: 8, lotDecimals: 2 }];
    expect(parseTokens('12.5', fund)).toBe(12_500_000n);
    expect(formatTokens(12_500_000n, fund)).toBe('12.5');
    expect(parsePrice('200.25', market)).toBe(20_025_000_000n);
    expect(formatPrice(20_025_000_000n, market)).toBe('200.25');
    expect(parseLots('-10', market)).toBe(-1_000n);
    expect(formatLots(-1_000n, market)).toBe('-10');
    expect(() => parseLots('0.001', market)).toThrow(UnitsError);
});

test('rates are percentages', () => {
    expect(parseBps('0.5%')).toBe(50);
    expect(parseBps('12.34')).toBe(1_234);
    expect(formatBps(50)).toBe('0.5%');
    expect(formatBps(10_000)).toBe('100%');
    expect(() => parseBps('0.001%')).toThrow(UnitsError);
});
