//! Numbers from a fuzzer's bytes.

use arbitrary::{Arbitrary, Result, Unstructured};

/// The most actions a sequence takes: enough for any interplay, and a run stays below a millisecond.
const MAX_ACTIONS: usize = 48;

/// Decodes what a target takes. Bytes that end early go on as zeros.
pub fn decode<'a, T: Arbitrary<'a>>(data: &'a [u8]) -> Option<T> {
    Unstructured::new(data).arbitrary().ok()
}

/// A sequence of actions as long as there are bytes for.
pub struct Actions<T>(pub Vec<T>);

impl<'a, T: Arbitrary<'a>> Arbitrary<'a> for Actions<T> {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let mut actions = vec![];
        while !bytes.is_empty() && actions.len() < MAX_ACTIONS {
            actions.push(bytes.arbitrary()?);
        }
        Ok(Self(actions))
    }
}

/// An amount of at most `BITS` bits in which small numbers are as likely as large ones: plain words are nearly all large.
#[derive(Clone, Copy, Debug)]
pub struct Size<const BITS: u32>(pub u64);

impl<const BITS: u32> Arbitrary<'_> for Size<BITS> {
    fn arbitrary(bytes: &mut Unstructured) -> Result<Self> {
        let (word, shift): (u64, u8) = (bytes.arbitrary()?, bytes.arbitrary()?);
        Ok(Self((word >> (64 - BITS)) >> (u32::from(shift) % BITS)))
    }
}

impl<const BITS: u32> Size<BITS> {
    /// At least one.
    pub fn positive(self) -> u64 {
        self.0.max(1)
    }

    /// From `least` to `most`.
    pub fn within(self, least: u64, most: u64) -> u64 {
        least + self.0 % (most - least + 1)
    }
}

/// 128 bits, small and large alike.
#[derive(Clone, Copy, Debug)]
pub struct Wide(pub u128);

impl Arbitrary<'_> for Wide {
    fn arbitrary(bytes: &mut Unstructured) -> Result<Self> {
        let (number, shift): (u128, u8) = (bytes.arbitrary()?, bytes.arbitrary()?);
        Ok(Self(number >> (shift % 128)))
    }
}
