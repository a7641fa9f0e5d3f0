//! Both built programs in LiteSVM: a fund, a cover for claims, its panel, and the people whom a
//! loss concerns.
//!
//! ```text
//! let mut world = World::new(); // a cover of 1,000 is open, with 50 of first loss
//! world.claims_open(); // a loss of 400 was alerted, approved, drawn and settled
//! world.run(world.claim(2), &["victim 2"]);
//! world.refuse(world.claim(2), &["victim 2"], CoverError::AlreadyClaimed);
//! ```
//!
//! After each transaction that succeeds, the vault holds what claims and bonds are owed, and no
//! loss has paid more than is reserved for it.

pub mod policies;

use {
    bulkhead::{
        constants::{
            MAX_COVER_BUDGET_BPS, MAX_COVER_OUTFLOW_CAP_BPS, MAX_CROWDING_LIMIT_BPS,
            MIN_COVER_EXIT_DELAY_SLOTS,
        },
        error::BulkheadError,
        state::{
            Cover, CoverKind, CoverPurse, CoverTerms, Fund, FundParams, Mandate, MarketParams,
            ParameterChange,
        },
    },
    bulkhead_client::{
        address,
        claims::{
            self, constants::MAX_KEYS, cover_program_id, Claim, CoverError, Leaf, PanelKeys, Report, Root,
            Tree,
        },
        instruction::{self, Founders, FundKeys},
        program_id,
    },
    bulkhead_cover::state::{Loss, LossState, Page, Panel, PanelTerms},
    litesvm::LiteSVM,
    solana_account::Account,
    solana_address::Address,
    solana_instruction::{error::InstructionError, Instruction},
    solana_keypair::Keypair,
    solana_message::Message,
    solana_signer::Signer,
    solana_transaction::Transaction,
    solana_transaction_error::TransactionError,
    std::{
        fmt::Debug,
        path::PathBuf,
        sync::{Mutex, OnceLock, PoisonError},
    },
};

/// SPL Token.
pub const TOKEN: Address = Address::from_str_const("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
/// One day.
pub const DAY: i64 = 24 * 60 * 60;

const START_SLOT: u64 = 1_000_000;
const START_TS: i64 = 1_790_000_000;
const RENT: u64 = 10_000_000;

/// Whole units of the settlement mint (6 decimals).
pub const fn usdc(units: u64) -> u64 {
    units * 1_000_000
}

/// What the five victims of the standard loss have lost: 400 in all.
pub const LOSSES: [u64; 5] = [usdc(40), usdc(60), usdc(100), usdc(120), usdc(80)];

/// The fund of claims: a quarter of it may be pledged, exits wait a minute, and a tenth leaves in a day.
pub const FUND: FundParams = FundParams {
    min_contribution: usdc(10),
    treasury_floor: 0,
    notice_secs: DAY as u32,
    claim_window_secs: DAY as u32,
    exit_delay_slots: MIN_COVER_EXIT_DELAY_SLOTS,
    max_mark_age_slots: 25,
    default_confirm_slots: 0,
    auction_slots: 1_000,
    cover_limit_bps: 5_000,
    clearing_fee_bps: 2,
    reward_share_bps: 5_000,
    liquidation_bonus_bps: 100,
    liquidation_fee_bps: 50,
    liquidation_buffer_bps: 1_000,
    auction_max_discount_bps: 500,
    treasury_floor_bps: 0,
    assessment_cap_bps: 0,
    assessment_secs: 60 * 60,
    cooling_off_secs: 30 * DAY as u32,
    call_secs: DAY as u32,
    wind_down_secs: DAY as u32,
    bounty_bps: 0,
    bounty_cap: 0,
    outflow_cap_bps: MAX_COVER_OUTFLOW_CAP_BPS,
    crowding_limit_bps: MAX_CROWDING_LIMIT_BPS,
    slot_ms: 400,
    age_full_secs: 45,
    act_age_secs: 10,
    watch_secs: 1_800,
    watch_day_secs: 7_200,
    grace_day_secs: 7_200,
    vest_secs: 300,
    register_secs: 60 * 60,
    cover_budget_bps: MAX_COVER_BUDGET_BPS,
    cover_min_notice_secs: 0,
};

/// The key pair of a name.
pub fn keypair(name: &str) -> Keypair {
    let mut seed = [0; 32];
    for (at, byte) in name.bytes().enumerate() {
        seed[at % 32] ^= byte.rotate_left(at as u32 / 32);
    }
    Keypair::new_from_array(seed)
}

/// The address of a name.
pub fn key(name: &str) -> Address {
    keypair(name).pubkey()
}

/// An error that a test expects: of this program, of the fund's, or of the framework or the
/// runtime.
pub trait Refusal: Debug {
    /// As the runtime reports it.
    fn error(&self) -> InstructionError;
}

impl Refusal for CoverError {
    fn error(&self) -> InstructionError {
        InstructionError::Custom(6_000 + *self as u32)
    }
}

impl Refusal for BulkheadError {
    fn error(&self) -> InstructionError {
        InstructionError::Custom(6_000 + *self as u32)
    }
}

impl Refusal for InstructionError {
    fn error(&self) -> InstructionError {
        self.clone()
    }
}

impl Refusal for u32 {
    fn error(&self) -> InstructionError {
        InstructionError::Custom(*self)
    }
}

/// Everything a test acts on.
pub struct World {
    /// The chain.
    pub svm: LiteSVM,
    /// Pays every transaction, and rents.
    pub payer: Keypair,
    /// The fund.
    pub fund: FundKeys,
    /// The panel of its cover.
    pub panel: PanelKeys,
    /// What the victims of the present loss claim.
    pub claims: Vec<Claim>,
    /// Number of the present loss.
    pub number: u64,
}

impl World {
    /// A fund of 11,000 with a cover of 1,000 for "issuer" that opened a day ago, 100 of premium and
    /// 50 of first loss paid in. Keys "key 0" to "key 4" are its panel, and three of them decide.
    pub fn new() -> Self {
        let mut world = Self::without_cover();
        world.create_panel(PANEL);
        world.open_cover(world.terms());
        let opens = world.cover().opens_ts;
        world.warp(opens + DAY - world.now());
        world
    }

    /// The fund alone, with the keys that a panel and a cover will have.
    pub fn without_cover() -> Self {
        Self::founded(FUND, &[])
    }

    /// The fund alone, under these parameters, with markets that the authority creates before anybody
    /// joins.
    pub fn founded(params: FundParams, markets: &[MarketParams]) -> Self {
        let (payer, mint) = (keypair("payer"), key("mint"));
        let fund = FundKeys::new(&key("creator"), mint, TOKEN, 0);
        let panel = claims::panel(&key("creator"), 0);
        let cover = address::cover(&fund.fund, 0);
        let panel = PanelKeys { panel, fund: fund.fund, cover, mint, token_program: TOKEN };
        let mut world = Self { svm: chain(), payer, fund, panel, claims: Vec::new(), number: 0 };
        world.put(world.payer.pubkey(), Account { lamports: u64::MAX / 2, ..Account::default() });
        world.put(mint, mint_account());
        world.set_clock(START_SLOT, START_TS);
        world.found(params, markets);
        world
    }

    fn found(&mut self, params: FundParams, markets: &[MarketParams]) {
        let founders =
            Founders { creator: key("creator"), authority: key("authority"), guardian: key("guardian") };
        let create = instruction::create_fund(&self.fund, 0, founders, self.payer.pubkey(), params);
        self.run(create, &["creator", "authority"]);
        for (index, market) in markets.iter().enumerate() {
            let (payer, mandate) = (self.payer.pubkey(), self.mandate());
            let (authority, index) = (key("authority"), index as u16);
            let create = instruction::create_market(&self.fund, index, authority, payer, *market, mandate);
            self.run(create, &["authority"]);
        }
        for (name, amount) in [("alice", usdc(6_000)), ("bob", usdc(4_000))] {
            let wallet = self.give(name, amount);
            let open =
                instruction::open_member(&self.fund, key(name), self.payer.pubkey(), 0, markets.len() as u16);
            self.run(open, &[name]);
            self.run(instruction::contribute(&self.fund, key(name), wallet, amount), &[name]);
        }
        let wallet = self.give("treasurer", usdc(1_000));
        let fund = instruction::fund_treasury(&self.fund, key("treasurer"), wallet, usdc(1_000));
        self.run(fund, &["treasurer"]);
    }

    /// Creates the panel.
    pub fn create_panel(&mut self, terms: PanelTerms) {
        let create =
            claims::create_panel(&self.panel, 0, key("creator"), self.payer.pubkey(), with_keys(terms));
        self.run(create, &["creator"]);
    }

    /// The terms of the cover: the panel draws, into its vault.
    pub fn terms(&self) -> CoverTerms {
        CoverTerms {
            drawer: self.panel.panel,
            destination: self.panel.vault(),
            beneficiary: key("issuer"),
            terms_hash: [7; 32],
            limit: usdc(1_000),
            first_loss_min: usdc(10),
            per_draw: usdc(1_000),
            period_limit: usdc(1_000),
            covered_debt: 0,
            opens_ts: self.now(),
            ends_ts: self.now() + 180 * DAY,
            premium_bps_per_year: 500,
            coinsurance_bps: 1_000,
            market: 0,
            threshold_bps: 0,
            kind: CoverKind::Claims as u8,
        }
    }

    /// Registers a cover by a change that waits, with premium and first loss paid in.
    pub fn open_cover(&mut self, terms: CoverTerms) {
        let index = self.register_cover(terms);
        self.pay_in(index, usdc(100), CoverPurse::Prepaid);
        self.pay_in(index, usdc(50), CoverPurse::FirstLoss);
    }

    /// Registers a cover by a change that waits, and returns its index.
    pub fn register_cover(&mut self, terms: CoverTerms) -> u16 {
        let number = self.queue(ParameterChange::NewCover(terms));
        self.warp(4 * DAY);
        self.open_queued(number)
    }

    /// The authority queues a change. Returns its number.
    pub fn queue(&mut self, change: ParameterChange) -> u64 {
        let number = self.fund_state().governance_nonce;
        self.run(self.queue_change(change), &["authority"]);
        number
    }

    /// The authority queues a change.
    pub fn queue_change(&self, change: ParameterChange) -> Instruction {
        let payer = self.payer.pubkey();
        instruction::queue_change(&self.fund, key("authority"), payer, change, self.mandate())
    }

    /// The authority opens the cover that a change registers. Returns its index.
    pub fn open_queued(&mut self, number: u64) -> u16 {
        let (payer, index) = (self.payer.pubkey(), self.fund_state().cover_seq);
        let mandate = self.mandate();
        let open =
            instruction::open_cover(&self.fund, index, number, key("authority"), payer, payer, mandate);
        self.run(open, &["authority"]);
        index
    }

    /// "issuer" pays into a purse of a cover.
    pub fn pay_in(&mut self, index: u16, amount: u64, purse: CoverPurse) {
        let wallet = self.give("issuer", amount);
        let fund = instruction::fund_cover(&self.fund, index, key("issuer"), wallet, amount, purse);
        self.run(fund, &["issuer"]);
    }

    /// A live mandate of the authority.
    pub fn mandate(&self) -> Mandate {
        Mandate { nonce: self.fund_state().governance_nonce, last_valid_slot: self.slot() + 100 }
    }

    // Steps of a loss

    /// The address of the present loss.
    pub fn loss_address(&self) -> Address {
        self.panel.loss(self.number)
    }

    /// "issuer" reports an incident that happened an hour ago.
    pub fn alert(&mut self) -> Instruction {
        let token_account = self.give("issuer", usdc(20));
        self.alert_of(key("issuer"), token_account, self.now() - 3_600)
    }

    /// Somebody reports an incident.
    pub fn alert_of(&self, reporter: Address, token_account: Address, incident_ts: i64) -> Instruction {
        let report = Report {
            reporter,
            token_account,
            payer: self.payer.pubkey(),
            incident_ts,
            peril: 1,
            max_bond: usdc(20),
        };
        claims::alert_loss(&self.panel, self.panel_state().next_loss, &report)
    }

    /// The standard claims: "victim 0" to "victim 4" have lost [`LOSSES`].
    pub fn standard_claims() -> Vec<Claim> {
        let claim = |(at, amount): (usize, &u64)| Claim {
            claimant: key(&format!("victim {at}")).to_bytes(),
            amount: *amount,
        };
        LOSSES.iter().enumerate().map(claim).collect()
    }

    /// The tree of the present claims.
    pub fn tree(&self) -> Tree {
        Tree::build(self.loss_address().as_array(), &self.claims).expect("claims make a tree")
    }

    /// "issuer" posts the root of the present claims.
    pub fn post(&self) -> Instruction {
        self.post_root(&self.tree().root())
    }

    /// "issuer" posts a root.
    pub fn post_root(&self, root: &Root) -> Instruction {
        claims::post_root(&self.panel, self.loss_address(), key("issuer"), root)
    }

    /// A key of the panel votes on the root that is posted.
    pub fn vote(&self, voter: &str, approves: bool) -> Instruction {
        let root = self.loss().tree();
        claims::vote_root(&self.panel, self.loss_address(), key(voter), &root, approves)
    }

    /// The guardian sends the root back.
    pub fn veto(&self) -> Instruction {
        claims::veto_root(&self.panel, self.loss_address(), key("guardian"))
    }

    /// Anybody asks for the decision.
    pub fn decide(&self) -> Instruction {
        claims::decide_loss(&self.panel, self.loss_address())
    }

    /// Anybody settles what the fund owes for the cover.
    pub fn settle(&self) -> Instruction {
        instruction::settle_cover(&self.fund, 0, &[])
    }

    /// Anybody opens the claims.
    pub fn open_claims(&self) -> Instruction {
        claims::open_claims(&self.panel, self.loss_address())
    }

    /// Anybody opens a page.
    pub fn open_page(&self, number: u16) -> Instruction {
        claims::open_page(self.loss_address(), number, self.payer.pubkey())
    }

    /// A claim and its proof, by its index.
    pub fn leaf(&self, index: u32) -> Leaf {
        Leaf::of(&self.tree(), &self.claims, index).expect("there is such a claim")
    }

    /// The victim of a claim claims it, into its associated token account.
    pub fn claim(&self, index: u32) -> Instruction {
        self.claim_leaf(&self.leaf(index))
    }

    /// Somebody claims a leaf.
    pub fn claim_leaf(&self, leaf: &Leaf) -> Instruction {
        claims::claim_cover(&self.panel, self.loss_address(), self.panel.associated(&leaf.claimant), leaf)
    }

    /// Anybody pushes a claim to its victim.
    pub fn push(&self, index: u32) -> Instruction {
        claims::push_claim(&self.panel, self.loss_address(), &self.leaf(index))
    }

    /// Anybody settles the bond, to this token account if it goes back.
    pub fn settle_bond(&self, to: Address) -> Instruction {
        claims::settle_bond(&self.panel, self.loss_address(), to)
    }

    /// Anybody ends the claims.
    pub fn expire(&self) -> Instruction {
        claims::expire_loss(&self.panel, self.loss_address())
    }

    // Worlds in which a loss has come so far

    /// A loss is alerted.
    pub fn alerted(&mut self) {
        self.number = self.panel_state().next_loss;
        let alert = self.alert();
        self.run(alert, &["issuer"]);
        self.claims = Self::standard_claims();
    }

    /// The root of the standard claims is posted.
    pub fn posted(&mut self) {
        self.alerted();
        self.run(self.post(), &["issuer"]);
    }

    /// Three keys approve it.
    pub fn approved(&mut self) {
        self.posted();
        for voter in ["key 0", "key 1", "key 2"] {
            self.run(self.vote(voter, true), &[voter]);
        }
    }

    /// The cover is drawn on, a day later.
    pub fn decided(&mut self) {
        self.approved();
        self.warp(DAY);
        self.run(self.decide(), &[]);
    }

    /// The fund pays what it owes, claims are open, and page 0 is there.
    pub fn claims_open(&mut self) {
        self.decided();
        self.settled_and_open();
    }

    /// The fund pays what it owes for a decided loss, which is nothing if the first loss covers it.
    /// Claims are opened, and page 0 is.
    pub fn settled_and_open(&mut self) {
        self.warp(60 * 60);
        if self.cover().owed > 0 {
            self.run(self.settle(), &[]);
        }
        self.run(self.open_claims(), &[]);
        self.run(self.open_page(0), &[]);
        for at in 0..self.claims.len().min(8) {
            self.give_wallet(&Address::from(self.claims[at].claimant));
        }
    }

    // Transactions

    /// Runs an instruction that must succeed, and returns its compute units.
    #[track_caller]
    pub fn run(&mut self, instruction: Instruction, signers: &[&str]) -> u64 {
        self.send(&[instruction], signers)
            .unwrap_or_else(|(error, logs)| panic!("refused: {error:?}\n{logs}"))
    }

    /// Runs an instruction that must be refused with exactly this error, and leave every account
    /// that it names as it was.
    #[track_caller]
    pub fn refuse(&mut self, instruction: Instruction, signers: &[&str], expected: impl Refusal) {
        let before = self.snapshot(&instruction);
        match self.send(std::slice::from_ref(&instruction), signers) {
            Ok(_) => panic!("accepted, instead of {expected:?}"),
            Err((error, logs)) => {
                let wanted = TransactionError::InstructionError(0, expected.error());
                assert!(error == wanted, "refused, but not by {expected:?}: {error:?}\n{logs}");
            }
        }
        for ((address, was), (_, is)) in before.iter().zip(self.snapshot(&instruction)) {
            assert!(*was == is, "{address} has changed although the call was refused");
        }
    }

    fn send(
        &mut self,
        instructions: &[Instruction],
        signers: &[&str],
    ) -> Result<u64, (TransactionError, String)> {
        let payer = self.payer.pubkey();
        let message = Message::new_with_blockhash(instructions, Some(&payer), &self.svm.latest_blockhash());
        let required = &message.account_keys[..usize::from(message.header.num_required_signatures)];
        let known: Vec<Address> = signers.iter().map(|name| key(name)).chain([payer]).collect();
        for key in required {
            assert!(known.contains(key), "nobody signs for {key}");
        }
        // The chain verifies no signatures here: who signs is what matters.
        let transaction = Transaction::new_unsigned(message);
        match self.svm.send_transaction(transaction) {
            Ok(meta) => {
                self.check();
                Ok(meta.compute_units_consumed)
            }
            Err(failed) => Err((failed.err, failed.meta.logs.join("\n"))),
        }
    }

    fn snapshot(&self, instruction: &Instruction) -> Vec<(Address, Option<Account>)> {
        let metas = instruction.accounts.iter().filter(|meta| meta.pubkey != self.payer.pubkey());
        metas.map(|meta| (meta.pubkey, self.account(&meta.pubkey))).collect()
    }

    /// C5 and C6 of every loss of the panel.
    pub fn check(&self) {
        let Some(panel) = self.account(&self.panel.panel) else { return };
        let panel: Panel = bytemuck::pod_read_unaligned(&panel.data[8..]);
        let mut held = 0;
        for number in 0..panel.next_loss {
            let address = self.panel.loss(number);
            let Some(account) = self.account(&address) else { continue };
            let loss: Loss = bytemuck::pod_read_unaligned(&account.data[8..]);
            assert!(loss.paid <= loss.reserved, "C5: more is paid than reserved");
            assert!(loss.reserved <= loss.total, "C5: more is reserved than was lost");
            if loss.state == LossState::Open {
                held += loss.reserved - loss.paid;
            }
            held += loss.bond;
            let pages = (0..8).filter_map(|page| self.account(&claims::page(&address, page)));
            let pages: Vec<Page> =
                pages.map(|account| bytemuck::pod_read_unaligned(&account.data[8..])).collect();
            assert_eq!(pages.len(), loss.pages as usize, "pages are counted");
            let marked: u32 = pages.iter().flat_map(|page| page.bits).map(u8::count_ones).sum();
            assert!(pages.is_empty() || marked == loss.claimed, "C5: a bit for each claim");
        }
        assert!(self.tokens(&self.panel.vault()) >= held, "C6: the vault holds what is owed");
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

    /// The account at an address, as one program or the other writes it.
    pub fn state<T: bytemuck::Pod>(&self, address: &Address) -> T {
        let account = self.account(address).unwrap_or_else(|| panic!("no account {address}"));
        bytemuck::pod_read_unaligned(&account.data[8..])
    }

    /// The fund.
    pub fn fund_state(&self) -> Fund {
        self.state(&self.fund.fund)
    }

    /// The cover.
    pub fn cover(&self) -> Cover {
        self.state(&self.panel.cover)
    }

    /// The panel.
    pub fn panel_state(&self) -> Panel {
        self.state(&self.panel.panel)
    }

    /// The present loss.
    pub fn loss(&self) -> Loss {
        self.state(&self.loss_address())
    }

    /// What a token account holds; zero if there is none.
    pub fn tokens(&self, address: &Address) -> u64 {
        let amount = |account: Account| u64::from_le_bytes(account.data[64..72].try_into().expect("a word"));
        self.account(address).map_or(0, amount)
    }

    /// What a name has in its associated token account.
    pub fn has(&self, name: &str) -> u64 {
        self.tokens(&self.panel.associated(&key(name)))
    }

    /// Gives tokens to the associated token account of a name, which is made if there is none.
    pub fn give(&mut self, name: &str, amount: u64) -> Address {
        let address = self.give_wallet(&key(name));
        let held = self.tokens(&address);
        self.patch(address, |account| account.data[64..72].copy_from_slice(&(held + amount).to_le_bytes()));
        address
    }

    /// Makes the associated token account of a wallet, if there is none.
    pub fn give_wallet(&mut self, owner: &Address) -> Address {
        let address = self.panel.associated(owner);
        if self.account(&address).is_none() {
            self.put(address, token_account(&self.panel.mint, owner));
        }
        address
    }

    /// The second.
    pub fn now(&self) -> i64 {
        self.svm.get_sysvar::<solana_clock::Clock>().unix_timestamp
    }

    /// The slot.
    pub fn slot(&self) -> u64 {
        self.svm.get_sysvar::<solana_clock::Clock>().slot
    }

    fn set_clock(&mut self, slot: u64, now: i64) {
        let mut clock = self.svm.get_sysvar::<solana_clock::Clock>();
        (clock.slot, clock.unix_timestamp) = (slot, now);
        self.svm.set_sysvar(&clock);
    }

    /// Lets seconds pass, with their slots.
    pub fn warp(&mut self, secs: i64) {
        self.set_clock(self.slot() + secs as u64 * 5 / 2, self.now() + secs);
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// Five keys, of which three decide; perils 0 and 1; a bond of five at least.
pub const PANEL: PanelTerms = PanelTerms {
    keys: [Address::new_from_array([0; 32]); MAX_KEYS],
    min_bond: usdc(5),
    cover_index: 0,
    key_count: 5,
    quorum: 3,
    perils: 2,
};

/// Terms of a panel whose keys are "key 0", "key 1" and so on.
pub fn with_keys(mut terms: PanelTerms) -> PanelTerms {
    for place in 0..usize::from(terms.key_count) {
        terms.keys[place] = key(&format!("key {place}"));
    }
    terms
}

fn mint_account() -> Account {
    let mut data = vec![0; 82];
    data[36..44].copy_from_slice(&(u64::MAX / 2).to_le_bytes()); // supply
    (data[44], data[45]) = (6, 1); // decimals, initialised
    Account { lamports: RENT, data, owner: TOKEN, executable: false, rent_epoch: u64::MAX }
}

/// An empty token account.
pub fn token_account(mint: &Address, owner: &Address) -> Account {
    let mut data = vec![0; 165];
    data[..32].copy_from_slice(mint.as_ref());
    data[32..64].copy_from_slice(owner.as_ref());
    data[108] = 1; // initialised
    Account { lamports: RENT, data, owner: TOKEN, executable: false, rent_epoch: u64::MAX }
}

/// LiteSVM with both programs; loaded once per test binary, for that is what takes time.
fn chain() -> LiteSVM {
    static CHAIN: OnceLock<Mutex<LiteSVM>> = OnceLock::new();
    let chain = CHAIN.get_or_init(|| {
        let mut svm =
            LiteSVM::new().with_transaction_history(0).with_sigverify(false).with_log_bytes_limit(None);
        for (address, name) in [(program_id(), "bulkhead"), (cover_program_id(), "bulkhead_cover")] {
            let path = built(name);
            svm.add_program_from_file(address, &path)
                .unwrap_or_else(|error| panic!("{}: {error}: run cargo xtask build", path.display()));
        }
        Mutex::new(svm)
    });
    chain.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// A program as `cargo xtask build` leaves it; `BULKHEAD_SBF_DIR`, or `SBF_OUT_DIR`, points
/// elsewhere.
pub fn built(name: &str) -> PathBuf {
    let set = ["BULKHEAD_SBF_DIR", "SBF_OUT_DIR"].into_iter().find_map(std::env::var_os);
    let folder =
        set.map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/sbf"), PathBuf::from);
    folder.join(name).with_extension("so")
}
