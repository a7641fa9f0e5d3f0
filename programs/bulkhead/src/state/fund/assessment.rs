//! Layer 5: what survivors pay once their contributions are gone.

use {
    super::Fund,
    crate::{error::*, state::member::Member},
    anchor_lang::prelude::*,
    bulkhead_math::{
        assessment::{worth, Assessment},
        shares::ShareBook,
        units::{Bps, Money, Shares},
        Round,
    },
    bytemuck::{Pod, Zeroable},
};

/// The call on the shares of an ended epoch.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct AssessmentState {
    /// Shares there were when the epoch ended.
    pub shares: PodU128,
    /// The epoch they are of, plus one.
    pub epoch: u64,
    /// What they were worth before the losses.
    pub base: u64,
    /// Called so far.
    pub called: u64,
    /// Paid so far.
    pub collected: u64,
    /// Until when it can be collected.
    pub ends_ts: i64,
    /// Whether a loss can still call them.
    pub callable: PodBool,
    #[doc(hidden)]
    pub _pad: [u8; 7],
}

impl AssessmentState {
    fn plan(&self) -> Assessment {
        Assessment { shares: self.shares.get(), base: self.base, called: self.called, collected: self.collected }
    }

    fn book(&self) -> ShareBook {
        ShareBook { contributions: self.base, total_shares: self.shares.get() }
    }

    /// Whether there is something to collect and still time.
    pub fn is_open(&self, now: i64) -> bool {
        self.plan().open() > 0 && now <= self.ends_ts
    }
}

impl Fund {
    /// The cap of assessments holds over a cooling-off period, and is measured from before its first loss.
    #[inline(never)]
    pub(super) fn start_cooling_off(&mut self, now: i64) -> Result<()> {
        if now >= self.cooling_off_ends_ts {
            self.cooling_off = self.cooling_off.wrapping_add(1);
            let ends = now.checked_add(i64::from(self.params.cooling_off_secs));
            self.cooling_off_ends_ts = ends.ok_or(BulkheadError::Overflow)?;
            self.shares_before = 0.into();
        }
        if self.shares_before.is_zero() {
            self.contributions_before = self.contributions;
            self.shares_before = self.total_shares;
        }
        Ok(())
    }

    /// These shares, of the epoch that has just ended, can be called.
    #[inline(never)]
    pub(super) fn make_assessable(&mut self, shares: Shares) -> Result<()> {
        self.assessment = AssessmentState {
            shares: shares.into(),
            epoch: self.share_epoch,
            base: worth(shares, &self.book_before()).or_fail()?,
            callable: true.into(),
            ..Zeroable::zeroed()
        };
        Ok(())
    }

    /// A loss that begins when everything before is paid does not call those who have lost all before.
    pub(super) fn release_assessed(&mut self) {
        self.assessment.callable = false.into();
    }

    /// Calls what of the residual is not called yet; everyone has the whole time to pay.
    #[inline(never)]
    pub(super) fn call_assessment(&mut self, now: i64) -> Result<()> {
        let (raised, next) = self.plan_call()?;
        if raised > 0 {
            let ends = now.checked_add(i64::from(self.params.assessment_secs));
            self.assessment.called = next.called;
            self.assessment.ends_ts = ends.ok_or(BulkheadError::Overflow)?;
        }
        Ok(())
    }

    fn plan_call(&self) -> Result<(Money, Assessment)> {
        let call = self.assessment.plan();
        if !self.assessment.callable.get() {
            return Ok((0, call));
        }
        call.plan_call(self.residual, Bps(self.params.assessment_cap_bps)).or_fail()
    }

    /// Whether allocating the residual now would call more of it.
    pub fn can_call(&self) -> Result<bool> {
        Ok(self.plan_call()?.0 > 0)
    }

    /// Shares of `member` that the call is on.
    fn assessable(&self, member: &Member) -> Shares {
        if member.share_epoch.checked_add(1) == Some(self.assessment.epoch) {
            member.shares.get()
        } else if member.assessed_epoch == self.assessment.epoch {
            member.assessed_shares.get()
        } else {
            0
        }
    }

    /// The default fund before the losses of this cooling-off period.
    fn book_before(&self) -> ShareBook {
        match self.shares_before.get() {
            0 => self.book(),
            total_shares => ShareBook { contributions: self.contributions_before, total_shares },
        }
    }

    /// What can still be asked of a member for `shares` of what was `before`, by the cap it has agreed to for a cooling-off
    /// period.
    #[inline(never)]
    fn assessment_room(&self, member: &Member, shares: Shares, before: &ShareBook) -> Result<Money> {
        let base = worth(shares, before).or_fail()?;
        let cap = Bps(member.assessment_cap_bps).of(base, Round::Down).or_fail()?; // favours the member
        let assessed = if member.cooling_off == self.cooling_off { member.assessed } else { 0 };
        Ok(cap.saturating_sub(assessed))
    }

    /// What `member` owes of the open call.
    #[inline(never)]
    pub fn assessment_due(&self, member: &Member, now: i64) -> Result<Money> {
        let shares = self.assessable(member);
        if shares == 0 || !self.assessment.is_open(now) {
            return Ok(0);
        }
        let paid = if member.assessed_epoch == self.assessment.epoch { member.assessment_paid } else { 0 };
        let due = self.assessment.plan().due(shares, paid).or_fail()?;
        Ok(due.min(self.assessment_room(member, shares, &self.assessment.book())?))
    }

    /// What must stay above initial margin: what is due, or will be when a loss that is known exceeds the layers before.
    /// Without it a survivor could carry its free margin out, or lock it up as initial margin, between a default and its
    /// allocation (P6). A smaller loss reserves nothing, so that members can go on taking over from the house.
    #[inline(always)]
    pub fn assessment_reserve(&self, member: &Member, now: i64) -> Result<Money> {
        if member.assessment_cap_bps == 0 || self.unfunded == 0 && self.assessment.epoch == 0 {
            return Ok(0); // nearly always
        }
        self.pending_assessment(member, now)
    }

    #[inline(never)]
    fn pending_assessment(&self, member: &Member, now: i64) -> Result<Money> {
        let exceeds = self.unfunded > add(self.treasury, self.contributions)?;
        match member.live_shares(self) {
            0 if self.assessment.callable.get() && self.is_loss_pending() => {
                self.assessment_room(member, self.assessable(member), &self.assessment.book())
            }
            live if live > 0 && exceeds => self.assessment_room(member, live, &self.book_before()),
            _ => self.assessment_due(member, now),
        }
    }

    /// Collects what `member` owes of the call, as far as `free`, its margin above initial margin, reaches: nobody's
    /// initial margin pays for others (P11). It pays the loss; what is no longer needed for that goes to all who bore
    /// losses. Returns what was paid.
    #[inline(never)]
    pub fn collect_assessment(&mut self, member: &mut Member, free: Money, now: i64) -> Result<Money> {
        let amount = self.assessment_due(member, now)?.min(free).min(member.margin);
        if amount == 0 {
            return Ok(0);
        }
        member.margin = sub(member.margin, amount)?;
        self.margin_total = sub(self.margin_total, amount)?;
        let shares = self.assessable(member);
        member.note_assessable(self.assessment.epoch, shares);
        member.assessment_paid = add(member.assessment_paid, amount)?;
        if member.cooling_off != self.cooling_off {
            member.cooling_off = self.cooling_off;
            member.assessed = 0;
        }
        member.assessed = add(member.assessed, amount)?;
        self.assessment.collected = add(self.assessment.collected, amount)?;
        self.bear(member, amount)?;
        self.recover(amount)?;
        Ok(amount)
    }
}
