/** The package in a browser: bundled as an app would, loaded from a web server, and without anything of Node. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { expect, inject, test } from 'vitest';
import { fundAddress } from '../src/index.js';

const chromium = process.env['BULKHEAD_CHROMIUM'];
const localnet = inject('localnet');

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What the page does. Whatever goes wrong is what it tells the server. */
const PAGE = `
import { address, createSolanaRpc, generateKeyPairSigner } from '@solana/kit';
import { FundClient, Quotes, eventsFromLogs, fundAddress } from 'bulkhead-client';

async function main() {
    const quotes = await Quotes.load(await (await fetch('/quotes.wasm')).arrayBuffer());
    const mint = address('So11111111111111111111111111111111111111112');
    const derived = await fundAddress(mint, mint, 7);
    const told = { derived, notional: String(quotes.notional(1000n, 20000000000n, 10000n)), events: eventsFromLogs([]).length };
    const { rpc, fund } = Object.fromEntries(new URLSearchParams(location.search));
    if (rpc) {
        const client = await FundClient.load(createSolanaRpc(rpc), address(fund));
        told.markets = (await client.markets()).length;
        const stranger = await generateKeyPairSigner();
        told.exists = await client.memberExists(stranger.address);
    }
    return told;
}

main().catch((error) => ({ failed: String(error?.stack ?? error) })).then((told) => {
    return fetch('/told', { method: 'POST', body: JSON.stringify(told) });
});
`;

/** The page's script with everything that it imports, in one file for browsers. */
async function bundle(): Promise<string> {
    const entry = '\0page.js';
    const built = await build({
        configFile: false,
        logLevel: 'silent',
        root: file('..'),
        resolve: { alias: { 'bulkhead-client': file('../src/index.ts') } },
        plugins: [
            {
                name: 'page',
                resolveId: (id) => (id === 'page.js' ? entry : undefined),
                load: (id) => (id === entry ? PAGE : undefined),
            },
        ],
        build: { write: false, rollupOptions: { input: 'page.js' }, modulePreload: false, target: 'es2022' },
    });
    const [first] = Array.isArray(built) ? built : [built];
    if (!first || !('output' in first)) throw new Error('nothing was built');
    return first.output.find((part) => part.type === 'chunk')!.code;
}

/** A server of the page that hands on what the page tells it. */
function serve(script: string, onTold: (told: unknown) => void): Server {
    const html = '<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>';
    return createServer(async (request, answer) => {
        const path = request.url?.split('?')[0];
        if (path === '/told') onTold(JSON.parse(await text(request)));
        const [type, body] =
            path === '/page.js'
                ? ['text/javascript', script]
                : path === '/quotes.wasm'
                  ? ['application/wasm', readFileSync(file('../quotes.wasm'))]
                  : ['text/html', html];
        answer.writeHead(200, { 'content-type': type }).end(body);
    });
}

test.skipIf(!chromium)('the client works in a browser', async () => {
    const script = await bundle();
    const profile = mkdtempSync(join(tmpdir(), 'bulkhead-browser-'));
    const query = localnet ? `?${new URLSearchParams({ rpc: localnet.rpc, fund: localnet.fund })}` : '';
    let server: Server | undefined;
    let browser: ChildProcess | undefined;
    try {
        // The page says when it is done: on a slow machine that is later, and nothing else.
        const told = await new Promise<unknown>((resolve, reject) => {
            server = serve(script, resolve).listen(0, '127.0.0.1', () => {
                const { port } = server!.address() as AddressInfo;
                const options = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`];
                options.push(`http://127.0.0.1:${port}/${query}`);
                browser = spawn(chromium!, options, { stdio: 'ignore', timeout: 240_000 });
                browser.once('error', reject);
                browser.once('exit', () => reject(new Error('the browser ended before its page was done')));
            });
        });
        const mint = 'So11111111111111111111111111111111111111112' as Parameters<typeof fundAddress>[0];
        expect(told).toEqual({
            derived: await fundAddress(mint, mint, 7),
            notional: '2000000000',
            events: 0,
            ...(localnet && { markets: localnet.markets.length, exists: false }),
        });
    } finally {
        if (browser?.kill()) await once(browser, 'close');
        server?.close();
        rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    }
});
