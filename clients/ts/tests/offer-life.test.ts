/** Offers on the local validator: two wallets trade without meeting. */

import type { Address, KeyPairSigner, ReadonlyUint8Array } from '@solana/kit';
import { describe, expect, inject, test } from 'vitest';
import { TAKING_SECS, isEvent, isTaken, lockedMargin, offerPrice, type EventName, type Outcome } from '../src/index.js';
import { finish, sell, take } from './offer-example.js';
import { Cluster } from './support/cluster.js';
import { found, join, lotsOf, refused, run, tokens, usd, type World } from './support/world.js';

const SOL = 0;
const LOTS = 1_000n;
const DAY = 86_400n;
/** The clock of the chain goes on by more than a second: the next print is of a later one. */
const LATER = 3n;

const localnet = inject('localnet');

function event<Name extends EventName>({ events }: Outcome, name: Name) {
    const found = events.filter((event) => isEvent(event, name));
    expect(found).toHaveLength(1);
    return found[0]!.data as Extract<(typeof events)[number], { name: Name }>['data'];
}

describe.skipIf(!localnet)('on a validator', () => {
    /** A fund with a maker and a taker, and an offer to sell ten at the print and a quarter of a percent. */
    async function stage(id: number, feedIds: readonly ReadonlyUint8Array[] = []) {
        const cluster = await Cluster.connect(localnet);
        const world = await found(cluster, id, [2], feedIds);
        await cluster.publish(world.feeds[SOL]!, usd(200n));
        await run(world, await world.fund.crankMarket({ market: SOL }));
        const maker = await join(world, tokens(1_000n), tokens(100n));
        const taker = await join(world, tokens(1_000n), tokens(100n));
        const { offer } = await post(world, maker, {});
        return { cluster, world, maker, taker, offer };
    }

    async function post(world: World, maker: KeyPairSigner, terms: { taker?: Address; secs?: bigint }) {
        const expiresTs = (await world.cluster.unixTs()) + (terms.secs ?? DAY);
        const outcome = await run(
            world,
            await world.fund.postOffer({
                market: SOL,
                maker,
                lots: -LOTS,
                distanceBps: 25,
                expiresTs,
                ...(terms.taker && { taker: terms.taker }),
            }),
        );
        return { offer: event(outcome, 'OfferPosted').offer };
    }

    test('a taking is filled at the first print after it, and the lots and the rent are where they belong', async () => {
        const { cluster, maker, offer, taker, world } = await stage(31);
        const { fund } = world;
        const members = await Promise.all([maker, taker].map(({ address }) => fund.memberOf(address)));
        const [makerMember, takerMember] = members as [Address, Address];
        expect([...(await fund.offers({ market: SOL, maker: makerMember })).keys()]).toEqual([offer]);
        expect((await fund.offers({ maker: takerMember })).size).toBe(0);

        const taken = await run(world, await fund.takeOffer({ offer, taker, lots: LOTS }));
        const terms = await fund.offer(offer);
        expect(isTaken(terms)).toBe(true);
        const [market] = await fund.markets();
        const { params } = await fund.fund();
        // Both sides' margin is locked at the price that the mark gives.
        const { locked } = lockedMargin(LOTS, offerPrice(terms, usd(200n)), market!, params);
        expect(event(taken, 'OfferTaken')).toMatchObject({ lots: LOTS, locked });
        for (const member of members) {
            expect((await fund.member(member)).locked).toBe(locked);
        }

        await cluster.travel(LATER);
        await cluster.publish(world.feeds[SOL]!, usd(202n));
        const filled = await run(world, await fund.fillOffer({ offer }));
        const price = offerPrice(terms, usd(202n));
        expect(price).toBe(20_250_500_000n);
        expect(event(filled, 'Novated')).toMatchObject({ buyer: takerMember, seller: makerMember, lots: LOTS, price });
        expect(event(filled, 'OfferFilled')).toMatchObject({ lots: LOTS, left: 0n, print: usd(202n) });
        expect(await Promise.all(members.map((member) => lotsOf(fund, member, SOL)))).toEqual([-LOTS, LOTS]);
        expect(await Promise.all(members.map(async (member) => (await fund.member(member)).locked))).toEqual([0n, 0n]);
        await expect(fund.offer(offer)).rejects.toThrow('there is no account at');
    });

    test('the README’s example sells, takes and fills', async () => {
        const { cluster, maker, taker, world } = await stage(34);
        const { fund } = world;
        const expiresTs = (await cluster.unixTs()) + DAY;
        const { offer } = event(await run(world, await sell(fund, maker, usd(199n), expiresTs)), 'OfferPosted');
        await run(world, await take(fund, offer, taker));
        await cluster.travel(LATER);
        await cluster.publish(world.feeds[SOL]!, usd(200n));
        await run(world, await finish(fund, offer, await cluster.unixTs()));
        expect(await lotsOf(fund, await fund.memberOf(taker.address), SOL)).toBe(10n);
        await run(world, await sell(fund, maker, usd(199n), expiresTs));
        const [again] = [...(await fund.offers()).entries()].find(([, { lots }]) => lots === -10n)!;
        await run(world, await take(fund, again, taker));
        await cluster.travel(TAKING_SECS + 10n);
        await run(world, await finish(fund, again, await cluster.unixTs()));
        expect(isTaken(await fund.offer(again))).toBe(false);
    });

    test('a print that somebody has posted elsewhere fills, when the market’s own account has moved on', async () => {
        const { cluster, offer, taker, world } = await stage(35, [new Uint8Array(32).fill(35)]);
        const { fund } = world;
        const feed = world.feeds[SOL]!;
        const elsewhere = { ...feed, account: (await cluster.wallet(0n)).address };
        await run(world, await fund.takeOffer({ offer, taker, lots: LOTS }));
        const { taking } = await fund.offer(offer);
        const [market] = await fund.markets();
        expect(await fund.firstPrint(market!, taking.ts)).toBeUndefined();
        await cluster.travel(LATER);
        await cluster.publish(feed, usd(201n));
        expect(await fund.firstPrint(market!, taking.ts)).toBe(feed.account);
        await cluster.copy(feed.account, elsewhere.account);
        await cluster.travel(LATER);
        await cluster.publish(feed, usd(203n));
        expect(await fund.firstPrint(market!, taking.ts)).toBe(elsewhere.account);
        const bound = { oracle: { ...market!.oracle, account: new Uint8Array(32).fill(1) } };
        expect(await fund.firstPrint(bound, taking.ts)).toBeUndefined();
        // The fill is at the print that came first, and the crank beside it takes that one: the market has seen none since.
        const filled = await run(world, await fund.fillOffer({ offer }));
        expect(event(filled, 'OfferFilled').print).toBe(usd(201n));
        expect((await fund.markets())[SOL]!.mark.price).toBe(usd(201n));
    });

    test('a print that is not the first fills nothing, and the taking lapses after its time', async () => {
        const { cluster, maker, offer, taker, world } = await stage(32);
        const { fund } = world;
        await run(world, await fund.takeOffer({ offer, taker, lots: LOTS, limitPrice: usd(203n) }));
        await refused(world, await fund.takeOffer({ offer, taker, lots: LOTS }), 'OfferTaken');
        await refused(world, await fund.cancelOffer({ offer, signer: maker }), 'OfferTaken');
        await refused(world, await fund.fillOffer({ offer }), 'NotFirstPrint');
        await refused(world, await fund.lapseTaking({ offer }), 'TakingOpen');
        await cluster.travel(LATER);
        await cluster.publish(world.feeds[SOL]!, usd(201n));
        await cluster.travel(LATER);
        await cluster.publish(world.feeds[SOL]!, usd(202n));
        await refused(world, await fund.fillOffer({ offer }), 'NotFirstPrint');
        await cluster.travel(TAKING_SECS + 10n);
        await run(world, await fund.lapseTaking({ offer }));
        expect(isTaken(await fund.offer(offer))).toBe(false);
        await run(world, await fund.cancelOffer({ offer, signer: maker }));
    });

    test('an offer for another wallet, on the same side, of other lots, or expired is refused by name', async () => {
        const { cluster, maker, offer, taker, world } = await stage(33);
        const { fund, guardian } = world;
        const { offer: meant } = await post(world, maker, { taker: guardian.address });
        await refused(world, await fund.takeOffer({ offer: meant, taker, lots: LOTS }), 'OfferForAnother');
        await refused(world, await fund.takeOffer({ offer, taker, lots: -LOTS }), 'WrongSide');
        await refused(world, await fund.takeOffer({ offer, taker, lots: LOTS + 1n }), 'LotsNotOffered');
        await refused(world, await fund.takeOffer({ offer, taker, lots: LOTS, limitPrice: usd(200n) }), 'PriceBeyondLimit');
        await refused(world, await fund.cancelOffer({ offer, signer: taker }), 'OfferNotExpired');
        const { offer: short } = await post(world, maker, { secs: 60n });
        await cluster.travel(61n);
        await cluster.publish(world.feeds[SOL]!, usd(200n));
        await refused(world, await fund.takeOffer({ offer: short, taker, lots: LOTS }), 'OfferExpired');
        await run(world, await fund.cancelOffer({ offer: short, signer: taker }));
    });
});
