//! The VAA: what Wormhole calls a message with its guardians' signatures.
//!
//! ```text
//! version       1   1
//! guardian set  4
//! signatures    1   a count, and for each 66 bytes: the guardian's number, then r, s and v
//! body              51 bytes of origin, and the payload
//! ```

use crate::{
    bytes::Bytes,
    update::UpdateError::{self, TooShort, WrongVaaVersion},
};

const VERSION: u8 = 1;

/// Bytes of a signature with its guardian's number.
pub const SIGNATURE: usize = 66;
/// Bytes of a body before its payload.
const ORIGIN: usize = 51;

/// A signed message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vaa {
    /// The number of the guardian set that signed.
    pub guardian_set: u32,
    /// In order of the guardians.
    pub signatures: Vec<[u8; SIGNATURE]>,
    /// The bytes that were signed.
    pub body: Vec<u8>,
}

impl Vaa {
    /// Reads a VAA.
    ///
    /// # Errors
    /// `TooShort`, `WrongVaaVersion`.
    pub fn parse(bytes: &[u8]) -> Result<Self, UpdateError> {
        let mut bytes = Bytes(bytes);
        let version = bytes.byte()?;
        if version != VERSION {
            return Err(WrongVaaVersion(version));
        }
        let guardian_set = u32::from_be_bytes(bytes.array()?);
        let count = usize::from(bytes.byte()?);
        let signatures = bytes.take(count * SIGNATURE)?.as_chunks().0.to_vec();
        if bytes.0.len() <= ORIGIN {
            return Err(TooShort);
        }
        Ok(Self { guardian_set, signatures, body: bytes.0.to_vec() })
    }

    /// The VAA with its first `count` signatures only. A receiver needs a quorum, and each
    /// signature beyond it costs 66 bytes of the transaction and 25,000 compute units.
    pub fn trimmed(&self, count: usize) -> Self {
        let signatures = self.signatures.iter().take(count).copied().collect();
        Self { signatures, ..self.clone() }
    }

    /// The chain that the message comes from, and the address there. The body is as long as it must
    /// be: an origin and a payload.
    pub fn source(&self) -> (u16, [u8; 32]) {
        let chain =
            self.body.get(8..).and_then(|rest| rest.first_chunk()).map_or(0, |at| u16::from_be_bytes(*at));
        let emitter = self.body.get(10..).and_then(|rest| rest.first_chunk()).copied();
        (chain, emitter.unwrap_or_default())
    }

    /// What was signed, without its origin.
    pub fn payload(&self) -> &[u8] {
        self.body.get(ORIGIN..).unwrap_or_default()
    }

    /// The bytes of the VAA.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend(self.guardian_set.to_be_bytes());
        bytes.push(u8::try_from(self.signatures.len()).expect("a count of one byte was read"));
        bytes.extend(self.signatures.as_flattened());
        bytes.extend(&self.body);
        bytes
    }
}
