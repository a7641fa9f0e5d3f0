use {
    crate::{error::*, events::*, instructions::shared::*, rules::policies, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Pays a policy its part of what its day has drawn, and closes it. The rent goes back to its payer.
///
/// - The owner signs (`NotOwner`), and names any token account of the mint.
/// - Payouts of its day are open (`PayoutsNotOpen`, `PayoutsOver`), for 90 days.
/// - It is paid something (`PaysNothing`).
#[derive(Accounts)]
pub struct ClaimPolicy {
    /// The book.
    pub book: Account<PolicyBook>,
    /// The policies of its day.
    #[account(mut)]
    pub expiry: Account<Expiry>,
    /// The policy.
    #[account(mut, close = payer)]
    pub policy: Account<Policy>,
    /// The policy's rent payer.
    // SAFETY: it may be the owner. Neither account's data is borrowed.
    #[account(mut, unsafe(dup), address = policy.payer @ CoverError::WrongRentPayer)]
    pub payer: UncheckedAccount,
    /// The book's vault.
    #[account(mut, address = book.vault @ CoverError::WrongVault)]
    pub vault: UncheckedAccount,
    /// The token account that is paid; the token program checks its mint.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// The fund's mint.
    #[account(address = book.mint @ CoverError::WrongMint)]
    pub mint: UncheckedAccount,
    /// The program that owns mint and vault.
    #[account(address = book.token_program @ CoverError::WrongTokenProgram)]
    pub token_program: UncheckedAccount,
    /// The owner.
    // SAFETY: it may be the rent payer. A `Signer` borrows no data.
    #[account(unsafe(dup))]
    pub owner: Signer,
}

impl ClaimPolicy {
    fn validate(&self) -> Result<()> {
        self.book.check_version()?;
        self.expiry.check(self.book.address())?;
        self.policy.check(self.book.address(), self.expiry.day)
        // owner - checked by the rule. destination - checked by the token program.
    }

    /// See [`ClaimPolicy`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let now = Clock::get()?.unix_timestamp;
        let Self { book, expiry, policy, vault, destination, mint, token_program, owner, .. } =
            &mut ctx.accounts;
        let due = policies::claim(book, expiry, policy, owner.address(), now)?;
        let (id, bump) = book.signer_tail();
        let seeds: [&[u8]; 4] = [seeds::BOOK, book.creator.as_ref(), &id, &bump];
        let drawer = Signature { handle: book.cpi_handle(), seeds: &seeds };
        transfer(&drawer, vault, destination, mint, (token_program, book.quote_decimals), due.paid);
        emit!(PolicyPaid {
            policy: *policy.address(),
            owner: policy.owner,
            payout: due.payout,
            paid: due.paid,
        });
        Ok(())
    }
}
