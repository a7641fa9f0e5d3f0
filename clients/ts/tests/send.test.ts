import {
    AccountRole,
    createDefaultRpcTransport,
    createSolanaRpcFromTransport,
    fetchEncodedAccounts,
    generateKeyPairSigner,
    getBase58Encoder,
    getBase64Encoder,
    getCompiledTransactionMessageDecoder,
    getTransactionDecoder,
    partiallySignTransaction,
    type Address,
    type Instruction,
    type KeyPairSigner,
    type RpcTransport,
    type TransactionModifyingSigner,
} from '@solana/kit';
import { describe, expect, inject, test } from 'vitest';
import { isUnreachable, send, simulate, TransactionExpired, TransactionFailed, type SendStep } from '../src/index.js';
import { Cluster } from './support/cluster.js';

const SYSTEM = '11111111111111111111111111111111' as Address;
const AMOUNT = 2_000_000n;

/** Moves lamports. */
function transfer(from: KeyPairSigner | TransactionModifyingSigner, to: Address, lamports = AMOUNT): Instruction {
    const data = new Uint8Array(12);
    const view = new DataView(data.buffer);
    view.setUint32(0, 2, true);
    view.setBigUint64(4, lamports, true);
    return {
        programAddress: SYSTEM,
        accounts: [
            { address: from.address, role: AccountRole.WRITABLE_SIGNER, signer: from } as never,
            { address: to, role: AccountRole.WRITABLE },
        ],
        data,
    };
}

/** The validator behind a line that drops the first call of each of these methods, before or after it has arrived. */
function behindBadLine(url: string, dropped: Iterable<string>, arrives = false) {
    const left = new Set(dropped);
    const real = createDefaultRpcTransport({ url });
    const transport = (async (request: Parameters<RpcTransport>[0]) => {
        const { method } = request.payload as { method: string };
        if (left.delete(method)) {
            if (arrives) await real(request);
            throw new TypeError('fetch failed');
        }
        return real(request);
    }) as RpcTransport;
    return createSolanaRpcFromTransport(transport);
}

const localnet = inject('localnet');

describe('a node that is late or tells of a failure', () => {
    /** A node that knows this status, and the details only when it has been asked for them so many times. */
    async function told(err: unknown, late: number) {
        const from = await generateKeyPairSigner();
        let asked = 0;
        const answers: Readonly<Record<string, () => unknown>> = {
            getLatestBlockhash: () => ({ context: { slot: 1 }, value: { blockhash: SYSTEM, lastValidBlockHeight: 100 } }),
            sendTransaction: () => '1'.repeat(64),
            getBlockHeight: () => 1,
            getSignatureStatuses: () => ({
                context: { slot: 1 },
                value: [{ confirmationStatus: 'confirmed', confirmations: null, err, slot: 1, status: { Ok: null } }],
            }),
            getTransaction: () =>
                (asked += 1) <= late ? null : { slot: 1, meta: { err: null, logMessages: ['Program log: it ran'] } },
        };
        const transport = (async ({ payload }: Parameters<RpcTransport>[0]) => {
            const { id, method } = payload as { id: string; method: string };
            return { jsonrpc: '2.0', id, result: answers[method]?.() };
        }) as RpcTransport;
        const { address: to } = await generateKeyPairSigner();
        const sent = send(createSolanaRpcFromTransport(transport), from, [transfer(from, to)]);
        return { sent, asked: () => asked };
    }

    test('s7: a failed transaction is an error, whatever its details say', async () => {
        const { sent } = await told({ InstructionError: [0, { Custom: 6_001 }] }, 0);
        await expect(sent).rejects.toBeInstanceOf(TransactionFailed);
    });

    test('s7: details that are not there yet are waited for', async () => {
        const { asked, sent } = await told(null, 2);
        expect((await sent).logs).toEqual(['Program log: it ran']);
        expect(asked()).toBe(3);
    });
});

describe('the end of a transaction', () => {
    /** A node whose block height is far beyond that of any transaction, as one that tells the slot instead. */
    async function wrongHeight(isValid: () => boolean, confirmedAfter: number) {
        const from = await generateKeyPairSigner();
        const { address: to } = await generateKeyPairSigner();
        let [asked, sent] = [0, 0];
        const answers: Readonly<Record<string, () => unknown>> = {
            getLatestBlockhash: () => ({ context: { slot: 1 }, value: { blockhash: SYSTEM, lastValidBlockHeight: 100 } }),
            sendTransaction: () => ((sent += 1), '1'.repeat(64)),
            getBlockHeight: () => 1_000_000,
            isBlockhashValid: () => ({ context: { slot: 1 }, value: isValid() }),
            getSignatureStatuses: () => ({
                context: { slot: 1 },
                value: [
                    (asked += 1) > confirmedAfter
                        ? { confirmationStatus: 'confirmed', confirmations: null, err: null, slot: 1, status: { Ok: null } }
                        : null,
                ],
            }),
            getTransaction: () => ({ slot: 1, meta: { err: null, logMessages: ['Program log: it ran'] } }),
        };
        const transport = (async ({ payload }: Parameters<RpcTransport>[0]) => {
            const { id, method } = payload as { id: string; method: string };
            return { jsonrpc: '2.0', id, result: answers[method]?.() };
        }) as RpcTransport;
        const outcome = send(createSolanaRpcFromTransport(transport), from, [transfer(from, to)]);
        return { outcome, sent: () => sent };
    }

    test('i9: a transaction that can still run has not expired, whatever the block height says', async () => {
        const { outcome, sent } = await wrongHeight(() => true, 15);
        expect((await outcome).logs).toEqual(['Program log: it ran']);
        expect(sent(), 'the same bytes are handed over again').toBeGreaterThan(1);
    });

    test('i9: one whose blockhash is no longer valid has expired', async () => {
        const { outcome } = await wrongHeight(() => false, Infinity);
        await expect(outcome).rejects.toBeInstanceOf(TransactionExpired);
    });
});

describe.runIf(localnet)('on a validator', () => {
    const setUp = async () => {
        const cluster = await Cluster.connect(localnet);
        const [from, { address: to }] = await Promise.all([cluster.wallet(0n), generateKeyPairSigner()]);
        const balance = async () => (await cluster.rpc.getBalance(to, { commitment: 'confirmed' }).send()).value;
        return { balance, cluster, from, to };
    };

    test('a node that falls silent after the signature is asked again until it answers', async () => {
        const { balance, from, to } = await setUp();
        const methods = ['sendTransaction', 'getBlockHeight', 'getSignatureStatuses', 'getTransaction'];
        const steps: SendStep[] = [];
        const rpc = behindBadLine(localnet!.rpc, methods);
        await send(rpc, from, [transfer(from, to)], { onStep: (step) => steps.push(step) });
        expect(steps[0]).toBe('signed');
        expect(steps.filter((step) => step === 'unreachable')).toHaveLength(methods.length);
        expect(await balance()).toBe(AMOUNT);
    });

    test('a transaction that has arrived although nobody said so runs once', async () => {
        const { balance, from, to } = await setUp();
        await send(behindBadLine(localnet!.rpc, ['sendTransaction'], true), from, [transfer(from, to)]);
        expect(await balance()).toBe(AMOUNT);
    });

    test('before the signature a silent node is an error: nothing was sent', async () => {
        const { balance, from, to } = await setUp();
        const failure = await send(behindBadLine(localnet!.rpc, ['getLatestBlockhash']), from, [transfer(from, to)]).then(
            () => undefined,
            (error: unknown) => error,
        );
        expect(isUnreachable(failure)).toBe(true);
        expect(await balance()).toBe(0n);
    });

    test('a wallet may sign with another blockhash than it was given', async () => {
        const { balance, cluster, from, to } = await setUp();
        const signer: TransactionModifyingSigner = {
            address: from.address,
            modifyAndSignTransactions: (transactions) =>
                Promise.all(
                    transactions.map(async (transaction) => {
                        const { value } = await cluster.rpc.getLatestBlockhash({ commitment: 'confirmed' }).send();
                        const messageBytes = new Uint8Array(transaction.messageBytes);
                        const given = getBase58Encoder().encode(
                            (transaction as unknown as { lifetimeConstraint: { blockhash: string } }).lifetimeConstraint.blockhash,
                        );
                        const place = messageBytes.findIndex((_, start) =>
                            given.every((byte, index) => messageBytes[start + index] === byte),
                        );
                        messageBytes.set(getBase58Encoder().encode(value.blockhash), place);
                        return partiallySignTransaction([from.keyPair], { ...transaction, messageBytes } as never);
                    }),
                ) as never,
        };
        await cluster.travel(2n); // another block, and another blockhash
        const { signature } = await send(cluster.rpc, signer, [transfer(signer, to)]);
        expect(signature).not.toBe('');
        expect(await balance()).toBe(AMOUNT);
    });

    test('a simulation tells what would be, and changes nothing', async () => {
        const { balance, cluster, from, to } = await setUp();
        const { accounts, failure, fee } = await simulate(cluster.rpc, from, [transfer(from, to)], [to]);
        expect(failure).toBeUndefined();
        expect(fee).toBe(5_000n);
        expect(accounts[0]?.lamports).toBe(AMOUNT);
        expect(await balance()).toBe(0n);
    });

    test('a simulation tells of accounts that stay as they are, whether the transaction names them or not', async () => {
        const { cluster, from, to } = await setUp();
        const { fund, mint } = localnet!;
        const { address: nobody } = await generateKeyPairSigner();
        const named = { address: mint as Address, role: AccountRole.READONLY };
        const { accounts = [], ...rest } = transfer(from, to);
        const instruction = { ...rest, accounts: [...accounts, named] };
        const asked = [mint as Address, to, fund as Address, nobody];
        const simulated = await simulate(cluster.rpc, from, [instruction], asked);
        expect(simulated.failure).toBeUndefined();
        const now = await fetchEncodedAccounts(cluster.rpc, asked, { commitment: 'confirmed' });
        const dataOf = (account: (typeof now)[number] | undefined) => (account && 'data' in account ? account.data : undefined);
        const [mintAfter, toAfter, fundAfter, nobodyAfter] = simulated.accounts;
        expect(mintAfter?.data).toEqual(dataOf(now[0]));
        expect(toAfter?.lamports).toBe(AMOUNT);
        expect(fundAfter?.programAddress).toBe(localnet!.program);
        expect(nobodyAfter).toBeUndefined();
    });

    test('a transaction has the budget that was asked for', async () => {
        const { balance, cluster, from, to } = await setUp();
        const options = { computeUnits: 'estimated', unitPrice: 7_000n } as const;
        const { signature } = await send(cluster.rpc, from, [transfer(from, to)], options);
        const config = { commitment: 'confirmed', encoding: 'base64', maxSupportedTransactionVersion: 0 } as const;
        const found = await cluster.rpc.getTransaction(signature, config).send();
        const wire = getBase64Encoder().encode(found!.transaction[0]);
        const { messageBytes } = getTransactionDecoder().decode(wire);
        const message = getCompiledTransactionMessageDecoder().decode(messageBytes);
        const contents = ('instructions' in message ? message.instructions : []).map(({ data }) => [...(data ?? [])]);
        expect(contents[0]).toEqual([3, 88, 27, 0, 0, 0, 0, 0, 0]);
        const [kind, low, high] = contents[1]!;
        expect(kind).toBe(2);
        const units = low! + 256 * high!;
        expect(units).toBeGreaterThan(0);
        expect(units, 'a transfer takes few units, and not the most that there can be').toBeLessThan(5_000);
        await send(cluster.rpc, from, [transfer(from, to)], { unitPrice: 'recent' });
        expect(await balance()).toBe(2n * AMOUNT);
        // A transaction that would be refused is not signed for.
        await expect(send(cluster.rpc, from, [transfer(from, to, 10n ** 18n)], options)).rejects.toBeInstanceOf(TransactionFailed);
    });

    test('a simulation that fails says why', async () => {
        const { cluster, from, to } = await setUp();
        const { accounts, failure } = await simulate(cluster.rpc, from, [transfer(from, to, 10n ** 18n)], [to]);
        expect(failure).toBeInstanceOf(TransactionFailed);
        expect(failure?.logs.join(' ')).toContain('insufficient lamports');
        expect(accounts).toEqual([undefined]);
    });
});
