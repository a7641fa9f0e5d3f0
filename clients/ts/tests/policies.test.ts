import { address, createNoopSigner } from '@solana/kit';
import { describe, expect, test } from 'vitest';
import {
    Q32_ONE,
    bookAddress,
    bookVaultAddress,
    buyPolicy,
    claimPolicy,
    dayOf,
    expiryAddress,
    impermanentLoss,
    openExpiry,
    policyAddress,
    policyMost,
    policyPayout,
    policyPremium,
    startPolicy,
    type PolicyTerms,
} from '../src/index.js';

const TERMS: PolicyTerms = {
    deductibleBps: 100,
    capBps: 1_000,
    coinsuranceBps: 1_000,
    thetaBps: 12_000,
    leastVolatilityBps: 4_000,
};

/** As `target_variance` of the program: of a year's volatility, per second, in parts of 2^48. */
const variance = (bps: bigint) => ((bps * bps) << 48n) / (100_000_000n * 31_557_600n);

describe('the loss', () => {
    // The figures of the program's own tests.
    test('of known prices', () => {
        expect(impermanentLoss(1n, 1n)).toBe(0n);
        expect(impermanentLoss(100n, 400n)).toBe(Q32_ONE / 5n);
        expect(impermanentLoss(400n, 100n)).toBe(Q32_ONE / 8n);
        expect(impermanentLoss(0n, 5n)).toBe(0n);
        expect(impermanentLoss(1n << 63n, 1n)).toBeGreaterThan(Q32_ONE / 2n - 10n);
        expect(impermanentLoss(2n ** 64n - 1n, 2n ** 64n - 2n)).toBeLessThanOrEqual(1n);
    });
});

describe('a policy', () => {
    test('is paid by the formula, and no more than its cap', () => {
        expect(policyPayout(TERMS, 1_000_000n, 1_000n, 4_000n)).toBe(89_999n);
        expect(policyMost(TERMS, 1_000_000n)).toBe(89_999n);
        expect(policyPayout(TERMS, 1_000_000n, 1_000n, 1_200n)).toBe(0n);
        const half = policyPayout(TERMS, 1_000_000n, 1_000n, 1_500n);
        expect(half).toBeGreaterThan(9_180n);
        expect(half).toBeLessThan(9_190n);
    });

    test('costs equation 16', () => {
        expect(policyPremium(TERMS, 1_000_000n, variance(8_000n), 10)).toBe(2_366n);
        expect(policyPremium(TERMS, 1_000_000n, variance(16_000n), 10)).toBe(9_463n);
        expect(policyPremium(TERMS, 1_000_000n, 0n, 10)).toBe(592n);
        expect(policyPremium(TERMS, 1_000_000n, variance(60_000n), 10)).toBeUndefined();
    });
});

describe('instructions', () => {
    const owner = createNoopSigner(address('SysvarC1ock11111111111111111111111111111111'));
    const other = address('SysvarS1otHashes111111111111111111111111111');
    const known = async () => {
        const book = await bookAddress(owner.address, 3);
        return {
            address: book,
            book: {
                fund: address('SysvarRent111111111111111111111111111111111'),
                cover: address('Stake11111111111111111111111111111111111111'),
                market: address('Vote111111111111111111111111111111111111111'),
                mint: address('Config1111111111111111111111111111111111111'),
                tokenProgram: address('TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA'),
                vault: await bookVaultAddress(book),
                nextPolicy: 7n,
            },
        };
    };

    test('name the accounts of their day and number', async () => {
        const book = await known();
        const now = 1_790_000_000n;
        const buy = await buyPolicy(book, owner, { insured: 5n, termDays: 10, maxPremium: 1n, now });
        const day = dayOf(now) + 10;
        expect(buy.accounts[1].address).toBe(await expiryAddress(book.address, day));
        expect(buy.accounts[2].address).toBe(await policyAddress(book.address, 7n));
        const open = await openExpiry(book, day, owner);
        expect(open.accounts[1].address).toBe(buy.accounts[1].address);
        const policy = { book: book.address, expiryDay: day, number: 7n, payer: owner.address };
        expect((await startPolicy(policy)).accounts[2].address).toBe(buy.accounts[2].address);
        const claim = await claimPolicy(book, policy, owner);
        expect(claim.accounts[4].address).toBe(book.book.vault);
        const elsewhere = await claimPolicy(book, policy, owner, other);
        expect(elsewhere.accounts[5].address).toBe(other);
    });
});
