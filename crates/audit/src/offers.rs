//! Offers: the margin that is locked while they are taken.

use {
    crate::{
        difference::{add, same, sub, Fallible, Result, Ruled},
        Audit,
    },
    bulkhead::events::*,
    bulkhead_client::Address,
};

/// An offer as the books have it.
#[derive(Clone, Debug)]
pub(crate) struct Resting {
    maker: Address,
    /// Lots that are left, signed as the maker receives them.
    lots: i64,
    taking: Option<Taken>,
}

/// A taking that waits.
#[derive(Clone, Debug)]
struct Taken {
    taker: Address,
    /// Signed as the taker receives them.
    lots: i64,
    /// Margin of each side.
    locked: u64,
    /// The market in which both sides keep a slot.
    market: u16,
}

impl Audit {
    pub(crate) fn offer_posted(&mut self, event: &OfferPosted) -> Result<()> {
        let offer = Resting { maker: event.maker, lots: event.lots, taking: None };
        self.offers.insert(event.offer, offer);
        Ok(())
    }

    pub(crate) fn offer_taken(&mut self, event: &OfferTaken) -> Result<()> {
        let mut offer = self.offer(&event.offer)?;
        same("an earlier taking", offer.taking.is_some(), false)?;
        let market = u16::try_from(event.market_index).booking("a market")?;
        let (lots, locked) = (event.lots, event.locked);
        offer.taking = Some(Taken { taker: event.taker, lots, locked, market });
        for side in [offer.maker, event.taker] {
            let mut member = self.member(&side)?;
            member.locked = add(member.locked, event.locked)?;
            // What is netted over positions is booked in the order of their slots.
            member.keep_slot(market).booking("a slot")?;
            self.put(side, member);
        }
        self.offers.insert(event.offer, offer);
        Ok(())
    }

    pub(crate) fn offer_filled(&mut self, event: &OfferFilled) -> Result<()> {
        let (mut offer, taken) = self.unlock(&event.offer)?;
        same("taker", taken.taker, event.taker)?;
        same("lots that were taken", taken.lots, event.lots)?;
        let left = offer.lots.checked_add(taken.lots);
        offer.lots = left.or_missing(|| "lots of 63 bits".into())?;
        same("lots left", offer.lots, event.left)?;
        if offer.lots != 0 {
            self.offers.insert(event.offer, offer);
        } else {
            self.offers.remove(&event.offer);
        }
        Ok(())
    }

    pub(crate) fn taking_lapsed(&mut self, event: &TakingLapsed) -> Result<()> {
        let (offer, taken) = self.unlock(&event.offer)?;
        same("taker", taken.taker, event.taker)?;
        self.offers.insert(event.offer, offer);
        Ok(())
    }

    pub(crate) fn offer_cancelled(&mut self, event: &OfferCancelled) -> Result<()> {
        let offer = self.offer(&event.offer)?;
        same("a taking", offer.taking.is_some(), false)?;
        self.offers.remove(&event.offer);
        Ok(())
    }

    /// Frees the margin of both sides. Returns the offer, not taken any more, and the taking.
    fn unlock(&mut self, address: &Address) -> Result<(Resting, Taken)> {
        let mut offer = self.offer(address)?;
        let taken = offer.taking.take().or_missing(|| format!("a taking of offer {address}"))?;
        for side in [offer.maker, taken.taker] {
            let mut member = self.member(&side)?;
            member.locked = sub(member.locked, taken.locked)?;
            member.release_slot(taken.market).booking("a slot")?;
            self.put(side, member);
        }
        Ok((offer, taken))
    }

    fn offer(&self, address: &Address) -> Result<Resting> {
        self.offers.get(address).cloned().or_missing(|| format!("offer {address}"))
    }
}
