//! Markets: their creation, their prices and their premiums.

pub mod book_crowding;
pub mod collect_premium;
pub mod crank_market;
pub mod create_market;
pub mod open_market;

pub use {book_crowding::*, collect_premium::*, crank_market::*, create_market::*, open_market::*};
