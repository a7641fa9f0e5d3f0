//! Fees and premiums, and how the contributors' part of them reaches the shares.

use {
    super::Fund,
    crate::{constants::*, error::*, state::member::Member},
    anchor_lang::prelude::*,
    bulkhead_math::{
        decay::{decay, faded},
        index::Index,
        units::{Bps, Money, Shares},
        Round,
    },
};

impl Fund {
    /// Takes a fee out of a member's margin; `share_fees` places it.
    pub fn take_fee(&mut self, member: &mut Member, fee: Money) -> Result<()> {
        require!(member.margin >= fee, BulkheadError::InsufficientMargin);
        member.margin = sub(member.margin, fee)?;
        self.margin_total = sub(self.margin_total, fee)?;
        Ok(())
    }

    /// Places fees and premiums taken: part to the contributors, if there are any, the rest to the treasury.
    pub fn share_fees(&mut self, to_rewards: Money, to_treasury: Money) -> Result<()> {
        let bucket = if self.total_shares.is_zero() { &mut self.treasury } else { &mut self.rewards_streaming };
        *bucket = add(*bucket, to_rewards)?;
        self.treasury = add(self.treasury, to_treasury)?;
        Ok(())
    }

    /// Releases to the shares what has become theirs: see [`REWARD_HALF_LIFE_SECS`].
    ///
    /// At most every [`REWARD_RELEASE_SECS`], and before shares change. Without shares all of it is the treasury's.
    #[inline(never)]
    pub fn release_rewards(&mut self, now: i64) -> Result<()> {
        let secs = now.saturating_sub(self.rewards_ts);
        if secs < REWARD_RELEASE_SECS {
            return Ok(());
        }
        self.rewards_ts = now;
        if self.rewards_streaming == 0 {
            return Ok(());
        }
        let shares = self.total_shares.get();
        let left = match shares {
            0 => 0,
            _ => faded(self.rewards_streaming, decay(secs.unsigned_abs(), REWARD_HALF_LIFE_SECS)),
        };
        let released = sub(self.rewards_streaming, left)?;
        self.rewards_streaming = left;
        self.reward(released, shares)
    }

    /// The same before `leaving` shares are paid: the last ones take all that is on its way.
    pub fn release_rewards_to(&mut self, leaving: Shares, now: i64) -> Result<()> {
        if leaving == self.total_shares.get() {
            return self.release_all_rewards(leaving);
        }
        self.release_rewards(now)
    }

    /// Shares that a loss has wiped out leave with all that was on its way to them.
    pub(super) fn release_all_rewards(&mut self, shares: Shares) -> Result<()> {
        let released = core::mem::take(&mut self.rewards_streaming);
        self.reward(released, shares)
    }

    /// Spreads `amount` over the shares; what they cannot divide goes to the treasury.
    fn reward(&mut self, amount: Money, shares: Shares) -> Result<()> {
        let index = Index { value: self.reward_index.get(), surplus: self.reward_surplus };
        let plan = index.plan_accrue(amount, shares).or_fail()?;
        self.rewards_unclaimed = add(self.rewards_unclaimed, plan.credited)?;
        self.treasury = add(self.treasury, plan.left)?;
        self.reward_index = plan.next.value.into();
        self.reward_surplus = plan.next.surplus;
        Ok(())
    }

    /// A premium leaves the pool. Returns the contributors' part of it, rounded down.
    pub fn receive_premium(&mut self, amount: Money) -> Result<Money> {
        let to_rewards = Bps(self.params.reward_share_bps).of(amount, Round::Down).or_fail()?; // favours the treasury
        self.pool = sub(self.pool, amount)?;
        self.share_fees(to_rewards, sub(amount, to_rewards)?)?;
        Ok(to_rewards)
    }
}
