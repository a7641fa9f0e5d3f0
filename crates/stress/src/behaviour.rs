//! How people and machines behave while prices move: the assumptions that no protocol can enforce.

use serde::{Deserialize, Serialize};

/// Steps of a day: five minutes each.
pub const STEPS: usize = 288;
/// Steps of an hour.
pub const HOUR: usize = 12;

/// Behaviour in a simulated day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

/// Deviation of the proceeds of selling evenly over `days`: `deviation quantity sqrt(days / 3)`.
pub fn sale_deviation(deviation: f64, quantity: f64, days: f64) -> f64 {
    deviation * quantity * (days / 3.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn costs_follow_the_square_root() {
        assert!((impact(1.0, 0.04, 25.0, 100.0) - 0.02).abs() < 1e-12);
        assert_eq!(sale_hours(10.0, 0.1, 2_400.0), 1.0);
    }

    /// The price risk of an even sale, simulated within three standard errors.
    #[test]
    fn an_even_sale_bears_a_third_of_the_variance() {
        let (n, steps, days) = (20_000, 96, 2.0);
        let mut random = Random::new(11, 0);
        let step = 0.05 * (days / steps as f64).sqrt();
        let proceeds: Vec<f64> = (0..n)
            .map(|_| {
                let (mut price, mut sold) = (0.0, 0.0);
                for _ in 0..steps {
                    let move_of_step = step * random.normal();
                    sold += (price + 0.5 * move_of_step) / steps as f64;
                    price += move_of_step;
                }
                100.0 * sold
            })
            .collect();
        let variance = proceeds.iter().map(|value| value * value).sum::<f64>() / n as f64;
        let expected = sale_deviation(0.05, 100.0, days);
        let error = expected / (2.0 * n as f64).sqrt();
        assert!((variance.sqrt() - expected).abs() < 3.0 * error, "{} for {expected}", variance.sqrt());
    }
}
