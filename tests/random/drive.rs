//! Whole histories: played, and what a failing one leaves behind.

use {
    crate::{
        history::History,
        prices::{windows, Window},
        sequence::{folder, quietly, Failure, Sequence},
        shrink::shrink_failure,
        tally::Tally,
    },
    std::{
        fmt,
        ops::Range,
        path::PathBuf,
        sync::{
            atomic::{AtomicU64, Ordering::Relaxed},
            Mutex,
        },
        thread,
        time::{Duration, Instant},
    },
};

/// How long a failing sequence is shrunk.
const SHRINKING: Duration = Duration::from_secs(120);

/// Where a property broke, or the model and the program parted.
pub struct Finding {
    pub seed: u64,
    pub message: String,
    /// The sequence, shrunk.
    pub file: PathBuf,
}

/// Histories of one seed after the other, played by several threads.
pub struct Campaign {
    windows: Vec<Window>,
    next: AtomicU64,
    /// The seed after the last one.
    end: u64,
    until: Option<Instant>,
    steps: u64,
    pub tally: Mutex<Tally>,
    pub findings: Mutex<Vec<Finding>>,
}

impl Campaign {
    /// Of these seeds, each for so many steps, none begun after `until`.
    pub fn new(seeds: Range<u64>, steps: u64, until: Option<Instant>) -> Self {
        let (tally, findings) = Default::default();
        Self {
            windows: windows(),
            next: AtomicU64::new(seeds.start),
            end: seeds.end,
            until,
            steps,
            tally,
            findings,
        }
    }

    /// The first seed that is not begun.
    pub fn next(&self) -> u64 {
        self.next.load(Relaxed).min(self.end)
    }

    /// Returns when every seed has been played.
    pub fn run(&self, threads: usize) {
        thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(|| self.work()))));
    }

    fn work(&self) {
        while self.until.is_none_or(|until| Instant::now() < until) {
            let seed = self.next.fetch_add(1, Relaxed);
            if seed >= self.end {
                return;
            }
            let mut tally = Tally::default();
            let played = play(seed, self.steps, &self.windows, &mut tally);
            self.tally.lock().expect("no thread has panicked").add(&tally);
            if let Err(finding) = played {
                self.findings.lock().expect("no thread has panicked").push(finding);
            }
        }
    }
}

/// One for each processor.
pub fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Plays the history of a seed for so many steps, until everybody has left.
fn play(seed: u64, steps: u64, windows: &[Window], tally: &mut Tally) -> Result<(), Finding> {
    let mut history = History::new(seed, windows);
    let outcome = play_on(&mut history, seed, steps, tally);
    outcome.map_err(|message| finding(seed, message, history.sequence()))
}

/// Plays a history to its end.
///
/// # Errors
/// What was reported of a property that broke, or of a difference to the model.
pub fn play_on(history: &mut History, seed: u64, steps: u64, tally: &mut Tally) -> Result<(), String> {
    quietly(|| {
        history.join(tally);
        for _ in 0..steps {
            history.step(tally);
            if history.is_over() {
                break;
            }
        }
        history.leave(seed, tally);
    })
}

/// Shrinks a failing sequence and writes it where it can be committed.
fn finding(seed: u64, message: String, sequence: Sequence) -> Finding {
    let file = folder().join(format!("found_{seed}.jsonl"));
    let short = shrink_failure(&sequence, None, SHRINKING);
    let mut message = short.fails(None).map_or(message, |Failure { message, .. }| message);
    if let Err(error) = short.write(&file) {
        message += &format!("\n{error:#}");
    }
    Finding { seed, message, file }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BULKHEAD_RANDOM_SEED={}: {}\nshrunk to {}", self.seed, self.message, self.file.display())
    }
}
