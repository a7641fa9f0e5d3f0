use {
    crate::{
        arithmetic::*, constants::VERSION, events::*, instructions::shared::*, rules::governance, state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Announces a change of single parameters, or a new market. It can be applied after its timelock: a
/// day, and notice period and claim window on top unless it can neither block, liquidate nor lock
/// anybody. The timelock runs on the exit clock, so that it waits while nobody can leave; that of a
/// change which only makes a market's feed readable again runs in chain time.
///
/// - The authority signs with a live mandate (`NotAuthority`, `StaleNonce`, `MandateExpired`).
/// - The change is within bounds (`ParameterOutOfBounds`, `MarginWithinPriceBand`). The clearing
///   fee can only fall. A market ends at the earliest after the notice period (`ClosingTooSoon`). A
///   final mark is named only for a silent market (`OracleNotSilent`), within the stress rate of its
///   last mean (`FinalMarkTooFar`).
/// - A change of a market names that market, and no other change names one (`WrongMarket`).
#[derive(Accounts)]
pub struct QueueChange {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The change, at the address of the current nonce.
    #[account(mut)]
    pub record: UncheckedAccount,
    /// The market that changes, if one does.
    #[account(mut)]
    pub market: Option<Account<Market>>,
    /// The fund's authority.
    pub authority: Signer,
    /// Pays the rent and gets it back.
    // SAFETY: it may be the authority itself. A `Signer` borrows no data, and none of the other
    // accounts can sign.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// Creates the record.
    pub system_program: Program<System>,
}

impl QueueChange {
    fn validate(&self, change: &ParameterChange, clock: &Clock) -> Result<()> {
        self.fund.check()?;
        let market = self.market.as_deref();
        governance::require_market(self.fund.address(), market, change)?;
        governance::validate(&self.fund, market, change, &moment(&self.fund.params, clock)?)
        // record - its address is checked when it is created. authority - checked with the mandate.
        // payer - signs.
    }

    /// See [`QueueChange`].
    pub fn handler(ctx: &mut Context<Self>, change: ParameterChange, mandate: Mandate) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate(&change, &clock)?;
        let Self { fund, record, market, authority, payer, .. } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        fund.authorize(authority.address(), &mandate, clock.slot)?;
        let wait = governance::timelock(fund, market.as_deref(), &change);
        let mends = market.as_deref().is_some_and(|market| governance::mends_feed(market, &change));
        let queued_secs = if mends { clock.unix_timestamp.max(0).unsigned_abs() } else { fund.exits.secs() };

        let number = mandate.nonce;
        let (mut queued, bump) = create_record::<QueuedChange>(
            payer.account(),
            record.account(),
            seeds::CHANGE,
            fund.address(),
            number,
        )?;
        queued.version = VERSION;
        queued.bump = bump;
        queued.fund = *fund.address();
        queued.payer = *payer.address();
        queued.number = number;
        queued.in_chain_time = mends.into();
        queued.queued_secs = queued_secs;
        queued.ready_secs = add(queued_secs, wait)?;
        queued.queued_ts = clock.unix_timestamp;
        queued.write(&change)?;
        if let Some(market) = market.as_deref_mut().filter(|_| mends) {
            governance::note_mend(market, queued.window(wait).closes);
        }
        log!(ChangeQueued { fund: *fund.address(), number, ready_secs: queued.ready_secs });
        Ok(())
    }
}
