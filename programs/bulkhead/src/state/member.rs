//! A member: one wallet's margin, shares and positions in one fund.

use {
    super::{epoch_record::EpochRecord, fund::Fund},
    crate::{
        constants::{MAX_POSITIONS, VERSION},
        error::*,
    },
    anchor_lang::prelude::*,
    bulkhead_math::{
        index::{accrued, whole_units},
        position::Position,
        units::{Money, Shares},
    },
    bytemuck::{Pod, Zeroable},
};

/// Where a member stands.
#[pod_wrapper]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum MemberStatus {
    /// Free to act.
    Active = 0,
    /// Its equity was seen below zero; it can still top up.
    Grace = 1,
    /// Declared, not allocated yet.
    Defaulted = 2,
}

/// A position in one market. Free when it holds no lots and no raw quote.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct PositionSlot {
    /// Raw quote received minus raw quote paid.
    pub raw: PodI128,
    /// Signed lots.
    pub lots: i64,
    /// Index of the market.
    pub market: u16,
    #[doc(hidden)]
    pub _pad: [u8; 6],
    /// Room for index snapshots.
    #[doc(hidden)]
    pub _reserved: [u8; 32],
}

impl PositionSlot {
    /// The position.
    #[inline(always)]
    pub fn position(&self) -> Position {
        Position { lots: self.lots, raw: self.raw.get() }
    }

    /// Writes the position.
    #[inline(always)]
    pub fn set(&mut self, position: Position) {
        self.lots = position.lots;
        self.raw = position.raw.into();
    }

    /// Whether the slot is free.
    #[inline(always)]
    pub fn is_free(&self) -> bool {
        self.lots == 0 && self.raw.is_zero()
    }
}

/// One wallet's account in one fund.
#[account]
pub struct Member {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// See [`MemberStatus`].
    pub status: PodMemberStatus,
    #[doc(hidden)]
    pub _pad: [u8; 5],
    /// The fund.
    pub fund: Address,
    /// The wallet.
    pub owner: Address,
    /// May trade, can never withdraw; zero is nobody.
    pub delegate: Address,

    // Margin
    /// The member's own cash.
    pub margin: u64,

    // Default fund
    /// Shares held.
    pub shares: PodU128,
    /// Epoch the shares are of.
    pub share_epoch: u64,
    /// Shares asked back; still held, at risk and earning.
    pub notice_shares: PodU128,
    /// When they can be claimed.
    pub notice_ready_ts: i64,
    /// Slot at which a committed exit can be paid; zero before the commitment.
    pub exit_slot: u64,
    /// The fund's reward index at the last touch.
    pub reward_index: PodU128,
    /// Rewards not paid out, Q64.64.
    pub rewards: PodU128,
    /// The fund's loss index at the last touch.
    pub loss_index: PodU128,
    /// Losses of others borne, Q64.64: what recoveries are paid by.
    pub loss_borne: PodU128,

    // Default
    /// Slot in which the grace period began.
    pub grace_slot: u64,

    /// Positions.
    pub positions: [PositionSlot; MAX_POSITIONS],

    /// Room for calls, assessments and recoveries.
    #[doc(hidden)]
    pub _reserved: [u8; 128],
}

const _: () = assert!(core::mem::size_of::<Member>() == 880);

impl Member {
    /// Whether this is a member of `fund` in the layout this program reads.
    #[inline(always)]
    pub fn check(&self, fund: &Address) -> Result<()> {
        require!(anchor_lang::address_eq(&self.fund, fund), BulkheadError::WrongFund);
        require!(self.version == VERSION, BulkheadError::WrongVersion);
        Ok(())
    }

    /// The wallet itself: only it may move money out.
    #[inline(always)]
    pub fn require_owner(&self, signer: &Address) -> Result<()> {
        require!(anchor_lang::address_eq(&self.owner, signer), BulkheadError::NotOwner);
        Ok(())
    }

    /// The wallet or its delegate. Nobody can sign for the zero address, which is no delegate.
    #[inline(always)]
    pub fn require_trader(&self, signer: &Address) -> Result<()> {
        let known = anchor_lang::address_eq(&self.owner, signer) || anchor_lang::address_eq(&self.delegate, signer);
        require!(known, BulkheadError::NotTrader);
        Ok(())
    }

    /// Between declaration and allocation a defaulter can do nothing.
    #[inline(always)]
    pub fn require_not_defaulted(&self) -> Result<()> {
        require!(self.status != MemberStatus::Defaulted, BulkheadError::MemberInDefault);
        Ok(())
    }

    // Positions

    /// The position in `market`; none is an empty one.
    #[inline(always)]
    pub fn position(&self, market: u16) -> Position {
        let slot = self.positions.iter().find(|slot| slot.market == market && !slot.is_free());
        slot.map(PositionSlot::position).unwrap_or_default()
    }

    /// Writes the position in `market`, into its slot or a free one.
    #[inline(never)]
    pub fn set_position(&mut self, market: u16, position: Position) -> Result<()> {
        let own = self.positions.iter().position(|slot| slot.market == market && !slot.is_free());
        let slot = match own {
            Some(slot) => slot,
            None if position.is_empty() => return Ok(()),
            None => self.positions.iter().position(PositionSlot::is_free).ok_or(BulkheadError::NoFreePosition)?,
        };
        self.positions[slot].market = market;
        self.positions[slot].set(position);
        Ok(())
    }

    /// Whether the member holds anything in any market.
    pub fn has_positions(&self) -> bool {
        self.positions.iter().any(|slot| !slot.is_free())
    }

    // Shares

    /// Brings rewards and losses borne up to the fund's indices. Shares of an ended epoch must be settled first, for the
    /// indices have moved on without them.
    #[inline(never)]
    pub fn touch(&mut self, fund: &Fund) -> Result<()> {
        if self.share_epoch != fund.share_epoch {
            require!(self.shares.is_zero(), BulkheadError::EpochEnded);
            self.share_epoch = fund.share_epoch;
        }
        self.accrue(fund.reward_index, fund.loss_index)
    }

    /// Leaves an ended epoch: accrues up to its end; the shares are worth nothing.
    pub fn settle_epoch(&mut self, record: &EpochRecord, fund: &Fund) -> Result<()> {
        self.accrue(record.reward_index, record.loss_index)?;
        self.shares = 0.into();
        self.clear_notice();
        self.share_epoch = fund.share_epoch;
        self.accrue(fund.reward_index, fund.loss_index)
    }

    fn accrue(&mut self, reward_index: PodU128, loss_index: PodU128) -> Result<()> {
        let shares = self.shares.get();
        if shares > 0 {
            let reward = accrued(shares, self.reward_index.get(), reward_index.get()).or_fail()?;
            let loss = accrued(shares, self.loss_index.get(), loss_index.get()).or_fail()?;
            self.rewards = self.rewards.checked_add(reward).ok_or(BulkheadError::Overflow)?;
            self.loss_borne = self.loss_borne.checked_add(loss).ok_or(BulkheadError::Overflow)?;
        }
        self.reward_index = reward_index;
        self.loss_index = loss_index;
        Ok(())
    }

    /// Shares that are worth something: none of an ended epoch.
    #[inline(always)]
    pub fn live_shares(&self, fund: &Fund) -> Shares {
        if self.share_epoch == fund.share_epoch {
            self.shares.get()
        } else {
            0
        }
    }

    /// What the shares are worth.
    #[inline(never)]
    pub fn contribution(&self, fund: &Fund) -> Result<Money> {
        fund.book().value_of(self.live_shares(fund)).or_fail()
    }

    /// Burns shares; a notice never exceeds what is held.
    pub fn burn(&mut self, shares: Shares) -> Result<()> {
        let left = self.shares.get().checked_sub(shares).ok_or(BulkheadError::InsufficientShares)?;
        self.shares = left.into();
        self.notice_shares = self.notice_shares.get().min(left).into();
        Ok(())
    }

    /// Takes a withdrawal request back.
    pub fn clear_notice(&mut self) {
        self.notice_shares = 0.into();
        self.notice_ready_ts = 0;
        self.exit_slot = 0;
    }

    /// Takes the whole units of the rewards out.
    pub fn take_rewards(&mut self) -> Money {
        let (whole, fraction) = whole_units(self.rewards.get());
        self.rewards = fraction.into();
        whole
    }

    /// Whether closing the account loses nobody anything: fractions of a unit are not payable.
    pub fn is_empty(&self) -> bool {
        self.margin == 0
            && self.shares.is_zero()
            && !self.has_positions()
            && self.status == MemberStatus::Active
            && whole_units(self.rewards.get()).0 == 0
            && whole_units(self.loss_borne.get()).0 == 0
    }
}
