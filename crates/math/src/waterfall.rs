//! Waterfall (layers 2 to 4): the layers that pay a loss, in their order.
//!
//! 1. the defaulter's margin, at the declaration;
//! 2. its contribution;
//! 3. the treasury;
//! 4. the survivors' contributions, pro rata: the money goes, the shares stay.
//!
//! The loss that is left after layer 4 is the residual.

use crate::{
    shares::ShareBook,
    units::{Money, Shares},
    MathError, Result,
};

/// The money that there is to pay a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layers {
    /// The defaulter's shares; zero for a loss without a defaulter.
    pub defaulter_shares: Shares,
    /// The protocol's own money.
    pub treasury: Money,
    /// All contributions, the defaulter's among them.
    pub book: ShareBook,
}

/// The payments of the layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaterfallPlan {
    /// Layer 2.
    pub from_defaulter: Money,
    /// The defaulter's shares burned for layer 2.
    pub shares_burned: Shares,
    /// Layer 3.
    pub from_treasury: Money,
    /// Layer 4.
    pub from_survivors: Money,
    /// Shares that bear layer 4.
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
        self.from_defaulter
            .checked_add(self.from_treasury)
            .and_then(|sum| sum.checked_add(self.from_survivors))
            .ok_or(MathError::Overflow)
    }
}

/// Spreads `loss` over the layers. A layer is touched only when the ones before it are empty (P5);
/// the payments and the residual are together the loss, to the unit.
///
/// A loss of 400 meets a defaulter with 100, a treasury of 50 and survivors with 1,000. The first
/// two layers are used up, and every survivor pays a quarter of its contribution:
///
/// ```
/// use bulkhead_math::{shares::ShareBook, waterfall::{plan_waterfall, Layers}};
///
/// let empty = ShareBook { contributions: 0, total_shares: 0 };
/// let defaulter = empty.plan_mint(100)?;
/// let book = defaulter.next.plan_mint(1_000)?.next;
/// let layers = Layers { defaulter_shares: defaulter.shares, treasury: 50, book };
///
/// let plan = plan_waterfall(400, &layers)?;
/// assert_eq!((plan.from_defaulter, plan.from_treasury, plan.from_survivors), (100, 50, 250));
/// assert_eq!((plan.residual, plan.ends_epoch), (0, false));
/// # Ok::<(), bulkhead_math::MathError>(())
/// ```
///
/// # Errors
/// `Overflow`, `Underflow` when the layers contradict each other (more shares of the defaulter than
/// there are).
#[inline(never)]
pub fn plan_waterfall(loss: Money, layers: &Layers) -> Result<WaterfallPlan> {
    let value = layers.book.value_of(layers.defaulter_shares)?;
    let from_defaulter = loss.min(value);
    let seized = if from_defaulter == value {
        // All of it: burn every share, so that no dust share survives its money.
        let next = ShareBook {
            contributions: layers.book.contributions.checked_sub(value).ok_or(MathError::Underflow)?,
            total_shares: layers
                .book
                .total_shares
                .checked_sub(layers.defaulter_shares)
                .ok_or(MathError::Underflow)?,
        };
        (layers.defaulter_shares, next)
    } else {
        let plan = layers.book.plan_seize(layers.defaulter_shares, from_defaulter)?;
        (plan.shares, plan.next)
    };
    let (shares_burned, mut book) = seized;
    let open = loss.checked_sub(from_defaulter).ok_or(MathError::Underflow)?;

    let from_treasury = open.min(layers.treasury);
    let mut treasury = layers.treasury.checked_sub(from_treasury).ok_or(MathError::Underflow)?;
    let open = open.checked_sub(from_treasury).ok_or(MathError::Underflow)?;

    let from_survivors = open.min(book.contributions);
    let surviving_shares = book.total_shares;
    book.contributions = book.contributions.checked_sub(from_survivors).ok_or(MathError::Underflow)?;
    let residual = open.checked_sub(from_survivors).ok_or(MathError::Underflow)?;

    let ends_epoch = book.is_exhausted();
    let dust = if ends_epoch { book.contributions } else { 0 };
    if ends_epoch {
        treasury = treasury.checked_add(dust).ok_or(MathError::Overflow)?;
        book = ShareBook { contributions: 0, total_shares: 0 };
    }
    Ok(WaterfallPlan {
        from_defaulter,
        shares_burned,
        from_treasury,
        from_survivors,
        surviving_shares,
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
    use crate::shares::VIRTUAL_SHARES;
    use proptest::prelude::*;

    fn layers(defaulter: u64, treasury: u64, survivors: u64) -> Layers {
        let book = ShareBook { contributions: 0, total_shares: 0 };
        let own = book.plan_mint(defaulter).unwrap();
        let all = own.next.plan_mint(survivors).unwrap();
        Layers { defaulter_shares: own.shares, treasury, book: all.next }
    }

    fn paid(plan: &WaterfallPlan) -> [u64; 4] {
        [plan.from_defaulter, plan.from_treasury, plan.from_survivors, plan.residual]
    }

    #[test]
    fn each_layer_in_its_turn() {
        let layers = layers(100, 50, 1_000);
        for (loss, expected) in [
            (40, [40, 0, 0, 0]),
            (100, [100, 0, 0, 0]),
            (101, [100, 1, 0, 0]),
            (150, [100, 50, 0, 0]),
            (400, [100, 50, 250, 0]),
            (1_150, [100, 50, 1_000, 0]),
            (2_000, [100, 50, 1_000, 850]),
        ] {
            let plan = plan_waterfall(loss, &layers).unwrap();
            assert_eq!(paid(&plan), expected, "loss {loss}");
            assert_eq!(plan.ends_epoch, loss >= 1_150);
        }
    }

    #[test]
    fn what_is_left_of_the_defaulter_stays_shares() {
        let plan = plan_waterfall(40, &layers(100, 50, 1_000)).unwrap();
        assert_eq!(plan.shares_burned, 40 * VIRTUAL_SHARES);
        assert_eq!(plan.book.value_of(60 * VIRTUAL_SHARES), Ok(60));
    }

    #[test]
    fn a_near_total_loss_ends_the_epoch_and_the_dust_goes_to_the_treasury() {
        let layers = layers(0, 0, 1 << 40);
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
            defaulter in 0u64..1 << 50, treasury in 0u64..1 << 50, survivors in 0u64..1 << 50, loss in 1u64..1 << 53,
        ) {
            let layers = layers(defaulter, treasury, survivors);
            let plan = plan_waterfall(loss, &layers).unwrap();
            prop_assert_eq!(plan.paid().unwrap() + plan.residual, loss);
            prop_assert!(plan.from_treasury == 0 || plan.shares_burned == layers.defaulter_shares);
            prop_assert!(plan.from_survivors == 0 || plan.from_treasury == treasury);
            prop_assert!(plan.residual == 0 || plan.book.contributions == 0);
            let before = layers.book.contributions + treasury;
            prop_assert_eq!(plan.book.contributions + plan.treasury, before - plan.paid().unwrap());
        }
    }
}
