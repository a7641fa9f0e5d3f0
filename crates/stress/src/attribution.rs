//! Attribution of expected shortfall to members and to sides of markets: equation 28.
//!
//! A scenario moves every market at once, by `r`. A member that holds the value `v` of a market
//! loses `-v r` there, and `L = max(0, loss - margin)` in all. The tail is the worst part of the
//! scenarios by `sum L`, with weights that add up to one. Then
//!
//! - `a_i = sum of w L_i` is what member i adds: `sum a = ES` exactly, and the charge of a group is
//!   never above its own expected shortfall (Denault);
//! - `price` and `margin_credit` are `pi` and `mu`: `sum of pi OI - mu sum of margins = ES`;
//! - `net` splits each `L_i` over the member's losing positions in proportion to their losses:
//!   `sum of net OI = ES` without any margin in it, as in a contribution per notional.
//!
//! All three are linear in positions or subadditive, so to split a wallet never lowers a charge.

use crate::{
    fund::Fund,
    paths::{Path, Paths},
    workers,
};
use serde::Serialize;

/// Members that are taken together: their columns fit into a core's cache.
const CHUNK: usize = 2_048;
/// Scenarios times members up to which the tail is chosen by the loss of all members.
const MOST_EXACT: usize = 2_000_000_000;
/// Members of the sample by which candidates are chosen beyond that.
const SAMPLE: usize = 2_000;
/// Candidates for each scenario of the tail.
const CANDIDATES: usize = 4;

/// The worst scenarios.
#[derive(Clone, Debug)]
pub struct Tail {
    /// Moves by market, as fractions.
    pub moves: Vec<Vec<f64>>,
    /// Weight of each; their sum is one.
    pub weights: Vec<f64>,
    /// Loss of all members beyond their margins in each.
    pub losses: Vec<f64>,
    /// The expected shortfall.
    pub shortfall: f64,
    /// The level of the tail.
    pub level: f64,
    /// Number of scenarios that the tail was chosen from.
    pub of: usize,
}

/// Attribution to one side of a market. Rates are fractions of notional.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Side {
    /// Value of the side.
    pub interest: f64,
    /// `pi`: expected loss of the members that fail, a unit of notional, before their margin.
    pub price: f64,
    /// The part of expected shortfall of the side, a unit of notional.
    pub net: f64,
}

/// The whole attribution.
#[derive(Clone, Debug, Serialize)]
pub struct Attribution {
    /// Expected shortfall of the fund.
    pub shortfall: f64,
    /// By member; their sum is the expected shortfall.
    #[serde(skip)]
    pub members: Vec<f64>,
    /// Long and short side, by market.
    pub sides: Vec<[Side; 2]>,
    /// `mu`: the part of all margins that is used up in the tail.
    pub margin_credit: f64,
    /// All margins.
    pub margins: f64,
}

/// Moves over `steps` of every path.
pub fn moves(paths: &dyn Paths, markets: usize, steps: usize) -> Vec<Vec<f64>> {
    let start = || Path::flat(markets);
    let each = |path: &mut Path, index: usize| {
        paths.fill(index, path);
        path.price.iter().map(|prices| prices[steps] - 1.0).collect()
    };
    workers::map(paths.count(), start, each, |_, _| {})
}

/// Loss of all members beyond their margins, or of every `every`-th.
fn total(fund: &Fund, moves: &[f64], every: usize) -> f64 {
    if every > 1 {
        let members = (0..fund.members.len()).step_by(every);
        return members.map(|member| beyond(fund, member, moves)).sum();
    }
    let mut losses = [0.0; CHUNK];
    let mut sum = 0.0;
    for start in (0..fund.members.len()).step_by(CHUNK) {
        let end = (start + CHUNK).min(fund.members.len());
        let losses = &mut losses[..end - start];
        for (loss, margin) in losses.iter_mut().zip(&fund.members.margin[start..end]) {
            *loss = -margin;
        }
        for (values, r) in fund.members.value.iter().zip(moves) {
            for (loss, value) in losses.iter_mut().zip(&values[start..end]) {
                *loss -= value * r;
            }
        }
        sum += losses.iter().map(|loss| loss.max(0.0)).sum::<f64>();
    }
    sum
}

/// `L_i`
pub fn beyond(fund: &Fund, member: usize, moves: &[f64]) -> f64 {
    let loss = fund.members.value.iter().zip(moves).map(|(values, r)| -values[member] * r);
    (loss.sum::<f64>() - fund.members.margin[member]).max(0.0)
}

impl Tail {
    /// The worst part `1 - level` of equally likely scenarios. With so many members that their loss
    /// cannot be computed in every scenario, four candidates a place are chosen by a sample of
    /// members first, and the tail among them by all.
    pub fn new(fund: &Fund, scenarios: &[Vec<f64>], level: f64) -> Self {
        let beyond = ((1.0 - level) * scenarios.len() as f64).max(1.0);
        let places = (beyond - 1e-9).ceil() as usize;
        let mut candidates: Vec<usize> = (0..scenarios.len()).collect();
        if scenarios.len() * fund.members.len() > MOST_EXACT {
            let every = fund.members.len() / SAMPLE;
            candidates = worst(fund, scenarios, candidates, every, places * CANDIDATES).0;
        }
        let (chosen, losses) = worst(fund, scenarios, candidates, 1, places);
        let mut weights = vec![1.0 / beyond; chosen.len()];
        if let Some(last) = weights.last_mut() {
            *last = 1.0 - (places - 1) as f64 / beyond;
        }
        let shortfall = losses.iter().zip(&weights).map(|(loss, weight)| loss * weight).sum();
        let moves = chosen.iter().map(|index| scenarios[*index].clone()).collect();
        Self { moves, weights, losses, shortfall, level, of: scenarios.len() }
    }
}

/// The scenarios with the largest losses, falling; equal ones by number.
fn worst(
    fund: &Fund,
    scenarios: &[Vec<f64>],
    candidates: Vec<usize>,
    every: usize,
    places: usize,
) -> (Vec<usize>, Vec<f64>) {
    let of = |_: &mut (), index: usize| total(fund, &scenarios[candidates[index]], every);
    let losses = workers::map(candidates.len(), || (), of, |_, _| {});
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by(|a, b| losses[*b].total_cmp(&losses[*a]).then(candidates[*a].cmp(&candidates[*b])));
    order.truncate(places);
    (
        order.iter().map(|place| candidates[*place]).collect(),
        order.iter().map(|place| losses[*place]).collect(),
    )
}

/// Sums of one member over the tail.
#[derive(Clone, Default)]
struct Sums {
    /// `a_i`
    own: Vec<f64>,
    /// Weight of the scenarios in which it fails.
    fails: Vec<f64>,
    /// Loss in them, by market.
    loss: Vec<Vec<f64>>,
    /// Its part of `L_i`, by market.
    net: Vec<Vec<f64>>,
}

/// Attributes the expected shortfall of a tail.
pub fn attribute(fund: &Fund, tail: &Tail) -> Attribution {
    let (members, markets) = (fund.members.len(), fund.markets.len());
    let chunks = workers::map_on(
        workers::count(),
        members.div_ceil(CHUNK),
        || (),
        |(), chunk| {
            let start = chunk * CHUNK;
            sums(fund, tail, start, (start + CHUNK).min(members))
        },
        |_, _| {},
    );
    let mut own = Vec::with_capacity(members);
    let mut sides = vec![[Side::default(); 2]; markets];
    let mut used = 0.0;
    for (chunk, sums) in chunks.into_iter().enumerate() {
        let start = chunk * CHUNK;
        used +=
            sums.fails.iter().zip(&fund.members.margin[start..]).map(|(w, margin)| w * margin).sum::<f64>();
        for (market, sides) in sides.iter_mut().enumerate() {
            for (offset, (loss, net)) in sums.loss[market].iter().zip(&sums.net[market]).enumerate() {
                let side = usize::from(fund.members.value[market][start + offset] < 0.0);
                sides[side].price += loss;
                sides[side].net += net;
            }
        }
        own.extend(sums.own);
    }
    for (market, sides) in sides.iter_mut().enumerate() {
        for (index, side) in sides.iter_mut().enumerate() {
            side.interest = fund.side(market, index);
            side.price /= side.interest.max(f64::MIN_POSITIVE);
            side.net /= side.interest.max(f64::MIN_POSITIVE);
        }
    }
    let margins: f64 = fund.members.margin.iter().sum();
    Attribution { shortfall: own.iter().sum(), members: own, sides, margin_credit: used / margins, margins }
}

/// The sums of the members from `start` to `end`, scenario by scenario.
fn sums(fund: &Fund, tail: &Tail, start: usize, end: usize) -> Sums {
    let (n, markets) = (end - start, fund.markets.len());
    let mut sums = Sums {
        own: vec![0.0; n],
        fails: vec![0.0; n],
        loss: vec![vec![0.0; n]; markets],
        net: vec![vec![0.0; n]; markets],
    };
    let margin = &fund.members.margin[start..end];
    let (mut beyond, mut losing) = (vec![0.0; n], vec![0.0; n]);
    for (moves, weight) in tail.moves.iter().zip(&tail.weights) {
        for (beyond, margin) in beyond.iter_mut().zip(margin) {
            *beyond = -margin;
        }
        losing.fill(f64::MIN_POSITIVE);
        for (values, r) in fund.members.value.iter().zip(moves) {
            let values = &values[start..end];
            for ((beyond, losing), value) in beyond.iter_mut().zip(losing.iter_mut()).zip(values) {
                let loss = -value * r;
                *beyond += loss;
                *losing += loss.max(0.0);
            }
        }
        if beyond.iter().all(|beyond| *beyond <= 0.0) {
            continue;
        }
        for ((own, fails), beyond) in sums.own.iter_mut().zip(&mut sums.fails).zip(&beyond) {
            *own += weight * beyond.max(0.0);
            *fails += if *beyond > 0.0 { *weight } else { 0.0 };
        }
        for (market, r) in moves.iter().enumerate() {
            let values = &fund.members.value[market][start..end];
            let (all, nets) = (&mut sums.loss[market], &mut sums.net[market]);
            for (index, value) in values.iter().enumerate() {
                let loss = -value * r;
                let weight = if beyond[index] > 0.0 { *weight } else { 0.0 };
                all[index] += weight * loss;
                nets[index] += weight * beyond[index].max(0.0) * loss.max(0.0) / losing[index];
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fund::Members,
        measures::Losses,
        synthetic::tests::{plain_market, plain_terms},
    };
    use proptest::prelude::*;

    fn fund(value: Vec<Vec<f64>>, margin: Vec<f64>) -> Fund {
        Fund {
            markets: vec![plain_market(); value.len()],
            terms: plain_terms(),
            treasury: 0.0,
            members: Members { names: vec![], contribution: vec![0.0; margin.len()], margin, value },
        }
    }

    /// The example of docs/stress.md: losses (10, 0), (20, 40), (60, 20) in two scenarios.
    fn example() -> Fund {
        fund(vec![vec![-10.0, -20.0, -60.0], vec![0.0, -40.0, -20.0]], vec![0.0; 3])
    }

    fn scenarios() -> Vec<Vec<f64>> {
        vec![vec![1.0, 0.0], vec![0.0, 1.0]]
    }

    #[test]
    fn the_example_is_attributed_as_the_documentation_says() {
        let fund = example();
        let tail = Tail::new(&fund, &scenarios(), 0.0);
        let found = attribute(&fund, &tail);
        assert_eq!((tail.shortfall, found.shortfall), (75.0, 75.0));
        assert_eq!(found.members, [5.0, 30.0, 40.0]);
        let halved = crate::attribution::tests::fund(
            vec![vec![-10.0, -20.0, -30.0, -30.0], vec![0.0, -40.0, -10.0, -10.0]],
            vec![0.0; 4],
        );
        let found = attribute(&halved, &Tail::new(&halved, &scenarios(), 0.0));
        assert_eq!(found.members, [5.0, 30.0, 20.0, 20.0], "half of it pays half");
    }

    #[test]
    fn the_tail_weighs_its_border_by_its_part() {
        let fund = fund(vec![vec![-1.0]], vec![0.0]);
        let scenarios: Vec<Vec<f64>> = (1..=10).map(|r| vec![f64::from(r)]).collect();
        for level in [0.0, 0.5, 0.75, 0.85, 0.95] {
            let tail = Tail::new(&fund, &scenarios, level);
            let expected = Losses::new((1..=10).map(f64::from).collect()).expected_shortfall(level).mean;
            assert!((tail.shortfall - expected).abs() < 1e-9, "{level}");
            assert!((tail.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    type Case = (Vec<Vec<f64>>, Vec<f64>, Vec<Vec<f64>>);

    /// Positions in two markets, margins, and scenarios.
    fn cases() -> impl Strategy<Value = Case> {
        (1usize..7).prop_flat_map(|n| {
            let values = proptest::collection::vec(proptest::collection::vec(-100f64..100.0, n), 2);
            let margins = proptest::collection::vec(0f64..10.0, n);
            let moves = proptest::collection::vec(proptest::collection::vec(-0.5f64..0.5, 2), 4..40);
            (values, margins, moves)
        })
    }

    proptest! {
        /// Everything adds up, in all three forms.
        #[test]
        fn prices_and_margins_give_the_shortfall((value, margin, moves) in cases(), level in 0f64..0.9) {
            let fund = fund(value, margin);
            let tail = Tail::new(&fund, &moves, level);
            let found = attribute(&fund, &tail);
            let sum = |of: fn(&Side) -> f64| {
                found.sides.iter().flatten().map(|side| of(side) * side.interest).sum::<f64>()
            };
            let by_price = sum(|side| side.price) - found.margin_credit * found.margins;
            for total in [found.members.iter().sum(), sum(|side| side.net), by_price] {
                prop_assert!((total - tail.shortfall).abs() < 1e-7 * (1.0 + tail.shortfall), "{total}");
            }
        }

        /// The core: no group is charged more than its own expected shortfall.
        #[test]
        fn no_group_pays_more_than_alone(
            (value, margin, moves) in cases(), level in 0f64..0.9, group in any::<u8>(),
        ) {
            let all = fund(value, margin);
            let charges = attribute(&all, &Tail::new(&all, &moves, level)).members;
            let members: Vec<usize> = (0..all.members.len()).filter(|m| group >> m & 1 == 1).collect();
            if members.is_empty() {
                return Ok(());
            }
            let of = |column: &Vec<f64>| -> Vec<f64> { members.iter().map(|m| column[*m]).collect() };
            let alone = fund(all.members.value.iter().map(of).collect(), of(&all.members.margin));
            let own = Tail::new(&alone, &moves, level).shortfall;
            let pays: f64 = members.iter().map(|m| charges[*m]).sum();
            prop_assert!(pays <= own + 1e-7 * (1.0 + own), "{pays} for {own}");
        }

        /// However positions and margin are split over two wallets, the charge does not fall.
        #[test]
        fn to_split_a_wallet_never_pays(
            (value, margin, moves) in cases(), level in 0f64..0.9,
            parts in proptest::collection::vec(0f64..1.0, 3),
        ) {
            let whole = fund(value, margin);
            let tail = Tail::new(&whole, &moves, level);
            let charge = attribute(&whole, &tail).members[0];
            let mut split = whole;
            for (values, part) in split.members.value.iter_mut().zip(&parts) {
                values.push(values[0] * part);
                values[0] *= 1.0 - part;
            }
            let own = split.members.margin[0];
            split.members.margin.push(own * parts[2]);
            split.members.margin[0] *= 1.0 - parts[2];
            split.members.contribution.push(0.0);
            // In the same tail: the prices that are posted do not move with one wallet's split.
            let after = attribute(&split, &tail);
            let both = after.members[0] + after.members[split.members.len() - 1];
            prop_assert!(both >= charge - 1e-9 * (1.0 + charge), "{both} after {charge}");
        }
    }

    /// Sampled Shapley values of many small members come near to Aumann and Shapley's.
    #[test]
    fn shapley_values_of_small_members_tend_to_the_attribution() {
        let mut random = crate::random::Random::new(8, 0);
        let n = 60;
        let value = vec![
            (0..n).map(|_| -1.0 - random.uniform()).collect(),
            (0..n).map(|_| random.normal()).collect(),
        ];
        let fund = fund(value, vec![0.2; n]);
        let moves: Vec<Vec<f64>> = (0..60).map(|_| vec![random.uniform(), 0.3 * random.normal()]).collect();
        let found = attribute(&fund, &Tail::new(&fund, &moves, 0.8));
        let mut sums = vec![0.0; n];
        let orders = 300;
        for _ in 0..orders {
            let mut order: Vec<usize> = (0..n).collect();
            (1..n).rev().for_each(|last| order.swap(last, random.below(last + 1)));
            let (mut losses, mut before) = (vec![0.0; moves.len()], 0.0);
            for member in order {
                for (loss, r) in losses.iter_mut().zip(&moves) {
                    *loss += beyond(&fund, member, r);
                }
                let cost = Losses::new(losses.clone()).expected_shortfall(0.8).mean;
                sums[member] += (cost - before) / f64::from(orders);
                before = cost;
            }
        }
        assert!((sums.iter().sum::<f64>() - found.shortfall).abs() < 1e-6);
        let distance: f64 = sums.iter().zip(&found.members).map(|(a, b)| (a - b).abs()).sum();
        assert!(distance < 0.03 * found.shortfall, "{distance} of {}", found.shortfall);
    }
}
