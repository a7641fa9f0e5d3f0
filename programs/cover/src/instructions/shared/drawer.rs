//! A panel as the drawer of its cover, and what it tells the fund's program.

use {
    super::calls::Signature,
    crate::{
        constants::VERSION,
        error::CoverError,
        fund::{CoverView, FundView, BULKHEAD},
        state::{seeds, Panel},
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// The panel of a cover, and the accounts with which it holds exits and draws.
#[derive(Accounts)]
pub struct Drawer {
    /// The panel.
    #[account(mut)]
    pub panel: Account<Panel>,
    /// The fund.
    #[account(mut, address = panel.fund @ CoverError::WrongFund)]
    pub fund: UncheckedAccount,
    /// The cover.
    #[account(mut, address = panel.cover @ CoverError::WrongCover)]
    pub cover: UncheckedAccount,
    /// The fund's program.
    #[account(address = BULKHEAD @ CoverError::WrongProgram)]
    pub bulkhead: UncheckedAccount,
}

impl Drawer {
    /// Refuses a panel in another layout, and a cover that does not name it as its drawer, with its
    /// vault as the destination. A cover keeps both for as long as it is.
    ///
    /// # Errors
    /// `WrongVersion`, `WrongCover`, `NotDrawer`.
    pub fn check(&self) -> Result<()> {
        require!(self.panel.version == VERSION, CoverError::WrongVersion);
        let cover = self.cover()?;
        let drawer = anchor_lang::address_eq(&cover.drawer, self.panel.address());
        let destination = anchor_lang::address_eq(&cover.destination, &self.panel.vault);
        require!(drawer && destination, CoverError::NotDrawer);
        Ok(())
    }

    /// Reads the fund.
    pub fn fund(&self) -> Result<FundView> {
        FundView::load(self.fund.account())
    }

    /// Reads the cover.
    pub fn cover(&self) -> Result<CoverView> {
        CoverView::load(self.cover.account())
    }

    /// Holds exits for `secs` from now on, or for as long as the fund allows. Refused by the fund's
    /// program once the cover serves no losses any more.
    #[inline(never)]
    pub fn hold(&self, secs: u32) -> Result<()> {
        let Self { fund, cover, .. } = self;
        self.sign(|drawer| drawer.hold_cover(fund, cover, secs));
        Ok(())
    }

    /// As [`Drawer::hold`], if the cover still serves losses. One that does not is not drawn on
    /// either: the loss lapses, and nobody is held for it.
    pub fn hold_if_served(&self, secs: u32, clock: &Clock) -> Result<()> {
        if self.cover()?.is_served(clock.unix_timestamp) {
            self.hold(secs)?;
        }
        Ok(())
    }

    /// Draws on the cover: what the fund owes for it is settled later.
    #[inline(never)]
    pub fn draw(&self, amount: u64) -> Result<()> {
        let Self { fund, cover, bulkhead, .. } = self;
        self.sign(|drawer| drawer.draw_cover(fund, cover, bulkhead, amount));
        Ok(())
    }

    /// Makes a call with the panel's signature.
    #[inline(always)]
    fn sign(&self, call: impl FnOnce(&Signature)) {
        let (id, bump) = self.panel.signer_tail();
        let seeds: [&[u8]; 4] = [seeds::PANEL, self.panel.creator.as_ref(), &id, &bump];
        call(&Signature { handle: self.panel.cpi_handle(), seeds: &seeds });
    }
}
