/** Solana's older client and Anchor's, unmodified: both know the RPC address alone, and find the websocket at the next port. */

import { AnchorProvider, Program, Wallet, type Idl } from '@coral-xyz/anchor';
import { Connection, Keypair, PublicKey, SystemProgram, Transaction, sendAndConfirmTransaction } from '@solana/web3.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';

const localnet = inject('localnet');
const IDL = JSON.parse(readFileSync(new URL('../../../idl/bulkhead.json', import.meta.url), 'utf8')) as Idl;

describe.runIf(localnet)('the standard clients', () => {
    const setUp = () => {
        const { folder, payer } = localnet!.keys;
        const secret = JSON.parse(readFileSync(join(folder, payer), 'utf8')) as number[];
        return { connection: new Connection(localnet!.rpc, 'confirmed'), key: Keypair.fromSecretKey(Uint8Array.from(secret)) };
    };

    test('web3.js reads, sends, and hears of the confirmation', async () => {
        const { connection, key } = setUp();
        const account = await connection.getAccountInfo(new PublicKey(localnet!.fund));
        expect(account?.owner.toBase58()).toBe(localnet!.program);
        const to = Keypair.generate().publicKey;
        const transfer = SystemProgram.transfer({ fromPubkey: key.publicKey, toPubkey: to, lamports: 2_000_000 });
        // It waits by websocket, and gives up when nobody tells it anything.
        await sendAndConfirmTransaction(connection, new Transaction().add(transfer), [key]);
        expect(await connection.getBalance(to)).toBe(2_000_000);
    });

    test('Anchor reads accounts and sends an instruction by the IDL', async () => {
        const { connection, key } = setUp();
        const provider = new AnchorProvider(connection, new Wallet(key), { commitment: 'confirmed' });
        const program = new Program(IDL, provider);
        const accounts = program.account as Record<string, { fetch(address: PublicKey): Promise<Record<string, unknown>> }>;
        const fund = new PublicKey(localnet!.fund);
        const read = await accounts['fund']!.fetch(fund);
        expect(String(read['mint'])).toBe(localnet!.mint);
        const [member] = PublicKey.findProgramAddressSync(
            [Buffer.from('member'), fund.toBuffer(), key.publicKey.toBuffer()],
            program.programId,
        );
        const methods = program.methods as Record<string, (...args: number[]) => { accounts(of: object): { rpc(): Promise<string> } }>;
        await methods['openMember']!(10_000, 64).accounts({ fund, member, owner: key.publicKey, payer: key.publicKey }).rpc();
        const opened = await accounts['member']!.fetch(member);
        expect(String(opened['owner'])).toBe(key.publicKey.toBase58());
        await methods['closeMember']!().accounts({ fund, member, owner: key.publicKey }).rpc();
        expect(await connection.getAccountInfo(member)).toBeNull();
    });
});
