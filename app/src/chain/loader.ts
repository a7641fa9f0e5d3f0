/** Says in words what an instruction of the upgradeable loader does: who holds a program's code can do everything. @module */

import { getProgramDerivedAddress, getAddressEncoder, type Address, type Instruction, type ReadonlyUint8Array } from '@solana/kit';
import { BULKHEAD_PROGRAM_ADDRESS, cover } from 'bulkhead-client';
import type { Line } from './model.js';

/** The program that holds the code of all programs that can be upgraded. */
export const LOADER = 'BPFLoaderUpgradeab1e11111111111111111111111' as Address;

/** What stands in place of an address that the transaction does not say itself. */
export const LOOKED_UP = 'from a lookup table' as Address;

/** The names of addresses that are this deployment's: its programs, and the accounts with their code. */
export type Known = ReadonlyMap<string, string>;

/** An instruction of the loader, told. */
export interface LoaderInstruction {
    readonly name: string;
    readonly arguments: readonly Line[];
    /** What the accounts are, in order. */
    readonly labels: readonly string[];
    /** What whoever signs should know. */
    readonly warning: string | undefined;
    /** Whether all that it is about is shown. */
    readonly isKnown: boolean;
}

/** One kind of the loader's instructions. `says` is given the names of accounts, the number of them, and whether all are shown. */
interface Kind {
    readonly name: string;
    readonly labels: readonly string[];
    /** Bytes of its one number, and what that is. */
    readonly size?: { readonly bytes: 4 | 8; readonly label: string };
    readonly says?: (at: (place: number) => string | undefined, count: number, isShown: boolean) => string;
}

const BUFFER = 'Buffer';
const PROGRAM = 'Program it is about';
const CODE = 'Code of the program';
const OWNER = 'Upgrade authority';

const setAuthority = (isSigned: boolean): Kind => ({
    name: 'Change who may upgrade',
    labels: ['Code or buffer', 'Present authority', 'New authority'],
    says: (at, count) =>
        !isSigned && count < 3
            ? `Nobody could ever upgrade ${at(0) ?? 'what this names'} again: this cannot be undone.`
            : `The new authority alone could replace all code of ${at(0) ?? 'what this names'}.`,
});

const extend: Kind = {
    name: 'Make room for more code',
    labels: [CODE, PROGRAM, 'System program', 'Payer'],
    size: { bytes: 4, label: 'Further bytes' },
};

/** The loader's instructions, by their number. */
const KINDS: readonly Kind[] = [
    { name: 'Open a buffer for code', labels: [BUFFER, 'Authority'] },
    {
        name: 'Write code into a buffer',
        labels: [BUFFER, 'Authority'],
        size: { bytes: 4, label: 'At byte' },
        says: () => 'Changes what the buffer holds, by bytes that are not shown here: a hash of it that was compared before says nothing any more.',
    },
    {
        name: 'Deploy a program',
        labels: ['Payer', CODE, PROGRAM, BUFFER, 'Rent', 'Clock', 'System program', OWNER],
        size: { bytes: 8, label: 'Most bytes of code' },
    },
    {
        name: 'Upgrade a program',
        labels: [CODE, PROGRAM, BUFFER, 'Gets the buffer’s rent', 'Rent', 'Clock', OWNER],
        says: (at, _, isShown) =>
            `All code of ${at(1) ?? at(0) ?? (isShown ? 'a program that is not of this deployment' : 'a program that is not shown here, and may be the fund’s,')} is replaced by the buffer’s, which may do anything with the money it holds. Compare the buffer’s hash with a build of your own before you sign: bulkhead multisig show prints it.`,
    },
    setAuthority(false),
    {
        name: 'Close a buffer or a program',
        labels: ['Closed account', 'Gets its rent', 'Authority', PROGRAM],
        says: (at, count) =>
            count > 3
                ? `${at(3) ?? 'The program'} would end for ever: what it holds could not be reached again.`
                : 'What the buffer holds is gone. A proposal to upgrade from it would fail.',
    },
    extend,
    setAuthority(true),
    {
        name: 'Move a program to the next loader',
        labels: [CODE, PROGRAM, OWNER],
        says: () => 'Instructions of that loader are not known here: what they do with the program’s code would not be told.',
    },
    { ...extend, labels: [CODE, PROGRAM, OWNER, 'System program', 'Payer'] },
];

const NUMBER_BYTES = 4;

/** The addresses of this deployment that the loader's instructions name. */
export async function knownToLoader(): Promise<Known> {
    const programs = [
        [BULKHEAD_PROGRAM_ADDRESS, 'the fund’s program'],
        [cover.BULKHEAD_COVER_PROGRAM_ADDRESS, 'the program of claims'],
    ] as const;
    const known = programs.map(async ([program, name]) => {
        const [code] = await getProgramDerivedAddress({ programAddress: LOADER, seeds: [getAddressEncoder().encode(program)] });
        return [[program as string, name], [code as string, name]] as const;
    });
    return new Map((await Promise.all(known)).flat());
}

/** What an instruction of the loader does; none if its data is of no kind that is known. */
export function ofLoader({ accounts = [], data = new Uint8Array() }: Instruction, known: Known): LoaderInstruction | undefined {
    const kind = data.length >= NUMBER_BYTES ? KINDS[unsigned(data, 0, NUMBER_BYTES)] : undefined;
    if (!kind || data.length < NUMBER_BYTES + (kind.size?.bytes ?? 0)) {
        return undefined;
    }
    const { labels, name, says, size } = kind;
    const lines = size ? [{ label: size.label, figure: { unit: 'count', value: BigInt(unsigned(data, NUMBER_BYTES, size.bytes)) } as const }] : [];
    const named = accounts.map(({ address }) => known.get(address));
    const about = named.find((found) => found !== undefined);
    const isKnown = accounts.length > 0 && accounts.every(({ address }) => address !== LOOKED_UP);
    const program: Line[] = about ? [{ label: 'Whose code', figure: { unit: 'text', value: about } }] : [];
    return { name, labels, arguments: [...program, ...lines], warning: says?.((place) => named[place], accounts.length, isKnown), isKnown };
}

/** A number of some bytes, the low one first. */
function unsigned(data: ReadonlyUint8Array, at: number, bytes: number): number {
    return data.slice(at, at + bytes).reduceRight((number, byte) => number * 256 + byte, 0);
}
