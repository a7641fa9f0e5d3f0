use {
    crate::{events::*, instructions::shared::*, rules::positions, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Turns the profit or loss of one position into cash, at a fresh mark (`StaleMark`).
///
/// - A loss goes from margin to the pool, as far as margin reaches; a gain from the pool to margin,
///   as far as it does.
/// - While a loss in the market is not paid for, gains in it wait: the pool is short by that loss,
///   and the member that came first would leave it to the others. In a wind-down all gains wait for
///   the pay-out.
/// - The premium and pending cuts of a gains haircut are taken first.
/// - The member must hold the market (`NoPosition`), unless it is the house that is owed something.
/// - When nothing is left but a fraction of a base unit, it goes to the house and the slot is free.
/// - The result of a flat house is realised: a gain that nobody had paid in yet when it was made,
///   or the part of a gains cut that lapsed.
#[derive(Accounts)]
pub struct Settle {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The market.
    #[account(mut)]
    pub market: Account<Market>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
}

impl Settle {
    fn validate(&self) -> Result<()> {
        let Self { fund, market, member } = self;
        fund.check()?;
        market.check(fund.address())?;
        member.check(fund.address())?;
        moment(&fund.params, &Clock::get()?)?.require_fresh(market)
    }

    /// See [`Settle`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { fund, market, member } = &mut ctx.accounts;
        let settled = positions::settle(fund, market, member)?;
        emit_house_results(fund, settled.house);
        fund.invariant()?;
        emit!(Settled {
            member: *member.address(),
            paid: settled.paid,
            market_index: u64::from(market.index)
        });
        Ok(())
    }
}
