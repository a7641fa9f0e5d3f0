use {
    crate::{events::*, rules::assessment, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Agrees to the cap of assessments that is in force now. A higher cap binds only the members that
/// have agreed to it.
///
/// - Not while exits are blocked (`LossPending`) or a call is open (`AssessmentOpen`): a lower cap
///   would be a way out of it.
/// - It is at most `most_bps` (`AssessmentCapExceeded`).
#[derive(Accounts)]
pub struct AgreeAssessment {
    /// The fund.
    pub fund: Account<Fund>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
    /// The wallet.
    pub owner: Signer,
}

impl AgreeAssessment {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.member.check(self.fund.address())?;
        self.member.require_owner(self.owner.address())
    }

    /// See [`AgreeAssessment`].
    pub fn handler(ctx: &mut Context<Self>, most_bps: u16) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { fund, member, .. } = &mut ctx.accounts;
        assessment::agree(fund, member, most_bps, Clock::get()?.unix_timestamp)?;
        log!(AssessmentAgreed { member: *member.address(), cap_bps: u64::from(member.assessment_cap_bps) });
        Ok(())
    }
}
