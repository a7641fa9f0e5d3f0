//! Accounts: their layouts, and methods of one account alone. The rules that move money between
//! accounts are in [`crate::rules`].

pub mod adjustment;
pub mod change;
pub mod cover;
pub mod default_record;
pub mod epoch_record;
pub mod fund;
pub mod gains_cut;
pub mod market;
pub mod member;
pub mod offer;
pub mod params;
pub mod pro_price;
pub mod rounds;
pub mod seeds;

pub use {
    adjustment::*, change::*, cover::*, default_record::*, epoch_record::*, fund::*, gains_cut::*, market::*,
    member::*, offer::*, params::*, pro_price::*, rounds::*,
};
