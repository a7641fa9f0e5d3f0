use {
    crate::{constants::ROOT_SECS, error::*, events::*, instructions::shared::*, rules::losses, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Sends the root of a loss back: another one can be posted within three days.
///
/// - The fund's guardian signs (`NotGuardian`). It can do so once for each loss (`VetoSpent`),
///   before the decision (`NotVoting`): it can make the panel look again, and not overrule it.
#[derive(Accounts)]
pub struct VetoRoot {
    /// Panel, fund and cover.
    pub drawer: Nested<Drawer>,
    /// The loss.
    #[account(mut)]
    pub loss: Account<Loss>,
    /// The fund's guardian.
    pub guardian: Signer,
}

impl VetoRoot {
    fn validate(&self) -> Result<()> {
        let Self { drawer, loss, guardian } = self;
        drawer.check()?;
        loss.check(drawer.panel.address())?;
        require!(*guardian.address() == drawer.fund()?.guardian, CoverError::NotGuardian);
        Ok(())
    }

    /// See [`VetoRoot`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let Self { drawer, loss, .. } = &mut ctx.accounts;
        losses::veto(loss, clock.unix_timestamp)?;
        drawer.hold_if_served(ROOT_SECS, &clock)?;
        emit!(RootVetoed { loss: *loss.address(), root: loss.vetoed_root, due_ts: loss.due_ts });
        Ok(())
    }
}
