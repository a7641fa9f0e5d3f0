//! `cargo xtask fuzz --minutes N`: random histories with new seeds, on every processor, for a while.

#![allow(dead_code)] // The test uses what this does not.

mod action;
mod check;
mod compare;
mod draw;
mod drive;
mod history;
mod leave;
mod prices;
mod sequence;
mod shrink;
mod start;
mod tally;
mod twin;

use {
    clap::Parser,
    drive::Finding,
    history::HISTORY_STEPS,
    std::{
        io::{stderr, IsTerminal},
        process::ExitCode,
        sync::{
            atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
            Mutex,
        },
        thread,
        time::{Duration, Instant, SystemTime, UNIX_EPOCH},
    },
    tally::Tally,
};

/// Random histories of a fund, the built program against the reference model
#[derive(Parser)]
struct Args {
    /// How long
    #[arg(long)]
    minutes: f64,
    /// The first seed; the time, if none is given
    #[arg(long)]
    seed: Option<u64>,
    /// How many histories at once; one for each processor, if not said
    #[arg(long)]
    threads: Option<usize>,
}

/// What all threads do.
struct Run {
    first: u64,
    next: AtomicU64,
    until: Instant,
    over: AtomicBool,
    done: Mutex<(Tally, Vec<Finding>)>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let started = Instant::now();
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_millis() as u64);
    let first = args.seed.unwrap_or(millis);
    let run = Run {
        first,
        next: AtomicU64::new(first),
        until: started + Duration::from_secs_f64(args.minutes * 60.0),
        over: AtomicBool::new(false),
        done: Mutex::default(),
    };
    let threads = args.threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
    println!("seeds from {first}, {threads} at once");
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| run.work())).collect();
        let progress = scope.spawn(|| run.show_progress(started));
        for worker in workers {
            worker.join().expect("a worker that returns");
        }
        run.over.store(true, Relaxed);
        progress.join().expect("progress that returns");
    });
    let (tally, findings) = run.done.into_inner().expect("no worker has panicked");
    let histories = run.next.into_inner() - first;
    println!("{tally}");
    let minutes = started.elapsed().as_secs_f64() / 60.0;
    println!(
        "{} actions in {histories} histories, seeds {first} to {}, {minutes:.1} minutes",
        tally.actions(),
        first + histories - 1
    );
    println!("findings: {}", findings.len());
    if findings.is_empty() {
        return ExitCode::SUCCESS;
    }
    ExitCode::FAILURE
}

impl Run {
    fn work(&self) {
        let windows = prices::windows();
        while Instant::now() < self.until {
            let seed = self.next.fetch_add(1, Relaxed);
            let mut tally = Tally::default();
            let played = drive::play(seed, HISTORY_STEPS, &windows, &mut tally);
            let mut done = self.done.lock().expect("no worker has panicked");
            done.0.add(&tally);
            if let Err(finding) = played {
                eprintln!("\r\x1b[Kseed {}: {}\nshrunk to {}", finding.seed, finding.message, finding.file.display());
                done.1.push(finding);
            }
        }
    }

    /// On a terminal a line that follows; else one a minute.
    fn show_progress(&self, started: Instant) {
        let live = stderr().is_terminal();
        let mut last = Instant::now();
        while !self.over.load(Relaxed) {
            thread::sleep(Duration::from_millis(500));
            if !live && last.elapsed() < Duration::from_secs(60) {
                continue;
            }
            last = Instant::now();
            let done = self.done.lock().expect("no worker has panicked");
            let (actions, histories) = (done.0.actions(), self.next.load(Relaxed) - self.first);
            let line = format!(
                "{} s: {actions} actions, {histories} histories, {} findings",
                started.elapsed().as_secs(),
                done.1.len()
            );
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
}
