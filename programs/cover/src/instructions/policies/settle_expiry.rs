use {
    crate::{
        error::CoverError,
        events::*,
        fund::{CoverView, BULKHEAD},
        instructions::shared::*,
        rules::policies,
        state::{Expiry, PolicyBook},
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Settles all policies that expire on a day, and draws what they are paid on the cover. Anyone may call
/// it.
///
/// - The day after the expiry is over, and a later price has been noted (`ExitNotKnown`). If it is covered by
///   less than half, policies of the day are paid nothing.
/// - The day is not settled (`ExpirySettled`), and the draw of no other day is open (`DrawOpen`).
/// - A day that is paid nothing draws nothing. Nor does one whose cover serves it no more: its policies
///   are paid nothing.
#[derive(Accounts)]
pub struct SettleExpiry {
    /// The book.
    #[account(mut)]
    pub book: Account<PolicyBook>,
    /// The fund.
    #[account(mut, address = book.fund @ CoverError::WrongFund)]
    pub fund: UncheckedAccount,
    /// The cover.
    #[account(mut, address = book.cover @ CoverError::WrongCover)]
    pub cover: UncheckedAccount,
    /// The fund's program.
    #[account(address = BULKHEAD @ CoverError::WrongProgram)]
    pub bulkhead: UncheckedAccount,
    /// The day.
    #[account(mut)]
    pub expiry: Account<Expiry>,
}

impl SettleExpiry {
    /// Draws on the cover: what the fund owes for it is settled later. Returns the cover as it is then.
    #[inline(never)]
    fn draw(&self, amount: u64) -> Result<CoverView> {
        let Self { book, fund, cover, bulkhead, .. } = self;
        sign_as_book(book, |drawer| drawer.draw_cover(fund, cover, bulkhead, amount));
        CoverView::load(cover.account())
    }

    /// See [`SettleExpiry`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        let accounts = &mut ctx.accounts;
        let before = require_day(&accounts.book, &accounts.expiry, &accounts.cover)?;
        let now = Clock::get()?.unix_timestamp;
        let total = policies::settle(&mut accounts.book, &mut accounts.expiry)?;
        let owed = if total > 0 && before.is_served(now) {
            let after = accounts.draw(total)?;
            policies::note_draw(&mut accounts.expiry, &before, &after)?;
            after.owed
        } else {
            policies::open_without_draw(&mut accounts.book, &mut accounts.expiry, now);
            0
        };
        let (book, expiry) = (*accounts.book.address(), &accounts.expiry);
        let address = *expiry.address();
        emit!(ExpirySettled { book, expiry: address, exit_price: expiry.exit_price, total, owed });
        Ok(())
    }
}
