/** A cluster that holds given accounts, and nothing else. */

import { getBase64Decoder, type Address, type FixedSizeCodec, type ReadonlyUint8Array } from '@solana/kit';
import {
    BULKHEAD_PROGRAM_ADDRESS,
    COVER_DISCRIMINATOR,
    DEFAULT_RECORD_DISCRIMINATOR,
    FUND_DISCRIMINATOR,
    LAYOUT_VERSION,
    MARKET_DISCRIMINATOR,
    MEMBER_DISCRIMINATOR,
    OFFER_DISCRIMINATOR,
    getCoverCodec,
    getDefaultRecordCodec,
    getFundCodec,
    getMarketCodec,
    getMemberCodec,
    getOfferCodec,
    type Cover,
    type DefaultRecord,
    type Fund,
    type FundRpc,
    type Market,
    type Member,
    type Offer,
} from '../../src/index.js';

/** An account that is zero but for some of its fields. */
function account<From, To extends From & object>(
    codec: FixedSizeCodec<From, To>,
    discriminator: ReadonlyUint8Array,
    fields: Partial<To>,
): Uint8Array {
    const data = codec.decode(new Uint8Array(codec.fixedSize));
    const bytes = new Uint8Array(codec.encode({ ...data, version: LAYOUT_VERSION, ...fields }));
    bytes.set(discriminator);
    return bytes;
}

export const fundAccount = (fields: Partial<Fund>) => account(getFundCodec(), FUND_DISCRIMINATOR, fields);
export const marketAccount = (fields: Partial<Market>) => account(getMarketCodec(), MARKET_DISCRIMINATOR, fields);
export const memberAccount = (fields: Partial<Member>) => account(getMemberCodec(), MEMBER_DISCRIMINATOR, fields);
export const recordAccount = (fields: Partial<DefaultRecord>) =>
    account(getDefaultRecordCodec(), DEFAULT_RECORD_DISCRIMINATOR, fields);

export const coverAccount = (fields: Partial<Cover>) => account(getCoverCodec(), COVER_DISCRIMINATOR, fields);
export const offerAccount = (fields: Partial<Offer>) => account(getOfferCodec(), OFFER_DISCRIMINATOR, fields);

/** A member's positions: one lot in each of these markets, the other slots free. */
export function positionsIn(markets: readonly number[]): Member['positions'] {
    const { positions } = getMemberCodec().decode(new Uint8Array(getMemberCodec().fixedSize));
    return positions.map((free, slot) => {
        const market = markets[slot];
        return market === undefined ? free : { ...free, market, lots: 1n };
    });
}

/** A cluster with these accounts of the program. */
export function clusterOf(accounts: ReadonlyMap<Address, Uint8Array>): FundRpc {
    const read = (address: Address) => {
        const data = accounts.get(address);
        return data
            ? {
                  data: [getBase64Decoder().decode(data), 'base64'],
                  executable: false,
                  lamports: 1n,
                  owner: BULKHEAD_PROGRAM_ADDRESS,
                  space: BigInt(data.length),
              }
            : null;
    };
    const request = (value: unknown) => ({ send: () => Promise.resolve({ context: { slot: 1n }, value }) });
    return {
        getMultipleAccounts: (addresses: readonly Address[]) => request(addresses.map(read)),
    } as unknown as FundRpc;
}
