//! Multisigs of Squads' own program on the rig's validator, and what their members do.

use {
    crate::rig::Rig,
    bulkhead_client::{Address, Instruction},
    bulkhead_squads::{
        program_config, ConfigAction, Member, Multisig, MultisigKeys, NewMultisig, ProgramConfig, Proposal,
        Status, VaultMessage, VaultTransaction, PROGRAM,
    },
    solana_keypair::Keypair,
    solana_rpc_client::rpc_client::RpcClient,
    solana_signer::Signer,
    solana_transaction::Transaction,
};

/// Lamports that a new multisig costs here.
const FEE: u64 = 1_000;
/// Lamports with which a vault starts.
const PURSE: u64 = 10_000_000_000;

/// Puts Squads' program in place, with the settings that only a key of Squads' own can write on a public
/// cluster.
pub fn open(rig: &Rig) {
    rig.validator.deploy_at(PROGRAM, "squads_program.so").expect("it is built");
    let (authority, treasury) = (Address::new_from_array([81; 32]), Address::new_from_array([82; 32]));
    rig.validator.set_sol(&treasury, 1_000_000_000).expect("a treasury");
    let settings = ProgramConfig { authority, creation_fee: FEE, treasury };
    rig.validator.set_account(&program_config(&PROGRAM), &PROGRAM, &settings.encode()).expect("settings");
}

/// A multisig with the keys of its members. Its first vault governs.
pub struct Council<'r> {
    rig: &'r Rig,
    pub keys: MultisigKeys,
    pub members: Vec<Keypair>,
}

impl<'r> Council<'r> {
    /// Founds a multisig: two of three sign.
    pub fn found(rig: &'r Rig, time_lock_secs: u32) -> Self {
        let create_key = Keypair::new();
        let keys = MultisigKeys::created_by(&create_key.pubkey(), PROGRAM);
        let members: Vec<Keypair> = (0..3).map(|_| Keypair::new()).collect();
        for member in &members {
            rig.validator.set_sol(&member.pubkey(), PURSE).expect("SOL");
        }
        let settings = rig.cluster.account(&program_config(&PROGRAM)).expect("it answers").expect("settings");
        let treasury = ProgramConfig::decode(&settings.data).expect("settings").treasury;
        let wishes = NewMultisig {
            config_authority: None,
            threshold: 2,
            members: members.iter().map(|member| Member::full(member.pubkey())).collect(),
            time_lock_secs,
        };
        let create = keys.create(create_key.pubkey(), members[0].pubkey(), treasury, &wishes);
        send(rig, &[create], &[&members[0], &create_key]).expect("a multisig");
        let council = Self { rig, keys, members };
        rig.validator.set_sol(&council.vault(), PURSE).expect("SOL");
        council
    }

    pub fn vault(&self) -> Address {
        self.keys.vault(0)
    }

    pub fn multisig(&self) -> Multisig {
        Multisig::decode(&self.data(&self.keys.multisig)).expect("a multisig")
    }

    pub fn proposal(&self, index: u64) -> Proposal {
        Proposal::decode(&self.data(&self.keys.proposal(index))).expect("a proposal")
    }

    fn data(&self, address: &Address) -> Vec<u8> {
        self.rig.cluster.account(address).expect("it answers").expect("an account").data
    }

    /// The first member proposes a message in base58, as it is printed for import. Returns its index.
    pub fn import(&self, message: &str) -> u64 {
        let bytes = bs58::decode(message).into_vec().expect("base58");
        self.propose(&VaultMessage::import(&bytes).expect("a message"))
    }

    /// The first member proposes a message. Returns its index.
    pub fn propose(&self, message: &VaultMessage) -> u64 {
        let index = self.multisig().transaction_index + 1;
        let proposer = &self.members[0];
        let calls = self.keys.propose(index, proposer.pubkey(), proposer.pubkey(), 0, message);
        send(self.rig, &calls, &[proposer]).expect("a proposal");
        index
    }

    /// The first member proposes a change of the multisig itself. Returns its index.
    pub fn propose_config(&self, actions: &[ConfigAction]) -> u64 {
        let index = self.multisig().transaction_index + 1;
        let proposer = &self.members[0];
        let calls = self.keys.propose_config(index, proposer.pubkey(), proposer.pubkey(), actions);
        send(self.rig, &calls, &[proposer]).expect("a proposal");
        index
    }

    pub fn approve(&self, index: u64, member: &Keypair) -> Result<(), String> {
        send(self.rig, &[self.keys.approve(index, member.pubkey())], &[member])
    }

    pub fn reject(&self, index: u64, member: &Keypair) -> Result<(), String> {
        send(self.rig, &[self.keys.reject(index, member.pubkey())], &[member])
    }

    /// Two of the three members approve: the threshold.
    pub fn approve_all(&self, index: u64) {
        for member in &self.members[..2] {
            self.approve(index, member).expect("a vote");
        }
        assert!(matches!(self.proposal(index).status, Status::Approved(_)));
    }

    /// The last member executes what lies on chain under this index, with others that have to sign.
    pub fn execute(&self, index: u64, others: &[&Keypair]) -> Result<(), String> {
        let transaction = VaultTransaction::decode(&self.data(&self.keys.transaction(index)));
        let VaultTransaction { vault_index, message, .. } = transaction.expect("a transaction");
        let member = &self.members[2];
        let execute = self.keys.execute(index, member.pubkey(), vault_index, &message);
        send(self.rig, &[execute], &[&[member], others].concat())
    }

    /// Executes a change of the multisig itself.
    pub fn execute_config(&self, index: u64) -> Result<(), String> {
        let member = &self.members[2];
        let execute = self.keys.execute_config(index, member.pubkey(), member.pubkey());
        send(self.rig, &[execute], &[member])
    }

    /// Waits until the time lock of what was just approved is over.
    pub fn wait(&self) {
        self.rig.wait(i64::from(self.multisig().time_lock_secs) + 1);
    }

    /// A message goes the whole way: it is imported, approved, waited for and executed.
    pub fn carry(&self, message: &str, others: &[&Keypair]) {
        let index = self.import(message);
        self.approve_all(index);
        self.wait();
        self.execute(index, others).expect("an execution");
        assert!(matches!(self.proposal(index).status, Status::Executed(_)));
    }
}

/// Sends a transaction that the first key pays for. A failure is told with the logs of a simulation, and
/// nothing is sent then.
pub fn send(rig: &Rig, instructions: &[Instruction], keys: &[&Keypair]) -> Result<(), String> {
    let rpc = RpcClient::new_with_commitment(
        rig.validator.rpc_url().to_owned(),
        solana_commitment_config::CommitmentConfig::confirmed(),
    );
    let instructions = budget(instructions);
    let blockhash = rpc.get_latest_blockhash().expect("a blockhash");
    let mut transaction = Transaction::new_with_payer(&instructions, Some(&keys[0].pubkey()));
    transaction
        .try_sign(&keys.to_vec(), blockhash)
        .map_err(|error| format!("the keys do not sign it: {error}"))?;
    let simulated = rpc.simulate_transaction(&transaction).expect("it answers").value;
    if let Some(error) = simulated.err {
        return Err(format!("{error:?}\n{}", simulated.logs.unwrap_or_default().join("\n")));
    }
    rpc.send_and_confirm_transaction(&transaction).map_err(|error| error.to_string())?;
    Ok(())
}

/// The instructions with as many compute units as there are: an execution holds others.
fn budget(instructions: &[Instruction]) -> Vec<Instruction> {
    bulkhead_keeper::fees::budgeted(instructions, bulkhead_keeper::fees::MOST_UNITS, 0)
}

/// The messages that a run has printed for import, in order.
pub fn messages(told: &str) -> Vec<String> {
    let lines = told.lines().filter_map(|line| line.trim_start().strip_prefix("message "));
    lines.map(str::to_owned).collect()
}
