import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { fetchEncodedAccount, getBase16Decoder, generateKeyPairSigner, type Address, type KeyPairSigner } from '@solana/kit';
import { Cluster } from '../../../clients/ts/tests/support/cluster.js';
import { found, join, lasting, run, tokens, usd, type World } from '../../../clients/ts/tests/support/world.js';
import { cheat, connect, expectQuiet, Gate, go, picture, sign, Stage, stat, type Actor } from './support/stage.js';

const network = inject('network');
const SOL = 0;

let stage: Stage;
let world: World;
let gate: Gate;
let carol: KeyPairSigner;
let actor: Actor;

beforeAll(async () => {
    if (!network) return;
    const cluster = await Cluster.connect(network);
    world = await found(cluster, 23, [2]);
    await cluster.publish(world.feeds[SOL]!, usd(200n));
    carol = await join(world, tokens(1_000n), tokens(400n));
    gate = new Gate(network.rpc);
    await gate.open();
    stage = await Stage.open(gate.url, world.fund.address);
    actor = await stage.enter({ wallet: carol });
    await actor.page.getByRole('heading', { name: 'The fund' }).waitFor();
    await connect(actor);
    await go(actor, '/membership');
});

afterAll(async () => {
    await stage?.close();
    await gate?.shut();
});

async function openWithdrawal({ page }: Actor, amount: string): Promise<void> {
    await page.getByLabel('Withdraw margin').fill(amount);
    await page.getByRole('button', { name: 'Withdraw margin', exact: true }).click();
}

async function close({ page }: Actor): Promise<void> {
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
}

test.runIf(network)('a wallet that says no is not an error, and nothing was sent', async () => {
    actor.answer = 'decline';
    await openWithdrawal(actor, '1');
    const dialog = await sign(actor);
    await dialog.getByText('You declined in your wallet. Nothing was sent and nothing has changed.').waitFor();
    await close(actor);
    expect(await world.cluster.tokensOf(carol.address)).toBe(0n);
});

test.runIf(network)('a wallet that fails is quoted', async () => {
    actor.answer = 'fail';
    await openWithdrawal(actor, '1');
    const dialog = await sign(actor);
    await dialog.getByText('The wallet says: The device is locked.').waitFor();
    await close(actor);
    actor.answer = 'sign';
});

test.runIf(network)('another account in the middle of an action: it cannot be signed, and the page is of the new one', async () => {
    const { page } = actor;
    const other = await world.cluster.wallet(tokens(7n));
    await openWithdrawal(actor, '1');
    await page.getByRole('button', { name: 'Sign in your wallet' }).waitFor();
    await actor.switchTo(other);
    await page.getByText('The wallet’s account has changed. Close this and look again').waitFor();
    expect(await page.getByRole('button', { name: 'Sign in your wallet' }).isDisabled()).toBe(true);
    await close(actor);
    await page.getByText(`what you see is now of ${other.address}`).waitFor();
    await page.getByText('Your wallet holds 7.00').waitFor();
    await actor.switchTo(carol);
    await page.getByText('Member account').waitFor();
});

test.runIf(network)('the node goes and comes back: what was read stays, with its age, and nothing can be signed meanwhile', async () => {
    const { page } = actor;
    await gate.shut();
    await page.getByText('The node is not reached: it does not answer.').waitFor();
    // An error never looks like an empty account.
    expect(await stat(actor, 'Margin')).toContain('1,000.00');
    expect(await page.getByRole('button', { name: 'Claim rewards' }).isDisabled()).toBe(true);
    await picture(actor, 'node-gone');
    await gate.open();
    await page.getByText('The node is not reached').waitFor({ state: 'detached' });
});

test.runIf(network)('the node goes between the signature and the network: the transaction runs once, when it is back', async () => {
    const { page } = actor;
    actor.whileSigning = () => gate.shut();
    await openWithdrawal(actor, '3');
    const dialog = await sign(actor);
    await dialog.getByText('Signed, and the node does not answer just now.').waitFor();
    actor.whileSigning = () => Promise.resolve();
    await gate.open();
    await dialog.getByText('Confirmed.').waitFor();
    await close(actor);
    expect(await world.cluster.tokensOf(carol.address)).toBe(tokens(3n));
    await page.getByText('Your wallet holds 3.00').waitFor();
});

test.runIf(network)('a default in the middle of a contribution: it is refused by name, and says what to do', async () => {
    const { page } = actor;
    const { cluster, feeds, fund } = world;
    await cluster.publish(feeds[SOL]!, usd(200n));
    const alice = await join(world, tokens(300n), tokens(100n));
    const bob = await join(world, tokens(1_000n), tokens(100n));
    await run(world, await fund.novate({ market: SOL, buyer: alice, seller: bob, lots: 600n, price: usd(200n) }));
    await page.getByLabel('Contribute', { exact: true }).fill('1');
    await page.getByRole('button', { name: 'Contribute', exact: true }).click();
    await page.getByRole('button', { name: 'Sign in your wallet' }).waitFor();
    // Somebody declares while the preview is looked at.
    await lasting(world, SOL, usd(120n));
    await run(world, await fund.declareDefault({ member: await fund.memberOf(alice.address), payer: cluster.payer }));
    const dialog = await sign(actor);
    await dialog.getByText('LossPending').waitFor();
    await dialog.getByText('Wait until the loss is allocated and the house is sold, or do that: anyone may.').waitFor();
    await close(actor);
    expect(await cluster.tokensOf(carol.address)).toBe(tokens(3n));
    await page.getByText('Not while a loss is pending').waitFor();
});

test.runIf(network)('a silent feed is said to be silent, and what needs its price is refused by name', async () => {
    const { page } = actor;
    await world.cluster.travel(700n);
    await go(actor, '/markets/0');
    await page.getByText('The last price is old.').waitFor();
    await picture(actor, 'silent-feed');
    await page.getByRole('button', { name: 'Take a new price' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('The program would refuse this.').waitFor();
    await dialog.getByText('OracleTooOld').waitFor();
    expect(await dialog.getByRole('button', { name: 'Sign in your wallet' }).isDisabled()).toBe(true);
    await close(actor);
});

test.runIf(network)('a node of another cluster, a fund that is not there, an account that is no fund', async () => {
    const cases = [
        [{ genesis: '5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d' }, 'The node belongs to another cluster'],
        [{ fund: (await generateKeyPairSigner()).address as string }, 'There is no fund at this address'],
        [{ fund: network!.mint }, 'This account is not a fund of Bulkhead'],
        [{ fund: 'nowhere' }, 'The fund’s address is not an address'],
    ] as const;
    for (const [config, title] of cases) {
        const lost = await stage.enter({ config });
        await lost.page.getByRole('heading', { name: title }).waitFor();
        expectQuiet([lost]);
        await lost.context.close();
    }
});

test.runIf(network)('a program of another version: nothing of it is shown', async () => {
    const { cluster, fund } = world;
    const account = await fetchEncodedAccount(cluster.rpc, fund.address, { commitment: 'confirmed' });
    if (!account.exists) throw new Error('there is no fund');
    const newer = new Uint8Array(account.data);
    newer[8] = 250;
    const { address } = await generateKeyPairSigner();
    await cheat(network!.rpc, 'surfnet_setAccount', [
        address as Address,
        { data: getBase16Decoder().decode(newer), lamports: 10_000_000_000, owner: network!.program },
    ]);
    const late = await stage.enter({ config: { fund: address } });
    await late.page.getByRole('heading', { name: 'The program is of another version' }).waitFor();
    await late.page.getByText('layout version 250, this client reads').waitFor();
    expect(await late.page.locator('.stat').count()).toBe(0);
    await picture(late, 'other-version');
    expectQuiet([actor, late]);
});
