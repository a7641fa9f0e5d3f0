use {
    crate::{
        error::*,
        events::*,
        instructions::shared::*,
        oracle,
        rules::{
            offers::{self, Fill},
            positions::{Novation, Side},
        },
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Fills a taking at its print: the first one after the taking. Anyone may call it. Beside
/// `crank_market` it is the only instruction that reads an oracle, and it moves no mark.
///
/// - The print is checked as a crank checks it (see [`CrankMarket`](crate::instructions::CrankMarket)),
///   it is the first one after the taking (`NotFirstPrint`), at most ten seconds old (`OracleTooOld`),
///   and sound (`PrintUnusable`).
/// - The offer is taken (`OfferNotTaken`), by this member (`WrongMember`), and the taking has neither
///   lapsed, nor has a loss come since that nobody had paid (`TakingLapsed`).
/// - The mark is of this print or of a later one (`StaleMark`): clients crank in the same transaction.
/// - The price is the offer's at the print, within the taker's limit (`PriceBeyondLimit`).
/// - Maker and taker trade as in a novation, at the band around the print and judged at the mark: for
///   its errors see [`Novate`](super::Novate). Whatever has made the offer void since the taking makes
///   the fill fail: `MemberNotActive`, `OfferVoid`, `Paused`, `LossPending`, `MarketReduceOnly`,
///   `BreakerTripped`, `MarketClosed`.
/// - An offer without lots left is closed, and its rent goes to whoever has paid it.
///
/// Remaining accounts: the other markets either side holds.
#[derive(Accounts)]
pub struct FillOffer {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The market.
    #[account(mut)]
    pub market: Account<Market>,
    /// The offer.
    #[account(mut)]
    pub offer: Account<Offer>,
    /// The member that has posted it.
    #[account(mut)]
    pub maker: Account<Member>,
    /// The member that has taken it.
    #[account(mut)]
    pub taker: Account<Member>,
    /// The oracle's account.
    pub price: UncheckedAccount,
    /// The key that has posted the offer.
    #[account(mut, address = offer.trader @ BulkheadError::WrongRecord)]
    pub rent_to: UncheckedAccount,
}

impl FillOffer {
    fn validate(&self) -> Result<()> {
        let Self { fund, market, offer, maker, taker, .. } = self;
        fund.check()?;
        market.check(fund.address())?;
        maker.check(fund.address())?;
        taker.check(fund.address())?;
        offer.check(fund.address(), market.address(), maker.address())?;
        offer.require_taken_by(taker.address())
        // price - checked by `oracle::read_first_after`.
    }

    /// See [`FillOffer`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate()?;
        let others = Markets::load(&ctx.remaining_accounts()?, &ctx.accounts.fund, &clock)?;
        let Self { fund, market, offer, maker, taker, price, rent_to } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let taking = offer.taking;
        let print = oracle::read_first_after(market, price.account(), taking.ts, clock.unix_timestamp)?;
        let (made_by, taken_by) = (*maker.address(), *taker.address());
        let making = Side { address: &made_by, member: maker, by_delegate: false };
        let filling = Side { address: &taken_by, member: taker, by_delegate: false };
        let Fill { price, novation } =
            offers::fill(fund, market, &others, &print, offer, making, filling, &clock)?;
        fund.invariant()?;
        let (buyer, seller) = if taking.lots > 0 { (taken_by, made_by) } else { (made_by, taken_by) };
        let market_index = u64::from(market.index);
        let Novation { lots, fee, to_rewards } = novation;
        log!(Novated { buyer, seller, lots, price, fee, market_index, to_rewards });
        log!(OfferFilled {
            fund: *fund.address(),
            offer: *offer.address(),
            maker: made_by,
            taker: taken_by,
            lots: taking.lots,
            left: offer.lots,
            print: print.price,
            publish_ts: print.publish_ts,
            market_index,
        });
        if offer.lots == 0 {
            offer.close(*rent_to.account())?;
        }
        Ok(())
    }
}
