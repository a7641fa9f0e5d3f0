/** Program-derived addresses. @module */

import {
    getAddressEncoder,
    getProgramDerivedAddress,
    getU64Encoder,
    type Address,
    type ReadonlyUint8Array,
} from '@solana/kit';
import { BULKHEAD_PROGRAM_ADDRESS, findCoverPda, findFundPda, findMarketPda, findMemberPda } from './generated/index.js';

/** The program that makes wallets' token accounts. */
export const ASSOCIATED_TOKEN_PROGRAM = 'ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL' as Address;

const encodeAddress = (address: Address) => getAddressEncoder().encode(address);

async function derive(
    seeds: readonly (ReadonlyUint8Array | string)[],
    programAddress: Address = BULKHEAD_PROGRAM_ADDRESS,
): Promise<Address> {
    return (await getProgramDerivedAddress({ programAddress, seeds: [...seeds] }))[0];
}

/** The fund with this number that a key has created for a mint. */
export async function fundAddress(creator: Address, mint: Address, id: number): Promise<Address> {
    return (await findFundPda({ creator, mint, id }))[0];
}

/** A fund's vault. */
export function vaultAddress(fund: Address): Promise<Address> {
    return derive(['vault', encodeAddress(fund)]);
}

/** A fund's market. */
export async function marketAddress(fund: Address, index: number): Promise<Address> {
    return (await findMarketPda({ fund, index }))[0];
}

/** A wallet's member account. */
export async function memberAddress(fund: Address, owner: Address): Promise<Address> {
    return (await findMemberPda({ fund, owner }))[0];
}

/** The record of a member's default, by its number among those of the member. */
export function defaultRecordAddress(member: Address, count: bigint): Promise<Address> {
    return derive(['default', encodeAddress(member), getU64Encoder().encode(count)]);
}

/** The record of an ended epoch. */
export function epochRecordAddress(fund: Address, epoch: bigint): Promise<Address> {
    return derive(['epoch', encodeAddress(fund), getU64Encoder().encode(epoch)]);
}

/** A fund's cover. */
export async function coverAddress(fund: Address, index: number): Promise<Address> {
    return (await findCoverPda({ fund, index }))[0];
}

/** The record of a queued change, by the nonce it was queued with. */
export function queuedChangeAddress(fund: Address, number: bigint): Promise<Address> {
    return derive(['change', encodeAddress(fund), getU64Encoder().encode(number)]);
}

/** A member's offer, by the number that the member has chosen for it. */
export function offerAddress(member: Address, number: bigint): Promise<Address> {
    return derive(['offer', encodeAddress(member), getU64Encoder().encode(number)]);
}

/** A wallet's associated token account. */
export function tokenAccountAddress(wallet: Address, mint: Address, tokenProgram: Address): Promise<Address> {
    return derive([wallet, tokenProgram, mint].map(encodeAddress), ASSOCIATED_TOKEN_PROGRAM);
}

/** Pyth's push oracle: owner of the addresses of its sponsored feeds. */
const PYTH_PUSH_ORACLE = 'pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT' as Address;

/** The account in which Pyth sponsors a feed: shard 0. */
export function sponsoredFeedAddress(feedId: ReadonlyUint8Array): Promise<Address> {
    return derive([new Uint8Array(2), feedId], PYTH_PUSH_ORACLE);
}
