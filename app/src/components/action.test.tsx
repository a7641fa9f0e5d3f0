import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import type { Quotes } from 'bulkhead-client';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { snapshotOf, Stage, WALLET, Wallets, Wire } from '../../tests/support/app.js';
import { rawOf } from '../../tests/support/fund.js';
import { loadQuotes } from '../../tests/support/quotes.js';
import type { Action, ActionOutcome, Preview } from '../chain/model.js';
import { ActionButton } from './action.js';

let quotes: Quotes;
beforeAll(async () => {
    quotes = await loadQuotes();
});
afterEach(cleanup);

const ACTION: Action = { kind: 'contribute', amount: 1_000_000n };
const PREVIEW: Preview = {
    title: 'Contribute to the default fund',
    terms: [],
    changes: [{ label: 'Contribution', before: { unit: 'money', value: 0n }, after: { unit: 'money', value: 1_000_000n } }],
    consequences: ['It can be lost.'],
    networkFee: 5_000n,
    rent: 0n,
    computeUnits: 2_507n,
    instructions: [],
    problem: undefined,
};

/** Opens the dialog of an action, and plays its worker. */
async function opened(preview: Preview, agreement?: { text: string }) {
    const wire = new Wire();
    const wallets = new Wallets();
    wire.tell({ kind: 'snapshot', snapshot: snapshotOf(rawOf(), quotes) });
    const done: string[] = [];
    render(
        <Stage wire={wire} wallets={wallets}>
            <ActionButton action={ACTION} agreement={agreement} onDone={() => done.push('done')}>
                Contribute
            </ActionButton>
        </Stage>,
    );
    fireEvent.click(screen.getByRole('button', { name: 'Contribute' }));
    expect(wire.asked('preview').ask).toEqual({ action: ACTION, wallet: WALLET });
    await act(async () => wire.tell({ kind: 'answer', id: wire.asked('preview').id, answer: preview }));
    const sign = () => screen.getByRole<HTMLButtonElement>('button', { name: 'Sign in your wallet', hidden: true });
    const finish = async (outcome: ActionOutcome) => {
        fireEvent.click(sign());
        await act(async () => wire.tell({ kind: 'answer', id: wire.asked('perform').id, answer: outcome }));
    };
    return { done, finish, sign, wallets, wire };
}

test('nothing can be signed before the box is ticked', async () => {
    const { sign, wire } = await opened(PREVIEW, { text: 'I understand.' });
    expect(sign().disabled).toBe(true);
    fireEvent.click(sign());
    expect(() => wire.asked('perform')).toThrow();
    fireEvent.click(screen.getByRole('checkbox', { hidden: true }));
    expect(sign().disabled).toBe(false);
});

test('what the program would refuse cannot be signed, and says why and what to do', async () => {
    const problem = { name: 'LossPending', text: 'A default is open.', advice: 'Wait until it is allocated.' };
    const { sign } = await opened({ ...PREVIEW, changes: [], problem });
    expect(sign().disabled).toBe(true);
    expect(document.body.textContent).toContain('Wait until it is allocated.');
    expect(document.body.textContent).toContain('LossPending');
});

test('another account in the wallet makes the preview worthless', async () => {
    const { sign, wallets } = await opened(PREVIEW);
    expect(sign().disabled).toBe(false);
    act(() => wallets.connect('another'));
    expect(sign().disabled).toBe(true);
    expect(document.body.textContent).toContain('The wallet’s account has changed');
});

test('each step is told while it lasts, with the signature as soon as there is one', async () => {
    const { sign, wire } = await opened(PREVIEW);
    fireEvent.click(sign());
    const { id } = wire.asked('perform');
    act(() => wire.tell({ kind: 'step', id, step: 'signing', signature: undefined }));
    expect(document.body.textContent).toContain('it asks you to sign');
    act(() => wire.tell({ kind: 'step', id, step: 'unreachable', signature: 'SIGNATURE' }));
    expect(document.body.textContent).toContain('may already be on its way');
    expect(document.body.textContent).toContain('SIGNATURE');
});

test('a refusal in the wallet is no error, and one can go back', async () => {
    const { done, finish, sign } = await opened(PREVIEW);
    await finish({ kind: 'declined' });
    expect(document.body.textContent).toContain('Nothing was sent and nothing has changed.');
    expect(screen.queryByRole('alert', { hidden: true })).toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'Back', hidden: true }));
    await waitFor(() => expect(() => sign()).toThrow()); // it is simulated anew
    expect(done).toEqual([]);
});

test('only what is confirmed is called done', async () => {
    const { done, finish } = await opened(PREVIEW);
    await finish({ kind: 'done', signature: 'SIGNATURE', events: [] });
    expect(document.body.textContent).toContain('Confirmed.');
    const close = screen.getAllByRole('button', { name: 'Close', hidden: true }).at(-1)!;
    fireEvent.click(close);
    expect(done).toEqual(['done']);
});

test('no wallet, or no node, and nothing can be begun', () => {
    const wire = new Wire();
    const wallets = new Wallets(undefined);
    wire.tell({ kind: 'snapshot', snapshot: snapshotOf(rawOf(), quotes) });
    wallets.connect(undefined);
    render(
        <Stage wire={wire} wallets={wallets}>
            <ActionButton action={ACTION}>Contribute</ActionButton>
        </Stage>,
    );
    const button = screen.getByRole<HTMLButtonElement>('button', { name: 'Contribute' });
    expect(button.disabled).toBe(true);
    act(() => wallets.connect(WALLET));
    expect(button.disabled).toBe(false);
    act(() => wire.tell({ kind: 'connection', connection: { state: 'lost', sinceMs: 0, reason: 'gone' } }));
    expect(button.disabled).toBe(true);
});
