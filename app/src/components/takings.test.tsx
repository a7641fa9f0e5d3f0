import type { Address } from '@solana/kit';
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import type { Quotes } from 'bulkhead-client';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { snapshotOf, Stage, WALLET, Wallets, Wire } from '../../tests/support/app.js';
import { memberOf, offerOf, rawOf, takingOf, tokens, usd } from '../../tests/support/fund.js';
import { loadQuotes } from '../../tests/support/quotes.js';
import type { Action, EventText, HistoryEntry } from '../chain/model.js';
import { endingOf, Takings } from './takings.js';

let quotes: Quotes;
beforeAll(async () => {
    quotes = await loadQuotes();
});
afterEach(cleanup);

const members = new Map([['me', memberOf({ owner: WALLET as Address, margin: tokens(1_000) })]]);
const taking = takingOf({ taker: 'me' as Address, lots: 400n, ts: 1_000n, locked: tokens(80) });
/** At a second, with the offer's taking. */
const snapshot = (ts: bigint, fields: Parameters<typeof offerOf>[0] = { taking }) =>
    snapshotOf(
        rawOf({ members, clock: { slot: 100n, ts }, offers: [{ address: 'offer', data: offerOf({ lots: -1_000n, ...fields }) }] }),
        quotes,
        'me',
    );

function shown(ts: bigint, fields?: Parameters<typeof offerOf>[0]) {
    const wire = new Wire();
    wire.tell({ kind: 'snapshot', snapshot: snapshot(ts, fields) });
    render(
        <Stage wire={wire} wallets={new Wallets()}>
            <Takings />
        </Stage>,
    );
    const previewed = () => (wire.asked('preview').ask as { action: Action }).action;
    return { previewed, wire };
}

const event = (name: string, lines: EventText['lines'] = []): EventText => ({ name, text: name, lines, isLoss: false });
const entry = (...events: EventText[]): HistoryEntry => ({ signature: 's', slot: 1n, ts: 1n, events });
const FILLED = entry(
    event('Novated', [{ label: 'Price', figure: { unit: 'price', value: usd(202.5), decimals: 8 } }]),
    event('OfferFilled', [{ label: 'Print', figure: { unit: 'price', value: usd(202), decimals: 8 } }]),
);

test('a taking counts down, says what is locked, and can be filled by whoever waits', () => {
    const { previewed } = shown(1_004n);
    expect(document.body.textContent).toContain('You buy 4Market 0');
    expect(screen.getByRole('timer').textContent).toBe('26 s left');
    expect(document.body.textContent).toContain('80.00USDC of your margin is locked');
    expect(document.body.textContent).toContain('There is none in the mark yet.');
    fireEvent.click(screen.getByRole('button', { name: 'Fill it' }));
    expect(previewed()).toEqual({ kind: 'keep', task: { kind: 'fill-offer', offer: 'offer' } });
});

test('the maker is told that its offer is taken, and others are told nothing', () => {
    shown(1_004n, { taking: { ...taking, taker: 'other' as Address }, maker: 'me' as Address });
    expect(document.body.textContent).toContain('Your offer is taken: you sell 4');
    cleanup();
    shown(1_004n, { taking: { ...taking, taker: 'other' as Address } });
    expect(document.body.textContent).toBe('');
});

test('after its time the margin can be freed, and the countdown is never negative', () => {
    const { previewed } = shown(1_031n);
    expect(screen.queryByRole('timer')).toBeNull();
    expect(document.body.textContent).toContain('Not filled in time');
    fireEvent.click(screen.getByRole('button', { name: 'Free the margin' }));
    expect(previewed()).toEqual({ kind: 'keep', task: { kind: 'lapse-taking', offer: 'offer' } });
});

test('once it is filled the price is told, from the offer’s own transactions', async () => {
    const { wire } = shown(1_004n);
    act(() => wire.tell({ kind: 'snapshot', snapshot: snapshot(1_006n, { lots: -600n }) }));
    const { ask, id } = wire.asked('history');
    expect(ask).toEqual({ account: 'offer' });
    await act(async () => wire.tell({ kind: 'answer', id, answer: [FILLED] }));
    expect(document.body.textContent).toContain('Filled at 202.500: you bought 4');
    fireEvent.click(screen.getByRole('button', { name: 'Dismiss' }));
    expect(document.body.textContent).not.toContain('Filled');
});

test('a taking that somebody has ended is told, and one that no node remembers too', async () => {
    const [offer] = snapshot(1_004n).offers;
    const answering = (entries: HistoryEntry[]) => ({ ask: () => Promise.resolve(entries) }) as never;
    expect(await endingOf(answering([entry(event('TakingLapsed')), FILLED]), offer!, 0)).toMatchObject({ kind: 'lapsed' });
    expect(await endingOf(answering([FILLED]), offer!, 0)).toMatchObject({ kind: 'filled', price: { value: usd(202.5) } });
    expect(await endingOf(answering([]), offer!, 0)).toMatchObject({ kind: 'unknown', price: undefined });
    const silent = { ask: () => Promise.reject(new Error('gone')) } as never;
    expect(await endingOf(silent, offer!, 0)).toMatchObject({ kind: 'unknown' });
});

test('what ended for another wallet is not told to this one', () => {
    const { wire } = shown(1_004n);
    const { wallet, ...rest } = snapshot(1_006n, { lots: -600n });
    act(() => wire.tell({ kind: 'snapshot', snapshot: { ...rest, wallet: { ...wallet!, member: undefined } } }));
    expect(() => wire.asked('history')).toThrow('was not asked');
});
