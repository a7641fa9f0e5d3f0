//! What is estimated from prices: the processes of the Monte Carlo simulation, usual volumes and
//! deviations.
//!
//! The estimates of the committed file `fitted.json` let the project run where there are no prices:
//! `cargo xtask stress --prices FOLDER --save-fit crates/stress/src/fitted.json` writes it.

use {
    crate::{
        copula::Copula, fund::Market, history::History, merton::Merton, parameters, paths::YEAR_SECS, Shipped,
    },
    anyhow::{Context, Result},
    bulkhead_calibrate::{folder, progress::Progress, series::Series, volume},
    serde::{Deserialize, Serialize},
};

/// An hour in years.
pub const HOUR_YEARS: f64 = 3_600.0 / YEAR_SECS;
/// An hour in seconds.
const HOUR_SECS: i64 = 3_600;

/// Estimates of one asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asset {
    /// The asset.
    pub symbol: String,
    /// The file that returns were taken from.
    pub file: String,
    /// First and last hour, unix seconds.
    pub from: i64,
    /// See `from`.
    pub to: i64,
    /// Number of hours.
    pub hours: usize,
    /// Last price.
    pub price: f64,
    /// Usual volume of a day, in assets.
    pub volume: f64,
    /// Deviation of a day's log return, by the variance of the hours.
    pub deviation: f64,
    /// The process of the price.
    pub merton: Merton,
}

/// Estimates of all assets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// In the order of the markets.
    pub assets: Vec<Asset>,
    /// Their dependence.
    pub copula: Copula,
    /// Hours in which all of them have a price.
    pub joint_hours: usize,
}

impl Fitted {
    /// The committed estimates.
    ///
    /// # Errors
    /// When they lack one of these markets.
    pub fn bundled(parameters: &Shipped) -> Result<Self> {
        let all: Self =
            serde_json::from_str(include_str!("fitted.json")).context("the committed estimates")?;
        all.for_markets(&parameters.symbols())
    }

    /// The estimates of these markets, in their order.
    ///
    /// # Errors
    /// When one of them is not there.
    pub fn for_markets(&self, symbols: &[&str]) -> Result<Self> {
        let place = |symbol: &&str| {
            self.assets.iter().position(|asset| asset.symbol == **symbol).with_context(|| {
                format!("there are no estimates of {symbol}: give --prices a folder with its prices")
            })
        };
        let places = symbols.iter().map(place).collect::<Result<Vec<_>>>()?;
        let row = |row: &usize| places.iter().map(|column| self.copula.correlation[*row][*column]).collect();
        Ok(Self {
            assets: places.iter().map(|place| self.assets[*place].clone()).collect(),
            copula: Copula { nu: self.copula.nu, correlation: places.iter().map(row).collect() },
            joint_hours: self.joint_hours,
        })
    }

    /// Estimates everything from prices.
    pub fn new(
        series: &[Vec<Series>],
        parameters: &Shipped,
        history: &History,
        progress: &Progress,
    ) -> Result<Self> {
        let mut assets = Vec::new();
        for (series, (symbol, _)) in series.iter().zip(&parameters.markets) {
            progress.line(&format!("fitting a jump diffusion to {symbol}"));
            assets.push(asset(series, symbol)?);
        }
        progress.line("fitting the dependence");
        let copula = Copula::fit(&history.returns());
        Ok(Self { assets, copula, joint_hours: history.rows.len() })
    }

    /// The markets with these rates, and with prices, volumes and deviations as estimated.
    /// `confidence` is the oracle's usual one, a part of the price.
    pub fn markets(&self, parameters: &Shipped, confidence: f64) -> Vec<Market> {
        let pairs = parameters.markets.iter().zip(&self.assets);
        pairs.map(|((_, params), asset)| parameters::market(params, asset, confidence)).collect()
    }

    /// The processes.
    pub fn processes(&self) -> Vec<Merton> {
        self.assets.iter().map(|asset| asset.merton).collect()
    }
}

/// Estimates of one asset, from its history of hours.
fn asset(series: &[Series], symbol: &str) -> Result<Asset> {
    let history = folder::history(series, HOUR_SECS)?;
    let returns: Vec<f64> = history
        .bars
        .windows(2)
        .filter(|pair| pair[1].ts - pair[0].ts == HOUR_SECS)
        .map(|pair| libm::log(pair[1].open / pair[0].open))
        .collect();
    let hours = returns.len();
    let variance = returns.iter().map(|r| r * r).sum::<f64>() / hours.max(1) as f64;
    let last = history.bars.last().context("a series without bars")?;
    let volume = volume::usual(series).with_context(|| format!("{symbol}: no file has volumes"))?;
    Ok(Asset {
        symbol: symbol.into(),
        file: history.file.clone(),
        from: history.start(),
        to: history.end(),
        hours,
        price: last.close,
        volume: volume.daily,
        deviation: (24.0 * variance).sqrt(),
        merton: Merton::fit(&returns, HOUR_YEARS),
    })
}
