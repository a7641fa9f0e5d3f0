//! Policies on impermanent loss: the examples of the page, and its attacks. C11 is checked by
//! [`Scene::tries`] after every action.

use super::scene::{assert_near, fund_params, market_params, usd, Scene, SOL};
use crate::{BookTerms, CoverKind, CoverPurse, CoverTerms, ExpiryState, FundParams, Op, Reason, BOOK};

const DAY: i64 = 86_400;

/// A deductible of 1%, a cap and a coinsurance of 10%, a loading of 1.2; prints count for an hour.
const TERMS: BookTerms = BookTerms {
    cover: 0,
    market: SOL,
    min_insured: 10_000_000,
    theta_bps: 12_000,
    max_age_secs: 3_600,
    deductible_bps: 100,
    cap_bps: 1_000,
    coinsurance_bps: 1_000,
    least_volatility_bps: 8_000,
    min_term_days: 8,
    max_term_days: 12,
};

/// Contributions of 10,000, a price of 200, and a cover of 1,000 that the book draws on; it is noon.
fn scene() -> Scene {
    let params = FundParams {
        notice_secs: 14 * 86_400,
        exit_delay_slots: 150,
        outflow_cap_bps: 1_000,
        cover_budget_bps: 2_500,
        cover_min_notice_secs: 14 * 86_400,
        ..fund_params()
    };
    let mut scene = Scene::with(params, vec![market_params(2), market_params(4)]);
    scene.model = scene.model.with_book(TERMS);
    scene.member("ann", 0.0, 10_000.0);
    scene.model.give("lp", usd(1e6));
    scene.model.give("thief", 0);
    scene.settle_price(SOL, 200.0);
    let terms = CoverTerms {
        kind: CoverKind::Parametric,
        destination: BOOK.into(),
        beneficiary: "issuer".into(),
        limit: usd(1_000.0),
        first_loss_min: 0,
        per_draw: usd(1_000.0),
        period_limit: usd(1_000.0),
        covered_debt: 0,
        opens_ts: 1,
        ends_ts: scene.clock.ts as i64 + 400 * DAY,
        premium_bps_per_year: 0,
        coinsurance_bps: 0,
        market: 0,
        threshold_bps: 0,
    };
    let number = scene.model.governance_nonce as u64;
    scene.ok(Op::QueueCover { terms });
    for _ in 0..17 {
        scene.wait(DAY);
        scene.crank(SOL, 200.0);
    }
    scene.ok(Op::ApplyChange { number });
    let noon = 2 * DAY - scene.clock.ts as i64 % DAY - DAY / 2;
    scene.wait(noon);
    scene.crank(SOL, 200.0);
    scene.ok(Op::NotePrice);
    scene
}

impl Scene {
    fn today(&self) -> u32 {
        (self.clock.ts / i128::from(DAY)) as u32
    }

    /// Until this hour of a day the market is cranked and noted in every hour.
    fn notes_until(&mut self, day: u32, hour: i64, price: f64) {
        let until = i128::from(day) * i128::from(DAY) + i128::from(hour * 3_600);
        while self.clock.ts < until {
            let secs = (until - self.clock.ts).min(3_600) as i64;
            self.wait(secs);
            self.crank(SOL, price);
            self.ok(Op::NotePrice);
        }
    }

    fn buys(&self, dollars: f64, term_days: u8) -> Op {
        Op::BuyPolicy { owner: "lp".into(), insured: usd(dollars), term_days, max_premium: usd(1e6) }
    }

    /// A policy, and the day on which it expires.
    fn policy(&mut self, dollars: f64, term_days: u8) -> (u64, u32) {
        let day = self.today() + u32::from(term_days);
        if !self.book().expiries.contains_key(&day) {
            self.ok(Op::OpenExpiry { day });
        }
        let number = self.book().next_policy;
        self.ok(self.buys(dollars, term_days));
        (number, day)
    }

    fn book(&self) -> &crate::PolicyBook {
        self.model.book.as_ref().expect("a book")
    }

    /// A policy of ten days on 5,000 that is in force at 200.
    fn insured(&mut self) -> (u64, u32) {
        let (number, day) = self.policy(5_000.0, 10);
        self.notes_until(self.today() + 2, 0, 200.0);
        self.ok(Op::StartPolicy { number });
        (number, day)
    }
}

/// The example of the page: a premium of 11.83, and 45.9 when the price has risen by half.
#[test]
fn the_example_of_the_page() {
    let mut scene = scene();
    let before = scene.model.treasury + scene.model.rewards_streaming;
    let (number, day) = scene.insured();
    let premium = scene.book().policies[&number].premium;
    assert_near(premium as f64 / 1e6, 11.827_515);
    assert_eq!(scene.model.treasury + scene.model.rewards_streaming - before, premium);
    assert_near(scene.book().pledged() as f64 / 1e6, 450.0);
    scene.notes_until(day, 23, 200.0);
    scene.notes_until(day + 2, 0, 300.0);
    scene.ok(Op::SettleExpiry { day });
    assert!((scene.model.covers[0].owed - i128::from(usd(45.9))).abs() < 50_000);
    scene.refused(Op::OpenPayouts { day }, Reason::CoverOwes);
    scene.refused(scene.buys(100.0, 10), Reason::ExitsHeld);
    scene.wait(60);
    scene.ok(Op::SettleCover { cover: 0 });
    scene.ok(Op::OpenPayouts { day });
    scene.refused(Op::ClaimPolicy { by: "thief".into(), number }, Reason::NotOwner);
    scene.refused(Op::ClosePolicy { number }, Reason::PolicyLive);
    let had = scene.model.purses["lp"];
    scene.ok(Op::ClaimPolicy { by: "lp".into(), number });
    assert_eq!(scene.model.purses["lp"] - had, scene.book().expiries[&day].total);
    assert_eq!((scene.model.purses[BOOK], scene.book().pledged()), (0, 0));
    scene.ok(Op::EndPayouts { day });
    scene.ok(Op::CloseExpiry { day });
}

/// Payouts at four times the price and at a quarter of it are those of the page.
#[test]
fn the_loss_of_known_prices() {
    let all = BookTerms { deductible_bps: 0, cap_bps: 10_000, ..TERMS };
    assert_eq!(all.payout(1_000_000, 100, 400), 180_000 - 1);
    assert_eq!(all.payout(1_000_000, 400, 100), 112_500);
    assert_eq!(TERMS.payout(1_000_000, 100, 400), TERMS.most(1_000_000));
    assert_eq!((TERMS.payout(1_000_000, 0, 7), TERMS.payout(1_000_000, 7, 7)), (0, 0));
    assert_eq!(TERMS.payout(1_000_000, 1, 1 << 63), TERMS.most(1_000_000));
}

/// Whoever alone notes prices is silent on the day of exit until it likes the price: it is paid nothing.
#[test]
fn no_day_takes_the_place_of_one_without_a_price() {
    let mut scene = scene();
    let (number, day) = scene.insured();
    scene.notes_until(day + 1, 0, 200.0);
    let silent = 13 * 3_600 + 1; // an hour of the last print, and eleven of the next
    scene.wait(silent);
    scene.crank(SOL, 800.0);
    scene.ok(Op::NotePrice);
    scene.refused(Op::SettleExpiry { day }, Reason::ExitNotKnown);
    scene.notes_until(day + 3, 0, 800.0);
    scene.ok(Op::SettleExpiry { day });
    let expiry = scene.book().expiries[&day];
    assert_eq!((expiry.exit, expiry.total, expiry.state), (0, 0, ExpiryState::Open));
    scene.refused(Op::ClaimPolicy { by: "lp".into(), number }, Reason::PaysNothing);
    scene.ok(Op::ClosePolicy { number });
}

/// A day that the ring has forgotten has no price, whoever starts or settles late.
#[test]
fn a_day_that_is_forgotten_has_no_price() {
    let mut scene = scene();
    let (late, day) = scene.policy(1_000.0, 10);
    scene.insured();
    scene.notes_until(day + 2, 0, 800.0);
    for week in 1..=9 {
        scene.notes_until(day + 2 + 7 * week, 1, 800.0);
    }
    scene.refused(Op::StartPolicy { number: late }, Reason::EntryNotKnown);
    scene.ok(Op::SettleExpiry { day });
    assert_eq!(scene.book().expiries[&day].total, 0);
}

/// What has lapsed of a draw has used the limit of its period up, and is not sold again.
#[test]
fn what_has_lapsed_is_not_sold_again() {
    let mut scene = scene();
    let (_, day) = scene.insured();
    scene.policy(2_000.0, 12);
    scene.notes_until(day + 1, 0, 200.0);
    scene.notes_until(day + 2, 0, 1_000.0);
    scene.ok(Op::SettleExpiry { day });
    let owed = scene.model.covers[0].owed;
    scene.model.contributions = 100_000_000; // what defaults have left
    scene.wait(60);
    scene.tries(Op::SettleCover { cover: 0 }).expect("a settlement");
    let cover = &scene.model.covers[0];
    assert!(cover.drawn < owed / 2);
    let (drawn, before) = (cover.week.drawn, cover.week.before);
    assert_eq!(drawn + before, owed);
}

/// Policies pledge no more than the cover can pay.
#[test]
fn nothing_is_sold_beyond_the_limit() {
    let mut scene = scene();
    scene.policy(5_000.0, 10);
    scene.policy(5_000.0, 11);
    let day = scene.today() + 12;
    scene.ok(Op::OpenExpiry { day });
    scene.refused(scene.buys(1_112.0, 12), Reason::CapacityUsed);
    scene.refused(scene.buys(9.0, 12), Reason::InsuredTooSmall);
    scene.ok(scene.buys(1_111.0, 12));
    scene.refused(Op::DrawCover { cover: 0, amount: 1 }, Reason::NotDrawer);
    scene.refused(Op::OpenExpiry { day: day + 1 }, Reason::WrongExpiry);
    let (giver, purse) = ("lp".into(), CoverPurse::Earned);
    scene.ok(Op::FundCover { giver, cover: 0, amount: 1, purse });
}

/// The price of exit of a day that is noted at 200 in every hour. In so many hours somebody cranks another price,
/// notes it and cranks 200 again, all in one second: no second of the day has that price.
fn exit_beside_prints_of_no_second(hours: i64, price: f64) -> f64 {
    let mut scene = scene();
    let (_, day) = scene.insured();
    scene.notes_until(day + 1, 0, 200.0);
    for hour in 1..=23 {
        scene.notes_until(day + 1, hour, 200.0);
        if hour <= hours {
            scene.crank(SOL, price);
            scene.ok(Op::NotePrice);
            scene.crank(SOL, 200.0);
        }
    }
    scene.notes_until(day + 2, 0, 200.0);
    scene.ok(Op::SettleExpiry { day });
    scene.book().expiries[&day].exit as f64 / 1e8
}

/// A print that was in force for no second is not the price of an hour, because it was noted.
#[test]
fn a_print_of_no_second_is_not_the_price_of_an_hour() {
    assert_eq!(exit_beside_prints_of_no_second(3, 2_000.0), 200.0);
    assert_eq!(exit_beside_prints_of_no_second(23, 260.0), 200.0);
}
