import { hasTakingLapsed, offerPrice, offerState, fewestLots, isTaken, takingEnds, anyPrice, type Market, type Offer } from 'bulkhead-client';
import type { OfferFigures, TakingFigures } from '../model.js';
import { symbolOf } from './market.js';
import { abs, somebody, type Addressed, type Raw } from './raw.js';

/** All offers in markets that are known: best first, on each side of each market. */
export function offerFigures(raw: Raw): OfferFigures[] {
    return raw.offers
        .flatMap(({ address, data: offer }) => {
            const market = raw.markets[raw.marketAddresses.indexOf(offer.market)];
            return market ? figuresOf(address, offer, market, raw) : [];
        })
        .toSorted((a, b) => a.market - b.market || Number(b.sells) - Number(a.sells) || byPrice(a, b));
}

function figuresOf(address: string, offer: Offer, market: Market, { clock, members }: Raw): OfferFigures {
    return {
        address,
        market: market.index,
        symbol: symbolOf(market),
        priceDecimals: market.priceDecimals,
        lotDecimals: market.lotDecimals,
        maker: offer.maker,
        sells: offer.lots < 0n,
        lots: abs(offer.lots),
        fewest: fewestLots(offer),
        distanceBps: BigInt(offer.distanceBps),
        limitPrice: offer.limitPrice === anyPrice(offer.lots) ? undefined : offer.limitPrice,
        expiresTs: offer.expiresTs,
        onlyFor: somebody(offer.taker),
        price: priceAt(offer, market.mark.price),
        state: offerState(offer, members.get(offer.maker), clock.ts),
        taking: takingOf(offer, market),
    };
}

/** The price at a mark; none where there is no mark, or no price at it. */
export function priceAt(offer: Pick<Offer, 'distanceBps' | 'limitPrice' | 'lots'>, mark: bigint): bigint | undefined {
    try {
        return mark === 0n ? undefined : offerPrice(offer, mark);
    } catch {
        return undefined;
    }
}

function takingOf(offer: Offer, market: Market): TakingFigures | undefined {
    const { locked, lots, taker, ts } = offer.taking;
    return isTaken(offer)
        ? { taker, lots: abs(lots), ts, untilTs: takingEnds(offer), locked, isPriced: market.mark.publishTs > ts }
        : undefined;
}

/** Whoever buys wants the lowest price first, whoever sells the highest. */
function byPrice(a: OfferFigures, b: OfferFigures): number {
    if (a.price === undefined || b.price === undefined || a.price === b.price) {
        return Number(a.price === undefined) - Number(b.price === undefined);
    }
    return a.price < b.price === a.sells ? -1 : 1;
}

/** Takings of a member that were not filled in time, as maker or taker: they hold margin that anyone can free. */
export function lapsedTakings({ clock, offers }: Pick<Raw, 'clock' | 'offers'>, member: string): Addressed<Offer>[] {
    return offers.filter(
        ({ data }) => hasTakingLapsed(data, clock.ts) && (data.maker === member || data.taking.taker === member),
    );
}
