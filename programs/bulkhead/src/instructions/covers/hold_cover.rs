use {
    crate::{events::*, instructions::shared::*, rules::covers, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Holds exits because the drawer has heard of a loss: nobody leaves who knows of it, and nobody enters who
/// does not. A hold only ever extends, and comes out of one bucket for all covers.
///
/// - The drawer signs (`NotDrawer`).
/// - For up to seven days a call (`ParameterOutOfBounds`).
/// - While the cover serves (`CoverNotOpen`, `CoverOver`, `CoverHasEnded`).
/// - It does not fail for an empty bucket, nor for a suspended cover: then exits stay open.
#[derive(Accounts)]
pub struct HoldCover {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The cover.
    #[account(mut)]
    pub cover: Account<Cover>,
    /// The cover's drawer.
    pub drawer: Signer,
}

impl HoldCover {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.cover.check(self.fund.address())?;
        self.cover.require_drawer(self.drawer.address())
    }

    /// See [`HoldCover`].
    pub fn handler(ctx: &mut Context<Self>, secs: u32) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let Self { fund, cover, .. } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let accrued = covers::hold(fund, cover, secs, clock.unix_timestamp)?;
        emit_accrued(cover, &accrued);
        log!(CoverHeld {
            fund: *fund.address(),
            cover: *cover.address(),
            until_ts: fund.exits.hold_until_ts,
            live_until_ts: cover.live_until_ts,
        });
        Ok(())
    }
}
