use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        address, bulkhead::state::FundStatus, bulkhead_client::address as derived, contribution, event,
        keypair, token, usd, usdc, Address, BulkheadError::*, InstructionError, Signer, World, SOL,
    },
};

/// [`allocated`], and the house has sold 10 SOL 3.75 below what it took them at: 37.50 are nobody's.
fn sold_at_a_loss() -> World {
    let mut world = allocated();
    world.warp_slots(500);
    world.refresh();
    world.run(world.take_over("bob", SOL, LOTS));
    world
}

/// 37.50: the treasury has 10 by now, the survivors pay 27.50 of 3,950.
#[test]
fn the_treasury_and_then_the_survivors() {
    let mut world = sold_at_a_loss();
    world.run(world.fund_treasury("treasurer", usdc(10)));
    let pool = world.fund().pool;
    let meta = world.run(world.allocate_residual());
    let paid = event!(meta, ResidualAllocated);
    assert_eq!(
        (paid.fund, paid.from_treasury, paid.from_survivors),
        (world.here.keys.fund, usdc(10), 27_500_000)
    );
    assert_eq!((paid.residual, paid.contributions), (0, usdc(3_950) - 27_500_000));
    let fund = world.fund();
    assert_eq!((fund.treasury, fund.contributions, fund.pool), (0, 3_922_500_000, pool + 37_500_000));
    assert_eq!((fund.unfunded, fund.residual), (0, 0));
    // 900 of 4,000, less 77.50 of 4,000.
    assert_eq!(contribution(&fund, &world.member("carol")), Ok(882_562_500));
}

#[test]
fn there_must_be_one() {
    let mut world = allocated();
    world.refuse(world.allocate_residual(), NothingToAllocate);
    let mut world = declared();
    world.refuse(world.allocate_residual(), NothingToAllocate); // the open default owns it
    let mut world = sold_at_a_loss();
    world.run(world.allocate_residual());
    world.refuse(world.allocate_residual(), NothingToAllocate); // threat 20
}

/// Without money it changes nothing; with some, that much less is unfunded; with enough, the fund is out of Recovery.
#[test]
fn it_ends_the_recovery_once_there_is_money_again() {
    let mut world = wiped();
    let meta = world.run(world.allocate_residual());
    assert_eq!(
        (event!(meta, ResidualAllocated).from_treasury, event!(meta, ResidualAllocated).residual),
        (0, usdc(50))
    );
    world.run(world.fund_treasury("treasurer", usdc(20)));
    world.run(world.allocate_residual());
    let fund = world.fund();
    assert_eq!((fund.unfunded, fund.residual, fund.treasury), (usdc(30), usdc(30), 0));
    assert!(fund.status == FundStatus::Recovery);
    world.run(world.fund_treasury("treasurer", usdc(31)));
    world.run(world.allocate_residual());
    let fund = world.fund();
    assert_eq!((fund.unfunded, fund.residual, fund.treasury), (0, 0, usdc(1)));
    assert!(fund.status == FundStatus::Active);
}

/// What an open default owns is left to it.
#[test]
fn an_open_default_keeps_its_own() {
    let mut world = World::new();
    contributors(&mut world, usdc(250));
    world.join("erin", usdc(250), usdc(100));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.run(world.novate("erin", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(150));
    world.default_member("alice");
    world.warp_slots(500);
    world.refresh();
    world.run(world.take_over("bob", SOL, LOTS));
    world.run(world.declare_default("erin"));
    // Erin's 100 have borne their part of the first loss, 49.60 of 4,100.
    assert_eq!((world.fund().residual, world.fund().unfunded), (37_500_000, 37_500_000 + 151_609_757));
    let meta = world.run(world.allocate_residual());
    assert_eq!(event!(meta, ResidualAllocated).from_survivors, 37_500_000);
    assert_eq!((world.fund().residual, world.fund().unfunded), (0, 151_609_757));
    world.run(world.allocate_loss("erin"));
    assert_eq!(world.fund().unfunded, 0);
}

/// 1,000 lots taken at 56 and sold 5% lower cost 28: all that the loss before has left of the contributions, and 18
/// more, is the residual. The epoch ends here.
#[test]
fn it_can_end_the_epoch() {
    let mut world = ruined();
    world.set_price(SOL, usd(56)); // 1,190.40: the survivors keep 10
    world.default_member("alice");
    assert_eq!(world.fund().contributions, usdc(10));
    world.warp_slots(1_000);
    world.refresh();
    world.run(world.take_over("bob", SOL, LOTS));
    let record = derived::epoch_record(&world.here.keys.fund, 0);
    for other in [derived::epoch_record(&world.here.keys.fund, 1), address("elsewhere")] {
        world.refuse(world.allocate_residual().swap(record, other), WrongRecord);
    }
    let (payer, keeper) = (world.payer.pubkey(), keypair("keeper"));
    world.give_lamports(keeper.pubkey(), 1_000_000_000);
    let call = world.allocate_residual().swap(payer, keeper.pubkey()).unsigned(keeper.pubkey());
    world.refuse(call, InstructionError::MissingRequiredSignature);

    let meta = world.run(world.allocate_residual());
    let paid = event!(meta, ResidualAllocated);
    assert_eq!((paid.from_survivors, paid.residual, paid.contributions), (usdc(10), usdc(18), 0));
    assert_eq!(event!(meta, EpochWiped).epoch, 0);
    assert_eq!(world.epoch_record(0).loss_index, world.fund().loss_index);
}

/// [`called`] for 50, and the house sells 2.5% below 50: 12.50 more are called, with a whole hour for all of it, as far as
/// the cap reaches; 6% is 60.
#[test]
fn what_is_not_called_yet_is_called() {
    for (cap_bps, called, bobs) in [(5_000, 62_500_000, 6_250_000), (600, usdc(60), usdc(6))] {
        let mut world = called_with(assessing(cap_bps));
        world.join("erin", usdc(1_000), 0);
        world.warp_slots(500);
        world.refresh();
        let ends_ts = world.fund().assessment.ends_ts;
        world.run(world.take_over("erin", SOL, LOTS));
        let meta = world.run(world.allocate_residual());
        let paid = event!(meta, ResidualAllocated);
        assert_eq!((paid.residual, paid.called), (62_500_000, called));
        assert_eq!(world.fund().assessment.ends_ts, ends_ts + 200, "500 slots later");
        // A tenth of it is Bob's, up to his cap.
        assert_eq!(event!(world.run(world.enforce_call("bob")), AssessmentPaid).amount, bobs);
        world.run(world.allocate_residual());
        assert_eq!(world.fund().assessment.called, called, "what is called is not called again");
    }
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = sold_at_a_loss();
    let fund = world.here.keys.fund;
    refuses_version(&mut world, fund, |world| world.allocate_residual());
    refuses_impostors(&mut world, fund, |world| world.allocate_residual());
    let call = world.allocate_residual().swap(Address::default(), token::TOKEN);
    world.refuse(call, InstructionError::IncorrectProgramId);
}

/// Bob, with a gain of 900 that is registered, loses 1,980 of it and of his 1,000. What his gain may still cancel when it is
/// cut waits; the rest is taken.
#[test]
fn not_what_a_defaulters_gain_may_still_cancel() {
    let mut world = registering();
    world.register_all();
    world.set_price(SOL, usd(380));
    let seq = world.default_member("bob");
    let (assigned, residual) = (world.default_record(seq).assigned, world.fund().residual);
    assert_eq!((assigned, world.fund().allocatable()), (usdc(900), residual - usdc(900)));
    world.give("treasurer", residual);
    world.run(world.fund_treasury("treasurer", residual));
    let meta = world.run(world.allocate_residual());
    assert_eq!(event!(meta, ResidualAllocated).from_treasury, residual - usdc(900));
    assert_eq!((event!(meta, ResidualAllocated).residual, world.fund().residual), (usdc(900), usdc(900)));
    world.refuse(world.allocate_residual(), NothingToAllocate);
    assert_eq!((world.fund().residual, world.fund().treasury), (usdc(900), usdc(900)));
}

/// Gains are registered for a loss of 50, and the treasury pays 20 of it. Erin's loss of 40 comes later and takes no place
/// among the 50: only 30 are cut.
#[test]
fn what_it_pays_makes_no_room_for_a_later_loss() {
    let mut world = registering();
    world.register_all();
    world.run(world.fund_treasury("treasurer", usdc(20)));
    world.run(world.allocate_residual());
    assert_eq!(world.fund().residual, usdc(30));
    world.set_price(SOL, usd(30));
    world.default_member("erin");
    assert_eq!(world.fund().residual, usdc(70));
    world.end_registration();
    let cut = event!(world.run(world.cut_gains()), GainsCut);
    assert_eq!((cut.cut, world.fund().residual), (usdc(30), usdc(40)));
}

/// Contributions pay a loss of the house before any gain is cut, though the treasury has nothing.
#[test]
fn no_gain_is_cut_before_it() {
    let mut world = sold_at_a_loss();
    assert_eq!((world.fund().treasury, world.fund().cushions), (0, 0));
    world.refuse(world.open_gains_cut(), LayerNotEmpty);
}
