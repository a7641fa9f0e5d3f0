use {
    crate::{
        error::*,
        events::*,
        instructions::shared::*,
        rules::waterfall::{self, Allocation},
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Pays what the defaulter of a declared default could not: the treasury, then contributions and
/// cushions pro rata. It touches the fund and the record, however many members there are (P9), and
/// nothing can block it: no pause, no missing contributor, no empty layer.
///
/// - The default is declared and not allocated (`AlreadyAllocated`). One that the defaulter pays
///   for itself is allocated when it is declared.
/// - What the layers cannot pay stays unfunded and the fund goes to Recovery; as much of it as the
///   survivors have agreed to is called from them (layer 5).
/// - The keeper, if one is named, gets a bounty from the treasury: see
///   [`crate::rules::default::bounty`].
/// - When a loss takes all contributions the epoch ends, and the record of its indices is created.
/// - If the houses are flat and have waited for this default, their results are realised.
#[derive(Accounts)]
pub struct AllocateLoss {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The default's record.
    #[account(mut)]
    pub record: Account<DefaultRecord>,
    /// The current epoch's record: created when the epoch ends.
    #[account(mut)]
    pub epoch_record: UncheckedAccount,
    /// Pays for it.
    #[account(mut)]
    pub payer: Signer,
    /// Creates it.
    pub system_program: Program<System>,
    /// Gets the bounty.
    #[account(mut)]
    pub keeper: Option<Account<Member>>,
}

impl AllocateLoss {
    fn validate(&self) -> Result<()> {
        let Self { fund, record, keeper, .. } = self;
        fund.check()?;
        record.check(fund.address())?;
        require!(record.status == DefaultStatus::Declared, BulkheadError::AlreadyAllocated);
        if let Some(keeper) = keeper {
            keeper.check(fund.address())?;
        }
        // epoch_record - its address is checked when it is created. payer - signs.
        Ok(())
    }

    /// See [`AllocateLoss`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let Self { fund, record, epoch_record, payer, keeper, .. } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let epoch = fund.share_epoch;
        let Allocation { plan, bounty, round } =
            waterfall::allocate_default(fund, record, keeper.as_deref_mut(), clock.unix_timestamp)?;
        if plan.ends_epoch {
            record_epoch(fund, epoch, plan.dust, payer, epoch_record)?;
        }
        fund.invariant()?;
        log!(LossAllocated {
            fund: *fund.address(),
            member: record.member,
            seq: record.seq,
            from_treasury: plan.from_treasury,
            from_survivors: plan.from_survivors,
            from_cushions: plan.from_cushions,
            residual: record.residual,
            contributions: fund.contributions,
            called: fund.assessment.called,
            bounty,
            keeper: address_of(keeper.as_ref()),
        });
        emit_round_end(fund, round);
        Ok(())
    }
}
