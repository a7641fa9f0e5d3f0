use {
    crate::{events::*, instructions::shared::*, rules::cover_two, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Computes a member's exposure, and updates the table of the two largest exposures. Anyone can
/// correct the table: by naming a member with a larger exposure than one in it, or one in it whose
/// exposure has fallen.
///
/// - Markets of all its positions are given, with recent marks or silent (`WrongMarket`, `StaleMark`): what
///   is noted is what there is.
///
/// Remaining accounts: the markets.
#[derive(Accounts)]
pub struct ReportExposure {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The member.
    pub member: Account<Member>,
}

impl ReportExposure {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.member.check(self.fund.address())
    }

    /// See [`ReportExposure`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let markets = Markets::load(&ctx.remaining_accounts()?, &ctx.accounts.fund, &clock)?;
        let Self { fund, member } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let exposure = cover_two::report(fund, member.address(), member, &markets)?;
        log!(ExposureReported {
            fund: *fund.address(),
            member: exposure.member,
            stress_loss: exposure.stress_loss
        });
        Ok(())
    }
}
