use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        bulkhead::state::FundParams, contribution, event, keypair, params, token, usd, usdc, world::Setup,
        BulkheadError::*, MintKind, Signer, World, SOL,
    },
};

/// Shares one base unit buys in an empty fund.
const PAR: u128 = 1 << 20;

#[test]
fn the_first_contribution_is_at_par() {
    let mut world = World::new();
    world.open("alice");
    let meta = world.run(world.contribute("alice", usdc(500)));
    let contributed = event!(meta, Contributed);
    let shares = u128::from(usdc(500)) * PAR;
    assert_eq!((contributed.member, contributed.amount), (world.account_of("alice"), usdc(500)));
    assert_eq!((contributed.shares.get(), world.member("alice").shares.get()), (shares, shares));
    let fund = world.fund();
    assert_eq!((fund.contributions, fund.total_shares.get()), (usdc(500), shares));
    assert_eq!(world.vault_balance(), usdc(500));
    assert_eq!(contribution(&fund, &world.member("alice")), Ok(usdc(500)));
}

#[test]
fn token_2022_is_contributed() {
    let mut world = World::with(Setup { mint: MintKind::Token2022, ..Setup::default() });
    world.join("alice", 0, usdc(500));
    assert_eq!((world.fund().contributions, world.vault_balance()), (usdc(500), usdc(500)));
}

/// After a haircut of 50 on 4,000 a unit buys (4,000 PAR + PAR) / (3,950 + 1e-6) shares: 1.0126 times as many as at par,
/// rounded down.
#[test]
fn later_ones_pay_the_price_of_the_day() {
    let mut world = allocated();
    world.run(world.take_over("bob", SOL, LOTS)); // at the mark: no result
    let (total, contributions) = (u128::from(usdc(4_000)) * PAR + PAR, u128::from(usdc(3_950)) + 1);
    let meta = world.run(world.contribute("carol", usdc(100)));
    let shares = u128::from(usdc(100)) * total / contributions;
    assert_eq!(event!(meta, Contributed).shares.get(), shares);
    let worth = contribution(&world.fund(), &world.member("carol")).unwrap();
    assert_eq!(worth, 888_750_000 + usdc(100)); // 900 less 1.25%, and what was paid
}

/// Threats 13 and 15: the newcomer pays for no loss, and earns no fee, of before.
#[test]
fn it_brings_no_share_of_the_past() {
    let mut world = allocated();
    world.run(world.take_over("bob", SOL, LOTS));
    world.join("erin", 0, usdc(100));
    let erin = world.member("erin");
    assert_eq!((erin.rewards.get(), erin.loss_borne.get()), (0, 0));
    assert_eq!((erin.reward_index, erin.loss_index), (world.fund().reward_index, world.fund().loss_index));
    world.refuse(world.claim_rewards("erin"), NothingToClaim);
}

#[test]
fn only_the_owner() {
    let mut world = traded();
    let owner = world.owner_of("alice").pubkey();
    world.run(world.set_delegate("alice", keypair("stranger").pubkey()));
    refuses_strangers(&mut world, owner, NotOwner, |world| world.contribute("alice", 1));
}

#[test]
fn zero_is_refused() {
    let mut world = traded();
    world.refuse(world.contribute("alice", 0), ZeroAmount);
}

/// Threat 13: with 2^21 units in a fund of no shares but the virtual ones, a unit would buy half a share.
#[test]
fn no_share_at_all_is_refused() {
    let mut world = World::new();
    world.join("alice", 0, 1);
    let shares = world.member("alice").shares.get();
    world.run(world.request_withdrawal("alice", shares));
    world.warp_secs(params::DAY);
    world.run(world.claim_withdrawal("alice"));
    let (fund, vault) = (world.here.keys.fund, world.vault());
    let at = 8 + core::mem::offset_of!(bulkhead_tests::bulkhead::state::Fund, contributions);
    world.patch(fund, |fund| fund.data[at..at + 8].copy_from_slice(&(1u64 << 21).to_le_bytes()));
    world.patch(vault, |vault| token::set_amount(vault, 1 << 21));
    world.refuse(world.contribute("alice", 1), ZeroShares);
    world.refuse(world.contribute("alice", 2), ZeroShares); // 2 * 2^20 / (2^21 + 1)
    world.run(world.contribute("alice", 3));
    assert_eq!(world.member("alice").shares.get(), 1);
}

#[test]
fn what_does_not_fit_is_an_overflow() {
    let mut world = World::new();
    world.join("alice", 0, 1);
    world.refuse(world.contribute("alice", u64::MAX), Overflow);
    let purse = world.purse("alice");
    world.refuse(world.contribute("alice", purse + 1), TOKEN_INSUFFICIENT_FUNDS);
}

/// Nobody inherits a loss that was there before, nor gets in between a price and its consequence.
#[test]
fn not_while_a_loss_is_pending() {
    let mut world = declared();
    world.refuse(world.contribute("carol", 1), LossPending); // a default is open
    world.run(world.allocate_loss("alice"));
    world.refuse(world.contribute("carol", 1), LossPending); // the house holds lots
    world.run(world.take_over("bob", SOL, LOTS - 1));
    world.refuse(world.contribute("carol", 1), LossPending);
    world.run(world.take_over("bob", SOL, 1));
    world.run(world.contribute("carol", 1));
}

#[test]
fn not_while_a_loss_is_unfunded() {
    let mut world = wiped();
    world.run(world.take_over("bob", SOL, LOTS));
    assert_eq!((world.fund().open_houses, world.fund().unfunded), (0, usdc(50)));
    world.refuse(world.contribute("bob", 1), LossPending);
}

#[test]
fn not_while_a_member_is_in_grace() {
    let mut world = World::with_params(FundParams { default_confirm_slots: 10, ..params::FUND });
    contributors(&mut world, usdc(250));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(150));
    world.run(world.declare_default("alice"));
    world.refuse(world.contribute("carol", 1), LossPending);
    world.run(world.deposit_margin("alice", usdc(500)));
    world.refuse(world.contribute("carol", 1), LossPending);
    world.run(world.declare_default("alice")); // recovered
    world.run(world.contribute("carol", 1));
}

#[test]
fn not_in_default() {
    let mut world = declared();
    world.refuse(world.contribute("alice", 1), LossPending);
}

/// Shares of an ended epoch do not mix with those of the next.
#[test]
fn not_before_an_ended_epoch_is_settled() {
    let mut world = wiped();
    world.run(world.take_over("bob", SOL, LOTS));
    world.run(world.fund_treasury("treasurer", usdc(51)));
    world.run(world.allocate_residual());
    world.refuse(world.contribute("carol", usdc(1)), EpochEnded);
    world.run(world.settle_epoch("carol"));
    world.run(world.contribute("carol", usdc(1)));
    assert_eq!(world.member("carol").shares.get(), u128::from(usdc(1)) * PAR, "at par again");
}

/// A wind-down needs no contributions, and nobody pays into it.
#[test]
fn not_in_a_wind_down() {
    let mut world = closed_out();
    world.run(world.settle_epoch("carol"));
    world.refuse(world.contribute("carol", usdc(1)), WindDown);
    world.run(world.pay_out("bob"));
    world.run(world.pay_out("carol"));
    world.refuse(world.contribute("carol", usdc(1)), WindDown);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = traded();
    let (fund, member, wallet) = (world.here.keys.fund, world.account_of("alice"), world.wallet_of("alice"));
    let call = |world: &World| world.contribute("alice", 1);
    refuses_bad_custody(&mut world, wallet, call);
    for account in [fund, member] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = member_elsewhere(&mut world, "alice");
    world.refuse(call(&world).swap(member, other), WrongFund);
}
