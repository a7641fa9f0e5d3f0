import { createNoopSigner, getAddressDecoder, getBase16Encoder, type Address } from '@solana/kit';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
    ASSOCIATED_TOKEN_PROGRAM,
    MAX_CLAIM_DEPTH,
    NODE_BYTES,
    claimCover,
    claimError,
    claimFault,
    claimNode,
    claimPay,
    claimTree,
    cover,
    lossAddress,
    pageAddress,
    panelAddress,
    programError,
    proofBytes,
    pushClaim,
    readProof,
    verifyClaim,
    type ClaimLeaf,
    type ClaimRoot,
    type SumNode,
} from '../src/index.js';

interface Vector {
    name: string;
    loss: string;
    depth: number;
    leaves: number;
    root: string;
    total: string;
    claims: { claimant: string; amount: string; leaf: string; proof: { hash: string; sum: string }[] }[];
}

const file = new URL('../../../crates/sum-tree/vectors.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vector[];
const bytes = (hex: string) => getBase16Encoder().encode(hex);
const address = (hex: string) => getAddressDecoder().decode(bytes(hex));

const rootOf = (vector: Vector): ClaimRoot => ({
    root: bytes(vector.root),
    total: BigInt(vector.total),
    leaves: vector.leaves,
    depth: vector.depth,
});
const leafOf = (vector: Vector, index: number): ClaimLeaf => ({
    loss: address(vector.loss),
    index,
    claimant: address(vector.claims[index]!.claimant),
    amount: BigInt(vector.claims[index]!.amount),
});
const proofOf = (vector: Vector, index: number): SumNode[] =>
    vector.claims[index]!.proof.map(({ hash, sum }) => ({ hash: bytes(hash), sum: BigInt(sum) }));
const named = (part: string) => vectors.find(({ name }) => name.includes(part))!;

describe('the golden vectors', () => {
    test.each(vectors)('$name', async (vector) => {
        for (const [index, claim] of vector.claims.entries()) {
            const leaf = leafOf(vector, index);
            expect((await claimNode(leaf)).hash).toEqual(new Uint8Array(bytes(claim.leaf)));
            expect(await verifyClaim(rootOf(vector), leaf, proofOf(vector, index))).toBe(true);
        }
    });
});

describe('a tree', () => {
    test.each(vectors)('of $name is that of the command line', async (vector) => {
        const claims = vector.claims.map((_, index) => leafOf(vector, index));
        const tree = (await claimTree(address(vector.loss), claims))!;
        expect({ ...tree.root, root: new Uint8Array(tree.root.root) }).toEqual({
            ...rootOf(vector),
            root: new Uint8Array(bytes(vector.root)),
        });
        for (const index of claims.keys()) {
            expect(proofBytes(tree.prove(index))).toEqual(proofBytes(proofOf(vector, index)));
        }
    });

    test('has claims, no more than it has places for, and a sum that fits a word', async () => {
        const { loss, claimant } = leafOf(vectors[0]!, 0);
        expect(await claimTree(loss, [])).toBeUndefined();
        expect(await claimTree(loss, [2n ** 64n - 1n, 1n].map((amount) => ({ claimant, amount })))).toBeUndefined();
        const many = Array.from({ length: 2 ** MAX_CLAIM_DEPTH + 1 }, () => ({ claimant, amount: 1n }));
        expect(await claimTree(loss, many)).toBeUndefined();
    });
});

describe('a forged claim', () => {
    const vector = named('three claims');
    const [root, leaf, proof] = [rootOf(vector), leafOf(vector, 1), proofOf(vector, 1)];
    const thief = getAddressDecoder().decode(new Uint8Array(32).fill(9));

    test('of another amount, claimant, index or loss leads to another root', async () => {
        expect(await claimFault(root, { ...leaf, amount: leaf.amount + 1n }, proof)).toBe('WrongProof');
        expect(await claimFault(root, { ...leaf, claimant: thief }, proof)).toBe('WrongProof');
        expect(await claimFault(root, { ...leaf, index: 0 }, proof)).toBe('WrongProof');
        expect(await claimFault(root, { ...leaf, loss: leafOf(named('another loss'), 1).loss }, proof)).toBe('WrongProof');
        expect(await claimFault({ ...root, total: root.total + 1n }, leaf, proof)).toBe('WrongProof');
    });

    test('beyond the leaves, or with a proof of another length, is none', async () => {
        expect(await claimFault(root, { ...leaf, index: 3 }, proof)).toBe('IndexBeyondLeaves');
        expect(await claimFault(root, { ...leaf, index: Number.NaN }, proof)).toBe('IndexBeyondLeaves');
        expect(await claimFault(root, leaf, proof.slice(1))).toBe('WrongProofLength');
    });

    test('with sums that do not fit a word is none', async () => {
        const huge = [{ ...proof[0]!, sum: 2n ** 64n - 1n }, ...proof.slice(1)];
        expect(await claimFault(root, leaf, huge)).toBe('SumOverflow');
    });
});

test('a proof is its nodes, one after the other', () => {
    const proof = proofOf(named('nine claims'), 8);
    const whole = proofBytes(proof);
    expect(whole.length).toBe(proof.length * NODE_BYTES);
    expect(readProof(whole)!.map(({ sum }) => sum)).toEqual(proof.map(({ sum }) => sum));
    expect(proofBytes(readProof(whole)!)).toEqual(whole);
    expect(readProof(whole.slice(1))).toBeUndefined();
    expect(MAX_CLAIM_DEPTH * NODE_BYTES).toBe(640);
});

test('a claim is paid in the ratio of what is reserved, rounded down, and never more than its amount', () => {
    expect(claimPay(40n, { reserved: 220n, total: 400n })).toBe(22n);
    expect(claimPay(1n, { reserved: 399n, total: 400n })).toBe(0n);
    expect(claimPay(40n, { reserved: 500n, total: 400n })).toBe(40n);
});

test('errors of the two programs have different codes', () => {
    expect(claimError(6574)?.name).toBe('AlreadyClaimed');
    expect(programError(6574)).toBeUndefined();
    expect(claimError(6000)).toBeUndefined();
});

test('an instruction carries the claim, and pays the associated account unless it names another one', async () => {
    const vector = named('three claims');
    const panel = await panelAddress(address('11'.repeat(32)), 0);
    const loss = await lossAddress(panel, 0n);
    const [leaf, proof] = [{ ...leafOf(vector, 2), loss }, proofOf(vector, 2)];
    const mint = address('22'.repeat(32));
    const input = {
        panel: { mint, tokenProgram: ASSOCIATED_TOKEN_PROGRAM, vault: address('33'.repeat(32)) },
        panelAddress: panel,
        leaf,
        proof,
    };
    const claim = await claimCover({ ...input, claimant: createNoopSigner(leaf.claimant) });
    expect(claim.programAddress).toBe(cover.BULKHEAD_COVER_PROGRAM_ADDRESS);
    const accounts = claim.accounts.map(({ address }) => address as Address);
    expect(accounts.slice(0, 3)).toEqual([panel, loss, await pageAddress(loss, 2)]);
    expect(accounts.at(-1)).toBe(leaf.claimant);
    const data = cover.getClaimCoverInstructionDataDecoder().decode(claim.data);
    expect([data.index, data.amount]).toEqual([2, leaf.amount]);
    expect(new Uint8Array(data.proof)).toEqual(proofBytes(proof));
    const push = await pushClaim(input);
    expect(push.accounts[4]!.address).toBe(claim.accounts[4]!.address);
    const elsewhere = address('44'.repeat(32));
    const other = await claimCover({ ...input, claimant: createNoopSigner(leaf.claimant), destination: elsewhere });
    expect(other.accounts[4]!.address).toBe(elsewhere);
});
