//! Accounts that are not what they seem: programs, mints, wallets, other funds' accounts, and addresses somebody has
//! been at before.

use {
    crate::common::*,
    bulkhead_client::address,
    bulkhead_tests::{
        address as nobody, keypair,
        params::{DAY, FUND},
        token, usd, usdc, Address, BulkheadError, Call, FundKeys, InstructionError, MarketSpec, MintKind,
        Signer, World, SOL,
    },
};

/// SPL Token: the two accounts are of different mints.
const MINT_MISMATCH: u32 = 3;

/// A wallet, its money in and its money out: every call through which tokens move.
pub fn money_calls(world: &World) -> Vec<Call> {
    vec![
        world.deposit_margin("ann", 1_000),
        world.withdraw_margin("ann", 1_000),
        world.contribute("ann", 1_000),
        world.fund_treasury("ann", 1_000),
        world.claim_treasury("ann"),
    ]
}

/// ann with margin and a contribution, and a treasury of which some can be claimed.
pub fn funded() -> World {
    let mut world = precise(&[]);
    world.join("ann", usdc(10), usdc(10));
    world.run(world.fund_treasury("ann", usdc(10)));
    world.run(world.request_treasury("ann", 1_000));
    world.warp_secs(DAY);
    world
}

/// Threat 22: a token program of the attacker's own, which says yes to every transfer.
#[test]
fn t22_a_fake_token_program_is_refused() {
    let mut world = funded();
    let fake = nobody("fake token program");
    let mut account = world.account(&bulkhead::ID).expect("a program there is");
    account.lamports += 1;
    world.put(fake, account);
    let program = world.token_program;
    for call in money_calls(&world) {
        world.refuse(call.swap(program, fake), BulkheadError::WrongTokenProgram);
    }
    // Nor the other true one: the fund's mint is not of it.
    for call in money_calls(&world) {
        world.refuse(call.swap(program, token::TOKEN_2022), BulkheadError::WrongTokenProgram);
    }
    // A fund cannot be born with it either.
    let mut unborn = World::without_fund(MintKind::Spl);
    unborn.put(fake, world.account(&fake).expect("put above"));
    unborn.refuse(unborn.create_fund(FUND).swap(program, fake), BulkheadError::WrongTokenProgram);
}

/// Threat 22: a mint of the attacker's own, and a wallet full of it.
#[test]
fn t22_a_fake_mint_is_refused() {
    let mut world = funded();
    let (mint, program, ann) = (world.mint, world.token_program, world.owner_of("ann").pubkey());
    let (fake, purse) = (nobody("fake mint"), nobody("fake money"));
    world.put(fake, token::mint(program, &[]));
    world.put(purse, token::wallet(program, &fake, &ann, usdc(1_000_000)));
    let wallet = world.wallet_of("ann");
    for call in money_calls(&world) {
        world.refuse(call.swap(mint, fake), BulkheadError::WrongMint);
    }
    for call in money_calls(&world) {
        world.refuse(call.swap(mint, fake).swap(wallet, purse), BulkheadError::WrongMint);
    }
    let mut calls = money_calls(&world);
    let claim = calls.pop().expect("the last one is a claim of treasury");
    for call in calls {
        world.refuse(call.swap(wallet, purse), MINT_MISMATCH);
    }
    world.refuse(claim.swap(wallet, purse), BulkheadError::WrongTokenAccount);
}

/// Threat 22: a vault of the attacker's own: money in that never reaches the fund, or out of somebody else's pocket.
#[test]
fn t22_a_fake_vault_is_refused() {
    let mut world = funded();
    let (program, mint) = (world.token_program, world.mint);
    let (vault, attacker) = (world.vault(), keypair("attacker").pubkey());
    let fake = nobody("fake vault");
    world.put(fake, token::wallet(program, &mint, &attacker, usdc(1_000)));
    let other = world.elsewhere(|world| world.vault());
    for put_in_its_place in [fake, other] {
        for call in money_calls(&world) {
            world.refuse(call.swap(vault, put_in_its_place), BulkheadError::WrongVault);
        }
    }
}

/// Threat 22: nobody pays from a wallet that is not its own.
#[test]
fn t22_the_wallet_of_another_pays_nothing() {
    const OWNER_MISMATCH: u32 = 4;
    let mut world = funded();
    world.give("victim", usdc(1_000));
    let (wallet, victims) = (world.wallet_of("ann"), world.wallet_of("victim"));
    for call in [world.deposit_margin("ann", 1), world.contribute("ann", 1), world.fund_treasury("ann", 1)] {
        world.refuse(call.swap(wallet, victims), OWNER_MISMATCH);
    }
}

/// Threat 22: a market of another fund, true and crashed, in a trade, a withdrawal, a settlement, a default.
#[test]
fn t22_a_market_of_another_fund_is_refused() {
    let mut world = World::with_market(FUND, free_market());
    for name in ["ann", "ben"] {
        world.join(name, usdc(500), usdc(100));
    }
    world.run(world.novate("ann", "ben", SOL, 500, usd(200)));
    let other = world.elsewhere(|world| {
        world.set_price(SOL, usd(20));
        world.here.keys.market(SOL)
    });
    let market = world.here.keys.market(SOL);
    let calls = [
        world.novate("ann", "ben", SOL, 1, usd(20)),
        world.settle("ann", SOL),
        world.withdraw_margin("ann", usdc(1)),
        world.declare_default("ann"),
        world.liquidate("ben", "ann", SOL, 1),
        world.take_over("ben", SOL, 1),
    ];
    for call in calls {
        world.refuse(call.swap(market, other), BulkheadError::WrongFund);
    }
}

/// Threat 22: an account of the right bytes that is not the program's.
#[test]
fn t22_forged_accounts_are_refused() {
    let mut world = funded();
    let (fund, member, market) = (world.here.keys.fund, world.account_of("ann"), world.here.keys.market(SOL));
    for (genuine, call) in [
        (fund, world.withdraw_margin("ann", 1)),
        (member, world.withdraw_margin("ann", 1)),
        (market, world.crank_market(SOL)),
    ] {
        let forged = nobody("forged");
        let mut account = world.account(&genuine).expect("it exists");
        account.owner = token::TOKEN;
        world.put(forged, account);
        world.refuse(call.swap(genuine, forged), InstructionError::IllegalOwner);
    }
}

/// Lamports somebody sends ahead to an address the program will create: less than rent, rent, and much more.
const AHEAD: [u64; 4] = [1, 890_880, 5_000_000, 10_000_000_000];

/// Threat 22: lamports waiting at the address do not stop a member from opening, a default from being declared, a loss
/// from being allocated, or an epoch from ending.
#[test]
fn t22_lamports_sent_ahead_stop_no_member_default_or_epoch() {
    for lamports in AHEAD {
        let mut world = precise(&[("ann", usdc(100))]);
        let fund = world.here.keys.fund;
        let squatted = [
            world.account_of("newcomer"),
            address::default_record(&world.account_of(DEBTOR), 0),
            address::epoch_record(&fund, 0),
            address::default_record(&world.account_of(DEBTOR), 1),
            address::epoch_record(&fund, 1),
        ];
        for account in squatted {
            world.give_lamports(account, lamports);
        }
        world.open("newcomer");
        insolvent(&mut world, usdc(100));
        world.default_member(DEBTOR);
        assert_eq!(
            (world.fund().share_epoch, world.epoch_record(0).epoch),
            (1, 0),
            "{lamports} lamports ahead"
        );
        for account in &squatted[..3] {
            let rent = world
                .svm
                .minimum_balance_for_rent_exemption(world.account(account).expect("made").data.len());
            assert!(
                world.account(account).expect("made").lamports >= rent.max(lamports),
                "{lamports} lamports ahead"
            );
        }
        // The next epoch ends by the loss of the house: the other instruction that creates records.
        unwind(&mut world);
        world.run(world.contribute("newcomer", usdc(50)));
        insolvent(&mut world, usdc(10));
        world.default_member(DEBTOR);
        world.set_price(SOL, world.here.markets[0].price + usdc(40)); // the house is short: 40 lost, all there is
        world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS));
        world.run(world.allocate_residual());
        assert_eq!(
            (world.fund().share_epoch, world.epoch_record(1).epoch),
            (2, 1),
            "{lamports} lamports ahead"
        );
    }
}

/// Threat 22: nor a fund, its vault or its markets from being created.
#[test]
fn t22_lamports_sent_ahead_stop_no_fund_and_no_market() {
    for lamports in AHEAD {
        let mut world = World::without_fund(MintKind::Spl);
        let fund = world.here.keys.fund;
        for account in [fund, world.vault(), address::market(&fund, 0)] {
            world.give_lamports(account, lamports);
        }
        world.run(world.create_fund(FUND));
        world.run(world.create_market(0, &MarketSpec::sol()));
        world.here.markets.push(MarketSpec::sol());
        world.set_price(SOL, usd(200));
        world.join("ann", usdc(10), usdc(10));
        assert_eq!(world.vault_balance(), usdc(20), "{lamports} lamports ahead");
    }
}

/// Threat 22: a record at another address than the default's or the epoch's is no record.
#[test]
fn t22_records_live_at_their_addresses() {
    let mut world = precise(&[("ann", usdc(100))]);
    insolvent(&mut world, usdc(100));
    let (fund, debtor) = (world.here.keys.fund, world.account_of(DEBTOR));
    let elsewhere: [Address; 3] =
        [nobody("anywhere"), address::default_record(&debtor, 1), address::epoch_record(&fund, 1)];
    let (record, epoch) = (address::default_record(&debtor, 0), address::epoch_record(&fund, 0));
    for other in elsewhere {
        world.refuse(world.declare_default(DEBTOR).swap(record, other), BulkheadError::WrongRecord);
    }
    world.run(world.declare_default(DEBTOR));
    for other in elsewhere {
        world.refuse(world.allocate_loss(DEBTOR).swap(epoch, other), BulkheadError::WrongRecord);
    }
    world.run(world.allocate_loss(DEBTOR));

    // An epoch record of another fund, of the same number, is none of this one.
    let foreign = world.elsewhere(|world| address::epoch_record(&world.here.keys.fund, 0));
    let mut account = world.account(&epoch).expect("made above");
    account.data[16..48].copy_from_slice(&world.elsewhere(|world| world.here.keys.fund).to_bytes());
    world.put(foreign, account);
    world.refuse(world.settle_epoch("ann").swap(epoch, foreign), BulkheadError::WrongRecord);
}

/// S5: for 9.84 million lamports anybody creates the fund (USDC, 0). The address depends on the creator, who signs: the
/// squatter's fund is another one, and the true creator's is still to be had.
#[test]
fn s5_nobody_squats_the_address_of_another_creators_fund() {
    let mut world = World::without_fund(MintKind::Spl);
    let (home, creator) = (world.here.keys, world.here.creator.insecure_clone());
    let squatter = keypair("squatter");
    let there = FundKeys::new(&squatter.pubkey(), world.mint, world.token_program, world.here.id);
    assert_ne!(there.fund, home.fund);
    let taken = world.create_fund(FUND).signed_by(creator.pubkey(), squatter.insecure_clone());
    world.refuse(taken, InstructionError::InvalidSeeds);
    let unsigned = world.create_fund(FUND).unsigned(creator.pubkey());
    world.refuse(unsigned, InstructionError::MissingRequiredSignature);
    (world.here.keys, world.here.creator) = (there, squatter);
    world.run(world.create_fund(FUND));
    (world.here.keys, world.here.creator) = (home, creator);
    world.run(world.create_fund(FUND));
    assert_eq!(world.fund().creator, world.here.creator.pubkey());
}
