//! Policies on impermanent loss, from the day after their entry to their payout. Nobody but keepers notes
//! prices, starts policies, settles their days, and opens their payouts.

use {
    crate::rig::{Rig, Running},
    bulkhead_client::claims::state::{start_of, ExpiryState},
    bulkhead_keeper::policies::Shelf,
};

const HOUR_MS: i64 = 3_600_000;
/// A fall that ruins nobody, and costs a provider a ten-thousandth.
const FALL: i64 = 9_700;

/// The book with its days and policies.
fn shelf(rig: &Rig) -> Shelf {
    let policies = rig.world.chain.policies(&rig.world.keys.fund).unwrap();
    policies.books.into_values().next().expect("the fund has a book")
}

fn in_state(rig: &Rig, state: ExpiryState) -> usize {
    shelf(rig).days.values().filter(|day| day.state == state).count()
}

/// How often a keeper's transactions ended like this, by instruction.
fn count(keeper: &Running, action: &str, outcome: &str) -> f64 {
    keeper.metrics.get("actions_total", &format!("action=\"{action}\",outcome=\"{outcome}\""))
}

/// Two keepers serve the same policies: whichever is first does it, and the other one loses nothing but,
/// at worst, a fee.
#[test]
fn keepers_bring_policies_to_their_payout() {
    let rig = Rig::insured();
    let sold = shelf(&rig).policies.len();
    assert!(sold > 1 && shelf(&rig).days.len() == 2 && in_state(&rig, ExpiryState::Running) == 2);
    let keepers = [rig.keeper(&[0, 1]), rig.keeper(&[2])];
    let both = |action: &str, outcome: &str| -> f64 {
        keepers.iter().map(|keeper| count(keeper, action, outcome)).sum()
    };
    rig.until("every policy is in force", |rig| {
        shelf(rig).policies.values().all(|policy| policy.is_started.get())
    });
    rig.until("each is started once", |_| both("start_policy", "landed") == sold as f64);
    rig.until("both know", |_| keepers.iter().all(|keeper| keeper.metrics.get("policies", "") > 1.0));

    // The days of exit, by the hour. In each one the book is noted.
    let mut days: Vec<u32> = shelf(&rig).days.values().map(|day| day.day).collect();
    days.sort_unstable();
    rig.oracles.wait_until(start_of(days[0] + 1) * 1_000).unwrap();
    rig.move_prices(FALL);
    while rig.validator.time().unix_ts() <= start_of(days[1] + 2) {
        let now = rig.validator.time().unix_ts();
        rig.until("the price is noted", |rig| shelf(rig).book.noted_ts >= now);
        rig.oracles.wait_until(now * 1_000 + HOUR_MS).unwrap();
    }
    // Until then nothing else was tried: neither day was over, or the first draw was open.
    rig.until("the payouts of both days are open", |rig| {
        rig.pass(160); // draws are settled a minute later
        in_state(rig, ExpiryState::Open) == 2
    });
    for day in shelf(&rig).days.values() {
        assert!(day.total > 0 && day.reserved == day.total, "the formula is paid in full");
    }
    for action in ["settle_expiry", "settle_cover", "open_payouts"] {
        rig.until("once for each day", |_| both(action, "landed") == 2.0);
        assert!(both(action, "refused") + both(action, "lost") <= 8.0, "{action}: a race, and no more");
    }
    rig.until("nothing is left", |_| keepers.iter().all(|keeper| keeper.metrics.get("policies", "") == 0.0));
    for keeper in keepers {
        assert_eq!(keeper.metrics.get("given_up_total", ""), 0.0);
        keeper.stop();
    }
}

/// The switch is off: everything else goes on, and nothing is done for policies.
#[test]
fn a_keeper_can_leave_policies_to_others() {
    let rig = Rig::insured();
    let mut config = rig.config();
    config.policies.serve = false;
    config.policy.crank_after_slots = 5;
    let keeper = rig.start_as(config, &[0], false);
    rig.oracles.wait_until(rig.validator.time().unix_ms + HOUR_MS).unwrap();
    rig.until("it cranks", |_| count(&keeper, "crank_market", "landed") > 0.0);
    rig.pass(20);
    assert!(shelf(&rig).policies.values().all(|policy| !policy.is_started.get()));
    assert_eq!(count(&keeper, "note_price", "landed"), 0.0);
    keeper.stop();
}

/// A dry run says what it would do, and does nothing.
#[test]
fn a_dry_run_starts_no_policy() {
    let rig = Rig::insured();
    let keeper = rig.start(&[0], true);
    rig.until("it would start them all", |rig| {
        count(&keeper, "start_policy", "dry") >= shelf(rig).policies.len() as f64
    });
    assert!(shelf(&rig).policies.values().all(|policy| !policy.is_started.get()));
    keeper.stop();
}
