//! The steps, in order, under the numbers that are printed.

mod fund;
mod markets;
mod mint;
mod parameters;
mod program;
mod treasury;

use crate::step::Step;

/// Number of steps.
pub const COUNT: usize = 7;

/// All steps.
pub fn all() -> [Box<dyn Step>; COUNT] {
    [
        Box::new(program::Program::Fund),
        Box::new(mint::Mint),
        Box::new(fund::Fund),
        Box::new(markets::Markets),
        Box::new(treasury::Treasury),
        Box::new(parameters::Parameters),
        Box::new(program::Program::Claims),
    ]
}
