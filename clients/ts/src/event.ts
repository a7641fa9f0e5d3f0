/** Reading events from a transaction's logs. @module */

import { getBase64Encoder, type ReadonlyUint8Array } from '@solana/kit';
import { EVENTS } from './generated/events.js';
import { BULKHEAD_PROGRAM_ADDRESS } from './generated/index.js';

/** The name of an event, as in the program's source. */
export type EventName = keyof typeof EVENTS;

/** The fields of an event. */
export type EventData<Name extends EventName> = ReturnType<ReturnType<(typeof EVENTS)[Name]['decoder']>['decode']>;

/** An event of the program: `name` tells which fields `data` has. */
export type BulkheadEvent = { [Name in EventName]: { readonly name: Name; readonly data: EventData<Name> } }[EventName];

const DATA = 'Program data: ';

/** The event in these bytes, if they are one. */
export function decodeEvent(bytes: ReadonlyUint8Array): BulkheadEvent | undefined {
    for (const [name, { discriminator, decoder: getDecoder }] of Object.entries(EVENTS)) {
        if (discriminator.every((byte, index) => bytes[index] === byte)) {
            const decoder = getDecoder();
            const body = bytes.subarray(discriminator.length);
            return body.length === decoder.fixedSize
                ? ({ name, data: decoder.decode(body) } as BulkheadEvent)
                : undefined;
        }
    }
    return undefined;
}

/**
 * The program's events in a transaction's log lines, in order. Only lines that the program itself has written count:
 * any program in the same transaction can log the same bytes.
 */
export function eventsFromLogs(logs: readonly string[]): BulkheadEvent[] {
    const events: BulkheadEvent[] = [];
    const running: string[] = [];
    for (const line of logs) {
        if (line.startsWith(DATA)) {
            if (running.at(-1) === BULKHEAD_PROGRAM_ADDRESS) {
                const event = decodeBase64(line.slice(DATA.length));
                if (event) {
                    events.push(event);
                }
            }
            continue;
        }
        const [subject, program, what] = line.split(' ');
        if (subject !== 'Program' || program === undefined) {
            continue;
        }
        if (what === 'invoke') {
            running.push(program);
        } else if ((what === 'success' || what === 'failed:') && running.at(-1) === program) {
            running.pop();
        }
    }
    return events;
}

/** Whether an event is of this kind: narrows {@link BulkheadEvent}. */
export function isEvent<Name extends EventName>(
    event: BulkheadEvent,
    name: Name,
): event is Extract<BulkheadEvent, { name: Name }> {
    return event.name === name;
}

function decodeBase64(text: string): BulkheadEvent | undefined {
    try {
        return decodeEvent(getBase64Encoder().encode(text));
    } catch {
        return undefined; // several values in one line, or no base64: not an event of ours
    }
}
