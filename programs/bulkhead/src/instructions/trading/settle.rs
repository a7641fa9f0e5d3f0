use {
    crate::{error::*, events::*, instructions::shared::*, rules::positions, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Turns the profit or loss of one position into cash, at a fresh mark (`StaleMark`).
///
/// - A loss goes from margin to the pool, as far as margin reaches; a gain from the pool to margin,
///   as far as it does.
/// - A settled result is equity at once. It counts as initial margin, or as withdrawable, after one
///   to two vesting periods.
/// - Anyone may settle a gain in full. Only the owner or its delegate (`NotTrader`) books more of a
///   loss than the member's net loss over all its markets, each at the end of interval A that favours the
///   member: a hedge stays one, whichever of its markets is cranked first. A silent one counts as in a
///   declaration. It books no more than it could withdraw (`BelowInitialMargin`, `AssessmentReserved`,
///   `CoverLimitExceeded`).
/// - A gain draws on what no registered gain waits for in the pool. A member that has missed a gains
///   cut registers first (`GainsNotRegistered`).
/// - Not in a wind-down (`WindDown`): there a close-out nets what each member has won and lost.
/// - The premium is taken first.
/// - The member must hold the market (`NoPosition`), unless it is the houses that are owed
///   something.
/// - When nothing is left but a fraction of a base unit, it goes to the house and the slot is free.
/// - What the houses are owed is realised: a gain nobody had paid in yet when it was made.
///
/// Remaining accounts: the other markets that the member holds, when others settle a loss
/// (`WrongMarket`).
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
    /// Signs for the member, owner or delegate, when it settles for itself.
    pub trader: Option<Signer>,
}

impl Settle {
    fn validate(&self, others: &Markets) -> Result<()> {
        let Self { fund, market, member, trader } = self;
        fund.check()?;
        market.check(fund.address())?;
        member.check(fund.address())?;
        require!(fund.status != FundStatus::WindDown, BulkheadError::WindDown);
        if let Some(trader) = trader {
            member.require_trader(trader.address())?;
        }
        others.moment().require_fresh(market)
    }

    /// See [`Settle`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        let clock = Clock::get()?;
        let others = Markets::load(&ctx.remaining_accounts()?, &ctx.accounts.fund, &clock)?;
        ctx.accounts.validate(&others)?;
        let Self { fund, market, member, trader } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let address = *member.address();
        let itself = trader.is_some().then_some(&address);
        let settled = positions::settle(fund, market, &others, member, itself, clock.unix_timestamp)?;
        emit_house_results(fund, settled.house);
        fund.invariant()?;
        emit_round_end(fund, settled.round);
        log!(Settled { member: address, paid: settled.paid, market_index: u64::from(market.index) });
        Ok(())
    }
}
