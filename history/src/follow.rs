//! Follows the fund: lists its transactions, reads them, and writes each exactly once, in order.
//!
//! A *walk* goes through the node's list of final transactions from the newest back to the last one
//! in the ledger, and queues what it finds, page by page. It has to end at a transaction that the
//! ledger has, or at the fund's creation: a list that ends before is a gap, and is an error. The queue
//! is then read from its oldest entry on. Each batch is one change of the database: transactions,
//! events, books and the queue's remainder, all or nothing. Whenever the ledger is killed it goes on
//! at the same place.
//!
//! What is confirmed and not final yet is *provisional*: it follows the final transactions, and is
//! withdrawn where the node's list changes.

use {
    crate::{
        books::Books,
        decode::Entry,
        metrics::Metrics,
        source::{Listed, Source},
        store::{Change, Store, Stored},
    },
    anyhow::{bail, ensure, Context, Result},
    serde::{Deserialize, Serialize},
    solana_commitment_config::CommitmentConfig,
    std::{
        sync::Arc,
        time::{Duration, SystemTime, UNIX_EPOCH},
    },
    tokio::sync::{watch, Mutex, RwLock},
    tracing::{debug, info, warn},
};

/// Pages of provisional transactions that are looked at: about half a minute of a busy fund.
const PROVISIONAL_PAGES: usize = 5;
/// The newest entry of a first walk; older ones have lower positions.
const TOP: i64 = 1 << 60;

/// Most times in a row that another process may be faster, such as an audit beside the standing ledger.
const OVERTAKEN: u32 = 100;

/// PostgreSQL's codes of a deadlock and of a serialisation failure.
const RACES: [&str; 2] = ["40P01", "40001"];

/// No transaction: the books have to be read again.
const UNKNOWN: i64 = -1;

/// A walk through the node's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Walk {
    /// Where the next page begins; nothing for the newest.
    before: Option<String>,
    /// Position of the next entry that is found.
    position: i64,
    /// The last final transaction of the ledger when it began.
    known: Option<String>,
    /// Whether it has arrived there.
    is_done: bool,
}

/// News for clients: how far the ledger has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The last final transaction.
    pub last: i64,
    /// The last transaction, provisional ones included.
    pub newest: i64,
    /// Raised whenever provisional transactions were withdrawn.
    pub withdrawn: u64,
}

/// Follows one fund into one database.
pub struct Follower {
    pub source: Source,
    pub store: Store,
    pub metrics: Arc<Metrics>,
    pub books: Arc<RwLock<Books>>,
    pub head: watch::Sender<Head>,
    /// Transactions of one change.
    pub batch: usize,
    /// One reader at a time writes.
    turn: Mutex<()>,
}

impl Follower {
    /// Opens the ledger of a fund: a database has one.
    ///
    /// # Errors
    /// When the database is another fund's, or another cluster's.
    pub async fn open(source: Source, store: Store, genesis: &str, batch: usize) -> Result<Self> {
        let owner = (source.fund.to_string(), genesis.to_owned());
        match store.fact::<(String, String)>("owner").await? {
            None => {
                let mut change = store.change().await?;
                change.set_fact("owner", &owner).await?;
                change.commit().await?;
            }
            Some(known) => ensure!(
                known == owner,
                "the database is the ledger of fund {} on the cluster {}: give this one another database.url",
                known.0,
                known.1
            ),
        }
        let books = Books::read(&store, source.fund, false).await?;
        let head = watch::Sender::new(head(&store, 0).await?);
        let metrics = Arc::new(Metrics::default());
        let books = Arc::new(RwLock::new(books));
        Ok(Self { source, store, metrics, books, head, batch, turn: Mutex::new(()) })
    }

    /// Brings the ledger up to date with the node. Returns whether anything was written.
    ///
    /// # Errors
    /// When the node or the database fails: nothing is half done, and the next call goes on.
    pub async fn catch_up(&self) -> Result<bool> {
        let _turn = self.turn.lock().await;
        for _ in 0..OVERTAKEN {
            let before = self.place().await?;
            match self.catch_up_once().await {
                // Whatever contradicts what this process has read was written by another one: it is read
                // again. A failure of the node or the database moves nothing.
                Err(error) if lost_a_race(&error) || self.place().await.is_ok_and(|now| now != before) => {
                    debug!(why = format!("{error:#}"), "another process writes into this ledger");
                    give_way().await;
                }
                done => return done,
            }
        }
        self.catch_up_once().await
    }

    /// How far the ledger and its list of what is to be read have come.
    async fn place(&self) -> Result<(Head, Option<Walk>)> {
        Ok((head(&self.store, 0).await?, self.store.fact("walk").await?))
    }

    async fn catch_up_once(&self) -> Result<bool> {
        let finalized = CommitmentConfig::finalized();
        let tip = self.source.slot(finalized).await.context("the node does not answer")?;
        self.walk().await?;
        let mut any = false;
        while self.drain().await? {
            any = true;
        }
        any |= self.follow_provisional().await?;
        let last = self.store.last(true).await?.map_or(0, |last| last.number);
        let mut books = self.books.write().await;
        if books.number != last {
            *books = Books::read(&self.store, self.source.fund, false).await?; // another process has gone on
        }
        drop(books);
        self.tell(tip).await?;
        Ok(any)
    }

    /// Walks back to what the ledger has, and queues what is newer.
    async fn walk(&self) -> Result<()> {
        let mut walk = match self.store.fact::<Walk>("walk").await? {
            Some(walk) if !walk.is_done => walk,
            // Its entries are read first, so that positions start anew.
            Some(_) if !self.store.queued(1).await?.is_empty() => return Ok(()),
            _ => {
                let known = self.store.last(true).await?.map(|last| last.signature);
                Walk { before: None, position: TOP, known, is_done: false }
            }
        };
        while !walk.is_done {
            let page = self.source.page(walk.before.as_deref(), CommitmentConfig::finalized()).await?;
            let (entries, arrived) = until(&page.listed, walk.known.as_deref());
            let positions = (0..).map(|back| walk.position - back);
            let queued: Vec<_> = positions
                .zip(entries)
                .map(|(position, listed)| (position, listed.signature.clone(), listed.slot))
                .collect();
            walk.position -= entries.len() as i64;
            walk.is_done = arrived || page.before.is_none();
            if walk.is_done && !arrived {
                if let Some(known) = &walk.known {
                    bail!(
                        "a gap: the node's history does not reach back to {known}, the last transaction in \
                         the ledger. Set cluster.rpc_url to a node that keeps older ones; the ledger goes on \
                         from there"
                    );
                }
            }
            walk.before = page.before;
            let mut change = self.store.change().await?;
            change.enqueue(&queued).await?;
            change.set_fact("walk", &walk).await?;
            change.commit().await?;
            if !walk.is_done {
                info!(queued = TOP - walk.position, "listing the fund's transactions");
            }
        }
        Ok(())
    }

    /// Reads a batch of the queue. Returns whether there was one.
    async fn drain(&self) -> Result<bool> {
        let queued = self.store.queued(self.batch as i64).await?;
        let Some((to, _, _)) = queued.last() else { return Ok(false) };
        let known = self.store.known(queued.iter().map(|(_, signature, _)| signature.as_str())).await?;
        // A node may list a transaction twice.
        let mut seen = known;
        let listed: Vec<Listed> = queued
            .iter()
            .map(|(_, signature, slot)| Listed { signature: signature.clone(), slot: *slot })
            .filter(|listed| seen.insert(listed.signature.clone()))
            .collect();
        let provisional = self.store.provisional().await?;
        // Provisional transactions that became final as they were.
        let same =
            listed.iter().zip(&provisional).take_while(|(listed, stored)| is_same(listed, stored)).count();
        let last = self.store.last(true).await?.map_or(0, |last| last.number);
        let entries = self.source.transactions(&listed, CommitmentConfig::finalized()).await?;
        if let Some(first) = entries.first().filter(|_| last == 0) {
            require_creation(first)?;
        }

        let mut change = self.store.change().await?;
        for stored in &provisional[..same] {
            change.finalize(stored.number).await?;
        }
        let withdrawn = if same < listed.len() { provisional.len() - same } else { 0 };
        let first = last + 1 + same as i64;
        if withdrawn > 0 {
            change.withdraw(first).await?;
        }
        change.add(first, &entries[same..], true).await?;
        change.dequeue(*to).await?;
        let mut books = self.books.write().await;
        if books.number != last {
            // An error has left them behind the database, or ahead of it.
            *books = Books::read(&self.store, self.source.fund, false).await?;
        }
        let folded = fold(&mut books, &mut change, last, &entries).await;
        let committed = match folded {
            Ok(()) => change.commit().await,
            Err(error) => Err(error),
        };
        if let Err(error) = committed {
            books.number = UNKNOWN; // the books in memory are ahead of the database
            return Err(error.context("the ledger was not written: it goes on where it was"));
        }
        drop(books);
        self.count(&entries, withdrawn);
        Ok(true)
    }

    /// Follows what is confirmed and not final yet.
    async fn follow_provisional(&self) -> Result<bool> {
        let Some(last) = self.store.last(true).await? else { return Ok(false) };
        let mut listed = Vec::new();
        let mut before = None;
        for _ in 0..PROVISIONAL_PAGES {
            let page = self.source.page(before.as_deref(), CommitmentConfig::confirmed()).await?;
            let (entries, arrived) = until(&page.listed, Some(&last.signature));
            listed.extend_from_slice(entries);
            before = page.before;
            if arrived {
                return self.replace_provisional(listed, last.number).await;
            }
            if before.is_none() {
                break;
            }
        }
        // There is more than that: it will be read when it is final.
        self.replace_provisional(Vec::new(), last.number).await
    }

    /// Makes the provisional transactions those of `listed`, the newest first.
    async fn replace_provisional(&self, mut listed: Vec<Listed>, last: i64) -> Result<bool> {
        listed.reverse();
        let stored = self.store.provisional().await?;
        let same = listed.iter().zip(&stored).take_while(|(listed, stored)| is_same(listed, stored)).count();
        let (withdrawn, new) = (stored.len() - same, &listed[same..]);
        if withdrawn == 0 && new.is_empty() {
            return Ok(false);
        }
        let entries = self.source.transactions(new, CommitmentConfig::confirmed()).await?;
        let first = last + 1 + same as i64;
        let mut change = self.store.change().await?;
        if withdrawn > 0 {
            change.withdraw(first).await?;
            info!(withdrawn, "provisional transactions have vanished");
        }
        change.add(first, &entries, false).await?;
        change.commit().await.context("the ledger was not written: it goes on where it was")?;
        self.metrics.add("withdrawn_total", "", withdrawn as f64);
        self.tell_withdrawn(withdrawn);
        Ok(true)
    }

    /// Asks again for transactions whose logs were cut. Returns how many are left.
    pub async fn repair(&self) -> Result<usize> {
        let _turn = self.turn.lock().await;
        let truncated = self.store.truncated(self.batch as i64).await?;
        let mut left = 0;
        for stored in &truncated {
            let listed = [Listed { signature: stored.signature.clone(), slot: stored.slot }];
            let read = self.source.transactions(&listed, CommitmentConfig::confirmed()).await?;
            match read.into_iter().next().and_then(|entry| entry.events) {
                Some(events) => {
                    let mut change = self.store.change().await?;
                    change.repair(stored.number, &events).await?;
                    change.commit().await?;
                    info!(signature = stored.signature, "the events of a transaction are complete now");
                }
                None => left += 1,
            }
        }
        if left < truncated.len() {
            *self.books.write().await = Books::read(&self.store, self.source.fund, false).await?;
        }
        Ok(left)
    }

    fn count(&self, entries: &[Entry], withdrawn: usize) {
        let events: usize = entries.iter().flat_map(|entry| &entry.events).map(Vec::len).sum();
        self.metrics.add("transactions_total", "", entries.len() as f64);
        self.metrics.add("events_total", "", events as f64);
        self.metrics.add("withdrawn_total", "", withdrawn as f64);
        for entry in entries.iter().filter(|entry| entry.events.is_none()) {
            warn!(
                signature = entry.signature,
                "the node has cut this transaction's log: its events are missing"
            );
        }
        self.tell_withdrawn(withdrawn);
    }

    fn tell_withdrawn(&self, withdrawn: usize) {
        self.head.send_if_modified(|head| {
            head.withdrawn += u64::from(withdrawn > 0);
            withdrawn > 0
        });
    }

    /// Tells clients and metrics how far the ledger has come.
    async fn tell(&self, tip: i64) -> Result<()> {
        let withdrawn = self.head.borrow().withdrawn;
        let next = head(&self.store, withdrawn).await?;
        self.head.send_if_modified(|head| std::mem::replace(head, next) != next);
        let books = self.books.read().await;
        let queue = self.store.count("queue").await?;
        self.metrics.set("slot", books.slot as f64);
        self.metrics.set("queue", queue as f64);
        self.metrics.set("provisional", (next.newest - next.last) as f64);
        // With nothing left to read the ledger knows everything up to the newest final block.
        let lag = if queue == 0 { 0 } else { tip.saturating_sub(books.slot).max(0) };
        self.metrics.set("lag_slots", lag as f64);
        self.metrics.set("truncated", books.truncated as f64);
        self.metrics.set("audit_parted", f64::from(u8::from(books.parted.is_some())));
        self.metrics.trouble(trouble(&books));
        self.metrics.read();
        Ok(())
    }
}

/// What makes the ledger incomplete or contradictory.
fn trouble(books: &Books) -> Option<String> {
    if books.truncated > 0 {
        let count = books.truncated;
        return Some(format!(
            "the events of {count} transactions are missing, because the node has cut their logs: set \
             cluster.rpc_url to a node with a larger --log-messages-bytes-limit, and they are read from there"
        ));
    }
    books.parted.as_ref().map(|parted| {
        format!("events and books part at transaction {}: {}", parted.signature, parted.difference)
    })
}

/// Folds transactions that follow on number `last`, and writes the books of each minute.
async fn fold(books: &mut Books, change: &mut Change, last: i64, entries: &[Entry]) -> Result<()> {
    let minute = |entry: &Entry| entry.time.div_euclid(60);
    for ((number, entry), next) in
        (last + 1..).zip(entries).zip(entries.iter().skip(1).map(Some).chain([None]))
    {
        books.take(number, entry)?;
        let is_last_of_minute = next.is_none_or(|next| minute(next) != minute(entry));
        if is_last_of_minute && books.parted.is_none() {
            change.set_book(minute(entry), number, entry.slot, &books.to_json()).await?;
        }
    }
    Ok(())
}

async fn head(store: &Store, withdrawn: u64) -> Result<Head> {
    let number = |stored: Option<Stored>| stored.map_or(0, |stored| stored.number);
    let (last, newest) = (number(store.last(true).await?), number(store.last(false).await?));
    Ok(Head { last, newest, withdrawn })
}

/// The part of a list, the newest first, that is newer than a transaction, and whether that is in it.
fn until<'a>(listed: &'a [Listed], known: Option<&str>) -> (&'a [Listed], bool) {
    match listed.iter().position(|entry| Some(entry.signature.as_str()) == known) {
        Some(place) => (&listed[..place], true),
        None => (listed, false),
    }
}

fn is_same(listed: &Listed, stored: &Stored) -> bool {
    listed.signature == stored.signature && listed.slot == stored.slot
}

/// The first transaction of a ledger creates the fund.
fn require_creation(first: &Entry) -> Result<()> {
    let creates = first.events.iter().flatten().any(|event| event.kind == "FundCreated");
    ensure!(
        creates || first.events.is_none(),
        "a gap: the node's history begins after the fund was created, with {} in slot {}. Set \
         cluster.rpc_url to a node that keeps older transactions",
        first.signature,
        first.slot
    );
    Ok(())
}

/// Waits for a moment that differs from process to process: two that read and write in step would go on to
/// stop each other.
async fn give_way() {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let millis = u64::from(since.subsec_micros() % 50);
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

/// Whether another process has written the same rows, or holds them.
fn lost_a_race(error: &anyhow::Error) -> bool {
    let database = |cause: &(dyn std::error::Error + 'static)| {
        let error = cause.downcast_ref::<sqlx::Error>()?.as_database_error()?;
        Some(error.is_unique_violation() || error.code().is_some_and(|code| RACES.contains(&code.as_ref())))
    };
    error.chain().filter_map(database).any(|is_race| is_race)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_ends_at_what_is_known() {
        let listed = |names: &[&str]| -> Vec<Listed> {
            names.iter().map(|name| Listed { signature: (*name).into(), slot: 1 }).collect()
        };
        let all = listed(&["c", "b", "a"]);
        assert_eq!(until(&all, Some("b")), (&all[..1], true));
        assert_eq!(until(&all, Some("x")), (&all[..], false));
        assert_eq!(until(&all, None), (&all[..], false));
    }
}
