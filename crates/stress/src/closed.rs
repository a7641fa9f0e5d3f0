//! Closed forms from the literature, against which the simulations are checked.
//!
//! None of them is used in a simulation; docs/stress.md lists them with their sources.

use crate::special::{normal_cdf, normal_density, normal_quantile, t_cdf, t_density, t_quantile};

/// Expected shortfall of the standard normal: `density(z) / (1 - level)`.
pub fn normal_shortfall(level: f64) -> f64 {
    normal_density(normal_quantile(level)) / (1.0 - level)
}

/// Expected shortfall of Student's t, unscaled: `density(q) (nu + q^2) / ((1 - level)(nu - 1))`.
pub fn t_shortfall(level: f64, nu: f64) -> f64 {
    let q = t_quantile(level, nu);
    t_density(q, nu) / (1.0 - level) * (nu + q * q) / (nu - 1.0)
}

/// Tail dependence of the t-copula: `2 t_{nu+1}(-sqrt((nu+1)(1-rho)/(1+rho)))` (Embrechts, McNeil
/// and Straumann).
pub fn tail_dependence(nu: f64, rho: f64) -> f64 {
    2.0 * t_cdf(-((nu + 1.0) * (1.0 - rho) / (1.0 + rho)).sqrt(), nu + 1.0)
}

/// Expected impermanent loss against holding, 50/50 constant product, for the variance `v` over the
/// term, zero drift, lognormal: `1 - e^(-v/8)`.
pub fn impermanent_loss(v: f64) -> f64 {
    -libm::expm1(-v / 8.0)
}

/// Fair value of cover against impermanent loss above the deductible `d`, a fraction, without a cap.
pub fn impermanent_loss_above(v: f64, d: f64) -> f64 {
    let ratio = 1.0 / (1.0 - d);
    let x = 2.0 * libm::log(ratio + (ratio * ratio - 1.0).sqrt());
    let root = v.sqrt();
    (1.0 - d) * (normal_cdf(root / 2.0 - x / root) + normal_cdf(-root / 2.0 - x / root))
        - 2.0 * libm::exp(-v / 8.0) * normal_cdf(-x / root)
}

/// The same with a cap on what is paid: the part of the loss between `d` and `d + cap`.
pub fn impermanent_loss_between(v: f64, d: f64, cap: f64) -> f64 {
    impermanent_loss_above(v, d) - impermanent_loss_above(v, d + cap)
}

/// The largest loss of a position over the scenarios of a SPAN risk array. Gains are positive; rows
/// are contracts, with the number held of each.
pub fn span_requirement<const N: usize>(held: &[(f64, [f64; N])]) -> f64 {
    let result = |scenario: usize| held.iter().map(|(lots, array)| lots * array[scenario]).sum::<f64>();
    (0..N).map(|scenario| -result(scenario)).fold(0.0, f64::max)
}

/// Deviation of the proceeds of selling evenly over `days`: `deviation quantity sqrt(days / 3)`.
pub fn sale_deviation(deviation: f64, quantity: f64, days: f64) -> f64 {
    deviation * quantity * (days / 3.0).sqrt()
}
