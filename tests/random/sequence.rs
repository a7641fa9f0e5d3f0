//! A history written down: JSON lines, first how it starts, then every action, at the end whether everybody left. Found by a
//! failure, shrunk, committed under `sequences`, and repeated by name ever after.

use {
    crate::{history::History, start::Start, tally::Tally, twin::Twin},
    anyhow::{ensure, Context, Result},
    bulkhead_model::{Fault, Op},
    serde::{Deserialize, Serialize},
    std::{
        cell::Cell,
        fs,
        panic::{catch_unwind, AssertUnwindSafe},
        path::{Path, PathBuf},
        sync::Once,
    },
};

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    pub start: Start,
    pub ops: Vec<Op>,
    /// The seed by which everybody leaves afterwards, if they do.
    pub leave: Option<u64>,
}

/// The last line, if everybody leaves.
#[derive(Serialize, Deserialize)]
struct Leave {
    leave: u64,
}

/// Why a sequence fails: what was reported, and after how many actions.
pub struct Failure {
    pub message: String,
    pub ops: usize,
}

impl Failure {
    /// The same for failures of one kind: the first line of the report without its numbers.
    pub fn kind(&self) -> String {
        let line = self.message.lines().next().unwrap_or_default();
        line.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default().into()
    }
}

impl Sequence {
    /// Repeats it; nothing, if every property holds and the model agrees.
    pub fn fails(&self, fault: Option<Fault>) -> Option<Failure> {
        let mut tried = 0;
        let outcome = quietly(|| {
            let mut twin = Twin::new(&self.start, fault);
            for op in &self.ops {
                tried += 1;
                twin.run(op);
            }
            if let Some(seed) = self.leave {
                History::resume(twin, self.start.clone()).leave(seed, &mut Tally::default());
            }
        });
        outcome.err().map(|message| Failure { message, ops: tried })
    }

    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut lines =
            text.lines().enumerate().map(|(at, line)| (format!("{} line {}", path.display(), at + 1), line));
        let (at, first) = lines.next().with_context(|| format!("{} is empty", path.display()))?;
        let start =
            serde_json::from_str(first).with_context(|| format!("{at}: not how a sequence starts"))?;
        let (mut ops, mut leave) = (vec![], None);
        for (at, line) in lines {
            match serde_json::from_str::<Leave>(line) {
                Ok(last) => leave = Some(last.leave),
                Err(_) => {
                    ops.push(serde_json::from_str(line).with_context(|| format!("{at}: not an action"))?)
                }
            }
        }
        ensure!(!ops.is_empty() || leave.is_some(), "{} has no action", path.display());
        Ok(Self { start, ops, leave })
    }

    pub fn write(&self, path: &Path) -> Result<()> {
        let mut lines = vec![serde_json::to_string(&self.start)?];
        for op in &self.ops {
            lines.push(serde_json::to_string(op)?);
        }
        if let Some(leave) = self.leave {
            lines.push(serde_json::to_string(&Leave { leave })?);
        }
        fs::create_dir_all(path.parent().context("a file is in a folder")?)?;
        fs::write(path, lines.join("\n") + "\n").with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Where sequences are committed.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("random/sequences")
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs something and returns the message of its panic, which nobody else prints.
pub fn quietly<R>(act: impl FnOnce() -> R) -> Result<R, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                others(info);
            }
        }));
    });
    let was = QUIET.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(act));
    QUIET.set(was);
    outcome.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
            .unwrap_or_else(|| "a panic".into())
    })
}
