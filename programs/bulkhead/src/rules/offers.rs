//! Offers: members trade without meeting. A maker posts what it would trade, and a taker takes it in
//! two steps.
//!
//! A price that rests is an option for whoever picks the moment. A taking therefore fixes the moment
//! before the price is known: the fill is at the first print after it, which both times in a print
//! single out, and anyone fills. Until then all that the trade asks for is locked on both sides (see
//! [`Lock`]), and the fill does not ask for it again: nothing that a side does for itself makes it fail,
//! only a price. The trade itself is a novation, by the rule of [`positions::novate_at`].

use {
    super::{
        alloc::vec::Vec,
        cover_two, crowding,
        positions::{self, Deal, Novation, Side, Stage},
        requirements, shares, MarketSource, Named,
    },
    crate::{arithmetic::*, constants::*, error::*, oracle::Print, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        offers::{Lock, LockTerms, Quote},
        units::{Bps, Lots, Price},
    },
    bytemuck::Zeroable,
    core::hint::black_box,
};

/// Checks the terms of an offer that the owner, or a delegate, posts now.
///
/// A delegate posts no offer that gives way against the print: its budget would be used up by takings
/// that are never filled.
///
/// # Errors
/// `ZeroAmount`, `LotsNotOffered`, `PriceOutsideBand`, `OfferExpired`, `NoPreviousPrint`,
/// `MarketClosed`, `DelegateBudgetExceeded`.
pub fn validate(market: &Market, terms: &OfferTerms, by_delegate: bool, now: i64) -> Result<()> {
    require_prints_in_order(market)?;
    market.require_not_final()?;
    require!(terms.lots != 0, BulkheadError::ZeroAmount);
    require!(terms.min_lots <= terms.lots.unsigned_abs(), BulkheadError::LotsNotOffered);
    let within = terms.distance_bps.unsigned_abs() <= market.price_band_bps;
    require!(within, BulkheadError::PriceOutsideBand);
    require!(now < terms.expires_ts, BulkheadError::OfferExpired);
    require!(!by_delegate || terms.distance_bps >= 0, BulkheadError::DelegateBudgetExceeded);
    Ok(())
}

/// Refuses a market whose oracle does not say which print came before: the one that a fill is at
/// could be chosen.
///
/// # Errors
/// `NoPreviousPrint`.
fn require_prints_in_order(market: &Market) -> Result<()> {
    require!(market.oracle.kind == OracleKind::PythPull as u8, BulkheadError::NoPreviousPrint);
    Ok(())
}

/// Refuses an offer that can neither be taken nor filled now, for a reason that is not the taker's
/// account: nobody may add risk in the market, the maker or the taker is not active, or the maker has
/// defaulted since it has posted.
///
/// It holds for trades that reduce as well: no taking waits through a time in which the mark is not
/// the print's own.
///
/// # Errors
/// `MarketClosed`, `NoPreviousPrint`, `MemberNotActive`, `OfferVoid`; as
/// [`positions::require_takes_risk`].
#[inline(never)]
fn require_alive(
    fund: &Fund,
    market: &Market,
    offer: &Offer,
    maker: &Member,
    taker: &Member,
    now: i64,
) -> Result<()> {
    market.require_not_final()?;
    require_prints_in_order(market)?;
    let active = maker.status == MemberStatus::Active && taker.status == MemberStatus::Active;
    require!(active, BulkheadError::MemberNotActive);
    require!(offer.default_count == maker.default_count, BulkheadError::OfferVoid);
    positions::require_takes_risk(fund, market, now)
}

/// Takes up to all lots of an offer: `lots` are signed as the taker receives them, `limit_price` is the
/// worst price that it accepts. The offer then waits for the first print after this moment, or after
/// the last print that is on chain, if that one is ahead of the chain's clock.
///
/// The trade must be one that both could make now, at the mark, and at a print that is as old as one
/// that fills: whoever cannot fill an offer does not hold it up. A side below initial margin takes
/// nothing and is not taken from: what its fill asks for is in its own hands. What a delegate concedes is booked now, so that no owner voids a taking by another
/// budget.
///
/// # Errors
/// - `OfferTaken`, `OfferExpired`, `OfferForAnother`, `ZeroAmount`, `WrongSide`, `LotsNotOffered`,
///   `PriceBeyondLimit`;
/// - `OfferVoid` if the key that has posted the offer trades no more for the maker; as
///   [`require_alive`];
/// - as [`positions::novate`], for both sides;
/// - `AssessmentReserved` when a side would not keep free what may be asked of it;
/// - as [`require_keeps`].
#[inline(never)]
#[allow(clippy::too_many_arguments)] // as few as the trade has
pub fn take(
    fund: &Fund,
    market: &mut Market,
    others: &impl MarketSource,
    offer: &mut Offer,
    maker: Side,
    mut taker: Side,
    (lots, limit_price): (Lots, Price),
    clock: &Clock,
) -> Result<()> {
    let now = clock.unix_timestamp;
    offer.require_not_taken()?;
    require!(now < offer.expires_ts, BulkheadError::OfferExpired);
    let anyone = offer.taker == Address::default();
    let meant = anyone || anchor_lang::address_eq(&offer.taker, &taker.member.owner);
    require!(meant, BulkheadError::OfferForAnother);
    offer.require_offers(lots)?;
    let trades = maker.member.require_trader(&offer.trader).is_ok();
    require!(trades, BulkheadError::OfferVoid);
    require_alive(fund, market, offer, maker.member, taker.member, now)?;
    let price = require_price(&offer.quote(), market.mark.price, limit_price)?;

    let mut fund = copy(fund);
    let fund = &mut fund[0];
    fund.run_exit_clock(clock)?;
    let lock = lock_of(fund, market, lots, price)?;
    require_possible(fund, market, others, &maker, &taker, lots, price, &lock, clock)?;
    taker.concede(market, lots, price, 0, now)?;
    let taker_address = *taker.address;
    for Side { address, member, .. } in [maker, taker] {
        let waits = member.locked > 0;
        member.locked = add(member.locked, lock.margin)?;
        member.locked_stress = add(member.locked_stress, lock.stress)?;
        member.locked_contribution = add(member.locked_contribution, lock.contribution)?;
        member.keep_slot(market.index)?;
        if waits || requirements::is_asked(fund, member, now)? {
            require_keeps(fund, market, others, address, member, waits, now)?;
        }
    }
    market.count_taking(lots.unsigned_abs(), now)?;
    offer.taking = Taking {
        taker: taker_address,
        lots,
        limit_price,
        ts: now.max(market.seen_ts),
        locked: lock.margin,
        locked_stress: lock.stress,
        locked_contribution: lock.contribution,
        loss_seq: fund.loss_seq,
    };
    Ok(())
}

/// Returns the price at a print, if the taker accepts it.
///
/// # Errors
/// `PriceBeyondLimit`.
fn require_price(quote: &Quote, print: Price, limit_price: Price) -> Result<Price> {
    let price = quote.price(print).or_fail()?;
    require!(quote.is_within(price, limit_price), BulkheadError::PriceBeyondLimit);
    Ok(price)
}

/// Returns a copy that a rule can be tried on. It is never on the stack, which is too small for it.
///
/// The compiler is not told how long it is: it would copy a kilobyte word by word, at ten times the compute
/// units of the runtime's own copy.
#[inline(never)]
fn copy<T: Copy>(of: &T) -> Vec<T> {
    core::slice::from_ref(of)[..black_box(1)].to_vec()
}

/// Refuses a trade that the two could not make now, as a novation, with the doubt in a print that is as
/// old as one that fills, and beside what others have taken in this half minute: a fill asks for no room
/// in the market, and friends would trade beyond its limits by offers. Nothing changes.
///
/// All lots of a taking count, also those that reduce: until the fill a side can hand its position on, or
/// another taking can close it, and the fill opens a new one. What is open, with all that is taken in this
/// half minute, is therefore at most twice what the market may have: less would keep a full market from
/// being left by takings.
///
/// # Errors
/// As [`positions::novate`]; `BelowInitialMargin`, `CoverLimitExceeded`.
#[inline(never)]
#[allow(clippy::too_many_arguments)] // as few as the trade has
fn require_possible(
    fund: &Fund,
    market: &Market,
    others: &impl MarketSource,
    maker: &Side,
    taker: &Side,
    lots: Lots,
    price: Price,
    lock: &Lock,
    clock: &Clock,
) -> Result<()> {
    let (mut fund, mut market) = (copy(fund), copy(market));
    let (open_interest, beside) = (market[0].open_interest, market[0].taken_lots(clock.unix_timestamp));
    market[0].open_interest = add(open_interest, beside)?;
    let (mut making, mut taking) = (copy(&*maker.member), copy(&*taker.member));
    let maker = Side { address: maker.address, member: &mut making[0], by_delegate: false };
    let taker = Side { address: taker.address, member: &mut taking[0], by_delegate: false };
    let (buyer, seller) = if lots > 0 { (taker, maker) } else { (maker, taker) };
    let deal = Deal { lots: lots.unsigned_abs(), price };
    let stage = Stage::Taken { doubt: lock.doubt };
    positions::novate_at(&mut fund[0], &mut market[0], others, buyer, seller, deal, stage, clock)?;
    // Rounded up, against the two.
    market[0].open_interest = add(add(open_interest, beside)?, deal.lots)?.div_ceil(2);
    crowding::book(&mut fund[0], &mut market[0])?;
    positions::require_open_interest(&fund[0], &market[0], 0)
}

/// Returns what a taking locks of each side. Its margin is above zero.
fn lock_of(fund: &Fund, market: &Market, lots: Lots, price: Price) -> Result<Lock> {
    let terms = LockTerms {
        fee: Bps(fund.params.clearing_fee_bps),
        discount: fund.params.auction().max_discount,
        fill_age_secs: FILL_AGE_SECS as u32,
        age_full_secs: fund.params.age_full_secs,
    };
    Lock::of(lots, price, market.scale()?, &market.risk_rates(), &terms).or_fail()
}

/// Refuses a lock that takes what may be asked of a member for an assessment, or for a call that is
/// due: nobody hides margin in takings.
///
/// Refuses besides a side for which another taking `waits`, unless it meets required contribution and cover
/// limit with all that is locked of it beside what it holds. What reduces now opens a position if another
/// taking has closed it before: of many that each close all, one closes.
///
/// # Errors
/// `AssessmentReserved`; `BelowRequiredContribution`, `CoverLimitExceeded` if another taking waits.
#[inline(never)]
fn require_keeps(
    fund: &mut Fund,
    market: &Market,
    others: &impl MarketSource,
    address: &Address,
    member: &Member,
    waits: bool,
    now: i64,
) -> Result<()> {
    let prices = others.prices(market)?;
    let risk = requirements::risk(fund, &Named { market, prices: &prices, others }, member)?;
    requirements::require_reserve_kept(fund, member, &risk, now)?;
    if !waits {
        return Ok(());
    }
    let exposure = cover_two::update(fund, address, member, &risk)?;
    let required = risk.required_contribution(fund.params.min_contribution);
    require!(shares::missing(fund, member, required)? == 0, BulkheadError::BelowRequiredContribution);
    cover_two::require_within_limit(fund, &exposure)
}

/// A taking that was filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Price of each lot.
    pub price: Price,
    /// The trade.
    pub novation: Novation,
}

/// Fills a taking at its print. The price is within the band around the print, and both sides are
/// judged at the mark, which is that print or a later one, and as if they had traded when the offer was
/// taken: neither may be one that others can liquidate now.
///
/// # Errors
/// - as [`require_alive`]; `TakingLapsed`, also when a loss has come since that nobody had paid: one that
///   somebody brings about and pays would stop every fill, and let it go on, when it suits him;
/// - `StaleMark` while the mark is older than the print;
/// - `PriceBeyondLimit`; as [`positions::novate_at`].
#[inline(never)]
#[allow(clippy::too_many_arguments)] // as few as the trade has
pub fn fill(
    fund: &mut Fund,
    market: &mut Market,
    others: &impl MarketSource,
    print: &Print,
    offer: &mut Offer,
    maker: Side,
    taker: Side,
    clock: &Clock,
) -> Result<Fill> {
    let Taking { lots, limit_price, .. } = offer.taking;
    require!(!has_lapsed(offer, clock.unix_timestamp), BulkheadError::TakingLapsed);
    require_alive(fund, market, offer, maker.member, taker.member, clock.unix_timestamp)?;
    require!(offer.taking.loss_seq == fund.loss_seq, BulkheadError::TakingLapsed);
    require!(market.mark.publish_ts >= print.publish_ts, BulkheadError::StaleMark);
    let price = require_price(&offer.quote(), print.price, limit_price)?;
    unlock(offer, maker.member, taker.member)?;
    offer.lots = offer.lots.checked_add(lots).ok_or(BulkheadError::Overflow)?;
    let (buyer, seller) = if lots > 0 { (taker, maker) } else { (maker, taker) };
    let deal = Deal { lots: lots.unsigned_abs(), price };
    let stage = Stage::Filled { print: print.price };
    let novation = positions::novate_at(fund, market, others, buyer, seller, deal, stage, clock)?;
    Ok(Fill { price, novation })
}

/// Returns `true` once a taking cannot be filled any more.
pub fn has_lapsed(offer: &Offer, now: i64) -> bool {
    now > offer.taking.ts.saturating_add(TAKING_SECS)
}

/// Ends a taking that was not filled in time. The offer can be taken again.
///
/// # Errors
/// `TakingOpen`.
pub fn lapse(offer: &mut Offer, maker: &mut Member, taker: &mut Member, now: i64) -> Result<()> {
    require!(has_lapsed(offer, now), BulkheadError::TakingOpen);
    unlock(offer, maker, taker)
}

/// Frees what is locked of both sides, and ends the taking.
fn unlock(offer: &mut Offer, maker: &mut Member, taker: &mut Member) -> Result<()> {
    let taking = core::mem::replace(&mut offer.taking, Zeroable::zeroed());
    for member in [maker, taker] {
        member.locked = sub(member.locked, taking.locked)?;
        member.locked_stress = sub(member.locked_stress, taking.locked_stress)?;
        member.locked_contribution = sub(member.locked_contribution, taking.locked_contribution)?;
        member.release_slot(offer.market_index)?;
    }
    Ok(())
}
