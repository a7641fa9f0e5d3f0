//! Makes a sequence short: delta debugging over its actions.

use {
    crate::sequence::Sequence,
    bulkhead_model::Fault,
    std::time::{Duration, Instant},
};

/// The shortest sequence found within `most` that fails in the same way. It ends with the action that fails.
pub fn shrink_failure(sequence: &Sequence, fault: Option<Fault>, most: Duration) -> Sequence {
    let Some(failure) = sequence.fails(fault) else { return sequence.clone() };
    let kind = failure.kind();
    shrink(sequence, most, |less| {
        less.fails(fault).filter(|failure| failure.kind() == kind).map(|failure| failure.ops)
    })
}

/// The shortest sequence found within `most` of which something is still true; `holds` tells after how many actions.
pub fn shrink(sequence: &Sequence, most: Duration, holds: impl Fn(&Sequence) -> Option<usize>) -> Sequence {
    let started = Instant::now();
    let mut best = sequence.clone();
    let accept = |best: &mut Sequence, mut less: Sequence| {
        let needed = holds(&less);
        if let Some(needed) = needed {
            less.ops.truncate(needed);
            *best = less;
        }
        needed.is_some()
    };
    accept(&mut best, sequence.clone());
    // Chunks that are not needed go, large ones first; single actions as long as one goes.
    let mut chunk = best.ops.len().div_ceil(2);
    while chunk > 0 && started.elapsed() < most {
        let before = best.ops.len();
        let mut from = 0;
        while from < best.ops.len() && started.elapsed() < most {
            let mut less = best.clone();
            less.ops.drain(from..(from + chunk).min(less.ops.len()));
            if !accept(&mut best, less) {
                from += chunk;
            }
        }
        if best.ops.len() == before || chunk > 1 {
            chunk /= 2;
        }
    }
    best
}
