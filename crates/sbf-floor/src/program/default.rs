//! Declaring a default and allocating its loss, in the typical case: no keeper who wants a bounty, no epoch that ends.

use {
    super::{
        account::*,
        effects::{create, emit},
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
pub fn declare_default(program: &Address, accounts: &mut [AccountView]) -> ProgramResult {
    let [fund_view, member_view, record, payer, system_program, keeper, markets @ ..] = accounts else {
        return Err(FEW);
    };
    let clock = Clock::get()?;
    let mut fund = fund(fund_view, program)?;
    let mut member = member(member_view, program, &fund)?;
    member.require_free()?;
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
    record.touch(record_at::bounties, 1);
    record.set(record_at::count, count);

    let mut seen = member.load(member_at::shares, 3);
    for (place, view) in markets.iter_mut().enumerate() {
        let mut market = market(view, program, &fund)?;
        market.require_fresh(&fund, &clock)?;
        seen ^= to_house(&mut market, &mut member)?;
        if let Some(at) = (place < SLOTS).then_some(record_at::positions + 24 * place) {
            record.set(at, seen);
            record.set(at + 8, market.word(market_at::mark + mark_at::price));
            record.set(at + 16, u64::from(market.short(market_at::index)));
        }
    }
    member.touch(member_at::version, 1); // with the status
    member.touch(member_at::margin, 1);
    member.touch(member_at::default_count, 1);
    fund.touch(fund_at::margin_total, 1);
    fund.touch(fund_at::pool, 1);
    fund.touch(fund_at::default_seq, 1);
    fund.touch(fund_at::unfunded, 1);
    fund.touch(fund_at::open_defaults, 1);
    fund.touch(fund_at::market_count & !7, 1); // with open houses
    fund.touch(fund_at::defaulted_markets, 1);
    fund.touch(fund_at::exposures, 6);
    emit([fund.address(), member.address()], [number, margin, seen, clock.slot]);
    Ok(())
}

/// A position goes to the house.
#[inline(always)]
fn to_house(market: &mut Market, member: &mut Member) -> Result<u64, ProgramError> {
    let seen = member.touch_position(market.short(market_at::index))? ^ market.load_rates();
    market.touch(market_at::open_interest, 5); // the house's lots, raw quote and slot
    market.touch(market_at::loss_episode, 3); // with whose loss it was
    market.touch(market_at::cut_lots, 2);
    Ok(seen ^ market.load(market_at::cut_raw, 2))
}

#[inline(never)]
pub fn allocate_loss(program: &Address, accounts: &mut [AccountView]) -> ProgramResult {
    let [fund_view, member_view, record_view, epoch_record, payer, system_program, keeper, ..] = accounts
    else {
        return Err(FEW);
    };
    let clock = Clock::get()?;
    let mut fund = fund(fund_view, program)?;
    let mut member = member(member_view, program, &fund)?;
    let mut record = record(record_view, program, &fund)?;
    let declared = record.holds(record_at::member, member.address()) && record.byte(record_at::status) == 0;
    require(declared && member.byte(member_at::status) == 2, ProgramError::InvalidArgument)?;
    require_payer(payer, system_program, keeper, epoch_record, program)?;

    let shortfall = record.word(record_at::shortfall);
    let terms = fund.load(fund_at::params, 11) ^ fund.load(fund_at::assessment, 8);
    let running = clock.unix_timestamp < fund.word(fund_at::cooling_off_ends_ts) as i64;
    member.touch(member_at::version, 1); // with the status
    member.touch(member_at::shares, 2);
    for (to, from) in [
        (member_at::reward_index, fund_at::reward_index),
        (member_at::loss_index, fund_at::loss_index),
        (member_at::loss_units_index, fund_at::loss_units_index),
    ] {
        member.set(to, fund.word(from));
        member.set(to + 8, fund.word(from + 8));
    }
    record.touch(record_at::version, 1); // with the status
    record.touch(record_at::from_contribution, 5);
    record.touch(record_at::bounties, 1);
    fund.touch(fund_at::contributions, 2); // with the treasury
    fund.touch(fund_at::pool, 1);
    fund.touch(fund_at::total_shares, 2);
    fund.touch(fund_at::loss_index, 2);
    fund.touch(fund_at::loss_episode, 4); // unfunded, residual, open defaults
    fund.touch(fund_at::members & !7, 3); // the cooling-off period's number, defaulted markets
    fund.touch(fund_at::losses_outstanding, 5); // and the units they are held in
    fund.touch(fund_at::contributions_before, 4); // and the shares, and until when
    let words = [record.word(record_at::seq), shortfall, terms, u64::from(running)];
    let [seq, shortfall, terms, running] = words;
    let left =
        [fund.word(fund_at::contributions), fund.word(fund_at::treasury), fund.word(fund_at::residual)];
    emit([fund.address(), member.address()], [seq, shortfall, terms, running, left[0], left[1], left[2], 0]);
    Ok(())
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
