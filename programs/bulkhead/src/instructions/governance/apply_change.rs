use {
    crate::{error::*, events::*, instructions::shared::*, rules::governance, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Puts a queued change in force. The record is closed, and its rent goes back to the rent payer.
///
/// - The authority signs with a live mandate (`NotAuthority`, `StaleNonce`, `MandateExpired`).
/// - The timelock is over (`ChangeNotReady`) and the window has not closed (`ChangeExpired`). The wait
///   is judged again by what is in force now, and the longer one holds.
/// - It sets the parameters that the change touches, and no other.
/// - The change is still within bounds, because others may have come between
///   (`ParameterOutOfBounds`, `MarginWithinPriceBand`); its market is given (`WrongMarket`).
/// - A new market is opened by `open_market` (`WrongRecord`).
#[derive(Accounts)]
pub struct ApplyChange {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The change.
    #[account(mut, close = payer)]
    pub record: Account<QueuedChange>,
    /// The market that changes, if one does.
    #[account(mut)]
    pub market: Option<Account<Market>>,
    /// The fund's authority.
    pub authority: Signer,
    /// The record's rent payer.
    // SAFETY: it may be the authority itself; an `UncheckedAccount` borrows no data.
    #[account(mut, unsafe(dup), address = record.payer @ BulkheadError::WrongRecord)]
    pub payer: UncheckedAccount,
}

impl ApplyChange {
    fn validate(&self, change: &ParameterChange, clock: &Clock) -> Result<()> {
        self.fund.check()?;
        self.record.check(self.fund.address())?;
        let market = self.market.as_deref();
        governance::require_market(self.fund.address(), market, change)?;
        governance::validate(&self.fund, market, change, &moment(&self.fund.params, clock)?)
        // authority - checked with the mandate.
    }

    /// See [`ApplyChange`].
    pub fn handler(ctx: &mut Context<Self>, mandate: Mandate) -> Result<()> {
        let clock = Clock::get()?;
        let change = ctx.accounts.record.change()?;
        ctx.accounts.validate(&change, &clock)?;
        let Self { fund, record, market, authority, .. } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        governance::require_due(fund, market.as_deref(), record, &change, clock.unix_timestamp)?;
        fund.authorize(authority.address(), &mandate, clock.slot)?;
        let before = market.as_deref().map(|market| (market.index, market.adjusted.premium_rate));
        governance::apply(fund, market.as_deref_mut(), &change, clock.unix_timestamp)?;
        fund.invariant()?;
        log!(ChangeApplied { fund: *fund.address(), number: record.number });
        if let (ParameterChange::Market(..), Some((index, premium_rate))) = (&change, before) {
            let (market_index, ts) = (u64::from(index), clock.unix_timestamp);
            log!(TermsChanged { fund: *fund.address(), market_index, premium_rate, ts });
        }
        Ok(())
    }
}
