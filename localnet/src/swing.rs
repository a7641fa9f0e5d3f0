//! A replay without an end: prices go through the scenario, then back the same way. They never jump
//! from the last to the first, which would trip every breaker and ruin members that were right.

use {
    crate::{
        pyth,
        scenario::{Scenario, Tick},
    },
    anyhow::{ensure, Result},
    std::time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A replay that has begun.
pub struct Swing {
    ticks: Vec<Tick>,
    decimals: Vec<u8>,
    speed: u32,
    since: SystemTime,
}

/// A place in the replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The current tick.
    pub index: usize,
    /// The tick before it, in the current direction.
    pub before: usize,
    /// Number of times that the replay has been at its start again.
    pub round: u64,
}

impl Swing {
    /// Begins now, `speed` times faster than it happened.
    pub fn new(scenario: &Scenario, decimals: Vec<u8>, speed: u32) -> Result<Self> {
        ensure!(speed > 0, "--speed 0: at least 1, real time");
        Ok(Self { ticks: scenario.ticks(), decimals, speed, since: SystemTime::now() })
    }

    /// Begins anew, after the set-up.
    pub fn restarted(self) -> Self {
        Self { since: SystemTime::now(), ..self }
    }

    pub fn place(&self) -> Place {
        place(&self.ticks, self.since.elapsed().unwrap_or_default() * self.speed)
    }

    /// Prices and confidences at a place.
    pub fn quotes(&self, place: Place) -> Vec<(i64, u64)> {
        pyth::quotes(&self.ticks[place.before].usd, &self.ticks[place.index], &self.decimals)
    }

    /// Prices and confidences of the start, without a move.
    pub fn first_quotes(&self) -> Vec<(i64, u64)> {
        self.quotes(Place { index: 0, before: 0, round: 0 })
    }
}

fn place(ticks: &[Tick], elapsed: Duration) -> Place {
    let length = ticks.last().map_or(1, |tick| tick.at_ms.max(1)) as u128;
    let (round, at) = (elapsed.as_millis() / (2 * length), elapsed.as_millis() % (2 * length));
    let is_forward = at < length;
    let at = if is_forward { at } else { 2 * length - at };
    let index = ticks.partition_point(|tick| tick.at_ms as u128 <= at).max(1) - 1;
    let before = if is_forward { index.saturating_sub(1) } else { (index + 1).min(ticks.len() - 1) };
    Place { index, before, round: round as u64 }
}

/// Unix time in milliseconds.
pub fn now_ms() -> Result<i64> {
    Ok(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_goes_back_the_way_it_came_and_begins_again() {
        let ticks = [0, 1_000, 5_000].map(|at_ms| Tick { at_ms, usd: vec![1.0] });
        let at = |ms| {
            let place = place(&ticks, Duration::from_millis(ms));
            (place.index, place.before, place.round)
        };
        assert_eq!([0, 999, 1_000, 4_999].map(at), [(0, 0, 0), (0, 0, 0), (1, 0, 0), (1, 0, 0)]);
        assert_eq!(
            [5_000, 5_001, 9_001, 10_000, 11_500].map(at),
            [(2, 2, 0), (1, 2, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1)]
        );
    }

    #[test]
    fn neighbours_in_time_are_neighbours_in_price() {
        let ticks: Vec<Tick> = (0..50).map(|n| Tick { at_ms: n * 100, usd: vec![1.0] }).collect();
        let places: Vec<usize> =
            (0..300).map(|n| place(&ticks, Duration::from_millis(n * 100)).index).collect();
        assert!(places.windows(2).all(|pair| pair[0].abs_diff(pair[1]) <= 1), "{places:?}");
        assert!(places.contains(&0) && places.contains(&49));
    }
}
