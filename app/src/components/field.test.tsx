import { expect, test } from 'vitest';
import { readAmount } from './field.js';

test('an amount is read exactly, or it is said why not', () => {
    expect(readAmount('1,250.50', 6)).toEqual({ kind: 'amount', value: 1_250_500_000n });
    expect(readAmount('', 6)).toEqual({ kind: 'empty' });
    expect(readAmount('1.0000001', 6)).toEqual({ kind: 'problem', text: 'There are 6 decimals at most.' });
    expect(readAmount('-1', 6).kind).toBe('problem');
    expect(readAmount('1e3', 6).kind).toBe('problem');
    expect(readAmount('1,5', 6).kind).toBe('problem');
    expect(readAmount('1.5', 0)).toEqual({ kind: 'problem', text: 'There are whole numbers only.' });
});

test('more than there is names what there is, to the unit', () => {
    expect(readAmount('2', 6, 1_999_999n, 'your wallet holds')).toEqual({
        kind: 'problem',
        text: 'This is more than your wallet holds: 1.999999.',
    });
    expect(readAmount('1.999999', 6, 1_999_999n)).toEqual({ kind: 'amount', value: 1_999_999n });
});
