//! One loss: from its alert to the last claim.

use {
    crate::{constants::*, error::*},
    anchor_lang::prelude::*,
    bulkhead_sum_tree::{Node, Root},
};

/// Where a loss stands.
#[pod_wrapper]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum LossState {
    /// It waits for a root.
    Alerted = 0,
    /// The panel votes on its root.
    Voting = 1,
    /// It is approved, and the cover is drawn on.
    Decided = 2,
    /// Claims are paid.
    Open = 3,
    /// The time for claims is over, and the rest is returned.
    Expired = 4,
    /// It was rejected: its bond goes to the contributors.
    Rejected = 5,
    /// It was approved, and nobody has drawn in time: its bond goes back.
    Lapsed = 6,
}

/// A loss of what is covered.
#[account]
pub struct Loss {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// See [`LossState`].
    pub state: PodLossState,
    /// Depth of the tree.
    pub depth: u8,
    /// The peril that has caused it, as the terms count them.
    pub peril: u8,
    /// Panel members that approve the root: bit `i` is the key at place `i`.
    pub approvals: u8,
    /// Panel members that reject the root.
    pub rejections: u8,
    /// Whether the guardian has vetoed a root.
    pub is_vetoed: PodBool,
    /// Leaves of the tree.
    pub leaves: u32,
    /// Claims that were paid.
    pub claimed: u32,
    /// Pages that exist.
    pub pages: u32,
    #[doc(hidden)]
    pub _pad: [u8; 4],
    /// The panel.
    pub panel: Address,
    /// The key that has alerted it. The bond goes back to a token account of this key.
    pub reporter: Address,
    /// The rent payer, who gets the rent back.
    pub payer: Address,
    /// Number among the losses of the panel.
    pub number: u64,
    /// The bond that is held.
    pub bond: u64,
    /// Hash of the top of the tree; zero: there is none.
    pub root: [u8; 32],
    /// Sum of all leaves, in base units.
    pub total: u64,
    /// The root that the guardian has vetoed; zero: none.
    pub vetoed_root: [u8; 32],
    /// When the incident happened, as the reporter says.
    pub incident_ts: i64,
    /// When it was alerted.
    pub alerted_ts: i64,
    /// When the root was posted.
    pub posted_ts: i64,
    /// When the time for the root, or for votes on it, is over.
    pub due_ts: i64,
    /// What the cover had paid when this loss drew on it.
    pub drawn_before: u64,
    /// What the draw took from the cover's first loss.
    pub from_first_loss: u64,
    /// What all claims share, in base units. It is fixed before the first claim.
    pub reserved: u64,
    /// What claims were paid.
    pub paid: u64,
    /// When the time for claims is over.
    pub expires_ts: i64,

    #[doc(hidden)]
    pub _spare: [u8; 64],
}

const _: () = assert!(core::mem::size_of::<Loss>() == 344);

impl Loss {
    /// Refuses a loss in a layout that this program does not read.
    #[inline(always)]
    pub fn check_version(&self) -> Result<()> {
        require!(self.version == VERSION, CoverError::WrongVersion);
        Ok(())
    }

    /// Refuses a loss of another panel, or in a layout that this program does not read.
    #[inline(always)]
    pub fn check(&self, panel: &Address) -> Result<()> {
        self.check_version()?;
        require!(anchor_lang::address_eq(&self.panel, panel), CoverError::WrongPanel);
        Ok(())
    }

    /// Returns what is published of the tree.
    #[inline(always)]
    pub fn tree(&self) -> Root {
        Root { top: Node::new(&self.root, self.total), leaves: self.leaves, depth: self.depth }
    }

    /// Returns `true` if a key of the panel has approved of the present root. A rejection nails no root: an
    /// honest one of a guardian's would leave the beneficiary without a claim.
    pub fn has_approvals(&self) -> bool {
        self.approvals != 0
    }

    /// Writes a root, which the panel votes on from now on.
    pub fn set_tree(&mut self, root: &Root) {
        self.root = root.top.hash();
        self.total = root.total();
        self.leaves = root.leaves;
        self.depth = root.depth;
        (self.approvals, self.rejections) = (0, 0);
    }

    /// Refuses unless claims are open.
    ///
    /// # Errors
    /// `ClaimsNotOpen` before, `ClaimsOver` after.
    #[inline(always)]
    pub fn require_open(&self, now: i64) -> Result<()> {
        require!(self.state != LossState::Expired, CoverError::ClaimsOver);
        require!(self.state == LossState::Open, CoverError::ClaimsNotOpen);
        require!(now < self.expires_ts, CoverError::ClaimsOver);
        Ok(())
    }

    /// Returns `true` once nothing can happen to it any more but the settlement of its bond.
    pub fn is_over(&self) -> bool {
        self.state == LossState::Expired
            || self.state == LossState::Rejected
            || self.state == LossState::Lapsed
    }
}
