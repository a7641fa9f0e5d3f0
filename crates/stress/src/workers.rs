//! Work on all processors whose result does not depend on their number.

use std::{
    sync::{
        atomic::{AtomicUsize, Ordering},
        Mutex,
    },
    thread,
};

/// Most items that a worker takes at once.
const MOST: usize = 64;
/// Turns that every worker has at least, where there are enough items.
const TURNS: usize = 16;

/// The number of workers: one for each processor.
pub fn count() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Computes `each` for the numbers below `count`, in their order. Every worker has a memory of its
/// own, made by `start`; what `each` returns must depend on the number alone.
pub fn map<T: Send, M>(
    count: usize,
    start: impl Fn() -> M + Sync,
    each: impl Fn(&mut M, usize) -> T + Sync,
    progress: impl Fn(usize, usize) + Sync,
) -> Vec<T> {
    map_on(self::count(), count, start, each, progress)
}

/// The same on a given number of threads.
pub fn map_on<T: Send, M>(
    threads: usize,
    count: usize,
    start: impl Fn() -> M + Sync,
    each: impl Fn(&mut M, usize) -> T + Sync,
    progress: impl Fn(usize, usize) + Sync,
) -> Vec<T> {
    let chunk = (count / (threads * TURNS)).clamp(1, MOST);
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let parts: Mutex<Vec<(usize, Vec<T>)>> = Mutex::new(Vec::new());
    let work = || {
        let mut memory = start();
        loop {
            let from = next.fetch_add(1, Ordering::Relaxed) * chunk;
            if from >= count {
                return;
            }
            let to = (from + chunk).min(count);
            let part: Vec<T> = (from..to).map(|index| each(&mut memory, index)).collect();
            progress(done.fetch_add(to - from, Ordering::Relaxed) + to - from, count);
            parts.lock().expect("no worker panics while it holds this").push((from, part));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(count.div_ceil(chunk)) {
            scope.spawn(work);
        }
        work();
    });
    let mut parts = parts.into_inner().expect("no worker panics while it holds this");
    parts.sort_by_key(|part| part.0);
    parts.into_iter().flat_map(|part| part.1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let on = |threads| {
            map_on(threads, 1_000, || 0, |_, index| Random::new(3, index as u64).normal(), |_, _| {})
        };
        let one = on(1);
        assert_eq!(one.len(), 1_000);
        assert!([2, 3, 8].iter().all(|threads| on(*threads) == one));
    }
}
