use {
    crate::{constants::ORACLE_SILENT_SLOTS, error::*, events::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::haircut::part_of,
};

/// Layer 6: what no layer has paid is cut from the unsettled gains of those who have won what the defaulters lost, per lot
/// (VMGH). Gains of the markets concerned have not been paid out since their default, so nobody was first.
///
/// - There is a residual (`NothingToAllocate`), every default is allocated (`LossPending`), the layers before are empty
///   (`LayerNotEmpty`) and the assessment is over (`AssessmentOpen`).
/// - Every market with a loss in this episode is given, with a fresh mark (`WrongMarket`, `StaleMark`): each takes its part
///   by what was lost in it. One whose oracle is silent (`ORACLE_SILENT_SLOTS`) takes none: it must not hold up the rest.
/// - If none has gains left to cut, the wind-down begins (layer 7). In a wind-down claims bear the loss (`WindDown`).
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
        fund.require_layers_empty(now)
    }

    /// See [`HaircutGains`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate(clock.unix_timestamp)?;
        let mut markets = Markets::load_mut(&ctx.remaining_accounts()?, ctx.accounts.fund.address())?;
        let fund = &mut ctx.accounts.fund;

        let mut weights = 0;
        require!(markets.iter_mut().count() == usize::from(fund.defaulted_markets), BulkheadError::WrongMarket);
        for market in markets.iter_mut() {
            require!(market.is_in_default(fund), BulkheadError::WrongMarket);
            if !market.is_silent(clock.slot, ORACLE_SILENT_SLOTS) {
                market.require_fresh(clock.slot, fund.params.max_mark_age_slots)?;
            }
            weights = add(weights, market.cut_weight(clock.slot))?;
        }
        if weights == 0 {
            fund.start_wind_down(clock.unix_timestamp);
            let final_marks_ts = clock.unix_timestamp.saturating_add(i64::from(fund.params.wind_down_secs));
            emit!(WindDownStarted { fund: *fund.address(), residual: fund.residual, final_marks_ts });
            return fund.invariant();
        }
        for market in markets.iter_mut() {
            let weight = market.cut_weight(clock.slot);
            if weight == 0 {
                continue;
            }
            let amount = part_of(fund.residual, weight, weights).or_fail()?;
            weights = sub(weights, weight)?;
            if amount > 0 {
                let side = market.winning_side();
                let lots = market.cut_lots[side];
                let excess = fund.cut_gains(market, amount)?;
                let (index, side) = (u64::from(market.index), side as u64);
                emit!(GainsCut { fund: *fund.address(), market: index, side, amount, lots, excess });
            }
        }
        fund.end_episode();
        fund.invariant()
    }
}
