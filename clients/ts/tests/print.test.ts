import { getAddressEncoder, getI64Encoder, lamports, type Address, type EncodedAccount } from '@solana/kit';
import { describe, expect, test } from 'vitest';
import {
    BULKHEAD_PROGRAM_ADDRESS,
    LAYOUT_VERSION,
    PRO_PRICE_DISCRIMINATOR,
    RECEIVERS,
    getProPriceCodec,
    isHeard,
    type Heard,
} from '../src/index.js';

const NOW = 1_000_000n;
const owner = RECEIVERS.core.program;
const nobody = new Uint8Array(32);

const market = (kind: number, owners = [nobody, getAddressEncoder().encode(owner)]): Heard => ({
    seenTs: NOW - 50n,
    oracle: { kind, owners: owners as Heard['oracle']['owners'], maxAgeSecs: 60, maxAheadSecs: 10 },
});

const account = (data: Uint8Array, programAddress: Address): EncodedAccount =>
    ({ address: owner, data, executable: false, lamports: lamports(1n), programAddress, space: BigInt(data.length) });

/** A print of each kind that was published at a time. */
const pull = (ts: bigint, verified = 1, programAddress: Address = owner) => {
    const data = new Uint8Array(134);
    data[40] = verified;
    data.set(getI64Encoder().encode(ts), 93);
    return account(data, programAddress);
};
const push = (ts: bigint) => {
    const data = new Uint8Array(3_312);
    data.set(getI64Encoder().encode(ts), 96);
    return account(data, owner);
};
const pro = (ts: bigint, programAddress: Address = BULKHEAD_PROGRAM_ADDRESS) => {
    const codec = getProPriceCodec();
    const none = codec.decode(new Uint8Array(codec.fixedSize));
    const data = new Uint8Array(codec.encode({ ...none, version: LAYOUT_VERSION, priceUs: ts * 1_000_000n + 999_999n }));
    data.set(PRO_PRICE_DISCRIMINATOR);
    return account(data, programAddress);
};

describe.each([
    { name: 'a receiver', kind: 0, print: pull },
    { name: 'a legacy feed', kind: 1, print: push },
    { name: 'Pyth Pro', kind: 2, print: pro },
])('a print of $name', ({ kind, print }) => {
    const heard = (ts: bigint, over: Partial<Heard> = {}) => isHeard({ ...market(kind), ...over }, print(ts), NOW);

    test('is heard until five seconds before it is too old, and no earlier than it may be', () => {
        const seenTs = 0n;
        expect([NOW - 56n, NOW - 55n, NOW, NOW + 10n, NOW + 11n].map((ts) => heard(ts, { seenTs }))).toEqual([
            false,
            true,
            true,
            true,
            false,
        ]);
    });

    test('is not heard if it is older than the last one', () => {
        expect([NOW - 51n, NOW - 50n].map((ts) => heard(ts))).toEqual([false, true]);
    });
});

test('nothing is heard from an account of others, one that is cut off, not verified, or not there', () => {
    const other = RECEIVERS.compatible.program;
    expect(isHeard(market(0), pull(NOW, 1, other), NOW)).toBe(false);
    expect(isHeard(market(0), pull(NOW, 0), NOW)).toBe(false);
    expect(isHeard(market(2), pro(NOW, other), NOW)).toBe(false);
    expect(isHeard(market(0), undefined, NOW)).toBe(false);
    const { data, ...rest } = pull(NOW);
    expect(isHeard(market(0), { ...rest, data: data.slice(0, 100) }, NOW)).toBe(false);
    // A zero entry accepts no owner, not the system program.
    const system = '11111111111111111111111111111111' as Address;
    expect(isHeard(market(0, [nobody, nobody]), pull(NOW, 1, system), NOW)).toBe(false);
});
