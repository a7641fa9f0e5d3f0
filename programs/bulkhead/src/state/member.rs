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
        losses::units_accrued,
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
    /// A wind-down has closed its positions; it waits for its claim.
    ClosedOut = 3,
}

/// A position in one market. Free when it holds no lots and no raw quote.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct PositionSlot {
    /// Raw quote received minus raw quote paid.
    pub raw: PodI128,
    /// Signed lots.
    pub lots: i64,
    /// Signed lots that a gains haircut counts: those held, except that lots gained or given up while the market has an
    /// open loss change nothing. Who trades after a default neither escapes its haircut nor inherits it.
    pub cut_lots: i64,
    /// Index of the market.
    pub market: u16,
    #[doc(hidden)]
    pub _pad: [u8; 6],
    /// The market's cut index, of the side of `cut_lots`, at the last touch.
    pub cut_index: PodU128,
    /// The market's premium index at the last touch.
    pub premium_index: PodU128,
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
    /// Losses of others borne, less recoveries paid out, Q64.64.
    pub loss_borne: PodU128,
    /// What of them is not recovered, in units of the fund's losses.
    pub loss_units: PodU128,
    /// The fund's loss units per share at the last touch.
    pub loss_units_index: PodU128,
    /// Epoch the units are of.
    pub loss_epoch: u64,

    // Default
    /// Slot in which the grace period began.
    pub grace_slot: u64,

    // Calls
    /// Shares of a past epoch that an assessment is on.
    pub assessed_shares: PodU128,
    /// That epoch, plus one.
    pub assessed_epoch: u64,
    /// Paid of that assessment.
    pub assessment_paid: u64,
    /// Assessments paid in the cooling-off period.
    pub assessed: u64,
    /// Contribution called for; zero without a call.
    pub call_amount: u64,
    /// When it is taken from margin.
    pub call_due_ts: i64,
    /// Number of the cooling-off period.
    pub cooling_off: u32,
    /// The cap of assessments this member has agreed to.
    pub assessment_cap_bps: u16,
    #[doc(hidden)]
    pub _pad2: [u8; 2],

    // Wind-down
    /// Gain that waits for the pay-out.
    pub claim: u64,

    /// Positions.
    pub positions: [PositionSlot; MAX_POSITIONS],

    #[doc(hidden)]
    pub _reserved: [u8; 64],
}

const _: () = assert!(core::mem::size_of::<Member>() == 992);

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

    /// The slot of the position in `market`.
    #[inline(always)]
    pub fn slot_mut(&mut self, market: u16) -> Option<&mut PositionSlot> {
        self.positions.iter_mut().find(|slot| slot.market == market && !slot.is_free())
    }

    /// The slot of the position in `market`, or a free one for it.
    #[inline(never)]
    pub fn slot_or_free(&mut self, market: u16) -> Result<&mut PositionSlot> {
        let mut place = None;
        for (index, slot) in self.positions.iter().enumerate() {
            if slot.is_free() {
                place = place.or(Some(index));
            } else if slot.market == market {
                place = Some(index);
                break;
            }
        }
        let slot = &mut self.positions[place.ok_or(BulkheadError::NoFreePosition)?];
        slot.market = market;
        Ok(slot)
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
        self.accrue(fund, &fund.indices())
    }

    /// Leaves an ended epoch: accrues up to its end; the shares are worth nothing, but may still be called.
    pub fn settle_epoch(&mut self, record: &EpochRecord, fund: &Fund) -> Result<()> {
        self.accrue(fund, &record.indices())?;
        if self.share_epoch.checked_add(1) == Some(fund.assessment.epoch) {
            let shares = self.shares.get();
            self.note_assessable(fund.assessment.epoch, shares);
        }
        self.shares = 0.into();
        self.clear_notice();
        self.share_epoch = fund.share_epoch;
        self.accrue(fund, &fund.indices())
    }

    fn accrue(&mut self, fund: &Fund, to: &Indices) -> Result<()> {
        self.enter_loss_epoch(fund.loss_epoch);
        let shares = self.shares.get();
        if shares > 0 {
            if self.reward_index != to.reward {
                let reward = accrued(shares, self.reward_index.get(), to.reward.get()).or_fail()?;
                self.rewards = self.rewards.checked_add(reward).ok_or(BulkheadError::Overflow)?;
            }
            if self.loss_index != to.loss {
                let loss = accrued(shares, self.loss_index.get(), to.loss.get()).or_fail()?;
                self.loss_borne = self.loss_borne.checked_add(loss).ok_or(BulkheadError::Overflow)?;
                // Units of a loss epoch that has ended are worth nothing: what they stood for is recovered.
                let from = self.loss_units_index.get().max(fund.loss_epoch_index.get());
                let units = units_accrued(shares, from.min(to.loss_units.get()), to.loss_units.get()).or_fail()?;
                self.loss_units = self.loss_units.checked_add(units).ok_or(BulkheadError::Overflow)?;
            }
        }
        self.reward_index = to.reward;
        self.loss_index = to.loss;
        self.loss_units_index = to.loss_units;
        Ok(())
    }

    fn enter_loss_epoch(&mut self, epoch: u64) {
        if self.loss_epoch != epoch {
            self.loss_epoch = epoch;
            self.loss_units = 0.into();
        }
    }

    /// Bears a loss of its own accord, beside its shares.
    pub fn bear(&mut self, loss_epoch: u64, amount: Money, units: u128) -> Result<()> {
        self.enter_loss_epoch(loss_epoch);
        self.loss_borne = self.loss_borne.checked_add(u128::from(amount) << 64).ok_or(BulkheadError::Overflow)?;
        self.loss_units = self.loss_units.checked_add(units).ok_or(BulkheadError::Overflow)?;
        Ok(())
    }

    /// Takes out what has come back of the losses borne. The member has been touched.
    pub fn take_recovery(&mut self, fund: &Fund) -> Result<Money> {
        let amount = fund.losses().claimable(self.loss_borne.get(), self.loss_units.get()).or_fail()?;
        let left = self.loss_borne.get().checked_sub(u128::from(amount) << 64);
        self.loss_borne = left.ok_or(BulkheadError::Underflow)?.into();
        Ok(amount)
    }

    /// Notes the shares an assessment is on: they outlive the epoch.
    pub fn note_assessable(&mut self, epoch: u64, shares: Shares) {
        if self.assessed_epoch != epoch {
            self.assessed_epoch = epoch;
            self.assessment_paid = 0;
        }
        self.assessed_shares = shares.into();
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
            && (self.status == MemberStatus::Active || self.status == MemberStatus::ClosedOut)
            && self.claim == 0
            && whole_units(self.rewards.get()).0 == 0
            && whole_units(self.loss_borne.get()).0 == 0
    }
}
