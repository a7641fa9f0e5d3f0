//! The symbols themselves: thin, since only they cannot be tested on the host.

use crate::wide::{div_rem, mul, Wide};

#[no_mangle]
pub extern "unadjusted" fn __multi3(a: i128, b: i128) -> i128 {
    mul(Wide::new(a as u128), Wide::new(b as u128)).get() as i128
}

#[no_mangle]
pub extern "unadjusted" fn __udivti3(n: u128, d: u128) -> u128 {
    div_rem(Wide::new(n), Wide::new(d)).0.get()
}

#[no_mangle]
pub extern "unadjusted" fn __umodti3(n: u128, d: u128) -> u128 {
    div_rem(Wide::new(n), Wide::new(d)).1.get()
}

/// Rounds toward zero, as Rust's `/`. `i128::MIN / -1` wraps, but Rust refuses it before it gets here.
#[no_mangle]
pub extern "unadjusted" fn __divti3(n: i128, d: i128) -> i128 {
    let (quotient, _) = div_rem(Wide::new(n.unsigned_abs()), Wide::new(d.unsigned_abs()));
    with_sign(quotient, (n < 0) != (d < 0))
}

/// The remainder takes the sign of the dividend.
#[no_mangle]
pub extern "unadjusted" fn __modti3(n: i128, d: i128) -> i128 {
    let (_, remainder) = div_rem(Wide::new(n.unsigned_abs()), Wide::new(d.unsigned_abs()));
    with_sign(remainder, n < 0)
}

#[inline(always)]
fn with_sign(magnitude: Wide, negative: bool) -> i128 {
    let magnitude = magnitude.get() as i128;
    if negative {
        magnitude.wrapping_neg()
    } else {
        magnitude
    }
}
