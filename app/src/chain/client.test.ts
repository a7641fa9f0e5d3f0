import type { Quotes } from 'bulkhead-client';
import { beforeAll, expect, test } from 'vitest';
import { snapshotOf, Wire } from '../../tests/support/app.js';
import { rawOf } from '../../tests/support/fund.js';
import { loadQuotes } from '../../tests/support/quotes.js';

let quotes: Quotes;
beforeAll(async () => {
    quotes = await loadQuotes();
});

test('answers reach their questions, in whatever order they come', async () => {
    const wire = new Wire();
    const first = wire.chain.ask('history', { account: 'a' });
    const second = wire.chain.ask('shock', {});
    const ids = wire.said.flatMap((message) => (message.kind === 'ask' ? [message.id] : []));
    wire.tell({ kind: 'answer', id: ids[1]!, answer: ['shock'] });
    wire.tell({ kind: 'failure', id: ids[0]!, name: 'Error', message: 'the node is gone' });
    await expect(first).rejects.toThrow('the node is gone');
    expect(await second).toEqual(['shock']);
});

test('what was read stays while the node is silent, and goes when it must not be trusted', () => {
    const wire = new Wire();
    const snapshot = snapshotOf(rawOf(), quotes);
    wire.tell({ kind: 'snapshot', snapshot });
    wire.tell({ kind: 'connection', connection: { state: 'lost', sinceMs: 1, reason: 'it does not answer' } });
    expect(wire.chain.getState()).toMatchObject({ connection: { state: 'lost' }, snapshot });
    wire.tell({ kind: 'connection', connection: { state: 'refused', problem: 'version', detail: '' } });
    expect(wire.chain.getState().snapshot).toBeUndefined();
});

test('another fund starts from nothing', () => {
    const wire = new Wire();
    wire.tell({ kind: 'snapshot', snapshot: snapshotOf(rawOf(), quotes) });
    wire.chain.open({ rpc: 'http://127.0.0.1', fund: 'another' });
    expect(wire.chain.getState()).toEqual({ connection: { state: 'connecting' }, snapshot: undefined });
});

test('the worker’s transactions are signed by whoever is the signer, and a no goes back as one', async () => {
    const wire = new Wire();
    wire.chain.useSigner((wallet, transaction) =>
        Promise.resolve(wallet === 'mine' ? { transaction } : { declined: true, reason: 'no' }),
    );
    wire.tell({ kind: 'sign', id: 7, wallet: 'mine', transaction: new Uint8Array([1]) });
    wire.tell({ kind: 'sign', id: 8, wallet: 'other', transaction: new Uint8Array([2]) });
    await new Promise((resolve) => setTimeout(resolve));
    expect(wire.said).toEqual([
        { kind: 'signed', id: 7, transaction: new Uint8Array([1]) },
        { kind: 'not-signed', id: 8, declined: true, reason: 'no' },
    ]);
});
