//! Assessments (layer 5) and those who would rather not pay them.

use {
    crate::{claims::TOM, common::*},
    bulkhead::state::{Fund, FundParams, FundStatus},
    bulkhead_tests::{
        event,
        params::{DAY, FUND},
        usd, usdc,
        world::Setup,
        BulkheadError, Call, MarketSpec, Meta, World, BTC, SOL,
    },
};

const HOUR: i64 = 60 * 60;

/// ann has contributed 600, ben 400; each has 1,000 of margin, and agreed to pay as much again.
const MARGIN: u64 = usdc(1_000);

/// A loss that leaves 500 to be called: 300 from ann, 200 from ben.
const LOSS: u64 = usdc(1_500);

/// Assessments of up to the whole contribution.
const ONCE: FundParams = FundParams { assessment_cap_bps: 10_000, ..PRECISE };

fn callable(params: FundParams) -> World {
    let second = MarketSpec::btc();
    let mut world = World::with(Setup { params, markets: vec![free_market(), second], ..Setup::default() });
    for (name, amount) in [("ann", usdc(600)), ("ben", usdc(400))] {
        world.join(name, MARGIN, amount);
    }
    world.join(CREDITOR, STAKE, 0);
    world.join(DEBTOR, 0, 0);
    world
}

/// The loss is declared and allocated: the call is open.
fn called(params: FundParams) -> World {
    let mut world = callable(params);
    insolvent(&mut world, LOSS);
    world.default_member(DEBTOR);
    world
}

fn assessed(meta: &Meta) -> u64 {
    event!(meta, AssessmentPaid).amount
}

#[test]
fn t02_layers_and_assessments_are_the_loss() {
    // 1,000 of contributions, then up to 1,000 called, the rest is left to the gains.
    for (loss, called, residual) in [
        (usdc(1_000), 0, 0),
        (usdc(1_000) + 1, 1, 0),
        (LOSS, usdc(500), 0),
        (usdc(2_000), usdc(1_000), 0),
        (usdc(2_000) + 1, usdc(1_000), 1),
        (usdc(6_000), usdc(1_000), usdc(4_000)),
    ] {
        let mut world = callable(ONCE);
        insolvent(&mut world, loss);
        let seq = world.default_member(DEBTOR);
        let record = world.default_record(seq);
        assert_eq!(record.from_survivors + record.residual, loss);
        assert_eq!(world.fund().assessment.called, called, "loss {loss}");
        let mut paid = 0;
        for name in ["ann", "ben"] {
            if let Ok(meta) = world.attempt(world.enforce_call(name)) {
                paid += assessed(&meta);
            }
        }
        // Each rounds up: a unit more comes in, and goes back to those who paid.
        assert!(paid >= called && paid <= called + 2, "loss {loss}: {paid} of {called}");
        assert_eq!(world.fund().residual, residual, "loss {loss}");
        assert_eq!(world.fund().status == FundStatus::Active, residual == 0, "loss {loss}");
    }
}

/// P11: a margin is assessed down to initial margin and not a unit further. What is owed beyond is collected when there is
/// free margin again, and not once the call is over.
#[test]
fn t09_an_assessment_never_takes_initial_margin() {
    let mut world = callable(ONCE);
    world.run(world.withdraw_margin("ben", usdc(500)));
    world.run(world.novate("ann", "ben", SOL, 400, usd(200)));
    insolvent(&mut world, LOSS);
    world.default_member(DEBTOR);
    // SOL is at 285: ben, short of 4 SOL, has lost 340 of his 500 and needs 114 of initial margin.
    let meta = world.run(world.enforce_call("ben"));
    assert_eq!(assessed(&meta), usdc(46));
    assert_eq!(world.member("ben").margin, usdc(454));
    assert_eq!(world.risk("ben").free(usdc(454)), Ok(0));
    world.refuse(world.enforce_call("ben"), BulkheadError::NothingToCall);
    world.refuse(world.withdraw_margin("ben", 1), BulkheadError::BelowInitialMargin);

    // At 275 he has lost 40 less and needs 4 less.
    world.set_price(SOL, usd(275));
    assert_eq!(assessed(&world.run(world.enforce_call("ben"))), usdc(44));
    world.run(world.deposit_margin("ben", usdc(1_000)));
    world.warp_secs(i64::from(ONCE.assessment_secs) + 1);
    world.refresh();
    world.refuse(world.enforce_call("ben"), BulkheadError::NothingToCall);
    assert_eq!(world.member("ben").margin, usdc(454 - 44 + 1_000));
}

/// P6: between a default and its allocation nobody takes out or ties up what may be assessed: here up to 600 of ann's 1,000.
#[test]
fn t10_margin_that_may_be_assessed_stays_where_it_is() {
    let mut world = callable(ONCE);
    request_all(&mut world, "ann");
    world.warp_secs(DAY);
    world.refresh();
    insolvent(&mut world, LOSS);
    world.run(world.declare_default(DEBTOR));

    world.refuse(world.withdraw_margin("ann", MARGIN), BulkheadError::AssessmentReserved);
    world.refuse(world.withdraw_margin("ann", usdc(400) + 1), BulkheadError::AssessmentReserved);
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::LossPending);
    // As initial margin: of a trade, or of lots from the house.
    let trade = world.novate("ann", CREDITOR, BTC, 700, usd(60_000)); // 4,200: 420 of initial margin
    world.refuse(trade, BulkheadError::LossPending);
    world.refuse(world.take_over("ann", SOL, 1_500), BulkheadError::AssessmentReserved); // 15 SOL at 285: 427.5
    world.refuse(world.agree_assessment("ann"), BulkheadError::LossPending);
    world.refuse(world.close_member("ann"), BulkheadError::MemberNotEmpty);

    world.run(world.withdraw_margin("ann", usdc(400)));
    world.run(world.allocate_loss(DEBTOR));
    // And once it is called, the first thing any withdrawal does is to pay it; what may still be called stays.
    world.refuse(world.withdraw_margin("ann", usdc(300) + 1), BulkheadError::InsufficientMargin);
    world.refuse(world.withdraw_margin("ann", 1), BulkheadError::AssessmentReserved);
    assert_eq!(assessed(&world.run(world.enforce_call("ann"))), usdc(300));
    assert_eq!(assessed(&world.run(world.enforce_call("ben"))), usdc(200));
    // The loss is paid, but the house is not sold: it may lose more.
    world.refuse(world.withdraw_margin("ann", 1), BulkheadError::AssessmentReserved);
    world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS));
    world.run(world.withdraw_margin("ann", usdc(300)));
}

/// P6: whatever ann does between the declaration and the collection, she pays 300.
#[test]
fn t10_nothing_ann_does_after_the_declaration_spares_her_the_call() {
    type Dodge = fn(&mut World);
    let dodges: [(&str, Dodge, Dodge); 5] = [
        ("keep still", |_| {}, |_| {}),
        ("withdraw what she may", |world| drop(world.run(world.withdraw_margin("ann", usdc(400)))), |_| {}),
        ("leave the ended epoch", |_| {}, |world| drop(world.run(world.settle_epoch("ann")))),
        (
            "ask for shares back first",
            |world| request_all(world, "ann"),
            |world| {
                world.run(world.settle_epoch("ann"));
                world.refuse(world.claim_withdrawal("ann"), BulkheadError::LossPending);
            },
        ),
        (
            "wait for others to pay",
            |_| {},
            |world| {
                world.run(world.enforce_call("ben"));
                world.warp_secs(i64::from(ONCE.assessment_secs)); // the last second
                world.refresh();
            },
        ),
    ];
    for (name, before, after) in dodges {
        println!("{name}");
        let mut world = callable(ONCE);
        insolvent(&mut world, LOSS);
        world.run(world.declare_default(DEBTOR));
        before(&mut world);
        world.run(world.allocate_loss(DEBTOR));
        after(&mut world);
        assert_eq!(assessed(&world.run(world.enforce_call("ann"))), usdc(300));
        world.refuse(world.enforce_call("ann"), BulkheadError::NothingToCall);
    }
}

/// A default while the call on the one before is open: it is allocated like any, and raises the call up to the caps.
#[test]
fn t19_a_default_is_allocated_although_a_call_is_open() {
    let mut world = callable(ONCE);
    world.join("late", STAKE, 0);
    world.run(world.deposit_margin(CREDITOR, STAKE));
    world.run(world.novate(CREDITOR, "late", SOL, UNIT_LOTS, usd(200)));
    world.run(world.deposit_margin("late", usdc(1_000))); // it goes later
    insolvent(&mut world, LOSS);
    world.default_member(DEBTOR);
    assert_eq!(assessed(&world.run(world.enforce_call("ann"))), usdc(300));

    // late is 500 short at first; 300 more and it is 800.
    world.set_price(SOL, usd(200) + STAKE + usdc(1_000) + usdc(800));
    world.warp_secs(i64::from(ONCE.assessment_secs) / 2);
    world.refresh();
    world.default_member("late");
    let fund = world.fund();
    assert_eq!(
        (fund.residual, fund.assessment.called),
        (usdc(200 + 800), usdc(1_000)),
        "up to the caps of 600 and 400"
    );
    // ann owes 600 in all, ben 400, and both have the whole time again.
    world.warp_secs(i64::from(ONCE.assessment_secs));
    world.refresh();
    assert_eq!(assessed(&world.run(world.enforce_call("ann"))), usdc(300));
    assert_eq!(assessed(&world.run(world.enforce_call("ben"))), usdc(400));
    assert_eq!(world.fund().residual, usdc(300), "left to the gains");
    while world.market(SOL).house_lots != 0 {
        world.run(world.take_over(CREDITOR, SOL, 10 * UNIT_LOTS));
    }
    world.cut_all_gains();
    assert_eq!(world.fund().unfunded, 0);
}

#[test]
fn t20_a_call_is_paid_once() {
    let mut world = called(ONCE);
    let twice = world.enforce_call("ann").then(world.enforce_call("ann"));
    world.refuse(twice, BulkheadError::NothingToCall);
    world.run(world.enforce_call("ann"));
    world.run(world.settle_epoch("ann"));
    world.refuse(world.enforce_call("ann"), BulkheadError::NothingToCall);
    // Nor by who had no shares, or is in another fund.
    world.refuse(world.enforce_call(CREDITOR), BulkheadError::NothingToCall);
    let stranger = world.elsewhere(|world| {
        world.join("ben", MARGIN, usdc(400));
        world.account_of("ben")
    });
    let ben = world.account_of("ben");
    world.refuse(world.enforce_call("ben").swap(ben, stranger), BulkheadError::WrongFund);
}

/// Threat 26: the cap is over the cooling-off period, however many losses and epochs are in it, and is there again after
/// it: nobody is locked out by a mark it has once reached.
#[test]
fn t26_the_cap_is_over_the_whole_cooling_off_period_and_then_new() {
    let mut world = callable(FundParams { assessment_cap_bps: 5_000, ..ONCE });
    let pay_all = |world: &mut World| -> u64 {
        world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS));
        let mut paid = 0;
        for name in ["ann", "ben"] {
            if let Ok(meta) = world.attempt(world.enforce_call(name)) {
                paid += assessed(&meta);
            }
        }
        // What is not assessed is cut from the creditor's gain; everybody comes back with what it had.
        world.warp_secs(i64::from(ONCE.assessment_secs) + 1);
        world.refresh();
        if world.fund().residual > 0 {
            world.cut_all_gains();
            world.run(world.pay_claim(CREDITOR));
        } else {
            world.run(world.settle(CREDITOR, SOL));
        }
        world.set_price(SOL, usd(200));
        for (name, amount) in [("ann", usdc(600)), ("ben", usdc(400))] {
            world.run(world.settle_epoch(name));
            world.run(world.contribute(name, amount));
        }
        paid
    };
    for (loss, paid) in [(usdc(1_300), usdc(300)), (usdc(1_400), usdc(200)), (usdc(1_900), 0)] {
        insolvent(&mut world, loss);
        world.default_member(DEBTOR);
        let got = pay_all(&mut world); // each rounds up
        assert!(got.abs_diff(paid) <= 2, "of a cap of 500, for {loss}: {got}");
    }
    assert_eq!((world.member("ann").assessed, world.member("ben").assessed), (usdc(300), usdc(200)));
    world.warp_secs(i64::from(FUND.cooling_off_secs));
    world.refresh();
    insolvent(&mut world, usdc(1_900));
    world.default_member(DEBTOR);
    assert!(pay_all(&mut world).abs_diff(usdc(500)) <= 2);
}

/// Threat 26: a cap that governance raised binds only who has agreed to it: who joined before pays nothing.
#[test]
fn t26_a_cap_binds_only_who_agreed_to_it() {
    let mut world = callable(FundParams { assessment_cap_bps: 0, ..ONCE });
    world.patch(world.here.keys.fund, |account| {
        let mut state: bulkhead::state::Fund = bytemuck::pod_read_unaligned(&account.data[8..]);
        state.params.assessment_cap_bps = 10_000;
        account.data[8..].copy_from_slice(bytemuck::bytes_of(&state));
    });
    world.run(world.agree_assessment("ben"));
    insolvent(&mut world, LOSS);
    world.default_member(DEBTOR);
    world.refuse(world.enforce_call("ann"), BulkheadError::NothingToCall);
    assert_eq!(assessed(&world.run(world.enforce_call("ben"))), usdc(200));
    world.run(world.withdraw_margin("ann", MARGIN));
}

/// A call that nobody can pay any more delays the haircut until it is over, and no longer; paid in full it does not at all.
#[test]
fn t19_an_unpaid_call_holds_up_the_next_layer_for_its_time_only() {
    let mut world = called(ONCE);
    for name in ["ann", "ben"] {
        world.run(world.settle_epoch(name));
    }
    world.run(world.enforce_call("ann"));
    world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS));
    world.refuse(world.open_gains_cut(), BulkheadError::AssessmentOpen);
    world.warp_secs(i64::from(ONCE.assessment_secs));
    world.refresh();
    world.refuse(world.open_gains_cut(), BulkheadError::AssessmentOpen);
    // Allocating the residual again, which is called already, does not give it more time.
    world.run(world.allocate_residual());
    world.warp_secs(1);
    world.refresh();
    world.cut_all_gains();
    assert_eq!(world.fund().unfunded, 0);
}

/// The payment that ends the loss, with the house sold, is like any: shares of the ended epoch need not be settled first.
#[test]
fn t19_the_last_payment_of_a_call_needs_no_settled_epoch() {
    let mut world = called(ONCE);
    world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS));
    world.run(world.enforce_call("ann"));
    assert_eq!(assessed(&world.run(world.enforce_call("ben"))), usdc(200));
    assert_eq!((world.fund().unfunded, world.member("ben").share_epoch), (0, 0));
}

/// The steps of a call in one transaction.
#[test]
fn t23_a_default_and_all_its_calls_in_one_transaction() {
    let mut world = callable(ONCE);
    insolvent(&mut world, LOSS);
    world.run(world.declare_default(DEBTOR));
    let steps: Call =
        world.allocate_loss(DEBTOR).then(world.enforce_call("ann")).then(world.enforce_call("ben"));
    let purse = margins(&world, &["ann", "ben"]);
    world.run(steps);
    assert_eq!(margins(&world, &["ann", "ben"]), [purse[0] - usdc(300), purse[1] - usdc(200)]);
    assert_eq!(world.fund().unfunded, 0);
}

/// P5: a call of 300 has lapsed unpaid. While its 300 are still missing, a larger default raises the call, and everybody
/// has a day to pay. What has lapsed counts as open, so that the time for which a gains cut waits would count from
/// the first call: the cut opened in the slot of the raise, and winners paid 500 for Ann. A raise by a twentieth of
/// the most that can be called begins that time anew: the cut is refused, and Ann pays.
#[test]
fn p5_a_call_that_is_raised_after_it_has_lapsed_begins_anew() {
    let mut ends = vec![];
    for at_once in [false, true] {
        let params = FundParams { assessment_cap_bps: 5_000, assessment_secs: DAY as u32, ..PRECISE };
        let mut world = precise_with(params, &[("ann", usdc(1_000))]);
        world.join(TOM, usdc(1_000_000), 0);
        world.join("hank", usdc(1_000), 0);
        world.join("dan", usdc(84), 0);
        trade(&mut world, "hank", "dan", 100, usd(200));
        insolvent(&mut world, usdc(1_300));
        world.default_member(DEBTOR);
        world.run(world.take_over(TOM, SOL, UNIT_LOTS));
        assert_eq!(world.fund().assessment.called, usdc(300));
        world.warp_secs(2 * DAY + 60); // nobody has paid
        world.set_price(SOL, usd(484)); // Dan is 200 short
        world.default_member("dan");
        world.run(world.take_over(TOM, SOL, 100));
        let fund = world.fund();
        assert_eq!((fund.residual, fund.assessment.called), (usdc(500), usdc(500)));
        assert!(fund.assessment.ends_ts > world.now() + DAY - 60, "everybody has a day");
        assert_eq!(fund.assessment.began_ts, world.now());
        if at_once {
            world.refuse(world.open_gains_cut(), BulkheadError::AssessmentOpen);
        }
        world.run(world.deposit_margin("ann", usdc(500)));
        world.run(world.enforce_call("ann"));
        assert_eq!(world.fund().unfunded, 0);
        let ann = got(&mut world, "ann");
        let winners = [CREDITOR, "hank"].map(|name| world.equity(name) as u64 + got(&mut world, name));
        ends.push((ann, winners[0] + winners[1]));
    }
    let [paid, tried] = ends[..] else { unreachable!("two ends") };
    assert!(paid.0 <= 2 && paid.0.abs_diff(tried.0) <= 2 && paid.1.abs_diff(tried.1) <= 2, "{ends:?}");
}

/// P5: the same with a call that has not lapsed. One unit that nobody pays is called by a dust default, and again by the
/// next one, which uses up the time for which a gains cut waits: dust begins it only once. Then a default of 200
/// raises the call by more than a twentieth of the most that can be called, and everybody has an hour to pay it,
/// in which no gains cut opens.
#[test]
fn p5_dust_calls_use_up_no_time_to_pay_a_larger_one() {
    let params = FundParams { assessment_cap_bps: 5_000, ..PRECISE };
    let mut world = precise_with(params, &[("ann", usdc(1_000))]);
    world.join(TOM, usdc(1_000_000), 0);
    let dust: Vec<String> = (0..2).map(|at| format!("dust {at}")).collect();
    for (at, name) in dust.iter().enumerate() {
        world.join(name, usdc(81 + at as u64) / 100 - 1, 0); // a unit short at 281, 282
        trade(&mut world, TOM, name, 1, usd(200));
    }
    world.join("hank", usdc(1_000), 0);
    world.join("dan", usdc(84), 0);
    trade(&mut world, "hank", "dan", 100, usd(200));
    insolvent(&mut world, usdc(1_000) + 1); // 280
    world.default_member(DEBTOR);
    world.run(world.take_over(TOM, SOL, UNIT_LOTS));
    assert_eq!(world.fund().assessment.called, 1);
    let began = world.fund().assessment.began_ts;
    for (at, name) in dust.iter().enumerate() {
        world.warp_secs(HOUR - 60);
        world.set_price(SOL, usd(281 + at as u64));
        world.default_member(name);
        world.run(world.take_over(TOM, SOL, 1));
    }
    assert_eq!((world.fund().assessment.called, world.fund().assessment.began_ts), (3, began));
    world.warp_secs(200);
    world.set_price(SOL, usd(484));
    world.default_member("dan");
    world.run(world.take_over(TOM, SOL, 100));
    let fund = world.fund();
    assert_eq!((fund.residual, fund.assessment.called), (usdc(200) + 3, usdc(200) + 3));
    assert_eq!(fund.assessment.ends_ts, world.now() + HOUR);
    world.refuse(world.open_gains_cut(), BulkheadError::AssessmentOpen);
    world.warp_secs(HOUR);
    world.refuse(world.open_gains_cut(), BulkheadError::AssessmentOpen);
    world.warp_secs(1);
    world.run(world.open_gains_cut());
}

/// Ann has lost 1,000 and can be called for 500; 300 of the loss are nobody's. Dan and Eve are short of 1 SOL each with 184 and 300.
fn called_beside_two() -> World {
    let params = FundParams { assessment_cap_bps: 5_000, assessment_secs: DAY as u32, ..PRECISE };
    let mut world = precise_with(params, &[("ann", usdc(1_000))]);
    world.join(TOM, usdc(1_000_000), 0);
    world.join("hank", usdc(2_000), 0);
    for (name, margin) in [("dan", usdc(184)), ("eve", usdc(300))] {
        world.join(name, margin, 0);
        trade(&mut world, "hank", name, 100, usd(200));
    }
    insolvent(&mut world, usdc(1_300));
    world.default_member(DEBTOR);
    world.run(world.take_over(TOM, SOL, UNIT_LOTS));
    assert_eq!(world.fund().assessment.called, usdc(300));
    world
}

/// Someone is in default at this price, and the house is sold.
fn fails(world: &mut World, name: &str, price: u64) {
    world.set_price(SOL, price);
    world.default_member(name);
    world.run(world.take_over(TOM, SOL, 100));
    let _ = world.attempt(world.allocate_residual());
}

/// P5: what was called, has lapsed and was then cut from gains hides a later loss of the same chain from layer 5. Of 400 that have
/// lapsed a cut takes 300. Eve's 184 come on top, and are called with the 100 that are left.
#[test]
fn p5_what_was_paid_of_a_lapsed_call_hides_no_later_loss() {
    let mut world = called_beside_two();
    world.warp_secs(2 * DAY + 60);
    world.pin_gains();
    world.register_all();
    fails(&mut world, "dan", usd(484)); // 100 short, and called
    assert_eq!(world.fund().assessment.asked, usdc(400));
    world.warp_secs(2 * DAY + 60);
    world.refresh();
    world.end_registration();
    world.run(world.cut_gains());
    let fund = world.fund();
    assert_eq!((fund.residual, fund.assessment.asked), (usdc(100), usdc(100)));
    world.run(world.deposit_margin("ann", usdc(500)));
    world.refuse(world.enforce_call("ann"), BulkheadError::NothingToCall);
    fails(&mut world, "eve", usd(684)); // 184 short
    assert_eq!(world.fund().assessment.called, usdc(284));
    world.refuse(world.open_gains_cut(), BulkheadError::AssessmentOpen);
    world.run(world.enforce_call("ann"));
    assert_eq!((world.fund().unfunded, world.member("ann").margin), (0, usdc(216)));
}

/// P13: the 300 of a round are paid while it registers. Dan's loss of 100 is a later one: it does not take their place in the round,
/// whose pins are older than it. A cut that was too small before, of the loss that is paid, does not count any more.
#[test]
fn p13_a_paid_round_takes_no_later_loss() {
    let mut world = called_beside_two();
    world.warp_secs(2 * DAY + 60);
    world.pin_gains();
    world.register_all();
    let fund = world.here.keys.fund;
    world.patch_state(fund, |fund: &mut Fund| fund.small_cuts = 1);
    world.give("giver", usdc(300));
    world.run(world.give_recovery("giver", usdc(300)));
    let fund = world.fund();
    assert_eq!((fund.unfunded, fund.cut_round(1).loss, fund.small_cuts), (0, 0, 0));
    fails(&mut world, "dan", usd(484));
    let residual = world.fund().residual;
    assert_eq!(residual, usdc(100));
    world.end_registration();
    world.refresh();
    let cut = event!(world.run(world.cut_gains()), GainsCut);
    assert_eq!((cut.cut, world.fund().residual), (0, residual));
}
