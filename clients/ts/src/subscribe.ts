/** Following what happens to a fund or a member, as it happens. @module */

import {
    signature as signatureOf,
    type Address,
    type GetSignaturesForAddressApi,
    type GetTransactionApi,
    type LogsNotificationsApi,
    type Rpc,
    type RpcSubscriptions,
    type Signature,
} from '@solana/kit';
import { eventsFromLogs, type BulkheadEvent } from './event.js';

/** The RPC methods that {@link subscribe} needs. */
export type SubscribeRpc = Rpc<GetSignaturesForAddressApi & GetTransactionApi>;

/** A transaction that has run, with the program's events in it. */
export interface Happened {
    readonly signature: Signature;
    readonly slot: bigint;
    readonly events: readonly BulkheadEvent[];
    readonly logs: readonly string[];
}

/** Options of {@link subscribe}. */
export interface SubscribeOptions {
    /** Ends the subscription. */
    readonly signal: AbortSignal;
    /** Transactions after this one come first; without it, only what happens from now on. */
    readonly after?: Signature;
    /** Called when the connection has ended, before it is made again. */
    readonly onGap?: (reason: unknown) => void;
}

/** Between two attempts to connect. */
const RECONNECT_MS = 1_000;
/** Transactions that one request lists. */
const PAGE = 1_000;
/** Signatures that are remembered, so that none is told twice. */
const MOST_KNOWN = 10_000;
/** A log that a node has cut: its transaction is read whole. */
const TRUNCATED = 'Log truncated';

/**
 * Follows the transactions that name an account, such as a fund or a member, and yields those with events of the
 * program. A transaction that has failed has changed nothing and is not told.
 *
 * A connection that ends is made again, and what has happened in between is read from the account's transactions: each
 * is told once, and none is left out as long as the node lists them.
 */
export async function* subscribe(
    rpc: SubscribeRpc,
    subscriptions: RpcSubscriptions<LogsNotificationsApi>,
    account: Address,
    { after, onGap, signal }: SubscribeOptions,
): AsyncGenerator<Happened, void, void> {
    const known = new Set<Signature>();
    let last = after;
    while (!signal.aborted) {
        // Each connection ends with its own signal, and all of them with the caller's.
        const connection = new AbortController();
        const end = () => connection.abort();
        signal.addEventListener('abort', end, { once: true });
        try {
            const notifications = await subscriptions
                .logsNotifications({ mentions: [account] }, { commitment: 'confirmed' })
                .subscribe({ abortSignal: connection.signal });
            // Only now can nothing be missed any more: read what has happened until the subscription stood.
            if (last === undefined) {
                last = (await newest(rpc, account)) ?? undefined;
            } else {
                for (const found of await since(rpc, account, last)) {
                    if (remember(known, found.signature)) {
                        yield* withEvents(await read(rpc, found.signature));
                    }
                    last = found.signature;
                }
            }
            for await (const { context, value } of notifications) {
                if (value.err === null && remember(known, value.signature)) {
                    const logs = value.logs ?? [];
                    const isWhole = value.logs !== null && !logs.some((line) => line.includes(TRUNCATED));
                    const events = eventsFromLogs(logs);
                    yield* withEvents(
                        isWhole
                            ? { signature: value.signature, slot: context.slot, events, logs }
                            : await read(rpc, value.signature),
                    );
                }
                last = value.signature;
            }
            if (!signal.aborted) {
                onGap?.(new Error('the node has ended the subscription'));
            }
        } catch (error) {
            if (!signal.aborted) {
                onGap?.(error);
            }
        } finally {
            signal.removeEventListener('abort', end);
            connection.abort();
        }
        if (!signal.aborted) {
            await pause(RECONNECT_MS, signal);
        }
    }
}

function* withEvents(happened: Happened | undefined): Generator<Happened, void, void> {
    if (happened && happened.events.length > 0) {
        yield happened;
    }
}

/** Whether a signature is new. The oldest ones are forgotten. */
function remember(known: Set<Signature>, signature: Signature): boolean {
    if (known.has(signature)) {
        return false;
    }
    known.add(signature);
    if (known.size > MOST_KNOWN) {
        const [oldest] = known;
        known.delete(oldest!);
    }
    return true;
}

/** The newest transaction of an account. */
async function newest(rpc: SubscribeRpc, account: Address): Promise<Signature | undefined> {
    const [found] = await rpc.getSignaturesForAddress(account, { commitment: 'confirmed', limit: 1 }).send();
    return found?.signature;
}

/** The successful transactions of an account after one of them, the oldest first. */
async function since(rpc: SubscribeRpc, account: Address, after: Signature) {
    const all = [];
    for (let before: Signature | undefined; ; ) {
        const config = { commitment: 'confirmed', limit: PAGE, until: after } as const;
        const page = await rpc
            .getSignaturesForAddress(account, before === undefined ? config : { ...config, before })
            .send();
        all.push(...page);
        const oldest = page.at(-1);
        if (page.length < PAGE || oldest === undefined) {
            break;
        }
        before = signatureOf(oldest.signature);
    }
    return all.filter(({ err }) => err === null).reverse();
}

/** A transaction with its logs; nothing if the node does not keep it. */
async function read(rpc: SubscribeRpc, signature: Signature): Promise<Happened | undefined> {
    const config = { commitment: 'confirmed', encoding: 'base64', maxSupportedTransactionVersion: 0 } as const;
    const found = await rpc.getTransaction(signature, config).send();
    const logs = found?.meta?.logMessages;
    return found && logs ? { signature, slot: found.slot, events: eventsFromLogs(logs), logs } : undefined;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        const end = () => {
            clearTimeout(timer);
            resolve();
        };
        signal.addEventListener('abort', end, { once: true });
    });
}
