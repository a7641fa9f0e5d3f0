use {
    crate::{
        events::*,
        instructions::shared::*,
        rules::house::{self, Booked},
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Looks whether the house of a market blocks exits. Anyone may.
///
/// - The house holds lots (`NothingToTake`).
/// - It does not block exits while its market is silent and the treasury covers its loss at the
///   last mark and the stress move of its lots, together with other such houses. Otherwise it does.
#[derive(Accounts)]
pub struct BookHouse {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The market.
    #[account(mut)]
    pub market: Account<Market>,
}

impl BookHouse {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.market.check(self.fund.address())
    }

    /// See [`BookHouse`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let Self { fund, market } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let moment = moment(&fund.params, &clock)?;
        let Booked { at_risk, waived } = house::book(fund, market, &moment)?;
        emit!(HouseBooked {
            fund: *fund.address(),
            market_index: u64::from(market.index),
            at_risk,
            waived: u64::from(waived),
        });
        Ok(())
    }
}
