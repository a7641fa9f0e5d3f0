import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** What somebody else writes: the README's example, and a quote that needs no node. */
const stranger = (example: string) => `${example}
const quotes = await Quotes.load();
console.log(quotes.notional(1000n, 20000000000n, 10000n), parseTokens('1.5', { quoteDecimals: 6 }), typeof example, typeof TransactionFailed);
`;

test.skipIf(!isBuilt)('a project elsewhere compiles and runs with what is packed', () => {
    const project = mkdtempSync(join(tmpdir(), 'bulkhead-stranger-'));
    try {
        const modules = join(project, 'node_modules');
        mkdirSync(join(modules, 'bulkhead-client'), { recursive: true });
        const packed = run('npm', 'pack', '--silent', '--pack-destination', project).trim();
        const unpack = ['-xzf', join(project, packed), '-C', join(modules, 'bulkhead-client'), '--strip-components=1'];
        execFileSync('tar', unpack);
        // What the package depends on, as a registry would bring it.
        for (const name of ['@solana', 'typescript', '@types', 'undici-types']) {
            symlinkSync(join(folder, 'node_modules', name), join(modules, name));
        }
        const options = { module: 'nodenext', target: 'es2022', strict: true, types: ['node'], outDir: 'out' };
        writeFileSync(join(project, 'package.json'), '{ "name": "stranger", "type": "module" }');
        writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['main.ts'] }));
        const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
        const example = readme.split('```ts\n')[1]!.split('```')[0]!;
        writeFileSync(join(project, 'main.ts'), stranger(example));
        const elsewhere = (...words: string[]) => execFileSync(process.execPath, words, { cwd: project, encoding: 'utf8' });
        elsewhere('node_modules/typescript/bin/tsc', '--project', '.');
        expect(elsewhere('out/main.js')).toBe('2000000000n 1500000n function function\n');
    } finally {
        rmSync(project, { recursive: true });
    }
});
