use {
    crate::{events::*, rules::policies, state::*},
    anchor_lang::prelude::*,
};

/// Puts a policy in force once the day of its entry is over: fixes the price of entry, and cuts what it
/// insures to what its premium buys at the larger variance of purchase and entry. Anyone may call it.
///
/// - The policy is not in force (`AlreadyStarted`), and its day not settled (`ExpirySettled`). A policy
///   that nobody has put in force by then is paid nothing.
/// - The price of entry is known (`EntryNotKnown`): the day after the purchase is over, covered by half and
///   still kept, and a later price has been noted.
#[derive(Accounts)]
pub struct StartPolicy {
    /// The book.
    #[account(mut)]
    pub book: Account<PolicyBook>,
    /// The policies of the day on which it expires.
    #[account(mut)]
    pub expiry: Account<Expiry>,
    /// The policy.
    #[account(mut)]
    pub policy: Account<Policy>,
}

impl StartPolicy {
    fn validate(&self) -> Result<()> {
        self.book.check_version()?;
        self.expiry.check(self.book.address())?;
        self.policy.check(self.book.address(), self.expiry.day)
    }

    /// See [`StartPolicy`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { book, expiry, policy } = &mut ctx.accounts;
        let started = policies::start(book, expiry, policy)?;
        emit!(PolicyStarted {
            policy: *policy.address(),
            entry_price: started.entry_price,
            due: started.due,
            insured: policy.insured,
            most: policy.most,
        });
        Ok(())
    }
}
