//! The two members who endanger most, as far as the fund knows, and what may leave while they do.

use {
    super::Fund,
    crate::{error::*, state::member::Member},
    anchor_lang::prelude::*,
    bulkhead_math::{
        breaker::Outflow,
        risk::Risk,
        units::{Bps, Money},
        Round,
    },
    bytemuck::{Pod, Zeroable},
};

/// What a member endangers beyond its own margin, when it was last looked at.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct Exposure {
    /// The member's account; zero: nobody.
    pub member: Address,
    /// Its contribution then, and what it has contributed since: others' resources are without it.
    pub contribution: u64,
    /// Its loss in the stress move.
    pub stress_loss: u64,
}

impl Fund {
    /// What a member endangers with these requirements; noted, if it is one of the two largest or was.
    #[inline(never)]
    pub fn expose(&mut self, member: &Account<Member>, risk: &Risk) -> Result<Exposure> {
        let seen = Exposure {
            member: *member.address(),
            contribution: member.contribution(self)?,
            stress_loss: risk.stress_loss(member.margin).or_fail()?,
        };
        self.note_exposure(&seen);
        Ok(seen)
    }

    fn note_exposure(&mut self, seen: &Exposure) {
        let known = self.exposures.iter().position(|known| anchor_lang::address_eq(&known.member, &seen.member));
        let smaller = usize::from(self.exposures[1].stress_loss < self.exposures[0].stress_loss);
        match known {
            Some(place) if seen.stress_loss == 0 => self.exposures[place] = Exposure::zeroed(),
            Some(place) => self.exposures[place] = *seen,
            None if seen.stress_loss > self.exposures[smaller].stress_loss => self.exposures[smaller] = *seen,
            None => {}
        }
    }

    /// A member without positions endangers nothing.
    pub fn forget_exposure(&mut self, member: &Address) {
        self.note_exposure(&Exposure { member: *member, ..Zeroable::zeroed() });
    }

    /// Refuses what would use more than the cover limit of treasury and the others' contributions.
    pub fn require_covers(&self, seen: &Exposure) -> Result<()> {
        let limit = self.cover_limit(self.mutual_resources(seen.contribution)?)?;
        require!(seen.stress_loss <= limit, BulkheadError::CoverLimitExceeded);
        Ok(())
    }

    /// What one member may endanger of these mutual resources.
    #[inline(always)]
    fn cover_limit(&self, mutual: Money) -> Result<Money> {
        Bps(self.params.cover_limit_bps).of(mutual, Round::Down).or_fail() // favours the others
    }

    /// A member that may be in the table has contributed more, or taken some back.
    #[inline(always)]
    pub fn note_contribution(&mut self, member: &Address, added: Money, taken: Money) {
        let known = self.exposures.iter_mut().filter(|known| known.stress_loss > 0);
        for known in known.filter(|known| anchor_lang::address_eq(&known.member, member)) {
            // An estimate that errs upwards: what it has contributed itself does not count for what it endangers.
            known.contribution = known.contribution.saturating_add(added).saturating_sub(taken);
        }
    }

    /// Whether, with `amount` of the leaver's contribution gone, the two largest exposures known are each within the cover limit
    /// of treasury and the others' contributions: together they then use no more than there is. The leaver's own exposure never
    /// counted on its own contribution.
    fn covers_two_without(&self, leaver: &Address, amount: Money) -> Result<bool> {
        let left = sub(self.contributions, amount)?;
        let known = self.exposures.iter().filter(|known| known.stress_loss > 0);
        for known in known.filter(|known| !anchor_lang::address_eq(&known.member, leaver)) {
            let mutual = add(self.treasury, left.saturating_sub(known.contribution))?;
            if known.stress_loss > self.cover_limit(mutual)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Lets `amount` of the leaver's contribution leave, within the day's outflow and the cover of the two largest exposures.
    /// Who has waited for half of the claim window leaves in any case: neither is a lock-up. Returns whether it was so.
    #[inline(never)]
    pub fn let_out(&mut self, leaver: &Address, amount: Money, ready_ts: i64, now: i64) -> Result<bool> {
        let patience = i64::from(self.params.claim_window_secs / 2);
        let overdue = now >= ready_ts.saturating_add(patience);
        let cap = Bps(self.params.outflow_cap_bps);
        if cap.0 > 0 {
            let outflow = Outflow { used: self.outflow, ts: self.outflow_ts };
            let plan = outflow.plan(amount, self.contributions, cap, now).or_fail()?;
            require!(overdue || plan.within, BulkheadError::OutflowCapReached);
            self.outflow = plan.next.used;
            self.outflow_ts = plan.next.ts;
        }
        require!(overdue || self.covers_two_without(leaver, amount)?, BulkheadError::CoverTwoExceeded);
        Ok(overdue)
    }
}
