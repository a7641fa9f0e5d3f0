import { isAddress as known } from '@solana/kit';
import { expect, test } from 'vitest';
import { isAddress } from './address.js';

test('32 bytes in base 58 are an address, and nothing else is', () => {
    const texts = [
        '11111111111111111111111111111111',
        'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA',
        'BuLKhEad11111111111111111111111111111111111',
        'SysvarC1ock11111111111111111111111111111111',
        'z'.repeat(43),
        'z'.repeat(44),
        '1'.repeat(33),
        '1'.repeat(31),
        'l'.repeat(44),
        '0x0000000000000000000000000000000000000000',
        '',
    ];
    expect(texts.filter(isAddress)).toEqual(texts.filter((text) => known(text)));
    expect(texts.filter(isAddress).length).toBeGreaterThan(3);
});
