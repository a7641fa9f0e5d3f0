//! The final indices of an ended share epoch.

use anchor_lang::prelude::*;

/// Amounts per share up to which a member accrues.
#[derive(Clone, Copy)]
pub struct Indices {
    /// Rewards.
    pub reward: PodU128,
    /// Losses.
    pub loss: PodU128,
    /// Units of losses.
    pub loss_units: PodU128,
}

/// The indices of an ended epoch when a loss took all contributions. The shares are worth nothing,
/// but the rewards that they earned and the losses that they bore stay claimable, however many
/// epochs pass.
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
    /// Number of the epoch that ended.
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
    /// Writes the final indices of the epoch.
    pub fn set_indices(&mut self, indices: &Indices) {
        self.reward_index = indices.reward;
        self.loss_index = indices.loss;
        self.loss_units_index = indices.loss_units;
    }

    /// Returns the indices up to which shares of the epoch accrue.
    pub fn indices(&self) -> Indices {
        Indices { reward: self.reward_index, loss: self.loss_index, loss_units: self.loss_units_index }
    }
}

const _: () = assert!(core::mem::size_of::<EpochRecord>() == 144);
