import { getBase16Decoder } from '@solana/kit';
import { isFinal, type Market, type Quotes } from 'bulkhead-client';
import type { House, MarketFigures, Rates, Regime, Silence } from '../model.js';
import { abs, max, type Clock, type Raw } from './raw.js';

const REGIMES: readonly Regime[] = ['neutral', 'calm', 'stressed'];

/** Names of feeds: accounts have only their number. */
const SYMBOLS: Readonly<Record<string, string>> = {
    e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43: 'BTC',
    ff61491a931112ddf1bd8147cd1b641375f79f5825126d665480874634fd0ace: 'ETH',
    ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d: 'SOL',
};

/** A feed that is known has its asset's name; another market has its number. */
export function symbolOf({ index, oracle }: Pick<Market, 'index' | 'oracle'>): string {
    return SYMBOLS[getBase16Decoder().decode(oracle.feedId)] ?? `Market ${index}`;
}

/** The reason that a market prices nothing, if there is one. */
export function silenceOf(market: Market, maxAgeSlots: number, { slot, ts }: Clock): Silence | undefined {
    if (isFinal(market)) {
        return undefined;
    }
    if (market.mark.price === 0n) {
        return 'never priced';
    }
    if (ts - market.mark.publishTs > BigInt(market.oracle.maxAgeSecs)) {
        return 'price too old';
    }
    return slot - market.mark.slot > BigInt(maxAgeSlots) ? 'mark too old' : undefined;
}

const ratesOf = ({ contributionBps, initialBps, maintenanceBps, stressBps }: Market['rates']): Rates => ({
    initialBps: BigInt(initialBps),
    maintenanceBps: BigInt(maintenanceBps),
    contributionBps: BigInt(contributionBps),
    stressBps: BigInt(stressBps),
});

export function marketFigures({ clock, fund, marketAddresses, markets }: Raw, quotes: Quotes): MarketFigures[] {
    return markets.map((market, place) => {
        const { adjusted, adjustment, mark } = market;
        const halted = adjusted.haltedUntilTs > clock.ts ? { untilTs: adjusted.haltedUntilTs } : undefined;
        return {
            index: market.index,
            address: marketAddresses[place] ?? '',
            symbol: symbolOf(market),
            feed: `0x${getBase16Decoder().decode(market.oracle.feedId)}`,
            priceDecimals: market.priceDecimals,
            lotDecimals: market.lotDecimals,
            mark: mark.price,
            confidence: mark.confidence,
            publishedTs: mark.publishTs,
            crankedSlot: mark.slot,
            silence: silenceOf(market, fund.params.maxMarkAgeSlots, clock),
            isFinal: isFinal(market),
            opensTs: market.opensTs > clock.ts ? market.opensTs : undefined,
            halted,
            reduceOnly: market.lossEpisode === fund.lossEpisode,
            regime: REGIMES[adjusted.regime] ?? 'neutral',
            rates: ratesOf(market.rates),
            baseRates: ratesOf(market.baseRates),
            multiplierBps: BigInt(adjusted.multiplierBps),
            volatilityBps: annualBps(adjusted.variance),
            targetVolatilityBps: BigInt(adjustment.targetVolatilityBps),
            bandBps: BigInt(market.priceBandBps),
            premiumBps: BigInt(adjustment.premiumBpsPerYear),
            range: rangeOf(market),
            openInterest: market.openInterest,
            maxOpenInterest: market.maxOpenInterest,
            openNotional: quotes.notional(market.openInterest, mark.price, market.scale),
            house: houseOf(market, fund.params, clock, quotes),
            lastLoss: market.lossEpisode === fund.lossEpisode ? market.episodeLoss : 0n,
        };
    });
}

const FRACTION_BITS = 48;
const SECONDS_PER_YEAR = 31_536_000;

/** A variance per second as volatility a year: for display, hence in floating point. */
function annualBps(variance: bigint): bigint | undefined {
    if (variance === 0n) {
        return undefined;
    }
    return BigInt(Math.round(Math.sqrt((Number(variance) / 2 ** FRACTION_BITS) * SECONDS_PER_YEAR) * 10_000));
}

function rangeOf({ adjusted }: Market): MarketFigures['range'] {
    if (adjusted.high === 0n) {
        return undefined;
    }
    const low = adjusted.lowBefore > 0n && adjusted.lowBefore < adjusted.low ? adjusted.lowBefore : adjusted.low;
    return { low, high: max(adjusted.high, adjusted.highBefore) };
}

function houseOf(
    market: Market,
    params: Raw['fund']['params'],
    { slot }: Clock,
    quotes: Quotes,
): House | undefined {
    if (market.houseLots === 0n) {
        return undefined;
    }
    const elapsed = max(0n, slot - market.houseSinceSlot);
    const price = quotes.auctionPrice(market.mark.price, market.houseLots, elapsed, params);
    const auctionSlots = BigInt(params.auctionSlots);
    const maxDiscountBps = BigInt(params.auctionMaxDiscountBps);
    return {
        lots: market.houseLots,
        notional: quotes.notional(abs(market.houseLots), market.mark.price, market.scale),
        sinceSlot: market.houseSinceSlot,
        price,
        discountBps: elapsed >= auctionSlots ? maxDiscountBps : (maxDiscountBps * elapsed) / auctionSlots,
        maxDiscountBps,
        auctionSlots,
    };
}
