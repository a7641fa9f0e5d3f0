//! The chain, the clock, and the fund a test is in.

use {
    crate::{
        audit::Books,
        call::Call,
        caller::Caller,
        invariants::{self, History},
        keys::{address, keypair},
        outcome::{Meta, Refusal, TxError},
        params::{self, MarketSpec},
        token::{self, MintKind},
        trace,
    },
    bulkhead::state::FundParams,
    bulkhead_client::{instruction::FundKeys, program_id},
    litesvm::LiteSVM,
    solana_account::Account,
    solana_address::Address,
    solana_instruction::Instruction,
    solana_keypair::Keypair,
    solana_message::Message,
    solana_signer::Signer,
    solana_transaction::Transaction,
    solana_transaction_error::TransactionError,
    std::{
        collections::BTreeMap,
        path::PathBuf,
        sync::{Mutex, OnceLock},
    },
};

/// Slot and second a world starts at.
const START_SLOT: u64 = 1_000_000;
const START_TS: i64 = 1_790_000_000;

/// A fund, and who governs it.
pub struct Place {
    /// Its addresses.
    pub keys: FundKeys,
    /// Its number among the funds of the mint.
    pub id: u16,
    /// Has created it.
    pub creator: Keypair,
    /// Sets parameters.
    pub authority: Keypair,
    /// Can pause.
    pub guardian: Keypair,
    /// Its markets, by index.
    pub markets: Vec<MarketSpec>,
}

/// How a world is made.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The settlement mint.
    pub mint: MintKind,
    /// The fund's parameters.
    pub params: FundParams,
    /// Its markets, each cranked once.
    pub markets: Vec<MarketSpec>,
}

impl Default for Setup {
    fn default() -> Self {
        Self { mint: MintKind::Spl, params: params::FUND, markets: vec![MarketSpec::sol()] }
    }
}

/// Everything a test acts on.
pub struct World {
    /// The chain.
    pub svm: LiteSVM,
    /// Pays every transaction, and rents.
    pub payer: Keypair,
    /// The settlement mint.
    pub mint: Address,
    /// The program that owns it.
    pub token_program: Address,
    /// The fund that calls act on.
    pub here: Place,
    /// What invariants need to know of the past, by fund.
    pub history: BTreeMap<Address, History>,
    /// What the events alone say of every fund.
    pub books: Books,
}

impl World {
    /// A fund with the standard parameters and a SOL market marked at 200.
    pub fn new() -> Self {
        Self::with(Setup::default())
    }

    /// The same with a BTC market marked at 60,000 beside it.
    pub fn with_two_markets() -> Self {
        Self::with(Setup { markets: vec![MarketSpec::sol(), MarketSpec::btc()], ..Setup::default() })
    }

    /// A fund with these parameters and a SOL market.
    pub fn with_params(params: FundParams) -> Self {
        Self::with(Setup { params, ..Setup::default() })
    }

    /// A fund as said.
    pub fn with(setup: Setup) -> Self {
        let mut world = Self::without_fund(setup.mint);
        world.found(setup.params, setup.markets);
        world
    }

    /// The program and a mint, no fund yet.
    pub fn without_fund(kind: MintKind) -> Self {
        let payer = keypair("payer");
        let mint = address("mint");
        let token_program = kind.program();
        let mut world = Self {
            svm: chain(),
            mint,
            token_program,
            here: Place::new(mint, token_program, 0),
            history: BTreeMap::new(),
            books: Books::default(),
            payer,
        };
        world.give_lamports(world.payer.pubkey(), 1_000_000_000_000_000);
        world.put(mint, kind.account());
        world.set_clock(START_SLOT, START_TS);
        world
    }

    /// Creates the fund of this place and its markets.
    fn found(&mut self, params: FundParams, markets: Vec<MarketSpec>) {
        self.run(self.create_fund(params));
        for (index, market) in markets.into_iter().enumerate() {
            self.run(self.create_market(index as u16, &market));
            self.here.markets.push(market);
            self.set_price(index as u16, market.price);
        }
    }

    /// Runs `act` in another fund of the same mint: number 1, created on first use like a standard one.
    pub fn elsewhere<R>(&mut self, act: impl FnOnce(&mut Self) -> R) -> R {
        let other = Place::new(self.mint, self.token_program, 1);
        let exists = self.account(&other.keys.fund).is_some();
        let home = std::mem::replace(&mut self.here, other);
        if exists {
            self.here.markets = vec![MarketSpec::sol()];
        } else {
            self.found(params::FUND, vec![MarketSpec::sol()]);
        }
        let result = act(self);
        self.here = home;
        result
    }

    // Transactions

    /// Runs a call that must succeed.
    #[track_caller]
    pub fn run(&mut self, call: Call) -> Meta {
        self.attempt(call).unwrap_or_else(|error| panic!("refused: {error:?}"))
    }

    /// Runs a call.
    pub fn attempt(&mut self, call: Call) -> Result<Meta, TxError> {
        let signers: Vec<&Keypair> = call.signers.iter().collect();
        self.send(&call.instructions, &signers)
    }

    /// Whether a call would be accepted; nothing changes.
    pub fn allows(&self, call: &Call) -> bool {
        let message = Message::new_with_blockhash(
            &call.instructions,
            Some(&self.payer.pubkey()),
            &self.svm.latest_blockhash(),
        );
        self.svm.simulate_transaction(Transaction::new_unsigned(message)).is_ok()
    }

    /// Runs a call that must be refused with exactly this error, by its last instruction if there are several, and
    /// leave every account it names as it was.
    #[track_caller]
    pub fn refuse(&mut self, call: Call, expected: impl Refusal) {
        let signers: Vec<&Keypair> = call.signers.iter().collect();
        self.assert_fails(&call.instructions, &signers, expected);
    }

    /// See [`Self::refuse`].
    #[track_caller]
    pub fn assert_fails(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
        expected: impl Refusal,
    ) {
        let before = self.snapshot(instructions);
        match self.send(instructions, signers) {
            Ok(_) => panic!("accepted, instead of {expected:?}"),
            Err(error) => {
                let last = (instructions.len() - 1) as u8;
                let wanted = TransactionError::InstructionError(last, expected.error());
                assert!(error.error == wanted, "refused, but not by {expected:?}: {error:?}");
            }
        }
        for ((address, was), (_, is)) in before.iter().zip(self.snapshot(instructions)) {
            assert!(*was == is, "{address} has changed although the call was refused");
        }
    }

    /// Sends a transaction; after a success every fund's invariants hold.
    pub fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Meta, TxError> {
        let payer = self.payer.pubkey();
        let message = Message::new_with_blockhash(instructions, Some(&payer), &self.svm.latest_blockhash());
        let required = &message.account_keys[..usize::from(message.header.num_required_signatures)];
        let known: Vec<Address> = signers.iter().copied().chain([&self.payer]).map(Signer::pubkey).collect();
        for key in required {
            assert!(known.contains(key), "nobody signs for {key}");
        }
        // The chain verifies no signatures here, and making them is slow: who signs is what matters.
        let transaction = Transaction::new_unsigned(message);
        let meta = Meta::from(self.svm.send_transaction(transaction).map_err(TxError::from)?);
        invariants::remember(&mut self.history, &meta);
        self.books.remember(&meta);
        invariants::check(self);
        Ok(meta)
    }

    /// All accounts these instructions name, but for what the payer pays.
    fn snapshot(&self, instructions: &[Instruction]) -> Vec<(Address, Option<Account>)> {
        let metas = instructions.iter().flat_map(|instruction| &instruction.accounts);
        let mut all: Vec<_> = metas.map(|meta| (meta.pubkey, self.account(&meta.pubkey))).collect();
        for (_, account) in all.iter_mut().filter(|(address, _)| *address == self.payer.pubkey()) {
            *account = None;
        }
        all
    }

    // The chain's state

    /// An account, unless it does not exist.
    pub fn account(&self, address: &Address) -> Option<Account> {
        self.svm.get_account(address).filter(|account| account.lamports > 0)
    }

    /// Writes an account.
    pub fn put(&mut self, address: Address, account: Account) {
        self.svm.set_account(address, account).expect("an account can be written");
    }

    /// Changes an account's bytes behind the program's back.
    pub fn patch(&mut self, address: Address, change: impl FnOnce(&mut Account)) {
        let mut account = self.account(&address).unwrap_or_else(|| panic!("no account {address}"));
        change(&mut account);
        self.put(address, account);
    }

    /// Changes the state in an account of the program behind its back.
    pub fn patch_state<T: bytemuck::Pod>(&mut self, address: Address, change: impl FnOnce(&mut T)) {
        self.patch(address, |account| {
            let mut state: T = bytemuck::pod_read_unaligned(&account.data[8..]);
            change(&mut state);
            account.data[8..].copy_from_slice(bytemuck::bytes_of(&state));
        });
    }

    /// Gives lamports to an address.
    pub fn give_lamports(&mut self, address: Address, lamports: u64) {
        let mut account = self.account(&address).unwrap_or_default();
        account.lamports += lamports;
        self.put(address, account);
    }

    /// Gives settlement tokens to the wallet of a name, which is made if there is none.
    pub fn give(&mut self, name: &str, amount: u64) {
        let (owner, wallet) = (self.owner_of(name).pubkey(), self.wallet_of(name));
        let mut account =
            self.account(&wallet).unwrap_or_else(|| token::wallet(self.token_program, &self.mint, &owner, 0));
        let held = token::amount(&account);
        token::set_amount(&mut account, held + amount);
        self.put(wallet, account);
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl Place {
    fn new(mint: Address, token_program: Address, id: u16) -> Self {
        let creator = keypair("creator");
        Self {
            keys: FundKeys::new(&creator.pubkey(), mint, token_program, id),
            id,
            creator,
            authority: keypair(&format!("authority {id}")),
            guardian: keypair(&format!("guardian {id}")),
            markets: Vec::new(),
        }
    }
}

/// LiteSVM with the program and one that calls it; built once per test binary, for loading programs is what takes time.
fn chain() -> LiteSVM {
    static CHAIN: OnceLock<Mutex<LiteSVM>> = OnceLock::new();
    let chain = CHAIN.get_or_init(|| {
        let mut svm = chain_with("bulkhead");
        if !trace::is_enabled() {
            Caller::default().load(&mut svm); // a traced chain takes no program without section names
        }
        Mutex::new(svm)
    });
    chain.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
}

/// LiteSVM with the built program of this name at Bulkhead's address.
pub fn chain_with(name: &str) -> LiteSVM {
    // No history, so that equal transactions may repeat; `send` asks who signs, and no signature is made or verified.
    let mut svm = trace::chain().with_transaction_history(0).with_sigverify(false).with_log_bytes_limit(None);
    let path = built(name);
    svm.add_program_from_file(program_id(), &path)
        .unwrap_or_else(|error| panic!("{}: {error}: run cargo xtask build", path.display()));
    svm
}

/// The program.
pub fn artifact() -> PathBuf {
    built("bulkhead")
}

/// A program as `cargo xtask build` leaves it; `BULKHEAD_SBF_DIR`, or `SBF_OUT_DIR` as for `solana-program-test`, points
/// elsewhere.
pub fn built(name: &str) -> PathBuf {
    let set = ["BULKHEAD_SBF_DIR", "SBF_OUT_DIR"].into_iter().find_map(std::env::var_os);
    let folder =
        set.map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/sbf"), PathBuf::from);
    folder.join(name).with_extension("so")
}
