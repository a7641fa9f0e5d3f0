//! One history: a world, its random numbers, and what has happened in it.

use {
    crate::{
        action::{Action, ALL},
        check::{Before, Ghost},
    },
    bulkhead_tests::{
        bulkhead::state::{AdjustmentTerms, FundParams, FundStatus},
        params::{self, ADJUSTED, DAY, UNADJUSTED},
        rng::Rng,
        usdc,
        world::Setup,
        BulkheadError, Call, Event, MarketSpec, Meta, MintKind, World,
    },
    std::{collections::BTreeMap, fmt},
};

/// Actions of one history: long enough for several defaults and an ended epoch.
pub const HISTORY_STEPS: u64 = 400;

/// The members.
pub const NAMES: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "frank"];

/// A world in motion.
pub struct History {
    pub world: World,
    pub rng: Rng,
    /// How many of a hundred prices are gaps.
    pub gaps: u64,
    /// What accounts no longer tell.
    ghost: Ghost,
    /// The last actions, for who reads a failure.
    trail: Vec<String>,
}

impl History {
    /// A fund with random parameters, and six members of random wealth.
    pub fn new(mut rng: Rng) -> Self {
        let params = FundParams {
            exit_delay_slots: *rng.pick(&[0, 0, 100]),
            default_confirm_slots: *rng.pick(&[0, 0, 20]),
            clearing_fee_bps: *rng.pick(&[0, 2, 100]),
            reward_share_bps: *rng.pick(&[0, 3_333, 5_000, 10_000]),
            cover_limit_bps: *rng.pick(&[2_500, 5_000]),
            min_contribution: *rng.pick(&[0, 1, usdc(10)]),
            assessment_cap_bps: *rng.pick(&[0, 5_000, 20_000]),
            assessment_secs: *rng.pick(&[60 * 60, 3 * DAY as u32]),
            cooling_off_secs: *rng.pick(&[DAY as u32, 30 * DAY as u32]),
            call_secs: *rng.pick(&[60 * 60, DAY as u32]),
            wind_down_secs: *rng.pick(&[60 * 60, DAY as u32]),
            bounty_bps: *rng.pick(&[0, 50, 100]),
            bounty_cap: *rng.pick(&[1_000, usdc(50)]),
            outflow_cap_bps: *rng.pick(&[0, 0, 100, 2_500]),
            ..params::FUND
        };
        let mint = *rng.pick(&[MintKind::Spl, MintKind::Spl, MintKind::Spl, MintKind::Token2022]);
        let wild = AdjustmentTerms {
            multiplier_min_bps: 6_000,
            multiplier_max_bps: 50_000,
            volatility_half_life_secs: 3_600,
            maintenance_ramp_bps_per_hour: 500,
            premium_bps_per_year: 2_000,
            breaker_bps: 3_000,
            concentration_lots: 1 << 8,
            concentration_bps: 1_000,
            ..ADJUSTED
        };
        let terms = [UNADJUSTED, ADJUSTED, wild];
        let mut adjusted = |market: MarketSpec| market.adjusted(*rng.pick(&terms));
        let markets = vec![adjusted(MarketSpec::sol()), adjusted(MarketSpec::btc())];
        let mut world = World::with(Setup { mint, params, markets });
        world.give("treasurer", usdc(1_000_000_000));
        for name in NAMES {
            let (margin, contribution) = (rng.between(1, usdc(500)), rng.between(1, usdc(500)));
            world.join(name, margin, contribution);
        }
        let gaps = *rng.pick(&[5, 15, 30]);
        Self { world, rng, gaps, ghost: Ghost::default(), trail: Vec::new() }
    }

    /// Whether a wind-down has nothing left to do but to let everybody go.
    pub fn is_over(&self) -> bool {
        let fund = self.world.fund();
        fund.status == FundStatus::WindDown && fund.closed_out == fund.members && fund.claims == 0
    }

    /// Draws an action and tries it.
    pub fn step(&mut self, tally: &mut Tally) {
        let action = self.choose();
        if !self.rng.chance(5) {
            self.freshen();
        }
        let (note, call) = self.draw(action);
        self.trail.push(format!("{action:?} {note}"));
        if let Some(call) = call {
            self.attempt(action, call, tally);
        }
    }

    /// Marks as a diligent keeper would have them.
    fn freshen(&mut self) {
        let (slot, age) = (self.world.slot(), u64::from(params::FUND.max_mark_age_slots));
        let stale = |market| slot - self.world.market(market).mark.slot > age;
        if stale(0) || stale(1) {
            self.refresh();
        }
    }

    /// Prices as they were last, without doubt, for every market whose mark is not final.
    pub fn refresh(&mut self) {
        for market in 0..2 {
            if self.world.market(market).final_ts == 0 {
                self.world.set_price(market, self.world.here.markets[usize::from(market)].price);
            }
        }
    }

    /// Tries a call: success with every property, or a refusal by name.
    pub fn attempt(&mut self, action: Action, call: Call, tally: &mut Tally) -> Option<Meta> {
        let before = Before::take(&self.world);
        let trail = std::mem::take(&mut self.trail);
        let shown = ShowOnPanic(&trail);
        let outcome = match self.world.attempt(call) {
            Ok(meta) => {
                before.check(&self.world, &meta, &mut self.ghost);
                tally.accepted(action, &meta);
                Some(meta)
            }
            Err(error) => {
                let named = error.named().unwrap_or_else(|| panic!("an unnamed error: {error:?}"));
                use BulkheadError::*;
                let broken = matches!(named, Overflow | Underflow | DivByZero | InvariantViolated);
                assert!(!broken, "an arithmetic failure: {error:?}");
                tally.refused(action, named);
                None
            }
        };
        std::mem::forget(shown);
        self.trail = trail;
        outcome
    }

    /// A call of the final exit that must succeed.
    pub fn must(&mut self, action: Action, call: Call, tally: &mut Tally) -> Meta {
        self.trail.push(format!("leave: {action:?}"));
        let accepted = self.attempt(action, call, tally);
        accepted.unwrap_or_else(|| panic!("P10: {action:?} refused: {:?}\n{}", tally.last, self.trail.join("\n")))
    }
}

/// Prints what led to a panic.
struct ShowOnPanic<'a>(&'a [String]);

impl Drop for ShowOnPanic<'_> {
    fn drop(&mut self) {
        let from = self.0.len().saturating_sub(60);
        println!("the last actions:\n{}", self.0[from..].join("\n"));
    }
}

/// The layers of the waterfall, and how often each was reached.
const LAYERS: [&str; 7] = [
    "1 margin",
    "2 own contribution",
    "3 treasury",
    "4 survivors' contributions",
    "5 assessments",
    "6 gains haircut",
    "7 wind-down",
];

/// What must have happened beside every action.
const EVENTS: [&str; 14] = [
    "GraceStarted",
    "GraceEnded",
    "EpochWiped",
    "EpochSettled",
    "ExitCommitted",
    "WithdrawalPaid",
    "AssessmentPaid",
    "ContributionCalled",
    "CallEnforced",
    "GainsCut",
    "RecoveryPaid",
    "WindDownStarted",
    "ClosedOut",
    "ClaimPaid",
];

/// What happened, over all histories.
#[derive(Default)]
pub struct Tally {
    accepted: BTreeMap<Action, u64>,
    refused: BTreeMap<(Action, String), u64>,
    events: BTreeMap<&'static str, u64>,
    layers: [u64; LAYERS.len()],
    bounties: u64,
    pub last: Option<BulkheadError>,
}

impl Tally {
    fn accepted(&mut self, action: Action, meta: &Meta) {
        *self.accepted.entry(action).or_default() += 1;
        for event in &meta.events {
            *self.events.entry(event.name()).or_default() += 1;
            let paid = match event {
                Event::DefaultDeclared(e) => [e.from_margin, 0, 0, 0, 0, 0, 0],
                Event::LossAllocated(e) => [0, e.from_contribution, e.from_treasury, e.from_survivors, 0, 0, 0],
                Event::ResidualAllocated(e) => [0, 0, e.from_treasury, e.from_survivors, 0, 0, 0],
                Event::AssessmentPaid(e) => [0, 0, 0, 0, e.amount, 0, 0],
                Event::GainsCut(e) => [0, 0, 0, 0, 0, e.amount, 0],
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

    fn refused(&mut self, action: Action, error: BulkheadError) {
        self.last = Some(error);
        *self.refused.entry((action, format!("{error:?}"))).or_default() += 1;
    }

    /// A run in which nothing happens proves nothing.
    pub fn assert_everything_happened(&self) {
        for action in ALL {
            assert!(self.accepted.contains_key(action) || action.sends_nothing(), "{action:?} has never succeeded");
        }
        for event in EVENTS {
            assert!(self.events.contains_key(event), "{event} has never happened");
        }
        for (layer, count) in LAYERS.iter().zip(self.layers) {
            assert!(count > 0, "layer {layer} was never reached");
        }
        assert!(self.bounties > 0, "no keeper was ever paid");
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut kinds = ALL.to_vec();
        kinds.dedup();
        for action in &kinds {
            let accepted = self.accepted.get(action).copied().unwrap_or_default();
            write!(f, "{action:?}: {accepted}")?;
            for ((_, error), count) in self.refused.iter().filter(|((refused, _), _)| refused == action) {
                write!(f, ", {error} {count}")?;
            }
            writeln!(f)?;
        }
        writeln!(f, "events: {:?}", self.events)?;
        for (layer, count) in LAYERS.iter().zip(self.layers) {
            writeln!(f, "layer {layer}: {count}")?;
        }
        write!(f, "bounties: {}", self.bounties)
    }
}
