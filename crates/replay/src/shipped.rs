//! The shipped parameters (`migrations/`), as the reference model takes them.

use {
    anyhow::{anyhow, ensure, Context, Result},
    bulkhead_calibrate::base::FUND_FILE,
    bulkhead_model::{FundParams, Int, MarketParams, Rates},
    std::{fs, path::Path},
    toml::Table,
};

/// Parameters of a fund and of its markets.
#[derive(Clone, Debug)]
pub struct Shipped {
    /// Of the fund.
    pub fund: FundParams,
    /// Symbols and parameters of the markets, by index.
    pub markets: Vec<(String, MarketParams)>,
}

impl Shipped {
    /// Reads the text of the fund's file and of the markets' file.
    ///
    /// # Errors
    /// A key that is missing or is no whole number is named.
    pub fn parse(fund: &str, markets: &str) -> Result<Self> {
        let file: Table = fund.parse().context("the fund's file")?;
        let fund = fund_params(table(&file, "fund")?)?;
        let file: Table = markets.parse().context("the markets' file")?;
        let oracle = table(&file, "oracle")?;
        let rows = file.get("market").and_then(|rows| rows.as_array()).context("there is no [[market]]")?;
        let market = |row: &toml::Value| {
            let row = row.as_table().context("[[market]] is no table")?;
            let symbol = row.get("symbol").and_then(|symbol| symbol.as_str()).context("symbol")?;
            Ok((symbol.to_owned(), market_params(row, oracle).with_context(|| symbol.to_owned())?))
        };
        ensure!(!rows.is_empty(), "there is no [[market]]");
        Ok(Self { fund, markets: rows.iter().map(market).collect::<Result<_>>()? })
    }

    /// Reads a markets file and the fund's beside it.
    ///
    /// # Errors
    /// As [`Shipped::parse`]; a file that cannot be read is named.
    pub fn read(markets: &Path) -> Result<Self> {
        let read =
            |path: &Path| fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
        let fund = markets.parent().unwrap_or(Path::new("")).join(FUND_FILE);
        let text = read(markets)?;
        Self::parse(&read(&fund)?, &text).with_context(|| format!("in {} or {FUND_FILE}", markets.display()))
    }

    /// The names of the markets, by index.
    pub fn symbols(&self) -> Vec<&str> {
        self.markets.iter().map(|(symbol, _)| symbol.as_str()).collect()
    }

    /// The fund's parameters with the limits on volume lifted: what is left are the rules on prices.
    pub fn without_limits(&self) -> FundParams {
        FundParams {
            cover_limit_bps: 1_000_000,
            crowding_limit_bps: 1 << 40,
            outflow_cap_bps: 0,
            ..self.fund.clone()
        }
    }

    /// The files of this repository.
    pub fn bundled() -> Result<Self> {
        Self::parse(
            include_str!("../../../migrations/0001_fund.toml"),
            include_str!("../../../migrations/0002_markets.toml"),
        )
    }
}

fn table<'a>(file: &'a Table, key: &str) -> Result<&'a Table> {
    file.get(key).and_then(|value| value.as_table()).with_context(|| format!("there is no [{key}]"))
}

fn whole(table: &Table, key: &str) -> Result<Int> {
    let value = table.get(key).with_context(|| format!("{key} is missing"))?;
    Ok(value.as_integer().with_context(|| format!("{key} is no whole number"))?.into())
}

fn decimals(table: &Table, key: &str) -> Result<u32> {
    u32::try_from(whole(table, key)?).map_err(|_| anyhow!("{key} is out of range"))
}

fn fund_params(of: &Table) -> Result<FundParams> {
    let quote_decimals = decimals(of, "quote_decimals")?;
    let tokens = |key: &str| Ok::<_, anyhow::Error>(whole(of, key)? * (10 as Int).pow(quote_decimals));
    let is = |key: &str| whole(of, key);
    Ok(FundParams {
        quote_decimals,
        min_contribution: tokens("min_contribution_tokens")?,
        treasury_floor: tokens("treasury_floor_tokens")?,
        bounty_cap: tokens("bounty_cap_tokens")?,
        notice_secs: is("notice_secs")?,
        claim_window_secs: is("claim_window_secs")?,
        exit_delay_slots: is("exit_delay_slots")?,
        max_mark_age_slots: is("max_mark_age_slots")?,
        default_confirm_slots: is("default_confirm_slots")?,
        slot_ms: is("slot_ms")?,
        age_full_secs: is("age_full_secs")?,
        act_age_secs: is("act_age_secs")?,
        vest_secs: is("vest_secs")?,
        register_secs: is("register_secs")?,
        watch_secs: is("watch_secs")?,
        watch_day_secs: is("watch_day_secs")?,
        grace_day_secs: is("grace_day_secs")?,
        auction_slots: is("auction_slots")?,
        assessment_secs: is("assessment_secs")?,
        cooling_off_secs: is("cooling_off_secs")?,
        call_secs: is("call_secs")?,
        wind_down_secs: is("wind_down_secs")?,
        cover_limit_bps: is("cover_limit_bps")?,
        crowding_limit_bps: is("crowding_limit_bps")?,
        clearing_fee_bps: is("clearing_fee_bps")?,
        reward_share_bps: is("reward_share_bps")?,
        liquidation_bonus_bps: is("liquidation_bonus_bps")?,
        liquidation_fee_bps: is("liquidation_fee_bps")?,
        liquidation_buffer_bps: is("liquidation_buffer_bps")?,
        auction_max_discount_bps: is("auction_max_discount_bps")?,
        treasury_floor_bps: is("treasury_floor_bps")?,
        assessment_cap_bps: is("assessment_cap_bps")?,
        bounty_bps: is("bounty_bps")?,
        outflow_cap_bps: is("outflow_cap_bps")?,
        cover_budget_bps: is("cover_budget_bps")?,
        cover_min_notice_secs: is("cover_min_notice_secs")?,
    })
}

fn market_params(of: &Table, oracle: &Table) -> Result<MarketParams> {
    let is = |key: &str| whole(of, key);
    Ok(MarketParams {
        price_decimals: decimals(of, "price_decimals")?,
        lot_decimals: decimals(of, "lot_decimals")?,
        feed_decimals: decimals(of, "price_decimals")?, // a replayed price is in the market's unit
        expires_ts: 0,
        dead_feed_secs: whole(oracle, "dead_feed_secs")?,
        rates: Rates {
            initial: is("initial_bps")?,
            maintenance: is("maintenance_bps")?,
            contribution: is("contribution_bps")?,
            stress: is("stress_bps")?,
        },
        max_open_interest: is("max_open_interest_lots")?,
        price_band_bps: is("price_band_bps")?,
        confidence_multiple: whole(oracle, "confidence_multiple")?,
        max_age_secs: whole(oracle, "max_age_secs")?,
        max_ahead_secs: whole(oracle, "max_ahead_secs")?,
        max_confidence_bps: whole(oracle, "max_confidence_bps")?,
        concentration_lots: is("concentration_lots")?,
        concentration_bps: is("concentration_bps")?,
        volatility_half_life_secs: is("volatility_half_life_secs")?,
        target_volatility_bps: is("target_volatility_bps")?,
        multiplier_min_bps: is("multiplier_min_bps")?,
        multiplier_max_bps: is("multiplier_max_bps")?,
        maintenance_ramp_bps_per_hour: is("maintenance_ramp_bps_per_hour")?,
        breaker_bps: is("breaker_bps")?,
        breaker_window_secs: is("breaker_window_secs")?,
        breaker_cooloff_secs: is("breaker_cooloff_secs")?,
        premium_bps_per_year: is("premium_bps_per_year")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_files_are_read_and_a_missing_key_is_named() {
        let shipped = Shipped::bundled().unwrap();
        assert_eq!(shipped.symbols(), ["BTC", "ETH", "SOL"]);
        assert_eq!((shipped.fund.age_full_secs, shipped.fund.min_contribution), (45, 1_000_000_000));
        let refused = Shipped::parse("[fund]\nquote_decimals = 6", "").unwrap_err();
        assert!(format!("{refused:#}").contains("min_contribution_tokens"), "{refused:#}");
        let missing = Shipped::read(Path::new("nowhere/0002_markets.toml")).unwrap_err();
        assert!(format!("{missing:#}").contains("cannot read nowhere"), "{missing:#}");
    }
}
