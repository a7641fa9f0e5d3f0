use {
    crate::{events::*, instructions::shared::*, rules::policies, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Opens the payouts of a day: takes what the cover has paid for it into the vault, and fixes what all
/// its policies share. Anyone may call it.
///
/// - The day is settled, and its payouts are not open (`NotDrawn`).
/// - The cover owes nothing more (`CoverOwes`): one ratio holds for everyone.
#[derive(Accounts)]
pub struct OpenPayouts {
    /// Book, fund, cover and vaults.
    pub money: Nested<BookMoney>,
    /// The day.
    #[account(mut)]
    pub expiry: Account<Expiry>,
}

impl OpenPayouts {
    fn validate(&self) -> Result<()> {
        self.money.check()?;
        self.expiry.check(self.money.book.address())
    }

    /// See [`OpenPayouts`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let now = Clock::get()?.unix_timestamp;
        let Self { money, expiry } = &mut ctx.accounts;
        if money.cover()?.payable > 0 {
            money.collect();
        }
        let cover = money.cover()?;
        let reserved = policies::open_payouts(&mut money.book, expiry, &cover, now)?;
        emit!(PayoutsOpened {
            expiry: *expiry.address(),
            reserved,
            total: expiry.total,
            expires_ts: expiry.expires_ts,
        });
        Ok(())
    }
}
