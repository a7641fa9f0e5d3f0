/** Updates and posts beside those of the Rust crate, and a Hermes that is not well. */

import {
    createNoopSigner,
    getAddressDecoder,
    getAddressEncoder,
    getBase64Encoder,
    type Address,
} from '@solana/kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
    Hermes,
    PriceError,
    RECEIVERS,
    parsePriceUpdate,
    postPrice,
    quorum,
    receiverOf,
    reclaimRent,
    sponsoredFeedAddress,
} from '../src/index.js';
import { described, fixtures, plain } from './support/fixtures.js';
import { ILLNESSES, PATIENCE_MS, StandIn, ill } from './support/service.js';

const { feed, price, posts } = fixtures().prices;
const feedId = new Uint8Array(feed.match(/../g)!.map((byte) => parseInt(byte, 16)));
const signer = (number: number) => createNoopSigner(getAddressDecoder().decode(new Uint8Array(32).fill(number)));
const bytesOf = (text: string) => getBase64Encoder().encode(text);

describe.each(posts)('$guardians guardians at the receiver $receiver', (post) => {
    const receiver = RECEIVERS[post.receiver];
    const update = parsePriceUpdate(bytesOf(post.update));
    const input = {
        receiver,
        wormhole: post.wormhole as Address,
        guardians: post.guardians,
        update,
        feedId,
        payer: signer(2),
        treasury: 200,
    };

    test('an update is read as the Rust crate reads it', () => {
        const { bytes, proof, feedId: of, ...read } = update.messages[1]!;
        expect(plain(read)).toEqual(price);
        expect(of).toEqual(feedId);
        expect(bytes.length).toBe(85);
        expect(proof.length).toBe(9);
        expect(update.signatures.length).toBe(post.guardians);
    });

    test('posts have the bytes of the Rust crate', async () => {
        expect(described(await postPrice({ ...input, target: { account: signer(4) } }))).toEqual(post.own);
        expect(described(await postPrice({ ...input, target: { shard: 258 } }))).toEqual(post.sponsored);
        expect(described([reclaimRent(receiver, signer(2), signer(4).address)])).toEqual(post.reclaim);
        expect(await sponsoredFeedAddress(feedId, receiver, 258)).toBe(post.sponsoredAccount);
    });

    test('an update without a quorum or the feed is refused', async () => {
        const few = { ...update, signatures: update.signatures.slice(0, quorum(input) - 1) };
        const target = { account: signer(4) };
        await expect(postPrice({ ...input, update: few, target })).rejects.toMatchObject({ reason: 'noQuorum' });
        const other = new Uint8Array(32);
        await expect(postPrice({ ...input, feedId: other, target })).rejects.toMatchObject({ reason: 'noSuchFeed' });
    });

    test('a damaged update is an error, at whatever byte it ends', () => {
        const whole = bytesOf(post.update);
        for (let end = 0; end < whole.length; end += 7) {
            expect(() => parsePriceUpdate(whole.slice(0, end))).toThrow(PriceError);
        }
        expect(() => parsePriceUpdate(new Uint8Array([...whole, 0]))).toThrow('after its end');
        const changed = (at: number) => new Uint8Array(whole.map((byte, index) => (index === at ? 9 : byte)));
        expect(() => parsePriceUpdate(changed(0))).toThrow('PNAU');
        expect(() => parsePriceUpdate(changed(4))).toThrow('major version');
        expect(() => parsePriceUpdate(changed(7))).toThrow('Merkle root');
    });
});

test('a market says which receiver it accepts', () => {
    const owner = ({ program }: { program: Address }) => getAddressEncoder().encode(program);
    const nobody = new Uint8Array(32);
    expect(receiverOf({ owners: [owner(RECEIVERS.compatible), nobody] })).toBe(RECEIVERS.compatible);
    expect(receiverOf({ owners: [nobody, owner(RECEIVERS.core)] })).toBe(RECEIVERS.core);
    expect(receiverOf({ owners: [nobody, new Uint8Array(32).fill(3)] })).toBeUndefined();
});

describe('a Hermes', () => {
    let server: StandIn;
    const json = () => JSON.stringify({ binary: { encoding: 'base64', data: [posts[0]!.update] } });
    const hermes = (timeoutMs = PATIENCE_MS) => new Hermes(`${server.url}/`, { apiKey: 'key', timeoutMs });

    beforeAll(async () => {
        server = await StandIn.start();
    });
    afterAll(() => server.stop());

    test('is asked for feeds with the key, and its updates are read', async () => {
        let asked: [string | undefined, string | undefined] = ['', ''];
        server.answer = (request, response) => {
            asked = [request.url, request.headers.authorization];
            response.end(json());
        };
        expect(await hermes().latest([feedId])).toEqual([parsePriceUpdate(bytesOf(posts[0]!.update))]);
        expect(asked).toEqual([`/v2/updates/price/latest?ids[]=${feed}&encoding=base64&parsed=false`, 'Bearer key']);
    });

    test.each([
        ...ILLNESSES,
        ill('unknownFeed', (response) => response.writeHead(404).end()),
        ill('malformed', (response) => response.end('{"binary":{"encoding":"base64","data":["UE5BVQ=="]}}')),
    ])('that answers badly is named: $reason', async ({ how, reason, timeoutMs }) => {
        server.answer = (_, response) => how(response);
        await expect(hermes(timeoutMs).latest([feedId])).rejects.toMatchObject({ name: 'PriceError', reason });
    });

    test('streams updates until it ends', async () => {
        server.answer = (_, response) => {
            response.write(`:keep-alive\n\ndata:${json().slice(0, 40)}`);
            response.write(`${json().slice(40)}\n\ndata: ${json()}\n\n`);
            response.end();
        };
        const read: number[] = [];
        const all = async () => {
            for await (const { messages } of hermes().stream([feedId])) read.push(messages.length);
        };
        await expect(all()).rejects.toMatchObject({ reason: 'ended' });
        expect(read).toEqual([2, 2]);
    });
});
