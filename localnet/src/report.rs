//! What a run of the demo found: one document, the same for the same seed.

use {
    crate::{
        adjustment::{Comparison, Sight},
        checks::Property,
        ledger::Ledger,
    },
    serde::Serialize,
    std::collections::BTreeMap,
};

/// Everything there is to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether every property held and every member was paid exactly what is theirs.
    pub ok: bool,
    /// Whether every layer that the scenario is made for was reached.
    pub reached_all: bool,
    /// What each layer paid.
    pub layers: Vec<LayerReport>,
    /// Whether a default reached the survivors' contributions.
    pub reached_layer_4: bool,
    /// What was replayed.
    pub scenario: ScenarioReport,
    /// Who took part.
    pub population: PopulationReport,
    /// What happened, in order of time.
    pub timeline: Vec<Happening>,
    /// The markets at every price: regime, rates in force, breaker.
    pub adjustment: Vec<Sight>,
    /// The same crash with adjustment off.
    pub comparison: Option<Comparison>,
    /// Liquidations.
    pub liquidations: u64,
    /// Times a breaker has tripped.
    pub trips: u64,
    /// Premiums collected, in base units.
    pub premiums: u64,
    /// One waterfall per default.
    pub defaults: Vec<DefaultReport>,
    /// Losses of the house and what earlier waterfalls could not cover.
    pub residuals: Vec<ResidualReport>,
    /// Layer 5: what each survivor paid of what was called.
    pub assessed: Vec<AssessedReport>,
    /// Layer 6: what was cut from each winner.
    pub cuts: Vec<CutReport>,
    /// Layer 7: what each claim on the closed fund was paid.
    pub claims: Vec<ClaimReport>,
    /// What a defaulter has paid back, and who has got it.
    pub repaid: RepaidReport,
    /// What each survivor lost.
    pub haircuts: Vec<HaircutReport>,
    /// What each member left with.
    pub exits: Vec<ExitReport>,
    /// The fund after everybody has left.
    pub left: LeftReport,
    /// Properties of the protocol.
    pub properties: Vec<Property>,
    /// What it cost.
    pub cost: Ledger,
}

/// A layer of the waterfall and what it paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LayerReport {
    /// Its number.
    pub layer: usize,
    /// Whose money it is.
    pub source: &'static str,
    /// What it paid, in base units.
    pub paid: u64,
    /// Whether it was reached.
    pub reached: bool,
}

/// A survivor's assessment (layer 5). Money is in base units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AssessedReport {
    /// Its number, and what it was there for.
    pub member: usize,
    /// See `member`.
    pub kind: &'static str,
    /// Its pro-rata part of the call.
    pub part: u64,
    /// What it paid: less than its part only without more margin above initial margin.
    pub paid: u64,
    /// Deviation from the exact part, in millionths of a base unit.
    pub deviation_micro: i64,
}

/// A winner's part of a gains haircut (layer 6). Money is in base units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CutReport {
    /// Its number, and what it was there for.
    pub member: usize,
    /// See `member`.
    pub kind: &'static str,
    /// Asset.
    pub market: String,
    /// Its pro-rata part of the cut.
    pub part: u64,
    /// What of it was taken from its gain.
    pub taken: u64,
    /// What of it had no gain left to be taken from.
    pub lapsed: u64,
    /// Deviation of the part from the exact one, in millionths of a base unit.
    pub deviation_micro: i64,
}

/// What a defaulter has paid back. Money is in base units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RepaidReport {
    /// How much.
    pub amount: u64,
    /// Who has got it.
    pub recovered: Vec<RecoveredReport>,
}

/// A part of a recovery. Money is in base units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecoveredReport {
    /// Whose it is.
    pub member: usize,
    /// See `member`.
    pub kind: &'static str,
    /// What it had lost for others and not recovered.
    pub lost: u64,
    /// What it gets back.
    pub recovered: u64,
    /// Deviation from the exact part, in millionths of a base unit.
    pub deviation_micro: i64,
}

/// A claim on a closed fund (layer 7). Money is in base units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClaimReport {
    /// Whose it is.
    pub member: usize,
    /// See `member`.
    pub kind: &'static str,
    /// Its gain.
    pub claim: u64,
    /// What it was paid.
    pub paid: u64,
    /// Deviation from the exact part of the pool, in millionths of a base unit.
    pub deviation_micro: i64,
}

/// What was replayed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScenarioReport {
    /// Name.
    pub name: String,
    /// One line.
    pub title: String,
    /// Prices replayed.
    pub ticks: usize,
    /// Least time between two of them, in seconds: what happens in between nobody sees or acts on.
    pub least_gap_secs: i64,
    /// Start and end.
    pub from_utc: String,
    /// See `from_utc`.
    pub to_utc: String,
    /// Where the prices are from, by asset.
    pub sources: BTreeMap<String, Vec<String>>,
    /// Largest fall, by asset, in hundredths of a percent.
    pub drawdown_bps: BTreeMap<String, u64>,
}

/// Who took part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PopulationReport {
    /// What everything was drawn from.
    pub seed: u64,
    /// Members without the keeper's.
    pub members: usize,
    /// The keeper's.
    pub keepers: usize,
    /// Trades before the crash.
    pub trades: usize,
    /// Money at the start, in base units.
    pub margin: u64,
    /// See `margin`.
    pub contributions: u64,
    /// See `margin`.
    pub treasury: u64,
    /// Notional of the long side.
    pub long_notional: u64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Happening {
    /// When, by the chain's clock.
    pub utc: String,
    /// What kind of thing.
    pub kind: &'static str,
    /// In words.
    pub what: String,
}

/// A default and who paid for it. Money is in base units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DefaultReport {
    /// Number.
    pub seq: u64,
    /// The member's number, and what it was there for.
    pub member: usize,
    /// See `member`.
    pub kind: &'static str,
    /// When it was declared.
    pub declared_utc: String,
    /// What it held.
    pub positions: Vec<PositionReport>,
    /// Layer 1.
    pub from_margin: u64,
    /// The loss beyond it.
    pub shortfall: u64,
    /// Layer 2.
    pub from_contribution: u64,
    /// Layer 3.
    pub from_treasury: u64,
    /// Layer 4.
    pub from_survivors: u64,
    /// Nobody.
    pub residual: u64,
    /// Bounties of the keeper.
    pub bounties: u64,
    /// Survivors' contributions before layer 4.
    pub contributions_before: u64,
    /// Layer 4 in parts per million of them.
    pub haircut_ppm: u64,
    /// Largest deviation of a survivor from the exact haircut, in millionths of a base unit.
    pub worst_deviation_micro: i64,
}

/// A position the house took over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PositionReport {
    /// Asset.
    pub market: String,
    /// Signed lots.
    pub lots: i64,
    /// Mark, as a mantissa.
    pub price: u64,
}

/// A loss no open default owns, and who paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResidualReport {
    /// When.
    pub utc: String,
    /// Layer 3.
    pub from_treasury: u64,
    /// Layer 4.
    pub from_survivors: u64,
    /// Still nobody.
    pub residual: u64,
    /// Layer 4 in parts per million.
    pub haircut_ppm: u64,
    /// See [`DefaultReport::worst_deviation_micro`].
    pub worst_deviation_micro: i64,
}

/// What a survivor's contribution came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HaircutReport {
    /// Its number, and what it was there for.
    pub member: usize,
    /// See `member`.
    pub kind: &'static str,
    /// What it contributed.
    pub contributed: u64,
    /// What that is worth after all losses.
    pub left: u64,
    /// What it lost, in parts per million.
    pub haircut_ppm: u64,
    /// Deviation from all haircuts applied exactly, in millionths of a base unit.
    pub deviation_micro: i64,
}

/// What a member left with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExitReport {
    /// Its number, and what it was there for.
    pub member: usize,
    /// See `member`.
    pub kind: &'static str,
    /// What it had brought.
    pub staked: u64,
    /// What was its own, computed before it asked: margin, contribution, rewards.
    pub margin: u64,
    /// See `margin`.
    pub contribution: u64,
    /// See `margin`.
    pub rewards: u64,
    /// What has come back of the losses it bore.
    pub recovery: u64,
    /// Gains it could not be paid, for a loss is unfunded: still its claim.
    pub unpaid: u64,
    /// What arrived in its wallet.
    pub received: u64,
}

impl ExitReport {
    /// Whether it received exactly what is its own.
    pub fn is_exact(&self) -> bool {
        self.received == self.margin + self.contribution + self.rewards + self.recovery
    }
}

/// The fund after everybody has left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LeftReport {
    /// What the vault holds.
    pub vault: u64,
    /// Whose it is.
    pub treasury: u64,
    /// Gains of the house, owed to who bore losses.
    pub recoveries: u64,
    /// Losses nobody could pay.
    pub unfunded: u64,
    /// Accounts that are not closed.
    pub members: u32,
    /// Rounding: fractions of units in the other buckets.
    pub dust: u64,
}

/// What haircuts did to a contribution when each is applied exactly: a fraction in Q64.64.
pub fn exact_fraction(haircuts: impl IntoIterator<Item = crate::checks::Haircut>) -> u128 {
    haircuts.into_iter().fold(1 << 64, |fraction, haircut| {
        let (all, left) = (u128::from(haircut.contributions), haircut.contributions - haircut.paid);
        // Below 2^64 times below 2^64, as `left` is at most `all`.
        fraction / all.max(1) * u128::from(left) + fraction % all.max(1) * u128::from(left) / all.max(1)
    })
}

/// How far `left` is from `contributed` times the exact fraction, in millionths of a base unit.
pub fn deviation_micro(contributed: u64, left: u64, fraction: u128) -> i64 {
    let product = |x: u64| -> (u128, u128) {
        let (high, low) = (fraction >> 64, fraction & u128::from(u64::MAX));
        let low = u128::from(x) * low;
        (u128::from(x) * high + (low >> 64), low & u128::from(u64::MAX))
    };
    let (whole, part) = product(contributed);
    let micro = (part * 1_000_000) >> 64;
    ((i128::from(left) - whole as i128) * 1_000_000 - micro as i128) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::Haircut;

    #[test]
    fn exact_haircuts_multiply() {
        let tenth = Haircut { contributions: 1_000, paid: 100 };
        let half = Haircut { contributions: 7, paid: 0 };
        assert_eq!(tenth.ppm(), 100_000);
        assert_eq!(exact_fraction([half]), 1 << 64);
        let fraction = exact_fraction([tenth, tenth]);
        assert!(deviation_micro(100, 81, fraction) <= 1, "the fraction is rounded down");
        assert!((-1_000_000..=-999_999).contains(&deviation_micro(100, 80, fraction)));
        // 81% of 10 is 8.1: a member left with 8 is a tenth of a unit short.
        assert!((-100_001..=-99_999).contains(&deviation_micro(10, 8, fraction)));
        assert_eq!(exact_fraction([Haircut { contributions: 5, paid: 5 }]), 0);
    }

    #[test]
    fn a_deviation_is_measured_against_the_exact_fraction() {
        let haircut = Haircut { contributions: 3, paid: 1 };
        assert_eq!(haircut.deviation_micro(3, 2), 0);
        assert_eq!(haircut.deviation_micro(3, 1), -1_000_000);
        assert_eq!(haircut.deviation_micro(1, 1), 333_333);
        assert_eq!(Haircut { contributions: 0, paid: 0 }.deviation_micro(0, 0), 0);
    }

    #[test]
    fn an_exit_is_exact_to_the_unit() {
        let exit = ExitReport {
            member: 0,
            kind: "trader",
            staked: 9,
            margin: 3,
            contribution: 2,
            rewards: 1,
            recovery: 2,
            unpaid: 0,
            received: 8,
        };
        assert!(exit.is_exact());
        assert!(!ExitReport { received: 7, ..exit }.is_exact());
    }
}
