//! Markets are named by symbol or number.

use {
    crate::session::symbol,
    anyhow::{bail, ensure, Result},
    bulkhead_book::Book,
    bulkhead_client::state::Market,
    std::{fmt, str::FromStr},
};

/// A market, as people name it: `BTC`, or 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarketName {
    /// Its number in the fund.
    Number(u16),
    /// Its symbol.
    Symbol(String),
}

impl FromStr for MarketName {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Ok(number) = text.parse() {
            return Ok(Self::Number(number));
        }
        let is_symbol = text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric());
        ensure!(is_symbol, "`{text}` is no market: write its symbol, such as BTC, or its number");
        Ok(Self::Symbol(text.to_ascii_uppercase()))
    }
}

impl fmt::Display for MarketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Symbol(symbol) => f.write_str(symbol),
        }
    }
}

impl MarketName {
    /// Finds the market in a fund. A symbol that an ended market shares is that of the open one.
    pub fn find<'b>(&self, book: &'b Book) -> Result<&'b Market> {
        let name = |market: &Market| symbol(&market.oracle.feed_id, market.index);
        let fits = |market: &&Market| match self {
            Self::Number(number) => market.index == *number,
            Self::Symbol(symbol) => name(market).eq_ignore_ascii_case(symbol),
        };
        let found: Vec<&Market> = book.markets.iter().filter(fits).collect();
        let open: Vec<&Market> = found.iter().copied().filter(|market| market.final_ts == 0).collect();
        match (found.as_slice(), open.as_slice()) {
            ([one], _) | (_, [one]) => Ok(one),
            ([], _) => {
                let all = book.markets.iter().map(|market| format!("{} {}", market.index, name(market)));
                let all = all.collect::<Vec<_>>().join(", ");
                bail!("there is no market {self}: the fund has {}, {all}", book.fund.market_count)
            }
            _ => {
                let numbers = found.iter().map(|market| market.index.to_string()).collect::<Vec<_>>();
                bail!("several markets are called {self}: name one by its number, {}", numbers.join(" or "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_market_is_a_symbol_or_a_number() {
        assert_eq!("7".parse::<MarketName>().unwrap(), MarketName::Number(7));
        assert_eq!("btc".parse::<MarketName>().unwrap(), MarketName::Symbol("BTC".into()));
        for text in ["", "-1", "70000", "BTC/USD", "1inch", "é"] {
            assert!(text.parse::<MarketName>().is_err(), "{text}");
        }
    }
}
