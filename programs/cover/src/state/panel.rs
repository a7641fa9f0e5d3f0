//! A panel: who decides about the losses of one cover.

use {
    super::seeds,
    crate::{constants::*, error::*},
    anchor_lang::prelude::*,
    bytemuck::{Pod, Zeroable},
    wincode::{SchemaRead, SchemaWrite},
};

/// What a panel is created with. Nothing of it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SchemaRead, SchemaWrite, IdlType)]
pub struct PanelTerms {
    /// The keys that vote; zero from `key_count` on.
    pub keys: [Address; MAX_KEYS],
    /// Least bond of an alert, in base units.
    pub min_bond: u64,
    /// Index of the cover among those of the fund. It need not be open yet: its terms name this
    /// panel.
    pub cover_index: u16,
    /// Number of keys.
    pub key_count: u8,
    /// Votes that approve a root: a majority.
    pub quorum: u8,
    /// Number of perils that the cover's terms name. They are counted from zero.
    pub perils: u8,
}

/// The time in which a loss was live.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct Life {
    /// When it was alerted.
    pub start_ts: i64,
    /// When it was rejected, lapsed, or its claims opened; zero while it is live.
    pub end_ts: i64,
}

/// The keys that decide about the losses of one cover. It is the cover's drawer, and owns the vault
/// that draws, bonds and claims go through.
#[account]
pub struct Panel {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Bump of the vault.
    pub vault_bump: u8,
    /// Decimals of the settlement mint.
    pub quote_decimals: u8,
    /// See [`PanelTerms::key_count`].
    pub key_count: u8,
    /// See [`PanelTerms::quorum`].
    pub quorum: u8,
    /// See [`PanelTerms::perils`].
    pub perils: u8,
    #[doc(hidden)]
    pub _pad: u8,
    /// Number of the panel among those of its creator.
    pub id: u16,
    /// See [`PanelTerms::cover_index`].
    pub cover_index: u16,
    #[doc(hidden)]
    pub _pad2: [u8; 4],
    /// The key that the address depends on. It has no other power.
    pub creator: Address,
    /// The fund.
    pub fund: Address,
    /// The cover.
    pub cover: Address,
    /// The fund's mint.
    pub mint: Address,
    /// The token account that holds draws and bonds.
    pub vault: Address,
    /// The program that owns mint and vault.
    pub token_program: Address,
    /// See [`PanelTerms::keys`].
    pub keys: [Address; MAX_KEYS],
    /// See [`PanelTerms::min_bond`].
    pub min_bond: u64,
    /// Number of the next loss. Numbers are never used again.
    pub next_loss: u64,
    /// The loss that is live; zero: none is.
    pub live_loss: Address,
    /// When the last losses were live, the newest first.
    pub lives: [Life; LIVES],

    #[doc(hidden)]
    pub _reserved: [u8; 64],
}

const _: () = assert!(core::mem::size_of::<Panel>() == 608);

impl Panel {
    /// Refuses a panel in a layout that this program does not read.
    #[inline(always)]
    pub fn check_version(&self) -> Result<()> {
        require!(self.version == VERSION, CoverError::WrongVersion);
        Ok(())
    }

    /// Returns the place of a key among those that vote.
    ///
    /// # Errors
    /// `NotPanelMember`.
    pub fn place_of(&self, key: &Address) -> Result<u8> {
        let keys = self.keys.iter().take(usize::from(self.key_count));
        let place = keys.zip(0_u8..).find(|(own, _)| anchor_lang::address_eq(own, key));
        place.map(|(_, place)| place).ok_or_else(|| CoverError::NotPanelMember.into())
    }

    /// Refuses while a loss is live.
    ///
    /// # Errors
    /// `LossLive`.
    pub fn require_no_live_loss(&self) -> Result<()> {
        require!(self.live_loss == Address::default(), CoverError::LossLive);
        Ok(())
    }

    /// Returns the seconds from `ts` to `now` in which no loss of the cover was live, as far as the
    /// panel remembers: before that all time counts. A loss that is live still has no part in it.
    pub fn idle_secs_since(&self, ts: i64, now: i64) -> i64 {
        let overlap = |life: &Life| life.end_ts.saturating_sub(life.start_ts.max(ts)).max(0);
        let live = self.lives.iter().map(overlap).fold(0_i64, i64::saturating_add);
        now.saturating_sub(ts).saturating_sub(live)
    }

    /// Records that a loss is live from now on.
    pub fn begin_life(&mut self, loss: &Address, now: i64) {
        self.live_loss = *loss;
        self.lives.rotate_right(1);
        if let Some(newest) = self.lives.first_mut() {
            *newest = Life { start_ts: now, end_ts: 0 };
        }
    }

    /// Records that no loss is live any more.
    pub fn end_life(&mut self, now: i64) {
        self.live_loss = Address::default();
        if let Some(newest) = self.lives.first_mut() {
            newest.end_ts = now;
        }
    }

    /// Returns the bytes of the seeds that this address signs with, after [`seeds::PANEL`] and the
    /// creator.
    pub fn signer_tail(&self) -> ([u8; 2], [u8; 1]) {
        (self.id.to_le_bytes(), [self.bump])
    }

    /// Returns the first seed that this address signs with.
    pub const fn signer_head() -> &'static [u8] {
        seeds::PANEL
    }
}
