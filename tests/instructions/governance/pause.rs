use {
    crate::common::*,
    bulkhead_tests::{
        bulkhead::{
            constants::MAX_PAUSE_SECS,
            state::{pause, PauseState},
        },
        event, keypair,
        params::DAY,
        usd, usdc,
        BulkheadError::*,
        Signer, World, SOL,
    },
};

/// The guardian needs no nonce and uses none up; its signature is good until a slot.
#[test]
fn only_the_guardian_until_the_last_slot() {
    let mut world = World::new();
    let guardian = world.here.guardian.pubkey();
    refuses_strangers(&mut world, guardian, NotGuardian, |world| world.pause(pause::ALL, DAY));
    let call = world.pause(pause::ALL, DAY).signed_by(guardian, keypair("authority 0"));
    world.refuse(call, NotGuardian);
    let last = world.slot() - 1;
    world.refuse(world.pause_until(pause::ALL, DAY, last), MandateExpired);

    let meta = world.run(world.pause(pause::NOVATE, DAY));
    let (fund, paused, now) = (world.fund(), event!(meta, Paused), world.now());
    let idle = PauseState { since_ts: 0, expires_ts: 0 };
    let paused_part = PauseState { since_ts: now, expires_ts: now + DAY };
    assert_eq!(fund.pauses, [idle, idle, paused_part, idle]);
    assert_eq!((fund.paused(now), fund.governance_nonce), (pause::NOVATE, 1), "the market has used 0");
    assert_eq!((paused.bits, paused.expires_ts), (u64::from(pause::NOVATE), now + DAY));
}

#[test]
fn a_pause_is_bounded_and_the_next_one_waits_as_long() {
    let mut world = World::new();
    for secs in [i64::MIN, -1, 0, MAX_PAUSE_SECS + 1, i64::MAX] {
        world.refuse(world.pause(pause::ALL, secs), PauseTooLong);
    }
    world.run(world.pause(pause::ALL, MAX_PAUSE_SECS));
    let allowed = world.now() + 2 * MAX_PAUSE_SECS;
    assert!(world.fund().pauses.iter().all(|pause| pause.allowed_ts() == allowed));

    // It cannot be extended.
    world.refuse(world.pause(pause::ALL, 1), PauseTooLong);
    world.set_clock(world.slot(), allowed - 1);
    world.refuse(world.pause(pause::ALL, 1), PauseTooLong);
    world.set_clock(world.slot(), allowed);
    world.run(world.pause(pause::ALL, 1));
}

/// Each part has its own rest: a pause of one does not keep another one from being paused.
#[test]
fn parts_rest_on_their_own() {
    let mut world = World::new();
    world.run(world.pause(pause::OPEN_MEMBER, MAX_PAUSE_SECS));
    // Together with a part that has to rest none is paused.
    world.refuse(world.pause(pause::OPEN_MEMBER | pause::NOVATE, DAY), PauseTooLong);
    assert_eq!(world.fund().paused(world.now()), pause::OPEN_MEMBER);
    world.run(world.pause(pause::NOVATE | pause::WITHDRAW_MARGIN, DAY));
    world.warp_secs(2 * DAY);
    world.run(world.pause(pause::NOVATE, DAY));
}

#[test]
fn a_pause_ends_by_itself() {
    let mut world = World::new();
    world.open("alice");
    world.run(world.pause(pause::CONTRIBUTE, DAY));
    world.set_clock(world.slot(), world.now() + DAY - 1);
    world.refuse(world.contribute("alice", 1), Paused);
    world.set_clock(world.slot(), world.now() + 1);
    world.run(world.contribute("alice", 1));
}

#[test]
fn only_these_four_can_be_paused() {
    let mut world = World::new();
    for bits in [0, 16, 32, 64, 128, 255, 31] {
        world.refuse(world.pause(bits, DAY), ParameterOutOfBounds);
    }
    assert_eq!(pause::ALL, 15);
}

/// Each bit stops its instruction and no other.
#[test]
fn each_bit_stops_its_own() {
    for bit in [pause::OPEN_MEMBER, pause::CONTRIBUTE, pause::NOVATE, pause::WITHDRAW_MARGIN] {
        let mut world = traded();
        world.give("erin", usdc(1));
        world.run(world.pause(bit, DAY));
        for (own, call) in [
            (pause::OPEN_MEMBER, world.open_member("erin")),
            (pause::CONTRIBUTE, world.contribute("alice", 1)),
            (pause::NOVATE, world.novate("alice", "bob", SOL, 1, usd(200))),
            (pause::WITHDRAW_MARGIN, world.withdraw_margin("alice", 1)),
        ] {
            if own == bit {
                world.refuse(call, Paused);
            } else {
                world.run(call);
            }
        }
    }
}

/// Threat 11: margin comes in, positions shrink, withdrawals that are due are paid, rewards too, and losses find their
/// payers, whatever is paused.
#[test]
fn nothing_else_stops() {
    let mut world = traded_with(usdc(300));
    world.join("erin", 0, usdc(50));
    let shares = world.member("erin").shares.get();
    world.run(world.request_withdrawal("erin", shares));
    world.warp_secs(DAY);
    world.refresh();
    world.run(world.pause(pause::ALL, DAY));

    world.run(world.deposit_margin("alice", 1));
    world.run(world.novate("bob", "alice", SOL, 1, usd(200))); // both reduce
    world.run(world.request_withdrawal("dave", 1));
    world.run(world.cancel_withdrawal("dave"));
    world.run(world.claim_withdrawal("erin"));
    world.run(world.claim_rewards("erin"));
    world.run(world.close_member("erin"));
    world.run(world.fund_treasury("treasurer", 1));
    // 999 lots at 180: a loss of 199.80 leaves Alice about 100 of 89.91 maintenance; at 175, 50.
    world.set_price(SOL, usd(175));
    world.run(world.liquidate("bob", "alice", SOL, 100));
    world.run(world.settle("alice", SOL));
    world.set_price(SOL, usd(150));
    world.default_member("alice");
    world.run(world.take_over("bob", SOL, 1));
}

#[test]
fn another_layout_is_refused() {
    let mut world = World::new();
    let fund = world.here.keys.fund;
    refuses_version(&mut world, fund, |world| world.pause(pause::ALL, DAY));
    refuses_impostors(&mut world, fund, |world| world.pause(pause::ALL, DAY));
}
