use {
    anyhow::{ensure, Result},
    bulkhead_format::{print, thousands},
    bulkhead_replay::{
        adversary::{search, Knows, STATES},
        exhaustive::{self, Orders, Seen},
        jumps::{self, Jumps},
        path::Crash,
        shipped::Shipped,
        table::{markdown, rows, Row},
        Settings,
    },
    clap::Parser,
    std::{
        fmt::Write as _,
        io::{stderr, IsTerminal, Write as _},
        path::PathBuf,
        process::ExitCode,
        sync::atomic::{AtomicUsize, Ordering},
    },
};

/// Tries the rules on the reference model: crashes second by second, and a bounded adversary.
///
/// Prints tables in Markdown; docs/replays.md says what follows from them.
#[derive(Parser)]
#[command(name = "replay", bin_name = "cargo xtask replay", version)]
enum Cli {
    /// Replays crashes under other cells, ages and bonuses
    Crashes(Crashes),
    /// Searches for what two linked accounts that know the next print can take with six calls
    Adversary(Adversary),
    /// Plays all histories of two or three members with a few base units, up to so many actions
    Exhaustive(Exhaustive),
}

#[derive(clap::Args)]
struct Crashes {
    /// Folder of crashes: CSV files timestamp_utc,open,high,low,close[,volume] named like
    /// 2025-10-10_BTC_5m_spot.csv
    #[arg(long)]
    prices: PathBuf,
    /// Numbers of members
    #[arg(long, value_delimiter = ',', default_value = "30,200")]
    members: Vec<usize>,
    /// Seeds for each setting: other members, other wild prints
    #[arg(long, default_value_t = 3)]
    seeds: u64,
    /// Lengths of a cell in seconds; 1 is the print alone
    #[arg(long, value_delimiter = ',', default_value = "1,5,10,20,30,60")]
    cells: Vec<u32>,
    /// How often prints and keepers reach the chain, for half a minute each time, in seconds
    #[arg(long, value_delimiter = ',', default_value = "1,60,300")]
    reach: Vec<u32>,
    /// Liquidation bonuses in bps
    #[arg(long, value_delimiter = ',', default_value = "25,50,100,150,200")]
    bonuses: Vec<u32>,
    /// Ages at which a mark is in full doubt, in seconds
    #[arg(long, value_delimiter = ',', default_value = "20,45,90,240")]
    ages: Vec<u32>,
    /// No wild prints: what is left are the prices of the files
    #[arg(long)]
    no_wild: bool,
    /// Print one JSON document instead of tables
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct Adversary {
    /// Sequences of each length that are continued
    #[arg(long, default_value_t = 40)]
    kept: usize,
    /// Print one JSON document instead of a table
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct Exhaustive {
    /// Actions of the longest histories; six take some minutes
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=8))]
    depth: u8,
    /// Print one JSON document instead of a table
    #[arg(long)]
    json: bool,
}

#[derive(serde::Serialize)]
struct Document {
    crashes: Vec<String>,
    cells: Vec<Row>,
    bonuses: Vec<Row>,
    ages: Vec<(u32, String, Jumps)>,
}

fn main() -> ExitCode {
    let done = match Cli::parse() {
        Cli::Crashes(crashes) => replay_crashes(&crashes),
        Cli::Adversary(adversary) => search_all(&adversary),
        Cli::Exhaustive(exhaustive) => play_all(&exhaustive),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
            eprintln!("error: {}", causes.join(": "));
            ExitCode::FAILURE
        }
    }
}

/// What the pair knows in each search: how far the price moves, and how old the old print is.
const KNOWS: [Knows; 6] = [
    Knows { moves: 0.86, age_secs: 10 },
    Knows { moves: 0.8, age_secs: 20 },
    Knows { moves: 1.2, age_secs: 20 },
    Knows { moves: 0.65, age_secs: 40 },
    Knows { moves: 0.6, age_secs: 59 },
    Knows { moves: 1.4, age_secs: 59 },
];

fn search_all(cli: &Adversary) -> Result<()> {
    let shipped = Shipped::bundled()?;
    let mut found = vec![];
    for (state, _) in STATES {
        for knows in KNOWS {
            found.push(search(&shipped, state, knows, cli.kept));
            eprintln!("{} of {} searches", found.len(), STATES.len() * KNOWS.len());
        }
    }
    if cli.json {
        return Ok(print(&format!("{}\n", serde_json::to_string_pretty(&found)?))?);
    }
    let mut out = "| state | next price | old print | tried | gained | by |\n".to_owned();
    writeln!(out, "| --- | ---: | ---: | ---: | ---: | --- |")?;
    for found in found {
        let calls: Vec<&str> = found.calls.iter().map(|op| op.name()).collect();
        let (moves, age) = ((found.knows.moves - 1.0) * 100.0, found.knows.age_secs);
        writeln!(
            out,
            "| {} | {moves:+.0}% | {age} s | {} | {:.2} | {} |",
            found.state,
            thousands(found.tried),
            found.gained,
            calls.join(", "),
        )?;
    }
    Ok(print(&out)?)
}

#[derive(serde::Serialize)]
struct Played {
    histories: Vec<Seen>,
    orders: Vec<Orders>,
}

fn play_all(cli: &Exhaustive) -> Result<()> {
    let orders = exhaustive::orders()?;
    let histories = exhaustive::search(cli.depth, |seen| {
        eprintln!("{}: {} states", seen.start, thousands(seen.states));
    })?;
    let played = Played { histories, orders };
    let seen = &played.histories;
    if cli.json {
        print(&format!("{}\n", serde_json::to_string_pretty(&played)?))?;
    } else {
        let mut out =
            "| start | actions | tried | accepted | states | kinds of actions accepted |\n".to_owned();
        writeln!(out, "| --- | ---: | ---: | ---: | ---: | ---: |")?;
        for Seen { start, depth, tried, accepted, states, by_name, .. } in seen {
            let [tried, accepted, states] = [*tried, *accepted, *states].map(thousands);
            writeln!(out, "| {start} | {depth} | {tried} | {accepted} | {states} | {} |", by_name.len())?;
        }
        writeln!(
            out,
            "\n| prices | defaults | states | ends | largest difference | not paid by any layer |"
        )?;
        writeln!(out, "| --- | ---: | ---: | ---: | ---: | ---: |")?;
        for Orders { prices: [fall, next], defaults, states, ends, spread, unfunded } in &played.orders {
            writeln!(out, "| {fall}, {next} | {defaults} | {states} | {ends} | {spread} | {unfunded} |")?;
        }
        print(&out)?;
    }
    let broken = seen.iter().find_map(|seen| Some((seen.start, seen.broken.as_ref()?)));
    ensure!(broken.is_none(), "a property does not hold: {broken:?}");
    Ok(())
}

fn replay_crashes(cli: &Crashes) -> Result<()> {
    ensure!(
        !cli.members.is_empty() && cli.members.iter().all(|members| *members >= 2),
        "--members: at least 2"
    );
    ensure!(cli.cells.iter().all(|secs| *secs > 0), "--cells: a cell has at least one second");
    ensure!(cli.ages.iter().all(|secs| *secs > 0), "--ages: at least one second");
    let shipped = Shipped::bundled()?;
    let crashes = Crash::all(&cli.prices, &shipped.symbols(), 1)?;

    let usual = Settings {
        cell_secs: 10,
        age_full_secs: 45,
        bonus_bps: 100,
        reach_secs: 1,
        members: 0,
        wild: !cli.no_wild,
        seed: 1,
    };
    let crowds: Vec<Settings> = cli
        .members
        .iter()
        .flat_map(|members| cli.reach.iter().map(move |reach| (*members, *reach)))
        .map(|(members, reach_secs)| Settings { members, reach_secs, ..usual })
        .collect();
    let each = |of: &[u32], set: fn(Settings, u32) -> Settings| -> Vec<Settings> {
        crowds.iter().flat_map(|usual| of.iter().map(move |value| set(*usual, *value))).collect()
    };
    let cells = each(&cli.cells, |usual, cell_secs| Settings { cell_secs, ..usual });
    let bonuses = each(&cli.bonuses, |usual, bonus_bps| Settings { bonus_bps, ..usual });
    let all = (cells.len() + bonuses.len()) * crashes.len() * cli.seeds as usize;
    let (count, live) = (AtomicUsize::new(0), stderr().is_terminal());
    let done = || {
        let count = count.fetch_add(1, Ordering::Relaxed) + 1;
        let end = if live && count < all { "\r" } else { "\n" };
        let _ = write!(stderr(), "{count} of {all} replays{end}");
    };
    let document = Document {
        crashes: crashes.iter().map(|crash| crash.name.clone()).collect(),
        cells: rows(&crashes, &shipped, &cells, cli.seeds, done),
        bonuses: rows(&crashes, &shipped, &bonuses, cli.seeds, done),
        ages: ages(&crashes, &shipped, &cli.ages),
    };
    if cli.json {
        return Ok(print(&format!("{}\n", serde_json::to_string_pretty(&document)?))?);
    }
    let mut out = format!("Crashes: {}; {} seeds each.\n\n", document.crashes.join(", "), cli.seeds);
    for crowd in &crowds {
        let is_of = |set: &Settings| (set.members, set.reach_secs) == (crowd.members, crowd.reach_secs);
        let of =
            |rows: &[Row]| -> Vec<Row> { rows.iter().filter(|row| is_of(&row.settings)).copied().collect() };
        writeln!(out, "{} members, the chain can be reached every {} s:\n", crowd.members, crowd.reach_secs)?;
        writeln!(out, "{}", markdown("cell, s", |set| set.cell_secs.to_string(), &of(&document.cells)))?;
        writeln!(out, "{}", markdown("bonus, bps", |set| set.bonus_bps.to_string(), &of(&document.bonuses)))?;
    }
    let head =
        "| full doubt after | market | moves beyond margin and doubt | in a million | largest excess |";
    writeln!(out, "{head}\n| ---: | --- | ---: | ---: | ---: |")?;
    for (age, symbol, jumps) in &document.ages {
        let ppm = jumps.beyond as f64 * 1e6 / jumps.looked_at.max(1) as f64;
        writeln!(out, "| {age} s | {symbol} | {} | {ppm:.1} | {:.0} bps |", jumps.beyond, jumps.largest_bps)?;
    }
    Ok(print(&out)?)
}

/// Moves that beat margin and doubt within the oldest print that a market takes, by age and market.
fn ages(crashes: &[Crash], shipped: &Shipped, ages: &[u32]) -> Vec<(u32, String, Jumps)> {
    let mut found = vec![];
    for age in ages {
        for (market, (symbol, params)) in shipped.markets.iter().enumerate() {
            let mut sum = Jumps::default();
            for crash in crashes {
                let (initial, stress) = (params.rates.initial as f64, params.rates.stress as f64);
                let max_age = usize::try_from(params.max_age_secs).unwrap_or_default();
                let of = jumps::count(crash, market, initial, stress, f64::from(*age), max_age);
                sum.looked_at += of.looked_at;
                sum.beyond += of.beyond;
                sum.largest_bps = sum.largest_bps.max(of.largest_bps);
            }
            found.push((*age, symbol.clone(), sum));
        }
    }
    found
}
