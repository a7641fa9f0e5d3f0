import type { Address } from '@solana/kit';
import type { Quotes } from 'bulkhead-client';
import { beforeAll, describe, expect, test } from 'vitest';
import { marketOf, memberOf, offerOf, rawOf, takingOf, tokens, usd } from '../../../tests/support/fund.js';
import { loadQuotes } from '../../../tests/support/quotes.js';
import { dueTasks } from './keeper.js';
import { marketFigures } from './market.js';
import { memberFigures } from './member.js';
import { lapsedTakings, offerFigures } from './offer.js';

let quotes: Quotes;
beforeAll(async () => {
    quotes = await loadQuotes();
});

const OWNER = 'owner' as Address;
const members = new Map([['maker', memberOf({ owner: OWNER, margin: tokens(1_000) })]]);
const at = (address: string, fields: Parameters<typeof offerOf>[0]) => ({ address, data: offerOf({ trader: OWNER, ...fields }) });
/** The clock reads 1,000, and the mark is of that second. */
const taken = (ts: bigint) => takingOf({ taker: 'taker' as Address, lots: 400n, ts, locked: tokens(80) });

describe('offers', () => {
    test('are told in the figures of the trade: a sale above the print, with its limit', () => {
        const offers = [at('ask', { lots: -1_000n, minLots: 200n, distanceBps: 25, limitPrice: usd(199) })];
        expect(offerFigures(rawOf({ members, offers }))).toEqual([
            {
                address: 'ask',
                market: 0,
                symbol: 'Market 0',
                priceDecimals: 8,
                lotDecimals: 2,
                maker: 'maker',
                sells: true,
                lots: 1_000n,
                fewest: 200n,
                distanceBps: 25n,
                limitPrice: usd(199),
                expiresTs: 10_000n,
                onlyFor: undefined,
                price: usd(200.5),
                state: 'open',
                taking: undefined,
            },
        ]);
    });

    test('are best first: whoever buys sees the lowest price first, whoever sells the highest', () => {
        const offers = [
            at('ask far', { lots: -1n, distanceBps: 50 }),
            at('bid far', { lots: 1n, distanceBps: 50 }),
            at('ask', { lots: -1n, distanceBps: 10 }),
            at('bid', { lots: 1n, distanceBps: 10 }),
        ];
        expect(offerFigures(rawOf({ members, offers })).map(({ address }) => address)).toEqual(['ask', 'ask far', 'bid', 'bid far']);
    });

    test('have no price without a mark, and are not shown in a market that is not known', () => {
        const offers = [at('ask', { lots: -1n }), at('elsewhere', { lots: -1n, market: 'market9' as Address })];
        expect(offerFigures(rawOf({ members, offers, markets: [marketOf(0n)] }))).toMatchObject([{ address: 'ask', price: undefined }]);
    });

    test('without a limit have none, on either side', () => {
        const offers = [at('ask', { lots: -1n }), at('bid', { lots: 1n })];
        expect(offerFigures(rawOf({ members, offers })).map(({ limitPrice }) => limitPrice)).toEqual([undefined, undefined]);
    });

    test('are open, taken, lapsed, expired or void', () => {
        const state = (fields: Parameters<typeof offerOf>[0], makers = members) =>
            offerFigures(rawOf({ members: makers, offers: [at('it', { lots: -1_000n, ...fields })] }))[0]?.state;
        expect(state({ expiresTs: 1_001n })).toBe('open');
        expect(state({ expiresTs: 1_000n })).toBe('expired');
        expect(state({ taking: taken(970n) })).toBe('taken');
        expect(state({ taking: taken(969n) })).toBe('lapsed');
        expect(state({ defaultCount: 1n })).toBe('void');
        expect(state({}, new Map())).toBe('void');
        expect(state({}, new Map([['maker', memberOf({ owner: OWNER, status: 1 })]]))).toBe('void');
    });

    test('tell of a taking until when it waits, and whether the mark is already of a later print', () => {
        const taking = (ts: bigint) => offerFigures(rawOf({ members, offers: [at('it', { lots: -1_000n, taking: taken(ts) })] }))[0]?.taking;
        expect(taking(999n)).toEqual({ taker: 'taker', lots: 400n, ts: 999n, untilTs: 1_029n, locked: tokens(80), isPriced: true });
        expect(taking(1_000n)?.isPriced).toBe(false);
    });

    test('that lapsed are found for maker and taker, and for nobody else', () => {
        const raw = rawOf({ members, offers: [at('late', { taking: taken(900n) }), at('waiting', { taking: taken(999n) })] });
        const of = (member: string) => lapsedTakings(raw, member).map(({ address }) => address);
        expect([of('maker'), of('taker'), of('other')]).toEqual([['late'], ['late'], []]);
    });

    test('need an oracle that says which price came before', () => {
        const { oracle } = marketOf(usd(200));
        const markets = [marketOf(usd(200)), marketOf(usd(200), { oracle: { ...oracle, kind: 1 } })];
        expect(marketFigures(rawOf({ markets }), quotes).map(({ hasOffers }) => hasOffers)).toEqual([true, false]);
    });
});

test('margin that is locked counts as initial margin, is not free, and keeps the account open', () => {
    const of = (locked: bigint, margin = tokens(300)) => memberFigures('m', memberOf({ margin, locked }, 1_000n, usd(200)), rawOf(), quotes);
    // 2,000 of notional: 200 of initial margin, 100 of maintenance margin.
    expect(of(0n).health).toMatchObject({ initialMargin: tokens(200), freeMargin: tokens(100) });
    expect(of(tokens(60)).health).toMatchObject({ initialMargin: tokens(260), freeMargin: tokens(40), maintenanceMargin: tokens(100) });
    expect(of(tokens(101)).health?.freeMargin).toBe(0n);
    // Others judge the member without it.
    expect(of(tokens(250)).health?.isLiquidatable).toBe(false);
    expect(memberFigures('m', memberOf({ locked: 1n }), rawOf(), quotes)).toMatchObject({ isEmpty: false, locked: 1n });
    expect(memberFigures('m', memberOf(), rawOf(), quotes).isEmpty).toBe(true);
});

test('a keeper fills takings, ends those that were not filled, and clears expired offers away', () => {
    const offers = [
        at('waiting', { lots: -1_000n, taking: taken(999n) }),
        at('late', { lots: -1_000n, taking: taken(900n) }),
        at('old', { lots: -1_000n, expiresTs: 1_000n }),
        at('open', { lots: -1_000n }),
    ];
    const tasks = dueTasks(rawOf({ members, offers }), quotes);
    expect(tasks.map(({ task }) => task)).toEqual([
        { kind: 'fill-offer', offer: 'waiting' },
        { kind: 'lapse-taking', offer: 'late' },
        { kind: 'cancel-expired', offer: 'old' },
    ]);
    expect(tasks.map(({ kind, needsMember }) => [kind, needsMember])).toEqual([
        ['taking', false],
        ['taking', false],
        ['upkeep', false],
    ]);
});
