/**
 * The addresses of the two programs that this client speaks to: those of local networks, until others are set.
 *
 * `BULKHEAD_PROGRAM_ADDRESS` and `cover.BULKHEAD_COVER_PROGRAM_ADDRESS` are what is set now. A module that copies one of them into
 * a constant of its own keeps the old one.
 *
 * @module
 */

import { isAddress, type Address } from '@solana/kit';
import { LOCAL_BULKHEAD_PROGRAM_ADDRESS, setBulkheadProgramAddress } from './generated/programs/bulkhead.js';
import {
    LOCAL_BULKHEAD_COVER_PROGRAM_ADDRESS,
    setBulkheadCoverProgramAddress,
} from './generatedCover/programs/bulkheadCover.js';

/** The programs of one deployment. Each is built for the other's address, so that they are set together. */
export interface Programs {
    /** The fund's program. */
    readonly fund: Address;
    /** The program of claims. */
    readonly claims: Address;
}

/** The programs of local networks. No key belongs to their addresses. */
export const LOCAL_PROGRAMS: Programs = {
    fund: LOCAL_BULKHEAD_PROGRAM_ADDRESS,
    claims: LOCAL_BULKHEAD_COVER_PROGRAM_ADDRESS,
};

/** Sets the programs that everything in this package speaks to. Call it before anything else. */
export function setPrograms({ claims, fund }: Programs): void {
    setBulkheadProgramAddress(fund);
    setBulkheadCoverProgramAddress(claims);
}

/**
 * The programs that two texts name, such as those of the variables `BULKHEAD_PROGRAM_ID` and `BULKHEAD_COVER_PROGRAM_ID`; those of
 * local networks, if both are missing or empty.
 *
 * @throws When only one is given, one is no address, or both are the same.
 */
export function programsFrom(fund: string | undefined, claims: string | undefined): Programs {
    if (!fund && !claims) {
        return LOCAL_PROGRAMS;
    }
    if (!fund || !claims) {
        throw new Error(`The address of the ${fund ? 'program of claims' : 'fund’s program'} is missing: give both, or neither.`);
    }
    for (const text of [fund, claims]) {
        if (!isAddress(text)) {
            throw new Error(`${text} is not an address.`);
        }
    }
    if (fund === claims) {
        throw new Error('Both programs have the same address.');
    }
    return { fund: fund as Address, claims: claims as Address };
}
