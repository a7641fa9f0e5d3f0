import { EVENTS } from '../../../../clients/ts/src/generated/events.js';
import type { BulkheadEvent } from 'bulkhead-client';
import { expect, test } from 'vitest';
import { rawOf, tokens, usd } from '../../../tests/support/fund.js';
import { eventText, words } from './event.js';

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
        ['Lots', 'lots'],
        ['Price', 'price'],
        ['Fee', 'money'],
        ['Market', 'text'],
    ]);
});

test('names become words', () => {
    expect(words('fromSurvivors')).toBe('Paid by survivors');
    expect(words('readyTs')).toBe('Ready');
    expect(words('assessmentCapBps')).toBe('Assessment cap');
});
