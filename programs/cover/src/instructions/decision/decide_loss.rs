use {
    crate::{
        events::*,
        instructions::shared::*,
        rules::losses::{self, Decision},
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Decides about a loss. Anyone may call it.
///
/// - A root that the quorum approves draws on the cover, for its total, a day after it was posted
///   (`ReviewRunning`) and until three days after the votes. Later the loss lapses.
/// - A loss is rejected without a root in time, without the quorum in time, or once the quorum
///   cannot be reached. Until then it waits (`VoteRunning`).
/// - The fund's program refuses to draw on a cover whose first loss is not paid in (its
///   `FirstLossMissing`), or that serves losses no more.
#[derive(Accounts)]
pub struct DecideLoss {
    /// Panel, fund and cover.
    pub drawer: Nested<Drawer>,
    /// The loss.
    #[account(mut)]
    pub loss: Account<Loss>,
}

impl DecideLoss {
    fn validate(&self) -> Result<()> {
        self.drawer.check()?;
        self.loss.check(self.drawer.panel.address())
    }

    /// See [`DecideLoss`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let now = Clock::get()?.unix_timestamp;
        let Self { drawer, loss } = &mut ctx.accounts;
        let address = *loss.address();
        match losses::decide(&mut drawer.panel, loss, now)? {
            Decision::Draws(total) => {
                let before = drawer.cover()?;
                drawer.draw(total)?;
                let after = drawer.cover()?;
                losses::note_draw(loss, &before, &after)?;
                let (first_loss, owed) = (loss.from_first_loss, after.owed);
                emit!(LossApproved { loss: address, total, first_loss, owed });
            }
            Decision::Rejected => emit!(LossRejected { loss: address }),
            Decision::Lapsed => emit!(LossLapsed { loss: address }),
        }
        Ok(())
    }
}
