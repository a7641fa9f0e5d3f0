import { getFundParamsDecoder, getMarketTermsDecoder, getParameterChangeEncoder, oracleChange } from 'bulkhead-client';
import { expect, test } from 'vitest';
import { fundOf, marketOf, rawOf, tokens, usd } from '../../../tests/support/fund.js';
import { changeOf, differences, governanceFigures, SPECS } from './governance.js';

/** All numbers in a struct, by path. */
function paths(fields: object, prefix = ''): string[] {
    return Object.entries(fields).flatMap(([key, value]) => {
        if (typeof value === 'bigint' || typeof value === 'number') return [`${prefix}${key}`];
        return value instanceof Uint8Array ? [] : paths(value as object, `${prefix}${key}.`);
    });
}

test('every parameter of the program is shown: a new one must be described here', () => {
    const params = getFundParamsDecoder().decode(new Uint8Array(getFundParamsDecoder().fixedSize));
    const terms = getMarketTermsDecoder().decode(new Uint8Array(getMarketTermsDecoder().fixedSize));
    expect(Object.keys(SPECS.fund).toSorted()).toEqual(paths(params).toSorted());
    expect(Object.keys(SPECS.market).toSorted()).toEqual(paths(terms).toSorted());
});

test('a draft changes what it names and nothing else, and the program can read it', () => {
    const raw = rawOf({ fund: fundOf({}, { clearingFeeBps: 2 }) });
    const change = changeOf({ scope: 'fund', values: { clearingFeeBps: 1n, minContribution: tokens(20) } }, raw);
    expect(differences(change as never, raw.fund, raw.markets)).toEqual([
        {
            label: 'Least contribution',
            before: { unit: 'money', value: tokens(10) },
            after: { unit: 'money', value: tokens(20) },
        },
        { label: 'Clearing fee', before: { unit: 'bps', value: 2n }, after: { unit: 'bps', value: 1n } },
    ]);
    expect(getParameterChangeEncoder().encode(change).length).toBeGreaterThan(0);
});

test('terms of a market are compared with its base rates, not with those in force', () => {
    const market = marketOf(usd(200), { baseRates: { initialBps: 800, maintenanceBps: 400, contributionBps: 200, stressBps: 3_000 } });
    const raw = rawOf({ markets: [market] });
    const change = changeOf({ scope: 'market', market: 0, values: { 'rates.initialBps': 900n } }, raw);
    expect(differences(change as never, raw.fund, raw.markets)).toEqual([
        { label: 'Initial margin', before: { unit: 'bps', value: 800n }, after: { unit: 'bps', value: 900n } },
    ]);
});

test('another feed or owner of an oracle is told byte for byte', () => {
    const raw = rawOf();
    const [market] = raw.markets;
    const oracle = { ...market!.oracle, feedId: new Uint8Array(32).fill(171) };
    const [feed] = differences(oracleChange(0, market!.oracle, oracle) as never, raw.fund, raw.markets);
    expect(feed).toMatchObject({ label: 'Feed', after: { value: `0x${'ab'.repeat(32)}` } });
});

test('the end of a market and a named final mark are told beside what there is', () => {
    const raw = rawOf();
    const [market] = raw.markets;
    const end = differences({ __kind: 'Close', fields: [0, 9_000n] }, raw.fund, raw.markets);
    expect(end).toEqual([{ label: 'Ends', before: { unit: 'time', value: 0n }, after: { unit: 'time', value: 9_000n } }]);
    const decimals = market!.priceDecimals;
    const named = differences({ __kind: 'FinalMark', fields: [0, 7n] }, raw.fund, raw.markets);
    expect(named).toEqual([
        {
            label: 'Final mark',
            before: { unit: 'price', value: market!.mark.price, decimals },
            after: { unit: 'price', value: 7n, decimals },
        },
    ]);
});

test('bounds are those of the program where it has them', () => {
    const { parameters } = governanceFigures(rawOf());
    const of = (key: string) => parameters.find((parameter) => parameter.key === key);
    expect(of('coverLimitBps')).toMatchObject({ least: { value: 1n }, most: { value: 5_000n } });
    expect(of('minContribution')?.most).toBeUndefined();
    expect(() => changeOf({ scope: 'market', market: 9, values: {} }, rawOf())).toThrow('there is no market 9');
});
