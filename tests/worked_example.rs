//! The worked example of `docs/waterfall.md`, layer by layer, to the unit.
//!
//! Alice is long 10 SOL from 200 with margin 250 and contribution 100; Bob is short. Bob and Carol have contributed 100
//! and 900, the treasury has 100. There are no fees. Everyone has agreed to assessments of half its contribution. SOL falls
//! to 40: Alice has lost 1,600.

use bulkhead_tests::{
    bulkhead::state::{FundParams, FundStatus},
    event,
    params::FUND,
    usd, usdc, World, SOL,
};

const LOTS: u64 = 1_000; // of 0.01 SOL

fn before_the_crash() -> World {
    let mut world = World::with_params(FundParams { assessment_cap_bps: 5_000, clearing_fee_bps: 0, ..FUND });
    world.join("alice", usdc(250), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", usdc(100), usdc(900));
    world.give("treasurer", usdc(100));
    world.run(world.fund_treasury("treasurer", usdc(100)));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(40));
    world
}

/// Layers 1 to 4: 250, 100, 100 and 1,000 of 1,600.
fn contributions_gone(world: &mut World) {
    let declared = event!(world.run(world.declare_default("alice")), DefaultDeclared);
    assert_eq!((declared.from_margin, declared.shortfall), (usdc(250), usdc(1_350)));
    let paid = event!(world.run(world.allocate_loss("alice")), LossAllocated);
    assert_eq!(
        (declared.from_contribution, paid.from_treasury, paid.from_survivors),
        (usdc(100), usdc(100), usdc(1_000))
    );
    assert_eq!((paid.residual, paid.called), (usdc(150), usdc(150)));
    assert!(world.fund().status == FundStatus::Recovery);
}

fn assessment_over(world: &mut World) {
    world.warp_secs(60 * 60 + 1);
    world.refresh();
}

#[test]
fn layers_1_to_6_and_the_recovery() {
    let mut world = before_the_crash();
    contributions_gone(&mut world);
    world.run(world.take_over("bob", SOL, LOTS)); // flat, and still liable to the gains cut

    // Layer 5: 150 of 1,000 called. Bob owes 15 and has 1,000 above initial margin; Carol owes 135 and has 100.
    let bob = event!(world.run(world.enforce_call("bob")), AssessmentPaid);
    assert_eq!((bob.amount, bob.residual), (usdc(15), usdc(135)));
    let carol = event!(world.run(world.enforce_call("carol")), AssessmentPaid);
    assert_eq!((carol.amount, carol.residual), (usdc(100), usdc(35)));

    // Layer 6: 35 of Bob's gain of 1,600.
    assessment_over(&mut world);
    let cut = event!(world.cut_all_gains(), GainsCut);
    assert_eq!((cut.gains, cut.cut), (usdc(1_600), usdc(35)));
    let fund = world.fund();
    assert_eq!((fund.unfunded, fund.pool), (0, usdc(1_565)));
    assert!(fund.status == FundStatus::Active);
    assert_eq!(event!(world.run(world.pay_claim("bob")), GainPaid).paid, usdc(1_565));

    // Alice pays 500 back. Bob has borne 100 + 15 + 35, Carol 900 + 100: 150 and 1,000 parts of 1,150.
    assert_eq!(world.fund().losses_outstanding, usdc(1_150));
    world.give("alice", usdc(500));
    world.run(world.repay_default("alice", 0, usdc(500)));
    for name in ["bob", "carol"] {
        world.run(world.settle_epoch(name));
    }
    let bob = event!(world.run(world.claim_recovery("bob")), RecoveryPaid).amount;
    let carol = event!(world.run(world.claim_recovery("carol")), RecoveryPaid).amount;
    assert_eq!((bob, carol), (65_217_391, 434_782_608));
}

/// Bob sells his short to Carol at 40 before anyone declares, and nobody registers his gain in time: the wind-down begins, and
/// his gain bears then what it would have borne before.
#[test]
fn layer_7() {
    let mut world = before_the_crash();
    world.run(world.novate("bob", "carol", SOL, LOTS, usd(40)));
    contributions_gone(&mut world);

    // Layer 5: Carol holds 10 SOL now, initial margin 40: 60 are free of the 135 she owes.
    world.run(world.enforce_call("bob"));
    assert_eq!(event!(world.run(world.enforce_call("carol")), AssessmentPaid).amount, usdc(60));
    assert_eq!(world.member("carol").margin, usdc(40));

    // The house sells to her, 5% below the mark after an hour: 20 more. Layer 6: nobody registers.
    assessment_over(&mut world);
    world.run(world.take_over("carol", SOL, LOTS));
    assert_eq!(world.fund().residual, usdc(75 + 20));
    world.pin_gains();
    world.end_registration();
    let started = event!(world.run(world.cut_gains()), WindDownStarted);
    assert_eq!(started.residual, usdc(95));

    // Layer 7: a day later the mark of 40 is final, and Alice is closed out. Bob is registered late: 95 of 1,600 are cut.
    world.end_at(SOL, usd(40));
    world.run(world.close_out("alice"));
    world.register_all();
    for name in ["bob", "carol"] {
        world.run(world.close_out(name));
    }
    // The pool has 1,505, for Carol has had the 20 of her discount as margin.
    assert_eq!((world.fund().claims, world.fund().pool), (usdc(1_505), usdc(1_505)));
    let bob = event!(world.run(world.pay_out("bob")), ClaimPaid);
    assert_eq!((bob.claim, bob.paid), (usdc(1_505), usdc(1_505)));
    assert_eq!((world.fund().unfunded, world.fund().pool), (0, 0));

    // Everyone leaves with what is theirs.
    for (name, margin) in [("alice", 0), ("bob", usdc(1_000 - 15) + bob.paid), ("carol", usdc(40) + usdc(20))]
    {
        assert_eq!(world.member(name).margin, margin, "{name}");
        if margin > 0 {
            world.run(world.withdraw_margin(name, margin));
        }
        world.run(world.settle_epoch(name));
        if name != "alice" {
            world.run(world.waive_recovery(name));
        }
        world.run(world.close_member(name));
    }
    assert_eq!((world.fund().members, world.vault_balance()), (0, 0));
}
