use {
    crate::{
        error::*,
        evidence::{custom, quorum, Bytes, Config, Result, Update, Vaa},
    },
    pinocchio::{
        cpi::{invoke_signed_with_bounds, Seed, Signer},
        error::ProgramError,
        instruction::{InstructionAccount, InstructionView},
        sysvars::{clock::Clock, Sysvar},
        AccountView, Address, ProgramResult,
    },
    pinocchio_system::instructions::{CreateAccount, Transfer},
};

#[cfg(target_arch = "bpf")]
use sbf_builtins as _;

const POST_UPDATE: [u8; 8] = [133, 95, 207, 175, 11, 79, 118, 44];
const POST_UPDATE_ATOMIC: [u8; 8] = [49, 172, 84, 192, 175, 180, 52, 234];
const RECLAIM_RENT: [u8; 8] = [218, 200, 19, 197, 227, 89, 192, 22];
const UPDATE_PRICE_FEED: [u8; 8] = [28, 9, 93, 150, 86, 153, 188, 115];
const INIT_ENCODED_VAA: [u8; 8] = [209, 193, 173, 25, 91, 202, 181, 218];
const WRITE_ENCODED_VAA: [u8; 8] = [199, 208, 110, 177, 150, 76, 118, 42];
const VERIFY_ENCODED_VAA: [u8; 8] = [103, 56, 177, 229, 240, 103, 68, 73];
const CLOSE_ENCODED_VAA: [u8; 8] = [48, 221, 174, 198, 231, 7, 152, 38];

const PRICE_UPDATE: [u8; 8] = [0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd];
const PRICE_UPDATE_LEN: usize = 134;
const PUBLISH_TS: core::ops::Range<usize> = 93..101;

/// An encoded VAA: discriminator, status, write authority, version, length, and the VAA.
const ENCODED_VAA: [u8; 8] = [226, 101, 163, 4, 133, 160, 84, 245];
const STATUS: usize = 8;
const AUTHORITY: core::ops::Range<usize> = 9..41;
const VERSION: usize = 41;
const LENGTH: core::ops::Range<usize> = 42..46;
const ENCODED: usize = 46;
const WRITING: u8 = 1;
const VERIFIED: u8 = 2;

const MAX_ACCOUNTS: usize = 16;
const MISSING: ProgramError = ProgramError::NotEnoughAccountKeys;

pinocchio::program_entrypoint!(process, MAX_ACCOUNTS);
pinocchio::no_allocator!();
pinocchio::nostd_panic_handler!();

#[inline(never)]
fn process(program: &Address, views: &mut [AccountView], data: &[u8]) -> ProgramResult {
    let (kind, data) = data.split_first_chunk().ok_or(ProgramError::InvalidInstructionData)?;
    match *kind {
        POST_UPDATE_ATOMIC => post_update_atomic(program, views, Bytes(data)),
        POST_UPDATE => post_update(program, views, Bytes(data)),
        RECLAIM_RENT => reclaim_rent(program, views),
        UPDATE_PRICE_FEED => update_price_feed(program, views, data),
        INIT_ENCODED_VAA => init_encoded_vaa(program, views),
        WRITE_ENCODED_VAA => write_encoded_vaa(program, views, Bytes(data)),
        VERIFY_ENCODED_VAA => verify_encoded_vaa(program, views),
        CLOSE_ENCODED_VAA => close_encoded_vaa(program, views),
        _ => Err(ProgramError::InvalidInstructionData),
    }
}

/// The receiver: checks the VAA in the instruction, and writes the price.
fn post_update_atomic(program: &Address, views: &mut [AccountView], mut data: Bytes) -> ProgramResult {
    let [_, guardian_set, config, ..] = &*views else { return Err(MISSING) };
    let config = Config::read(config, program)?;
    let vaa = Vaa::parse(data.sized()?)?;
    if vaa.count() < usize::from(config.minimum_signatures) {
        return Err(custom(INSUFFICIENT_GUARDIAN_SIGNATURES));
    }
    let guardians = vaa.verify(guardian_set, &config.wormhole)?;
    let partial = match vaa.count() >= quorum(program, guardians) {
        true => None,
        false => Some(vaa.count() as u8),
    };
    write_price(program, views, &config, &vaa, partial, data)
}

/// The receiver: believes a VAA that Wormhole has verified in an account, and writes the price.
fn post_update(program: &Address, views: &mut [AccountView], data: Bytes) -> ProgramResult {
    let [_, encoded, config, ..] = &*views else { return Err(MISSING) };
    let config = Config::read(config, program)?;
    if !encoded.owned_by(&config.wormhole) {
        return Err(custom(WRONG_VAA_OWNER));
    }
    let encoded = encoded.clone();
    let bytes = encoded.try_borrow()?;
    let is_verified = bytes.starts_with(&ENCODED_VAA) && bytes.get(STATUS) == Some(&VERIFIED);
    if !is_verified {
        return Err(custom(UNVERIFIED_VAA));
    }
    let vaa = Vaa::parse(bytes.get(ENCODED..).ok_or(custom(DESERIALIZE_VAA_FAILED))?)?;
    write_price(program, views, &config, &vaa, None, data)
}

/// Takes the fee, checks origin and proof, and writes the price account.
#[inline(never)]
fn write_price(
    program: &Address,
    views: &mut [AccountView],
    config: &Config,
    vaa: &Vaa,
    partial: Option<u8>,
    mut data: Bytes,
) -> ProgramResult {
    let [payer, _, _, treasury, account, _, authority, ..] = views else { return Err(MISSING) };
    if !payer.is_signer() || !authority.is_signer() {
        return Err(ProgramError::MissingRequiredSignature);
    }
    let update = Update::read(&mut data)?;
    let number: [u8; 1] = data.array()?;
    if Address::find_program_address(&[b"treasury", &number], program).0 != *treasury.address() {
        return Err(ProgramError::InvalidSeeds);
    }
    if config.fee > 0 {
        Transfer { from: payer, to: treasury, lamports: config.fee }.invoke()?;
    }
    config.require_source(vaa)?;
    update.verify(vaa.payload())?;
    let price = update.price()?;
    if account.owned_by(&pinocchio_system::ID) {
        let space = PRICE_UPDATE_LEN as u64;
        CreateAccount::with_minimum_balance(payer, account, space, program, None)?.invoke()?;
    }
    let slot = Clock::get()?.slot;
    let mut bytes = account.try_borrow_mut()?;
    let known: [u8; 32] = *bytes.get(8..).and_then(|rest| rest.first_chunk()).ok_or(MISSING)?;
    if known != [0; 32] && known != *authority.address().as_array() {
        return Err(custom(WRONG_WRITE_AUTHORITY));
    }
    bytes.fill(0);
    bytes[..8].copy_from_slice(&PRICE_UPDATE);
    bytes[8..40].copy_from_slice(authority.address().as_array());
    let mut at = 41;
    match partial {
        None => bytes[40] = 1,
        Some(count) => {
            bytes[41] = count; // behind the tag 0
            at += 1;
        }
    }
    bytes[at..at + price.len()].copy_from_slice(&price);
    at += price.len();
    bytes[at..at + 8].copy_from_slice(&slot.to_le_bytes());
    Ok(())
}

fn reclaim_rent(program: &Address, views: &mut [AccountView]) -> ProgramResult {
    let [payer, account, ..] = views else { return Err(MISSING) };
    require_authority(account, program, payer, &PRICE_UPDATE, 8..40)?;
    close(account, payer)
}

/// The push oracle: posts to the feed's own address, if the price is newer.
fn update_price_feed(program: &Address, views: &mut [AccountView], data: &[u8]) -> ProgramResult {
    let [payer, receiver, encoded, config, treasury, feed_account, system, ..] = views else {
        return Err(MISSING);
    };
    let mut bytes = Bytes(data);
    let update = Update::read(&mut bytes)?;
    bytes.take(1)?; // treasury
    let params = data.len() - bytes.0.len();
    let (shard, feed): ([u8; 2], [u8; 32]) = (bytes.array()?, bytes.array()?);
    let (own, bump) = Address::find_program_address(&[&shard, &feed], program);
    if own != *feed_account.address() {
        return Err(ProgramError::InvalidSeeds);
    }
    let price = update.price()?;
    if price[..32] != feed {
        return Err(custom(PRICE_FEED_MESSAGE_MISMATCH));
    }
    let at = PUBLISH_TS.start - 41..PUBLISH_TS.end - 41;
    let next = i64::from_le_bytes(*price[at].first_chunk().ok_or(MISSING)?);
    let now = {
        let data = feed_account.try_borrow()?;
        let known = data.get(PUBLISH_TS).and_then(|bytes| bytes.first_chunk());
        known.map_or(0, |bytes| i64::from_le_bytes(*bytes))
    };
    if next <= now {
        return Ok(());
    }
    const LONGEST: usize = 8 + 4 + 100 + 4 + 20 * 20 + 1;
    let mut call = [0; LONGEST];
    let call = call.get_mut(..8 + params).ok_or(ProgramError::InvalidInstructionData)?;
    call[..8].copy_from_slice(&POST_UPDATE);
    call[8..].copy_from_slice(&data[..params]);
    let accounts = [
        InstructionAccount::new(payer.address(), true, true),
        InstructionAccount::new(encoded.address(), false, false),
        InstructionAccount::new(config.address(), false, false),
        InstructionAccount::new(treasury.address(), true, false),
        InstructionAccount::new(feed_account.address(), true, true),
        InstructionAccount::new(system.address(), false, false),
        InstructionAccount::new(feed_account.address(), false, true),
    ];
    let instruction = InstructionView { program_id: receiver.address(), data: call, accounts: &accounts };
    let bump = [bump];
    let seeds = [Seed::from(&shard), Seed::from(&feed), Seed::from(&bump)];
    invoke_signed_with_bounds::<7, &AccountView>(
        &instruction,
        &[payer, encoded, config, treasury, feed_account, system, feed_account],
        &[Signer::from(&seeds)],
    )
}

fn init_encoded_vaa(program: &Address, views: &mut [AccountView]) -> ProgramResult {
    let [authority, encoded, ..] = views else { return Err(MISSING) };
    let is_new = encoded.try_borrow()?.get(..ENCODED) == Some(&[0; ENCODED]);
    if !authority.is_signer() || !encoded.owned_by(program) || !is_new {
        return Err(ProgramError::InvalidAccountData);
    }
    let mut bytes = encoded.try_borrow_mut()?;
    let len = (bytes.len() - ENCODED) as u32;
    bytes[..8].copy_from_slice(&ENCODED_VAA);
    bytes[STATUS] = WRITING;
    bytes[AUTHORITY].copy_from_slice(authority.address().as_array());
    bytes[LENGTH].copy_from_slice(&len.to_le_bytes());
    Ok(())
}

fn write_encoded_vaa(program: &Address, views: &mut [AccountView], mut data: Bytes) -> ProgramResult {
    let [authority, encoded, ..] = views else { return Err(MISSING) };
    require_draft(encoded, program, authority)?;
    let at = ENCODED + u32::from_le_bytes(data.array()?) as usize;
    let part = data.sized()?;
    let mut bytes = encoded.try_borrow_mut()?;
    let room = bytes.get_mut(at..at + part.len()).ok_or(ProgramError::AccountDataTooSmall)?;
    room.copy_from_slice(part);
    Ok(())
}

fn verify_encoded_vaa(program: &Address, views: &mut [AccountView]) -> ProgramResult {
    let [authority, encoded, guardian_set, ..] = views else { return Err(MISSING) };
    require_draft(encoded, program, authority)?;
    {
        let bytes = encoded.try_borrow()?;
        let vaa = Vaa::parse(&bytes[ENCODED..])?;
        let guardians = vaa.verify(guardian_set, program)?;
        if vaa.count() < quorum(program, guardians) {
            return Err(custom(NO_QUORUM));
        }
    }
    let mut bytes = encoded.try_borrow_mut()?;
    bytes[STATUS] = VERIFIED;
    bytes[VERSION] = 1;
    Ok(())
}

fn close_encoded_vaa(program: &Address, views: &mut [AccountView]) -> ProgramResult {
    let [authority, encoded, ..] = views else { return Err(MISSING) };
    require_authority(encoded, program, authority, &ENCODED_VAA, AUTHORITY)?;
    close(encoded, authority)
}

fn require_draft(encoded: &AccountView, program: &Address, authority: &AccountView) -> ProgramResult {
    require_authority(encoded, program, authority, &ENCODED_VAA, AUTHORITY)?;
    match encoded.try_borrow()?[STATUS] {
        WRITING => Ok(()),
        _ => Err(ProgramError::InvalidAccountData),
    }
}

/// Refuses an account that is another program's, of another kind, or of another authority.
fn require_authority(
    account: &AccountView,
    program: &Address,
    authority: &AccountView,
    discriminator: &[u8; 8],
    at: core::ops::Range<usize>,
) -> Result<()> {
    let data = account.try_borrow()?;
    let is_own = account.owned_by(program) && data.starts_with(discriminator);
    match is_own && authority.is_signer() && data.get(at) == Some(authority.address().as_ref()) {
        true => Ok(()),
        false => Err(custom(WRONG_WRITE_AUTHORITY)),
    }
}

fn close(account: &mut AccountView, to: &mut AccountView) -> ProgramResult {
    let lamports = to.lamports().checked_add(account.lamports()).ok_or(ProgramError::ArithmeticOverflow)?;
    to.set_lamports(lamports);
    account.set_lamports(0);
    account.close()
}
