//! From a declared default to who paid for it.

use {
    super::{Fund, FundStatus},
    crate::{
        error::*,
        state::{default_record::DefaultRecord, market::Market, member::Member},
    },
    anchor_lang::prelude::*,
    bulkhead_math::{
        rounding::raw_to_pnl,
        units::{to_pnl, Bps, Lots, Money, Pnl},
        waterfall::{Layers, WaterfallPlan},
        Round,
    },
};

impl Fund {
    /// Layer 1 of a default: the margin goes to the pool, the shortfall is owed. Returns the margin taken.
    #[inline(never)]
    pub fn declare(&mut self, member: &mut Member, shortfall: Money) -> Result<Money> {
        if !self.has_open_loss() && self.open_houses == 0 {
            self.release_assessed();
        }
        let margin = core::mem::take(&mut member.margin);
        self.margin_total = sub(self.margin_total, margin)?;
        self.pool = add(self.pool, margin)?;
        self.unfunded = add(self.unfunded, shortfall)?;
        self.open_defaults = self.open_defaults.checked_add(1).ok_or(BulkheadError::Overflow)?;
        self.default_seq = add(self.default_seq, 1)?;
        Ok(margin)
    }

    /// Notes that `market` has a loss in this episode: whoever lost held `lots`, so the other side has won. Zero lots
    /// leave the side as it is.
    #[inline(never)]
    pub fn enter_default(&mut self, market: &mut Market, lots: Lots, loss: Money) -> Result<()> {
        if market.loss_episode != self.loss_episode {
            market.loss_episode = self.loss_episode;
            market.episode_loss = 0;
            if lots != 0 {
                market.episode_lots = 0;
            }
            self.defaulted_markets = self.defaulted_markets.checked_add(1).ok_or(BulkheadError::Overflow)?;
        }
        market.episode_lots = market.episode_lots.saturating_add(lots);
        market.episode_loss = market.episode_loss.saturating_add(loss); // a weight, not money
        Ok(())
    }

    /// A keeper's bounty for a default with this shortfall: capped, and a small part of the shortfall, so that
    /// engineering a default pays hardly more than the default itself costs the fund, which the cover limit bounds (P7).
    /// The defaulter's contribution pays first, then the treasury; never the survivors. Returns what was paid.
    #[inline(never)]
    pub fn pay_bounty(
        &mut self,
        defaulter: &mut Member,
        keeper: Option<&mut Member>,
        shortfall: Money,
    ) -> Result<Money> {
        let Some(keeper) = keeper else { return Ok(0) };
        let wanted = Bps(self.params.bounty_bps).of(shortfall, Round::Down).or_fail()?; // favours the fund
        let wanted = wanted.min(self.params.bounty_cap);
        let own = wanted.min(defaulter.contribution(self)?);
        if own > 0 {
            let plan = self.book().plan_seize(defaulter.live_shares(self), own).or_fail()?;
            defaulter.touch(self)?;
            defaulter.burn(plan.shares)?;
            self.set_book(plan.next);
        }
        let rest = sub(wanted, own)?.min(self.treasury);
        self.treasury = sub(self.treasury, rest)?;
        let paid = add(own, rest)?;
        keeper.margin = add(keeper.margin, paid)?;
        self.margin_total = add(self.margin_total, paid)?;
        Ok(paid)
    }

    /// The layers a loss meets; a loss without a defaulter skips layer 2.
    pub fn layers(&self, defaulter: Option<&Member>) -> Layers {
        let defaulter_shares = defaulter.map_or(0, |member| member.live_shares(self));
        Layers { defaulter_shares, treasury: self.treasury, book: self.book() }
    }

    /// Pays for an open default.
    pub fn allocate_default(&mut self, record: &mut DefaultRecord, plan: &WaterfallPlan, now: i64) -> Result<()> {
        record.allocate(plan)?;
        self.open_defaults = self.open_defaults.checked_sub(1).ok_or(BulkheadError::Underflow)?;
        self.apply_waterfall(plan, now)
    }

    /// Pays for what no open default owns.
    pub fn allocate_residual(&mut self, plan: &WaterfallPlan, now: i64) -> Result<()> {
        self.residual = 0;
        self.apply_waterfall(plan, now)
    }

    /// Applies a waterfall over a loss that has left `self.residual`: what the layers paid moves to the pool, the rest
    /// becomes the residual, and as much of it is called from the survivors as they have agreed to.
    #[inline(never)]
    fn apply_waterfall(&mut self, plan: &WaterfallPlan, now: i64) -> Result<()> {
        let paid = plan.paid().or_fail()?;
        self.pool = add(self.pool, paid)?;
        self.unfunded = sub(self.unfunded, paid)?;
        self.residual = add(self.residual, plan.residual)?;
        self.treasury = plan.treasury;
        if plan.from_survivors > 0 {
            self.start_cooling_off(now)?;
            self.bear_by_shares(plan.from_survivors, plan.surviving_shares)?;
        }
        self.set_book(plan.book);
        if plan.ends_epoch {
            self.release_all_rewards(plan.surviving_shares)?;
            self.share_epoch = add(self.share_epoch, 1)?;
            self.make_assessable(plan.surviving_shares)?;
        }
        if self.residual > 0 {
            self.call_assessment(now)?;
            if self.status == FundStatus::Active {
                self.status = FundStatus::Recovery.into();
            }
        }
        self.end_episode();
        Ok(())
    }

    /// That much of the residual is nobody's loss any more.
    pub(super) fn reduce_residual(&mut self, amount: Money) -> Result<()> {
        self.residual = sub(self.residual, amount)?;
        self.unfunded = sub(self.unfunded, amount)?;
        Ok(())
    }

    /// Once every loss is paid, the markets of past defaults trade again. A wind-down that somebody pays for before it has
    /// fixed a mark is over too.
    pub fn end_episode(&mut self) {
        if self.has_open_loss() || self.defaulted_markets == 0 {
            return;
        }
        self.loss_episode = self.loss_episode.wrapping_add(1); // one a slot would last longer than the chain
        self.defaulted_markets = 0;
        if self.final_marks == 0 {
            self.status = FundStatus::Active.into();
        }
    }

    /// Once the house of `market` is flat, what it lost is owed by the layers; what it gained pays losses nobody has
    /// paid yet, then those who bore some. `lots` is what the house held, for the side that has won if it lost. Returns
    /// the result; a gain is taken as far as there is money in the pool.
    #[inline(never)]
    pub fn realise_house(&mut self, market: &mut Market, lots: Lots) -> Result<Pnl> {
        let result = raw_to_pnl(market.house().raw, market.scale()?).or_fail()?;
        let realised = if result < 0 {
            let loss = result.unsigned_abs();
            self.enter_default(market, lots, loss)?;
            self.unfunded = add(self.unfunded, loss)?;
            self.residual = add(self.residual, loss)?;
            result
        } else {
            let gain = result.unsigned_abs();
            let unpaid = gain.min(self.recoverable_residual());
            let paid = sub(gain, unpaid)?.min(self.pool);
            self.reduce_residual(unpaid)?;
            self.pool = sub(self.pool, paid)?;
            self.recover(paid)?;
            to_pnl(add(unpaid, paid)?).or_fail()?
        };
        let house = market.house().realise(realised, market.scale()?).or_fail()?;
        market.set_house(house);
        Ok(realised)
    }
}
