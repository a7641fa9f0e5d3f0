//! Errors of a folder of prices. Each text says how to mend it.

use {
    std::{io, path::PathBuf},
    thiserror::Error,
};

/// A folder or a file of prices that cannot be used.
#[derive(Debug, Error)]
pub enum PriceError {
    /// The folder is missing or unreadable.
    #[error(
        "cannot open the price folder {}: give --prices a folder of .csv or .csv.gz files",
        folder.display()
    )]
    Folder {
        /// The folder as given.
        folder: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The folder holds no price file.
    #[error("{} has no .csv or .csv.gz file, nor has a folder in it", folder.display())]
    Empty {
        /// The folder as given.
        folder: PathBuf,
    },
    /// The folder holds files, but none named after a market.
    #[error(
        "{} has no file named after one of {symbols} (as in 2025-10-10_BTC_5m_spot.csv or \
         BTCUSDT_1h_spot.csv.gz)",
        folder.display()
    )]
    NoUsableAsset {
        /// The folder as given.
        folder: PathBuf,
        /// The markets of the base file.
        symbols: String,
    },
    /// The folder holds files for some markets, but not for this one.
    #[error(
        "no price file for {symbol}: a markets file is proposed whole. Add prices, or give --base a file \
         without it"
    )]
    MissingAsset {
        /// The market.
        symbol: String,
    },
    /// The file cannot be read or unpacked.
    #[error("cannot read {}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A row cannot be read.
    #[error("{} line {line}: {why}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// Number of the row, counted from one, with the header.
        line: u64,
        /// The defect of the row.
        why: String,
    },
    /// A row is not later than the one before it.
    #[error(
        "{} line {line}: {time} is not later than the row before it; sort the file and remove \
         duplicates",
        file.display()
    )]
    Unsorted {
        /// The file.
        file: PathBuf,
        /// Number of the row, counted from one, with the header.
        line: u64,
        /// The time of the row.
        time: String,
    },
    /// The file has fewer than two rows, so there is no step.
    #[error("{} has fewer than two rows", file.display())]
    TooFewRows {
        /// The file.
        file: PathBuf,
    },
    /// No series is fine enough for the horizon.
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
    /// The history is too short for a statement about a tail.
    #[error(
        "{symbol}: {observations} usable moves after the warm-up of {warm_up_days} days, at least {least} \
         are needed"
    )]
    TooShort {
        /// The market.
        symbol: String,
        /// Number of usable moves.
        observations: usize,
        /// Days left out at the beginning.
        warm_up_days: i64,
        /// Least number of moves.
        least: usize,
    },
}
