import { holdingsOf, movedTo, type Quotes } from 'bulkhead-client';
import { beforeAll, describe, expect, test } from 'vitest';
import { fundOf, marketOf, memberOf, rawOf, sharesOf, tokens, usd } from '../../../tests/support/fund.js';
import { loadQuotes } from '../../../tests/support/quotes.js';
import { liquidationPrice, memberFigures } from './member.js';

let quotes: Quotes;
beforeAll(async () => {
    quotes = await loadQuotes();
});

describe('the liquidation price', () => {
    test.each([
        ['long', 1_000n],
        ['short', -1_000n],
    ])('of a %s is the first price at which the program liquidates', (_, lots) => {
        const markets = [marketOf(usd(200))];
        const member = memberOf({ margin: tokens(400) }, lots, usd(200));
        const holdings = holdingsOf(member, markets);
        const found = liquidationPrice(member.margin, holdings, 0, quotes)!;
        const isLiquidated = (price: bigint) => {
            const [holding] = holdings;
            return quotes.requirements(
                member.margin,
                [{ ...holding!, market: movedTo(holding!.market, price) }],
                { minContribution: 0n, auctionMaxDiscountBps: 0 },
            ).isLiquidatable;
        };
        const inward = lots > 0n ? 1n : -1n;
        expect(isLiquidated(found)).toBe(true);
        expect(isLiquidated(found + inward)).toBe(false);
        expect(lots > 0n ? found < usd(200) : found > usd(200)).toBe(true);
    });

    test('is the mark for whoever is below maintenance margin already, and none for whoever survives every price', () => {
        const markets = [marketOf(usd(200))];
        const broke = memberOf({ margin: 1n }, 1_000n, usd(200));
        expect(liquidationPrice(broke.margin, holdingsOf(broke, markets), 0, quotes)).toBe(usd(200));
        const rich = memberOf({ margin: tokens(10_000) }, 1_000n, usd(200));
        expect(liquidationPrice(rich.margin, holdingsOf(rich, markets), 0, quotes)).toBeUndefined();
        expect(liquidationPrice(1n, [], 0, quotes)).toBeUndefined();
    });
});

describe('leaving', () => {
    /** At a second after which exits were always open, with the slots that it takes: the exit clock reads the same. */
    const stageAt = (ts: bigint, exitReadySecs = 0n, exits: object = {}) => {
        const params = { exitDelaySlots: 150, slotMs: 400 };
        const quiet = { ts: 0n, slot: 0n, millis: 0n, carryMs: 0n, reopened: 0n, seriesSince: 0n, graceUntilTs: 0n, openWatches: 0, holdUntilTs: 0n };
        const state = { contributions: tokens(100), totalShares: sharesOf(quotes, tokens(100)), exits: { ...quiet, ...exits } };
        const fund = fundOf(state as Parameters<typeof fundOf>[0], params);
        const member = memberOf({ shares: fund.totalShares, noticeShares: fund.totalShares, noticeReadySecs: 10_000n, exitReadySecs });
        return memberFigures('member', member, rawOf({ clock: { slot: (ts * 5n) / 2n, ts }, fund }), quotes).exit!;
    };

    test('has a notice, a window, a commitment and a payment, each at its moment', () => {
        expect(stageAt(9_999n).stage).toBe('notice');
        expect(stageAt(10_000n).stage).toBe('window');
        expect(stageAt(10_059n, 10_060n).stage).toBe('committed');
        expect(stageAt(10_060n, 10_060n).stage).toBe('payable');
        expect(stageAt(10_119n, 10_060n).stage).toBe('payable');
        expect(stageAt(10_120n, 10_060n).stage).toBe('missed');
        expect(stageAt(10_120n, 10_060n, { reopened: 10_001n, seriesSince: 10_001n }).stage).toBe('window');
        expect(stageAt(10_000n + 86_400n).stage).toBe('missed');
    });

    test('names the dates: the window closes after its length, and half of it stops what may put an exit off', () => {
        expect(stageAt(100n)).toMatchObject({ closesTs: 96_400n, overdueTs: 53_200n, amount: tokens(100) });
    });

    test('waits while exits are blocked', () => {
        expect(stageAt(10_000n, 0n, { graceUntilTs: 600n })).toMatchObject({ stage: 'notice', readyTs: 10_600n });
    });
});

test('what each layer can take is the member’s own, and no more', () => {
    const fund = fundOf({ contributions: tokens(400), totalShares: sharesOf(quotes, tokens(400)), coolingOff: 1 });
    const member = memberOf(
        { margin: tokens(300), shares: fund.totalShares / 4n, assessmentCapBps: 5_000, coolingOff: 1, assessed: tokens(20) },
        1_000n,
        usd(190),
    );
    const { atRisk, partBps } = memberFigures('member', member, rawOf({ fund }), quotes);
    expect(atRisk).toEqual({
        margin: tokens(300),
        survivors: tokens(100),
        assessments: tokens(30), // half of the contribution, less what was paid in this cooling-off period
        gains: tokens(100), // ten of the asset, ten dollars up
    });
    expect(partBps).toBe(2_500n);
});

test('shares of an ended epoch are worth nothing and are told', () => {
    const fund = fundOf({ shareEpoch: 3n, contributions: tokens(50), totalShares: sharesOf(quotes, tokens(50)) });
    const figures = memberFigures('member', memberOf({ shares: 777n, shareEpoch: 2n }), rawOf({ fund }), quotes);
    expect(figures).toMatchObject({ contribution: 0n, shares: 0n, endedShares: 777n, isEmpty: false });
});

test('requirements are unknown, not zero, while a market has no price', () => {
    const raw = rawOf({ markets: [marketOf(0n)] });
    expect(memberFigures('member', memberOf({ margin: tokens(1) }, 1_000n, usd(200)), raw, quotes).health).toBeUndefined();
});
