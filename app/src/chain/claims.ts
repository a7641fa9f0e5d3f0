/** Reading lists of claims and proofs, and comparing them with what is on chain. @module */

import { getBase16Decoder, getBase16Encoder, isAddress, type Address } from '@solana/kit';
import {
    claimFault,
    claimPay,
    claimTree,
    MAX_CLAIM_DEPTH,
    parseDecimal,
    proofBytes,
    readProof,
    type ClaimFault,
    type cover,
    type SumNode,
} from 'bulkhead-client';
import type { ClaimsReading, ProvenClaim } from './model.js';

/** A text that is neither a list of claims nor a proof. */
export class ClaimsError extends Error {
    override readonly name = 'ClaimsError';
}

interface Claim {
    readonly claimant: Address;
    readonly amount: bigint;
}

/** A proof as a text has it: a claim with its place, and the nodes beside its way up. */
interface Proof extends Claim {
    readonly index: number;
    readonly nodes: readonly SumNode[];
}

/** A text is a list or a proof. */
type Parsed = { readonly kind: 'list'; readonly claims: readonly Claim[] } | { readonly kind: 'proof'; readonly proof: Proof };

const FAULTS: Readonly<Record<ClaimFault, string>> = {
    IndexBeyondLeaves: 'there is no claim with this index',
    WrongProofLength: 'the proof is longer or shorter than the tree is deep',
    SumOverflow: 'the sums in it do not fit a word',
    WrongProof: 'it does not lead to the root on chain',
};

/**
 * Reads a list as CSV, with a claimant and an amount in tokens on each line, or as JSON of the same; or a proof as JSON, with
 * its amount in base units.
 */
export function parseClaims(text: string, decimals: number): Parsed {
    const plain = text.replace(/^\u{FEFF}/u, '').trim();
    if (plain === '') {
        throw new ClaimsError('There is nothing in it.');
    }
    if (!plain.startsWith('{') && !plain.startsWith('[')) {
        return { kind: 'list', claims: checked(rowsOf(plain), decimals) };
    }
    let json: unknown;
    try {
        json = JSON.parse(plain);
    } catch {
        throw new ClaimsError('It is no JSON: it may be cut off.');
    }
    if (isRecord(json) && 'proof' in json) {
        return { kind: 'proof', proof: proofOf(json) };
    }
    const rows = isRecord(json) ? json['claims'] : json;
    if (!Array.isArray(rows)) {
        throw new ClaimsError('The JSON is neither a list of claims nor a proof.');
    }
    const cells = rows.map((row: unknown) => (isRecord(row) ? [String(row['claimant']), String(row['amount'])] : []));
    return { kind: 'list', claims: checked(cells.map((row, at) => ({ line: at + 1, cells: row })), decimals) };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);

interface Row {
    readonly line: number;
    readonly cells: readonly string[];
}

function rowsOf(text: string): Row[] {
    const lines = text.split(/\r?\n/).map((line, at) => ({ line: at + 1, cells: line.split(',').map((cell) => cell.trim()) }));
    const filled = lines.filter(({ cells }) => cells.length > 1 || cells[0] !== '');
    const [first] = filled;
    return first?.cells.join() === 'claimant,amount' ? filled.slice(1) : filled;
}

function checked(rows: readonly Row[], decimals: number): Claim[] {
    const known = new Map<string, number>();
    const claims = rows.map(({ cells, line }): Claim => {
        const [claimant = '', amount = ''] = cells;
        if (cells.length !== 2 || !isAddress(claimant)) {
            throw new ClaimsError(`Line ${line} is no claimant and amount: “${cells.join(',').slice(0, 60)}”.`);
        }
        const before = known.get(claimant);
        if (before !== undefined) {
            throw new ClaimsError(`${claimant} is on line ${before} and on line ${line}.`);
        }
        known.set(claimant, line);
        return { claimant, amount: amountOf(amount, decimals, line) };
    });
    if (claims.length === 0 || claims.length > 2 ** MAX_CLAIM_DEPTH) {
        throw new ClaimsError(`A list has from one to ${2 ** MAX_CLAIM_DEPTH} claims, and this has ${claims.length}.`);
    }
    return claims;
}

function amountOf(text: string, decimals: number, line: number): bigint {
    let amount = 0n;
    try {
        amount = parseDecimal(text, decimals);
    } catch {
        // Told below.
    }
    if (amount <= 0n) {
        throw new ClaimsError(`The amount on line ${line} is no number above zero with at most ${decimals} decimals.`);
    }
    return amount;
}

function proofOf({ amount, claimant, index, proof }: Readonly<Record<string, unknown>>): Proof {
    const digits = String(proof).replace(/^0x/, '');
    const nodes = /^([0-9a-f]{2})*$/i.test(digits) ? readProof(new Uint8Array(getBase16Encoder().encode(digits.toLowerCase()))) : undefined;
    const address = String(claimant);
    if (!isAddress(address) || !/^\d+$/.test(String(amount)) || !Number.isInteger(Number(index)) || !nodes) {
        throw new ClaimsError('The proof lacks its index, its claimant, its amount in base units, or whole nodes of 40 bytes in hexadecimal digits.');
    }
    return { claimant: address, amount: BigInt(String(amount)), index: Number(index), nodes };
}

/** What a text says about a loss for a wallet; whether its claim was paid is asked of `pageOf`. */
export async function readClaims(
    text: string,
    decimals: number,
    loss: { readonly address: string; readonly data: Pick<cover.Loss, 'root' | 'total' | 'leaves' | 'depth' | 'reserved'> },
    wallet: string | undefined,
    pageOf: (index: number) => Promise<{ readonly exists: boolean; readonly isPaid: boolean }>,
): Promise<ClaimsReading> {
    let parsed: Parsed;
    try {
        parsed = parseClaims(text, decimals);
    } catch (error) {
        if (error instanceof ClaimsError) {
            return { kind: 'problem', text: error.message };
        }
        throw error;
    }
    const address = loss.address as Address;
    const proof = parsed.kind === 'proof' ? parsed.proof : await inList(parsed.claims, address, loss.data, wallet);
    if (typeof proof === 'string') {
        return { kind: 'problem', text: proof };
    }
    const count = parsed.kind === 'proof' ? 1 : parsed.claims.length;
    if (!proof) {
        return { kind: 'proven', count, claim: undefined, pay: 0n, isPaid: false };
    }
    const { amount, claimant, index, nodes } = proof;
    const fault = await claimFault(loss.data, { loss: address, index, claimant, amount }, nodes);
    if (fault) {
        return { kind: 'problem', text: `This proves nothing for the loss: ${FAULTS[fault]} (${fault}).` };
    }
    const page = await pageOf(index);
    const bytes = getBase16Decoder().decode(proofBytes(nodes));
    const claim: ProvenClaim = { loss: address, index, claimant, amount, proof: bytes, hasPage: page.exists };
    return { kind: 'proven', count, claim, pay: claimPay(amount, loss.data), isPaid: page.isPaid };
}

/** A wallet's claim in a list, if the list is the one whose root is on chain; or why not. */
async function inList(
    claims: readonly Claim[],
    loss: Address,
    { leaves, root, total }: Pick<cover.Loss, 'root' | 'total' | 'leaves'>,
    wallet: string | undefined,
): Promise<Proof | string | undefined> {
    const tree = await claimTree(loss, claims);
    const isSame = tree?.root.total === total && tree.root.leaves === leaves && tree.root.root.every((byte, at) => byte === root[at]);
    if (!tree || !isSame) {
        return 'It is not the list that was posted: its root is another than the one on chain. Get the published file, unchanged.';
    }
    const index = claims.findIndex(({ claimant }) => claimant === wallet);
    const claim = claims[index];
    return claim && { ...claim, index, nodes: tree.prove(index) };
}
