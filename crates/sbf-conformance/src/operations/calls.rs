//! Calls: arguments in registers and on the stack, 128 bits by value, structs through memory, indirect calls.

/// More than five arguments: the rest travels on the stack.
pub fn eight_arguments(a: u128, b: u128) -> u128 {
    let (al, ah, bl, bh) = (a as u64, (a >> 64) as u64, b as u64, (b >> 64) as u64);
    eight(al, ah, bl, bh, al ^ bh, ah ^ bl, al & bl, ah | bh) as u128
}

/// Asymmetric in every argument, so that a swap shows.
#[inline(never)]
#[allow(clippy::too_many_arguments)]
fn eight(a: u64, b: u64, c: u64, d: u64, e: u64, f: u64, g: u64, h: u64) -> u64 {
    [a, b, c, d, e, f, g, h].iter().fold(7, |sum: u64, &x| sum.wrapping_mul(31).wrapping_add(x))
}

pub fn eight_mixed_arguments(a: u128, b: u128) -> u128 {
    let by_reference = a.wrapping_add(b);
    eight_mixed(a, b as u8, b, a as i32, a < b, &by_reference, (b >> 64) as i64, a ^ b)
}

#[inline(never)]
#[allow(clippy::too_many_arguments)]
fn eight_mixed(a: u128, b: u8, c: u128, d: i32, e: bool, f: &u128, g: i64, h: u128) -> u128 {
    [a, b as u128, c, d as u128, e as u128, *f, g as u128, h]
        .iter()
        .fold(7, |sum: u128, &x| sum.rotate_left(13).wrapping_add(x))
}

pub fn by_value(a: u128, b: u128) -> u128 {
    mix(mix(a, b), mix(b, a.wrapping_sub(b)))
}

#[inline(never)]
fn mix(a: u128, b: u128) -> u128 {
    a.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29) ^ b.wrapping_add(a >> 7)
}

struct Plan {
    sum: u128,
    kept: u64,
    signed: i128,
    flag: bool,
}

pub fn struct_by_value(a: u128, b: u128) -> u128 {
    let plan = advance(Plan { sum: a, kept: b as u64, signed: b as i128, flag: a > b });
    plan.sum ^ (plan.kept as u128) << 31 ^ (plan.signed as u128).rotate_left(64) ^ plan.flag as u128
}

#[inline(never)]
fn advance(plan: Plan) -> Plan {
    Plan {
        sum: plan.sum.wrapping_mul(3),
        kept: plan.kept.wrapping_add(plan.sum as u64),
        signed: plan.signed.wrapping_neg(),
        flag: !plan.flag,
    }
}

pub fn result_of_u128(a: u128, b: u128) -> Option<u128> {
    match halve_even(a) {
        Ok(half) => half.checked_add(halve_even(b).ok()?),
        Err(code) => halve_even(b).err().map(|other| code as u128 + other as u128),
    }
}

#[inline(never)]
fn halve_even(value: u128) -> Result<u128, u32> {
    if value.is_multiple_of(2) {
        Ok(value / 2)
    } else {
        Err(value as u32 >> 1)
    }
}

/// Through a table of addresses.
pub fn function_pointers(a: u128, b: u128) -> u128 {
    const TABLE: [fn(u128, u128) -> u128; 4] = [mix, u128::wrapping_add, u128::wrapping_mul, u128::abs_diff];
    TABLE[(a ^ b) as usize & 3](a, b)
}

trait Rule {
    fn apply(&self, x: u128) -> u128;
}

struct Add(u128);
struct Rotate(u32);

impl Rule for Add {
    fn apply(&self, x: u128) -> u128 {
        x.wrapping_add(self.0)
    }
}

impl Rule for Rotate {
    fn apply(&self, x: u128) -> u128 {
        x.rotate_left(self.0 & 127)
    }
}

pub fn dynamic_dispatch(a: u128, b: u128) -> u128 {
    let (add, rotate) = (Add(b), Rotate(b as u32));
    let rules: [&dyn Rule; 2] = if a > b { [&add, &rotate] } else { [&rotate, &add] };
    apply_all(&rules, a)
}

#[inline(never)]
fn apply_all(rules: &[&dyn Rule], x: u128) -> u128 {
    rules.iter().fold(x, |x, rule| rule.apply(x))
}

pub fn recursion(a: u128, b: u128) -> u128 {
    descend(a, b, 9)
}

#[inline(never)]
fn descend(a: u128, b: u128, depth: u32) -> u128 {
    if depth == 0 {
        return a;
    }
    let below = descend(b, a.wrapping_add(depth as u128), depth - 1);
    below.wrapping_mul(5) ^ a
}

pub fn branches(a: u128, b: u128) -> u128 {
    match (a % 11, b as u8) {
        (0, _) => a,
        (1, 0..=9) => b,
        (2, x) => x as u128,
        (3, 10..=99) => a ^ b,
        (4, x) if x & 1 == 0 => !a,
        (5, _) => a >> 3,
        (6, _) => 6,
        (7, 200..) => b << 5,
        (8, _) => a & b,
        (rest, x) => rest << 8 | x as u128,
    }
}

/// As a program does it: several checked steps inlined into one function.
pub fn chain(a: u128, b: u128) -> Option<u128> {
    let (amount, price) = ((a >> 64) as u64, a as u64 >> 16);
    let (total, shares) = ((b >> 64) as u64, b as u64 >> 8);
    let value = (amount as u128).checked_mul(price as u128)?;
    let part = value.checked_mul(shares as u128 >> 40)?.checked_div(total as u128)?;
    let signed = i128::try_from(part).ok()?.checked_sub(value as i128)?;
    let scaled = signed.checked_mul(10_000)?.checked_div(shares as i128)?;
    (scaled as u128).checked_add(part)
}
