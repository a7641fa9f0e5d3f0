//! Instructions of the program. What fails on chain is not checked here a second time.

use {
    crate::{
        account::{ConfigAction, Member},
        address::{program_config, MultisigKeys},
        bytes::{put_count, put_option},
        message::VaultMessage,
    },
    solana_address::Address,
    solana_instruction::{AccountMeta, Instruction},
    solana_sha256_hasher::hash,
};

/// The system program.
const SYSTEM: Address = Address::new_from_array([0; 32]);
/// No text goes with an instruction.
const NO_MEMO: u8 = 0;

/// The wishes for a new multisig.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMultisig {
    /// A key that changes members and threshold alone: `None` for what governs anything of worth.
    pub config_authority: Option<Address>,
    /// Number of members that must approve.
    pub threshold: u16,
    pub members: Vec<Member>,
    /// Seconds between approval and execution.
    pub time_lock_secs: u32,
}

impl MultisigKeys {
    /// Makes the multisig of `create_key`, which signs beside `creator`. `treasury` is that of the
    /// program's settings: it is paid the fee.
    pub fn create(
        &self,
        create_key: Address,
        creator: Address,
        treasury: Address,
        wishes: &NewMultisig,
    ) -> Instruction {
        let mut data = discriminator("multisig_create_v2");
        put_option(&mut data, wishes.config_authority.as_ref());
        data.extend(wishes.threshold.to_le_bytes());
        put_count(&mut data, wishes.members.len());
        for Member { key, permissions } in &wishes.members {
            data.extend(key.to_bytes());
            data.push(*permissions);
        }
        data.extend(wishes.time_lock_secs.to_le_bytes());
        put_option(&mut data, None); // nobody gets the rent of closed accounts
        data.push(NO_MEMO);
        let accounts = vec![
            AccountMeta::new_readonly(program_config(&self.program), false),
            AccountMeta::new(treasury, false),
            AccountMeta::new(self.multisig, false),
            AccountMeta::new_readonly(create_key, true),
            AccountMeta::new(creator, true),
            AccountMeta::new_readonly(SYSTEM, false),
        ];
        self.instruction(accounts, data)
    }

    /// Proposes that a vault signs `message`, and opens the vote: two instructions, of one transaction.
    /// `index` is the multisig's `transaction_index` and one.
    pub fn propose(
        &self,
        index: u64,
        member: Address,
        payer: Address,
        vault_index: u8,
        message: &VaultMessage,
    ) -> [Instruction; 2] {
        let message = message.bytes();
        let mut data = discriminator("vault_transaction_create");
        data.extend([vault_index, 0]); // no signers that the program makes up
        put_count(&mut data, message.len());
        data.extend(message);
        data.push(NO_MEMO);
        [self.new_transaction(index, member, payer, data), self.open_vote(index, member, payer)]
    }

    /// Proposes a change of the multisig itself, and opens the vote: two instructions, of one transaction.
    pub fn propose_config(
        &self,
        index: u64,
        member: Address,
        payer: Address,
        actions: &[ConfigAction],
    ) -> [Instruction; 2] {
        let mut data = discriminator("config_transaction_create");
        put_count(&mut data, actions.len());
        actions.iter().for_each(|action| action.put(&mut data));
        data.push(NO_MEMO);
        [self.new_transaction(index, member, payer, data), self.open_vote(index, member, payer)]
    }

    /// Votes for a proposal. The vote that reaches the threshold starts the time lock.
    pub fn approve(&self, index: u64, member: Address) -> Instruction {
        self.vote("proposal_approve", index, member)
    }

    /// Votes against a proposal that is not approved yet.
    pub fn reject(&self, index: u64, member: Address) -> Instruction {
        self.vote("proposal_reject", index, member)
    }

    /// Takes back a proposal that is approved and not executed. The threshold holds for it too.
    pub fn cancel(&self, index: u64, member: Address) -> Instruction {
        self.vote("proposal_cancel", index, member)
    }

    /// Executes an approved proposal once its time lock is over. Whoever the message wants as a signer
    /// beside the vault signs too.
    pub fn execute(
        &self,
        index: u64,
        member: Address,
        vault_index: u8,
        message: &VaultMessage,
    ) -> Instruction {
        let mut accounts = vec![
            AccountMeta::new_readonly(self.multisig, false),
            AccountMeta::new(self.proposal(index), false),
            AccountMeta::new_readonly(self.transaction(index), false),
            AccountMeta::new_readonly(member, true),
        ];
        accounts.extend(message.accounts(&self.vault(vault_index)));
        self.instruction(accounts, discriminator("vault_transaction_execute"))
    }

    /// Executes an approved change of the multisig itself once its time lock is over.
    pub fn execute_config(&self, index: u64, member: Address, payer: Address) -> Instruction {
        let accounts = vec![
            AccountMeta::new(self.multisig, false),
            AccountMeta::new_readonly(member, true),
            AccountMeta::new(self.proposal(index), false),
            AccountMeta::new_readonly(self.transaction(index), false),
            AccountMeta::new(payer, true),
            AccountMeta::new_readonly(SYSTEM, false),
        ];
        self.instruction(accounts, discriminator("config_transaction_execute"))
    }

    fn new_transaction(&self, index: u64, member: Address, payer: Address, data: Vec<u8>) -> Instruction {
        let accounts = vec![
            AccountMeta::new(self.multisig, false),
            AccountMeta::new(self.transaction(index), false),
            AccountMeta::new_readonly(member, true),
            AccountMeta::new(payer, true),
            AccountMeta::new_readonly(SYSTEM, false),
        ];
        self.instruction(accounts, data)
    }

    fn open_vote(&self, index: u64, member: Address, payer: Address) -> Instruction {
        let mut data = discriminator("proposal_create");
        data.extend(index.to_le_bytes());
        data.push(0); // no draft: it can be voted on at once
        let accounts = vec![
            AccountMeta::new_readonly(self.multisig, false),
            AccountMeta::new(self.proposal(index), false),
            AccountMeta::new_readonly(member, true),
            AccountMeta::new(payer, true),
            AccountMeta::new_readonly(SYSTEM, false),
        ];
        self.instruction(accounts, data)
    }

    fn vote(&self, name: &str, index: u64, member: Address) -> Instruction {
        let mut data = discriminator(name);
        data.push(NO_MEMO);
        let accounts = vec![
            AccountMeta::new_readonly(self.multisig, false),
            AccountMeta::new(member, true),
            AccountMeta::new(self.proposal(index), false),
        ];
        self.instruction(accounts, data)
    }

    fn instruction(&self, accounts: Vec<AccountMeta>, data: Vec<u8>) -> Instruction {
        Instruction { program_id: self.program, accounts, data }
    }
}

/// The first bytes of an instruction's data, as Anchor has them.
fn discriminator(name: &str) -> Vec<u8> {
    hash(format!("global:{name}").as_bytes()).as_ref()[..8].to_vec()
}
