//! What a call takes of a block, by the cost model that leaders fill their blocks with, and the accounts that it locks.
//!
//! The transaction is one that a client would send: a limit and a price of compute units, then the call. The first wallet
//! that signs pays the fee; a call that nobody signs is sent by a keeper that pays it.

use {
    agave_feature_set::FeatureSet,
    bulkhead_tests::{bulkhead_client::program_id, Address, Call, Signer, World},
    serde_json::Value,
    solana_account::Account,
    solana_compute_budget_interface::ComputeBudgetInstruction,
    solana_cost_model::{
        block_cost_limits::{MAX_BLOCK_UNITS, MAX_WRITABLE_ACCOUNT_UNITS},
        cost_model::CostModel,
    },
    solana_message::{Message, SimpleAddressLoader},
    solana_runtime_transaction::runtime_transaction::RuntimeTransaction,
    solana_transaction::{sanitized::MessageHash, Transaction},
    std::collections::{BTreeMap, HashSet},
};

/// Units that a block has room for, and those of them that write the same account.
pub const BLOCK_LIMIT: u64 = MAX_BLOCK_UNITS;
pub const ACCOUNT_LIMIT: u64 = MAX_WRITABLE_ACCOUNT_UNITS;
/// Milliseconds of a slot.
pub const SLOT_MS: u64 = 400;
/// What the runtime counts for every account that a transaction loads, beside its data.
const ACCOUNT_BYTES: usize = 64;
/// Compute units of the two instructions that set a limit and a price.
pub const BUDGET_UNITS: u64 = 2 * 150;
/// Bytes of a program's account before the address of its code.
const CODE_AT: usize = 4;
const UPGRADEABLE_LOADER: Address = Address::from_str_const("BPFLoaderUpgradeab1e11111111111111111111111");

/// The fund and the market: what all that trade in one of them share.
const FUND: &str = "fund";
const MARKET: &str = "market";

/// What one instruction takes of a block, in cost units.
pub struct Row {
    pub instruction: &'static str,
    /// For verifying signatures.
    pub signatures: u64,
    /// For locking accounts that are written.
    pub locks: u64,
    /// For bytes of instruction data.
    pub data: u64,
    /// For bytes of accounts, the program's code included.
    pub loaded: u64,
    /// Compute units.
    pub compute: u64,
    /// Accounts that are written, by kind, and how many of each, without the wallet that pays and accounts that are created.
    pub writes: BTreeMap<String, usize>,
}

impl Row {
    /// All of it.
    pub fn cost(&self) -> u64 {
        self.signatures + self.locks + self.data + self.loaded + self.compute
    }

    /// How many a second one fund takes; nothing if its account is not locked.
    pub fn per_fund(&self) -> Option<u64> {
        self.writes.contains_key(FUND).then(|| self.a_second(ACCOUNT_LIMIT))
    }

    /// How many a second one market takes; nothing if its account is not locked.
    pub fn per_market(&self) -> Option<u64> {
        self.writes.contains_key(MARKET).then(|| self.a_second(ACCOUNT_LIMIT))
    }

    /// How many a second the whole chain takes.
    pub fn per_chain(&self) -> u64 {
        self.a_second(BLOCK_LIMIT)
    }

    fn a_second(&self, units: u64) -> u64 {
        units / self.cost() * 1_000 / SLOT_MS
    }
}

/// A transaction that has not run yet.
pub struct Draft {
    transaction: RuntimeTransaction<solana_transaction::sanitized::SanitizedTransaction>,
    loaded_bytes: u32,
    writes: BTreeMap<String, usize>,
}

impl Draft {
    /// The transaction of a call on the accounts as they are.
    pub fn of(instruction: &str, world: &World, call: &Call, names: &Names) -> Self {
        let metas = || call.instructions.iter().flat_map(|instruction| &instruction.accounts);
        let payer = metas().find(|meta| meta.is_signer).map_or(world.payer.pubkey(), |meta| meta.pubkey);
        let mut instructions = vec![
            ComputeBudgetInstruction::set_compute_unit_limit(0),
            ComputeBudgetInstruction::set_compute_unit_price(0),
        ];
        instructions.extend_from_slice(&call.instructions);
        let message = Message::new(&instructions, Some(&payer));
        let loaded = message.account_keys.iter().map(|key| loaded_bytes(world, key));
        let loaded_bytes = u32::try_from(loaded.sum::<usize>()).expect("what a transaction may load");
        let writes = names.written(instruction, world, call, &payer);
        let transaction = RuntimeTransaction::try_create(
            Transaction::new_unsigned(message).into(),
            MessageHash::Compute,
            None,
            SimpleAddressLoader::Disabled,
            &HashSet::new(),
            true,
        );
        Self { transaction: transaction.expect("a valid transaction"), loaded_bytes, writes }
    }

    /// What it takes of a block, once the call has used so many compute units.
    pub fn ran(self, instruction: &'static str, cu: u64) -> Row {
        let features = FeatureSet::all_enabled();
        let cost = CostModel::calculate_cost_for_executed_transaction(
            &self.transaction,
            cu + BUDGET_UNITS,
            self.loaded_bytes,
            &features,
        );
        Row {
            instruction,
            signatures: cost.signature_cost(),
            locks: cost.write_lock_cost(),
            data: cost.data_bytes_cost().into(),
            loaded: cost.loaded_accounts_data_size_cost(),
            compute: cost.programs_execution_cost(),
            writes: self.writes,
        }
    }
}

/// Bytes that the runtime counts for an account; for a program those of its code with it.
fn loaded_bytes(world: &World, key: &Address) -> usize {
    let Some(account) = world.account(key) else { return ACCOUNT_BYTES };
    let code = code_of(&account).and_then(|code| world.account(&code)).map_or(0, |code| code.data.len());
    ACCOUNT_BYTES + account.data.len() + code
}

/// Where a program of the upgradeable loader has its code.
fn code_of(program: &Account) -> Option<Address> {
    let address = program.data.get(CODE_AT..CODE_AT + 32).filter(|_| program.executable)?;
    (program.owner == UPGRADEABLE_LOADER).then(|| Address::try_from(address).expect("32 bytes"))
}

/// What accounts are called: the program's own by their type, all others by the name that the IDL has for their place in an
/// instruction.
pub struct Names {
    /// Names of the program's types by their discriminators.
    types: Vec<(Vec<u8>, String)>,
    /// Names of an instruction's accounts, in order.
    places: BTreeMap<String, Vec<String>>,
}

impl Names {
    pub fn of(idl: &Value) -> Self {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
        let byte = |value: &Value| value.as_u64().map_or(0, |byte| byte as u8);
        let type_of = |account: &Value| {
            let discriminator = list(&account["discriminator"]).iter().map(byte).collect();
            (discriminator, in_words(&name(account)))
        };
        let places_of = |instruction: &Value| {
            let names =
                list(&instruction["accounts"]).iter().map(|account| in_words(&name(account))).collect();
            (name(instruction), names)
        };
        Self {
            types: list(&idl["accounts"]).iter().map(type_of).collect(),
            places: list(&idl["instructions"]).iter().map(places_of).collect(),
        }
    }

    /// Accounts that a call writes beside the payer's wallet, by name. Nothing else waits for one that it creates.
    fn written(
        &self,
        instruction: &str,
        world: &World,
        call: &Call,
        payer: &Address,
    ) -> BTreeMap<String, usize> {
        let places = self.places.get(instruction).map_or(&[][..], Vec::as_slice);
        let mut seen = HashSet::from([*payer]);
        let mut written = BTreeMap::new();
        let last = call.instructions.last().into_iter().flat_map(|instruction| &instruction.accounts);
        for (place, meta) in last.enumerate().filter(|(_, meta)| meta.is_writable) {
            if world.account(&meta.pubkey).is_some() && seen.insert(meta.pubkey) {
                let name = self.type_of(world, &meta.pubkey).or(places.get(place)).cloned();
                *written.entry(name.unwrap_or_else(|| "other".to_owned())).or_default() += 1;
            }
        }
        written
    }

    fn type_of(&self, world: &World, key: &Address) -> Option<&String> {
        let account = world.account(key).filter(|account| account.owner == program_id())?;
        let known = self.types.iter().find(|(discriminator, _)| account.data.starts_with(discriminator));
        known.map(|(_, name)| name)
    }
}

/// `DefaultRecord` and `default_record` as `default record`.
fn in_words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter == '_' || letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase().filter(|letter| *letter != '_'));
    }
    words
}
