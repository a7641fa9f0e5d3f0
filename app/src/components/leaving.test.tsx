import { expect, test } from 'vitest';
import { blocksText, sharesFor } from './leaving.js';

test('all of a contribution is all of its shares: no dust stays behind', () => {
    const member = { contribution: 999n, shares: 1_048_577n };
    expect(sharesFor(999n, member)).toBe(1_048_577n);
    expect(sharesFor(1_000n, member)).toBe(1_048_577n);
});

test('a part is worth at most what was asked for', () => {
    const member = { contribution: 1_000n, shares: 3_333n };
    const shares = sharesFor(100n, member);
    expect((shares * member.contribution) / member.shares).toBeLessThanOrEqual(100n);
    expect(sharesFor(0n, member)).toBe(0n);
    expect(sharesFor(5n, { contribution: 0n, shares: 0n })).toBe(0n);
});

test('what blocks an exit is named, all of it', () => {
    const text = blocksText([
        { kind: 'default-open', count: 1 },
        { kind: 'house', count: 2 },
    ]);
    expect(text).toBe('a default is not allocated, the house holds lots for sale');
    const covers = blocksText([
        { kind: 'cover-owed', amount: 1n },
        { kind: 'cover-hold', untilTs: 1n },
    ]);
    expect(covers).toBe('a cover is owed money, a cover holds exits because of a loss that is not decided');
});
