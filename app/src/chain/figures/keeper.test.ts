import { getDefaultRecordDecoder, type Quotes } from 'bulkhead-client';
import { beforeAll, expect, test } from 'vitest';
import { fundOf, marketOf, memberOf, rawOf, sharesOf, tokens, usd } from '../../../tests/support/fund.js';
import { loadQuotes } from '../../../tests/support/quotes.js';
import { dueTasks } from './keeper.js';

let quotes: Quotes;
beforeAll(async () => {
    quotes = await loadQuotes();
});

const fresh = (price: number) => [marketOf(usd(price))];
const record = (fields: object) => ({
    address: 'record',
    data: { ...getDefaultRecordDecoder().decode(new Uint8Array(getDefaultRecordDecoder().fixedSize)), ...fields },
});
const titles = (raw: Parameters<typeof dueTasks>[0]) => dueTasks(raw, quotes).map(({ title }) => title);

test('a calm fund asks for nothing', () => {
    const shares = sharesOf(quotes, tokens(100));
    const fund = fundOf({ contributions: tokens(100), totalShares: shares });
    const members = new Map([['sound', memberOf({ margin: tokens(1_000), shares }, 1_000n, usd(200))]]);
    expect(titles(rawOf({ fund, members }))).toEqual([]);
});

test('equity below zero: a grace where the fund has one, a default where it has none or the grace is over', () => {
    const broke = memberOf({ margin: tokens(300) }, 1_000n, usd(200));
    const at = (params: object, member = broke) =>
        titles(rawOf({ fund: fundOf({}, params), markets: fresh(120), members: new Map([['broke', member]]) }));
    expect(at({ defaultConfirmSlots: 0 })).toContain('Declare a default');
    expect(at({ defaultConfirmSlots: 25 })).toContain('Start a grace period');
    const inGrace = { ...broke, status: 1, graceSlot: 90n };
    expect(at({ defaultConfirmSlots: 25 }, inGrace)).not.toContain('Declare a default'); // slot 100, until 115
    expect(at({ defaultConfirmSlots: 10 }, inGrace)).toContain('Declare a default');
    expect(at({ defaultConfirmSlots: 25 }, { ...inGrace, margin: tokens(5_000) })).toContain('End a grace period');
});

test('below maintenance but able to pay: a liquidation, for members, with its bonus', () => {
    const members = new Map([['weak', memberOf({ margin: tokens(280) }, 1_000n, usd(200))]]);
    const [task] = dueTasks(rawOf({ markets: fresh(180), members }), quotes);
    // 80 of equity against 90 of maintenance margin; 1% of 1,800.
    expect(task).toMatchObject({ kind: 'liquidation', needsMember: true, pays: tokens(18), task: { lots: 1_000n } });
});

test('losses come first, with their bounty', () => {
    const fund = fundOf({ residual: 1n, treasury: 1n }, { bountyBps: 50, bountyCap: tokens(100) });
    const records = [record({ seq: 7n, status: 0, shortfall: tokens(1_000) }), record({ seq: 6n, status: 1 })];
    const tasks = dueTasks(rawOf({ fund, records }), quotes);
    expect(tasks[0]).toMatchObject({ title: 'Allocate default 7', pays: tokens(5) });
    expect(tasks.map(({ title }) => title)).toContain('Allocate the residual');
});

test('a bounty never exceeds its cap', () => {
    const fund = fundOf({}, { bountyBps: 100, bountyCap: tokens(2) });
    const [task] = dueTasks(rawOf({ fund, records: [record({ shortfall: tokens(1_000) })] }), quotes);
    expect(task?.pays).toBe(tokens(2));
});

test('old prices, old records and ended epochs are upkeep', () => {
    const clock = { slot: 10_000_000n, ts: 90n * 86_400n + 1_000n };
    const members = new Map([['late', memberOf({ shares: 5n, shareEpoch: 0n })]]);
    const records = [record({ seq: 0n, status: 1, declaredTs: 1_000n })];
    expect(titles(rawOf({ clock, fund: fundOf({ shareEpoch: 1n }), members, records }))).toEqual([
        'Settle an ended epoch',
        'Take a new price of Market 0',
        'Close the record of default 0',
    ]);
});

test('a price counts when it has lasted: until then members are judged by the one before as well', () => {
    const range = { cell: 100n, high: usd(120), low: usd(120), highBefore: usd(200), lowBefore: usd(200) };
    const members = new Map([['broke', memberOf({ margin: tokens(300) }, 1_000n, usd(200))]]);
    const at = (ts: bigint) =>
        titles(rawOf({ clock: { slot: 100n, ts }, markets: [marketOf(usd(120), { range })], members }));
    expect(at(1_009n)).toEqual(['Call a contribution']);
    expect(at(1_010n)).toContain('Declare a default');
});
