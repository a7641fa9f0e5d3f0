use {
    crate::{events::*, rules::gains_cut, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Opens layer 6: what no layer has paid will be cut from everybody's net gain, as one fraction. The
/// loss is fixed now, the prices of the gains two cells from now, and members register until
/// `register_secs` after that.
///
/// - There is a residual (`NothingToAllocate`), every default is allocated (`LossPending`), the layers
///   before are empty (`LayerNotEmpty`) and the assessment is over (`AssessmentOpen`).
/// - Every house is sold, or waived as a silent one (`HouseNotSold`): its result comes first.
/// - No grace blocks exits (`GracePeriodRunning`): its loss is one that everybody can see.
/// - No other round registers, and nobody holds a claim of the round eight before (`GainsCutOpen`).
/// - In a wind-down claims bear the loss (`WindDown`).
#[derive(Accounts)]
pub struct OpenGainsCut {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
}

impl OpenGainsCut {
    /// See [`OpenGainsCut`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        let fund = &mut ctx.accounts.fund;
        fund.check()?;
        let clock = Clock::get()?;
        fund.run_exit_clock(&clock)?;
        let round = gains_cut::open(fund, clock.unix_timestamp)?;
        let CutRound { loss, cut_ts, ends_ts, .. } = *fund.cut_round(round);
        emit!(GainsCutOpened { fund: *fund.address(), round, loss, cut_ts, ends_ts });
        fund.invariant()
    }
}
