//! One instruction: its accounts, then its handler.

use {
    anchor_lang::{
        AccountCursor, AccountLoader, AccountView, Address, Context, ErrorCode, MutMask, Result, TryAccounts,
    },
    core::{ptr::NonNull, slice},
};

/// Runs the handler of an instruction on the accounts that it declares. `given` counts all accounts of the call.
///
/// It does what the framework's function of this name does. The framework's is inlined into the dispatcher for every
/// instruction, and walks the accounts there; this one is a function of its own for each, and the walk is one for all.
///
/// # Errors
///
/// `AccountNotEnoughKeys` if the call has fewer accounts than the instruction declares, and
/// `ConstraintDuplicateMutableAccount` if one that it writes is given twice. Otherwise what a check or the handler
/// refuses with.
#[inline(never)]
pub fn run_handler<'a, T: TryAccounts, R>(
    program_id: &'a Address,
    cursor: &'a mut AccountCursor,
    data: &'a [u8],
    given: usize,
    handler: impl FnOnce(&mut Context<'a, T>, T::IxArgs<'a>) -> Result<R>,
) -> Result<R> {
    let Some(rest) = given.checked_sub(T::HEADER_SIZE) else {
        return Err(ErrorCode::AccountNotEnoughKeys.into());
    };
    let Some(first) = walk(cursor, T::HEADER_SIZE, &T::MUT_MASK) else {
        return Err(ErrorCode::ConstraintDuplicateMutableAccount.into());
    };
    // SAFETY: `walk` has written so many accounts there, one after the other. The array belongs to the
    // cursor, which writes the next ones behind them, and not before the handler asks for them. Where it
    // begins is known from a slice without elements, which the cursor makes of its own pointer to the whole
    // array. A reference to no bytes claims none, so that the pointer may go on to the rest of the array, as
    // Tree Borrows has it and LLVM compiles it; the older model Stacked Borrows would want the cursor to give
    // its pointer away, for which the framework has no call.
    let views = unsafe { slice::from_raw_parts(first.as_ptr(), T::HEADER_SIZE) };
    let (accounts, bumps, arguments) = T::validate_accounts(program_id, views, cursor.duplicates(), 0, data)?;
    let once = match rest {
        0 => MutMask::Static(&T::MUT_MASK),
        _ if T::HAS_DYNAMIC_MUT_MASK => MutMask::Dynamic(accounts.active_mut_mask()),
        _ => MutMask::Static(&T::MUT_MASK),
    };
    // The runtime gives a call at most 255 accounts.
    let mut context = Context::new(program_id, accounts, bumps, cursor, rest as u8, once);
    let result = handler(&mut context, arguments)?;
    context.accounts.exit_accounts(data)?;
    Ok(result)
}

/// Walks the first accounts of a call and returns where they stand; nothing if one of those that are to be given once
/// is given twice. There must be that many.
#[inline(always)]
fn walk(cursor: &mut AccountCursor, accounts: usize, once: &[u64; 4]) -> Option<NonNull<AccountView>> {
    // A function for each number, without a loop: the loop took as long again.
    let first = match accounts {
        1 => walk_n::<1>(cursor),
        2 => walk_n::<2>(cursor),
        3 => walk_n::<3>(cursor),
        4 => walk_n::<4>(cursor),
        5 => walk_n::<5>(cursor),
        6 => walk_n::<6>(cursor),
        7 => walk_n::<7>(cursor),
        8 => walk_n::<8>(cursor),
        _ => walk_many(cursor, accounts),
    };
    match cursor.duplicates() {
        Some(duplicates) if duplicates.intersects(once) => None,
        _ => Some(first),
    }
}

#[inline(never)]
fn walk_n<const N: usize>(cursor: &mut AccountCursor) -> NonNull<AccountView> {
    // Nothing was walked before. That the compiler knows this spares it to look where it is.
    assert!(cursor.consumed() == 0);
    // Of no account: only where the first will stand. What may be read through it is said in `run_handler`.
    let first = NonNull::from(AccountLoader::new(cursor).walk_n(0).0).cast();
    macro_rules! walk {
        ($($number:literal)*) => {
            // SAFETY: there are at least `N` accounts, and none was walked before.
            $(if $number <= N { unsafe { cursor.next() }; })*
        };
    }
    walk!(1 2 3 4 5 6 7 8);
    first
}

#[inline(never)]
fn walk_many(cursor: &mut AccountCursor, accounts: usize) -> NonNull<AccountView> {
    NonNull::from(AccountLoader::new(cursor).walk_n(accounts).0).cast()
}
