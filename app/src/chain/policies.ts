/** What a wallet does about policies: instructions, terms and consequences. Loaded when somebody does. @module */

import type { Address, Instruction, TransactionSigner } from '@solana/kit';
import {
    buyPolicy,
    claimPolicy,
    cover,
    dayOf,
    openExpiry,
    policyMost,
    startPolicy,
    type FundClient,
} from 'bulkhead-client';
import { day as utcDay } from '../lib/format.js';
import { startOf } from './figures/policy.js';
import type { Raw } from './figures/raw.js';
import type { Action, Line } from './model.js';

/** The actions of this page. */
export type PolicyAction = Extract<Action, { kind: 'buy-policy' | 'start-policy' | 'claim-policy' }>;
type Purchase = Extract<Action, { kind: 'buy-policy' }>;

function bookAt(address: string, { books }: Pick<Raw, 'books'>) {
    const found = books.find((book) => book.address === address);
    if (!found) {
        throw new RangeError(`there is no book ${address}`);
    }
    return { address: address as Address, book: found.data };
}

function policyAt(address: string, { policies }: Pick<Raw, 'policies'>): cover.Policy {
    const found = policies.find((policy) => policy.address === address);
    if (!found) {
        throw new RangeError(`there is no policy ${address}`);
    }
    return found.data;
}

/** The day on which a policy expires that is bought now. */
const expiryOf = ({ termDays }: Purchase, { clock }: Pick<Raw, 'clock'>): number => dayOf(clock.ts) + termDays;

const isDayOpen = (action: Purchase, raw: Pick<Raw, 'clock' | 'days'>): boolean =>
    raw.days.some(({ data }) => data.book === action.book && data.day === expiryOf(action, raw));

/** The instructions of an action; `openAccount` opens the wallet's token account, if it has none. */
export async function policyInstructions(
    action: PolicyAction,
    owner: TransactionSigner,
    { client, raw }: { readonly client: FundClient; readonly raw: Raw },
    openAccount: readonly Instruction[],
): Promise<Instruction[]> {
    switch (action.kind) {
        case 'buy-policy':
            return buy(action, owner, raw, client);
        case 'start-policy':
            return [await startPolicy(policyAt(action.policy, raw))];
        case 'claim-policy': {
            const policy = policyAt(action.policy, raw);
            return [...openAccount, await claimPolicy(bookAt(policy.book, raw), policy, owner)];
        }
    }
}

/** Buys a policy at a fresh price; the first one of its day opens the account of that day. */
async function buy(action: Purchase, owner: TransactionSigner, raw: Raw, client: FundClient): Promise<Instruction[]> {
    const known = bookAt(action.book, raw);
    const { insured, maxPremium, termDays } = action;
    return [
        ...(await client.crankMarket({ market: known.book.marketIndex })),
        ...(isDayOpen(action, raw) ? [] : [await openExpiry(known, expiryOf(action, raw), owner)]),
        await buyPolicy(known, owner, { insured, maxPremium, termDays, now: raw.clock.ts }),
    ];
}

/** Bytes of the accounts that an action opens. */
export function policyBytes(action: PolicyAction, raw: Raw): number[] {
    if (action.kind !== 'buy-policy') {
        return [];
    }
    const policy = cover.getPolicyDecoder().fixedSize;
    return isDayOpen(action, raw) ? [policy] : [policy, cover.getExpiryDecoder().fixedSize];
}

/** The terms that are signed. */
export function policyTerms(action: PolicyAction, raw: Raw): Line[] {
    if (action.kind !== 'buy-policy') {
        return [];
    }
    const { book } = bookAt(action.book, raw);
    const bought = dayOf(raw.clock.ts);
    const expires = expiryOf(action, raw);
    return [
        { label: 'What it insures', figure: { unit: 'money', value: action.insured } },
        { label: 'Premium at most', figure: { unit: 'money', value: action.maxPremium } },
        { label: 'It pays at most', figure: { unit: 'money', value: policyMost(book, action.insured) } },
        { label: 'Entry: the mean price of', figure: { unit: 'text', value: utcDay(startOf(bought + 1)) } },
        { label: 'Exit: the mean price of', figure: { unit: 'text', value: utcDay(startOf(expires + 1)) } },
    ];
}

/** The consequences to know before signing, in sentences. */
export function policyConsequences({ kind }: PolicyAction): string[] {
    switch (kind) {
        case 'buy-policy':
            return [
                'The premium is the fund’s at once, and does not come back.',
                'Both prices are means of whole days to come: nobody knows them yet. A day that nobody notes for half of it is replaced by the next one.',
                'A volatility that jumps until the day of entry is over costs you a part of what it insures, and never more premium.',
                'A policy that nobody has started by the time its day is settled pays nothing. Anyone may start it, and the keeper of the fund does.',
            ];
        case 'start-policy':
            return ['Its price of entry is fixed, and what it insures is what the premium has bought.'];
        case 'claim-policy':
            return ['It is paid into your associated token account, and the policy is closed. All policies of its day are paid in the same ratio.'];
    }
}

/** Remedies for refusals of the program. */
const ADVICE: Readonly<Record<string, string>> = {
    AlreadyStarted: 'Nothing: somebody has started it.',
    CapacityUsed: 'Insure less: the cover could not pay it in full beside all other policies.',
    CoverClosed: 'Wait until the cover is open, or choose a shorter term.',
    EntryNotKnown: 'Wait until the day of entry is over and a later price was noted.',
    ExitsHeld: 'Wait until exits from the fund are open again.',
    HeadroomShort: 'Wait: the two largest defaults would leave less than covers pledge.',
    PremiumAboveLimit: 'Look again: the volatility has risen meanwhile.',
    RiskOff: 'Wait until the market is calm again.',
    StalePrice: 'Wait for a new price.',
    TermBeyondNotice: 'Choose a shorter term: contributors could leave before it is priced.',
    WrongPolicy: 'Look again: somebody has bought a policy in the same moment.',
};

/** The remedy for a refusal of this name. */
export const policyAdvice = (name: string): string => ADVICE[name] ?? 'Read the policy again: it is not in the state this needs.';
