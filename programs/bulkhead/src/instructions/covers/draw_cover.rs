use {
    crate::{error::*, events::*, instructions::shared::*, rules::covers, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Books a loss that the drawer reports, within the limits of its cover. Nothing is paid yet:
/// `settle_cover` pays it once clearing is whole, and exits wait for that.
///
/// - The drawer signs (`NotDrawer`).
/// - The amount is above zero (`ZeroAmount`). What exceeds a limit is cut off.
/// - While the cover serves (`CoverNotOpen`, `CoverOver`, `CoverHasEnded`).
/// - A period begins only with enough first loss (`FirstLossMissing`).
/// - A venue gives its market (`WrongMarket`), whose print is recent (`StaleMark`): what it reports is cut
///   to what the market's fall explains.
#[derive(Accounts)]
pub struct DrawCover {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The cover.
    #[account(mut)]
    pub cover: Account<Cover>,
    /// The cover's drawer.
    pub drawer: Signer,
    /// The market of a venue.
    pub market: Option<Account<Market>>,
}

impl DrawCover {
    fn validate(&self, amount: u64) -> Result<()> {
        self.fund.check()?;
        self.cover.check(self.fund.address())?;
        self.cover.require_drawer(self.drawer.address())?;
        if let Some(market) = &self.market {
            market.check(self.fund.address())?;
        }
        require!(amount > 0, BulkheadError::ZeroAmount);
        Ok(())
    }

    /// See [`DrawCover`].
    pub fn handler(ctx: &mut Context<Self>, amount: u64) -> Result<()> {
        ctx.accounts.validate(amount)?;
        let clock = Clock::get()?;
        let Self { fund, cover, market, .. } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let prices = match market {
            Some(market) => Some(moment(&fund.params, &clock)?.prices(market)?),
            None => None,
        };
        let priced = market.as_deref().zip(prices.as_ref());
        let draw = covers::draw(fund, cover, amount, priced, &clock)?;
        emit_accrued(cover, &draw.accrued);
        log!(CoverDrawn {
            fund: *fund.address(),
            cover: *cover.address(),
            amount,
            first_loss: draw.plan.from_first_loss,
            owed: draw.plan.owed,
        });
        Ok(())
    }
}
