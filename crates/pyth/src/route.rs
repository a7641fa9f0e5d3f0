//! Which instructions post an update to an account.

use {
    crate::{
        instruction::{EncodedVaa, Post},
        update::Update,
        FeedId,
    },
    solana_address::Address,
    solana_instruction::Instruction,
    std::collections::BTreeMap,
};

/// The most bytes of a transaction that the network carries.
const PACKET: usize = 1_232;
/// Bytes of one signature.
const SIGNATURE: usize = 64;
/// What a compute budget takes: its program, and an instruction each for the limit and the price.
const BUDGET: usize = 32 + 8 + 12;
/// Bytes of a VAA in one write. With its account's creation before it, the first one fills most of
/// a transaction.
const CHUNK: usize = 700;

/// The account that an update goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A price account of the poster's own, whose key signs.
    Own(Address),
    /// The sponsored account of the feed, in this shard.
    Sponsored(u16),
}

/// Why an update cannot be posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    #[error("the update has {has} signatures, and a full verification needs {needs}")]
    TooFewSignatures { has: usize, needs: usize },
    #[error("the update has no message of this feed")]
    NoSuchFeed,
}

/// Builds the instructions that post the message of `feed` with a full verification. `guardians` is
/// the number of guardians in the update's set.
///
/// The signatures beyond the quorum are left out. The post is atomic if it fits a transaction by
/// itself and goes to an own account; otherwise the VAA takes the way through Wormhole's account.
///
/// # Errors
/// See [`RouteError`]. A partial verification is no way out: Bulkhead refuses it.
pub fn post(
    post: &Post,
    target: Target,
    update: &Update,
    feed: &FeedId,
    guardians: usize,
) -> Result<Vec<Instruction>, RouteError> {
    let (has, needs) = (update.vaa.signatures.len(), post.receiver.quorum(guardians));
    if has < needs {
        return Err(RouteError::TooFewSignatures { has, needs });
    }
    let message = update.message(feed).ok_or(RouteError::NoSuchFeed)?;
    let vaa = update.vaa.trimmed(needs);
    if target == Target::Own(post.account) {
        let atomic = post.atomic(&vaa, message);
        if fits(std::slice::from_ref(&atomic), &post.payer) {
            return Ok(vec![atomic]);
        }
    }
    let encoded = EncodedVaa::new(post.wormhole, post.payer, &vaa);
    let mut all = encoded.verify(CHUNK);
    all.push(match target {
        Target::Own(_) => post.encoded(encoded.address, message),
        Target::Sponsored(shard) => post.sponsored(encoded.address, message, shard),
    });
    all.push(encoded.close());
    Ok(all)
}

/// Whether these instructions fit one transaction, with a compute budget before them.
pub fn fits(instructions: &[Instruction], payer: &Address) -> bool {
    transaction_bytes(instructions, payer) + BUDGET <= PACKET
}

/// Bytes of a signed transaction with these instructions.
pub fn transaction_bytes(instructions: &[Instruction], payer: &Address) -> usize {
    let mut keys = BTreeMap::from([(*payer, true)]);
    let mut bytes = 0;
    for instruction in instructions {
        keys.entry(instruction.program_id).or_default();
        for meta in &instruction.accounts {
            *keys.entry(meta.pubkey).or_default() |= meta.is_signer;
        }
        let (accounts, data) = (instruction.accounts.len(), instruction.data.len());
        bytes += 1 + counted(accounts) + accounts + counted(data) + data;
    }
    let signers = keys.values().filter(|signs| **signs).count();
    let head = 3 + counted(keys.len()) + 32 * keys.len() + 32 + counted(instructions.len());
    counted(signers) + SIGNATURE * signers + head + bytes
}

/// Bytes of a count in the network's short form.
fn counted(count: usize) -> usize {
    match count {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        _ => 3,
    }
}
