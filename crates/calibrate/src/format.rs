//! Numbers and times as people, and TOML files, write them.

use chrono::{DateTime, NaiveDateTime};

/// A count as `1,234`.
pub fn thousands(number: u64) -> String {
    grouped(number, ',')
}

/// A count as TOML writes it: `1_234`.
pub fn underscored(number: u64) -> String {
    grouped(number, '_')
}

fn grouped(number: u64, separator: char) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

/// A fraction as a percentage with two decimals: `4.31%`.
pub fn percent(fraction: f64) -> String {
    format!("{:.2}%", fraction * 100.0)
}

/// A probability as it is spoken of: `99.9%`, without trailing zeros.
pub fn probability(fraction: f64) -> String {
    let text = format!("{:.4}", fraction * 100.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Bps as a percentage: `5.3%`.
pub fn bps(bps: u64) -> String {
    probability(bps as f64 / 10_000.0)
}

/// A multiplier in bps as `1.25`.
pub fn times(multiplier_bps: u16) -> String {
    format!("{:.2}", f64::from(multiplier_bps) / 10_000.0)
}

/// Seconds in the largest unit that divides them: `4 h`, `15 min`.
pub fn duration(secs: i64) -> String {
    for (unit, name) in [(86_400, "d"), (3_600, "h"), (60, "min")] {
        if secs >= unit && secs % unit == 0 {
            return format!("{} {name}", secs / unit);
        }
    }
    format!("{secs} s")
}

/// A unix time as `2025-10-10 21:15`.
pub fn utc(ts: i64) -> String {
    moment(ts, "%Y-%m-%d %H:%M")
}

/// The day of a unix time, as `2025-10-10`.
pub fn day(ts: i64) -> String {
    moment(ts, "%Y-%m-%d")
}

fn moment(ts: i64, format: &str) -> String {
    DateTime::from_timestamp(ts, 0).map(|time| time.format(format).to_string()).unwrap_or_else(|| format!("{ts} s"))
}

/// The unix time of `2025-10-10T21:15:00Z`.
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
        assert_eq!(underscored(1_000_000), "1_000_000");
    }

    #[test]
    fn rates_keep_what_they_say_and_no_more() {
        assert_eq!(
            (probability(0.999), probability(0.9995), probability(0.5)),
            ("99.9%".into(), "99.95%".into(), "50%".into())
        );
        assert_eq!((bps(530), percent(0.04317), times(12_500)), ("5.3%".into(), "4.32%".into(), "1.25".into()));
        assert_eq!(
            (duration(3_600), duration(900), duration(5_400), duration(7)),
            ("1 h".into(), "15 min".into(), "90 min".into(), "7 s".into())
        );
    }

    #[test]
    fn times_go_both_ways() {
        let ts = parse_utc("2025-10-10T21:15:00Z").unwrap();
        assert_eq!((utc(ts), day(ts)), ("2025-10-10 21:15".into(), "2025-10-10".into()));
        assert_eq!(parse_utc("2025-10-10 21:15"), None);
    }
}
