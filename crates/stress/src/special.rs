//! Distribution functions: normal, Student's t, binomial.
//!
//! All of them rest on [`libm`], which computes the same bits on every machine.

use std::f64::consts::{PI, SQRT_2};

/// Density of the standard normal.
pub fn normal_density(x: f64) -> f64 {
    libm::exp(-0.5 * x * x) / (2.0 * PI).sqrt()
}

/// `P(Z <= x)`, with full relative precision in the lower tail.
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / SQRT_2)
}

/// The inverse of [`normal_cdf`] on (0, 1): Wichura's algorithm AS 241, to about 16 digits.
pub fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * ratio(r, &CENTRE);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = (-libm::log(tail)).sqrt();
    let x = if r <= 5.0 { ratio(r - 1.6, &MIDDLE) } else { ratio(r - 5.0, &FAR) };
    if q < 0.0 {
        -x
    } else {
        x
    }
}

/// Numerator and denominator, by rising powers.
type Rational = [[f64; 8]; 2];

fn ratio(x: f64, of: &Rational) -> f64 {
    let value = |c: &[f64; 8]| {
        c[0] + x * (c[1] + x * (c[2] + x * (c[3] + x * (c[4] + x * (c[5] + x * (c[6] + x * c[7]))))))
    };
    value(&of[0]) / value(&of[1])
}

#[allow(clippy::excessive_precision)]
const CENTRE: Rational = [
    [
        3.387_132_872_796_366_608_0,
        1.331_416_678_917_843_774_5e2,
        1.971_590_950_306_551_442_7e3,
        1.373_169_376_550_946_112_5e4,
        4.592_195_393_154_987_145_7e4,
        6.726_577_092_700_870_085_3e4,
        3.343_057_558_358_812_810_5e4,
        2.509_080_928_730_122_672_7e3,
    ],
    [
        1.0,
        4.231_333_070_160_091_125_2e1,
        6.871_870_074_920_579_083_0e2,
        5.394_196_021_424_751_107_7e3,
        2.121_379_430_158_659_586_7e4,
        3.930_789_580_009_271_061_0e4,
        2.872_908_573_572_194_267_4e4,
        5.226_495_278_852_854_561_0e3,
    ],
];

#[allow(clippy::excessive_precision)]
const MIDDLE: Rational = [
    [
        1.423_437_110_749_683_577_34,
        4.630_337_846_156_545_295_90,
        5.769_497_221_460_691_405_50,
        3.647_848_324_763_204_605_04,
        1.270_458_252_452_368_382_58,
        2.417_807_251_774_506_117_70e-1,
        2.272_384_498_926_918_458_33e-2,
        7.745_450_142_783_414_076_40e-4,
    ],
    [
        1.0,
        2.053_191_626_637_758_821_87,
        1.676_384_830_183_803_849_40,
        6.897_673_349_851_000_045_50e-1,
        1.481_039_764_274_800_745_90e-1,
        1.519_866_656_361_645_719_66e-2,
        5.475_938_084_995_344_946_00e-4,
        1.050_750_071_644_416_843_24e-9,
    ],
];

#[allow(clippy::excessive_precision)]
const FAR: Rational = [
    [
        6.657_904_643_501_103_777_20,
        5.463_784_911_164_114_369_90,
        1.784_826_539_917_291_335_80,
        2.965_605_718_285_048_912_30e-1,
        2.653_218_952_657_612_309_30e-2,
        1.242_660_947_388_078_438_60e-3,
        2.711_555_568_743_487_578_15e-5,
        2.010_334_399_292_288_132_65e-7,
    ],
    [
        1.0,
        5.998_322_065_558_879_376_90e-1,
        1.369_298_809_227_358_053_10e-1,
        1.487_536_129_085_061_485_25e-2,
        7.868_691_311_456_132_591_00e-4,
        1.846_318_317_510_054_681_80e-5,
        1.421_511_758_316_445_888_70e-7,
        2.044_263_103_389_939_785_64e-15,
    ],
];

/// Density of Student's t with `nu` degrees of freedom, unscaled.
pub fn t_density(x: f64, nu: f64) -> f64 {
    let log = libm::lgamma((nu + 1.0) / 2.0)
        - libm::lgamma(nu / 2.0)
        - 0.5 * libm::log(nu * PI)
        - (nu + 1.0) / 2.0 * libm::log1p(x * x / nu);
    libm::exp(log)
}

/// `P(T <= x)` of Student's t, with full relative precision in the lower tail.
pub fn t_cdf(x: f64, nu: f64) -> f64 {
    let all = nu + x * x;
    let tail = 0.5 * incomplete_beta((nu / all, x * x / all), nu / 2.0, 0.5);
    if x <= 0.0 {
        tail
    } else {
        1.0 - tail
    }
}

/// The inverse of [`t_cdf`] on (0, 1), by bisection and Newton's steps kept within it.
pub fn t_quantile(p: f64, nu: f64) -> f64 {
    if p > 0.5 {
        return -t_quantile(1.0 - p, nu);
    }
    let (mut low, mut high) = (-1.0, 0.0);
    while t_cdf(low, nu) > p {
        (low, high) = (low * 4.0, low);
    }
    let mut x = 0.5 * (low + high);
    for _ in 0..200 {
        let excess = t_cdf(x, nu) - p;
        if excess > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let step = excess / t_density(x, nu);
        let newton = x - step;
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if (next - x).abs() <= 1e-14 * (1.0 + x.abs()) {
            return next;
        }
        x = next;
    }
    x
}

/// The regularised incomplete beta function `I_x(a, b)`, by its continued fraction. The caller gives
/// `1 - x` beside `x`: where `x` is near one, a difference would have lost its digits.
fn incomplete_beta((x, rest): (f64, f64), a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if rest <= 0.0 {
        return 1.0;
    }
    let log =
        libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * libm::log(x) + b * libm::log(rest);
    if x < (a + 1.0) / (a + b + 2.0) {
        libm::exp(log) * beta_fraction(x, a, b) / a
    } else {
        1.0 - libm::exp(log) * beta_fraction(rest, b, a) / b
    }
}

/// Lentz's method.
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut result = d;
    for index in 1..500 {
        let m = f64::from(index);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        result *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        let factor = d * c;
        result *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    result
}

/// `P(X > most)` for a binomial `X` of `n` trials with probability `p`.
pub fn binomial_above(most: u32, n: u32, p: f64) -> f64 {
    let term = |j: u32| {
        let (n, j) = (f64::from(n), f64::from(j));
        let choose = libm::lgamma(n + 1.0) - libm::lgamma(j + 1.0) - libm::lgamma(n - j + 1.0);
        libm::exp(choose + j * libm::log(p) + (n - j) * libm::log1p(-p))
    };
    1.0 - (0..=most.min(n)).map(term).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_values() {
        let near = |is: f64, expected: f64| assert!((is - expected).abs() < 1e-9, "{is} for {expected}");
        near(normal_quantile(0.975), 1.959_963_984_540_054);
        near(normal_quantile(1e-9), -5.997_807_015_008_182);
        near(t_quantile(0.975, 4.0), 2.776_445_105_198_055);
        near(t_cdf(-2.0, 1.0), 0.147_583_617_650_433);
        // The first term of the expansion in 1 / nu.
        let excess = normal_density(1.5) * (1.5 + 1.5f64.powi(3)) / 4e7;
        near(t_cdf(1.5, 1e7), normal_cdf(1.5) - excess);
        near(binomial_above(0, 3, 0.5), 0.875);
    }

    /// `1 - x` was taken from `x` once: near its centre the distribution had lost its slope.
    #[test]
    fn the_t_distribution_is_precise_near_its_centre() {
        let step = 1e-8;
        let rise = t_cdf(0.0, 1.5) - t_cdf(-step, 1.5);
        assert!((rise / (step * t_density(0.0, 1.5)) - 1.0).abs() < 1e-7, "{rise}");
    }

    proptest! {
        #[test]
        fn quantiles_invert(exponent in -12f64..-0.302, nu in 1.5f64..40.0) {
            let p = 10f64.powf(exponent);
            prop_assert!((normal_cdf(normal_quantile(p)) / p - 1.0).abs() < 1e-12);
            prop_assert!((t_cdf(t_quantile(p, nu), nu) / p - 1.0).abs() < 1e-9);
        }

        #[test]
        fn densities_are_slopes(x in -6f64..6.0, nu in 1.5f64..40.0) {
            let h = 1e-5;
            let slope = (t_cdf(x + h, nu) - t_cdf(x - h, nu)) / (2.0 * h);
            prop_assert!((slope - t_density(x, nu)).abs() < 1e-8);
            let slope = (normal_cdf(x + h) - normal_cdf(x - h)) / (2.0 * h);
            prop_assert!((slope - normal_density(x)).abs() < 1e-8);
        }
    }
}
