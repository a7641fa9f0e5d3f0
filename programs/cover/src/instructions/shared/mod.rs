//! What several instructions need: calls to the fund's program, transfers out of the vault, new
//! accounts.

pub mod book;
pub mod calls;
pub mod claim;
pub mod drawer;
pub mod money;
pub mod payout;
pub mod record;
pub mod vault;

pub use {book::*, calls::*, claim::*, drawer::*, money::*, payout::*, record::*, vault::*};
