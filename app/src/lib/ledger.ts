/** The answers of a ledger's API: decimal strings become `bigint`, and an answer of another shape is refused. @module */

/** An answer before it is read. */
export type Json = unknown;

/** The fund's books at the end of a minute. */
export interface BooksPoint {
    readonly ts: bigint;
    /** What shares that were bought for a million are worth; 0 without shares. */
    readonly shareValueMicro: bigint;
    readonly treasury: bigint;
    readonly contributions: bigint;
    readonly cushions: bigint;
}

/** A stress loss, and the contribution that it is covered with first. */
export interface Exposure {
    readonly stressLoss: bigint;
    readonly contribution: bigint;
}

/** Figures of risk, as they were read from the accounts. */
export interface RiskPoint {
    readonly ts: bigint;
    readonly marginRequired: bigint;
    readonly marginHeld: bigint;
    readonly treasury: bigint;
    readonly contributions: bigint;
    readonly stress: readonly Exposure[];
}

/** A default as its events tell it. */
export interface LedgerDefault {
    readonly seq: bigint;
    readonly member: string;
    readonly slot: bigint;
    readonly ts: bigint;
    readonly signature: string;
    readonly fromMargin: bigint;
    readonly shortfall: bigint;
    readonly byDefaulter: bigint;
    readonly byTreasury: bigint;
    readonly bySurvivors: bigint;
    readonly byCushions: bigint;
    readonly cushion: bigint;
    readonly residual: bigint;
    readonly repaid: bigint;
    readonly bounties: bigint;
    /** Empty before the allocation, and where there was nothing to allocate. */
    readonly allocatedBy: string;
}

/** An event of the ledger. */
export interface LedgerEvent {
    readonly cursor: string;
    readonly kind: string;
    readonly slot: bigint;
    readonly ts: bigint;
    readonly signature: string;
    readonly isFinal: boolean;
    readonly fields: Readonly<Record<string, unknown>>;
}

/** One figure of the risk report. */
export interface ReportFigure {
    readonly id: string;
    readonly title: string;
    readonly disclosure: string;
    readonly definition: string;
    readonly formula: string;
    readonly unit: string;
    readonly slot: bigint;
    readonly value: bigint | undefined;
}

/** What one move of all prices would do. */
export interface Shocked {
    readonly moveBps: number;
    readonly defaults: number;
    readonly shortfall: bigint;
    readonly byDefaulters: bigint;
    readonly byTreasury: bigint;
    readonly bySurvivors: bigint;
    readonly beyond: bigint;
    readonly haircutBps: bigint;
}

/** An hour in which a price moved by more than initial margin. */
export interface Exceedance {
    readonly market: number;
    readonly ts: bigint;
    readonly movedBps: bigint;
    readonly initialBps: bigint;
}

export interface Report {
    readonly slot: bigint;
    readonly figures: readonly ReportFigure[];
    readonly defaults: readonly LedgerDefault[];
    readonly shock: readonly Shocked[];
    readonly exceedances: readonly Exceedance[];
}

/** A contribution that was brought at once. */
export interface Deposit {
    readonly cursor: string;
    readonly ts: bigint;
    readonly amount: bigint;
    readonly costOfLeft: bigint;
    readonly worth: bigint;
    readonly profit: bigint;
}

/** What a default has taken of a contribution. */
export interface Borne {
    readonly seq: bigint | undefined;
    readonly signature: string;
    readonly ts: bigint;
    readonly amount: bigint;
}

export interface MemberLedger {
    readonly deposits: readonly Deposit[];
    readonly losses: readonly Borne[];
    readonly contributed: bigint;
    readonly withdrawn: bigint;
    readonly rewardsPaid: bigint;
    readonly recoveriesPaid: bigint;
    readonly assessmentsPaid: bigint;
}

export interface LedgerStatus {
    readonly fund: string;
    readonly slot: bigint;
    readonly ts: bigint;
    readonly lagSlots: bigint;
    readonly trouble: string | undefined;
}

export interface AuditResult {
    readonly good: boolean;
    readonly slot: bigint;
    readonly events: bigint;
    readonly transactions: bigint;
    readonly members: bigint;
    /** The first difference, in words. */
    readonly difference: string | undefined;
}

/** An answer that has another shape than the API's. */
export class WrongAnswer extends Error {}

/** Reads the fields of an object. */
class Fields {
    private readonly all: Readonly<Record<string, unknown>>;

    constructor(value: Json) {
        if (typeof value !== 'object' || value === null || Array.isArray(value)) {
            throw new WrongAnswer('the ledger’s answer has another form than its API');
        }
        this.all = value as Readonly<Record<string, unknown>>;
    }

    get(name: string): Json {
        return this.all[name];
    }

    /** An integer, as a decimal string or as a number. */
    int(name: string): bigint {
        const value = this.all[name];
        const isWhole = typeof value === 'string' ? /^-?\d+$/.test(value) : Number.isSafeInteger(value);
        if (!isWhole) {
            throw new WrongAnswer(`the ledger’s answer has no number ${name}`);
        }
        return BigInt(value as string | number);
    }

    maybeInt(name: string): bigint | undefined {
        return this.all[name] === null || this.all[name] === undefined ? undefined : this.int(name);
    }

    text(name: string): string {
        const value = this.all[name];
        if (typeof value !== 'string') {
            throw new WrongAnswer(`the ledger’s answer has no text ${name}`);
        }
        return value;
    }

    list<T>(name: string, read: (value: Json) => T): T[] {
        const value = this.all[name];
        if (!Array.isArray(value)) {
            throw new WrongAnswer(`the ledger’s answer has no list ${name}`);
        }
        return value.map(read);
    }
}

export function readSeries(answer: Json): BooksPoint[] {
    return new Fields(answer).list('points', (value) => {
        const fields = new Fields(value);
        return {
            ts: fields.int('time'),
            shareValueMicro: fields.int('shareValueMicro'),
            treasury: fields.int('treasury'),
            contributions: fields.int('contributions'),
            cushions: fields.int('cushions'),
        };
    });
}

export function readRisk(answer: Json): RiskPoint[] {
    return new Fields(answer).list('points', (value) => {
        const fields = new Fields(value);
        return {
            ts: fields.int('time'),
            marginRequired: fields.int('marginRequired'),
            marginHeld: fields.int('marginHeld'),
            treasury: fields.int('treasury'),
            contributions: fields.int('contributions'),
            stress: fields.list('stress', (one) => {
                const exposure = new Fields(one);
                return { stressLoss: exposure.int('stressLoss'), contribution: exposure.int('contribution') };
            }),
        };
    });
}

function readDefault(value: Json): LedgerDefault {
    const fields = new Fields(value);
    return {
        seq: fields.int('seq'),
        member: fields.text('member'),
        slot: fields.int('slot'),
        ts: fields.int('time'),
        signature: fields.text('signature'),
        fromMargin: fields.int('fromMargin'),
        shortfall: fields.int('shortfall'),
        byDefaulter: fields.int('byDefaulter'),
        byTreasury: fields.int('byTreasury'),
        bySurvivors: fields.int('bySurvivors'),
        byCushions: fields.int('byCushions'),
        cushion: fields.int('cushion'),
        residual: fields.int('residual'),
        repaid: fields.int('repaid'),
        bounties: fields.int('bounties'),
        allocatedBy: fields.text('allocatedBy'),
    };
}

export function readDefaults(answer: Json): LedgerDefault[] {
    return new Fields(answer).list('defaults', readDefault);
}

function readEvent(value: Json): LedgerEvent {
    const fields = new Fields(value);
    return {
        cursor: fields.text('cursor'),
        kind: fields.text('kind'),
        slot: fields.int('slot'),
        ts: fields.int('time'),
        signature: fields.text('signature'),
        isFinal: fields.get('final') === true,
        fields: fields.get('fields') as Readonly<Record<string, unknown>>,
    };
}

export function readStory(answer: Json): { readonly entry: LedgerDefault; readonly events: readonly LedgerEvent[] } {
    const fields = new Fields(answer);
    return { entry: readDefault(fields.get('default')), events: fields.list('events', readEvent) };
}

export function readReport(answer: Json): Report {
    const fields = new Fields(answer);
    return {
        slot: fields.int('slot'),
        figures: fields.list('figures', (value) => {
            const figure = new Fields(value);
            return {
                id: figure.text('id'),
                title: figure.text('title'),
                disclosure: figure.text('disclosure'),
                definition: figure.text('definition'),
                formula: figure.text('formula'),
                unit: figure.text('unit'),
                slot: figure.int('slot'),
                value: figure.maybeInt('value'),
            };
        }),
        defaults: fields.list('defaults', readDefault),
        shock: fields.list('shock', (value) => {
            const shocked = new Fields(value);
            return {
                moveBps: Number(shocked.int('moveBps')),
                defaults: Number(shocked.int('defaults')),
                shortfall: shocked.int('shortfall'),
                byDefaulters: shocked.int('byDefaulters'),
                byTreasury: shocked.int('byTreasury'),
                bySurvivors: shocked.int('bySurvivors'),
                beyond: shocked.int('beyond'),
                haircutBps: shocked.int('haircutBps'),
            };
        }),
        exceedances: fields.list('exceedances', (value) => {
            const hour = new Fields(value);
            return {
                market: Number(hour.int('market')),
                ts: hour.int('time'),
                movedBps: hour.int('movedBps'),
                initialBps: hour.int('initialBps'),
            };
        }),
    };
}

export function readMember(answer: Json): MemberLedger {
    const fields = new Fields(answer);
    return {
        deposits: fields.list('deposits', (value) => {
            const deposit = new Fields(value);
            return {
                cursor: deposit.text('cursor'),
                ts: deposit.int('time'),
                amount: deposit.int('amount'),
                costOfLeft: deposit.int('costOfLeft'),
                worth: deposit.int('worth'),
                profit: deposit.int('profit'),
            };
        }),
        losses: fields.list('losses', (value) => {
            const loss = new Fields(value);
            return {
                seq: loss.maybeInt('seq'),
                signature: loss.text('signature'),
                ts: loss.int('time'),
                amount: loss.int('amount'),
            };
        }),
        contributed: fields.int('contributed'),
        withdrawn: fields.int('withdrawn'),
        rewardsPaid: fields.int('rewardsPaid'),
        recoveriesPaid: fields.int('recoveriesPaid'),
        assessmentsPaid: fields.int('assessmentsPaid'),
    };
}

export function readStatus(answer: Json): LedgerStatus {
    const fields = new Fields(answer);
    const trouble = fields.get('trouble');
    return {
        fund: fields.text('fund'),
        slot: fields.int('slot'),
        ts: fields.int('time'),
        lagSlots: fields.int('lagSlots'),
        trouble: typeof trouble === 'string' ? trouble : undefined,
    };
}

export function readAudit(answer: Json): AuditResult {
    const fields = new Fields(answer);
    const audit = new Fields(fields.get('audit'));
    const parted = audit.get('parted');
    const differences = audit.list('differences', (value) => new Fields(value));
    const first = parted ? new Fields(new Fields(parted).get('difference')) : differences[0];
    return {
        good: fields.get('good') === true,
        slot: audit.int('slot'),
        events: audit.int('events'),
        transactions: audit.int('transactions'),
        members: audit.int('members'),
        difference: first && `${first.text('field')}: the events make it ${first.text('expected')}, and it is ${first.text('found')}`,
    };
}

/** The resources of the others over the stress losses of the `count` largest members, in basis points; nothing without a loss. */
export function covered({ contributions, stress, treasury }: RiskPoint, count: number): bigint | undefined {
    const largest = stress.slice(0, count);
    const sum = (of: (exposure: Exposure) => bigint) => largest.reduce((all, one) => all + of(one), 0n);
    const losses = sum(({ stressLoss }) => stressLoss);
    const own = sum(({ contribution }) => contribution);
    const others = contributions > own ? contributions - own : 0n;
    return losses === 0n ? undefined : ((treasury + others) * 10_000n) / losses;
}

/** The address of a query. */
export function queryOf(base: string, path: string): string {
    return `${base.replace(/\/+$/, '')}${path}`;
}

/** The longest that an answer may take. */
const PATIENCE_MS = 25_000;

/** Asks a ledger; a refusal is an error with its reason. */
export async function ask<T>(base: string, path: string, read: (answer: Json) => T): Promise<T> {
    const response = await fetch(queryOf(base, path), { signal: AbortSignal.timeout(PATIENCE_MS), credentials: 'omit' });
    const answer = (await response.json()) as Json;
    if (!response.ok) {
        const why = typeof answer === 'object' && answer !== null && 'error' in answer ? String(answer.error) : response.statusText;
        throw new Error(why);
    }
    return read(answer);
}
