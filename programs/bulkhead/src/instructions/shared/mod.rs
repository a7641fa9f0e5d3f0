//! What several instructions need to load, create and pay accounts.

pub mod custody;
pub mod markets;
pub mod record;
pub mod report;

pub use {custody::*, markets::*, record::*, report::*};
