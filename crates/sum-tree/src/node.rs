//! One node: a hash, and the sum of the leaves below it.

use {
    crate::{Error, Result},
    solana_sha256_hasher::hashv,
};

const LEAF: &[u8] = &[0x00];
const INNER: &[u8] = &[0x01];
const EMPTY: u8 = 0x02;

const HASH_LEN: usize = 32;

/// Length of a node: its hash, then its sum.
pub const NODE_LEN: usize = HASH_LEN + 8;

/// A hash and the sum of the leaves below it, as the bytes that a proof carries and a parent
/// hashes.
///
/// The bytes are kept as they come: a program verifies a proof where it lies in the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Node([u8; NODE_LEN]);

impl Node {
    /// A place without a leaf.
    pub const EMPTY: Self = {
        let mut bytes = [0; NODE_LEN];
        let (hash, _) = bytes.split_at_mut(HASH_LEN);
        let mut at = 0;
        while at < HASH_LEN {
            hash[at] = EMPTY;
            at = at.saturating_add(1);
        }
        Self(bytes)
    };

    /// Returns the node with this hash and sum.
    #[inline(always)]
    pub fn new(hash: &[u8; HASH_LEN], sum: u64) -> Self {
        let mut bytes = [0; NODE_LEN];
        let (head, tail) = bytes.split_at_mut(HASH_LEN);
        head.copy_from_slice(hash);
        tail.copy_from_slice(&sum.to_le_bytes());
        Self(bytes)
    }

    /// Returns the leaf of one claim on a loss.
    #[inline(always)]
    pub fn leaf(loss: &[u8; 32], index: u32, claimant: &[u8; 32], amount: u64) -> Self {
        let hash = hashv(&[LEAF, loss, &index.to_le_bytes(), claimant, &amount.to_le_bytes()]);
        Self::new(hash.as_bytes(), amount)
    }

    /// Returns the node above two others.
    ///
    /// # Errors
    /// `SumOverflow`.
    #[inline(always)]
    pub fn above(left: &Self, right: &Self) -> Result<Self> {
        Self::join(&left.0, &right.0)
    }

    /// [`Node::above`] of two nodes' bytes, where they lie: a copy of each would cost a proof of 16
    /// steps some hundred compute units.
    #[inline(always)]
    pub(crate) fn join(left: &[u8; NODE_LEN], right: &[u8; NODE_LEN]) -> Result<Self> {
        let sum = sum(left).checked_add(sum(right)).ok_or(Error::SumOverflow)?;
        Ok(Self::new(hashv(&[INNER, left, right]).as_bytes(), sum))
    }

    /// Returns the hash.
    #[inline(always)]
    pub fn hash(&self) -> [u8; HASH_LEN] {
        let [sum @ .., _, _, _, _, _, _, _, _] = self.0;
        sum
    }

    /// Returns the sum of the leaves below, in base units.
    #[inline(always)]
    pub fn sum(&self) -> u64 {
        sum(&self.0)
    }

    /// Returns the bytes: the hash, then the sum.
    pub const fn as_bytes(&self) -> &[u8; NODE_LEN] {
        &self.0
    }
}

#[inline(always)]
fn sum(bytes: &[u8; NODE_LEN]) -> u64 {
    let [.., a, b, c, d, e, f, g, h] = *bytes;
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}
