//! Covers: a part of the fund that is pledged to another protocol.
//!
//! `F` is treasury plus contributions, `K` the sum of `limit - drawn` over all covers. A cover's
//! drawer may hold exits for a bounded time, draw up to hard limits, and return money.
//!
//! ```text
//! 1  budget      K <= floor(b F)
//! 2  Cover-2     both largest stress losses and K are at most F
//! 3  backing     treasury above its floor + contributions - ceil(shares / 2^40)
//!    headroom    max(0, F - max over the two (ceil(stress 10^4 / cover_limit_bps) + own contribution))
//! 4  premium     ceil(floor((limit - drawn) min(1, backing / K)) rate dt), in advance out of prepaid
//! 5  draw        f = min(R, first loss);  x = min(floor((R - f)(1 - coinsurance)), caps)
//!    settlement  pay = floor(owed min(1, backing / all that covers are owed))
//! 6  holds       one bucket of 14 days for the whole fund, which refills one second in three
//! 11 gap         floor(E max(0, lambda h - p) / (lambda h))
//! ```
//!
//! `backing` is the money that a settlement may touch. A settlement lowers `F` and `K` alike, so that what
//! clearing counts on, `F - K`, is the same before and after it. What is paid therefore does not depend on
//! the exposures of a moment, which is in the hands of whoever trades.

use crate::{
    rounding::{checked_mul, mul_div, mul_div_wide, Round},
    shares::{ShareBook, MAX_SHARES_PER_UNIT_LOG2},
    units::{Bps, Money, Price, YEAR_SECS},
    MathError, Result,
};

/// Seconds of a period, over which the draws of a cover are capped.
pub const PERIOD_SECS: i64 = 604_800;

/// Seconds of holds that the bucket of a fund has room for.
pub const HOLD_ROOM_SECS: u64 = 1_209_600;

/// The bucket of holds refills one second in so many.
pub const HOLD_REFILL: u64 = 3;

/// Returns the most that all covers of a fund may be pledged together, rounded down in favour of
/// the contributors.
///
/// # Errors
/// `Overflow` for budgets above 100%.
///
/// ```
/// # use bulkhead_math::{covers::budget, units::Bps};
/// assert_eq!(budget(1_100, Bps(2_000)), Ok(220));
/// ```
pub fn budget(resources: Money, budget: Bps) -> Result<Money> {
    budget.of(resources, Round::Down)
}

/// One of the two largest exposures that the fund knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exposed {
    /// The member's loss in the stress move; zero means that there is no such member.
    pub stress_loss: Money,
    /// Its own contribution, which never covers its own loss.
    pub contribution: Money,
}

/// Returns the money beyond the resources that the two largest exposures need under the cover limit.
/// The part of a stress loss is rounded up in favour of clearing.
///
/// Equation 2 is the same as `K <= headroom`. It is asked before something is pledged or sold. What is paid
/// does not depend on it.
///
/// # Errors
/// None today.
///
/// ```
/// # use bulkhead_math::{covers::{headroom, Exposed}, units::Bps};
/// // At a limit of half, a stress loss of 400 needs 800 of the others' money.
/// let exposed = [Exposed { stress_loss: 400, contribution: 50 }, Exposed::default()];
/// assert_eq!(headroom(1_100, &exposed, Bps(5_000)), Ok(250));
/// assert_eq!(headroom(1_100, &[Exposed::default(); 2], Bps(5_000)), Ok(1_100));
/// ```
pub fn headroom(resources: Money, exposed: &[Exposed; 2], cover_limit: Bps) -> Result<Money> {
    let needed = exposed.iter().filter(|known| known.stress_loss > 0).map(|known| {
        // Favours clearing. A need beyond a word, or a limit of zero, is beyond every fund.
        let mutual = mul_div(known.stress_loss, Bps::ONE, u64::from(cover_limit.0), Round::Up);
        mutual.unwrap_or(Money::MAX).saturating_add(known.contribution)
    });
    Ok(resources.saturating_sub(needed.max().unwrap_or(0)))
}

/// Returns the part of the contributions that covers may cost. A unit of money stays for every
/// 2^40 shares, rounded up, so that no settlement ends a share epoch. Without shares it is nothing.
pub fn contributions_spendable(book: &ShareBook) -> Money {
    if book.total_shares == 0 {
        return 0;
    }
    let whole = book.total_shares >> MAX_SHARES_PER_UNIT_LOG2;
    let is_exact = whole << MAX_SHARES_PER_UNIT_LOG2 == book.total_shares;
    let stays = whole.saturating_add(u128::from(!is_exact)); // rounded up in favour of the share price
    u64::try_from(stays).map_or(0, |stays| book.contributions.saturating_sub(stays))
}

/// A premium.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Premium {
    /// The payment out of `prepaid`.
    pub premium: Money,
    /// Set when `prepaid` does not last: the whole seconds that it has paid for. The cover has lapsed
    /// after them.
    pub lapses_after: Option<u64>,
}

/// Returns the premium of a cover for `secs` seconds.
///
/// `part` is the cover's `limit - drawn`, `committed` is `K`, `backing` the money that is there for
/// all covers. A cover pays only for what is there: its part of the backing is rounded down in
/// favour of the cover, the premium itself up in favour of the fund. When `prepaid` runs out, all of
/// it is the premium, and the seconds that it has paid for are rounded down in favour of the fund.
///
/// # Errors
/// `Overflow` when rate times seconds exceeds 128 bits.
///
/// ```
/// # use bulkhead_math::{covers::{premium, Premium}, units::{Bps, YEAR_SECS}};
/// // 2% a year of 220, of which half is there: 2.2 a year.
/// let year = |prepaid| premium(220, 110, 220, Bps(200), YEAR_SECS, prepaid);
/// assert_eq!(year(10), Ok(Premium { premium: 3, lapses_after: None }));
/// assert_eq!(year(1), Ok(Premium { premium: 1, lapses_after: Some(YEAR_SECS * 10 / 22) }));
/// # Ok::<(), bulkhead_math::MathError>(())
/// ```
pub fn premium(
    part: Money,
    backing: Money,
    committed: Money,
    bps_per_year: Bps,
    secs: u64,
    prepaid: Money,
) -> Result<Premium> {
    /// The rate is a part of so many.
    const YEAR: u128 = Bps::ONE as u128 * YEAR_SECS as u128;
    let pledged = match committed {
        0 => 0,
        _ => mul_div(part, backing.min(committed), committed, Round::Down)?, // favours the cover
    };
    let rate = u128::from(bps_per_year.0);
    let due = mul_div_wide(pledged, checked_mul(rate, secs.into())?, YEAR, Round::Up)?; // favours the fund
    if due <= u128::from(prepaid) {
        return Ok(Premium {
            premium: u64::try_from(due).map_err(|_| MathError::Overflow)?,
            lapses_after: None,
        });
    }
    let a_second = checked_mul(pledged.into(), rate)?; // not zero: something is due
    let paid_for = mul_div_wide(prepaid, YEAR, a_second, Round::Down)?; // favours the fund; below `secs`
    Ok(Premium {
        premium: prepaid,
        lapses_after: Some(u64::try_from(paid_for).map_err(|_| MathError::Overflow)?),
    })
}

/// Seconds by which covers hold exits, for the whole fund: at most [`HOLD_ROOM_SECS`], and one more
/// for every three that pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HoldBucket {
    /// Seconds that are used, as of `ts`.
    pub used: u64,
    /// Chain time up to which the bucket has refilled.
    pub ts: i64,
}

/// The effect of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldPlan {
    /// Exits are held until then.
    pub until: i64,
    /// The bucket afterwards.
    pub next: HoldBucket,
}

impl HoldBucket {
    /// Returns the bucket as of `now`. A clock that goes back changes nothing.
    pub fn at(&self, now: i64) -> Self {
        let secs = now.saturating_sub(self.ts).max(0).unsigned_abs();
        let refilled = secs / HOLD_REFILL; // rounded down in favour of those who want to leave
        if refilled >= self.used {
            return Self { used: 0, ts: now.max(self.ts) };
        }
        let counted = i64::try_from(refilled.saturating_mul(HOLD_REFILL)).unwrap_or(i64::MAX);
        Self { used: self.used.saturating_sub(refilled), ts: self.ts.saturating_add(counted) }
    }

    /// Extends a hold that ends at `until` to `secs` seconds from `now`, as far as the bucket
    /// reaches. A hold is never shortened, and holds that overlap cost once.
    ///
    /// ```
    /// # use bulkhead_math::covers::{HoldBucket, HOLD_ROOM_SECS};
    /// const DAY: u64 = 86_400;
    /// let first = HoldBucket::default().plan(0, 7 * DAY, 1_000);
    /// assert_eq!((first.until, first.next.used), (1_000 + 7 * DAY as i64, 7 * DAY));
    /// // A day later another cover asks for seven days: one more is held.
    /// let now = 1_000 + DAY as i64;
    /// let second = first.next.plan(first.until, 7 * DAY, now);
    /// assert_eq!(second.until, first.until + DAY as i64);
    /// assert_eq!(second.next.used, 7 * DAY - DAY / 3 + DAY);
    /// ```
    pub fn plan(&self, until: i64, secs: u64, now: i64) -> HoldPlan {
        let bucket = self.at(now);
        let from = until.max(now);
        let to = now.saturating_add(i64::try_from(secs).unwrap_or(i64::MAX));
        let asked = to.saturating_sub(from).max(0).unsigned_abs();
        let granted = asked.min(HOLD_ROOM_SECS.saturating_sub(bucket.used));
        if granted == 0 {
            return HoldPlan { until, next: bucket };
        }
        let until = from.saturating_add(i64::try_from(granted).unwrap_or(i64::MAX));
        HoldPlan { until, next: HoldBucket { used: bucket.used.saturating_add(granted), ..bucket } }
    }
}

/// Draws of a cover in this cell of seven days and in the cell before. Any seven days lie in two
/// neighbouring cells, so that the cap of both holds for every seven days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// When the cell began: cells lie on a fixed grid.
    pub ts: i64,
    /// Drawn in this cell.
    pub drawn: Money,
    /// Drawn in the cell before.
    pub before: Money,
    /// Draws in this cell, those that the first loss has paid included.
    pub draws: u8,
    /// Settlements in this cell.
    pub settlements: u8,
}

impl Period {
    /// Returns the period as of `now`. A clock that goes back changes nothing.
    ///
    /// ```
    /// # use bulkhead_math::covers::{Period, PERIOD_SECS};
    /// let period = Period { ts: 0, drawn: 70, before: 20, draws: 2, settlements: 1 };
    /// let next = period.at(PERIOD_SECS);
    /// assert_eq!(next, Period { ts: PERIOD_SECS, before: 70, ..Period::default() });
    /// assert_eq!((next.room(100), next.is_new()), (30, false));
    /// assert!(period.at(2 * PERIOD_SECS).is_new());
    /// ```
    pub fn at(&self, now: i64) -> Self {
        // Signed words cannot be divided on chain.
        let secs = now.max(0).unsigned_abs();
        let into = secs.checked_rem(PERIOD_SECS.unsigned_abs()).unwrap_or(0);
        let ts = i64::try_from(secs.saturating_sub(into)).unwrap_or(0);
        if ts <= self.ts {
            return *self;
        }
        let follows = ts == self.ts.saturating_add(PERIOD_SECS);
        Self { ts, before: if follows { self.drawn } else { 0 }, ..Self::default() }
    }

    /// Returns `true` if nothing was drawn in either cell, not even from the first loss in this one.
    pub const fn is_new(&self) -> bool {
        self.draws == 0 && self.drawn == 0 && self.before == 0
    }

    /// Returns the most that can still be drawn under `cap`.
    pub const fn room(&self, cap: Money) -> Money {
        cap.saturating_sub(self.drawn).saturating_sub(self.before)
    }

    /// Books a draw at `now`, for which the fund owes `amount`. One that the first loss pays alone
    /// counts as a draw too: otherwise the rest of a first loss that a small draw has begun to use
    /// could not be drawn.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn book(&self, amount: Money, now: i64) -> Result<Self> {
        let period = self.at(now);
        let drawn = period.drawn.checked_add(amount).ok_or(MathError::Overflow)?;
        Ok(Self { drawn, draws: period.draws.saturating_add(1), ..period })
    }

    /// Books a settlement at `now`.
    pub fn settle(&self, now: i64) -> Self {
        let period = self.at(now);
        Self { settlements: period.settlements.saturating_add(1), ..period }
    }
}

/// What a cover has for a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purse {
    /// Money of the beneficiary that pays first.
    pub first_loss: Money,
    /// `limit - drawn - owed`.
    pub left: Money,
    /// The most that one draw may cost the fund.
    pub per_draw: Money,
    /// The room of the period.
    pub room: Money,
    /// The part of a loss beyond the first loss that the fund does not bear; at most 100%.
    pub coinsurance: Bps,
}

/// A draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawPlan {
    /// Paid at once, out of the first loss.
    pub from_first_loss: Money,
    /// Owed by the fund, until it is settled.
    pub owed: Money,
}

/// Cuts a draw to first loss, coinsurance and caps. The fund's part is rounded down in its favour.
///
/// # Errors
/// `Underflow` for a coinsurance above 100%.
///
/// ```
/// # use bulkhead_math::{covers::{plan_draw, DrawPlan, Purse}, units::Bps};
/// let purse = Purse { first_loss: 10, left: 220, per_draw: 150, room: 110, coinsurance: Bps(1_000) };
/// assert_eq!(plan_draw(60, &purse), Ok(DrawPlan { from_first_loss: 10, owed: 45 }));
/// // Ten times the debt is cut to the smallest cap.
/// assert_eq!(plan_draw(600, &purse), Ok(DrawPlan { from_first_loss: 10, owed: 110 }));
/// ```
pub fn plan_draw(asked: Money, purse: &Purse) -> Result<DrawPlan> {
    let from_first_loss = asked.min(purse.first_loss);
    let beyond = asked.saturating_sub(from_first_loss); // it is the smaller of the two
    let borne = Bps::ONE.checked_sub(u64::from(purse.coinsurance.0)).ok_or(MathError::Underflow)?;
    let shared = mul_div(beyond, borne, Bps::ONE, Round::Down)?; // favours the fund
    Ok(DrawPlan { from_first_loss, owed: shared.min(purse.left).min(purse.per_draw).min(purse.room) })
}

/// Returns the mean slot of what is owed once `added` is owed at `now` beside `owed` from `since`, by
/// size. It is rounded up to the later slot, in favour of the fund.
///
/// A unit that is drawn early does not bring the rest of a draw forward, and units that are drawn
/// late do not put a settlement off for ever.
///
/// # Errors
/// `Overflow`.
///
/// ```
/// # use bulkhead_math::covers::mean_slot;
/// assert_eq!(mean_slot(0, 0, 100, 1_000), Ok(1_000));
/// assert_eq!(mean_slot(1_000, 100, 300, 1_100), Ok(1_075));
/// assert_eq!(mean_slot(1_000, 1, 1_000_000, 1_150), Ok(1_150)); // a unit was drawn early
/// ```
pub fn mean_slot(since: u64, owed: Money, added: Money, now: u64) -> Result<u64> {
    if owed == 0 {
        return Ok(now);
    }
    let all = owed.checked_add(added).ok_or(MathError::Overflow)?;
    let age = mul_div(now.saturating_sub(since), owed, all, Round::Down)?; // favours the fund
    Ok(now.saturating_sub(age))
}

/// The state of a fund and of one cover before a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settling {
    /// What this cover is owed.
    pub owed: Money,
    /// What all covers are owed that can be settled, this one included.
    pub cover_owed: Money,
    /// The money that there is for all of them.
    pub backing: Money,
    /// Treasury above its floor.
    pub treasury_free: Money,
    /// Contributions and shares.
    pub book: ShareBook,
}

/// A settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettlePlan {
    /// Paid by the treasury.
    pub from_treasury: Money,
    /// Paid by the contributions: the money goes, the shares stay.
    pub from_contributions: Money,
    /// Owed and not paid: it lapses.
    pub lapses: Money,
    /// The book afterwards.
    pub book: ShareBook,
}

/// Settles what one cover is owed: treasury first, then contributions. If there is less than all
/// covers are owed, each gets the same part of it, rounded down in favour of the fund, in any
/// order to a unit.
///
/// Three parts of the waterfall are out of reach: the treasury's floor, the unit that keeps the
/// share price alive, and everything that clearing may need.
///
/// # Errors
/// `DivByZero` when nothing is owed, `Overflow` when this cover is owed more than all.
///
/// ```
/// # use bulkhead_math::{covers::{plan_settle, Settling}, shares::{ShareBook, VIRTUAL_SHARES}};
/// // T = 100 above a floor of 50, C = 1,000: a loss of 400 under a limit of 220.
/// let book = ShareBook { contributions: 1_000, total_shares: 1_000 * VIRTUAL_SHARES };
/// let settling = Settling { owed: 220, cover_owed: 220, backing: 1_049, treasury_free: 50, book };
/// let plan = plan_settle(&settling)?;
/// assert_eq!((plan.from_treasury, plan.from_contributions, plan.lapses), (50, 170, 0));
/// assert_eq!(plan.book.contributions, 830); // each share loses 17%
/// // Two covers that are owed 400 together where 100 are there: a quarter for each.
/// let short = Settling { owed: 100, cover_owed: 400, backing: 100, ..settling };
/// assert_eq!(plan_settle(&short)?.lapses, 75);
/// # Ok::<(), bulkhead_math::MathError>(())
/// ```
pub fn plan_settle(settling: &Settling) -> Result<SettlePlan> {
    let Settling { owed, cover_owed, backing, treasury_free, book } = *settling;
    if owed > cover_owed {
        return Err(MathError::Overflow);
    }
    let pay = mul_div(owed, backing.min(cover_owed), cover_owed, Round::Down)?; // favours the fund
    let from_treasury = pay.min(treasury_free);
    let open = pay.saturating_sub(from_treasury); // it is the smaller of the two
    let from_contributions = open.min(contributions_spendable(&book));
    let paid = from_treasury.checked_add(from_contributions).ok_or(MathError::Overflow)?;
    let contributions = book.contributions.checked_sub(from_contributions).ok_or(MathError::Underflow)?;
    Ok(SettlePlan {
        from_treasury,
        from_contributions,
        lapses: owed.checked_sub(paid).ok_or(MathError::Underflow)?,
        book: ShareBook { contributions, ..book },
    })
}

/// Returns the most that a lending pool can have lost by the market's own price, rounded down in
/// favour of the fund: equation 11.
///
/// A loan becomes liquidatable at `debt = threshold * collateral`. If the price then falls from `high`
/// to `price` before anybody liquidates, the part `1 - (price / high) / threshold` of the debt has
/// no collateral.
///
/// # Errors
/// None today: every result is at most `covered_debt`.
///
/// ```
/// # use bulkhead_math::{covers::gap_bound, units::Bps};
/// let bound = |price| gap_bound(1_000, Bps(8_500), 20_000, price);
/// assert_eq!(bound(17_000), Ok(0)); // a fall of 15%
/// assert_eq!(bound(13_600), Ok(200)); // one of 32%: a fifth
/// assert_eq!(bound(0), Ok(1_000));
/// ```
pub fn gap_bound(covered_debt: Money, threshold: Bps, high: Price, price: Price) -> Result<Money> {
    let safe = checked_mul(u128::from(high), u128::from(threshold.0))?;
    let is = checked_mul(u128::from(price), u128::from(Bps::ONE))?;
    let gap = safe.saturating_sub(is);
    if gap == 0 {
        return Ok(0);
    }
    let bound = mul_div_wide(covered_debt, gap, safe, Round::Down)?; // favours the fund
    u64::try_from(bound).map_err(|_| MathError::Overflow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shares::VIRTUAL_SHARES;
    use proptest::prelude::*;

    extern crate std;
    use std::vec::Vec;

    fn book(contributions: u64) -> ShareBook {
        ShareBook { contributions, total_shares: u128::from(contributions) * VIRTUAL_SHARES }
    }

    fn spendable(treasury_free: u64, book: &ShareBook) -> u64 {
        treasury_free + contributions_spendable(book)
    }

    /// Equation 2, as the cover limit is asked of each exposure: within its part of mutual resources
    /// less `K`.
    fn covers_two(resources: u64, committed: u64, exposed: &[Exposed; 2], limit: Bps) -> bool {
        exposed.iter().filter(|known| known.stress_loss > 0).all(|known| {
            let mutual = resources.saturating_sub(known.contribution).saturating_sub(committed);
            known.stress_loss <= limit.of(mutual, Round::Down).unwrap()
        })
    }

    #[test]
    fn headroom_is_what_two_largest_exposures_leave() {
        let of = |stress_loss, contribution| Exposed { stress_loss, contribution };
        let limit = Bps(5_000);
        assert_eq!(headroom(1_000, &[of(100, 0), of(300, 50)], limit), Ok(350));
        assert_eq!(
            headroom(1_000, &[of(300, 50), of(290, 90)], limit),
            Ok(330),
            "the larger need, not stress"
        );
        assert_eq!(headroom(1_000, &[of(600, 0), of(0, 0)], limit), Ok(0));
        assert_eq!(headroom(1_000, &[of(0, 900), of(0, 0)], limit), Ok(1_000), "nobody is exposed");
        assert_eq!(headroom(1_000, &[of(1, 0), of(0, 0)], Bps(0)), Ok(0), "a limit of zero admits nobody");
        assert_eq!(headroom(u64::MAX, &[of(u64::MAX, 0), of(0, 0)], Bps(1)), Ok(0));
    }

    /// Attack: dust of shares, or none. The fund keeps its price, and no settlement ends an epoch.
    #[test]
    fn a_unit_stays_for_the_shares() {
        let of =
            |contributions, total_shares| contributions_spendable(&ShareBook { contributions, total_shares });
        assert_eq!(of(10, 0), 0, "money without shares is nobody's to spend");
        assert_eq!(of(10, 1), 9);
        assert_eq!(of(10, 1 << 40), 9);
        assert_eq!(of(10, (1 << 40) + 1), 8);
        assert_eq!(of(1, 2 << 40), 0);
        assert_eq!(of(5, u128::MAX), 0);
    }

    #[test]
    fn a_premium_is_paid_for_what_is_there() {
        let year = |backing, committed| {
            premium(1_000_000, backing, committed, Bps(300), YEAR_SECS, 1 << 40).unwrap()
        };
        assert_eq!(year(5_000_000, 2_000_000).premium, 30_000);
        assert_eq!(year(1_000_000, 2_000_000).premium, 15_000);
        assert_eq!(year(0, 2_000_000), Premium { premium: 0, lapses_after: None });
        assert_eq!(premium(0, 5, 0, Bps(300), YEAR_SECS, 0).unwrap().premium, 0, "nothing is pledged");
        assert_eq!(premium(7, 7, 7, Bps(1), 1, 1).unwrap().premium, 1, "a fraction is rounded up");
        assert_eq!(premium(7, 7, 7, Bps(300), 0, 0), Ok(Premium { premium: 0, lapses_after: None }));
    }

    /// Attack: arrears paid after the incident. The second of the lapse does not depend on who notices
    /// it when.
    #[test]
    fn a_cover_lapses_in_the_second_its_money_ends() {
        // 31.5576 units a second.
        let after = |secs| premium(31_557_600, 1 << 60, 1 << 60, Bps(10_000), secs, 100).unwrap();
        assert_eq!(after(100), Premium { premium: 100, lapses_after: None });
        for secs in [101, 1_000, 100_000_000] {
            assert_eq!(after(secs), Premium { premium: 100, lapses_after: Some(100) });
        }
        assert_eq!(
            premium(u64::MAX, u64::MAX, u64::MAX, Bps(u16::MAX), u64::MAX, 0).unwrap().lapses_after,
            Some(0)
        );
    }

    #[test]
    fn holds_come_out_of_one_bucket() {
        let day = 86_400;
        let mut plan = HoldPlan { until: 0, next: HoldBucket::default() };
        let mut now = 1_000_000;
        let began = now;
        for _ in 0..4 {
            plan = plan.next.plan(plan.until, 7 * day, now);
            now = plan.until;
        }
        // 14 days, and what has come back in the meantime.
        assert!(now - began <= 21 * day as i64, "{}", now - began);
        let before = plan.until;
        assert_eq!(plan.next.plan(before, 1, now - 10).until, before, "a hold is never shortened");
        // 42 quiet days later all of it is there again.
        let later = plan.next.at(now + 42 * day as i64 + 2);
        assert_eq!(later.used, 0);
    }

    /// Attack: the bucket touched in every second must not refill faster, or slower.
    #[test]
    fn a_bucket_that_is_touched_often_refills_alike() {
        let full = HoldBucket { used: HOLD_ROOM_SECS, ts: 7 };
        let mut often = full;
        for now in 7..10_000 {
            often = often.at(now);
        }
        assert_eq!(often, full.at(9_999));
        assert_eq!(full.at(-5), full, "a clock that goes back");
    }

    #[test]
    fn a_period_counts_draws_and_settlements() {
        let now = 1_700_000_000;
        let drawn = Period::default().book(0, now).unwrap();
        assert_eq!((drawn.drawn, drawn.draws, drawn.settlements), (0, 1, 0));
        assert!(!drawn.is_new(), "the first loss has paid for it");
        let settled = drawn.book(7, now).unwrap().settle(now);
        assert_eq!((settled.drawn, settled.draws, settled.settlements), (7, 2, 1));
        // The next cell counts its own.
        let next = settled.settle(now + PERIOD_SECS);
        assert_eq!((next.before, next.drawn, next.draws, next.settlements), (7, 0, 0, 1));
        let quiet = next.book(0, now + 2 * PERIOD_SECS).unwrap();
        assert_eq!((quiet.before, quiet.draws, quiet.settlements), (0, 1, 0));
    }

    #[test]
    fn a_draw_is_cut_by_the_smallest_cap() {
        let purse = Purse { first_loss: 20, left: 500, per_draw: 400, room: 300, coinsurance: Bps(1_000) };
        let owed = |purse: Purse| plan_draw(u64::MAX, &purse).unwrap();
        assert_eq!(owed(purse), DrawPlan { from_first_loss: 20, owed: 300 });
        assert_eq!(owed(Purse { per_draw: 40, ..purse }).owed, 40);
        assert_eq!(owed(Purse { left: 4, ..purse }).owed, 4);
        assert_eq!(owed(Purse { coinsurance: Bps(10_000), ..purse }).owed, 0);
        assert_eq!(plan_draw(10, &purse), Ok(DrawPlan { from_first_loss: 10, owed: 0 }));
        assert_eq!(
            plan_draw(21, &purse),
            Ok(DrawPlan { from_first_loss: 20, owed: 0 }),
            "nine tenths of a unit"
        );
        assert_eq!(plan_draw(1, &Purse { coinsurance: Bps(10_001), ..purse }), Err(MathError::Underflow));
    }

    /// Attack: a unit is drawn, and 150 slots later the rest in the transaction that settles.
    #[test]
    fn a_unit_drawn_early_brings_nothing_forward() {
        assert_eq!(mean_slot(1_000, 1, 999_999, 1_150), Ok(1_150));
        assert_eq!(mean_slot(1_000, 500, 500, 1_150), Ok(1_075));
        // And dust drawn late puts nothing off.
        let since = (1..=10_000)
            .fold(1_000, |since, step| mean_slot(since, 1_000_000, 1, 1_000 + step / 100).unwrap());
        assert!(since <= 1_100, "{since}");
        assert_eq!(mean_slot(5, u64::MAX, 1, 9), Err(MathError::Overflow));
    }

    /// Attack: two covers are owed more than there is, in both orders; the treasury is at its floor.
    #[test]
    fn the_order_of_two_settlements_decides_nothing() {
        let settle_both = |first: u64, second: u64| {
            let (mut book, mut owed, mut paid) = (book(100), first + second, Vec::new());
            for part in [first, second] {
                let backing = spendable(0, &book);
                let plan =
                    plan_settle(&Settling { owed: part, cover_owed: owed, backing, treasury_free: 0, book })
                        .unwrap();
                paid.push(plan.from_treasury + plan.from_contributions);
                (book, owed) = (plan.book, owed - part);
            }
            paid
        };
        assert_eq!(settle_both(100, 100), [49, 50]);
        assert_eq!(settle_both(150, 50), [74, 25]);
        assert_eq!(settle_both(50, 150), [24, 75]);
    }

    #[test]
    fn nothing_owed_has_no_settlement() {
        let settling = Settling { owed: 0, cover_owed: 0, backing: 5, treasury_free: 5, book: book(5) };
        assert_eq!(plan_settle(&settling), Err(MathError::DivByZero));
        assert_eq!(plan_settle(&Settling { owed: 2, cover_owed: 1, ..settling }), Err(MathError::Overflow));
    }

    /// The table of the page, and the ends of the scale.
    #[test]
    fn the_gap_pays_what_liquidators_cannot_get() {
        let bound = |high, price| gap_bound(1_000_000, Bps(8_500), high, price).unwrap();
        assert_eq!(bound(100, 100), 0, "a flat price");
        assert_eq!(bound(100, 85), 0);
        assert_eq!(bound(100, 84), 11_764);
        assert_eq!(bound(100, 68), 200_000);
        assert_eq!(bound(1, 1 << 63), 0);
        assert_eq!(bound(1 << 63, 1), 999_999);
        assert_eq!(bound(0, 0), 0);
        assert_eq!(gap_bound(u64::MAX, Bps(9_999), u64::MAX, 0), Ok(u64::MAX));
    }

    proptest! {
        /// C2: commitments within the headroom are the same as equation 2.
        #[test]
        fn covers_within_the_headroom_keep_cover_two(
            resources in 0u64..1 << 40, stress in 0u64..1 << 39, other in 0u64..1 << 39, own in 0u64..1 << 39,
            limit in 1u16..=5_000, committed in 0u64..1 << 40,
        ) {
            let exposed = [Exposed { stress_loss: stress, contribution: own }, Exposed { stress_loss: other, contribution: 0 }];
            let headroom = headroom(resources, &exposed, Bps(limit)).unwrap();
            let holds = covers_two(resources, committed, &exposed, Bps(limit));
            prop_assert!(committed > headroom || holds);
            prop_assert!(headroom == 0 || committed <= headroom || !holds || exposed.iter().all(|known| known.stress_loss == 0));
            // Both largest defaults and every cover in full fit.
            if holds && stress > 0 && other > 0 {
                prop_assert!(stress + other + committed <= resources);
            }
        }

        /// C2: a settlement lowers F and K alike, so that what clearing counts on is what it was.
        #[test]
        fn a_settlement_leaves_what_clearing_counts_on(
            treasury in 0u64..1 << 40, contributions in 1u64..1 << 40, committed in 1u64..1 << 40, owed in 1u64..1 << 40,
        ) {
            let (book, owed) = (book(contributions), owed.min(committed));
            let backing = spendable(treasury, &book);
            let settling = Settling { owed, cover_owed: owed, backing, treasury_free: treasury, book };
            let plan = plan_settle(&settling).unwrap();
            let paid = plan.from_treasury + plan.from_contributions;
            let counts = |resources: u64, committed: u64| i128::from(resources) - i128::from(committed);
            let before = counts(treasury + contributions, committed);
            prop_assert_eq!(counts(treasury - plan.from_treasury + plan.book.contributions, committed - paid), before);
        }

        /// C3: paid plus lapsed is what was owed; treasury first; neither is overdrawn, and the share
        /// price lives.
        #[test]
        fn a_settlement_is_conserved_and_in_order(
            treasury_free in 0u64..1 << 50, contributions in 0u64..1 << 50, shares in 0u128..1 << 92,
            owed in 1u64..1 << 50, others in 0u64..1 << 50,
        ) {
            let book = ShareBook { contributions, total_shares: shares };
            let there = spendable(treasury_free, &book);
            let settling = Settling { owed, cover_owed: owed + others, backing: there, treasury_free, book };
            let plan = plan_settle(&settling).unwrap();
            let paid = plan.from_treasury + plan.from_contributions;
            prop_assert_eq!(paid + plan.lapses, owed);
            prop_assert!(plan.from_treasury <= treasury_free);
            prop_assert!(plan.from_contributions == 0 || plan.from_treasury == treasury_free);
            prop_assert_eq!(plan.book.contributions + plan.from_contributions, contributions);
            prop_assert_eq!(plan.book.total_shares, shares);
            prop_assert!(shares == 0 || book.is_exhausted() || !plan.book.is_exhausted());
            prop_assert!(shares > 0 || plan.from_contributions == 0);
            // With enough for all nothing lapses; with less every cover gets its part, down to a unit.
            prop_assert!(plan.lapses == 0 || there < owed + others);
            let part = u128::from(owed) * u128::from(there.min(owed + others)) / u128::from(owed + others);
            prop_assert_eq!(u128::from(paid), part);
        }

        /// Any number of covers, settled in any order, get the same to a unit each, as long as the floor
        /// does not move.
        #[test]
        fn settlements_in_any_order_pay_the_same(
            treasury_free in 0u64..1 << 40, contributions in 1u64..1 << 40,
            owed in proptest::collection::vec(1u64..1 << 40, 2..6),
        ) {
            let run = |order: &[usize]| {
                let (mut treasury, mut book) = (treasury_free, book(contributions));
                let mut all: u64 = owed.iter().sum();
                let mut paid = std::vec![0; owed.len()];
                for cover in order {
                    let there = spendable(treasury, &book);
                    let settling = Settling { owed: owed[*cover], cover_owed: all, backing: there, treasury_free: treasury, book };
                    let plan = plan_settle(&settling).unwrap();
                    paid[*cover] = plan.from_treasury + plan.from_contributions;
                    (treasury, book, all) = (treasury - plan.from_treasury, plan.book, all - owed[*cover]);
                }
                paid
            };
            let there: Vec<usize> = (0..owed.len()).collect();
            let back: Vec<usize> = there.iter().rev().copied().collect();
            let (there, back) = (run(&there), run(&back));
            let units = owed.len() as u64;
            for (one, other) in there.iter().zip(&back) {
                prop_assert!(one.abs_diff(*other) <= units, "{there:?} {back:?}");
            }
        }

        /// Paying in pieces costs at most a unit a piece more, and never less than at once.
        #[test]
        fn a_premium_in_pieces_costs_a_unit_a_piece(
            part in 1u64..1 << 45, backing in 1u64..1 << 46, more in 0u64..1 << 45, rate in 0u16..=5_000,
            steps in proptest::collection::vec(0u64..1_000_000, 1..30),
        ) {
            let of = |secs| premium(part, backing, part + more, Bps(rate), secs, u64::MAX).unwrap().premium;
            let (pieces, once) = (steps.iter().map(|secs| of(*secs)).sum::<u64>(), of(steps.iter().sum()));
            prop_assert!(once <= pieces && pieces < once + steps.len() as u64);
        }

        /// The second of the lapse is the last one that the money pays in full, and more money, less to
        /// pledge or a lower rate never bring it forward.
        #[test]
        fn a_lapse_is_exact_and_monotone(
            part in 1u64..1 << 45, rate in 1u16..=10_000, secs in 1u64..100_000_000, prepaid in 0u64..1 << 40, more in 0u64..1 << 40,
        ) {
            let of = |secs, prepaid| premium(part, part, part, Bps(rate), secs, prepaid).unwrap();
            let plan = of(secs, prepaid);
            prop_assert!(plan.premium <= prepaid);
            if let Some(paid_for) = plan.lapses_after {
                prop_assert!(paid_for < secs && plan.premium == prepaid);
                prop_assert_eq!(of(paid_for, prepaid).lapses_after, None);
                prop_assert_eq!(of(paid_for + 1, prepaid).lapses_after, Some(paid_for));
                prop_assert!(of(secs, prepaid + more).lapses_after.is_none_or(|later| later >= paid_for));
            }
        }

        /// C9: however calls are timed, held seconds are at most the bucket and a third of the time.
        #[test]
        fn holds_stay_within_the_bucket(calls in proptest::collection::vec((0i64..900_000, 0u64..700_000), 1..60)) {
            let start = 1_000_000i64;
            let (mut now, mut plan, mut held) = (start, HoldPlan { until: 0, next: HoldBucket::default() }, 0i64);
            for (wait, secs) in calls {
                held += (plan.until.min(now + wait) - now).max(0);
                now += wait;
                let next = plan.next.plan(plan.until, secs, now);
                prop_assert!(next.until >= plan.until && next.next.used <= HOLD_ROOM_SECS);
                prop_assert!(next.until <= plan.until.max(now + secs as i64));
                plan = next;
                let most = HOLD_ROOM_SECS as i64 + (now - start) / HOLD_REFILL as i64;
                prop_assert!(held + (plan.until - now).max(0) <= most + 1, "{held} held of {most}");
            }
        }

        /// No seven days see more than the cap, and two quiet cells later all of it is there again.
        #[test]
        fn a_period_caps_every_seven_days(
            draws in proptest::collection::vec((0i64..400_000, 1u64..1 << 30), 1..60), cap in 1u64..1 << 32,
        ) {
            let (mut now, mut period, mut booked) = (1_700_000_000i64, Period::default(), Vec::new());
            for (wait, asked) in draws {
                now += wait;
                let amount = asked.min(period.at(now).room(cap));
                period = period.book(amount, now).unwrap();
                booked.push((now, amount));
                let week: u64 = booked.iter().filter(|(at, _)| now - at < PERIOD_SECS).map(|(_, amount)| *amount).sum();
                prop_assert!(week <= cap);
            }
            prop_assert_eq!(period.at(now + 2 * PERIOD_SECS).room(cap), cap);
            prop_assert!(period.at(now + 2 * PERIOD_SECS).is_new());
        }

        /// A draw never exceeds what was asked, grows with it, and splitting it gains nothing.
        #[test]
        fn a_draw_is_bounded_monotone_and_not_worth_splitting(
            asked in 0u64..1 << 50, split in 0u64..1 << 50, first_loss in 0u64..1 << 40, left in 0u64..1 << 50,
            per_draw in 0u64..1 << 50, room in 0u64..1 << 50, coinsurance in 0u16..=10_000,
        ) {
            let purse = Purse { first_loss, left, per_draw, room, coinsurance: Bps(coinsurance) };
            let plan = plan_draw(asked, &purse).unwrap();
            prop_assert!(plan.from_first_loss + plan.owed <= asked && plan.owed <= left.min(per_draw).min(room));
            prop_assert!(plan.owed == 0 || plan.from_first_loss == first_loss);
            let more = plan_draw(asked + 1, &purse).unwrap();
            prop_assert!(more.owed >= plan.owed && more.from_first_loss >= plan.from_first_loss);
            // In two draws, under the caps of the cover and of the period.
            let purse = Purse { per_draw: u64::MAX, ..purse };
            let whole = plan_draw(asked, &purse).unwrap();
            let part = split.min(asked);
            let first = plan_draw(part, &purse).unwrap();
            let rest = Purse {
                first_loss: first_loss - first.from_first_loss, left: left - first.owed, room: room - first.owed, ..purse
            };
            let second = plan_draw(asked - part, &rest).unwrap();
            prop_assert_eq!(first.from_first_loss + second.from_first_loss, whole.from_first_loss);
            prop_assert!(first.owed + second.owed <= whole.owed);
        }

        /// The mean slot lies between both, and a settlement waits longer the more is added.
        #[test]
        fn a_mean_slot_lies_between(since in 0u64..1 << 40, age in 0u64..1 << 30, owed in 1u64..1 << 60, added in 0u64..1 << 60) {
            let now = since + age;
            let mean = mean_slot(since, owed, added, now).unwrap();
            prop_assert!(since <= mean && mean <= now);
            prop_assert!(mean_slot(since, owed, added + 1, now).unwrap() >= mean);
        }

        /// A lower price and a higher one before it pay more, never more than the debt.
        #[test]
        fn a_gap_is_bounded_and_monotone(debt: u64, threshold in 1u16..10_000, high: u64, price: u64) {
            let bound = gap_bound(debt, Bps(threshold), high, price).unwrap();
            prop_assert!(bound <= debt);
            if price > 0 {
                prop_assert!(gap_bound(debt, Bps(threshold), high, price - 1).unwrap() >= bound);
            }
            if high < u64::MAX {
                prop_assert!(gap_bound(debt, Bps(threshold), high + 1, price).unwrap() >= bound);
            }
            // No fall that liquidators could have followed pays anything.
            prop_assert!(bound == 0 || u128::from(price) * 10_000 < u128::from(high) * u128::from(threshold));
        }
    }
}
