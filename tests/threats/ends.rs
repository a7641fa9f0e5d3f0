//! The end of a market: feeds that are switched off or change, prints around the end, named final marks, and hedges that are
//! closed out.

use {
    crate::common::*,
    bulkhead::{
        constants::TIMELOCK_SECS,
        state::{
            FundParams, FundStatus, MarketChange, MarketTerms, OracleChange, OracleConfig, ParameterChange,
        },
    },
    bulkhead_tests::{
        event,
        params::{DAY, FUND},
        pyth::PriceUpdate,
        usd, usdc,
        world::Setup,
        BulkheadError, MarketSpec, World, BTC, SOL,
    },
};

const HOUR: i64 = 60 * 60;

/// A SOL and a BTC market without a contribution requirement; Alice is 1,000 lots long of SOL from 200, Bob short.
fn traded() -> World {
    let mut btc = MarketSpec::btc();
    btc.params.terms.rates.contribution_bps = 0;
    let markets = vec![free_market(), btc];
    let mut world = World::with(Setup {
        params: FundParams { min_contribution: 0, ..FUND },
        markets,
        ..Setup::default()
    });
    for name in ["alice", "bob"] {
        world.join(name, usdc(1_000), usdc(1_000));
    }
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
    world
}

/// The SOL feed stays, with other decimals.
fn feed_decimals(world: &World, feed_decimals: u8) -> ParameterChange {
    let now = world.market(SOL).oracle;
    ParameterChange::Oracle(SOL, OracleChange::between(&now, &OracleConfig { feed_decimals, ..now }))
}

/// Queues a change of the SOL market and applies it when its time has come. Exits are open meanwhile.
fn change(world: &mut World, change: ParameterChange) {
    let number = world.mandate().nonce;
    world.run(world.queue_change(change));
    world.warp_secs(4 * DAY);
    if matches!(change, ParameterChange::Close(..)) {
        world.refresh(); // an end is given to a market that is heard
    }
    world.run(world.apply_change(number, change.market()));
}

/// [`traded`], and SOL ends six days from its beginning.
fn ending() -> World {
    let mut world = traded();
    let end = world.now() + 6 * DAY;
    change(&mut world, ParameterChange::Close(SOL, end));
    assert_eq!(world.market(SOL).closing_ts, end);
    world
}

/// E4: SOL's feed is switched off. After a fortnight anybody ends the market; 72 hours and the extended hour later it has its last
/// mean, and everybody leaves with what is theirs. The fund goes on.
#[test]
fn e4_a_retired_feed_ends_its_market_and_everybody_leaves() {
    let mut world = traded();
    world.set_price(SOL, usd(210));
    world.warp_secs(HOUR);
    world.set_price(SOL, usd(210));
    world.refuse(world.close_market(SOL), BulkheadError::OracleNotSilent);
    world.warp_secs(14 * DAY);
    let meta = world.run(world.close_market(SOL));
    let end = world.now() + 3 * DAY;
    assert_eq!(event!(meta, MarketEnds).end_ts, end);
    world.refuse(world.close_market(SOL), BulkheadError::MarketClosing);
    world.refuse(world.close_out("alice"), BulkheadError::MarkNotFinal);
    world.warp_secs(3 * DAY);
    world.refuse(world.fix_final_mark(SOL), BulkheadError::FinalMarkNotDue); // nothing of the hour is covered
    world.warp_secs(HOUR);
    world.run(world.fix_final_mark(SOL));
    assert_eq!(world.market(SOL).mark.price, usd(210));
    for name in ["bob", "alice"] {
        world.run(world.close_out(name)); // anyone's call
    }
    assert_eq!((world.market(SOL).house_lots, world.fund().pool), (0, 0));
    assert!(world.fund().status == FundStatus::Active);
    world.warp_secs(601); // what was settled vests
    for (name, margin) in [("alice", 1_100 - 1), ("bob", 900 - 1)] {
        let free = world.member(name).margin;
        assert_eq!(free / usdc(1), margin);
        world.run(world.withdraw_margin(name, free));
        request_all(&mut world, name);
    }
    world.warp_secs(DAY);
    for name in ["alice", "bob"] {
        claim(&mut world, name);
    }
    assert_eq!(world.fund().contributions, 0);
}

/// A feed that comes back before the end cancels it, and the market trades again.
#[test]
fn a_feed_that_comes_back_ends_nothing() {
    let mut world = traded();
    world.warp_secs(14 * DAY);
    world.run(world.close_market(SOL));
    world.warp_secs(3 * DAY - 1);
    world.set_price(SOL, usd(200));
    assert_eq!(world.market(SOL).dead_ts, 0);
    world.run(world.novate("alice", "bob", SOL, 1, usd(200)));
    world.warp_secs(HOUR);
    world.refuse(world.fix_final_mark(SOL), BulkheadError::FinalMarkNotDue);
}

/// The hour's mean decides: 30 minutes at 200 and 30 at 100 end at 150, and within the hour the market's price is what it would
/// end at.
#[test]
fn no_print_of_a_moment_decides_what_contracts_end_at() {
    let mut world = ending();
    let end = world.market(SOL).closing_ts;
    world.warp_secs(end - HOUR - world.now());
    for (price, mark) in [(usd(200), usd(200)), (usd(100), usd(150))] {
        for minute in 0..30 {
            world.print(SOL, price);
            if minute == 0 {
                assert_eq!(world.market(SOL).mark.price, mark);
            }
            world.refuse(world.novate("alice", "bob", SOL, 1, mark), BulkheadError::MarketReduceOnly);
            world.warp_secs(60);
        }
    }
    // A wild print at the last second moves it by that second, one after it not at all.
    world.refuse(world.crank_market(SOL), BulkheadError::MarketClosed);
    world.run(world.fix_final_mark(SOL));
    assert_eq!(world.market(SOL).mark.price, usd(150));
    assert_eq!(world.market(SOL).mark.confidence, 0);
    world.refuse(world.crank_market(SOL), BulkheadError::MarketClosed);
}

/// A print of the last seconds counts for them.
#[test]
fn a_wild_print_before_the_end_counts_for_its_seconds() {
    let mut world = ending();
    let end = world.market(SOL).closing_ts;
    world.warp_secs(end - HOUR - world.now());
    while world.now() < end - 10 {
        world.print(SOL, usd(200));
        world.warp_secs((end - 10 - world.now()).min(60));
    }
    world.print(SOL, usd(3_800));
    world.warp_secs(10);
    world.run(world.fix_final_mark(SOL));
    assert_eq!(world.market(SOL).mark.price, (usd(200) * 3_590 + usd(3_800) * 10) / 3_600);
}

/// Governance cannot move an end that has come, after seeing what its hour comes to.
#[test]
fn an_end_that_has_come_stays() {
    let mut world = ending();
    let end = world.market(SOL).closing_ts;
    let number = world.mandate().nonce;
    world.run(world.queue_change(ParameterChange::Close(SOL, end + 30 * DAY)));
    world.warp_secs(end - HOUR - world.now());
    while world.now() < end {
        world.print(SOL, usd(300));
        world.warp_secs(60);
    }
    world.warp_secs(DAY); // the change is due
    world.refuse(world.apply_change(number, Some(SOL)), BulkheadError::MarketClosed);
    world.run(world.fix_final_mark(SOL));
    assert_eq!(world.market(SOL).mark.price, usd(300));
}

/// P7: from the beginning of its last hour an end stays, also against a change that was queued in good faith. The loser of a linked
/// pair, which is flat, takes out what the hour's mean does not ask for: the market ends at the mean, and nobody pays for the pair.
#[test]
fn p7_an_end_stays_in_its_last_hour() {
    let mut world = precise(&[("ann", usdc(20_000)), ("ben", usdc(20_000))]);
    world.run(world.deposit_margin(DEBTOR, STAKE));
    world.run(world.novate(CREDITOR, DEBTOR, SOL, UNIT_LOTS, usd(200)));
    let end = world.now() + 10 * DAY;
    change(&mut world, ParameterChange::Close(SOL, end));
    world.warp_secs(DAY);
    world.refresh();
    let number = world.mandate().nonce;
    let later = end + 30 * DAY;
    world.run(world.queue_change(ParameterChange::Close(SOL, later)));
    world.warp_secs(end - HOUR - 1 - world.now());
    world.print(SOL, usd(200));
    assert!(world.allows(&world.apply_change(number, Some(SOL))));
    world.warp_secs(1);
    let terms = world.market(SOL).terms();
    let expires = MarketChange::between(&terms, &MarketTerms { expires_ts: later, ..terms });
    for change in [ParameterChange::Close(SOL, later), ParameterChange::Market(SOL, expires)] {
        world.refuse(world.queue_change(change), BulkheadError::MarketClosed);
    }
    world.refuse(world.apply_change(number, Some(SOL)), BulkheadError::MarketClosed);
    while world.now() < end - 600 {
        world.print(SOL, usd(200));
        world.warp_secs(60);
    }
    while world.now() < end - 30 {
        world.print(SOL, usd(300));
        world.warp_secs(30);
    }
    world.print(SOL, usd(300));
    assert_eq!(world.market(SOL).mark.price / usd(1), 216);
    let taken = usdc(3_000);
    world.run(world.withdraw_margin(DEBTOR, taken));
    world.refuse(world.apply_change(number, Some(SOL)), BulkheadError::MarketClosed);
    world.warp_secs(30);
    world.run(world.fix_final_mark(SOL));
    world.run(world.close_out(DEBTOR));
    world.run(world.close_out(CREDITOR));
    let pair = taken + world.member(CREDITOR).margin + world.member(DEBTOR).margin;
    assert!(pair.abs_diff(2 * STAKE) <= 1, "{pair}");
    assert_eq!(worth(&world, "ann") + worth(&world, "ben"), usdc(40_000));
}

/// P7: the feed is out for the first 31 minutes of the last hour, so that the hour will be extended. The mark counts the second hour
/// in from then on, and does not jump at `T`: the loser of a linked pair cannot take out what it asks for.
#[test]
fn p7_the_mark_does_not_jump_when_the_last_hour_is_extended() {
    let mut world = precise(&[("ann", usdc(20_000)), ("ben", usdc(20_000))]);
    world.run(world.deposit_margin(DEBTOR, STAKE));
    world.run(world.novate(CREDITOR, DEBTOR, SOL, UNIT_LOTS, usd(200)));
    let end = world.now() + 10 * DAY;
    change(&mut world, ParameterChange::Close(SOL, end));
    world.warp_secs(end - 29 * 60 - world.now());
    while world.now() < end - 240 {
        world.print(SOL, usd(200));
        world.warp_secs(60);
    }
    while world.now() < end - 10 {
        world.print(SOL, usd(300));
        world.warp_secs(23);
    }
    world.print(SOL, usd(300));
    let (before, rest) = (world.market(SOL).mark.price, (end - world.now()) as u64);
    let weight = 230 + rest + 3_600; // seconds at 300
    let flat = 29 * 60 - 240; // at 200
    assert_eq!(before, (usd(300) * weight + usd(200) * flat) / (weight + flat));
    let taken = usdc(3_300);
    world.refuse(world.withdraw_margin(DEBTOR, taken), BulkheadError::BelowInitialMargin);
    world.warp_secs(end - world.now());
    world.print(SOL, usd(300));
    assert_eq!(world.market(SOL).mark.price, before);
    world.warp_secs(20);
    world.print(SOL, usd(300));
    assert_eq!(world.market(SOL).mark.price, before);
}

/// A wind-down with a residual of 300: nobody was registered in time. The creditor is long of 100 SOL, at 274, Tom short.
fn winding_down() -> World {
    let mut world = precise(&[("ann", usdc(100))]);
    world.join("tom", usdc(100_000), 0);
    insolvent(&mut world, usdc(400));
    world.default_member(DEBTOR);
    world.run(world.take_over("tom", SOL, UNIT_LOTS));
    world.pin_gains();
    world.end_registration();
    world.run(world.cut_gains());
    assert_eq!(world.fund().residual, usdc(300));
    world
}

/// When the markets of a wind-down end.
fn end_of_all(world: &World) -> i64 {
    world.fund().wind_down_ts + i64::from(world.fund().params.wind_down_secs)
}

/// Tom pays the residual.
fn pay_residual(world: &mut World) {
    let seq = world.fund().default_seq - 1;
    world.run(world.repay_default("tom", seq, usdc(300)));
    assert_eq!(world.fund().unfunded, 0);
}

/// P7, P10: a payment averts a wind-down until its last hour begins, and not any more in it. The mark stays the mean of the hour,
/// which the price has run away from; nothing waits for the residual that is gone, and everybody leaves with everything.
#[test]
fn p7_a_payment_in_the_last_hour_averts_no_wind_down() {
    let mut world = winding_down();
    world.warp_secs(end_of_all(&world) - HOUR - 1 - world.now());
    pay_residual(&mut world);
    assert!(world.fund().status == FundStatus::Active);

    for at in [HOUR, 30] {
        let mut world = winding_down();
        let rich = world.purse("ann") + usdc(100);
        let end = end_of_all(&world);
        let pay = |world: &mut World| {
            if end - world.now() == at {
                pay_residual(world);
            }
        };
        world.warp_secs(end - HOUR - world.now());
        pay(&mut world);
        while world.now() < end - 600 {
            world.print(SOL, usd(274));
            world.warp_secs(60);
        }
        while world.now() < end {
            world.print(SOL, usd(574));
            pay(&mut world);
            world.print(SOL, usd(574));
            assert!(world.market(SOL).mark.price <= usd(324));
            world.warp_secs(30);
        }
        assert!(world.fund().status == FundStatus::WindDown);
        world.run(world.fix_final_mark(SOL));
        assert_eq!(world.market(SOL).mark.price, usd(324));
        let names = ["ann", "tom", CREDITOR, DEBTOR];
        world.register_all();
        for name in names {
            world.run(world.close_out(name));
        }
        for name in names {
            if world.member(name).claim > 0 {
                world.run(world.pay_out(name));
            }
            let margin = world.member(name).margin;
            if margin > 0 {
                world.run(world.withdraw_margin(name, margin));
            }
        }
        assert_eq!((world.fund().pool, world.fund().claims, world.fund().residual), (0, 0, 0));
        // Registered late, the creditor gives 300 back to whoever has borne losses, itself among them.
        for name in names {
            let _ = world.attempt(world.settle_epoch(name));
            let _ = world.attempt(world.claim_recovery(name));
            let _ = world.attempt(world.waive_recovery(name));
            world.run(world.close_member(name));
        }
        // Tom has paid the residual and lost 50 on each of 100 SOL; the creditor has won 124 on each.
        assert_eq!(world.purse("tom"), rich - usdc(300) - usdc(5_000));
        let (ann, creditor) = (world.purse("ann"), world.purse(CREDITOR));
        assert!(creditor >= rich + usdc(12_400) - usdc(100));
        assert!((ann + creditor).abs_diff(2 * rich + usdc(12_400) - usdc(100)) <= 4);
    }
}

/// P7: nor does one after the end has come, when the mean is known and nobody has fixed it.
#[test]
fn p7_a_payment_undoes_no_end_that_has_come() {
    let mut world = winding_down();
    let end = end_of_all(&world);
    world.warp_secs(end - HOUR - world.now());
    while world.now() < end {
        world.print(SOL, usd(274));
        world.warp_secs(60);
    }
    pay_residual(&mut world);
    assert!(world.fund().status == FundStatus::WindDown);
    world.publish(SOL, usd(374), 0);
    world.refuse(world.crank_market(SOL), BulkheadError::MarketClosed);
    world.run(world.fix_final_mark(SOL));
    assert_eq!(world.market(SOL).mark.price, usd(274));
}

/// E10: in a fund whose markets end, Vic, +740 in BTC and -740 in SOL, ends with its margin, whoever calls what: a close-out nets.
#[test]
fn e10_a_close_out_nets_a_hedge() {
    let mut btc = MarketSpec::btc();
    btc.params.terms.rates.contribution_bps = 0;
    let mut world =
        World::with(Setup { params: PRECISE, markets: vec![free_market(), btc], ..Setup::default() });
    world.join("ann", 0, usdc(1_000_000));
    world.join("vic", usdc(5_000), 0);
    world.join("cat", usdc(50_000), 0);
    world.run(world.novate("cat", "vic", SOL, 3_700, usd(200)));
    world.run(world.novate("vic", "cat", BTC, 1_480, usd(60_000)));
    let end = world.now() + 10 * DAY;
    let numbers = [SOL, BTC].map(|market| {
        let number = world.mandate().nonce;
        world.run(world.queue_change(ParameterChange::Close(market, end)));
        (number, market)
    });
    world.warp_secs(4 * DAY);
    world.refresh();
    for (number, market) in numbers {
        world.run(world.apply_change(number, Some(market)));
    }
    world.warp_secs(end - HOUR - world.now());
    while world.now() < end {
        world.print(SOL, usd(220)); // -740
        world.print(BTC, usd(65_000)); // +740
        world.warp_secs(60);
    }
    world.run(world.fix_final_mark(SOL));
    world.run(world.fix_final_mark(BTC));
    world.run(world.settle("vic", SOL)); // no leg becomes a loss
    assert_eq!(margins(&world, &["vic"]), [usdc(5_000)]);
    world.run(world.close_out("vic"));
    world.run(world.close_out("cat"));
    assert_eq!(margins(&world, &["vic", "cat"]), [usdc(5_000), usdc(50_000)]);
    assert!(!world.member("vic").has_positions());
}

/// E16: the oracle is silent, the last mark 200. Governance cannot name a final mark that is further from the last mean than the
/// stress rate, nor one at all while the feed is there.
#[test]
fn e16_a_named_final_mark_is_near_the_last_mean() {
    let mut world = ending();
    world.warp_secs(HOUR);
    world.set_price(SOL, usd(200));
    let name = |price| ParameterChange::FinalMark(SOL, price);
    world.refuse(world.queue_change(name(usd(201))), BulkheadError::OracleNotSilent);
    world.warp_secs(100);
    world.refuse(world.queue_change(name(usd(1_000_000))), BulkheadError::FinalMarkTooFar);
    world.refuse(world.queue_change(name(0)), BulkheadError::FinalMarkTooFar);
    let most = usd(200) + usd(200) * 2_380 / 10_000;
    world.refuse(world.queue_change(name(most + 1)), BulkheadError::FinalMarkTooFar);
    let number = world.mandate().nonce;
    world.run(world.queue_change(name(most)));
    world.warp_secs(4 * DAY); // past the end
    world.run(world.apply_change(number, Some(SOL)));
    world.run(world.fix_final_mark(SOL));
    assert_eq!(world.market(SOL).mark.price, most);
}

/// A certain print withdraws a final mark that was named.
#[test]
fn a_print_withdraws_a_named_mark() {
    let mut world = traded();
    world.warp_secs(100);
    change(&mut world, ParameterChange::FinalMark(SOL, usd(220)));
    assert_eq!(world.market(SOL).named_price, usd(220));
    world.set_price(SOL, usd(200));
    assert_eq!(world.market(SOL).named_price, 0);
}

/// I4: the feed moves from 8 to 5 decimals. The market is silent, a change states the new exponent, and prices convert exactly;
/// the end of a dead feed waits for it. It runs in the chain's time: blocked exits do not hold it up.
#[test]
fn i4_a_change_states_the_new_exponent() {
    let mut world = traded();
    world.warp_secs(60);
    let update = PriceUpdate { price: 20_150_000, exponent: -5, ..world.price_update(SOL) };
    world.write_price(SOL, &update);
    world.run(world.crank_market(SOL));
    assert!(world.market(SOL).silence == bulkhead::state::Silence::Exponent);
    let bad = feed_decimals(&world, 99);
    world.refuse(world.queue_change(bad), BulkheadError::ParameterOutOfBounds);
    let number = world.mandate().nonce;
    world.run(world.queue_change(feed_decimals(&world, 5)));
    assert!(world.queued_change(number).in_chain_time.get());
    // A loss that nobody can sell blocks exits meanwhile.
    world.warp_secs(3 * DAY - 1);
    world.refuse(world.apply_change(number, Some(SOL)), BulkheadError::ChangeNotReady);
    world.warp_secs(12 * DAY);
    world.refuse(world.close_market(SOL), BulkheadError::OracleChangeQueued);
    world.run(world.apply_change(number, Some(SOL)));
    let update = PriceUpdate { price: 20_150_000, exponent: -5, ..world.price_update(SOL) };
    world.write_price(SOL, &update);
    world.run(world.crank_market(SOL));
    assert_eq!(world.market(SOL).mark.price, usd(201) + usd(1) / 2);
}

/// One silence waits for one change: an authority cannot put the end of a dead feed off for ever.
#[test]
fn a_dead_feed_waits_for_one_change() {
    let mut world = traded();
    world.warp_secs(100);
    let update = PriceUpdate { price: 2_000_000_000, exponent: -7, ..world.price_update(SOL) };
    world.write_price(SOL, &update);
    world.run(world.crank_market(SOL)); // silent for its exponent
    let change = feed_decimals(&world, 7);
    world.run(world.queue_change(change));
    world.warp_secs(16 * DAY);
    world.refuse(world.close_market(SOL), BulkheadError::OracleChangeQueued);
    world.run(world.queue_change(change));
    world.warp_secs(2 * DAY); // the first one has expired
    world.run(world.close_market(SOL));
}

/// I6: the last price is 0.01, then one below zero: the market ends at its last positive mean.
#[test]
fn i6_a_market_ends_at_its_last_positive_mean() {
    let mut world = traded();
    world.set_price(SOL, 1_000_000);
    world.warp_secs(HOUR);
    world.print(SOL, 1_000_000);
    world.warp_secs(30);
    let update = PriceUpdate { price: -3_763_000_000, ..world.price_update(SOL) };
    world.write_price(SOL, &update);
    world.run(world.crank_market(SOL));
    world.warp_secs(14 * DAY);
    world.run(world.close_market(SOL));
    world.warp_secs(3 * DAY + HOUR);
    world.run(world.fix_final_mark(SOL));
    assert_eq!(world.market(SOL).mark.price, 1_000_000);
}

/// An exposure that went with the lots blocks nobody's exit any more.
#[test]
fn a_close_out_forgets_the_exposure() {
    let mut world = ending();
    world.refresh();
    world.run(world.withdraw_margin("alice", usdc(700)));
    assert!(world.fund().exposures.iter().any(|known| known.stress_loss > 0));
    world.end_at(SOL, usd(200));
    for name in ["alice", "bob"] {
        world.run(world.close_out(name));
    }
    assert!(world.fund().exposures.iter().all(|known| known.stress_loss == 0));
}

/// E16: the final mark of a silent market is named within the stress rate of its last mean, and the stress rate is the
/// authority's. SOL falls silent at 200, so that nobody can close a position. A stress rate of 100% would let the
/// next change name 399. No change raises the stress rate of a silent market, neither one that is queued then nor one
/// that was queued before: the final mark stays within the terms that both sides have traded under.
#[test]
fn e16_no_stress_rate_is_raised_in_a_silence() {
    let mut world = World::new();
    world.join("thief", usdc(1_000), usdc(100));
    world.join("bob", usdc(3_000), usdc(100));
    world.join("carol", usdc(1_000), usdc(3_900));
    world.run(world.novate("thief", "bob", SOL, 1_000, usd(200)));
    let now = world.market(SOL).terms();
    let mut terms = now;
    terms.rates.stress_bps = 10_000;
    let raise = ParameterChange::Market(SOL, MarketChange::between(&now, &terms));
    let number = queued(&mut world, raise);
    world.warp_secs(100); // silent from now on
    world.refuse(world.novate("bob", "carol", SOL, 1_000, usd(200)), BulkheadError::StaleMark);
    let name = ParameterChange::FinalMark(SOL, usd(399));
    world.refuse(world.queue_change(name), BulkheadError::FinalMarkTooFar);
    world.refuse(world.queue_change(raise), BulkheadError::StaleMark);
    let wait = (TIMELOCK_SECS + FUND.leave_secs()) as i64;
    world.warp_secs(wait);
    world.refuse(world.apply_change(number, Some(SOL)), BulkheadError::StaleMark);
    world.refuse(world.queue_change(name), BulkheadError::FinalMarkTooFar);
    assert_eq!(world.market(SOL).terms(), now);
    world.warp_secs(14 * DAY - wait);
    world.run(world.close_market(SOL));
    world.warp_secs(3 * DAY + HOUR);
    world.run(world.fix_final_mark(SOL));
    assert_eq!(world.market(SOL).mark.price, usd(200));
    let before = margins(&world, &["bob", "thief"]);
    world.run(world.close_out("bob"));
    world.run(world.close_out("thief"));
    assert_eq!(margins(&world, &["bob", "thief"]), before);
}

/// E16: an end that governance has announced is at least the notice period ahead when it is applied, so that members can
/// leave before; but nobody can close a position in a market that is silent. The authority keeps an end back that
/// lies in a weekend, and would apply it after the news, when everybody knows that SOL, at 200 on Friday, is worth
/// 160. An end is given to a market only while that is heard: on Monday it is heard at 160, and the end is too near.
#[test]
fn e16_no_end_is_set_in_a_silence() {
    let mut world = World::new();
    world.join("friend", usdc(1_000), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", usdc(1_000), usdc(3_900));
    world.run(world.novate("friend", "bob", SOL, 1_000, usd(200)));
    let end = world.now() + 6 * DAY;
    let number = queued(&mut world, ParameterChange::Close(SOL, end));
    world.warp_secs(4 * DAY + 12 * HOUR);
    world.set_price(SOL, usd(200)); // Friday's last print
    world.warp_secs(12 * HOUR - 60); // the news
    world.refuse(world.novate("bob", "carol", SOL, 1_000, usd(200)), BulkheadError::StaleMark);
    world.refuse(world.apply_change(number, Some(SOL)), BulkheadError::StaleMark);
    world.warp_secs(DAY + 2 * HOUR);
    world.refuse(world.fix_final_mark(SOL), BulkheadError::FinalMarkNotDue);
    world.set_price(SOL, usd(160)); // Monday
    world.refuse(world.apply_change(number, Some(SOL)), BulkheadError::ClosingTooSoon);
    let before = margins(&world, &["friend", "bob"]);
    for name in ["friend", "bob"] {
        world.run(world.settle(name, SOL));
    }
    let after = margins(&world, &["friend", "bob"]);
    assert_eq!((before[0] - after[0], after[1] - before[1]), (usdc(400), usdc(400)));
}
