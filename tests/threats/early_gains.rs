//! R4: gains that are drawn before anybody declares, and legs of hedges that others settle.

use {
    crate::common::*,
    bulkhead_tests::{params::DAY, usd, usdc, world::Setup, BulkheadError, MarketSpec, World, BTC, SOL},
};

/// A fund of these markets in which nothing but a loss moves money, and members that do not contribute.
fn fund_of(members: &[(&str, u64)]) -> World {
    let mut markets = vec![MarketSpec::sol(), MarketSpec::btc()];
    markets.iter_mut().for_each(|market| market.params.terms.rates.contribution_bps = 0);
    let mut world = World::with(Setup { params: PRECISE, markets, ..Setup::default() });
    world.join("ann", 0, usdc(1_000_000));
    for (name, margin) in members {
        world.join(name, *margin, 0);
    }
    world
}

/// E6: the debtor owes the creditor 14,400 and cannot pay 300 of it. Settled just before the declaration,
/// the creditor's 14,100 were gone with it; now they are there until the default can be declared.
#[test]
fn e6_a_gain_settled_before_the_declaration_does_not_leave() {
    let mut world = fund_of(&[("debtor", usdc(14_100)), ("creditor", usdc(20_000))]);
    world.run(world.novate("creditor", "debtor", SOL, 60_000, usd(200)));
    world.set_price(SOL, usd(224));
    world.run(world.settle("debtor", SOL));
    world.run(world.settle("creditor", SOL));
    let margin = world.member("creditor").margin;
    assert_eq!((margin, world.member("debtor").margin), (usdc(34_100), 0));

    // Closed against a friend it needs no initial margin, and still has no more than its own.
    world.join("friend", usdc(50_000), 0);
    world.run(world.novate("friend", "creditor", SOL, 60_000, usd(224)));
    world.refuse(world.withdraw_margin("creditor", usdc(20_000) + 1), BulkheadError::BelowInitialMargin);
    world.run(world.withdraw_margin("creditor", usdc(20_000)));
    world.warp_secs(299);
    world.refresh();
    world.refuse(world.withdraw_margin("creditor", 1), BulkheadError::BelowInitialMargin);
    world.run(world.declare_default("debtor"));
}

/// The gain is no initial margin either: it does not carry a new position that loses it to a friend.
#[test]
fn e6_a_settled_gain_carries_no_new_position() {
    let mut world = fund_of(&[("debtor", usdc(14_100)), ("creditor", usdc(6_000)), ("friend", usdc(90_000))]);
    world.run(world.novate("creditor", "debtor", SOL, 30_000, usd(200)));
    world.set_price(SOL, usd(240));
    world.run(world.settle("debtor", SOL));
    world.run(world.settle("creditor", SOL));
    assert_eq!(world.member("creditor").margin, usdc(18_000));
    // 600 SOL at 240 need 14,400; 6,000 have vested.
    let more = world.novate("creditor", "friend", SOL, 30_000, usd(240));
    world.refuse(more, BulkheadError::BelowInitialMargin);
    world.warp_secs(600);
    world.refresh();
    world.run(world.novate("creditor", "friend", SOL, 30_000, usd(240)));
}

/// A gain that moves to and fro between linked accounts vests no earlier: each settles it anew.
#[test]
fn a_gain_that_is_handed_on_begins_anew() {
    let mut world = fund_of(&[("debtor", usdc(20_000)), ("eve", usdc(20_000)), ("mallory", usdc(20_000))]);
    world.run(world.novate("eve", "debtor", SOL, 10_000, usd(200)));
    world.set_price(SOL, usd(220));
    world.run(world.settle("debtor", SOL));
    world.run(world.settle("eve", SOL)); // +2,000
    let into = world.exit_secs() % 300;
    world.warp_secs(300 - into as i64);
    world.refresh();
    // Eve loses 220 of it to Mallory, at the edge of the band.
    world.run(world.novate("eve", "mallory", SOL, 5_000, usd(220) + usd(220) / 50));
    world.run(world.settle_own("eve", SOL));
    world.run(world.settle("mallory", SOL));
    assert_eq!(world.member("mallory").settled.present, 220_000_000);
    let margin = world.member("mallory").margin;
    world.warp_secs(300); // two periods after Eve has settled, one after Mallory has
    world.refresh();
    let initial = usdc(1_100);
    world.refuse(
        world.withdraw_margin("mallory", margin - usdc(220) - initial + 1),
        BulkheadError::BelowInitialMargin,
    );
    world.run(world.withdraw_margin("mallory", margin - usdc(220) - initial));
}

/// E10: Vic has won 740 in BTC and lost 740 in SOL. Anybody may call, in any order and for days: no leg
/// becomes a loss.
#[test]
fn e10_nobody_settles_one_leg_of_a_hedge() {
    let mut world = fund_of(&[("vic", usdc(5_000)), ("cat", usdc(50_000))]);
    world.run(world.novate("cat", "vic", SOL, 3_700, usd(200)));
    world.run(world.novate("vic", "cat", BTC, 1_480, usd(60_000)));
    world.set_price(SOL, usd(220));
    world.set_price(BTC, usd(65_000));
    for _ in 0..3 {
        world.run(world.settle("vic", SOL));
        assert_eq!(margins(&world, &["vic"]), [usdc(5_000)]);
        world.warp_secs(DAY);
        world.refresh();
    }
    // Its gain is paid as others settle theirs, and then the loss is no more than that.
    world.run(world.settle_own("cat", BTC));
    world.run(world.settle("vic", BTC));
    assert_eq!(margins(&world, &["vic"]), [usdc(5_740)]);
    world.run(world.settle("vic", SOL));
    assert_eq!(margins(&world, &["vic"]), [usdc(5_000)]);
}

fn hedged() -> World {
    let mut world = fund_of(&[("vic", usdc(5_000)), ("cat", usdc(50_000))]);
    world.run(world.novate("cat", "vic", SOL, 3_700, usd(200)));
    world.run(world.novate("vic", "cat", BTC, 1_480, usd(60_000)));
    world
}

/// E10 after the losing leg was closed: its loss of 740 stays in a slot without lots, and the other leg is silent.
/// BTC has risen by a tenth, which nobody has cranked.
#[test]
fn e10_a_closed_leg_is_no_loss_beside_an_old_mark() {
    let mut world = hedged();
    world.warp_secs(1);
    world.print(SOL, usd(220));
    world.run(world.novate("vic", "cat", SOL, 3_700, usd(220)));
    for _ in 0..3 {
        world.warp_secs(10);
        world.print(SOL, usd(220));
    }
    world.run(world.settle("vic", SOL));
    assert_eq!(margins(&world, &["vic"]), [usdc(5_000)]);
}

/// E10 by the order of cranks: SOL and BTC rise by a tenth in the same second, and somebody cranks SOL alone,
/// in which Vic has lost 740. SOL's price of a moment ago counts for him, and after ten seconds BTC is
/// silent.
#[test]
fn e10_a_leg_that_is_cranked_alone_is_no_loss() {
    for waits in [vec![1], vec![10, 10, 10]] {
        let mut world = hedged();
        for wait in waits {
            world.warp_secs(wait);
            world.print(SOL, usd(220));
        }
        world.run(world.settle("vic", SOL));
        assert_eq!(margins(&world, &["vic"]), [usdc(5_000)]);
        world.print(BTC, usd(66_000));
        world.run(world.settle("vic", SOL));
        world.last();
        world.run(world.settle("vic", SOL));
        assert_eq!(margins(&world, &["vic"]), [usdc(5_000)]);
    }
    // Of a loss of 2,220 the silent leg may have won a tenth of 8,880. The rest is certain, and paid.
    let mut world = hedged();
    for _ in 0..3 {
        world.warp_secs(10);
        world.print(SOL, usd(260));
    }
    world.run(world.settle("vic", SOL));
    assert_eq!(margins(&world, &["vic"]), [usdc(5_000 - 2_220 + 888)]);
}
