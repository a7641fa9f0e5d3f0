use {
    crate::{constants::VERSION, error::*, events::*, instructions::record::create_record, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::waterfall::{plan_waterfall, WaterfallPlan},
};

/// Runs the waterfall for a declared default: the defaulter's contribution, the treasury, then every survivor's
/// contribution pro rata. It touches the fund, the record and the defaulter, however many members there are (P9), and
/// nothing can block it: no pause, no missing contributor, no empty layer.
///
/// - The default is declared and not allocated (`AlreadyAllocated`), the member is its (`WrongMember`).
/// - What the layers cannot pay stays unfunded and the fund goes to Recovery; as much of it as the survivors have agreed to
///   is called from them (layer 5).
/// - The keeper, if one is named, gets a bounty: see [`Fund::pay_bounty`].
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
        check_keeper(fund, keeper)?;
        // epoch_record - its address is checked when it is created. payer - signs.
        Ok(())
    }

    /// See [`AllocateLoss`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let now = Clock::get()?.unix_timestamp;
        let Self { fund, member, record, epoch_record, payer, keeper, .. } = &mut ctx.accounts;
        if member.share_epoch == fund.share_epoch {
            member.touch(fund)?;
        }
        let bounty = fund.pay_bounty(member, keeper.as_deref_mut(), record.shortfall)?;
        record.bounties = add(record.bounties, bounty)?;
        let plan = plan_waterfall(record.shortfall, &fund.layers(Some(member))).or_fail()?;
        if plan.shares_burned > 0 {
            member.burn(plan.shares_burned)?;
        }
        member.status = MemberStatus::Active.into();
        let epoch = fund.share_epoch;
        fund.allocate_default(record, &plan, now)?;
        if plan.ends_epoch {
            record_epoch(fund, epoch, &plan, payer, epoch_record)?;
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

/// Who gets a bounty is a member in good standing.
pub fn check_keeper(fund: &Account<Fund>, keeper: &Option<Account<Member>>) -> Result<()> {
    if let Some(keeper) = keeper {
        keeper.check(fund.address())?;
        keeper.require_not_defaulted()?;
    }
    Ok(())
}

/// Keeps the final indices of an epoch that a loss has ended.
pub fn record_epoch(
    fund: &Account<Fund>,
    epoch: u64,
    plan: &WaterfallPlan,
    payer: &Signer,
    account: &UncheckedAccount,
) -> Result<()> {
    let (mut record, bump) =
        create_record::<EpochRecord>(payer.account(), account.account(), seeds::EPOCH, fund.address(), epoch)?;
    record.version = VERSION;
    record.bump = bump;
    record.fund = *fund.address();
    record.epoch = epoch;
    record.reward_index = fund.reward_index;
    record.loss_index = fund.loss_index;
    record.loss_units_index = fund.loss_units_index;
    emit!(EpochWiped { fund: *fund.address(), epoch, dust: plan.dust });
    Ok(())
}
