//! Covers: a part of the fund is pledged to a program, the drawer. docs/covers.md. `F` treasury and
//! contributions, `K` what covers may still draw.

use crate::{
    exit::DAY_SECS,
    number::{part, quotient, Int, BPS, YEAR_SECS},
    op::{CoverKind, CoverPurse, CoverTerms, Op},
    reason::Reason,
    state::{Clock, Cover, CoverStatus, FundStatus, Market, Model, Reported, Week},
};

/// Most covers of a fund that have not ended.
const MOST_COVERS: usize = 16;
/// A cover opens so long after its registration at the earliest.
const OPENS_SECS: Int = 3_600;
/// Claims for what has happened before the end are served for so long.
const SERVES_SECS: Int = 14 * DAY_SECS;
/// An undecided loss keeps a cover for so long after its end at most.
const LIVES_SECS: Int = 3 * SERVES_SECS;
/// A cell of draws.
const WEEK_SECS: Int = 7 * DAY_SECS;
/// The longest hold of a call.
const MOST_HOLD_SECS: Int = 7 * DAY_SECS;
/// Room of the bucket of holds.
const HOLD_ROOM_SECS: Int = 14 * DAY_SECS;
/// It refills one second in so many.
const HOLD_REFILL: Int = 3;
/// A gap that somebody has shown holds exits for so long.
const GAP_HOLD_SECS: Int = 600;
/// Length of a cell of the gap.
const GAP_CELL_SECS: Int = 900;
/// Slots between a draw and its settlement.
const SETTLE_SLOTS: Int = 150;
/// Settlements in a week after which a cover is suspended.
const MOST_SETTLEMENTS: Int = 16;
/// Shares that a unit of contributions stays for.
const SHARES_PER_UNIT: Int = 1 << 40;

/// Hard bounds of terms.
impl CoverTerms {
    fn least_first_loss(kind: CoverKind, limit: Int) -> Int {
        match kind {
            CoverKind::Claims => 1,
            CoverKind::Venue => part(limit, 200).up(),
            CoverKind::Parametric => 0,
        }
    }

    pub(crate) fn are_sound(&self) -> bool {
        let is_venue = self.kind == CoverKind::Venue;
        let (limit, coinsurance) = (self.limit, self.coinsurance_bps);
        let of_a_period = if is_venue { part(limit.into(), 5_000).down() } else { limit.into() };
        let has_market = (1..10_000).contains(&self.threshold_bps) && self.covered_debt > 0;
        let names_none = self.threshold_bps == 0 && self.covered_debt == 0 && self.market == 0;
        limit > 0
            && (1..=limit).contains(&self.per_draw)
            && (1..=of_a_period).contains(&Int::from(self.period_limit))
            && Int::from(self.first_loss_min) >= Self::least_first_loss(self.kind, limit.into())
            && coinsurance <= 10_000
            && (coinsurance >= 1_000 || self.kind == CoverKind::Parametric)
            && self.opens_ts < self.ends_ts
            && if is_venue { has_market } else { names_none }
    }
}

/// Times.
impl Cover {
    fn is_venue(&self) -> bool {
        self.terms.kind == CoverKind::Venue
    }

    /// What happens from then on is not covered.
    pub fn over_ts(&self) -> Int {
        self.lapsed_ts.unwrap_or(self.terms.ends_ts.into())
    }

    /// When it can be ended: not while a change can still revive it.
    pub fn ends_from_ts(&self) -> Int {
        let ends_ts = Int::from(self.terms.ends_ts);
        let revived_until = self.lapsed_ts.map_or(0, |lapsed| (lapsed + LIVES_SECS).min(ends_ts));
        self.serves_the_past_until().max(revived_until)
    }

    fn serves_the_past_until(&self) -> Int {
        (self.over_ts() + SERVES_SECS).max(self.live_until_ts)
    }

    /// A venue draws for what happens now, the others for what has happened before, too. A cover that
    /// was never paid for has covered nothing.
    fn served_until_ts(&self) -> Int {
        if self.is_venue() || self.over_ts() <= self.opens_ts {
            self.over_ts()
        } else {
            self.serves_the_past_until()
        }
    }

    /// What it may still draw.
    pub fn left(&self) -> Int {
        self.limit - self.drawn
    }

    /// What draws of this cell of seven days and of the one before were owed.
    pub(crate) fn drawn_in_period(&self, now: Int) -> (Int, Int) {
        let week = self.week.as_of(now);
        (week.drawn, week.before)
    }

    /// Its money in the fund's reserve.
    pub fn reserved(&self) -> Int {
        self.prepaid + self.first_loss + self.payable
    }

    /// Counts a settlement. Those of a venue in a quarter of an hour count once.
    fn count_settlement(&mut self, now: Int) {
        let (week, cell) = (self.week.as_of(now), now / GAP_CELL_SECS);
        let counts = !self.is_venue() || self.settled_cell != cell;
        self.settled_cell = if self.is_venue() { cell } else { 0 };
        self.week = Week { settlements: (week.settlements + Int::from(counts)).min(255), ..week };
    }
}

impl Week {
    /// As of now: cells lie on a fixed grid.
    fn as_of(self, now: Int) -> Self {
        let start_ts = now / WEEK_SECS * WEEK_SECS;
        match (start_ts - self.start_ts) / WEEK_SECS {
            0 => self,
            1 => Self { start_ts, before: self.drawn, ..Self::default() },
            _ => Self { start_ts, ..Self::default() },
        }
    }
}

impl Reported {
    fn as_of(self, cell: Int) -> Self {
        match cell - self.cell {
            0 => self,
            1 => Self { cell, now: 0, before: self.now },
            _ => Self { cell, ..Self::default() },
        }
    }
}

impl Market {
    /// The low end of A of a print that has just been taken, with the one in force until then. A fall over
    /// a quarter of an hour without a print has no beginning that is known.
    pub(crate) fn note_gap(&mut self, in_force: Int, clock: Clock) {
        let (cell, low) = (clock.ts / GAP_CELL_SECS, self.interval_of_others(clock).low);
        self.gap = match cell - self.gap.cell {
            0 | 1 => self.gap.as_of(cell, in_force).count(low),
            _ => crate::interval::Window::of(low, cell),
        };
    }
}

/// Totals.
impl Model {
    /// Covers that have not ended.
    pub fn alive(&self) -> impl Iterator<Item = &Cover> {
        self.covers.iter().filter(|cover| cover.status != CoverStatus::Ended)
    }

    /// Their number.
    pub fn covers_alive(&self) -> usize {
        self.alive().count()
    }

    /// 1: `K`.
    pub fn committed(&self) -> Int {
        self.alive().map(Cover::left).sum()
    }

    /// What of `K` others must leave alone: nothing in a wind-down, which pays no cover.
    pub fn pledged(&self) -> Int {
        match self.status {
            FundStatus::WindDown => 0,
            _ => self.committed(),
        }
    }

    /// What covers are owed that are not suspended.
    pub fn cover_owed(&self) -> Int {
        let active = self.covers.iter().filter(|cover| cover.status == CoverStatus::Active);
        active.map(|cover| cover.owed).sum()
    }

    /// C6: the bucket.
    pub fn cover_reserve(&self) -> Int {
        self.covers.iter().map(Cover::reserved).sum()
    }

    /// Treasury above its floor, and above what the houses of silent markets may lose beyond the cushions
    /// of the present round.
    fn treasury_for_covers(&self) -> Int {
        let floor = self.treasury_floor().max(self.waived_at_risk() - self.present_round().money);
        (self.treasury - floor).max(0)
    }

    /// Contributions, but for a unit for every 2^40 shares, rounded up.
    fn contributions_for_covers(&self) -> Int {
        match self.total_shares() {
            0 => 0,
            shares => (self.contributions - quotient(shares, 1, SHARES_PER_UNIT).up()).max(0),
        }
    }

    /// 3: what is there for covers: nothing in a wind-down.
    pub fn backing(&self) -> Int {
        match self.status {
            FundStatus::WindDown => 0,
            _ => self.treasury_for_covers() + self.contributions_for_covers(),
        }
    }
}

/// Registration.
impl Model {
    /// Refuses beyond the budget, and what does not fit beside the two largest exposures.
    fn require_pledge(&mut self) {
        let most = part(self.treasury + self.contributions, self.params.cover_budget_bps).down();
        self.require(self.committed() <= most, Reason::CoverBudgetExceeded);
        let fits = self.covers_two(self.treasury, self.contributions, None);
        self.require(fits, Reason::CoverTwoExceeded);
    }

    /// `open_cover`
    pub(crate) fn open_cover(&mut self, terms: CoverTerms) {
        self.require(self.covers_alive() < MOST_COVERS, Reason::TooManyCovers);
        let has_market = terms.kind != CoverKind::Venue || usize::from(terms.market) < self.markets.len();
        self.require(has_market, Reason::WrongMarket);
        let opens_ts = Int::from(terms.opens_ts).max(self.clock.ts + OPENS_SECS);
        self.require(opens_ts < Int::from(terms.ends_ts), Reason::CoverOver);
        self.covers.push(Cover {
            status: CoverStatus::Active,
            limit: terms.limit.into(),
            first_loss_min: terms.first_loss_min.into(),
            drawn: 0,
            owed: 0,
            owed_slot: 0,
            payable: 0,
            first_loss: 0,
            prepaid: 0,
            week: Week::default(),
            opens_ts,
            lapsed_ts: None,
            premium_ts: opens_ts,
            suspended_ts: 0,
            live_until_ts: 0,
            reported: Reported::default(),
            settled_cell: 0,
            terms,
        });
        self.require_pledge();
    }

    /// `amend_cover`: a higher limit.
    pub(crate) fn raise_cover(&mut self, index: usize, limit: Int) {
        if !self.goes_on(index) {
            return;
        }
        self.accrue(index);
        let cover = &mut self.covers[index];
        let (is_over, is_more) = (self.clock.ts >= cover.over_ts(), limit > cover.limit);
        let least = CoverTerms::least_first_loss(cover.terms.kind, limit);
        cover.first_loss_min = cover.first_loss_min.max(least);
        cover.limit = limit;
        self.require(!is_over, Reason::CoverOver);
        self.require(is_more, Reason::LimitNotRaised);
        self.require_pledge();
    }

    /// `amend_cover`: the suspension is lifted, or the cover opens anew after a lapse.
    pub(crate) fn resume_cover(&mut self, index: usize, queued_ts: Int) {
        if !self.goes_on(index) {
            return;
        }
        self.accrue(index);
        let (clock, cover) = (self.clock, &mut self.covers[index]);
        if cover.status == CoverStatus::Suspended {
            let was_suspended = queued_ts >= cover.suspended_ts;
            cover.status = CoverStatus::Active;
            cover.owed_slot = clock.slot;
            cover.week.settlements = 0;
            return self.require(was_suspended, Reason::NothingToResume);
        }
        let is_paid = cover.prepaid > 0 || cover.terms.premium_bps_per_year == 0;
        let had_lapsed = cover.lapsed_ts.is_some_and(|lapsed_ts| queued_ts >= lapsed_ts);
        // Whoever revives a venue has seen the price: it pays for no fall that began before.
        let after_falls = (clock.ts / GAP_CELL_SECS + 2) * GAP_CELL_SECS;
        let opens_ts = if cover.is_venue() { after_falls } else { clock.ts };
        let is_over = opens_ts >= Int::from(cover.terms.ends_ts);
        (cover.lapsed_ts, cover.premium_ts, cover.opens_ts) = (None, opens_ts, opens_ts);
        self.require(had_lapsed, Reason::NothingToResume);
        self.require(!is_over, Reason::CoverOver);
        self.require(is_paid, Reason::CoverUnpaid);
    }

    /// `suspend_cover`, the guardian's or the authority's. What the cover is owed blocks no exits any
    /// more: a resumption waits until members could leave.
    pub(crate) fn suspend_cover(&mut self, index: usize) {
        if !self.goes_on(index) {
            return;
        }
        let now = self.clock.ts;
        let cover = &mut self.covers[index];
        let was = std::mem::replace(&mut cover.status, CoverStatus::Suspended);
        cover.suspended_ts = now;
        let owed = cover.owed;
        self.require(was == CoverStatus::Active, Reason::CoverSuspended);
        if owed > 0 {
            self.hold_exits(MOST_HOLD_SECS);
        }
    }

    /// Refuses a cover that has ended.
    fn goes_on(&mut self, index: usize) -> bool {
        let goes_on = self.covers[index].status != CoverStatus::Ended;
        self.require(goes_on, Reason::CoverHasEnded);
        goes_on
    }
}

/// Premium.
impl Model {
    /// 4: the premium up to now, at what is there now. When the money runs out, the cover has lapsed
    /// in the last second that it paid for in full.
    fn accrue(&mut self, index: usize) {
        let (committed, backing) = (self.committed(), self.backing());
        let cover = &mut self.covers[index];
        let until = self.clock.ts.min(cover.terms.ends_ts.into());
        let secs = until - cover.premium_ts;
        if secs <= 0 || cover.lapsed_ts.is_some() {
            return;
        }
        let part = match committed {
            0 => 0,
            all => quotient(cover.left(), backing.min(all), all).down(),
        };
        let rate = part * Int::from(cover.terms.premium_bps_per_year);
        let due = quotient(rate, secs, BPS * YEAR_SECS).up();
        let paid = due.min(cover.prepaid);
        cover.premium_ts = until;
        if due > paid {
            cover.premium_ts = until - secs + quotient(paid, BPS * YEAR_SECS, rate).down();
            cover.lapsed_ts = Some(cover.premium_ts);
        }
        cover.prepaid -= paid;
        self.share_fee(paid);
    }

    /// `accrue_cover`
    pub(crate) fn accrue_cover(&mut self, index: usize) {
        if self.goes_on(index) {
            self.accrue(index);
        }
    }

    /// `fund_cover`
    pub(crate) fn fund_cover(&mut self, giver: &str, index: usize, amount: Int, purse: CoverPurse) {
        self.require(amount > 0, Reason::ZeroAmount);
        if !self.goes_on(index) {
            return;
        }
        self.accrue(index);
        match purse {
            CoverPurse::Prepaid => self.covers[index].prepaid += amount,
            CoverPurse::FirstLoss => self.covers[index].first_loss += amount,
            CoverPurse::Earned => self.share_fee(amount),
            CoverPurse::Forfeited => self.give_to_contributors(amount),
        }
        self.pull(giver, amount);
    }
}

/// Holds and draws.
impl Model {
    /// Holds exits for as long as the bucket has seconds left; in a wind-down not at all.
    fn hold_exits(&mut self, secs: Int) {
        if self.status == FundStatus::WindDown {
            return;
        }
        let (now, mut holds) = (self.clock.ts, self.holds);
        let refilled = (now - holds.ts).max(0) / HOLD_REFILL;
        if refilled >= holds.used {
            (holds.used, holds.ts) = (0, holds.ts.max(now));
        } else {
            (holds.used, holds.ts) = (holds.used - refilled, holds.ts + HOLD_REFILL * refilled);
        }
        let from = self.hold_until_ts.max(now);
        let granted = (now + secs - from).min(HOLD_ROOM_SECS - holds.used).max(0);
        if granted > 0 {
            self.hold_until_ts = from + granted;
            holds.used += granted;
        }
        self.holds = holds;
    }

    /// Whether a cover serves its drawer now.
    fn require_served(&mut self, index: usize) {
        let cover = &self.covers[index];
        let (opens_ts, until_ts) = (cover.opens_ts, cover.served_until_ts());
        self.require(self.clock.ts >= opens_ts, Reason::CoverNotOpen);
        self.require(self.clock.ts < until_ts, Reason::CoverOver);
    }

    /// `hold_cover`: a suspended cover holds nothing, but lives on.
    pub(crate) fn hold_cover(&mut self, index: usize, secs: Int) {
        self.require((1..=MOST_HOLD_SECS).contains(&secs), Reason::ParameterOutOfBounds);
        if !self.goes_on(index) {
            return;
        }
        self.accrue(index);
        self.require_served(index);
        let cover = &mut self.covers[index];
        let lives = (self.clock.ts + secs).min(cover.over_ts() + LIVES_SECS);
        cover.live_until_ts = cover.live_until_ts.max(lives);
        if cover.status == CoverStatus::Active {
            self.hold_exits(secs);
        }
    }

    /// 11: what a venue's debt can lack by its market's fall.
    fn gap(&mut self, index: usize) -> Int {
        let terms = &self.covers[index].terms;
        let (market, debt) = (usize::from(terms.market), Int::from(terms.covered_debt));
        let threshold = Int::from(terms.threshold_bps);
        self.require_recent(market);
        let (at, now) = (&self.markets[market], self.clock.ts);
        let high = at.gap.as_of(now / GAP_CELL_SECS, self.others(market).low).range().high;
        let (safe, is) = (threshold * high, BPS * self.others(market).high);
        match safe > is {
            true => quotient(debt, safe - is, safe).down(),
            false => 0,
        }
    }

    /// `draw_cover`: 5. Nothing is paid, and no state of the fund refuses it.
    pub(crate) fn draw_cover(&mut self, index: usize, amount: Int) {
        self.require(amount > 0, Reason::ZeroAmount);
        if !self.goes_on(index) {
            return;
        }
        self.accrue(index);
        self.require_served(index);
        let mut asked = amount;
        if self.covers[index].is_venue() {
            let (bound, cell) = (self.gap(index), self.clock.ts / GAP_CELL_SECS);
            let reported = &mut self.covers[index].reported;
            *reported = reported.as_of(cell);
            asked = asked.min((bound - reported.now - reported.before).max(0));
        }
        let (now, slot, winds_down) = (self.clock.ts, self.clock.slot, self.status == FundStatus::WindDown);
        let cover = &mut self.covers[index];
        let week = cover.week.as_of(now);
        let is_new = week.draws + week.drawn + week.before == 0;
        let lacks_first_loss = is_new && cover.first_loss < cover.first_loss_min;
        let first = asked.min(cover.first_loss);
        let shared = part(asked - first, BPS - Int::from(cover.terms.coinsurance_bps)).down();
        let room = (Int::from(cover.terms.period_limit) - week.drawn - week.before).max(0);
        let left = if winds_down { 0 } else { cover.left() - cover.owed };
        let owed = shared.min(room).min(left).min(cover.terms.per_draw.into());
        if first + owed > 0 {
            cover.week = Week { drawn: week.drawn + owed, draws: (week.draws + 1).min(255), ..week };
            cover.reported.now += if cover.is_venue() { asked } else { 0 };
            cover.first_loss -= first;
            cover.payable += first;
        }
        let holds = owed > 0 && cover.owed == 0 && cover.status == CoverStatus::Suspended;
        if owed > 0 {
            let age = quotient(slot - cover.owed_slot, cover.owed, cover.owed + owed).down();
            cover.owed_slot = slot - age;
            cover.owed += owed;
        }
        if holds {
            self.hold_exits(MOST_HOLD_SECS);
        }
        self.require(!lacks_first_loss, Reason::FirstLossMissing);
    }

    /// `show_gap`
    pub(crate) fn show_gap(&mut self, index: usize) {
        if !self.goes_on(index) {
            return;
        }
        self.accrue(index);
        let (status, is_venue) = (self.covers[index].status, self.covers[index].is_venue());
        self.require(status != CoverStatus::Suspended, Reason::CoverSuspended);
        self.require_served(index);
        self.require(is_venue, Reason::WrongMarket);
        if !is_venue {
            return;
        }
        let gap = self.gap(index);
        self.require(gap > 0, Reason::NoGap);
        self.hold_exits(GAP_HOLD_SECS);
    }
}

/// Settlement, and the way out.
impl Model {
    /// `settle_cover`: 5. In a wind-down everything lapses.
    pub(crate) fn settle_cover(&mut self, index: usize) {
        let (owed, status) = (self.covers[index].owed, self.covers[index].status);
        self.require(owed > 0, Reason::NothingOwed);
        if self.status == FundStatus::WindDown || owed == 0 {
            self.covers[index].owed = 0;
            return;
        }
        self.require(status == CoverStatus::Active, Reason::CoverSuspended);
        let is_due = self.clock.slot >= self.covers[index].owed_slot + SETTLE_SLOTS;
        self.require(is_due, Reason::DrawTooFresh);
        self.require(!self.blocked_for_clearing() && self.waivers_hold(), Reason::LossPending);
        self.require(self.cushions() == self.present_round().money, Reason::CushionPending);
        if !self.refused.is_empty() {
            return;
        }
        let all = self.cover_owed();
        let pay = quotient(owed, self.backing().min(all), all).down();
        let from_treasury = pay.min(self.treasury_for_covers());
        let from_contributions = (pay - from_treasury).min(self.contributions_for_covers());
        if from_contributions > 0 {
            self.bear_by_shares(from_contributions);
        }
        self.treasury -= from_treasury;
        self.contributions -= from_contributions;
        let now = self.clock.ts;
        let cover = &mut self.covers[index];
        cover.owed = 0;
        cover.drawn += from_treasury + from_contributions;
        cover.payable += from_treasury + from_contributions;
        cover.count_settlement(now);
        if cover.week.settlements >= MOST_SETTLEMENTS {
            (cover.status, cover.suspended_ts) = (CoverStatus::Suspended, now);
        }
    }

    /// `collect_cover`: to the destination what was settled, to the beneficiary what is left in the end.
    pub(crate) fn collect_cover(&mut self, index: usize, to: &str) {
        let cover = &mut self.covers[index];
        let is_destination = cover.terms.destination == to;
        let is_refunded = cover.terms.beneficiary == to && cover.status == CoverStatus::Ended;
        let mut paid = 0;
        if is_destination {
            paid += std::mem::take(&mut cover.payable);
        }
        if is_refunded {
            paid += std::mem::take(&mut cover.prepaid) + std::mem::take(&mut cover.first_loss);
        }
        self.require(is_destination || is_refunded, Reason::WrongDestination);
        self.require(paid > 0, Reason::NothingPayable);
        self.pay(to, paid);
    }

    /// `return_cover`: to those who have borne losses.
    pub(crate) fn return_cover(&mut self, giver: &str, amount: Int) {
        self.give_recovery(giver, amount);
    }

    /// `end_cover`: what it pledges is free. What a suspended cover is owed lapses in the end.
    pub(crate) fn end_cover(&mut self, index: usize) {
        if !self.goes_on(index) {
            return;
        }
        self.accrue(index);
        let (now, cover) = (self.clock.ts, &self.covers[index]);
        let (serves, lives) = (now < cover.ends_from_ts(), now < cover.over_ts() + LIVES_SECS);
        let waits = cover.owed > 0 && (cover.status == CoverStatus::Active || lives);
        self.require(!serves, Reason::CoverStillServes);
        self.require(!waits, Reason::CoverNotEmpty);
        self.covers[index].owed = 0;
        self.covers[index].status = CoverStatus::Ended;
    }
}

/// The properties of covers.
impl Model {
    /// Sentences about what does not hold of a single state.
    pub(crate) fn broken_covers(&self) -> Vec<String> {
        let mut found = vec![];
        for (index, cover) in self.covers.iter().enumerate() {
            let purses = [cover.owed, cover.payable, cover.first_loss, cover.prepaid, cover.drawn];
            if purses.iter().any(|money| *money < 0) || cover.drawn + cover.owed > cover.limit {
                found.push(format!("C1: cover {index}: {cover:?}"));
            }
            let is_empty = cover.status != CoverStatus::Ended || cover.owed == 0;
            if !is_empty {
                found.push(format!("C1: cover {index} has ended and is owed {}", cover.owed));
            }
        }
        if self.holds.used > HOLD_ROOM_SECS || self.hold_until_ts - self.clock.ts > self.holds.used {
            found.push(format!("C9: held until {} out of {:?}", self.hold_until_ts, self.holds));
        }
        found
    }

    /// Equation 2 for exposures that the fund knows: both and every cover in full fit.
    pub fn fits_both_and_covers(&self) -> bool {
        let known: Vec<_> = self.exposures.iter().flatten().map(|known| known.stress_loss).collect();
        let half = self.params.cover_limit_bps <= BPS / 2;
        let resources = self.treasury + self.contributions;
        !half || known.len() < 2 || known.iter().sum::<Int>() + self.pledged() <= resources
    }

    /// Sentences about what an accepted action has done to covers that it may not.
    pub fn broken_by(&self, before: &Self, op: &Op) -> Vec<String> {
        let mut found = vec![];
        let mut check = |holds: bool, what: &str| {
            if !holds {
                found.push(format!("{what}, by {op:?}"));
            }
        };
        let is_asked = matches!(op, Op::ClaimTreasury)
            || matches!(op, Op::ApplyChange { number } if matches!(
                before.changes.get(number).map(|queued| &queued.change),
                Some(crate::state::Change::NewCover(_) | crate::state::Change::RaiseCover(..))
            ));
        check(
            !is_asked || self.fits_both_and_covers(),
            "C2: both largest defaults and all covers do not fit",
        );
        if let Op::SettleCover { .. } = op {
            self.check_settlement(before, &mut check);
        }
        let broken = match op {
            Op::BuyPolicy { .. } => self.broken_sale(),
            Op::StartPolicy { number } => self.broken_start(*number),
            op if op.is_of_claims() => self.broken_claim(before, op),
            _ => None,
        };
        check(broken.is_none(), &broken.unwrap_or_default());
        let waits = before.cover_owed() > 0 || self.clock.ts < before.hold_until_ts;
        let entered_or_left = match op {
            Op::Contribute { .. } => true,
            Op::Claim { member } => self.members[member].shares != before.members[member].shares,
            Op::ClaimTreasury => self.treasury_exit.is_none(),
            _ => false,
        };
        check(!(waits && entered_or_left), "C7: somebody enters or leaves beside a draw");
        // Covers are money of the fund's: no action mints any.
        let held = |model: &Self| model.vault + model.purses.values().sum::<Int>();
        check(held(self) == held(before) || matches!(op, Op::Gift { .. }), "P1: tokens appear or vanish");
        found
    }

    /// C3 and C4.
    fn check_settlement(&self, before: &Self, check: &mut impl FnMut(bool, &str)) {
        let from_treasury = before.treasury - self.treasury;
        let from_contributions = before.contributions - self.contributions;
        let paid = self.cover_reserve() - before.cover_reserve();
        check(from_treasury + from_contributions == paid, "C3: what is paid is not what was taken");
        check(from_treasury >= 0 && from_contributions >= 0, "C3: a settlement pays the fund");
        let floor = before.treasury_floor().min(before.treasury);
        check(self.treasury >= floor, "C3: the treasury falls below its floor");
        check(self.share_epoch == before.share_epoch && !self.is_exhausted(), "C3: an epoch ends");
        check(self.cooling_off == before.cooling_off, "C3: a cooling-off period begins");
        let others = |model: &Self| {
            [model.margin_total(), model.pool, model.cushions(), model.rewards_unclaimed, model.residual]
        };
        check(others(self) == others(before), "C3: a settlement touches another layer");
        let clears = before.has_open_loss() || self.blocked_for_clearing();
        check(paid == 0 || !clears, "C4: money leaves while clearing has a loss");
        check(
            before.committed() - self.committed() == paid || paid == 0,
            "C1: K does not fall by what is paid",
        );
        let released = |model: &Self| model.treasury + model.contributions - model.committed();
        check(released(self) == released(before), "C2: a settlement changes what clearing has");
    }
}
