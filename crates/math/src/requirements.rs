//! Requirements: the margin and the contribution that a member must have for its positions.
//!
//! With notional `N_i = ceil(|lots_i| * mark / S)`:
//! - initial margin `sum ceil(N_i * im_bps_i)`, and `ceil(C_i * concentration_bps_i)` for the notional `C_i` of lots beyond what
//!   the market takes without moving, against `margin - max(0, s, -u)`: `u` is the net unsettled
//!   profit at the end of interval B that is against the member, `s` what was settled and has not
//!   vested;
//! - maintenance margin `sum ceil(N_i * mm_bps_i)`, against margin plus net unsettled profit, gains included, at the end
//!   of interval A that favours the member;
//! - required contribution `max(min_contribution, sum ceil(N_i * contribution_bps_i))`;
//! - stress loss `max(0, S + ceil(d (N + S)) - margin - min(0, u))` with `S = sum ceil(N_i *
//!   stress_bps_i)`, `N` the sum of `N_i` and `d` the largest auction discount: the lots are sold
//!   after the move, and their sale costs up to `d` of what they are then worth. It must be within
//!   the cover limit: a part of treasury and the
//!   *others'* contributions. No single default within the stress move can then use more than that
//!   part of the mutual resources, its sale included (P7, Cover-2 at half).

use crate::{
    interval::{Interval, Intervals},
    positions::{raw_value, Position},
    rounding::{div_word, floor_div_word, mul_div, Round},
    units::{
        add_pnl, add_raw, raw_to_money, raw_to_pnl, sub_pnl, to_pnl, word_of, Bps, Money, Pnl, Price, Scale,
    },
    vesting::available,
    MathError, Result,
};

/// A market's requirement rates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// Initial margin of notional.
    pub initial: Bps,
    /// Maintenance margin of notional.
    pub maintenance: Bps,
    /// Required contribution of notional.
    pub contribution: Bps,
    /// The move a default is stressed with.
    pub stress: Bps,
    /// Lots that can be sold without moving the market. Lots beyond them cost more to sell.
    pub concentration_lots: u64,
    /// The add-on to initial margin and stress, of the notional beyond.
    pub concentration: Bps,
}

impl Rates {
    /// No requirement at all.
    pub const NONE: Self = Self {
        initial: Bps(0),
        maintenance: Bps(0),
        contribution: Bps(0),
        stress: Bps(0),
        concentration_lots: 0,
        concentration: Bps(0),
    };

    /// Returns `true` if a position of so many lots, unsigned, pays the concentration add-on.
    pub fn is_concentrated(&self, lots: u64) -> bool {
        self.concentration.0 != 0 && lots > self.concentration_lots
    }
}

/// A price as requirements use it: notional is at the mark, profit at the ends of the intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Price mantissa.
    pub price: Price,
    /// What it may be: see [`crate::interval`].
    pub intervals: Intervals,
}

impl Mark {
    /// A price that nobody doubts.
    pub const fn exact(price: Price) -> Self {
        Self { price, intervals: Intervals::fixed(price) }
    }

    /// A price with both intervals reaching as far around it as `spread`.
    pub const fn around(price: Price, spread: Price) -> Self {
        let doubt = Interval { low: price.saturating_sub(spread), high: price.saturating_add(spread) };
        Self { price, intervals: Intervals { others: doubt, oneself: doubt } }
    }
}

/// A member's requirements and profits over all its positions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Risk {
    /// Net unsettled profit at the marks.
    pub profit: Pnl,
    /// Net unsettled profit at the ends of B that are against the member: for what it does itself.
    pub profit_adverse: Pnl,
    /// Net unsettled profit at the ends of A that favour the member: for what is done to it.
    pub profit_favourable: Pnl,
    /// Initial margin.
    pub initial: Money,
    /// Maintenance margin.
    pub maintenance: Money,
    /// Contribution required for the notional; the fund's minimum comes on top in
    /// [`Risk::required_contribution`].
    pub contribution: Money,
    /// Loss of a stress move against every position, before the sale: see [`Risk::stressed`].
    pub stress: Money,
    /// Notional of all positions.
    pub notional: Money,
    /// `s`: the signed settled results that have not vested, see [`crate::vesting`].
    pub unvested: Pnl,
    /// Stress loss of lots that takings of offers wait for, the sale included: see
    /// [`crate::offers::Lock`].
    pub locked_stress: Money,
}

/// Returns `ceil(|lots| * price / S)`: requirements round up, in favour of the fund.
///
/// # Errors
/// `Overflow`.
#[inline(never)]
pub fn notional(lots: i64, price: Price, scale: Scale) -> Result<Money> {
    let raw = raw_value(lots, price)?.unsigned_abs();
    raw_to_money(raw, scale, Round::Up)
}

/// What one position is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Worth {
    /// As [`notional`] says, at the mark.
    notional: Money,
    /// Profit at the mark.
    profit: Pnl,
    /// Profit at the end of B that is against the owner.
    profit_adverse: Pnl,
    /// Profit at the end of A that favours the owner.
    profit_favourable: Pnl,
}

impl Worth {
    #[inline(always)]
    fn of(position: &Position, mark: &Mark, scale: Scale) -> Result<Self> {
        match Self::in_words(position, mark, scale) {
            Some(worth) => Ok(worth), // nearly always
            None => Self::in_full(position, mark, scale),
        }
    }

    /// In words, if none of the numbers can leave one: lots of 18 bits and prices of 44 make products of 62,
    /// and with a raw quote of 62 bits sums of 63, and a sign.
    #[inline(always)]
    fn in_words(position: &Position, mark: &Mark, scale: Scale) -> Option<Self> {
        let raw = word_of(position.raw)?;
        let (lots, size, scale) = (position.lots, position.lots.unsigned_abs(), scale.get());
        let Intervals { others, oneself } = mark.intervals;
        let (against, favouring) = (oneself.against(lots), others.favouring(lots));
        let is_long =
            size >> 18 != 0 || (mark.price | against | favouring) >> 44 != 0 || raw.unsigned_abs() >> 62 != 0;
        if is_long || scale == 0 {
            return None;
        }
        let profit = |end: Price| floor_div_word(lots.wrapping_mul(end as i64).wrapping_add(raw), scale);
        Some(Self {
            notional: div_word(size.wrapping_mul(mark.price), scale, Round::Up),
            profit: profit(mark.price),
            profit_adverse: profit(against),
            profit_favourable: profit(favouring),
        })
    }

    /// Of all positions there can be.
    ///
    /// # Errors
    /// `Overflow`.
    #[inline(never)]
    fn in_full(position: &Position, mark: &Mark, scale: Scale) -> Result<Self> {
        let (price, Intervals { others, oneself }) = (mark.price, mark.intervals);
        let value = raw_value(position.lots, price)?;
        let profit = raw_to_pnl(add_raw(value, position.raw)?, scale)?;
        let profit_at = |end: Price| {
            if end == price || position.lots == 0 {
                return Ok(profit);
            }
            raw_to_pnl(position.profit_raw(end)?, scale)
        };
        Ok(Self {
            notional: raw_to_money(value.unsigned_abs(), scale, Round::Up)?,
            profit,
            profit_adverse: profit_at(oneself.against(position.lots))?,
            profit_favourable: profit_at(others.favouring(position.lots))?,
        })
    }
}

impl Risk {
    /// Adds a position.
    ///
    /// # Errors
    /// `Overflow`.
    #[inline(never)]
    pub fn add(&mut self, position: &Position, mark: &Mark, scale: Scale, rates: &Rates) -> Result<()> {
        let worth = Worth::of(position, mark, scale)?;
        self.profit = add_pnl(self.profit, worth.profit)?;
        self.profit_adverse = add_pnl(self.profit_adverse, worth.profit_adverse)?;
        self.profit_favourable = add_pnl(self.profit_favourable, worth.profit_favourable)?;
        self.notional = self.notional.checked_add(worth.notional).ok_or(MathError::Overflow)?;
        let each = [rates.initial, rates.maintenance, rates.contribution, rates.stress];
        let parts = Bps::each_of(each, worth.notional)?; // favours the fund
        let sums = [&mut self.initial, &mut self.maintenance, &mut self.contribution, &mut self.stress];
        for (sum, part) in sums.into_iter().zip(parts) {
            *sum = sum.checked_add(part).ok_or(MathError::Overflow)?;
        }
        if rates.is_concentrated(position.lots.unsigned_abs()) {
            self.add_concentration(position.lots.unsigned_abs(), mark, scale, rates)?;
        }
        Ok(())
    }

    #[inline(never)]
    fn add_concentration(&mut self, lots: u64, mark: &Mark, scale: Scale, rates: &Rates) -> Result<()> {
        let beyond = lots.checked_sub(rates.concentration_lots).ok_or(MathError::Underflow)?;
        let beyond = i64::try_from(beyond).map_err(|_| MathError::Overflow)?;
        // Favours the fund.
        let part = rates.concentration.of(notional(beyond, mark.price, scale)?, Round::Up)?;
        self.initial = self.initial.checked_add(part).ok_or(MathError::Overflow)?;
        self.stress = self.stress.checked_add(part).ok_or(MathError::Overflow)?;
        Ok(())
    }

    /// Returns the collateral that initial margin is held against. A net loss counts, and a net
    /// gain only when it is settled and has vested.
    ///
    /// # Errors
    /// `Overflow`.
    #[inline(always)]
    pub fn collateral(&self, margin: Money) -> Result<Pnl> {
        available(margin, self.unvested, self.profit_adverse)
    }

    /// Returns `true` if the member meets initial margin.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn meets_initial(&self, margin: Money) -> Result<bool> {
        Ok(self.collateral(margin)? >= to_pnl(self.initial)?)
    }

    /// Returns `true` if the member meets initial margin with every doubt in its favour, as others
    /// judge it.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn meets_initial_to_others(&self, margin: Money) -> Result<bool> {
        let collateral = available(margin, self.unvested, self.profit_favourable)?;
        Ok(collateral >= to_pnl(self.initial)?)
    }

    /// Returns the margin above initial margin, which a member may be asked for beyond its own
    /// losses.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn free(&self, margin: Money) -> Result<Money> {
        let free = sub_pnl(self.collateral(margin)?, to_pnl(self.initial)?)?;
        Ok(free.max(0).unsigned_abs())
    }

    /// Returns equity with every doubt in the member's favour. Liquidation and default are judged
    /// by it (P8).
    ///
    /// # Errors
    /// `Overflow`.
    pub fn equity_favourable(&self, margin: Money) -> Result<Pnl> {
        add_pnl(to_pnl(margin)?, self.profit_favourable)
    }

    /// Returns equity at the marks.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn equity(&self, margin: Money) -> Result<Pnl> {
        add_pnl(to_pnl(margin)?, self.profit)
    }

    /// Returns `true` if the member meets maintenance margin with every doubt against it, as it judges
    /// itself.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn meets_maintenance(&self, margin: Money) -> Result<bool> {
        Ok(add_pnl(to_pnl(margin)?, self.profit_adverse)? >= to_pnl(self.maintenance)?)
    }

    /// Returns `true` if the member is below maintenance margin.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn is_liquidatable(&self, margin: Money) -> Result<bool> {
        Ok(self.equity_favourable(margin)? < to_pnl(self.maintenance)?)
    }

    /// Returns the contribution that these positions require.
    pub fn required_contribution(&self, min_contribution: Money) -> Money {
        self.contribution.max(min_contribution)
    }

    /// What a stress move against every position costs, and the sale after it at the largest
    /// `discount` of an auction: `S + ceil(d (N + S))`. A short position is bought back at `(1 +
    /// st)(1 + d)`; a long one costs less. What takings lock comes on top.
    ///
    /// # Errors
    /// `Overflow`.
    ///
    /// ```
    /// # use bulkhead_math::{requirements::Risk, units::Bps};
    /// // 20% of 31,400 are 6,280; 5% of 37,680 are 1,884: 26% together.
    /// let risk = Risk { stress: 6_280, notional: 31_400, ..Risk::default() };
    /// assert_eq!(risk.stressed(Bps(500)), Ok(8_164));
    /// ```
    #[inline(always)]
    pub fn stressed(&self, discount: Bps) -> Result<Money> {
        let sold = self.notional.checked_add(self.stress).ok_or(MathError::Overflow)?;
        let sale = discount.of(sold, Round::Up)?; // favours the fund
        let own = self.stress.checked_add(sale).ok_or(MathError::Overflow)?;
        own.checked_add(self.locked_stress).ok_or(MathError::Overflow)
    }

    /// Returns the loss of a stress move and of the sale after it, beyond the member's own margin. A
    /// gain that has not vested counts: it pays for the member's losses like the rest.
    ///
    /// # Errors
    /// `Overflow`.
    #[inline(always)]
    pub fn stress_loss(&self, margin: Money, discount: Bps) -> Result<Money> {
        let own = add_pnl(to_pnl(margin)?, self.profit_adverse.min(0))?;
        let loss = sub_pnl(to_pnl(self.stressed(discount)?)?, own)?;
        Ok(loss.max(0).unsigned_abs())
    }

    /// The same with every doubt in the member's favour: what a stress call goes by.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn stress_loss_favourable(&self, margin: Money, discount: Bps) -> Result<Money> {
        let collateral = add_pnl(to_pnl(margin)?, self.profit_favourable.min(0))?;
        Ok(sub_pnl(to_pnl(self.stressed(discount)?)?, collateral)?.max(0).unsigned_abs())
    }

    /// The most that selling lots may cost the member besides: the equity that belongs to the
    /// maintenance margin `taken` with them, and no more than its margin. Its health never falls by
    /// it. Rounded down in favour of the member.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn affordable(&self, margin: Money, taken: Money) -> Result<Money> {
        let equity = self.equity_favourable(margin)?.max(0).unsigned_abs();
        match self.maintenance {
            0 => Ok(0),
            all => Ok(mul_div(equity, taken, all, Round::Down)?.min(margin)), // favours the member
        }
    }

    /// Whether the stress loss is within `cover_limit` of `mutual`: treasury and the others'
    /// contributions.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn within_cover_limit(
        &self,
        margin: Money,
        discount: Bps,
        cover_limit: Bps,
        mutual: Money,
    ) -> Result<bool> {
        Ok(self.stress_loss(margin, discount)? <= cover_limit.of(mutual, Round::Down)?)
        // favours the fund
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RATES: Rates = Rates {
        initial: Bps(1000),
        maintenance: Bps(500),
        contribution: Bps(200),
        stress: Bps(3000),
        concentration_lots: 10_000,
        concentration: Bps(500),
    };

    fn scale() -> Scale {
        Scale::from_decimals(8, 2, 6).unwrap()
    }

    fn at(price: Price, spread: Price, position: Position) -> Risk {
        let mut risk = Risk::default();
        risk.add(&position, &Mark::around(price, spread), scale(), &RATES).unwrap();
        risk
    }

    #[test]
    fn requirements_of_one_long() {
        // 100 lots of 0.01 bought at 200, marked at 190 +- 1: notional 190, loss 10, against the
        // member 11.
        let long = Position::default().trade(100, 20_000_000_000).unwrap();
        let risk = at(19_000_000_000, 100_000_000, long);
        assert_eq!(risk.profit, -10_000_000);
        assert_eq!((risk.profit_adverse, risk.profit_favourable), (-11_000_000, -9_000_000));
        assert_eq!((risk.initial, risk.maintenance), (19_000_000, 9_500_000));
        assert_eq!((risk.contribution, risk.stress), (3_800_000, 57_000_000));
        assert!(risk.meets_initial(30_000_000).unwrap());
        assert!(!risk.meets_initial(29_999_999).unwrap());
        assert!(risk.is_liquidatable(18_499_999).unwrap());
        assert!(!risk.is_liquidatable(18_500_000).unwrap());
        assert_eq!(risk.stress_loss(30_000_000, Bps(0)), Ok(38_000_000));
        assert!(risk.within_cover_limit(30_000_000, Bps(0), Bps(5000), 76_000_000).unwrap());
        assert!(!risk.within_cover_limit(30_000_000, Bps(0), Bps(5000), 75_999_999).unwrap());
        // A sale at 5% of 190 + 57: 12.35 more.
        assert_eq!(risk.stress_loss(30_000_000, Bps(500)), Ok(50_350_000));
        assert_eq!(risk.stress_loss_favourable(30_000_000, Bps(500)), Ok(48_350_000));
    }

    #[test]
    fn lots_beyond_the_concentration_limit_cost_more() {
        let at_limit = at(10_000_000_000, 0, Position::default().trade(10_000, 10_000_000_000).unwrap());
        assert_eq!((at_limit.initial, at_limit.stress), (1_000_000_000, 3_000_000_000));
        // 100 lots of 0.01 at 100 beyond: 100 of notional, 5% of it.
        let beyond = at(10_000_000_000, 0, Position::default().trade(-10_100, 10_000_000_000).unwrap());
        assert_eq!((beyond.initial, beyond.stress), (1_015_000_000, 3_035_000_000));
        assert_eq!(beyond.maintenance, 505_000_000, "nobody is liquidated for being large");
    }

    #[test]
    fn only_lots_beyond_the_limit_are_concentrated() {
        assert!(!RATES.is_concentrated(10_000) && RATES.is_concentrated(10_001));
        assert!(!Rates { concentration: Bps(0), ..RATES }.is_concentrated(10_001));
    }

    #[test]
    fn a_member_is_judged_by_the_doubt_of_who_judges() {
        // The loss is 10 give or take 1: initial margin 19, maintenance margin 9.5.
        let long = Position::default().trade(100, 20_000_000_000).unwrap();
        let risk = at(19_000_000_000, 100_000_000, long);
        assert_eq!(risk.meets_initial_to_others(28_000_000), Ok(true), "19 and a loss of 9");
        assert_eq!(risk.meets_initial_to_others(27_999_999), Ok(false));
        assert_eq!(risk.meets_maintenance(20_500_000), Ok(true), "9.5 and a loss of 11");
        assert_eq!(risk.meets_maintenance(20_499_999), Ok(false));
        assert_eq!(risk.free(30_000_005), Ok(5), "above 19 and a loss of 11");
        assert_eq!((risk.free(30_000_000), risk.free(0)), (Ok(0), Ok(0)));
    }

    #[test]
    fn a_contribution_is_asked_for_positions_or_for_membership() {
        let risk = Risk { contribution: 7, ..Risk::default() };
        assert_eq!((risk.required_contribution(5), risk.required_contribution(8)), (7, 8));
    }

    #[test]
    fn a_sale_costs_no_more_than_the_equity_of_what_is_sold() {
        // Equity 30 of a maintenance margin of 45: a third of the lots takes a third of the equity.
        let risk = Risk { maintenance: 45, ..Risk::default() };
        assert_eq!((risk.affordable(30, 15), risk.affordable(30, 14)), (Ok(10), Ok(9)));
        // An unsettled gain is equity, and pays nothing before it is settled.
        let gained = Risk { profit_favourable: 60, ..risk };
        assert_eq!(gained.affordable(30, 45), Ok(30));
        let negative = Risk { profit_favourable: -31, ..risk };
        assert_eq!((negative.affordable(30, 45), Risk::default().affordable(30, 0)), (Ok(0), Ok(0)));
    }

    #[test]
    fn a_gain_that_has_not_vested_is_no_collateral_and_pays_in_a_stress_move() {
        let long = Position::default().trade(100, 20_000_000_000).unwrap();
        let risk = Risk { unvested: 300_000_000, ..at(19_000_000_000, 0, long) };
        assert_eq!(risk.collateral(1_000_000_000), Ok(700_000_000), "the loss of 10 is within it");
        assert_eq!(risk.stress_loss(0, Bps(0)), Ok(67_000_000));
        assert_eq!(risk.stress_loss(60_000_000, Bps(0)), Ok(7_000_000));
    }

    #[test]
    fn an_unsettled_gain_is_no_collateral() {
        let long = Position::default().trade(100, 10_000_000_000).unwrap();
        let risk = at(20_000_000_000, 0, long);
        assert_eq!(risk.profit, 100_000_000);
        assert_eq!(risk.collateral(5), Ok(5));
        assert!(!risk.is_liquidatable(0).unwrap());
    }

    proptest! {
        /// Where the numbers are short enough for words they are worth the same, and nothing that is not
        /// short enough is taken for it.
        #[test]
        fn words_are_worth_the_same(
            lots: i64, raw: i64, ends in proptest::array::uniform4(any::<u64>()), price: u64, bits in 0u32..64,
            few in 0u32..24, long in 14u32..24,
        ) {
            let short = |price: u64| price >> bits.max(long);
            let [low, against, favouring, high] = ends.map(short);
            let intervals = Intervals {
                others: Interval { low, high: favouring }, oneself: Interval { low: against, high },
            };
            let mark = Mark { price: short(price), intervals };
            let scale = Scale::from_stored((price >> bits).max(1)).unwrap();
            let position = Position { lots: lots >> (few + 40), raw: (raw >> (few / 8)).into() };
            let full = Worth::in_full(&position, &mark, scale);
            match Worth::in_words(&position, &mark, scale) {
                Some(worth) => prop_assert_eq!(full, Ok(worth)),
                None => prop_assert!(
                    position.lots.unsigned_abs() >= 1 << 18
                        || position.raw.unsigned_abs() >= 1 << 62
                        || [mark.price, against, favouring, low, high].iter().any(|price| *price >= 1 << 44)
                ),
            }
        }

        /// A default implies a liquidation: a member that cannot be liquidated can never be
        /// defaulted (P8).
        #[test]
        fn negative_equity_is_below_maintenance(
            lots in -10_000i64..10_000, entry in 1u64..1 << 40, price in 1u64..1 << 40, spread in 0u64..1 << 20, margin in 0u64..1 << 40,
        ) {
            let risk = at(price, spread, Position::default().trade(lots, entry).unwrap());
            if risk.equity_favourable(margin).unwrap() < 0 {
                prop_assert!(risk.is_liquidatable(margin).unwrap());
                prop_assert!(risk.equity(margin).unwrap() < 0);
            }
            prop_assert!(risk.profit_adverse <= risk.profit && risk.profit <= risk.profit_favourable);
            prop_assert!(risk.maintenance <= risk.initial);
        }
    }
}
