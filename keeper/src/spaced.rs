//! Lines of the log that others can bring about as often as they like. A server that sends rubbish would
//! otherwise fill the disk, and hide every other line.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Time between two lines of one kind.
const SPACING: Duration = Duration::from_secs(60);

/// The lines that were written last, by kind. There are few kinds: they come from the keeper, and nothing of
/// what others send is part of one.
#[derive(Debug, Default)]
pub struct Spaced {
    last: Mutex<BTreeMap<(String, &'static str), Line>>,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    at: Instant,
    /// Lines of its kind that were left out since.
    left_out: u64,
}

impl Spaced {
    /// Whether a line of this kind about `whom` is written now. Returns how many of its kind were left out
    /// since the last one.
    pub fn due(&self, whom: &str, kind: &'static str) -> Option<u64> {
        self.due_at(whom, kind, Instant::now())
    }

    fn due_at(&self, whom: &str, kind: &'static str, now: Instant) -> Option<u64> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last.get_mut(&(whom.to_owned(), kind));
        let left_out = known.as_ref().map_or(0, |line| line.left_out);
        if let Some(line) = known.filter(|line| now.saturating_duration_since(line.at) < SPACING) {
            line.left_out = left_out.saturating_add(1);
            return None;
        }
        last.insert((whom.to_owned(), kind), Line { at: now, left_out: 0 });
        Some(left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_each_kind_is_written_once_a_minute() {
        let (spaced, begin) = (Spaced::default(), Instant::now());
        let due = |whom, kind, secs| spaced.due_at(whom, kind, begin + Duration::from_secs(secs));
        assert_eq!(due("a", "malformed", 0), Some(0));
        assert_eq!((due("a", "malformed", 1), due("a", "malformed", 59)), (None, None));
        assert_eq!((due("b", "malformed", 59), due("a", "stale", 59)), (Some(0), Some(0)), "of another kind");
        assert_eq!(due("a", "malformed", 60), Some(2), "two were left out");
        assert_eq!(due("a", "malformed", 120), Some(0));
    }
}
