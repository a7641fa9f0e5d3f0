/** The program that serves a build says in one line what is wrong with what it was asked for. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const SERVE = fileURLToPath(new URL('../../serve.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bulkhead-serve-'));
afterAll(() => rmSync(folder, { recursive: true }));

function serve(...words: string[]) {
    const { status, stderr, stdout } = spawnSync(process.execPath, [SERVE, ...words], { encoding: 'utf8' });
    return { status, stderr, stdout };
}

/** The answer to a configuration with this text. */
function configured(text: string) {
    const file = join(folder, 'config.json');
    writeFileSync(file, text);
    writeFileSync(join(folder, 'index.html'), '');
    return serve('--folder', folder, '--config', file, '--port', '0');
}

test('help is shown, and wrong usage is told with it', () => {
    const help = serve('--help');
    expect(help.status).toBe(0);
    expect(help.stdout).toContain('--config FILE');
    for (const words of [['--nope'], ['--port', 'x'], ['--port', '65536']]) {
        const { status, stderr } = serve(...words);
        expect(status).toBe(2);
        expect(stderr).toMatch(/^error: .*\n\nServes the built app/);
    }
});

test('what cannot be served is told in one line', () => {
    const empty = serve('--folder', join(folder, 'nothing'));
    expect([empty.status, empty.stderr]).toEqual([1, expect.stringMatching(/^error: .* has no built app: run `cargo xtask app` first\n$/)]);
    for (const [text, says] of [
        ['{', 'is no JSON'],
        ['[]', 'is no JSON object'],
        ['{"rcp":"http://127.0.0.1:8899"}', 'there is no key rcp'],
        ['{"program":"BuLKhEad11111111111111111111111111111111111"}', 'are both set, or neither'],
    ] as const) {
        const { status, stderr } = configured(text);
        expect(status, text).toBe(1);
        expect(stderr).toContain(says);
        expect(stderr.trim().split('\n')).toHaveLength(1);
    }
    const missing = serve('--folder', folder, '--config', join(folder, 'none.json'));
    expect([missing.status, missing.stderr]).toEqual([1, expect.stringMatching(/^error: .*none\.json/)]);
});
