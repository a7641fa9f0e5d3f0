/**
 * Prices of Pyth Pro, formerly Lazer: signed messages, posted before the crank.
 *
 * {@link PythPro} fetches a message, {@link postPro} builds the two instructions that post it, the check of its signature
 * and the post, and {@link postProAndCrank} those that post and crank a market in one transaction. {@link send} and
 * {@link simulate} put the two right wherever they stand; a transaction that is put together elsewhere calls
 * {@link placeProPosts}.
 *
 * @module
 */

import {
    fetchEncodedAccount,
    getAddressDecoder,
    getU16Encoder,
    type Address,
    type GetAccountInfoApi,
    type Instruction,
    type ReadonlyUint8Array,
    type Rpc,
    type TransactionSigner,
} from '@solana/kit';
import { PRO_CONTRACT, marketAddress, proPriceAddress } from './address.js';
import {
    BULKHEAD_PROGRAM_ADDRESS,
    POST_PRO_PRICE_DISCRIMINATOR,
    getCrankMarketInstruction,
    getOpenProPriceInstruction,
    getPostProPriceInstruction,
    type Market,
} from './generated/index.js';
import { PRO } from './print.js';
import { PriceError, ask, wholeText, type Service } from './service.js';

/** The contract's only account: its trusted signers and its fee. */
export const PRO_STORAGE = '3rdJbqfnagQ4yx9HXJViD4zc4xpiSqmFsKpPuSCQVyQL' as Address;
/** Solana's program that checks signatures. */
export const ED25519 = 'Ed25519SigVerify111111111111111111111111111' as Address;
const INSTRUCTIONS = 'Sysvar1nstructions1111111111111111111111111' as Address;

/** A message with its signature. */
export interface ProMessage {
    /** The whole message, as it is posted. */
    readonly bytes: ReadonlyUint8Array;
    /** The key that is said to have signed it. */
    readonly signer: Address;
    /** What is signed. */
    readonly payload: ReadonlyUint8Array;
}

/** A feed of Pyth Pro on one of its channels: 2, 3 and 4 have a message every 50, 200 and 1,000 ms. */
export interface ProFeed {
    readonly feed: number;
    readonly channel: number;
}

const MAGIC = Uint8Array.of(0xb9, 0x01, 0x1a, 0x82);
const KEY_AT = 68;
const LENGTH_AT = 100;
const PAYLOAD_AT = 102;

const viewOf = (bytes: ReadonlyUint8Array) => new DataView(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);

const startsWith = (bytes: ReadonlyUint8Array, head: ReadonlyUint8Array) => head.every((byte, at) => bytes[at] === byte);

/**
 * Reads a signed message, given as bytes or in hexadecimal. No signature is checked here: the chain does.
 *
 * @throws {@link PriceError} `malformed`.
 */
export function parseProMessage(message: ReadonlyUint8Array | string): ProMessage {
    const bytes = typeof message === 'string' ? fromHex(message) : message;
    const isWhole = bytes.length >= PAYLOAD_AT && startsWith(bytes, MAGIC);
    if (!isWhole || bytes.length !== PAYLOAD_AT + viewOf(bytes).getUint16(LENGTH_AT, true)) {
        throw new PriceError('malformed', 'this is no message of Pyth Pro for Solana');
    }
    return { bytes, signer: getAddressDecoder().decode(bytes, KEY_AT), payload: bytes.slice(PAYLOAD_AT) };
}

function fromHex(text: string): Uint8Array {
    const digits = text.trim().replace(/^0x/, '');
    if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) {
        throw new PriceError('malformed', 'the message is not hexadecimal');
    }
    return Uint8Array.from(digits.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

/** The feed and the channel that a market is read from; none if its prices are not Pyth Pro's. */
export function proFeedOf({ kind, feedId }: Pick<Market['oracle'], 'kind' | 'feedId'>): ProFeed | undefined {
    return kind === PRO ? { feed: viewOf(feedId).getUint32(0, true), channel: viewOf(feedId).getUint8(4) } : undefined;
}

/** What the contract says: who gets its fee, and whose signatures count. */
export interface ProFacts {
    readonly treasury: Address;
    /** Lamports that each message costs. */
    readonly fee: bigint;
    /** Keys whose signatures count, each with the second at which it expires. */
    readonly signers: readonly { readonly key: Address; readonly expiresTs: bigint }[];
}

const STORAGE_DISCRIMINATOR = Uint8Array.of(209, 117, 255, 185, 196, 175, 68, 9);
const STORAGE_BYTES = 381;
const TREASURY_AT = 40;
const FEE_AT = 72;
const COUNT_AT = 80;
const SIGNERS_AT = 81;
const SIGNER_BYTES = 40;

/**
 * Reads the contract's account.
 *
 * @throws {@link PriceError} `notConfigured`.
 */
export function parseProStorage(data: ReadonlyUint8Array): ProFacts {
    const count = data[COUNT_AT] ?? 0;
    if (data.length < STORAGE_BYTES || !startsWith(data, STORAGE_DISCRIMINATOR) || count > 5) {
        throw new PriceError('notConfigured', 'this is not the storage of Pyth Pro’s contract');
    }
    const key = (at: number) => getAddressDecoder().decode(data, at);
    const signers = Array.from({ length: count }, (_, number) => {
        const at = SIGNERS_AT + SIGNER_BYTES * number;
        return { key: key(at), expiresTs: viewOf(data).getBigInt64(at + 32, true) };
    });
    return { treasury: key(TREASURY_AT), fee: viewOf(data).getBigUint64(FEE_AT, true), signers };
}

/**
 * Reads from the cluster what the contract says.
 *
 * @throws {@link PriceError} `notConfigured`.
 */
export async function proFacts(rpc: Rpc<GetAccountInfoApi>): Promise<ProFacts> {
    const storage = await fetchEncodedAccount(rpc, PRO_STORAGE);
    if (!storage.exists || storage.programAddress !== PRO_CONTRACT) {
        throw new PriceError('notConfigured', 'Pyth Pro’s contract is not on this cluster');
    }
    return parseProStorage(storage.data);
}

/** Options of a {@link PythPro}. */
export interface PythProOptions {
    /** The token of Pyth Pro. Keep it out of pages: a browser asks a server of one's own. */
    readonly token?: string;
    /** Time to answer. */
    readonly timeoutMs?: number;
    /** In the place of the platform's own. */
    readonly fetch?: typeof globalThis.fetch;
}

const CHANNELS: Readonly<Record<number, string>> = {
    2: 'fixed_rate@50ms',
    3: 'fixed_rate@200ms',
    4: 'fixed_rate@1000ms',
};
/** What a message must say of its feed: the program refuses one that leaves something out. */
const PROPERTIES = ['price', 'confidence', 'exponent', 'marketSession', 'feedUpdateTimestamp'];
const PYTH_PRO: Service = { name: 'Pyth Pro', secret: 'token', longest: 1 << 16 };

/** A client of a server of Pyth Pro, which is asked over HTTP. */
export class PythPro {
    private readonly url: string;

    constructor(
        url: string,
        private readonly options: PythProOptions = {},
    ) {
        this.url = url.replace(/\/+$/, '');
    }

    /**
     * The latest message of a feed.
     *
     * @throws {@link PriceError}
     */
    async latest({ feed, channel }: ProFeed): Promise<ProMessage> {
        const name = CHANNELS[channel];
        if (name === undefined) throw new PriceError('unknownFeed', `Pyth Pro has no channel ${channel} with a fixed rate`);
        const { fetch, timeoutMs = 10_000, token: secret } = this.options;
        const response = await ask(PYTH_PRO, `${this.url}/v1/latest_price`, {
            fetch,
            secret,
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({
                priceFeedIds: [feed],
                properties: PROPERTIES,
                formats: ['solana'],
                jsonBinaryEncoding: 'hex',
                parsed: false,
                channel: name,
            }),
            signal: AbortSignal.timeout(timeoutMs),
        });
        return messageIn(await wholeText(PYTH_PRO, response));
    }
}

/** The message in an answer. */
function messageIn(json: string): ProMessage {
    let data: unknown;
    try {
        data = (JSON.parse(json) as { solana?: { data?: unknown } }).solana?.data;
    } catch (cause) {
        throw new PriceError('malformed', "Pyth Pro's answer is no JSON", { cause });
    }
    if (typeof data !== 'string') throw new PriceError('malformed', "Pyth Pro's answer has no signed message for Solana");
    return parseProMessage(data);
}

/** What {@link postPro} posts. */
export interface PostProInput extends ProFeed {
    /** Pays the contract's fee. */
    readonly payer: TransactionSigner;
    /** Gets the fee: the one that {@link proFacts} names. */
    readonly treasury: Address;
    readonly message: ProMessage;
    /** The place of the first of the two instructions in the transaction. */
    readonly at?: number;
}

/** Where a message lies in the data of the post: behind the instruction's number, those of the signature, and a length. */
const MESSAGE_AT = 8;

/**
 * Builds the two instructions that post a message: the one of the signature program, which checks the signature where it
 * lies in the other one, and the post. They stand next to each other, in this order, from the place `at` on.
 */
export async function postPro(input: PostProInput): Promise<[Instruction, Instruction]> {
    const { at = 0, channel, feed, message, payer, treasury } = input;
    const post = getPostProPriceInstruction({
        payer,
        price: await proPriceAddress(feed, channel),
        treasury,
        instructions: INSTRUCTIONS,
        ed25519Instruction: at,
        signature: 0,
        message: Array.from(message.bytes),
    });
    const holder = at + 1;
    const [signature, key, payload] = [MESSAGE_AT + MAGIC.length, MESSAGE_AT + KEY_AT, MESSAGE_AT + PAYLOAD_AT];
    const words = [signature, holder, key, holder, payload, message.payload.length, holder];
    const check = { programAddress: ED25519, data: Uint8Array.of(1, 0, ...words.flatMap(u16)) };
    return [check, post];
}

const u16 = (word: number) => [...getU16Encoder().encode(word)];

/** Where the check of a signature names the instruction that holds it. */
const HOLDERS_AT = [4, 8, 14];

/**
 * Puts right the numbers by which a post and the check of its signature, which stands right before it, refer to each
 * other: they count from the transaction's first instruction, and other instructions may have been put before them.
 */
export function placeProPosts(instructions: readonly Instruction[]): Instruction[] {
    const all = [...instructions];
    for (let at = 1; at < all.length; at += 1) {
        const [check, post] = [all[at - 1], all[at]];
        if (!check?.data || !post?.data || check.programAddress !== ED25519) continue;
        if (post.programAddress !== BULKHEAD_PROGRAM_ADDRESS || !startsWith(post.data, POST_PRO_PRICE_DISCRIMINATOR)) continue;
        const checked = new Uint8Array(check.data);
        for (const place of HOLDERS_AT) checked.set(u16(at), place);
        const posted = new Uint8Array(post.data);
        posted.set(u16(at - 1), POST_PRO_PRICE_DISCRIMINATOR.length);
        all[at - 1] = { ...check, data: checked };
        all[at] = { ...post, data: posted };
    }
    return all;
}

/** What {@link postProAndCrank} needs. */
export interface PostProAndCrankInput {
    readonly rpc: Rpc<GetAccountInfoApi>;
    readonly server: PythPro;
    readonly fund: Address;
    readonly market: Pick<Market, 'index' | 'oracle'>;
    readonly payer: TransactionSigner;
}

/**
 * Builds the instructions of one transaction that posts the latest message of a market's feed and takes it into the mark.
 * The feed's account is opened if there is none; it stays, for everybody.
 *
 * @throws {@link PriceError}; `notPostable` for a market of another kind, and for a message whose signer the contract
 * does not trust.
 */
export async function postProAndCrank(input: PostProAndCrankInput): Promise<Instruction[]> {
    const { fund, market, payer, rpc, server } = input;
    const feed = proFeedOf(market.oracle);
    if (!feed) throw new PriceError('notPostable', 'the market’s prices are not those of Pyth Pro');
    const price = await proPriceAddress(feed.feed, feed.channel);
    if (getAddressDecoder().decode(market.oracle.account) !== price) {
        throw new PriceError('notPostable', `the market is not bound to its feed's account, ${price}`);
    }
    const [message, { signers, treasury }, account] = await Promise.all([
        server.latest(feed),
        proFacts(rpc),
        fetchEncodedAccount(rpc, price),
    ]);
    if (!signers.some(({ key }) => key === message.signer)) {
        throw new PriceError('notPostable', `Pyth Pro's contract does not trust the message's signer, ${message.signer}`);
    }
    const open = account.exists ? [] : [getOpenProPriceInstruction({ payer, price, ...feed })];
    const posts = await postPro({ ...feed, payer, treasury, message });
    const crank = getCrankMarketInstruction({ fund, market: await marketAddress(fund, market.index), price });
    return placeProPosts([...open, ...posts, crank]);
}
