//! Paths of a day: prices as ratios to those at its start, every five minutes.

use crate::{
    behaviour::STEPS,
    copula::{Copula, Sampler},
    merton::{Merton, Table},
    random::Random,
};
use anyhow::{Context, Result};

/// Seconds of a step.
pub const STEP_SECS: f64 = 300.0;
/// The year of the chain's mathematics.
pub const YEAR_SECS: f64 = 31_557_600.0;

/// One day.
#[derive(Clone, Debug)]
pub struct Path {
    /// Price ratios: one list a market, the start and the end of every step.
    pub price: Vec<Vec<f64>>,
    /// Initial margin at the start, as a multiple of the fund's rate, by market.
    pub initial_multiple: Vec<f64>,
    /// Maintenance margin at the start, as a multiple of the fund's rate, by market.
    pub maintenance_multiple: Vec<f64>,
}

impl Path {
    /// A day on which nothing happens.
    pub fn flat(markets: usize) -> Self {
        Self {
            price: vec![vec![1.0; STEPS + 1]; markets],
            initial_multiple: vec![1.0; markets],
            maintenance_multiple: vec![1.0; markets],
        }
    }
}

/// A numbered set of paths. The same number always gives the same path.
pub trait Paths: Sync {
    /// Number of paths.
    fn count(&self) -> usize;
    /// Writes a path.
    fn fill(&self, index: usize, path: &mut Path);
}

/// Monte Carlo: Merton's jump diffusion for each asset, tied together by a t-copula at every step.
pub struct JumpDiffusion {
    seed: u64,
    count: usize,
    sampler: Sampler,
    tables: Vec<Table>,
}

impl JumpDiffusion {
    /// Paths of these processes.
    ///
    /// # Errors
    /// When the copula's correlation is not positive definite, or of another number of assets.
    pub fn new(assets: &[Merton], copula: &Copula, seed: u64, count: usize) -> Result<Self> {
        anyhow::ensure!(
            copula.correlation.len() == assets.len(),
            "the copula has {} assets, the fund {}",
            copula.correlation.len(),
            assets.len()
        );
        let sampler = copula.sampler().context("the copula's correlation is not positive definite")?;
        let step = STEP_SECS / YEAR_SECS;
        let tables = assets.iter().map(|asset| Table::new(&asset.over(step), copula.nu)).collect();
        Ok(Self { seed, count, sampler, tables })
    }
}

impl Paths for JumpDiffusion {
    fn count(&self) -> usize {
        self.count
    }

    fn fill(&self, index: usize, path: &mut Path) {
        let markets = self.tables.len();
        let mut random = Random::new(self.seed, index as u64);
        let (mut normals, mut variates) = (vec![0.0; markets], vec![0.0; markets]);
        let mut logs = vec![0.0; markets];
        for step in 1..=STEPS {
            self.sampler.draw(&mut random, &mut normals, &mut variates);
            for market in 0..markets {
                logs[market] += self.tables[market].at(variates[market]);
                path.price[market][step] = libm::exp(logs[market]);
            }
        }
    }
}
