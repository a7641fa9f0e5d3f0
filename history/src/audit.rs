//! The audit of a ledger: its events against the accounts of the chain.

use {
    crate::{
        books::{Books, Parted},
        follow::Follower,
        source::Source,
        store::Store,
    },
    anyhow::{Context, Result},
    bulkhead_audit::{Accounts, Difference},
    bulkhead_book::Book,
    serde::Serialize,
    std::fmt::{self, Display},
};

/// The outcome of an audit.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Audited {
    /// The fund.
    pub fund: String,
    /// Slot of the accounts.
    pub slot: i64,
    /// Transactions and events that the books were made from.
    pub transactions: i64,
    pub events: i64,
    /// Members, markets and defaults that were compared.
    pub members: usize,
    pub markets: usize,
    pub defaults: usize,
    /// The first event that contradicts those before it.
    pub parted: Option<Parted>,
    /// Transactions whose events are not all known.
    pub truncated: u64,
    /// Fields in which an account differs from the books.
    pub differences: Vec<Difference>,
    /// The last transaction that touches whom the first difference is about.
    pub last_transaction: Option<String>,
}

impl Audited {
    /// Whether everything agrees.
    pub fn is_good(&self) -> bool {
        self.parted.is_none() && self.truncated == 0 && self.differences.is_empty()
    }
}

impl Display for Audited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fund, slot, transactions, events, members, markets, defaults, .. } = self;
        writeln!(f, "fund        {fund}")?;
        writeln!(f, "as of slot  {slot}")?;
        writeln!(f, "from        {events} events of {transactions} transactions")?;
        writeln!(f, "compared    fund, {markets} markets, {members} members, {defaults} defaults")?;
        if self.truncated > 0 {
            writeln!(
                f,
                "incomplete  {} transactions have cut logs: their events are missing",
                self.truncated
            )?;
        }
        if let Some(Parted { signature, slot, difference }) = &self.parted {
            writeln!(f, "DIFFERENCE  transaction {signature} in slot {slot}\n            {difference}")?;
        }
        for difference in self.differences.iter().take(20) {
            writeln!(f, "DIFFERENCE  {difference}")?;
        }
        if let Some(signature) = &self.last_transaction {
            writeln!(f, "            last touched by transaction {signature}")?;
        }
        match self.is_good() {
            true => writeln!(f, "every bucket and every member follows from the events, to the unit"),
            false => writeln!(f, "the accounts do not follow from the events"),
        }
    }
}

/// Compares books with the accounts of a book that was read as of the same transaction.
pub async fn compare(store: &Store, books: &Books, book: &Book) -> Result<Audited> {
    let accounts = Accounts {
        fund: &book.fund,
        vault: book.vault_amount,
        markets: book.markets.iter().collect(),
        members: book.members.iter().map(|(address, member)| (*address, member)).collect(),
        records: book.records.values().collect(),
    };
    let differences = if books.parted.is_some() { Vec::new() } else { books.audit.compare(&accounts) };
    let last_transaction = match differences.first() {
        Some(first) => last_of(store, first).await?,
        None => None,
    };
    Ok(Audited {
        fund: book.keys.fund.to_string(),
        slot: i64::try_from(book.slot)?,
        transactions: store.count("transactions").await?,
        events: store.count("events").await?,
        members: book.members.len(),
        markets: book.markets.len(),
        defaults: book.records.len(),
        parted: books.parted.clone(),
        truncated: books.truncated,
        differences,
        last_transaction,
    })
}

/// The last transaction that names the member of a difference, or the last of all.
async fn last_of(store: &Store, difference: &Difference) -> Result<Option<String>> {
    let whose = difference.field.split(['.', ' ']).nth(1).map(str::to_owned);
    let is_member = difference.field.starts_with("member ");
    let filter = crate::store::Filter {
        member: whose.filter(|_| is_member),
        newest_first: true,
        limit: 1,
        ..crate::store::Filter::default()
    };
    Ok(store.events(&filter).await?.into_iter().next().map(|event| event.transaction.signature))
}

/// Audits the ledger against the chain, as of the newest confirmed transaction, or the newest final one.
///
/// Accounts cannot be read as of a slot. They are read between two readings of the ledger: if nothing
/// has happened in between, all are of one moment.
pub async fn run(follower: &Follower, provisional: bool) -> Result<Audited> {
    const TRIES: usize = 50;
    let (source, store) = (&follower.source, &follower.store);
    let mut last = String::new();
    for _ in 0..TRIES {
        follower.catch_up().await?;
        let books = Books::read(store, source.fund, provisional).await?;
        let book = accounts(source).await?;
        follower.catch_up().await?;
        let head = *follower.head.borrow();
        let newest = if provisional { head.newest } else { head.last };
        if newest != books.number {
            continue;
        }
        let audited = compare(store, &books, &book).await?;
        // A transaction that the node has processed and does not list yet shows in accounts first.
        if audited.is_good() || !provisional || audited.parted.is_some() || last == signature(&audited) {
            return Ok(audited);
        }
        last = signature(&audited);
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    anyhow::bail!(
        "the fund is too busy to be read at one moment: repeat the audit, or stop its keepers for it"
    )
}

/// The first difference, to see whether it stays.
fn signature(audited: &Audited) -> String {
    audited.differences.first().map(ToString::to_string).unwrap_or_default()
}

/// The fund's accounts, of the commitment of the node's client.
pub async fn accounts(source: &Source) -> Result<Book> {
    let keeper = bulkhead_keeper::source::Source::new(source.rpc.clone(), source.fund);
    keeper.book().await.context("the fund's accounts cannot be read")
}
