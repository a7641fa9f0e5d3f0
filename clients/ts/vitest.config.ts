import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
    // The example imports the package as everybody does; its types come from the same place (tsconfig.json).
    resolve: { alias: { 'bulkhead-client': fileURLToPath(new URL('src/index.ts', import.meta.url)) } },
    test: {
        include: ['tests/**/*.test.ts'],
        globalSetup: 'tests/support/localnet.ts',
        setupFiles: 'tests/support/programs.ts',
        // Threads end with Vitest, by whatever means it ends; processes of its own would go on.
        pool: 'threads',
        // Files share one validator, whose clock they move.
        fileParallelism: false,
        // Nothing depends on how fast the machine is: this only ends a test that waits for what never comes.
        testTimeout: 900_000,
        hookTimeout: 900_000,
    },
});
