/** Messages and posts of Pyth Pro beside those of the Rust crates, and a server that is not well. */

import {
    createNoopSigner,
    getAddressDecoder,
    getAddressEncoder,
    getBase64Decoder,
    getBase64Encoder,
    type Address,
    type GetAccountInfoApi,
    type Instruction,
    type Rpc,
} from '@solana/kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
    PRO_CONTRACT,
    PRO_STORAGE,
    PriceError,
    PythPro,
    getOpenProPriceInstruction,
    parseProMessage,
    parseProStorage,
    placeProPosts,
    postPro,
    postProAndCrank,
    proFeedOf,
    proPriceAddress,
    type Market,
} from '../src/index.js';
import { described, fixtures } from './support/fixtures.js';
import { ILLNESSES, PATIENCE_MS, StandIn, ill } from './support/service.js';

const { pro } = fixtures().prices;
const bytesOf = (text: string) => getBase64Encoder().encode(text);
const whole = bytesOf(pro.message);
const message = parseProMessage(whole);
const payer = createNoopSigner(getAddressDecoder().decode(new Uint8Array(32).fill(2)));
const treasury = pro.treasury as Address;
const { channel, feed } = pro;
const hex = Array.from(whole, (byte) => byte.toString(16).padStart(2, '0')).join('');
const feedId = new Uint8Array(pro.feedId.match(/../g)!.map((byte) => parseInt(byte, 16)));

test('a post and its check have the bytes of the Rust client', async () => {
    expect(described(await postPro({ feed, channel, message, payer, treasury }))).toEqual(pro.first);
    expect(described(await postPro({ feed, channel, message, payer, treasury, at: 2 }))).toEqual(pro.later);
    const price = await proPriceAddress(feed, channel);
    expect(described([getOpenProPriceInstruction({ payer, price, feed, channel })])).toEqual(pro.open);
});

test('a post and its check are put right behind other instructions, and others stay as they are', async () => {
    const posts = await postPro({ feed, channel, message, payer, treasury });
    const other: Instruction = { programAddress: treasury, data: Uint8Array.of(88, 1, 2, 3) };
    const placed = placeProPosts([other, other, ...posts, other]);
    expect(described(placed.slice(2, 4))).toEqual(pro.later);
    expect([placed[0], placed[1], placed[4]]).toEqual([other, other, other]);
    expect(described(posts), 'what was given is not changed').toEqual(pro.first);
    const [check, post] = posts;
    expect(placeProPosts([other, check, other, post])).toEqual([other, check, other, post]);
});

test('a message is read from bytes and from hexadecimal', () => {
    expect(message.signer).toBe(pro.signer);
    expect(message.payload.length).toBe(whole.length - 102);
    expect(parseProMessage(`0x${hex}\n`)).toEqual(message);
    for (let end = 0; end < whole.length; end += 5) {
        expect(() => parseProMessage(whole.slice(0, end))).toThrow(PriceError);
    }
    expect(() => parseProMessage(new Uint8Array([...whole, 0]))).toThrow('no message');
    for (const bad of ['', 'xy', hex.slice(1)]) expect(() => parseProMessage(bad)).toThrow(PriceError);
});

test('a market names its feed and channel', () => {
    expect(proFeedOf({ kind: 2, feedId })).toEqual({ feed, channel });
    expect(proFeedOf({ kind: 0, feedId })).toBeUndefined();
});

test('the contract names its treasury, its fee and its signers', () => {
    const storage = bytesOf(pro.storage);
    const facts = parseProStorage(storage);
    expect([facts.treasury, facts.fee.toString(), facts.signers.length]).toEqual([pro.treasury, pro.fee, 2]);
    expect(facts.signers[1]).toEqual({ key: pro.signer, expiresTs: 2n ** 63n - 1n });
    expect(() => parseProStorage(storage.slice(1))).toThrow('not the storage');
});

describe('a server of Pyth Pro', () => {
    let server: StandIn;
    const json = JSON.stringify({ solana: { encoding: 'hex', data: hex } });
    const client = (timeoutMs = PATIENCE_MS) => new PythPro(`${server.url}/`, { token: 'token', timeoutMs });

    beforeAll(async () => {
        server = await StandIn.start();
    });
    afterAll(() => server.stop());

    test('is asked for all that a crank judges, with the token', async () => {
        let asked: unknown[] = [];
        server.answer = (request, response) => {
            let body = '';
            request.on('data', (part: Buffer) => (body += part.toString()));
            request.on('end', () => {
                asked = [request.method, request.url, request.headers.authorization, JSON.parse(body)];
                response.end(json);
            });
        };
        expect(await client().latest({ feed, channel })).toEqual(message);
        const properties = ['price', 'confidence', 'exponent', 'marketSession', 'feedUpdateTimestamp'];
        const body = { priceFeedIds: [feed], properties, formats: ['solana'], jsonBinaryEncoding: 'hex', parsed: false };
        expect(asked).toEqual(['POST', '/v1/latest_price', 'Bearer token', { ...body, channel: 'fixed_rate@200ms' }]);
        await expect(client().latest({ feed, channel: 1 })).rejects.toMatchObject({ reason: 'unknownFeed' });
    });

    test.each([
        ...ILLNESSES,
        ill('status', (response) => response.writeHead(404).end()),
        ill('malformed', (response) => response.end('{"evm":{}}')),
        ill('malformed', (response) => response.end('{"solana":{"data":"b9"}}')),
    ])('that answers badly is named: $reason', async ({ how, reason, timeoutMs }) => {
        server.answer = (_, response) => how(response);
        await expect(client(timeoutMs).latest({ feed, channel })).rejects.toMatchObject({ name: 'PriceError', reason });
    });

    /** A cluster with these accounts, each of an owner. */
    function cluster(accounts: Readonly<Record<string, readonly [string, Address]>>): Rpc<GetAccountInfoApi> {
        const value = (at: string) => {
            const [data, owner] = accounts[at] ?? [];
            const space = 0n;
            return owner ? { data: [data, 'base64'], executable: false, lamports: 1n, owner, space } : null;
        };
        const getAccountInfo = (at: string) => ({ send: () => Promise.resolve({ context: { slot: 1n }, value: value(at) }) });
        return { getAccountInfo } as unknown as Rpc<GetAccountInfoApi>;
    }

    test('gives a message that is posted and cranked in one transaction', async () => {
        server.answer = (_, response) => void response.end(json);
        const price = await proPriceAddress(feed, channel);
        const account = getAddressEncoder().encode(price);
        const oracle = { kind: 2, feedId, account } as unknown as Market['oracle'];
        const fund = treasury;
        const storage: [string, Address] = [pro.storage, PRO_CONTRACT];
        const input = { fund, market: { index: 0, oracle }, payer, server: client() };

        const open = { [PRO_STORAGE]: storage, [price]: ['', treasury] as [string, Address] };
        const posted = await postProAndCrank({ ...input, rpc: cluster(open) });
        expect(described(posted.slice(0, 2))).toEqual(pro.first);
        expect(posted.length).toBe(3);

        const first = await postProAndCrank({ ...input, rpc: cluster({ [PRO_STORAGE]: storage }) });
        expect(described(first.slice(0, 1))).toEqual(pro.open);
        expect(first.length, 'the account is opened before').toBe(4);

        const refused = (over: object, rpc = cluster(open)) =>
            expect(postProAndCrank({ ...input, rpc, ...over })).rejects;
        await refused({}, cluster({})).toMatchObject({ reason: 'notConfigured' });
        const bound = { index: 0, oracle: { ...oracle, account: new Uint8Array(32).fill(1) } };
        await refused({ market: bound }).toMatchObject({ reason: 'notPostable' });
        await refused({ market: { index: 0, oracle: { ...oracle, kind: 0 } } }).toMatchObject({ reason: 'notPostable' });
        const data = new Uint8Array(bytesOf(pro.storage));
        data[80] = 1; // the first signer alone, who is another one
        const other: [string, Address] = [getBase64Decoder().decode(data), PRO_CONTRACT];
        await refused({}, cluster({ ...open, [PRO_STORAGE]: other })).toMatchObject({ reason: 'notPostable' });
    });
});
