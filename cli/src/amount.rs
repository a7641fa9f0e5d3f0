//! Reads and writes amounts as decimal text and integers, never floats.

use {
    anyhow::{bail, ensure, Context, Result},
    std::str::FromStr,
};

/// An amount in whole units with decimals, or everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Decimal text: the decimals are known only once the fund is read.
    Decimal(String),
    /// `all`.
    All,
}

impl FromStr for Amount {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "all" {
            return Ok(Self::All);
        }
        // The text is checked with the most decimals there can be, so that a mistyped amount is a
        // mistake of usage.
        units(text, text.len().min(18) as u8).map(|_| Self::Decimal(text.to_owned())).or_else(|_| {
            let is_number = text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',' || c == '_');
            if is_number && text.contains(|c: char| c.is_ascii_digit()) {
                // Too large, or grouped oddly: the error names the token's decimals once they are
                // known.
                return Ok(Self::Decimal(text.to_owned()));
            }
            bail!("`{text}` is no amount: write 12.5, or all")
        })
    }
}

impl Amount {
    /// Converts to base units; `all` gives the amount of [`Self::All`].
    pub fn resolve(&self, decimals: u8, all: impl FnOnce() -> Result<u64>) -> Result<u64> {
        let amount = match self {
            Self::Decimal(text) => units(text, decimals)?,
            Self::All => all()?,
        };
        ensure!(amount > 0, "the amount is zero");
        Ok(amount)
    }
}

/// Reads a decimal number in units of `10^-decimals`: `12.5` with six decimals is 12,500,000. More
/// decimals are an error and are never rounded away.
pub fn units(text: &str, decimals: u8) -> Result<u64> {
    let plain: String = text.chars().filter(|c| *c != ',' && *c != '_').collect();
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    ensure!(
        digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty()),
        "`{text}` is no number"
    );
    let kept = fraction.trim_end_matches('0');
    ensure!(kept.len() <= usize::from(decimals), "`{text}` has more than {decimals} decimals");
    let padded = format!("{whole}{kept:0<width$}", width = usize::from(decimals));
    padded.parse().with_context(|| format!("`{text}` is too large"))
}

/// The inverse of [`units`], with thousands: 12,500,000 with six decimals is `12.500000`.
pub fn decimal(amount: impl Into<i128>, decimals: u8) -> String {
    let amount = amount.into();
    let digits = format!("{:0>width$}", amount.unsigned_abs(), width = usize::from(decimals) + 1);
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(decimals));
    let sign = if amount < 0 { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", grouped(whole))
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes basis points as a percentage: 250 is `2.50%`.
pub fn percent(bps: u64) -> String {
    format!("{}%", decimal(i128::from(bps), 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        for (text, amount) in [
            ("12.5", 12_500_000),
            ("0.000001", 1),
            ("1,000", 1_000_000_000),
            (".5", 500_000),
            ("3.", 3_000_000),
        ] {
            assert_eq!(units(text, 6).unwrap(), amount, "{text}");
        }
        assert_eq!(units("1.500000000", 1).unwrap(), 15, "zeros say nothing");
        for text in ["", ".", "-1", "1e3", "1.2.3", "0x1", " 1"] {
            assert!(units(text, 6).is_err(), "{text}");
        }
        assert!(units("0.0000001", 6).unwrap_err().to_string().contains("more than 6 decimals"));
        assert!(units("99999999999999999999", 0).unwrap_err().to_string().contains("too large"));
    }

    #[test]
    fn amounts_are_written_as_they_are_read() {
        assert_eq!(decimal(12_500_000u64, 6), "12.500000");
        assert_eq!(decimal(-1_234_567i64, 2), "-12,345.67");
        assert_eq!(decimal(1_000u64, 0), "1,000");
        assert_eq!(decimal(5u64, 2), "0.05");
        assert_eq!(percent(250), "2.50%");
    }

    #[test]
    fn all_is_an_amount() {
        assert_eq!("all".parse::<Amount>().unwrap().resolve(6, || Ok(7)).unwrap(), 7);
        assert_eq!("1".parse::<Amount>().unwrap().resolve(6, || unreachable!()).unwrap(), 1_000_000);
        assert!("some".parse::<Amount>().is_err());
        assert!("0".parse::<Amount>().unwrap().resolve(6, || Ok(7)).is_err());
    }
}
