use {
    crate::{
        error::*,
        events::*,
        instructions::shared::*,
        rules::positions::{self, Deal, Novation, Side},
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::units::Price,
};

/// Two members agree on a trade; the fund becomes the counterparty of each.
///
/// - Both sign, owner or delegate (`NotTrader`), and are two different members.
/// - The price is within the market's band around a fresh mark (`PriceOutsideBand`, `StaleMark`),
///   which a wind-down has not made final (`MarketClosed`).
/// - Each side pays the clearing fee from its margin (`InsufficientMargin`).
/// - A side that adds risk must then meet initial margin (`BelowInitialMargin`), the contribution
///   requirement (`BelowRequiredContribution`) and the cover limit (`CoverLimitExceeded`), and keep
///   free what may be assessed (`AssessmentReserved`). It may not while novation is paused
///   (`Paused`), before the market opens (`MarketNotOpen`), or while a default is open in the
///   market (`MarketReduceOnly`), after the price has moved too far (`BreakerTripped`), while a
///   loss of the fund is unfunded (`LossPending`), while it is called for its stress loss
///   (`MemberReduceOnly`), or when one side of the markets could cost too much
///   (`CrowdingLimitExceeded`).
/// - A delegate concedes no more against the mark in a day than the owner allows
///   (`DelegateBudgetExceeded`).
/// - A side that is below initial margin may only reduce, and only at the mark or better for itself
///   (`ReduceAtMarkOnly`): value cannot be walked out of a failing account. Its equity must stay
///   positive (`InsufficientMargin`).
///
/// Remaining accounts: the other markets either side holds.
#[derive(Accounts)]
pub struct Novate {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The market traded.
    #[account(mut)]
    pub market: Account<Market>,
    /// Receives the lots.
    #[account(mut)]
    pub buyer: Account<Member>,
    /// Gives the lots.
    #[account(mut)]
    pub seller: Account<Member>,
    /// Signs for the buyer.
    pub buyer_signer: Signer,
    /// Signs for the seller.
    pub seller_signer: Signer,
}

impl Novate {
    fn validate(&self, lots: u64) -> Result<()> {
        let Self { fund, market, buyer, seller, buyer_signer, seller_signer } = self;
        fund.check()?;
        market.check(fund.address())?;
        buyer.check(fund.address())?;
        seller.check(fund.address())?;
        buyer.require_trader(buyer_signer.address())?;
        seller.require_trader(seller_signer.address())?;
        require!(lots > 0, BulkheadError::ZeroAmount);
        market.require_not_final()
    }

    /// See [`Novate`].
    pub fn handler(ctx: &mut Context<Self>, lots: u64, price: Price) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate(lots)?;
        let others = Markets::load(&ctx.remaining_accounts()?, &ctx.accounts.fund, &clock)?;
        let Self { fund, market, buyer, seller, buyer_signer, seller_signer } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let (bought_by, sold_by) = (*buyer.address(), *seller.address());
        let by_delegate = buyer.is_delegate(buyer_signer.address());
        let buyer = Side { address: &bought_by, member: buyer, by_delegate };
        let by_delegate = seller.is_delegate(seller_signer.address());
        let seller = Side { address: &sold_by, member: seller, by_delegate };
        let Novation { lots, fee, to_rewards } =
            positions::novate(fund, market, &others, buyer, seller, Deal { lots, price }, &clock)?;
        fund.invariant()?;
        log!(Novated {
            buyer: bought_by,
            seller: sold_by,
            lots,
            price,
            fee,
            market_index: u64::from(market.index),
            to_rewards,
        });
        Ok(())
    }
}
