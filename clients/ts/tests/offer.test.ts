import { createNoopSigner, getAddressDecoder, isSignerRole, isWritableRole, type Address, type Instruction } from '@solana/kit';
import { beforeAll, describe, expect, test } from 'vitest';
import {
    AccountError,
    BulkheadInstruction,
    FILL_AGE_SECS,
    FundClient,
    OFFER_DISCRIMINATOR,
    QuoteError,
    TAKING_SECS,
    anyPrice,
    fewestLots,
    fundAddress,
    getMemberCodec,
    getOfferCodec,
    getPostOfferInstructionDataDecoder,
    getTakeOfferInstructionDataDecoder,
    hasTakingLapsed,
    identifyBulkheadInstruction,
    isFirstAfter,
    isTaken,
    isWithinLimit,
    lockedMargin,
    marketAddress,
    memberAddress,
    offerAddress,
    offerPrice,
    offerState,
    programError,
    takingEnds,
    vaultAddress,
    withLocked,
    type ErrorName,
    type Member,
    type Offer,
    type Requirements,
} from '../src/index.js';
import { clusterOf, fundAccount, marketAccount, memberAccount, offerAccount, positionsIn } from './support/accounts.js';

const key = (number: number) => getAddressDecoder().decode(new Uint8Array(32).fill(number));
const NOBODY = key(0);
const MOST = 2n ** 64n - 1n;
const NONE = { taker: NOBODY, lots: 0n, limitPrice: 0n, ts: 0n, locked: 0n, lockedStress: 0n, lockedContribution: 0n, lossSeq: 0n };

const NO_ORACLE = {
    account: new Uint8Array(32),
    owners: [new Uint8Array(32), new Uint8Array(32)],
    feedId: new Uint8Array(32),
    maxAgeSecs: 0,
    maxAheadSecs: 0,
    maxConfidenceBps: 0,
    kind: 0,
    feedDecimals: 8,
    pad: new Uint8Array(4),
};

const offerOf = (fields: Partial<Offer>): Offer => ({
    ...getOfferCodec().decode(new Uint8Array(getOfferCodec().fixedSize)),
    ...fields,
});
const memberOf = (fields: Partial<Member>): Member => ({
    ...getMemberCodec().decode(new Uint8Array(getMemberCodec().fixedSize)),
    ...fields,
});

describe('the price of a fill is the one of `bulkhead_math::offers`', () => {
    const ask = { lots: -10n, distanceBps: 25, limitPrice: 0n };
    const bid = { lots: 10n, distanceBps: 25, limitPrice: 20_100n };

    // The figures of the documentation of `Quote::price`, then a distance that does not divide.
    test.each([
        ['a sale above the print', ask, 20_000n, 20_050n],
        ['a sale at its limit or above', { ...ask, limitPrice: 20_100n }, 20_000n, 20_100n],
        ['a sale whose print is better than its limit', { ...ask, distanceBps: 0, limitPrice: 20_100n }, 30_000n, 30_000n],
        ['a sale that gives way', { ...ask, distanceBps: -25 }, 20_000n, 19_950n],
        ['a purchase below the print', bid, 20_000n, 19_950n],
        ['a purchase at its limit or below', bid, 30_000n, 20_100n],
        ['a purchase that gives way', { ...bid, distanceBps: -25 }, 20_000n, 20_050n],
        ['at the print', { lots: 1n, distanceBps: 0, limitPrice: MOST }, 19_999n, 19_999n],
        ['a sale rounded down', { ...ask, distanceBps: 1 }, 19_999n, 20_000n],
        ['a purchase rounded up', { ...bid, distanceBps: 1 }, 19_999n, 19_998n],
    ])('%s', (_, quote, print, price) => {
        expect(offerPrice(quote, print)).toBe(price);
    });

    test('a price that no word holds is refused as the program refuses it', () => {
        expect(() => offerPrice({ ...ask, distanceBps: 10_000 }, MOST)).toThrow(new QuoteError('Overflow'));
        expect(() => offerPrice({ ...bid, distanceBps: 10_001 }, 20_000n)).toThrow(new QuoteError('Underflow'));
    });

    test('without a limit every price is accepted', () => {
        expect(offerPrice({ lots: -1n, distanceBps: 0, limitPrice: anyPrice(-1n) }, 0n)).toBe(0n);
        expect(offerPrice({ lots: 1n, distanceBps: 0, limitPrice: anyPrice(1n) }, MOST)).toBe(MOST);
    });

    test('a taker pays no more than its limit, and receives no less', () => {
        expect([20_000n, 20_001n].map((price) => isWithinLimit(ask, price, 20_000n))).toEqual([true, false]);
        expect([20_000n, 19_999n].map((price) => isWithinLimit(bid, price, 20_000n))).toEqual([true, false]);
    });
});

test('initial margin, fee and doubt of a taking are locked, each rounded up', () => {
    const params = { clearingFeeBps: 2, ageFullSecs: 45 };
    const market = { scale: 10_000n, rates: { initialBps: 1_000, stressBps: 3_000 }, adjustment: { concentrationBps: 0 } };
    // Ten of an asset at 200: 2,000; a tenth of it, two hundredths of a percent, and ten of 45 seconds of 600.
    const price = 200n * 10n ** 8n;
    const whole = { initial: 200_000_000n, fee: 400_000n, doubt: 133_333_334n, locked: 333_733_334n };
    const large = { ...market, adjustment: { concentrationBps: 500 } };
    expect(lockedMargin(1_000n, price, large, params).initial).toBe(300_000_000n);
    expect(lockedMargin(1_000n, price, market, params)).toEqual(whole);
    expect(lockedMargin(-1_000n, price, market, params)).toEqual(whole);
    // The value is 1.0001, which rounds to 2, and then each rate of it to 1.
    expect(lockedMargin(1n, 10_001n, market, params)).toEqual({ initial: 1n, fee: 1n, doubt: 1n, locked: 3n });
});

test('what is locked counts as initial margin, and is not free', () => {
    const requirements = { initialMargin: 70n, freeMargin: 30n, maintenanceMargin: 35n } as Requirements;
    expect(withLocked(requirements, 0n)).toEqual(requirements);
    expect(withLocked(requirements, 20n)).toEqual({ ...requirements, initialMargin: 90n, freeMargin: 10n });
    expect(withLocked(requirements, 31n)).toMatchObject({ initialMargin: 101n, freeMargin: 0n });
});

test('exactly one print is the first after a taking', () => {
    // The figures of the documentation of `is_first_after`.
    expect(isFirstAfter(100n, 100n, 101n)).toBe(true);
    expect(isFirstAfter(100n, 40n, 1_000n)).toBe(true);
    expect(isFirstAfter(100n, 101n, 101n)).toBe(false);
    expect(isFirstAfter(100n, 99n, 100n)).toBe(false);
});

test('a taking gets no fewer lots than the fewest, unless fewer are left', () => {
    expect(fewestLots({ lots: -10n, minLots: 4n })).toBe(4n);
    expect(fewestLots({ lots: 3n, minLots: 4n })).toBe(3n);
});

describe('the state of an offer', () => {
    const [owner, delegate] = [key(7), key(8)];
    const maker = memberOf({ owner, delegate, defaultCount: 2n });
    const offer = offerOf({ lots: -10n, owner, trader: owner, expiresTs: 1_000n, defaultCount: 2n });

    test('it is open until it expires', () => {
        expect(offerState(offer, maker, 999n)).toBe('open');
        expect(offerState(offer, maker, 1_000n)).toBe('expired');
    });

    test('a taking waits for thirty seconds, also beyond the expiry', () => {
        const taken = { ...offer, taking: { ...NONE, taker: key(9), lots: 5n, ts: 990n } };
        expect([isTaken(offer), isTaken(taken), takingEnds(taken)]).toEqual([false, true, 1_020n]);
        expect(offerState(taken, maker, 1_020n)).toBe('taken');
        expect(offerState(taken, maker, 1_021n)).toBe('lapsed');
        expect([TAKING_SECS, FILL_AGE_SECS, hasTakingLapsed(offer, 10_000n)]).toEqual([30n, 10n, false]);
    });

    test('it is void once its maker has defaulted, is in grace, is gone, or trades by another key', () => {
        expect(offerState(offer, { ...maker, defaultCount: 3n }, 0n)).toBe('void');
        expect(offerState(offer, { ...maker, status: 1 }, 0n)).toBe('void');
        expect(offerState(offer, undefined, 0n)).toBe('void');
        expect(offerState({ ...offer, trader: delegate }, maker, 0n)).toBe('open');
        expect(offerState({ ...offer, trader: delegate }, { ...maker, delegate: NOBODY }, 0n)).toBe('void');
    });
});

test('every error of offers has a name and an advice of its own', () => {
    const names: ErrorName[] = [
        'OfferExpired',
        'OfferNotExpired',
        'OfferTaken',
        'OfferNotTaken',
        'OfferForAnother',
        'OfferVoid',
        'LotsNotOffered',
        'WrongSide',
        'TakingLapsed',
        'TakingOpen',
        'NotFirstPrint',
        'PrintUnusable',
        'NoPreviousPrint',
        'MemberNotActive',
        'MarginLocked',
    ];
    const errors = names.map((_, index) => programError(6_200 + index));
    expect(errors.map((error) => error?.name)).toEqual(names);
    expect(new Set(errors.map((error) => error?.advice)).size).toBe(names.length);
});

describe('the fund client', () => {
    const [ownerKey, takerKey] = [createNoopSigner(key(2)), createNoopSigner(key(3))];
    const price = key(11);
    const posted = key(12);
    let client: FundClient;
    let fund: Address;
    let [maker, taker, offer, market, other] = [NOBODY, NOBODY, NOBODY, NOBODY, NOBODY];
    let asked: unknown[];

    /** The start of a price account of Pyth's receiver, up to its publish time. */
    const printAt = (publishTs: bigint) => {
        const bytes = new Uint8Array(134);
        new DataView(bytes.buffer).setBigInt64(93, publishTs, true);
        return bytes;
    };

    const clientWith = async (taking: Offer['taking'], publishTs = 0n, ownTs = 500n) => {
        const oracle = (byte: number) => ({ ...NO_ORACLE, account: new Uint8Array(32).fill(byte) });
        const offerData = offerAccount({ fund, market, maker, trader: ownerKey.address, owner: ownerKey.address, lots: -10n, taking });
        const accounts = new Map([
            [fund, fundAccount({ mint: key(1), marketCount: 2 })],
            [market, marketAccount({ index: 0, seenTs: 500n, oracle: oracle(11) })],
            [other, marketAccount({ index: 1, oracle: oracle(13) })],
            [maker, memberAccount({ owner: ownerKey.address, positions: positionsIn([0]) })],
            [taker, memberAccount({ owner: takerKey.address, positions: positionsIn([1]) })],
            [offer, offerData],
            [posted, printAt(publishTs)],
            [price, printAt(ownTs)],
        ]);
        asked = [];
        const rpc = clusterOf(accounts);
        const getProgramAccounts = (_: Address, { filters }: { filters: unknown[] }) => {
            asked.push(...filters);
            return { send: () => Promise.resolve([]) };
        };
        return FundClient.load({ ...rpc, getProgramAccounts } as never, fund);
    };

    beforeAll(async () => {
        fund = await fundAddress(key(5), key(1), 1);
        [market, other] = await Promise.all([marketAddress(fund, 0), marketAddress(fund, 1)]);
        [maker, taker] = await Promise.all([ownerKey, takerKey].map(({ address }) => memberAddress(fund, address))) as [Address, Address];
        offer = await offerAddress(maker, 77n);
        expect(await vaultAddress(fund)).not.toBe(offer);
        client = await clientWith(NONE);
    });

    const shape = (instructions: readonly Instruction[]) =>
        instructions.map(({ accounts, data }) => [
            BulkheadInstruction[identifyBulkheadInstruction(data!)],
            ...(accounts ?? []).map(({ address, role }) => [
                address,
                `${isWritableRole(role) ? 'w' : ''}${isSignerRole(role) ? 's' : ''}`,
            ]),
        ]);
    const SYSTEM = NOBODY;

    test('posts an offer without a limit for anyone, at the present time as its number', async () => {
        const [instruction] = await client.postOffer({ market: 0, maker: ownerKey, lots: -10n, expiresTs: 9n, number: 77n });
        expect(shape([instruction!])).toEqual([
            ['PostOffer', [fund, ''], [market, ''], [maker, ''], [offer, 'w'], [ownerKey.address, 'ws'], [SYSTEM, '']],
        ]);
        expect(getPostOfferInstructionDataDecoder().decode(instruction!.data!)).toMatchObject({
            number: 77n,
            lots: -10n,
            minLots: 0n,
            limitPrice: 0n,
            expiresTs: 9n,
            taker: NOBODY,
            distanceBps: 0,
        });
        const before = BigInt(Date.now());
        const [bid] = await client.postOffer({ market: 0, maker: ownerKey, lots: 1n, expiresTs: 9n });
        const { limitPrice, number } = getPostOfferInstructionDataDecoder().decode(bid!.data!);
        expect(limitPrice).toBe(MOST);
        expect(number).toBeGreaterThanOrEqual(before);
    });

    test('cancels an offer with the rent to whoever has posted it', async () => {
        expect(shape(await client.cancelOffer({ offer, signer: takerKey }))).toEqual([
            ['CancelOffer', [offer, 'w'], [ownerKey.address, 'w'], [takerKey.address, 's']],
        ]);
    });

    test('takes an offer after a crank of every market that either side holds', async () => {
        const instructions = await client.takeOffer({ offer, taker: takerKey, lots: 10n, limitPrice: 5n });
        expect(shape(instructions)).toEqual([
            ['CrankMarket', [fund, ''], [market, 'w'], [price, '']],
            ['CrankMarket', [fund, ''], [other, 'w'], [key(13), '']],
            [
                'TakeOffer',
                [fund, ''],
                [market, 'w'], // it counts what is taken
                [offer, 'w'],
                [maker, 'w'],
                [taker, 'w'],
                [takerKey.address, 's'],
                [other, ''],
            ],
        ]);
        const decode = (instruction: Instruction) => getTakeOfferInstructionDataDecoder().decode(instruction.data!);
        expect(decode(instructions[2]!)).toMatchObject({ lots: 10n, limitPrice: 5n });
        expect(decode((await client.takeOffer({ offer, taker: takerKey, lots: 10n }))[2]!).limitPrice).toBe(MOST);
        expect(decode((await client.takeOffer({ offer, taker: takerKey, lots: -1n }))[2]!).limitPrice).toBe(0n);
    });

    test('fills a taking at the print in the market’s own account, cranked before', async () => {
        const taken = await clientWith({ ...NONE, taker, lots: 10n, ts: 499n });
        expect(shape(await taken.fillOffer({ offer }))).toEqual([
            ['CrankMarket', [fund, ''], [other, 'w'], [key(13), '']],
            ['CrankMarket', [fund, ''], [market, 'w'], [price, '']],
            [
                'FillOffer',
                [fund, 'w'],
                [market, 'w'],
                [offer, 'w'],
                [maker, 'w'],
                [taker, 'w'],
                [price, ''],
                [ownerKey.address, 'w'],
                [other, ''],
            ],
        ]);
    });

    test('fills a taking at a posted print, and cranks that one only while the market has seen none later', async () => {
        // The market has seen a print of second 500.
        const cranked = async (publishTs: bigint, ownTs?: bigint) => {
            const taken = await clientWith({ ...NONE, taker, lots: 10n, ts: 499n }, publishTs, ownTs);
            const instructions = await taken.fillOffer({ offer, price: posted });
            expect(instructions.at(-1)?.accounts?.[5]?.address).toBe(posted);
            return instructions.slice(1, -1).map(({ accounts }) => accounts?.[2]?.address);
        };
        expect(await cranked(500n)).toEqual([posted]);
        expect(await cranked(499n)).toEqual([price]);
        expect(await cranked(499n, 499n)).toEqual([]);
        await expect(client.fillOffer({ offer, price: key(99) })).rejects.toThrow(AccountError);
    });

    test('lapses a taking of whoever has taken it', async () => {
        const taken = await clientWith({ ...NONE, taker, lots: 10n, ts: 499n });
        expect(shape(await taken.lapseTaking({ offer }))).toEqual([
            ['LapseTaking', [offer, 'w'], [maker, 'w'], [taker, 'w']],
        ]);
    });

    test('reads an offer, and looks for those of a fund, a market, a maker', async () => {
        expect(await client.offer(offer)).toMatchObject({ lots: -10n, maker });
        await expect(client.offer(taker)).rejects.toThrow('is not an offer');
        const offsets = async (which: Parameters<FundClient['offers']>[0]) => {
            const reader = await clientWith(NONE);
            expect(await reader.offers(which)).toEqual(new Map());
            return asked.map((filter) => (filter as { memcmp: { offset: bigint } }).memcmp.offset);
        };
        expect(await offsets({})).toEqual([0n, 16n]);
        expect(await offsets({ market: 0 })).toEqual([0n, 16n, 48n]);
        expect(await offsets({ market: 0, maker })).toEqual([0n, 16n, 48n, 80n]);
    });

    test('the offsets that it looks at are those of the layout', () => {
        const bytes = offerAccount({ fund: key(21), market: key(22), maker: key(23) });
        expect([...bytes.slice(0, 8)]).toEqual([...OFFER_DISCRIMINATOR]);
        expect([16, 48, 80].map((offset) => bytes[offset])).toEqual([21, 22, 23]);
    });
});
