//! `fund_cover`, `accrue_cover`.

use {
    super::*,
    bulkhead_tests::{
        bulkhead::state::{CoverPurse, CoverTerms},
        event,
        params::DAY,
        BulkheadError::*,
    },
};

/// A hundredth of the year that premiums are measured by.
const HUNDREDTH: i64 = 315_576;

#[test]
fn each_purse_takes_money() {
    let mut world = covered();
    let before = world.fund();
    let meta = world.run(world.fund_cover("giver", 0, usdc(3), CoverPurse::Prepaid));
    let funded = event!(meta, CoverFunded);
    assert_eq!((funded.cover, funded.amount, funded.purse), (world.here.keys.cover(0), usdc(3), 0));
    assert_eq!(funded.to_rewards, 0, "it is not earned yet");
    world.run(world.fund_cover("giver", 0, usdc(4), CoverPurse::FirstLoss));
    let cover = world.cover(0);
    assert_eq!((cover.prepaid, cover.first_loss), (usdc(53), usdc(14)));
    assert_eq!(world.fund().cover_reserve, before.cover_reserve + usdc(7));
    // Earned at once: half is the contributors', as of every fee.
    let meta = world.run(world.fund_cover("giver", 0, usdc(5) + 1, CoverPurse::Earned));
    let funded = event!(meta, CoverFunded);
    assert_eq!((funded.purse, funded.to_rewards), (2, usdc(5) / 2));
    let fund = world.fund();
    assert_eq!(fund.treasury, before.treasury + usdc(5) / 2 + 1);
    assert_eq!(fund.rewards_streaming, before.rewards_streaming + usdc(5) / 2);
    // Forfeited: the contributors' alone.
    let meta = world.run(world.fund_cover("giver", 0, usdc(2), CoverPurse::Forfeited));
    let funded = event!(meta, CoverFunded);
    assert_eq!((funded.purse, funded.to_rewards), (3, usdc(2)));
    assert_eq!(world.fund().treasury, fund.treasury);
    assert_eq!(world.fund().rewards_streaming, fund.rewards_streaming + usdc(2));
    assert_eq!(world.purse("giver"), usdc(10_000 - 14) - 1);
}

#[test]
fn there_are_four_purses_and_no_empty_gift() {
    let mut world = covered();
    world.refuse(world.fund_cover("giver", 0, 0, CoverPurse::Prepaid), ZeroAmount);
    let mut call = world.fund_cover("giver", 0, 1, CoverPurse::Prepaid);
    *call.instructions[0].data.last_mut().unwrap() = 4;
    world.refuse(call, ParameterOutOfBounds);
}

/// 5% a year of 1,000: 0.50 in a hundredth of a year.
#[test]
fn premium_is_earned_by_the_second() {
    let mut world = covered();
    assert_eq!(world.cover(0).premium_ts, world.now(), "it has just opened");
    world.warp_secs(HUNDREDTH);
    let before = world.fund();
    let meta = world.run(world.accrue_cover(0));
    let accrued = event!(meta, CoverAccrued);
    assert_eq!((accrued.premium, accrued.prepaid, accrued.lapsed_ts), (500_000, usdc(50) - 500_000, 0));
    assert_eq!(accrued.to_rewards, 250_000);
    let (fund, cover) = (world.fund(), world.cover(0));
    assert_eq!((cover.prepaid, cover.premium_ts), (usdc(50) - 500_000, world.now()));
    assert_eq!(fund.treasury, before.treasury + 250_000);
    assert_eq!(fund.rewards_streaming, before.rewards_streaming + 250_000);
    // Once a second.
    let meta = world.run(world.accrue_cover(0));
    assert!(meta.events.is_empty());
    // Rounded up in favour of the fund: 1.58 a second.
    world.warp_secs(1);
    assert_eq!(event!(world.run(world.accrue_cover(0)), CoverAccrued).premium, 2);
}

/// No premium before it opens, and none after it ends.
#[test]
fn premium_is_for_the_time_of_the_cover() {
    let mut world = coverable();
    let terms = CoverTerms { ends_ts: world.now() + 10 * DAY, ..world.cover_terms(usdc(1_000)) };
    world.register_cover(terms);
    world.run(world.fund_cover("giver", 0, usdc(50), CoverPurse::Prepaid));
    let cover = world.cover(0);
    world.warp_secs(cover.opens_ts - world.now() - 1);
    assert!(world.run(world.accrue_cover(0)).events.is_empty());
    assert_eq!(world.cover(0).prepaid, usdc(50));
    world.warp_secs(20 * DAY);
    let secs = (cover.ends_ts - cover.opens_ts) as u64;
    let premium = event!(world.run(world.accrue_cover(0)), CoverAccrued).premium;
    assert_eq!(premium, (usdc(50) * secs).div_ceil(31_557_600));
    world.warp_secs(DAY);
    assert!(world.run(world.accrue_cover(0)).events.is_empty());
    assert_eq!(world.cover(0).lapsed_ts, 0, "it has ended, and not lapsed");
}

/// 0.50 last for a hundredth of a year, whenever somebody looks.
#[test]
fn a_cover_lapses_as_of_the_second_its_premium_was_used_up() {
    let mut world = coverable();
    let terms = world.cover_terms(usdc(1_000));
    world.register_cover(terms);
    world.run(world.fund_cover("giver", 0, 500_000, CoverPurse::Prepaid));
    let opens = world.cover(0).opens_ts;
    world.warp_secs(opens + HUNDREDTH - world.now());
    world.run(world.accrue_cover(0));
    assert_eq!((world.cover(0).prepaid, world.cover(0).lapsed_ts), (0, 0), "paid to the second");
    world.warp_secs(5 * DAY);
    let meta = world.run(world.accrue_cover(0));
    let accrued = event!(meta, CoverAccrued);
    assert_eq!((accrued.premium, accrued.lapsed_ts), (0, opens + HUNDREDTH));
    let cover = world.cover(0);
    assert_eq!((cover.lapsed_ts, cover.premium_ts), (opens + HUNDREDTH, opens + HUNDREDTH));
    // Money that comes later is not for the time since.
    world.run(world.fund_cover("giver", 0, usdc(1), CoverPurse::Prepaid));
    world.warp_secs(DAY);
    assert!(world.run(world.accrue_cover(0)).events.is_empty());
    assert_eq!((world.cover(0).prepaid, world.cover(0).lapsed_ts), (usdc(1), opens + HUNDREDTH));
}

/// One pays for what is really there: 3,900 of 4,200 have left, and what is pledged is 1,000.
#[test]
fn premium_is_for_what_the_fund_has() {
    let mut world = covered();
    for name in ["carol", "dave"] {
        world.run(world.request_withdrawal(name, world.member(name).shares.get()));
    }
    // Who has waited half of its window leaves whatever is pledged.
    world.warp_secs(DAY + DAY / 2);
    for _ in 0..2 {
        for name in ["carol", "dave"] {
            world.run(world.claim_withdrawal(name));
        }
        world.warp_slots(params::COVERED.exit_delay_slots.into());
    }
    world.run(world.accrue_cover(0));
    let fund = world.fund();
    let there = fund.treasury + fund.contributions;
    assert!(there < fund.committed && fund.total_shares.get() > 0);
    world.warp_secs(HUNDREDTH);
    let premium = event!(world.run(world.accrue_cover(0)), CoverAccrued).premium;
    // All of it but the unit that keeps the price of shares alive.
    assert_eq!(premium, (there - 1).div_ceil(2_000));
}
