import {
    appendTransactionMessageInstructions,
    compileTransaction,
    compressTransactionMessageUsingAddressLookupTables,
    createTransactionMessage,
    getAddressEncoder,
    getBase16Decoder,
    getBase58Decoder,
    getBase64Decoder,
    getProgramDerivedAddress,
    getTransactionEncoder,
    pipe,
    setTransactionMessageFeePayer,
    setTransactionMessageLifetimeUsingBlockhash,
    type Address,
    type Blockhash,
    type Instruction,
} from '@solana/kit';
import { BULKHEAD_PROGRAM_ADDRESS, cover, fundChange, getDepositMarginInstruction, getQueueChangeInstruction } from 'bulkhead-client';
import { createNoopSigner } from '@solana/kit';
import { expect, test } from 'vitest';
import { fundOf, rawOf, tokens } from '../../tests/support/fund.js';
import { decodeInstruction, inspect } from './inspector.js';
import { LOADER, LOOKED_UP } from './loader.js';

const at = (digit: number) => `Acc${digit}1111111111111111111111111111111111111111`.slice(0, 43) as Address;
const OWNER = 'So11111111111111111111111111111111111111112' as Address;
const signer = createNoopSigner(OWNER);

const deposit = getDepositMarginInstruction({
    fund: at(2),
    vault: at(3),
    mint: at(4),
    tokenAccount: at(5),
    member: at(6),
    tokenProgram: 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA' as Address,
    depositor: signer,
    amount: tokens(12.5),
});

const { params } = fundOf();
const change = getQueueChangeInstruction({
    fund: at(2),
    record: at(7),
    authority: signer,
    payer: signer,
    change: fundChange(params, { ...params, noticeSecs: 7_200 }),
    mandate: { nonce: 3n, lastValidSlot: 99n },
});

function transactionOf(instructions: readonly Instruction[], tables: Record<Address, Address[]> = {}) {
    const message = pipe(
        createTransactionMessage({ version: 0 }),
        (message) => setTransactionMessageFeePayer(OWNER, message),
        (message) =>
            setTransactionMessageLifetimeUsingBlockhash(
                { blockhash: '11111111111111111111111111111112' as Blockhash, lastValidBlockHeight: 1n },
                message,
            ),
        (message) => appendTransactionMessageInstructions(instructions, message),
        (message) => compressTransactionMessageUsingAddressLookupTables(message, tables),
    );
    return compileTransaction(message);
}

test('an instruction is told with its amount, and with every account in full', () => {
    const decoded = decodeInstruction(deposit, rawOf());
    expect(decoded).toMatchObject({ isOurs: true, name: 'Deposit margin', programName: 'Bulkhead' });
    expect(decoded.arguments).toEqual([{ label: 'Amount', figure: { unit: 'money', value: tokens(12.5) } }]);
    expect(decoded.accounts.find(({ label }) => label === 'Depositor')).toMatchObject({ address: OWNER, role: 'signs' });
    expect(decoded.accounts.map(({ address }) => address)).toContain(at(6));
});

test('a change is told old and new, from a transaction, its message, and the data alone in every spelling', async () => {
    const transaction = transactionOf([change]);
    const wire = getBase64Decoder().decode(getTransactionEncoder().encode(transaction));
    const message = getBase64Decoder().decode(transaction.messageBytes);
    const data = change.data;
    const spellings = [
        wire,
        message,
        getBase64Decoder().decode(data),
        getBase58Decoder().decode(data),
        getBase16Decoder().decode(data),
        `0x${getBase16Decoder().decode(data)}`,
    ];
    for (const text of spellings) {
        const [decoded, ...others] = await inspect(text, rawOf());
        expect(others).toEqual([]);
        expect(decoded).toMatchObject({
            name: 'Queue change',
            diff: [
                {
                    label: 'Notice period',
                    before: { unit: 'seconds', value: 86_400n },
                    after: { unit: 'seconds', value: 7_200n },
                },
            ],
        });
        expect(decoded!.arguments).toContainEqual({
            label: 'Governance nonce',
            figure: { unit: 'count', value: 3n },
        });
    }
});

test('what stands beside our instruction in a transaction is shown as foreign', async () => {
    const foreign = { programAddress: at(9), accounts: [{ address: at(8), role: 1 }], data: new Uint8Array([1, 2, 3]) };
    const text = getBase64Decoder().decode(getTransactionEncoder().encode(transactionOf([deposit, foreign])));
    const [ours, other] = await inspect(text, rawOf());
    expect(ours?.isOurs).toBe(true);
    expect(other).toMatchObject({ isOurs: false, isKnown: false, program: at(9), programName: 'Unknown program', name: '3 bytes of data' });
});

test('text that says nothing is refused, never guessed at', async () => {
    await expect(inspect('  ', rawOf())).rejects.toThrow('There is nothing to read.');
    await expect(inspect('hello world', rawOf())).rejects.toThrow('neither a transaction nor an instruction');
    await expect(inspect('{"program_id": 5}', rawOf())).rejects.toThrow('as the command line prints it');
    // The right beginning, cut off.
    const cut = getBase64Decoder().decode(change.data.slice(0, 20));
    await expect(inspect(cut, rawOf())).rejects.toThrow(/cut off|neither/);
    expect(() =>
        decodeInstruction({ programAddress: BULKHEAD_PROGRAM_ADDRESS, data: new Uint8Array([255]) }, rawOf()),
    ).toThrow('no instruction that begins like this');
});

/** An instruction of the loader: its number, what follows it, and its accounts. */
const loader = (number: number, rest: readonly number[], accounts: readonly Address[]): Instruction => ({
    programAddress: LOADER,
    accounts: accounts.map((address) => ({ address, role: 1 as const })),
    data: new Uint8Array([number, 0, 0, 0, ...rest]),
});

async function codeOf(program: Address): Promise<Address> {
    return (await getProgramDerivedAddress({ programAddress: LOADER, seeds: [getAddressEncoder().encode(program)] }))[0];
}

async function inspected(...instructions: readonly Instruction[]) {
    return inspect(getBase64Decoder().decode(transactionOf(instructions).messageBytes), rawOf());
}

test('an upgrade in a proposal reads as one, with the program and the buffer', async () => {
    const accounts = [await codeOf(BULKHEAD_PROGRAM_ADDRESS), BULKHEAD_PROGRAM_ADDRESS, at(1), at(2), at(3), at(4), at(5)];
    const [upgrade] = await inspected(loader(3, [], accounts));
    expect(upgrade).toMatchObject({ programName: 'Upgradeable loader', name: 'Upgrade a program', isOurs: false, isKnown: true });
    expect(upgrade!.arguments).toEqual([{ label: 'Whose code', figure: { unit: 'text', value: 'the fund’s program' } }]);
    expect(upgrade!.warning).toContain('All code of the fund’s program is replaced');
    const named = Object.fromEntries(upgrade!.accounts.map(({ address, label }) => [label, address]));
    expect(named).toMatchObject({ 'Program it is about': BULKHEAD_PROGRAM_ADDRESS, Buffer: at(1), 'Upgrade authority': at(5) });
    expect(decodeInstruction(deposit, rawOf()).warning, 'an instruction of ours needs none').toBeUndefined();

    const [other] = await inspected(loader(3, [], [at(9), at(8), at(1), at(2), at(3), at(4), at(5)]));
    expect(other!.warning).toContain('a program that is not of this deployment');
    expect(other!.arguments).toEqual([]);
});

test('the code of a program changes hands, is made final and is extended: each is told', async () => {
    const code = await codeOf(cover.BULKHEAD_COVER_PROGRAM_ADDRESS);
    const tell = async (instruction: Instruction) => (await inspected(instruction))[0]!;
    const moved = 'The new authority alone could replace all code of the program of claims.';
    expect((await tell(loader(4, [], [code, at(1), at(2)]))).warning).toBe(moved);
    expect((await tell(loader(7, [], [code, at(1), at(2)]))).warning).toBe(moved);
    expect((await tell(loader(4, [], [code, at(1)]))).warning).toContain('Nobody could ever upgrade the program of claims again');
    expect((await tell(loader(5, [], [code, at(1), at(2), at(3)]))).warning).toContain('would end for ever');
    const extended = await tell(loader(6, [0, 16, 0, 0], [code, cover.BULKHEAD_COVER_PROGRAM_ADDRESS]));
    expect(extended.arguments).toContainEqual({ label: 'Further bytes', figure: { unit: 'count', value: 4_096n } });
    expect(extended.warning).toBeUndefined();
});

test('an upgrade whose program is in a lookup table may be the fund’s', async () => {
    const hidden = [await codeOf(BULKHEAD_PROGRAM_ADDRESS), BULKHEAD_PROGRAM_ADDRESS];
    const upgrade = loader(3, [], [...hidden, at(1), at(2), at(3), at(4), at(5)]);
    const { messageBytes } = transactionOf([upgrade], { [at(7)]: hidden });
    const [decoded] = await inspect(getBase64Decoder().decode(messageBytes), rawOf());
    expect(decoded).toMatchObject({ name: 'Upgrade a program', isKnown: false });
    expect(decoded!.accounts.slice(0, 2).map(({ address }) => address)).toEqual([LOOKED_UP, LOOKED_UP]);
    expect(decoded!.warning).toContain('a program that is not shown here, and may be the fund’s');
});

test('code that is written into a buffer, and a move to a loader that is not known, are warned of', async () => {
    const [write] = await inspected(loader(1, [0, 0, 0, 0, 1, 2], [at(1), at(2)]));
    expect(write!.warning).toContain('a hash of it that was compared before says nothing any more');
    const [move] = await inspected(loader(8, [], [await codeOf(BULKHEAD_PROGRAM_ADDRESS), BULKHEAD_PROGRAM_ADDRESS, at(1)]));
    expect(move!.warning).toContain('not known here');
});

test('what the loader does not know is not guessed at', async () => {
    for (const bad of [loader(99, [], []), loader(6, [1], []), { ...loader(3, [], []), data: new Uint8Array([3]) }]) {
        const [decoded] = await inspected(bad);
        expect(decoded).toMatchObject({ isKnown: false, warning: undefined, name: `${bad.data!.length} bytes of data` });
    }
});
