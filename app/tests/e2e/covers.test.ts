/** A protocol is exploited, and a pool reports bad debt: what a contributor, a caller and a victim see and do. */

import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { getBase16Decoder, type KeyPairSigner } from '@solana/kit';
import { proofBytes } from 'bulkhead-client';
import { Cluster } from '../../../clients/ts/tests/support/cluster.js';
import { DAY, lasting, tokens, usd } from '../../../clients/ts/tests/support/world.js';
import { alert, approve, covered, listOf, LOST, post, report, SOL, VENUE, type CoveredWorld } from './support/covers.js';
import { confirm, connect, expectQuiet, go, stat, Stage, violations, type Actor } from './support/stage.js';

const network = inject('network');

let stage: Stage;
let world: CoveredWorld;
let contributor: Actor;
let victim: Actor;

/** A page with this wallet. */
async function enter(wallet: KeyPairSigner): Promise<Actor> {
    const actor = await stage.enter({ wallet });
    await actor.page.getByRole('heading', { name: 'The fund' }).waitFor();
    await connect(actor);
    return actor;
}

beforeAll(async () => {
    if (!network) return;
    world = await covered(await Cluster.connect(network), 41);
    stage = await Stage.open(network.rpc, world.fund.address);
    contributor = await enter(world.contributor);
    victim = await enter(world.victims[0]!);
});

afterAll(() => stage?.close());

/** Does what anyone can do, and waits until it is confirmed. */
async function press(actor: Actor, name: string | RegExp): Promise<void> {
    await actor.page.getByRole('main').getByRole('button', { name }).click();
    await confirm(actor);
}

test.runIf(network)('a contributor sees what it can lose, and everything that a cover may do', async () => {
    const { page } = contributor;
    await go(contributor, '/covers');
    await page.getByRole('heading', { name: 'Cover 0: claims' }).waitFor();
    expect(await stat(contributor, 'Pledged, at most')).toContain('2,000.00');
    expect(await stat(contributor, 'Then contributions')).toMatch(/^1,4\d\d\.\d\dUSDC$|^1,500\.00USDC$/);
    await page.getByText('can be lost to covers').waitFor();
    const row = page.getByRole('table', { name: /^Covers with limit/ }).getByRole('row').nth(2);
    expect(await row.textContent()).toMatch(/Cover 1bad debt of a poolactive1,000\.00/);
    await page.getByText('the market has not fallen far enough for a liquidation to lack money').waitFor();
    expect(await violations(contributor)).toEqual([]);
    await go(contributor, '/claims');
    await page.getByText('No loss was reported.').waitFor();
});

test.runIf(network)('anyone earns a premium, and pays into a purse', async () => {
    await go(contributor, '/covers');
    await press(contributor, 'Accrue cover 0');
    const { page } = victim;
    await go(victim, '/covers');
    await page.getByText('Pay in', { exact: true }).first().click();
    await page.getByLabel('For cover 0, as').selectOption('First loss');
    await page.getByLabel('Amount for cover 0').fill('5');
    await page.getByText('This is more than your wallet holds: 0.').waitFor();
    const funder = await enter(world.issuer);
    await go(funder, '/covers');
    await funder.page.getByText('Pay in', { exact: true }).first().click();
    await funder.page.getByLabel('For cover 0, as').selectOption('First loss');
    await funder.page.getByLabel('Amount for cover 0').fill('5');
    await funder.page.getByRole('button', { name: 'See what it does' }).first().click();
    await confirm(funder);
    expect((await world.fund.cover(0)).firstLoss).toBe(tokens(55n));
    expectQuiet([funder]);
});

test.runIf(network)('a pool reports bad debt: it is bounded by the fall of its market, and settled in its time', async () => {
    const { cluster, feeds, fund } = world;
    const { page } = contributor;
    await lasting(world, SOL, usd(140n));
    await report(world, tokens(1_000n));
    // Of 1,500 a fall from 200 to 140 explains 264.70; 50 are first loss, and a tenth of the rest is coinsured.
    const { owed } = await fund.cover(VENUE);
    expect(owed).toBe(((tokens(1_500n) * 30n) / 170n - tokens(50n)) * 9n / 10n);
    await go(contributor, '/covers');
    await page.getByText(/was drawn and is not paid yet/).waitFor();
    // Too soon: the program says so by name, and nothing is signed.
    await page.getByRole('main').getByRole('button', { name: 'Settle cover 1' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('DrawTooFresh').waitFor();
    expect(await dialog.getByRole('button', { name: 'Sign in your wallet' }).isDisabled()).toBe(true);
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await cluster.travel(90n);
    await cluster.publish(feeds[SOL]!, usd(140n));
    await press(contributor, 'Settle cover 1');
    await press(contributor, 'Collect cover 1');
    expect(await cluster.tokensOf(world.pool.address)).toBe(owed + tokens(50n));
});

test.runIf(network)('a loss is alerted, listed and decided; claims open', async () => {
    const { cluster } = world;
    const { page } = victim;
    await alert(world);
    await go(victim, '/claims');
    await page.getByText('waits for a list', { exact: true }).waitFor();
    await post(world);
    await page.getByText('the panel votes', { exact: true }).waitFor();
    await approve(world);
    await page.getByText('2 for, 0 against').waitFor();
    await cluster.travel(DAY + 1n);
    await page.getByRole('button', { name: 'Decide' }).waitFor();
    await press(victim, 'Decide');
    await page.getByText('decided', { exact: true }).waitFor();
    await cluster.travel(120n);
    await go(victim, '/covers');
    await press(victim, 'Settle cover 0');
    await go(victim, '/claims');
    await press(victim, 'Open the claims');
    await page.getByText('claims are open', { exact: true }).waitFor();
    expect(await violations(victim)).toEqual([]);
});

test.runIf(network)('a victim proves its claim with the list, and is paid its part once', async () => {
    const { cluster } = world;
    const { page } = victim;
    const text = page.getByLabel('Or the list or a proof as text');
    await text.fill(listOf(world).replace(',400', ',500'));
    await page.getByText('It is not the list that was posted').waitFor();
    await text.fill('nothing of the kind');
    await page.getByText('Line 1 is no claimant and amount').waitFor();
    await page.getByRole('button', { name: 'Clear it' }).click();
    const file = { name: 'claims.csv', mimeType: 'text/csv', buffer: Buffer.from(listOf(world)) };
    await page.getByLabel('The list as a file').setInputFiles(file);
    await page.getByText('Proven.').waitFor();
    await press(victim, 'Claim it');
    await page.getByText('It was paid.').waitFor();
    // 1,200 were lost. 55 of first loss and what is left of the limit of 1,000 are shared.
    const paid = await cluster.tokensOf(world.victims[0]!.address);
    expect(paid).toBe((LOST[0]! * tokens(1_055n)) / tokens(1_200n));
    // Who is not in the list is told.
    await go(contributor, '/claims');
    await contributor.page.getByLabel('Or the list or a proof as text').fill(listOf(world));
    await contributor.page.getByText('is not in it').waitFor();
});

test.runIf(network)('anybody pays a claim to its claimant, with a proof', async () => {
    const { cluster, tree, victims } = world;
    const { page } = contributor;
    const proof = (amount: bigint) =>
        JSON.stringify({ index: 1, claimant: victims[1]!.address, amount: String(amount), proof: getBase16Decoder().decode(proofBytes(tree.prove(1))) });
    const text = page.getByLabel('Or the list or a proof as text');
    await text.fill(proof(LOST[1]! + 1n));
    await page.getByText('it does not lead to the root on chain (WrongProof)').waitFor();
    await text.fill(proof(LOST[1]!));
    await press(contributor, 'Pay it to its claimant');
    expect(await cluster.tokensOf(victims[1]!.address)).toBe((LOST[1]! * tokens(1_055n)) / tokens(1_200n));
});

test.runIf(network)('a claim that was paid meanwhile is refused by its name', async () => {
    const { page } = victim;
    const text = page.getByLabel('Or the list or a proof as text');
    const third = await enter(world.victims[2]!);
    await go(third, '/claims');
    await third.page.getByLabel('Or the list or a proof as text').fill(listOf(world));
    await third.page.getByRole('button', { name: 'Claim it' }).waitFor();
    const { tree, victims } = world;
    await text.fill(
        JSON.stringify({ index: 2, claimant: victims[2]!.address, amount: String(LOST[2]), proof: getBase16Decoder().decode(proofBytes(tree.prove(2))) }),
    );
    await press(victim, 'Pay it to its claimant');
    await third.page.getByRole('button', { name: 'Claim it' }).click();
    await third.page.getByRole('dialog').getByText('AlreadyClaimed').waitFor();
    await third.page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    // What anyone can do about the bond.
    await press(victim, 'Settle the bond');
    expectQuiet([contributor, victim, third]);
});
