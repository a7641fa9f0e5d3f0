use {
    crate::{events::*, rules::gains_cut, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Pays the claim that a member has to a registered gain into its margin, as far as the pool reaches for
/// the claims of the round: all of them get the same part, whoever is paid first. What is paid is a
/// settled gain, and vests like one.
///
/// - The round is cut, and there is something to pay, or a latecomer has added to the claim
///   (`NothingToClaim`).
/// - The member has missed no round since (`GainsNotRegistered`).
/// - In a wind-down claims are paid by `pay_out` (`WindDown`).
#[derive(Accounts)]
pub struct PayClaim {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
}

impl PayClaim {
    /// See [`PayClaim`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        let Self { fund, member } = &mut ctx.accounts;
        fund.check()?;
        member.check(fund.address())?;
        let clock = Clock::get()?;
        fund.run_exit_clock(&clock)?;
        let gains_cut::GainPaid { round, paid, left } = gains_cut::pay(fund, member, clock.unix_timestamp)?;
        log!(GainPaid { fund: *fund.address(), member: *member.address(), round, paid, left });
        fund.invariant()
    }
}
