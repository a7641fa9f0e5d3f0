/** Policies on impermanent loss: what books sell, and where each policy of the wallet stands. @module */

import { DAY_SECS, dayOf, policyPayout, type cover } from 'bulkhead-client';
import type { BookFigures, PolicyFigures, PolicyState } from '../model.js';
import { inPeriod } from './cover.js';
import { symbolOf } from './market.js';
import { max, min, type Addressed, type Raw } from './raw.js';

/** States of a day, by their numbers. */
const RUNNING = 0;
const DRAWN = 1;
const OPEN = 2;
/** Cohorts of a day are by term: the first one is this. */
const LEAST_TERM_DAYS = 8;

export function bookFigures(raw: Raw): BookFigures[] {
    return raw.books.flatMap(({ address, data: book }) => {
        const market = raw.markets[book.marketIndex];
        const cover = raw.covers.find(({ data }) => data.index === book.coverIndex)?.data;
        if (!market || !cover) {
            return [];
        }
        const { capBps, coinsuranceBps, deductibleBps, leastVolatilityBps, thetaBps } = book;
        const most = min(cover.limit, min(cover.perDraw, cover.periodLimit));
        const own = raw.policies.filter(({ data }) => data.book === address);
        return [
            {
                address,
                cover: book.coverIndex,
                market: book.marketIndex,
                symbol: symbolOf(market),
                priceDecimals: market.priceDecimals,
                terms: { capBps, coinsuranceBps, deductibleBps, leastVolatilityBps, thetaBps },
                minInsured: book.minInsured,
                termDays: [book.minTermDays, book.maxTermDays],
                variance: market.adjusted.variance,
                pledged: book.pledged,
                room: max(0n, min(most - cover.drawn - cover.owed, cover.periodLimit - inPeriod(cover, raw.clock.ts)) - book.pledged),
                notedTs: book.notedTs > 0n ? book.notedTs : undefined,
                policies: own
                    .toSorted((a, b) => Number(b.data.number - a.data.number))
                    .map((policy) => policyFigures(policy, book, dayIn(raw, address, policy.data.expiryDay), raw.clock.ts)),
            },
        ];
    });
}

function dayIn({ days }: Raw, book: string, day: number): cover.Expiry | undefined {
    return days.find(({ data }) => data.book === book && data.day === day)?.data;
}

/** The second in which a UTC day begins. */
export const startOf = (day: number): bigint => BigInt(day) * BigInt(DAY_SECS);

function policyFigures({ address, data: policy }: Addressed<cover.Policy>, book: cover.PolicyBook, day: cover.Expiry | undefined, now: bigint): PolicyFigures {
    const entryDay = policy.expiryDay - policy.termDays + 1;
    const cohort = day?.cohorts[policy.termDays - LEAST_TERM_DAYS];
    const isSettled = day !== undefined && day.state !== RUNNING;
    const payout = isSettled && cohort && policy.isStarted ? policyPayout(book, policy.insured, cohort.entryPrice, day.exitPrice) : 0n;
    const isOpen = day !== undefined && day.state > DRAWN;
    const pay = isOpen && day.total > 0n ? (payout * min(day.reserved, day.total)) / day.total : 0n;
    return {
        address,
        book: policy.book,
        number: policy.number,
        insured: policy.insured,
        premium: policy.premium,
        most: policy.most,
        termDays: policy.termDays,
        state: stateOf(policy, book, day, pay, now),
        entryTs: startOf(entryDay),
        exitTs: startOf(policy.expiryDay + 1),
        settlesTs: startOf(policy.expiryDay + 2),
        entryPrice: policy.isStarted && cohort ? cohort.entryPrice : undefined,
        exitPrice: isSettled && day.exitPrice > 0n ? day.exitPrice : undefined,
        payout: isSettled ? payout : undefined,
        pay: isOpen ? pay : undefined,
        claimUntilTs: isOpen ? day.expiresTs : undefined,
    };
}

function stateOf(policy: cover.Policy, book: cover.PolicyBook, day: cover.Expiry | undefined, pay: bigint, now: bigint): PolicyState {
    if (!day || day.state === RUNNING) {
        if (!policy.isStarted) {
            return withoutEntry(book, policy.expiryDay - policy.termDays + 1);
        }
        return dayOf(now) <= policy.expiryDay ? 'in-force' : 'expired';
    }
    if (day.state === DRAWN) {
        return policy.isStarted ? 'settled' : 'nothing';
    }
    if (pay === 0n) {
        return 'nothing';
    }
    return day.state === OPEN && now < day.expiresTs ? 'payable' : 'over';
}

/** A policy that is not in force: its day of entry is not over, has a price, or has none and never will. */
function withoutEntry({ days, notedTs }: Pick<cover.PolicyBook, 'days' | 'notedTs'>, entry: number): PolicyState {
    if (entry >= dayOf(notedTs)) {
        return 'waiting';
    }
    return days.some(({ day, secs }) => day === entry && secs >= DAY_SECS / 2) ? 'startable' : 'nothing';
}
