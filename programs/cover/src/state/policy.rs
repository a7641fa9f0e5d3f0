//! One policy.

use {
    crate::{constants::*, error::*},
    anchor_lang::prelude::*,
};

/// A policy on the impermanent loss of one position.
#[account]
pub struct Policy {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Its term, in days.
    pub term_days: u8,
    /// Whether it is in force: its price of entry is known.
    pub is_started: PodBool,
    /// Number of the day on which it expires. It was bought `term_days` before.
    pub expiry_day: u32,
    /// The book.
    pub book: Address,
    /// The wallet that is paid.
    pub owner: Address,
    /// The rent payer, who gets the rent back.
    pub payer: Address,
    /// Number among the policies of the book.
    pub number: u64,
    /// Value at entry that is insured, in base units: what was asked for, and once it is in force, what
    /// the premium has bought.
    pub insured: u64,
    /// The premium that was paid, in base units.
    pub premium: u64,
    /// The most that it pays, in base units.
    pub most: u64,

    #[doc(hidden)]
    pub _reserved: [u8; 32],
}

const _: () = assert!(core::mem::size_of::<Policy>() == 168);

impl Policy {
    /// Refuses the policy of another book or day, or in a layout that this program does not read.
    #[inline(always)]
    pub fn check(&self, book: &Address, day: u32) -> Result<()> {
        require!(self.version == VERSION, CoverError::WrongVersion);
        require!(anchor_lang::address_eq(&self.book, book), CoverError::WrongBook);
        require!(self.expiry_day == day, CoverError::WrongExpiry);
        Ok(())
    }

    /// Returns the day on which it was bought.
    pub fn bought_day(&self) -> u32 {
        self.expiry_day.saturating_sub(u32::from(self.term_days))
    }
}
