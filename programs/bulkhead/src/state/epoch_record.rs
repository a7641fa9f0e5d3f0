//! The final indices of an ended share epoch.

use {super::member::Indices, anchor_lang::prelude::*};

/// What shares of an ended epoch had accrued when a loss took all contributions: the shares are worth nothing, but the
/// rewards they earned and the loss they bore stay claimable, however many epochs pass.
#[account]
pub struct EpochRecord {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    #[doc(hidden)]
    pub _pad: [u8; 6],
    /// The fund.
    pub fund: Address,
    /// The epoch that ended.
    pub epoch: u64,
    /// The fund's reward index at its end.
    pub reward_index: PodU128,
    /// The fund's loss index at its end.
    pub loss_index: PodU128,
    /// The fund's loss units per share at its end.
    pub loss_units_index: PodU128,
    #[doc(hidden)]
    pub _reserved: [u8; 48],
}

impl EpochRecord {
    /// Up to where shares of the epoch accrue.
    pub fn indices(&self) -> Indices {
        Indices { reward: self.reward_index, loss: self.loss_index, loss_units: self.loss_units_index }
    }
}

const _: () = assert!(core::mem::size_of::<EpochRecord>() == 144);
