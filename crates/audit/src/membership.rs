//! Members: margin, shares and what they earn.

use {
    crate::{
        difference::{add_signed, same, sub, Fallible, Result, Ruled},
        order, Audit, NO_TIME,
    },
    bulkhead::events::*,
    bulkhead_client::{
        event::Event,
        rules::{margin, membership, recoveries, rewards, shares},
        state::{Fund, Member, MemberStatus},
        Address,
    },
    bytemuck::Zeroable,
};

impl Audit {
    pub(crate) fn treasury_moved(&mut self, event: &TreasuryMoved) -> Result<()> {
        release(&mut self.fund, event.released)?;
        self.fund.treasury = add_signed(self.fund.treasury, event.amount)?;
        same("treasury", self.fund.treasury, event.treasury)
    }

    pub(crate) fn member_opened(&mut self, event: &MemberOpened) -> Result<()> {
        let mut member = Member::zeroed();
        member.fund = event.fund;
        member.owner = event.owner;
        membership::open(&mut self.fund, &mut member, u16::MAX, u16::MAX, NO_TIME).booking("a new member")?;
        self.put(event.member, member);
        Ok(())
    }

    pub(crate) fn member_closed(&mut self, event: &MemberClosed) -> Result<()> {
        let mut member = self.registered(&event.member)?;
        let closed = membership::close(&mut self.fund, &event.member, &mut member, NO_TIME);
        closed.booking("a member that is closed")?;
        self.members.remove(&event.member);
        Ok(())
    }

    /// Takes a member that has missed no gains cut, which its event proves.
    pub(crate) fn registered(&self, address: &Address) -> Result<Member> {
        let mut member = self.member(address)?;
        member.cut_seen = self.fund.cut_seq;
        Ok(member)
    }

    pub(crate) fn margin_moved(&mut self, event: &MarginMoved) -> Result<()> {
        let mut member = self.member(&event.member)?;
        member.margin = add_signed(member.margin, event.amount)?;
        self.fund.margin_total = add_signed(self.fund.margin_total, event.amount)?;
        same("margin", member.margin, event.margin)?;
        self.put(event.member, member);
        Ok(())
    }

    /// Books what happens before the contribution of a call changes: rewards reach the shares, and the
    /// member's are brought up to date.
    pub(crate) fn accrue_first(
        &mut self,
        event: &Event,
        call: &[&Event],
        is_accrued: &mut bool,
    ) -> Result<()> {
        let (member, released) = match event {
            Event::CallEnforced(event) => (event.member, event.released),
            Event::ContributionCalled(event) if !order::has_taker(call) => (event.member, event.released),
            _ => return Ok(()),
        };
        // An assessment before it in the same call has done so, if it says so.
        if std::mem::replace(is_accrued, true) || call.iter().any(|event| pays_and_accrues(event)) {
            return Ok(());
        }
        self.accrue(&member, released)
    }

    fn accrue(&mut self, address: &Address, released: u64) -> Result<()> {
        release(&mut self.fund, released)?;
        let mut member = self.member(address)?;
        shares::touch(&self.fund, &mut member).booking("shares brought up to date")?;
        self.put(*address, member);
        Ok(())
    }

    pub(crate) fn contributed(&mut self, event: &Contributed) -> Result<()> {
        release(&mut self.fund, event.released)?;
        let mut member = self.member(&event.member)?;
        let bought = shares::contribute(&mut self.fund, &event.member, &mut member, event.amount, NO_TIME)
            .booking("a contribution")?;
        same("shares bought", bought, event.shares.get())?;
        self.put(event.member, member);
        Ok(())
    }

    pub(crate) fn withdrawal_requested(&mut self, event: &WithdrawalRequested) -> Result<()> {
        let mut member = self.member(&event.member)?;
        member.notice_shares = event.shares;
        if !event.shares.is_zero() {
            shares::touch(&self.fund, &mut member).booking("a request to withdraw")?;
        }
        self.put(event.member, member);
        Ok(())
    }

    pub(crate) fn exit_committed(&mut self, event: &ExitCommitted) -> Result<()> {
        self.accrue(&event.member, event.released)
    }

    pub(crate) fn withdrawal_paid(&mut self, event: &WithdrawalPaid) -> Result<()> {
        self.accrue(&event.member, event.released)?;
        let mut member = self.member(&event.member)?;
        let burned = event.shares.get();
        same("shares of the request", member.notice_shares.get(), burned)?;
        let plan = self.fund.book().plan_redeem(burned).booking("a withdrawal")?;
        same("the shares' worth", plan.amount, event.amount)?;
        member.burn(burned).booking("a withdrawal")?;
        member.notice_shares = 0.into();
        self.fund.set_book(plan.next);
        self.put(event.member, member);
        Ok(())
    }

    pub(crate) fn rewards_paid(&mut self, event: &RewardsPaid) -> Result<()> {
        release(&mut self.fund, event.released)?;
        let mut member = self.member(&event.member)?;
        let paid = rewards::claim(&mut self.fund, &mut member, NO_TIME).booking("rewards")?;
        same("rewards", paid, event.amount)?;
        self.put(event.member, member);
        Ok(())
    }

    pub(crate) fn epoch_settled(&mut self, event: &EpochSettled) -> Result<()> {
        let mut member = self.member(&event.member)?;
        same("share epoch", member.share_epoch, event.epoch)?;
        let record = self.epochs.get(&event.epoch).or_missing(|| format!("share epoch {}", event.epoch))?;
        shares::settle_epoch(&self.fund, &mut member, record).booking("a settled epoch")?;
        self.put(event.member, member);
        Ok(())
    }

    pub(crate) fn contribution_called(&mut self, event: &ContributionCalled) -> Result<()> {
        let mut member = self.member(&event.member)?;
        member.call_amount = event.amount;
        member.call_due_secs = event.due_secs;
        self.put(event.member, member);
        Ok(())
    }

    pub(crate) fn call_enforced(&mut self, event: &CallEnforced) -> Result<()> {
        let mut member = self.member(&event.member)?;
        let bought = shares::contribute_margin(&mut self.fund, &mut member, event.amount, NO_TIME)
            .booking("a contribution out of margin")?;
        same("shares bought", bought, event.shares.get())?;
        self.put(event.member, member);
        Ok(())
    }

    pub(crate) fn assessment_paid(&mut self, event: &AssessmentPaid) -> Result<()> {
        let mut member = self.member(&event.member)?;
        margin::debit(&mut self.fund, &mut member, event.amount).booking("an assessment")?;
        recoveries::bear(&mut self.fund, &mut member, event.amount).booking("an assessment")?;
        recoveries::recover(&mut self.fund, event.amount).booking("an assessment")?;
        self.put(event.member, member);
        if event.accrued != 0 {
            self.accrue(&event.member, event.released)?;
        }
        same("residual", self.fund.residual, event.residual)
    }

    pub(crate) fn grace(&mut self, address: &Address, starts: bool) -> Result<()> {
        let mut member = self.member(address)?;
        member.status = if starts { MemberStatus::Grace } else { MemberStatus::Active }.into();
        self.put(*address, member);
        Ok(())
    }
}

/// Whether this is an assessment that has brought the payer's shares up to date already.
fn pays_and_accrues(event: &Event) -> bool {
    matches!(event, Event::AssessmentPaid(event) if event.accrued != 0)
}

/// Lets this much of the rewards that stream reach the shares.
pub(crate) fn release(fund: &mut Fund, released: u64) -> Result<()> {
    if released == 0 {
        return Ok(());
    }
    let left = sub(fund.rewards_streaming, released)?;
    fund.rewards_streaming = released;
    let shares = fund.total_shares.get();
    rewards::release_all(fund, shares).booking("released rewards")?;
    fund.rewards_streaming = left;
    Ok(())
}
