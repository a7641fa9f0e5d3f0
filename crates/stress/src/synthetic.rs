//! A synthetic fund: as many members as wanted, as full as the protocol's limits allow.
//!
//! Sizes are lognormal, so that a few members hold much. Every side of a market holds the same
//! value. Members hold initial margin and an exponential excess; a member that the cover limit would
//! refuse holds as much more as it takes to be admitted. Contributions are the required ones, and
//! are scaled up together where crowding would exceed its limit.

use crate::{
    fund::{Fund, Market, Members, Terms},
    random::Random,
};
use serde::Serialize;

/// The shape of a synthetic fund.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shape {
    /// Number of members.
    pub members: usize,
    /// Open interest of each market, as a part of its daily volume.
    pub interest: f64,
    /// Deviation of the logarithm of sizes.
    pub size_deviation: f64,
    /// Mean of the margin above the initial margin, as a part of it.
    pub excess_margin: f64,
    /// Probability that a member holds a market besides its own.
    pub breadth: f64,
    /// Probability that all positions of a member are on the same side.
    pub herding: f64,
    /// Treasury, as a part of all contributions.
    pub treasury: f64,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            members: 1_000,
            interest: 0.05,
            size_deviation: 1.5,
            excess_margin: 0.5,
            breadth: 0.4,
            herding: 0.5,
            treasury: 0.05,
        }
    }
}

/// Makes a fund of this shape.
pub fn fund(markets: &[Market], terms: &Terms, shape: &Shape, seed: u64) -> Fund {
    let mut random = Random::new(seed, 0x5EED);
    let mut members = Members { value: vec![Vec::new(); markets.len()], ..Members::default() };
    for _ in 0..shape.members.max(2) {
        let size = libm::exp(shape.size_deviation * random.normal());
        let own = random.below(markets.len());
        let (is_one_sided, side) = (random.uniform() < shape.herding, random.below(2));
        for (market, values) in members.value.iter_mut().enumerate() {
            let is_held = market == own || random.uniform() < shape.breadth;
            let other = random.below(2);
            let side = if is_one_sided { side } else { other };
            values.push(if is_held { size * (1.0 - 2.0 * side as f64) } else { 0.0 });
        }
        members.margin.push(1.0 + shape.excess_margin * random.exponential());
    }
    for (values, market) in members.value.iter_mut().zip(markets) {
        balance(values, shape.interest * market.volume);
    }
    let mut fund = Fund { markets: markets.to_vec(), terms: terms.clone(), treasury: 0.0, members };
    fund.members.contribution = (0..fund.members.len())
        .map(|member| fund.required(member, |market| market.contribution).max(terms.min_contribution))
        .collect();
    fill(&mut fund, shape.treasury);
    let mutual = fund.mutual();
    for member in 0..fund.members.len() {
        fund.members.margin[member] *= fund.required(member, |market| market.initial);
        admit(&mut fund, mutual, member);
    }
    fund
}

/// Scales both sides of a market to `interest`. The first and the last member stand in for a side
/// without members.
fn balance(values: &mut [f64], interest: f64) {
    let last = values.len() - 1;
    if values.iter().all(|value| *value <= 0.0) {
        values[0] = 1.0;
    }
    if values.iter().all(|value| *value >= 0.0) {
        values[last] = -1.0;
    }
    let long: f64 = values.iter().map(|value| value.max(0.0)).sum();
    let short: f64 = values.iter().map(|value| (-value).max(0.0)).sum();
    for value in values.iter_mut() {
        *value *= interest / if *value > 0.0 { long } else { short };
    }
}

/// Sets the treasury, and scales contributions until crowding is within its limit.
pub fn fill(fund: &mut Fund, treasury: f64) {
    let needed = fund.crowding() / fund.terms.crowding_limit / (1.0 + treasury);
    let contributions = fund.contributions();
    if contributions < needed {
        let factor = needed / contributions;
        fund.members.contribution.iter_mut().for_each(|own| *own *= factor);
    }
    fund.treasury = treasury * fund.contributions();
}

/// Raises a member's margin until the cover limit admits it to a fund with these resources.
fn admit(fund: &mut Fund, mutual: f64, member: usize) {
    let others = mutual - fund.members.contribution[member];
    let excess = fund.stress_loss(member) - fund.terms.cover_limit * others;
    fund.members.margin[member] += excess.max(0.0);
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A market with round rates that trades as much as anybody wants.
    pub fn plain_market() -> Market {
        Market {
            symbol: "X".into(),
            price: 1.0,
            initial: 0.1,
            maintenance: 0.05,
            contribution: 0.02,
            stress: 0.2,
            premium: 0.01,
            volume: 1e12,
            deviation: 0.04,
            confidence: 0.0,
        }
    }

    /// Terms without costs.
    pub fn plain_terms() -> Terms {
        Terms {
            liquidation_bonus: 0.0,
            liquidation_fee: 0.0,
            liquidation_buffer: 0.1,
            most_discount: 0.1,
            auction_secs: f64::INFINITY,
            assessment_cap: 1.0,
            cover_limit: 0.5,
            crowding_limit: 8.0,
            min_contribution: 0.0,
            outflow_cap: 0.25,
        }
    }

    #[test]
    fn a_synthetic_fund_is_within_the_limits() {
        let markets = vec![Market { volume: 1e6, ..plain_market() }; 3];
        for (members, seed) in [(2, 1), (30, 2), (1_000, 3)] {
            let shape = Shape { members, ..Shape::default() };
            let made = fund(&markets, &plain_terms(), &shape, seed);
            made.validate().unwrap();
            assert_eq!(made, fund(&markets, &plain_terms(), &shape, seed));
            assert!(made.crowding() <= 8.0 * made.mutual() * (1.0 + 1e-12));
            for market in 0..3 {
                let sides = [made.side(market, 0), made.side(market, 1)];
                assert!(sides.iter().all(|side| (side / 5e4 - 1.0).abs() < 1e-9), "{sides:?}");
            }
            for member in 0..members {
                let required = made.required(member, |market| market.initial);
                assert!(made.members.margin[member] >= required * (1.0 - 1e-12));
                let others = made.mutual() - made.members.contribution[member];
                assert!(made.stress_loss(member) <= 0.5 * others * (1.0 + 1e-9));
            }
        }
        let other = fund(&markets, &plain_terms(), &Shape::default(), 4);
        assert_ne!(other, fund(&markets, &plain_terms(), &Shape::default(), 5));
    }
}
