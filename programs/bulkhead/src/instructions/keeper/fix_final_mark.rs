use {
    crate::{constants::ORACLE_DEAD_SLOTS, events::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Makes a market's fresh mark its final one, in a wind-down: positions are closed at it.
///
/// - In a wind-down, after its delay (`NotWindDown`, `FinalMarkNotDue`), once (`MarketClosed`).
/// - The mark is fresh (`StaleMark`), or the oracle has been dead for so long (`ORACLE_DEAD_SLOTS`) that the last one must do:
///   nobody may be locked up for want of a price (P10).
#[derive(Accounts)]
pub struct FixFinalMark {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The market.
    #[account(mut)]
    pub market: Account<Market>,
}

impl FixFinalMark {
    fn validate(&self, clock: &Clock) -> Result<()> {
        self.fund.check()?;
        self.market.check(self.fund.address())?;
        self.market.require_not_final()?;
        self.fund.require_final(clock.unix_timestamp)?;
        let dead = self.market.mark.price > 0 && self.market.is_silent(clock.slot, ORACLE_DEAD_SLOTS);
        if !dead {
            self.market.require_fresh(clock.slot, self.fund.params.max_mark_age_slots)?;
        }
        Ok(())
    }

    /// See [`FixFinalMark`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate(&clock)?;
        let Self { fund, market } = &mut ctx.accounts;
        let price = market.mark.price;
        fund.fix_mark(market, price, clock.unix_timestamp)?;
        emit!(MarkFixed { fund: *fund.address(), market: u64::from(market.index), price });
        Ok(())
    }
}
