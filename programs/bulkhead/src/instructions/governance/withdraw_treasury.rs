use {
    crate::{arithmetic::*, error::*, events::*, instructions::shared::*, rules::governance, state::Mandate},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::units::to_pnl,
};

/// Pays treasury out.
///
/// - The authority signs with a live mandate (`NotAuthority`, `StaleNonce`, `MandateExpired`).
/// - Never below the floor (`TreasuryFloor`): the protocol keeps its skin in the game.
/// - Not while exits are blocked (`LossPending`).
#[derive(Accounts)]
pub struct WithdrawTreasury {
    /// Fund and vault.
    pub custody: Nested<Custody>,
    /// The fund's authority.
    pub authority: Signer,
}

impl WithdrawTreasury {
    fn validate(&self, amount: u64) -> Result<()> {
        self.custody.fund.check()?;
        require!(amount > 0, BulkheadError::ZeroAmount);
        Ok(())
        // authority - checked with the mandate.
    }

    /// See [`WithdrawTreasury`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>, amount: u64, mandate: Mandate) -> Result<()> {
        ctx.accounts.validate(amount)?;
        let Self { custody, authority } = &mut ctx.accounts;
        let clock = Clock::get()?;
        custody.fund.run_exit_clock(&clock)?;
        custody.fund.authorize(authority.address(), &mandate, clock.slot)?;
        governance::withdraw_treasury(&mut custody.fund, amount, clock.unix_timestamp)?;
        custody.pay(amount)?;
        custody.fund.invariant()?;
        let amount = neg(to_pnl(amount).or_fail()?)?;
        emit!(TreasuryMoved { fund: *custody.fund.address(), amount, treasury: custody.fund.treasury });
        Ok(())
    }
}
