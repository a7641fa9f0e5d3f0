/**
 * Quotes the effect of a trade, a withdrawal or a liquidation, in the program's own arithmetic. The numbers come from
 * its math crate, compiled to WebAssembly.
 *
 * @module
 */

import type { Moment } from './exitClock.js';
import type { AdjustmentTerms, Fund, Market, MarketRates, Member } from './generated/index.js';
import { unvested } from './vesting.js';

/** A position: signed lots, and raw quote received minus paid. */
export interface Position {
    readonly lots: bigint;
    readonly raw: bigint;
}

/** Prices from `low` to `high`, both included. */
export interface Interval {
    readonly low: bigint;
    readonly high: bigint;
}

/** The two intervals of a market. */
export interface Intervals {
    /** A: what is done to a member is judged at the end that favours it. */
    readonly others: Interval;
    /** B: what a member does for itself is judged at the end against it. */
    readonly oneself: Interval;
}

/** The part of a market that the requirements of a position are computed from. */
export interface MarketQuote {
    readonly price: bigint;
    /** The prices that a judgement takes: see {@link Quotes.intervals}. */
    readonly intervals: Intervals;
    /** Raw quote per base unit of money. */
    readonly scale: bigint;
    readonly rates: MarketRates;
    /** Lots above which initial margin and stress are larger. */
    readonly concentration: Pick<AdjustmentTerms, 'concentrationLots' | 'concentrationBps'>;
}

/** A position and its market. */
export interface Holding {
    readonly position: Position;
    readonly market: MarketQuote;
}

/** A member's requirements and its money, over all its positions. Money is in base units; losses are negative. */
export interface Requirements {
    /** Net unsettled profit at the marks. */
    readonly profit: bigint;
    /** Margin and profit. */
    readonly equity: bigint;
    /** Equity with every doubt in the member's favour: liquidation and default are judged by it. */
    readonly equityFavourable: bigint;
    /** The money that initial margin is held against: without what has not vested. */
    readonly collateral: bigint;
    readonly initialMargin: bigint;
    readonly maintenanceMargin: bigint;
    readonly requiredContribution: bigint;
    /** The loss of a stress move beyond the member's own money. */
    readonly stressLoss: bigint;
    /** Margin above initial margin: the amount that can be withdrawn, less the reserve for an assessment. */
    readonly freeMargin: bigint;
    /** Whether the member is below maintenance margin. */
    readonly isLiquidatable: boolean;
}

/** The effect of a liquidation. */
export interface LiquidationQuote {
    /** Lots that the liquidator receives, signed like the target's position. */
    readonly lots: bigint;
    readonly notional: bigint;
    readonly bonus: bigint;
    readonly fee: bigint;
    readonly target: Position;
    readonly liquidator: Position;
}

/** The effect of a settlement. */
export interface SettlementQuote {
    /** Cash to the member; negative from it. */
    readonly paid: bigint;
    readonly position: Position;
    readonly margin: bigint;
    readonly pool: bigint;
}

/** A fee and its two halves. */
export interface FeeQuote {
    readonly fee: bigint;
    readonly toRewards: bigint;
    readonly toTreasury: bigint;
}

/** Numbers that no account can hold: the program would refuse them with the same error. */
export class QuoteError extends Error {
    override readonly name = 'QuoteError';

    constructor(readonly reason: 'Overflow' | 'Underflow' | 'DivByZero') {
        super(`the program refuses this: ${reason}`);
    }
}

const REASONS = ['Overflow', 'Underflow', 'DivByZero'] as const;
const WORD = 64;
/** Half of a rate is this part of a basis point's whole. */
const TWICE_ONE_BPS = 20_000n;

/** The module's exports, beside its memory. Each function reads and writes the words at `words()`. */
type QuoteName =
    | 'notional'
    | 'profit'
    | 'settlement'
    | 'requirements'
    | 'liquidation'
    | 'shares_for'
    | 'share_value'
    | 'fee'
    | 'auction_price'
    | 'intervals';
type Exports = { readonly memory: WebAssembly.Memory; readonly words: () => number } & {
    readonly [Name in QuoteName]: () => number;
};

/** An empty position. */
export const NO_POSITION: Position = { lots: 0n, raw: 0n };

/**
 * A market as quotes need it, at a price that has lasted and is new: both intervals reach as far around it as its
 * confidence. It answers what would be at another price. What is now, with the age of the mark and the range of the last
 * seconds, {@link Quotes.marketAt} says.
 */
export function marketQuote(market: Market, price: bigint = market.mark.price): MarketQuote {
    const { adjustment: concentration, confidenceMultiple, mark, rates, scale } = market;
    const confidences = mark.confidence * BigInt(confidenceMultiple);
    const most = (price * BigInt(rates.maintenanceBps) + TWICE_ONE_BPS - 1n) / TWICE_ONE_BPS;
    const spread = confidences < most ? confidences : most;
    const around = { low: price > spread ? price - spread : 0n, high: price + spread };
    return { price, intervals: { others: around, oneself: around }, scale, rates, concentration };
}

/** The same market at another price, with as much doubt on either side. */
export function movedTo(quote: MarketQuote, price: bigint): MarketQuote {
    const moved = (end: bigint) => (end + price > quote.price ? end + price - quote.price : 0n);
    const { others, oneself } = quote.intervals;
    const around = ({ low, high }: { low: bigint; high: bigint }) => ({ low: moved(low), high: moved(high) });
    return { ...quote, price, intervals: { others: around(others), oneself: around(oneself) } };
}

/** A member's positions with their markets, which are in the order of their indices. */
export function holdingsOf(
    member: Pick<Member, 'positions'>,
    markets: readonly Market[],
    quoteOf: (market: Market) => MarketQuote = (market) => marketQuote(market),
): Holding[] {
    const held = member.positions.filter(({ lots, raw }) => lots !== 0n || raw !== 0n);
    return held.map(({ lots, raw, market: index }) => {
        const market = markets[index];
        if (!market) {
            throw new RangeError(`market ${index} is missing`);
        }
        return { position: { lots, raw }, market: quoteOf(market) };
    });
}

/** The age of a mark in milliseconds: by the clock or by slots, whichever is more. */
export function ageMs(market: Pick<Market, 'mark'>, { slot, ts }: Moment, slotMs: number): bigint {
    const { publishTs, slot: crankSlot } = market.mark;
    const byClock = ts > publishTs ? (ts - publishTs) * 1_000n : 0n;
    const bySlots = slot > crankSlot ? (slot - crankSlot) * BigInt(slotMs) : 0n;
    return byClock > bySlots ? byClock : bySlots;
}

/** The reason for silence of a print that is too uncertain to become the mark. */
const UNCERTAIN = 4;

/**
 * Requirements of a member for what it does itself, while `locked` of its margin is locked for offers that are taken: that
 * counts as initial margin. Others judge it without.
 */
export function withLocked(requirements: Requirements, locked: bigint): Requirements {
    const { freeMargin, initialMargin } = requirements;
    return {
        ...requirements,
        initialMargin: initialMargin + locked,
        freeMargin: freeMargin > locked ? freeMargin - locked : 0n,
    };
}

/**
 * The program's arithmetic.
 *
 * Positions are quoted as they are stored. A premium that is still pending on a position is not in its
 * profit.
 */
export class Quotes {
    private constructor(private readonly module: Exports) {}

    /**
     * Loads the module: the one of this package, or the given bytes where a bundler has put them elsewhere.
     */
    static async load(bytes?: BufferSource): Promise<Quotes> {
        const { instance } = await WebAssembly.instantiate(bytes ?? (await ownModule()));
        return new Quotes(instance.exports as Exports);
    }

    /** The value of lots at a price, rounded up. */
    notional(lots: bigint, price: bigint, scale: bigint): bigint {
        return this.call('notional', [signed(lots), unsigned(price), unsigned(scale)]).u64();
    }

    /** A position's profit at a price: gains rounded down, losses up. */
    profit(position: Position, price: bigint, scale: bigint): bigint {
        return this.call('profit', [...words(position), unsigned(price), unsigned(scale)]).i64();
    }

    /** The effect of `settle`: `margin` is the member's, `pool` the fund's. */
    settlement(position: Position, price: bigint, scale: bigint, margin: bigint, pool: bigint): SettlementQuote {
        const money = [price, scale, margin, pool].map(unsigned);
        const results = this.call('settlement', [...words(position), ...money]);
        return { paid: results.i64(), position: results.position(), margin: results.u64(), pool: results.u64() };
    }

    /** Requirements of these positions, and the money that meets them. `notVested` is the sum of settled results that have not vested. */
    requirements(
        margin: bigint,
        holdings: readonly Holding[],
        params: Pick<Fund['params'], 'minContribution' | 'auctionMaxDiscountBps'>,
        notVested = 0n,
    ): Requirements {
        const results = this.call('requirements', [
            unsigned(margin),
            unsigned(params.minContribution),
            rate(params.auctionMaxDiscountBps),
            signed(notVested),
            ...holdingWords(holdings),
        ]);
        return {
            profit: results.i64(),
            equity: results.i64(),
            equityFavourable: results.i64(),
            collateral: results.i64(),
            initialMargin: results.u64(),
            maintenanceMargin: results.u64(),
            requiredContribution: results.u64(),
            stressLoss: results.u64(),
            freeMargin: results.u64(),
            isLiquidatable: results.u64() === 1n,
        };
    }

    /**
     * The intervals of a mark, by its confidence, its age, the range of the last seconds, and a later print that was too
     * uncertain to become the mark (a price of zero is none).
     */
    intervals(input: {
        readonly price: bigint;
        readonly confidence: bigint;
        readonly confidenceMultiple: number;
        readonly maintenanceBps: number;
        /** The base rate, which the width of B ends at. */
        readonly stressBps: number;
        readonly ageFullSecs: number;
        readonly ageMs: bigint;
        readonly range: Market['range'];
        /** Chain time in seconds. */
        readonly now: bigint;
        readonly uncertainPrice: bigint;
        readonly uncertainConfidence: bigint;
    }): Intervals {
        const { cell, high, highBefore, low, lowBefore } = input.range;
        const results = this.call('intervals', [
            unsigned(input.price),
            unsigned(input.confidence),
            ...[input.confidenceMultiple, input.maintenanceBps, input.stressBps, input.ageFullSecs].map(rate),
            unsigned(input.ageMs),
            ...[cell, high, low, highBefore, lowBefore].map(unsigned),
            signed(input.now),
            unsigned(input.uncertainPrice),
            unsigned(input.uncertainConfidence),
        ]);
        return {
            others: { low: results.u64(), high: results.u64() },
            oneself: { low: results.u64(), high: results.u64() },
        };
    }

    /** A market as a judgement at this moment takes it. A final mark is never in doubt. */
    marketAt(market: Market, params: Pick<Fund['params'], 'ageFullSecs' | 'slotMs'>, moment: Moment): MarketQuote {
        const { baseRates, confidenceMultiple, mark, range, rates } = market;
        const quote = marketQuote(market);
        if (market.finalTs !== 0n) {
            const exact = { low: mark.price, high: mark.price };
            return { ...quote, intervals: { others: exact, oneself: exact } };
        }
        const isUncertain = market.silence === UNCERTAIN;
        const intervals = this.intervals({
            price: mark.price,
            confidence: mark.confidence,
            confidenceMultiple,
            maintenanceBps: rates.maintenanceBps,
            stressBps: baseRates.stressBps,
            ageFullSecs: params.ageFullSecs,
            ageMs: ageMs(market, moment, params.slotMs),
            range,
            now: moment.ts,
            uncertainPrice: isUncertain ? market.uncertainPrice : 0n,
            uncertainConfidence: isUncertain ? market.uncertainConfidence : 0n,
        });
        return { ...quote, intervals };
    }

    /**
     * Requirements of a member at a moment, as what it does itself is judged: with the age of each mark, the range of
     * its last seconds, and what has vested. An action cranks first: at the slot of the mark, the same print is judged as
     * it will be then.
     */
    requirementsOf(member: Member, fund: Fund, markets: readonly Market[], moment: Moment): Requirements {
        const holdings = holdingsOf(member, markets, (market) => this.marketAt(market, fund.params, moment));
        const requirements = this.requirements(member.margin, holdings, fund.params, unvested(member, fund, moment));
        return withLocked(requirements, member.locked);
    }

    /** The effect of `liquidate`, with at most `lots` of the target's holding number `index`. */
    liquidation(input: {
        readonly margin: bigint;
        readonly holdings: readonly Holding[];
        readonly index: number;
        readonly liquidator?: Position;
        readonly lots: bigint;
        readonly params: Pick<Fund['params'], 'liquidationBonusBps' | 'liquidationFeeBps' | 'liquidationBufferBps'>;
    }): LiquidationQuote {
        const { holdings, index, liquidator = NO_POSITION, lots, margin, params } = input;
        const terms = [params.liquidationBonusBps, params.liquidationFeeBps, params.liquidationBufferBps];
        const results = this.call('liquidation', [
            ...terms.map(rate),
            unsigned(lots),
            ...words(liquidator),
            unsigned(margin),
            rate(index),
            ...holdingWords(holdings),
        ]);
        return {
            lots: results.i64(),
            notional: results.u64(),
            bonus: results.u64(),
            fee: results.u64(),
            target: results.position(),
            liquidator: results.position(),
        };
    }

    /** Shares that a contribution would buy. */
    sharesFor(fund: Pick<Fund, 'contributions' | 'totalShares'>, amount: bigint): bigint {
        return this.call('shares_for', [...bookWords(fund), unsigned(amount)]).u128();
    }

    /** The value of shares. */
    shareValue(fund: Pick<Fund, 'contributions' | 'totalShares'>, shares: bigint): bigint {
        return this.call('share_value', [...bookWords(fund), ...wide(shares)]).u64();
    }

    /** The clearing fee of one side of a trade. */
    fee(notional: bigint, params: Pick<Fund['params'], 'clearingFeeBps' | 'rewardShareBps'>): FeeQuote {
        const rates = [params.clearingFeeBps, params.rewardShareBps].map(rate);
        const results = this.call('fee', [unsigned(notional), ...rates]);
        return { fee: results.u64(), toRewards: results.u64(), toTreasury: results.u64() };
    }

    /** The price per lot that a taker pays to the house, this many slots into the auction. */
    auctionPrice(
        mark: bigint,
        houseLots: bigint,
        elapsed: bigint,
        params: Pick<Fund['params'], 'auctionMaxDiscountBps' | 'auctionSlots'>,
    ): bigint {
        const terms = [params.auctionMaxDiscountBps, params.auctionSlots].map(rate);
        return this.call('auction_price', [...terms, unsigned(mark), signed(houseLots), unsigned(elapsed)]).u64();
    }

    private call(name: QuoteName, input: readonly bigint[]): Results {
        const { memory, words: start } = this.module;
        const exchange = new BigUint64Array(memory.buffer, start(), EXCHANGE_WORDS);
        if (input.length > exchange.length) {
            throw new QuoteError('Overflow');
        }
        exchange.set(input);
        const status = this.module[name]();
        if (status !== 0) {
            throw new QuoteError(REASONS[status - 1] ?? 'Overflow');
        }
        return new Results(exchange);
    }
}

/** Words of the module's exchange area. */
const EXCHANGE_WORDS = 256;

/** Reads results in order. */
class Results {
    private next = 0;

    constructor(private readonly exchange: BigUint64Array) {}

    u64(): bigint {
        return this.exchange[this.next++] ?? 0n;
    }

    i64(): bigint {
        return BigInt.asIntN(WORD, this.u64());
    }

    u128(): bigint {
        const low = this.u64();
        return low | (this.u64() << BigInt(WORD));
    }

    position(): Position {
        return { lots: this.i64(), raw: BigInt.asIntN(2 * WORD, this.u128()) };
    }
}

// Typed arrays wrap silently: a number that is no word would become another one.

function fitting(number: bigint, word: bigint): bigint {
    if (number !== word) {
        throw new QuoteError('Overflow');
    }
    return number;
}

function unsigned(number: bigint): bigint {
    return fitting(number, BigInt.asUintN(WORD, number));
}

function signed(number: bigint): bigint {
    return BigInt.asUintN(WORD, fitting(number, BigInt.asIntN(WORD, number)));
}

/** A rate or a count, which accounts hold as plain numbers. */
function rate(number: number): bigint {
    return unsigned(BigInt(number));
}

/** An unsigned number of 128 bits as two words. */
function wide(number: bigint): bigint[] {
    return [BigInt.asUintN(WORD, number), unsigned(number >> BigInt(WORD))];
}

function words({ lots, raw }: Position): bigint[] {
    return [signed(lots), ...wide(BigInt.asUintN(2 * WORD, fitting(raw, BigInt.asIntN(2 * WORD, raw))))];
}

function ends({ low, high }: Interval): bigint[] {
    return [low, high];
}

function holdingWords(holdings: readonly Holding[]): bigint[] {
    const each = holdings.flatMap(({ position, market: { price, intervals, scale, rates, concentration } }) => [
        ...words(position),
        ...[price, ...ends(intervals.others), ...ends(intervals.oneself), scale].map(unsigned),
        ...[rates.initialBps, rates.maintenanceBps, rates.contributionBps, rates.stressBps].map(rate),
        unsigned(concentration.concentrationLots),
        rate(concentration.concentrationBps),
    ]);
    return [rate(holdings.length), ...each];
}

function bookWords({ contributions, totalShares }: Pick<Fund, 'contributions' | 'totalShares'>): bigint[] {
    return [unsigned(contributions), ...wide(totalShares)];
}

/** The module beside this file: from disk in Node, by `fetch` in a browser. */
async function ownModule(): Promise<BufferSource> {
    const url = new URL('../quotes.wasm', import.meta.url);
    if (url.protocol === 'file:') {
        const { readFile } = await import('node:fs/promises');
        return readFile(url);
    }
    const response = await fetch(url);
    if (!response.ok) {
        throw new Error(`${url} cannot be loaded: ${response.status}`);
    }
    return response.arrayBuffer();
}
