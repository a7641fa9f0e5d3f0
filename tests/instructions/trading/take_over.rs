use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        contribution, event, keypair, outcome::DUPLICATE_MUTABLE_ACCOUNT, params, usd, usdc, Bid,
        BulkheadError::*, Call, Signer, World, BTC, SOL,
    },
};

/// [`allocated`], `slots` after the default, SOL at 150 again.
fn after(slots: u64) -> World {
    let mut world = allocated();
    world.warp_slots(slots);
    world.refresh();
    world
}

#[test]
fn at_first_the_price_is_the_mark() {
    let mut world = allocated();
    let meta = world.run(world.take_over("bob", SOL, LOTS));
    let taken = event!(meta, TakenOver);
    assert_eq!((taken.member, taken.market_index), (world.account_of("bob"), 0));
    assert_eq!((taken.lots, taken.price, taken.discount, taken.house_result), (1_000, usd(150), 0, 0));
    let (market, fund) = (world.market(SOL), world.fund());
    assert_eq!((market.house_lots, market.house_raw.get(), market.open_interest), (0, 0, 0));
    assert_eq!((fund.open_houses, fund.residual, fund.recoveries), (0, 0, 0));
    // Bob is flat: he sold at 200 and bought at 150, and 500 are his.
    world.run(world.settle("bob", SOL));
    assert_eq!(world.member("bob").margin, usdc(1_500) - 400_000);
}

/// 500 of 1,000 slots: half of the 5% of 1,500. The house took 10 SOL at 150 and loses 37.50, which Bob has as margin.
#[test]
fn the_discount_grows_and_the_loss_is_the_funds() {
    let mut world = after(500);
    let (margin, pool) = (world.member("bob").margin, world.fund().pool);
    let meta = world.run(world.take_over("bob", SOL, LOTS));
    let taken = event!(meta, TakenOver);
    assert_eq!((taken.price, taken.discount, taken.house_result), (usd(150), 37_500_000, -37_500_000));
    let fund = world.fund();
    assert_eq!((world.member("bob").margin, fund.pool), (margin + 37_500_000, pool - 37_500_000));
    assert_eq!((fund.residual, fund.unfunded, fund.open_houses), (37_500_000, 37_500_000, 0));
    assert_eq!(world.market(SOL).house_raw.get(), 0);
}

#[test]
fn the_discount_is_capped() {
    let mut world = after(100_000);
    let meta = world.run(world.take_over("bob", SOL, LOTS));
    assert_eq!(event!(meta, TakenOver).discount, usdc(75)); // 5%
    assert_eq!(world.fund().residual, usdc(75));
}

/// The discount in margin and the discount in the price are the same: neither is a gain that has to vest. Carol has 37.50 of
/// profit, and when they are paid they may leave at once.
#[test]
fn a_discount_in_the_price_is_no_gain() {
    let mut world = allocated();
    world.run(world.settle("bob", SOL)); // the pool's 500 are his
    world.warp_slots(500);
    world.refresh();
    world.run(world.take_over("carol", SOL, LOTS));
    assert_eq!(world.member("carol").settled.present, -37_500_000);
    world.run(world.allocate_residual()); // 37.50 for the pool
    world.run(world.settle("carol", SOL));
    assert_eq!((world.member("carol").settled.present, world.member("carol").margin), (0, 1_037_500_000));
    // 150 are initial margin of 1,500.
    world.refuse(world.withdraw_margin("carol", 887_500_001), BelowInitialMargin);
    world.run(world.withdraw_margin("carol", 887_500_000));
}

/// Sold at 160 the house has gained 100: the survivors get the 50 back that they have borne, the treasury the rest.
#[test]
fn a_gain_is_a_recovery() {
    let mut world = allocated();
    world.print(SOL, usd(160));
    let pool = world.fund().pool;
    let meta = world.run(world.take_over("bob", SOL, LOTS));
    assert_eq!(event!(meta, TakenOver).house_result, 100_000_000);
    let fund = world.fund();
    assert_eq!((fund.recoveries, fund.pool, fund.residual), (usdc(50), pool - usdc(100), 0));
    assert_eq!((fund.treasury, fund.losses_outstanding), (usdc(50), 0));
}

/// The house's gain is paid from what losers have paid in, like everybody's.
#[test]
fn a_gain_is_at_most_the_pool() {
    let mut world = allocated();
    world.run(world.settle("bob", SOL)); // the pool's 500 are his
    world.print(SOL, usd(160));
    let meta = world.run(world.take_over("carol", SOL, LOTS));
    assert_eq!((event!(meta, TakenOver).house_result, world.fund().recoveries), (100_000_000, 0));
    assert_eq!(world.fund().house_result, 100_000_000, "100 are still the houses'");
}

/// A house of shorts gives a discount as well: 2.5% of the 250 that 100 lots are worth.
#[test]
fn a_short_house_pays_more_than_the_mark() {
    let mut world = World::new();
    contributors(&mut world, usdc(250));
    world.run(world.novate("bob", "alice", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(250));
    world.default_member("alice");
    world.warp_slots(500);
    world.refresh();
    let meta = world.run(world.take_over("carol", SOL, 100));
    let taken = event!(meta, TakenOver);
    assert_eq!((taken.lots, taken.price, taken.discount, taken.house_result), (-100, usd(250), 6_250_000, 0));
    assert_eq!((world.market(SOL).house_lots, world.member("carol").position(SOL).lots), (-900, -100));
}

/// What the pool lacks of a discount stays in the price: Carol has it as profit.
#[test]
fn what_the_pool_lacks_of_a_discount_stays_in_the_price() {
    let mut world = allocated();
    world.run(world.settle("bob", SOL)); // the pool's 500 are his
    assert_eq!(world.fund().pool, 0);
    world.warp_slots(500);
    world.refresh();
    let margin = world.member("carol").margin;
    let meta = world.run(world.take_over("carol", SOL, LOTS));
    let taken = event!(meta, TakenOver);
    assert_eq!((taken.price, taken.discount, taken.house_result), (usd(150), 37_500_000, -37_500_000));
    let carol = world.member("carol");
    assert_eq!((carol.margin, carol.position(SOL).profit_raw(usd(150))), (margin, Ok(37_500_000 * 10_000)));
}

/// U4: the house sells at the end of A that favours it, however old the better price in it is.
#[test]
fn the_house_sells_at_the_end_that_favours_it() {
    let mut world = allocated();
    world.print(SOL, usd(140));
    let meta = world.run(world.take_over("bob", SOL, 500));
    assert_eq!(event!(meta, TakenOver).price, usd(150));
    world.print(SOL, usd(155));
    let meta = world.run(world.take_over("bob", SOL, 500));
    assert_eq!((event!(meta, TakenOver).price, event!(meta, TakenOver).house_result), (usd(155), 25_000_000));
}

/// U5: at 150 since long, but eleven seconds ago.
#[test]
fn on_a_recent_print_only() {
    let mut world = allocated();
    world.warp_secs(10);
    world.run(world.take_over("bob", SOL, 1));
    world.warp_secs(1);
    world.refuse(world.take_over("bob", SOL, 1), StaleMark);
}

/// The discount counts: half of 5% below 150 a taker pays 146.25.
#[test]
fn within_the_limit_price() {
    let mut world = after(500);
    let bid = |limit_price| Bid { lots: LOTS, limit_price };
    world.refuse(world.take_over_within("bob", SOL, bid(14_625_000_000 - 1)), PriceBeyondLimit);
    world.run(world.take_over_within("bob", SOL, bid(14_625_000_000)));
}

/// Nothing is realised until the house is flat.
#[test]
fn lots_may_be_taken_in_parts() {
    let mut world = after(500);
    let meta = world.run(world.take_over("bob", SOL, 400));
    assert_eq!((event!(meta, TakenOver).house_result, world.fund().residual), (0, 0));
    assert_eq!((world.market(SOL).house_lots, world.fund().open_houses), (600, 1));
    assert_eq!(world.market(SOL).open_interest, 600);
    let meta = world.run(world.take_over("bob", SOL, 600));
    assert_eq!(event!(meta, TakenOver).house_result, -37_500_000);
}

#[test]
fn at_most_what_the_house_holds() {
    let mut world = allocated();
    world.refuse(world.take_over("bob", SOL, 0), NothingToTake);
    let meta = world.run(world.take_over("bob", SOL, u64::MAX));
    assert_eq!(event!(meta, TakenOver).lots, 1_000);
    world.refuse(world.take_over("bob", SOL, 1), NothingToTake);
}

/// It waits for no allocation.
#[test]
fn an_open_default_does_not_stop_it() {
    let mut world = declared();
    world.run(world.take_over("bob", SOL, LOTS));
    world.run(world.allocate_loss("alice"));
}

/// Bob reduces and needs nothing; who adds risk needs all of it. 10 SOL at 150: 150 of margin, 30 of contribution.
#[test]
fn who_adds_risk_meets_the_requirements() {
    let mut world = World::new();
    contributors(&mut world, usdc(250));
    world.join("erin", usdc(150) - 1, usdc(30) - 1);
    world.join("frank", usdc(150), usdc(30) - 1);
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(150));
    world.default_member("alice");
    world.refuse(world.take_over("erin", SOL, LOTS), BelowInitialMargin);
    world.run(world.deposit_margin("erin", 1));
    // Contributions cannot enter: what is missing of hers is a call that is due, and has to be free.
    world.refuse(world.take_over("erin", SOL, LOTS), AssessmentReserved);
    world.run(world.take_over("carol", SOL, LOTS));
}

/// E13: what a taker lacks of its contribution is a call that is due now. As much of it as is still missing stays free, and
/// it is taken when contributions enter again.
#[test]
fn a_takers_missing_contribution_is_called() {
    let mut world = World::new();
    contributors(&mut world, usdc(250));
    world.join("erin", usdc(150) + 1, usdc(30) - 1);
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(150));
    world.default_member("alice");
    // The haircut of 1.25% is on Erin's 30, too.
    let missing = usdc(30) - contribution(&world.fund(), &world.member("erin")).expect("a value");
    world.refuse(world.take_over("erin", SOL, LOTS), AssessmentReserved);
    world.run(world.deposit_margin("erin", missing - 2));
    world.refuse(world.take_over("erin", SOL, LOTS), AssessmentReserved);
    world.run(world.deposit_margin("erin", 1));
    let called = event!(world.run(world.take_over("erin", SOL, LOTS)), ContributionCalled);
    assert_eq!((called.amount, called.due_secs), (missing, world.exit_secs()));
    world.refuse(world.withdraw_margin("erin", 1), AssessmentReserved);
    // The house is flat: contributions enter, and this one does.
    world.run(world.enforce_call("erin"));
    assert!(world.member("erin").margin < usdc(150) + 1);
}

/// Once its lots are gone a taker owes no contribution for them.
#[test]
fn a_call_of_a_taker_without_lots_keeps_nothing() {
    let mut world = World::new();
    contributors(&mut world, usdc(450));
    world.join("erin", usdc(200), 0);
    world.run(world.novate("alice", "bob", SOL, 2 * LOTS, usd(200)));
    world.set_price(SOL, usd(175));
    world.default_member("alice");
    world.run(world.take_over("erin", SOL, 500));
    assert_eq!(world.member("erin").call_amount, 17_500_000);
    // Half of the lots, and the least contribution of 10 is missing; none, and nothing is.
    world.run(world.novate("bob", "erin", SOL, 250, usd(175)));
    let free = world.member("erin").margin - 43_750_000 - usdc(10);
    world.refuse(world.withdraw_margin("erin", free + 1), AssessmentReserved);
    world.run(world.novate("bob", "erin", SOL, 250, usd(175)));
    let margin = world.member("erin").margin;
    world.run(world.withdraw_margin("erin", margin));
}

/// Nothing but the treasury's 1 and Bob's 50 would be left to lose to but Carol's own: a stress move of 450 less her
/// margin of 1,000 is no danger, less 200 is.
#[test]
fn who_adds_risk_stays_within_the_cover_limit() {
    let mut world = ruined();
    world.set_price(SOL, usd(150));
    world.default_member("alice");
    world.run(world.withdraw_margin("carol", usdc(800)));
    world.refuse(world.take_over("carol", SOL, LOTS), CoverLimitExceeded);
    world.run(world.deposit_margin("carol", usdc(800)));
    world.run(world.take_over("carol", SOL, LOTS));
}

/// After a total loss nobody can contribute before the house is empty: 500 of lots need margin for all of a stress move
/// and the sale after it, 182.50, for there is nobody else to lose.
#[test]
fn a_wiped_funds_house_is_taken_over_with_margin_alone() {
    let mut world = wiped();
    world.join("erin", 182_500_000 - 1, 0);
    world.refuse(world.take_over("erin", SOL, LOTS), CoverLimitExceeded);
    world.run(world.deposit_margin("erin", 1));
    world.run(world.take_over("erin", SOL, LOTS));
}

#[test]
fn owner_or_delegate_signs() {
    let mut world = allocated();
    let bob = world.owner_of("bob").pubkey();
    refuses_strangers(&mut world, bob, NotTrader, |world| world.take_over("bob", SOL, 1));
    let agent = keypair("agent");
    world.run(world.set_delegate("bob", agent.pubkey()));
    world.run(world.take_over("bob", SOL, 1).signed_by(bob, agent));
}

#[test]
fn not_in_default() {
    let mut world = declared();
    // She is free again, but without margin.
    world.refuse(world.take_over("alice", SOL, 1), BelowInitialMargin);
}

#[test]
fn marks_are_fresh() {
    let mut world = allocated();
    world.warp_slots(26);
    world.refuse(world.take_over("bob", SOL, 1), StaleMark);
}

#[test]
fn other_markets_are_given() {
    let mut world = World::with_two_markets();
    contributors(&mut world, usdc(250));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.run(world.novate("carol", "dave", BTC, 1, usd(60_000)));
    world.set_price(SOL, usd(150));
    world.default_member("alice");
    let btc = world.here.keys.market(BTC);
    world.refuse(world.take_over("carol", SOL, 1).without(btc), WrongMarket);
    let other = market_elsewhere(&mut world);
    world.refuse(world.take_over("carol", SOL, 1).swap(btc, other), WrongFund);
    world.run(world.take_over("carol", SOL, 1));
}

/// The contributions are gone, and while the house holds lots Carol may be assessed half of what her 900 were; 10 SOL at 50
/// need 50 of initial margin on top, and a contribution of 10, which is called.
#[test]
fn what_may_be_assessed_stays_free() {
    let mut world = World::with_params(assessing(5_000));
    world.join("alice", usdc(250), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", usdc(510) - 1, usdc(900));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(50));
    world.default_member("alice");
    world.refuse(world.take_over("carol", SOL, LOTS), AssessmentReserved);
    world.run(world.deposit_margin("carol", 1));
    world.run(world.take_over("carol", SOL, LOTS));
}

/// At 60 the house sells for 600 what it took at 50: of the 100, 50 pay the residual, and 50 come back to those who have
/// borne 1,000.
#[test]
fn a_gain_pays_a_residual_first() {
    let mut world = called_with(params::FUND);
    world.print(SOL, usd(60));
    world.run(world.take_over("bob", SOL, 600));
    let meta = world.run(world.take_over("carol", SOL, 400));
    assert_eq!(event!(meta, TakenOver).house_result, 100_000_000);
    let fund = world.fund();
    assert_eq!((fund.residual, fund.recoveries, fund.losses_outstanding), (0, usdc(50), usdc(950)));
    assert_eq!(fund.pool, usdc(1_400)); // what Bob and Carol have won by now
}

#[test]
fn not_at_a_final_mark() {
    let mut world = final_at(usd(50));
    world.run(world.close_out("bob")); // the house is short of 600
    world.refuse(world.take_over("erin", SOL, 1), MarketClosed);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = allocated();
    let call = |world: &World| -> Call { world.take_over("bob", SOL, 1) };
    let (keys, member) = (world.here.keys, world.account_of("bob"));
    for account in [keys.fund, keys.market(SOL), member] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let (other_market, other_member) = (market_elsewhere(&mut world), member_elsewhere(&mut world, "bob"));
    world.refuse(call(&world).swap(keys.market(SOL), other_market), WrongFund);
    world.refuse(call(&world).swap(member, other_member), WrongFund);
    world.refuse(call(&world).with(keys.market(SOL)), DUPLICATE_MUTABLE_ACCOUNT);
    world.refuse(call(&world).with(other_market), WrongFund);
}
