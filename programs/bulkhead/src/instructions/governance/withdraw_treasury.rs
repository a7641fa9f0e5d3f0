use {
    crate::{error::*, events::*, instructions::vault::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::units::to_pnl,
};

/// Pays treasury out.
///
/// - The authority signs with a live mandate (`NotAuthority`, `StaleNonce`, `MandateExpired`).
/// - Never below the floor (`TreasuryFloor`): the protocol keeps its skin in the game.
/// - Not while a loss is pending (`LossPending`).
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
        self.custody.fund.require_no_loss_pending()?;
        require!(amount > 0, BulkheadError::ZeroAmount);
        Ok(())
        // authority - checked with the mandate.
    }

    /// See [`WithdrawTreasury`].
    pub fn handler(ctx: &mut Context<Self>, amount: u64, mandate: Mandate) -> Result<()> {
        ctx.accounts.validate(amount)?;
        let Self { custody, authority } = &mut ctx.accounts;
        let clock = Clock::get()?;
        custody.fund.authorize(authority.address(), &mandate, clock.slot)?;
        custody.fund.release_rewards(clock.unix_timestamp)?; // without shares they are the treasury's
        let left = custody.fund.treasury.checked_sub(amount).ok_or(BulkheadError::TreasuryFloor)?;
        require!(left >= custody.fund.treasury_floor()?, BulkheadError::TreasuryFloor);
        custody.fund.treasury = left;
        custody.pay(amount)?;
        custody.fund.invariant()?;
        let amount = neg(to_pnl(amount).or_fail()?)?;
        emit!(TreasuryMoved { fund: *custody.fund.address(), amount, treasury: left });
        Ok(())
    }
}
