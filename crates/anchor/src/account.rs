//! An account of the program's own, checked by code that stands in the program once.

extern crate alloc;

use {
    alloc::vec::Vec,
    anchor_lang::{
        address_eq, bytemuck::Pod, programs::System, AccountClose, AccountInitialize, AccountView, Address,
        AnchorAccount, Discriminator, ErrorCode, Id, IdlAccountType, Owner, Space,
    },
    core::{
        marker::PhantomData,
        mem,
        ops::{Deref, DerefMut},
    },
    pinocchio::{error::ProgramError, ProgramResult},
};

type Result<T> = core::result::Result<T, ProgramError>;

/// The framework's own type for such an account: what this one does rarely is left to it.
type Original<T> = anchor_lang::accounts::Account<T>;

/// Bytes of a discriminator, which stands before the data.
const TAG: usize = 8;

/// What the program asks of an account before it reads it as a type.
struct Wanted {
    owner: Address,
    /// Of the whole account, with the discriminator.
    len: usize,
    tag: [u8; TAG],
}

impl Wanted {
    const fn of<T: Owner + Discriminator>() -> Self {
        let tag = match T::DISCRIMINATOR.first_chunk() {
            Some(tag) if T::DISCRIMINATOR.len() == TAG => *tag,
            _ => panic!("the data of an account stand behind eight bytes"),
        };
        assert!(align_of::<T>() <= TAG, "the runtime aligns data to eight bytes");
        Self { owner: T::OWNER, len: TAG + size_of::<T>(), tag }
    }

    /// Whether an account of enough bytes is of the type.
    #[inline(always)]
    fn is_type_of(&self, account: &AccountView) -> bool {
        // SAFETY: there are at least as many data as a discriminator has. They lie where the runtime has put them,
        // and nobody writes them meanwhile.
        let tag = unsafe { account.data_ptr().cast::<u64>().read_unaligned() };
        tag == u64::from_ne_bytes(self.tag)
    }
}

/// Why an account is refused.
#[derive(Clone, Copy, PartialEq)]
#[repr(u8)]
enum Refusal {
    NotWritable,
    Borrowed,
    WrongOwner,
    TooSmall,
    WrongType,
}

impl Refusal {
    /// The framework's error.
    #[cold]
    #[inline(never)]
    fn error(self, account: AccountView) -> ProgramError {
        match self {
            Self::NotWritable => ErrorCode::ConstraintMut.into(),
            Self::Borrowed => ProgramError::AccountBorrowFailed,
            // It does not exist yet.
            Self::WrongOwner if account.lamports() == 0 && account.owned_by(&System::id()) => {
                ProgramError::UninitializedAccount
            }
            Self::WrongOwner => ProgramError::IllegalOwner,
            Self::TooSmall => ProgramError::AccountDataTooSmall,
            Self::WrongType => ProgramError::InvalidAccountData,
        }
    }
}

/// Borrows an account to read it, for the rest of the instruction, if it is as wanted.
#[inline(never)]
fn borrow(account: AccountView, wanted: &'static Wanted) -> Option<Refusal> {
    let Ok(data) = account.try_borrow() else { return Some(Refusal::Borrowed) };
    let refusal = if !address_eq(account.owner(), &wanted.owner) {
        Refusal::WrongOwner
    } else if data.len() < wanted.len {
        Refusal::TooSmall
    } else if !wanted.is_type_of(&account) {
        Refusal::WrongType
    } else {
        mem::forget(data);
        return None;
    };
    Some(refusal)
}

/// Borrows an account to write it, for the rest of the instruction, if it is as wanted.
#[inline(never)]
fn borrow_mut(mut account: AccountView, wanted: &'static Wanted) -> Option<Refusal> {
    let view = account;
    if !view.is_writable() {
        return Some(Refusal::NotWritable);
    }
    if view.data_len() < wanted.len {
        return Some(Refusal::TooSmall);
    }
    let Ok(data) = account.try_borrow_mut() else { return Some(Refusal::Borrowed) };
    if !address_eq(view.owner(), &wanted.owner) {
        return Some(Refusal::WrongOwner);
    }
    if !wanted.is_type_of(&view) {
        return Some(Refusal::WrongType);
    }
    mem::forget(data);
    None
}

/// An account whose data are a `T` of this program, read where they lie.
///
/// It differs from the framework's type of this name in what it costs. The framework puts the check of owner, length
/// and type into every instruction for every account; here they are two functions. It also keeps no pointer to the data,
/// and lets no borrow go: an instruction ends with the accounts that it has borrowed.
pub struct Account<T> {
    view: AccountView,
    /// Whether it was borrowed to be written.
    is_mutable: bool,
    data: PhantomData<T>,
}

impl<T: Pod + Owner + Discriminator> Account<T> {
    const WANTED: &'static Wanted = &const { Wanted::of::<T>() };

    /// Returns the account's address.
    #[inline(always)]
    pub fn address(&self) -> &Address {
        self.view.address()
    }
}

impl<T: Pod + Owner + Discriminator> AnchorAccount for Account<T> {
    type Data = T;
    const MIN_DATA_LEN: usize = TAG + size_of::<T>();

    #[inline(always)]
    fn load(view: AccountView) -> Result<Self> {
        if let Some(refusal) = borrow(view, Self::WANTED) {
            return Err(refusal.error(view));
        }
        Ok(Self { view, is_mutable: false, data: PhantomData })
    }

    #[inline(always)]
    // SAFETY: the trait asks the caller that nobody else borrows the account. Here it is refused if somebody does.
    unsafe fn load_mut(view: AccountView) -> Result<Self> {
        if let Some(refusal) = borrow_mut(view, Self::WANTED) {
            return Err(refusal.error(view));
        }
        Ok(Self { view, is_mutable: true, data: PhantomData })
    }

    #[inline(always)]
    fn account(&self) -> &AccountView {
        &self.view
    }
}

impl<T: Pod> Deref for Account<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: loading has seen that the data are long enough for a `T` behind the discriminator, whose eight bytes
        // keep the alignment that the runtime gives to data, and every bit pattern is a `T`. Loading has also borrowed
        // the account for good, so that nobody else writes it.
        unsafe { &*self.view.data_ptr().add(TAG).cast::<T>() }
    }
}

impl<T: Pod> DerefMut for Account<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        assert!(self.is_mutable);
        // SAFETY: as above; and it was borrowed to be written, so that nobody else reads it either.
        unsafe { &mut *self.view.data_mut_ptr().add(TAG).cast::<T>() }
    }
}

impl<T: Pod + Owner + Discriminator> AccountInitialize for Account<T> {
    type Params<'a> = ();

    #[inline(never)]
    fn create_and_initialize<'a>(
        payer: &AccountView,
        account: &AccountView,
        space: usize,
        owner: &Address,
        params: &(),
        signer_seeds: Option<&[&[u8]]>,
        payer_signer_seeds: Option<&[&[u8]]>,
    ) -> Result<Self> {
        let create = Original::<T>::create_and_initialize;
        drop(create(payer, account, space, owner, params, signer_seeds, payer_signer_seeds)?);
        // SAFETY: the account was created just now, and what the framework borrowed of it was dropped.
        unsafe { Self::load_mut(*account) }
    }
}

impl<T: Pod + Owner + Discriminator> AccountClose for Account<T> {
    #[inline(never)]
    fn close(&mut self, destination: AccountView) -> ProgramResult {
        assert!(self.is_mutable);
        self.is_mutable = false;
        // SAFETY: this was the only borrow, and may not be written through any more.
        unsafe { Original::<T>::load_mut(self.view)? }.close(destination)
    }
}

impl<T: Discriminator> Discriminator for Account<T> {
    const DISCRIMINATOR: &'static [u8] = T::DISCRIMINATOR;
}

impl<T: Pod + Owner + Discriminator> Space for Account<T> {
    const INIT_SPACE: usize = Original::<T>::INIT_SPACE;
}

impl<T: IdlAccountType> IdlAccountType for Account<T> {
    const __IDL_ACCOUNT_ENTRY: Option<&'static str> = T::__IDL_ACCOUNT_ENTRY;
    const __IDL_TYPE_DEF: Option<&'static str> = T::__IDL_TYPE_DEF;

    fn __idl_account_entry() -> Option<&'static str> {
        T::__idl_account_entry()
    }

    fn __idl_type_def() -> Option<&'static str> {
        T::__idl_type_def()
    }

    fn __register_idl_deps(accounts: &mut Vec<&'static str>, types: &mut Vec<&'static str>) {
        T::__register_idl_deps(accounts, types);
    }
}
