//! Rates, breakers and rewards that follow the market, and who would use them: threats 11, 12, 15, 18 and 26.

use {
    crate::common::*,
    bulkhead::{
        constants::{MIN_NOTICE_SECS, REWARD_RELEASE_SECS},
        state::{AdjustmentTerms, FundParams},
    },
    bulkhead_tests::{
        bulkhead, event,
        params::{ADJUSTED, DAY, FUND, UNADJUSTED},
        usd, usdc, BulkheadError, MarketSpec, World, SOL,
    },
};

/// No fees, no required contributions, an hour's notice; positions pay 10% a year, half of it for contributors.
fn insured(contributors: &[(&str, u64)]) -> World {
    let mut market = free_market();
    market.params.terms.adjustment = AdjustmentTerms { premium_bps_per_year: 1_000, ..UNADJUSTED };
    let params = FundParams { notice_secs: MIN_NOTICE_SECS, ..PRECISE };
    let mut world = World::with_market(params, market);
    for (name, amount) in contributors {
        world.join(name, 0, *amount);
    }
    for name in [CREDITOR, DEBTOR] {
        world.join(name, STAKE, 0);
    }
    world.run(world.novate(CREDITOR, DEBTOR, SOL, UNIT_LOTS, usd(200)));
    world
}

/// Both sides pay what they owe, and it is collected.
fn collect(world: &mut World) -> u64 {
    world.refresh();
    for name in [CREDITOR, DEBTOR] {
        world.run(world.settle(name, SOL));
    }
    event!(world.run(world.collect_premium(SOL)), PremiumCollected).to_rewards
}

/// Threat 15: a contribution of nine times the fund, right before a premium comes in, out again as soon as the notice
/// period allows. It earns less, for the time it was there, than the one who was there for all the time.
#[test]
fn t15_just_in_time_capture_of_a_premium_does_not_pay() {
    let (fund, attack) = (usdc(10_000), usdc(90_000));
    let mut world = insured(&[("ann", fund)]);
    world.open("jit");
    // Premiums are collected once a week, for ten weeks.
    let mut earned = 0;
    for _ in 0..10 {
        world.warp_secs(7 * DAY);
        earned += collect(&mut world);
    }
    world.warp_secs(7 * DAY);
    let call = world.contribute("jit", attack);
    world.run(call);
    earned += collect(&mut world);
    request_all(&mut world, "jit");
    world.warp_secs(MIN_NOTICE_SECS.into());
    world.refresh();
    assert_eq!(claim(&mut world, "jit"), attack);
    let captured = paid(&mut world, "jit", |world| drop(world.run(world.claim_rewards("jit")))) as u64;
    // For an hour of nine tenths: what nine tenths of all income of eleven weeks were in an hour.
    let fair = earned * 9 / 10 / (11 * 7 * 24);
    assert!(captured <= fair, "{captured} captured, {fair} were fair");
    // And what was on its way is still on its way to ann.
    assert!(world.fund().rewards_streaming > earned / 12);
}

/// Threat 15: nor does it pay to come between two releases: what was earned before is released first, but for ten minutes.
#[test]
fn t15_what_was_earned_is_released_before_shares_are_bought() {
    let mut world = insured(&[("ann", usdc(10_000))]);
    world.warp_secs(7 * DAY);
    collect(&mut world);
    world.warp_secs(DAY);
    let before = world.fund().rewards_streaming;
    world.open("jit");
    world.run(world.contribute("jit", usdc(90_000)));
    let fund = world.fund();
    let released = before - fund.rewards_streaming;
    assert!(released > before / 20, "a day's part of a week: {released} of {before}");
    world.refuse(world.claim_rewards("jit"), BulkheadError::NothingToClaim);
    world.warp_secs(REWARD_RELEASE_SECS - 1);
    world.refuse(world.claim_rewards("jit"), BulkheadError::NothingToClaim);
    assert!(
        paid(&mut world, "ann", |world| drop(world.run(world.claim_rewards("ann")))) as u64 >= released - 1
    );
}

/// Threat 18: what a position owes of the premium counts before anybody has booked it, for margin, liquidation and default.
#[test]
fn t18_a_premium_that_is_due_counts_before_it_is_booked() {
    let mut market = MarketSpec::sol();
    market.params.terms.adjustment = AdjustmentTerms { premium_bps_per_year: 2_000, ..UNADJUSTED };
    let mut world = World::with_market(FUND, market);
    for name in ["alice", "bob", "carol"] {
        world.join(name, usdc(1_000), usdc(1_000));
    }
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200))); // 2,000
    let spare = world.member("alice").margin - usdc(210);
    world.run(world.withdraw_margin("alice", spare));
    // A tenth of a year: 40 due, 170 are left. Initial margin is 200, maintenance 100.
    world.warp_secs(36 * DAY + DAY / 2 + DAY / 40);
    world.refresh();
    world.refuse(world.withdraw_margin("alice", 1), BulkheadError::BelowInitialMargin);
    world.refuse(world.liquidate("carol", "alice", SOL, 1), BulkheadError::NotLiquidatable);
    world.set_price(SOL, usd(192)); // 90 are left, maintenance is 96
    world.run(world.liquidate("carol", "alice", SOL, 1));
    world.set_price(SOL, usd(182));
    world.run(world.declare_default("alice"));
}

/// Threat 18: a wild print between two samples raises initial margin while it lasts, and leaves no trace.
#[test]
fn t18_a_wild_print_between_samples_is_forgotten() {
    let mut market = MarketSpec::sol();
    market.params.terms.adjustment = AdjustmentTerms { breaker_bps: 0, ..ADJUSTED };
    let mut world = World::with_market(FUND, market);
    world.warp_secs(60);
    world.refresh();
    let calm = world.market(SOL);
    world.warp_secs(20);
    world.print(SOL, usd(260));
    assert!(world.market(SOL).rates.initial_bps > calm.rates.initial_bps);
    world.warp_secs(10);
    world.print(SOL, usd(200));
    let after = world.market(SOL);
    assert_eq!(after.adjusted.variance, calm.adjusted.variance);
    assert_eq!(after.adjusted.regime, calm.adjusted.regime);
    assert!(after.rates.initial_bps <= calm.rates.initial_bps);
}

/// Threat 11: with the breaker tripped and the outflow full, everything that makes the fund safer goes on, and so does who
/// has waited long enough.
#[test]
fn t11_breakers_block_nothing_that_is_due() {
    let mut market = MarketSpec::sol();
    market.params.terms.adjustment =
        AdjustmentTerms { target_volatility_bps: 0, premium_bps_per_year: 0, ..ADJUSTED };
    let mut world = World::with_market(FundParams { outflow_cap_bps: 100, ..FUND }, market);
    for (name, margin) in [("alice", 250), ("bob", 5_000), ("carol", 5_000), ("dave", 250)] {
        world.join(name, usdc(margin), usdc(2_000));
    }
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
    world.run(world.novate("dave", "carol", SOL, 1_000, usd(200)));
    world.join("erin", 0, usdc(2_000));
    world.warp_secs(60);
    world.set_price(SOL, usd(179)); // 10.5% down
    assert!(world.market(SOL).is_halted(world.now()));
    world.refuse(world.novate("carol", "bob", SOL, 1, usd(179)), BulkheadError::BreakerTripped);

    // Deposits, settlement, reducing, liquidation, calls; then default and the sale of the house.
    world.run(world.deposit_margin("dave", usdc(1)));
    world.run(world.settle("alice", SOL));
    world.run(world.novate("bob", "dave", SOL, 100, usd(179)));
    world.run(world.liquidate("carol", "alice", SOL, 100));
    world.warp_secs(1);
    world.set_price(SOL, usd(150));
    assert!(world.market(SOL).is_halted(world.now()), "a second trip");
    let mut waited = 0;
    while world.attempt(world.declare_default("alice")).is_err() {
        // Judged at the mean until that has come down, which it does by half in a quarter of five minutes.
        world.warp_secs(60);
        world.refresh();
        waited += 60;
        assert!(waited <= 600, "a default is put off for longer than the cool-off");
    }
    // Her contribution has paid for it: nothing is left to allocate.
    world.run(world.take_over("carol", SOL, 1_000));
    assert!(!world.fund().blocks_exits(world.now()));

    // A withdrawal that is due waits for half of its window at most, breaker or not.
    request_all(&mut world, "erin");
    world.warp_secs(DAY);
    world.refresh();
    world.refuse(world.claim_withdrawal("erin"), BulkheadError::OutflowCapReached);
    world.warp_secs(DAY / 2);
    world.set_price(SOL, usd(170));
    assert!(world.market(SOL).is_halted(world.now()));
    assert!(claim(&mut world, "erin") > 0);
}

/// Threat 12: the day's cap is one for all: splitting an exit over accounts or requests gets no more out.
#[test]
fn t12_an_exit_split_over_accounts_gets_no_more_out() {
    let names = ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"];
    let params = FundParams { outflow_cap_bps: 1_000, claim_window_secs: 30 * DAY as u32, ..PRECISE };
    let mut world = World::with_market(params, free_market());
    world.join("ann", 0, usdc(8_000));
    for name in names {
        world.join(name, 0, usdc(250));
        request_all(&mut world, name);
    }
    world.warp_secs(DAY);
    // 10% of 10,000 in a day, however it is cut up and whenever it is tried.
    let mut left = Vec::new();
    for hour in 0..48 {
        for name in names {
            if world.member(name).shares.get() > 0 && world.attempt(world.claim_withdrawal(name)).is_ok() {
                left.push(hour);
            }
        }
        let day = left.iter().filter(|at| hour - **at < 24).count() as u64 * usdc(250);
        assert!(day <= usdc(1_000), "{day} has left within a day");
        world.warp_secs(60 * 60);
    }
    assert!(left.len() >= 4, "and what may leave does: {left:?}");
}

/// Threat 26: the cap is measured against what there is. A fund that was a hundred times as large locks nobody in, and a loss
/// or an old rush leaves no high-water mark behind.
#[test]
fn t26_no_high_water_mark_locks_anybody_in() {
    let params = FundParams { outflow_cap_bps: 2_000, ..PRECISE };
    let mut world = World::with_market(params, free_market());
    world.join("whale", 0, usdc(100_000));
    world.join("ann", 0, usdc(1_000));
    request_all(&mut world, "whale");
    world.warp_secs(DAY + DAY / 2);
    assert_eq!(claim(&mut world, "whale"), usdc(100_000), "it has waited for half of the window");
    assert_eq!(world.fund().outflow, usdc(100_000));
    // Ann has a hundredth of what has left. A tenth of what was there drains in a day; meanwhile she waits half a window.
    request_all(&mut world, "ann");
    world.warp_secs(DAY);
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::OutflowCapReached);
    world.warp_secs(DAY / 2);
    assert_eq!(claim(&mut world, "ann"), usdc(1_000));

    // After a week's rest the rush is forgotten: a new fund of 1,000 lets 100 out at once.
    world.join("ben", 0, usdc(1_000));
    world.warp_secs(60 * DAY);
    world.run(world.request_withdrawal("ben", u128::from(usdc(90)) << 20));
    world.warp_secs(DAY);
    assert_eq!(claim(&mut world, "ben"), usdc(90));
}
