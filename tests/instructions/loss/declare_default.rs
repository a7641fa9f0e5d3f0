use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        address,
        bulkhead::{
            constants::{CONFIRM_WINDOW_SECS, SILENT_GRACE_SECS, VERSION},
            state::{DefaultStatus, FundParams, MemberStatus},
        },
        bulkhead_client::address as derived,
        contribution, event, keypair,
        outcome::{DUPLICATE_MUTABLE_ACCOUNT, NOT_WRITABLE},
        params::{self, DAY},
        pyth::PriceUpdate,
        token, usd, usdc, Address,
        BulkheadError::*,
        InstructionError, Signer, World, BTC, SOL,
    },
};

/// Alice's 249.60 against a loss of 500: 250.40 are missing.
#[test]
fn it_fixes_the_shortfall_and_takes_what_there_is() {
    let mut world = bankrupt();
    let meta = world.run(world.declare_default("alice"));
    let declared = event!(meta, DefaultDeclared);
    assert_eq!((declared.fund, declared.member), (world.here.keys.fund, world.account_of("alice")));
    assert_eq!((declared.seq, declared.from_margin, declared.shortfall), (0, 249_600_000, 250_400_000));

    let layers = (declared.from_contribution, declared.cushion, declared.unfunded);
    assert_eq!(layers, (usdc(100), 0, 150_400_000));

    let (fund, alice) = (world.fund(), world.member("alice"));
    assert_eq!((fund.pool, fund.unfunded, fund.residual), (349_600_000, 150_400_000, 0));
    assert_eq!((fund.open_defaults, fund.default_seq, fund.open_houses), (1, 1, 1));
    assert!(alice.status == MemberStatus::Active && !alice.has_positions());
    assert_eq!((alice.margin, alice.shares.get()), (0, 0));
    assert_eq!((fund.treasury, fund.contributions), (100_400_000, usdc(4_000)), "nobody else's layer");
}

/// The house holds what Alice held, as if bought at the mark: with no equity.
#[test]
fn positions_go_to_the_house_at_the_mark() {
    let world = declared();
    let market = world.market(SOL);
    assert_eq!((market.house_lots, market.house_raw.get()), (1_000, -150_000 * 100_000_000));
    assert_eq!((market.house_since_slot, market.open_interest), (world.slot(), LOTS));
}

#[test]
fn the_record_says_what_happened() {
    let world = declared();
    let record = world.default_record(0);
    assert_eq!((record.version, record.seq, record.positions_len), (VERSION, 0, 1));
    assert!(record.status == DefaultStatus::Declared);
    assert_eq!((record.fund, record.member), (world.here.keys.fund, world.account_of("alice")));
    assert_eq!((record.payer, record.declared_slot), (world.payer.pubkey(), world.slot()));
    assert_eq!(
        (record.declared_ts, record.from_margin, record.shortfall),
        (world.now(), 249_600_000, 250_400_000)
    );
    let position = record.positions[0];
    assert_eq!((position.lots, position.price, position.market), (1_000, usd(150), 0));
}

/// At 175.04 Alice's 249.60 are exactly used up; a hundred-millionth of a dollar lower they are not enough.
#[test]
fn equity_is_negative() {
    let mut world = traded_with(usdc(250));
    world.refuse(world.declare_default("alice"), EquityNotNegative);
    world.set_price(SOL, 17_504_000_000);
    world.refuse(world.declare_default("alice"), EquityNotNegative);
    world.set_price(SOL, 17_503_999_999);
    let meta = world.run(world.declare_default("alice"));
    assert_eq!(event!(meta, DefaultDeclared).shortfall, 1); // a tenth of a unit, rounded up
}

#[test]
fn who_holds_nothing_cannot_default() {
    let mut world = traded();
    world.refuse(world.declare_default("carol"), EquityNotNegative);
}

/// At 175 Alice is 0.40 short. With 0.02 of confidence, counted twice, her 10 SOL may be worth 0.40 more. When less
/// doubt than that remains, the same end of the interval decides how much is lost: 0.40 less 0.3998 is short.
#[test]
fn doubt_is_in_the_members_favour() {
    let mut world = traded_with(usdc(250));
    world.set_price_within(SOL, usd(175), 2_000_000);
    world.refuse(world.declare_default("alice"), EquityNotNegative);
    world.set_price_within(SOL, usd(175), 1_999_000);
    let meta = world.run(world.declare_default("alice"));
    assert_eq!(event!(meta, DefaultDeclared).shortfall, 200);
    let record = world.default_record(0);
    assert_eq!(record.positions[0].price, usd(175) + 2 * 1_999_000);
}

/// 500 lost in SOL, 100 gained in BTC (100 lots of 0.0001 at 70,000 instead of 60,000): the gain pays first. The fees were
/// 0.40 and 0.12.
#[test]
fn gains_pay_losses_of_the_same_member() {
    let mut world = World::with_two_markets();
    contributors(&mut world, usdc(350));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.run(world.novate("alice", "bob", BTC, 100, usd(60_000)));
    world.set_price(SOL, usd(150));
    world.set_price(BTC, usd(70_000));
    let meta = world.run(world.declare_default("alice"));
    let declared = event!(meta, DefaultDeclared);
    assert_eq!((declared.from_margin, declared.shortfall), (349_480_000, usdc(400) - 349_480_000));
    assert_eq!((world.market(BTC).house_lots, world.fund().open_houses), (100, 2));
    assert_eq!(world.default_record(0).positions_len, 2);
}

/// A second default of the same side joins the first; of the other side, it closes it.
#[test]
fn houses_merge() {
    let mut world = World::new();
    contributors(&mut world, usdc(250));
    world.join("erin", usdc(250), usdc(100));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.run(world.novate("erin", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(150));
    world.run(world.declare_default("alice"));
    world.warp_slots(20);
    world.run(world.declare_default("erin"));
    let (market, fund) = (world.market(SOL), world.fund());
    assert_eq!(
        (market.house_lots, market.house_since_slot),
        (2_000, world.slot() - 10),
        "the average of both"
    );
    assert_eq!((fund.open_defaults, fund.default_seq, fund.unfunded), (2, 2, 2 * 150_400_000));

    world.set_price(SOL, usd(350)); // Bob, 2,000 short from 200, has 999.20 for a loss of 3,000
    let meta = world.run(world.declare_default("bob"));
    assert_eq!(event!(meta, DefaultDeclared).shortfall, usdc(3_000) - usdc(1_000) + 800_000);
    assert_eq!((world.market(SOL).house_lots, world.fund().open_houses), (0, 0));
    // The house bought 20 SOL at 150 and got rid of them at 350. The 4,000 gained wait until all three defaults
    // are allocated: they do not decide by their moment which of them they pay.
    assert_eq!((world.market(SOL).house_raw.get(), world.fund().house_result), (0, usdc(4_000) as i64));
    for name in ["erin", "bob"] {
        world.run(world.allocate_loss(name));
        assert_eq!(world.fund().house_result, usdc(4_000) as i64);
    }
    let ended = event!(world.run(world.allocate_loss("alice")), HousesRealised);
    assert_eq!((ended.cancelled, ended.recovered), (0, usdc(4_000)));
    // Contributions have paid 2,100.80 of the 2,201.60, and the treasury its 100.80.
    let fund = world.fund();
    assert_eq!((fund.recoveries, fund.treasury, fund.pool), (2_100_800_000, 1_899_200_000, 0));
}

// Two steps

fn two_steps() -> World {
    let mut world = World::with_params(FundParams { default_confirm_slots: 10, ..params::FUND });
    contributors(&mut world, usdc(250));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(150));
    world
}

#[test]
fn the_first_call_only_starts_the_grace_period() {
    let mut world = two_steps();
    let before = (world.member("alice").margin, world.market(SOL));
    let meta = world.run(world.declare_default("alice"));
    let started = event!(meta, GraceStarted);
    assert_eq!((started.member, started.final_ts), (world.account_of("alice"), world.now() + 4)); // 10 slots of 400 ms
    let (alice, fund) = (world.member("alice"), world.fund());
    assert!(alice.status == MemberStatus::Grace);
    assert_eq!((alice.grace_slot, alice.grace_ts, fund.graces), (world.slot(), world.now(), 1));
    assert_eq!(fund.open_defaults, 0);
    assert_eq!(fund.exits.grace_until_ts, world.now() + 4 + i64::from(CONFIRM_WINDOW_SECS));
    assert!(before.0 == alice.margin && before.1.house_lots == world.market(SOL).house_lots);
    assert!(world.account(&derived::default_record(&world.account_of("alice"), 0)).is_none());
}

/// Four seconds and ten slots: each can stand still.
#[test]
fn the_second_call_waits() {
    let mut world = two_steps();
    world.run(world.declare_default("alice"));
    let (slot, now) = (world.slot(), world.now());
    for (slots, secs) in [(0, 0), (10, 3), (9, 4)] {
        world.set_clock(slot + slots, now + secs);
        world.refuse(world.declare_default("alice"), GracePeriodRunning);
    }
    world.set_clock(slot + 10, now + 4);
    world.run(world.declare_default("alice"));
    assert_eq!((world.fund().default_seq, world.fund().open_defaults), (1, 1));
}

/// A price that comes back ends the grace, and so does a member that pays.
#[test]
fn a_member_that_recovers_is_let_go() {
    for paid in [true, false] {
        let mut world = two_steps();
        world.run(world.declare_default("alice"));
        world.warp_slots(10);
        if paid {
            world.run(world.deposit_margin("alice", usdc(500)));
        } else {
            world.set_price(SOL, usd(200));
        }
        let meta = world.run(world.declare_default("alice"));
        assert_eq!(event!(meta, GraceEnded).member, world.account_of("alice"));
        assert!(world.member("alice").status == MemberStatus::Active);
        world.refuse(world.declare_default("alice"), EquityNotNegative);
    }
}

/// A grace that a single unit ends could be ended and begun at will: it ends early at initial margin, 150 at 150.
#[test]
fn a_grace_ends_early_only_at_initial_margin() {
    let mut world = two_steps();
    world.run(world.declare_default("alice"));
    world.run(world.deposit_margin("alice", 250_400_000 + usdc(149)));
    world.refuse(world.declare_default("alice"), GracePeriodRunning);
    world.run(world.deposit_margin("alice", usdc(1)));
    world.run(world.declare_default("alice"));
    assert!(world.member("alice").status == MemberStatus::Active);
}

/// It ends without initial margin once it has lapsed, 604 seconds after its start and not one before.
#[test]
fn a_grace_that_has_lapsed_ends_with_equity_alone() {
    let mut world = two_steps();
    world.run(world.declare_default("alice"));
    world.run(world.deposit_margin("alice", 250_400_000 + usdc(149)));
    world.warp_secs(4 + i64::from(CONFIRM_WINDOW_SECS) - 1);
    world.refresh();
    world.refuse(world.declare_default("alice"), GracePeriodRunning);
    world.warp_secs(1);
    world.refresh();
    world.run(world.declare_default("alice"));
    assert!(world.member("alice").status == MemberStatus::Active);
}

/// Grace given long ago is none: a default declared on it would come without warning. It is the day's only one, though.
#[test]
fn a_grace_period_lapses() {
    let mut world = two_steps();
    world.run(world.declare_default("alice"));
    let started = world.svm.clone();
    world.warp_secs(4 + i64::from(CONFIRM_WINDOW_SECS) - 1);
    world.refresh();
    world.run(world.declare_default("alice"));
    assert_eq!(world.fund().default_seq, 1);

    // On the next day another one begins.
    world.svm = started;
    world.warp_secs(params::DAY);
    world.refresh();
    let meta = world.run(world.declare_default("alice"));
    assert_eq!(event!(meta, GraceStarted).final_ts, world.now() + 4);
}

/// A member that is in grace, recovers, and owes again is warned already.
#[test]
fn a_second_default_of_a_day_is_final_at_once() {
    let mut world = two_steps();
    world.run(world.declare_default("alice"));
    world.run(world.deposit_margin("alice", usdc(500)));
    world.run(world.declare_default("alice"));
    world.set_price(SOL, usd(110));
    world.run(world.declare_default("alice"));
    assert_eq!(world.fund().default_seq, 1);
}

/// Graces may block exits for a part of the day. A default that finds no room is final at once.
#[test]
fn a_grace_that_cannot_block_exits_is_none() {
    let mut world = World::with_params(FundParams {
        default_confirm_slots: 10,
        grace_day_secs: 604 + 100,
        ..params::FUND
    });
    contributors(&mut world, usdc(250));
    world.join("erin", usdc(250), usdc(100));
    world.join("frank", usdc(250), usdc(100));
    for name in ["alice", "erin", "frank"] {
        world.run(world.novate(name, "dave", SOL, 500, usd(200)));
    }
    world.set_price(SOL, usd(145));
    let meta = world.run(world.declare_default("alice"));
    assert_eq!(event!(meta, GraceStarted).final_ts, world.now() + 4);
    // What graces share counts once: Erin's ends 100 s later, and 704 s of the day are blocked then.
    world.warp_secs(100);
    world.set_price(SOL, usd(145));
    world.run(world.declare_default("erin"));
    assert!(world.member("erin").status == MemberStatus::Grace);
    world.warp_secs(2);
    world.set_price(SOL, usd(145));
    world.run(world.declare_default("frank"));
    assert_eq!((world.fund().default_seq, world.default_record(0).member), (1, world.account_of("frank")));
}

/// In grace a member may still reduce, be liquidated and settled.
#[test]
fn grace_stops_nothing_that_makes_it_safer() {
    let mut world = two_steps();
    world.run(world.declare_default("alice"));
    world.run(world.settle("alice", SOL));
    world.run(world.liquidate("carol", "alice", SOL, 100));
}

// Accounts

#[test]
fn not_twice() {
    let mut world = declared();
    world.refuse(world.declare_default("alice"), EquityNotNegative);
}

/// What the member holds is judged whole: no market can be left out, be another fund's, or given twice.
#[test]
fn all_markets_it_holds_are_given() {
    let mut world = World::with_two_markets();
    contributors(&mut world, usdc(350));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.run(world.novate("alice", "bob", BTC, 100, usd(60_000)));
    world.set_price(SOL, usd(150));
    let (sol, btc) = (world.here.keys.market(SOL), world.here.keys.market(BTC));
    for market in [sol, btc] {
        world.refuse(world.declare_default("alice").without(market), WrongMarket);
        world.refuse(world.declare_default("alice").with_writable(market), DuplicateAccount);
        world.refuse(world.declare_default("alice").readonly(market), NOT_WRITABLE);
    }
    let other = market_elsewhere(&mut world);
    world.refuse(world.declare_default("alice").swap(btc, other), WrongFund);
    world.refuse(world.declare_default("alice").with_writable(other), WrongFund);
    world.refuse(
        world.declare_default("alice").with_writable(world.account_of("alice")),
        DUPLICATE_MUTABLE_ACCOUNT,
    );
    refuses_version(&mut world, sol, |world| world.declare_default("alice"));
    refuses_impostors(&mut world, sol, |world| world.declare_default("alice"));
}

/// A silent market shields nobody: BTC's mark counts moved in Alice's favour by its initial rate, 60 of 600, and is what her lots
/// are realised at. At 159.05 she has lost 409.50 of 349.48, and 60 are the doubt; at 159.04 she is declared, 60.12 short.
#[test]
fn a_silent_leg_counts_with_its_initial_rate() {
    for silence in [true, false] {
        let mut world = World::with_two_markets();
        contributors(&mut world, usdc(350));
        world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
        world.run(world.novate("alice", "bob", BTC, 100, usd(60_000)));
        if silence {
            // Of this moment, and no price: the last mark is as good as an old one.
            let update = PriceUpdate { price: 0, ..world.price_update(BTC) };
            world.write_price(BTC, &update);
            world.run(world.crank_market(BTC));
        } else {
            world.warp_secs(DAY);
        }
        world.set_price(SOL, 15_905_200_000);
        world.refuse(world.declare_default("alice"), EquityNotNegative);
        world.set_price(SOL, 15_905_100_000);
        // There is no grace in this fund but for a silent leg: an hour, in which its feed can come back.
        let meta = world.run(world.declare_default("alice"));
        assert_eq!(event!(meta, GraceStarted).final_ts, world.now() + i64::from(SILENT_GRACE_SECS));
        world.warp_secs(i64::from(SILENT_GRACE_SECS) - 1);
        world.refuse(world.declare_default("alice"), GracePeriodRunning);
        world.warp_secs(1);
        world.set_price(SOL, 15_905_100_000);
        let meta = world.run(world.declare_default("alice"));
        assert_eq!(event!(meta, DefaultDeclared).shortfall, 409_490_000 - 349_480_000);
        let record = world.default_record(0);
        assert_eq!((record.positions[1].market, record.positions[1].price), (BTC, usd(60_000)));
        assert_eq!(world.market(BTC).house_lots, 100);
    }
}

/// A market it does not hold changes nothing.
#[test]
fn more_markets_do_no_harm() {
    let mut world = World::with_two_markets();
    contributors(&mut world, usdc(250));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(150));
    let btc = world.here.keys.market(BTC);
    let before = world.account(&btc);
    world.run(world.declare_default("alice").with_writable(btc));
    assert_eq!(world.account(&btc), before);
}

#[test]
fn the_record_is_the_next_one() {
    let mut world = bankrupt();
    let alice = world.account_of("alice");
    let record = derived::default_record(&alice, 0);
    for other in [derived::default_record(&alice, 1), address("elsewhere")] {
        world.refuse(world.declare_default("alice").swap(record, other), WrongRecord);
    }
    // Threat 22: lamports sent there do not stop it.
    world.give_lamports(record, 1);
    world.run(world.declare_default("alice"));
}

#[test]
fn the_payer_signs() {
    let mut world = bankrupt();
    let (payer, other) = (world.payer.pubkey(), keypair("keeper"));
    world.give_lamports(other.pubkey(), 1_000_000_000);
    let call = world.declare_default("alice").swap(payer, other.pubkey()).unsigned(other.pubkey());
    world.refuse(call, InstructionError::MissingRequiredSignature);
    world.run(world.declare_default("alice").signed_by(payer, other.insecure_clone()));
    assert_eq!(world.default_record(0).payer, other.pubkey());
}

// Bounty

/// 1% of the shortfall, at most 10.
const BOUNTY: FundParams = FundParams { bounty_bps: 100, bounty_cap: usdc(10), ..params::FUND };

/// [`bankrupt`] with bounties, and SOL at 170: 50.40 will be missing.
fn with_bounty(params: FundParams) -> World {
    let mut world = World::with_params(params);
    contributors(&mut world, usdc(250));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(170));
    world
}

/// 0.504 of what the shortfall leaves of Alice's 100, and nobody else's: neither the treasury's nor the survivors'.
#[test]
fn the_keeper_is_paid_by_the_defaulter() {
    let mut world = with_bounty(BOUNTY);
    let before = world.fund();
    let meta = world.run(world.declare_default_for("carol", "alice"));
    assert_eq!(
        (event!(meta, DefaultDeclared).bounty, event!(meta, DefaultDeclared).shortfall),
        (504_000, 50_400_000)
    );
    let fund = world.fund();
    assert_eq!((world.member("carol").margin, world.default_record(0).bounties), (1_000_504_000, 504_000));
    assert_eq!((fund.treasury, before.contributions - fund.contributions), (before.treasury, usdc(100)));
    assert_eq!(fund.margin_total + 249_600_000 - before.margin_total, 504_000);
    assert_eq!((world.member("alice").shares.get(), fund.cushions), (0, usdc(100) - 50_400_000 - 504_000));
    for (name, left) in [("bob", 100), ("carol", 900), ("dave", 3_000)] {
        assert_eq!(contribution(&fund, &world.member(name)), Ok(usdc(left)), "{name}");
    }
}

#[test]
fn a_bounty_is_capped() {
    let mut world = with_bounty(FundParams { bounty_cap: 400_000, ..BOUNTY });
    assert_eq!(
        event!(world.run(world.declare_default_for("carol", "alice")), DefaultDeclared).bounty,
        400_000
    );
}

#[test]
fn without_a_keeper_there_is_no_bounty() {
    let mut world = with_bounty(BOUNTY);
    let declared = event!(world.run(world.declare_default("alice")), DefaultDeclared);
    assert_eq!((declared.bounty, declared.cushion), (0, usdc(100) - 50_400_000));
}

/// After a total loss Erin has taken the house's lots with margin alone, and is 40 short at 30: 0.40 are the bounty, of
/// which the treasury has 0.30. Survivors pay none.
#[test]
fn then_by_the_treasury_and_nobody_else() {
    let mut world = called_with(BOUNTY);
    world.join("erin", usdc(160), 0);
    world.run(world.take_over("erin", SOL, LOTS));
    world.run(world.fund_treasury("treasurer", 300_000));
    world.set_price(SOL, usd(30));
    let meta = world.run(world.declare_default_for("carol", "erin"));
    assert_eq!(
        (event!(meta, DefaultDeclared).bounty, event!(meta, DefaultDeclared).shortfall),
        (300_000, usdc(40))
    );
    assert_eq!(world.fund().treasury, 0);
    assert_eq!(event!(world.run(world.allocate_loss_for("carol", "erin")), LossAllocated).bounty, 0);
}

/// A grace period is no default yet.
#[test]
fn starting_a_grace_period_pays_nothing() {
    let mut world = with_bounty(FundParams { default_confirm_slots: 10, ..BOUNTY });
    world.run(world.declare_default_for("carol", "alice"));
    assert_eq!(world.member("carol").margin, usdc(1_000));
    world.warp_slots(10);
    world.run(world.declare_default_for("carol", "alice"));
    assert_eq!(world.member("carol").margin, 1_000_504_000);
}

#[test]
fn the_keeper_is_a_member_in_good_standing() {
    let mut world = with_bounty(BOUNTY);
    let call = |world: &World| world.declare_default_for("carol", "alice");
    let carol = world.account_of("carol");
    world.refuse(world.declare_default_for("alice", "alice"), DUPLICATE_MUTABLE_ACCOUNT);
    let other = member_elsewhere(&mut world, "carol");
    world.refuse(call(&world).swap(carol, other), WrongFund);
    refuses_version(&mut world, carol, call);
    refuses_impostors(&mut world, carol, call);
    world.run(call(&world));
}

/// Alice defaults, takes the house's lots over with new margin, and defaults again: each record says which of hers it is.
#[test]
fn a_record_says_which_default_of_the_member_it_is() {
    let mut world = called_with(SLOW_AUCTION);
    world.give("alice", usdc(160));
    world.run(world.deposit_margin("alice", usdc(160)));
    world.run(world.take_over("alice", SOL, LOTS));
    world.set_price(SOL, usd(30));
    let seq = world.default_member("alice");
    assert_eq!((world.default_record(0).count, world.default_record(seq).count), (0, 1));
}

/// Bob's gain of 900 is not registered: what he owes is not known before.
#[test]
fn a_gain_is_registered_first() {
    let mut world = registering();
    world.set_price(SOL, usd(400));
    world.run(world.settle_epoch("bob"));
    world.refuse(world.declare_default("bob"), GainsNotRegistered);
    world.run(world.register_gains("bob"));
    let declared = event!(world.run(world.declare_default("bob")), DefaultDeclared);
    assert_eq!((declared.shortfall, declared.assigned), (1_100_240_000, usdc(900)));
}

/// Nothing changes a member's margin while its gain is not registered, not even a bounty.
#[test]
fn a_keeper_is_registered_first() {
    let mut world = sold_with(FundParams { bounty_bps: 100, bounty_cap: usdc(10), ..SLOW_AUCTION });
    world.pin_gains();
    world.run(world.register_gains("erin"));
    world.run(world.fund_treasury("treasurer", usdc(1)));
    world.set_price(SOL, usd(30)); // 40 short
    world.refuse(world.declare_default_for("bob", "erin"), GainsNotRegistered);
    world.run(world.register_gains("bob"));
    let declared = event!(world.run(world.declare_default_for("bob", "erin")), DefaultDeclared);
    assert_eq!(declared.bounty, 400_000);
}

/// Erin's 0.20 are all the contributions there are, and less than the shortfall of 40: the last share is burned, and
/// the epoch goes on. Nothing is left for a bounty.
#[test]
fn a_declaration_may_take_the_last_contribution() {
    let mut world = called_with(BOUNTY);
    world.join("erin", usdc(160), 0);
    world.run(world.take_over("erin", SOL, LOTS));
    world.run(world.fund_treasury("treasurer", usdc(50)));
    world.run(world.allocate_residual());
    world.run(world.contribute("erin", 200_000));
    world.set_price(SOL, usd(30));
    let meta = world.run(world.declare_default_for("carol", "erin"));
    let declared = event!(meta, DefaultDeclared);
    assert_eq!((declared.from_contribution, declared.bounty, declared.unfunded), (200_000, 0, 39_800_000));
    assert_eq!((world.member("erin").shares.get(), world.fund().total_shares.get()), (0, 0));
    let paid = event!(world.run(world.allocate_loss_for("carol", "erin")), LossAllocated);
    assert_eq!((paid.bounty, paid.residual, world.fund().share_epoch), (0, 39_800_000, 1));
}

// Haircuts and wind-down

/// [`cut`], and SOL at 400: Bob, short of 600 lots from the pin of 50, has lost 2,100. His claim of 870 counts as equity, and pays
/// for what he cannot pay: the pool owes as much less, and no cash moves.
#[test]
fn a_claim_counts_and_is_set_off() {
    let mut world = cut();
    world.set_price(SOL, usd(350)); // 1,800 of 999.76 and 870
    world.refuse(world.declare_default("bob"), EquityNotNegative);
    world.set_price(SOL, usd(400));
    world.refuse(world.declare_default("bob"), EpochEnded);
    world.run(world.settle_epoch("bob"));
    let meta = world.run(world.declare_default("bob"));
    let declared = event!(meta, DefaultDeclared);
    assert_eq!((declared.shortfall, declared.from_claim, declared.assigned), (1_100_240_000, usdc(870), 0));
    let set_off = usdc(870) + declared.from_rewards + declared.from_recoveries;
    assert_eq!(declared.unfunded, 1_100_240_000 - set_off);
    assert_eq!(world.member("bob").gain_claim.round, 0);
    // He has lost his contribution, and part of his gain.
    assert!(declared.given_up > 0);
    assert_eq!(world.default_record(1).owed().unwrap(), declared.unfunded - declared.given_up);
}

/// Bob is registered and not cut yet when he is declared: his gain of 900 is the fund's, and is set off by `cut_gains` for what is
/// left of it. Nobody bears what is cut of it.
#[test]
fn a_gain_that_is_not_cut_is_assigned() {
    let mut world = registering();
    world.register_all();
    world.set_price(SOL, usd(400));
    world.run(world.settle_epoch("bob"));
    let loss = world.fund().residual;
    let declared = event!(world.run(world.declare_default("bob")), DefaultDeclared);
    assert_eq!((declared.from_claim, declared.assigned), (0, usdc(900)));
    assert_eq!((world.fund().cut_round(1).gone, world.fund().cut_round(1).claims), (usdc(900), 1));
    world.run(world.allocate_loss("bob"));
    let before = world.fund();
    world.end_registration();
    let cut = event!(world.run(world.cut_gains()), GainsCut);
    assert_eq!((cut.gains, cut.cut, cut.set_off), (usdc(1_500), loss, usdc(870)));
    let after = world.fund();
    assert_eq!((loss, before.unfunded - after.unfunded), (usdc(50), usdc(920)));
    assert_eq!((after.pool, after.gain_claims), (before.pool, usdc(580)));
    assert_eq!(after.losses_outstanding, before.losses_outstanding + usdc(20), "Carol's part");
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = bankrupt();
    let call = |world: &World| world.declare_default("alice");
    let (fund, member) = (world.here.keys.fund, world.account_of("alice"));
    for account in [fund, member] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = member_elsewhere(&mut world, "alice");
    world.refuse(call(&world).swap(member, other), WrongFund);
    let other_fund = world.elsewhere(|world| world.here.keys.fund);
    world.refuse(call(&world).swap(fund, other_fund), WrongFund);
    world.refuse(call(&world).swap(Address::default(), token::TOKEN), InstructionError::IncorrectProgramId);
}
