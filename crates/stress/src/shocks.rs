//! Shocks without a path: Cover-N, and the reverse stress test.
//!
//! Every position of a defaulter moves by `r` and is sold at the auction's largest discount `d`:
//! `L = max(0, sum of (-v r + d |v| (1 + r)) - margin)`, as the protocol's own limits count.

use crate::{
    fund::Fund,
    paths::{Path, Paths},
    workers,
};
use serde::Serialize;

/// Most defaulters of a Cover-N curve.
pub const MOST_DEFAULTERS: usize = 10;
/// Largest factor of the stress move that a reverse test tries.
const MOST_FACTOR: f64 = 10.0;

/// Cover for one number of defaulters.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cover {
    /// Number of defaulters.
    pub defaulters: usize,
    /// Their losses beyond margin, together.
    pub loss: f64,
    /// What is left of it after their own contributions.
    pub needed: f64,
    /// Treasury and the others' contributions.
    pub available: f64,
    /// `needed / available`; above one, the fund does not cover it.
    pub used: f64,
    /// The scenario that needs most.
    pub scenario: String,
}

/// `L` of a member, and the harm it does to others: `L` less its own contribution, at least zero.
fn harm(fund: &Fund, member: usize, moves: &[f64]) -> (f64, f64) {
    let d = fund.terms.most_discount;
    let loss = fund.members.value.iter().zip(moves).map(|(values, r)| {
        let value = values[member];
        -value * r + d * value.abs() * (1.0 + r)
    });
    let beyond = (loss.sum::<f64>() - fund.members.margin[member]).max(0.0);
    (beyond, (beyond - fund.members.contribution[member]).max(0.0))
}

/// The members that harm others most, falling; equal ones by number.
fn worst(fund: &Fund, moves: &[f64], most: usize) -> Vec<(usize, f64, f64)> {
    let mut found: Vec<(usize, f64, f64)> = (0..fund.members.len())
        .map(|member| {
            let (loss, harm) = harm(fund, member, moves);
            (member, loss, harm)
        })
        .filter(|(_, loss, _)| *loss > 0.0)
        .collect();
    let order = |a: &(usize, f64, f64), b: &(usize, f64, f64)| {
        b.2.total_cmp(&a.2).then(b.1.total_cmp(&a.1)).then(a.0.cmp(&b.0))
    };
    if found.len() > most {
        found.select_nth_unstable_by(most, order);
        found.truncate(most);
    }
    found.sort_by(order);
    found
}

/// The use of resources for 1 to 10 defaulters in one scenario.
fn curve(fund: &Fund, moves: &[f64], most: usize) -> Vec<(f64, f64, f64)> {
    let (mut loss, mut needed, mut available) = (0.0, 0.0, fund.mutual());
    let mut found: Vec<(f64, f64, f64)> = worst(fund, moves, most)
        .into_iter()
        .map(|(member, own, harm)| {
            loss += own;
            needed += harm;
            available -= fund.members.contribution[member];
            (loss, needed, available)
        })
        .collect();
    found.resize(most, (loss, needed, available));
    found
}

/// All combinations of one factor of the stress move, up and down, for the markets.
pub fn stress_moves(fund: &Fund, factor: f64) -> Vec<(String, Vec<f64>)> {
    let markets = fund.markets.len();
    (0..1usize << markets)
        .map(|signs| {
            let is_down = |market: usize| signs >> market & 1 == 0;
            let size = |market: usize| factor * fund.markets[market].stress;
            let moves = (0..markets)
                .map(|market| if is_down(market) { -size(market).min(1.0) } else { size(market) });
            let words = (0..markets).map(|market| {
                let direction = if is_down(market) { "down" } else { "up" };
                format!("{} {direction}", fund.markets[market].symbol)
            });
            (format!("stress: {}", words.collect::<Vec<_>>().join(", ")), moves.collect())
        })
        .collect()
}

/// The Cover-N curve: for each number of defaulters the scenario that uses most of the resources.
pub fn cover(fund: &Fund, scenarios: &[(String, Vec<f64>)]) -> Vec<Cover> {
    let curves: Vec<Vec<(f64, f64, f64)>> =
        scenarios.iter().map(|(_, moves)| curve(fund, moves, MOST_DEFAULTERS)).collect();
    (0..MOST_DEFAULTERS)
        .map(|place| {
            let used = |index: usize| {
                let (_, needed, available) = curves[index][place];
                needed / available.max(f64::MIN_POSITIVE)
            };
            let worst = (0..scenarios.len())
                .fold(0, |best, index| if used(index) > used(best) { index } else { best });
            let (loss, needed, available) = curves[worst][place];
            Cover {
                defaulters: place + 1,
                loss,
                needed,
                available,
                used: used(worst),
                scenario: scenarios[worst].0.clone(),
            }
        })
        .collect()
}

/// For each number of defaulters the path that uses most, by its moves over `steps`.
pub fn worst_moves(fund: &Fund, paths: &dyn Paths, steps: usize) -> Vec<(usize, Vec<f64>)> {
    let each = |path: &mut Path, index: usize| {
        paths.fill(index, path);
        let moves: Vec<f64> = path.price.iter().map(|prices| prices[steps] - 1.0).collect();
        let used: Vec<f64> =
            curve(fund, &moves, MOST_DEFAULTERS).iter().map(|(_, needed, left)| needed / left).collect();
        (moves, used)
    };
    let all = workers::map(paths.count(), || Path::flat(fund.markets.len()), each, |_, _| {});
    let mut found: Vec<(usize, Vec<f64>)> = Vec::new();
    for place in 0..MOST_DEFAULTERS.min(all.first().map_or(0, |(_, used)| used.len())) {
        let best =
            (0..all.len())
                .fold(0, |best, index| if all[index].1[place] > all[best].1[place] { index } else { best });
        if !found.iter().any(|known| known.0 == best) {
            found.push((best, all[best].0.clone()));
        }
    }
    found
}

/// A point of the reverse stress frontier.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Frontier {
    /// Number of members that default; `None`: all whose loss exceeds their margin.
    pub defaulters: Option<usize>,
    /// Whether all markets rise.
    pub is_up: bool,
    /// The least factor of the stress moves at which each of the layers 3 to 7 pays; `None` beyond
    /// ten times.
    pub factors: [Option<f64>; 5],
}

/// What layers 3 to 7 start to pay at, at a shock.
fn pays(fund: &Fund, moves: &[f64], defaulters: Option<usize>) -> (f64, [f64; 5]) {
    let most = defaulters.unwrap_or(fund.members.len());
    let failed = worst(fund, moves, most);
    let needed: f64 = failed.iter().map(|(_, _, harm)| harm).sum();
    let mut is_failed = vec![false; fund.members.len()];
    failed.iter().for_each(|(member, ..)| is_failed[*member] = true);
    let (mut others, mut assessable, mut gains) = (0.0, 0.0, 0.0);
    for member in (0..fund.members.len()).filter(|member| !is_failed[*member]) {
        let (margin, own) = (fund.members.margin[member], fund.members.contribution[member]);
        let (mut gain, mut initial) = (0.0, 0.0);
        for ((market, values), r) in fund.markets.iter().zip(&fund.members.value).zip(moves) {
            gain += values[member] * r;
            initial += market.initial * values[member].abs() * (1.0 + r);
        }
        others += own;
        assessable += (margin + gain.min(0.0) - initial).max(0.0).min(fund.terms.assessment_cap * own);
        gains += gain.max(0.0);
    }
    let third = fund.treasury;
    let fourth = third + others;
    let fifth = fourth + assessable;
    (needed, [0.0, third, fourth, fifth, fifth + gains])
}

/// The least common factor of the stress moves that reaches each layer, by bisection.
pub fn reverse(fund: &Fund, defaulters: Option<usize>, is_up: bool) -> Frontier {
    let moves = |factor: f64| -> Vec<f64> {
        let of = |stress: f64| if is_up { factor * stress } else { -(factor * stress).min(1.0) };
        fund.markets.iter().map(|market| of(market.stress)).collect()
    };
    let reaches = |factor: f64, layer: usize| {
        let (needed, from) = pays(fund, &moves(factor), defaulters);
        needed > from[layer]
    };
    let find = |layer: usize| {
        if !reaches(MOST_FACTOR, layer) {
            return None;
        }
        let (mut low, mut high) = (0.0, MOST_FACTOR);
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            if reaches(middle, layer) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(high)
    };
    Frontier { defaulters, is_up, factors: [0, 1, 2, 3, 4].map(find) }
}

/// The frontier for 1 to 10 defaulters and for all, downwards and upwards.
pub fn frontier(fund: &Fund) -> Vec<Frontier> {
    let numbers = || (1..=MOST_DEFAULTERS).map(Some).chain([None]);
    let cases: Vec<(Option<usize>, bool)> =
        [false, true].iter().flat_map(|up| numbers().map(move |number| (number, *up))).collect();
    workers::map(cases.len(), || (), |(), index| reverse(fund, cases[index].0, cases[index].1), |_, _| {})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fund::Members,
        synthetic::{
            self,
            tests::{plain_market, plain_terms},
            Shape,
        },
    };

    fn fund() -> Fund {
        Fund {
            markets: vec![plain_market()],
            terms: plain_terms(),
            treasury: 10.0,
            members: Members {
                names: vec![],
                margin: vec![10.0, 20.0, 90.0],
                contribution: vec![4.0, 6.0, 30.0],
                value: vec![vec![100.0, 200.0, -300.0]],
            },
        }
    }

    #[test]
    fn the_largest_default_first() {
        // A fall of 20%, sold at 10%: 28% of 100 and of 200, less margin: 18 and 36.
        let found = cover(&fund(), &[("fall".into(), vec![-0.2])]);
        assert!((found[0].loss - 36.0).abs() < 1e-9 && (found[0].needed - 30.0).abs() < 1e-9);
        assert!((found[0].available - 44.0).abs() < 1e-9);
        assert!((found[1].needed - 44.0).abs() < 1e-9 && (found[1].available - 40.0).abs() < 1e-9);
        assert!((found[1].used - 1.1).abs() < 1e-9);
        assert_eq!(found[9].needed, found[1].needed, "nobody else fails");
    }

    #[test]
    fn a_frontier_is_where_the_sums_meet() {
        // Of the second member at a fall of r: 200 r + 20 (1 - r) - 20 - 6 beyond its means.
        let found = reverse(&fund(), Some(1), false);
        let at = |target: f64| (target + 6.0) / 180.0 / 0.2;
        for (factor, target) in found.factors.iter().zip([0.0, 10.0, 44.0]) {
            assert!((factor.unwrap() - at(target)).abs() < 1e-6, "{found:?}");
        }
        // The others can be assessed for 4 less the first member's need of margin, and 30.
        assert!(found.factors[3].unwrap() > found.factors[2].unwrap());
        let calm = reverse(&fund(), Some(1), true);
        assert!(calm.factors[0].unwrap() > found.factors[0].unwrap(), "the short has more margin");
    }

    #[test]
    fn more_defaulters_need_less_of_a_shock() {
        let markets = vec![crate::fund::Market { volume: 1e6, ..plain_market() }; 2];
        let fund = synthetic::fund(&markets, &plain_terms(), &Shape { members: 200, ..Shape::default() }, 3);
        let frontier = frontier(&fund);
        assert_eq!(frontier.len(), 22);
        for pair in frontier.windows(2).filter(|pair| pair[0].is_up == pair[1].is_up) {
            for layer in 0..5 {
                if let (Some(few), Some(more)) = (pair[0].factors[layer], pair[1].factors[layer]) {
                    assert!(more <= few + 1e-9, "{pair:?}");
                }
            }
        }
    }
}
