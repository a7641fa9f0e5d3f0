/** Prints in oracle accounts, as far as their times go: whether a crank would find one that it takes. @module */

import {
    getAddressDecoder,
    getI64Decoder,
    type EncodedAccount,
    type ReadonlyUint8Array,
} from '@solana/kit';
import { ACCOUNTS, decodeAccount } from './account.js';
import { BULKHEAD_PROGRAM_ADDRESS, type Market } from './generated/index.js';

/** The kinds of oracle, as a market's configuration numbers them. */
const PUSH = 1;
export const PRO = 2;

/** Offsets of the publish time: in the account of a Pyth receiver, and in the legacy account of a Pyth feed. */
const PULL_TS_OFFSET = 93;
const PUSH_TS_OFFSET = 96;
/** Where an account of a receiver says that all signatures were checked, and how. */
const VERIFIED_OFFSET = 40;
const FULLY_VERIFIED = 1;

const TS_BYTES = 8;
const MICROS = 1_000_000n;

/** Seconds that a transaction may take: a print that gets too old meanwhile would have it refused. */
const SPARE_SECS = 5n;

/** What {@link isHeard} has to know of a market. */
export type Heard = Pick<Market, 'seenTs'> & {
    readonly oracle: Pick<Market['oracle'], 'kind' | 'maxAgeSecs' | 'maxAheadSecs' | 'owners'>;
};

/** When the print in an oracle's account was published, in Unix seconds; none if there is no print that could be read. */
function publishTsIn({ kind, owners }: Heard['oracle'], account: EncodedAccount): bigint | undefined {
    if (kind === PRO) {
        return account.programAddress === BULKHEAD_PROGRAM_ADDRESS
            ? decodeAccount(ACCOUNTS.proPrice, account).data.priceUs / MICROS
            : undefined;
    }
    const isOwner = (owner: ReadonlyUint8Array): boolean =>
        getAddressDecoder().decode(owner) === account.programAddress && owner.some((byte) => byte !== 0);
    const at = kind === PUSH ? PUSH_TS_OFFSET : PULL_TS_OFFSET;
    const isVerified = kind === PUSH || account.data[VERIFIED_OFFSET] === FULLY_VERIFIED;
    if (!owners.some(isOwner) || !isVerified || account.data.length < at + TS_BYTES) {
        return undefined;
    }
    return getI64Decoder().decode(account.data, at);
}

/**
 * Whether a crank at Unix time `now` would find a print in the account from which a market takes its price: one that is
 * not too old, nor will be in five seconds, not from the future, and not older than the last one.
 *
 * It judges the times and who wrote the account, not the price: a print that silences the market is heard.
 */
export function isHeard(market: Heard, account: EncodedAccount | undefined, now: bigint): boolean {
    const ts = account && publishTsIn(market.oracle, account);
    if (ts === undefined) {
        return false;
    }
    const { maxAgeSecs, maxAheadSecs } = market.oracle;
    const age = now - ts;
    return age + SPARE_SECS <= BigInt(maxAgeSecs) && age + BigInt(maxAheadSecs) >= 0n && ts >= market.seenTs;
}
