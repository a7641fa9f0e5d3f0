use {
    crate::{error::*, events::*, rules::offers, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Ends a taking that was not filled in time, and frees the margin of both sides. Anyone may call it.
/// The offer can be taken again.
///
/// - The offer is taken (`OfferNotTaken`), by this member (`WrongMember`).
/// - The time of the taking is over (`TakingOpen`).
/// - It needs neither fund nor market, so that it works whatever has become of them.
#[derive(Accounts)]
pub struct LapseTaking {
    /// The offer.
    #[account(mut)]
    pub offer: Account<Offer>,
    /// The member that has posted it.
    #[account(mut, address = offer.maker @ BulkheadError::WrongMember)]
    pub maker: Account<Member>,
    /// The member that has taken it.
    #[account(mut)]
    pub taker: Account<Member>,
}

impl LapseTaking {
    fn validate(&self) -> Result<()> {
        let Self { offer, maker, taker } = self;
        offer.check_version()?;
        maker.check(&offer.fund)?;
        taker.check(&offer.fund)?;
        offer.require_taken_by(taker.address())
    }

    /// See [`LapseTaking`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { offer, maker, taker } = &mut ctx.accounts;
        offers::lapse(offer, maker, taker, Clock::get()?.unix_timestamp)?;
        log!(TakingLapsed {
            fund: offer.fund,
            offer: *offer.address(),
            maker: *maker.address(),
            taker: *taker.address(),
        });
        Ok(())
    }
}
