use {
    crate::{events::*, instructions::shared::*, rules::gains_cut, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Layer 6: cuts the registered gains by what is still unfunded of the round's loss, all by the same
/// fraction.
///
/// - A round registers (`NothingToAllocate`), and its registration is over (`RegistrationOpen`).
/// - What is left of defaulters' gains is set off against unfunded loss.
/// - The wind-down begins (layer 7) when there are no gains, or when two cuts in a row were too small. What
///   rounding can hide, a unit a member and position, does not count.
#[derive(Accounts)]
pub struct CutGains {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
}

impl CutGains {
    /// See [`CutGains`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        let fund = &mut ctx.accounts.fund;
        fund.check()?;
        let clock = Clock::get()?;
        fund.run_exit_clock(&clock)?;
        let gains_cut::GainsCut { round, gains, cut, set_off, wind_down, ended } =
            gains_cut::cut(fund, clock.unix_timestamp)?;
        log!(GainsCut { fund: *fund.address(), round, gains, cut, set_off, residual: fund.residual });
        if let Some(final_marks_ts) = wind_down {
            log!(WindDownStarted { fund: *fund.address(), residual: fund.residual, final_marks_ts });
        }
        emit_round_end(fund, ended);
        fund.invariant()
    }
}
