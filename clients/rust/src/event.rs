//! Reading events from a transaction's logs.

use {
    anchor_lang::Discriminator,
    base64::{engine::general_purpose::STANDARD, Engine as _},
    bulkhead::events::*,
};

const PREFIX: &str = "Program data: ";

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
    Settled,
    Liquidated,
    GraceStarted,
    GraceEnded,
    DefaultDeclared,
    LossAllocated,
    ResidualAllocated,
    HouseRealised,
    AssessmentAgreed,
    AssessmentPaid,
    ContributionCalled,
    CallEnforced,
    GainsCut,
    Recovered,
    RecoveryPaid,
    RecoveryWaived,
    WindDownStarted,
    MarkFixed,
    ClosedOut,
    ClaimPaid,
    EpochWiped,
    TakenOver,
    DefaultClosed,
);

/// The program's events in a transaction's log lines, in order.
pub fn from_logs<'a>(logs: impl IntoIterator<Item = &'a str>) -> Vec<Event> {
    let data = logs.into_iter().filter_map(|line| line.strip_prefix(PREFIX));
    data.filter_map(|data| STANDARD.decode(data).ok()).filter_map(|data| Event::decode(&data)).collect()
}
