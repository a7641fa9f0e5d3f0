//! `hold_cover`, `draw_cover`.

use {
    super::*,
    bulkhead_tests::{
        bulkhead::state::{CoverPurse, CoverTerms},
        caller::Caller,
        event, keypair,
        params::DAY,
        BulkheadError::*,
        InstructionError, Signer,
    },
};

const WEEK: u32 = 7 * DAY as u32;

#[test]
fn a_hold_blocks_exits_and_entries() {
    let mut world = covered();
    let meta = world.run(world.hold_cover(0, 3_600));
    let held = event!(meta, CoverHeld);
    let until = world.now() + 3_600;
    assert_eq!((held.cover, held.until_ts, held.live_until_ts), (world.here.keys.cover(0), until, until));
    world.refuse(world.contribute("carol", usdc(1)), LossPending);
    let before = world.exit_secs();
    world.warp_secs(3_600);
    assert_eq!(world.exit_secs(), before, "the exit clock stands");
    world.run(world.contribute("carol", usdc(1)));
}

/// It only ever extends, and time that two holds share is used once.
#[test]
fn a_hold_only_extends() {
    let mut world = covered();
    let until = world.now() + 2 * DAY;
    world.run(world.hold_cover(0, 2 * DAY as u32));
    world.run(world.hold_cover(0, 3_600));
    let exits = world.fund().exits;
    assert_eq!((exits.hold_until_ts, exits.hold_used_secs), (until, 2 * DAY as u64));
    world.warp_secs(DAY);
    world.run(world.hold_cover(0, 2 * DAY as u32));
    let exits = world.fund().exits;
    assert_eq!(exits.hold_until_ts, until + DAY);
    // A third of the day has come back meanwhile.
    assert_eq!(exits.hold_used_secs, (3 * DAY - DAY / 3) as u64);
}

/// C9: 14 days at most for all covers together, and then one second in three.
#[test]
fn holds_come_out_of_one_bucket() {
    let mut world = coverable();
    for _ in 0..2 {
        world.covered(usdc(400));
    }
    world.run(world.hold_cover(0, WEEK));
    world.warp_secs(7 * DAY);
    world.run(world.hold_cover(1, WEEK));
    world.warp_secs(7 * DAY);
    world.run(world.hold_cover(0, WEEK)); // 14 days less two thirds of what has passed
    let used = world.fund().exits.hold_used_secs;
    assert_eq!(used, (21 * DAY - 14 * DAY / 3) as u64 - (7 * DAY - (14 * DAY / 3)) as u64);
    let until = world.fund().exits.hold_until_ts;
    assert_eq!(until, world.now() + 14 * DAY / 3);
    // An empty bucket grants nothing, and refuses nothing: the loss is noted all the same.
    world.run(world.hold_cover(1, WEEK));
    assert_eq!(world.fund().exits.hold_until_ts, until);
    assert_eq!(world.cover(1).live_until_ts, world.now() + 7 * DAY);
}

#[test]
fn a_hold_has_a_length() {
    let mut world = covered();
    world.refuse(world.hold_cover(0, 0), ParameterOutOfBounds);
    world.refuse(world.hold_cover(0, WEEK + 1), ParameterOutOfBounds);
}

#[test]
fn a_suspended_cover_holds_nothing() {
    let mut world = covered();
    world.run(world.suspend_cover(0));
    world.run(world.hold_cover(0, WEEK));
    assert!(!world.fund().blocks_exits(world.now()));
    assert_eq!(world.cover(0).live_until_ts, world.now() + 7 * DAY);
}

#[test]
fn only_while_the_cover_serves() {
    let mut world = coverable();
    let terms = world.cover_terms(usdc(1_000));
    world.register_cover(terms);
    world.give("issuer", usdc(1_000));
    world.run(world.fund_cover("issuer", 0, usdc(100), CoverPurse::Prepaid));
    world.run(world.fund_cover("issuer", 0, usdc(100), CoverPurse::FirstLoss));
    let cover = world.cover(0);
    world.warp_secs(cover.opens_ts - world.now() - 1);
    world.refuse(world.hold_cover(0, 60), CoverNotOpen);
    world.refuse(world.draw_cover(0, 60), CoverNotOpen);
    world.warp_secs(1);
    world.run(world.hold_cover(0, 60));
    world.run(world.draw_cover(0, 60));
    world.warp_secs(cover.ends_ts + 14 * DAY - 1 - world.now());
    world.run(world.draw_cover(0, 60));
    world.warp_secs(1);
    world.refuse(world.hold_cover(0, 60), CoverOver);
    world.refuse(world.draw_cover(0, 60), CoverOver);
}

/// A draw of 410: 10 of first loss, and nine tenths of the other 400.
#[test]
fn a_draw_is_booked_and_blocks_exits() {
    let mut world = covered();
    let before = world.fund();
    let meta = world.run(world.draw_cover(0, usdc(410)));
    let draw = event!(meta, CoverDrawn);
    assert_eq!((draw.amount, draw.first_loss, draw.owed), (usdc(410), usdc(10), usdc(360)));
    let (fund, cover) = (world.fund(), world.cover(0));
    assert_eq!((cover.first_loss, cover.payable, cover.owed, cover.drawn), (0, usdc(10), usdc(360), 0));
    assert_eq!((fund.cover_owed, fund.committed), (usdc(360), usdc(1_000)));
    assert_eq!((fund.treasury, fund.contributions), (before.treasury, before.contributions));
    assert_eq!(fund.cover_reserve, before.cover_reserve, "the first loss stays in it until it is collected");
    world.refuse(world.contribute("carol", usdc(1)), LossPending);
    assert!(fund.holds_exits());
}

#[test]
fn a_draw_is_cut_to_every_limit() {
    let mut world = coverable();
    let limit = usdc(1_000);
    let terms = CoverTerms { per_draw: usdc(300), period_limit: usdc(400), ..world.cover_terms(limit) };
    world.cover_with(terms);
    let owed = |world: &mut bulkhead_tests::World, amount| {
        event!(world.run(world.draw_cover(0, amount)), CoverDrawn).owed
    };
    assert_eq!(owed(&mut world, u64::MAX), usdc(300), "of one draw");
    assert_eq!(owed(&mut world, u64::MAX), usdc(100), "of a period");
    assert_eq!(owed(&mut world, u64::MAX), 0);
    // Any seven days are in two cells: there is room again when both have passed.
    ripen(&mut world);
    world.run(world.settle_cover(0));
    world.run(world.fund_cover("issuer", 0, usdc(10), CoverPurse::FirstLoss));
    world.warp_secs(14 * DAY);
    assert_eq!(owed(&mut world, u64::MAX), usdc(300));
    assert_eq!(owed(&mut world, u64::MAX), usdc(100));
    ripen(&mut world);
    world.run(world.settle_cover(0));
    world.run(world.fund_cover("issuer", 0, usdc(10), CoverPurse::FirstLoss));
    world.warp_secs(14 * DAY);
    assert_eq!(owed(&mut world, u64::MAX), usdc(200), "of the cover");
}

/// The coinsurance is rounded in favour of the fund, and what is too small draws nothing.
#[test]
fn a_draw_of_dust_draws_nothing() {
    let mut world = covered();
    world.run(world.draw_cover(0, usdc(10))); // the first loss
    let before = world.account(&world.here.keys.cover(0));
    let meta = world.run(world.draw_cover(0, 1));
    assert_eq!(event!(meta, CoverDrawn).owed, 0);
    assert_eq!(world.account(&world.here.keys.cover(0)), before);
    assert_eq!(event!(world.run(world.draw_cover(0, 2)), CoverDrawn).owed, 1);
}

#[test]
fn a_period_begins_with_the_first_loss() {
    let mut world = coverable();
    let terms = world.cover_terms(usdc(1_000));
    world.register_cover(terms);
    world.run(world.fund_cover("giver", 0, usdc(50), CoverPurse::Prepaid));
    world.run(world.fund_cover("giver", 0, usdc(10) - 1, CoverPurse::FirstLoss));
    world.warp_secs(world.cover(0).opens_ts - world.now());
    world.refuse(world.draw_cover(0, usdc(100)), FirstLossMissing);
    world.run(world.fund_cover("giver", 0, 1, CoverPurse::FirstLoss));
    world.run(world.draw_cover(0, usdc(100)));
    // It is the first loss of the period: the next draw of it meets none.
    assert_eq!(event!(world.run(world.draw_cover(0, usdc(100))), CoverDrawn).first_loss, 0);
}

#[test]
fn zero_is_refused() {
    let mut world = covered();
    world.refuse(world.draw_cover(0, 0), ZeroAmount);
}

#[test]
fn only_the_drawer_holds_and_draws() {
    let mut world = covered();
    let drawer = world.owner_of("drawer").pubkey();
    world.refuse(world.draw_cover(0, 1).signed_by(drawer, keypair("thief")), NotDrawer);
    world.refuse(world.hold_cover(0, 1).signed_by(drawer, keypair("thief")), NotDrawer);
    let unsigned = InstructionError::MissingRequiredSignature;
    world.refuse(world.draw_cover(0, 1).unsigned(drawer), unsigned.clone());
    world.refuse(world.hold_cover(0, 1).unsigned(drawer), unsigned);
}

/// The drawer is an address of a program: no other program, of the same seeds and the same code, signs for it.
#[test]
fn a_program_draws_by_its_own_address() {
    let mut world = coverable();
    let (caller, other) = (Caller::default(), Caller::named("another program"));
    world.load(&other);
    let terms = CoverTerms { drawer: caller.pda, ..world.cover_terms(usdc(1_000)) };
    world.cover_with(terms);
    let drawer = world.owner_of("drawer").pubkey();
    let by = |world: &bulkhead_tests::World, caller: Caller| {
        let call = world.draw_cover(0, usdc(110)).swap(drawer, caller.pda);
        caller.forward(call, |call| call)
    };
    world.refuse(by(&world, other), NotDrawer);
    world.run(by(&world, caller));
    assert_eq!(world.cover(0).owed, usdc(90));
    let hold = world.hold_cover(0, 60).swap(drawer, caller.pda);
    world.run(caller.forward(hold, |call| call));
}
