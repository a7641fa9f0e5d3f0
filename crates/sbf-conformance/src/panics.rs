//! Ways to panic. The upstream tool chain has no panic machinery ("immediate abort"): each of these must still end the
//! transaction, and not run on.

use pinocchio::{error::ProgramError, ProgramResult};

pub const KINDS: [&str; 7] = [
    "none (a panic would not prove anything if this failed too)",
    "overflow",
    "index out of bounds",
    "division by zero",
    "unwrap of None",
    "unreachable!",
    "explicit panic with a formatted message",
];

/// `data` starts with ten bytes of value 1, unknown to the compiler.
#[inline(never)]
pub fn trip(kind: u8, data: &[u8]) -> ProgramResult {
    let one = data[0];
    let many = data[..10].iter().map(|&byte| byte as usize).sum::<usize>();
    let reached = match kind {
        0 => 0,
        1 => u64::MAX + one as u64,
        2 => [1u64, 2, 3][many],
        3 => 10 / (one as u64 - 1),
        4 => (one == 2).then_some(1).unwrap(),
        5 if one == 1 => unreachable!(),
        6 => panic!("{many}"),
        _ => 0,
    };
    // Depends on the value, so that it must have been computed.
    match reached {
        0 => Ok(()),
        other => Err(ProgramError::Custom(other as u32)),
    }
}
