import { generateKeyPairSigner, getBase16Decoder, type Address } from '@solana/kit';
import { claimTree, proofBytes, type ClaimTree } from 'bulkhead-client';
import { beforeAll, describe, expect, test } from 'vitest';
import { tokens } from '../../tests/support/fund.js';
import { ClaimsError, parseClaims, readClaims } from './claims.js';

let loss: Address;
let wallets: Address[];
let tree: ClaimTree;
const AMOUNTS = [tokens(40), tokens(60.5), tokens(100)];
const page = (exists: boolean, isPaid = false) => () => Promise.resolve({ exists, isPaid });

beforeAll(async () => {
    [loss, ...wallets] = (await Promise.all([0, 1, 2, 3, 4].map(() => generateKeyPairSigner()))).map(({ address }) => address) as [Address, ...Address[]];
    tree = (await claimTree(loss, AMOUNTS.map((amount, at) => ({ claimant: wallets[at]!, amount }))))!;
});

const onChain = () => ({ address: loss, data: { ...tree.root, reserved: tokens(100.25) } });
const rows = () => [`${wallets[0]},40`, `${wallets[1]},60.5`, `${wallets[2]},100`];
const read = (text: string, wallet: string | undefined = wallets[1]) => readClaims(text, 6, onChain(), wallet, page(true));

describe('a list', () => {
    test('is CSV with or without a header, or JSON of the same', async () => {
        const json = JSON.stringify(wallets.slice(0, 3).map((claimant, at) => ({ claimant, amount: ['40', '60.5', '100'][at] })));
        for (const text of [rows().join('\n'), `\u{FEFF}claimant,amount\r\n${rows().join('\r\n')}\r\n`, json, `{"claims":${json}}`]) {
            const answer = await read(text);
            expect(answer).toMatchObject({ kind: 'proven', count: 3, pay: tokens(30.25), isPaid: false });
            expect(answer).toMatchObject({ claim: { index: 1, claimant: wallets[1], amount: tokens(60.5), hasPage: true } });
        }
    });

    test('is the one that was posted, or proves nothing', async () => {
        for (const text of [rows().slice(1).join('\n'), rows().toReversed().join('\n'), rows().join('\n').replace(',40', ',41')]) {
            expect(await read(text)).toMatchObject({ kind: 'problem', text: expect.stringContaining('not the list that was posted') });
        }
    });

    test('says so of a wallet that is not in it, and of nobody', async () => {
        for (const wallet of [wallets[3], '']) {
            expect(await read(rows().join('\n'), wallet)).toMatchObject({ kind: 'proven', count: 3, claim: undefined });
        }
    });

    test.each([
        ['', 'nothing in it'],
        ['{"claims": ', 'no JSON'],
        ['{"list": 1}', 'neither a list'],
        ['nobody,5', 'Line 1 is no claimant'],
        ['claimant,amount', 'from one to 65536 claims'],
    ])('that cannot be read says why: %j', async (text, why) => {
        expect(await read(text)).toMatchObject({ kind: 'problem', text: expect.stringContaining(why) });
    });

    test('names the line of a claimant that comes twice, and of an amount that is none', () => {
        expect(() => parseClaims([...rows(), `${wallets[0]},1`].join('\n'), 6)).toThrow(/line 1 and on line 4/);
        for (const amount of ['0', '-1', '1.0000001', 'much', '']) {
            expect(() => parseClaims(`${wallets[0]},1\n${wallets[1]},${amount}`, 6)).toThrow(ClaimsError);
        }
    });
});

describe('a proof', () => {
    const proof = (index: number, amount: bigint) =>
        JSON.stringify({ index, claimant: wallets[index], amount: String(amount), proof: getBase16Decoder().decode(proofBytes(tree.prove(index))) });

    test('of anybody’s claim is compared with the root', async () => {
        expect(await read(proof(2, AMOUNTS[2]!))).toMatchObject({ kind: 'proven', count: 1, claim: { index: 2, claimant: wallets[2] }, pay: tokens(50) });
        expect(await read(proof(2, AMOUNTS[2]! + 1n))).toMatchObject({ kind: 'problem', text: expect.stringContaining('WrongProof') });
        const short = JSON.stringify({ ...(JSON.parse(proof(2, AMOUNTS[2]!)) as object), proof: '' });
        expect(await read(short)).toMatchObject({ kind: 'problem', text: expect.stringContaining('WrongProofLength') });
        const odd = JSON.stringify({ ...(JSON.parse(proof(2, AMOUNTS[2]!)) as object), proof: 'abc' });
        expect(await read(odd)).toMatchObject({ kind: 'problem', text: expect.stringContaining('lacks its index') });
    });

    test('of a claim that was paid says so', async () => {
        const answer = await readClaims(proof(0, AMOUNTS[0]!), 6, onChain(), undefined, page(true, true));
        expect(answer).toMatchObject({ kind: 'proven', isPaid: true });
    });
});
