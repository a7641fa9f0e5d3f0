use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        address,
        bulkhead::{constants::VERSION, state::seeds},
        bulkhead_client::{instruction, program_id},
        event, token, Address, BulkheadError,
        BulkheadError::*,
        Call, InstructionError, Signer, World,
    },
};

/// Joins at a cap of at most `most_bps`, and in at most so many markets.
fn signed(world: &World, most_bps: u16, markets: u16) -> Call {
    let (owner, payer) = (world.owner_of("alice"), world.payer.pubkey());
    Call::new(instruction::open_member(&world.here.keys, owner.pubkey(), payer, most_bps, markets), [owner])
}

/// It is refused, and there is no account and no member more.
#[track_caller]
fn refuses_to_join(world: &mut World, call: Call, error: BulkheadError) {
    let fund = world.fund().members;
    world.refuse(call, error);
    assert_eq!((world.fund().members, world.account(&world.account_of("alice"))), (fund, None));
}

/// A change could be applied in front of what was signed.
#[test]
fn its_cap_is_at_most_the_one_that_was_signed() {
    let mut world = World::with_params(assessing(2_500));
    let call = signed(&world, 2_499, 1);
    refuses_to_join(&mut world, call, AssessmentCapExceeded);
    world.run(signed(&world, 2_500, 1));
    assert_eq!(world.member("alice").assessment_cap_bps, 2_500);
}

/// So could a market be opened in front of a fund's first member.
#[test]
fn it_joins_the_markets_that_were_seen() {
    let mut world = World::with_two_markets();
    let call = signed(&world, 0, 1);
    refuses_to_join(&mut world, call, MarketNotSeen);
    world.run(signed(&world, 0, 2));
}

#[test]
fn it_opens_an_empty_account() {
    let mut world = World::new();
    let meta = world.run(world.open_member("alice"));
    let (member, owner) = (world.member("alice"), world.owner_of("alice").pubkey());
    assert_eq!((member.version, member.fund, member.owner), (VERSION, world.here.keys.fund, owner));
    assert_eq!((member.delegate, member.margin, member.shares.get()), (Address::default(), 0, 0));
    assert!(!member.has_positions() && member.is_empty());
    assert_eq!(world.fund().members, 1);
    let opened = event!(meta, MemberOpened);
    assert_eq!((opened.fund, opened.member, opened.owner), (member.fund, world.account_of("alice"), owner));
}

#[test]
fn one_wallet_has_one_account_in_a_fund() {
    let mut world = World::new();
    world.run(world.open_member("alice"));
    world.refuse(world.open_member("alice"), ACCOUNT_IN_USE);
    world.elsewhere(|world| world.run(world.open_member("alice")));
    world.run(world.open_member("bob"));
    assert_eq!(world.fund().members, 2);
}

/// The address of a member's account is the one of the highest bump that is off the curve: neither one of
/// another bump, nor one on the curve.
#[test]
fn a_wallet_has_one_address() {
    let mut world = World::new();
    let (fund, program) = (world.here.keys.fund, program_id());
    let mut bumps = Vec::new();
    for name in ["alice", "bob", "carol", "dave", "erin", "frank"] {
        let (owner, account) = (world.owner_of(name).pubkey(), world.account_of(name));
        let seeds: [&[u8]; 3] = [seeds::MEMBER, fund.as_ref(), owner.as_ref()];
        let (_, canonical) = Address::find_program_address(&seeds, &program);
        for bump in (240..=255).filter(|bump| *bump != canonical) {
            let other = Address::derive_address(&seeds, Some(bump), &program);
            let call = world.open_member(name).swap(account, other);
            if bump < canonical {
                world.refuse(call, InstructionError::InvalidSeeds);
            } else {
                // It is on the curve, and the runtime takes no seeds for it.
                world.refuse(call, InstructionError::ProgramFailedToComplete);
            }
        }
        world.run(world.open_member(name));
        bumps.push(canonical);
    }
    assert!(bumps.contains(&255) && bumps.iter().any(|bump| *bump < 255), "{bumps:?}");
}

/// A member that joins after an epoch has ended starts in the current one.
#[test]
fn it_joins_the_current_epoch() {
    let mut world = wiped();
    world.run(world.open_member("erin"));
    assert_eq!((world.member("erin").share_epoch, world.fund().share_epoch), (1, 1));
}

#[test]
fn the_wallet_signs_and_anyone_pays() {
    let mut world = World::new();
    let owner = world.owner_of("alice").pubkey();
    world.refuse(world.open_member("alice").unsigned(owner), InstructionError::MissingRequiredSignature);
    let before = world.account(&owner);
    world.run(world.open_member("alice"));
    assert_eq!(world.account(&owner), before, "the payer pays, not the wallet");
}

#[test]
fn a_wallet_can_pay_for_itself() {
    let mut world = World::new();
    let (owner, payer) = (world.owner_of("alice").pubkey(), world.payer.pubkey());
    world.give_lamports(owner, 1_000_000_000);
    world.run(world.open_member("alice").swap(payer, owner));
    assert!(world.account(&owner).unwrap().lamports < 1_000_000_000, "the wallet has paid the rent");
    assert_eq!(world.member("alice").owner, owner);
}

#[test]
fn its_address_follows_from_fund_and_wallet() {
    let mut world = World::new();
    let (member, bob) = (world.account_of("alice"), world.account_of("bob"));
    for other in [bob, address("elsewhere")] {
        world.refuse(world.open_member("alice").swap(member, other), InstructionError::InvalidSeeds);
    }
    let (fund, other) = (world.here.keys.fund, world.elsewhere(|world| world.here.keys.fund));
    world.refuse(world.open_member("alice").swap(fund, other), InstructionError::InvalidSeeds);
    let system = Address::default();
    world.refuse(world.open_member("alice").swap(system, token::TOKEN), InstructionError::IncorrectProgramId);
}

/// Threat 22.
#[test]
fn an_address_cannot_be_squatted() {
    let mut world = World::new();
    world.give_lamports(world.account_of("alice"), 1);
    world.run(world.open_member("alice"));
}

/// The cap of assessments in force is agreed to; a later one binds only who agrees to it.
#[test]
fn it_agrees_to_the_cap_in_force() {
    let mut world = World::with_params(assessing(2_500));
    world.run(world.open_member("alice"));
    set_cap(&mut world, 5_000);
    world.run(world.open_member("bob"));
    assert_eq!(["alice", "bob"].map(|name| world.member(name).assessment_cap_bps), [2_500, 5_000]);
}

#[test]
fn not_in_a_wind_down() {
    let mut world = wound_down();
    world.refuse(world.open_member("frank"), WindDown);
}

/// A loss that nobody has paid stops nobody from joining.
#[test]
fn in_a_recovery() {
    let mut world = wiped();
    world.run(world.open_member("frank"));
    assert_eq!(world.member("frank").loss_epoch, world.fund().loss_epoch);
}

#[test]
fn the_fund_is_what_it_seems() {
    let mut world = World::new();
    let fund = world.here.keys.fund;
    refuses_version(&mut world, fund, |world| world.open_member("alice"));
    refuses_impostors(&mut world, fund, |world| world.open_member("alice"));
}
