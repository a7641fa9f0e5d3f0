use {
    super::*,
    crate::plan::tests::{address, book, PRICE},
    bulkhead_client::{
        claims::{
            constants::{CLAIM_SECS, DAY_SECS, MIN_TERM_DAYS},
            state::{start_of, BookTerms, PriceDay},
        },
        state::Cover,
    },
    bulkhead_math::impermanent_loss::KEPT_DAYS,
    bytemuck::Zeroable,
};

/// A print counts for a quarter of an hour, and is noted twice in it.
const MAX_AGE: u32 = 900;
const LEAST: u32 = 30;
const BOOK: u8 = 40;
/// The day on which policies are bought.
const BOUGHT: u32 = 20_000;
const EXPIRES: u32 = BOUGHT + MIN_TERM_DAYS as u32;

/// A book of a cover without draws, with one policy that was sold today.
pub(crate) fn sold() -> Policies {
    let terms = BookTerms {
        min_insured: 1,
        theta_bps: 12_000,
        max_age_secs: MAX_AGE,
        cover_index: 0,
        market_index: 1,
        deductible_bps: 0,
        cap_bps: 1_000,
        coinsurance_bps: 1_000,
        least_volatility_bps: 4_000,
        min_term_days: 8,
        max_term_days: 12,
    };
    let mut book = PolicyBook::zeroed();
    rules::create(&mut book, &terms).unwrap();
    book.noted_ts = start_of(BOUGHT);
    let mut policies = Policies::default();
    policies.books.insert(address(BOOK), Shelf::new(book));
    sell(&mut policies, 0, EXPIRES);
    policies
}

fn shelf(policies: &mut Policies) -> &mut Shelf {
    policies.books.get_mut(&address(BOOK)).unwrap()
}

/// One more policy of the shortest term, which expires on this day.
fn sell(policies: &mut Policies, number: u8, expiry_day: u32) {
    let insured = 1_000_000;
    let shelf = shelf(policies);
    let most = shelf.book.terms(insured).most().unwrap();
    let policy = Policy {
        version: VERSION,
        term_days: MIN_TERM_DAYS,
        expiry_day,
        book: address(BOOK),
        number: number.into(),
        insured,
        premium: 100_000,
        most,
        ..Zeroable::zeroed()
    };
    shelf.policies.insert(address(100 + number), policy);
    let empty = Expiry { version: VERSION, day: expiry_day, book: address(BOOK), ..Zeroable::zeroed() };
    let day = shelf.days.entry(address((expiry_day - EXPIRES) as u8)).or_insert(empty);
    day.pledged += most;
    day.policies += 1;
    shelf.book.pledged += most;
}

/// A whole day at this price has been noted, and the next one has begun.
fn price(policies: &mut Policies, day: u32, price: u64) {
    let book = &mut shelf(policies).book;
    let price_seconds = (u128::from(price) * DAY_SECS as u128).into();
    book.days[day as usize % KEPT_DAYS] = PriceDay { day, secs: DAY_SECS as u32, variance: 0, price_seconds };
    book.noted_ts = start_of(day + 1);
}

/// The fund in the second of the last note, with the book's cover, which is owed so much.
fn fund(policies: &mut Policies, owed: u64) -> Book {
    let mut fund = book(PRICE, &[]);
    fund.now = shelf(policies).book.noted_ts;
    fund.covers.insert(0, Cover { owed, limit: 1_000_000, ..Zeroable::zeroed() });
    fund
}

/// The names of what is planned, in order.
fn names(policies: &mut Policies, owed: u64) -> Vec<&'static str> {
    let fund = fund(policies, owed);
    policies.plan(&fund, LEAST).iter().map(Action::name).collect()
}

/// The keeper's own start has landed.
fn start(policies: &mut Policies) {
    let shelf = shelf(policies);
    for policy in shelf.policies.values_mut() {
        let day = shelf.days.values_mut().find(|day| day.day == policy.expiry_day).unwrap();
        let _ = rules::start(&mut shelf.book, day, policy); // those whose day of entry is over
    }
}

#[test]
fn a_book_is_noted_in_half_of_the_age_of_a_print() {
    let mut policies = sold();
    let mut fund = fund(&mut policies, 0);
    let noted = fund.now;
    let due = |policies: &Policies, fund: &Book, least: u32| policies.plan(fund, least).len();
    fund.now = noted + 449;
    assert_eq!(due(&policies, &fund, LEAST), 0);
    assert_eq!(policies.late_secs(fund.now, LEAST), 0);
    fund.now = noted + 450;
    let planned = policies.plan(&fund, LEAST);
    let [Action::NotePrice { market: 1, keys }] = &planned[..] else { panic!("{planned:?}") };
    assert_eq!(keys.book, address(BOOK));
    assert_eq!(policies.late_secs(fund.now + 7, LEAST), 7);
    // A book with prints of a second costs no more than the operator allows.
    assert_eq!(due(&policies, &fund, 451), 0);
    fund.now = noted + 451;
    assert_eq!(due(&policies, &fund, 451), 1);
}

#[test]
fn a_book_that_owes_nobody_a_price_is_not_noted() {
    let mut policies = sold();
    assert_eq!(policies.running(), 1);
    let shelf = shelf(&mut policies);
    (shelf.book.pledged, shelf.policies) = (0, BTreeMap::new());
    shelf.days.values_mut().for_each(|day| day.policies = 0);
    let mut fund = fund(&mut policies, 0);
    fund.now += i64::from(MAX_AGE);
    assert_eq!(policies.plan(&fund, LEAST), []);
    assert_eq!((policies.late_secs(fund.now, LEAST), policies.running()), (0, 0));
}

/// Nothing is sent that the program refuses: `EntryNotKnown`, `ExitNotKnown`, `DrawOpen`, `CoverOwes`.
#[test]
fn a_policy_goes_its_way_without_a_refusal() {
    let mut policies = sold();
    assert!(names(&mut policies, 0).is_empty(), "the day of entry is not over");
    price(&mut policies, BOUGHT + 1, 100);
    assert_eq!(names(&mut policies, 0), ["start_policy"]);
    start(&mut policies);
    assert!(names(&mut policies, 0).is_empty(), "it is in force");

    price(&mut policies, EXPIRES, 100);
    assert!(names(&mut policies, 0).is_empty(), "the day of exit is not over");
    price(&mut policies, EXPIRES + 1, 400);
    assert_eq!(names(&mut policies, 0), ["settle_expiry"]);
    let shelf = shelf(&mut policies);
    let day = shelf.days.values_mut().next().unwrap();
    assert!(rules::settle(&mut shelf.book, day).unwrap() > 0);

    assert!(names(&mut policies, 1).is_empty(), "the cover owes");
    assert_eq!(names(&mut policies, 0), ["open_payouts"]);
}

/// Otherwise it would be paid nothing.
#[test]
fn a_day_is_settled_once_its_policies_are_in_force() {
    let mut policies = sold();
    sell(&mut policies, 1, EXPIRES);
    price(&mut policies, BOUGHT + 1, 100);
    price(&mut policies, EXPIRES + 1, 400);
    assert_eq!(names(&mut policies, 0), ["start_policy", "start_policy"], "each before its day");
    start(&mut policies);
    assert_eq!(names(&mut policies, 0), ["settle_expiry"]);
}

/// Nobody noted the day of entry, and no later day takes its place: the policy is never in force, and its day
/// is settled without it.
#[test]
fn a_policy_whose_day_of_entry_was_silent_is_not_started() {
    let mut policies = sold();
    price(&mut policies, EXPIRES, 300);
    assert!(names(&mut policies, 0).is_empty());
    price(&mut policies, EXPIRES + 1, 400);
    assert_eq!(names(&mut policies, 0), ["settle_expiry"]);
}

#[test]
fn one_draw_is_open_at_a_time() {
    let mut policies = sold();
    sell(&mut policies, 1, EXPIRES + 1);
    for day in [BOUGHT + 1, BOUGHT + 2, EXPIRES + 1, EXPIRES + 2] {
        price(&mut policies, day, if day < EXPIRES { 100 } else { 400 });
    }
    start(&mut policies);
    let first = names(&mut policies, 0);
    assert_eq!(first, ["settle_expiry"]);
    let shelf = shelf(&mut policies);
    let day = shelf.days.values_mut().next().unwrap();
    rules::settle(&mut shelf.book, day).unwrap();
    assert!(names(&mut policies, 7).is_empty(), "the second day waits until the first one is paid out");
}

#[test]
fn a_day_on_which_nobody_bought_is_left_alone_and_payouts_end() {
    let mut policies = sold();
    let shelf = shelf(&mut policies);
    (shelf.book.pledged, shelf.policies) = (0, BTreeMap::new());
    let day = shelf.days.values_mut().next().unwrap();
    day.policies = 0;
    price(&mut policies, EXPIRES + 1, 400);
    assert!(names(&mut policies, 0).is_empty());

    let opened = self::shelf(&mut policies);
    let expires_ts = opened.book.noted_ts + CLAIM_SECS;
    let day = opened.days.values_mut().next().unwrap();
    (day.state, day.policies, day.expires_ts) = (ExpiryState::Open.into(), 1, expires_ts);
    assert!(names(&mut policies, 0).is_empty(), "one has not claimed yet");
    let mut fund = fund(&mut policies, 0);
    fund.now = expires_ts;
    let planned = policies.plan(&fund, LEAST);
    assert!(matches!(planned[..], [Action::EndPayouts { day: EXPIRES, .. }]), "{planned:?}");
}

#[test]
fn a_read_from_before_an_own_note_is_no_reason_for_another() {
    let mut policies = sold();
    let (old, mut fund) = (policies.clone(), fund(&mut policies, 0));
    fund.now += 450;
    assert_eq!(policies.plan(&fund, LEAST).len(), 1);
    policies.noted(&address(BOOK), fund.now);
    assert_eq!(policies.plan(&fund, LEAST), [], "the book is not read yet");
    policies.replace(old);
    assert_eq!(policies.plan(&fund, LEAST), [], "it was read before");
    fund.now += 450;
    assert_eq!(policies.plan(&fund, LEAST).len(), 1, "and again in its time");
    policies.replace(Policies::default());
    assert!(policies.books.is_empty());
}

#[test]
fn accounts_come_in_and_are_forgotten() {
    fn bytes<T: bytemuck::Pod + Discriminator>(account: &T) -> Vec<u8> {
        [T::DISCRIMINATOR, bytemuck::bytes_of(account)].concat()
    }
    let mut sold = sold();
    let Shelf { mut book, days, policies, .. } = shelf(&mut sold).clone();
    book.fund = address(7);
    let ((day_at, day), (policy_at, policy)) =
        (days.first_key_value().unwrap(), policies.first_key_value().unwrap());
    let mut read = Policies::default();
    assert!(!read.take(&address(7), day_at, &bytes(day)), "of a book that is not known");
    assert!(!read.take(&address(8), &address(BOOK), &bytes(&book)), "of another fund");
    assert!(read.take(&address(7), &address(BOOK), &bytes(&book)));
    assert!(read.take(&address(7), day_at, &bytes(day)) && read.take(&address(7), policy_at, &bytes(policy)));
    assert_eq!(read.running(), 1);
    assert!(read.take(&address(7), &address(BOOK), &bytes(&book)), "anew");
    assert_eq!(read.running(), 1, "its days stay");
    let other = Expiry { version: VERSION + 1, ..*day };
    assert!(!read.take(&address(7), &address(9), &bytes(&other)), "in a layout of another release");
    assert!(read.forget(policy_at) && !read.forget(policy_at));
    assert!(read.books[&address(BOOK)].policies.is_empty());
}
