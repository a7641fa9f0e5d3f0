import { EVENTS } from '../../../../clients/ts/src/generated/events.js';
import type { BulkheadEvent } from 'bulkhead-client';
import { expect, test } from 'vitest';
import { rawOf, tokens, usd } from '../../../tests/support/fund.js';
import { eventText, fieldFigure, fieldLine, words } from './event.js';

test('every event of the program has a sentence of its own', () => {
    for (const [name, { decoder }] of Object.entries(EVENTS)) {
        const bytes = new Uint8Array(decoder().fixedSize);
        const { text } = eventText({ name, data: decoder().decode(bytes) } as BulkheadEvent, rawOf());
        expect(text, name).toMatch(/^[A-Z].*\.$/);
    }
});

test('fields have the unit that they are counted in', () => {
    const event = {
        name: 'Novated',
        data: { buyer: 'a'.repeat(40), seller: 'b'.repeat(40), lots: 5n, price: usd(200), fee: tokens(1), marketIndex: 0n },
    } as unknown as BulkheadEvent;
    const { lines } = eventText(event, rawOf());
    expect(lines.map(({ figure, label }) => [label, figure.unit])).toEqual([
        ['Buyer', 'address'],
        ['Seller', 'address'],
        ['Size', 'lots'],
        ['Price', 'price'],
        ['Fee', 'money'],
        ['Market', 'text'],
    ]);
});

test('what an offer has left is lots, what a gain has left is money, and a limit that accepts every price says so', () => {
    const filled = {
        name: 'OfferFilled',
        data: { lots: 5n, left: -3n, print: usd(200), publishTs: 9n, marketIndex: 0n },
    } as unknown as BulkheadEvent;
    expect(eventText(filled, rawOf()).lines.map(({ figure }) => figure.unit)).toEqual(['lots', 'lots', 'price', 'time', 'text']);
    expect(fieldFigure('taker', '1'.repeat(32), undefined)).toEqual({ unit: 'text', value: 'anyone' });
    const paid = { name: 'GainPaid', data: { paid: 1n, left: 2n } } as unknown as BulkheadEvent;
    expect(eventText(paid, rawOf()).lines.map(({ figure }) => figure.unit)).toEqual(['money', 'money']);
    const taken = { name: 'OfferTaken', data: { limitPrice: 2n ** 64n - 1n, ts: 9n, locked: 1n, marketIndex: 0n } } as unknown as BulkheadEvent;
    expect(eventText(taken, rawOf()).lines.map(({ figure }) => figure.unit)).toEqual(['text', 'time', 'money', 'text']);
});

test('lots of a market that is not known are lots, and of one that is known a size', () => {
    const [market] = rawOf().markets;
    expect(fieldLine('lots', 5n, undefined)).toEqual({ label: 'Lots', figure: { unit: 'count', value: 5n } });
    expect(fieldLine('minLots', 5n, market)).toMatchObject({ label: 'Least size', figure: { unit: 'lots', value: 5n } });
});

test('names become words', () => {
    expect(words('fromSurvivors')).toBe('Paid by survivors');
    expect(words('readyTs')).toBe('Ready');
    expect(words('assessmentCapBps')).toBe('Assessment cap');
});
