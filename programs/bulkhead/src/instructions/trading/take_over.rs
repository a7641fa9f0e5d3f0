use {
    crate::{
        events::*,
        instructions::shared::*,
        rules::{
            house,
            positions::{Bid, Side},
        },
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::units::Price,
};

/// A member buys from the house in a Dutch auction: the longer the fund has held a position, the
/// cheaper it gets.
///
/// - At most the house's lots are taken; none is refused (`NothingToTake`), nor any at a final mark
///   (`MarketClosed`).
/// - The taker must meet all requirements of a trade that adds risk, at the base rates (see
///   [`Market::taker_rates`]), unless it reduces its own.
/// - While contributions cannot enter, one that the taker lacks is a call that is due at once, and
///   stays free like an assessment: anyone can bid.
/// - When the house is flat its result joins those of the others. When all are flat and every
///   default is allocated, the sum is realised: a loss is paid by the cushions and is a residual
///   beyond them, a gain pays losses nobody has paid, then those who bore some.
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
    fn validate(&self) -> Result<()> {
        let Self { fund, market, member, trader } = self;
        fund.check()?;
        market.check(fund.address())?;
        member.check(fund.address())?;
        member.require_trader(trader.address())?;
        market.require_not_final()
    }

    /// See [`TakeOver`]. `lots` is unsigned: how many of the house's lots the member takes at most.
    /// `limit_price` is the worst price that it accepts, the discount counted.
    pub fn handler(ctx: &mut Context<Self>, lots: u64, limit_price: Price) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate()?;
        let others = Markets::load(&ctx.remaining_accounts()?, &ctx.accounts.fund, &clock)?;
        let Self { fund, market, member, trader } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let (address, before) = (*member.address(), (member.call_amount, member.call_due_secs));
        let by_delegate = member.is_delegate(trader.address());
        let taker = Side { address: &address, member, by_delegate };
        let house::TakenOver { lots, price, discount, result: house_result, round } =
            house::take_over(fund, market, taker, &others, Bid { lots, limit_price }, &clock)?;
        fund.invariant()?;
        log!(TakenOver {
            member: address,
            lots,
            price,
            discount,
            market_index: u64::from(market.index),
            house_result
        });
        emit_round_end(fund, round);
        emit_taker_call(member, before);
        Ok(())
    }
}
