use {
    super::*,
    crate::plan::tests::{address, book, OTHER, PRICE, SLOT, TAKER, TARGET, TOKEN},
    bulkhead_book::Book,
    bulkhead_client::{
        instruction::{OfferKeys, Trader},
        state::{DefaultRecord, DefaultStatus, Member, Offer, Silence, Taking},
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
        errand_lamports_per_hour: 1_000_000,
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
    let tasks = engine.step();
    assert_eq!(names(&tasks), ["liquidate"]);
    assert_eq!(engine.found().due, 1);
    assert!(engine.step().is_empty(), "it is in flight");

    assert!(!engine.report(&tasks[0], &SendOutcome::Refused { error: "faster".into() }));
    assert!(engine.step().is_empty(), "it waits a slot");
    engine.report(&tasks[0], &SendOutcome::Landed { units: 1, earned: 0, fee: 0 });
    assert_eq!(names(&engine.step()), ["liquidate"], "the account has not changed");
}

#[test]
fn what_could_not_be_sent_is_no_attempt() {
    let mut engine = engine(crowd(LOW));
    for _ in 0..10 {
        let tasks = engine.step();
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
    let both = engine.step();
    assert_eq!(names(&both), ["liquidate", "liquidate"], "planned one after the other, sent together");
    engine.report(&both[0], &SendOutcome::Refused { error: "faster".into() });
    assert!(engine.step().is_empty(), "the taker is still busy with the other");
}

#[test]
fn liquidations_do_not_wait_for_an_allocation_that_is_on_its_way() {
    let mut book = crowd(LOW);
    let record = DefaultRecord { member: address(77), seq: 3, ..Zeroable::zeroed() };
    assert!(record.status == DefaultStatus::Declared);
    book.records.insert(3, record);
    let mut engine = engine(book);
    let first = engine.step();
    assert_eq!(names(&first), ["allocate_loss"]);
    assert_eq!(names(&engine.step()), ["liquidate"]);
}

#[test]
fn no_declaration_waits_for_another() {
    let mut book = book(LOST, &[(TARGET, 100, &[1_000]), (OTHER, 100, &[1_000]), (TAKER, 10_000, &[])]);
    book.fund.params.default_confirm_slots = 0;
    let mut engine = engine(book);
    let both = engine.step();
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
        let mut places = Places::of(8, &engine.effects);
        engine.cranks(&mut places).iter().map(Action::name).collect::<Vec<_>>()
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
    let notes = |engine: &mut Engine| engine.policies().len();
    let [note] = &engine.policies()[..] else { panic!("one is due") };
    let note = engine.task(note.clone(), Care::Upkeep);
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
    let tasks = engine(book).step();
    assert_eq!(names(&tasks)[..2], ["liquidate", "lapse_taking"]);
}

/// A transaction may take half a minute. While a lapse is on its way, both sides are in the plan: whoever
/// takes a lot of a failing member, or has one taken of its own, keeps off no liquidation.
#[test]
fn a_lapse_in_flight_holds_up_no_liquidation_of_its_sides() {
    for failing_is_maker in [true, false] {
        let mut book = crowd(LOW);
        taking_of_dust(&mut book, 100);
        let offer = book.takings.get_mut(&address(100)).unwrap();
        let (failing, other) = (address(TARGET), address(OTHER));
        (offer.maker, offer.taking.taker) =
            if failing_is_maker { (failing, other) } else { (other, failing) };
        let keys = OfferKeys { offer: address(100), maker: offer.maker, taker: offer.taking.taker };
        let lapse = Action::LapseTaking { keys, ts: offer.taking.ts };
        let mut engine = engine(book);
        let lapse = engine.task(lapse, Care::Errand);
        assert_eq!(names(&engine.step()), ["liquidate"]);
        assert_eq!(engine.in_flight(), 2, "the lapse is on its way still");
        engine.report(&lapse, &SendOutcome::Expired);
        assert!(!names(&engine.step()).contains(&"liquidate"), "and a liquidation is sent once");
    }
}

/// One such taking at a time, and the keeper would have no quiet moment for what waits for one.
#[test]
fn a_taking_of_dust_holds_up_no_stress_call() {
    let mut book = crowd(PRICE);
    book.fund.treasury = 1; // the cover limit admits nobody
    taking_of_dust(&mut book, 100);
    assert!(names(&engine(book).step()).contains(&"call_stress"));
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

/// A price moves while tasks of before are in flight.
fn moves_to(engine: &mut Engine, book: Book) {
    let oracles = engine.live().oracles().to_vec();
    engine.live = Live::new(book, oracles, vec![None; 2]);
}

/// Whatever nobody is paid for keeps nobody out of the plan: a member that has let takings of a lot lapse one
/// after the other, or has them filled or is settled meanwhile, is liquidated and declared.
#[test]
fn an_errand_in_flight_shields_nobody() {
    let of_target = |price: u64| {
        let mut book = crowd(price);
        taking_of_dust(&mut book, 100);
        book.takings.get_mut(&address(100)).unwrap().maker = address(TARGET);
        book
    };
    let mut first = engine(of_target(PRICE));
    assert_eq!(names(&first.step()), ["lapse_taking"]);
    moves_to(&mut first, of_target(LOW));
    assert_eq!(names(&first.step()), ["liquidate"]);

    let keys = OfferKeys { offer: address(100), maker: address(TARGET), taker: address(OTHER) };
    let (market, markets, rent_to) = (0, vec![0], address(71));
    let fill = Action::FillOffer { market, keys, ts: 1, rent_to, markets: markets.clone(), posted: None };
    let call = Action::CallStress { member: address(TARGET), markets };
    for (action, care) in [(fill, Care::Errand), (call, Care::Upkeep)] {
        for (price, wanted) in [(LOW, "liquidate"), (LOST, "declare_default")] {
            let mut book = crowd(price);
            book.fund.params.default_confirm_slots = 0;
            let mut engine = engine(book);
            engine.task(action.clone(), care);
            assert_eq!(names(&engine.step()), [wanted], "beside {}", action.name());
        }
    }
}

/// What nobody is paid for would take every place in flight, and with it a minute and a half if it does not
/// land.
#[test]
fn takings_of_dust_in_flight_leave_a_place_for_a_liquidation() {
    let full = |price: u64| {
        let mut book = crowd(price);
        (100..108).for_each(|number| taking_of_dust(&mut book, number));
        book
    };
    let mut engine = engine(full(PRICE));
    assert_eq!(names(&engine.step()), ["lapse_taking"; 2], "a quarter of the places");
    assert!(engine.step().is_empty(), "they are taken");
    moves_to(&mut engine, full(LOW));
    assert_eq!(names(&engine.step()), ["liquidate"]);
}

/// After an epoch has ended each of its members has to be taken out of it. That leaves half of the places.
#[test]
fn upkeep_in_flight_leaves_places_for_guards_and_for_marks() {
    let mut book = crowd(PRICE);
    book.fund.share_epoch = 1;
    for number in 100..120 {
        let member = Member { shares: 1u128.into(), ..Zeroable::zeroed() };
        book.members.insert(address(number), member);
    }
    let mut engine = engine(book.clone());
    engine.settings.members_per_step = 100;
    assert_eq!(names(&engine.step()), ["settle_epoch"; 4]);
    let low = crowd(LOW);
    book.markets = low.markets;
    book.quotes = low.quotes;
    moves_to(&mut engine, book.clone());
    assert_eq!(names(&engine.step()), ["liquidate"]);

    // A mark that is due is cranked before the rest of the epoch.
    let mut second = self::engine(book);
    second.settings.members_per_step = 100;
    second.settings.crank_after_slots = Some(0);
    second.live = {
        let mut book = crowd(PRICE);
        book.fund.share_epoch = 1;
        book.members.values_mut().for_each(|member| member.shares = 1u128.into());
        for market in book.markets.iter_mut() {
            market.mark.publish_ts -= 1;
        }
        Live::new(book, vec![address(50), address(51)], vec![None; 2])
    };
    let names = names(&second.step());
    assert_eq!(
        (names.len(), names.iter().filter(|name| **name == "crank_market").count()),
        (4, 2),
        "{names:?}"
    );
}

/// Eight members of a lot each below maintenance.
fn dust(book: &mut Book) {
    for number in 20..28 {
        book.members.get_mut(&address(number)).unwrap().margin = TOKEN / 10;
    }
}

/// Accounts of a lot would stand before a member that costs the fund something, by the order of addresses.
#[test]
fn the_largest_is_liquidated_first() {
    let mut members: Vec<(u8, u64, &[i64])> = (20..28).map(|number| (number, 0, &[1][..])).collect();
    members.extend([(TARGET + 100, 100_000, &[1_000_000][..]), (TAKER, 10_000_000, &[][..])]);
    let mut book = book(LOW, &members);
    dust(&mut book);
    let target = |task: &Task| match &task.action {
        Action::Liquidate { target, .. } => Some(*target),
        _ => None,
    };
    let targets: Vec<_> = engine(book).step().iter().filter_map(target).collect();
    assert_eq!(targets[0], address(TARGET + 100), "{targets:?}");
}

/// Defaults of dust do not come before a liquidation that is worth something, and hold neither all places nor
/// the account that takes over.
#[test]
fn dust_in_flight_holds_neither_places_nor_the_taker() {
    let members = |target: u64| {
        let mut members: Vec<(u8, u64, &[i64])> = (20..28).map(|number| (number, 0, &[1][..])).collect();
        members.extend([(TARGET + 100, target, &[1_000_000][..]), (TAKER, 10_000_000, &[][..])]);
        let mut book = book(LOW, &members);
        dust(&mut book);
        book.fund.params.default_confirm_slots = 0;
        book
    };
    let mut engine = engine(members(1_000_000));
    engine.settings.policy.least_notional = 10 * TOKEN;
    let tasks = engine.step();
    assert_eq!(tasks.len(), 4, "half of the places: {:?}", names(&tasks));
    assert!(tasks.iter().all(|task| task.care == Care::Upkeep), "at the base price");
    moves_to(&mut engine, members(100_000));
    let [task] = &engine.step()[..] else { panic!("one is worth it") };
    assert_eq!((task.effect.name, task.effect.member), ("liquidate", Some(address(TARGET + 100))));
    assert_eq!(task.care, Care::Guard);
}

/// Whoever makes takings of a lot pays a fee for each, and so does the keeper. It stops at half of what an
/// hour allows, and the rest is for takings that are worth something.
#[test]
fn dust_leaves_half_of_the_hour_to_others() {
    let mut book = crowd(PRICE);
    (100..140).for_each(|number| taking_of_dust(&mut book, number));
    let mut engine = engine(book.clone());
    engine.settings.policy.least_notional = 10 * TOKEN;
    engine.settings.most_in_flight = 4; // one errand at a time
    let mut spent = 0;
    while let Some(task) = engine.step().first() {
        spent += 100_000;
        engine.report(task, &SendOutcome::Failed { error: "late".into(), fee: 100_000 });
    }
    assert_eq!((spent, engine.purse().left()), (500_000, 500_000));
    assert!(engine.found().waiting > 0);

    // A taking of 20 lots is another matter, and so is a member below maintenance.
    taking_of_dust(&mut book, 99);
    book.takings.get_mut(&address(99)).unwrap().taking.lots = 20;
    moves_to(&mut engine, book.clone());
    let tasks = engine.step();
    assert_eq!((names(&tasks), tasks[0].effect.member), (vec!["lapse_taking"], Some(address(99))));
    engine.report(&tasks[0], &SendOutcome::Landed { units: 1, earned: 0, fee: 600_000 });
    assert!(engine.step().is_empty(), "nothing is left");
    let low = crowd(LOW);
    (book.markets, book.quotes) = (low.markets, low.quotes);
    moves_to(&mut engine, book.clone());
    assert_eq!(names(&engine.step()), ["liquidate"]);

    // An hour later there is money again.
    book.now += 3_600;
    moves_to(&mut engine, book);
    assert!(names(&engine.step()).contains(&"lapse_taking"));
}

/// A gains cut waits for members in flight, but not for errands, of which strangers can always keep one
/// there, nor for a crank, which is nearly always there.
#[test]
fn an_errand_in_flight_holds_up_no_gains_cut() {
    let mut book = crowd(PRICE);
    taking_of_dust(&mut book, 100);
    let mut engine = engine(book);
    let lapse = engine.step();
    assert_eq!(names(&lapse), ["lapse_taking"]);
    let cut = || Planned { action: Action::OpenGainsCut { waived: vec![] }, stake: None };
    let chosen = |engine: &mut Engine| {
        let mut places = Places::of(8, &engine.effects);
        engine.choose(vec![cut()], &mut places).len()
    };
    assert_eq!(chosen(&mut engine), 1);
    engine.task(Action::Crank { market: 0 }, Care::Upkeep);
    assert_eq!(chosen(&mut engine), 1);
    engine.task(Action::CallStress { member: address(TARGET), markets: vec![0] }, Care::Upkeep);
    assert_eq!(chosen(&mut engine), 0);
}

/// What is refused again and again is in no plan while it waits, so that the work of quiet moments goes on
/// beside it. A delegate whose budget is used up is refused every liquidation.
#[test]
fn what_is_refused_holds_up_no_stress_call() {
    let mut book = crowd(LOW);
    book.fund.treasury = 1; // the cover limit admits nobody
    let mut engine = engine(book);
    let tasks = engine.step();
    assert_eq!(names(&tasks), ["liquidate"]);
    engine.report(&tasks[0], &SendOutcome::Refused { error: "DelegateBudgetExceeded".into() });
    engine.turn_slot = None;
    assert!(names(&engine.step()).contains(&"call_stress"));
}

/// Settlements go together, and after a failure one by one: those that are sound land, and the wrong one
/// alone waits.
#[test]
fn settlements_that_failed_together_are_sent_one_by_one() {
    let members: Vec<(u8, u64, &[i64])> = [(TARGET, 500, &[1_000i64][..]), (OTHER, 500, &[1_000][..])].into();
    let mut engine = engine(book(PRICE / 100 * 90, &members));
    engine.settings.policy.settle_bps = 100;
    let mut settled = |reports: &[(&Task, SendOutcome)]| {
        for (task, outcome) in reports {
            assert!(!engine.report(task, outcome));
        }
        engine.turn_slot = None;
        let tasks = engine.step();
        assert!(names(&tasks).iter().all(|name| *name == "settle"));
        tasks
    };
    let of = |tasks: &[Task]| tasks.iter().map(|task| task.action.members()).collect::<Vec<_>>();
    let refused = || SendOutcome::Refused { error: "WrongMarket".into() };
    let landed = || SendOutcome::Landed { units: 1, earned: 0, fee: 0 };
    let together = settled(&[]);
    assert_eq!(of(&together), [[TARGET, OTHER].map(address)]);
    let single = settled(&[(&together[0], refused())]);
    assert_eq!(of(&single), [[address(TARGET)], [address(OTHER)]]);
    let rest = settled(&[(&single[0], refused()), (&single[1], landed())]);
    assert_eq!(of(&rest), [[address(OTHER)]], "its account has not changed, and the other one waits");
    // One that never ran is of no harm to the others.
    let again = settled(&[(&rest[0], landed())]);
    let expired = settled(&[(&again[0], SendOutcome::Expired)]);
    assert!(expired.is_empty(), "it waits");
}

/// The margin of the keeper is not kept for a liquidation that waits because it has failed.
#[test]
fn what_is_refused_keeps_no_margin() {
    let members: [(u8, u64, &[i64]); 3] =
        [(TARGET, 100_000, &[1_000_000]), (OTHER, 100, &[1_000]), (TAKER, 100_000, &[])];
    let mut engine = engine(book(LOW, &members));
    let first = engine.step();
    let targets = |tasks: &[Task]| tasks.iter().filter_map(|task| task.effect.member).collect::<Vec<_>>();
    assert_eq!(targets(&first), [address(TARGET)], "all of the margin goes to the largest");
    engine.report(&first[0], &SendOutcome::Refused { error: "faster".into() });
    assert_eq!(targets(&engine.step()), [address(OTHER)]);
}

/// The fund is polled each slot and says at once that there is another market. Its account comes later.
#[test]
fn a_market_that_has_just_opened_stops_nothing() {
    let mut book = crowd(LOW);
    book.fund.market_count += 1;
    assert_eq!(names(&engine(book).step()), ["liquidate"]);
}

/// A market whose numbers leave their types is left out of the plan, which goes on for everybody else.
#[test]
fn what_cannot_be_planned_is_left_out_alone() {
    let mut book = crowd(PRICE);
    book.fund.treasury = 1; // the cover limit admits nobody
    book.markets[1].scale = 0;
    let broken = Some(book.keys.market(1));
    let mut engine = engine(book);
    assert!(names(&engine.step()).contains(&"call_stress"));
    let left_out: Vec<LeftOut> = engine.left_out().iter().copied().collect();
    assert_eq!(left_out, [LeftOut { action: "collect_premium", of: broken }]);
}

/// No feed tells that an account was closed. What is refused is read again, and what is gone is forgotten.
#[test]
fn what_is_gone_is_forgotten_after_one_refusal() {
    let mut with_taking = crowd(PRICE);
    taking_of_dust(&mut with_taking, 100);
    for (book, name, gone) in
        [(with_taking, "lapse_taking", address(100)), (crowd(LOW), "liquidate", address(TARGET))]
    {
        let mut engine = engine(book);
        let tasks = engine.step();
        assert_eq!(names(&tasks), [name]);
        assert!(tasks[0].touched().contains(&gone), "it is read after a refusal");
        engine.report(&tasks[0], &SendOutcome::Refused { error: "AccountNotInitialized".into() });
        assert_ne!(engine.apply(&gone, None).unwrap(), Change::None);
        assert!(engine.step().is_empty());
        assert_eq!((engine.found().due, engine.live().book().takings.len()), (0, 0));
    }
}

/// The rent of a record comes back after 90 days, to whoever has paid it. The keeper closes its own.
#[test]
fn the_record_of_an_old_default_is_closed() {
    let mut book = crowd(PRICE);
    let own = DefaultRecord {
        payer: address(60),
        status: DefaultStatus::Allocated.into(),
        member: address(77),
        ..Zeroable::zeroed()
    };
    let records = [
        own,
        DefaultRecord { payer: address(61), ..own },
        DefaultRecord { status: DefaultStatus::Declared.into(), ..own },
        DefaultRecord { declared_ts: 1, ..own },
    ];
    for (seq, record) in (0..).zip(records) {
        book.records.insert(seq, DefaultRecord { seq, count: seq, ..record });
    }
    book.now = DEFAULT_RETENTION_SECS;
    let mut engine = engine(book);
    let closings = engine.closings();
    let [Action::CloseDefault { seq: 0, record, payer }] = &closings[..] else { panic!("{closings:?}") };
    assert_eq!(*payer, address(60));
    let task = engine.task(closings[0].clone(), Care::Upkeep);
    assert!(engine.closings().is_empty(), "it is in flight");
    assert!(task.touched().contains(record), "it is read afterwards: no feed tells that it is closed");
    assert_eq!(engine.apply(record, None).unwrap(), Change::Common);
    assert_eq!(engine.live().book().records.len(), 3);
}
