//! The part of the files that a proposal takes over: the identity of the markets, and the fund's
//! parameters in the formulas.

use {
    anyhow::{ensure, Context, Result},
    serde::{Deserialize, Serialize},
    std::{fs, path::Path},
};

/// Name of the fund's file, beside the markets'.
pub const FUND_FILE: &str = "0001_fund.toml";

/// The files that a proposal starts from.
#[derive(Clone, Debug)]
pub struct Base {
    /// The fund's file, word for word.
    pub fund_text: String,
    /// The `[oracle]` table, word for word.
    pub oracle_text: String,
    /// The fund's parameters in the formulas.
    pub fund: Fund,
    /// The markets, in the order of their indices.
    pub markets: Vec<Market>,
}

/// Parameters of the fund that bound a market's rates.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Fund {
    /// Clearing fee, of notional, on each side of a trade.
    pub clearing_fee_bps: u16,
    /// Bonus of a liquidator, of notional.
    pub liquidation_bonus_bps: u16,
    /// Fee of a liquidation to the treasury, of notional.
    pub liquidation_fee_bps: u16,
    /// Part of the mutual resources that one member may endanger.
    pub cover_limit_bps: u16,
}

/// A market as it is now. Keys that a proposal writes anew may be missing.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Market {
    /// The asset.
    pub symbol: String,
    /// The oracle's feed, in hexadecimal.
    pub feed_id: String,
    /// The number of the asset's feed at Pyth Pro, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pro_feed: Option<u32>,
    /// Decimals of the feed's price.
    pub price_decimals: u8,
    /// A lot is `10^-lot_decimals` of the asset.
    pub lot_decimals: u8,
    /// Largest distance of a trade from the mark.
    pub price_band_bps: u16,
    /// Initial margin at the target volatility.
    pub initial_bps: u16,
    /// Maintenance margin at the target volatility.
    pub maintenance_bps: u16,
    /// Required contribution at the target volatility.
    pub contribution_bps: u16,
    /// Stress move at the target volatility.
    pub stress_bps: u16,
    /// Most lots open on one side.
    pub max_open_interest_lots: u64,
    /// Volatility a year at which the rates hold as they are.
    #[serde(default)]
    pub target_volatility_bps: Option<u16>,
    /// Move of a price that trips the breaker.
    #[serde(default)]
    pub breaker_bps: Option<u16>,
    /// Lots from which a position takes more margin.
    #[serde(default)]
    pub concentration_lots: Option<u64>,
    /// The margin that it takes for what is beyond.
    #[serde(default)]
    pub concentration_bps: Option<u16>,
}

#[derive(Deserialize)]
struct FundFile {
    fund: Fund,
}

#[derive(Deserialize)]
struct MarketsFile {
    market: Vec<Market>,
}

impl Base {
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
        let text = read(markets)?;
        let fund = markets.parent().unwrap_or(Path::new("")).join(FUND_FILE);
        Self::parse(&read(&fund)?, &text)
            .with_context(|| format!("in {} or {}", markets.display(), FUND_FILE))
    }

    /// The files of this repository.
    pub fn bundled() -> Result<Self> {
        let fund = include_str!("../../../migrations/0001_fund.toml");
        Self::parse(fund, include_str!("../../../migrations/0002_markets.toml"))
    }

    /// Reads the texts of the two files.
    pub fn parse(fund_text: &str, markets_text: &str) -> Result<Self> {
        let fund: FundFile = toml::from_str(fund_text).context("the fund's file")?;
        let file: MarketsFile = toml::from_str(markets_text).context("the markets' file")?;
        ensure!(!file.market.is_empty(), "there is no [[market]]");
        for (index, market) in file.market.iter().enumerate() {
            let again = file.market[..index].iter().any(|other| other.symbol == market.symbol);
            ensure!(!again, "{} is there twice", market.symbol);
            ensure!(
                market.price_decimals <= 12 && market.lot_decimals <= 12,
                "{}: more than 12 decimals",
                market.symbol
            );
        }
        let begin = markets_text.find("[oracle]").context("there is no [oracle]")?;
        let after = &markets_text[begin..];
        let oracle_text = after[..after.find("[[market]]").unwrap_or(after.len())].trim_end().to_string();
        Ok(Self { fund_text: fund_text.into(), oracle_text, fund: fund.fund, markets: file.market })
    }

    /// The names of the markets.
    pub fn symbols(&self) -> Vec<&str> {
        self.markets.iter().map(|market| market.symbol.as_str()).collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The files of this repository.
    pub fn bundled() -> Base {
        Base::bundled().unwrap()
    }

    #[test]
    fn the_bundled_files_are_a_base() {
        let base = bundled();
        assert_eq!(base.symbols(), ["BTC", "ETH", "SOL"]);
        assert_eq!(base.fund.clearing_fee_bps, 2);
        assert!(base.oracle_text.starts_with("[oracle]") && base.oracle_text.contains("receivers = ["));
        assert!(!base.oracle_text.contains("[[market]]"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let base = bundled();
        let refused = |markets: &str| format!("{:#}", Base::parse(&base.fund_text, markets).unwrap_err());
        assert!(refused("market = []\n[oracle]").contains("no [[market]]"));
        assert!(refused("market = 5").contains("the markets' file"));
        let missing = Base::read(Path::new("nowhere/0002_markets.toml")).unwrap_err();
        assert!(format!("{missing:#}").contains("--base"));
    }
}
