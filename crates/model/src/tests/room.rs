//! Attacks on takings by stress calls and by friends, on settlements of one leg of a hedge, and on the bound of
//! a venue.

use super::attacks::{covered, covered_venue, venue_terms};
use super::fills::{hedged, settle};
use super::scene::{fund_params, market_params, usd, Scene, SOL};
use super::takings::{fill, post, scene_of, take};
use crate::{CoverPurse, CoverTerms, FundParams, MarketParams, Op, Reason};

/// A member that is called for its stress loss only reduces. Anyone calls, also between a taking and its fill,
/// and the called member ends the call by an act: it would decide after the print whether the fill is made.
#[test]
fn a_taking_is_no_option_by_a_stress_call() {
    let mut scene = hedged(5_000.0, 10_800.0, 40_00);
    scene.model.members.get_mut("taker").unwrap().stress_due_secs = Some(1 << 40);
    scene.refused(scene.trade("taker", "maker", SOL, 1, 200.0), Reason::MemberReduceOnly);
    scene.wait(1);
    for (market, price) in [(1, 170.0), (2, 231.0), (SOL, 200.0)] {
        scene.crank(market, price);
    }
    scene.ok(fill("taker", "maker", 200.0, 0));
}

fn post_number(maker: &str, number: u64, lots: i64) -> Op {
    let Op::PostOffer { maker, market, terms, .. } = post(maker, lots) else { unreachable!() };
    Op::PostOffer { maker, number, market, terms }
}

/// Two friends, in a market that bears so many lots of open interest; a treasury of 20,000 bears 476 SOL of crowding.
fn friends(max_open_interest: u64) -> Scene {
    let params = FundParams { crowding_limit_bps: 10_000, ..fund_params() };
    let market = MarketParams { max_open_interest: max_open_interest.into(), ..market_params(2) };
    let mut scene = Scene::with(params, vec![market]);
    scene.treasury(20_000.0);
    scene.member("one", 500_000.0, 0.0);
    scene.member("two", 500_000.0, 0.0);
    scene.settle_price(SOL, 200.0);
    scene
}

/// `two` takes lots of an offer of `one`, at any price.
fn takes(number: u64, lots: i64) -> Op {
    let limit_price = if lots > 0 { u64::MAX } else { 0 };
    Op::TakeOffer { taker: "two".into(), offer: ("one".into(), number), lots, limit_price }
}

/// The fill at a print of 200, a second after the taking.
fn fills(number: u64) -> Op {
    let offer = ("one".into(), number);
    Op::FillOffer { taker: "two".into(), offer, update: Scene::print(200.0, 0), gap_secs: 1 }
}

/// A fill asks for no room, so that takings ask for it beside one another: two friends with as many offers as
/// they like hold what the market and the fund bear, and no more.
#[test]
fn friends_do_not_trade_beyond_the_limits_by_takings() {
    let friends = |max_open_interest| {
        let mut scene = friends(max_open_interest);
        for number in 1..=3 {
            scene.ok(post_number("one", number, -300_00));
        }
        scene
    };
    let mut scene = friends(1_000_00);
    scene.ok(takes(1, 300_00));
    scene.refused(takes(2, 200_00), Reason::CrowdingLimitExceeded);
    let mut scene = friends(300_00);
    scene.refused(scene.trade("one", "two", SOL, 301_00, 200.0), Reason::OpenInterestLimit);
    scene.ok(takes(1, 200_00));
    scene.refused(takes(2, 101_00), Reason::OpenInterestLimit);
    scene.ok(takes(2, 100_00));
    scene.refused(takes(3, 1), Reason::OpenInterestLimit);
    scene.wait(1);
    scene.crank(SOL, 200.0);
    for number in 1..=2 {
        scene.ok(fills(number));
    }
    assert_eq!(scene.model.members["two"].lots(0), 300_00);
    // What was filled is open interest, and what has lapsed counts no more.
    scene.wait(31);
    scene.crank(SOL, 200.0);
    scene.refused(takes(3, 1), Reason::OpenInterestLimit);
    scene.novate("one", "two", SOL, 50_00, 200.0);
    scene.ok(takes(3, 50_00));
    scene.wait(31);
    scene.crank(SOL, 200.0);
    scene.ok(Op::LapseTaking { taker: "two".into(), offer: ("one".into(), 3) });
    scene.ok(takes(3, 50_00));
}

/// What reduces when it is taken may add when it is filled: another taking has closed the position before. Nine
/// takings of all lots that are open would be one that closes, and eight that open.
#[test]
fn takings_that_reduce_now_need_room_too() {
    for (held, second) in [(300_00, 300_00), (150_00, 300_00)] {
        let mut scene = friends(300_00);
        scene.novate("two", "one", SOL, held, 200.0);
        scene.wait(1);
        scene.crank(SOL, 200.0);
        for number in 1..=2 {
            scene.ok(post_number("one", number, second));
        }
        scene.ok(takes(1, -second));
        scene.refused(takes(2, -second), Reason::OpenInterestLimit);
        scene.wait(1);
        scene.crank(SOL, 200.0);
        scene.ok(fills(1));
        assert_eq!(scene.model.open_interest(0), i128::from(second) - i128::from(held));
    }
}

/// Who hands a position on before the fill of the taking that would have closed it opens another one. Then
/// twice as much is open as the market may have, and half a minute later not four times as much.
#[test]
fn what_is_open_is_doubled_once_by_takings_and_not_every_half_minute() {
    let mut scene = friends(300_00);
    scene.member("three", 500_000.0, 0.0);
    scene.member("four", 500_000.0, 0.0);
    scene.novate("two", "one", SOL, 300_00, 200.0);
    for number in 1..=4 {
        scene.ok(post_number("one", number, 300_00));
    }
    scene.wait(1);
    scene.crank(SOL, 200.0);
    scene.ok(takes(1, -300_00));
    scene.novate("three", "two", SOL, 300_00, 200.0);
    scene.novate("one", "four", SOL, 300_00, 200.0);
    scene.wait(1);
    scene.crank(SOL, 200.0);
    scene.ok(fills(1));
    assert_eq!(scene.model.open_interest(0), 600_00, "as much again");
    scene.wait(31);
    scene.crank(SOL, 200.0);
    // Both would reduce by this one.
    assert_eq!((scene.model.members["one"].lots(0), scene.model.members["two"].lots(0)), (300_00, -300_00));
    for (number, lots) in [(5, 1), (6, 300_00)] {
        scene.ok(post_number("one", number, -lots));
        scene.refused(takes(number, lots), Reason::OpenInterestLimit);
    }
    // They trade with one another, and once less is open they take again.
    scene.novate("two", "one", SOL, 150_00, 200.0);
    scene.wait(1);
    scene.crank(SOL, 200.0);
    scene.ok(takes(6, 150_00));
    scene.refused(takes(5, 1), Reason::OpenInterestLimit);
}

/// No member endangers more than half of the treasury and of what others contribute, by takings neither: of many
/// that each close all that a member holds, one closes, and the others open a position that no fill asks for.
#[test]
fn takings_that_reduce_now_carry_nobody_beyond_the_cover_limit() {
    let mut scene = super::takings::scene(10_000.0, vec![market_params(2)]);
    scene.member("one", 100_000.0, 0.0);
    scene.member("two", 100_000.0, 0.0);
    scene.novate("two", "one", SOL, 500_00, 200.0);
    let mut taken = vec![];
    for number in 1..=12 {
        scene.ok(post_number("one", number, 500_00));
        match scene.tries(takes(number, -500_00)) {
            Ok(()) => taken.push(number),
            Err(refused) => assert!(refused.contains(&Reason::CoverLimitExceeded), "{refused:?}"),
        }
    }
    assert!((2..12).contains(&taken.len()), "{} takings", taken.len());
    scene.wait(1);
    scene.crank(SOL, 200.0);
    for number in taken {
        scene.ok(fills(number));
    }
    scene.ok(Op::ReportExposure { member: "one".into() });
    let known = scene.model.exposures.iter().flatten().find(|known| known.member == "one");
    let stress_loss = known.map_or(0, |known| known.stress_loss);
    assert!(stress_loss <= scene.model.treasury / 2, "{stress_loss}");
    // By trades it comes no further.
    scene.refused(scene.trade("one", "two", SOL, 2_100_00, 200.0), Reason::CoverLimitExceeded);
}

/// Whoever hands a position on before the fill that would have closed it has opened another one by it: as much
/// again as was open, and no more in a half minute.
#[test]
fn a_position_that_is_handed_on_is_opened_again_once() {
    let mut scene = friends(300_00);
    for friend in ["three", "four"] {
        scene.member(friend, 500_000.0, 0.0);
    }
    scene.novate("two", "one", SOL, 300_00, 200.0);
    scene.wait(1);
    scene.crank(SOL, 200.0);
    for number in 1..=2 {
        scene.ok(post_number("one", number, 300_00));
    }
    scene.ok(takes(1, -300_00));
    scene.novate("three", "two", SOL, 300_00, 200.0);
    scene.novate("one", "four", SOL, 300_00, 200.0);
    scene.refused(takes(2, -1), Reason::OpenInterestLimit);
    scene.wait(1);
    scene.crank(SOL, 200.0);
    scene.ok(fills(1));
    assert_eq!(scene.model.open_interest(0), 600_00);
}

/// Takings of two half minutes, and a trade beside them, hold three times what the market bears, and no more.
#[test]
fn takings_of_two_half_minutes_and_a_trade_exceed_a_limit_by_twice_as_much() {
    let mut scene = friends(300_00);
    for number in 1..=3 {
        scene.ok(post_number("one", number, -300_00));
    }
    let now = scene.clock.ts as i64;
    scene.wait((28 - now).rem_euclid(30));
    scene.crank(SOL, 200.0);
    scene.ok(takes(1, 300_00));
    scene.wait(2);
    scene.ok(takes(2, 300_00));
    scene.novate("two", "one", SOL, 300_00, 200.0);
    scene.wait(1);
    scene.crank(SOL, 200.0);
    let offer = ("one".into(), 1);
    scene.ok(Op::FillOffer { taker: "two".into(), offer, update: Scene::print(200.0, 0), gap_secs: 3 });
    scene.ok(fills(2));
    assert_eq!(scene.model.open_interest(0), 900_00);
    scene.refused(takes(3, 1), Reason::OpenInterestLimit);
}

/// What an owner settles beyond its net loss, it could withdraw: a withdrawal that leaves a stress loss beyond
/// the cover limit is refused, and so is that. Nobody leaves in the first half of its window beside it.
#[test]
fn a_settlement_brings_nobody_beyond_the_cover_limit() {
    let mut scene = hedged(5_000.0, 10_800.0, 40_00);
    scene.refused(Op::Withdraw { member: "taker".into(), amount: usd(2_999.0) }, Reason::CoverLimitExceeded);
    let _ = scene.tries(settle("taker", 1));
    let _ = scene.tries(Op::ReportExposure { member: "taker".into() });
    let known = scene.model.exposures.iter().flatten().find(|known| known.member == "taker");
    let (loss, limit) = (known.map_or(0, |known| known.stress_loss) as f64 / 1e6, 2_500.0);
    assert!(loss <= limit, "{loss} where {limit} are admitted");
}

/// What a venue draws in a fall from 200 to 165, with a print of 226 for two seconds in the second `spike` of a
/// quarter of an hour.
fn drawn_beside_a_spike(spike: Option<i64>) -> f64 {
    let mut scene = Scene::with(covered(), vec![market_params(2)]);
    scene.member("ann", 0.0, 1_000.0);
    covered_venue(&mut scene);
    let until = |scene: &mut Scene, second: i64| {
        let now = scene.clock.ts as i64 % 900;
        scene.wait((second - now).rem_euclid(900));
    };
    scene.settle_price(SOL, 200.0);
    until(&mut scene, 100);
    scene.settle_price(SOL, 200.0);
    if let Some(second) = spike {
        until(&mut scene, second);
        scene.crank(SOL, 226.0);
        scene.wait(2);
        scene.crank(SOL, 200.0);
    }
    until(&mut scene, 60);
    scene.settle_price(SOL, 200.0);
    scene.settle_price(SOL, 165.0);
    scene.crank(SOL, 165.0);
    scene.ok(Op::DrawCover { cover: 0, amount: usd(1_000.0) });
    scene.model.covers[0].owed as f64 / 1e6
}

/// A venue's draws are measured from the highest *low* end of interval A, so that a print of seconds explains no
/// loss, also in the second in which a quarter of an hour begins.
#[test]
fn a_print_of_seconds_explains_no_bad_debt() {
    let [quiet, within, between] = [None, Some(300), Some(899)].map(drawn_beside_a_spike);
    assert_eq!((within, between), (quiet, quiet));
}

/// What a venue draws after a fall from 200 to 165 within three days, in which the market is cranked so often.
fn drawn_after_three_days(cranks: i64) -> f64 {
    let mut scene = Scene::with(covered(), vec![market_params(2)]);
    scene.member("ann", 0.0, 1_000.0);
    covered_venue(&mut scene);
    scene.settle_price(SOL, 200.0);
    for crank in 1..=cranks {
        scene.wait(3 * 86_400 / cranks);
        scene.crank(SOL, 200.0 - 35.0 * crank as f64 / cranks as f64);
    }
    if cranks == 0 {
        scene.wait(3 * 86_400);
    }
    scene.settle_price(SOL, 165.0);
    scene.crank(SOL, 165.0);
    scene.refused(Op::ShowGap { cover: 0 }, Reason::NoGap);
    scene.ok(Op::DrawCover { cover: 0, amount: usd(1_000.0) });
    scene.model.covers[0].owed as f64 / 1e6
}

/// A fall that takes days pays nothing, also if nobody has cranked the market meanwhile: the last mark is no price
/// of a quarter of an hour ago. Nor does anybody hold exits for it.
#[test]
fn a_fall_of_days_that_nobody_has_cranked_pays_nothing() {
    assert_eq!([288, 72, 0].map(drawn_after_three_days), [0.0; 3]);
}

/// A venue's cover has lapsed for want of a premium. The change that revives it is kept due until the price has fallen,
/// and is applied then: what has happened before is not covered.
#[test]
fn a_revived_venue_is_paid_for_no_fall_before_it() {
    let mut scene = Scene::with(covered(), vec![market_params(2)]);
    scene.member("ann", 0.0, 1_000.0);
    scene.model.give("victims", usd(100.0));
    let terms = CoverTerms { premium_bps_per_year: 1_000, ..venue_terms(&scene) };
    let cover = scene.registers(terms);
    let pays = |amount: u64, purse| Op::FundCover { giver: "victims".into(), cover, amount, purse };
    scene.ok(pays(usd(2.0), CoverPurse::FirstLoss));
    scene.ok(pays(1, CoverPurse::Prepaid));
    scene.wait(2 * 3_600);
    scene.ok(Op::AccrueCover { cover });
    assert!(scene.model.covers[0].lapsed_ts.is_some());
    let number = scene.model.governance_nonce as u64;
    scene.ok(Op::QueueResume { cover });
    for _ in 0..11 {
        scene.wait(86_400);
        scene.crank(SOL, 200.0);
    }
    scene.settle_price(SOL, 200.0);
    scene.settle_price(SOL, 140.0); // nobody has paid a premium for ten days
    scene.crank(SOL, 140.0);
    scene.refused(Op::DrawCover { cover, amount: usd(50.0) }, Reason::CoverOver);
    scene.ok(pays(usd(1.0), CoverPurse::Prepaid));
    scene.ok(Op::ApplyChange { number });
    scene.refused(Op::DrawCover { cover, amount: usd(50.0) }, Reason::CoverNotOpen);
    while scene.clock.ts < scene.model.covers[0].opens_ts {
        scene.settle_price(SOL, 140.0);
    }
    scene.crank(SOL, 140.0);
    scene.ok(Op::DrawCover { cover, amount: usd(50.0) });
    assert_eq!(scene.model.covers[0].owed, 0, "the fall was over before the cover opened anew");
}

/// What a taking locks does not exist for others. A maker that has the contribution which its position requires offers
/// to close it; somebody takes that, and calls the maker for the contribution of the lots as if they were more. A day
/// later the same moves the maker's margin into its contribution.
#[test]
fn nobody_is_called_for_the_contribution_that_a_taking_locks() {
    let rates = crate::Rates { contribution: 200, ..market_params(2).rates };
    let market = MarketParams { rates, ..market_params(2) };
    let mut scene = scene_of(fund_params(), 1_000_000.0, vec![market], 1_000.0);
    scene.member("two", 50_000.0, 2_000.0);
    scene.novate("two", "maker", SOL, 250_00, 200.0);
    scene.ok(post("maker", 250_00)); // closes what it holds
    let had = (scene.margin("maker"), scene.contribution("maker"));
    let call = || Op::EnforceCall { member: "maker".into(), settle_epoch: false };
    let _ = scene.tries(call()); // nothing is missing
    let mut called = vec![];
    for _ in 0..2 {
        scene.crank(SOL, 200.0);
        scene.ok(take("two", "maker", -250_00));
        called.push(scene.tries(call()).is_ok());
        scene.wait(31);
        scene.ok(Op::LapseTaking { taker: "two".into(), offer: ("maker".into(), 1) });
        scene.wait(86_400);
    }
    let has = (scene.margin("maker"), scene.contribution("maker"));
    assert_eq!((called, has), (vec![false, false], had));
}
