//! What a sum tree promises, on random trees and against every forgery that we can think of.

use {
    bulkhead_sum_tree::{Claim, Error, Node, Root, Tree, MAX_DEPTH, NODE_LEN},
    proptest::prelude::*,
};

const LOSS: [u8; 32] = [7; 32];

fn claim() -> impl Strategy<Value = Claim> {
    (any::<[u8; 32]>(), 1..=u64::MAX / 70_000).prop_map(|(claimant, amount)| Claim { claimant, amount })
}

fn claims() -> impl Strategy<Value = Vec<Claim>> {
    proptest::collection::vec(claim(), 1..80)
}

fn many(count: u32) -> Vec<Claim> {
    let claim = |index: u32| {
        let mut claimant = [9; 32];
        claimant[..4].copy_from_slice(&index.to_le_bytes());
        Claim { claimant, amount: u64::from(index) + 1 }
    };
    (0..count).map(claim).collect()
}

proptest! {
    #[test]
    fn every_leaf_verifies_and_the_total_is_the_sum(claims in claims()) {
        let tree = Tree::build(&LOSS, &claims).unwrap();
        let root = tree.root();
        prop_assert_eq!(root.check(), Ok(()));
        prop_assert_eq!(root.total(), claims.iter().map(|claim| claim.amount).sum::<u64>());
        prop_assert!(1 << root.depth >= claims.len());
        prop_assert!(root.depth == 0 || 1 << (root.depth - 1) < claims.len(), "no lower tree has room");
        for (index, claim) in (0..).zip(&claims) {
            let proof = tree.prove(index).unwrap();
            prop_assert_eq!(root.verify(&LOSS, index, claim, &proof), Ok(()));
            let bytes: Vec<u8> = proof.iter().flat_map(|node| *node.as_bytes()).collect();
            prop_assert_eq!(root.verify_bytes(&LOSS, index, claim, &bytes), Ok(()));
        }
    }

    #[test]
    fn a_claim_that_differs_in_anything_fails(
        claims in claims(),
        at in any::<prop::sample::Index>(),
        by in 1..=u64::MAX / 70_000,
        who in any::<[u8; 32]>(),
    ) {
        let tree = Tree::build(&LOSS, &claims).unwrap();
        let (root, at) = (tree.root(), at.index(claims.len()));
        let (index, claim) = (at as u32, claims[at]);
        let proof = tree.prove(index).unwrap();
        let fails = |loss: &[u8; 32], index: u32, claim: &Claim| {
            root.verify(loss, index, claim, &proof).is_err()
        };
        prop_assert!(fails(&[8; 32], index, &claim), "a proof of another loss");
        prop_assert!(fails(&LOSS, index, &Claim { amount: claim.amount + by, ..claim }), "more");
        prop_assert!(fails(&LOSS, index, &Claim { amount: claim.amount - 1, ..claim }), "less");
        let another = Claim { claimant: who, ..claim };
        prop_assert!(who == claim.claimant || fails(&LOSS, index, &another), "another one");
        for other in 0..root.leaves {
            prop_assert!(other == index || fails(&LOSS, other, &claim), "at another index");
        }
    }

    #[test]
    fn a_byte_of_the_proof_changed_fails(
        claims in proptest::collection::vec(claim(), 2..80), at in any::<prop::sample::Index>(),
        byte in any::<prop::sample::Index>(), xor in 1_u8..,
    ) {
        let tree = Tree::build(&LOSS, &claims).unwrap();
        let at = at.index(claims.len());
        let proof = tree.prove(at as u32).unwrap();
        let mut bytes: Vec<u8> = proof.iter().flat_map(|node| *node.as_bytes()).collect();
        let byte = byte.index(bytes.len());
        bytes[byte] ^= xor;
        let result = tree.root().verify_bytes(&LOSS, at as u32, &claims[at], &bytes);
        prop_assert!(matches!(result, Err(Error::WrongProof | Error::SumOverflow)), "{result:?}");
    }

    /// Leaves of a forged tree can claim any sums, and a proof that leads to its root adds up to
    /// its total.
    #[test]
    fn no_leaf_is_worth_more_than_the_total(left in 1..u64::MAX / 2, right in 1..u64::MAX / 2) {
        let a = Claim { claimant: [1; 32], amount: left };
        let b = Node::leaf(&LOSS, 1, &[2; 32], right);
        // The forger hides what is on the right: it hashes a smaller sum than the one below.
        let hidden = Node::new(&b.hash(), right - 1);
        let top = Node::above(&Node::leaf(&LOSS, 0, &a.claimant, left), &hidden).unwrap();
        let root = Root { top, leaves: 2, depth: 1 };
        prop_assert_eq!(root.verify(&LOSS, 0, &a, &[hidden]), Ok(()));
        let hidden_one = Claim { claimant: [2; 32], amount: right };
        let its_proof = [Node::leaf(&LOSS, 0, &a.claimant, left)];
        prop_assert_eq!(root.verify(&LOSS, 1, &hidden_one, &its_proof), Err(Error::WrongProof));
        // It says a smaller total than the sums that it hashes.
        let short = Root { top: Node::new(&top.hash(), top.sum() - 1), ..root };
        prop_assert_eq!(short.verify(&LOSS, 0, &a, &[hidden]), Err(Error::WrongProof));
    }
}

#[test]
fn an_inner_node_is_no_leaf() {
    let claims = many(4);
    let tree = Tree::build(&LOSS, &claims).unwrap();
    let root = tree.root();
    let inner = Node::above(
        &Node::leaf(&LOSS, 0, &claims[0].claimant, claims[0].amount),
        &Node::leaf(&LOSS, 1, &claims[1].claimant, claims[1].amount),
    )
    .unwrap();
    // The upper half of the proof of leaf 0 proves `inner`. Taken for a claim of a lower tree, it
    // is hashed as a leaf.
    let proof = &tree.prove(0).unwrap()[1..];
    let claim = Claim { claimant: inner.hash(), amount: inner.sum() };
    let lower = Root { leaves: 2, depth: 1, ..root };
    assert_eq!(lower.verify(&LOSS, 0, &claim, proof), Err(Error::WrongProof));
    assert_eq!(root.verify(&LOSS, 0, &claim, proof), Err(Error::WrongProofLength));
}

/// A leaf of 77 bytes cannot be read as a node of 81, nor a node as a leaf: first byte and length
/// both differ.
#[test]
fn a_second_preimage_of_another_length_hashes_to_something_else() {
    let (left, right) = (Node::leaf(&LOSS, 0, &[1; 32], 1), Node::leaf(&LOSS, 1, &[2; 32], 2));
    let above = Node::above(&left, &right).unwrap();
    let mut bytes = vec![0x01];
    bytes.extend(left.as_bytes());
    bytes.extend(right.as_bytes());
    assert_eq!(bytes.len(), 1 + 2 * NODE_LEN);
    assert_eq!(above.hash(), solana_sha256_hasher::hash(&bytes).to_bytes());
    // The same bytes as far as a leaf reaches, under a leaf's prefix.
    let read_as_leaf = Node::leaf(
        bytes[1..33].try_into().unwrap(),
        u32::from_le_bytes(bytes[33..37].try_into().unwrap()),
        bytes[37..69].try_into().unwrap(),
        u64::from_le_bytes(bytes[69..77].try_into().unwrap()),
    );
    assert_ne!(read_as_leaf.hash(), above.hash());
}

#[test]
fn an_index_beyond_the_leaves_fails_even_on_a_place_of_the_tree() {
    let claims = many(3);
    let tree = Tree::build(&LOSS, &claims).unwrap();
    let root = tree.root();
    assert_eq!(tree.prove(3), Err(Error::IndexBeyondLeaves));
    let proof = tree.prove(2).unwrap();
    for index in [3, 4, 2 + 4, u32::MAX] {
        assert_eq!(root.verify(&LOSS, index, &claims[2], &proof), Err(Error::IndexBeyondLeaves));
    }
    // A tree with one leaf more than it says: the leaf is there, and yet none that may be claimed.
    let fewer = Root { leaves: 2, ..root };
    assert_eq!(fewer.verify(&LOSS, 2, &claims[2], &proof), Err(Error::IndexBeyondLeaves));
}

#[test]
fn an_empty_place_is_no_claim() {
    let tree = Tree::build(&LOSS, &many(3)).unwrap();
    let root = Root { leaves: 4, ..tree.root() };
    let siblings = [Node::leaf(&LOSS, 2, &many(3)[2].claimant, 3), tree.prove(2).unwrap()[1]];
    let nobody = Claim { claimant: Node::EMPTY.hash(), amount: 0 };
    assert_eq!(Node::EMPTY.hash(), [2; 32]);
    assert_eq!(Node::EMPTY.sum(), 0);
    assert_eq!(root.verify(&LOSS, 3, &nobody, &siblings), Err(Error::WrongProof));
}

#[test]
fn a_proof_of_another_length_fails() {
    let claims = many(5);
    let tree = Tree::build(&LOSS, &claims).unwrap();
    let proof = tree.prove(4).unwrap();
    let root = tree.root();
    assert_eq!(root.verify(&LOSS, 4, &claims[4], &proof[..2]), Err(Error::WrongProofLength));
    let longer = [&proof[..], &[Node::EMPTY]].concat();
    assert_eq!(root.verify(&LOSS, 4, &claims[4], &longer), Err(Error::WrongProofLength));
    let bytes: Vec<u8> = proof.iter().flat_map(|node| *node.as_bytes()).collect();
    let one_byte_less = &bytes[..bytes.len() - 1];
    assert_eq!(root.verify_bytes(&LOSS, 4, &claims[4], one_byte_less), Err(Error::WrongProofLength));
}

#[test]
fn a_sum_that_does_not_fit_a_word_is_refused() {
    let claim = |amount| Claim { claimant: [1; 32], amount };
    assert_eq!(Tree::build(&LOSS, &[claim(u64::MAX), claim(1)]), Err(Error::SumOverflow));
    assert!(Tree::build(&LOSS, &[claim(u64::MAX - 1), claim(1)]).is_ok());
    // A sibling that makes the sum wrap around to a small total.
    let (mine, huge) = (claim(10), Node::new(&[3; 32], u64::MAX - 4));
    let root = Root { top: Node::new(&[4; 32], 5), leaves: 2, depth: 1 };
    assert_eq!(root.verify(&LOSS, 0, &mine, &[huge]), Err(Error::SumOverflow));
}

#[test]
fn a_tree_of_the_greatest_depth_has_every_place() {
    let claims = many(1 << MAX_DEPTH);
    let tree = Tree::build(&LOSS, &claims).unwrap();
    let root = tree.root();
    assert_eq!((root.depth, root.leaves), (MAX_DEPTH, 65_536));
    for index in [0, 1, 8_191, 8_192, 32_768, 65_535] {
        let proof = tree.prove(index).unwrap();
        assert_eq!(proof.len() * NODE_LEN, 640);
        assert_eq!(root.verify(&LOSS, index, &claims[index as usize], &proof), Ok(()));
    }
}

#[test]
fn trees_that_cannot_be_are_refused() {
    assert_eq!(Tree::build(&LOSS, &[]), Err(Error::NoClaims));
    assert_eq!(Tree::build(&LOSS, &many(65_537)), Err(Error::TooManyClaims));
    let mut claims = many(3);
    claims[1].amount = 0;
    assert_eq!(Tree::build(&LOSS, &claims), Err(Error::ZeroAmount(1)));
    let root = Tree::build(&LOSS, &many(3)).unwrap().root();
    assert_eq!(root.check(), Ok(()));
    assert_eq!(Root { depth: 17, ..root }.check(), Err(Error::InvalidRoot));
    assert_eq!(Root { depth: 1, ..root }.check(), Err(Error::InvalidRoot));
    assert_eq!(Root { leaves: 0, ..root }.check(), Err(Error::InvalidRoot));
    assert_eq!(Root { top: Node::new(&[1; 32], 0), ..root }.check(), Err(Error::InvalidRoot));
}
