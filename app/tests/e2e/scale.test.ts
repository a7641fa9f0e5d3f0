/** A large fund: 1,000 members with eight positions each, in 64 markets. The accounts are written, not traded into being. */

import { generateKeyPairSigner, getBase16Decoder, type Address } from '@solana/kit';
import { BULKHEAD_PROGRAM_ADDRESS, getFundDecoder, getMarketDecoder, marketAddress } from 'bulkhead-client';
import { expect, inject, test } from 'vitest';
import { fundAccount, marketAccount, memberAccount, positionsIn } from '../../../clients/ts/tests/support/accounts.js';
import { Cluster } from '../../../clients/ts/tests/support/cluster.js';
import { tokens, usd } from '../../../clients/ts/tests/support/world.js';
import { cheat, expectQuiet, go, Stage } from './support/stage.js';

const network = inject('network');
const MEMBERS = 1_000;
const MARKETS = 64;
/** The main thread must not be blocked for longer, in milliseconds of a processor's time: what else the machine does adds nothing. */
const MOST_MS = 50;
/** The number of measurements: caches that others have emptied only ever add. */
const ATTEMPTS = 3;

/** What a trace of the browser says of a thing that it did. */
interface TraceEvent {
    readonly name: string;
    readonly pid: number;
    readonly tid: number;
    /** Microseconds of a processor's time. */
    readonly tdur?: number;
    readonly args?: { readonly name?: string };
}

async function write(address: Address, data: Uint8Array): Promise<void> {
    await cheat(network!.rpc, 'surfnet_setAccount', [
        address,
        { data: getBase16Decoder().decode(data), lamports: 10_000_000_000, owner: BULKHEAD_PROGRAM_ADDRESS },
    ]);
}

/** Writes the fund, and returns its address. */
async function largeFund(cluster: Cluster): Promise<Address> {
    const { address: fund } = await generateKeyPairSigner();
    const now = await cluster.unixTs();
    const base = getFundDecoder().decode(new Uint8Array(getFundDecoder().fixedSize));
    const shares = 1n << 40n;
    await write(
        fund,
        fundAccount({
            mint: cluster.mint,
            tokenProgram: cluster.tokenProgram,
            quoteDecimals: 6,
            contributions: tokens(1_000_000n),
            totalShares: shares * BigInt(MEMBERS),
            treasury: tokens(50_000n),
            members: MEMBERS,
            marketCount: MARKETS,
            params: { ...base.params, noticeSecs: 604_800, claimWindowSecs: 172_800, auctionSlots: 1_500, maxMarkAgeSlots: 25 },
        }),
    );
    const market = getMarketDecoder().decode(new Uint8Array(getMarketDecoder().fixedSize));
    const rates = { initialBps: 1_000, maintenanceBps: 500, contributionBps: 100, stressBps: 3_000 };
    for (let index = 0; index < MARKETS; index++) {
        const data = marketAccount({
            index,
            fund,
            priceDecimals: 8,
            lotDecimals: 2,
            scale: 10_000n,
            mark: { ...market.mark, price: usd(100n + BigInt(index)), publishTs: now },
            oracle: { ...market.oracle, maxAgeSecs: 600 },
            rates,
            baseRates: rates,
            openInterest: 125n,
            maxOpenInterest: 1_000_000n,
        });
        await write(await marketAddress(fund, index), data);
    }
    for (let number = 0; number < MEMBERS; number++) {
        const { address } = await generateKeyPairSigner();
        const held = Array.from({ length: 8 }, (_, slot) => (number + slot * 8) % MARKETS);
        const positions = positionsIn(held).map((slot, place) => ({ ...slot, lots: (number + place) % 2 === 0 ? 100n : -100n }));
        await write(
            address,
            memberAccount({ fund, owner: address, margin: tokens(2_000n), shares, positions }),
        );
    }
    return fund;
}

test.runIf(network)('1,000 members and 64 markets: figures are right, and the main thread is never blocked', async () => {
    const cluster = await Cluster.connect(network);
    const stage = await Stage.open(network!.rpc, await largeFund(cluster));
    const actor = await stage.enter();
    const { page } = actor;
    await page.getByRole('heading', { name: 'The fund' }).waitFor();
    await page.getByText('If all prices moved').or(page.getByText('No move of all prices')).first().waitFor();
    await go(actor, '/markets');
    await page.getByRole('row').nth(MARKETS).waitFor();
    expect(await page.getByRole('row').count()).toBe(MARKETS + 1);

    const blocked = await longestTask(() =>
        page.evaluate(() => {
            let sum = 0;
            for (let step = 0; step < 400_000_000; step += 1) sum += step;
            return sum;
        }),
    );
    expect(blocked, 'a page that is blocked is found').toBeGreaterThan(MOST_MS);
    let best = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < ATTEMPTS && best > MOST_MS; attempt++) {
        best = Math.min(best, await longestTask(async () => {
            for (const path of ['/', '/markets', '/keeper', '/markets/63', '/membership', '/governance', '/']) {
                await go(actor, path);
                await page.waitForTimeout(1_200);
            }
        }));
    }
    expect(best).toBeLessThanOrEqual(MOST_MS);
    expectQuiet([actor]);
    await stage.close();

    /** The longest time for which the main thread computed at one thing, while something was done. */
    async function longestTask(act: () => Promise<unknown>): Promise<number> {
        const browser = page.context().browser()!;
        await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline'] });
        await act();
        const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
        const threadOf = ({ pid, tid }: TraceEvent) => `${pid}:${tid}`;
        const mains = new Set(traceEvents.filter(({ args, name }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(threadOf));
        const tasks = traceEvents.filter((event) => event.name === 'RunTask' && mains.has(threadOf(event)));
        return Math.max(0, ...tasks.map(({ tdur = 0 }) => tdur / 1_000));
    }
});
