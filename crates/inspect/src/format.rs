//! Numbers and times as people read them.

use chrono::{DateTime, NaiveDateTime};

/// Base units of a six-decimal token as `1,234.56`, rounded towards zero.
pub fn money(amount: u64) -> String {
    format!("{}.{:02}", thousands(amount / 1_000_000), amount % 1_000_000 / 10_000)
}

/// Base units, exact: `1,234.567890`.
pub fn money_exact(amount: u64) -> String {
    format!("{}.{:06}", thousands(amount / 1_000_000), amount % 1_000_000)
}

/// A count as `1,234`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let head = digits.len() % 3;
    let mut text = digits[..head].to_string();
    for chunk in digits.as_bytes()[head..].chunks(3) {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(std::str::from_utf8(chunk).unwrap_or_default());
    }
    text
}

/// Parts per million as a percentage: `12.3456%`.
pub fn percent(ppm: u64) -> String {
    format!("{}.{:04}%", ppm / 10_000, ppm % 10_000)
}

/// A unix time as `2025-10-10 21:17:30`.
pub fn utc(unix_ms: i64) -> String {
    DateTime::from_timestamp_millis(unix_ms)
        .map(|time| time.format("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_else(|| format!("{unix_ms} ms"))
}

/// The unix time of `2025-10-10T21:17:30Z`.
pub fn parse_utc(text: &str) -> Option<i64> {
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%SZ").ok()?;
    Some(time.and_utc().timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(thousands(number), text);
        }
        assert_eq!(money(1_234_567_899), "1,234.56");
        assert_eq!(money_exact(1_000_001), "1.000001");
        assert_eq!(percent(123_456), "12.3456%");
    }

    #[test]
    fn times_go_both_ways() {
        let time = parse_utc("2025-10-10T21:17:30Z").unwrap();
        assert_eq!(utc(time * 1_000), "2025-10-10 21:17:30");
        assert_eq!(parse_utc("2025-10-10 21:17"), None);
    }
}
