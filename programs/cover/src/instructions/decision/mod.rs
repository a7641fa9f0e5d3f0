//! From the alert of a loss to the decision about it.

mod alert_loss;
mod close_loss;
mod create_panel;
mod decide_loss;
mod post_root;
mod settle_bond;
mod veto_root;
mod vote_root;

pub use {
    alert_loss::*, close_loss::*, create_panel::*, decide_loss::*, post_root::*, settle_bond::*,
    veto_root::*, vote_root::*,
};
