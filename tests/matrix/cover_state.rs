//! Forged accounts of the second program's types.

use {
    crate::{
        changes::Change,
        state::{Forgery, Original, State},
    },
    bulkhead_cover::state::{Expiry, Loss, Page, Panel, Policy, PolicyBook},
    bulkhead_tests::{
        bulkhead_client::{
            address,
            claims::{self, PanelKeys},
            policies::{self, BookKeys},
        },
        keypair, Address, Signer,
    },
    core::mem::offset_of,
};

/// What else there could be of a type of the second program: of another fund or drawer, and others of
/// the same.
pub fn others(kind: State, fund: &Address, original: &Original) -> Vec<Forgery> {
    let stranger = keypair("stranger").pubkey();
    let (panel, book) = (claims::panel(&stranger, 0), policies::book(&stranger, 0));
    let loss = |panel: &Address, number: u64| {
        let nobody = Address::default();
        let keys =
            PanelKeys { panel: *panel, fund: nobody, cover: nobody, mint: nobody, token_program: nobody };
        keys.loss(number)
    };
    let page = |loss: &Address, number: u64| claims::page(loss, number as u16);
    let expiry = |book: &Address, day: u64| book_keys(book).expiry(day as u32);
    let policy = |book: &Address, number: u64| book_keys(book).policy(number);
    match kind {
        State::Panel => {
            let fields = (offset_of!(Panel, creator), offset_of!(Panel, id));
            let fund =
                [(offset_of!(Panel, fund), *fund), (offset_of!(Panel, cover), address::cover(fund, 0))];
            drawers(original, fields, &fund, claims::panel)
        }
        State::PolicyBook => {
            let fields = (offset_of!(PolicyBook, creator), offset_of!(PolicyBook, id));
            let fund = [
                (offset_of!(PolicyBook, fund), *fund),
                (offset_of!(PolicyBook, cover), address::cover(fund, 0)),
                (offset_of!(PolicyBook, market), address::market(fund, 0)),
            ];
            drawers(original, fields, &fund, policies::book)
        }
        State::Loss => {
            let strangers = [offset_of!(Loss, reporter), offset_of!(Loss, payer)];
            let fields = (offset_of!(Loss, panel), (offset_of!(Loss, number), 8));
            records(original, fields, &panel, &strangers, loss)
        }
        State::Page => {
            let fields = (offset_of!(Page, loss), (offset_of!(Page, number), 2));
            records(original, fields, &loss(&panel, 0), &[offset_of!(Page, payer)], page)
        }
        State::Expiry => {
            let fields = (offset_of!(Expiry, book), (offset_of!(Expiry, day), 4));
            records(original, fields, &book, &[offset_of!(Expiry, payer)], expiry)
        }
        State::Policy => {
            let strangers = [offset_of!(Policy, owner), offset_of!(Policy, payer)];
            let fields = (offset_of!(Policy, book), (offset_of!(Policy, number), 8));
            records(original, fields, &book, &strangers, policy)
        }
        other => unreachable!("{other:?} is a type of the first program"),
    }
}

fn book_keys(book: &Address) -> BookKeys {
    let nobody = Address::default();
    BookKeys { book: *book, fund: nobody, cover: nobody, market: nobody, mint: nobody, token_program: nobody }
}

/// A drawer of the same creator on another fund, and the next one on this fund. Its vault stays the
/// genuine one's.
fn drawers(
    original: &Original,
    (creator, id): (usize, usize),
    other_fund: &[(usize, Address)],
    address: impl Fn(&Address, u16) -> Address,
) -> Vec<Forgery> {
    let creator = original.address(creator);
    let [next, after] = [1, 2].map(|more| original.number((id, 2)) as u16 + more);
    let next_id = next.to_le_bytes();
    let after_id = after.to_le_bytes();
    let elsewhere: Vec<(usize, &[u8])> = [(id, after_id.as_slice())]
        .into_iter()
        .chain(other_fund.iter().map(|(offset, address)| (*offset, address.as_ref())))
        .collect();
    vec![
        (Change::AnotherFund, address(&creator, after), original.with(&elsewhere)),
        (Change::AnotherDrawer, address(&creator, next), original.with(&[(id, &next_id)])),
    ]
}

/// The record with the same number of another owner, and the next one of the same owner, in which a
/// stranger stands in these fields.
fn records(
    original: &Original,
    (owner, number): (usize, (usize, usize)),
    other: &Address,
    strangers: &[usize],
    address: impl Fn(&Address, u64) -> Address,
) -> Vec<Forgery> {
    let (own, now) = (original.address(owner), original.number(number));
    let stranger = keypair("stranger").pubkey();
    let next = (now + 1).to_le_bytes();
    let changes: Vec<(usize, &[u8])> = [(number.0, &next[..number.1])]
        .into_iter()
        .chain(strangers.iter().map(|field| (*field, stranger.as_ref())))
        .collect();
    vec![
        (Change::AnotherDrawer, address(other, now), original.with(&[(owner, other.as_ref())])),
        (Change::AnotherRecord, address(&own, now + 1), original.with(&changes)),
    ]
}
