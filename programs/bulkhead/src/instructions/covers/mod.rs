//! Covers: losses of other protocols, which a part of the fund is pledged to.

pub mod accrue_cover;
pub mod amend_cover;
pub mod collect_cover;
pub mod draw_cover;
pub mod end_cover;
pub mod fund_cover;
pub mod hold_cover;
pub mod open_cover;
pub mod return_cover;
pub mod settle_cover;
pub mod show_gap;
pub mod suspend_cover;

pub use {
    accrue_cover::*, amend_cover::*, collect_cover::*, draw_cover::*, end_cover::*, fund_cover::*,
    hold_cover::*, open_cover::*, return_cover::*, settle_cover::*, show_gap::*, suspend_cover::*,
};
