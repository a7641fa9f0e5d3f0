//! Addresses that a program derives.

use anchor_lang::{Address, Result};

/// Finds the canonical address of seeds, and its bump.
#[inline(never)]
pub fn find_program_address(seeds: &[&[u8]], program: &Address) -> (Address, u8) {
    anchor_lang::find_program_address(seeds, program)
}

/// Finds the bump of the canonical address of seeds, for an account that exists, or that is created now with
/// these seeds as its signer.
///
/// The framework asks of every address whether it is on the curve. Here only those before the expected one are
/// asked, so that no other bump than the canonical one is found. The expected one is off the curve without
/// being asked: the runtime takes no seeds for a signer that is on it, and nobody has the key of a point that
/// is a hash.
///
/// # Errors
///
/// `InvalidSeeds` if that address is another one than expected.
#[inline(never)]
pub fn find_and_verify_program_address(seeds: &[&[u8]], program: &Address, expected: &Address) -> Result<u8> {
    #[cfg(target_os = "solana")]
    match *seeds {
        [a, b] => return verify([a, b], program, expected),
        [a, b, c] => return verify([a, b, c], program, expected),
        [a, b, c, d] => return verify([a, b, c, d], program, expected),
        _ => {}
    }
    anchor_lang::find_and_verify_program_address(seeds, program, expected)
}

#[cfg(target_os = "solana")]
#[inline(always)]
fn verify<const N: usize>(seeds: [&[u8]; N], program: &Address, expected: &Address) -> Result<u8> {
    for bump in (0..=u8::MAX).rev() {
        let address = Address::derive_address(&seeds, Some(bump), program);
        if anchor_lang::address_eq(&address, expected) {
            return Ok(bump);
        }
        if !address.is_on_curve() {
            break;
        }
    }
    Err(anchor_lang::prelude::ProgramError::InvalidSeeds)
}
