import { describe, expect, test } from 'vitest';
import { BULKHEAD_PROGRAM_ADDRESS, eventsFromLogs, isEvent, type BulkheadEvent } from '../src/index.js';
import { EVENTS } from '../src/generated/events.js';
import { fixtures, plain } from './support/fixtures.js';

const OWN = BULKHEAD_PROGRAM_ADDRESS;
const OTHER = 'Vote111111111111111111111111111111111111111';
const DEFAULT_CLOSED = 2;

const line = (program: string, what: string) => `Program ${program} ${what}`;
const dataLine = (index: number) => fixtures().events[index]?.line ?? '';

test('events that the program writes are decoded', () => {
    for (const { line: data, decoded } of fixtures().events) {
        expect(plain(eventsFromLogs([line(OWN, 'invoke [1]'), data, line(OWN, 'success')]))).toEqual([decoded]);
    }
});

test('every event of the IDL has a decoder of its size', () => {
    const decoders = Object.values(EVENTS);
    expect(decoders.length).toBeGreaterThan(40);
    expect(new Set(decoders.map(({ discriminator }) => discriminator.join())).size).toBe(decoders.length);
    for (const { decoder } of decoders) {
        expect(decoder().fixedSize).toBeGreaterThan(0);
    }
});

describe("only the program's own lines are its events", () => {
    const data = dataLine(DEFAULT_CLOSED);
    const count = (logs: string[]) => eventsFromLogs(logs).length;

    test('its own', () => {
        expect(count([line(OWN, 'invoke [1]'), data, line(OWN, 'success')])).toBe(1);
    });

    test('forged by another program', () => {
        expect(count([line(OTHER, 'invoke [1]'), data, line(OTHER, 'success')])).toBe(0);
    });

    test('forged by a program that calls it', () => {
        const called = [
            line(OTHER, 'invoke [1]'),
            line(OWN, 'invoke [2]'),
            data,
            line(OWN, 'success'),
            data, // forged, after the call
            `Program log: Program ${OWN} invoke [2]`,
            data, // forged, behind a line that only looks like an invocation
            line(OTHER, 'success'),
        ];
        expect(count(called)).toBe(1);
    });

    test('its own, after a call that has failed', () => {
        const calling = [line(OWN, 'invoke [1]'), line(OTHER, 'invoke [2]'), line(OTHER, 'failed: why'), data];
        expect(count(calling)).toBe(1);
    });

    test('forged outside of any program', () => {
        expect(count([data])).toBe(0);
    });
});

test('what is not an event of the program is left out', () => {
    const of = (data: string) => eventsFromLogs([line(OWN, 'invoke [1]'), data, line(OWN, 'success')]);
    const event = dataLine(DEFAULT_CLOSED);
    expect(of('Program data: ')).toEqual([]);
    expect(of('Program data: !!!')).toEqual([]);
    expect(of('Program data: AAAAAAAAAAAAAAAA')).toEqual([]);
    expect(of(event.slice(0, -8))).toEqual([]); // cut short
    expect(of(`${event}AAAA`)).toEqual([]); // too long
    expect(of(`${event} ${event}`)).toEqual([]); // several values in one line are not how events are written
});

test('an event is narrowed by its name', () => {
    const [event] = eventsFromLogs([line(OWN, 'invoke [1]'), dataLine(DEFAULT_CLOSED)]);
    const seq = (event: BulkheadEvent) => (isEvent(event, 'DefaultClosed') ? event.data.seq : undefined);
    expect(event && seq(event)).toBe(258n);
});
