//! An offer: what a member would trade with whoever comes, and the taking that waits for its print.

use {
    crate::{constants::VERSION, error::BulkheadError},
    anchor_lang::prelude::*,
    bulkhead_math::{offers::Quote, units::Lots},
    bytemuck::{Pod, Zeroable},
    wincode::{SchemaRead, SchemaWrite},
};

/// What a maker offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SchemaRead, SchemaWrite, IdlType)]
pub struct OfferTerms {
    /// Lots that the maker receives, signed: negative for a sale.
    pub lots: i64,
    /// The fewest lots that a taking gets, unsigned, unless fewer are left.
    pub min_lots: u64,
    /// The worst price that the maker accepts: the lowest of a sale, where zero accepts every price, or
    /// the highest of a purchase, where the largest word does.
    pub limit_price: u64,
    /// When the offer expires.
    pub expires_ts: i64,
    /// The wallet that alone may take it; zero: anyone.
    pub taker: Address,
    /// Distance of the price from the print, in basis points: positive in favour of the maker.
    pub distance_bps: i16,
}

/// A taking that waits for its fill.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct Taking {
    /// The member account that has taken the offer; zero: none has.
    pub taker: Address,
    /// Lots that it receives, signed.
    pub lots: i64,
    /// The worst price that it accepts.
    pub limit_price: u64,
    /// The fill is at the first print after this second.
    pub ts: i64,
    /// Margin that is locked of each side.
    pub locked: u64,
    /// Stress loss that counts as theirs meanwhile.
    pub locked_stress: u64,
    /// Contribution that their positions require besides.
    pub locked_contribution: u64,
    /// Number of the fund's next loss: one since then voids the taking.
    pub loss_seq: u64,
}

/// An offer of one member in one market.
#[account]
pub struct Offer {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// See [`OfferTerms::distance_bps`].
    pub distance_bps: i16,
    /// Index of the market.
    pub market_index: u16,
    #[doc(hidden)]
    pub _pad: [u8; 2],
    /// The fund.
    pub fund: Address,
    /// The market.
    pub market: Address,
    /// The member account that offers.
    pub maker: Address,
    /// Its wallet.
    pub owner: Address,
    /// The key that has posted the offer, and gets the rent back. The offer is void once it trades no
    /// more for the member.
    pub trader: Address,
    /// See [`OfferTerms::taker`].
    pub taker: Address,
    /// Number of the offer among those of its maker, who has chosen it.
    pub number: u64,
    /// Lots that are left, signed as the maker receives them.
    pub lots: i64,
    /// See [`OfferTerms::min_lots`].
    pub min_lots: u64,
    /// See [`OfferTerms::limit_price`].
    pub limit_price: u64,
    /// See [`OfferTerms::expires_ts`].
    pub expires_ts: i64,
    /// Number of the maker's next default when it was posted: one since then voids the offer.
    pub default_count: u64,
    /// The taking that waits.
    pub taking: Taking,

    #[doc(hidden)]
    pub _reserved: [u8; 8],
}

const _: () = assert!(core::mem::size_of::<Offer>() == 344);

impl Offer {
    /// Refuses an offer in a layout that this program does not read.
    #[inline(always)]
    pub fn check_version(&self) -> Result<()> {
        require!(self.version == VERSION, BulkheadError::WrongVersion);
        Ok(())
    }

    /// Refuses an offer of another fund, market or maker, or in a layout that this program does not
    /// read.
    #[inline(always)]
    pub fn check(&self, fund: &Address, market: &Address, maker: &Address) -> Result<()> {
        self.check_version()?;
        require!(anchor_lang::address_eq(&self.fund, fund), BulkheadError::WrongFund);
        require!(anchor_lang::address_eq(&self.market, market), BulkheadError::WrongMarket);
        require!(anchor_lang::address_eq(&self.maker, maker), BulkheadError::WrongMember);
        Ok(())
    }

    /// Returns what the maker asks for, as the math takes it.
    pub fn quote(&self) -> Quote {
        Quote { lots: self.lots, distance_bps: self.distance_bps, limit_price: self.limit_price }
    }

    /// Returns `true` if somebody has taken the offer, and it is neither filled nor has lapsed.
    pub fn is_taken(&self) -> bool {
        self.taking.lots != 0
    }

    /// Refuses while a taking waits.
    ///
    /// # Errors
    /// `OfferTaken`.
    pub fn require_not_taken(&self) -> Result<()> {
        require!(!self.is_taken(), BulkheadError::OfferTaken);
        Ok(())
    }

    /// Refuses unless a taking of this member account waits.
    ///
    /// # Errors
    /// `OfferNotTaken`, `WrongMember`.
    pub fn require_taken_by(&self, taker: &Address) -> Result<()> {
        require!(self.is_taken(), BulkheadError::OfferNotTaken);
        require!(anchor_lang::address_eq(&self.taking.taker, taker), BulkheadError::WrongMember);
        Ok(())
    }

    /// Refuses lots, signed as a taker receives them, that are not offered.
    ///
    /// # Errors
    /// `ZeroAmount`, `WrongSide`, `LotsNotOffered`.
    pub fn require_offers(&self, lots: Lots) -> Result<()> {
        require!(lots != 0, BulkheadError::ZeroAmount);
        require!((lots < 0) != (self.lots < 0), BulkheadError::WrongSide);
        let (size, left) = (lots.unsigned_abs(), self.lots.unsigned_abs());
        require!(size <= left && size >= self.min_lots.min(left), BulkheadError::LotsNotOffered);
        Ok(())
    }

    /// Refuses a key that may not cancel the offer now: until it expires only its own two may.
    ///
    /// # Errors
    /// `OfferNotExpired`.
    pub fn require_cancellable_by(&self, signer: &Address, now: i64) -> Result<()> {
        let own =
            anchor_lang::address_eq(&self.owner, signer) || anchor_lang::address_eq(&self.trader, signer);
        require!(own || now >= self.expires_ts, BulkheadError::OfferNotExpired);
        Ok(())
    }
}
