import {
    appendTransactionMessageInstructions,
    compileTransaction,
    createTransactionMessage,
    generateKeyPairSigner,
    getAddressEncoder,
    getBase58Decoder,
    getTransactionDecoder,
    getTransactionEncoder,
    pipe,
    setTransactionMessageFeePayer,
    setTransactionMessageLifetimeUsingBlockhash,
    verifySignature,
    type Address,
    type Blockhash,
    type KeyPairSigner,
} from '@solana/kit';
import { expect, test } from 'vitest';
import { base58, signTransaction } from './burner.js';

const BLOCKHASH = { blockhash: '11111111111111111111111111111112' as Blockhash, lastValidBlockHeight: 1n };

const PROGRAM = 'BuLKhEad11111111111111111111111111111111111' as Address;

/** A transaction that `payer` pays for and `second` must sign too. */
function transactionOf(version: 'legacy' | 0, payer: KeyPairSigner, second: KeyPairSigner): Uint8Array {
    const message = pipe(
        createTransactionMessage({ version }),
        (message) => setTransactionMessageFeePayer(payer.address, message),
        (message) => setTransactionMessageLifetimeUsingBlockhash(BLOCKHASH, message),
        (message) =>
            appendTransactionMessageInstructions(
                [{ programAddress: PROGRAM, accounts: [{ address: second.address, role: 2 }] }],
                message,
            ),
    );
    return new Uint8Array(getTransactionEncoder().encode(compileTransaction(message as never)));
}

async function signWith({ address, keyPair }: KeyPairSigner, transaction: Uint8Array): Promise<Uint8Array> {
    return signTransaction(transaction, new Uint8Array(getAddressEncoder().encode(address)), async (message) =>
        new Uint8Array(await crypto.subtle.sign('Ed25519', keyPair.privateKey, new Uint8Array(message))),
    );
}

test.each([['legacy'], [0]] as const)('a signature of version %s stands at its signer’s place, and is valid', async (version) => {
    const [payer, second] = await Promise.all([generateKeyPairSigner(), generateKeyPairSigner()]);
    const unsigned = transactionOf(version, payer, second);
    for (const signer of [payer, second]) {
        const { messageBytes, signatures } = getTransactionDecoder().decode(await signWith(signer, unsigned));
        const signature = signatures[signer.address];
        expect(signature).not.toBeNull();
        expect(await verifySignature(signer.keyPair.publicKey, signature!, messageBytes)).toBe(true);
        const other = signer === payer ? second : payer;
        expect(signatures[other.address]).toBeNull();
    }
});

test('a wallet that is not asked signs nothing', async () => {
    const [payer, second, stranger] = await Promise.all([1, 2, 3].map(() => generateKeyPairSigner()));
    await expect(signWith(stranger!, transactionOf(0, payer!, second!))).rejects.toThrow('not asked');
});

test('addresses are written as everybody writes them', () => {
    for (const bytes of [new Uint8Array(32), new Uint8Array(32).fill(255), new Uint8Array([0, 0, 1, 2, 3])]) {
        expect(base58(bytes)).toBe(getBase58Decoder().decode(bytes));
    }
});
