//! Merkle sum trees: what claims on one loss are worth, and a root that bounds them all together.
//!
//! A root of hashes alone says nothing about the sum of its leaves. The first claimants would be
//! paid, and the last ones would find nothing. Here each node carries the sum of the leaves below
//! it, the sum is hashed with it, and a proof adds up the sums on its way: the leaves of a root can
//! never be worth more than its total.
//!
//! ```text
//! leaf  = sha256(0x00, loss, index, claimant, amount)          77 bytes
//! node  = sha256(0x01, left, left sum, right, right sum)       81 bytes
//! empty = 32 bytes of 0x02, with the sum 0
//! ```
//!
//! Numbers are little endian: `index` has four bytes, amounts and sums have eight. A leaf names the
//! loss, so that no proof holds for another loss. The first byte tells leaves from nodes, so that
//! no inner node passes for a leaf. Bit `i` of the index says on which side a path is at height
//! `i`: 0 is left.
//!
//! ```
//! use bulkhead_sum_tree::{Claim, Tree};
//!
//! let loss = [7; 32];
//! let claims = [
//!     Claim { claimant: [1; 32], amount: 40 },
//!     Claim { claimant: [2; 32], amount: 60 },
//!     Claim { claimant: [3; 32], amount: 100 },
//! ];
//! let tree = Tree::build(&loss, &claims)?;
//! assert_eq!((tree.root().total(), tree.root().leaves, tree.root().depth), (200, 3, 2));
//!
//! let proof = tree.prove(2)?;
//! tree.root().verify(&loss, 2, &claims[2], &proof)?;
//! assert!(tree.root().verify(&loss, 1, &claims[2], &proof).is_err());
//! # Ok::<(), bulkhead_sum_tree::Error>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

extern crate alloc;

mod node;
mod tree;

pub use {
    node::{Node, NODE_LEN},
    tree::{Claim, Root, Tree, MAX_DEPTH},
};

/// Why a tree cannot be built, or a proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// There are no claims.
    NoClaims,
    /// There are more claims than a tree of [`MAX_DEPTH`] has places.
    TooManyClaims,
    /// The claim with this index asks for nothing.
    ZeroAmount(u32),
    /// A sum does not fit a word.
    SumOverflow,
    /// The root is none that a tree can have: too deep, without leaves, or with more than it has
    /// places.
    InvalidRoot,
    /// No leaf has this index.
    IndexBeyondLeaves,
    /// The proof is longer or shorter than the tree is deep.
    WrongProofLength,
    /// The proof leads to another root.
    WrongProof,
}

/// Result of this crate.
pub type Result<T, E = Error> = core::result::Result<T, E>;
