/** The wallets of the browser, and the one that is connected. @module */

import { getWallets } from '@wallet-standard/app';
import type { Wallet, WalletAccount } from '@wallet-standard/base';
import type { StandardConnectFeature, StandardDisconnectFeature, StandardEventsFeature } from '@wallet-standard/features';
import type { SolanaSignTransactionFeature } from '@solana/wallet-standard-features';
import type { SignOutcome } from '../chain/client.js';
import type { ClusterName } from '../chain/model.js';
import { KEYS, recall, remember } from '../lib/storage.js';
import { BURNER_NAME, createBurner } from './burner.js';

type Usable = Wallet & {
    readonly features: StandardConnectFeature &
        SolanaSignTransactionFeature &
        Partial<StandardDisconnectFeature & StandardEventsFeature>;
};

export interface Offer {
    readonly name: string;
    readonly icon: string;
    readonly isBurner: boolean;
    /** A wallet that does not know this cluster is shown, and says why it cannot be used. */
    readonly fits: boolean;
}

export interface WalletState {
    readonly offers: readonly Offer[];
    readonly connected: { readonly name: string; readonly address: string; readonly isBurner: boolean } | undefined;
    readonly isConnecting: boolean;
    /** A sentence about the last change, for the user. */
    readonly notice: string | undefined;
}

const CHAINS: Readonly<Record<ClusterName, `solana:${string}`>> = {
    mainnet: 'solana:mainnet',
    devnet: 'solana:devnet',
    testnet: 'solana:testnet',
    local: 'solana:localnet',
};

function isUsable(wallet: Wallet): wallet is Usable {
    return 'standard:connect' in wallet.features && 'solana:signTransaction' in wallet.features;
}

/** Whether a wallet's error says that its user has said no. */
export function isDecline(error: unknown): boolean {
    const { code, message, name } = error as { code?: unknown; message?: unknown; name?: unknown };
    const text = `${typeof name === 'string' ? name : ''} ${typeof message === 'string' ? message : ''}`;
    return code === 4001 || /reject|declin|denied|cancel/i.test(text);
}

const NOBODY: WalletState = { offers: [], connected: undefined, isConnecting: false, notice: undefined };

export class WalletStore {
    private state: WalletState = NOBODY;
    private readonly listeners = new Set<() => void>();
    private readonly registry = getWallets();
    private chain: `solana:${string}` | undefined;
    private current: { readonly wallet: Usable; account: WalletAccount } | undefined;
    private stopEvents: (() => void) | undefined;
    private burner: (() => void) | undefined;

    constructor() {
        this.registry.on('register', () => this.look());
        this.registry.on('unregister', () => this.look());
    }

    readonly subscribe = (listener: () => void): (() => void) => {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
    };
    readonly getState = (): WalletState => this.state;

    /** The cluster is known: which wallets fit it, whether there is a burner, and the wallet of the last visit. */
    enter(cluster: ClusterName): void {
        if (this.chain === CHAINS[cluster]) {
            return;
        }
        this.chain = CHAINS[cluster];
        if (cluster === 'local') {
            this.burner ??= this.registry.register(createBurner());
        } else {
            this.burner?.();
            this.burner = undefined;
        }
        this.look();
        void this.reconnect();
    }

    async connect(name: string): Promise<void> {
        const wallet = this.usable().find((candidate) => candidate.name === name);
        if (!wallet) {
            return;
        }
        this.set({ isConnecting: true, notice: undefined });
        try {
            const { accounts } = await wallet.features['standard:connect'].connect();
            this.take(wallet, accounts[0]);
            this.set({ notice: accounts.length === 0 ? 'The wallet has given access to no account.' : undefined });
        } catch (error) {
            this.set({ notice: isDecline(error) ? 'You declined in your wallet.' : `The wallet says: ${textOf(error)}` });
        } finally {
            this.set({ isConnecting: false });
        }
    }

    async disconnect(): Promise<void> {
        const { current } = this;
        this.take(undefined, undefined);
        try {
            await current?.wallet.features['standard:disconnect']?.disconnect();
        } catch {
            // It is no longer ours, whatever it says.
        }
    }

    /** Has the connected wallet sign a transaction. */
    async sign(address: string, transaction: Uint8Array): Promise<SignOutcome> {
        const { current } = this;
        if (!current || current.account.address !== address) {
            return { declined: false, reason: 'The wallet’s account has changed. Nothing was signed.' };
        }
        try {
            const [signed] = await current.wallet.features['solana:signTransaction'].signTransaction({
                account: current.account,
                transaction,
                ...(this.chain && { chain: this.chain }),
            });
            return signed
                ? { transaction: new Uint8Array(signed.signedTransaction) }
                : { declined: false, reason: 'The wallet has returned nothing.' };
        } catch (error) {
            return { declined: isDecline(error), reason: `The wallet says: ${textOf(error)}` };
        }
    }

    private usable(): Usable[] {
        return this.registry.get().filter(isUsable);
    }

    private fits(wallet: Wallet): boolean {
        return this.chain !== undefined && wallet.chains.includes(this.chain);
    }

    private look(): void {
        const offers = this.usable()
            .filter(({ chains }) => chains.some((chain) => chain.startsWith('solana:')))
            .map((wallet) => ({
                name: wallet.name,
                icon: wallet.icon,
                isBurner: wallet.name === BURNER_NAME,
                fits: this.fits(wallet),
            }));
        this.set({ offers });
        void this.reconnect();
    }

    /** Connects the wallet of the last visit, if it agrees without asking. */
    private async reconnect(): Promise<void> {
        const name = recall(KEYS.wallet);
        const wallet = this.usable().find((candidate) => candidate.name === name && this.fits(candidate));
        if (!wallet || this.current || this.state.isConnecting) {
            return;
        }
        try {
            const { accounts } = await wallet.features['standard:connect'].connect({ silent: true });
            if (!this.current && accounts[0]) {
                this.take(wallet, accounts[0]);
            }
        } catch {
            // It wants to be asked.
        }
    }

    private take(wallet: Usable | undefined, account: WalletAccount | undefined): void {
        this.stopEvents?.();
        this.stopEvents = undefined;
        if (!wallet || !account) {
            this.current = undefined;
            remember(KEYS.wallet, undefined);
            this.set({ connected: undefined });
            return;
        }
        this.current = { wallet, account };
        remember(KEYS.wallet, wallet.name);
        this.stopEvents = wallet.features['standard:events']?.on('change', ({ accounts }) => {
            if (accounts) {
                this.changed(wallet, accounts);
            }
        });
        this.set({
            connected: { name: wallet.name, address: account.address, isBurner: wallet.name === BURNER_NAME },
        });
    }

    /** The wallet's user has chosen another account, or taken access back. */
    private changed(wallet: Usable, accounts: readonly WalletAccount[]): void {
        const [account] = accounts;
        if (account?.address === this.current?.account.address) {
            return;
        }
        this.take(account && wallet, account);
        this.set({
            notice: account
                ? `${wallet.name} has switched to another account: what you see is now of ${account.address}.`
                : `${wallet.name} has taken access back.`,
        });
    }

    dismiss(): void {
        this.set({ notice: undefined });
    }

    private set(part: Partial<WalletState>): void {
        this.state = { ...this.state, ...part };
        this.listeners.forEach((listener) => listener());
    }
}

function textOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
