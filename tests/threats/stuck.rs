//! A default always gets through, whatever is missing, and only once.

use {
    crate::common::*,
    bulkhead::{
        constants::{DEFAULT_RETENTION_SECS, MAX_POSITIONS},
        state::FundStatus,
    },
    bulkhead_client::address,
    bulkhead_tests::{params::FUND, usd, usdc, world::Setup, BulkheadError, MarketSpec, World, BTC, SOL},
};

#[test]
fn t19_without_contributors_and_treasury_a_default_is_allocated_all_the_same() {
    let mut world = precise(&[]);
    insolvent(&mut world, usdc(100));
    world.default_member(DEBTOR);
    let fund = world.fund();
    assert_eq!((fund.residual, fund.unfunded, fund.open_defaults), (usdc(100), usdc(100), 0));
    assert_eq!(fund.share_epoch, 0);
    assert!(fund.status == FundStatus::Recovery);
    unwind(&mut world);
    world.refuse(world.novate(CREDITOR, DEBTOR, SOL, 1, usd(200)), BulkheadError::LossPending);
    // Somebody pays, and the fund lives again.
    world.give("treasurer", usdc(100));
    world.run(world.fund_treasury("treasurer", usdc(100)));
    world.run(world.allocate_residual());
    assert!(world.fund().status == FundStatus::Active);
    let record = lose(&mut world, usdc(7));
    assert_eq!(record.residual, usdc(7));
}

/// A loss takes everything while the house still holds lots, and nobody can contribute before it is empty. Whoever has
/// margin for the whole stress move takes over all the same, and the fund starts anew.
#[test]
fn t19_after_a_wipe_somebody_new_takes_over_from_the_house() {
    let mut world = precise(&[("ann", usdc(300))]);
    insolvent(&mut world, usdc(1_000_000));
    world.default_member(DEBTOR);
    let fund = world.fund();
    assert_eq!((fund.contributions, fund.share_epoch, fund.open_houses), (0, 1, 1));

    let (lots, price) = (world.market(SOL).house_lots.unsigned_abs(), world.market(SOL).mark.price);
    world.join("newcomer", usdc(100), 0);
    world.refuse(world.contribute("newcomer", usdc(1)), BulkheadError::LossPending);
    world.refuse(world.take_over("newcomer", SOL, lots), BulkheadError::BelowInitialMargin);
    world.give("newcomer", price);
    world.run(world.deposit_margin("newcomer", price)); // SOL could double: the whole notional
    world.run(world.take_over("newcomer", SOL, lots));
    assert_eq!(world.fund().open_houses, 0);

    world.give("treasurer", usdc(1_000_000));
    world.run(world.fund_treasury("treasurer", usdc(1_000_000)));
    world.run(world.allocate_residual());
    world.run(world.contribute("newcomer", usdc(1)));
}

/// A member that has closed its position at a loss owes it still. Without a lot in that market, it defaults like any.
#[test]
fn t19_a_debt_without_lots_defaults() {
    let mut world = World::with_two_markets();
    world.join("alice", usdc(1_000), usdc(200));
    world.join("bob", usdc(3_000), usdc(3_000));
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
    world.set_price(SOL, usd(180));
    world.run(world.novate("bob", "alice", SOL, 1_000, usd(180))); // flat, 200 owed
    world.run(world.novate("alice", "bob", BTC, 1_000, usd(60_000))); // 6,000
    world.set_price(BTC, usd(50_000)); // 1,000 more
    let seq = world.fund().default_seq;
    world.run(world.declare_default("alice"));
    let record = world.default_record(seq);
    let lots: Vec<_> = record.positions[..2].iter().map(|taken| (taken.market, taken.lots)).collect();
    assert_eq!((record.positions_len, lots), (2, vec![(SOL, 0), (BTC, 1_000)]));
    assert_eq!(record.from_margin + record.shortfall, usdc(1_200));
    assert_eq!((world.market(SOL).house_lots, world.fund().open_houses), (0, 1));
    world.run(world.allocate_loss("alice"));
}

/// Two defaults are open at once, and the first allocation takes everything: the epoch has ended, and the second default
/// is allocated all the same. In either order.
#[test]
fn t19_a_default_is_allocated_although_its_epoch_has_ended() {
    for (first, second) in [("amy", "eva"), ("eva", "amy")] {
        let mut world = precise(&[("ann", usdc(300))]);
        for name in ["amy", "eva"] {
            world.join(name, STAKE, usdc(100));
            world.run(world.deposit_margin(CREDITOR, STAKE));
            world.run(world.novate(CREDITOR, name, SOL, UNIT_LOTS, usd(200)));
        }
        world.set_price(SOL, usd(200) + STAKE + usdc(600));
        for name in ["amy", "eva"] {
            world.run(world.declare_default(name));
        }
        assert_eq!((world.fund().open_defaults, world.fund().unfunded), (2, usdc(1_000)));

        world.run(world.allocate_loss(first));
        assert_eq!((world.fund().share_epoch, world.fund().residual), (1, usdc(200)));
        world.run(world.allocate_loss(second));
        assert_eq!((world.fund().share_epoch, world.fund().residual), (1, usdc(700)));
        assert_eq!((world.fund().open_defaults, world.fund().contributions), (0, 0));
        world.run(world.settle_epoch("ann"));
        assert!(["ann", "amy", "eva"].iter().all(|name| world.member(name).shares.is_zero()));
    }
}

/// Newly contributed money must not pay for a default that ended the epoch before it came; it cannot come.
#[test]
fn t19_nobody_can_enter_between_two_allocations() {
    let mut world = precise(&[("ann", usdc(100))]);
    insolvent(&mut world, usdc(500));
    world.default_member(DEBTOR);
    assert_eq!(world.fund().share_epoch, 1);
    world.open("newcomer");
    world.refuse(world.contribute("newcomer", usdc(1)), BulkheadError::LossPending);
}

#[test]
fn t19_a_member_with_every_position_slot_in_use_defaults_in_one_transaction() {
    let markets: Vec<MarketSpec> = (0..MAX_POSITIONS)
        .map(|index| {
            let mut spec = MarketSpec::named(&format!("asset {index}"), 2, usd(200));
            spec.params.terms.rates.contribution_bps = 0;
            spec
        })
        .collect();
    let mut world = World::with(Setup { params: FUND, markets, ..Setup::default() });
    world.join("alice", usdc(1_000), usdc(100));
    world.join("bob", usdc(10_000), usdc(5_000));
    for market in 0..MAX_POSITIONS as u16 {
        let (buyer, seller) = if market % 2 == 0 { ("alice", "bob") } else { ("bob", "alice") };
        world.run(world.novate(buyer, seller, market, 400, usd(200)));
    }
    for market in 0..MAX_POSITIONS as u16 {
        world.set_price(market, if market % 2 == 0 { usd(150) } else { usd(250) });
        // 200 lost in each
    }
    let meta = world.run(world.declare_default("alice"));
    println!("a default of {MAX_POSITIONS} positions: {} CU", meta.cu);
    let record = world.default_record(0);
    assert_eq!(usize::from(record.positions_len), MAX_POSITIONS);
    assert_eq!(record.from_margin + record.shortfall, usdc(1_600));
    assert_eq!(usize::from(world.fund().open_houses), MAX_POSITIONS);
    assert!(!world.member("alice").has_positions());
    world.run(world.allocate_loss("alice"));
}

/// amy, long of 100 SOL from 200, defaults at 120: the house is long from there. eva, short from 60, defaults at
/// `price`: the house gets her short and is flat, without a sale.
fn house_flattened_at(price: u64) -> World {
    let mut world = precise(&[("ann", usdc(10_000)), ("ben", usdc(10_000))]);
    world.join("amy", STAKE, 0);
    world.join("eva", usdc(700), 0);
    world.join("zoe", STAKE, 0);
    world.run(world.novate("amy", CREDITOR, SOL, UNIT_LOTS, usd(200)));
    world.set_price(SOL, usd(120)); // 8,000 lost, of which 1,000 is not amy's margin
    world.default_member("amy");
    world.set_price(SOL, usd(60));
    world.run(world.novate("zoe", "eva", SOL, UNIT_LOTS, usd(60)));
    world.set_price(SOL, price);
    world.default_member("eva");
    assert_eq!((world.market(SOL).house_lots, world.fund().open_houses), (0, 0));
    world
}

/// Winners draw all they have won, and take it out.
fn winners_are_paid(world: &mut World, price: u64) {
    let mark = world.market(SOL).mark.price;
    world.run(world.novate(CREDITOR, "zoe", SOL, UNIT_LOTS, mark));
    for (name, won) in [(CREDITOR, usd(200) - price), ("zoe", price - usd(60))] {
        world.run(world.settle(name, SOL));
        assert_eq!(world.member(name).margin, STAKE + won, "{name}: one step of the price is one base unit");
    }
    world.vest();
    for (name, won) in [(CREDITOR, usd(200) - price), ("zoe", price - usd(60))] {
        world.run(world.withdraw_margin(name, STAKE + won));
    }
}

/// What the house has lost between the two defaults is owed like any loss of the house.
#[test]
fn t19_a_house_flattened_by_another_default_owes_what_it_has_lost() {
    let price = usd(100); // bought at 120: 2,000 lost
    let mut world = house_flattened_at(price);
    assert_eq!(world.fund().residual, usdc(2_000), "the loss of the house is owed");
    world.run(world.allocate_residual());
    // amy's 1,000, eva's 4,000 less her 700, and the house's 2,000.
    assert_eq!(world.fund().contributions, usdc(20_000 - 1_000 - 3_300 - 2_000));
    winners_are_paid(&mut world, price);
    assert_eq!(world.fund().pool, 0);
}

/// And what it has gained goes to those who bore losses, once both defaults are allocated: of the survivors' 1,000 and
/// 3,300 they get 3,000 back.
#[test]
fn t19_a_house_flattened_by_another_default_gives_back_what_it_has_gained() {
    let price = usd(150); // bought at 120: 3,000 gained
    let mut world = house_flattened_at(price);
    assert_eq!(world.fund().recoveries, usdc(3_000), "the gain of the house is a recovery");
    winners_are_paid(&mut world, price);
    assert_eq!(world.fund().pool, 0);
}

/// The house sells at a gain before those who have lost to it have paid in: the pool is empty, and the gain is owed. It
/// is not lost: it comes in with their losses.
#[test]
fn t19_a_gain_of_the_house_waits_for_those_who_owe_it() {
    let mut world = precise(&[("ann", usdc(10_000))]);
    world.join("amy", STAKE, 0);
    world.run(world.novate("amy", CREDITOR, SOL, UNIT_LOTS, usd(200)));
    world.set_price(SOL, usd(120));
    world.default_member("amy");
    world.run(world.settle(CREDITOR, SOL)); // draws the 8,000 it has won
    assert_eq!(world.fund().pool, 0);
    world.print(SOL, usd(150)); // the house has gained 3,000, of the creditor
    world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS));
    assert_eq!(world.fund().recoveries, 0, "nobody has paid it yet");
    world.run(world.settle(CREDITOR, SOL));
    assert_eq!(
        (world.fund().recoveries, world.fund().treasury, world.fund().pool),
        (usdc(1_000), usdc(2_000), 0)
    );
    assert_eq!(world.market(SOL).house_raw.get(), 0);
}

#[test]
fn t20_a_default_is_declared_once() {
    let mut world = precise(&[("ann", usdc(1_000))]);
    insolvent(&mut world, usdc(100));
    let again = world.declare_default(DEBTOR);
    world.run(world.declare_default(DEBTOR));
    let declared = world.fund();
    world.refuse(again, BulkheadError::EquityNotNegative); // the same bytes
    world.refuse(world.declare_default(DEBTOR), BulkheadError::EquityNotNegative); // the next number
    assert_eq!((declared.default_seq, declared.unfunded), (1, usdc(100)));

    // Nor once it is paid for: there is nothing left to be in default with.
    world.run(world.allocate_loss(DEBTOR));
    world.refuse(world.declare_default(DEBTOR), BulkheadError::EquityNotNegative);
}

#[test]
fn t20_a_default_is_allocated_once() {
    let mut world = precise(&[("ann", usdc(1_000))]);
    insolvent(&mut world, usdc(100));
    world.run(world.declare_default(DEBTOR));
    world.run(world.allocate_loss(DEBTOR));
    let fund = world.fund();
    world.refuse(world.allocate_loss_of(0), BulkheadError::AlreadyAllocated);
    unwind(&mut world);

    // Not even while the same member is in default again: a record is of one default.
    insolvent(&mut world, usdc(30));
    world.run(world.declare_default(DEBTOR));
    world.refuse(world.allocate_loss_of(0), BulkheadError::AlreadyAllocated);
    world.run(world.allocate_loss_of(1));
    world.refuse(world.allocate_loss_of(1), BulkheadError::AlreadyAllocated);
    assert_eq!(world.fund().contributions, fund.contributions - usdc(30));
    assert_eq!(world.fund().default_seq, 2);
}

/// A record is of one member and one number; nobody's loss is booked twice by mixing them.
#[test]
fn t20_records_cannot_be_mixed() {
    let mut world = precise(&[("ann", usdc(1_000))]);
    for name in ["amy", "eva"] {
        world.join(name, STAKE, 0);
        world.run(world.deposit_margin(CREDITOR, STAKE));
        world.run(world.novate(CREDITOR, name, SOL, UNIT_LOTS, usd(200)));
    }
    world.set_price(SOL, usd(200) + STAKE + usdc(10));
    let (amys, evas) = (world.next_default_of("amy"), world.next_default_of("eva"));
    world.refuse(world.declare_default("amy").swap(amys, evas), BulkheadError::WrongRecord);
    world.run(world.declare_default("amy"));
    // The next default must not overwrite the record of the first.
    world.refuse(world.declare_default("eva").swap(evas, amys), BulkheadError::WrongRecord);
    world.run(world.declare_default("eva"));
    world.run(world.allocate_loss("eva"));
    world.run(world.allocate_loss("amy"));
    assert_eq!(world.fund().contributions, usdc(980));
}

/// The record of an old default can be closed; its number never comes back.
#[test]
fn t20_a_closed_record_is_not_written_again() {
    let mut world = precise(&[("ann", usdc(1_000))]);
    lose(&mut world, usdc(10));
    world.refuse(world.close_default(0), BulkheadError::DefaultNotClosable);
    world.warp_secs(DEFAULT_RETENTION_SECS);
    world.run(world.close_default(0));
    world.refresh();
    insolvent(&mut world, usdc(10));
    let debtor = world.account_of(DEBTOR);
    let (zero, one) = (address::default_record(&debtor, 0), address::default_record(&debtor, 1));
    world.refuse(world.declare_default(DEBTOR).swap(one, zero), BulkheadError::WrongRecord);
    world.run(world.declare_default(DEBTOR));
    assert_eq!(world.default_record(1).shortfall, usdc(10));
}

/// Whatever pays out or books once does nothing the second time.
#[test]
fn t20_settlements_rewards_claims_and_epochs_are_not_replayed() {
    let mut params = PRECISE;
    params.clearing_fee_bps = 10;
    let mut world = precise_with(params, &[("ann", usdc(1_000))]);
    insolvent(&mut world, usdc(400));

    // A loss is paid once: what is settled is not there to be settled again.
    world.run(world.deposit_margin(DEBTOR, usdc(1_000)));
    let settled = paid_by_settling(&mut world, DEBTOR);
    assert!(settled < -(STAKE as i64));
    assert_eq!(paid_by_settling(&mut world, DEBTOR), 0);
    assert_eq!(paid_by_settling(&mut world, CREDITOR), -settled);
    assert_eq!(paid_by_settling(&mut world, CREDITOR), 0);

    world.stream_out();
    world.run(world.claim_rewards("ann"));
    world.refuse(world.claim_rewards("ann"), BulkheadError::NothingToClaim);

    let mark = world.market(SOL).mark.price;
    world.set_price(SOL, mark + usdc(2_000));
    world.default_member(DEBTOR);
    assert_eq!(world.fund().share_epoch, 1, "the debtor had 600 left, ann 1,000");
    let twice = world.settle_epoch("ann");
    world.run(world.settle_epoch("ann"));
    world.refuse(twice, BulkheadError::EpochNotEnded);
}

/// What settling brings a member.
fn paid_by_settling(world: &mut World, name: &str) -> i64 {
    let before = world.member(name).margin as i64;
    world.run(world.settle(name, SOL));
    world.member(name).margin as i64 - before
}
