import { afterEach, expect, it } from 'vitest';
import type { Address } from '@solana/kit';
import {
    BULKHEAD_PROGRAM_ADDRESS,
    LOCAL_PROGRAMS,
    cover,
    eventsFromLogs,
    getSettleInstruction,
    marketAddress,
    memberAddress,
    panelAddress,
    programsFrom,
    setPrograms,
    vaultAddress,
} from '../src/index.js';
import { programsOfEnvironment } from './support/programs.js';

const OWN = {
    fund: 'So11111111111111111111111111111111111111112' as Address,
    claims: 'SysvarC1ock11111111111111111111111111111111' as Address,
};
const KEY = '4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU' as Address;

afterEach(() => setPrograms(programsOfEnvironment()));

it('moves every address to the programs that are set', async () => {
    const all = () =>
        Promise.all([marketAddress(KEY, 1), memberAddress(KEY, KEY), vaultAddress(KEY), panelAddress(KEY, 0)]);
    setPrograms(LOCAL_PROGRAMS);
    const local = await all();
    expect(getSettleInstruction({ fund: KEY, market: KEY, member: KEY }).programAddress).toBe(LOCAL_PROGRAMS.fund);
    setPrograms(OWN);
    expect([BULKHEAD_PROGRAM_ADDRESS, cover.BULKHEAD_COVER_PROGRAM_ADDRESS]).toEqual([OWN.fund, OWN.claims]);
    const own = await all();
    own.forEach((address, index) => expect(address).not.toBe(local[index]));
    const settle = getSettleInstruction({ fund: KEY, market: KEY, member: KEY });
    expect(settle.programAddress).toBe(OWN.fund);
    // An optional account that is not given is the program itself.
    expect(settle.accounts.map(({ address }) => address)).toEqual([KEY, KEY, KEY, OWN.fund]);
    const logs = (program: string) => [`Program ${program} invoke [1]`, `Program ${program} success`];
    expect(eventsFromLogs(logs(OWN.fund))).toEqual([]);
});

it('takes both addresses or neither', () => {
    expect(programsFrom(undefined, '')).toEqual(LOCAL_PROGRAMS);
    expect(programsFrom(OWN.fund, OWN.claims)).toEqual(OWN);
    expect(() => programsFrom(OWN.fund, undefined)).toThrow('program of claims is missing');
    expect(() => programsFrom('', OWN.claims)).toThrow('fund’s program is missing');
    expect(() => programsFrom(OWN.fund, 'nonsense')).toThrow('nonsense is not an address');
    expect(() => programsFrom(OWN.fund, OWN.fund)).toThrow('the same address');
});
