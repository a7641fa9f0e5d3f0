//! Shares of the default fund.
//!
//! A contribution of `a` mints `a * (T + V) / (C + 1)` shares, shares are worth `s * (C + 1) / (T +
//! V)`: `C` is the money in the fund, `T` its shares, `V` [`VIRTUAL_SHARES`]. The virtual shares
//! make it pointless to inflate the share price before somebody else's first deposit: the attacker
//! gives most of its money to shares that nobody owns. A haircut lowers `C` and leaves `T`, so
//! every share loses the same fraction (P4).

use crate::{
    rounding::{mul_div_wide, wide_mul, Round},
    units::{Money, Shares},
    MathError, Result,
};

/// `V`: shares that nobody owns, and the number of shares one base unit buys in an empty fund.
pub const VIRTUAL_SHARES: Shares = 1 << 20;

/// With more than two to this many shares per base unit the epoch ends: a near-total loss must not
/// leave a price that overflows or rounds to nothing. This is a millionth of the price a fund
/// starts with.
pub const MAX_SHARES_PER_UNIT_LOG2: u32 = 40;

/// The default fund as far as a share price needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareBook {
    /// Money of the contributors.
    pub contributions: Money,
    /// Shares they hold.
    pub total_shares: Shares,
}

/// The effect of a contribution or a redemption on the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharePlan {
    /// Shares minted or burned.
    pub shares: Shares,
    /// Money in or out.
    pub amount: Money,
    /// The book afterwards.
    pub next: ShareBook,
}

impl ShareBook {
    fn price(&self) -> Result<(u128, Shares)> {
        let assets = u128::from(self.contributions).checked_add(1).ok_or(MathError::Overflow)?;
        let shares = self.total_shares.checked_add(VIRTUAL_SHARES).ok_or(MathError::Overflow)?;
        Ok((assets, shares))
    }

    /// Plans the shares for a contribution of `amount`, rounded down in favour of those already in.
    ///
    /// A member that contributes after a loss gets more shares for its money, and shares none of
    /// the loss:
    ///
    /// ```
    /// use bulkhead_math::shares::ShareBook;
    ///
    /// let empty = ShareBook { contributions: 0, total_shares: 0 };
    /// let before = empty.plan_mint(1_000)?;
    /// let after_loss = ShareBook { contributions: 750, ..before.next }; // a loss took a quarter
    /// let newcomer = after_loss.plan_mint(750)?;
    ///
    /// assert!(newcomer.shares > before.shares / 4 * 3);
    /// assert_eq!(newcomer.next.value_of(newcomer.shares)?, 749); // rounded down
    /// # Ok::<(), bulkhead_math::MathError>(())
    /// ```
    ///
    /// # Errors
    /// `Overflow`.
    pub fn plan_mint(&self, amount: Money) -> Result<SharePlan> {
        let (assets, shares) = self.price()?;
        let minted = mul_div_wide(amount, shares, assets, Round::Down)?; // favours those already in
        let next = ShareBook {
            contributions: self.contributions.checked_add(amount).ok_or(MathError::Overflow)?,
            total_shares: self.total_shares.checked_add(minted).ok_or(MathError::Overflow)?,
        };
        Ok(SharePlan { shares: minted, amount, next })
    }

    /// Returns the value of `shares`, rounded down in favour of the shares that stay.
    ///
    /// # Errors
    /// `Overflow`.
    #[inline(never)]
    pub fn value_of(&self, shares: Shares) -> Result<Money> {
        let (_, total) = self.price()?;
        // It fits a word except for a fund of 2^64 - 1 units, which no mint can fill.
        let assets = self.contributions.checked_add(1).ok_or(MathError::Overflow)?;
        let value = mul_div_wide(assets, shares, total, Round::Down)?;
        u64::try_from(value).map_err(|_| MathError::Overflow)
    }

    /// Returns `true` if `shares` are worth `amount`, rounded down as by [`Self::value_of`]. Two products are
    /// compared in place of a division, which costs ten times as much on chain.
    ///
    /// # Errors
    /// `Overflow`.
    #[inline(never)]
    pub fn is_worth(&self, shares: Shares, amount: Money) -> Result<bool> {
        let (assets, total) = self.price()?;
        let assets = u64::try_from(assets).map_err(|_| MathError::Overflow)?;
        Ok(wide_mul(assets, shares) >= wide_mul(amount, total))
    }

    /// Burns `shares` for their value. Shares that stay keep a unit of money, however little they
    /// are worth: without money a price would be gone that no loss has taken.
    ///
    /// # Errors
    /// `Underflow` when there are not that many shares, `Overflow`.
    pub fn plan_redeem(&self, shares: Shares) -> Result<SharePlan> {
        let total_shares = self.total_shares.checked_sub(shares).ok_or(MathError::Underflow)?;
        let most = if total_shares == 0 { self.contributions } else { self.contributions.saturating_sub(1) };
        let amount = self.value_of(shares)?.min(most);
        let contributions = self.contributions.checked_sub(amount).ok_or(MathError::Underflow)?;
        Ok(SharePlan { shares, amount, next: ShareBook { contributions, total_shares } })
    }

    /// Takes `amount` out of the `shares` of one holder: as many are burned as the amount costs,
    /// rounded up in favour of the others. `amount` is at most the worth of the shares.
    ///
    /// # Errors
    /// `Underflow` when the shares are worth less, `Overflow`.
    pub fn plan_seize(&self, shares: Shares, amount: Money) -> Result<SharePlan> {
        let (assets, total) = self.price()?;
        let needed = mul_div_wide(amount, total, assets, Round::Up)?; // favours the other holders
        let burned = needed.min(shares);
        let next = ShareBook {
            contributions: self.contributions.checked_sub(amount).ok_or(MathError::Underflow)?,
            total_shares: self.total_shares.checked_sub(burned).ok_or(MathError::Underflow)?,
        };
        Ok(SharePlan { shares: burned, amount, next })
    }

    /// Takes `amount` out of the shares of one holder, which [`Self::plan_redeem`] has priced as
    /// `all`. If that is all they are worth, every one of them is burned: no share survives its
    /// money.
    ///
    /// # Errors
    /// `Overflow`, `Underflow`.
    ///
    /// ```
    /// # use bulkhead_math::shares::ShareBook;
    /// let book = ShareBook { contributions: 1_000, total_shares: 1_000 << 20 };
    /// let all = book.plan_redeem(400 << 20)?;
    /// assert_eq!(book.plan_take(&all, 100)?.shares, 100 << 20);
    /// assert_eq!(book.plan_take(&all, 400)?, all);
    /// # Ok::<(), bulkhead_math::MathError>(())
    /// ```
    pub fn plan_take(&self, all: &SharePlan, amount: Money) -> Result<SharePlan> {
        if amount < all.amount {
            self.plan_seize(all.shares, amount)
        } else {
            Ok(*all)
        }
    }

    /// Returns `true` if the share price is too low to go on with (see
    /// [`MAX_SHARES_PER_UNIT_LOG2`]). A fund without shares has no price to be too low.
    pub fn is_exhausted(&self) -> bool {
        self.total_shares > u128::from(self.contributions) << MAX_SHARES_PER_UNIT_LOG2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EMPTY: ShareBook = ShareBook { contributions: 0, total_shares: 0 };

    #[test]
    fn an_empty_fund_starts_at_par() {
        let plan = EMPTY.plan_mint(1_000_000).unwrap();
        assert_eq!(plan.shares, 1_000_000 * VIRTUAL_SHARES);
        assert_eq!(plan.next.value_of(plan.shares), Ok(1_000_000));
    }

    #[test]
    fn a_fund_without_money_or_shares_is_not_exhausted() {
        assert!(!EMPTY.is_exhausted());
        assert!(ShareBook { contributions: 0, total_shares: 1 }.is_exhausted());
    }

    /// Threat 13: one share left, its price driven up by rounding dust; the next deposit still
    /// keeps its value.
    #[test]
    fn rounding_dust_cannot_inflate_the_price() {
        let mut book = EMPTY.plan_mint(1).unwrap().next;
        book = book.plan_redeem(book.total_shares - 1).unwrap().next;
        for _ in 0..200 {
            let minted = book.plan_mint(3).unwrap();
            book = minted.next.plan_redeem(minted.shares).unwrap().next;
        }
        let victim = book.plan_mint(1_000_000).unwrap();
        let worth = victim.next.value_of(victim.shares).unwrap();
        assert!(worth >= 1_000_000 - 400, "{worth}");
    }

    fn book() -> impl Strategy<Value = ShareBook> {
        (1u64..1 << 60, 1u128..1 << 100).prop_filter_map("a live price", |(contributions, total_shares)| {
            let book = ShareBook { contributions, total_shares };
            // Reachable books only: haircuts push the price below par, dust a little above it.
            (!book.is_exhausted() && total_shares >= u128::from(contributions) << 19).then_some(book)
        })
    }

    proptest! {
        #[test]
        fn minting_then_redeeming_never_pays(book in book(), amount in 1u64..1 << 60) {
            let minted = book.plan_mint(amount).unwrap();
            prop_assert!(minted.next.value_of(minted.shares).unwrap() <= amount);
        }

        #[test]
        fn minting_keeps_the_others_whole(book in book(), amount in 1u64..1 << 60) {
            let before = book.value_of(book.total_shares).unwrap();
            let after = book.plan_mint(amount).unwrap().next.value_of(book.total_shares).unwrap();
            prop_assert!(after >= before);
        }

        #[test]
        fn redeeming_keeps_the_others_whole(book in book(), part in 0u128..1 << 100) {
            let out = part % (book.total_shares + 1);
            let stay = book.total_shares - out;
            let before = book.value_of(stay).unwrap();
            prop_assert!(book.plan_redeem(out).unwrap().next.value_of(stay).unwrap() >= before);
        }

        /// After a haircut the virtual unit can be worth more than the money that stays: the last
        /// one out leaves it a unit.
        #[test]
        fn shares_that_stay_keep_a_unit(contributions in 1u64..1 << 40, halvings in 0u32..20, dust in 1u128..1 << 24) {
            let book = ShareBook { contributions, total_shares: u128::from(contributions) << (20 + halvings) };
            let out = book.total_shares.saturating_sub(dust);
            let plan = book.plan_redeem(out).unwrap();
            prop_assert!(plan.next.total_shares > 0 && plan.next.contributions > 0);
            prop_assert!(book.value_of(out).unwrap() - plan.amount <= 1);
            prop_assert_eq!(book.plan_redeem(book.total_shares).unwrap().next.total_shares, 0);
        }

        #[test]
        fn shares_are_worth_what_they_are_valued_at(book in book(), shares in 0u128..1 << 100, amount: u64, near in 0u64..3) {
            let shares = shares % (book.total_shares + 1);
            let value = book.value_of(shares).unwrap();
            for amount in [amount, value, (value + near).saturating_sub(1)] {
                prop_assert_eq!(book.is_worth(shares, amount), Ok(value >= amount));
            }
        }

        /// P1: everyone's value together is never more than there is.
        #[test]
        fn values_never_exceed_the_bucket(book in book(), a in 0u128..1 << 100, b in 0u128..1 << 100) {
            let a = a % (book.total_shares + 1);
            let b = b % (book.total_shares - a + 1);
            let c = book.total_shares - a - b;
            let sum = [a, b, c].iter().map(|s| u128::from(book.value_of(*s).unwrap())).sum::<u128>();
            prop_assert!(sum <= u128::from(book.contributions));
        }

        /// P4: after losing `lost` of `C`, shares are worth `(C - lost) / C` of before, within one
        /// base unit.
        #[test]
        fn a_haircut_is_pro_rata(book in book(), lost in 0u64..1 << 60, part in 0u128..1 << 100) {
            let lost = lost % (book.contributions + 1);
            let shares = part % (book.total_shares + 1);
            let next = ShareBook { contributions: book.contributions - lost, ..book };
            let before = u128::from(book.value_of(shares).unwrap());
            let after = u128::from(next.value_of(shares).unwrap());
            let fair_times_c = before * u128::from(next.contributions);
            let c = u128::from(book.contributions);
            prop_assert!((after * c).abs_diff(fair_times_c) <= c, "{after} against {fair_times_c} / {c}");
        }

        #[test]
        fn a_seizure_leaves_the_others_whole(book in book(), part in 0u128..1 << 100, cut in 0u64..) {
            let shares = part % (book.total_shares + 1);
            let worth = book.value_of(shares).unwrap();
            let amount = cut % (worth + 1);
            let others = book.total_shares - shares;
            let plan = book.plan_seize(shares, amount).unwrap();
            prop_assert!(plan.shares <= shares);
            prop_assert!(plan.next.value_of(others).unwrap() >= book.value_of(others).unwrap());
        }
    }
}
