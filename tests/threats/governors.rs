//! Threat 24: who governs. The authority is a multisig's PDA here, as it should be: no key can sign for it, and what it signs
//! comes by CPI.

use {
    bulkhead::{
        constants::TIMELOCK_SECS,
        state::{FundChange, FundParams, Mandate, MarketChange, ParameterChange},
    },
    bulkhead_client::instruction,
    bulkhead_tests::{
        bulkhead, calls::MANDATE_SLOTS, keypair, outcome::TxError, params::FUND, usdc, Address,
        BulkheadError, Call, Caller, Signer, World, SOL,
    },
    solana_hash::Hash,
    solana_keypair::Keypair,
    solana_message::Message,
    solana_system_interface::instruction::{advance_nonce_account, create_nonce_account},
    solana_transaction::Transaction,
};

/// Bytes of a nonce account.
const NONCE_LEN: usize = 80;

/// A fund whose authority is the calling program's PDA.
fn governed() -> (World, Address) {
    let mut world = World::new();
    let (multisig, authority) = (Caller::default().pda, world.here.authority.insecure_clone());
    let offer =
        instruction::transfer_authority(&world.here.keys, authority.pubkey(), multisig, world.mandate());
    world.run(Call::new(offer, [authority]));
    let accept = instruction::accept_authority(&world.here.keys, multisig, world.mandate());
    world.run(Call::new(accept, []).by_cpi());
    assert_eq!(world.fund().authority, multisig);
    (world, multisig)
}

fn queue(world: &World, multisig: Address, change: ParameterChange, mandate: Mandate) -> Call {
    Call::new(
        instruction::queue_change(&world.here.keys, multisig, world.payer.pubkey(), change, mandate),
        [],
    )
}

fn tighter() -> ParameterChange {
    let params = FundParams { treasury_floor: usdc(1), ..FUND };
    ParameterChange::Fund(FundChange::between(&FUND, &params))
}

#[test]
fn t24_a_multisig_governs_by_cpi() {
    let (mut world, multisig) = governed();
    let number = world.fund().governance_nonce;
    world.run(queue(&world, multisig, tighter(), world.mandate()).by_cpi());
    world.warp_secs(TIMELOCK_SECS as i64);
    let payer = world.payer.pubkey();
    let apply = instruction::apply_change(&world.here.keys, multisig, payer, number, None, world.mandate());
    world.run(Call::new(apply, []).by_cpi());
    assert_eq!(world.fund().params.treasury_floor, usdc(1));

    // Nobody else does: not another program of the same code, nor the key that was the authority.
    let other = Caller::named("another multisig");
    world.load(&other);
    let call = other.forward(queue(&world, other.pda, tighter(), world.mandate()), |call| call);
    world.refuse(call, BulkheadError::NotAuthority);
    world.refuse(world.queue_change(tighter()), BulkheadError::NotAuthority);
}

/// Signatures collected long ago and kept alive by a durable nonce: once anything has passed, or their slot has, they are
/// worth nothing.
#[test]
fn t24_a_proposal_signed_long_ago_is_dead() {
    let (mut world, multisig) = governed();
    let signed = world.mandate();
    let drain = |world: &World, mandate: Mandate| {
        let wallet = world.wallet_of("thief");
        Call::new(instruction::request_treasury(&world.here.keys, multisig, wallet, usdc(100), mandate), [])
            .by_cpi()
    };
    world.give("treasurer", usdc(100));
    world.run(world.fund_treasury("treasurer", usdc(100)));
    world.give("thief", 0);

    world.warp_slots(signed.last_valid_slot - world.slot() + 1);
    world.refuse(drain(&world, signed), BulkheadError::MandateExpired);
    world.run(queue(&world, multisig, tighter(), world.mandate()).by_cpi());
    world.refuse(drain(&world, Mandate { last_valid_slot: u64::MAX, ..signed }), BulkheadError::StaleNonce);
}

/// The transaction itself, signed in full over a durable nonce, so that it never expires of its own accord.
#[test]
fn t24_a_durable_nonce_does_not_outlive_its_mandate() {
    let mut world = World::new();
    world.give("treasurer", usdc(100));
    world.run(world.fund_treasury("treasurer", usdc(100)));
    world.give("thief", 0);
    let nonce = durable_nonce(&mut world);
    let call = world.request_treasury("thief", usdc(10));
    let advance = advance_nonce_account(&nonce, &world.payer.pubkey());
    let mut message = Message::new(&[advance, call.instructions[0].clone()], Some(&world.payer.pubkey()));
    message.recent_blockhash = stored_hash(&world, nonce);
    let signers: Vec<&Keypair> = [&world.payer].into_iter().chain(&call.signers).collect();
    let signed = Transaction::new(&signers, message.clone(), message.recent_blockhash);
    let signed_at = world.svm.clone();
    let submit = |world: &mut World| world.svm.send_transaction(signed.clone()).map_err(TxError::from);

    world.svm.expire_blockhash();
    assert_eq!(submit(&mut world).map(drop).map_err(|error| error.named()), Ok(()), "it is a good one");
    assert_eq!(world.fund().treasury_notice, usdc(10));

    // As it was, but for a slot too many; or for another act of governance.
    world.svm = signed_at.clone();
    world.svm.expire_blockhash();
    world.warp_slots(MANDATE_SLOTS + 1);
    assert_eq!(
        submit(&mut world).map(drop).map_err(|error| error.named()),
        Err(Some(BulkheadError::MandateExpired))
    );
    world.svm = signed_at;
    world.svm.expire_blockhash();
    world.run(world.queue_change(tighter()));
    assert_eq!(
        submit(&mut world).map(drop).map_err(|error| error.named()),
        Err(Some(BulkheadError::StaleNonce))
    );
    assert_eq!(world.fund().treasury_notice, 0);
}

/// A nonce account that the payer may advance.
fn durable_nonce(world: &mut World) -> Address {
    let (payer, account) = (world.payer.pubkey(), keypair("nonce"));
    let rent = world.svm.minimum_balance_for_rent_exemption(NONCE_LEN);
    world
        .send(&create_nonce_account(&payer, &account.pubkey(), &payer, rent), &[&account])
        .expect("a nonce account");
    account.pubkey()
}

/// The hash it holds in the place of a recent blockhash: after version, state and authority.
fn stored_hash(world: &World, nonce: Address) -> Hash {
    let account = world.account(&nonce).expect("made");
    Hash::new_from_array(account.data[40..72].try_into().expect("32 bytes"))
}

/// A stolen key can do nothing at once: what it queues is seen for a day at least, longer if it endangers anyone, and the
/// guardian stops it.
#[test]
fn t24_a_stolen_authority_is_vetoed_in_time() {
    let mut world = World::new();
    world.join("ann", usdc(1_000), usdc(1_000));
    let now = world.market(SOL).terms();
    let mut terms = now;
    terms.rates.initial_bps = 500; // down from 1,000, against the band of 2%
    terms.rates.maintenance_bps = 100;
    let number = world.fund().governance_nonce;
    let change = ParameterChange::Market(SOL, MarketChange::between(&now, &terms));
    world.run(world.queue_change(change));
    let leave = FUND.leave_secs();
    assert!(
        world.queued_change(number).ready_secs > world.exit_secs() + leave,
        "whoever disagrees has left before"
    );
    world.warp_secs(leave as i64);
    world.refuse(world.apply_change(number, Some(SOL)), BulkheadError::ChangeNotReady);
    world.run(world.veto_change(number));
    world.warp_secs(TIMELOCK_SECS as i64);
    assert_eq!(world.market(SOL).terms().rates.initial_bps, 1_000);
}
