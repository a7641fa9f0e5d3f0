//! `cargo xtask fuzz --minutes N`: random histories with new seeds, on every processor, for a while.

#![allow(dead_code)] // The test uses what this does not.

mod action;
mod check;
mod claims;
mod compare;
mod draw;
mod drive;
mod history;
mod leave;
mod policies;
mod prices;
mod sequence;
mod shrink;
mod start;
mod tally;
mod twin;

use {
    clap::Parser,
    drive::{play_on, threads, Campaign},
    history::{History, HISTORY_STEPS},
    sequence::{folder, Sequence},
    std::{
        fs,
        io::{stderr, IsTerminal},
        process::ExitCode,
        sync::atomic::{AtomicBool, Ordering::Relaxed},
        thread,
        time::{Duration, Instant, SystemTime, UNIX_EPOCH},
    },
};

/// Random histories of a fund, the built program against the reference model
#[derive(Parser)]
struct Args {
    /// How long
    #[arg(long, required_unless_present = "first_finding")]
    minutes: Option<f64>,
    /// The first seed; the time, if none is given
    #[arg(long)]
    seed: Option<u64>,
    /// How many histories at once; one for each processor, if not said
    #[arg(long)]
    threads: Option<usize>,
    /// Only asks whether this program has a mistake: repeats the committed sequences, then plays so many
    /// histories from seed 1, and stops at the first finding, which it neither shrinks nor keeps
    #[arg(long, value_name = "HISTORIES")]
    first_finding: Option<u64>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if let Some(histories) = args.first_finding {
        return match first_finding(histories) {
            None => ExitCode::SUCCESS,
            Some(finding) => {
                println!("{finding}");
                ExitCode::FAILURE
            }
        };
    }
    let minutes = args.minutes.expect("the parser has asked for it");
    let started = Instant::now();
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_millis() as u64);
    let first = args.seed.unwrap_or(millis);
    let until = started + Duration::from_secs_f64(minutes * 60.0);
    let campaign = Campaign::new(first..u64::MAX, HISTORY_STEPS, Some(until));
    let threads = args.threads.unwrap_or_else(threads);
    println!("seeds from {first}, {threads} at once");
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| show_progress(&campaign, first, started, &over));
        campaign.run(threads);
        over.store(true, Relaxed);
    });
    let last = campaign.next() - 1;
    let (tally, findings) = (campaign.tally.into_inner(), campaign.findings.into_inner());
    let (tally, findings) = (tally.expect("no panic"), findings.expect("no panic"));
    println!("{tally}");
    let minutes = started.elapsed().as_secs_f64() / 60.0;
    println!("{} actions, seeds {first} to {last}, {minutes:.1} minutes", tally.actions());
    println!("findings: {}", findings.len());
    findings.iter().for_each(|finding| println!("{finding}"));
    if findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The first line of the first finding of the committed sequences, by name, and of so many random histories.
fn first_finding(histories: u64) -> Option<String> {
    let files = fs::read_dir(folder()).expect("sequences are committed");
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    let repeated = files.iter().find_map(|file| {
        let sequence = Sequence::read(file).unwrap_or_else(|error| panic!("{error:#}"));
        sequence
            .fails(None)
            .map(|failure| (file.file_stem().unwrap_or_default().display().to_string(), failure.message))
    });
    let found = repeated.or_else(|| {
        let mut tally = tally::Tally::default();
        (1..=histories).find_map(|seed| {
            let mut history = History::new(seed, &[]);
            let message = play_on(&mut history, seed, HISTORY_STEPS, &mut tally).err()?;
            Some((format!("seed {seed}"), message))
        })
    });
    found.map(|(place, message)| format!("{place}: {}", message.lines().next().unwrap_or_default()))
}

/// On a terminal a line that follows; else one a minute.
fn show_progress(campaign: &Campaign, first: u64, started: Instant, over: &AtomicBool) {
    let live = stderr().is_terminal();
    let mut shown = Instant::now();
    while !over.load(Relaxed) {
        thread::sleep(Duration::from_millis(500));
        if !live && shown.elapsed() < Duration::from_secs(60) {
            continue;
        }
        shown = Instant::now();
        let actions = campaign.tally.lock().expect("no panic").actions();
        let findings = campaign.findings.lock().expect("no panic").len();
        let (secs, histories) = (started.elapsed().as_secs(), campaign.next() - first);
        let line = format!("{secs} s: {actions} actions, {histories} histories, {findings} findings");
        if live {
            eprint!("\r\x1b[K{line}");
        } else {
            eprintln!("{line}");
        }
    }
    if live {
        eprintln!();
    }
}
