import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin, type UserConfig } from 'vite';
import { CONTENT_POLICY } from './policy.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const client = join(here, '../clients/ts');

/** The client is compiled with the app, from its source: one copy of `@solana/kit`, and no build of its own. */
export const resolve = {
    alias: { 'bulkhead-client': join(client, 'src/index.ts') },
    dedupe: ['@solana/kit'],
};

/** All files below a folder, in one order everywhere. */
function filesBelow(folder: string): string[] {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .toSorted();
}

/** Names what a build is made of, whoever makes it and wherever. */
export function buildHash(): string {
    const sources = [
        ...['index.html', 'package-lock.json', 'vite.config.ts', 'policy.mjs'].map((file) => join(here, file)),
        ...filesBelow(join(here, 'src')),
        ...filesBelow(join(client, 'src')),
        join(client, 'quotes.wasm'),
    ];
    const hash = createHash('sha256');
    for (const file of sources) {
        hash.update(readFileSync(file));
    }
    return hash.digest('hex').slice(0, 12);
}

/** The content policy in the page itself, for whoever serves it without headers. */
function contentPolicy(): Plugin {
    return {
        name: 'content-policy',
        apply: 'build',
        transformIndexHtml: () => [
            {
                tag: 'meta',
                attrs: { 'http-equiv': 'Content-Security-Policy', content: CONTENT_POLICY },
                injectTo: 'head-prepend',
            },
        ],
    };
}

/** Modules that the first page shares with others. */
const FIRST =
    /node_modules\/(regexparam|use-sync-external-store|wouter)\/|src\/(components\/(action|cascade|chart|dialog|ledger|shock|wallet-menu)|lib\/ledger|pages\/fund|chain\/model)\.tsx?$/;

const config: UserConfig = {
    // Relative: the files can be served from any folder.
    base: './',
    plugins: [react(), contentPolicy()],
    resolve,
    define: { __BUILD__: JSON.stringify(buildHash()) },
    worker: { format: 'es' },
    build: {
        target: 'es2023',
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        reportCompressedSize: false,
        // What the first page needs beside the entry is one file: eight small ones compress worse.
        rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'first', test: FIRST }] } } },
    },
    server: { fs: { allow: [here, client] } },
};

export default defineConfig(({ command }) => {
    if (command === 'build') {
        // Whatever the shell says: a build for development names the files it was made from.
        process.env['NODE_ENV'] = 'production';
    }
    return config;
});
