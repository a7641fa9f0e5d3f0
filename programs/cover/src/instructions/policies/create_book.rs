#![allow(unused_variables)] // Anchor binds the arguments of `#[instruction]` once more than it uses them.

use {
    crate::{
        error::*,
        events::*,
        fund::{cover_address, market_address, FundView},
        instructions::shared::*,
        rules::policies,
        state::*,
    },
    anchor_lang::prelude::*,
};

/// Creates a book of policies, with its vault.
///
/// - Anyone may create a book. It sells policies once the fund has registered a parametric cover that
///   names it as the drawer, and its vault as the destination.
/// - Its address depends on the creator, which signs: nobody creates another book at the address that
///   a cover's terms name.
/// - Nothing of its terms can be changed (`BookOutOfBounds`): a deductible and a cap of together at most
///   all, a coinsurance of at least a tenth, a loading of at least one, a least volatility above zero,
///   terms of 8 to 12 days, prints that count for an hour at most, a least insured value above zero.
#[derive(Accounts)]
#[instruction(id: u16)]
pub struct CreateBook {
    /// The new book.
    #[account(
        init,
        payer = payer,
        seeds = [seeds::BOOK, creator.address().as_ref(), &id.to_le_bytes()],
        bump
    )]
    pub book: Account<PolicyBook>,
    /// The fund.
    pub fund: UncheckedAccount,
    /// The fund's mint.
    pub mint: UncheckedAccount,
    /// The new vault.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// The key that the book's address depends on.
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

impl CreateBook {
    fn validate(&self) -> Result<FundView> {
        let fund = FundView::load(self.fund.account())?;
        require!(*self.mint.address() == fund.mint, CoverError::WrongMint);
        require!(*self.token_program.address() == fund.token_program, CoverError::WrongTokenProgram);
        Ok(fund)
        // book - created here. vault - its address is checked when it is created. creator, payer - sign.
    }

    /// See [`CreateBook`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>, id: u16, terms: BookTerms) -> Result<()> {
        let view = ctx.accounts.validate()?;
        let bump = ctx.bumps.book;
        let Self { book, fund, mint, vault, creator, payer, token_program, .. } = &mut ctx.accounts;
        policies::create(book, &terms)?;
        let vault_bump = create_vault(payer, vault, mint, token_program, book.address())?;
        book.bump = bump;
        book.vault_bump = vault_bump;
        book.quote_decimals = view.quote_decimals;
        book.id = id;
        book.creator = *creator.address();
        book.fund = *fund.address();
        book.cover = cover_address(fund.address(), terms.cover_index);
        book.market = market_address(fund.address(), terms.market_index);
        book.mint = view.mint;
        book.vault = *vault.address();
        book.token_program = view.token_program;
        emit!(BookCreated {
            fund: book.fund,
            cover: book.cover,
            market: book.market,
            book: *book.address(),
            creator: book.creator,
        });
        Ok(())
    }
}
