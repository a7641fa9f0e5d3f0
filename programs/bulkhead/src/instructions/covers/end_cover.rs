use {
    crate::{events::*, instructions::shared::*, rules::covers, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Ends a cover: it pledges nothing any more. Its money stays in the reserve until `collect_cover`, so that
/// a token account that cannot be paid keeps nothing pledged.
///
/// - Anyone may do this, 14 days after the end or the lapse of the cover, when its drawer has said of no
///   loss that it is undecided (`CoverStillServes`, `CoverHasEnded`).
/// - Nothing is owed (`CoverNotEmpty`). What a suspended cover is owed lapses 42 days after the end.
#[derive(Accounts)]
pub struct EndCover {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The cover.
    #[account(mut)]
    pub cover: Account<Cover>,
}

impl EndCover {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.cover.check(self.fund.address())
    }

    /// See [`EndCover`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let Self { fund, cover } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let (accrued, released) = covers::end(fund, cover, clock.unix_timestamp)?;
        fund.invariant()?;
        emit_accrued(cover, &accrued);
        log!(CoverEnded { fund: *fund.address(), cover: *cover.address(), released });
        Ok(())
    }
}
