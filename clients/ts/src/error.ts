/** Turns a failed transaction into the program's own error, in words, with the remedy. @module */

import { SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM, isSolanaError } from '@solana/kit';
import { claimError } from './claims.js';
import { ERROR_TEXTS } from './generated/errorTexts.js';
import { BULKHEAD_PROGRAM_ADDRESS } from './generated/index.js';
import { BULKHEAD_COVER_PROGRAM_ADDRESS } from './generatedCover/index.js';

/** The code of an error of the program. */
export type ErrorCode = keyof typeof ERROR_TEXTS;

/** The name of an error, as in the program's source. */
export type ErrorName = (typeof ERROR_TEXTS)[ErrorCode]['name'];

/** An error of the program. */
export interface ProgramError {
    /** The code that a failed transaction reports. */
    readonly code: ErrorCode;
    /** The name in the program's source. */
    readonly name: ErrorName;
    /** The cause in words. */
    readonly text: string;
    /** The remedy in words. */
    readonly advice: string;
}

/** Remedies for errors whose text names none, and for which the group's advice does not fit. */
const ADVICE: Partial<Record<ErrorName, string>> = {
    StaleNonce: 'Read the fund again and sign with its present nonce.',
    ChangeNotReady: 'Wait for the end of the timelock, which the queued change names.',
    PriceOutsideBand: 'Agree on a price closer to the mark.',
    OracleWrongOwner: 'Pass a price account of a receiver that the market names.',
    OracleWrongAccount: 'Pass the price account that the market names.',
    OracleWrongFeed: 'Pass the price account of the feed that the market names.',
    GainsNotRegistered: 'Put registerGains of the member first into the same transaction.',
    StaleMark: 'Put the crank of every market the member holds into the same transaction.',
    Paused: 'Wait until the pause ends; the fund says when.',
    LossPending: 'Wait until the loss is allocated and the house is sold, or do that: anyone may.',
    MarketReduceOnly: 'Reduce, or wait until the default is allocated.',
    InsufficientMargin: 'Deposit margin first.',
    BelowInitialMargin: 'Deposit margin, or trade less.',
    BelowRequiredContribution: 'Contribute more, or hold less.',
    CoverLimitExceeded: 'Deposit margin, or hold less.',
    NotLiquidatable: 'Nothing: the member is healthy.',
    NothingToTake: 'Take more lots.',
    EquityNotNegative: 'Nothing: the member can pay.',
    GracePeriodRunning: 'Declare the default again when the grace period is over.',
    OpenInterestLimit: 'Trade less.',
    NoFreePosition: 'Close a position in another market first.',
    NoWithdrawal: 'Request one first.',
    WithdrawalNotDue: 'Wait until it is due; the member account says when.',
    WithdrawalExpired: 'Cancel the request and ask again.',
    NothingToClaim: 'Nothing: there is nothing to claim yet.',
    MemberNotEmpty:
        'Take out margin, contribution, rewards and recoveries, close the positions, and lapse takings whose time is over first.',
    OfferExpired: 'Take another offer, or post one with a later expiry.',
    OfferNotExpired: 'Nothing: its maker can cancel it now, anyone can once it has expired.',
    OfferTaken: 'Wait at most 30 seconds, then fill it or lapse the taking: anyone may.',
    OfferNotTaken: 'Nothing: it was filled or lapsed already, or nobody has taken it.',
    OfferForAnother: 'Take another offer, or sign with the wallet that it is for.',
    OfferVoid: 'Take another offer. Its maker can cancel it.',
    LotsNotOffered: 'Take as many lots as are left, and no fewer than its fewest.',
    WrongSide: 'Sell to an offer that buys, and buy of one that sells.',
    TakingLapsed: 'Lapse the taking: that frees the margin, and the offer can be taken again.',
    TakingOpen: 'Fill it, or wait until 30 seconds after the taking are over.',
    NotFirstPrint: 'No account has the first price after the taking: post it, or wait for it if there is none yet. After 30 s the taking ends.',
    PrintUnusable: 'Wait until the taking lapses: this price fills nothing.',
    NoPreviousPrint: 'Trade with somebody who signs the same transaction.',
    MemberNotActive: 'Wait until the grace period has ended.',
    MarginLocked: 'Fill the taking, or lapse it once its time is over, and try again.',
};

/** Remedies for the other errors, by the tens of their codes: the groups in the program's source. */
const ADVICE_OF_GROUP: readonly (readonly [from: number, advice: string])[] = [
    [6000, 'Check the amounts; if they are right, report it.'],
    [6010, 'Check that all accounts belong together; the fund client builds instructions of which they do.'],
    [6020, 'Sign with the key that may do this.'],
    [6030, 'Correct the amount or the parameter.'],
    [6040, 'Choose another mint.'],
    [6050, 'Wait for the next price of the oracle, and try again.'],
    [6070, 'Wait until the state allows it, and try again.'],
    [6090, 'Change the amount, or meet the requirement first.'],
    [6110, 'Read the member account again: it is not in the state this needs.'],
    [6200, 'Read the offer again: it is not in the state this needs.'],
];

/** The program's error with this code; none for codes of other programs. */
export function programError(code: number): ProgramError | undefined {
    const known = ERROR_TEXTS[code as ErrorCode];
    if (!known) {
        return undefined;
    }
    const group = ADVICE_OF_GROUP.findLast(([from]) => from <= code);
    return { code: code as ErrorCode, ...known, advice: ADVICE[known.name] ?? group?.[1] ?? '' };
}

/**
 * The program's error behind a failure, however it was reported: the `err` of a transaction's status, an error that an
 * RPC call has thrown, or one that {@link send} has thrown.
 *
 * Codes of two programs can be the same. With log lines, given or found in the failure, the error is the program's only
 * if it is the program that has failed first; without, the code decides.
 */
export function explain(failure: unknown, logs?: readonly string[]): ProgramError | undefined {
    const found = { logs, code: undefined as number | undefined };
    search(failure, found, new Set());
    if (found.code === undefined) {
        return undefined;
    }
    const program = found.logs && failedProgram(found.logs);
    return program === undefined || program === BULKHEAD_PROGRAM_ADDRESS ? programError(found.code) : undefined;
}

/** An error of the program of claims. */
export interface ClaimError {
    /** The name in the program's source. */
    readonly name: string;
    /** The cause in words. */
    readonly text: string;
}

/** The error of the program of claims behind a failure, found as {@link explain} finds one of the fund's program. */
export function explainClaim(failure: unknown, logs?: readonly string[]): ClaimError | undefined {
    const found = { logs, code: undefined as number | undefined };
    search(failure, found, new Set());
    const program = found.logs && failedProgram(found.logs);
    const isOurs = program === undefined || program === BULKHEAD_COVER_PROGRAM_ADDRESS;
    return isOurs && found.code !== undefined ? claimError(found.code) : undefined;
}

/** What accounts of Token-2022 ask for and the program cannot give, by the token program's code. */
const TOKEN_ADVICE: Readonly<Record<number, string>> = {
    36: 'The token account requires a memo with each payment: turn that off, or use another one.',
    42: 'The CPI guard of the token account lets no program take money from it: turn it off, or use another one.',
};
const TOKEN_2022 = 'TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb';

/** What to change about a token account that has refused a payment, if that is why a transaction failed. */
export function tokenRefusal(failure: unknown, logs?: readonly string[]): string | undefined {
    const found = { logs, code: undefined as number | undefined };
    search(failure, found, new Set());
    const isToken = found.logs !== undefined && failedProgram(found.logs) === TOKEN_2022;
    return isToken && found.code !== undefined ? TOKEN_ADVICE[found.code] : undefined;
}

/** The program that failed first: the programs that called it fail after it. */
function failedProgram(logs: readonly string[]): string | undefined {
    for (const line of logs) {
        const [subject, program, what] = line.split(' ');
        if (subject === 'Program' && what === 'failed:') {
            return program;
        }
    }
    return undefined;
}

/** Looks for a custom code and log lines in all parts of a failure. */
function search(
    value: unknown,
    found: { code: number | undefined; logs: readonly string[] | undefined },
    seen: Set<object>,
): void {
    if (typeof value !== 'object' || value === null || seen.has(value)) {
        return;
    }
    seen.add(value);
    if (isSolanaError(value, SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM)) {
        found.code ??= value.context.code;
    }
    const { Custom, InstructionError, cause, context, err, logs } = value as Record<string, unknown>;
    if (typeof Custom === 'number' || typeof Custom === 'bigint') {
        found.code ??= Number(Custom);
    }
    if (Array.isArray(logs) && logs.every((line) => typeof line === 'string')) {
        found.logs ??= logs;
    }
    // `{ InstructionError: [index, { Custom: code }] }` is how RPC has it.
    const reason: unknown = Array.isArray(InstructionError) ? InstructionError[1] : undefined;
    for (const part of [reason, context, err, cause]) {
        search(part, found, seen);
    }
}
