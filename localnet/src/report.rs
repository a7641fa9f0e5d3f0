//! The results of a run of the demo: one document, the same for the same seed.

use {
    crate::{
        adjustment::{Comparison, Sight},
        checks::Property,
        ledger::Ledger,
    },
    bulkhead_client::event::Event,
    serde::Serialize,
    std::collections::BTreeMap,
};

/// The whole report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether every property held and every member received exactly its own money.
    pub ok: bool,
    /// Whether every layer that the scenario aims at was reached.
    pub reached_all: bool,
    /// Amounts paid by each layer.
    pub layers: Vec<LayerReport>,
    /// Whether a loss reached the survivors' contributions: of a default, or of a sale of the house.
    pub reached_layer_4: bool,
    pub scenario: ScenarioReport,
    pub population: PopulationReport,
    /// Events in order of time.
    pub timeline: Vec<Happening>,
    /// The markets at every price: regime, rates in force, breaker.
    pub adjustment: Vec<Sight>,
    /// The same crash with adjustment off.
    pub comparison: Option<Comparison>,
    /// Number of liquidations.
    pub liquidations: u64,
    /// Number of times that a breaker has tripped.
    pub trips: u64,
    /// Premiums collected, in base units.
    pub premiums: u64,
    /// One waterfall for each default.
    pub defaults: Vec<DefaultReport>,
    /// Losses of the house, and losses that earlier waterfalls could not cover.
    pub residuals: Vec<ResidualReport>,
    /// House rounds that have ended: the results of all houses as one sum.
    pub house_rounds: Vec<HouseRoundReport>,
    /// Watches that were opened: exits were blocked while a loss was visible and could not be declared
    /// yet.
    pub watches: usize,
    /// Layer 5: the payments of each survivor against its part of the call.
    pub assessed: Vec<AssessedReport>,
    /// Layer 6: the cut of each winner.
    pub cuts: Vec<CutReport>,
    /// Layer 7: the payment of each claim on the closed fund.
    pub claims: Vec<ClaimReport>,
    /// Repayments of defaulters.
    pub repaid: RepaidReport,
    /// The haircut of each survivor.
    pub haircuts: Vec<HaircutReport>,
    /// What the keeper's accounts made of what they did.
    pub keepers: Vec<KeeperReport>,
    /// Covers of other protocols' losses, in the scenario that has them.
    pub covers: Option<CoversReport>,
    /// The money that each member left with.
    pub exits: Vec<ExitReport>,
    /// The fund after every member has left.
    pub left: LeftReport,
    /// Properties of the protocol.
    pub properties: Vec<Property>,
    /// Cost in transactions and compute units.
    pub cost: Ledger,
}

/// A layer of the waterfall and its payments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LayerReport {
    pub layer: usize,
    /// Owner of the money.
    pub source: &'static str,
    /// Amount paid, in base units.
    pub paid: u64,
    pub reached: bool,
}

/// A survivor's assessment (layer 5). Money is in base units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AssessedReport {
    /// The member's number and its part in the demo.
    pub member: usize,
    /// See `member`.
    pub kind: &'static str,
    /// Its pro-rata part of the call.
    pub part: u64,
    /// Its payment, which is less than its part only if it had no more margin above its initial
    /// margin.
    pub paid: u64,
    /// Deviation from the exact part, in millionths of a base unit.
    pub deviation_micro: i64,
}

/// A winner's part of a gains cut (layer 6). Money is in base units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CutReport {
    /// The member's number and its part in the demo.
    pub member: usize,
    /// See `member`.
    pub kind: &'static str,
    /// The gain that it had registered.
    pub gain: u64,
    /// What of it was cut.
    pub cut: u64,
    /// What it ends at.
    pub left: u64,
    /// Deviation of the cut from the exact one, in millionths of a base unit.
    pub deviation_micro: i64,
}

/// Repayments of defaulters. Money is in base units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RepaidReport {
    pub amount: u64,
    /// Recoveries by member.
    pub recovered: Vec<RecoveredReport>,
}

/// A part of a recovery. Money is in base units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecoveredReport {
    /// The member's number and its part in the demo.
    pub member: usize,
    /// See `member`.
    pub kind: &'static str,
    /// The loss that it bore for others and had not recovered.
    pub lost: u64,
    /// The amount that it recovers.
    pub recovered: u64,
    /// Deviation from the exact part, in millionths of a base unit.
    pub deviation_micro: i64,
}

/// A claim on a closed fund (layer 7). Money is in base units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClaimReport {
    /// The member's number and its part in the demo.
    pub member: usize,
    /// See `member`.
    pub kind: &'static str,
    /// Its gain.
    pub claim: u64,
    /// The amount that it was paid.
    pub paid: u64,
    /// Deviation from the exact part of the pool, in millionths of a base unit.
    pub deviation_micro: i64,
}

/// The replayed scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScenarioReport {
    pub name: String,
    pub title: String,
    /// Number of prices replayed.
    pub ticks: usize,
    /// Least time between two prices, in seconds: the replay knows no price in between.
    pub least_gap_secs: i64,
    /// Start and end.
    pub from_utc: String,
    /// See `from_utc`.
    pub to_utc: String,
    /// Sources of the prices, by asset.
    pub sources: BTreeMap<String, Vec<String>>,
    /// Largest fall, by asset, in basis points.
    pub drawdown_bps: BTreeMap<String, u64>,
}

/// The drawn members and their money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PopulationReport {
    pub seed: u64,
    /// Members without the keeper's accounts.
    pub members: usize,
    /// Number of the keeper's accounts.
    pub keepers: usize,
    /// Number of trades before the crash.
    pub trades: usize,
    /// Money at the start, in base units.
    pub margin: u64,
    /// See `margin`.
    pub contributions: u64,
    /// See `margin`.
    pub treasury: u64,
    /// Notional of the long side, in base units.
    pub long_notional: u64,
}

/// An event in the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Happening {
    /// Time by the chain's clock.
    pub utc: String,
    pub kind: &'static str,
    pub what: String,
}

/// A default and the layers that paid for it. Money is in base units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DefaultReport {
    /// Number of the default.
    pub seq: u64,
    /// The member's number and its part in the demo.
    pub member: usize,
    /// See `member`.
    pub kind: &'static str,
    /// Time of the declaration.
    pub declared_utc: String,
    /// Positions that the house took over.
    pub positions: Vec<PositionReport>,
    /// Paid by layer 1.
    pub from_margin: u64,
    /// Loss beyond the margin.
    pub shortfall: u64,
    /// Paid by layer 2, from rewards and recoveries.
    pub from_set_off: u64,
    /// Paid by layer 2, from the contribution.
    pub from_contribution: u64,
    /// Kept back of the contribution for the sale of the positions.
    pub cushion: u64,
    /// Of the cushion, given back when they were sold.
    pub given_back: u64,
    /// Paid by layer 3.
    pub from_treasury: u64,
    /// Paid by layer 4, from contributions.
    pub from_survivors: u64,
    /// Paid by layer 4, from cushions.
    pub from_cushions: u64,
    /// Loss that no layer has paid.
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

/// A position that the house took over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PositionReport {
    pub market: String,
    pub lots: i64,
    pub price: u64,
}

/// A loss that belongs to no open default, and the layers that paid for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResidualReport {
    pub utc: String,
    /// Paid by layer 3.
    pub from_treasury: u64,
    /// Paid by layer 4, from contributions.
    pub from_survivors: u64,
    /// Paid by layer 4, from cushions.
    pub from_cushions: u64,
    /// Loss that no layer has paid.
    pub residual: u64,
    /// Layer 4 in parts per million.
    pub haircut_ppm: u64,
    /// See [`DefaultReport::worst_deviation_micro`].
    pub worst_deviation_micro: i64,
}

/// The results of all houses, realised as one sum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HouseRoundReport {
    pub utc: String,
    /// Loss that cushions have paid.
    pub from_cushions: u64,
    /// Loss beyond them.
    pub unfunded: u64,
    /// Gain that has cancelled unfunded loss.
    pub cancelled: u64,
    /// Gain that went to those who had borne losses.
    pub recovered: u64,
}

/// Covers in a crash, and who has paid for what they stand for. Money is in base units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CoversReport {
    /// What all pledged of the fund when they opened.
    pub pledged: u64,
    /// Premium in advance, first loss and premiums of policies that were paid in.
    pub paid_in: u64,
    /// Each cover.
    pub covers: Vec<CoverReport>,
    /// The lending pool.
    pub pool: PoolReport,
    /// The protocol whose users claim.
    pub loss: LossReport,
    /// The liquidity providers that insure impermanent loss.
    pub policies: PoliciesReport,
}

/// A cover, and who has borne the loss that was drawn on it: `asked` is the sum of
/// `from_first_loss`, `coinsurance`, `beyond_limits`, `from_treasury`, `from_contributions` and
/// `lapsed`. Money is in base units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CoverReport {
    /// Its number.
    pub cover: u16,
    pub kind: &'static str,
    pub limit: u64,
    /// Premium paid in advance.
    pub prepaid: u64,
    /// Premium that the fund has earned of it.
    pub premium: u64,
    /// The loss that its drawer has reported.
    pub asked: u64,
    /// Paid by the first loss, which is the cover's own money.
    pub from_first_loss: u64,
    /// The part that is never covered.
    pub coinsurance: u64,
    /// What the cover's limits have cut off.
    pub beyond_limits: u64,
    /// Paid by the treasury above its floor.
    pub from_treasury: u64,
    /// Paid by contributions, pro rata.
    pub from_contributions: u64,
    /// What was owed and not there.
    pub lapsed: u64,
    /// Sent to its destination.
    pub collected: u64,
    /// Given back by its destination.
    pub returned: u64,
    /// Premium and first loss that it has not used, sent to its beneficiary.
    pub refunded: u64,
}

impl CoverReport {
    /// Adds an event about it.
    pub fn book(&mut self, event: &Event) {
        match event {
            Event::CoverAccrued(event) => self.premium += event.premium,
            Event::CoverDrawn(event) => {
                self.asked += event.amount;
                self.from_first_loss += event.first_loss;
            }
            Event::CoverSettled(event) => {
                self.from_treasury += event.from_treasury;
                self.from_contributions += event.from_contributions;
                self.lapsed += event.lapsed;
            }
            Event::CoverCollected(event) => {
                self.collected += event.amount;
                self.refunded += event.refunded;
            }
            Event::CoverReturned(event) => self.returned += event.amount,
            _ => {}
        }
    }

    /// What its destination was sent.
    pub fn received(&self) -> u64 {
        self.from_first_loss + self.from_treasury + self.from_contributions
    }

    /// Splits what was neither paid nor owed into the coinsurance, which is rounded up in favour of the fund,
    /// and what the limits have cut off.
    pub fn share_the_rest(&mut self, coinsurance_bps: u16) {
        let beyond = self.asked - self.from_first_loss;
        let rest = self.asked - self.received() - self.lapsed;
        let part = (u128::from(beyond) * u128::from(coinsurance_bps)).div_ceil(10_000);
        self.coinsurance = rest.min(u64::try_from(part).unwrap_or(u64::MAX));
        self.beyond_limits = rest - self.coinsurance;
    }
}

/// A lending pool in the crash. Money is in base units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PoolReport {
    /// What suppliers have brought.
    pub supplied: u64,
    /// What was lent before the crash.
    pub debt: u64,
    /// Bad debt that the pool has reported.
    pub reported: u64,
    /// What the fall of the market explained of it at most.
    pub bound: u64,
    /// What the suppliers' shares are worth after the cover has paid.
    pub worth: u64,
}

/// The loss of a protocol. Money is in base units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LossReport {
    /// When it happened.
    pub incident_utc: String,
    /// Bond of the alert, which went back.
    pub bond: u64,
    /// What its users have lost.
    pub total: u64,
    /// What all claims share.
    pub reserved: u64,
    /// Each user's claim.
    pub claims: Vec<CoverClaimReport>,
    /// What nobody has claimed, and went back to the fund.
    pub returned: u64,
}

/// A user's claim. Money is in base units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CoverClaimReport {
    /// Number of the user.
    pub claimant: usize,
    /// What it has lost.
    pub amount: u64,
    /// What it was paid.
    pub paid: u64,
    /// How: it claims, somebody else sends its claim, or it never claims.
    pub how: &'static str,
}

/// Policies on impermanent loss. Money is in base units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PoliciesReport {
    /// Each policy.
    pub policies: Vec<PolicyReport>,
    /// What their days are paid by the formula.
    pub total: u64,
    /// What their days have got.
    pub reserved: u64,
    /// What nobody has claimed, and went back to the fund.
    pub returned: u64,
}

/// A provider's policy. Money is in base units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PolicyReport {
    /// Number of the provider.
    pub provider: usize,
    /// The value of its position at the purchase.
    pub position: u64,
    /// What the policy insures.
    pub insured: u64,
    pub term_days: u8,
    pub premium: u64,
    /// The most that it pays.
    pub most: u64,
    /// Mean price of the day of entry, as a mantissa.
    pub entry_price: u64,
    /// Mean price of the day of exit, as a mantissa.
    pub exit_price: u64,
    /// What the whole position has lost against holding.
    pub lost: u64,
    /// What the formula pays.
    pub payout: u64,
    /// What it was paid.
    pub paid: u64,
    /// What it does, and leaves to others.
    pub how: &'static str,
}

/// The loss on a survivor's contribution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HaircutReport {
    /// The member's number and its part in the demo.
    pub member: usize,
    /// See `member`.
    pub kind: &'static str,
    pub contributed: u64,
    /// Value of the contribution after all losses.
    pub left: u64,
    /// The loss, in parts per million.
    pub haircut_ppm: u64,
    /// Deviation from all haircuts applied exactly, in millionths of a base unit.
    pub deviation_micro: i64,
}

/// The money that a member left with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExitReport {
    /// The member's number and its part in the demo.
    pub member: usize,
    /// See `member`.
    pub kind: &'static str,
    /// The money that it brought.
    pub staked: u64,
    /// Its property, computed before it asked to leave: margin, contribution, rewards.
    pub margin: u64,
    /// See `margin`.
    pub contribution: u64,
    /// See `margin`.
    pub rewards: u64,
    /// Losses that it bore and recovered.
    pub recovery: u64,
    /// Gains that it could not be paid while a loss is unfunded: they stay its claim.
    pub unpaid: u64,
    /// The amount that arrived in its wallet.
    pub received: u64,
}

impl ExitReport {
    /// Whether it received exactly its own money.
    pub fn is_exact(&self) -> bool {
        self.received == self.margin + self.contribution + self.rewards + self.recovery
    }
}

/// What one of the keeper's accounts made. Money is in base units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeeperReport {
    /// The member's number and its part in the demo.
    pub member: usize,
    /// See `member`.
    pub kind: &'static str,
    /// The money that it brought.
    pub brought: u64,
    /// The money that it left with.
    pub left: u64,
    /// Liquidations, purchases from the house and purchases of an excess.
    pub takings: u64,
    /// The value at the marks of the lots that it took so.
    pub taken_value: u64,
    /// Liquidation bonuses and discounts; of the account for bounties, these.
    pub earned: u64,
}

impl KeeperReport {
    /// Its profit, or its loss.
    pub fn result(&self) -> i64 {
        self.left as i64 - self.brought as i64
    }
}

/// The fund after every member has left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LeftReport {
    pub vault: u64,
    pub treasury: u64,
    /// Gains of the house, owed to members that bore losses.
    pub recoveries: u64,
    /// Losses that no member could pay.
    pub unfunded: u64,
    /// Number of accounts that are not closed.
    pub members: u32,
    /// Fractions of base units in the other buckets, from rounding.
    pub dust: u64,
}

/// The fraction of a contribution that is left when each haircut is applied exactly, in Q64.64.
pub fn exact_fraction(haircuts: impl IntoIterator<Item = crate::checks::Haircut>) -> u128 {
    haircuts.into_iter().fold(1 << 64, |fraction, haircut| {
        let (all, left) = (u128::from(haircut.contributions), haircut.contributions - haircut.paid);
        // Both factors are below 2^64, because `left` is at most `all`.
        fraction / all.max(1) * u128::from(left) + fraction % all.max(1) * u128::from(left) / all.max(1)
    })
}

/// The difference of `left` and `contributed` times the exact fraction, in millionths of a base
/// unit.
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
        // 81% of 10 is 8.1, so a member left with 8 is a tenth of a unit short.
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
