/** Funds of the tests: the parameters of the Rust tests' worked examples. */

import {
    generateKeyPairSigner,
    getAddressEncoder,
    type Address,
    type Instruction,
    type KeyPairSigner,
    type ReadonlyUint8Array,
} from '@solana/kit';
import { expect } from 'vitest';
import {
    FundClient,
    TransactionFailed,
    fundAddress,
    getCreateMarketInstructionDataDecoder,
    getFundParamsDecoder,
    sponsoredFeedAddress,
    type ErrorName,
    type Outcome,
} from '../../src/index.js';
import { RECEIVER, type Cluster, type Feed } from './cluster.js';

export const DAY = 86_400n;
const TWO_CELLS_SECS = 20n;

/** Tokens of the settlement mint, to the hundredth. */
export const cents = (cents: bigint): bigint => cents * 10_000n;
/** Whole tokens of the settlement mint. */
export const tokens = (tokens: bigint): bigint => cents(tokens * 100n);
/** A price in dollars. */
export const usd = (dollars: bigint): bigint => dollars * 100_000_000n;

/** Everything that is not named here is off: zero. */
export const PARAMS = {
    ...getFundParamsDecoder().decode(new Uint8Array(getFundParamsDecoder().fixedSize)),
    minContribution: tokens(10n),
    noticeSecs: Number(DAY),
    claimWindowSecs: Number(DAY),
    maxMarkAgeSlots: 25,
    auctionSlots: 1_000,
    coverLimitBps: 5_000,
    crowdingLimitBps: 200_000,
    clearingFeeBps: 2,
    rewardShareBps: 5_000,
    liquidationBonusBps: 100,
    liquidationFeeBps: 50,
    liquidationBufferBps: 1_000,
    auctionMaxDiscountBps: 200,
    assessmentSecs: 3_600,
    coolingOffSecs: Number(30n * DAY),
    callSecs: Number(DAY),
    windDownSecs: Number(DAY),
    slotMs: 400,
    ageFullSecs: 45,
    actAgeSecs: 10,
    vestSecs: 300,
    registerSecs: 3_600,
    coverBudgetBps: 0,
    coverMinNoticeSecs: 0,
};

const NO_MARKET = getCreateMarketInstructionDataDecoder().decode(
    new Uint8Array(getCreateMarketInstructionDataDecoder().fixedSize),
);

const PRICE_DECIMALS = 8;

/** A fund, its markets' feeds, and who governs it. */
export interface World {
    readonly cluster: Cluster;
    readonly fund: FundClient;
    readonly authority: KeyPairSigner;
    readonly guardian: KeyPairSigner;
    readonly feeds: readonly Feed[];
}

/**
 * Creates a fund with markets of these lot decimals. A market with a feed id of its own takes prints from any account, and its
 * prices are published in the sponsored one; the others are bound to one account.
 */
export async function found(
    cluster: Cluster,
    id: number,
    lotDecimals: readonly number[],
    feedIds: readonly ReadonlyUint8Array[] = [],
    params: Partial<typeof PARAMS> = {},
): Promise<World> {
    const { mint, payer, tokenProgram } = cluster;
    const [creator, authority, guardian] = await Promise.all([
        generateKeyPairSigner(),
        generateKeyPairSigner(),
        generateKeyPairSigner(),
    ]);
    await cluster.run(
        await FundClient.createFund({
            mint,
            tokenProgram,
            id,
            creator,
            authority,
            payer,
            guardian: guardian.address,
            params: { ...PARAMS, ...params },
        }),
    );
    const fund = await FundClient.load(cluster.rpc, await fundAddress(creator.address, mint, id));
    const feeds: Feed[] = [];
    for (const [index, decimals] of lotDecimals.entries()) {
        // A market that is bound to an account: its own address is feed id enough.
        const { address } = await generateKeyPairSigner();
        const feedId = feedIds[index];
        const feed = feedId
            ? { account: await sponsoredFeedAddress(feedId), feedId, decimals: PRICE_DECIMALS }
            : { account: address, feedId: getAddressEncoder().encode(address), decimals: PRICE_DECIMALS };
        const terms = marketTerms(feed, decimals, feedId === undefined);
        await cluster.run(await fund.createMarket({ params: terms, authority, payer }));
        feeds.push(feed);
    }
    return { cluster, fund, authority, guardian, feeds };
}

/** Initial margin 10%, maintenance 5%, contribution 2%, stress 30%. */
function marketTerms(feed: Feed, lotDecimals: number, isBound: boolean) {
    const { params: none } = NO_MARKET;
    return {
        ...none,
        oracle: {
            ...none.oracle,
            feedId: feed.feedId,
            account: isBound ? getAddressEncoder().encode(feed.account) : new Uint8Array(32),
            owners: [getAddressEncoder().encode(RECEIVER), new Uint8Array(32)],
            maxAgeSecs: 600,
            maxAheadSecs: 10,
            maxConfidenceBps: 200,
            feedDecimals: feed.decimals,
        },
        terms: {
            ...none.terms,
            // Rates stay at their base, no breaker trips, nothing costs a premium.
            adjustment: {
                ...none.terms.adjustment,
                volatilityHalfLifeSecs: Number(DAY),
                breakerWindowSecs: 300,
                breakerCooloffSecs: 600,
                multiplierMinBps: 10_000,
                multiplierMaxBps: 10_000,
                maintenanceRampBpsPerHour: 100,
            },
            rates: {
                ...none.terms.rates,
                initialBps: 1_000,
                maintenanceBps: 500,
                contributionBps: 200,
                stressBps: 3_000,
            },
            maxOpenInterest: 1_000_000_000_000n,
            priceBandBps: 200,
            confidenceMultiple: 2,
            deadFeedSecs: 14 * Number(DAY),
        },
        priceDecimals: feed.decimals,
        lotDecimals,
    };
}

/** A price that lasts for two cells: until then members are judged by the one before as well. */
export async function lasting(world: World, market: number, price: bigint): Promise<void> {
    const { cluster, feeds, fund } = world;
    const feed = feeds[market]!;
    await cluster.publish(feed, price);
    await run(world, await fund.crankMarket({ market }));
    await cluster.travel(TWO_CELLS_SECS);
    await cluster.publish(feed, price);
}

/** A new wallet that opens an account, deposits and contributes, in one transaction. */
export async function join(world: World, margin: bigint, contribution: bigint): Promise<KeyPairSigner> {
    const { cluster, fund } = world;
    const owner = await cluster.wallet(margin + contribution);
    await run(world, [
        ...(await fund.openMember({ owner })),
        ...(await fund.depositMargin({ depositor: owner, amount: margin })),
        ...(await fund.contribute({ owner, amount: contribution })),
    ]);
    return owner;
}

/** Sends what must succeed; afterwards the vault holds what the buckets say (P1). */
export async function run({ cluster, fund }: World, instructions: readonly Instruction[]): Promise<Outcome> {
    const outcome = await cluster.run(instructions);
    const { marginTotal, contributions, treasury, pool, recoveries, coverReserve, ...rewards } = await fund.fund();
    const { rewardsStreaming, rewardsUnclaimed } = rewards;
    const buckets = [
        marginTotal,
        contributions,
        treasury,
        rewardsStreaming,
        rewardsUnclaimed,
        pool,
        recoveries,
        coverReserve,
    ];
    expect(await cluster.amountOf(fund.vault), 'P1').toBe(buckets.reduce((sum, bucket) => sum + bucket));
    return outcome;
}

/** Sends what must be refused by this error. */
export async function refused(
    { cluster }: World,
    instructions: readonly Instruction[],
    expected: ErrorName,
): Promise<void> {
    const failure = await cluster.run(instructions).then(
        () => undefined,
        (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(TransactionFailed);
    expect((failure as TransactionFailed).programError?.name).toBe(expected);
}

/** Lots a member holds in a market. */
export async function lotsOf(fund: FundClient, member: Address, market: number): Promise<bigint> {
    const { positions } = await fund.member(member);
    return positions.find((held) => held.market === market && held.lots !== 0n)?.lots ?? 0n;
}
