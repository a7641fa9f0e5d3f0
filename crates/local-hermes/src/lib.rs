//! A Hermes for tests: guardians that are known, prices that a test sets, and the same answers over
//! HTTP as Pyth's server gives.
//!
//! Updates are made with Pyth's own `pythnet-sdk`, so that what the project reads was not written
//! by the project. Signatures are real ones, of keys that everybody can derive.

mod server;

pub use server::{Mood, Server};
use {
    byteorder::BE,
    libsecp256k1::{sign, Message as Digest, PublicKey, SecretKey},
    pythnet_sdk::{
        accumulators::{merkle::MerkleTree, Accumulator},
        hashers::{keccak256::Keccak256, keccak256_160::Keccak160, Hasher},
        messages::{Message, PriceFeedMessage},
        wire::{
            to_vec,
            v1::{
                AccumulatorUpdateData, MerklePriceUpdate, Proof, WormholeMerkleRoot, WormholeMessage,
                WormholePayload,
            },
            PrefixedVec,
        },
    },
};

/// The chain and the address that the updates say they come from.
pub const EMITTER_CHAIN: u16 = 26;
pub const EMITTER: [u8; 32] = [0xe1; 32];

/// One feed's price.
pub type Feed = PriceFeedMessage;

/// A feed's price with a quiet moving average.
pub fn feed(feed_id: [u8; 32], price: i64, conf: u64, exponent: i32, publish_time: i64) -> Feed {
    let prev_publish_time = publish_time - 1;
    Feed { feed_id, price, conf, exponent, publish_time, prev_publish_time, ema_price: price, ema_conf: conf }
}

/// The guardians of a set. Their keys are no secret.
#[derive(Clone)]
pub struct Guardians {
    pub set: u32,
    keys: Vec<SecretKey>,
}

impl Guardians {
    /// A set of so many guardians.
    pub fn new(set: u32, count: u8) -> Self {
        let key = |number: u8| SecretKey::parse(&[number + 1; 32]).expect("a key");
        Self { set, keys: (0..count).map(key).collect() }
    }

    /// Guardians with other keys that claim the same number.
    pub fn impostors(&self) -> Self {
        let key = |number: usize| SecretKey::parse(&[0x40 + number as u8; 32]).expect("a key");
        Self { set: self.set, keys: (0..self.keys.len()).map(key).collect() }
    }

    /// The Ethereum addresses that a guardian set's account names.
    pub fn addresses(&self) -> Vec<[u8; 20]> {
        let address = |key: &SecretKey| {
            let public = PublicKey::from_secret_key(key).serialize();
            let hash = Keccak256::hashv(&[&public[1..]]);
            hash[12..].try_into().expect("20 bytes")
        };
        self.keys.iter().map(address).collect()
    }

    /// The data of the set's account, as Wormhole writes it, with no end of its time.
    pub fn account(&self) -> Vec<u8> {
        let addresses = self.addresses();
        let mut data = vec![120, 77, 74, 98, 34, 83, 96, 125];
        data.extend(self.set.to_le_bytes());
        data.extend((addresses.len() as u32).to_le_bytes());
        data.extend(addresses.as_flattened());
        data.extend([0; 8]); // since when, until when
        data
    }

    /// A VAA over a payload, with the signatures of the guardians of these numbers.
    fn vaa(&self, payload: &[u8], time: u32, signers: &[u8]) -> Vec<u8> {
        let mut body = time.to_be_bytes().to_vec();
        body.extend([0; 4]); // nonce
        body.extend(EMITTER_CHAIN.to_be_bytes());
        body.extend(EMITTER);
        body.extend(u64::from(time).to_be_bytes()); // sequence
        body.push(1); // consistency
        body.extend(payload);
        let digest = Digest::parse(&Keccak256::hashv(&[Keccak256::hashv(&[&body])]));
        let mut vaa = vec![1];
        vaa.extend(self.set.to_be_bytes());
        vaa.push(signers.len() as u8);
        for number in signers {
            let (signature, recovery) = sign(&digest, &self.keys[usize::from(*number)]);
            vaa.push(*number);
            vaa.extend(signature.serialize());
            vaa.push(recovery.serialize());
        }
        vaa.extend(body);
        vaa
    }

    /// The update with these feeds' prices, signed by the guardians of the numbers `signers`. The
    /// tree has `others` leaves besides, so that proofs are as long as real ones.
    pub fn update(&self, feeds: &[Feed], others: usize, signers: &[u8]) -> Vec<u8> {
        let bytes = |message: &Message| to_vec::<_, BE>(message).expect("a message");
        let asked: Vec<Vec<u8>> = feeds.iter().map(|feed| bytes(&Message::PriceFeedMessage(*feed))).collect();
        let other = |number: usize| {
            let mut feed_id = [0xff; 32];
            feed_id[..8].copy_from_slice(&(number as u64).to_be_bytes());
            bytes(&Message::PriceFeedMessage(feed(feed_id, 1, 1, -8, 1)))
        };
        let rest: Vec<Vec<u8>> = (0..others).map(other).collect();
        let leaves = asked.iter().chain(&rest).map(Vec::as_slice);
        let tree = MerkleTree::<Keccak160>::from_set(leaves).expect("there are leaves");
        let root = tree.root.as_bytes().try_into().expect("20 bytes");
        let root = WormholeMerkleRoot { slot: 1, ring_size: 10_000, root };
        let payload = to_vec::<_, BE>(&WormholeMessage::new(WormholePayload::Merkle(root))).expect("a root");
        let time = feeds.iter().map(|feed| feed.publish_time).max().unwrap_or_default();
        let vaa = PrefixedVec::from(self.vaa(&payload, time as u32, signers));
        let prove = |message: &Vec<u8>| MerklePriceUpdate {
            message: PrefixedVec::from(message.clone()),
            proof: tree.prove(message).expect("a leaf"),
        };
        let updates = asked.iter().map(prove).collect();
        let update = AccumulatorUpdateData::new(Proof::WormholeMerkle { vaa, updates });
        to_vec::<_, BE>(&update).expect("an update")
    }

    /// The numbers of the first `count` guardians.
    pub fn first(&self, count: u8) -> Vec<u8> {
        (0..count).collect()
    }
}

/// The data of a receiver's configuration account that believes this Wormhole program and these
/// guardians' origin.
pub fn receiver_config(wormhole: &[u8; 32], fee: u64, minimum_signatures: u8) -> Vec<u8> {
    const LEN: usize = 370;
    let mut data = vec![155, 12, 170, 224, 30, 250, 204, 130];
    data.extend([0x0a; 32]); // authority
    data.push(0); // no next one
    data.extend(wormhole);
    data.extend(1u32.to_le_bytes());
    data.extend(EMITTER_CHAIN.to_le_bytes());
    data.extend(EMITTER);
    data.extend(fee.to_le_bytes());
    data.push(minimum_signatures);
    data.resize(LEN, 0);
    data
}
