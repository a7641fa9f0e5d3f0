//! Reading accounts.

use bulkhead::constants::VERSION;

pub use anchor_lang::{AccountDeserialize, Discriminator};

/// Why bytes are not the account they were taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// Another type of account, or none.
    WrongType,
    /// The layout version of another release.
    WrongVersion(u8),
}

impl core::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::WrongType => f.write_str("not an account of this type"),
            Self::WrongVersion(version) => write!(f, "layout version {version}, this client reads {VERSION}"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Reads an account's bytes, discriminator and version checked.
pub fn decode<T: AccountDeserialize + Discriminator>(data: &[u8]) -> Result<T, DecodeError> {
    let account = T::try_deserialize(&mut &data[..]).map_err(|_| DecodeError::WrongType)?;
    match data[T::DISCRIMINATOR.len()] {
        VERSION => Ok(account),
        other => Err(DecodeError::WrongVersion(other)),
    }
}

/// What an account of this type starts with.
pub fn discriminator<T: Discriminator>() -> &'static [u8] {
    T::DISCRIMINATOR
}
