//! Policies on impermanent loss: docs/policies.md and docs/impermanent_loss.md. The book is the drawer
//! of its cover, and its vault the wallet [`BOOK`].

use {
    crate::{
        exit::DAY_SECS,
        number::{quotient, Int, BPS, Q32},
        op::{BookTerms, CoverKind, CoverPurse},
        rates::variance_of,
        reason::Reason,
        state::{
            Cover, CoverStatus, Expiry, ExpiryState, FundStatus, Market, Model, Policy, PolicyBook, PriceDay,
            Regime, Silence, BOOK, PANEL,
        },
    },
    num_bigint::BigInt,
};

/// Days between the end of a term and the end of the day of exit.
const EXIT_DAYS: u32 = 2;
/// A policy is priced so many days after its purchase at most.
const MOST_PRICED_DAYS: Int = 14;
/// Days of prices that are kept.
const KEPT_DAYS: Int = 64;
/// How long a payout can be claimed.
const CLAIM_SECS: Int = 90 * DAY_SECS;
/// A cover serves its drawer for so long after its end.
const SERVES_SECS: Int = 14 * DAY_SECS;
/// Parts of a premium's rate in one, above those of Q32.
const Q16: Int = 1 << 16;

/// The UTC day of a second.
fn day_of(ts: Int) -> u32 {
    (ts / DAY_SECS) as u32
}

fn start_of(day: u32) -> Int {
    Int::from(day) * DAY_SECS
}

/// `floor(2^32 (p0 + p1 - 2 g) / max(p0 + p1, 2 p0))` with `g = ceil(sqrt(p0 p1))`, after both were
/// doubled for as long as they fit 64 bits.
fn loss(entry: Int, exit: Int) -> Int {
    if entry == 0 || exit == 0 {
        return 0;
    }
    let (mut p0, mut p1) = (entry, exit);
    while p0.max(p1) < 1 << 63 {
        (p0, p1) = (2 * p0, 2 * p1);
    }
    let product = BigInt::from(p0) * p1;
    let mut root = product.sqrt();
    if &root * &root < product {
        root += 1;
    }
    let root = Int::try_from(root).expect("a root of 64 bits");
    quotient((p0 + p1 - 2 * root).max(0), Q32, (p0 + p1).max(2 * p0)).down()
}

impl BookTerms {
    fn deductible(&self) -> Int {
        quotient(self.deductible_bps.into(), Q32, BPS).down() + Int::from(self.deductible_bps > 0)
    }

    fn cap(&self) -> Int {
        quotient(self.cap_bps.into(), Q32, BPS).down()
    }

    /// What the provider does not bear itself.
    fn borne(&self, insured: Int) -> Int {
        insured * (BPS - Int::from(self.coinsurance_bps))
    }

    /// The payout of a value at entry between two prices.
    pub fn payout(&self, insured: Int, entry: Int, exit: Int) -> Int {
        let pays = (loss(entry, exit) - self.deductible()).max(0).min(self.cap());
        quotient(self.borne(insured), pays, BPS * Q32).down()
    }

    /// The largest payout.
    pub fn most(&self, insured: Int) -> Int {
        quotient(self.borne(insured), self.cap(), BPS * Q32).down()
    }

    /// The premium of a term at a variance per second; none at the cap.
    pub fn premium(&self, insured: Int, variance: Int, term_days: u8) -> Option<Int> {
        let variance = variance.max(variance_of(self.least_volatility_bps.into()));
        let of_term = variance * Int::from(term_days) * DAY_SECS;
        let rate = quotient(of_term, self.theta_bps.into(), 8 * BPS).up();
        (rate < self.cap() * Q16).then(|| quotient(self.borne(insured), rate, BPS * Q32 * Q16).up())
    }
}

/// Prices.
impl PolicyBook {
    /// A book with these terms.
    pub fn new(terms: BookTerms) -> Self {
        Self {
            terms,
            next_policy: 0,
            policies: Default::default(),
            expiries: Default::default(),
            drawing: None,
            price: 0,
            price_ts: 0,
            price_until_ts: 0,
            noted_ts: 0,
            days: Default::default(),
        }
    }

    /// What is kept of a day, which takes the place of a day 64 days before; none once a later one has
    /// taken its own.
    fn day(&mut self, day: Int) -> Option<&mut PriceDay> {
        let shares = |other: &Int| (other - day) % KEPT_DAYS == 0;
        if self.days.keys().any(|other| *other > day && shares(other)) {
            return None;
        }
        self.days.retain(|other, _| *other == day || !shares(other));
        Some(self.days.entry(day).or_default())
    }

    /// A price was in force from then until then.
    fn count(&mut self, price: Int, mut from: Int, until: Int) {
        let until = until.min(from + Int::from(self.terms.max_age_secs));
        while price > 0 && from < until {
            let midnight = (from / DAY_SECS + 1) * DAY_SECS;
            let secs = until.min(midnight) - from;
            if let Some(day) = self.day(from / DAY_SECS) {
                day.secs += secs;
                day.price_seconds += price * secs;
            }
            from += secs;
        }
    }

    /// Notes the mark of a market.
    fn note(&mut self, market: &Market, now: Int) {
        let (since, age) = (self.noted_ts, Int::from(self.terms.max_age_secs));
        if market.price > 0 && (market.crank_ts > self.price_ts || market.price != self.price) {
            let taken = market.crank_ts.min(now);
            // What was in force between is not seen here: the market's mean before its present mark is.
            self.count(market.memory.mean / Q32, since, taken.min(self.price_until_ts));
            (self.price, self.price_ts) = (market.price, market.crank_ts);
            self.price_until_ts = market.crank_ts.min(market.publish_ts) + age;
            self.count(self.price, taken.max(since), now.min(self.price_until_ts));
        } else {
            self.count(self.price, since, now.min(self.price_until_ts));
        }
        if market.final_ts != 0 {
            self.price_until_ts = now + age;
        }
        self.noted_ts = now.max(since);
        let variance = market.memory.variance;
        if let Some(day) = self.day(now / DAY_SECS) {
            day.variance = day.variance.max(variance);
        }
    }

    fn has_counted(&self, day: u32) -> bool {
        day < day_of(self.noted_ts)
    }

    /// Mean and highest variance of the day after one, if it is over, covered by half, and kept.
    fn price_after(&self, day: u32) -> Option<(Int, Int)> {
        let next = day + 1;
        let kept = self.days.get(&next.into()).filter(|_| self.has_counted(next))?;
        (2 * kept.secs >= DAY_SECS).then(|| (kept.price_seconds / kept.secs, kept.variance))
    }
}

/// Sums over policies.
impl PolicyBook {
    /// Policies that expire on a day.
    pub fn of_day(&self, day: u32) -> impl Iterator<Item = &Policy> {
        self.policies.values().filter(move |policy| policy.expiry == day)
    }

    /// The most that policies of a day pay.
    pub fn pledged_of(&self, day: u32) -> Int {
        match &self.expiries[&day] {
            Expiry { state: ExpiryState::Running, .. } => {
                self.of_day(day).map(|policy| self.terms.most(policy.insured)).sum()
            }
            settled => settled.pledged,
        }
    }

    /// The most that all policies pay which are not settled.
    pub fn pledged(&self) -> Int {
        let running = self.expiries.iter().filter(|(_, expiry)| expiry.state == ExpiryState::Running);
        running.map(|(day, _)| self.pledged_of(*day)).sum()
    }

    /// Value at entry and price of entry of the policies of a day and a term that are in force.
    pub fn cohort(&self, day: u32, term_days: u8) -> (Int, Int) {
        let started = self.of_day(day).filter(|policy| policy.term_days == term_days);
        let in_force: Vec<_> = started.filter_map(|policy| Some((policy.insured, policy.entry?))).collect();
        let insured = in_force.iter().map(|(insured, _)| insured).sum();
        (insured, in_force.first().map_or(0, |(_, entry)| *entry))
    }

    /// By the formula, and its part of what the day has got.
    fn due(&self, policy: &Policy) -> (Int, Int) {
        let expiry = &self.expiries[&policy.expiry];
        match policy.entry {
            Some(entry) if expiry.total > 0 => {
                let payout = self.terms.payout(policy.insured, entry, expiry.exit);
                (payout, quotient(payout, expiry.reserved.min(expiry.total), expiry.total).down())
            }
            _ => (0, 0),
        }
    }
}

impl Cover {
    fn fits_policies(&self) -> bool {
        let terms = &self.terms;
        terms.kind == CoverKind::Parametric
            && terms.coinsurance_bps == 0
            && terms.premium_bps_per_year == 0
            && self.first_loss_min == 0
    }

    /// What a draw can still be owed.
    fn capacity(&self, now: Int) -> Int {
        let (per_draw, of_a_period) = (self.terms.per_draw.into(), self.terms.period_limit.into());
        let most: Int = self.limit.min(per_draw).min(of_a_period);
        let (drawn, before) = self.drawn_in_period(now);
        (most - self.drawn - self.owed).min(of_a_period - drawn - before).max(0)
    }
}

/// What the book does.
impl Model {
    /// Creates the book of a history.
    pub fn with_book(mut self, terms: BookTerms) -> Self {
        self.give(BOOK, 0);
        self.book = Some(PolicyBook::new(terms));
        self
    }

    fn policy_book(&mut self) -> &mut PolicyBook {
        self.book.as_mut().expect("a history with a book")
    }

    /// The cover of the book, if it is registered.
    pub fn book_cover(&self) -> Option<usize> {
        let index = usize::from(self.book.as_ref()?.terms.cover);
        (index < self.covers.len()).then_some(index)
    }

    /// The cover names the book.
    fn require_drawer(&mut self) -> usize {
        let index = self.book_cover().expect("a cover");
        let is_drawer = self.covers[index].terms.destination == BOOK;
        self.require(is_drawer, Reason::NotDrawer);
        index
    }

    /// The covers of book and panel are drawn on by nobody else.
    pub(crate) fn require_other_drawer(&mut self, index: usize) {
        let is_a_programs = [BOOK, PANEL].contains(&self.covers[index].terms.destination.as_str());
        self.require(!is_a_programs, Reason::NotDrawer);
    }

    /// `note_price`
    pub(crate) fn note_price(&mut self) {
        let (now, mut book) = (self.clock.ts, self.policy_book().clone());
        book.note(&self.markets[usize::from(book.terms.market)], now);
        self.book = Some(book);
    }

    /// `open_expiry`
    pub(crate) fn open_expiry(&mut self, day: u32) {
        let (today, terms) = (day_of(self.clock.ts), self.policy_book().terms);
        let is_term = (terms.min_term_days..=terms.max_term_days).any(|term| today + u32::from(term) == day);
        self.require(is_term, Reason::WrongExpiry);
        self.policy_book().expiries.insert(day, Expiry::default());
    }

    /// Two largest defaults leave so much of treasury and contributions.
    fn headroom(&self) -> Int {
        let limit = self.params.cover_limit_bps;
        let known = self.exposures.iter().flatten().filter(|known| known.stress_loss > 0);
        let needed = known.map(|known| quotient(known.stress_loss, BPS, limit).up() + known.contribution);
        (self.treasury + self.contributions - needed.max().unwrap_or(0)).max(0)
    }

    /// `buy_policy`
    pub(crate) fn buy_policy(&mut self, owner: &str, insured: Int, term_days: u8, max_premium: Int) {
        let now = self.clock.ts;
        let book = self.policy_book().clone();
        let terms = book.terms;
        let expiry = day_of(now) + u32::from(term_days);
        let is_term = (terms.min_term_days..=terms.max_term_days).contains(&term_days);
        self.require(insured >= terms.min_insured.into(), Reason::InsuredTooSmall);
        self.require(is_term, Reason::TermOutOfBounds);
        let days = Int::from(term_days) + Int::from(EXIT_DAYS);
        let in_time = days <= MOST_PRICED_DAYS && days * DAY_SECS <= self.params.cover_min_notice_secs;
        self.require(in_time, Reason::TermBeyondNotice);

        let index = self.require_drawer();
        let cover = &self.covers[index];
        let priced = start_of(expiry + EXIT_DAYS);
        let (fits, over) = (cover.fits_policies(), cover.over_ts());
        let is_open = cover.status == CoverStatus::Active && cover.opens_ts <= now && now < over;
        let capacity = cover.capacity(now);
        self.require(fits, Reason::CoverUnfit);
        self.require(is_open && priced + DAY_SECS <= over + SERVES_SECS, Reason::CoverClosed);
        let clears = self.open_defaults() > 0 || self.unfunded() > 0 || self.open_houses() > 0;
        let watched = self.open_watches() > 0 && now < self.watch_until_ts;
        let held = now < self.grace_until_ts || now < self.hold_until_ts || self.cover_owed() > 0;
        let is_blocked = self.status != FundStatus::Active || clears || watched || held;
        self.require(!is_blocked, Reason::ExitsHeld);
        self.require(self.headroom() >= self.committed(), Reason::HeadroomShort);
        let market = &self.markets[usize::from(terms.market)];
        let is_off = market.memory.regime == Regime::RiskOff || now < market.memory.halted_until_ts;
        let is_recent = market.price > 0
            && market.silence == Silence::None
            && now <= market.crank_ts.min(market.publish_ts) + Int::from(terms.max_age_secs);
        let ends = [market.final_ts, market.params.expires_ts, market.closing_ts, market.dead_ts];
        let variance = market.memory.variance;
        self.require(!is_off, Reason::RiskOff);
        self.require(is_recent, Reason::StalePrice);
        self.require(!ends.iter().any(|end| *end != 0 && *end < priced), Reason::MarketEnds);

        let premium = terms.premium(insured, variance, term_days);
        self.require(premium.is_some(), Reason::PremiumAtCap);
        let (premium, most) = (premium.unwrap_or(1), terms.most(insured));
        self.require(premium <= max_premium, Reason::PremiumAboveLimit);
        self.require(most > 0 && premium > 0, Reason::InsuredTooSmall);
        self.require(book.pledged() + most <= capacity, Reason::CapacityUsed);
        if !self.refused.is_empty() {
            return;
        }
        let policy = Policy { owner: owner.into(), term_days, expiry, insured, premium, entry: None };
        let book = self.policy_book();
        book.policies.insert(book.next_policy, policy);
        book.next_policy += 1;
        self.advance_exit_clock();
        self.fund_cover(owner, index, premium, CoverPurse::Earned);
    }

    /// `start_policy`: what is due at the highest variance of the day of entry, at most the largest
    /// payout and one, cuts what is insured.
    pub(crate) fn start_policy(&mut self, number: u64) {
        let book = self.policy_book().clone();
        let policy = &book.policies[&number];
        let is_running = book.expiries[&policy.expiry].state == ExpiryState::Running;
        let entry = book.price_after(policy.expiry - u32::from(policy.term_days));
        self.require(policy.entry.is_none(), Reason::AlreadyStarted);
        self.require(is_running, Reason::ExpirySettled);
        self.require(entry.is_some(), Reason::EntryNotKnown);
        let Some((price, variance)) = entry else { return };
        let due = book.terms.premium(policy.insured, variance, policy.term_days);
        let due = due.unwrap_or(book.terms.most(policy.insured) + 1);
        let insured = match policy.premium < due {
            true => quotient(policy.insured, policy.premium, due).down(),
            false => policy.insured,
        };
        let policy = Policy { insured, entry: Some(price), ..policy.clone() };
        self.policy_book().policies.insert(number, policy);
    }

    /// `settle_expiry`: draws what all policies of a day are paid. Without a price of exit that is nothing.
    pub(crate) fn settle_expiry(&mut self, day: u32) {
        let (now, index) = (self.clock.ts, self.require_drawer());
        let book = self.policy_book().clone();
        self.require(book.expiries[&day].state == ExpiryState::Running, Reason::ExpirySettled);
        self.require(book.drawing.is_none(), Reason::DrawOpen);
        self.require(book.has_counted(day + 1), Reason::ExitNotKnown);
        if !self.refused.is_empty() {
            return;
        }
        let exit = book.price_after(day).map_or(0, |(price, _)| price);
        // All policies of a term have one price of entry, and are rounded once.
        let of_term = |term: u8| {
            let (insured, entry) = book.cohort(day, term);
            book.terms.payout(insured, entry, exit)
        };
        let pledged = book.pledged_of(day);
        let total = (0..=u8::MAX).map(of_term).sum::<Int>().min(pledged);
        let settled = Expiry { pledged, total, exit, ..Expiry::default() };
        if total == 0 || !self.serves_drawer(index) {
            let open = Expiry { state: ExpiryState::Open, expires_ts: now + CLAIM_SECS, ..settled };
            self.policy_book().expiries.insert(day, open);
            return;
        }
        let first_loss = self.covers[index].first_loss;
        self.advance_exit_clock();
        self.draw_cover(index, total);
        let (drawn_before, left) = (self.covers[index].drawn, self.covers[index].first_loss);
        let drawn =
            Expiry { state: ExpiryState::Drawn, drawn_before, from_first_loss: first_loss - left, ..settled };
        self.policy_book().expiries.insert(day, drawn);
        self.policy_book().drawing = Some(day);
    }

    /// Whether a cover that has not ended still serves what happened before.
    pub(crate) fn serves_drawer(&self, index: usize) -> bool {
        let (cover, now) = (&self.covers[index], self.clock.ts);
        let until = (cover.over_ts() + SERVES_SECS).max(cover.live_until_ts);
        let was_paid = cover.opens_ts < cover.over_ts();
        cover.status != CoverStatus::Ended && was_paid && cover.opens_ts <= now && now < until
    }

    /// `open_payouts`
    pub(crate) fn open_payouts(&mut self, day: u32) {
        let (now, index) = (self.clock.ts, self.require_drawer());
        if self.covers[index].payable > 0 && self.refused.is_empty() {
            self.advance_exit_clock();
            self.collect_cover(index, BOOK);
        }
        let cover = self.covers[index].clone();
        let expiry = self.policy_book().expiries[&day];
        self.require(expiry.state == ExpiryState::Drawn, Reason::NotDrawn);
        self.require(cover.owed == 0 && cover.payable == 0, Reason::CoverOwes);
        let reserved = expiry.from_first_loss + cover.drawn - expiry.drawn_before;
        let open = Expiry { state: ExpiryState::Open, reserved, expires_ts: now + CLAIM_SECS, ..expiry };
        self.policy_book().expiries.insert(day, open);
        self.policy_book().drawing = None;
    }

    /// `claim_policy`, signed by somebody.
    pub(crate) fn claim_policy(&mut self, by: &str, number: u64) {
        let (now, book) = (self.clock.ts, self.policy_book().clone());
        let policy = &book.policies[&number];
        let mut expiry = book.expiries[&policy.expiry];
        let (_, paid) = book.due(policy);
        self.require(policy.owner == by, Reason::NotOwner);
        match expiry.state {
            ExpiryState::Open => self.require(now < expiry.expires_ts, Reason::PayoutsOver),
            ExpiryState::Ended => self.require(false, Reason::PayoutsOver),
            _ => self.require(false, Reason::PayoutsNotOpen),
        }
        self.require(paid > 0, Reason::PaysNothing);
        expiry.paid += paid;
        self.policy_book().expiries.insert(policy.expiry, expiry);
        self.policy_book().policies.remove(&number);
        *self.purses.entry(BOOK.into()).or_default() -= paid;
        *self.purses.entry(by.into()).or_default() += paid;
    }

    /// `close_policy`
    pub(crate) fn close_policy(&mut self, number: u64) {
        let book = self.policy_book().clone();
        let policy = &book.policies[&number];
        let pays_nothing = book.due(policy).1 == 0;
        let is_over = match book.expiries[&policy.expiry].state {
            ExpiryState::Ended => true,
            state => state == ExpiryState::Open && pays_nothing,
        };
        self.require(is_over, Reason::PolicyLive);
        self.policy_book().policies.remove(&number);
    }

    /// `end_payouts`: the rest goes to those who have borne losses.
    pub(crate) fn end_payouts(&mut self, day: u32) {
        let now = self.clock.ts;
        self.require_drawer();
        let book = self.policy_book().clone();
        let expiry = book.expiries[&day];
        let (is_ended, is_open) = (expiry.state == ExpiryState::Ended, expiry.state == ExpiryState::Open);
        let waits = now < expiry.expires_ts && book.of_day(day).count() > 0;
        self.require(!is_ended, Reason::PayoutsOver);
        self.require(is_open || is_ended, Reason::PayoutsNotOpen);
        self.require(!waits, Reason::PayoutsRunning);
        let rest = expiry.reserved - expiry.paid;
        self.policy_book().expiries.insert(day, Expiry { state: ExpiryState::Ended, ..expiry });
        if rest > 0 && self.refused.is_empty() {
            self.advance_exit_clock();
            self.return_cover(BOOK, rest);
        }
    }

    /// `close_expiry`
    pub(crate) fn close_expiry(&mut self, day: u32) {
        let (today, book) = (day_of(self.clock.ts), self.policy_book().clone());
        let is_over = match book.expiries[&day].state {
            ExpiryState::Ended => true,
            state => state == ExpiryState::Running && today >= day,
        };
        self.require(is_over && book.of_day(day).count() == 0, Reason::ExpiryNotOver);
        self.policy_book().expiries.remove(&day);
    }
}

/// C11.
impl Model {
    /// Sentences about what does not hold of the book.
    pub(crate) fn broken_policies(&self) -> Vec<String> {
        let mut found = vec![];
        let Some(book) = &self.book else { return found };
        for (day, expiry) in &book.expiries {
            if expiry.paid > expiry.reserved || expiry.total > expiry.pledged.max(book.pledged_of(*day)) {
                found.push(format!("C11: day {day} pays more than it has: {expiry:?}"));
            }
        }
        let reserved = book.expiries.values().filter(|expiry| expiry.state == ExpiryState::Open);
        let reserved: Int = reserved.map(|expiry| expiry.reserved - expiry.paid).sum();
        if self.purses[BOOK] < reserved {
            found.push(format!("C11: {} in the book's vault for {reserved}", self.purses[BOOK]));
        }
        found
    }

    /// C11: what policies pledge is there when one is sold, and each has paid at least equation 16 of what it
    /// insures.
    pub(crate) fn broken_sale(&self) -> Option<String> {
        let (book, index) = (self.book.as_ref()?, self.book_cover()?);
        let (pledged, cover) = (book.pledged(), &self.covers[index]);
        let holds = pledged + cover.drawn + cover.owed <= cover.limit;
        (!holds).then(|| format!("C11: {pledged} pledged by policies on {cover:?}"))
    }

    pub(crate) fn broken_start(&self, number: u64) -> Option<String> {
        let book = self.book.as_ref()?;
        let policy = &book.policies[&number];
        let (_, variance) = book.price_after(policy.expiry - u32::from(policy.term_days))?;
        let due = book.terms.premium(policy.insured, variance, policy.term_days);
        let due = due.unwrap_or(book.terms.most(policy.insured));
        (policy.premium < due).then(|| format!("C11: {policy:?} has paid less than {due}"))
    }
}
