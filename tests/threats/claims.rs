//! Claims of the gains cut: what they pay, and what nobody gains by the order in which they come.

use {
    crate::common::*,
    bulkhead::{
        constants::PIN_DELAY_SECS,
        state::{FundParams, FundStatus},
    },
    bulkhead_tests::{event, usd, usdc, world::Setup, BulkheadError, MarketSpec, World, BTC, SOL},
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
        (btc.params.terms.rates.contribution_bps, btc.params.terms.rates.stress_bps) = (0, 2_380);
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
        world.warp_secs(PIN_DELAY_SECS);
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
    world.warp_secs(PIN_DELAY_SECS);
    world.refresh();
    let gains = [CREDITOR, TOM].map(|name| {
        let meta = world.run(world.register_gains(name));
        event!(meta, GainsRegistered).gain
    });
    assert_eq!(gains[0] + gains[1], STAKE + usdc(400));
}

/// P13: a member with a claim that the pool can pay defaults. The claim pays for its own default, whether somebody pays it first or
/// the declaration sets it off, and not those who have once borne another loss, like Ann, an old contributor.
#[test]
fn p13_a_defaulters_claim_pays_for_its_own_default() {
    let mut ends = vec![];
    for pays_first in [true, false] {
        let mut world = precise(&[("ann", usdc(20_000))]);
        world.join(TOM, usdc(1_000_000), 0);
        insolvent(&mut world, usdc(20_300));
        world.default_member(DEBTOR);
        world.run(world.take_over(TOM, SOL, UNIT_LOTS));
        assert_eq!(world.fund().residual, usdc(300));
        world.cut_all_gains();
        assert!(world.fund().status == FundStatus::Active);
        world.join("new", 0, usdc(40_000)); // a newcomer, who knows of no loss
                                            // The creditor, 100 SOL long at 473, has a claim of 27,000 and takes out what is free; the price falls to 160.
        world.refresh();
        world.run(world.withdraw_margin(CREDITOR, usdc(2_000)));
        world.set_price(SOL, usd(473) - usd(320) - usd(160) / 100);
        if pays_first {
            world.run(world.pay_claim(CREDITOR));
        }
        world.default_member(CREDITOR);
        world.run(world.take_over(TOM, SOL, UNIT_LOTS));
        world.run(world.settle_epoch("ann"));
        let got = |world: &mut World, name: &str| {
            paid(world, name, |world| drop(world.attempt(world.claim_recovery(name)))) as u64
        };
        let new = worth(&world, "new") + got(&mut world, "new");
        let ann = got(&mut world, "ann");
        ends.push((new, ann));
    }
    assert!(ends[0].0.abs_diff(ends[1].0) <= 2 && ends[0].1.abs_diff(ends[1].1) <= 2, "{ends:?}");
}

/// P10: a gains cut waits for every house that is not silent. When it is needed treasury and cushions are empty, and cover no house:
/// one lot of a member that defaults beside a silent feed waits for a later round after an hour, and only exits wait for its feed.
#[test]
fn p10_one_lot_in_a_silent_market_holds_up_no_gains_cut() {
    let mut btc = MarketSpec::btc();
    (btc.params.terms.rates.contribution_bps, btc.params.terms.rates.stress_bps) = (0, 2_380);
    let mut world =
        World::with(Setup { params: PRECISE, markets: vec![free_market(), btc], ..Setup::default() });
    world.join("ann", 0, usdc(100));
    world.join(CREDITOR, STAKE, 0);
    world.join(DEBTOR, 0, 0);
    world.join(TOM, usdc(100_000), 0);
    world.join("eve", usdc(13), 0);
    let lent = usdc(1_000_000);
    world.give("lender", lent);
    world.run(world.fund_treasury("lender", lent));
    world.run(world.novate(TOM, "eve", SOL, 30, usd(200)));
    world.run(world.novate(TOM, "eve", BTC, 1, usd(60_000)));
    world.set_treasury(0);
    insolvent(&mut world, usdc(400));
    world.default_member(DEBTOR);
    world.run(world.take_over(TOM, SOL, UNIT_LOTS));
    assert_eq!(world.fund().residual, usdc(300));
    // BTC falls silent; Eve, who owes 9 in SOL, is declared.
    world.warp_secs(100);
    world.print(SOL, world.market(SOL).mark.price);
    world.run(world.declare_default("eve")); // a grace of an hour, for the silent leg
    world.warp_secs(2 * HOUR);
    world.print(SOL, world.market(SOL).mark.price);
    world.warp_secs(20);
    world.print(SOL, world.market(SOL).mark.price);
    if world.member("eve").margin > 0 {
        world.default_member("eve");
    }
    world.run(world.take_over(TOM, SOL, 30));
    assert_eq!(world.fund().open_houses, 1);
    // The feed has had its hour. Exits still wait for it.
    world.refuse(world.open_gains_cut(), BulkheadError::HouseNotSold);
    world.run(world.book_house(BTC));
    let fund = world.fund();
    assert!(fund.open_houses == fund.waived_houses && fund.holds_exits());
    world.run(world.open_gains_cut());
    assert_eq!(world.fund().cut_round(1).loss, world.fund().residual);
}

/// P13: in a wind-down the creditor, which has a claim, is declared in default. The declaration sets the claim off, before anybody is
/// paid out: Ann, who lost her contribution long before, gets nothing of it, and Tom, who has won, is not short of it.
#[test]
fn p13_a_defaulters_claim_is_set_off_before_anybody_is_paid_out() {
    let mut world = winding_down(usd(501));
    world.end_at(SOL, usd(170));
    let seq = world.default_member(CREDITOR);
    let record = world.default_record(seq);
    assert!(record.from_claim > usdc(5_000) && record.assigned == 0);
    for name in ["ann", "dan", DEBTOR, CREDITOR, "hank", TOM] {
        world.run(world.close_out(name));
    }
    let fund = world.fund();
    assert_eq!(fund.claims, fund.free_pool() + fund.residual, "nobody else has a claim on the pool");
    let (claim, before) = (world.member(TOM).claim, world.member(TOM).margin);
    world.run(world.pay_out(TOM));
    assert_eq!(world.member(TOM).margin - before, claim - fund.residual);
    let _ = world.attempt(world.settle_epoch("ann"));
    world.refuse(world.claim_recovery("ann"), BulkheadError::NothingToClaim);
}

/// P12, P13: in a wind-down all claims bear what they lack when the first of them is paid, so that what comes back between two
/// pay-outs belongs to both. Tom and Bob have the same claim; a repayment comes back after Tom was paid out, and before Bob is.
#[test]
fn p13_a_recovery_between_two_pay_outs_is_both_claims() {
    let mut world = winding_down_with(&[TOM, "bob"], usd(501));
    world.end_at(SOL, usd(170));
    let seq = world.default_member(CREDITOR);
    for name in ["ann", "dan", DEBTOR, CREDITOR, "hank", TOM, "bob"] {
        world.run(world.close_out(name));
    }
    assert_eq!(world.member(TOM).claim, world.member("bob").claim);
    let before = margins(&world, &[TOM, "bob"]);
    assert_eq!(before[0], before[1]);
    world.run(world.pay_out(TOM));
    // What the creditor owes, but for losses of its own that were set off.
    let owed = world.default_record(seq).owed().expect("it owes");
    assert!(owed > usdc(100), "{owed}");
    world.run(world.repay_default("hank", seq, owed));
    world.run(world.pay_out("bob"));
    let ends = [TOM, "bob"].map(|name| {
        let back = paid(&mut world, name, |world| drop(world.attempt(world.claim_recovery(name)))) as u64;
        world.member(name).margin + back
    });
    assert!(ends[0].abs_diff(ends[1]) <= 2, "{ends:?}");
}

/// P6: an old loss that nobody has settled is a shield against a gains cut, and the friend who won it has left with the money long ago.
/// The creditor lost 14,400 to its friend in BTC; the friend has settled out of what others had lost, waited ten minutes and gone. Then
/// the creditor wins 14,400 in SOL from a debtor that lacks 300. Its net gain is nothing, and Cat, who has won as much, pays all of the
/// 300 instead of half. Together, creditor and friend have won 14,400 as without the shield.
///
/// This is a limit until somebody settles the loss. Anyone may, and keepers settle every one that is worth a transaction: then Cat
/// ends as without the shield.
#[test]
fn an_old_loss_to_a_friend_is_no_shield_once_a_keeper_has_settled_it() {
    let mut ends = vec![];
    for (shielded, settled) in [(false, false), (true, true), (true, false)] {
        let mut btc = MarketSpec::btc();
        (btc.params.terms.rates.contribution_bps, btc.params.terms.rates.stress_bps) = (0, 2_380);
        let mut world =
            World::with(Setup { params: PRECISE, markets: vec![free_market(), btc], ..Setup::default() });
        let members = [
            (DEBTOR, usdc(14_100)),
            (CREDITOR, usdc(80_000)),
            ("friend", usdc(80_000)),
            ("cat", usdc(90_000)),
            ("dan", usdc(90_000)),
        ];
        for (name, margin) in members {
            world.join(name, margin, 0);
        }
        let lent = usdc(10_000_000);
        world.give("lender", lent);
        world.run(world.fund_treasury("lender", lent));
        if shielded {
            world.run(world.novate("friend", CREDITOR, BTC, 14_400, usd(60_000)));
        }
        world.run(world.novate("cat", "dan", BTC, 14_400, usd(60_000)));
        world.set_price(BTC, usd(70_000));
        world.run(world.settle("dan", BTC)); // Dan's 14,400 are in the pool: Cat has not settled hers
        if shielded {
            world.run(world.settle_own("friend", BTC));
            world.vest();
            let all = world.member("friend").margin - usdc(40_000);
            world.run(world.withdraw_margin("friend", all));
            if settled {
                world.run(world.settle(CREDITOR, BTC)); // a keeper
                world.vest();
            }
        }
        world.run(world.novate(CREDITOR, DEBTOR, SOL, 30_000, usd(200)));
        world.set_treasury(0);
        world.set_price(SOL, usd(248));
        world.default_member(DEBTOR);
        world.run(world.take_over(CREDITOR, SOL, 30_000));
        world.cut_all_gains();
        for (name, market) in [(CREDITOR, BTC), ("dan", BTC)] {
            let _ = world.attempt(world.settle(name, market));
        }
        for name in [CREDITOR, "cat"] {
            let _ = world.attempt(world.pay_claim(name));
        }
        ends.push(world.equity("cat"));
    }
    assert!(ends[2] < ends[0], "nobody has settled it");
    assert!(ends[1].abs_diff(ends[0]) <= 2, "{ends:?}");
}

/// P10: every default that raises the call gives everybody the whole time to pay again, however small it is. With one account of a lot
/// for each hour, each a unit short a little further on, somebody keeps the call open for as many hours as it has accounts; but a
/// gains cut waits for twice the time in all.
#[test]
fn p10_dust_defaults_hold_a_gains_cut_up_for_twice_the_time_to_pay() {
    let params = bulkhead::state::FundParams { assessment_cap_bps: 5_000, ..PRECISE };
    let mut world = precise_with(params, &[("ann", usdc(1_000))]);
    world.join(TOM, usdc(1_000_000), 0);
    let dust: Vec<String> = (0..6).map(|at| format!("dust {at}")).collect();
    for (at, name) in dust.iter().enumerate() {
        world.join(name, usdc(84 + at as u64) / 100 - 1, 0); // a lot, a unit short at 284, 285, ...
        trade(&mut world, TOM, name, 1, usd(200));
    }
    insolvent(&mut world, usdc(1_300)); // 283
    world.default_member(DEBTOR);
    world.run(world.take_over(TOM, SOL, UNIT_LOTS));
    let began = world.now();
    assert_eq!(world.fund().assessment.called, usdc(300));
    for (at, name) in dust.iter().enumerate().take(3) {
        let ends = world.fund().assessment.ends_ts;
        world.warp_secs(ends - world.now() - 60);
        world.set_price(SOL, usd(284 + at as u64));
        world.default_member(name);
        world.run(world.take_over(TOM, SOL, 1));
        assert_eq!(world.fund().assessment.called, usdc(300) + 1 + at as u64);
        let over = world.now() > began + 2 * i64::from(params.assessment_secs);
        assert!(world.fund().assessment.is_open(world.now()));
        if !over {
            world.refuse(world.open_gains_cut(), BulkheadError::AssessmentOpen);
        }
        assert_eq!(over, at == 2);
    }
    world.run(world.open_gains_cut());
}

/// P10: everybody is registered, and a loss of one base unit is left: the two winners have half a unit each, which is rounded down to
/// no gain. What rounding can hide, a unit a member and position, winds no fund down; the next round cuts it, or anybody pays it.
#[test]
fn p10_a_unit_that_rounding_hides_winds_no_fund_down() {
    let mut world = precise(&[]);
    for name in ["one", "two", TOM] {
        world.join(name, usdc(100_000), 0);
    }
    world.join("dust", usdc(48), 0);
    trade(&mut world, "one", "dust", 50, usd(200));
    trade(&mut world, "two", "dust", 50, usd(200));
    world.set_price(SOL, usd(248));
    for name in ["dust", "one", "two"] {
        world.run(world.settle(name, SOL));
    }
    world.vest();
    world.set_price(SOL, usd(248) + 100);
    world.default_member("dust");
    world.run(world.take_over(TOM, SOL, 100));
    assert_eq!(world.fund().residual, 1);
    let meta = world.cut_all_gains(); // all are registered
    assert_eq!((event!(meta, GainsCut).residual, world.fund().small_cuts), (1, 0));
    assert!(world.fund().status == FundStatus::Recovery);
    world.set_price(SOL, usd(248) + 10_000);
    let meta = world.cut_all_gains();
    assert_eq!((event!(meta, GainsCut).cut, world.fund().residual), (1, 0));
    assert!(world.fund().status == FundStatus::Active);
}

// Set-offs and latecomers

/// P13: the creditor has registered 27,300 and owes 250 more than its claim will be. Declared before the cut, all of
/// its loss would be called although the claim pays most of it, Bob would pay 5,000, and the rest would come back to
/// everybody who ever bore a loss, Ann first of all. What the gain of a defaulter may still cancel is neither
/// allocated nor called before it is cut: Bob pays for the 100 that no gain of the creditor's can pay, half of
/// them because the other half is Ann's to pay. Declared after the cut, when the fund has recovered and
/// nobody's assessment is callable, the 250 are unfunded as a whole. Ann gets nothing either way.
#[test]
fn p13_what_a_claim_may_still_pay_is_not_called() {
    let mut ends = vec![];
    for before_the_cut in [false, true] {
        let params = FundParams { assessment_cap_bps: 5_000, ..PRECISE };
        let mut world = precise_with(params, &[("ann", usdc(10_000))]);
        world.join("bob", usdc(20_000), usdc(10_000));
        world.join(TOM, usdc(1_000_000), 0);
        let contributions = world.fund().contributions;
        insolvent(&mut world, contributions + usdc(300));
        world.default_member(DEBTOR);
        world.run(world.take_over(TOM, SOL, UNIT_LOTS));
        world.run(world.enforce_call("bob"));
        world.warp_secs(60);
        world.pin_gains(); // Ann's part has lapsed
        world.register_all();
        let bob = world.member("bob").margin;
        let equity = STAKE + world.member(CREDITOR).gain_claim.gain; // per 100 SOL
        let price = world.market(SOL).mark.price - equity - usdc(100);
        world.set_price(SOL, price);
        let declare = |world: &mut World| {
            let seq = world.default_member(CREDITOR);
            world.run(world.take_over(TOM, SOL, UNIT_LOTS));
            let _ = world.attempt(world.enforce_call("bob"));
            world.default_record(seq)
        };
        if before_the_cut {
            let record = declare(&mut world);
            assert_eq!((record.shortfall - record.assigned, record.from_claim), (usdc(100), 0));
            assert_eq!(world.fund().allocatable(), world.fund().residual - record.assigned);
            world.run(world.allocate_residual());
            assert!(world.fund().residual >= record.assigned);
        }
        world.end_registration();
        world.run(world.cut_gains());
        if !before_the_cut {
            let record = declare(&mut world);
            assert!(record.shortfall - record.from_claim < usdc(400));
        }
        let paid = bob - world.member("bob").margin;
        let ann = got(&mut world, "ann");
        ends.push((ann, paid - got(&mut world, "bob"), world.fund().residual));
    }
    assert_eq!(ends, [(0, 0, usdc(250)), (0, usdc(50), usdc(200))]);
}

/// P13: three have claims of a round, 10,920, 8,190 and 8,190 before the cut, and the pool has less for them, because
/// Tom, who has lost in BTC, has not settled; BTC is silent, so that nobody can settle it. One of the three
/// defaults, and its claim is set off. What is set off leaves the round with its claim and counts as no cash:
/// Bob and Cat get the same of what there is, whoever of them is paid first.
#[test]
fn p13_a_set_off_leaves_the_others_their_part_of_the_pool() {
    let mut ends = vec![];
    for order in [["bob", "cat"], ["cat", "bob"]] {
        let mut world = two_markets(PRECISE);
        world.join(DEBTOR, STAKE, 0);
        world.join(TOM, usdc(1_000_000), 0);
        let winners =
            [(CREDITOR, 4_000, usdc(3_600)), ("bob", 3_000, usdc(20_000)), ("cat", 3_000, usdc(20_000))];
        for (name, lots, margin) in winners {
            world.join(name, margin, 0);
            trade_in(&mut world, SOL, name, DEBTOR, lots, usd(200));
            trade_in(&mut world, BTC, name, TOM, lots, usd(60_000));
        }
        world.set_price(SOL, usd(273));
        world.set_price(BTC, usd(80_000));
        world.refresh();
        world.default_member(DEBTOR);
        world.run(world.take_over(TOM, SOL, UNIT_LOTS));
        assert_eq!(world.fund().residual, usdc(300));
        world.cut_all_gains();
        assert!(world.fund().status == FundStatus::Active);
        // The creditor closes its BTC, and risks what it has in SOL.
        trade_in(&mut world, BTC, TOM, CREDITOR, 4_000, usd(80_000));
        trade_in(&mut world, SOL, CREDITOR, TOM, 8_000, usd(273));
        world.set_price(SOL, usd(273) - usd(150));
        let seq = world.default_member(CREDITOR);
        assert!(world.default_record(seq).from_claim > usdc(10_000));
        world.run(world.take_over(TOM, SOL, 12_000));
        world.warp_secs(61);
        world.print(SOL, usd(123));
        world.refuse(world.settle(TOM, BTC), BulkheadError::StaleMark);
        let before = margins(&world, &["bob", "cat"]);
        for name in order {
            let _ = world.attempt(world.pay_claim(name));
        }
        let after = margins(&world, &["bob", "cat"]);
        ends.push([after[0] - before[0], after[1] - before[1]]);
    }
    let first = ends[0][0];
    assert!(first > 0 && ends.iter().flatten().all(|paid| paid.abs_diff(first) <= 2), "{ends:?}");
}

/// P10, P13: Hank has won 273 and the creditor 27,300 when a fund that lacks 300 winds down; nobody is registered.
/// Hank is registered, and all he has won is cut. Once the creditor is registered, 270 of it are his again; but
/// anybody may close Hank out before. His claim has left the round then. What a latecomer adds to it does not stay
/// in the pool: it is a gain of the houses, and the others' claims. That he must be in the round to have it
/// is a limit: his owner, or anybody else, may register the creditor before.
#[test]
fn p10_what_a_latecomer_adds_to_a_claim_that_has_left_is_the_others() {
    let mut ends = vec![];
    for closed_first in [false, true] {
        let mut world = precise(&[("ann", usdc(20_000))]);
        world.join(TOM, usdc(100_000), 0);
        world.join("dan", usdc(300), 0);
        world.join("hank", usdc(1_000), 0);
        trade(&mut world, "hank", "dan", 100, usd(200));
        insolvent(&mut world, usdc(20_300));
        world.default_member(DEBTOR);
        world.run(world.take_over(TOM, SOL, UNIT_LOTS));
        world.pin_gains();
        for name in ["dan", TOM] {
            world.run(world.register_gains(name));
        }
        world.end_registration();
        world.run(world.cut_gains());
        assert!(world.fund().status == FundStatus::WindDown);
        world.run(world.register_gains("hank"));
        world.end_at(SOL, usd(473));
        if closed_first {
            world.run(world.close_out("hank"));
        }
        world.run(world.register_gains(CREDITOR));
        for name in [CREDITOR, TOM, "ann", "dan", DEBTOR, "hank"] {
            let _ = world.attempt(world.close_out(name));
        }
        for name in [CREDITOR, TOM, "hank"] {
            let _ = world.attempt(world.pay_out(name));
        }
        let fund = world.fund();
        assert!(fund.claims == 0 && fund.closed_out == fund.members);
        let all = ["hank", CREDITOR, TOM, "ann", "dan", DEBTOR];
        let back: u64 = all.map(|name| world.member(name).margin + got(&mut world, name)).iter().sum();
        assert!(world.fund().pool <= 2, "{}", world.fund().pool);
        ends.push((world.member("hank").margin, back));
    }
    assert!(ends[0].0.abs_diff(usdc(1_270)) < usdc(1) && ends[1].0 == usdc(1_000), "{ends:?}");
    assert!(ends[0].1.abs_diff(ends[1].1) <= 12, "{ends:?}");
}

/// P10: two cuts in a row that are too small end a fund. Hank, who is not registered in the first round, is kept for the
/// moment after the next small cut. A latecomer resets the count only in the last round that was cut: with an
/// account for each of eight rounds nobody puts the wind-down off.
#[test]
fn p10_a_latecomer_of_an_old_round_leaves_the_count_of_small_cuts() {
    let mut world = precise(&[("ann", usdc(20_000))]);
    world.join(TOM, usdc(20_000), 0);
    for (name, margin) in [("hank", 1_000), ("cat", 1_000), ("dan", 1_000)] {
        world.join(name, usdc(margin), 0);
    }
    trade(&mut world, "hank", "dan", 100, usd(200));
    trade(&mut world, "cat", "dan", 1, usd(200));
    insolvent(&mut world, usdc(20_300));
    world.default_member(DEBTOR);
    world.run(world.take_over(TOM, SOL, UNIT_LOTS));
    world.pin_gains();
    for name in [CREDITOR, "cat", "dan", TOM] {
        world.run(world.register_gains(name));
    }
    world.end_registration();
    world.run(world.cut_gains());
    assert!(world.fund().status == FundStatus::Active && world.fund().cut_round(1).cut == usdc(300));
    world.join("buyer", usdc(1_000_000), 0);
    world.set_price(SOL, usd(773)); // Tom is 10,000 short
    world.default_member(TOM);
    world.run(world.take_over("buyer", SOL, UNIT_LOTS));
    world.pin_gains();
    world.run(world.register_gains("cat"));
    world.end_registration();
    world.run(world.cut_gains());
    assert_eq!((world.fund().cut_seq, world.fund().small_cuts), (2, 1));
    assert!(world.fund().status == FundStatus::Recovery);
    world.run(world.register_gains("hank")); // in the first round
    assert_eq!(world.member("hank").cut_seen, 1);
    assert_eq!(world.fund().small_cuts, 1);
}

/// P13: 1,000 are paid back for a default in a wind-down. Before the first claim is paid all of it is the claims'; with
/// the first pay-out what claims lack is a loss that all of them have borne, and what comes back afterwards is
/// everybody's who has borne one. Ann, who has lost 20,000 long before, pays a claim out a moment before a
/// repayment, as anybody may, and gets most of it. This stays a rule and a limit: somebody that pays back
/// in a wind-down decides by its moment whether it is the claims'.
#[test]
fn what_comes_back_after_the_first_pay_out_is_everybodys() {
    let mut ends = vec![];
    for paid_out_first in [false, true] {
        let mut world = winding_down_with(&[TOM, "bob"], usd(501));
        world.end_at(SOL, usd(170));
        let seq = world.default_member(CREDITOR);
        for name in ["ann", "dan", DEBTOR, CREDITOR, "hank", TOM, "bob"] {
            world.run(world.close_out(name));
        }
        let back = usdc(300).min(world.fund().residual);
        if paid_out_first {
            world.run(world.pay_out("bob"));
        }
        world.run(world.repay_default("hank", seq, back));
        for name in [TOM, "bob"] {
            let _ = world.attempt(world.pay_out(name));
        }
        let winners = [TOM, "bob"].map(|name| got(&mut world, name) + world.member(name).margin);
        ends.push((got(&mut world, "ann"), winners[0] + winners[1]));
    }
    assert!(ends[1].0 > ends[0].0 + usdc(200), "{ends:?}");
    assert!(ends[0].1 > ends[1].1 + usdc(200), "{ends:?}");
}
