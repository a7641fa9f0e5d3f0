//! Quantiles that charge for a short history.
//!
//! The `p` quantile of `n` observations is the `ceil(p n)`-th smallest: at least the part `p` of
//! them is no larger. A rate is made of the observation `z sqrt(n p (1 - p))` ranks further up,
//! with `z = 1.645`. By the binomial law the true quantile is below it with a confidence of 95%.
//! For example, the 99% quantile of 100,000 observations is the 99,000th, and its upper bound the
//! 99,052nd. A short history therefore gives a higher rate than a long one.

use serde::Serialize;

/// One-sided confidence of 95%, in standard deviations.
const Z: f64 = 1.645;

/// A quantile and its upper bound.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Probability of the quantile.
    pub probability: f64,
    /// Number of observations.
    pub observations: usize,
    /// The quantile of the observations.
    pub point: f64,
    /// The bound that the true quantile is below, with a confidence of 95%.
    pub upper: f64,
}

/// A sorted sample.
#[derive(Clone, Debug)]
pub struct Sample {
    sorted: Vec<f64>,
}

impl Sample {
    /// Sorts values. A value that is not a number has no place in an order and is left out.
    pub fn new(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().filter(|value| !value.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        Self { sorted }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The `ceil(p n)`-th smallest value; zero if there are none.
    pub fn quantile(&self, probability: f64) -> f64 {
        self.at(probability * self.sorted.len() as f64)
    }

    /// The quantile with its upper bound.
    pub fn estimate(&self, probability: f64) -> Estimate {
        let rank = probability * self.sorted.len() as f64;
        let spread = Z * (rank * (1.0 - probability)).sqrt();
        Estimate {
            probability,
            observations: self.sorted.len(),
            point: self.at(rank),
            upper: self.at(rank + spread),
        }
    }

    /// The median.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The largest value; zero if there are none.
    pub fn max(&self) -> f64 {
        self.sorted.last().copied().unwrap_or_default()
    }

    fn at(&self, rank: f64) -> f64 {
        // The rank is lowered by a hair, because 0.9 * 10 would otherwise be the tenth.
        let index = ((rank - 1e-9).ceil().max(1.0) as usize).min(self.sorted.len());
        index.checked_sub(1).map(|index| self.sorted[index]).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    #[test]
    fn a_quantile_is_the_observation_that_enough_are_no_larger_than() {
        let ten = Sample::new((1..=10).map(f64::from));
        assert_eq!((ten.quantile(0.9), ten.quantile(0.91), ten.median(), ten.max()), (9.0, 10.0, 5.0, 10.0));
        assert_eq!((ten.quantile(0.0), ten.quantile(1.0)), (1.0, 10.0));
        let none = Sample::new([f64::NAN]);
        assert!(none.is_empty() && none.estimate(0.99).upper == 0.0);
    }

    #[test]
    fn a_short_history_is_charged_more() {
        let of = |n: u32| Sample::new((1..=n).map(|value| f64::from(value) / f64::from(n))).estimate(0.99);
        let (short, long) = (of(1_000), of(100_000));
        assert!((short.point - long.point).abs() < 1e-3);
        assert!(short.upper > long.upper && long.upper > long.point);
        // 99000 + 1.645 * sqrt(990) = 99051.8
        assert_eq!(long.upper, 0.99052);
    }

    proptest! {
        #[test]
        fn at_least_the_part_is_no_larger(
            values in proptest::collection::vec(-1e3f64..1e3, 1..200),
            part in 0.01f64..0.999,
        ) {
            let sample = Sample::new(values.clone());
            let quantile = sample.quantile(part);
            let below = values.iter().filter(|value| **value <= quantile).count();
            let strictly = values.iter().filter(|value| **value < quantile).count();
            prop_assert!(below as f64 >= part * values.len() as f64 - 1e-6);
            prop_assert!((strictly as f64) < part * values.len() as f64 + 1e-6);
            prop_assert!(sample.estimate(part).upper >= quantile);
        }
    }
}
