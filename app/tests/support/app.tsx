/** The services of the app with a worker that the test plays. */

import type { ReactNode } from 'react';
import type { Quotes } from 'bulkhead-client';
import { ChainClient, type Line } from '../../src/chain/client.js';
import { coversFigures } from '../../src/chain/figures/cover.js';
import { fundFigures } from '../../src/chain/figures/fund.js';
import { governanceFigures } from '../../src/chain/figures/governance.js';
import { dueTasks } from '../../src/chain/figures/keeper.js';
import { panelFigures } from '../../src/chain/figures/loss.js';
import { marketFigures } from '../../src/chain/figures/market.js';
import { memberFigures } from '../../src/chain/figures/member.js';
import { offerFigures } from '../../src/chain/figures/offer.js';
import { bookFigures } from '../../src/chain/figures/policy.js';
import type { Raw } from '../../src/chain/figures/raw.js';
import type { Snapshot, WalletFigures } from '../../src/chain/model.js';
import type { ToPage, ToWorker } from '../../src/chain/protocol.js';
import { ActionsProvider } from '../../src/components/action.js';
import { ServicesProvider } from '../../src/components/context.js';
import type { WalletState, WalletStore } from '../../src/wallet/store.js';

export const WALLET = 'Wa11et1111111111111111111111111111111111111';

/** A snapshot of accounts, as the worker makes one. */
export function snapshotOf(raw: Raw, quotes: Quotes, memberAddress?: string): Snapshot {
    const member = memberAddress === undefined ? undefined : raw.members.get(memberAddress);
    const wallet: WalletFigures = {
        address: WALLET,
        lamports: 1_000_000_000n,
        tokenAccount: 'token account',
        tokens: 500_000_000n,
        memberAddress: memberAddress ?? 'member',
        member: member && memberFigures(memberAddress ?? '', member, raw, quotes),
    };
    return {
        cluster: { name: 'local', genesis: 'genesis' },
        slot: raw.clock.slot,
        ts: raw.clock.ts,
        readAtMs: Date.now(),
        fund: fundFigures(raw, quotes),
        markets: marketFigures(raw, quotes),
        offers: offerFigures(raw),
        wallet,
        defaults: [],
        due: dueTasks(raw, quotes),
        governance: governanceFigures(raw),
        covers: coversFigures(raw),
        panels: panelFigures(raw),
        books: bookFigures(raw),
        events: [],
    };
}

/** A page's end of the line, and what it says into it. */
export class Wire {
    readonly said: ToWorker[] = [];
    readonly line: Line = { postMessage: (message) => this.said.push(message), onmessage: null };
    readonly chain = new ChainClient(this.line);

    tell(message: ToPage): void {
        this.line.onmessage?.({ data: message });
    }

    /** The last question of this name. */
    asked(name: string): Extract<ToWorker, { kind: 'ask' }> {
        const found = this.said.findLast((message) => message.kind === 'ask' && message.name === name);
        if (found?.kind !== 'ask') {
            throw new Error(`${name} was not asked`);
        }
        return found;
    }
}

/** A wallet store with a state that the test sets. */
export class Wallets {
    private readonly listeners = new Set<() => void>();
    private state: WalletState;

    constructor(address: string | undefined = WALLET) {
        this.state = { offers: [], connected: undefined, isConnecting: false, notice: undefined };
        this.connect(address);
    }

    readonly subscribe = (listener: () => void) => {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
    };
    readonly getState = () => this.state;

    connect(address: string | undefined): void {
        const connected = address === undefined ? undefined : { name: 'Test', address, isBurner: false };
        this.state = { ...this.state, connected };
        this.listeners.forEach((listener) => listener());
    }
}

export function Stage({ children, wallets, wire }: { wire: Wire; wallets: Wallets; children: ReactNode }) {
    return (
        <ServicesProvider
            services={{
                chain: wire.chain,
                wallets: wallets as unknown as WalletStore,
                config: { token: 'USDC' },
                settings: { theme: 'system' },
                changeSettings: () => undefined,
            }}
        >
            <ActionsProvider>{children}</ActionsProvider>
        </ServicesProvider>
    );
}
