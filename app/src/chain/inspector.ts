/** Says in words what an instruction does, whoever has built it. @module */

import {
    AccountRole,
    address as toAddress,
    getBase16Encoder,
    getBase58Encoder,
    getBase64Encoder,
    getCompiledTransactionMessageDecoder,
    getTransactionDecoder,
    isSignerRole,
    isWritableRole,
    type Address,
    type Instruction,
    type ReadonlyUint8Array,
} from '@solana/kit';
import {
    ASSOCIATED_TOKEN_PROGRAM,
    BULKHEAD_PROGRAM_ADDRESS,
    BulkheadInstruction,
    cover,
    parseBulkheadInstruction,
    identifyBulkheadInstruction,
    type ParameterChange,
} from 'bulkhead-client';
import { fieldLine, words } from './figures/event.js';
import { differences, titleOf } from './figures/governance.js';
import type { Raw } from './figures/raw.js';
import { LOADER, LOOKED_UP, knownToLoader, ofLoader, type Known } from './loader.js';
import type { DecodedInstruction, Difference, Line } from './model.js';

const PROGRAMS: Readonly<Record<string, string>> = {
    [ASSOCIATED_TOKEN_PROGRAM]: 'Associated tokens',
    '11111111111111111111111111111111': 'System',
    TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA: 'Token',
    TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb: 'Token-2022',
    [LOADER]: 'Upgradeable loader',
    ComputeBudget111111111111111111111111111111: 'Compute budget',
    MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr: 'Memo',
    SQDS4ep65T869zMMBKyuUq6aD6EgTu8psMjkvj52pCf: 'Squads',
};

/** Text that is no transaction and no instruction. */
export class InspectionError extends Error {
    override readonly name = 'InspectionError';
}

/** Remaining accounts and arguments are told apart from named ones by this. */
type Parsed = { readonly accounts?: Readonly<Record<string, { address: Address; role: AccountRole } | undefined>>; readonly data: object };

function programNameOf(program: string): string {
    switch (program) {
        case BULKHEAD_PROGRAM_ADDRESS:
            return 'Bulkhead';
        case cover.BULKHEAD_COVER_PROGRAM_ADDRESS:
            return 'Bulkhead claims';
        default:
            return PROGRAMS[program] ?? 'Unknown program';
    }
}

/**
 * An instruction in words. Without accounts, as it lies in a proposal's data, only what the data says. `known` names the programs
 * that one of the loader may be about.
 */
export function decodeInstruction(instruction: Instruction, raw: Raw, known: Known = new Map()): DecodedInstruction {
    const { accounts = [], data = new Uint8Array(), programAddress } = instruction;
    const unnamed = () =>
        accounts.map(({ address, role }, index) => ({ label: `Account ${index + 1}`, address, role: roleText(role) }));
    const programName = programNameOf(programAddress);
    const isOurs = programAddress === BULKHEAD_PROGRAM_ADDRESS;
    const base = { program: programAddress, programName, isOurs, isKnown: isOurs, warning: undefined };
    const loaded = programAddress === LOADER ? ofLoader(instruction, known) : undefined;
    if (loaded) {
        const labelled = unnamed().map((account, place) => ({ ...account, label: loaded.labels[place] ?? account.label }));
        return { ...base, ...loaded, accounts: labelled, diff: [] };
    }
    if (!isOurs) {
        return { ...base, name: nameOfOther(programAddress, data), arguments: [], accounts: unnamed(), diff: [] };
    }
    const name = nameOf(data);
    let parsed: Parsed;
    try {
        parsed = parseBulkheadInstruction({ ...instruction, accounts: padded(accounts), data }) as Parsed;
    } catch {
        throw new InspectionError('An instruction of Bulkhead whose data cannot be read: it is cut off or of another version.');
    }
    const named = Object.entries(parsed.accounts ?? {}).flatMap(([key, account]) =>
        account && accounts.some(({ address }) => address === account.address)
            ? [{ label: words(key), address: account.address as string, role: roleText(account.role) }]
            : [],
    );
    const rest = accounts
        .slice(Object.keys(parsed.accounts ?? {}).length)
        .map(({ address, role }) => ({ label: labelOfRemaining(address, raw), address: address as string, role: roleText(role) }));
    const { lines, diff } = argumentsOf(parsed.data, raw, named);
    return { ...base, name, arguments: lines, accounts: [...named, ...rest], diff };
}

/** The parser wants every account; where there are none, it gets nobody's. */
function padded(accounts: Instruction['accounts'] & {}): Instruction['accounts'] & {} {
    const most = 16;
    const nobody = { address: toAddress('11111111111111111111111111111111'), role: AccountRole.READONLY };
    return accounts.length > 0 ? accounts : Array.from({ length: most }, () => nobody);
}

function nameOf(data: ReadonlyUint8Array): string {
    try {
        return words(BulkheadInstruction[identifyBulkheadInstruction(data)] ?? 'Unknown');
    } catch {
        throw new InspectionError('Bulkhead has no instruction that begins like this.');
    }
}

function nameOfOther(program: Address, data: ReadonlyUint8Array): string {
    if (program === ASSOCIATED_TOKEN_PROGRAM) {
        return 'Open a token account';
    }
    if (program === cover.BULKHEAD_COVER_PROGRAM_ADDRESS) {
        return nameOfClaims(data);
    }
    return data.length === 0 ? 'Without data' : `${data.length} bytes of data`;
}

function nameOfClaims(data: ReadonlyUint8Array): string {
    try {
        return words(cover.BulkheadCoverInstruction[cover.identifyBulkheadCoverInstruction(data)] ?? 'Unknown');
    } catch {
        return `${data.length} bytes of data`;
    }
}

function roleText(role: AccountRole): string {
    const parts = [isSignerRole(role) ? 'signs' : undefined, isWritableRole(role) ? 'is changed' : undefined];
    return parts.filter(Boolean).join(', ') || 'is read';
}

function labelOfRemaining(address: Address, { markets, marketAddresses }: Raw): string {
    const place = marketAddresses.indexOf(address);
    return place >= 0 && markets[place] ? `Market ${place}` : 'Further account';
}

function argumentsOf(
    data: object,
    raw: Raw,
    accounts: DecodedInstruction['accounts'],
): { readonly lines: Line[]; readonly diff: Difference[] } {
    const { change, discriminator: _, mandate, ...fields } = data as Readonly<Record<string, unknown>>;
    const named = accounts.find(({ label }) => label === 'Market');
    const market = raw.markets[raw.marketAddresses.indexOf(named?.address ?? '')];
    const lines: Line[] = Object.entries(fields).map(([key, value]) => fieldLine(key, value, market));
    if (mandate) {
        const { lastValidSlot, nonce } = mandate as { nonce: bigint; lastValidSlot: bigint };
        lines.push(
            { label: 'Governance nonce', figure: { unit: 'count', value: nonce } },
            { label: 'Last valid slot', figure: { unit: 'count', value: lastValidSlot } },
        );
    }
    if (!change) {
        return { lines, diff: [] };
    }
    lines.unshift({ label: 'Changes', figure: { unit: 'text', value: titleOf(change as ParameterChange, raw) } });
    return { lines, diff: differences(change as ParameterChange, raw.fund, raw.markets) };
}

/**
 * Decodes the instructions in a text: a transaction or its message as base64, the data of one of our instructions as base64, base58 or
 * hexadecimal, or an instruction as this app prints it.
 */
export async function inspect(text: string, raw: Raw): Promise<DecodedInstruction[]> {
    const known = await knownToLoader();
    return instructionsIn(text).map((instruction) => decodeInstruction(instruction, raw, known));
}

function instructionsIn(text: string): Instruction[] {
    const trimmed = text.trim();
    if (trimmed === '') {
        throw new InspectionError('There is nothing to read.');
    }
    if (trimmed.startsWith('{')) {
        return [printed(trimmed)];
    }
    const candidates = [getBase64Encoder, getBase58Encoder, getBase16Encoder].flatMap((encoder) => {
        try {
            return [encoder().encode(trimmed.replace(/^0x/, '').replaceAll(/\s/g, ''))];
        } catch {
            return [];
        }
    });
    // A text may be read in more than one way, and one byte names an instruction: what is exactly one comes first.
    const readings = [
        ...candidates.map((bytes) => ofTransaction(bytes) ?? ofMessage(bytes)),
        ...candidates.map((bytes) => (isWhole(bytes) ? ofData(bytes) : undefined)),
        ...candidates.map((bytes) => ofData(bytes)),
    ];
    const instructions = readings.find((reading) => reading !== undefined);
    if (instructions) {
        return instructions;
    }
    throw new InspectionError('This is neither a transaction nor an instruction of Bulkhead.');
}

function ofTransaction(bytes: ReadonlyUint8Array): Instruction[] | undefined {
    try {
        return ofMessage(getTransactionDecoder().decode(bytes).messageBytes);
    } catch {
        return undefined;
    }
}

function ofMessage(bytes: ReadonlyUint8Array): Instruction[] | undefined {
    try {
        const message = getCompiledTransactionMessageDecoder().decode(bytes);
        if (!('instructions' in message) || message.instructions.length === 0) {
            return undefined;
        }
        const { header, instructions, staticAccounts } = message;
        const { numReadonlyNonSignerAccounts, numReadonlySignerAccounts, numSignerAccounts } = header;
        const metas = staticAccounts.map((address, index) => {
            const signs = index < numSignerAccounts;
            const changes = signs
                ? index < numSignerAccounts - numReadonlySignerAccounts
                : index < staticAccounts.length - numReadonlyNonSignerAccounts;
            return { address, role: (Number(signs) * 2 + Number(changes)) as AccountRole };
        });
        const at = (index: number) =>
            metas[index] ?? { address: LOOKED_UP, role: AccountRole.READONLY };
        return instructions.map(({ accountIndices = [], data, programAddressIndex }) => ({
            programAddress: at(programAddressIndex).address,
            accounts: accountIndices.map(at),
            data: data ?? new Uint8Array(),
        }));
    } catch {
        return undefined;
    }
}

function ofData(data: ReadonlyUint8Array): Instruction[] | undefined {
    try {
        identifyBulkheadInstruction(data);
        return [{ programAddress: BULKHEAD_PROGRAM_ADDRESS, data }];
    } catch {
        return undefined;
    }
}

/** Whether bytes are the data of one of our instructions, with nothing missing and nothing left over. */
function isWhole(data: ReadonlyUint8Array): boolean {
    return isReadable(data) && !isReadable(data.slice(0, -1));
}

function isReadable(data: ReadonlyUint8Array): boolean {
    try {
        parseBulkheadInstruction({ programAddress: BULKHEAD_PROGRAM_ADDRESS, accounts: padded([]), data });
        return true;
    } catch {
        return false;
    }
}

/** An instruction as this app and the command line print it for a multisig. */
function printed(text: string): Instruction {
    try {
        const { accounts, data_base64, program_id } = JSON.parse(text) as {
            program_id: string;
            data_base64: string;
            accounts: { pubkey: string; is_signer: boolean; is_writable: boolean }[];
        };
        return {
            programAddress: toAddress(program_id),
            data: getBase64Encoder().encode(data_base64),
            accounts: accounts.map(({ is_signer, is_writable, pubkey }) => ({
                address: toAddress(pubkey),
                role: (Number(is_signer) * 2 + Number(is_writable)) as AccountRole,
            })),
        };
    } catch {
        throw new InspectionError(
            'This is not an instruction as the command line prints it: `program_id`, `accounts`, `data_base64`.',
        );
    }
}
