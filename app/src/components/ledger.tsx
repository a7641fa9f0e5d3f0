/** What pages ask a ledger for. @module */

import { useEffect, useState, type ReactNode } from 'react';
import { ask, readStatus, type Json } from '../lib/ledger.js';
import { ledgerOf } from '../lib/settings.js';
import { useServices, useSnapshot } from './context.js';
import { NeedsLedger } from './parts.js';

/** What is known of an answer. An old one stays while the ledger is not reached. */
export interface Asked<T> {
    readonly value?: T;
    readonly reason?: string;
}

/** The address of the ledger, if one is configured for the fund that is open. */
export function useLedgerUrl(): string | undefined {
    const { config, settings } = useServices();
    return ledgerOf(config, settings);
}

/** The fund that each ledger follows, asked once. */
const followed = new Map<string, Promise<string>>();

async function fundOf(base: string): Promise<string> {
    const known = followed.get(base) ?? ask(base, '/v1/status', readStatus).then(({ fund }) => fund);
    followed.set(base, known);
    known.catch(() => followed.delete(base));
    return known;
}

const REFRESH_MS = 15_000;

/** Asks the ledger, and again every few seconds; `undefined` without a ledger, or without a question. `read` must not change. */
export function useLedger<T>(path: string | undefined, read: (answer: Json) => T, everyMs = REFRESH_MS): Asked<T> | undefined {
    const base = useLedgerUrl();
    const { address } = useSnapshot().fund;
    const [asked, setAsked] = useState<{ readonly path: string | undefined } & Asked<T>>({ path });
    useEffect(() => {
        if (base === undefined || path === undefined) {
            return undefined;
        }
        let isOver = false;
        const load = async () => {
            try {
                if ((await fundOf(base)) !== address) {
                    throw new Error('it follows another fund');
                }
                const value = await ask(base, path, read);
                if (!isOver) setAsked({ path, value });
            } catch (error) {
                const reason = error instanceof TypeError ? 'it does not answer' : error instanceof Error ? error.message : String(error);
                if (!isOver) setAsked((before) => ({ ...(before.path === path ? before : { path }), reason }));
            }
        };
        void load();
        const timer = setInterval(() => void load(), everyMs);
        return () => {
            isOver = true;
            clearInterval(timer);
        };
    }, [address, base, everyMs, path, read]);
    if (base === undefined || path === undefined) {
        return undefined;
    }
    return asked.path === path ? asked : {};
}

/** Shows what the ledger has answered, and says so where it has not. */
export function FromLedger<T>({
    asked,
    children,
    what,
}: {
    asked: Asked<T> | undefined;
    /** What needs it: the subject of a sentence. */
    what: string;
    children: (value: T) => ReactNode;
}) {
    if (!asked) {
        return <NeedsLedger what={what} />;
    }
    const { reason, value } = asked;
    return (
        <>
            {reason !== undefined && (
                <p className="muted small" role="status">
                    The ledger gives no answer: {reason}. {value === undefined ? '' : 'What you see is its last one. '}It is asked again by itself.
                </p>
            )}
            {value === undefined ? reason === undefined && <p role="status">Asking the ledger…</p> : children(value)}
        </>
    );
}
