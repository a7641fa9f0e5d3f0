//! Threat 24: who governs. The authority is a multisig's PDA here, as it should be: no key can sign for it, and what it signs
//! comes by CPI.

use {
    bulkhead::{
        constants::{MAX_PAUSE_SECS, PAUSED_TIMELOCK_SECS, TIMELOCK_SECS, UNPAUSE_SECS},
        state::{pause, FundChange, FundParams, Mandate, MarketChange, ParameterChange},
    },
    bulkhead_client::instruction,
    bulkhead_tests::{
        bulkhead,
        calls::MANDATE_SLOTS,
        keypair,
        outcome::TxError,
        params::{DAY, FUND},
        usd, usdc, Address, BulkheadError, Call, Caller, MarketSpec, Signer, World, BTC, SOL,
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

/// What else of a fund changes, from which a change is made.
fn of_the_fund(change: impl FnOnce(&mut FundParams)) -> ParameterChange {
    let mut params = FUND;
    change(&mut params);
    ParameterChange::Fund(FundChange::between(&FUND, &params))
}

fn queued(world: &mut World, change: ParameterChange) -> u64 {
    let number = world.fund().governance_nonce;
    world.run(world.queue_change(change));
    number
}

/// S1: the authority is stolen, and in front of every veto lands something of the thief's. What the guardian signs needs no
/// nonce: 20 of 20 vetoes land, and so do 20 of 20 pauses.
#[test]
fn s1_a_thief_cannot_starve_a_veto() {
    let mut world = World::new();
    world.give("treasurer", usdc(100));
    world.run(world.fund_treasury("treasurer", usdc(100)));
    let front_runs: [fn(&World) -> Call; 5] = [
        |world| world.end_pause(pause::ALL),
        |world| world.request_treasury("treasurer", 1),
        |world| world.cancel_treasury(),
        |world| world.queue_change(of_the_fund(|params| params.treasury_floor = 2)),
        |world| world.transfer_authority("thief"),
    ];
    for round in 0..20 {
        let number = queued(&mut world, of_the_fund(|params| params.bounty_bps = 1));
        let (veto, pause) = (world.veto_change(number), world.pause(pause::CONTRIBUTE, 1));
        let first = front_runs[round % front_runs.len()](&world);
        world.run(first);
        world.run(veto);
        world.run(pause);
        world.warp_secs(2);
    }
    // Nor does the guardian starve the authority: a mandate outlives what the guardian does.
    let number = queued(&mut world, of_the_fund(|params| params.bounty_bps = 1));
    let call = world.queue_change(of_the_fund(|params| params.treasury_floor = 3));
    world.run(world.pause(pause::ALL, 60));
    world.run(world.veto_change(number));
    world.run(call);
}

/// S2: a market whose oracle program is the thief's. A new market is a queued change: members can leave before, and the
/// guardian stops it. Contributions stay what they are.
#[test]
fn s2_a_market_of_the_thief_is_vetoed() {
    let mut world = World::new();
    world.join("ann", usdc(1_000), usdc(10_000));
    world.join("ben", usdc(1_000), usdc(40));
    let mut spec = MarketSpec::btc();
    spec.params.oracle.owners = [keypair("a program of the thief's").pubkey().to_bytes(), [0; 32]];
    world.refuse(world.create_market(BTC, &spec), BulkheadError::FundNotEmpty);
    let number = queued(&mut world, ParameterChange::NewMarket(spec.params));
    let opens = world.queued_change(number).ready_secs - world.exit_secs();
    assert_eq!(opens, TIMELOCK_SECS + FUND.leave_secs(), "whoever disagrees has left before");
    world.refuse(world.open_market(BTC, number), BulkheadError::ChangeNotReady);
    world.run(world.veto_change(number));
    world.warp_secs(opens as i64);
    assert!(world.attempt(world.open_market(BTC, number)).is_err());
    assert_eq!((world.fund().market_count, world.fund().contributions), (1, usdc(10_040)));
}

/// S3: a compromised guardian vetoes its own replacement once, not for ever; and a pause of one part that it ends, or that the
/// authority ends, keeps no other part from being paused.
#[test]
fn s3_no_guardian_is_for_ever() {
    let mut world = World::new();
    let replace = || ParameterChange::Guardian(keypair("another guardian").pubkey());
    let first = queued(&mut world, replace());
    world.run(world.veto_change(first));
    let second = queued(&mut world, replace());
    world.refuse(world.veto_change(second), BulkheadError::VetoedTooOften);

    world.run(world.pause(pause::OPEN_MEMBER, MAX_PAUSE_SECS));
    let authority = world.here.authority.pubkey();
    let guardian = world.here.guardian.insecure_clone();
    let end = world.end_pause(pause::OPEN_MEMBER).signed_by(authority, guardian);
    world.refuse(end, BulkheadError::NotAuthority);
    world.run(world.end_pause(pause::OPEN_MEMBER));
    world.run(world.pause(pause::CONTRIBUTE | pause::NOVATE | pause::WITHDRAW_MARGIN, 60));
    world.warp_secs(UNPAUSE_SECS);
    world.open("ann");
    world.warp_secs(UNPAUSE_SECS); // as long as the part was paused
    world.run(world.pause(pause::OPEN_MEMBER, 60));

    world.warp_secs(PAUSED_TIMELOCK_SECS); // trades and withdrawals were paused
    world.run(world.apply_change(second, None));
    assert_eq!(world.fund().guardian, keypair("another guardian").pubkey());
}

/// E14: A is nearly what is in force, B makes the fund much safer. B comes into force after a day and people join; then A
/// waits as long as if it had been queued against B.
#[test]
fn e14_a_change_is_judged_when_it_is_applied() {
    let mut world = World::new();
    let a = queued(&mut world, of_the_fund(|params| params.treasury_floor = 1));
    let b = queued(&mut world, of_the_fund(|params| params.treasury_floor = usdc(1_000_000)));
    world.warp_secs(TIMELOCK_SECS as i64);
    world.run(world.apply_change(b, None));
    world.join("ann", usdc(1_000), usdc(1_000));
    world.refuse(world.apply_change(a, None), BulkheadError::ChangeNotReady);
    world.warp_secs(FUND.leave_secs() as i64 - 1);
    world.refuse(world.apply_change(a, None), BulkheadError::ChangeNotReady);
    assert_eq!(world.fund().params.treasury_floor, usdc(1_000_000));
    world.warp_secs(1);
    world.run(world.apply_change(a, None));
}

/// E15: the treasury holds 500, Alice is 250.40 short at a fresh mark and not declared yet. The treasury cannot leave before
/// it has paid: 150.40, after Alice's own 100 and a little of rewards. Survivors pay nothing. That a claim was committed before does not matter.
#[test]
fn e15_the_treasury_pays_before_it_leaves() {
    let params = FundParams { exit_delay_slots: 100, ..FUND };
    let mut world = World::with_params(params);
    world.join("alice", usdc(250), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", usdc(1_000), usdc(3_900));
    world.give("treasurer", usdc(500));
    world.run(world.fund_treasury("treasurer", usdc(500) - 400_000));
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200))); // fees: 0.40 to the treasury, as much to rewards
    let treasury = world.fund().treasury;
    assert_eq!(treasury, usdc(500));
    world.run(world.request_treasury("treasurer", treasury));
    world.warp_secs(DAY);
    world.refresh();
    world.run(world.claim_treasury("treasurer")); // commits
    world.set_price(SOL, usd(150));
    world.run(world.open_watch("alice"));
    world.warp_secs(40);
    world.refuse(world.claim_treasury("treasurer"), BulkheadError::LossPending);
    world.refresh();
    world.run(world.declare_default("alice"));
    world.refuse(world.claim_treasury("treasurer"), BulkheadError::LossPending);
    let contributions = world.fund().contributions;
    world.run(world.allocate_loss("alice"));
    let record = world.default_record(0);
    assert_eq!(
        (record.shortfall, record.from_contribution, record.from_rewards),
        (250_400_000, usdc(100), 919)
    );
    assert_eq!(world.fund().treasury, usdc(500) - 150_400_000 + 919);
    assert_eq!(world.fund().contributions, contributions);
    assert_eq!(world.purse("treasurer"), 400_000);
}

/// Both keys are stolen, notice period and claim window are an hour each, and the thief's market oracle would be in force in
/// 26 hours, in which a pause keeps everybody's margin in. It waits for a week instead, in which withdrawals are free for
/// some days. Short pauses do not put a change off any longer.
#[test]
fn t24_a_timelock_does_not_run_out_in_a_pause() {
    let short = FundParams { notice_secs: 3_600, claim_window_secs: 3_600, ..FUND };
    for length in [MAX_PAUSE_SECS, 1] {
        let mut world = World::with_params(short);
        world.join("ann", usdc(1_000), 0);
        let replace = ParameterChange::Guardian(keypair("another guardian").pubkey());
        let (paused, undisturbed) = (queued(&mut world, replace), world.now());
        world.warp_secs(60);
        world.run(world.pause(pause::WITHDRAW_MARGIN | pause::NOVATE, length));
        world.warp_secs(26 * 3_600);
        world.refuse(world.apply_change(paused, None), BulkheadError::ChangeNotReady);
        let rest = world.fund().pauses[3].allowed_ts() - world.now();
        world.warp_secs(rest.max(0) - 1 + i64::from(rest <= 0));
        world.run(world.withdraw_margin("ann", 1));
        let week = PAUSED_TIMELOCK_SECS - (world.now() - undisturbed);
        world.warp_secs(week - 1);
        let _ = world.attempt(world.pause(pause::WITHDRAW_MARGIN, 1));
        world.refuse(world.apply_change(paused, None), BulkheadError::ChangeNotReady);
        world.warp_secs(1);
        world.run(world.apply_change(paused, None));
    }
    // What is safer waits for its day, pause or not.
    let mut world = World::with_params(short);
    let params = FundParams { treasury_floor: 1, ..short };
    let number = queued(&mut world, ParameterChange::Fund(FundChange::between(&short, &params)));
    world.run(world.pause(pause::ALL, MAX_PAUSE_SECS));
    world.warp_secs(TIMELOCK_SECS as i64);
    world.run(world.apply_change(number, None));
}

/// A guardian that was replaced after a veto leaves its successor with a veto of its own: a thief of the authority finds no
/// guardian that may not defend itself.
#[test]
fn t24_a_new_guardian_has_its_own_veto() {
    let mut world = World::new();
    let old = world.here.guardian.insecure_clone();
    let replace = |name: &str| ParameterChange::Guardian(keypair(name).pubkey());
    let (first, second) =
        (queued(&mut world, replace("next guardian")), queued(&mut world, replace("next guardian")));
    world.run(world.veto_change(first));
    world.warp_secs((TIMELOCK_SECS + FUND.leave_secs()) as i64);
    world.run(world.apply_change(second, None));
    let stolen = queued(&mut world, replace("thief"));
    world.refuse(world.veto_change(stolen), BulkheadError::NotGuardian);
    let veto = world.veto_change(stolen).signed_by(old.pubkey(), keypair("next guardian"));
    world.run(veto);
}

/// The house of a silent market blocks no exits because the treasury holds what it has at risk. So the treasury cannot leave
/// in that time: 1,000 lots at 150, and a loss of 36.5% of 1,500 in the stress move and the sale.
#[test]
fn t24_the_treasury_stands_for_a_silent_house() {
    let mut world = World::new();
    world.join("alice", usdc(250), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", usdc(1_000), usdc(3_900));
    world.give("treasurer", usdc(2_000));
    world.run(world.fund_treasury("treasurer", usdc(2_000)));
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
    world.set_price(SOL, usd(150));
    world.default_member("alice");
    let treasury = world.fund().treasury;
    world.run(world.request_treasury("treasurer", treasury - usdc(547)));
    world.warp_secs(61);
    world.run(world.book_house(SOL));
    assert_eq!((world.fund().waived_houses, world.fund().waived_at_risk), (1, 547_500_000));
    world.warp_secs(DAY + 60);
    world.give("carol", 2);
    world.run(world.contribute("carol", 1)); // exits are open
    world.refuse(world.claim_treasury("treasurer"), BulkheadError::LossPending);
    world.run(world.cancel_treasury());
    world.run(world.request_treasury("treasurer", treasury - usdc(548)));
    world.warp_secs(DAY + 60);
    world.run(world.claim_treasury("treasurer"));
    world.give("carol", 1);
    world.run(world.contribute("carol", 1)); // and exits still are
}

/// P6: the authority commits to its request again and again, so that its minute is always near, and is paid when it has seen a
/// fall that nobody has cranked. A commitment that was missed is not made again.
#[test]
fn t24_the_treasury_is_no_option_to_leave_in_a_crash() {
    let mut world = World::with_params(FundParams { exit_delay_slots: 100, ..FUND });
    world.join("alice", usdc(250), usdc(100));
    world.join("bob", usdc(1_000), usdc(4_000));
    world.give("treasurer", usdc(500));
    world.run(world.fund_treasury("treasurer", usdc(500)));
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
    world.run(world.request_treasury("treasurer", usdc(500)));
    world.warp_secs(DAY);
    world.run(world.claim_treasury("treasurer")); // commits
    world.warp_secs(40 + 60);
    for _ in 0..20 {
        world.refuse(world.claim_treasury("treasurer"), BulkheadError::WithdrawalExpired);
        world.warp_secs(100);
    }
    world.run(world.cancel_treasury());
    world.run(world.request_treasury("treasurer", usdc(500)));
    world.refuse(world.claim_treasury("treasurer"), BulkheadError::WithdrawalNotDue);
}

/// Nobody has joined yet, and the owner has paid 10,000 into the treasury. A thief of the authority would open a market whose
/// prices are its own, default on one side of a trade with itself, and take on the other side what the treasury has paid: in
/// minutes, without a notice, whatever the floor. A new market waits as soon as there is a treasury.
#[test]
fn t24_a_market_of_the_thief_drains_no_empty_fund() {
    let mut world = World::with_params(FundParams { treasury_floor: usdc(10_000), ..FUND });
    world.give("treasurer", usdc(10_000));
    world.run(world.fund_treasury("treasurer", usdc(10_000)));
    assert_eq!(world.fund().members, 0);
    let mut spec = MarketSpec::btc();
    spec.params.oracle.owners = [keypair("a program of the thief's").pubkey().to_bytes(), [0; 32]];
    world.refuse(world.create_market(BTC, &spec), BulkheadError::FundNotEmpty);
    let number = queued(&mut world, ParameterChange::NewMarket(spec.params));
    world.warp_secs(FUND.leave_secs() as i64);
    world.refuse(world.open_market(BTC, number), BulkheadError::ChangeNotReady);
    world.run(world.veto_change(number));
}
