//! The checks of an account are those of the framework: for every account that there can be, both types accept it or
//! refuse it with the same error, and leave the same mark.

use {
    anchor_lang::{
        accounts::Account as Original, prelude::ProgramError, programs::System, AccountClose, AccountView,
        Address, AnchorAccount, Discriminator, Id, Owner,
    },
    bulkhead_anchor::Account,
    bytemuck::{Pod, Zeroable},
    pinocchio::account::RuntimeAccount,
};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Thing {
    amount: u64,
    other: u64,
}

const OURS: Address = Address::new_from_array([7; 32]);
const THEIRS: Address = Address::new_from_array([8; 32]);
const TAG: [u8; 8] = *b"thing of";

impl Owner for Thing {
    const OWNER: Address = OURS;
}

impl Discriminator for Thing {
    const DISCRIMINATOR: &'static [u8] = &TAG;
}

const HEADER: usize = size_of::<RuntimeAccount>();
/// The borrow state of an account that nobody borrows.
const FREE: u8 = 255;
const WHOLE: usize = TAG.len() + size_of::<Thing>();

/// An account as the runtime lays it out: a header, and the data behind it.
#[derive(Clone)]
struct Laid {
    words: Vec<u64>,
}

impl Laid {
    fn new(header: RuntimeAccount, tag: [u8; 8]) -> Self {
        let mut words = vec![0; (HEADER + 64) / 8];
        words[HEADER / 8] = u64::from_le_bytes(tag);
        words[HEADER / 8 + 1] = 41;
        // SAFETY: the header fits into the words, which are aligned as it is.
        unsafe { words.as_mut_ptr().cast::<RuntimeAccount>().write(header) };
        Self { words }
    }

    fn view(&mut self) -> AccountView {
        // SAFETY: a header and at least as many data as it says lie there, and outlive every use in these tests.
        unsafe { AccountView::new_unchecked(self.words.as_mut_ptr().cast()) }
    }
}

/// A good account of ours, writable and not borrowed.
fn good() -> RuntimeAccount {
    RuntimeAccount {
        borrow_state: FREE,
        is_writable: 1,
        owner: OURS,
        lamports: 5,
        data_len: WHOLE as u64,
        ..Default::default()
    }
}

/// Every account that differs in something that a check looks at.
fn all() -> Vec<Laid> {
    let mut all = vec![];
    for borrow_state in [0, 1, 2, 3, 254, FREE] {
        for is_writable in [0, 1] {
            for (owner, lamports) in
                [(OURS, 5), (OURS, 0), (THEIRS, 5), (THEIRS, 0), (System::id(), 5), (System::id(), 0)]
            {
                for data_len in [0, 7, 8, 9, WHOLE as u64 - 1, WHOLE as u64, WHOLE as u64 + 1] {
                    for tag in [TAG, [0; 8], *b"thing oF", [255; 8]] {
                        let header =
                            RuntimeAccount { borrow_state, is_writable, owner, lamports, data_len, ..good() };
                        all.push(Laid::new(header, tag));
                    }
                }
            }
        }
    }
    all
}

/// What came of loading an account, and its borrow state while it is loaded; a refused one is never used again.
fn outcome<A: AnchorAccount>(
    laid: &Laid,
    load: fn(AccountView) -> Result<A, ProgramError>,
) -> Result<u8, ProgramError> {
    let mut laid = laid.clone();
    let loaded = load(laid.view())?;
    let state = state(&laid);
    drop(loaded);
    Ok(state)
}

fn state(laid: &Laid) -> u8 {
    laid.words[0].to_le_bytes()[0]
}

/// Loads an account to be written, as the type of ours or the framework's.
fn load_mut<A: AnchorAccount>(view: AccountView) -> Result<A, ProgramError> {
    // SAFETY: in these tests nobody else has a reference to an account's data while it is loaded.
    unsafe { A::load_mut(view) }
}

#[test]
fn it_is_read_and_refused_as_the_framework_does() {
    let (mut accepted, all) = (0, all());
    for laid in &all {
        let ours = outcome(laid, Account::<Thing>::load);
        assert_eq!(ours, outcome(laid, Original::<Thing>::load));
        accepted += usize::from(ours.is_ok());
    }
    assert_eq!((accepted, all.len()), (4 * 2 * 2 * 2, 6 * 2 * 6 * 7 * 4));
}

#[test]
fn it_is_written_and_refused_as_the_framework_does() {
    let mut accepted = 0;
    for laid in all().iter().filter(|laid| state(laid) == FREE) {
        let ours = outcome(laid, load_mut::<Account<Thing>>);
        assert_eq!(ours, outcome(laid, load_mut::<Original<Thing>>));
        accepted += usize::from(ours.is_ok());
    }
    assert_eq!(accepted, 2 * 2);
}

/// The framework leaves this to whoever loads it.
#[test]
fn what_somebody_borrows_is_not_written() {
    for laid in all().iter().filter(|laid| state(laid) != FREE) {
        assert!(outcome(laid, load_mut::<Account<Thing>>).is_err());
    }
    let mut laid = Laid::new(RuntimeAccount { borrow_state: 254, ..good() }, TAG);
    let refused = load_mut::<Account<Thing>>(laid.view()).err();
    assert_eq!(refused, Some(ProgramError::AccountBorrowFailed));
    assert_eq!(state(&laid), 254);
}

#[test]
fn its_data_are_those_behind_the_discriminator() {
    let mut laid = Laid::new(good(), TAG);
    let mut thing = load_mut::<Account<Thing>>(laid.view()).unwrap();
    assert_eq!(thing.amount, 41);
    thing.other = 43;
    assert_eq!(laid.words[HEADER / 8..][..3], [u64::from_le_bytes(TAG), 41, 43]);
}

#[test]
#[should_panic]
fn what_was_loaded_to_be_read_is_not_written() {
    let mut laid = Laid::new(good(), TAG);
    let mut thing = Account::<Thing>::load(laid.view()).unwrap();
    thing.other = 43;
}

/// What is left of two accounts after the first was closed into the second.
fn closed<A: AnchorAccount + AccountClose>() -> [Vec<u64>; 2] {
    let (mut laid, mut to) = (Laid::new(good(), TAG), Laid::new(good(), TAG));
    load_mut::<A>(laid.view()).unwrap().close(to.view()).unwrap();
    assert_eq!((laid.view().lamports(), to.view().lamports()), (0, 10));
    [laid.words, to.words]
}

#[test]
fn it_is_closed_as_the_framework_does() {
    assert_eq!(closed::<Account<Thing>>(), closed::<Original<Thing>>());
}

#[test]
#[should_panic]
fn what_is_closed_is_not_written() {
    let (mut laid, mut to) = (Laid::new(good(), TAG), Laid::new(good(), TAG));
    let mut thing = load_mut::<Account<Thing>>(laid.view()).unwrap();
    if thing.close(to.view()).is_ok() {
        thing.other = 43;
    }
}
