use {
    crate::{events::*, instructions::shared::*, rules::covers, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Where a token account names its owner.
const OWNER: core::ops::Range<usize> = 32..64;

/// Sends what is payable to the destination of a cover. Once the cover has ended, a token account of its
/// beneficiary gets what is left of premium and first loss.
///
/// - Anyone may do this. A destination that cannot be paid blocks nobody else.
/// - To the destination, or to a token account of the beneficiary (`WrongDestination`).
/// - Something is there for it (`NothingPayable`).
#[derive(Accounts)]
pub struct CollectCover {
    /// Fund and vault.
    pub custody: Nested<Custody>,
    /// The cover.
    #[account(mut)]
    pub cover: Account<Cover>,
}

impl CollectCover {
    fn validate(&self) -> Result<()> {
        self.custody.fund.check()?;
        self.cover.check(self.custody.fund.address())
        // token_account - checked below; the token program checks that it is one of the mint.
    }

    /// Whether the token account belongs to the beneficiary. An account of another program owns nothing.
    fn is_beneficiary(&self) -> Result<bool> {
        let account = self.custody.token_account.account();
        if !account.owned_by(self.custody.token_program.address()) {
            return Ok(false);
        }
        let data = account.try_borrow()?;
        Ok(data.get(OWNER).is_some_and(|owner| owner == self.cover.beneficiary.as_ref()))
    }

    /// See [`CollectCover`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let is_beneficiary = ctx.accounts.is_beneficiary()?;
        let Self { custody, cover } = &mut ctx.accounts;
        let is_destination = anchor_lang::address_eq(&cover.destination, custody.token_account.address());
        custody.fund.run_exit_clock(&Clock::get()?)?;
        let collected = covers::collect(&mut custody.fund, cover, is_destination, is_beneficiary)?;
        custody.pay(collected.total()?)?;
        log!(CoverCollected {
            fund: *custody.fund.address(),
            cover: *cover.address(),
            amount: collected.payable,
            refunded: collected.refunded,
        });
        Ok(())
    }
}
