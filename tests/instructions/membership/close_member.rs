use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        bulkhead::state::{FundParams, MemberStatus},
        event, params, usd, usdc,
        world::Setup,
        BulkheadError::*,
        MarketSpec, Signer, World, SOL,
    },
};

#[test]
fn the_rent_goes_to_the_wallet() {
    let mut world = World::new();
    world.run(world.open_member("alice"));
    let (member, owner) = (world.account_of("alice"), world.owner_of("alice").pubkey());
    let rent = world.account(&member).unwrap().lamports;
    let meta = world.run(world.close_member("alice"));
    assert!(world.account(&member).is_none());
    assert_eq!(world.account(&owner).unwrap().lamports, rent);
    assert_eq!(world.fund().members, 0);
    let closed = event!(meta, MemberClosed);
    assert_eq!((closed.fund, closed.member), (world.here.keys.fund, member));
}

/// Nothing of the old account survives, even within one transaction.
#[test]
fn it_can_be_opened_anew() {
    let mut world = World::new();
    world.run(world.open_member("alice"));
    world.run(world.set_delegate("alice", world.account_of("bob")));
    world.run(world.close_member("alice").then(world.open_member("alice")));
    assert_eq!((world.member("alice").delegate, world.fund().members), (Default::default(), 1));
}

#[test]
fn not_with_margin() {
    let mut world = World::new();
    world.join("alice", 1, 0);
    world.refuse(world.close_member("alice"), MemberNotEmpty);
    world.run(world.withdraw_margin("alice", 1));
    world.run(world.close_member("alice"));
}

#[test]
fn not_with_shares() {
    let mut world = World::new();
    world.join("alice", 0, 1);
    world.refuse(world.close_member("alice"), MemberNotEmpty);
}

#[test]
fn not_with_a_position() {
    let mut world = traded();
    world.run(world.withdraw_margin("alice", usdc(700)));
    world.refuse(world.close_member("alice"), MemberNotEmpty);
}

/// Erin's 1 of 4,101 contributed earns 0.000097 of the fees' 0.40: whole units are hers to claim first.
#[test]
fn not_with_rewards() {
    let mut world = World::new();
    contributors(&mut world, usdc(1_000));
    world.join("erin", 0, usdc(1));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    let shares = world.member("erin").shares.get();
    world.run(world.request_withdrawal("erin", shares));
    world.warp_secs(params::DAY);
    world.run(world.claim_withdrawal("erin"));
    assert_eq!(world.member("erin").shares.get(), 0);
    world.refuse(world.close_member("erin"), MemberNotEmpty);
    world.run(world.claim_rewards("erin"));
    world.run(world.close_member("erin")); // a fraction of a unit is left, and not payable
}

/// Who has borne others' losses keeps the account that recoveries will be paid to.
#[test]
fn not_with_losses_borne() {
    let mut world = allocated();
    world.run(world.take_over("bob", SOL, LOTS));
    let shares = world.member("carol").shares.get();
    world.run(world.request_withdrawal("carol", shares));
    world.warp_secs(params::DAY);
    world.run(world.claim_withdrawal("carol"));
    world.run(world.claim_rewards("carol"));
    let margin = world.member("carol").margin;
    world.run(world.withdraw_margin("carol", margin));
    assert_eq!(world.member("carol").loss_borne.get() >> 64, 11_249_999); // 900 of 4,000 of 50, rounded down
    world.refuse(world.close_member("carol"), MemberNotEmpty);
}

/// A declaration takes all that a member has. An allocation needs the record alone.
#[test]
fn a_defaulter_may_close_its_account() {
    let mut world = declared();
    assert_eq!(world.member("alice").margin, 0);
    world.run(world.close_member("alice"));
    world.run(world.allocate_loss_of(0));
    assert_eq!(world.fund().open_defaults, 0);
}

/// A member in grace cannot vanish.
#[test]
fn not_in_grace() {
    let mut world = World::with_params(FundParams { default_confirm_slots: 10, ..params::FUND });
    contributors(&mut world, usdc(250));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(150));
    world.run(world.declare_default("alice"));
    assert!(world.member("alice").status == MemberStatus::Grace);
    world.refuse(world.close_member("alice"), MemberNotEmpty);
}

/// Nor one that is watched: it would come back with an unused day.
#[test]
fn not_while_it_is_watched() {
    let mut spec = MarketSpec::sol();
    spec.params.terms.rates.contribution_bps = 0;
    let params = FundParams { min_contribution: 0, ..params::FUND };
    let mut world = World::with(Setup { params, markets: vec![spec], ..Setup::default() });
    contributors(&mut world, usdc(1_000));
    world.join("erin", usdc(250), 0);
    world.run(world.novate("erin", "bob", SOL, LOTS, usd(200)));
    world.print(SOL, usd(170));
    world.run(world.open_watch("erin"));
    world.print(SOL, usd(200));
    world.run(world.novate("bob", "erin", SOL, LOTS, usd(200)));
    world.run(world.withdraw_margin("erin", world.member("erin").margin));
    world.refuse(world.close_member("erin"), MemberNotEmpty);
    world.warp_secs(30 * 60);
    world.run(world.close_member("erin"));
    assert_eq!(world.fund().exits.open_watches, 0);
}

#[test]
fn only_the_owner() {
    let mut world = World::new();
    world.run(world.open_member("alice"));
    let owner = world.owner_of("alice").pubkey();
    world.run(world.set_delegate("alice", bulkhead_tests::keypair("stranger").pubkey()));
    refuses_strangers(&mut world, owner, NotOwner, |world| world.close_member("alice"));
}

/// Carol of [`not_with_losses_borne`], with nothing left but what she has borne.
fn gone() -> World {
    let mut world = allocated();
    world.run(world.take_over("bob", SOL, LOTS));
    let shares = world.member("carol").shares.get();
    world.run(world.request_withdrawal("carol", shares));
    world.warp_secs(params::DAY);
    world.run(world.claim_withdrawal("carol"));
    world.run(world.claim_rewards("carol"));
    let margin = world.member("carol").margin;
    world.run(world.withdraw_margin("carol", margin));
    world
}

/// All of it has come back, and she has claimed it.
#[test]
fn once_losses_are_recovered() {
    let mut world = gone();
    world.give("giver", usdc(50));
    world.run(world.give_recovery("giver", usdc(50)));
    world.refuse(world.close_member("carol"), MemberNotEmpty);
    world.run(world.claim_recovery("carol"));
    world.run(world.close_member("carol")); // a fraction of a unit is left, and not payable
}

/// Half has come back: she claims it and gives up the rest, in either order.
#[test]
fn or_given_up() {
    for waive_first in [true, false] {
        let mut world = gone();
        world.give("giver", usdc(50));
        world.run(world.give_recovery("giver", usdc(25)));
        if waive_first {
            world.run(world.waive_recovery("carol"));
            world.refuse(world.close_member("carol"), MemberNotEmpty);
            world.run(world.claim_recovery("carol"));
        } else {
            world.run(world.claim_recovery("carol"));
            world.refuse(world.close_member("carol"), MemberNotEmpty);
            world.run(world.waive_recovery("carol"));
        }
        world.run(world.close_member("carol"));
        world.run(world.give_recovery("giver", usdc(25)));
    }
}

/// A claim on a closed fund is paid first; who is gone is not waited for.
#[test]
fn not_with_a_claim() {
    let mut world = closed_out();
    let (alice, erin) = (world.member("alice"), world.member("erin"));
    assert_eq!((alice.margin, erin.margin), (0, usdc(160)));
    world.run(world.settle_epoch("alice"));
    world.run(world.close_member("alice"));
    assert_eq!((world.fund().closed_out, world.fund().members), (3, 3));

    world.run(world.settle_epoch("bob"));
    world.run(world.waive_recovery("bob"));
    let margin = world.member("bob").margin;
    world.run(world.withdraw_margin("bob", margin));
    assert_eq!((world.member("bob").margin, world.member("bob").claim), (0, usdc(870)));
    world.refuse(world.close_member("bob"), MemberNotEmpty);
    assert_eq!(event!(world.run(world.pay_out("bob")), ClaimPaid).paid, usdc(870));
    leave(&mut world, "bob");
    assert_eq!((world.fund().closed_out, world.fund().members), (2, 2));
}

/// Before it is closed out too.
#[test]
fn in_a_wind_down() {
    let mut world = wound_down();
    world.run(world.settle_epoch("alice"));
    world.run(world.close_member("alice"));
    assert_eq!((world.fund().closed_out, world.fund().members), (0, 3));
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = World::new();
    world.run(world.open_member("alice"));
    let (fund, member) = (world.here.keys.fund, world.account_of("alice"));
    let call = |world: &World| world.close_member("alice");
    refuses_version(&mut world, fund, call);
    refuses_version(&mut world, member, call);
    refuses_impostors(&mut world, fund, call);
    refuses_impostors(&mut world, member, call);
    let other = member_elsewhere(&mut world, "alice");
    world.refuse(call(&world).swap(member, other), WrongFund);
}
