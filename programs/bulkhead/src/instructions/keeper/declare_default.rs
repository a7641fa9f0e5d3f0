use {
    crate::{
        constants::*,
        error::*,
        events::*,
        instructions::{allocate_loss::check_keeper, record::create_record},
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        position::Position,
        waterfall::{shortfall, take_into_house, DefaultedPosition},
    },
};

/// Declares a member whose equity is negative to be in default and fixes the shortfall.
///
/// - Equity is judged on fresh marks of every market the member holds, moved in its favour (`EquityNotNegative`,
///   `WrongMarket`, `StaleMark`).
/// - Where a breaker has tripped, equity is judged at the less severe of the mark and its mean.
/// - Every position goes to the house of its market at the mark; gains pay losses first, then all margin does.
/// - With `default_confirm_slots` the first call starts a grace period in which the member can top up
///   (`GracePeriodRunning`), so that one bad print defaults nobody. A call on a member that has recovered ends it. The
///   shares of others cannot leave meanwhile.
/// - The keeper, if one is named, gets a bounty when the default is declared: see [`Fund::pay_bounty`].
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
        check_keeper(&self.fund, &self.keeper)?;
        self.member.require_not_defaulted()
        // record - its address is checked when it is created. payer - signs. system_program - checked by `Program`.
    }

    /// See [`DeclareDefault`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let mut markets = Markets::load_mut(&ctx.remaining_accounts()?, ctx.accounts.fund.address())?;
        let Self { fund, member, record, payer, keeper, .. } = &mut ctx.accounts;

        let risk = markets.risk_of_default(member, &clock, fund.params.max_mark_age_slots)?;
        let negative = risk.equity_favourable(member.margin).or_fail()? < 0;
        if !grace_is_over(fund, member, negative, clock.slot)? {
            return Ok(());
        }
        let loss = shortfall(member.margin, risk.profit).or_fail()?;

        let seq = fund.default_seq;
        let (mut record, bump) =
            create_record::<DefaultRecord>(payer.account(), record.account(), seeds::DEFAULT, fund.address(), seq)?;
        record.version = VERSION;
        record.bump = bump;
        record.fund = *fund.address();
        record.member = *member.address();
        record.payer = *payer.address();
        record.seq = seq;
        record.declared_slot = clock.slot;
        record.declared_ts = clock.unix_timestamp;
        record.shortfall = loss;

        record.from_margin = fund.declare(member, loss)?;
        move_to_house(fund, member, &mut markets, &mut record, clock.slot)?;
        fund.forget_exposure(member.address());
        let bounty = fund.pay_bounty(member, keeper.as_deref_mut(), loss)?;
        record.bounties = bounty;
        fund.invariant()?;
        emit!(DefaultDeclared {
            fund: *fund.address(),
            member: *member.address(),
            seq,
            from_margin: record.from_margin,
            shortfall: loss,
            bounty,
        });
        Ok(())
    }
}

/// Moves the member through its grace period; whether it is in default now.
fn grace_is_over(fund: &mut Fund, member: &mut Account<Member>, negative: bool, slot: u64) -> Result<bool> {
    let in_grace = member.status == MemberStatus::Grace;
    if !negative {
        require!(in_grace, BulkheadError::EquityNotNegative);
        end_grace(fund, member)?;
        emit!(GraceEnded { member: *member.address() });
        return Ok(false);
    }
    let confirm = u64::from(fund.params.default_confirm_slots);
    let due = add(member.grace_slot, confirm)?;
    if confirm > 0 && (!in_grace || slot > add(due, CONFIRM_WINDOW_SLOTS)?) {
        if !in_grace {
            fund.graces = fund.graces.checked_add(1).ok_or(BulkheadError::Overflow)?;
        }
        member.status = MemberStatus::Grace.into();
        member.grace_slot = slot;
        emit!(GraceStarted { member: *member.address(), until_slot: add(slot, confirm)? });
        return Ok(false);
    }
    require!(confirm == 0 || slot >= due, BulkheadError::GracePeriodRunning);
    if in_grace {
        end_grace(fund, member)?;
    }
    member.status = MemberStatus::Defaulted.into();
    Ok(true)
}

fn end_grace(fund: &mut Fund, member: &mut Member) -> Result<()> {
    fund.graces = fund.graces.checked_sub(1).ok_or(BulkheadError::Underflow)?;
    member.status = MemberStatus::Active.into();
    member.grace_slot = 0;
    Ok(())
}

/// Every position goes to the house of its market at the mark, with no equity left in it.
fn move_to_house(
    fund: &mut Account<Fund>,
    member: &mut Member,
    markets: &mut Markets,
    record: &mut DefaultRecord,
    slot: u64,
) -> Result<()> {
    for place in 0..MAX_POSITIONS {
        let held = member.positions[place];
        if held.is_free() {
            continue;
        }
        let market = markets.find_mut(held.market).ok_or(BulkheadError::WrongMarket)?;
        let (lots, price) = (held.lots, market.mark.price);
        let position =
            DefaultedPosition { position: fund.touch_position(market, member)?, price, scale: market.scale()? };
        let before = market.house();
        let (house, profit) = take_into_house(&position, before).or_fail()?;
        market.take_into_house(lots, house, slot)?;
        fund.move_open_houses(before.lots, house.lots)?;
        let (lost_by, loss) = if profit < 0 { (lots, profit.unsigned_abs()) } else { (0, 0) };
        fund.enter_default(market, lost_by, loss)?;
        market.forget_cut();
        market.write(&mut member.positions[place], Position::default(), true)?;
        if before.lots != 0 && house.lots == 0 {
            // Flat without a sale: what it lost or gained since the other default is due as after one.
            let result = fund.realise_house(market, before.lots)?;
            emit!(HouseRealised { fund: *fund.address(), market: u64::from(market.index), result });
        }

        record.positions[usize::from(record.positions_len)] =
            DefaultedLots { lots, price, market: held.market, _pad: [0; 6] };
        record.positions_len = record.positions_len.saturating_add(1);
    }
    Ok(())
}
