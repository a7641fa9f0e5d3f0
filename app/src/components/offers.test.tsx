import type { Address } from '@solana/kit';
import { act, cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import type { Quotes } from 'bulkhead-client';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { snapshotOf, Stage, WALLET, Wallets, Wire } from '../../tests/support/app.js';
import { marketOf, memberOf, offerOf, rawOf, takingOf, tokens, usd } from '../../tests/support/fund.js';
import { loadQuotes } from '../../tests/support/quotes.js';
import type { Action } from '../chain/model.js';
import { MarketOffers, MyOffers } from './offers.js';
import { readAmount } from './field.js';
import { offerTerms } from './text.js';
import { postAction, proposedLimit } from './trade.js';

let quotes: Quotes;
beforeAll(async () => {
    quotes = await loadQuotes();
});
afterEach(cleanup);

const OWNER = 'owner' as Address;
const members = new Map([
    ['maker', memberOf({ owner: OWNER, margin: tokens(1_000) })],
    ['me', memberOf({ owner: WALLET as Address, margin: tokens(1_000) })],
]);
const at = (address: string, fields: Parameters<typeof offerOf>[0]) => ({ address, data: offerOf({ trader: OWNER, ...fields }) });
const mine = { maker: 'me' as Address, trader: WALLET as Address };

/** The offers of the market, as a member sees them. */
function shown(offers: ReturnType<typeof at>[], parts: object = {}) {
    const wire = new Wire();
    const snapshot = snapshotOf(rawOf({ members, offers, ...parts }), quotes, 'me');
    wire.tell({ kind: 'snapshot', snapshot });
    render(
        <Stage wire={wire} wallets={new Wallets()}>
            <MarketOffers market={snapshot.markets[0]!} />
            <MyOffers member={snapshot.wallet!.member!} />
        </Stage>,
    );
    const previewed = () => (wire.asked('preview').ask as { action: Action }).action;
    return { previewed, wire };
}

const rows = (caption: RegExp) => within(screen.getByRole('table', { name: caption })).getAllByRole('row').slice(1);
const field = (label: string) => screen.getByLabelText<HTMLInputElement>(label);
const button = (name: string | RegExp) => screen.getByRole<HTMLButtonElement>('button', { name });

describe('the offers of a market', () => {
    test('stand on two sides, best first, with the price at the mark', () => {
        shown([at('far', { lots: -500n, distanceBps: 50 }), at('near', { lots: -1_000n, distanceBps: 25 }), at('bid', { lots: 300n })]);
        expect(rows(/Offers to sell/).map((row) => row.querySelector('th')?.textContent)).toEqual(['200.500', '201.000']);
        expect(rows(/Offers to buy/).map((row) => row.textContent)).toEqual([expect.stringContaining('at the print')]);
    });

    test('of others are not shown once they are void or have expired; one’s own are, with a way to cancel them', () => {
        const { previewed } = shown([
            at('void', { lots: -1n, defaultCount: 1n }),
            at('old', { lots: -1n, expiresTs: 1_000n }),
            at('mine', { ...mine, lots: -1n, expiresTs: 1_000n }),
        ]);
        expect(rows(/Offers to sell/)).toHaveLength(1);
        expect(rows(/My offers/)[0]?.textContent).toContain('expired');
        fireEvent.click(within(rows(/My offers/)[0]!).getByRole('button', { name: /Cancel/ }));
        expect(previewed()).toEqual({ kind: 'cancel-offer', offer: 'mine' });
    });

    test('cannot be taken or cancelled while a taking waits, nor by another wallet than the one they are for', () => {
        const taking = takingOf({ taker: 'taker' as Address, lots: 1n, ts: 999n });
        shown([
            at('open', { lots: -1n, distanceBps: 40 }),
            at('taken', { lots: -1n, taking }),
            at('meant', { lots: -1n, distanceBps: 10, taker: OWNER }),
            at('mine', { ...mine, lots: 1n, taking }),
        ]);
        // What cannot be taken stands behind what can, however good its price is.
        const [, first, second] = rows(/Offers to sell/);
        expect(rows(/Offers to sell/)[0]?.querySelector('th')?.textContent).toBe('200.800');
        expect(within(first!).getByRole<HTMLButtonElement>('button').disabled).toBe(true);
        expect(first?.textContent).toContain('taken, 29 s left');
        expect(second?.textContent).toContain('for another wallet');
        expect(within(second!).queryByRole('button')).toBeNull();
        expect(within(rows(/Offers to buy/)[0]!).getByRole<HTMLButtonElement>('button').disabled).toBe(true);
    });

    test('are drawn in portions: however many there are', () => {
        shown(Array.from({ length: 60 }, (_, index) => at(`ask ${index}`, { lots: -1n, distanceBps: index })));
        expect(rows(/Offers to sell/)).toHaveLength(25);
        fireEvent.click(button('Show more'));
        expect(rows(/Offers to sell/)).toHaveLength(50);
        fireEvent.click(button('Show more'));
        expect(rows(/Offers to sell/)).toHaveLength(60);
        expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull();
    });

    test('are none where the oracle does not say which price came before', () => {
        const { oracle } = marketOf(usd(200));
        shown([], { markets: [marketOf(usd(200), { oracle: { ...oracle, kind: 1 } })] });
        expect(document.body.textContent).toContain('there are no offers here');
        expect(screen.queryByRole('button', { name: 'Post the offer' })).toBeNull();
    });
});

describe('taking', () => {
    test('says that the price is that of the first print after it, and proposes a limit within the band', () => {
        const { previewed } = shown([at('ask', { lots: -1_000n, minLots: 200n, distanceBps: 25 })], {
            markets: [marketOf(usd(200), { priceBandBps: 200 })],
        });
        fireEvent.click(button(/^Buy/));
        expect(document.body.textContent).toContain('The price is that of the first print after you take, not this one.');
        expect(document.activeElement?.textContent).toContain('Buy Market 0');
        expect(field('Worst price you accept').value).toBe('204.51'); // 200.50 and 2% of it
        expect(field('How many to take').value).toBe('10');
        fireEvent.change(field('How many to take'), { target: { value: '1.99' } });
        expect(document.body.textContent).toContain('The fewest is 2.');
        expect(button('Take the offer').disabled).toBe(true);
        fireEvent.change(field('How many to take'), { target: { value: '2.5' } });
        fireEvent.change(field('Worst price you accept'), { target: { value: '200' } });
        expect(document.body.textContent).toContain('it would be refused');
        fireEvent.change(field('Worst price you accept'), { target: { value: '201' } });
        fireEvent.click(button('Take the offer'));
        expect(previewed()).toEqual({ kind: 'take-offer', offer: 'ask', lots: 250n, limitPrice: usd(201) });
    });

    test('an offer to buy sells: the lots are negative, and the limit is below', () => {
        const { previewed } = shown([at('bid', { lots: 100n })], { markets: [marketOf(usd(200), { priceBandBps: 100 })] });
        fireEvent.click(button(/^Sell/));
        fireEvent.click(button('Take the offer'));
        expect(previewed()).toEqual({ kind: 'take-offer', offer: 'bid', lots: -100n, limitPrice: usd(198) });
    });
});

describe('posting', () => {
    const draft = {
        sells: true,
        lots: readAmount('10', 2),
        fewest: readAmount('', 2),
        pricing: 'print' as const,
        distance: readAmount('', 2),
        limit: readAmount('', 8),
        secs: 3_600n,
        onlyFor: '',
    };

    test('is at the print, at a distance to either side, or at a price', () => {
        const terms = (fields: object) => postAction({ ...draft, ...fields }, 0, 1_000n);
        const base = { lots: -1_000n, fewest: 0n, expiresTs: 4_600n, onlyFor: undefined };
        expect(terms({})).toMatchObject({ ...base, distanceBps: 0n, limitPrice: undefined });
        expect(terms({ sells: false })).toMatchObject({ lots: 1_000n });
        const quarter = readAmount('0.25', 2);
        expect(terms({ pricing: 'better', distance: quarter })).toMatchObject({ distanceBps: 25n });
        expect(terms({ pricing: 'worse', distance: quarter })).toMatchObject({ distanceBps: -25n });
        // A distance that was typed and then not chosen is not meant.
        expect(terms({ pricing: 'price', distance: quarter, limit: readAmount('201', 8) })).toMatchObject({
            distanceBps: 0n,
            limitPrice: usd(201),
        });
    });

    test('needs lots, a distance or a price where one is chosen, and an address that is one', () => {
        for (const wrong of [
            { lots: readAmount('', 2) },
            { lots: readAmount('0', 2) },
            { pricing: 'better' as const },
            { pricing: 'price' as const },
            { fewest: readAmount('11', 2, 1_000n) },
            { onlyFor: 'nobody' },
        ]) {
            expect(postAction({ ...draft, ...wrong }, 0, 0n)).toBeUndefined();
        }
        expect(postAction({ ...draft, onlyFor: ` ${WALLET} ` }, 0, 0n)?.onlyFor).toBe(WALLET);
    });

    test('tells the price at the mark while it is typed, and asks the worker for the whole', () => {
        const { previewed } = shown([], { markets: [marketOf(usd(200), { priceBandBps: 200 })] });
        expect(button('Post the offer').disabled).toBe(true);
        fireEvent.click(screen.getByLabelText('sell'));
        fireEvent.change(field('How many to offer'), { target: { value: '10' } });
        fireEvent.change(screen.getByLabelText('My price'), { target: { value: 'better' } });
        fireEvent.change(field('Distance from the print'), { target: { value: '3' } });
        expect(document.body.textContent).toContain('This is more than the market’s price band: 2.');
        fireEvent.change(field('Distance from the print'), { target: { value: '1' } });
        expect(document.body.textContent).toContain('it would sell at 202.000');
        act(() => button('Post the offer').click());
        expect(previewed()).toMatchObject({ kind: 'post-offer', market: 0, lots: -1_000n, distanceBps: 100n, limitPrice: undefined });
    });

    test('a price outside of the band is told', () => {
        shown([], { markets: [marketOf(usd(200), { priceBandBps: 200 })] });
        fireEvent.click(screen.getByLabelText('sell'));
        fireEvent.change(field('How many to offer'), { target: { value: '10' } });
        fireEvent.change(screen.getByLabelText('My price'), { target: { value: 'price' } });
        fireEvent.change(field('Price'), { target: { value: '204.01' } });
        expect(document.body.textContent).toContain('outside of the market’s price band');
        fireEvent.change(field('Price'), { target: { value: '204' } });
        expect(document.body.textContent).not.toContain('outside of the market’s price band');
    });
});

test('terms are said from the print, in the direction that the price lies', () => {
    const terms = (sells: boolean, distanceBps: bigint, limitPrice?: bigint) =>
        offerTerms({ sells, distanceBps, limitPrice, priceDecimals: 8 });
    expect(terms(true, 0n)).toBe('at the print');
    expect(terms(true, 25n)).toBe('0.25% above the print');
    expect(terms(true, -25n)).toBe('0.25% below the print');
    expect(terms(false, 25n)).toBe('0.25% below the print');
    expect(terms(false, -25n)).toBe('0.25% above the print');
    expect(terms(true, 0n, usd(201))).toBe('at the print, at least 201.000');
    expect(terms(false, 0n, usd(199))).toBe('at the print, at most 199.000');
});

test('the proposed limit is the price at the mark, moved against the taker by the band', () => {
    expect(proposedLimit({ price: 20_000n, sells: true }, { bandBps: 200n })).toBe(20_400n);
    expect(proposedLimit({ price: 20_000n, sells: false }, { bandBps: 200n })).toBe(19_600n);
    expect(proposedLimit({ price: undefined, sells: true }, { bandBps: 200n })).toBeUndefined();
});
