//! The operations. Each is a function of its own that is not inlined, so `u128` also crosses a call by value every time,
//! and the optimiser cannot merge one operation with its neighbours.

mod calls;
mod memory;

/// `None` where the operation is not defined: overflow, division by zero.
pub type Outcome = Option<u128>;

macro_rules! operations {
    ($(fn $name:ident($a:ident, $b:ident) $body:expr)*) => {
        $(#[inline(never)] fn $name($a: u128, $b: u128) -> Outcome { $body })*

        /// In the order of the results.
        pub const NAMES: [&str; COUNT] = [$(stringify!($name)),*];
        pub const COUNT: usize = [$(stringify!($name)),*].len();

        /// Calls `sink` with the index and outcome of each operation, or of the one that is wanted.
        #[inline(always)]
        pub fn run(a: u128, b: u128, wanted: Option<usize>, mut sink: impl FnMut(usize, Outcome)) {
            let mut index = 0;
            $(
                if wanted.is_none_or(|wanted| wanted == index) {
                    sink(index, $name(a, b));
                }
                index += 1;
            )*
            let _ = index;
        }
    };
}

operations! {
    // u128
    fn u128_add(a, b) a.checked_add(b)
    fn u128_sub(a, b) a.checked_sub(b)
    fn u128_mul(a, b) a.checked_mul(b)
    fn u128_div(a, b) a.checked_div(b)
    fn u128_rem(a, b) a.checked_rem(b)
    fn u128_div_and_rem(a, b) (b != 0).then(|| (a / b).wrapping_mul(3) ^ (a % b))
    fn u128_div_ceil(a, b) (b != 0).then(|| a.div_ceil(b))
    fn u128_wrapping_mul(a, b) Some(a.wrapping_mul(b))
    fn u128_saturating_sub(a, b) Some(a.saturating_sub(b))
    fn u128_abs_diff(a, b) Some(a.abs_diff(b))
    fn u128_shl(a, b) Some(a << (b & 127))
    fn u128_shr(a, b) Some(a >> (b & 127))
    fn u128_checked_shl(a, b) a.checked_shl(b as u32)
    fn u128_rotate(a, b) Some(a.rotate_left(b as u32 & 127))
    fn u128_compare(a, b) Some(compare(&a, &b))
    fn u128_leading_zeros(a, b) Some(counts(a.leading_zeros(), b.leading_zeros()))
    fn u128_trailing_zeros(a, b) Some(counts(a.trailing_zeros(), b.trailing_zeros()))
    fn u128_count_ones(a, b) Some(counts(a.count_ones(), b.count_ones()))
    fn u128_pow(a, b) (a >> 112).checked_pow(b as u32 % 11)
    fn u128_bytes(a, b) Some(a.swap_bytes() ^ b.reverse_bits())
    fn u128_narrow(a, b) u64::try_from(a).ok().map(|low| low as u128 ^ b as u8 as u128)

    // i128
    fn i128_add(a, b) (a as i128).checked_add(b as i128).map(|x| x as u128)
    fn i128_sub(a, b) (a as i128).checked_sub(b as i128).map(|x| x as u128)
    fn i128_mul(a, b) (a as i128).checked_mul(b as i128).map(|x| x as u128)
    fn i128_div(a, b) (a as i128).checked_div(b as i128).map(|x| x as u128)
    fn i128_rem(a, b) (a as i128).checked_rem(b as i128).map(|x| x as u128)
    fn i128_div_euclid(a, b) (a as i128).checked_div_euclid(b as i128).map(|x| x as u128)
    fn i128_rem_euclid(a, b) (a as i128).checked_rem_euclid(b as i128).map(|x| x as u128)
    fn i128_neg(a, b) (a as i128).checked_neg().map(|x| x as u128 ^ b)
    fn i128_abs(a, b) Some((a as i128).unsigned_abs() ^ (b as i128).signum() as u128)
    fn i128_shr(a, b) Some(((a as i128) >> (b & 127)) as u128)
    fn i128_compare(a, b) Some(compare(&(a as i128), &(b as i128)))
    fn i128_add_unsigned(a, b) (a as i128).checked_add_unsigned(b).map(|x| x as u128)
    fn i128_narrow(a, b) i64::try_from(a as i128).ok().map(|x| x as i128 as u128 ^ b)

    // u64
    fn u64_add(a, b) (a as u64).checked_add(b as u64).map(u128::from)
    fn u64_sub(a, b) (a as u64).checked_sub(b as u64).map(u128::from)
    fn u64_mul(a, b) (a as u64).checked_mul(b as u64).map(u128::from)
    fn u64_div(a, b) (a as u64).checked_div(b as u64).map(u128::from)
    fn u64_rem(a, b) (a as u64).checked_rem(b as u64).map(u128::from)
    fn u64_widening_mul(a, b) Some((a as u64 as u128) * (b as u64 as u128))
    fn u64_mul_div(a, b) {
        let by = (b >> 64) as u64;
        (by != 0).then(|| (a as u64 as u128) * (b as u64 as u128) / by as u128)
    }
    fn u64_shl(a, b) Some(((a as u64) << (b & 63)) as u128)
    fn u64_shr(a, b) Some(((a as u64) >> (b & 63)) as u128)
    fn u64_rotate(a, b) Some((a as u64).rotate_right(b as u32 & 63) as u128)
    fn u64_compare(a, b) Some(compare(&(a as u64), &(b as u64)))
    fn u64_leading_zeros(a, b) Some(counts((a as u64).leading_zeros(), (b as u64).leading_zeros()))
    fn u64_trailing_zeros(a, b) Some(counts((a as u64).trailing_zeros(), (b as u64).trailing_zeros()))
    fn u64_count_ones(a, b) Some(counts((a as u64).count_ones(), (b as u64).count_ones()))
    fn u64_pow(a, b) (a as u64 >> 56).checked_pow(b as u32 % 11).map(u128::from)
    fn u64_isqrt(a, b) Some((a as u64).isqrt() as u128 ^ b)
    fn u64_saturating_mul(a, b) Some((a as u64).saturating_mul(b as u64) as u128)

    // i64: SBF has no signed 64-bit division, programs divide magnitudes
    fn i64_add(a, b) (a as i64).checked_add(b as i64).map(|x| x as u128)
    fn i64_sub(a, b) (a as i64).checked_sub(b as i64).map(|x| x as u128)
    fn i64_mul(a, b) (a as i64).checked_mul(b as i64).map(|x| x as u128)
    fn i64_widening_mul(a, b) Some(((a as i64 as i128) * (b as i64 as i128)) as u128)
    fn i64_div_of_magnitudes(a, b) {
        let (n, d) = (a as i64, b as i64);
        let quotient = n.unsigned_abs().checked_div(d.unsigned_abs())? as i128;
        Some(if (n < 0) != (d < 0) { -quotient } else { quotient } as u128)
    }
    fn i64_shr(a, b) Some(((a as i64) >> (b & 63)) as u128)
    fn i64_abs(a, b) Some((a as i64).unsigned_abs() as u128 ^ (b as i64).signum() as u128)
    fn i64_neg(a, b) (a as i64).checked_neg().map(|x| x as u128 ^ b)
    fn i64_compare(a, b) Some(compare(&(a as i64), &(b as i64)))
    fn i64_add_unsigned(a, b) (a as i64).checked_add_unsigned(b as u64).map(|x| x as u128)

    // 32 bits and fewer
    fn u32_add(a, b) (a as u32).checked_add(b as u32).map(u128::from)
    fn u32_sub(a, b) (a as u32).checked_sub(b as u32).map(u128::from)
    fn u32_mul(a, b) (a as u32).checked_mul(b as u32).map(u128::from)
    fn u32_div(a, b) (a as u32).checked_div(b as u32).map(u128::from)
    fn u32_rem(a, b) (a as u32).checked_rem(b as u32).map(u128::from)
    fn u32_shl(a, b) Some(((a as u32) << (b & 31)) as u128)
    fn u32_shr(a, b) Some(((a as u32) >> (b & 31)) as u128)
    fn u32_compare(a, b) Some(compare(&(a as u32), &(b as u32)))
    fn u32_leading_zeros(a, b) Some(counts((a as u32).leading_zeros(), (b as u32).leading_zeros()))
    fn i32_add(a, b) (a as i32).checked_add(b as i32).map(|x| x as u128)
    fn i32_sub(a, b) (a as i32).checked_sub(b as i32).map(|x| x as u128)
    fn i32_mul(a, b) (a as i32).checked_mul(b as i32).map(|x| x as u128)
    fn i32_shr(a, b) Some(((a as i32) >> (b & 31)) as u128)
    fn i32_compare(a, b) Some(compare(&(a as i32), &(b as i32)))
    fn u16_mul(a, b) (a as u16).checked_mul(b as u16).map(u128::from)
    fn i16_add(a, b) (a as i16).checked_add(b as i16).map(|x| x as u128)
    fn u8_add(a, b) (a as u8).checked_add(b as u8).map(u128::from)
    fn i8_mul(a, b) (a as i8).checked_mul(b as i8).map(|x| x as u128)

    // Calls
    fn eight_arguments(a, b) Some(calls::eight_arguments(a, b))
    fn eight_mixed_arguments(a, b) Some(calls::eight_mixed_arguments(a, b))
    fn by_value(a, b) Some(calls::by_value(a, b))
    fn struct_by_value(a, b) Some(calls::struct_by_value(a, b))
    fn result_of_u128(a, b) calls::result_of_u128(a, b)
    fn function_pointers(a, b) Some(calls::function_pointers(a, b))
    fn dynamic_dispatch(a, b) Some(calls::dynamic_dispatch(a, b))
    fn recursion(a, b) Some(calls::recursion(a, b))
    fn branches(a, b) Some(calls::branches(a, b))
    fn chain(a, b) calls::chain(a, b)

    // Memory
    fn copy(a, b) Some(memory::copy(a, b))
    fn copy_within(a, b) Some(memory::copy_within(a, b))
    fn fill(a, b) Some(memory::fill(a, b))
    fn equal(a, b) Some(memory::equal(a, b))
    fn order(a, b) Some(memory::order(a, b))
    fn large(a, b) Some(memory::large(a, b))
    fn sorted(a, b) Some(memory::sorted(a, b))
}

/// Every comparison in one number.
#[inline(always)]
fn compare<T: Ord>(a: &T, b: &T) -> u128 {
    let bits = [a < b, a <= b, a > b, a >= b, a == b, a != b];
    let flags = bits.iter().fold(0, |sum, &bit| sum << 1 | bit as u128);
    flags << 8 | a.cmp(b) as i8 as u8 as u128
}

#[inline(always)]
fn counts(a: u32, b: u32) -> u128 {
    (a as u128) << 32 | b as u128
}
