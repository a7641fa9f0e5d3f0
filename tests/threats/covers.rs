//! Covers: what a drawer, a pool or a governor takes by one, and who runs from one.

use {
    crate::common::*,
    bulkhead::{
        constants::{COVER_LIVES_SECS, COVER_SERVES_SECS, SETTLE_SLOTS},
        state::{CoverPurse, CoverStatus, CoverTerms, FundChange, FundParams, ParameterChange},
    },
    bulkhead_math::interval::GAP_CELL_SECS,
    bulkhead_tests::{event, params, params::DAY, usd, usdc, BulkheadError, World, SOL},
};

const CONTRIBUTORS: [(&str, u64); 3] = [("ann", usdc(500)), ("ben", usdc(300)), ("cat", usdc(200))];

/// Nobody has to contribute, and there are no fees; otherwise a fund that may have covers.
const FUND: FundParams = FundParams {
    exit_delay_slots: params::COVERED.exit_delay_slots,
    outflow_cap_bps: params::COVERED.outflow_cap_bps,
    cover_budget_bps: params::COVERED.cover_budget_bps,
    ..PRECISE
};

/// Contributions of 1,000, and a cover of 200 that is free of charge and of coinsurance, so that figures are round.
fn covered() -> World {
    covered_by(1, usdc(200))
}

/// The same with this many covers of this limit.
fn covered_by(covers: u16, limit: u64) -> World {
    let mut world = precise_with(FUND, &CONTRIBUTORS);
    for _ in 0..covers {
        let terms = free(&world, limit);
        world.cover_with(terms);
    }
    world.give("giver", usdc(10_000));
    world
}

fn free(world: &World, limit: u64) -> CoverTerms {
    CoverTerms {
        kind: bulkhead::state::CoverKind::Parametric as u8,
        first_loss_min: 0,
        coinsurance_bps: 0,
        premium_bps_per_year: 0,
        ..world.cover_terms(limit)
    }
}

fn ripen(world: &mut World) {
    world.warp_slots(SETTLE_SLOTS);
    world.refresh();
}

/// The house is sold, and what the auction's discount has lost is paid.
fn sell(world: &mut World) {
    unwind(world);
    if world.fund().residual > 0 {
        world.run(world.allocate_residual());
    }
}

/// The drawer knows that a default will be declared, and draws in the slot before. Clearing is paid first all the same:
/// the default takes half of everything, and the cover what is pledged of the rest.
#[test]
fn t28_a_draw_in_the_slot_before_a_declaration_comes_after_it() {
    let mut world = covered();
    insolvent(&mut world, usdc(500));
    world.run(world.draw_cover(0, usdc(200)));
    world.refuse(world.settle_cover(0), BulkheadError::DrawTooFresh);
    world.warp_slots(1);
    world.run(world.declare_default(DEBTOR));
    ripen(&mut world);
    world.refuse(world.settle_cover(0), BulkheadError::LossPending);
    world.run(world.allocate_loss(DEBTOR));
    assert_eq!(
        world.fund().contributions,
        usdc(500),
        "clearing has taken what it would have taken without the cover"
    );
    world.refuse(world.settle_cover(0), BulkheadError::LossPending);
    sell(&mut world);
    let settled = event!(world.run(world.settle_cover(0)), CoverSettled);
    assert_eq!((settled.from_contributions, settled.lapsed), (usdc(200), 0));
}

/// A house may still lose: what is drawn waits until its lots are sold, and bears what is left.
#[test]
fn t28_a_draw_while_a_house_holds_lots_waits_for_its_sale() {
    let mut world = covered();
    insolvent(&mut world, usdc(100));
    world.default_member(DEBTOR);
    world.run(world.draw_cover(0, usdc(200)));
    ripen(&mut world);
    world.refuse(world.settle_cover(0), BulkheadError::LossPending);
    sell(&mut world);
    world.run(world.settle_cover(0));
    assert_eq!(world.cover(0).drawn, usdc(200));
}

/// Ann and Ben have left: 200 are there for what two covers are owed, 250 together. Each gets the same part.
#[test]
fn t28_two_covers_that_are_owed_too_much_get_the_same_part_in_any_order() {
    let paid = |order: [u16; 2]| {
        let mut world = covered_by(2, usdc(125));
        for name in ["ann", "ben"] {
            request_all(&mut world, name);
        }
        world.warp_secs(DAY + DAY / 2 + 1); // past half of the window nobody is kept in
        for _ in 0..2 {
            for name in ["ann", "ben"] {
                world.run(world.claim_withdrawal(name));
            }
            world.warp_slots(FUND.exit_delay_slots.into());
        }
        let there = world.fund().contributions;
        assert!((usdc(200)..=usdc(200) + 2).contains(&there));
        for index in [0, 1] {
            world.run(world.draw_cover(index, usdc(125)));
        }
        ripen(&mut world);
        for index in order {
            world.run(world.settle_cover(index));
        }
        let fund = world.fund();
        assert!(fund.contributions > 0 && fund.share_epoch == 0, "no epoch ends by a cover");
        [0, 1].map(|index| world.cover(index).drawn)
    };
    let (first, second) = (paid([0, 1]), paid([1, 0]));
    for [one, other] in [first, second] {
        assert!(one.abs_diff(other) <= 1, "{one} and {other}");
        // All of it but the units that keep the price of shares alive.
        assert!((usdc(100) - 100..=usdc(100)).contains(&one), "{one}");
    }
}

/// A dead destination is its own cover's trouble: the others are settled, collected and ended, and so is its own cover.
#[test]
fn t28_a_dead_destination_blocks_nobody() {
    for close in [false, true] {
        let mut world = covered_by(2, usdc(100));
        let terms_to = world.wallet_of("victims");
        world.run(world.draw_cover(0, usdc(100)));
        ripen(&mut world);
        world.run(world.settle_cover(0));
        let genuine = world.account(&terms_to).unwrap();
        if close {
            world.put(terms_to, Default::default());
        } else {
            world.patch(terms_to, |account| account.data[108] = 2);
        }
        assert!(world.attempt(world.collect_cover(0, "victims")).is_err());
        assert!(!world.fund().blocks_exits(world.now()), "exits are open");
        world.run(world.draw_cover(1, usdc(50)));
        ripen(&mut world);
        world.run(world.settle_cover(1));
        world.warp_secs(world.cover(1).ends_ts + COVER_SERVES_SECS - world.now());
        for index in [0, 1] {
            world.run(world.end_cover(index));
        }
        assert_eq!((world.fund().committed, world.fund().cover_reserve), (0, usdc(150)));
        world.put(terms_to, genuine);
        for index in [0, 1] {
            world.run(world.collect_cover(index, "victims"));
        }
        assert_eq!(world.fund().cover_reserve, 0);
    }
}

/// The guardian suspends a cover that is owed something. A resumption waits on the exit clock, which must not stand for ever:
/// everybody gets out, though not before a hold, and the cover is paid once governance resumes it.
#[test]
fn t28_a_suspension_before_the_settlement_locks_nobody_in() {
    let mut world = covered();
    request_all(&mut world, "ann");
    world.warp_secs(DAY);
    world.run(world.draw_cover(0, usdc(200)));
    world.run(world.suspend_cover(0));
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::LossPending);
    world.warp_secs(7 * DAY);
    for _ in 0..2 {
        // The block has not used up her window.
        world.warp_secs(DAY / 2 + 60);
        world.run(world.claim_withdrawal("ann"));
        world.warp_slots(FUND.exit_delay_slots.into());
        if world.member("ann").exit_ready_secs > 0 {
            world.run(world.claim_withdrawal("ann"));
            break;
        }
    }
    assert!(world.member("ann").shares.is_zero(), "she is out");
    let number = queued(&mut world, ParameterChange::ResumeCover(0));
    world.wait_for_change(number);
    world.run(world.amend_cover(0, number));
    ripen(&mut world);
    let settled = event!(world.run(world.settle_cover(0)), CoverSettled);
    assert_eq!((settled.from_contributions, settled.lapsed), (usdc(200), 0));
}

/// The authority has prepared a lower floor, or a higher one, and applies it while a loss is decided, so that others pay it.
#[test]
fn t28_no_floor_moves_while_a_cover_is_held_or_owed() {
    let params = FundParams { treasury_floor: usdc(50), ..FUND };
    let mut world = precise_with(params, &CONTRIBUTORS);
    world.give("giver", usdc(10_000));
    world.run(world.fund_treasury("giver", usdc(100)));
    let terms = free(&world, usdc(200));
    world.cover_with(terms);
    let numbers = [0, usdc(100)].map(|treasury_floor| {
        let change = FundChange::between(&params, &FundParams { treasury_floor, ..params });
        queued(&mut world, ParameterChange::Fund(change))
    });
    world.wait_for_change(numbers[1]);
    world.run(world.hold_cover(0, 3_600));
    for number in numbers {
        world.refuse(world.apply_change(number, None), BulkheadError::LossPending);
    }
    world.run(world.draw_cover(0, usdc(200)));
    world.warp_secs(3_600);
    world.refresh();
    for number in numbers {
        world.refuse(world.apply_change(number, None), BulkheadError::LossPending);
    }
    let settled = event!(world.run(world.settle_cover(0)), CoverSettled);
    assert_eq!((settled.from_treasury, settled.from_contributions), (usdc(50), usdc(150)));
}

/// The last second in which a cover serves, and the first in which it can be ended, do not overlap.
#[test]
fn t28_a_cover_is_ended_in_the_second_it_stops_serving_and_not_before() {
    let mut world = covered();
    let last = world.cover(0).ends_ts + COVER_SERVES_SECS - 1;
    world.warp_secs(last - world.now());
    world.refuse(world.end_cover(0), BulkheadError::CoverStillServes);
    world.run(world.hold_cover(0, 60));
    world.run(world.draw_cover(0, usdc(1)));
    world.warp_secs(1);
    // The loss that came in the last second is undecided: nobody ends the cover under it.
    world.refuse(world.end_cover(0), BulkheadError::CoverStillServes);
    world.run(world.draw_cover(0, usdc(2)));
    world.warp_secs(59);
    world.refuse(world.draw_cover(0, usdc(1)), BulkheadError::CoverOver);
    world.refuse(world.end_cover(0), BulkheadError::CoverNotEmpty);
    ripen(&mut world);
    world.run(world.settle_cover(0));
    world.run(world.end_cover(0));
    assert_eq!((world.cover(0).drawn, world.fund().committed), (usdc(3), 0));
}

/// A protocol stops paying, and pays what is missing after its incident: the time between is not covered.
#[test]
fn t28_arrears_paid_after_the_incident_cover_nothing() {
    let mut world = precise_with(FUND, &CONTRIBUTORS);
    world.give("issuer", usdc(100));
    let terms = CoverTerms { ends_ts: world.now() + 365 * DAY, ..world.cover_terms(usdc(200)) };
    world.register_cover(terms);
    world.run(world.fund_cover("issuer", 0, 100_000, CoverPurse::Prepaid)); // 3.65 days
    world.run(world.fund_cover("issuer", 0, usdc(10), CoverPurse::FirstLoss));
    let opens = world.cover(0).opens_ts;
    world.warp_secs(30 * DAY); // the incident is on day 29
    world.run(world.fund_cover("issuer", 0, usdc(10), CoverPurse::Prepaid));
    let cover = world.cover(0);
    assert!(
        cover.lapsed_ts > opens && cover.lapsed_ts < opens + 4 * DAY,
        "it has lapsed when the money was used up"
    );
    assert_eq!(cover.prepaid, usdc(10), "what came later is not earned");
    world.refuse(world.draw_cover(0, usdc(100)), BulkheadError::CoverOver);
    world.refuse(world.hold_cover(0, 60), BulkheadError::CoverOver);
    // Governance revives it: from then on, and not for what has happened.
    let number = queued(&mut world, ParameterChange::ResumeCover(0));
    world.wait_for_change(number);
    world.run(world.amend_cover(0, number));
    assert_eq!(world.cover(0).opens_ts, world.now());
}

/// The notice is long: whoever contributes ends a lapsed cover before the change is due that revives it.
#[test]
fn t28_nobody_ends_a_lapsed_cover_that_can_be_revived() {
    let params = FundParams { notice_secs: 14 * DAY as u32, ..FUND };
    let mut world = precise_with(params, &CONTRIBUTORS);
    world.give("issuer", usdc(100));
    let terms = CoverTerms { ends_ts: world.now() + 365 * DAY, ..world.cover_terms(usdc(200)) };
    world.register_cover(terms);
    world.run(world.fund_cover("issuer", 0, 100_000, CoverPurse::Prepaid)); // 3.65 days
    world.warp_secs(5 * DAY);
    world.run(world.accrue_cover(0));
    let lapsed = world.cover(0).lapsed_ts;
    let number = queued(&mut world, ParameterChange::ResumeCover(0));
    world.run(world.fund_cover("issuer", 0, usdc(10), CoverPurse::Prepaid));
    let until = lapsed + COVER_SERVES_SECS;
    world.warp_secs(until - world.now());
    world.refuse(world.end_cover(0), BulkheadError::CoverStillServes);
    world.wait_for_change(number);
    world.refuse(world.end_cover(0), BulkheadError::CoverStillServes);
    world.run(world.amend_cover(0, number));
    assert_eq!((world.cover(0).opens_ts, world.cover(0).lapsed_ts), (world.now(), 0));
}

/// Nobody revives it: its limit is free after 42 days.
#[test]
fn t28_a_lapsed_cover_that_nobody_revives_ends() {
    let mut world = precise_with(FUND, &CONTRIBUTORS);
    let terms = CoverTerms { ends_ts: world.now() + 365 * DAY, ..world.cover_terms(usdc(200)) };
    world.register_cover(terms);
    world.warp_secs(DAY);
    world.run(world.accrue_cover(0));
    let until = world.cover(0).lapsed_ts + COVER_LIVES_SECS;
    world.warp_secs(until - 1 - world.now());
    world.refuse(world.end_cover(0), BulkheadError::CoverStillServes);
    world.warp_secs(1);
    world.run(world.end_cover(0));
    assert_eq!(world.fund().committed, 0);
}

/// Sixteen drawers hold exits whenever they can, for half a year. Exits are open for two thirds of the time after the
/// bucket's fourteen days.
#[test]
fn t28_holds_chained_over_all_covers_leave_exits_open() {
    let mut world = covered_by(16, usdc(10));
    let (start, step) = (world.now(), DAY / 4);
    let mut blocked = 0;
    for turn in 0..4 * 120 {
        let index = (turn % 16) as u16;
        world.run(world.hold_cover(index, 7 * DAY as u32));
        let until = (world.fund().exits.hold_until_ts - world.now()).clamp(0, step);
        blocked += until;
        world.warp_secs(step);
    }
    let all = world.now() - start;
    assert!(blocked <= 14 * DAY + all / 3 + 60, "{blocked} of {all}");
    assert!(blocked >= 14 * DAY, "they have held what they could");
}

/// Ann hears of an exploit before others do. She has committed to her exit before the alert, and is not paid after it.
#[test]
fn t28_an_exit_committed_before_an_alert_is_not_paid_after_it() {
    let mut world = covered();
    request_all(&mut world, "ann");
    world.warp_secs(DAY + DAY / 2);
    world.run(world.claim_withdrawal("ann"));
    assert!(world.member("ann").exit_ready_secs > 0, "she is committed");
    world.run(world.hold_cover(0, 3_600));
    world.warp_slots(FUND.exit_delay_slots.into());
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::LossPending);
    world.run(world.draw_cover(0, usdc(200)));
    world.warp_secs(3_600);
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::LossPending);
    world.refresh();
    world.run(world.settle_cover(0));
    assert_eq!(worth(&world, "ann"), usdc(400), "she has borne her part");
}

/// Nobody enters either: who buys shares between an incident and its settlement would bear what it has not insured, or dodge
/// it with the money that comes back.
#[test]
fn t28_nobody_enters_between_an_alert_and_its_settlement() {
    let mut world = covered();
    world.give("dan", usdc(100));
    world.open("dan");
    world.run(world.hold_cover(0, 60));
    world.refuse(world.contribute("dan", usdc(100)), BulkheadError::LossPending);
    world.run(world.draw_cover(0, usdc(200)));
    world.warp_secs(60);
    world.refuse(world.contribute("dan", usdc(100)), BulkheadError::LossPending);
    ripen(&mut world);
    world.run(world.settle_cover(0));
    world.run(world.contribute("dan", usdc(100)));
    assert_eq!(worth(&world, "dan"), usdc(100) - 1);
}

/// A drawer whose program a thief owns draws what it can, every hour, for months. It takes what was pledged to it and no
/// more, and its own draws suspend it meanwhile.
#[test]
fn t28_a_drawer_takes_no_more_than_was_pledged() {
    let mut world = covered_by(2, usdc(100));
    let before = world.fund().contributions + world.fund().treasury;
    let mut suspensions = 0;
    for _ in 0..400 {
        let _ = world.attempt(world.draw_cover(0, 1 + usdc(3)));
        world.warp_secs(3_600);
        let _ = world.attempt(world.settle_cover(0));
        let _ = world.attempt(world.hold_cover(0, 3_600));
        if world.cover(0).status == CoverStatus::Suspended {
            suspensions += 1;
            let number = queued(&mut world, ParameterChange::ResumeCover(0));
            world.wait_for_change(number);
            world.run(world.amend_cover(0, number));
        }
    }
    let fund = world.fund();
    assert!(suspensions >= 1);
    assert_eq!(world.cover(0).drawn, usdc(100));
    assert_eq!(before - fund.contributions - fund.treasury, usdc(100));
    assert_eq!(fund.committed, usdc(100), "the other cover is untouched");
    assert!(!fund.holds_exits());
}

/// Margins are for clearing alone: a hold for a cover keeps none of them free for an assessment.
#[test]
fn t28_a_hold_for_a_cover_locks_no_margin() {
    let mut world = covered();
    world.run(world.hold_cover(0, 3_600));
    world.run(world.draw_cover(0, usdc(200)));
    let margin = world.member(CREDITOR).margin;
    world.run(world.withdraw_margin(CREDITOR, margin));
}

/// A quarter of an hour.
const QUARTER: i64 = GAP_CELL_SECS as i64;

/// What a venue of SOL is owed when the price falls from 200 to 165, with a print of 226 for two seconds
/// from this second of a quarter of an hour on.
fn drawn_beside_a_spike(spike: Option<i64>) -> u64 {
    let mut world = precise_with(FUND, &CONTRIBUTORS);
    world.cover_with(world.venue_terms(usdc(200)));
    let until = |world: &mut World, second: i64| {
        let now = world.now() % QUARTER;
        world.warp_secs((second - now).rem_euclid(QUARTER));
    };
    until(&mut world, 100);
    world.set_price(SOL, usd(200));
    if let Some(second) = spike {
        until(&mut world, second);
        world.print(SOL, usd(226));
        world.warp_secs(2);
        world.print(SOL, usd(200));
    }
    until(&mut world, 60);
    world.set_price(SOL, usd(200));
    world.set_price(SOL, usd(165));
    event!(world.run(world.draw_cover_in(0, Some(SOL), usdc(1_000))), CoverDrawn).owed
}

/// A pool wants more than the fall explains, and a print of seconds is the height that it has fallen
/// from: within a quarter of an hour, or as the mark with which the next one begins. Loans were
/// liquidatable at 170, and 165 lack 5 of that: a part of 1,000, less the first loss and a tenth.
#[test]
fn t28_a_print_of_seconds_explains_no_bad_debt() {
    let explained = (usdc(1_000) * 5 / 170 - usdc(4)) * 9 / 10;
    for spike in [None, Some(300), Some(QUARTER - 1)] {
        assert_eq!(drawn_beside_a_spike(spike), explained, "{spike:?}");
    }
}
