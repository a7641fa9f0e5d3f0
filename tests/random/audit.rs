//! The audit from events alone, on random histories: it agrees to the unit after every action, and no
//! event that moves money can be left out.

use {
    crate::{history::History, prices::windows, tally::Tally},
    bulkhead_tests::{audit::Books, Event, World},
    std::collections::{BTreeMap, BTreeSet},
};

/// Histories that are played, until every kind of event has been left out once.
const HISTORIES: u64 = 24;
/// Actions of each.
const STEPS: u64 = 300;

/// Events that say what somebody may do, or what may happen, but move no money.
const MOVES_NOTHING: [&str; 25] = [
    "AssessmentAgreed",
    "AuthorityMoved",
    "BreakerTripped",
    "ChangeApplied",
    "ChangeQueued",
    "ChangeVetoed",
    "CoverAmended",
    "CoverDrawn",
    "CoverEnded",
    "CoverHeld",
    "CoverOpened",
    "CoverSuspended",
    "CrowdingBooked",
    "DelegateSet",
    "EpochWiped",
    "ExposureReported",
    "GapShown",
    "MarketEnds",
    "OfferCancelled",
    "PauseEnded",
    "Paused",
    "Silenced",
    "StressCalled",
    "TreasuryCommitted",
    "TreasuryRequested",
];

/// Events that matter only as long as something else does not come after them: a later mark replaces a
/// mark (while no premium accrues), a later look at a house the one before, the end of a grace its
/// beginning. Other terms count only where they change a premium that is due, and an offer once it is
/// taken.
const PASSES: [&str; 10] = [
    "Cranked",
    "ContributionCalled",
    "ExitCommitted",
    "GraceEnded",
    "GraceStarted",
    "HouseBooked",
    "OfferPosted",
    "TermsChanged",
    "WindDownStarted",
    "WithdrawalRequested",
];

/// What watches are for has an end, which no account keeps.
const WATCHES: [&str; 2] = ["WatchEnded", "WatchOpened"];

#[test]
fn an_audit_without_one_event_fails() {
    let mut missed: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut found = BTreeSet::new();
    for seed in 1..=HISTORIES {
        let (world, calls) = play(seed);
        for name in names(&calls) {
            if found.contains(name) {
                continue;
            }
            // The last one, after which nothing can hide that it is missing.
            if fails_without(&world, &calls, name) {
                found.insert(name);
            } else {
                *missed.entry(name).or_default() += 1;
            }
        }
    }
    missed.retain(|name, _| !found.contains(name));
    let free =
        |name: &&&str| MOVES_NOTHING.contains(*name) || PASSES.contains(*name) || WATCHES.contains(*name);
    let needless: Vec<&&str> = missed.keys().filter(|name| !free(name)).collect();
    assert!(needless.is_empty(), "the audit does not miss {needless:?}");
    for name in ["Novated", "Settled", "DefaultDeclared", "LossAllocated", "RewardsPaid", "Contributed"] {
        assert!(found.contains(name), "no history has a {name} whose absence is noticed");
    }
}

/// Plays a history, and returns its world with every call.
fn play(seed: u64) -> (World, Vec<Vec<Event>>) {
    let mut history = History::new(seed, &windows());
    let mut tally = Tally::default();
    history.join(&mut tally);
    for _ in 0..STEPS {
        history.step(&mut tally);
        if history.is_over() {
            break;
        }
    }
    let world = history.twin.world;
    let calls = world.books.calls.clone();
    (world, calls)
}

fn names(calls: &[Vec<Event>]) -> BTreeSet<&'static str> {
    calls.iter().flatten().map(Event::name).collect()
}

/// Whether the audit notices that the last event of this name is missing.
fn fails_without(world: &World, calls: &[Vec<Event>], name: &str) -> bool {
    let is_meant = |event: &Event| event.name() == name && !is_idle(event);
    let last = calls.iter().rposition(|call| call.iter().any(is_meant));
    if last.is_none() {
        return true; // it has happened, and moved nothing each time
    }
    let mut books = Books::default();
    for (place, call) in calls.iter().enumerate() {
        let mut call = call.clone();
        if Some(place) == last {
            let event = call.iter().rposition(is_meant).expect("it is there");
            call.remove(event);
        }
        books.take(&call);
    }
    !books.differences(world).is_empty()
}

/// Whether an event says that layers that are empty have paid nothing, or that a cover has lapsed for which
/// nobody had paid.
fn is_idle(event: &Event) -> bool {
    match event {
        Event::ResidualAllocated(event) => {
            event.from_treasury + event.from_survivors + event.from_cushions == 0
        }
        Event::CoverAccrued(event) => event.premium == 0,
        _ => false,
    }
}
