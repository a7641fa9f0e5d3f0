/**
 * Claims on losses that a cover pays: Merkle sum trees, their proofs, and the instructions that pay a claim.
 *
 * A tree lists what everybody has lost. Its root hashes the sums of the leaves too, so that all leaves together are
 * worth its total and no more. A claimant needs its leaf and the proof, and trusts nobody for either: {@link verifyClaim}
 * compares them with the loss on chain.
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
import { ASSOCIATED_TOKEN_PROGRAM } from './address.js';
import { ERROR_TEXTS } from './generatedCover/errorTexts.js';
import {
    BULKHEAD_COVER_PROGRAM_ADDRESS,
    getClaimCoverInstruction,
    getPushClaimInstruction,
    type Loss,
    type Panel,
} from './generatedCover/index.js';

/** The deepest tree. */
export const MAX_CLAIM_DEPTH = 16;
/** Claims of one page. */
export const PAGE_CLAIMS = 8_192;
/** Bytes of a proof's node: its hash, then its sum. */
export const NODE_BYTES = 40;

const HASH_BYTES = 32;
const LEAF = 0;
const INNER = 1;
const MOST = 2n ** 64n - 1n;

/** A node of a tree: a hash, and the sum of the leaves below it in base units. */
export interface SumNode {
    readonly hash: ReadonlyUint8Array;
    readonly sum: bigint;
}

/** What is published of a tree. */
export interface ClaimRoot {
    /** Hash of the top. */
    readonly root: ReadonlyUint8Array;
    /** Sum of all leaves, in base units. */
    readonly total: bigint;
    /** Leaves in the tree. */
    readonly leaves: number;
    /** Height of the top above the leaves. */
    readonly depth: number;
}

/** One claim on a loss. */
export interface ClaimLeaf {
    /** The loss. */
    readonly loss: Address;
    /** Place among the leaves. */
    readonly index: number;
    /** The claimant's wallet. */
    readonly claimant: Address;
    /** What it has lost, in base units. */
    readonly amount: bigint;
}

/** Why a claim is not a leaf of a tree, by the name of the program's error. */
export type ClaimFault = 'IndexBeyondLeaves' | 'WrongProofLength' | 'SumOverflow' | 'WrongProof';

/** The code of an error of the program of claims. None is one of the fund's program too. */
export type ClaimErrorCode = keyof typeof ERROR_TEXTS;

/** Name and text of an error of the program of claims; none for codes of other programs. */
export function claimError(code: number): { readonly name: string; readonly text: string } | undefined {
    return ERROR_TEXTS[code as ClaimErrorCode];
}

async function sha256(...parts: readonly ReadonlyUint8Array[]): Promise<Uint8Array> {
    const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) {
        bytes.set(part, at);
        at += part.length;
    }
    return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

const word = (value: bigint) => getU64Encoder().encode(value);
const key = (address: Address) => getAddressEncoder().encode(address);

/** The leaf of a claim. */
export async function claimNode({ loss, index, claimant, amount }: ClaimLeaf): Promise<SumNode> {
    const place = getU32Encoder().encode(index);
    const hash = await sha256(new Uint8Array([LEAF]), key(loss), place, key(claimant), word(amount));
    return { hash, sum: amount };
}

/** The node above two others; none if their sum does not fit a word. */
export async function nodeAbove(left: SumNode, right: SumNode): Promise<SumNode | undefined> {
    const sum = left.sum + right.sum;
    if (sum > MOST) {
        return undefined;
    }
    const hash = await sha256(new Uint8Array([INNER]), left.hash, word(left.sum), right.hash, word(right.sum));
    return { hash, sum };
}

/**
 * Looks whether a claim is a leaf of a tree, as the program does. The proof has the sibling of each node on the way up,
 * lowest first.
 *
 * @returns none if it is, or else why not.
 */
export async function claimFault(
    root: ClaimRoot,
    leaf: ClaimLeaf,
    proof: readonly SumNode[],
): Promise<ClaimFault | undefined> {
    if (!(leaf.index < root.leaves)) {
        return 'IndexBeyondLeaves';
    }
    if (proof.length !== root.depth) {
        return 'WrongProofLength';
    }
    let node = await claimNode(leaf);
    for (const [height, sibling] of proof.entries()) {
        const isRight = Math.floor(leaf.index / 2 ** height) % 2 === 1;
        const above = await (isRight ? nodeAbove(sibling, node) : nodeAbove(node, sibling));
        if (!above) {
            return 'SumOverflow';
        }
        node = above;
    }
    const isTop = node.sum === root.total && node.hash.every((byte, at) => byte === root.root[at]);
    return isTop ? undefined : 'WrongProof';
}

/** Whether a claim is a leaf of a tree: see {@link claimFault}. */
export async function verifyClaim(root: ClaimRoot, leaf: ClaimLeaf, proof: readonly SumNode[]): Promise<boolean> {
    return (await claimFault(root, leaf, proof)) === undefined;
}

/** The node of a place without a claim. */
const EMPTY: SumNode = { hash: new Uint8Array(HASH_BYTES).fill(2), sum: 0n };

/** A tree over the claims on one loss. */
export interface ClaimTree {
    /** What is published of it. */
    readonly root: ClaimRoot;
    /** The proof of the claim with this index: the sibling of each node on the way up, lowest first. */
    readonly prove: (index: number) => readonly SumNode[];
}

/**
 * Builds the lowest tree that has a place for every claim, as the command line does. The index of a claim is its place in
 * the list.
 *
 * @returns none if there is no such tree: there are no claims or too many, or their sum does not fit a word.
 */
export async function claimTree(
    loss: Address,
    claims: readonly Pick<ClaimLeaf, 'claimant' | 'amount'>[],
): Promise<ClaimTree | undefined> {
    const depth = Math.ceil(Math.log2(claims.length));
    if (claims.length === 0 || depth > MAX_CLAIM_DEPTH) {
        return undefined;
    }
    const leaves = await Promise.all(claims.map((claim, index) => claimNode({ ...claim, loss, index })));
    const levels: SumNode[][] = [[...leaves, ...Array.from({ length: 2 ** depth - leaves.length }, () => EMPTY)]];
    for (let height = 0; height < depth; height += 1) {
        const below = levels[height] ?? [];
        const pairs = Array.from({ length: below.length / 2 }, (_, at) => nodeAbove(below[2 * at]!, below[2 * at + 1]!));
        const above = await Promise.all(pairs);
        if (above.includes(undefined)) {
            return undefined;
        }
        levels.push(above as SumNode[]);
    }
    const [top] = levels[depth] ?? [];
    if (!top || top.sum > MOST) {
        return undefined;
    }
    return {
        root: { root: top.hash, total: top.sum, leaves: claims.length, depth },
        // The sibling of place `i` is the one that differs in the lowest bit.
        prove: (index) =>
            levels.slice(0, depth).map((level, height) => {
                const place = Math.floor(index / 2 ** height);
                return level[place % 2 === 0 ? place + 1 : place - 1] ?? EMPTY;
            }),
    };
}

/** The bytes of a proof, as an instruction carries them. */
export function proofBytes(proof: readonly SumNode[]): Uint8Array {
    const bytes = new Uint8Array(proof.length * NODE_BYTES);
    for (const [at, { hash, sum }] of proof.entries()) {
        bytes.set(hash, at * NODE_BYTES);
        bytes.set(word(sum), at * NODE_BYTES + HASH_BYTES);
    }
    return bytes;
}

/** Reads a proof from its bytes; none if they are not whole nodes. */
export function readProof(bytes: ReadonlyUint8Array): readonly SumNode[] | undefined {
    if (bytes.length % NODE_BYTES !== 0) {
        return undefined;
    }
    return Array.from({ length: bytes.length / NODE_BYTES }, (_, at) => {
        const node = Uint8Array.from(bytes.slice(at * NODE_BYTES, (at + 1) * NODE_BYTES));
        return { hash: node.slice(0, HASH_BYTES), sum: new DataView(node.buffer).getBigUint64(HASH_BYTES, true) };
    });
}

/**
 * What a claim is paid: its amount in the ratio of what is reserved to the total, rounded down in favour of the fund.
 *
 * @example `claimPay(40n, { reserved: 220n, total: 400n })` is `22n`.
 */
export function claimPay(amount: bigint, { reserved, total }: Pick<Loss, 'reserved' | 'total'>): bigint {
    return (amount * (reserved < total ? reserved : total)) / total;
}

async function derive(seeds: readonly (ReadonlyUint8Array | string)[]): Promise<Address> {
    const [address] = await getProgramDerivedAddress({
        programAddress: BULKHEAD_COVER_PROGRAM_ADDRESS,
        seeds: [...seeds],
    });
    return address;
}

/** The panel with this number that a key has created. */
export function panelAddress(creator: Address, id: number): Promise<Address> {
    return derive(['panel', key(creator), getU16Encoder().encode(id)]);
}

/** A panel's vault. */
export function panelVaultAddress(panel: Address): Promise<Address> {
    return derive(['vault', key(panel)]);
}

/** A loss, by its number among those of the panel. */
export function lossAddress(panel: Address, number: bigint): Promise<Address> {
    return derive(['loss', key(panel), word(number)]);
}

/** The page that the claim with this index is on. */
export function pageAddress(loss: Address, index: number): Promise<Address> {
    return derive(['page', key(loss), getU16Encoder().encode(Math.floor(index / PAGE_CLAIMS))]);
}

/** A claim with its proof, and the panel that its loss belongs to. */
export interface ClaimInput {
    /** The loss's panel, as it is on chain. */
    readonly panel: Pick<Panel, 'mint' | 'tokenProgram' | 'vault'>;
    /** The panel's address. */
    readonly panelAddress: Address;
    readonly leaf: ClaimLeaf;
    readonly proof: readonly SumNode[];
}

async function accounts({ panel, panelAddress, leaf, proof }: ClaimInput) {
    return {
        panel: panelAddress,
        loss: leaf.loss,
        page: await pageAddress(leaf.loss, leaf.index),
        vault: panel.vault,
        mint: panel.mint,
        tokenProgram: panel.tokenProgram,
        index: leaf.index,
        amount: leaf.amount,
        proof: [...proofBytes(proof)],
    };
}

async function associatedAccount({ panel, leaf }: ClaimInput): Promise<Address> {
    const [address] = await getProgramDerivedAddress({
        programAddress: ASSOCIATED_TOKEN_PROGRAM,
        seeds: [key(leaf.claimant), key(panel.tokenProgram), key(panel.mint)],
    });
    return address;
}

/** Pays a claim to its claimant, who signs; into its associated token account, unless it names another one. */
export async function claimCover(input: ClaimInput & { claimant: TransactionSigner; destination?: Address }) {
    const destination = input.destination ?? (await associatedAccount(input));
    return getClaimCoverInstruction({ ...(await accounts(input)), destination, claimant: input.claimant });
}

/** Pays a claim to its claimant's associated token account. Anybody may send it. */
export async function pushClaim(input: ClaimInput) {
    const destination = await associatedAccount(input);
    return getPushClaimInstruction({ ...(await accounts(input)), destination, claimant: input.leaf.claimant });
}
