import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Address, KeyPairSigner } from '@solana/kit';
import { FundClient, exitClockSecs } from 'bulkhead-client';
import { Cluster } from '../../../clients/ts/tests/support/cluster.js';
import { DAY, found, join, tokens, type World } from '../../../clients/ts/tests/support/world.js';
import { confirm, connect, expectQuiet, go, picture, sign, Stage, stat, type Actor } from './support/stage.js';

const network = inject('network');

/** The most that a newcomer does from the address to the first contribution: clicks, and fields filled. */
const MOST_ACTS = 8;

/** Runs in the page: counts what its user does. A click on a box is one act, and so is a field that was filled. */
function countActs(): void {
    const counter = window as unknown as { acts: number };
    counter.acts = 0;
    const count = () => (counter.acts += 1);
    document.addEventListener('click', ({ isTrusted }) => isTrusted && count(), true);
    document.addEventListener('input', ({ target }) => (target as HTMLInputElement).type !== 'checkbox' && count(), true);
}

test.runIf(network)('from the address to the first contribution with a burner, in eight acts', async () => {
    const { fund, rpc } = network!;
    const stage = await Stage.open(rpc, fund);
    const newcomer = await stage.enter();
    const { page } = newcomer;
    await page.getByRole('heading', { name: 'The fund' }).waitFor();
    await page.evaluate(countActs);
    await page.getByRole('link', { name: 'My membership' }).click();
    await page.getByRole('main').getByRole('button', { name: /Burner/ }).click();
    await page.getByRole('button', { name: /Get 25,000 USDC for testing/ }).click();
    await page.getByText('Your wallet holds 25,000.00').waitFor();
    await page.getByLabel('Margin', { exact: true }).fill('5,000');
    await page.getByLabel('Contribution', { exact: true }).fill('1,250.50');
    await page.getByRole('button', { name: 'See what it does' }).click();

    // What it does is told before it is signed, with the fund's whole address; and nothing is signed without the box.
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('row', { name: /Contribution\b.*1,250\.50/ }).waitFor();
    await dialog.getByText(fund).first().waitFor();
    expect(await dialog.getByRole('button', { name: 'Sign in your wallet' }).isDisabled()).toBe(true);
    await picture(newcomer, 'join-preview');
    const signed = await sign(newcomer);
    await signed.getByText('Confirmed.').waitFor();
    expect(await page.evaluate(() => (window as unknown as { acts: number }).acts)).toBe(MOST_ACTS);
    await signed.getByRole('button', { name: 'Close' }).last().click();

    // It is on the chain, and the page shows what the chain says.
    await page.getByText('Member account').waitFor();
    const key = await page.evaluate(() => localStorage.getItem('bulkhead.burner'));
    expect(key).toContain('Ed25519');
    expect(await stat(newcomer, 'Margin')).toContain('5,000.00');
    expect(await stat(newcomer, 'Contribution')).toContain('1,250.5');

    // The wallet of the last visit comes back by itself.
    await page.reload();
    await page.getByText('Member account').waitFor();
    expectQuiet([newcomer]);
    await stage.close();
});

test.runIf(network)('a contribution leaves: notice, commitment, delay, payment, on the dates that were told', async () => {
    const cluster = await Cluster.connect(network);
    const fund = await FundClient.load(cluster.rpc, network!.fund as Address);
    const owner = await cluster.wallet(tokens(10_000n));
    await cluster.run([
        ...(await fund.openMember({ owner })),
        ...(await fund.contribute({ owner, amount: tokens(2_000n) })),
    ]);
    const stage = await Stage.open(network!.rpc, network!.fund);
    const leaver = await stage.enter({ wallet: owner });
    const { page } = leaver;
    await page.getByRole('heading', { name: 'The fund' }).waitFor();
    await connect(leaver);
    await go(leaver, '/membership');

    await page.getByLabel('Take out').fill('2000');
    await page.getByRole('button', { name: 'Give notice', exact: true }).click();
    await confirm(leaver);
    await page.getByText('The notice runs.').waitFor();
    expect(await page.getByRole('button', { name: 'Commit to leaving' }).isDisabled()).toBe(true);
    await picture(leaver, 'leaving-notice');

    const member = await fund.memberOf(owner.address);
    const { noticeReadySecs } = await fund.member(member);
    await cluster.travel(noticeReadySecs - exitClockSecs(await fund.fund(), await cluster.moment()) + 1n);
    await page.getByText('The notice is over').waitFor();
    await page.getByRole('button', { name: 'Commit to leaving' }).click();
    await confirm(leaver);
    await page.getByText('You have committed to leaving').waitFor();

    const { exitReadySecs } = await fund.member(member);
    expect(exitReadySecs).toBeGreaterThan(0n);
    await cluster.travel(62n);
    await page.getByRole('button', { name: 'Take the payment' }).click();
    await confirm(leaver);
    await page.getByText('You have no contribution to take out.').waitFor();
    expect(await cluster.tokensOf(owner.address)).toBe(tokens(10_000n));
    expectQuiet([leaver]);
    await stage.close();
});

let stage: Stage;
let world: World;
let owner: KeyPairSigner;
let actor: Actor;

beforeAll(async () => {
    if (!network) return;
    const cluster = await Cluster.connect(network);
    world = await found(cluster, 20, [2]);
    owner = await join(world, tokens(300n), tokens(100n));
    stage = await Stage.open(network.rpc, world.fund.address);
    actor = await stage.enter({ wallet: owner });
    await actor.page.getByRole('heading', { name: 'The fund' }).waitFor();
    await connect(actor);
    await go(actor, '/membership');
});

afterAll(() => stage?.close());

test.runIf(network)('margin goes out to the unit that is free, and what is too much is told before anything is signed', async () => {
    const { page } = actor;
    const withdraw = page.getByLabel('Withdraw margin');
    await withdraw.fill('300.000001');
    await page.getByText('This is more than is free: 300.').waitFor();
    expect(await page.getByRole('button', { name: 'Withdraw margin', exact: true }).isDisabled()).toBe(true);
    await withdraw.fill('1.5x');
    await page.getByText('Write a number').waitFor();
    await withdraw.fill('120.25');
    await page.getByRole('button', { name: 'Withdraw margin', exact: true }).click();
    await confirm(actor);
    await page.waitForFunction(() => document.body.textContent?.includes('179.75'));
    expect(await world.cluster.tokensOf(owner.address)).toBe(120_250_000n);
});

test.runIf(network)('a delegate is set and removed', async () => {
    const { page } = actor;
    const delegate = world.guardian.address;
    await page.getByText('Let another key trade').click();
    await page.getByLabel('Address of the delegate').fill(delegate);
    await page.getByRole('button', { name: 'Set the delegate' }).click();
    await confirm(actor);
    await page.getByRole('button', { name: 'Remove the delegate' }).waitFor();
    expect((await world.fund.member(await world.fund.memberOf(owner.address))).delegate).toBe(delegate);
    await page.getByRole('button', { name: 'Remove the delegate' }).click();
    await confirm(actor);
    await page.getByText('nobody but you').waitFor();
});

test.runIf(network)('whoever takes everything out can close the account', async () => {
    const { page } = actor;
    expect(await page.getByRole('button', { name: 'Close the account' }).isDisabled()).toBe(true);
    await page.getByLabel('Withdraw margin').fill('179.75');
    await page.getByRole('button', { name: 'Withdraw margin', exact: true }).click();
    await confirm(actor);
    await page.getByLabel('Take out').fill('100');
    await page.getByRole('button', { name: 'Give notice', exact: true }).click();
    await confirm(actor);
    await world.cluster.travel(DAY + 1n);
    await page.getByRole('button', { name: 'Take the payment' }).click();
    await confirm(actor);
    await page.getByRole('button', { name: 'Close the account' }).click();
    await confirm(actor);
    await page.getByText('This wallet is not a member yet.').waitFor();
    expect(await world.cluster.tokensOf(owner.address)).toBe(tokens(400n));
    expectQuiet([actor]);
});
