//! `settle_cover`, `collect_cover`, `return_cover`.

use {
    super::*,
    bulkhead_tests::{
        bulkhead::{
            constants::SILENT_GRACE_SECS,
            state::{CoverPurse, CoverTerms, Fund, FundStatus},
        },
        event,
        params::DAY,
        usd,
        BulkheadError::*,
        SOL,
    },
};

/// SPL Token: the account is frozen.
const TOKEN_FROZEN: u32 = 17;

/// 360 are owed: 100 of treasury, 260 of the 4,100 of contributions.
#[test]
fn the_treasury_pays_and_then_every_share() {
    let mut world = drawn();
    let (before, reserve) = (world.fund(), world.fund().cover_reserve);
    assert_eq!((before.treasury, before.contributions), (usdc(100), usdc(4_100)));
    ripen(&mut world);
    let settled = event!(world.run(world.settle_cover(0)), CoverSettled);
    assert_eq!(
        (settled.from_treasury, settled.from_contributions, settled.lapsed),
        (usdc(100), usdc(260), 0)
    );
    let (fund, cover) = (world.fund(), world.cover(0));
    assert_eq!((fund.treasury, fund.contributions), (0, usdc(3_840)));
    assert_eq!(fund.total_shares, before.total_shares, "every share loses the same part");
    assert_eq!((cover.drawn, cover.owed, cover.payable), (usdc(360), 0, usdc(370)));
    assert_eq!((fund.committed, fund.cover_owed), (usdc(640), 0));
    assert_eq!(fund.cover_reserve, reserve + usdc(360));
    assert_eq!(fund.losses_outstanding, usdc(260));
    assert_eq!((fund.cooling_off, fund.share_epoch), (before.cooling_off, before.share_epoch));
    world.run(world.contribute("carol", usdc(1)));
    world.refuse(world.settle_cover(0), NothingOwed);
}

/// Alice has defaulted, and her house is sold. Her cushion comes back as contribution first: otherwise whoever settles, or
/// releases, would decide whether she bears her part.
#[test]
fn a_cushion_is_released_first() {
    let mut world = covered();
    world.run(world.novate("alice", "bob", SOL, 3 * LOTS / 2, usd(200)));
    world.set_price(SOL, usd(130));
    world.run(world.declare_default("alice"));
    world.run(world.take_over("dave", SOL, 3 * LOTS / 2));
    world.run(world.draw_cover(0, usdc(410)));
    ripen(&mut world);
    assert!(world.fund().cushions > 0);
    world.refuse(world.settle_cover(0), CushionPending);
    world.run(world.release_cushion(0));
    world.run(world.settle_cover(0));
}

/// The design's example: 220 of 1,100 are pledged. A loss of 400 takes 50 from the treasury, whose floor is 50, and 17% of
/// every share.
#[test]
fn the_treasury_keeps_its_floor() {
    let params = FundParams { cover_budget_bps: 2_000, treasury_floor: usdc(50), ..params::COVERED };
    let mut world = World::with(Setup { params, ..Setup::default() });
    world.join("carol", 0, usdc(1_000));
    world.give("treasurer", usdc(100));
    world.run(world.fund_treasury("treasurer", usdc(100)));
    world.covered(usdc(220));
    world.run(world.draw_cover(0, usdc(400)));
    ripen(&mut world);
    let settled = event!(world.run(world.settle_cover(0)), CoverSettled);
    assert_eq!((settled.from_treasury, settled.from_contributions, settled.lapsed), (usdc(50), usdc(170), 0));
    assert_eq!((world.fund().treasury, world.fund().contributions), (usdc(50), usdc(830)));
}

/// A keeper declares before what was declarable when it was drawn.
#[test]
fn not_before_the_draws_are_a_minute_old() {
    let mut world = drawn();
    world.warp_slots(SETTLE_SLOTS - 1);
    world.refuse(world.settle_cover(0), DrawTooFresh);
    world.warp_slots(1);
    world.run(world.settle_cover(0));
}

/// A unit that is drawn early brings nothing forward.
#[test]
fn the_minute_counts_from_the_mean_of_the_draws() {
    let mut world = covered();
    world.run(world.draw_cover(0, usdc(10) + 10));
    world.warp_slots(SETTLE_SLOTS);
    world.run(world.draw_cover(0, usdc(400)));
    world.refuse(world.settle_cover(0), DrawTooFresh);
    world.warp_slots(SETTLE_SLOTS - 1);
    world.refuse(world.settle_cover(0), DrawTooFresh);
    world.warp_slots(1);
    world.run(world.settle_cover(0));
}

#[test]
fn nothing_owed_is_nothing_to_settle() {
    let mut world = covered();
    world.refuse(world.settle_cover(0), NothingOwed);
}

/// C4: a default, its house, a grace and a watch come first.
#[test]
fn clearing_comes_first() {
    let mut world = coverable_with(FundParams { default_confirm_slots: 100, ..params::COVERED });
    world.covered(usdc(1_000));
    // Alice has 1,000 less the fee, and loses 60 a lot of 20.
    world.run(world.novate("alice", "bob", SOL, 2 * LOTS, usd(200)));
    world.run(world.draw_cover(0, usdc(410)));
    world.set_price(SOL, usd(140));
    ripen(&mut world);
    world.run(world.open_watch("alice"));
    world.refuse(world.settle_cover(0), LossPending);
    world.run(world.declare_default("alice"));
    world.refuse(world.settle_cover(0), LossPending);
    world.warp_slots(100);
    world.refresh();
    world.run(world.declare_default("alice"));
    world.refuse(world.settle_cover(0), LossPending);
    if world.fund().open_defaults > 0 {
        world.run(world.allocate_loss("alice"));
    }
    world.refuse(world.settle_cover(0), LossPending);
    world.join("erin", usdc(5_000), 0);
    world.run(world.take_over("erin", SOL, 2 * LOTS));
    world.warp_secs(2 * 3_600);
    world.run(world.settle_cover(0));
}

/// What the house of a silent market may still lose stays in the treasury, and its market is shown to be silent.
#[test]
fn a_waived_house_keeps_its_part_of_the_treasury() {
    let mut world = covered();
    world.run(world.novate("alice", "bob", SOL, 2 * LOTS, usd(200)));
    world.run(world.draw_cover(0, usdc(410)));
    world.set_price(SOL, usd(140));
    world.default_member("alice");
    world.run(world.fund_treasury("treasurer", usdc(900)));
    world.give("donor", usdc(200));
    world.run(world.fund_treasury("donor", usdc(200)));
    world.warp_secs(i64::from(SILENT_GRACE_SECS));
    world.refuse(world.settle_cover(0), LossPending);
    world.run(world.book_house(SOL));
    let (fund, sol) = (world.fund(), world.here.keys.market(SOL));
    assert!(fund.waived_at_risk > 0 && fund.waived_at_risk < fund.treasury);
    world.refuse(world.settle_cover(0).without(sol), LossPending);
    let settled = event!(world.run(world.settle_cover(0)), CoverSettled);
    let (from_treasury, rest) = (fund.treasury - fund.waived_at_risk, settled.from_contributions);
    assert_eq!((settled.from_treasury, from_treasury + rest), (from_treasury, usdc(360)));
    assert!(!world.fund().clears(), "it is covered as before");
}

/// A wind-down pays no cover, and a draw in it is owed nothing.
#[test]
fn in_a_wind_down_everything_owed_lapses() {
    let mut world = drawn();
    let fund = world.here.keys.fund;
    world.patch_state(fund, |fund: &mut Fund| fund.status = FundStatus::WindDown.into());
    let settled = event!(world.run(world.settle_cover(0)), CoverSettled);
    assert_eq!((settled.from_treasury, settled.from_contributions, settled.lapsed), (0, 0, usdc(360)));
    assert_eq!((world.fund().cover_owed, world.cover(0).owed, world.fund().committed), (0, 0, usdc(1_000)));
    assert_eq!(event!(world.run(world.draw_cover(0, usdc(100))), CoverDrawn).owed, 0);
    world.run(world.hold_cover(0, 3_600));
    assert_eq!(world.fund().exits.hold_until_ts, 0);
}

#[test]
fn the_destination_collects() {
    let mut world = drawn();
    assert_eq!(event!(world.run(world.collect_cover(0, "victims")), CoverCollected).amount, usdc(10));
    world.refuse(world.collect_cover(0, "victims"), NothingPayable);
    ripen(&mut world);
    world.run(world.settle_cover(0));
    let collected = event!(world.run(world.collect_cover(0, "victims")), CoverCollected);
    assert_eq!((collected.amount, collected.refunded), (usdc(360), 0));
    assert_eq!((world.purse("victims"), world.cover(0).payable), (usdc(370), 0));
    world.refuse(world.collect_cover(0, "giver"), WrongDestination);
    world.refuse(world.collect_cover(0, "issuer"), WrongDestination);
}

/// A destination that is frozen keeps nothing pledged, and its money waits for it.
#[test]
fn an_ended_cover_pays_its_beneficiary_back() {
    let mut world = drawn();
    ripen(&mut world);
    world.run(world.settle_cover(0));
    let victims = world.wallet_of("victims");
    world.patch(victims, |account| account.data[108] = 2);
    world.refuse(world.collect_cover(0, "victims"), TOKEN_FROZEN);
    world.warp_secs(world.cover(0).ends_ts + 14 * DAY - world.now());
    world.run(world.end_cover(0));
    assert_eq!(world.fund().committed, 0);
    let (prepaid, had) = (world.cover(0).prepaid, world.purse("issuer"));
    assert!(prepaid > 0);
    let collected = event!(world.run(world.collect_cover(0, "issuer")), CoverCollected);
    assert_eq!((collected.amount, collected.refunded), (0, prepaid));
    assert_eq!(world.purse("issuer"), had + prepaid);
    world.refuse(world.collect_cover(0, "issuer"), NothingPayable);
    world.refuse(world.collect_cover(0, "giver"), WrongDestination);
    world.refuse(world.collect_cover(0, "victims"), TOKEN_FROZEN);
    world.patch(victims, |account| account.data[108] = 1);
    world.run(world.collect_cover(0, "victims"));
    assert_eq!((world.purse("victims"), world.fund().cover_reserve), (usdc(370), 0));
}

/// 26 of 260: a tenth of what each has borne.
#[test]
fn what_comes_back_goes_to_those_who_bore_losses() {
    let mut world = drawn();
    ripen(&mut world);
    world.run(world.settle_cover(0));
    world.refuse(world.return_cover("giver", 0, 0), ZeroAmount);
    let returned = event!(world.run(world.return_cover("giver", 0, usdc(26))), CoverReturned);
    assert_eq!((returned.amount, returned.outstanding), (usdc(26), usdc(234)));
    let paid = event!(world.run(world.claim_recovery("carol")), RecoveryPaid).amount;
    // Carol has 900 of 4,100.
    assert!((paid as i64 - (usdc(26) * 900 / 4_100) as i64).abs() <= 1);
    assert_eq!(world.cover(0).drawn, usdc(360), "the limit is for all times");
}

/// Money comes back after the end too: what nobody has claimed in 90 days.
#[test]
fn an_ended_cover_takes_money_back() {
    let mut world = drawn();
    ripen(&mut world);
    world.run(world.settle_cover(0));
    world.warp_secs(world.cover(0).ends_ts + 14 * DAY - world.now());
    world.run(world.end_cover(0));
    world.run(world.return_cover("giver", 0, usdc(26)));
    assert_eq!(world.fund().losses_outstanding, usdc(234));
}

/// The sixteenth settlement of a period suspends a cover: draws of dust would keep exits shut.
#[test]
fn too_many_settlements_of_a_period_suspend() {
    let mut world = coverable();
    let terms = CoverTerms { first_loss_min: 1, ..world.cover_terms(usdc(1_000)) };
    world.cover_with(terms);
    for number in 1..=16 {
        world.run(world.draw_cover(0, 5));
        ripen(&mut world);
        let meta = world.run(world.settle_cover(0));
        let suspended = meta.events.len() == 2;
        assert_eq!(suspended, number == 16, "settlement {number}");
    }
    world.refuse(world.suspend_cover(0), CoverSuspended);
    // What it draws next holds exits out of the bucket, once: nobody leaves before it is paid.
    world.run(world.draw_cover(0, 5));
    assert_eq!(world.fund().exits.hold_until_ts, world.now() + 7 * DAY);
    world.warp_secs(7 * DAY);
    world.run(world.draw_cover(0, 5));
    assert!(!world.fund().blocks_exits(world.now()));
}

/// C10: with two exposures known, premium to earn, and both treasury and contributions to pay.
#[test]
fn a_draw_and_a_settlement_are_cheap() {
    let mut world = coverable();
    world.run(world.novate("alice", "bob", SOL, 3 * LOTS / 2, usd(200)));
    assert!(world.fund().exposures.iter().all(|known| known.stress_loss > 0));
    world.covered(usdc(1_000));
    world.warp_secs(DAY);
    world.refresh();
    let draw = world.run(world.draw_cover(0, usdc(410))).cu;
    ripen(&mut world);
    let settle = world.run(world.settle_cover(0)).cu;
    println!("draw_cover {draw} CU, settle_cover {settle} CU");
    assert!(draw <= 3_000, "draw_cover takes {draw} CU");
    assert!(settle <= 3_500, "settle_cover takes {settle} CU");
}

/// Premium, settlement, what is sent on and what comes back: the audit follows to the unit.
#[test]
fn events_tell_every_unit_that_a_cover_moves() {
    let mut world = drawn();
    world.assert_audited();
    ripen(&mut world);
    world.run(world.settle_cover(0));
    world.assert_audited();
    world.run(world.fund_cover("giver", 0, usdc(5) + 1, CoverPurse::Earned));
    world.assert_audited();
    world.warp_secs(DAY);
    assert!(event!(world.run(world.accrue_cover(0)), CoverAccrued).to_rewards > 0);
    world.assert_audited();
    world.run(world.collect_cover(0, "victims"));
    world.assert_audited();
    world.run(world.return_cover("giver", 0, usdc(300)));
    assert_eq!(world.fund().losses_outstanding, 0, "260 came back, and 40 are the treasury's");
    world.assert_audited();
}
