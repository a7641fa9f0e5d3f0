//! Policies on impermanent loss: the books of a fund's covers, and the work that anybody may do for them.
//!
//! Prices of days are means of what somebody has noted, so that whoever alone notes them chooses the day
//! of exit by silence. The keeper notes every book that owes somebody a price. It decides by the
//! program's own rules on copies of the accounts: what they refuse is not sent.

use {
    crate::plan::Action,
    bulkhead_book::Book,
    bulkhead_client::{
        account::{AccountDeserialize, Discriminator},
        claims::{
            constants::VERSION,
            rules::policies as rules,
            state::{day_of, Expiry, ExpiryState, Policy, PolicyBook},
        },
        policies::BookKeys,
        Address,
    },
    std::{collections::BTreeMap, mem::offset_of},
};

/// Places of the address by which the accounts of one fund, or of one book, are found.
pub const FUND_OF_BOOK: usize = 8 + offset_of!(PolicyBook, fund);
pub const BOOK_OF_DAY: usize = 8 + offset_of!(Expiry, book);
pub const BOOK_OF_POLICY: usize = 8 + offset_of!(Policy, book);

/// A book with its days and its policies, by address.
#[derive(Clone)]
pub struct Shelf {
    pub book: PolicyBook,
    pub days: BTreeMap<Address, Expiry>,
    pub policies: BTreeMap<Address, Policy>,
    /// When the keeper decided on its own last note that has landed. A node that is behind still shows the
    /// book before it, and the same note would be paid for again.
    own_ts: i64,
}

impl Shelf {
    fn new(book: PolicyBook) -> Self {
        Self { book, days: BTreeMap::new(), policies: BTreeMap::new(), own_ts: 0 }
    }

    /// Whether somebody waits for a price: a policy is sold that is not settled.
    pub fn needs_prices(&self) -> bool {
        let runs = |day: &Expiry| day.state == ExpiryState::Running && day.policies > 0;
        self.book.pledged > 0 || self.days.values().any(runs)
    }

    /// The time at which the book is due to be noted: half of the age of a print after the last note, so
    /// that a note which fails once leaves no second uncovered.
    fn due_ts(&self, least_note_secs: u32) -> i64 {
        let secs = (self.book.max_age_secs / 2).max(least_note_secs);
        self.book.noted_ts.max(self.own_ts).saturating_add(secs.into())
    }

    /// The account of the policies that expire with this one.
    fn day_of(&self, policy: &Policy) -> Option<&Expiry> {
        self.days.values().find(|day| day.day == policy.expiry_day)
    }
}

/// The books of a fund, by address.
#[derive(Clone, Default)]
pub struct Policies {
    pub books: BTreeMap<Address, Shelf>,
}

/// An account of this type, if the bytes are one in the layout that is known.
fn decode<T: AccountDeserialize + Discriminator>(data: &[u8]) -> Option<T> {
    let is_known = data.get(T::DISCRIMINATOR.len()) == Some(&VERSION);
    is_known.then(|| T::try_deserialize(&mut &data[..]).ok())?
}

impl Policies {
    /// Takes in an account of the program of claims. Returns `false` for one that no policy needs.
    pub fn take(&mut self, fund: &Address, address: &Address, data: &[u8]) -> bool {
        if let Some(book) = decode::<PolicyBook>(data).filter(|book| book.fund == *fund) {
            self.books.entry(*address).or_insert_with(|| Shelf::new(book)).book = book;
        } else if let Some(day) = decode::<Expiry>(data) {
            let Some(shelf) = self.books.get_mut(&day.book) else { return false };
            shelf.days.insert(*address, day);
        } else if let Some(policy) = decode::<Policy>(data) {
            let Some(shelf) = self.books.get_mut(&policy.book) else { return false };
            shelf.policies.insert(*address, policy);
        } else {
            return false;
        }
        true
    }

    /// Forgets an account that is closed. Returns whether it was known.
    pub fn forget(&mut self, address: &Address) -> bool {
        let of = |shelf: &mut Shelf| {
            shelf.days.remove(address).is_some() || shelf.policies.remove(address).is_some()
        };
        self.books.values_mut().any(of)
    }

    /// Replaces everything by what was read anew, but for the keeper's own notes.
    pub fn replace(&mut self, mut read: Self) {
        for (address, shelf) in &mut read.books {
            shelf.own_ts = self.books.get(address).map_or(0, |known| known.own_ts);
        }
        *self = read;
    }

    /// A note of the keeper's own has landed, which was decided on at `ts`.
    pub fn noted(&mut self, book: &Address, ts: i64) {
        if let Some(shelf) = self.books.get_mut(book) {
            shelf.own_ts = ts;
        }
    }

    /// Policies that are sold and not settled.
    pub fn running(&self) -> u64 {
        let days = self.books.values().flat_map(|shelf| shelf.days.values());
        days.filter(|day| day.state == ExpiryState::Running).map(|day| day.policies).sum()
    }

    /// The longest time by which a note is late, in seconds.
    pub fn late_secs(&self, now: i64, least_note_secs: u32) -> u64 {
        let waiting = self.books.values().filter(|shelf| shelf.needs_prices());
        let late = waiting.map(|shelf| now.saturating_sub(shelf.due_ts(least_note_secs)));
        late.max().unwrap_or_default().max(0).unsigned_abs()
    }

    /// Plans the actions for now, notes before all others: a price that is not noted in time is lost. What a
    /// rule refuses is left out: `EntryNotKnown`, `ExitNotKnown`,
    /// `DrawOpen`, and what the cover still owes.
    pub fn plan(&self, fund: &Book, least_note_secs: u32) -> Vec<Action> {
        let mut actions = Vec::new();
        for (address, shelf) in &self.books {
            let keys = BookKeys::of(*address, &shelf.book);
            if shelf.needs_prices() && fund.now >= shelf.due_ts(least_note_secs) {
                actions.push(Action::NotePrice { market: shelf.book.market_index, keys });
            }
            let starting = starts(shelf, keys, &mut actions);
            settle(shelf, keys, &starting, &mut actions);
            pay(shelf, keys, fund, &mut actions);
        }
        actions.sort_by_key(|action| !matches!(action, Action::NotePrice { .. }));
        actions
    }
}

/// Starts every policy whose price of entry is known. Returns the days of which it starts some.
fn starts(shelf: &Shelf, keys: BookKeys, actions: &mut Vec<Action>) -> Vec<u32> {
    let mut starting = Vec::new();
    let noted = day_of(shelf.book.noted_ts);
    for policy in shelf.policies.values().filter(|policy| !policy.is_started.get()) {
        if policy.bought_day().saturating_add(1) >= noted {
            continue; // the day of entry is not over: most policies that wait are cheap to look at
        }
        let Some(day) = shelf.day_of(policy) else { continue };
        let (mut book, mut day, mut started) = (shelf.book, *day, *policy);
        if rules::start(&mut book, &mut day, &mut started).is_ok() {
            let (number, day) = (policy.number, policy.expiry_day);
            actions.push(Action::StartPolicy { keys, number, day });
            starting.push(day);
        }
    }
    starting
}

/// Settles the first day whose price of exit is known, once all its policies that can be in force are: one
/// that is not by then is paid nothing.
fn settle(shelf: &Shelf, keys: BookKeys, starting: &[u32], actions: &mut Vec<Action>) {
    let mut days: Vec<Expiry> = shelf.days.values().filter(|day| day.policies > 0).copied().collect();
    days.sort_unstable_by_key(|day| day.day);
    for mut expiry in days {
        let day = expiry.day;
        if starting.contains(&day) || rules::settle(&mut shelf.book.clone(), &mut expiry).is_err() {
            continue;
        }
        actions.push(Action::SettleExpiry { keys, day });
        return; // the next one waits until this one is paid out
    }
}

/// Opens the payouts of a day once its cover owes nothing more, and ends those whose time is over. A cover
/// that is not among those of the fund has ended, and owes nothing.
fn pay(shelf: &Shelf, keys: BookKeys, fund: &Book, actions: &mut Vec<Action>) {
    let cover = fund.covers.get(&shelf.book.cover_index);
    let is_paid = cover.is_none_or(|cover| cover.owed == 0);
    for expiry in shelf.days.values() {
        let day = expiry.day;
        if expiry.state == ExpiryState::Drawn && is_paid {
            actions.push(Action::OpenPayouts { keys, day });
        } else if rules::end_payouts(&mut expiry.clone(), fund.now).is_ok() {
            actions.push(Action::EndPayouts { keys, day });
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
