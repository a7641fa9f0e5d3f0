use {
    crate::{constants::MAX_POSITIONS, error::*, events::*, instructions::enforce_call::collect, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        position::Position,
        units::{to_pnl, Pnl},
    },
};

/// Closes all positions of a member at the final marks of a wind-down, against the house. A net loss is paid from its
/// margin, a net gain is a claim on the pool.
///
/// - In a wind-down (`NotWindDown`), once (`MemberClosedOut`), when there are final marks: until then it can be averted.
/// - Every market it holds is given and has its final mark (`WrongMarket`, `MarkNotFinal`).
/// - Who cannot pay is declared in default instead (`MemberInsolvent`, `MemberInDefault`); a grace period ends by
///   `declare_default` too.
/// - What it still owes of an assessment is collected.
///
/// Remaining accounts: these markets, writable.
#[derive(Accounts)]
pub struct CloseOut {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
}

impl CloseOut {
    fn validate(&self) -> Result<()> {
        let Self { fund, member } = self;
        fund.check()?;
        member.check(fund.address())?;
        fund.require_wind_down()?;
        require!(fund.final_marks > 0, BulkheadError::MarkNotFinal);
        require!(member.status != MemberStatus::ClosedOut, BulkheadError::MemberClosedOut);
        require!(member.status == MemberStatus::Active, BulkheadError::MemberInDefault);
        Ok(())
    }

    /// See [`CloseOut`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let mut markets = Markets::load_mut(&ctx.remaining_accounts()?, ctx.accounts.fund.address())?;
        let Self { fund, member } = &mut ctx.accounts;

        let mut net: Pnl = 0;
        for place in 0..MAX_POSITIONS {
            if !member.positions[place].is_free() {
                let market = markets.find_mut(member.positions[place].market).ok_or(BulkheadError::WrongMarket)?;
                require!(market.final_ts != 0, BulkheadError::MarkNotFinal);
                let profit = sell_to_house(fund, market, member, place)?;
                net = net.checked_add(profit).ok_or(BulkheadError::Overflow)?;
            }
        }
        let equity = to_pnl(member.margin).or_fail()?.checked_add(net).ok_or(BulkheadError::Overflow)?;
        require!(equity >= 0, BulkheadError::MemberInsolvent);
        fund.settle_cash(member, net.min(0))?;
        let all = member.margin;
        collect(fund, member, all, clock.unix_timestamp)?;
        fund.forget_exposure(member.address());
        member.status = MemberStatus::ClosedOut.into();
        fund.add_claim(member, net.max(0).unsigned_abs())?;
        fund.invariant()?;
        emit!(ClosedOut { member: *member.address(), settled: net, claim: member.claim });
        Ok(())
    }
}

/// The house takes the position at the final mark; the member's profit is realised, a fraction of a unit stays with the
/// house. Returns the profit.
#[inline(never)]
fn sell_to_house(fund: &mut Account<Fund>, market: &mut Market, member: &mut Member, place: usize) -> Result<Pnl> {
    let held = fund.touch_position(market, member)?;
    let (price, scale) = (market.mark.price, market.scale()?);
    let profit = held.profit(price, scale).or_fail()?;
    let before = market.house();
    let closed = held.trade(neg(held.lots)?, price).and_then(|flat| flat.realise(profit, scale)).or_fail()?;
    let house = before.trade(held.lots, price).and_then(|house| house.merge(closed)).or_fail()?;
    market.move_open_interest(held.lots, 0)?;
    market.move_open_interest(before.lots, house.lots)?;
    fund.move_open_houses(before.lots, house.lots)?;
    market.set_house(house);
    let in_default = market.is_in_default(fund);
    market.write(&mut member.positions[place], Position::default(), in_default)?;
    if market.is_house_due() {
        let result = fund.realise_house(market, before.lots)?;
        emit!(HouseRealised { fund: *fund.address(), market: u64::from(market.index), result });
    }
    Ok(profit)
}
