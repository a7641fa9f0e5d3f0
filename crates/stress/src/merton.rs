//! Merton's jump diffusion: the log return over `t` years is normal given the number of jumps, which
//! is Poisson with mean `lambda t`.
//!
//! Its increments are independent and of the same family, so parameters that were fitted to hourly
//! returns give the distribution of five minutes and of a day too.

use {
    crate::{
        optimise,
        special::{normal_cdf, normal_density, t_cdf},
    },
    serde::{Deserialize, Serialize},
};

/// Weights of jump counts below this are left out.
const LEAST_WEIGHT: f64 = 1e-14;
/// Most jump counts of a mixture.
const MOST_TERMS: usize = 512;

/// Parameters, per year.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Merton {
    /// Drift of the log price, without the jumps.
    pub drift: f64,
    /// Volatility of the diffusion: 0.5 is 50%.
    pub sigma: f64,
    /// Jumps a year.
    pub lambda: f64,
    /// Mean of the log of a jump.
    pub jump_mean: f64,
    /// Standard deviation of the log of a jump.
    pub jump_deviation: f64,
}

/// One jump count: its probability, and mean and deviation of the return.
#[derive(Clone, Copy, Debug)]
struct Term {
    weight: f64,
    mean: f64,
    deviation: f64,
}

/// The distribution of the log return over one length of time.
#[derive(Clone, Debug)]
pub struct Returns {
    terms: Vec<Term>,
}

impl Merton {
    /// A process whose price, not its logarithm, has no drift: the log drifts by `-sigma^2 / 2` and
    /// by minus the mean of the jumps.
    pub fn without_drift(sigma: f64, lambda: f64, jump_mean: f64, jump_deviation: f64) -> Self {
        let jump = libm::expm1(jump_mean + jump_deviation * jump_deviation / 2.0);
        let drift = -sigma * sigma / 2.0 - lambda * jump;
        Self { drift, sigma, lambda, jump_mean, jump_deviation }
    }

    /// The distribution of the log return over `years`.
    pub fn over(&self, years: f64) -> Returns {
        let mean_jumps = self.lambda * years;
        let mut weight = libm::exp(-mean_jumps);
        let mut terms = Vec::new();
        for count in 0..MOST_TERMS {
            let n = count as f64;
            if count > 0 {
                weight *= mean_jumps / n;
            }
            let variance = self.sigma * self.sigma * years + n * self.jump_deviation * self.jump_deviation;
            let mean = self.drift * years + n * self.jump_mean;
            terms.push(Term { weight, mean, deviation: variance.sqrt() });
            if n > mean_jumps && weight < LEAST_WEIGHT {
                break;
            }
        }
        Returns { terms }
    }

    /// Annual variance of the log return, jumps included.
    pub fn variance(&self) -> f64 {
        let jump = self.jump_mean * self.jump_mean + self.jump_deviation * self.jump_deviation;
        self.sigma * self.sigma + self.lambda * jump
    }

    /// Skewness and excess kurtosis of the log return over `years`, from the cumulants.
    pub fn shape(&self, years: f64) -> (f64, f64) {
        let (m, d2) = (self.jump_mean, self.jump_deviation * self.jump_deviation);
        let second = self.variance() * years;
        let third = self.lambda * years * (m * m * m + 3.0 * m * d2);
        let fourth = self.lambda * years * (m.powi(4) + 6.0 * m * m * d2 + 3.0 * d2 * d2);
        (third / second.powf(1.5), fourth / (second * second))
    }

    /// Fits the parameters to log returns over `years` each, by maximum likelihood. The drift is
    /// the one that gives the returns their mean. Returns are grouped in basis points.
    pub fn fit(returns: &[f64], years: f64) -> Self {
        let groups = grouped(returns);
        let n = returns.len().max(1) as f64;
        let mean = returns.iter().sum::<f64>() / n;
        let variance = returns.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / n;
        let deviation = variance.sqrt().max(1e-9);
        let of = |x: &[f64]| {
            let (sigma, lambda) = (libm::exp(x[0]), libm::exp(x[1]));
            let (jump_mean, jump_deviation) = (x[2] * deviation, libm::exp(x[3]));
            let drift = mean / years - lambda * jump_mean;
            Self { drift, sigma, lambda, jump_mean, jump_deviation }
        };
        let cost = |x: &[f64]| {
            let fitted = of(x);
            // At most two jumps in every three of the intervals: beyond that it is no jump.
            if fitted.lambda * years > 0.67 {
                return f64::INFINITY;
            }
            let density = fitted.over(years);
            groups.iter().map(|(r, count)| -count * libm::log(density.density(*r).max(1e-300))).sum()
        };
        let start = [
            libm::log(deviation * 0.6 / years.sqrt()),
            libm::log(0.1 / years),
            0.0,
            libm::log(deviation * 2.5),
        ];
        of(&optimise::minimise(cost, &start, &[0.3, 0.7, 0.3, 0.3], 600))
    }
}

/// Returns in basis points with their counts, rising.
fn grouped(returns: &[f64]) -> Vec<(f64, f64)> {
    let mut points: Vec<i64> = returns.iter().map(|r| (r * 1e4).round() as i64).collect();
    points.sort_unstable();
    let mut groups: Vec<(f64, f64)> = Vec::new();
    for point in points {
        let value = point as f64 / 1e4;
        match groups.last_mut() {
            Some(last) if last.0 == value => last.1 += 1.0,
            _ => groups.push((value, 1.0)),
        }
    }
    groups
}

impl Returns {
    /// Density.
    pub fn density(&self, x: f64) -> f64 {
        let of =
            |term: &Term| term.weight * normal_density((x - term.mean) / term.deviation) / term.deviation;
        self.terms.iter().map(of).sum()
    }

    /// `P(X <= x)`, precise in the lower tail.
    pub fn cdf(&self, x: f64) -> f64 {
        self.terms.iter().map(|term| term.weight * normal_cdf((x - term.mean) / term.deviation)).sum()
    }

    /// `P(X > x)`, precise in the upper tail.
    pub fn survival(&self, x: f64) -> f64 {
        self.terms.iter().map(|term| term.weight * normal_cdf((term.mean - x) / term.deviation)).sum()
    }

    /// The return that is exceeded downwards with probability `p`, or upwards if `is_upper`: Newton's
    /// steps on the logarithm of the tail, and bisection where they leave the bracket.
    fn tail_quantile(&self, p: f64, is_upper: bool) -> f64 {
        let widest = self.terms.iter().map(|term| term.mean.abs() + 40.0 * term.deviation);
        let reach = widest.fold(0.0, f64::max);
        let (mut low, mut high) = (-reach, reach);
        let mut x = self.terms.first().map_or(0.0, |term| term.mean);
        for _ in 0..200 {
            let tail = if is_upper { self.survival(x) } else { self.cdf(x) };
            if (tail > p) == is_upper {
                low = x;
            } else {
                high = x;
            }
            let slope = self.density(x) / tail;
            let step = libm::log(tail / p) / slope;
            let newton = if is_upper { x + step } else { x - step };
            let is_inside = newton > low && newton < high;
            let next = if is_inside { newton } else { 0.5 * (low + high) };
            if (next - x).abs() <= 1e-15 + 1e-12 * x.abs() {
                return next;
            }
            x = next;
        }
        x
    }

    /// The quantile of probability `p`.
    pub fn quantile(&self, p: f64) -> f64 {
        if p <= 0.5 {
            self.tail_quantile(p, false)
        } else {
            self.tail_quantile(1.0 - p, true)
        }
    }
}

/// Points of the table on each side of zero.
const HALF: usize = 4_096;
/// The table ends where the inverse hyperbolic sine of the variate is this: at 11,000.
const REACH: f64 = 10.0;

/// A table that maps a Student variate to the return of the same probability, so that a path costs
/// no root finding. It is linear between 8,193 points; its error is below a hundredth of a basis
/// point and two ten-thousandths of the return.
#[derive(Clone, Debug)]
pub struct Table {
    returns: Vec<f64>,
}

impl Table {
    /// The table of a distribution of returns, for variates with `nu` degrees of freedom.
    pub fn new(returns: &Returns, nu: f64) -> Self {
        let at = |index: usize| {
            let x = libm::sinh((index as f64 - HALF as f64) * REACH / HALF as f64);
            let tail = t_cdf(-x.abs(), nu).max(1e-300);
            returns.tail_quantile(tail, x > 0.0)
        };
        Self { returns: (0..=2 * HALF).map(at).collect() }
    }

    /// The return of a variate.
    pub fn at(&self, variate: f64) -> f64 {
        let size = libm::log(variate.abs() + (variate * variate + 1.0).sqrt());
        let signed = if variate < 0.0 { -size } else { size };
        let place = ((signed / REACH + 1.0) * HALF as f64).clamp(0.0, 2.0 * HALF as f64 - 1e-9);
        let index = place as usize;
        let part = place - index as f64;
        self.returns[index] + part * (self.returns[index + 1] - self.returns[index])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process() -> Merton {
        Merton { drift: 0.1, sigma: 0.6, lambda: 900.0, jump_mean: -0.002, jump_deviation: 0.02 }
    }

    #[test]
    fn quantiles_invert_both_tails() {
        for years in [1e-5, 1e-3, 0.1] {
            let returns = process().over(years);
            for p in [1e-12, 1e-6, 0.01, 0.3, 0.499] {
                assert!((returns.cdf(returns.quantile(p)) / p - 1.0).abs() < 1e-8, "{years} {p}");
                let upper = returns.tail_quantile(p, true);
                assert!((returns.survival(upper) / p - 1.0).abs() < 1e-8, "{years} {p}");
            }
            assert!((returns.cdf(0.01) + returns.survival(0.01) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_table_is_the_quantile_within_its_error() {
        let returns = process().over(1e-5);
        let table = Table::new(&returns, 4.0);
        for tenth in -400..=400 {
            let variate = f64::from(tenth) / 10.0 + 0.037;
            let tail = t_cdf(-variate.abs(), 4.0);
            let exact = returns.tail_quantile(tail, variate > 0.0);
            assert!((table.at(variate) - exact).abs() < 1e-6 + 2e-4 * exact.abs(), "{variate}");
        }
    }
}
