import {
    changed,
    changeIn,
    exitClockTime,
    fundChange,
    marketChange,
    oracleChange,
    windowCloses,
    type Fund,
    type Market,
    type ParameterChange,
    type ParameterChangeArgs,
} from 'bulkhead-client';
import type { ChangeDraft, Difference, Figure, GovernanceFigures, Parameter, QueuedChangeFigures } from '../model.js';
import { symbolOf } from './market.js';
import type { Raw } from './raw.js';

const HOUR = 3_600n;
const DAY = 24n * HOUR;
/** The shortest wait of a change. */
const TIMELOCK_SECS = DAY;
/** How long a change can be applied. */
const CHANGE_WINDOW_SECS = 14n * DAY;

type Unit = 'money' | 'seconds' | 'slots' | 'bps' | 'lots' | 'count' | 'time';

/** A parameter: what it is called, what it does, and the hard bounds that the program holds it to. */
interface Spec {
    readonly label: string;
    readonly unit: Unit;
    readonly help: string;
    readonly least?: bigint;
    readonly most?: bigint;
}

const spec = (label: string, unit: Unit, help: string, least?: bigint, most?: bigint): Spec => ({
    label,
    unit,
    help,
    ...(least !== undefined && { least }),
    ...(most !== undefined && { most }),
});

const FUND: Readonly<Record<string, Spec>> = {
    minContribution: spec('Least contribution', 'money', 'A member that holds positions has contributed at least this.'),
    treasuryFloor: spec('Treasury floor', 'money', 'Governance must leave at least this in the treasury.'),
    treasuryFloorBps: spec('Treasury floor, of contributions', 'bps', 'The larger of the two floors holds.', 0n, 10_000n),
    noticeSecs: spec('Notice period', 'seconds', 'Time between asking for a contribution back and being able to claim it.', HOUR, 92n * DAY),
    claimWindowSecs: spec('Claim window', 'seconds', 'Time in which a due withdrawal can be claimed.', HOUR, 30n * DAY),
    exitDelaySlots: spec('Exit delay', 'slots', 'Slots between committing to an exit and being paid.', 0n, 1_500n),
    watchSecs: spec('Watch', 'seconds', 'How long watches on one member may block exits in a day.', 0n, HOUR / 2n),
    watchDaySecs: spec('All watches', 'seconds', 'How long all watches together may block exits in a day.', 0n, 4n * HOUR),
    graceDaySecs: spec('All grace periods', 'seconds', 'How long grace periods may block exits in a day; a default beyond it is final at once.', 0n, 4n * HOUR),
    vestSecs: spec('Vesting period', 'seconds', 'A settled gain can be used or withdrawn after one to two of them.', 60n, DAY),
    registerSecs: spec('Time to register gains', 'seconds', 'How long members register their gains before these are cut.', 600n, 7n * DAY),
    coverBudgetBps: spec('Cover budget', 'bps', 'Most of treasury and contributions that covers may pledge together; zero: there are none.', 0n, 2_500n),
    coverMinNoticeSecs: spec('Notice that covers are promised', 'seconds', 'A fund with covers has no shorter notice period, and never lowers this.', 0n, 92n * DAY),
    outflowCapBps: spec('Outflow cap', 'bps', 'Part of the contributions that may leave within a day; zero turns it off.', 0n, 10_000n),
    coverLimitBps: spec('Cover limit', 'bps', 'Part of the mutual resources that one member may endanger.', 1n, 5_000n),
    crowdingLimitBps: spec('Crowding limit', 'bps', 'Most that one whole side of every market could cost together, of treasury and contributions.', 1n, 200_000n),
    clearingFeeBps: spec('Clearing fee', 'bps', 'Each side of a trade pays this of the notional. It can only fall.', 0n, 100n),
    rewardShareBps: spec('Contributors’ share of fees', 'bps', 'The rest goes to the treasury.', 0n, 10_000n),
    maxMarkAgeSlots: spec('Oldest mark', 'slots', 'An older mark prices nothing.', 1n, 150n),
    defaultConfirmSlots: spec('Grace period', 'slots', 'A member with negative equity can top up for this long.', 0n, 1_500n),
    liquidationBonusBps: spec('Liquidation bonus', 'bps', 'What a liquidator gets, of the notional it takes.', 0n, 1_000n),
    liquidationFeeBps: spec('Liquidation fee', 'bps', 'What the treasury gets, of the notional taken.', 0n, 1_000n),
    liquidationBufferBps: spec('Liquidation buffer', 'bps', 'How far beyond initial margin a liquidation may bring its target.', 0n, 10_000n),
    auctionSlots: spec('Auction', 'slots', 'Slots until the house’s discount is at its cap.', 10n, 216_000n),
    auctionMaxDiscountBps: spec('Largest auction discount', 'bps', 'The most that the house gives away of a price.', 0n, 2_500n),
    assessmentCapBps: spec('Assessment cap', 'bps', 'Most a member can be assessed in a cooling-off period, of its contribution.', 0n, 20_000n),
    assessmentSecs: spec('Time to pay an assessment', 'seconds', 'What is not collected by then lapses.', 600n, 7n * DAY),
    coolingOffSecs: spec('Cooling-off period', 'seconds', 'Period over which the assessment cap holds.', DAY, 92n * DAY),
    callSecs: spec('Time to meet a contribution call', 'seconds', 'Then margin above initial margin becomes contribution.', HOUR, 30n * DAY),
    windDownSecs: spec('Wind-down', 'seconds', 'Time between the start of a wind-down and its final marks.', HOUR, 30n * DAY),
    slotMs: spec('Length of a slot, in ms', 'count', 'How long a slot is taken to be, in the age of a price.', 200n, 1_000n),
    ageFullSecs: spec('Age of full doubt', 'seconds', 'A price this old has the whole stress move of doubt for what a member does itself.', 20n, 240n),
    actAgeSecs: spec('Oldest price to take lots at', 'seconds', 'Lots leave a member or the house at no older price.', 1n, 10n),
    bountyBps: spec('Bounty', 'bps', 'What a keeper gets for declaring or allocating a default, of the shortfall.', 0n, 100n),
    bountyCap: spec('Most of a bounty', 'money', 'The cap of one bounty.'),
};

const MARKET: Readonly<Record<string, Spec>> = {
    'rates.initialBps': spec('Initial margin', 'bps', 'Asked of whoever adds risk or withdraws.', 1n, 10_000n),
    'rates.maintenanceBps': spec('Maintenance margin', 'bps', 'Below it a member can be liquidated. It ramps to a new value.', 1n, 10_000n),
    'rates.contributionBps': spec('Contribution rate', 'bps', 'Required contribution, of the notional.', 0n, 10_000n),
    'rates.stressBps': spec('Stress move', 'bps', 'The move of the cover limit.', 1n, 10_000n),
    maxOpenInterest: spec('Most open interest', 'lots', 'Lots that may be open on one side.'),
    priceBandBps: spec('Price band', 'bps', 'How far from the mark a trade may be.', 0n, 10_000n),
    confidenceMultiple: spec('Confidence multiple', 'count', 'Confidences that a requirement moves the mark by.', 0n, 8n),
    deadFeedSecs: spec('Dead feed', 'seconds', 'A feed that has been silent for so long may end the market.', DAY, 92n * DAY),
    expiresTs: spec('Expires', 'time', 'When the contract ends, at the mean of its price over the hour before.'),
    'adjustment.targetVolatilityBps': spec('Target volatility', 'bps', 'Annual volatility at which the base rates are in force; zero keeps them fixed.'),
    'adjustment.volatilityHalfLifeSecs': spec('Volatility half-life', 'seconds', 'How fast volatility is forgotten.', 600n, 30n * DAY),
    'adjustment.multiplierMinBps': spec('Least multiplier', 'bps', 'Of the base rates, in a calm.', 2_500n, 10_000n),
    'adjustment.multiplierMaxBps': spec('Largest multiplier', 'bps', 'Of the base rates, in a panic.', 10_000n, 50_000n),
    'adjustment.maintenanceRampBpsPerHour': spec('Maintenance ramp per hour', 'bps', 'Speed at which maintenance margin moves.', 0n, 500n),
    'adjustment.breakerBps': spec('Breaker', 'bps', 'Move that halts trades that add risk; zero turns it off.', 0n, 5_000n),
    'adjustment.breakerWindowSecs': spec('Breaker window', 'seconds', 'Time within which a move trips the breaker.', 60n, 4n * HOUR),
    'adjustment.breakerCooloffSecs': spec('Breaker cool-off', 'seconds', 'How long a trip halts trades that add risk.', 60n, DAY),
    'adjustment.premiumBpsPerYear': spec('Premium per year', 'bps', 'What open positions pay in a neutral market; twice that when stressed.', 0n, 2_000n),
    'adjustment.concentrationLots': spec('Concentration limit', 'lots', 'Lots beyond it cost the add-on.'),
    'adjustment.concentrationBps': spec('Concentration add-on', 'bps', 'Added to initial margin and stress, of the notional beyond the limit.', 0n, 5_000n),
};

const ORACLE: Readonly<Record<string, Spec>> = {
    maxAgeSecs: spec('Oldest price', 'seconds', 'A price published longer ago is refused.', 1n, 600n),
    maxAheadSecs: spec('Furthest ahead', 'seconds', 'A price published this far after the chain’s clock is refused.', 0n, 60n),
    feedDecimals: spec('Decimals of the feed', 'count', 'A price with others silences the market.', 0n, 31n),
    maxConfidenceBps: spec('Widest confidence', 'bps', 'A price with a wider interval silences the market.', 1n, 500n),
};

export const SPECS = { fund: FUND, market: MARKET, oracle: ORACLE } as const;

type Fields = Readonly<Record<string, unknown>>;

/** A field by its path, such as `rates.initialBps`. */
function at(fields: object, path: string): bigint {
    const value = path.split('.').reduce<unknown>((part, key) => (part as Fields)[key], fields);
    return BigInt(value as bigint | number);
}

/** The same fields with one of them changed; a number stays the kind of number it was. */
function withValue<T extends object>(fields: T, path: string, value: bigint): T {
    const [key = '', ...rest] = path.split('.');
    const old = (fields as Fields)[key];
    const next =
        rest.length > 0
            ? withValue(old as object, rest.join('.'), value)
            : typeof old === 'number'
              ? Number(value)
              : value;
    return { ...fields, [key]: next };
}

function figure(unit: Unit, value: bigint, market: Market | undefined): Figure {
    return unit === 'lots'
        ? { unit, value, decimals: market?.lotDecimals ?? 0, symbol: market ? symbolOf(market) : '' }
        : { unit, value };
}

/** The terms of a market that governance can change. */
const termsOf = (market: Market) => ({
    maxOpenInterest: market.maxOpenInterest,
    rates: market.baseRates,
    adjustment: market.adjustment,
    priceBandBps: market.priceBandBps,
    confidenceMultiple: market.confidenceMultiple,
    pad: new Uint8Array(1),
    deadFeedSecs: market.deadFeedSecs,
    expiresTs: market.expiresTs,
});

function parametersOf(scope: Parameter['scope'], fields: object, market?: Market): Parameter[] {
    return Object.entries(SPECS[scope]).map(([key, { help, label, least, most, unit }]) => ({
        scope,
        key,
        label,
        help,
        value: figure(unit, at(fields, key), market),
        ...(market && { market: market.index }),
        ...(least !== undefined && { least: figure(unit, least, market) }),
        ...(most !== undefined && { most: figure(unit, most, market) }),
    }));
}

export function governanceFigures(raw: Raw): GovernanceFigures {
    const { changes, fund, markets } = raw;
    const { claimWindowSecs, noticeSecs } = fund.params;
    return {
        nonce: fund.governanceNonce,
        parameters: [
            ...parametersOf('fund', fund.params),
            ...markets.flatMap((market) => [
                ...parametersOf('market', termsOf(market), market),
                ...parametersOf('oracle', market.oracle, market),
            ]),
        ],
        queued: changes
            .toSorted((a, b) => (a.data.readySecs < b.data.readySecs ? -1 : 1))
            .map(({ address, data }): QueuedChangeFigures => {
                const change = changeIn(data);
                const closes = data.readySecs + CHANGE_WINDOW_SECS;
                const time = (secs: bigint) => exitClockTime(raw.fund, raw.clock, secs);
                return {
                    number: data.number,
                    isMarket: change.__kind === 'NewMarket',
                    address,
                    title: titleOf(change, raw),
                    readyTs: data.inChainTime ? data.readySecs : time(data.readySecs),
                    expiresTs: data.inChainTime ? closes : time(windowCloses(raw.fund, data.readySecs, closes)),
                    diff: differences(change, fund, markets),
                };
            }),
        timelockSecs: TIMELOCK_SECS,
        leaveSecs: BigInt(noticeSecs) + BigInt(claimWindowSecs),
    };
}

export function titleOf(change: ParameterChange, { markets }: Pick<Raw, 'markets'>): string {
    const named = (index: number) => {
        const market = markets[index];
        return market ? symbolOf(market) : `market ${index}`;
    };
    switch (change.__kind) {
        case 'Fund':
            return 'Parameters of the fund';
        case 'Market':
            return `Terms of ${named(change.fields[0])}`;
        case 'Oracle':
            return `Oracle of ${named(change.fields[0])}`;
        case 'Guardian':
            return 'Another guardian';
        case 'NewMarket':
            return 'A new market';
        case 'Close':
            return `End of ${named(change.fields[0])}`;
        case 'FinalMark':
            return `Final mark of ${named(change.fields[0])}`;
        case 'NewCover':
            return 'A new cover';
        case 'RaiseCover':
            return `Limit of cover ${change.fields[0]}`;
        case 'ResumeCover':
            return `Cover ${change.fields[0]} resumes`;
    }
}

/** The values that a change would replace, old and new. */
export function differences(change: ParameterChange, fund: Fund, markets: readonly Market[]): Difference[] {
    switch (change.__kind) {
        case 'Fund':
            return compare('fund', fund.params, changed(fund.params, change.fields[0]));
        case 'Market': {
            const market = markets[change.fields[0]];
            return market
                ? compare('market', termsOf(market), changed(termsOf(market), change.fields[1]), market)
                : [];
        }
        case 'Oracle': {
            const market = markets[change.fields[0]];
            if (!market) {
                return [];
            }
            const next = changed(market.oracle, change.fields[1]);
            return [...compare('oracle', market.oracle, next, market), ...source(market.oracle, next)];
        }
        case 'Guardian':
            return [
                {
                    label: 'Guardian',
                    before: { unit: 'address', value: fund.guardian },
                    after: { unit: 'address', value: change.fields[0] },
                },
            ];
        case 'NewMarket':
        case 'ResumeCover':
            return [];
        case 'NewCover': {
            const [{ limit, drawer }] = change.fields;
            const none: Figure = { unit: 'text', value: 'none' };
            return [
                { label: 'Limit', before: none, after: { unit: 'money', value: limit } },
                { label: 'Drawer', before: none, after: { unit: 'address', value: drawer } },
            ];
        }
        case 'RaiseCover': {
            const limit: Figure = { unit: 'money', value: change.fields[1] };
            return [{ label: 'Limit', before: { unit: 'text', value: 'a lower one' }, after: limit }];
        }
        case 'Close': {
            const [before, value] = [markets[change.fields[0]]?.closingTs ?? 0n, change.fields[1]];
            return [{ label: 'Ends', before: { unit: 'time', value: before }, after: { unit: 'time', value } }];
        }
        case 'FinalMark': {
            const market = markets[change.fields[0]];
            const decimals = market?.priceDecimals ?? 0;
            const price = (value: bigint): Figure => ({ unit: 'price', value, decimals });
            return [{ label: 'Final mark', before: price(market?.mark.price ?? 0n), after: price(change.fields[1]) }];
        }
    }
}

function compare(scope: Parameter['scope'], before: object, after: object, market?: Market): Difference[] {
    return Object.entries(SPECS[scope]).flatMap(([key, { label, unit }]) => {
        const [old, next] = [at(before, key), at(after, key)];
        return old === next
            ? []
            : { label, before: figure(unit, old, market), after: figure(unit, next, market) };
    });
}

/** The source of a price is no number: all of its bytes count. */
function source(before: Market['oracle'], after: Market['oracle']): Difference[] {
    const parts = [
        ['Feed', before.feedId, after.feedId],
        ['Price account', before.account, after.account],
        ['First owner', before.owners[0], after.owners[0]],
        ['Second owner', before.owners[1], after.owners[1]],
    ] as const;
    const changed = parts.filter(([, old, next]) => hex(old) !== hex(next));
    const differences: Difference[] = changed.map(([label, old, next]) => ({
        label,
        before: { unit: 'text', value: hex(old) },
        after: { unit: 'text', value: hex(next) },
    }));
    return before.kind === after.kind
        ? differences
        : [
              ...differences,
              {
                  label: 'Kind of oracle',
                  before: { unit: 'count', value: BigInt(before.kind) },
                  after: { unit: 'count', value: BigInt(after.kind) },
              },
          ];
}

const hex = (bytes: { readonly [Symbol.iterator]: () => Iterator<number> } | undefined) =>
    `0x${[...(bytes ?? [])].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;

/** The change that a draft asks for: what it does not name stays as it is. */
export function changeOf(draft: ChangeDraft, { fund, markets }: Pick<Raw, 'fund' | 'markets'>): ParameterChangeArgs {
    const apply = <T extends object>(fields: T) =>
        Object.entries(draft.values).reduce((changed, [key, value]) => withValue(changed, key, value), fields);
    if (draft.scope === 'fund') {
        return fundChange(fund.params, apply(fund.params));
    }
    const market = markets[draft.market ?? -1];
    if (!market) {
        throw new RangeError(`there is no market ${draft.market}`);
    }
    return draft.scope === 'market'
        ? marketChange(market.index, termsOf(market), apply(termsOf(market)))
        : oracleChange(market.index, market.oracle, apply(market.oracle));
}
