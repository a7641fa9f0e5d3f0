//! The fund: one settlement mint, one vault, the buckets that say whose money is in it.

use {
    super::{default_record::DefaultRecord, market::Market, member::Member, params::*},
    crate::{constants::*, error::*},
    anchor_lang::prelude::*,
    bulkhead_math::{
        index::Index,
        shares::ShareBook,
        units::{Bps, Money, Pnl},
        waterfall::{Layers, WaterfallPlan},
        Round,
    },
};

/// Where a fund stands.
#[pod_wrapper]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum FundStatus {
    /// Everything runs.
    Active = 0,
    /// A loss exceeded the layers: no new risk until it is funded.
    Recovery = 1,
    /// Members close out.
    WindDown = 2,
}

/// What a pause can stop. Deposits of margin, liquidation, default, allocation and due withdrawals are not among them.
pub mod pause {
    /// New members.
    pub const OPEN_MEMBER: u8 = 1 << 0;
    /// Contributions.
    pub const CONTRIBUTE: u8 = 1 << 1;
    /// Trades that add risk; reducing goes on.
    pub const NOVATE: u8 = 1 << 2;
    /// Withdrawals of margin.
    pub const WITHDRAW_MARGIN: u8 = 1 << 3;
    /// Everything that can be paused.
    pub const ALL: u8 = OPEN_MEMBER | CONTRIBUTE | NOVATE | WITHDRAW_MARGIN;
}

/// One clearing fund.
#[account]
pub struct Fund {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Bump of the vault.
    pub vault_bump: u8,
    /// See [`FundStatus`].
    pub status: PodFundStatus,
    /// See [`pause`].
    pub pause_bits: u8,
    /// Decimals of the settlement mint.
    pub quote_decimals: u8,
    /// Number of the fund among those of its mint.
    pub id: u16,

    // Authorities
    /// Sets parameters; in practice a multisig.
    pub authority: Address,
    /// Takes over when it accepts.
    pub pending_authority: Address,
    /// Can only make things safer.
    pub guardian: Address,
    /// Settlement mint.
    pub mint: Address,
    /// Holds all the money.
    pub vault: Address,
    /// Owns mint and vault.
    pub token_program: Address,
    /// Raised by every governance instruction.
    pub governance_nonce: u64,
    /// The pause ends by itself.
    pub pause_expires_ts: i64,
    /// The next pause cannot start before.
    pub pause_allowed_ts: i64,

    // Buckets: whose money the vault holds
    /// Members' margins.
    pub margin_total: u64,
    /// The default fund.
    pub contributions: u64,
    /// The protocol's own money.
    pub treasury: u64,
    /// Rewards not paid out.
    pub rewards_unclaimed: u64,
    /// Paid in by losers, not yet drawn by winners.
    pub pool: u64,
    /// Set aside for covered losses.
    pub cover_reserve: u64,
    /// Gains of the house, owed to those who bore its losses.
    pub recoveries: u64,

    // Shares
    /// Shares of the current epoch.
    pub total_shares: PodU128,
    /// Ends when a loss takes all contributions.
    pub share_epoch: u64,
    /// Rewards per share.
    pub reward_index: PodU128,
    /// See [`Index::surplus`].
    pub reward_surplus: u64,
    /// Losses per share.
    pub loss_index: PodU128,

    // Losses
    /// Defaults declared so far; the number of the next one.
    pub default_seq: u64,
    /// Defaults up to here are paid for.
    pub settled_seq: u64,
    /// Losses nobody has paid yet.
    pub unfunded: u64,
    /// The part of it that no open default owns.
    pub residual: u64,
    /// Defaults declared and not allocated.
    pub open_defaults: u32,
    /// Members in their grace period.
    pub graces: u32,
    /// Members.
    pub members: u32,
    /// Markets.
    pub market_count: u16,
    /// Markets in which the house holds lots.
    pub open_houses: u16,

    // Parameters
    /// Set by governance.
    pub params: FundParams,
    /// Room for more parameters.
    #[doc(hidden)]
    pub _params_reserved: [u8; 64],
    /// Room for assessments, outflow window, exposures table and queued changes.
    #[doc(hidden)]
    pub _reserved: [u8; 256],
}

const _: () = assert!(core::mem::size_of::<Fund>() == 768);

impl Fund {
    /// Whether the account has the layout this program reads.
    #[inline(always)]
    pub fn check(&self) -> Result<()> {
        require!(self.version == VERSION, BulkheadError::WrongVersion);
        Ok(())
    }

    /// The authority, with a live mandate; raises the nonce.
    pub fn authorize(&mut self, signer: &Address, mandate: &Mandate, slot: u64) -> Result<()> {
        require!(anchor_lang::address_eq(&self.authority, signer), BulkheadError::NotAuthority);
        self.use_mandate(mandate, slot)
    }

    /// The authority or the guardian, with a live mandate; raises the nonce.
    pub fn authorize_guardian(&mut self, signer: &Address, mandate: &Mandate, slot: u64) -> Result<()> {
        let known = anchor_lang::address_eq(&self.guardian, signer) || anchor_lang::address_eq(&self.authority, signer);
        require!(known, BulkheadError::NotGuardian);
        self.use_mandate(mandate, slot)
    }

    fn use_mandate(&mut self, mandate: &Mandate, slot: u64) -> Result<()> {
        require!(mandate.nonce == self.governance_nonce, BulkheadError::StaleNonce);
        require!(slot <= mandate.last_valid_slot, BulkheadError::MandateExpired);
        self.governance_nonce = add(self.governance_nonce, 1)?;
        Ok(())
    }

    // Pause

    /// Pauses `bits` until `now + secs`; zero bits end a pause at once.
    pub fn pause(&mut self, bits: u8, secs: i64, now: i64) -> Result<()> {
        if bits == 0 {
            self.pause_bits = 0;
            self.pause_expires_ts = 0;
            return Ok(());
        }
        require!(bits & !pause::ALL == 0, BulkheadError::ParameterOutOfBounds);
        require!((1..=MAX_PAUSE_SECS).contains(&secs) && now >= self.pause_allowed_ts, BulkheadError::PauseTooLong);
        self.pause_bits = bits;
        self.pause_expires_ts = now.checked_add(secs).ok_or(BulkheadError::Overflow)?;
        self.pause_allowed_ts = self.pause_expires_ts.checked_add(secs).ok_or(BulkheadError::Overflow)?;
        Ok(())
    }

    /// Whether `bit` is paused at `now`.
    #[inline(always)]
    pub fn is_paused(&self, bit: u8, now: i64) -> bool {
        self.pause_bits & bit != 0 && now < self.pause_expires_ts
    }

    /// Refuses while `bit` is paused.
    #[inline(always)]
    pub fn require_not_paused(&self, bit: u8, now: i64) -> Result<()> {
        require!(!self.is_paused(bit, now), BulkheadError::Paused);
        Ok(())
    }

    // Contributions

    /// Money and shares of the default fund.
    #[inline(always)]
    pub fn book(&self) -> ShareBook {
        ShareBook { contributions: self.contributions, total_shares: self.total_shares.get() }
    }

    /// Writes money and shares of the default fund.
    #[inline(always)]
    pub fn set_book(&mut self, book: ShareBook) {
        self.contributions = book.contributions;
        self.total_shares = book.total_shares.into();
    }

    /// While a loss is on its way, contributions neither leave (they are liable) nor enter (nobody inherits a loss that
    /// was there before). An unsold house position is such a loss, of unknown size; a grace period may become one.
    #[inline(always)]
    pub fn require_no_loss_pending(&self) -> Result<()> {
        require!(!self.is_loss_pending(), BulkheadError::LossPending);
        Ok(())
    }

    /// See [`Self::require_no_loss_pending`].
    #[inline(always)]
    pub fn is_loss_pending(&self) -> bool {
        self.has_open_loss() || self.graces > 0 || self.open_houses > 0
    }

    /// Whether a default is open or a loss unfunded.
    #[inline(always)]
    pub fn has_open_loss(&self) -> bool {
        self.open_defaults > 0 || self.unfunded > 0
    }

    /// Once every loss is paid, the markets of past defaults trade again.
    fn settle_defaults(&mut self) {
        if !self.has_open_loss() {
            self.settled_seq = self.default_seq;
            if self.status == FundStatus::Recovery {
                self.status = FundStatus::Active.into();
            }
        }
    }

    /// What others than a member with this `contribution` would lose to: treasury and the others' contributions.
    pub fn mutual_resources(&self, contribution: Money) -> Result<Money> {
        add(self.treasury, sub(self.contributions, contribution)?)
    }

    /// What governance must leave in the treasury: skin in the game.
    pub fn treasury_floor(&self) -> Result<Money> {
        let relative = Bps(self.params.treasury_floor_bps).of(self.contributions, Round::Up).or_fail()?; // favours members
        Ok(relative.max(self.params.treasury_floor))
    }

    // Cash

    /// Takes a fee out of a member's margin; `share_fees` places it.
    pub fn take_fee(&mut self, member: &mut Member, fee: Money) -> Result<()> {
        require!(member.margin >= fee, BulkheadError::InsufficientMargin);
        member.margin = sub(member.margin, fee)?;
        self.margin_total = sub(self.margin_total, fee)?;
        Ok(())
    }

    /// Places fees taken: part to the contributors, the rest to the treasury.
    pub fn share_fees(&mut self, to_rewards: Money, to_treasury: Money) -> Result<()> {
        self.treasury = add(self.treasury, to_treasury)?;
        if to_rewards > 0 {
            self.reward(to_rewards)?;
        }
        Ok(())
    }

    /// Spreads `amount` over the shares; what they cannot divide goes to the treasury.
    #[inline(never)]
    fn reward(&mut self, amount: Money) -> Result<()> {
        let index = Index { value: self.reward_index.get(), surplus: self.reward_surplus };
        let plan = index.plan_accrue(amount, self.total_shares.get()).or_fail()?;
        self.rewards_unclaimed = add(self.rewards_unclaimed, plan.credited)?;
        self.treasury = add(self.treasury, plan.left)?;
        self.reward_index = plan.next.value.into();
        self.reward_surplus = plan.next.surplus;
        Ok(())
    }

    /// Cash between a member's margin and the settlement pool; positive is to the member.
    pub fn settle_cash(&mut self, member: &mut Member, paid: Pnl) -> Result<()> {
        let out = paid.checked_neg().ok_or(BulkheadError::Overflow)?;
        member.margin = add_signed(member.margin, paid)?;
        self.margin_total = add_signed(self.margin_total, paid)?;
        self.pool = add_signed(self.pool, out)?;
        Ok(())
    }

    // Losses

    /// Layer 1 of a default: the margin goes to the pool, the shortfall is owed. Returns the margin taken.
    pub fn declare(&mut self, member: &mut Member, shortfall: Money) -> Result<Money> {
        let margin = core::mem::take(&mut member.margin);
        self.margin_total = sub(self.margin_total, margin)?;
        self.pool = add(self.pool, margin)?;
        self.unfunded = add(self.unfunded, shortfall)?;
        self.open_defaults = self.open_defaults.checked_add(1).ok_or(BulkheadError::Overflow)?;
        self.default_seq = add(self.default_seq, 1)?;
        Ok(margin)
    }

    /// The layers a loss meets; a loss without a defaulter skips layer 2.
    pub fn layers(&self, defaulter: Option<&Member>) -> Layers {
        let defaulter_shares = defaulter.map_or(0, |member| member.live_shares(self));
        Layers { defaulter_shares, treasury: self.treasury, book: self.book() }
    }

    /// Applies a waterfall over `loss`: what the layers paid moves to the pool, the rest becomes the residual.
    /// The residual is counted anew by the caller's `loss`, so it must have left `self.residual` before.
    #[inline(never)]
    fn apply_waterfall(&mut self, plan: &WaterfallPlan) -> Result<()> {
        let paid = plan.paid().or_fail()?;
        self.pool = add(self.pool, paid)?;
        self.unfunded = sub(self.unfunded, paid)?;
        self.residual = add(self.residual, plan.residual)?;
        self.treasury = plan.treasury;
        if plan.from_survivors > 0 {
            // Per share rounded down: nobody ever claims back more than was lost.
            let index = Index { value: self.loss_index.get(), surplus: 0 };
            let borne = index.plan_accrue(plan.from_survivors, plan.surviving_shares).or_fail()?;
            self.loss_index = borne.next.value.into();
        }
        self.set_book(plan.book);
        if plan.ends_epoch {
            self.share_epoch = add(self.share_epoch, 1)?;
        }
        if self.residual > 0 {
            self.status = FundStatus::Recovery.into();
        }
        self.settle_defaults();
        Ok(())
    }

    /// Pays for an open default.
    pub fn allocate_default(&mut self, record: &mut DefaultRecord, plan: &WaterfallPlan) -> Result<()> {
        record.allocate(plan)?;
        self.open_defaults = self.open_defaults.checked_sub(1).ok_or(BulkheadError::Underflow)?;
        self.apply_waterfall(plan)
    }

    /// Pays for what no open default owns.
    pub fn allocate_residual(&mut self, plan: &WaterfallPlan) -> Result<()> {
        self.residual = 0;
        self.apply_waterfall(plan)
    }

    /// Once the house of `market` is flat, what it lost is owed by the layers and what it gained belongs to those who
    /// bore its losses. Returns the result.
    pub fn realise_house(&mut self, market: &mut Market) -> Result<Pnl> {
        let result = bulkhead_math::rounding::raw_to_pnl(market.house().raw, market.scale()?).or_fail()?;
        let realised = if result < 0 {
            self.unfunded = add(self.unfunded, result.unsigned_abs())?;
            self.residual = add(self.residual, result.unsigned_abs())?;
            result
        } else {
            let paid = result.unsigned_abs().min(self.pool);
            self.pool = sub(self.pool, paid)?;
            self.recoveries = add(self.recoveries, paid)?;
            bulkhead_math::units::to_pnl(paid).or_fail()?
        };
        let house = market.house().realise(realised, market.scale()?).or_fail()?;
        market.set_house(house);
        Ok(realised)
    }

    /// Counts the markets whose house holds lots.
    pub fn move_open_houses(&mut self, before: i64, after: i64) -> Result<()> {
        self.open_houses = match (before == 0, after == 0) {
            (true, false) => self.open_houses.checked_add(1).ok_or(BulkheadError::Overflow)?,
            (false, true) => self.open_houses.checked_sub(1).ok_or(BulkheadError::Underflow)?,
            _ => self.open_houses,
        };
        Ok(())
    }

    /// What the vault owes: every bucket. P1 says it holds at least this.
    pub fn owed(&self) -> Result<Money> {
        let buckets = [
            self.margin_total,
            self.contributions,
            self.treasury,
            self.rewards_unclaimed,
            self.pool,
            self.cover_reserve,
            self.recoveries,
        ];
        buckets.into_iter().try_fold(0, add)
    }

    /// What must hold after every instruction and costs little to check.
    #[inline(never)]
    pub fn invariant(&self) -> Result<()> {
        let holds = self.residual <= self.unfunded
            && (self.open_defaults > 0 || self.unfunded == self.residual)
            && (self.contributions > 0 || self.total_shares.is_zero() || self.open_defaults > 0)
            && self.settled_seq <= self.default_seq;
        require!(holds, BulkheadError::InvariantViolated);
        self.owed().map(drop)
    }
}
