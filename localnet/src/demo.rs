//! The demo: a fund, its members and a keeper live through a crash.

use {
    crate::{
        adjustment::{self, Comparison, Outcome},
        checks::Property,
        covers::{self, Covers},
        exit,
        ledger::Ledger,
        migration::Parameters,
        population::{self, Kind, Population, KEEPERS},
        progress::Progress,
        publisher::Publisher,
        pyth,
        recorder::{Recorder, Takings},
        replay::replay,
        report::{
            CoversReport, DefaultReport, ExitReport, HaircutReport, KeeperReport, LayerReport, LeftReport,
            PopulationReport, Report, ResidualReport, ScenarioReport,
        },
        scenario::{self, Scenario},
        series,
        validator::{Time, Validator},
        world::{payer, World},
    },
    anyhow::{bail, ensure, Context, Result},
    bulkhead_format::utc,
    bulkhead_math::{requirements::notional, units::Scale},
    std::{collections::BTreeMap, path::PathBuf},
};

/// Time between the set-up of the fund and the start of the scenario.
const SET_UP_MS: i64 = 3_600_000;
/// The slot in which every run starts.
const FIRST_SLOT: u64 = 1_000_000;

/// Smallest linked scenario: a linked group of several members, and enough others that every layer
/// has money.
const LEAST_LINKED: usize = 8;

/// The options of the demo.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Members besides the keeper's own (at least 2; 1,000 take a few minutes)
    #[arg(long, default_value_t = 30)]
    pub members: usize,
    /// Seed of wallets, sizes and trades: the same seed gives the same report
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Crash to replay: 2020-03-12 [default], 2021-05-19, 2022-11-ftx, 2025-10-10, cover (the last one
    /// with covers), the constructed total-loss and wind-down, or a .toml file of that format. With
    /// --prices, the window in the folder
    #[arg(long)]
    pub scenario: Option<String>,
    /// Replay full CSV series from this folder instead (timestamp_utc,open,high,low,close; assets
    /// by file name)
    #[arg(long, value_name = "FOLDER")]
    pub prices: Option<PathBuf>,
    /// Take one price in this many minutes
    #[arg(long, value_name = "MINUTES")]
    pub sample: Option<u32>,
    /// Read the parameters of fund and markets from this folder instead of the repo's migrations
    #[arg(long, value_name = "FOLDER")]
    pub migrations: Option<PathBuf>,
    /// Do not replay the crash a second time with adjustment off
    #[arg(long)]
    pub no_comparison: bool,
}

impl Options {
    /// The options of a demo with the default crash and no comparison.
    pub fn of(members: usize, seed: u64) -> Self {
        Self {
            members,
            seed,
            scenario: None,
            prices: None,
            sample: None,
            migrations: None,
            no_comparison: true,
        }
    }

    /// Loads the parameters and the scenario, with the same assets in the same order.
    pub fn load(&self) -> Result<(Parameters, Scenario)> {
        let mut parameters = match &self.migrations {
            Some(folder) => Parameters::from_folder(folder)?,
            None => Parameters::bundled()?,
        };
        let mut scenario = match &self.prices {
            Some(folder) => series::load(folder, self.scenario.as_deref(), &parameters.symbols())?,
            None => scenario::load(self.scenario.as_deref().unwrap_or(scenario::DEFAULT))?,
        };
        if let Some(minutes) = self.sample {
            ensure!(minutes > 0, "--sample 0: take one price in at least 1 minute");
            scenario.sample(minutes);
        }
        let known = parameters.symbols().join(", ");
        for asset in &scenario.assets {
            let listed = parameters.symbols().contains(&asset.symbol.as_str());
            ensure!(
                listed,
                "the scenario has prices of {}, the migrations have markets for {known} only",
                asset.symbol
            );
        }
        parameters.keep_markets(|symbol| scenario.assets.iter().any(|asset| asset.symbol == symbol));
        let order = parameters.symbols();
        scenario.assets.sort_by_key(|asset| order.iter().position(|symbol| *symbol == asset.symbol));
        Ok((parameters, scenario))
    }
}

/// A fund that is set up: its members hold what they want to hold.
pub struct SetUp<'v> {
    pub world: World<'v>,
    pub population: Population,
    /// Open covers, in a scenario that has them.
    pub covers: Option<Covers>,
}

/// Sets fund and members up at the scenario's first prices. With covers it takes two weeks of chain time, and
/// ends an hour before the scenario's start, unless that is over.
pub fn set_up<'v>(
    validator: &'v Validator,
    oracles: &'v Publisher<'v>,
    mut parameters: Parameters,
    scenario: &Scenario,
    options: &Options,
    progress: &Progress,
) -> Result<SetUp<'v>> {
    validator.deploy()?;
    if scenario.covers {
        covers::prepare(&mut parameters);
    }
    let decimals: Vec<u8> = parameters.markets.iter().map(|market| market.params.price_decimals).collect();
    let ticks = scenario.ticks();
    let first = ticks.first().context("the scenario has no prices")?;
    let quotes = pyth::quotes(&first.usd, first, &decimals);
    let mut population =
        population::draw(&parameters, &quotes, options.members, options.seed, scenario.linked)?;
    let pledged = scenario.covers.then(|| covers::endow(&mut population));
    oracles.publish(&quotes)?;
    let mut world = World::found(validator, oracles, parameters, options.seed)?;
    progress.line(&format!("fund and markets created: {}", world.parameters.symbols().join(", ")));
    world.join(&population, options.seed, progress)?;
    let covers =
        pledged.map(|pledged| Covers::register(&world, scenario, pledged, options.seed)).transpose()?;
    if covers.is_some() {
        progress.line("three covers are open: everybody could have left before");
        world.insures = true;
        oracles.wait_until((scenario.start_ts * 1_000 - SET_UP_MS).max(validator.time().unix_ms))?;
    }
    world.trade(&population, progress)?;
    Ok(SetUp { world, population, covers })
}

/// Runs the demo, and the same crash once more with adjustment off.
pub fn run(options: &Options, progress: &Progress) -> Result<Report> {
    check_members(options.members)?;
    let (parameters, scenario) = options.load()?;
    let mut report = play(options, parameters.clone(), &scenario, progress)?;
    if !options.no_comparison {
        progress.line("the same crash with adjustment off: the base rates hold, no breaker trips");
        let off = play(options, adjustment::unadjusted(parameters), &scenario, &Progress::new(true))?;
        report.ok &= off.ok;
        report.comparison = Some(Comparison { on: Outcome::of(&report), off: Outcome::of(&off) });
    }
    Ok(report)
}

/// Replays a crash once.
fn play(
    options: &Options,
    parameters: Parameters,
    scenario: &Scenario,
    progress: &Progress,
) -> Result<Report> {
    ensure!(
        !scenario.linked || options.members >= LEAST_LINKED,
        "--members {}: a linked group and its counterparties are at least {LEAST_LINKED} members",
        options.members
    );
    let validator = Validator::boot(&payer(options.seed))?;
    let before_ms = if scenario.covers { covers::SET_UP_MS } else { SET_UP_MS };
    validator.set_time(Time { slot: FIRST_SLOT, unix_ms: scenario.start_ts * 1_000 - before_ms })?;
    progress.line(&format!(
        "{} ({} to {})",
        scenario.title,
        scenario.utc(0),
        scenario.utc(last_ms(scenario))
    ));
    if let Some(note) = &scenario.note {
        progress.line(&format!("  {note}"));
    }
    let oracles = Publisher::new(&validator, &parameters.markets);
    let SetUp { mut world, population, mut covers } =
        set_up(&validator, &oracles, parameters, scenario, options, progress)?;
    world.registers = !scenario.unregistered;
    let world = world;
    let mut recorder = Recorder::new(&world, progress);
    if let Some(covers) = &mut covers {
        covers.begin(&world, &mut recorder)?;
    }
    let start = recorder.check()?;

    replay(&world, scenario, covers.as_mut(), &mut recorder, progress)?;
    let mut settled = exit::close_positions(&world, &mut recorder, progress)?;
    if let Some(covers) = &mut covers {
        settled = covers.pay(&world, &mut recorder)?;
    }
    let defaulters = recorder.defaults.values().map(|default| default.member).collect();
    let haircuts = exit::haircuts(&world, &settled, &recorder.haircuts, &defaulters, &recorder.contributed)?;
    recorder.note_unpaid_assessments(&settled);
    let covers = covers.map(|covers| covers.finish(&world, &mut recorder)).transpose()?;
    if scenario.linked {
        exit::repay(&world, &mut recorder)?;
    }
    let (exits, left) = exit::leave(&world, &mut recorder, progress)?;

    let population = describe_population(options, &population, &start)?;
    Ok(report(
        scenario,
        population,
        recorder,
        Outcomes { haircuts, covers, exits, left, cost: world.chain.ledger() },
    ))
}

/// The results of a run that are not in its recorder.
struct Outcomes {
    haircuts: Vec<HaircutReport>,
    covers: Option<CoversReport>,
    exits: Vec<ExitReport>,
    left: LeftReport,
    cost: Ledger,
}

fn describe_population(
    options: &Options,
    population: &Population,
    start: &bulkhead_book::Book,
) -> Result<PopulationReport> {
    Ok(PopulationReport {
        seed: options.seed,
        members: options.members,
        keepers: KEEPERS,
        trades: population.trades.len(),
        margin: population.seats.iter().map(|seat| seat.margin).sum(),
        contributions: start.fund.contributions,
        treasury: population.treasury,
        long_notional: long_notional(start)?,
    })
}

fn report(
    scenario: &Scenario,
    population: PopulationReport,
    recorder: Recorder,
    outcomes: Outcomes,
) -> Report {
    let layers = layers(&recorder);
    // A loss beyond what its defaulter can pay puts P4, P5 and P11 to the test. Without one there is
    // nothing to check.
    let quiet = !layers[TREASURY..].iter().any(|layer| layer.reached);
    let reached_all = layers.iter().take(scenario.reaches).all(|layer| layer.reached);
    let exercised = |property: &Property| quiet || property.checks > 0;
    Report {
        ok: reached_all && recorder.properties.iter().all(|property| property.holds && exercised(property)),
        reached_all,
        reached_layer_4: layers[SURVIVORS].reached,
        layers,
        scenario: describe(scenario),
        population,
        timeline: recorder.timeline,
        adjustment: recorder.sights,
        comparison: None,
        liquidations: recorder.liquidated,
        trips: recorder.trips,
        premiums: recorder.premiums,
        defaults: recorder.defaults.into_values().collect(),
        residuals: recorder.residuals,
        house_rounds: recorder.house_rounds,
        watches: recorder.watches,
        assessed: recorder.assessed.into_values().collect(),
        cuts: recorder.cuts,
        claims: recorder.claims,
        repaid: recorder.repaid,
        haircuts: outcomes.haircuts,
        covers: outcomes.covers,
        keepers: keepers(&outcomes.exits, &recorder.takings),
        exits: outcomes.exits,
        left: outcomes.left,
        properties: recorder.properties,
        cost: outcomes.cost,
    }
}

/// What the keeper's accounts have made, from what they brought and left with.
fn keepers(exits: &[ExitReport], takings: &BTreeMap<usize, Takings>) -> Vec<KeeperReport> {
    let kinds = [Kind::Keeper.name(), Kind::Bounty.name()];
    let own = exits.iter().filter(|exit| kinds.contains(&exit.kind));
    let report = |exit: &ExitReport| {
        let Takings { count, lots_value, earned } = takings.get(&exit.member).copied().unwrap_or_default();
        KeeperReport {
            member: exit.member,
            kind: exit.kind,
            brought: exit.staked,
            left: exit.received,
            takings: count,
            taken_value: lots_value,
            earned,
        }
    };
    own.map(report).collect()
}

/// The layers of the treasury and of the survivors' contributions, in [`layers`].
const TREASURY: usize = 2;
const SURVIVORS: usize = 3;

/// The amount that each layer has paid.
fn layers(recorder: &Recorder) -> Vec<LayerReport> {
    let defaults = |paid: fn(&DefaultReport) -> u64| recorder.defaults.values().map(paid).sum::<u64>();
    let residuals = |paid: fn(&ResidualReport) -> u64| recorder.residuals.iter().map(paid).sum::<u64>();
    let of_treasury =
        defaults(|default| default.from_treasury) + residuals(|residual| residual.from_treasury);
    let of_survivors = defaults(|default| default.from_survivors + default.from_cushions)
        + residuals(|residual| residual.from_survivors + residual.from_cushions);
    let from_cushions = recorder.house_rounds.iter().map(|round| round.from_cushions).sum::<u64>();
    let layers = [
        ("defaulters' margins", defaults(|default| default.from_margin)),
        (
            "defaulters' contributions",
            defaults(|default| default.from_set_off + default.from_contribution) + from_cushions,
        ),
        ("treasury", of_treasury),
        ("survivors' contributions", of_survivors),
        ("assessments", recorder.assessed.values().map(|assessed| assessed.paid).sum()),
        ("gains cut", recorder.cuts.iter().map(|cut| cut.cut).sum()),
        ("wind-down: unpaid claims", recorder.claims.iter().map(|claim| claim.claim - claim.paid).sum()),
    ];
    let numbered = layers.into_iter().enumerate();
    numbered
        .map(|(index, (source, paid))| LayerReport { layer: index + 1, source, paid, reached: paid > 0 })
        .collect()
}

fn check_members(members: usize) -> Result<()> {
    if members < 2 {
        bail!("--members {members}: a trade has two sides, so there must be at least 2 members");
    }
    ensure!(members <= population::MAX_MEMBERS, "--members {members}: at most {}", population::MAX_MEMBERS);
    Ok(())
}

fn last_ms(scenario: &Scenario) -> i64 {
    scenario
        .assets
        .iter()
        .filter_map(|asset| asset.path.last())
        .map(|point| point.at_ms)
        .max()
        .unwrap_or_default()
}

fn describe(scenario: &Scenario) -> ScenarioReport {
    let start_ms = scenario.start_ts * 1_000;
    let assets = &scenario.assets;
    let ticks = scenario.ticks();
    let gaps = ticks.windows(2).map(|pair| (pair[1].at_ms - pair[0].at_ms) / 1_000);
    ScenarioReport {
        name: scenario.name.clone(),
        title: scenario.title.clone(),
        ticks: ticks.len(),
        least_gap_secs: gaps.min().unwrap_or_default(),
        from_utc: utc(start_ms),
        to_utc: utc(start_ms + last_ms(scenario)),
        sources: assets.iter().map(|asset| (asset.symbol.clone(), asset.source.clone())).collect(),
        drawdown_bps: assets
            .iter()
            .map(|asset| (asset.symbol.clone(), (asset.drawdown() * 1e4) as u64))
            .collect(),
    }
}

fn long_notional(book: &bulkhead_book::Book) -> Result<u64> {
    let values = book.markets.iter().map(|market| {
        let scale = Scale::from_stored(market.scale)?;
        notional(i64::try_from(market.open_interest).unwrap_or(i64::MAX), market.mark.price, scale)
    });
    values.sum::<Result<u64, _>>().map_err(|error| anyhow::anyhow!("open interest has no value: {error:?}"))
}
