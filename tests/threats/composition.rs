//! Everything at once, where no keeper and no price can come in between: in one transaction, and in one instruction of a
//! program that calls.

use {
    crate::common::*,
    bulkhead::state::FundParams,
    bulkhead_tests::{params::FUND, usd, usdc, Bid, BulkheadError, Call, World, SOL},
};

/// The two ways to do everything at once.
const WAYS: [fn(Call) -> Call; 2] = [|call| call, Call::by_cpi];

/// Refused both ways.
#[track_caller]
fn refuse(world: &mut World, call: impl Fn(&World) -> Call, error: BulkheadError) {
    for way in WAYS {
        world.refuse(way(call(world)), error);
    }
}

/// Threat 23: margin borrowed for the length of a transaction opens no position that stays.
#[test]
fn t23_margin_lent_for_one_transaction_opens_nothing() {
    let mut world = World::with_market(FUND, free_market());
    world.join("ann", 0, usdc(100));
    world.join("ben", usdc(1_000), usdc(100));
    let flash = |world: &World, back: u64| {
        let deposit = world.deposit_margin("ann", usdc(600));
        // The market is not one the member holds yet: named by hand.
        let withdraw = world.withdraw_margin("ann", back).with(world.here.keys.market(SOL));
        deposit.then(world.novate("ann", "ben", SOL, 1_000, usd(200))).then(withdraw)
    };
    // 0.40 of fee, 200 of initial margin, and a stress loss of 600 of which the others carry 50 must stay.
    refuse(&mut world, |world| flash(world, usdc(600)), BulkheadError::InsufficientMargin);
    refuse(&mut world, |world| flash(world, usdc(400)), BulkheadError::BelowInitialMargin);
    refuse(&mut world, |world| flash(world, usdc(300)), BulkheadError::CoverLimitExceeded);
}

/// Threat 23: a contribution lent for the length of a transaction carries no requirement and no cover limit.
#[test]
fn t23_a_contribution_lent_for_one_transaction_carries_nothing() {
    let shares = u128::from(usdc(10_000)) << 20;
    let lent = |world: &World, name: &str| {
        world
            .contribute(name, usdc(10_000))
            .then(world.novate("ann", "ben", SOL, 1_000, usd(200)))
            .then(world.request_withdrawal(name, shares))
            .then(world.claim_withdrawal(name))
    };
    // A friend's, for the cover limit: 100 of stress loss, and the others have 100.
    let mut world = World::with_market(FUND, free_market());
    world.join("ann", usdc(500), usdc(10));
    world.join("ben", usdc(1_000), usdc(100));
    world.open("lender");
    world.refuse(world.novate("ann", "ben", SOL, 1_000, usd(200)), BulkheadError::CoverLimitExceeded);
    refuse(&mut world, |world| lent(world, "lender"), BulkheadError::WithdrawalNotDue);

    // Her own, for the requirement. Whoever lends, lends for the notice period, at risk.
    let mut world = World::with_market(FUND, free_market());
    world.join("ann", usdc(600), 0);
    world.join("ben", usdc(1_000), usdc(100));
    world.refuse(world.novate("ann", "ben", SOL, 1_000, usd(200)), BulkheadError::BelowRequiredContribution);
    let lent_to_herself = |world: &World| lent(world, "ann").with(world.here.keys.market(SOL));
    refuse(&mut world, lent_to_herself, BulkheadError::WithdrawalNotDue);
}

/// Nor can it leave later, with a request that was made in the same transaction.
#[test]
fn t23_the_contribution_behind_a_position_stays() {
    let mut world = World::with_market(FUND, free_market());
    world.join("ann", usdc(500), 0);
    world.join("ben", usdc(1_000), usdc(1_000));
    let shares = u128::from(usdc(1_000)) << 20;
    let call = world
        .contribute("ann", usdc(1_000))
        .then(world.novate("ann", "ben", SOL, 1_000, usd(200)))
        .then(world.request_withdrawal("ann", shares));
    world.run(call);
    world.warp_secs(i64::from(FUND.notice_secs));
    world.refresh();
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::BelowRequiredContribution);
}

/// Threat 23: declare, allocate and claim in one transaction pays what the shares are worth after the loss, and only
/// once the house is sold.
#[test]
fn t23_declare_allocate_and_claim_at_once_pays_the_price_after_the_loss() {
    WAYS.into_iter().for_each(claim_at_once);
}

fn claim_at_once(way: fn(Call) -> Call) {
    let mut world = precise(&[("ann", usdc(500)), ("ben", usdc(500))]);
    request_all(&mut world, "ann");
    world.warp_secs(i64::from(PRECISE.notice_secs));
    world.refresh();
    insolvent(&mut world, usdc(400));

    let declare_and_allocate =
        |world: &World| world.declare_default(DEBTOR).then(world.allocate_next_loss(DEBTOR));
    let first = world.declare_default(DEBTOR).then(world.claim_withdrawal("ann"));
    world.refuse(way(first), BulkheadError::LossPending);
    let unsold = declare_and_allocate(&world).then(world.claim_withdrawal("ann"));
    world.refuse(way(unsold), BulkheadError::LossPending);
    let entering = declare_and_allocate(&world).then(world.contribute("ben", usdc(1)));
    world.refuse(way(entering), BulkheadError::LossPending);

    let everything = declare_and_allocate(&world)
        .then(world.take_over_within(CREDITOR, SOL, Bid::at_any_price(UNIT_LOTS, -1)))
        .then(world.claim_withdrawal("ann"));
    let got = paid(&mut world, "ann", |world| drop(world.run(way(everything))));
    assert_eq!(got, usdc(300) as i64);
    assert_eq!(worth(&world, "ben"), usdc(300));
}

/// Threat 23: leave, let the loss be allocated, come back: the order of one transaction does not matter either.
#[test]
fn t23_stepping_aside_for_one_transaction_is_refused() {
    let mut world = precise_with(
        FundParams { exit_delay_slots: 10, ..PRECISE },
        &[("ann", usdc(500)), ("ben", usdc(500))],
    );
    request_all(&mut world, "ann");
    world.warp_secs(i64::from(PRECISE.notice_secs));
    world.refresh();
    insolvent(&mut world, usdc(400));
    let aside = |world: &World| {
        world
            .claim_withdrawal("ann")
            .then(world.declare_default(DEBTOR))
            .then(world.allocate_next_loss(DEBTOR))
            .then(world.claim_withdrawal("ann"))
    };
    refuse(&mut world, aside, BulkheadError::LossPending);
}

/// Threat 23: two true prices in one transaction, the older one second: time does not go back, so nobody liquidates at
/// one price and puts the other back.
#[test]
fn t23_two_prices_in_one_transaction_only_go_forward() {
    let mut world = World::with_market(FUND, free_market());
    for name in ["ann", "ben"] {
        world.join(name, usdc(1_000), usdc(1_000));
    }
    world.warp_secs(30);
    for way in WAYS {
        let older = second_price(&mut world, usd(190), 20);
        let newer = second_price(&mut world, usd(200), 10);
        world.refuse(way(newer.then(older)), BulkheadError::OracleWentBack);
    }

    // Forward it may: a trade at the older one, marked at the newer one. What one side gains the other has lost, and
    // both still meet every requirement they had to meet.
    let (older, newer) = (second_price(&mut world, usd(190), 20), second_price(&mut world, usd(200), 10));
    let call = older.then(world.novate("ann", "ben", SOL, 100, usd(190))).then(newer);
    world.run(call);
    for name in ["ann", "ben"] {
        world.refuse(world.declare_default(name), BulkheadError::EquityNotNegative);
    }
}

/// Threat 23: knowing the next price, one hand opens both sides at the old mark, cranks the crash, declares and allocates its
/// own loss leg and takes the profit, all in one transaction. The old mark asks for more margin than the least, by the stress
/// move times its age; and the crash defaults nobody before everybody has had ten seconds to see it.
#[test]
fn t23_a_crash_within_one_transaction_extracts_nothing() {
    WAYS.into_iter().for_each(crash_at_once);
}

fn crash_at_once(way: fn(Call) -> Call) {
    let mut world = World::with_market(FUND, free_market());
    world.join("ann", 0, usdc(6_000));
    world.join("ben", 0, usdc(4_000));
    // Initial margin is 0.2 a lot, and a mark 20 seconds old is doubted by 30% times 20 / 45: 26.67 a SOL, 0.2667 a lot.
    let (lots, least, margin) = (12_000, usdc(2_410), usdc(5_610));
    for name in ["long", "short"] {
        world.join(name, least, usdc(10));
    }
    world.warp_secs(30);
    let cranked = |world: &mut World| (second_price(world, usd(200), 20), second_price(world, usd(165), 1));
    let opened =
        |world: &World, before: Call| before.then(world.novate("long", "short", SOL, lots, usd(200)));
    let (before, _) = cranked(&mut world);
    let call = opened(&world, before);
    world.refuse(way(call), BulkheadError::BelowInitialMargin);

    for name in ["long", "short"] {
        world.run(world.deposit_margin(name, margin - least));
    }
    let mutual = |world: &World| world.fund().treasury + worth(world, "ann") + worth(world, "ben");
    let start = mutual(&world);
    let market = world.here.keys.market(SOL);
    let (before, crash) = cranked(&mut world);
    let declared =
        opened(&world, before).then(crash).then(world.declare_default("long").with_writable(market));
    world.refuse(way(declared), BulkheadError::EquityNotNegative);

    // Without the declaration it is a trade that covers its loss: 35 of 200 are less than 20 and 26.67.
    let (before, crash) = cranked(&mut world);
    let call =
        opened(&world, before).then(crash).then(world.settle("long", SOL)).then(world.settle("short", SOL));
    world.run(way(call));
    world.set_price(SOL, usd(165));
    world.refuse(world.declare_default("long"), BulkheadError::EquityNotNegative);
    assert!(mutual(&world) >= start, "nobody else has lost anything");
}
