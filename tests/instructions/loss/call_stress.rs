use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{event, params::DAY, usd, usdc, BulkheadError::*, World, BTC, SOL},
};

#[test]
fn who_exceeds_the_cover_limit_is_called() {
    let mut world = exceeding();
    let meta = world.run(world.call_stress("erin"));
    let called = event!(meta, StressCalled);
    assert_eq!((called.fund, called.member), (world.here.keys.fund, world.account_of("erin")));
    assert_eq!((called.called, called.due_secs), (1, world.exit_secs() + DAY as u64));
    let erin = world.member("erin");
    assert_eq!((erin.is_stress_called.get(), erin.stress_due_secs), (true, called.due_secs));
    world.refuse(world.call_stress("erin"), NothingToCall);
}

/// U1: the better price of a moment ago is still in the range, and at it she is within the limit.
#[test]
fn doubt_is_in_the_members_favour() {
    let mut world = at_the_limit();
    world.print(SOL, usd(196));
    world.refuse(world.call_stress("erin"), NothingToCall);
    world.last();
    world.run(world.call_stress("erin"));
}

/// 2,200.80 are admitted, and 2,221.60 endangered: 20.80 more are enough, and a unit less is not.
#[test]
fn topping_up_ends_it() {
    let mut world = exceeding();
    world.run(world.call_stress("erin"));
    world.run(world.deposit_margin("erin", 20_800_000 - 1));
    world.refuse(world.call_stress("erin"), NothingToCall);
    world.run(world.deposit_margin("erin", 1));
    let ended = event!(world.run(world.call_stress("erin")), StressCalled);
    assert_eq!((ended.called, ended.due_secs), (0, 0));
    world.refuse(world.call_stress("erin"), NothingToCall);
}

#[test]
fn who_is_called_only_reduces() {
    let mut world = exceeding();
    world.run(world.call_stress("erin"));
    world.refuse(world.novate("erin", "frank", SOL, 1, usd(196)), MemberReduceOnly);
    world.refuse(world.novate("erin", "carol", BTC, 1, usd(60_000)), MemberReduceOnly);
    world.run(world.novate("carol", "erin", SOL, 100, usd(196)));
    // Nor does it take over from the house.
    world.join("gus", usdc(620), usdc(120));
    world.run(world.novate("gus", "carol", BTC, 1_000, usd(60_000)));
    world.set_price(BTC, usd(53_000)); // 700 are lost of 618.80
    world.default_member("gus");
    world.refuse(world.take_over("erin", BTC, 1), MemberReduceOnly);
    world.run(world.take_over("carol", BTC, 1));
}

#[test]
fn all_its_markets_are_given() {
    let mut world = exceeding();
    let (fund, member, sol) = (world.here.keys.fund, world.account_of("erin"), world.here.keys.market(SOL));
    let call = |world: &World| world.call_stress("erin");
    world.refuse(call(&world).without(sol), WrongMarket);
    let other = market_elsewhere(&mut world);
    world.refuse(call(&world).swap(sol, other), WrongFund);
    for account in [fund, member, sol] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = member_elsewhere(&mut world, "erin");
    world.refuse(call(&world).swap(member, other), WrongFund);
}
