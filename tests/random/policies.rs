//! Policies on impermanent loss beside everything else: the second program's book draws on a cover of the
//! fund, and the model has it, too.

use {
    crate::{
        action::Action::{self, *},
        claims,
        draw::{seconds, slots},
        history::History,
    },
    bulkhead_cover::state as program,
    bulkhead_model::{Expiry, ExpiryState, Op, Policy, PolicyBook, BOOK, PANEL},
    bulkhead_tests::{
        bulkhead_client::policies::{self, BookKeys, Buyer, Held},
        params::DAY,
        rng::Rng,
        token, usd, usdc, Address, Call, Signer, World,
    },
    std::{cell::RefCell, collections::HashMap},
};

/// Terms of a book on the first cover of the fund and on its first market.
pub fn draw_terms(rng: &mut Rng) -> bulkhead_model::BookTerms {
    bulkhead_model::BookTerms {
        cover: 0,
        market: 0,
        min_insured: *rng.pick(&[1, usdc(1)]),
        theta_bps: *rng.pick(&[10_000, 12_000, 50_000]),
        max_age_secs: if rng.chance(10) { 600 } else { 3_600 },
        deductible_bps: *rng.pick(&[0, 100]),
        cap_bps: *rng.pick(&[1_000, 3_000, 9_900]),
        coinsurance_bps: *rng.pick(&[1_000, 5_000]),
        least_volatility_bps: *rng.pick(&[1, 4_000]),
        min_term_days: 8,
        max_term_days: *rng.pick(&[8, 12]),
    }
}

/// The book.
pub fn create(world: &mut World, terms: &bulkhead_model::BookTerms) {
    let terms = program::BookTerms {
        min_insured: terms.min_insured,
        theta_bps: terms.theta_bps,
        max_age_secs: terms.max_age_secs,
        cover_index: terms.cover,
        market_index: terms.market,
        deductible_bps: terms.deductible_bps,
        cap_bps: terms.cap_bps,
        coinsurance_bps: terms.coinsurance_bps,
        least_volatility_bps: terms.least_volatility_bps,
        min_term_days: terms.min_term_days,
        max_term_days: terms.max_term_days,
    };
    let creator = world.here.creator.insecure_clone();
    let create = policies::create_book(&keys(world), 0, creator.pubkey(), world.payer.pubkey(), terms);
    world.run(Call::new(create, [creator]));
}

/// The book's addresses.
pub fn keys(world: &World) -> BookKeys {
    let here = &world.here;
    BookKeys {
        book: address(Address::default(), 0, || policies::book(&here.creator.pubkey(), 0)),
        fund: here.keys.fund,
        cover: cover_address(world, 0),
        market: address(here.keys.fund, 1 << 32, || here.keys.market(0)),
        mint: world.mint,
        token_program: world.token_program,
    }
}

/// The address of a cover.
pub fn cover_address(world: &World, index: u16) -> Address {
    let keys = &world.here.keys;
    address(keys.fund, index.into(), || keys.cover(index))
}

/// Derives an address the first time that this thread asks for it.
pub fn address(of: Address, number: u64, derive: impl FnOnce() -> Address) -> Address {
    thread_local! {
        static KNOWN: RefCell<HashMap<(Address, u64), Address>> = RefCell::default();
    }
    // Deriving one may ask for another.
    KNOWN.with_borrow(|known| known.get(&(of, number)).copied()).unwrap_or_else(|| {
        let derived = derive();
        KNOWN.with_borrow_mut(|known| known.insert((of, number), derived));
        derived
    })
}

/// The token account of a name: a vault of the second program, an associated account, or a wallet.
pub fn wallet(world: &World, name: &str) -> Address {
    match (name, name.strip_suffix(", associated")) {
        (BOOK, _) => vault(world),
        (PANEL, _) => claims::vault(world),
        (_, Some(owner)) => claims::associated_account(world, owner),
        _ => world.wallet_of(name),
    }
}

fn vault(world: &World) -> Address {
    let keys = keys(world);
    address(keys.book, u64::MAX, || keys.vault())
}

/// What the token account of a name holds.
pub fn purse(world: &World, name: &str) -> u64 {
    token::amount(&world.account(&wallet(world, name)).expect("a token account"))
}

fn read<T: bytemuck::Pod>(world: &World, address: Address) -> Option<T> {
    world.account(&address).map(|account| bytemuck::pod_read_unaligned(&account.data[8..]))
}

/// The program's book.
pub fn book(world: &World) -> program::PolicyBook {
    read(world, keys(world).book).expect("a book")
}

/// The program's account of a day.
pub fn expiry(world: &World, day: u32) -> Option<program::Expiry> {
    let keys = keys(world);
    read(world, address(keys.book, day.into(), || keys.expiry(day)))
}

/// The program's policy.
pub fn policy(world: &World, number: u64) -> Option<program::Policy> {
    let keys = keys(world);
    read(world, address(keys.book, number | 1 << 40, || keys.policy(number)))
}

/// The transaction of an action.
pub fn call(world: &World, op: &Op) -> Call {
    let (keys, payer) = (keys(world), world.payer.pubkey());
    let day_of = |number: u64| policy(world, number).expect("a policy").expiry_day;
    let held = |number: u64| {
        let policy = policy(world, number).expect("a policy");
        Held { number, day: policy.expiry_day, owner: policy.owner, payer: policy.payer }
    };
    let anyone = |instruction| Call::new(instruction, []);
    match op {
        Op::NotePrice => anyone(policies::note_price(&keys)),
        Op::OpenExpiry { day } => anyone(policies::open_expiry(&keys, *day, payer)),
        Op::BuyPolicy { owner, insured, term_days, max_premium } => {
            let signer = world.owner_of(owner);
            let buyer = Buyer {
                owner: signer.pubkey(),
                token_account: world.wallet_of(owner),
                payer,
                insured: *insured,
                max_premium: *max_premium,
                term_days: *term_days,
            };
            let day = policies::expiry_day(world.now(), *term_days);
            Call::new(policies::buy_policy(&keys, book(world).next_policy, day, &buyer), [signer])
        }
        Op::StartPolicy { number } => anyone(policies::start_policy(&keys, *number, day_of(*number))),
        Op::SettleExpiry { day } => anyone(policies::settle_expiry(&keys, *day)),
        Op::OpenPayouts { day } => anyone(policies::open_payouts(&keys, *day)),
        Op::ClaimPolicy { by, number } => {
            let signer = world.owner_of(by);
            let held = Held { owner: signer.pubkey(), ..held(*number) };
            Call::new(policies::claim_policy(&keys, &held, world.wallet_of(by)), [signer])
        }
        Op::ClosePolicy { number } => anyone(policies::close_policy(&keys, &held(*number))),
        Op::EndPayouts { day } => anyone(policies::end_payouts(&keys, *day)),
        Op::CloseExpiry { day } => anyone(policies::close_expiry(&keys, *day, payer)),
        _ => unreachable!("an action of the first program"),
    }
}

impl History {
    fn policy_book(&self) -> Option<&PolicyBook> {
        self.twin.model.book.as_ref()
    }

    /// Whether policies can be sold now, or any are there.
    pub fn has_policies(&self) -> bool {
        self.policy_book()
            .is_some_and(|book| self.twin.model.book_cover().is_some() || !book.expiries.is_empty())
    }

    /// Whether the cover that the book draws on is not there yet.
    pub fn lacks_book_cover(&self) -> bool {
        self.policy_book().is_some() && self.twin.model.book_cover().is_none()
    }

    fn today(&self) -> u32 {
        (self.world().now() / DAY) as u32
    }

    /// A day like this, or any.
    fn any_expiry(&mut self, these: impl Fn(u32, &Expiry) -> bool) -> Option<u32> {
        let days: Vec<_> =
            self.policy_book()?.expiries.iter().map(|(day, expiry)| (*day, these(*day, expiry))).collect();
        let like: Vec<u32> = days.iter().filter(|(_, is_like)| *is_like).map(|(day, _)| *day).collect();
        let all: Vec<u32> = days.iter().map(|(day, _)| *day).collect();
        let from = if like.is_empty() || self.rng.chance(10) { all } else { like };
        (!from.is_empty()).then(|| *self.rng.pick(&from))
    }

    /// A policy of a day in this state, or any.
    fn any_policy(&mut self, state: ExpiryState, is_started: bool) -> Option<u64> {
        let book = self.policy_book()?;
        let all: Vec<u64> = book.policies.keys().copied().collect();
        let like = book.policies.iter().filter(|(_, policy)| {
            book.expiries[&policy.expiry].state == state && policy.entry.is_some() == is_started
        });
        let like: Vec<u64> = like.map(|(number, _)| *number).collect();
        let from = if like.is_empty() || self.rng.chance(10) { all } else { like };
        (!from.is_empty()).then(|| *self.rng.pick(&from))
    }

    /// The details of an action on policies.
    pub fn draw_policy(&mut self, action: Action, name: &str) -> Vec<Op> {
        if self.policy_book().is_none() {
            return vec![];
        }
        match action {
            NotePrice => vec![Op::NotePrice],
            OpenExpiry => vec![Op::OpenExpiry { day: self.today() + self.rng.between(7, 13) as u32 }],
            BuyPolicy => self.draw_purchase(name),
            StartPolicy => {
                let Some(number) = self.any_policy(ExpiryState::Running, false) else { return vec![] };
                let policy = &self.policy_book().expect("a book").policies[&number];
                let entry = policy.expiry - u32::from(policy.term_days) + 1;
                let mut ops =
                    if self.rng.chance(60) { self.note_day(entry, self.world().now(), 50) } else { vec![] };
                ops.push(Op::StartPolicy { number });
                ops
            }
            SettleExpiry => self.draw_settlement_of_day(),
            OpenPayouts => {
                let Some(day) = self.any_expiry(|_, expiry| expiry.state == ExpiryState::Drawn) else {
                    return vec![];
                };
                let mut ops = vec![];
                if self.rng.chance(60) {
                    ops.push(slots(150));
                    ops.extend(self.last_prices());
                    ops.push(Op::SettleCover { cover: 0 });
                }
                ops.push(Op::OpenPayouts { day });
                ops
            }
            ClaimPolicy => {
                let Some(number) = self.any_policy(ExpiryState::Open, true) else { return vec![] };
                let owner = self.policy_book().expect("a book").policies[&number].owner.clone();
                let by = if self.rng.chance(90) { owner } else { name.into() };
                vec![Op::ClaimPolicy { by, number }]
            }
            ClosePolicy => {
                let is_started = self.rng.chance(50);
                let policy = self.any_policy(ExpiryState::Open, is_started);
                policy.map(|number| Op::ClosePolicy { number }).into_iter().collect()
            }
            EndPayouts => {
                let Some(day) = self.any_expiry(|_, expiry| expiry.state == ExpiryState::Open) else {
                    return vec![];
                };
                let late = if self.rng.chance(20) { self.later(90 * DAY) } else { vec![] };
                late.into_iter().chain([Op::EndPayouts { day }]).collect()
            }
            CloseExpiry => {
                let day = self.any_expiry(|_, expiry| expiry.state == ExpiryState::Ended);
                day.map(|day| Op::CloseExpiry { day }).into_iter().collect()
            }
            _ => unreachable!("an action of the first program"),
        }
    }

    /// Mostly a day with policies in force, whose price of exit is noted first; mostly they are paid then.
    fn draw_settlement_of_day(&mut self) -> Vec<Op> {
        let Some(book) = self.policy_book().cloned() else { return vec![] };
        let in_force = |day: u32| book.policies.iter().filter(move |(_, policy)| policy.expiry == day);
        let is_due = |day: u32, expiry: &Expiry| {
            let is_running = expiry.state == ExpiryState::Running;
            is_running && in_force(day).any(|(_, policy)| policy.entry.is_some())
        };
        let Some(day) = self.any_expiry(is_due) else { return vec![] };
        let mut ops = match self.rng.chance(70) {
            true => self.note_day(day + 1, self.world().now(), 80),
            false => vec![],
        };
        ops.push(Op::SettleExpiry { day });
        if self.rng.chance(70) {
            ops.push(slots(150));
            ops.extend(
                self.last_prices().into_iter().filter(|op| !matches!(op, Op::Crank { market: 0, .. })),
            );
            ops.extend([Op::SettleCover { cover: 0 }, Op::OpenPayouts { day }]);
            let claim = |(number, policy): (&u64, &Policy)| Op::ClaimPolicy {
                by: policy.owner.clone(),
                number: *number,
            };
            ops.extend(in_force(day).map(claim));
        }
        ops
    }

    /// Mostly within what is left of the cover; mostly it is put in force.
    pub fn draw_purchase(&mut self, name: &str) -> Vec<Op> {
        let (today, Some(book)) = (self.today(), self.policy_book()) else { return vec![] };
        let (terms, number) = (book.terms, book.next_policy);
        let covers = &self.twin.model.covers;
        let left = covers.first().map_or(1_000, |cover| cover.left() as u64);
        let most = left.saturating_mul(10_000) / u64::from(terms.cap_bps);
        let insured = if self.rng.chance(80) {
            (most / self.rng.between(1, 5)).max(10_000)
        } else {
            self.rng.magnitude(3 * most + 1)
        };
        let term_days = if self.rng.chance(95) {
            self.rng.between(terms.min_term_days.into(), terms.max_term_days.into()) as u8
        } else {
            self.rng.between(7, 13) as u8
        };
        let day = today + u32::from(term_days);
        let mut ops = self.last_prices();
        if !self.policy_book().is_some_and(|book| book.expiries.contains_key(&day)) {
            ops.push(Op::OpenExpiry { day });
        }
        let max_premium = if self.rng.chance(95) { u64::MAX } else { self.rng.magnitude(most + 1) };
        ops.push(Op::NotePrice);
        ops.push(Op::BuyPolicy { owner: name.into(), insured, term_days, max_premium });
        if self.rng.chance(70) {
            let now = self.world().now();
            ops.extend(self.note_day(today + 1, now, 30));
            ops.push(Op::StartPolicy { number });
            if self.rng.chance(80) {
                let noted = now.max(i64::from(today + 2) * DAY + 60);
                ops.extend(self.draw_end_of_policy(name, number, day, noted));
            }
        }
        ops
    }

    /// The policy runs until it is paid.
    fn draw_end_of_policy(&mut self, name: &str, number: u64, day: u32, now: i64) -> Vec<Op> {
        let mut ops = self.note_day(day + 1, now, 80);
        ops.extend([Op::SettleExpiry { day }, slots(150)]);
        ops.extend(self.last_prices().into_iter().filter(|op| !matches!(op, Op::Crank { market: 0, .. })));
        ops.extend([Op::SettleCover { cover: 0 }, Op::OpenPayouts { day }]);
        ops.push(Op::ClaimPolicy { by: name.into(), number });
        ops
    }

    /// Waits for a day and notes a price of it for thirteen hours, mostly; then a price after it. In so many of a
    /// hundred cases the price has moved since.
    fn note_day(&mut self, day: u32, now: i64, moved: u64) -> Vec<Op> {
        let start = i64::from(day) * DAY;
        let mut price = self.world().here.markets[0].price;
        if self.rng.chance(moved) {
            price = (price / 100 * self.rng.between(60, 170)).clamp(usd(2), usd(4_000));
        }
        let open = self.world().market(0).final_ts == 0;
        let print = Op::Crank { market: 0, update: self.twin.sound(0, price, 0) };
        let note = |secs: i64| {
            let crank = open.then(|| print.clone());
            [seconds(secs)].into_iter().chain(crank).chain([Op::NotePrice])
        };
        let mut ops: Vec<Op> = note((start - now).max(0)).collect();
        let mut at = now.max(start);
        let hours = if self.rng.chance(90) { 13 } else { self.rng.below(12) };
        for _ in 0..hours {
            ops.extend(note(3_600));
            at += 3_600;
        }
        ops.extend(note((start + DAY + 60 - at).max(0)));
        ops.extend(self.last_prices().into_iter().filter(|op| !matches!(op, Op::Crank { market: 0, .. })));
        ops
    }
}
