use {
    crate::{
        error::*,
        events::*,
        instructions::shared::*,
        rules::default::{self, Judgement},
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Declares a member whose equity is negative to be in default and fixes the shortfall.
///
/// - Equity is judged on fresh marks of every market the member holds, moved in its favour
///   (`EquityNotNegative`, `WrongMarket`, `StaleMark`).
/// - Where a breaker has tripped, equity is judged at the less severe of the mark and its mean.
/// - Every position goes to the house of its market at the mark. Gains pay losses first, then
///   margin does.
/// - With `default_confirm_slots` the first call starts a grace period in which the member can top
///   up (`GracePeriodRunning`), so that one bad print defaults nobody. A call on a member that has
///   recovered ends the grace period. The shares of others cannot leave meanwhile.
/// - The keeper, if one is named, gets a bounty when the default is declared: see
///   [`default::pay_bounty`].
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
            keeper.check_keeper(self.fund.address())?;
        }
        self.member.require_not_defaulted()
        // record - its address is checked when it is created. payer - signs. system_program -
        // checked by `Program`.
    }

    /// See [`DeclareDefault`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let mut markets = Markets::load_mut(&ctx.remaining_accounts()?, &ctx.accounts.fund, &clock)?;
        let Self { fund, member, record, payer, keeper, .. } = &mut ctx.accounts;
        let address = *member.address();
        let shortfall = match default::judge(fund, member, &markets, &clock)? {
            Judgement::InDefault { shortfall } => shortfall,
            Judgement::GraceEnded => {
                emit!(GraceEnded { member: address });
                return Ok(());
            }
            Judgement::GraceStarted { until_slot } => {
                emit!(GraceStarted { member: address, until_slot });
                return Ok(());
            }
        };

        let seq = fund.default_seq;
        let (mut record, bump) = create_record::<DefaultRecord>(
            payer.account(),
            record.account(),
            seeds::DEFAULT,
            fund.address(),
            seq,
        )?;
        record.bump = bump;
        record.fund = *fund.address();
        record.member = address;
        record.payer = *payer.address();
        record.shortfall = shortfall;
        let keeper = keeper.as_deref_mut();
        let houses = default::declare(fund, &address, member, &mut markets, &mut record, keeper, &clock)?;
        emit_house_results(fund, houses);
        fund.invariant()?;
        emit!(DefaultDeclared {
            fund: *fund.address(),
            member: address,
            seq,
            from_margin: record.from_margin,
            shortfall,
            bounty: record.bounties,
        });
        Ok(())
    }
}
