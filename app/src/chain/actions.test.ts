import { createNoopSigner, type Address, type Instruction } from '@solana/kit';
import { cover, type FundClient } from 'bulkhead-client';
import { expect, test } from 'vitest';
import { memberOf, offerOf, rawOf, takingOf, tokens, usd } from '../../tests/support/fund.js';
import { consequencesOf, instructionsOf, termsOf } from './actions.js';
import type { Raw } from './figures/raw.js';
import type { Action } from './model.js';
import { policyAdvice, policyBytes, policyConsequences, policyTerms, type PolicyAction } from './policies.js';
import type { WalletAccounts } from './reader.js';

const OWNER = createNoopSigner('11111111111111111111111111111112' as Address);

/** A client that says what it was asked for. */
function recorder() {
    const asked: (readonly [string, unknown])[] = [];
    const client = new Proxy({}, {
        get: (_, name: string) => (input: unknown) => {
            asked.push([name, input]);
            return Promise.resolve([{ programAddress: name } as unknown as Instruction]);
        },
    }) as FundClient;
    return { asked, client };
}

const wallet = (memberAddress: string): WalletAccounts => ({
    address: OWNER.address,
    lamports: 1n,
    tokenAccount: 'token account',
    tokens: 1n,
    memberAddress,
    member: memberOf(),
});

async function instructionNames(action: Action, raw: Raw, memberAddress: string) {
    const { asked, client } = recorder();
    const instructions = await instructionsOf(action, OWNER, { client, raw, wallet: wallet(memberAddress) });
    return { asked, names: instructions.map(({ programAddress }) => programAddress as string) };
}

const taking = (ts: bigint) => takingOf({ taker: 'me' as Address, lots: 400n, ts, locked: tokens(80) });
const TAKE: Action = { kind: 'take-offer', offer: 'offer', lots: 400n, limitPrice: usd(204) };

test('an offer is posted with what was typed, and without what was left empty', async () => {
    const post: Action = {
        kind: 'post-offer',
        market: 0,
        lots: -1_000n,
        fewest: 0n,
        distanceBps: -25n,
        limitPrice: undefined,
        expiresTs: 9_000n,
        onlyFor: undefined,
    };
    const { asked } = await instructionNames(post, rawOf(), 'me');
    expect(asked).toEqual([
        ['postOffer', { market: 0, maker: OWNER, lots: -1_000n, minLots: 0n, distanceBps: -25, expiresTs: 9_000n }],
    ]);
    const { asked: all } = await instructionNames({ ...post, limitPrice: usd(201), onlyFor: 'friend' }, rawOf(), 'me');
    expect(all[0]?.[1]).toMatchObject({ limitPrice: usd(201), taker: 'friend' });
});

test('takings that were not filled in time are ended before what needs their margin', async () => {
    const raw = (ts: bigint) => rawOf({ offers: [{ address: 'old', data: offerOf({ lots: -1_000n, taking: taking(ts) }) }] });
    const withdraw: Action = { kind: 'withdraw-margin', amount: 1n };
    expect((await instructionNames(withdraw, raw(900n), 'me')).names).toEqual(['lapseTaking', 'withdrawMargin']);
    expect((await instructionNames(withdraw, raw(900n), 'maker')).names).toEqual(['lapseTaking', 'withdrawMargin']);
    // It still waits; it is somebody else's; nothing of the margin is needed.
    expect((await instructionNames(withdraw, raw(999n), 'me')).names).toEqual(['withdrawMargin']);
    expect((await instructionNames(withdraw, raw(900n), 'other')).names).toEqual(['withdrawMargin']);
    expect((await instructionNames({ kind: 'deposit', amount: 1n }, raw(900n), 'me')).names).toEqual(['depositMargin']);
});

test('an offer whose taking was not filled in time is freed by whoever takes it next, once', async () => {
    const raw = (ts: bigint) => rawOf({ offers: [{ address: 'offer', data: offerOf({ lots: -1_000n, taking: taking(ts) }) }] });
    expect((await instructionNames(TAKE, raw(900n), 'other')).names).toEqual(['lapseTaking', 'takeOffer']);
    expect((await instructionNames(TAKE, raw(900n), 'me')).names).toEqual(['lapseTaking', 'takeOffer']);
    expect((await instructionNames(TAKE, raw(999n), 'other')).names).toEqual(['takeOffer']);
});

test('before an offer is taken its terms are told: price, worst price, fee, what is locked and for how long', () => {
    const base = rawOf({ offers: [{ address: 'offer', data: offerOf({ lots: -1_000n, distanceBps: 50 }) }] });
    const fund = { ...base.fund, params: { ...base.fund.params, ageFullSecs: 45, clearingFeeBps: 2 } };
    // Four of the asset at 201: 804. A tenth of it, two hundredths of a percent, and ten of 45 seconds of 30%.
    expect(termsOf(TAKE, { raw: { ...base, fund } })).toEqual([
        { label: 'You buy', figure: { unit: 'lots', value: 400n, decimals: 2, symbol: 'Market 0' } },
        { label: 'Price at the mark', figure: { unit: 'price', value: usd(201), decimals: 8 } },
        { label: 'Worst price you accept', figure: { unit: 'price', value: usd(204), decimals: 8 } },
        { label: 'Fee, about', figure: { unit: 'money', value: tokens(0.1608) } },
        { label: 'Margin that is locked', figure: { unit: 'money', value: tokens(134.1608) } },
        { label: 'Locked for at most', figure: { unit: 'seconds', value: 30n } },
    ]);
    const told = consequencesOf(TAKE, { raw: base, wallet: wallet('me') });
    expect(told[0]).toContain('The price is that of the first print after you take, not this one');
    expect(told.join(' ')).toContain('at most 30 seconds');
});

test('before an offer is posted its terms are told, and that nothing is locked yet', () => {
    const post: Action = {
        kind: 'post-offer',
        market: 0,
        lots: 1_000n,
        fewest: 0n,
        distanceBps: 100n,
        limitPrice: usd(197),
        expiresTs: 9_000n,
        onlyFor: undefined,
    };
    expect(termsOf(post, { raw: rawOf() }).map(({ figure, label }) => [label, figure.value])).toEqual([
        ['You buy', 1_000n],
        ['Price at the mark', usd(197)],
        ['Never above', usd(197)],
        ['Expires', 9_000n],
        ['For', 'anyone'],
    ]);
    expect(consequencesOf(post, { raw: rawOf(), wallet: wallet('me') }).join(' ')).toContain('Nothing is locked while the offer rests.');
});

test('an offer that is gone has no terms, and a task that pays nobody says nothing of bounties', () => {
    expect(termsOf(TAKE, { raw: rawOf() })).toEqual([]);
    const nobody = { ...wallet('me'), member: undefined };
    const keep = (kind: 'fill-offer' | 'lapse-taking'): Action => ({ kind: 'keep', task: { kind, offer: 'offer' } });
    expect(consequencesOf(keep('fill-offer'), { raw: rawOf(), wallet: nobody })).toEqual([]);
    expect(consequencesOf(keep('lapse-taking'), { raw: rawOf(), wallet: nobody })).toEqual([]);
});

/** A book of policies on market 0, on the day of the clock. */
function insuring(days: Raw['days'] = []): Raw {
    const zero = <T>(decoder: { decode: (bytes: Uint8Array) => T; fixedSize: number }): T => decoder.decode(new Uint8Array(decoder.fixedSize));
    const book = zero(cover.getPolicyBookDecoder());
    const policy = { ...zero(cover.getPolicyDecoder()), book: OWNER.address, termDays: 8, expiryDay: 20_008 };
    return rawOf({
        clock: { slot: 1n, ts: 20_000n * 86_400n },
        books: [{ address: OWNER.address, data: { ...book, capBps: 1_000, coinsuranceBps: 1_000 } }],
        days,
        policies: [{ address: 'policy', data: policy }],
    });
}
const BUY: PolicyAction = { kind: 'buy-policy', book: OWNER.address, insured: tokens(1_000), termDays: 8, maxPremium: tokens(3) };
const CLAIMS = cover.BULKHEAD_COVER_PROGRAM_ADDRESS as string;

test('the first policy of a day opens the account of that day, at a fresh price', async () => {
    const { names } = await instructionNames(BUY, insuring(), 'me');
    expect(names).toEqual(['crankMarket', CLAIMS, CLAIMS]);
    const expiry = cover.getExpiryDecoder();
    const known = { ...expiry.decode(new Uint8Array(expiry.fixedSize)), book: OWNER.address, day: 20_008 };
    const { names: next } = await instructionNames(BUY, insuring([{ address: 'day', data: known }]), 'me');
    expect(next).toEqual(['crankMarket', CLAIMS]);
});

test('what a policy insures, costs and pays is told with its days before it is signed', () => {
    const lines = policyTerms(BUY, insuring());
    const of = (label: string) => lines.find((line) => line.label === label)?.figure.value;
    expect(of('It pays at most')).toBe(tokens(90) - 1n);
    expect(of('Premium at most')).toBe(tokens(3));
    expect(of('Entry: the mean price of')).toBe('Sat, 5 Oct 2024 (UTC)');
    expect(of('Exit: the mean price of')).toBe('Sun, 13 Oct 2024 (UTC)');
    expect(policyConsequences(BUY).join(' ')).toContain('nobody knows them yet');
    expect(policyBytes(BUY, insuring()).length, 'a policy, and the day that it opens').toBe(2);
    expect(policyAdvice('WrongPolicy')).toContain('in the same moment');
    expect(policyAdvice('Else')).toContain('not in the state');
});

test('a policy is started by one instruction, and claimed into the wallet’s account', async () => {
    const start = await instructionNames({ kind: 'start-policy', policy: 'policy' }, insuring(), 'me');
    expect(start.names).toEqual([CLAIMS]);
    const claim = await instructionNames({ kind: 'claim-policy', policy: 'policy' }, insuring(), 'me');
    expect(claim.names).toEqual([CLAIMS]);
    await expect(instructionNames({ kind: 'claim-policy', policy: 'other' }, insuring(), 'me')).rejects.toThrow('there is no policy other');
});
