//! Copies, fills and comparisons of odd sizes and offsets, below and above the sizes at which the builtins call the VM.

const SIZE: usize = 97;

/// Bytes that depend on both operands.
#[inline(never)]
fn bytes(a: u128, b: u128) -> [u8; SIZE] {
    let mut out = [0; SIZE];
    for (chunk, word) in out.chunks_mut(16).zip([a, b, a ^ b, !a, !b, a.rotate_left(9), b >> 3]) {
        chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
    }
    out
}

/// Order matters to it.
#[inline(never)]
fn digest(bytes: &[u8]) -> u128 {
    let hash = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, &byte| (hash ^ byte as u64).wrapping_mul(0x100_0000_01b3));
    (bytes.len() as u128) << 64 | hash as u128
}

/// A start and a length within `SIZE`, from two operands.
fn span(a: u128, b: u128) -> (usize, usize) {
    let start = (a as usize ^ (a >> 64) as usize) % SIZE;
    (start, (b as usize ^ (b >> 64) as usize) % (SIZE - start))
}

pub fn copy(a: u128, b: u128) -> u128 {
    let (start, len) = span(a, b);
    let mut out = [0xa5; SIZE];
    let to = (start + len) % (SIZE - len);
    out[to..to + len].copy_from_slice(&bytes(a, b)[start..start + len]);
    digest(&out)
}

pub fn copy_within(a: u128, b: u128) -> u128 {
    let mut out = bytes(a, b);
    let (start, len) = span(b, a);
    out.copy_within(start..start + len, (start * 7 + 3) % (SIZE - len));
    digest(&out)
}

pub fn fill(a: u128, b: u128) -> u128 {
    let mut out = bytes(a, b);
    let (start, len) = span(a, b);
    out[start..start + len].fill(a as u8);
    digest(&out)
}

/// Slices that differ in one byte, at a place that the operands choose, or not at all.
fn pair(a: u128, b: u128) -> ([u8; SIZE], [u8; SIZE], usize) {
    let left = bytes(a, b);
    let mut right = left;
    let (at, len) = span(a, b);
    right[at] = b as u8;
    (left, right, (at + len).max(1))
}

pub fn equal(a: u128, b: u128) -> u128 {
    let (left, right, len) = pair(a, b);
    (left[..len] == right[..len]) as u128 | ((left == right) as u128) << 1
}

pub fn order(a: u128, b: u128) -> u128 {
    let (left, right, len) = pair(a, b);
    left[..len].cmp(&right[..len]) as i8 as u128
}

/// A value that does not fit in registers, moved around whole.
pub fn large(a: u128, b: u128) -> u128 {
    let mut table = [bytes(a, b); 3];
    table.swap(0, (a % 3) as usize);
    table[1] = bytes(b, a);
    let kept = table[(b % 3) as usize];
    digest(&kept)
}

pub fn sorted(a: u128, b: u128) -> u128 {
    let mut out = [a as u64, (a >> 64) as u64, b as u64, (b >> 64) as u64, (a ^ b) as u64, a as u32 as u64];
    out.sort_unstable();
    out.iter().fold(1, |sum: u128, &x| sum.wrapping_mul(31).wrapping_add(x as u128))
}
