use {
    crate::{events::*, instructions::shared::*, rules::policies},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Ends the payouts of a day, 90 days after they opened or once no policy is left, and returns the
/// unclaimed rest to the members that bore losses of the fund. Anyone may call it.
///
/// - Payouts are open (`PayoutsNotOpen`, `PayoutsOver`), and their time is over (`PayoutsRunning`).
#[derive(Accounts)]
pub struct EndPayouts {
    /// Book, fund, cover, vaults and the day.
    pub money: Nested<BookMoney>,
}

impl EndPayouts {
    /// See [`EndPayouts`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        let money = &mut ctx.accounts.money;
        money.check()?;
        let returned = policies::end_payouts(&mut money.expiry, Clock::get()?.unix_timestamp)?;
        if returned > 0 {
            money.give_back(returned);
        }
        emit!(PayoutsEnded { expiry: *money.expiry.address(), returned });
        Ok(())
    }
}
