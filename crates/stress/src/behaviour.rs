//! How people and machines behave while prices move: the assumptions that no protocol can enforce.

use serde::Serialize;

/// Steps of a day: five minutes each.
pub const STEPS: usize = 288;
/// Steps of an hour.
pub const HOUR: usize = 12;

/// Behaviour in a simulated day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Behaviour {
    /// Steps between the moment at which a member can be liquidated and the first attempt.
    pub delay_steps: usize,
    /// Steps without any keeper, from the first moment at which one is needed.
    pub outage_steps: usize,
    /// Part of the usual volume that takers absorb, from members and house together.
    pub participation: f64,
    /// Factor of the oracle's usual confidence.
    pub confidence_factor: f64,
    /// Part of the contributions that leaves in the course of a day, while nothing blocks exits.
    pub exits: f64,
    /// `Y` of the square root law.
    pub impact: f64,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            delay_steps: 0,
            outage_steps: 0,
            participation: 0.1,
            confidence_factor: 1.0,
            exits: 0.0,
            impact: 1.0,
        }
    }
}

/// Cost of selling `quantity` in a market that trades `volume` a day with a daily deviation of
/// `deviation`, as a part of the value sold: `Y deviation sqrt(quantity / volume)`.
///
/// For example, a quarter of a day's volume at a deviation of 4% costs 2%.
pub fn impact(y: f64, deviation: f64, quantity: f64, volume: f64) -> f64 {
    y * deviation * (quantity / volume).sqrt()
}

/// Hours that a sale takes: `quantity / (participation volume)`, of a day.
pub fn sale_hours(quantity: f64, participation: f64, volume: f64) -> f64 {
    24.0 * quantity / (participation * volume)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_follow_the_square_root() {
        assert!((impact(1.0, 0.04, 25.0, 100.0) - 0.02).abs() < 1e-12);
        assert_eq!(sale_hours(10.0, 0.1, 2_400.0), 1.0);
    }
}
