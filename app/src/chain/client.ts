/** The page's end of the line to its worker. @module */

import type { ActionStep, Connection, Snapshot, Target } from './model.js';
import type { QuestionName, Questions, ToPage, ToWorker } from './protocol.js';

/** The state of the chain, as far as the page knows it. */
export interface ChainState {
    readonly connection: Connection;
    /** The last that was read; it stays while the node is silent. */
    readonly snapshot: Snapshot | undefined;
}

/** Signs a transaction with the connected wallet. */
export type SignWith = (wallet: string, transaction: Uint8Array) => Promise<SignOutcome>;
export type SignOutcome =
    | { readonly transaction: Uint8Array }
    | { readonly declined: boolean; readonly reason: string };

/** The part of a worker that is used; tests have their own. */
export interface Line {
    postMessage(message: ToWorker): void;
    onmessage: ((event: { readonly data: ToPage }) => void) | null;
    onerror?: ((event: { readonly message?: string }) => void) | null;
}

/** A question that could not be answered. */
export class QuestionFailed extends Error {
    override readonly name = 'QuestionFailed';

    constructor(
        readonly kind: string,
        message: string,
    ) {
        super(message);
    }
}

interface Pending {
    readonly resolve: (answer: never) => void;
    readonly reject: (error: Error) => void;
    readonly onStep: ((step: ActionStep, signature: string | undefined) => void) | undefined;
}

export class ChainClient {
    private state: ChainState = { connection: { state: 'connecting' }, snapshot: undefined };
    private readonly listeners = new Set<() => void>();
    private readonly pending = new Map<number, Pending>();
    private nextId = 1;
    private signWith: SignWith | undefined;

    constructor(private readonly line: Line) {
        line.onmessage = ({ data }) => this.hear(data);
        line.onerror = ({ message }) =>
            this.set({
                ...this.state,
                connection: { state: 'lost', sinceMs: Date.now(), reason: message ?? 'the app’s worker has stopped' },
            });
    }

    // For `useSyncExternalStore`.
    readonly subscribe = (listener: () => void): (() => void) => {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
    };
    readonly getState = (): ChainState => this.state;

    open(target: Target): void {
        this.set({ connection: { state: 'connecting' }, snapshot: undefined });
        this.line.postMessage({ kind: 'open', target });
    }

    watch(wallet: string | undefined): void {
        this.line.postMessage({ kind: 'watch', wallet });
    }

    show(isVisible: boolean): void {
        this.line.postMessage({ kind: 'visible', isVisible });
    }

    refresh(): void {
        this.line.postMessage({ kind: 'refresh' });
    }

    /** Sets the function that signs the worker's transactions. */
    useSigner(signWith: SignWith): void {
        this.signWith = signWith;
    }

    ask<Name extends QuestionName>(
        name: Name,
        ask: Questions[Name]['ask'],
        onStep?: Pending['onStep'],
    ): Promise<Questions[Name]['answer']> {
        const id = this.nextId++;
        return new Promise((resolve, reject) => {
            this.pending.set(id, { resolve, reject, onStep });
            this.line.postMessage({ kind: 'ask', id, name, ask });
        });
    }

    private set(state: ChainState): void {
        this.state = state;
        this.listeners.forEach((listener) => listener());
    }

    private hear(message: ToPage): void {
        switch (message.kind) {
            case 'connection':
                if (!isSame(this.state.connection, message.connection)) {
                    const isRefused = message.connection.state === 'refused';
                    this.set({
                        connection: message.connection,
                        snapshot: isRefused ? undefined : this.state.snapshot,
                    });
                }
                break;
            case 'snapshot':
                this.set({ connection: { state: 'live' }, snapshot: message.snapshot });
                break;
            case 'answer':
                this.take(message.id)?.resolve(message.answer as never);
                break;
            case 'failure':
                this.take(message.id)?.reject(new QuestionFailed(message.name, message.message));
                break;
            case 'step':
                this.pending.get(message.id)?.onStep?.(message.step, message.signature);
                break;
            case 'sign':
                void this.sign(message);
                break;
        }
    }

    private take(id: number): Pending | undefined {
        const pending = this.pending.get(id);
        this.pending.delete(id);
        return pending;
    }

    private async sign({ id, transaction, wallet }: Extract<ToPage, { kind: 'sign' }>): Promise<void> {
        const outcome = await (this.signWith?.(wallet, transaction) ??
            Promise.resolve({ declined: false, reason: 'No wallet is connected.' }));
        this.line.postMessage(
            'transaction' in outcome
                ? { kind: 'signed', id, transaction: outcome.transaction }
                : { kind: 'not-signed', id, ...outcome },
        );
    }
}

function isSame(a: Connection, b: Connection): boolean {
    return JSON.stringify(a) === JSON.stringify(b);
}

/** The worker itself. */
export function startWorker(): Line {
    return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }) as unknown as Line;
}
