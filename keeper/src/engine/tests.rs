use {
    super::*,
    crate::plan::tests::{address, book, OTHER, PRICE, SLOT, TAKER, TARGET},
    bulkhead_book::Book,
    bulkhead_client::{
        instruction::{OfferKeys, Trader},
        state::{DefaultRecord, DefaultStatus, Offer, Silence, Taking},
    },
    bytemuck::Zeroable,
};

const PATIENCE: Patience = Patience { longest_wait_slots: 8, max_attempts: 3, pause_slots: 100 };

/// At 94 a margin of 100 for 1,000 lots bought at 100 is below maintenance.
const LOW: u64 = PRICE / 100 * 94;
/// At 85 the margin is gone.
const LOST: u64 = PRICE / 100 * 85;

/// A keeper that settles nothing, so that tests see the rest.
fn engine(book: Book) -> Engine {
    let (member, signer) = (address(TAKER), address(TAKER + 1));
    let oracles = vec![address(50), address(51)];
    let accounts = KeeperAccounts {
        keys: book.keys,
        oracles: oracles.clone(),
        payer: address(60),
        traders: vec![Trader { member, signer }],
        bounty: None,
    };
    let policy = Policy { settle_bps: u16::MAX, ..Policy::default() };
    let settings = EngineSettings {
        policy,
        crank_after_slots: None,
        post_after_secs: 20,
        least_note_secs: None,
        members_per_step: 10,
        most_in_flight: 8,
        patience: PATIENCE,
    };
    Engine::new(Live::new(book, oracles, vec![None; 2]), accounts, settings, None)
}

fn names(tasks: &[Task]) -> Vec<&'static str> {
    tasks.iter().map(|task| task.effect.name).collect()
}

fn crowd(price: u64) -> Book {
    book(price, &[(TARGET, 100, &[1_000]), (OTHER, 2_000, &[-1_000]), (TAKER, 10_000, &[])])
}

#[test]
fn the_same_effect_is_sent_once_and_again_when_it_has_failed() {
    let mut engine = engine(crowd(LOW));
    let tasks = engine.step().unwrap();
    assert_eq!(names(&tasks), ["liquidate"]);
    assert_eq!(engine.found().due, 1);
    assert!(engine.step().unwrap().is_empty(), "it is in flight");

    assert!(!engine.report(&tasks[0], &SendOutcome::Refused { error: "faster".into() }));
    assert!(engine.step().unwrap().is_empty(), "it waits a slot");
    engine.report(&tasks[0], &SendOutcome::Landed { units: 1, earned: 0, fee: 0 });
    assert_eq!(names(&engine.step().unwrap()), ["liquidate"], "the account has not changed");
}

#[test]
fn what_could_not_be_sent_is_no_attempt() {
    let mut engine = engine(crowd(LOW));
    for _ in 0..10 {
        let tasks = engine.step().unwrap();
        assert_eq!(names(&tasks), ["liquidate"]);
        assert!(!engine.report(&tasks[0], &SendOutcome::Unreachable { error: "down".into() }));
    }
}

#[test]
fn an_account_of_the_keeper_does_one_thing_at_a_time() {
    let members: [(u8, u64, &[i64]); 3] = [(TARGET, 100, &[1_000]), (OTHER, 0, &[]), (TAKER, 10_000, &[])];
    let mut first = book(LOW, &members);
    let mut engine = {
        let target = first.members[&address(TARGET)];
        first.members.insert(address(OTHER), target);
        engine(first)
    };
    let both = engine.step().unwrap();
    assert_eq!(names(&both), ["liquidate", "liquidate"], "planned one after the other, sent together");
    engine.report(&both[0], &SendOutcome::Refused { error: "faster".into() });
    assert!(engine.step().unwrap().is_empty(), "the taker is still busy with the other");
}

#[test]
fn liquidations_do_not_wait_for_an_allocation_that_is_on_its_way() {
    let mut book = crowd(LOW);
    let record = DefaultRecord { member: address(77), seq: 3, ..Zeroable::zeroed() };
    assert!(record.status == DefaultStatus::Declared);
    book.records.insert(3, record);
    let mut engine = engine(book);
    let first = engine.step().unwrap();
    assert_eq!(names(&first), ["allocate_loss"]);
    assert_eq!(names(&engine.step().unwrap()), ["liquidate"]);
}

#[test]
fn no_declaration_waits_for_another() {
    let mut book = book(LOST, &[(TARGET, 100, &[1_000]), (OTHER, 100, &[1_000]), (TAKER, 10_000, &[])]);
    book.fund.params.default_confirm_slots = 0;
    let mut engine = engine(book);
    let both = engine.step().unwrap();
    assert_eq!(names(&both), ["declare_default", "declare_default"]);
}

/// While an exchange is closed, prints that have no price come all the time. Each would silence the market
/// again, and cost a fee.
#[test]
fn a_market_that_is_silent_is_told_so_again_once_a_minute() {
    let cranks = |silence: Silence, print: Print| {
        let mut book = crowd(PRICE);
        (book.markets[0].silence, book.markets[0].seen_ts) = (silence.into(), 1_000);
        (book.now, book.quotes[0], book.quotes[1].print) = (print.publish_ts, Quote::of(print), None);
        let mut engine = engine(book);
        engine.settings.crank_after_slots = Some(0);
        engine.live.refresh();
        engine.cranks(8).iter().map(Action::name).collect::<Vec<_>>()
    };
    let closed =
        |publish_ts: i64| Print { price: 0, confidence: 0, publish_ts, silence: Silence::NotTrading };
    assert_eq!(cranks(Silence::None, closed(1_001)), ["crank_market"], "it falls silent");
    assert!(cranks(Silence::NotTrading, closed(1_059)).is_empty());
    assert_eq!(cranks(Silence::NotTrading, closed(1_060)), ["crank_market"]);
    assert_eq!(cranks(Silence::Price, closed(1_001)), ["crank_market"], "for another reason");
    let open = Print { price: PRICE, silence: Silence::None, ..closed(1_001) };
    assert_eq!(cranks(Silence::NotTrading, open), ["crank_market"], "it has a price again");
}

#[test]
fn everybody_has_a_turn() {
    let mut book = crowd(PRICE);
    for number in 100..130 {
        book.members.insert(address(number), Zeroable::zeroed());
    }
    let all = book.members.len();
    let mut engine = engine(book);
    let mut seen = BTreeSet::new();
    for _ in 0..all.div_ceil(10) {
        engine.turn_slot = None;
        seen.extend(engine.turn(BTreeSet::new()));
        assert!(engine.turn(BTreeSet::new()).is_empty(), "once a slot");
    }
    assert_eq!(seen.len(), all);
    assert_eq!(engine.live().book().slot, SLOT);
}

/// Policies have their turn once a slot, and a note that has landed is not paid for again.
#[test]
fn policies_are_served_once_a_slot() {
    let policies = crate::policies::tests::sold();
    let mut quiet = crowd(PRICE);
    quiet.now = policies.books.values().next().unwrap().book.noted_ts + 450;
    let mut engine = engine(quiet);
    engine.settings.least_note_secs = Some(30);
    engine.serve(policies);
    let notes = |engine: &mut Engine| engine.policies(8).len();
    let [note] = &engine.policies(8)[..] else { panic!("one is due") };
    let note = engine.task(note.clone());
    assert_eq!(note.effect.name, "note_price");
    assert_eq!(notes(&mut engine), 0, "the slot has had its turn");
    engine.served_slot = None;
    assert_eq!(notes(&mut engine), 0, "it is in flight");
    engine.report(&note, &SendOutcome::Landed { units: 1, earned: 0, fee: 0 });
    engine.served_slot = None;
    assert_eq!(notes(&mut engine), 0, "it has landed");
    assert_eq!(engine.late_secs(), 0);
    engine.settings.least_note_secs = None;
    engine.served_slot = None;
    assert_eq!((notes(&mut engine), engine.late_secs()), (0, 0), "the switch is off");
}

/// A taking of a lot that waits for its end: everybody sees it, and it is over.
fn taking_of_dust(book: &mut Book, number: u8) {
    let taking = Taking { taker: address(201), lots: 1, ts: book.now - 31, ..Zeroable::zeroed() };
    let (market, maker) = (book.keys.market(0), address(200));
    let offer = Offer { market, maker, trader: maker, lots: -1, taking, ..Zeroable::zeroed() };
    book.takings.insert(address(number), offer);
}

/// Takings of a lot cost a fee each, and would take every place in flight.
#[test]
fn takings_of_dust_hold_up_no_liquidation() {
    let mut book = crowd(LOW);
    (100..108).for_each(|number| taking_of_dust(&mut book, number));
    let tasks = engine(book).step().unwrap();
    assert_eq!(names(&tasks)[..2], ["liquidate", "lapse_taking"]);
}

/// One such taking at a time, and the keeper would have no quiet moment for what waits for one.
#[test]
fn a_taking_of_dust_holds_up_no_stress_call() {
    let mut book = crowd(PRICE);
    book.fund.treasury = 1; // the cover limit admits nobody
    taking_of_dust(&mut book, 100);
    assert!(names(&engine(book).step().unwrap()).contains(&"call_stress"));
}

/// Failures put off the taking that they are of, and not the next one of the same offer.
#[test]
fn each_taking_of_an_offer_is_an_effect_of_its_own() {
    let of = |ts: i64| {
        let keys = OfferKeys { offer: address(70), maker: address(TARGET), taker: address(OTHER) };
        Effect::of(&Action::LapseTaking { keys, ts })
    };
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}
