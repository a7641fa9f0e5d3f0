/** Every page, in calm and in trouble, light and dark, wide and narrow: axe has nothing to say, nothing is cut off, and pictures are kept. */

import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { getBase16Encoder, type KeyPairSigner } from '@solana/kit';
import { Cluster, signerFrom } from '../../../clients/ts/tests/support/cluster.js';
import { DAY, found, join, lasting, run, tokens, usd, type World } from '../../../clients/ts/tests/support/world.js';
import { alert, approve, covered, listOf, pay, post, report, VENUE } from './support/covers.js';
import { cutOff, look, settled } from './support/look.js';
import { connect, expectQuiet, go, picture, Stage, violations } from './support/stage.js';

const network = inject('network');
const SOL = 0;

const PAGES = [
    '/', '/membership', '/markets', '/markets/0', '/defaults', '/covers', '/claims', '/policies', '/risk', '/keeper', '/governance', '/settings',
] as const;

describe.runIf(network)('in calm', () => {
    test('every page of the seeded fund, with a member that holds positions', async () => {
        const stage = await Stage.open(network!.rpc, network!.fund);
        const trader = network!.keys.members.find((file) => /hedger|trader|whale/.test(file)) ?? '';
        await look('calm', stage, await signerFrom(network!, trader), PAGES);
        await stage.close();
    });

    test('a wallet that is no member, and nobody', async () => {
        const cluster = await Cluster.connect(network);
        const stage = await Stage.open(network!.rpc, network!.fund);
        const wallet = await cluster.wallet(tokens(10_000n));
        await look('newcomer', stage, wallet, ['/membership']);
        const narrow = await stage.enter({ wallet, width: 360 });
        await narrow.page.getByRole('heading', { name: 'The fund' }).waitFor();
        await connect(narrow);
        await go(narrow, '/membership');
        await narrow.page.getByLabel('Margin', { exact: true }).fill('5,000');
        await narrow.page.getByLabel('Contribution', { exact: true }).fill('1,250.50');
        await narrow.page.getByRole('button', { name: 'See what it does' }).click();
        await narrow.page.getByRole('dialog').getByRole('row', { name: /Contribution\b.*1,250\.50/ }).waitFor();
        await picture(narrow, 'newcomer-preview-360-light');
        expect([...(await violations(narrow)), ...(await cutOff(narrow))]).toEqual([]);
        await narrow.context.close();
        const nobody = await stage.enter();
        await nobody.page.getByRole('heading', { name: 'The fund' }).waitFor();
        await go(nobody, '/membership');
        await settled(nobody);
        expect(await violations(nobody)).toEqual([]);
        await nobody.page.getByRole('banner').getByRole('button', { name: 'Connect wallet' }).click();
        await nobody.page.getByRole('dialog').waitFor();
        expect(await violations(nobody)).toEqual([]);
        await stage.close();
    });
});

describe.runIf(network)('with offers', () => {
    test('on both sides, of others and of one’s own, one of them taken', async () => {
        const cluster = await Cluster.connect(network);
        const world = await found(cluster, 29, [2]);
        const { feeds, fund } = world;
        await cluster.publish(feeds[SOL]!, usd(200n));
        const alice = await join(world, tokens(1_000n), tokens(100n));
        const bob = await join(world, tokens(1_000n), tokens(100n));
        const expiresTs = (await cluster.unixTs()) + DAY;
        const post = { market: SOL, expiresTs };
        await run(world, await fund.postOffer({ ...post, maker: alice, lots: -500n, minLots: 100n, distanceBps: 25, limitPrice: usd(199n) }));
        await run(world, await fund.postOffer({ ...post, maker: alice, lots: -500n, distanceBps: 40, taker: world.guardian.address }));
        await run(world, await fund.postOffer({ ...post, maker: bob, lots: 700n, distanceBps: -10 }));
        const [offer] = [...(await fund.offers()).entries()].find(([, { minLots }]) => minLots === 100n)!;
        await run(world, await fund.takeOffer({ offer, taker: bob, lots: 300n }));
        const stage = await Stage.open(network!.rpc, fund.address);
        await look('offers', stage, bob, ['/markets/0', '/membership', '/keeper']);
        await stage.close();
    });
});

describe.runIf(network)('with covers', () => {
    test('a pool is owed something, the panel votes, and claims are open', async () => {
        const cluster = await Cluster.connect(network);
        const world = await covered(cluster, 42);
        const stage = await Stage.open(network!.rpc, world.fund.address);
        await lasting(world, SOL, usd(140n));
        await report(world, tokens(1_000n));
        await look('owed', stage, world.contributor, ['/covers']);
        await cluster.travel(120n);
        await run(world, await world.fund.settleCover({ index: VENUE }));
        await alert(world);
        await post(world);
        await approve(world);
        await look('voting', stage, world.contributor, ['/covers', '/claims', '/']);
        await pay(world);
        await look('claims', stage, world.victims[0]!, ['/claims', '/covers']);
        const actor = await stage.enter({ wallet: world.victims[0]!, width: 1280 });
        await actor.page.getByRole('heading', { name: 'The fund' }).waitFor();
        await connect(actor);
        await go(actor, '/claims');
        await actor.page.getByLabel('Or the list or a proof as text').fill(listOf(world));
        await actor.page.getByText('Proven.').waitFor();
        await picture(actor, 'claims-proven-1280-light');
        expect([...(await violations(actor)), ...(await cutOff(actor))]).toEqual([]);
        expectQuiet([actor]);
        await stage.close();
    });
});

describe.runIf(network)('in trouble', () => {
    let world: World;
    let carol: KeyPairSigner;
    let bob: KeyPairSigner;
    let alice: KeyPairSigner;
    let stage: Stage;

    beforeAll(async () => {
        const cluster = await Cluster.connect(network);
        world = await found(cluster, 24, [2]);
        const { feeds, fund } = world;
        await cluster.publish(feeds[SOL]!, usd(200n));
        alice = await join(world, tokens(300n), tokens(100n));
        bob = await join(world, tokens(1_000n), tokens(100n));
        carol = await join(world, tokens(1_000n), tokens(400n));
        await run(world, await fund.novate({ market: SOL, buyer: alice, seller: bob, lots: 600n, price: usd(200n) }));
        const { shares } = await fund.member(await fund.memberOf(carol.address));
        await run(world, await fund.requestWithdrawal({ owner: carol, shares: shares / 2n }));
        stage = await Stage.open(network!.rpc, fund.address);
    });
    afterAll(() => stage?.close());

    test('a crash: a default is declared, the house sells, a withdrawal waits', async () => {
        const { cluster, fund } = world;
        await lasting(world, SOL, usd(120n));
        await run(world, await fund.declareDefault({ member: await fund.memberOf(alice.address), payer: cluster.payer }));
        await look('crash', stage, carol, [...PAGES, '/defaults/0']);
    });

    test('long afterwards: the feed is silent and the window is missed', async () => {
        await world.cluster.travel(3n * DAY);
        await look('late', stage, carol, ['/membership', '/markets/0']);
    });
});

/** The pictures in the README, which `cargo xtask app --pictures` puts there. */
describe.runIf(network)('for the README', () => {
    test('a fund that a crash has cost a default', async () => {
        const cluster = await Cluster.connect(network);
        const feedId = getBase16Encoder().encode('ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d'); // SOL
        const world = await found(cluster, 32, [2], [feedId]);
        const { feeds, fund } = world;
        const { payer } = cluster;
        await cluster.publish(feeds[SOL]!, usd(200n));
        const funder = await cluster.wallet(tokens(1_000n));
        await run(world, await fund.fundTreasury({ funder, amount: tokens(250n) }));
        const contributions = [2_500n, 1_800n, 1_200n, 900n, 750n, 600n];
        const [maker, other, ...contributors] = await Promise.all(contributions.map((amount) => join(world, tokens(6_000n), tokens(amount))));
        const [whale, viewer] = [await join(world, tokens(650n), tokens(120n)), await join(world, tokens(900n), tokens(1_500n))];
        const buy = async (buyer: KeyPairSigner, seller: KeyPairSigner, lots: bigint) =>
            run(world, await fund.novate({ market: SOL, buyer, seller, lots, price: usd(200n) }));
        await buy(whale, maker!, 2_900n);
        await buy(viewer, maker!, 1_500n);
        await buy(contributors[0]!, other!, 1_000n);
        const { shares } = await fund.member(await fund.memberOf(viewer.address));
        await run(world, await fund.requestWithdrawal({ owner: viewer, shares: shares / 3n }));
        await lasting(world, SOL, usd(164n));
        await run(world, await fund.declareDefault({ member: await fund.memberOf(whale.address), payer }));
        const [record] = [...(await fund.defaultRecords()).keys()];
        await run(world, await fund.allocateLoss({ record: record!, payer }));
        const stage = await Stage.open(network!.rpc, fund.address);
        const actor = await stage.enter({ wallet: viewer, width: 1180 });
        await actor.page.getByRole('heading', { name: 'The fund' }).waitFor();
        await connect(actor);
        const shown = [
            ['/', 'fund', 1330],
            ['/defaults/0', 'default', 960],
            ['/membership', 'membership', 1060],
        ] as const;
        for (const [path, name, height] of shown) {
            await go(actor, path);
            await settled(actor);
            await picture(actor, `app-${name}`, height);
            expect([...(await violations(actor)), ...(await cutOff(actor))]).toEqual([]);
        }
        expectQuiet([actor]);
        await stage.close();
    });
});

describe.runIf(network)('at the end', () => {
    let world: World;
    let bob: KeyPairSigner;
    let carol: KeyPairSigner;
    let stage: Stage;

    beforeAll(async () => {
        const cluster = await Cluster.connect(network);
        world = await found(cluster, 25, [2]);
        const { feeds, fund } = world;
        const { payer } = cluster;
        await cluster.publish(feeds[SOL]!, usd(200n));
        const alice = await join(world, tokens(300n), tokens(100n));
        bob = await join(world, tokens(1_000n), tokens(100n));
        carol = await join(world, tokens(1_000n), tokens(400n));
        await run(world, await fund.novate({ market: SOL, buyer: alice, seller: bob, lots: 600n, price: usd(200n) }));
        // alice loses 1,080. bob hands his short on first: the side that has won holds no gain any more.
        await lasting(world, SOL, usd(20n));
        await run(world, await fund.novate({ market: SOL, buyer: bob, seller: carol, lots: 600n, price: usd(20n) }));
        await run(world, await fund.declareDefault({ member: await fund.memberOf(alice.address), payer }));
        const [record] = [...(await fund.defaultRecords()).keys()];
        await run(world, await fund.allocateLoss({ record: record!, payer }));
        stage = await Stage.open(network!.rpc, fund.address);
    });
    afterAll(() => stage?.close());

    test('recovery: a loss is more than treasury and contributions had', async () => {
        expect((await world.fund.fund()).status).toBe(1);
        await look('recovery', stage, carol, [...PAGES, '/defaults/0']);
    });

    test('wind-down: the gains are gone, and every claim gets the same part', async () => {
        const { cluster, feeds, fund } = world;
        // Nobody registers bob's gain in time: then nothing is left to cut.
        await cluster.publish(feeds[SOL]!, usd(20n));
        await run(world, await fund.takeOver({ market: SOL, taker: carol, lots: 600n }));
        await run(world, await fund.openGainsCut());
        // It begins once the pins are read, 150 seconds after the opening.
        await cluster.travel(BigInt((await fund.fund()).params.registerSecs) + 210n);
        await run(world, await fund.cutGains());
        expect((await fund.fund()).status).toBe(2);
        await look('wind-down', stage, carol, [...PAGES, '/defaults/0']);
    });
});
