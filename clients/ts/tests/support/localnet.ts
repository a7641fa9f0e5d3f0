/**
 * One local network for all tests: the binary behind `cargo xtask localnet`. It stops when they end, however they end:
 * its standard input is ours.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { TestProject } from 'vitest/node';

/** What the network prints when it is ready. */
export interface Localnet {
    readonly rpc: string;
    readonly websocket: string;
    readonly program: string;
    readonly fund: string;
    readonly mint: string;
    readonly tokenProgram: string;
    readonly markets: readonly { readonly symbol: string; readonly address: string; readonly oracle: string }[];
    readonly keys: {
        readonly folder: string;
        readonly payer: string;
        readonly authority: string;
        readonly newcomer: string;
        readonly members: readonly string[];
    };
}

declare module 'vitest' {
    export interface ProvidedContext {
        localnet: Localnet | undefined;
    }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
    const binary = process.env['BULKHEAD_LOCALNET'];
    if (!binary) {
        console.warn(
            'BULKHEAD_LOCALNET is not set, tests on a validator are skipped: `cargo xtask test --only client` runs them',
        );
        project.provide('localnet', undefined);
        return undefined;
    }
    const network = spawn(binary, ['localnet', '--members', '2', '--json', '--stop-with-input'], { stdio: 'pipe' });
    try {
        project.provide('localnet', await started(network));
    } catch (error) {
        await stop(network);
        throw error;
    }
    return () => stop(network);
}

/** Waits for its one line. */
function started(network: ChildProcess): Promise<Localnet> {
    const told: string[] = [];
    return new Promise((resolve, reject) => {
        const ended = (why: string) => reject(new Error(`the local network ${why}:\n${told.join('')}`));
        network.stderr?.on('data', (text: Buffer) => told.push(text.toString()));
        network.on('error', (error) => ended(`did not start (${error.message})`));
        network.on('exit', (code) => ended(`has ended with ${code}`));
        if (network.stdout) {
            createInterface(network.stdout).once('line', (line) => resolve(JSON.parse(line) as Localnet));
        }
    });
}

/** Ends it in a way that lets it remove its key files; by force when it does not listen. */
async function stop(network: ChildProcess): Promise<void> {
    if (network.exitCode !== null || network.signalCode !== null) {
        return;
    }
    const ended = new Promise((resolve) => network.once('exit', resolve));
    network.stdin?.end();
    const force = setTimeout(() => network.kill('SIGKILL'), 30_000);
    await ended;
    clearTimeout(force);
}
