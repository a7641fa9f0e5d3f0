use {
    crate::{events::*, rules::gains_cut, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Pays the claim to a registered gain that a defaulter has assigned to the record of its default. It
/// cancels losses that nobody has paid, then comes back to those who bore some, as far as the pool
/// reaches.
///
/// - The round is cut, and there is something to pay (`NothingToClaim`).
#[derive(Accounts)]
pub struct PayRecordClaim {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The default's record.
    #[account(mut)]
    pub record: Account<DefaultRecord>,
}

impl PayRecordClaim {
    /// See [`PayRecordClaim`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        let Self { fund, record } = &mut ctx.accounts;
        fund.check()?;
        record.check(fund.address())?;
        fund.run_exit_clock(&Clock::get()?)?;
        let gains_cut::RecordPaid { round, cancelled, recovered } = gains_cut::pay_record(fund, record)?;
        emit!(RecordClaimPaid { fund: *fund.address(), seq: record.seq, round, cancelled, recovered });
        fund.invariant()
    }
}
