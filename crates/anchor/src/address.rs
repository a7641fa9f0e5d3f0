//! Addresses that a program derives.

use anchor_lang::{Address, Result};

/// Finds the canonical address of seeds, and its bump.
#[inline(never)]
pub fn find_program_address(seeds: &[&[u8]], program: &Address) -> (Address, u8) {
    anchor_lang::find_program_address(seeds, program)
}

/// Finds the bump of the canonical address of seeds.
///
/// # Errors
///
/// `InvalidSeeds` if that address is another one than expected.
#[inline(never)]
pub fn find_and_verify_program_address(seeds: &[&[u8]], program: &Address, expected: &Address) -> Result<u8> {
    anchor_lang::find_and_verify_program_address(seeds, program, expected)
}
