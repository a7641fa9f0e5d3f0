use {
    crate::{error::*, events::*, instructions::shared::*, rules::shares, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Buys shares of the default fund.
///
/// - The wallet signs: a contribution is mutual money, nobody can be made to hold it.
/// - Rewards earned until now are released first, to the shares that earned them.
/// - Shares are rounded down; none at all is refused (`ZeroShares`).
/// - Refused while exits are blocked (`LossPending`): nobody inherits a loss that was there before.
/// - Refused in a wind-down (`WindDown`).
/// - Refused while `CONTRIBUTE` is paused (`Paused`).
#[derive(Accounts)]
pub struct Contribute {
    /// Fund and vault.
    pub custody: Nested<Custody>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
    /// The wallet.
    pub owner: Signer,
}

impl Contribute {
    fn validate(&self, amount: u64, now: i64) -> Result<()> {
        let fund = &self.custody.fund;
        fund.check()?;
        self.member.check(fund.address())?;
        self.member.require_owner(self.owner.address())?;
        fund.require_not_paused(pause::CONTRIBUTE, now)?;
        fund.require_exits_open(now)?;
        require!(fund.status != FundStatus::WindDown, BulkheadError::WindDown);
        require!(amount > 0, BulkheadError::ZeroAmount);
        Ok(())
    }

    /// See [`Contribute`].
    pub fn handler(ctx: &mut Context<Self>, amount: u64) -> Result<()> {
        let clock = Clock::get()?;
        let now = clock.unix_timestamp;
        ctx.accounts.validate(amount, now)?;
        let Self { custody, member, owner } = &mut ctx.accounts;
        let address = *member.address();
        custody.fund.run_exit_clock(&clock)?;
        let streaming = custody.fund.rewards_streaming;
        let shares = shares::contribute(&mut custody.fund, &address, member, amount, now)?;
        custody.pull(owner, amount)?;
        custody.fund.invariant()?;
        let released = streaming.saturating_sub(custody.fund.rewards_streaming);
        log!(Contributed { member: address, amount, shares: shares.into(), released });
        Ok(())
    }
}
