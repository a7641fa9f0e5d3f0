import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { getBase64Decoder, type Instruction } from '@solana/kit';
import { exitClockSecs } from 'bulkhead-client';
import { Cluster } from '../../../clients/ts/tests/support/cluster.js';
import { found, type World } from '../../../clients/ts/tests/support/world.js';
import { confirm, connect, enrich, expectQuiet, go, picture, Stage, type Actor } from './support/stage.js';

const network = inject('network');

let stage: Stage;
let world: World;
let authority: Actor;
let guardian: Actor;

beforeAll(async () => {
    if (!network) return;
    world = await found(await Cluster.connect(network), 22, [2]);
    await enrich(network.rpc, [world.authority.address, world.guardian.address]);
    stage = await Stage.open(network.rpc, world.fund.address);
    authority = await entered(world.authority);
    guardian = await entered(world.guardian);
});

afterAll(() => stage?.close());

async function entered(wallet: World['authority']): Promise<Actor> {
    const actor = await stage.enter({ wallet });
    await actor.page.getByRole('heading', { name: 'The fund' }).waitFor();
    await connect(actor);
    await go(actor, '/governance');
    return actor;
}

async function propose({ page }: Actor, label: string, value: string): Promise<void> {
    const field = page.getByLabel(`New value of ${label}`);
    if (!(await field.isVisible())) {
        await page.getByRole('button', { name: 'Propose a change' }).click();
    }
    await field.fill(value);
}

test.runIf(network)('a value outside of the hard bounds is told before anybody signs', async () => {
    const { page } = authority;
    await propose(authority, 'Notice period', '30min');
    await page.getByText('This is outside of the bounds').waitFor();
    expect(await page.getByRole('button', { name: /^Queue/ }).isDisabled()).toBe(true);
    await propose(authority, 'Notice period', 'soon');
    await page.getByText('Write a time such as').waitFor();
    await propose(authority, 'Notice period', '');
});

test.runIf(network)('a change is queued, shown old and new with its dates, vetoed, queued again and applied', async () => {
    const { page } = authority;
    await propose(authority, 'Clearing fee', '0.01%');
    await page.getByRole('button', { name: 'Queue this change' }).click();
    await confirm(authority);

    // The guardian sees what changes from what to what, and stops it.
    const waiting = guardian.page.getByRole('region', { name: 'Waiting changes' });
    await waiting.getByRole('row', { name: /Clearing fee\s*0\.02%\s*0\.01%/ }).waitFor();
    await picture(guardian, 'governance-waiting');
    expect(await waiting.getByRole('button', { name: 'Apply' }).count()).toBe(0);
    await waiting.getByRole('button', { name: 'Veto' }).click();
    await confirm(guardian);
    await waiting.getByText('None waits.').waitFor();

    await propose(authority, 'Clearing fee', '0.01');
    await page.getByRole('button', { name: 'Queue this change' }).click();
    await confirm(authority);
    const change = page.getByRole('region', { name: 'Waiting changes' });
    const apply = change.getByRole('button', { name: 'Apply' });
    await apply.waitFor();
    expect(await apply.isDisabled()).toBe(true);
    const { governanceNonce } = await world.fund.fund();
    const { readySecs } = await world.fund.queuedChange(governanceNonce - 1n);
    const reading = exitClockSecs(await world.fund.fund(), await world.cluster.moment());
    await world.cluster.travel(readySecs - reading + 1n);
    await change.getByText('can be applied').waitFor();
    await apply.click();
    await confirm(authority);
    expect((await world.fund.fund()).params.clearingFeeBps).toBe(1);
    await change.getByText('None waits.').waitFor();
});

test.runIf(network)('a printed instruction is the one that the inspector reads, and the chain accepts', async () => {
    const { page } = authority;
    await page.getByLabel('Of', { exact: true }).selectOption('market:0');
    await propose(authority, 'Initial margin', '12.5%');
    await page.getByRole('button', { name: 'Print for a multisig' }).click();
    const printed = await page.getByLabel('The instruction for a proposal').textContent();
    const { accounts, data_base64, program_id } = JSON.parse(printed ?? '') as Record<string, unknown>;
    expect(program_id).toBe(world.fund.address && network!.program);

    await page.getByLabel('Transaction or instruction').fill(printed ?? '');
    await page.getByRole('button', { name: 'Say what it does' }).click();
    const inspector = page.getByRole('region', { name: 'Inspector' });
    await inspector.getByRole('row', { name: /Initial margin\s*10%\s*12\.5%/ }).waitFor();
    // Every address in full.
    await inspector.getByText(world.authority.address).first().waitFor();

    // The data alone, as it lies in a proposal, says the same.
    await page.getByLabel('Transaction or instruction').fill(data_base64 as string);
    await page.getByRole('button', { name: 'Say what it does' }).click();
    await inspector.getByRole('row', { name: /Initial margin\s*10%\s*12\.5%/ }).waitFor();

    const instruction: Instruction = {
        programAddress: program_id as Instruction['programAddress'],
        data: Uint8Array.from(atob(data_base64 as string), (char) => char.charCodeAt(0)),
        accounts: (accounts as { pubkey: string; is_signer: boolean; is_writable: boolean }[]).map(
            ({ is_signer, is_writable, pubkey }) => ({
                address: pubkey as Instruction['programAddress'],
                role: Number(is_signer) * 2 + Number(is_writable),
                ...(is_signer && { signer: world.authority }),
            }),
        ),
    };
    const { events } = await world.cluster.run([instruction]);
    expect(events.map(({ name }) => name)).toEqual(['ChangeQueued']);
    await page
        .getByRole('region', { name: 'Waiting changes' })
        .getByRole('row', { name: /Initial margin\s*10%\s*12\.5%/ })
        .waitFor();
});

test.runIf(network)('what is no instruction of ours is said to be unknown, never guessed', async () => {
    const { page } = guardian;
    const say = async (text: string) => {
        await page.getByLabel('Transaction or instruction').fill(text);
        await page.getByRole('button', { name: 'Say what it does' }).click();
    };
    await say('hello');
    await page.getByText('This is neither a transaction nor an instruction').waitFor();
    await say('{"program_id": 1}');
    await page.getByText('This is not an instruction as the command line prints it').waitFor();
    // The first bytes of an instruction, and then nothing.
    await say(getBase64Decoder().decode(new Uint8Array([26])));
    await page.getByText(/cut off or of another version|neither a transaction/).waitFor();
    expectQuiet([authority, guardian]);
});
