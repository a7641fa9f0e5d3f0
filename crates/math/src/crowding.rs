//! Crowding: what a market could cost the fund, and stress that pays for the sale.
//!
//! A default is closed out at a discount, and somebody has to pay for that. With the stress rate
//! `st` and the largest auction discount `d`, stress in every limit is therefore
//!
//! ```text
//! st + d (1 + st)
//! ```
//!
//! the loss of a short position that is bought back at `(1 + st)(1 + d)`; a long one that is sold
//! at `(1 - st)(1 - d)` loses less. If one whole side of a market defaults from maintenance
//! margin `mm`, the loss is
//!
//! ```text
//! D = ceil(open interest * mark * (st + d (1 + st) - mm))
//! ```
//!
//! and the sum over all markets is at most `crowding_limit` of treasury and contributions after
//! every trade that adds risk. No wallet occurs in it, so that splitting wallets changes nothing.

use crate::{
    rounding::{mul_ratio, uneven_mul, Round},
    units::{raw_to_money, Bps, Money, Price, Scale},
    MathError, Result,
};

/// A rate in parts of 10^8: the product of two rates in bps is exact in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FineRate(pub u32);

impl FineRate {
    /// 100%.
    pub const ONE: u32 = 100_000_000;

    /// `st + d (1 + st)`, exact.
    ///
    /// # Errors
    /// `Overflow` never, for two rates of 16 bits: it is there for rates to come.
    ///
    /// ```
    /// # use bulkhead_math::{crowding::FineRate, units::Bps};
    /// // 35.5% of stress and 5% of discount: 35.5% + 5% * 135.5% = 42.275%.
    /// assert_eq!(FineRate::stress(Bps(3_550), Bps(500)), Ok(FineRate(42_275_000)));
    /// ```
    pub fn stress(stress: Bps, discount: Bps) -> Result<Self> {
        let (one, stress, discount) = (Bps::ONE, u64::from(stress.0), u64::from(discount.0));
        let moved = one
            .checked_add(stress)
            .and_then(|moved| moved.checked_mul(discount))
            .ok_or(MathError::Overflow)?;
        let rate = stress
            .checked_mul(one)
            .and_then(|stress| stress.checked_add(moved))
            .ok_or(MathError::Overflow)?;
        u32::try_from(rate).map(Self).map_err(|_| MathError::Overflow)
    }

    /// This rate less one in bps, at least zero.
    pub const fn beyond(self, rate: Bps) -> Self {
        Self(self.0.saturating_sub((rate.0 as u32).saturating_mul(Bps::ONE as u32)))
    }

    /// This rate of `amount`, rounded as said.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn of(self, amount: Money, round: Round) -> Result<Money> {
        mul_ratio(amount, self.0, Self::ONE, round)
    }

    /// What `lots` lose at this rate: `ceil(ceil(lots * price / S) * rate)`, both rounded up in
    /// favour of the fund.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn loss_of(self, lots: u64, price: Price, scale: Scale) -> Result<Money> {
        self.of(raw_to_money(uneven_mul(lots, price), scale, Round::Up)?, Round::Up)
    }
}

/// A market's base rates as far as crowding needs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrowdingRates {
    /// `st`: the base stress rate.
    pub stress: Bps,
    /// `d`: the largest auction discount.
    pub discount: Bps,
    /// `mm`: the base maintenance rate.
    pub maintenance: Bps,
}

impl CrowdingRates {
    /// `D` of a market: what one whole side loses beyond its maintenance margin. It grows by less
    /// than two units by rounding, in favour of the fund.
    ///
    /// # Errors
    /// `Overflow`.
    ///
    /// ```
    /// # use bulkhead_math::{crowding::CrowdingRates, units::{Bps, Scale}};
    /// let rates = CrowdingRates { stress: Bps(3_550), discount: Bps(500), maintenance: Bps(540) };
    /// // 1,000 lots of 0.01 at 200: 2,000 of notional, 36.875% of it.
    /// let scale = Scale::from_decimals(8, 2, 6)?;
    /// assert_eq!(rates.crowding(1_000, 20_000_000_000, scale), Ok(737_500_000));
    /// # Ok::<(), bulkhead_math::MathError>(())
    /// ```
    pub fn crowding(&self, open_interest: u64, mark: Price, scale: Scale) -> Result<Money> {
        FineRate::stress(self.stress, self.discount)?.beyond(self.maintenance).loss_of(
            open_interest,
            mark,
            scale,
        )
    }
}

/// The fund's sum after a market booked `new` instead of `old`.
///
/// # Errors
/// `Underflow` when the sum does not hold `old`, `Overflow`.
pub fn rebook(sum: Money, old: Money, new: Money) -> Result<Money> {
    sum.checked_sub(old).ok_or(MathError::Underflow)?.checked_add(new).ok_or(MathError::Overflow)
}

/// Whether the sum of all `D` is within `limit_bps` of treasury and contributions. A limit may
/// exceed 65,535 bps, hence its type. The bound rounds down in favour of the fund.
///
/// # Errors
/// `Overflow`.
///
/// ```
/// # use bulkhead_math::crowding::within_limit;
/// // 800% of 10,000 and 40,000.
/// assert_eq!(within_limit(400_000, 80_000, 10_000, 40_000), Ok(true));
/// assert_eq!(within_limit(400_001, 80_000, 10_000, 40_000), Ok(false));
/// ```
pub fn within_limit(sum: Money, limit_bps: u32, treasury: Money, contributions: Money) -> Result<bool> {
    let mutual = treasury.checked_add(contributions).ok_or(MathError::Overflow)?;
    // A bound beyond a word admits everything.
    let bound = mul_ratio(mutual, limit_bps, Bps::ONE as u32, Round::Down).unwrap_or(Money::MAX); // favours the fund
    Ok(sum <= bound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scale() -> Scale {
        Scale::from_decimals(8, 2, 6).unwrap()
    }

    #[test]
    fn a_market_whose_margin_covers_stress_crowds_nobody() {
        let rates = CrowdingRates { stress: Bps(500), discount: Bps(0), maintenance: Bps(600) };
        assert_eq!(rates.crowding(u64::MAX >> 40, 1 << 40, scale()), Ok(0));
    }

    #[test]
    fn a_sum_is_booked_anew() {
        assert_eq!(rebook(100, 30, 45), Ok(115));
        assert_eq!(rebook(100, 101, 0), Err(MathError::Underflow));
        assert_eq!(within_limit(u64::MAX, 200_000, u64::MAX, 0), Ok(true));
    }

    proptest! {
        /// E12, Cover-2 after the sale: at a move of the stress rate and the full discount, a
        /// position loses no more than its stress loss, long or short.
        #[test]
        fn stress_covers_the_sale(
            lots in 1i64..1 << 30, price in 1u64..1 << 40, stress in 1u16..10_000, discount in 0u16..5_000,
            short: bool,
        ) {
            let rate = FineRate::stress(Bps(stress), Bps(discount)).unwrap();
            let booked = rate.loss_of(lots as u64, price, scale()).unwrap();
            let (st, d) = (i128::from(stress), i128::from(discount));
            // Sold at p (1 - st)(1 - d), bought back at p (1 + st)(1 + d); in parts of 10^8 of raw
            // quote.
            let side = if short { 1 } else { -1 };
            let sale = (10_000 + side * st) * (10_000 + side * d);
            let lost = i128::from(lots) * i128::from(price) * (sale - 100_000_000).abs();
            prop_assert!(i128::from(booked) * i128::from(scale().get()) * 100_000_000 >= lost);
        }

        /// Splitting a market's open interest changes the sum by rounding only.
        #[test]
        fn splitting_wallets_changes_nothing(
            lots in proptest::collection::vec(1u64..1 << 24, 1..8), price in 1u64..1 << 36,
        ) {
            let rates = CrowdingRates { stress: Bps(3_550), discount: Bps(500), maintenance: Bps(540) };
            let whole = rates.crowding(lots.iter().sum(), price, scale()).unwrap();
            let parts: u64 = lots.iter().map(|part| rates.crowding(*part, price, scale()).unwrap()).sum();
            prop_assert!(parts >= whole && parts - whole <= 2 * lots.len() as u64);
        }
    }
}
