//! What happened in histories, counted.

use {
    crate::{
        action::{ALERTED, ALL, COVERED, INSURED},
        claims::OUTCOMES,
    },
    bulkhead_tests::{Event, Meta},
    std::{
        collections::{BTreeMap, BTreeSet},
        fmt,
    },
};

/// The layers of the waterfall, and how often each was reached.
const LAYERS: [&str; 7] = [
    "1 margin",
    "2 own contribution",
    "3 treasury",
    "4 survivors' contributions",
    "5 assessments",
    "6 gains cut",
    "7 wind-down",
];

/// What must have happened beside every action.
const EVENTS: [&str; 43] = [
    "Silenced",
    "GraceStarted",
    "GraceEnded",
    "WatchOpened",
    "WatchEnded",
    "HouseBooked",
    "HouseFlat",
    "HousesRealised",
    "CushionReleased",
    "CrowdingBooked",
    "StressCalled",
    "ExcessSold",
    "EpochWiped",
    "EpochSettled",
    "ExitCommitted",
    "WithdrawalPaid",
    "AssessmentPaid",
    "ContributionCalled",
    "CallEnforced",
    "GainsCutOpened",
    "GainsRegistered",
    "GainsCut",
    "GainPaid",
    "MarketEnds",
    "MarkFixed",
    "CoverOpened",
    "CoverAmended",
    "CoverSuspended",
    "CoverFunded",
    "CoverAccrued",
    "CoverHeld",
    "CoverDrawn",
    "CoverSettled",
    "CoverCollected",
    "CoverReturned",
    "CoverEnded",
    "GapShown",
    "OfferFilled",
    "RecoveryPaid",
    "TermsChanged",
    "WindDownStarted",
    "ClosedOut",
    "ClaimPaid",
];

/// How prices must have been refused.
const ORACLE: [&str; 4] = ["OracleTooOld", "OracleNotVerified", "OracleFromFuture", "OracleWentBack"];

/// What happened, over all histories.
#[derive(Default)]
pub struct Tally {
    accepted: BTreeMap<&'static str, u64>,
    refused: BTreeMap<(&'static str, String), u64>,
    events: BTreeMap<&'static str, u64>,
    layers: [u64; LAYERS.len()],
    bounties: u64,
    /// What actions on claims have come to.
    outcomes: BTreeMap<&'static str, u64>,
    /// Actions while two defaults or more were open.
    overlaps: u64,
    pub last: Option<String>,
}

impl Tally {
    pub fn accepted(&mut self, action: &'static str, meta: &Meta) {
        *self.accepted.entry(action).or_default() += 1;
        for event in &meta.events {
            *self.events.entry(event.name()).or_default() += 1;
            let paid = match event {
                Event::DefaultDeclared(e) => [e.from_margin, e.from_contribution, 0, 0, 0, 0, 0],
                Event::LossAllocated(e) => [0, 0, e.from_treasury, e.from_survivors, 0, 0, 0],
                Event::ResidualAllocated(e) => [0, 0, e.from_treasury, e.from_survivors, 0, 0, 0],
                Event::AssessmentPaid(e) => [0, 0, 0, 0, e.amount, 0, 0],
                Event::GainsCut(e) => [0, 0, 0, 0, 0, e.cut, 0],
                Event::WindDownStarted(e) => [0, 0, 0, 0, 0, 0, e.residual],
                _ => continue,
            };
            for (count, paid) in self.layers.iter_mut().zip(paid) {
                *count += u64::from(paid > 0);
            }
            let bounty = match event {
                Event::DefaultDeclared(event) => event.bounty,
                Event::LossAllocated(event) => event.bounty,
                _ => 0,
            };
            self.bounties += u64::from(bounty > 0);
        }
    }

    pub fn refused(&mut self, action: &'static str, error: &str) {
        self.last = Some(error.into());
        *self.refused.entry((action, error.into())).or_default() += 1;
    }

    /// Actions tried.
    pub fn actions(&self) -> u64 {
        self.accepted.values().chain(self.refused.values()).sum()
    }

    pub fn overlapping(&mut self, open_defaults: usize) {
        self.overlaps += u64::from(open_defaults > 1);
    }

    pub fn came_to(&mut self, outcomes: &[&'static str]) {
        outcomes.iter().for_each(|outcome| *self.outcomes.entry(outcome).or_default() += 1);
    }

    /// Adds what another one has counted.
    pub fn add(&mut self, other: &Self) {
        for (action, count) in &other.accepted {
            *self.accepted.entry(action).or_default() += count;
        }
        for (refused, count) in &other.refused {
            *self.refused.entry(refused.clone()).or_default() += count;
        }
        for (event, count) in &other.events {
            *self.events.entry(event).or_default() += count;
        }
        for (outcome, count) in &other.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
        for (count, more) in self.layers.iter_mut().zip(other.layers) {
            *count += more;
        }
        self.bounties += other.bounties;
        self.overlaps += other.overlaps;
    }

    /// A run in which nothing happens proves nothing.
    pub fn assert_everything_happened(&self) {
        for action in ALL.iter().chain(COVERED).chain(INSURED).chain(ALERTED) {
            assert!(
                self.accepted.contains_key(action.name().as_str()) || action.sends_nothing(),
                "{action:?} has never succeeded"
            );
        }
        for event in EVENTS {
            assert!(self.events.contains_key(event), "{event} has never happened");
        }
        for outcome in OUTCOMES {
            assert!(self.outcomes.contains_key(outcome), "it has never happened that {outcome}");
        }
        for (layer, count) in LAYERS.iter().zip(self.layers) {
            assert!(count > 0, "layer {layer} was never reached");
        }
        assert!(self.bounties > 0, "no keeper was ever paid");
        assert!(self.overlaps > 0, "no two defaults were ever open together");
        for error in ORACLE {
            assert!(
                self.refused.contains_key(&("Crank", error.into())),
                "no price was ever refused by {error}"
            );
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: BTreeSet<_> =
            self.accepted.keys().chain(self.refused.keys().map(|(action, _)| action)).collect();
        for action in kinds {
            let accepted = self.accepted.get(action).copied().unwrap_or_default();
            write!(f, "{action}: {accepted}")?;
            for ((_, error), count) in self.refused.iter().filter(|((refused, _), _)| refused == action) {
                write!(f, ", {error} {count}")?;
            }
            writeln!(f)?;
        }
        writeln!(f, "events: {:?}", self.events)?;
        writeln!(f, "claims: {:?}", self.outcomes)?;
        for (layer, count) in LAYERS.iter().zip(self.layers) {
            writeln!(f, "layer {layer}: {count}")?;
        }
        write!(f, "bounties: {}, actions while several defaults were open: {}", self.bounties, self.overlaps)
    }
}
