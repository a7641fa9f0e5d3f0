//! Offers: who chooses the print, who takes a taking back, and what else a resting offer could be good for.

use {
    crate::common::*,
    bulkhead::{
        constants::{FILL_AGE_SECS, TAKING_SECS},
        state::FundParams,
    },
    bulkhead_tests::{
        bulkhead::state::{Market, Member, OfferTerms},
        calls::at_print,
        event, keys,
        params::FUND,
        pyth::PriceUpdate,
        usd, usdc,
        world::Setup,
        BulkheadError::*,
        Call, MarketSpec, World, SOL,
    },
};

/// Alice and Bob have 1,000 of margin and 100 contributed; Carol 1,000 and 900, Dave 1,000 and 3,000.
fn members() -> World {
    let mut world = World::new();
    world.join("alice", usdc(1_000), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", usdc(1_000), usdc(900));
    world.join("dave", usdc(1_000), usdc(3_000));
    world.give("treasurer", usdc(1_000));
    world.run(world.fund_treasury("treasurer", usdc(100)));
    world
}

/// Alice's offer to sell 1,000 lots at the print, taken by Dave at a mark of 200.
fn taken() -> World {
    let mut world = members();
    world.run(world.post_offer("alice", SOL, 1, at_print(-1_000)));
    world.run(world.take_offer("dave", "alice", 1, 1_000));
    world
}

fn fill(world: &World) -> Call {
    world.fill_offer("alice", 1, "dave")
}

/// The print that is first after this moment, a second from now.
fn first_print(world: &mut World, price: u64) -> PriceUpdate {
    world.next_print(SOL, price);
    world.price_update(SOL)
}

/// What everybody has: wallets, margins and contributions.
fn wealth(world: &World, names: &[&str]) -> i64 {
    names.iter().map(|name| (world.purse(name) + world.member(name).margin + worth(world, name)) as i64).sum()
}

/// Ten seconds of prints are known. Each of them is verified and young enough, and only the first fills.
#[test]
fn t27_nobody_chooses_the_print() {
    let mut world = taken();
    let first = first_print(&mut world, usd(201));
    let mut known = vec![];
    for dollars in [190, 195, 202, 205, 210] {
        known.push(first_print(&mut world, usd(dollars)));
    }
    for print in known {
        world.write_price(SOL, &print);
        world.refuse(fill(&world), NotFirstPrint);
        // Nor does it help to say that another print was the one before: that is signed as well.
        let signed = PriceUpdate { partial: Some(1), previous_publish_ts: first.publish_ts - 1, ..print };
        world.write_price(SOL, &signed);
        world.refuse(fill(&world), OracleNotVerified);
    }
    world.write_price(SOL, &first);
    assert_eq!(event!(world.run(fill(&world)), Novated).price, usd(201));
}

/// Alice sees that the price has risen since the print. She cranks the market past it, and the taking is filled all the same.
#[test]
fn t27_cranking_past_a_taking_voids_nothing() {
    let mut world = taken();
    let first = first_print(&mut world, usd(200));
    for dollars in [204, 208, 212] {
        world.next_print(SOL, usd(dollars));
    }
    world.write_price(SOL, &first);
    assert_eq!(event!(world.run(fill(&world)), Novated).price, usd(200));
}

/// Neither side takes a taking back: not by its margin, not by another trade, not by its contribution, not by its delegate, and
/// not by flattening a position that the fill would have reduced.
#[test]
fn t27_neither_side_takes_a_taking_back() {
    let mut world = members();
    world.run(world.novate("dave", "bob", SOL, 1_000, usd(200)));
    world.run(world.request_withdrawal("dave", world.member("dave").shares.get()));
    world.warp_secs(i64::from(FUND.notice_secs));
    world.refresh();
    world.run(world.post_offer("alice", SOL, 1, at_print(1_000)));
    world.run(world.take_offer("dave", "alice", 1, -1_000)); // Dave reduces
    for name in ["alice", "dave"] {
        let free = world.member(name).margin - usdc(333);
        world.refuse(world.withdraw_margin(name, free), BelowInitialMargin);
        world.refuse(world.novate(name, "carol", SOL, 4_000, usd(200)), BelowInitialMargin);
    }
    world.refuse(world.cancel_offer("alice", "alice", 1), OfferTaken);
    world.refuse(world.claim_withdrawal("dave"), MarginLocked);
    // He sells what the fill would have sold, and has no more to take out than before.
    world.run(world.novate("carol", "dave", SOL, 1_000, usd(200)));
    let free = world.member("dave").margin - usdc(333);
    world.refuse(world.withdraw_margin("dave", free), BelowInitialMargin);
    world.run(world.withdraw_margin("dave", free - usdc(1)));
    first_print(&mut world, usd(200));
    world.run(fill(&world));
    assert_eq!(world.member("dave").position(SOL).lots, -1_000);
}

/// Two linked members with all that limits allow wait for ten seconds of prints behind the one that fills, and fill only if one
/// of them has won more than it can owe. The mark is of the print at least, and both are judged at it: either it is the print,
/// ten seconds old, with that much doubt, or it shows what has happened. The margin for the doubt is theirs from the beginning.
#[test]
fn t27_a_taking_is_no_option_on_what_comes_after_its_print() {
    let linked = |margin: u64| {
        let mut world = members();
        world.join("long", margin, usdc(900));
        world.join("short", margin, usdc(900));
        world.run(world.post_offer("short", SOL, 1, at_print(-1_000)));
        world
    };
    let mut world = linked(usdc(333));
    world.refuse(world.take_offer("long", "short", 1, 1_000), BelowInitialMargin);
    for (next, cranked, fills) in [
        (200, true, true),
        (189, true, true),
        (168, true, false),
        (150, true, false),
        // A print that is ten seconds old is doubted by 6.7% (30% of 10 in 45 s): 133 of 2,000, beside 200.
        (200, false, true),
        (189, false, true),
        (168, false, true),
    ] {
        let mut world = linked(usdc(334));
        let before = wealth(&world, &["alice", "bob", "carol", "dave"]) + world.fund().treasury as i64;
        world.run(world.take_offer("long", "short", 1, 1_000));
        let print = first_print(&mut world, usd(200));
        world.warp_secs(FILL_AGE_SECS);
        if cranked {
            world.print(SOL, usd(next));
            world.write_price(SOL, &print);
        }
        let filled = world.attempt(world.fill_offer("short", 1, "long")).is_ok();
        assert_eq!(filled, fills, "at {next}, cranked: {cranked}");
        world.set_price(SOL, usd(next));
        for name in ["long", "short"] {
            if world.held(name).contains(&SOL) {
                world.run(world.settle_own(name, SOL));
            }
            assert!(world.equity(name) >= 0, "{name} owes more than it has at {next}");
        }
        let after = wealth(&world, &["alice", "bob", "carol", "dave"]) + world.fund().treasury as i64;
        assert!(after >= before, "others have paid {} at {next}", before - after);
    }
}

/// What the fill may ask for is locked, and no side uses it up: by the cover limit, by a stress call, by a market too many, or
/// by a default of dust that it brings about and pays when the price suits it.
#[test]
fn t27_nothing_that_a_side_does_makes_a_fill_fail() {
    // A stress loss of 730, and 133 for the doubt; half of treasury and of the others' contributions is 2,150 for Dave.
    let mut world = members();
    world.run(world.deposit_margin("dave", usdc(1_000)));
    world.run(world.post_offer("alice", SOL, 1, at_print(-1_000)));
    world.run(world.take_offer("dave", "alice", 1, 1_000));
    let member = world.member("dave");
    assert_eq!((member.locked_stress, member.locked_contribution), (usdc(863) + 333_334, usdc(40)));
    world.set_treasury(0);
    // The others' 1,100 leave a limit of 550: Dave keeps 313.34 of margin beside the lock of 333.74.
    let all = member.margin - usdc(313) - 333_334;
    world.refuse(world.withdraw_margin("dave", all), BelowInitialMargin);
    world.refuse(world.novate("dave", "carol", SOL, 5_000, usd(200)), CoverLimitExceeded);
    // Nor does a stress call, which anyone makes, and which Dave ends by an act: it stops other trades.
    let dave = world.account_of("dave");
    world.patch_state(dave, |member: &mut Member| member.is_stress_called = true.into());
    world.refuse(world.novate("dave", "carol", SOL, 10, usd(200)), MemberReduceOnly);
    first_print(&mut world, usd(200));
    world.run(fill(&world));
    assert_eq!((world.member("dave").locked_stress, world.member("dave").locked_contribution), (0, 0));
}

/// The taker is long of 100 SOL's worth in two markets that stand at 200, and its friend is short of both.
fn hedged_taker(treasury: u64, margin: u64) -> World {
    let market = |name: &str| {
        let mut spec = MarketSpec::named(name, 2, usd(200));
        (spec.params.terms.rates.contribution_bps, spec.params.terms.rates.stress_bps) = (0, 2_000);
        spec
    };
    let params = FundParams { clearing_fee_bps: FUND.clearing_fee_bps, ..PRECISE };
    let markets = vec![market("SOL"), market("fallen"), market("risen")];
    let mut world = World::with(Setup { params, markets, ..Setup::default() });
    world.give("treasurer", treasury);
    world.run(world.fund_treasury("treasurer", treasury));
    world.join("maker", usdc(50_000), 0);
    world.join("friend", usdc(50_000), 0);
    world.join("taker", margin, 0);
    for market in [FALLEN, RISEN] {
        world.run(world.novate("taker", "friend", market, 10_000, usd(200)));
    }
    world
}

/// The taker has lost 3,000 in the first market and won 3,100 in the second. Its friend has settled. It takes
/// lots of a third market, with as much margin and as large a treasury as its stress loss needs.
fn taken_by_a_hedged_member(treasury: u64, margin: u64, lots: i64) -> World {
    let mut world = hedged_taker(treasury, margin);
    world.set_price(RISEN, usd(231));
    world.set_price(FALLEN, usd(170));
    world.refresh();
    for market in [FALLEN, RISEN] {
        world.run(world.settle_own("friend", market));
    }
    world.run(world.post_offer("maker", SOL, 1, at_print(-lots)));
    world.run(world.take_offer("taker", "maker", 1, lots));
    world
}

const FALLEN: u16 = 1;
const RISEN: u16 = 2;

/// The owner of a hedge settles the leg that it has lost by: the gain beside it counts for nothing in a
/// stress loss, which would then be beyond the cover limit. That is a withdrawal, and refused like one.
/// Others book its net loss only, which is none.
#[test]
fn t16_a_settlement_brings_nobody_beyond_the_cover_limit() {
    let mut world = taken_by_a_hedged_member(usdc(5_000), usdc(10_800), 4_000);
    world.refuse(world.withdraw_margin("taker", usdc(2_999)), CoverLimitExceeded);
    world.refuse(world.settle_own("taker", FALLEN), CoverLimitExceeded);
    assert_eq!(event!(world.run(world.settle("taker", FALLEN)), Settled).paid, 0);
    world.run(world.report_exposure("taker"));
    let (fund, taker) = (world.fund(), world.account_of("taker"));
    let known = fund.exposures.iter().find(|exposure| exposure.member == taker).expect("it is one of two");
    assert!(known.stress_loss <= fund.treasury / 2, "{} of {}", known.stress_loss, fund.treasury);
    // With enough margin the same settlement is its owner's affair.
    world.run(world.deposit_margin("taker", usdc(3_000)));
    assert_eq!(event!(world.run(world.settle_own("taker", FALLEN)), Settled).paid, -3_000_000_000);
}

/// Nor does the owner come beyond the limit if it cranks the market alone in which it has lost: the other
/// mark is of a moment ago, and what it has won there is not seen yet.
#[test]
fn t16_a_settlement_beside_an_older_mark_brings_nobody_beyond_the_cover_limit() {
    let mut world = hedged_taker(usdc(5_000), usdc(10_800));
    // A stress move and the sale cost 26% of 37,000, and 7,800 would be left.
    world.set_treasury(usdc(2_000));
    world.refresh();
    world.warp_secs(1);
    world.print(FALLEN, usd(170));
    world.refuse(world.settle_own("taker", FALLEN), CoverLimitExceeded);
    assert_eq!(event!(world.run(world.settle("taker", FALLEN)), Settled).paid, 0);
}

/// A taker that likes the print no more would settle a leg of its hedge, so that the fill finds it
/// beyond the cover limit.
#[test]
fn t27_a_taking_is_no_option_by_a_settlement_at_the_cover_limit() {
    let mut world = taken_by_a_hedged_member(usdc(10_000), usdc(21_000), 25_000);
    world.refuse(world.settle_own("taker", FALLEN), CoverLimitExceeded);
    world.next_print(SOL, usd(200));
    world.print(FALLEN, usd(170));
    world.print(RISEN, usd(231));
    assert_eq!(event!(world.run(world.fill_offer("maker", 1, "taker")), Novated).price, usd(200));
}

/// A fill asks for no room below the market's limit, so that takings ask for it beside one another. What was filled is open
/// interest, and what has lapsed counts no more.
#[test]
fn t27_friends_do_not_trade_beyond_the_limits_by_takings() {
    let mut world = members();
    let market = keys::market(world.here.keys.fund, SOL);
    world.patch_state(market, |market: &mut Market| market.max_open_interest = market.open_interest + 1_000);
    for number in 1..=2 {
        world.run(world.post_offer("alice", SOL, number, at_print(-800)));
    }
    world.run(world.take_offer("dave", "alice", 1, 800));
    assert_eq!(world.market(SOL).taken_lots, 800);
    world.refuse(world.take_offer("dave", "alice", 2, 201), OpenInterestLimit);
    world.run(world.take_offer("dave", "alice", 2, 200));
    first_print(&mut world, usd(200));
    world.run(fill(&world));
    world.warp_secs(TAKING_SECS + 1);
    world.refresh();
    world.run(world.lapse_taking("alice", 2, "dave"));
    world.refuse(world.take_offer("dave", "alice", 2, 201), OpenInterestLimit);
    world.run(world.take_offer("dave", "alice", 2, 200));
}

/// What reduces when it is taken may add when it is filled, for another taking has closed the position before. A market
/// that is full is left by as many lots as are open in it.
#[test]
fn t27_takings_that_reduce_now_need_room_too() {
    let mut world = members();
    world.run(world.novate("dave", "alice", SOL, 800, usd(200)));
    let market = keys::market(world.here.keys.fund, SOL);
    world.patch_state(market, |market: &mut Market| market.max_open_interest = market.open_interest);
    let open = world.market(SOL).open_interest;
    assert_eq!(open, 800);
    for number in 1..=2 {
        world.run(world.post_offer("alice", SOL, number, at_print(800)));
    }
    world.run(world.take_offer("dave", "alice", 1, -800));
    world.refuse(world.take_offer("dave", "alice", 2, -800), OpenInterestLimit);
    world.refuse(world.take_offer("dave", "alice", 2, -1), OpenInterestLimit);
    first_print(&mut world, usd(200));
    world.run(fill(&world));
    assert_eq!(world.market(SOL).open_interest, 0);
}

/// Whoever hands on the position that a taking would close opens another one by the fill: twice as much is open then as
/// the market may have. It is left by trades, for takings would double it again in each half minute.
#[test]
fn t27_what_takings_have_doubled_is_not_doubled_again() {
    let mut world = members();
    world.run(world.novate("dave", "alice", SOL, 800, usd(200)));
    let market = keys::market(world.here.keys.fund, SOL);
    world.run(world.post_offer("alice", SOL, 1, at_print(800)));
    world.patch_state(market, |market: &mut Market| market.max_open_interest = 400);
    world.refuse(world.take_offer("dave", "alice", 1, -1), OpenInterestLimit);
    world.run(world.novate("alice", "dave", SOL, 100, usd(200)));
    world.refuse(world.take_offer("dave", "alice", 1, -101), OpenInterestLimit);
    world.run(world.take_offer("dave", "alice", 1, -100));
}

/// Of many takings that each close all that a member holds, one closes, and the others open a position that no fill asks
/// for. Its stress loss stays within half of what everybody else has in the fund.
#[test]
fn t27_takings_that_reduce_now_carry_nobody_beyond_the_cover_limit() {
    let mut market = MarketSpec::sol();
    market.params.terms.rates.contribution_bps = 0;
    let mut world = World::with(Setup { markets: vec![market], params: PRECISE, ..Setup::default() });
    world.join("ann", 0, usdc(30_000));
    world.join("one", usdc(100_000), 0);
    world.join("two", usdc(100_000), 0);
    world.run(world.novate("two", "one", SOL, 20_000, usd(200)));
    let mut taken = vec![];
    for number in 1..=12 {
        world.run(world.post_offer("one", SOL, number, at_print(20_000)));
        let take = world.take_offer("two", "one", number, -20_000);
        if world.allows(&take) {
            world.run(take);
            taken.push(number);
        } else {
            world.refuse(take, CoverLimitExceeded);
        }
    }
    assert!((2..12).contains(&taken.len()), "{} takings", taken.len());
    first_print(&mut world, usd(200));
    for number in taken {
        world.run(world.fill_offer("one", number, "two"));
    }
    world.refresh();
    world.run(world.report_exposure("one"));
    let fund = world.fund();
    let known = fund.exposures.iter().map(|known| known.stress_loss).max();
    assert!(known <= Some((fund.treasury + fund.contributions) / 2), "{known:?}");
}

/// The slot that the fill needs is kept, and freed with the taking.
#[test]
fn t27_a_taking_keeps_its_slot() {
    let mut world = taken();
    let kept =
        |world: &World, name: &str| world.member(name).positions.iter().map(|slot| slot.takings).sum::<u16>();
    assert_eq!(["alice", "dave"].map(|name| kept(&world, name)), [1, 1]);
    // All eight of Carol's wait for fills in other markets.
    let carol = world.account_of("carol");
    world.patch_state(carol, |member: &mut Member| {
        (40..48).for_each(|market| member.keep_slot(market).unwrap());
    });
    world.refuse(world.novate("carol", "bob", SOL, 10, usd(200)), NoFreePosition);
    world.patch_state(carol, |member: &mut Member| member.positions[7].takings = 0);
    assert!(world.allows(&world.novate("carol", "bob", SOL, 10, usd(200))));
    world.patch_state(carol, |member: &mut Member| {
        member.positions.iter_mut().for_each(|slot| slot.takings = 0)
    });
    first_print(&mut world, usd(200));
    world.run(fill(&world));
    assert_eq!(["alice", "dave"].map(|name| kept(&world, name)), [0, 0]);
}

/// A default of dust stops every fill. It is paid, and those that waited do not go on when it suits somebody.
#[test]
fn t27_a_loss_ends_the_takings_that_wait() {
    let mut world = members();
    world.join("dust", usdc(200) + 400_000, usdc(100));
    world.run(world.novate("dust", "bob", SOL, 1_000, usd(200)));
    world.run(world.post_offer("alice", SOL, 1, at_print(-100)));
    world.set_price(SOL, usd(168)); // 320 of 200 and of 100
    world.run(world.take_offer("dave", "alice", 1, 100));
    world.run(world.declare_default("dust"));
    let print = first_print(&mut world, usd(168));
    world.refuse(fill(&world), LossPending);
    world.run(world.allocate_loss("dust"));
    assert_eq!(world.fund().unfunded, 0);
    world.write_price(SOL, &print);
    world.refuse(fill(&world), TakingLapsed);
    world.warp_secs(TAKING_SECS + 1);
    world.run(world.lapse_taking("alice", 1, "dave"));
}

/// A taker that never fills holds an offer up for half a minute, with as much of its own margin as of the maker's. In the same
/// transaction in which the taking lapses, the maker takes the offer back.
#[test]
fn t27_a_taker_that_does_not_fill_holds_up_little() {
    let mut world = taken();
    assert_eq!(world.member("dave").locked, world.member("alice").locked);
    world.warp_secs(TAKING_SECS + 1);
    world.run(world.lapse_taking("alice", 1, "dave").then(world.cancel_offer("alice", "alice", 1)));
    assert_eq!((world.member("dave").locked, world.member("alice").locked), (0, 0));
}

/// Takings that lapse leave nothing behind, however often.
#[test]
fn t27_takings_do_not_pile_up() {
    let mut world = taken();
    for _ in 0..5 {
        world.warp_secs(TAKING_SECS + 1);
        world.refresh();
        world.run(world.lapse_taking("alice", 1, "dave"));
        assert_eq!((world.member("dave").locked, world.member("alice").locked), (0, 0));
        world.run(world.take_offer("dave", "alice", 1, 1_000));
        assert_eq!(world.member("dave").locked, usdc(333) + 733_334);
    }
}

/// A silent feed, and whatever the guardian does: the margin is free after half a minute.
#[test]
fn t27_a_silent_feed_locks_nothing_up() {
    let mut world = taken();
    world.run(world.pause(bulkhead::state::pause::ALL, 3_600));
    world.warp_secs(TAKING_SECS + 1);
    world.run(world.lapse_taking("alice", 1, "dave"));
    world.warp_secs(3_600);
    let margin = world.member("dave").margin;
    world.run(world.withdraw_margin("dave", margin));
}

/// What is locked protects nobody from others: liquidation and declaration take what they would have taken.
#[test]
fn t27_a_lock_hides_no_margin_from_others() {
    let after = |locked: bool, price: u64, act: fn(&World) -> Call| {
        let mut world = World::with_params(FundParams { bounty_bps: 0, ..FUND });
        world.join("alice", usdc(250), usdc(100));
        world.join("bob", usdc(1_000), usdc(100));
        world.join("carol", usdc(1_000), usdc(900));
        world.join("dave", usdc(1_000), usdc(3_000));
        world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
        world.run(world.post_offer("alice", SOL, 1, at_print(-400)));
        if locked {
            world.run(world.take_offer("dave", "alice", 1, 400));
            assert!(world.member("alice").locked > 0);
        }
        world.set_price(SOL, price);
        world.run(act(&world));
        let alice = world.member("alice");
        (alice.margin, alice.position(SOL), world.fund().pool, world.fund().unfunded)
    };
    let liquidate: fn(&World) -> Call = |world| world.liquidate("carol", "alice", SOL, 1_000);
    assert_eq!(after(true, usd(182), liquidate), after(false, usd(182), liquidate));
    let declare: fn(&World) -> Call = |world| world.declare_default("alice");
    assert_eq!(after(true, usd(150), declare), after(false, usd(150), declare));
}

/// A taking holds up no declaration, and the declaration no lapse; every offer of before is void from then on, whatever its maker
/// owns by then.
#[test]
fn t27_a_default_voids_what_is_offered() {
    let mut world = members();
    world.run(world.withdraw_margin("alice", usdc(750)));
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
    world.run(world.post_offer("alice", SOL, 1, at_print(-10)));
    world.run(world.take_offer("dave", "alice", 1, 10));
    world.set_price(SOL, usd(150));
    world.run(world.declare_default("alice"));
    assert_eq!((world.member("alice").margin, world.member("alice").locked > 0), (0, true));
    world.warp_secs(TAKING_SECS);
    world.run(world.lapse_taking("alice", 1, "dave"));
    world.run(world.allocate_loss("alice"));
    world.refresh();
    world.run(world.take_over("bob", SOL, 1_000));
    world.run(world.allocate_residual()); // the discount of half a minute
    world.run(world.deposit_margin("alice", usdc(1_000)));
    world.run(world.contribute("alice", usdc(20)));
    world.refuse(world.take_offer("dave", "alice", 1, 10), OfferVoid);
}

/// Below initial margin a member reduces at the mark or better, and by no offer: whether a print that is over is the mark or
/// better depends on who cranks.
#[test]
fn t27_an_offer_walks_nothing_out_of_a_failing_account() {
    let mut world = members();
    world.run(world.withdraw_margin("alice", usdc(750)));
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
    world.set_price(SOL, usd(194)); // 249.60 - 60 for an initial margin of 194
    world.run(world.post_offer("alice", SOL, 1, OfferTerms { distance_bps: -1, ..at_print(-10) }));
    world.refuse(world.take_offer("dave", "alice", 1, 10), ReduceAtMarkOnly);
    world.run(world.post_offer("alice", SOL, 2, at_print(-10)));
    world.refuse(world.take_offer("dave", "alice", 2, 10), BelowInitialMargin);
    // A trade at the mark is what it has.
    world.run(world.novate("dave", "alice", SOL, 10, usd(194)));
}

/// P10: whatever ends, the rent of offers comes back, and no account waits for them.
#[test]
fn t27_offers_outlive_a_market_and_lock_nobody_in() {
    let mut world = members();
    world.run(world.post_offer("alice", SOL, 1, at_print(-10)));
    world.run(world.novate("carol", "bob", SOL, 10, usd(200)));
    let (now, market) = (world.now(), world.here.keys.market(SOL));
    world.patch_state(market, |market: &mut Market| market.closing_ts = now + 2 * 3_600);
    world.refuse(world.take_offer("dave", "alice", 1, 10), MarketReduceOnly);
    world.end_at(SOL, usd(200));
    world.refuse(world.take_offer("dave", "alice", 1, 10), MarketClosed);
    let margin = world.member("alice").margin;
    world.run(world.withdraw_margin("alice", margin));
    world.run(world.cancel_offer("alice", "alice", 1));
}
