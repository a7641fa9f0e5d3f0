//! Measures of a sample of losses: quantiles, expected shortfall, probabilities with intervals.

use serde::Serialize;

/// Two-sided 95%, in standard deviations.
const Z: f64 = 1.959_963_984_540_054;

/// A probability that was estimated from a count.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Probability {
    /// Number of paths in which it happened.
    pub count: usize,
    /// Number of paths.
    pub of: usize,
    /// The part of paths.
    pub point: f64,
    /// Lower end of the 95% interval (Wilson).
    pub low: f64,
    /// Upper end of the 95% interval (Wilson).
    pub high: f64,
}

impl Probability {
    /// Estimates a probability. Wilson's interval is right for rare events too: none in 100,000
    /// paths still allows for one in 26,000.
    pub fn new(count: usize, of: usize) -> Self {
        let n = of.max(1) as f64;
        let point = count as f64 / n;
        let centre = point + Z * Z / (2.0 * n);
        let spread = Z * (point * (1.0 - point) / n + Z * Z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + Z * Z / n;
        let low = if count == 0 { 0.0 } else { (centre - spread) / scale };
        let high = if count >= of { 1.0 } else { (centre + spread) / scale };
        Self { count, of, point, low, high }
    }
}

/// An average with its standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Average {
    /// The average.
    pub mean: f64,
    /// Its standard error.
    pub error: f64,
}

impl Average {
    /// The average of values.
    pub fn of(values: &[f64]) -> Self {
        let n = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / n;
        let square = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        Self { mean, error: (square / (n - 1.0).max(1.0) / n).sqrt() }
    }
}

/// Losses in rising order.
#[derive(Clone, Debug, Default)]
pub struct Losses {
    sorted: Vec<f64>,
}

impl Losses {
    /// Sorts losses.
    pub fn new(mut losses: Vec<f64>) -> Self {
        losses.sort_by(f64::total_cmp);
        Self { sorted: losses }
    }

    /// Number of losses.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The losses in rising order.
    pub fn sorted(&self) -> &[f64] {
        &self.sorted
    }

    /// The `ceil(level n)`-th smallest loss; zero if there are none.
    pub fn quantile(&self, level: f64) -> f64 {
        let rank = (level * self.sorted.len() as f64 - 1e-9).ceil().max(1.0) as usize;
        let place = rank.min(self.sorted.len());
        place.checked_sub(1).map_or(0.0, |index| self.sorted[index])
    }

    /// The mean of the worst part `1 - level`. A loss that lies across the border counts with the
    /// part that is beyond it, so the measure is continuous in `level` (Acerbi and Tasche).
    ///
    /// The standard error is that of an average over the tail with the uncertainty of the quantile
    /// included: `sqrt(variance of the tail + level (ES - quantile)^2) / sqrt(n (1 - level))`.
    pub fn expected_shortfall(&self, level: f64) -> Average {
        let n = self.sorted.len();
        let beyond = (1.0 - level) * n as f64;
        if n == 0 || beyond <= 0.0 {
            return Average::default();
        }
        let whole = (beyond + 1e-9).floor() as usize;
        let (rest, tail) = self.sorted.split_at(n - whole.min(n));
        let border = (beyond - whole as f64).max(0.0);
        let next = rest.last().copied().unwrap_or_default();
        let mean = (tail.iter().sum::<f64>() + border * next) / beyond;
        let square = tail.iter().map(|loss| (loss - mean).powi(2)).sum::<f64>() / beyond;
        let quantile = self.quantile(level);
        // Fewer than two losses say nothing about their spread: the whole of it is in doubt.
        let known = ((square + level * (mean - quantile).powi(2)) / beyond).sqrt();
        let error = if whole < 2 { mean } else { known };
        Average { mean, error }
    }

    /// The mean.
    pub fn average(&self) -> Average {
        Average::of(&self.sorted)
    }

    /// The largest; zero if there are none.
    pub fn max(&self) -> f64 {
        self.sorted.last().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_tail_is_averaged_with_a_part_of_its_border() {
        let losses = Losses::new((1..=10).map(f64::from).collect());
        assert_eq!((losses.quantile(0.9), losses.quantile(0.91), losses.max()), (9.0, 10.0, 10.0));
        assert!((losses.expected_shortfall(0.8).mean - 9.5).abs() < 1e-12);
        // One and a half losses: 10 and half of 9.
        assert!((losses.expected_shortfall(0.85).mean - 14.5 / 1.5).abs() < 1e-12);
        assert_eq!(losses.expected_shortfall(0.0).mean, 5.5);
        assert_eq!(Losses::default().expected_shortfall(0.99), Average::default());
    }

    #[test]
    fn wilson_intervals_are_those_of_the_formula() {
        let none = Probability::new(0, 100_000);
        assert_eq!((none.point, none.low), (0.0, 0.0));
        assert!((none.high - 3.841_31e-5).abs() < 1e-9, "{}", none.high);
        // Brown, Cai and DasGupta's kind of example: 5 of 50.
        let some = Probability::new(5, 50);
        assert!((some.low - 0.043_48).abs() < 1e-4 && (some.high - 0.213_60).abs() < 1e-4, "{some:?}");
        assert_eq!(Probability::new(7, 7).high, 1.0);
    }

    proptest! {
        /// Coherence: no sample shows an expected shortfall of a sum above the sum of both.
        #[test]
        fn expected_shortfall_is_subadditive(
            pairs in proptest::collection::vec((0f64..100.0, 0f64..100.0), 1..60), level in 0f64..0.99,
        ) {
            let of = |value: fn(&(f64, f64)) -> f64| {
                Losses::new(pairs.iter().map(value).collect()).expected_shortfall(level).mean
            };
            prop_assert!(of(|pair| pair.0 + pair.1) <= of(|pair| pair.0) + of(|pair| pair.1) + 1e-9);
        }
    }
}
