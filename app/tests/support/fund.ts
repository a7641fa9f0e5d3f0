/** A small fund for unit tests: accounts that are zero but for what a test says. */

import {
    getFundDecoder,
    getMarketDecoder,
    getMemberDecoder,
    getOfferDecoder,
    type Fund,
    type Market,
    type Member,
    type Offer,
    type Quotes,
} from 'bulkhead-client';
import type { Raw } from '../../src/chain/figures/raw.js';

const zero = <T>(decoder: { decode: (bytes: Uint8Array) => T; fixedSize: number }): T =>
    decoder.decode(new Uint8Array(decoder.fixedSize));

export const tokens = (amount: number): bigint => BigInt(Math.round(amount * 1_000_000));
export const usd = (amount: number): bigint => BigInt(Math.round(amount * 100_000_000));

/** Hundredths of an asset, priced with eight decimals, settled in a token of six. */
export const SCALE = 10n ** 4n;

export function fundOf(fields: Partial<Fund> = {}, params: Partial<Fund['params']> = {}): Fund {
    const base = zero(getFundDecoder());
    return {
        ...base,
        quoteDecimals: 6,
        ...fields,
        params: {
            ...base.params,
            minContribution: tokens(10),
            noticeSecs: 86_400,
            claimWindowSecs: 86_400,
            maxMarkAgeSlots: 25,
            auctionSlots: 1_000,
            auctionMaxDiscountBps: 500,
            coverLimitBps: 5_000,
            liquidationBonusBps: 100,
            ...params,
        },
    };
}

export function marketOf(price: bigint, fields: Partial<Market> = {}): Market {
    const base = zero(getMarketDecoder());
    const rates = { initialBps: 1_000, maintenanceBps: 500, contributionBps: 200, stressBps: 3_000 };
    return {
        ...base,
        priceDecimals: 8,
        lotDecimals: 2,
        confidenceMultiple: 2,
        scale: SCALE,
        mark: { ...base.mark, price, slot: 100n, publishTs: 1_000n },
        oracle: { ...base.oracle, maxAgeSecs: 60 },
        rates,
        baseRates: rates,
        ...fields,
    };
}

/** A member with lots in market 0, bought or sold at a price. */
export function memberOf(fields: Partial<Member> = {}, lots = 0n, at = 0n): Member {
    const base = zero(getMemberDecoder());
    const [first, ...others] = base.positions;
    const positions = first && lots !== 0n ? [{ ...first, market: 0, lots, raw: -lots * at }, ...others] : base.positions;
    return { ...base, positions, ...fields };
}

/** An offer in market 0. */
export function offerOf(fields: Partial<Offer> = {}): Offer {
    const base = zero(getOfferDecoder());
    const limitPrice = (fields.lots ?? 0n) < 0n ? 0n : 2n ** 64n - 1n;
    return { ...base, market: 'market0' as Offer['market'], maker: 'maker' as Offer['maker'], limitPrice, expiresTs: 10_000n, ...fields };
}

/** A taking of it. */
export function takingOf(fields: Partial<Offer['taking']>): Offer['taking'] {
    return { ...zero(getOfferDecoder()).taking, ...fields };
}

export function rawOf(parts: Partial<Raw> = {}): Raw {
    return {
        address: 'fund',
        program: 'program',
        clock: { slot: 100n, ts: 1_000n },
        fund: fundOf(),
        markets: [marketOf(usd(200))],
        marketAddresses: ['market0'],
        members: new Map(),
        records: [],
        epochs: [],
        changes: [],
        offers: [],
        covers: [],
        panels: [],
        losses: [],
        books: [],
        days: [],
        policies: [],
        ...parts,
    };
}

/** Shares that a contribution buys first: what the fund's shares are worth is then the contributions. */
export function sharesOf(quotes: Quotes, amount: bigint): bigint {
    return quotes.sharesFor({ contributions: 0n, totalShares: 0n }, amount);
}
