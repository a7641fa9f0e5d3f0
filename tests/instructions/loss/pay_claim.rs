use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{event, usd, usdc, BulkheadError::*, World, SOL},
};

#[test]
fn a_claim_is_paid_into_margin() {
    let mut world = cut();
    let margin = world.member("bob").margin;
    let meta = world.run(world.pay_claim("bob"));
    let paid = event!(meta, GainPaid);
    assert_eq!((paid.fund, paid.member), (world.here.keys.fund, world.account_of("bob")));
    assert_eq!((paid.round, paid.paid, paid.left), (1, usdc(870), 0));
    assert_eq!((world.member("bob").margin, world.fund().pool), (margin + usdc(870), usdc(580)));
    // It vests; what was there before covers it, and as much can leave at once.
    world.run(world.withdraw_margin("bob", usdc(870)));
}

/// 50 of 1,500 are cut, and everybody ends at 29 thirtieths, whoever is paid first.
#[test]
fn whoever_comes_first_gets_no_more() {
    let mut world = sold();
    world.set_price(SOL, usd(100)); // Bob's gain is 600, Carol's 400, Erin's 500
    world.cut_all_gains();
    let gains: Vec<u64> =
        ["bob", "carol", "erin"].iter().map(|name| world.member(name).gain_claim.gain).collect();
    assert_eq!(gains, [usdc(600), usdc(400), usdc(500)]);
    for name in ["carol", "erin", "bob"] {
        world.run(world.pay_claim(name));
        world.refuse(world.pay_claim(name), NothingToClaim);
    }
    let paid = |name: &str| world.member(name).gain_claim.paid;
    assert_eq!((paid("bob"), paid("carol")), (usdc(580), usdc(1_160) / 3));
}

#[test]
fn not_before_the_cut() {
    let mut world = registering();
    world.register_all();
    world.refuse(world.pay_claim("bob"), NothingToClaim);
}

#[test]
fn there_is_a_claim() {
    let mut world = cut();
    world.refuse(world.pay_claim("erin"), NothingToClaim);
    world.run(world.pay_claim("bob"));
    world.refuse(world.pay_claim("bob"), NothingToClaim);
}

/// A claim that is not paid is no empty account.
#[test]
fn a_member_with_a_claim_cannot_close_its_account() {
    let mut world = cut();
    world.refuse(world.close_member("bob"), MemberNotEmpty);
}

#[test]
fn not_in_a_wind_down() {
    let mut world = final_at(usd(50));
    world.refuse(world.pay_claim("bob"), WindDown);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = cut();
    let (fund, member) = (world.here.keys.fund, world.account_of("bob"));
    let call = |world: &World| world.pay_claim("bob");
    for account in [fund, member] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = member_elsewhere(&mut world, "bob");
    world.refuse(call(&world).swap(member, other), WrongFund);
}
