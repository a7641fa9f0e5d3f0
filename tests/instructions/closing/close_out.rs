use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        bulkhead::state::{FundParams, MemberStatus, ParameterChange},
        event,
        outcome::NOT_WRITABLE,
        params::DAY,
        usd, usdc,
        BulkheadError::*,
        World, SOL,
    },
};

/// [`traded`], and SOL has ended at `price`, in a fund that goes on.
fn ended_at(price: u64) -> World {
    let mut world = traded();
    let end = world.now() + 6 * DAY;
    let number = world.mandate().nonce;
    world.run(world.queue_change(ParameterChange::Close(SOL, end)));
    world.warp_secs(4 * DAY);
    world.refresh(); // the market is heard
    world.run(world.apply_change(number, Some(SOL)));
    world.end_at(SOL, price);
    world
}

/// Alice has lost 100, Bob has won them. Her loss fills the pool that his gain draws on.
#[test]
fn in_an_active_fund_the_net_is_settled() {
    let mut world = ended_at(usd(190));
    let (alice, bob) = (world.member("alice").margin, world.member("bob").margin);
    let meta = world.run(world.close_out("alice"));
    let out = event!(meta, ClosedOut);
    assert_eq!((out.member, out.settled, out.claim), (world.account_of("alice"), -100_000_000, 0));
    assert_eq!(world.market(SOL).house_lots, 1_000);
    assert_eq!(world.fund().open_houses, 0, "its result is known");
    world.run(world.close_out("bob"));
    assert_eq!(
        (world.member("alice").margin, world.member("bob").margin),
        (alice - usdc(100), bob + usdc(100))
    );
    for name in ["alice", "bob"] {
        let member = world.member(name);
        assert!(member.status == MemberStatus::Active && !member.has_positions());
    }
    let (market, fund) = (world.market(SOL), world.fund());
    assert_eq!((market.house_lots, market.house_raw.get(), market.open_interest, fund.pool), (0, 0, 0, 0));
    // It is a settled result like any other, and vests.
    assert_eq!(world.member("bob").settled.present, 100_000_000);
}

/// What the pool lacks stays with the member, and `settle` pays it later.
#[test]
fn an_unpaid_rest_stays() {
    let mut world = ended_at(usd(190));
    let margin = world.member("bob").margin;
    assert_eq!(event!(world.run(world.close_out("bob")), ClosedOut).settled, 0);
    let position = world.member("bob").position(SOL);
    assert_eq!((position.lots, position.raw), (0, i128::from(usdc(100)) * 10_000));
    world.run(world.close_out("alice"));
    world.run(world.settle("bob", SOL));
    assert_eq!(world.member("bob").margin, margin + usdc(100));
    assert!(!world.member("bob").has_positions());
}

/// Half a unit lost is a unit paid, half a unit won is none: the house keeps the fraction.
#[test]
fn losses_round_up_and_gains_down() {
    let mut world = ended_at(usd(190) + 5);
    assert_eq!(event!(world.run(world.close_out("alice")), ClosedOut).settled, -100_000_000);
    assert_eq!(event!(world.run(world.close_out("bob")), ClosedOut).settled, 99_999_999);
    assert!(!world.member("alice").has_positions() && !world.member("bob").has_positions());
}

/// The exposure goes with the lots.
#[test]
fn the_exposure_is_forgotten() {
    let mut world = ended_at(usd(200));
    world.run(world.close_out("alice"));
    world.run(world.close_out("bob"));
    assert!(world.fund().exposures.iter().all(|known| known.stress_loss == 0));
}

#[test]
fn a_position_is_final() {
    let mut world = traded();
    world.refuse(world.close_out("alice"), MarkNotFinal);
    world.refuse(world.close_out("carol"), MarkNotFinal);
    let mut world = ended_at(usd(200));
    world.run(world.close_out("alice"));
    world.refuse(world.close_out("alice"), MarkNotFinal);
}

/// Bob's claim on what was registered is 870; his lots are at the pin.
#[test]
fn in_a_wind_down_a_gain_is_a_claim() {
    let mut world = final_at(usd(45));
    let margin = world.member("bob").margin;
    let meta = world.run(world.close_out("bob"));
    let out = event!(meta, ClosedOut);
    assert_eq!((out.member, out.settled, out.claim), (world.account_of("bob"), 30_000_000, usdc(900)));
    let (bob, fund) = (world.member("bob"), world.fund());
    assert_eq!((bob.margin, bob.claim, bob.gain_claim.round), (margin, usdc(900), 0));
    assert!(bob.status == MemberStatus::ClosedOut && !bob.has_positions());
    assert_eq!((fund.claims, fund.closed_out, fund.gain_claims), (usdc(900), 2, usdc(580)));
}

/// At 45 Erin, who bought 1,000 lots at 50, has lost 50. Against whom: the claims are what the pool is.
#[test]
fn in_a_wind_down_a_loss_is_paid_from_margin() {
    let mut world = final_at(usd(45));
    let meta = world.run(world.close_out("erin"));
    assert_eq!((event!(meta, ClosedOut).settled, event!(meta, ClosedOut).claim), (-50_000_000, 0));
    assert_eq!((world.member("erin").margin, world.fund().pool), (usdc(110), usdc(1_500)));
    for (name, claim) in [("bob", 900), ("carol", 600)] {
        assert_eq!(event!(world.run(world.close_out(name)), ClosedOut).claim, usdc(claim));
    }
    let (fund, market) = (world.fund(), world.market(SOL));
    assert_eq!((fund.claims, fund.pool, fund.residual), (usdc(1_500), usdc(1_500), 0));
    assert_eq!(
        (market.house_lots, market.house_raw.get(), market.open_interest, fund.open_houses),
        (0, 0, 0, 0)
    );
}

/// Who holds nothing is closed out with nothing.
#[test]
fn everybody_can_be() {
    let mut world = final_at(usd(50));
    for name in ["carol", "erin", "bob"] {
        world.run(world.close_out(name));
    }
    assert_eq!((world.fund().closed_out, world.fund().members), (4, 4));
}

#[test]
fn once_in_a_wind_down() {
    let mut world = final_at(usd(50));
    world.run(world.close_out("bob"));
    for name in ["alice", "bob"] {
        world.refuse(world.close_out(name), MemberClosedOut); // threat 20
        world.refuse(world.declare_default(name), MemberClosedOut);
    }
}

/// Nobody is closed out before all markets have ended.
#[test]
fn in_a_wind_down_not_before_the_end() {
    let mut world = wound_down();
    world.refuse(world.close_out("alice"), FinalMarkNotDue);
    world.refuse(world.close_out("bob"), MarkNotFinal);
    world.warp_secs(DAY);
    world.refuse(world.close_out("bob"), MarkNotFinal);
    world.run(world.close_out("alice"));
}

/// What a gains cut waits for is registered first.
#[test]
fn a_gain_is_registered_first() {
    let mut world = wound_down();
    world.end_at(SOL, usd(50));
    world.refuse(world.close_out("bob"), GainsNotRegistered);
}

/// At 30 Erin has lost 200 of 160: she is declared in default first, and the 40 are a residual.
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
    assert_eq!(world.fund().residual, usdc(40));
    for name in ["bob", "carol", "erin"] {
        world.run(world.close_out(name));
    }
    let (fund, market) = (world.fund(), world.market(SOL));
    assert_eq!((fund.claims, fund.pool), (usdc(1_650), usdc(1_610)));
    assert_eq!((market.house_lots, market.house_raw.get()), (0, 0));
}

/// At 34 Erin's loss is exactly her margin.
#[test]
fn who_can_just_pay_is_not() {
    let mut world = final_at(usd(34));
    assert_eq!(event!(world.run(world.close_out("erin")), ClosedOut).settled, -160_000_000);
    assert_eq!(world.member("erin").margin, 0);
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
        world.end_at(SOL, usd(30));
        world.run(world.close_out("alice"));
        world.register_all();
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
        assert_eq!(world.fund().residual, if tops_up { 0 } else { usdc(40) });
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
