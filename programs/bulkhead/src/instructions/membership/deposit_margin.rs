use {
    crate::{error::*, events::*, instructions::shared::*, rules::margin, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Pays margin into a member's account. Never paused.
///
/// - Anyone may pay for any member.
/// - Zero is refused (`ZeroAmount`), and more than profit and loss can be netted with (`Overflow`).
/// - A gains cut waits for no money that comes later (`GainsNotRegistered`).
#[derive(Accounts)]
pub struct DepositMargin {
    /// Fund and vault.
    pub custody: Nested<Custody>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
    /// Owns the wallet's token account.
    pub depositor: Signer,
}

impl DepositMargin {
    fn validate(&self, amount: u64) -> Result<()> {
        self.custody.fund.check()?;
        self.member.check(self.custody.fund.address())?;
        require!(amount > 0, BulkheadError::ZeroAmount);
        Ok(())
    }

    /// See [`DepositMargin`].
    pub fn handler(ctx: &mut Context<Self>, amount: u64) -> Result<()> {
        ctx.accounts.validate(amount)?;
        let Self { custody, member, depositor } = &mut ctx.accounts;
        let clock = Clock::get()?;
        custody.fund.run_exit_clock(&clock)?;
        margin::deposit(&mut custody.fund, member, amount, clock.unix_timestamp)?;
        custody.pull(depositor, amount)?;
        custody.fund.invariant()?;
        log!(MarginMoved { member: *member.address(), amount: amount as i64, margin: member.margin });
        Ok(())
    }
}
