/** What the Rust client and the math crate compute: `cargo xtask test --only client` writes it. */

import { existsSync, readFileSync } from 'node:fs';
import { getBase64Decoder, isSignerRole, isWritableRole, type Instruction } from '@solana/kit';

/** A quote, or the name of its error. Integers are text. */
export type QuoteOutcome<T = unknown> = { readonly value: T } | { readonly error: string };

export interface InstructionFixture {
    readonly accounts: readonly (readonly [address: string, writable: string, signer: string])[];
    readonly data: string;
}

export interface Fixtures {
    readonly layoutVersion: number;
    readonly addresses: Readonly<Record<string, string>> & { readonly id: number };
    readonly instructions: Readonly<Record<string, readonly InstructionFixture[]>>;
    readonly events: readonly { readonly line: string; readonly decoded: unknown }[];
    readonly prices: {
        readonly feed: string;
        readonly price: Readonly<Record<string, unknown>>;
        readonly posts: readonly {
            readonly receiver: 'core' | 'compatible';
            readonly wormhole: string;
            readonly guardians: number;
            readonly update: string;
            readonly own: readonly InstructionFixture[];
            readonly sponsored: readonly InstructionFixture[];
            readonly sponsoredAccount: string;
            readonly reclaim: readonly InstructionFixture[];
        }[];
        readonly pro: {
            readonly feed: number;
            readonly channel: number;
            readonly feedId: string;
            readonly message: string;
            readonly signer: string;
            readonly storage: string;
            readonly treasury: string;
            readonly fee: string;
            readonly open: readonly InstructionFixture[];
            readonly first: readonly InstructionFixture[];
            readonly later: readonly InstructionFixture[];
        };
    };
    readonly quotes: Readonly<Record<string, readonly unknown[]>>;
}

const FILE = new URL('../fixtures.json', import.meta.url);

/** The fixtures; without them, what to do. */
export function fixtures(): Fixtures {
    if (!existsSync(FILE)) {
        throw new Error('tests/fixtures.json is missing: run `cargo xtask test --only client`');
    }
    return JSON.parse(readFileSync(FILE, 'utf8')) as Fixtures;
}

/** With integers as text, for comparison. */
export function plain(value: unknown): unknown {
    return JSON.parse(JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part)));
}

/** With integers as such: every text that is one. */
export function integers<T>(value: unknown): T {
    const isInteger = (part: unknown): part is string => typeof part === 'string' && /^-?\d+$/.test(part);
    const convert = (part: unknown): unknown => {
        if (isInteger(part)) return BigInt(part);
        if (Array.isArray(part)) return part.map(convert);
        if (typeof part !== 'object' || part === null) return part;
        return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, convert(inner)]));
    };
    return convert(value) as T;
}

/** Instructions as the fixtures spell them. */
export function described(instructions: readonly Instruction[]): InstructionFixture[] {
    return instructions.map(({ accounts = [], data }) => ({
        accounts: accounts.map(({ address, role }) => [
            address as string,
            isWritableRole(role) ? 'w' : '',
            isSignerRole(role) ? 's' : '',
        ]),
        data: getBase64Decoder().decode(data ?? new Uint8Array()),
    }));
}
