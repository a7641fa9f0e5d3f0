/** The package in a browser: bundled as an app would, loaded from a web server, and without anything of Node. */

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { expect, inject, test } from 'vitest';
import { fundAddress } from '../src/index.js';

const chromium = process.env['BULKHEAD_CHROMIUM'];
const localnet = inject('localnet');

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What the page does. Whatever goes wrong is what it shows. */
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

main().then((told) => JSON.stringify(told), (error) => 'failed: ' + (error?.stack ?? error)).then((text) => {
    document.body.textContent = text;
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

function serve(script: string): Promise<Server> {
    const html = '<!doctype html><meta charset="utf-8"><body>waiting<script type="module" src="/page.js"></script>';
    const server = createServer(({ url = '/' }, answer) => {
        const path = url.split('?')[0];
        const [type, body] =
            path === '/page.js'
                ? ['text/javascript', script]
                : path === '/quotes.wasm'
                  ? ['application/wasm', readFileSync(file('../quotes.wasm'))]
                  : ['text/html', html];
        answer.writeHead(200, { 'content-type': type }).end(body);
    });
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

test.skipIf(!chromium)('the client works in a browser', async () => {
    const server = await serve(await bundle());
    const profile = mkdtempSync(join(tmpdir(), 'bulkhead-browser-'));
    try {
        const { port } = server.address() as AddressInfo;
        const query = localnet ? `?${new URLSearchParams({ rpc: localnet.rpc, fund: localnet.fund })}` : '';
        // Chromium runs beside this server, which has to answer it meanwhile.
        const options = [
            '--headless',
            '--no-sandbox',
            '--disable-gpu',
            `--user-data-dir=${profile}`,
            '--virtual-time-budget=20000',
            '--dump-dom',
            `http://127.0.0.1:${port}/${query}`,
        ];
        const html = await new Promise<string>((resolve, reject) => {
            execFile(chromium!, options, { encoding: 'utf8', timeout: 120_000 }, (error, out) =>
                error ? reject(error) : resolve(out),
            );
        });
        const [, text = ''] = /<body>([^<]*)/.exec(html) ?? [];
        const told = JSON.parse(text.replaceAll('&quot;', '"')) as Record<string, unknown>;
        const mint = 'So11111111111111111111111111111111111111112' as Parameters<typeof fundAddress>[0];
        expect(told).toMatchObject({ derived: await fundAddress(mint, mint, 7), notional: '2000000000', events: 0 });
        if (localnet) {
            expect(told).toMatchObject({ markets: localnet.markets.length, exists: false });
        }
    } finally {
        server.close();
        rmSync(profile, { recursive: true, force: true });
    }
});
