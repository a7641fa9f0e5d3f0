use {
    crate::{
        constants::{PRO_CHANNELS, PRO_CONTRACT, VERSION},
        error::*,
        instructions::shared::*,
        state::*,
    },
    anchor_lang::prelude::*,
};

/// Creates the account in which the prices of one feed of Pyth Pro are posted. Anyone may call it, and
/// pays the rent. It serves the markets of all funds, and is never closed.
///
/// - The channel has a fixed rate (`ParameterOutOfBounds`).
/// - The account is at the address of feed and channel (`WrongRecord`).
#[derive(Accounts)]
pub struct OpenProPrice {
    /// Pays the rent.
    #[account(mut)]
    pub payer: Signer,
    /// The account to create.
    #[account(mut)]
    pub price: UncheckedAccount,
    /// Creates the account.
    pub system_program: Program<System>,
}

impl OpenProPrice {
    /// See [`OpenProPrice`].
    pub fn handler(ctx: &mut Context<Self>, feed: u32, channel: u8) -> Result<()> {
        // payer - checked by `Signer`. price - its address is checked when it is created.
        // system_program - checked by `Program`.
        require!(PRO_CHANNELS.contains(&channel), BulkheadError::ParameterOutOfBounds);
        let Self { payer, price, .. } = &ctx.accounts;
        let (mut price, bump) = create_record::<ProPrice>(
            payer.account(),
            price.account(),
            seeds::PRO_PRICE,
            &PRO_CONTRACT,
            ProPrice::number(feed, channel),
        )?;
        price.version = VERSION;
        price.bump = bump;
        price.feed = feed;
        price.channel = channel;
        Ok(())
    }
}
