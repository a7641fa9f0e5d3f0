import {
    AccountRole,
    createNoopSigner,
    getAddressDecoder,
    getBase64Decoder,
    isSignerRole,
    isWritableRole,
    type Address,
    type Instruction,
} from '@solana/kit';
import { beforeAll, describe, expect, test } from 'vitest';
import {
    BULKHEAD_PROGRAM_ADDRESS,
    BulkheadInstruction,
    FundClient,
    defaultRecordAddress,
    fundAddress,
    marketAddress,
    memberAddress,
    vaultAddress,
} from '../src/index.js';
import {
    clusterOf,
    fundAccount,
    marketAccount,
    memberAccount,
    positionsIn,
    recordAccount,
} from './support/accounts.js';
import { fixtures, type InstructionFixture } from './support/fixtures.js';

const TOKEN = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA' as Address;
const FUND_ID = 513;
const COUNT = 258n;
const EPOCH = 3n;

/** The fixtures' addresses: all bytes the same. */
const key = (number: number) => getAddressDecoder().decode(new Uint8Array(32).fill(number));
const [mint, owner, wallet] = [key(1), createNoopSigner(key(2)), key(4)];
const counterparty = createNoopSigner(key(3));

let client: FundClient;
let [own, other, record] = [key(0), key(0), key(0)];

beforeAll(async () => {
    const fund = await fundAddress(key(3), mint, FUND_ID);
    const vault = await vaultAddress(fund);
    own = await memberAddress(fund, owner.address);
    other = await memberAddress(fund, counterparty.address);
    record = await defaultRecordAddress(other, COUNT);
    const market = async (index: number): Promise<[Address, Uint8Array]> => {
        const oracle = { account: new Uint8Array(32).fill(10 + index), owners: [], feedId: new Uint8Array(32) };
        const none = { maxAgeSecs: 0, maxAheadSecs: 0, maxConfidenceBps: 0, kind: 0, feedDecimals: 8, pad: new Uint8Array(4) };
        const owners = [new Uint8Array(32), new Uint8Array(32)];
        return [await marketAddress(fund, index), marketAccount({ index, oracle: { ...oracle, ...none, owners } })];
    };
    const accounts = new Map([
        [fund, fundAccount({ mint, vault, tokenProgram: TOKEN, marketCount: 3, shareEpoch: EPOCH })],
        // The members hold what the fixtures say, in other orders.
        [own, memberAccount({ positions: positionsIn([2, 0]) })],
        [other, memberAccount({ positions: positionsIn([0, 2]), defaultCount: COUNT })],
        [record, recordAccount({ member: other, count: COUNT })],
        ...(await Promise.all([0, 1, 2].map(market))),
    ]);
    client = await FundClient.load(clusterOf(accounts), fund);
});

function describeInstruction({ accounts, data, programAddress }: Instruction): InstructionFixture {
    expect(programAddress).toBe(BULKHEAD_PROGRAM_ADDRESS);
    return {
        accounts: (accounts ?? []).map(({ address, role }) => [
            address,
            isWritableRole(role) ? 'w' : '',
            isSignerRole(role) ? 's' : '',
        ]),
        data: getBase64Decoder().decode(data ?? new Uint8Array()),
    };
}

describe('transactions are those of the Rust client, cranks and remaining accounts included', () => {
    const built: Record<string, () => Promise<Instruction[]>> = {
        openMember: () => client.openMember({ owner }),
        depositMargin: () => client.depositMargin({ depositor: owner, wallet, amount: 2n ** 64n - 1n }),
        contribute: () => client.contribute({ owner, wallet, amount: 1n }),
        requestWithdrawal: () => client.requestWithdrawal({ owner, shares: 2n ** 128n - 2n }),
        withdrawMargin: () => client.withdrawMargin({ owner, wallet, amount: 5n }),
        claimWithdrawal: () => client.claimWithdrawal({ owner, wallet }),
        novate: () => client.novate({ market: 2, buyer: owner, seller: counterparty, lots: 6n, price: 7n }),
        novateBatch: () =>
            client.novateBatch({
                market: 2,
                taker: own,
                buys: false,
                trades: [{ maker: other, lots: 12n, price: 13n }],
                venue: owner,
            }),
        takeOver: () => client.takeOver({ market: 0, taker: { member: own, signer: owner }, lots: 8n, limitPrice: 10n }),
        liquidate: () => client.liquidate({ market: 0, target: other, liquidator: owner, lots: 9n, limitPrice: 11n }),
        declareDefault: () => client.declareDefault({ member: other, payer: owner }),
        allocateLoss: () => client.allocateLoss({ record, payer: owner, keeper: own }),
        enforceCall: () => client.enforceCall({ member: other }),
        closeOut: () => client.closeOut({ member: other }),
    };

    test('all of them', () => {
        expect(Object.keys(built).sort()).toEqual(Object.keys(fixtures().instructions).sort());
    });

    test.each(Object.keys(built))('%s', async (name) => {
        expect((await built[name]!()).map(describeInstruction)).toEqual(fixtures().instructions[name]);
    });
});

test('an action in a market that nobody holds yet cranks that market too', async () => {
    const [first, second, third, novate] = await client.novate({
        market: 1,
        buyer: owner,
        seller: counterparty,
        lots: 1n,
        price: 1n,
    });
    const markets = await Promise.all([0, 1, 2].map((index) => marketAddress(client.address, index)));
    expect([first, second, third].map((crank) => crank?.accounts?.[1]?.address)).toEqual(markets);
    const remaining = [markets[0], markets[2]].map((address) => ({ address, role: AccountRole.READONLY }));
    expect(novate?.accounts?.slice(-2)).toEqual(remaining);
});

test('what is not there is named', async () => {
    const stranger = createNoopSigner(key(9));
    await expect(client.withdrawMargin({ owner: stranger, amount: 1n })).rejects.toThrow('there is no account at');
});

/** They are of no fund: `getOpenProPriceInstruction` and `getPostProPriceInstruction` make them. */
const OF_NO_FUND = ['openProPrice', 'postProPrice'];

test('every instruction of a fund has an action', () => {
    const actions = [FundClient, FundClient.prototype].flatMap((type) => Object.getOwnPropertyNames(type));
    const instructions = Object.keys(BulkheadInstruction).filter((name) => !/^\d+$/.test(name));
    expect(instructions.length).toBeGreaterThan(40);
    const missing = instructions
        .map((name) => `${name[0]?.toLowerCase()}${name.slice(1)}`)
        .filter((name) => !actions.includes(name) && !OF_NO_FUND.includes(name));
    expect(missing, 'add these to src/fund.ts').toEqual([]);
});
