use {
    crate::{common::*, scenes::*},
    bulkhead_math::{gains::plan_haircut, positions::Position, units::Scale},
    bulkhead_tests::{
        bulkhead::{
            rules::gains,
            state::{FundStatus, Market, PositionSlot},
        },
        event,
        outcome::NOT_WRITABLE,
        params, usd, usdc,
        world::Setup,
        BulkheadError::*,
        Event, MarketSpec, World, BTC, SOL,
    },
};

/// 50 of 1,000 lots: 0.05 a lot, which is 500,000,000 of raw quote. The fund has no loss any more and trades again; the
/// positions are not touched yet.
#[test]
fn the_winning_side_pays_per_lot() {
    let mut world = called_with(params::FUND);
    let raw = ["bob", "carol"].map(|name| world.member(name).position(SOL).raw);
    let meta = world.run(world.haircut_gains());
    let cut = event!(meta, GainsCut);
    assert_eq!((cut.fund, cut.market_index, cut.side), (world.here.keys.fund, 0, 1));
    assert_eq!((cut.amount, cut.lots), (usdc(50), LOTS));
    let (fund, market) = (world.fund(), world.market(SOL));
    assert_eq!((fund.residual, fund.unfunded, fund.pool), (0, 0, usdc(1_450)));
    assert_eq!((fund.loss_episode, fund.defaulted_markets), (2, 0));
    assert!(fund.status == FundStatus::Active);
    assert_eq!(market.cut_index.map(|index| index.get()), [0, 500_000_000]);
    assert_eq!((market.cut_price[1], market.cut_raw.get()), (usd(50), 500_000_000_000));
    assert_eq!(["bob", "carol"].map(|name| world.member(name).position(SOL).raw), raw);
}

/// 600 and 400 lots: 30 and 20 of 900 and 600. They have borne it, and may get it back.
#[test]
fn each_winner_keeps_the_rest() {
    let mut world = haircut();
    for (name, gain, cut) in [("bob", 900, 30), ("carol", 600, 20)] {
        assert_eq!(
            event!(world.run(world.settle(name, SOL)), Settled).paid,
            usdc(gain - cut) as i64,
            "{name}"
        );
        assert_eq!(borne(&world, name), usdc(cut), "{name}");
    }
    assert_eq!((world.fund().pool, world.fund().losses_outstanding), (0, usdc(1_050)));
}

/// P11: with SOL at 200 nobody has gained anything, and nobody's margin pays. The cut lapses to the house.
#[test]
fn a_margin_is_never_cut() {
    let mut world = called_with(params::FUND);
    world.set_price(SOL, usd(200));
    world.run(world.haircut_gains());
    let margin = world.member("bob").margin;
    world.run(world.settle("bob", SOL));
    assert_eq!((world.member("bob").margin, borne(&world, "bob")), (margin, 0));
    let market = world.market(SOL);
    assert_eq!(market.lapsed_raw.get(), 300_000_000_000); // Bob's 30
    assert_eq!(market.house_raw.get(), -(50_000 * 100_000_000) - 300_000_000_000);
}

/// Bob buys his 600 lots back from the house after the default, and is cut all the same.
#[test]
fn who_trades_after_the_default_does_not_escape() {
    let mut world = called_with(params::FUND);
    world.run(world.take_over("bob", SOL, 600));
    world.refresh();
    assert_eq!(world.member("bob").position(SOL).lots, 0);
    assert_eq!(event!(world.run(world.haircut_gains()), GainsCut).lots, LOTS);
    assert_eq!(event!(world.run(world.settle("bob", SOL)), Settled).paid, 870_000_000);
    assert!(!world.member("bob").has_positions());
}

/// Lots bought after the default are not hit: Carol, long of 600 after she took 1,000 from the house, is cut for the 400
/// she was short of.
#[test]
fn who_trades_after_the_default_inherits_nothing() {
    let mut world = called_with(params::FUND);
    world.run(world.take_over("carol", SOL, LOTS));
    let meta = world.run(world.haircut_gains());
    assert_eq!(event!(meta, GainsCut).lots, LOTS);
    world.run(world.settle("carol", SOL));
    assert_eq!((borne(&world, "carol"), world.member("carol").position(SOL).lots), (usdc(20), 600));
}

/// Two markets with stress losses of 30%.
fn gentle_world() -> World {
    let markets = vec![gentle(MarketSpec::sol()), gentle(MarketSpec::btc())];
    World::with(Setup { markets, ..Setup::default() })
}

/// Alice, with 349.48 of margin, has lost 1,500 in SOL to Bob and 300 in BTC to Carol; 1,450.52 are missing and 250 of it
/// are nobody's. SOL's part is 250 x 1,500 / 1,800, rounded down, BTC's the rest.
fn two_markets() -> World {
    let mut world = gentle_world();
    world.join("alice", usdc(350), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", usdc(1_000), usdc(900));
    world.give("treasurer", usdc(1_000));
    world.run(world.fund_treasury("treasurer", usdc(100)));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.run(world.novate("alice", "carol", BTC, 100, usd(60_000)));
    world.set_price(SOL, usd(50));
    world.set_price(BTC, usd(30_000));
    world.default_member("alice");
    world
}

#[test]
fn markets_share_it_by_what_was_lost_in_them() {
    let mut world = two_markets();
    assert_eq!(world.fund().residual, usdc(250));
    let meta = world.run(world.haircut_gains());
    let cuts: Vec<_> = meta
        .events
        .iter()
        .filter_map(|event| match event {
            Event::GainsCut(cut) => Some((cut.market_index, cut.amount)),
            _ => None,
        })
        .collect();
    assert_eq!(cuts, [(0, 208_333_333), (1, 41_666_667)]);
    assert_eq!((world.fund().residual, world.fund().defaulted_markets), (0, 0));
}

#[test]
fn every_market_with_a_loss_is_given_with_a_fresh_mark() {
    let mut world = two_markets();
    let (sol, btc) = (world.here.keys.market(SOL), world.here.keys.market(BTC));
    for market in [sol, btc] {
        world.refuse(world.haircut_gains().without(market), WrongMarket);
        world.refuse(world.haircut_gains().with_writable(market), DuplicateAccount);
        world.refuse(world.haircut_gains().readonly(market), NOT_WRITABLE);
    }
    let other = market_elsewhere(&mut world);
    world.refuse(world.haircut_gains().swap(btc, other), WrongFund);
    world.refuse(world.haircut_gains().with_writable(other), WrongFund);
    world.warp_slots(26);
    world.set_price(SOL, usd(50));
    world.refuse(world.haircut_gains(), StaleMark);
    world.set_price(BTC, usd(30_000));
    world.run(world.haircut_gains());
}

/// BTC has no loss: it is cut for nobody's, in SOL's place or beside it.
#[test]
fn no_other_market_is_given() {
    let mut world = gentle_world();
    world.join("alice", usdc(250), usdc(100));
    world.join("bob", usdc(1_000), usdc(900));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(50));
    world.default_member("alice");
    let (sol, btc) = (world.here.keys.market(SOL), world.here.keys.market(BTC));
    world.refuse(world.haircut_gains().swap(sol, btc), WrongMarket);
    world.refuse(world.haircut_gains().with_writable(btc), WrongMarket);
    world.run(world.haircut_gains());
}

#[test]
fn there_must_be_a_residual() {
    let mut world = allocated();
    world.refuse(world.haircut_gains(), NothingToAllocate);
    let mut world = haircut();
    world.refuse(world.haircut_gains(), NothingToAllocate); // threat 20
}

/// A unit in the treasury, or a contribution, pays first.
#[test]
fn the_layers_before_are_empty() {
    let mut world = called_with(params::FUND);
    world.run(world.fund_treasury("treasurer", 1));
    world.refuse(world.haircut_gains(), LayerNotEmpty);
    world.run(world.allocate_residual());
    assert_eq!(event!(world.run(world.haircut_gains()), GainsCut).amount, usdc(50) - 1);

    let mut world = allocated();
    world.warp_slots(500);
    world.refresh();
    world.run(world.take_over("bob", SOL, LOTS)); // costs 37.50, and contributions are 3,950
    world.refuse(world.haircut_gains(), LayerNotEmpty);
}

/// Erin, 500 long from Bob, defaults too: her default is allocated first.
#[test]
fn every_default_is_allocated() {
    let mut world = gentle_world();
    world.join("alice", usdc(250), usdc(100));
    world.join("erin", usdc(250), usdc(100));
    world.join("bob", usdc(2_000), usdc(800));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.run(world.novate("erin", "bob", SOL, 500, usd(200)));
    world.set_price(SOL, usd(50));
    world.run(world.declare_default("erin"));
    world.default_member("alice");
    world.refuse(world.haircut_gains(), LossPending);
    world.run(world.allocate_loss("erin"));
    world.run(world.haircut_gains());
}

/// 50 are called from survivors for an hour; when nobody has paid by then, gains are cut.
#[test]
fn the_assessment_is_over() {
    let mut world = called();
    world.warp_secs(i64::from(params::FUND.assessment_secs));
    world.refresh();
    world.refuse(world.haircut_gains(), AssessmentOpen);
    world.warp_secs(1);
    world.refresh();
    assert_eq!(event!(world.run(world.haircut_gains()), GainsCut).amount, usdc(50));

    let mut world = called();
    world.run(world.enforce_call("bob"));
    world.refuse(world.haircut_gains(), AssessmentOpen);
}

/// The assessment pays first, gains only what is left of the loss: 2% of 1,000 are called and paid, 30 are cut.
#[test]
fn gains_pay_what_an_assessment_does_not() {
    let mut world = called_with(assessing(200));
    world.run(world.enforce_call("bob"));
    world.run(world.enforce_call("carol"));
    assert_eq!(event!(world.run(world.haircut_gains()), GainsCut).amount, usdc(30));
    world.run(world.settle("bob", SOL));
    assert_eq!(borne(&world, "bob"), usdc(20)); // 2 assessed, 18 cut
}

/// [`lapsing`]: 60% is taken from Bob, Dave's 40% lapses to the flat house and is a loss again. A second round takes 60% of
/// that from Bob, and so on.
#[test]
fn what_lapses_is_cut_again() {
    let mut world = lapsing();
    let (cut, lapsed) = (49_968_000, 49_968_000 * 400 / 1_000);
    world.run(world.settle("dave", SOL));
    world.run(world.settle("bob", SOL));
    assert_eq!(
        (world.fund().residual, borne(&world, "bob"), borne(&world, "dave")),
        (lapsed, cut - lapsed, 0)
    );
    assert_eq!(event!(world.run(world.haircut_gains()), GainsCut).amount, lapsed);
    world.run(world.settle("bob", SOL));
    assert_eq!(borne(&world, "bob"), (cut + lapsed) * 600 / 1_000);
}

/// See [`wound_down`]: all that was cut has lapsed, and nobody is left to pay.
#[test]
fn without_gains_the_wind_down_begins() {
    let mut world = called_with(SLOW_AUCTION);
    world.set_price(SOL, usd(200));
    world.run(world.haircut_gains());
    world.run(world.settle("bob", SOL));
    world.run(world.settle("carol", SOL));
    world.set_price(SOL, usd(50));
    world.join("erin", usdc(160), 0);
    assert_eq!(event!(world.run(world.take_over("erin", SOL, LOTS)), TakenOver).house_result, -50_000_000);
    let meta = world.run(world.haircut_gains());
    let started = event!(meta, WindDownStarted);
    assert_eq!((started.fund, started.residual), (world.here.keys.fund, usdc(50)));
    assert_eq!(started.final_marks_ts, world.now() + params::DAY);
    let fund = world.fund();
    assert!(fund.status == FundStatus::WindDown);
    assert_eq!((fund.wind_down_ts, fund.residual, fund.pool), (world.now(), usdc(50), usdc(1_450)));
    world.refuse(world.haircut_gains(), WindDown);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = called_with(params::FUND);
    let call = |world: &World| world.haircut_gains();
    for account in [world.here.keys.fund, world.here.keys.market(SOL)] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
}

/// P4: who is touched after each cut, and who only after both, end up the same: the first took what there was at 50, the
/// second finds nothing at 300.
#[test]
fn being_touched_late_changes_nothing() {
    let mut market: Market = bytemuck::Zeroable::zeroed();
    market.scale = 10_000;
    market.cut_lots = [0, 200];
    let mut held: PositionSlot = bytemuck::Zeroable::zeroed();
    held.set(Position::default().trade(-100, usd(200)).unwrap());
    held.cut_lots = -100;
    let (mut early, mut late) = (held, held);
    for (price, loss) in [(50, usdc(60)), (300, usdc(20))] {
        market.mark.price = usd(price);
        gains::cut_side(
            &mut market,
            1,
            &plan_haircut(loss, 200, Scale::from_stored(10_000).unwrap()).unwrap(),
        )
        .unwrap();
        if gains::is_cut_pending(&market, &early) {
            gains::take_cut(&mut market, &mut early).unwrap();
        }
    }
    assert_eq!(gains::take_cut(&mut market, &mut late), Ok(usdc(30)));
    assert_eq!((late.raw, late.cut_index), (early.raw, early.cut_index));
    assert_eq!(market.lapsed_raw.get(), 2 * u128::from(usdc(10)) * 10_000);
}

/// P10: a small loss after a large cut that was paid: once it lapses it is not cut again and again. Two cuts of a gain of 90
/// take all of it; of the third nothing is taken.
#[test]
fn a_cut_that_lapses_is_the_last_one() {
    let mut market: Market = bytemuck::Zeroable::zeroed();
    (market.scale, market.cut_lots, market.episode_lots, market.episode_loss) = (10_000, [0, 100], 1, 1);
    market.mark.price = usd(110);
    let mut held: PositionSlot = bytemuck::Zeroable::zeroed();
    held.set(Position::default().trade(-100, usd(200)).unwrap());
    held.cut_lots = -100;
    for (loss, next) in [(usdc(80), 1), (usdc(10), 1), (1, 0)] {
        assert_eq!(gains::weight(&market, 0), 1, "{loss} can be cut");
        gains::cut_side(
            &mut market,
            1,
            &plan_haircut(loss, 100, Scale::from_stored(10_000).unwrap()).unwrap(),
        )
        .unwrap();
        gains::take_cut(&mut market, &mut held).unwrap();
        assert_eq!(gains::weight(&market, 0), next, "after {loss}");
    }
    gains::forget_lapsed(&mut market);
    assert_eq!(gains::weight(&market, 0), 1, "a default has new winners");
}
