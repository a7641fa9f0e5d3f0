//! The t-copula: a dependence whose extremes come together.
//!
//! A normal copula with correlation below one has no tail dependence at all; crypto assets crash
//! together, so the degrees of freedom `nu` are fitted beside the correlations.

use {
    crate::{optimise, random::Random, special::t_quantile},
    serde::{Deserialize, Serialize},
};

/// Points of the table of quantiles that a fit uses.
const QUANTILES: usize = 512;
/// Rounds of the fixed point of the correlations.
const ROUNDS: usize = 6;
/// Most rows of a fit; of more, evenly spaced ones are taken.
const MOST_ROWS: usize = 20_000;

/// A t-copula.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Copula {
    /// Degrees of freedom.
    pub nu: f64,
    /// Correlation matrix, by rows.
    pub correlation: Vec<Vec<f64>>,
}

/// A copula, ready to draw from.
#[derive(Clone, Debug)]
pub struct Sampler {
    nu: f64,
    /// The lower triangle whose square is the correlation.
    root: Vec<Vec<f64>>,
}

/// The lower triangle `L` with `L L' = matrix`; `None` if the matrix is not positive definite.
pub fn cholesky(matrix: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let n = matrix.len();
    let mut lower = vec![vec![0.0; n]; n];
    for row in 0..n {
        for column in 0..=row {
            let known: f64 = (0..column).map(|k| lower[row][k] * lower[column][k]).sum();
            let rest = matrix[row][column] - known;
            if row == column {
                if rest <= 0.0 {
                    return None;
                }
                lower[row][row] = rest.sqrt();
            } else {
                lower[row][column] = rest / lower[column][column];
            }
        }
    }
    Some(lower)
}

/// `L^-1 x`, in place.
fn solve(lower: &[Vec<f64>], x: &mut [f64]) {
    for row in 0..x.len() {
        let known: f64 = (0..row).map(|k| lower[row][k] * x[k]).sum();
        x[row] = (x[row] - known) / lower[row][row];
    }
}

impl Copula {
    /// A sampler; `None` if the correlation is not positive definite.
    pub fn sampler(&self) -> Option<Sampler> {
        Some(Sampler { nu: self.nu, root: cholesky(&self.correlation)? })
    }

    /// Fits a copula to rows of returns by maximum likelihood: `nu` by golden section, and for each
    /// `nu` the correlations by the fixed point of the multivariate t's likelihood. Margins are
    /// replaced by their ranks.
    pub fn fit(rows: &[Vec<f64>]) -> Self {
        let every = rows.len().div_ceil(MOST_ROWS).max(1);
        let ranks = ranks(&rows.iter().step_by(every).cloned().collect::<Vec<_>>());
        let cost = |log_nu: f64| Fitted::new(&ranks, libm::exp(log_nu)).cost;
        let best = optimise::golden(cost, libm::log(2.05), libm::log(40.0), 24);
        let fitted = Fitted::new(&ranks, libm::exp(best));
        Self { nu: fitted.nu, correlation: fitted.correlation }
    }
}

impl Sampler {
    /// Draws one variate for each asset into `into`: standard t, dependent.
    pub fn draw(&self, random: &mut Random, normals: &mut [f64], into: &mut [f64]) {
        let scale = (self.nu / random.chi_squared(self.nu)).sqrt();
        for normal in normals.iter_mut() {
            *normal = random.normal();
        }
        for (row, out) in self.root.iter().zip(into.iter_mut()) {
            let sum: f64 = row.iter().zip(normals.iter()).map(|(l, z)| l * z).sum();
            *out = sum * scale;
        }
    }
}

/// Replaces each column by `rank / (n + 1)`; equal values keep their order.
fn ranks(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let width = rows.first().map_or(0, Vec::len);
    let mut ranks = vec![vec![0.0; width]; rows.len()];
    for column in 0..width {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by(|a, b| rows[*a][column].total_cmp(&rows[*b][column]).then(a.cmp(b)));
        for (rank, row) in order.into_iter().enumerate() {
            ranks[row][column] = (rank + 1) as f64 / (rows.len() + 1) as f64;
        }
    }
    ranks
}

/// The best correlations for given degrees of freedom, with their cost.
struct Fitted {
    nu: f64,
    correlation: Vec<Vec<f64>>,
    /// The negative log likelihood.
    cost: f64,
}

impl Fitted {
    fn new(ranks: &[Vec<f64>], nu: f64) -> Self {
        let scores = scores(ranks, nu);
        let width = ranks.first().map_or(0, Vec::len);
        let mut correlation = correlated(&scores, width, |_| 1.0);
        for _ in 0..ROUNDS {
            let Some(root) = cholesky(&correlation) else { break };
            let d = width as f64;
            correlation = correlated(&scores, width, |row| (nu + d) / (nu + distance(&root, row)));
        }
        let cost = cost(&scores, &correlation, nu);
        Self { nu, correlation, cost }
    }
}

/// Student scores of ranks, by a table that is linear in the normal score's place.
fn scores(ranks: &[Vec<f64>], nu: f64) -> Vec<Vec<f64>> {
    // Half of the table: the distribution is symmetric. Its points are closer in the tail.
    let point = |index: usize| 0.5 * libm::exp(-12.0 * index as f64 / QUANTILES as f64);
    let table: Vec<f64> = (0..=QUANTILES).map(|index| t_quantile(point(index), nu)).collect();
    let score = |u: f64| {
        let tail = u.min(1.0 - u).min(0.5);
        let place = (-libm::log(2.0 * tail) / 12.0 * QUANTILES as f64).min(QUANTILES as f64 - 1e-9);
        let index = place as usize;
        let size = table[index] + (place - index as f64) * (table[index + 1] - table[index]);
        if u < 0.5 {
            size
        } else {
            -size
        }
    };
    ranks.iter().map(|row| row.iter().map(|u| score(*u)).collect()).collect()
}

/// `x' R^-1 x` from the root of `R`.
fn distance(root: &[Vec<f64>], row: &[f64]) -> f64 {
    let mut x = row.to_vec();
    solve(root, &mut x);
    x.iter().map(|x| x * x).sum()
}

/// The weighted second moments of rows, scaled to a correlation.
fn correlated(rows: &[Vec<f64>], width: usize, weight: impl Fn(&[f64]) -> f64) -> Vec<Vec<f64>> {
    let mut sums = vec![vec![0.0; width]; width];
    for row in rows {
        let weight = weight(row);
        for (line, a) in sums.iter_mut().zip(row) {
            for (sum, b) in line.iter_mut().zip(row) {
                *sum += weight * a * b;
            }
        }
    }
    let scale: Vec<f64> = (0..width).map(|index| sums[index][index].sqrt().max(1e-300)).collect();
    let scaled = |row: usize, column: usize| sums[row][column] / (scale[row] * scale[column]);
    (0..width).map(|row| (0..width).map(|column| scaled(row, column)).collect()).collect()
}

/// The negative log likelihood of the copula's density at these scores.
fn cost(scores: &[Vec<f64>], correlation: &[Vec<f64>], nu: f64) -> f64 {
    let Some(root) = cholesky(correlation) else { return f64::INFINITY };
    let d = correlation.len() as f64;
    let half_log_determinant: f64 = (0..root.len()).map(|index| libm::log(root[index][index])).sum();
    let constant = libm::lgamma((nu + d) / 2.0) + (d - 1.0) * libm::lgamma(nu / 2.0)
        - d * libm::lgamma((nu + 1.0) / 2.0)
        - half_log_determinant;
    let of = |row: &Vec<f64>| {
        let margins: f64 = row.iter().map(|x| libm::log1p(x * x / nu)).sum();
        constant - (nu + d) / 2.0 * libm::log1p(distance(&root, row) / nu) + (nu + 1.0) / 2.0 * margins
    };
    -scores.iter().map(of).sum::<f64>()
}
