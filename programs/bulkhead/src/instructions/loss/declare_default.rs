use {
    crate::{
        error::*,
        events::*,
        instructions::shared::*,
        rules::default::{self, Declared, Judgement},
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Declares a member whose equity is negative to be in default, and takes layers 1 and 2.
///
/// - Equity is judged at the ends of interval A that favour the member, in every market that it
///   holds; a silent one counts at its last mark moved in the member's favour (`EquityNotNegative`,
///   `WrongMarket`).
/// - Every position goes to the house of its market at that end of A, or at the last mark of a
///   silent one. Gains pay losses first, then all margin does, then what is left of a gain that was cut,
///   rewards and recoveries that the member could claim, then its contribution.
/// - A registered gain that is not cut yet is assigned to the fund, and set off when it is cut. What it
///   may pay is taken from no rewards or recoveries, and given up by no loss.
/// - Shares of an ended epoch are settled before (`EpochEnded`).
/// - What the contribution has left pays the keeper's bounty, and stands behind the sale of the
///   lots as a cushion, up to their stress loss. The rest stays shares.
/// - A default that the member pays for itself is allocated by that. Otherwise `allocate_loss` does
///   the rest.
/// - With `default_confirm_slots` the first call starts a grace period in which the member can top
///   up (`GracePeriodRunning`). Exits are blocked until the default can have been made final. A
///   call on a member that meets initial margin ends the grace early.
/// - A member has one grace a day, and all graces together have a bound. A default beyond either is
///   final at once.
/// - A silent leg makes the grace at least an hour long, so that its feed can come back.
/// - The keeper, if one is named, gets a bounty when the default is declared: see
///   [`default::bounty`].
/// - Defaults are numbered per member, so that no declaration stands in another one's way.
///
/// Remaining accounts: the markets the member holds, writable.
#[derive(Accounts)]
pub struct DeclareDefault {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
    /// The default's record: created when it is declared.
    #[account(mut)]
    pub record: UncheckedAccount,
    /// Pays the record's rent and gets it back.
    #[account(mut)]
    pub payer: Signer,
    /// Creates the record.
    pub system_program: Program<System>,
    /// Gets the bounty.
    #[account(mut)]
    pub keeper: Option<Account<Member>>,
}

impl DeclareDefault {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.member.check(self.fund.address())?;
        require!(self.member.status != MemberStatus::ClosedOut, BulkheadError::MemberClosedOut);
        if let Some(keeper) = &self.keeper {
            keeper.check(self.fund.address())?;
        }
        Ok(())
        // record - its address is checked when it is created. payer - signs. system_program -
        // checked by `Program`.
    }

    /// See [`DeclareDefault`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let mut markets = Markets::load_mut(&ctx.remaining_accounts()?, &ctx.accounts.fund, &clock)?;
        let Self { fund, member, record, payer, keeper, .. } = &mut ctx.accounts;
        let address = *member.address();
        fund.run_exit_clock(&clock)?;
        let shortfall = match default::judge(fund, member, &markets, &clock)? {
            Judgement::InDefault { shortfall } => shortfall,
            Judgement::GraceEnded => {
                log!(GraceEnded { member: address });
                return Ok(());
            }
            Judgement::GraceStarted { final_ts } => {
                log!(GraceStarted { member: address, final_ts });
                return Ok(());
            }
        };

        let seq = fund.default_seq;
        let (mut record, bump) = create_record::<DefaultRecord>(
            payer.account(),
            record.account(),
            seeds::DEFAULT,
            &address,
            member.default_count,
        )?;
        record.bump = bump;
        record.fund = *fund.address();
        record.member = address;
        record.payer = *payer.address();
        record.shortfall = shortfall;
        let streaming = fund.rewards_streaming;
        let keeper_address = address_of(keeper.as_ref());
        let keeper = keeper.as_deref_mut();
        let Declared { houses, round } =
            default::declare(fund, &address, member, &mut markets, &mut record, keeper, &clock)?;
        fund.invariant()?;
        log!(DefaultDeclared {
            fund: *fund.address(),
            member: address,
            seq,
            from_margin: record.from_margin,
            shortfall,
            from_claim: record.from_claim,
            assigned: record.assigned,
            given_up: record.repaid,
            from_rewards: record.from_rewards,
            from_recoveries: record.from_recoveries,
            from_contribution: record.from_contribution,
            cushion: record.cushion,
            unfunded: record.unfunded,
            bounty: record.bounties,
            keeper: keeper_address,
            released: streaming.saturating_sub(fund.rewards_streaming),
        });
        emit_house_results(fund, houses);
        emit_round_end(fund, round);
        Ok(())
    }
}
