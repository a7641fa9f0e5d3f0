//! Venues: what they draw is bounded by what their market has done. `show_gap`.

use {
    super::*,
    bulkhead_tests::{
        bulkhead::{constants::GAP_HOLD_SECS, state::CoverStatus},
        event,
        params::DAY,
        usd,
        BulkheadError::*,
        BTC, SOL,
    },
};

/// A venue of SOL, which is at 200: 1,000 of debt, liquidated at 85%; a limit of 400, half of it in seven days.
fn venue() -> World {
    let mut world = coverable();
    world.cover_with(world.venue_terms(usdc(400)));
    world
}

/// What the venue is owed by a draw of this amount, and what its first loss pays.
fn drawn_by(world: &mut World, amount: u64) -> (u64, u64) {
    let draw = event!(world.run(world.draw_cover_in(0, Some(SOL), amount)), CoverDrawn);
    (draw.owed, draw.first_loss)
}

/// A loan was liquidatable at 170. At 140 it lacks 30 of 170: 176.470588 of 1,000, whatever the pool reports.
#[test]
fn a_draw_is_cut_to_what_the_fall_explains() {
    let mut world = venue();
    world.set_price(SOL, usd(140));
    let bound = 176_470_588;
    let owed = (bound - usdc(8)) * 9 / 10;
    assert_eq!(drawn_by(&mut world, usdc(10_000)), (owed, usdc(8)), "a lying pool");
    assert_eq!(drawn_by(&mut world, usdc(10_000)), (0, 0), "the same fall pays once");
    // It falls on: 40 of 170 since.
    world.set_price(SOL, usd(130));
    let (more, _) = drawn_by(&mut world, usdc(10_000));
    assert_eq!(more, ((235_294_117 - bound) * 9 / 10).min(usdc(200) - owed));
}

#[test]
fn a_true_report_is_paid_as_reported() {
    let mut world = venue();
    world.set_price(SOL, usd(140));
    assert_eq!(drawn_by(&mut world, usdc(58)), (usdc(45), usdc(8)));
    ripen(&mut world);
    world.run(world.settle_cover(0));
    assert_eq!(world.cover(0).payable, usdc(53));
}

/// A fall of 15% is what the pool's own threshold is for.
#[test]
fn a_price_that_has_not_fallen_pays_nothing() {
    let mut world = venue();
    assert_eq!(drawn_by(&mut world, usdc(100)), (0, 0), "a flat price");
    world.set_price(SOL, usd(170));
    assert_eq!(drawn_by(&mut world, usdc(100)), (0, 0), "a fall by what loans bear");
    world.set_price(SOL, usd(230));
    assert_eq!(drawn_by(&mut world, usdc(100)), (0, 0), "a rise");
    assert_eq!(world.cover(0).first_loss, usdc(8));
}

/// Nor does a fall over days: a pool has time to liquidate.
#[test]
fn a_slow_fall_pays_nothing() {
    let mut world = venue();
    for price in (80..200).rev().step_by(10) {
        for _ in 0..2 {
            world.warp_secs(900);
            world.set_price(SOL, usd(price));
        }
        assert_eq!(drawn_by(&mut world, usdc(100)), (0, 0), "at {price}");
    }
}

/// The high end of interval A counts: a print harms nobody until it has lasted.
#[test]
fn one_wild_print_pays_nothing() {
    let mut world = venue();
    world.warp_secs(60);
    world.print(SOL, usd(200));
    world.warp_secs(5);
    world.print(SOL, usd(20));
    assert_eq!(drawn_by(&mut world, usdc(100)), (0, 0));
    // And a wild print upwards is no height to fall from: its low end counts.
    world.warp_secs(5);
    world.print(SOL, usd(2_000));
    world.set_price(SOL, usd(200));
    assert_eq!(drawn_by(&mut world, usdc(100)), (0, 0));
}

#[test]
fn it_is_bounded_by_its_own_market_and_a_recent_print() {
    let mut world = World::with(Setup {
        params: params::COVERED,
        markets: vec![bulkhead_tests::MarketSpec::sol(), bulkhead_tests::MarketSpec::btc()],
        ..Setup::default()
    });
    contributors(&mut world, usdc(1_000));
    world.cover_with(world.venue_terms(usdc(400)));
    world.set_price(SOL, usd(140));
    world.refuse(world.draw_cover(0, usdc(10)), WrongMarket);
    world.refuse(world.draw_cover_in(0, Some(BTC), usdc(10)), WrongMarket);
    world.refuse(world.show_gap(0, BTC), WrongMarket);
    world.warp_secs(11);
    world.refuse(world.draw_cover_in(0, Some(SOL), usdc(10)), StaleMark);
    world.refuse(world.show_gap(0, SOL), StaleMark);
}

/// A venue draws for what happens now: not when its time is over.
#[test]
fn a_venue_whose_time_is_over_draws_nothing() {
    let mut world = venue();
    world.warp_secs(world.cover(0).ends_ts - world.now());
    world.set_price(SOL, usd(140));
    world.refuse(world.draw_cover_in(0, Some(SOL), usdc(10)), CoverOver);
    world.refuse(world.show_gap(0, SOL), CoverOver);
}

/// A hundred draws take no more than one.
#[test]
fn a_hundred_draws_take_the_bound_of_one() {
    let mut world = venue();
    world.set_price(SOL, usd(140));
    let mut taken = 0;
    for _ in 0..100 {
        let (owed, first) = drawn_by(&mut world, usdc(2));
        taken += owed + first;
    }
    assert!(taken <= usdc(8) + (176_470_588 - usdc(8)) * 9 / 10, "{taken}");
    ripen(&mut world);
    world.run(world.settle_cover(0));
    // A pool writes off loan by loan: what is settled together counts once.
    assert!(world.cover(0).status == CoverStatus::Active);
}

/// Contributors settle loans of dust, or between the pool's own draws, and suspend nothing by it.
#[test]
fn settlements_of_a_quarter_of_an_hour_count_once() {
    let mut world = venue();
    world.warp_secs(900 - world.now() % 900);
    world.refresh();
    world.set_price(SOL, usd(140));
    for dust in [usdc(20), 3, 3, 3, usdc(20)] {
        drawn_by(&mut world, dust);
        ripen(&mut world);
        world.run(world.settle_cover(0));
    }
    assert_eq!(world.cover(0).period_settlements, 1);
    drawn_by(&mut world, usdc(50));
    world.refuse(world.contribute("carol", 1), LossPending);
    ripen(&mut world);
    world.run(world.settle_cover(0));
    assert_eq!(world.cover(0).drawn, (usdc(12) + usdc(20) + usdc(50) + 9) * 9 / 10 - 2);
}

/// Dust in sixteen quarters of an hour, in each of which the market falls, suspends the venue: what comes
/// later waits.
#[test]
fn the_sixteenth_quarter_of_an_hour_suspends() {
    let mut world = venue();
    world.warp_secs(7 * DAY - world.now() % (7 * DAY));
    for number in 1..=16 {
        assert!(world.cover(0).status == CoverStatus::Active);
        world.warp_secs(900 - world.now() % 900);
        world.refresh();
        world.set_price(SOL, usd(200));
        world.set_price(SOL, usd(140));
        drawn_by(&mut world, usdc(9));
        ripen(&mut world);
        let meta = world.run(world.settle_cover(0));
        assert_eq!(meta.events.len(), if number == 16 { 2 } else { 1 });
        assert_eq!(world.cover(0).period_settlements, number);
    }
    assert!(world.cover(0).status == CoverStatus::Suspended);
    world.set_price(SOL, usd(140));
    world.run(world.draw_cover_in(0, Some(SOL), usdc(20)));
    assert_eq!(world.fund().cover_owed, 0);
    world.refuse(world.settle_cover(0), CoverSuspended);
    world.refuse(world.show_gap(0, SOL), CoverSuspended);
}

/// Exits do not outrun the pool: anyone shows the fall.
#[test]
fn a_gap_holds_exits() {
    let mut world = venue();
    world.refuse(world.show_gap(0, SOL), NoGap);
    world.set_price(SOL, usd(140));
    let shown = event!(world.run(world.show_gap(0, SOL)), GapShown);
    assert_eq!((shown.bound, shown.until_ts), (176_470_588, world.now() + i64::from(GAP_HOLD_SECS)));
    world.refuse(world.contribute("carol", 1), LossPending);
    world.warp_secs(GAP_HOLD_SECS.into());
    world.run(world.contribute("carol", usdc(1)));
    world.warp_secs(DAY);
    world.refresh();
    world.refuse(world.show_gap(0, SOL), NoGap);
}

/// Only a venue has a gap.
#[test]
fn another_cover_has_no_gap() {
    let mut world = covered();
    world.set_price(SOL, usd(140));
    world.refuse(world.show_gap(0, SOL), WrongMarket);
}
