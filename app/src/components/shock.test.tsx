import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import type { Quotes } from 'bulkhead-client';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { snapshotOf, Stage, Wallets, Wire } from '../../tests/support/app.js';
import { fundOf, memberOf, rawOf, sharesOf, tokens, usd } from '../../tests/support/fund.js';
import { loadQuotes } from '../../tests/support/quotes.js';
import { shockCurve } from '../chain/figures/shock.js';
import { roundUp, ShockCurve } from './shock.js';

let quotes: Quotes;
beforeAll(async () => {
    quotes = await loadQuotes();
});
afterEach(cleanup);

function rendered() {
    const shares = sharesOf(quotes, tokens(100));
    const fund = fundOf({ contributions: tokens(500), totalShares: shares * 5n });
    const members = new Map([
        ['alice', memberOf({ margin: tokens(300), shares }, 1_000n, usd(200))],
        ['me', memberOf({ margin: tokens(1_000), shares: shares * 4n })],
    ]);
    const raw = rawOf({ fund, members });
    const wire = new Wire();
    wire.tell({ kind: 'snapshot', snapshot: snapshotOf(raw, quotes, 'me') });
    render(
        <Stage wire={wire} wallets={new Wallets()}>
            <ShockCurve points={shockCurve(raw, quotes)} />
        </Stage>,
    );
}

test('the slider says what a move would cost, and what of it is mine', () => {
    rendered();
    const text = () => document.querySelector('[aria-live]')?.textContent;
    // −20%: alice loses 400 of 300 and pays the rest with her contribution.
    fireEvent.change(screen.getByRole('slider'), { target: { value: '12' } });
    expect(text()).toContain('1 member would default with a loss of 400.00');
    expect(text()).toContain('0.00%');
    // −30%: 600; 200 are the survivors', who have 400, all of them mine.
    fireEvent.change(screen.getByRole('slider'), { target: { value: '8' } });
    expect(text()).toContain('50.00%');
    expect(text()).toContain('of yours 200.00');
    fireEvent.change(screen.getByRole('slider'), { target: { value: '20' } });
    expect(text()).toBe('Nobody would default.');
});

test('the picture has its table, with the same figures', () => {
    rendered();
    const row = screen.getByRole('row', { name: /−30%/, hidden: true });
    expect(row.textContent).toContain('600.00');
    expect(row.textContent).toContain('50.00%');
});

test('axes end at round numbers', () => {
    expect([1n, 7n, 11n, 61_999n, 100n].map(roundUp)).toEqual([1n, 8n, 20n, 80_000n, 100n]);
});
