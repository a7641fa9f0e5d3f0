use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        bulkhead::state::FundStatus,
        contribution, event,
        params::{self, DAY},
        usd, usdc,
        BulkheadError::*,
        World, BTC, SOL,
    },
};

// Assessments

/// 50 are called from 1,000 of contributions: 5 from Bob. They pay the residual, and Bob has borne them.
#[test]
fn an_assessment_is_collected_at_once() {
    let mut world = called();
    let (margin, before) = (world.member("bob").margin, world.fund());
    assert_eq!((before.assessment.base, before.assessment.called), (usdc(1_000), usdc(50)));
    let meta = world.run(world.enforce_call("bob"));
    let paid = event!(meta, AssessmentPaid);
    assert_eq!((paid.fund, paid.member), (world.here.keys.fund, world.account_of("bob")));
    assert_eq!((paid.amount, paid.residual), (5_000_000, 45_000_000));
    let (bob, fund) = (world.member("bob"), world.fund());
    assert_eq!((margin - bob.margin, bob.assessment_paid, bob.assessed), (5_000_000, 5_000_000, 5_000_000));
    assert_eq!((fund.residual, fund.unfunded, fund.pool - before.pool), (45_000_000, 45_000_000, 5_000_000));
    assert_eq!((fund.assessment.collected, borne(&world, "bob")), (5_000_000, 5_000_000));
    assert_eq!((fund.contributions, fund.total_shares.get()), (0, 0), "it buys no shares");
    world.refuse(world.enforce_call("bob"), NothingToCall); // threat 20
}

/// When all have paid the fund is out of Recovery.
#[test]
fn the_last_one_ends_the_recovery() {
    let mut world = called();
    world.run(world.enforce_call("bob"));
    let paid = event!(world.run(world.enforce_call("carol")), AssessmentPaid);
    assert_eq!((paid.amount, paid.residual), (45_000_000, 0));
    let fund = world.fund();
    assert!(fund.status == FundStatus::Active);
    assert_eq!((fund.unfunded, fund.pool, fund.recoveries), (0, usdc(1_500), 0));
    assert_eq!(fund.losses_outstanding, usdc(1_050));
}

/// P11: Carol has 30 of margin, of which 20 are initial margin. Only 10 are collected, the rest when she has more.
#[test]
fn initial_margin_is_never_touched() {
    let mut world = crashed(assessing(5_000));
    world.run(world.withdraw_margin("carol", usdc(970) - 160_000));
    assert_eq!(world.member("carol").margin, usdc(30));
    world.default_member("alice");
    assert_eq!(event!(world.run(world.enforce_call("carol")), AssessmentPaid).amount, usdc(10));
    assert_eq!(world.member("carol").margin, usdc(20));
    world.refuse(world.enforce_call("carol"), NothingToCall);
    world.run(world.deposit_margin("carol", usdc(100)));
    assert_eq!(event!(world.run(world.enforce_call("carol")), AssessmentPaid).amount, 35_000_000);
}

/// The fund calls 5% of what contributions were; Bob and Carol have agreed to 2%.
#[test]
fn no_more_than_the_member_has_agreed_to() {
    let mut world = crashed(assessing(200));
    set_cap(&mut world, 5_000);
    world.default_member("alice");
    assert_eq!(world.fund().assessment.called, usdc(50));
    for (name, paid) in [("bob", usdc(2)), ("carol", usdc(18))] {
        assert_eq!(event!(world.run(world.enforce_call(name)), AssessmentPaid).amount, paid);
        world.refuse(world.enforce_call(name), NothingToCall);
    }
    assert_eq!(world.fund().residual, usdc(30));
}

/// Nor does the fund call more than its own cap: 2% of 1,000.
#[test]
fn no_more_than_the_cap_is_called() {
    let mut world = called_with(assessing(200));
    assert_eq!((world.fund().assessment.called, world.fund().residual), (usdc(20), usdc(50)));
    assert_eq!(event!(world.run(world.enforce_call("bob")), AssessmentPaid).amount, usdc(2));
}

#[test]
fn who_has_agreed_to_nothing_pays_nothing() {
    let mut world = crashed(params::FUND);
    set_cap(&mut world, 5_000);
    world.default_member("alice");
    world.refuse(world.enforce_call("bob"), NothingToCall);
}

/// 10% of 100 was all of Bob's in 30 days: 5 in the first loss. He contributes 100 again, all of it is lost again, and of
/// the 10 that are called from him only the other 5 are his to pay. After the period he owes all of it.
#[test]
fn the_cap_holds_over_the_cooling_off_period() {
    for (passed, owed) in [(0, usdc(5)), (30 * DAY, usdc(10))] {
        let mut world = called_with(assessing(1_000));
        world.run(world.enforce_call("bob"));
        world.run(world.enforce_call("carol"));
        world.run(world.take_over("bob", SOL, 600));
        world.run(world.take_over("carol", SOL, 400));
        for name in ["bob", "carol"] {
            world.run(world.settle(name, SOL));
            world.run(world.settle_epoch(name));
        }
        world.warp_secs(passed);
        world.set_price(SOL, usd(200));
        world.run(world.contribute("bob", usdc(100)));
        world.run(world.deposit_margin("alice", usdc(250)));
        world.run(world.contribute("alice", usdc(40)));
        world.run(world.fund_treasury("treasurer", usdc(900)));
        world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
        world.set_price(SOL, usd(50));
        world.default_member("alice");
        assert_eq!(world.fund().assessment.called, usdc(10));
        assert_eq!(event!(world.run(world.enforce_call("bob")), AssessmentPaid).amount, owed);
    }
}

/// Open for an hour, to the second; gains are cut then, and nobody pays twice.
#[test]
fn a_late_call_is_void() {
    let mut world = called();
    world.warp_secs(i64::from(params::FUND.assessment_secs));
    world.refresh();
    world.run(world.enforce_call("bob"));
    world.warp_secs(1);
    world.refresh();
    world.refuse(world.enforce_call("carol"), NothingToCall);
}

/// Paid by the treasury meanwhile, the money is not needed: it goes straight to those who have borne losses, and the call
/// was the same for all.
#[test]
fn what_is_not_needed_is_a_recovery() {
    let mut world = called();
    world.run(world.enforce_call("bob"));
    world.run(world.fund_treasury("treasurer", usdc(50)));
    world.run(world.allocate_residual());
    let before = world.fund();
    assert_eq!((before.residual, before.treasury, before.losses_outstanding), (0, 5_000_000, 1_005_000_000));
    world.run(world.enforce_call("carol"));
    let fund = world.fund();
    assert_eq!((fund.recoveries, fund.pool), (45_000_000, before.pool));
    assert_eq!(fund.losses_outstanding, 1_005_000_000); // 45 borne, and as much recovered, pro rata
}

/// Carol has left the ended epoch; her shares of it are still called.
#[test]
fn settling_the_epoch_is_no_way_out() {
    let mut world = called();
    world.run(world.settle_epoch("carol"));
    assert_eq!(world.member("carol").shares.get(), 0);
    assert_eq!(event!(world.run(world.enforce_call("carol")), AssessmentPaid).amount, 45_000_000);
}

#[test]
fn who_joins_later_owes_nothing() {
    let mut world = called();
    world.join("erin", usdc(1_000), 0);
    world.refuse(world.enforce_call("erin"), NothingToCall);
    world.refuse(world.enforce_call("alice"), NothingToCall); // nor does the defaulter
}

/// Bob and Carol have lost all and paid their assessment, and the house is sold: the loss is over. The next one, of Alice who
/// is the only contributor by then, does not call them again, whatever their cap has left.
#[test]
fn who_has_lost_all_is_not_called_for_the_next_loss() {
    let mut world = called();
    world.run(world.enforce_call("bob"));
    world.run(world.enforce_call("carol"));
    world.join("erin", usdc(1_000), 0);
    world.run(world.take_over("erin", SOL, LOTS));
    world.run(world.deposit_margin("alice", usdc(250)));
    world.run(world.contribute("alice", usdc(40)));
    world.run(world.novate("bob", "alice", SOL, 600, usd(50)));
    world.set_price(SOL, usd(150)); // she has lost 600
    world.default_member("alice");
    let fund = world.fund();
    assert!(fund.residual > usdc(300) && fund.status == FundStatus::Recovery);
    assert_eq!(fund.assessment.called, usdc(50), "what was called for the first loss");
    for name in ["bob", "carol"] {
        world.refuse(world.enforce_call(name), NothingToCall);
    }
}

// Contribution calls

/// Erin has contributed 40 for 1,000 lots at 200; at 220 they require 44.
fn short() -> World {
    let mut world = World::new();
    contributors(&mut world, usdc(1_000));
    world.join("erin", usdc(1_000), usdc(40));
    world.run(world.novate("erin", "dave", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(220));
    world
}

/// [`short`], called, a day later.
fn overdue() -> World {
    let mut world = short();
    world.run(world.enforce_call("erin"));
    world.warp_secs(DAY);
    world.refresh();
    world
}

#[test]
fn the_first_call_sets_a_due_time() {
    let mut world = short();
    let margin = world.member("erin").margin;
    let meta = world.run(world.enforce_call("erin"));
    let called = event!(meta, ContributionCalled);
    assert_eq!((called.member, called.amount), (world.account_of("erin"), usdc(4)));
    assert_eq!(called.due_secs, world.exit_secs() + DAY as u64);
    let erin = world.member("erin");
    assert_eq!((erin.call_amount, erin.call_due_secs, erin.margin), (usdc(4), called.due_secs, margin));
    world.refuse(world.enforce_call("erin"), NothingToCall);
    world.warp_secs(DAY - 1);
    world.refresh();
    world.refuse(world.enforce_call("erin"), NothingToCall);
    world.warp_secs(1);
    world.run(world.enforce_call("erin"));
}

/// 4 and a unit, since what shares are worth is rounded down; at the price of everybody's shares.
#[test]
fn one_that_is_due_turns_margin_into_contribution() {
    let mut world = overdue();
    let (erin, before) = (world.member("erin"), world.fund());
    let meta = world.run(world.enforce_call("erin"));
    let enforced = event!(meta, CallEnforced);
    assert_eq!((enforced.member, enforced.amount), (world.account_of("erin"), 4_000_001));
    assert_eq!(event!(meta, ContributionCalled).amount, 0, "the call is met");
    let (after, fund) = (world.member("erin"), world.fund());
    assert_eq!((erin.margin - after.margin, after.call_amount, after.call_due_secs), (4_000_001, 0, 0));
    assert_eq!(
        (fund.contributions - before.contributions, before.margin_total - fund.margin_total),
        (4_000_001, 4_000_001)
    );
    assert!(contribution(&fund, &after).unwrap() >= usdc(44));
    assert_eq!(after.shares.get() - erin.shares.get(), enforced.shares.get());
    world.refuse(world.enforce_call("erin"), NothingToCall);
}

/// Until it is met Erin can only reduce.
#[test]
fn a_called_member_only_reduces() {
    let mut world = overdue();
    world.refuse(world.novate("erin", "dave", SOL, 1, usd(220)), BelowRequiredContribution);
    world.run(world.novate("dave", "erin", SOL, 1, usd(220)));
    world.run(world.enforce_call("erin"));
    world.refuse(world.novate("erin", "dave", SOL, 1, usd(220)), BelowRequiredContribution); // 999 lots are covered now
    world.run(world.contribute("erin", usdc(1)));
    world.run(world.novate("erin", "dave", SOL, 1, usd(220)));
}

/// P11: 220 are initial margin, Erin has 222: 2 of the 4 are taken, and the call goes on.
#[test]
fn a_call_takes_free_margin_only() {
    let mut world = short();
    let margin = world.member("erin").margin;
    world.run(world.withdraw_margin("erin", margin - usdc(222)));
    world.run(world.enforce_call("erin"));
    world.warp_secs(DAY);
    world.refresh();
    assert_eq!(event!(world.run(world.enforce_call("erin")), CallEnforced).amount, usdc(2));
    assert_eq!((world.member("erin").margin, world.member("erin").call_amount), (usdc(220), usdc(4)));
    world.refuse(world.enforce_call("erin"), NothingToCall);
    world.run(world.deposit_margin("erin", usdc(10)));
    assert_eq!(event!(world.run(world.enforce_call("erin")), CallEnforced).amount, 2_000_001);
    assert_eq!(world.member("erin").call_amount, 0);
}

/// Because the price is back, or the member has contributed, or sold.
#[test]
fn a_call_that_is_met_ends() {
    for way in 0..3 {
        let mut world = overdue();
        match way {
            0 => world.set_price(SOL, usd(200)),
            1 => drop(world.run(world.contribute("erin", usdc(5)))),
            _ => drop(world.run(world.novate("dave", "erin", SOL, LOTS, usd(220)))),
        }
        let meta = world.run(world.enforce_call("erin"));
        assert_eq!(event!(meta, ContributionCalled).amount, 0);
        assert_eq!((world.member("erin").call_amount, world.member("erin").call_due_secs), (0, 0));
        world.refuse(world.enforce_call("erin"), NothingToCall);
    }
}

#[test]
fn who_meets_the_requirement_is_not_called() {
    let mut world = traded();
    world.refuse(world.enforce_call("alice"), NothingToCall);
    world.join("erin", usdc(1), 0);
    world.refuse(world.enforce_call("erin"), NothingToCall); // without positions nothing is required
}

/// Contributions cannot enter while a loss is pending.
#[test]
fn nothing_is_called_while_a_loss_is_pending() {
    let mut world = World::new();
    contributors(&mut world, usdc(250));
    world.join("erin", usdc(1_000), usdc(40));
    world.run(world.novate("bob", "alice", SOL, LOTS, usd(200)));
    world.run(world.novate("erin", "dave", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(240)); // Alice, short, has lost 400
    world.run(world.enforce_call("erin"));
    world.warp_secs(DAY);
    world.refresh();
    world.run(world.declare_default("alice"));
    world.refuse(world.enforce_call("erin"), NothingToCall);
    world.run(world.allocate_loss("alice"));
    world.refuse(world.enforce_call("erin"), NothingToCall); // the house holds lots
    world.run(world.take_over("bob", SOL, LOTS));
    world.run(world.enforce_call("erin"));
}

/// After a wind-down no position has a requirement any more.
#[test]
fn nothing_is_called_in_a_wind_down() {
    let mut world = final_at(usd(50));
    for name in ["bob", "carol", "erin"] {
        world.refuse(world.enforce_call(name), NothingToCall);
    }
}

/// Bob, short of 600 lots at 50, needs the least contribution, 10, and has shares of an ended epoch only.
#[test]
fn an_ended_epoch_is_settled_first() {
    let mut world = called_with(params::FUND);
    world.join("erin", usdc(1_000), 0);
    world.run(world.take_over("erin", SOL, LOTS));
    world.run(world.fund_treasury("treasurer", usdc(50)));
    world.run(world.allocate_residual());
    world.refuse(world.enforce_call("bob"), EpochEnded);
    world.run(world.settle_epoch("bob"));
    let meta = world.run(world.enforce_call("bob"));
    assert_eq!(event!(meta, ContributionCalled).amount, usdc(10));
}

// Accounts

#[test]
fn markets_of_all_positions_are_given() {
    let mut world = World::with_two_markets();
    contributors(&mut world, usdc(1_000));
    world.join("erin", usdc(1_000), usdc(46));
    world.run(world.novate("erin", "dave", SOL, LOTS, usd(200)));
    world.run(world.novate("erin", "dave", BTC, 50, usd(60_000)));
    world.set_price(SOL, usd(220));
    let (sol, btc) = (world.here.keys.market(SOL), world.here.keys.market(BTC));
    for market in [sol, btc] {
        world.refuse(world.enforce_call("erin").without(market), WrongMarket);
    }
    let other = market_elsewhere(&mut world);
    world.refuse(world.enforce_call("erin").swap(btc, other), WrongFund);
    world.refuse(world.enforce_call("erin").with(other), WrongFund);
    refuses_version(&mut world, sol, |world| world.enforce_call("erin"));
    refuses_impostors(&mut world, sol, |world| world.enforce_call("erin"));
    world.warp_secs(DAY); // a silent feed stops no call
    world.run(world.enforce_call("erin"));
}

#[test]
fn not_in_default() {
    let mut world = declared();
    world.refuse(world.enforce_call("alice"), NothingToCall);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = called();
    let (fund, member) = (world.here.keys.fund, world.account_of("bob"));
    let call = |world: &World| world.enforce_call("bob");
    for account in [fund, member] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = member_elsewhere(&mut world, "bob");
    world.refuse(call(&world).swap(member, other), WrongFund);
    let other = world.elsewhere(|world| world.here.keys.fund);
    world.refuse(call(&world).swap(fund, other), WrongFund);
}
