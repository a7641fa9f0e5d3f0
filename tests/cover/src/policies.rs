//! A fund with a market, a parametric cover, and the book of policies that draws on it.
//!
//! ```text
//! let mut world = Provider::new(); // the price is 200, and a cover of 1,000 is open
//! let number = world.buy("lp", usdc(5_000), 10);
//! world.pass(2 * 24); // hours, in each of which the market is cranked and noted
//! world.run(world.start(number), &[]);
//! ```
//!
//! After each transaction that succeeds, policies pledge what their days say, and no more than the
//! cover can pay (C11), and the vault holds what is reserved.

use {
    super::{key, usdc, Refusal, World, DAY, FUND},
    bulkhead::state::{
        AdjustmentTerms, CoverKind, CoverTerms, FundParams, Market, MarketParams, MarketRates, MarketTerms,
        OracleConfig, OracleKind, ParameterChange,
    },
    bulkhead_client::{
        address, instruction,
        policies::{self, BookKeys, Buyer, Held},
    },
    bulkhead_cover::state::{day_of, start_of, BookTerms, Expiry, ExpiryState, Policy, PolicyBook},
    solana_account::Account,
    solana_address::Address,
    solana_instruction::Instruction,
    solana_signer::Signer,
    std::ops::{Deref, DerefMut},
};

/// One hour.
pub const HOUR: i64 = 60 * 60;
/// A price of 200, with 8 decimals.
pub const PRICE: u64 = 200 * 100_000_000;
/// The cover's limit.
pub const LIMIT: u64 = usdc(1_000);

/// Notice is 14 days, and covers are promised so much.
const PARAMS: FundParams =
    FundParams { notice_secs: 14 * DAY as u32, cover_min_notice_secs: 14 * DAY as u32, ..FUND };

/// The receiver programs whose price accounts are believed; Pyth runs both.
const RECEIVERS: [Address; 2] = [
    Address::from_str_const("rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ"),
    Address::from_str_const("rec2HHDDnjLfj4kE7VyEtFA1HPGQLK33259532cRyHp"),
];
const FEED: [u8; 32] = [9; 32];

/// The standard terms: a deductible of 1%, a cap and a coinsurance of 10%, a loading of 1.2, prints of an
/// hour, terms of 8 to 12 days.
pub const TERMS: BookTerms = BookTerms {
    min_insured: usdc(10),
    theta_bps: 12_000,
    max_age_secs: HOUR as u32,
    cover_index: 0,
    market_index: 0,
    deductible_bps: 100,
    cap_bps: 1_000,
    coinsurance_bps: 1_000,
    least_volatility_bps: 4_000,
    min_term_days: 8,
    max_term_days: 12,
};

fn market() -> MarketParams {
    MarketParams {
        oracle: OracleConfig {
            feed_id: FEED,
            account: [0; 32],
            owners: RECEIVERS.map(|receiver| receiver.to_bytes()),
            max_age_secs: 60,
            max_ahead_secs: 10,
            max_confidence_bps: 200,
            kind: OracleKind::PythPull as u8,
            feed_decimals: 8,
            _pad: [0; 4],
        },
        terms: MarketTerms {
            rates: MarketRates {
                initial_bps: 1_000,
                maintenance_bps: 500,
                contribution_bps: 200,
                stress_bps: 3_000,
            },
            adjustment: AdjustmentTerms {
                concentration_lots: 0,
                volatility_half_life_secs: DAY as u32,
                breaker_window_secs: 300,
                breaker_cooloff_secs: 600,
                target_volatility_bps: 8_000,
                multiplier_min_bps: 8_000,
                multiplier_max_bps: 30_000,
                maintenance_ramp_bps_per_hour: 100,
                breaker_bps: 0,
                premium_bps_per_year: 0,
                concentration_bps: 0,
                _pad: [0; 6],
            },
            max_open_interest: 1_000_000_000_000,
            price_band_bps: 200,
            confidence_multiple: 2,
            dead_feed_secs: 14 * DAY as u32,
            expires_ts: 0,
            _pad: [0; 1],
        },
        price_decimals: 8,
        lot_decimals: 2,
    }
}

/// A world with a book of policies.
pub struct Provider {
    /// Fund, cover and chain.
    pub world: World,
    /// The book.
    pub keys: BookKeys,
    /// The price that is published each hour.
    pub price: u64,
    /// The days that policies of this world expire on.
    pub days: Vec<u32>,
}

impl Deref for Provider {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for Provider {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}

impl Provider {
    /// The book can sell: its cover is open, and it is noon of a UTC day.
    pub fn new() -> Self {
        let mut world = Self::without_cover();
        let terms = world.cover_terms();
        world.register(terms);
        world
    }

    /// The fund with its market and the book, whose cover is not registered.
    pub fn without_cover() -> Self {
        let world = World::founded(PARAMS, &[market()]);
        let (fund, book) = (world.fund, policies::book(&key("creator"), 0));
        let keys = BookKeys {
            book,
            fund: fund.fund,
            cover: address::cover(&fund.fund, 0),
            market: address::market(&fund.fund, 0),
            mint: world.panel.mint,
            token_program: world.panel.token_program,
        };
        let mut world = Self { world, keys, price: PRICE, days: Vec::new() };
        world.crank();
        world.run(world.create_book(TERMS), &["creator"]);
        world
    }

    /// The creator creates the book.
    pub fn create_book(&self, terms: BookTerms) -> Instruction {
        policies::create_book(&self.keys, 0, key("creator"), self.payer.pubkey(), terms)
    }

    /// The terms of the cover: the book draws, into its vault, without a coinsurance or a premium of the
    /// cover's own.
    pub fn cover_terms(&self) -> CoverTerms {
        CoverTerms {
            drawer: self.keys.book,
            destination: self.keys.vault(),
            limit: LIMIT,
            first_loss_min: 0,
            per_draw: LIMIT,
            period_limit: LIMIT,
            premium_bps_per_year: 0,
            coinsurance_bps: 0,
            kind: CoverKind::Parametric as u8,
            ..self.terms()
        }
    }

    /// Registers the cover, and waits until it is open and it is noon.
    pub fn register(&mut self, terms: CoverTerms) {
        let number = self.queue(ParameterChange::NewCover(terms));
        for _ in 0..17 {
            self.warp(DAY);
            self.crank();
        }
        self.open_queued(number);
        let opens = self.cover().opens_ts - self.now();
        self.warp(opens);
        let noon = start_of(day_of(self.now()) + 1) + DAY / 2 - self.now();
        self.warp(noon);
        self.crank();
        self.note();
    }

    // Prices

    /// Publishes the price now, and cranks the market.
    pub fn crank(&mut self) {
        let feed = key("feed");
        let account = print(&feed, self.price, self.now(), self.slot());
        self.put(feed, account);
        self.run(instruction::crank_market(&self.world.fund, 0, feed), &[]);
    }

    /// Notes the mark of the market.
    pub fn note(&mut self) -> u64 {
        self.run(policies::note_price(&self.keys), &[])
    }

    /// Lets hours pass, and cranks and notes the market in each.
    pub fn pass(&mut self, hours: u32) {
        for _ in 0..hours {
            self.warp(HOUR);
            self.crank();
            self.note();
        }
    }

    /// Lets hours pass until a UTC day has begun.
    pub fn pass_until(&mut self, day: u32) {
        while self.now() < start_of(day) {
            self.pass(1);
        }
    }

    /// The UTC day.
    pub fn today(&self) -> u32 {
        day_of(self.now())
    }

    // Policies

    /// Opens the day on which policies expire that are bought now.
    pub fn open_expiry(&mut self, term_days: u8) -> u32 {
        let day = policies::expiry_day(self.now(), term_days);
        let address = self.keys.expiry(day);
        if self.account(&address).is_none() {
            let open = policies::open_expiry(&self.keys, day, self.payer.pubkey());
            self.run(open, &[]);
            self.days.push(day);
        }
        day
    }

    /// A wallet with enough for its premium buys a policy of this value.
    pub fn purchase(&mut self, owner: &str, insured: u64, term_days: u8) -> Instruction {
        let day = self.open_expiry(term_days);
        let token_account = self.give(owner, usdc(1_000));
        let buyer = Buyer {
            owner: key(owner),
            token_account,
            payer: self.payer.pubkey(),
            insured,
            max_premium: usdc(1_000),
            term_days,
        };
        policies::buy_policy(&self.keys, self.book().next_policy, day, &buyer)
    }

    /// A wallet buys a policy. Returns its number.
    pub fn buy(&mut self, owner: &str, insured: u64, term_days: u8) -> u64 {
        let number = self.book().next_policy;
        let buy = self.purchase(owner, insured, term_days);
        self.run(buy, &[owner]);
        number
    }

    /// Anybody puts a policy in force.
    pub fn start(&self, number: u64) -> Instruction {
        policies::start_policy(&self.keys, number, self.policy(number).expiry_day)
    }

    /// Anybody settles the policies of a day.
    pub fn settle_expiry(&self, day: u32) -> Instruction {
        policies::settle_expiry(&self.keys, day)
    }

    /// Anybody opens the payouts of a day.
    pub fn open_payouts(&self, day: u32) -> Instruction {
        policies::open_payouts(&self.keys, day)
    }

    /// The owner of a policy claims its payout, into its associated token account.
    pub fn claim_policy(&self, number: u64) -> Instruction {
        let held = self.held(number);
        policies::claim_policy(&self.keys, &held, self.world.panel.associated(&held.owner))
    }

    /// Anybody closes a policy.
    pub fn close_policy(&self, number: u64) -> Instruction {
        policies::close_policy(&self.keys, &self.held(number))
    }

    /// What a policy's payout needs to know.
    pub fn held(&self, number: u64) -> Held {
        let Policy { expiry_day, owner, payer, .. } = self.policy(number);
        Held { number, day: expiry_day, owner, payer }
    }

    /// "lp" has a policy of ten days on 5,000, which is in force at the present price. Returns its number.
    pub fn insured(&mut self) -> u64 {
        let number = self.buy("lp", usdc(5_000), 10);
        let today = self.today();
        self.pass_until(today + 2);
        self.run(self.start(number), &[]);
        number
    }

    /// The price is another one on the day of exit, which is over.
    pub fn expired_at(&mut self, number: u64, price: u64) {
        let day = self.policy(number).expiry_day;
        self.pass_until(day + 1);
        self.price = price;
        self.crank();
        self.note();
        self.pass_until(day + 2);
    }

    /// The day is settled, the fund has paid, and payouts are open.
    pub fn paid_out(&mut self, day: u32) {
        self.run(self.settle_expiry(day), &[]);
        self.warp(10 * 60);
        if self.cover().owed > 0 {
            self.run(self.world.settle(), &[]);
        }
        if self.expiry(day).state == ExpiryState::Drawn {
            self.run(self.open_payouts(day), &[]);
        }
    }

    // Transactions

    /// Runs an instruction that must succeed, and returns its compute units.
    #[track_caller]
    pub fn run(&mut self, instruction: Instruction, signers: &[&str]) -> u64 {
        let units = self.world.run(instruction, signers);
        self.check();
        units
    }

    /// See [`World::refuse`].
    #[track_caller]
    pub fn refuse(&mut self, instruction: Instruction, signers: &[&str], expected: impl Refusal) {
        self.world.refuse(instruction, signers, expected);
    }

    /// C11, and what the vault holds.
    pub fn check(&self) {
        if self.account(&self.keys.book).is_none() {
            return;
        }
        let (mut pledged, mut reserved) = (0, 0);
        for day in &self.days {
            let Some(_) = self.account(&self.keys.expiry(*day)) else { continue };
            let expiry = self.expiry(*day);
            assert!(expiry.paid <= expiry.reserved, "C11: a day pays what its draw has got");
            assert!(expiry.total <= expiry.pledged, "C11: a day draws what it pledges");
            if expiry.state == ExpiryState::Running {
                pledged += expiry.pledged;
            }
            if expiry.state == ExpiryState::Open {
                reserved += expiry.reserved - expiry.paid;
            }
        }
        assert_eq!(self.book().pledged, pledged, "C11: pledged by definition");
        if self.account(&self.keys.cover).is_some() {
            let cover = self.cover();
            let most = cover.limit.min(cover.per_draw).min(cover.period_limit);
            assert!(pledged + cover.drawn + cover.owed <= most, "C11: the cover can pay what is pledged");
        }
        assert!(self.tokens(&self.keys.vault()) >= reserved, "the vault holds what is reserved");
    }

    // The chain's state

    /// The book.
    pub fn book(&self) -> PolicyBook {
        self.state(&self.keys.book)
    }

    /// The policies of a day.
    pub fn expiry(&self, day: u32) -> Expiry {
        self.state(&self.keys.expiry(day))
    }

    /// A policy.
    pub fn policy(&self, number: u64) -> Policy {
        self.state(&self.keys.policy(number))
    }

    /// The market.
    pub fn market(&self) -> Market {
        self.state(&self.keys.market)
    }
}

impl Default for Provider {
    fn default() -> Self {
        Self::new()
    }
}

/// A price account as Pyth's receiver program writes it, without a confidence interval.
fn print(address: &Address, price: u64, now: i64, slot: u64) -> Account {
    let mut data = vec![0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd];
    data.extend(address.to_bytes());
    data.push(1); // all signatures are checked
    data.extend(FEED);
    data.extend(price.to_le_bytes());
    data.extend(0_u64.to_le_bytes()); // confidence
    data.extend((-8_i32).to_le_bytes());
    data.extend(now.to_le_bytes());
    data.extend((now - 1).to_le_bytes());
    data.extend(price.to_le_bytes()); // moving average, and its confidence
    data.extend(0_u64.to_le_bytes());
    data.extend(slot.to_le_bytes());
    data.resize(134, 0);
    Account { lamports: 1_823_520, data, owner: RECEIVERS[0], executable: false, rent_epoch: u64::MAX }
}
