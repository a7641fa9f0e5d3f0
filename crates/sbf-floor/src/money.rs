//! The arithmetic of money in plain code: one product or division is one operation, sums wrap, and a number is
//! as wide as those of the typical case need. Nothing is checked, because the floor guards nothing. The tests
//! below hold each function to the one of `bulkhead_math` that it stands for.

/// Basis points of the whole.
pub const ONE: u64 = 10_000;
/// Parts of a fine rate, a product of two rates in basis points.
pub const FINE_ONE: u64 = ONE * ONE;
/// Shares that nobody owns.
pub const VIRTUAL_SHARES: u64 = 1 << 20;
/// One, with 32 bits of fraction.
pub const Q32_ONE: u64 = 1 << 32;

#[inline(always)]
pub fn add(a: u64, b: u64) -> u64 {
    a.wrapping_add(b)
}

#[inline(always)]
pub fn sub(a: u64, b: u64) -> u64 {
    a.wrapping_sub(b)
}

#[inline(always)]
pub fn mul(a: u64, b: u64) -> u64 {
    a.wrapping_mul(b)
}

/// A quotient rounded down; of zero by a divisor that is zero.
#[inline(always)]
pub fn div(a: u64, b: u64) -> u64 {
    a.checked_div(b).unwrap_or(0)
}

/// A quotient rounded up.
#[inline(always)]
pub fn div_up(a: u64, b: u64) -> u64 {
    div(add(a, sub(b, 1)), b)
}

/// `amount * rate / ONE`, rounded down: a product and a division.
#[inline(always)]
pub fn part(amount: u64, rate: u64) -> u64 {
    div(mul(amount, rate), ONE)
}

/// The same rounded up.
#[inline(always)]
pub fn part_up(amount: u64, rate: u64) -> u64 {
    div_up(mul(amount, rate), ONE)
}

/// Raw quote as money, a gain rounded down and a loss up: a division.
#[inline(always)]
pub fn profit(raw: i64, scale: u64) -> i64 {
    if raw < 0 {
        (div_up(raw.unsigned_abs(), scale) as i64).wrapping_neg()
    } else {
        div(raw as u64, scale) as i64
    }
}

/// A product of two words in full, by halves.
#[inline(always)]
pub fn wide_mul(a: u64, b: u64) -> u128 {
    const HALF: u64 = u32::MAX as u64;
    let (a_high, a_low, b_high, b_low) = (a >> 32, a & HALF, b >> 32, b & HALF);
    let low = mul(a_low, b_low);
    let middle = add(mul(a_high, b_low), low >> 32);
    let other = add(mul(a_low, b_high), middle & HALF);
    let high = add(add(mul(a_high, b_high), middle >> 32), other >> 32);
    ((high as u128) << 64) | ((other << 32) | (low & HALF)) as u128
}

/// A quotient of a long number, rounded down.
#[inline(always)]
pub fn wide_div(a: u128, b: u64) -> u128 {
    a.checked_div(b as u128).unwrap_or(0)
}

/// What so many shares are worth: `(C + 1) s / (T + V)`, a long product and a long division.
#[inline(always)]
pub fn worth(contributions: u64, total_shares: u64, shares: u64) -> u64 {
    wide_div(wide_mul(add(contributions, 1), shares), add(total_shares, VIRTUAL_SHARES)) as u64
}

/// The shares that an amount buys: `a (T + V) / (C + 1)`.
#[inline(always)]
pub fn minted(contributions: u64, total_shares: u64, amount: u64) -> u64 {
    wide_div(wide_mul(amount, add(total_shares, VIRTUAL_SHARES)), add(contributions, 1)) as u64
}

/// The rate of a stress move and of the sale after it: `st + d (1 + st)`, two products.
#[inline(always)]
pub fn fine_stress(stress: u64, discount: u64) -> u64 {
    add(mul(stress, ONE), mul(add(ONE, stress), discount))
}

/// A fine rate of the notional of so many lots, rounded up twice: two products and two divisions.
#[inline(always)]
pub fn fine_loss(rate: u64, lots: u64, price: u64, scale: u64) -> u64 {
    div_up(mul(div_up(mul(lots, price), scale), rate), FINE_ONE)
}

/// `2^(-secs / half_life)` with 32 bits of fraction: a division, and the seven products of its polynomial.
#[inline(always)]
pub fn decay(secs: u64, half_life: u64) -> u64 {
    const REST: [u64; 6] = [1_031_764_939, 238_387_495, 41_304_489, 5_712_048, 639_488, 48_550];
    let half_lives = div(secs << 32, half_life);
    let (whole, fraction) = (half_lives >> 32, half_lives & u32::MAX as u64);
    if whole > 32 {
        return 0;
    }
    let tail = REST.iter().rev().fold(0, |tail, coefficient| sub(*coefficient, mul(tail, fraction) >> 32));
    let tail = sub(2_977_044_471, mul(tail, fraction) >> 32);
    sub(Q32_ONE, mul(tail, fraction) >> 32) >> whole
}

/// An amount that has faded, rounded up: a product.
#[inline(always)]
pub fn faded(amount: u64, kept: u64) -> u64 {
    add(mul(amount, kept), Q32_ONE - 1) >> 32
}

/// A mean of prices, with 32 bits of fraction, after some time at a price: two products.
#[inline(always)]
pub fn mean_after(mean: u128, price: u64, kept: u64) -> u128 {
    let price = (price as u128) << 32;
    let (below, distance) =
        if mean < price { (true, price.wrapping_sub(mean)) } else { (false, mean.wrapping_sub(price)) };
    let (high, low) = ((distance >> 32) as u64, distance as u64 & u32::MAX as u64);
    let left = add(mul(high, kept), mul(low, kept) >> 32) as u128;
    if below {
        price.wrapping_sub(left)
    } else {
        price.wrapping_add(left)
    }
}

/// The squared return from one price to another, with 48 bits of fraction: two divisions and a product.
#[inline(always)]
pub fn squared_return(from: u64, to: u64) -> u64 {
    let distance = from.abs_diff(to) << 24;
    mul(div(distance, from), div(distance, to))
}

/// The mean of variance and a sample, the old one weighted with what is kept: two products.
#[inline(always)]
pub fn weighted_mean(old: u64, sample: u64, kept: u64) -> u64 {
    add(mul(old, kept), mul(sample, sub(Q32_ONE, kept))) >> 32
}

/// A square root rounded down, by a division for each step of Newton from one in basis points.
#[inline(always)]
pub fn root(number: u64) -> u64 {
    let step = |root: u64| add(root, div(number, root)) >> 1;
    let mut root = step(ONE);
    loop {
        let next = step(root);
        if next >= root {
            return root;
        }
        root = next;
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        bulkhead_math as math,
        math::{
            crowding::FineRate,
            interval::Mean,
            shares::ShareBook,
            units::{Bps, Scale},
            Round,
        },
    };

    const SCALE: u64 = 10_000;
    const PRICES: [u64; 4] = [1, 9_999_999_999, 15_000_000_000, 20_000_000_001];

    fn scale() -> Scale {
        Scale::from_stored(SCALE).unwrap()
    }

    #[test]
    fn parts_and_profits_are_those_of_the_program() {
        for amount in [0, 1, 9_999, 10_000, 18_200_000_001] {
            for rate in [0, 1, 2, 500, 10_000] {
                assert_eq!(Ok(part(amount, rate)), Bps(rate as u16).of(amount, Round::Down));
                assert_eq!(Ok(part_up(amount, rate)), Bps(rate as u16).of(amount, Round::Up));
            }
            for raw in [amount as i64, -(amount as i64)] {
                assert_eq!(Ok(profit(raw, SCALE)), math::units::raw_to_pnl(raw.into(), scale()));
            }
        }
    }

    #[test]
    fn stress_and_crowding_are_those_of_the_program() {
        for (stress, discount) in [(0, 0), (3_000, 500), (10_000, 2_000)] {
            let rate = FineRate::stress(Bps(stress), Bps(discount)).unwrap();
            assert_eq!(fine_stress(stress.into(), discount.into()), u64::from(rate.0));
            for price in PRICES {
                let loss = rate.loss_of(10_000, price, scale());
                assert_eq!(Ok(fine_loss(rate.0.into(), 10_000, price, SCALE)), loss);
            }
        }
    }

    #[test]
    fn shares_are_those_of_the_program() {
        for (contributions, amount) in
            [(0, 5), (60_000_000_000, 20_000_000_000), (1_999_999_999, 999_999_999)]
        {
            let total_shares = contributions << 20;
            let book = ShareBook { contributions, total_shares: total_shares.into() };
            let plan = book.plan_mint(amount).unwrap();
            assert_eq!(u128::from(minted(contributions, total_shares, amount)), plan.shares);
            let shares = amount << 20;
            assert_eq!(Ok(worth(contributions, total_shares, shares)), book.value_of(shares.into()));
        }
    }

    #[test]
    fn memories_are_those_of_the_program() {
        for secs in [1, 59, 90, 86_400, 700_000] {
            for half_life in [30, 86_400, 604_800] {
                let kept = decay(secs, half_life);
                assert_eq!(kept, math::decay::decay(secs, half_life as u32));
                assert_eq!(faded(1_999_999, kept), math::decay::faded(1_999_999, kept));
                for price in PRICES {
                    let mean = Mean::first(20_000_000_000, 0).q32;
                    // The distance is less than a word of 32 bits, as in the typical case.
                    if price > 16_000_000_000 {
                        assert_eq!(mean_after(mean, price, kept), math::decay::mean_after(mean, price, kept));
                    }
                }
            }
        }
    }

    #[test]
    fn volatility_is_that_of_the_program() {
        use math::volatility::{multiplier_bps, squared_return as known, Ewma};
        for (from, to) in [(20_000_000_000, 19_900_000_000), (20_000_000_000, 20_000_000_000)] {
            let sample = squared_return(from, to);
            assert_eq!(sample, known(from, to));
            let old = Ewma { variance: 5_000_000, price: from, ts: 0 };
            let kept = decay(90, 86_400);
            let mean = weighted_mean(old.variance, div(sample, 90), kept);
            assert_eq!(mean, old.observe(to, 90, 86_400, 1).variance);
            for target in [1_000_000, 5_708_000, 90_000_000] {
                assert_eq!(root(div(mul(mean, FINE_ONE), target)), u64::from(multiplier_bps(mean, target)));
            }
        }
    }

    #[test]
    fn long_products_are_products() {
        for (a, b) in [(0, 7), (u64::MAX, u64::MAX), (60_000_000_001, 21_000_000_000_000_000)] {
            assert_eq!(wide_mul(a, b), u128::from(a) * u128::from(b));
            assert_eq!(wide_div(wide_mul(a, b), b), u128::from(a) * u128::from(b) / u128::from(b));
        }
    }
}
