/**
 * Numbers as people write them, and as the program counts them. All of them are integers (`bigint`) with a fixed number
 * of decimals; nothing here is ever a float.
 *
 * @module
 */

import type { Fund, Market } from './generated/index.js';

/** Text that is not a number, or has more decimals than there are. */
export class UnitsError extends Error {
    override readonly name = 'UnitsError';
}

/**
 * Reads a decimal number as an integer with `decimals` decimals, exactly.
 *
 * @throws {@link UnitsError} when it is not a plain decimal number or would have to be rounded.
 * @example parseDecimal('1.5', 6) === 1_500_000n
 */
export function parseDecimal(text: string, decimals: number): bigint {
    const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
    if (!match) {
        throw new UnitsError(`'${text}' is not a decimal number`);
    }
    const [, sign, whole, fraction = ''] = match;
    const kept = fraction.replace(/0+$/, '');
    if (kept.length > decimals) {
        throw new UnitsError(`'${text}' has more than ${decimals} decimals`);
    }
    const value = BigInt(`${whole}${kept.padEnd(decimals, '0')}`);
    return sign ? -value : value;
}

/**
 * Writes an integer with `decimals` decimals as a decimal number, without superfluous zeros.
 *
 * @example formatDecimal(1_500_000n, 6) === '1.5'
 */
export function formatDecimal(value: bigint, decimals: number): string {
    const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
    const point = digits.length - decimals;
    const fraction = digits.slice(point).replace(/0+$/, '');
    return `${value < 0n ? '-' : ''}${digits.slice(0, point)}${fraction && `.${fraction}`}`;
}

/** Money: tokens of the settlement mint as base units. */
export function parseTokens(text: string, fund: Pick<Fund, 'quoteDecimals'>): bigint {
    return parseDecimal(text, fund.quoteDecimals);
}

/** Money: base units as tokens of the settlement mint. */
export function formatTokens(amount: bigint, fund: Pick<Fund, 'quoteDecimals'>): string {
    return formatDecimal(amount, fund.quoteDecimals);
}

/** A price as the mantissa of a market. */
export function parsePrice(text: string, market: Pick<Market, 'priceDecimals'>): bigint {
    return parseDecimal(text, market.priceDecimals);
}

/** A market's price mantissa as a price. */
export function formatPrice(price: bigint, market: Pick<Market, 'priceDecimals'>): string {
    return formatDecimal(price, market.priceDecimals);
}

/** An amount of the asset as lots. */
export function parseLots(text: string, market: Pick<Market, 'lotDecimals'>): bigint {
    return parseDecimal(text, market.lotDecimals);
}

/** Lots as an amount of the asset. */
export function formatLots(lots: bigint, market: Pick<Market, 'lotDecimals'>): string {
    return formatDecimal(lots, market.lotDecimals);
}

/** Decimals of a percentage in hundredths of a percent. */
const BPS_DECIMALS = 2;

/** A percentage as basis points: `'0.5%'` is 50. */
export function parseBps(text: string): number {
    return Number(parseDecimal(text.replace(/%$/, ''), BPS_DECIMALS));
}

/** Basis points as a percentage: 50 is `'0.5%'`. */
export function formatBps(bps: number): string {
    return `${formatDecimal(BigInt(bps), BPS_DECIMALS)}%`;
}
