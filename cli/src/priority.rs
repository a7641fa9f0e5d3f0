//! The price that a transaction offers for its compute units.

use {
    anyhow::{bail, Result},
    std::{fmt, str::FromStr},
};

/// A price of a compute unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriorityFee {
    /// Micro-lamports.
    Fixed(u64),
    /// What others have paid lately for the same accounts.
    Auto,
}

/// The most that one may ask for: 0.014 SOL for the largest transaction, and no mistyped zero costs more.
const MOST: u64 = 10_000_000;

impl FromStr for PriorityFee {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        match (text, text.parse()) {
            ("auto", _) => Ok(Self::Auto),
            (_, Ok(price)) if price <= MOST => Ok(Self::Fixed(price)),
            _ => bail!("`{text}` is no price: auto, or micro-lamports for a compute unit, at most {MOST}"),
        }
    }
}

impl fmt::Display for PriorityFee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(price) => write!(f, "{price}"),
            Self::Auto => f.write_str("auto"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_a_number_or_auto() {
        assert_eq!("auto".parse::<PriorityFee>().unwrap(), PriorityFee::Auto);
        assert_eq!("5000".parse::<PriorityFee>().unwrap(), PriorityFee::Fixed(5_000));
        for text in ["", "-1", "1.5", "10000001", "much"] {
            assert!(text.parse::<PriorityFee>().is_err(), "{text}");
        }
    }
}
