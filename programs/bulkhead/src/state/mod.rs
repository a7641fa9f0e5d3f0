//! Accounts. Each owns its transitions: instructions check accounts and authority, then call these.

pub mod change;
pub mod default_record;
pub mod epoch_record;
pub mod fund;
pub mod market;
pub mod markets;
pub mod member;
pub mod params;
pub mod seeds;

pub use {change::*, default_record::*, epoch_record::*, fund::*, market::*, markets::*, member::*, params::*};
