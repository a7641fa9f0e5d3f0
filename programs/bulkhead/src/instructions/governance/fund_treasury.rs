use {
    crate::{arithmetic::*, error::*, events::*, instructions::shared::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::units::to_pnl,
};

/// Pays into the treasury, which pays losses before the members' contributions do. Anyone may.
///
/// - Zero is refused (`ZeroAmount`).
#[derive(Accounts)]
pub struct FundTreasury {
    /// Fund and vault.
    pub custody: Nested<Custody>,
    /// Owns the wallet's token account.
    pub funder: Signer,
}

impl FundTreasury {
    fn validate(&self, amount: u64) -> Result<()> {
        self.custody.fund.check()?;
        require!(amount > 0, BulkheadError::ZeroAmount);
        Ok(())
    }

    /// See [`FundTreasury`].
    pub fn handler(ctx: &mut Context<Self>, amount: u64) -> Result<()> {
        ctx.accounts.validate(amount)?;
        let Self { custody, funder } = &mut ctx.accounts;
        custody.fund.run_exit_clock(&Clock::get()?)?;
        custody.fund.treasury = add(custody.fund.treasury, amount)?;
        custody.pull(funder, amount)?;
        custody.fund.invariant()?;
        let amount = to_pnl(amount).or_fail()?;
        let treasury = custody.fund.treasury;
        log!(TreasuryMoved { fund: *custody.fund.address(), amount, treasury, released: 0 });
        Ok(())
    }
}
