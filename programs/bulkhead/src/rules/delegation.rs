//! Delegation: another key may trade for a member, and concede only so much in a day.
//!
//! A delegate can never move money out, but it could lose it to an account of its own in trades at
//! the edge of the price band. Whatever lots it takes or gives at a price worse than the mark
//! counts against the budget that the owner has set.

use {
    crate::{arithmetic::*, error::*, state::*},
    anchor_lang::prelude::*,
    bulkhead_math::{
        rounding::widening_mul,
        units::{raw_to_money, Lots, Money, Price},
        Round,
    },
};

/// Seconds of a day of the budget.
const DAY_SECS: u64 = 24 * 60 * 60;

/// Names the delegate, and what it may concede in a day.
pub fn set(member: &mut Member, delegate: Address, daily_budget: Money) {
    member.delegate = delegate;
    member.delegate_budget = daily_budget;
}

/// Books what a member concedes by buying `lots` at `price` (selling, if they are negative), less
/// what it `received` for it in margin. It is rounded up in favour of the owner.
///
/// # Errors
/// `DelegateBudgetExceeded`.
#[inline(never)]
pub fn concede(
    member: &mut Member,
    market: &Market,
    lots: Lots,
    price: Price,
    received: Money,
    now: i64,
) -> Result<()> {
    let mark = market.mark.price;
    let is_worse = if lots < 0 { price < mark } else { price > mark };
    if !is_worse {
        return Ok(());
    }
    let raw = widening_mul(price.abs_diff(mark), lots.unsigned_abs());
    let conceded = raw_to_money(raw, market.scale()?, Round::Up).or_fail()?.saturating_sub(received); // favours the owner
    let day = u32::try_from(now.max(0).unsigned_abs() / DAY_SECS).map_err(|_| BulkheadError::Overflow)?;
    if member.conceded_day != day {
        member.conceded_day = day;
        member.conceded = 0;
    }
    member.conceded = add(member.conceded, conceded)?;
    require!(member.conceded <= member.delegate_budget, BulkheadError::DelegateBudgetExceeded);
    Ok(())
}
