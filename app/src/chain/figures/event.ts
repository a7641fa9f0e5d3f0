import type { BulkheadEvent } from 'bulkhead-client';
import type { EventText, Figure, Line } from '../model.js';
import { symbolOf } from './market.js';
import { somebody, type Raw } from './raw.js';

type Fields = Readonly<Record<string, unknown>>;

/** Each event as a sentence. */
export const SENTENCES: Readonly<Record<string, string>> = {
    AssessmentAgreed: 'A member agreed to a cap of assessments.',
    AssessmentPaid: 'A member paid an assessment.',
    AuthorityMoved: 'The authority was offered or accepted.',
    BreakerTripped: 'The price moved too far: trades that add risk halt.',
    CallEnforced: 'Margin became contribution, for a call that was due.',
    ChangeApplied: 'A queued change is in force.',
    ChangeQueued: 'A change was queued.',
    ChangeVetoed: 'A queued change was vetoed.',
    ClaimPaid: 'A claim was paid.',
    ClosedOut: 'A member was closed out at the final marks.',
    Contributed: 'A member contributed to the default fund.',
    ContributionCalled: 'A member is called to contribute.',
    CoverAccrued: 'A cover’s premium was earned.',
    CoverAmended: 'A cover was raised or resumed.',
    CoverCollected: 'Money of a cover was sent on.',
    CoverDrawn: 'A cover’s drawer reported a loss.',
    CoverEnded: 'A cover ended.',
    CoverFunded: 'A cover was paid into.',
    CoverHeld: 'Exits are held for a cover.',
    CoverOpened: 'A cover was opened.',
    CoverReturned: 'Money of a cover came back for those who bore losses.',
    CoverSettled: 'What a cover was owed was paid.',
    CoverSuspended: 'A cover was suspended.',
    Cranked: 'A market took a new price.',
    CrowdingBooked: 'What one whole side of a market could cost was booked.',
    CushionReleased: 'What a cushion had left became contribution again.',
    DefaultClosed: 'The record of a default was closed.',
    DefaultDeclared: 'A default was declared.',
    DelegateSet: 'A member set its delegate.',
    EpochSettled: 'A member left an ended share epoch.',
    EpochWiped: 'A loss took all contributions: the share epoch ended.',
    ExcessSold: 'Lots beyond the cover limit were sold.',
    ExitCommitted: 'A member committed to an exit.',
    ExposureReported: 'A member’s exposure was reported.',
    FundCreated: 'The fund was created.',
    GainPaid: 'What is left of a registered gain was paid.',
    GainsCut: 'Gains were cut.',
    GainsCutOpened: 'A gains cut began: members register their gains.',
    GainsRegistered: 'A member’s gain was registered.',
    GapShown: 'A venue’s market has fallen: exits are held.',
    GraceEnded: 'A grace period ended.',
    GraceStarted: 'A member’s equity is below zero: its grace period began.',
    HouseBooked: 'Somebody looked whether a house blocks exits.',
    HouseFlat: 'The house closed its position.',
    HousesRealised: 'The results of all houses were realised as one sum.',
    Liquidated: 'A member was liquidated in part.',
    LossAllocated: 'A loss was allocated to the layers.',
    MarginMoved: 'Margin was deposited or withdrawn.',
    MarketEnds: 'A market will end.',
    MarkFixed: 'A final mark was fixed.',
    MarketCreated: 'A market was created.',
    MemberClosed: 'A member account was closed.',
    MemberOpened: 'A member joined.',
    Novated: 'Two members traded.',
    OfferCancelled: 'An offer was cancelled.',
    OfferFilled: 'A taking was filled at its price.',
    OfferPosted: 'A member posted an offer.',
    OfferTaken: 'An offer was taken: the first price after this moment fills it.',
    Paused: 'The fund was paused in parts.',
    PauseEnded: 'A pause was ended, in an hour.',
    PremiumCollected: 'A market’s premium was collected.',
    Recovered: 'Money came back for those who bore losses.',
    RecoveryPaid: 'A recovery was paid.',
    RecoveryWaived: 'A member gave up what had not come back.',
    ResidualAllocated: 'A residual loss was allocated.',
    RewardsPaid: 'Rewards were paid.',
    Settled: 'Profit or loss was settled.',
    Silenced: 'A market has a price that cannot be its mark.',
    StressCalled: 'A member’s call for its stress loss began or ended.',
    TakenOver: 'A member bought lots from the house.',
    TakingLapsed: 'A taking was not filled in time: its margin is free again.',
    TermsChanged: 'Other terms of a market are in force.',
    TreasuryCommitted: 'A request of treasury was committed to.',
    TreasuryMoved: 'Money entered or left the treasury.',
    TreasuryRequested: 'Treasury was asked back, or no longer.',
    WatchEnded: 'The watch on a member ended.',
    WatchOpened: 'A member owes more than it has: exits are blocked.',
    WindDownStarted: 'The wind-down began.',
    WithdrawalPaid: 'A contribution was paid out.',
    WithdrawalRequested: 'A member gave notice.',
};

export const LOSSES: ReadonlySet<string> = new Set([
    'DefaultDeclared',
    'HousesRealised',
    'LossAllocated',
    'ResidualAllocated',
    'EpochWiped',
    'CoverSettled',
    'GainsCut',
    'WindDownStarted',
]);

/** Amounts of money among the fields of events and of instructions. */
export const MONEY: ReadonlySet<string> = new Set([
    'all',
    'amount',
    'atRisk',
    'bound',
    'cancelled',
    'cost',
    'cushion',
    'cushions',
    'cut',
    'dailyBudget',
    'discount',
    'margin',
    'fee',
    'bonus',
    'bounty',
    'paid',
    'claim',
    'dust',
    'excess',
    'called',
    'contributions',
    'gain',
    'gains',
    'left',
    'assigned',
    'setOff',
    'fromClaim',
    'givenUp',
    'firstLoss',
    'fromContribution',
    'fromContributions',
    'lapsed',
    'limit',
    'owed',
    'premium',
    'prepaid',
    'refunded',
    'released',
    'locked',
    'fromCushions',
    'fromMargin',
    'fromRecoveries',
    'fromRewards',
    'fromSurvivors',
    'fromTreasury',
    'houseResult',
    'outflow',
    'outstanding',
    'recovered',
    'released',
    'residual',
    'result',
    'settled',
    'shortfall',
    'stressLoss',
    'toRewards',
    'toTreasury',
    'treasury',
    'unfunded',
]);

/** What is or is not so. */
const FLAGS = new Set(['accepted', 'accrued', 'carries', 'forGood', 'overdue', 'waived']);

/** Prices and lots, where it is known in which market. */
const PRICES = new Set(['limitPrice', 'price', 'print']);
const LOTS = new Set(['lots', 'minLots']);
/** Limits that every price is within. */
const ANY_PRICE = new Set([0n, 2n ** 64n - 1n]);
/** The number of a default that there is not. */
const NOTHING = 2n ** 64n - 1n;

/** A camel-cased name as words. */
export function words(name: string): string {
    const spaced = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
    const plain = spaced.replace(/ (bps|secs|ts|slots)$/, '').replace(/^from /, 'paid by ').replace(/^to /, 'to ');
    return plain.charAt(0).toUpperCase() + plain.slice(1);
}

/** What lots are called where they are shown as what they are of: the number of lots is another one. */
const SIZES: Readonly<Record<string, string>> = { lots: 'Size', minLots: 'Least size' };

/** A field of an event or an argument as a line. */
export function fieldLine(name: string, value: unknown, market: Raw['markets'][number] | undefined): Line {
    const figure = fieldFigure(name, value, market);
    return { label: (figure.unit === 'lots' && SIZES[name]) || words(name), figure };
}

/** A field of an event or an argument, with the unit that its name tells. */
export function fieldFigure(name: string, value: unknown, market: Raw['markets'][number] | undefined): Figure {
    if (name === 'taker' && typeof value === 'string' && somebody(value) === undefined) {
        return { unit: 'text', value: 'anyone' };
    }
    if (typeof value === 'string') {
        return { unit: value.length >= 32 ? 'address' : 'text', value };
    }
    if (typeof value === 'boolean') {
        return { unit: 'text', value: value ? 'yes' : 'no' };
    }
    if (typeof value !== 'bigint' && typeof value !== 'number') {
        return { unit: 'text', value: describe(value) };
    }
    const number = BigInt(value);
    // What an offer has left is lots; what anything else has left is money, and in no market.
    const isLots = LOTS.has(name) || (name === 'left' && market);
    if (FLAGS.has(name)) return { unit: 'text', value: number === 0n ? 'no' : 'yes' };
    if (name === 'seq' && number === NOTHING) return { unit: 'text', value: 'none' };
    if (MONEY.has(name) && !isLots) return { unit: 'money', value: number };
    if (name.endsWith('Bps')) return { unit: 'bps', value: number };
    if (name.endsWith('Ts') || name === 'ts') return { unit: 'time', value: number };
    if (name.endsWith('Secs') || name === 'secs') return { unit: 'seconds', value: number };
    if (PRICES.has(name) && market) {
        return ANY_PRICE.has(number) ? { unit: 'text', value: 'any' } : { unit: 'price', value: number, decimals: market.priceDecimals };
    }
    if (isLots && market) {
        return { unit: 'lots', value: number, decimals: market.lotDecimals, symbol: symbolOf(market) };
    }
    return { unit: 'count', value: number };
}

/** Bytes as hexadecimal digits, anything else as JSON. */
function describe(value: unknown): string {
    if (value instanceof Uint8Array) {
        return `0x${[...value].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
    }
    return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part)) ?? '';
}

/** The market that fields are about: by index, by address, or none. */
function marketOf(fields: Fields, { marketAddresses, markets }: Pick<Raw, 'markets' | 'marketAddresses'>) {
    const { market, marketIndex } = fields;
    if (typeof market === 'string') {
        return markets[marketAddresses.indexOf(market)];
    }
    return typeof marketIndex === 'bigint' ? markets[Number(marketIndex)] : undefined;
}

export function eventText(event: BulkheadEvent, raw: Pick<Raw, 'markets' | 'marketAddresses'>): EventText {
    const fields = event.data as Fields;
    const market = marketOf(fields, raw);
    const lines: Line[] = Object.entries(fields)
        .filter(([key]) => key !== 'fund')
        .map(([key, value]) =>
            market && (key === 'market' || key === 'marketIndex')
                ? { label: 'Market', figure: { unit: 'text', value: symbolOf(market) } }
                : fieldLine(key, value, market),
        );
    return { name: event.name, text: SENTENCES[event.name] ?? words(event.name), lines, isLoss: LOSSES.has(event.name) };
}
