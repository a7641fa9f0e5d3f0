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

/// Runs the waterfall for a declared default: the defaulter's contribution, the treasury, then
/// every survivor's contribution pro rata. It touches the fund, the record and the defaulter,
/// however many members there are (P9), and nothing can block it: no pause, no missing contributor,
/// no empty layer.
///
/// - The default is declared and not allocated (`AlreadyAllocated`), the member is its
///   (`WrongMember`).
/// - What the layers cannot pay stays unfunded and the fund goes to Recovery; as much of it as the
///   survivors have agreed to is called from them (layer 5).
/// - The keeper, if one is named, gets a bounty: see [`crate::rules::default::pay_bounty`].
/// - When a loss takes all contributions the epoch ends, and the record of its indices is created.
#[derive(Accounts)]
pub struct AllocateLoss {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The defaulter.
    #[account(mut)]
    pub member: Account<Member>,
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
        let Self { fund, member, record, keeper, .. } = self;
        fund.check()?;
        member.check(fund.address())?;
        record.check(fund.address())?;
        require!(anchor_lang::address_eq(&record.member, member.address()), BulkheadError::WrongMember);
        require!(record.status == DefaultStatus::Declared, BulkheadError::AlreadyAllocated);
        require!(member.status == MemberStatus::Defaulted, BulkheadError::MemberNotInDefault);
        if let Some(keeper) = keeper {
            keeper.check_keeper(fund.address())?;
        }
        // epoch_record - its address is checked when it is created. payer - signs.
        Ok(())
    }

    /// See [`AllocateLoss`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let now = Clock::get()?.unix_timestamp;
        let Self { fund, member, record, epoch_record, payer, keeper, .. } = &mut ctx.accounts;
        let epoch = fund.share_epoch;
        let Allocation { plan, bounty } =
            waterfall::allocate_default(fund, member, record, keeper.as_deref_mut(), now)?;
        if plan.ends_epoch {
            record_epoch(fund, epoch, plan.dust, payer, epoch_record)?;
        }
        fund.invariant()?;
        emit!(LossAllocated {
            fund: *fund.address(),
            member: *member.address(),
            seq: record.seq,
            from_contribution: plan.from_defaulter,
            from_treasury: plan.from_treasury,
            from_survivors: plan.from_survivors,
            residual: plan.residual,
            contributions: fund.contributions,
            called: fund.assessment.called,
            bounty,
        });
        Ok(())
    }
}
