use pinocchio::{
    cpi::{invoke_signed_with_bounds, Seed, Signer},
    error::ProgramError,
    instruction::{InstructionAccount, InstructionView},
    AccountView, Address, ProgramResult,
};

use crate::{instruction::*, Account, Pool, ACCOUNT_TAG, BONUS_PERCENT, MARKET_PRICE_AT, POOL, POOL_TAG};

#[cfg(target_arch = "bpf")]
use sbf_builtins as _;

const MAX_ACCOUNTS: usize = 16;
const MAX_ACCOUNTS_OF_CALL: usize = 4;
/// SPL Token: a transfer.
const TRANSFER: u8 = 3;
/// Bulkhead: `draw_cover`.
const DRAW_COVER: u8 = 96;
/// Where a token account has its amount.
const AMOUNT: core::ops::Range<usize> = 64..72;

const REFUSED: ProgramError = ProgramError::InvalidArgument;
const OVERFLOW: ProgramError = ProgramError::ArithmeticOverflow;

pinocchio::program_entrypoint!(process, MAX_ACCOUNTS);
pinocchio::no_allocator!();
pinocchio::nostd_panic_handler!();

/// Reads a struct of plain words.
fn read<T: Copy>(program: &Address, view: &AccountView, tag: u8) -> Result<T, ProgramError> {
    let data = view.try_borrow()?;
    let owned = view.owned_by(program) && data.len() == size_of::<T>() && data.first() == Some(&tag);
    if !owned {
        return Err(ProgramError::InvalidAccountData);
    }
    // SAFETY: the length is that of `T`, which is plain words without padding.
    Ok(unsafe { core::ptr::read_unaligned(data.as_ptr().cast()) })
}

/// Writes a struct of plain words that was read from this account.
fn write<T: Copy>(view: &mut AccountView, value: &T) -> ProgramResult {
    let mut data = view.try_borrow_mut()?;
    // SAFETY: as in `read`; the account has this length.
    unsafe { core::ptr::write_unaligned(data.as_mut_ptr().cast(), *value) };
    Ok(())
}

/// What every instruction begins with: the pool, an account in it, and who signs.
struct Books {
    pool: Pool,
    account: Account,
}

fn open(program: &Address, views: &[AccountView]) -> Result<Books, ProgramError> {
    let [pool, account, signer, ..] = views else { return Err(ProgramError::NotEnoughAccountKeys) };
    let books = Books { pool: read(program, pool, POOL_TAG)?, account: read(program, account, ACCOUNT_TAG)? };
    let is_of_pool = books.account.pool == *pool.address().as_array();
    if !is_of_pool || !signer.is_signer() {
        return Err(ProgramError::MissingRequiredSignature);
    }
    Ok(books)
}

fn close(views: &mut [AccountView], books: &Books) -> ProgramResult {
    let [pool, account, ..] = views else { return Err(ProgramError::NotEnoughAccountKeys) };
    write(pool, &books.pool)?;
    write(account, &books.account)
}

#[inline(never)]
fn process(program: &Address, views: &mut [AccountView], data: &[u8]) -> ProgramResult {
    let (kind, rest) = data.split_first().ok_or(ProgramError::InvalidInstructionData)?;
    let amount = rest.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let mut books = open(program, views)?;
    let owns = views.get(2).is_some_and(|signer| books.account.owner == *signer.address().as_array());
    let needs_owner = matches!(*kind, WITHDRAW | BORROW | SUPPLY | PLEDGE);
    if needs_owner && !owns {
        return Err(ProgramError::MissingRequiredSignature);
    }
    match *kind {
        SUPPLY => supply(views, &mut books, amount)?,
        WITHDRAW => withdraw(views, &mut books, amount)?,
        PLEDGE => pledge(views, &mut books, amount)?,
        BORROW => borrow(views, &mut books, amount)?,
        REPAY => repay(views, &mut books, amount)?,
        LIQUIDATE => liquidate(views, &mut books, amount)?,
        WRITE_OFF => return write_off(views, books),
        RECEIVE => receive(views, &mut books)?,
        _ => return Err(ProgramError::InvalidInstructionData),
    }
    close(views, &books)
}

/// Accounts: pool, account, owner, vault, the owner's tokens, token program.
fn supply(views: &[AccountView], Books { pool, account }: &mut Books, amount: u64) -> ProgramResult {
    let [_, _, owner, vault, tokens, token_program, ..] = views else { return Err(REFUSED) };
    require_is(vault, &pool.vault)?;
    let assets = pool.cash.checked_add(pool.debt).ok_or(OVERFLOW)?;
    let shares = match pool.shares {
        0 => amount,
        all => part(amount, all, assets)?, // favours those already in
    };
    pool.cash = pool.cash.checked_add(amount).ok_or(OVERFLOW)?;
    pool.shares = pool.shares.checked_add(shares).ok_or(OVERFLOW)?;
    account.shares = account.shares.checked_add(shares).ok_or(OVERFLOW)?;
    transfer(token_program, [tokens, vault, owner], amount, &[])
}

/// Accounts as of a supply, with the pool as the one that pays.
fn withdraw(views: &[AccountView], Books { pool, account }: &mut Books, shares: u64) -> ProgramResult {
    let [own, _, _, vault, tokens, token_program, ..] = views else { return Err(REFUSED) };
    require_is(vault, &pool.vault)?;
    let assets = pool.cash.checked_add(pool.debt).ok_or(OVERFLOW)?;
    let amount = part(shares, assets, pool.shares)?; // favours those who stay
    account.shares = account.shares.checked_sub(shares).ok_or(REFUSED)?;
    pool.shares = pool.shares.checked_sub(shares).ok_or(REFUSED)?;
    pool.cash = pool.cash.checked_sub(amount).ok_or(REFUSED)?;
    pay(pool, own, [vault, tokens], token_program, amount)
}

/// Accounts: pool, account, owner, store, the owner's collateral, token program.
fn pledge(views: &[AccountView], Books { pool, account }: &mut Books, amount: u64) -> ProgramResult {
    let [_, _, owner, store, tokens, token_program, ..] = views else { return Err(REFUSED) };
    require_is(store, &pool.store)?;
    account.collateral = account.collateral.checked_add(amount).ok_or(OVERFLOW)?;
    transfer(token_program, [tokens, store, owner], amount, &[])
}

/// Accounts: pool, account, owner, vault, the owner's tokens, token program, market.
fn borrow(views: &[AccountView], Books { pool, account }: &mut Books, amount: u64) -> ProgramResult {
    let [own, _, _, vault, tokens, token_program, market, ..] = views else { return Err(REFUSED) };
    require_is(vault, &pool.vault)?;
    let price = price(pool, market)?;
    account.debt = account.debt.checked_add(amount).ok_or(OVERFLOW)?;
    pool.debt = pool.debt.checked_add(amount).ok_or(OVERFLOW)?;
    pool.cash = pool.cash.checked_sub(amount).ok_or(REFUSED)?;
    let worth = pool.worth(account.collateral, price).ok_or(OVERFLOW)?;
    if pool.exceeds(account.debt, worth, pool.threshold_bps.saturating_sub(1_000)) {
        return Err(REFUSED);
    }
    pay(pool, own, [vault, tokens], token_program, amount)
}

/// Accounts as of a supply; anyone may repay.
fn repay(views: &[AccountView], Books { pool, account }: &mut Books, amount: u64) -> ProgramResult {
    let [_, _, payer, vault, tokens, token_program, ..] = views else { return Err(REFUSED) };
    require_is(vault, &pool.vault)?;
    account.debt = account.debt.checked_sub(amount).ok_or(REFUSED)?;
    pool.debt = pool.debt.checked_sub(amount).ok_or(REFUSED)?;
    pool.cash = pool.cash.checked_add(amount).ok_or(OVERFLOW)?;
    transfer(token_program, [tokens, vault, payer], amount, &[])
}

/// Accounts: as of a borrowing for the liquidator's tokens, then the store and the liquidator's collateral.
fn liquidate(views: &[AccountView], books: &mut Books, amount: u64) -> ProgramResult {
    let [own, _, _, _, _, token_program, market, store, collateral, ..] = views else { return Err(REFUSED) };
    let pool = &books.pool;
    require_is(store, &pool.store)?;
    let price = price(pool, market)?;
    let worth = pool.worth(books.account.collateral, price).ok_or(OVERFLOW)?;
    if !pool.exceeds(books.account.debt, worth, pool.threshold_bps) {
        return Err(REFUSED);
    }
    let amount = amount.min(books.account.debt);
    let with_bonus = amount.checked_mul(100 + BONUS_PERCENT).ok_or(OVERFLOW)? / 100;
    let taken = part(with_bonus, pool.scale, price)?.min(books.account.collateral);
    books.account.collateral = books.account.collateral.checked_sub(taken).ok_or(REFUSED)?;
    repay(views, books, amount)?;
    pay(&books.pool, own, [store, collateral], token_program, taken)
}

/// Accounts: pool, account, anyone, Bulkhead, its fund, the cover, the market.
///
/// The suppliers bear the debt at once. What the cover pays comes into the vault after its settlement.
fn write_off(views: &mut [AccountView], mut books: Books) -> ProgramResult {
    let Books { pool, account } = &mut books;
    let debt = account.debt;
    if debt == 0 || account.collateral > 0 {
        return Err(REFUSED);
    }
    account.debt = 0;
    pool.debt = pool.debt.checked_sub(debt).ok_or(REFUSED)?;
    pool.reported = pool.reported.checked_add(debt).ok_or(OVERFLOW)?;
    close(views, &books)?;
    let [own, _, _, bulkhead, fund, cover, market, ..] = &*views else { return Err(REFUSED) };
    require_is(cover, &books.pool.cover)?;
    require_is(market, &books.pool.market)?;
    let mut data = [DRAW_COVER; 9];
    data[1..].copy_from_slice(&debt.to_le_bytes());
    let accounts = [
        InstructionAccount::new(fund.address(), true, false),
        InstructionAccount::new(cover.address(), true, false),
        InstructionAccount::new(own.address(), false, true),
        InstructionAccount::new(market.address(), false, false),
    ];
    let instruction = InstructionView { program_id: bulkhead.address(), data: &data, accounts: &accounts };
    signed(&books.pool, |signers| {
        invoke_signed_with_bounds::<MAX_ACCOUNTS_OF_CALL, &AccountView>(
            &instruction,
            &[fund, cover, own, market],
            signers,
        )
    })
}

/// Accounts: pool, account, anyone, vault.
fn receive(views: &[AccountView], Books { pool, .. }: &mut Books) -> ProgramResult {
    let [_, _, _, vault, ..] = views else { return Err(REFUSED) };
    require_is(vault, &pool.vault)?;
    let data = vault.try_borrow()?;
    let amount = data.get(AMOUNT).and_then(|bytes| bytes.first_chunk()).ok_or(REFUSED)?;
    pool.cash = u64::from_le_bytes(*amount);
    Ok(())
}

fn require_is(view: &AccountView, address: &[u8; 32]) -> ProgramResult {
    if view.address().as_array() == address {
        Ok(())
    } else {
        Err(REFUSED)
    }
}

/// The mark of the pool's market.
fn price(pool: &Pool, market: &AccountView) -> Result<u64, ProgramError> {
    require_is(market, &pool.market)?;
    let data = market.try_borrow()?;
    let bytes = data.get(MARKET_PRICE_AT..).and_then(|bytes| bytes.first_chunk()).ok_or(REFUSED)?;
    Ok(u64::from_le_bytes(*bytes))
}

/// `amount * numerator / denominator`, rounded down.
fn part(amount: u64, numerator: u64, denominator: u64) -> Result<u64, ProgramError> {
    let product = u128::from(amount).checked_mul(numerator.into()).ok_or(OVERFLOW)?;
    u64::try_from(product.checked_div(denominator.into()).ok_or(REFUSED)?).map_err(|_| OVERFLOW)
}

fn signed(pool: &Pool, call: impl FnOnce(&[Signer]) -> ProgramResult) -> ProgramResult {
    let bump = [pool.bump];
    let seeds = [Seed::from(POOL), Seed::from(&pool.market), Seed::from(&bump)];
    call(&[Signer::from(&seeds)])
}

/// Pays tokens of the pool.
fn pay(
    pool: &Pool,
    own: &AccountView,
    [from, to]: [&AccountView; 2],
    program: &AccountView,
    amount: u64,
) -> ProgramResult {
    signed(pool, |signers| transfer(program, [from, to, own], amount, signers))
}

fn transfer(
    program: &AccountView,
    [from, to, authority]: [&AccountView; 3],
    amount: u64,
    signers: &[Signer],
) -> ProgramResult {
    let mut data = [TRANSFER; 9];
    data[1..].copy_from_slice(&amount.to_le_bytes());
    let accounts = [
        InstructionAccount::new(from.address(), true, false),
        InstructionAccount::new(to.address(), true, false),
        InstructionAccount::new(authority.address(), false, true),
    ];
    let instruction = InstructionView { program_id: program.address(), data: &data, accounts: &accounts };
    invoke_signed_with_bounds::<MAX_ACCOUNTS_OF_CALL, &AccountView>(
        &instruction,
        &[from, to, authority],
        signers,
    )
}
