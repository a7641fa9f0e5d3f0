//! What several instructions need to load, create and pay accounts.

pub mod custody;
pub mod markets;
pub mod moment;
pub mod record;
pub mod report;

pub use {custody::*, markets::*, moment::*, record::*, report::*};
