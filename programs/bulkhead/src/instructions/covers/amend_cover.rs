use {
    crate::{error::*, events::*, instructions::shared::*, rules::covers, rules::governance, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Raises the limit of a cover, lifts its suspension, or revives it after a lapse, as it was queued. The
/// record is closed, and its rent goes back to the rent payer.
///
/// - The authority signs with a live mandate (`NotAuthority`, `StaleNonce`, `MandateExpired`).
/// - The record changes this cover (`WrongRecord`), its timelock is over (`ChangeNotReady`), its window has
///   not closed (`ChangeExpired`) and exits are open (`LossPending`).
/// - The cover has not ended (`CoverHasEnded`).
/// - A limit only rises (`LimitNotRaised`), while the cover's time is not over (`CoverOver`), within the
///   budget (`CoverBudgetExceeded`) and beside the two largest exposures (`CoverTwoExceeded`).
/// - Only a suspended or a lapsed cover resumes (`NothingToResume`). A lapsed one has premium in advance
///   (`CoverUnpaid`) and time left (`CoverOver`).
#[derive(Accounts)]
pub struct AmendCover {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The change.
    #[account(mut, close = record_payer)]
    pub record: Account<QueuedChange>,
    /// The cover.
    #[account(mut)]
    pub cover: Account<Cover>,
    /// The fund's authority.
    pub authority: Signer,
    /// The record's rent payer.
    // SAFETY: it may be the authority itself; an `UncheckedAccount` borrows no data.
    #[account(mut, unsafe(dup), address = record.payer @ BulkheadError::WrongRecord)]
    pub record_payer: UncheckedAccount,
}

impl AmendCover {
    fn validate(&self, change: &ParameterChange) -> Result<()> {
        self.fund.check()?;
        self.record.check(self.fund.address())?;
        self.cover.check(self.fund.address())?;
        require!(change.cover() == Some(self.cover.index), BulkheadError::WrongRecord);
        Ok(())
        // authority - checked with the mandate.
    }

    /// See [`AmendCover`].
    pub fn handler(ctx: &mut Context<Self>, mandate: Mandate) -> Result<()> {
        let change = ctx.accounts.record.change()?;
        ctx.accounts.validate(&change)?;
        let clock = Clock::get()?;
        let Self { fund, record, cover, authority, .. } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        governance::require_due(fund, None, record, &change, clock.unix_timestamp)?;
        fund.authorize(authority.address(), &mandate, clock.slot)?;
        let accrued = match change {
            ParameterChange::RaiseCover(_, limit) => covers::raise(fund, cover, limit, clock.unix_timestamp)?,
            _ => covers::resume(fund, cover, record.queued_ts, &clock)?,
        };
        fund.invariant()?;
        emit_accrued(cover, &accrued);
        log!(ChangeApplied { fund: *fund.address(), number: record.number });
        log!(CoverAmended {
            fund: *fund.address(),
            cover: *cover.address(),
            limit: cover.limit,
            opens_ts: cover.opens_ts,
        });
        Ok(())
    }
}
