use {
    crate::{constants::VERSION, error::*, events::*, instructions::shared::*, rules::claims, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Opens a page of claims. Anyone may, and pays the rent until the loss has expired.
///
/// - Claims are open (`ClaimsNotOpen`, `ClaimsOver`), and one of them is on this page
///   (`WrongPage`).
#[derive(Accounts)]
pub struct OpenPage {
    /// The loss.
    #[account(mut)]
    pub loss: Account<Loss>,
    /// The new page.
    #[account(mut)]
    pub page: UncheckedAccount,
    /// Pays the rent and gets it back.
    #[account(mut)]
    pub payer: Signer,
    /// Creates the page.
    pub system_program: Program<System>,
}

impl OpenPage {
    fn validate(&self) -> Result<()> {
        self.loss.check_version()
        // page - its address is checked when it is created. payer - signs.
    }

    /// See [`OpenPage`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>, number: u16) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { loss, page, payer, .. } = &mut ctx.accounts;
        claims::open_page(loss, number, Clock::get()?.unix_timestamp)?;
        let (mut record, bump) = create_record::<Page>(
            payer.account(),
            page.account(),
            seeds::PAGE,
            loss.address(),
            &number.to_le_bytes(),
            CoverError::WrongPage,
        )?;
        record.version = VERSION;
        record.bump = bump;
        record.number = number;
        record.loss = *loss.address();
        record.payer = *payer.address();
        emit!(PageOpened { loss: record.loss, page: *page.address(), number: u64::from(number) });
        Ok(())
    }
}
