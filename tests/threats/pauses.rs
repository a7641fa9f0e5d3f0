//! What a guardian cannot stop, and for how long it can stop the rest.

use {
    crate::common::*,
    bulkhead::{constants::MAX_PAUSE_SECS, state::pause},
    bulkhead_tests::{params::DAY, usd, usdc, BulkheadError, Signer, World, SOL},
};

/// Two longs of which one will default and one be liquidated, their shorts, and contributors with rewards.
fn busy() -> World {
    let mut world = World::new();
    world.join("alice", usdc(250), usdc(100)); // defaults
    world.join("lucy", usdc(250), usdc(100)); // is liquidated
    world.join("bob", usdc(2_000), usdc(100));
    world.join("carol", usdc(1_000), usdc(900));
    world.join("dave", usdc(1_000), usdc(3_000));
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
    world.run(world.novate("lucy", "bob", SOL, 600, usd(200)));
    world.run(world.contribute("carol", usdc(100)));
    world
}

fn pause_everything(world: &mut World) {
    world.run(world.pause(pause::ALL, MAX_PAUSE_SECS));
}

#[test]
fn t11_a_pause_of_everything_stops_new_risk_and_nothing_else() {
    let mut world = busy();
    request_all(&mut world, "dave");
    world.warp_secs(DAY);
    world.refresh();
    world.open("newcomer");
    pause_everything(&mut world);

    // What is paused is refused by name.
    world.give("stranger", usdc(1));
    world.refuse(world.open_member("stranger"), BulkheadError::Paused);
    world.refuse(world.contribute("carol", usdc(1)), BulkheadError::Paused);
    world.refuse(world.withdraw_margin("carol", usdc(1)), BulkheadError::Paused);
    world.refuse(world.novate("carol", "dave", SOL, 1, usd(200)), BulkheadError::Paused);

    // Margin comes in, a withdrawal that is due is paid, rewards are, and positions are reduced.
    world.run(world.deposit_margin("bob", usdc(10)));
    assert_eq!(claim(&mut world, "dave"), usdc(3_000));
    world.run(world.claim_rewards("carol"));
    world.run(world.novate("bob", "lucy", SOL, 100, usd(200)));
    world.run(world.settle("lucy", SOL));
    world.run(world.request_withdrawal("carol", 1));
    world.run(world.cancel_withdrawal("carol"));

    // 200 to 165: lucy, 500 lots, has 250 - 175 = 75 < 41 + ...: see below; alice has lost 350 of 250.
    world.set_price(SOL, usd(165));
    world.run(world.declare_default("alice"));
    world.run(world.allocate_loss("alice"));
    world.set_price(SOL, usd(156));
    world.run(world.liquidate("carol", "lucy", SOL, 500));
    world.run(world.take_over("bob", SOL, 1_000));
    let residual = world.fund().residual;
    if residual > 0 {
        world.run(world.allocate_residual());
    }
    assert!(world.fund().is_paused(pause::ALL, world.now()), "all the while");
}

#[test]
fn t11_a_loss_beyond_the_fund_is_allocated_while_everything_is_paused() {
    let mut world = precise(&[("ann", usdc(100))]);
    insolvent(&mut world, usdc(150));
    pause_everything(&mut world);
    world.default_member(DEBTOR);
    assert_eq!((world.fund().residual, world.fund().share_epoch), (usdc(50), 1));
    world.run(world.settle_epoch("ann"));
    world.give("treasurer", usdc(50));
    world.run(world.fund_treasury("treasurer", usdc(50)));
    world.run(world.allocate_residual());
    assert_eq!(world.fund().unfunded, 0);
}

#[test]
fn t11_a_grace_period_runs_out_while_everything_is_paused() {
    let mut params = PRECISE;
    params.default_confirm_slots = 50;
    let mut world = precise_with(params, &[("ann", usdc(1_000))]);
    insolvent(&mut world, usdc(100));
    pause_everything(&mut world);
    world.run(world.declare_default(DEBTOR));
    world.warp_slots(50);
    world.refresh();
    world.default_member(DEBTOR);
    assert_eq!(worth(&world, "ann"), usdc(900));
}

#[test]
fn t11_a_pause_ends_by_itself() {
    let mut world = busy();
    let secs = 3_600;
    world.run(world.pause(pause::ALL, secs));
    world.warp_secs(secs - 1);
    world.refuse(world.contribute("carol", usdc(1)), BulkheadError::Paused);
    world.warp_secs(1);
    world.refresh();
    world.run(world.contribute("carol", usdc(1)));
    world.run(world.withdraw_margin("carol", usdc(1)));
    world.run(world.novate("carol", "dave", SOL, 1, usd(200)));
    world.open("newcomer");
}

/// A pause cannot be renewed while it runs, nor follow another one sooner than that one lasted: whoever signs, and
/// however it is sliced, the fund is open for at least half of the time.
#[test]
fn t11_pauses_cannot_be_chained() {
    let mut world = busy();
    world.refuse(world.pause(pause::ALL, MAX_PAUSE_SECS + 1), BulkheadError::PauseTooLong);
    for secs in [0, -1, i64::MIN, i64::MAX] {
        world.refuse(world.pause(pause::NOVATE, secs), BulkheadError::PauseTooLong);
    }
    pause_everything(&mut world);
    let ends = world.now() + MAX_PAUSE_SECS;

    // Renewing, narrowing or widening it is all the same.
    world.refuse(world.pause(pause::ALL, 1), BulkheadError::PauseTooLong);
    world.refuse(world.pause(pause::CONTRIBUTE, 1), BulkheadError::PauseTooLong);
    // The authority has no part in this: it can only end a pause.
    let guardian = world.here.guardian.pubkey();
    let authority = world.here.authority.insecure_clone();
    world.refuse(world.pause(pause::ALL, 1).signed_by(guardian, authority), BulkheadError::NotGuardian);

    world.set_clock(world.slot() + 1, ends + MAX_PAUSE_SECS - 1);
    world.refuse(world.pause(pause::ALL, 1), BulkheadError::PauseTooLong);
    world.warp_secs(1);
    world.run(world.pause(pause::ALL, 1));

    // Short ones neither: over an hour of trying every ten seconds, less than half of it is paused.
    let mut paused = 0;
    for _ in 0..360 {
        let _ = world.attempt(world.pause(pause::ALL, 60));
        world.warp_secs(10);
        paused += u64::from(world.fund().is_paused(pause::NOVATE, world.now()));
    }
    assert!(paused <= 180 && paused > 100, "{paused} of 360");
}

/// A pause signed for another day is dead: its last valid slot has passed.
#[test]
fn t11_an_old_pause_cannot_be_used_later() {
    let mut world = busy();
    let last = world.slot();
    world.warp_slots(1);
    world.refuse(world.pause_until(pause::ALL, 60, last), BulkheadError::MandateExpired);
    world.run(world.pause_until(pause::ALL, 60, last + 1));
}

/// There is no bit for anything that must not stop.
#[test]
fn t11_there_is_no_bit_for_anything_else() {
    let mut world = busy();
    for bit in (0..8).map(|bit| 1 << bit).filter(|bit| bit & pause::ALL == 0) {
        world.refuse(world.pause(bit, 60), BulkheadError::ParameterOutOfBounds);
        world.refuse(world.pause(bit | pause::NOVATE, 60), BulkheadError::ParameterOutOfBounds);
    }
}
