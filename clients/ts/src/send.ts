/** Signs and sends transactions, and waits for their end. @module */

import {
    SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR,
    appendTransactionMessageInstructions,
    compileTransaction,
    createTransactionMessage,
    fetchEncodedAccounts,
    getBase64Decoder,
    getBase64EncodedWireTransaction,
    getCompiledTransactionMessageDecoder,
    getSignatureFromTransaction,
    getU32Encoder,
    getU64Encoder,
    isSolanaError,
    isWritableRole,
    parseBase64RpcAccount,
    pipe,
    setTransactionMessageFeePayerSigner,
    setTransactionMessageLifetimeUsingBlockhash,
    signTransactionMessageWithSigners,
    type Address,
    type Base64EncodedWireTransaction,
    type Blockhash,
    type BlockhashLifetimeConstraint,
    type EncodedAccount,
    type GetBlockHeightApi,
    type GetFeeForMessageApi,
    type GetLatestBlockhashApi,
    type GetMultipleAccountsApi,
    type GetRecentPrioritizationFeesApi,
    type GetSignatureStatusesApi,
    type GetTransactionApi,
    type Instruction,
    type IsBlockhashValidApi,
    type Rpc,
    type SendTransactionApi,
    type Signature,
    type SimulateTransactionApi,
    type Transaction,
    type TransactionMessageBytesBase64,
    type TransactionSigner,
} from '@solana/kit';
import { explain, explainClaim, tokenRefusal, type ClaimError, type ProgramError } from './error.js';
import { eventsFromLogs, type BulkheadEvent } from './event.js';
import { placeProPosts } from './pro.js';

/** The RPC methods that {@link send} needs. */
export type SendRpc = Rpc<
    GetBlockHeightApi &
        GetLatestBlockhashApi &
        GetRecentPrioritizationFeesApi &
        GetSignatureStatusesApi &
        GetTransactionApi &
        IsBlockhashValidApi &
        SendTransactionApi &
        SimulateTransactionApi
>;

/** The end of a transaction. */
export interface Outcome {
    readonly signature: Signature;
    /** The program's events in it. */
    readonly events: readonly BulkheadEvent[];
    readonly logs: readonly string[];
}

/** A transaction that was refused. Nothing has changed, except that its fee may be paid. */
export class TransactionFailed extends Error {
    override readonly name = 'TransactionFailed';
    /** The program's error, if the program refused. */
    readonly programError: ProgramError | undefined;
    /** The error of the program of claims, if that refused. */
    readonly claimError: ClaimError | undefined;

    constructor(
        readonly logs: readonly string[],
        cause: unknown,
    ) {
        const known = logs.length > 0 ? logs : undefined;
        const programError = explain(cause, known);
        const why = tokenRefusal(cause, known) ?? `the transaction failed: ${describe(cause)}`;
        const claimError = explainClaim(cause, known);
        const refusal = programError ?? claimError;
        super(refusal ? `${refusal.name}: ${refusal.text}` : why, { cause });
        this.programError = programError;
        this.claimError = claimError;
    }
}

/** A transaction that no block took before its blockhash expired: it can no longer run. */
export class TransactionExpired extends Error {
    override readonly name = 'TransactionExpired';

    constructor(readonly signature: Signature) {
        super(`transaction ${signature} has expired`);
    }
}

/** The progress of a transaction. `unreachable`: it is signed, may be on its way, and the cluster does not answer just now. */
export type SendStep = 'signed' | 'sent' | 'unreachable';

/** Options of {@link send}. */
export interface SendOptions {
    /** Called at each step; the signature finds the transaction in any explorer. */
    readonly onStep?: (step: SendStep, signature: Signature) => void;
    /** Most compute units; `'estimated'` asks a simulation, and adds a fifth. Without it the cluster's default holds. */
    readonly computeUnits?: number | 'estimated';
    /**
     * Price of a compute unit in micro-lamports; `'recent'` offers what others have paid lately for the accounts that are
     * written, and no more than {@link MOST_UNIT_PRICE}. Without it none is offered.
     */
    readonly unitPrice?: bigint | 'recent';
}

/** The most that `'recent'` offers for a compute unit, in micro-lamports. */
export const MOST_UNIT_PRICE = 1_000_000n;

const POLL_MS = 200;
/** Most questions for the details of a transaction that has run. */
const MOST_LOOKS = 60;
/** Between two times that a transaction is handed to the cluster: a leader may have dropped it. */
const RESEND_MS = 2_000;
/** Of a hundred, the part of recent fees that an offer is above. */
const PERCENTILE = 75;
/** Between two questions to a node that does not answer. */
const UNREACHABLE_POLL_MS = 2_000;

/**
 * Signs instructions with the signers in them, sends them as one transaction, and waits until it is confirmed. Until then
 * the same bytes are handed to the cluster again and again: they run at most once.
 *
 * A wallet may give the transaction another blockhash when it signs. A node that stops answering once the transaction
 * has been sent says nothing about it: this waits until the node is back.
 *
 * @throws {@link TransactionFailed} when it is refused, {@link TransactionExpired} when no block has taken it.
 */
export async function send(
    rpc: SendRpc,
    feePayer: TransactionSigner,
    instructions: readonly Instruction[],
    { computeUnits, onStep, unitPrice }: SendOptions = {},
): Promise<Outcome> {
    const budget = await budgetOf(rpc, feePayer, instructions, computeUnits, unitPrice);
    const { value: blockhash } = await rpc.getLatestBlockhash({ commitment: 'confirmed' }).send();
    const message = messageOf(feePayer, blockhash, [...budget, ...instructions]);
    const transaction = await signTransactionMessageWithSigners(message);
    const signature = getSignatureFromTransaction(transaction);
    onStep?.('signed', signature);
    const onUnreachable = () => onStep?.('unreachable', signature);
    const life = await patiently(() => lifeOf(rpc, transaction, blockhash), onUnreachable);
    const wire = getBase64EncodedWireTransaction(transaction);
    await submit(rpc, wire, onUnreachable);
    onStep?.('sent', signature);
    const failure = await confirm(rpc, signature, wire, life, onUnreachable);
    return outcome(rpc, signature, failure, onUnreachable);
}

/** The instructions that ask for compute units and offer a price for them. */
async function budgetOf(
    rpc: SendRpc,
    feePayer: TransactionSigner,
    instructions: readonly Instruction[],
    computeUnits: SendOptions['computeUnits'],
    unitPrice: SendOptions['unitPrice'],
): Promise<Instruction[]> {
    const budget: Instruction[] = [];
    if (unitPrice !== undefined) {
        const price = unitPrice === 'recent' ? await recentPrice(rpc, instructions) : unitPrice;
        budget.push(unitPriceOf(price));
    }
    if (computeUnits !== undefined) {
        const units =
            computeUnits === 'estimated' ? await estimate(rpc, feePayer, [...budget, ...instructions]) : computeUnits;
        budget.push(unitLimitOf(units));
    }
    return budget;
}

const COMPUTE_BUDGET = 'ComputeBudget111111111111111111111111111111' as Address;

function unitLimitOf(units: number): Instruction {
    return { programAddress: COMPUTE_BUDGET, data: new Uint8Array([2, ...getU32Encoder().encode(units)]) };
}

function unitPriceOf(microLamports: bigint): Instruction {
    return { programAddress: COMPUTE_BUDGET, data: new Uint8Array([3, ...getU64Encoder().encode(microLamports)]) };
}

/** What a simulation uses, and a fifth more. A simulation that fails is a refusal: nothing is signed. */
async function estimate(rpc: SendRpc, feePayer: TransactionSigner, instructions: readonly Instruction[]): Promise<number> {
    const { value: blockhash } = await rpc.getLatestBlockhash({ commitment: 'confirmed' }).send();
    const most = unitLimitOf(MOST_UNITS);
    const wire = getBase64EncodedWireTransaction(
        compileTransaction(messageOf(feePayer, blockhash, [most, ...instructions])),
    );
    const config = {
        commitment: 'confirmed',
        encoding: 'base64',
        sigVerify: false,
        replaceRecentBlockhash: true,
    } as const;
    const { value } = await rpc.simulateTransaction(wire, config).send();
    if (value.err) {
        throw new TransactionFailed(value.logs ?? [], { err: value.err });
    }
    const used = Number(value.unitsConsumed ?? BigInt(MOST_UNITS));
    return Math.min(MOST_UNITS, Math.ceil(used * 1.2));
}

/** Most compute units of a transaction. */
const MOST_UNITS = 1_400_000;

/** What others have paid lately for the accounts that these instructions write. */
async function recentPrice(rpc: SendRpc, instructions: readonly Instruction[]): Promise<bigint> {
    const accounts = instructions.flatMap(({ accounts = [] }) => accounts);
    const written = new Set(accounts.filter(({ role }) => isWritableRole(role)).map(({ address }) => address));
    const fees = await rpc.getRecentPrioritizationFees([...written].slice(0, MOST_FEE_ACCOUNTS)).send();
    const paid = fees.map(({ prioritizationFee }) => BigInt(prioritizationFee)).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const price = paid[Math.floor(((paid.length - 1) * PERCENTILE) / 100)] ?? 0n;
    return price < MOST_UNIT_PRICE ? price : MOST_UNIT_PRICE;
}

/** Accounts that one question about fees can name. */
const MOST_FEE_ACCOUNTS = 128;

/** Hands a signed transaction to the cluster. Handing it over twice is harmless: it runs at most once. */
async function submit(rpc: SendRpc, wire: Base64EncodedWireTransaction, onUnreachable: () => void): Promise<void> {
    for (let mayHaveArrived = false; ; mayHaveArrived = true) {
        try {
            await rpc.sendTransaction(wire, { encoding: 'base64', preflightCommitment: 'confirmed' }).send();
            return;
        } catch (error) {
            if (isUnreachable(error)) {
                onUnreachable();
                await sleep(UNREACHABLE_POLL_MS);
            } else if (mayHaveArrived) {
                return; // refused this time, perhaps because it has run already: its status decides
            } else {
                throw refused(error);
            }
        }
    }
}

/** The methods that {@link simulate} asks of a cluster. */
export type SimulateRpc = Rpc<GetLatestBlockhashApi & GetFeeForMessageApi & GetMultipleAccountsApi & SimulateTransactionApi>;

/** The effects of a transaction that was not sent. */
export interface Simulation {
    /** The reason that it would be refused, if there is one. */
    readonly failure: TransactionFailed | undefined;
    readonly events: readonly BulkheadEvent[];
    readonly computeUnits: bigint | undefined;
    /** The network's fee, in lamports. */
    readonly fee: bigint | undefined;
    /** The accounts asked for, as they would be afterwards, in order; none where there would be none. */
    readonly accounts: readonly (EncodedAccount | undefined)[];
}

/**
 * Runs instructions as one transaction, without signatures and without effect.
 *
 * Nodes tell nothing of an account that the transaction does not change: it is read, and is afterwards what it is now.
 */
export async function simulate(
    rpc: SimulateRpc,
    feePayer: TransactionSigner,
    instructions: readonly Instruction[],
    accounts: readonly Address[] = [],
): Promise<Simulation> {
    const { value: blockhash } = await rpc.getLatestBlockhash({ commitment: 'confirmed' }).send();
    const transaction = compileTransaction(messageOf(feePayer, blockhash, instructions));
    const wire = getBase64EncodedWireTransaction(transaction);
    const written = writtenBy(feePayer, instructions);
    const changed = accounts.filter((address) => written.has(address));
    const kept = accounts.filter((address) => !written.has(address));
    const config = {
        commitment: 'confirmed',
        encoding: 'base64',
        sigVerify: false,
        replaceRecentBlockhash: true,
        accounts: { encoding: 'base64', addresses: changed },
    } as const;
    const message = getBase64Decoder().decode(transaction.messageBytes) as TransactionMessageBytesBase64;
    const [{ value }, { value: fee }, unchanged] = await Promise.all([
        rpc.simulateTransaction(wire, config).send(),
        rpc.getFeeForMessage(message, { commitment: 'confirmed' }).send(),
        kept.length === 0 ? [] : fetchEncodedAccounts(rpc, kept, { commitment: 'confirmed' }),
    ]);
    const simulated = changed.map((address, index) => parseBase64RpcAccount(address, value.accounts?.[index] ?? null));
    const found = new Map([...simulated, ...unchanged].map((account) => [account.address, account]));
    const logs = value.logs ?? [];
    return {
        failure: value.err ? new TransactionFailed(logs, { err: value.err }) : undefined,
        events: eventsFromLogs(logs),
        computeUnits: value.unitsConsumed,
        fee: fee ?? undefined,
        accounts: accounts.map((address) => {
            const account = found.get(address);
            // An account that a transaction has closed is told of as an empty one.
            return account?.exists && account.lamports > 0n ? account : undefined;
        }),
    };
}

/** The accounts that a transaction may change. */
function writtenBy(feePayer: TransactionSigner, instructions: readonly Instruction[]): Set<Address> {
    const metas = instructions.flatMap(({ accounts = [] }) => accounts);
    return new Set([feePayer.address, ...metas.filter(({ role }) => isWritableRole(role)).map(({ address }) => address)]);
}

function messageOf(
    feePayer: TransactionSigner,
    blockhash: BlockhashLifetimeConstraint,
    instructions: readonly Instruction[],
) {
    return pipe(
        createTransactionMessage({ version: 0 }),
        (message) => setTransactionMessageFeePayerSigner(feePayer, message),
        (message) => setTransactionMessageLifetimeUsingBlockhash(blockhash, message),
        (message) => appendTransactionMessageInstructions(placeProPosts(instructions), message),
    );
}

/** How long a transaction can run: a blockhash, and the last block that can take it. */
interface Life {
    readonly blockhash: Blockhash;
    readonly lastValidBlockHeight: bigint;
}

/** How long a transaction can run. Of a blockhash that the wallet has chosen, no more is known than that it is one. */
async function lifeOf(
    rpc: SendRpc,
    { messageBytes }: Transaction,
    ours: BlockhashLifetimeConstraint,
): Promise<Life> {
    const lifetimeToken = getCompiledTransactionMessageDecoder().decode(messageBytes).lifetimeToken as Blockhash;
    if (lifetimeToken === ours.blockhash) {
        return ours;
    }
    const { value } = await rpc.getLatestBlockhash({ commitment: 'confirmed' }).send();
    return { blockhash: lifetimeToken, lastValidBlockHeight: value.lastValidBlockHeight };
}

/**
 * Waits until a transaction is confirmed, or cannot be any more. Returns the error with which it has run, if it has failed.
 *
 * A block height alone does not end it: there are nodes whose height is another number. The transaction is over when its
 * blockhash is no longer valid, too, and it is not there after that was read.
 */
async function confirm(
    rpc: SendRpc,
    signature: Signature,
    wire: Base64EncodedWireTransaction,
    { blockhash, lastValidBlockHeight }: Life,
    onUnreachable: () => void,
): Promise<unknown> {
    for (let sent = Date.now(); ; ) {
        // The end first: a transaction that is not there after its end was read will never be.
        const isOver = await patiently(async () => {
            const height = await rpc.getBlockHeight({ commitment: 'confirmed' }).send();
            if (height <= lastValidBlockHeight) {
                return false;
            }
            const { value: isValid } = await rpc.isBlockhashValid(blockhash, { commitment: 'confirmed' }).send();
            return !isValid;
        }, onUnreachable);
        const { value } = await patiently(() => rpc.getSignatureStatuses([signature]).send(), onUnreachable);
        const status = value[0]?.confirmationStatus;
        if (status === 'confirmed' || status === 'finalized') {
            return value[0]?.err ?? undefined;
        }
        if (isOver) {
            throw new TransactionExpired(signature);
        }
        if (Date.now() - sent >= RESEND_MS) {
            sent = Date.now();
            await resend(rpc, wire);
        }
        await sleep(POLL_MS);
    }
}

/** Hands the same bytes over again. Whatever the node says to that says nothing about the transaction. */
async function resend(rpc: SendRpc, wire: Base64EncodedWireTransaction): Promise<void> {
    try {
        await rpc.sendTransaction(wire, { encoding: 'base64', maxRetries: 0n, skipPreflight: true }).send();
    } catch {
        // Its status decides.
    }
}

/** Asks again, until there is an answer: a transaction that has been sent cannot be called back. */
async function patiently<T>(ask: () => Promise<T>, onUnreachable: () => void): Promise<T> {
    for (;;) {
        try {
            return await ask();
        } catch (error) {
            if (!isUnreachable(error)) {
                throw error;
            }
            onUnreachable();
            await sleep(UNREACHABLE_POLL_MS);
        }
    }
}

/** Whether a request has failed because the node did not answer, rather than because of what it answered. */
export function isUnreachable(error: unknown): boolean {
    // `fetch` throws a `TypeError` without a connection, and each browser has its own words for it. Other errors of this type are
    // answers that kit could not read: a node that says that a transaction has run already is not silent.
    const isOfFetch = error instanceof TypeError && /fetch|network|load failed/i.test(error.message);
    return isOfFetch || isSolanaError(error, SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR);
}

function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The logs and events of a confirmed transaction. A node may know that it has run before it has its details: they are waited for. */
async function outcome(
    rpc: SendRpc,
    signature: Signature,
    failure: unknown,
    onUnreachable: () => void,
): Promise<Outcome> {
    const config = { commitment: 'confirmed', encoding: 'base64', maxSupportedTransactionVersion: 0 } as const;
    for (let looks = 0; ; looks += 1) {
        const found = await patiently(() => rpc.getTransaction(signature, config).send(), onUnreachable);
        const logs = found?.meta?.logMessages ?? [];
        const err = found?.meta?.err ?? failure;
        if (err && (found || looks >= MOST_LOOKS)) {
            throw new TransactionFailed(logs, { err });
        }
        if (found) {
            return { signature, events: eventsFromLogs(logs), logs };
        }
        if (looks >= MOST_LOOKS) {
            throw new Error(`transaction ${signature} has run, and the node does not keep what it did`);
        }
        await sleep(POLL_MS);
    }
}

/** Turns an error of an RPC call into a refusal, if it is one. */
function refused(error: unknown): unknown {
    const logs = (error as { context?: { logs?: readonly string[] | null } }).context?.logs;
    return logs ? new TransactionFailed(logs, error) : error;
}

function describe(cause: unknown): string {
    if (cause instanceof Error) {
        return cause.cause instanceof Error ? `${cause.message}: ${cause.cause.message}` : cause.message;
    }
    return JSON.stringify(cause, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value));
}
