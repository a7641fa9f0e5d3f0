use {
    crate::{events::*, instructions::shared::*, rules::policies, state::*},
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
    /// Book, fund, cover and vaults.
    pub money: Nested<BookMoney>,
    /// The day.
    #[account(mut)]
    pub expiry: Account<Expiry>,
}

impl SettleExpiry {
    fn validate(&self) -> Result<()> {
        self.money.check()?;
        self.expiry.check(self.money.book.address())
    }

    /// See [`SettleExpiry`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let now = Clock::get()?.unix_timestamp;
        let Self { money, expiry } = &mut ctx.accounts;
        let total = policies::settle(&mut money.book, expiry)?;
        let before = money.cover()?;
        let owed = if total > 0 && before.is_served(now) {
            money.draw(total);
            let after = money.cover()?;
            policies::note_draw(expiry, &before, &after)?;
            after.owed
        } else {
            policies::open_without_draw(&mut money.book, expiry, now);
            0
        };
        let (book, address) = (*money.book.address(), *expiry.address());
        emit!(ExpirySettled { book, expiry: address, exit_price: expiry.exit_price, total, owed });
        Ok(())
    }
}
