//! Policies: a liquidity provider's loss against holding, by a formula of two prices that nobody
//! chooses.
//!
//! A policy is bought on one day. Its price of entry is the mean of the next day, that of exit the
//! mean of the day after its expiry. All policies with the same days have the same loss, so that a
//! day is settled at once, whatever the number of its policies, and draws on the cover once.

use {
    super::prices::price_after,
    crate::{
        arithmetic::*,
        constants::*,
        error::*,
        fund::{CoverView, MarketView, SaleView, TermsView},
        state::*,
    },
    anchor_lang::prelude::*,
    bulkhead_math::{
        impermanent_loss::{insured_for, loss},
        units::Money,
        volatility::Variance,
        Round,
    },
};

/// Checks the terms of a book and writes them.
///
/// # Errors
/// `BookOutOfBounds`.
pub fn create(book: &mut PolicyBook, terms: &BookTerms) -> Result<()> {
    let is_loss = terms.cap_bps > 0
        && terms.deductible_bps.checked_add(terms.cap_bps).is_some_and(|most| u64::from(most) <= ONE_BPS);
    let is_coinsured =
        terms.coinsurance_bps >= MIN_POLICY_COINSURANCE_BPS && u64::from(terms.coinsurance_bps) < ONE_BPS;
    let has_terms = MIN_TERM_DAYS <= terms.min_term_days
        && terms.min_term_days <= terms.max_term_days
        && terms.max_term_days <= MAX_TERM_DAYS;
    let is_priced = (MIN_THETA_BPS..=MAX_THETA_BPS).contains(&terms.theta_bps)
        && terms.least_volatility_bps > 0
        && (1..=MAX_PRINT_SECS).contains(&terms.max_age_secs);
    let in_bounds = is_loss && is_coinsured && has_terms && is_priced && terms.min_insured > 0;
    require!(in_bounds, CoverError::BookOutOfBounds);
    book.version = VERSION;
    book.min_insured = terms.min_insured;
    book.theta_bps = terms.theta_bps;
    book.max_age_secs = terms.max_age_secs;
    book.cover_index = terms.cover_index;
    book.market_index = terms.market_index;
    book.deductible_bps = terms.deductible_bps;
    book.cap_bps = terms.cap_bps;
    book.coinsurance_bps = terms.coinsurance_bps;
    book.least_volatility_bps = terms.least_volatility_bps;
    book.min_term_days = terms.min_term_days;
    book.max_term_days = terms.max_term_days;
    Ok(())
}

/// Opens the day on which policies expire that are bought today.
///
/// # Errors
/// `WrongExpiry` for a day that is no term of the book away.
pub fn open_expiry(book: &PolicyBook, expiry: &mut Expiry, day: u32, now: i64) -> Result<()> {
    let terms = u32::from(book.min_term_days)..=u32::from(book.max_term_days);
    require!(terms.contains(&day.saturating_sub(day_of(now))), CoverError::WrongExpiry);
    expiry.version = VERSION;
    expiry.day = day;
    Ok(())
}

/// What a buyer asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// The value at entry that is insured, in base units.
    pub insured: Money,
    /// The largest premium that the buyer pays, in base units.
    pub max_premium: Money,
    /// The term in days.
    pub term_days: u8,
}

/// What was read of the fund's accounts.
#[derive(Clone, Copy, Debug)]
pub struct Seller<'a> {
    /// The fund.
    pub fund: &'a SaleView,
    /// The cover.
    pub cover: &'a CoverView,
    /// The terms of the cover.
    pub terms: &'a TermsView,
    /// The market.
    pub market: &'a MarketView,
}

/// Sells a policy, and returns its premium: see [`premium`].
///
/// The most that it pays is pledged in full, and it is priced before anybody can have left the fund
/// who was in it now.
///
/// # Errors
/// - `InsuredTooSmall`, `TermOutOfBounds`, `WrongExpiry`, `TermBeyondNotice`;
/// - `CoverUnfit`, `CoverClosed`, `ExitsHeld`, `HeadroomShort`;
/// - `RiskOff`, `StalePrice`, `MarketEnds`;
/// - `PremiumAtCap`, `PremiumAboveLimit`, `CapacityUsed`.
pub fn buy(
    book: &mut PolicyBook,
    expiry: &mut Expiry,
    policy: &mut Policy,
    purchase: &Purchase,
    seller: &Seller,
    now: i64,
) -> Result<Money> {
    let Purchase { insured, max_premium, term_days } = *purchase;
    require!(insured >= book.min_insured, CoverError::InsuredTooSmall);
    let terms = book.min_term_days..=book.max_term_days;
    require!(terms.contains(&term_days), CoverError::TermOutOfBounds);
    let expires = day_of(now).checked_add(u32::from(term_days)).ok_or(CoverError::Overflow)?;
    require!(expiry.day == expires, CoverError::WrongExpiry);
    require_priced_in_time(term_days, seller.fund)?;
    require_cover(expires, seller, now)?;
    require!(!seller.fund.holds_exits(now), CoverError::ExitsHeld);
    require!(seller.fund.has_headroom()?, CoverError::HeadroomShort);
    require!(!seller.market.is_risk_off(now), CoverError::RiskOff);
    require!(seller.market.is_recent(book.max_age_secs, now), CoverError::StalePrice);
    let priced = start_of(expires.saturating_add(u32::from(EXIT_DAYS)));
    require!(!seller.market.ends_before(priced), CoverError::MarketEnds);

    let premium = premium(book, insured, seller.market.variance, term_days)?;
    let premium = premium.ok_or(CoverError::PremiumAtCap)?;
    require!(premium <= max_premium, CoverError::PremiumAboveLimit);
    let most = book.terms(insured).most().map_err(CoverError::from)?;
    require!(most > 0 && premium > 0, CoverError::InsuredTooSmall);
    let pledged = add(book.pledged, most)?;
    require!(pledged <= seller.terms.capacity(seller.cover, now), CoverError::CapacityUsed);

    policy.version = VERSION;
    policy.term_days = term_days;
    policy.expiry_day = expires;
    policy.number = book.next_policy;
    policy.insured = insured;
    policy.premium = premium;
    policy.most = most;
    book.next_policy = add(book.next_policy, 1)?;
    book.pledged = pledged;
    expiry.pledged = add(expiry.pledged, most)?;
    expiry.policies = add(expiry.policies, 1)?;
    Ok(premium)
}

/// Refuses a term at whose end contributors can have left that were here at its beginning. The least
/// notice that the fund can have counts, so that no change of the notice period lets them.
fn require_priced_in_time(term_days: u8, fund: &SaleView) -> Result<()> {
    let days = term_days.saturating_add(EXIT_DAYS);
    let notice = i64::from(fund.cover_min_notice_secs);
    let in_time = days <= MAX_PRICED_DAYS && i64::from(days).saturating_mul(DAY_SECS) <= notice;
    require!(in_time, CoverError::TermBeyondNotice);
    Ok(())
}

/// Refuses a cover that would not pay policies of this day: of another kind, not open, or over more than
/// a day too early to be drawn on.
fn require_cover(expires: u32, seller: &Seller, now: i64) -> Result<()> {
    require!(seller.terms.fits_policies(), CoverError::CoverUnfit);
    let drawn_by = start_of(expires.saturating_add(u32::from(EXIT_DAYS))).saturating_add(DAY_SECS);
    let serves = drawn_by <= seller.cover.over_ts().saturating_add(SERVE_SECS);
    require!(seller.cover.is_open(now) && serves, CoverError::CoverClosed);
    Ok(())
}

/// Returns the premium of a term, `ceil(S (1 - coinsurance) theta v / 8)`, rounded up in favour of the
/// fund; `None` if that reaches the cap. The variance is at least that of the book's terms.
///
/// # Errors
/// `Overflow`.
pub fn premium(
    book: &PolicyBook,
    insured: Money,
    variance: Variance,
    term_days: u8,
) -> Result<Option<Money>> {
    let secs = u64::from(term_days).saturating_mul(DAY_SECS.unsigned_abs());
    let variance = variance.max(book.least_variance());
    let premium = book.terms(insured).premium(variance, secs, book.theta_bps);
    Ok(premium.map_err(CoverError::from)?)
}

/// A policy that is in force from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Started {
    /// Its price of entry.
    pub entry_price: u64,
    /// What its premium would have been at the larger variance.
    pub due: Money,
}

/// Puts a policy in force: fixes its price of entry, and cuts what it insures to what the premium buys at
/// the larger variance of purchase and entry. Equation 16 caps that premium at the largest payout.
///
/// The variance of entry is the highest that was noted on the day of entry, so that nobody chooses a
/// calm moment. A policy whose day of entry has no price is never in force.
///
/// # Errors
/// `AlreadyStarted`, `ExpirySettled`, `EntryNotKnown`.
pub fn start(book: &mut PolicyBook, expiry: &mut Expiry, policy: &mut Policy) -> Result<Started> {
    require!(!policy.is_started.get(), CoverError::AlreadyStarted);
    require!(expiry.state == ExpiryState::Running, CoverError::ExpirySettled);
    let entry = price_after(book, policy.bought_day()).ok_or(CoverError::EntryNotKnown)?;
    let due = match premium(book, policy.insured, entry.variance, policy.term_days)? {
        Some(premium) => premium,
        // Rounded up: it favours the fund.
        None => add(book.terms(policy.insured).most().map_err(CoverError::from)?, 1)?,
    };
    let insured = insured_for(policy.insured, policy.premium, due).map_err(CoverError::from)?;
    let most = book.terms(insured).most().map_err(CoverError::from)?;
    let released = sub(policy.most, most)?;
    policy.is_started = true.into();
    policy.insured = insured;
    policy.most = most;
    book.pledged = sub(book.pledged, released)?;
    expiry.pledged = sub(expiry.pledged, released)?;
    let cohort = expiry.cohort_mut(policy.term_days)?;
    cohort.insured = add(cohort.insured, insured)?;
    cohort.entry_price = entry.price; // of the one day of entry: the same for all of them
    Ok(Started { entry_price: cohort.entry_price, due })
}

/// Settles all policies of a day, and returns what they are paid together: what the cover is drawn on
/// for. Policies that nobody has put in force by now are paid nothing, and none are if the day of exit has no
/// price.
///
/// # Errors
/// - `ExpirySettled`; `ExitNotKnown` until a price has been noted after the day of exit;
/// - `DrawOpen` while the draw of another day is not paid out: what a day shares is certain only then.
pub fn settle(book: &mut PolicyBook, expiry: &mut Expiry) -> Result<Money> {
    require!(expiry.state == ExpiryState::Running, CoverError::ExpirySettled);
    require!(book.drawing_day == 0, CoverError::DrawOpen);
    require!(book.has_counted(expiry.day.saturating_add(1)), CoverError::ExitNotKnown);
    let exit_price = price_after(book, expiry.day).map_or(0, |exit| exit.price); // at zero nothing is lost
    let mut total: Money = 0;
    for cohort in &expiry.cohorts {
        total = add(total, payout(book, cohort, exit_price, cohort.insured)?)?;
    }
    // The most that each pays is rounded down by itself: their sum may be some units less.
    expiry.total = total.min(expiry.pledged);
    expiry.exit_price = exit_price;
    expiry.state = ExpiryState::Drawn.into();
    book.drawing_day = expiry.day;
    book.pledged = sub(book.pledged, expiry.pledged)?;
    Ok(expiry.total)
}

/// Returns what a value at entry is paid between the prices of a cohort and of exit.
fn payout(book: &PolicyBook, cohort: &Cohort, exit_price: u64, insured: Money) -> Result<Money> {
    let loss = loss(cohort.entry_price, exit_price).map_err(CoverError::from)?;
    Ok(book.terms(insured).payout(loss).map_err(CoverError::from)?)
}

/// Records the draw of a day: `before` and `after` are the cover around it.
///
/// # Errors
/// `Underflow`.
pub fn note_draw(expiry: &mut Expiry, before: &CoverView, after: &CoverView) -> Result<()> {
    expiry.from_first_loss = sub(before.first_loss, after.first_loss)?;
    expiry.drawn_before = after.drawn;
    Ok(())
}

/// Opens the payouts of a day, and returns what they share.
///
/// # Errors
/// `NotDrawn`; `CoverOwes` while something of the draw is neither paid nor lapsed, or not collected.
pub fn open_payouts(
    book: &mut PolicyBook,
    expiry: &mut Expiry,
    cover: &CoverView,
    now: i64,
) -> Result<Money> {
    require!(expiry.state == ExpiryState::Drawn, CoverError::NotDrawn);
    require!(cover.owed == 0 && cover.payable == 0, CoverError::CoverOwes);
    let drawn = add(expiry.from_first_loss, sub(cover.drawn, expiry.drawn_before)?)?;
    open(book, expiry, drawn, now);
    Ok(expiry.reserved)
}

/// Opens the payouts of a day that has drawn nothing: no policy of it lost enough, or the cover serves
/// its drawer no more.
pub fn open_without_draw(book: &mut PolicyBook, expiry: &mut Expiry, now: i64) {
    open(book, expiry, 0, now);
}

fn open(book: &mut PolicyBook, expiry: &mut Expiry, reserved: Money, now: i64) {
    expiry.reserved = reserved;
    expiry.expires_ts = now.saturating_add(CLAIM_SECS);
    expiry.state = ExpiryState::Open.into();
    book.drawing_day = 0;
}

/// What a policy is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paid {
    /// By the formula.
    pub payout: Money,
    /// Its part of what the day's draw has got.
    pub paid: Money,
}

/// Returns what a policy is paid: `floor(payout reserved / total)`, rounded down in favour of the fund, to
/// which the rest returns.
///
/// # Errors
/// `Overflow`, `DivByZero`.
pub fn paid(book: &PolicyBook, expiry: &Expiry, policy: &Policy) -> Result<Paid> {
    if !policy.is_started.get() || expiry.total == 0 {
        return Ok(Paid { payout: 0, paid: 0 });
    }
    let cohort = expiry.cohort(policy.term_days)?;
    let payout = payout(book, cohort, expiry.exit_price, policy.insured)?;
    let paid = part(payout, expiry.reserved.min(expiry.total), expiry.total, Round::Down)?;
    Ok(Paid { payout, paid })
}

/// Books the payout of a policy, whose account is closed with it, and returns it.
///
/// # Errors
/// `PayoutsNotOpen`, `PayoutsOver`, `NotOwner`; `PaysNothing`.
pub fn claim(
    book: &PolicyBook,
    expiry: &mut Expiry,
    policy: &Policy,
    owner: &Address,
    now: i64,
) -> Result<Paid> {
    require!(anchor_lang::address_eq(&policy.owner, owner), CoverError::NotOwner);
    expiry.require_open(now)?;
    let due = paid(book, expiry, policy)?;
    require!(due.paid > 0, CoverError::PaysNothing);
    expiry.paid = add(expiry.paid, due.paid)?;
    require!(expiry.paid <= expiry.reserved, CoverError::InvariantViolated);
    forget(expiry)?;
    Ok(due)
}

/// Closes a policy that is paid nothing, or whose time for the payout is over.
///
/// # Errors
/// `PolicyLive`.
pub fn close(book: &PolicyBook, expiry: &mut Expiry, policy: &Policy) -> Result<()> {
    let is_open = expiry.state == ExpiryState::Open;
    let is_over = expiry.state == ExpiryState::Ended || is_open && paid(book, expiry, policy)?.paid == 0;
    require!(is_over, CoverError::PolicyLive);
    forget(expiry)
}

/// Counts a policy less.
fn forget(expiry: &mut Expiry) -> Result<()> {
    expiry.policies = sub(expiry.policies, 1)?;
    Ok(())
}

/// Ends the payouts of a day, and returns the unclaimed rest.
///
/// # Errors
/// `PayoutsNotOpen`, `PayoutsOver` if they have ended before, `PayoutsRunning`.
pub fn end_payouts(expiry: &mut Expiry, now: i64) -> Result<Money> {
    require!(expiry.state != ExpiryState::Ended, CoverError::PayoutsOver);
    require!(expiry.state == ExpiryState::Open, CoverError::PayoutsNotOpen);
    require!(now >= expiry.expires_ts || expiry.policies == 0, CoverError::PayoutsRunning);
    expiry.state = ExpiryState::Ended.into();
    sub(expiry.reserved, expiry.paid)
}

/// Refuses to close a day that something still depends on. One on which nobody has bought a policy can be
/// closed once no policy can be sold for it.
///
/// # Errors
/// `ExpiryNotOver`.
pub fn require_closable(expiry: &Expiry, now: i64) -> Result<()> {
    let is_unused = expiry.state == ExpiryState::Running && day_of(now) >= expiry.day;
    let is_over = expiry.policies == 0 && (expiry.state == ExpiryState::Ended || is_unused);
    require!(is_over, CoverError::ExpiryNotOver);
    Ok(())
}
