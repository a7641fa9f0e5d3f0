import { getDefaultRecordDecoder, type DefaultRecord } from 'bulkhead-client';
import { expect, test } from 'vitest';
import { rawOf, tokens, usd } from '../../../tests/support/fund.js';
import { defaultFigures } from './default.js';
import { sum } from './raw.js';

function figuresOf(...fields: Partial<DefaultRecord>[]) {
    const zero = getDefaultRecordDecoder().decode(new Uint8Array(getDefaultRecordDecoder().fixedSize));
    return defaultFigures(rawOf({ records: fields.map((some) => ({ address: 'record', data: { ...zero, ...some } })) }));
}

test('the layers of a default add up to its loss, before the waterfall and after it', () => {
    const declared = {
        status: 0,
        fromMargin: tokens(250),
        shortfall: tokens(1_350),
        fromRewards: tokens(10),
        fromContribution: tokens(90),
        unfunded: tokens(1_250),
    };
    const allocated = {
        ...declared,
        status: 1,
        unfunded: 0n,
        fromTreasury: tokens(100),
        fromSurvivors: tokens(900),
        fromCushions: tokens(100),
        residual: tokens(150),
        contributionsBefore: tokens(900),
    };
    for (const record of [declared, allocated]) {
        const [entry] = figuresOf(record);
        expect(sum(Object.values(entry!.paid))).toBe(tokens(1_600));
    }
    expect(figuresOf(allocated)[0]).toMatchObject({ haircutPpm: 1_000_000n, paid: { unpaid: tokens(150) } });
    expect(figuresOf(declared)[0]).toMatchObject({ haircutPpm: 0n, paid: { contribution: tokens(100), unpaid: tokens(1_250) } });
});

test('the latest comes first, with the positions that it had and no others', () => {
    const lots = { lots: 5n, price: usd(120), market: 0, pad: new Uint8Array(6) };
    const entries = figuresOf({ seq: 1n }, { seq: 2n, positionsLen: 1, positions: [lots, { ...lots, lots: 9n }] });
    expect(entries.map(({ seq }) => seq)).toEqual([2n, 1n]);
    expect(entries[0]?.positions).toMatchObject([{ lots: 5n, price: usd(120), symbol: 'Market 0' }]);
});
