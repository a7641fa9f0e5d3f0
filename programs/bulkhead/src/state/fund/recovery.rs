//! Losses borne, and what of them comes back.

use {
    super::Fund,
    crate::{error::*, state::member::Member},
    anchor_lang::prelude::*,
    bulkhead_math::{
        losses::LossBook,
        units::{Money, Shares},
    },
};

impl Fund {
    /// Losses outstanding.
    pub fn losses(&self) -> LossBook {
        LossBook { outstanding: self.losses_outstanding, units: self.loss_units.get() }
    }

    fn set_losses(&mut self, book: LossBook) {
        self.losses_outstanding = book.outstanding;
        self.loss_units = book.units.into();
    }

    /// Every share bears its part of `amount`.
    #[inline(never)]
    pub(super) fn bear_by_shares(&mut self, amount: Money, shares: Shares) -> Result<()> {
        let plan = self.losses().plan_bear_by_shares(amount, shares).or_fail()?;
        self.set_losses(plan.next);
        let (loss, units) = (plan.loss_per_share, plan.units_per_share);
        self.loss_index = self.loss_index.checked_add(loss).ok_or(BulkheadError::Overflow)?;
        self.loss_units_index = self.loss_units_index.checked_add(units).ok_or(BulkheadError::Overflow)?;
        Ok(())
    }

    /// One member bears `amount`.
    #[inline(never)]
    pub fn bear(&mut self, member: &mut Member, amount: Money) -> Result<()> {
        let plan = self.losses().plan_bear(amount).or_fail()?;
        self.set_losses(plan.next);
        member.bear(self.loss_epoch, amount, plan.units)
    }

    /// A member gives up what it has not recovered; what it can claim stays. Returns what was given up.
    pub fn waive(&mut self, member: &mut Member) -> Result<Money> {
        let before = self.losses_outstanding;
        let claimable = self.losses().claimable(member.loss_borne.get(), member.loss_units.get()).or_fail()?;
        self.set_losses(self.losses().plan_waive(member.loss_units.get()).or_fail()?);
        member.loss_units = 0.into();
        member.loss_borne = (u128::from(claimable) << 64).into();
        // What was held for them may be enough for the others now.
        self.recover(0)?;
        Ok(before.saturating_sub(self.losses_outstanding))
    }

    /// What of the residual a recovery can still pay: none once the claims on it are being paid pro rata.
    pub(super) fn recoverable_residual(&self) -> Money {
        if self.payout_claims > 0 {
            0
        } else {
            self.residual
        }
    }

    /// Places money that has come back: it pays losses nobody has paid yet, then those who bore losses, pro rata to what
    /// they have not recovered, never more than they lost (P12); the rest is the treasury's.
    #[inline(never)]
    pub fn recover(&mut self, amount: Money) -> Result<()> {
        let unpaid = amount.min(self.recoverable_residual());
        self.reduce_residual(unpaid)?;
        self.pool = add(self.pool, unpaid)?;
        let rest = sub(amount, unpaid)?;
        let plan = self.losses().plan_recover(rest, self.recoveries_held).or_fail()?;
        self.recoveries = sub(add(self.recoveries, rest)?, plan.excess)?;
        self.treasury = add(self.treasury, plan.excess)?;
        self.recoveries_held = plan.held;
        self.set_losses(plan.next);
        if plan.ends_epoch {
            self.loss_epoch = add(self.loss_epoch, 1)?;
            self.loss_epoch_index = self.loss_units_index;
        }
        self.end_episode();
        Ok(())
    }
}
