//! Threat 24: who governs. The authority is a multisig's PDA here, as it should be: no key can sign for it, and what it signs
//! comes by CPI.

use {
    crate::common::{claim, of_the_fund, queued, request_all},
    bulkhead::{
        constants::{MAX_PAUSE_SECS, PAUSED_TIMELOCK_SECS, SILENT_GRACE_SECS, TIMELOCK_SECS, UNPAUSE_SECS},
        state::{
            pause, FundChange, FundParams, Mandate, MarketChange, OracleChange, ParameterChange, Silence,
        },
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

const HOUR: i64 = 60 * 60;

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
        |world| world.queue_change(of_the_fund(FUND, |params| params.treasury_floor = 2)),
        |world| world.transfer_authority("thief"),
    ];
    for round in 0..20 {
        let number = queued(&mut world, of_the_fund(FUND, |params| params.bounty_bps = 1));
        let (veto, pause) = (world.veto_change(number), world.pause(pause::CONTRIBUTE, 1));
        let first = front_runs[round % front_runs.len()](&world);
        world.run(first);
        world.run(veto);
        world.run(pause);
        world.warp_secs(2);
    }
    // Nor does the guardian starve the authority: a mandate outlives what the guardian does.
    let number = queued(&mut world, of_the_fund(FUND, |params| params.bounty_bps = 1));
    let call = world.queue_change(of_the_fund(FUND, |params| params.treasury_floor = 3));
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
    let a = queued(&mut world, of_the_fund(FUND, |params| params.treasury_floor = 1));
    let b = queued(&mut world, of_the_fund(FUND, |params| params.treasury_floor = usdc(1_000_000)));
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
    world.warp_secs(i64::from(SILENT_GRACE_SECS));
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

// Changes and what their time is for

/// S8: a house that nobody takes blocks exits, so that nobody can leave. A thief of the authority states other decimals for
/// the feed of BTC, which is heard and right. A change that mends a feed waits in the chain's time; but it mends one
/// only while the market is silent for its exponent. This one waits for exits like every other change of an
/// oracle, and BTC is priced as ever: the thief's BTC, which falls to 40,000, has lost 20,000 of the thief's.
#[test]
fn s8_only_a_feed_that_is_silent_for_its_exponent_is_mended() {
    let mut world = World::with_two_markets();
    world.join("alice", usdc(250), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", usdc(1_000), usdc(80_000));
    for name in ["thief", "cat"] {
        world.join(name, usdc(20_000), usdc(2_000));
    }
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
    world.run(world.novate("thief", "cat", BTC, 10_000, usd(60_000)));
    world.set_price(SOL, usd(150));
    world.default_member("alice");
    let from = world.market(BTC).oracle;
    let mut to = from;
    to.feed_decimals = 7;
    let mend = ParameterChange::Oracle(BTC, OracleChange::between(&from, &to));
    let number = queued(&mut world, mend);
    assert!(!world.queued_change(number).in_chain_time.get());
    let mut younger = from;
    younger.max_age_secs -= 1;
    let other = queued(&mut world, ParameterChange::Oracle(BTC, OracleChange::between(&from, &younger)));
    let exits = world.exit_secs();
    world.warp_secs((TIMELOCK_SECS + FUND.leave_secs()) as i64);
    world.refresh();
    assert_eq!(world.exit_secs(), exits, "nobody could leave");
    world.refuse(world.apply_change(other, Some(BTC)), BulkheadError::ChangeNotReady);
    world.refuse(world.apply_change(number, Some(BTC)), BulkheadError::ChangeNotReady);
    let before = world.equity("thief");
    world.print(BTC, usd(40_000));
    assert!(world.market(BTC).silence == Silence::None);
    assert_eq!(before - world.equity("thief"), usdc(20_000) as i64);
}

/// S8: with a notice period of a week and a claim window of an hour everybody has eight days to look at what is queued, and
/// to leave. A shorter notice period counted as safer: it was in force after a day, and every change after it waited
/// a day and two hours. It waits like every other change: Ann, who asks for her money when it is queued, has it
/// before the notice period is shorter, and before any change can be queued that waits for less.
#[test]
fn s8_a_shorter_notice_waits_until_everybody_could_leave_under_the_longer_one() {
    let week = FundParams { notice_secs: 7 * DAY as u32, claim_window_secs: HOUR as u32, ..FUND };
    let mut world = World::with_params(week);
    world.join("ann", usdc(1_000), usdc(10_000));
    world.give("treasurer", usdc(500));
    world.run(world.fund_treasury("treasurer", usdc(500)));
    let began = world.now();
    let shorter = queued(&mut world, of_the_fund(week, |params| params.notice_secs = HOUR as u32));
    request_all(&mut world, "ann");
    world.warp_secs(TIMELOCK_SECS as i64);
    world.refuse(world.apply_change(shorter, None), BulkheadError::ChangeNotReady);
    let market = queued(&mut world, ParameterChange::NewMarket(MarketSpec::btc().params)); // any oracle
    world.run(world.request_treasury("treasurer", usdc(500)));
    world.warp_secs(6 * DAY);
    world.refresh();
    world.refuse(world.claim_treasury("treasurer"), BulkheadError::WithdrawalNotDue);
    assert_eq!(claim(&mut world, "ann"), usdc(10_000));
    world.warp_secs(DAY);
    world.refuse(world.apply_change(shorter, None), BulkheadError::ChangeNotReady);
    world.warp_secs(HOUR);
    assert_eq!(world.now() - began, TIMELOCK_SECS as i64 + week.leave_secs() as i64);
    world.run(world.apply_change(shorter, None));
    world.refuse(world.open_market(BTC, market), BulkheadError::ChangeNotReady);
}

/// P11: whoever joins agrees to the cap of assessments that is in force at that moment. Ann has read that it is 50%; a
/// change to 200% is due, and lands in front of her. What she has signed names the most that she agrees to: she
/// does not join.
#[test]
fn p11_nobody_joins_at_a_higher_cap_than_it_has_signed() {
    let low = FundParams { assessment_cap_bps: 5_000, ..FUND };
    let mut world = World::with_params(low);
    let number = queued(&mut world, of_the_fund(low, |params| params.assessment_cap_bps = 20_000));
    world.warp_secs((TIMELOCK_SECS + FUND.leave_secs()) as i64);
    world.give("ann", usdc(1_000));
    let joins = joining(&world, "ann", 5_000, 1); // signed
    world.run(world.apply_change(number, None));
    world.refuse(joins, BulkheadError::AssessmentCapExceeded);
    assert_eq!(world.fund().members, 0);
    world.run(joining(&world, "ann", 20_000, 1)); // she has seen it
    assert_eq!(world.member("ann").assessment_cap_bps, 20_000);
}

/// S2: a fund that is empty gets a market at once, and the first member that joins is in it. Ann has read that the fund
/// has one market; a thief of the authority puts one with an oracle of its own in front of her, and would have her 1,000
/// a minute later, at a price of its own. She has signed how many markets she has seen: she does not join.
#[test]
fn s2_nobody_joins_a_market_that_it_has_not_seen() {
    let mut world = World::new();
    let mut spec = MarketSpec::btc();
    let owner = keypair("a program of the thief's").pubkey();
    spec.params.oracle.owners = [owner.to_bytes(), [0; 32]];
    world.give("ann", usdc(1_000));
    let joins = joining(&world, "ann", 10_000, 1); // signed
    world.run(world.create_market(BTC, &spec));
    world.here.markets.push(spec);
    world.refuse(joins, BulkheadError::MarketNotSeen);
    assert_eq!(world.fund().members, 0);
    assert!(world.attempt(world.contribute("ann", usdc(1_000))).is_err(), "she is no member");
    assert_eq!(world.purse("ann"), usdc(1_000));
}

/// A wallet joins at a cap of at most `most_bps` and in at most so many markets.
fn joining(world: &World, name: &str, most_bps: u16, markets: u16) -> Call {
    let (owner, payer) = (world.owner_of(name), world.payer.pubkey());
    let call = instruction::open_member(&world.here.keys, owner.pubkey(), payer, most_bps, markets);
    Call::new(call, [owner])
}

/// P10: a commitment to the treasury's request that is not paid within its minute voids it, and anybody could make one at
/// three in the morning, once in each notice period: 500 stayed in the treasury for ever. Only the authority commits.
#[test]
fn p10_nobody_else_voids_the_treasurys_request_by_a_commitment() {
    let mut world = World::with_params(FundParams { exit_delay_slots: 100, ..FUND });
    world.give("treasurer", usdc(500));
    world.run(world.fund_treasury("treasurer", usdc(500)));
    world.run(world.request_treasury("treasurer", usdc(500)));
    world.warp_secs(DAY);
    let somebody = keypair("somebody");
    let to = world.wallet_of("treasurer");
    let commits = instruction::claim_treasury(&world.here.keys, somebody.pubkey(), to, &[]);
    world.refuse(Call::new(commits, [somebody]), BulkheadError::NotAuthority);
    world.warp_secs(40 + 60 + 1);
    world.run(world.claim_treasury("treasurer"));
    world.warp_secs(40);
    world.run(world.claim_treasury("treasurer"));
    assert_eq!((world.fund().treasury, world.purse("treasurer")), (0, usdc(500)));
}

/// Hard bounds hold whatever governance says. With an initial margin and a stress rate of 5 bps the limits admitted
/// 5,000,000 of SOL on a margin of 5,000, and a true move of half a per cent took a contributor's 10,000. The least
/// initial rate is 1%, and the least stress rate 5%: for a market that there is, and for a new one.
#[test]
fn p8_no_rates_admit_any_leverage() {
    let mut world = World::new();
    let now = world.market(SOL).terms();
    let with = |initial_bps, stress_bps| {
        let mut terms = now;
        terms.price_band_bps = 1;
        (terms.rates.initial_bps, terms.rates.maintenance_bps) = (initial_bps, 1);
        (terms.rates.contribution_bps, terms.rates.stress_bps) = (0, stress_bps);
        terms
    };
    for (initial_bps, stress_bps) in [(5, 5), (99, 500), (100, 499)] {
        let terms = with(initial_bps, stress_bps);
        let change = ParameterChange::Market(SOL, MarketChange::between(&now, &terms));
        world.refuse(world.queue_change(change), BulkheadError::ParameterOutOfBounds);
        let mut market = MarketSpec::btc().params;
        market.terms.rates = terms.rates;
        let opens = ParameterChange::NewMarket(market);
        world.refuse(world.queue_change(opens), BulkheadError::ParameterOutOfBounds);
    }
    world.run(world.queue_change(ParameterChange::Market(SOL, MarketChange::between(&now, &with(100, 500)))));
}

/// S8: a change of the premium and of the maintenance rate counted backwards to the last print. SOL is silent for 16 days;
/// then both are put in force, and the feed is heard again in the next second. Premium and ramp run up to the change
/// at the terms that were in force: Bob pays nothing for the 16 days, and the maintenance margin, which moves
/// by 1% an hour so that members have hours to see it coming, is where it was.
#[test]
fn s8_a_change_of_rates_counts_from_its_moment_on() {
    let mut world = World::new();
    world.join("thief", usdc(1_000), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", usdc(1_000), usdc(3_900));
    world.run(world.novate("thief", "bob", SOL, 1_000, usd(200)));
    let now = world.market(SOL).terms();
    let mut terms = now;
    terms.rates.maintenance_bps = 900;
    terms.adjustment.premium_bps_per_year = 2_000;
    let number = queued(&mut world, ParameterChange::Market(SOL, MarketChange::between(&now, &terms)));
    let (equity, maintenance) = (world.equity("bob"), world.market(SOL).rates.maintenance_bps);
    assert_eq!(maintenance, 500);
    world.warp_secs((TIMELOCK_SECS + FUND.leave_secs()) as i64 + 13 * DAY);
    world.run(world.apply_change(number, Some(SOL)));
    world.print(SOL, usd(200));
    assert_eq!((equity - world.equity("bob"), world.market(SOL).rates.maintenance_bps), (0, 500));
    // An hour later, an hour of both.
    world.warp_secs(HOUR);
    world.print(SOL, usd(200));
    let owed = usdc(2_000) as i64 * 20 / 100 * HOUR / (365 * DAY);
    let paid = equity - world.equity("bob");
    assert!((paid - owed).abs() <= owed / 1_000, "{paid} {owed}");
    assert_eq!(world.market(SOL).rates.maintenance_bps, 600);
}
