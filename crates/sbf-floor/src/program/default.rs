//! Declaring a default and allocating its loss, in the typical case: no keeper who wants a bounty, no epoch that ends.

use {
    super::{
        account::*,
        custody::{touch_indices, touch_rewards_clock},
        effects::{create, emit},
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
/// Version 1, and the layout's first word but for the bump.
const HEAD: u64 = VERSION as u64;

#[inline(never)]
pub fn declare_default<const MONEY: bool>(program: &Address, accounts: &mut [AccountView]) -> ProgramResult {
    let [fund_view, member_view, record, payer, system_program, keeper, markets @ ..] = accounts else {
        return Err(FEW);
    };
    let clock = Clock::get()?;
    let mut fund = fund::<MONEY>(fund_view, program, &clock)?;
    let mut member = member(member_view, program, &fund)?;
    require(member.byte(member_at::status) == 0, ProgramError::InvalidArgument)?;
    require_payer(payer, system_program, keeper, record, program)?;

    let number = fund.word(fund_at::default_seq);
    let count = member.word(member_at::default_count);
    let seeds: [&[u8]; 3] = [b"default", member.address().as_array(), &count.to_le_bytes()];
    let bump = create(payer, record, RECORD.1, &seeds, program)?;
    let mut record = Record::created(record)?;
    record.set(0, RECORD.0);
    record.set(record_at::version, HEAD | u64::from(bump) << 8 | (markets.len() as u64) << 24);
    record.set_address(record_at::fund, fund.address());
    record.set_address(record_at::member, member.address());
    record.set_address(record_at::payer, payer.address());
    let margin = member.word(member_at::margin);
    for (part, word) in [number, clock.slot, clock.unix_timestamp as u64, margin, 1].into_iter().enumerate() {
        record.set(record_at::seq + 8 * part, word);
    }
    record.set(record_at::count, count);

    let mut seen = member.load(member_at::shares, 3);
    if MONEY {
        let [view, ..] = markets else { return Err(FEW) };
        let mut market = market(view, program, &fund)?;
        market.require_fresh(&fund, &clock)?;
        declare_with_arithmetic(&mut fund, &mut market, &mut member, &mut record, &clock)?;
    } else {
        record.touch(record_at::bounties, 1);
        for (place, view) in markets.iter_mut().enumerate() {
            let mut market = market(view, program, &fund)?;
            market.require_fresh(&fund, &clock)?;
            seen ^= to_house(&mut market, &mut member)?;
            note_position(&mut record, place, [seen, market.word(market_at::mark), 0]);
        }
        touch_declared(&mut fund, &mut member, &mut record);
    }
    let own =
        [member.word(member_at::rewards), fund.word(fund_at::cushions), fund.word(fund_at::house_round)];
    let words = [number, margin, seen, clock.slot, own[0], own[1], own[2], 0, 0, 0, 0, 0, 0];
    // The keeper's address is as long as the member's.
    emit([fund.address(), member.address(), member.address()], words);
    Ok(())
}

/// What a declaration changes beside the houses.
#[inline(always)]
fn touch_declared(fund: &mut Fund, member: &mut Member, record: &mut Record) {
    record.touch(record_at::from_contribution, 1);
    record.touch(record_at::unfunded, 1);
    member.touch(member_at::margin, 1);
    member.touch(member_at::default_count, 1);
    member.touch(member_at::shares, 2);
    touch_indices(fund, member);
    touch_rewards_clock(fund);
    fund.touch(fund_at::margin_total, 2); // with the contributions
    fund.touch(fund_at::pool, 1);
    fund.touch(fund_at::total_shares, 2);
    fund.touch(fund_at::default_seq, 1);
    fund.touch(fund_at::unfunded, 1);
    fund.touch(fund_at::loss_seq, 1);
    fund.touch(fund_at::open_defaults, 1);
    fund.touch(fund_at::market_count & !7, 1); // with open houses
    fund.touch(fund_at::exposures, 6);
    fund.touch(fund_at::crowding, 1);
    fund.touch(fund_at::exits + exits_at::open_watches, 1); // with whether they were blocked
}

/// The same with the arithmetic of money, for a member with one position.
#[inline(always)]
fn declare_with_arithmetic(
    fund: &mut Fund,
    market: &mut Market,
    member: &mut Member,
    record: &mut Record,
    clock: &Clock,
) -> ProgramResult {
    let (price, result) = rules::judge(fund, market, member, clock)?;
    rules::declare(fund, member, record, result, clock.unix_timestamp as u64)?;
    let lots = rules::to_house(fund, market, member, result, clock.slot)?;
    note_position(record, 0, [lots as u64, price, u64::from(market.short(market_at::index))]);
    Ok(())
}

/// A position, as the record of a default keeps it.
#[inline(always)]
fn note_position(record: &mut Record, place: usize, words: [u64; 3]) {
    if place < SLOTS {
        let at = record_at::positions + 24 * place;
        words.iter().enumerate().for_each(|(part, word)| record.set(at + 8 * part, *word));
    }
}

/// A position goes to the house.
#[inline(always)]
fn to_house(market: &mut Market, member: &mut Member) -> Result<u64, ProgramError> {
    let seen = member.touch_position(market.short(market_at::index))? ^ market.load_rates();
    market.touch(market_at::open_interest, 5); // the house's lots, raw quote and slot
    market.touch(market_at::crowding, 1);
    Ok(seen)
}

#[inline(never)]
pub fn allocate_loss<const MONEY: bool>(program: &Address, accounts: &mut [AccountView]) -> ProgramResult {
    let [fund_view, record_view, epoch_record, payer, system_program, keeper, ..] = accounts else {
        return Err(FEW);
    };
    let clock = Clock::get()?;
    let mut fund = fund::<MONEY>(fund_view, program, &clock)?;
    let mut record = record(record_view, program, &fund)?;
    require(record.byte(record_at::status) == 0, ProgramError::InvalidArgument)?;
    require_payer(payer, system_program, keeper, epoch_record, program)?;

    let shortfall = record.word(record_at::shortfall);
    let terms = fund.load(fund_at::params, 11) ^ fund.load(fund_at::assessment, 9);
    let running = clock.unix_timestamp < fund.word(fund_at::cooling_off_ends_ts) as i64;
    if MONEY {
        rules::allocate(&mut fund, &mut record, clock.unix_timestamp as u64);
    } else {
        touch_allocated(&mut fund, &mut record);
    }
    let words = [record.word(record_at::seq), shortfall, terms, u64::from(running)];
    let [seq, shortfall, terms, running] = words;
    let left =
        [fund.word(fund_at::contributions), fund.word(fund_at::treasury), fund.word(fund_at::residual)];
    // The addresses of defaulter and keeper are as long as the fund's.
    emit([fund.address(); 3], [seq, shortfall, terms, running, left[0], left[1], left[2], 0]);
    Ok(())
}

/// What an allocation changes.
#[inline(always)]
fn touch_allocated(fund: &mut Fund, record: &mut Record) {
    record.touch(record_at::version, 1); // with the status
    record.touch(record_at::from_contribution, 5);
    record.touch(record_at::unfunded, 2); // with what cushions pay
    record.touch(record_at::bounties, 1);
    fund.touch(fund_at::contributions, 2); // with the treasury
    fund.touch(fund_at::pool, 1);
    fund.touch(fund_at::total_shares, 2);
    fund.touch(fund_at::loss_index, 2);
    fund.touch(fund_at::unfunded, 3); // residual, open defaults
    fund.touch(fund_at::members & !7, 3); // the cooling-off period's number
    fund.touch(fund_at::losses_outstanding, 5); // and the units they are held in
    fund.touch(fund_at::contributions_before, 4); // and the shares, and until when
    fund.touch(fund_at::exits + exits_at::open_watches, 1);
}

/// Who pays for a record, that it may be written and created, and that nobody wants a bounty: an account that is left out is
/// the program itself.
#[inline(always)]
fn require_payer(
    payer: &AccountView,
    system_program: &AccountView,
    keeper: &AccountView,
    record: &AccountView,
    program: &Address,
) -> ProgramResult {
    require(payer.is_signer() && payer.is_writable(), ProgramError::MissingRequiredSignature)?;
    require(record.is_writable(), ProgramError::Immutable)?;
    require(system_program.address() == &pinocchio_system::ID, ProgramError::IncorrectProgramId)?;
    require(keeper.address() == program, ProgramError::InvalidArgument)
}
