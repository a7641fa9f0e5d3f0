use {
    crate::{error::*, events::*, instructions::shared::*, rules::policies, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Opens the account of the policies that expire on a day. Anyone may, and pays the rent until all of
/// them are paid.
///
/// - Policies that are bought today can have this term (`WrongExpiry`).
#[derive(Accounts)]
pub struct OpenExpiry {
    /// The book.
    pub book: Account<PolicyBook>,
    /// The new account.
    #[account(mut)]
    pub expiry: UncheckedAccount,
    /// Pays the rent and gets it back.
    #[account(mut)]
    pub payer: Signer,
    /// Creates the account.
    pub system_program: Program<System>,
}

impl OpenExpiry {
    fn validate(&self) -> Result<()> {
        self.book.check_version()
        // expiry - its address is checked when it is created. payer - signs.
    }

    /// See [`OpenExpiry`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>, day: u32) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { book, expiry, payer, .. } = &mut ctx.accounts;
        let (mut record, bump) = create_record::<Expiry>(
            payer.account(),
            expiry.account(),
            seeds::EXPIRY,
            book.address(),
            &day.to_le_bytes(),
            CoverError::WrongExpiry,
        )?;
        policies::open_expiry(book, &mut record, day, Clock::get()?.unix_timestamp)?;
        record.bump = bump;
        record.book = *book.address();
        record.payer = *payer.address();
        emit!(ExpiryOpened { book: record.book, expiry: *expiry.address(), day: u64::from(day) });
        Ok(())
    }
}
