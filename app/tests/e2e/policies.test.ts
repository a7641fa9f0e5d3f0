/** Liquidity providers buy policies, and are paid by the formula: what they see and do from the quote to the payout. */

import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { policyPayout, type PolicyTerms } from 'bulkhead-client';
import { Cluster } from '../../../clients/ts/tests/support/cluster.js';
import { tokens, usd } from '../../../clients/ts/tests/support/world.js';
import { cutOff, look } from './support/look.js';
import { insured, noteDay, payOut, policyOf, start, today, type InsuredWorld } from './support/policies.js';
import { confirm, connect, expectQuiet, go, picture, Stage, violations, type Actor } from './support/stage.js';

const network = inject('network');
const TERMS: PolicyTerms = { deductibleBps: 100, capBps: 1_000, coinsuranceBps: 1_000, thetaBps: 12_000, leastVolatilityBps: 8_000 };
const DAY = 86_400;

let stage: Stage;
let world: InsuredWorld;
let provider: Actor;
let other: Actor;
let wallet: Awaited<ReturnType<Cluster['wallet']>>;
let bought: number;

async function enter(signer: typeof wallet): Promise<Actor> {
    const actor = await stage.enter({ wallet: signer });
    await actor.page.getByRole('heading', { name: 'The fund' }).waitFor();
    await connect(actor);
    await go(actor, '/policies');
    return actor;
}

beforeAll(async () => {
    if (!network) return;
    const cluster = await Cluster.connect(network);
    world = await insured(cluster, 51);
    stage = await Stage.open(network.rpc, world.fund.address);
    wallet = await cluster.wallet(tokens(100n));
    provider = await enter(wallet);
    other = await enter(await cluster.wallet(tokens(100n)));
});

afterAll(() => stage?.close());

const row = ({ page }: Actor, number: number) =>
    page.getByRole('table', { name: /^Your policies/ }).getByRole('row', { name: new RegExp(`^${number} on `) });

/** A UTC day as the page writes it. */
const written = (day: number) =>
    new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(day * DAY * 1_000);

test.runIf(network)('a provider is told the premium, the most that is paid, and both days, before anything is signed', async () => {
    const { page } = provider;
    await page.getByRole('heading', { name: /^Policies on / }).waitFor();
    await page.getByText('This wallet has none.').waitFor();
    const value = page.getByLabel('Value of your position');
    await value.fill('5');
    await page.getByText('The book insures values of 10 and more.').waitFor();
    await value.fill('20000');
    await page.getByText('The cover can pay 1,000 more').waitFor();
    expect(await page.getByRole('button', { name: 'See what it does' }).isDisabled()).toBe(true);
    await value.fill('5000');
    await page.getByLabel('Term').selectOption('8 days');
    bought = await today(world);
    const quote = page.getByRole('region', { name: /^Buy a policy on / });
    // The example of docs/policies.md, for eight days: 5,000 * 90% * 1.2 * 0.64 * 8 / 365.25 / 8.
    await quote.getByText('9.46', { exact: false }).first().waitFor();
    const text = (await quote.textContent()) ?? '';
    expect(text).toMatch(/Pays at most450\.00|Pays at most449\.99/);
    expect(text).toContain(`Entrythe mean price of ${written(bought + 1)}`);
    expect(text).toContain(`Exitthe mean price of ${written(bought + 9)}`);
    const shown = policyPayout(TERMS, tokens(5_000n), 100n, 150n);
    expect(text).toContain(`If it rises by 50%${(Number(shown / 10_000n) / 100).toFixed(2)}`);
    await picture(provider, 'policies-quote-1280-light');
    expect([...(await violations(provider)), ...(await cutOff(provider))]).toEqual([]);
});

test.runIf(network)('a policy is bought by the wallet, and waits for its entry', async () => {
    const { cluster } = world;
    await provider.page.getByRole('button', { name: 'See what it does' }).click();
    await confirm(provider);
    await row(provider, 0).getByText('waits for its entry').waitFor();
    const { data } = await policyOf(world, 0n);
    expect([data.owner, data.insured, data.termDays]).toEqual([wallet.address, tokens(5_000n), 8]);
    expect(await cluster.tokensOf(wallet.address)).toBe(tokens(100n) - data.premium);
    // Another one insures the same, and nobody will start it.
    const { page } = other;
    await page.getByLabel('Value of your position').fill('1000');
    await page.getByRole('button', { name: 'See what it does' }).click();
    await confirm(other);
    await row(other, 1).waitFor();
    expect(await row(provider, 1).count(), 'only one’s own are shown').toBe(0);
    await page.getByLabel('Value of your position').fill('9000');
    await page.getByText(/^The cover can pay 46\d/).waitFor();
});

test.runIf(network)('it is started once the day of entry was noted', async () => {
    expect(await provider.page.getByRole('button', { name: /^Start/ }).count(), 'not before').toBe(0);
    await noteDay(world, bought + 1, usd(200n));
    await row(provider, 0).getByText('can be started').waitFor();
    await look('policies-startable', stage, wallet, ['/policies']);
    await provider.page.getByRole('button', { name: 'Start policy 0' }).click();
    await confirm(provider);
    await row(provider, 0).getByText('in force').waitFor();
    await row(provider, 0).getByText('at 200').waitFor();
    expect((await policyOf(world, 0n)).data.isStarted).toBe(true);
});

test.runIf(network)('anybody may start a policy, and its owner sees it', async () => {
    const { page } = other;
    await page.getByRole('button', { name: 'Start policy 1' }).waitFor();
    // One more is bought, and started by somebody else.
    await page.getByLabel('Value of your position').fill('1000');
    await page.getByRole('button', { name: 'See what it does' }).click();
    await confirm(other);
    await row(other, 2).waitFor();
    await noteDay(world, (await today(world)) + 1, usd(200n));
    await page.getByRole('button', { name: 'Start policy 2' }).waitFor();
    await start(world, 2n);
    await row(other, 2).getByText('in force').waitFor();
});

test.runIf(network)('it expires, is settled by the formula, and is claimed once', async () => {
    const { cluster } = world;
    const exit = usd(300n);
    await noteDay(world, bought + 9, exit);
    await row(provider, 0).getByText('expired', { exact: true }).waitFor();
    await payOut(world, bought + 8);
    await row(provider, 0).getByText('payable').waitFor();
    await look('policies-payable', stage, wallet, ['/policies', '/covers']);
    const payout = policyPayout(TERMS, tokens(5_000n), usd(200n), exit);
    const before = await cluster.tokensOf(wallet.address);
    await provider.page.getByRole('button', { name: 'Claim policy 0' }).click();
    await confirm(provider);
    await provider.page.getByText('This wallet has none.').waitFor();
    expect(await cluster.tokensOf(wallet.address)).toBe(before + payout);
    // Nobody has started the other one in time.
    await row(other, 1).getByText('pays nothing').waitFor();
    await row(other, 1).getByText('Nobody has started it in time.').waitFor();
    expect([...(await violations(other)), ...(await cutOff(other))]).toEqual([]);
    expectQuiet([provider, other]);
});
