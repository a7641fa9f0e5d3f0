/** A fund with a book of policies on SOL, and the calls that anybody makes for it. */

import { generateKeyPairSigner, type Address, type Instruction } from '@solana/kit';
import {
    BULKHEAD_PROGRAM_ADDRESS,
    bookAddress,
    bookVaultAddress,
    cover,
    coverAddress,
    dayOf,
    expiryAddress,
    marketAddress,
    policyAddress,
    startPolicy,
} from 'bulkhead-client';
import type { Cluster } from '../../../../clients/ts/tests/support/cluster.js';
import { DAY, found, join, run, tokens, usd, type World } from '../../../../clients/ts/tests/support/world.js';

export const SOL = 0;
const BOOK = 0;
/** What a fund with covers keeps; contributors give notice for as long as the shortest policy runs, and two days. */
const COVERED = {
    exitDelaySlots: 150,
    outflowCapBps: 1_000,
    coverBudgetBps: 2_500,
    noticeSecs: 10 * Number(DAY),
    coverMinNoticeSecs: 10 * Number(DAY),
};
const LIMIT = tokens(1_000n);
const HOUR = 3_600n;
/** Half of a day is a price. */
const NOTED_HOURS = 13;

/** The world, and its book. */
export interface InsuredWorld extends World {
    readonly book: Address;
    readonly vault: Address;
    readonly market: Address;
    readonly cover: Address;
}

/** A fund of 10,500 with an open cover of 1,000, whose book sells policies on SOL at 200. */
export async function insured(cluster: Cluster, id: number): Promise<InsuredWorld> {
    const base = await found(cluster, id, [2], [], COVERED);
    const { authority, feeds, fund } = base;
    const { mint, payer, tokenProgram } = cluster;
    await join(base, tokens(100n), tokens(4_000n));
    await join(base, tokens(100n), tokens(6_000n));
    const funder = await cluster.wallet(tokens(500n));
    await run(base, await fund.fundTreasury({ funder, amount: tokens(500n) }));
    const creator = await generateKeyPairSigner();
    const book = await bookAddress(creator.address, 0);
    const vault = await bookVaultAddress(book);
    const world: InsuredWorld = {
        ...base, book, vault, market: await marketAddress(fund.address, SOL), cover: await coverAddress(fund.address, BOOK),
    };
    await run(world, [
        cover.getCreateBookInstruction({
            book, vault, mint, tokenProgram, creator, payer, fund: fund.address, id: 0, minInsured: tokens(10n), thetaBps: 12_000,
            maxAgeSecs: Number(HOUR), coverIndex: BOOK, marketIndex: SOL, deductibleBps: 100, capBps: 1_000, coinsuranceBps: 1_000,
            leastVolatilityBps: 8_000, minTermDays: 8, maxTermDays: 12,
        }),
    ]);
    const now = await cluster.unixTs();
    const terms = {
        drawer: book, destination: vault, beneficiary: authority.address, termsHash: new Uint8Array(32).fill(3), limit: LIMIT, firstLossMin: 0n,
        perDraw: LIMIT, periodLimit: LIMIT, coveredDebt: 0n, opensTs: now, endsTs: now + 180n * DAY, premiumBpsPerYear: 0, coinsuranceBps: 0,
        market: 0, thresholdBps: 0, kind: 2,
    };
    const number = (await fund.fund()).governanceNonce;
    await run(world, await fund.queueChange({ authority, payer, change: { __kind: 'NewCover', fields: [terms] } }));
    await cluster.travel(12n * DAY);
    await run(world, await fund.openCover({ authority, payer, number }));
    await cluster.travel(3_700n);
    await cluster.publish(feeds[SOL]!, usd(200n));
    await run(world, await fund.crankMarket({ market: SOL }));
    return world;
}

/** The UTC day of the chain. */
export const today = async ({ cluster }: World): Promise<number> => dayOf(await cluster.unixTs());

/** Lets time pass until a UTC day begins. */
async function until(world: World, day: number): Promise<void> {
    const left = BigInt(day) * DAY - (await world.cluster.unixTs());
    if (left > 0n) {
        await world.cluster.travel(left);
    }
}

/** Takes a new price, and notes it. */
async function note(world: InsuredWorld, price: bigint): Promise<void> {
    const { book, cluster, feeds, fund, market } = world;
    await cluster.publish(feeds[SOL]!, price);
    await run(world, [...(await fund.crankMarket({ market: SOL })), cover.getNotePriceInstruction({ book, market })]);
}

/** Notes this price through more than half of a day, and once on the next one. */
export async function noteDay(world: InsuredWorld, day: number, price: bigint): Promise<void> {
    await until(world, day);
    for (let hour = 0; hour < NOTED_HOURS; hour += 1) {
        await note(world, price);
        await world.cluster.travel(HOUR);
    }
    await note(world, price);
    await until(world, day + 1);
    await note(world, price);
}

/** Anybody puts a policy in force. */
export async function start(world: InsuredWorld, number: bigint): Promise<void> {
    const { data } = await policyOf(world, number);
    await run(world, [await startPolicy(data)]);
}

/** A policy, by its number. */
export async function policyOf({ book, cluster }: InsuredWorld, number: bigint) {
    return cover.fetchPolicy(cluster.rpc, await policyAddress(book, number));
}

/** Settles a day, has the fund pay, and opens its payouts, as anyone may. */
export async function payOut(world: InsuredWorld, day: number): Promise<void> {
    const { book, cluster, fund, vault } = world;
    const { mint, tokenProgram } = cluster;
    const money = {
        book, fund: fund.address, cover: world.cover, vault, fundVault: fund.vault, mint, tokenProgram, bulkhead: BULKHEAD_PROGRAM_ADDRESS,
        expiry: await expiryAddress(book, day),
    };
    const one = async (instruction: Instruction) => run(world, [instruction]);
    await one(cover.getSettleExpiryInstruction(money));
    await cluster.travel(120n);
    await run(world, await fund.settleCover({ index: BOOK }));
    await one(cover.getOpenPayoutsInstruction(money));
}
