use {
    crate::common::*,
    bulkhead_tests::{
        bulkhead::{
            constants::{MAX_PAUSE_SECS, UNPAUSE_SECS},
            state::{pause, Mandate},
        },
        event, keypair,
        params::DAY,
        BulkheadError::*,
        Signer, World,
    },
};

/// Members have an hour to see why there was a pause, whoever has the authority by then.
#[test]
fn a_pause_ends_in_an_hour() {
    let mut world = World::new();
    world.open("alice");
    world.give("alice", 2);
    world.run(world.pause(pause::CONTRIBUTE | pause::NOVATE, MAX_PAUSE_SECS));
    let since = world.now();
    world.warp_secs(DAY);
    let nonce = world.fund().governance_nonce;
    let meta = world.run(world.end_pause(pause::CONTRIBUTE));
    let (ended, ends) = (event!(meta, PauseEnded), world.now() + UNPAUSE_SECS);
    assert_eq!((ended.bits, ended.ends_ts), (u64::from(pause::CONTRIBUTE), ends));
    assert_eq!(world.fund().governance_nonce, nonce + 1);
    let [_, contribute, novate, _] = world.fund().pauses;
    assert_eq!((contribute.expires_ts, novate.expires_ts), (ends, since + MAX_PAUSE_SECS));

    world.set_clock(world.slot(), ends - 1);
    world.refuse(world.contribute("alice", 1), Paused);
    world.set_clock(world.slot(), ends);
    world.run(world.contribute("alice", 1));

    // The next one waits for as long as the part was paused, and not for as long as it might have been.
    let allowed = ends + (ends - since);
    world.set_clock(world.slot(), allowed - 1);
    world.refuse(world.pause(pause::CONTRIBUTE, 1), PauseTooLong);
    world.set_clock(world.slot(), allowed);
    world.run(world.pause(pause::CONTRIBUTE, 1));
}

/// What ends sooner is left alone, and what is not paused too.
#[test]
fn it_never_makes_a_pause_longer() {
    let mut world = World::new();
    world.run(world.pause(pause::NOVATE, 60));
    let before = world.fund().pauses;
    world.run(world.end_pause(pause::ALL));
    assert_eq!(world.fund().pauses, before);
}

#[test]
fn only_the_authority_with_a_live_mandate() {
    let mut world = World::new();
    world.run(world.pause(pause::ALL, DAY));
    let authority = world.here.authority.pubkey();
    refuses_strangers(&mut world, authority, NotAuthority, |world| world.end_pause(pause::ALL));
    let call = world.end_pause(pause::ALL).signed_by(authority, keypair("guardian 0"));
    world.refuse(call, NotAuthority);
    let live = world.mandate();
    for nonce in [0, 2] {
        world.refuse(world.end_pause_by(pause::ALL, Mandate { nonce, ..live }), StaleNonce);
    }
    let expired = Mandate { last_valid_slot: world.slot() - 1, ..live };
    world.refuse(world.end_pause_by(pause::ALL, expired), MandateExpired);
    for bits in [0, 16, 255] {
        world.refuse(world.end_pause(bits), ParameterOutOfBounds);
    }
    world.run(world.end_pause(pause::ALL));
}

#[test]
fn another_layout_is_refused() {
    let mut world = World::new();
    let fund = world.here.keys.fund;
    refuses_version(&mut world, fund, |world| world.end_pause(pause::ALL));
    refuses_impostors(&mut world, fund, |world| world.end_pause(pause::ALL));
}
