import { defineConfig } from 'vitest/config';
import { resolve } from './vite.config.js';

const define = { __BUILD__: JSON.stringify('test') };
// Nothing depends on how fast the machine is: this only ends a test that waits for what never comes.
const patience = { testTimeout: 900_000, hookTimeout: 900_000 };

export default defineConfig({
    test: {
        // Threads end with Vitest, by whatever means it ends; processes of its own would go on.
        pool: 'threads',
        projects: [
            {
                resolve,
                define,
                test: { name: 'unit', include: ['src/**/*.test.{ts,tsx}'], environment: 'happy-dom', pool: 'threads' },
            },
            {
                test: { name: 'build', include: ['tests/build/*.test.ts'], ...patience, pool: 'threads' },
            },
            {
                resolve: { ...resolve, dedupe: [...resolve.dedupe, 'vitest'] },
                define,
                test: {
                    name: 'browser',
                    include: ['tests/e2e/*.test.ts'],
                    globalSetup: 'tests/e2e/support/network.ts',
                    // Files share one validator, whose clock they move.
                    fileParallelism: false,
                    pool: 'threads',
                    ...patience,
                },
            },
        ],
    },
});
