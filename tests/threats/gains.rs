//! The gains haircut (layer 6), the wind-down (layer 7), and what keepers are paid.

use {
    crate::common::*,
    bulkhead::state::{FundParams, FundStatus},
    bulkhead_tests::{
        event,
        outcome::DUPLICATE_MUTABLE_ACCOUNT,
        params::{DAY, FUND},
        usd, usdc,
        world::Setup,
        BulkheadError, MarketSpec, World, BTC, SOL,
    },
};

/// The debtor's loss; there are 100 of contributions, and the rest is the creditor's gain.
const LOSS: u64 = usdc(400);

/// What the haircut takes.
const CUT: u64 = usdc(300);

/// A default is allocated and 300 of it are paid by nobody. The creditor has won 7,400, of which 7,100 are in the pool.
fn short() -> World {
    let mut world = precise(&[("ann", usdc(100))]);
    insolvent(&mut world, LOSS);
    world.default_member(DEBTOR);
    assert_eq!(world.fund().residual, CUT);
    world
}

/// The creditor, closed against the house, draws what it has won less the cut, and takes it all out.
fn creditor_leaves(world: &mut World) {
    if world.market(SOL).house_lots != 0 {
        world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS));
    }
    world.run(world.settle(CREDITOR, SOL));
    assert_eq!(world.member(CREDITOR).margin, 2 * STAKE + LOSS - CUT);
    assert_eq!(world.fund().pool, 0);
    world.vest();
    world.run(world.withdraw_margin(CREDITOR, 2 * STAKE + LOSS - CUT));
}

/// P3 and P10: what is cut is what was missing, to the unit, whenever the position is touched, and margins stay.
#[test]
fn t03_after_a_haircut_the_last_winner_is_paid_to_the_unit() {
    let mut world = short();
    let before = margins(&world, &[CREDITOR, "ann"]);
    world.run(world.haircut_gains());
    assert_eq!(margins(&world, &[CREDITOR, "ann"]), before, "P11");
    assert!(world.fund().status == FundStatus::Active);
    creditor_leaves(&mut world);
}

/// P6: neither to settle first, nor to close, nor to trade the lots away after the default escapes the cut.
#[test]
fn t10_nobody_settles_or_closes_out_of_a_haircut() {
    type Dodge = fn(&mut World);
    let dodges: [(&str, Dodge); 4] = [
        ("keep still", |_| {}),
        ("settle first", |world| {
            world.run(world.settle(CREDITOR, SOL)); // pays nothing while the loss is open
            assert_eq!(world.member(CREDITOR).margin, STAKE);
            world.refuse(world.withdraw_margin(CREDITOR, STAKE + 1), BulkheadError::InsufficientMargin);
        }),
        ("close against the house", |world| drop(world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS)))),
        ("close half, twice", |world| {
            world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS / 2));
            world.run(world.settle(CREDITOR, SOL));
            world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS / 2));
        }),
    ];
    for (name, dodge) in dodges {
        println!("{name}");
        let mut world = short();
        dodge(&mut world);
        world.run(world.haircut_gains());
        creditor_leaves(&mut world);
    }
}

/// Lots bought from the house after the default are not cut, and do not make the cut of others smaller.
#[test]
fn t14_who_takes_over_after_the_default_inherits_no_haircut() {
    let mut world = short();
    world.join("newcomer", usdc(50_000), 0);
    world.run(world.take_over("newcomer", SOL, UNIT_LOTS)); // the debtor's short side
    let price = world.market(SOL).mark.price;
    world.set_price(SOL, price - usdc(1_000)); // the newcomer has gained 1,000, the creditor lost them again
    world.run(world.haircut_gains());
    world.run(world.settle(CREDITOR, SOL));
    world.run(world.settle("newcomer", SOL));
    assert_eq!(world.member("newcomer").margin, usdc(51_000));
    assert_eq!(world.member(CREDITOR).margin, 2 * STAKE + LOSS - CUT - usdc(1_000));
    assert_eq!(world.fund().pool, 0);
}

/// P3: cuts of several episodes that nobody has touched add up to what was lost, exactly, and the rest is paid in full.
#[test]
fn t03_cuts_of_several_episodes_are_exact_however_late_they_are_taken() {
    for touch in [false, true] {
        let mut world = precise(&[]);
        let debtors = ["one", "two", "three"];
        for name in debtors {
            world.join(name, STAKE, 0);
            world.run(world.deposit_margin(CREDITOR, STAKE));
            trade(&mut world, CREDITOR, name, UNIT_LOTS, usd(200));
        }
        let mut cut = 0;
        for (round, name) in debtors.into_iter().enumerate() {
            let shortfall = usdc(100) * (round as u64 + 1) + 1;
            // Those to come top up what they have lost so far, and do not default yet.
            for later in &debtors[round + 1..] {
                world.run(world.deposit_margin(later, usdc(100)));
            }
            let margin = world.member(name).margin;
            world.set_price(SOL, usd(200) + margin + shortfall);
            world.default_member(name);
            assert_eq!(world.fund().residual, shortfall);
            cut += shortfall;
            world.run(world.haircut_gains());
            assert_eq!((world.fund().residual, world.fund().loss_episode), (0, round as u64 + 2));
            world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS));
            if touch {
                world.run(world.settle(CREDITOR, SOL));
            }
        }
        if !touch {
            world.run(world.settle(CREDITOR, SOL));
        }
        assert_eq!(world.fund().pool, 0, "touched in between: {touch}");
        // Three stakes of its own, one to begin with, and what each debtor has paid in: its margin.
        let paid_in = 3 * STAKE + usdc(100) * 3;
        let bought: u64 = world.member(CREDITOR).margin - 4 * STAKE;
        assert!(bought <= paid_in && bought + 3 >= paid_in, "{bought} of {paid_in}, cut {cut}");
    }
}

/// A closed position of which a haircut takes the last unit is gone: it is settled by that, its slot is free, and no later
/// haircut counts it.
#[test]
fn t03_a_position_that_is_cut_to_nothing_can_be_left() {
    let mut world = precise(&[]);
    insolvent(&mut world, 0);
    world.run(world.settle(DEBTOR, SOL)); // 7,000, all of its margin
    world.run(world.settle(CREDITOR, SOL));
    world.set_price(SOL, usd(200) + STAKE + LOSS);
    world.default_member(DEBTOR);
    world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS));
    world.run(world.haircut_gains()); // all of the creditor's 400
    world.run(world.settle(CREDITOR, SOL));
    assert!(!world.member(CREDITOR).has_positions());
    assert_eq!(world.market(SOL).cut_lots, [0, 0]);
    world.vest();
    world.run(world.withdraw_margin(CREDITOR, 2 * STAKE));
    world.run(world.waive_recovery(CREDITOR));
    world.run(world.close_member(CREDITOR));
}

/// P3: a cut that lapses when its owner buys from the house is the house's loss, whichever of the two is booked first.
#[test]
fn t03_what_lapses_in_a_take_over_is_the_houses() {
    let mut world = short();
    world.print(SOL, usd(200)); // the creditor has no gain left to cut
    world.run(world.haircut_gains());
    let house = world.market(SOL).house_raw.get();
    world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS / 2));
    let (market, scale) = (world.market(SOL), 10_000);
    assert_eq!(market.lapsed_raw, market.cut_raw);
    let sold = i128::from(UNIT_LOTS / 2) * i128::from(usd(200));
    assert_eq!(market.house_raw.get(), house - sold - i128::from(CUT) * scale);
}

/// Lots taken over during a loss are counted from their owner's first touch after it: anyone can see to that, and then they
/// are cut like all others.
#[test]
fn t10_lots_from_the_house_are_cut_in_the_next_loss_once_anybody_has_touched_them() {
    let mut world = short();
    world.join("newcomer", usdc(50_000), 0);
    world.run(world.take_over("newcomer", SOL, UNIT_LOTS)); // the debtor's short side
    world.run(world.haircut_gains());
    assert_eq!(world.market(SOL).cut_lots, [UNIT_LOTS, 0]);
    world.run(world.settle("newcomer", SOL));
    assert_eq!(world.market(SOL).cut_lots, [UNIT_LOTS, UNIT_LOTS]);
    // Now it is the creditor that fails: 400 short of what the newcomer has won.
    world.run(world.settle(CREDITOR, SOL));
    let (price, margin) = (world.market(SOL).mark.price, world.member(CREDITOR).margin);
    world.set_price(SOL, price - margin - LOSS);
    world.default_member(CREDITOR);
    world.run(world.haircut_gains());
    world.run(world.take_over("newcomer", SOL, UNIT_LOTS));
    world.run(world.settle("newcomer", SOL));
    assert_eq!(world.member("newcomer").margin, usdc(50_000) + margin);
}

/// Threat 19: a gift to a layer before holds the haircut up for as long as it takes to spend it: no time at all.
#[test]
fn t19_a_unit_given_to_the_treasury_does_not_block_the_haircut() {
    let mut world = short();
    world.give("donor", 1_000);
    for _ in 0..3 {
        world.run(world.fund_treasury("donor", 1));
        world.refuse(world.haircut_gains(), BulkheadError::LayerNotEmpty);
    }
    let both = world.allocate_residual().then(world.haircut_gains());
    world.run(both);
    assert_eq!((world.fund().unfunded, world.fund().treasury), (0, 0));
}

/// Threat 20: a loss is cut once.
#[test]
fn t20_a_haircut_is_not_repeated() {
    let mut world = short();
    let twice = world.haircut_gains().then(world.haircut_gains());
    world.refuse(twice, BulkheadError::NothingToAllocate);
    let again = world.haircut_gains();
    world.run(world.haircut_gains());
    world.refuse(again, BulkheadError::NothingToAllocate);
    creditor_leaves(&mut world);
}

/// Threat 21: a market without a loss in this episode is not cut, one of another fund neither, and none is left out.
#[test]
fn t21_only_the_markets_of_the_loss_are_cut() {
    let mut world = World::with(Setup {
        params: PRECISE,
        markets: vec![free_market(), MarketSpec::btc()],
        ..Setup::default()
    });
    world.join(CREDITOR, STAKE, 0);
    world.join(DEBTOR, 0, 0);
    world.join("long", usdc(50_000), usdc(1_000));
    world.join("short", usdc(50_000), usdc(1_000));
    world.run(world.novate("long", "short", BTC, 1_000, usd(60_000)));
    insolvent(&mut world, usdc(3_000));
    world.set_price(BTC, usd(61_000)); // 100 gained, of no loss
    world.default_member(DEBTOR);
    let (sol, btc) = (world.here.keys.market(SOL), world.here.keys.market(BTC));
    world.refuse(world.haircut_gains().swap(sol, btc), BulkheadError::WrongMarket);
    world.refuse(world.haircut_gains().with_writable(btc), BulkheadError::WrongMarket);
    world.refuse(world.haircut_gains().without(sol), BulkheadError::WrongMarket);
    let foreign = world.elsewhere(|world| world.here.keys.market(SOL));
    world.refuse(world.haircut_gains().swap(sol, foreign), BulkheadError::WrongFund);
    world.run(world.haircut_gains());
    let margin = world.member("long").margin;
    world.run(world.settle("short", BTC));
    world.run(world.settle("long", BTC));
    assert_eq!(world.member("long").margin - margin, usdc(100), "a gain of another market is paid in full");
}

/// Several accounts in one hand default at once, with everything there is: contributions, treasury, the calls, the
/// gains. Nobody's margin pays but what it agreed to, and the fund is solvent again.
#[test]
fn t16_linked_members_that_default_at_once_reach_every_layer_and_no_margin() {
    let params = FundParams { assessment_cap_bps: 5_000, ..PRECISE };
    let mut world = precise_with(params, &[("ann", usdc(600)), ("ben", usdc(400))]);
    for name in ["ann", "ben"] {
        world.run(world.deposit_margin(name, usdc(1_000)));
    }
    world.give("treasurer", usdc(50));
    world.run(world.fund_treasury("treasurer", usdc(50)));
    let linked = ["link 0", "link 1", "link 2", "link 3"];
    for name in linked {
        world.join(name, STAKE, usdc(10));
        world.run(world.deposit_margin(CREDITOR, STAKE));
        world.run(world.novate(CREDITOR, name, SOL, UNIT_LOTS, usd(200)));
    }
    world.set_price(SOL, usd(200) + STAKE + usdc(500)); // 500 short each: 2,000
    let creditor = world.member(CREDITOR).margin;
    for name in linked {
        world.run(world.declare_default(name));
    }
    for (at, name) in linked.into_iter().enumerate() {
        let refused = if at < 3 { BulkheadError::NothingToAllocate } else { BulkheadError::LossPending };
        world.refuse(world.haircut_gains(), refused); // not before every default is allocated
        world.run(world.allocate_loss(name));
    }
    // 40 of their own, 50, 1,000, 500 called, and 410 from the gains.
    let fund = world.fund();
    assert_eq!((fund.treasury, fund.contributions), (0, 0));
    world.run(world.enforce_call("ann"));
    world.run(world.enforce_call("ben"));
    let residual = world.fund().residual;
    assert!(residual.abs_diff(usdc(410)) <= 10, "{residual}");
    assert_eq!(margins(&world, &["ann", "ben", CREDITOR]), [usdc(700), usdc(800), creditor]);
    world.warp_secs(i64::from(FUND.assessment_secs) + 1);
    world.refresh();
    let meta = world.run(world.haircut_gains());
    assert_eq!(event!(meta, GainsCut).amount, residual);
    assert_eq!(margins(&world, &["ann", "ben", CREDITOR]), [usdc(700), usdc(800), creditor], "P11");
    assert_eq!(world.fund().unfunded, 0);
}

/// Bounties: with them the most a coalition gains of a default with shortfall D is D (1 + 2 bounty_bps), as the bounties
/// are the only thing beside D that others pay. Here D is 1,000 and a bounty 1% of it: 1,000 gained by the winning leg,
/// 20 by the keeper, 1,020 lost by the others.
#[test]
fn t16_bounties_make_no_default_worth_engineering() {
    let params = FundParams { bounty_bps: 100, bounty_cap: usdc(1_000_000), ..PRECISE };
    for (own, treasury) in
        [(0, usdc(5_000)), (usdc(7), usdc(5_000)), (usdc(7), usdc(4)), (0, 0), (usdc(30), 0)]
    {
        let mut world = precise_with(params, &[("ann", usdc(6_000)), ("ben", usdc(3_000))]);
        world.join("keeper", usdc(1), 0);
        if own > 0 {
            world.run(world.contribute(DEBTOR, own));
        }
        if treasury > 0 {
            world.give("treasurer", treasury);
            world.run(world.fund_treasury("treasurer", treasury));
        }
        let coalition = |world: &World| -> u64 {
            [CREDITOR, DEBTOR, "keeper"]
                .into_iter()
                .map(|name| world.member(name).margin + worth(world, name))
                .sum()
        };
        let shortfall = usdc(1_000);
        insolvent(&mut world, shortfall);
        let start = coalition(&world);
        let others = worth(&world, "ann") + worth(&world, "ben") + treasury;
        world.run(world.declare_default_for("keeper", DEBTOR));
        world.run(world.allocate_loss_for("keeper", DEBTOR));
        world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS));
        world.run(world.settle(CREDITOR, SOL));
        let gained = coalition(&world).saturating_sub(start);
        let lost = others - worth(&world, "ann") - worth(&world, "ben") - world.fund().treasury;
        println!("own {own}, treasury {treasury}: the coalition gained {gained}, the others lost {lost}");
        assert!(gained <= lost, "{gained} of {lost}");
        assert!(
            u128::from(lost) * 10_000 <= u128::from(shortfall) * (10_000 + 2 * 100),
            "{lost} of {shortfall}"
        );
        // Survivors pay for the shortfall only: what the debtor and the treasury did not pay of it.
        // The debtor's own money is in the shortfall: it pays no bounty.
        let survivors = usdc(9_000) - worth(&world, "ann") - worth(&world, "ben");
        assert!(survivors <= shortfall + 2, "P5: {survivors} of the survivors'");
        assert!(lost.abs_diff(shortfall + usdc(20).min(treasury) - own) <= 4, "{lost}");
    }
}

/// A solvent member cannot be declared for the bounty, nor one twice that has defaulted.
#[test]
fn t16_a_bounty_needs_a_default() {
    let params = FundParams { bounty_bps: 100, bounty_cap: usdc(100), ..PRECISE };
    let mut world = precise_with(params, &[("ann", usdc(6_000))]);
    insolvent(&mut world, usdc(100));
    world.refuse(world.declare_default_for("ann", CREDITOR), BulkheadError::EquityNotNegative);
    world.refuse(world.declare_default_for(DEBTOR, DEBTOR), DUPLICATE_MUTABLE_ACCOUNT);
    world.run(world.declare_default_for("ann", DEBTOR));
    assert_eq!(world.member("ann").margin, 0, "neither the debtor nor the treasury has anything");
    world.refuse(world.declare_default_for("ann", DEBTOR), BulkheadError::EquityNotNegative);
    world.run(world.allocate_loss_for("ann", DEBTOR));
    assert_eq!(worth(&world, "ann"), usdc(5_900), "and she pays nobody's bounty");
}

/// A loss of a unit ends in a haircut of a unit while there is anything to cut: nobody can close a fund with dust.
#[test]
fn t19_dust_does_not_wind_the_fund_down() {
    let mut world = precise(&[]);
    insolvent(&mut world, 1);
    world.default_member(DEBTOR);
    world.run(world.haircut_gains());
    assert!(world.fund().status == FundStatus::Active);
    unwind(&mut world);
    assert_eq!((world.fund().unfunded, world.fund().pool), (0, 0));
    assert_eq!(world.member(CREDITOR).margin, 2 * STAKE);
}

/// The haircut is over and its gains are drawn when the house sells at the full discount of 5%, to two that are not cut:
/// 1,370 that nobody is left to pay. What is cut lapses, and the fund is wound down.
fn closing() -> World {
    let mut world = short();
    world.run(world.haircut_gains());
    world.run(world.settle(CREDITOR, SOL));
    for name in ["one", "two"] {
        world.join(name, usdc(20_000), 0);
    }
    world.warp_slots(u64::from(FUND.auction_slots));
    world.refresh();
    for name in ["one", "two"] {
        world.run(world.take_over(name, SOL, UNIT_LOTS / 2)); // short of 50 SOL from 287.7, at a mark of 274
    }
    assert_eq!(world.fund().residual, usdc(1_370));
    world.run(world.haircut_gains());
    world.run(world.settle(CREDITOR, SOL)); // it has no gain: the house has lost the 1,370 after all
    assert_eq!((world.member(CREDITOR).margin, world.fund().residual), (2 * STAKE + LOSS - CUT, usdc(1_370)));
    world.run(world.haircut_gains());
    assert!(world.fund().status == FundStatus::WindDown);
    world
}

/// Every claim gets the same part of what there is, whoever is first; everybody takes it out and closes its account, the
/// last one too.
#[test]
fn t03_a_wind_down_pays_everybody_pro_rata_and_lets_everybody_go() {
    let everybody = [CREDITOR, "one", "two", "ann", DEBTOR];
    for first in [["one", "two"], ["two", "one"]] {
        let mut world = closing();
        world.refuse(world.fix_final_mark(SOL), BulkheadError::FinalMarkNotDue);
        world.warp_secs(DAY);
        world.set_price(SOL, usd(264)); // the creditor loses 1,000, the two gain as much: 1,185 each
        world.refuse(world.close_out("one"), BulkheadError::MarkNotFinal);
        world.run(world.fix_final_mark(SOL));
        world.refuse(world.crank_market(SOL), BulkheadError::MarketClosed);
        for name in everybody {
            world.refuse(world.pay_out("one"), BulkheadError::CloseOutPending);
            world.run(world.close_out(name));
            world.refuse(world.close_out(name), BulkheadError::MemberClosedOut);
        }
        assert_eq!((world.fund().claims, world.fund().pool), (usdc(2_370), usdc(1_000)));
        for name in first {
            world.run(world.pay_out(name));
            world.refuse(world.pay_out(name), BulkheadError::NothingToClaim);
            assert_eq!(world.member(name).margin, usdc(20_500), "{name}");
        }
        assert_eq!((world.fund().unfunded, world.fund().pool), (0, 0));
        // Even now what comes back goes to those who lost: half of all that was ever lost for others.
        let lost = world.fund().losses_outstanding;
        assert!(lost.abs_diff(usdc(100) + CUT + usdc(1_370)) <= 1, "{lost}");
        world.give("giver", lost / 2);
        world.run(world.give_recovery("giver", lost / 2));
        let back = paid(&mut world, "one", |world| drop(world.run(world.claim_recovery("one"))));
        assert!((back as u64).abs_diff(usdc(685) / 2) <= 1, "{back}");
        world.run(world.settle_epoch("ann"));
        world.vest();
        for name in everybody {
            let margin = world.member(name).margin;
            if margin > 0 {
                world.run(world.withdraw_margin(name, margin));
            }
            let _ = world.attempt(world.claim_recovery(name));
            let _ = world.attempt(world.waive_recovery(name));
            let _ = world.attempt(world.claim_recovery(name));
            world.run(world.close_member(name));
        }
        let fund = world.fund();
        assert_eq!((fund.members, fund.margin_total, fund.pool), (0, 0, 0));
        assert!(fund.recoveries <= 10, "{} of recoveries are nobody's", fund.recoveries);
        if fund.treasury > 0 {
            world.take_treasury("giver", fund.treasury);
        }
    }
}

/// In a wind-down no new risk comes in, nobody draws a gain before the others, and the authority names no price while the
/// oracle speaks.
#[test]
fn t19_a_wind_down_cannot_be_gamed() {
    let mut world = closing();
    world.refuse(world.novate("one", "two", SOL, 1, usd(274)), BulkheadError::LossPending);
    world.refuse(world.contribute("one", usdc(1)), BulkheadError::LossPending);
    world.give("late", 1);
    world.refuse(world.open_member("late"), BulkheadError::WindDown);
    world.refuse(world.haircut_gains(), BulkheadError::WindDown);
    world.set_price(SOL, usd(264));
    world.run(world.settle(CREDITOR, SOL)); // a loss is paid in
    world.run(world.settle("one", SOL)); // a gain waits
    assert_eq!((world.fund().pool, world.member("one").margin), (usdc(1_000), usdc(20_000)));
    world.warp_secs(DAY);
    world.refresh();
    world.refuse(world.set_final_mark(SOL, usd(1)), BulkheadError::OracleNotSilent);
    world.run(world.fix_final_mark(SOL));
    world.warp_slots(10_000);
    world.refuse(world.set_final_mark(SOL, usd(1)), BulkheadError::MarketClosed);
}
