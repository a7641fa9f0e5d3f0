//! Compares the same crash with adjustment of the rates and without it.

use {
    crate::{
        migration::Parameters,
        report::{DefaultReport, Report, ResidualReport},
    },
    bulkhead_book::Book,
    bulkhead_client::state::{AdjustmentTerms, MarketRegime},
    serde::Serialize,
};

/// A market at one price of the replay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sight {
    /// Time of the price.
    pub utc: String,
    /// Symbol of the asset.
    pub market: String,
    pub price: u64,
    pub price_decimals: u8,
    /// Calm, neutral or stressed.
    pub regime: &'static str,
    /// Multiplier of the base rates, which follows volatility.
    pub multiplier_bps: u16,
    pub initial_bps: u16,
    pub maintenance_bps: u16,
    /// Whether the breaker halts trades that add risk.
    pub halted: bool,
}

/// The markets of a book as the chain has them.
pub fn sights<'a>(
    book: &'a Book,
    parameters: &'a Parameters,
    utc: &'a str,
) -> impl Iterator<Item = Sight> + 'a {
    book.markets.iter().zip(&parameters.markets).map(move |(market, named)| Sight {
        utc: utc.to_owned(),
        market: named.symbol.clone(),
        price: market.mark.price,
        price_decimals: market.price_decimals,
        regime: match market.adjusted.regime {
            regime if regime == MarketRegime::RiskOff => "risk-off",
            regime if regime == MarketRegime::RiskOn => "risk-on",
            _ => "neutral",
        },
        multiplier_bps: market.adjusted.multiplier_bps,
        initial_bps: market.rates.initial_bps,
        maintenance_bps: market.rates.maintenance_bps,
        halted: market.is_halted(book.now),
    })
}

/// The result of a crash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Number of liquidations.
    pub liquidations: u64,
    /// Members in default.
    pub defaults: usize,
    /// Their losses beyond their margins, in base units.
    pub shortfalls: u64,
    /// The amount that the treasury paid, house losses included.
    pub from_treasury: u64,
    /// The amount that survivors' contributions paid, house losses included.
    pub from_survivors: u64,
    /// Number of times that a breaker has tripped.
    pub trips: u64,
    /// Premiums collected, in base units.
    pub premiums: u64,
}

impl Outcome {
    /// The result of one run.
    pub fn of(report: &Report) -> Self {
        let defaults = &report.defaults;
        let paid = |of_default: fn(&DefaultReport) -> u64, of_residual: fn(&ResidualReport) -> u64| {
            let of_residuals = report.residuals.iter().map(of_residual);
            defaults.iter().map(of_default).chain(of_residuals).sum()
        };
        Self {
            liquidations: report.liquidations,
            defaults: defaults.len(),
            shortfalls: defaults.iter().map(|default| default.shortfall).sum(),
            from_treasury: paid(|default| default.from_treasury, |residual| residual.from_treasury),
            from_survivors: paid(|default| default.from_survivors, |residual| residual.from_survivors),
            trips: report.trips,
            premiums: report.premiums,
        }
    }
}

/// The results of the same crash twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// With rates that follow volatility, breakers and premiums.
    pub on: Outcome,
    /// With the base rates throughout.
    pub off: Outcome,
}

/// The same parameters with adjustment off: the base rates hold, no breaker trips, and no position
/// costs a premium.
pub fn unadjusted(mut parameters: Parameters) -> Parameters {
    for market in &mut parameters.markets {
        market.params.terms.adjustment = AdjustmentTerms {
            target_volatility_bps: 0,
            multiplier_min_bps: 10_000,
            multiplier_max_bps: 10_000,
            breaker_bps: 0,
            premium_bps_per_year: 0,
            ..market.params.terms.adjustment
        };
    }
    parameters
}

/// The sights worth a row, in order: a regime changes, a breaker trips or is reset, or a multiplier
/// is at its peak.
pub fn turning_points(sights: &[Sight]) -> Vec<&Sight> {
    let mut markets: Vec<&str> = sights.iter().map(|sight| sight.market.as_str()).collect();
    markets.sort_unstable();
    markets.dedup();
    let mut wanted: Vec<usize> = Vec::new();
    for market in markets {
        let own: Vec<usize> = (0..sights.len()).filter(|at| sights[*at].market == market).collect();
        let peak = own.iter().max_by_key(|at| (sights[**at].multiplier_bps, usize::MAX - **at)).copied();
        wanted.extend(own.first().copied().into_iter().chain(peak).chain(own.last().copied()));
        wanted.extend(own.windows(2).filter_map(|pair| {
            let (was, is) = (&sights[pair[0]], &sights[pair[1]]);
            (was.regime != is.regime || was.halted != is.halted).then_some(pair[1])
        }));
    }
    wanted.sort_unstable();
    wanted.dedup();
    wanted.into_iter().map(|at| &sights[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(market: &str, regime: &'static str, multiplier_bps: u16, halted: bool) -> Sight {
        Sight {
            utc: String::new(),
            market: market.into(),
            price: 1,
            price_decimals: 0,
            regime,
            multiplier_bps,
            initial_bps: 0,
            maintenance_bps: 0,
            halted,
        }
    }

    #[test]
    fn rows_are_where_something_turns() {
        let sights = [
            sight("SOL", "neutral", 10_000, false),
            sight("SOL", "neutral", 11_000, false),
            sight("SOL", "risk-off", 20_000, true),
            sight("BTC", "neutral", 9_000, false),
            sight("SOL", "risk-off", 25_000, true),
            sight("SOL", "risk-off", 24_000, true),
            sight("SOL", "risk-off", 23_000, false),
            sight("SOL", "risk-off", 22_000, false),
        ];
        let rows: Vec<u16> = turning_points(&sights).iter().map(|sight| sight.multiplier_bps).collect();
        assert_eq!(rows, [10_000, 20_000, 9_000, 25_000, 23_000, 22_000]);
    }
}
