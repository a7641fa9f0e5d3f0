//! The steps, in order. Their numbers are those that are printed.

mod fund;
mod markets;
mod mint;
mod parameters;
mod program;
mod treasury;

use crate::step::Step;

/// How many there are.
pub const COUNT: usize = 6;

/// All of them.
pub fn all() -> [Box<dyn Step>; COUNT] {
    [
        Box::new(program::Program),
        Box::new(mint::Mint),
        Box::new(fund::Fund),
        Box::new(markets::Markets),
        Box::new(treasury::Treasury),
        Box::new(parameters::Parameters),
    ]
}
