use {
    super::{take::largest, *},
    bulkhead::constants::SETTLE_SLOTS,
    bulkhead_book::{Posting, Quote},
    bulkhead_client::{
        address::default_record,
        instruction::FundKeys,
        state::{
            AdjustmentTerms, Cover, DefaultRecord, DefaultStatus, Fund, FundParams, Market, MarketRates,
            MarketTerms, Silence, Taking,
        },
    },
    bulkhead_math::positions::Position,
    bytemuck::Zeroable,
    std::collections::BTreeMap,
};

/// A lot is a hundredth of the asset, which costs 100: one lot is worth one token, a million base
/// units.
pub(crate) const PRICE: u64 = 100 * 100_000_000;
pub(crate) const TOKEN: u64 = 1_000_000;
pub(crate) const SLOT: u64 = 10_000;

pub(crate) fn address(number: u8) -> Address {
    Address::new_from_array([number; 32])
}

pub(crate) const TARGET: u8 = 1;
pub(crate) const OTHER: u8 = 2;
pub(crate) const TAKER: u8 = 9;

fn fund() -> Fund {
    let params = FundParams {
        default_confirm_slots: 25,
        auction_slots: 1_000,
        auction_max_discount_bps: 1_000,
        cover_limit_bps: 5_000,
        liquidation_bonus_bps: 100,
        liquidation_fee_bps: 50,
        liquidation_buffer_bps: 1_000,
        max_mark_age_slots: 25,
        slot_ms: 400,
        age_full_secs: 45,
        act_age_secs: 10,
        crowding_limit_bps: 80_000,
        watch_secs: 1_800,
        watch_day_secs: 7_200,
        grace_day_secs: 7_200,
        vest_secs: 300,
        register_secs: 3_600,
        call_secs: 86_400,
        ..Zeroable::zeroed()
    };
    // The fund's treasury is large, so that the cover limit binds nobody unless a test wants it to.
    Fund { params, treasury: 1_000_000 * TOKEN, pool: 1_000_000 * TOKEN, ..Zeroable::zeroed() }
}

fn market(index: u16) -> Market {
    let rates =
        MarketRates { initial_bps: 1_000, maintenance_bps: 500, contribution_bps: 0, stress_bps: 3_000 };
    let one = 10_000;
    let adjustment =
        AdjustmentTerms { multiplier_min_bps: one, multiplier_max_bps: one, ..Zeroable::zeroed() };
    let mut market = Market { index, scale: 10_000, ..Zeroable::zeroed() };
    market.oracle.max_age_secs = 60;
    let dead_feed_secs = 14 * 86_400;
    rates::adopt(&mut market, &MarketTerms { rates, adjustment, dead_feed_secs, ..Zeroable::zeroed() });
    market
}

/// A book with these members: number, margin, and lots bought at 100 by market.
pub(crate) fn book(price: u64, members: &[(u8, u64, &[i64])]) -> Book {
    let print = Print { price, confidence: 0, publish_ts: 0, silence: Silence::None };
    let quote = Quote::of(print);
    let markets = members.iter().map(|(_, _, lots)| lots.len()).max().unwrap_or_default().max(2);
    let mut book = Book {
        keys: FundKeys::new(&address(100), address(100), address(101), 0),
        slot: SLOT,
        now: 0,
        fund: Fund { market_count: markets as u16, ..fund() },
        vault_amount: 0,
        markets: (0..markets as u16).map(market).collect::<Vec<_>>().into(),
        members: BTreeMap::new(),
        records: BTreeMap::new(),
        epochs: BTreeMap::new(),
        takings: BTreeMap::new(),
        prints: BTreeMap::new(),
        covers: BTreeMap::new(),
        quotes: vec![quote; markets],
    };
    for (number, tokens, lots) in members {
        // The snapshot is of day zero, on which nobody has had its grace yet.
        let mut member = Member { margin: tokens * TOKEN, grace_day: u32::MAX, ..Zeroable::zeroed() };
        book.fund.margin_total += member.margin;
        for (market, lots) in lots.iter().enumerate().filter(|(_, lots)| **lots != 0) {
            let position = Position::default().trade(*lots, PRICE).unwrap();
            write(&mut book, market, &mut member, position);
        }
        book.members.insert(address(*number), member);
    }
    let mut book = book.cranked();
    for market in book.markets.iter_mut() {
        crowding::book(&mut book.fund, market).unwrap();
    }
    book
}

/// Writes a position as the program does, so that the market's totals count it.
fn write(book: &mut Book, market: usize, member: &mut Member, position: Position) {
    let before = member.position(market as u16);
    positions::write(&mut book.markets[market], member, before, position).unwrap();
}

fn decide(book: &Book) -> Vec<Action> {
    // Settlements have tests of their own.
    let mut actions = plan(book, &[address(TAKER)], &Policy::default()).unwrap();
    actions.retain(|action| !matches!(action, Action::Settle { .. }));
    actions
}

#[test]
fn a_healthy_fund_is_left_alone() {
    let book = book(PRICE, &[(TARGET, 60, &[1_000]), (OTHER, 200, &[-1_000]), (TAKER, 10_000, &[])]);
    assert_eq!(plan(&book, &[address(TAKER)], &Policy::default()).unwrap(), []);
}

#[test]
fn a_member_below_maintenance_is_liquidated_until_it_is_above() {
    // A fall of 5%: 1,000 lots at 95 with 90 of margin less 50: equity 40 of 47.5 maintenance.
    let mut book = book(PRICE / 100 * 95, &[(TARGET, 90, &[1_000]), (TAKER, 10_000, &[])]);
    let actions = decide(&book);
    let [Action::Liquidate { market: 0, target, taker, lots, limit_price, markets }] = &actions[..] else {
        panic!("{actions:?}")
    };
    assert_eq!((*target, *taker, &markets[..]), (address(TARGET), address(TAKER), &[0u16][..]));
    assert!(*lots > 0 && *lots < 1_000, "{lots}");
    assert_eq!(*limit_price, PRICE / 100 * 95, "the market's price band is zero");

    let policy = Policy::default();
    let takers = [address(TAKER)];
    let mut planner = Planner::new(&book, &takers, &policy, &never_put_off);
    let trial = planner.try_liquidation(0, target, taker, *lots).unwrap();
    planner.apply(trial);
    book = planner.book;
    let member = &book.members[target];
    assert!(!book.risk(member).unwrap().is_liquidatable(member.margin).unwrap());
    assert_eq!(decide(&book), []);
}

#[test]
fn the_largest_position_goes_first_and_all_markets_are_cranked() {
    let book = book(PRICE / 100 * 95, &[(TARGET, 210, &[1_000, 2_000]), (TAKER, 10_000, &[])]);
    let actions = decide(&book);
    assert!(
        matches!(&actions[0], Action::Liquidate { market: 1, markets, .. } if markets[..] == [0, 1]),
        "{actions:?}"
    );
}

#[test]
fn a_keeper_takes_no_more_than_it_can_bear() {
    // 12,500 bps of a stress move of 30% of 95 and a sale at 10% after it, 43%: 75 of margin and a
    // bonus of 1% bear 149 lots.
    let members: [(u8, u64, &[i64]); 2] = [(TARGET, 70, &[1_000]), (TAKER, 0, &[])];
    for (margin, most) in [(75, 149), (1, 1), (0, 0)] {
        let mut book = book(PRICE / 100 * 95, &members);
        book.members.get_mut(&address(TAKER)).unwrap().margin = margin * TOKEN;
        book.fund.margin_total += margin * TOKEN;
        let taken: u64 = decide(&book)
            .iter()
            .map(|action| match action {
                Action::Liquidate { lots, .. } => *lots,
                other => panic!("{other:?}"),
            })
            .sum();
        assert!(taken <= most && (taken + 1 >= most || most == 0), "{margin}: {taken} of {most}");
    }
}

#[test]
fn a_keeper_does_not_liquidate_itself() {
    let book = book(PRICE / 100 * 95, &[(TAKER, 90, &[1_000])]);
    assert_eq!(decide(&book), []);
}

#[test]
fn i8_a_keeper_with_eight_positions_leaves_others_what_it_cannot_take() {
    // Two members fall below maintenance: one in market 0, in which the keeper has no slot any more, and
    // one in market 1, in which it has a position.
    let members: [(u8, u64, &[i64]); 3] =
        [(TARGET, 90, &[1_000]), (OTHER, 90, &[0, 1_000]), (TAKER, 1_000_000, &[0, 1])];
    let mut book = book(PRICE / 100 * 95, &members);
    let taker = book.members.get_mut(&address(TAKER)).unwrap();
    while let Ok(slot) = taker.slot_or_free(9) {
        (slot.market, slot.takings) = (7, 1); // kept for a taking: as full as one with a position
    }
    let actions = decide(&book);
    let targets: Vec<_> = actions
        .iter()
        .filter_map(|action| match action {
            Action::Liquidate { market, target, .. } => Some((*market, *target)),
            _ => None,
        })
        .collect();
    assert_eq!(targets, [(1, address(OTHER))], "{actions:?}");
}

#[test]
fn negative_equity_leads_through_grace_into_default() {
    let mut book =
        book(PRICE / 100 * 85, &[(TARGET, 100, &[1_000]), (OTHER, 100, &[1_000]), (TAKER, 10_000, &[])]);
    book.members.get_mut(&address(OTHER)).unwrap().default_count = 7;
    let declare = |number: u8, count| Action::Declare { member: address(number), count, markets: vec![0] };
    assert_eq!(decide(&book), [declare(TARGET, 0), declare(OTHER, 7)]);

    for member in book.members.values_mut() {
        member.status = MemberStatus::Grace.into();
        member.grace_slot = SLOT - 24;
        member.grace_ts = book.now - 10; // 25 slots of 400 ms
    }
    (book.fund.graces, book.fund.exits.grace_until_ts) = (2, 1_000);
    book.members.get_mut(&address(TAKER)).unwrap().status = MemberStatus::Active.into();
    assert_eq!(decide(&book), [], "the grace period is not over");
    book.slot += 1;
    assert_eq!(decide(&book), [declare(TARGET, 0), declare(OTHER, 7)]);
}

#[test]
fn who_has_recovered_leaves_its_grace_period() {
    let mut book = book(PRICE, &[(TARGET, 100, &[1_000])]);
    book.fund.graces = 1;
    let member = book.members.get_mut(&address(TARGET)).unwrap();
    member.status = MemberStatus::Grace.into();
    member.grace_slot = SLOT;
    member.margin = 1_000 * TOKEN;
    assert_eq!(decide(&book), [Action::Declare { member: address(TARGET), count: 0, markets: vec![0] }]);
}

#[test]
fn a_default_is_neither_liquidated_nor_settled() {
    let book = book(PRICE / 100 * 85, &[(TARGET, 100, &[1_000]), (TAKER, 10_000, &[])]);
    let actions = plan(&book, &[address(TAKER)], &Policy::default()).unwrap();
    assert!(matches!(&actions[..], [Action::Declare { .. }]), "{actions:?}");
}

/// The pool pays out collected premiums once they are worth a transaction and nothing else is left
/// to do.
#[test]
fn premiums_are_collected_when_they_are_worth_it() {
    let paid = |units: u64| {
        let mut book = book(PRICE, &[]);
        book.markets[1].adjusted.premium_raw = (u128::from(units) * 10_000).into();
        book
    };
    let policy = Policy::default();
    assert_eq!(plan(&paid(TOKEN - 1), &[], &policy).unwrap(), []);
    assert_eq!(plan(&paid(TOKEN), &[], &policy).unwrap(), [Action::CollectPremium { market: 1 }]);
    let mut short = paid(TOKEN);
    short.fund.pool = TOKEN - 1;
    assert_eq!(plan(&short, &[], &policy).unwrap(), [], "the pool cannot pay it");
}

#[test]
fn losses_are_allocated_before_anything_else() {
    let mut book = book(PRICE / 100 * 95, &[(TARGET, 90, &[1_000]), (TAKER, 10_000, &[])]);
    for (seq, status) in [(3, DefaultStatus::Declared), (4, DefaultStatus::Allocated)] {
        let status = status.into();
        let record = DefaultRecord { seq, count: 1, status, member: address(OTHER), ..Zeroable::zeroed() };
        book.records.insert(seq, record);
    }
    book.fund.residual = 5;
    assert_eq!(
        decide(&book),
        [Action::Allocate { seq: 3, record: default_record(&address(OTHER), 1) }, Action::AllocateResidual]
    );
    // With no money to pay it, a residual stays, and the keeper goes on.
    book.records.clear();
    book.fund.treasury = 0;
    book.fund.params.cover_limit_bps = 0;
    let actions = decide(&book);
    assert!(matches!(actions[..], [Action::Liquidate { .. }]), "{actions:?}");
}

#[test]
fn an_ended_epoch_is_settled_for_who_had_shares() {
    let mut book = book(PRICE, &[(TARGET, 0, &[]), (OTHER, 0, &[])]);
    book.fund.share_epoch = 2;
    book.members.get_mut(&address(TARGET)).unwrap().shares = 5u128.into();
    assert_eq!(decide(&book), [Action::SettleEpoch { member: address(TARGET), epoch: 0 }]);
}

#[test]
fn the_house_is_bought_from_once_it_is_cheap_enough() {
    let mut book = book(PRICE, &[(TAKER, 10_000, &[])]);
    (book.markets[1].house_lots, book.fund.open_houses) = (-500, 1);
    // The discount grows to 10% in 1,000 slots: one percent after 100.
    book.markets[1].house_since_slot = SLOT - 99;
    assert_eq!(decide(&book), []);
    book.markets[1].house_since_slot = SLOT - 100;
    let bought = Action::TakeOver {
        market: 1,
        taker: address(TAKER),
        lots: 500,
        limit_price: PRICE,
        markets: vec![1],
    };
    assert_eq!(decide(&book), [bought]);
}

#[test]
fn without_a_price_nothing_is_done_in_a_market() {
    let mut book =
        book(PRICE / 100 * 95, &[(TARGET, 90, &[1_000]), (OTHER, 90, &[0, 1_000]), (TAKER, 10_000, &[])]);
    book.quotes[1] = Quote::default();
    let actions = plan(&book, &[address(TAKER)], &Policy::default()).unwrap();
    assert!(!actions.is_empty());
    for action in &actions {
        assert_eq!(action.markets(), [0], "{action:?}");
    }
}

/// A new price is judged beside the one before it until it has lasted for two cells.
#[test]
fn a_price_harms_nobody_before_it_has_lasted() {
    let mut book = book(PRICE, &[(TARGET, 90, &[1_000]), (OTHER, 60, &[1_000]), (TAKER, 10_000, &[])]);
    for quote in &mut book.quotes {
        quote.print.as_mut().unwrap().price = PRICE / 100 * 93;
    }
    book = book.cranked();
    assert_eq!(book.market(0).unwrap().mark.price, PRICE / 100 * 93);
    // One member owes 10 already, as far as the mark shows: nobody leaves the fund meanwhile.
    let watch = Action::OpenWatch { member: address(OTHER), markets: vec![0] };
    assert_eq!(decide(&book), [watch]);
    (book.slot, book.now) = (SLOT + 50, 20);
    for quote in &mut book.quotes {
        quote.print.as_mut().unwrap().publish_ts = 20;
    }
    let actions = decide(&book.cranked());
    assert!(matches!(&actions[..], [Action::Declare { .. }, Action::Liquidate { .. }]), "{actions:?}");
}

/// A market that is silent is left alone, and everything else goes on: the member is liquidated in the
/// other one.
#[test]
fn a_silent_market_stops_nothing_else() {
    let members: [(u8, u64, &[i64]); 2] = [(TARGET, 210, &[2_000, 1_000]), (TAKER, 10_000, &[])];
    let mut book = book(PRICE / 100 * 95, &members);
    book.quotes[1].print.as_mut().unwrap().silence = Silence::Price;
    book = book.cranked();
    assert_eq!(Silence::from(book.market(1).unwrap().silence), Silence::Price);
    let actions = decide(&book);
    assert!(
        matches!(&actions[..], [Action::Liquidate { market: 0, markets, .. }] if markets[..] == [0, 1]),
        "{actions:?}"
    );
}

#[test]
fn losers_pay_in_before_winners_draw() {
    let mut book = book(PRICE / 100 * 90, &[(TARGET, 500, &[1_000]), (OTHER, 500, &[-1_000])]);
    book.fund.pool = 0;
    let actions = plan(&book, &[], &Policy::default()).unwrap();
    let settle = |number| Action::Settle { market: 0, members: vec![address(number)], markets: vec![0] };
    assert_eq!(actions, [settle(TARGET), settle(OTHER)]);
}

/// A loss is settled up to the net loss of all markets: both legs are cranked before, or the one that has won
/// would count at a mark of before the move.
#[test]
fn every_market_of_a_member_is_cranked_before_its_loss_is_settled() {
    let mut book = book(PRICE / 100 * 90, &[(TARGET, 500, &[1_000, -300]), (OTHER, 500, &[-1_000])]);
    let settles = |book: &Book| plan(book, &[], &Policy::default()).unwrap();
    let settle = |number, market, markets: &[u16]| {
        let (members, markets) = (vec![address(number)], markets.to_vec());
        Action::Settle { market, members, markets }
    };
    let losing = settle(TARGET, 0, &[0, 1]);
    assert_eq!(settles(&book), [losing, settle(OTHER, 0, &[0]), settle(TARGET, 1, &[1])]);
    // Of the member whose other market is silent others settle what its doubt leaves: a loss of 100, less
    // 30 that it has won, and less a tenth of what its 300 lots are worth.
    book.quotes[1].print.as_mut().unwrap().silence = Silence::Price;
    book = book.cranked();
    assert_eq!(settles(&book)[0], settle(TARGET, 0, &[0, 1]));
    let policy = Policy::default();
    let planner = Planner::new(&book, &[], &policy, &never_put_off);
    let (trial, paid) = planner.due_settlement(0, &address(TARGET)).unwrap();
    assert_eq!((paid, trial.members.len()), (-43 * TOKEN as i64, 1));
}

/// What is settled in the first market, by transaction: who, and what is cranked before.
fn first_market(book: &Book, put_off: &dyn Fn(&Action) -> PutOff) -> Vec<(Vec<Address>, Vec<u16>)> {
    let plan = plan_weighed(book, &[], &Policy::default(), put_off, Allocations::First);
    let settled = plan.actions.into_iter().filter_map(|planned| match planned.action {
        Action::Settle { market: 0, members, markets } => Some((members, markets)),
        _ => None,
    });
    settled.collect()
}

/// Twelve losers with eight markets each would need so many cranks that the mark of the settled market is too
/// old by the time of the last settlement.
#[test]
fn losers_go_together_while_they_hold_eight_markets_or_fewer() {
    let lots: [&[i64]; 3] = [&[1_000, 1, 1, 1, 1], &[1_000, 0, 0, 0, 0, 1, 1, 1, 1], &[1_000]];
    let settled = |lots: &[&'static [i64]]| {
        let members: Vec<_> = (1..).zip(lots).map(|(number, lots)| (number, 5_000, *lots)).collect();
        first_market(&book(PRICE / 100 * 90, &members), &never_put_off)
    };
    let [first, second, third] = [1, 2, 3].map(address);
    let groups = [(vec![first], vec![0, 1, 2, 3, 4]), (vec![second, third], vec![0, 5, 6, 7, 8])];
    assert_eq!(settled(&lots), groups, "nine markets are too many");
    let eight = [lots[0], &[1_000, 0, 0, 0, 0, 1, 1, 1], lots[2]];
    assert_eq!(settled(&eight), [(vec![first, second, third], (0..8).collect())]);
}

/// One that fails is tried without others. While it waits, the others go on, and the plan counts with nothing
/// of what it would pay.
#[test]
fn a_settlement_that_fails_holds_up_no_other() {
    let members: Vec<(u8, u64, &[i64])> = (1..=3).map(|number| (number, 500, &[1_000i64][..])).collect();
    let book = book(PRICE / 100 * 90, &members);
    let is_of_second = |action: &Action| action.members() == [address(2)];
    let settled = |of_second: PutOff| {
        let put_off = |action: &Action| if is_of_second(action) { of_second } else { PutOff::No };
        first_market(&book, &put_off).into_iter().map(|(members, _)| members).collect::<Vec<_>>()
    };
    let [first, second, third] = [1, 2, 3].map(address);
    assert_eq!(settled(PutOff::No), [vec![first, second, third]]);
    assert_eq!(settled(PutOff::Alone), [vec![second], vec![first, third]]);
    assert_eq!(settled(PutOff::Retry), [vec![first, third]]);
    assert_eq!(settled(PutOff::GivenUp), [vec![first, third]]);
}

/// The program refuses to settle in a wind-down. A keeper that went on trying would never come to the
/// final marks.
#[test]
fn in_a_wind_down_nothing_is_settled() {
    let mut book = book(PRICE / 100 * 90, &[(TARGET, 500, &[1_000]), (OTHER, 500, &[-1_000])]);
    book.markets[1].house_raw = 10_000i128.into();
    let is_settlement = |action: &Action| matches!(action, Action::Settle { .. });
    assert!(plan(&book, &[], &Policy::default()).unwrap().iter().any(is_settlement));
    book.fund.status = FundStatus::WindDown.into();
    assert!(!plan(&book, &[], &Policy::default()).unwrap().iter().any(is_settlement));
}

#[test]
fn what_a_flat_house_is_owed_is_collected_once_there_is_money() {
    let mut book = book(PRICE, &[(TARGET, 500, &[])]);
    book.markets[1].house_raw = 10_000i128.into();
    let settle = [Action::Settle { market: 1, members: vec![address(TARGET)], markets: vec![1] }];
    assert_eq!(plan(&book, &[], &Policy::default()).unwrap(), settle);
    // Its result joins the sum of all houses without money too; the sum is realised with some.
    book.fund.pool = 0;
    assert_eq!(plan(&book, &[], &Policy::default()).unwrap(), settle);
    book.markets[1].house_raw = 0i128.into();
    book.fund.house_result = 1;
    assert_eq!(plan(&book, &[], &Policy::default()).unwrap(), []);
    book.fund.pool = 1;
    assert_eq!(plan(&book, &[], &Policy::default()).unwrap().len(), 1);
}

/// A watch ends when its member is sound, and uses up no seconds where exits are blocked already.
#[test]
fn a_watch_lasts_as_long_as_it_has_to() {
    let mut book = book(PRICE, &[(OTHER, 60, &[1_000])]);
    book.quotes[0].print.as_mut().unwrap().price = PRICE / 100 * 93;
    book = book.cranked();
    let markets = vec![0];
    assert_eq!(decide(&book), [Action::OpenWatch { member: address(OTHER), markets: markets.clone() }]);
    let mut blocked = book.clone();
    blocked.fund.open_houses = 1;
    assert_eq!(decide(&blocked), []);

    let mut fund = book.fund;
    let mut watched = book.members[&address(OTHER)];
    fund.run_exit_clock(&book.clock()).unwrap();
    exit_clock::open_watch(&mut fund, &mut watched, &book.priced(), &book.clock()).unwrap();
    book.fund = fund;
    book.members.insert(address(OTHER), watched);
    assert_eq!(decide(&book), []);
    book.members.get_mut(&address(OTHER)).unwrap().margin += 11 * TOKEN;
    assert_eq!(decide(&book), [Action::EndWatch { member: address(OTHER), markets }]);
}

/// A house blocks everything until somebody shows that its market has had no print for an hour.
#[test]
fn a_silent_house_is_looked_at() {
    let mut book = book(PRICE, &[(TARGET, 500, &[])]);
    (book.markets[1].house_lots, book.fund.open_houses) = (-500, 1);
    assert_eq!(decide(&book), []);
    book.quotes[1] = Quote::default();
    (book.slot, book.now) = (SLOT + 1_000, 400);
    assert_eq!(decide(&book), []);
    (book.slot, book.now) = (SLOT + 10_000, 4_000);
    assert_eq!(decide(&book), [Action::BookHouse { market: 1 }]);
}

/// What a defaulter's cushion has left is given back once its round has ended.
#[test]
fn a_cushion_is_released_when_its_round_has_ended() {
    let mut book = book(PRICE, &[(TARGET, 500, &[])]);
    let record = DefaultRecord {
        seq: 3,
        status: DefaultStatus::Allocated.into(),
        member: address(TARGET),
        cushion_units: 1u128.into(),
        ..Zeroable::zeroed()
    };
    book.records.insert(3, record);
    assert_eq!(decide(&book), []);
    book.fund.house_round = 1;
    let record = of_record(&record);
    assert_eq!(decide(&book), [Action::ReleaseCushion { seq: 3, member: address(TARGET), record }]);
}

/// A member beyond the cover limit is called, and its excess taken once the call is due.
#[test]
fn a_member_beyond_the_cover_limit_is_called() {
    let mut book = book(PRICE, &[(TARGET, 200, &[1_000]), (TAKER, 10_000, &[])]);
    assert_eq!(decide(&book), []);
    // Half of 200 is the limit; a stress move and a sale cost 43% of 1,000, less 200 of margin.
    book.fund.treasury = 200 * TOKEN;
    book.fund.params.crowding_limit_bps = 200_000;
    let called = Action::CallStress { member: address(TARGET), markets: vec![0] };
    assert_eq!(decide(&book), [called]);
    let member = book.members.get_mut(&address(TARGET)).unwrap();
    member.is_stress_called = true.into();
    let actions = decide(&book);
    let [Action::SellExcess { market: 0, target, lots, .. }] = &actions[..] else { panic!("{actions:?}") };
    assert_eq!((*target, *lots), (address(TARGET), 303)); // 130 / 43%
}

#[test]
fn small_profits_wait_and_large_groups_are_split() {
    // A move of half a percent is below the policy's one percent. A closed position has no
    // notional, so it is above.
    let mut book = book(PRICE / 1_000 * 995, &[(TARGET, 500, &[1_000])]);
    assert_eq!(plan(&book, &[], &Policy::default()).unwrap(), []);
    let closed = Position { lots: 0, raw: 5 };
    let mut member = book.members[&address(TARGET)];
    write(&mut book, 0, &mut member, closed);
    book.members.insert(address(TARGET), member);
    assert_eq!(plan(&book, &[], &Policy::default()).unwrap().len(), 1);

    let many: Vec<(u8, u64, &[i64])> = (1..=30).map(|number| (number, 500, &[1_000i64][..])).collect();
    let book = self::book(PRICE / 100 * 90, &many);
    let sizes: Vec<usize> = plan(&book, &[], &Policy::default())
        .unwrap()
        .iter()
        .map(|action| match action {
            Action::Settle { members, .. } => members.len(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(sizes, [12, 12, 6]);
}

#[test]
fn the_largest_size_that_fits_is_found() {
    for limit in [0, 1, 7, 99, 100, 5_000] {
        let found = largest(100, |lots| (0 < lots && lots <= limit).then_some(lots));
        assert_eq!(found.unwrap_or(0), limit.min(100));
    }
    assert_eq!(largest(0, |_| None::<u64>), None);
}

#[test]
fn takings_are_filled_at_their_print_or_end_after_their_time() {
    let mut book = book(PRICE, &[(TARGET, 200, &[1_000]), (OTHER, 200, &[-1_000])]);
    for member in book.members.values_mut() {
        member.locked = TOKEN;
        member.keep_slot(0).unwrap();
    }
    let keys = OfferKeys { offer: address(70), maker: address(TARGET), taker: address(OTHER) };
    let taking = Taking {
        taker: keys.taker,
        lots: 100,
        limit_price: u64::MAX,
        ts: book.now - 1,
        locked: TOKEN,
        ..Zeroable::zeroed()
    };
    let (market, rent_to) = (book.keys.market(0), address(71));
    let offer =
        Offer { market, maker: keys.maker, trader: rent_to, lots: -100, taking, ..Zeroable::zeroed() };
    book.takings.insert(keys.offer, offer);
    assert_eq!(decide(&book), [], "the oracle does not say which print came before");

    let print = book.quotes[0].print.unwrap();
    book.quotes[0].sequence = Some((print, book.now));
    assert_eq!(decide(&book), [], "another print of the same second came before");
    book.quotes[0].sequence = Some((print, book.now - 1));
    let fill = Action::FillOffer { market: 0, keys, ts: taking.ts, rent_to, markets: vec![0], posted: None };
    assert_eq!(decide(&book), [fill]);

    // The account shows another print by now, and the keeper has heard the one that fills.
    book.quotes[0].sequence = None;
    let account = address(72);
    let posted = |book: &Book, print: Print| {
        let mut book = book.clone();
        let quote = Quote { print: None, sequence: Some((print, taking.ts)) };
        book.prints.insert(keys.offer, Posting { account, quote });
        decide(&book)
    };
    let fill = |cranks: bool| Action::FillOffer {
        market: 0,
        keys,
        ts: taking.ts,
        rent_to,
        markets: vec![0],
        posted: Some(Posted { account, cranks }),
    };
    assert_eq!(posted(&book, print), [fill(false)]);
    let later = Print { publish_ts: print.publish_ts + 1, ..print };
    book.now += 1;
    assert_eq!(posted(&book, later).last(), Some(&fill(true)), "the mark must be of this print at least");
    book.now += 11;
    assert!(!posted(&book, later).contains(&fill(true)), "the print is too old");
    book.now -= 12;
    book.quotes[0].sequence = Some((print, book.now - 1));

    book.members.get_mut(&keys.maker).unwrap().status = MemberStatus::Grace.into();
    assert!(!decide(&book).iter().any(|action| action.name() == "fill_offer"), "the offer is void");
    book.now += 31;
    assert!(decide(&book).contains(&Action::LapseTaking { keys, ts: taking.ts }));
}

#[test]
fn covers_are_settled_when_clearing_is_whole_and_accrued_when_it_pays() {
    let mut book = book(PRICE, &[(TARGET, 200, &[1_000]), (OTHER, 200, &[-1_000])]);
    let limit = 1_000 * TOKEN;
    let cover = Cover { limit, owed: 10 * TOKEN, owed_slot: book.slot, ..Zeroable::zeroed() };
    (book.fund.committed, book.fund.cover_owed) = (limit, 10 * TOKEN);
    book.covers.insert(3, cover);
    assert_eq!(decide(&book), [], "the draws are too fresh");
    book.covers.get_mut(&3).unwrap().owed_slot = book.slot - SETTLE_SLOTS;
    assert_eq!(decide(&book), [Action::SettleCover { cover: 3, waived: vec![] }]);
    book.fund.exits.grace_until_ts = book.now + 60;
    assert_eq!(decide(&book), [], "clearing comes first");
    book.fund.exits.grace_until_ts = 0;

    // 5% of 1,000 in a year: a token in a fiftieth of it.
    (book.fund.cover_owed, book.fund.cover_reserve) = (0, 2 * TOKEN);
    let (ends_ts, fiftieth) = (i64::MAX, 31_557_600 / 50);
    let paid = |premium_ts: i64| Cover {
        limit,
        prepaid: 2 * TOKEN,
        premium_bps_per_year: 500,
        premium_ts,
        ends_ts,
        ..Zeroable::zeroed()
    };
    book.covers.insert(3, paid(book.now - fiftieth + 60));
    assert_eq!(decide(&book), [], "not worth a transaction");
    book.covers.insert(3, paid(book.now - fiftieth - 60));
    assert_eq!(decide(&book), [Action::AccrueCover { cover: 3 }]);
}

/// Dust in takings of strangers would cost a post and a fill each; it is ended when its time is over.
#[test]
fn dust_of_strangers_is_not_filled() {
    let mut book = book(PRICE, &[(TARGET, 200, &[1_000]), (OTHER, 200, &[-1_000]), (TAKER, 200, &[])]);
    for member in book.members.values_mut() {
        member.locked = TOKEN;
        member.keep_slot(0).unwrap();
    }
    let print = book.quotes[0].print.unwrap();
    book.quotes[0].sequence = Some((print, book.now - 1));
    let mut takes = |taker: u8, lots: i64| {
        let taking = Taking {
            taker: address(taker),
            lots,
            limit_price: u64::MAX,
            ts: book.now - 1,
            locked: TOKEN,
            ..Zeroable::zeroed()
        };
        let (market, maker) = (book.keys.market(0), address(TARGET));
        let offer = Offer { market, maker, trader: maker, lots: -lots, taking, ..Zeroable::zeroed() };
        book.takings.insert(address(70), offer);
        let policy = Policy { least_notional: 10 * TOKEN, settle_bps: u16::MAX, ..Policy::default() };
        let actions = plan(&book, &[address(TAKER)], &policy).unwrap();
        actions.iter().any(|action| action.name() == "fill_offer")
    };
    assert!(!takes(OTHER, 9));
    assert!(takes(OTHER, 10), "it is worth ten tokens");
    assert!(takes(TAKER, 9), "it is the keeper's own");
}

/// Eight lots in eight markets would fill the slots of the keeper's account, and keep it out of every other
/// market.
#[test]
fn dust_leaves_half_of_the_keepers_slots_free() {
    let taken = |kept: u16, least_notional: Money| {
        let mut book = book(PRICE / 100 * 95, &[(TARGET, 0, &[0, 1]), (TAKER, 1_000_000, &[])]);
        book.members.get_mut(&address(TARGET)).unwrap().margin = TOKEN / 11;
        let taker = book.members.get_mut(&address(TAKER)).unwrap();
        for market in 2..2 + kept {
            taker.keep_slot(market).unwrap(); // for a taking: as full as one with a position
        }
        let policy = Policy { least_notional, ..Policy::default() };
        let actions = plan(&book, &[address(TAKER)], &policy).unwrap();
        actions.iter().any(|action| action.name() == "liquidate")
    };
    assert!(taken(3, 10 * TOKEN) && taken(4, 0));
    assert!(!taken(4, 10 * TOKEN));
}

/// A lot that is opened and closed again each slot would keep the fund from ever having a quiet moment.
#[test]
fn dust_keeps_the_fund_from_no_quiet_moment() {
    let mut book = book(PRICE, &[(TARGET, 200, &[1_000]), (OTHER, 500, &[]), (TAKER, 10_000, &[])]);
    book.fund.treasury = 200 * TOKEN;
    book.fund.params.crowding_limit_bps = 200_000;
    let mut member = book.members[&address(OTHER)];
    write(&mut book, 1, &mut member, Position { lots: 0, raw: 5 });
    book.members.insert(address(OTHER), member);
    let names = |least_notional: Money| -> Vec<&str> {
        let policy = Policy { least_notional, ..Policy::default() };
        plan(&book, &[address(TAKER)], &policy).unwrap().iter().map(Action::name).collect()
    };
    assert_eq!(names(0), ["settle"]);
    assert_eq!(names(10 * TOKEN), ["settle", "call_stress"]);
}
