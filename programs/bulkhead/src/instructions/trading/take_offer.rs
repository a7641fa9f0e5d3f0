use {
    crate::{
        events::*,
        instructions::shared::*,
        rules::{offers, positions::Side},
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Takes lots of an offer. They are filled at the first print after this moment, by anyone: see
/// [`FillOffer`](super::FillOffer). Until then all that the fill may ask for is locked on both sides:
/// margin, stress loss, contribution and a slot.
///
/// - The taker signs, owner or delegate (`NotTrader`), and is another member than the maker. What a
///   delegate concedes at the mark is booked now (`DelegateBudgetExceeded`).
/// - The offer is not taken (`OfferTaken`), not expired (`OfferExpired`), open to this wallet
///   (`OfferForAnother`) and not void (`OfferVoid`, `MemberNotActive`). The lots have the opposite
///   sign (`WrongSide`), and as many are offered (`ZeroAmount`, `LotsNotOffered`).
/// - Members may add risk in the market: `Paused`, `LossPending`, `MarketReduceOnly`,
///   `BreakerTripped`, `MarketClosed`.
/// - The two could make the trade now at the mark as a novation, within the taker's limit
///   (`PriceBeyondLimit`): for its errors see [`Novate`](super::Novate). A side that adds risk can do so
///   with the doubt in a print of ten seconds ago, and one that reduces meets initial margin
///   (`BelowInitialMargin`, `CoverLimitExceeded`). An assessment, or a call that is due, stays free
///   (`AssessmentReserved`).
///
/// Remaining accounts: the other markets either side holds.
#[derive(Accounts)]
pub struct TakeOffer {
    /// The fund.
    pub fund: Account<Fund>,
    /// The market, which counts what is taken.
    #[account(mut)]
    pub market: Account<Market>,
    /// The offer.
    #[account(mut)]
    pub offer: Account<Offer>,
    /// The member that has posted it.
    #[account(mut)]
    pub maker: Account<Member>,
    /// The member that takes it.
    #[account(mut)]
    pub taker: Account<Member>,
    /// Signs for the taker.
    pub trader: Signer,
}

impl TakeOffer {
    fn validate(&self) -> Result<()> {
        let Self { fund, market, offer, maker, taker, trader } = self;
        fund.check()?;
        market.check(fund.address())?;
        maker.check(fund.address())?;
        taker.check(fund.address())?;
        offer.check(fund.address(), market.address(), maker.address())?;
        taker.require_trader(trader.address())
    }

    /// See [`TakeOffer`]. `lots` is signed as the taker receives them: negative for a sale.
    /// `limit_price` is the worst price that it accepts.
    pub fn handler(ctx: &mut Context<Self>, lots: i64, limit_price: u64) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate()?;
        let others = Markets::load(&ctx.remaining_accounts()?, &ctx.accounts.fund, &clock)?;
        let Self { fund, market, offer, maker, taker, trader } = &mut ctx.accounts;
        let (made_by, taken_by) = (*maker.address(), *taker.address());
        let by_delegate = taker.is_delegate(trader.address());
        let making = Side { address: &made_by, member: maker, by_delegate: false };
        let taking = Side { address: &taken_by, member: taker, by_delegate };
        offers::take(fund, market, &others, offer, making, taking, (lots, limit_price), &clock)?;
        log!(OfferTaken {
            fund: offer.fund,
            offer: *offer.address(),
            maker: made_by,
            taker: taken_by,
            lots,
            limit_price,
            ts: offer.taking.ts,
            locked: offer.taking.locked,
            market_index: u64::from(market.index),
        });
        Ok(())
    }
}
