/** The worker: everything that asks the chain or computes. @module */

import { Quotes } from 'bulkhead-client';
import quotesUrl from '../../../clients/ts/quotes.wasm?url';
import type { ToPage, ToWorker } from './protocol.js';
import { Declined, Session } from './session.js';

const page = globalThis as unknown as {
    postMessage: (message: ToPage) => void;
    onmessage: (event: MessageEvent<ToWorker>) => void;
};

const tell = (message: ToPage) => page.postMessage(message);

let quotes: Promise<Quotes> | undefined;
let session: Session | undefined;
let wallet: string | undefined;

/** Transactions that a wallet has been asked to sign. */
const signing = new Map<number, { resolve: (signed: Uint8Array) => void; reject: (error: Error) => void }>();

async function loadQuotes(): Promise<Quotes> {
    const response = await fetch(quotesUrl);
    if (!response.ok) {
        throw new Error(`The app’s arithmetic cannot be loaded: ${response.status}`);
    }
    return Quotes.load(await response.arrayBuffer());
}

async function open(target: Extract<ToWorker, { kind: 'open' }>['target']): Promise<void> {
    session?.close();
    tell({ kind: 'connection', connection: { state: 'connecting' } });
    const loaded = await (quotes ??= loadQuotes());
    session = new Session(target, loaded, {
        onConnection: (connection) => tell({ kind: 'connection', connection }),
        onSnapshot: (snapshot) => tell({ kind: 'snapshot', snapshot }),
        onStep: (id, step, signature) => tell({ kind: 'step', id, step, signature }),
        sign: (id, wallet, transaction) =>
            new Promise((resolve, reject) => {
                signing.set(id, { resolve, reject });
                tell({ kind: 'sign', id, wallet, transaction });
            }),
    });
    session.watch(wallet);
    void session.run();
}

async function answer({ ask, id, name }: Extract<ToWorker, { kind: 'ask' }>): Promise<void> {
    try {
        if (!session) {
            throw new Error('No fund is open.');
        }
        tell({ kind: 'answer', id, answer: await session.answer(id, name, ask as never) });
    } catch (error) {
        const { message, name: kind } = error instanceof Error ? error : new Error(String(error));
        tell({ kind: 'failure', id, name: kind, message });
    }
}

page.onmessage = ({ data }) => {
    switch (data.kind) {
        case 'open':
            void open(data.target);
            break;
        case 'watch':
            wallet = data.wallet;
            session?.watch(wallet);
            break;
        case 'visible':
            session?.show(data.isVisible);
            break;
        case 'refresh':
            session?.refresh();
            break;
        case 'ask':
            void answer(data);
            break;
        case 'signed':
            signing.get(data.id)?.resolve(data.transaction);
            signing.delete(data.id);
            break;
        case 'not-signed':
            signing.get(data.id)?.reject(data.declined ? new Declined(data.reason) : new Error(data.reason));
            signing.delete(data.id);
            break;
    }
};
