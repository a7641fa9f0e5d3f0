/**
 * Offers: members trade without meeting. A taking waits for the first print after it, which sets the price.
 *
 * @module
 */

import type { Fund, Market, Member, Offer } from './generated/index.js';
import { QuoteError } from './quote.js';

/** Seconds for which a taking can be filled, and holds the margin of both sides. */
export const TAKING_SECS = 30n;
/** Age, in seconds, of the oldest print that fills a taking. */
export const FILL_AGE_SECS = 10n;

const ONE_BPS = 10_000n;
const MOST = 2n ** 64n - 1n;
const ACTIVE = 0;

/** The terms of an offer that its price follows from. */
export type OfferQuote = Pick<Offer, 'lots' | 'distanceBps' | 'limitPrice'>;

/**
 * - `open`: it can be taken;
 * - `taken`: a taking waits for its print, until {@link takingEnds};
 * - `lapsed`: a taking was not filled in time, and holds margin until somebody lapses it;
 * - `expired`: it cannot be taken any more, and anyone may cancel it;
 * - `void`: its maker has defaulted since, is not active, or trades by another key.
 */
export type OfferState = 'open' | 'taken' | 'lapsed' | 'expired' | 'void';

/** The limit price that accepts every price of lots with this sign: of a sale the lowest, of a purchase the highest. */
export function anyPrice(lots: bigint): bigint {
    return lots < 0n ? 0n : MOST;
}

/**
 * The price of a fill at a print, or at the mark what it would be now. The distance is rounded down, in favour of the
 * print.
 *
 * @throws {@link QuoteError} as the program refuses it: the price does not fit a word, or a purchase is more than 100%
 * below the print.
 */
export function offerPrice({ distanceBps, limitPrice, lots }: OfferQuote, print: bigint): bigint {
    const distance = (print * BigInt(Math.abs(distanceBps))) / ONE_BPS;
    const sells = lots < 0n;
    const price = sells === distanceBps >= 0 ? print + distance : print - distance;
    if (price > MOST) {
        throw new QuoteError('Overflow');
    }
    if (price < 0n) {
        throw new QuoteError('Underflow');
    }
    const isBeyond = sells ? price < limitPrice : price > limitPrice;
    return isBeyond ? limitPrice : price;
}

/** Whether a taker accepts a price of this offer: it pays no more than its limit, or receives no less. */
export function isWithinLimit({ lots }: Pick<Offer, 'lots'>, price: bigint, limitPrice: bigint): boolean {
    return lots < 0n ? price <= limitPrice : price >= limitPrice;
}

/** The fewest lots that a taking gets now, unsigned. */
export function fewestLots({ lots, minLots }: Pick<Offer, 'lots' | 'minLots'>): bigint {
    const left = lots < 0n ? -lots : lots;
    return minLots < left ? minLots : left;
}

/**
 * Margin of each side that a taking of these lots locks at a price, in base units: initial margin with the concentration add-on of all
 * lots, the fee, and the doubt in the oldest print that fills, each rounded up.
 */
export function lockedMargin(
    lots: bigint,
    price: bigint,
    market: Pick<Market, 'scale'> & {
        readonly rates: Pick<Market['rates'], 'initialBps' | 'stressBps'>;
        readonly adjustment: Pick<Market['adjustment'], 'concentrationBps'>;
    },
    { ageFullSecs, clearingFeeBps }: Pick<Fund['params'], 'ageFullSecs' | 'clearingFeeBps'>,
): { readonly initial: bigint; readonly fee: bigint; readonly doubt: bigint; readonly locked: bigint } {
    const value = ceilDiv((lots < 0n ? -lots : lots) * price, market.scale);
    const part = (bps: number) => ceilDiv(value * BigInt(bps), ONE_BPS);
    const initial = part(market.rates.initialBps) + part(market.adjustment.concentrationBps);
    const fee = part(clearingFeeBps);
    const full = BigInt(ageFullSecs);
    const doubt = ceilDiv(part(market.rates.stressBps) * (full < FILL_AGE_SECS ? full : FILL_AGE_SECS), full);
    return { initial, fee, doubt, locked: initial + fee + doubt };
}

/** Whether somebody has taken the offer, and it is neither filled nor lapsed. */
export function isTaken({ taking }: Pick<Offer, 'taking'>): boolean {
    return taking.lots !== 0n;
}

/** The last second in which the taking can be filled. */
export function takingEnds({ taking }: Pick<Offer, 'taking'>): bigint {
    return taking.ts + TAKING_SECS;
}

/** Whether a taking can be filled no more, at the chain's time `now`: `lapse_taking` ends it. */
export function hasTakingLapsed(offer: Pick<Offer, 'taking'>, now: bigint): boolean {
    return isTaken(offer) && now > takingEnds(offer);
}

/** Whether an offer has expired, at the chain's time `now`. */
export function isExpired({ expiresTs }: Pick<Offer, 'expiresTs'>, now: bigint): boolean {
    return now >= expiresTs;
}

/** Whether an offer is void for good: its maker has defaulted since, or the key that has posted it trades no more for it. */
export function isVoid(
    { defaultCount, trader }: Pick<Offer, 'defaultCount' | 'trader'>,
    maker: Pick<Member, 'defaultCount' | 'delegate' | 'owner'>,
): boolean {
    return maker.defaultCount !== defaultCount || (trader !== maker.owner && trader !== maker.delegate);
}

/** The state of an offer at the chain's time `now`. A maker whose account is closed is none. */
export function offerState(offer: Offer, maker: Member | undefined, now: bigint): OfferState {
    if (isTaken(offer)) {
        return hasTakingLapsed(offer, now) ? 'lapsed' : 'taken';
    }
    if (!maker || maker.status !== ACTIVE || isVoid(offer, maker)) {
        return 'void';
    }
    return isExpired(offer, now) ? 'expired' : 'open';
}

/** Whether a print is the first one after the second `ts`: it is of a later second, and the one before it is not. */
export function isFirstAfter(ts: bigint, previousPublishTs: bigint, publishTs: bigint): boolean {
    return previousPublishTs <= ts && ts < publishTs;
}

function ceilDiv(dividend: bigint, divisor: bigint): bigint {
    return (dividend + divisor - 1n) / divisor;
}
