/**
 * Prices that one posts oneself: from Hermes, Pyth's server of price updates, to a receiver, before the crank.
 *
 * A pull feed's price lives off chain until somebody posts it. {@link Hermes} fetches it, {@link postPrice} builds the
 * instructions that post it, and {@link postAndCrank} those that post and crank a market in one transaction.
 *
 * @module
 */

import {
    AccountRole,
    address,
    createAddressWithSeed,
    fetchEncodedAccount,
    getAddressDecoder,
    getAddressEncoder,
    getBase64Encoder,
    getProgramDerivedAddress,
    type AccountMeta,
    type AccountSignerMeta,
    type Address,
    type GetAccountInfoApi,
    type Instruction,
    type ReadonlyUint8Array,
    type Rpc,
    type TransactionSigner,
} from '@solana/kit';
import { marketAddress, receiverOf, sponsoredFeedAddress, type Receiver } from './address.js';
import { getCrankMarketInstruction, type Market } from './generated/index.js';
import { PriceError, ask, linesOf, wholeText, type Service } from './service.js';

/** The price of a feed at one time. */
export interface FeedPrice {
    readonly feedId: ReadonlyUint8Array;
    /** Mantissa of the price. */
    readonly price: bigint;
    /** Confidence interval, with the same exponent. */
    readonly confidence: bigint;
    /** Exponent of ten. */
    readonly exponent: number;
    /** Unix time of publication, in seconds. */
    readonly publishTs: bigint;
    /** That of the print before. */
    readonly previousPublishTs: bigint;
}

/** A message with the proof that it is below the signed root. */
export interface PriceMessage extends FeedPrice {
    /** The bytes that the leaf is a hash of. */
    readonly bytes: ReadonlyUint8Array;
    /** Hashes from the leaf's sibling up, 20 bytes each. */
    readonly proof: readonly ReadonlyUint8Array[];
}

/** What Hermes sends: messages, and the guardians' signatures over the root above them. */
export interface PriceUpdate {
    readonly guardianSet: number;
    /** Of 66 bytes each, in order of the guardians. */
    readonly signatures: readonly ReadonlyUint8Array[];
    /** The bytes that were signed. */
    readonly body: ReadonlyUint8Array;
    readonly messages: readonly PriceMessage[];
}

const SIGNATURE_BYTES = 66;
const HASH_BYTES = 20;
/** Bytes of a signed body before its payload. */
const ORIGIN_BYTES = 51;
const PRICE_FEED = 0;

/** Reads bytes from the front, the high byte of integers first. */
class Reader {
    private at = 0;
    private readonly view: DataView;

    constructor(private readonly bytes: ReadonlyUint8Array) {
        this.view = new DataView(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
    }

    private next(length: number): number {
        const from = this.at;
        if (from + length > this.bytes.length) {
            throw new PriceError('malformed', 'the update ends too soon');
        }
        this.at = from + length;
        return from;
    }

    take(length: number): ReadonlyUint8Array {
        const from = this.next(length);
        return this.bytes.slice(from, from + length);
    }

    u8 = () => this.view.getUint8(this.next(1));
    u16 = () => this.view.getUint16(this.next(2));
    u32 = () => this.view.getUint32(this.next(4));
    i32 = () => this.view.getInt32(this.next(4));
    i64 = () => this.view.getBigInt64(this.next(8));
    u64 = () => this.view.getBigUint64(this.next(8));
    sized = () => this.take(this.u16());
    rest = () => this.take(this.bytes.length - this.at);
    isAtEnd = () => this.at === this.bytes.length;
}

/**
 * Reads an accumulator update.
 *
 * @throws {@link PriceError} `malformed`.
 */
export function parsePriceUpdate(bytes: ReadonlyUint8Array): PriceUpdate {
    const refuse = (why: string): never => {
        throw new PriceError('malformed', why);
    };
    const reader = new Reader(bytes);
    if (String.fromCharCode(...reader.take(4)) !== 'PNAU') refuse('the update does not begin with PNAU');
    if (reader.u8() !== 1) refuse('the update has another major version than 1');
    reader.u8(); // a minor version only adds
    reader.take(reader.u8());
    if (reader.u8() !== 0) refuse('the update has no signed Merkle root');
    const vaa = new Reader(reader.sized());
    if (vaa.u8() !== 1) refuse("the update's VAA has another version than 1");
    const guardianSet = vaa.u32();
    const signatures = Array.from({ length: vaa.u8() }, () => vaa.take(SIGNATURE_BYTES));
    const body = vaa.rest();
    if (body.length <= ORIGIN_BYTES) refuse('the update ends too soon');
    const messages: PriceMessage[] = [];
    for (let left = reader.u8(); left > 0; left -= 1) {
        const message = reader.sized();
        const proof = Array.from({ length: reader.u8() }, () => reader.take(HASH_BYTES));
        const price = priceIn(message);
        if (price) messages.push({ ...price, bytes: message, proof });
    }
    if (!reader.isAtEnd()) refuse('the update has bytes after its end');
    return { guardianSet, signatures, body, messages };
}

/** The price in a message; none if it is not a price feed's. Fields may be added at its end. */
function priceIn(message: ReadonlyUint8Array): FeedPrice | undefined {
    const reader = new Reader(message);
    if (reader.u8() !== PRICE_FEED) return undefined;
    const price = {
        feedId: reader.take(32),
        price: reader.i64(),
        confidence: reader.u64(),
        exponent: reader.i32(),
        publishTs: reader.i64(),
        previousPublishTs: reader.i64(),
    };
    reader.take(16); // moving averages
    return price;
}

/** Options of a {@link Hermes}. */
export interface HermesOptions {
    /** Pyth's API key. Keep it out of pages: a browser asks a server of one's own. */
    readonly apiKey?: string;
    /** Time to answer. */
    readonly timeoutMs?: number;
    /** In the place of the platform's own. */
    readonly fetch?: typeof globalThis.fetch;
}

const HERMES: Service = { name: 'Hermes', secret: 'API key', longest: 1 << 20, notFound: 'does not know one of the feeds' };

const hex = (bytes: ReadonlyUint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

const isSame = (a: ReadonlyUint8Array, b: ReadonlyUint8Array) => a.length === b.length && a.every((byte, at) => byte === b[at]);

/** A client of Hermes. */
export class Hermes {
    private readonly url: string;

    constructor(
        url: string,
        private readonly options: HermesOptions = {},
    ) {
        this.url = url.replace(/\/+$/, '');
    }

    /**
     * The latest updates of these feeds.
     *
     * @throws {@link PriceError}
     */
    async latest(feedIds: readonly ReadonlyUint8Array[]): Promise<PriceUpdate[]> {
        const signal = AbortSignal.timeout(this.options.timeoutMs ?? 10_000);
        return updatesIn(await wholeText(HERMES, await this.ask('/v2/updates/price/latest', feedIds, signal)));
    }

    /**
     * The updates of these feeds as they come. The stream ends with an error when Hermes ends it or falls silent; open
     * another one then.
     *
     * @throws {@link PriceError}
     */
    async *stream(feedIds: readonly ReadonlyUint8Array[], signal?: AbortSignal): AsyncGenerator<PriceUpdate> {
        const response = await this.ask('/v2/updates/price/stream', feedIds, signal);
        for await (const line of linesOf(HERMES, response)) {
            if (line.startsWith('data:')) yield* updatesIn(line.slice('data:'.length));
        }
        throw new PriceError('ended', 'Hermes has ended the stream');
    }

    private ask(path: string, feedIds: readonly ReadonlyUint8Array[], signal?: AbortSignal): Promise<Response> {
        const query = [...feedIds.map((feed) => `ids[]=${hex(feed)}`), 'encoding=base64', 'parsed=false'].join('&');
        const { apiKey: secret, fetch } = this.options;
        return ask(HERMES, `${this.url}${path}?${query}`, { secret, fetch, ...(signal && { signal }) });
    }
}

/** The updates in an answer or an event. The prices beside them are not believed: no signature covers them. */
function updatesIn(json: string): PriceUpdate[] {
    let data: readonly string[];
    try {
        const { binary } = JSON.parse(json) as { binary: { encoding: string; data: readonly string[] } };
        if (binary.encoding !== 'base64') throw new TypeError(`the encoding is ${binary.encoding}`);
        data = binary.data;
    } catch (cause) {
        throw new PriceError('malformed', "the answer is not Hermes' JSON", { cause });
    }
    return data.map((text) => parsePriceUpdate(getBase64Encoder().encode(text)));
}

/** What a receiver believes: its own configuration, and the size of the guardian set that signs. */
export interface ReceiverFacts {
    readonly receiver: Receiver;
    /** The Wormhole program whose guardian sets it believes. */
    readonly wormhole: Address;
    /** The number of guardians in the update's set. */
    readonly guardians: number;
}

const derive = async (programAddress: Address, seeds: readonly (ReadonlyUint8Array | string)[]) =>
    (await getProgramDerivedAddress({ programAddress, seeds: [...seeds] }))[0];

const u32be = (value: number) => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);

const guardianSetAddress = (wormhole: Address, set: number) => derive(wormhole, ['GuardianSet', u32be(set)]);

const CONFIG_DISCRIMINATOR = Uint8Array.of(155, 12, 170, 224, 30, 250, 204, 130);
const GUARDIAN_SET_DISCRIMINATOR = Uint8Array.of(120, 77, 74, 98, 34, 83, 96, 125);

/**
 * Reads from the cluster what a receiver believes.
 *
 * @throws {@link PriceError} `notConfigured`.
 */
export async function receiverFacts(rpc: Rpc<GetAccountInfoApi>, receiver: Receiver, update: PriceUpdate): Promise<ReceiverFacts> {
    const missing = (what: Address): never => {
        throw new PriceError('notConfigured', `${what} is not configured on this cluster`);
    };
    const config = await fetchEncodedAccount(rpc, await derive(receiver.program, ['config']));
    if (!config.exists || !isSame(config.data.slice(0, 8), CONFIG_DISCRIMINATOR)) return missing(receiver.program);
    const next = 41 + (config.data[40] === 1 ? 32 : 0); // behind the authority, and the next one if there is one
    const wormhole = getAddressDecoder().decode(config.data, next);
    const set = await fetchEncodedAccount(rpc, await guardianSetAddress(wormhole, update.guardianSet));
    if (!set.exists) return missing(wormhole);
    const head = isSame(set.data.slice(0, 8), GUARDIAN_SET_DISCRIMINATOR) ? 8 : 0; // old accounts have none
    const guardians = new DataView(set.data.buffer as ArrayBuffer, set.data.byteOffset).getUint32(head + 4, true);
    return { receiver, wormhole, guardians };
}

/** Pyth's routers, which sign prices in place of Wormhole's guardians. */
const ROUTERS = 5;

/**
 * The signatures that make a verification full. Pyth's five routers, and any set at the second receiver, want more than
 * half; a larger set at the first receiver wants more than two thirds.
 */
export function quorum({ receiver, guardians }: Pick<ReceiverFacts, 'receiver' | 'guardians'>): number {
    const ofThirds = receiver.name === 'core' && guardians > ROUTERS;
    return Math.floor(ofThirds ? (2 * guardians) / 3 : guardians / 2) + 1;
}

/** What {@link postPrice} posts, and where to. */
export interface PostInput extends ReceiverFacts {
    readonly update: PriceUpdate;
    readonly feedId: ReadonlyUint8Array;
    /** Pays, and may write and close the price account later. */
    readonly payer: TransactionSigner;
    /** A price account of one's own, or the shard of the sponsored account. */
    readonly target: { readonly account: TransactionSigner } | { readonly shard: number };
    /** The number of the treasury that collects the receiver's fee: any of 256. */
    readonly treasury?: number;
}

const POST_UPDATE = Uint8Array.of(133, 95, 207, 175, 11, 79, 118, 44);
const POST_UPDATE_ATOMIC = Uint8Array.of(49, 172, 84, 192, 175, 180, 52, 234);
const RECLAIM_RENT = Uint8Array.of(218, 200, 19, 197, 227, 89, 192, 22);
const UPDATE_PRICE_FEED = Uint8Array.of(28, 9, 93, 150, 86, 153, 188, 115);
const INIT_ENCODED_VAA = Uint8Array.of(209, 193, 173, 25, 91, 202, 181, 218);
const WRITE_ENCODED_VAA = Uint8Array.of(199, 208, 110, 177, 150, 76, 118, 42);
const VERIFY_ENCODED_VAA = Uint8Array.of(103, 56, 177, 229, 240, 103, 68, 73);
const CLOSE_ENCODED_VAA = Uint8Array.of(48, 221, 174, 198, 231, 7, 152, 38);

const SYSTEM = address('11111111111111111111111111111111');
const CREATE_WITH_SEED = 3;
/** Bytes of an encoded VAA's account before the VAA. */
const ENCODED_HEAD = 46;
/** Bytes of a VAA in one write. */
const CHUNK = 700;
/** The most bytes of a transaction that the network carries. */
const PACKET = 1_232;
/** What a compute budget takes: its program, and an instruction each for the limit and the price. */
const BUDGET = 52;

const readonlyAt = (at: Address): AccountMeta => ({ address: at, role: AccountRole.READONLY });
const writable = (at: Address): AccountMeta => ({ address: at, role: AccountRole.WRITABLE });
const signs = (signer: TransactionSigner): AccountSignerMeta => ({
    address: signer.address,
    role: AccountRole.READONLY_SIGNER,
    signer,
});
const signsAndPays = (signer: TransactionSigner): AccountSignerMeta => ({
    address: signer.address,
    role: AccountRole.WRITABLE_SIGNER,
    signer,
});

function joined(...parts: readonly ReadonlyUint8Array[]): Uint8Array {
    const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
        all.set(part, at);
        at += part.length;
    }
    return all;
}

const u16le = (value: number) => Uint8Array.of(value, value >>> 8);
const u32le = (value: number) => Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);

function u64le(value: bigint): Uint8Array {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, value, true);
    return bytes;
}

/** Bytes after their length. */
const sized = (bytes: ReadonlyUint8Array) => joined(u32le(bytes.length), bytes);

const encoded = ({ bytes, proof }: PriceMessage) => joined(sized(bytes), u32le(proof.length), ...proof);

function vaaOf({ guardianSet, signatures, body }: PriceUpdate, count: number): Uint8Array {
    return joined(Uint8Array.of(1), u32be(guardianSet), Uint8Array.of(count), ...signatures.slice(0, count), body);
}

/**
 * Builds the instructions that post a feed's price with a full verification. The signatures beyond the quorum are left
 * out. One instruction does it if the VAA fits; otherwise, and for a sponsored account, the VAA goes through an account
 * of Wormhole's, and the instructions may need several transactions, one after the other.
 *
 * @throws {@link PriceError} `noQuorum`, `noSuchFeed`. Bulkhead takes no partial verification.
 */
export async function postPrice(input: PostInput): Promise<Instruction[]> {
    const { receiver, wormhole, update, feedId, payer, target, treasury = 0 } = input;
    const [has, needs] = [update.signatures.length, quorum(input)];
    if (has < needs) {
        throw new PriceError('noQuorum', `the update has ${has} signatures, and a full verification needs ${needs}`);
    }
    const message = update.messages.find((each) => isSame(each.feedId, feedId));
    if (!message) throw new PriceError('noSuchFeed', 'the update has no message of this feed');
    const vaa = vaaOf(update, needs);
    const [config, treasuryAt, set] = await Promise.all([
        derive(receiver.program, ['config']),
        derive(receiver.program, ['treasury', Uint8Array.of(treasury)]),
        guardianSetAddress(wormhole, update.guardianSet),
    ]);
    const post = (evidence: Address, account: TransactionSigner, data: Uint8Array): Instruction => ({
        programAddress: receiver.program,
        accounts: [
            signsAndPays(payer),
            readonlyAt(evidence),
            readonlyAt(config),
            writable(treasuryAt),
            signsAndPays(account),
            readonlyAt(SYSTEM),
            signs(payer),
        ],
        data,
    });
    const tail = Uint8Array.of(treasury);
    if ('account' in target) {
        const atomic = post(set, target.account, joined(POST_UPDATE_ATOMIC, sized(vaa), encoded(message), tail));
        if (transactionBytes([atomic], payer.address) + BUDGET <= PACKET) return [atomic];
    }
    const { at, before, after } = await throughWormhole(wormhole, payer, update, vaa, set);
    if ('account' in target) {
        return [...before, post(at, target.account, joined(POST_UPDATE, encoded(message), tail)), after];
    }
    const push: Instruction = {
        programAddress: receiver.pushOracle,
        accounts: [
            signsAndPays(payer),
            readonlyAt(receiver.program),
            readonlyAt(at),
            readonlyAt(config),
            writable(treasuryAt),
            writable(await sponsoredFeedAddress(feedId, receiver, target.shard)),
            readonlyAt(SYSTEM),
        ],
        data: joined(UPDATE_PRICE_FEED, encoded(message), tail, u16le(target.shard), feedId),
    };
    return [...before, push, after];
}

/** Verifies a VAA in an account of Wormhole's, and closes the account in the end. */
async function throughWormhole(wormhole: Address, payer: TransactionSigner, update: PriceUpdate, vaa: Uint8Array, set: Address) {
    // Each VAA has an account of its own, and no other key signs.
    const seed = hex(update.signatures[0]?.slice(1, 17) ?? new Uint8Array());
    const at = await createAddressWithSeed({ baseAddress: payer.address, programAddress: wormhole, seed });
    const call = (data: Uint8Array, more: readonly AccountMeta[] = []): Instruction => ({
        programAddress: wormhole,
        accounts: [signs(payer), writable(at), ...more],
        data,
    });
    const space = ENCODED_HEAD + vaa.length;
    const text = new TextEncoder().encode(seed);
    const key = (of: Address) => getAddressEncoder().encode(of);
    const create: Instruction = {
        programAddress: SYSTEM,
        accounts: [signsAndPays(payer), writable(at)],
        data: joined(
            u32le(CREATE_WITH_SEED),
            key(payer.address),
            u64le(BigInt(text.length)),
            text,
            u64le(BigInt((128 + space) * 6_960)), // exempt from rent
            u64le(BigInt(space)),
            key(wormhole),
        ),
    };
    const writes = [];
    for (let from = 0; from < vaa.length; from += CHUNK) {
        writes.push(call(joined(WRITE_ENCODED_VAA, u32le(from), sized(vaa.slice(from, from + CHUNK)))));
    }
    const before = [create, call(INIT_ENCODED_VAA), ...writes, call(VERIFY_ENCODED_VAA, [readonlyAt(set)])];
    const after: Instruction = {
        programAddress: wormhole,
        accounts: [signsAndPays(payer), writable(at)],
        data: CLOSE_ENCODED_VAA,
    };
    return { at, before, after };
}

/** Closes a price account of one's own, and returns its rent to the payer. */
export function reclaimRent(receiver: Receiver, payer: TransactionSigner, account: Address): Instruction {
    return { programAddress: receiver.program, accounts: [signsAndPays(payer), writable(account)], data: RECLAIM_RENT };
}

/** Bytes of a signed transaction with these instructions. */
function transactionBytes(instructions: readonly Instruction[], payer: Address): number {
    const counted = (count: number) => (count < 0x80 ? 1 : count < 0x4000 ? 2 : 3);
    const keys = new Map<Address, boolean>([[payer, true]]);
    let bytes = 0;
    for (const { programAddress, accounts = [], data = new Uint8Array() } of instructions) {
        keys.set(programAddress, keys.get(programAddress) ?? false);
        for (const { address: at, role } of accounts) {
            keys.set(at, (keys.get(at) ?? false) || role >= AccountRole.READONLY_SIGNER);
        }
        bytes += 1 + counted(accounts.length) + accounts.length + counted(data.length) + data.length;
    }
    const signers = [...keys.values()].filter(Boolean).length;
    const head = 3 + counted(keys.size) + 32 * keys.size + 32 + counted(instructions.length);
    return counted(signers) + 64 * signers + head + bytes;
}

/** What {@link postAndCrank} needs. */
export interface PostAndCrankInput {
    readonly rpc: Rpc<GetAccountInfoApi>;
    readonly hermes: Hermes;
    readonly fund: Address;
    readonly market: Pick<Market, 'index' | 'oracle'>;
    readonly payer: TransactionSigner;
    /** A new key: its account holds the price for this transaction, and is closed in it. */
    readonly account: TransactionSigner;
}

/**
 * Builds the instructions of one transaction that posts a market's latest price and takes it into the mark.
 *
 * @throws {@link PriceError}; `notPostable` for a market that is bound to an account or whose quorum is too large for one
 * transaction.
 */
export async function postAndCrank(input: PostAndCrankInput): Promise<Instruction[]> {
    const { rpc, hermes, fund, market, payer, account } = input;
    const { oracle } = market;
    const receiver = receiverOf(oracle);
    if (!receiver || oracle.account.some((byte) => byte !== 0)) {
        throw new PriceError('notPostable', 'the market takes prices of other accounts only');
    }
    const updates = await hermes.latest([oracle.feedId]);
    const update = updates.find(({ messages }) => messages.some((message) => isSame(message.feedId, oracle.feedId)));
    if (!update) throw new PriceError('noSuchFeed', "Hermes' answer has no price of the market's feed");
    const facts = await receiverFacts(rpc, receiver, update);
    const posts = await postPrice({ ...facts, update, feedId: oracle.feedId, payer, target: { account } });
    const crank = getCrankMarketInstruction({
        fund,
        market: await marketAddress(fund, market.index),
        price: account.address,
    });
    const all = [...posts, crank, reclaimRent(receiver, payer, account.address)];
    if (transactionBytes(all, payer.address) + BUDGET > PACKET) {
        throw new PriceError('notPostable', "the update's signatures do not fit one transaction");
    }
    return all;
}
