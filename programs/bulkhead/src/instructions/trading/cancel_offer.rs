use {
    crate::{error::*, events::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Takes an offer back. The rent goes to the key that has posted it.
///
/// - The key that has posted it, or the member's owner, may do this at any time, anyone once the offer
///   has expired (`OfferNotExpired`).
/// - Not while it is taken (`OfferTaken`).
/// - It needs no other account, so that it works whatever has become of fund, market and member.
#[derive(Accounts)]
pub struct CancelOffer {
    /// The offer.
    #[account(mut, close = rent_to)]
    pub offer: Account<Offer>,
    /// The key that has posted the offer.
    // SAFETY: it may be the signer; an `UncheckedAccount` borrows no data.
    #[account(mut, unsafe(dup), address = offer.trader @ BulkheadError::WrongRecord)]
    pub rent_to: UncheckedAccount,
    /// Whoever cancels.
    pub signer: Signer,
}

impl CancelOffer {
    fn validate(&self, now: i64) -> Result<()> {
        self.offer.check_version()?;
        self.offer.require_cancellable_by(self.signer.address(), now)?;
        self.offer.require_not_taken()
    }

    /// See [`CancelOffer`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate(Clock::get()?.unix_timestamp)?;
        let offer = &ctx.accounts.offer;
        log!(OfferCancelled { fund: offer.fund, offer: *offer.address(), maker: offer.maker });
        Ok(())
    }
}
