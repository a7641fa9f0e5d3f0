use {
    crate::{error::*, events::*, rules::membership, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Opens the member account of a wallet.
///
/// - One wallet has one account in a fund.
/// - The member agrees to the cap of assessments that is in force, at most `most_bps`
///   (`AssessmentCapExceeded`), and joins at most `markets` markets (`MarketNotSeen`).
/// - Refused in a wind-down (`WindDown`).
/// - The wallet signs; anyone may pay the rent.
/// - Refused while `OPEN_MEMBER` is paused (`Paused`).
#[derive(Accounts)]
pub struct OpenMember {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The new account.
    #[account(init, payer = payer, seeds = [seeds::MEMBER, fund.address().as_ref(), owner.address().as_ref()], bump)]
    pub member: Account<Member>,
    /// The wallet.
    pub owner: Signer,
    /// Pays the rent.
    // SAFETY: it may be the wallet itself. A `Signer` borrows no data, and none of the other
    // accounts can sign.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// Creates the account.
    pub system_program: Program<System>,
}

impl OpenMember {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        require!(self.fund.status != FundStatus::WindDown, BulkheadError::WindDown);
        self.fund.require_not_paused(pause::OPEN_MEMBER, Clock::get()?.unix_timestamp)
        // member - created here. owner, payer - sign. system_program - checked by `Program`.
    }

    /// See [`OpenMember`].
    pub fn handler(ctx: &mut Context<Self>, most_bps: u16, markets: u16) -> Result<()> {
        ctx.accounts.validate()?;
        let bump = ctx.bumps.member;
        let Self { fund, member, owner, .. } = &mut ctx.accounts;
        member.bump = bump;
        member.fund = *fund.address();
        member.owner = *owner.address();
        let clock = Clock::get()?;
        fund.run_exit_clock(&clock)?;
        membership::open(fund, member, most_bps, markets, clock.unix_timestamp)?;
        log!(MemberOpened { fund: *fund.address(), member: *member.address(), owner: *owner.address() });
        Ok(())
    }
}
