//! The fund as it changes: accounts come in, marks are brought up to date, and the index follows.

use {
    crate::{
        policies::Policies,
        prices::{oracle_account, poster::Postable},
        triggers::{is_due, Triggers},
    },
    anyhow::Result,
    bulkhead_book::{
        accounts::{self, Owned, CLOCK},
        Book, Markets, Quote,
    },
    bulkhead_client::{
        account::decode,
        address, cover_program_id, program_id,
        state::{CoverStatus, DefaultRecord, Fund, Market, Member, Offer},
        Address,
    },
    solana_account::Account,
    std::{
        collections::{BTreeMap, BTreeSet},
        mem::take,
        ops::Bound,
    },
};

/// Nodes are at most so many seconds behind each other.
const TAKING_SETTLES_SECS: i64 = 5;

/// The state that a keeper follows.
pub struct Live {
    /// The fund after a crank of every market that has a price.
    book: Book,
    /// Markets as they are on chain.
    markets: Markets,
    oracles: Vec<Address>,
    prices: Vec<Option<Account>>,
    /// Oracle accounts by market, where they differ from the market's own.
    configured: BTreeMap<u16, Address>,
    /// Whether other accounts are to be read than before.
    is_moved: bool,
    posting: Posting,
    policies: Policies,
    triggers: Triggers,
    is_dirty: bool,
}

/// Prices that the keeper can post, where those on chain are too old.
#[derive(Default)]
struct Posting {
    /// A price on chain is too old beyond this many seconds.
    older_than_secs: u32,
    /// The last price that can be posted, by market.
    postable: BTreeMap<u16, Postable>,
    /// The markets that count with it now.
    in_use: BTreeSet<u16>,
}

impl Posting {
    /// Chooses between the price on chain and the one that can be posted.
    fn choose(&mut self, market: &Market, on_chain: Quote, now: i64) -> Quote {
        self.in_use.remove(&market.index);
        let Some(postable) = self.postable.get(&market.index) else { return on_chain };
        let publish_ts = |quote: &Quote| quote.print.map(|print| print.publish_ts);
        let known = publish_ts(&on_chain);
        let is_old = known.is_none_or(|ts| now.saturating_sub(ts) > self.older_than_secs.into());
        if !is_old {
            return on_chain;
        }
        let posted = Quote::read(market, Some(&postable.account), now);
        if publish_ts(&posted) <= known {
            return on_chain;
        }
        self.in_use.insert(market.index);
        posted
    }
}

/// The kind of an account that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The fund, its vault, a market or a record: accounts that every decision depends on.
    Common,
    Price,
    Member,
    Clock,
    /// An account that is not followed.
    None,
}

impl Live {
    /// Builds the state from accounts that were read at once. `prices` are the accounts of
    /// `oracles`.
    pub fn new(book: Book, oracles: Vec<Address>, prices: Vec<Option<Account>>) -> Self {
        let markets = book.markets.clone();
        let book = book.cranked();
        let triggers = Triggers::new(&book);
        let posting = Posting::default();
        let policies = Policies::default();
        let (configured, is_moved, is_dirty) = (BTreeMap::new(), true, false);
        Self { book, markets, oracles, prices, configured, is_moved, posting, policies, triggers, is_dirty }
    }

    /// The same state, in which these markets are read from other accounts than their own.
    pub fn reading_from(self, configured: BTreeMap<u16, Address>) -> Self {
        Self { configured, ..self }
    }

    /// The fund after a crank of every market that has a price.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Markets as they are on chain.
    pub fn markets(&self) -> &[Market] {
        &self.markets
    }

    /// The oracle account of every market.
    pub fn oracles(&self) -> &[Address] {
        &self.oracles
    }

    /// Whether an oracle's account exists on chain.
    pub fn is_open(&self, oracle: &Address) -> bool {
        let mut all = self.oracles.iter().zip(&self.prices);
        all.any(|(address, price)| address == oracle && price.is_some())
    }

    /// Takes in a price that the keeper can post. It counts while the price on chain is older than
    /// so many seconds.
    pub fn offer(&mut self, market: u16, postable: Postable, older_than_secs: u32) {
        self.posting.older_than_secs = older_than_secs;
        self.posting.postable.insert(market, postable);
        self.is_dirty = true;
    }

    /// Takes in the policies as they were read.
    pub fn serve(&mut self, read: Policies) {
        self.policies.replace(read);
    }

    /// A note of the keeper's own has landed, which was decided on at `ts`.
    pub fn noted(&mut self, book: &Address, ts: i64) {
        self.policies.noted(book, ts);
    }

    /// The books of the fund's covers.
    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// Takes over what can be posted from the state before, and its policies, unless the chain has begun
    /// again.
    pub fn inherit(&mut self, before: &mut Self) {
        self.posting = take(&mut before.posting);
        let oracle = |markets: &Markets, market: u16| markets.get(usize::from(market)).map(|it| it.oracle);
        let is_same = |market: u16| oracle(&before.markets, market) == oracle(&self.markets, market);
        self.posting.postable.retain(|market, _| is_same(*market)); // another oracle has another price
        if before.book.slot <= self.book.slot {
            self.policies = take(&mut before.policies);
        }
        self.is_dirty = true;
    }

    /// The account that a price of this market is to be posted to before a crank.
    pub fn posts_to(&self, market: u16) -> Option<Address> {
        let postable = self.posting.postable.get(&market)?;
        self.posting.in_use.contains(&market).then_some(postable.address)
    }

    /// The account that a crank of each market reads now.
    pub fn cranked_from(&self) -> Vec<Address> {
        let all = self.oracles.iter().zip(0u16..);
        all.map(|(oracle, market)| self.posts_to(market).unwrap_or(*oracle)).collect()
    }

    /// Number of members with a trigger price.
    pub fn indexed(&self) -> usize {
        self.triggers.len()
    }

    /// Whether an account is the fund or a price and differs from the known one.
    pub fn is_news(&self, address: &Address, account: Option<&Account>) -> bool {
        if let Some(index) = self.oracles.iter().position(|oracle| oracle == address) {
            return self.prices[index].as_ref().map(|price| &price.data)
                != account.map(|account| &account.data);
        }
        let fund = account
            .filter(|_| *address == self.book.keys.fund)
            .and_then(|fund| decode::<Fund>(&fund.data).ok());
        fund.is_some_and(|fund| bytemuck::bytes_of(&fund) != bytemuck::bytes_of(&self.book.fund))
    }

    /// The accounts that every decision depends on, read by address. A market that the fund counts and that
    /// is not known yet is among them.
    pub fn common(&self) -> Vec<Address> {
        let mut common = accounts::named(&self.book.keys, &self.oracles);
        let known = u16::try_from(self.markets.len()).unwrap_or(u16::MAX);
        let counted = known.max(self.book.fund.market_count);
        common.extend((0..counted).map(|index| self.book.keys.market(index)));
        common
    }

    /// Whether [`Self::common`] or [`Self::oracles`] have changed since the last call.
    pub fn take_moved(&mut self) -> bool {
        take(&mut self.is_moved)
    }

    /// The next offers with takings that wait, in order of address, from after `last`; after the end comes
    /// the beginning. A node that tells of changes says nothing of an account that was closed, so that a
    /// taking may long be over. One of the last seconds is left out: a node that lags behind may not have it
    /// yet.
    pub fn next_takings(&self, last: Option<Address>, most: usize) -> Vec<Address> {
        let takings = &self.book.takings;
        let is_settled = |offer: &Offer| self.book.now.saturating_sub(offer.taking.ts) >= TAKING_SETTLES_SECS;
        let after = last.map_or(Bound::Unbounded, Bound::Excluded);
        let first = last.map_or(Bound::Excluded(Address::default()), Bound::Included);
        let rest = takings.range((after, Bound::Unbounded));
        let all = rest.chain(takings.range((Bound::Unbounded, first)));
        all.filter(|(_, offer)| is_settled(offer)).map(|(address, _)| *address).take(most).collect()
    }

    /// Takes in an account as it is now; `None` is a closed account.
    ///
    /// # Errors
    /// When the fund itself, its vault or the clock cannot be decoded.
    pub fn apply(&mut self, address: &Address, account: Option<&Account>) -> Result<Change> {
        let account = account.filter(|account| account.lamports > 0);
        if let Some(index) = self.oracles.iter().position(|oracle| oracle == address) {
            // The same account may serve several markets.
            for (price, _) in
                self.prices[index..].iter_mut().zip(&self.oracles[index..]).filter(|(_, o)| *o == address)
            {
                *price = account.cloned();
            }
            self.is_dirty = true;
            return Ok(Change::Price);
        }
        let Some(account) = account else { return Ok(self.close(address)) };
        let keys = self.book.keys;
        if *address == CLOCK {
            (self.book.slot, self.book.now) = accounts::clock(&account.data)?;
            self.is_dirty = true;
            return Ok(Change::Clock);
        }
        if *address == address::vault(&keys.fund) {
            self.book.vault_amount = accounts::token_amount(&account.data)?;
            return Ok(Change::Common);
        }
        if account.owner == cover_program_id() {
            let is_known = self.policies.take(&keys.fund, address, &account.data);
            return Ok(if is_known { Change::Common } else { Change::None });
        }
        if account.owner != program_id() {
            return Ok(self.close(address));
        }
        if *address == keys.fund {
            let before = self.book.fund.market_count;
            self.book.fund = decode::<Fund>(&account.data)?;
            self.is_moved |= self.book.fund.market_count != before;
            self.is_dirty = true;
            return Ok(Change::Common);
        }
        Ok(self.take(address, Owned::decode(&account.data)))
    }

    fn take(&mut self, address: &Address, owned: Owned) -> Change {
        let fund = self.book.keys.fund;
        match owned {
            Owned::Member(member) if member.fund == fund => {
                self.triggers.place(&self.book, address, &member);
                self.book.members.insert(*address, *member);
                return Change::Member;
            }
            Owned::Market(market) if market.fund == fund => return self.take_market(*market),
            Owned::Default(record) if record.fund == fund => {
                self.book.records.insert(record.seq, *record);
            }
            Owned::Epoch(record) if record.fund == fund => {
                self.book.epochs.insert(record.epoch, *record);
            }
            Owned::Offer(offer) if offer.fund == fund => {
                match offer.is_taken() {
                    true => drop(self.book.takings.insert(*address, *offer)),
                    false => drop(self.book.takings.remove(address)),
                }
                return Change::Common;
            }
            Owned::Cover(cover) if cover.fund == fund => {
                match cover.status == CoverStatus::Ended {
                    true => drop(self.book.covers.remove(&cover.index)),
                    false => drop(self.book.covers.insert(cover.index, *cover)),
                }
                return Change::Common;
            }
            _ => return Change::None,
        }
        self.is_dirty = true;
        Change::Common
    }

    /// Takes in a market. One that has been opened is followed from now on, and one that has got another
    /// oracle is read from there: nobody who holds a lot of it could be judged otherwise.
    fn take_market(&mut self, market: Market) -> Change {
        let (index, number) = (usize::from(market.index), market.index);
        let configured = self.configured.get(&number).copied();
        let oracle = configured.unwrap_or_else(|| oracle_account(&market.oracle));
        let shared = self.oracles.iter().position(|known| *known == oracle);
        let price = shared.and_then(|at| self.prices[at].clone());
        if index > self.markets.len() {
            return Change::None; // the one before it is read first: see `common`
        }
        let has_same_oracle = self.markets.get(index).is_some_and(|known| known.oracle == market.oracle);
        if index == self.markets.len() {
            self.markets.push(market);
            self.oracles.push(oracle);
            self.prices.push(price);
        } else {
            self.markets[index] = market;
            if !has_same_oracle {
                (self.oracles[index], self.prices[index]) = (oracle, price);
                self.posting.postable.remove(&number); // it is the old oracle's
            }
        }
        self.is_moved |= !has_same_oracle;
        self.is_dirty = true;
        Change::Common
    }

    fn close(&mut self, address: &Address) -> Change {
        self.triggers.remove(address);
        if self.book.members.remove(address).is_some() {
            return Change::Member;
        }
        if self.book.takings.remove(address).is_some() || self.policies.forget(address) {
            return Change::Common;
        }
        let before = self.book.records.len();
        let is_other =
            |record: &DefaultRecord| address::default_record(&record.member, record.count) != *address;
        self.book.records.retain(|_, record| is_other(record));
        if self.book.records.len() < before {
            Change::Common
        } else {
            Change::None
        }
    }

    /// Brings marks and index up to date with the accounts that have come in.
    pub fn refresh(&mut self) {
        if !take(&mut self.is_dirty) {
            return;
        }
        let members = take(&mut self.book.members);
        let mut common = self.book.clone();
        common.markets.clone_from(&self.markets);
        let prices = self.markets.iter().zip(&self.prices);
        let (now, posting) = (common.now, &mut self.posting);
        let quote = |(market, price): (&Market, &Option<Account>)| {
            posting.choose(market, Quote::read(market, price.as_ref(), now), now)
        };
        common.quotes = prices.map(quote).collect();
        self.book = common.cranked();
        self.book.members = members;
        self.triggers.sync(&self.book);
    }

    /// Members below maintenance, in default or in grace.
    pub fn due(&mut self) -> BTreeSet<Address> {
        self.triggers.hits(&self.book)
    }

    /// Both sides of every taking that waits.
    pub fn takings(&self) -> impl Iterator<Item = Address> + '_ {
        self.book.takings.values().flat_map(|offer| [offer.maker, offer.taking.taker])
    }

    /// Finishes the index's work that can wait until after a step.
    pub fn tidy(&mut self) {
        self.triggers.tidy(&self.book);
    }

    /// Finds the members that are due by looking at every member; a check compares this with the
    /// index.
    pub fn due_by_scan(&self) -> BTreeSet<Address> {
        let due = self.book.members.iter().filter(|(_, member)| is_due(&self.book, member));
        due.map(|(address, _)| *address).collect()
    }

    /// The next members in order of address, from after `last`; after the end comes the beginning.
    pub fn next_members(&self, last: Option<Address>, most: usize) -> Vec<Address> {
        let after = last.map_or(Bound::Unbounded, Bound::Excluded);
        let rest = self.book.members.range((after, Bound::Unbounded)).map(|(address, _)| *address);
        let first = last.map_or(Bound::Excluded(Address::default()), Bound::Included);
        let again = self.book.members.range((Bound::Unbounded, first)).map(|(address, _)| *address);
        rest.chain(again).take(most).collect()
    }

    /// The fund with these members only. A member whose numbers leave their types is left out,
    /// because it would spoil every plan.
    pub fn part(&mut self, members: impl IntoIterator<Item = Address>) -> Part {
        let all = take(&mut self.book.members);
        let mut book = self.book.clone();
        self.book.members = all;
        let (mut chosen, mut unsound) = (BTreeMap::<Address, Member>::new(), Vec::new());
        for address in members {
            let Some(member) = self.book.members.get(&address) else { continue };
            if self.book.risk(member).is_ok() && self.book.assessment_due(member).is_ok() {
                chosen.insert(address, *member);
            } else {
                unsound.push(address);
            }
        }
        book.members = chosen;
        Part { book, unsound }
    }
}

/// A part of a fund to plan on.
pub struct Part {
    pub book: Book,
    /// Members whose numbers leave their types.
    pub unsound: Vec<Address>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use {
        crate::plan::tests::{address, book, OTHER, PRICE, TAKER, TARGET},
        anchor_lang::Discriminator,
        bytemuck::{bytes_of, Pod, Zeroable},
    };

    fn live() -> Live {
        let members: [(u8, u64, &[i64]); 3] =
            [(TARGET, 100, &[1_000]), (OTHER, 2_000, &[-1_000]), (TAKER, 10_000, &[])];
        Live::new(book(PRICE, &members), vec![address(50), address(51)], vec![None; 2])
    }

    fn account<T: Pod + Discriminator>(value: &T) -> Account {
        let data = [T::DISCRIMINATOR, bytes_of(value)].concat();
        Account { lamports: 1, data, owner: program_id(), ..Account::default() }
    }

    #[test]
    fn a_member_that_changes_is_indexed_anew_and_one_that_closes_is_forgotten() {
        let mut live = live();
        let mut member = live.book().members[&address(TARGET)];
        (member.version, member.fund, member.margin) =
            (bulkhead::constants::VERSION, live.book().keys.fund, 1);
        assert!(live.due().is_empty());
        assert_eq!(live.apply(&address(TARGET), Some(&account(&member))).unwrap(), Change::Member);
        assert_eq!(live.due(), live.due_by_scan());
        assert_eq!(live.due().len(), 1);
        assert_eq!(live.apply(&address(TARGET), None).unwrap(), Change::Member);
        assert!(live.due().is_empty() && live.indexed() == 1);
    }

    #[test]
    fn members_of_other_funds_are_none_of_its_business() {
        let mut live = live();
        let mut member = live.book().members[&address(TARGET)];
        (member.version, member.fund) = (bulkhead::constants::VERSION, address(99));
        assert_eq!(live.apply(&address(98), Some(&account(&member))).unwrap(), Change::None);
        assert_eq!(live.book().members.len(), 3);
    }

    #[test]
    fn who_cannot_be_judged_is_left_out() {
        let mut live = live();
        let mut member = live.book().members[&address(TARGET)];
        (member.version, member.fund) = (bulkhead::constants::VERSION, live.book().keys.fund);
        member.positions[0].raw = i128::MAX.into();
        live.apply(&address(TARGET), Some(&account(&member))).unwrap();
        let part = live.part([TARGET, OTHER].map(address));
        assert_eq!((part.unsound, part.book.members.len()), (vec![address(TARGET)], 1));
    }

    /// The feed tells of a market that has just been opened. Whoever holds a lot of it is judged at once.
    #[test]
    fn a_new_market_shields_nobody_until_everything_is_read_anew() {
        let mut live = live();
        let fund = live.book().keys.fund;
        let mut market = live.markets()[1];
        (market.version, market.index, market.fund) = (bulkhead::constants::VERSION, 2, fund);
        market.oracle.account = address(52).to_bytes();
        let mut member = live.book().members[&address(TARGET)];
        (member.version, member.fund) = (bulkhead::constants::VERSION, fund);
        member.slot_or_free(2).unwrap().lots = 1;
        live.apply(&address(TARGET), Some(&account(&member))).unwrap();
        assert_eq!(live.part([address(TARGET)]).unsound, [address(TARGET)], "the market is not known");
        assert!(live.take_moved() && !live.take_moved());

        let change = live.apply(&live.book().keys.market(2), Some(&account(&market))).unwrap();
        assert_eq!((change, live.take_moved()), (Change::Common, true));
        live.refresh();
        assert!(live.part([address(TARGET)]).unsound.is_empty());
        assert_eq!(live.due(), live.due_by_scan());
        assert!(live.common().contains(&address(52)), "its price is read");
        assert_eq!((live.oracles().len(), live.cranked_from().len()), (3, 3));
    }

    /// Without a feed the fund's own count says that there is another market, and its account is read next.
    /// One that is not the next is read after the one before it.
    #[test]
    fn a_market_that_the_fund_counts_is_polled() {
        let mut live = live();
        let keys = live.book().keys;
        let mut fund = live.book().fund;
        (fund.version, fund.market_count) = (bulkhead::constants::VERSION, 4);
        assert!(live.take_moved() && !live.common().contains(&keys.market(2)));
        live.apply(&keys.fund, Some(&account(&fund))).unwrap();
        assert!(live.take_moved());
        assert!([2, 3].iter().all(|index| live.common().contains(&keys.market(*index))));

        let mut market = live.markets()[1];
        (market.version, market.fund) = (bulkhead::constants::VERSION, keys.fund);
        for (index, change) in [(3, Change::None), (2, Change::Common), (3, Change::Common)] {
            market.index = index;
            assert_eq!(live.apply(&keys.market(index), Some(&account(&market))).unwrap(), change);
        }
        live.refresh();
        assert_eq!((live.markets().len(), live.book().quotes.len()), (4, 4));
    }

    /// Governance has given a market another oracle. Its old account says nothing that the market believes.
    #[test]
    fn a_changed_oracle_is_followed_at_once() {
        let mut live = live();
        let mut market = live.markets()[1];
        (market.version, market.fund) = (bulkhead::constants::VERSION, live.book().keys.fund);
        market.oracle.account = address(77).to_bytes();
        let price = Account { lamports: 1, data: vec![1], ..Account::default() };
        live.apply(&address(51), Some(&price)).unwrap();
        live.apply(&live.book().keys.market(1), Some(&account(&market))).unwrap();
        assert!(live.common().contains(&address(77)), "{:?}", live.oracles());
        assert_eq!(live.oracles(), [50, 77].map(address));
        assert!(!live.is_open(&address(77)), "the price of the old account is not the new one's");

        // What the operator has configured stays.
        let mut live = self::live().reading_from([(1, address(51))].into());
        live.apply(&live.book().keys.market(1), Some(&account(&market))).unwrap();
        assert_eq!(live.oracles(), [50, 51].map(address));
    }

    /// Offers that are taken are polled in turn. One of the last seconds waits.
    #[test]
    fn every_taking_is_polled_in_its_turn() {
        let mut live = live();
        for (number, ts) in [(60, 0), (61, 0), (62, 0), (63, 1)] {
            let mut offer = Offer::zeroed();
            offer.taking.ts = ts;
            live.book.takings.insert(address(number), offer);
        }
        live.book.now = TAKING_SETTLES_SECS;
        let next = |last: Option<u8>, most| live.next_takings(last.map(address), most);
        assert_eq!(next(None, 2), [60, 61].map(address));
        assert_eq!(next(Some(61), 2), [62, 60].map(address));
        assert_eq!(next(Some(61), 9), [62, 60, 61].map(address), "each once");
        live.book.takings.clear();
        assert!(live.next_takings(Some(address(61)), 9).is_empty());
    }

    #[test]
    fn after_the_last_member_it_is_the_first_ones_turn() {
        let live = live();
        let order: Vec<Address> = live.book().members.keys().copied().collect();
        assert_eq!(live.next_members(None, 2), order[..2]);
        assert_eq!(live.next_members(Some(order[1]), 2), [order[2], order[0]]);
        assert_eq!(live.next_members(Some(order[2]), 9).len(), 3);
    }

    #[test]
    fn a_price_that_is_known_is_no_news() {
        let mut live = live();
        let price = Account { lamports: 1, data: vec![1], ..Account::default() };
        assert!(live.is_news(&address(50), Some(&price)));
        live.apply(&address(50), Some(&price)).unwrap();
        assert!(!live.is_news(&address(50), Some(&price)));
        assert!(!live.is_news(&address(77), Some(&price)), "not followed");
    }
}
