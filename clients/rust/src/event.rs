//! Reading events from a transaction's logs.

use {
    crate::{claims::COVER_PROGRAM_ID, PROGRAM_ID},
    anchor_lang::Discriminator,
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

/// The program's events in a transaction's log lines, in order. Only lines that the program itself
/// has written count, or that of claims: any program in the same transaction can log the same bytes.
pub fn from_logs<'a>(logs: impl IntoIterator<Item = &'a str>) -> Vec<Event> {
    bytes_from_logs(logs).iter().filter_map(|data| Event::decode(data)).collect()
}

/// The same as bytes, discriminator first, for readers by the IDL: of this program, and of that of claims.
pub fn bytes_from_logs<'a>(logs: impl IntoIterator<Item = &'a str>) -> Vec<Vec<u8>> {
    let own = [PROGRAM_ID, COVER_PROGRAM_ID].map(|program| program.to_string());
    let is_own = |program: Option<&&str>| program.is_some_and(|program| own.iter().any(|own| own == program));
    let (mut events, mut running) = (vec![], vec![]);
    for line in logs {
        if let Some(data) = line.strip_prefix(DATA) {
            events.extend(STANDARD.decode(data).ok().filter(|_| is_own(running.last())));
            continue;
        }
        let mut words = line.split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some("Program"), Some(program), Some("invoke")) => running.push(program),
            (Some("Program"), Some(program), Some("success" | "failed:"))
                if running.last() == Some(&program) =>
            {
                running.pop();
            }
            _ => {}
        }
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_programs_own_lines_are_its_events() {
        let event = DefaultClosed { fund: PROGRAM_ID, seq: 7 };
        let bytes = [DefaultClosed::DISCRIMINATOR, anchor_lang::bytemuck::bytes_of(&event)].concat();
        let (data, other) =
            (format!("{DATA}{}", STANDARD.encode(bytes)), "Vote111111111111111111111111111111111111111");
        let line = |program: &str, what: &str| format!("Program {program} {what}");
        let own = PROGRAM_ID.to_string();
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
}
