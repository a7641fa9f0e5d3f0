import {
    appendTransactionMessageInstructions,
    compileTransaction,
    createTransactionMessage,
    getBase16Decoder,
    getBase58Decoder,
    getBase64Decoder,
    getTransactionEncoder,
    pipe,
    setTransactionMessageFeePayer,
    setTransactionMessageLifetimeUsingBlockhash,
    type Address,
    type Blockhash,
    type Instruction,
} from '@solana/kit';
import { BULKHEAD_PROGRAM_ADDRESS, fundChange, getDepositMarginInstruction, getQueueChangeInstruction } from 'bulkhead-client';
import { createNoopSigner } from '@solana/kit';
import { expect, test } from 'vitest';
import { fundOf, rawOf, tokens } from '../../tests/support/fund.js';
import { decodeInstruction, inspect } from './inspector.js';

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

function transactionOf(instructions: readonly Instruction[]) {
    const message = pipe(
        createTransactionMessage({ version: 0 }),
        (message) => setTransactionMessageFeePayer(OWNER, message),
        (message) =>
            setTransactionMessageLifetimeUsingBlockhash(
                { blockhash: '11111111111111111111111111111112' as Blockhash, lastValidBlockHeight: 1n },
                message,
            ),
        (message) => appendTransactionMessageInstructions(instructions, message),
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

test('a change is told old and new, from a transaction, its message, and the data alone in every spelling', () => {
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
        const [decoded, ...others] = inspect(text, rawOf());
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

test('what stands beside our instruction in a transaction is shown as foreign', () => {
    const foreign = { programAddress: at(9), accounts: [{ address: at(8), role: 1 }], data: new Uint8Array([1, 2, 3]) };
    const text = getBase64Decoder().decode(getTransactionEncoder().encode(transactionOf([deposit, foreign])));
    const [ours, other] = inspect(text, rawOf());
    expect(ours?.isOurs).toBe(true);
    expect(other).toMatchObject({ isOurs: false, program: at(9), programName: 'Unknown program', name: '3 bytes of data' });
});

test('text that says nothing is refused, never guessed at', () => {
    expect(() => inspect('  ', rawOf())).toThrow('There is nothing to read.');
    expect(() => inspect('hello world', rawOf())).toThrow('neither a transaction nor an instruction');
    expect(() => inspect('{"program_id": 5}', rawOf())).toThrow('as the command line prints it');
    // The right beginning, cut off.
    const cut = getBase64Decoder().decode(change.data.slice(0, 20));
    expect(() => inspect(cut, rawOf())).toThrow(/cut off|neither/);
    expect(() =>
        decodeInstruction({ programAddress: BULKHEAD_PROGRAM_ADDRESS, data: new Uint8Array([255]) }, rawOf()),
    ).toThrow('no instruction that begins like this');
});
