use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        event, outcome::DUPLICATE_MUTABLE_ACCOUNT, params::DAY, usd, usdc, Bid, BulkheadError::*, Signer,
        World, BTC, SOL,
    },
};

/// [`exceeding`], called, and half of the auction's 400 seconds after the call was due: the discount is 1.25%, half of
/// half of the maintenance rate of 5%.
fn due() -> World {
    let mut world = exceeding();
    world.run(world.call_stress("erin"));
    world.warp_secs(DAY + 200);
    world.print(SOL, usd(196));
    world.print(BTC, usd(60_000));
    world
}

/// 20.80 are too much. Selling frees 36.5% less 1.25%: 59.01 of notional, 31 lots of 1.96.
#[test]
fn anyone_takes_the_excess_and_no_more() {
    let mut world = due();
    let (erin, carol) = (world.member("erin").margin, world.member("carol").margin);
    let meta = world.run(world.sell_excess("carol", "erin", SOL, u64::MAX));
    let sold = event!(meta, ExcessSold);
    assert_eq!((sold.target, sold.taker), (world.account_of("erin"), world.account_of("carol")));
    assert_eq!((sold.lots, sold.price, sold.discount, sold.market_index), (31, usd(196), 759_500, 0));
    assert_eq!(
        (erin - world.member("erin").margin, world.member("carol").margin - carol),
        (759_500, 759_500)
    );
    let lots = ["erin", "carol"].map(|name| world.member(name).position(SOL).lots);
    assert_eq!(lots, [3_969, 31]);
    assert_eq!(world.market(SOL).open_interest, 4_000);
    // She is within the limit again, and free when somebody says so.
    world.refuse(world.sell_excess("carol", "erin", SOL, 1), NothingToCall);
    world.run(world.call_stress("erin"));
}

#[test]
fn a_part_of_it_is_taken_too() {
    let mut world = due();
    let sold = event!(world.run(world.sell_excess("carol", "erin", SOL, 10)), ExcessSold);
    assert_eq!((sold.lots, sold.discount), (10, 245_000));
    world.run(world.sell_excess("carol", "erin", SOL, u64::MAX));
}

/// At once there is no discount, and after the auction no more than half of the maintenance rate.
#[test]
fn the_discount_grows() {
    for (after, discount) in [(0, 0), (400, 490_000), (4_000, 490_000)] {
        let mut world = exceeding();
        world.run(world.call_stress("erin"));
        world.warp_secs(DAY + after);
        world.print(SOL, usd(196));
        let sold = event!(world.run(world.sell_excess("carol", "erin", SOL, 10)), ExcessSold);
        assert_eq!(sold.discount, discount, "after {after} s");
    }
}

/// U1: the lots leave Erin at the end of A that favours her.
#[test]
fn at_the_end_that_favours_the_target() {
    let mut world = due();
    world.print(SOL, usd(195));
    let sold = event!(world.run(world.sell_excess("carol", "erin", SOL, 1)), ExcessSold);
    assert_eq!(sold.price, usd(196));
}

/// The discount counts: 196 less 2.45.
#[test]
fn within_the_limit_price() {
    let mut world = due();
    let bid = |limit_price| Bid { lots: 10, limit_price };
    world.refuse(world.sell_excess_within("carol", "erin", SOL, bid(19_355_000_000 - 1)), PriceBeyondLimit);
    world.run(world.sell_excess_within("carol", "erin", SOL, bid(19_355_000_000)));
}

#[test]
fn only_once_the_call_is_due() {
    let mut world = exceeding();
    world.refuse(world.sell_excess("carol", "erin", SOL, 1), CallNotDue);
    world.run(world.call_stress("erin"));
    world.warp_secs(DAY - 1);
    world.print(SOL, usd(196));
    world.refuse(world.sell_excess("carol", "erin", SOL, 1), CallNotDue);
    world.warp_secs(1);
    world.run(world.sell_excess("carol", "erin", SOL, 1));
}

/// A member that has topped up is safe, also before anybody ends its call.
#[test]
fn not_of_a_member_within_the_limit() {
    let mut world = due();
    world.run(world.deposit_margin("erin", 20_800_000));
    world.refuse(world.sell_excess("carol", "erin", SOL, 1), NothingToCall);
}

#[test]
fn at_least_a_lot_that_the_target_holds() {
    let mut world = due();
    world.refuse(world.sell_excess("carol", "erin", SOL, 0), ZeroAmount);
    world.refuse(world.sell_excess("carol", "erin", BTC, 1), NothingToTake);
}

/// U5.
#[test]
fn on_a_recent_print_only() {
    let mut world = due();
    world.warp_secs(11);
    world.refuse(world.sell_excess("carol", "erin", SOL, 1), StaleMark);
}

/// The taker meets what a take-over asks for: 20 lots need 3.92 of margin.
#[test]
fn the_taker_must_carry_what_it_takes() {
    let mut world = due();
    world.join("gus", usdc(2), usdc(10));
    world.refuse(world.sell_excess("gus", "erin", SOL, 20), BelowInitialMargin);
    world.run(world.deposit_margin("gus", usdc(2)));
    world.run(world.sell_excess("gus", "erin", SOL, 20));
}

#[test]
fn owner_or_delegate_signs() {
    let mut world = due();
    let carol = world.owner_of("carol").pubkey();
    refuses_strangers(&mut world, carol, NotTrader, |world| world.sell_excess("carol", "erin", SOL, 1));
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = due();
    let keys = world.here.keys;
    let call = |world: &World| world.sell_excess("carol", "erin", SOL, 1);
    let (erin, carol) = (world.account_of("erin"), world.account_of("carol"));
    for account in [keys.fund, keys.market(SOL), erin, carol] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    for name in ["erin", "carol"] {
        let (member, other) = (world.account_of(name), member_elsewhere(&mut world, name));
        world.refuse(call(&world).swap(member, other), WrongFund);
    }
    world.refuse(call(&world).swap(carol, erin), DUPLICATE_MUTABLE_ACCOUNT);
    let (market, other) = (keys.market(SOL), market_elsewhere(&mut world));
    world.refuse(call(&world).swap(market, other), WrongFund);
}
