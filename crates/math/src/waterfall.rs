//! The waterfall: layers 3 and 4 pay what a defaulter could not.
//!
//! 1. the defaulter's margin, and
//! 2. its contribution, both at the declaration: see [`crate::declaration`];
//! 3. the treasury;
//! 4. the survivors' contributions and the cushions of defaulters, pro rata: the money goes, the
//!    shares stay.
//!
//! The loss that is left after layer 4 is the residual.

use crate::{
    cushions::{layer_four, LayerFour},
    shares::ShareBook,
    units::{Money, Shares},
    MathError, Result,
};

/// The money that there is to pay a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layers {
    /// The protocol's own money.
    pub treasury: Money,
    /// All contributions.
    pub book: ShareBook,
    /// Money in all cushions: see [`crate::cushions`].
    pub cushions: Money,
}

/// The payments of the layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaterfallPlan {
    /// Layer 3.
    pub from_treasury: Money,
    /// Layer 4, from contributions.
    pub from_survivors: Money,
    /// Layer 4, from cushions.
    pub from_cushions: Money,
    /// Shares that bear the contributions' part.
    pub surviving_shares: Shares,
    /// The loss that nobody has paid.
    pub residual: Money,
    /// The share price is gone: these shares are worth nothing, and `dust` goes to the treasury.
    pub ends_epoch: bool,
    /// Contributions left when the epoch ends.
    pub dust: Money,
    /// Treasury afterwards, `dust` included.
    pub treasury: Money,
    /// The book afterwards.
    pub book: ShareBook,
}

impl WaterfallPlan {
    /// Returns the payments of the layers together.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn paid(&self) -> Result<Money> {
        self.from_treasury
            .checked_add(self.from_survivors)
            .and_then(|sum| sum.checked_add(self.from_cushions))
            .ok_or(MathError::Overflow)
    }
}

/// Spreads `loss` over the layers. A layer is touched only when the ones before it are empty (P5);
/// the payments and the residual are together the loss, to the unit.
///
/// # Errors
/// `Overflow`.
///
/// ```
/// # use bulkhead_math::{shares::{ShareBook, VIRTUAL_SHARES}, waterfall::{plan_waterfall, Layers}};
/// // A treasury of 50, contributions of 900 and a cushion of 300: 100 are left for layer 4.
/// let book = ShareBook { contributions: 900, total_shares: 900 * VIRTUAL_SHARES };
/// let plan = plan_waterfall(150, &Layers { treasury: 50, book, cushions: 300 })?;
/// assert_eq!((plan.from_treasury, plan.from_survivors, plan.from_cushions), (50, 75, 25));
/// assert_eq!((plan.residual, plan.book.contributions), (0, 825));
/// # Ok::<(), bulkhead_math::MathError>(())
/// ```
#[inline(never)]
pub fn plan_waterfall(loss: Money, layers: &Layers) -> Result<WaterfallPlan> {
    let from_treasury = loss.min(layers.treasury);
    let mut treasury = layers.treasury.saturating_sub(from_treasury); // it is the smaller of the two
    let open = loss.saturating_sub(from_treasury);

    let LayerFour { from_contributions, from_cushions, residual } =
        layer_four(open, layers.book.contributions, layers.cushions)?;
    let mut book = layers.book;
    book.contributions = book.contributions.checked_sub(from_contributions).ok_or(MathError::Underflow)?;

    let ends_epoch = book.is_exhausted();
    let dust = if ends_epoch { book.contributions } else { 0 };
    if ends_epoch {
        treasury = treasury.checked_add(dust).ok_or(MathError::Overflow)?;
        book = ShareBook { contributions: 0, total_shares: 0 };
    }
    Ok(WaterfallPlan {
        from_treasury,
        from_survivors: from_contributions,
        from_cushions,
        surviving_shares: layers.book.total_shares,
        residual,
        ends_epoch,
        dust,
        treasury,
        book,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn layers(treasury: u64, survivors: u64, cushions: u64) -> Layers {
        let book = ShareBook { contributions: 0, total_shares: 0 };
        Layers { treasury, book: book.plan_mint(survivors).unwrap().next, cushions }
    }

    fn paid(plan: &WaterfallPlan) -> [u64; 4] {
        [plan.from_treasury, plan.from_survivors, plan.from_cushions, plan.residual]
    }

    #[test]
    fn each_layer_in_its_turn() {
        let layers = layers(50, 1_000, 0);
        for (loss, expected) in [
            (40, [40, 0, 0, 0]),
            (50, [50, 0, 0, 0]),
            (51, [50, 1, 0, 0]),
            (300, [50, 250, 0, 0]),
            (1_050, [50, 1_000, 0, 0]),
            (2_000, [50, 1_000, 0, 950]),
        ] {
            let plan = plan_waterfall(loss, &layers).unwrap();
            assert_eq!(paid(&plan), expected, "loss {loss}");
            assert_eq!(plan.ends_epoch, loss >= 1_050);
        }
    }

    #[test]
    fn cushions_bear_layer_4_as_contributions_do() {
        let layers = layers(50, 900, 300);
        for (loss, expected) in [
            (50, [50, 0, 0, 0]),
            (51, [50, 0, 1, 0]), // a fraction falls on the defaulters
            (450, [50, 300, 100, 0]),
            (1_250, [50, 900, 300, 0]),
            (1_300, [50, 900, 300, 50]),
        ] {
            assert_eq!(paid(&plan_waterfall(loss, &layers).unwrap()), expected, "loss {loss}");
        }
    }

    #[test]
    fn a_near_total_loss_ends_the_epoch_and_the_dust_goes_to_the_treasury() {
        let layers = layers(0, 1 << 40, 0);
        let plan = plan_waterfall((1 << 40) - 1, &layers).unwrap();
        assert!(plan.ends_epoch);
        assert_eq!((plan.dust, plan.treasury), (1, 1));
        assert_eq!(plan.book, ShareBook { contributions: 0, total_shares: 0 });
    }

    #[test]
    fn a_loss_in_an_empty_fund_is_all_residual() {
        let plan = plan_waterfall(7, &layers(0, 0, 0)).unwrap();
        assert_eq!(paid(&plan), [0, 0, 0, 7]);
        assert!(!plan.ends_epoch);
    }

    proptest! {
        /// P5, and threat 2: everything paid plus the residual is the loss, and no layer is
        /// overdrawn or skipped.
        #[test]
        fn the_layers_are_exact_and_in_order(
            treasury in 0u64..1 << 50, survivors in 0u64..1 << 50, cushions in 0u64..1 << 50, loss in 1u64..1 << 53,
        ) {
            let layers = layers(treasury, survivors, cushions);
            let plan = plan_waterfall(loss, &layers).unwrap();
            prop_assert_eq!(plan.paid().unwrap() + plan.residual, loss);
            let from_members = plan.from_survivors + plan.from_cushions;
            prop_assert!(from_members == 0 || plan.from_treasury == treasury);
            prop_assert!(plan.residual == 0 || from_members == survivors + cushions);
            prop_assert_eq!(plan.book.contributions + plan.treasury + plan.from_cushions,
                survivors + treasury + plan.from_cushions - plan.from_survivors - plan.from_treasury);
        }
    }
}
