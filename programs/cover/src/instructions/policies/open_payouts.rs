use {
    crate::{events::*, instructions::shared::*, rules::policies},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Opens the payouts of a day: takes what the cover has paid for it into the vault, and fixes what all
/// its policies share. Anyone may call it.
///
/// - The day is settled, and its payouts are not open (`NotDrawn`).
/// - The cover owes nothing more (`CoverOwes`): one ratio holds for everyone.
#[derive(Accounts)]
pub struct OpenPayouts {
    /// Book, fund, cover, vaults and the day.
    pub money: Nested<BookMoney>,
}

impl OpenPayouts {
    /// See [`OpenPayouts`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        let money = &mut ctx.accounts.money;
        money.check()?;
        let now = Clock::get()?.unix_timestamp;
        if money.cover()?.payable > 0 {
            money.collect();
        }
        let cover = money.cover()?;
        let BookMoney { book, expiry, .. } = &mut **money;
        let reserved = policies::open_payouts(book, expiry, &cover, now)?;
        emit!(PayoutsOpened {
            expiry: *expiry.address(),
            reserved,
            total: expiry.total,
            expires_ts: expiry.expires_ts,
        });
        Ok(())
    }
}
