//! Fuzz targets: what must hold for any input whatever.
//!
//! Each is a plain function of bytes that returns when the property holds and panics when it does not. `cargo test` replays
//! the committed corpus through all of them; `cargo xtask fuzz --target NAME` lets libFuzzer look for inputs that break one.
//!
//! A target reads numbers of every magnitude ([`input::Size`]), plays a sequence of actions, and keeps books of its own beside
//! the ones under test. An error of the math is a good outcome where a number really does not fit, and a finding elsewhere.
#![forbid(unsafe_code)]

mod gains_cut;
mod input;
mod liquidation;
mod losses;
mod oracle;
mod rates;
mod rounding;
mod trading;
mod waterfall;

pub use {
    gains_cut::gains_cut, liquidation::liquidation, losses::losses, oracle::oracle, rates::rates,
    rounding::rounding, trading::trading, waterfall::waterfall,
};

/// What libFuzzer and the replay of the corpus call.
pub type Target = fn(&[u8]);

/// Every target under the name of its binary and of its corpus.
pub const TARGETS: [(&str, Target); 8] = [
    ("trading", trading),
    ("liquidation", liquidation),
    ("waterfall", waterfall),
    ("losses", losses),
    ("gains_cut", gains_cut),
    ("rates", rates),
    ("rounding", rounding),
    ("oracle", oracle),
];
