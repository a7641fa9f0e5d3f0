use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{event, params, usd, usdc, BulkheadError::*, World},
};

/// [`final_at`] 30, everybody closed out: Bob claims 870 of his registered gain and 120 more, Carol 580 and 80. Erin is 40 short:
/// the pool has 1,610 for 1,650.
fn forty_short() -> World {
    let mut world = final_at(usd(30));
    world.default_member("erin");
    for name in ["bob", "carol", "erin"] {
        world.run(world.close_out(name));
    }
    world
}

/// Bob gets 966 and Carol 644, whoever is first. The 40 they lose are borne, and are no residual any more.
#[test]
fn claims_are_paid_pro_rata() {
    for order in [["bob", "carol"], ["carol", "bob"]] {
        let mut world = forty_short();
        for name in order {
            let (claim, part) = if name == "bob" { (usdc(990), usdc(966)) } else { (usdc(660), usdc(644)) };
            let (margin, before, borne_before) =
                (world.member(name).margin, world.fund(), borne(&world, name));
            let meta = world.run(world.pay_out(name));
            let paid = event!(meta, ClaimPaid);
            assert_eq!((paid.fund, paid.member), (world.here.keys.fund, world.account_of(name)));
            assert_eq!((paid.claim, paid.paid), (claim, part));
            let (member, fund) = (world.member(name), world.fund());
            assert_eq!((member.margin - margin, member.claim), (part, 0));
            assert_eq!(borne(&world, name) - borne_before, claim - part);
            assert_eq!((before.pool - fund.pool, before.claims - fund.claims), (part, claim));
            assert_eq!(before.residual - fund.residual, claim - part);
        }
        let fund = world.fund();
        assert_eq!((fund.pool, fund.claims, fund.residual, fund.unfunded), (0, 0, 0, 0));
    }
}

/// What is paid is margin, and leaves like margin: a wind-down holds back nothing.
#[test]
fn the_last_member_leaves_too() {
    let mut world = closed_out();
    world.run(world.pay_out("bob"));
    world.run(world.pay_out("carol"));
    for name in ["bob", "carol", "erin"] {
        let margin = world.member(name).margin;
        world.run(world.withdraw_margin(name, margin));
    }
    assert_eq!(world.fund().margin_total, 0);
}

/// 20 that come before the first is paid are 20 more for all: 1,630 of 1,650. What comes later goes to who has borne.
#[test]
fn the_first_one_fixes_the_part_of_all() {
    let mut world = forty_short();
    world.give("giver", usdc(1_000));
    world.run(world.give_recovery("giver", usdc(20)));
    assert_eq!(event!(world.run(world.pay_out("bob")), ClaimPaid).paid, usdc(978));
    let pool = world.fund().pool;
    world.run(world.give_recovery("giver", usdc(20)));
    assert_eq!((world.fund().pool, world.fund().recoveries), (pool, usdc(20)));
    assert_eq!(event!(world.run(world.pay_out("carol")), ClaimPaid).paid, usdc(652));
}

#[test]
fn everybody_is_closed_out_first() {
    let mut world = final_at(usd(50));
    for name in ["bob", "carol"] {
        world.run(world.close_out(name));
        world.refuse(world.pay_out("bob"), CloseOutPending);
    }
    world.run(world.close_out("erin"));
    world.run(world.pay_out("bob"));
}

/// A default that is declared and not allocated may still cost something.
#[test]
fn every_default_is_allocated_first() {
    let mut world = final_at(usd(30));
    world.run(world.declare_default("erin"));
    for name in ["bob", "carol"] {
        world.run(world.close_out(name));
    }
    world.refuse(world.pay_out("bob"), CloseOutPending);
    world.run(world.allocate_loss("erin"));
    world.refuse(world.pay_out("bob"), CloseOutPending); // now Erin is a member to close out
    world.run(world.close_out("erin"));
    world.run(world.pay_out("bob"));
}

/// Money in the treasury pays before claims are cut: 20 of the residual.
#[test]
fn other_layers_pay_first() {
    let mut world = forty_short();
    world.run(world.fund_treasury("treasurer", usdc(20)));
    world.refuse(world.pay_out("bob"), LayerNotEmpty);
    world.run(world.allocate_residual());
    assert_eq!(event!(world.run(world.pay_out("bob")), ClaimPaid).paid, usdc(978)); // 990 x 1,630 / 1,650
    world.run(world.fund_treasury("treasurer", usdc(20)));
    assert_eq!(event!(world.run(world.pay_out("carol")), ClaimPaid).paid, usdc(652));
    // its part is fixed
}

#[test]
fn only_in_a_wind_down() {
    let mut world = called_with(params::FUND);
    world.refuse(world.pay_out("bob"), NotWindDown);
}

#[test]
fn the_member_has_a_claim() {
    let mut world = closed_out();
    for name in ["alice", "erin"] {
        world.refuse(world.pay_out(name), NothingToClaim);
    }
    world.run(world.pay_out("bob"));
    world.refuse(world.pay_out("bob"), NothingToClaim); // threat 20
}

/// P10: paid, waived, and closed; what the vault still holds is no member's.
#[test]
fn everybody_can_close() {
    let mut world = closed_out();
    world.run(world.pay_out("bob"));
    world.run(world.pay_out("carol"));
    for name in ["carol", "alice", "bob", "erin"] {
        leave(&mut world, name);
    }
    let fund = world.fund();
    assert_eq!((fund.members, fund.closed_out, fund.margin_total, fund.pool), (0, 0, 0, 0));
    assert!(world.vault_balance() < 10, "fractions of rewards: {}", world.vault_balance());
}

/// Anyone's call pays the member, and nobody else.
#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = closed_out();
    let (fund, member) = (world.here.keys.fund, world.account_of("bob"));
    let call = |world: &World| world.pay_out("bob");
    assert!(call(&world).signers.is_empty());
    for account in [fund, member] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = member_elsewhere(&mut world, "bob");
    world.refuse(call(&world).swap(member, other), WrongFund);
    let other = world.elsewhere(|world| world.here.keys.fund);
    world.refuse(call(&world).swap(fund, other), WrongFund);
}
