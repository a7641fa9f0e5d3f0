use {
    crate::{events::*, instructions::shared::*, rules::covers, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Holds exits for ten minutes because the market of a venue has fallen so far that the venue may lack
/// something: nobody leaves before the venue has reported it.
///
/// - Anyone may do this.
/// - The cover is an active venue that serves (`CoverNotOpen`, `CoverOver`, `CoverSuspended`,
///   `CoverHasEnded`), and the market is its own (`WrongMarket`), with a recent print (`StaleMark`).
/// - The bound of its draws is above zero (`NoGap`).
#[derive(Accounts)]
pub struct ShowGap {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The cover.
    #[account(mut)]
    pub cover: Account<Cover>,
    /// Its market.
    pub market: Account<Market>,
}

impl ShowGap {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.cover.check(self.fund.address())?;
        self.market.check(self.fund.address())
    }

    /// See [`ShowGap`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let Self { fund, cover, market } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let prices = moment(&fund.params, &clock)?.prices(market)?;
        let (accrued, bound) = covers::show_gap(fund, cover, market, &prices, clock.unix_timestamp)?;
        emit_accrued(cover, &accrued);
        log!(GapShown {
            fund: *fund.address(),
            cover: *cover.address(),
            bound,
            until_ts: fund.exits.hold_until_ts,
        });
        Ok(())
    }
}
