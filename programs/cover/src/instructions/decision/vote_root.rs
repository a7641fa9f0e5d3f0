use {
    crate::{constants::DECIDE_SECS, events::*, instructions::shared::*, rules::losses, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_sum_tree::{Node, Root},
};

/// Approves or rejects the root of a loss.
///
/// - A key of the panel signs (`NotPanelMember`), once for each root (`AlreadyVoted`).
/// - The vote names the present root with its total, leaves and depth (`WrongRoot`): one that was
///   signed for a vetoed root counts for no other, and one that was signed ahead for no tree in which
///   most claims are cut off.
/// - The root is voted on (`NotVoting`), for seven days (`VotingOver`).
/// - The vote that makes the quorum holds exits until the loss is decided.
#[derive(Accounts)]
pub struct VoteRoot {
    /// Panel, fund and cover.
    pub drawer: Nested<Drawer>,
    /// The loss.
    #[account(mut)]
    pub loss: Account<Loss>,
    /// The key that votes.
    pub key: Signer,
}

impl VoteRoot {
    fn validate(&self) -> Result<()> {
        self.drawer.check()?;
        self.loss.check(self.drawer.panel.address())
        // key - checked by the rule.
    }

    /// See [`VoteRoot`].
    #[inline(never)]
    pub fn handler(
        ctx: &mut Context<Self>,
        root: [u8; 32],
        total: u64,
        leaves: u32,
        depth: u8,
        approves: bool,
    ) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let Self { drawer, loss, key } = &mut ctx.accounts;
        let now = clock.unix_timestamp;
        let tree = Root { top: Node::new(&root, total), leaves, depth };
        if losses::vote(&drawer.panel, loss, key.address(), &tree, approves, now)? {
            drawer.hold_if_served(DECIDE_SECS, &clock)?;
        }
        emit!(RootVoted {
            loss: *loss.address(),
            key: *key.address(),
            approves: u64::from(approves),
            approvals: u64::from(loss.approvals.count_ones()),
            rejections: u64::from(loss.rejections.count_ones()),
        });
        Ok(())
    }
}
