import { getBase16Encoder, type Address } from '@solana/kit';
import { expect, test } from 'vitest';
import {
    defaultRecordAddress,
    epochRecordAddress,
    fundAddress,
    marketAddress,
    memberAddress,
    queuedChangeAddress,
    sponsoredFeedAddress,
    vaultAddress,
} from '../src/index.js';
import { fixtures } from './support/fixtures.js';

test('addresses are those of the Rust client', async () => {
    const { addresses } = fixtures();
    const at = (name: string) => addresses[name] as Address;
    const fund = await fundAddress(at('creator'), at('mint'), addresses.id);
    expect({
        creator: at('creator'),
        mint: at('mint'),
        id: addresses.id,
        owner: at('owner'),
        fund,
        vault: await vaultAddress(fund),
        'market 258': await marketAddress(fund, 258),
        member: await memberAddress(fund, at('owner')),
        'default 258': await defaultRecordAddress(await memberAddress(fund, at('owner')), 258n),
        'epoch 3': await epochRecordAddress(fund, 3n),
        'change 2^64-1': await queuedChangeAddress(fund, 2n ** 64n - 1n),
    }).toEqual(addresses);
});

test("Pyth's sponsored feeds are where Pyth has them", async () => {
    const sol = getBase16Encoder().encode('ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d');
    expect(await sponsoredFeedAddress(sol)).toBe('7UVimffxr9ow1uXYxsr4LHAcV58mLzhmwaeKvJ1pjLiE');
});
