//! From the decision about a loss to the last claim.

mod claim_cover;
mod close_page;
mod expire_loss;
mod open_claims;
mod open_page;
mod push_claim;

pub use {claim_cover::*, close_page::*, expire_loss::*, open_claims::*, open_page::*, push_claim::*};
