import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));
const isBuilt = existsSync(new URL('../dist/index.js', import.meta.url));

const run = (program: string, ...words: string[]) => execFileSync(program, words, { cwd: folder, encoding: 'utf8' });

test.skipIf(!isBuilt)('what is packed is the built package, and nothing else', () => {
    const [packed] = JSON.parse(run('npm', 'pack', '--dry-run', '--json', '--ignore-scripts')) as [
        { readonly files: readonly { readonly path: string }[] },
    ];
    const paths = packed.files.map(({ path }) => path);
    for (const path of ['README.md', 'package.json', 'quotes.wasm', 'dist/index.js', 'dist/index.d.ts']) {
        expect(paths).toContain(path);
    }
    const others = paths.filter((path) => !/^dist\/.*\.(js|d\.ts)$/.test(path));
    expect(others.sort()).toEqual(['README.md', 'package.json', 'quotes.wasm']);
});

test.skipIf(!isBuilt)('the built package is one that Node loads, by its name', () => {
    const script = `
        const { FundClient, Quotes } = await import('bulkhead-client');
        const quotes = await Quotes.load();
        console.log(typeof FundClient.load, quotes.notional(1000n, 20000000000n, 10000n));
    `;
    expect(run(process.execPath, '--input-type=module', '--eval', script)).toBe('function 2000000000n\n');
});
