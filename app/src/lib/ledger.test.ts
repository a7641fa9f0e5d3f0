import { describe, expect, test } from 'vitest';
import { ask, covered, queryOf, readAudit, readMember, readReport, readSeries, WrongAnswer } from './ledger.js';
import { ledgerOf } from './settings.js';

describe('answers of the API', () => {
    const point = { time: 60, shareValueMicro: '1000000', treasury: '5', contributions: '18446744073709551615', cushions: '0' };

    test('decimal strings are exact', () => {
        expect(readSeries({ points: [point] })).toEqual([
            { ts: 60n, shareValueMicro: 1_000_000n, treasury: 5n, contributions: 2n ** 64n - 1n, cushions: 0n },
        ]);
    });

    test('another shape is refused, and by name', () => {
        expect(() => readSeries({ points: [{ ...point, treasury: '5.0' }] })).toThrow('no number treasury');
        expect(() => readSeries({ points: [{ ...point, treasury: 0.5 }] })).toThrow(WrongAnswer);
        expect(() => readSeries({})).toThrow('no list points');
        expect(() => readSeries('points')).toThrow('another form');
    });

    test('a figure may have no value yet', () => {
        const figure = { id: 'a', title: 'A', disclosure: '1', definition: 'A.', formula: 'docs/a.md', unit: 'days', slot: 3, value: null };
        const report = readReport({ slot: 3, figures: [figure], defaults: [], shock: [], exceedances: [] });
        expect(report.figures[0]?.value).toBeUndefined();
    });

    test('a loss of several defaults has no number', () => {
        const ledger = {
            deposits: [],
            losses: [{ seq: null, signature: 's', slot: 1, time: 2, amount: '7' }],
            contributed: '0',
            withdrawn: '0',
            rewardsPaid: '0',
            recoveriesPaid: '0',
            assessmentsPaid: '0',
        };
        expect(readMember(ledger).losses).toEqual([{ seq: undefined, signature: 's', ts: 2n, amount: 7n }]);
    });

    test('an audit that fails says where', () => {
        const difference = { event: '', field: 'fund.pool', expected: '3', found: '4' };
        const audit = { slot: 9, events: 2, transactions: 1, members: 0, parted: null, differences: [difference] };
        expect(readAudit({ good: false, audit }).difference).toBe('fund.pool: the events make it 3, and it is 4');
        const parted = { signature: 's', slot: 1, difference: { ...difference, field: 'margin' } };
        expect(readAudit({ good: false, audit: { ...audit, parted, differences: [] } }).difference).toMatch(/^margin/);
        expect(readAudit({ good: true, audit: { ...audit, differences: [] } }).difference).toBeUndefined();
    });
});

test('cover is what the others have over the largest losses', () => {
    const point = {
        ts: 0n,
        marginRequired: 0n,
        marginHeld: 0n,
        treasury: 100n,
        contributions: 900n,
        stress: [
            { stressLoss: 400n, contribution: 100n },
            { stressLoss: 300n, contribution: 200n },
        ],
    };
    expect([covered(point, 1), covered(point, 2)]).toEqual([22_500n, 10_000n]);
    expect(covered({ ...point, stress: [] }, 2)).toBeUndefined();
});

test('a refusal is told in the words of the ledger', async () => {
    const known = globalThis.fetch;
    globalThis.fetch = () => Promise.resolve(Response.json({ error: 'there is no default 7' }, { status: 404 }));
    await expect(ask('http://localhost', '/v1/defaults/7', readSeries)).rejects.toThrow('there is no default 7');
    globalThis.fetch = known;
    expect(queryOf('http://localhost/', '/v1/status')).toBe('http://localhost/v1/status');
});

test('a configured ledger is that of the configured fund', () => {
    const config = { fund: 'A', ledger: 'https://ledger.example' };
    expect(ledgerOf(config, { theme: 'system' })).toBe('https://ledger.example');
    expect(ledgerOf(config, { theme: 'system', fund: 'A' })).toBe('https://ledger.example');
    expect(ledgerOf(config, { theme: 'system', fund: 'B' })).toBeUndefined();
    expect(ledgerOf(config, { theme: 'system', fund: 'B', ledger: 'https://b.example' })).toBe('https://b.example');
    expect(ledgerOf({ ledger: 'ftp://b.example' }, { theme: 'system' })).toBeUndefined();
});
