//! Tables in Markdown: one row a setting, summed over crashes and seeds.

use {
    crate::{
        path::Crash,
        run::{replay, Outcome, Settings},
        shipped::Shipped,
    },
    bulkhead_format::thousands,
    rayon::prelude::*,
};

/// The sum of a setting's replays.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Row {
    /// The setting; its seed is the first of them.
    pub settings: Settings,
    /// The sum.
    pub outcome: Outcome,
}

/// Replays every setting over every crash, with `seeds` seeds each. `done` is called after each.
pub fn rows(
    crashes: &[Crash],
    shipped: &Shipped,
    settings: &[Settings],
    seeds: u64,
    done: impl Fn() + Sync,
) -> Vec<Row> {
    let sum = |settings: &Settings| {
        let runs: Vec<(&Crash, u64)> =
            crashes.iter().flat_map(|crash| (0..seeds).map(move |seed| (crash, seed))).collect();
        let outcomes: Vec<Outcome> = runs
            .par_iter()
            .map(|(crash, seed)| {
                let outcome = replay(crash, shipped, &Settings { seed: settings.seed + seed, ..*settings });
                done();
                outcome
            })
            .collect();
        Row { settings: *settings, outcome: outcomes.into_iter().fold(Outcome::default(), Outcome::plus) }
    };
    settings.iter().map(sum).collect()
}

impl Outcome {
    fn plus(self, other: Self) -> Self {
        Self {
            liquidated: self.liquidated + other.liquidated,
            at_wild: self.at_wild + other.at_wild,
            defaults: self.defaults + other.defaults,
            given_away: self.given_away + other.given_away,
            treasury_paid: self.treasury_paid + other.treasury_paid,
            survivors_paid: self.survivors_paid + other.survivors_paid,
            taken: self.taken + other.taken,
            taken_at_once: self.taken_at_once + other.taken_at_once,
            refused: self.refused + other.refused,
        }
    }
}

/// Writes rows; `key` names what differs between them.
pub fn markdown(title: &str, key: impl Fn(&Settings) -> String, rows: &[Row]) -> String {
    let mut text = format!(
        "| {title} | liquidated | at a wild print | defaults | survivors lose | treasury loses \
         | members give away | taken at once |\n\
         | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
    );
    for Row { settings, outcome } in rows {
        let share = if outcome.taken > 0.0 { outcome.taken_at_once / outcome.taken * 100.0 } else { 0.0 };
        text += &format!(
            "| {} | {} | {} | {} | {} | {} | {} | {share:.0}% |\n",
            key(settings),
            outcome.liquidated,
            outcome.at_wild,
            outcome.defaults,
            dollars(outcome.survivors_paid),
            dollars(outcome.treasury_paid),
            dollars(outcome.given_away),
        );
    }
    text
}

fn dollars(amount: f64) -> String {
    let whole = thousands(amount.abs().round() as u64);
    if amount <= -0.5 {
        format!("-{whole}")
    } else {
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_whole_dollars_with_their_sign() {
        assert_eq!(
            (dollars(1234.6), dollars(-7_000.2), dollars(-0.4)),
            ("1,235".into(), "-7,000".into(), "0".into())
        );
    }
}
