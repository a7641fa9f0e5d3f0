//! Instructions that change two books: of two members, or of a member and the house. In the typical case nobody holds any
//! other market, so none is given.

use {
    super::{account::*, effects::emit, rules},
    crate::layout::*,
    pinocchio::{
        error::ProgramError,
        sysvars::{clock::Clock, Sysvar},
        AccountView, Address, ProgramResult,
    },
};

const FEW: ProgramError = ProgramError::NotEnoughAccountKeys;

#[inline(never)]
pub fn novate<const MONEY: bool>(
    program: &Address,
    accounts: &mut [AccountView],
    data: &[u8],
) -> ProgramResult {
    let [fund_view, market_view, buyer, seller, buyer_signer, seller_signer, ..] = accounts else {
        return Err(FEW);
    };
    let clock = Clock::get()?;
    let mut fund = fund::<MONEY>(fund_view, program, &clock)?;
    let mut market = market(market_view, program, &fund)?;
    let mut buyer = member(buyer, program, &fund)?;
    let mut seller = member(seller, program, &fund)?;
    buyer.require_trader(buyer_signer)?;
    seller.require_trader(seller_signer)?;
    let (lots, price) = (argument(data, 1)?, argument(data, 9)?);
    require(lots > 0 && price > 0, ProgramError::InvalidInstructionData)?;
    market.require_fresh(&fund, &clock)?;
    require_open(&fund, &market, &clock)?;

    let mut seen = 0;
    if MONEY {
        rules::novate(&mut fund, &mut market, [&mut buyer, &mut seller], (lots, price), &clock)?;
    } else {
        seen = trade(&mut fund, &mut market, &mut buyer)? ^ trade(&mut fund, &mut market, &mut seller)?;
        touch_fees(&mut fund, 1);
        fund.touch(fund_at::exposures, 12);
    }
    let (index, fees) = (u64::from(market.short(market_at::index)), fund.word(fund_at::treasury));
    emit([buyer.address(), seller.address()], [lots, price, seen, index, fees]);
    Ok(())
}

#[inline(never)]
pub fn take_over<const MONEY: bool>(
    program: &Address,
    accounts: &mut [AccountView],
    data: &[u8],
) -> ProgramResult {
    let [fund_view, market_view, taker, trader, ..] = accounts else { return Err(FEW) };
    let clock = Clock::get()?;
    let mut fund = fund::<MONEY>(fund_view, program, &clock)?;
    let mut market = market(market_view, program, &fund)?;
    let mut taker = member(taker, program, &fund)?;
    taker.require_trader(trader)?;
    market.require_fresh(&fund, &clock)?;
    let (lots, limit) = (argument(data, 1)?, argument(data, 9)?);
    let house = market.word(market_at::house_lots);
    require(lots > 0 && house != 0, ProgramError::InvalidInstructionData)?;

    let mut seen = 0;
    if MONEY {
        rules::take_over(&mut fund, &mut market, &mut taker, (lots, limit), &clock)?;
    } else {
        seen = trade(&mut fund, &mut market, &mut taker)? ^ market.word(market_at::house_since_slot);
        market.touch(market_at::house_lots, 3); // with its raw quote
        fund.touch(fund_at::margin_total, 1); // the discount
        fund.touch(fund_at::pool, 1);
        fund.touch(fund_at::exposures, 6);
    }
    emit([taker.address()], [lots, seen, u64::from(market.short(market_at::index)), house, limit]);
    Ok(())
}

#[inline(never)]
pub fn liquidate<const MONEY: bool>(
    program: &Address,
    accounts: &mut [AccountView],
    data: &[u8],
) -> ProgramResult {
    let [fund_view, market_view, target, liquidator, trader, ..] = accounts else { return Err(FEW) };
    let clock = Clock::get()?;
    let mut fund = fund::<MONEY>(fund_view, program, &clock)?;
    let mut market = market(market_view, program, &fund)?;
    let mut target = member(target, program, &fund)?;
    let mut liquidator = member(liquidator, program, &fund)?;
    liquidator.require_trader(trader)?;
    let (lots, limit) = (argument(data, 1)?, argument(data, 9)?);
    require(lots > 0, ProgramError::InvalidInstructionData)?;
    market.require_fresh(&fund, &clock)?;

    let mut seen = 0;
    if MONEY {
        rules::liquidate(&mut fund, &mut market, [&mut target, &mut liquidator], (lots, limit), &clock)?;
    } else {
        let given = trade(&mut fund, &mut market, &mut target)?;
        seen = given ^ trade(&mut fund, &mut market, &mut liquidator)?;
        touch_fees(&mut fund, 0);
        fund.touch(fund_at::exposures, 6);
    }
    let index = u64::from(market.short(market_at::index));
    let margin = target.word(member_at::margin);
    emit([target.address(), liquidator.address()], [lots, seen, margin, index, limit]);
    Ok(())
}

/// What a trade that adds risk must find: no pause, an active fund, a market without a loss, not halted.
#[inline(always)]
fn require_open(fund: &Fund, market: &Market, clock: &Clock) -> ProgramResult {
    fund.require_not_paused(4, clock)?;
    let now = clock.unix_timestamp;
    let open = fund.byte(fund_at::status) == 0
        && fund.word(fund_at::unfunded) == 0
        && now >= market.word(market_at::adjusted + 72) as i64; // halted until
    require(open, ProgramError::InvalidArgument)
}

/// A member's position and margin, the market's totals; what requirements are evaluated from.
#[inline(always)]
fn trade(fund: &mut Fund, market: &mut Market, member: &mut Member) -> Result<u64, ProgramError> {
    let seen = member.touch_position(market.short(market_at::index))?;
    member.touch(member_at::margin, 1);
    market.touch(market_at::open_interest, 1);
    market.touch(market_at::crowding, 1);
    fund.touch(fund_at::crowding, 1);
    Ok(seen ^ member.load(member_at::shares, 3) ^ market.load_rates() ^ fund.load_resources())
}

/// A fee leaves the margins for the treasury, part of it for the contributors.
#[inline(always)]
fn touch_fees(fund: &mut Fund, to_rewards: usize) {
    fund.touch(fund_at::margin_total, 1);
    fund.touch(fund_at::treasury, 1);
    fund.touch(fund_at::rewards_streaming, to_rewards);
}
