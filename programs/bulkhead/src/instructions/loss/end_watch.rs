use {
    crate::{events::*, instructions::shared::*, rules::exit_clock, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Ends the watch on a member that is sound again, or whose watch is over. Anyone may. What is left
/// of its time stays for the day. Other watches go on.
///
/// - The member has a watch (`NotWatched`).
/// - While it runs, the member's equity at the marks is not below zero by more than its own
///   contribution (`EquityNegative`), by the same marks as [`super::OpenWatch`] asks for
///   (`WrongMarket`, `StaleMark`).
///
/// Remaining accounts: the markets the member holds.
#[derive(Accounts)]
pub struct EndWatch {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
}

impl EndWatch {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.member.check(self.fund.address())
    }

    /// See [`EndWatch`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let markets = Markets::load(&ctx.remaining_accounts()?, &ctx.accounts.fund, &clock)?;
        let Self { fund, member } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        exit_clock::end_watch(fund, member, &markets, &clock)?;
        log!(WatchEnded { fund: *fund.address(), member: *member.address() });
        Ok(())
    }
}
