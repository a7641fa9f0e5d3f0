//! `request_treasury`, `cancel_treasury`, `claim_treasury`.

use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        address,
        bulkhead::{
            constants::SILENT_GRACE_SECS,
            state::{FundParams, Mandate},
        },
        event, params,
        params::DAY,
        token, usd, usdc,
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

/// The same, with a request of `amount` that is due.
fn asked(params: FundParams, amount: u64) -> World {
    let mut world = world_with(params);
    ask(&mut world, amount);
    world
}

fn ask(world: &mut World, amount: u64) {
    world.run(world.request_treasury("treasurer", amount));
    world.warp_secs(DAY);
}

#[test]
fn it_leaves_after_the_notice_period() {
    let mut world = world_with(params::FUND);
    let meta = world.run(world.request_treasury("treasurer", usdc(60)));
    let (requested, ready) = (event!(meta, TreasuryRequested), world.exit_secs() + DAY as u64);
    let to = world.wallet_of("treasurer");
    assert_eq!((requested.amount, requested.to, requested.ready_secs), (usdc(60), to, ready));
    assert_eq!(world.fund().treasury, usdc(100), "it is liable until it is paid");

    world.warp_secs(DAY - 1);
    world.refuse(world.claim_treasury("treasurer"), WithdrawalNotDue);
    world.warp_secs(1);
    let meta = world.run(world.claim_treasury("treasurer"));
    let moved = event!(meta, TreasuryMoved);
    assert_eq!((moved.amount, moved.treasury), (-60_000_000, usdc(40)));
    assert_eq!((world.fund().treasury, world.vault_balance()), (usdc(40), usdc(40)));
    assert_eq!(world.purse("treasurer"), usdc(60));
    world.refuse(world.claim_treasury("treasurer"), NoWithdrawal);
}

/// The claim window is a day.
#[test]
fn the_window_closes() {
    let mut world = asked(params::FUND, usdc(60));
    world.warp_secs(DAY);
    world.refuse(world.claim_treasury("treasurer"), WithdrawalExpired);
    world.run(world.cancel_treasury());
    ask(&mut world, usdc(60));
    world.run(world.claim_treasury("treasurer"));
}

/// 100 slots take 40 s, and the commitment is good for a minute after them.
#[test]
fn it_commits_and_is_paid_after_the_exit_delay() {
    let mut world = asked(FundParams { exit_delay_slots: 100, ..params::FUND }, usdc(60));
    let meta = world.run(world.claim_treasury("treasurer"));
    let due = world.exit_secs() + 40;
    assert_eq!(event!(meta, TreasuryCommitted).ready_secs, due);
    assert_eq!(world.fund().treasury, usdc(100));
    world.warp_secs(39);
    world.refuse(world.claim_treasury("treasurer"), WithdrawalNotDue);
    world.warp_secs(1 + 59);
    world.run(world.claim_treasury("treasurer"));
    assert_eq!(world.purse("treasurer"), usdc(60));
}

#[test]
fn a_commitment_that_is_missed_has_expired() {
    let mut world = asked(FundParams { exit_delay_slots: 100, ..params::FUND }, usdc(60));
    world.run(world.claim_treasury("treasurer"));
    world.warp_secs(40 + 60);
    world.refuse(world.claim_treasury("treasurer"), WithdrawalExpired);
    world.run(world.cancel_treasury());
    ask(&mut world, usdc(60));
    world.run(world.claim_treasury("treasurer"));
}

#[test]
fn there_is_one_request_at_a_time() {
    let mut world = world_with(params::FUND);
    world.refuse(world.claim_treasury("treasurer"), NoWithdrawal);
    world.refuse(world.cancel_treasury(), NoWithdrawal);
    world.refuse(world.request_treasury("treasurer", 0), ZeroAmount);
    world.run(world.request_treasury("treasurer", 1));
    world.refuse(world.request_treasury("treasurer", 1), WithdrawalPending);
    let meta = world.run(world.cancel_treasury());
    assert_eq!(event!(meta, TreasuryRequested).amount, 0);
    let fund = world.fund();
    assert_eq!((fund.treasury_notice, fund.treasury_ready_secs, fund.treasury_exit_secs), (0, 0, 0));
    world.run(world.request_treasury("treasurer", 2));
}

/// It goes where members have seen that it goes.
#[test]
fn it_is_paid_to_the_account_that_was_named() {
    let mut world = asked(params::FUND, usdc(60));
    world.give("thief", 0);
    world.refuse(world.claim_treasury("thief"), WrongTokenAccount);
    world.run(world.claim_treasury("treasurer"));
}

#[test]
fn only_the_authority_with_a_live_mandate() {
    let mut world = world_with(params::FUND);
    let authority = world.here.authority.pubkey();
    refuses_strangers(&mut world, authority, NotAuthority, |world| world.request_treasury("treasurer", 1));
    let guardian = bulkhead_tests::keypair("guardian 0");
    world.refuse(world.request_treasury("treasurer", 1).signed_by(authority, guardian), NotAuthority);

    let live = world.mandate();
    for nonce in [0, 2] {
        world.refuse(world.request_treasury_by("treasurer", 1, Mandate { nonce, ..live }), StaleNonce);
    }
    let expired = Mandate { last_valid_slot: world.slot() - 1, ..live };
    world.refuse(world.request_treasury_by("treasurer", 1, expired), MandateExpired);
    world.run(world.request_treasury_by("treasurer", 1, live));
    refuses_strangers(&mut world, authority, NotAuthority, |world| world.cancel_treasury());
    world.run(world.cancel_treasury());
    assert_eq!(world.fund().governance_nonce, live.nonce + 2);
}

/// A commitment that nobody pays voids the request, so that it is not anybody's.
#[test]
fn only_the_authority_claims() {
    let mut world = asked(FundParams { exit_delay_slots: 100, ..params::FUND }, usdc(60));
    let authority = world.here.authority.pubkey();
    refuses_strangers(&mut world, authority, NotAuthority, |world| world.claim_treasury("treasurer"));
    assert_eq!(world.fund().treasury_exit_secs, 0, "nobody has committed");
    world.run(world.claim_treasury("treasurer"));
}

/// The house of SOL is long from 150 and silent, and treasury covers it. A claim shows that it is silent still.
#[test]
fn a_waived_house_is_shown_and_silent() {
    let mut world = allocated();
    world.give("treasurer", usdc(2_000));
    world.run(world.fund_treasury("treasurer", usdc(2_000)));
    world.run(world.request_treasury("treasurer", 1));
    world.warp_secs(i64::from(SILENT_GRACE_SECS));
    world.run(world.book_house(SOL));
    world.warp_secs(DAY);
    let sol = world.here.keys.market(SOL);
    world.refuse(world.claim_treasury("treasurer").without(sol), LossPending);
    world.print(SOL, usd(150)); // it is heard
    world.refuse(world.claim_treasury("treasurer"), LossPending);
    world.warp_secs(i64::from(SILENT_GRACE_SECS));
    world.refuse(world.claim_treasury("treasurer"), LossPending); // silent again, and nobody has looked since
    world.run(world.book_house(SOL));
    world.run(world.claim_treasury("treasurer"));
}

#[test]
fn never_below_the_floor() {
    let params = FundParams { treasury_floor: usdc(70), ..params::FUND };
    let mut world = asked(params, usdc(30) + 1);
    world.refuse(world.claim_treasury("treasurer"), TreasuryFloor);
    let mut world = asked(params, u64::MAX);
    world.refuse(world.claim_treasury("treasurer"), TreasuryFloor);
    let mut world = asked(params, usdc(30));
    world.run(world.claim_treasury("treasurer"));
}

/// 10% of 333.333333 in contributions is 33.3333333, rounded up.
#[test]
fn the_floor_grows_with_contributions() {
    let floor = 33_333_334;
    for (amount, pays) in [(usdc(100) - floor + 1, false), (usdc(100) - floor, true)] {
        let mut world =
            world_with(FundParams { treasury_floor: usdc(1), treasury_floor_bps: 1_000, ..params::FUND });
        world.join("alice", 0, 333_333_333);
        ask(&mut world, amount);
        if pays {
            world.run(world.claim_treasury("treasurer"));
        } else {
            world.refuse(world.claim_treasury("treasurer"), TreasuryFloor);
        }
    }
}

/// Alice's 1,000 lots are worth 2,000. In the stress move of 30% and the sale at 5% after it she loses 730, beside a
/// margin of 250: 480 may be half of treasury and others' contributions. Of these there are 800.
#[test]
fn what_is_left_covers_the_two_largest() {
    let mut world = World::new();
    world.join("alice", usdc(250) + 400_000, usdc(100)); // and the fee
    world.join("bob", usdc(1_000), usdc(800));
    world.give("treasurer", usdc(1_000));
    world.run(world.fund_treasury("treasurer", usdc(1_000)));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    let treasury = world.fund().treasury;
    let needed = usdc(960) - usdc(800);
    ask(&mut world, treasury - needed + 1);
    world.refuse(world.claim_treasury("treasurer"), CoverTwoExceeded);
    world.run(world.cancel_treasury());
    ask(&mut world, treasury - needed);
    world.run(world.claim_treasury("treasurer"));
    assert_eq!(world.fund().treasury, needed);
}

/// A commitment does not help either: the treasury is liable until it is paid.
#[test]
fn not_while_exits_are_blocked() {
    let mut world = World::with_params(FundParams { exit_delay_slots: 100, ..params::FUND });
    contributors(&mut world, usdc(250));
    ask(&mut world, usdc(1));
    world.refresh();
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.run(world.claim_treasury("treasurer"));
    world.set_price(SOL, usd(150));
    world.run(world.declare_default("alice"));
    world.refuse(world.claim_treasury("treasurer"), LossPending);
    world.run(world.allocate_loss("alice"));
    world.refuse(world.claim_treasury("treasurer"), LossPending); // the house holds 1,000 lots
    assert_eq!(world.purse("treasurer"), usdc(900));
}

#[test]
fn not_while_a_member_is_in_grace() {
    let mut world = asked(FundParams { default_confirm_slots: 10, ..params::FUND }, 1);
    contributors(&mut world, usdc(250));
    world.refresh();
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(150));
    world.run(world.declare_default("alice"));
    world.refuse(world.claim_treasury("treasurer"), LossPending);
}

/// Skin in the game, as long as there is a game: when the last member has left a wind-down, all of it may go.
#[test]
fn the_floor_falls_with_the_last_member() {
    let mut world = wound_down_with(FundParams { treasury_floor: usdc(10), ..params::FUND });
    world.run(world.request_treasury("treasurer", usdc(10)));
    world.refuse(world.claim_treasury("treasurer"), LossPending); // of the residual
    world.end_at(SOL, usd(50));
    world.run(world.close_out("alice"));
    world.register_all();
    for name in ["bob", "carol", "erin"] {
        world.run(world.close_out(name));
    }
    world.run(world.pay_out("bob"));
    world.run(world.pay_out("carol"));
    world.run(world.fund_treasury("treasurer", usdc(10)));
    world.warp_secs(DAY);
    for name in ["alice", "bob", "carol", "erin"] {
        world.refuse(world.claim_treasury("treasurer"), TreasuryFloor);
        leave(&mut world, name);
    }
    world.run(world.claim_treasury("treasurer"));
    assert_eq!(world.fund().treasury / usdc(1), 0);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = asked(params::FUND, 1);
    let (fund, wallet) = (world.here.keys.fund, world.wallet_of("treasurer"));
    let call = |world: &World| world.claim_treasury("treasurer");
    let (vault, mint, program) = (world.vault(), world.mint, world.token_program);
    let (other_vault, other_mint) = (world.elsewhere(|world| world.vault()), address("another mint"));
    world.put(other_mint, token::mint(program, &[]));
    world.refuse(call(&world).swap(vault, other_vault), WrongVault);
    world.refuse(call(&world).swap(mint, other_mint), WrongMint);
    world.refuse(call(&world).swap(program, token::TOKEN_2022), WrongTokenProgram);
    world.give("somebody", 0);
    let other = world.wallet_of("somebody");
    world.refuse(call(&world).swap(wallet, other), WrongTokenAccount);
    for call in [call, |world: &World| world.cancel_treasury()] {
        refuses_version(&mut world, fund, call);
        refuses_impostors(&mut world, fund, call);
    }
    let mut world = world_with(params::FUND);
    refuses_version(&mut world, fund, |world| world.request_treasury("treasurer", 1));
    refuses_impostors(&mut world, fund, |world| world.request_treasury("treasurer", 1));
}
