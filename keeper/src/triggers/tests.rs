use {
    super::*,
    bulkhead_book::Quote,
    bulkhead_client::{
        instruction::FundKeys,
        state::{Fund, FundParams, MarketRates},
    },
    proptest::prelude::*,
    std::collections::BTreeMap,
};

const MARKETS: usize = 3;

/// When every price was published; no market remembers another one in its range.
const NOW: i64 = 1_000;

fn address(number: u16) -> Address {
    let mut bytes = [0; 32];
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    Address::new_from_array(bytes)
}

/// Scales as of 8 decimals and lots of 0.01, 0.0001 and 1.
fn market(index: usize) -> Market {
    let rates =
        MarketRates { initial_bps: 1_000, maintenance_bps: 500, contribution_bps: 0, stress_bps: 3_000 };
    let mut market = Market { index: index as u16, confidence_multiple: 2, rates, ..Zeroable::zeroed() };
    market.scale = [10_000, 1_000_000, 100][index];
    market.mark.price = 100 * 100_000_000;
    (market.mark.slot, market.mark.publish_ts, market.oracle.max_age_secs) = (1, NOW, 60);
    market
}

fn empty() -> Book {
    let params = FundParams { max_mark_age_slots: 25, act_age_secs: 10, ..Zeroable::zeroed() };
    Book {
        keys: FundKeys::new(&address(1), address(1), address(2), 0),
        slot: 1,
        now: NOW,
        fund: Fund { market_count: MARKETS as u16, params, ..Zeroable::zeroed() },
        vault_amount: 0,
        markets: (0..MARKETS).map(market).collect(),
        members: BTreeMap::new(),
        records: BTreeMap::new(),
        epochs: BTreeMap::new(),
        takings: BTreeMap::new(),
        prints: BTreeMap::new(),
        covers: BTreeMap::new(),
        quotes: vec![Quote::default(); MARKETS],
    }
}

/// A member that traded `lots` at `entry_bps` of 100 in each market.
fn member(margin: u64, trades: &[(i64, u64)]) -> Member {
    let mut member = Member { margin, ..Zeroable::zeroed() };
    for (market, (lots, entry_bps)) in trades.iter().enumerate().filter(|(_, (lots, _))| *lots != 0) {
        let bought = Position::default().trade(*lots, entry_bps * 1_000_000).unwrap();
        member.slot_or_free(market as u16).unwrap().set(bought);
    }
    member
}

fn scan(book: &Book) -> BTreeSet<Address> {
    book.members.iter().filter(|(_, member)| is_due(book, member)).map(|(address, _)| *address).collect()
}

#[test]
fn one_position_has_one_exact_trigger() {
    // 1,000 lots of 0.01 bought at 100, margin 100: below maintenance under 900 / (10 * 0.95) =
    // 94.7368421...
    let mut book = empty();
    book.members.insert(address(7), member(100_000_000, &[(1_000, 10_000)]));
    let mut triggers = Triggers::new(&book);
    let trigger = (1u64..).map(|step| 9_473_684_300 - step * 10).find(|price| {
        book.markets[0].mark.price = *price;
        !scan(&book).is_empty()
    });
    let trigger = trigger.unwrap();
    for (price, due) in [(10_000_000_000, false), (trigger + 1_000, false), (trigger, true), (1, true)] {
        book.markets[0].mark.price = price;
        triggers.see(&book);
        let reached = !triggers.reached().is_empty();
        assert_eq!((reached, !triggers.hits(&book).is_empty()), (due, due), "{price}");
    }
}

#[test]
fn a_rate_that_ramps_moves_nobody_in_the_index() {
    let mut book = empty();
    book.members.insert(address(7), member(100_000_000, &[(-1_000, 10_000)]));
    let mut triggers = Triggers::new(&book);
    let placed = triggers.watches.clone();
    for maintenance in 500..1_000 {
        book.markets[0].rates.maintenance_bps = maintenance;
        assert!(triggers.hits(&book).is_empty());
    }
    book.markets[0].rates.maintenance_bps = 1_001;
    assert_eq!(triggers.hits(&book), scan(&book));
    assert_eq!(scan(&book).len(), 1);
    assert_eq!(triggers.watches, placed);
}

#[test]
fn a_premium_that_accrues_moves_nobody_in_the_index() {
    // 1,000 lots at 100 with a margin of 100, maintenance 50: a premium of 50 in all is too much.
    let mut book = empty();
    book.members.insert(address(7), member(100_000_000, &[(1_000, 10_000)]));
    let mut triggers = Triggers::new(&book);
    let placed = triggers.watches.clone();
    for (per_lot, due) in [(499_000_000u128, 0), (501_000_000, 1)] {
        book.markets[0].adjusted.premium_index = (per_lot << 64).into();
        assert_eq!(triggers.hits(&book), scan(&book));
        assert_eq!(scan(&book).len(), due);
    }
    assert_eq!(triggers.watches, placed);
}

#[test]
fn who_is_in_a_grace_period_is_always_looked_at() {
    let mut book = empty();
    let mut waiting = member(1, &[]);
    waiting.status = MemberStatus::Grace.into();
    book.members.insert(address(7), waiting);
    assert_eq!(Triggers::new(&book).hits(&book), scan(&book));
    assert_eq!(scan(&book).len(), 1);
}

/// An event between two looks at the index.
#[derive(Clone, Debug)]
enum Event {
    Price { market: usize, bps: u64 },
    Jump { market: usize, price: u64 },
    Doubt { market: usize, confidence: u64 },
    Rate { market: usize, maintenance_bps: u16 },
    Premium { market: usize, growth: u128 },
    Joins { number: u16, margin: u64, trades: Vec<(i64, u64)> },
    Leaves { number: u16 },
    Grace { number: u16 },
}

fn trades() -> impl Strategy<Value = Vec<(i64, u64)>> {
    let lots = prop_oneof![2 => Just(0i64), 3 => -5_000i64..5_000, 1 => -5_000_000i64..5_000_000];
    proptest::collection::vec((lots, 8_000u64..12_000), MARKETS)
}

fn event() -> impl Strategy<Value = Event> {
    let market = 0..MARKETS;
    prop_oneof![
        8 => (market.clone(), 9_500u64..10_500).prop_map(|(market, bps)| Event::Price { market, bps }),
        1 => (market.clone(), 0u64..1 << 50).prop_map(|(market, price)| Event::Jump { market, price }),
        1 => (market.clone(), 0u64..1 << 30)
            .prop_map(|(market, confidence)| Event::Doubt { market, confidence }),
        1 => (market, 0u16..12_000)
            .prop_map(|(market, maintenance_bps)| Event::Rate { market, maintenance_bps }),
        1 => (0..MARKETS, 0u128..1 << 94).prop_map(|(market, growth)| Event::Premium { market, growth }),
        3 => (0u16..40, 0u64..1 << 34, trades())
            .prop_map(|(number, margin, trades)| Event::Joins { number, margin, trades }),
        1 => (0u16..40).prop_map(|number| Event::Leaves { number }),
        1 => (0u16..40).prop_map(|number| Event::Grace { number }),
    ]
}

fn happen(book: &mut Book, triggers: &mut Triggers, event: &Event) {
    match event {
        Event::Price { market, bps } => {
            let price = &mut book.markets[*market].mark.price;
            *price = (u128::from(*price) * u128::from(*bps) / 10_000) as u64;
        }
        Event::Jump { market, price } => book.markets[*market].mark.price = *price,
        Event::Doubt { market, confidence } => book.markets[*market].mark.confidence = *confidence,
        Event::Rate { market, maintenance_bps } => {
            book.markets[*market].rates.maintenance_bps = *maintenance_bps
        }
        Event::Premium { market, growth } => {
            let index = &mut book.markets[*market].adjusted.premium_index;
            *index = (index.get() + growth).into();
        }
        Event::Joins { number, margin, trades } => {
            book.members.insert(address(*number), member(*margin, trades));
        }
        Event::Leaves { number } => {
            book.members.remove(&address(*number));
        }
        Event::Grace { number } => {
            if let Some(member) = book.members.get_mut(&address(*number)) {
                member.status = MemberStatus::Grace.into();
            }
        }
    }
    if let Event::Joins { number, .. } | Event::Leaves { number } | Event::Grace { number } = event {
        match book.members.get(&address(*number)) {
            Some(member) => triggers.place(book, &address(*number), member),
            None => triggers.remove(&address(*number)),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// The index finds the same members as a full scan, whatever happens.
    #[test]
    fn hits_are_those_of_a_full_scan(
        first in proptest::collection::vec((0u64..1 << 34, trades()), 0..30),
        events in proptest::collection::vec(event(), 1..60), is_tidy: bool,
    ) {
        let mut book = empty();
        for (number, (margin, trades)) in first.iter().enumerate() {
            book.members.insert(address(number as u16), member(*margin, trades));
        }
        let mut triggers = Triggers::new(&book);
        for event in &events {
            happen(&mut book, &mut triggers, event);
            prop_assert_eq!(triggers.hits(&book), scan(&book), "{:?}", event);
            if is_tidy {
                triggers.tidy(&book);
                prop_assert_eq!(triggers.hits(&book), scan(&book), "{:?}", event);
            }
        }
    }

    /// One position is reached exactly when it is below maintenance at the mark, but for rounding, and
    /// nobody that is due at the end of interval A is missed.
    #[test]
    fn one_position_is_reached_when_it_is_due(
        lots in prop_oneof![-5_000i64..-1, 1i64..5_000],
        margin in 0u64..1 << 32, price in 1u64..1 << 36, confidence in 0u64..1 << 28,
    ) {
        let mut book = empty();
        book.members.insert(address(7), member(margin, &[(lots, 10_000)]));
        let mut triggers = Triggers::new(&book);
        (book.markets[0].mark.price, book.markets[0].mark.confidence) = (price, confidence);
        triggers.see(&book);
        let slack = slack_at_marks(&book, &book.members[&address(7)]).unwrap();
        let (is_reached, is_near) = (!triggers.reached().is_empty(), slack.unsigned_abs() <= 40);
        prop_assert!(is_near || is_reached == (slack < 0));
        prop_assert!(is_near || is_reached || scan(&book).is_empty());
    }
}
