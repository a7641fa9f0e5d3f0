//! Stale, uncertain, jumped and left-out prices.

use {
    crate::common::*,
    bulkhead::state::{AdjustmentTerms, FundParams},
    bulkhead_tests::{
        event,
        params::{DAY, FUND, UNADJUSTED},
        usd, usdc,
        world::Setup,
        Address, BulkheadError, Call, MarketSpec, World, BTC, SOL,
    },
};

/// alice long and bob short of 1,000 lots at 200, both with 250 of margin; carol can take what is liquidated.
fn traded(params: bulkhead::state::FundParams) -> World {
    let mut world = World::with_market(params, free_market());
    world.join("alice", usdc(250), usdc(100));
    world.join("bob", usdc(250), usdc(100));
    world.join("carol", usdc(2_000), usdc(5_000));
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
    world
}

/// No cash and no lots move at a stale mark.
#[test]
fn t18_nothing_moves_at_a_stale_mark() {
    let mut world = traded(FUND);
    request_all(&mut world, "alice");
    world.warp_secs(i64::from(FUND.notice_secs));
    world.set_price(SOL, usd(150)); // alice is 250 short
    world.warp_slots(u64::from(FUND.max_mark_age_slots) + 1);
    world.publish(SOL, usd(200), 0); // the oracle knows better; the mark does not
    let calls: [Call; 3] = [
        world.novate("carol", "bob", SOL, 1, usd(150)),
        world.settle("alice", SOL),
        world.liquidate("carol", "alice", SOL, 100),
    ];
    for call in calls {
        world.refuse(call, BulkheadError::StaleMark);
    }
    // With the crank in the same transaction it is the new price that counts: alice is as good as ever.
    let crank_and_declare = world.crank_market(SOL).then(world.declare_default("alice"));
    world.refuse(crank_and_declare, BulkheadError::EquityNotNegative);

    // The auction of the house neither.
    world.set_price(SOL, usd(150));
    world.default_member("alice");
    world.warp_slots(u64::from(FUND.max_mark_age_slots) + 1);
    world.refuse(world.take_over("bob", SOL, 1), BulkheadError::StaleMark);
    let one_slot_earlier = world.slot() - 1;
    world.set_clock(one_slot_earlier, world.now());
    world.run(world.take_over("bob", SOL, 1));
}

/// An uncertain price: what a member must have is judged at its far end, liquidation and default at its near end.
#[test]
fn t18_a_wide_confidence_defaults_and_liquidates_nobody_it_could_spare() {
    let mut world = traded(FUND);
    // Margin 249.60. At 181 exactly alice has 59.60 of equity, below maintenance of 90.50, and is liquidatable.
    // With a confidence of 3.62 (2%, twice over: 7.24, of which half of maintenance counts, 4.525) the price may be
    // 185.525: 104.85, and she is not.
    world.set_price_within(SOL, usd(181), 362_000_000);
    world.refuse(world.liquidate("carol", "alice", SOL, 100), BulkheadError::NotLiquidatable);
    // At 173 she is 20.40 short; at 173 + 4.325 she is not.
    world.set_price_within(SOL, usd(173), 346_000_000);
    world.refuse(world.declare_default("alice"), BulkheadError::EquityNotNegative);
    // The same prices without the doubt.
    world.set_price(SOL, usd(181));
    world.run(world.liquidate("carol", "alice", SOL, 1));
    world.set_price(SOL, usd(173));
    world.run(world.declare_default("alice"));

    // The other way round: nobody takes margin out, or on risk, on the strength of a price it might not be.
    let mut world = traded(FUND);
    world.set_price_within(SOL, usd(200), 400_000_000);
    // bob, short at 200: 200 of initial margin, and 50 he might have lost: 249.60 is too little.
    world.refuse(world.withdraw_margin("bob", 1), BulkheadError::BelowInitialMargin);
    world.refuse(world.novate("alice", "bob", SOL, 1, usd(200)), BulkheadError::BelowInitialMargin);
    world.set_price(SOL, usd(200));
    world.run(world.withdraw_margin("bob", usdc(40)));
}

/// One bad print, gone with the next: with a grace period it defaults nobody, whoever calls how often in between.
#[test]
fn t18_one_jump_and_back_defaults_nobody() {
    let mut params = FUND;
    params.default_confirm_slots = 50;
    let mut world = traded(params);
    world.set_price(SOL, usd(100));
    assert_eq!(world.run(world.declare_default("alice")).event_names(), ["GraceStarted"]);
    world.refuse(world.declare_default("alice"), BulkheadError::GracePeriodRunning);
    world.warp_slots(10);
    world.set_price(SOL, usd(200));
    assert_eq!(world.run(world.declare_default("alice")).event_names(), ["GraceEnded"]);
    assert_eq!((world.fund().default_seq, world.fund().open_defaults), (0, 0));

    // A second print on another day starts from the beginning: an old grace period is none.
    world.warp_secs(bulkhead_tests::params::DAY);
    world.set_price(SOL, usd(100));
    assert_eq!(world.run(world.declare_default("alice")).event_names(), ["GraceStarted"]);
    // Topped up in time, she stays.
    world.run(world.deposit_margin("alice", usdc(2_000)));
    world.warp_slots(50);
    world.refresh();
    assert_eq!(world.run(world.declare_default("alice")).event_names(), ["GraceEnded"]);
}

/// A price that jumps within one slot: what was agreed before is outside the band now, and nobody is marked at the old.
#[test]
fn t18_within_one_slot_the_newest_price_counts() {
    let mut world = traded(FUND);
    let slot = world.slot();
    world.publish(SOL, usd(190), 0);
    let late = world.crank_market(SOL).then(world.novate("carol", "bob", SOL, 10, usd(200)));
    world.refuse(late, BulkheadError::PriceOutsideBand);
    world.run(world.crank_market(SOL).then(world.novate("carol", "bob", SOL, 10, usd(190))));
    assert_eq!((world.slot(), world.market(SOL).mark.slot), (slot, slot));
    // alice has lost 100: it counts before it is settled.
    world.refuse(world.withdraw_margin("alice", usdc(1)), BulkheadError::BelowInitialMargin);
}

/// What has accrued counts in every test, settled or not: a loss against who takes money out, a gain for who would be
/// liquidated; and a gain that is not settled is no collateral for more.
#[test]
fn t18_profit_and_loss_count_before_they_are_settled() {
    let mut world = traded(FUND);
    world.set_price(SOL, usd(240));
    // alice has gained 400: healthy, but what is not settled is no margin to withdraw the old one on.
    world.refuse(world.liquidate("carol", "alice", SOL, 1), BulkheadError::NotLiquidatable);
    world.refuse(world.withdraw_margin("alice", usdc(200)), BulkheadError::BelowInitialMargin);
    // bob has lost 400 of 250: it is a default although his margin is untouched.
    assert_eq!(world.member("bob").margin, usdc(250) - 400_000);
    world.run(world.declare_default("bob"));
}

/// P8: two markets, and a gain in one that makes up for the loss in the other: nobody can leave it out, put another in
/// its place, or give it twice, to make a healthy member look like a failing one.
#[test]
fn p8_a_healthy_member_is_safe_whatever_accounts_the_caller_passes() {
    let markets = vec![free_market(), {
        let mut btc = MarketSpec::btc();
        btc.params.terms.rates.contribution_bps = 0;
        btc
    }];
    let mut world = World::with(Setup { params: FUND, markets, ..Setup::default() });
    world.join("alice", usdc(600), usdc(100));
    world.join("bob", usdc(2_000), usdc(100));
    world.join("carol", usdc(2_000), usdc(5_000));
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
    world.run(world.novate("bob", "alice", BTC, 300, usd(60_000))); // 1,800
                                                                    // SOL -35%: 700 lost. BTC -40%: 720 gained.
    world.set_price(SOL, usd(130));
    world.set_price(BTC, usd(36_000));
    let crashed_elsewhere = world.elsewhere(|world| {
        world.set_price(SOL, usd(100));
        world.here.keys.market(SOL)
    });
    world.refresh();
    let (sol, btc) = (world.here.keys.market(SOL), world.here.keys.market(BTC));
    world.refuse(world.declare_default("alice"), BulkheadError::EquityNotNegative);
    world.refuse(world.liquidate("carol", "alice", SOL, 1), BulkheadError::NotLiquidatable);

    let declare = |world: &World| world.declare_default("alice");
    world.refuse(declare(&world).without(btc), BulkheadError::WrongMarket);
    world.refuse(declare(&world).without(sol), BulkheadError::WrongMarket);
    world.refuse(declare(&world).without(sol).without(btc), BulkheadError::WrongMarket);
    world.refuse(declare(&world).swap(btc, sol), BulkheadError::DuplicateAccount);
    world.refuse(declare(&world).with_writable(sol), BulkheadError::DuplicateAccount);
    world.refuse(declare(&world).swap(sol, crashed_elsewhere), BulkheadError::WrongFund);
    world.refuse(declare(&world).with_writable(crashed_elsewhere), BulkheadError::WrongFund);

    let liquidate = |world: &World| world.liquidate("carol", "alice", SOL, 1);
    world.refuse(liquidate(&world).without(btc), BulkheadError::WrongMarket);
    world.refuse(liquidate(&world).swap(btc, crashed_elsewhere), BulkheadError::WrongFund);
    // The losing market given again as a remaining account changes nothing: the named one counts, once.
    world.refuse(liquidate(&world).with(btc), BulkheadError::NotLiquidatable);

    // A market account of the attacker's own making is none of the program's.
    let forged: Address = bulkhead_tests::address("forged market");
    let mut account = world.account(&sol).expect("the market exists");
    account.owner = bulkhead_tests::token::TOKEN;
    world.put(forged, account);
    let error = bulkhead_tests::InstructionError::IllegalOwner;
    world.refuse(declare(&world).swap(sol, forged), error.clone());
    world.refuse(liquidate(&world).swap(btc, forged), error);
}

/// P8: step by step through a fall, every liquidation the program accepts leaves the target at least as healthy.
#[test]
fn p8_a_liquidation_never_lowers_the_targets_health() {
    let mut accepted = 0;
    for mark in (150..=200).rev().map(usd) {
        for lots in [1, 33, 400, 1_000] {
            let mut world = traded(FUND);
            world.set_price(SOL, mark);
            let before = health(&world, "alice");
            let Ok(meta) = world.attempt(world.liquidate("carol", "alice", SOL, lots)) else { continue };
            accepted += 1;
            let (taken, after) = (event!(meta, Liquidated).lots, health(&world, "alice"));
            assert!(taken <= lots as i64, "{taken} of {lots} lots at {mark}");
            // E'/MM' >= E/MM, crosswise, up to a unit of rounding of the requirement. Nothing held is healthy enough.
            if after.1 > 0 && before.0 >= 0 {
                let (new, old) = (after.0 * before.1, before.0 * after.1);
                assert!(new + 2 * before.1 >= old, "{lots} lots at {mark}: {before:?} has become {after:?}");
            }
        }
    }
    assert!(accepted > 20, "{accepted} liquidations");
}

/// Equity and maintenance margin.
fn health(world: &World, name: &str) -> (i128, i128) {
    let (member, market) = (world.member(name), world.market(SOL));
    let scale = market.scale().expect("a scale");
    let position = member.position(SOL);
    let profit = position.profit(market.mark.price, scale).expect("a profit");
    let notional =
        bulkhead_math::requirements::notional(position.lots, market.mark.price, scale).expect("a notional");
    let maintenance = u128::from(notional) * u128::from(market.rates.maintenance_bps) / 10_000;
    (i128::from(member.margin) + i128::from(profit), maintenance as i128)
}

/// Breaker on, exit delay 150, grace 25. One print puts the debtor (margin 7,000, own contribution 300) at -440. Ann and the debtor
/// commit their aged exits at that print. With the breaker as without it, it is declared as soon as the print has lasted for two
/// cells, and both pay their part: Ann and Ben keep 430 each, the debtor nothing of its 300.
#[test]
fn e5_exits_beside_a_tripped_breaker_pay_their_part() {
    for breaker_bps in [0, 1_000] {
        let mut market = free_market();
        market.params.terms.adjustment = AdjustmentTerms { breaker_bps, ..UNADJUSTED };
        let params = FundParams { exit_delay_slots: 150, default_confirm_slots: 25, ..PRECISE };
        let mut world = World::with_market(params, market);
        for name in ["ann", "ben"] {
            world.join(name, 0, usdc(500));
        }
        world.join(CREDITOR, STAKE, 0);
        world.join(DEBTOR, STAKE, usdc(300));
        for name in ["ann", DEBTOR] {
            request_all(&mut world, name);
        }
        world.warp_secs(DAY + 60);
        world.refresh();
        world.run(world.novate(CREDITOR, DEBTOR, SOL, UNIT_LOTS, usd(200)));
        world.print(SOL, usd(200) + STAKE + usdc(440));
        assert_eq!(world.market(SOL).is_halted(world.now()), breaker_bps > 0);
        for name in ["ann", DEBTOR] {
            assert_eq!(world.run(world.claim_withdrawal(name)).event_names(), ["ExitCommitted"]);
        }
        let paid_at = world.slot() + 150;
        world.refuse(world.declare_default(DEBTOR), BulkheadError::EquityNotNegative);
        world.last();
        world.run(world.declare_default(DEBTOR));
        world.warp_slots(25);
        world.refresh();
        world.default_member(DEBTOR);
        assert!(world.slot() < paid_at, "final before anybody is paid");
        let discount = world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS));
        assert_eq!(event!(discount, TakenOver).discount, 0);
        world.set_clock(paid_at, world.now() + 60);
        assert_eq!(claim(&mut world, "ann"), usdc(430));
        assert_eq!((worth(&world, "ben"), worth(&world, DEBTOR)), (usdc(430), 0));
    }
}

/// Alice is long 1 BTC from 43,500 with 5,991.30 of margin; Ann has 41,000 in the default fund. One certain print says 5,402 +- 100,
/// two seconds later it is 43,500 again.
fn before_the_wild_print() -> World {
    let mut btc = MarketSpec::btc();
    btc.price = usd(43_500);
    btc.params.terms.rates.contribution_bps = 0;
    btc.params.terms.adjustment = AdjustmentTerms { breaker_bps: 1_000, ..UNADJUSTED };
    let params = FundParams { default_confirm_slots: 25, min_contribution: 0, clearing_fee_bps: 0, ..FUND };
    let mut world = World::with_market(params, btc);
    world.join("ann", 0, usdc(41_000));
    world.join("alice", 5_991_300_000, 0);
    world.join("bob", usdc(100_000), 0);
    world.join("carol", usdc(100_000), 0);
    world.run(world.novate("alice", "bob", SOL, 10_000, usd(43_500)));
    world.warp_secs(60);
    world.refresh();
    world.warp_secs(2);
    world
}

#[test]
fn i1a_a_certain_wild_print_liquidates_nobody() {
    let mut world = before_the_wild_print();
    world.print_within(SOL, usd(5_402), usd(100));
    for name in ["carol", "bob"] {
        world.refuse(world.liquidate(name, "alice", SOL, u64::MAX), BulkheadError::NotLiquidatable);
    }
    world.refuse(world.declare_default("alice"), BulkheadError::EquityNotNegative);
    // Nor does bob take out what he has won for two seconds.
    world.run(world.settle("alice", SOL));
    world.run(world.settle("bob", SOL));
    let bob = world.member("bob").margin;
    world.refuse(world.withdraw_margin("bob", bob - usdc(540)), BulkheadError::BelowInitialMargin);
    world.warp_secs(2);
    world.print(SOL, usd(43_500));
    world.last();
    world.refuse(world.liquidate("carol", "alice", SOL, u64::MAX), BulkheadError::NotLiquidatable);
    world.run(world.settle("bob", SOL));
    world.run(world.settle("alice", SOL));
    assert_eq!((worth(&world, "ann"), world.equity("alice")), (usdc(41_000), 5_991_300_000));
}

#[test]
fn i1b_the_house_sells_nothing_at_a_certain_wild_print() {
    let mut world = before_the_wild_print();
    world.set_price(SOL, usd(37_000)); // alice has lost 6,500 of 5,991.30
    world.run(world.declare_default("alice"));
    world.warp_slots(25);
    world.refresh();
    world.default_member("alice");
    let before = worth(&world, "ann");
    assert_eq!(before, usdc(41_000) - 508_700_000);
    world.warp_slots(2_000); // the full discount of 5%
    world.refresh();
    world.warp_secs(2);
    world.print_within(SOL, usd(5_402), usd(100));
    world.run(world.take_over("carol", SOL, u64::MAX));
    world.run(world.allocate_residual());
    let lost = before - worth(&world, "ann");
    assert!(lost <= usdc(1_850), "{lost}");
}
