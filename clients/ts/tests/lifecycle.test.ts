/**
 * One life of a fund by transactions that wallets sign, on the local validator, with the numbers of the Rust test of
 * the same name (tests/lifecycle.rs works them out). Only the auction's price is not known beforehand: it depends on
 * the slot.
 */

import {
    createNoopSigner,
    getTransactionDecoder,
    getTransactionEncoder,
    appendTransactionMessageInstructions,
    createTransactionMessage,
    getBase64EncodedWireTransaction,
    getSignatureFromTransaction,
    partiallySignTransaction,
    partiallySignTransactionMessageWithSigners,
    pipe,
    setTransactionMessageFeePayer,
    setTransactionMessageLifetimeUsingBlockhash,
    assertIsFullySignedTransaction,
    type Address,
    type KeyPairSigner,
} from '@solana/kit';
import { describe, expect, inject, test } from 'vitest';
import {
    FundClient,
    Quotes,
    TransactionFailed,
    defaultRecordAddress,
    exitClockSecs,
    fundChange,
    heldMarkets,
    isEvent,
    oracleChange,
    type EventName,
    type Outcome,
} from '../src/index.js';
import { Cluster, until } from './support/cluster.js';
import { DAY, cents, found, join, lasting, lotsOf, refused, run, tokens, usd, type World } from './support/world.js';

const SOL = 0;
const BTC = 1;
const LOTS = 1_000n;
const RETENTION = 90n * DAY;

const localnet = inject('localnet');

/** The one event of this kind in a transaction. */
function event<Name extends EventName>({ events }: Outcome, name: Name) {
    const found = events.filter((event) => isEvent(event, name));
    expect(found).toHaveLength(1);
    return found[0]!.data as Extract<(typeof events)[number], { name: Name }>['data'];
}

describe.skipIf(!localnet)('on a validator', () => {
    test('a fund lives through a default and everyone leaves', async () => {
        const cluster = await Cluster.connect(localnet);
        const quotes = await Quotes.load();
        const world = await found(cluster, 1, [2]);
        const { fund } = world;
        const { payer } = cluster;
        const feed = world.feeds[SOL]!;
        await cluster.publish(feed, usd(200n));
        const treasurer = await cluster.wallet(tokens(30n));
        await run(world, await fund.fundTreasury({ funder: treasurer, amount: tokens(30n) }));

        // Open, deposit, contribute.
        const alice = await join(world, tokens(300n), tokens(100n));
        const bob = await join(world, tokens(1_000n), tokens(100n));
        const carol = await join(world, tokens(1_000n), tokens(400n));
        const dave = await join(world, tokens(500n), tokens(400n));
        const people = [alice, bob, carol, dave];
        const accounts = await Promise.all(people.map(({ address }) => fund.memberOf(address)));
        const [aliceMember, bobMember, carolMember] = accounts as [Address, Address, Address, Address];
        const members = () => Promise.all(accounts.map((account) => fund.member(account)));
        const margins = async () => (await members()).map(({ margin }) => margin);
        const worth = async () => {
            const state = await fund.fund();
            return (await members()).map(({ shares }) => quotes.shareValue(state, shares));
        };
        expect([...(await fund.members()).keys()].sort()).toEqual([...accounts].sort());

        // Novate: alice buys of bob.
        const trade = { market: SOL, lots: LOTS, price: usd(200n) };
        const traded = await run(world, await fund.novate({ ...trade, buyer: alice, seller: bob }));
        expect(traded.events.map(({ name }) => name)).toEqual(['Cranked', 'Novated']);
        expect(event(traded, 'Novated')).toMatchObject({ lots: LOTS, price: usd(200n), fee: cents(40n) });
        expect(await margins()).toEqual([cents(29_960n), cents(99_960n), tokens(1_000n), tokens(500n)]);
        expect((await fund.fund()).treasury).toBe(cents(3_040n));
        const [held] = await members();
        expect(heldMarkets(held!)).toEqual([SOL]);

        // What the client quotes is what the program allows: all that is free, and not a unit more.
        // The withdrawal cranks first, so that no slots have passed since the crank of the mark.
        const markets = await fund.markets();
        const { ts } = await fund.moment();
        const moment = { slot: markets[SOL]!.mark.slot, ts };
        const { freeMargin } = quotes.requirementsOf(held!, await fund.fund(), markets, moment);
        // An hour later, without another print, less is free.
        const later = { slot: moment.slot + 9_000n, ts: ts + 3_600n };
        expect(quotes.requirementsOf(held!, await fund.fund(), markets, later).freeMargin).toBeLessThan(freeMargin);
        await refused(
            world,
            await fund.withdrawMargin({ owner: alice, amount: freeMargin + 1n }),
            'BelowInitialMargin',
        );
        await run(world, await fund.withdrawMargin({ owner: alice, amount: freeMargin }));
        await run(world, await fund.depositMargin({ depositor: alice, amount: freeMargin }));

        // A fall, and a partial liquidation: half of the position, as quoted.
        await lasting(world, SOL, usd(178n));
        const liquidate = { market: SOL, target: aliceMember, liquidator: carol };
        const liquidated = await run(world, await fund.liquidate({ ...liquidate, lots: LOTS / 2n }));
        expect(event(liquidated, 'Liquidated')).toMatchObject({ lots: 500n, bonus: cents(890n), fee: cents(445n) });
        expect(await margins()).toEqual([cents(28_625n), cents(99_960n), cents(100_890n), tokens(500n)]);
        expect((await fund.fund()).treasury).toBe(cents(3_485n));
        await refused(world, await fund.liquidate({ ...liquidate, lots: 1n }), 'NotLiquidatable');

        // The crash: alice is in default, and layer 1 is hers alone.
        await lasting(world, SOL, usd(120n));
        const record = await defaultRecordAddress(aliceMember, 0n);
        const declared = await run(world, await fund.declareDefault({ member: aliceMember, payer }));
        expect(event(declared, 'DefaultDeclared')).toMatchObject({
            seq: 0n,
            fromMargin: cents(28_625n),
            shortfall: cents(22_375n),
        });
        expect((await margins()).slice(1)).toEqual([cents(99_960n), cents(100_890n), tokens(500n)]);

        // While it is open nobody leaves or enters.
        await refused(world, await fund.contribute({ owner: dave, amount: 1n }), 'LossPending');

        // The waterfall, layers 2 to 4.
        await run(world, await fund.allocateLoss({ record, payer }));
        expect(await fund.defaultRecord(record)).toMatchObject({
            fromMargin: cents(28_625n),
            fromContribution: tokens(100n),
            fromTreasury: cents(3_485n),
            fromSurvivors: cents(8_890n),
            shortfall: cents(22_375n),
            residual: 0n,
        });
        expect(await worth()).toEqual([0n, 90_122_222n, 360_488_888n, 360_488_888n]);

        // Cash: carol pays hers in, and bob draws what he has won.
        await run(world, await fund.settle({ market: SOL, members: [carolMember, bobMember] }));
        expect(await margins()).toEqual([0n, cents(179_960n), cents(71_890n), tokens(500n)]);
        expect((await fund.fund()).pool).toBe(0n);

        // Whoever has contributed asks for it back.
        for (const owner of [bob, carol, dave]) {
            const { shares } = await fund.member(await fund.memberOf(owner.address));
            await run(world, await fund.requestWithdrawal({ owner, shares }));
        }
        await refused(world, await fund.claimWithdrawal({ owner: dave }), 'LossPending');

        // Take over, at a discount; what the house loses is met by the layers again.
        await cluster.travel(80n);
        await cluster.publish(feed, usd(120n));
        const taken = event(
            await run(world, await fund.takeOver({ market: SOL, taker: bob, lots: LOTS })),
            'TakenOver',
        );
        expect(taken.lots).toBe(500n);
        expect(taken.price).toBe(usd(120n));
        expect(taken.discount).toBeGreaterThan(0n);
        // The most that the auction ever gives: 2% of 600.
        expect(taken.discount).toBeLessThanOrEqual(tokens(12n));
        const { residual } = await fund.fund();
        expect(residual).toBe(-taken.houseResult);
        await run(world, await fund.allocateResidual({ payer }));
        expect(await fund.fund()).toMatchObject({
            contributions: cents(81_110n) - residual,
            pool: residual,
            unfunded: 0n,
        });

        // The last two close against each other; bob draws the last of the pool.
        await cluster.publish(feed, usd(120n));
        const closing = { market: SOL, buyer: bob, seller: carol, lots: LOTS / 2n, price: usd(120n) };
        await run(world, await fund.novate(closing));
        await run(world, await fund.settle({ market: SOL, members: [bobMember] }));
        const [, bobMargin, carolMargin] = await margins();
        expect(carolMargin).toBe(cents(71_878n));
        expect(bobMargin).toBe(cents(179_948n) + residual);
        expect(await fund.fund()).toMatchObject({ pool: 0n, treasury: cents(12n) });

        // Everyone takes everything out, after the notice period.
        await refused(world, await fund.claimWithdrawal({ owner: dave }), 'WithdrawalNotDue');
        await cluster.travel(DAY);
        let rewarded = 0n;
        for (const owner of people) {
            const { margin, shares } = await fund.member(await fund.memberOf(owner.address));
            if (shares > 0n) {
                const paid = await run(world, [
                    ...(await fund.withdrawMargin({ owner, amount: margin })),
                    ...(await fund.claimWithdrawal({ owner })),
                ]);
                expect(event(paid, 'WithdrawalPaid').shares).toBe(shares);
            }
            rewarded += await claimRewards(world, owner);
        }
        // Half of the fees: 2 x 0.40 and 2 x 0.12.
        expect(rewarded).toBeGreaterThan(0n);
        expect(rewarded).toBeLessThanOrEqual(cents(52n));
        expect(await fund.fund()).toMatchObject({ contributions: 0n, totalShares: 0n, marginTotal: 0n });

        // P1: all the money is where it should be, to the unit. alice's loss of 518.90 is what others have won.
        const brought = tokens(400n + 1_100n + 1_400n + 900n + 30n);
        const left = await cluster.amountOf(fund.vault);
        expect(left).toBe(cents(12n) + cents(52n) - rewarded);
        const amounts = await Promise.all(people.map(({ address }) => cluster.tokensOf(address)));
        expect(amounts.reduce((sum, amount) => sum + amount)).toBe(brought - left);

        // alice owes nothing and is owed nothing. The survivors stay on record until they give up what they have borne.
        await run(world, await fund.closeMember({ owner: alice }));
        await refused(world, await fund.closeMember({ owner: bob }), 'MemberNotEmpty');
        await run(world, [...(await fund.waiveRecovery({ owner: bob })), ...(await fund.closeMember({ owner: bob }))]);
        await expect(fund.member(bobMember)).rejects.toThrow('there is no account at');

        // The record can go when it has been there long enough.
        await refused(world, await fund.closeDefault({ record }), 'DefaultNotClosable');
        await cluster.travel(RETENTION);
        await run(world, await fund.closeDefault({ record }));
        const { value } = await cluster.rpc.getAccountInfo(record, { encoding: 'base64' }).send();
        expect(value).toBeNull();
    });

    test('cranks of all markets a member holds come with what needs them', async () => {
        const cluster = await Cluster.connect(localnet);
        const world = await found(cluster, 2, [2, 4]);
        const { fund } = world;
        await publishBoth(world);
        const [erin, frank] = [
            await join(world, tokens(5_000n), tokens(1_000n)),
            await join(world, tokens(5_000n), tokens(1_000n)),
        ];
        await run(world, await fund.novate({ market: SOL, buyer: erin, seller: frank, lots: 100n, price: usd(200n) }));

        // Two wallets that are not in one place: erin's app builds and signs, frank's gets the bytes and signs.
        const { value: blockhash } = await cluster.rpc.getLatestBlockhash().send();
        const instructions = await fund.novate({
            market: BTC,
            buyer: erin,
            seller: createNoopSigner(frank.address),
            lots: 10n,
            price: usd(60_000n),
        });
        const message = pipe(
            createTransactionMessage({ version: 0 }),
            (message) => setTransactionMessageFeePayer(erin.address, message),
            (message) => setTransactionMessageLifetimeUsingBlockhash(blockhash, message),
            (message) => appendTransactionMessageInstructions(instructions, message),
        );
        const signedByErin = await partiallySignTransactionMessageWithSigners(message);
        const bytes = getTransactionEncoder().encode(signedByErin);
        const signed = await partiallySignTransaction([frank.keyPair], getTransactionDecoder().decode(bytes));
        assertIsFullySignedTransaction(signed);
        const wire = getBase64EncodedWireTransaction(signed);
        await cluster.rpc.sendTransaction(wire, { encoding: 'base64', preflightCommitment: 'confirmed' }).send();
        const signature = getSignatureFromTransaction(signed);
        await until(async () => (await cluster.rpc.getSignatureStatuses([signature]).send()).value[0] !== null);
        const member = await fund.memberOf(erin.address);
        expect([await lotsOf(fund, member, SOL), await lotsOf(fund, member, BTC)]).toEqual([100n, 10n]);

        // Marks get old. What needs them brings its own; without its cranks a withdrawal is judged with the doubt of their
        // age, 30% of 260: of the 100 that it would leave, 22 would be left for an initial margin of 26.
        await cluster.travel(60n);
        await publishBoth(world);
        const withdraw = await fund.withdrawMargin({ owner: erin, amount: tokens(4_900n) });
        expect(withdraw).toHaveLength(3);
        await refused(world, withdraw.slice(2), 'BelowInitialMargin');
        const withdrawn = await run(world, withdraw);
        expect(withdrawn.events.map(({ name }) => name)).toEqual(['Cranked', 'Cranked', 'MarginMoved']);
    });

    test('a settlement sees all markets of a member, and does without one whose feed is silent', async () => {
        const cluster = await Cluster.connect(localnet);
        const world = await found(cluster, 4, [2, 4]);
        const { feeds, fund } = world;
        await publishBoth(world);
        const [grace, heidi] = [
            await join(world, tokens(5_000n), tokens(1_000n)),
            await join(world, tokens(5_000n), tokens(1_000n)),
        ];
        const trade = { buyer: grace, seller: heidi };
        await run(world, await fund.novate({ ...trade, market: SOL, lots: 100n, price: usd(200n) }));
        await run(world, await fund.novate({ ...trade, market: BTC, lots: 10n, price: usd(60_000n) }));
        const members = [await fund.memberOf(grace.address)];
        const namesOf = ({ events }: Outcome) => events.map(({ name }) => name).filter((name) => name !== 'HousesRealised');

        // grace loses 10 in SOL. Her 60 of BTC, seen half a minute ago, may have won her 6: its initial rate.
        await lasting(world, SOL, usd(190n));
        await cluster.publish(feeds[BTC]!, usd(60_000n));
        const settle = await fund.settle({ market: SOL, members });
        expect(settle).toHaveLength(3);
        const [crank, , last] = settle;
        const alone = await run(world, [crank!, last!]);
        expect(event(alone, 'Settled').paid).toBe(-tokens(4n));
        const whole = await run(world, settle);
        expect(namesOf(whole)).toEqual(['Cranked', 'Cranked', 'Settled']);
        expect(event(whole, 'Settled').paid).toBe(-tokens(6n));

        // The feed of BTC falls silent: its crank would be refused, and with it everything.
        await cluster.travel(700n);
        await lasting(world, SOL, usd(180n));
        expect(await fund.heard([SOL, BTC])).toEqual([SOL]);
        await refused(world, await fund.cranks([BTC]), 'OracleTooOld');
        const without = await run(world, await fund.settle({ market: SOL, members }));
        expect(namesOf(without)).toEqual(['Cranked', 'Settled']);
        expect(event(without, 'Settled').paid).toBe(-tokens(4n));
    });

    test('governance announces, waits, applies and vetoes', async () => {
        const cluster = await Cluster.connect(localnet);
        const world = await found(cluster, 3, [2]);
        const { authority, fund, guardian } = world;
        const { payer } = cluster;
        const { governanceNonce: number, params } = await fund.fund();
        const change = fundChange(params, { ...params, clearingFeeBps: 1 });
        await run(world, await fund.queueChange({ authority, payer, change }));
        expect(await fund.queuedChange(number)).toMatchObject({ payer: payer.address, number, change });
        await refused(world, await fund.applyChange({ authority, number }), 'ChangeNotReady');
        const { readySecs } = await fund.queuedChange(number);
        await cluster.travel(readySecs - exitClockSecs(await fund.fund(), await cluster.moment()) + 1n);
        await run(world, await fund.applyChange({ authority, number }));
        expect((await fund.fund()).params.clearingFeeBps).toBe(1);

        const [market] = await fund.markets();
        const vetoed = (await fund.fund()).governanceNonce;
        const oracle = oracleChange(SOL, market!.oracle, { ...market!.oracle, maxAgeSecs: 30 });
        await run(world, await fund.queueChange({ authority, payer, change: oracle }));
        await run(world, await fund.vetoChange({ guardian, number: vetoed }));
        await expect(fund.queuedChange(vetoed)).rejects.toThrow('there is no account at');
        // A transaction that was signed for an earlier nonce is dead, and one whose last slot has passed.
        const stale = { nonce: vetoed, lastValidSlot: 2n ** 63n };
        await refused(world, await fund.requestTreasury({ authority, amount: 1n, mandate: stale }), 'StaleNonce');
        await refused(world, await fund.pause({ guardian, bits: 1, secs: 60n, lastValidSlot: 1n }), 'MandateExpired');
        await run(world, await fund.pause({ guardian, bits: 1, secs: 60n }));
        await run(world, await fund.endPause({ authority, bits: 1 }));
    });

    test('the oracle of a seeded market is found where Pyth sponsors it', async () => {
        const cluster = await Cluster.connect(localnet);
        const fund = await FundClient.load(cluster.rpc, cluster.localnet.fund as Address);
        const markets = await fund.markets();
        expect(markets).toHaveLength(cluster.localnet.markets.length);
        // The network publishes prices by itself: soon after its clock was moved they are old.
        await until(async () => {
            try {
                return (
                    (await cluster.run(await fund.cranks(markets.map(({ index }) => index)))).events.length ===
                    markets.length
                );
            } catch {
                return false;
            }
        });
    });
});

/** Takes rewards out, and says how much: nothing, where next to nothing was earned. */
async function claimRewards(world: World, owner: KeyPairSigner): Promise<bigint> {
    try {
        return event(await run(world, await world.fund.claimRewards({ owner })), 'RewardsPaid').amount;
    } catch (error) {
        if (error instanceof TransactionFailed && error.programError?.name === 'NothingToClaim') {
            return 0n;
        }
        throw error;
    }
}

async function publishBoth({ cluster, feeds }: World): Promise<void> {
    await cluster.publish(feeds[SOL]!, usd(200n));
    await cluster.publish(feeds[BTC]!, usd(60_000n));
}
