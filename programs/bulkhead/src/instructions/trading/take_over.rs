use {
    super::novate::{move_position, require_covered, Change},
    crate::{error::*, events::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// A member buys from the house in a Dutch auction: the longer the fund has held a position, the cheaper it gets.
///
/// - At most the house's lots are taken; none is refused (`NothingToTake`), nor any at a final mark (`MarketClosed`).
/// - The taker must meet all requirements of a trade that adds risk, at the base rates (see [`Market::taker_rates`]), unless it
///   reduces its own.
/// - When the house is flat its result is realised: a loss becomes a residual for `allocate_residual`, a gain pays losses
///   nobody has paid, then those who bore some.
///
/// Remaining accounts: the other markets the taker holds.
#[derive(Accounts)]
pub struct TakeOver {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The market.
    #[account(mut)]
    pub market: Account<Market>,
    /// The taker.
    #[account(mut)]
    pub member: Account<Member>,
    /// Signs for the taker, owner or delegate.
    pub trader: Signer,
}

impl TakeOver {
    fn validate(&self, clock: &Clock) -> Result<()> {
        let Self { fund, market, member, trader } = self;
        fund.check()?;
        market.check(fund.address())?;
        member.check(fund.address())?;
        member.require_trader(trader.address())?;
        member.require_not_defaulted()?;
        market.require_not_final()?;
        market.require_fresh(clock.slot, fund.params.max_mark_age_slots)
    }

    /// See [`TakeOver`]. `lots` is unsigned: how many of the house's lots the member takes at most.
    pub fn handler(ctx: &mut Context<Self>, lots: u64) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate(&clock)?;
        let others = Markets::load(&ctx.remaining_accounts()?, ctx.accounts.fund.address())?;
        let Self { fund, market, member, .. } = &mut ctx.accounts;

        let house_lots = market.house_lots;
        let size = lots.min(house_lots.unsigned_abs());
        require!(size > 0, BulkheadError::NothingToTake);
        let lots = i64::try_from(size).map_err(|_| BulkheadError::Overflow)?;
        let lots = if house_lots < 0 { neg(lots)? } else { lots };
        let held = clock.slot.saturating_sub(market.house_since_slot);
        let price = fund.params.auction().price(market.mark.price, house_lots, held).or_fail()?;

        let before = fund.touch_position(market, member)?;
        let after = before.trade(lots, price).or_fail()?;
        move_position(fund, market, member, before, after)?;
        // Read after the touch: what lapsed of the taker's pending cuts is the house's.
        let house = market.house();
        let next = house.trade(neg(lots)?, price).or_fail()?;
        market.move_open_interest(house.lots, next.lots)?;
        market.set_house(next);
        let change = Change::taken_over(before.is_increase(&after));
        require_covered(fund, market, &others, member, change, &clock)?;

        fund.move_open_houses(house.lots, next.lots)?;
        let house_result = if next.lots == 0 { fund.realise_house(market, house.lots)? } else { 0 };
        fund.invariant()?;
        emit!(TakenOver { member: *member.address(), lots, price, market: u64::from(market.index), house_result });
        Ok(())
    }
}
