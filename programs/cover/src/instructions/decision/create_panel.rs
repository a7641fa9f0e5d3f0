#![allow(unused_variables)] // Anchor binds the arguments of `#[instruction]` once more than it uses them.

use {
    crate::{
        error::*,
        events::*,
        fund::{cover_address, FundView},
        instructions::shared::*,
        rules::panel,
        state::*,
    },
    anchor_lang::prelude::*,
};

/// Creates the panel of a cover, with its vault.
///
/// - Anyone may create a panel. It decides about losses once the fund has registered a cover that
///   names it as the drawer, and its vault as the destination.
/// - Its address depends on the creator, which signs: nobody creates another panel at the address
///   that a cover's terms name.
/// - Nothing of it can be changed: one key or more, at most seven, each once, a majority as the
///   quorum (`PanelOutOfBounds`).
#[derive(Accounts)]
#[instruction(id: u16)]
pub struct CreatePanel {
    /// The new panel.
    #[account(
        init,
        payer = payer,
        seeds = [seeds::PANEL, creator.address().as_ref(), &id.to_le_bytes()],
        bump
    )]
    pub panel: Account<Panel>,
    /// The fund.
    pub fund: UncheckedAccount,
    /// The fund's mint.
    pub mint: UncheckedAccount,
    /// The new vault.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// The key that the panel's address depends on.
    pub creator: Signer,
    /// Pays the rent.
    // SAFETY: it may be the creator. A `Signer` borrows no data, and none of the other accounts can
    // sign.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// The program that owns the mint.
    pub token_program: UncheckedAccount,
    /// Creates the accounts.
    pub system_program: Program<System>,
}

impl CreatePanel {
    fn validate(&self) -> Result<FundView> {
        let fund = FundView::load(self.fund.account())?;
        require!(*self.mint.address() == fund.mint, CoverError::WrongMint);
        require!(*self.token_program.address() == fund.token_program, CoverError::WrongTokenProgram);
        Ok(fund)
        // panel - created here. vault - its address is checked below. creator, payer - sign.
    }

    /// See [`CreatePanel`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>, id: u16, terms: PanelTerms) -> Result<()> {
        let view = ctx.accounts.validate()?;
        let bump = ctx.bumps.panel;
        let Self { panel, fund, mint, vault, creator, payer, token_program, .. } = &mut ctx.accounts;
        panel::create(panel, &terms)?;

        let vault_bump = create_vault(payer, vault, mint, token_program, panel.address())?;
        panel.bump = bump;
        panel.vault_bump = vault_bump;
        panel.quote_decimals = view.quote_decimals;
        panel.id = id;
        panel.creator = *creator.address();
        panel.fund = *fund.address();
        panel.cover = cover_address(fund.address(), terms.cover_index);
        panel.mint = view.mint;
        panel.vault = *vault.address();
        panel.token_program = view.token_program;
        emit!(PanelCreated {
            fund: panel.fund,
            cover: panel.cover,
            panel: *panel.address(),
            creator: panel.creator,
            keys: u64::from(terms.key_count),
            quorum: u64::from(terms.quorum),
        });
        Ok(())
    }
}
