//! Covers: premiums, what is paid out of the fund, and the reserve that both wait in. What covers pledge and
//! what they are owed are limits, and not in the books.

use {
    crate::{
        difference::{add, same, sub, Result, Ruled},
        Audit,
    },
    bulkhead::{events::*, state::CoverPurse},
    bulkhead_client::rules::{recoveries, rewards},
};

impl Audit {
    /// Books premium that is earned, as fees are.
    fn premium_earned(&mut self, amount: u64, to_rewards: u64) -> Result<()> {
        let to_treasury = sub(amount, to_rewards)?;
        rewards::share_fees(&mut self.fund, to_rewards, to_treasury).booking("a premium of a cover")
    }

    pub(crate) fn cover_accrued(&mut self, event: &CoverAccrued) -> Result<()> {
        self.fund.cover_reserve = sub(self.fund.cover_reserve, event.premium)?;
        self.premium_earned(event.premium, event.to_rewards)
    }

    pub(crate) fn cover_funded(&mut self, event: &CoverFunded) -> Result<()> {
        if event.purse >= CoverPurse::Earned as u64 {
            return self.premium_earned(event.amount, event.to_rewards);
        }
        self.fund.cover_reserve = add(self.fund.cover_reserve, event.amount)?;
        Ok(())
    }

    pub(crate) fn cover_settled(&mut self, event: &CoverSettled) -> Result<()> {
        let shares = self.fund.total_shares.get();
        if event.from_contributions > 0 {
            let borne = recoveries::bear_by_shares(&mut self.fund, event.from_contributions, shares);
            borne.booking("a settlement of a cover")?;
        }
        self.fund.treasury = sub(self.fund.treasury, event.from_treasury)?;
        self.fund.contributions = sub(self.fund.contributions, event.from_contributions)?;
        let paid = add(event.from_treasury, event.from_contributions)?;
        self.fund.cover_reserve = add(self.fund.cover_reserve, paid)?;
        Ok(())
    }

    pub(crate) fn cover_collected(&mut self, event: &CoverCollected) -> Result<()> {
        let left = add(event.amount, event.refunded)?;
        self.fund.cover_reserve = sub(self.fund.cover_reserve, left)?;
        Ok(())
    }

    pub(crate) fn cover_returned(&mut self, event: &CoverReturned) -> Result<()> {
        recoveries::recover(&mut self.fund, event.amount).booking("money of a cover that came back")?;
        same("losses outstanding", self.fund.losses_outstanding, event.outstanding)
    }
}
