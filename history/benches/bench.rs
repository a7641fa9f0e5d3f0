//! The ledger at scale: events a second into both databases, and the API's slowest queries with that
//! many events in them. `cargo xtask history-bench` writes `history/benches/ledger.md`.

#[path = "../tests/ledger/postgres.rs"]
#[allow(dead_code)] // The tests use what this does not.
mod postgres;

use {
    anyhow::{Context, Result},
    bulkhead_client::Address,
    bulkhead_history::{
        decode::{Decoded, Entry},
        store::{Filter, Minutes, Store},
    },
    clap::Parser,
    std::{
        fmt::Write as _,
        fs,
        path::{Path, PathBuf},
        time::{Duration, Instant},
    },
};

/// Measures the ledger on both databases.
#[derive(Parser)]
struct Args {
    /// Events in each database
    #[arg(long, default_value_t = 10_000_000)]
    events: u64,
    /// Members that they are about
    #[arg(long, default_value_t = 100_000)]
    members: u64,
    /// Write this file
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/ledger.md"))]
    out: PathBuf,
    /// Keep SQLite's file here; it needs a gigabyte for two million events
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// Transactions of one change, as the ledger writes them by default.
const BATCH: u64 = 200;
/// Runs of each query.
const RUNS: usize = 30;

struct Measured {
    name: &'static str,
    ingestion: Duration,
    bytes: u64,
    queries: Vec<(&'static str, Duration, Duration)>,
    plans: Vec<(&'static str, String)>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let folder = args.folder.clone().unwrap_or_else(std::env::temp_dir);
    let file = folder.join(format!("bulkhead-history-bench-{}.db", std::process::id()));
    let sqlite = measure("SQLite", &format!("sqlite:{}", file.display()), &args).await;
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{end}", file.display()));
    }
    let sqlite = sqlite?;
    let server = postgres::Server::start();
    let postgres = measure("PostgreSQL", &server.database(), &args).await?;
    let text = render(&args, &[sqlite, postgres]);
    print!("{text}");
    fs::write(&args.out, text).with_context(|| format!("cannot write {}", args.out.display()))
}

async fn measure(name: &'static str, url: &str, args: &Args) -> Result<Measured> {
    let store = Store::open(url, 0).await?;
    let samples = Samples::new(args.members);
    let started = Instant::now();
    let (mut number, mut told) = (1, Instant::now());
    while number < args.events {
        let entries: Vec<Entry> = (number..number + BATCH).map(|number| samples.entry(number)).collect();
        let mut change = store.change().await?;
        change.add(number as i64, &entries, true).await?;
        let minute = (number / 150) as i64;
        change.set_book(minute, number as i64, number as i64, samples.books()).await?;
        change.commit().await?;
        number += BATCH;
        if told.elapsed() > Duration::from_secs(20) {
            told = Instant::now();
            eprintln!("{name}: {number} events after {:.0} s", started.elapsed().as_secs_f64());
        }
    }
    let ingestion = started.elapsed();
    store.analyze().await?;
    let mut queries = Vec::new();
    for (what, filter) in filters(&samples, args) {
        let (mut worst, mut sum) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..RUNS {
            let started = Instant::now();
            store.events(&filter).await?;
            worst = worst.max(started.elapsed());
            sum += started.elapsed();
        }
        queries.push((what, sum / RUNS as u32, worst));
    }
    let last = (args.events / 150) as i64;
    let (mut worst, mut sum) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..RUNS {
        let started = Instant::now();
        store.minutes(Minutes::Books, 0, last, 200).await?;
        worst = worst.max(started.elapsed());
        sum += started.elapsed();
    }
    queries.push(("200 points of the whole series", sum / RUNS as u32, worst));
    let mut plans = Vec::new();
    for (what, query) in [
        (
            "of a member",
            "SELECT * FROM parties p JOIN events e ON e.number = p.number AND e.place = p.place \
             WHERE p.member = 'x' ORDER BY p.number DESC, p.place DESC LIMIT 100",
        ),
        (
            "of a kind",
            "SELECT * FROM events e WHERE e.kind IN ('Settled') \
             ORDER BY e.number DESC, e.place DESC LIMIT 100",
        ),
    ] {
        plans.push((what, store.plan(query).await?));
    }
    let bytes = store.size().await?;
    store.close().await;
    Ok(Measured { name, ingestion, bytes, queries, plans })
}

fn filters(samples: &Samples, args: &Args) -> Vec<(&'static str, Filter)> {
    let page = |filter: Filter| Filter { limit: 100, ..filter };
    let kind = |name: &str| vec![name.to_owned()];
    let middle = (args.events / 2) as i64;
    let newest_first = true;
    vec![
        ("newest 100 events", page(Filter { newest_first, ..Filter::default() })),
        ("100 events from the middle", page(Filter { after: Some((middle, 0)), ..Filter::default() })),
        (
            "newest 100 of a common kind",
            page(Filter { kinds: kind("Novated"), newest_first, ..Filter::default() }),
        ),
        (
            "newest 100 of a rare kind",
            page(Filter { kinds: kind("DefaultDeclared"), newest_first, ..Filter::default() }),
        ),
        (
            "newest 100 of two kinds",
            page(Filter {
                kinds: vec!["Settled".into(), "DefaultDeclared".into()],
                newest_first,
                ..Filter::default()
            }),
        ),
        (
            "newest 100 of a member",
            page(Filter { member: Some(samples.members[7].clone()), newest_first, ..Filter::default() }),
        ),
        (
            "newest 100 trades of a member",
            page(Filter {
                member: Some(samples.members[7].clone()),
                kinds: kind("Novated"),
                newest_first,
                ..Filter::default()
            }),
        ),
        ("100 events from a slot on", page(Filter { from_slot: Some(middle / 4), ..Filter::default() })),
    ]
}

/// Events as a fund in motion emits them.
struct Samples {
    members: Vec<String>,
}

impl Samples {
    fn new(members: u64) -> Self {
        let address = |number: u64| {
            let mut bytes = [9; 32];
            bytes[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
            Address::new_from_array(bytes).to_string()
        };
        Self { members: (0..members).map(address).collect() }
    }

    fn entry(&self, number: u64) -> Entry {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        let member = |salt: u64| self.members[((mixed ^ salt) % self.members.len() as u64) as usize].clone();
        // In base64: 8 bytes of discriminator and the fields.
        let (kind, bytes, members) = match mixed % 100 {
            0..40 => ("Novated", 112, vec![member(1), member(2)]),
            40..70 => ("Cranked", 104, vec![]),
            70..90 => ("Settled", 56, vec![member(3)]),
            90..99 => ("MarginMoved", 56, vec![member(4)]),
            _ if mixed % 20_000 == 99 => ("DefaultDeclared", 176, vec![member(5)]),
            _ => ("Contributed", 72, vec![member(6)]),
        };
        let mut members = members;
        members.dedup();
        let data = format!("{number:0>width$}", width = bytes * 4 / 3);
        let mut signature = [3; 64];
        signature[..8].copy_from_slice(&mixed.to_le_bytes());
        signature[8..16].copy_from_slice(&number.to_le_bytes());
        Entry {
            signature: solana_signature::Signature::from(signature).to_string(),
            slot: (number / 4) as i64,
            time: 1_790_000_000 + (number / 10) as i64,
            events: Some(vec![Decoded { call: 0, kind: kind.into(), data, members }]),
        }
    }

    /// As long as the books of a fund with three markets.
    fn books(&self) -> &'static str {
        concat!(
            r#"{"marginTotal":"123456789012345","contributions":"12345678901234","#,
            r#""treasury":"1234567890123","rewardsUnclaimed":"123456789","rewardsStreaming":"123456789","#,
            r#""pool":"12345678901","coverReserve":"0","#,
            r#""recoveries":"0","cushions":"0","totalShares":"12345678901234567890","shareEpoch":"0","#,
            r#""shareValueMicro":"1000123","markets":[]}"#
        )
    }
}

fn render(args: &Args, both: &[Measured]) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_all(&mut text, args, both);
    text
}

fn write_all(out: &mut String, args: &Args, both: &[Measured]) -> std::fmt::Result {
    writeln!(out, "# The ledger at scale\n")?;
    writeln!(
        out,
        "Written by `cargo xtask history-bench`: {} events of {} members, one in each transaction,\n\
         {BATCH} transactions a change, each change on the disk before the next. {}.\n",
        args.events,
        args.members,
        machine()
    )?;
    let [sqlite, postgres] = both else { return Ok(()) };
    let rate = |measured: &Measured| args.events as f64 / measured.ingestion.as_secs_f64();
    writeln!(out, "| | {} | {} | ratio |\n| --- | ---: | ---: | ---: |", sqlite.name, postgres.name)?;
    let (a, b) = (rate(sqlite), rate(postgres));
    writeln!(out, "| events a second | {a:.0} | {b:.0} | {:.2} |", b / a)?;
    let (a, b) = (sqlite.bytes as f64 / args.events as f64, postgres.bytes as f64 / args.events as f64);
    writeln!(out, "| bytes an event, indices included | {a:.0} | {b:.0} | {:.2} |", b / a)?;
    writeln!(
        out,
        "\nQueries, {RUNS} runs of each: mean and worst in milliseconds, without the API's cache.\n"
    )?;
    writeln!(out, "| query | {} | worst | {} | worst | ratio |", sqlite.name, postgres.name)?;
    writeln!(out, "| --- | ---: | ---: | ---: | ---: | ---: |")?;
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    for ((what, mean, worst), (_, other, other_worst)) in sqlite.queries.iter().zip(&postgres.queries) {
        let ratio = ms(*other) / ms(*mean).max(1e-6);
        let (mean, worst, other, other_worst) = (ms(*mean), ms(*worst), ms(*other), ms(*other_worst));
        writeln!(out, "| {what} | {mean:.2} | {worst:.2} | {other:.2} | {other_worst:.2} | {ratio:.2} |")?;
    }
    writeln!(out, "\n## Plans\n\nEach query is answered from an index.\n")?;
    for measured in both {
        for (what, plan) in &measured.plans {
            writeln!(out, "{}, {what}:\n\n```\n{plan}\n```\n", measured.name)?;
        }
    }
    Ok(())
}

/// What it was measured on.
fn machine() -> String {
    let read = |path: &str| fs::read_to_string(Path::new(path)).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("", |(_, name)| name);
    let memory = read("/proc/meminfo");
    let kib = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().split(' ').next()?.parse::<u64>().ok());
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    format!("Measured on {processors} processors ({model}) with {} GiB", kib.unwrap_or_default() >> 20)
}
