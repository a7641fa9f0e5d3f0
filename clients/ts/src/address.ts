/** Program-derived addresses. @module */

import {
    getAddressDecoder,
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

/** Pyth Pro's contract, which verifies signed messages. */
export const PRO_CONTRACT = 'pytd2yyk641x7ak7mkaasSJVXh6YYZnC7wTmtgAyxPt' as Address;

/** The account of a feed of Pyth Pro on one of its channels; markets of all funds read it. */
export function proPriceAddress(feed: number, channel: number): Promise<Address> {
    const number = (BigInt(channel) << 32n) | BigInt(feed);
    return derive(['pro_price', encodeAddress(PRO_CONTRACT), getU64Encoder().encode(number)]);
}

/** A wallet's associated token account. */
export function tokenAccountAddress(wallet: Address, mint: Address, tokenProgram: Address): Promise<Address> {
    return derive([wallet, tokenProgram, mint].map(encodeAddress), ASSOCIATED_TOKEN_PROGRAM);
}

/** A deployment of Pyth's receiver, with the programs that go with it. */
export interface Receiver {
    readonly name: 'core' | 'compatible';
    /** Owns price accounts. */
    readonly program: Address;
    /** Owns the addresses of the sponsored accounts. */
    readonly pushOracle: Address;
}

/** The receivers that are known. The second one has been beside the first since August 2026. */
export const RECEIVERS: { readonly core: Receiver; readonly compatible: Receiver } = {
    core: {
        name: 'core',
        program: 'rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ' as Address,
        pushOracle: 'pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT' as Address,
    },
    compatible: {
        name: 'compatible',
        program: 'rec2HHDDnjLfj4kE7VyEtFA1HPGQLK33259532cRyHp' as Address,
        pushOracle: 'pyt2F414BA6dPttK6RddPZUdHfapoBN24GL5wbrPCou' as Address,
    },
};

/** The first known receiver that a market accepts. */
export function receiverOf({ owners }: { readonly owners: readonly ReadonlyUint8Array[] }): Receiver | undefined {
    const named = owners.filter((owner) => owner.some((byte) => byte !== 0)).map((owner) => getAddressDecoder().decode(owner));
    const known = named.map((owner) => Object.values(RECEIVERS).find(({ program }) => program === owner));
    return known.find((receiver) => receiver !== undefined);
}

/** The account in which Pyth sponsors a feed: by default at the first receiver, shard 0. */
export function sponsoredFeedAddress(
    feedId: ReadonlyUint8Array,
    receiver: Receiver = RECEIVERS.core,
    shard = 0,
): Promise<Address> {
    return derive([Uint8Array.of(shard, shard >>> 8), feedId], receiver.pushOracle);
}
