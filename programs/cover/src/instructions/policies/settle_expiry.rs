use {
    crate::{events::*, instructions::shared::*, rules::policies},
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
    /// Book, fund, cover, vaults and the day.
    pub money: Nested<BookMoney>,
}

impl SettleExpiry {
    /// See [`SettleExpiry`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        let money = &mut ctx.accounts.money;
        money.check()?;
        let now = Clock::get()?.unix_timestamp;
        let BookMoney { book, expiry, .. } = &mut **money;
        let total = policies::settle(book, expiry)?;
        let before = money.cover()?;
        let owed = if total > 0 && before.is_served(now) {
            money.draw(total);
            let after = money.cover()?;
            policies::note_draw(&mut money.expiry, &before, &after)?;
            after.owed
        } else {
            let BookMoney { book, expiry, .. } = &mut **money;
            policies::open_without_draw(book, expiry, now);
            0
        };
        let BookMoney { book, expiry, .. } = &**money;
        let (book, address) = (*book.address(), *expiry.address());
        emit!(ExpirySettled { book, expiry: address, exit_price: expiry.exit_price, total, owed });
        Ok(())
    }
}
