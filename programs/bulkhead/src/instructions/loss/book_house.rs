use {
    crate::{
        events::*,
        instructions::shared::*,
        rules::house::{self, Booked},
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Looks whether the house of a market holds anything up. Anyone may.
///
/// - The house holds lots (`NothingToTake`).
/// - It does not once its market has had no print for an hour. Exits wait for it all the same while
///   treasury and the cushions of the present round do not cover its loss at the last mark and the stress
///   loss of its lots, together with other such houses.
/// - What is shown holds until the market's next print.
/// - When it was the last house that a round has waited for, the results of the others are realised.
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
        let Booked { at_risk, waived, round } = house::book(fund, market, &moment)?;
        log!(HouseBooked {
            fund: *fund.address(),
            market_index: u64::from(market.index),
            at_risk,
            waived: u64::from(waived),
        });
        emit_round_end(fund, round);
        Ok(())
    }
}
