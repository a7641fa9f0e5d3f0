//! Instructions that move money in or out.

use {
    super::{
        account::*,
        effects::{emit, Custody},
        rules,
    },
    crate::layout::*,
    pinocchio::{
        error::ProgramError,
        sysvars::{clock::Clock, Sysvar},
        AccountView, Address, ProgramResult,
    },
};

const FEW: ProgramError = ProgramError::NotEnoughAccountKeys;
/// The transfer of an amount that the program computes.
const UNIT: u64 = 1;

#[inline(never)]
pub fn deposit_margin<const MONEY: bool>(
    program: &Address,
    accounts: &mut [AccountView],
    data: &[u8],
) -> ProgramResult {
    let [fund, wallet, vault, mint, token_program, member_view, depositor, ..] = accounts else {
        return Err(FEW);
    };
    let clock = Clock::get()?;
    let mut custody = Custody::check::<MONEY>([fund, wallet, vault, mint, token_program], program, &clock)?;
    let mut member = member(member_view, program, &custody.fund)?;
    require(depositor.is_signer(), ProgramError::MissingRequiredSignature)?;
    let amount = argument(data, 1)?;
    require(amount > 0, ProgramError::InvalidInstructionData)?;
    if MONEY {
        member.add(member_at::margin, amount);
        custody.fund.add(fund_at::margin_total, amount);
    } else {
        member.touch(member_at::margin, 1);
        custody.fund.touch(fund_at::margin_total, 1);
    }
    custody.pull(depositor, amount)?;
    emit([member.address()], [amount, member.word(member_at::margin)]);
    Ok(())
}

#[inline(never)]
pub fn contribute<const MONEY: bool>(
    program: &Address,
    accounts: &mut [AccountView],
    data: &[u8],
) -> ProgramResult {
    let [fund, wallet, vault, mint, token_program, member_view, owner, ..] = accounts else {
        return Err(FEW);
    };
    let clock = Clock::get()?;
    let mut custody = Custody::check::<MONEY>([fund, wallet, vault, mint, token_program], program, &clock)?;
    let mut member = member(member_view, program, &custody.fund)?;
    member.require_owner(owner)?;
    let fund = &mut custody.fund;
    fund.require_not_paused(2, &clock)?;
    fund.require_exits_open(&clock)?;
    require(fund.byte(fund_at::status) != 2, ProgramError::InvalidArgument)?;
    let amount = argument(data, 1)?;
    require(amount > 0, ProgramError::InvalidInstructionData)?;
    let released = if MONEY {
        rules::contribute(fund, &mut member, amount, clock.unix_timestamp as u64)?;
        fund.word(fund_at::rewards_streaming)
    } else {
        touch_shares(fund, &mut member);
        touch_rewards_clock(fund)
    };
    custody.pull(owner, amount)?;
    emit([member.address()], [amount, released, member.word(member_at::shares), 0]);
    Ok(())
}

#[inline(never)]
pub fn claim_withdrawal<const MONEY: bool>(program: &Address, accounts: &mut [AccountView]) -> ProgramResult {
    let [fund, wallet, vault, mint, token_program, member_view, owner, ..] = accounts else {
        return Err(FEW);
    };
    let clock = Clock::get()?;
    let mut custody = Custody::check::<MONEY>([fund, wallet, vault, mint, token_program], program, &clock)?;
    let mut member = member(member_view, program, &custody.fund)?;
    member.require_owner(owner)?;
    let fund = &mut custody.fund;
    fund.require_exits_open(&clock)?;
    let noticed = member.load(member_at::notice_shares, 2);
    let mut reading = fund.word(fund_at::exits) / 1_000;
    if !MONEY {
        // A word that is touched is one more, and the clock has not run.
        let ran_to = fund.word(fund_at::exits + exits_at::ts).wrapping_sub(1);
        reading = reading.wrapping_add((clock.unix_timestamp as u64).wrapping_sub(ran_to));
    }
    let due = reading >= member.word(member_at::notice_ready_secs);
    require(
        noticed != 0 && due && reading >= member.word(member_at::exit_ready_secs),
        ProgramError::InvalidArgument,
    )?;
    member.require_no_positions()?;
    let (amount, released) = if MONEY {
        let amount = rules::claim_withdrawal(fund, &mut member, clock.unix_timestamp as u64);
        (amount, fund.word(fund_at::rewards_streaming))
    } else {
        touch_shares(fund, &mut member);
        let released = touch_rewards_clock(fund);
        member.touch(member_at::notice_shares, 4); // with the readings at which they are due
        (UNIT, released)
    };
    custody.pay(amount)?;
    let shares = member.word(member_at::shares);
    emit([member.address()], [noticed, released, shares, custody.fund.word(fund_at::outflow), 0, 0]);
    Ok(())
}

#[inline(never)]
pub fn claim_rewards<const MONEY: bool>(program: &Address, accounts: &mut [AccountView]) -> ProgramResult {
    let [fund, wallet, vault, mint, token_program, member_view, owner, ..] = accounts else {
        return Err(FEW);
    };
    let clock = Clock::get()?;
    let mut custody = Custody::check::<MONEY>([fund, wallet, vault, mint, token_program], program, &clock)?;
    let mut member = member(member_view, program, &custody.fund)?;
    member.require_owner(owner)?;
    let fund = &mut custody.fund;
    let (amount, released) = if MONEY {
        let amount = rules::claim_rewards(fund, &mut member, clock.unix_timestamp as u64);
        (amount, fund.word(fund_at::rewards_streaming))
    } else {
        let released = touch_rewards_clock(fund);
        fund.touch(fund_at::rewards_unclaimed, 1);
        touch_indices(fund, &mut member);
        (UNIT, released)
    };
    custody.pay(amount)?;
    emit([member.address()], [member.word(member_at::rewards), released]);
    Ok(())
}

#[inline(never)]
pub fn fund_treasury<const MONEY: bool>(
    program: &Address,
    accounts: &mut [AccountView],
    data: &[u8],
) -> ProgramResult {
    let [fund, wallet, vault, mint, token_program, funder, ..] = accounts else { return Err(FEW) };
    let clock = Clock::get()?;
    let mut custody = Custody::check::<MONEY>([fund, wallet, vault, mint, token_program], program, &clock)?;
    require(funder.is_signer(), ProgramError::MissingRequiredSignature)?;
    let amount = argument(data, 1)?;
    require(amount > 0, ProgramError::InvalidInstructionData)?;
    if MONEY {
        custody.fund.add(fund_at::treasury, amount);
    } else {
        custody.fund.touch(fund_at::treasury, 1);
    }
    custody.pull(funder, amount)?;
    emit([custody.fund.address()], [amount, custody.fund.word(fund_at::treasury), 0]);
    Ok(())
}

#[inline(never)]
pub fn claim_treasury<const MONEY: bool>(program: &Address, accounts: &mut [AccountView]) -> ProgramResult {
    let [fund, wallet, vault, mint, token_program, authority, ..] = accounts else { return Err(FEW) };
    let clock = Clock::get()?;
    require(authority.is_signer(), ProgramError::MissingRequiredSignature)?;
    let (to, authority) = (*wallet.address(), *authority.address());
    let mut custody = Custody::check::<MONEY>([fund, wallet, vault, mint, token_program], program, &clock)?;
    let fund = &mut custody.fund;
    require(fund.holds(fund_at::authority, &authority), ProgramError::InvalidArgument)?;
    require(fund.holds(fund_at::treasury_to, &to), ProgramError::InvalidArgument)?;
    let amount = fund.word(fund_at::treasury_notice);
    require(amount > 0, ProgramError::InvalidInstructionData)?;
    fund.require_exits_open(&clock)?;
    let released = if MONEY {
        rules::claim_treasury(fund, amount, clock.unix_timestamp as u64)?;
        fund.load(fund_at::exposures, 12)
    } else {
        fund.touch(fund_at::treasury_notice, 1);
        fund.touch(fund_at::treasury_to, 5); // and the reading from which it can be claimed
        fund.touch(fund_at::treasury, 1);
        touch_rewards_clock(fund) ^ fund.load(fund_at::exposures, 12)
    };
    custody.pay(amount)?;
    emit([custody.fund.address()], [amount, custody.fund.word(fund_at::treasury), released]);
    Ok(())
}

/// Shares come or go: the fund's book and the member's, with what they have accrued.
#[inline(always)]
fn touch_shares(fund: &mut Fund, member: &mut Member) {
    fund.touch(fund_at::contributions, 1);
    fund.touch(fund_at::total_shares, 2);
    member.touch(member_at::shares, 2);
    touch_indices(fund, member);
}

/// A member accrues up to the fund's indices.
#[inline(always)]
pub fn touch_indices(fund: &Fund, member: &mut Member) {
    let epochs = fund.word(fund_at::share_epoch) ^ fund.word(fund_at::loss_epoch);
    let own = member.word(member_at::share_epoch) ^ member.word(member_at::loss_epoch);
    member.set(member_at::rewards, member.word(member_at::rewards) ^ epochs ^ own ^ 1);
    member.set(member_at::rewards + 8, member.word(member_at::rewards + 8) ^ 1);
    for (to, from) in [
        (member_at::reward_index, fund_at::reward_index),
        (member_at::loss_index, fund_at::loss_index),
        (member_at::loss_units_index, fund_at::loss_units_index),
    ] {
        member.set(to, fund.word(from));
        member.set(to + 8, fund.word(from + 8));
    }
}

/// When rewards were released last, and what is on its way.
#[inline(always)]
pub fn touch_rewards_clock(fund: &mut Fund) -> u64 {
    fund.touch(fund_at::rewards_ts, 1);
    fund.word(fund_at::rewards_streaming)
}
