//! A cover: a part of the fund that is pledged to a program, within limits that nothing exceeds.

use {
    super::{params::bounds, CoverStatus::*},
    crate::{arithmetic::*, constants::*, error::*},
    anchor_lang::prelude::*,
    bulkhead_math::{
        covers::{Period, Purse},
        interval::{cell, GAP_CELL_SECS},
        units::{Bps, Money},
        Round,
    },
    wincode::{SchemaRead, SchemaWrite},
};

/// What a cover is for. It decides how its drawer is bounded.
#[pod_wrapper]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum CoverKind {
    /// Claims that a panel has decided.
    Claims = 0,
    /// Bad debt that a lending pool reports, bounded by what its market has done.
    Venue = 1,
    /// Payments by a formula. The program that draws takes the coinsurance itself.
    Parametric = 2,
}

/// The state of a cover.
#[pod_wrapper]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum CoverStatus {
    /// Everything is available, as far as its times allow.
    Active = 0,
    /// What is drawn waits, and so does what it is owed.
    Suspended = 1,
    /// It pledges nothing any more. What it still holds can be collected.
    Ended = 2,
}

/// Money of a cover that anyone may add to.
#[pod_wrapper]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum CoverPurse {
    /// Premium paid in advance.
    Prepaid = 0,
    /// The part of each loss that the cover bears before the fund does.
    FirstLoss = 1,
    /// Premium that is earned at once.
    Earned = 2,
    /// Money for the contributors alone, such as the bond of a false alert that has held them.
    Forfeited = 3,
}

impl CoverPurse {
    /// Returns the purse with this number.
    ///
    /// # Errors
    /// `ParameterOutOfBounds`.
    pub fn from_number(number: u8) -> Result<Self> {
        match number {
            0 => Ok(Self::Prepaid),
            1 => Ok(Self::FirstLoss),
            2 => Ok(Self::Earned),
            3 => Ok(Self::Forfeited),
            _ => Err(BulkheadError::ParameterOutOfBounds.into()),
        }
    }
}

/// The terms of a cover. But for a higher limit they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SchemaRead, SchemaWrite, IdlType)]
pub struct CoverTerms {
    /// The key that holds and draws: an address of the program that is covered, or that decides claims.
    pub drawer: Address,
    /// The token account that draws are paid to.
    pub destination: Address,
    /// The wallet that gets premium and first loss back that the cover has not used.
    pub beneficiary: Address,
    /// Hash of the document that says what is covered.
    pub terms_hash: [u8; 32],
    /// Most that the cover can draw in all.
    pub limit: u64,
    /// First loss without which no period begins.
    pub first_loss_min: u64,
    /// Most that one draw is owed.
    pub per_draw: u64,
    /// Most that the draws of a period are owed.
    pub period_limit: u64,
    /// Debt that a venue has covered, in base units; else zero.
    pub covered_debt: u64,
    /// What happened before is not covered. A cover opens an hour after its change is applied at the
    /// earliest.
    pub opens_ts: i64,
    /// What happens from then on is not covered.
    pub ends_ts: i64,
    /// Premium, of what is pledged, in a year.
    pub premium_bps_per_year: u16,
    /// Part of each loss beyond the first that the cover does not pay.
    pub coinsurance_bps: u16,
    /// Index of the market whose price bounds a venue; else zero.
    pub market: u16,
    /// Debt of its collateral at which a venue liquidates a loan; else zero.
    pub threshold_bps: u16,
    /// See [`CoverKind`].
    pub kind: u8,
}

/// Returns the least first loss of a cover of this kind and limit, rounded up in favour of the fund.
fn least_first_loss(kind: u8, limit: Money) -> Money {
    const VENUE: u8 = CoverKind::Venue as u8;
    const PARAMETRIC: u8 = CoverKind::Parametric as u8;
    match kind {
        VENUE => Bps(MIN_VENUE_FIRST_LOSS_BPS).of(limit, Round::Up).unwrap_or(Money::MAX),
        PARAMETRIC => 0,
        _ => 1,
    }
}

impl CoverTerms {
    fn is(&self, kind: CoverKind) -> bool {
        self.kind == kind as u8
    }

    /// Returns the most that a period may be owed under these terms, rounded down in favour of the fund.
    fn most_in_period(&self) -> Money {
        match self.is(CoverKind::Venue) {
            true => Bps(MAX_VENUE_PERIOD_BPS).of(self.limit, Round::Down).unwrap_or(0),
            false => self.limit,
        }
    }

    fn is_bounded_by_a_market(&self) -> bool {
        match self.is(CoverKind::Venue) {
            true => (1..ONE_BPS).contains(&self.threshold_bps) && self.covered_debt > 0,
            false => self.threshold_bps == 0 && self.covered_debt == 0 && self.market == 0,
        }
    }

    fn is_coinsured(&self) -> bool {
        let least = if self.is(CoverKind::Parametric) { 0 } else { MIN_COINSURANCE_BPS };
        (least..=ONE_BPS).contains(&self.coinsurance_bps)
    }

    bounds! { self,
        "kind" => self.kind <= CoverKind::Parametric as u8,
        "limit" => self.limit > 0,
        "per_draw" => (1..=self.limit).contains(&self.per_draw),
        "period_limit" => (1..=self.most_in_period()).contains(&self.period_limit),
        "first_loss_min" => self.first_loss_min >= least_first_loss(self.kind, self.limit),
        "coinsurance_bps" => self.is_coinsured(),
        "opens_ts not before ends_ts" => self.opens_ts < self.ends_ts,
        "market, threshold_bps and covered_debt" => self.is_bounded_by_a_market(),
    }

    /// Refuses terms outside the hard bounds, and names the first of them in the log.
    ///
    /// # Errors
    /// `ParameterOutOfBounds`.
    pub fn validate(&self) -> Result<()> {
        super::params::refuse(self.first_violation())
    }
}

/// One cover. Its account is never closed: what it has paid stays readable, and its index names no other.
#[account]
pub struct Cover {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// See [`CoverKind`].
    pub kind: u8,
    /// See [`CoverStatus`].
    pub status: PodCoverStatus,
    /// Its number in the fund.
    pub index: u16,
    /// See [`CoverTerms::coinsurance_bps`].
    pub coinsurance_bps: u16,
    /// The fund.
    pub fund: Address,
    /// See [`CoverTerms::drawer`].
    pub drawer: Address,
    /// See [`CoverTerms::destination`].
    pub destination: Address,
    /// See [`CoverTerms::beneficiary`].
    pub beneficiary: Address,
    /// See [`CoverTerms::terms_hash`].
    pub terms_hash: [u8; 32],

    // Money
    /// Most that the cover can draw in all.
    pub limit: u64,
    /// Drawn and settled so far.
    pub drawn: u64,
    /// Drawn and not settled.
    pub owed: u64,
    /// Settled and not collected. In the reserve.
    pub payable: u64,
    /// First loss that is there. In the reserve.
    pub first_loss: u64,
    /// First loss without which no period begins.
    pub first_loss_min: u64,
    /// Premium paid in advance. In the reserve.
    pub prepaid: u64,
    /// Most that one draw is owed.
    pub per_draw: u64,
    /// Most that the draws of a period are owed.
    pub period_limit: u64,
    /// Owed by the draws of the present cell of seven days.
    pub period_drawn: u64,
    /// Owed by the draws of the cell before.
    pub period_before: u64,
    /// When the present cell began.
    pub period_ts: i64,

    // Times
    /// What happened before is not covered.
    pub opens_ts: i64,
    /// What happens from then on is not covered.
    pub ends_ts: i64,
    /// The second in which the premium was used up; zero: it is not.
    pub lapsed_ts: i64,
    /// The premium is paid until then.
    pub premium_ts: i64,
    /// A loss may be undecided until then: the cover does not end before.
    pub live_until_ts: i64,
    /// Mean slot of the draws that are owed, by their size.
    pub owed_slot: u64,

    // Venues
    /// Debt that is covered.
    pub covered_debt: u64,
    /// Number of the quarter-hour cell of `cell_drawn`.
    pub cell: u64,
    /// Bad debt booked in that cell.
    pub cell_drawn: u64,
    /// Bad debt booked in the cell before.
    pub before_drawn: u64,
    /// Premium, of what is pledged, in a year.
    pub premium_bps_per_year: u16,
    /// Index of the market.
    pub market: u16,
    /// See [`CoverTerms::threshold_bps`].
    pub threshold_bps: u16,
    /// Draws of the present cell of seven days.
    pub period_draws: u8,
    /// Settlements of the present cell of seven days.
    pub period_settlements: u8,
    /// When it was suspended last.
    pub suspended_ts: i64,
    /// Number of the quarter-hour cell in which a venue was settled last.
    pub settled_cell: u64,

    #[doc(hidden)]
    pub _reserved: [u8; 8],
}

const _: () = assert!(core::mem::size_of::<Cover>() == 376);

impl Cover {
    /// Refuses a cover of another fund, or in a layout that this program does not read.
    #[inline(always)]
    pub fn check(&self, fund: &Address) -> Result<()> {
        require!(anchor_lang::address_eq(&self.fund, fund), BulkheadError::WrongFund);
        require!(self.version == VERSION, BulkheadError::WrongVersion);
        Ok(())
    }

    /// Writes terms into a new cover.
    pub fn adopt(&mut self, terms: &CoverTerms) {
        self.kind = terms.kind;
        self.coinsurance_bps = terms.coinsurance_bps;
        self.drawer = terms.drawer;
        self.destination = terms.destination;
        self.beneficiary = terms.beneficiary;
        self.terms_hash = terms.terms_hash;
        self.limit = terms.limit;
        self.first_loss_min = terms.first_loss_min;
        self.per_draw = terms.per_draw;
        self.period_limit = terms.period_limit;
        self.covered_debt = terms.covered_debt;
        self.opens_ts = terms.opens_ts;
        self.ends_ts = terms.ends_ts;
        self.premium_bps_per_year = terms.premium_bps_per_year;
        self.market = terms.market;
        self.threshold_bps = terms.threshold_bps;
    }

    /// Refuses unless the drawer signs.
    ///
    /// # Errors
    /// `NotDrawer`.
    #[inline(always)]
    pub fn require_drawer(&self, signer: &Address) -> Result<()> {
        require!(anchor_lang::address_eq(&self.drawer, signer), BulkheadError::NotDrawer);
        Ok(())
    }

    /// Refuses a cover that has ended.
    ///
    /// # Errors
    /// `CoverHasEnded`.
    #[inline(always)]
    pub fn require_not_ended(&self) -> Result<()> {
        require!(self.status != Ended, BulkheadError::CoverHasEnded);
        Ok(())
    }

    /// Returns `true` if the cover is a venue.
    #[inline(always)]
    pub fn is_venue(&self) -> bool {
        self.kind == CoverKind::Venue as u8
    }

    /// Returns `true` once the premium was used up.
    #[inline(always)]
    pub fn has_lapsed(&self) -> bool {
        self.lapsed_ts != 0
    }

    /// Counts a settlement, and returns `true` if there were so many in this period that the cover is
    /// suspended: draws of dust would block exits without an end.
    ///
    /// Those of a venue in a quarter of an hour count once. It draws only in the two cells after its market
    /// has fallen, loan by loan. Otherwise contributors would suspend it by loans of dust of their own, or
    /// by settling between its draws, and leave before the rest is paid.
    #[inline(always)]
    pub fn settles_too_often(&mut self, now: i64) -> bool {
        let period = self.period(now);
        let cell = cell(now, GAP_CELL_SECS);
        let counts = !self.is_venue() || self.settled_cell != cell;
        if self.is_venue() {
            self.settled_cell = cell;
        }
        self.set_period(&if counts { period.settle(now) } else { period });
        self.period_settlements >= MAX_SETTLEMENTS
    }

    /// Returns the second from which nothing that happens is covered.
    #[inline(always)]
    pub fn over_ts(&self) -> i64 {
        if self.has_lapsed() {
            self.lapsed_ts
        } else {
            self.ends_ts
        }
    }

    /// Returns the second from which the cover serves no draws. A venue draws for what happens now, the
    /// others also for what happened before. A cover that nobody has ever paid for serves nothing.
    #[inline(always)]
    pub fn served_until(&self) -> i64 {
        if self.is_venue() || self.over_ts() <= self.opens_ts {
            self.over_ts()
        } else {
            self.serves_the_past_until()
        }
    }

    /// Returns the second until which what happened before is served.
    #[inline(always)]
    fn serves_the_past_until(&self) -> i64 {
        self.over_ts().saturating_add(COVER_SERVES_SECS).max(self.live_until_ts)
    }

    /// Returns the second from which the cover can be ended. One that has lapsed stays for as long as a
    /// change that was queued after the lapse can revive it: whoever ends it before takes that from its
    /// beneficiary.
    #[inline(always)]
    pub fn ends_at_the_earliest(&self) -> i64 {
        let revives = match self.has_lapsed() {
            true => self.lapsed_ts.saturating_add(COVER_LIVES_SECS).min(self.ends_ts),
            false => 0,
        };
        self.serves_the_past_until().max(revives)
    }

    /// Refuses outside the time in which the cover serves its drawer.
    ///
    /// # Errors
    /// `CoverNotOpen`, `CoverOver`.
    #[inline(always)]
    pub fn require_serves(&self, now: i64) -> Result<()> {
        require!(now >= self.opens_ts, BulkheadError::CoverNotOpen);
        require!(now < self.served_until(), BulkheadError::CoverOver);
        Ok(())
    }

    /// Returns what the cover may still draw: what it pledges.
    ///
    /// # Errors
    /// `Underflow`.
    #[inline(always)]
    pub fn pledged(&self) -> Result<Money> {
        sub(self.limit, self.drawn)
    }

    /// Returns the least first loss that its limit asks for.
    pub fn least_first_loss(&self) -> Money {
        least_first_loss(self.kind, self.limit)
    }

    /// Returns what the cover has in the fund's reserve.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn reserved(&self) -> Result<Money> {
        add(add(self.prepaid, self.first_loss)?, self.payable)
    }

    /// Returns the period that a draw now belongs to.
    #[inline(always)]
    pub fn period(&self, now: i64) -> Period {
        let (ts, drawn, before) = (self.period_ts, self.period_drawn, self.period_before);
        let (draws, settlements) = (self.period_draws, self.period_settlements);
        Period { ts, drawn, before, draws, settlements }.at(now)
    }

    /// Writes the period.
    #[inline(always)]
    pub fn set_period(&mut self, period: &Period) {
        self.period_drawn = period.drawn;
        self.period_before = period.before;
        self.period_ts = period.ts;
        self.period_draws = period.draws;
        self.period_settlements = period.settlements;
    }

    /// Returns what bounds a draw.
    ///
    /// # Errors
    /// `Underflow`.
    #[inline(always)]
    pub fn purse(&self, period: &Period) -> Result<Purse> {
        Ok(Purse {
            first_loss: self.first_loss,
            left: sub(self.pledged()?, self.owed)?,
            per_draw: self.per_draw,
            room: period.room(self.period_limit),
            coinsurance: Bps(self.coinsurance_bps),
        })
    }
}
