use {
    crate::{
        error::*,
        events::*,
        instructions::shared::*,
        rules::{
            cushions::{self, Released},
            house_round,
        },
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Gives back what the cushion of a default has left once the houses of its round are sold: it
/// becomes contribution again.
///
/// - The record has a cushion (`NothingToRelease`), its round has ended (`HouseNotSold`), and the
///   member is its (`WrongMember`).
/// - It fails for nothing that the state of the fund could be brought into, also while
///   contributions cannot enter. What mints no share, or belongs to a member whose shares are of an
///   ended epoch, goes to the treasury.
/// - A part that silent houses may still need goes on into the next round; it is released after
///   that.
#[derive(Accounts)]
pub struct ReleaseCushion {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The defaulter.
    #[account(mut)]
    pub member: Account<Member>,
    /// The default's record.
    #[account(mut)]
    pub record: Account<DefaultRecord>,
}

impl ReleaseCushion {
    fn validate(&self) -> Result<()> {
        let Self { fund, member, record } = self;
        fund.check()?;
        member.check(fund.address())?;
        record.check(fund.address())?;
        require!(anchor_lang::address_eq(&record.member, member.address()), BulkheadError::WrongMember);
        Ok(())
    }

    /// See [`ReleaseCushion`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let Self { fund, member, record } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let address = *member.address();
        let streaming = fund.rewards_streaming;
        let Released { amount, to_treasury, carries } =
            cushions::release(fund, &address, member, record, clock.unix_timestamp)?;
        let round = house_round::end(fund)?;
        fund.invariant()?;
        log!(CushionReleased {
            fund: *fund.address(),
            member: address,
            seq: record.seq,
            amount,
            to_treasury,
            carries: carries.into(),
            released: streaming.saturating_sub(fund.rewards_streaming),
        });
        emit_round_end(fund, round);
        Ok(())
    }
}
