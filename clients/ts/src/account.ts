/** Reading accounts, as strictly as the program does. @module */

import {
    getAddressEncoder,
    getBase58Decoder,
    getBase64Encoder,
    type Account,
    type Address,
    type Base58EncodedBytes,
    type Decoder,
    type EncodedAccount,
    type GetProgramAccountsApi,
    type ReadonlyUint8Array,
    type Rpc,
} from '@solana/kit';
import {
    BULKHEAD_PROGRAM_ADDRESS,
    COVER_DISCRIMINATOR,
    DEFAULT_RECORD_DISCRIMINATOR,
    EPOCH_RECORD_DISCRIMINATOR,
    FUND_DISCRIMINATOR,
    MARKET_DISCRIMINATOR,
    MEMBER_DISCRIMINATOR,
    OFFER_DISCRIMINATOR,
    PRO_PRICE_DISCRIMINATOR,
    QUEUED_CHANGE_DISCRIMINATOR,
    getCoverDecoder,
    getDefaultRecordDecoder,
    getEpochRecordDecoder,
    getFundDecoder,
    getMarketDecoder,
    getMemberDecoder,
    getOfferDecoder,
    getProPriceDecoder,
    getQueuedChangeDecoder,
} from './generated/index.js';

/** The layout version of accounts that this client reads. */
export const LAYOUT_VERSION = 2;

/** Offset of the version in every account. */
const VERSION_OFFSET = 8;
/** Offset of the fund's address in every account that belongs to one. */
const FUND_OFFSET = 16n;

/** In which way an account is not what it was taken for. */
export type AccountProblem = 'missing' | 'owner' | 'kind' | 'version';

/** An account that is not what it was taken for. */
export class AccountError extends Error {
    override readonly name = 'AccountError';

    constructor(
        readonly problem: AccountProblem,
        message: string,
    ) {
        super(message);
    }
}

/** A kind of account: how to tell it and how to read it. */
export interface AccountKind<T extends object> {
    readonly name: string;
    readonly discriminator: ReadonlyUint8Array;
    readonly decoder: () => Decoder<T>;
}

/** The program's accounts. */
export const ACCOUNTS = {
    fund: { name: 'fund', discriminator: FUND_DISCRIMINATOR, decoder: getFundDecoder },
    market: { name: 'market', discriminator: MARKET_DISCRIMINATOR, decoder: getMarketDecoder },
    member: { name: 'member', discriminator: MEMBER_DISCRIMINATOR, decoder: getMemberDecoder },
    defaultRecord: {
        name: 'default record',
        discriminator: DEFAULT_RECORD_DISCRIMINATOR,
        decoder: getDefaultRecordDecoder,
    },
    epochRecord: { name: 'epoch record', discriminator: EPOCH_RECORD_DISCRIMINATOR, decoder: getEpochRecordDecoder },
    queuedChange: {
        name: 'queued change',
        discriminator: QUEUED_CHANGE_DISCRIMINATOR,
        decoder: getQueuedChangeDecoder,
    },
    offer: { name: 'offer', discriminator: OFFER_DISCRIMINATOR, decoder: getOfferDecoder },
    proPrice: { name: 'price of Pyth Pro', discriminator: PRO_PRICE_DISCRIMINATOR, decoder: getProPriceDecoder },
    cover: { name: 'cover', discriminator: COVER_DISCRIMINATOR, decoder: getCoverDecoder },
} as const;

/**
 * Reads an account: its owner, discriminator and layout version are checked, which the generated decoders do not do.
 *
 * @throws {@link AccountError} when it is not one of this kind.
 */
export function decodeAccount<T extends object>(kind: AccountKind<T>, account: EncodedAccount): Account<T> {
    if (account.programAddress !== BULKHEAD_PROGRAM_ADDRESS) {
        throw new AccountError('owner', `${account.address} does not belong to Bulkhead`);
    }
    if (!kind.discriminator.every((byte, index) => account.data[index] === byte)) {
        const article = /^[aeiou]/.test(kind.name) ? 'an' : 'a';
        throw new AccountError('kind', `${account.address} is not ${article} ${kind.name}`);
    }
    const version = account.data[VERSION_OFFSET];
    if (version !== LAYOUT_VERSION) {
        throw new AccountError(
            'version',
            `${account.address} has layout version ${version}, this client reads ${LAYOUT_VERSION}`,
        );
    }
    return { ...account, data: kind.decoder().decode(account.data) };
}

/** An address that an account must have at an offset. */
export interface AddressAt {
    readonly offset: bigint;
    readonly address: Address;
}

/** All accounts of one kind that belong to a fund, and have these addresses in them. */
export async function fetchAllOf<T extends object>(
    rpc: Rpc<GetProgramAccountsApi>,
    kind: AccountKind<T>,
    fund: Address,
    addresses: readonly AddressAt[] = [],
): Promise<Account<T>[]> {
    const bytes = (data: ReadonlyUint8Array) => getBase58Decoder().decode(data) as Base58EncodedBytes;
    const has = ({ address, offset }: AddressAt) =>
        ({ memcmp: { bytes: bytes(getAddressEncoder().encode(address)), encoding: 'base58', offset } }) as const;
    const found = await rpc
        .getProgramAccounts(BULKHEAD_PROGRAM_ADDRESS, {
            encoding: 'base64',
            filters: [
                { memcmp: { bytes: bytes(kind.discriminator), encoding: 'base58', offset: 0n } },
                has({ address: fund, offset: FUND_OFFSET }),
                ...addresses.map(has),
            ],
        })
        .send();
    return found.map(({ account, pubkey }) =>
        decodeAccount(kind, {
            address: pubkey,
            data: new Uint8Array(getBase64Encoder().encode(account.data[0])),
            executable: account.executable,
            lamports: account.lamports,
            programAddress: account.owner,
            space: account.space,
        }),
    );
}
