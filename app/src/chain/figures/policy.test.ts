import { cover, DAY_SECS, getCoverDecoder, policyPayout, type Cover } from 'bulkhead-client';
import { expect, test } from 'vitest';
import { marketOf, rawOf, tokens, usd } from '../../../tests/support/fund.js';
import type { PolicyState } from '../model.js';
import { bookFigures, startOf } from './policy.js';

const zero = <T>(decoder: { decode: (bytes: Uint8Array) => T; fixedSize: number }): T => decoder.decode(new Uint8Array(decoder.fixedSize));

/** Bought on day 20,000 for eight days. */
const BOUGHT = 20_000;
const EXPIRES = BOUGHT + 8;
const book = (fields: Partial<cover.PolicyBook> = {}): cover.PolicyBook => ({
    ...zero(cover.getPolicyBookDecoder()),
    deductibleBps: 100,
    capBps: 1_000,
    coinsuranceBps: 1_000,
    thetaBps: 12_000,
    leastVolatilityBps: 4_000,
    minTermDays: 8,
    maxTermDays: 12,
    coverIndex: 2,
    ...fields,
});
const policy = (fields: Partial<cover.Policy> = {}): cover.Policy => ({
    ...zero(cover.getPolicyDecoder()),
    book: 'book' as cover.Policy['book'],
    termDays: 8,
    expiryDay: EXPIRES,
    insured: tokens(5_000),
    most: tokens(450),
    ...fields,
});
const expiry = (fields: Partial<cover.Expiry> = {}): cover.Expiry => {
    const base = zero(cover.getExpiryDecoder());
    return { ...base, book: 'book' as cover.Expiry['book'], day: EXPIRES, policies: 1n, ...fields };
};
const started = (exitPrice = 0n) => {
    const [first, ...others] = expiry().cohorts;
    return { cohorts: [{ ...first!, insured: tokens(5_000), entryPrice: usd(200) }, ...others], exitPrice };
};
const coverOf = (fields: Partial<Cover> = {}): Cover => ({
    ...zero(getCoverDecoder()),
    index: 2,
    kind: 2,
    limit: tokens(1_000),
    perDraw: tokens(900),
    periodLimit: tokens(1_000),
    ...fields,
});

interface Parts {
    readonly book?: Partial<cover.PolicyBook>;
    readonly policy?: Partial<cover.Policy>;
    readonly day?: Partial<cover.Expiry>;
    readonly cover?: Partial<Cover>;
    readonly now?: bigint;
}

const of = (parts: Parts) => {
    const raw = rawOf({
        clock: { slot: 1n, ts: parts.now ?? startOf(BOUGHT) },
        markets: [marketOf(usd(200))],
        covers: [{ address: 'cover', data: coverOf(parts.cover) }],
        books: [{ address: 'book', data: book(parts.book) }],
        days: [{ address: 'day', data: expiry(parts.day) }],
        policies: [{ address: 'policy', data: policy(parts.policy) }],
    });
    return bookFigures(raw)[0]!;
};
const first = (parts: Parts) => of(parts).policies[0]!;

/** The book has noted this day from its beginning for so many seconds, and is in a later one. */
const noted = (day: number, secs: number): Partial<cover.PolicyBook> => ({
    notedTs: startOf(day + 1),
    days: [{ day, secs, variance: 0n, priceSeconds: 1n }],
});

test('a book sells what its cover can pay beside everything that is pledged, drawn and owed', () => {
    expect(of({ book: { pledged: tokens(100) } }).room, 'the least of the three limits').toBe(tokens(800));
    expect(of({ book: { pledged: tokens(100) }, cover: { drawn: tokens(50), owed: tokens(25) } }).room).toBe(tokens(725));
    expect(of({ book: { pledged: tokens(100) }, cover: { limit: tokens(50) } }).room, 'never less than nothing').toBe(0n);
    const periodTs = startOf(BOUGHT) - (startOf(BOUGHT) % 604_800n);
    const lapsed = { periodTs, periodDrawn: tokens(700), periodBefore: tokens(40) };
    expect(of({ cover: lapsed }).room, 'what has lapsed in its period is used up').toBe(tokens(260));
    expect(bookFigures(rawOf({ books: [{ address: 'book', data: book() }] })), 'of a cover that is not known').toEqual([]);
});

test('the days of entry and exit come after the purchase and after the expiry', () => {
    const { entryTs, exitTs, settlesTs } = first({});
    expect([entryTs, exitTs, settlesTs]).toEqual([BOUGHT + 1, EXPIRES + 1, EXPIRES + 2].map(startOf));
});

test('a policy goes its way', () => {
    const state = (parts: Parts): PolicyState => first(parts).state;
    expect(state({})).toBe('waiting');
    expect(state({ book: noted(BOUGHT, DAY_SECS) }), 'the day of the purchase is not that of entry').toBe('waiting');
    expect(state({ book: noted(BOUGHT + 1, DAY_SECS / 2 - 1) }), 'covered by less than half').toBe('nothing');
    expect(state({ book: { ...noted(BOUGHT + 1, DAY_SECS), notedTs: startOf(BOUGHT + 2) - 1n } }), 'not over').toBe('waiting');
    expect(state({ book: noted(BOUGHT + 1, DAY_SECS / 2) })).toBe('startable');
    expect(state({ book: noted(BOUGHT + 4, DAY_SECS) }), 'no later day takes its place').toBe('nothing');
    const inForce = { policy: { isStarted: true }, day: started() };
    expect(state({ ...inForce, now: startOf(EXPIRES + 1) - 1n })).toBe('in-force');
    expect(state({ ...inForce, now: startOf(EXPIRES + 1) })).toBe('expired');
});

test('what it is paid is its part of what its day has got', () => {
    const exit = usd(300);
    const payout = policyPayout(book(), tokens(5_000), usd(200), exit);
    const settled = { policy: { isStarted: true }, day: { ...started(exit), state: 1, total: payout } };
    expect(first(settled)).toMatchObject({ state: 'settled', payout, pay: undefined, entryPrice: usd(200), exitPrice: exit });
    const open = (fields: Partial<cover.Expiry>, now = 5n) =>
        first({ ...settled, day: { ...settled.day, state: 2, reserved: payout, expiresTs: 10n, ...fields }, now });
    expect(open({})).toMatchObject({ state: 'payable', pay: payout, claimUntilTs: 10n });
    expect(open({ reserved: payout / 2n }), 'one ratio for everyone').toMatchObject({ state: 'payable', pay: payout / 2n });
    expect(open({ total: payout * 2n, reserved: payout }).pay).toBe(payout / 2n);
    expect(open({}, 10n).state, 'the time is over').toBe('over');
    expect(open({ state: 3 }).state).toBe('over');
    expect(open({ reserved: 0n }).state, 'the fund had nothing').toBe('nothing');
    expect(open({ exitPrice: usd(200) }).state, 'the price has not moved').toBe('nothing');
    expect(open({ exitPrice: 0n, total: 0n }), 'its day of exit has no price').toMatchObject({ state: 'nothing', exitPrice: undefined });
    const unstarted = first({ day: { ...settled.day, state: 2, reserved: payout, expiresTs: 10n } });
    expect(unstarted, 'nobody has started it').toMatchObject({ state: 'nothing', pay: 0n, entryPrice: undefined });
    expect(first({ day: settled.day }).state).toBe('nothing');
});
