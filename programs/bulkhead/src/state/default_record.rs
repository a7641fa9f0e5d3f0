//! The audit trail of one default.

use {
    crate::{
        arithmetic::*,
        constants::{MAX_POSITIONS, VERSION},
        error::*,
    },
    anchor_lang::prelude::*,
    bulkhead_math::waterfall::WaterfallPlan,
    bytemuck::{Pod, Zeroable},
};

/// The state of a default.
#[pod_wrapper]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum DefaultStatus {
    /// The shortfall is fixed, and nobody has paid it.
    Declared = 0,
    /// The waterfall has run.
    Allocated = 1,
}

/// A position the house took over, and the mark it was taken at.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct DefaultedLots {
    /// Signed lots.
    pub lots: i64,
    /// Mark.
    pub price: u64,
    /// Index of the market.
    pub market: u16,
    #[doc(hidden)]
    pub _pad: [u8; 6],
}

/// The record of one default: its cost, and the layers that paid. It can be closed once it is
/// allocated and past its retention period; the rent goes back to its payer.
#[account]
pub struct DefaultRecord {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// See [`DefaultStatus`].
    pub status: PodDefaultStatus,
    /// Positions taken over.
    pub positions_len: u8,
    #[doc(hidden)]
    pub _pad: [u8; 4],
    /// The fund.
    pub fund: Address,
    /// The defaulter's member account.
    pub member: Address,
    /// The rent payer, who gets the rent back.
    pub payer: Address,
    /// Number of the default among those of the fund.
    pub seq: u64,
    /// When it was declared.
    pub declared_slot: u64,
    /// When it was declared.
    pub declared_ts: i64,
    /// Layer 1: the defaulter's margin.
    pub from_margin: u64,
    /// The loss beyond it.
    pub shortfall: u64,
    /// Layer 2: the defaulter's contribution.
    pub from_contribution: u64,
    /// Layer 3: the treasury.
    pub from_treasury: u64,
    /// Layer 4: the survivors' contributions.
    pub from_survivors: u64,
    /// The loss that nobody has paid.
    pub residual: u64,
    /// Contributions before layer 4: the haircut is `from_survivors` of these.
    pub contributions_before: u64,
    /// Bounties of the keepers that declared and allocated.
    pub bounties: u64,
    /// Money that the defaulter, or somebody for it, has paid back.
    pub repaid: u64,
    /// The positions.
    pub positions: [DefaultedLots; MAX_POSITIONS],
    /// Number of the default among those of its member, and a part of this address.
    pub count: u64,
    #[doc(hidden)]
    pub _reserved: [u8; 40],
}

const _: () = assert!(core::mem::size_of::<DefaultRecord>() == 440);

impl DefaultRecord {
    /// Refuses a record of another fund, or in a layout that this program does not read.
    #[inline(always)]
    pub fn check(&self, fund: &Address) -> Result<()> {
        require!(anchor_lang::address_eq(&self.fund, fund), BulkheadError::WrongFund);
        require!(self.version == VERSION, BulkheadError::WrongVersion);
        Ok(())
    }

    /// Records the payment of each layer.
    #[inline(always)]
    pub fn allocate(&mut self, plan: &WaterfallPlan) -> Result<()> {
        require!(self.status == DefaultStatus::Declared, BulkheadError::AlreadyAllocated);
        self.from_contribution = plan.from_defaulter;
        self.from_treasury = plan.from_treasury;
        self.from_survivors = plan.from_survivors;
        self.residual = plan.residual;
        self.contributions_before = add(add(plan.book.contributions, plan.from_survivors)?, plan.dust)?;
        self.status = DefaultStatus::Allocated.into();
        Ok(())
    }

    /// Records a position that the house has taken over.
    pub fn note_position(&mut self, lots: i64, price: u64, market: u16) {
        self.positions[usize::from(self.positions_len)] = DefaultedLots { lots, price, market, _pad: [0; 6] };
        self.positions_len = self.positions_len.saturating_add(1);
    }

    /// Returns what others have paid for the defaulter and the defaulter has not paid back.
    pub fn owed(&self) -> Result<u64> {
        sub(sub(self.shortfall, self.from_contribution)?, self.repaid)
    }
}
