use {
    crate::{error::*, events::*, instructions::shared::*, rules::waterfall, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Runs layers 3 to 5 for losses that no open default owns: losses of the house in selling, and the
/// rest of an earlier allocation once there is money again.
///
/// - There must be such a loss (`NothingToAllocate`): what gains of defaulters may still cancel when they
///   are cut is none.
/// - Like `allocate_loss`: O(1), permissionless, and nothing can block it.
#[derive(Accounts)]
pub struct AllocateResidual {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The current epoch's record: created when the epoch ends.
    #[account(mut)]
    pub epoch_record: UncheckedAccount,
    /// Pays for it.
    #[account(mut)]
    pub payer: Signer,
    /// Creates it.
    pub system_program: Program<System>,
}

impl AllocateResidual {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        require!(self.fund.allocatable() > 0, BulkheadError::NothingToAllocate);
        // epoch_record - its address is checked when it is created. payer - signs.
        Ok(())
    }

    /// See [`AllocateResidual`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { fund, epoch_record, payer, .. } = &mut ctx.accounts;
        let clock = Clock::get()?;
        fund.run_exit_clock(&clock)?;
        let epoch = fund.share_epoch;
        let plan = waterfall::allocate_residual(fund, clock.unix_timestamp)?;
        if plan.ends_epoch {
            record_epoch(fund, epoch, plan.dust, payer, epoch_record)?;
        }
        fund.invariant()?;
        log!(ResidualAllocated {
            fund: *fund.address(),
            from_treasury: plan.from_treasury,
            from_survivors: plan.from_survivors,
            from_cushions: plan.from_cushions,
            residual: fund.residual,
            contributions: fund.contributions,
            called: fund.assessment.called,
        });
        Ok(())
    }
}
