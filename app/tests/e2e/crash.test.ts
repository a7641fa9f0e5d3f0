import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Address, KeyPairSigner } from '@solana/kit';
import { recoveryOf } from 'bulkhead-client';
import { Cluster, until } from '../../../clients/ts/tests/support/cluster.js';
import { found, join, lasting, lotsOf, run, tokens, usd, type World } from '../../../clients/ts/tests/support/world.js';
import { confirm, connect, expectQuiet, go, picture, Stage, stat, type Actor } from './support/stage.js';

const network = inject('network');
const SOL = 0;
const LOTS = 1_000n;

let stage: Stage;
let world: World;
let alice: KeyPairSigner;
let carol: KeyPairSigner;
let keeper: Actor;

beforeAll(async () => {
    if (!network) return;
    const cluster = await Cluster.connect(network);
    world = await found(cluster, 21, [2]);
    const { feeds, fund } = world;
    await cluster.publish(feeds[SOL]!, usd(200n));
    const treasurer = await cluster.wallet(tokens(30n));
    await run(world, await fund.fundTreasury({ funder: treasurer, amount: tokens(30n) }));
    alice = await join(world, tokens(300n), tokens(100n));
    const bob = await join(world, tokens(1_000n), tokens(100n));
    carol = await join(world, tokens(1_000n), tokens(400n));
    await join(world, tokens(500n), tokens(400n));
    await run(world, await fund.novate({ market: SOL, buyer: alice, seller: bob, lots: LOTS, price: usd(200n) }));
    stage = await Stage.open(network.rpc, fund.address);
    keeper = await stage.enter({ wallet: carol });
    await keeper.page.getByRole('heading', { name: 'The fund' }).waitFor();
    await connect(keeper);
});

afterAll(() => stage?.close());

test.runIf(network)('what a fall would cost is told before it happens', async () => {
    const { page } = keeper;
    await go(keeper, '/');
    const slider = page.getByRole('slider');
    await slider.waitFor();
    // −40%, in steps of 2.5%: alice loses 800 and has 299.60 of margin and 100 of contribution; the treasury has 30.40.
    await slider.fill('4');
    await page.getByText('1 member would default with a loss of').waitFor();
    // The last 370 of it are the survivors’, of 900.
    await page.getByText(/would lose\s+41\.11%/).waitFor();
});

test.runIf(network)('a crash: the default is declared from the desk and its loss allocated from its page', async () => {
    const { page } = keeper;
    await world.cluster.publish(world.feeds[SOL]!, usd(120n));
    await go(keeper, '/markets/0');
    await page.getByRole('button', { name: 'Take a new price' }).click();
    await confirm(keeper);
    await page.getByText('120.000').first().waitFor();

    // Nobody is declared by a price that has not lasted: the one before counts as well.
    await go(keeper, '/keeper');
    await lasting(world, SOL, usd(120n));
    await page.getByRole('listitem').filter({ hasText: 'Declare a default' }).getByRole('button', { name: 'Do it' }).click();
    await confirm(keeper);

    await go(keeper, '/');
    await page.getByText('A default is declared and not allocated.').waitFor();
    await go(keeper, '/defaults/0');
    await page.getByRole('button', { name: 'Allocate the loss' }).click();
    await confirm(keeper);
    const [first] = [...(await world.fund.defaultRecords()).values()];
    const { contributionsBefore, fromSurvivors } = first!;
    expect(fromSurvivors).toBeGreaterThan(0n);
    // The haircut as the page says it, and as the record has it.
    const percent = Number((fromSurvivors * 10_000n) / contributionsBefore) / 100;
    await page.getByText(`${percent.toFixed(2)}%`).first().waitFor();
    await page.getByText('A loss was allocated to the layers.').waitFor();
    await picture(keeper, 'default');
});

test.runIf(network)('the house is sold where its price falls, and the residual is allocated from the desk', async () => {
    const { page } = keeper;
    await go(keeper, '/markets/0');
    await page.getByRole('heading', { name: 'The house sells' }).waitFor();
    const before = Number(await stat(keeper, 'A lot’s price now'));
    await until(async () => Number(await stat(keeper, 'A lot’s price now')) < before);
    await picture(keeper, 'auction');
    await page.getByLabel('How many to take over').fill('10');
    await page.getByRole('button', { name: 'Take over', exact: true }).click();
    await confirm(keeper);
    const member = await world.fund.memberOf(carol.address);
    expect(await lotsOf(world.fund, member, SOL)).toBe(LOTS);
    await go(keeper, '/keeper');
    const residual = page.getByRole('listitem').filter({ hasText: 'Allocate the residual' });
    await residual.getByRole('button', { name: 'Do it' }).click();
    await confirm(keeper);
    await go(keeper, '/');
    await page.getByText('Everything runs').waitFor();
});

test.runIf(network)('my positions show the price at which I am liquidated, and it is that price', async () => {
    const { page } = keeper;
    await go(keeper, '/membership');
    const row = page.getByRole('row', { name: /SOL|Market 0/ }).first();
    await row.waitFor();
    await picture(keeper, 'membership-with-position');
    const cells = await row.getByRole('cell').allTextContents();
    const liquidation = Number(cells[4]?.replaceAll(',', ''));
    expect(liquidation).toBeGreaterThan(0);
    expect(liquidation).toBeLessThan(120);
});

test.runIf(network)('what is paid back reaches those who paid, and is claimed', async () => {
    const { page } = keeper;
    const { cluster, fund } = world;
    const [record] = [...(await fund.defaultRecords()).keys()];
    const payer = await cluster.wallet(tokens(40n));
    await cluster.run(await fund.repayDefault({ payer, record: record!, amount: tokens(40n) }));
    const member = await fund.memberOf(carol.address);
    const due = recoveryOf(await fund.member(member), await fund.fund());
    expect(due.claimable).toBeGreaterThan(0n);
    const before = await cluster.tokensOf(carol.address);
    await go(keeper, '/membership');
    await page.getByRole('button', { name: 'Claim recoveries' }).click();
    await confirm(keeper);
    // Exactly what was said to be due.
    expect((await cluster.tokensOf(carol.address)) - before).toBe(due.claimable);
});

test.runIf(network)('a defaulter is told that it was one, and its account can be closed', async () => {
    const defaulter = await stage.enter({ wallet: alice });
    const { page } = defaulter;
    await page.getByRole('heading', { name: 'The fund' }).waitFor();
    await connect(defaulter);
    await go(defaulter, '/membership');
    await page.getByRole('button', { name: 'Close the account' }).click();
    await confirm(defaulter);
    await page.getByText('This wallet is not a member yet.').waitFor();
    const account = await world.cluster.rpc
        .getAccountInfo((await world.fund.memberOf(alice.address)) as Address, { encoding: 'base64' })
        .send();
    expect(account.value).toBeNull();
    expectQuiet([keeper, defaulter]);
});
