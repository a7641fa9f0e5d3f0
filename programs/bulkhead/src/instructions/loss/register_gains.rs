use {
    crate::{
        error::*,
        events::*,
        instructions::shared::*,
        rules::gains_cut::{self, Registered},
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Registers a member in the next round of a gains cut that it has missed: its net gain over all its
/// markets, at the pins of the round, becomes a claim. Anyone may: every winner wants every other one
/// to be registered.
///
/// - The moment of the pins has passed, and the member is not registered (`AlreadyRegistered`).
/// - Every market that it holds is given (`WrongMarket`), fresh or not: no call selects a price.
/// - A latecomer is cut at once, to the same fraction as if it had been on time.
/// - A member that a wind-down has closed out has nothing to register (`MemberClosedOut`).
///
/// Remaining accounts: these markets, writable.
#[derive(Accounts)]
pub struct RegisterGains {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
}

impl RegisterGains {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.member.check(self.fund.address())?;
        require!(self.member.status != MemberStatus::ClosedOut, BulkheadError::MemberClosedOut);
        Ok(())
    }

    /// See [`RegisterGains`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let mut markets = Markets::load_mut(&ctx.remaining_accounts()?, &ctx.accounts.fund, &clock)?;
        let Self { fund, member } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let address = *member.address();
        let Registered { round, gain, cut, from_margin, realised, houses, ended } =
            gains_cut::register(fund, member, &mut markets, clock.unix_timestamp)?;
        emit_house_results(fund, houses);
        emit_round_end(fund, ended);
        log!(GainsRegistered {
            fund: *fund.address(),
            member: address,
            round,
            gain,
            cut,
            from_margin,
            realised
        });
        fund.invariant()
    }
}
