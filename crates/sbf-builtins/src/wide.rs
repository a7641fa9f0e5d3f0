//! Multiplication and division of 128 bits on 64-bit limbs.
//!
//! Nothing here multiplies, divides or shifts (by other than 64) a `u128`: LLVM would turn that into a call of the very
//! function under construction. Wrapping operations throughout, where the reason why nothing is lost stands beside them:
//! an overflow check would cost a unit of compute each, in the hottest code of the program.

/// 128 bits as two limbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wide {
    pub hi: u64,
    pub lo: u64,
}

const LOW: u64 = u32::MAX as u64;
const BASE: u64 = 1 << 32;

impl Wide {
    #[inline(always)]
    pub const fn new(value: u128) -> Self {
        Self { hi: (value >> 64) as u64, lo: value as u64 }
    }

    #[inline(always)]
    pub const fn get(self) -> u128 {
        ((self.hi as u128) << 64) | self.lo as u128
    }

    #[inline(always)]
    const fn less(self, other: Self) -> bool {
        self.hi < other.hi || (self.hi == other.hi && self.lo < other.lo)
    }

    #[inline(always)]
    const fn wrapping_sub(self, other: Self) -> Self {
        let (lo, borrow) = self.lo.overflowing_sub(other.lo);
        let hi = self.hi.wrapping_sub(other.hi).wrapping_sub(borrow as u64);
        Self { hi, lo }
    }
}

/// The low 128 bits of a product.
#[inline(always)]
pub const fn mul(a: Wide, b: Wide) -> Wide {
    let low = mul64(a.lo, b.lo);
    // Cross terms: what they carry beyond 128 bits is dropped by definition.
    let cross = a.hi.wrapping_mul(b.lo).wrapping_add(a.lo.wrapping_mul(b.hi));
    Wide { hi: low.hi.wrapping_add(cross), lo: low.lo }
}

/// All 128 bits of a product of two limbs, by schoolbook on 32-bit digits.
#[inline(always)]
pub const fn mul64(a: u64, b: u64) -> Wide {
    let (a1, a0) = (a >> 32, a & LOW);
    let (b1, b0) = (b >> 32, b & LOW);
    // (2^32 - 1)^2 + 2 (2^32 - 1) = 2^64 - 1: each line fits a limb, so nothing wraps.
    let p00 = a0.wrapping_mul(b0);
    let p01 = a0.wrapping_mul(b1).wrapping_add(p00 >> 32);
    let p10 = a1.wrapping_mul(b0).wrapping_add(p01 & LOW);
    let hi = a1.wrapping_mul(b1).wrapping_add(p01 >> 32).wrapping_add(p10 >> 32);
    Wide { hi, lo: (p10 << 32) | (p00 & LOW) }
}

/// Quotient and remainder. A zero divisor yields (0, n): Rust refuses it before the call, so no code is spent on a trap.
#[inline(always)]
pub const fn div_rem(n: Wide, d: Wide) -> (Wide, Wide) {
    if d.hi != 0 {
        return div_rem_128(n, d);
    }
    let (quotient, remainder) = if n.hi == 0 {
        if d.lo == 0 {
            return (Wide { hi: 0, lo: 0 }, n);
        }
        (Wide { hi: 0, lo: n.lo / d.lo }, n.lo % d.lo)
    } else if d.lo < BASE {
        if d.lo == 0 {
            return (Wide { hi: 0, lo: 0 }, n);
        }
        div_rem_by_digit(n, d.lo)
    } else {
        div_rem_by_limb(n, d.lo)
    };
    (quotient, Wide { hi: 0, lo: remainder })
}

/// By one 32-bit digit: short division, the machine divides each step.
#[inline(always)]
const fn div_rem_by_digit(n: Wide, d: u64) -> (Wide, u64) {
    let hi = n.hi / d;
    // A remainder is below 2^32, so with one more digit below it still fits a limb.
    let step1 = ((n.hi % d) << 32) | (n.lo >> 32);
    let step0 = ((step1 % d) << 32) | (n.lo & LOW);
    // step1 / d < 2^32, since step1 < d * 2^32.
    let lo = ((step1 / d) << 32) | (step0 / d);
    (Wide { hi, lo }, step0 % d)
}

/// By one limb of at least 2^32.
#[inline(always)]
const fn div_rem_by_limb(n: Wide, d: u64) -> (Wide, u64) {
    let hi = n.hi / d;
    let rest = n.hi % d;
    let shift = leading_zeros(d);
    let top = Wide { hi: rest, lo: n.lo };
    let (lo, remainder) = div_rem_normal(shl(top, shift), d << shift);
    (Wide { hi, lo }, remainder >> shift)
}

/// By two limbs, the upper one not zero: the quotient is one limb (Knuth's algorithm D with one digit of 64 bits).
#[inline(always)]
const fn div_rem_128(n: Wide, d: Wide) -> (Wide, Wide) {
    if n.less(d) {
        return (Wide { hi: 0, lo: 0 }, n);
    }
    let shift = leading_zeros(d.hi);
    let divisor = shl(d, shift);
    // n << shift has three limbs. The top one is below 2^shift <= 2^63 <= divisor.hi, as the next step wants.
    let above = if shift == 0 { 0 } else { n.hi >> (64 - shift) };
    let below = shl(n, shift);
    let top = Wide { hi: above, lo: below.hi };
    let (mut quotient, mut rest) = div_rem_normal(top, divisor.hi);
    // The estimate ignored divisor.lo: it is right, or one or two too large.
    let mut product = mul64(quotient, divisor.lo);
    while (Wide { hi: rest, lo: below.lo }).less(product) {
        quotient = quotient.wrapping_sub(1); // above zero: the product is
        product = product.wrapping_sub(Wide { hi: 0, lo: divisor.lo });
        let (next, carry) = rest.overflowing_add(divisor.hi);
        rest = next;
        if carry {
            // 2^64 and more stands above any product.
            break;
        }
    }
    // With a carry `rest` lost 2^64, and so does this difference: it is right modulo 2^128, and below the divisor.
    let remainder = Wide { hi: rest, lo: below.lo }.wrapping_sub(product);
    (Wide { hi: 0, lo: quotient }, shr(remainder, shift))
}

/// 128 by 64 bits in two digits of 32 (Knuth's algorithm D). `d` has its top bit set and is above `n.hi`.
#[inline(always)]
const fn div_rem_normal(n: Wide, d: u64) -> (u64, u64) {
    let (q1, rest) = digit(n.hi, n.lo >> 32, d);
    let (q0, rest) = digit(rest, n.lo & LOW, d);
    ((q1 << 32) | q0, rest)
}

/// One digit: (n * 2^32 + next) / d, with n < d.
#[inline(always)]
const fn digit(n: u64, next: u64, d: u64) -> (u64, u64) {
    let (d1, d0) = (d >> 32, d & LOW);
    let mut q = n / d1; // d1 >= 2^31, so q <= 2^33
    let mut r = n % d1;
    // Knuth: q is at most two too large, and the loop stops as soon as the remainder outgrows a digit.
    // q * d0 < 2^65 is compared only where q < 2^32.
    while q >= BASE || q.wrapping_mul(d0) > ((r << 32) | next) {
        q = q.wrapping_sub(1);
        r = r.wrapping_add(d1);
        if r >= BASE {
            break;
        }
    }
    // Modulo 2^64: the true value is below d.
    let rest = (n << 32).wrapping_add(next).wrapping_sub(q.wrapping_mul(d));
    (q, rest)
}

/// `value << shift` for a shift below 64, dropping what leaves at the top.
#[inline(always)]
const fn shl(value: Wide, shift: u32) -> Wide {
    if shift == 0 {
        return value;
    }
    Wide { hi: (value.hi << shift) | (value.lo >> (64 - shift)), lo: value.lo << shift }
}

/// `value >> shift` for a shift below 64.
#[inline(always)]
const fn shr(value: Wide, shift: u32) -> Wide {
    if shift == 0 {
        return value;
    }
    Wide { hi: value.hi >> shift, lo: (value.lo >> shift) | (value.hi << (64 - shift)) }
}

/// Of a value that is not zero: the machine has no such instruction, and LLVM's own expansion is twice as long. All bits below
/// the highest are set, which leaves 64 values, and a multiplication by this constant sends each to six bits of its own.
#[inline(always)]
const fn leading_zeros(value: u64) -> u32 {
    let mut filled = value;
    filled |= filled >> 1;
    filled |= filled >> 2;
    filled |= filled >> 4;
    filled |= filled >> 8;
    filled |= filled >> 16;
    filled |= filled >> 32;
    LEADING_ZEROS[(filled.wrapping_mul(DE_BRUIJN) >> 58) as usize] as u32
}

const DE_BRUIJN: u64 = 0x03f7_9d71_b4cb_0a89;

static LEADING_ZEROS: [u8; 64] = {
    let mut table = [u8::MAX; 64];
    let mut count: u32 = 0;
    while count < 64 {
        let place = ((u64::MAX >> count).wrapping_mul(DE_BRUIJN) >> 58) as usize;
        assert!(table[place] == u8::MAX, "two values of one place");
        table[place] = count as u8;
        count = count.wrapping_add(1);
    }
    table
};

#[cfg(test)]
mod tests;
