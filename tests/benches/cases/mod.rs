//! The cases: each sets a world up and measures one call.

mod covers;
mod crowd;
mod default;
mod governance;
mod members;
mod trading;
mod wide;
mod wind_down;

use {
    crate::{
        figures::{Case, Floors},
        profile::Profile,
        replay::Stage,
        throughput::{Draft, Names, Row},
    },
    bulkhead_tests::{Call, World},
};

pub use crowd::MEMBERS;

/// Instructions that `crates/sbf-floor` has.
const FLOORS: [&str; 13] = [
    "fund_treasury",
    "claim_treasury",
    "deposit_margin",
    "contribute",
    "claim_withdrawal",
    "claim_rewards",
    "novate",
    "take_over",
    "crank_market",
    "settle",
    "liquidate",
    "declare_default",
    "allocate_loss",
];

/// Cases in the order they are measured.
#[derive(Default)]
pub struct Sheet {
    /// By instruction and case.
    pub cases: Vec<Case>,
    /// By instruction, in funds of [`MEMBERS`].
    pub crowds: Vec<(&'static str, Vec<u64>)>,
    /// What the typical cases take of a block.
    pub blocks: Vec<Row>,
    names: Option<Names>,
    stages: Option<Stages>,
    profile: Option<Profile>,
}

/// Where a call is repeated, with the program and with the floor.
struct Stages {
    program: Stage,
    floor: Stage,
}

impl Sheet {
    /// Every case; `names` says how its accounts are called.
    pub fn measured(names: Names) -> Self {
        let stages = Stages { program: Stage::of("bulkhead"), floor: Stage::of("sbf_floor") };
        let mut sheet = Self { stages: Some(stages), names: Some(names), ..Self::default() };
        sheet.run();
        crowd::measure(&mut sheet);
        sheet
    }

    /// Every case, with its profile and without floor. Chains must be traced.
    pub fn profiled(profile: Profile) {
        Self { profile: Some(profile), ..Self::default() }.run();
    }

    fn run(&mut self) {
        governance::measure(self);
        members::measure(self);
        trading::measure(self);
        default::measure(self);
        wind_down::measure(self);
        wide::measure(self);
        covers::measure(self);
    }

    /// Runs a call and writes down what it cost, under the instruction's name, a comma, and what is special about the case.
    #[track_caller]
    fn measure(&mut self, name: &'static str, world: &mut World, call: Call) {
        self.note(name, world, call, false);
    }

    /// The typical case of its instruction, which is compared with target and floor.
    #[track_caller]
    fn typical(&mut self, name: &'static str, world: &mut World, call: Call) {
        self.note(name, world, call, true);
    }

    #[track_caller]
    fn note(&mut self, name: &'static str, world: &mut World, call: Call, typical: bool) {
        let (instruction, case) = name.split_once(", ").unwrap_or((name, ""));
        let stages = self.stages.as_ref().filter(|_| typical && FLOORS.contains(&instruction));
        let floors = stages.map(|stages| stages.floors_of(name, world, &call));
        let names = self.names.as_ref().filter(|_| typical);
        let draft = names.map(|names| Draft::of(instruction, world, &call, names));
        let cu = world.run(call).cu;
        self.blocks.extend(draft.map(|draft| draft.ran(instruction, cu)));
        if let Some(profile) = &mut self.profile {
            profile.take(name, cu);
        }
        self.cases.push(Case { instruction, case, cu, typical, floors });
    }
}

impl Stages {
    #[track_caller]
    fn floors_of(&self, name: &str, world: &World, call: &Call) -> Floors {
        let program = self.program.run(world, call).unwrap_or_else(|error| panic!("{name}: {error}"));
        let floor = self.floor.run(world, call).unwrap_or_else(|error| panic!("floor of {name}: {error}"));
        floor.bounds(&program).unwrap_or_else(|why| panic!("floor of {name}: {why}"));
        let computing = self.floor.run_with_arithmetic(world, call);
        let computing = computing.unwrap_or_else(|error| panic!("floor with arithmetic of {name}: {error}"));
        computing.agrees(&program).unwrap_or_else(|why| panic!("floor with arithmetic of {name}: {why}"));
        Floors { without: floor.cu, with: computing.cu }
    }
}
