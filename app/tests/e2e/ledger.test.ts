/** The pages whose series come from a ledger, on a fund that lives: prices crash, members trade and default, the ledger writes. */

import { spawn, type ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { signerFrom } from '../../../clients/ts/tests/support/cluster.js';
import type { Localnet } from '../../../clients/ts/tests/support/localnet.js';
import { exact } from '../../src/lib/format.js';
import { ask, readDefaults, readReport, readSeries, type Report } from '../../src/lib/ledger.js';
import { look, settled } from './support/look.js';
import { started, stop } from './support/network.js';
import { expectQuiet, go, Stage, violations, type Actor } from './support/stage.js';

const network = inject('network');
const [localnet, history] = [process.env['BULKHEAD_LOCALNET'], process.env['BULKHEAD_HISTORY']];

type Living = Localnet & { readonly ledger: string };

/** Far beyond what a slow machine takes until the first default. */
const LEDGER_MS = 600_000;

/** Waits until the ledger says that something has come. */
async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const end = Date.now() + LEDGER_MS;
    while (Date.now() < end) {
        const found = await look().catch(() => undefined);
        if (found !== undefined) return found;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
    throw new Error(`the ledger has no ${what}`);
}

describe.runIf(network && localnet && history)('a fund that lives, with its ledger', () => {
    let process: ChildProcess;
    let living: Living;
    let stage: Stage;

    beforeAll(async () => {
        const args = ['up', '--members', '6', '--speed', '600', '--seed', '7', '--json', '--stop-with-input', '--ledger', history!];
        process = spawn(localnet!, args, { stdio: 'pipe' });
        living = await started<Living>(process);
        stage = await Stage.open(living.rpc, living.fund, { ledger: living.ledger });
        await until('default that is allocated', async () => {
            const defaults = await ask(living.ledger, '/v1/defaults', readDefaults);
            return defaults.find(({ allocatedBy }) => allocatedBy !== '');
        });
        await until('reading of risk', async () => {
            const { shock } = await ask(living.ledger, '/v1/report', readReport);
            return shock.length > 0 ? true : undefined;
        });
        await until('second minute', async () => {
            const points = await ask(living.ledger, '/v1/series', readSeries);
            return points.length > 1 ? true : undefined;
        });
    });
    afterAll(async () => {
        await stage?.close();
        if (process) await stop(process);
    });

    test('every page with a series, light and dark, wide and narrow', async () => {
        const member = living.keys.members.find((file) => !/maker/.test(file)) ?? '';
        await look('ledger', stage, await signerFrom(living, member), ['/', '/defaults', '/defaults/0', '/risk', '/membership']);
    });

    test('the risk report has every figure, with definition, field, slot and formula, and as JSON and CSV', async () => {
        const actor = await stage.enter();
        await open(actor, '/risk');
        const { figures } = await ask(living.ledger, '/v1/report', readReport);
        expect(figures.length).toBeGreaterThan(25);
        const text = (await actor.page.locator('main').textContent()) ?? '';
        for (const { definition, disclosure, title } of figures) {
            for (const part of [title, definition, disclosure]) expect(text).toContain(part);
        }
        const formulas = await hrefs(actor, 'table.report a');
        expect(formulas.length).toBeGreaterThan(20);
        for (const formula of new Set(formulas)) {
            expect(await (await fetch(formula)).text(), formula).toMatch(/^# /);
        }
        const links = await hrefs(actor, 'main a');
        const json = (await (await fetch(links.find((link) => link.endsWith('/v1/report'))!)).json()) as Report;
        expect(json.figures.length).toBe(figures.length);
        const csv = await (await fetch(links.find((link) => link.endsWith('/v1/report.csv'))!)).text();
        expect(csv.trim().split('\n').length).toBe(figures.length + 1);
        expectQuiet([actor]);
    });

    test('a default’s story has every transaction, by slot', async () => {
        const actor = await stage.enter();
        await open(actor, '/defaults/0');
        const [first] = await ask(living.ledger, '/v1/defaults', readDefaults);
        const text = (await actor.page.locator('.timeline').textContent()) ?? '';
        for (const told of [first!.signature, first!.allocatedBy, `slot ${exact(first!.slot, 0)}`]) {
            expect(text).toContain(told);
        }
    });

    test('an account that is read from the chain stays while the ledger is gone', async () => {
        const actor = await stage.enter({ config: { ledger: 'http://127.0.0.1:1' } });
        await open(actor, '/risk');
        await actor.page.getByText('it does not answer').first().waitFor();
        await go(actor, '/');
        await actor.page.getByText('Value of a share over time').waitFor();
        await actor.page.getByText('it does not answer').first().waitFor();
        expect(await violations(actor)).toEqual([]);
    });

    test('a ledger of another fund is not believed', async () => {
        const other = await Stage.open(network!.rpc, network!.fund, { ledger: living.ledger });
        const actor = await other.enter();
        await open(actor, '/risk');
        await actor.page.getByText('it follows another fund').first().waitFor();
        await other.close();
    });
});

describe.runIf(network)('without a ledger', () => {
    test('the pages say so', async () => {
        const stage = await Stage.open(network!.rpc, network!.fund);
        const actor = await stage.enter();
        await open(actor, '/');
        for (const path of ['/', '/defaults', '/risk']) {
            await go(actor, path);
            await actor.page.getByText('needs a ledger service, and none is configured').first().waitFor();
            expect(await violations(actor), path).toEqual([]);
        }
        await stage.close();
    });
});

async function open(actor: Actor, path: string): Promise<void> {
    await actor.page.getByRole('heading', { name: 'The fund' }).waitFor();
    await go(actor, path);
    await settled(actor);
}

async function hrefs({ page }: Actor, selector: string): Promise<string[]> {
    return page.locator(selector).evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href));
}
