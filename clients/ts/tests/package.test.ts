import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));
const isBuilt = existsSync(new URL('../dist/index.js', import.meta.url));

const run = (program: string, ...words: string[]) => execFileSync(program, words, { cwd: folder, encoding: 'utf8' });

test.skipIf(!isBuilt)('what is packed is the built package, and nothing else', () => {
    const printed = run('npm', 'pack', '--dry-run', '--json', '--silent');
    const [packed] = JSON.parse(printed) as [{ readonly files: readonly { readonly path: string }[] }];
    const paths = packed.files.map(({ path }) => path);
    for (const path of ['LICENSE', 'README.md', 'package.json', 'quotes.wasm', 'dist/index.js', 'dist/index.d.ts']) {
        expect(paths).toContain(path);
    }
    const others = paths.filter((path) => !/^dist\/.*\.(js|d\.ts)$/.test(path));
    expect(others.sort()).toEqual(['LICENSE', 'README.md', 'package.json', 'quotes.wasm']);
});

test('the package can be published, by provenance', () => {
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as Record<string, unknown>;
    expect(manifest['private']).toBeUndefined();
    expect(manifest['publishConfig']).toEqual({ access: 'public', provenance: true });
    for (const field of ['name', 'version', 'description', 'license', 'exports', 'files']) {
        expect(manifest[field], field).toBeTruthy();
    }
});

test.skipIf(!isBuilt)('the built package is one that Node loads, by its name', () => {
    const script = `
        const { FundClient, Quotes } = await import('bulkhead-client');
        const quotes = await Quotes.load();
        console.log(typeof FundClient.load, quotes.notional(1000n, 20000000000n, 10000n));
    `;
    expect(run(process.execPath, '--input-type=module', '--eval', script)).toBe('function 2000000000n\n');
});
