//! The trees of `vectors.json`, which were computed by another implementation. The TypeScript
//! client reads the same file.

use {
    bulkhead_sum_tree::{Claim, Node, Tree},
    serde::Deserialize,
};

#[derive(Deserialize)]
struct Vector {
    name: String,
    loss: String,
    depth: u8,
    leaves: u32,
    root: String,
    total: String,
    claims: Vec<Leaf>,
}

#[derive(Deserialize)]
struct Leaf {
    claimant: String,
    amount: String,
    leaf: String,
    proof: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    hash: String,
    sum: String,
}

fn hash(text: &str) -> [u8; 32] {
    let byte = |at: usize| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("two hexadecimal digits");
    assert_eq!(text.len(), 64);
    core::array::from_fn(byte)
}

fn amount(text: &str) -> u64 {
    text.parse().expect("a decimal word")
}

#[test]
fn trees_are_those_of_the_golden_vectors() {
    let vectors: Vec<Vector> =
        serde_json::from_str(include_str!("../vectors.json")).expect("the file is JSON");
    assert!(vectors.len() >= 6);
    for vector in &vectors {
        let loss = hash(&vector.loss);
        let claims: Vec<Claim> = vector
            .claims
            .iter()
            .map(|leaf| Claim { claimant: hash(&leaf.claimant), amount: amount(&leaf.amount) })
            .collect();
        let tree = Tree::build(&loss, &claims).expect("it is a tree");
        let root = tree.root();
        let name = &vector.name;
        assert_eq!(root.top, Node::new(&hash(&vector.root), amount(&vector.total)), "{name}");
        assert_eq!((root.depth, root.leaves), (vector.depth, vector.leaves), "{name}");
        for (index, (leaf, claim)) in (0..).zip(vector.claims.iter().zip(&claims)) {
            let expected = Node::new(&hash(&leaf.leaf), claim.amount);
            assert_eq!(Node::leaf(&loss, index, &claim.claimant, claim.amount), expected, "{name}");
            let proof: Vec<Node> =
                leaf.proof.iter().map(|step| Node::new(&hash(&step.hash), amount(&step.sum))).collect();
            assert_eq!(tree.prove(index).expect("it has a proof"), proof, "{name}");
            root.verify(&loss, index, claim, &proof).expect("the proof holds");
        }
    }
}
