import { getBase16Decoder } from '@solana/kit';
import { isFinal, marketQuote, type Fund, type Market, type Quotes } from 'bulkhead-client';
import type { House, MarketFigures, PriceRange, Rates, Regime, Silence } from '../model.js';
import { abs, max, min, ONE_BPS, type Clock, type Raw } from './raw.js';

/** The oracle whose prices say which one came before. */
const PYTH_PULL = 0;

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

/** Reasons of the program for which the last print did not become the mark, by their number. */
const SILENCES: Readonly<Record<number, Silence>> = {
    1: 'price not positive',
    2: 'other exponent',
    3: 'feed not trading',
    4: 'price uncertain',
};

/** The reason that a market moves no cash, if there is one. */
export function silenceOf(market: Market, maxAgeSlots: number, { slot, ts }: Clock): Silence | undefined {
    if (isFinal(market)) {
        return undefined;
    }
    if (market.mark.price === 0n) {
        return 'never priced';
    }
    const reason = SILENCES[market.silence];
    if (reason) {
        return reason;
    }
    if (ts - market.mark.publishTs > BigInt(market.oracle.maxAgeSecs)) {
        return 'price too old';
    }
    return slot - market.mark.slot > BigInt(maxAgeSlots) ? 'mark too old' : undefined;
}

/** Whether a market needs a print that is not there yet; an old crank alone is renewed by whoever acts. */
export function waitsForPrice(silence: Silence | undefined): boolean {
    return silence !== undefined && silence !== 'mark too old';
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
            hasOffers: market.oracle.kind === PYTH_PULL,
            silence: silenceOf(market, fund.params.maxMarkAgeSlots, clock),
            isFinal: isFinal(market),
            halted,
            ...endOf(market, fund, clock),
            regime: REGIMES[adjusted.regime] ?? 'neutral',
            rates: ratesOf(market.rates),
            baseRates: ratesOf(market.baseRates),
            multiplierBps: BigInt(adjusted.multiplierBps),
            volatilityBps: annualBps(adjusted.variance),
            targetVolatilityBps: BigInt(adjustment.targetVolatilityBps),
            bandBps: BigInt(market.priceBandBps),
            premiumBps: BigInt(adjustment.premiumBpsPerYear),
            range: rangeOf(market),
            judged: othersOf(market, clock),
            openInterest: market.openInterest,
            maxOpenInterest: market.maxOpenInterest,
            openNotional: quotes.notional(market.openInterest, mark.price, market.scale),
            house: houseOf(market, fund.params, clock, quotes),
        };
    });
}

/** How long before an expiry a market only reduces. */
const HOUR = 3_600n;
const WIND_DOWN = 2;

/** When a market ends, if that is known, and whether it only reduces until then. */
export function endOf(market: Market, fund: Fund, { ts }: Clock): Pick<MarketFigures, 'endsTs' | 'reduceOnly'> {
    const { closingTs, deadTs, expiresTs } = market;
    const windsDown = fund.status === WIND_DOWN;
    const windDown = windsDown ? fund.windDownTs + BigInt(fund.params.windDownSecs) : 0n;
    const ends = [expiresTs, closingTs, deadTs, windDown].filter((end) => end !== 0n);
    const reduceOnly = windsDown || closingTs !== 0n || deadTs !== 0n || (expiresTs !== 0n && ts >= expiresTs - HOUR);
    return { endsTs: isFinal(market) || ends.length === 0 ? undefined : ends.reduce(min), reduceOnly };
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

function rangeOf({ adjusted: { breaker } }: Market): MarketFigures['range'] {
    return breaker.high === 0n ? undefined : bothCells(breaker);
}

type Cells = Market['range'];

const bothCells = ({ high, highBefore, low, lowBefore }: Cells): PriceRange => ({
    low: min(low, lowBefore),
    high: max(high, highBefore),
});

/** Length of a cell of the range, in seconds of chain time. */
const CELL_SECS = 10n;

/** A range as of now: what the price in force since the last print makes of it. */
function advanced(range: Cells, inForce: bigint, { ts }: Clock): Cells {
    const cell = ts / CELL_SECS;
    if (cell <= range.cell) {
        return range;
    }
    const { high, low } = cell === range.cell + 1n ? range : { high: inForce, low: inForce };
    return { cell, high: inForce, low: inForce, highBefore: high, lowBefore: low };
}

/**
 * Interval A: others judge a member at the end of it that favours the member, and the house sells at the end that favours
 * the house.
 */
export function othersOf(market: Market, clock: Clock): PriceRange {
    const { price } = market.mark;
    if (isFinal(market)) {
        return { low: price, high: price };
    }
    const { low, high } = marketQuote(market).intervals.others;
    const range = bothCells(advanced(market.range, price, clock));
    return { low: min(low, range.low), high: max(high, range.high) };
}

/**
 * The interval that others judge a member by: A, or beside a market that waits for a price what its last mark is moved by a
 * rate, where that favours the member more. A liquidation moves it by the maintenance rate, a declaration by the initial one.
 */
export function judgedBy(market: Market, rateBps: number, maxAgeSlots: number, clock: Clock): PriceRange {
    const others = othersOf(market, clock);
    if (!waitsForPrice(silenceOf(market, maxAgeSlots, clock))) {
        return others;
    }
    const moved = market.mark.price * BigInt(rateBps);
    const kept = market.mark.price * (ONE_BPS - BigInt(rateBps));
    return {
        low: min(others.low, kept / ONE_BPS),
        high: max(others.high, market.mark.price + (moved + ONE_BPS - 1n) / ONE_BPS),
    };
}

/** The end that favours a holder of these lots: the high one of long lots, the low one of short ones. */
export function favouring({ high, low }: PriceRange, lots: bigint): bigint {
    return lots < 0n ? low : high;
}

/**
 * The worst price of a lot that a taker of these lots accepts: the end at which they change hands, moved against the taker
 * by the market's price band. The keeper bids the same.
 */
export function limitPrice(market: Market, lots: bigint, clock: Clock): bigint {
    const end = favouring(othersOf(market, clock), lots);
    const tolerance = (end * BigInt(market.priceBandBps) + ONE_BPS - 1n) / ONE_BPS;
    return lots < 0n ? max(0n, end - tolerance) : end + tolerance;
}

function houseOf(
    market: Market,
    params: Raw['fund']['params'],
    clock: Clock,
    quotes: Quotes,
): House | undefined {
    if (market.houseLots === 0n) {
        return undefined;
    }
    const elapsed = max(0n, clock.slot - market.houseSinceSlot);
    const start = favouring(othersOf(market, clock), market.houseLots);
    const price = quotes.auctionPrice(start, market.houseLots, elapsed, params);
    const auctionSlots = BigInt(params.auctionSlots);
    const maxDiscountBps = BigInt(params.auctionMaxDiscountBps);
    return {
        lots: market.houseLots,
        notional: quotes.notional(abs(market.houseLots), market.mark.price, market.scale),
        sinceSlot: market.houseSinceSlot,
        start,
        price,
        discountBps: elapsed >= auctionSlots ? maxDiscountBps : (maxDiscountBps * elapsed) / auctionSlots,
        maxDiscountBps,
        auctionSlots,
    };
}
