/** The test validator as nobody sees a cluster: it hands out money, writes oracle accounts, and moves the clock. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
    createKeyPairSignerFromBytes,
    createSolanaRpc,
    fetchEncodedAccount,
    generateKeyPairSigner,
    getAddressEncoder,
    getBase16Decoder,
    getI32Encoder,
    getI64Encoder,
    getU64Decoder,
    getI64Decoder,
    getU64Encoder,
    type Address,
    type Instruction,
    type KeyPairSigner,
    type ReadonlyUint8Array,
    type Rpc,
    type SolanaRpcApi,
} from '@solana/kit';
import { send, tokenAccountAddress, type Outcome } from '../../src/index.js';
import type { Localnet } from './localnet.js';

/** A feed of one market: its account is written, as Pyth's receiver would. */
export interface Feed {
    readonly account: Address;
    readonly feedId: ReadonlyUint8Array;
    readonly decimals: number;
}

/** One of Pyth's receiver programs. */
export const RECEIVER = 'rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ' as Address;

const CLOCK = 'SysvarC1ock11111111111111111111111111111111' as Address;
const CLOCK_UNIX_TS = 32;
const TOKEN_AMOUNT = 64;
const PRICE_UPDATE_DISCRIMINATOR = [0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd];
const PRICE_UPDATE_LEN = 134;
const PUBLISH_TS = 93;
const FULLY_VERIFIED = 1;

const LAMPORTS = 10_000_000_000;
const POLL_MS = 200;
const CLOCK_BEHIND_SECS = 8n;

export class Cluster {
    readonly rpc: Rpc<SolanaRpcApi>;

    constructor(
        readonly localnet: Localnet,
        readonly payer: KeyPairSigner,
    ) {
        this.rpc = createSolanaRpc(localnet.rpc);
    }

    static async connect(localnet: Localnet | undefined): Promise<Cluster> {
        if (!localnet) {
            throw new Error('there is no local network');
        }
        return new Cluster(localnet, await signerFrom(localnet, localnet.keys.payer));
    }

    get mint(): Address {
        return this.localnet.mint as Address;
    }

    get tokenProgram(): Address {
        return this.localnet.tokenProgram as Address;
    }

    /** Signs and sends; the payer of the network pays. */
    run(instructions: readonly Instruction[]): Promise<Outcome> {
        return send(this.rpc, this.payer, instructions);
    }

    /** A new wallet with SOL and tokens. */
    async wallet(tokens: bigint): Promise<KeyPairSigner> {
        const signer = await generateKeyPairSigner();
        await this.cheat('surfnet_setAccount', [signer.address, { lamports: LAMPORTS }]);
        await this.cheat('surfnet_setTokenAccount', [signer.address, this.mint, { amount: Number(tokens) }]);
        return signer;
    }

    /** What a wallet's token account holds. */
    async tokensOf(wallet: Address): Promise<bigint> {
        return this.amountOf(await tokenAccountAddress(wallet, this.mint, this.tokenProgram));
    }

    /** What a token account holds. */
    async amountOf(account: Address): Promise<bigint> {
        return getU64Decoder().decode(await this.data(account), TOKEN_AMOUNT);
    }

    /** The cluster's unix time. */
    async unixTs(): Promise<bigint> {
        return getI64Decoder().decode(await this.data(CLOCK), CLOCK_UNIX_TS);
    }

    /** The moment of the clock. */
    async moment(): Promise<{ slot: bigint; ts: bigint }> {
        const data = await this.data(CLOCK);
        return { slot: getU64Decoder().decode(data, 0), ts: getI64Decoder().decode(data, CLOCK_UNIX_TS) };
    }

    /** Lets seconds pass, and with them the slots they take. */
    async travel(secs: bigint): Promise<void> {
        const target = (await this.unixTs()) + secs;
        await this.cheat('surfnet_timeTravel', [{ absoluteTimestamp: Number(target) * 1_000 }]);
        await until(async () => (await this.unixTs()) >= target);
    }

    /**
     * Publishes a price, with the time of the one before. The clock of the chain is behind that of the oracle, as it is on
     * public clusters: at first the price has no age.
     */
    async publish({ account, feedId, decimals }: Feed, price: bigint): Promise<void> {
        const now = (await this.unixTs()) + CLOCK_BEHIND_SECS;
        const before = (await this.publishedTs(account)) ?? now;
        const data = [
            PRICE_UPDATE_DISCRIMINATOR,
            getAddressEncoder().encode(account),
            [FULLY_VERIFIED],
            feedId,
            getI64Encoder().encode(price),
            getU64Encoder().encode(0n), // confidence
            getI32Encoder().encode(-decimals),
            getI64Encoder().encode(now),
            getI64Encoder().encode(before < now ? before : now), // of the update before
            getI64Encoder().encode(price), // moving average
            getU64Encoder().encode(0n), // its confidence
            getU64Encoder().encode(0n), // slot
        ].flatMap((part) => [...part]);
        const bytes = new Uint8Array(PRICE_UPDATE_LEN);
        bytes.set(data);
        const hex = getBase16Decoder().decode(bytes);
        await this.cheat('surfnet_setAccount', [account, { data: hex, lamports: LAMPORTS, owner: RECEIVER }]);
    }

    /** Posts the print of an account in another one. */
    async copy(from: Address, to: Address): Promise<void> {
        const data = getBase16Decoder().decode(await this.data(from));
        await this.cheat('surfnet_setAccount', [to, { data, lamports: LAMPORTS, owner: RECEIVER }]);
    }

    /** The time of the price that a feed's account holds, if there is one. */
    private async publishedTs(account: Address): Promise<bigint | undefined> {
        const found = await fetchEncodedAccount(this.rpc, account, { commitment: 'confirmed' });
        return found.exists ? getI64Decoder().decode(found.data, PUBLISH_TS) : undefined;
    }

    private async data(account: Address): Promise<ReadonlyUint8Array> {
        const found = await fetchEncodedAccount(this.rpc, account, { commitment: 'confirmed' });
        if (!found.exists) {
            throw new Error(`there is no account at ${account}`);
        }
        return found.data;
    }

    private async cheat(method: string, params: readonly unknown[]): Promise<void> {
        const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
        const headers = { 'content-type': 'application/json' };
        const response = await fetch(this.localnet.rpc, { method: 'POST', headers, body });
        const { error } = (await response.json()) as { error?: { message: string } };
        if (error) {
            throw new Error(`${method}: ${error.message}`);
        }
    }
}

/** A wallet of the network, from its key file. */
export function signerFrom({ keys }: Localnet, file: string): Promise<KeyPairSigner> {
    const bytes = JSON.parse(readFileSync(join(keys.folder, file), 'utf8')) as number[];
    return createKeyPairSignerFromBytes(new Uint8Array(bytes));
}

/** Looks again and again, until it is so. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
    while (!(await isSo())) {
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
}
