/** A fund that covers a protocol and a lending pool, and a loss of the protocol that goes its way. */

import { generateKeyPairSigner, type Address, type Instruction, type KeyPairSigner } from '@solana/kit';
import {
    BULKHEAD_PROGRAM_ADDRESS,
    claimTree,
    cover,
    coverAddress,
    lossAddress,
    panelAddress,
    panelVaultAddress,
    tokenAccountAddress,
    type ClaimTree,
} from 'bulkhead-client';
import type { Cluster } from '../../../../clients/ts/tests/support/cluster.js';
import { DAY, found, join, run, tokens, usd, type World } from '../../../../clients/ts/tests/support/world.js';

export const SOL = 0;
export const CLAIMS = 0;
export const VENUE = 1;
/** What a fund with covers keeps. */
const COVERED = { exitDelaySlots: 150, outflowCapBps: 1_000, coverBudgetBps: 2_500 };
const LIMIT = tokens(1_000n);
const QUORUM = 2;
/** What each victim has lost. */
export const LOST = [400n, 250n, 350n, 200n].map(tokens);

/** The world, and everybody whom a loss concerns. */
export interface CoveredWorld extends World {
    readonly contributor: KeyPairSigner;
    readonly issuer: KeyPairSigner;
    readonly pool: KeyPairSigner;
    readonly keys: readonly KeyPairSigner[];
    readonly victims: readonly KeyPairSigner[];
    readonly panel: Address;
    readonly vault: Address;
    readonly loss: Address;
    readonly tree: ClaimTree;
}

/** A fund of 10,500 with two open covers: of 1,000 for claims, and of 1,000 for a pool on SOL. */
export async function covered(cluster: Cluster, id: number): Promise<CoveredWorld> {
    const world = await found(cluster, id, [2], [], COVERED);
    const { feeds, fund } = world;
    const { payer } = cluster;
    await cluster.publish(feeds[SOL]!, usd(200n));
    await run(world, await fund.crankMarket({ market: SOL }));
    const contributor = await join(world, tokens(100n), tokens(4_000n));
    await join(world, tokens(100n), tokens(6_000n));
    const funder = await cluster.wallet(tokens(500n));
    await run(world, await fund.fundTreasury({ funder, amount: tokens(500n) }));
    const [issuer, pool, creator] = [await cluster.wallet(tokens(5_000n)), await cluster.wallet(0n), await generateKeyPairSigner()];
    const keys = await Promise.all([1, 2, 3].map(() => generateKeyPairSigner()));
    const victims = await Promise.all(LOST.map(() => cluster.wallet(0n)));
    const panel = await panelAddress(creator.address, 0);
    const vault = await panelVaultAddress(panel);
    const [mint, tokenProgram] = [cluster.mint, cluster.tokenProgram];
    const nobody = '11111111111111111111111111111111' as Address;
    const all = [...keys.map(({ address }) => address), nobody, nobody, nobody, nobody];
    await run(world, [
        cover.getCreatePanelInstruction({
            panel, vault, mint, tokenProgram, creator, payer, fund: fund.address, id: 0, keys: all, keyCount: 3, quorum: QUORUM,
            minBond: tokens(5n), coverIndex: CLAIMS, perils: 2,
        }),
    ]);
    const now = await cluster.unixTs();
    const terms = {
        drawer: panel, destination: vault, beneficiary: issuer.address, termsHash: new Uint8Array(32).fill(7), limit: LIMIT,
        firstLossMin: tokens(50n), perDraw: LIMIT, periodLimit: LIMIT, coveredDebt: 0n, opensTs: now, endsTs: now + 180n * DAY,
        premiumBpsPerYear: 500, coinsuranceBps: 1_000, market: 0, thresholdBps: 0, kind: 0,
    };
    const venue = {
        ...terms, drawer: pool.address, destination: await tokenAccountAddress(pool.address, mint, tokenProgram),
        periodLimit: LIMIT / 2n, coveredDebt: tokens(1_500n), market: SOL, thresholdBps: 8_500, kind: 1,
    };
    const { authority } = world;
    const first = (await fund.fund()).governanceNonce;
    for (const change of [terms, venue]) {
        await run(world, await fund.queueChange({ authority, payer, change: { __kind: 'NewCover', fields: [change] } }));
    }
    await cluster.travel(4n * DAY);
    for (const index of [CLAIMS, VENUE]) {
        await run(world, await fund.openCover({ authority, payer, number: first + BigInt(index) }));
        await run(world, await fund.fundCover({ giver: issuer, index, amount: tokens(40n), purse: 0 }));
        await run(world, await fund.fundCover({ giver: issuer, index, amount: tokens(50n), purse: 1 }));
    }
    await cluster.travel(3_700n);
    await cluster.publish(feeds[SOL]!, usd(200n));
    await run(world, await fund.crankMarket({ market: SOL }));
    const loss = await lossAddress(panel, 0n);
    const claims = victims.map(({ address }, at) => ({ claimant: address, amount: LOST[at]! }));
    const tree = (await claimTree(loss, claims))!;
    return { ...world, contributor, issuer, pool, keys, victims, panel, vault, loss, tree };
}

const drawerOf = async ({ fund, loss, panel }: CoveredWorld) => ({
    panel, loss, fund: fund.address, cover: await coverAddress(fund.address, CLAIMS), bulkhead: BULKHEAD_PROGRAM_ADDRESS,
});

/** The issuer reports the loss. */
export async function alert(world: CoveredWorld): Promise<void> {
    const { cluster, issuer, vault } = world;
    const { mint, payer, tokenProgram } = cluster;
    const tokenAccount = await tokenAccountAddress(issuer.address, mint, tokenProgram);
    const incidentTs = (await cluster.unixTs()) - 60n;
    await run(world, [
        cover.getAlertLossInstruction({
            ...(await drawerOf(world)), vault, tokenAccount, mint, tokenProgram, reporter: issuer, payer, incidentTs, peril: 0, maxBond: tokens(100n),
        }),
    ]);
}

/** The issuer posts the root of the list. */
export async function post(world: CoveredWorld): Promise<void> {
    const { root, total, leaves, depth } = world.tree.root;
    await run(world, [cover.getPostRootInstruction({ ...(await drawerOf(world)), reporter: world.issuer, root, total, leaves, depth })]);
}

/** As many keys as decide approve it. */
export async function approve(world: CoveredWorld): Promise<void> {
    const drawer = await drawerOf(world);
    const { root, total, leaves, depth } = world.tree.root;
    const vote = (key: KeyPairSigner): Instruction => cover.getVoteRootInstruction({ ...drawer, key, root, total, leaves, depth, approves: true });
    const votes = world.keys.slice(0, QUORUM).map(vote);
    await run(world, votes);
}

/** Decides, settles, and opens the claims, as anyone may. */
export async function pay(world: CoveredWorld): Promise<void> {
    const { cluster, fund, vault } = world;
    const { mint, tokenProgram } = cluster;
    const drawer = await drawerOf(world);
    await cluster.travel(DAY + 1n);
    await run(world, [cover.getDecideLossInstruction(drawer)]);
    await cluster.travel(120n);
    await run(world, await fund.settleCover({ index: CLAIMS }));
    await run(world, [cover.getOpenClaimsInstruction({ ...drawer, vault, mint, tokenProgram, fundVault: fund.vault })]);
}

/** The published list. */
export function listOf({ victims }: CoveredWorld): string {
    return ['claimant,amount', ...victims.map(({ address }, at) => `${address},${LOST[at]! / 1_000_000n}`)].join('\n');
}

/** The pool's report, which its key signs here. */
export async function report(world: CoveredWorld, amount: bigint): Promise<void> {
    const { fund, pool } = world;
    await run(world, [...(await fund.crankMarket({ market: SOL })), ...(await fund.drawCover({ drawer: pool, index: VENUE, market: SOL, amount }))]);
}

