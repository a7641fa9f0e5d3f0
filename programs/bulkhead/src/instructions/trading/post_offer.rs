use {
    crate::{constants::VERSION, events::*, instructions::shared::*, rules::offers, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Offers lots to whoever comes. The offer is an account of its own, at the number that the maker
/// chooses.
///
/// - Owner or delegate sign (`NotTrader`), pay the rent and get it back. A delegate posts no offer that
///   gives way against the print (`DelegateBudgetExceeded`).
/// - The market has not ended (`MarketClosed`), and its oracle says which print came before
///   (`NoPreviousPrint`).
/// - Lots are not zero (`ZeroAmount`), the fewest are no more than all (`LotsNotOffered`), the distance
///   is within the band (`PriceOutsideBand`), and the expiry lies ahead (`OfferExpired`).
/// - Nothing is locked before somebody takes the offer.
#[derive(Accounts)]
pub struct PostOffer {
    /// The fund.
    pub fund: Account<Fund>,
    /// The market.
    pub market: Account<Market>,
    /// The member that offers.
    pub maker: Account<Member>,
    /// The offer.
    #[account(mut)]
    pub offer: UncheckedAccount,
    /// Signs for the maker, owner or delegate, and pays the rent.
    #[account(mut)]
    pub trader: Signer,
    /// Creates the account.
    pub system_program: Program<System>,
}

impl PostOffer {
    fn validate(&self, terms: &OfferTerms, now: i64) -> Result<()> {
        let Self { fund, market, maker, trader, .. } = self;
        fund.check()?;
        market.check(fund.address())?;
        maker.check(fund.address())?;
        maker.require_trader(trader.address())?;
        offers::validate(market, terms, maker.is_delegate(trader.address()), now)
        // offer - its address is checked when it is created. system_program - checked by `Program`.
    }

    /// See [`PostOffer`].
    pub fn handler(ctx: &mut Context<Self>, number: u64, terms: OfferTerms) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate(&terms, clock.unix_timestamp)?;
        let Self { fund, market, maker, offer: account, trader, .. } = &mut ctx.accounts;
        let (mut offer, bump) = create_record::<Offer>(
            trader.account(),
            account.account(),
            seeds::OFFER,
            maker.address(),
            number,
        )?;
        let OfferTerms { lots, min_lots, limit_price, expires_ts, taker, distance_bps } = terms;
        offer.version = VERSION;
        offer.bump = bump;
        offer.distance_bps = distance_bps;
        offer.market_index = market.index;
        offer.fund = *fund.address();
        offer.market = *market.address();
        offer.maker = *maker.address();
        offer.owner = maker.owner;
        offer.trader = *trader.address();
        offer.taker = taker;
        offer.number = number;
        offer.lots = lots;
        offer.min_lots = min_lots;
        offer.limit_price = limit_price;
        offer.expires_ts = expires_ts;
        offer.default_count = maker.default_count;
        log!(OfferPosted {
            fund: offer.fund,
            offer: *offer.address(),
            maker: offer.maker,
            lots,
            limit_price,
            distance_bps: i64::from(distance_bps),
            expires_ts,
            market_index: u64::from(market.index),
        });
        Ok(())
    }
}
