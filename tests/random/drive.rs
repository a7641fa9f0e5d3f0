//! Whole histories: played, and what a failing one leaves behind.

use {
    crate::{
        history::{History, HISTORY_STEPS},
        prices::Window,
        sequence::{folder, quietly, Failure, Sequence},
        shrink::shrink_failure,
        tally::Tally,
    },
    std::{path::PathBuf, time::Duration},
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

/// Plays the history of a seed for so many steps, until everybody has left.
pub fn play(seed: u64, steps: u64, windows: &[Window], tally: &mut Tally) -> Result<(), Finding> {
    let mut history = History::new(seed, windows);
    let outcome = quietly(|| {
        history.join(tally);
        for _ in 0..steps.min(HISTORY_STEPS) {
            history.step(tally);
            if history.is_over() {
                break;
            }
        }
        history.leave(seed, tally);
    });
    outcome.map_err(|message| finding(seed, message, history.sequence()))
}

/// Shrinks a failing sequence and writes it where it can be committed.
fn finding(seed: u64, message: String, sequence: Sequence) -> Finding {
    let file = folder().join(format!("found_{seed}.jsonl"));
    let short = shrink_failure(&sequence, None, SHRINKING);
    let written = short.write(&file);
    let mut message = short.fails(None).map_or(message, |Failure { message, .. }| message);
    if let Err(error) = written {
        message += &format!("\n{error:#}");
    }
    Finding { seed, message, file }
}
