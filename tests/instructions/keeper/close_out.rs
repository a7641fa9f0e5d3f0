use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        bulkhead::state::{FundParams, MemberStatus},
        event,
        outcome::NOT_WRITABLE,
        params::{self, DAY},
        usd, usdc,
        BulkheadError::*,
        World, SOL,
    },
};

/// Bob has sold 600 lots at 200: at 50 his 900 are a claim. His margin is untouched, the house has his lots.
#[test]
fn a_gain_is_a_claim() {
    let mut world = final_at(usd(50));
    let margin = world.member("bob").margin;
    let meta = world.run(world.close_out("bob"));
    let out = event!(meta, ClosedOut);
    assert_eq!((out.member, out.settled, out.claim), (world.account_of("bob"), 900_000_000, usdc(900)));
    let (bob, fund, market) = (world.member("bob"), world.fund(), world.market(SOL));
    assert_eq!((bob.margin, bob.claim), (margin, usdc(900)));
    assert!(bob.status == MemberStatus::ClosedOut && !bob.has_positions());
    assert_eq!((fund.claims, fund.closed_out, fund.pool), (usdc(900), 1, usdc(1_450)));
    assert_eq!((market.house_lots, market.house_raw.get()), (-600, 600 * 50 * 100_000_000));
    assert_eq!(fund.open_houses, 1);
}

/// At 45 Erin, who bought 1,000 lots at 50, has lost 50.
#[test]
fn a_loss_is_paid_from_margin() {
    let mut world = final_at(usd(45));
    let meta = world.run(world.close_out("erin"));
    assert_eq!((event!(meta, ClosedOut).settled, event!(meta, ClosedOut).claim), (-50_000_000, 0));
    assert_eq!((world.member("erin").margin, world.fund().pool), (usdc(110), usdc(1_500)));
    // Against whom: Bob's 930 and Carol's 620 are what pool and residual are.
    for (name, claim) in [("bob", 930), ("carol", 620)] {
        assert_eq!(event!(world.run(world.close_out(name)), ClosedOut).claim, usdc(claim));
    }
    let (fund, market) = (world.fund(), world.market(SOL));
    assert_eq!((fund.claims, fund.pool + fund.residual), (usdc(1_550), usdc(1_550)));
    assert_eq!(
        (market.house_lots, market.house_raw.get(), market.open_interest, fund.open_houses),
        (0, 0, 0, 0)
    );
}

/// Who holds nothing is closed out with nothing.
#[test]
fn everybody_can_be() {
    let mut world = final_at(usd(50));
    let meta = world.run(world.close_out("alice"));
    assert_eq!((event!(meta, ClosedOut).settled, event!(meta, ClosedOut).claim), (0, 0));
    for name in ["carol", "erin", "bob"] {
        world.run(world.close_out(name));
    }
    assert_eq!((world.fund().closed_out, world.fund().members), (4, 4));
}

#[test]
fn once() {
    let mut world = final_at(usd(50));
    for name in ["alice", "bob"] {
        world.run(world.close_out(name));
        world.refuse(world.close_out(name), MemberClosedOut); // threat 20
        world.refuse(world.declare_default(name), MemberClosedOut);
    }
}

#[test]
fn only_in_a_wind_down() {
    let mut world = traded();
    world.refuse(world.close_out("alice"), NotWindDown);
    let mut world = called_with(params::FUND);
    world.refuse(world.close_out("bob"), NotWindDown);
}

#[test]
fn every_mark_is_final() {
    let mut world = wound_down();
    world.refuse(world.close_out("bob"), MarkNotFinal);
    world.warp_secs(DAY);
    world.refresh();
    world.refuse(world.close_out("bob"), MarkNotFinal);
    world.run(world.fix_final_mark(SOL));
    world.warp_secs(DAY); // it is never stale
    world.run(world.close_out("bob"));
}

/// At 30 Erin has lost 200 of 160: she is declared in default first, and the 40 join the residual.
#[test]
fn who_cannot_pay_is_declared_in_default() {
    let mut world = final_at(usd(30));
    world.refuse(world.close_out("erin"), MemberInsolvent);
    let meta = world.run(world.declare_default("erin"));
    assert_eq!(
        (event!(meta, DefaultDeclared).from_margin, event!(meta, DefaultDeclared).shortfall),
        (usdc(160), usdc(40))
    );
    world.run(world.allocate_loss("erin"));
    assert_eq!(world.fund().residual, usdc(90));
    for name in ["alice", "bob", "carol", "erin"] {
        world.run(world.close_out(name));
    }
    let (fund, market) = (world.fund(), world.market(SOL));
    assert_eq!((fund.claims, fund.pool), (usdc(1_700), usdc(1_610)));
    assert_eq!((market.house_lots, market.house_raw.get()), (0, 0));
}

/// At 34 Erin's loss is exactly her margin.
#[test]
fn who_can_just_pay_is_not() {
    let mut world = final_at(usd(34));
    assert_eq!(event!(world.run(world.close_out("erin")), ClosedOut).settled, -160_000_000);
    assert_eq!(world.member("erin").margin, 0);
}

/// Half a unit lost is a unit paid, half a unit won is none: the house keeps the fractions, and what they make is the
/// treasury's.
#[test]
fn losses_round_up_and_gains_down() {
    let mut world = World::new();
    world.join("alice", usdc(250), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", usdc(1_000), usdc(900));
    world.give("treasurer", usdc(1_000));
    world.run(world.fund_treasury("treasurer", usdc(100)));
    world.run(world.novate("alice", "bob", SOL, 601, usd(200)));
    world.run(world.novate("alice", "carol", SOL, 400, usd(200)));
    world.set_price(SOL, usd(50));
    world.default_member("alice");
    world.set_price(SOL, usd(200));
    world.run(world.haircut_gains());
    world.run(world.settle("bob", SOL));
    world.run(world.settle("carol", SOL));
    world.set_price(SOL, usd(50));
    world.join("erin", usdc(160), 0);
    world.run(world.take_over("erin", SOL, LOTS + 1));
    world.run(world.haircut_gains());
    world.warp_secs(DAY);
    world.set_price(SOL, usd(50) + 5_000);
    world.run(world.fix_final_mark(SOL));
    // 601 lots x 150 less 0.00005: 300.5 units less than 901.50.
    assert_eq!(event!(world.run(world.close_out("bob")), ClosedOut).claim, 901_500_000 - 301);
    assert_eq!(event!(world.run(world.close_out("carol")), ClosedOut).claim, usdc(600) - 200);
    assert_eq!(event!(world.run(world.close_out("erin")), ClosedOut).claim, 500);
}

/// At 30 Erin, who bought at 47.50, is 15 short of her loss of 175: 90 are nobody's, of which 50 had been called before and
/// were not paid. With the 40 that are called now Carol owes 81, rounded up, and pays when she is closed out.
#[test]
fn an_assessment_that_is_due_is_collected() {
    let mut world = wound_down_with(assessing(5_000));
    world.warp_secs(DAY);
    world.set_price(SOL, usd(30));
    world.run(world.fix_final_mark(SOL));
    world.default_member("erin");
    assert_eq!((world.fund().assessment.called, world.fund().residual), (usdc(90), usdc(90)));
    let margin = world.member("carol").margin;
    let meta = world.run(world.close_out("carol"));
    let paid = event!(meta, AssessmentPaid);
    assert_eq!((paid.fund, paid.member), (world.here.keys.fund, world.account_of("carol")));
    assert_eq!((paid.amount, paid.residual), (81_000_000, 9_000_000));
    assert_eq!((world.member("carol").margin, world.fund().residual), (margin - 81_000_000, 9_000_000));
    assert_eq!(event!(meta, ClosedOut).claim, usdc(680));
}

#[test]
fn its_markets_are_what_they_seem() {
    let mut world = final_at(usd(50));
    let call = |world: &World| world.close_out("bob");
    let sol = world.here.keys.market(SOL);
    world.refuse(call(&world).without(sol), WrongMarket);
    world.refuse(call(&world).readonly(sol), NOT_WRITABLE);
    world.refuse(call(&world).with_writable(sol), DuplicateAccount);
    let other = market_elsewhere(&mut world);
    world.refuse(call(&world).swap(sol, other), WrongFund);
    world.refuse(call(&world).with_writable(other), WrongFund);
    refuses_version(&mut world, sol, call);
    refuses_impostors(&mut world, sol, call);
}

/// Erin, seen to be 40 short, is in her grace period: `declare_default` ends it, either way.
#[test]
fn a_grace_period_is_ended_first() {
    for tops_up in [true, false] {
        let mut world = wound_down_with(FundParams { default_confirm_slots: 10, ..SLOW_AUCTION });
        world.warp_secs(DAY);
        world.set_price(SOL, usd(30));
        world.run(world.fix_final_mark(SOL));
        world.run(world.declare_default("erin"));
        world.refuse(world.close_out("erin"), GracePeriodRunning);
        if tops_up {
            world.run(world.deposit_margin("erin", usdc(400))); // initial margin, which ends the grace
            world.refuse(world.close_out("erin"), GracePeriodRunning);
            world.run(world.declare_default("erin"));
        } else {
            world.warp_slots(10);
            world.default_member("erin");
        }
        world.run(world.close_out("erin"));
        assert_eq!(world.fund().residual, if tops_up { usdc(50) } else { usdc(90) });
    }
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = final_at(usd(50));
    let (fund, member) = (world.here.keys.fund, world.account_of("bob"));
    let call = |world: &World| world.close_out("bob");
    for account in [fund, member] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = member_elsewhere(&mut world, "bob");
    world.refuse(call(&world).swap(member, other), WrongFund);
    let other = world.elsewhere(|world| world.here.keys.fund);
    world.refuse(call(&world).swap(fund, other), WrongFund);
}
