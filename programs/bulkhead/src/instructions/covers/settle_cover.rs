use {
    crate::{events::*, instructions::shared::*, rules::covers, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Pays what a cover is owed: out of the treasury above its floor, then out of contributions, whose shares
/// bear it. What the fund lacks lapses; in a wind-down everything does.
///
/// - Anyone may do this, once the draws are a minute old (`NothingOwed`, `DrawTooFresh`).
/// - Clearing comes first: no default is open, no loss unpaid, no house unsold, and no grace or watch runs
///   (`LossPending`). Every waived house has its market given, and it is still silent.
/// - A suspended cover waits (`CoverSuspended`).
/// - The third draw of a venue in a period suspends it once it is settled.
///
/// Remaining accounts: the markets of waived houses.
#[derive(Accounts)]
pub struct SettleCover {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The cover.
    #[account(mut)]
    pub cover: Account<Cover>,
}

impl SettleCover {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.cover.check(self.fund.address())
    }

    /// See [`SettleCover`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let markets = Markets::load_all(&ctx.remaining_accounts()?, &ctx.accounts.fund, &clock)?;
        let Self { fund, cover } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let plan = covers::settle(fund, cover, &markets, &clock)?;
        fund.invariant()?;
        log!(CoverSettled {
            fund: *fund.address(),
            cover: *cover.address(),
            from_treasury: plan.from_treasury,
            from_contributions: plan.from_contributions,
            lapsed: plan.lapses,
        });
        if cover.status == CoverStatus::Suspended {
            log!(CoverSuspended { fund: *fund.address(), cover: *cover.address() });
        }
        Ok(())
    }
}
