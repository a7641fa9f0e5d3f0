//! Random numbers that depend on a seed and the number of a path alone.
//!
//! Every path has its own generator, so paths give the same numbers on any number of threads and in
//! any order. The generator is xoshiro256++ (Blackman and Vigna), its state is filled by SplitMix64.

use crate::special::normal_quantile;

/// The golden ratio in 64 bits: the step of SplitMix64.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Scrambles a number (the finaliser of SplitMix64).
fn scramble(number: u64) -> u64 {
    let z = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The generator of one path.
#[derive(Clone, Debug)]
pub struct Random {
    state: [u64; 4],
}

impl Random {
    /// The generator number `stream` of a seed.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut at = scramble(seed.wrapping_add(GOLDEN)) ^ stream.wrapping_mul(0xD134_2543_DE82_EF95);
        let mut next = || {
            at = at.wrapping_add(GOLDEN);
            scramble(at)
        };
        Self { state: [next(), next(), next(), next()] }
    }

    /// Uniform over all 64-bit numbers.
    pub fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// Uniform strictly between 0 and 1, in steps of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// A number below `bound`, which is at least one.
    pub fn below(&mut self, bound: usize) -> usize {
        // The bias of the multiplication is below 2^-40 for every bound in use.
        ((u128::from(self.bits()) * bound as u128) >> 64) as usize
    }

    /// Standard normal, by inversion.
    pub fn normal(&mut self) -> f64 {
        normal_quantile(self.uniform())
    }

    /// Exponential with mean one.
    pub fn exponential(&mut self) -> f64 {
        -libm::log(self.uniform())
    }

    /// Chi squared with `degrees` of freedom, by Marsaglia and Tsang.
    pub fn chi_squared(&mut self, degrees: f64) -> f64 {
        let shape = degrees / 2.0;
        if shape < 1.0 {
            let larger = self.chi_squared(degrees + 2.0);
            return larger * libm::pow(self.uniform(), 1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = 1.0 + c * x;
            if v <= 0.0 {
                continue;
            }
            let v = v * v * v;
            let u = self.uniform();
            let squared = x * x;
            if u < 1.0 - 0.0331 * squared * squared
                || libm::log(u) < 0.5 * squared + d * (1.0 - v + libm::log(v))
            {
                return 2.0 * d * v;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_xoshiro256_plus_plus() {
        // The first numbers of the authors' own program from this state.
        let mut random = Random { state: [1, 2, 3, 4] };
        let first = [random.bits(), random.bits(), random.bits(), random.bits(), random.bits()];
        assert_eq!(
            first,
            [41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386, 9_228_616_714_210_784_205]
        );
        // SplitMix64 from 1234567.
        let numbers = [1u64, 2, 3].map(|n| scramble(1_234_567u64.wrapping_add(GOLDEN.wrapping_mul(n))));
        assert_eq!(
            numbers,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn a_path_has_its_own_numbers() {
        let first = |seed, stream| Random::new(seed, stream).bits();
        assert_eq!(first(1, 7), first(1, 7));
        assert!(first(1, 7) != first(1, 8) && first(1, 7) != first(2, 7));
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let (mut random, n) = (Random::new(5, 0), 200_000);
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let near = |values: Vec<f64>, expected: f64, deviation: f64| {
            let error = (mean(&values) - expected).abs();
            assert!(error < 3.5 * deviation / (n as f64).sqrt(), "{} for {expected}", mean(&values));
        };
        let normals: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        near(normals.iter().map(|x| x * x).collect(), 1.0, 2f64.sqrt());
        near(normals, 0.0, 1.0);
        near((0..n).map(|_| random.exponential()).collect(), 1.0, 1.0);
        for degrees in [1.0, 4.0, 9.5] {
            near((0..n).map(|_| random.chi_squared(degrees)).collect(), degrees, (2.0 * degrees).sqrt());
        }
        near((0..n).map(|_| random.below(10) as f64).collect(), 4.5, 8.25f64.sqrt());
    }
}
