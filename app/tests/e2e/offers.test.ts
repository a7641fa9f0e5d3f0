/** Two burners trade without meeting: an offer is posted, taken, and filled at the first price after that. */

import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { KeyPairSigner } from '@solana/kit';
import { Cluster, until } from '../../../clients/ts/tests/support/cluster.js';
import { found, join, lotsOf, run, tokens, usd, type World } from '../../../clients/ts/tests/support/world.js';
import { confirm, connect, expectQuiet, go, picture, sign, Stage, violations, type Actor } from './support/stage.js';

const network = inject('network');
const SOL = 0;
const LOTS = 1_000n;
/** The clock of the chain goes on by more than a second: the next price is of a later one. */
const LATER = 3n;
/** Longer than a taking waits, and than the clock of prices is ahead. */
const TOO_LATE = 45n;

let stage: Stage;
let world: World;
let carol: KeyPairSigner;
let maker: Actor;
let taker: Actor;

/** A newcomer becomes a member with a burner. */
async function burner(): Promise<Actor> {
    const actor = await stage.enter();
    const { page } = actor;
    await page.getByRole('heading', { name: 'The fund' }).waitFor();
    await go(actor, '/membership');
    await page.getByRole('main').getByRole('button', { name: /Burner/ }).click();
    await page.getByRole('button', { name: /Get 25,000 USDC for testing/ }).click();
    await page.getByText('Your wallet holds 25,000.00').waitFor();
    await page.getByLabel('Margin', { exact: true }).fill('1000');
    await page.getByLabel('Contribution', { exact: true }).fill('400');
    await page.getByRole('button', { name: 'See what it does' }).click();
    await confirm(actor);
    await page.getByText('Member account').waitFor();
    return actor;
}

beforeAll(async () => {
    if (!network) return;
    const cluster = await Cluster.connect(network);
    world = await found(cluster, 28, [2]);
    await cluster.publish(world.feeds[SOL]!, usd(200n));
    carol = await join(world, tokens(1_000n), tokens(400n));
    await run(world, await world.fund.crankMarket({ market: SOL }));
    stage = await Stage.open(network.rpc, world.fund.address);
    maker = await burner();
    taker = await burner();
});

afterAll(() => stage?.close());

/** Posts an offer to sell, from the market's page. */
async function post(actor: Actor, lots: string, fill: (actor: Actor) => Promise<void>): Promise<void> {
    const { page } = actor;
    await go(actor, '/markets/0');
    await page.getByLabel('sell', { exact: true }).check();
    await page.getByLabel('How many to offer').fill(lots);
    await fill(actor);
    await page.getByRole('button', { name: 'Post the offer' }).click();
    // An offer that rests changes nothing of the member's, and the preview says nothing else.
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Sign in your wallet' }).waitFor();
    expect(await dialog.getByText('What changes, from a simulation').count()).toBe(0);
    await confirm(actor);
}

/** Chooses the best offer to sell, and asks to take all of it. */
async function choose(actor: Actor): Promise<void> {
    const { page } = actor;
    await go(actor, '/markets/0');
    await page.getByRole('table', { name: /Offers to sell/ }).getByRole('button', { name: /^Buy/ }).first().click();
    await page.getByText('The price is that of the first print after you take, not this one.').waitFor();
    await page.getByRole('button', { name: 'Take the offer' }).click();
}

/** Waits until the taker's page has noticed that no offer is left. */
async function nothingIsOffered(): Promise<void> {
    await go(taker, '/markets/0');
    await taker.page.getByRole('table', { name: /Offers to sell/ }).waitFor({ state: 'detached' });
}

/** The next price, of a later second. */
async function next(price: bigint): Promise<void> {
    await world.cluster.travel(LATER);
    await world.cluster.publish(world.feeds[SOL]!, price);
}

test.runIf(network)('an offer is posted, taken, and filled at the first price after the taking', async () => {
    await post(maker, '10', async ({ page }) => {
        await page.getByLabel('My price').selectOption({ label: 'Better for me than the print, by' });
        await page.getByLabel('Distance from the print').fill('2.5');
        await page.getByText('This is more than the market’s price band: 2.').waitFor();
        await page.getByLabel('Distance from the print').fill('0.25');
        await page.getByText('it would sell at').waitFor();
    });
    await choose(taker);
    const dialog = taker.page.getByRole('dialog');
    await dialog.getByText('Worst price you accept', { exact: true }).waitFor();
    await dialog.getByText('Margin that is locked').first().waitFor();
    await dialog.getByText('If it is worse than the worst price you accept, nothing is filled.').waitFor();
    await picture(taker, 'offer-preview');
    expect(await violations(taker)).toEqual([]);
    await confirm(taker);

    // Both see it at once, and how long it waits.
    await taker.page.getByText('at the first price after the taking').waitFor();
    await maker.page.getByText('Your offer is taken: you sell').waitFor();
    expect(await taker.page.getByRole('timer').textContent()).toMatch(/^\d+ s left$/);
    await next(usd(202n));
    await taker.page.getByRole('button', { name: 'Fill it' }).click();
    await confirm(taker);
    // 202 and a quarter of a percent of it.
    await taker.page.getByText('Filled at 202.505').waitFor();
    await maker.page.getByText('Filled at 202.505').waitFor();

    // The positions are on the chain, and on the pages.
    const members = [...(await world.fund.members()).values()];
    const lots = members.flatMap(({ positions }) => positions.filter((held) => held.lots !== 0n).map((held) => held.lots));
    expect(lots.toSorted((a, b) => Number(a - b))).toEqual([-LOTS, LOTS]);
    expect(members.every(({ locked }) => locked === 0n)).toBe(true);
    expect((await world.fund.offers()).size).toBe(0);
    for (const [actor, side] of [[maker, 'short'], [taker, 'long']] as const) {
        await go(actor, '/membership');
        await actor.page.getByRole('table', { name: 'Positions' }).getByText(side).waitFor();
    }
    await picture(taker, 'offer-filled');
});

test.runIf(network)('before there is a price after it a taking cannot be filled, and after its time its margin is freed', async () => {
    await post(maker, '1', () => Promise.resolve());
    await choose(taker);
    await confirm(taker);
    const { page } = taker;
    await page.getByRole('button', { name: 'Fill it' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('The program would refuse this.').waitFor();
    await dialog.getByText('NotFirstPrint').waitFor();
    await dialog.getByText('or wait for it if there is none yet').waitFor();
    expect(await dialog.getByRole('button', { name: 'Sign in your wallet' }).isDisabled()).toBe(true);
    await dialog.getByRole('button', { name: 'Close' }).last().click();

    // What it locks is not free to withdraw.
    await go(taker, '/membership');
    await page.getByText('locked for offers that are taken').waitFor();
    await picture(taker, 'offer-taken');
    await world.cluster.travel(TOO_LATE);
    await page.getByText('Not filled in time:').waitFor();
    await picture(taker, 'offer-not-filled');
    await page.getByRole('button', { name: 'Free the margin' }).click();
    await confirm(taker);
    await page.getByText('and its margin is free again').waitFor();
    expect([...(await world.fund.members()).values()].every(({ locked }) => locked === 0n)).toBe(true);

    // It rests on; its maker cancels it, and the rent comes back.
    await go(maker, '/membership');
    await maker.page.getByRole('table', { name: 'My offers' }).getByRole('button', { name: /^Cancel/ }).click();
    await confirm(maker);
    await maker.page.getByText('None. Post one on the page of a').waitFor();
    expect((await world.fund.offers()).size).toBe(0);
});

test.runIf(network)('a keeper without an interest in it fills a taking from the desk', async () => {
    const keeper = await stage.enter({ wallet: carol });
    await keeper.page.getByRole('heading', { name: 'The fund' }).waitFor();
    await connect(keeper);
    await nothingIsOffered();
    await world.cluster.publish(world.feeds[SOL]!, usd(200n));
    await post(maker, '1', () => Promise.resolve());
    await choose(taker);
    await confirm(taker);
    await go(keeper, '/keeper');
    const task = keeper.page.getByRole('listitem').filter({ hasText: 'Fill a taking' });
    await task.waitFor();
    await next(usd(201n));
    await task.getByRole('button', { name: 'Do it' }).click();
    await confirm(keeper);
    await taker.page.getByText('Filled at 201.000').waitFor();
    expectQuiet([keeper]);
    await keeper.context.close();
});

test.runIf(network)('an offer that expires while it is looked at is refused by name, and anyone may clear it away', async () => {
    const { cluster, feeds, fund } = world;
    await nothingIsOffered();
    await cluster.publish(feeds[SOL]!, usd(200n));
    await post(maker, '1', async ({ page }) => {
        await page.getByLabel('For how long').selectOption({ label: '10 min' });
    });
    await choose(taker);
    await taker.page.getByRole('button', { name: 'Sign in your wallet' }).waitFor();
    await cluster.travel(601n);
    await cluster.publish(feeds[SOL]!, usd(200n));
    const dialog = await sign(taker);
    await dialog.getByText('OfferExpired').waitFor();
    await dialog.getByText('Take another offer, or post one with a later expiry.').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();

    await go(taker, '/keeper');
    const task = taker.page.getByRole('listitem').filter({ hasText: 'Cancel an expired offer' });
    await task.getByRole('button', { name: 'Do it' }).click();
    await confirm(taker);
    await until(async () => (await fund.offers()).size === 0);
});

test.runIf(network)('an offer for one wallet is for that one, and a worse price than the worst is refused before it is signed', async () => {
    const { cluster, feeds, fund } = world;
    await nothingIsOffered();
    await cluster.publish(feeds[SOL]!, usd(200n));
    await post(maker, '1', async ({ page }) => {
        await page.getByLabel('Only for this wallet').fill('nobody');
        await page.getByText('This is not an address.').waitFor();
        await page.getByLabel('Only for this wallet').fill(carol.address);
    });
    const { page } = taker;
    await go(taker, '/markets/0');
    const row = page.getByRole('table', { name: /Offers to sell/ }).getByRole('row').nth(1);
    await row.getByText('for another wallet').waitFor();
    expect(await row.getByRole('button').count()).toBe(0);

    // The one that it is for names a price that the mark is beyond.
    const meant = await stage.enter({ wallet: carol, width: 360 });
    await meant.page.getByRole('heading', { name: 'The fund' }).waitFor();
    await connect(meant);
    await go(meant, '/markets/0');
    await meant.page.getByRole('table', { name: /Offers to sell/ }).getByRole('button', { name: /^Buy/ }).click();
    await meant.page.getByLabel('Worst price you accept').fill('199');
    await meant.page.getByText('it would be refused').waitFor();
    expect(await violations(meant)).toEqual([]);
    await picture(meant, 'offer-form-360');
    await meant.page.getByRole('button', { name: 'Take the offer' }).click();
    const dialog = meant.page.getByRole('dialog');
    await dialog.getByText('PriceBeyondLimit').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    expect(await lotsOf(fund, await fund.memberOf(carol.address), SOL)).toBe(0n);
    expectQuiet([maker, taker, meant]);
});
