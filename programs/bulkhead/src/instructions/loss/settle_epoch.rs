use {
    crate::{constants::VERSION, error::*, events::*, rules::shares, state::*},
    anchor_lang::prelude::*,
};

/// Takes a member out of a share epoch that ended. Its shares are worth nothing; the rewards that
/// they earned and the losses that they bore stay.
///
/// - The member's epoch has ended (`EpochNotEnded`), and the record is that epoch's
///   (`WrongRecord`).
#[derive(Accounts)]
pub struct SettleEpoch {
    /// The fund.
    pub fund: Account<Fund>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
    /// The final indices of the member's epoch.
    pub epoch_record: Account<EpochRecord>,
}

impl SettleEpoch {
    fn validate(&self) -> Result<()> {
        let Self { fund, member, epoch_record } = self;
        fund.check()?;
        member.check(fund.address())?;
        require!(member.share_epoch < fund.share_epoch, BulkheadError::EpochNotEnded);
        let own = epoch_record.fund == *fund.address() && epoch_record.epoch == member.share_epoch;
        require!(own, BulkheadError::WrongRecord);
        require!(epoch_record.version == VERSION, BulkheadError::WrongVersion);
        Ok(())
    }

    /// See [`SettleEpoch`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { fund, member, epoch_record } = &mut ctx.accounts;
        shares::settle_epoch(fund, member, epoch_record)?;
        log!(EpochSettled { member: *member.address(), epoch: epoch_record.epoch });
        Ok(())
    }
}
