/** A server on this machine that answers as a test tells it to, and the ways in which any service can be unwell. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PriceErrorName } from '../../src/index.js';

/** How a request is answered. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Time enough for every answer that comes. */
export const PATIENCE_MS = 120_000;
/** Time for an answer that never comes. */
const IMPATIENCE_MS = 200;

/** A server that a test is the mind of. */
export class StandIn {
    /** How the next requests are answered. */
    answer: Answer = (_, response) => void response.writeHead(500).end();

    private constructor(private readonly server: Server) {}

    static async start(): Promise<StandIn> {
        const server = createServer((request, response) => standIn.answer(request, response));
        const standIn = new StandIn(server);
        await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
        return standIn;
    }

    get url(): string {
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    stop(): void {
        this.server.closeAllConnections();
        this.server.close();
    }
}

/** An answer that is none, the reason that names it, and how long to wait for it. */
export interface Illness {
    readonly reason: PriceErrorName;
    readonly how: (response: ServerResponse) => void;
    readonly timeoutMs: number;
}

/** An illness that shows as soon as the answer is there. */
export const ill = (reason: PriceErrorName, how: (response: ServerResponse) => void): Illness => ({
    reason,
    how,
    timeoutMs: PATIENCE_MS,
});

/** What can be wrong with any service. */
export const ILLNESSES: readonly Illness[] = [
    ill('unauthorised', (response) => response.writeHead(401).end()),
    ill('unauthorised', (response) => response.writeHead(403).end()),
    ill('status', (response) => response.writeHead(500).end()),
    ill('malformed', (response) => response.end('<html>')),
    ill('tooLong', (response) => response.end(' '.repeat(3_000_000))),
    ill('unreachable', (response) => response.destroy()),
    { reason: 'slow', how: () => undefined, timeoutMs: IMPATIENCE_MS },
    // It begins, and never ends: the time is that of the whole answer.
    { reason: 'slow', how: (response) => response.write('{'), timeoutMs: IMPATIENCE_MS },
];
