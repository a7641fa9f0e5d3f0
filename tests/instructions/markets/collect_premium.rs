use {
    crate::common::*,
    bulkhead_tests::{event, params::DAY, usd, usdc, BulkheadError::*, World, SOL},
};

/// Raw quote of a base unit in the SOL market.
const SCALE: u128 = 10_000;

/// [`traded`] in a market whose positions pay 1% a year: 20 for a position of 2,000.
fn insured() -> World {
    traded_in(premium_of(100))
}

fn touch(world: &mut World) {
    for name in ["alice", "bob"] {
        world.run(world.settle(name, SOL));
    }
}

/// Half a year costs both sides 10 each, which their next settlement pays into the pool.
#[test]
fn positions_pay_by_the_second() {
    let mut world = insured();
    world.warp_secs(365 * DAY / 2 + DAY / 8);
    world.refresh();
    let (equity, margin) = (world.equity("alice"), world.member("alice").margin);
    assert_eq!(equity, margin as i64 - usdc(10) as i64, "what is due counts before it is booked");
    touch(&mut world);
    for name in ["alice", "bob"] {
        assert_eq!(world.member(name).margin, margin - usdc(10), "{name}");
    }
    assert_eq!(world.fund().pool, usdc(20));
    // A rate per second is rounded down by one part in 2^32.
    let raw = world.market(SOL).adjusted.premium_raw.get();
    assert!((0..100).contains(&(u128::from(usdc(20)) * SCALE - raw)), "{raw}");
}

/// Half of it is on its way to the contributors, half is the treasury's; what is left is below a unit.
#[test]
fn it_is_shared_like_a_fee() {
    let mut world = insured();
    world.warp_secs(365 * DAY / 2 + DAY / 8);
    world.refresh();
    touch(&mut world);
    let before = world.fund();
    let meta = world.run(world.collect_premium(SOL));
    let collected = event!(meta, PremiumCollected);
    let amount = usdc(20) - 1; // a few raw units are missing to the last one
    assert_eq!((collected.fund, collected.market_index), (world.here.keys.fund, 0));
    assert_eq!((collected.amount, collected.to_rewards), (amount, amount / 2));
    let after = world.fund();
    assert_eq!(before.pool - after.pool, amount);
    assert_eq!(after.rewards_streaming - before.rewards_streaming, amount / 2);
    assert_eq!(after.treasury - before.treasury, amount - amount / 2);
    assert!(world.market(SOL).adjusted.premium_raw.get() < SCALE);
    world.refuse(world.collect_premium(SOL), NothingToCollect);
}

/// How often a market is cranked and a position touched makes no difference beyond a raw unit a touch.
#[test]
fn often_is_the_same_as_seldom() {
    let seldom = {
        let mut world = insured();
        world.warp_secs(10 * DAY);
        world.refresh();
        touch(&mut world);
        world
    };
    let mut often = insured();
    for _ in 0..40 {
        often.warp_secs(DAY / 4);
        often.refresh();
        touch(&mut often);
    }
    assert_eq!(often.market(SOL).adjusted.premium_index, seldom.market(SOL).adjusted.premium_index);
    let paid = |world: &World| world.market(SOL).adjusted.premium_raw.get();
    assert!((0..=80).contains(&(paid(&often) - paid(&seldom))), "{} {}", paid(&often), paid(&seldom));
}

/// A price that has just come in does not price the time before it.
#[test]
fn a_price_counts_from_its_own_time_on() {
    let mut world = insured();
    world.warp_secs(10 * DAY);
    world.print(SOL, usd(210));
    let at_200 = world.market(SOL).adjusted.premium_index.get();
    world.warp_secs(10 * DAY);
    world.refresh();
    let at_210 = world.market(SOL).adjusted.premium_index.get() - at_200;
    assert_eq!(at_210 / 210, at_200 / 200);
}

/// Lots of a closed position cost nothing more; what it owes was taken at the trade.
#[test]
fn a_closed_position_owes_no_more() {
    let mut world = insured();
    world.warp_secs(10 * DAY);
    world.refresh();
    world.run(world.novate("bob", "alice", SOL, LOTS, usd(200)));
    world.warp_secs(10 * DAY);
    world.refresh();
    let paid = world.market(SOL).adjusted.premium_raw;
    touch(&mut world);
    assert_eq!(world.market(SOL).adjusted.premium_raw, paid);
    assert!(!world.member("alice").has_positions());
}

/// The pool is what there is: the rest waits.
#[test]
fn only_what_losers_have_paid_in() {
    let mut world = insured();
    world.warp_secs(10 * DAY);
    world.refresh();
    // Both are charged by a trade, nobody has settled.
    world.run(world.novate("alice", "bob", SOL, 1, usd(200)));
    assert!(world.market(SOL).adjusted.premium_raw.get() > SCALE);
    world.refuse(world.collect_premium(SOL), NothingToCollect);
    world.run(world.settle("alice", SOL));
    let pool = world.fund().pool;
    assert_eq!(event!(world.run(world.collect_premium(SOL)), PremiumCollected).amount, pool);
    assert_eq!(world.fund().pool, 0);
}

/// While a loss in the market is not paid for the pool is short: premiums wait as gains do.
#[test]
fn not_while_a_loss_is_unpaid() {
    let mut world = insured();
    world.warp_secs(10 * DAY);
    world.refresh();
    touch(&mut world);
    world.set_price(SOL, usd(85));
    world.run(world.declare_default("alice"));
    world.refuse(world.collect_premium(SOL), NothingToCollect);
    world.run(world.allocate_loss("alice"));
    world.run(world.collect_premium(SOL));
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = insured();
    world.warp_secs(10 * DAY);
    world.refresh();
    touch(&mut world);
    let (fund, market) = (world.here.keys.fund, world.here.keys.market(SOL));
    let call = |world: &World| world.collect_premium(SOL);
    for account in [fund, market] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = world.elsewhere(|world| world.here.keys.market(SOL));
    world.refuse(call(&world).swap(market, other), WrongFund);
}
