use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        bulkhead::state::FundParams, bulkhead_client::instruction, event, keypair, params, usd, usdc,
        BulkheadError::*, Call, Signer, World, SOL,
    },
};

/// Alice has joined at a cap of 20%; it is 50% now.
fn raised() -> World {
    let mut world = World::with_params(assessing(2_000));
    world.join("alice", usdc(1_000), usdc(100));
    set_cap(&mut world, 5_000);
    world
}

#[test]
fn a_higher_cap_binds_who_agrees_to_it() {
    let mut world = raised();
    world.run(world.open_member("bob"));
    assert_eq!(["alice", "bob"].map(|name| world.member(name).assessment_cap_bps), [2_000, 5_000]);
    let meta = world.run(world.agree_assessment("alice"));
    let agreed = event!(meta, AssessmentAgreed);
    assert_eq!((agreed.member, agreed.cap_bps), (world.account_of("alice"), 5_000));
    assert_eq!(world.member("alice").assessment_cap_bps, 5_000);
}

/// A change could be applied in front of what was signed.
#[test]
fn at_most_the_cap_that_was_signed() {
    let mut world = raised();
    let call = |world: &World, most_bps| {
        let owner = world.owner_of("alice");
        Call::new(instruction::agree_assessment(&world.here.keys, owner.pubkey(), most_bps), [owner])
    };
    let call = |most_bps| call(&world, most_bps);
    let [low, enough] = [4_999, 5_000].map(call);
    world.refuse(low, AssessmentCapExceeded);
    assert_eq!(world.member("alice").assessment_cap_bps, 2_000);
    world.run(enough);
    assert_eq!(world.member("alice").assessment_cap_bps, 5_000);
}

#[test]
fn a_lower_one_too() {
    let mut world = raised();
    set_cap(&mut world, 0);
    world.run(world.agree_assessment("alice"));
    assert_eq!(world.member("alice").assessment_cap_bps, 0);
}

/// From the default until the house is sold: nobody agrees to less once there is something to pay.
#[test]
fn not_while_a_loss_is_pending() {
    let mut world = World::with_params(assessing(5_000));
    contributors(&mut world, usdc(250));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(150));
    world.run(world.agree_assessment("carol"));
    world.run(world.declare_default("alice"));
    world.refuse(world.agree_assessment("carol"), LossPending);
    world.run(world.allocate_loss("alice"));
    world.refuse(world.agree_assessment("carol"), LossPending);
    world.run(world.take_over("bob", SOL, LOTS));
    world.run(world.agree_assessment("carol"));
}

#[test]
fn not_while_a_member_is_in_grace() {
    let mut world = World::with_params(FundParams { default_confirm_slots: 10, ..params::FUND });
    contributors(&mut world, usdc(250));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(150));
    world.run(world.declare_default("alice"));
    world.refuse(world.agree_assessment("carol"), LossPending);
}

#[test]
fn only_the_owner() {
    let mut world = raised();
    let owner = world.owner_of("alice").pubkey();
    world.run(world.set_delegate("alice", keypair("stranger").pubkey()));
    refuses_strangers(&mut world, owner, NotOwner, |world| world.agree_assessment("alice"));
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = raised();
    let (fund, member) = (world.here.keys.fund, world.account_of("alice"));
    let call = |world: &World| world.agree_assessment("alice");
    for account in [fund, member] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = member_elsewhere(&mut world, "alice");
    world.refuse(call(&world).swap(member, other), WrongFund);
}

/// The treasury pays the residual and the house is sold: no loss is pending, but Carol still owes her 45.
#[test]
fn not_while_a_call_is_open() {
    let mut world = called();
    world.run(world.take_over("bob", SOL, 600));
    world.run(world.take_over("carol", SOL, 400));
    world.run(world.fund_treasury("treasurer", usdc(50)));
    world.run(world.allocate_residual());
    set_cap(&mut world, 0);
    world.refuse(world.agree_assessment("carol"), AssessmentOpen);
    world.run(world.enforce_call("bob"));
    world.run(world.enforce_call("carol"));
    world.run(world.agree_assessment("carol"));
}
