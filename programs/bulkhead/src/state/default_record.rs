//! The audit trail of one default.

use {
    super::rounds::CushionMark,
    crate::{
        arithmetic::*,
        constants::{MAX_POSITIONS, VERSION},
        error::*,
    },
    anchor_lang::prelude::*,
    bulkhead_math::{declaration::Declaration, waterfall::WaterfallPlan},
    bytemuck::{Pod, Zeroable},
};

/// The state of a default.
#[pod_wrapper]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum DefaultStatus {
    /// Layers 1 and 2 were not enough, and nobody has paid the rest.
    Declared = 0,
    /// The waterfall has run, or the defaulter has paid for everything itself.
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

/// One default: what it cost and who paid. Closable, the rent back to its payer, once it is
/// allocated, its cushion released and its retention period over.
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
    /// Money that the defaulter, or somebody for it, has paid back, and losses of its own that were set off.
    pub repaid: u64,
    /// The positions.
    pub positions: [DefaultedLots; MAX_POSITIONS],

    // Layers 1 and 2, and the cushion
    /// Set off against the loss: rewards that the defaulter could have claimed.
    pub from_rewards: u64,
    /// Set off against the loss: recoveries that the defaulter could have claimed.
    pub from_recoveries: u64,
    /// Set off against the loss: what was left of the defaulter's claim to a gain that was cut.
    pub from_claim: u64,
    /// The claim to a gain that is not cut yet, which the defaulter has assigned to the fund.
    pub assigned: u64,
    /// What layers 1 and 2 leave for the waterfall; zero once it has run.
    pub unfunded: u64,
    /// Layer 4: cushions of defaulters.
    pub from_cushions: u64,
    /// What the defaulter had left, up to the stress loss of its lots: it stands behind their sale.
    pub cushion: u64,
    /// The house round in which it does.
    pub cushion_round: u64,
    /// Units of that round's cushions; zero without a cushion, and once it is released.
    pub cushion_units: PodU128,
    /// Where the round's losses stood when the record joined it.
    pub cushion_mark: CushionMark,

    /// Number of the default among those of its member, and a part of this address.
    pub count: u64,

    #[doc(hidden)]
    pub _reserved: [u8; 48],
}

const _: () = assert!(core::mem::size_of::<DefaultRecord>() == 560);

impl DefaultRecord {
    /// Refuses a record of another fund, or in a layout that this program does not read.
    #[inline(always)]
    pub fn check(&self, fund: &Address) -> Result<()> {
        require!(anchor_lang::address_eq(&self.fund, fund), BulkheadError::WrongFund);
        require!(self.version == VERSION, BulkheadError::WrongVersion);
        Ok(())
    }

    /// Records what layers 1 and 2 paid. A default that they cover is allocated.
    pub fn declare(&mut self, plan: &Declaration) {
        self.from_claim = plan.from_claim;
        self.from_rewards = plan.from_rewards;
        self.from_recoveries = plan.from_recoveries;
        self.from_contribution = plan.own;
        self.unfunded = plan.unfunded;
        let status = if plan.unfunded > 0 { DefaultStatus::Declared } else { DefaultStatus::Allocated };
        self.status = status.into();
    }

    /// Records what layers 3 and 4 paid.
    #[inline(always)]
    pub fn allocate(&mut self, plan: &WaterfallPlan) -> Result<()> {
        self.unfunded = 0;
        self.from_treasury = plan.from_treasury;
        self.from_survivors = plan.from_survivors;
        self.from_cushions = plan.from_cushions;
        self.residual = plan.residual;
        self.contributions_before = add(add(plan.book.contributions, plan.from_survivors)?, plan.dust)?;
        self.status = DefaultStatus::Allocated.into();
        Ok(())
    }

    /// Whether its cushion still stands behind a house, or is not released.
    pub fn has_cushion(&self) -> bool {
        !self.cushion_units.is_zero()
    }

    /// Records a position that the house has taken over.
    pub fn note_position(&mut self, lots: i64, price: u64, market: u16) {
        self.positions[usize::from(self.positions_len)] = DefaultedLots { lots, price, market, _pad: [0; 6] };
        self.positions_len = self.positions_len.saturating_add(1);
    }

    /// Returns what others have paid for the defaulter and the defaulter has not paid back.
    pub fn owed(&self) -> Result<u64> {
        let set_off = add(add(self.from_claim, self.from_rewards)?, self.from_recoveries)?;
        sub(sub(sub(self.shortfall, set_off)?, self.from_contribution)?, self.repaid)
    }
}
