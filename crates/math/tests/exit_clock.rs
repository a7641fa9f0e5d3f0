//! An exit clock that has run stands still until a second or a slot has passed, or something else blocks exits: the
//! program need not run it again.

use bulkhead_math::exit_clock::{Block, Daily, ExitClock, TimedBlock, Watches, MAX_CARRY_MS};
use proptest::prelude::*;

const SLOT_MS: u32 = 400;

fn block() -> impl Strategy<Value = Block> {
    (any::<bool>(), 0i64..2_000).prop_map(|(held, until)| Block { held, until })
}

fn clock() -> impl Strategy<Value = ExitClock> {
    let counts = (0u64..1 << 40, 0u64..1 << 40, 0..=MAX_CARRY_MS);
    let marks = (0i64..1_000, 0u64..1_000, any::<bool>(), 0u64..1 << 30, 0u64..1 << 30);
    (counts, marks).prop_map(
        |((millis, vest_millis, carry_ms), (ts, slot, blocked, series_since, reopened))| ExitClock {
            millis,
            vest_millis,
            ts,
            slot,
            carry_ms,
            blocked,
            series_since,
            reopened,
        },
    )
}

fn timed() -> impl Strategy<Value = TimedBlock> {
    (0i64..2_000, 0i64..1_000, 0u64..3, 0u64..1_000).prop_map(|(until, ts, day, used)| TimedBlock {
        until,
        ts,
        daily: Daily { day, used },
    })
}

proptest! {
    #[test]
    fn a_clock_that_has_run_stands_still(
        clock in clock(), before in (block(), block()), after in (block(), block()), secs in 0i64..1_000, slots in 0u64..1_000,
    ) {
        let (now, slot) = (clock.ts + secs, clock.slot + slots);
        let ran = clock.advance(now, slot, SLOT_MS, before.0, before.1).unwrap();
        let again = ran.advance(now, slot, SLOT_MS, after.0, after.1).unwrap();
        prop_assert_eq!(again == ran, after.0.is_on(now) == ran.blocked);
    }

    #[test]
    fn a_timed_block_that_is_booked_stands_still(block in timed(), secs in 0i64..2_000) {
        let booked = block.advance(block.ts + secs);
        prop_assert_eq!(booked.advance(block.ts + secs), booked);
    }

    #[test]
    fn watches_that_are_booked_stand_still(block in timed(), open in 0u32..3, swept in 0i64..2_000, secs in 0i64..2_000) {
        let booked = Watches { open, swept, block }.advance(block.ts + secs);
        prop_assert_eq!(booked.advance(block.ts + secs), booked);
    }

    /// So the fund computes neither for them.
    #[test]
    fn blocks_that_had_ended_have_nothing_to_book(block in timed(), swept in 0i64..2_000, secs in 0i64..2_000) {
        let ended = TimedBlock { until: block.until.min(block.ts), ..block };
        let later = TimedBlock { ts: block.ts + secs, ..ended };
        prop_assert_eq!(ended.advance(later.ts), later);
        let watches = Watches { open: 0, swept, block: ended };
        prop_assert_eq!(watches.advance(later.ts), Watches { block: later, ..watches });
    }
}
