//! Reads bytes from the front of a slice.

use crate::update::UpdateError::{self, TooShort};

/// The bytes that are not read yet.
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    /// Takes the next `len` bytes.
    pub fn take(&mut self, len: usize) -> Result<&'a [u8], UpdateError> {
        let (head, rest) = self.0.split_at_checked(len).ok_or(TooShort)?;
        self.0 = rest;
        Ok(head)
    }

    /// Takes the next bytes, as many as the array has.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], UpdateError> {
        let (head, rest) = self.0.split_first_chunk().ok_or(TooShort)?;
        self.0 = rest;
        Ok(*head)
    }

    /// Takes a byte.
    pub fn byte(&mut self) -> Result<u8, UpdateError> {
        Ok(self.array::<1>()?[0])
    }

    /// Takes two bytes for a length, the high one first, and then as many bytes as it says.
    pub fn sized(&mut self) -> Result<&'a [u8], UpdateError> {
        let len = u16::from_be_bytes(self.array()?);
        self.take(len.into())
    }
}
