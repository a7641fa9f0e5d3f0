use {
    crate::{constants::VOTE_SECS, events::*, instructions::shared::*, rules::losses, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_sum_tree::{Node, Root},
};

/// Posts the root of the claims on a loss. The panel votes on it, and exits are held meanwhile.
///
/// - The beneficiary signs, or the guardian for a loss that it has reported (`NotReporter`): it does not
///   spoil another one by a root that no list has, and burn its bond.
/// - The loss waits for a root (`RootNotDue`), within three days of the alert or the veto
///   (`RootTooLate`). The beneficiary replaces a root that nobody has approved of, in the time for votes.
/// - A tree can have this root (`InvalidRoot`), and it is not the one that the guardian has vetoed
///   (`RootVetoed`).
#[derive(Accounts)]
pub struct PostRoot {
    /// Panel, fund and cover.
    pub drawer: Nested<Drawer>,
    /// The loss.
    #[account(mut)]
    pub loss: Account<Loss>,
    /// Beneficiary, or the reporter of the loss.
    pub reporter: Signer,
}

impl PostRoot {
    fn validate(&self) -> Result<()> {
        self.drawer.check()?;
        self.loss.check(self.drawer.panel.address())
        // reporter - checked by the rule.
    }

    /// See [`PostRoot`].
    #[inline(never)]
    pub fn handler(
        ctx: &mut Context<Self>,
        root: [u8; 32],
        total: u64,
        leaves: u32,
        depth: u8,
    ) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let Self { drawer, loss, reporter } = &mut ctx.accounts;
        let tree = Root { top: Node::new(&root, total), leaves, depth };
        losses::post_root(loss, &drawer.cover()?, reporter.address(), &tree, clock.unix_timestamp)?;
        // A root in another's place is voted on no longer, and holds exits no longer.
        let left = loss.due_ts.saturating_sub(clock.unix_timestamp);
        drawer.hold_if_served(u32::try_from(left).unwrap_or(VOTE_SECS), &clock)?;
        emit!(RootPosted {
            loss: *loss.address(),
            root,
            total,
            leaves: u64::from(leaves),
            depth: u64::from(depth),
            due_ts: loss.due_ts,
        });
        Ok(())
    }
}
