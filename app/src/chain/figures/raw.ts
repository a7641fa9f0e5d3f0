/** The accounts of a fund as they were read together. @module */

import type { Cover, cover, DefaultRecord, EpochRecord, Fund, Market, Member, Offer, QueuedChange } from 'bulkhead-client';

/** The chain's clock. */
export interface Clock {
    readonly slot: bigint;
    readonly ts: bigint;
}

export interface Addressed<T> {
    readonly address: string;
    readonly data: T;
}

/** Everything figures are made of. */
export interface Raw {
    readonly address: string;
    readonly program: string;
    readonly clock: Clock;
    readonly fund: Fund;
    readonly markets: readonly Market[];
    readonly marketAddresses: readonly string[];
    readonly members: ReadonlyMap<string, Member>;
    readonly records: readonly Addressed<DefaultRecord>[];
    readonly epochs: readonly EpochRecord[];
    readonly changes: readonly Addressed<QueuedChange>[];
    readonly offers: readonly Addressed<Offer>[];
    /** Covers, those that have ended included, by their numbers. */
    readonly covers: readonly Addressed<Cover>[];
    /** Panels that are drawers of covers, and their losses that are not closed. */
    readonly panels: readonly Addressed<cover.Panel>[];
    readonly losses: readonly Addressed<cover.Loss>[];
    /** Books of policies that are drawers of covers, their days, and the policies of the connected wallet. */
    readonly books: readonly Addressed<cover.PolicyBook>[];
    readonly days: readonly Addressed<cover.Expiry>[];
    readonly policies: readonly Addressed<cover.Policy>[];
}

export const ONE_BPS = 10_000n;
export const PPM = 1_000_000n;

export function bpsOf(amount: bigint, bps: bigint): bigint {
    return (amount * bps) / ONE_BPS;
}

/** A quotient, rounded up. */
export function ceilDiv(amount: bigint, divisor: bigint): bigint {
    return (amount + divisor - 1n) / divisor;
}

export function max(a: bigint, b: bigint): bigint {
    return a > b ? a : b;
}

export function min(a: bigint, b: bigint): bigint {
    return a < b ? a : b;
}

export function abs(a: bigint): bigint {
    return a < 0n ? -a : a;
}

export function sum(amounts: Iterable<bigint>): bigint {
    let total = 0n;
    for (const amount of amounts) {
        total += amount;
    }
    return total;
}

/** Nobody, as an address. */
const NOBODY = '11111111111111111111111111111111';

export function somebody(address: string): string | undefined {
    return address === NOBODY ? undefined : address;
}
