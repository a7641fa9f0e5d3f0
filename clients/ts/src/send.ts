/** Signs and sends transactions, and waits for their end. @module */

import {
    appendTransactionMessageInstructions,
    createTransactionMessage,
    getBase64EncodedWireTransaction,
    getSignatureFromTransaction,
    pipe,
    setTransactionMessageFeePayerSigner,
    setTransactionMessageLifetimeUsingBlockhash,
    signTransactionMessageWithSigners,
    type GetBlockHeightApi,
    type GetLatestBlockhashApi,
    type GetSignatureStatusesApi,
    type GetTransactionApi,
    type Instruction,
    type Rpc,
    type SendTransactionApi,
    type Signature,
    type TransactionSigner,
} from '@solana/kit';
import { explain, type ProgramError } from './error.js';
import { eventsFromLogs, type BulkheadEvent } from './event.js';

/** The RPC methods that {@link send} needs. */
export type SendRpc = Rpc<
    GetBlockHeightApi & GetLatestBlockhashApi & GetSignatureStatusesApi & GetTransactionApi & SendTransactionApi
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

    constructor(
        readonly logs: readonly string[],
        cause: unknown,
    ) {
        const programError = explain(cause, logs.length > 0 ? logs : undefined);
        super(
            programError ? `${programError.name}: ${programError.text}` : `the transaction failed: ${describe(cause)}`,
            {
                cause,
            },
        );
        this.programError = programError;
    }
}

/** A transaction that no block took before its blockhash expired: it can no longer run. */
export class TransactionExpired extends Error {
    override readonly name = 'TransactionExpired';

    constructor(readonly signature: Signature) {
        super(`transaction ${signature} has expired`);
    }
}

const POLL_MS = 200;

/**
 * Signs instructions with the signers in them, sends them as one transaction, and waits until it is confirmed.
 *
 * @throws {@link TransactionFailed} when it is refused, {@link TransactionExpired} when no block has taken it.
 */
export async function send(
    rpc: SendRpc,
    feePayer: TransactionSigner,
    instructions: readonly Instruction[],
): Promise<Outcome> {
    const { value: blockhash } = await rpc.getLatestBlockhash({ commitment: 'confirmed' }).send();
    const message = pipe(
        createTransactionMessage({ version: 0 }),
        (message) => setTransactionMessageFeePayerSigner(feePayer, message),
        (message) => setTransactionMessageLifetimeUsingBlockhash(blockhash, message),
        (message) => appendTransactionMessageInstructions(instructions, message),
    );
    const transaction = await signTransactionMessageWithSigners(message);
    const signature = getSignatureFromTransaction(transaction);
    try {
        const wire = getBase64EncodedWireTransaction(transaction);
        await rpc.sendTransaction(wire, { encoding: 'base64', preflightCommitment: 'confirmed' }).send();
    } catch (error) {
        throw refused(error);
    }
    await confirm(rpc, signature, blockhash.lastValidBlockHeight);
    return outcome(rpc, signature);
}

/** Waits until a transaction is confirmed, or can no longer be. */
async function confirm(rpc: SendRpc, signature: Signature, lastValidBlockHeight: bigint): Promise<void> {
    for (;;) {
        // The height first: a transaction that is not there after its last block was read will never be.
        const height = await rpc.getBlockHeight({ commitment: 'confirmed' }).send();
        const { value } = await rpc.getSignatureStatuses([signature]).send();
        const status = value[0]?.confirmationStatus;
        if (status === 'confirmed' || status === 'finalized') {
            return;
        }
        if (height > lastValidBlockHeight) {
            throw new TransactionExpired(signature);
        }
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
}

async function outcome(rpc: SendRpc, signature: Signature): Promise<Outcome> {
    const config = { commitment: 'confirmed', encoding: 'base64', maxSupportedTransactionVersion: 0 } as const;
    const found = await rpc.getTransaction(signature, config).send();
    const logs = found?.meta?.logMessages ?? [];
    if (found?.meta?.err) {
        throw new TransactionFailed(logs, { err: found.meta.err });
    }
    return { signature, events: eventsFromLogs(logs), logs };
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
