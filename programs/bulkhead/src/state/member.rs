//! A member: one wallet's margin, shares and positions in one fund.

use {
    super::{
        fund::{daily, words},
        gains_cut::GainClaim,
    },
    crate::{
        arithmetic::*,
        constants::{MAX_POSITIONS, VERSION},
        error::*,
    },
    anchor_lang::prelude::*,
    bulkhead_math::{
        assessment::worth,
        exit_clock::Watch,
        index::whole_units,
        positions::Position,
        shares::ShareBook,
        units::{Money, Shares},
        vesting::Results,
    },
    bytemuck::{Pod, Zeroable},
};

/// The state of a member.
#[pod_wrapper]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum MemberStatus {
    /// Free to act.
    Active = 0,
    /// Its equity was seen below zero; it can still top up.
    Grace = 1,
    /// A wind-down has closed its positions. It waits for its claim to be paid.
    ClosedOut = 3,
}

/// A position in one market. Free when it holds no lots and no raw quote; a free slot may be kept for a
/// taking.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct PositionSlot {
    /// Raw quote received minus raw quote paid.
    pub raw: PodI128,
    /// Signed lots.
    pub lots: i64,
    /// Index of the market.
    pub market: u16,
    /// Takings of offers in this market that wait for their fill. The slot is kept for them.
    pub takings: u16,
    #[doc(hidden)]
    pub _pad: [u8; 4],
    /// The market's premium index at the last touch.
    pub premium_index: PodU128,
}

impl PositionSlot {
    /// Returns the position.
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

    /// Returns `true` if the slot is free.
    #[inline(always)]
    pub fn is_free(&self) -> bool {
        self.lots == 0 && self.raw.is_zero()
    }
}

/// Signed settled results of two vesting periods.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct SettledResults {
    /// Reading of the fund's clock at which the present period began.
    pub since: u64,
    /// Settled in the present period.
    pub present: i64,
    /// Settled in the period before.
    pub previous: i64,
}

impl SettledResults {
    /// As the math takes them.
    #[inline(always)]
    pub fn get(&self) -> Results {
        Results { since: self.since, present: self.present, previous: self.previous }
    }

    /// As accounts hold them.
    #[inline(always)]
    pub fn of(results: &Results) -> Self {
        Self { since: results.since, present: results.present, previous: results.previous }
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
    /// Slots at the end of [`Self::positions`] that were never taken. Nearly always six or seven, so that a
    /// walk need not visit all eight. A member of before this was counted has none of them.
    pub untaken: u8,
    #[doc(hidden)]
    pub _pad: [u8; 4],
    /// The fund.
    pub fund: Address,
    /// The wallet.
    pub owner: Address,
    /// A key that may trade and can never withdraw; zero is nobody.
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
    /// Reading of the exit clock, in seconds, from which they can be claimed.
    pub notice_ready_secs: u64,
    /// Reading of the exit clock, in seconds, from which a committed exit can be paid; zero before
    /// the commitment.
    pub exit_ready_secs: u64,
    /// The fund's reward index at the last touch.
    pub reward_index: PodU128,
    /// Rewards not paid out, Q64.64.
    pub rewards: PodU128,
    /// The fund's loss index at the last touch.
    pub loss_index: PodU128,
    /// Losses of others borne, less recoveries paid out, Q64.64.
    pub loss_borne: PodU128,
    /// The part of them that is not recovered, in units of the fund's losses.
    pub loss_units: PodU128,
    /// The fund's loss units per share at the last touch.
    pub loss_units_index: PodU128,
    /// Epoch the units are of.
    pub loss_epoch: u64,

    // Default
    /// Slot in which the grace period began.
    pub grace_slot: u64,
    /// When the grace period began.
    pub grace_ts: i64,
    /// Day of chain time on which the last one began: one a day.
    pub grace_day: u32,
    /// Whether the grace is as long as a silent leg asks for.
    pub grace_is_long: PodBool,
    /// Whether a commitment that a block of exits has interrupted was made again.
    pub exit_renewed: PodBool,
    #[doc(hidden)]
    pub _pad3: [u8; 2],

    // Watch: see `bulkhead_math::exit_clock`
    /// When the watch began.
    pub watch_since_ts: i64,
    /// When it ends at the latest; not after its beginning if there is none.
    pub watch_until_ts: i64,
    /// Day that `watch_used_secs` is of.
    pub watch_day: u32,
    /// Seconds of that day in which earlier watches have blocked exits.
    pub watch_used_secs: u32,

    // Calls
    /// Shares of a past epoch that an assessment is on.
    pub assessed_shares: PodU128,
    /// That epoch, plus one.
    pub assessed_epoch: u64,
    /// Paid of that assessment.
    pub assessment_paid: u64,
    /// Assessments paid in the cooling-off period.
    pub assessed: u64,
    /// Contribution that is called for; zero without a call.
    pub call_amount: u64,
    /// Reading of the exit clock, in seconds, from which it is taken from margin.
    pub call_due_secs: u64,
    /// Number of the cooling-off period.
    pub cooling_off: u32,
    /// The cap of assessments this member has agreed to.
    pub assessment_cap_bps: u16,
    #[doc(hidden)]
    pub _pad2: [u8; 2],

    // Shares bought since the first loss of a cooling-off period
    /// The shares.
    pub bought_shares: PodU128,
    /// Money by which an assessment measures them: the lower of what they cost and what they were
    /// worth before the loss.
    pub bought_base: u64,
    /// Epoch of the shares.
    pub bought_epoch: u64,
    /// Number of the cooling-off period.
    pub bought_cooling_off: u32,
    #[doc(hidden)]
    pub _pad4: [u8; 4],

    // Wind-down
    /// Gain that waits for the pay-out.
    pub claim: u64,

    /// Positions.
    pub positions: [PositionSlot; MAX_POSITIONS],

    // Vesting: see `rules::vesting`
    /// What was settled lately: equity, and no money to leave with.
    pub settled: SettledResults,

    // Cushions, stress calls, and what a delegate may concede
    /// Records of this member's defaults whose cushions are not released: until then it cannot
    /// leave.
    pub cushions: u32,
    /// The day on which the delegate conceded [`Self::conceded`], counted from 1970.
    pub conceded_day: u32,
    /// What the delegate has conceded against the mark on that day.
    pub conceded: u64,
    /// What the delegate may concede in a day.
    pub delegate_budget: u64,
    /// Reading of the exit clock, in seconds, from which the excess of a stress call may be sold. A
    /// member that is called only reduces; see [`Self::is_stress_called`].
    pub stress_due_secs: u64,
    /// Whether the member is called for its stress loss.
    pub is_stress_called: PodBool,
    #[doc(hidden)]
    pub _pad5: [u8; 7],

    // Gains cuts: see `rules::gains_cut`
    /// The last cut round in which the member is registered.
    pub cut_seen: u64,
    /// Its claim to a registered gain.
    pub gain_claim: GainClaim,

    /// Number of the member's next default. It starts at the fund's number when the account is
    /// opened, so that an account that is opened again never meets an old record.
    pub default_count: u64,

    // Offers: see `rules::offers`
    /// Margin that is locked for offers of this member, or that it has taken, until they are filled
    /// or lapse: the sum over all that are taken.
    pub locked: u64,
    /// Stress loss of the lots that they wait for.
    pub locked_stress: u64,
    /// Contribution that those lots require.
    pub locked_contribution: u64,

    #[doc(hidden)]
    pub _reserved: [u64; 5],
}

const _: () = assert!(core::mem::size_of::<Member>() == 1_000);

impl Member {
    /// Refuses a member of another fund, or in a layout that this program does not read.
    #[inline(always)]
    pub fn check(&self, fund: &Address) -> Result<()> {
        require!(anchor_lang::address_eq(&self.fund, fund), BulkheadError::WrongFund);
        require!(self.version == VERSION, BulkheadError::WrongVersion);
        Ok(())
    }

    /// Refuses unless the wallet itself signs: only it may move money out.
    #[inline(always)]
    pub fn require_owner(&self, signer: &Address) -> Result<()> {
        require!(anchor_lang::address_eq(&self.owner, signer), BulkheadError::NotOwner);
        Ok(())
    }

    /// Whether this key, which [`Self::require_trader`] has let in, is the delegate's and not the
    /// owner's.
    #[inline(always)]
    pub fn is_delegate(&self, signer: &Address) -> bool {
        !anchor_lang::address_eq(&self.owner, signer)
    }

    /// The wallet or its delegate. Nobody can sign for the zero address, which is no delegate.
    #[inline(always)]
    pub fn require_trader(&self, signer: &Address) -> Result<()> {
        let known =
            anchor_lang::address_eq(&self.owner, signer) || anchor_lang::address_eq(&self.delegate, signer);
        require!(known, BulkheadError::NotTrader);
        Ok(())
    }

    // Positions

    /// Returns the positions that the member holds.
    #[inline(always)]
    pub fn held(&self) -> impl Iterator<Item = &PositionSlot> {
        let slots = self.positions.get(..self.taken()).unwrap_or_default();
        slots.iter().filter(|slot| !slot.is_free())
    }

    /// Returns the same, to change.
    #[inline(always)]
    pub fn held_mut(&mut self) -> impl Iterator<Item = &mut PositionSlot> {
        let taken = self.taken();
        let slots = self.positions.get_mut(..taken).unwrap_or_default();
        slots.iter_mut().filter(|slot| !slot.is_free())
    }

    /// Returns how many slots were ever taken.
    #[inline(always)]
    fn taken(&self) -> usize {
        MAX_POSITIONS.checked_sub(self.untaken.into()).unwrap_or(MAX_POSITIONS)
    }

    /// Returns the position in `market`, which is empty if there is none.
    #[inline(always)]
    pub fn position(&self, market: u16) -> Position {
        let slot = self.held().find(|slot| slot.market == market);
        slot.map(PositionSlot::position).unwrap_or_default()
    }

    /// Returns the slot of the position in `market`.
    #[inline(always)]
    pub fn slot_mut(&mut self, market: u16) -> Option<&mut PositionSlot> {
        self.held_mut().find(|slot| slot.market == market)
    }

    /// Returns the slot of the position in `market`, or a free one for it: the one that is kept for
    /// takings in this market, or one that is kept for none.
    #[inline(never)]
    pub fn slot_or_free(&mut self, market: u16) -> Result<&mut PositionSlot> {
        let taken = self.taken();
        let mut place = taken;
        for (index, slot) in self.positions.get(..taken).unwrap_or_default().iter().enumerate() {
            if slot.is_free() && slot.takings == 0 {
                place = place.min(index);
            } else if slot.market == market {
                place = index;
                break;
            }
        }
        let slot = self.positions.get_mut(place).ok_or(BulkheadError::NoFreePosition)?;
        if place == taken {
            self.untaken = self.untaken.saturating_sub(1);
        }
        slot.market = market;
        Ok(slot)
    }

    /// Keeps a slot for one more taking in `market`.
    ///
    /// # Errors
    /// `NoFreePosition`.
    pub fn keep_slot(&mut self, market: u16) -> Result<()> {
        let slot = self.slot_or_free(market)?;
        slot.takings = slot.takings.checked_add(1).ok_or(BulkheadError::Overflow)?;
        Ok(())
    }

    /// Keeps the slot in `market` for one taking less.
    pub fn release_slot(&mut self, market: u16) -> Result<()> {
        let mut kept = self.positions.iter_mut().filter(|slot| slot.takings > 0);
        let slot = kept.find(|slot| slot.market == market).ok_or(BulkheadError::Underflow)?;
        slot.takings = slot.takings.checked_sub(1).ok_or(BulkheadError::Underflow)?;
        Ok(())
    }

    /// Returns `true` if the member holds a position in any market.
    pub fn has_positions(&self) -> bool {
        self.held().next().is_some()
    }

    // Shares

    /// Enters the fund's current loss epoch. Units of an earlier one are worth nothing: everything
    /// they stood for was recovered.
    pub fn enter_loss_epoch(&mut self, epoch: u64) {
        if self.loss_epoch != epoch {
            self.loss_epoch = epoch;
            self.loss_units = 0.into();
        }
    }

    /// Records a loss that this member bore directly, not through its shares.
    pub fn record_loss(&mut self, loss_epoch: u64, amount: Money, units: u128) -> Result<()> {
        self.enter_loss_epoch(loss_epoch);
        self.loss_borne =
            self.loss_borne.checked_add(u128::from(amount) << 64).ok_or(BulkheadError::Overflow)?;
        self.loss_units = self.loss_units.checked_add(units).ok_or(BulkheadError::Overflow)?;
        Ok(())
    }

    /// Records the shares that an assessment is on: they outlive the epoch.
    pub fn note_assessable(&mut self, epoch: u64, shares: Shares) {
        if self.assessed_epoch != epoch {
            self.assessed_epoch = epoch;
            self.assessment_paid = 0;
        }
        self.assessed_shares = shares.into();
    }

    /// Returns the shares, or zero if they are of an earlier epoch than `share_epoch`: such shares
    /// are worth nothing.
    #[inline(always)]
    pub fn live_shares(&self, share_epoch: u64) -> Shares {
        if self.share_epoch == share_epoch {
            self.shares.get()
        } else {
            0
        }
    }

    /// Burns shares. A notice never exceeds the shares held.
    pub fn burn(&mut self, shares: Shares) -> Result<()> {
        let left = self.shares.get().checked_sub(shares).ok_or(BulkheadError::InsufficientShares)?;
        self.shares = left.into();
        self.notice_shares = self.notice_shares.get().min(left).into();
        self.keep_bought(left)
    }

    /// Notes shares that were bought after the first loss of a cooling-off period, and what an
    /// assessment measures them by.
    pub fn note_bought(&mut self, cooling_off: u32, epoch: u64, shares: Shares, base: Money) -> Result<()> {
        if !self.has_bought(cooling_off, epoch) {
            self.bought_cooling_off = cooling_off;
            self.bought_epoch = epoch;
            self.bought_shares = 0.into();
            self.bought_base = 0;
        }
        self.bought_shares = self.bought_shares.checked_add(shares).ok_or(BulkheadError::Overflow)?;
        self.bought_base = add(self.bought_base, base)?;
        Ok(())
    }

    /// Whether the member has noted shares of this epoch in this cooling-off period.
    pub fn has_bought(&self, cooling_off: u32, epoch: u64) -> bool {
        self.bought_cooling_off == cooling_off && self.bought_epoch == epoch
    }

    /// Shares that leave are the ones held longest: of the bought ones at most `left` stay, with
    /// their part of the base, rounded down in favour of the member.
    fn keep_bought(&mut self, left: Shares) -> Result<()> {
        let bought = self.bought_shares.get();
        if left < bought {
            let held = ShareBook { contributions: self.bought_base, total_shares: bought };
            self.bought_base = worth(left, &held).or_fail()?;
            self.bought_shares = left.into();
        }
        Ok(())
    }

    /// The watch as the math takes it.
    pub fn watch(&self) -> Watch {
        let daily = daily(self.watch_day, self.watch_used_secs);
        Watch { since: self.watch_since_ts, until: self.watch_until_ts, daily }
    }

    /// Writes the watch.
    pub fn set_watch(&mut self, watch: &Watch) {
        self.watch_since_ts = watch.since;
        self.watch_until_ts = watch.until;
        (self.watch_day, self.watch_used_secs) = words(&watch.daily);
    }

    /// Takes a withdrawal request back.
    pub fn clear_notice(&mut self) {
        self.notice_shares = 0.into();
        self.notice_ready_secs = 0;
        self.exit_ready_secs = 0;
        self.exit_renewed = false.into();
    }

    /// Takes so many whole units out of the rewards.
    pub fn take_whole_rewards(&mut self, amount: Money) -> Result<()> {
        let left = self.rewards.checked_sub(u128::from(amount) << 64);
        self.rewards = left.ok_or(BulkheadError::Underflow)?;
        Ok(())
    }

    /// Takes the whole units of the rewards out.
    pub fn take_rewards(&mut self) -> Money {
        let (whole, fraction) = whole_units(self.rewards.get());
        self.rewards = fraction.into();
        whole
    }

    /// Whether closing the account loses nobody anything: fractions of a unit are not payable. A
    /// watch is ended first, so that no member opens anew with an unused day.
    pub fn is_empty(&self) -> bool {
        self.margin == 0
            && self.shares.is_zero()
            && !self.has_positions()
            && (self.status == MemberStatus::Active || self.status == MemberStatus::ClosedOut)
            && self.watch_until_ts == 0
            && self.claim == 0
            && self.gain_claim.round == 0
            && self.cushions == 0
            && self.locked == 0
            && whole_units(self.rewards.get()).0 == 0
            && whole_units(self.loss_borne.get()).0 == 0
    }
}
