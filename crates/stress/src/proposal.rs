//! Rates that follow from the attribution: `cargo xtask calibrate --attribution` proposes them.
//!
//! Contributions per notional are fair when each market pays in proportion to its part of expected
//! shortfall. A market has one rate for both sides, so the rate is that of the dearer side.
//!
//! - *at today's sum*: all rates together bring in as much as before;
//! - *for the limit*: the sum is the need of crowding, `D / limit - treasury`, so that nobody is
//!   refused for want of others' contributions;
//! - *premium*: the market's part of the expected yearly loss of treasury and contributions, and of
//!   the return that contributors ask for, a unit of notional a year.

use {
    crate::{attribution::Attribution, fund::Fund},
    serde::Serialize,
};

/// Step that contributions are rounded up to.
const STEP_BPS: f64 = 5.0;
/// Days of a year.
const YEAR_DAYS: f64 = 365.25;

/// The rates of one market, in hundredths of a percent of notional.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Proposal {
    /// The market.
    pub symbol: String,
    /// Contribution today.
    pub today_bps: f64,
    /// Part of expected shortfall of the long and of the short side, of all.
    pub parts: [f64; 2],
    /// Fair rates of both sides at the sum that today's rates bring in.
    pub sides_bps: [f64; 2],
    /// Contribution that brings in at least today's sum.
    pub contribution_bps: f64,
    /// Contribution that brings in the need of the crowding limit.
    pub limit_bps: f64,
    /// Premium today, a year.
    pub today_premium_bps: f64,
    /// Premium a year: the expected loss alone.
    pub loss_premium_bps: f64,
    /// Premium a year, with the cost of capital, rounded up.
    pub premium_bps: f64,
}

/// Proposes the rates of every market. `expected` is the expected loss a day of treasury and
/// contributions; `cost_of_capital` is a yearly rate.
pub fn propose(fund: &Fund, found: &Attribution, expected: f64, cost_of_capital: f64) -> Vec<Proposal> {
    let markets = fund.markets.len();
    let today: f64 = (0..fund.members.len()).map(|m| fund.required(m, |market| market.contribution)).sum();
    let needed = (fund.crowding() / fund.terms.crowding_limit - fund.treasury).max(0.0);
    let all = found.shortfall.max(f64::MIN_POSITIVE);
    // A rate for both sides brings in more than the sides' own rates: it is scaled to the sum.
    let dearer = |market: usize| found.sides[market][0].net.max(found.sides[market][1].net);
    let both = |market: usize| found.sides[market][0].interest + found.sides[market][1].interest;
    let brought: f64 = (0..markets).map(|market| dearer(market) * both(market)).sum();
    let rate = |market: usize, sum: f64| dearer(market) / brought.max(f64::MIN_POSITIVE) * sum * 1e4;
    let up = |bps: f64, step: f64| ((bps - 1e-9) / step).ceil().max(0.0) * step;
    (0..markets)
        .map(|market| {
            let sides = &found.sides[market];
            let yearly = rate(market, expected * YEAR_DAYS);
            let capital = rate(market, cost_of_capital * fund.contributions());
            Proposal {
                symbol: fund.markets[market].symbol.clone(),
                today_bps: fund.markets[market].contribution * 1e4,
                parts: [0, 1].map(|side: usize| sides[side].net * sides[side].interest / all),
                sides_bps: [0, 1].map(|side: usize| sides[side].net / all * today * 1e4),
                contribution_bps: up(rate(market, today), STEP_BPS),
                limit_bps: up(rate(market, needed), STEP_BPS),
                today_premium_bps: fund.markets[market].premium * 1e4,
                loss_premium_bps: yearly,
                premium_bps: up(yearly + capital, 1.0),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        attribution::{attribute, Tail},
        synthetic::{
            self,
            tests::{plain_market, plain_terms},
            Shape,
        },
    };

    #[test]
    fn rates_bring_in_their_sums() {
        let markets = vec![crate::fund::Market { volume: 1e6, ..plain_market() }; 2];
        let fund = synthetic::fund(&markets, &plain_terms(), &Shape { members: 60, ..Shape::default() }, 1);
        // The second market moves twice as far.
        let moves: Vec<Vec<f64>> =
            (1..200).map(|r| f64::from(r - 100) / 400.0).map(|r| vec![r, 2.0 * r]).collect();
        let found = attribute(&fund, &Tail::new(&fund, &moves, 0.9));
        let proposals = propose(&fund, &found, 10.0, 0.1);
        let parts: f64 = proposals.iter().flat_map(|proposal| proposal.parts).sum();
        assert!((parts - 1.0).abs() < 1e-9);
        assert!(proposals[1].contribution_bps > proposals[0].contribution_bps);
        let brings = |of: fn(&Proposal) -> f64| -> f64 {
            (0..2).map(|market| of(&proposals[market]) / 1e4 * 2.0 * fund.open_interest(market)).sum()
        };
        let today: f64 = (0..60).map(|m| fund.required(m, |market| market.contribution)).sum();
        let slack = 2.0 * STEP_BPS / 1e4 * 2.0 * fund.open_interest(0);
        let sum = brings(|proposal| proposal.contribution_bps);
        assert!(sum >= today && sum <= today + slack, "{sum} for {today}");
        let needed = fund.crowding() / 8.0 - fund.treasury;
        let sum = brings(|proposal| proposal.limit_bps);
        assert!(sum >= needed && sum <= needed + slack, "{sum} for {needed}");
        let yearly = brings(|proposal| proposal.loss_premium_bps);
        assert!((yearly / (10.0 * YEAR_DAYS) - 1.0).abs() < 1e-9);
        assert!(proposals.iter().all(|proposal| proposal.premium_bps > proposal.loss_premium_bps));
    }
}
