//! The whole study of one fund.

use crate::{
    attribution::{self, attribute, Attribution, Tail},
    behaviour::{sale_hours, Behaviour, HOUR},
    day::{Outcome, Simulator, CONTRIBUTIONS, LAYERS, TREASURY},
    fit::Fitted,
    fund::{Fund, Market},
    history::{Filtered, History, Named, Replay},
    measures::{Average, Losses, Probability},
    paths::{JumpDiffusion, Paths},
    proposal::{self, Proposal},
    shapley,
    shocks::{self, Cover, Frontier},
    synthetic::{self, Shape},
};
use anyhow::Result;
use bulkhead_calibrate::progress::Progress;
use serde::Serialize;

/// Steps of the stress horizon: four hours.
pub const STRESS_STEPS: usize = 4 * HOUR;
/// Levels of expected shortfall that are reported.
pub const LEVELS: [f64; 2] = [0.975, 0.999];
/// Thresholds of the loss curve, from a thousandth of treasury and contributions to ten times: a fifth of
/// a decade each.
const THRESHOLDS: i32 = 20;
/// Worst days in the tables.
const WORST: usize = 8;
/// Largest members in the table of the attribution.
const LARGEST: usize = 8;

/// Choices of a study.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Settings {
    /// Seed of all random numbers.
    pub seed: u64,
    /// Paths of each simulation.
    pub paths: usize,
    /// Paths of each case of the sensitivity.
    pub sensitivity_paths: usize,
    /// Level of the attribution.
    pub level: f64,
    /// Part of treasury and contributions that is pledged to covers, and drawn in the second run.
    pub pledged: f64,
    /// Yearly return that contributors ask for, for the premium.
    pub cost_of_capital: f64,
    /// Behaviour.
    pub behaviour: Behaviour,
    /// The shape of a synthetic fund; none of a real one.
    pub shape: Option<Shape>,
    /// Half-life of volatility in hours.
    pub half_life: f64,
}

/// A fund in figures.
#[derive(Clone, Debug, Serialize)]
pub struct Facts {
    /// Where it comes from.
    pub source: String,
    /// Number of members.
    pub members: usize,
    /// Treasury.
    pub treasury: f64,
    /// Contributions.
    pub contributions: f64,
    /// Margins.
    pub margins: f64,
    /// `D` over treasury and contributions.
    pub crowding: f64,
    /// Contributions that the markets' rates ask for.
    pub required_contributions: f64,
    /// Markets, with the open interest of each.
    pub markets: Vec<(Market, f64)>,
    /// Hours in which takers absorb one side of each market.
    pub sale_hours: Vec<f64>,
}

/// A measure of one kind of loss over all paths, as parts of treasury and contributions.
#[derive(Clone, Debug, Serialize)]
pub struct Measure {
    /// What is measured.
    pub name: &'static str,
    /// The mean.
    pub mean: Average,
    /// Expected shortfall at [`LEVELS`].
    pub shortfall: [Average; 2],
    /// The largest.
    pub largest: f64,
}

/// A point of the loss curve.
#[derive(Clone, Debug, Serialize)]
pub struct Exceedance {
    /// Loss as a part of treasury and contributions.
    pub loss: f64,
    /// Probability of more.
    pub probability: Probability,
}

/// One simulation.
#[derive(Clone, Debug, Serialize)]
pub struct Simulation {
    /// Its name.
    pub name: String,
    /// Number of paths.
    pub paths: usize,
    /// Whether paths are independent, so that intervals mean something.
    pub is_random: bool,
    /// A default happens.
    pub defaults: Probability,
    /// Each layer from the second on pays.
    pub layers: Vec<(&'static str, Probability)>,
    /// Measures of losses.
    pub measures: Vec<Measure>,
    /// The same measures with everything that is pledged to covers drawn in the morning.
    pub drawn: Vec<Measure>,
    /// Each layer pays, with the pledged money drawn.
    pub drawn_layers: Vec<(&'static str, Probability)>,
    /// Loss of treasury and everybody after it.
    pub curve: Vec<Exceedance>,
    /// Members liquidated a day.
    pub liquidated: f64,
    /// Members in default a day.
    pub defaulted: f64,
}

/// A real day.
#[derive(Clone, Debug, Serialize)]
pub struct RealDay {
    /// Where it starts.
    pub start: Named,
    /// The largest stress loss beyond margin, of treasury and contributions.
    pub largest: f64,
    /// The two largest.
    pub two_largest: f64,
    /// What treasury and everybody after it bore.
    pub mutual: f64,
    /// Members in default.
    pub defaults: u32,
}

/// The replay of real prices.
#[derive(Clone, Debug, Serialize)]
pub struct RealDays {
    /// All start hours as a simulation.
    pub all: Simulation,
    /// The worst start hour of each calendar day of the history.
    #[serde(skip)]
    pub days: Vec<RealDay>,
    /// The worst days.
    pub worst: Vec<RealDay>,
    /// The worst start of each crash window.
    pub windows: Vec<RealDay>,
}

/// Outcome of one case of the sensitivity, in parts of treasury and contributions of the base.
#[derive(Clone, Debug, Serialize)]
pub struct Case {
    /// The parameter.
    pub parameter: String,
    /// Its value here.
    pub value: String,
    /// The treasury pays.
    pub treasury: Probability,
    /// Contributions pay.
    pub contributions: Probability,
    /// Somebody after the contributions pays.
    pub residual: Probability,
    /// Expected shortfall at 99.9% of the loss of treasury and everybody after it.
    pub shortfall: Average,
    /// What the two largest losses in the worst stress use of the resources.
    pub cover_two: f64,
}

/// Attribution with its proposals.
#[derive(Clone, Debug, Serialize)]
pub struct Shares {
    /// What the scenarios are.
    pub scenarios: String,
    /// Level of the tail.
    pub level: f64,
    /// Number of scenarios in it, and of all.
    pub tail: (usize, usize),
    /// The attribution.
    pub attribution: Attribution,
    /// The members that are charged most: name, charge, charge by rates of today at the same sum.
    pub largest: Vec<(String, f64, f64)>,
    /// Shapley values of Cover-2 of the same members, as a comparison.
    pub shapley: Vec<(String, f64)>,
    /// What today's rates would have to be.
    pub proposals: Vec<Proposal>,
}

/// Everything.
#[derive(Clone, Debug, Serialize)]
pub struct Study {
    /// The choices.
    pub settings: Settings,
    /// The fund.
    pub facts: Facts,
    /// The processes.
    pub fitted: Fitted,
    /// Monte Carlo simulations.
    pub simulations: Vec<Simulation>,
    /// Real prices, where there are some.
    pub real: Option<RealDays>,
    /// Cover-N under the protocol's stress moves.
    pub cover_stress: Vec<Cover>,
    /// Cover-N under the worst moves of history.
    pub cover_history: Vec<Cover>,
    /// Reverse stress frontier.
    pub frontier: Vec<Frontier>,
    /// Attribution.
    pub shares: Shares,
    /// Sensitivity; the first is the base.
    pub sensitivity: Vec<Case>,
    /// The fund against the margin period of risk and against crowding.
    pub mechanism: Vec<Case>,
}

/// What a study is made from.
pub struct Input<'a> {
    /// Where the fund comes from.
    pub source: String,
    /// The fund.
    pub fund: Fund,
    /// The processes.
    pub fitted: Fitted,
    /// Real prices, where there are some.
    pub history: Option<&'a History>,
    /// The choices.
    pub settings: Settings,
}

/// Runs the study.
pub fn run(input: Input, progress: &Progress) -> Result<Study> {
    let Input { source, fund, fitted, history, settings } = input;
    let facts = facts(&fund, &settings.behaviour, source);
    let paths = JumpDiffusion::new(&fitted.processes(), &fitted.copula, settings.seed, settings.paths)?;
    let mut simulations = vec![simulate(&fund, &settings, &paths, "jump diffusion", progress)];
    let filtered = history
        .map(|history| Filtered::new(history, None, settings.half_life, settings.seed, settings.paths))
        .transpose()?;
    if let Some(filtered) = &filtered {
        simulations.push(simulate(&fund, &settings, filtered, "filtered history", progress));
    }
    let real = history.map(|history| real_days(&fund, &settings, history, progress));
    let cover_stress = shocks::cover(&fund, &shocks::stress_moves(&fund, 1.0));
    let cover_history = history.map_or_else(Vec::new, |history| cover_of_history(&fund, history));
    let frontier = shocks::frontier(&fund);
    let (chosen, name): (&dyn Paths, &str) = match &filtered {
        Some(filtered) => (filtered, "filtered history"),
        None => (&paths, "jump diffusion"),
    };
    let expected = simulations.iter().map(|simulation| simulation.measures[0].mean.mean).fold(0.0, f64::max);
    let shares = shares(&fund, &settings, chosen, name, expected * fund.mutual(), progress);
    let sensitivity = sensitivity(&fund, &fitted, &settings, progress)?;
    let mechanism = mechanism(&fund, &fitted, &settings, progress)?;
    Ok(Study {
        settings,
        facts,
        fitted,
        simulations,
        real,
        cover_stress,
        cover_history,
        frontier,
        shares,
        sensitivity,
        mechanism,
    })
}

/// The fund in figures.
pub fn facts(fund: &Fund, behaviour: &Behaviour, source: String) -> Facts {
    let required: f64 =
        (0..fund.members.len()).map(|member| fund.required(member, |market| market.contribution)).sum();
    let markets = || fund.markets.iter().enumerate();
    let hours = |(index, market): (usize, &Market)| {
        sale_hours(fund.open_interest(index), behaviour.participation, market.volume)
    };
    Facts {
        source,
        members: fund.members.len(),
        treasury: fund.treasury,
        contributions: fund.contributions(),
        margins: fund.members.margin.iter().sum(),
        crowding: fund.crowding() / fund.mutual(),
        required_contributions: required,
        markets: markets().map(|(index, market)| (market.clone(), fund.open_interest(index))).collect(),
        sale_hours: markets().map(hours).collect(),
    }
}

fn simulate(
    fund: &Fund,
    settings: &Settings,
    paths: &dyn Paths,
    name: &str,
    progress: &Progress,
) -> Simulation {
    let outcomes = Simulator::new(fund, &settings.behaviour).run(paths, name, progress);
    let mut found = summary(fund, &outcomes, name, true);
    if settings.pledged > 0.0 {
        let drawn = fund.drawn(settings.pledged * fund.mutual(), 0.0);
        let what = format!("{name}, covers drawn");
        let outcomes = Simulator::new(&drawn, &settings.behaviour).run(paths, &what, progress);
        let second = summary(fund, &outcomes, name, true);
        (found.drawn, found.drawn_layers) = (second.measures, second.layers);
    }
    found
}

/// Sums up the outcomes of all paths. Losses are parts of the fund's own resources.
pub fn summary(fund: &Fund, outcomes: &[Outcome], name: &str, is_random: bool) -> Simulation {
    let (n, mutual) = (outcomes.len(), fund.mutual());
    let count = |is: &dyn Fn(&Outcome) -> bool| {
        Probability::new(outcomes.iter().filter(|outcome| is(outcome)).count(), n)
    };
    let losses =
        |of: fn(&Outcome) -> f64| Losses::new(outcomes.iter().map(|outcome| of(outcome) / mutual).collect());
    let measure = |name: &'static str, of: fn(&Outcome) -> f64| {
        let losses = losses(of);
        let shortfall = LEVELS.map(|level| losses.expected_shortfall(level));
        Measure { name, mean: losses.average(), shortfall, largest: losses.max() }
    };
    let mutual_losses = losses(Outcome::mutual);
    let curve = (0..=THRESHOLDS).map(|index| {
        let loss = 10f64.powf(f64::from(index - THRESHOLDS) / 5.0 + 1.0);
        let beyond = n - mutual_losses.sorted().partition_point(|known| *known <= loss);
        Exceedance { loss, probability: Probability::new(beyond, n) }
    });
    let mean = |of: &dyn Fn(&Outcome) -> u32| {
        outcomes.iter().map(|outcome| f64::from(of(outcome))).sum::<f64>() / n.max(1) as f64
    };
    Simulation {
        name: name.into(),
        paths: n,
        is_random,
        defaults: count(&|outcome| outcome.defaults > 0),
        layers: LAYERS
            .iter()
            .enumerate()
            .map(|(layer, name)| (*name, count(&|outcome| outcome.paid[layer] > 1e-9 * mutual)))
            .collect(),
        measures: vec![
            measure("layers 3 to 7", Outcome::mutual),
            measure("layer 4, contributions", |outcome| outcome.paid[CONTRIBUTIONS]),
            measure("residual, layers 5 to 7", Outcome::residual),
        ],
        drawn: vec![],
        drawn_layers: vec![],
        curve: curve.collect(),
        liquidated: mean(&|outcome| outcome.liquidated),
        defaulted: mean(&|outcome| outcome.defaults),
    }
}

fn real_days(fund: &Fund, settings: &Settings, history: &History, progress: &Progress) -> RealDays {
    let replay = Replay::new(history);
    let outcomes = Simulator::new(fund, &settings.behaviour).run(&replay, "real days", progress);
    let mutual = fund.mutual();
    let day = |(index, outcome): (usize, &Outcome)| RealDay {
        start: replay.name(index),
        largest: outcome.largest / mutual,
        two_largest: (outcome.largest + outcome.second) / mutual,
        mutual: outcome.mutual() / mutual,
        defaults: outcome.defaults,
    };
    let mut days: Vec<RealDay> = Vec::new();
    let mut windows: Vec<RealDay> = Vec::new();
    for found in outcomes.iter().enumerate().map(day) {
        let is_of_history = found.start.source == "history";
        let list = if is_of_history { &mut days } else { &mut windows };
        let is_same = |last: &&mut RealDay| {
            last.start.source == found.start.source
                && (!is_of_history || last.start.ts.div_euclid(86_400) == found.start.ts.div_euclid(86_400))
        };
        match list.last_mut().filter(is_same) {
            Some(last) if worse(last, &found) => {}
            Some(last) => *last = found,
            None => list.push(found),
        }
    }
    let mut worst = days.clone();
    worst.sort_by(|a, b| b.mutual.total_cmp(&a.mutual).then(b.largest.total_cmp(&a.largest)));
    worst.truncate(WORST);
    RealDays { all: summary(fund, &outcomes, "real days", false), days, worst, windows }
}

/// Whether a day is at least as bad as another one.
fn worse(a: &RealDay, b: &RealDay) -> bool {
    (a.mutual, a.two_largest) >= (b.mutual, b.two_largest)
}

fn cover_of_history(fund: &Fund, history: &History) -> Vec<Cover> {
    let replay = Replay::new(history);
    let worst = shocks::worst_moves(fund, &replay, STRESS_STEPS);
    let scenarios: Vec<(String, Vec<f64>)> = worst
        .into_iter()
        .map(|(index, moves)| {
            let Named { ts, source } = replay.name(index);
            (format!("{source}, 4 h from {}", bulkhead_format::minute(ts)), moves)
        })
        .collect();
    if scenarios.is_empty() {
        return vec![];
    }
    shocks::cover(fund, &scenarios)
}

/// Attribution of expected shortfall over the stress horizon, and the rates that follow.
/// `expected` is the expected daily loss of treasury and contributions.
pub fn shares(
    fund: &Fund,
    settings: &Settings,
    paths: &dyn Paths,
    name: &str,
    expected: f64,
    progress: &Progress,
) -> Shares {
    progress.line("attributing expected shortfall");
    let moves = attribution::moves(paths, fund.markets.len(), STRESS_STEPS);
    let tail = Tail::new(fund, &moves, settings.level);
    let attribution = attribute(fund, &tail);
    let mut order: Vec<usize> = (0..fund.members.len()).collect();
    let charges = &attribution.members;
    order.sort_by(|a, b| charges[*b].total_cmp(&charges[*a]).then(a.cmp(b)));
    order.truncate(LARGEST);
    let today: f64 =
        (0..fund.members.len()).map(|member| fund.required(member, |market| market.contribution)).sum();
    let by_rate = |member: usize| {
        fund.required(member, |market| market.contribution) / today.max(f64::MIN_POSITIVE)
            * attribution.shortfall
    };
    let losses: Vec<f64> = (0..fund.members.len()).map(|member| fund.stress_loss(member)).collect();
    let values = shapley::cover(&losses, 2);
    Shares {
        scenarios: name.into(),
        level: settings.level,
        tail: (tail.moves.len(), tail.of),
        largest: order.iter().map(|m| (fund.members.name(*m), charges[*m], by_rate(*m))).collect(),
        shapley: order.iter().map(|m| (fund.members.name(*m), values[*m])).collect(),
        proposals: proposal::propose(fund, &attribution, expected, settings.cost_of_capital),
        attribution,
    }
}

/// One case: a fund and a behaviour, on the same paths as the others.
fn case(
    base: &Fund,
    (fund, behaviour): (&Fund, &Behaviour),
    paths: &dyn Paths,
    (parameter, value): (&str, String),
) -> Case {
    let outcomes = Simulator::new(fund, behaviour).run(paths, "", &Progress::new(true));
    let n = outcomes.len();
    let count = |is: &dyn Fn(&Outcome) -> bool| {
        Probability::new(outcomes.iter().filter(|outcome| is(outcome)).count(), n)
    };
    let losses = Losses::new(outcomes.iter().map(|outcome| outcome.mutual() / base.mutual()).collect());
    let cover = shocks::cover(fund, &shocks::stress_moves(fund, 1.0));
    Case {
        parameter: parameter.into(),
        value,
        treasury: count(&|outcome| outcome.paid[TREASURY] > 1e-9 * base.mutual()),
        contributions: count(&|outcome| outcome.paid[CONTRIBUTIONS] > 1e-9 * base.mutual()),
        residual: count(&|outcome| outcome.residual() > 1e-9 * base.mutual()),
        shortfall: losses.expected_shortfall(0.999),
        cover_two: cover[1].used,
    }
}

/// The same processes, with every move `factor` times as large.
fn scaled(fitted: &Fitted, factor: f64) -> Fitted {
    let mut next = fitted.clone();
    for asset in &mut next.assets {
        asset.merton.sigma *= factor;
        asset.merton.jump_mean *= factor;
        asset.merton.jump_deviation *= factor;
    }
    next
}

/// A behaviour that differs in one thing.
fn behaving(base: &Behaviour, change: impl Fn(&mut Behaviour)) -> Behaviour {
    let mut next = base.clone();
    change(&mut next);
    next
}

/// A fund that differs in one thing.
fn altered(base: &Fund, change: impl Fn(&mut Fund)) -> Fund {
    let mut next = base.clone();
    change(&mut next);
    next
}

fn sensitivity(fund: &Fund, fitted: &Fitted, settings: &Settings, progress: &Progress) -> Result<Vec<Case>> {
    let of = |fitted: &Fitted| {
        JumpDiffusion::new(&fitted.processes(), &fitted.copula, settings.seed + 1, settings.sensitivity_paths)
    };
    let paths = of(fitted)?;
    let behaviour = &settings.behaviour;
    let mut cases = vec![case(fund, (fund, behaviour), &paths, ("as assumed", String::new()))];
    type Change = fn(&mut Behaviour);
    let behaviours: [(&str, &str, Change); 10] = [
        ("liquidation delay", "30 min", |b| b.delay_steps = 6),
        ("liquidation delay", "2 h", |b| b.delay_steps = 24),
        ("keeper outage", "1 h", |b| b.outage_steps = 12),
        ("keeper outage", "4 h", |b| b.outage_steps = 48),
        ("takers, of the volume", "2%", |b| b.participation = 0.02),
        ("takers, of the volume", "0.5%", |b| b.participation = 0.005),
        ("oracle confidence", "5 times", |b| b.confidence_factor *= 5.0),
        ("Y of the square root law", "0.5", |b| b.impact = 0.5),
        ("Y of the square root law", "2", |b| b.impact = 2.0),
        ("Y of the square root law", "4", |b| b.impact = 4.0),
    ];
    for (done, (name, value, change)) in behaviours.iter().enumerate() {
        progress.count("sensitivity: behaviour", done + 1, behaviours.len());
        cases.push(case(fund, (fund, &behaving(behaviour, change)), &paths, (name, (*value).into())));
    }
    let leaving = behaving(behaviour, |b| b.exits = fund.terms.outflow_cap);
    cases.push(case(fund, (fund, &leaving), &paths, ("exits in the day", "the outflow cap".into())));
    type Alter = fn(&mut Fund);
    let less: Alter = |f| f.members.contribution.iter_mut().for_each(|own| *own *= 0.5);
    let more: Alter = |f| f.members.contribution.iter_mut().for_each(|own| *own *= 2.0);
    let funds: [(&str, &str, Alter); 6] = [
        ("contributions", "half", less),
        ("contributions", "twice", more),
        ("margins", "20% less", |f| f.members.margin.iter_mut().for_each(|own| *own *= 0.8)),
        ("margins", "20% more", |f| f.members.margin.iter_mut().for_each(|own| *own *= 1.2)),
        ("maintenance margin", "20% more", |f| {
            f.markets.iter_mut().for_each(|m| m.maintenance = (1.2 * m.maintenance).min(0.8 * m.initial));
        }),
        ("market volumes", "a quarter", |f| f.markets.iter_mut().for_each(|m| m.volume *= 0.25)),
    ];
    for (done, (name, value, change)) in funds.iter().enumerate() {
        progress.count("sensitivity: fund", done + 1, funds.len());
        cases.push(case(fund, (&altered(fund, change), behaviour), &paths, (name, (*value).into())));
    }
    for (name, factor) in [("50% more", 1.5), ("twice", 2.0), ("half", 0.5)] {
        let paths = of(&scaled(fitted, factor))?;
        cases.push(case(fund, (fund, behaviour), &paths, ("volatility", name.into())));
    }
    for (name, nu) in [("3", 3.0), ("30", 30.0)] {
        let mut other = fitted.clone();
        other.copula.nu = nu;
        cases.push(case(fund, (fund, behaviour), &of(&other)?, ("degrees of freedom", name.into())));
    }
    progress.line("sensitivity: prices");
    Ok(cases)
}

/// What Ghamami and Glasserman, and Menkveld, show with confidential positions: the mechanism alone.
/// The fund against the margin period of risk; and the exposure that rises with crowding while the
/// fund is made to cover its two largest members.
fn mechanism(fund: &Fund, fitted: &Fitted, settings: &Settings, progress: &Progress) -> Result<Vec<Case>> {
    let paths = JumpDiffusion::new(
        &fitted.processes(),
        &fitted.copula,
        settings.seed + 2,
        settings.sensitivity_paths,
    )?;
    let mut cases = Vec::new();
    for steps in [0, 3, 6, 12, 24, 48] {
        let late = behaving(&settings.behaviour, |b| b.delay_steps = steps);
        let value = bulkhead_format::duration((steps as i64 + 1) * 300);
        cases.push(case(fund, (fund, &late), &paths, ("margin period of risk", value)));
    }
    if let Some(shape) = &settings.shape {
        for herding in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let shape = Shape { herding, ..shape.clone() };
            let other = crowded(fund, &shape, settings.seed);
            let value = format!("{:.0}%", herding * 100.0);
            cases.push(case(&other, (&other, &settings.behaviour), &paths, ("members on one side", value)));
        }
    }
    progress.line("mechanisms: margin period of risk, crowding");
    Ok(cases)
}

/// A fund of another shape whose resources are exactly those that its two largest stress losses need.
pub fn crowded(base: &Fund, shape: &Shape, seed: u64) -> Fund {
    let mut fund = synthetic::fund(&base.markets, &base.terms, shape, seed);
    for _ in 0..40 {
        let cover = shocks::cover(&fund, &shocks::stress_moves(&fund, 1.0));
        let factor = cover[1].used;
        fund.treasury *= factor;
        fund.members.contribution.iter_mut().for_each(|own| *own *= factor);
        if (factor - 1.0).abs() < 1e-6 {
            break;
        }
    }
    fund
}
