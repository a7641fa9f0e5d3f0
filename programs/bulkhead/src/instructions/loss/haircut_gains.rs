use {
    crate::{
        error::*,
        events::*,
        instructions::shared::*,
        rules::{
            gains::{self, Cut},
            waterfall,
        },
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Cuts gains (layer 6). A loss that no layer has paid is cut from the unsettled gains of the
/// members that have won what the defaulters lost, per lot (variation margin gains haircutting,
/// VMGH). Gains of the markets concerned have not been paid out since their default, so nobody was
/// first.
///
/// - There is a residual (`NothingToAllocate`), every default is allocated (`LossPending`), the
///   layers before are empty (`LayerNotEmpty`) and the assessment is over (`AssessmentOpen`).
/// - Every market with a loss in this episode is given, with a fresh mark (`WrongMarket`,
///   `StaleMark`): each takes its part by the loss in it. One whose oracle is silent
///   (`ORACLE_SILENT_SLOTS`) takes none: it must not hold up the rest.
/// - If none has gains left to cut, the wind-down begins (layer 7). In a wind-down claims bear the
///   loss (`WindDown`).
///
/// Remaining accounts: these markets, writable.
#[derive(Accounts)]
pub struct HaircutGains {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
}

impl HaircutGains {
    fn validate(&self, now: i64) -> Result<()> {
        let fund = &self.fund;
        fund.check()?;
        require!(fund.status != FundStatus::WindDown, BulkheadError::WindDown);
        require!(fund.residual > 0, BulkheadError::NothingToAllocate);
        waterfall::require_layers_empty(fund, now)
    }

    /// See [`HaircutGains`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate(clock.unix_timestamp)?;
        let mut markets = Markets::load_mut(&ctx.remaining_accounts()?, &ctx.accounts.fund, &clock)?;
        let moment = markets.moment();
        let fund = &mut ctx.accounts.fund;
        fund.run_exit_clock(&clock)?;
        let address = *fund.address();
        let report = |Cut { market, side, amount, lots, excess }: Cut| {
            let (market_index, side) = (u64::from(market), side as u64);
            emit!(GainsCut { fund: address, market_index, side, amount, lots, excess });
        };
        if let Some(final_marks_ts) = gains::haircut(fund, &mut markets, &moment, report)? {
            emit!(WindDownStarted { fund: address, residual: fund.residual, final_marks_ts });
        }
        fund.invariant()
    }
}
