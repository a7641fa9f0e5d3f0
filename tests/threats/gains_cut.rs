//! The gains cut (layer 6), the wind-down (layer 7), and what keepers are paid.

use {
    crate::common::*,
    bulkhead::{
        constants::{PIN_DELAY_SECS, TIMELOCK_SECS},
        state::{FundChange, FundParams, FundStatus, ParameterChange},
    },
    bulkhead_tests::{
        event, outcome::DUPLICATE_MUTABLE_ACCOUNT, params::FUND, usd, usdc, world::Setup, BulkheadError,
        MarketSpec, World, BTC, SOL,
    },
};

/// The debtor's loss; there are 100 of contributions, and the rest is the creditor's gain.
const LOSS: u64 = usdc(400);

/// What the gains cut takes.
const CUT: u64 = usdc(300);

/// A default is allocated and 300 of it are paid by nobody. The creditor has won 7,400, of which 7,100 are in the pool.
fn short() -> World {
    let mut world = precise(&[("ann", usdc(100))]);
    insolvent(&mut world, LOSS);
    world.default_member(DEBTOR);
    assert_eq!(world.fund().residual, CUT);
    world
}

/// The same, with the house sold to the creditor at the mark: nobody holds lots any more.
fn sold() -> World {
    let mut world = short();
    world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS));
    assert_eq!(world.fund().residual, CUT);
    world
}

/// Two markets without a required contribution, and these members with margin.
fn two_markets(members: &[(&str, u64)]) -> World {
    let mut btc = MarketSpec::btc();
    (btc.params.terms.rates.contribution_bps, btc.params.terms.rates.stress_bps) = (0, 2_380);
    let markets = vec![free_market(), btc];
    let mut world = World::with(Setup { params: PRECISE, markets, ..Setup::default() });
    for (name, margin) in members {
        world.join(name, *margin, 0);
    }
    world
}

/// A trade in any market of a fund that is too small for it: see [`trade`].
fn trade_in(world: &mut World, buyer: &str, seller: &str, market: u16, lots: u64, price: u64) {
    let lent = usdc(10_000_000);
    world.give("lender", lent);
    world.run(world.fund_treasury("lender", lent));
    world.run(world.novate(buyer, seller, market, lots, price));
    let left = world.fund().treasury - lent;
    world.set_treasury(left);
}

/// E6: a debtor owes the creditor 14,400 in SOL and cannot pay 300 of it. Cat has won 1,000 in BTC, from Dan.
fn e6() -> World {
    let members =
        [("debtor", usdc(14_100)), ("creditor", usdc(40_000)), ("cat", usdc(50_000)), ("dan", usdc(50_000))];
    let mut world = two_markets(&members);
    trade_in(&mut world, "cat", "dan", BTC, 1_000, usd(60_000));
    trade_in(&mut world, "creditor", "debtor", SOL, 30_000, usd(200));
    world.set_price(BTC, usd(70_000)); // +1,000 for 0.1 BTC
    world.set_price(SOL, usd(248)); // +14,400 for 300 SOL
    world
}

/// E6: whatever anybody settles before the declaration, and in whatever order everybody registers and is paid, 300 of 15,400 are
/// cut: the creditor ends with 14,119.48 of its gain, Cat with 980.52 (P13).
#[test]
fn e6_any_order_of_settlements_gives_everybody_the_same() {
    let nothing: fn(&mut World) = |_| {};
    let loser: fn(&mut World) = |world| drop(world.run(world.settle("debtor", SOL)));
    let both: fn(&mut World) = |world| {
        world.run(world.settle("debtor", SOL));
        world.run(world.settle("creditor", SOL));
    };
    let all: fn(&mut World) = |world| {
        for (name, market) in [("debtor", SOL), ("creditor", SOL), ("dan", BTC), ("cat", BTC)] {
            world.run(world.settle(name, market));
        }
    };
    for first in [nothing, loser, both, all] {
        for turned in [false, true] {
            let mut world = e6();
            first(&mut world);
            world.default_member("debtor");
            world.run(world.take_over("creditor", SOL, 30_000));
            assert_eq!(world.fund().residual, CUT);
            world.cut_all_gains();
            assert!(world.fund().status == FundStatus::Active);
            assert_eq!(world.fund().unfunded, 0);
            if world.member("dan").position(BTC).profit(usd(70_000), scale(&world, BTC)).expect("a profit")
                < 0
            {
                world.run(world.settle("dan", BTC));
            }
            let mut names = ["creditor", "cat"];
            if turned {
                names.reverse();
            }
            for name in names {
                world.run(world.pay_claim(name));
            }
            let ends = margins(&world, &["creditor", "cat"]);
            assert_eq!(ends, [usdc(40_000) + 14_119_480_519, usdc(50_000) + 980_519_480]);
        }
    }
}

fn scale(world: &World, market: u16) -> bulkhead_math::units::Scale {
    world.market(market).scale().expect("a scale")
}

/// E7: 90,000 lots without a gain, opened by a linked pair before the cut, take no part in it.
#[test]
fn e7_lots_without_a_gain_dilute_nothing() {
    let mut world = precise(&[("ann", usdc(100))]);
    for name in ["one", "two"] {
        world.join(name, usdc(10_000_000), 0);
    }
    insolvent(&mut world, LOSS);
    let price = world.market(SOL).mark.price;
    trade_in(&mut world, "one", "two", SOL, 90_000, price);
    world.default_member(DEBTOR);
    world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS));
    let meta = world.cut_all_gains();
    assert_eq!((event!(meta, GainsCut).gains, event!(meta, GainsCut).cut), (STAKE + LOSS, CUT));
    assert_eq!(margins(&world, &["one", "two"]), [usdc(10_000_000), usdc(10_000_000)]);
    world.run(world.pay_claim(CREDITOR));
    assert_eq!(world.member(CREDITOR).margin, 2 * STAKE + LOSS - CUT);
    assert!(world.fund().status == FundStatus::Active);
}

/// E8: long SOL with +21,000, short BTC with -20,998: the net gain is 2, so that no more than 2 can be cut, whoever settles which
/// leg before.
#[test]
fn e8_a_hedged_member_is_cut_by_its_net_gain() {
    for settles_first in [false, true] {
        let members = [("debtor", usdc(20_700)), ("hedged", usdc(60_000)), ("other", usdc(90_000))];
        let mut world = two_markets(&members);
        trade_in(&mut world, "hedged", "debtor", SOL, 35_000, usd(200));
        trade_in(&mut world, "other", "hedged", BTC, 20_998, usd(60_000));
        world.set_price(BTC, usd(70_000)); // -20,998
        world.set_price(SOL, usd(260)); // +21,000
        if settles_first {
            world.run(world.settle("debtor", SOL));
            world.run(world.settle("hedged", SOL));
        }
        world.default_member("debtor");
        world.run(world.take_over("hedged", SOL, 35_000));
        assert_eq!(world.fund().residual, CUT);
        world.pin_gains();
        let meta = world.run(world.register_gains("hedged"));
        assert_eq!(event!(meta, GainsRegistered).gain, usdc(2));
        world.register_all();
        world.end_registration();
        world.run(world.cut_gains());
        // 21,000 of other's and 2 of hedged's: 300 of 21,000 are cut.
        assert!(world.equity("hedged") >= i64::try_from(usdc(60_001)).expect("fits"));
        assert!(world.equity("hedged") <= i64::try_from(usdc(60_002)).expect("fits"));
    }
}

/// E9: the house's result comes before the cut: nobody cuts gains while it holds lots.
#[test]
fn e9_no_gains_are_cut_before_the_houses_are_sold() {
    let mut world = short();
    world.refuse(world.open_gains_cut(), BulkheadError::HouseNotSold);
    // At 20 less the house has gained 2,000: it pays the 300, and the rest comes back to Ann.
    world.set_price(SOL, world.market(SOL).mark.price - usd(20));
    world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS));
    let fund = world.fund();
    assert_eq!((fund.residual, fund.recoveries), (0, usdc(100)));
    world.refuse(world.open_gains_cut(), BulkheadError::NothingToAllocate);
}

/// P3 and P10: what is cut is what was missing, to the unit, and margins stay.
#[test]
fn t03_after_a_gains_cut_the_last_winner_is_paid_to_the_unit() {
    let mut world = sold();
    let before = margins(&world, &[CREDITOR, "ann"]);
    world.cut_all_gains();
    assert_eq!(margins(&world, &[CREDITOR, "ann"]), before, "P11");
    assert!(world.fund().status == FundStatus::Active);
    world.run(world.pay_claim(CREDITOR));
    assert_eq!((world.member(CREDITOR).margin, world.fund().pool), (2 * STAKE + LOSS - CUT, 0));
    world.vest();
    world.run(world.withdraw_margin(CREDITOR, 2 * STAKE + LOSS - CUT));
    world.run(world.waive_recovery(CREDITOR)); // of what was cut
    world.run(world.close_member(CREDITOR));
}

/// P6: neither to settle first, nor to close or trade the lots away after the default escapes the cut; nor does silence.
#[test]
fn t10_nobody_dodges_a_gains_cut() {
    type Dodge = fn(&mut World);
    let dodges: [(&str, Dodge); 5] = [
        ("keep still", |_| {}),
        ("settle before the round", |world| drop(world.run(world.settle(CREDITOR, SOL)))),
        ("settle within the round", |world| {
            world.run(world.open_gains_cut());
            world.run(world.settle(CREDITOR, SOL));
        }),
        ("withdraw what is free", |world| {
            let free = world.member(CREDITOR).margin;
            world.run(world.withdraw_margin(CREDITOR, free));
        }),
        ("hand the gain on", |world| {
            world.run(world.settle(CREDITOR, SOL));
            world.run(world.open_gains_cut());
        }),
    ];
    for (dodge, act) in dodges {
        let mut world = sold();
        world.warp_secs(60 * 60);
        world.refresh();
        act(&mut world);
        let before = world.equity(CREDITOR) + (world.purse(CREDITOR) as i64);
        if !world.fund().registers_gains() {
            world.run(world.open_gains_cut());
        }
        world.warp_secs(PIN_DELAY_SECS);
        world.refresh();
        world.refuse(world.deposit_margin(CREDITOR, 1), BulkheadError::GainsNotRegistered);
        world.refuse(world.settle_own(CREDITOR, SOL), BulkheadError::GainsNotRegistered);
        world.register_all();
        world.end_registration();
        world.run(world.cut_gains());
        let after = world.equity(CREDITOR) + (world.purse(CREDITOR) as i64);
        assert_eq!(before - after, CUT as i64, "{dodge}");
    }
}

/// P6 and P13: a member that nobody registers in time is registered by whoever comes, at the same pins, and ends at the same
/// fraction; its price has moved since.
#[test]
fn being_late_gains_nothing() {
    let mut on_time = e6();
    on_time.default_member("debtor");
    on_time.run(on_time.take_over("creditor", SOL, 30_000));
    let mut ends = vec![];
    for late in [None, Some("cat"), Some("creditor")] {
        let mut world = e6();
        world.default_member("debtor");
        world.run(world.take_over("creditor", SOL, 30_000));
        world.pin_gains();
        for name in ["creditor", "cat", "dan"] {
            if Some(name) != late {
                world.run(world.register_gains(name));
            }
        }
        world.end_registration();
        world.run(world.cut_gains());
        world.set_price(BTC, usd(55_000)); // a new price selects no pin
        if let Some(late) = late {
            world.refuse(world.withdraw_margin(late, 1), BulkheadError::GainsNotRegistered);
            world.run(world.register_gains(late));
        }
        world.set_price(BTC, usd(70_000));
        world.run(world.settle("dan", BTC));
        world.run(world.pay_claim("creditor"));
        world.run(world.pay_claim("cat"));
        ends.push(margins(&world, &["creditor", "cat"]));
    }
    for end in &ends {
        for (is, fair) in end.iter().zip(&ends[0]) {
            assert!(is.abs_diff(*fair) <= 1, "{ends:?}");
        }
    }
}

/// A cut without anybody registered starts the wind-down; whoever registers then averts it, for its gain pays the loss.
#[test]
fn a_latecomer_averts_the_wind_down() {
    let mut world = sold();
    world.pin_gains();
    world.end_registration();
    let meta = world.run(world.cut_gains());
    assert_eq!(event!(meta, WindDownStarted).residual, CUT);
    assert!(world.fund().status == FundStatus::WindDown);
    let meta = world.run(world.register_gains(CREDITOR));
    assert_eq!(event!(meta, GainsRegistered).cut, CUT);
    assert_eq!(world.fund().unfunded, 0);
    assert!(world.fund().status == FundStatus::Active);
    world.run(world.pay_claim(CREDITOR));
    assert_eq!(world.member(CREDITOR).margin, 2 * STAKE + LOSS - CUT);
}

/// Pins are the means of the moment: a print around it moves them by what it has lasted, and a later one not at all.
#[test]
fn no_print_chooses_the_pins() {
    let mut world = sold();
    let price = world.market(SOL).mark.price;
    world.warp_secs(60 * 60);
    world.refresh();
    world.run(world.open_gains_cut());
    world.warp_secs(PIN_DELAY_SECS - 1);
    world.print(SOL, price / 2); // a second before the moment
    world.warp_secs(1);
    world.print(SOL, price * 2); // at it
    let pin = world.market(SOL).pins[1];
    // Half the price for one second, at a half-life of 30: by 1.14%.
    assert!(pin < price && pin > price - price / 80, "{pin} of {price}");
    world.warp_secs(1);
    world.print(SOL, price);
    assert_eq!(world.market(SOL).pins[1], pin);
}

/// A feed that goes silent before the moment has the mean of its last crank as its pin, whoever cranks it afterwards.
#[test]
fn a_silent_feed_has_its_last_mean() {
    let mut world = sold();
    let price = world.market(SOL).mark.price;
    world.warp_secs(60 * 60);
    world.refresh();
    world.warp_secs(600); // silent
    world.run(world.open_gains_cut());
    world.warp_secs(PIN_DELAY_SECS + 40);
    world.print(SOL, price * 2);
    assert_eq!(world.market(SOL).pins[1], price);
}

/// Threat 19: a unit given to the treasury holds the cut up for one call.
#[test]
fn t19_a_unit_given_to_the_treasury_does_not_block_the_cut() {
    let mut world = sold();
    world.give("mallory", 10);
    world.run(world.fund_treasury("mallory", 1));
    world.refuse(world.open_gains_cut(), BulkheadError::LayerNotEmpty);
    world.run(world.allocate_residual());
    world.run(world.open_gains_cut());
    // Once it is open nothing holds it up any more.
    world.run(world.fund_treasury("mallory", 1));
    world.warp_secs(PIN_DELAY_SECS);
    world.refresh();
    world.register_all();
    world.end_registration();
    world.run(world.cut_gains());
    assert_eq!(world.fund().unfunded, 0);
}

/// Threat 20: no step is repeated.
#[test]
fn t20_a_gains_cut_is_not_repeated() {
    let mut world = sold();
    world.refuse(world.cut_gains(), BulkheadError::NothingToAllocate);
    world.pin_gains();
    world.refuse(world.open_gains_cut(), BulkheadError::GainsCutOpen);
    world.register_all();
    world.refuse(world.register_gains(CREDITOR), BulkheadError::AlreadyRegistered);
    world.refuse(world.cut_gains(), BulkheadError::RegistrationOpen);
    world.refuse(world.pay_claim(CREDITOR), BulkheadError::NothingToClaim);
    world.end_registration();
    world.run(world.cut_gains());
    world.refuse(world.cut_gains(), BulkheadError::NothingToAllocate);
    world.run(world.pay_claim(CREDITOR));
    world.refuse(world.pay_claim(CREDITOR), BulkheadError::NothingToClaim);
}

/// Dust of a loss is cut like any other, and ends no fund.
#[test]
fn t19_dust_does_not_wind_the_fund_down() {
    let mut world = precise(&[]);
    insolvent(&mut world, 1);
    world.default_member(DEBTOR);
    world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS));
    world.cut_all_gains();
    assert!(world.fund().status == FundStatus::Active);
    world.run(world.pay_claim(CREDITOR));
    assert_eq!((world.fund().unfunded, world.fund().pool), (0, 0));
    assert_eq!(world.member(CREDITOR).margin, 2 * STAKE);
}

/// Registrations come in any order, by anybody, and with every market of the member.
#[test]
fn a_registration_leaves_no_market_out() {
    let mut world = e6();
    trade_in(&mut world, "dan", "cat", SOL, 10, usd(248));
    world.default_member("debtor");
    world.run(world.take_over("creditor", SOL, 30_000));
    world.pin_gains();
    let btc = world.here.keys.market(BTC);
    world.refuse(world.register_gains("cat").without(btc), BulkheadError::WrongMarket);
    world.run(world.register_gains("cat"));
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
        world.refuse(world.open_gains_cut(), refused); // not before every default is allocated
        world.run(world.allocate_loss(name));
    }
    world.run(world.take_over(CREDITOR, SOL, 4 * UNIT_LOTS));
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
    let meta = world.cut_all_gains();
    assert_eq!(event!(meta, GainsCut).cut, residual);
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

/// T24: a change of `wind_down_secs` is ready and kept back. In the wind-down it would move the end of all markets, once
/// everybody can see what the last hour comes to.
#[test]
fn t24_a_change_that_was_kept_back_moves_no_wind_down() {
    let mut world = precise(&[("ann", usdc(100))]);
    let now = world.fund().params;
    let of = |params: FundParams| ParameterChange::Fund(FundChange::between(&now, &params));
    let longer = of(FundParams { wind_down_secs: now.wind_down_secs + 1, ..now });
    let kept = world.fund().governance_nonce;
    world.run(world.queue_change(longer));
    world.warp_secs((TIMELOCK_SECS + now.leave_secs()) as i64);
    world.refresh();
    insolvent(&mut world, LOSS);
    world.default_member(DEBTOR);
    world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS));
    world.pin_gains();
    world.end_registration();
    world.run(world.cut_gains());
    assert!(world.fund().status == FundStatus::WindDown);
    world.refuse(world.apply_change(kept, None), BulkheadError::WindDown);
    world.refuse(world.queue_change(longer), BulkheadError::WindDown);
    world.run(world.queue_change(of(FundParams { treasury_floor: 1, ..now })));
}
