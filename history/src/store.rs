//! The database: SQLite in one file, or PostgreSQL by URL. The same tables and queries for both.

use {
    crate::decode::{Decoded, Entry},
    anyhow::{bail, ensure, Context, Result},
    serde::{de::DeserializeOwned, Serialize},
    sqlx::{
        any::{AnyPoolOptions, AnyRow},
        AnyConnection, AnyPool, Connection, Executor, Row,
    },
    std::{collections::BTreeSet, sync::Once, time::Duration},
};

/// Statements of each version of the tables, in order.
const MIGRATIONS: [&str; 1] = [include_str!("../migrations/0001_ledger.sql")];
/// Most connections. Readers do not wait for each other; there is one writer.
const CONNECTIONS: u32 = 8;
/// Longest wait for a connection, or for another writer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Rows of one INSERT. SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535.
const ROWS: usize = 500;

/// The ledger's tables.
#[derive(Clone)]
pub struct Store {
    pool: AnyPool,
    is_postgres: bool,
}

/// A transaction as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its number: one more than that of the one before.
    pub number: i64,
    pub signature: String,
    pub slot: i64,
    pub time: i64,
    pub is_final: bool,
    pub is_truncated: bool,
}

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    pub transaction: Stored,
    pub place: i64,
    pub call: i64,
    pub kind: String,
    pub data: String,
}

/// Which events are asked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub kinds: Vec<String>,
    pub member: Option<String>,
    /// Only after this place in the order of events, or before it when newest come first.
    pub after: Option<(i64, i64)>,
    pub newest_first: bool,
    pub from_slot: Option<i64>,
    pub to_slot: Option<i64>,
    pub limit: i64,
}

const EVENT: &str = "e.number, e.place, e.call, e.kind, e.data, t.signature, t.slot, t.time, t.is_final, \
                     t.is_truncated";
const TRANSACTION: &str = "number, signature, slot, time, is_final, is_truncated";

impl Store {
    /// Opens the database, and creates its tables if there are none. A file of SQLite is created too,
    /// and grows to `most_mib` mebibytes; zero is no bound.
    ///
    /// # Errors
    /// When it cannot be opened, or is of a later release.
    pub async fn open(url: &str, most_mib: u64) -> Result<Self> {
        static DRIVERS: Once = Once::new();
        DRIVERS.call_once(sqlx::any::install_default_drivers);
        let is_postgres = url.starts_with("postgres:") || url.starts_with("postgresql:");
        ensure!(
            is_postgres || url.starts_with("sqlite:"),
            "database.url = {url}: it begins with sqlite: or postgres:"
        );
        // SQLite's pages have 4 KiB.
        let bound =
            (most_mib > 0).then(|| format!("PRAGMA max_page_count = {}", most_mib.saturating_mul(256)));
        let options = AnyPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
        let options = options.after_connect(move |connection, _| {
            let bound = bound.clone();
            Box::pin(async move {
                if !is_postgres {
                    // A committed transaction survives a power cut, and readers do not stop the writer.
                    connection.execute("PRAGMA journal_mode = WAL").await?;
                    connection.execute("PRAGMA synchronous = FULL").await?;
                    connection.execute("PRAGMA busy_timeout = 10000").await?;
                    if let Some(bound) = &bound {
                        sqlx::query(bound).execute(&mut *connection).await?;
                    }
                }
                Ok(())
            })
        });
        let url = match is_postgres || url.contains('?') || url.contains(":memory:") {
            true => url.to_owned(),
            false => format!("{url}?mode=rwc"),
        };
        // The pool tries again for as long as its patience lasts, whatever the reason. One connection
        // before it fails at once.
        let first = async {
            let mut connection = AnyConnection::connect(&url).await?;
            if !is_postgres {
                connection.execute("PRAGMA schema_version").await?; // it reads the file's header
            }
            connection.close().await
        };
        first.await.with_context(|| match is_postgres {
            true => "the PostgreSQL server does not let us in: check database.url, and that it runs".into(),
            false => format!(
                "{url} cannot be opened: its folder must exist, and be writable, and the file be one of \
                 SQLite"
            ),
        })?;
        let pool = options.connect(&url).await.context("the database has no connection left")?;
        let store = Self { pool, is_postgres };
        store.migrate().await.context("the tables cannot be created")?;
        Ok(store)
    }

    /// Whether it is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        self.is_postgres
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    async fn migrate(&self) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        transaction.execute("CREATE TABLE IF NOT EXISTS ledger_version (version BIGINT NOT NULL)").await?;
        let found =
            sqlx::query("SELECT version FROM ledger_version").fetch_optional(&mut *transaction).await?;
        let version = found.map_or(Ok(0), |row| row.try_get::<i64, _>(0))?;
        let version = usize::try_from(version)?;
        ensure!(version <= MIGRATIONS.len(), "the database is of a later release (version {version})");
        if version == 0 {
            transaction.execute("INSERT INTO ledger_version VALUES (0)").await?;
        }
        for (number, statements) in MIGRATIONS.iter().enumerate().skip(version) {
            let lines: String = statements
                .lines()
                .filter(|line| !line.trim_start().starts_with("--"))
                .collect::<Vec<_>>()
                .join("\n");
            for statement in lines.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
                sqlx::query(statement).execute(&mut *transaction).await?;
            }
            sqlx::query("UPDATE ledger_version SET version = $1")
                .bind(number as i64 + 1)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Begins a change; what is written becomes visible with [`Change::commit`], all or nothing.
    pub async fn change(&self) -> Result<Change> {
        Ok(Change { transaction: self.pool.begin().await? })
    }

    /// A fact that the ledger has noted about itself.
    pub async fn fact<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let row = sqlx::query("SELECT value FROM facts WHERE name = $1")
            .bind(name)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| Ok(serde_json::from_str(&row.try_get::<String, _>(0)?)?)).transpose()
    }

    /// The last transaction, final or not.
    pub async fn last(&self, is_final: bool) -> Result<Option<Stored>> {
        let which = if is_final { "WHERE is_final = 1" } else { "" };
        let query = format!("SELECT {TRANSACTION} FROM transactions {which} ORDER BY number DESC LIMIT 1");
        let row = sqlx::query(&query).fetch_optional(&self.pool).await?;
        row.as_ref().map(stored).transpose()
    }

    /// The provisional transactions, the oldest first.
    pub async fn provisional(&self) -> Result<Vec<Stored>> {
        let query = format!("SELECT {TRANSACTION} FROM transactions WHERE is_final = 0 ORDER BY number");
        sqlx::query(&query).fetch_all(&self.pool).await?.iter().map(stored).collect()
    }

    /// Transactions whose logs were cut, the oldest first.
    pub async fn truncated(&self, limit: i64) -> Result<Vec<Stored>> {
        let query =
            format!("SELECT {TRANSACTION} FROM transactions WHERE is_truncated = 1 ORDER BY number LIMIT $1");
        sqlx::query(&query).bind(limit).fetch_all(&self.pool).await?.iter().map(stored).collect()
    }

    /// A transaction by its signature.
    pub async fn transaction(&self, signature: &str) -> Result<Option<Stored>> {
        let query = format!("SELECT {TRANSACTION} FROM transactions WHERE signature = $1");
        let row = sqlx::query(&query).bind(signature).fetch_optional(&self.pool).await?;
        row.as_ref().map(stored).transpose()
    }

    /// Which of these signatures the ledger has as final.
    pub async fn known(&self, signatures: impl Iterator<Item = &str>) -> Result<BTreeSet<String>> {
        let signatures: Vec<&str> = signatures.collect();
        let places: Vec<String> = (1..=signatures.len()).map(|place| format!("${place}")).collect();
        let query = format!(
            "SELECT signature FROM transactions WHERE is_final = 1 AND signature IN ({})",
            places.join(", ")
        );
        let mut bound = sqlx::query(&query);
        for signature in signatures {
            bound = bound.bind(signature);
        }
        bound.fetch_all(&self.pool).await?.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// The oldest entries of the queue, with their positions.
    pub async fn queued(&self, limit: i64) -> Result<Vec<(i64, String, i64)>> {
        let query = "SELECT position, signature, slot FROM queue ORDER BY position LIMIT $1";
        let rows = sqlx::query(query).bind(limit).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).collect()
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &'static str) -> Result<i64> {
        let row = sqlx::query(&format!("SELECT COUNT(*) FROM {table}")).fetch_one(&self.pool).await?;
        Ok(row.try_get(0)?)
    }

    /// The events that a filter asks for, in its order.
    pub async fn events(&self, filter: &Filter) -> Result<Vec<StoredEvent>> {
        let first = self
            .edge(
                filter.from_slot,
                "SELECT number FROM transactions WHERE slot >= $1 \
             ORDER BY slot, number LIMIT 1",
            )
            .await?;
        let last = self
            .edge(
                filter.to_slot,
                "SELECT number FROM transactions WHERE slot <= $1 \
             ORDER BY slot DESC, number DESC LIMIT 1",
            )
            .await?;
        let (Some(first), Some(last)) = (first, last) else { return Ok(Vec::new()) };
        if filter.member.is_some() || filter.kinds.len() < 2 {
            return self.page(filter, (first, last)).await;
        }
        // Each kind is in order in its index, and several are not: merge their pages.
        let mut merged = Vec::new();
        for kind in &filter.kinds {
            let one = Filter { kinds: vec![kind.clone()], ..filter.clone() };
            merged.extend(self.page(&one, (first, last)).await?);
        }
        merged.sort_by_key(|event| (event.transaction.number, event.place));
        if filter.newest_first {
            merged.reverse();
        }
        merged.truncate(usize::try_from(filter.limit).unwrap_or(usize::MAX));
        Ok(merged)
    }

    /// The transaction at the edge of a range of slots: an unbounded number without a slot, nothing
    /// where there is none.
    async fn edge(&self, slot: Option<i64>, query: &str) -> Result<Option<Option<i64>>> {
        let Some(slot) = slot else { return Ok(Some(None)) };
        let row = sqlx::query(query).bind(slot).fetch_optional(&self.pool).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?.map(Some))
    }

    /// A page of events between two transactions.
    async fn page(
        &self,
        filter: &Filter,
        (first, last): (Option<i64>, Option<i64>),
    ) -> Result<Vec<StoredEvent>> {
        let mut conditions: Vec<String> = Vec::new();
        let mut next = 0;
        let mut parameter = || {
            next += 1;
            format!("${next}")
        };
        let (from, key) = match filter.member {
            Some(_) => ("parties p JOIN events e ON e.number = p.number AND e.place = p.place", "p"),
            None => ("events e", "e"),
        };
        filter.member.iter().for_each(|_| conditions.push(format!("p.member = {}", parameter())));
        if !filter.kinds.is_empty() {
            let kinds: Vec<String> = filter.kinds.iter().map(|_| parameter()).collect();
            conditions.push(format!("e.kind IN ({})", kinds.join(", ")));
        }
        if filter.after.is_some() {
            let than = if filter.newest_first { '<' } else { '>' };
            let (number, place) = (parameter(), parameter());
            conditions.push(format!("({key}.number, {key}.place) {than} ({number}, {place})"));
        }
        first.iter().for_each(|_| conditions.push(format!("{key}.number >= {}", parameter())));
        last.iter().for_each(|_| conditions.push(format!("{key}.number <= {}", parameter())));
        let order = if filter.newest_first { "DESC" } else { "ASC" };
        let conditions = match conditions.is_empty() {
            true => String::new(),
            false => format!("WHERE {}", conditions.join(" AND ")),
        };
        // The page comes first, and its transactions are joined to it. With one join over all of them
        // PostgreSQL reads every transaction before the page.
        let query = format!(
            "SELECT {EVENT} FROM (SELECT e.number, e.place, e.call, e.kind, e.data FROM {from} {conditions} \
             ORDER BY {key}.number {order}, {key}.place {order} LIMIT {}) e \
             JOIN transactions t ON t.number = e.number ORDER BY e.number {order}, e.place {order}",
            parameter()
        );
        let mut bound = sqlx::query(&query);
        for text in filter.member.iter().chain(&filter.kinds) {
            bound = bound.bind(text);
        }
        if let Some((number, place)) = filter.after {
            bound = bound.bind(number).bind(place);
        }
        for number in first.iter().chain(&last) {
            bound = bound.bind(*number);
        }
        let rows = bound.bind(filter.limit).fetch_all(&self.pool).await?;
        rows.iter().map(stored_event).collect()
    }

    /// Rows of a table of JSON by minute, the oldest first; of all minutes at most `limit`, evenly.
    pub async fn minutes(
        &self,
        table: Minutes,
        from: i64,
        to: i64,
        limit: i64,
    ) -> Result<Vec<(i64, i64, String)>> {
        let table = table.name();
        let step = (to.saturating_sub(from) / limit.max(1)).max(1);
        // The last minute of each step.
        let query = format!(
            "SELECT minute, slot, data FROM {table} WHERE minute IN \
             (SELECT MAX(minute) FROM {table} WHERE minute >= $1 AND minute <= $2 \
             GROUP BY (minute - $1) / $3) \
             ORDER BY minute"
        );
        let rows = sqlx::query(&query).bind(from).bind(to).bind(step).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).collect()
    }

    /// The first and the last minute of a table.
    pub async fn span(&self, table: Minutes) -> Result<Option<(i64, i64)>> {
        let query = format!("SELECT MIN(minute), MAX(minute) FROM {}", table.name());
        let row = sqlx::query(&query).fetch_one(&self.pool).await?;
        let (first, last): (Option<i64>, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
        Ok(first.zip(last))
    }

    /// Lets the database learn about its tables, as it does by itself after a while.
    pub async fn analyze(&self) -> Result<()> {
        sqlx::query("ANALYZE").execute(&self.pool).await?;
        Ok(())
    }

    /// How many bytes the database has.
    pub async fn size(&self) -> Result<u64> {
        let query = match self.is_postgres {
            true => "SELECT pg_database_size(current_database())",
            false => "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        };
        let row = sqlx::query(query).fetch_one(&self.pool).await?;
        Ok(u64::try_from(row.try_get::<i64, _>(0)?)?)
    }

    /// The plan by which the database answers a query, as text: to see that an index serves it.
    pub async fn plan(&self, query: &str) -> Result<String> {
        let explain = if self.is_postgres { "EXPLAIN" } else { "EXPLAIN QUERY PLAN" };
        let rows = sqlx::query(&format!("{explain} {query}")).fetch_all(&self.pool).await?;
        let column = if self.is_postgres { 0 } else { 3 };
        let lines: Result<Vec<String>> = rows.iter().map(|row| Ok(row.try_get(column)?)).collect();
        Ok(lines?.join("\n"))
    }
}

/// A table of JSON by minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Minutes {
    /// The fund's books.
    Books,
    /// Figures of risk.
    Sights,
}

impl Minutes {
    fn name(self) -> &'static str {
        match self {
            Self::Books => "minutes",
            Self::Sights => "sights",
        }
    }
}

/// A change that is being written.
pub struct Change {
    transaction: sqlx::Transaction<'static, sqlx::Any>,
}

impl Change {
    fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }

    /// Makes it last.
    pub async fn commit(self) -> Result<()> {
        Ok(self.transaction.commit().await?)
    }

    /// Notes a fact.
    pub async fn set_fact<T: Serialize>(&mut self, name: &str, value: &T) -> Result<()> {
        let query =
            "INSERT INTO facts VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        let value = serde_json::to_string(value)?;
        sqlx::query(query).bind(name).bind(value).execute(self.connection()).await?;
        Ok(())
    }

    /// Adds to the queue: signature, slot and position of each.
    pub async fn enqueue(&mut self, entries: &[(i64, String, i64)]) -> Result<()> {
        for entries in entries.chunks(ROWS) {
            let query = format!("INSERT INTO queue VALUES {}", rows(entries.len(), 3));
            let mut bound = sqlx::query(&query);
            for (position, signature, slot) in entries {
                bound = bound.bind(*position).bind(signature).bind(*slot);
            }
            bound.execute(self.connection()).await?;
        }
        Ok(())
    }

    /// Removes the queue's entries up to a position.
    pub async fn dequeue(&mut self, to: i64) -> Result<()> {
        sqlx::query("DELETE FROM queue WHERE position <= $1").bind(to).execute(self.connection()).await?;
        Ok(())
    }

    /// Makes a provisional transaction final.
    pub async fn finalize(&mut self, number: i64) -> Result<()> {
        let query = "UPDATE transactions SET is_final = 1 WHERE number = $1 AND is_final = 0";
        let done = sqlx::query(query).bind(number).execute(self.connection()).await?;
        ensure!(done.rows_affected() == 1, "transaction {number} is not provisional any more");
        Ok(())
    }

    /// Withdraws the transactions from this number on.
    ///
    /// # Errors
    /// When one of them is final: those are never withdrawn.
    pub async fn withdraw(&mut self, from: i64) -> Result<()> {
        let query = "SELECT COUNT(*) FROM transactions WHERE number >= $1 AND is_final = 1";
        let row = sqlx::query(query).bind(from).fetch_one(self.connection()).await?;
        if row.try_get::<i64, _>(0)? > 0 {
            bail!("the node reports another history before a transaction that was final (number {from})");
        }
        for table in ["parties", "events", "transactions"] {
            let query = format!("DELETE FROM {table} WHERE number >= $1");
            sqlx::query(&query).bind(from).execute(self.connection()).await?;
        }
        Ok(())
    }

    /// Adds transactions with their events, numbered from `first` on.
    pub async fn add(&mut self, first: i64, entries: &[Entry], is_final: bool) -> Result<()> {
        for (offset, entries) in entries.chunks(ROWS).enumerate() {
            let first = first + (offset * ROWS) as i64;
            let query = format!("INSERT INTO transactions VALUES {}", rows(entries.len(), 6));
            let mut bound = sqlx::query(&query);
            for (number, entry) in (first..).zip(entries) {
                let Entry { signature, slot, time, .. } = entry;
                bound = bound.bind(number).bind(signature).bind(*slot).bind(*time);
                bound = bound.bind(i64::from(is_final)).bind(i64::from(entry.events.is_none()));
            }
            bound.execute(self.connection()).await?;
            let events = (first..).zip(entries).flat_map(|(number, entry)| {
                let events = entry.events.iter().flatten().enumerate();
                events.map(move |(place, event)| (number, place as i64, event))
            });
            self.add_events(&events.collect::<Vec<_>>()).await?;
        }
        Ok(())
    }

    async fn add_events(&mut self, events: &[(i64, i64, &Decoded)]) -> Result<()> {
        for events in events.chunks(ROWS) {
            let query = format!("INSERT INTO events VALUES {}", rows(events.len(), 5));
            let mut bound = sqlx::query(&query);
            for (number, place, event) in events {
                bound = bound
                    .bind(*number)
                    .bind(*place)
                    .bind(event.call)
                    .bind(event.kind.as_str())
                    .bind(event.data.as_str());
            }
            bound.execute(self.connection()).await?;
        }
        let parties = events.iter().flat_map(|(number, place, event)| {
            event.members.iter().map(move |member| (member.as_str(), *number, *place))
        });
        for parties in parties.collect::<Vec<_>>().chunks(ROWS) {
            let query = format!("INSERT INTO parties VALUES {}", rows(parties.len(), 3));
            let mut bound = sqlx::query(&query);
            for (member, number, place) in parties {
                bound = bound.bind(*member).bind(*number).bind(*place);
            }
            bound.execute(self.connection()).await?;
        }
        Ok(())
    }

    /// Adds the events that were missing of a transaction whose logs were cut.
    pub async fn repair(&mut self, number: i64, events: &[Decoded]) -> Result<()> {
        let query = "UPDATE transactions SET is_truncated = 0 WHERE number = $1 AND is_truncated = 1";
        let done = sqlx::query(query).bind(number).execute(self.connection()).await?;
        ensure!(done.rows_affected() == 1, "transaction {number} is complete already");
        let events = events.iter().enumerate().map(|(place, event)| (number, place as i64, event));
        self.add_events(&events.collect::<Vec<_>>()).await
    }

    /// Writes the JSON of a minute, in place of an earlier one of the same minute.
    pub async fn set_book(&mut self, minute: i64, number: i64, slot: i64, data: &str) -> Result<()> {
        let query = "INSERT INTO minutes VALUES ($1, $2, $3, $4) ON CONFLICT (minute) DO UPDATE \
                     SET number = excluded.number, slot = excluded.slot, data = excluded.data";
        let query = sqlx::query(query).bind(minute).bind(number).bind(slot).bind(data);
        query.execute(self.connection()).await?;
        Ok(())
    }

    /// Does the same for figures of risk.
    pub async fn set_sight(&mut self, minute: i64, slot: i64, data: &str) -> Result<()> {
        let query = "INSERT INTO sights VALUES ($1, $2, $3) ON CONFLICT (minute) DO UPDATE \
                     SET slot = excluded.slot, data = excluded.data";
        sqlx::query(query).bind(minute).bind(slot).bind(data).execute(self.connection()).await?;
        Ok(())
    }
}

/// `($1, $2), ($3, $4)`: parameters for so many rows and columns.
fn rows(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let columns: Vec<String> =
            (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
        format!("({})", columns.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

fn stored(row: &AnyRow) -> Result<Stored> {
    let flag = |name: &str| -> Result<bool> { Ok(row.try_get::<i64, _>(name)? != 0) };
    Ok(Stored {
        number: row.try_get("number")?,
        signature: row.try_get("signature")?,
        slot: row.try_get("slot")?,
        time: row.try_get("time")?,
        is_final: flag("is_final")?,
        is_truncated: flag("is_truncated")?,
    })
}

fn stored_event(row: &AnyRow) -> Result<StoredEvent> {
    Ok(StoredEvent {
        transaction: stored(row)?,
        place: row.try_get("place")?,
        call: row.try_get("call")?,
        kind: row.try_get("kind")?,
        data: row.try_get("data")?,
    })
}
