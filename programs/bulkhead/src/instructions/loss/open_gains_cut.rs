use {
    crate::{events::*, instructions::shared::*, rules::gains_cut, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Opens layer 6: what no layer has paid will be cut from everybody's net gain, as one fraction. The
/// loss is fixed now, the prices of the gains 150 seconds from now, and members register until
/// `register_secs` after that. What is paid until the cut counts for this loss before later ones.
///
/// - There is a residual (`NothingToAllocate`), every default is allocated (`LossPending`), the layers
///   before are empty (`LayerNotEmpty`) and the assessment is over (`AssessmentOpen`).
/// - Every house is sold, or waived and its market given and still silent (`HouseNotSold`): its result comes
///   first.
/// - No grace blocks exits (`GracePeriodRunning`): its loss is one that everybody can see.
/// - No other round registers, and nobody holds a claim of the round eight before (`GainsCutOpen`).
/// - In a wind-down claims bear the loss (`WindDown`).
///
/// Remaining accounts: the markets of waived houses.
#[derive(Accounts)]
pub struct OpenGainsCut {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
}

impl OpenGainsCut {
    /// See [`OpenGainsCut`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.fund.check()?;
        let clock = Clock::get()?;
        let markets = Markets::load_all(&ctx.remaining_accounts()?, &ctx.accounts.fund, &clock)?;
        let fund = &mut ctx.accounts.fund;
        fund.run_exit_clock(&clock)?;
        let round = gains_cut::open(fund, &markets, clock.unix_timestamp)?;
        let CutRound { loss, cut_ts, ends_ts, .. } = *fund.cut_round(round);
        log!(GainsCutOpened { fund: *fund.address(), round, loss, cut_ts, ends_ts });
        fund.invariant()
    }
}
