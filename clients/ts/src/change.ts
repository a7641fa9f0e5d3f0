/** Changes of parameters: a mask of the parameters that a change touches, and their values. @module */

import type {
    FundParamsArgs,
    MarketTermsArgs,
    OracleConfigArgs,
    ParameterChangeArgs,
} from './generated/index.js';

/** The parameters of a block, in the order of their bits: as they are declared, without padding. */
function parametersOf(block: object): unknown[] {
    return Object.entries(block).flatMap(([name, value]) => {
        if (name === 'pad') {
            return [];
        }
        const isBlock = typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !Array.isArray(value);
        return isBlock ? parametersOf(value as object) : [value];
    });
}

const text = (value: unknown): string =>
    ArrayBuffer.isView(value)
        ? [...(value as Uint8Array)].join()
        : Array.isArray(value)
          ? value.map(text).join(';')
          : String(value);

function touched(before: object, after: object): bigint {
    const wanted = parametersOf(after);
    const differs = parametersOf(before).map((value, bit) => text(value) !== text(wanted[bit]));
    return differs.reduce((mask, isDifferent, bit) => (isDifferent ? mask | (1n << BigInt(bit)) : mask), 0n);
}

/** The change of a fund from these parameters to others: it touches what differs. */
export function fundChange(before: FundParamsArgs, after: FundParamsArgs): ParameterChangeArgs {
    return { __kind: 'Fund', fields: [{ touched: touched(before, after), values: after }] };
}

/** The change of a market's terms. */
export function marketChange(index: number, before: MarketTermsArgs, after: MarketTermsArgs): ParameterChangeArgs {
    return { __kind: 'Market', fields: [index, { touched: touched(before, after), values: after }] };
}

/** The change of a market's oracle. */
export function oracleChange(index: number, before: OracleConfigArgs, after: OracleConfigArgs): ParameterChangeArgs {
    return { __kind: 'Oracle', fields: [index, { touched: touched(before, after), values: after }] };
}

/** What a change makes of a block that is in force: what it does not touch stays. */
export function changed<T extends object>(before: T, change: { readonly touched: bigint; readonly values: T }): T {
    let bit = 0n;
    const merge = (old: object, next: object): object =>
        Object.fromEntries(
            Object.entries(old).map(([name, value]) => {
                const wanted = (next as Record<string, unknown>)[name];
                if (name === 'pad') {
                    return [name, value];
                }
                if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !Array.isArray(value)) {
                    return [name, merge(value as object, wanted as object)];
                }
                const isTouched = ((change.touched >> bit) & 1n) === 1n;
                bit += 1n;
                return [name, isTouched ? wanted : value];
            }),
        );
    return merge(before, change.values) as T;
}
