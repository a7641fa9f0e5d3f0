//! Claims of the gains cut: what they pay, and what nobody gains by the order in which they come.

use {
    crate::common::*,
    bulkhead::state::FundStatus,
    bulkhead_tests::{
        event, params::DAY, usd, usdc, world::Setup, BulkheadError, MarketSpec, World, BTC, SOL,
    },
};

const HOUR: i64 = 60 * 60;
pub const TOM: &str = "tom";

/// A wind-down with a residual that no gain of its round has to pay: 300 were missing, nobody with a gain was registered within the
/// hour, in which Dan defaulted for a little more. The creditor and Hank are registered late, which pays the 300; what Dan owes is
/// the residual. The creditor is 100 SOL long, at 473 when gains were read, with a claim of about 27,000 beside a margin of 2,100;
/// Tom is short.
pub fn winding_down(price: u64) -> World {
    winding_down_with(&[TOM], price)
}

/// The same with these short, in equal parts.
pub fn winding_down_with(takers: &[&str], price: u64) -> World {
    let mut world = precise(&[("ann", usdc(20_000))]);
    for taker in takers {
        world.join(taker, usdc(100_000), 0);
    }
    world.join("dan", usdc(300), 0);
    world.join("hank", usdc(1_000), 0);
    trade(&mut world, "hank", "dan", 100, usd(200));
    world.run(world.deposit_margin(DEBTOR, STAKE));
    trade(&mut world, CREDITOR, DEBTOR, UNIT_LOTS, usd(200));
    world.refresh();
    world.run(world.withdraw_margin(CREDITOR, usdc(4_900)));
    world.set_price(SOL, usd(473)); // 20,300 beyond the debtor's 7,000
    world.default_member(DEBTOR);
    for taker in takers {
        world.run(world.take_over(taker, SOL, UNIT_LOTS / takers.len() as u64));
    }
    assert_eq!(world.fund().residual, usdc(300));
    world.pin_gains();
    world.set_price(SOL, price);
    for name in ["dan"].iter().chain(takers) {
        world.run(world.register_gains(name)); // no gain
    }
    world.default_member("dan");
    for taker in takers {
        world.run(world.take_over(taker, SOL, 100 / takers.len() as u64));
    }
    world.end_registration();
    world.run(world.cut_gains());
    world.run(world.register_gains(CREDITOR));
    world.run(world.register_gains("hank"));
    assert!(world.fund().status == FundStatus::WindDown);
    world
}

/// P10, P11: in a wind-down the creditor has lost more than its margin, and less than margin and claim. Its claim pays first: nobody
/// waits for it, and nobody has to lend it what it has lost.
#[test]
fn a_claim_pays_a_loss_before_margin_does() {
    let mut world = winding_down(usd(501)); // Dan owes 301 of his 300
    assert_eq!(world.fund().residual, usdc(1));
    world.end_at(SOL, usd(440)); // 7% below the pins
    let (equity, margin) = (world.equity(CREDITOR) as u64, world.member(CREDITOR).margin);
    assert_eq!(
        (margin, world.risk(CREDITOR).equity(0).expect("an equity")),
        (usdc(2_100), equity as i64 - usdc(2_100) as i64)
    );
    for name in [TOM, "hank", "ann", "dan", DEBTOR, CREDITOR] {
        world.run(world.close_out(name));
    }
    assert_eq!((world.member(CREDITOR).margin, world.member(CREDITOR).claim), (margin, equity - margin));
    for name in [TOM, CREDITOR] {
        world.run(world.pay_out(name));
    }
    // One unit of loss is everybody's, pro rata.
    assert!(world.member(CREDITOR).margin.abs_diff(equity) < usdc(1));
}

/// P6: a round that is opened for a dust default fixes the dust as its loss. The creditor, whose real debtor is declared within the 20
/// seconds before the pins, registers everything that it has won from it and is cut by one base unit. What it is paid does not vest
/// while the rest is unfunded, and the next round reads it: it bears as much as if the debtor had been declared first.
#[test]
fn a_dust_round_launders_no_gain() {
    let mut ends = vec![];
    for dust_first in [false, true] {
        let mut btc = MarketSpec::btc();
        (btc.params.rates.contribution_bps, btc.params.rates.stress_bps) = (0, 2_380);
        let mut world =
            World::with(Setup { params: PRECISE, markets: vec![free_market(), btc], ..Setup::default() });
        let members = [
            (DEBTOR, usdc(14_100)),
            ("dust", usdc(48) - 1),
            (CREDITOR, usdc(40_000)),
            ("cat", usdc(50_000)),
            ("dan", usdc(50_000)),
        ];
        for (name, margin) in members {
            world.join(name, margin, 0);
        }
        let lent = usdc(10_000_000);
        world.give("lender", lent);
        world.run(world.fund_treasury("lender", lent));
        world.run(world.novate("cat", "dan", BTC, 1_000, usd(60_000)));
        world.run(world.novate(CREDITOR, DEBTOR, SOL, 30_000, usd(200)));
        world.run(world.novate(CREDITOR, "dust", SOL, 100, usd(200)));
        world.set_treasury(0);
        world.set_price(SOL, usd(248));
        world.warp_secs(HOUR);
        world.refresh();
        if !dust_first {
            world.default_member(DEBTOR);
            world.run(world.take_over(CREDITOR, SOL, 30_000));
        }
        world.default_member("dust");
        world.run(world.take_over(CREDITOR, SOL, 100));
        world.run(world.open_gains_cut());
        if dust_first {
            world.default_member(DEBTOR); // a keeper's, in the next slot
            world.run(world.take_over(CREDITOR, SOL, 30_000));
        }
        world.warp_secs(20);
        world.refresh();
        world.register_all();
        world.set_price(BTC, usd(70_000)); // Cat wins 1,000 from Dan
        world.end_registration();
        world.run(world.cut_gains());
        world.run(world.settle("dan", BTC));
        world.run(world.pay_claim(CREDITOR));
        if world.fund().residual > 0 {
            let all = world.member(CREDITOR).margin;
            world.refuse(world.withdraw_margin(CREDITOR, all), BulkheadError::BelowInitialMargin);
            world.cut_all_gains();
            for name in ["cat", CREDITOR] {
                world.run(world.pay_claim(name));
            }
        } else {
            world.run(world.settle("cat", BTC));
        }
        ends.push((world.member(CREDITOR).margin, world.member("cat").margin));
    }
    // Cat bears its part of the later round, a fifteenth of 300; the creditor all but that.
    assert!(ends[0].0.abs_diff(ends[1].0) <= usdc(20) + 2 && ends[0].1.abs_diff(ends[1].1) <= usdc(20) + 2);
}

/// P10: `close_default`, which is anyone's, keeps a record that still holds a claim. Without it the claim's round would count it for
/// ever, and the eighth round after it could never be opened.
#[test]
fn a_record_with_a_claim_is_not_closed() {
    let mut world = precise(&[]);
    world.join(TOM, usdc(1_000_000), 0);
    let dust: Vec<String> = (0..9).map(|at| format!("dust {at}")).collect();
    for (at, name) in dust.iter().enumerate() {
        world.join(name, usdc(80 + 10 * at as u64) - 1, 0); // a unit short at 280, 290, ...
        trade(&mut world, TOM, name, 100, usd(200));
    }
    insolvent(&mut world, usdc(300));
    world.default_member(DEBTOR);
    world.run(world.take_over(TOM, SOL, UNIT_LOTS));
    world.cut_all_gains();
    assert_eq!(world.fund().cut_seq, 1);
    // The creditor loses more than its margin and its claim.
    world.set_price(SOL, usd(125));
    let seq = world.default_member(CREDITOR);
    world.run(world.take_over(TOM, SOL, UNIT_LOTS));
    let claim = world.default_record(seq).gain_claim;
    assert!(claim.round == 1 && claim.gain > 0);
    // Somebody pays what it owes; its claim is worth something, and nobody calls for it in time.
    let owed = world.fund().residual;
    world.run(world.repay_default(TOM, seq, owed));
    assert!(world.fund().status == FundStatus::Active);
    for (at, name) in dust.iter().enumerate().take(8) {
        world.set_price(SOL, usd(280 + 10 * at as u64));
        world.default_member(name);
        world.run(world.take_over(TOM, SOL, 100));
        assert_eq!(world.fund().residual, 1, "{at}");
        if at < 7 {
            world.cut_all_gains();
        }
    }
    assert_eq!((world.fund().cut_seq, world.fund().cut_round(1).claims), (8, 1));
    world.warp_secs(91 * DAY);
    world.refuse(world.open_gains_cut(), BulkheadError::GainsCutOpen);
    world.refuse(world.close_default(seq), BulkheadError::DefaultNotClosable);
    world.run(world.pay_record_claim(seq));
    world.run(world.close_default(seq));
    assert_eq!(world.fund().cut_round(1).claims, 0, "its place is free");
}

/// P10: a cut that a latecomer has completed does not count as too small: "two in a row" starts anew.
#[test]
fn a_cut_that_a_latecomer_completes_is_not_too_small() {
    let mut world = precise(&[("ann", usdc(100))]);
    insolvent(&mut world, usdc(400));
    world.default_member(DEBTOR);
    world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS));
    world.pin_gains();
    world.end_registration();
    world.run(world.cut_gains());
    world.run(world.register_gains(CREDITOR));
    let fund = world.fund();
    assert!(fund.status == FundStatus::Active && fund.unfunded == 0);
    assert_eq!(fund.cut_round(1).cut, fund.cut_round(1).loss);
    assert_eq!(fund.small_cuts, 0);
}

/// P6: no round opens while a member is in grace, whose loss everybody can see: it would not be in the round, and its creditor's gain
/// would be read and paid without it.
#[test]
fn no_round_opens_while_a_grace_blocks_exits() {
    let params = bulkhead::state::FundParams { default_confirm_slots: 25, ..PRECISE };
    let mut world = precise_with(params, &[]);
    world.join("dust", usdc(73) - 1, 0);
    trade(&mut world, CREDITOR, "dust", 100, usd(200));
    insolvent(&mut world, usdc(300));
    assert_eq!(world.market(SOL).mark.price, usd(273));
    world.warp_secs(HOUR); // so that the pins are the price
    world.refresh();
    world.run(world.declare_default("dust")); // its grace
    world.warp_secs(10);
    world.refresh();
    world.default_member("dust");
    world.run(world.take_over(CREDITOR, SOL, 100));
    assert_eq!(world.fund().residual, 1);
    world.run(world.declare_default(DEBTOR)); // a keeper; it is in grace
    assert_eq!(world.fund().graces, 1);
    world.refuse(world.open_gains_cut(), BulkheadError::GracePeriodRunning);
    world.warp_secs(10);
    world.refresh();
    world.default_member(DEBTOR);
    world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS));
    world.run(world.open_gains_cut());
    assert_eq!(world.fund().cut_round(1).loss, usdc(300) + 1);
}

/// P7: within the 20 seconds before the pins a linked pair moves a gain by a trade at the edge of the band. Each account registers its part,
/// and together as much as without it; nothing of it can be withdrawn before.
#[test]
fn a_trade_before_the_pins_moves_a_gain_and_not_the_sum() {
    let mut world = precise(&[("ann", usdc(100))]);
    world.join(TOM, usdc(100_000), 0);
    insolvent(&mut world, usdc(400));
    world.default_member(DEBTOR);
    world.run(world.take_over(TOM, SOL, UNIT_LOTS));
    world.run(world.open_gains_cut());
    let price = world.market(SOL).mark.price * 98 / 100;
    world.run(world.novate(TOM, CREDITOR, SOL, UNIT_LOTS, price));
    world.run(world.settle_own(CREDITOR, SOL));
    world.refuse(world.withdraw_margin(CREDITOR, STAKE + 1), BulkheadError::BelowInitialMargin);
    world.warp_secs(20);
    world.refresh();
    let gains = [CREDITOR, TOM].map(|name| {
        let meta = world.run(world.register_gains(name));
        event!(meta, GainsRegistered).gain
    });
    assert_eq!(gains[0] + gains[1], STAKE + usdc(400));
}
