use {crate::instructions::shared::*, anchor_lang::prelude::*};

/// Pays a claim: its amount in the ratio of what is reserved to the total, rounded down. The fund
/// keeps the rest.
///
/// - The claimant signs, and names any token account of the mint.
/// - Claims are open (`ClaimsNotOpen`, `ClaimsOver`).
/// - The claim is a leaf of the tree (`IndexBeyondLeaves`, `WrongProofLength`, `SumOverflow`,
///   `WrongProof`) on this page (`WrongPage`), and was not paid before (`AlreadyClaimed`).
/// - Its part is at least a base unit (`ClaimTooSmall`).
/// - `proof` has the sibling of each node on the way up, lowest first: 32 bytes of its hash, then
///   eight of its sum, little endian.
#[derive(Accounts)]
pub struct ClaimCover {
    /// Panel, loss, page and vault.
    pub claim: Nested<ClaimAccounts>,
    /// The claimant.
    pub claimant: Signer,
}

impl ClaimCover {
    /// See [`ClaimCover`].
    pub fn handler(ctx: &mut Context<Self>, index: u32, amount: u64, proof: &[u8]) -> Result<()> {
        let Self { claim, claimant } = &mut ctx.accounts;
        claim.check()?;
        claim.pay(claimant.address(), index, amount, proof)
        // claimant - signs, and is hashed into the leaf.
    }
}
