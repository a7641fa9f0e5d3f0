//! Price accounts as Pyth's own crates write them, and the configuration they are read with.

use {
    anchor_lang_v1::AccountSerialize,
    bulkhead::{
        constants::MAX_PRICE,
        error::BulkheadError,
        oracle::{judge, parse, Print, RawPrice},
        state::{OracleConfig, OracleKind, Silence},
    },
    bulkhead_client::Address,
    pyth_sdk_solana::state::{
        AccountType, PriceInfo, PriceStatus, PriceType, SolanaPriceAccount, MAGIC, VERSION_2,
    },
    pyth_solana_receiver_sdk::price_update::{PriceFeedMessage, PriceUpdateV2, VerificationLevel},
};

/// The two Pyth receivers that exist side by side, and the program of the legacy push accounts.
pub const RECEIVERS: [Address; 2] = [
    Address::from_str_const("rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ"),
    Address::from_str_const("rec2HHDDnjLfj4kE7VyEtFA1HPGQLK33259532cRyHp"),
];
pub const PUSH_PROGRAM: Address = Address::from_str_const("FsJ3A3u2vn5cTVofAjvy6y5kwABJAqYWpe4975bi2epH");

/// SOL/USD of the pull oracle.
pub const FEED: [u8; 32] = [
    0xef, 0x0d, 0x8b, 0x6f, 0xda, 0x2c, 0xeb, 0xa4, 0x1d, 0xa1, 0x5d, 0x40, 0x95, 0xd1, 0xda, 0x39, 0x2a,
    0x0d, 0x2f, 0x8e, 0xd0, 0xc6, 0xc7, 0xbc, 0x0f, 0x4c, 0xfa, 0xc8, 0xc2, 0x80, 0xb5, 0x6d,
];

/// What a market of these tests accepts: a minute old, five seconds ahead, 1% of confidence, eight decimals.
pub const MAX_AGE: u32 = 60;
pub const MAX_AHEAD: u32 = 5;
pub const MAX_CONFIDENCE_BPS: u16 = 100;
pub const DECIMALS: u8 = 8;

/// When the prices of these tests are published.
pub const PUBLISHED: i64 = 1_790_000_000;

/// A price of 150 with a confidence of 15 bps.
pub const PRICE: RawPrice = RawPrice {
    price: 15_000_000_000,
    confidence: 22_500_000,
    exponent: -8,
    publish_ts: PUBLISHED,
    is_trading: true,
};

pub fn pull_config() -> OracleConfig {
    OracleConfig {
        feed_id: FEED,
        account: [0; 32],
        owners: RECEIVERS.map(|receiver| receiver.to_bytes()),
        max_age_secs: MAX_AGE,
        max_ahead_secs: MAX_AHEAD,
        max_confidence_bps: MAX_CONFIDENCE_BPS,
        kind: OracleKind::PythPull as u8,
        feed_decimals: DECIMALS,
        _pad: [0; 4],
    }
}

/// A push market is bound to one account.
pub fn push_config(account: Address) -> OracleConfig {
    OracleConfig {
        feed_id: [0; 32],
        account: account.to_bytes(),
        owners: [PUSH_PROGRAM.to_bytes(), [0; 32]],
        kind: OracleKind::PythPush as u8,
        ..pull_config()
    }
}

/// A `PriceUpdateV2` as a receiver writes it.
pub fn pull_account(level: VerificationLevel, feed_id: [u8; 32], price: &RawPrice) -> Vec<u8> {
    let update = PriceUpdateV2 {
        write_authority: Default::default(),
        verification_level: level,
        price_message: PriceFeedMessage {
            feed_id,
            price: price.price,
            conf: price.confidence,
            exponent: price.exponent,
            publish_time: price.publish_ts,
            prev_publish_time: price.publish_ts.saturating_sub(1),
            ema_price: price.price,
            ema_conf: price.confidence,
        },
        posted_slot: 1,
    };
    let mut data = Vec::with_capacity(PriceUpdateV2::LEN);
    update.try_serialize(&mut data).expect("the SDK writes its own account");
    data.resize(PriceUpdateV2::LEN, 0); // the receiver allocates room for the longer level
    data
}

pub fn full(price: &RawPrice) -> Vec<u8> {
    pull_account(VerificationLevel::Full, FEED, price)
}

/// A legacy price account. Halted, Auction and Ignored exist in the layout; no dump of them does.
pub fn push_account(status: PriceStatus, price: &RawPrice) -> SolanaPriceAccount {
    SolanaPriceAccount {
        magic: MAGIC,
        ver: VERSION_2,
        atype: AccountType::Price as u32,
        size: size_of::<SolanaPriceAccount>() as u32,
        ptype: PriceType::Price,
        expo: price.exponent,
        timestamp: price.publish_ts,
        // Of the last time it traded: what a reader that ignores the status would fall back to.
        prev_price: price.price,
        prev_conf: price.confidence,
        prev_timestamp: price.publish_ts,
        agg: PriceInfo { price: price.price, conf: price.confidence, status, ..PriceInfo::default() },
        ..SolanaPriceAccount::default()
    }
}

pub fn push_bytes(account: &SolanaPriceAccount) -> Vec<u8> {
    bytemuck::bytes_of(account).to_vec()
}

pub fn trading(price: &RawPrice) -> Vec<u8> {
    push_bytes(&push_account(PriceStatus::Trading, price))
}

/// Parses and judges on the host. The bytes are put where an account's are: on a boundary of eight.
pub fn read(config: &OracleConfig, data: &[u8], decimals: u8, now: i64) -> Result<Print, BulkheadError> {
    judge(&parsed(config, data)?, config, decimals, now).map_err(named)
}

pub fn parsed(config: &OracleConfig, data: &[u8]) -> Result<RawPrice, BulkheadError> {
    let mut words = vec![0u64; data.len().div_ceil(8)];
    bytemuck::cast_slice_mut::<u64, u8>(&mut words)[..data.len()].copy_from_slice(data);
    parse(config, &bytemuck::cast_slice(&words)[..data.len()]).map_err(named)
}

/// The program's own error; any other is a failure of the test.
pub fn named(error: impl Into<u64>) -> BulkheadError {
    let code = error.into();
    BulkheadError::from_code(code as u32).unwrap_or_else(|| panic!("not an error of the program: {code:#x}"))
}

/// What a crank makes of a bad price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// It is refused.
    Refused(BulkheadError),
    /// It silences the market.
    Silences(Silence),
}

/// What a market takes of a price: with this silence.
pub fn taken(price: &RawPrice, silence: Silence) -> Print {
    let has_price = matches!(silence, Silence::None | Silence::Uncertain);
    let (mantissa, confidence) =
        if has_price { (price.price.unsigned_abs(), price.confidence) } else { (0, 0) };
    Print { price: mantissa, confidence, publish_ts: price.publish_ts, silence }
}

/// The bad prices of both kinds: what is changed about a good one, and what becomes of it.
pub fn bad_prices() -> Vec<(&'static str, RawPrice, Bad)> {
    use {
        Bad::*,
        BulkheadError::*,
        Silence::{Exponent, Price, Uncertain},
    };
    // 1% of 150 is 1.5: one mantissa step more is too wide.
    let widest = 150_000_000;
    vec![
        ("negative", RawPrice { price: -15_000_000_000, ..PRICE }, Silences(Price)),
        ("the least price there is", RawPrice { price: i64::MIN, ..PRICE }, Silences(Price)),
        ("the largest price there is", RawPrice { price: i64::MAX, ..PRICE }, Silences(Price)),
        ("larger than a mark", RawPrice { price: MAX_PRICE as i64 + 1, ..PRICE }, Silences(Price)),
        ("zero", RawPrice { price: 0, ..PRICE }, Silences(Price)),
        ("zero with no confidence", RawPrice { price: 0, confidence: 0, ..PRICE }, Silences(Price)),
        ("a finer exponent", RawPrice { exponent: -9, ..PRICE }, Silences(Exponent)),
        ("a coarser exponent", RawPrice { exponent: -7, ..PRICE }, Silences(Exponent)),
        ("a positive exponent", RawPrice { exponent: 8, ..PRICE }, Silences(Exponent)),
        ("the least exponent there is", RawPrice { exponent: i32::MIN, ..PRICE }, Silences(Exponent)),
        ("wide confidence", RawPrice { confidence: widest + 1, ..PRICE }, Silences(Uncertain)),
        ("the widest confidence there is", RawPrice { confidence: u64::MAX, ..PRICE }, Silences(Uncertain)),
        (
            "stale",
            RawPrice { publish_ts: PUBLISHED - i64::from(MAX_AGE) - 1, ..PRICE },
            Refused(OracleTooOld),
        ),
        ("of 1970", RawPrice { publish_ts: 0, ..PRICE }, Refused(OracleTooOld)),
        (
            "future",
            RawPrice { publish_ts: PUBLISHED + i64::from(MAX_AHEAD) + 1, ..PRICE },
            Refused(OracleFromFuture),
        ),
        ("of the end of time", RawPrice { publish_ts: i64::MAX, ..PRICE }, Refused(OracleFromFuture)),
        ("of before time", RawPrice { publish_ts: i64::MIN, ..PRICE }, Refused(Overflow)),
    ]
}

/// Good prices at the very edge of what is accepted.
pub fn edge_prices() -> Vec<(&'static str, RawPrice)> {
    vec![
        ("plain", PRICE),
        ("as wide as allowed", RawPrice { confidence: 150_000_000, ..PRICE }),
        ("as old as allowed", RawPrice { publish_ts: PUBLISHED - i64::from(MAX_AGE), ..PRICE }),
        ("as far ahead as allowed", RawPrice { publish_ts: PUBLISHED + i64::from(MAX_AHEAD), ..PRICE }),
        ("one mantissa step, no confidence", RawPrice { price: 1, confidence: 0, ..PRICE }),
        ("the largest mark there is", RawPrice { price: MAX_PRICE as i64, confidence: 1, ..PRICE }),
    ]
}
