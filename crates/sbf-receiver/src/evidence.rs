//! What a price is believed for: signatures of guardians over a root, and a proof below it.

use {
    crate::error::*,
    pinocchio::{error::ProgramError, AccountView, Address},
    solana_keccak_hasher::hashv,
    solana_secp256k1_recover::secp256k1_recover,
};

const SIGNATURE: usize = 66;
const HASH: usize = 20;
/// Bytes of a body before its payload, and where its origin is in them.
const ORIGIN: usize = 51;
const CHAIN: core::ops::Range<usize> = 8..10;
const EMITTER: core::ops::Range<usize> = 10..42;
/// "AUWV", and the kind of a Merkle root.
const ROOT: [u8; 5] = *b"AUWV\0";
/// Where the root is in a payload.
const ROOT_AT: usize = 17;
const PRICE_FEED: u8 = 0;
/// Bytes of a price feed's message after its kind.
const PRICE: usize = 84;
const GUARDIAN_SET: [u8; 8] = [120, 77, 74, 98, 34, 83, 96, 125];
/// Pyth's routers, which sign in place of Wormhole's guardians.
const ROUTERS: usize = 5;
/// The second receiver and its Wormhole.
const BY_MAJORITY: [Address; 2] = [
    Address::from_str_const("rec2HHDDnjLfj4kE7VyEtFA1HPGQLK33259532cRyHp"),
    Address::from_str_const("HDw2E7P8X1SkCyjvoGsfBGAVUutKcj874bXjHrpVYrVL"),
];

pub type Result<T> = core::result::Result<T, ProgramError>;

pub fn custom(code: u32) -> ProgramError {
    ProgramError::Custom(code)
}

/// The bytes that are not read yet.
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    pub fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(len).ok_or(ProgramError::InvalidInstructionData)?;
        self.0 = rest;
        Ok(head)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk().ok_or(ProgramError::InvalidInstructionData)?;
        self.0 = rest;
        Ok(*head)
    }

    /// Bytes after their length, the low byte first.
    pub fn sized(&mut self) -> Result<&'a [u8]> {
        let len = u32::from_le_bytes(self.array()?);
        self.take(len as usize)
    }
}

/// A signed message.
pub struct Vaa<'a> {
    guardian_set: u32,
    signatures: &'a [u8],
    body: &'a [u8],
}

impl<'a> Vaa<'a> {
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        Self::read(Bytes(bytes)).map_err(|_| custom(DESERIALIZE_VAA_FAILED))
    }

    fn read(mut bytes: Bytes<'a>) -> Result<Self> {
        let [version] = bytes.array()?;
        let guardian_set = u32::from_be_bytes(bytes.array()?);
        let [count] = bytes.array()?;
        let signatures = bytes.take(usize::from(count) * SIGNATURE)?;
        if version != 1 || bytes.0.len() <= ORIGIN {
            return Err(ProgramError::InvalidInstructionData);
        }
        Ok(Self { guardian_set, signatures, body: bytes.0 })
    }

    pub fn count(&self) -> usize {
        self.signatures.len() / SIGNATURE
    }

    pub fn payload(&self) -> &'a [u8] {
        &self.body[ORIGIN..]
    }

    /// Checks every signature against the guardians in the set's account. Returns how many
    /// guardians the set has.
    pub fn verify(&self, set: &AccountView, wormhole: &Address) -> Result<usize> {
        if !set.owned_by(wormhole) {
            return Err(custom(WRONG_GUARDIAN_SET_OWNER));
        }
        let data = set.try_borrow()?;
        let mut bytes = Bytes(data.strip_prefix(&GUARDIAN_SET).unwrap_or(&data));
        let number = u32::from_le_bytes(bytes.array()?);
        let seeds: [&[u8]; 2] = [b"GuardianSet", &number.to_be_bytes()];
        if Address::find_program_address(&seeds, wormhole).0 != *set.address() {
            return Err(custom(INVALID_GUARDIAN_SET_PDA));
        }
        if number != self.guardian_set {
            return Err(custom(GUARDIAN_SET_MISMATCH));
        }
        let count = u32::from_le_bytes(bytes.array()?) as usize;
        let keys = bytes.take(count.checked_mul(HASH).ok_or(ProgramError::InvalidAccountData)?)?;
        let digest = hashv(&[hashv(&[self.body]).as_ref()]);
        let mut next = 0;
        for signature in self.signatures.chunks_exact(SIGNATURE) {
            let index = usize::from(signature[0]);
            if index < next {
                return Err(custom(INVALID_GUARDIAN_ORDER));
            }
            next = index + 1;
            let key = keys.chunks_exact(HASH).nth(index).ok_or(custom(INVALID_GUARDIAN_INDEX))?;
            let signed = secp256k1_recover(digest.as_ref(), signature[65], &signature[1..65]);
            let public = signed.map_err(|_| custom(INVALID_SIGNATURE))?;
            if hashv(&[&public.to_bytes()]).as_ref()[12..] != *key {
                return Err(custom(INVALID_GUARDIAN_KEY_RECOVERY));
            }
        }
        Ok(count)
    }
}

/// The signatures that make a verification full: more than half of Pyth's five routers, or of any
/// set at the second receiver, and more than two thirds of a larger set at the first.
pub fn quorum(program: &Address, guardians: usize) -> usize {
    match BY_MAJORITY.contains(program) || guardians <= ROUTERS {
        true => guardians / 2 + 1,
        false => 2 * guardians / 3 + 1,
    }
}

/// What a receiver's configuration says.
pub struct Config {
    pub wormhole: Address,
    pub fee: u64,
    pub minimum_signatures: u8,
    chain: [u8; 2],
    emitter: [u8; 32],
}

impl Config {
    /// Reads the account, which must be the receiver's own.
    pub fn read(account: &AccountView, receiver: &Address) -> Result<Self> {
        let (own, _) = Address::find_program_address(&[b"config"], receiver);
        if *account.address() != own || !account.owned_by(receiver) {
            return Err(ProgramError::InvalidSeeds);
        }
        let data = account.try_borrow()?;
        let mut bytes = Bytes(&data);
        bytes.take(8 + 32)?;
        if bytes.array()? == [1] {
            bytes.take(32)?;
        }
        let wormhole = Address::new_from_array(bytes.array()?);
        let sources = u32::from_le_bytes(bytes.array()?);
        let (chain, emitter) = (bytes.array()?, bytes.array()?);
        if sources != 1 {
            return Err(ProgramError::InvalidAccountData); // this stand-in knows one origin
        }
        let fee = u64::from_le_bytes(bytes.array()?);
        let [minimum_signatures] = bytes.array()?;
        Ok(Self {
            wormhole,
            fee,
            minimum_signatures,
            chain: u16::from_le_bytes(chain).to_be_bytes(),
            emitter,
        })
    }

    /// Refuses a root from elsewhere.
    pub fn require_source(&self, vaa: &Vaa) -> Result<()> {
        match vaa.body[CHAIN] == self.chain && vaa.body[EMITTER] == self.emitter {
            true => Ok(()),
            false => Err(custom(INVALID_DATA_SOURCE)),
        }
    }
}

/// A message and its proof, as an instruction carries them.
pub struct Update<'a> {
    pub message: &'a [u8],
    proof: &'a [u8],
}

impl<'a> Update<'a> {
    pub fn read(bytes: &mut Bytes<'a>) -> Result<Self> {
        let message = bytes.sized()?;
        let count = u32::from_le_bytes(bytes.array()?) as usize;
        let proof = bytes.take(count.checked_mul(HASH).ok_or(ProgramError::InvalidInstructionData)?)?;
        Ok(Self { message, proof })
    }

    /// Checks that the message is below the root in this payload.
    pub fn verify(&self, payload: &[u8]) -> Result<()> {
        let root = payload.get(ROOT_AT..ROOT_AT + HASH).filter(|_| payload.starts_with(&ROOT));
        let root = root.ok_or(custom(INVALID_WORMHOLE_MESSAGE))?;
        let mut hash = half(&[&[0], self.message]);
        for other in self.proof.chunks_exact(HASH) {
            hash = match hash.as_slice() <= other {
                true => half(&[&[1], &hash, other]),
                false => half(&[&[1], other, &hash]),
            };
        }
        match hash == root {
            true => Ok(()),
            false => Err(custom(INVALID_PRICE_UPDATE)),
        }
    }

    /// The fields of a price feed's message, each the low byte first, as an account has them.
    pub fn price(&self) -> Result<[u8; PRICE]> {
        let (kind, fields) = self.message.split_first().ok_or(custom(DESERIALIZE_MESSAGE_FAILED))?;
        if *kind != PRICE_FEED {
            return Err(custom(UNSUPPORTED_MESSAGE_TYPE));
        }
        let mut price: [u8; PRICE] = *fields.first_chunk().ok_or(custom(DESERIALIZE_MESSAGE_FAILED))?;
        let mut at = 32;
        for size in [8, 8, 4, 8, 8, 8, 8] {
            price[at..at + size].reverse();
            at += size;
        }
        Ok(price)
    }
}

/// The first 20 bytes of a hash.
fn half(parts: &[&[u8]]) -> [u8; HASH] {
    let mut half = [0; HASH];
    half.copy_from_slice(&hashv(parts).as_ref()[..HASH]);
    half
}
