//! The order in which the events of one call are booked, and whom each is about.

use bulkhead_client::{event::Event, Address};

/// What tells whose fund an event is of.
pub(crate) enum Subject {
    Fund(Address),
    Member(Address),
    Market(Address),
}

macro_rules! subjects {
    ($event:expr, fund: $($fund:ident)*, member: $($member:ident)*, market: $($market:ident)*) => {
        match $event {
            $(Event::$fund(event) => Subject::Fund(event.fund),)*
            $(Event::$member(event) => Subject::Member(event.member),)*
            $(Event::$market(event) => Subject::Market(event.market),)*
            Event::Novated(event) => Subject::Member(event.buyer),
            Event::Liquidated(event) => Subject::Member(event.target),
            Event::ExcessSold(event) => Subject::Member(event.target),
        }
    };
}

/// Returns what tells whose fund an event is of.
pub(crate) fn subject(event: &Event) -> Subject {
    subjects!(event,
        fund: FundCreated MarketCreated Paused PauseEnded ChangeQueued ChangeApplied ChangeVetoed
            AuthorityMoved TreasuryRequested TreasuryCommitted TreasuryMoved MemberOpened MemberClosed
            PremiumCollected ExposureReported DefaultDeclared LossAllocated ResidualAllocated HouseFlat
            HousesRealised CushionReleased CrowdingBooked StressCalled AssessmentPaid WatchOpened
            WatchEnded HouseBooked GainsCutOpened GainsRegistered GainsCut GainPaid Recovered RecoveryPaid
            WindDownStarted MarketEnds MarkFixed ClaimPaid EpochWiped DefaultClosed TermsChanged OfferPosted
            OfferCancelled OfferTaken OfferFilled TakingLapsed CoverOpened CoverAmended CoverSuspended
            CoverFunded CoverAccrued CoverHeld CoverDrawn CoverSettled CoverCollected CoverReturned
            CoverEnded GapShown,
        member: DelegateSet MarginMoved Contributed WithdrawalRequested ExitCommitted WithdrawalPaid
            RewardsPaid EpochSettled Settled GraceStarted GraceEnded AssessmentAgreed
            ContributionCalled CallEnforced RecoveryWaived ClosedOut TakenOver,
        market: Cranked Silenced BreakerTripped)
}

/// Sorts the events of one call as their effects follow one another: what became of a member, results
/// of houses, the end of their round, the rest. The program emits some of them before the event that
/// caused them.
pub(crate) fn by_booking<'a>(call: &[&'a Event]) -> Vec<&'a Event> {
    let mut sorted = call.to_vec();
    let closes_out = call.iter().any(|event| matches!(event, Event::ClosedOut(_)));
    sorted.sort_by_key(|event| match event {
        Event::OfferFilled(_) => -1, // what it locks is free before the trade
        Event::AssessmentPaid(_) if closes_out => 1,
        Event::HouseFlat(_) => 2,
        Event::HousesRealised(_) => 3,
        Event::ContributionCalled(_) => 4,
        Event::WindDownStarted(_) => 5,
        _ => 0,
    });
    sorted
}

/// Whether a call gave lots to a taker: a contribution that it calls for is then the taker's, and no
/// shares were brought up to date.
pub(crate) fn has_taker(call: &[&Event]) -> bool {
    let taken =
        |event: &&Event| matches!(event, Event::Liquidated(_) | Event::TakenOver(_) | Event::ExcessSold(_));
    call.iter().any(taken)
}
