import { readFileSync } from 'node:fs';
import type { Address } from '@solana/kit';
import { expect, inject, test, vi } from 'vitest';
import { example } from './example.js';
import { signerFrom } from './support/cluster.js';

const localnet = inject('localnet');

test.each(['example.ts', 'offer-example.ts'])("the README's %s is the one that is run", (file) => {
    const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
    expect(read('../README.md')).toContain(`\`\`\`ts\n${read(file)}\`\`\``);
});

test.skipIf(!localnet)('the example runs', async () => {
    const { fund, keys, rpc } = localnet!;
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    try {
        await example(rpc, fund as Address, await signerFrom(localnet!, keys.newcomer));
        expect(log.mock.calls.flat()).toEqual([
            'MemberOpened, MarginMoved, Contributed',
            'free: 5000',
            'InsufficientMargin: Deposit margin first.',
        ]);
    } finally {
        log.mockRestore();
    }
});
