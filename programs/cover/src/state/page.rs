//! A page: which of 8,192 claims were paid.

use {
    crate::{constants::*, error::*},
    anchor_lang::prelude::*,
};

/// One bit a claim. An account a claim would cost a thousand times the rent.
#[account]
pub struct Page {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Number among the pages of the loss.
    pub number: u16,
    #[doc(hidden)]
    pub _pad: [u8; 4],
    /// The loss.
    pub loss: Address,
    /// The rent payer, who gets the rent back.
    pub payer: Address,
    /// Bit `i` of byte `j`: the claim with index `8,192 number + 8 j + i` was paid.
    pub bits: [u8; PAGE_CLAIMS as usize / 8],
}

const _: () = assert!(core::mem::size_of::<Page>() == 1_096);

impl Page {
    /// Refuses a page of another loss, or in a layout that this program does not read.
    #[inline(always)]
    pub fn check(&self, loss: &Address) -> Result<()> {
        require!(self.version == VERSION, CoverError::WrongVersion);
        require!(anchor_lang::address_eq(&self.loss, loss), CoverError::WrongLoss);
        Ok(())
    }

    /// Marks the claim with this index as paid.
    ///
    /// # Errors
    /// `WrongPage`, `AlreadyClaimed`.
    #[inline(always)]
    pub fn mark(&mut self, index: u32) -> Result<()> {
        require!(index / PAGE_CLAIMS == u32::from(self.number), CoverError::WrongPage);
        let (place, bit) = (index % PAGE_CLAIMS / 8, 1 << (index % 8));
        let byte = self.bits.get_mut(place as usize).ok_or(CoverError::WrongPage)?;
        require!(*byte & bit == 0, CoverError::AlreadyClaimed);
        *byte |= bit;
        Ok(())
    }
}
