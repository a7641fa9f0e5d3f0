//! Reads the parameters of fund and markets from files like those in `migrations/`.

use {
    crate::fund::{Market, Terms},
    anyhow::{Context, Result},
    bulkhead_calibrate::{base::FUND_FILE, rates::Proposal},
    serde::Deserialize,
    std::{fs, path::Path},
};

/// 100%.
const ONE_BPS: f64 = 1e4;

/// The fund's parameters that matter here, under the names of the file.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs)]
pub struct FundFile {
    pub min_contribution_tokens: f64,
    pub treasury_floor_bps: u32,
    pub cover_limit_bps: u32,
    pub crowding_limit_bps: u32,
    pub outflow_cap_bps: u32,
    pub liquidation_bonus_bps: u32,
    pub liquidation_fee_bps: u32,
    pub liquidation_buffer_bps: u32,
    pub assessment_cap_bps: u32,
    pub auction_max_discount_bps: u32,
    pub auction_slots: u32,
    pub slot_ms: u32,
}

/// A market's parameters, under the names of the file.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs)]
pub struct MarketFile {
    pub symbol: String,
    pub price_decimals: u8,
    pub initial_bps: u16,
    pub maintenance_bps: u16,
    pub contribution_bps: u16,
    pub stress_bps: u16,
    pub target_volatility_bps: u16,
    pub volatility_half_life_secs: u32,
    pub multiplier_min_bps: u16,
    pub multiplier_max_bps: u16,
    pub maintenance_ramp_bps_per_hour: u16,
    pub breaker_bps: u16,
    pub breaker_window_secs: u32,
    pub breaker_cooloff_secs: u32,
    pub premium_bps_per_year: u16,
    pub concentration_lots: u64,
    pub concentration_bps: u16,
}

/// Both files.
#[derive(Clone, Debug)]
pub struct Files {
    /// The fund's.
    pub fund: FundFile,
    /// The markets', in the order of their indices.
    pub markets: Vec<MarketFile>,
    /// Multiple of the confidence that requirements use.
    pub confidence_multiple: f64,
}

#[derive(Deserialize)]
struct FundRoot {
    fund: FundFile,
}

#[derive(Deserialize)]
struct Oracle {
    confidence_multiple: f64,
}

#[derive(Deserialize)]
struct MarketsRoot {
    oracle: Oracle,
    market: Vec<MarketFile>,
}

impl Files {
    /// Reads a markets file and the fund's beside it.
    pub fn read(markets: &Path) -> Result<Self> {
        let read = |path: &Path| {
            fs::read_to_string(path).with_context(|| {
                format!(
                    "cannot read {}: give --base the markets file of a folder like migrations/",
                    path.display()
                )
            })
        };
        let fund = markets.parent().unwrap_or(Path::new("")).join(FUND_FILE);
        Self::parse(&read(&fund)?, &read(markets)?)
            .with_context(|| format!("in {} or {FUND_FILE}", markets.display()))
    }

    /// Reads the texts of the two files.
    pub fn parse(fund: &str, markets: &str) -> Result<Self> {
        let FundRoot { fund } = toml::from_str(fund).context("the fund's file")?;
        let MarketsRoot { oracle, market } = toml::from_str(markets).context("the markets' file")?;
        anyhow::ensure!(!market.is_empty(), "there is no [[market]]");
        Ok(Self { fund, markets: market, confidence_multiple: oracle.confidence_multiple })
    }

    /// The names of the markets.
    pub fn symbols(&self) -> Vec<&str> {
        self.markets.iter().map(|market| market.symbol.as_str()).collect()
    }

    /// The fund's terms.
    pub fn terms(&self) -> Terms {
        let of = |bps: u32| f64::from(bps) / ONE_BPS;
        Terms {
            liquidation_bonus: of(self.fund.liquidation_bonus_bps),
            liquidation_fee: of(self.fund.liquidation_fee_bps),
            liquidation_buffer: of(self.fund.liquidation_buffer_bps),
            most_discount: of(self.fund.auction_max_discount_bps),
            auction_secs: f64::from(self.fund.auction_slots) * f64::from(self.fund.slot_ms) / 1e3,
            assessment_cap: of(self.fund.assessment_cap_bps),
            cover_limit: of(self.fund.cover_limit_bps),
            crowding_limit: of(self.fund.crowding_limit_bps),
            min_contribution: self.fund.min_contribution_tokens,
            outflow_cap: of(self.fund.outflow_cap_bps),
        }
    }
}

impl MarketFile {
    /// The market at base rates, with prices, volume and deviation from elsewhere. `confidence` is
    /// a part of the price, the multiple not applied.
    pub fn market(&self, price: f64, volume: f64, deviation: f64, confidence: f64) -> Market {
        let of = |bps: u16| f64::from(bps) / ONE_BPS;
        Market {
            symbol: self.symbol.clone(),
            price,
            initial: of(self.initial_bps),
            maintenance: of(self.maintenance_bps),
            contribution: of(self.contribution_bps),
            stress: of(self.stress_bps),
            volume: volume * price,
            deviation,
            confidence,
        }
    }

    /// The rates in the form of the calibration, which replays them.
    pub fn proposal(&self) -> Proposal {
        Proposal {
            initial_bps: self.initial_bps,
            maintenance_bps: self.maintenance_bps,
            contribution_bps: self.contribution_bps,
            stress_bps: self.stress_bps,
            target_volatility_bps: self.target_volatility_bps,
            volatility_half_life_secs: self.volatility_half_life_secs,
            multiplier_min_bps: self.multiplier_min_bps,
            multiplier_max_bps: self.multiplier_max_bps,
            maintenance_ramp_bps_per_hour: self.maintenance_ramp_bps_per_hour,
            breaker_bps: self.breaker_bps,
            breaker_window_secs: self.breaker_window_secs,
            breaker_cooloff_secs: self.breaker_cooloff_secs,
            premium_bps_per_year: self.premium_bps_per_year,
            concentration_lots: self.concentration_lots,
            concentration_bps: self.concentration_bps,
            bounds: vec![],
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The files of this repository.
    pub fn bundled() -> Files {
        let fund = include_str!("../../../migrations/0001_fund.toml");
        Files::parse(fund, include_str!("../../../migrations/0002_markets.toml")).unwrap()
    }

    #[test]
    fn the_bundled_files_are_read() {
        let files = bundled();
        assert_eq!(files.symbols(), ["BTC", "ETH", "SOL"]);
        assert_eq!(files.terms().most_discount, 0.1);
        assert_eq!(files.terms().crowding_limit, 8.0);
        let market = files.markets[0].market(100.0, 2.0, 0.03, 0.001);
        assert_eq!((market.volume, market.initial), (200.0, f64::from(files.markets[0].initial_bps) / 1e4));
        let wrong = Files::parse("[fund]", "[oracle]").unwrap_err();
        assert!(format!("{wrong:#}").contains("the fund's file"));
    }
}
