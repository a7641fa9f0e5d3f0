//! Volatility from an oracle's prices, and the multiplier and regime that follow: an exponentially
//! weighted mean of squared returns, time-weighted because oracles are read at irregular times.
//!
//! With `dt` seconds since the last sample and `d = 2^(-dt / half_life)`:
//!
//! 1. `v := v d + (r^2 / dt) (1 - d)`, a variance per second, where `r^2 = (p - q)^2 / (p q)`,
//!    which is the squared logarithmic return within a factor of `1 + r^2 / 12` and the same up and
//!    down;
//! 2. a sample is taken once [`SAMPLE_SECS`] have passed; until then `v` is computed from the last
//!    sample, not kept. Reading the oracle more often therefore changes nothing: between two
//!    samples only the last price counts;
//! 3. the multiplier is `sqrt(v / v_target)`, clamped;
//! 4. a gap of `k` sample periods counts as one sample. Against `k` samples of its own the added
//!    variance is at most `k` times as large (all of it one trend) and at least none (the price
//!    came back); anyone may prevent a gap.
//!
//! Error against the same formulas in real numbers: below 2^-20 of the variance for each sample,
//! and the resolution of a return, 2^-24 (tested against an f64 reference).

use crate::{
    decay::{decay, weighted, Q32_ONE},
    units::{Price, YEAR_SECS},
};

/// Variance of returns per second, in Q16.48.
pub type Variance = u64;

/// Least time between two samples.
pub const SAMPLE_SECS: i64 = 60;

/// One, in the multiplier's bps.
pub const ONE_BPS: u32 = 10_000;

/// Largest multiplier before the clamp: ten times.
pub const MAX_MULTIPLIER_BPS: u32 = 100_000;

/// Most bps of annual volatility a target can have, so that ten times its variance fits.
pub const MAX_TARGET_BPS: u16 = u16::MAX;

/// Returns the variance per second of an annual volatility, rounded down; zero for zero.
#[allow(clippy::arithmetic_side_effects)] // 2^32 * 2^48; the divisor is a constant.
pub const fn target_variance(annual_volatility_bps: u16) -> Variance {
    let squared = (annual_volatility_bps as u128) * (annual_volatility_bps as u128);
    ((squared << 48) / (100_000_000 * YEAR_SECS as u128)) as u64
}

/// Returns `(p - q)^2 / (p q)` in Q16.48, rounded down, at most the largest there is.
#[inline(always)]
#[allow(clippy::arithmetic_side_effects)] // Shifted below 2^40, so 24 more bits fit; divisors are checked.
pub fn squared_return(from: Price, to: Price) -> Variance {
    let largest = from | to;
    let shift = match largest >> 40 {
        0 => 0, // most mantissas
        _ => 24u32.saturating_sub(largest.leading_zeros()),
    };
    let (from, to) = (from >> shift, to >> shift);
    if from == 0 || to == 0 {
        return u64::MAX;
    }
    let distance = from.abs_diff(to) << 24;
    let (up, down) = (distance / from, distance / to);
    if (up | down) >> 32 == 0 {
        return up.wrapping_mul(down); // nearly always
    }
    up.saturating_mul(down)
}

/// A market's memory of its price's movements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ewma {
    /// Variance at the last sample.
    pub variance: Variance,
    /// Price of the last sample; zero before the first.
    pub price: Price,
    /// Time of the last sample.
    pub ts: i64,
}

/// The effect of a new price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Variance now.
    pub variance: Variance,
    /// The memory from now on.
    pub next: Ewma,
    /// Whether this price is a sample.
    pub sampled: bool,
}

impl Ewma {
    /// Sees `price`, published at `ts`. The first one sets the variance to `initial`.
    #[inline(always)]
    pub fn observe(&self, price: Price, ts: i64, half_life_secs: u32, initial: Variance) -> Observation {
        if self.price == 0 {
            return Observation {
                variance: initial,
                next: Self { variance: initial, price, ts },
                sampled: true,
            };
        }
        let secs = ts.saturating_sub(self.ts).max(0);
        let variance = self.variance_after(price, secs.unsigned_abs(), half_life_secs);
        let sampled = secs >= SAMPLE_SECS;
        let next = if sampled { Self { variance, price, ts } } else { *self };
        Observation { variance, next, sampled }
    }

    #[inline(always)]
    #[allow(clippy::arithmetic_side_effects)] // The divisor is checked; a weight is at most one.
    fn variance_after(&self, price: Price, secs: u64, half_life_secs: u32) -> Variance {
        if secs == 0 {
            return self.variance;
        }
        let kept = decay(secs, half_life_secs);
        let sample = squared_return(self.price, price) / secs;
        // Two weighted words add up to less than 2^97.
        let mean = weighted(self.variance, kept).wrapping_add(weighted(sample, Q32_ONE - kept)) >> 32;
        u64::try_from(mean).unwrap_or(u64::MAX)
    }
}

/// Returns `sqrt(variance / target)` in bps, rounded down, at most [`MAX_MULTIPLIER_BPS`]; one
/// without a target.
#[inline(always)]
// Below 100 targets, hence below 2^36; times 10^8 a word. The target is not zero.
#[allow(clippy::arithmetic_side_effects)]
pub fn multiplier_bps(variance: Variance, target: Variance) -> u32 {
    if target == 0 {
        return ONE_BPS;
    }
    if variance / 100 >= target {
        return MAX_MULTIPLIER_BPS;
    }
    isqrt(variance.wrapping_mul(100_000_000) / target) as u32
}

/// Returns the square root, rounded down: Newton from a multiplier of one, which most are near.
/// (The library's reads a table, which costs several times as much on chain.)
#[inline(always)]
#[allow(clippy::arithmetic_side_effects)] // Never from zero, and sums of two words below 2^63.
fn isqrt(number: u64) -> u64 {
    if number == 0 {
        return 0;
    }
    let step = |root: u64| (root + number / root) >> 1;
    // From wherever it begins, a step ends no lower than the root, and further ones fall until they
    // are there.
    let mut root = step(u64::from(ONE_BPS));
    loop {
        let next = step(root);
        if next >= root {
            return root;
        }
        root = next;
    }
}

/// How the market is, with hysteresis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Regime {
    /// Neither.
    #[default]
    Neutral,
    /// Calm: members may take risk.
    RiskOn,
    /// Stressed: risk is to be reduced.
    RiskOff,
}

impl Regime {
    /// Stressed from one and a half times the target volatility on, and until it is below one and a
    /// quarter.
    pub const OFF_BPS: (u32, u32) = (15_000, 12_500);
    /// Calm from three quarters of the target volatility down, and until it is above nine tenths.
    pub const ON_BPS: (u32, u32) = (7_500, 9_000);

    /// Returns the regime after a sample: entering one takes more than staying in it, so that it
    /// does not flutter.
    pub fn after(self, multiplier_bps: u32) -> Self {
        let (enter_off, leave_off) = Self::OFF_BPS;
        let (enter_on, leave_on) = Self::ON_BPS;
        if multiplier_bps >= enter_off || self == Self::RiskOff && multiplier_bps >= leave_off {
            Self::RiskOff
        } else if multiplier_bps <= enter_on || self == Self::RiskOn && multiplier_bps <= leave_on {
            Self::RiskOn
        } else {
            Self::Neutral
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    extern crate std;
    use std::vec::Vec;

    const DAY: u32 = 86_400;

    /// The same rule in f64.
    struct Reference {
        variance: f64,
        price: f64,
        ts: i64,
    }

    impl Reference {
        fn observe(&mut self, price: f64, ts: i64, half_life: u32) -> f64 {
            let dt = (ts - self.ts) as f64;
            if dt == 0.0 {
                return self.variance;
            }
            let kept = (-dt / f64::from(half_life)).exp2();
            let squared = (price - self.price).powi(2) / (price * self.price);
            let variance = self.variance * kept + squared / dt * (1.0 - kept);
            if ts - self.ts >= SAMPLE_SECS {
                *self = Self { variance, price, ts };
            }
            variance
        }
    }

    fn annual(variance: Variance) -> f64 {
        (variance as f64 / (1u64 << 48) as f64 * YEAR_SECS as f64).sqrt()
    }

    #[test]
    fn a_target_is_an_annual_volatility() {
        for bps in [1_000, 8_000, 25_000, u16::MAX] {
            let volatility = annual(target_variance(bps));
            assert!((volatility * 1e4 / f64::from(bps) - 1.0).abs() < 1e-4, "{bps} {volatility}");
        }
        assert_eq!(target_variance(0), 0);
    }

    #[test]
    fn a_fall_and_its_recovery_are_the_same_return() {
        assert_eq!(squared_return(200_000, 100_000), squared_return(100_000, 200_000));
        // (1/2)^2 / (1 * 1/2) = 1/2
        assert_eq!(squared_return(200_000, 100_000), 1 << 47);
        assert_eq!(squared_return(5, 5), 0);
        assert_eq!(squared_return(1, u64::MAX), u64::MAX);
    }

    #[test]
    fn a_return_of_long_prices_is_that_of_short_ones() {
        // (3/4)^2 / (1/4) = 9/4, whatever the exponent.
        for bits in [0, 20, 38, 39, 40, 61] {
            assert_eq!(squared_return(4 << bits, 1 << bits), 9 << 46, "{bits}");
        }
        // A millionfold price is a larger return than there is room for.
        assert_eq!(squared_return(1 << 10, 1 << 40), u64::MAX);
        assert_eq!(squared_return(1 << 40, 1 << 10), u64::MAX);
    }

    #[test]
    fn the_multiplier_is_one_at_the_target_and_bounded() {
        let target = target_variance(8_000);
        assert_eq!(multiplier_bps(target, target), 10_000);
        assert_eq!(multiplier_bps(target * 4, target), 20_000);
        assert_eq!(multiplier_bps(u64::MAX, target), MAX_MULTIPLIER_BPS);
        assert_eq!(multiplier_bps(199, 1), MAX_MULTIPLIER_BPS, "of a target of one part as well");
        assert_eq!(multiplier_bps(0, target), 0);
        assert_eq!(multiplier_bps(7, 0), ONE_BPS, "no target: no adjustment");
        let largest = target_variance(MAX_TARGET_BPS);
        assert_eq!(multiplier_bps(largest * 100 - 1, largest), 99_999);
    }

    #[test]
    fn a_root_is_the_largest_whole_one() {
        let near = |root: u64| [root * root - 1, root * root, root * root + 1];
        let numbers = [1, 2, 3, 10_000, 99_999, 1 << 31, u64::from(u32::MAX)].into_iter().flat_map(near);
        for number in numbers.chain([0, u64::MAX]) {
            assert_eq!(isqrt(number), number.isqrt(), "{number}");
        }
    }

    #[test]
    fn a_regime_is_left_later_than_entered() {
        let mut regime = Regime::Neutral;
        let path = [14_999, 15_000, 12_500, 12_499, 9_000, 7_500, 9_000, 9_001, 20_000, 7_000];
        let seen: Vec<Regime> = path
            .iter()
            .map(|multiplier| {
                regime = regime.after(*multiplier);
                regime
            })
            .collect();
        use Regime::{Neutral, RiskOff, RiskOn};
        assert_eq!(
            seen,
            [Neutral, RiskOff, RiskOff, Neutral, Neutral, RiskOn, RiskOn, Neutral, RiskOff, RiskOn]
        );
    }

    #[test]
    fn the_first_price_sets_no_volatility() {
        let seen = Ewma::default().observe(100, 7, DAY, 55);
        assert_eq!(seen.next, Ewma { variance: 55, price: 100, ts: 7 });
        let again = seen.next.observe(200, 7, DAY, 55);
        assert_eq!(
            (again.variance, again.sampled),
            (55, false),
            "a second price of the same second has no weight"
        );
    }

    proptest! {
        /// Against real numbers, over a day of prices with jumps at irregular times.
        #[test]
        fn the_variance_is_that_of_real_numbers(
            steps in proptest::collection::vec((1i64..900, -300i64..300, 0u8..100), 1..200),
            start in 10_000_000u64..1 << 50,
            half_life in 600u32..10 * DAY,
        ) {
            let initial = target_variance(8_000);
            let mut ewma = Ewma { variance: initial, price: start, ts: 0 };
            let mut reference =
                Reference { variance: initial as f64 / (1u64 << 48) as f64, price: start as f64, ts: 0 };
            let (mut price, mut ts, mut samples) = (start, 0, 0);
            for (secs, move_bps, chance) in steps {
                ts += secs;
                let move_bps = if chance < 5 { move_bps * 20 } else { move_bps };
                price = (i128::from(price) * i128::from(10_000 + move_bps.max(-9_000)) / 10_000).max(10_000_000) as u64;
                let seen = ewma.observe(price, ts, half_life, initial);
                let expected = reference.observe(price as f64, ts, half_life);
                ewma = seen.next;
                samples += i32::from(seen.sampled);
                let got = seen.variance as f64 / (1u64 << 48) as f64;
                // One part in 2^20 a sample, plus the resolution of a return (2^-24) relative to a
                // basis point.
                let bound = expected * (f64::from(samples + 1) / 1_048_576.0 + 1.3e-3) + 1e-13;
                prop_assert!((got - expected).abs() <= bound, "{got} {expected}");
            }
        }

        /// Nobody can move it by cranking often: prices between two samples leave no trace.
        #[test]
        fn cranking_often_changes_nothing(
            between in proptest::collection::vec((1i64..SAMPLE_SECS, 1u64..1 << 40), 0..20),
            last in 1u64..1 << 40, secs in SAMPLE_SECS..10_000,
        ) {
            let start = Ewma { variance: 1_000, price: 1 << 30, ts: 0 };
            let mut often = start;
            for (ts, price) in between {
                often = often.observe(price, ts, DAY, 0).next;
            }
            prop_assert_eq!(often, start);
            prop_assert_eq!(often.observe(last, secs, DAY, 0), start.observe(last, secs, DAY, 0));
        }

        /// At a price that does not move, many samples and one are the same decay.
        #[test]
        fn a_still_price_fades_the_same_in_many_samples_as_in_one(
            steps in proptest::collection::vec(SAMPLE_SECS..900, 1..100), variance in 1u64 << 20..1 << 40, half_life in 600u32..10 * DAY,
        ) {
            let start = Ewma { variance, price: 1 << 30, ts: 0 };
            let (mut many, mut ts) = (start, 0);
            for step in &steps {
                ts += step;
                many = many.observe(1 << 30, ts, half_life, 0).next;
            }
            let one = start.observe(1 << 30, ts, half_life, 0).next;
            let bound = (variance >> 29) * steps.len() as u64 + steps.len() as u64 + 8;
            prop_assert!(many.variance.abs_diff(one.variance) <= bound, "{} {}", many.variance, one.variance);
        }

        /// Cranking seldom: a gap of k periods adds at most k times the variance that its k samples
        /// would have added.
        #[test]
        fn a_gap_adds_at_most_its_length(
            moves in proptest::collection::vec(-200i64..200, 2..30),
        ) {
            let half_life = 10 * DAY; // so long that nothing fades within the gap
            let start = Ewma { variance: 0, price: 1 << 40, ts: 0 };
            let (mut each, mut price, mut ts) = (start, 1u64 << 40, 0);
            for move_bps in &moves {
                price = (i128::from(price) * i128::from(10_000 + move_bps) / 10_000) as u64;
                ts += SAMPLE_SECS;
                each = each.observe(price, ts, half_life, 0).next;
            }
            let gap = start.observe(price, ts, half_life, 0).next;
            let most = each.variance as f64 * moves.len() as f64;
            prop_assert!(gap.variance as f64 <= most * 1.02 + 64.0, "{} {most}", gap.variance);
        }
    }
}
