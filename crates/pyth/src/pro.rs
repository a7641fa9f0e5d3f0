//! Pyth Pro, formerly Lazer: signed messages, and the contract on chain that verifies them.
//!
//! A message is an envelope around the payload that is signed; integers are little-endian:
//!
//! ```text
//! magic 4, signature 64, key of the signer 32, length of the payload 2, payload
//! ```
//!
//! The contract verifies no signature itself. Solana's signature program does, in an instruction of the
//! same transaction that says where signature, key and payload lie: in the data of the instruction that
//! calls the contract. Pyth's own `pyth-lazer-protocol` and `pyth-lazer-solana-contract` write and read the
//! same; `tests/pyth-pro` compares.

use {
    crate::update::UpdateError::{self, TooShort},
    solana_address::{address, Address},
    solana_instruction::Instruction,
};

/// The contract.
pub const CONTRACT: Address = address!("pytd2yyk641x7ak7mkaasSJVXh6YYZnC7wTmtgAyxPt");
/// Its only account: trusted signers and fee.
pub const STORAGE: Address = address!("3rdJbqfnagQ4yx9HXJViD4zc4xpiSqmFsKpPuSCQVyQL");
/// Solana's program that checks signatures.
pub const ED25519: Address = address!("Ed25519SigVerify111111111111111111111111111");
/// The account through which programs read the instructions of their transaction.
pub const INSTRUCTIONS: Address = address!("Sysvar1nstructions1111111111111111111111111");

/// The discriminator of the contract's account.
pub const STORAGE_DISCRIMINATOR: [u8; 8] = [209, 117, 255, 185, 196, 175, 68, 9];
/// Bytes of the contract's account.
pub const STORAGE_LEN: usize = 381;

const MAGIC: [u8; 4] = 2_182_742_457u32.to_le_bytes();
const PAYLOAD_MAGIC: [u8; 4] = 2_479_346_549u32.to_le_bytes();
const SIGNATURE: usize = MAGIC.len();
const KEY: usize = SIGNATURE + 64;
const LENGTH: usize = KEY + 32;
/// Bytes of a message before its payload.
pub const HEAD: usize = LENGTH + 2;

/// A message with its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    bytes: Vec<u8>,
}

impl Signed {
    /// Puts a payload into its envelope.
    ///
    /// # Errors
    /// `TooLong`.
    pub fn new(payload: &[u8], key: &Address, signature: &[u8; 64]) -> Result<Self, UpdateError> {
        let length = u16::try_from(payload.len()).map_err(|_| UpdateError::TooLong)?;
        let bytes = [&MAGIC[..], signature, key.as_ref(), &length.to_le_bytes(), payload].concat();
        Ok(Self { bytes })
    }

    /// Reads a message, which has no bytes after its payload.
    ///
    /// # Errors
    /// `TooShort`, `NotPro`, `TooLong`.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, UpdateError> {
        let head: &[u8; HEAD] = bytes.first_chunk().ok_or(TooShort)?;
        if head[..SIGNATURE] != MAGIC {
            return Err(UpdateError::NotPro);
        }
        let end = HEAD + usize::from(u16::from_le_bytes([head[LENGTH], head[LENGTH + 1]]));
        match bytes.len() {
            shorter if shorter < end => Err(TooShort),
            longer if longer > end => Err(UpdateError::TooLong),
            _ => Ok(Self { bytes }),
        }
    }

    /// The whole message.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What is signed.
    pub fn payload(&self) -> &[u8] {
        &self.bytes[HEAD..]
    }

    /// The key that is said to have signed it.
    pub fn signer(&self) -> Address {
        let mut key = [0; 32];
        key.copy_from_slice(&self.bytes[KEY..LENGTH]);
        Address::new_from_array(key)
    }

    /// The signature.
    pub fn signature(&self) -> &[u8] {
        &self.bytes[SIGNATURE..KEY]
    }

    /// Builds the instruction that checks the signature of this message where it lies: in the data of the
    /// transaction's instruction number `holder`, from the byte `offset` on.
    pub fn check(&self, holder: u16, offset: u16) -> Instruction {
        let place = Place { holder, offset, length: self.payload().len() as u16 }; // its length has two bytes
        Instruction { program_id: ED25519, accounts: Vec::new(), data: check_all(&[place]) }
    }
}

/// Where a message lies.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The number of the instruction in whose data it is.
    pub holder: u16,
    /// The message's first byte there.
    pub offset: u16,
    /// Bytes of the payload.
    pub length: u16,
}

/// The data of the signature program's instruction for messages at these places.
pub fn check_all(places: &[Place]) -> Vec<u8> {
    let mut data = vec![places.len() as u8, 0];
    for Place { holder, offset, length } in places {
        let at = |bytes: usize| offset.saturating_add(bytes as u16);
        for word in [at(SIGNATURE), *holder, at(KEY), *holder, at(HEAD), *length, *holder] {
            data.extend(word.to_le_bytes());
        }
    }
    data
}

/// Lets the signature program's instruction look for everything in the instruction number `holder`.
pub fn move_check(check: &mut Instruction, holder: u16) {
    const WORDS: [usize; 3] = [2, 6, 12]; // of the 14 bytes that each signature has
    for signature in check.data.get_mut(2..).unwrap_or_default().chunks_exact_mut(14) {
        for word in WORDS {
            signature[word..][..2].copy_from_slice(&holder.to_le_bytes());
        }
    }
}

/// What the contract's account says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// Gets the fee.
    pub treasury: Address,
    /// Lamports that each message costs.
    pub fee: u64,
    /// Keys whose signatures count, each with the second at which it expires.
    pub signers: Vec<(Address, i64)>,
}

impl Storage {
    /// Reads the account.
    ///
    /// # Errors
    /// `TooShort`, `NotPro`.
    pub fn parse(data: &[u8]) -> Result<Self, UpdateError> {
        let data: &[u8; STORAGE_LEN] = data.first_chunk().ok_or(TooShort)?;
        if data[..8] != STORAGE_DISCRIMINATOR || data[80] > 5 {
            return Err(UpdateError::NotPro);
        }
        let key = |at: usize| Address::new_from_array(*data[at..].first_chunk().expect("within the account"));
        let word = |at: usize| *data[at..].first_chunk().expect("within the account");
        let signer = |number: usize| (key(81 + 40 * number), i64::from_le_bytes(word(113 + 40 * number)));
        Ok(Self {
            treasury: key(40),
            fee: u64::from_le_bytes(word(72)),
            signers: (0..data[80].into()).map(signer).collect(),
        })
    }

    /// Writes the account, with an authority of zeros: tests put it on a chain of theirs.
    pub fn account(&self) -> Vec<u8> {
        let fee = self.fee.to_le_bytes();
        let mut data = [&STORAGE_DISCRIMINATOR[..], &[0; 32], self.treasury.as_ref(), &fee].concat();
        data.push(self.signers.len() as u8);
        for (key, expires_ts) in &self.signers {
            data.extend(key.to_bytes());
            data.extend(expires_ts.to_le_bytes());
        }
        data.resize(STORAGE_LEN, 0);
        data
    }

    /// Whether a signature of this key counts now.
    pub fn trusts(&self, signer: &Address, now: i64) -> bool {
        self.signers.iter().any(|(key, expires_ts)| key == signer && *expires_ts > now)
    }
}

/// One property of a feed. A price of zero is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Property {
    Price(i64),
    BestBid(i64),
    BestAsk(i64),
    Publishers(u16),
    Exponent(i16),
    Confidence(i64),
    FundingRate(Option<i64>),
    FundingTime(Option<u64>),
    FundingInterval(Option<u64>),
    Session(i16),
    EmaPrice(i64),
    EmaConfidence(i64),
    /// When the price was made, in microseconds.
    PriceTime(Option<u64>),
}

impl Property {
    fn write(self, out: &mut Vec<u8>) {
        let mut plain = |kind: u8, value: &[u8]| {
            out.push(kind);
            out.extend(value);
        };
        match self {
            Self::Price(value) => plain(0, &value.to_le_bytes()),
            Self::BestBid(value) => plain(1, &value.to_le_bytes()),
            Self::BestAsk(value) => plain(2, &value.to_le_bytes()),
            Self::Publishers(value) => plain(3, &value.to_le_bytes()),
            Self::Exponent(value) => plain(4, &value.to_le_bytes()),
            Self::Confidence(value) => plain(5, &value.to_le_bytes()),
            Self::FundingRate(value) => plain(6, &optional(value.map(i64::to_le_bytes))),
            Self::FundingTime(value) => plain(7, &optional(value.map(u64::to_le_bytes))),
            Self::FundingInterval(value) => plain(8, &optional(value.map(u64::to_le_bytes))),
            Self::Session(value) => plain(9, &value.to_le_bytes()),
            Self::EmaPrice(value) => plain(10, &value.to_le_bytes()),
            Self::EmaConfidence(value) => plain(11, &value.to_le_bytes()),
            Self::PriceTime(value) => plain(12, &optional(value.map(u64::to_le_bytes))),
        }
    }
}

fn optional(value: Option<[u8; 8]>) -> Vec<u8> {
    value.map_or(vec![0], |value| [&[1], &value[..]].concat())
}

/// Writes the payload of a message, as Pyth's server would sign it. Only tests have a key to sign with.
pub fn payload(message_us: u64, channel: u8, feeds: &[(u32, Vec<Property>)]) -> Vec<u8> {
    let mut out = PAYLOAD_MAGIC.to_vec();
    out.extend(message_us.to_le_bytes());
    out.extend([channel, feeds.len() as u8]);
    for (feed, properties) in feeds {
        out.extend(feed.to_le_bytes());
        out.push(properties.len() as u8);
        properties.iter().for_each(|property| property.write(&mut out));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed() -> Signed {
        let payload = payload(1, 3, &[(7, vec![Property::Price(5)])]);
        Signed::new(&payload, &Address::new_from_array([3; 32]), &[4; 64]).unwrap()
    }

    #[test]
    fn a_message_is_read_as_it_is_written() {
        let signed = signed();
        assert_eq!(Signed::parse(signed.bytes().to_vec()), Ok(signed.clone()));
        assert_eq!(signed.signer(), Address::new_from_array([3; 32]));
        assert_eq!(signed.signature(), [4; 64]);
        assert_eq!(signed.payload().len() + HEAD, signed.bytes().len());
    }

    #[test]
    fn what_is_no_message_is_refused_by_name() {
        let bytes = signed().bytes;
        let parsed = |bytes: &[u8]| Signed::parse(bytes.to_vec()).unwrap_err();
        assert_eq!(parsed(&bytes[..HEAD - 1]), TooShort);
        assert_eq!(parsed(&bytes[..bytes.len() - 1]), TooShort);
        assert_eq!(parsed(&[&bytes[..], &[0]].concat()), UpdateError::TooLong);
        assert_eq!(parsed(&[&[0], &bytes[1..]].concat()), UpdateError::NotPro);
        let key = Address::default();
        assert_eq!(Signed::new(&[0; 1 << 16], &key, &[0; 64]), Err(UpdateError::TooLong));
    }

    #[test]
    fn the_storage_names_its_signers() {
        let key = |byte: u8| Address::new_from_array([byte; 32]);
        let storage = Storage { treasury: key(2), fee: 9, signers: vec![(key(5), 100), (key(6), 50)] };
        let mut data = storage.account();
        assert_eq!(Storage::parse(&data), Ok(storage.clone()));
        let trusts = |key: u8, now: i64| storage.trusts(&Address::new_from_array([key; 32]), now);
        assert!(trusts(5, 99) && !trusts(5, 100), "a key expires");
        assert!(trusts(6, 49) && !trusts(6, 50) && !trusts(7, 0) && !trusts(0, -1));
        assert_eq!(Storage::parse(&data[..STORAGE_LEN - 1]), Err(TooShort));
        data[0] ^= 1;
        assert_eq!(Storage::parse(&data), Err(UpdateError::NotPro));
    }
}
