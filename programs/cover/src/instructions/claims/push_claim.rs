use {
    crate::{error::*, instructions::shared::*},
    anchor_lang::{find_and_verify_program_address, prelude::*},
};

/// The program at whose addresses wallets have their associated token accounts.
const ASSOCIATED_TOKEN: Address = Address::from_str_const("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");

/// Pays a claim, as `claim_cover` does, without the claimant. Anyone may call it.
///
/// - The money goes to the claimant's associated token account, and the claimant owns it still
///   (`WrongDestination`). An authority of a program owns many token accounts, and most of them are
///   not the victim's.
#[derive(Accounts)]
pub struct PushClaim {
    /// Panel, loss, page and vault.
    pub claim: Nested<ClaimAccounts>,
    /// The claimant.
    pub claimant: UncheckedAccount,
}

impl PushClaim {
    fn validate(&self) -> Result<()> {
        self.claim.check()?;
        let ClaimAccounts { panel, destination, .. } = &*self.claim;
        let claimant = self.claimant.address();
        let seeds = [claimant.as_ref(), panel.token_program.as_ref(), panel.mint.as_ref()];
        find_and_verify_program_address(&seeds, &ASSOCIATED_TOKEN, destination.address())
            .map_err(|_| CoverError::WrongDestination)?;
        let owner = token_owner(destination, &panel.token_program)?;
        require!(anchor_lang::address_eq(&owner, claimant), CoverError::WrongDestination);
        Ok(())
        // claimant - hashed into the leaf.
    }

    /// See [`PushClaim`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>, index: u32, amount: u64, proof: &[u8]) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { claim, claimant } = &mut ctx.accounts;
        claim.pay(claimant.address(), index, amount, proof)
    }
}
