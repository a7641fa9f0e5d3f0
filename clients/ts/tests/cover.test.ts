import { createNoopSigner, getAddressDecoder, isSignerRole, isWritableRole, type Address, type Instruction } from '@solana/kit';
import { beforeAll, expect, test } from 'vitest';
import {
    BULKHEAD_PROGRAM_ADDRESS,
    BulkheadInstruction,
    FundClient,
    coverAddress,
    fundAddress,
    getDrawCoverInstructionDataDecoder,
    getFundCoverInstructionDataDecoder,
    getHoldCoverInstructionDataDecoder,
    identifyBulkheadInstruction,
    marketAddress,
    vaultAddress,
} from '../src/index.js';
import { clusterOf, coverAccount, fundAccount, marketAccount } from './support/accounts.js';

const TOKEN = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA' as Address;
const key = (number: number) => getAddressDecoder().decode(new Uint8Array(32).fill(number));
const [drawer, giver, guardian] = [7, 8, 9].map((number) => createNoopSigner(key(number))) as [
    ReturnType<typeof createNoopSigner>,
    ReturnType<typeof createNoopSigner>,
    ReturnType<typeof createNoopSigner>,
];
const [mint, wallet] = [key(1), key(4)];

let client: FundClient;
let [fund, vault, cover, market] = [key(0), key(0), key(0), key(0)];

beforeAll(async () => {
    fund = await fundAddress(key(3), mint, 1);
    vault = await vaultAddress(fund);
    cover = await coverAddress(fund, 2);
    market = await marketAddress(fund, 0);
    const accounts = new Map([
        [fund, fundAccount({ mint, vault, tokenProgram: TOKEN, marketCount: 1, covers: 1, coverSeq: 3 })],
        [cover, coverAccount({ fund, index: 2, limit: 1_000n, drawer: drawer.address })],
        [market, marketAccount({ index: 0 })],
    ]);
    client = await FundClient.load(clusterOf(accounts), fund);
});

const rolesOf = ({ accounts }: Instruction) =>
    (accounts ?? []).map(({ address, role }) => [address, isWritableRole(role), isSignerRole(role)]);

test('a cover is read by its number', async () => {
    expect(await client.cover(2)).toMatchObject({ index: 2, limit: 1_000n, drawer: drawer.address });
    await expect(client.cover(1)).rejects.toThrow();
});

test('a drawer holds and draws', async () => {
    const [hold] = await client.holdCover({ drawer, index: 2, secs: 60 });
    expect(identifyBulkheadInstruction(hold!.data!)).toBe(BulkheadInstruction.HoldCover);
    expect(getHoldCoverInstructionDataDecoder().decode(hold!.data!).secs).toBe(60);
    const own = [
        [fund, true, false],
        [cover, true, false],
        [drawer.address, false, true],
    ];
    expect(rolesOf(hold!)).toEqual(own);
    const [draw] = await client.drawCover({ drawer, index: 2, amount: 5n });
    expect(getDrawCoverInstructionDataDecoder().decode(draw!.data!).amount).toBe(5n);
    // Who is no venue names the program in the place of a market.
    expect(rolesOf(draw!)).toEqual([...own, [BULKHEAD_PROGRAM_ADDRESS, false, false]]);
    const [venue] = await client.drawCover({ drawer, index: 2, amount: 5n, market: 0 });
    expect(rolesOf(venue!)).toEqual([...own, [market, false, false]]);
});

test('money comes into a purse and out of the reserve', async () => {
    const [funded] = await client.fundCover({ giver, index: 2, amount: 6n, purse: 1, wallet });
    expect(getFundCoverInstructionDataDecoder().decode(funded!.data!)).toMatchObject({ amount: 6n, purse: 1 });
    expect(rolesOf(funded!)).toEqual([
        [fund, true, false],
        [wallet, true, false],
        [vault, true, false],
        [mint, false, false],
        [TOKEN, false, false],
        [cover, true, false],
        [giver.address, false, true],
    ]);
    const [collected] = await client.collectCover({ index: 2, tokenAccount: wallet });
    expect(rolesOf(collected!).slice(0, 2)).toEqual([
        [fund, true, false],
        [wallet, true, false],
    ]);
});

test('anyone settles, accrues and ends, and the guardian suspends', async () => {
    const both = [
        [fund, true, false],
        [cover, true, false],
    ];
    for (const built of [client.settleCover({ index: 2 }), client.accrueCover({ index: 2 }), client.endCover({ index: 2 })]) {
        expect(rolesOf((await built)[0]!)).toEqual(both);
    }
    const [suspended] = await client.suspendCover({ guardian, index: 2, lastValidSlot: 9n });
    expect(rolesOf(suspended!)).toEqual([...both, [guardian.address, false, true]]);
});
