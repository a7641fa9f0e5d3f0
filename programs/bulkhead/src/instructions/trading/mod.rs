//! Trading: lots that change hands, and profit that becomes cash.

pub mod cancel_offer;
pub mod fill_offer;
pub mod lapse_taking;
pub mod liquidate;
pub mod novate;
pub mod novate_batch;
pub mod post_offer;
pub mod sell_excess;
pub mod settle;
pub mod take_offer;
pub mod take_over;

pub use {
    cancel_offer::*, fill_offer::*, lapse_taking::*, liquidate::*, novate::*, novate_batch::*, post_offer::*,
    sell_excess::*, settle::*, take_offer::*, take_over::*,
};
