//! The policies that expire on one UTC day: what they share.

use {
    crate::{constants::*, error::*},
    anchor_lang::prelude::*,
    bytemuck::{Pod, Zeroable},
};

/// Where the policies of a day stand.
#[pod_wrapper]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExpiryState {
    /// They are sold, or run.
    Running = 0,
    /// They are settled, and the cover is drawn on.
    Drawn = 1,
    /// Payouts are paid.
    Open = 2,
    /// The time for payouts is over, and the rest is returned.
    Ended = 3,
}

/// Policies that were bought on the same day: they have one price of entry, and one of exit.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct Cohort {
    /// Value at entry of those in force, in base units.
    pub insured: u64,
    /// Price of entry; zero: none of them is in force.
    pub entry_price: u64,
}

/// The policies of one book that expire on one day. Whatever their number, they are settled at once.
#[account]
pub struct Expiry {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// See [`ExpiryState`].
    pub state: PodExpiryState,
    #[doc(hidden)]
    pub _pad: u8,
    /// Number of the day since 1970.
    pub day: u32,
    /// Policies that exist.
    pub policies: u64,
    /// The book.
    pub book: Address,
    /// The rent payer, who gets the rent back.
    pub payer: Address,
    /// The most that they pay, in base units.
    pub pledged: u64,
    /// By term: the first is [`MIN_TERM_DAYS`].
    pub cohorts: [Cohort; TERMS],
    /// Price of exit; zero before the settlement, and if the day of exit has none.
    pub exit_price: u64,
    /// Sum of all payouts, in base units.
    pub total: u64,
    /// What the cover had paid when this day drew on it.
    pub drawn_before: u64,
    /// What the draw took from the cover's first loss, which anybody can have paid in.
    pub from_first_loss: u64,
    /// What all payouts share, in base units. It is fixed before the first one.
    pub reserved: u64,
    /// What policies were paid.
    pub paid: u64,
    /// When the time for payouts is over.
    pub expires_ts: i64,

    #[doc(hidden)]
    pub _spare: [u8; 32],
}

const _: () = assert!(core::mem::size_of::<Expiry>() == 256);

impl Expiry {
    /// Refuses the day of another book, or in a layout that this program does not read.
    #[inline(always)]
    pub fn check(&self, book: &Address) -> Result<()> {
        require!(self.version == VERSION, CoverError::WrongVersion);
        require!(anchor_lang::address_eq(&self.book, book), CoverError::WrongBook);
        Ok(())
    }

    /// Returns the policies of this term.
    ///
    /// # Errors
    /// `TermOutOfBounds`.
    pub fn cohort(&self, term_days: u8) -> Result<&Cohort> {
        let place = usize::from(term_days).checked_sub(usize::from(MIN_TERM_DAYS));
        place.and_then(|place| self.cohorts.get(place)).ok_or_else(|| CoverError::TermOutOfBounds.into())
    }

    /// Returns the policies of this term to change them.
    ///
    /// # Errors
    /// `TermOutOfBounds`.
    pub fn cohort_mut(&mut self, term_days: u8) -> Result<&mut Cohort> {
        let place = usize::from(term_days).checked_sub(usize::from(MIN_TERM_DAYS));
        place.and_then(|place| self.cohorts.get_mut(place)).ok_or_else(|| CoverError::TermOutOfBounds.into())
    }

    /// Refuses unless payouts are open.
    ///
    /// # Errors
    /// `PayoutsNotOpen` before, `PayoutsOver` after.
    pub fn require_open(&self, now: i64) -> Result<()> {
        require!(self.state != ExpiryState::Ended, CoverError::PayoutsOver);
        require!(self.state == ExpiryState::Open, CoverError::PayoutsNotOpen);
        require!(now < self.expires_ts, CoverError::PayoutsOver);
        Ok(())
    }
}
