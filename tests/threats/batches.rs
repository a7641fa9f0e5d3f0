//! Several trades in one instruction: what is asked once must let nothing through that one after the other would not.

use {
    bulkhead::state::{Fund, Market},
    bulkhead_tests::{
        calls::VENUE, keypair, rng::Rng, usd, usdc, BulkheadError, BulkheadError::*, Call, Signer, World,
        BTC, SOL,
    },
    bytemuck::Zeroable,
};

const NAMES: [&str; 5] = ["alice", "bob", "carol", "dave", "erin"];

/// Two markets, members with margins from very little to plenty, and a venue that trades for all of them.
fn members(daily_budget: u64) -> World {
    let mut world = World::with_two_markets();
    for (name, margin, contribution) in [
        ("alice", 260, 300),
        ("bob", 1_000, 300),
        ("carol", 400, 2_000),
        ("dave", 3_000, 4_000),
        ("erin", 150, 60),
    ] {
        world.join(name, usdc(margin), usdc(contribution));
    }
    world.give("treasurer", usdc(1_000));
    world.run(world.fund_treasury("treasurer", usdc(100)));
    world.appoint_venue(&NAMES, daily_budget);
    world
}

/// One of the trades alone, which the venue signs for both.
fn alone(world: &World, taker: &str, buys: bool, (maker, lots, price): (&str, u64, u64)) -> Call {
    let (buyer, seller) = if buys { (taker, maker) } else { (maker, taker) };
    let owners = [buyer, seller].map(|name| world.owner_of(name).pubkey());
    let call = world.novate(buyer, seller, SOL, lots, price);
    owners.into_iter().fold(call, |call, owner| call.signed_by(owner, keypair(VENUE)))
}

/// Everything that trades change. The table of the two largest exposures may have lost a line to what the taker endangered for
/// a moment.
fn state(world: &World) -> Vec<u8> {
    let fund = Fund { exposures: Zeroable::zeroed(), ..world.fund() };
    let mut all = bytemuck::bytes_of(&fund).to_vec();
    all.extend_from_slice(bytemuck::bytes_of(&world.market(SOL)));
    for name in NAMES {
        all.extend_from_slice(bytemuck::bytes_of(&world.member(name)));
    }
    all
}

/// A batch of up to four trades.
fn draw(rng: &mut Rng, world: &World) -> (&'static str, bool, Vec<(&'static str, u64, u64)>) {
    let taker = *rng.pick(&NAMES);
    let mut makers: Vec<&str> = NAMES.into_iter().filter(|name| *name != taker).collect();
    let mark = world.market(SOL).mark.price;
    let count = rng.between(1, 4);
    let trades = (0..count).map(|_| {
        let maker = makers.remove(rng.below(makers.len() as u64) as usize);
        let price = if rng.chance(50) { mark } else { mark / 10_000 * rng.between(9_800, 10_200) };
        let held = world.member(maker).position(SOL).lots.unsigned_abs();
        let lots = if held > 0 && rng.chance(40) { held } else { 1 + rng.magnitude(700) };
        (maker, lots, price)
    });
    let trades = trades.collect();
    (taker, rng.chance(50), trades)
}

/// What is possible one after the other is possible in a batch, and ends in the same accounts to the byte. A batch that is
/// possible while its trades are not has a taker that, below initial margin, would have stopped halfway: to it the batch is one
/// trade, and it meets afterwards what one trade must meet.
#[test]
fn t23_a_batch_is_its_trades_one_by_one() {
    let mut world = members(u64::MAX);
    let mut rng = Rng::new(23);
    let (mut same, mut refused, mut halfway) = (0, 0, 0);
    for round in 0..4_000 {
        if rng.chance(25) {
            let mark = world.market(SOL).mark.price;
            world.set_price(SOL, (mark / 10_000 * rng.between(9_500, 10_500)).clamp(usd(150), usd(250)));
            world.set_price(BTC, usd(60_000));
        }
        if rng.chance(10) {
            let _ = world.attempt(world.novate("bob", "dave", BTC, 1 + rng.below(20), usd(60_000)));
        }
        let (taker, buys, trades) = draw(&mut rng, &world);
        let before = world.svm.clone();
        let batch = world.attempt(world.novate_batch(taker, buys, SOL, &trades));
        let after = state(&world);
        world.svm = before.clone();
        let each = trades.iter().try_for_each(|trade| {
            let call = alone(&world, taker, buys, *trade);
            world.attempt(call).map(drop)
        });
        match (batch, each) {
            (Ok(_), Ok(())) => {
                assert!(after == state(&world), "round {round}: {taker} {buys} {trades:?}");
                same += 1;
            }
            (Err(error), Ok(())) => {
                panic!("round {round}: the batch is refused by {error:?}, its trades are not")
            }
            (Ok(_), Err(error)) => {
                let named = error.named().expect("a named error");
                assert!(
                    matches!(named, ReduceAtMarkOnly | InsufficientMargin),
                    "round {round}: a batch passes {named:?}: {taker} {buys} {trades:?}"
                );
                halfway += 1;
                world.svm = before;
            }
            (Err(_), Err(_)) => {
                refused += 1;
                world.svm = before;
            }
        }
    }
    println!("{same} the same, {refused} refused both ways, {halfway} would have stopped halfway");
    assert!(same > 500 && refused > 500, "the histories are one-sided");
}

/// Alice fails, and her friend Erin buys from her below the mark. As long as she stays below initial margin every deal is at
/// the mark or better; if the batch restores her margin, Erin gets no more than in one sale of the same lots to her alone.
#[test]
fn t23_a_batch_walks_nothing_out_of_a_failing_account() {
    let mut world = members(usdc(1_000));
    world.run(world.deposit_margin("erin", usdc(1_000)));
    world.run(world.contribute("erin", usdc(1_000)));
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
    world.set_price(SOL, usd(193)); // 189.60 of collateral for an initial margin of 193
    let lowest = usd(193) * 98 / 100;
    for friend_first in [true, false] {
        let mut trades = [("erin", 5, lowest), ("dave", 5, usd(193))];
        if !friend_first {
            trades.reverse();
        }
        world.refuse(world.sell_batch("alice", SOL, &trades), ReduceAtMarkOnly);
    }
    let gain_of = |world: &World, name: &str| {
        let (position, scale) =
            (world.member(name).position(SOL), world.market(SOL).scale().expect("a scale"));
        position.profit(usd(193), scale).expect("no overflow")
    };
    let fresh = world.svm.clone();
    world.run(alone(&world, "alice", false, ("erin", 100, lowest)));
    let by_one_sale = gain_of(&world, "erin");
    for to_friend in [1, 10, 50, 90] {
        world.svm = fresh.clone();
        let trades = [("erin", to_friend, lowest), ("dave", 100 - to_friend, usd(193))];
        world.run(world.sell_batch("alice", SOL, &trades));
        assert!(gain_of(&world, "erin") <= by_one_sale);
        let alice = world.member("alice");
        assert!(
            alice.margin as i64 + gain_of(&world, "alice") >= usdc(100) as i64,
            "maintenance of 900 lots"
        );
    }
}

/// Bob closes with Alice and opens with Carol. There is less open interest than before, and still more than after the first deal
/// and than a limit that has been lowered since.
#[test]
fn t23_a_batch_raises_nothing_beyond_a_limit_that_it_has_made_room_for() {
    type Lower = fn(&mut World);
    let cases: [(Lower, BulkheadError); 2] = [
        (
            |world| {
                let market = world.here.keys.market(SOL);
                world.patch_state(market, |market: &mut Market| market.max_open_interest = 100);
            },
            OpenInterestLimit,
        ),
        (
            |world| {
                let fund = world.here.keys.fund;
                world.patch_state(fund, |fund: &mut Fund| fund.params.crowding_limit_bps = 100);
            },
            CrowdingLimitExceeded,
        ),
    ];
    for (lower, error) in cases {
        let mut world = members(0);
        world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
        lower(&mut world);
        let trades = [("alice", 1_000, usd(200)), ("dave", 500, usd(200))];
        world.refuse(world.buy_batch("bob", SOL, &trades), error);
        world.run(world.buy_batch("bob", SOL, &trades[..1]));
    }
}

/// A venue that is not honest has an account of its own among the makers. In all the batches of a day it takes no more from
/// each member than its owner allows.
#[test]
fn t23_a_venue_takes_no_more_than_its_budgets_in_any_batches() {
    let mut world = members(usdc(3));
    world.run(world.set_delegate_within("dave", keypair(VENUE).pubkey(), u64::MAX)); // the venue's own account
    let before: Vec<i64> = NAMES.iter().map(|name| wealth(&world, name)).collect();
    let mut rng = Rng::new(3);
    for _ in 0..300 {
        let (taker, buys, mut trades) = draw(&mut rng, &world);
        // Always the edge of the band that is good for Dave, or bad for the one that is not.
        let edge = |good_for_taker: bool| if buys == good_for_taker { usd(196) } else { usd(204) };
        for (maker, lots, price) in &mut trades {
            *price = edge(taker == "dave" || *maker != "dave");
            *lots = (*lots / 10).max(1);
        }
        let _ = world.attempt(world.novate_batch(taker, buys, SOL, &trades));
    }
    for (name, before) in NAMES.iter().zip(before).filter(|(name, _)| **name != "dave") {
        let fees = world.fund().treasury + world.fund().rewards_streaming;
        let lost = before - wealth(&world, name);
        assert!(lost <= (usdc(3) + fees) as i64, "{name} has lost {lost}");
        assert!(world.member(name).conceded <= usdc(3));
    }
    assert!(NAMES.iter().any(|name| world.member(name).conceded > usdc(2)), "it has tried");
}

/// Margin, and profit at the mark.
fn wealth(world: &World, name: &str) -> i64 {
    let (member, market) = (world.member(name), world.market(SOL));
    let profit = member.position(SOL).profit(market.mark.price, market.scale().expect("a scale"));
    member.margin as i64 + profit.expect("no overflow")
}
