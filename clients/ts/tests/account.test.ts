import { address, lamports, type Address, type EncodedAccount } from '@solana/kit';
import { expect, test } from 'vitest';
import { ACCOUNTS, AccountError, BULKHEAD_PROGRAM_ADDRESS, LAYOUT_VERSION, decodeAccount } from '../src/index.js';
import { memberAccount } from './support/accounts.js';
import { fixtures } from './support/fixtures.js';

const SYSTEM = address('11111111111111111111111111111111');

function at(data: Uint8Array, programAddress: Address = BULKHEAD_PROGRAM_ADDRESS): EncodedAccount {
    return {
        address: SYSTEM,
        data,
        executable: false,
        lamports: lamports(1n),
        programAddress,
        space: BigInt(data.length),
    };
}

test('the layout version is the one the program writes', () => {
    expect(LAYOUT_VERSION).toBe(fixtures().layoutVersion);
});

test('an account is read', () => {
    expect(decodeAccount(ACCOUNTS.member, at(memberAccount({ margin: 7n }))).data.margin).toBe(7n);
});

test('what is not such an account is refused', () => {
    const member = memberAccount({});
    expect(() => decodeAccount(ACCOUNTS.fund, at(member))).toThrow('is not a fund');
    expect(() => decodeAccount(ACCOUNTS.member, at(member, SYSTEM))).toThrow('does not belong to Bulkhead');
    const newer = memberAccount({ version: LAYOUT_VERSION + 1 });
    expect(() => decodeAccount(ACCOUNTS.member, at(newer))).toThrow(`layout version ${LAYOUT_VERSION + 1}`);
    expect(() => decodeAccount(ACCOUNTS.member, at(new Uint8Array()))).toThrow(AccountError);
    expect(() => decodeAccount(ACCOUNTS.member, at(member.slice(0, 100)))).toThrow();
});
