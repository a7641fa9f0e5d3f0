import { createSolanaRpcSubscriptions } from '@solana/kit';
import { describe, expect, inject, test } from 'vitest';
import { FundClient, subscribe, type Happened } from '../src/index.js';
import { Cluster } from './support/cluster.js';

const localnet = inject('localnet');

describe.runIf(localnet)('subscribe', () => {
    const setUp = async () => {
        const cluster = await Cluster.connect(localnet);
        const fund = await FundClient.load(cluster.rpc, localnet!.fund as never);
        const wallet = await cluster.wallet(1_000_000_000n);
        const open = async () => cluster.run(await fund.openMember({ owner: wallet, payer: cluster.payer }));
        const deposit = async (amount: bigint) =>
            cluster.run(await fund.depositMargin({ depositor: wallet, amount }));
        return { cluster, deposit, fund, member: await fund.memberOf(wallet.address), open, wallet };
    };

    /** Reads so many transactions, and ends the subscription. */
    async function read(stream: AsyncGenerator<Happened>, count: number, end: AbortController): Promise<string[]> {
        const told: string[] = [];
        for await (const { events, signature } of stream) {
            expect(signature).not.toBe('');
            told.push(...events.map(({ name }) => name));
            if (told.length >= count) {
                break;
            }
        }
        end.abort();
        return told;
    }

    /** A node that says when its first answer to this method has come. */
    function afterFirst(rpc: Cluster['rpc'], method: 'getSignaturesForAddress', onAnswer: () => void): Cluster['rpc'] {
        return new Proxy(rpc, {
            get: (target, name, receiver) => {
                if (name !== method) return Reflect.get(target, name, receiver);
                return (...words: Parameters<typeof target.getSignaturesForAddress>) => ({
                    send: async () => {
                        const answer = await target.getSignaturesForAddress(...words).send();
                        onAnswer();
                        return answer;
                    },
                });
            },
        });
    }

    test('what happens is told once and in order', async () => {
        const { cluster, deposit, fund, member, open, wallet } = await setUp();
        expect(await fund.memberExists(wallet.address)).toBe(false);
        await open();
        expect(await fund.memberExists(wallet.address)).toBe(true);
        const end = new AbortController();
        // The subscription begins behind what it finds: once that is read, everything that happens is told.
        const real = createSolanaRpcSubscriptions(localnet!.websocket);
        let begun = () => {};
        const hasBegun = new Promise<void>((resolve) => (begun = resolve));
        const rpc = afterFirst(cluster.rpc, 'getSignaturesForAddress', () => begun());
        const told = read(subscribe(rpc, real, member, { signal: end.signal }), 2, end);
        await hasBegun;
        await deposit(5_000_000n);
        await deposit(6_000_000n);
        expect(await told).toEqual(['MarginMoved', 'MarginMoved']);
    });

    test('what has happened in a gap of the connection is told too', async () => {
        const { cluster, deposit, member, open } = await setUp();
        const { signature } = await open();
        const end = new AbortController();
        const real = createSolanaRpcSubscriptions(localnet!.websocket);
        let attempts = 0;
        // The first connection breaks before it stands; meanwhile money comes in.
        const subscriptions = {
            logsNotifications: (...words: Parameters<typeof real.logsNotifications>) => {
                attempts += 1;
                if (attempts === 1) {
                    return { subscribe: () => Promise.reject(new Error('the line is down')) };
                }
                return real.logsNotifications(...words);
            },
        } as unknown as typeof real;
        const gaps: unknown[] = [];
        await deposit(7_000_000n);
        const stream = subscribe(cluster.rpc, subscriptions, member, {
            after: signature,
            onGap: (reason) => gaps.push(reason),
            signal: end.signal,
        });
        expect(await read(stream, 1, end)).toEqual(['MarginMoved']);
        expect([gaps.length, attempts]).toEqual([1, 2]);
    });

    test('a subscription ends with its signal', async () => {
        const { cluster, fund } = await setUp();
        const end = new AbortController();
        const subscriptions = createSolanaRpcSubscriptions(localnet!.websocket);
        const stream = subscribe(cluster.rpc, subscriptions, fund.address, { signal: end.signal });
        setTimeout(() => end.abort(), 500);
        for await (const _ of stream) {
            // Other tests share the fund.
        }
        expect(end.signal.aborted).toBe(true);
    });
});
