//! Views of the fund and everything in it.

pub mod changes;
pub mod covers;
pub mod defaults;
pub mod fund;
pub mod history;
pub mod market;
pub mod offers;
pub mod people;
pub mod quote;
pub mod snapshot;

use {crate::text::Text, serde_json::Value};

/// A page for people, and the same for scripts.
pub type Page = (Text, Value);
