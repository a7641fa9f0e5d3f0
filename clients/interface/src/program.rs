//! The address of the program that this process speaks to.

use {
    crate::{generated, Address},
    std::sync::OnceLock,
};

/// The program's address on local networks. No key belongs to it.
pub const LOCAL_PROGRAM_ID: Address = Address::from_str_const(generated::PROGRAM);

static CHOSEN: OnceLock<Address> = OnceLock::new();

/// Chooses the program's address, once and before anything else of this crate is used.
///
/// # Errors
/// The address in use, if it is another one.
///
/// ```
/// use bulkhead_interface::{address, program, Address};
///
/// let own = Address::new_from_array([7; 32]);
/// assert_eq!(program::set_program_id(own), Ok(()));
/// assert_eq!(program::program_id(), own);
/// let fund = Address::new_from_array([8; 32]);
/// let (vault, _) = Address::find_program_address(&[b"vault", fund.as_ref()], &own);
/// assert_eq!(address::vault(&fund), vault);
/// assert_eq!(program::set_program_id(program::LOCAL_PROGRAM_ID), Err(own));
/// ```
pub fn set_program_id(address: Address) -> Result<(), Address> {
    match *CHOSEN.get_or_init(|| address) {
        chosen if chosen == address => Ok(()),
        chosen => Err(chosen),
    }
}

/// The program's address: the chosen one, or else that of local networks.
pub fn program_id() -> Address {
    *CHOSEN.get_or_init(|| LOCAL_PROGRAM_ID)
}
