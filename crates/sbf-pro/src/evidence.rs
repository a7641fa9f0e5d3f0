//! Whether a message was signed by a key that is trusted: the signature program has checked the signature
//! in this very call.

/// Why a message is not verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The check is missing, comes too late, or is of something else.
    NotChecked,
    /// The transaction has no instruction of that number.
    NoInstruction,
    /// The key is not trusted, or not any more.
    NotTrusted,
}

/// A message that is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified<'m> {
    /// Who signed.
    pub key: &'m [u8; 32],
    /// What was signed.
    pub payload: &'m [u8],
}

/// Solana's signature program, `Ed25519SigVerify111111111111111111111111111`.
const ED25519: [u8; 32] = [
    3, 125, 70, 214, 124, 147, 251, 190, 18, 249, 66, 143, 131, 141, 64, 255, 5, 112, 116, 73, 39, 244, 138,
    100, 252, 202, 112, 68, 128, 0, 0, 0,
];
/// The first bytes of a message.
const MAGIC: [u8; 4] = 2_182_742_457u32.to_le_bytes();
/// Where signature, key, length and payload are in a message.
const SIGNATURE: usize = 4;
const KEY: usize = SIGNATURE + 64;
const LENGTH: usize = KEY + 32;
const PAYLOAD: usize = LENGTH + 2;
/// Bytes of what is said of each signature, and of what comes before them.
const OFFSETS: usize = 14;
const HEAD: usize = 2;
/// Where the contract's account counts its signers, and the first of them.
const COUNT: usize = 80;
const SIGNERS: usize = 81;
/// Bytes of a signer: its key, and when it expires.
const SIGNER: usize = 40;
const MOST_SIGNERS: usize = 5;

/// Checks a message. `storage` is the contract's account, `transaction` the account of the transaction's
/// instructions; the check is `signature` of the instruction number `ed25519`.
///
/// # Errors
/// See [`Refusal`].
pub fn verify<'m>(
    storage: &[u8],
    transaction: &[u8],
    message: &'m [u8],
    ed25519: u16,
    signature: u8,
    now: i64,
) -> Result<Verified<'m>, Refusal> {
    use Refusal::NotChecked;
    let current = transaction.last_chunk().map(|bytes| u16::from_le_bytes(*bytes)).ok_or(NotChecked)?;
    if ed25519 >= current {
        return Err(NotChecked);
    }
    let check = Instruction::read(transaction, ed25519)?;
    if check.program != ED25519 {
        return Err(NotChecked);
    }
    let (head, places) = check.data.split_at_checked(HEAD).ok_or(NotChecked)?;
    let number = usize::from(signature);
    if signature >= head[0] || !places.len().is_multiple_of(OFFSETS) {
        return Err(NotChecked);
    }
    let place = places.chunks_exact(OFFSETS).nth(number).ok_or(NotChecked)?;
    let word = |at: usize| u16::from_le_bytes([place[2 * at], place[2 * at + 1]]);
    let (at_signature, at_key, at_payload, length) = (word(0), word(2), word(4), word(5));

    // The message is where the signature program has looked.
    let start = usize::from(at_signature).checked_sub(SIGNATURE).ok_or(NotChecked)?;
    let end = at_payload.checked_add(length).ok_or(NotChecked)?;
    let here = Instruction::read(transaction, current)?;
    let there = here.data.get(start..usize::from(end)).ok_or(NotChecked)?;
    let is_one_piece = usize::from(at_key) == start + KEY && usize::from(at_payload) == start + PAYLOAD;
    if there != message || !is_one_piece || !message.starts_with(&MAGIC) {
        return Err(NotChecked);
    }
    let (envelope, payload) = message.split_first_chunk::<PAYLOAD>().ok_or(NotChecked)?;
    if u16::from_le_bytes([envelope[LENGTH], envelope[LENGTH + 1]]) != length {
        return Err(NotChecked);
    }
    if [word(1), word(3), word(6)] != [current; 3] {
        return Err(NotChecked);
    }
    let key = message[KEY..].first_chunk().ok_or(NotChecked)?;
    if !is_trusted(storage, key, now) {
        return Err(Refusal::NotTrusted);
    }
    Ok(Verified { key, payload })
}

fn is_trusted(storage: &[u8], key: &[u8; 32], now: i64) -> bool {
    let count = storage.get(COUNT).map_or(0, |count| usize::from(*count));
    let signers = storage.get(SIGNERS..).unwrap_or_default();
    signers.chunks_exact(SIGNER).take(count.min(MOST_SIGNERS)).any(|signer| {
        let expires_ts = signer.last_chunk().map_or(i64::MIN, |bytes| i64::from_le_bytes(*bytes));
        signer.starts_with(key) && expires_ts > now
    })
}

/// An instruction of the transaction.
struct Instruction<'t> {
    program: [u8; 32],
    data: &'t [u8],
}

impl<'t> Instruction<'t> {
    /// Reads the instruction of this number: in the account, a count of two bytes is followed by the
    /// place of each instruction, and there are the number of its accounts, 33 bytes for each, its program,
    /// the length of its data, and the data.
    fn read(transaction: &'t [u8], number: u16) -> Result<Self, Refusal> {
        let word = |at: usize| {
            let bytes = transaction.get(at..).and_then(<[u8]>::first_chunk).ok_or(Refusal::NoInstruction)?;
            Ok(usize::from(u16::from_le_bytes(*bytes)))
        };
        if usize::from(number) >= word(0)? {
            return Err(Refusal::NoInstruction);
        }
        let at = word(2 + 2 * usize::from(number))?;
        let at_program = at + 2 + 33 * word(at)?;
        let program = transaction.get(at_program..).and_then(<[u8]>::first_chunk);
        let length = word(at_program + 32)?;
        let data = transaction.get(at_program + 34..).and_then(|rest| rest.get(..length));
        match (program, data) {
            (Some(program), Some(data)) => Ok(Self { program: *program, data }),
            _ => Err(Refusal::NoInstruction),
        }
    }
}
