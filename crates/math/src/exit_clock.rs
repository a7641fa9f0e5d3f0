//! The exit clock: seconds during which members could leave.
//!
//! Notice periods, claim windows, commitments, timelocks and vesting are measured on this clock. A
//! block of exits stops it, and therefore never restarts or voids what was running.
//!
//! - Only time during which exits were open counts.
//! - Each stretch counts for at most `2 slot_ms` a slot, so that a halted chain adds nothing. What
//!   slots allow beyond the seconds that passed is carried on, up to [`MAX_CARRY_MS`]: the clock
//!   sysvar moves in whole seconds and in leaps, and an account that is touched in every slot must
//!   not run slower than one that is touched once a day.
//! - A stretch that nobody interrupted by a call is judged as a whole.
//!
//! Blocks by time, watches and graces, each have a daily bound, kept by day of chain time.

use crate::{
    rounding::word_mul_saturating,
    units::{elapsed, Money, Pnl},
    MathError, Result,
};

/// Most milliseconds that unused slots carry on.
pub const MAX_CARRY_MS: u64 = 2_000;

/// Seconds on the exit clock that a window has left when exits reopen, once.
pub const REOPENED_SECS: u64 = 3_600;

/// Seconds of a day.
pub const DAY_SECS: u64 = 86_400;

const MILLIS: u64 = 1_000;

/// What blocks exits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Something of unknown length: an open default, an unfunded loss, a house, a cover.
    pub held: bool,
    /// A block by time ends then: the latest end of grace periods and open watches.
    pub until: i64,
}

impl Block {
    /// Whether exits are blocked at `now`.
    pub const fn is_on(&self, now: i64) -> bool {
        self.held || now < self.until
    }
}

/// The clock as the fund keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExitClock {
    /// Milliseconds during which exits were open.
    pub millis: u64,
    /// Milliseconds during which nothing of clearing blocked exits: gains vest by them. A cover that holds
    /// exits for days reaches nobody's gains.
    pub vest_millis: u64,
    /// Chain time up to which it has run.
    pub ts: i64,
    /// Slot up to which it has run.
    pub slot: u64,
    /// Milliseconds that slots allowed and seconds have not used.
    pub carry_ms: u64,
    /// Whether exits were blocked when it last ran.
    pub blocked: bool,
    /// Reading of the first reopening of a series that has less than an hour between each two.
    pub series_since: u64,
    /// Reading of the last reopening.
    pub reopened: u64,
}

impl ExitClock {
    /// The reading in seconds, rounded down: everything that waits for it waits in full.
    pub const fn secs(&self) -> u64 {
        self.millis / MILLIS
    }

    /// The reading that vesting periods run on, in seconds, rounded down.
    pub const fn vest_secs(&self) -> u64 {
        self.vest_millis / MILLIS
    }

    /// Runs to `now` and `slot`, under what has blocked exits since the clock last ran: `clearing`, the
    /// block of clearing alone, and `block`, the one of covers with it. Every instruction that changes what
    /// blocks exits runs the clock first, with the blocks until then.
    ///
    /// # Errors
    /// `Overflow` after half a billion years.
    ///
    /// ```
    /// # use bulkhead_math::exit_clock::{Block, ExitClock};
    /// let open = Block::default();
    /// let clock = ExitClock { ts: 1_000, slot: 500, ..ExitClock::default() };
    /// // 100 s in 250 slots of 400 ms.
    /// let clock = clock.advance(1_100, 750, 400, open, open)?;
    /// assert_eq!(clock.secs(), 100);
    /// // A halt: 17 hours in 10 slots. Ten slots allow 8 s, and 2 s were carried on.
    /// let clock = clock.advance(1_100 + 61_200, 760, 400, open, open)?;
    /// assert_eq!(clock.secs(), 110);
    /// // A default was open for an hour.
    /// let held = Block { held: true, until: 0 };
    /// let clock = clock.advance(1_100 + 64_800, 9_760, 400, held, held)?;
    /// assert_eq!(clock.secs(), 110);
    /// // A cover held exits for a minute: gains vest in it.
    /// let clock = clock.advance(1_100 + 64_860, 9_910, 400, held, open)?;
    /// assert_eq!((clock.secs(), clock.vest_secs()), (110, 170));
    /// # Ok::<(), bulkhead_math::MathError>(())
    /// ```
    #[inline(always)]
    pub fn advance(&self, now: i64, slot: u64, slot_ms: u32, block: Block, clearing: Block) -> Result<Self> {
        let now = now.max(self.ts);
        let slot = slot.max(self.slot);
        let open_ms = |block: Block| {
            let since = if block.held { now } else { block.until.clamp(self.ts, now) };
            word_mul_saturating(elapsed(since, now), MILLIS)
        };
        let slots = slot.saturating_sub(self.slot);
        // More than a word of milliseconds allows everything.
        let allowed = word_mul_saturating(slots, u64::from(slot_ms));
        let allowed = allowed.saturating_add(allowed).saturating_add(self.carry_ms);
        let vested = open_ms(clearing).min(allowed);
        // A cover only adds to what blocks, and nearly always it adds nothing.
        let counted = if block == clearing { vested } else { open_ms(block).min(vested) };

        let mut next = Self {
            millis: self.millis.checked_add(counted).ok_or(MathError::Overflow)?,
            vest_millis: self.vest_millis.checked_add(vested).ok_or(MathError::Overflow)?,
            ts: now,
            slot,
            carry_ms: allowed.saturating_sub(vested).min(MAX_CARRY_MS),
            blocked: block.is_on(now),
            ..*self
        };
        // A block that is held is still on.
        let was_blocked = self.blocked || block.until > self.ts;
        if was_blocked && !next.blocked {
            let reading = self.secs();
            if reading >= self.reopened.saturating_add(REOPENED_SECS) {
                next.series_since = reading;
            }
            next.reopened = reading;
        }
        Ok(next)
    }
}

/// Where a window on the exit clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The notice runs.
    Waiting,
    /// It can be used now, unless exits are blocked.
    Open,
    /// It was missed.
    Missed,
}

/// A window on the exit clock: what was asked for can be used from `opens` until before `closes`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// First reading at which it is open.
    pub opens: u64,
    /// First reading at which it is not any more.
    pub closes: u64,
}

impl Window {
    /// The window that opens `wait` seconds after `reading` and stays open for `length` seconds.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn after(reading: u64, wait: u64, length: u64) -> Result<Self> {
        let opens = reading.checked_add(wait).ok_or(MathError::Overflow)?;
        Ok(Self { opens, closes: opens.checked_add(length).ok_or(MathError::Overflow)? })
    }

    /// The phase by the readings alone: what a commitment is judged by, which is good for a minute.
    pub const fn phase_at(&self, reading: u64) -> Phase {
        if reading < self.opens {
            Phase::Waiting
        } else if reading < self.closes {
            Phase::Open
        } else {
            Phase::Missed
        }
    }

    /// The reading at which the window closes, given when exits have reopened: if they did within
    /// the window, at least an hour after that.
    ///
    /// The hour is granted once: a reopening within the added hour adds no other, and no window
    /// ends later than an hour after its terms. A window is at least an hour long. The clock
    /// remembers a series of reopenings by its first and last one; if the last is after the window
    /// and the first before its end, one of them was in its last hour and the full hour is granted.
    ///
    /// ```
    /// # use bulkhead_math::exit_clock::{ExitClock, Window};
    /// let window = Window::after(0, 1_000, 7_200)?;
    /// let reopened = |reading| ExitClock { series_since: reading, reopened: reading, ..ExitClock::default() };
    /// assert_eq!(window.closes_by(&reopened(2_000)), 8_200, "an hour and more is left");
    /// assert_eq!(window.closes_by(&reopened(8_190)), 11_790, "ten seconds were left");
    /// assert_eq!(window.closes_by(&reopened(8_200)), 8_200, "it had closed before the block");
    /// # Ok::<(), bulkhead_math::MathError>(())
    /// ```
    pub fn closes_by(&self, clock: &ExitClock) -> u64 {
        if clock.series_since >= self.closes || clock.reopened < self.opens {
            return self.closes;
        }
        clock.reopened.min(self.closes).saturating_add(REOPENED_SECS).max(self.closes)
    }

    /// The phase of a claim window now.
    pub fn phase(&self, clock: &ExitClock) -> Phase {
        Self { closes: self.closes_by(clock), ..*self }.phase_at(clock.secs())
    }
}

/// Slots as seconds of the exit clock, rounded up in favour of those who stay.
///
/// ```
/// # use bulkhead_math::exit_clock::slots_as_secs;
/// assert_eq!(slots_as_secs(151, 400), 61); // 60.4 s
/// ```
pub const fn slots_as_secs(slots: u64, slot_ms: u32) -> u64 {
    word_mul_saturating(slots, slot_ms as u64).div_ceil(MILLIS)
}

/// The number of a day of chain time.
pub fn day_of(ts: i64) -> u64 {
    ts.max(0).unsigned_abs() / DAY_SECS
}

/// Seconds used of a daily allowance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Daily {
    /// The day that `used` belongs to.
    pub day: u64,
    /// Seconds used on it.
    pub used: u64,
}

impl Daily {
    /// What is left of `bound` at `now`.
    pub fn left(&self, now: i64, bound: u32) -> u64 {
        let used = if day_of(now) == self.day { self.used } else { 0 };
        u64::from(bound).saturating_sub(used)
    }

    /// Books the seconds from `from` until before `to`; those before the day of the last one are
    /// forgotten.
    ///
    /// ```
    /// # use bulkhead_math::exit_clock::Daily;
    /// // Ten minutes before midnight and five after it.
    /// assert_eq!(Daily::default().spend(85_800, 86_700), Daily { day: 1, used: 300 });
    /// ```
    pub fn spend(&self, from: i64, to: i64) -> Self {
        if to <= from {
            return *self;
        }
        let day = day_of(to.saturating_sub(1));
        let begins = i64::try_from(word_mul_saturating(day, DAY_SECS)).unwrap_or(i64::MAX);
        let secs = to.saturating_sub(from.max(begins)).max(0).unsigned_abs();
        let before = if day == self.day { self.used } else { 0 };
        Self { day, used: before.saturating_add(secs) }
    }
}

/// A block of exits by time, within a daily bound. Its seconds are booked as they pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimedBlock {
    /// Exits are blocked until then.
    pub until: i64,
    /// Chain time up to which it is booked.
    pub ts: i64,
    /// What it has used.
    pub daily: Daily,
}

impl TimedBlock {
    /// Books what has passed until `now`.
    pub fn advance(&self, now: i64) -> Self {
        let now = now.max(self.ts);
        Self { ts: now, daily: self.daily.spend(self.ts, now.min(self.until)), ..*self }
    }

    /// Blocks for `secs` from `now`, within the `bound` of a day. The end is only raised.
    /// Returns `None` when the bound does not leave that much.
    ///
    /// ```
    /// # use bulkhead_math::exit_clock::TimedBlock;
    /// let block = TimedBlock::default().raise(1_000, 600, 900).unwrap();
    /// assert_eq!(block.until, 1_600);
    /// // 300 of these seconds are blocked already: 300 more are within the bound, 301 are not.
    /// assert_eq!(block.raise(1_300, 600, 900).unwrap().until, 1_900);
    /// assert_eq!(block.raise(1_300, 601, 900), None);
    /// ```
    pub fn raise(&self, now: i64, secs: u32, bound: u32) -> Option<Self> {
        let block = self.advance(now);
        let until = block.until.max(block.ts.saturating_add(i64::from(secs)));
        let ahead = until.saturating_sub(block.ts).max(0).unsigned_abs();
        (ahead <= block.daily.left(block.ts, bound)).then_some(Self { until, ..block })
    }

    /// Ends the block now: nothing is left that asks for it.
    pub fn end(&self, now: i64) -> Self {
        let block = self.advance(now);
        Self { until: block.until.min(block.ts), ..block }
    }
}

/// A member's watch: exits are blocked because it may be about to default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    /// When it began.
    pub since: i64,
    /// When it ends at the latest; not after `since` when there is none.
    pub until: i64,
    /// What this member's watches have used, this one not included.
    pub daily: Daily,
}

impl Watch {
    /// Whether it runs at `now`.
    pub const fn is_open(&self, now: i64) -> bool {
        now < self.until
    }

    /// This watch ended at `now` or before: its time is booked.
    fn ended(&self, now: i64) -> Self {
        Self { since: 0, until: 0, daily: self.daily.spend(self.since, now.min(self.until)) }
    }
}

/// The fund's open watches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watches {
    /// How many are open.
    pub open: u32,
    /// Watches that ended by then are not counted any more.
    pub swept: i64,
    /// The block they amount to, its end the latest of theirs. Seconds that several share count
    /// once.
    pub block: TimedBlock,
}

/// Bounds of watches, in seconds a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchTerms {
    /// Of one member.
    pub member_secs: u32,
    /// Of all members together.
    pub fund_secs: u32,
}

/// Whether a member may be watched: its equity at the mark is below zero by more than its own
/// contribution, so that others would pay.
///
/// ```
/// # use bulkhead_math::exit_clock::is_watchable;
/// assert!(is_watchable(-301, 300) && !is_watchable(-300, 300));
/// ```
pub fn is_watchable(equity: Pnl, contribution: Money) -> bool {
    equity < 0 && equity.unsigned_abs() > contribution
}

/// A watch that began or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchPlan {
    /// The member's watch afterwards.
    pub watch: Watch,
    /// The fund's watches afterwards.
    pub watches: Watches,
}

impl Watches {
    /// When exits are free of watches if nobody does anything.
    pub const fn until(&self) -> i64 {
        if self.open == 0 {
            return 0;
        }
        self.block.until
    }

    /// Books what has passed until `now`, and forgets the watches that have ended by themselves.
    /// The exit clock runs first, for it has to know until when they blocked.
    pub fn advance(&self, now: i64) -> Self {
        let mut next = Self { block: self.block.advance(now), ..*self };
        if next.open > 0 && next.block.ts >= next.block.until {
            (next.open, next.swept) = (0, next.block.until);
        }
        next
    }

    /// Opens a watch on a member for what is left of its day and of the fund's. Returns `None` when
    /// one is open already or nothing is left.
    ///
    /// # Errors
    /// `Overflow`.
    ///
    /// ```
    /// # use bulkhead_math::exit_clock::{Watch, Watches, WatchTerms};
    /// let terms = WatchTerms { member_secs: 1_800, fund_secs: 7_200 };
    /// let opened = Watches::default().plan_open(&Watch::default(), 1_000, &terms)?.unwrap();
    /// assert_eq!((opened.watches.open, opened.watches.until()), (1, 2_800));
    /// // The member is shown sound after ten minutes: twenty are left for today.
    /// let ended = opened.watches.plan_end(&opened.watch, 1_600);
    /// assert_eq!((ended.watches.open, ended.watches.until()), (0, 0));
    /// let again = ended.watches.plan_open(&ended.watch, 5_000, &terms)?.unwrap();
    /// assert_eq!(again.watch.until, 6_200);
    /// # Ok::<(), bulkhead_math::MathError>(())
    /// ```
    pub fn plan_open(&self, watch: &Watch, now: i64, terms: &WatchTerms) -> Result<Option<WatchPlan>> {
        if watch.is_open(now.max(self.block.ts)) {
            return Ok(None);
        }
        // One that is over and that nobody has ended is still counted.
        let WatchPlan { watch, watches } = self.plan_end(watch, now);
        let now = watches.block.ts;
        let left =
            watch.daily.left(now, terms.member_secs).min(watches.block.daily.left(now, terms.fund_secs));
        if left == 0 {
            return Ok(None);
        }
        let until = now.checked_add_unsigned(left).ok_or(MathError::Overflow)?;
        let block = TimedBlock { until: watches.block.until.max(until), ..watches.block };
        let open = watches.open.checked_add(1).ok_or(MathError::Overflow)?;
        Ok(Some(WatchPlan {
            watch: Watch { since: now, until, ..watch },
            watches: Watches { open, block, ..watches },
        }))
    }

    /// Ends a member's watch, early or after its time. It affects that watch only: the others block
    /// exits on, until the latest end there was or until they are ended too.
    pub fn plan_end(&self, watch: &Watch, now: i64) -> WatchPlan {
        let mut watches = self.advance(now);
        let now = watches.block.ts;
        let counted = watch.until > watches.swept && watch.since < watch.until;
        if counted {
            watches.open = watches.open.saturating_sub(1);
            if watches.open == 0 {
                watches.block.until = watches.block.until.min(now);
            }
        }
        WatchPlan { watch: watch.ended(now), watches }
    }
}

/// How long graces last, and how long they may block exits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraceTerms {
    /// Length of the grace. Zero: there is none.
    pub secs: u32,
    /// Time after it in which a keeper can make the default final: exits are blocked through it.
    pub confirm_secs: u32,
    /// Seconds of a day in which graces of all members together may block exits.
    pub day_secs: u32,
}

/// A grace period that begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GracePlan {
    /// From then on a declaration is final.
    pub final_ts: i64,
    /// The member's day of its last grace afterwards.
    pub day: u64,
    /// The fund's block by graces afterwards.
    pub block: TimedBlock,
}

/// Begins the grace period of a member whose last one was on `last_day` (zero: never). Returns
/// `None` if that was today, or if today's bound does not leave its block: the declaration is final
/// at once. A grace beside open exits would let everybody leave before a loss that is declared.
///
/// # Errors
/// `Overflow`.
///
/// ```
/// # use bulkhead_math::exit_clock::{plan_grace, GraceTerms, TimedBlock};
/// let terms = GraceTerms { secs: 10, confirm_secs: 600, day_secs: 7_200 };
/// let plan = plan_grace(&TimedBlock::default(), 0, 90_000, &terms)?.unwrap();
/// assert_eq!((plan.final_ts, plan.block.until, plan.day), (90_010, 90_610, 1));
/// assert_eq!(plan_grace(&plan.block, plan.day, 100_000, &terms)?, None);
/// # Ok::<(), bulkhead_math::MathError>(())
/// ```
pub fn plan_grace(
    block: &TimedBlock,
    last_day: u64,
    now: i64,
    terms: &GraceTerms,
) -> Result<Option<GracePlan>> {
    let day = day_of(now);
    if terms.secs == 0 || day == last_day {
        return Ok(None);
    }
    let final_ts = now.checked_add_unsigned(u64::from(terms.secs)).ok_or(MathError::Overflow)?;
    let secs = terms.secs.checked_add(terms.confirm_secs).ok_or(MathError::Overflow)?;
    Ok(block.raise(now, secs, terms.day_secs).map(|block| GracePlan { final_ts, day, block }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    extern crate std;
    use std::vec::Vec;

    const SLOT_MS: u32 = 400;
    const OPEN: Block = Block { held: false, until: 0 };
    const HELD: Block = Block { held: true, until: 0 };
    const TERMS: WatchTerms = WatchTerms { member_secs: 1_800, fund_secs: 3_600 };

    fn start() -> ExitClock {
        ExitClock { ts: 1_000, slot: 10_000, ..ExitClock::default() }
    }

    #[test]
    fn a_block_that_is_ended_asks_for_nothing_more() {
        let block = TimedBlock { until: 1_900, ts: 1_000, daily: Daily::default() };
        let ended = block.end(1_300);
        assert_eq!((ended.until, ended.ts, ended.daily.used), (1_300, 1_300, 300));
        assert_eq!(block.end(2_000).until, 1_900, "it was over before");
    }

    #[test]
    fn a_block_stops_the_clock_and_restarts_nothing() {
        let clock = start().advance(1_100, 10_250, SLOT_MS, OPEN, OPEN).unwrap();
        let notice = Window::after(clock.secs(), 600, 7_200).unwrap();
        let clock = clock.advance(1_400, 11_000, SLOT_MS, OPEN, OPEN).unwrap();
        let clock = clock.advance(90_000, 232_500, SLOT_MS, HELD, HELD).unwrap();
        assert_eq!((clock.secs(), notice.phase(&clock)), (400, Phase::Waiting));
        let clock = clock.advance(90_300, 233_250, SLOT_MS, OPEN, OPEN).unwrap();
        assert_eq!((clock.secs(), clock.reopened, notice.phase(&clock)), (700, 400, Phase::Open));
    }

    #[test]
    fn a_block_by_time_ends_by_itself() {
        // Blocked until 1,060 of the stretch from 1,000 to 1,100.
        let clock = start()
            .advance(
                1_100,
                10_250,
                SLOT_MS,
                Block { held: false, until: 1_060 },
                Block { held: false, until: 1_060 },
            )
            .unwrap();
        assert_eq!((clock.secs(), clock.blocked, clock.reopened), (40, false, 0));
        let still = start()
            .advance(
                1_050,
                10_125,
                SLOT_MS,
                Block { held: false, until: 1_060 },
                Block { held: false, until: 1_060 },
            )
            .unwrap();
        assert_eq!((still.secs(), still.blocked), (0, true));
    }

    #[test]
    fn a_block_that_nobody_saw_end_has_reopened_exits() {
        let clock = start().advance(1_100, 10_250, SLOT_MS, OPEN, OPEN).unwrap();
        let run = |block| clock.advance(1_300, 10_750, SLOT_MS, block, block).unwrap();
        // It began and ended between two calls.
        let over = run(Block { held: false, until: 1_101 });
        assert_eq!((over.secs(), over.reopened, over.series_since), (299, 100, 0));
        // One that had ended when the clock ran last has stopped nothing since.
        let before = run(Block { held: false, until: 1_100 });
        assert_eq!((before.secs(), before.reopened), (300, 0));
        assert_eq!(run(Block { held: true, until: 1_200 }).reopened, 0, "exits are still blocked");
    }

    #[test]
    fn slots_without_seconds_and_seconds_without_slots_add_nothing() {
        let clock = start().advance(1_000, 100_000, SLOT_MS, OPEN, OPEN).unwrap();
        assert_eq!(clock.secs(), 0);
        // Only what is carried on: two seconds.
        let clock = clock.advance(50_000, 100_000, SLOT_MS, OPEN, OPEN).unwrap();
        assert_eq!(clock.secs(), 2);
        assert_eq!(clock.advance(90_000, 100_000, SLOT_MS, OPEN, OPEN).unwrap().secs(), 2);
    }

    #[test]
    fn a_clock_that_goes_back_changes_nothing() {
        let clock = start().advance(900, 9_000, SLOT_MS, OPEN, OPEN).unwrap();
        assert_eq!((clock.millis, clock.ts, clock.slot), (0, 1_000, 10_000));
    }

    #[test]
    fn a_window_that_reopens_has_an_hour_left_once() {
        let window = Window { opens: 10_000, closes: 17_200 };
        let at =
            |series_since: u64, reopened: u64| ExitClock { series_since, reopened, ..ExitClock::default() };
        assert_eq!(window.closes_by(&at(0, 0)), 17_200);
        assert_eq!(window.closes_by(&at(9_999, 9_999)), 17_200, "a block before the window");
        assert_eq!(window.closes_by(&at(17_000, 17_000)), 20_600);
        // A second block within the added hour takes it away from nobody, and adds none.
        assert_eq!(window.closes_by(&at(17_000, 18_000)), 20_800);
        assert_eq!(window.closes_by(&at(17_000, 90_000)), 20_800);
        assert_eq!(window.closes_by(&at(17_200, 18_000)), 17_200, "a missed window stays missed");
    }

    #[test]
    fn a_window_is_used_from_its_first_second_until_before_its_end() {
        let window = Window { opens: 100, closes: 200 };
        let phases = [99, 100, 199, 200].map(|reading| window.phase_at(reading));
        assert_eq!(phases, [Phase::Waiting, Phase::Open, Phase::Open, Phase::Missed]);
    }

    #[test]
    fn only_a_block_that_ends_within_a_window_lengthens_it() {
        let window = Window { opens: 10_000, closes: 10_100 };
        let at = |reading| ExitClock { series_since: reading, reopened: reading, ..ExitClock::default() };
        assert_eq!(window.closes_by(&at(9_999)), 10_100, "before it opened");
        assert_eq!(window.closes_by(&at(10_000)), 13_600, "in its first second");
        assert_eq!(window.closes_by(&at(10_099)), 13_699, "in its last one");
        assert_eq!(window.closes_by(&at(10_100)), 10_100, "after it had closed");
    }

    #[test]
    fn no_watch_is_none_to_end_or_to_sweep() {
        let block = TimedBlock { until: 900, ts: 800, daily: Daily::default() };
        let quiet = Watches { open: 0, swept: 500, block }.advance(1_000);
        assert_eq!((quiet.open, quiet.swept), (0, 500), "nothing was open, so nothing is swept");
        let ann = Watches::default().plan_open(&Watch::default(), 1_000, &TERMS).unwrap().unwrap();
        // A watch that ends as it begins is none: ending it ends nobody else's.
        let none = Watch { since: 1_200, until: 1_200, ..Watch::default() };
        let after = ann.watches.plan_end(&none, 1_300).watches;
        assert_eq!((after.open, after.until()), (1, 2_800));
    }

    #[test]
    fn a_watch_ends_alone_and_expires_by_itself() {
        let none = Watch::default();
        let ann = Watches::default().plan_open(&none, 1_000, &TERMS).unwrap().unwrap();
        let ben = ann.watches.plan_open(&none, 1_600, &TERMS).unwrap().unwrap();
        assert_eq!((ben.watches.open, ben.watches.until()), (2, 3_400));
        assert_eq!(ben.watches.plan_open(&ann.watch, 1_700, &TERMS), Ok(None), "one at a time");
        let ended = ben.watches.plan_end(&ben.watch, 1_700);
        assert_eq!((ended.watches.open, ended.watch.daily.used), (1, 100));
        // Ann's watch is over at 2,800; the fund still counts it until somebody ends it, or until
        // 3,400.
        assert_eq!(ended.watches.plan_end(&ann.watch, 2_900).watches.until(), 0);
        let expired = ended.watches.advance(3_400);
        assert_eq!((expired.open, expired.until(), expired.block.daily.used), (0, 0, 2_400));
        // Ending what was swept away ends no other watch.
        let cat = expired.plan_open(&none, 3_500, &TERMS).unwrap().unwrap();
        let after = cat.watches.plan_end(&ann.watch, 3_600);
        assert_eq!((after.watches.open, after.watch.daily.used), (1, 1_800));
    }

    #[test]
    fn watches_stay_within_the_bounds_of_a_day() {
        let mut watches = Watches::default();
        let mut member = Watch::default();
        let first = watches.plan_open(&member, 0, &TERMS).unwrap().unwrap();
        (watches, member) = (first.watches, first.watch);
        assert_eq!(watches.plan_open(&member, 1_800, &TERMS), Ok(None), "the member's half hour is used");
        let other = watches.plan_open(&Watch::default(), 1_800, &TERMS).unwrap().unwrap();
        assert_eq!(other.watch.until, 3_600);
        assert_eq!(
            other.watches.plan_open(&Watch::default(), 3_600, &TERMS),
            Ok(None),
            "so is the fund's hour"
        );
        let tomorrow = other.watches.plan_open(&member, 86_400, &TERMS).unwrap().unwrap();
        assert_eq!(tomorrow.watch.until, 88_200);
    }

    #[test]
    fn a_second_grace_of_the_day_is_none() {
        let terms = GraceTerms { secs: 25, confirm_secs: 600, day_secs: 3_600 };
        let first = plan_grace(&TimedBlock::default(), 0, 100_000, &terms).unwrap().unwrap();
        assert_eq!((first.final_ts, first.block.until), (100_025, 100_625));
        assert_eq!(plan_grace(&first.block, first.day, 101_000, &terms), Ok(None));
        // E3: a grace whose feed goes silent blocks for its time, and only that.
        assert!(!Block { held: false, until: first.block.until }.is_on(100_625));
    }

    #[test]
    fn graces_share_the_seconds_they_block() {
        let terms = GraceTerms { secs: 400, confirm_secs: 600, day_secs: 1_500 };
        let first = plan_grace(&TimedBlock::default(), 0, 100_000, &terms).unwrap().unwrap();
        let second = plan_grace(&first.block, 0, 100_500, &terms).unwrap().unwrap();
        assert_eq!(second.block.until, 101_500);
        assert_eq!(plan_grace(&second.block, 0, 100_501, &terms), Ok(None), "1,501 of 1,500");
        let tomorrow = plan_grace(&second.block, 0, 172_800, &terms).unwrap().unwrap();
        assert_eq!(tomorrow.block.until, 173_800);
    }

    proptest! {
        /// On a chain that runs, however often the clock is touched, it counts the seconds that
        /// were open.
        #[test]
        fn touching_the_clock_does_not_slow_it(
            slots in proptest::collection::vec(1u64..40, 1..200), real_ms in 320u64..700,
        ) {
            let (mut clock, mut slot) = (start(), 10_000);
            for step in slots {
                slot += step;
                let now = 1_000 + ((slot - 10_000) * real_ms / 1_000) as i64;
                clock = clock.advance(now, slot, SLOT_MS, OPEN, OPEN).unwrap();
            }
            let passed = (clock.ts - 1_000) as u64;
            prop_assert!(clock.secs() + 2 > passed, "{} of {passed}", clock.secs());
            prop_assert!(clock.secs() <= passed);
        }

        /// Whatever the chain does, the clock runs no faster than its seconds and no faster than
        /// twice its slots.
        #[test]
        fn the_clock_is_bounded_by_seconds_and_by_slots(
            steps in proptest::collection::vec((0i64..100_000, 0u64..1_000, any::<bool>(), 0i64..50_000), 1..60),
        ) {
            let (mut clock, mut open_most) = (start(), 0);
            for (secs, slots, held, until) in steps {
                let block = Block { held, until: clock.ts + until };
                open_most += if held { 0 } else { (secs - until).max(0) };
                let next = clock.advance(clock.ts + secs, clock.slot + slots, SLOT_MS, block, block).unwrap();
                prop_assert!(next.millis - clock.millis <= 2 * u64::from(SLOT_MS) * slots + MAX_CARRY_MS);
                prop_assert_eq!(next.blocked, held || secs < until);
                clock = next;
            }
            prop_assert!(clock.secs() <= open_most as u64);
            prop_assert!(clock.millis <= 2 * u64::from(SLOT_MS) * (clock.slot - 10_000) + MAX_CARRY_MS);
        }

        /// No block voids a window: each reopening within it leaves an hour, once, and none lasts
        /// longer than an hour more.
        #[test]
        fn no_block_voids_a_window(
            opens in 0u64..20_000, length in REOPENED_SECS..20_000,
            reopenings in proptest::collection::vec(1u64..9_000, 1..20),
        ) {
            let window = Window { opens, closes: opens + length };
            let (mut clock, mut granted) = (ExitClock::default(), window.closes);
            for step in reopenings {
                clock = clock.advance(clock.ts + step as i64, clock.slot + 10 * step, SLOT_MS, OPEN, OPEN).unwrap();
                prop_assert!(window.phase(&clock) != Phase::Missed || clock.secs() >= granted, "an hour was granted");
                clock = clock.advance(clock.ts + 5, clock.slot + 12, SLOT_MS, HELD, HELD).unwrap();
                clock = clock.advance(clock.ts, clock.slot, SLOT_MS, OPEN, OPEN).unwrap();
                prop_assert_eq!(clock.reopened, clock.secs());
                if window.phase_at(clock.secs()) == Phase::Open {
                    granted = granted.max(clock.secs() + REOPENED_SECS);
                }
                prop_assert!(window.closes_by(&clock) <= window.closes + REOPENED_SECS);
            }
        }

        /// Whoever opens and ends watches when, no day sees more of them than the bounds.
        #[test]
        fn no_day_is_watched_for_longer_than_its_bound(
            calls in proptest::collection::vec((0i64..6_000, 0usize..4, any::<bool>()), 1..200),
        ) {
            let (mut watches, mut members) = (Watches::default(), [Watch::default(); 4]);
            let mut now = 80_000i64;
            let mut days: Vec<(u64, i64)> = Vec::new(); // blocked second by second would be slow: by stretch and day
            for (secs, who, end) in calls {
                let until = watches.until().clamp(now, now + secs);
                for day in day_of(now)..=day_of(until) {
                    let (begins, ends) = (day as i64 * 86_400, (day as i64 + 1) * 86_400);
                    days.push((day, until.min(ends) - now.max(begins)));
                }
                now += secs;
                let plan = if end {
                    Some(watches.plan_end(&members[who], now))
                } else {
                    watches.plan_open(&members[who], now, &TERMS).unwrap()
                };
                if let Some(plan) = plan {
                    (watches, members[who]) = (plan.watches, plan.watch);
                }
                let open = members.iter().filter(|watch| watch.is_open(now)).count();
                prop_assert!(watches.open as usize >= open, "every open watch blocks");
                prop_assert!(open == 0 || watches.until() > now);
                let today = days.iter().filter(|(day, _)| *day == day_of(now));
                prop_assert!(today.map(|(_, secs)| *secs).sum::<i64>() <= i64::from(TERMS.fund_secs));
            }
        }
    }
}
