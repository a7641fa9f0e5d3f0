use {
    crate::{events::*, instructions::shared::*, rules::exit_clock, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Blocks exits because a member owes more than it has, before its price has lasted long enough for
/// a default. Anyone may.
///
/// - The member's equity at the marks is below zero by more than its own contribution
///   (`EquityNotNegative`), so that others would pay. Marks that are not silent are recent
///   (`StaleMark`); all its markets are given (`WrongMarket`).
/// - One watch at a time (`AlreadyWatched`), for what is left of the day: `watch_secs` a member,
///   `watch_day_secs` all together (`WatchExhausted`). It ends by itself, or when anyone shows the
///   member sound.
///
/// Remaining accounts: the markets the member holds.
#[derive(Accounts)]
pub struct OpenWatch {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
}

impl OpenWatch {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.member.check(self.fund.address())
    }

    /// See [`OpenWatch`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let markets = Markets::load(&ctx.remaining_accounts()?, &ctx.accounts.fund, &clock)?;
        let Self { fund, member } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let until_ts = exit_clock::open_watch(fund, member, &markets, &clock)?;
        log!(WatchOpened { fund: *fund.address(), member: *member.address(), until_ts });
        Ok(())
    }
}
