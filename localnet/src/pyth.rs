//! Prices as Pyth writes them: the bytes of a `PriceUpdateV2` account.

pub use bulkhead_keeper::prices::sponsored_account as account_of;
use {crate::scenario::Tick, bulkhead_client::Address};

const DISCRIMINATOR: [u8; 8] = [0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd];
const LEN: usize = 134;
const FULL: u8 = 1;

/// Confidence in quiet times, within the range of real feeds (0.5 to 35 bps, 5 to 10 for these
/// assets).
const QUIET_BPS: f64 = 6.0;
/// The part of a move that is added to the confidence: in a crash the venues part ways, and a fast
/// move widens the gap.
const PER_MOVE: f64 = 0.05;
/// Widest confidence: even in a crash the feed stays below the markets' limit.
const WIDEST_BPS: f64 = 150.0;

/// One update of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceUpdate {
    pub feed_id: [u8; 32],
    /// In a sponsored feed, the account's own address.
    pub write_authority: Address,
    pub price: i64,
    pub confidence: u64,
    pub exponent: i32,
    pub publish_ts: i64,
    /// Unix time of the update before.
    pub previous_publish_ts: i64,
    pub ema_price: i64,
    pub ema_confidence: u64,
    pub posted_slot: u64,
}

impl PriceUpdate {
    /// Encodes the account's bytes, fully verified.
    pub fn encode(&self) -> Vec<u8> {
        let mut data = Vec::with_capacity(LEN);
        data.extend(DISCRIMINATOR);
        data.extend(self.write_authority.to_bytes());
        data.push(FULL);
        data.extend(self.feed_id);
        data.extend(self.price.to_le_bytes());
        data.extend(self.confidence.to_le_bytes());
        data.extend(self.exponent.to_le_bytes());
        data.extend(self.publish_ts.to_le_bytes());
        data.extend(self.previous_publish_ts.to_le_bytes());
        data.extend(self.ema_price.to_le_bytes());
        data.extend(self.ema_confidence.to_le_bytes());
        data.extend(self.posted_slot.to_le_bytes());
        data.resize(LEN, 0); // room for a partial verification, unused
        data
    }
}

/// Converts a price in dollars to a mantissa with `decimals` decimals.
pub fn mantissa(usd: f64, decimals: u8) -> i64 {
    (usd * 10f64.powi(decimals.into())).round() as i64
}

/// The uncertainty of a feed after a move from `before` to `now`.
pub fn confidence_bps(before: f64, now: f64) -> f64 {
    let moved_bps = (now / before - 1.0).abs() * 10_000.0;
    (QUIET_BPS + PER_MOVE * moved_bps).min(WIDEST_BPS)
}

/// Price and confidence mantissas of every asset at a tick, given the prices of the tick before.
pub fn quotes(before: &[f64], tick: &Tick, decimals: &[u8]) -> Vec<(i64, u64)> {
    let all = tick.usd.iter().zip(before).zip(decimals);
    all.map(|((now, before), decimals)| {
        let confidence = now * confidence_bps(*before, *now) / 10_000.0;
        (mantissa(*now, *decimals), mantissa(confidence, *decimals).unsigned_abs())
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulkhead::oracle::{parse, RawPrice};
    use bulkhead_client::state::OracleConfig;
    use std::{fs, path::Path, str::FromStr};

    const SOL: &str = "ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d";

    fn bytes32(hex: &str) -> [u8; 32] {
        std::array::from_fn(|index| u8::from_str_radix(&hex[index * 2..index * 2 + 2], 16).unwrap())
    }

    fn update() -> PriceUpdate {
        PriceUpdate {
            feed_id: bytes32(SOL),
            write_authority: account_of(&bytes32(SOL)),
            price: 14_687_000_000,
            confidence: 9_000_000,
            exponent: -8,
            publish_ts: 1_760_131_050,
            previous_publish_ts: 1_760_131_049,
            ema_price: 15_000_000_000,
            ema_confidence: 8_000_000,
            posted_slot: 7,
        }
    }

    #[test]
    fn the_program_reads_what_is_written() {
        let config = OracleConfig { feed_id: bytes32(SOL), ..bytemuck::Zeroable::zeroed() };
        let update = update();
        let expected = RawPrice {
            price: update.price,
            confidence: update.confidence,
            exponent: update.exponent,
            publish_ts: update.publish_ts,
            is_trading: true,
        };
        assert_eq!(parse(&config, &update.encode()).ok(), Some(expected));
    }

    #[test]
    fn feed_accounts_are_where_pyth_has_them() {
        assert_eq!(account_of(&bytes32(SOL)).to_string(), "7UVimffxr9ow1uXYxsr4LHAcV58mLzhmwaeKvJ1pjLiE");
    }

    #[test]
    fn confidence_is_wider_in_a_crash_but_bounded() {
        assert!((0.5..35.0).contains(&confidence_bps(100.0, 100.1)));
        assert!(confidence_bps(100.0, 80.0) > 100.0);
        assert!(confidence_bps(100.0, 1.0) <= WIDEST_BPS);
    }

    /// Every fully verified account of the real dumps is written again, byte for byte, from its
    /// decoded fields.
    #[test]
    fn real_accounts_are_reproduced() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/oracle");
        let Ok(index) = fs::read_to_string(folder.join("index.json")) else {
            println!("skipped: all real accounts, for ../shared/data/oracle is not there");
            return;
        };
        let index: Vec<serde_json::Value> = serde_json::from_str(&index).unwrap();
        let full = index
            .iter()
            .filter(|entry| entry["type"] == "PriceUpdateV2" && entry["verification_level"] == "Full");
        let mut checked = 0;
        for entry in full {
            let data = fs::read(folder.join(entry["file"].as_str().unwrap())).unwrap();
            let number = |field: &str| entry[field].as_i64().unwrap_or_else(|| panic!("{field} of {entry}"));
            let update = PriceUpdate {
                feed_id: bytes32(entry["feed_id"].as_str().unwrap()),
                write_authority: Address::from_str(entry["write_authority"].as_str().unwrap()).unwrap(),
                price: number("price"),
                confidence: number("conf") as u64,
                exponent: number("exponent") as i32,
                publish_ts: number("publish_time"),
                previous_publish_ts: number("prev_publish_time"),
                ema_price: number("ema_price"),
                ema_confidence: number("ema_conf") as u64,
                posted_slot: number("posted_slot") as u64,
            };
            assert_eq!(update.encode()[..133], data[..133], "{}", entry["file"]);
            checked += 1;
        }
        assert!(checked > 10, "{checked}");
    }
}
