import { cover as claims, getCoverDecoder, type Cover } from 'bulkhead-client';
import { expect, test } from 'vitest';
import { fundOf, marketOf, rawOf, tokens, usd } from '../../../tests/support/fund.js';
import { coversFigures, thereFor } from './cover.js';
import { panelFigures } from './loss.js';

const SLOT = 100n;
const NOW = 10_000_000n;
const coverOf = (fields: Partial<Cover> = {}): Cover => ({
    ...getCoverDecoder().decode(new Uint8Array(getCoverDecoder().fixedSize)),
    limit: tokens(220),
    perDraw: tokens(220),
    periodLimit: tokens(220),
    opensTs: NOW - 1_000n,
    endsTs: NOW + 1_000_000_000n,
    premiumTs: NOW,
    ...fields,
});
/** A treasury of 100 with a floor of 50, contributions of 1,000: the example of docs/covers.md. */
const FUND = { treasury: tokens(100), contributions: tokens(1_000), totalShares: 2n ** 40n, committed: tokens(220) };
const of = (cover: Partial<Cover>, fund: object = {}, params: object = {}) => {
    const clock = { slot: SLOT, ts: NOW };
    const covered = fundOf({ ...FUND, ...fund }, { treasuryFloor: tokens(50), coverBudgetBps: 2_000, ...params });
    return coversFigures(rawOf({ clock, fund: covered, covers: [{ address: 'cover', data: coverOf(cover) }] }));
};

test('what contributors can lose is what is pledged, less the treasury above its floor', () => {
    const figures = of({});
    expect([figures.pledged, figures.budget, figures.treasuryFree]).toEqual([tokens(220), tokens(220), tokens(50)]);
    expect([figures.fromContributions, figures.fromContributionsPpm]).toEqual([tokens(170), 170_000n]);
});

test('what is there is what a settlement can take, whatever is exposed', () => {
    const [none, ...rest] = fundOf().exposures;
    const exposures = [{ ...none!, stressLoss: tokens(300), contribution: tokens(100) }, ...rest];
    expect(of({}, { exposures }).there).toBe(of({}).there);
    // A unit of contributions per 2^40 shares, begun or not, keeps the price of shares alive.
    expect(thereFor(rawOf({ fund: fundOf({ ...FUND, totalShares: 2n ** 40n + 1n }, { treasuryFloor: tokens(50) }) })).all).toBe(tokens(1_050) - 2n);
    expect(of({}, { status: 2 }).there, 'nothing in a wind-down').toBe(0n);
});

test('premium is paid until the second in which it is used up', () => {
    // 1,000 at 5% cost 0.50 in a hundredth of a year.
    const terms = { limit: tokens(1_000), premiumBpsPerYear: 500, prepaid: tokens(0.5) };
    const [cover] = of(terms, { committed: tokens(1_000) }).covers;
    expect(cover!.premiumYear).toBe(tokens(50));
    expect(cover!.paidUntilTs).toBe(NOW + 315_576n);
    const [ends] = of({ ...terms, endsTs: NOW + 300_000n }, { committed: tokens(1_000) }).covers;
    expect(ends!.paidUntilTs, 'it outlasts the cover').toBeUndefined();
});

test('a status and what anyone can do follow from the account and the clock', () => {
    const first = (cover: Partial<Cover>) => {
        const [figures] = of(cover).covers;
        return [figures!.status, figures!.can] as const;
    };
    expect(first({})).toEqual(['active', []]);
    expect(first({ opensTs: NOW + 1n })).toEqual(['waiting', []]);
    expect(first({ premiumBpsPerYear: 500, prepaid: 1n, premiumTs: NOW - 5n })).toEqual(['active', ['accrue']]);
    expect(first({ owed: 5n, payable: 3n })).toEqual(['active', ['settle', 'collect']]);
    expect(first({ owed: 5n, status: 1 })).toEqual(['suspended', []]);
    expect(first({ lapsedTs: NOW - 1_209_599n })).toEqual(['lapsed', []]);
    expect(first({ lapsedTs: NOW - 1_209_600n })).toEqual(['lapsed', ['end']]);
    expect(first({ endsTs: NOW - 1_209_600n, liveUntilTs: NOW + 1n })).toEqual(['over', []]);
    expect(first({ status: 2, prepaid: 1n })).toEqual(['ended', ['refund']]);
});

test('a venue is bounded by the fall of its market', () => {
    const clock = { slot: SLOT, ts: NOW };
    const base = marketOf(usd(140));
    const cell = NOW / 900n;
    const gap = { cell: cell - 1n, high: usd(200), low: usd(200), highBefore: usd(190), lowBefore: usd(190) };
    const range = { cell: NOW / 10n, high: usd(140), low: usd(140), highBefore: usd(140), lowBefore: usd(140) };
    const market = { ...base, gap, recent: range, mark: { ...base.mark, slot: SLOT, publishTs: NOW } };
    const terms = { kind: 1, thresholdBps: 8_500, coveredDebt: tokens(1_000), cell: cell - 1n, cellDrawn: tokens(100), beforeDrawn: tokens(7) };
    const raw = rawOf({ clock, markets: [market], fund: fundOf(FUND), covers: [{ address: 'cover', data: coverOf(terms) }] });
    const [cover] = coversFigures(raw).covers;
    // At 200 the pool liquidates at 170: at 140 a loan lacks 30 of 170 at most.
    expect(cover!.venue).toMatchObject({ high: usd(200), price: usd(140), bound: 176_470_588n, reported: tokens(100) });
    expect(cover!.can).toContain('show-gap');
    const late = coversFigures({ ...raw, clock: { ...clock, ts: NOW + 1_800n } }).covers[0]!;
    expect(late.venue).toMatchObject({ high: usd(140), bound: 0n, reported: 0n });
});

test('holds come out of a bucket that refills by a second in three', () => {
    const exits = { ...fundOf().exits, holdTs: NOW - 30n, holdUntilTs: NOW + 60n, holdUsedSecs: 100n };
    expect(of({}, { exits })).toMatchObject({ heldUntilTs: NOW + 60n, holdRoomSecs: 1_209_600n - 90n });
    expect(of({}, { exits: { ...exits, holdUntilTs: NOW } }).heldUntilTs).toBeUndefined();
});

test('a loss says what anyone can do about it', () => {
    const panel = { ...claims.getPanelDecoder().decode(new Uint8Array(claims.getPanelDecoder().fixedSize)), keyCount: 3, quorum: 2 };
    const base = { ...claims.getLossDecoder().decode(new Uint8Array(claims.getLossDecoder().fixedSize)), panel: 'panel' as typeof panel.fund };
    const can = (fields: Partial<claims.Loss>, owed = 0n) => {
        const raw = rawOf({
            clock: { slot: SLOT, ts: NOW },
            covers: [{ address: 'cover', data: coverOf({ owed }) }],
            panels: [{ address: 'panel', data: panel }],
            losses: [{ address: 'loss', data: { ...base, ...fields } }],
        });
        return panelFigures(raw)[0]!.losses[0]!.can;
    };
    expect(can({ dueTs: NOW + 1n, bond: 1n })).toEqual([]);
    expect(can({ dueTs: NOW })).toEqual(['decide']);
    const voting = { state: 1, dueTs: NOW + 1n, postedTs: NOW - 86_399n, leaves: 1 };
    expect(can({ ...voting, approvals: 0b101 }), 'the root is not public for a day').toEqual([]);
    expect(can({ ...voting, approvals: 0b101, postedTs: NOW - 86_400n })).toEqual(['decide']);
    expect(can({ ...voting, rejections: 0b011 }), 'no quorum is left').toEqual(['decide']);
    expect(can({ state: 2, bond: 1n }, 5n)).toEqual(['settle-bond']);
    expect(can({ state: 2 })).toEqual(['open-claims']);
    expect(can({ state: 3, expiresTs: NOW })).toEqual(['expire']);
});
