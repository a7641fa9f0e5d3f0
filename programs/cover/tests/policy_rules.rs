//! The rules of policies and of the prices of days, on plain structs.

use {
    anchor_lang::{Address, Error},
    bulkhead_cover::{
        constants::*,
        error::CoverError,
        fund::{CoverView, MarketView, SaleView, TermsView},
        rules::{
            policies::{self, Purchase, Seller},
            prices,
        },
        state::*,
    },
    bulkhead_math::{
        covers::Exposed,
        impermanent_loss::{loss, KEPT_DAYS},
        volatility::target_variance,
    },
    bytemuck::Zeroable,
};

/// A UTC day on which tests begin.
const TODAY: u32 = 20_700;
const NOON: i64 = TODAY as i64 * DAY_SECS + DAY_SECS / 2;
const HOUR: i64 = 3_600;
const TERM: u8 = 10;
const EXPIRES: u32 = TODAY + TERM as u32;
/// 80% a year.
const CALM: u16 = 8_000;

fn key(seed: u8) -> Address {
    Address::new_from_array([seed; 32])
}

fn terms() -> BookTerms {
    BookTerms {
        min_insured: 1_000,
        theta_bps: 12_000,
        max_age_secs: 3_600,
        cover_index: 0,
        market_index: 0,
        deductible_bps: 100,
        cap_bps: 1_000,
        coinsurance_bps: 1_000,
        least_volatility_bps: 4_000,
        min_term_days: 8,
        max_term_days: 12,
    }
}

fn fund() -> SaleView {
    SaleView {
        status: 0,
        contributions: 10_000_000,
        treasury: 1_000_000,
        unfunded: 0,
        open_defaults: 0,
        open_houses: 0,
        cover_limit_bps: 5_000,
        cover_min_notice_secs: 14 * DAY_SECS as u32,
        exposures: [Exposed::default(); 2],
        grace_until_ts: 0,
        watch_until_ts: 0,
        open_watches: 0,
        hold_until_ts: 0,
        committed: 100_000,
        cover_owed: 0,
    }
}

fn cover() -> CoverView {
    CoverView {
        drawer: key(6),
        destination: key(7),
        beneficiary: key(1),
        limit: 100_000,
        drawn: 0,
        owed: 0,
        payable: 0,
        first_loss: 0,
        opens_ts: NOON - 100 * DAY_SECS,
        ends_ts: NOON + 100 * DAY_SECS,
        lapsed_ts: 0,
        live_until_ts: 0,
        status: 0,
    }
}

fn cover_terms() -> TermsView {
    TermsView {
        kind: 2,
        coinsurance_bps: 0,
        first_loss_min: 0,
        per_draw: 100_000,
        period_limit: 100_000,
        period_drawn: 0,
        period_before: 0,
        period_ts: 0,
        premium_bps_per_year: 0,
    }
}

/// A market at this price, whose print is of this second.
fn market(price: u64, now: i64) -> MarketView {
    MarketView {
        price,
        publish_ts: now,
        crank_ts: now,
        silence: 0,
        final_ts: 0,
        expires_ts: 0,
        closing_ts: 0,
        dead_ts: 0,
        variance: target_variance(CALM),
        regime: 0,
        halted_until_ts: 0,
        mean: u128::from(price) << 32,
    }
}

struct Scene {
    book: Box<PolicyBook>,
    expiry: Expiry,
    policy: Policy,
    fund: SaleView,
    cover: CoverView,
    terms: TermsView,
    market: MarketView,
    now: i64,
}

impl Scene {
    fn new() -> Self {
        let mut book = Box::new(PolicyBook::zeroed());
        policies::create(&mut book, &terms()).unwrap();
        Self {
            expiry: opened(&book, EXPIRES),
            book,
            policy: Policy::zeroed(),
            fund: fund(),
            cover: cover(),
            terms: cover_terms(),
            market: market(1_000, NOON),
            now: NOON,
        }
    }

    fn purchase(&mut self, purchase: &Purchase) -> Result<u64, Error> {
        let Self { book, expiry, policy, fund, cover, terms, market, now } = self;
        let seller = Seller { fund, cover, terms, market };
        policies::buy(book, expiry, policy, purchase, &seller, *now)
    }

    fn buy(&mut self) -> Result<u64, Error> {
        self.purchase(&PURCHASE)
    }

    /// The policy is bought.
    fn bought() -> Self {
        let mut scene = Self::new();
        scene.buy().unwrap();
        scene.policy.owner = key(9);
        scene
    }

    /// Notes a price of the market that was cranked now. The one before was the mark until then, so that the
    /// mean of the market is that one's.
    fn note(&mut self, price: u64, at: i64) {
        self.now = at;
        let before = if self.book.price == 0 { price } else { self.book.price };
        let mean = u128::from(before) << 32;
        let cranked = MarketView { price, publish_ts: at, crank_ts: at, mean, ..self.market };
        prices::note(&mut self.book, &cranked, at).unwrap();
    }

    /// Notes a price once an hour, from the last note until this second.
    fn notes_until(&mut self, price: u64, until: i64) {
        let mut at = self.now;
        while at < until {
            at = until.min(at + HOUR);
            self.note(price, at);
        }
    }

    fn start(&mut self) -> Result<policies::Started, Error> {
        policies::start(&mut self.book, &mut self.expiry, &mut self.policy)
    }

    /// The policy is in force, and the day after its expiry is over at this price.
    fn due(entry: u64, exit: u64) -> Self {
        let mut scene = Self::bought();
        scene.note(entry, scene.now);
        scene.notes_until(entry, start_of(TODAY + 2));
        scene.start().unwrap();
        scene.notes_until(exit, start_of(EXPIRES + 2));
        scene
    }

    fn settle(&mut self) -> Result<u64, Error> {
        policies::settle(&mut self.book, &mut self.expiry)
    }

    /// Its day is drawn, and the cover has paid so much for it.
    fn open(entry: u64, exit: u64, paid: u64) -> Self {
        let mut scene = Self::due(entry, exit);
        let total = scene.settle().unwrap();
        let owes = CoverView { owed: total, ..scene.cover };
        policies::note_draw(&mut scene.expiry, &scene.cover, &owes).unwrap();
        scene.cover.drawn = paid;
        policies::open_payouts(&mut scene.book, &mut scene.expiry, &scene.cover, scene.now).unwrap();
        scene
    }

    fn claim(&mut self) -> Result<policies::Paid, Error> {
        policies::claim(&self.book, &mut self.expiry, &self.policy, &key(9), self.now)
    }

    /// The bytes of everything that a rule can change.
    fn bytes(&self) -> Vec<u8> {
        [bytemuck::bytes_of(&*self.book), bytemuck::bytes_of(&self.expiry), bytemuck::bytes_of(&self.policy)]
            .concat()
    }
}

fn opened(book: &PolicyBook, day: u32) -> Expiry {
    let mut expiry = Expiry::zeroed();
    policies::open_expiry(book, &mut expiry, day, NOON).unwrap();
    expiry
}

const PURCHASE: Purchase = Purchase { insured: 1_000_000, max_premium: 10_000, term_days: TERM };

/// The largest payout of it: 90% of a cap of 10%, a unit less because the cap is rounded down.
const MOST: u64 = 89_999;

#[track_caller]
fn refuses<T: std::fmt::Debug>(result: Result<T, Error>, expected: CoverError) {
    assert_eq!(result.unwrap_err(), Error::from(expected), "{expected:?}");
}

/// Runs a rule that must be refused by this error, and leave everything as it was.
#[track_caller]
fn refuses_unchanged<T: std::fmt::Debug>(
    scene: &mut Scene,
    expected: CoverError,
    rule: impl FnOnce(&mut Scene) -> Result<T, Error>,
) {
    let before = scene.bytes();
    refuses(rule(scene), expected);
    assert!(scene.bytes() == before, "{expected:?} has changed something");
}

// Books

#[test]
fn a_book_has_terms_in_bounds() {
    let create = |change: &dyn Fn(&mut BookTerms)| {
        let mut terms = terms();
        change(&mut terms);
        policies::create(&mut PolicyBook::zeroed(), &terms)
    };
    create(&|_| ()).unwrap();
    create(&|terms| (terms.deductible_bps, terms.cap_bps) = (0, 10_000)).unwrap();
    create(&|terms| (terms.min_term_days, terms.max_term_days) = (9, 9)).unwrap();
    let bad: [&dyn Fn(&mut BookTerms); 15] = [
        &|terms| terms.min_insured = 0,
        &|terms| terms.theta_bps = 9_999,
        &|terms| terms.theta_bps = 1_000_001,
        &|terms| terms.max_age_secs = 0,
        &|terms| terms.max_age_secs = 3_601,
        &|terms| terms.cap_bps = 0,
        &|terms| terms.cap_bps = 9_901, // with the deductible more than all
        &|terms| terms.deductible_bps = u16::MAX,
        &|terms| terms.coinsurance_bps = 999,
        &|terms| terms.coinsurance_bps = 10_000,
        &|terms| terms.least_volatility_bps = 0,
        &|terms| terms.min_term_days = 7,
        &|terms| terms.max_term_days = 13,
        &|terms| (terms.min_term_days, terms.max_term_days) = (10, 9),
        &|terms| (terms.min_term_days, terms.max_term_days) = (0, 0),
    ];
    for change in bad {
        refuses(create(change), CoverError::BookOutOfBounds);
    }
}

#[test]
fn a_day_is_opened_if_policies_of_today_expire_on_it() {
    let book = Scene::new().book;
    for day in TODAY + 8..=TODAY + 12 {
        assert_eq!(opened(&book, day).day, day);
    }
    for day in [0, TODAY, TODAY + 7, TODAY + 13, u32::MAX] {
        let open = policies::open_expiry(&book, &mut Expiry::zeroed(), day, NOON);
        refuses(open, CoverError::WrongExpiry);
    }
}

// Sales

/// C11: `S (1 - c) theta v / 8` of 1,000,000 at 80% over ten days, a tenth borne by the provider and a
/// loading of 1.2: `900,000 * 1.2 * 0.64 * 10 / 365.25 / 8 = 2,365.5`, rounded up.
#[test]
fn a_policy_pays_equation_16_and_pledges_its_largest_payout() {
    let mut scene = Scene::new();
    assert_eq!(scene.buy().unwrap(), 2_366);
    assert_eq!((scene.policy.premium, scene.policy.most, scene.policy.number), (2_366, MOST, 0));
    assert_eq!((scene.book.pledged, scene.expiry.pledged, scene.expiry.policies), (MOST, MOST, 1));
    assert_eq!((scene.book.next_policy, scene.policy.expiry_day), (1, EXPIRES));
    assert!(!scene.policy.is_started.get());
}

/// A calm hour makes no policy cheaper than the book's least volatility: a quarter of the premium at half
/// of it.
#[test]
fn a_premium_is_for_the_least_volatility_at_least() {
    let mut scene = Scene::new();
    scene.market.variance = 0;
    assert_eq!(scene.buy().unwrap(), 592);
}

/// What makes a sale one that is refused.
type Spoils<'a> = &'a dyn Fn(&mut Scene, &mut Purchase);

#[test]
fn each_reason_against_a_sale_has_its_error() {
    let day = i64::from(TODAY) * DAY_SECS;
    let cases: [(CoverError, Spoils); 35] = [
        (CoverError::InsuredTooSmall, &|_, purchase| purchase.insured = 999),
        (CoverError::TermOutOfBounds, &|_, purchase| purchase.term_days = 7),
        (CoverError::TermOutOfBounds, &|_, purchase| purchase.term_days = 13),
        (CoverError::TermOutOfBounds, &|scene, _| scene.book.max_term_days = 9),
        (CoverError::WrongExpiry, &|_, purchase| purchase.term_days = 9),
        (CoverError::WrongExpiry, &|scene, _| scene.now += DAY_SECS),
        // Ten days and two: priced within twelve.
        (CoverError::TermBeyondNotice, &|scene, _| {
            scene.fund.cover_min_notice_secs = 12 * DAY_SECS as u32 - 1;
        }),
        (CoverError::CoverUnfit, &|scene, _| scene.terms.kind = 0),
        (CoverError::CoverUnfit, &|scene, _| scene.terms.kind = 1),
        (CoverError::CoverUnfit, &|scene, _| scene.terms.coinsurance_bps = 1),
        (CoverError::CoverUnfit, &|scene, _| scene.terms.premium_bps_per_year = 1),
        (CoverError::CoverUnfit, &|scene, _| scene.terms.first_loss_min = 1),
        (CoverError::CoverClosed, &|scene, _| scene.cover.status = 1),
        (CoverError::CoverClosed, &|scene, _| scene.cover.status = 2),
        (CoverError::CoverClosed, &|scene, _| scene.cover.opens_ts = scene.now + 1),
        (CoverError::CoverClosed, &|scene, _| scene.cover.ends_ts = scene.now),
        (CoverError::CoverClosed, &|scene, _| scene.cover.lapsed_ts = scene.now),
        (CoverError::ExitsHeld, &|scene, _| scene.fund.status = 1),
        (CoverError::ExitsHeld, &|scene, _| scene.fund.status = 2),
        (CoverError::ExitsHeld, &|scene, _| scene.fund.unfunded = 1),
        (CoverError::ExitsHeld, &|scene, _| scene.fund.open_defaults = 1),
        (CoverError::ExitsHeld, &|scene, _| scene.fund.open_houses = 1),
        (CoverError::ExitsHeld, &|scene, _| scene.fund.grace_until_ts = scene.now + 1),
        (CoverError::ExitsHeld, &|scene, _| scene.fund.hold_until_ts = scene.now + 1),
        (CoverError::ExitsHeld, &|scene, _| scene.fund.cover_owed = 1),
        (CoverError::ExitsHeld, &|scene, _| {
            (scene.fund.open_watches, scene.fund.watch_until_ts) = (1, scene.now + 1);
        }),
        // A stress loss of 5,470,000 needs 10,940,000 of 11,000,000.
        (CoverError::HeadroomShort, &|scene, _| scene.fund.exposures[1].stress_loss = 5_470_000),
        (CoverError::RiskOff, &|scene, _| scene.market.regime = 2),
        (CoverError::RiskOff, &|scene, _| scene.market.halted_until_ts = scene.now + 1),
        (CoverError::StalePrice, &|scene, _| scene.market.silence = 4),
        (CoverError::StalePrice, &|scene, _| scene.market.publish_ts = scene.now - 3_601),
        (CoverError::MarketEnds, &|scene, _| scene.market.final_ts = scene.now),
        (CoverError::MarketEnds, &|scene, _| scene.market.closing_ts = day + 12 * DAY_SECS - 1),
        (CoverError::PremiumAtCap, &|scene, _| scene.market.variance = target_variance(60_000)),
        (CoverError::PremiumAboveLimit, &|_, purchase| purchase.max_premium = 2_365),
    ];
    for (expected, change) in cases {
        let mut scene = Scene::new();
        let mut purchase = PURCHASE;
        change(&mut scene, &mut purchase);
        refuses_unchanged(&mut scene, expected, |scene| scene.purchase(&purchase));
    }
}

/// Whatever is almost a reason against a sale is none.
#[test]
fn a_sale_is_made_at_the_edge_of_each_bound() {
    let mut scene = Scene::new();
    let day = i64::from(TODAY) * DAY_SECS;
    scene.fund.cover_min_notice_secs = 12 * DAY_SECS as u32;
    (scene.fund.grace_until_ts, scene.fund.hold_until_ts) = (NOON, NOON);
    (scene.fund.open_watches, scene.fund.watch_until_ts) = (0, NOON + 1);
    scene.fund.exposures[1].stress_loss = 5_450_000; // 10,900,000, and 100,000 are pledged
    scene.market.publish_ts = NOON - 3_600;
    scene.market.expires_ts = day + 12 * DAY_SECS;
    scene.cover.ends_ts = NOON + 1;
    scene.purchase(&Purchase { max_premium: 2_366, ..PURCHASE }).unwrap();
}

/// A policy of twelve days is priced 14 days after the day of its purchase, and a cover serves its drawer
/// 14 days after its end: a day has to be left for the draw.
#[test]
fn no_policy_is_sold_that_the_cover_does_not_live_to_pay() {
    let mut scene = Scene::new();
    let purchase = Purchase { term_days: 12, ..PURCHASE };
    scene.expiry = opened(&scene.book, TODAY + 12);
    scene.cover.ends_ts = start_of(TODAY + 1) - 1;
    refuses_unchanged(&mut scene, CoverError::CoverClosed, |scene| scene.purchase(&purchase));
    scene.cover.ends_ts += 1;
    scene.purchase(&purchase).unwrap();
}

/// Attack: half of a draw has lapsed, and what the period's limit has left is sold twice. Both cells count, until
/// they are over.
#[test]
fn what_has_lapsed_in_a_period_is_not_sold_again() {
    const WEEK: i64 = 7 * DAY_SECS;
    let cell = NOON - NOON % WEEK;
    for (period_ts, in_cells) in [(cell, [1, 0]), (cell, [0, 1]), (cell - WEEK, [1, 0])] {
        let mut scene = Scene::new();
        scene.terms.period_ts = period_ts;
        [scene.terms.period_drawn, scene.terms.period_before] = in_cells.map(|part| part * (100_001 - MOST));
        refuses_unchanged(&mut scene, CoverError::CapacityUsed, Scene::buy);
        [scene.terms.period_drawn, scene.terms.period_before] = in_cells.map(|part| part * (100_000 - MOST));
        scene.buy().unwrap();
    }
    let mut scene = Scene::new();
    (scene.terms.period_ts, scene.terms.period_drawn) = (cell - 2 * WEEK, 100_000);
    scene.buy().unwrap();
}

/// C11: capacity is what a draw of the cover can still be owed. It is pledged in full, to the unit.
#[test]
fn policies_pledge_no_more_than_the_cover_can_pay() {
    for limit in [
        &|scene: &mut Scene, most| scene.cover.limit = most,
        &|scene: &mut Scene, most| scene.terms.per_draw = most,
        &|scene: &mut Scene, most| scene.terms.period_limit = most,
        &|scene: &mut Scene, most| scene.cover.drawn = 100_000 - most,
        &|scene: &mut Scene, most| scene.cover.owed = 100_000 - most,
    ] as [&dyn Fn(&mut Scene, u64); 5]
    {
        let mut scene = Scene::new();
        limit(&mut scene, MOST - 1);
        refuses_unchanged(&mut scene, CoverError::CapacityUsed, Scene::buy);
        limit(&mut scene, MOST);
        scene.buy().unwrap();
        refuses_unchanged(&mut scene, CoverError::CapacityUsed, |scene| {
            scene.purchase(&Purchase { insured: 1_000, ..PURCHASE })
        });
    }
}

// Prices of days

/// A print counts until the next one, or for its age; what lies beyond midnight counts on the next day.
#[test]
fn a_print_counts_until_the_next_one_and_no_longer_than_its_age() {
    let mut scene = Scene::new();
    let midnight = start_of(TODAY + 1);
    scene.note(100, midnight - 1_800);
    scene.note(200, midnight + 600); // 1,800 s and 600 s of 100
    scene.note(300, midnight + 600 + 7_200); // an hour of 200, an hour of nothing
    let (first, second) = (scene.book.at(TODAY).unwrap(), scene.book.at(TODAY + 1).unwrap());
    assert_eq!((first.secs, first.price_seconds.get()), (1_800, 180_000));
    assert_eq!((second.secs, second.price_seconds.get()), (4_200, 60_000 + 720_000));
}

/// A note that comes late counts what the market's mean was until the crank of the present one, not until the note.
#[test]
fn a_note_knows_when_the_price_has_changed() {
    let mut scene = Scene::new();
    scene.note(100, NOON);
    let cranked = MarketView { mean: 100 << 32, ..market(200, NOON + 600) };
    prices::note(&mut scene.book, &cranked, NOON + 1_000).unwrap();
    let day = scene.book.at(TODAY).unwrap();
    assert_eq!((day.secs, day.price_seconds.get()), (1_000, 100 * 600 + 200 * 400));
    // Noting more often changes nothing.
    let mut often = Scene::new();
    often.note(100, NOON);
    for at in [NOON + 1, NOON + 300, NOON + 599] {
        prices::note(&mut often.book, &market(100, NOON), at).unwrap();
    }
    for at in [NOON + 600, NOON + 700, NOON + 1_000] {
        prices::note(&mut often.book, &cranked, at).unwrap();
    }
    assert_eq!(often.book.at(TODAY), scene.book.at(TODAY));
}

/// Attack: a print is cranked, noted and cranked away in one second. The mean of the market knows nothing of it.
#[test]
fn a_print_of_no_second_counts_for_nothing() {
    let mut scene = Scene::new();
    let of = |price: u64, at: i64| MarketView { mean: 100 << 32, ..market(price, at) };
    for (price, at) in [(100, NOON), (1_000, NOON + 600), (100, NOON + 1_200)] {
        prices::note(&mut scene.book, &of(price, at), at).unwrap();
    }
    let day = scene.book.at(TODAY).unwrap();
    assert_eq!((day.secs, day.price_seconds.get()), (1_200, 100 * 1_200));
}

/// The age of a print begins with its publication, and a print of the same second as the last counts.
#[test]
fn an_old_print_counts_for_what_is_left_of_its_age() {
    let mut scene = Scene::new();
    let old = MarketView { publish_ts: NOON - 3_000, ..market(100, NOON) };
    prices::note(&mut scene.book, &old, NOON).unwrap();
    prices::note(&mut scene.book, &old, NOON + 3_600).unwrap();
    assert_eq!(scene.book.at(TODAY).unwrap().secs, 600);
    let other = MarketView { price: 300, publish_ts: NOON, ..old };
    prices::note(&mut scene.book, &other, NOON + 3_600).unwrap();
    assert_eq!(scene.book.price, 300, "another print, cranked in the same second");
}

/// Attack: a day that is over is read before its last prices are counted, or after more of them.
#[test]
fn a_day_has_a_price_once_a_later_day_was_noted() {
    let mut scene = Scene::new();
    scene.note(1_000, start_of(TODAY + 1));
    scene.notes_until(1_000, start_of(TODAY + 2) - 1);
    assert_eq!(prices::price_after(&scene.book, TODAY), None);
    let early = scene.bytes();
    scene.note(5_000, start_of(TODAY + 2) + 60);
    let price = prices::price_after(&scene.book, TODAY).unwrap();
    assert_eq!(price.price, 1_000, "the price after midnight is none of that day's");
    assert_ne!(scene.bytes(), early);
    scene.notes_until(9_000, start_of(TODAY + 3));
    assert_eq!(prices::price_after(&scene.book, TODAY), Some(price));
}

/// A final mark is the price for ever after, as long as somebody notes it.
#[test]
fn a_final_mark_counts_without_an_end() {
    let mut scene = Scene::new();
    scene.note(1_000, NOON);
    let last = MarketView { final_ts: NOON, ..market(1_000, NOON) };
    for hour in 1..=48 {
        prices::note(&mut scene.book, &last, NOON + hour * HOUR).unwrap();
    }
    let day = scene.book.at(TODAY + 1).unwrap();
    assert_eq!((i64::from(day.secs), day.price_seconds.get()), (DAY_SECS, 1_000 * DAY_SECS as u128));
}

#[test]
fn a_market_without_a_price_covers_nothing() {
    let mut scene = Scene::new();
    for at in [NOON, NOON + HOUR] {
        prices::note(&mut scene.book, &market(0, 0), at).unwrap();
    }
    assert_eq!((scene.book.at(TODAY).unwrap().secs, scene.book.noted_ts), (0, NOON + HOUR));
}

#[test]
fn an_old_day_makes_room_for_a_new_one() {
    let mut scene = Scene::new();
    scene.note(100, NOON);
    scene.note(100, NOON + HOUR);
    let later = NOON + KEPT_DAYS as i64 * DAY_SECS;
    scene.note(200, later);
    scene.note(200, later + 60);
    assert_eq!(scene.book.at(TODAY), None);
    assert_eq!(scene.book.at(TODAY + KEPT_DAYS as u32).unwrap().secs, 60);
}

// Start

#[test]
fn a_policy_starts_at_the_mean_of_the_day_after() {
    let mut scene = Scene::bought();
    scene.note(500, NOON); // the day of the purchase is another price
    scene.notes_until(500, start_of(TODAY + 1) - 1);
    scene.note(1_000, start_of(TODAY + 1));
    scene.notes_until(1_000, start_of(TODAY + 1) + DAY_SECS / 2);
    scene.note(3_000, start_of(TODAY + 1) + DAY_SECS / 2);
    refuses_unchanged(&mut scene, CoverError::EntryNotKnown, Scene::start);
    scene.notes_until(3_000, start_of(TODAY + 2));
    let started = scene.start().unwrap();
    assert_eq!((started.entry_price, started.due), (2_000, 2_366));
    assert_eq!((scene.policy.insured, scene.policy.most), (1_000_000, MOST));
    let cohort = scene.expiry.cohort(TERM).unwrap();
    assert_eq!((cohort.insured, cohort.entry_price), (1_000_000, 2_000));
    refuses_unchanged(&mut scene, CoverError::AlreadyStarted, Scene::start);
}

/// Attack: policies after a jump of the volatility. The premium of before buys what it buys at the variance
/// of the day of entry, and the highest one of that day counts: nobody waits for a calm hour.
#[test]
fn a_jump_of_the_volatility_cuts_what_is_insured() {
    let mut scene = Scene::bought();
    scene.note(1_000, NOON);
    scene.notes_until(1_000, start_of(TODAY + 1) + HOUR);
    scene.market.variance = target_variance(2 * CALM);
    scene.note(1_000, scene.now);
    scene.market.variance = 0;
    scene.notes_until(1_000, start_of(TODAY + 2));
    let started = scene.start().unwrap();
    assert_eq!(started.due, 9_463, "four times 2,365.5");
    let insured = scene.policy.insured;
    assert_eq!(insured, 1_000_000 * 2_366 / 9_463);
    assert_eq!(scene.book.pledged, scene.policy.most);
    assert_eq!(scene.expiry.pledged, scene.policy.most);
    assert_eq!(scene.policy.most, insured * 9 / 100);
    // C11: what was paid is at least equation 16 of what is insured.
    let least = policies::premium(&scene.book, insured, target_variance(2 * CALM), TERM).unwrap().unwrap();
    assert!(least <= scene.policy.premium, "{least}");
}

/// At a volatility at which nothing would be sold, equation 16 caps what is due at the largest payout.
#[test]
fn a_premium_that_reaches_the_cap_insures_its_own_amount() {
    let mut scene = Scene::bought();
    scene.market.variance = u64::MAX >> 30;
    scene.note(1_000, NOON);
    scene.notes_until(1_000, start_of(TODAY + 2));
    assert_eq!(scene.start().unwrap().due, MOST + 1);
    assert!(scene.policy.most <= scene.policy.premium, "it pays what it has cost");
    assert!(scene.policy.most + 2 >= scene.policy.premium);
}

/// Attack: whoever alone notes prices is silent on the day of entry, and starts on a day that it likes. A day
/// that is covered by less than half has no price, and no other day takes its place.
#[test]
fn a_silent_day_of_entry_puts_nothing_in_force() {
    let mut scene = Scene::bought();
    scene.note(700, start_of(TODAY + 1));
    scene.notes_until(700, start_of(TODAY + 1) + 11 * HOUR); // and an hour of its age: half a day
    scene.note(1_000, start_of(TODAY + 2) + 1);
    scene.notes_until(1_000, start_of(TODAY + 3));
    assert_eq!(scene.start().unwrap().entry_price, 700);
    let mut scene = Scene::bought();
    scene.note(700, start_of(TODAY + 1));
    scene.notes_until(700, start_of(TODAY + 1) + 11 * HOUR - 1);
    scene.note(1_000, start_of(TODAY + 2) + 1);
    scene.notes_until(1_000, start_of(TODAY + 3));
    refuses_unchanged(&mut scene, CoverError::EntryNotKnown, Scene::start);
    scene.notes_until(4_000, start_of(EXPIRES + 2));
    assert_eq!(scene.settle().unwrap(), 0);
    assert_eq!(scene.book.pledged, 0);
}

/// Attack: the ring has forgotten the day of entry, and a late start writes another price for everybody's
/// policies of the day.
#[test]
fn a_day_that_is_forgotten_has_no_price() {
    let mut scene = Scene::due(1_000, 4_000);
    let late = Policy { is_started: false.into(), ..scene.policy };
    let cohorts = scene.expiry.cohorts;
    scene.notes_until(9_000, start_of(TODAY + 1 + KEPT_DAYS as u32) + HOUR);
    scene.policy = late;
    refuses_unchanged(&mut scene, CoverError::EntryNotKnown, Scene::start);
    assert_eq!(scene.expiry.cohorts, cohorts);
    scene.notes_until(9_000, start_of(EXPIRES + 1 + KEPT_DAYS as u32) + HOUR);
    assert_eq!(scene.settle().unwrap(), 0, "nor does the exit slide on");
    assert_eq!((scene.expiry.exit_price, scene.book.pledged), (0, 0));
}

#[test]
fn a_policy_does_not_start_after_its_day_was_settled() {
    let mut scene = Scene::bought();
    scene.note(1_000, NOON);
    scene.notes_until(1_000, start_of(EXPIRES + 2));
    assert_eq!(scene.settle().unwrap(), 0, "nobody has put it in force");
    refuses_unchanged(&mut scene, CoverError::ExpirySettled, Scene::start);
    assert_eq!(scene.book.pledged, 0);
}

// Settlement

/// Four times the price: a loss of a fifth, of which a tenth at most is paid, and a tenth of that is borne.
#[test]
fn a_day_is_settled_by_the_formula() {
    let mut scene = Scene::due(1_000, 4_000);
    assert_eq!(scene.settle().unwrap(), MOST);
    assert_eq!((scene.expiry.exit_price, scene.book.pledged), (4_000, 0));
    assert_eq!(scene.book.drawing_day, EXPIRES);
    refuses_unchanged(&mut scene, CoverError::ExpirySettled, Scene::settle);
    // 1,000 to 1,500: 2.02%, of which 1% is the deductible.
    let mut scene = Scene::due(1_000, 1_500);
    let expected = scene.book.terms(1_000_000).payout(loss(1_000, 1_500).unwrap()).unwrap();
    assert_eq!(scene.settle().unwrap(), expected);
    assert!((9_180..9_190).contains(&expected), "{expected}");
    assert_eq!(Scene::due(1_000, 1_200).settle().unwrap(), 0, "below the deductible");
    assert_eq!(Scene::due(1_000, 1_000).settle().unwrap(), 0);
}

/// Prices 1 and 2^63, both ways.
#[test]
fn extreme_prices_pay_the_cap_and_no_more() {
    for (entry, exit) in [(1, 1 << 63), (1 << 63, 1)] {
        let mut scene = Scene::due(entry, exit);
        assert_eq!(scene.settle().unwrap(), MOST);
    }
}

/// Attack: a spike on the day of exit. A minute of ten times the price moves the mean by 0.6%.
#[test]
fn a_spike_on_the_day_of_exit_pays_nothing() {
    let mut scene = Scene::due(1_000, 1_000);
    let mut spiked = Scene::bought();
    spiked.note(1_000, NOON);
    spiked.notes_until(1_000, start_of(TODAY + 2));
    spiked.start().unwrap();
    spiked.notes_until(1_000, start_of(EXPIRES + 1) + DAY_SECS / 2);
    spiked.note(10_000, spiked.now);
    spiked.note(1_000, spiked.now + 60);
    spiked.notes_until(1_000, start_of(EXPIRES + 2));
    assert_eq!(spiked.settle().unwrap(), scene.settle().unwrap());
    assert_eq!(spiked.expiry.exit_price, 1_006);
}

/// Attack: a spike on the day of entry buys nothing either.
#[test]
fn a_spike_on_the_day_of_entry_pays_nothing() {
    let mut scene = Scene::bought();
    scene.note(1_000, NOON);
    scene.notes_until(1_000, start_of(TODAY + 1) + HOUR);
    scene.note(10, scene.now);
    scene.note(1_000, scene.now + 60);
    scene.notes_until(1_000, start_of(TODAY + 2));
    assert_eq!(scene.start().unwrap().entry_price, 999);
    scene.notes_until(1_000, start_of(EXPIRES + 2));
    assert_eq!(scene.settle().unwrap(), 0);
}

/// Attack: a feed that is silent over the expiry, or somebody who alone notes prices and waits for one that it
/// likes. The day of exit has no price then, no later day takes its place, and nothing is paid.
#[test]
fn a_silent_day_of_exit_pays_nothing() {
    let mut scene = Scene::bought();
    scene.note(1_000, NOON);
    scene.notes_until(1_000, start_of(EXPIRES));
    scene.start().unwrap();
    let quiet = market(1_000, scene.now);
    scene.now = start_of(EXPIRES + 1) + HOUR;
    prices::note(&mut scene.book, &quiet, scene.now).unwrap();
    refuses_unchanged(&mut scene, CoverError::ExitNotKnown, Scene::settle);
    scene.note(4_000, start_of(EXPIRES + 1) + 12 * HOUR + 1);
    scene.notes_until(4_000, start_of(EXPIRES + 3));
    assert_eq!(scene.settle().unwrap(), 0);
    assert_eq!((scene.expiry.exit_price, scene.book.pledged, scene.expiry.pledged), (0, 0, MOST));
    policies::open_without_draw(&mut scene.book, &mut scene.expiry, scene.now);
    assert_eq!(policies::paid(&scene.book, &scene.expiry, &scene.policy).unwrap().paid, 0);
    policies::close(&scene.book, &mut scene.expiry, &scene.policy).unwrap();
}

/// Policies that expire on one day may have been bought on five. Each has its own price of entry, and one
/// settlement pays them all.
#[test]
fn one_settlement_pays_all_policies_of_a_day() {
    const BOUGHT: [(u8, u64); 5] = [(12, 1_000), (11, 2_000), (10, 3_000), (9, 500), (8, 1_000)];
    let mut scene = Scene::new();
    scene.expiry = opened(&scene.book, TODAY + 12);
    scene.note(1_000, NOON);
    let mut sold = Vec::new();
    let mut price = 1_000;
    for (term_days, entry) in BOUGHT {
        scene.market = market(price, scene.now);
        scene.purchase(&Purchase { insured: 100_000, max_premium: 10_000, term_days }).unwrap();
        sold.push(scene.policy);
        // The next day has this price.
        let midnight = start_of(day_of(scene.now) + 1);
        scene.notes_until(price, midnight);
        scene.note(entry, midnight);
        scene.notes_until(entry, midnight + DAY_SECS / 2);
        price = entry;
    }
    scene.notes_until(price, start_of(TODAY + 6));
    for (policy, (_, entry)) in sold.iter_mut().zip(BOUGHT) {
        let started = policies::start(&mut scene.book, &mut scene.expiry, policy).unwrap();
        assert_eq!(started.entry_price, entry);
    }
    scene.notes_until(2_000, start_of(TODAY + 14));
    let payout = |entry| scene.book.terms(100_000).payout(loss(entry, 2_000).unwrap()).unwrap();
    let expected: u64 = BOUGHT.iter().map(|(_, entry)| payout(*entry)).sum();
    assert_eq!((scene.expiry.policies, payout(2_000)), (5, 0));
    assert!(expected > 0);
    assert_eq!(scene.settle().unwrap(), expected);
}

#[test]
fn a_day_waits_for_the_draw_of_another() {
    let mut scene = Scene::due(1_000, 4_000);
    scene.book.drawing_day = EXPIRES - 1;
    refuses_unchanged(&mut scene, CoverError::DrawOpen, Scene::settle);
}

// Payouts

#[test]
fn payouts_open_once_the_cover_owes_nothing() {
    let mut scene = Scene::due(1_000, 4_000);
    let open = |scene: &mut Scene| {
        policies::open_payouts(&mut scene.book, &mut scene.expiry, &scene.cover, scene.now)
    };
    refuses_unchanged(&mut scene, CoverError::NotDrawn, open);
    let total = scene.settle().unwrap();
    scene.cover.drawn = 500; // of days before
    let owes = CoverView { owed: total, ..scene.cover };
    policies::note_draw(&mut scene.expiry, &scene.cover, &owes).unwrap();
    for owing in [owes, CoverView { payable: 1, ..scene.cover }] {
        let settled = scene.cover;
        scene.cover = owing;
        refuses_unchanged(&mut scene, CoverError::CoverOwes, open);
        scene.cover = settled;
    }
    refuses_unchanged(&mut scene, CoverError::PayoutsNotOpen, Scene::claim);
    scene.cover.drawn += 60_000;
    assert_eq!(open(&mut scene).unwrap(), 60_000);
    assert_eq!((scene.book.drawing_day, scene.expiry.expires_ts), (0, scene.now + CLAIM_SECS));
    refuses_unchanged(&mut scene, CoverError::NotDrawn, open);
}

/// One ratio holds for everyone: two thirds of what the formula says.
#[test]
fn a_policy_is_paid_its_part_of_what_the_draw_has_got() {
    let mut scene = Scene::open(1_000, 4_000, 60_000);
    let nobody = policies::claim(&scene.book, &mut scene.expiry.clone(), &scene.policy, &key(8), scene.now);
    refuses(nobody, CoverError::NotOwner);
    let due = scene.claim().unwrap();
    assert_eq!((due.payout, due.paid), (MOST, 60_000));
    assert_eq!((scene.expiry.paid, scene.expiry.policies), (60_000, 0));
}

#[test]
fn payouts_are_claimed_for_ninety_days() {
    let mut scene = Scene::open(1_000, 4_000, 60_000);
    let end = |scene: &mut Scene| policies::end_payouts(&mut scene.expiry, scene.now);
    scene.now = scene.expiry.expires_ts - 1;
    refuses_unchanged(&mut scene, CoverError::PayoutsRunning, end);
    let close = |scene: &mut Scene| policies::close(&scene.book, &mut scene.expiry, &scene.policy);
    refuses_unchanged(&mut scene, CoverError::PolicyLive, close);
    let closable = |scene: &mut Scene| policies::require_closable(&scene.expiry, scene.now);
    refuses_unchanged(&mut scene, CoverError::ExpiryNotOver, closable);
    scene.now += 1;
    refuses_unchanged(&mut scene, CoverError::PayoutsOver, Scene::claim);
    assert_eq!(end(&mut scene).unwrap(), 60_000, "the rest goes back");
    refuses_unchanged(&mut scene, CoverError::PayoutsOver, end);
    refuses_unchanged(&mut scene, CoverError::PayoutsOver, Scene::claim);
    refuses_unchanged(&mut scene, CoverError::ExpiryNotOver, closable);
    close(&mut scene).unwrap();
    closable(&mut scene).unwrap();
}

#[test]
fn payouts_end_early_once_no_policy_is_left() {
    let mut scene = Scene::open(1_000, 4_000, 60_000);
    scene.claim().unwrap();
    assert_eq!(policies::end_payouts(&mut scene.expiry, scene.now).unwrap(), 0);
    policies::require_closable(&scene.expiry, scene.now).unwrap();
}

#[test]
fn a_policy_that_is_paid_nothing_is_closed() {
    let mut scene = Scene::due(1_000, 1_000);
    let end = |scene: &mut Scene| policies::end_payouts(&mut scene.expiry, scene.now);
    refuses_unchanged(&mut scene, CoverError::PayoutsNotOpen, end);
    let close = |scene: &mut Scene| policies::close(&scene.book, &mut scene.expiry, &scene.policy);
    refuses_unchanged(&mut scene, CoverError::PolicyLive, close);
    assert_eq!(scene.settle().unwrap(), 0);
    policies::open_without_draw(&mut scene.book, &mut scene.expiry, scene.now);
    refuses_unchanged(&mut scene, CoverError::PaysNothing, Scene::claim);
    close(&mut scene).unwrap();
    assert_eq!(end(&mut scene).unwrap(), 0);
}

/// A day for which nobody has bought a policy is closed once none can be sold for it.
#[test]
fn a_day_without_policies_is_closed() {
    let mut scene = Scene::new();
    let closable = |scene: &mut Scene| policies::require_closable(&scene.expiry, scene.now);
    refuses_unchanged(&mut scene, CoverError::ExpiryNotOver, closable);
    scene.now = start_of(EXPIRES);
    closable(&mut scene).unwrap();
}

/// Many policies of one day are paid no more together than was drawn, whatever is rounded, and no more is
/// drawn than was pledged.
#[test]
fn roundings_favour_the_fund() {
    let mut scene = Scene::new();
    scene.note(1_000, NOON);
    let mut sold = Vec::new();
    for insured in [1_001, 1_003, 7_777, 123_457, 99_999] {
        scene.purchase(&Purchase { insured, ..PURCHASE }).unwrap();
        scene.policy.owner = key(9);
        sold.push(scene.policy);
    }
    scene.notes_until(1_000, start_of(TODAY + 2));
    for policy in &mut sold {
        policies::start(&mut scene.book, &mut scene.expiry, policy).unwrap();
    }
    scene.notes_until(4_000, start_of(EXPIRES + 2));
    let pledged: u64 = sold.iter().map(|policy| policy.most).sum();
    let total = scene.settle().unwrap();
    assert!(total <= pledged, "C11: {total} of {pledged}");
    let owes = CoverView { owed: total, ..scene.cover };
    policies::note_draw(&mut scene.expiry, &scene.cover, &owes).unwrap();
    scene.cover.drawn = total / 3;
    policies::open_payouts(&mut scene.book, &mut scene.expiry, &scene.cover, scene.now).unwrap();
    for policy in sold {
        scene.policy = policy;
        scene.claim().unwrap();
    }
    assert!(scene.expiry.paid <= scene.expiry.reserved && scene.expiry.paid + 5 > scene.expiry.reserved);
}

/// Paths of a price without drift, at 80% a year, noted each hour. The mean loss is the closed form
/// `1 - e^(-v / 8)` within four standard errors, where means of days take a third of a day off the term,
/// and what policies are paid is worth less than their premium without a loading.
#[test]
fn payouts_over_simulated_paths_are_worth_less_than_premiums() {
    const PATHS: u32 = 800;
    let mut state = 1_u64;
    let mut uniform = move || {
        // Splitmix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut normal = move || {
        let (radius, angle) = (1.0 - uniform(), uniform());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    };
    let step = 0.8 / (365.25_f64 * 24.0).sqrt();
    let (mut losses, mut payouts) = (Vec::new(), Vec::new());
    for _ in 0..PATHS {
        let mut scene = Scene::bought();
        let mut price = 1e12_f64;
        while scene.now < start_of(EXPIRES + 2) {
            price *= (step * normal() - step * step / 2.0).exp();
            scene.note(price as u64, scene.now + HOUR);
        }
        scene.start().unwrap();
        payouts.push(scene.settle().unwrap() as f64);
        let entry = scene.expiry.cohort(TERM).unwrap().entry_price;
        let exit = scene.expiry.exit_price;
        // Of the value at entry.
        let held = (entry + exit).max(2 * entry) as f64 / (2 * entry) as f64;
        losses.push(loss(entry, exit).unwrap() as f64 / (1_u64 << 32) as f64 * held);
    }
    let summary = |all: &[f64]| {
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        let variance = all.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (all.len() - 1) as f64;
        (mean, (variance / all.len() as f64).sqrt())
    };
    let (mean, error) = summary(&losses);
    let expected = 1.0 - (-0.64 * (10.0 - 1.0 / 3.0) / 365.25 / 8.0_f64).exp();
    assert!((mean - expected).abs() < 4.0 * error, "{mean} is not {expected}: {error}");
    let (paid, error) = summary(&payouts);
    let premium = 900_000.0 * 0.64 * 10.0 / 365.25 / 8.0;
    assert!(paid > 0.0 && paid + 4.0 * error < premium, "{paid} {error} {premium}");
}
