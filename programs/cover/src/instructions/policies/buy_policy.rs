use {
    crate::{
        error::*,
        events::*,
        fund::{CoverView, MarketView, SaleView, TermsView, BULKHEAD},
        instructions::shared::*,
        rules::policies::{self, Purchase, Seller},
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Buys a policy: its premium goes to those who contribute to the fund, and the most that it pays is
/// pledged in full.
///
/// - The book insures the value (`InsuredTooSmall`) for this term (`TermOutOfBounds`), and its policies
///   of that day have an account (`WrongExpiry`).
/// - It is priced before anybody can have left the fund who was in it now (`TermBeyondNotice`).
/// - The cover names the book (`NotDrawer`), pays what is drawn (`CoverUnfit`), is open, and serves the
///   book until the policy is priced (`CoverClosed`).
/// - Exits from the fund are not blocked (`ExitsHeld`), and what covers pledge is there
///   (`HeadroomShort`).
/// - The market is calm (`RiskOff`), has a recent price (`StalePrice`), and does not end before
///   (`MarketEnds`).
/// - The premium is below the largest payout (`PremiumAtCap`) and at most `max_premium`
///   (`PremiumAboveLimit`).
/// - The cover can pay all policies in full (`CapacityUsed`).
#[derive(Accounts)]
pub struct BuyPolicy {
    /// The book.
    #[account(mut)]
    pub book: Account<PolicyBook>,
    /// The policies of the day on which it expires.
    #[account(mut)]
    pub expiry: Account<Expiry>,
    /// The new policy.
    #[account(mut)]
    pub policy: UncheckedAccount,
    /// The fund.
    #[account(mut, address = book.fund @ CoverError::WrongFund)]
    pub fund: UncheckedAccount,
    /// The cover.
    #[account(mut, address = book.cover @ CoverError::WrongCover)]
    pub cover: UncheckedAccount,
    /// The market.
    #[account(address = book.market @ CoverError::WrongMarket)]
    pub market: UncheckedAccount,
    /// The token account that the premium comes from; the token program checks its owner and mint.
    #[account(mut)]
    pub token_account: UncheckedAccount,
    /// The fund's vault, which the fund's program checks.
    #[account(mut)]
    pub fund_vault: UncheckedAccount,
    /// The fund's mint.
    #[account(address = book.mint @ CoverError::WrongMint)]
    pub mint: UncheckedAccount,
    /// The program that owns mint and vault.
    #[account(address = book.token_program @ CoverError::WrongTokenProgram)]
    pub token_program: UncheckedAccount,
    /// The fund's program.
    #[account(address = BULKHEAD @ CoverError::WrongProgram)]
    pub bulkhead: UncheckedAccount,
    /// The buyer, who owns the policy.
    pub owner: Signer,
    /// Pays the rent and gets it back.
    // SAFETY: it may be the owner. A `Signer` borrows no data, and none of the other accounts can
    // sign.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// Creates the policy.
    pub system_program: Program<System>,
}

impl BuyPolicy {
    fn validate(&self) -> Result<()> {
        self.book.check_version()?;
        self.expiry.check(self.book.address())
        // policy - its address is checked when it is created. token_account, fund_vault - checked by the
        // fund's program. owner, payer - sign.
    }

    /// See [`BuyPolicy`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>, insured: u64, term_days: u8, max_premium: u64) -> Result<()> {
        ctx.accounts.validate()?;
        let accounts = &mut ctx.accounts;
        let purchase = Purchase { insured, max_premium, term_days };
        let premium = accounts.sell(&purchase, Clock::get()?.unix_timestamp)?;
        accounts.pay(premium);
        Ok(())
    }

    /// Creates the policy, and returns its premium.
    #[inline(never)]
    fn sell(&mut self, purchase: &Purchase, now: i64) -> Result<u64> {
        let Self { book, expiry, policy, fund, cover, market, owner, payer, .. } = self;
        let (mut record, bump) = create_record::<Policy>(
            payer.account(),
            policy.account(),
            seeds::POLICY,
            book.address(),
            &book.next_policy.to_le_bytes(),
            CoverError::WrongPolicy,
        )?;
        let view = CoverView::load(cover.account())?;
        require_drawer(book, &view)?;
        let seller = Seller {
            fund: &SaleView::load(fund.account())?,
            cover: &view,
            terms: &TermsView::load(cover.account())?,
            market: &MarketView::load(market.account())?,
        };
        let premium = policies::buy(book, expiry, &mut record, purchase, &seller, now)?;
        record.bump = bump;
        record.book = *book.address();
        record.owner = *owner.address();
        record.payer = *payer.address();
        emit!(PolicyBought {
            book: record.book,
            policy: *policy.address(),
            owner: record.owner,
            number: record.number,
            expiry_day: u64::from(record.expiry_day),
            insured: record.insured,
            premium,
            most: record.most,
        });
        Ok(premium)
    }

    /// Pays the premium, with the buyer's signature.
    fn pay(&self, premium: u64) {
        let Self { fund, cover, token_account, fund_vault, mint, token_program, owner, .. } = self;
        let buyer = Signature { handle: owner.cpi_handle(), seeds: &[] };
        let money = Purse { fund, cover, token_account, fund_vault, mint, token_program };
        buyer.fund_cover(&money, premium, Gift::Earned);
    }
}
