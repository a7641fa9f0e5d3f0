//! House rounds: the results of all houses are one sum, realised when the last of them is flat.

use {
    super::{cushions, recoveries, waterfall},
    crate::{arithmetic::*, state::*},
    anchor_lang::prelude::*,
    bulkhead_math::{
        house_round::{HouseCash, HousePlan},
        units::{Money, Pnl},
    },
};

/// The result of a house that is flat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HouseResult {
    /// Index of the market.
    pub market: u16,
    /// What it gained, or lost if it is negative.
    pub result: Pnl,
}

/// Adds the result of a house that is flat, or whose mark is final, to the sum of the round; a fraction
/// of a base unit stays with it. Returns nothing while the house holds lots that a price can still
/// move.
pub fn join(fund: &mut Fund, market: &mut Market) -> Result<Option<HouseResult>> {
    if !market.is_house_flat() {
        return Ok(None);
    }
    let scale = market.scale()?;
    // A flat house has the same profit at any mark, and one in a market that has ended its final one.
    let result = market.house().profit(market.mark.price, scale).or_fail()?;
    market.set_house(market.house().realise(result, scale).or_fail()?);
    fund.house_result = fund.house_results().with(result).or_fail()?.result;
    Ok(Some(HouseResult { market: market.index, result }))
}

/// What the end of a house round has realised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoundEnd {
    /// Number of the round.
    pub round: u64,
    /// What was realised.
    pub plan: HousePlan,
    /// Money in its cushions now.
    pub cushions: Money,
}

/// Realises the results of all houses as one sum, and ends the round of cushions, once the last
/// house is flat and every default is allocated. Returns what it did, and nothing if there was
/// nothing to do.
///
/// A loss is paid by the cushions, and is a residual beyond them. A gain pays losses that nobody
/// has paid yet, then the members that bore some; it is taken as far as there is money in the pool,
/// and the rest waits.
#[inline(never)]
pub fn end(fund: &mut Fund) -> Result<Option<RoundEnd>> {
    let mut end = None;
    if fund.is_house_round_due() {
        let round = fund.house_round;
        let plan = realise(fund)?;
        let cushions = fund.cushion_round.money;
        cushions::end_round(fund)?;
        end = Some(RoundEnd { round, plan, cushions });
    }
    waterfall::end_recovery(fund);
    Ok(end)
}

fn realise(fund: &mut Fund) -> Result<HousePlan> {
    let cash = HouseCash {
        cushions: fund.cushion_round.money,
        unfunded: recoveries::recoverable_residual(fund),
        pool: fund.free_pool(),
        held: fund.held_for_waived(),
    };
    let plan = fund.house_results().plan_realise(&cash).or_fail()?;
    fund.house_result = plan.next.result;
    if plan.from_cushions > 0 {
        cushions::pay_houses(fund, plan.from_cushions)?;
    }
    fund.note_unfunded(plan.unfunded)?;
    fund.residual = add(fund.residual, plan.unfunded)?;
    waterfall::reduce_residual(fund, plan.cancelled)?;
    if plan.recovered > 0 {
        fund.pool = sub(fund.pool, plan.recovered)?;
        recoveries::recover(fund, plan.recovered)?;
    }
    Ok(plan)
}
