//! Accounts written by Pyth's own SDK, read on the host.

use {
    crate::accounts::*,
    bulkhead::{
        error::BulkheadError::*,
        oracle::{self, RawPrice},
        state::{OracleConfig, Silence},
    },
    bulkhead_client::Address,
    pyth_sdk_solana::state::{PriceStatus, SolanaPriceAccount},
    pyth_solana_receiver_sdk::price_update::{PriceUpdateV2, VerificationLevel},
};

fn push() -> OracleConfig {
    push_config(Address::new_unique())
}

#[test]
fn what_the_sdk_writes_is_what_is_read() {
    assert_eq!(parsed(&pull_config(), &full(&PRICE)), Ok(PRICE));
    assert_eq!(parsed(&push(), &trading(&PRICE)), Ok(PRICE));
}

/// Both times of a pulled price are signed; a legacy account shows the last print only.
#[test]
fn a_pulled_price_says_when_the_one_before_was_published() {
    let before = |config: &OracleConfig, data: &[u8]| oracle::previous_publish_ts(config, data).ok();
    assert_eq!(before(&pull_config(), &full(&PRICE)), Some(Some(PUBLISHED - 1)));
    assert_eq!(before(&push(), &trading(&PRICE)), Some(None));
    assert_eq!(before(&pull_config(), &full(&PRICE)[..132]), None);
}

#[test]
fn good_prices_are_accepted_to_the_edge() {
    for (name, price) in edge_prices() {
        assert_eq!(
            read(&pull_config(), &full(&price), DECIMALS, PUBLISHED),
            Ok(taken(&price, Silence::None)),
            "pull, {name}"
        );
        assert_eq!(
            read(&push(), &trading(&price), DECIMALS, PUBLISHED),
            Ok(taken(&price, Silence::None)),
            "push, {name}"
        );
    }
}

#[test]
fn bad_prices_are_refused_or_silence_by_name() {
    for (name, price, bad) in bad_prices() {
        let expected = match bad {
            Bad::Refused(error) => Err(error),
            Bad::Silences(silence) => Ok(taken(&price, silence)),
        };
        assert_eq!(read(&pull_config(), &full(&price), DECIMALS, PUBLISHED), expected, "pull, {name}");
        assert_eq!(read(&push(), &trading(&price), DECIMALS, PUBLISHED), expected, "push, {name}");
    }
}

/// I4: a feed moves from eight decimals to five, and the market keeps its own eight. A price that would
/// have to be rounded is none; a confidence is rounded up in favour of whom it protects.
#[test]
fn i4_a_feed_of_other_decimals_is_converted_exactly_or_silences() {
    let coarse = RawPrice { price: 15_000_000, confidence: 22_500, exponent: -5, ..PRICE };
    let fine = RawPrice { price: 150_000_000_000, confidence: 225_000_001, exponent: -9, ..PRICE };
    for kind in [pull_config(), push()] {
        let of = |price: &RawPrice| {
            let config = OracleConfig { feed_decimals: price.exponent.unsigned_abs() as u8, ..kind };
            let pull = kind.kind == pull_config().kind;
            let data = if pull { full(price) } else { trading(price) };
            read(&config, &data, DECIMALS, PUBLISHED)
        };
        assert_eq!(of(&coarse), Ok(taken(&PRICE, Silence::None)));
        let rounded = RawPrice { confidence: PRICE.confidence + 1, ..PRICE };
        assert_eq!(of(&fine), Ok(taken(&rounded, Silence::None)));
        let between = RawPrice { price: fine.price + 1, ..fine };
        assert_eq!(of(&between), Ok(taken(&between, Silence::Exponent)));
        let huge = RawPrice { price: i64::MAX, exponent: 0, ..PRICE };
        assert_eq!(of(&huge), Ok(taken(&huge, Silence::Price)));
    }
}

/// A partial level has one byte more, which shifts every later field: reading on would misread all of them.
#[test]
fn a_partially_verified_update_is_refused_whatever_its_signatures() {
    for num_signatures in [0, 1, 2, 12, 13, 255] {
        let data = pull_account(VerificationLevel::Partial { num_signatures }, FEED, &PRICE);
        assert_eq!(parsed(&pull_config(), &data), Err(OracleNotVerified), "{num_signatures} signatures");
    }
    // A level the SDK does not know is not full either.
    let mut unknown = full(&PRICE);
    unknown[40] = 2;
    assert_eq!(parsed(&pull_config(), &unknown), Err(OracleNotVerified));
}

#[test]
fn another_feed_is_refused() {
    for bit in [0, 7, 100, 255] {
        let mut other = FEED;
        other[bit / 8] ^= 1 << (bit % 8);
        let data = pull_account(VerificationLevel::Full, other, &PRICE);
        assert_eq!(parsed(&pull_config(), &data), Err(OracleWrongFeed), "bit {bit}");
    }
}

#[test]
fn an_update_cut_short_or_of_another_type_is_malformed() {
    let data = full(&PRICE);
    let written = PriceUpdateV2::LEN - 1; // a full level is one byte shorter than the room for it
    assert_eq!(parsed(&pull_config(), &data[..written]), Ok(PRICE));
    for len in [0, 7, 8, 40, 41, 73, 101, written - 1] {
        assert_eq!(parsed(&pull_config(), &data[..len]), Err(OracleMalformed), "{len} bytes");
    }
    for byte in 0..8 {
        let mut other = data.clone();
        other[byte] ^= 1;
        assert_eq!(parsed(&pull_config(), &other), Err(OracleMalformed), "discriminator byte {byte}");
    }
}

#[test]
fn a_feed_that_is_not_trading_silences() {
    for status in [PriceStatus::Unknown, PriceStatus::Halted, PriceStatus::Auction, PriceStatus::Ignored] {
        let data = push_bytes(&push_account(status, &PRICE));
        let expected = RawPrice { is_trading: false, ..PRICE };
        assert_eq!(parsed(&push(), &data), Ok(expected), "{status:?}");
        let print = read(&push(), &data, DECIMALS, PUBLISHED);
        assert_eq!(print, Ok(taken(&expected, Silence::NotTrading)), "{status:?}");
    }
}

#[test]
fn a_legacy_account_cut_short_or_of_another_type_is_malformed() {
    let data = trading(&PRICE);
    assert_eq!(data.len(), 3_312);
    for len in [0, 4, 208, 240, 3_049, 3_311] {
        assert_eq!(parsed(&push(), &data[..len]), Err(OracleMalformed), "{len} bytes");
    }
    type Change = fn(&mut SolanaPriceAccount);
    let changes: [(&str, Change); 4] = [
        ("magic", |account| account.magic ^= 1),
        ("version", |account| account.ver = 1),
        ("a product account", |account| account.atype = 2),
        ("an empty account", |account| *account = SolanaPriceAccount::default()),
    ];
    for (name, change) in changes {
        let mut account = push_account(PriceStatus::Trading, &PRICE);
        change(&mut account);
        assert_eq!(parsed(&push(), &push_bytes(&account)), Err(OracleMalformed), "{name}");
    }
}

/// The kind is configuration: bytes of one kind are never taken for the other.
#[test]
fn one_kind_is_not_read_as_the_other() {
    assert_eq!(parsed(&push(), &full(&PRICE)), Err(OracleMalformed));
    assert_eq!(parsed(&pull_config(), &trading(&PRICE)), Err(OracleMalformed));
}
