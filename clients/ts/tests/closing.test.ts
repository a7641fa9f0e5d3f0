import { describe, expect, test } from 'vitest';
import { FundClient, hasEnded, marketAddress, marketEnd, type Fund, type Market } from '../src/index.js';
import { clusterOf, fundAccount, marketAccount } from './support/accounts.js';
import { getI64Encoder, getU64Encoder, type Address } from '@solana/kit';

const HOUR = 3_600n;
const END = 1_000_000n;
const FUND = 'BuLKhEad11111111111111111111111111111111112' as Address;
const CLOCK = 'SysvarC1ock11111111111111111111111111111111' as Address;

const fund = (fields: Partial<Fund> = {}) => ({ status: 0, params: {}, ...fields }) as Fund;
const market = (fields: Partial<Market>) =>
    ({
        expiresTs: 0n,
        closingTs: 0n,
        deadTs: 0n,
        crankTs: 0n,
        freshUntilTs: 0n,
        namedPrice: 0n,
        hour: { priceSeconds: 0n, end: 0n, ts: 0n, covered: 0, extended: false },
        ...fields,
    }) as Market;

describe('the end of a market', () => {
    test('it is the first of all that are known', () => {
        expect(marketEnd(fund(), market({}))).toBeUndefined();
        expect(marketEnd(fund(), market({ expiresTs: 9n, closingTs: 7n, deadTs: 8n }))).toBe(7n);
        const down = fund({ status: 2, windDownTs: 3n, params: { windDownSecs: 2 } as Fund['params'] });
        expect(marketEnd(down, market({ expiresTs: 9n }))).toBe(5n);
    });

    test('a mark that half of the hour is covered for is known at the end', () => {
        const covered = market({ expiresTs: END, crankTs: END - HOUR, freshUntilTs: END - HOUR / 2n });
        expect(hasEnded(fund(), covered, END - 1n)).toBe(false);
        expect(hasEnded(fund(), covered, END)).toBe(true);
    });

    test('with less the hour goes on for another one, unless the mark is named', () => {
        const short = market({ expiresTs: END, crankTs: END - HOUR, freshUntilTs: END - HOUR / 2n - 1n });
        expect(hasEnded(fund(), short, END)).toBe(false);
        expect(hasEnded(fund(), short, END + HOUR - 1n)).toBe(false);
        expect(hasEnded(fund(), short, END + HOUR)).toBe(true);
        expect(hasEnded(fund(), { ...short, namedPrice: 1n }, END)).toBe(true);
        const kept = { priceSeconds: 0n, end: END + HOUR, ts: END, covered: 100, extended: true } as Market['hour'];
        expect(hasEnded(fund(), market({ expiresTs: END, hour: kept }), END + HOUR - 1n)).toBe(false);
        expect(hasEnded(fund(), market({ expiresTs: END, hour: kept }), END + HOUR)).toBe(true);
    });

    test('a market whose end has come is not cranked, although nobody has fixed its mark', async () => {
        const of = async (now: bigint) => {
            const clock = new Uint8Array(40);
            clock.set(getU64Encoder().encode(5n));
            clock.set(getI64Encoder().encode(now), 32);
            const markets = [0, 1].map(async (index) => {
                const account = marketAccount({
                    fund: FUND,
                    index,
                    expiresTs: index === 0 ? END : 0n,
                    crankTs: END - HOUR,
                    freshUntilTs: END,
                });
                return [await marketAddress(FUND, index), account] as const;
            });
            const accounts = new Map<Address, Uint8Array>([
                [FUND, fundAccount({ marketCount: 2 })],
                [CLOCK, clock],
                ...(await Promise.all(markets)),
            ]);
            const client = await FundClient.load(clusterOf(accounts), FUND);
            return (await client.cranks([0, 1])).length;
        };
        expect(await of(END - 1n)).toBe(2);
        expect(await of(END)).toBe(1);
    });
});
