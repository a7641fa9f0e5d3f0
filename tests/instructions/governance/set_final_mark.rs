use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        bulkhead::{constants::ORACLE_SILENT_SLOTS, state::Mandate},
        event, keypair,
        params::DAY,
        usd,
        BulkheadError::*,
        Signer, World, SOL,
    },
};

/// [`wound_down`], and the oracle has been silent for the day since.
fn silent() -> World {
    let mut world = wound_down();
    world.warp_secs(DAY);
    world
}

#[test]
fn governance_names_what_the_oracle_does_not() {
    let mut world = silent();
    let meta = world.run(world.set_final_mark(SOL, usd(45)));
    let fixed = event!(meta, MarkFixed);
    assert_eq!((fixed.fund, fixed.market_index, fixed.price), (world.here.keys.fund, 0, usd(45)));
    let market = world.market(SOL);
    assert_eq!((market.mark.price, market.mark.confidence, market.final_ts), (usd(45), 0, world.now()));
    world.run(world.close_out("bob"));
}

#[test]
fn only_the_authority_with_a_live_mandate() {
    let mut world = silent();
    let authority = world.here.authority.pubkey();
    refuses_strangers(&mut world, authority, NotAuthority, |world| world.set_final_mark(SOL, usd(45)));
    let call = world.set_final_mark(SOL, usd(45)).signed_by(authority, keypair("guardian 0"));
    world.refuse(call, NotAuthority);

    let live = world.mandate();
    for nonce in [live.nonce - 1, live.nonce + 1] {
        world.refuse(world.set_final_mark_by(SOL, usd(45), Mandate { nonce, ..live }), StaleNonce);
    }
    let expired = Mandate { last_valid_slot: world.slot() - 1, ..live };
    world.refuse(world.set_final_mark_by(SOL, usd(45), expired), MandateExpired);
    world.run(world.set_final_mark_by(SOL, usd(45), live));
    assert_eq!(world.fund().governance_nonce, live.nonce + 1);
}

#[test]
fn once() {
    let mut world = silent();
    world.run(world.set_final_mark(SOL, usd(45)));
    world.refuse(world.set_final_mark(SOL, usd(46)), MarketClosed);
    let mut world = final_at(usd(50));
    world.warp_slots(ORACLE_SILENT_SLOTS);
    world.refuse(world.set_final_mark(SOL, usd(46)), MarketClosed);
}

#[test]
fn only_in_a_wind_down() {
    let mut world = traded();
    world.warp_slots(ORACLE_SILENT_SLOTS);
    world.refuse(world.set_final_mark(SOL, usd(200)), NotWindDown);
}

#[test]
fn not_before_its_delay_has_passed() {
    let mut world = wound_down();
    world.warp_secs(DAY - 1);
    world.refuse(world.set_final_mark(SOL, usd(45)), FinalMarkNotDue);
    world.warp_secs(1);
    world.run(world.set_final_mark(SOL, usd(45)));
}

/// Threat 24: where the oracle speaks governance has no say. An hour after its last price it may.
#[test]
fn not_while_the_oracle_speaks() {
    let mut world = silent();
    world.refresh();
    world.refuse(world.set_final_mark(SOL, usd(45)), OracleNotSilent);
    world.warp_slots(ORACLE_SILENT_SLOTS - 1);
    world.refuse(world.set_final_mark(SOL, usd(45)), OracleNotSilent);
    world.warp_slots(1);
    world.run(world.set_final_mark(SOL, usd(45)));
}

#[test]
fn the_price_is_positive() {
    let mut world = silent();
    world.refuse(world.set_final_mark(SOL, 0), OracleNotPositive);
    world.run(world.set_final_mark(SOL, 1));
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = silent();
    let call = |world: &World| world.set_final_mark(SOL, usd(45));
    let (fund, market) = (world.here.keys.fund, world.here.keys.market(SOL));
    for account in [fund, market] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = market_elsewhere(&mut world);
    world.refuse(call(&world).swap(market, other), WrongFund);
}
