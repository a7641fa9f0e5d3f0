/**
 * Policies on impermanent loss: what one costs and pays, its addresses, and the instructions of its owner.
 *
 * The arithmetic is the program's, in integers: {@link impermanentLoss} and {@link policyPayout} give what a policy is
 * paid between two prices, and {@link policyPremium} what it costs at a variance.
 *
 * @module
 */

import {
    getAddressEncoder,
    getProgramDerivedAddress,
    getU16Encoder,
    getU32Encoder,
    getU64Encoder,
    type Address,
    type ReadonlyUint8Array,
    type TransactionSigner,
} from '@solana/kit';
import { tokenAccountAddress, vaultAddress } from './address.js';
import { BULKHEAD_PROGRAM_ADDRESS } from './generated/index.js';
import {
    BULKHEAD_COVER_PROGRAM_ADDRESS,
    getBuyPolicyInstruction,
    getClaimPolicyInstruction,
    getOpenExpiryInstruction,
    getStartPolicyInstruction,
    type Policy,
    type PolicyBook,
} from './generatedCover/index.js';

/** One, as losses and rates are counted. */
export const Q32_ONE = 2n ** 32n;
/** Seconds of a UTC day. */
export const DAY_SECS = 86_400;

const ONE_BPS = 10_000n;
const YEAR_SECS = 31_557_600n;
const LARGEST_WORD = 2n ** 64n - 1n;

/** The terms of a book. */
export type PolicyTerms = Pick<
    PolicyBook,
    'deductibleBps' | 'capBps' | 'coinsuranceBps' | 'thetaBps' | 'leastVolatilityBps'
>;

/** The root of a number, rounded up. */
function rootUp(value: bigint): bigint {
    if (value < 2n) {
        return value;
    }
    let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
    for (;;) {
        const next = (root + value / root) >> 1n;
        if (next >= root) {
            return root * root === value ? root : root + 1n;
        }
        root = next;
    }
}

const larger = (a: bigint, b: bigint) => (a > b ? a : b);
const smaller = (a: bigint, b: bigint) => (a < b ? a : b);
const ceilDiv = (a: bigint, b: bigint) => (a + b - 1n) / b;
const q32 = (bps: number) => (BigInt(bps) * Q32_ONE) / ONE_BPS;

/**
 * The loss against holding of a pool that was entered at one price and left at another, in parts of 2^32, rounded down
 * in favour of the fund. Zero if either price is.
 *
 * @example `impermanentLoss(1_000n, 4_000n)` is a fifth of {@link Q32_ONE}.
 */
export function impermanentLoss(entry: bigint, exit: bigint): bigint {
    if (entry === 0n || exit === 0n) {
        return 0n;
    }
    const shift = BigInt(64 - (entry | exit).toString(2).length);
    const [p0, p1] = [entry << shift, exit << shift];
    const lacks = larger(0n, p0 + p1 - 2n * rootUp(p0 * p1));
    return (lacks << 32n) / larger(p0 + p1, 2n * p0);
}

/** What a policy on this value is paid between two prices, in base units, rounded down in favour of the fund. */
export function policyPayout(terms: PolicyTerms, insured: bigint, entry: bigint, exit: bigint): bigint {
    const deductible = q32(terms.deductibleBps) + (terms.deductibleBps > 0 ? 1n : 0n);
    const rate = smaller(q32(terms.capBps), larger(0n, impermanentLoss(entry, exit) - deductible));
    return (insured * (ONE_BPS - BigInt(terms.coinsuranceBps)) * rate) / (ONE_BPS << 32n);
}

/** The most that a policy on this value is paid, in base units. */
export function policyMost(terms: PolicyTerms, insured: bigint): bigint {
    return (insured * (ONE_BPS - BigInt(terms.coinsuranceBps)) * q32(terms.capBps)) / (ONE_BPS << 32n);
}

/**
 * What a policy costs at a variance of its market, in base units, rounded up in favour of the fund.
 *
 * @returns none if the premium would reach the largest payout: nothing is sold then.
 */
export function policyPremium(
    terms: PolicyTerms,
    insured: bigint,
    variance: bigint,
    termDays: number,
): bigint | undefined {
    const annual = BigInt(terms.leastVolatilityBps) ** 2n;
    const least = (annual << 48n) / (100_000_000n * YEAR_SECS);
    const secs = BigInt(termDays) * BigInt(DAY_SECS);
    const rate = ceilDiv(larger(variance, least) * secs * BigInt(terms.thetaBps), 8n * ONE_BPS);
    if (rate > LARGEST_WORD || rate >= q32(terms.capBps) << 16n) {
        return undefined;
    }
    return ceilDiv(insured * (ONE_BPS - BigInt(terms.coinsuranceBps)) * rate, ONE_BPS << 48n);
}

/** The number of the UTC day that a second is in. */
export function dayOf(secs: bigint | number): number {
    return Math.floor(Number(secs) / DAY_SECS);
}

const key = (address: Address) => getAddressEncoder().encode(address);

async function derive(seeds: readonly (ReadonlyUint8Array | string)[]): Promise<Address> {
    const [address] = await getProgramDerivedAddress({
        programAddress: BULKHEAD_COVER_PROGRAM_ADDRESS,
        seeds: [...seeds],
    });
    return address;
}

/** The book with this number that a key has created. */
export function bookAddress(creator: Address, id: number): Promise<Address> {
    return derive(['book', key(creator), getU16Encoder().encode(id)]);
}

/** A book's vault. */
export function bookVaultAddress(book: Address): Promise<Address> {
    return derive(['vault', key(book)]);
}

/** The account of the policies of a book that expire on a day. */
export function expiryAddress(book: Address, day: number): Promise<Address> {
    return derive(['expiry', key(book), getU32Encoder().encode(day)]);
}

/** A policy, by its number among those of the book. */
export function policyAddress(book: Address, number: bigint): Promise<Address> {
    return derive(['policy', key(book), getU64Encoder().encode(number)]);
}

/** A book as it is on chain, and where. */
export interface KnownBook {
    readonly address: Address;
    readonly book: Pick<PolicyBook, 'fund' | 'cover' | 'market' | 'mint' | 'tokenProgram' | 'vault' | 'nextPolicy'>;
}

/** Opens the account of the policies that expire on a day: needed once, before the first of them is bought. */
export async function openExpiry({ address }: KnownBook, day: number, payer: TransactionSigner) {
    return getOpenExpiryInstruction({ book: address, expiry: await expiryAddress(address, day), payer, day });
}

/** Buys the next policy of a book. The owner pays premium and rent, out of its associated token account. */
export async function buyPolicy(
    known: KnownBook,
    owner: TransactionSigner,
    purchase: {
        /** Value of the position at entry, in base units. */
        readonly insured: bigint;
        /** Term in days. */
        readonly termDays: number;
        /** The largest premium to pay, in base units. */
        readonly maxPremium: bigint;
        /** The chain's time in seconds: it says on which day the policy expires. */
        readonly now: bigint;
    },
) {
    const { address, book } = known;
    const { insured, termDays, maxPremium, now } = purchase;
    return getBuyPolicyInstruction({
        book: address,
        expiry: await expiryAddress(address, dayOf(now) + termDays),
        policy: await policyAddress(address, book.nextPolicy),
        fund: book.fund,
        cover: book.cover,
        market: book.market,
        tokenAccount: await tokenAccountAddress(owner.address, book.mint, book.tokenProgram),
        fundVault: await vaultAddress(book.fund),
        mint: book.mint,
        tokenProgram: book.tokenProgram,
        bulkhead: BULKHEAD_PROGRAM_ADDRESS,
        owner,
        payer: owner,
        insured,
        termDays,
        maxPremium,
    });
}

/** Puts a policy in force. Anybody may send it. */
export async function startPolicy(policy: Pick<Policy, 'book' | 'expiryDay' | 'number'>) {
    return getStartPolicyInstruction({
        book: policy.book,
        expiry: await expiryAddress(policy.book, policy.expiryDay),
        policy: await policyAddress(policy.book, policy.number),
    });
}

/** Claims the payout of a policy, into the owner's associated token account, unless it names another one. */
export async function claimPolicy(
    { address, book }: KnownBook,
    policy: Pick<Policy, 'expiryDay' | 'number' | 'payer'>,
    owner: TransactionSigner,
    destination?: Address,
) {
    return getClaimPolicyInstruction({
        book: address,
        expiry: await expiryAddress(address, policy.expiryDay),
        policy: await policyAddress(address, policy.number),
        payer: policy.payer,
        vault: book.vault,
        destination: destination ?? (await tokenAccountAddress(owner.address, book.mint, book.tokenProgram)),
        mint: book.mint,
        tokenProgram: book.tokenProgram,
        owner,
    });
}
