use {
    crate::common::*,
    bulkhead_tests::{
        address,
        bulkhead::{
            constants::{EXIT_WINDOW_SLOTS, SILENT_GRACE_SECS},
            state::FundParams,
        },
        contribution, event, keypair,
        params::{self, DAY},
        usd, usdc,
        world::Setup,
        BulkheadError::*,
        MintKind, Signer, World, SOL,
    },
};

/// [`traded`], and Carol has asked for all her 900 back a day ago.
fn due() -> World {
    let mut world = traded();
    request_all(&mut world, "carol");
    world.warp_secs(DAY);
    world.refresh();
    world
}

fn request_all(world: &mut World, name: &str) {
    let all = world.member(name).shares.get();
    world.run(world.request_withdrawal(name, all));
}

/// Carol, with 900 in a fund whose exits are paid 100 slots after the commitment, has asked a day ago.
fn due_with_delay() -> World {
    let mut world = World::with_params(FundParams { exit_delay_slots: 100, ..params::FUND });
    contributors(&mut world, usdc(250));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    request_all(&mut world, "carol");
    world.warp_secs(DAY);
    world.refresh();
    world
}

#[test]
fn shares_are_paid_out() {
    let mut world = due();
    let (purse, total) = (world.purse("carol"), world.fund().total_shares.get());
    let shares = world.member("carol").shares.get();
    let meta = world.run(world.claim_withdrawal("carol"));
    let paid = event!(meta, WithdrawalPaid);
    assert_eq!((paid.member, paid.amount, paid.shares.get()), (world.account_of("carol"), usdc(900), shares));
    let (fund, carol) = (world.fund(), world.member("carol"));
    assert_eq!((fund.contributions, fund.total_shares.get()), (usdc(3_200), total - shares));
    assert_eq!((carol.shares.get(), carol.notice_shares.get(), carol.notice_ready_secs), (0, 0, 0));
    assert_eq!(world.purse("carol"), purse + usdc(900));
    world.refuse(world.claim_withdrawal("carol"), NoWithdrawal);
}

#[test]
fn token_2022_is_paid_out() {
    let mut world = World::with(Setup { mint: MintKind::Token2022, ..Setup::default() });
    world.join("carol", 0, usdc(900));
    request_all(&mut world, "carol");
    world.warp_secs(DAY);
    world.run(world.claim_withdrawal("carol"));
    assert_eq!(world.vault_balance(), 0);
}

/// The price is that of the payment: 900 less the haircut of 1.25%, 888.75.
#[test]
fn at_the_price_of_the_day() {
    let mut world = bankrupt();
    request_all(&mut world, "carol");
    world.default_member("alice");
    world.run(world.take_over("bob", SOL, LOTS));
    world.warp_secs(DAY);
    let meta = world.run(world.claim_withdrawal("carol"));
    assert_eq!(event!(meta, WithdrawalPaid).amount, 888_750_000);
}

#[test]
fn there_must_be_a_request() {
    let mut world = traded();
    world.refuse(world.claim_withdrawal("carol"), NoWithdrawal);
}

#[test]
fn between_notice_and_the_end_of_the_window() {
    let mut world = traded();
    request_all(&mut world, "carol");
    request_all(&mut world, "dave");
    let asked = world.svm.clone();
    for (secs, error) in [(DAY - 1, WithdrawalNotDue), (2 * DAY, WithdrawalExpired)] {
        world.svm = asked.clone();
        world.warp_secs(secs);
        world.refuse(world.claim_withdrawal("carol"), error);
    }
    world.svm = asked;
    world.warp_secs(DAY);
    world.run(world.claim_withdrawal("carol"));
    world.warp_secs(DAY - 1);
    world.run(world.claim_withdrawal("dave"));
}

/// Notice and window stand still while exits are blocked, and no longer.
#[test]
fn a_block_stops_the_notice_and_the_window() {
    let mut world = traded_with(usdc(250));
    request_all(&mut world, "carol");
    world.warp_secs(DAY / 2);
    world.set_price(SOL, usd(150));
    world.default_member("alice");
    let reading = world.exit_secs();
    world.warp_secs(10 * DAY); // the house is not sold
    assert_eq!(world.exit_secs(), reading);
    world.refresh();
    world.run(world.take_over("bob", SOL, LOTS));
    if world.fund().residual > 0 {
        world.run(world.allocate_residual());
    }
    world.warp_secs(DAY / 2 - 60);
    world.refuse(world.claim_withdrawal("carol"), WithdrawalNotDue);
    world.warp_secs(60);
    world.run(world.claim_withdrawal("carol"));
}

/// A window in whose last minute exits were blocked has an hour left when they reopen, once.
#[test]
fn a_window_that_reopens_has_an_hour_left() {
    let mut world = traded_with(usdc(250));
    request_all(&mut world, "carol");
    world.warp_secs(2 * DAY - 60);
    world.set_price(SOL, usd(150));
    world.default_member("alice");
    world.warp_secs(DAY);
    world.refresh();
    world.run(world.take_over("bob", SOL, LOTS));
    if world.fund().residual > 0 {
        world.run(world.allocate_residual());
    }
    let reopened = world.svm.clone();
    world.warp_secs(3_599);
    world.run(world.claim_withdrawal("carol"));
    world.svm = reopened;
    world.warp_secs(3_600);
    world.refuse(world.claim_withdrawal("carol"), WithdrawalExpired);
}

/// Section 7: a leaver that holds positions meets initial margin afterwards, by its own end of the interval. Alice's lots are
/// worth 2,000 at 200, which asks for 200.
#[test]
fn a_leaver_with_positions_meets_initial_margin() {
    const PAR: u128 = 1 << 20;
    let mut world = traded_with(usdc(250));
    world.run(world.request_withdrawal("alice", u128::from(usdc(60)) * PAR));
    world.warp_secs(DAY);
    world.set_price(SOL, usd(190)); // 149.60 of equity against 190
    world.refuse(world.claim_withdrawal("alice"), BelowInitialMargin);
    world.run(world.deposit_margin("alice", usdc(50)));
    world.run(world.claim_withdrawal("alice"));
}

/// An expired request is in the way of nothing: cancelled, it can be made again.
#[test]
fn an_expired_request_can_be_made_again() {
    let mut world = traded();
    request_all(&mut world, "carol");
    world.warp_secs(3 * DAY);
    world.refuse(world.claim_withdrawal("carol"), WithdrawalExpired);
    world.run(world.cancel_withdrawal("carol"));
    request_all(&mut world, "carol");
    world.warp_secs(DAY);
    world.run(world.claim_withdrawal("carol"));
}

#[test]
fn not_while_a_loss_is_pending() {
    let mut world = traded_with(usdc(250));
    request_all(&mut world, "carol");
    world.warp_secs(DAY);
    world.set_price(SOL, usd(150));
    world.run(world.declare_default("alice"));
    world.refuse(world.claim_withdrawal("carol"), LossPending); // a default is open
    world.run(world.allocate_loss("alice"));
    world.refuse(world.claim_withdrawal("carol"), LossPending); // the house holds lots
    world.run(world.take_over("bob", SOL, LOTS));
    world.run(world.claim_withdrawal("carol"));
}

/// Half of the lots sold at a discount: nothing is unfunded, yet what the rest will bring is not known.
#[test]
fn not_while_the_house_lost_and_nobody_has_paid() {
    let mut world = traded_with(usdc(250));
    request_all(&mut world, "carol");
    world.warp_secs(DAY);
    world.set_price(SOL, usd(150));
    world.default_member("alice");
    world.warp_slots(500);
    world.refresh();
    world.run(world.take_over("bob", SOL, LOTS)); // 2.5% below the mark
    assert_eq!((world.fund().open_houses, world.fund().unfunded), (0, 37_500_000));
    world.refuse(world.claim_withdrawal("carol"), LossPending);
    world.run(world.allocate_residual());
    let meta = world.run(world.claim_withdrawal("carol"));
    // 900 of 4,000, which lose 50 to the default, less what Alice's rewards have paid of it, and 37.50 to the sale.
    assert_eq!(event!(meta, WithdrawalPaid).amount, 880_312_706);
}

#[test]
fn not_while_a_member_is_in_grace() {
    let mut world = World::with_params(FundParams { default_confirm_slots: 10, ..params::FUND });
    contributors(&mut world, usdc(250));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    request_all(&mut world, "carol");
    world.warp_secs(DAY);
    world.set_price(SOL, usd(150));
    world.run(world.declare_default("alice"));
    world.refuse(world.claim_withdrawal("carol"), LossPending);
    // 4 s of grace, and ten minutes to make the default final.
    let started = world.svm.clone();
    world.warp_secs(4 + 599);
    world.refuse(world.claim_withdrawal("carol"), LossPending);
    world.warp_secs(1);
    world.refresh();
    world.run(world.claim_withdrawal("carol"));

    world.svm = started;
    world.run(world.deposit_margin("alice", usdc(500)));
    world.refuse(world.claim_withdrawal("carol"), LossPending);
    world.run(world.declare_default("alice"));
    world.run(world.claim_withdrawal("carol"));
}

/// Alice holds 2,000 of notional: 40 of contribution are required.
#[test]
fn down_to_the_required_contribution() {
    const PAR: u128 = 1 << 20;
    let mut world = traded();
    world.run(world.request_withdrawal("alice", u128::from(usdc(60) + 1) * PAR));
    world.warp_secs(DAY);
    world.refresh();
    world.refuse(world.claim_withdrawal("alice"), BelowRequiredContribution);
    world.run(world.cancel_withdrawal("alice"));
    world.run(world.request_withdrawal("alice", u128::from(usdc(60)) * PAR));
    world.warp_secs(DAY);
    world.refresh();
    world.run(world.claim_withdrawal("alice"));
    assert_eq!(contribution(&world.fund(), &world.member("alice")), Ok(usdc(40)));
}

/// 1 lot is 2 of notional, but the fund asks for at least 10.
#[test]
fn down_to_the_least_contribution() {
    const PAR: u128 = 1 << 20;
    let mut world = World::new();
    contributors(&mut world, usdc(1_000));
    world.run(world.novate("alice", "bob", SOL, 1, usd(200)));
    world.run(world.request_withdrawal("alice", u128::from(usdc(90)) * PAR + PAR));
    world.warp_secs(DAY);
    world.refresh();
    world.refuse(world.claim_withdrawal("alice"), BelowRequiredContribution);
    // Without a position all of it may go.
    world.run(world.novate("bob", "alice", SOL, 1, usd(200)));
    world.run(world.claim_withdrawal("alice"));
}

/// They need not be fresh: nobody is locked in by a silent feed.
#[test]
fn markets_of_all_positions_are_given() {
    let mut world = traded();
    world.run(world.request_withdrawal("alice", 1));
    world.warp_secs(DAY);
    let (sol, other) = (world.here.keys.market(SOL), market_elsewhere(&mut world));
    world.refuse(world.claim_withdrawal("alice").without(sol), WrongMarket);
    world.refuse(world.claim_withdrawal("alice").swap(sol, other), WrongFund);
    refuses_version(&mut world, sol, |world| world.claim_withdrawal("alice"));
    refuses_impostors(&mut world, sol, |world| world.claim_withdrawal("alice"));
    world.run(world.claim_withdrawal("alice"));
}

// The exit delay

/// Threat 10, P6: an aged request is no option to run.
#[test]
fn with_a_delay_the_first_call_commits_and_the_second_pays() {
    let mut world = due_with_delay();
    let meta = world.run(world.claim_withdrawal("carol"));
    let (ready, committed) = (world.exit_secs() + 40, event!(meta, ExitCommitted)); // 100 slots of 400 ms
    assert_eq!((committed.member, committed.ready_secs), (world.account_of("carol"), ready));
    assert_eq!(contribution(&world.fund(), &world.member("carol")), Ok(usdc(900)), "still at risk");

    world.warp_secs(39);
    world.refuse(world.claim_withdrawal("carol"), WithdrawalNotDue);
    world.warp_secs(1);
    let meta = world.run(world.claim_withdrawal("carol"));
    assert_eq!(event!(meta, WithdrawalPaid).amount, usdc(900));
}

/// What was declarable when Carol committed is declared before she is paid: she bears her part.
#[test]
fn the_delay_lets_a_default_be_declared_first() {
    let mut world = due_with_delay();
    world.set_price(SOL, usd(150));
    world.run(world.claim_withdrawal("carol"));
    world.default_member("alice");
    world.warp_slots(100);
    world.refuse(world.claim_withdrawal("carol"), LossPending);
    assert_eq!(
        contribution(&world.fund(), &world.member("carol")),
        Ok(888_750_206),
        "less what Alice's rewards have paid"
    );
}

/// A commitment that could be renewed, or left to lie, would be an option to leave in a crash.
#[test]
fn a_commitment_is_good_once_for_a_minute() {
    assert_eq!(EXIT_WINDOW_SLOTS, 150, "60 s of 400 ms");
    for (late, refused) in [(59, false), (60, true)] {
        let mut world = due_with_delay();
        world.run(world.claim_withdrawal("carol"));
        world.warp_secs(40 + late);
        if !refused {
            assert_eq!(event!(world.run(world.claim_withdrawal("carol")), WithdrawalPaid).amount, usdc(900));
            continue;
        }
        // The request is void: asking again starts the notice period anew.
        world.refuse(world.claim_withdrawal("carol"), WithdrawalExpired);
        let shares = world.member("carol").shares.get();
        world.run(world.cancel_withdrawal("carol"));
        world.run(world.request_withdrawal("carol", shares));
        world.refuse(world.claim_withdrawal("carol"), WithdrawalNotDue);
    }
}

/// The window is one of the request; committing does not prolong it.
#[test]
fn a_commitment_does_not_outlive_the_window() {
    let mut world = due_with_delay();
    world.warp_secs(DAY - 1);
    world.run(world.claim_withdrawal("carol"));
    world.warp_secs(40);
    world.refuse(world.claim_withdrawal("carol"), WithdrawalExpired);
}

/// A block voids no commitment: missed because of it, it can be made again. Once, or a block a minute would be an option to
/// leave in a crash.
#[test]
fn a_commitment_that_a_block_interrupts_can_be_made_again_once() {
    let mut world = due_with_delay();
    world.run(world.claim_withdrawal("carol"));
    watched_and_sound(&mut world);
    world.warp_secs(100);
    let meta = world.run(world.claim_withdrawal("carol"));
    assert_eq!(event!(meta, ExitCommitted).ready_secs, world.exit_secs() + 40);
    assert_eq!(contribution(&world.fund(), &world.member("carol")), Ok(usdc(900)));
    let renewed = world.svm.clone();
    world.warp_secs(40);
    assert_eq!(event!(world.run(world.claim_withdrawal("carol")), WithdrawalPaid).amount, usdc(900));

    world.svm = renewed;
    watched_and_sound(&mut world);
    world.warp_secs(100);
    world.refuse(world.claim_withdrawal("carol"), WithdrawalExpired);
}

/// Alice owes more than her contribution, is watched for a while, and pays.
fn watched_and_sound(world: &mut World) {
    world.set_price(SOL, usd(160)); // 400 of 249.60 and 100
    world.run(world.open_watch("alice"));
    world.warp_secs(10);
    world.set_price(SOL, usd(200));
    world.run(world.end_watch("alice"));
}

#[test]
fn only_the_owner() {
    let mut world = due();
    let owner = world.owner_of("carol").pubkey();
    world.run(world.set_delegate("carol", keypair("stranger").pubkey()));
    refuses_strangers(&mut world, owner, NotOwner, |world| world.claim_withdrawal("carol"));
}

#[test]
fn not_in_default() {
    let mut world = traded_with(usdc(250));
    request_all(&mut world, "alice");
    world.warp_secs(DAY);
    world.set_price(SOL, usd(150));
    world.run(world.declare_default("alice"));
    world.refuse(world.claim_withdrawal("alice"), LossPending);
    world.run(world.allocate_loss("alice"));
    world.run(world.take_over("bob", SOL, LOTS));
    // The shares of the request are gone, and the request with them.
    world.refuse(world.claim_withdrawal("alice"), NoWithdrawal);
}

/// A default takes no more than the loss and the cushion: what is left of the request stays one.
#[test]
fn a_default_shrinks_the_request_with_the_shares() {
    let mut world = traded_with(usdc(250));
    world.run(world.contribute("alice", usdc(1_000)));
    request_all(&mut world, "alice");
    world.set_price(SOL, usd(170)); // a loss of 300, a shortfall of 50.40
    world.default_member("alice");
    let alice = world.member("alice");
    // 620.50 are the stress loss of 1,700, and stand behind the sale of the lots.
    assert_eq!(contribution(&world.fund(), &alice), Ok(usdc(1_100) - 50_400_000 - 620_500_000));
    assert_eq!(alice.notice_shares, alice.shares);
}

#[test]
fn not_of_an_ended_epoch() {
    let mut world = ruined();
    request_all(&mut world, "carol");
    world.default_member("alice");
    world.run(world.take_over("bob", SOL, LOTS));
    world.run(world.fund_treasury("treasurer", usdc(51)));
    world.run(world.allocate_residual());
    world.warp_secs(DAY);
    world.refuse(world.claim_withdrawal("carol"), EpochEnded);
    world.run(world.settle_epoch("carol"));
    world.refuse(world.claim_withdrawal("carol"), NoWithdrawal);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = due();
    let (fund, member, wallet) = (world.here.keys.fund, world.account_of("carol"), world.wallet_of("carol"));
    let call = |world: &World| world.claim_withdrawal("carol");
    refuses_bad_custody(&mut world, wallet, call);
    for account in [fund, member] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = member_elsewhere(&mut world, "carol");
    world.refuse(call(&world).swap(member, other), WrongFund);
    world
        .refuse(call(&world).with(address("nobody")), bulkhead_tests::InstructionError::UninitializedAccount);
}

/// At most a quarter of the contributions a day: an eighth at once, which is room again after a day.
const CAPPED: FundParams = FundParams { outflow_cap_bps: 2_500, ..params::FUND };

/// Dave has 3,000 of 4,100 in a fund with that cap, and has asked for 200 of them a day ago; Carol for 400 of her 900.
fn due_with_cap(params: FundParams) -> World {
    let mut world = World::with_params(params);
    contributors(&mut world, usdc(1_000));
    for (name, amount) in [("carol", 400), ("dave", 200)] {
        world.run(world.request_withdrawal(name, u128::from(usdc(amount)) << 20));
    }
    world.warp_secs(DAY);
    world
}

/// 512.50 may leave at once. 400 have, 200 more are too many, until a quarter of a day has drained 128.12.
#[test]
fn the_outflow_of_a_day_is_capped() {
    let mut world = due_with_cap(CAPPED);
    let out = event!(world.run(world.claim_withdrawal("carol")), WithdrawalPaid);
    assert_eq!((out.amount, out.outflow, out.overdue), (usdc(400), usdc(400), 0));
    world.refuse(world.claim_withdrawal("dave"), OutflowCapReached);
    world.warp_secs(DAY / 4);
    let out = event!(world.run(world.claim_withdrawal("dave")), WithdrawalPaid);
    assert_eq!(out.outflow, usdc(600) - 128_125_000);
}

/// The stated bound: in the second half of the claim window it is paid in any case, and says so.
#[test]
fn the_cap_stops_nobody_for_longer_than_half_of_the_window() {
    let mut world = due_with_cap(FundParams { outflow_cap_bps: 100, ..params::FUND });
    for name in ["carol", "dave"] {
        world.refuse(world.claim_withdrawal(name), OutflowCapReached);
    }
    world.warp_secs(DAY / 2 - 1);
    world.refuse(world.claim_withdrawal("carol"), OutflowCapReached);
    world.warp_secs(1);
    for name in ["carol", "dave"] {
        assert_eq!(event!(world.run(world.claim_withdrawal(name)), WithdrawalPaid).overdue, 1);
    }
}

/// With two calls the first one takes the room; the second one is not stopped by who came between.
#[test]
fn a_commitment_has_its_room() {
    let mut world = due_with_cap(FundParams { exit_delay_slots: 100, ..CAPPED });
    let meta = world.run(world.claim_withdrawal("carol"));
    let committed = event!(meta, ExitCommitted);
    assert_eq!((committed.amount, committed.outflow, committed.overdue), (usdc(400), usdc(400), 0));
    world.refuse(world.claim_withdrawal("dave"), OutflowCapReached);
    assert_eq!(world.member("dave").exit_ready_secs, 0, "who is refused has not committed");
    world.warp_slots(100);
    let meta = world.run(world.claim_withdrawal("carol"));
    assert_eq!(event!(meta, WithdrawalPaid).amount, usdc(400));
    assert_eq!(world.fund().outflow, usdc(400), "counted once");
}

/// Alice and Bob endanger 480.40 each; without Carol's 1,000 half of what is left is 25. Carol has asked for all a day ago.
fn carrying_others() -> World {
    let mut world = World::new();
    for name in ["alice", "bob"] {
        world.join(name, usdc(250), usdc(50));
    }
    world.join("carol", 0, usdc(1_000));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    request_all(&mut world, "carol");
    world.warp_secs(DAY);
    world.refresh();
    world
}

/// What is left must cover the two largest exposures known.
#[test]
fn who_leaves_leaves_the_largest_two_covered() {
    let mut world = carrying_others();
    world.refuse(world.claim_withdrawal("carol"), CoverTwoExceeded);
    // 36.5% of 2,000 in margin: nothing is endangered any more, once somebody looks.
    for name in ["alice", "bob"] {
        world.run(world.deposit_margin(name, usdc(500)));
        world.refuse(world.claim_withdrawal("carol"), CoverTwoExceeded);
        world.run(world.report_exposure(name));
    }
    world.run(world.claim_withdrawal("carol"));
}

/// Nobody is held for what others endanger beyond half of the window.
#[test]
fn nobody_is_hostage_to_the_largest_two() {
    let mut world = carrying_others();
    world.warp_secs(DAY / 2 - 1);
    world.refuse(world.claim_withdrawal("carol"), CoverTwoExceeded);
    world.warp_secs(1);
    assert_eq!(event!(world.run(world.claim_withdrawal("carol")), WithdrawalPaid).overdue, 1);
}

/// The house of SOL is long from 150 and silent, and treasury covers it. An exit shows that it is silent still.
#[test]
fn a_waived_house_is_shown_and_silent() {
    let mut world = allocated();
    world.give("donor", usdc(2_000));
    world.run(world.fund_treasury("donor", usdc(2_000)));
    request_all(&mut world, "carol");
    world.warp_secs(i64::from(SILENT_GRACE_SECS));
    world.run(world.book_house(SOL));
    world.warp_secs(DAY + 60);
    let (sol, before) = (world.here.keys.market(SOL), world.member("carol").shares);
    world.refuse(world.claim_withdrawal("carol").without(sol), LossPending);
    world.print(SOL, usd(150)); // it is heard
    world.refuse(world.claim_withdrawal("carol"), LossPending);
    assert_eq!(world.member("carol").shares.get(), before.get());
    world.warp_secs(i64::from(SILENT_GRACE_SECS));
    world.refuse(world.claim_withdrawal("carol"), LossPending); // silent again, and nobody has looked since
    world.run(world.book_house(SOL));
    world.run(world.claim_withdrawal("carol"));
}
