//! Offers: what is posted, at which price a taking is filled, and how an offer ends.

use {
    crate::common::*,
    bulkhead_tests::{
        bulkhead::state::{Market, Offer, OfferTerms, OracleKind, Taking},
        calls::at_print,
        event, keypair,
        params::{DAY, FUND, PRICE_BAND_BPS},
        usd, usdc,
        world::Setup,
        Address,
        BulkheadError::*,
        MarketSpec, MintKind, Signer, World, BTC, SOL,
    },
    bytemuck::{bytes_of, Zeroable},
};

/// Raw quote of one dollar for one lot: the price's mantissa.
const DOLLAR: i128 = 100_000_000;

/// Members with margin, and nothing traded.
fn members() -> World {
    let mut world = World::new();
    contributors(&mut world, usdc(1_000));
    world
}

/// Alice offers to sell 1,000 lots (10 SOL) at the print.
fn offered() -> World {
    offered_on(|terms| terms)
}

/// The same on other terms.
fn offered_on(change: impl FnOnce(OfferTerms) -> OfferTerms) -> World {
    let mut world = members();
    world.run(world.post_offer("alice", SOL, 1, change(at_print(-1_000))));
    world
}

/// Dave takes all of it.
fn taken() -> World {
    let mut world = offered();
    world.run(world.take_offer("dave", "alice", 1, 1_000));
    world
}

fn position(world: &World, name: &str) -> (i64, i128) {
    let position = world.member(name).position(SOL);
    (position.lots, position.raw)
}

// Posting

#[test]
fn an_offer_says_what_its_maker_would_trade() {
    let mut world = members();
    let terms = OfferTerms {
        lots: -1_000,
        min_lots: 10,
        limit_price: usd(199),
        expires_ts: world.now() + DAY,
        taker: world.owner_of("dave").pubkey(),
        distance_bps: -25,
    };
    let meta = world.run(world.post_offer("alice", SOL, 7, terms));
    let offer: Offer = world.offer("alice", 7);
    assert_eq!((offer.fund, offer.market), (world.here.keys.fund, world.here.keys.market(SOL)));
    assert_eq!((offer.maker, offer.owner), (world.account_of("alice"), world.owner_of("alice").pubkey()));
    assert_eq!((offer.trader, offer.taker), (offer.owner, terms.taker));
    assert_eq!((offer.number, offer.lots, offer.min_lots), (7, -1_000, 10));
    assert_eq!((offer.limit_price, offer.expires_ts, offer.distance_bps), (usd(199), terms.expires_ts, -25));
    assert_eq!(offer.taking, Taking::zeroed());
    let posted = event!(meta, OfferPosted);
    assert_eq!((posted.offer, posted.maker), (world.offer_of("alice", 7), world.account_of("alice")));
    assert_eq!((posted.lots, posted.distance_bps, posted.market_index), (-1_000, -25, 0));
    assert_eq!(world.member("alice").locked, 0, "nothing is locked before somebody takes it");
}

#[test]
fn a_number_is_used_once_at_a_time() {
    let mut world = offered();
    world.refuse(world.post_offer("alice", SOL, 1, at_print(5)), ACCOUNT_IN_USE);
    world.run(world.cancel_offer("alice", "alice", 1));
    world.run(world.post_offer("alice", SOL, 1, at_print(5)));
    assert_eq!(world.offer("alice", 1).lots, 5);
}

#[test]
fn terms_are_within_bounds() {
    let mut world = members();
    let (terms, band) = (at_print(-1_000), PRICE_BAND_BPS as i16);
    let now = world.now();
    for (bad, error) in [
        (OfferTerms { lots: 0, ..terms }, ZeroAmount),
        (OfferTerms { min_lots: 1_001, ..terms }, LotsNotOffered),
        (OfferTerms { distance_bps: band + 1, ..terms }, PriceOutsideBand),
        (OfferTerms { distance_bps: -band - 1, ..terms }, PriceOutsideBand),
        (OfferTerms { distance_bps: i16::MIN, ..terms }, PriceOutsideBand),
        (OfferTerms { expires_ts: now, ..terms }, OfferExpired),
        (OfferTerms { expires_ts: i64::MIN, ..terms }, OfferExpired),
    ] {
        world.refuse(world.post_offer("alice", SOL, 1, bad), error);
    }
    let edge = OfferTerms { min_lots: 1_000, distance_bps: band, expires_ts: now + 1, ..terms };
    world.run(world.post_offer("alice", SOL, 1, edge));
    world.run(world.post_offer("alice", SOL, 2, OfferTerms { distance_bps: -band, ..at_print(i64::MIN) }));
}

/// A legacy account shows the last print only: the first one after a taking could be gone before anyone fills, and whoever
/// keeps the next one would choose.
#[test]
fn a_market_with_a_push_oracle_has_no_offers() {
    let mut spec = MarketSpec::sol();
    spec.params.oracle.kind = OracleKind::PythPush as u8;
    spec.params.oracle.account = spec.price_account.to_bytes();
    let mut world = World::without_fund(MintKind::Spl);
    world.run(world.create_fund(FUND));
    world.run(world.create_market(SOL, &spec));
    world.join("alice", usdc(1_000), usdc(100));
    world.refuse(world.post_offer("alice", SOL, 1, at_print(-1)), NoPreviousPrint);
}

#[test]
fn a_delegate_posts_what_gives_nothing_away() {
    let mut world = members();
    let (alice, agent) = (world.owner_of("alice").pubkey(), keypair("agent"));
    let post = |world: &World, distance_bps| {
        let terms = OfferTerms { distance_bps, ..at_print(-1_000) };
        world.post_offer("alice", SOL, 1, terms).signed_by(alice, agent.insecure_clone())
    };
    world.give_lamports(agent.pubkey(), 1_000_000_000);
    world.refuse(post(&world, 0), NotTrader);
    world.run(world.set_delegate_within("alice", agent.pubkey(), usdc(1_000)));
    world.refuse(post(&world, -1), DelegateBudgetExceeded);
    world.run(post(&world, 0));
    // Once it is the delegate no more, the offer is void, and the owner cancels it.
    world.run(world.set_delegate("alice", Address::default()));
    world.refuse(world.take_offer("dave", "alice", 1, 1_000), OfferVoid);
    let before = world.account(&agent.pubkey()).expect("the agent").lamports;
    let rent = world.account(&world.offer_of("alice", 1)).expect("the offer").lamports;
    world.run(world.cancel_offer("alice", "alice", 1));
    assert_eq!(world.account(&agent.pubkey()).expect("the agent").lamports, before + rent, "who has paid it");
}

// Filling

/// Taken at a mark of 200, and the first print after it is 201: the same trade as a novation at 201. 2 bps of 2,010 are
/// 0.402 from each side.
#[test]
fn a_taking_is_filled_at_the_first_print_after_it() {
    let mut world = taken();
    world.next_print(SOL, usd(201));
    let meta = world.run(world.fill_offer("alice", 1, "dave"));
    assert_eq!(position(&world, "alice"), (-1_000, 201_000 * DOLLAR));
    assert_eq!(position(&world, "dave"), (1_000, -201_000 * DOLLAR));
    for name in ["alice", "dave"] {
        assert_eq!((world.member(name).margin, world.member(name).locked), (usdc(1_000) - 402_000, 0));
    }
    let trade = event!(meta, Novated);
    assert_eq!((trade.buyer, trade.seller), (world.account_of("dave"), world.account_of("alice")));
    assert_eq!((trade.lots, trade.price, trade.fee, trade.market_index), (1_000, usd(201), 402_000, 0));
    let filled = event!(meta, OfferFilled);
    assert_eq!((filled.offer, filled.lots, filled.left), (world.offer_of("alice", 1), 1_000, 0));
    assert_eq!((filled.print, filled.publish_ts), (usd(201), world.now()));
    assert!(world.account(&world.offer_of("alice", 1)).is_none(), "nothing is left of it");
}

/// One rule for both: whatever a novation at the same price writes, a fill writes.
#[test]
fn a_fill_writes_what_a_novation_writes() {
    let after = |fill: bool| {
        let mut world = if fill { taken() } else { members() };
        world.next_print(SOL, usd(201));
        match fill {
            true => world.run(world.fill_offer("alice", 1, "dave")),
            false => world.run(world.novate("dave", "alice", SOL, 1_000, usd(201))),
        };
        // What was taken in this half minute is counted, filled or not.
        let market = Market { taken_cell: 0, taken_lots: 0, ..world.market(SOL) };
        (world.fund(), market, world.member("alice"), world.member("dave"))
    };
    let ((fund, market, alice, dave), (fund2, market2, alice2, dave2)) = (after(true), after(false));
    assert_eq!(bytes_of(&fund), bytes_of(&fund2));
    assert_eq!(bytes_of(&market), bytes_of(&market2));
    assert_eq!((bytes_of(&alice), bytes_of(&dave)), (bytes_of(&alice2), bytes_of(&dave2)));
}

/// The maker's price at prints of 200 and 202, when it sells and when it buys.
#[test]
fn the_price_is_a_distance_from_the_print_or_a_limit() {
    let cases = [
        // lots, distance, limit, price at 200, price at 202
        (-1_000, 25, 0, usd(200) + usd(1) / 2, 20_250_500_000),
        (-1_000, -25, 0, usd(200) - usd(1) / 2, 20_149_500_000),
        (-1_000, 0, usd(201), usd(201), usd(202)),
        (-1_000, -200, usd(201), usd(201), usd(201)),
        (1_000, 25, u64::MAX, usd(200) - usd(1) / 2, 20_149_500_000),
        (1_000, -25, u64::MAX, usd(200) + usd(1) / 2, 20_250_500_000),
        (1_000, 0, usd(201), usd(200), usd(201)),
    ];
    for (lots, distance_bps, limit_price, at_200, at_202) in cases {
        for (print, price) in [(usd(200), at_200), (usd(202), at_202)] {
            let mut world = members();
            let terms = OfferTerms { distance_bps, limit_price, ..at_print(lots) };
            world.run(world.post_offer("alice", SOL, 1, terms));
            world.run(world.take_offer("dave", "alice", 1, -lots));
            world.next_print(SOL, print);
            let meta = world.run(world.fill_offer("alice", 1, "dave"));
            let trade = event!(meta, Novated);
            assert_eq!(trade.price, price, "{terms:?} at {print}");
            let seller = if lots < 0 { "alice" } else { "dave" };
            assert_eq!(trade.seller, world.account_of(seller));
        }
    }
}

/// At 200 Dave pays no more than 200.50, and the print is 201.
#[test]
fn a_taker_has_a_limit() {
    let mut world = offered();
    let limit = usd(200) + usd(1) / 2;
    world.refuse(world.take_offer_within("dave", "alice", 1, 1_000, usd(200) - 1), PriceBeyondLimit);
    world.run(world.take_offer_within("dave", "alice", 1, 1_000, limit));
    world.next_print(SOL, usd(201));
    world.refuse(world.fill_offer("alice", 1, "dave"), PriceBeyondLimit);
    // It is the only print: a better one does not fill it.
    world.next_print(SOL, usd(200));
    world.refuse(world.fill_offer("alice", 1, "dave"), NotFirstPrint);
}

/// A limit of 205 is beyond the band of 2% around 200, and within it around 201.
#[test]
fn the_band_is_around_the_print() {
    let mut world = offered_on(|terms| OfferTerms { limit_price: usd(205), ..terms });
    world.refuse(world.take_offer("dave", "alice", 1, 1_000), PriceOutsideBand);
    world.print(SOL, usd(201));
    world.run(world.take_offer("dave", "alice", 1, 1_000));
    world.next_print(SOL, usd(200));
    world.refuse(world.fill_offer("alice", 1, "dave"), PriceOutsideBand);
}

/// 1,000 lots in three takings; the second and third get what is left.
#[test]
fn an_offer_is_taken_in_parts() {
    let mut world = offered_on(|terms| OfferTerms { min_lots: 300, ..terms });
    for lots in [299, 1_001, i64::MAX] {
        world.refuse(world.take_offer("dave", "alice", 1, lots), LotsNotOffered);
    }
    for (lots, left) in [(500, -500), (300, -200)] {
        world.run(world.take_offer("dave", "alice", 1, lots));
        world.next_print(SOL, usd(200));
        let meta = world.run(world.fill_offer("alice", 1, "dave"));
        assert_eq!((event!(meta, OfferFilled).left, world.offer("alice", 1).lots), (left, left));
    }
    world.refuse(world.take_offer("carol", "alice", 1, 199), LotsNotOffered);
    world.run(world.take_offer("carol", "alice", 1, 200)); // fewer than the least, and all there is
    world.next_print(SOL, usd(200));
    world.run(world.fill_offer("alice", 1, "carol"));
    assert_eq!((position(&world, "dave").0, position(&world, "carol").0), (800, 200));
    assert!(world.account(&world.offer_of("alice", 1)).is_none());
}

#[test]
fn a_taking_says_how_many_lots_and_which_side() {
    let mut world = offered();
    world.refuse(world.take_offer("dave", "alice", 1, 0), ZeroAmount);
    world.refuse(world.take_offer("dave", "alice", 1, -1_000), WrongSide);
    world.refuse(world.take_offer("dave", "alice", 1, i64::MIN), WrongSide);
    // An offer at the same address on the other side is not what the taker has meant.
    let call = world.take_offer("dave", "alice", 1, 1_000);
    world.run(world.cancel_offer("alice", "alice", 1));
    world.run(world.post_offer("alice", SOL, 1, at_print(1_000)));
    world.refuse(call, WrongSide);
}

#[test]
fn an_offer_can_be_for_one_wallet() {
    let mut world = members();
    let taker = world.owner_of("dave").pubkey();
    world.run(world.post_offer("alice", SOL, 1, OfferTerms { taker, ..at_print(-1_000) }));
    world.refuse(world.take_offer("carol", "alice", 1, 1_000), OfferForAnother);
    world.run(world.take_offer("dave", "alice", 1, 1_000));
}

#[test]
fn it_is_taken_by_one_at_a_time() {
    let mut world = taken();
    world.refuse(world.take_offer("carol", "alice", 1, 1), OfferTaken);
    world.refuse(world.cancel_offer("alice", "alice", 1), OfferTaken);
}

// Ends

#[test]
fn it_expires() {
    let mut world = members();
    let expires_ts = world.now() + 100;
    world.run(world.post_offer("alice", SOL, 1, OfferTerms { expires_ts, ..at_print(-1_000) }));
    world.refuse(world.cancel_offer("dave", "alice", 1), OfferNotExpired);
    world.warp_secs(99);
    world.print(SOL, usd(200));
    world.run(world.take_offer("dave", "alice", 1, 500)); // taken in time, filled after it
    world.next_print(SOL, usd(200));
    world.run(world.fill_offer("alice", 1, "dave"));
    world.refuse(world.take_offer("dave", "alice", 1, 500), OfferExpired);
    let before = world.account(&world.owner_of("alice").pubkey()).expect("Alice").lamports;
    let rent = world.account(&world.offer_of("alice", 1)).expect("the offer").lamports;
    let meta = world.run(world.cancel_offer("dave", "alice", 1));
    assert_eq!(event!(meta, OfferCancelled).maker, world.account_of("alice"));
    assert_eq!(world.account(&world.owner_of("alice").pubkey()).expect("Alice").lamports, before + rent);
}

#[test]
fn its_maker_cancels_it_at_any_time() {
    let mut world = offered();
    world.refuse(world.cancel_offer("dave", "alice", 1), OfferNotExpired);
    world.run(world.cancel_offer("alice", "alice", 1));
    assert!(world.account(&world.offer_of("alice", 1)).is_none());
}

/// Fund, market and member may be gone: the rent comes back.
#[test]
fn it_is_cancelled_whatever_has_become_of_its_member() {
    let mut world = World::new();
    world.open("alice");
    world.run(world.post_offer("alice", SOL, 1, at_print(-1_000)));
    world.run(world.close_member("alice"));
    world.refuse(world.cancel_offer("dave", "alice", 1), OfferNotExpired);
    world.run(world.cancel_offer("alice", "alice", 1));
}

/// The other markets of both sides are given, and may be silent.
#[test]
fn other_markets_are_given() {
    let mut world =
        World::with(Setup { markets: vec![MarketSpec::sol(), MarketSpec::btc()], ..Setup::default() });
    contributors(&mut world, usdc(1_000));
    world.run(world.novate("alice", "bob", BTC, 1, usd(60_000)));
    world.run(world.post_offer("alice", SOL, 1, at_print(-1_000)));
    let btc = world.here.keys.market(BTC);
    world.refuse(world.take_offer("dave", "alice", 1, 1_000).without(btc), WrongMarket);
    world.run(world.take_offer("dave", "alice", 1, 1_000));
    world.next_print(SOL, usd(200));
    world.refuse(world.fill_offer("alice", 1, "dave").without(btc), WrongMarket);
    world.run(world.fill_offer("alice", 1, "dave"));
}
