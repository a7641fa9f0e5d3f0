//! The accounts of every instruction are what they seem.

use {
    super::*,
    bulkhead_tests::{
        address,
        bulkhead::state::{CoverPurse, ParameterChange},
        keypair, usdc,
        BulkheadError::*,
        Call, InstructionError, Signer, World, SOL,
    },
};

/// What every call on a cover refuses: another layout of fund or cover, impostors of them, and a cover of another fund.
fn refuses_bad_accounts(world: &mut World, call: impl Fn(&World) -> Call) {
    let (fund, cover) = (world.here.keys.fund, world.here.keys.cover(0));
    refuses_version(world, fund, &call);
    refuses_version(world, cover, &call);
    refuses_impostors(world, cover, &call);
    let foreign = address("a cover of another fund");
    let mut account = world.account(&cover).expect("the cover");
    account.data[16..48].copy_from_slice(address("another fund").as_ref());
    world.put(foreign, account);
    world.refuse(call(world).swap(cover, foreign), WrongFund);
}

#[test]
fn of_every_call_on_a_cover() {
    let mut world = drawn();
    refuses_bad_accounts(&mut world, |world| world.accrue_cover(0));
    refuses_bad_accounts(&mut world, |world| world.hold_cover(0, 60));
    refuses_bad_accounts(&mut world, |world| world.draw_cover(0, usdc(10)));
    refuses_bad_accounts(&mut world, |world| world.settle_cover(0));
    refuses_bad_accounts(&mut world, |world| world.end_cover(0));
    refuses_bad_accounts(&mut world, |world| world.suspend_cover(0));
    refuses_bad_accounts(&mut world, |world| world.show_gap(0, SOL));
    refuses_bad_accounts(&mut world, |world| world.fund_cover("giver", 0, 1, CoverPurse::Prepaid));
    refuses_bad_accounts(&mut world, |world| world.collect_cover(0, "victims"));
    refuses_bad_accounts(&mut world, |world| world.return_cover("giver", 0, 1));
}

#[test]
fn of_every_call_that_moves_money() {
    let mut world = drawn();
    let giver = world.wallet_of("giver");
    refuses_bad_custody(&mut world, giver, |world| world.fund_cover("giver", 0, 1, CoverPurse::Prepaid));
    refuses_bad_custody(&mut world, giver, |world| world.return_cover("giver", 0, 1));
    let (vault, mint) = (world.vault(), world.mint);
    let other_vault = world.elsewhere(|world| world.vault());
    world.refuse(world.collect_cover(0, "victims").swap(vault, other_vault), WrongVault);
    world.refuse(world.collect_cover(0, "victims").swap(mint, address("another mint")), WrongMint);
    let owner = world.owner_of("giver").pubkey();
    let unsigned = InstructionError::MissingRequiredSignature;
    world.refuse(world.fund_cover("giver", 0, 1, CoverPurse::Prepaid).unsigned(owner), unsigned.clone());
    world.refuse(world.return_cover("giver", 0, 1).unsigned(owner), unsigned);
    let theft = world.fund_cover("giver", 0, 1, CoverPurse::Prepaid).signed_by(owner, keypair("thief"));
    world.refuse(theft, TOKEN_OWNER_MISMATCH);
}

#[test]
fn of_changes_of_covers() {
    let mut world = covered();
    let number = world.fund().governance_nonce;
    world.run(world.queue_change(ParameterChange::RaiseCover(0, usdc(1_010))));
    let terms = world.cover_terms(usdc(1));
    world.run(world.queue_change(ParameterChange::NewCover(terms)));
    world.wait_for_change(number + 1);
    let authority = world.here.authority.pubkey();
    let thief = || keypair("thief");
    world.refuse(world.amend_cover(0, number).signed_by(authority, thief()), NotAuthority);
    world.refuse(world.open_cover(1, number + 1).signed_by(authority, thief()), NotAuthority);
    refuses_bad_accounts(&mut world, |world| world.amend_cover(0, number));
    let fund = world.here.keys.fund;
    refuses_version(&mut world, fund, |world| world.open_cover(1, number + 1));
    // The cover of another index.
    let (right, wrong) = (world.here.keys.cover(1), world.here.keys.cover(2));
    assert!(world.attempt(world.open_cover(1, number + 1).swap(right, wrong)).is_err());
    world.run(world.open_cover(1, number + 1));
}
