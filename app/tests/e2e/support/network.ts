/**
 * One local network for all browser tests: the binary behind `cargo xtask localnet`. It stops when they end, however they
 * end: its standard input is ours.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { TestProject } from 'vitest/node';
import type { Localnet } from '../../../../clients/ts/tests/support/localnet.js';

declare module 'vitest' {
    export interface ProvidedContext {
        network: Localnet | undefined;
    }
}

export const CHROMIUM = process.env['BULKHEAD_CHROMIUM'] ?? '/usr/bin/chromium';

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
    const binary = process.env['BULKHEAD_LOCALNET'];
    if (!binary || !existsSync(CHROMIUM)) {
        console.warn('browser tests are skipped: `cargo xtask test --only app` runs them, with a validator and Chromium');
        project.provide('network', undefined);
        return undefined;
    }
    const network = spawn(binary, ['localnet', '--members', '4', '--json', '--stop-with-input'], { stdio: 'pipe' });
    try {
        project.provide('network', await started(network));
    } catch (error) {
        await stop(network);
        throw error;
    }
    return () => stop(network);
}

/** Waits for its first line. */
export function started<T = Localnet>(network: ChildProcess): Promise<T> {
    const told: string[] = [];
    return new Promise((resolve, reject) => {
        const ended = (why: string) => reject(new Error(`the local network ${why}:\n${told.join('')}`));
        network.stderr?.on('data', (text: Buffer) => told.push(text.toString()));
        network.on('error', (error) => ended(`did not start (${error.message})`));
        network.on('exit', (code) => ended(`has ended with ${code}`));
        if (network.stdout) {
            createInterface(network.stdout).once('line', (line) => resolve(JSON.parse(line) as T));
        }
    });
}

/** Ends it in a way that lets it remove its key files; by force when it does not listen. */
export async function stop(network: ChildProcess): Promise<void> {
    if (network.exitCode !== null || network.signalCode !== null) {
        return;
    }
    const ended = new Promise((resolve) => network.once('exit', resolve));
    network.stdin?.end();
    const force = setTimeout(() => network.kill('SIGKILL'), 30_000);
    await ended;
    clearTimeout(force);
}
