//! Impermanent loss: what a liquidity provider of a 50/50 constant product pool lacks against
//! holding, as a formula of two prices, with a payout, a premium and the prices that nobody chooses.
//!
//! ```text
//! 13 loss     g = ceil(sqrt(p0 p1));  il = floor(2^32 (p0 + p1 - 2 g) / max(p0 + p1, 2 p0))
//! 14 payout   floor(S (1 - coinsurance) min(cap, max(0, il - deductible)))
//! 16 premium  ceil(S (1 - coinsurance) theta v / 8), no sale while theta v / 8 >= cap
//! 17 prices   the mean of a UTC day, over covered seconds
//! ```
//!
//! `v` is the variance of the logarithm of the price over the term. Without drift the expected loss
//! is `1 - e^(-v / 8)` of the value at entry, so that `v / 8` is never too little. Losses and rates
//! are in Q32: `2^32` is all of it.

use crate::{
    rounding::{checked_mul, div, mul_div, Round},
    units::{Bps, Money, Price},
    volatility::Variance,
    MathError, Result,
};

/// One, in Q32.
pub const Q32_ONE: u64 = 1 << 32;

/// Seconds of a day.
pub const DAY_SECS: u64 = 86_400;

/// Days that a ring of prices keeps: the longest term, its waiting days, and some weeks in which nobody
/// settles. Both prices of a policy are fixed long before it is claimed.
pub const KEPT_DAYS: usize = 64;

/// Returns the loss against holding of a pool that was entered at `entry`, in Q32, rounded down in
/// favour of the fund. Zero if either price is zero.
///
/// Both prices are scaled up by the same power of two first, so that the rounded root costs less
/// than a unit of the result. The denominator is the larger of the value held and the value at entry:
/// a fall, which comes when clearing loses too, pays no more than the loss at entry value.
///
/// # Errors
/// None today: every number fits 128 bits.
///
/// ```
/// # use bulkhead_math::impermanent_loss::{loss, Q32_ONE};
/// // Four times the price: a pool is worth 4 where holding is worth 5.
/// assert_eq!(loss(1_000, 4_000), Ok(Q32_ONE / 5));
/// // A quarter of it: 1 where holding is worth 1.25, of a value of 2 at entry.
/// assert_eq!(loss(4_000, 1_000), Ok(Q32_ONE / 8));
/// assert_eq!(loss(7, 7), Ok(0));
/// # Ok::<(), bulkhead_math::MathError>(())
/// ```
pub fn loss(entry: Price, exit: Price) -> Result<u64> {
    if entry == 0 || exit == 0 {
        return Ok(0);
    }
    let shift = (entry | exit).leading_zeros();
    let (p0, p1) = (u128::from(entry) << shift, u128::from(exit) << shift); // below 2^64
    let root = checked_mul(p0, p1)?.isqrt();
    let is_exact = checked_mul(root, root)? == checked_mul(p0, p1)?;
    let root = root.checked_add(u128::from(!is_exact)).ok_or(MathError::Overflow)?; // favours the fund
    let held = p0.checked_add(p1).ok_or(MathError::Overflow)?;
    let lacks = held.saturating_sub(root << 1); // a mean root is at most the mean
    let loss = div(lacks << 32, held.max(p0 << 1), Round::Down)?; // favours the fund
    u64::try_from(loss).map_err(|_| MathError::Overflow)
}

/// The terms of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// `S`: the value at entry that is insured.
    pub insured: Money,
    /// The part of each payout that the provider bears.
    pub coinsurance: Bps,
    /// The loss that pays nothing, in Q32.
    pub deductible: u64,
    /// The most that is paid, in Q32; at most [`Q32_ONE`].
    pub cap: u64,
}

impl Policy {
    /// Returns `S (1 - coinsurance) rate` for a rate of at most one.
    fn part(&self, rate: u64, bits: u32, round: Round) -> Result<Money> {
        let borne = Bps::ONE.checked_sub(u64::from(self.coinsurance.0)).ok_or(MathError::Underflow)?;
        let amount = checked_mul(checked_mul(self.insured.into(), borne.into())?, rate.into())?;
        let part = div(amount, u128::from(Bps::ONE) << bits, round)?;
        u64::try_from(part).map_err(|_| MathError::Overflow)
    }

    /// Returns the payout for a loss, rounded down in favour of the fund.
    ///
    /// # Errors
    /// `Underflow` for a coinsurance above 100%.
    ///
    /// ```
    /// # use bulkhead_math::{impermanent_loss::{Policy, Q32_ONE}, units::Bps};
    /// let percent = Q32_ONE / 100;
    /// let policy = Policy { insured: 100_000, coinsurance: Bps(1_000), deductible: percent, cap: 10 * percent };
    /// assert_eq!(policy.payout(percent / 2), Ok(0));
    /// assert_eq!(policy.payout(6 * percent + 10), Ok(4_500));
    /// assert_eq!(policy.payout(Q32_ONE / 5), policy.most());
    /// ```
    pub fn payout(&self, loss: u64) -> Result<Money> {
        self.part(loss.saturating_sub(self.deductible).min(self.cap), 32, Round::Down)
    }

    /// Returns the largest payout, which is pledged while the policy runs.
    ///
    /// # Errors
    /// `Underflow` for a coinsurance above 100%.
    pub fn most(&self) -> Result<Money> {
        self.part(self.cap, 32, Round::Down)
    }

    /// Returns the premium for a term of `secs` at a variance per second, with a loading of `theta`
    /// in basis points (at least 10,000), rounded up in favour of the fund. `None`: the premium would
    /// reach the cap, so that nothing is sold.
    ///
    /// # Errors
    /// `Overflow` for a term whose variance leaves 128 bits; `Underflow` for a coinsurance above 100%.
    ///
    /// ```
    /// # use bulkhead_math::{impermanent_loss::{Policy, Q32_ONE}, units::Bps, volatility::target_variance};
    /// let policy =
    ///     Policy { insured: 1_000_000, coinsurance: Bps(0), deductible: 0, cap: Q32_ONE / 10 };
    /// // 80% a year over 30 days: v = 0.0526, of which an eighth is 0.66%.
    /// assert_eq!(policy.premium(target_variance(8_000), 30 * 86_400, 10_000), Ok(Some(6_571)));
    /// assert_eq!(policy.premium(target_variance(40_000), 30 * 86_400, 10_000), Ok(None));
    /// ```
    pub fn premium(&self, variance: Variance, secs: u64, theta_bps: u32) -> Result<Option<Money>> {
        let of_term = checked_mul(variance.into(), secs.into())?; // Q48
        let loaded = checked_mul(of_term, theta_bps.into())?;
        let eighths = u128::from(Bps::ONE).checked_mul(8).ok_or(MathError::Overflow)?;
        let rate = div(loaded, eighths, Round::Up)?; // favours the fund
        match u64::try_from(rate) {
            Ok(rate) if rate < self.cap.min(Q32_ONE) << 16 => self.part(rate, 48, Round::Up).map(Some), // favours the fund
            _ => Ok(None),
        }
    }
}

/// Returns the insured value that a payment buys, rounded down in favour of the fund: all of it if the
/// premium that is due at the start is paid, else its part.
///
/// # Errors
/// None today: the result is at most `insured`.
///
/// ```
/// # use bulkhead_math::impermanent_loss::insured_for;
/// // The variance has risen since the purchase: 80 were paid, 100 are due.
/// assert_eq!(insured_for(1_000, 80, 100), Ok(800));
/// assert_eq!(insured_for(1_000, 100, 80), Ok(1_000));
/// ```
pub fn insured_for(insured: Money, paid: Money, due: Money) -> Result<Money> {
    if paid >= due {
        return Ok(insured);
    }
    mul_div(insured, paid, due, Round::Down) // favours the fund; due is above zero
}

/// Prices of a UTC day, by covered seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Number of the day since 1970.
    pub day: u64,
    /// Covered seconds.
    pub secs: u64,
    /// Sum of price times covered seconds.
    pub price_seconds: u128,
}

impl Day {
    /// Returns the mean of the day, rounded down, if at least half of the day is covered. Both prices
    /// of a policy are rounded alike, so the rounding favours nobody.
    ///
    /// Entry is the day after the purchase, exit the day after the expiry: nobody knows either price when
    /// it decides, and a spike of minutes moves it little. No other day takes the place of one without a
    /// price: whoever alone notes prices would choose it by silence.
    pub fn mean(&self) -> Option<Price> {
        if self.secs < DAY_SECS / 2 {
            return None;
        }
        div(self.price_seconds, self.secs.into(), Round::Down).ok().and_then(|mean| u64::try_from(mean).ok())
    }
}

/// Counts `price`, in force from the second `from` until `until`, into a ring of days, for at most
/// `max_age_secs`: one print covers no longer silence. What lies beyond midnight counts on the next
/// day, so that nobody gains by posting before or after it.
///
/// The place of a day is its number modulo the length of the ring; an older day there is forgotten.
///
/// # Errors
/// `Overflow` when a sum leaves 128 bits.
pub fn count(ring: &mut [Day], price: Price, from: u64, until: u64, max_age_secs: u64) -> Result<()> {
    let until = until.min(from.saturating_add(max_age_secs));
    let mut start = from;
    while start < until {
        let day = start / DAY_SECS;
        let midnight = day.saturating_add(1).saturating_mul(DAY_SECS);
        let secs = until.min(midnight).saturating_sub(start);
        let Some(place) = place(ring, day) else { return Ok(()) };
        if place.day < day {
            *place = Day { day, ..Day::default() };
        }
        if place.day == day {
            let sum = checked_mul(price.into(), secs.into())?;
            place.secs = place.secs.checked_add(secs).ok_or(MathError::Overflow)?;
            place.price_seconds = place.price_seconds.checked_add(sum).ok_or(MathError::Overflow)?;
        }
        start = start.saturating_add(secs);
    }
    Ok(())
}

fn place(ring: &mut [Day], day: u64) -> Option<&mut Day> {
    let length = u64::try_from(ring.len()).ok()?;
    let place = usize::try_from(day.checked_rem(length)?).ok()?;
    ring.get_mut(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volatility::target_variance;
    use proptest::prelude::*;

    extern crate std;

    const DAY: u64 = DAY_SECS;

    fn real(loss: u64) -> f64 {
        loss as f64 / Q32_ONE as f64
    }

    /// The cumulative normal distribution, by Simpson's rule.
    fn normal(x: f64) -> f64 {
        let (low, steps) = (-12.0f64, 4_000);
        if x <= low {
            return 0.0;
        }
        let width = (x - low) / f64::from(steps);
        let density = |t: f64| (-t * t / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let sum: f64 = (0..=steps)
            .map(|step| {
                let weight = match step {
                    0 => 1.0,
                    last if last == steps => 1.0,
                    odd if odd % 2 == 1 => 4.0,
                    _ => 2.0,
                };
                weight * density(low + width * f64::from(step))
            })
            .sum();
        sum * width / 3.0
    }

    /// Equation 15: the value of what exceeds a deductible, of the value at entry.
    fn fair_value(v: f64, deductible: f64) -> f64 {
        let (root, x) = (v.sqrt(), 2.0 * (1.0 / (1.0 - deductible)).acosh());
        (1.0 - deductible) * (normal(root / 2.0 - x / root) + normal(-root / 2.0 - x / root))
            - 2.0 * (-v / 8.0).exp() * normal(-x / root)
    }

    /// The expectation of something over lognormal prices without drift, from the integer loss: of the
    /// loss against holding and the value held, both in parts of the value at entry.
    fn expected(v: f64, of: impl Fn(f64, f64, u64) -> f64) -> f64 {
        let entry = 1u64 << 40;
        let steps = 20_000;
        let width = 16.0 / f64::from(steps);
        (0..steps)
            .map(|step| {
                let z = -8.0 + width * (f64::from(step) + 0.5);
                let ratio = (v.sqrt() * z - v / 2.0).exp();
                let exit = (entry as f64 * ratio).round() as u64;
                let held = (1.0 + exit as f64 / entry as f64) / 2.0;
                let loss = loss(entry, exit).unwrap();
                let of_held = real(loss) * held.max(1.0) / held;
                of(of_held, held, loss) * (-z * z / 2.0).exp() * width / (2.0 * std::f64::consts::PI).sqrt()
            })
            .sum()
    }

    fn variance_of(volatility: f64, days: f64) -> f64 {
        volatility * volatility * days / 365.0
    }

    #[test]
    fn the_loss_of_known_prices() {
        assert_eq!(loss(1, 1), Ok(0));
        assert_eq!(loss(1_000_000, 1_000_000), Ok(0));
        assert_eq!(loss(100, 400), Ok(Q32_ONE / 5));
        assert_eq!(loss(400, 100), Ok(Q32_ONE / 8), "of the value at entry");
        assert_eq!((loss(0, 5), loss(5, 0)), (Ok(0), Ok(0)), "no price is no loss");
        // Prices 1 and 2^63, both ways.
        assert!(real(loss(1, 1 << 63).unwrap()) > 0.999_999);
        assert!((real(loss(1 << 63, 1).unwrap()) - 0.5).abs() < 1e-9);
        assert!(loss(u64::MAX, u64::MAX - 1).unwrap() <= 1);
    }

    /// The table of the page: sigma 80% over 30 and 90 days, 150% over 30.
    #[test]
    fn fair_values_are_those_of_the_table() {
        for (volatility, days, plain, insured) in [
            (0.8, 30.0, 0.006_554, 0.002_240),
            (0.8, 90.0, 0.019_533, 0.012_650),
            (1.5, 30.0, 0.022_851, 0.015_307),
        ] {
            let v = variance_of(volatility, days);
            assert!((1.0 - (-v / 8.0).exp() - plain).abs() < 1e-6, "{v}");
            assert!((fair_value(v, 0.01) - fair_value(v, 0.11) - insured).abs() < 1e-6, "{v}");
            // The integer loss under the same prices.
            let all = expected(v, |loss, held, _| loss * held);
            assert!((all - plain).abs() < 2e-6, "{all} is not {plain}");
            let above = |least: f64| expected(v, |loss, held, _| (loss - least).max(0.0) * held);
            let between = above(0.01) - above(0.11);
            assert!((between - insured).abs() < 2e-6, "{between} is not {insured}");
        }
    }

    /// C11: what is paid is worth less than the fair value, and that less than the premium at theta one.
    #[test]
    fn a_premium_is_worth_more_than_its_payouts() {
        let percent = Q32_ONE / 100;
        let policy = Policy {
            insured: 1_000_000_000,
            coinsurance: Bps(1_000),
            deductible: percent,
            cap: 10 * percent,
        };
        for (bps, days) in [(5_000u16, 8), (8_000, 12), (15_000, 10)] {
            let v = variance_of(f64::from(bps) / 1e4, f64::from(days));
            let payouts = expected(v, |_, _, loss| policy.payout(loss).unwrap() as f64);
            let fair = (fair_value(v, 0.01) - fair_value(v, 0.11)) * 0.9 * 1e9;
            let premium = policy.premium(target_variance(bps), u64::from(days as u32) * DAY, 10_000).unwrap();
            let premium = premium.expect("a sale") as f64;
            assert!(payouts <= fair * 1.000_1 && fair < premium, "{payouts} {fair} {premium}");
        }
    }

    /// Attack: policies after a jump of the volatility. The premium follows the variance, and nothing is
    /// sold once it would reach the cap.
    #[test]
    fn nothing_is_sold_where_the_premium_reaches_the_cap() {
        let policy = Policy { insured: 1_000, coinsurance: Bps(0), deductible: 0, cap: 1 << 20 };
        let at = |variance| policy.premium(variance, 8, 10_000).unwrap();
        // v / 8 in Q48 is the variance itself; the cap is 2^36 in Q48.
        assert_eq!(at((1 << 36) - 1), Some(1));
        assert_eq!(at(1 << 36), None);
        assert_eq!(at(u64::MAX), None);
        assert_eq!(at(0), Some(0));
        assert_eq!(policy.premium(u64::MAX, u64::MAX, u32::MAX), Err(MathError::Overflow));
    }

    /// Attack: a spike on the day of entry or exit. A minute of ten times the price moves the mean by six
    /// parts of a thousand.
    #[test]
    fn a_spike_moves_a_day_little() {
        let mut ring = [Day::default(); KEPT_DAYS];
        let noon = 20_000 * DAY + DAY / 2;
        for second in (20_000 * DAY..20_001 * DAY).step_by(60) {
            let price = if second == noon { 10_000 } else { 1_000 };
            count(&mut ring, price, second, second + 60, 75).unwrap();
        }
        assert_eq!(ring[20_000 % KEPT_DAYS].mean(), Some(1_006));
    }

    /// Attack: a silent feed over the expiry. Less than half a day is no price.
    #[test]
    fn a_silent_day_has_no_price() {
        let mut ring = [Day::default(); KEPT_DAYS];
        for (day, hours, price) in [(7u64, 11, 100), (8, 0, 0), (9, 12, 300)] {
            for hour in 0..hours {
                let from = day * DAY + hour * 3_600;
                count(&mut ring, price, from, from + 3_600, 3_600).unwrap();
            }
        }
        assert_eq!([7, 8, 9].map(|day: usize| ring[day].mean()), [None, None, Some(300)]);
    }

    /// A print covers both sides of midnight, and no more than its age; an old day makes room for a new one.
    #[test]
    fn midnight_splits_a_print() {
        let mut ring = [Day::default(); KEPT_DAYS];
        let kept = KEPT_DAYS as u64;
        count(&mut ring, 50, 3 * DAY - 10, 3 * DAY + 1_000, 60).unwrap();
        assert_eq!(ring[2], Day { day: 2, secs: 10, price_seconds: 500 });
        assert_eq!(ring[3], Day { day: 3, secs: 50, price_seconds: 2_500 });
        count(&mut ring, 7, (3 + kept) * DAY, (3 + kept) * DAY + 1, 60).unwrap();
        assert_eq!(ring[3], Day { day: 3 + kept, secs: 1, price_seconds: 7 });
        count(&mut ring, 9, 3 * DAY + 100, 3 * DAY + 101, 60).unwrap();
        assert_eq!(ring[3].day, 3 + kept, "a print of long ago changes no newer day");
        assert_eq!(count(&mut [], 9, 0, 10, 60), Ok(()));
    }

    proptest! {
        /// The loss is within 2^-32 of the real one, from below, for all prices.
        #[test]
        fn the_loss_is_exact_within_a_unit(entry in 1u64..1 << 50, exit in 1u64..1 << 50) {
            let (p0, p1) = (entry as f64, exit as f64);
            let exact = (p0 + p1 - 2.0 * (p0 * p1).sqrt()).max(0.0) / (p0 + p1).max(2.0 * p0);
            let is = loss(entry, exit).unwrap();
            prop_assert!(is <= Q32_ONE);
            prop_assert!((real(is) - exact).abs() < 2.5e-10, "{} {exact}", real(is));
        }

        /// Scaling both prices changes the result by a unit at most, and equal prices lose nothing.
        #[test]
        fn only_the_ratio_counts(entry in 1u64..1 << 40, exit in 1u64..1 << 40, bits in 0u32..24) {
            let (one, other) = (loss(entry, exit).unwrap(), loss(entry << bits, exit << bits).unwrap());
            prop_assert!(one.abs_diff(other) <= 1);
            prop_assert_eq!(loss(entry, entry), Ok(0));
        }

        /// The farther a price moves, the more is lost.
        #[test]
        fn a_farther_move_loses_more(entry in 1u64..1 << 40, step in 0u64..1 << 40, more in 0u64..1 << 40) {
            prop_assert!(loss(entry, entry + step + more).unwrap() + 1 >= loss(entry, entry + step).unwrap());
            let (near, far) = (entry - step % entry, entry - (step % entry).max(more % entry));
            prop_assert!(loss(entry, far).unwrap() + 1 >= loss(entry, near).unwrap());
        }

        /// No payout exceeds the cap, none falls with the loss, and the premium grows with variance, time and loading.
        #[test]
        fn payouts_and_premiums_are_bounded_and_monotone(
            insured in 0u64..1 << 60, coinsurance in 0u16..=10_000, deductible in 0u64..=Q32_ONE, cap in 1u64..=Q32_ONE,
            loss in 0u64..=Q32_ONE, more in 0u64..1 << 32, variance in 0u64..1 << 40, secs in 1u64..1 << 24,
        ) {
            let policy = Policy { insured, coinsurance: Bps(coinsurance), deductible, cap };
            let paid = policy.payout(loss).unwrap();
            prop_assert!(paid <= policy.most().unwrap() && policy.most().unwrap() <= insured);
            prop_assert!(policy.payout(loss + more).unwrap() >= paid);
            if let Some(premium) = policy.premium(variance, secs, 10_000).unwrap() {
                prop_assert!(premium <= policy.most().unwrap() + 1);
                if let Some(longer) = policy.premium(variance + 1, secs + 1, 12_000).unwrap() {
                    prop_assert!(longer >= premium);
                }
            }
        }

        /// What a payment buys never costs more than was paid.
        #[test]
        fn a_payment_buys_no_more_than_it_pays_for(
            insured in 1u64..1 << 50, variance in 1u64..1 << 38, paid in 0u64..1 << 50,
        ) {
            let policy = Policy { insured, coinsurance: Bps(1_000), deductible: 0, cap: Q32_ONE };
            let Some(due) = policy.premium(variance, 10 * DAY, 10_000).unwrap() else { return Ok(()) };
            let bought = insured_for(insured, paid, due).unwrap();
            prop_assert!(bought <= insured);
            let less = Policy { insured: bought, ..policy }.premium(variance, 10 * DAY, 10_000).unwrap();
            prop_assert!(less.expect("a sale") <= paid.max(due.min(paid)));
        }

        /// Counting in pieces is counting at once.
        #[test]
        fn days_count_alike_in_pieces(price in 1u64..1 << 60, from in 0u64..1 << 32, cuts in proptest::collection::vec(1u64..10_000, 1..20)) {
            let (mut once, mut pieces) = ([Day::default(); 8], [Day::default(); 8]);
            let all: u64 = cuts.iter().sum();
            count(&mut once, price, from, from + all, u64::MAX).unwrap();
            let mut start = from;
            for cut in cuts {
                count(&mut pieces, price, start, start + cut, u64::MAX).unwrap();
                start += cut;
            }
            prop_assert_eq!(once, pieces);
        }
    }
}
