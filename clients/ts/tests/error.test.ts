import {
    SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM,
    SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE,
    SolanaError,
} from '@solana/kit';
import { expect, test } from 'vitest';
import * as client from '../src/index.js';
import { BULKHEAD_PROGRAM_ADDRESS, TransactionFailed, explain, programError, tokenRefusal } from '../src/index.js';

const STALE_MARK = 6062;
const OTHER = 'Vote111111111111111111111111111111111111111';

const failed = (program: string) => [
    `Program ${program} invoke [1]`,
    `Program ${program} failed: custom program error: 0x17ae`,
];

test('every error of the IDL has a name, a text and something to do', () => {
    const codes = Object.entries(client).filter(([name]) => name.startsWith('BULKHEAD_ERROR__'));
    expect(codes.length).toBeGreaterThan(90);
    for (const [constant, code] of codes) {
        const error = programError(code as number);
        const name = constant.replace('BULKHEAD_ERROR__', '').replaceAll('_', '').toLowerCase();
        expect(error?.name.toLowerCase(), constant).toBe(name);
        expect(error?.text, constant).not.toBe('');
        expect(error?.advice, constant).not.toBe('');
    }
});

test('a code is looked up', () => {
    expect(programError(STALE_MARK)).toEqual({
        code: STALE_MARK,
        name: 'StaleMark',
        text: 'The mark is stale: crank the market in the same transaction',
        advice: 'Put the crank of every market the member holds into the same transaction.',
    });
    expect(programError(1)).toBeUndefined();
    expect(programError(6_999)).toBeUndefined();
});

test('the error is found however it is reported', () => {
    const status = { InstructionError: [2, { Custom: STALE_MARK }] };
    const custom = new SolanaError(SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM, { code: STALE_MARK, index: 2 });
    const wrapped = new Error('sending failed', { cause: custom });
    for (const failure of [status, { err: status }, { InstructionError: [2n, { Custom: 6062n }] }, custom, wrapped]) {
        expect(explain(failure)?.name).toBe('StaleMark');
    }
});

test('the error of a simulation is found with its logs', () => {
    const preflight = (program: string) =>
        new SolanaError(SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE, {
            accounts: null,
            cause: new SolanaError(SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM, { code: STALE_MARK, index: 0 }),
            logs: failed(program),
        } as never);
    expect(explain(preflight(BULKHEAD_PROGRAM_ADDRESS))?.name).toBe('StaleMark');
    expect(explain(preflight(OTHER))).toBeUndefined();
});

test("another program's code is not the program's", () => {
    const status = { InstructionError: [0, { Custom: STALE_MARK }] };
    expect(explain(status, failed(BULKHEAD_PROGRAM_ADDRESS))?.name).toBe('StaleMark');
    expect(explain(status, failed(OTHER))).toBeUndefined();
    // A multisig that calls the program passes its error on.
    const called = [
        `Program ${OTHER} invoke [1]`,
        `Program ${BULKHEAD_PROGRAM_ADDRESS} invoke [2]`,
        `Program log: Program ${OTHER} failed: forged`,
        `Program ${BULKHEAD_PROGRAM_ADDRESS} failed: custom program error: 0x17ae`,
        `Program ${OTHER} failed: custom program error: 0x17ae`,
    ];
    expect(explain(status, called)?.name).toBe('StaleMark');
});

test('what is no error of a program has no explanation', () => {
    for (const failure of [null, undefined, 'text', 6062, {}, { InstructionError: [0, 'InvalidArgument'] }]) {
        expect(explain(failure)).toBeUndefined();
    }
    const circular: { cause?: unknown } = {};
    circular.cause = circular;
    expect(explain(circular)).toBeUndefined();
});

test('a refusal says what is wrong', () => {
    const status = { InstructionError: [0, { Custom: STALE_MARK }] };
    expect(new TransactionFailed(failed(BULKHEAD_PROGRAM_ADDRESS), status).message).toContain('StaleMark: The mark');
    expect(new TransactionFailed(failed(OTHER), status).programError).toBeUndefined();
    expect(new TransactionFailed([], { InstructionError: [0n, 'InvalidArgument'] }).message).toContain(
        'InvalidArgument',
    );
});

test('i11: a token account that refuses says what to change', () => {
    const token = 'TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb';
    const status = (code: number) => ({ InstructionError: [0, { Custom: code }] });
    expect(tokenRefusal(status(36), failed(token))).toMatch(/^The token account requires a memo/);
    expect(new TransactionFailed(failed(token), status(42)).message).toMatch(/^The CPI guard/);
    expect(tokenRefusal(status(42), failed(OTHER))).toBeUndefined();
    expect(tokenRefusal(status(1), failed(token))).toBeUndefined();
});
