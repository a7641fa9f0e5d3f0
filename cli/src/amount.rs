//! Reads and writes amounts as decimal text and integers, never floats.

use {
    anyhow::{anyhow, bail, ensure, Context, Result},
    std::{fmt, str::FromStr},
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
        // With so many decimals no correct number has too many: whatever is refused here is a mistake
        // of usage. The token's own decimals are known later.
        match units(text, u8::MAX) {
            Err(error) if error.is::<NotANumber>() => {
                bail!("`{text}` is no amount: write 12.5, 1,500 or all ({error:#})")
            }
            _ => Ok(Self::Decimal(text.to_owned())),
        }
    }
}

impl Amount {
    /// Converts to base units; `all` gives the amount of [`Self::All`].
    pub fn resolve(&self, decimals: u8, all: impl FnOnce() -> Result<u64>) -> Result<u64> {
        let amount = match self {
            Self::Decimal(text) if decimals == 0 && text.contains('.') => {
                units(text, 0).map_err(|why| anyhow!("{why:#}{OF_LOTS}"))?
            }
            Self::Decimal(text) => units(text, decimals)?,
            Self::All => all()?,
        };
        ensure!(amount > 0, "the amount is zero");
        Ok(amount)
    }
}

/// Checks that a text is a price of one whole asset, or `mark`, and returns it. The decimals of a price are
/// those of its market, and known later.
///
/// # Errors
/// The text is neither.
pub fn price_or_mark(text: &str) -> Result<String> {
    if text == "mark" {
        return Ok(text.to_owned());
    }
    checked_price(text).map_err(|why| anyhow!("`{text}` is no price: write 7,900.5 or mark ({why})"))
}

/// Checks that a text is a price of one whole asset, and returns it.
///
/// # Errors
/// The text is none.
pub fn price(text: &str) -> Result<String> {
    checked_price(text).map_err(|why| anyhow!("`{text}` is no price: write 7,900.5 ({why})"))
}

fn checked_price(text: &str) -> Result<String, NotANumber> {
    match units(text, u8::MAX).map_err(|error| error.downcast::<NotANumber>()) {
        Err(Ok(why)) => Err(why),
        // A number that is too large is refused with the decimals of its market.
        Ok(_) | Err(Err(_)) => Ok(text.to_owned()),
    }
}

/// A text that is no decimal number, and why.
#[derive(Debug)]
pub struct NotANumber(&'static str);

impl fmt::Display for NotANumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NotANumber {}

/// What has no decimals is a number of lots, which a reader may have taken for an amount of the asset.
const OF_LOTS: &str = ": lots are whole, and `bulkhead markets` shows how much one is";

/// Reads a decimal number in units of `10^-decimals`: `12.5` with six decimals is 12,500,000. More
/// decimals are an error and are never rounded away.
///
/// A comma or an underscore separates thousands and stands nowhere else: `1,5` could be meant as 15
/// or as 1.5, so that it is refused.
///
/// # Errors
/// [`NotANumber`], or that the number does not fit.
pub fn units(text: &str, decimals: u8) -> Result<u64> {
    if text.starts_with('-') {
        return Err(NotANumber("it is below zero").into());
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole = ungrouped(whole)?;
    if !fraction.chars().all(|c| c.is_ascii_digit()) {
        return Err(NotANumber("only digits follow the point").into());
    }
    if whole.is_empty() && fraction.is_empty() {
        return Err(NotANumber("it has no digits").into());
    }
    let kept = fraction.trim_end_matches('0');
    ensure!(decimals > 0 || kept.is_empty(), "`{text}` is no whole number");
    ensure!(kept.len() <= usize::from(decimals), "`{text}` has more than {decimals} decimals");
    let padded = format!("{whole}{kept:0<width$}", width = usize::from(decimals));
    padded.parse().ok().with_context(|| format!("`{text}` is too large"))
}

/// Takes separators of thousands out of a whole number.
fn ungrouped(whole: &str) -> Result<String> {
    let is_digits = |group: &str| group.chars().all(|c| c.is_ascii_digit());
    let separator = whole.chars().find(|c| matches!(c, ',' | '_'));
    let Some(separator) = separator else {
        if !is_digits(whole) {
            return Err(NotANumber("it has something else than digits, separators and a point").into());
        }
        return Ok(whole.to_owned());
    };
    let groups: Vec<&str> = whole.split(separator).collect();
    let (first, rest) = groups.split_first().context("a text has a first part")?;
    let is_grouped = (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3);
    if !is_grouped || !groups.iter().all(|group| is_digits(group)) {
        return Err(NotANumber(
            "`,` and `_` separate thousands, as in 1,500; decimals follow a point, as in 1.5",
        )
        .into());
    }
    Ok(groups.concat())
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
    format!("{}%", decimal(bps, 2))
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
            ("1_234_567.5", 1_234_567_500_000),
            ("12,345", 12_345_000_000),
        ] {
            assert_eq!(units(text, 6).unwrap(), amount, "{text}");
        }
        assert_eq!(units("1.500000000", 1).unwrap(), 15, "zeros say nothing");
        for text in ["", ".", "-1", "1e3", "1.2.3", "0x1", " 1"] {
            assert!(units(text, 6).is_err(), "{text}");
        }
        assert!(units("0.0000001", 6).unwrap_err().to_string().contains("more than 6 decimals"));
        let told = |text: &str| format!("{:#}", units(text, 0).unwrap_err());
        assert_eq!(told("99999999999999999999"), "`99999999999999999999` is too large");
        assert_eq!(told("0.5"), "`0.5` is no whole number");
        let lots = Amount::Decimal("0.5".into()).resolve(0, || Ok(1)).unwrap_err().to_string();
        assert!(lots.starts_with("`0.5` is no whole number: lots are whole"), "{lots}");
        assert_eq!(told("-5"), "it is below zero");
    }

    /// A reader in Berlin means one and a half by `1,5`, and got fifteen.
    #[test]
    fn separators_stand_between_thousands_only() {
        for text in [
            "1,5",
            "1_0.5",
            "1,00",
            "1,0000",
            ",100",
            "1,",
            "1,,000",
            "1000,000",
            "1,000_000",
            "1.000,5",
            "1.5_0",
            "1.000_000",
            "0,1",
            "_1",
            "12,34,567",
        ] {
            let error = units(text, 6).unwrap_err();
            assert!(error.is::<NotANumber>(), "{text}: {error}");
            assert!(text.parse::<Amount>().is_err(), "{text}");
        }
        let told = "1,5".parse::<Amount>().unwrap_err().to_string();
        assert!(told.contains("separate thousands, as in 1,500") && told.contains("1.5"), "{told}");
    }

    #[test]
    fn a_price_is_told_from_other_texts_before_its_market_is_known() {
        for text in ["7,900.5", "0", "99999999999999999999"] {
            assert_eq!(price(text).unwrap(), text);
            assert_eq!(price_or_mark(text).unwrap(), text);
        }
        assert_eq!(price_or_mark("mark").unwrap(), "mark");
        for text in ["mark", "7,930,5", "NaN", "-1", "", "1e9"] {
            let told = price(text).unwrap_err().to_string();
            assert!(told.starts_with(&format!("`{text}` is no price: write 7,900.5 (")), "{told}");
        }
        assert!(price_or_mark("-1").unwrap_err().to_string().contains("or mark (it is below zero)"));
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
