//! What a default costs, who pays for its close-out, and who could step aside from it: sections 6
//! and 8 of protocol 2.

use {
    crate::common::*,
    bulkhead::{
        constants::{MAX_AUCTION_SLOTS, SILENT_GRACE_SECS},
        rules::cushions,
        state::{DefaultStatus, FundParams},
    },
    bulkhead_client::address,
    bulkhead_tests::{
        event,
        params::{DAY, FUND},
        usd, usdc, BulkheadError, MarketSpec, World, SOL,
    },
};

/// 135 SOL at 200 are 27,000: 5% of them are 1,350, their stress loss 9,855.
const LOTS: u64 = 13_500;

/// No contribution is required, and a house is sold within a thousand slots.
const OPEN: FundParams = FundParams { cover_limit_bps: 5_000, ..PRECISE };

/// The same, with auctions so slow that two cells of time bring no discount.
const SLOW: FundParams = FundParams { auction_slots: MAX_AUCTION_SLOTS, ..OPEN };

/// E11: a debtor of 135 SOL from 230 with a margin of 4,049 and a contribution of 1,000. At 200 it
/// owes 1. The treasury has 200, Ann has contributed 1,000.
fn debtor_of_one() -> World {
    let mut world = World::with_market(OPEN, stressed_market());
    world.join("ann", 0, usdc(1_000));
    world.join("cat", usdc(90_000), 0);
    world.join("friend", usdc(90_000), 0);
    // The margin that the cover limit asks for when it trades leaves again afterwards.
    world.join(DEBTOR, usdc(20_000), usdc(1_000));
    world.give("treasurer", usdc(200));
    world.run(world.fund_treasury("treasurer", usdc(200)));
    world.set_price(SOL, usd(230));
    world.run(world.novate(DEBTOR, "cat", SOL, LOTS, usd(230)));
    set_margin(&mut world, DEBTOR, usdc(4_049));
    world.set_price(SOL, usd(200));
    world
}

/// A member's margin as if it had lost the rest elsewhere: written behind the program's back, with
/// the totals and the vault.
fn set_margin(world: &mut World, name: &str, margin: u64) {
    let (fund, member, vault) = (world.here.keys.fund, world.account_of(name), world.vault());
    let less = world.member(name).margin - margin;
    let at = 8 + core::mem::offset_of!(bulkhead::state::Member, margin);
    world.patch(member, |account| account.data[at..at + 8].copy_from_slice(&margin.to_le_bytes()));
    let at = 8 + core::mem::offset_of!(bulkhead::state::Fund, margin_total);
    let total = world.fund().margin_total - less;
    world.patch(fund, |account| account.data[at..at + 8].copy_from_slice(&total.to_le_bytes()));
    world.patch(vault, |account| {
        let held = bulkhead_tests::token::amount(account);
        bulkhead_tests::token::set_amount(account, held - less);
    });
}

/// The SOL market without a contribution requirement, with a stress move of 30%: 36.5% with the sale.
fn stressed_market() -> MarketSpec {
    let mut spec = free_market();
    spec.params.terms.rates.stress_bps = 3_000;
    spec
}

/// Waits until the auction's discount is at its cap, at the same price.
fn wait_for_the_full_discount(world: &mut World) {
    world.warp_slots(2_000);
    world.refresh();
}

#[test]
fn e11_a_default_pays_for_its_own_close_out() {
    let mut world = debtor_of_one();
    let declared = event!(world.run(world.declare_default(DEBTOR)), DefaultDeclared);
    assert_eq!((declared.shortfall, declared.from_contribution), (usdc(1), usdc(1)));
    assert_eq!((declared.cushion, declared.unfunded, declared.bounty), (usdc(999), 0, 0));
    assert!(world.default_record(0).status == DefaultStatus::Allocated, "it is born allocated");
    world.refuse(world.allocate_loss_of(0), BulkheadError::AlreadyAllocated);
    assert_eq!((worth(&world, DEBTOR), world.fund().cushions), (0, usdc(999)));

    wait_for_the_full_discount(&mut world);
    let meta = world.run(world.take_over("friend", SOL, LOTS));
    assert_eq!(event!(meta, TakenOver).house_result, -(usdc(1_350) as i64));
    let ended = event!(meta, HousesRealised);
    assert_eq!((ended.from_cushions, ended.unfunded, ended.cushions), (usdc(999), usdc(351), 0));
    world.run(world.allocate_residual());
    assert_eq!(world.fund().treasury, 0, "200 fall on the treasury");
    assert_eq!(worth(&world, "ann"), usdc(849), "and 151 on Ann");
    let released = event!(world.run(world.release_cushion(0)), CushionReleased);
    assert_eq!((released.amount, worth(&world, DEBTOR)), (0, 0), "the defaulter has nothing left");
}

/// Sold at half of the discount the house loses 675: the cushion has 324 left.
#[test]
fn e11_with_more_bidders_the_defaulter_keeps_the_rest() {
    let mut world = debtor_of_one();
    request_all(&mut world, DEBTOR);
    world.run(world.declare_default(DEBTOR));
    world.refuse(world.release_cushion(0), BulkheadError::HouseNotSold);
    world.refuse(world.close_member(DEBTOR), BulkheadError::MemberNotEmpty);
    world.warp_slots(500);
    world.refresh();
    world.run(world.take_over("friend", SOL, LOTS));
    let released = event!(world.run(world.release_cushion(0)), CushionReleased);
    assert_eq!((released.amount, released.to_treasury), (usdc(324), 0));
    assert_eq!((worth(&world, DEBTOR), worth(&world, "ann")), (usdc(324), usdc(1_000)));
    assert_eq!(world.fund().treasury, usdc(200));
    world.refuse(world.release_cushion(0), BulkheadError::NothingToRelease);
}

/// Two members exactly at the cover limit, the price moves by exactly the stress rate of 30%, and
/// their lots are sold at the full discount of 5%: a long position of 31,400 loses 33.5% of it, a
/// short one 36.5%, its stress loss.
#[test]
fn e12_cover_2_holds_after_the_sale_of_longs_and_shorts() {
    for long in [true, false] {
        let mut world = World::with_market(OPEN, stressed_market());
        world.join("cat", usdc(900_000), 0);
        world.join("ann", 0, usdc(10_000));
        world.give("treasurer", usdc(50));
        world.run(world.fund_treasury("treasurer", usdc(50)));
        // 36.5% of 31,400 are 11,461; the limit is 5,025, so the margin is 6,436.
        for name in ["first", "second"] {
            world.join(name, usdc(6_436) - 1, 0);
            let (buyer, seller) = if long { (name, "cat") } else { ("cat", name) };
            let call = world.novate(buyer, seller, SOL, 15_700, usd(200));
            world.refuse(call, BulkheadError::CoverLimitExceeded);
            world.run(world.deposit_margin(name, 1));
            world.run(world.novate(buyer, seller, SOL, 15_700, usd(200)));
        }
        world.set_price(SOL, if long { usd(140) } else { usd(260) });
        for name in ["first", "second"] {
            world.default_member(name);
        }
        wait_for_the_full_discount(&mut world);
        world.run(world.take_over("cat", SOL, u64::MAX));
        if world.fund().residual > 0 {
            world.run(world.allocate_residual());
        }
        let fund = world.fund();
        assert_eq!(fund.unfunded, 0);
        // 31,400 * 33.5% or 36.5%, less the margin, twice; of 10,050.
        let lost = if long { 10_519 } else { 11_461 };
        assert_eq!(fund.treasury + fund.contributions, usdc(10_050) - 2 * usdc(lost - 6_436));
    }
}

/// Everybody has the least contribution, a default costs survivors a unit, and nobody that is in
/// the fund can take over. A newcomer does: the contribution it lacks is called, due at once, and
/// stays free.
#[test]
fn e13_a_closed_fund_finds_a_bidder() {
    let mut spec = MarketSpec::sol(); // contributions of 2%
    spec.params.terms.rates.contribution_bps = 200;
    let params = FundParams { min_contribution: usdc(10), ..OPEN };
    let mut world = World::with_market(params, spec);
    world.join("cat", usdc(90_000), usdc(700));
    world.join(DEBTOR, usdc(20_000), usdc(700));
    world.join("ann", usdc(100), usdc(10));
    world.set_price(SOL, usd(230));
    world.run(world.novate(DEBTOR, "cat", SOL, LOTS, usd(230)));
    // It has lost 4,050 and 700, and a unit more.
    set_margin(&mut world, DEBTOR, usdc(3_350) - 1);
    world.set_price(SOL, usd(200));
    let declared = event!(world.run(world.declare_default(DEBTOR)), DefaultDeclared);
    assert_eq!((declared.from_contribution, declared.unfunded), (usdc(700), 1));
    world.run(world.allocate_loss(DEBTOR));
    world.refuse(world.take_over("ann", SOL, LOTS), BulkheadError::BelowInitialMargin);

    world.join("new", usdc(100_000_000), 0);
    world.refuse(world.contribute("new", usdc(600)), BulkheadError::LossPending);
    world.run(world.take_over("new", SOL, LOTS));
    // 2% of 27,000 are called; initial margin is 2,700.
    let member = world.member("new");
    assert_eq!((member.call_amount, member.call_due_secs), (usdc(540), world.fund().exits.secs()));
    let most = usdc(100_000_000) - usdc(2_700) - usdc(540);
    world.refuse(world.withdraw_margin("new", most + 1), BulkheadError::AssessmentReserved);
    let called = event!(world.run(world.enforce_call("new")), CallEnforced);
    assert_eq!(called.amount, usdc(540) + 1);
    assert!(worth(&world, "new") >= usdc(540) && world.member("new").call_amount == 0);
}

/// A default of 400 without anything behind it, and a house that gains 500 by the price: whoever
/// sells first, the gain pays the loss, and 100 are the treasury's (E9, without the gains cut).
#[test]
fn e9_a_gain_of_the_house_pays_the_loss_in_either_order() {
    let results = [true, false].map(|allocate_first| {
        let mut world = World::with_market(SLOW, stressed_market());
        world.join("cat", usdc(90_000), 0);
        world.join("taker", usdc(90_000), 0);
        world.give("treasurer", usdc(100_000));
        world.run(world.fund_treasury("treasurer", usdc(30_000)));
        world.join(DEBTOR, usdc(20_000), 0);
        world.set_price(SOL, usd(230));
        world.run(world.novate(DEBTOR, "cat", SOL, LOTS, usd(230)));
        set_margin(&mut world, DEBTOR, usdc(3_650));
        world.set_treasury(0);
        world.set_price(SOL, usd(200));
        world.run(world.declare_default(DEBTOR));
        assert_eq!(world.fund().unfunded, usdc(400));
        // 135 SOL gain 500: at 203.7037...; the lots are sold at a mark of 203.70.
        world.set_price(SOL, 20_370_370_370);
        if allocate_first {
            world.run(world.allocate_loss(DEBTOR));
        }
        world.run(world.take_over("taker", SOL, LOTS));
        if !allocate_first {
            assert_eq!(world.fund().house_result, usdc(500) as i64 - 1, "it waits for the allocation");
            world.run(world.allocate_loss(DEBTOR));
        }
        let fund = world.fund();
        assert_eq!((fund.unfunded, fund.house_result), (0, 0));
        world.run(world.settle("cat", SOL));
        (fund.treasury, fund.pool, world.member("cat").margin)
    });
    assert_eq!(results[0], results[1]);
    assert_eq!(results[0].0, usdc(100) - 1);
}

/// Somebody sees the default of another coming and defaults itself with a unit, so that its
/// contribution is a cushion when layer 4 takes its part: it pays what it would have paid.
#[test]
fn p6_a_small_default_of_ones_own_is_no_way_around_layer_4() {
    let paid = [false, true].map(|dodges| {
        let mut world = debtor_of_one();
        world.join("big", usdc(20_000), 0);
        world.set_price(SOL, usd(230));
        world.run(world.novate("big", "cat", SOL, LOTS, usd(230)));
        set_margin(&mut world, "big", usdc(3_149)); // at 200 it owes 901
        world.set_price(SOL, usd(200));
        if dodges {
            world.run(world.declare_default(DEBTOR));
        }
        world.run(world.declare_default("big"));
        let allocated = event!(world.run(world.allocate_loss("big")), LossAllocated);
        assert_eq!(allocated.from_treasury, usdc(200));
        let from_others = usdc(1_000) - worth(&world, "ann");
        (from_others, allocated.from_survivors + allocated.from_cushions)
    });
    // 701 of 2,000, or of 1,999 when one has been paid for itself.
    assert_eq!(paid.map(|(_, all)| all), [usdc(701), usdc(701)]);
    assert_eq!(paid[0].0, 350_500_000);
    assert_eq!(paid[1].0, 350_675_337);
}

/// A cushion that nobody has released yet bears the next loss as a contribution does, in either
/// order, and what it has borne comes back to it (P12, P13).
#[test]
fn p13_a_release_is_no_way_around_layer_4() {
    let ends = [true, false].map(|release_first| {
        let mut world = debtor_of_one();
        world.run(world.declare_default(DEBTOR));
        world.run(world.take_over("friend", SOL, LOTS)); // at once: nothing is lost
        assert_eq!((world.fund().house_round, world.fund().cushions), (1, usdc(999)));

        world.join("big", usdc(20_000), 0);
        world.set_price(SOL, usd(230));
        world.run(world.novate("big", "cat", SOL, LOTS, usd(230)));
        set_margin(&mut world, "big", usdc(3_149));
        world.set_price(SOL, usd(200));
        world.run(world.declare_default("big"));
        if release_first {
            world.run(world.release_cushion(0));
        }
        let allocated = event!(world.run(world.allocate_loss("big")), LossAllocated);
        assert_eq!(allocated.from_cushions > 0, !release_first);
        if !release_first {
            world.run(world.release_cushion(0));
        }
        // Half of what was lost comes back.
        world.give("donor", usdc(1_000));
        world.run(world.repay_default("donor", 1, usdc(450)));
        let claims = ["ann", DEBTOR].map(|name| {
            if release_first || name == "ann" || world.member(name).loss_borne.get() > 0 {
                paid(&mut world, name, |world| drop(world.run(world.claim_recovery(name))))
            } else {
                0
            }
        });
        (worth(&world, "ann"), worth(&world, DEBTOR), claims)
    });
    let close = |a: u64, b: u64| assert!(a.abs_diff(b) <= 1, "{ends:?}");
    close(ends[0].0, ends[1].0);
    close(ends[0].1, ends[1].1);
    for place in 0..2 {
        close(ends[0].2[place] as u64, ends[1].2[place] as u64);
        assert!(ends[0].2[place] > 0);
    }
    assert!(ends[0].0.abs_diff(649_324_662) <= 1, "701 of 1,999, of Ann's 1,000: {}", ends[0].0);
}

/// A default by a unit locks nobody in: its lots are sold, its cushion comes back, and everybody
/// leaves.
#[test]
fn p10_dust_defaults_lock_nobody_in() {
    let mut world = debtor_of_one();
    set_margin(&mut world, DEBTOR, usdc(4_049));
    for round in 0..3 * bulkhead::state::HOUSE_ROUNDS as u64 {
        world.set_price(SOL, usd(200));
        if round > 0 {
            world.run(world.deposit_margin(DEBTOR, usdc(20_000)));
            world.run(world.novate(DEBTOR, "cat", SOL, LOTS, usd(200)));
            set_margin(&mut world, DEBTOR, usdc(1_349) + 999_999);
            world.set_price(SOL, usd(190)); // 1,350 lost
        }
        let declared = event!(world.run(world.declare_default(DEBTOR)), DefaultDeclared);
        assert_eq!(declared.unfunded, 0);
        world.run(world.take_over("friend", SOL, LOTS));
        assert_eq!(world.fund().house_round, round + 1);
        world.run(world.release_cushion(round));
        world.run(world.settle("cat", SOL));
        world.set_price(SOL, usd(200));
        world.run(world.settle("friend", SOL));
        world.run(world.novate("cat", "friend", SOL, LOTS, usd(200)));
        assert!(!world.fund().blocks_exits(world.now()));
    }
    for name in [DEBTOR, "ann"] {
        request_all(&mut world, name);
    }
    world.warp_secs(i64::from(FUND.notice_secs));
    world.refresh();
    for name in [DEBTOR, "ann"] {
        assert!(claim(&mut world, name) > usdc(990));
    }
}

/// Whoever leaves its cushion unreleased keeps nobody else's round from being paid: the round waits,
/// and anybody releases what stands in its way.
#[test]
fn p10_eight_rounds_that_nobody_has_released() {
    let mut world = debtor_of_one();
    let rounds = bulkhead::state::HOUSE_ROUNDS as u64;
    let default = |world: &mut World, first: bool| {
        if !first {
            world.run(world.deposit_margin(DEBTOR, usdc(20_000)));
            world.run(world.novate(DEBTOR, "cat", SOL, LOTS, usd(200)));
            set_margin(world, DEBTOR, usdc(1_349) + 999_900);
            world.set_price(SOL, usd(190));
        }
        world.run(world.declare_default(DEBTOR));
        world.run(world.take_over("friend", SOL, LOTS));
        world.run(world.settle("cat", SOL));
        world.set_price(SOL, usd(200));
        world.run(world.settle("friend", SOL));
        world.run(world.novate("cat", "friend", SOL, LOTS, usd(200)));
        // Contributions are worth a default again.
        world.run(world.contribute(DEBTOR, usdc(1_000)));
    };
    for round in 0..=rounds {
        default(&mut world, round == 0);
    }
    // The ninth has ended in its results, but its cushions have no place yet.
    assert_eq!((world.fund().house_round, world.fund().open_houses), (rounds, 0));
    world.refuse(world.release_cushion(rounds), BulkheadError::HouseNotSold);
    let before = worth(&world, DEBTOR);
    world.run(world.release_cushion(0));
    assert_eq!(world.fund().house_round, rounds + 1);
    for seq in 1..=rounds {
        world.run(world.release_cushion(seq));
    }
    assert!(worth(&world, DEBTOR) > before);
    assert_eq!((world.fund().cushions, world.member(DEBTOR).cushions), (0, 0));
}

/// A feed falls silent while the house holds a debtor's lots. With treasury and cushion above what they can cost members
/// come and go, but for the debtor, whose cushion goes on standing for them: when the feed is back it pays first.
#[test]
fn p10_a_silent_house_keeps_a_cushion_and_nobody_else() {
    let mut world = debtor_of_one();
    world.run(world.declare_default(DEBTOR));
    // 9,855 are at risk: 999 are the cushion, and the treasury has 200.
    world.warp_secs(DAY);
    let call = world.contribute("ann", 1);
    world.run(world.book_house(SOL));
    world.refuse(call, BulkheadError::LossPending);
    world.give("treasurer", usdc(8_656));
    world.run(world.fund_treasury("treasurer", usdc(8_656)));
    let booked = event!(world.run(world.book_house(SOL)), HouseBooked);
    assert_eq!((booked.at_risk, booked.waived), (usdc(9_855), 1));
    assert_eq!((world.fund().house_round, world.fund().cushions), (0, usdc(999)), "all of it is carried");
    world.refuse(world.release_cushion(0), BulkheadError::HouseNotSold);

    world.run(world.contribute(DEBTOR, usdc(50)));
    for name in ["ann", DEBTOR] {
        request_all(&mut world, name);
    }
    world.warp_secs(i64::from(FUND.notice_secs));
    assert!(claim(&mut world, "ann") >= usdc(999));
    world.refuse(world.claim_withdrawal(DEBTOR), BulkheadError::CushionPending);

    // The feed is back at 190: 1,350 are lost, and 5% of 25,650 in the sale.
    world.set_price(SOL, usd(190));
    let treasury = world.fund().treasury;
    let ended = event!(world.run(world.take_over("friend", SOL, LOTS)), HousesRealised);
    assert_eq!((ended.from_cushions, ended.unfunded), (usdc(999), 1_633_500_000));
    world.run(world.allocate_residual());
    assert_eq!(world.fund().treasury, treasury - 1_633_500_000);
    assert_eq!(event!(world.run(world.release_cushion(0)), CushionReleased).amount, 0);
    world.run(world.claim_withdrawal(DEBTOR));
}

/// The order of house sales decides nothing: a loss in one market and a gain in another are one
/// sum, and a share epoch that the sum would not end does not end (P13).
#[test]
fn p13_the_order_of_house_sales_decides_nothing() {
    let ends = [[SOL, bulkhead_tests::BTC], [bulkhead_tests::BTC, SOL]].map(|order| {
        let mut world = two_markets();
        world.join("ann", 0, usdc(3_000));
        world.join("cat", usdc(900_000), 0);
        world.join("taker", usdc(900_000), 0);
        world.join(DEBTOR, usdc(200_000), 0);
        world.run(world.novate(DEBTOR, "cat", SOL, LOTS, usd(200)));
        world.run(world.novate("cat", DEBTOR, bulkhead_tests::BTC, 4_500, usd(60_000)));
        set_margin(&mut world, DEBTOR, usdc(4_049));
        world.set_price(SOL, usd(170));
        world.run(world.declare_default(DEBTOR)); // 1 short
        world.run(world.allocate_loss(DEBTOR));
        // SOL falls by 5 and BTC by 1,400: the house loses 675 and gains 630.
        world.set_price(SOL, usd(165));
        world.set_price(bulkhead_tests::BTC, usd(58_600));
        for market in order {
            world.run(world.take_over("taker", market, u64::MAX));
        }
        let fund = world.fund();
        assert_eq!((fund.house_result, fund.residual), (0, usdc(45)));
        world.run(world.allocate_residual());
        (worth(&world, "ann"), world.fund().share_epoch, world.fund().pool)
    });
    assert_eq!(ends[0], ends[1]);
    assert_eq!((ends[0].0, ends[0].1), (usdc(3_000) - usdc(46), 0));
}

fn two_markets() -> World {
    let mut btc = MarketSpec::btc();
    btc.params.terms.rates.contribution_bps = 0;
    let markets = vec![stressed_market(), btc];
    World::with(bulkhead_tests::world::Setup { params: SLOW, markets, ..Default::default() })
}

/// Allocations in any order leave everybody the same once all are declared, to a unit (P13).
#[test]
fn p13_the_order_of_allocations_decides_nothing() {
    let orders = [["first", "second", "third"], ["third", "second", "first"], ["second", "first", "third"]];
    let ends = orders.map(|order| {
        let mut world = debtor_of_one();
        world.set_price(SOL, usd(230));
        for (name, margin) in [("first", 3_300), ("second", 3_507), ("third", 3_901)] {
            world.join(name, usdc(20_000), 0);
            world.run(world.novate(name, "cat", SOL, LOTS, usd(230)));
            set_margin(&mut world, name, usdc(margin));
        }
        world.set_price(SOL, usd(200));
        for name in [DEBTOR, "first", "second", "third"] {
            world.run(world.declare_default(name));
        }
        for name in order {
            world.run(world.allocate_loss(name));
        }
        let record = world.default_record(0);
        let cushion = cushions::worth(&world.fund(), &record).expect("a cushion has a value");
        (worth(&world, "ann"), cushion, world.fund().treasury, world.fund().unfunded)
    });
    for end in &ends[1..] {
        assert!(end.0.abs_diff(ends[0].0) <= 2 && end.1.abs_diff(ends[0].1) <= 2, "{ends:?}");
        assert_eq!((end.2, end.3), (ends[0].2, ends[0].3));
    }
}

/// S4: somebody declares a dust default just before another one. Both land, in whatever order: defaults are numbered per
/// member. An account that is opened again never meets a record of before.
#[test]
fn s4_one_declaration_never_fails_another() {
    for first in ["dust", "big"] {
        let mut world = World::with_market(OPEN, stressed_market());
        world.give("treasurer", usdc(100_000));
        world.run(world.fund_treasury("treasurer", usdc(30_000)));
        world.join("cat", usdc(90_000), 0);
        world.join("dust", usdc(1_000), 0);
        world.join("big", usdc(10_000), 0);
        for (name, lots) in [("dust", 100), ("big", 1_000)] {
            world.run(world.novate(name, "cat", SOL, lots, usd(200)));
        }
        set_margin(&mut world, "dust", usdc(49));
        set_margin(&mut world, "big", usdc(300));
        world.set_price(SOL, usd(150));
        let second = if first == "dust" { "big" } else { "dust" };
        let prepared = [first, second].map(|name| world.declare_default(name));
        for declaration in prepared {
            world.run(declaration);
        }
        let records = [first, second]
            .map(|name| world.default_at(&address::default_record(&world.account_of(name), 0)));
        assert_eq!(records.map(|record| (record.seq, record.count)), [(0, 0), (1, 0)]);
        world.run(world.allocate_loss(first));
        world.run(world.allocate_loss(second));

        world.run(world.close_member("dust"));
        world.run(world.open_member("dust"));
        assert_eq!(world.member("dust").default_count, 2);
    }
}

// Houses of markets that nobody cranks

/// P5: the price falls, and after each fall nobody cranks for a minute. A house that such a market waived would free the cushion
/// before the loss that it stands for, and the treasury would pay that. It waits, and after an hour without a print it goes on
/// standing for the loss that there is, beside the stress loss.
#[test]
fn p5_a_cushion_stays_until_its_loss_is_known() {
    let mut world = debtor_of_one();
    world.give("treasurer", usdc(20_000));
    world.run(world.fund_treasury("treasurer", usdc(20_000)));
    world.run(world.declare_default(DEBTOR));
    let cushion = world.fund().cushions;
    for dollars in [190, 180, 170] {
        world.set_price(SOL, usd(dollars));
        world.warp_secs(61);
        assert_eq!(event!(world.run(world.book_house(SOL)), HouseBooked).waived, 0);
        world.refuse(world.release_cushion(0), BulkheadError::HouseNotSold);
    }
    world.warp_secs(i64::from(SILENT_GRACE_SECS));
    let booked = event!(world.run(world.book_house(SOL)), HouseBooked);
    assert!(booked.waived == 1 && booked.at_risk > cushion);
    world.refuse(world.release_cushion(0), BulkheadError::HouseNotSold);
    assert_eq!((world.fund().cushions, world.fund().cushion_round.money), (cushion, cushion));
}

/// P6: the debtor's round has ended without a loss, and its cushion waits for the release. It pays nothing for the next house, and
/// nobody leaves against it.
#[test]
fn p6_cushions_of_ended_rounds_cover_no_house() {
    let mut world = debtor_of_one();
    world.join("big", usdc(20_000), 0);
    world.run(world.declare_default(DEBTOR));
    world.run(world.take_over("friend", SOL, u64::MAX));
    let fund = world.fund();
    assert!(fund.open_houses == 0 && fund.cushions > 0 && fund.cushion_round.money == 0);
    world.give("treasurer", usdc(20_000));
    world.run(world.fund_treasury("treasurer", usdc(20_000)));
    world.run(world.novate("big", "friend", SOL, 1_000, usd(200)));
    set_margin(&mut world, "big", usdc(190));
    world.set_price(SOL, usd(180)); // 10 short
    world.default_member("big");
    world.set_treasury(usdc(1));
    world.warp_secs(i64::from(SILENT_GRACE_SECS));
    assert_eq!(event!(world.run(world.book_house(SOL)), HouseBooked).waived, 1);
    let fund = world.fund();
    assert_eq!(fund.held_for_waived(), fund.waived_at_risk - usdc(1));
    assert!(fund.waived_at_risk < fund.cushions, "the old cushion would cover it");
    world.refuse(world.contribute("ann", 1), BulkheadError::LossPending);
}
