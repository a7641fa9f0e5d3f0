//! Assessment (layer 5): survivors agreed to pay more once their contributions are gone.
//!
//! A call spreads a loss over the shares of the epoch that the loss has ended. Each member pays
//! from margin above initial margin, up to a part of the worth of its contribution before the
//! losses, per cooling-off period; it had agreed to that part when it joined (as the rulebooks of
//! LCH and Eurex bound theirs).

use crate::{
    rounding::{mul_div_wide, Round},
    shares::ShareBook,
    units::{Bps, Money, Shares},
    MathError, Result,
};

/// A call on the shares of an ended epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assessment {
    /// Shares that were there when the epoch ended.
    pub shares: Shares,
    /// Their value before the losses.
    pub base: Money,
    /// Called so far.
    pub called: Money,
    /// Paid so far.
    pub collected: Money,
    /// The part of the loss that was called and that nobody has paid since.
    pub asked: Money,
}

impl Assessment {
    /// Returns the amount that is called and not paid.
    pub fn open(&self) -> Money {
        self.called.saturating_sub(self.collected) // rounding up may collect a little more than was called
    }

    /// Returns the call once its time is over: what has lapsed of it comes back with a raise, but for what
    /// was paid otherwise meanwhile.
    pub fn lapsed(&self) -> Self {
        Self { called: self.called.min(self.collected.saturating_add(self.asked)), ..*self }
    }

    /// Calls as much of `loss` as is not called yet and the cap allows. Returns the amount called,
    /// and the call afterwards.
    ///
    /// # Errors
    /// `Overflow`.
    ///
    /// ```
    /// # use bulkhead_math::{assessment::Assessment, units::Bps};
    /// let call = Assessment { shares: 1_000, base: 1_000, ..Assessment::default() };
    /// let (_, call) = call.plan_call(600, Bps(20_000)).unwrap();
    /// // Nobody pays in time, and 500 are cut from gains. The loss is not called again, but one that comes on
    /// // top is.
    /// let call = Assessment { asked: 100, ..call }.lapsed();
    /// assert_eq!(call.plan_call(100, Bps(20_000)).unwrap().0, 0);
    /// let (raise, call) = call.plan_call(500, Bps(20_000)).unwrap();
    /// assert_eq!((raise, call.called, call.asked), (400, 500, 500));
    /// ```
    pub fn plan_call(&self, loss: Money, cap: Bps) -> Result<(Money, Self)> {
        let room = cap.of(self.base, Round::Down)?.saturating_sub(self.called); // favours members
        let raise = loss.saturating_sub(self.open()).min(room);
        if raise == 0 || self.shares == 0 {
            return Ok((0, *self));
        }
        let next = Self { called: self.called.checked_add(raise).ok_or(MathError::Overflow)?, ..*self };
        Ok((raise, Self { asked: next.open().min(loss), ..next }))
    }

    /// Returns the amount that `shares` still owe of the call after they have paid `paid`, rounded
    /// up in favour of the fund.
    ///
    /// # Errors
    /// `DivByZero` when nobody could be called, `Overflow`.
    pub fn due(&self, shares: Shares, paid: Money) -> Result<Money> {
        let owed = mul_div_wide(self.called, shares, self.shares, Round::Up)?; // favours the fund
        Ok(u64::try_from(owed).map_err(|_| MathError::Overflow)?.saturating_sub(paid))
    }
}

/// Returns the value of `shares` where all shares of `book` are worth its contributions, rounded
/// down in favour of members: the base of their cap.
///
/// # Errors
/// `Overflow`.
pub fn worth(shares: Shares, book: &ShareBook) -> Result<Money> {
    if book.total_shares == 0 {
        return Ok(0);
    }
    let worth = mul_div_wide(book.contributions, shares, book.total_shares, Round::Down)?; // favours members
    u64::try_from(worth).map_err(|_| MathError::Overflow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CALL: Assessment = Assessment { shares: 1_000, base: 1_000, called: 0, collected: 0, asked: 0 };

    #[test]
    fn a_call_is_capped_over_all_its_raises() {
        let (raise, call) = CALL.plan_call(300, Bps(5_000)).unwrap();
        assert_eq!(raise, 300);
        let (raise, call) = call.plan_call(900, Bps(5_000)).unwrap();
        assert_eq!((raise, call.called), (200, 500));
        assert_eq!(call.plan_call(900, Bps(5_000)).unwrap().0, 0);
    }

    #[test]
    fn what_is_called_already_is_not_called_again() {
        let (_, call) = CALL.plan_call(300, Bps(5_000)).unwrap();
        assert_eq!(call.plan_call(300, Bps(5_000)).unwrap().0, 0);
        let paid = Assessment { collected: 100, asked: 200, ..call };
        assert_eq!(paid.plan_call(300, Bps(5_000)).unwrap().0, 100);
    }

    #[test]
    fn a_call_without_a_raise_is_the_call_before() {
        let call = Assessment { called: 300, collected: 100, asked: 50, ..CALL };
        assert_eq!(call.plan_call(200, Bps(5_000)), Ok((0, call)));
        let nobody = Assessment { shares: 0, ..CALL };
        assert_eq!(nobody.plan_call(200, Bps(5_000)), Ok((0, nobody)));
    }

    #[test]
    fn the_base_of_a_cap_is_worth_of_shares_rounded_down() {
        let book = ShareBook { contributions: 1_000, total_shares: 3 };
        assert_eq!((worth(3, &book), worth(2, &book), worth(0, &book)), (Ok(1_000), Ok(666), Ok(0)));
        let empty = ShareBook { contributions: 5, total_shares: 0 };
        assert_eq!(worth(0, &empty), Ok(0), "without shares nothing is anybody's");
    }

    #[test]
    fn nobody_is_called_without_shares() {
        assert_eq!(Assessment::default().plan_call(300, Bps(5_000)).unwrap().0, 0);
    }

    proptest! {
        /// Members owe the amount called, within a unit of rounding each, and nobody owes more than
        /// its cap.
        #[test]
        fn dues_cover_the_call(
            holders in proptest::collection::vec(1u128..1 << 70, 1..8), base in 1u64..1 << 50, loss in 1u64..1 << 50,
            cap in 0u16..20_000,
        ) {
            let shares = holders.iter().sum::<u128>();
            prop_assume!(shares >= u128::from(base));
            let (raise, call) = Assessment { shares, base, ..Assessment::default() }.plan_call(loss, Bps(cap)).unwrap();
            let dues: u64 = holders.iter().map(|held| call.due(*held, 0).unwrap()).sum();
            prop_assert!(dues >= raise);
            prop_assert!(dues < raise + holders.len() as u64);
            prop_assert!(u128::from(raise) * 10_000 <= u128::from(base) * u128::from(cap));
        }
    }
}
