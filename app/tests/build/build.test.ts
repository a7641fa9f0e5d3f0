/** The files that are shipped: their size, that everybody builds the same, and what they may load. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';

const APP = fileURLToPath(new URL('../..', import.meta.url));
const KIB = 1_024;

/** Compressed, in KiB. The first load is the page with everything it asks for at once: its scripts, and its worker. */
const MOST = { firstScripts: 180, style: 15, wasm: 16, chunk: 35, font: 64 };

let folder: string;
let first: Map<string, Buffer>;

beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bulkhead-app-'));
    first = build('first');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Builds into a folder of its own and reads what came out. */
function build(name: string): Map<string, Buffer> {
    const out = join(folder, name);
    const vite = join(APP, 'node_modules/vite/bin/vite.js');
    execFileSync(process.execPath, [vite, 'build', '--outDir', out, '--logLevel', 'error'], { cwd: APP, stdio: 'pipe' });
    const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return new Map(
        files.map(({ name, parentPath }) => {
            const path = join(parentPath, name);
            return [path.slice(out.length + 1), readFileSync(path)];
        }),
    );
}

const ending = (suffix: string) => [...first].filter(([name]) => name.endsWith(suffix));
const page = () => first.get('index.html')!.toString();
const size = (bytes: Buffer) => gzipSync(bytes, { level: 9 }).length / KIB;

/** Scripts that are there before the first page can be shown. */
function firstScripts(): string[] {
    const named = [...page().matchAll(/assets\/[\w-]+\.js/g)].map(([name]) => name);
    // The entry names what it imports at once; lazy pages are imported by calls.
    const seen = new Set(named);
    for (const name of seen) {
        const source = first.get(name)!.toString();
        for (const [, imported] of source.matchAll(/(?:from|import)\s*"\.\/([\w-]+\.js)"/g)) {
            seen.add(`assets/${imported}`);
        }
    }
    const worker = [...first.keys()].find((name) => /assets\/worker-/.test(name));
    return [...seen, worker!];
}

test('two builds are the same, byte for byte', () => {
    const second = build('second');
    expect([...second.keys()].toSorted()).toEqual([...first.keys()].toSorted());
    for (const [name, bytes] of first) {
        expect(second.get(name)?.equals(bytes), name).toBe(true);
    }
});

test('the first load, each lazy page, style, arithmetic and font are within their budgets', () => {
    const scripts = firstScripts();
    const firstLoad = scripts.reduce((sum, name) => sum + size(first.get(name)!), 0);
    expect(firstLoad).toBeLessThanOrEqual(MOST.firstScripts);
    expect(firstLoad).toBeGreaterThan(MOST.firstScripts / 4); // it has been found
    for (const [name, bytes] of ending('.js')) {
        if (!scripts.includes(name)) expect(size(bytes), name).toBeLessThanOrEqual(MOST.chunk);
    }
    expect(ending('.css').reduce((sum, [, bytes]) => sum + size(bytes), 0)).toBeLessThanOrEqual(MOST.style);
    const [[, wasm]] = ending('.wasm') as [[string, Buffer]];
    expect(brotliCompressSync(wasm).length / KIB).toBeLessThanOrEqual(MOST.wasm);
    const [[, font]] = ending('.woff2').filter(([name]) => name.includes('inter-latin-wght')) as [[string, Buffer]];
    expect(font.length / KIB).toBeLessThanOrEqual(MOST.font);
});

test('the page states its content policy, and needs no exception from it', () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page())?.[1]?.replaceAll('&#39;', "'") ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'");
    expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'/);
    // Nothing inline, which the policy would stop; nothing from anywhere else.
    expect(page()).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/);
    expect(page()).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
});

test('nothing that is shipped says where it was built, or names a registry', () => {
    for (const [name, bytes] of first) {
        if (/\.(js|css|html)$/.test(name)) {
            expect(bytes.includes(APP), name).toBe(false);
            expect(bytes.includes('registry.npmjs'), name).toBe(false);
        }
    }
});
