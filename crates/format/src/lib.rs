//! Writes numbers and times the way people, and TOML files, write them.

use {
    chrono::{DateTime, NaiveDateTime},
    std::io::{self, Write},
};

/// Writes a result to standard output. A reader that has seen enough and is gone, such as `head`, is no
/// failure.
///
/// # Errors
/// Standard output cannot be written for another reason.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    unless_closed(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Takes a reader that is gone for one that has seen enough.
///
/// # Errors
/// The other failures of writing.
pub fn unless_closed(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

/// Writes a count as `1,234`.
pub fn thousands(number: u64) -> String {
    grouped(number, ',')
}

/// Writes a count as TOML does: `1_234`.
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

/// Writes base units of a six-decimal token as `1,234.56`, rounded towards zero.
pub fn money(amount: u64) -> String {
    format!("{}.{:02}", thousands(amount / 1_000_000), amount % 1_000_000 / 10_000)
}

/// Writes base units of a six-decimal token exactly: `1,234.567890`.
pub fn money_exact(amount: u64) -> String {
    format!("{}.{:06}", thousands(amount / 1_000_000), amount % 1_000_000)
}

/// Writes parts per million as a percentage with four decimals: `12.3456%`.
pub fn parts_per_million(ppm: u64) -> String {
    format!("{}.{:04}%", ppm / 10_000, ppm % 10_000)
}

/// Writes a fraction as a percentage with two decimals: `4.31%`.
pub fn percent(fraction: f64) -> String {
    format!("{:.2}%", fraction * 100.0)
}

/// Writes a probability without trailing zeros: `99.9%`.
pub fn probability(fraction: f64) -> String {
    let text = format!("{:.4}", fraction * 100.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Writes basis points as a percentage without trailing zeros: `5.3%`.
pub fn bps(bps: u64) -> String {
    probability(bps as f64 / 10_000.0)
}

/// Writes a multiplier in basis points as `1.25`.
pub fn times(multiplier_bps: u16) -> String {
    format!("{:.2}", f64::from(multiplier_bps) / 10_000.0)
}

/// Writes seconds in the largest unit that divides them: `4 h`, `15 min`.
pub fn duration(secs: i64) -> String {
    for (unit, name) in [(86_400, "d"), (3_600, "h"), (60, "min")] {
        if secs >= unit && secs % unit == 0 {
            return format!("{} {name}", secs / unit);
        }
    }
    format!("{secs} s")
}

/// Writes a unix time in milliseconds as `2025-10-10 21:17:30`.
pub fn utc(unix_ms: i64) -> String {
    DateTime::from_timestamp_millis(unix_ms)
        .map(|time| time.format("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_else(|| format!("{unix_ms} ms"))
}

/// Writes a unix time in seconds as `2025-10-10 21:15`.
pub fn minute(unix_secs: i64) -> String {
    moment(unix_secs, "%Y-%m-%d %H:%M")
}

/// Writes the day of a unix time in seconds as `2025-10-10`.
pub fn day(unix_secs: i64) -> String {
    moment(unix_secs, "%Y-%m-%d")
}

fn moment(unix_secs: i64, format: &str) -> String {
    DateTime::from_timestamp(unix_secs, 0)
        .map(|time| time.format(format).to_string())
        .unwrap_or_else(|| format!("{unix_secs} s"))
}

/// Reads `2025-10-10T21:15:00Z` as a unix time in seconds.
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
        assert_eq!((money(1_234_567_899), money_exact(1_000_001)), ("1,234.56".into(), "1.000001".into()));
    }

    #[test]
    fn a_reader_that_is_gone_is_no_failure() {
        let (reader, mut writer) = io::pipe().unwrap();
        drop(reader);
        let written = writer.write_all(b"text");
        assert_eq!(written.as_ref().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert!(unless_closed(written).is_ok());
        assert!(unless_closed(Err(io::ErrorKind::StorageFull.into())).is_err());
    }

    #[test]
    fn rates_keep_their_digits_and_no_more() {
        assert_eq!(
            (probability(0.999), probability(0.9995), probability(0.5)),
            ("99.9%".into(), "99.95%".into(), "50%".into())
        );
        assert_eq!(
            (bps(530), percent(0.04317), times(12_500)),
            ("5.3%".into(), "4.32%".into(), "1.25".into())
        );
        assert_eq!(parts_per_million(123_456), "12.3456%");
        assert_eq!(
            (duration(3_600), duration(900), duration(5_400), duration(7)),
            ("1 h".into(), "15 min".into(), "90 min".into(), "7 s".into())
        );
    }

    #[test]
    fn times_go_both_ways() {
        let secs = parse_utc("2025-10-10T21:15:30Z").unwrap();
        assert_eq!(utc(secs * 1_000), "2025-10-10 21:15:30");
        assert_eq!((minute(secs), day(secs)), ("2025-10-10 21:15".into(), "2025-10-10".into()));
        assert_eq!(parse_utc("2025-10-10 21:15"), None);
    }
}
