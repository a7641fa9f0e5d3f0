//! Markets: their creation, their prices and their premiums.

pub mod book_crowding;
pub mod collect_premium;
pub mod crank_market;
pub mod create_market;
pub mod open_market;
pub mod open_pro_price;
pub mod post_pro_price;

pub use {
    book_crowding::*, collect_premium::*, crank_market::*, create_market::*, open_market::*,
    open_pro_price::*, post_pro_price::*,
};
