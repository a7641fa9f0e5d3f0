// Records what Squads' own client makes of a few inputs, for `client.rs`. To record anew, in a folder
// with that package (npm install @sqds/multisig@2.1.4):
//
//     node record.mjs > client.json

import * as squads from '@sqds/multisig';
import { Message, PublicKey, TransactionInstruction, TransactionMessage } from '@solana/web3.js';

const key = (byte) => new PublicKey(new Uint8Array(32).fill(byte));
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const plain = ({ programId, keys, data }) => ({
    program: programId.toBase58(),
    accounts: keys.map(({ pubkey, isSigner, isWritable }) => [pubkey.toBase58(), isSigner, isWritable]),
    data: hex(data),
});

const createKey = key(1);
const [member, creator, treasury, payer, cosigner] = [key(2), key(3), key(4), key(5), key(6)];
const [multisigPda] = squads.getMultisigPda({ createKey });
const [vaultPda] = squads.getVaultPda({ multisigPda, index: 3 });
const permissions = (mask) => ({ mask });
const transactionIndex = 258n;

// Two instructions that the vault signs, one of them together with another key.
const account = (pubkey, isSigner, isWritable) => ({ pubkey, isSigner, isWritable });
const inner = [
    new TransactionInstruction({
        programId: key(20),
        keys: [account(key(21), false, true), account(vaultPda, true, true), account(key(22), false, false)],
        data: Buffer.from([1, 2, 3]),
    }),
    new TransactionInstruction({
        programId: key(23),
        keys: [account(cosigner, true, false), account(vaultPda, true, false), account(key(24), false, true)],
        data: Buffer.alloc(300, 7),
    }),
];
const recentBlockhash = key(9).toBase58();
const legacy = new TransactionMessage({ payerKey: vaultPda, recentBlockhash, instructions: inner })
    .compileToLegacyMessage()
    .serialize();
// As somebody does who has the serialized message only.
const transactionMessage = TransactionMessage.decompile(Message.from(legacy));

const create = squads.instructions.multisigCreateV2({
    createKey, creator, treasury, multisigPda, configAuthority: null, threshold: 2, timeLock: 3600,
    members: [{ key: key(12), permissions: permissions(7) }, { key: key(11), permissions: permissions(2) }],
    rentCollector: null,
});
const transaction = squads.instructions.vaultTransactionCreate({
    multisigPda, transactionIndex, creator: member, rentPayer: payer, vaultIndex: 3, ephemeralSigners: 0,
    transactionMessage,
});
const actions = [
    { __kind: 'AddMember', newMember: { key: key(30), permissions: permissions(7) } },
    { __kind: 'RemoveMember', oldMember: key(31) },
    { __kind: 'ChangeThreshold', newThreshold: 3 },
    { __kind: 'SetTimeLock', newTimeLock: 86400 },
    {
        __kind: 'AddSpendingLimit', createKey: key(32), vaultIndex: 3, mint: key(33), amount: 1_000_000,
        period: squads.types.Period.Week, members: [key(34), key(35)], destinations: [key(36)],
    },
    { __kind: 'RemoveSpendingLimit', spendingLimit: key(37) },
    { __kind: 'SetRentCollector', newRentCollector: key(38) },
    { __kind: 'SetRentCollector', newRentCollector: null },
];
const config = squads.instructions.configTransactionCreate({
    multisigPda, transactionIndex, creator: member, rentPayer: payer, actions,
});

// The transaction's account as it lies on chain, and a connection that knows nothing but it.
const [bytes] = squads.types.transactionMessageBeet.deserialize(
    squads.utils.transactionMessageToMultisigTransactionMessageBytes({
        message: transactionMessage, addressLookupTableAccounts: [], vaultPda,
    }),
);
const stored = squads.accounts.VaultTransaction.fromArgs({
    multisig: multisigPda, creator: member, index: Number(transactionIndex), bump: 254, vaultIndex: 3,
    vaultBump: 253, ephemeralSignerBumps: new Uint8Array(),
    message: {
        ...bytes,
        instructions: bytes.instructions.map((instruction) => ({
            ...instruction,
            accountIndexes: Uint8Array.from(instruction.accountIndexes),
            data: Uint8Array.from(instruction.data),
        })),
    },
});
const [storedData] = stored.serialize();
const owner = squads.PROGRAM_ID;
const connection = {
    getAccountInfo: async () => ({ data: storedData, owner, lamports: 1, executable: false }),
};
const { instruction: execute } = await squads.instructions.vaultTransactionExecute({
    connection, multisigPda, transactionIndex, member,
});

const vote = { multisigPda, transactionIndex, member };
const [multisigData] = squads.accounts.Multisig.fromArgs({
    createKey, configAuthority: PublicKey.default, threshold: 2, timeLock: 3600, transactionIndex: 258,
    staleTransactionIndex: 7, rentCollector: null, bump: 255,
    members: [{ key: key(11), permissions: permissions(2) }, { key: key(12), permissions: permissions(7) }],
}).serialize();
const [proposalData] = squads.accounts.Proposal.fromArgs({
    multisig: multisigPda, transactionIndex: 258, status: { __kind: 'Approved', timestamp: 1_800_000_000 },
    bump: 252, approved: [key(11), key(12)], rejected: [key(13)], cancelled: [],
}).serialize();
const [configData] = squads.accounts.ConfigTransaction.fromArgs({
    multisig: multisigPda, creator: member, index: 258, bump: 251, actions,
}).serialize();
const [batchData] = squads.accounts.Batch.fromArgs({
    multisig: multisigPda, creator: member, index: 258, bump: 250, vaultIndex: 3, vaultBump: 253, size: 1,
    executedTransactionIndex: 0,
}).serialize();
const [settingsData] = squads.accounts.ProgramConfig.fromArgs({
    authority: key(40), multisigCreationFee: 50, treasury, reserved: Array(64).fill(0),
}).serialize();

console.log(JSON.stringify({
    client: '@sqds/multisig 2.1.4',
    multisig: multisigPda.toBase58(),
    vault: vaultPda.toBase58(),
    message: hex(legacy),
    create: plain(create),
    transaction: plain(transaction),
    proposal: plain(squads.instructions.proposalCreate({
        multisigPda, transactionIndex, creator: member, rentPayer: payer,
    })),
    config: plain(config),
    approve: plain(squads.instructions.proposalApprove(vote)),
    reject: plain(squads.instructions.proposalReject(vote)),
    cancel: plain(squads.instructions.proposalCancel(vote)),
    execute: plain(execute),
    executeConfig: plain(squads.instructions.configTransactionExecute({ ...vote, rentPayer: payer })),
    accounts: {
        multisig: hex(multisigData),
        proposal: hex(proposalData),
        transaction: hex(storedData),
        config: hex(configData),
        batch: hex(batchData),
        settings: hex(settingsData),
    },
}, null, 2));
