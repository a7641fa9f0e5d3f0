import { expect, test } from 'vitest';
import { cascadeRows } from './cascade.js';

test('each bar begins where the one before ends, and together they are the whole', () => {
    const rows = cascadeRows({ margin: 250n, contribution: 100n, treasury: 100n, survivors: 550n }, [
        'margin',
        'contribution',
        'treasury',
        'survivors',
        'unpaid',
    ]);
    expect(rows.map(({ start, width }) => [start, width])).toEqual([
        [0, 25],
        [25, 10],
        [35, 10],
        [45, 55],
        [100, 0],
    ]);
});

test('nothing at all is no division by zero', () => {
    expect(cascadeRows({}, ['treasury']).map(({ start, width }) => start + width)).toEqual([0]);
});
