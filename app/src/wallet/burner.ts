/**
 * A wallet that is made here and lies in the browser's storage, for local networks only, whose money is worth nothing.
 * It is a Wallet Standard wallet like any other, so that nothing else knows of it.
 *
 * @module
 */

import type { Wallet, WalletAccount } from '@wallet-standard/base';
import { KEYS, recall, remember } from '../lib/storage.js';

export const BURNER_NAME = 'Burner (local network only)';
const CHAIN = 'solana:localnet';
const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

const ICON: Wallet['icon'] = `data:image/svg+xml;base64,${btoa(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#b45309"/><path d="M12 4c3 4 5 6 5 9a5 5 0 0 1-10 0c0-2 1-3 2-4 0 2 1 3 2 3 0-3 0-5 1-8z" fill="#fff"/></svg>',
)}`;

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** Bytes in base 58, as addresses are written. */
export function base58(bytes: Uint8Array): string {
    let number = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    let text = '';
    while (number > 0n) {
        text = (ALPHABET[Number(number % 58n)] ?? '') + text;
        number /= 58n;
    }
    const zeros = bytes.findIndex((byte) => byte !== 0);
    return ALPHABET.charAt(0).repeat(zeros < 0 ? bytes.length : zeros) + text;
}

/** A length as transactions write it, and how many bytes it takes. */
function shortLength(bytes: Uint8Array, offset: number): [length: number, size: number] {
    let length = 0;
    for (let size = 0; size < 3; size++) {
        const byte = bytes[offset + size] ?? 0;
        length |= (byte & 0x7f) << (7 * size);
        if ((byte & 0x80) === 0) {
            return [length, size + 1];
        }
    }
    throw new Error('this is not a transaction');
}

/** Puts a signature into a transaction, at the place of its signer. */
export async function signTransaction(
    transaction: Uint8Array,
    publicKey: Uint8Array,
    sign: (message: Uint8Array) => Promise<Uint8Array>,
): Promise<Uint8Array> {
    const [signatures, size] = shortLength(transaction, 0);
    const messageStart = size + signatures * SIGNATURE_BYTES;
    const message = transaction.subarray(messageStart);
    // A version takes a byte of its own, with its highest bit set; then three counts, then the accounts.
    const header = (message[0] ?? 0) & 0x80 ? 1 : 0;
    const [, accountsSize] = shortLength(message, header + 3);
    const firstAccount = header + 3 + accountsSize;
    for (let place = 0; place < signatures; place++) {
        const start = firstAccount + place * PUBLIC_KEY_BYTES;
        const account = message.subarray(start, start + PUBLIC_KEY_BYTES);
        if (account.length === PUBLIC_KEY_BYTES && account.every((byte, index) => byte === publicKey[index])) {
            const signed = transaction.slice();
            signed.set(await sign(message), size + place * SIGNATURE_BYTES);
            return signed;
        }
    }
    throw new Error('this wallet is not asked to sign the transaction');
}

interface Key {
    readonly publicKey: Uint8Array;
    readonly sign: (message: Uint8Array) => Promise<Uint8Array>;
}

/** The stored key, or a new one that is stored. */
async function loadKey(): Promise<Key> {
    const stored = recall(KEYS.burner);
    const pair = stored ? await importKey(stored) : await createKey();
    const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
    return {
        publicKey,
        sign: async (message) =>
            new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, new Uint8Array(message))),
    };
}

async function createKey(): Promise<CryptoKeyPair> {
    const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
    const [secret, open] = await Promise.all([
        crypto.subtle.exportKey('jwk', pair.privateKey),
        crypto.subtle.exportKey('jwk', pair.publicKey),
    ]);
    remember(KEYS.burner, JSON.stringify({ secret, open }));
    return pair;
}

async function importKey(stored: string): Promise<CryptoKeyPair> {
    const { open, secret } = JSON.parse(stored) as { secret: JsonWebKey; open: JsonWebKey };
    const [privateKey, publicKey] = await Promise.all([
        crypto.subtle.importKey('jwk', secret, 'Ed25519', false, ['sign']),
        crypto.subtle.importKey('jwk', open, 'Ed25519', true, ['verify']),
    ]);
    return { privateKey, publicKey };
}

/** The burner. Its key is made when it is connected for the first time. */
export function createBurner(): Wallet {
    let accounts: readonly WalletAccount[] = [];
    let key: Key | undefined;
    const listeners = new Set<(change: { accounts: readonly WalletAccount[] }) => void>();
    const setAccounts = (next: readonly WalletAccount[]) => {
        accounts = next;
        listeners.forEach((listener) => listener({ accounts }));
    };
    return {
        version: '1.0.0',
        name: BURNER_NAME,
        icon: ICON,
        chains: [CHAIN],
        get accounts() {
            return accounts;
        },
        features: {
            'standard:connect': {
                version: '1.0.0',
                connect: async () => {
                    key ??= await loadKey();
                    setAccounts([
                        {
                            address: base58(key.publicKey),
                            publicKey: key.publicKey,
                            chains: [CHAIN],
                            features: ['solana:signTransaction'],
                        },
                    ]);
                    return { accounts };
                },
            },
            'standard:disconnect': { version: '1.0.0', disconnect: async () => setAccounts([]) },
            'standard:events': {
                version: '1.0.0',
                on: (event: string, listener: (change: { accounts: readonly WalletAccount[] }) => void) => {
                    if (event === 'change') listeners.add(listener);
                    return () => listeners.delete(listener);
                },
            },
            'solana:signTransaction': {
                version: '1.0.0',
                supportedTransactionVersions: ['legacy', 0],
                signTransaction: async (...inputs: readonly { transaction: Uint8Array }[]) => {
                    const signer = key ?? (await loadKey());
                    return Promise.all(
                        inputs.map(async ({ transaction }) => ({
                            signedTransaction: await signTransaction(transaction, signer.publicKey, signer.sign),
                        })),
                    );
                },
            },
        },
    };
}

/** Throws the burner's key away, and with it what it holds. */
export function forgetBurner(): void {
    remember(KEYS.burner, undefined);
}
