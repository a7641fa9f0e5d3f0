//! Checks of an update as a receiver makes them. A poster makes them first, because a price that
//! the receiver would refuse must not enter a plan.

use {
    crate::{
        receiver::{Config, Receiver},
        update::{Message, Update, HASH},
        vaa::Vaa,
    },
    solana_keccak_hasher::{hash, hashv},
    solana_secp256k1_recover::secp256k1_recover,
};

/// "AUWV", and the kind of a Merkle root.
const ROOT: [u8; 5] = *b"AUWV\0";
/// Where the root is in a payload, after a slot and the size of a ring.
const ROOT_AT: usize = 17;

/// Why a receiver would refuse an update, or verify it in part only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    #[error("the update has {has} signatures, and a full verification needs {needs}")]
    TooFewSignatures { has: usize, needs: usize },
    #[error("signature {0} is not that of a guardian, in order")]
    WrongSignature(usize),
    #[error("the update comes from elsewhere than the receiver believes")]
    WrongSource,
    #[error("the update's payload is no Merkle root")]
    NoRoot,
    #[error("a message's proof does not lead to the signed root")]
    WrongProof,
}

impl VerifyError {
    /// The name that metrics use.
    pub fn name(&self) -> &'static str {
        match self {
            Self::TooFewSignatures { .. } => "no_quorum",
            Self::WrongSignature(_) => "wrong_signature",
            Self::WrongSource => "wrong_source",
            Self::NoRoot => "no_root",
            Self::WrongProof => "wrong_proof",
        }
    }
}

/// Checks the signatures that would be posted, the origin, and every proof. `guardians` are the
/// Ethereum addresses in the account of the update's guardian set.
///
/// # Errors
/// See [`VerifyError`].
pub fn verify(
    update: &Update,
    receiver: Receiver,
    config: &Config,
    guardians: &[[u8; 20]],
) -> Result<(), VerifyError> {
    let (has, needs) = (update.vaa.signatures.len(), receiver.quorum(guardians.len()));
    if has < needs {
        return Err(VerifyError::TooFewSignatures { has, needs });
    }
    let vaa = update.vaa.trimmed(needs);
    let digest = hash(hash(&vaa.body).as_ref());
    let mut next = 0;
    for (number, signature) in vaa.signatures.iter().enumerate() {
        let wrong = VerifyError::WrongSignature(number);
        let [guardian, bytes @ .., recovery] = signature;
        let index = usize::from(*guardian);
        let key = guardians.get(index).filter(|_| index >= next).ok_or(wrong)?;
        next = index + 1;
        let signed = secp256k1_recover(digest.as_ref(), *recovery, bytes).map_err(|_| wrong)?;
        if hash(&signed.to_bytes()).as_ref()[12..] != *key {
            return Err(wrong);
        }
    }
    if !config.sources.contains(&vaa.source()) {
        return Err(VerifyError::WrongSource);
    }
    let root = root(&vaa).ok_or(VerifyError::NoRoot)?;
    let is_below = |message: &Message| climb(message) == root;
    if !update.messages.iter().all(is_below) {
        return Err(VerifyError::WrongProof);
    }
    Ok(())
}

fn root(vaa: &Vaa) -> Option<[u8; HASH]> {
    let payload = vaa.payload().strip_prefix(&ROOT)?;
    payload.get(ROOT_AT - ROOT.len()..)?.first_chunk().copied()
}

/// The root that a message's proof leads to. Of each pair the lower hash comes first.
fn climb(message: &Message) -> [u8; HASH] {
    let half = |parts: &[&[u8]]| -> [u8; HASH] {
        *hashv(parts).as_ref().first_chunk().expect("a hash has 32 bytes")
    };
    let leaf = half(&[&[0], &message.bytes]);
    message.proof.iter().fold(leaf, |own, other| match own <= *other {
        true => half(&[&[1], &own, other]),
        false => half(&[&[1], other, &own]),
    })
}
