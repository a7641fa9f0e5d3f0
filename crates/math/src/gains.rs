//! Gains cut (layer 6, variation margin gains haircutting, VMGH): a loss that no layer has paid is
//! taken from the gains that the same price move has made.
//!
//! The loss is cut from the winning side of the defaulted market, per lot, through an index of raw
//! quote, and taken from each position when it is touched. It never takes more than the position's
//! unsettled gain at the mark of the cut: a margin pays for nobody else's default (P11). The part
//! that a position has no gain for lapses to the house, whose loss it then is. Everything is raw
//! quote, so that the books balance to the unit (P3).

use crate::{
    positions::Position,
    rounding::{div, mul_div, Round},
    units::{Money, Price, Raw, Scale},
    MathError, Result,
};

/// A cut of one side of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HaircutPlan {
    /// Raw quote per lot, rounded up.
    pub per_lot: u128,
    /// The amount that rounding up cuts beyond the loss. It is the house's.
    pub excess: Raw,
}

/// A cut as it meets one position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutPlan {
    /// The position afterwards.
    pub position: Position,
    /// Raw quote taken from it.
    pub taken: u128,
    /// Raw quote there was no gain for.
    pub lapsed: u128,
}

/// Spreads `loss` over `lots`.
///
/// # Errors
/// `DivByZero` without lots, `Overflow`.
pub fn plan_haircut(loss: Money, lots: u64, scale: Scale) -> Result<HaircutPlan> {
    let lots = u128::from(lots);
    let raw = scale.raw_of(loss).unsigned_abs();
    let per_lot = div(raw, lots, Round::Up)?; // favours the fund: the excess is the house's
    let cut = per_lot.checked_mul(lots).ok_or(MathError::Overflow)?;
    let excess = cut.checked_sub(raw).ok_or(MathError::Underflow)?;
    Ok(HaircutPlan { per_lot, excess: i128::try_from(excess).map_err(|_| MathError::Overflow)? })
}

/// Takes a cut of `per_lot` on `lots` out of a position, as far as its gain at `mark` reaches.
///
/// # Errors
/// `Overflow`.
#[inline(never)]
pub fn plan_cut(position: Position, lots: u64, per_lot: u128, mark: Price) -> Result<CutPlan> {
    let cut = per_lot.checked_mul(u128::from(lots)).ok_or(MathError::Overflow)?;
    let gain = position.profit_raw(mark)?.max(0).unsigned_abs();
    let taken = cut.min(gain);
    let raw = position.raw.checked_sub_unsigned(taken).ok_or(MathError::Overflow)?;
    let lapsed = cut.checked_sub(taken).ok_or(MathError::Underflow)?;
    Ok(CutPlan { position: Position { raw, ..position }, taken, lapsed })
}

/// Returns the part of `loss` that belongs to `weight` of `weights`. Parts are taken one after the
/// other, each out of the loss and the weights that the ones before have left: the last one takes
/// the rest, and they add up to the loss.
///
/// # Errors
/// `DivByZero` without weights, `Overflow`.
pub fn part_of(loss: Money, weight: Money, weights: Money) -> Result<Money> {
    mul_div(loss, weight, weights, Round::Down) // favours this one, at the cost of the next
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scale() -> Scale {
        Scale::from_decimals(8, 2, 6).unwrap()
    }

    #[test]
    fn a_cut_is_taken_from_the_gain_and_never_from_the_margin() {
        // 100 lots sold at 200.00 (raw 2 * 10^12), marked at 190: a gain of 10 units of money, raw
        // 10^11 = 10 * S * 10^6.
        let short = Position::default().trade(-100, 20_000_000_000).unwrap();
        let plan = plan_cut(short, 100, 400_000_000, 19_000_000_000).unwrap();
        assert_eq!((plan.taken, plan.lapsed), (40_000_000_000, 0));
        let plan = plan_cut(short, 100, 4_000_000_000, 19_000_000_000).unwrap();
        assert_eq!((plan.taken, plan.lapsed), (100_000_000_000, 300_000_000_000));
        assert_eq!(plan.position.profit_raw(19_000_000_000), Ok(0));
        let plan = plan_cut(short, 100, 400_000_000, 21_000_000_000).unwrap();
        assert_eq!((plan.taken, plan.lapsed), (0, 40_000_000_000));
    }

    #[test]
    fn a_side_without_lots_cannot_be_cut() {
        assert_eq!(plan_haircut(1, 0, scale()), Err(MathError::DivByZero));
    }

    proptest! {
        /// P3: the amounts taken and lapsed are together the loss and the house's excess, to the
        /// raw unit.
        #[test]
        fn a_haircut_balances(
            loss in 1u64..1 << 40,
            lots in proptest::collection::vec((1u64..1 << 30, 1u64..1 << 40), 1..8),
            mark in 1u64..1 << 40,
        ) {
            let total: u64 = lots.iter().map(|(lots, _)| lots).sum();
            let plan = plan_haircut(loss, total, scale()).unwrap();
            let (mut taken, mut lapsed) = (0u128, 0u128);
            for (held, entry) in lots {
                let position = Position::default().trade(-(held as i64), entry).unwrap();
                let cut = plan_cut(position, held, plan.per_lot, mark).unwrap();
                prop_assert!(cut.taken == 0 || cut.position.profit_raw(mark).unwrap() >= 0);
                taken += cut.taken;
                lapsed += cut.lapsed;
            }
            prop_assert_eq!(taken + lapsed, scale().raw_of(loss).unsigned_abs() + plan.excess.unsigned_abs());
            prop_assert!(plan.excess.unsigned_abs() < u128::from(total));
        }
    }
}
