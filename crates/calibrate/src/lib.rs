//! Calibration proposes a market's rates from real prices and tests them on history.
//!
//! It runs off chain, so it computes in floating point. Every multiplier, ramp and breaker window,
//! however, is computed by [`bulkhead_math`], the code that runs on chain. Moves are fractions of
//! the price they start from (0.05 is 5%), rates are hundredths of a percent (bps), times are unix
//! seconds. Formulas are numbered in `docs/calibration.md` as they are here:
//!
//! | | quantity | module |
//! | --- | --- | --- |
//! | 1 | move over a horizon | [`moves`] |
//! | 2 | target volatility | [`fit`] |
//! | 3 | initial and maintenance margin | [`fit`], [`quantile`] |
//! | 4 | stress move | [`stress`] |
//! | 5 | contribution | [`rates`] |
//! | 6 | breaker | [`trips`] |
//! | 7 | concentration limit and add-on | [`volume`], [`rates`] |
//! | 8 | hard bounds | [`rates`] |
//! | 9 | coverage and procyclicality | [`backtest`] |
//!
//! The same prices and settings give the same bytes: no clock, no randomness, no hash order.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod backtest;
pub mod base;
pub mod calibration;
pub mod error;
pub mod fit;
pub mod folder;
pub mod markets;
pub mod moves;
pub mod path;
pub mod progress;
pub mod quantile;
pub mod rates;
pub mod replay;
pub mod report;
pub mod series;
pub mod settings;
pub mod stress;
pub mod summary;
pub mod trips;
pub mod volume;

#[cfg(test)]
mod synthetic;

pub use {
    calibration::{calibrate, Calibration},
    error::PriceError,
    settings::Settings,
};
