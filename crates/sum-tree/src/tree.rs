//! A tree over the claims on one loss: building it, proving a claim, verifying a proof.

use {
    crate::{Error, Node, Result, NODE_LEN},
    alloc::{vec, vec::Vec},
};

/// The deepest tree. A proof of 16 nodes has 640 bytes, and the transaction that carries it has
/// room for the accounts of a claim and for another rent payer; at 17 it has not.
pub const MAX_DEPTH: u8 = 16;

/// What one claimant asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The claimant's wallet.
    pub claimant: [u8; 32],
    /// Its loss, in base units.
    pub amount: u64,
}

/// What is published of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Root {
    /// Hash of the top and the sum of all leaves.
    pub top: Node,
    /// Leaves in the tree.
    pub leaves: u32,
    /// Height of the top above the leaves.
    pub depth: u8,
}

impl Root {
    /// Returns the sum of all leaves, in base units.
    pub fn total(&self) -> u64 {
        self.top.sum()
    }

    /// Refuses a root that no tree of at least one claim has.
    ///
    /// # Errors
    /// `InvalidRoot`.
    pub fn check(&self) -> Result<()> {
        let fits = self.depth <= MAX_DEPTH && self.leaves >= 1 && self.leaves <= places(self.depth);
        if fits && self.total() > 0 {
            return Ok(());
        }
        Err(Error::InvalidRoot)
    }

    /// Verifies that a claim is the leaf at `index`. The proof has the sibling of each node on the
    /// way up, lowest first.
    ///
    /// # Errors
    /// `IndexBeyondLeaves`, `WrongProofLength`, `SumOverflow`, `WrongProof`.
    pub fn verify(&self, loss: &[u8; 32], index: u32, claim: &Claim, proof: &[Node]) -> Result<()> {
        let leaf = Node::leaf(loss, index, &claim.claimant, claim.amount);
        self.verify_steps(leaf, index, proof.len(), proof.iter().map(Node::as_bytes))
    }

    /// As [`Root::verify`], with the proof as the bytes of its nodes, one after the other.
    ///
    /// # Errors
    /// `IndexBeyondLeaves`, `WrongProofLength`, `SumOverflow`, `WrongProof`.
    #[inline(always)]
    pub fn verify_bytes(&self, loss: &[u8; 32], index: u32, claim: &Claim, proof: &[u8]) -> Result<()> {
        let (steps, rest) = proof.as_chunks::<NODE_LEN>();
        if !rest.is_empty() {
            return Err(Error::WrongProofLength);
        }
        let leaf = Node::leaf(loss, index, &claim.claimant, claim.amount);
        self.verify_steps(leaf, index, steps.len(), steps.iter())
    }

    #[inline(always)]
    fn verify_steps<'a>(
        &self,
        leaf: Node,
        index: u32,
        len: usize,
        proof: impl Iterator<Item = &'a [u8; NODE_LEN]>,
    ) -> Result<()> {
        if index >= self.leaves {
            return Err(Error::IndexBeyondLeaves);
        }
        if len != usize::from(self.depth) {
            return Err(Error::WrongProofLength);
        }
        let (mut node, mut path) = (leaf, index);
        for sibling in proof {
            node = match path & 1 {
                0 => Node::join(node.as_bytes(), sibling)?,
                _ => Node::join(sibling, node.as_bytes())?,
            };
            path >>= 1;
        }
        if node != self.top {
            return Err(Error::WrongProof);
        }
        Ok(())
    }
}

/// Places for leaves in a tree of this depth, which is at most [`MAX_DEPTH`].
fn places(depth: u8) -> u32 {
    1_u32.checked_shl(u32::from(depth)).unwrap_or(0)
}

/// Every node of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The nodes of each height, from the leaves with the empty places behind them to the top.
    levels: Vec<Vec<Node>>,
    leaves: u32,
}

impl Tree {
    /// Builds the lowest tree that has a place for every claim. The index of a claim is its place
    /// in the list.
    ///
    /// # Errors
    /// `NoClaims`, `TooManyClaims`, `ZeroAmount`, `SumOverflow`.
    pub fn build(loss: &[u8; 32], claims: &[Claim]) -> Result<Self> {
        let leaves = u32::try_from(claims.len()).map_err(|_| Error::TooManyClaims)?;
        if leaves == 0 {
            return Err(Error::NoClaims);
        }
        let depth = (0..=MAX_DEPTH).find(|depth| places(*depth) >= leaves).ok_or(Error::TooManyClaims)?;
        let mut lowest = Vec::with_capacity(claims.len());
        for (index, claim) in (0..leaves).zip(claims) {
            if claim.amount == 0 {
                return Err(Error::ZeroAmount(index));
            }
            lowest.push(Node::leaf(loss, index, &claim.claimant, claim.amount));
        }
        let width = usize::try_from(places(depth)).map_err(|_| Error::TooManyClaims)?;
        lowest.resize(width, Node::EMPTY);
        let mut levels = vec![lowest];
        for _ in 0..depth {
            let below = levels.last().map_or(&[][..], Vec::as_slice);
            let (pairs, _) = below.as_chunks::<2>();
            let level = pairs.iter().map(|[left, right]| Node::above(left, right)).collect::<Result<_>>()?;
            levels.push(level);
        }
        Ok(Self { levels, leaves })
    }

    /// Returns what is published of the tree.
    pub fn root(&self) -> Root {
        let top = self.levels.last().and_then(|level| level.first()).copied().unwrap_or(Node::EMPTY);
        Root { top, leaves: self.leaves, depth: self.depth() }
    }

    /// Returns the proof of the claim at `index`: the sibling of each node on the way up, lowest
    /// first.
    ///
    /// # Errors
    /// `IndexBeyondLeaves`.
    pub fn prove(&self, index: u32) -> Result<Vec<Node>> {
        if index >= self.leaves {
            return Err(Error::IndexBeyondLeaves);
        }
        let mut place = usize::try_from(index).map_err(|_| Error::IndexBeyondLeaves)?;
        let mut proof = Vec::with_capacity(usize::from(self.depth()));
        for level in self.levels.iter().take(usize::from(self.depth())) {
            proof.push(*level.get(place ^ 1).ok_or(Error::IndexBeyondLeaves)?);
            place >>= 1;
        }
        Ok(proof)
    }

    /// Height of the top; at most [`MAX_DEPTH`].
    fn depth(&self) -> u8 {
        u8::try_from(self.levels.len().saturating_sub(1)).unwrap_or(MAX_DEPTH)
    }
}
