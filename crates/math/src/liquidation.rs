//! Liquidation: a member below maintenance margin gives lots to another one.
//!
//! They change hands at the end of interval A by which the target is judged. The target pays a bonus to the liquidator
//! and a fee to the treasury, both out of its margin. Two rules bound it:
//! - Size. Taking notional `n` costs the target `n * c` (c = bonus + fee) and frees `n * im` of requirement. It may at
//!   most be brought back to initial margin plus a buffer b: `n <= (R (1 + b) - E) / (im (1 + b) - c)`. Below half of
//!   maintenance there is no bound.
//! - Cost. The target's health `E / MM` may not fall: cost <= `E * mm_taken / MM`. So bonus and fee shrink as equity
//!   does, and a liquidation can never push a member below zero, whoever the liquidator is (P7, P8).

use crate::{
    positions::{raw_value, Position},
    requirements::{notional, Rates, Risk},
    rounding::{div, mul_div, Round},
    units::{sub_pnl, sub_raw, to_pnl, Bps, Lots, Money, Price, Raw, Scale},
    MathError, Result,
};

/// The cost of a liquidation, and how far it may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiquidationTerms {
    /// Bonus for the liquidator, of the notional at the mark.
    pub bonus: Bps,
    /// Fee to the treasury.
    pub fee: Bps,
    /// Beyond initial margin, how far a target may be brought back.
    pub buffer: Bps,
}

/// The target before a liquidation, over all its positions.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its margin.
    pub margin: Money,
    /// Its requirements and profits.
    pub risk: Risk,
    /// Its position in the market that is liquidated.
    pub position: Position,
}

/// The effect of a liquidation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiquidationPlan {
    /// Lots the liquidator receives, signed like the target's position.
    pub lots: Lots,
    /// Their notional.
    pub notional: Money,
    /// Price of each lot.
    pub price: Price,
    /// What the liquidator pays for them in raw quote, the bonus aside.
    pub raw: Raw,
    /// The liquidator's bonus, from margin to margin.
    pub bonus: Money,
    /// Fee from the target's margin to the treasury.
    pub fee: Money,
    /// The target's position afterwards.
    pub target: Position,
    /// The liquidator's position afterwards.
    pub liquidator: Position,
}

impl LiquidationPlan {
    /// Returns the raw quote that the lots cost the liquidator, the bonus counted.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn cost(&self, scale: Scale) -> Result<Raw> {
        sub_raw(self.raw, scale.raw_of(self.bonus))
    }
}

/// The market a liquidation happens in.
#[derive(Clone, Copy, Debug)]
pub struct LiquidationMarket<'a> {
    /// Its mark: notional is measured at it.
    pub price: Price,
    /// The end of A that favours the target: the lots change hands at it.
    pub transfer: Price,
    /// Its scale.
    pub scale: Scale,
    /// Its rates.
    pub rates: &'a Rates,
}

/// Returns the most lots (unsigned) that a liquidator may take from `target`.
///
/// # Errors
/// `Overflow`.
pub fn max_lots(target: &Target, market: &LiquidationMarket, terms: &LiquidationTerms) -> Result<u64> {
    let held = target.position.lots.unsigned_abs();
    let equity = target.risk.equity_favourable(target.margin)?;
    if equity < to_pnl(target.risk.maintenance / 2)? {
        return Ok(held);
    }
    let one_plus_buffer = Bps::ONE.checked_add(u64::from(terms.buffer.0)).ok_or(MathError::Overflow)?;
    let goal = mul_div(target.risk.initial, one_plus_buffer, Bps::ONE, Round::Up)?;
    let missing = sub_pnl(to_pnl(goal)?, equity)?.max(0).unsigned_abs();
    // In units of bps^2: the requirement that one unit of notional frees, less its cost. A
    // concentrated position frees its add-on first; counting it for all lots takes too few of them,
    // never too many.
    let addon = if market.rates.is_concentrated(held) { market.rates.concentration.0 } else { 0 };
    let freed = u64::from(market.rates.initial.0).checked_add(u64::from(addon)).ok_or(MathError::Overflow)?;
    let freed = freed.checked_mul(one_plus_buffer).ok_or(MathError::Overflow)?;
    let cost = u64::from(terms.bonus.0).checked_add(u64::from(terms.fee.0)).ok_or(MathError::Overflow)?;
    let cost = cost.checked_mul(Bps::ONE).ok_or(MathError::Overflow)?;
    let Some(gained) = freed.checked_sub(cost).filter(|gained| *gained > 0) else {
        return Ok(held); // selling never brings it back: all of it may go
    };
    // One lot more than enough.
    let notional = mul_div(missing, Bps::ONE.saturating_mul(Bps::ONE), gained, Round::Up)?;
    let raw = u128::try_from(market.scale.raw_of(notional)).map_err(|_| MathError::Overflow)?;
    let lots = div(raw, u128::from(market.price), Round::Up)?;
    Ok(u64::try_from(lots).unwrap_or(u64::MAX).min(held))
}

/// Plans the liquidation of up to `max` lots. The result has zero lots when nothing may be taken.
///
/// # Errors
/// `Overflow`.
pub fn plan_liquidate(
    target: &Target,
    liquidator: Position,
    max: u64,
    market: &LiquidationMarket,
    terms: &LiquidationTerms,
) -> Result<LiquidationPlan> {
    let size = max.min(max_lots(target, market, terms)?);
    let size = i64::try_from(size).map_err(|_| MathError::Overflow)?;
    let lots = if target.position.lots < 0 { size.wrapping_neg() } else { size }; // size >= 0
    let notional = notional(lots, market.price, market.scale)?;

    // Health may not fall: at most the equity that belongs to what is taken. Rounded down in favour of the target.
    let equity = target.risk.equity_favourable(target.margin)?.max(0).unsigned_abs();
    let affordable = match target.risk.maintenance {
        0 => 0,
        all => mul_div(equity, market.rates.maintenance.of(notional, Round::Down)?, all, Round::Down)?,
    };
    let affordable = affordable.min(target.margin);
    let bonus = terms.bonus.of(notional, Round::Down)?.min(affordable); // favours the target
    let fee = terms.fee.of(notional, Round::Down)?.min(affordable.saturating_sub(bonus)); // favours the target

    let paid = raw_value(lots, market.transfer)?;
    let given_up = lots.checked_neg().ok_or(MathError::Overflow)?;
    Ok(LiquidationPlan {
        lots,
        notional,
        price: market.transfer,
        raw: paid,
        bonus,
        fee,
        target: target.position.exchange(given_up, paid.checked_neg().ok_or(MathError::Overflow)?)?,
        liquidator: liquidator.exchange(lots, paid)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirements::Mark;
    use proptest::prelude::*;

    const RATES: Rates = Rates {
        initial: Bps(1000),
        maintenance: Bps(500),
        contribution: Bps(200),
        stress: Bps(3000),
        concentration_lots: 20_000,
        concentration: Bps(500),
    };
    const TERMS: LiquidationTerms = LiquidationTerms { bonus: Bps(100), fee: Bps(50), buffer: Bps(1000) };

    fn scale() -> Scale {
        Scale::from_decimals(8, 2, 6).unwrap()
    }

    fn target(lots: i64, entry: Price, price: Price, margin: Money) -> Target {
        let position = Position::default().trade(lots, entry).unwrap();
        let mut risk = Risk::default();
        risk.add(&position, &Mark::exact(price), scale(), &RATES).unwrap();
        Target { margin, risk, position }
    }

    fn market(price: Price) -> LiquidationMarket<'static> {
        LiquidationMarket { price, transfer: price, scale: scale(), rates: &RATES }
    }

    /// Equity and maintenance margin after a plan.
    fn after(t: &Target, plan: &LiquidationPlan, price: Price) -> (i64, u64, u64) {
        let mut risk = Risk::default();
        risk.add(&plan.target, &Mark::exact(price), scale(), &RATES).unwrap();
        let margin = t.margin - plan.bonus - plan.fee;
        (risk.equity(margin).unwrap(), risk.maintenance, risk.initial)
    }

    #[test]
    fn a_partial_liquidation_stops_at_initial_margin_plus_buffer() {
        // 10,000 lots of 0.01 at 100: notional 10,000; margin 1,400 less a loss of 1,000: equity
        // 400 < mm 450.
        let price = 9_000_000_000;
        let t = target(10_000, 10_000_000_000, price, 1_400_000_000);
        assert!(t.risk.is_liquidatable(t.margin).unwrap());
        let plan = plan_liquidate(&t, Position::default(), u64::MAX, &market(price), &TERMS).unwrap();
        let (equity, _, initial) = after(&t, &plan, price);
        let goal = initial + initial / 10;
        assert!(equity >= goal as i64 && equity <= goal as i64 + 1_000_000, "{equity} {goal}");
        assert_eq!(plan.bonus, plan.notional / 100);
    }

    #[test]
    fn below_half_of_maintenance_there_is_no_bound() {
        // Notional 9,000, maintenance margin 450; the margin is what the loss of 1,000 leaves of it.
        let price = 9_000_000_000;
        let most = |equity: u64| {
            let t = target(10_000, 10_000_000_000, price, 1_000_000_000 + equity);
            max_lots(&t, &market(price), &TERMS)
        };
        assert_eq!(most(224_999_999), Ok(10_000));
        // (990 - 225) / (10% * 1.1 - 1.5%) = 8,052.6 of notional, 8,948 lots.
        assert_eq!(most(225_000_000), Ok(8_948));
    }

    #[test]
    fn all_lots_may_go_when_selling_frees_no_more_than_it_costs() {
        let rates = Rates { initial: Bps(150), maintenance: Bps(100), ..RATES };
        let terms = LiquidationTerms { buffer: Bps(0), ..TERMS }; // 1.5% in bonus and fee
        let position = Position::default().trade(100, 10_000_000_000).unwrap();
        let mut risk = Risk::default();
        risk.add(&position, &Mark::exact(10_000_000_000), scale(), &rates).unwrap();
        let market = LiquidationMarket { rates: &rates, ..market(10_000_000_000) };
        let t = Target { margin: risk.maintenance - 1, risk, position };
        assert_eq!(max_lots(&t, &market, &terms), Ok(100));
    }

    #[test]
    fn a_liquidator_pays_the_price_less_its_bonus() {
        let price = 9_000_000_000;
        let t = target(10_000, 10_000_000_000, price, 1_400_000_000);
        let plan = plan_liquidate(&t, Position::default(), 100, &market(price), &TERMS).unwrap();
        // 100 lots of 0.01 at 90, and 1% of that as a bonus.
        assert_eq!((plan.raw, plan.bonus), (900_000_000_000, 900_000));
        assert_eq!(plan.cost(scale()), Ok(891_000_000_000));
    }

    #[test]
    fn at_zero_equity_nothing_is_charged() {
        let price = 9_000_000_000;
        let t = target(10_000, 10_000_000_000, price, 1_000_000_000);
        let plan = plan_liquidate(&t, Position::default(), u64::MAX, &market(price), &TERMS).unwrap();
        assert_eq!((plan.bonus, plan.fee, plan.lots), (0, 0, 10_000));
    }

    proptest! {
        /// P7 and P8: health never falls, equity never goes below zero, and nothing is created or
        /// lost.
        #[test]
        fn liquidation_is_monotone(
            lots in prop_oneof![-1_000_000i64..-1, 1i64..1_000_000],
            entry in 1_000_000u64..1 << 40, change in 5_000u64..20_000, margin in 0u64..1 << 44, max in 1u64..1_000_000,
        ) {
            let price = (u128::from(entry) * u128::from(change) / 10_000) as u64;
            let t = target(lots, entry, price, margin);
            prop_assume!(t.risk.is_liquidatable(margin).unwrap());
            let other = Position { lots: 7, raw: -12 };
            let plan = plan_liquidate(&t, other, max, &market(price), &TERMS).unwrap();
            prop_assert_eq!(plan.target.merge(plan.liquidator).unwrap(), t.position.merge(other).unwrap());
            prop_assert!(plan.lots.unsigned_abs() <= max.min(lots.unsigned_abs()));

            let (before, mm_before) = (t.risk.equity(margin).unwrap(), t.risk.maintenance);
            let (after, mm_after, _) = after(&t, &plan, price);
            if before >= 0 {
                prop_assert!(after >= 0, "{before} -> {after}");
                // E'/MM' >= E/MM, cross-multiplied; one unit of rounding in the notional.
                let (lhs, rhs) = (i128::from(after) * i128::from(mm_before), i128::from(before) * i128::from(mm_after));
                prop_assert!(lhs + 2 * i128::from(mm_before) >= rhs, "{lhs} {rhs}");
            }
        }
    }
}
