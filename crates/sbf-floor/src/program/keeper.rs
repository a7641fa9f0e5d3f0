//! Prices and settlements.

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
/// A price of Pyth's pull oracle: what it starts with, verified by all signatures, and where its parts are.
const PYTH: u64 = 0xcdf4_7e9d_6323_f122;
const FULL: u8 = 1;
const LEN: usize = 133;
const FEED: usize = 41;
const PRICE: usize = 73;

#[inline(never)]
pub fn crank_market<const MONEY: bool>(program: &Address, accounts: &mut [AccountView]) -> ProgramResult {
    let [fund_view, market_view, price, ..] = accounts else { return Err(FEW) };
    let clock = Clock::get()?;
    let fund = fund_read(fund_view, program)?;
    let mut market = market(market_view, program, &fund)?;
    require(market.word(market_at::final_ts) == 0, ProgramError::InvalidArgument)?;

    let oracle = market_at::oracle;
    let owners = oracle + oracle_at::owners;
    let known = market.holds(owners, price.owner()) || market.holds(owners + 32, price.owner());
    require(known, ProgramError::InvalidAccountOwner)?;
    let account = oracle + oracle_at::account;
    let any = (0..4).all(|part| market.word(account + 8 * part) == 0);
    require(any || market.holds(account, price.address()), ProgramError::InvalidArgument)?;
    require(market.byte(oracle + oracle_at::kind) == 0, ProgramError::InvalidArgument)?;

    let bytes = price.try_borrow()?;
    let bytes: &[u8; LEN] = bytes.first_chunk().ok_or(ProgramError::InvalidAccountData)?;
    let feed = (0..4)
        .all(|part| word(bytes, FEED + 8 * part) == market.word(oracle + oracle_at::feed_id + 8 * part));
    require(word(bytes, 0) == PYTH && bytes[40] == FULL && feed, ProgramError::InvalidAccountData)?;
    let (price, confidence, published) =
        (word(bytes, PRICE), word(bytes, PRICE + 8), word(bytes, PRICE + 20));
    let exponent = word(bytes, PRICE + 16) as u32;
    let age = (clock.unix_timestamp as u64).wrapping_sub(published);
    let fresh = age <= u64::from(market.half(oracle + oracle_at::max_age_secs))
        && published >= market.word(market_at::seen_ts);
    require(price > 0 && exponent != 0 && fresh, ProgramError::InvalidAccountData)?;

    let terms = market.load(market_at::adjustment, 5) ^ market.word(market_at::base_rates);
    let last = [mark_at::price, mark_at::publish_ts].map(|at| market.word(market_at::mark + at));
    for (part, word) in [price, confidence, clock.slot, published].into_iter().enumerate() {
        market.set(market_at::mark + 8 * part, word);
    }
    market.set(market_at::seen_ts, published);
    if MONEY {
        let longest = market.half(oracle + oracle_at::max_age_secs);
        market.set(market_at::spot, price);
        market.set(market_at::fresh_until_ts, published.wrapping_add(longest.into()));
        rules::crank(&mut market, last, [price, published], &clock)?;
    } else {
        market.touch(market_at::range, 5);
        market.set(market_at::crank_ts, clock.unix_timestamp as u64);
        market.touch(market_at::spot, 2); // until when it covers chain time
        market.touch(market_at::rates, 1);
        market.touch(market_at::adjusted, 3); // the sample
        market.touch(market_at::adjusted + adjusted_at::breaker, 5); // the breaker's windows
        market.touch(market_at::adjusted + adjusted_at::mean, 4); // the mean, the premium's index
        market.touch(market_at::adjusted + adjusted_at::maintenance_ramp, 2); // with multiplier and regime
    }
    let (rates, multiplier) = (market.word(market_at::rates), market.word(market_at::adjusted + 144));
    let spot = market.word(market_at::spot);
    emit([market.address()], [price, confidence, published, multiplier, rates, terms, spot, clock.slot]);
    Ok(())
}

#[inline(never)]
pub fn settle<const MONEY: bool>(program: &Address, accounts: &mut [AccountView]) -> ProgramResult {
    let [fund_view, market_view, member_view, ..] = accounts else { return Err(FEW) };
    let clock = Clock::get()?;
    let mut fund = fund::<MONEY>(fund_view, program, &clock)?;
    let market = market(market_view, program, &fund)?;
    let mut member = member(member_view, program, &fund)?;
    market.require_fresh(&fund, &clock)?;

    let index = market.short(market_at::index);
    let house = market.load(market_at::house_lots, 3) ^ market.word(market_at::scale);
    let mut seen = market.word(market_at::mark + mark_at::price);
    if MONEY {
        rules::settle(&mut fund, &market, &mut member)?;
    } else {
        seen ^= member.touch_position(index)?;
        member.touch(member_at::margin, 1);
        member.touch(member_at::settled, 3);
        fund.touch(fund_at::margin_total, 1);
        fund.touch(fund_at::pool, 1);
    }
    emit([member.address()], [seen ^ house, u64::from(index)]);
    Ok(())
}
