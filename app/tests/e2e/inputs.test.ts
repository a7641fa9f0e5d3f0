/** What is typed wrongly is told beside its field, in every field, and leads to no signature. */

import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Cluster } from '../../../clients/ts/tests/support/cluster.js';
import { found, join, tokens, usd } from '../../../clients/ts/tests/support/world.js';
import { connect, expectQuiet, go, Stage, type Actor } from './support/stage.js';

const network = inject('network');

let stage: Stage;
let actor: Actor;

beforeAll(async () => {
    if (!network) return;
    const cluster = await Cluster.connect(network);
    const world = await found(cluster, 36, [2]);
    await cluster.publish(world.feeds[0]!, usd(200n));
    const carol = await join(world, tokens(1_000n), tokens(400n));
    stage = await Stage.open(network.rpc, world.fund.address);
    actor = await stage.enter({ wallet: carol });
    await actor.page.getByRole('heading', { name: 'The fund' }).waitFor();
    await connect(actor);
});
afterAll(async () => {
    if (!network) return;
    expectQuiet([actor]);
    await stage.close();
});

/** Texts that are no number of any token, or more than anybody has. */
const NO_AMOUNTS = ['-1', 'abc', '1,5', '1.12345678901', '1e3', '0x10', '1.2.3', '.5', '99999999999999999999999'];
const NO_ADDRESSES = ['abc', '0x0000000000000000000000000000000000000000', 'l'.repeat(44), 'z'.repeat(44), '1'.repeat(60)];

/** Fields of a page, the button that they lead to, and what is no entry. */
const FIELDS = [
    ['/membership', 'Deposit margin', 'Deposit margin', NO_AMOUNTS],
    ['/membership', 'Withdraw margin', 'Withdraw margin', NO_AMOUNTS],
    ['/membership', 'Contribute', 'Contribute', NO_AMOUNTS],
    ['/membership', 'Take out', 'Give notice', NO_AMOUNTS],
    ['/markets/0', 'How many to offer', 'Post the offer', NO_AMOUNTS],
    ['/markets/0', 'Fewest in one taking', 'Post the offer', NO_AMOUNTS.slice(0, -1)],
    ['/markets/0', 'Never above', 'Post the offer', NO_AMOUNTS],
    ['/markets/0', 'Only for this wallet', 'Post the offer', NO_ADDRESSES],
] as const;

test.runIf(network).each(FIELDS)('%s: %s', async (path, label, button, texts) => {
    const { page } = actor;
    await go(actor, path);
    const field = page.getByLabel(label, { exact: true });
    const act = page.getByRole('button', { name: button, exact: true });
    await field.waitFor();
    if (label !== 'How many to offer' && path === '/markets/0') {
        await page.getByLabel('How many to offer').fill('1');
    }
    const silent: string[] = [];
    for (const text of texts) {
        await field.fill(text);
        if ((await field.getAttribute('aria-invalid')) !== 'true' || !(await act.isDisabled())) {
            silent.push(text);
        }
    }
    expect(silent, 'taken for an entry').toEqual([]);
    for (const text of ['', '0', '0.00']) {
        await field.fill(text);
        if (label !== 'Fewest in one taking' && label !== 'Never above' && label !== 'Only for this wallet') {
            expect(await act.isDisabled(), `“${text}” leads somewhere`).toBe(true);
        }
    }
    await field.fill('');
});
