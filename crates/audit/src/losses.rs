//! Losses: defaults, the layers, cushions, houses and recoveries.

use {
    crate::{
        difference::{add, same, sub, Fallible, Result, Ruled},
        membership::release,
        trading::{end_waiver, take_all},
        Audit, NO_TIME,
    },
    bulkhead::events::*,
    bulkhead_client::{
        rules::{assessment, cushions, gains_cut, house_round, margin, recoveries, shares, waterfall},
        state::{DefaultRecord, EpochRecord, Fund, Member, MemberStatus},
        Address,
    },
    bulkhead_math::{declaration::Declaration, waterfall::plan_waterfall},
    bytemuck::Zeroable,
};

impl Audit {
    pub(crate) fn default_declared(&mut self, event: &DefaultDeclared) -> Result<()> {
        same("number of the default", self.fund.default_seq, event.seq)?;
        release(&mut self.fund, event.released)?;
        let mut member = self.member(&event.member)?;
        same("margin", member.margin, event.from_margin)?;
        let mut record = DefaultRecord::zeroed();
        record.seq = event.seq;
        record.fund = self.address;
        record.member = event.member;
        record.shortfall = event.shortfall;
        record.from_margin = event.from_margin;
        record.bounties = event.bounty;
        let bounty = take_own(&mut self.fund, &mut member, &mut record, event)?;
        same("left to the layers", record.unfunded, event.unfunded)?;
        member.status = MemberStatus::Active.into();
        self.positions_to_houses(&mut member)?;
        self.put(event.member, member);
        self.pay_bounty(&event.keeper, event.bounty, sub(event.bounty, bounty)?)?;
        self.records.insert(event.seq, record);
        Ok(())
    }

    /// Pays a bounty of which this much comes out of the treasury.
    fn pay_bounty(&mut self, keeper: &Address, amount: u64, from_treasury: u64) -> Result<()> {
        if amount == 0 {
            return Ok(());
        }
        let mut member = self.member(keeper)?;
        self.fund.treasury = sub(self.fund.treasury, from_treasury)?;
        margin::credit(&mut self.fund, &mut member, amount).booking("a bounty")?;
        self.put(*keeper, member);
        Ok(())
    }

    /// Moves the lots of a defaulter to the houses of their markets.
    fn positions_to_houses(&mut self, member: &mut Member) -> Result<()> {
        for place in 0..member.positions.len() {
            let held = member.positions[place];
            if held.is_free() {
                continue;
            }
            let mut market = self.market(u64::from(held.market))?;
            let position = take_all(&mut market, member, place)?;
            end_waiver(&mut self.fund, &mut market)?;
            self.move_house(&mut market, position.lots)?;
            self.put_market(market);
        }
        Ok(())
    }

    pub(crate) fn loss_allocated(&mut self, event: &LossAllocated) -> Result<()> {
        self.pay_bounty(&event.keeper, event.bounty, event.bounty)?;
        let mut record = self.record(event.seq)?;
        let waits = if self.fund.registers_gains() { record.assigned.min(record.unfunded) } else { 0 };
        let loss = sub(record.unfunded, waits)?;
        let plan = plan_waterfall(loss, &waterfall::layers(&self.fund)).booking("a loss")?;
        same("paid by the treasury", plan.from_treasury, event.from_treasury)?;
        same("paid by contributions", plan.from_survivors, event.from_survivors)?;
        same("paid by cushions", plan.from_cushions, event.from_cushions)?;
        record.bounties = add(record.bounties, event.bounty)?;
        record.allocate(&plan).booking("a loss")?;
        record.residual = add(record.residual, waits)?;
        same("residual of the default", record.residual, event.residual)?;
        self.fund.residual = add(self.fund.residual, waits)?;
        let open = self.fund.open_defaults.checked_sub(1);
        self.fund.open_defaults = open.or_missing(|| "an open default".into())?;
        let epoch = self.fund.share_epoch;
        without_calls(&mut self.fund, |fund| waterfall::apply(fund, &plan, NO_TIME)).booking("a loss")?;
        self.note_epoch(epoch);
        self.records.insert(event.seq, record);
        same("contributions", self.fund.contributions, event.contributions)
    }

    pub(crate) fn residual_allocated(&mut self, event: &ResidualAllocated) -> Result<()> {
        let epoch = self.fund.share_epoch;
        let plan = without_calls(&mut self.fund, |fund| waterfall::allocate_residual(fund, NO_TIME))
            .booking("a residual")?;
        self.note_epoch(epoch);
        same("paid by the treasury", plan.from_treasury, event.from_treasury)?;
        same("paid by contributions", plan.from_survivors, event.from_survivors)?;
        same("paid by cushions", plan.from_cushions, event.from_cushions)?;
        same("residual", self.fund.residual, event.residual)?;
        same("contributions", self.fund.contributions, event.contributions)
    }

    /// Keeps the final indices of a share epoch that has ended.
    fn note_epoch(&mut self, before: u64) {
        if self.fund.share_epoch != before {
            let mut record = EpochRecord::zeroed();
            record.fund = self.address;
            record.epoch = before;
            record.set_indices(&self.fund.indices());
            self.epochs.insert(before, record);
        }
    }

    pub(crate) fn record(&self, seq: u64) -> Result<DefaultRecord> {
        self.records.get(&seq).copied().or_missing(|| format!("default {seq}"))
    }

    pub(crate) fn house_flat(&mut self, event: &HouseFlat) -> Result<()> {
        self.join(event.result)
    }

    pub(crate) fn houses_realised(&mut self, event: &HousesRealised) -> Result<()> {
        let end = match self.ended.take() {
            Some(end) => Some(end),
            None => house_round::end(&mut self.fund).booking("a house round")?,
        };
        let end = end.or_missing(|| "results of houses that are due".into())?;
        same("house round", end.round, event.round)?;
        same("paid by the round's cushions", end.plan.from_cushions, event.from_cushions)?;
        same("unfunded by houses", end.plan.unfunded, event.unfunded)?;
        same("cancelled by houses", end.plan.cancelled, event.cancelled)?;
        same("recovered by houses", end.plan.recovered, event.recovered)?;
        same("cushions left", end.cushions, event.cushions)
    }

    pub(crate) fn cushion_released(&mut self, event: &CushionReleased) -> Result<()> {
        release(&mut self.fund, event.released)?;
        let (mut member, mut record) = (self.member(&event.member)?, self.record(event.seq)?);
        let released = cushions::release(&mut self.fund, &event.member, &mut member, &mut record, NO_TIME)
            .booking("a cushion")?;
        same("cushion", released.amount, event.amount)?;
        same("cushion to the treasury", released.to_treasury, event.to_treasury)?;
        same("a cushion carries on", released.carries, event.carries != 0)?;
        self.put(event.member, member);
        self.records.insert(event.seq, record);
        Ok(())
    }

    pub(crate) fn default_closed(&mut self, event: &DefaultClosed) -> Result<()> {
        self.records.remove(&event.seq).or_missing(|| format!("default {}", event.seq))?;
        Ok(())
    }

    pub(crate) fn recovered(&mut self, event: &Recovered) -> Result<()> {
        if event.seq == u64::MAX {
            recoveries::recover(&mut self.fund, event.amount).booking("a recovery")?;
        } else {
            let mut record = self.record(event.seq)?;
            recoveries::repay(&mut self.fund, &mut record, event.amount).booking("a repayment")?;
            self.records.insert(event.seq, record);
        }
        same("losses outstanding", self.fund.losses_outstanding, event.outstanding)
    }

    pub(crate) fn recovery_paid(&mut self, event: &RecoveryPaid) -> Result<()> {
        let mut member = self.member(&event.member)?;
        let paid = recoveries::claim(&mut self.fund, &mut member).booking("a recovery")?;
        same("recovery", paid, event.amount)?;
        self.put(event.member, member);
        Ok(())
    }

    pub(crate) fn recovery_waived(&mut self, event: &RecoveryWaived) -> Result<()> {
        let mut member = self.member(&event.member)?;
        let waived = recoveries::waive(&mut self.fund, &mut member).booking("a waiver")?;
        same("losses given up", waived, event.amount)?;
        self.put(event.member, member);
        Ok(())
    }
}

/// Layers 1 and 2, as the event says: the defaulter's margin, its set-off, its contribution and its
/// cushion. Returns the part of the bounty that the contribution pays.
fn take_own(
    fund: &mut Fund,
    member: &mut Member,
    record: &mut DefaultRecord,
    event: &DefaultDeclared,
) -> Result<u64> {
    let claim = gains_cut::claim_of_defaulter(fund, member, record).booking("a defaulter's claim")?;
    same("gain assigned to the fund", record.assigned, event.assigned)?;
    same("set off from a claim", claim.min(event.shortfall), event.from_claim)?;
    if shares::can_touch(fund, member) {
        shares::touch(fund, member).booking("a defaulter's shares")?;
    }
    let all = fund.book().plan_redeem(member.live_shares(fund.share_epoch)).booking("a contribution")?;
    // The contribution pays the bounty as far as it reaches, and the treasury only what is beyond.
    let left = sub(all.amount, event.from_contribution)?;
    let bounty = event.bounty.min(left);
    let plan = Declaration {
        from_claim: event.from_claim,
        from_rewards: event.from_rewards,
        from_recoveries: event.from_recoveries,
        own: event.from_contribution,
        bounty,
        cushion: event.cushion,
        unfunded: event.unfunded,
    };
    record.declare(&plan);
    let margin = member.margin;
    margin::debit(fund, member, margin).booking("a defaulter's margin")?;
    gains_cut::give_to_houses(fund, sub(claim, plan.from_claim)?).booking("a defaulter's claim")?;
    member.take_whole_rewards(plan.from_rewards).booking("a defaulter's rewards")?;
    fund.rewards_unclaimed = sub(fund.rewards_unclaimed, plan.from_rewards)?;
    recoveries::take(fund, member, plan.from_recoveries).booking("a defaulter's recoveries")?;
    let taken = plan.from_contribution().booking("a contribution")?;
    let taken = fund.book().plan_take(&all, taken).booking("a contribution")?;
    member.burn(taken.shares).booking("a contribution")?;
    fund.set_book(taken.next);
    let paid = add(add(plan.from_rewards, plan.from_recoveries)?, add(plan.own, margin)?)?;
    fund.pool = add(fund.pool, paid)?;
    cushions::enter(fund, member, record, plan.cushion).booking("a cushion")?;
    if shares::can_touch(fund, member) {
        let given_up = recoveries::give_up(fund, member, plan.unfunded);
        record.repaid = given_up.booking("a defaulter's losses")?;
    }
    same("losses given up", record.repaid, event.given_up)?;
    fund.default_seq = add(fund.default_seq, 1)?;
    member.default_count = add(member.default_count, 1)?;
    fund.unfunded = add(fund.unfunded, plan.unfunded)?;
    fund.open_defaults = fund.open_defaults.saturating_add(u32::from(plan.unfunded > 0));
    Ok(bounty)
}

/// Runs a rule that may call assessments. What is called is not in the books, only what is paid.
fn without_calls<T>(fund: &mut Fund, rule: impl FnOnce(&mut Fund) -> T) -> T {
    let done = rule(fund);
    assessment::release(fund);
    done
}
