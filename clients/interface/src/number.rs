//! Numbers as the program counts them, and as people write them. Nothing here is a float.
//!
//! Money is in base units of the fund's mint, prices are mantissas with a market's decimals, and lots
//! are `10^-lot_decimals` of the asset. Indices and rewards are *Q64.64*: integers of
//! `2^-64`. The program stores its wide integers and booleans without alignment; in this crate they
//! are plain `u128`, `i128` and `bool`.

use std::fmt;

/// A text that is no decimal number with so many decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotANumber;

impl fmt::Display for NotANumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a decimal number, or more decimals than there are")
    }
}

impl std::error::Error for NotANumber {}

/// Reads a decimal number as an integer with `decimals` decimals, exactly: nothing is rounded away.
///
/// # Errors
/// [`NotANumber`].
///
/// ```
/// use bulkhead_interface::number::parse;
///
/// assert_eq!(parse("12.5", 6), Ok(12_500_000));
/// assert!(parse("1,5", 6).is_err() && parse("0.0000001", 6).is_err());
/// ```
pub fn parse(text: &str, decimals: u8) -> Result<u64, NotANumber> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let kept = fraction.trim_end_matches('0');
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) || kept.len() > usize::from(decimals) {
        return Err(NotANumber);
    }
    format!("{whole}{kept:0<width$}", width = usize::from(decimals)).parse().map_err(|_| NotANumber)
}

/// Writes an integer with `decimals` decimals as a decimal number.
///
/// ```
/// assert_eq!(bulkhead_interface::number::decimal(-1_500_000, 6), "-1.500000");
/// ```
pub fn decimal(value: i128, decimals: u8) -> String {
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = usize::from(decimals) + 1);
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(decimals));
    let (sign, point) = (if value < 0 { "-" } else { "" }, if fraction.is_empty() { "" } else { "." });
    format!("{sign}{whole}{point}{fraction}")
}

/// A number of `2^-64`, such as an index or rewards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Q64(pub u128);

impl Q64 {
    /// The whole units, rounded down: what can be paid out.
    ///
    /// ```
    /// use bulkhead_interface::number::Q64;
    ///
    /// assert_eq!(Q64(5 << 63).whole(), 2);
    /// ```
    pub const fn whole(self) -> u64 {
        (self.0 >> 64) as u64
    }

    /// What is left beside the whole units, in `2^-64`.
    pub const fn fraction(self) -> u64 {
        self.0 as u64
    }

    /// `units` times this number, rounded down; none if that does not fit. The growth of an index
    /// since a member was last touched, times its shares, is what they have earned.
    ///
    /// ```
    /// use bulkhead_interface::number::Q64;
    ///
    /// assert_eq!(Q64(3 << 63).of(1_001), Some(1_501));
    /// ```
    pub fn of(self, units: u128) -> Option<u128> {
        let (high, low) = (self.0 >> 64, u128::from(self.fraction()));
        let whole = units.checked_mul(high)?;
        // Both halves of `units` times a fraction below one.
        let upper = (units >> 64).checked_mul(low)?;
        let lower = (units & u128::from(u64::MAX)).checked_mul(low)? >> 64;
        whole.checked_add(upper)?.checked_add(lower)
    }
}

impl fmt::Display for Q64 {
    /// Writes the number with nine decimals, rounded down.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let billionths = (u128::from(self.fraction()) * 1_000_000_000) >> 64;
        write!(f, "{}.{billionths:09}", self.whole())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_both_ways() {
        for (text, value) in [("0", 0), ("1.000001", 1_000_001), ("18446744073709.551615", u64::MAX)] {
            assert_eq!(parse(text, 6), Ok(value));
            assert_eq!(parse(&decimal(value.into(), 6), 6), Ok(value));
        }
        for text in ["", ".", ".5", "-1", "+1", "1e3", "1_000", "18446744073709.551616"] {
            assert_eq!(parse(text, 6), Err(NotANumber), "{text}");
        }
        assert_eq!((decimal(5, 0), decimal(-5, 2)), ("5".into(), "-0.05".into()));
    }

    #[test]
    fn an_index_has_whole_units_and_a_rest() {
        let half = Q64((7 << 64) | (1 << 63));
        assert_eq!((half.whole(), half.fraction(), half.to_string()), (7, 1 << 63, "7.500000000".into()));
        assert_eq!(half.of(3), Some(22));
        assert_eq!(Q64(1).of(u128::MAX), Some(u128::MAX >> 64));
        assert_eq!(Q64(u128::MAX).of(u128::MAX), None);
    }
}
