//! Instructions of Squads v4, in the form of its program: a multisig, a proposal, votes, execution.

use {
    bulkhead_client::{Address, Instruction},
    bulkhead_migrate::multisig::vault,
    solana_sha256_hasher::hash,
    solana_transaction::AccountMeta,
    std::str::FromStr,
};

/// What a member may do: propose, vote and execute.
const ALL: u8 = 7;
/// The only vault that the tests use.
const VAULT: u8 = 0;

/// Squads v4.
pub fn program() -> Address {
    Address::from_str("SQDS4ep65T869zMMBKyuUq6aD6EgTu8psMjkvj52pCf").expect("an address")
}

fn system() -> Address {
    Address::default()
}

/// The account of an instruction: its address, whether it signs, whether it is written.
type Meta = (Address, bool, bool);

fn call(name: &str, arguments: &[u8], accounts: &[Meta]) -> Instruction {
    let tag = hash(format!("global:{name}").as_bytes()).to_bytes();
    let data = [&tag[..8], arguments].concat();
    let mut instruction = Instruction { program_id: program(), accounts: vec![], data };
    for (address, is_signer, is_writable) in accounts {
        let mut meta = AccountMeta::new(*address, *is_signer);
        meta.is_writable = *is_writable;
        instruction.accounts.push(meta);
    }
    instruction
}

/// A multisig, by the key that it was created with.
#[derive(Clone, Copy, Debug)]
pub struct Multisig {
    /// Its account, which never signs.
    pub address: Address,
    /// Its vault, which signs what was approved.
    pub vault: Address,
}

impl Multisig {
    pub fn of(create_key: &Address) -> Self {
        let seeds: [&[u8]; 3] = [b"multisig", b"multisig", create_key.as_ref()];
        let address = Address::find_program_address(&seeds, &program()).0;
        Self { address, vault: vault(&address, &program(), VAULT) }
    }

    /// Creates it, for these members, without a key that could change them.
    pub fn create(
        create_key: &Address,
        creator: &Address,
        members: &[Address],
        threshold: u16,
        time_lock_secs: u32,
    ) -> Instruction {
        let mut arguments = vec![0];
        arguments.extend(threshold.to_le_bytes());
        arguments.extend((members.len() as u32).to_le_bytes());
        for member in members {
            arguments.extend(member.as_ref());
            arguments.push(ALL);
        }
        arguments.extend(time_lock_secs.to_le_bytes());
        arguments.push(0);
        let address = Self::of(create_key).address;
        let accounts = [
            (address, false, true),
            (*create_key, true, false),
            (*creator, true, true),
            (system(), false, false),
        ];
        call("multisig_create", &arguments, &accounts)
    }

    fn transaction(&self, index: u64) -> Address {
        let seeds: [&[u8]; 4] = [b"multisig", self.address.as_ref(), b"transaction", &index.to_le_bytes()];
        Address::find_program_address(&seeds, &program()).0
    }

    /// The account with the votes on a transaction.
    pub fn proposal(&self, index: u64) -> Address {
        let number = index.to_le_bytes();
        let seeds: [&[u8]; 5] = [b"multisig", self.address.as_ref(), b"transaction", &number, b"proposal"];
        Address::find_program_address(&seeds, &program()).0
    }

    /// Writes a transaction of the vault on chain, and opens the vote on it. `member` signs and pays.
    pub fn propose(&self, index: u64, member: &Address, instruction: &Instruction) -> [Instruction; 2] {
        let message = Message::of(&self.vault, instruction);
        let bytes = message.bytes();
        let mut arguments = vec![VAULT, 0];
        arguments.extend((bytes.len() as u32).to_le_bytes());
        arguments.extend(bytes);
        arguments.push(0);
        let write = call(
            "vault_transaction_create",
            &arguments,
            &[
                (self.address, false, true),
                (self.transaction(index), false, true),
                (*member, true, false),
                (*member, true, true),
                (system(), false, false),
            ],
        );
        let mut arguments = index.to_le_bytes().to_vec();
        arguments.push(0);
        let open = call(
            "proposal_create",
            &arguments,
            &[
                (self.address, false, false),
                (self.proposal(index), false, true),
                (*member, true, false),
                (*member, true, true),
                (system(), false, false),
            ],
        );
        [write, open]
    }

    /// A member's vote for a transaction.
    pub fn approve(&self, index: u64, member: &Address) -> Instruction {
        let accounts =
            [(self.address, false, false), (*member, true, true), (self.proposal(index), false, true)];
        call("proposal_approve", &[0], &accounts)
    }

    /// Executes a transaction that was approved, once its time lock is over.
    pub fn execute(&self, index: u64, member: &Address, instruction: &Instruction) -> Instruction {
        let mut accounts = vec![
            (self.address, false, false),
            (self.proposal(index), false, true),
            (self.transaction(index), false, false),
            (*member, true, false),
        ];
        let message = Message::of(&self.vault, instruction);
        // The vault signs inside; others sign this transaction themselves.
        accounts.extend(message.keys.iter().enumerate().map(|(place, key)| {
            let signs = place < usize::from(message.signers) && *key != self.vault;
            (*key, signs, message.is_writable(place))
        }));
        call("vault_transaction_execute", &[], &accounts)
    }
}

/// One instruction with its accounts in the order that Squads wants: signers before others, and in each
/// part those that are written first.
struct Message {
    keys: Vec<Address>,
    signers: u8,
    writable_signers: u8,
    writable_others: u8,
    places: Vec<u8>,
    program: u8,
    data: Vec<u8>,
}

impl Message {
    fn of(vault: &Address, instruction: &Instruction) -> Self {
        let mut all: Vec<Meta> = vec![(*vault, true, true)];
        for meta in &instruction.accounts {
            match all.iter_mut().find(|(address, ..)| *address == meta.pubkey) {
                Some((_, signs, writes)) => {
                    (*signs, *writes) = (*signs || meta.is_signer, *writes || meta.is_writable)
                }
                None => all.push((meta.pubkey, meta.is_signer, meta.is_writable)),
            }
        }
        if !all.iter().any(|(address, ..)| *address == instruction.program_id) {
            all.push((instruction.program_id, false, false));
        }
        all.sort_by_key(|(_, signs, writes)| (!signs, !writes));
        let place = |address: &Address| {
            all.iter().position(|(known, ..)| known == address).expect("it is there") as u8
        };
        let count = |signer: bool, writable: bool| {
            all.iter().filter(|(_, signs, writes)| *signs == signer && (*writes || !writable)).count() as u8
        };
        Self {
            signers: count(true, false),
            writable_signers: count(true, true),
            writable_others: count(false, true),
            places: instruction.accounts.iter().map(|meta| place(&meta.pubkey)).collect(),
            program: place(&instruction.program_id),
            data: instruction.data.clone(),
            keys: all.iter().map(|(address, ..)| *address).collect(),
        }
    }

    fn is_writable(&self, place: usize) -> bool {
        let signers = usize::from(self.signers);
        match place < signers {
            true => place < usize::from(self.writable_signers),
            false => place < signers + usize::from(self.writable_others),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes =
            vec![self.signers, self.writable_signers, self.writable_others, self.keys.len() as u8];
        self.keys.iter().for_each(|key| bytes.extend(key.as_ref()));
        bytes.extend([1, self.program, self.places.len() as u8]);
        bytes.extend(&self.places);
        bytes.extend((self.data.len() as u16).to_le_bytes());
        bytes.extend(&self.data);
        bytes.push(0);
        bytes
    }
}
