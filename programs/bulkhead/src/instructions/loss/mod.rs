//! Loss: defaults, the layers that pay for them, and recoveries.

pub mod allocate_loss;
pub mod allocate_residual;
pub mod book_house;
pub mod call_stress;
pub mod claim_recovery;
pub mod close_default;
pub mod declare_default;
pub mod end_watch;
pub mod enforce_call;
pub mod give_recovery;
pub mod haircut_gains;
pub mod open_watch;
pub mod release_cushion;
pub mod repay_default;
pub mod report_exposure;
pub mod settle_epoch;
pub mod waive_recovery;

pub use {
    allocate_loss::*, allocate_residual::*, book_house::*, call_stress::*, claim_recovery::*,
    close_default::*, declare_default::*, end_watch::*, enforce_call::*, give_recovery::*, haircut_gains::*,
    open_watch::*, release_cushion::*, repay_default::*, report_exposure::*, settle_epoch::*,
    waive_recovery::*,
};
