//! Decodes the bytes of accounts into a [`Book`].

use {
    crate::{Book, Markets, Quote},
    anyhow::{ensure, Context, Result},
    bulkhead_client::{
        account::decode,
        address,
        instruction::FundKeys,
        state::{Cover, CoverStatus, DefaultRecord, EpochRecord, Fund, Market, Member, Offer},
        Address,
    },
    solana_account::Account,
    std::collections::BTreeMap,
};

pub const CLOCK: Address = Address::from_str_const("SysvarC1ock11111111111111111111111111111111");
/// Offset of the unix time in the clock sysvar; the slot is at its start.
const CLOCK_UNIX_TS: usize = 32;
/// Offset of the amount in a token account.
const TOKEN_AMOUNT: usize = 64;
/// Offset of the fund's address in every account that belongs to one.
pub const FUND_OFFSET: usize = 16;

/// An account of the program that belongs to a fund.
pub enum Owned {
    Market(Box<Market>),
    Member(Box<Member>),
    Default(Box<DefaultRecord>),
    Epoch(Box<EpochRecord>),
    Offer(Box<Offer>),
    Cover(Box<Cover>),
    /// An account that no reader of a book needs.
    Other,
}

impl Owned {
    /// Decodes the bytes of an account by its discriminator.
    pub fn decode(data: &[u8]) -> Self {
        if let Ok(member) = decode(data) {
            Self::Member(Box::new(member))
        } else if let Ok(market) = decode(data) {
            Self::Market(Box::new(market))
        } else if let Ok(record) = decode(data) {
            Self::Default(Box::new(record))
        } else if let Ok(record) = decode(data) {
            Self::Epoch(Box::new(record))
        } else if let Ok(offer) = decode(data) {
            Self::Offer(Box::new(offer))
        } else if let Ok(cover) = decode(data) {
            Self::Cover(Box::new(cover))
        } else {
            Self::Other
        }
    }
}

/// The accounts to read by address: clock, fund and vault, then the oracles in the order of the
/// markets.
pub fn named(keys: &FundKeys, oracles: &[Address]) -> Vec<Address> {
    let mut addresses = vec![CLOCK, keys.fund, address::vault(&keys.fund)];
    addresses.extend(oracles);
    addresses
}

/// Builds a book from the accounts of [`named`], in that order, and from the fund's other accounts.
///
/// # Errors
/// When the clock, the fund, its vault, a market or an oracle is missing or cannot be decoded.
pub fn book(
    keys: &FundKeys,
    named: &[Option<Account>],
    owned: impl IntoIterator<Item = (Address, Owned)>,
) -> Result<Book> {
    let data =
        |index: usize| named.get(index).and_then(Option::as_ref).map(|account| account.data.as_slice());
    let (slot, now) = clock(data(0).context("the cluster has no clock")?)?;
    let fund: Fund = decode(data(1).context("the fund does not exist on this cluster")?)?;
    let vault_amount = token_amount(data(2).context("the fund has no vault")?)?;
    let mut book = Book {
        keys: *keys,
        slot,
        now,
        fund,
        vault_amount,
        markets: Markets::default(),
        members: BTreeMap::new(),
        records: BTreeMap::new(),
        epochs: BTreeMap::new(),
        takings: BTreeMap::new(),
        prints: BTreeMap::new(),
        covers: BTreeMap::new(),
        quotes: Vec::new(),
    };
    let mut members = Vec::new();
    for (address, owned) in owned {
        match owned {
            Owned::Member(member) => members.push((address, *member)),
            Owned::Market(market) => book.markets.push(*market),
            Owned::Default(record) => drop(book.records.insert(record.seq, *record)),
            Owned::Epoch(record) => drop(book.epochs.insert(record.epoch, *record)),
            Owned::Offer(offer) if offer.is_taken() => drop(book.takings.insert(address, *offer)),
            Owned::Offer(_) => {}
            Owned::Cover(cover) if cover.status != CoverStatus::Ended => {
                book.covers.insert(cover.index, *cover);
            }
            Owned::Cover(_) => {}
            Owned::Other => {}
        }
    }
    book.members = members.into_iter().collect(); // all at once: a tree without half-empty nodes
    book.markets.sort_by_key(|market| market.index);
    ensure!(book.markets.len() == usize::from(fund.market_count), "some markets are missing");
    let oracles = named.get(3..).unwrap_or_default();
    ensure!(
        oracles.len() >= book.markets.len(),
        "{} markets, but {} oracles",
        book.markets.len(),
        oracles.len()
    );
    let quotes = book.markets.iter().zip(oracles);
    book.quotes = quotes.map(|(market, account)| Quote::read(market, account.as_ref(), now)).collect();
    Ok(book)
}

/// Reads the slot and the unix time of the clock sysvar.
pub fn clock(data: &[u8]) -> Result<(u64, i64)> {
    Ok((u64::from_le_bytes(field(data, 0)?), i64::from_le_bytes(field(data, CLOCK_UNIX_TS)?)))
}

/// Reads the balance of a token account, in base units.
pub fn token_amount(data: &[u8]) -> Result<u64> {
    Ok(u64::from_le_bytes(field(data, TOKEN_AMOUNT)?))
}

fn field<const N: usize>(data: &[u8], offset: usize) -> Result<[u8; N]> {
    let bytes = data.get(offset..).and_then(|rest| rest.first_chunk::<N>());
    bytes.copied().context("an account is shorter than it should be")
}
