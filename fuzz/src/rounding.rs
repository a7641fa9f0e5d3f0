//! Products and quotients against integers of any length.

use {
    crate::input::{decode, Size, Wide},
    arbitrary::Arbitrary,
    bulkhead_math::{
        rounding::{checked_mul, div, mul_div, mul_div_wide, mul_q64, widening_mul},
        MathError, Result, Round,
    },
    num_bigint::BigUint,
};

#[derive(Arbitrary)]
struct Input {
    words: [Size<64>; 3],
    wide: [Wide; 2],
    up: bool,
}

/// Every function is the exact quotient, rounded as said, or the error that says why there is none.
pub fn rounding(data: &[u8]) {
    let Some(Input { words: [Size(a), Size(b), Size(d)], wide: [Wide(x), Wide(y)], up }) = decode(data)
    else {
        return;
    };
    let round = if up { Round::Up } else { Round::Down };
    let (one, q64) = (BigUint::from(1u8), BigUint::from(1u128 << 64));

    assert_eq!(BigUint::from(widening_mul(a, b)), big(a) * b);
    agree(checked_mul(x, y), big(x) * y, &one, Round::Down);
    agree(div(x, y, round), big(x), &big(y), round);
    agree(mul_div_wide(a, x, y, round), big(a) * x, &big(y), round);
    agree(mul_q64(x, y, round), big(x) * y, &q64, round);
    // Fits a word or nothing.
    let expected = exact(big(a) * b, &big(d), round)
        .and_then(|quotient| u64::try_from(quotient).map_err(|_| MathError::Overflow));
    assert_eq!(mul_div(a, b, d, round), expected, "{a} * {b} / {d} {round:?}");
}

fn big(number: impl Into<BigUint>) -> BigUint {
    number.into()
}

/// That a function's result is the exact one.
fn agree(result: Result<u128>, numerator: BigUint, denominator: &BigUint, round: Round) {
    assert_eq!(result, exact(numerator.clone(), denominator, round), "{numerator} / {denominator} {round:?}");
}

fn exact(numerator: BigUint, denominator: &BigUint, round: Round) -> Result<u128> {
    if *denominator == BigUint::ZERO {
        return Err(MathError::DivByZero);
    }
    let up = if round == Round::Up { denominator - 1u8 } else { BigUint::ZERO };
    u128::try_from((numerator + up) / denominator).map_err(|_| MathError::Overflow)
}
