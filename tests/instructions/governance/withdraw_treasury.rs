use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        bulkhead::state::{FundParams, Mandate},
        event, params, usd, usdc,
        BulkheadError::*,
        Signer, World, SOL,
    },
};

/// The treasury holds 100.
fn world_with(params: FundParams) -> World {
    let mut world = World::with_params(params);
    world.give("treasurer", usdc(100));
    world.run(world.fund_treasury("treasurer", usdc(100)));
    world
}

#[test]
fn it_pays_out_of_the_treasury() {
    let mut world = world_with(params::FUND);
    let meta = world.run(world.withdraw_treasury("treasurer", usdc(60)));
    let moved = event!(meta, TreasuryMoved);
    assert_eq!((moved.amount, moved.treasury), (-60_000_000, usdc(40)));
    assert_eq!((world.fund().treasury, world.vault_balance()), (usdc(40), usdc(40)));
    assert_eq!(world.purse("treasurer"), usdc(60));
    world.run(world.withdraw_treasury("treasurer", usdc(40)));
    world.refuse(world.withdraw_treasury("treasurer", 1), TreasuryFloor);
}

#[test]
fn only_the_authority_with_a_live_mandate() {
    let mut world = world_with(params::FUND);
    let authority = world.here.authority.pubkey();
    refuses_strangers(&mut world, authority, NotAuthority, |world| world.withdraw_treasury("treasurer", 1));
    let guardian = bulkhead_tests::keypair("guardian 0");
    world.refuse(world.withdraw_treasury("treasurer", 1).signed_by(authority, guardian), NotAuthority);

    let live = world.mandate();
    for nonce in [0, 2] {
        world.refuse(world.withdraw_treasury_by("treasurer", 1, Mandate { nonce, ..live }), StaleNonce);
    }
    let expired = Mandate { last_valid_slot: world.slot() - 1, ..live };
    world.refuse(world.withdraw_treasury_by("treasurer", 1, expired), MandateExpired);
    world.run(world.withdraw_treasury_by("treasurer", 1, live));
    world.refuse(world.withdraw_treasury_by("treasurer", 1, live), StaleNonce);
}

#[test]
fn never_below_the_floor() {
    let mut world = world_with(FundParams { treasury_floor: usdc(70), ..params::FUND });
    world.refuse(world.withdraw_treasury("treasurer", usdc(30) + 1), TreasuryFloor);
    world.run(world.withdraw_treasury("treasurer", usdc(30)));
    world.refuse(world.withdraw_treasury("treasurer", 1), TreasuryFloor);
}

/// 10% of 333.333333 in contributions is 33.3333333, rounded up.
#[test]
fn the_floor_grows_with_contributions() {
    let mut world =
        world_with(FundParams { treasury_floor: usdc(1), treasury_floor_bps: 1_000, ..params::FUND });
    world.join("alice", 0, 333_333_333);
    let floor = 33_333_334;
    world.refuse(world.withdraw_treasury("treasurer", usdc(100) - floor + 1), TreasuryFloor);
    world.run(world.withdraw_treasury("treasurer", usdc(100) - floor));
}

#[test]
fn zero_is_refused() {
    let mut world = world_with(params::FUND);
    world.refuse(world.withdraw_treasury("treasurer", 0), ZeroAmount);
    world.refuse(world.withdraw_treasury("treasurer", u64::MAX), TreasuryFloor);
}

#[test]
fn not_while_a_loss_is_pending() {
    let mut world = declared();
    world.refuse(world.withdraw_treasury("treasurer", 1), LossPending);
    world.run(world.allocate_loss("alice"));
    world.run(world.fund_treasury("treasurer", usdc(1)));
    world.refuse(world.withdraw_treasury("treasurer", 1), LossPending); // the house holds 1,000 lots
    world.run(world.take_over("bob", SOL, LOTS));
    world.run(world.withdraw_treasury("treasurer", 1));
}

#[test]
fn not_while_a_member_is_in_grace() {
    let mut world = world_with(FundParams { default_confirm_slots: 10, ..params::FUND });
    contributors(&mut world, usdc(250));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(150));
    world.run(world.declare_default("alice"));
    world.refuse(world.withdraw_treasury("treasurer", 1), LossPending);
}

/// Skin in the game, as long as there is a game: when the last member has left a wind-down, all of it may go.
#[test]
fn the_floor_falls_with_the_last_member() {
    let mut world = wound_down_with(FundParams { treasury_floor: usdc(10), ..params::FUND });
    world.refuse(world.withdraw_treasury("treasurer", 1), LossPending); // of the residual
    world.end_at(SOL, usd(50));
    world.run(world.close_out("alice"));
    world.register_all();
    for name in ["bob", "carol", "erin"] {
        world.run(world.close_out(name));
    }
    world.run(world.pay_out("bob"));
    world.run(world.pay_out("carol"));
    world.run(world.fund_treasury("treasurer", usdc(10)));
    for name in ["alice", "bob", "carol", "erin"] {
        world.refuse(world.withdraw_treasury("treasurer", usdc(1)), TreasuryFloor);
        leave(&mut world, name);
    }
    let treasury = world.fund().treasury;
    world.run(world.withdraw_treasury("treasurer", treasury));
    assert_eq!((world.fund().treasury, treasury / usdc(1)), (0, 10));
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = world_with(params::FUND);
    let (fund, wallet) = (world.here.keys.fund, world.wallet_of("treasurer"));
    let call = |world: &World| world.withdraw_treasury("treasurer", 1);
    refuses_bad_custody(&mut world, wallet, call);
    refuses_version(&mut world, fund, call);
    refuses_impostors(&mut world, fund, call);
}
