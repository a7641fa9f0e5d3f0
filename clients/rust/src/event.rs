//! Reading events from a transaction's logs.

use {
    crate::{claims::cover_program_id, program_id},
    anchor_lang::{prelude::Address, Discriminator},
    base64::{engine::general_purpose::STANDARD, Engine as _},
    bulkhead::events::*,
};

const DATA: &str = "Program data: ";

macro_rules! events {
    ($($name:ident),* $(,)?) => {
        /// An event of the program.
        #[derive(Clone, Copy)]
        #[allow(missing_docs, clippy::large_enum_variant)]
        pub enum Event { $($name($name)),* }

        impl Event {
            /// The event in these bytes, if they are one.
            pub fn decode(data: &[u8]) -> Option<Self> {
                $(if let Some(body) = data.strip_prefix($name::DISCRIMINATOR) {
                    return anchor_lang::bytemuck::try_pod_read_unaligned(body).ok().map(Self::$name);
                })*
                None
            }

            /// The event's name.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name)),* }
            }
        }
    };
}

events!(
    FundCreated,
    MarketCreated,
    Paused,
    PauseEnded,
    ChangeQueued,
    ChangeApplied,
    TermsChanged,
    ChangeVetoed,
    AuthorityMoved,
    TreasuryRequested,
    TreasuryCommitted,
    TreasuryMoved,
    MemberOpened,
    MemberClosed,
    DelegateSet,
    MarginMoved,
    Contributed,
    WithdrawalRequested,
    ExitCommitted,
    WithdrawalPaid,
    RewardsPaid,
    EpochSettled,
    Novated,
    Cranked,
    Silenced,
    BreakerTripped,
    PremiumCollected,
    ExposureReported,
    Settled,
    Liquidated,
    GraceStarted,
    GraceEnded,
    DefaultDeclared,
    LossAllocated,
    ResidualAllocated,
    HouseFlat,
    HousesRealised,
    CushionReleased,
    CrowdingBooked,
    StressCalled,
    ExcessSold,
    AssessmentAgreed,
    AssessmentPaid,
    ContributionCalled,
    CallEnforced,
    WatchOpened,
    WatchEnded,
    HouseBooked,
    GainsCutOpened,
    GainsRegistered,
    GainsCut,
    GainPaid,
    Recovered,
    RecoveryPaid,
    RecoveryWaived,
    WindDownStarted,
    MarketEnds,
    MarkFixed,
    ClosedOut,
    ClaimPaid,
    EpochWiped,
    TakenOver,
    DefaultClosed,
    OfferPosted,
    OfferCancelled,
    OfferTaken,
    OfferFilled,
    TakingLapsed,
    CoverOpened,
    CoverAmended,
    CoverSuspended,
    CoverFunded,
    CoverAccrued,
    CoverHeld,
    CoverDrawn,
    CoverSettled,
    CoverCollected,
    CoverReturned,
    CoverEnded,
    GapShown,
);

/// The line in place of those that a node has not kept.
const TRUNCATED: &str = "Log truncated";

/// Events that a transaction's log lines do not hold any more: the node keeps only so many bytes of a
/// transaction's logs, and this one's were longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truncated;

/// An event of the program in a log, as bytes, discriminator first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Which of the transaction's calls of the program has emitted it, from zero.
    pub call: usize,
    /// The bytes.
    pub data: Vec<u8>,
}

/// The program's events in a transaction's log lines, in order. Only lines that the program itself
/// has written count: any program in the same transaction can log the same bytes.
pub fn from_logs<'a>(logs: impl IntoIterator<Item = &'a str>) -> Vec<Event> {
    let logged = read(logs, &[program_id()]).0;
    logged.iter().filter_map(|logged| Event::decode(&logged.data)).collect()
}

/// The same as bytes, discriminator first, for readers by the IDL: those of this program, and those of the
/// program of claims.
pub fn bytes_from_logs<'a>(logs: impl IntoIterator<Item = &'a str>) -> Vec<Vec<u8>> {
    read(logs, &[program_id(), cover_program_id()]).0.into_iter().map(|logged| logged.data).collect()
}

/// The fund's events with the call that has emitted each. Events of the program of claims are no part of
/// them: they move nothing that the fund's books hold.
///
/// # Errors
/// When the node has not kept all lines.
pub fn calls_from_logs<'a>(logs: impl IntoIterator<Item = &'a str>) -> Result<Vec<Logged>, Truncated> {
    match read(logs, &[program_id()]) {
        (events, false) => Ok(events),
        (_, true) => Err(Truncated),
    }
}

/// Reads the events of these programs, and whether lines are missing.
fn read<'a>(logs: impl IntoIterator<Item = &'a str>, programs: &[Address]) -> (Vec<Logged>, bool) {
    let own: Vec<String> = programs.iter().map(ToString::to_string).collect();
    let is_own = |program: &str| own.iter().any(|own| own == program);
    let mut running: Vec<(&str, usize)> = vec![];
    let (mut events, mut calls, mut truncated) = (vec![], 0, false);
    for line in logs {
        if let Some(data) = line.strip_prefix(DATA) {
            let emitter = running.last().filter(|(program, _)| is_own(program));
            let logged = emitter.and_then(|(_, call)| {
                let data = STANDARD.decode(data).ok()?;
                Some(Logged { call: *call, data })
            });
            events.extend(logged);
            continue;
        }
        truncated |= line == TRUNCATED;
        let mut words = line.split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some("Program"), Some(program), Some("invoke")) => {
                running.push((program, calls));
                calls += usize::from(is_own(program));
            }
            (Some("Program"), Some(program), Some("success" | "failed:"))
                if running.last().is_some_and(|(last, _)| *last == program) =>
            {
                running.pop();
            }
            _ => {}
        }
    }
    (events, truncated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_programs_own_lines_are_its_events() {
        let event = DefaultClosed { fund: program_id(), seq: 7 };
        let bytes = [DefaultClosed::DISCRIMINATOR, anchor_lang::bytemuck::bytes_of(&event)].concat();
        let (data, other) =
            (format!("{DATA}{}", STANDARD.encode(bytes)), "Vote111111111111111111111111111111111111111");
        let line = |program: &str, what: &str| format!("Program {program} {what}");
        let own = program_id().to_string();
        let count = |lines: &[String]| from_logs(lines.iter().map(String::as_str)).len();

        assert_eq!(count(&[line(&own, "invoke [1]"), data.clone(), line(&own, "success")]), 1);
        assert_eq!(count(&[line(other, "invoke [1]"), data.clone(), line(other, "success")]), 0, "forged");
        let called = [
            line(other, "invoke [1]"),
            line(&own, "invoke [2]"),
            data.clone(),
            line(&own, "success"),
            data.clone(), // forged, after the call
            format!("Program log: Program {own} invoke [2]"),
            data.clone(), // forged, behind a line that only looks like an invocation
            line(other, "success"),
        ];
        assert_eq!(count(&called), 1);
        let calling = [line(&own, "invoke [1]"), line(other, "invoke [2]"), line(other, "failed: why"), data];
        assert_eq!(count(&calling), 1);
    }

    #[test]
    fn events_are_told_apart_by_call_and_missing_lines_are_told() {
        let event = DefaultClosed { fund: program_id(), seq: 7 };
        let bytes = [DefaultClosed::DISCRIMINATOR, anchor_lang::bytemuck::bytes_of(&event)].concat();
        let data = format!("{DATA}{}", STANDARD.encode(bytes));
        let line = |what: &str| format!("Program {} {what}", program_id());
        let two = [line("invoke [1]"), data.clone(), line("success"), line("invoke [1]"), data.clone(), data];
        let calls = calls_from_logs(two.iter().map(String::as_str)).unwrap();
        assert_eq!(calls.iter().map(|logged| logged.call).collect::<Vec<_>>(), [0, 1, 1]);
        let cut = two.iter().map(String::as_str).chain([TRUNCATED]);
        assert_eq!(calls_from_logs(cut), Err(Truncated));
    }
}
