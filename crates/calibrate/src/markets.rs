//! Writes the proposal as a migration: the format of `migrations/0002_markets.toml`, with the
//! evidence for each figure.

use {
    crate::{
        base::Base,
        calibration::{Calibration, Market},
        quantile::Estimate,
        settings::Settings,
    },
    bulkhead_format::{day, duration, minute, percent, probability, thousands, times, underscored},
    std::fmt::Write,
};

/// Name of the file.
pub const MARKETS_FILE: &str = "0002_markets.toml";

/// Longest line; a single word may be longer.
const LINE: usize = 120;

/// Writes the file's text. The same calibration gives the same text.
pub fn toml(calibration: &Calibration, base: &Base) -> String {
    let mut text = header(calibration, base);
    for market in &calibration.markets {
        text.push('\n');
        table(&mut text, market, &calibration.settings).unwrap_or_default(); // a string takes all text
    }
    text
}

fn header(calibration: &Calibration, base: &Base) -> String {
    let names: Vec<&str> = base.symbols();
    let (last, first) = names.split_last().map(|(last, first)| (*last, first.join(", "))).unwrap_or_default();
    let names = if first.is_empty() { last.to_string() } else { format!("{first} and {last}") };
    let indices = if calibration.markets.len() == 1 {
        "its index is 0".to_string()
    } else {
        format!("in this order (their indices are 0 to {})", calibration.markets.len().saturating_sub(1))
    };
    format!(
        "# 0002: the markets {names}, {indices}.\n\
         #\n\
         # Rates are in hundredths of a percent (bps) of notional, at the market's target volatility: in \
         force is the rate times\n\
         # volatility over target. A lot is 10^-lot_decimals of the asset. Rates are proposed by \
         `cargo xtask calibrate` from\n\
         # real prices; docs/calibration.md has the formulas.\n\
         \n\
         {}\n",
        base.oracle_text
    )
}

fn table(text: &mut String, market: &Market, settings: &Settings) -> std::fmt::Result {
    let (base, proposal, fit) = (&market.base, &market.proposal, &market.fit);
    let symbol = &base.symbol;
    writeln!(text, "[[market]]")?;
    writeln!(text, "symbol = \"{symbol}\"")?;
    writeln!(text, "feed_id = \"{}\"", base.feed_id)?;
    if let Some(feed) = base.pro_feed {
        writeln!(text, "pro_feed = {feed}")?;
    }
    writeln!(text, "price_decimals = {}", base.price_decimals)?;
    let lot = 10f64.powi(-i32::from(base.lot_decimals));
    writeln!(text, "lot_decimals = {} # a lot is {lot} {symbol}", base.lot_decimals)?;
    writeln!(text, "price_band_bps = {}", base.price_band_bps)?;
    let most = assets(base.max_open_interest_lots, base.lot_decimals);
    let lots = underscored(base.max_open_interest_lots);
    writeln!(text, "max_open_interest_lots = {lots} # {most} {symbol}")?;

    writeln!(text, "# Fitted to {}, {} to {}.", fit.file, day(fit.from), day(fit.to))?;
    let horizon = duration(settings.horizon_secs);
    for (name, rate, estimate) in [
        ("initial_bps", proposal.initial_bps, &fit.initial),
        ("maintenance_bps", proposal.maintenance_bps, &fit.maintenance),
    ] {
        rate_line(text, name, rate, &margin_evidence(estimate, &horizon))?;
    }
    let share = probability(settings.largest_member);
    rate_line(
        text,
        "contribution_bps",
        proposal.contribution_bps,
        &format!("a member with {share} of the notional is within the cover limit"),
    )?;
    for evidence in stress_evidence(market, settings) {
        comment_lines(text, &evidence)?;
    }
    rate_line(text, "stress_bps", proposal.stress_bps, "")?;

    let (low, high) = (percent(fit.volatility_low), percent(fit.volatility_high));
    let evidence = format!("a year: the median; nine tenths of the time it was between {low} and {high}");
    rate_line(text, "target_volatility_bps", proposal.target_volatility_bps, &evidence)?;
    seconds_line(text, "volatility_half_life_secs", proposal.volatility_half_life_secs)?;
    rate_line(text, "multiplier_min_bps", proposal.multiplier_min_bps, "of the rates above, in a calm")?;
    rate_line(text, "multiplier_max_bps", proposal.multiplier_max_bps, "of the rates above, in a panic")?;
    rate_line(text, "maintenance_ramp_bps_per_hour", proposal.maintenance_ramp_bps_per_hour, "of notional")?;
    rate_line(text, "breaker_bps", proposal.breaker_bps, &breaker_evidence(market, settings))?;
    seconds_line(text, "breaker_window_secs", proposal.breaker_window_secs)?;
    seconds_line(text, "breaker_cooloff_secs", proposal.breaker_cooloff_secs)?;
    rate_line(
        text,
        "premium_bps_per_year",
        proposal.premium_bps_per_year,
        "half in a calm, twice in a panic",
    )?;
    let lots = proposal.concentration_lots;
    let evidence = volume_evidence(market, settings);
    let comment = format!("{} {symbol}: {evidence}", assets(lots, base.lot_decimals));
    line(text, &format!("concentration_lots = {}", underscored(lots)), &comment)?;
    rate_line(
        text,
        "concentration_bps",
        proposal.concentration_bps,
        "of what is beyond: twice the limit takes twice the time",
    )?;
    for bound in &proposal.bounds {
        comment_lines(text, bound)?;
    }
    Ok(())
}

fn rate_line(text: &mut String, name: &str, bps: u16, comment: &str) -> std::fmt::Result {
    line(text, &format!("{name} = {}", underscored(bps.into())), comment)
}

fn seconds_line(text: &mut String, name: &str, secs: u32) -> std::fmt::Result {
    line(text, &format!("{name} = {}", underscored(secs.into())), &duration(secs.into()))
}

/// Writes a key with its comment beside it, or above it where the line would be too long.
fn line(text: &mut String, entry: &str, comment: &str) -> std::fmt::Result {
    if comment.is_empty() {
        return writeln!(text, "{entry}");
    }
    if entry.len() + comment.len() + 3 <= LINE {
        return writeln!(text, "{entry} # {comment}");
    }
    comment_lines(text, comment)?;
    writeln!(text, "{entry}")
}

/// Writes a comment on lines of its own, broken between words.
fn comment_lines(text: &mut String, comment: &str) -> std::fmt::Result {
    let mut length = 0;
    for word in comment.split(' ') {
        let new = length == 0 || length + 1 + word.len() > LINE;
        let lead = match (new, length) {
            (true, 0) => "# ",
            (true, _) => "\n# ",
            (false, _) => " ",
        };
        write!(text, "{lead}{word}")?;
        length = if new { 2 + word.len() } else { length + 1 + word.len() };
    }
    writeln!(text)
}

/// The evidence for a margin rate.
pub fn margin_evidence(estimate: &Estimate, horizon: &str) -> String {
    format!(
        "{} of {} moves over {horizon}, divided by their multiplier: {}",
        probability(estimate.probability),
        thousands(estimate.observations as u64),
        percent(estimate.upper)
    )
}

/// The evidence for the stress move: the worst for positions opened when the move began, and for
/// those opened before.
pub fn stress_evidence(market: &Market, settings: &Settings) -> Vec<String> {
    let (stress, initial) = (&market.stress, percent(f64::from(market.proposal.initial_bps) / 1e4));
    let opened = stress.opened.first().map(|worst| {
        format!(
            "{} {} in {} from {}, over a multiplier of {}: {} ({})",
            percent(worst.raw),
            worst.direction,
            duration(settings.stress_horizon_secs),
            minute(worst.ts),
            times(worst.multiplier_bps.max(10_000)),
            percent(worst.needed),
            worst.file
        )
    });
    let held = stress.held.first().map(|worst| {
        format!(
            "{} {} in {} from {}, less maintenance margin {}, plus initial margin {initial}: {} ({})",
            percent(worst.raw),
            worst.direction,
            duration(settings.horizon_secs),
            minute(worst.ts),
            percent(f64::from(worst.maintenance_bps) / 1e4),
            percent(worst.needed),
            worst.file
        )
    });
    opened.into_iter().chain(held).collect()
}

/// The evidence for the breaker.
pub fn breaker_evidence(market: &Market, settings: &Settings) -> String {
    let estimate = &market.trips.distance;
    let (part, count) = (probability(estimate.probability), thousands(estimate.observations as u64));
    if market.trips.files == 0 {
        return format!("{part} of {count} moves over {}: no finer prices", duration(settings.horizon_secs));
    }
    let window = duration(settings.breaker_window_secs.into());
    format!("{part} of {count} windows of {window} in crashes: {}", percent(estimate.point))
}

/// The evidence for the concentration limit.
pub fn volume_evidence(market: &Market, settings: &Settings) -> String {
    let Some(volume) = &market.volume else {
        return "a hundredth of the most: nobody knows the volume".into();
    };
    let which = if volume.from_windows { "on the quietest day of crash weeks" } else { "on a median day" };
    format!(
        "{} of what trades in {} {which} ({} a day)",
        probability(settings.participation),
        duration(settings.horizon_secs),
        thousands(volume.daily as u64)
    )
}

/// Writes lots as assets: `73 BTC`.
fn assets(lots: u64, decimals: u8) -> String {
    let unit = 10u64.pow(decimals.into());
    let (whole, part) = (lots / unit, lots % unit);
    if part == 0 {
        return thousands(whole);
    }
    let digits = format!("{part:0width$}", width = usize::from(decimals));
    format!("{}.{}", thousands(whole), digits.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::{
            base::tests::bundled,
            calibration::of_market,
            rates::{tests::assert_within_bounds, Proposal},
            series::Series,
            synthetic::walk,
        },
        serde::Deserialize,
    };

    /// Every key of a market's table, and no other.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Table {
        symbol: String,
        feed_id: String,
        pro_feed: Option<u32>,
        price_decimals: u8,
        lot_decimals: u8,
        price_band_bps: u16,
        max_open_interest_lots: u64,
        initial_bps: u16,
        maintenance_bps: u16,
        contribution_bps: u16,
        stress_bps: u16,
        target_volatility_bps: u16,
        volatility_half_life_secs: u32,
        multiplier_min_bps: u16,
        multiplier_max_bps: u16,
        maintenance_ramp_bps_per_hour: u16,
        breaker_bps: u16,
        breaker_window_secs: u32,
        breaker_cooloff_secs: u32,
        premium_bps_per_year: u16,
        concentration_lots: u64,
        concentration_bps: u16,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        oracle: toml::Table,
        market: Vec<Table>,
    }

    impl Table {
        fn proposal(&self) -> Proposal {
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

    fn calibration(base: &Base, volatility: f64, seed: u64) -> Calibration {
        let settings = Settings::default();
        let of = |market: &crate::base::Market| {
            let history = walk(&market.symbol, 3_600, 3_000, volatility, seed);
            let window = Series {
                window: "crash".into(),
                file: "crash.csv".into(),
                ..walk(&market.symbol, 300, 600, volatility, seed)
            };
            of_market(market, base, &[history, window], &settings).unwrap()
        };
        Calibration { markets: base.markets.iter().map(of).collect(), settings }
    }

    #[test]
    fn the_file_reads_back_as_what_was_proposed() {
        let base = bundled();
        let found = calibration(&base, 0.8, 1);
        let text = toml(&found, &base);
        assert!(text.lines().all(|line| line.len() <= LINE), "{text}");
        let file: File = ::toml::from_str(&text).unwrap();
        assert_eq!(file.oracle["confidence_multiple"].as_integer(), Some(2));
        for (table, market) in file.market.iter().zip(&found.markets) {
            assert_eq!(table.proposal(), Proposal { bounds: vec![], ..market.proposal.clone() });
            assert_eq!((&table.symbol, &table.feed_id), (&market.base.symbol, &market.base.feed_id));
            assert_eq!(table.pro_feed, market.base.pro_feed);
            assert_eq!(
                (table.price_decimals, table.lot_decimals),
                (market.base.price_decimals, market.base.lot_decimals)
            );
            assert_eq!(table.price_band_bps, market.base.price_band_bps);
            assert_eq!(table.max_open_interest_lots, market.base.max_open_interest_lots);
        }
        // The proposal is a valid base for the next one.
        let again = Base::parse(&base.fund_text, &text).unwrap();
        assert_eq!(again.oracle_text, base.oracle_text);
        assert_eq!(toml(&found, &again), text, "the same calibration gives the same text");
    }

    #[test]
    fn the_same_prices_give_the_same_file() {
        let base = bundled();
        assert_eq!(toml(&calibration(&base, 0.8, 1), &base), toml(&calibration(&base, 0.8, 1), &base));
    }

    #[test]
    fn wild_and_still_prices_stay_within_the_bounds() {
        let base = bundled();
        for volatility in [0.000_01, 0.05, 3.0, 20.0] {
            for market in calibration(&base, volatility, 5).markets {
                assert_within_bounds(&market.proposal, &market.base, &base.fund);
            }
        }
    }

    #[test]
    fn lots_are_told_as_assets() {
        assert_eq!((assets(1_000_000_000, 4), assets(725_000, 4)), ("100,000".into(), "72.5".into()));
        assert_eq!((assets(1, 4), assets(5, 0)), ("0.0001".into(), "5".into()));
    }
}
