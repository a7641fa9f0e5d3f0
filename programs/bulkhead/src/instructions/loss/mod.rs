//! Loss: defaults, the layers that pay for them, and recoveries.

pub mod allocate_loss;
pub mod allocate_residual;
pub mod book_house;
pub mod call_stress;
pub mod claim_recovery;
pub mod close_default;
pub mod cut_gains;
pub mod declare_default;
pub mod end_watch;
pub mod enforce_call;
pub mod give_recovery;
pub mod open_gains_cut;
pub mod open_watch;
pub mod pay_claim;
pub mod register_gains;
pub mod release_cushion;
pub mod repay_default;
pub mod report_exposure;
pub mod settle_epoch;
pub mod waive_recovery;

pub use {
    allocate_loss::*, allocate_residual::*, book_house::*, call_stress::*, claim_recovery::*,
    close_default::*, cut_gains::*, declare_default::*, end_watch::*, enforce_call::*, give_recovery::*,
    open_gains_cut::*, open_watch::*, pay_claim::*, register_gains::*, release_cushion::*, repay_default::*,
    report_exposure::*, settle_epoch::*, waive_recovery::*,
};
