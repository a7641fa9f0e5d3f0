//! Default (layer 1): the loss that a defaulter's positions and margin leave unpaid.

use crate::{
    units::{to_pnl, Money, Pnl},
    MathError, Result,
};

/// Returns the loss that remains after the defaulter's margin: `-(margin + net profit)`.
///
/// # Errors
/// `Underflow` when the member is solvent: there is no loss to share. `Overflow`.
pub fn shortfall(margin: Money, net_profit: Pnl) -> Result<Money> {
    let equity = to_pnl(margin)?.checked_add(net_profit).ok_or(MathError::Overflow)?;
    if equity >= 0 {
        return Err(MathError::Underflow);
    }
    Ok(equity.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        house::{take_into_house, DefaultedPosition},
        positions::Position,
        units::Scale,
    };
    use proptest::prelude::*;

    #[test]
    fn a_solvent_member_has_no_shortfall() {
        assert_eq!(shortfall(10, -10), Err(MathError::Underflow));
        assert_eq!(shortfall(10, -11), Ok(1));
    }

    proptest! {
        /// P3 of a declaration: the raw quote that the houses take over is what the pool and the
        /// unfunded loss get in cash.
        #[test]
        fn a_declaration_balances(
            positions in proptest::collection::vec((-1_000_000i64..1_000_000, 1u64..1 << 40, 1u64..1 << 40), 1..8),
            margin in 0u64..1 << 50,
        ) {
            let scale = Scale::from_decimals(8, 2, 6).unwrap();
            let (mut net, mut moved) = (0i64, 0i128);
            for (lots, entry, price) in positions {
                let held = DefaultedPosition { position: Position::default().trade(lots, entry).unwrap(), price, scale };
                let (house, profit) = take_into_house(&held, Position::default()).unwrap();
                let equity = house.profit_raw(price).unwrap();
                prop_assert!((0..i128::from(scale.get())).contains(&equity), "less than a unit stays with the house");
                net += profit;
                moved += house.raw - held.position.raw;
            }
            if let Ok(loss) = shortfall(margin, net) {
                prop_assert_eq!(moved, i128::from(scale.get()) * i128::from(margin + loss));
            }
        }
    }
}
