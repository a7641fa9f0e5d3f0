/** The services and figures that every page can ask for. @module */

import { createContext, useContext, useMemo, useSyncExternalStore, type ReactNode } from 'react';
import type { ChainClient, ChainState } from '../chain/client.js';
import type { Snapshot } from '../chain/model.js';
import type { Config, Settings } from '../lib/settings.js';
import { SLOT_MS } from '../lib/format.js';
import type { WalletState, WalletStore } from '../wallet/store.js';

export interface Services {
    readonly chain: ChainClient;
    readonly wallets: WalletStore;
    readonly config: Config;
    readonly settings: Settings;
    readonly changeSettings: (settings: Settings) => void;
}

const Context = createContext<Services | undefined>(undefined);

export function ServicesProvider({ children, services }: { services: Services; children: ReactNode }) {
    return <Context.Provider value={services}>{children}</Context.Provider>;
}

export function useServices(): Services {
    const services = useContext(Context);
    if (!services) {
        throw new Error('a page is outside of the app');
    }
    return services;
}

export function useChain(): ChainState {
    const { chain } = useServices();
    return useSyncExternalStore(chain.subscribe, chain.getState);
}

export function useWallet(): WalletState {
    const { wallets } = useServices();
    return useSyncExternalStore(wallets.subscribe, wallets.getState);
}

/** Returns the last snapshot of the chain: a page that needs one is shown only when there is one. */
export function useSnapshot(): Snapshot {
    const { snapshot } = useChain();
    if (!snapshot) {
        throw new Error('there is nothing to show yet');
    }
    return snapshot;
}

/** The name of the settlement token, and its decimals. */
export interface Token {
    readonly name: string;
    readonly decimals: number;
}

const KNOWN_MINTS: Readonly<Record<string, string>> = {
    EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGkTwyTDt1v: 'USDC',
};

export function useToken(): Token {
    const { config } = useServices();
    const { snapshot } = useChain();
    const mint = snapshot?.fund.mint ?? '';
    const decimals = snapshot?.fund.decimals ?? 6;
    return useMemo(
        () => ({ name: config.token ?? KNOWN_MINTS[mint] ?? 'tokens', decimals }),
        [config.token, mint, decimals],
    );
}

export interface ChainTime {
    readonly ts: bigint;
    readonly slot: bigint;
}

/** One clock for all that shows how far off something is: they change together, in one rendering. */
const ticker = (() => {
    const listeners = new Set<() => void>();
    let nowMs = Date.now();
    let timer: ReturnType<typeof setInterval> | undefined;
    return {
        now: () => nowMs,
        subscribe: (listener: () => void) => {
            listeners.add(listener);
            timer ??= setInterval(() => {
                nowMs = Date.now();
                listeners.forEach((each) => each());
            }, 1_000);
            return () => {
                listeners.delete(listener);
                if (listeners.size === 0) {
                    clearInterval(timer);
                    timer = undefined;
                }
            };
        },
    };
})();

/** The chain's time, carried on by this machine's clock between two readings. */
export function useChainTime(): ChainTime {
    const { connection, snapshot } = useChain();
    const nowMs = useSyncExternalStore(ticker.subscribe, ticker.now);
    if (!snapshot) {
        return { ts: 0n, slot: 0n };
    }
    // While the node is silent nobody knows what its clock does.
    const sinceMs = connection.state === 'live' ? BigInt(Math.max(0, nowMs - snapshot.readAtMs)) : 0n;
    return { ts: snapshot.ts + sinceMs / 1_000n, slot: snapshot.slot + sinceMs / SLOT_MS };
}

/** Whether anything may be signed: only on top of what the chain says now. */
export function useIsLive(): boolean {
    return useChain().connection.state === 'live';
}
