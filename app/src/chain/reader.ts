/** Reads a fund's accounts. Whatever fails says whether the node was silent or the accounts are not what they should be. @module */

import {
    fetchEncodedAccount,
    fetchEncodedAccounts,
    getAddressEncoder,
    getBase58Decoder,
    getBase64Encoder,
    getI64Decoder,
    getU64Decoder,
    isAddress,
    type Address,
    type Base58EncodedBytes,
    type EncodedAccount,
    type MaybeEncodedAccount,
    type ReadonlyUint8Array,
    type Rpc,
    type Signature,
    type SolanaRpcApi,
} from '@solana/kit';
import {
    ACCOUNTS,
    AccountError,
    BULKHEAD_PROGRAM_ADDRESS,
    PAGE_CLAIMS,
    cover,
    decodeAccount,
    epochRecordAddress,
    eventsFromLogs,
    fetchAllOf,
    marketAddress,
    memberAddress,
    pageAddress,
    tokenAccountAddress,
    type Cover,
    type EpochRecord,
    type Fund,
    type Member,
    type Offer,
} from 'bulkhead-client';
import { eventText } from './figures/event.js';
import type { Addressed, Clock, Raw } from './figures/raw.js';
import type { Cluster, ClusterName, HistoryEntry, Refusal } from './model.js';

const CLOCK = 'SysvarC1ock11111111111111111111111111111111' as Address;
const CLOCK_UNIX_TS = 32;
const TOKEN_AMOUNT = 64;
/** Accounts that one request can ask for. */
const ACCOUNTS_PER_REQUEST = 100;

/** The public clusters, by the hash of their first block. Any other cluster is somebody's own. */
const GENESIS: Readonly<Record<string, ClusterName>> = {
    '5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d': 'mainnet',
    EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG: 'devnet',
    '4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY': 'testnet',
};

/** Transactions of an account that are read, of those that are looked for: refused ones changed nothing. */
const HISTORY = 12;
const HISTORY_LOOKED_FOR = 40;

/** Nothing can be shown, although the node has answered. */
export class Refused extends Error {
    override readonly name = 'Refused';

    constructor(
        readonly problem: Refusal,
        message: string,
    ) {
        super(message);
    }
}

/** A wallet's own accounts. */
export interface WalletAccounts {
    readonly address: string;
    readonly lamports: bigint;
    readonly tokenAccount: string;
    readonly tokens: bigint | undefined;
    readonly memberAddress: string;
    readonly member: Member | undefined;
}

/** The accounts that change with every price; they are read often. */
export interface Near {
    readonly clock: Clock;
    readonly fund: Fund;
    readonly markets: Raw['markets'];
    readonly marketAddresses: readonly Address[];
    readonly wallet: WalletAccounts | undefined;
    /** Offers that were asked for; none where there is no such offer any more. */
    readonly offers: ReadonlyMap<string, Offer | undefined>;
}

/** The accounts that take a search; they are read less often. */
export type Far = Pick<Raw, 'members' | 'records' | 'epochs' | 'changes' | 'offers' | 'covers' | 'panels' | 'losses' | 'books' | 'days' | 'policies'>;

export type AppRpc = Rpc<SolanaRpcApi>;

/** Which cluster answers. */
export async function clusterOf(rpc: AppRpc): Promise<Cluster> {
    const genesis = await rpc.getGenesisHash().send();
    return { name: GENESIS[genesis] ?? 'local', genesis };
}

/** Checks that there is a fund that this app can read. */
export async function loadFund(rpc: AppRpc, fund: string): Promise<Fund> {
    if (!isAddress(fund)) {
        throw new Refused('bad-address', `“${fund}” is not an address.`);
    }
    const [account, program] = await Promise.all([
        fetchEncodedAccount(rpc, fund, { commitment: 'confirmed' }),
        fetchEncodedAccount(rpc, BULKHEAD_PROGRAM_ADDRESS, { commitment: 'confirmed' }),
    ]);
    if (!program.exists) {
        throw new Refused('no-program', `There is no program at ${BULKHEAD_PROGRAM_ADDRESS} on this cluster.`);
    }
    if (!account.exists) {
        throw new Refused('no-fund', `There is no account at ${fund} on this cluster.`);
    }
    return checked(() => decodeAccount(ACCOUNTS.fund, account).data);
}

/** Decodes, with the reason of a failure in the app's terms. */
function checked<T>(decode: () => T): T {
    try {
        return decode();
    } catch (error) {
        if (error instanceof AccountError) {
            throw new Refused(error.problem === 'version' ? 'version' : 'not-a-fund', error.message);
        }
        throw error;
    }
}

/** Fund, clock, markets, the wallet's accounts and some offers, as of one slot. */
export async function readNear(
    rpc: AppRpc,
    fund: Address,
    known: Fund,
    wallet: string | undefined,
    offers: readonly string[] = [],
): Promise<Near> {
    const indices = [...Array(known.marketCount).keys()];
    const marketAddresses = await Promise.all(indices.map((index) => marketAddress(fund, index)));
    const own = wallet === undefined ? [] : await walletAddresses(fund, known, wallet as Address);
    const base = [fund, CLOCK, ...marketAddresses, ...own];
    const watched = offers.slice(0, ACCOUNTS_PER_REQUEST - base.length) as Address[];
    const accounts = await fetchEncodedAccounts(rpc, [...base, ...watched], { commitment: 'confirmed' });
    const [fundAccount, clock, ...rest] = accounts;
    if (!fundAccount?.exists || !clock?.exists) {
        throw new Refused('no-fund', `There is no account at ${fund} on this cluster.`);
    }
    const found = rest.slice(0, marketAddresses.length);
    return {
        fund: checked(() => decodeAccount(ACCOUNTS.fund, fundAccount).data),
        clock: { slot: getU64Decoder().decode(clock.data), ts: getI64Decoder().decode(clock.data, CLOCK_UNIX_TS) },
        markets: found.map((account) => checked(() => decodeAccount(ACCOUNTS.market, existing(account)).data)),
        marketAddresses,
        wallet: wallet === undefined ? undefined : walletOf(wallet, rest.slice(marketAddresses.length)),
        offers: new Map(accounts.slice(base.length).map((account) => [account.address, offerOf(account)])),
    };
}

function offerOf(account: MaybeEncodedAccount): Offer | undefined {
    return account.exists ? checked(() => decodeAccount(ACCOUNTS.offer, account).data) : undefined;
}

function existing(account: MaybeEncodedAccount) {
    if (!account.exists) {
        throw new Refused('not-a-fund', `There is no market at ${account.address}.`);
    }
    return account;
}

async function walletAddresses(fund: Address, { mint, tokenProgram }: Fund, wallet: Address): Promise<Address[]> {
    return [wallet, await memberAddress(fund, wallet), await tokenAccountAddress(wallet, mint, tokenProgram)];
}

function walletOf(address: string, accounts: readonly MaybeEncodedAccount[]): WalletAccounts | undefined {
    const [wallet, member, token] = accounts;
    return (
        wallet &&
        member &&
        token && {
            address,
            lamports: wallet.exists ? wallet.lamports : 0n,
            tokenAccount: token.address,
            tokens: token.exists ? getU64Decoder().decode(token.data, TOKEN_AMOUNT) : undefined,
            memberAddress: member.address,
            member: member.exists ? checked(() => decodeAccount(ACCOUNTS.member, member).data) : undefined,
        }
    );
}

/**
 * All members, records, waiting changes, offers, covers, the losses that are claimed on these, and the books of policies with those of a
 * wallet.
 */
export async function readFar(rpc: AppRpc, fund: Address, { coverSeq, shareEpoch }: Fund, wallet: string | undefined): Promise<Far> {
    const [members, records, changes, offers, covers] = await Promise.all([
        fetchAllOf(rpc, ACCOUNTS.member, fund),
        fetchAllOf(rpc, ACCOUNTS.defaultRecord, fund),
        fetchAllOf(rpc, ACCOUNTS.queuedChange, fund),
        fetchAllOf(rpc, ACCOUNTS.offer, fund),
        coverSeq === 0 ? [] : fetchAllOf(rpc, ACCOUNTS.cover, fund),
    ]);
    return {
        covers: covers.toSorted((a, b) => a.data.index - b.data.index),
        ...(await readLosses(rpc, covers.map(({ data }) => data))),
        ...(await readPolicies(rpc, covers.map(({ data }) => data), wallet)),
        members: new Map(members.map(({ address, data }) => [address, data])),
        records,
        changes,
        offers,
        epochs: shareEpoch === 0n ? [] : await readEpochs(rpc, fund, shareEpoch),
    };
}

/** Where a loss has the address of its panel, a day and a policy that of their book, and a policy its owner. */
const PANEL_OFFSET = 32n;
const BOOK_OF_DAY_OFFSET = 24n;
const BOOK_OF_POLICY_OFFSET = 16n;
const OWNER_OFFSET = 48n;

/** The panels among the drawers of covers, and their losses. Accounts of another version of the program are not shown. */
async function readLosses(rpc: AppRpc, covers: readonly Cover[]): Promise<Pick<Far, 'panels' | 'losses'>> {
    const drawers = [...new Set(covers.filter(({ kind }) => kind === CLAIMS).map(({ drawer }) => drawer))];
    if (drawers.length === 0) {
        return { panels: [], losses: [] };
    }
    const accounts = await fetchEncodedAccounts(rpc, drawers, { commitment: 'confirmed' });
    const panels = accounts.flatMap((account) =>
        account.exists && isOf(account, cover.PANEL_DISCRIMINATOR)
            ? [{ address: account.address as string, data: cover.getPanelDecoder().decode(account.data) }]
            : [],
    );
    const losses = await Promise.all(
        panels.map(({ address }) =>
            allOf(rpc, cover.LOSS_DISCRIMINATOR, [[PANEL_OFFSET, address]], cover.getLossDecoder()),
        ),
    );
    return { panels, losses: losses.flat() };
}

/** The books among the drawers of covers, their days, and a wallet's policies. Accounts of another version are not shown. */
export async function readPolicies(
    rpc: AppRpc,
    covers: readonly Cover[],
    wallet: string | undefined,
): Promise<Pick<Far, 'books' | 'days' | 'policies'>> {
    const drawers = [...new Set(covers.filter(({ kind }) => kind === PARAMETRIC).map(({ drawer }) => drawer))];
    if (drawers.length === 0) {
        return { books: [], days: [], policies: [] };
    }
    const accounts = await fetchEncodedAccounts(rpc, drawers, { commitment: 'confirmed' });
    const books = accounts.flatMap((account) =>
        account.exists && isOf(account, cover.POLICY_BOOK_DISCRIMINATOR)
            ? [{ address: account.address as string, data: cover.getPolicyBookDecoder().decode(account.data) }]
            : [],
    );
    const [days, policies] = await Promise.all([
        Promise.all(
            books.map(({ address }) => allOf(rpc, cover.EXPIRY_DISCRIMINATOR, [[BOOK_OF_DAY_OFFSET, address]], cover.getExpiryDecoder())),
        ),
        Promise.all(
            books.map(({ address }) =>
                wallet === undefined
                    ? []
                    : allOf(
                          rpc,
                          cover.POLICY_DISCRIMINATOR,
                          [
                              [BOOK_OF_POLICY_OFFSET, address],
                              [OWNER_OFFSET, wallet],
                          ],
                          cover.getPolicyDecoder(),
                      ),
            ),
        ),
    ]);
    return { books, days: days.flat(), policies: policies.flat() };
}

const CLAIMS = 0;
const PARAMETRIC = 2;
const CLAIMS_VERSION = 1;
const VERSION_OFFSET = 8;

function isOf({ data, programAddress }: EncodedAccount, discriminator: ReadonlyUint8Array): boolean {
    const isOurs = programAddress === cover.BULKHEAD_COVER_PROGRAM_ADDRESS && data[VERSION_OFFSET] === CLAIMS_VERSION;
    return isOurs && discriminator.every((byte, at) => data[at] === byte);
}

/** All accounts of the program of claims of one type that have addresses at these places. */
async function allOf<T>(
    rpc: AppRpc,
    discriminator: ReadonlyUint8Array,
    places: readonly (readonly [bigint, string])[],
    decoder: { readonly decode: (data: ReadonlyUint8Array) => T },
): Promise<Addressed<T>[]> {
    const bytes = (data: ReadonlyUint8Array) => getBase58Decoder().decode(data) as Base58EncodedBytes;
    const has = (offset: bigint, data: ReadonlyUint8Array) => ({ memcmp: { bytes: bytes(data), encoding: 'base58', offset } }) as const;
    const found = await rpc
        .getProgramAccounts(cover.BULKHEAD_COVER_PROGRAM_ADDRESS, {
            commitment: 'confirmed',
            encoding: 'base64',
            filters: [
                has(0n, discriminator),
                ...places.map(([offset, address]) => has(offset, getAddressEncoder().encode(address as Address))),
            ],
        })
        .send();
    return found.flatMap(({ account, pubkey }) => {
        const data = getBase64Encoder().encode(account.data[0]);
        return data[VERSION_OFFSET] === CLAIMS_VERSION ? [{ address: pubkey as string, data: decoder.decode(data) }] : [];
    });
}

/** The page of a claim: whether it exists, and whether the claim was paid. */
export async function readPage(
    rpc: AppRpc,
    loss: Address,
    index: number,
): Promise<{ readonly exists: boolean; readonly isPaid: boolean }> {
    const page = await fetchEncodedAccount(rpc, await pageAddress(loss, index), { commitment: 'confirmed' });
    if (!page.exists || !isOf(page, cover.PAGE_DISCRIMINATOR)) {
        return { exists: page.exists, isPaid: false };
    }
    const place = index % PAGE_CLAIMS;
    const byte = cover.getPageDecoder().decode(page.data).bits[Math.floor(place / 8)] ?? 0;
    return { exists: true, isPaid: Math.floor(byte / 2 ** (place % 8)) % 2 === 1 };
}

/** Records of ended epochs: a member can be in any of the latest. */
async function readEpochs(rpc: AppRpc, fund: Address, current: bigint): Promise<EpochRecord[]> {
    const latest = 16n;
    const first = current > latest ? current - latest : 0n;
    const epochs = Array.from({ length: Number(current - first) }, (_, index) => first + BigInt(index));
    const addresses = await Promise.all(epochs.map((epoch) => epochRecordAddress(fund, epoch)));
    const accounts = await fetchEncodedAccounts(rpc, addresses, { commitment: 'confirmed' });
    return accounts.flatMap((account) => (account.exists ? [decodeAccount(ACCOUNTS.epochRecord, account).data] : []));
}

/** Reads what an account's latest transactions did; each transaction once. */
export class HistoryReader {
    private readonly known = new Map<string, HistoryEntry>();

    constructor(private readonly rpc: AppRpc) {}

    async latest(account: Address, raw: Pick<Raw, 'markets' | 'marketAddresses'>): Promise<HistoryEntry[]> {
        const found = await this.rpc
            .getSignaturesForAddress(account, { limit: HISTORY_LOOKED_FOR, commitment: 'confirmed' })
            .send();
        const succeeded = found.filter(({ err }) => err === null).slice(0, HISTORY);
        return Promise.all(
            succeeded.map(({ blockTime, signature, slot }) => this.entry(signature, slot, blockTime ?? undefined, raw)),
        );
    }

    private async entry(
        signature: Signature,
        slot: bigint,
        blockTime: bigint | undefined,
        raw: Pick<Raw, 'markets' | 'marketAddresses'>,
    ): Promise<HistoryEntry> {
        const known = this.known.get(signature);
        if (known) {
            return known;
        }
        // A node may know that there was a transaction, and not have it any more.
        const transaction = await this.rpc
            .getTransaction(signature, { commitment: 'confirmed', encoding: 'base64', maxSupportedTransactionVersion: 0 })
            .send()
            .catch(() => null);
        const events = eventsFromLogs(transaction?.meta?.logMessages ?? []);
        // Prices come with everything: they are news on a market's page only.
        const told = events.filter(({ name }) => name !== 'Cranked');
        const entry = {
            signature,
            slot,
            ts: transaction?.blockTime ?? blockTime,
            events: told.map((event) => eventText(event, raw)),
        };
        if (transaction) {
            this.known.set(signature, entry);
        }
        return entry;
    }
}
