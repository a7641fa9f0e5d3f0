//! Layers 6 and 7: what is left when nobody can be asked any more.

use {
    super::{Fund, FundStatus},
    crate::{
        error::*,
        state::{market::Market, member::Member},
    },
    anchor_lang::prelude::*,
    bulkhead_math::{
        haircut::{plan_haircut, PayOut},
        position::Position,
        rounding::raw_to_money,
        units::{Money, Price},
        Round,
    },
};

impl Fund {
    /// Whether layers 3 to 5 have nothing left for the residual.
    pub fn require_layers_empty(&self, now: i64) -> Result<()> {
        require!(self.open_defaults == 0, BulkheadError::LossPending);
        require!(self.treasury == 0 && self.contributions == 0, BulkheadError::LayerNotEmpty);
        require!(!self.assessment.is_open(now), BulkheadError::AssessmentOpen);
        Ok(())
    }

    /// Layer 6 in one market: `loss` is cut from the gains of its winning side. Returns what is cut beyond it, by rounding up
    /// to whole raw quote per lot: the house's.
    pub fn cut_gains(&mut self, market: &mut Market, loss: Money) -> Result<Money> {
        let side = market.winning_side();
        let plan = plan_haircut(loss, market.cut_lots[side], market.scale()?).or_fail()?;
        market.cut(side, &plan)?;
        self.reduce_residual(loss)?;
        // A report, not money.
        raw_to_money(plan.excess.unsigned_abs(), market.scale()?, Round::Up).or_fail()
    }

    /// A member's position in `market`, its premium paid and pending cuts taken: the member bears these. None is an empty one.
    #[inline(always)]
    pub fn touch_position(&mut self, market: &mut Market, member: &mut Member) -> Result<Position> {
        Ok(self.touch_held(market, member)?.unwrap_or_default())
    }

    /// The same; nothing, if the member does not hold the market.
    #[inline(always)]
    pub fn touch_held(&mut self, market: &mut Market, member: &mut Member) -> Result<Option<Position>> {
        let Some(held) = member.slot_mut(market.index) else { return Ok(None) };
        market.take_premium(held)?;
        let taken = market.take_cut(held)?;
        let position = held.position();
        if taken > 0 {
            self.bear(member, taken)?;
        }
        Ok(Some(position))
    }

    /// Layer 7: no new risk. It can still be averted by paying the residual before the first final mark.
    pub fn start_wind_down(&mut self, now: i64) {
        self.status = FundStatus::WindDown.into();
        self.wind_down_ts = now;
    }

    /// Whether the fund is being wound down.
    pub fn require_wind_down(&self) -> Result<()> {
        require!(self.status == FundStatus::WindDown, BulkheadError::NotWindDown);
        Ok(())
    }

    /// From here on markets have final marks.
    pub fn require_final(&self, now: i64) -> Result<()> {
        self.require_wind_down()?;
        let due = self.wind_down_ts.checked_add(i64::from(self.params.wind_down_secs));
        require!(now >= due.ok_or(BulkheadError::Overflow)?, BulkheadError::FinalMarkNotDue);
        Ok(())
    }

    /// Fixes the mark of a market for good.
    pub fn fix_mark(&mut self, market: &mut Market, price: Price, now: i64) -> Result<()> {
        market.fix_mark(price, now)?;
        self.final_marks = self.final_marks.checked_add(1).ok_or(BulkheadError::Overflow)?;
        Ok(())
    }

    /// A closed-out member's gain is a claim on the pool.
    pub fn add_claim(&mut self, member: &mut Member, claim: Money) -> Result<()> {
        member.claim = claim;
        self.claims = add(self.claims, claim)?;
        self.closed_out = self.closed_out.checked_add(1).ok_or(BulkheadError::Overflow)?;
        Ok(())
    }

    /// Pays a claim its part of the pool. The first one fixes the part of all: with nobody left to close out, the claims
    /// are what pool and residual are together (P3). Returns what was paid.
    pub fn pay_claim(&mut self, member: &mut Member) -> Result<Money> {
        if self.payout_claims == 0 {
            self.payout_claims = self.claims;
            self.payout_pool = self.pool.min(self.claims);
        }
        let claim = core::mem::take(&mut member.claim);
        let fixed = PayOut { claims: self.payout_claims, pool: self.payout_pool };
        let paid = fixed.pay(claim, sub(self.payout_claims, self.claims)?).or_fail()?;
        let lost = sub(claim, paid)?;
        self.claims = sub(self.claims, claim)?;
        self.pool = sub(self.pool, paid)?;
        member.margin = add(member.margin, paid)?;
        self.margin_total = add(self.margin_total, paid)?;
        self.reduce_residual(lost.min(self.residual))?;
        if lost > 0 {
            self.bear(member, lost)?;
        }
        if self.claims == 0 {
            self.payout_claims = 0;
            self.end_episode();
        }
        Ok(paid)
    }
}
