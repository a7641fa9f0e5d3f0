import { getWallets } from '@wallet-standard/app';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KEYS } from '../lib/storage.js';
import { BURNER_NAME } from './burner.js';
import { isDecline, WalletStore } from './store.js';

type Listener = (change: { accounts: unknown[] }) => void;

/** A Wallet Standard wallet whose user the test is. */
function fakeWallet(name: string, chains = ['solana:localnet']) {
    const listeners = new Set<Listener>();
    const account = (address: string) => ({ address, publicKey: new Uint8Array(32), chains, features: [] });
    const asked: boolean[] = [];
    return {
        asked,
        change: (address?: string) =>
            listeners.forEach((listener) => listener({ accounts: address ? [account(address)] : [] })),
        wallet: {
            version: '1.0.0',
            name,
            icon: 'data:,',
            chains,
            accounts: [],
            features: {
                'standard:connect': {
                    version: '1.0.0',
                    connect: ({ silent = false } = {}) => {
                        asked.push(silent);
                        return Promise.resolve({ accounts: [account(`${name} account`)] });
                    },
                },
                'standard:events': {
                    version: '1.0.0',
                    on: (_: string, listener: Listener) => {
                        listeners.add(listener);
                        return () => listeners.delete(listener);
                    },
                },
                'solana:signTransaction': {
                    version: '1.0.0',
                    signTransaction: (input: { transaction: Uint8Array }) =>
                        input.transaction[0] === 0
                            ? Promise.reject(new Error('User rejected the request.'))
                            : Promise.resolve([{ signedTransaction: input.transaction }]),
                },
            },
        },
    };
}

let unregister: (() => void)[] = [];
const register = (wallet: unknown) => unregister.push(getWallets().register(wallet as never));

beforeEach(() => localStorage.clear());
afterEach(() => {
    unregister.forEach((undo) => undo());
    unregister = [];
});

test('wallets of another cluster are shown as not fitting, and a burner is offered on local networks only', () => {
    register(fakeWallet('Here').wallet);
    register(fakeWallet('Elsewhere', ['solana:mainnet']).wallet);
    const store = new WalletStore();
    store.enter('local');
    const fits = () => Object.fromEntries(store.getState().offers.map(({ fits, name }) => [name, fits]));
    expect(fits()).toMatchObject({ Here: true, Elsewhere: false, [BURNER_NAME]: true });
    store.enter('mainnet');
    expect(fits()).toEqual({ Here: false, Elsewhere: true });
});

test('the wallet of the last visit comes back without asking, another never does', async () => {
    const [known, unknown] = [fakeWallet('Known'), fakeWallet('Unknown')];
    register(known.wallet);
    register(unknown.wallet);
    localStorage.setItem(KEYS.wallet, 'Known');
    const store = new WalletStore();
    store.enter('local');
    await Promise.resolve();
    await Promise.resolve();
    expect(store.getState().connected?.address).toBe('Known account');
    expect(known.asked.every((silent) => silent)).toBe(true);
    expect(unknown.asked).toEqual([]);
});

test('another account of the wallet is told, and what was built for the old one is not signed', async () => {
    const fake = fakeWallet('Fickle');
    register(fake.wallet);
    const store = new WalletStore();
    store.enter('local');
    await store.connect('Fickle');
    fake.change('another account');
    expect(store.getState().connected?.address).toBe('another account');
    expect(store.getState().notice).toContain('another account');
    const outcome = await store.sign('Fickle account', new Uint8Array([1]));
    expect(outcome).toMatchObject({ declined: false, reason: expect.stringContaining('has changed') as string });
    fake.change();
    expect(store.getState().connected).toBeUndefined();
    expect(store.getState().notice).toContain('has taken access back');
});

test('a wallet’s no is told from its failure', async () => {
    const fake = fakeWallet('Chooser');
    register(fake.wallet);
    const store = new WalletStore();
    store.enter('local');
    await store.connect('Chooser');
    expect(await store.sign('Chooser account', new Uint8Array([0]))).toMatchObject({ declined: true });
    expect(await store.sign('Chooser account', new Uint8Array([7]))).toEqual({ transaction: new Uint8Array([7]) });
    expect(isDecline({ code: 4001 })).toBe(true);
    expect(isDecline(new Error('Transaction cancelled'))).toBe(true);
    expect(isDecline(new Error('The device is locked'))).toBe(false);
});

test('nothing but the name of the wallet is remembered', async () => {
    register(fakeWallet('Quiet').wallet);
    const store = new WalletStore();
    store.enter('local');
    await store.connect('Quiet');
    expect(Object.keys(localStorage)).toEqual([KEYS.wallet]);
    await store.disconnect();
    expect(Object.keys(localStorage)).toEqual([]);
});
