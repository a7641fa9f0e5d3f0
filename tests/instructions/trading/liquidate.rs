use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        event, keypair, outcome::DUPLICATE_MUTABLE_ACCOUNT, params::DAY, pyth::PriceUpdate, usd, usdc, Bid,
        BulkheadError::*, Signer, World, BTC, SOL,
    },
};

/// [`traded_with`] 250: Alice's equity is 249.60 less 10 for every dollar SOL falls below 200, her maintenance margin
/// half of the price: she is below it under 184.25.
fn at(price: u64) -> World {
    let mut world = traded_with(usdc(250));
    world.set_price(SOL, price);
    world
}

/// At 184: equity 89.60, maintenance 92, initial 184. To reach 184 x 1.1 = 202.40, 112.80 are missing; a unit of
/// notional frees 0.11 and costs 0.015, so 1,187.37 of it must go: 646 lots of 1.84, 1,188.64. Bonus 1%, fee 0.5%.
#[test]
fn a_little_below_maintenance_it_restores_initial_margin_and_no_more() {
    let mut world = at(usd(184));
    let treasury = world.fund().treasury;
    let meta = world.run(world.liquidate("carol", "alice", SOL, LOTS));
    let event = event!(meta, Liquidated);
    assert_eq!((event.target, event.liquidator), (world.account_of("alice"), world.account_of("carol")));
    assert_eq!((event.lots, event.bonus, event.fee, event.market_index), (646, 11_886_400, 5_943_200, 0));
    assert_eq!(world.fund().treasury, treasury + 5_943_200);
    let (alice, carol) = (world.member("alice"), world.member("carol"));
    assert_eq!((alice.position(SOL).lots, carol.position(SOL).lots), (354, 646));
    assert_eq!(alice.margin, 249_600_000 - 5_943_200 - 11_886_400);
    assert_eq!(carol.margin, usdc(1_000) + 11_886_400, "the bonus is margin");
    assert_eq!(carol.position(SOL).profit_raw(usd(184)), Ok(0));
    world.refuse(world.liquidate("carol", "alice", SOL, 1), NotLiquidatable);
}

#[test]
fn fewer_lots_may_be_taken() {
    let mut world = at(usd(184));
    let meta = world.run(world.liquidate("carol", "alice", SOL, 100));
    assert_eq!((event!(meta, Liquidated).lots, event!(meta, Liquidated).bonus), (100, 1_840_000));
}

/// At 178: equity 29.60 is under half of 89. All may go.
#[test]
fn far_below_maintenance_all_may_be_taken() {
    let mut world = at(usd(178));
    let meta = world.run(world.liquidate("carol", "alice", SOL, u64::MAX));
    let event = event!(meta, Liquidated);
    assert_eq!((event.lots, event.bonus, event.fee), (1_000, 17_800_000, 8_900_000));
    // 29.60 - 26.70 are left to Alice.
    world.run(world.settle("alice", SOL));
    assert_eq!(world.member("alice").margin, 2_900_000);
}

/// At 176 equity is 9.60 and the bonus would be 17.60: it is 9.60, and no fee. At 175.04 there is nothing to give.
#[test]
fn its_cost_is_at_most_the_equity() {
    for (price, bonus) in [(usd(176), 9_600_000), (17_504_000_000, 0)] {
        let mut world = at(price);
        let meta = world.run(world.liquidate("carol", "alice", SOL, LOTS));
        let event = event!(meta, Liquidated);
        assert_eq!((event.lots, event.bonus, event.fee), (1_000, bonus, 0));
        world.run(world.settle("alice", SOL));
        assert_eq!((world.member("alice").margin, world.held("alice").len()), (0, 0));
    }
}

/// Half of the lots may cost at most half of the equity: health, equity over maintenance, never falls (P8).
#[test]
fn health_never_falls() {
    let mut world = at(usd(176));
    let meta = world.run(world.liquidate("carol", "alice", SOL, LOTS / 2));
    assert_eq!((event!(meta, Liquidated).bonus, event!(meta, Liquidated).fee), (4_800_000, 0));
}

/// Even bankrupt lots may be taken, at the mark: the loss stays Alice's, and is declared.
#[test]
fn below_zero_lots_go_at_the_mark() {
    let mut world = at(usd(170));
    let meta = world.run(world.liquidate("carol", "alice", SOL, LOTS));
    assert_eq!((event!(meta, Liquidated).bonus, event!(meta, Liquidated).fee), (0, 0));
    let meta = world.run(world.declare_default("alice"));
    assert_eq!(event!(meta, DefaultDeclared).shortfall, 50_400_000);
    assert_eq!(world.fund().open_houses, 0);
}

/// At 216 Alice, 1,000 short from 200, has 89.60 of 108.
#[test]
fn shorts_mirror_longs() {
    let mut world = World::new();
    contributors(&mut world, usdc(250));
    world.run(world.novate("bob", "alice", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(216));
    let meta = world.run(world.liquidate("carol", "alice", SOL, 100));
    let event = event!(meta, Liquidated);
    assert_eq!((event.lots, event.bonus, event.fee), (-100, 2_160_000, 1_080_000));
    assert_eq!(world.member("carol").position(SOL).profit_raw(usd(216)), Ok(0));
    assert_eq!(world.member("carol").margin, usdc(1_000) + 2_160_000);
}

/// At 184 maintenance is 92: equity of exactly that is enough.
#[test]
fn a_member_at_maintenance_is_safe() {
    let mut world = traded_with(252_400_000);
    world.set_price(SOL, usd(184));
    world.refuse(world.liquidate("carol", "alice", SOL, 1), NotLiquidatable);
    let mut world = traded_with(252_399_999);
    world.set_price(SOL, usd(184));
    world.run(world.liquidate("carol", "alice", SOL, 1));
}

/// With 0.05 of confidence, counted twice, the 10 SOL may be worth 1 more than at the mark.
#[test]
fn doubt_is_in_the_targets_favour() {
    let mut world = traded_with(251_400_000);
    world.set_price_within(SOL, usd(184), 5_000_000);
    world.refuse(world.liquidate("carol", "alice", SOL, 1), NotLiquidatable);
    world.set_price_within(SOL, usd(184), 4_999_000);
    world.run(world.liquidate("carol", "alice", SOL, 1));
}

#[test]
fn something_must_be_taken() {
    let mut world = World::with_two_markets();
    contributors(&mut world, usdc(250));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(184));
    world.refuse(world.liquidate("carol", "alice", SOL, 0), ZeroAmount);
    world.refuse(world.liquidate("carol", "alice", BTC, 1), NothingToTake); // she holds no BTC
}

/// 646 lots at 184 are 1,188.64: 118.864 of margin, of which the bonus brings 11.8864, and 23.7728 of contribution. Bob, who
/// is short, needs nothing.
#[test]
fn the_liquidator_meets_the_requirements() {
    let mut world = at(usd(184));
    world.join("erin", 118_864_000 - 11_886_400 - 1, 23_772_800 - 1);
    world.refuse(world.liquidate("erin", "alice", SOL, LOTS), BelowInitialMargin);
    world.run(world.deposit_margin("erin", 1));
    world.refuse(world.liquidate("erin", "alice", SOL, LOTS), BelowRequiredContribution);
    world.run(world.contribute("erin", 1));
    world.run(world.liquidate("erin", "alice", SOL, LOTS));

    let mut world = at(usd(184));
    world.run(world.settle("alice", SOL));
    world.run(world.settle("bob", SOL));
    world.warp_secs(600); // his gain vests
    world.refresh();
    let bob = world.member("bob").margin;
    world.run(world.withdraw_margin("bob", bob - usdc(184)));
    world.set_price(SOL, usd(186)); // below initial margin himself
    world.set_price(SOL, usd(184));
    world.run(world.liquidate("bob", "alice", SOL, LOTS));
    assert_eq!(world.member("bob").position(SOL).lots, -354);
}

/// A stress move of 600 on 1,000 lots at 200 against a margin of 200, with half of 101.40 to endanger.
#[test]
fn the_liquidator_stays_within_the_cover_limit() {
    let mut world = World::new();
    world.join("alice", usdc(1_000), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", usdc(200), usdc(1_000));
    world.run(world.novate("alice", "bob", SOL, 2 * LOTS, usd(200)));
    world.set_price(SOL, usd(140)); // 1,200 lost: all may be taken
    world.refuse(world.liquidate("carol", "alice", SOL, LOTS), CoverLimitExceeded);
    world.run(world.deposit_margin("carol", usdc(300)));
    world.run(world.liquidate("carol", "alice", SOL, LOTS));
}

/// Threat 17.
#[test]
fn nobody_liquidates_itself() {
    let mut world = at(usd(184));
    let (alice, carol) = (world.account_of("alice"), world.account_of("carol"));
    world.refuse(world.liquidate("carol", "alice", SOL, 1).swap(carol, alice), DUPLICATE_MUTABLE_ACCOUNT);
}

#[test]
fn owner_or_delegate_signs_for_the_liquidator() {
    let mut world = at(usd(184));
    let carol = world.owner_of("carol").pubkey();
    refuses_strangers(&mut world, carol, NotTrader, |world| world.liquidate("carol", "alice", SOL, 1));
    let agent = keypair("agent");
    world.run(world.set_delegate("carol", agent.pubkey()));
    world.run(world.liquidate("carol", "alice", SOL, 1).signed_by(carol, agent));
}

#[test]
fn not_in_default() {
    let mut world = declared();
    world.refuse(world.liquidate("carol", "alice", SOL, 1), NotLiquidatable); // she holds nothing
    world.set_price(SOL, usd(290)); // Bob, short from 200, has 100 left of 145
    world.refuse(world.liquidate("alice", "bob", SOL, 1), BelowInitialMargin);
}

/// Whatever the caller passes: Alice is below maintenance in SOL alone, and rich with her gain in BTC (P8).
#[test]
fn all_positions_of_both_count() {
    let mut world = World::with_two_markets();
    contributors(&mut world, usdc(400));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.run(world.novate("alice", "bob", BTC, 100, usd(60_000)));
    world.set_price(SOL, usd(165));
    let btc = world.here.keys.market(BTC);
    world.run(world.liquidate("carol", "alice", SOL, 1));
    world.refuse(world.liquidate("carol", "alice", SOL, 1).without(btc), WrongMarket);
    world.set_price(BTC, usd(80_000)); // 100 lots of 0.0001: 200 gained
    world.refuse(world.liquidate("carol", "alice", SOL, 1), NotLiquidatable);
    world.refuse(world.liquidate("carol", "alice", SOL, 1).without(btc), WrongMarket);

    world.set_price(BTC, usd(60_000));
    world.run(world.novate("carol", "dave", BTC, 1, usd(60_000)));
    world.run(world.liquidate("carol", "alice", SOL, 1));
}

/// U5: the market whose lots move has a print that is at most ten seconds old. Alice's other market is silent, and counts at
/// its last mark moved in her favour by its maintenance rate: 600 of notional by 30.
#[test]
fn lots_move_on_a_recent_print_only() {
    let mut world = World::with_two_markets();
    contributors(&mut world, usdc(400));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.run(world.novate("alice", "bob", BTC, 100, usd(60_000)));
    world.set_price(SOL, usd(165));
    world.warp_secs(11);
    world.refuse(world.liquidate("carol", "alice", SOL, 1), StaleMark);
    // A print of eleven seconds ago, cranked now, is as old; one of ten is not.
    let old = PriceUpdate { publish_ts: world.now() - 11, ..world.price_update(SOL) };
    world.write_price(SOL, &old);
    world.run(world.crank_market(SOL));
    world.refuse(world.liquidate("carol", "alice", SOL, 1), StaleMark);
    world.write_price(SOL, &PriceUpdate { publish_ts: old.publish_ts + 1, ..old });
    world.run(world.crank_market(SOL));
    world.run(world.liquidate("carol", "alice", SOL, 1));

    // 399.48 less 320 and 30 more for the doubt in BTC are 109.48, of maintenance margins of 83.9 and 30: at 168 she is below.
    for (price, safe) in [(usd(168), false), (16_860_000_000, true)] {
        let mut world = World::with_two_markets();
        contributors(&mut world, usdc(400));
        world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
        world.run(world.novate("alice", "bob", BTC, 100, usd(60_000)));
        world.warp_secs(DAY);
        world.set_price(SOL, price);
        if safe {
            world.refuse(world.liquidate("carol", "alice", SOL, 1), NotLiquidatable);
        } else {
            world.run(world.liquidate("carol", "alice", SOL, 1));
        }
    }
}

/// The price moves until the transaction lands. Carol gets 100 lots at 184 and a bonus of 1.84: 182.16 a lot is her price.
#[test]
fn within_the_limit_price() {
    let mut world = at(usd(184));
    let bid = |limit_price| Bid { lots: 100, limit_price };
    world.refuse(world.liquidate_within("carol", "alice", SOL, bid(18_216_000_000 - 1)), PriceBeyondLimit);
    world.run(world.liquidate_within("carol", "alice", SOL, bid(18_216_000_000)));
    let mut world = World::new();
    contributors(&mut world, usdc(250));
    world.run(world.novate("bob", "alice", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(216));
    world.refuse(world.liquidate_within("carol", "alice", SOL, bid(21_816_000_000 + 1)), PriceBeyondLimit);
    world.run(world.liquidate_within("carol", "alice", SOL, bid(21_816_000_000)));
}

/// The end of A that favours Alice decides whether, how much, and at which price. In the cell before SOL was at 190, and there
/// she is safe; where it was at 184.20, her equity of 91.60 of 92 brings less of her lots to Carol, at 184.20.
#[test]
fn the_favourable_end_decides_all() {
    let mut world = at(usd(190));
    world.print(SOL, usd(184));
    world.refuse(world.liquidate("carol", "alice", SOL, LOTS), NotLiquidatable);
    let mut world = at(18_420_000_000);
    world.print(SOL, usd(184));
    let meta = world.run(world.liquidate("carol", "alice", SOL, LOTS));
    let lots = event!(meta, Liquidated).lots;
    assert!((1..646).contains(&lots), "{lots}");
    let raw = world.member("carol").position(SOL).raw;
    assert_eq!(raw, -i128::from(lots) * 18_420_000_000);
}

/// At 40 Alice is 1,350.40 short, more than treasury and contributions: Carol will be assessed, at most half of her 900.
/// 10 of Erin's lots need 0.40 on top.
#[test]
fn what_the_liquidator_may_be_assessed_stays_free() {
    let mut world = World::with_params(assessing(5_000));
    world.join("alice", usdc(250), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", 450_400_000 - 40_000 - 1, usdc(900)); // the bonus is 0.04
    world.join("erin", usdc(1_615), usdc(100)); // 14.60 at 40, maintenance is 20
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.run(world.novate("erin", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(40));
    world.run(world.declare_default("alice"));
    world.refuse(world.liquidate("carol", "erin", SOL, 10), AssessmentReserved);
    world.run(world.deposit_margin("carol", 1));
    world.run(world.liquidate("carol", "erin", SOL, 10));
}

/// At 320 Bob, short of 600 lots from the pin of 50, has lost 1,620 of 999.76. His claim of 870 counts: 249.76 for 96 of
/// maintenance margin; at 350 69.76 for 105.
#[test]
fn a_claim_counts() {
    let mut world = cut();
    world.join("dave", usdc(1_000), usdc(1_000));
    world.set_price(SOL, usd(320));
    world.refuse(world.liquidate("dave", "bob", SOL, 10), NotLiquidatable);
    world.set_price(SOL, usd(350));
    world.run(world.liquidate("dave", "bob", SOL, 10));
    assert_eq!(world.member("bob").position(SOL).lots, -590);
}

#[test]
fn not_at_a_final_mark() {
    let mut world = final_at(usd(35)); // Erin has 10 left
    world.refuse(world.liquidate("carol", "erin", SOL, 10), MarketClosed);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = at(usd(184));
    let call = |world: &World| world.liquidate("carol", "alice", SOL, 1);
    let (keys, alice, carol) = (world.here.keys, world.account_of("alice"), world.account_of("carol"));
    for account in [keys.fund, keys.market(SOL), alice, carol] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other_market = market_elsewhere(&mut world);
    world.refuse(call(&world).swap(keys.market(SOL), other_market), WrongFund);
    world.refuse(call(&world).with(other_market), WrongFund);
    world.refuse(call(&world).with(keys.market(SOL)), DUPLICATE_MUTABLE_ACCOUNT);
    for (name, member) in [("alice", alice), ("carol", carol)] {
        let other = member_elsewhere(&mut world, name);
        world.refuse(call(&world).swap(member, other), WrongFund);
    }
    let other_fund = world.elsewhere(|world| world.here.keys.fund);
    world.refuse(call(&world).swap(keys.fund, other_fund), WrongFund);
}
