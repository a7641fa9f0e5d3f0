//! What can be wrong with a folder of prices. Each says what to do about it.

use {
    std::{io, path::PathBuf},
    thiserror::Error,
};

/// A folder or a file of prices that cannot be used.
#[derive(Debug, Error)]
pub enum PriceError {
    /// The folder is not there or not readable.
    #[error(
        "cannot open the price folder {}: give --prices a folder of .csv or .csv.gz files",
        folder.display()
    )]
    Folder {
        /// As given.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No price file anywhere in it.
    #[error("{} has no .csv or .csv.gz file, nor has a folder in it", folder.display())]
    Empty {
        /// As given.
        folder: PathBuf,
    },
    /// Files, but none named after a market.
    #[error(
        "{} has no file named after one of {symbols} (as in 2025-10-10_BTC_5m_spot.csv or \
         BTCUSDT_1h_spot.csv.gz)",
        folder.display()
    )]
    NoUsableAsset {
        /// As given.
        folder: PathBuf,
        /// The markets of the base file.
        symbols: String,
    },
    /// Files for some markets, but not for this one.
    #[error(
        "no price file for {symbol}: a markets file is proposed whole. Add prices, or give --base a file \
         without it"
    )]
    MissingAsset {
        /// The market.
        symbol: String,
    },
    /// The file cannot be read, or not unpacked.
    #[error("cannot read {}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A row that is not one.
    #[error("{} line {line}: {why}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// Counted from one, with the header.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// A row that is not later than the one before it.
    #[error(
        "{} line {line}: {time} is not later than the row before it; sort the file and remove \
         duplicates",
        file.display()
    )]
    Unsorted {
        /// The file.
        file: PathBuf,
        /// Counted from one, with the header.
        line: u64,
        /// The time of the row.
        time: String,
    },
    /// Less than two rows: no step.
    #[error("{} has fewer than two rows", file.display())]
    TooFewRows {
        /// The file.
        file: PathBuf,
    },
    /// Nothing is fine enough for the horizon.
    #[error(
        "{symbol}: the finest prices are {finest_secs} s apart, too coarse for a horizon of \
         {horizon_secs} s: raise --horizon-minutes"
    )]
    TooCoarse {
        /// The market.
        symbol: String,
        /// Step of the finest series.
        finest_secs: i64,
        /// The liquidation horizon.
        horizon_secs: i64,
    },
    /// Too little history to say anything about a tail.
    #[error(
        "{symbol}: {observations} usable moves after the warm-up of {warm_up_days} days, at least {least} \
         are needed"
    )]
    TooShort {
        /// The market.
        symbol: String,
        /// How many there are.
        observations: usize,
        /// Days left out at the beginning.
        warm_up_days: i64,
        /// How many it takes.
        least: usize,
    },
}
