//! Price accounts of arbitrary bytes.

use {
    arbitrary::{Arbitrary, Unstructured},
    bulkhead::{
        constants::MAX_PRICE,
        oracle::{judge, parse, Print, RawPrice},
        state::{OracleConfig, OracleKind, Silence},
    },
};

/// The start of a `PriceUpdateV2`, and of a legacy price account: magic number, version, type.
const PULL_START: [u8; 8] = [0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd];
const PUSH_START: [u8; 16] = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 0, 0, 3, 0, 0, 0, 0xf0, 0x0c, 0, 0];
const PULL_LEN: usize = 134;
const PUSH_LEN: usize = 3_312;
const PULL_FEED: std::ops::Range<usize> = 41..73;
const VERIFICATION: usize = 40;
const FULL: u8 = 1;

/// Followed by the account's bytes.
#[derive(Arbitrary)]
struct Header {
    push: bool,
    /// Puts a valid start, the asked feed, full verification or the right length there, which chance would take long to find.
    start: bool,
    feed: bool,
    full: bool,
    length: bool,
    feed_byte: u8,
    max_age_secs: u32,
    max_ahead_secs: u32,
    max_confidence_bps: u16,
    price_decimals: u8,
    now: i64,
}

/// No bytes make it panic; a partial update never passes; what passes is of the asked feed, positive, of the market's
/// exponent, within its age and certain enough.
pub fn oracle(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let Ok(header) = Header::arbitrary(&mut bytes) else { return };
    let config = header.config();
    let account = header.account(&config, bytes.take_rest());
    let data = account.bytes();
    let Ok(raw) = parse(&config, data) else { return };
    if header.push {
        assert!(data.starts_with(&PUSH_START[..12]), "not a price account");
    } else {
        assert!(data.starts_with(&PULL_START), "not a price update");
        assert_eq!(data[VERIFICATION], FULL, "verified in part");
        assert_eq!(data[PULL_FEED], config.feed_id, "another feed");
        assert_eq!(raw, pull_fields(data), "shifted fields");
    }
    if let Ok(print) = judge(&raw, &config, header.price_decimals, header.now) {
        check(&header, &raw, &print);
    } else {
        assert!(!is_recent(&header, &raw), "a recent print was refused: {raw:?}");
    }
}

fn check(header: &Header, raw: &RawPrice, print: &Print) {
    assert!(is_recent(header, raw), "{raw:?} passed");
    assert_eq!(print.silence == Silence::None, is_sound(header, raw), "{raw:?} is {:?}", print.silence);
    let has_price = matches!(print.silence, Silence::None | Silence::Uncertain);
    let (price, confidence) = if has_price { (raw.price as u64, raw.confidence) } else { (0, 0) };
    let seen = Print { price, confidence, publish_ts: raw.publish_ts, silence: print.silence };
    assert_eq!(*print, seen, "not the account's price");
}

/// The rules once more, in integers wide enough for anything.
fn is_recent(header: &Header, raw: &RawPrice) -> bool {
    let age = i128::from(header.now) - i128::from(raw.publish_ts);
    (-i128::from(header.max_ahead_secs)..=i128::from(header.max_age_secs)).contains(&age)
}

/// Whether a print may become the mark.
fn is_sound(header: &Header, raw: &RawPrice) -> bool {
    let confidence = u128::from(raw.confidence) * 10_000;
    raw.price > 0
        && raw.price as u64 <= MAX_PRICE
        && raw.is_trading
        && i64::from(raw.exponent) == -i64::from(header.price_decimals)
        && confidence <= raw.price as u128 * u128::from(header.max_confidence_bps)
}

/// The fields of a fully verified `PriceUpdateV2`, read one after the other.
fn pull_fields(data: &[u8]) -> RawPrice {
    fn next<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
        let (field, behind) = rest.split_first_chunk().expect("the length was checked");
        *rest = behind;
        *field
    }
    let rest = &mut &data[PULL_FEED.end..];
    RawPrice {
        price: i64::from_le_bytes(next(rest)),
        confidence: u64::from_le_bytes(next(rest)),
        exponent: i32::from_le_bytes(next(rest)),
        publish_ts: i64::from_le_bytes(next(rest)),
        is_trading: true,
    }
}

/// Bytes on a boundary of eight, as the runtime lays accounts out.
struct Account {
    words: Vec<u64>,
    len: usize,
}

impl Account {
    fn bytes(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.words)[..self.len]
    }
}

impl Header {
    fn config(&self) -> OracleConfig {
        OracleConfig {
            feed_id: [self.feed_byte; 32],
            account: [0; 32],
            owners: [[0; 32]; 2],
            max_age_secs: self.max_age_secs,
            max_ahead_secs: self.max_ahead_secs,
            max_confidence_bps: self.max_confidence_bps,
            kind: if self.push { OracleKind::PythPush as u8 } else { OracleKind::PythPull as u8 },
            feed_decimals: self.price_decimals,
            _pad: [0; 4],
        }
    }

    fn account(&self, config: &OracleConfig, bytes: &[u8]) -> Account {
        let mut data = bytes.to_vec();
        if self.length {
            data.resize(if self.push { PUSH_LEN } else { PULL_LEN }, 0);
        }
        let mut put = |wanted: bool, at: usize, what: &[u8]| {
            if let Some(place) = data.get_mut(at..at + what.len()).filter(|_| wanted) {
                place.copy_from_slice(what);
            }
        };
        put(self.start, 0, if self.push { &PUSH_START } else { &PULL_START });
        put(self.full && !self.push, VERIFICATION, &[FULL]);
        put(self.feed && !self.push, PULL_FEED.start, &config.feed_id);
        let mut words = vec![0; data.len().div_ceil(8)];
        bytemuck::cast_slice_mut(&mut words)[..data.len()].copy_from_slice(&data);
        Account { words, len: data.len() }
    }
}
