//! Gains cuts: rounds in which a loss that no layer has paid is cut from everybody's net gain.

use {
    anchor_lang::prelude::*,
    bulkhead_math::gains_cut::{Cut, OpenCut},
    bytemuck::{Pod, Zeroable},
};

/// Rounds of which pins and fractions are kept.
pub const KEPT_ROUNDS: usize = 8;

/// A round of registration, cut or not: see [`bulkhead_math::gains_cut`].
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct CutRound {
    /// Units of the losses borne that the cut bought.
    pub units: PodU128,
    /// `U`: the loss that it takes at most.
    pub loss: u64,
    /// The gains that were registered, those of latecomers included.
    pub gains: u64,
    /// What of them is cut.
    pub cut: u64,
    /// What of them is paid, or has been taken to a later round.
    pub paid: u64,
    /// Gains when they were cut.
    pub first_gains: u64,
    /// What was cut then.
    pub first_cut: u64,
    /// The fund's loss epoch then.
    pub loss_epoch: u64,
    /// Chain time at which the pins are read.
    pub cut_ts: i64,
    /// Chain time until which members register.
    pub ends_ts: i64,
    /// Reading of the fund's clock as of which settled results count.
    pub reading: u64,
    /// What of the first cut members bear: defaulters' gains are nobody's.
    pub first_borne: u64,
    /// Gains of claims that have left it: those of defaulters, and those that were taken to a later
    /// round. What they come to counts as paid.
    pub gone: u64,
    /// Claims that have not left it.
    pub claims: u32,
    /// Whether the claims have been cut.
    pub is_cut: PodBool,
    #[doc(hidden)]
    pub _pad: [u8; 3],
}

impl CutRound {
    /// Returns the round as the math takes it before the cut.
    pub fn open(&self) -> OpenCut {
        OpenCut { loss: self.loss, gains: self.gains }
    }

    /// Returns the round as the math takes it after the cut.
    pub fn after(&self) -> Cut {
        Cut { loss: self.loss, gains: self.gains, cut: self.cut, paid: self.paid }
    }

    /// Returns the round as it was cut, without latecomers.
    pub fn first(&self) -> Cut {
        Cut { loss: self.loss, gains: self.first_gains, cut: self.first_cut, paid: 0 }
    }

    /// Writes the round as the math returns it after the cut.
    pub fn set(&mut self, cut: &Cut) {
        (self.loss, self.gains, self.cut, self.paid) = (cut.loss, cut.gains, cut.cut, cut.paid);
    }
}

/// A claim to a registered gain.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct GainClaim {
    /// Number of the round; zero: no claim.
    pub round: u64,
    /// The gain that was registered.
    pub gain: u64,
    /// What of it has been paid.
    pub paid: u64,
    /// What it was entitled to when its cut was booked as a loss borne.
    pub entitled: u64,
    /// Whether its cut has been booked.
    pub is_booked: PodBool,
    #[doc(hidden)]
    pub _pad: [u8; 7],
}
