//! Events as CSV and JSON lines, for spreadsheets and for those who audit by their own means.

use {
    crate::{
        decode,
        store::{Filter, Store, StoredEvent},
    },
    anyhow::Result,
    serde_json::{json, Map, Value},
    std::io::Write,
};

/// Events that are read at a time.
const CHUNK: i64 = 5_000;

/// An event as the API tells it.
///
/// # Errors
/// When it is no event of this release.
pub fn to_json(event: &StoredEvent) -> Result<Value> {
    let transaction = &event.transaction;
    Ok(json!({
        "cursor": cursor(event),
        "kind": event.kind,
        "slot": transaction.slot,
        "time": transaction.time,
        "signature": transaction.signature,
        "call": event.call,
        "final": transaction.is_final,
        "fields": decode::fields(&event.data)?,
    }))
}

/// Where an event is in the order of all.
pub fn cursor(event: &StoredEvent) -> String {
    format!("{}.{}", event.transaction.number, event.place)
}

/// Reads a cursor.
pub fn parse_cursor(text: &str) -> Option<(i64, i64)> {
    let (number, place) = text.split_once('.')?;
    Some((number.parse().ok()?, place.parse().ok()?))
}

/// Events as CSV: the fields of an event are one column, as JSON.
///
/// # Errors
/// When an event is not one of this release.
pub fn to_csv(events: &[StoredEvent], with_head: bool) -> Result<String> {
    let mut lines = csv::Writer::from_writer(Vec::new());
    if with_head {
        lines.write_record(["cursor", "slot", "time", "signature", "call", "final", "kind", "fields"])?;
    }
    for event in events {
        let transaction = &event.transaction;
        let fields: Map<String, Value> = decode::fields(&event.data)?;
        lines.write_record([
            cursor(event),
            transaction.slot.to_string(),
            transaction.time.to_string(),
            transaction.signature.clone(),
            event.call.to_string(),
            u8::from(transaction.is_final).to_string(),
            event.kind.clone(),
            Value::Object(fields).to_string(),
        ])?;
    }
    Ok(String::from_utf8(lines.into_inner()?)?)
}

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// A header, then a line for each event.
    Csv,
    /// A JSON document for each event.
    Jsonl,
}

/// Writes all final events in order.
pub async fn export(store: &Store, form: Form, out: &mut impl Write) -> Result<u64> {
    let (mut after, mut count, mut is_first) = ((0, -1), 0, true);
    loop {
        let filter = Filter { after: Some(after), limit: CHUNK, ..Filter::default() };
        let events = store.events(&filter).await?;
        let Some(last) = events.last() else { return Ok(count) };
        after = (last.transaction.number, last.place);
        let events: Vec<StoredEvent> =
            events.into_iter().filter(|event| event.transaction.is_final).collect();
        count += events.len() as u64;
        match form {
            Form::Csv => out.write_all(to_csv(&events, is_first)?.as_bytes())?,
            Form::Jsonl => {
                for event in &events {
                    writeln!(out, "{}", to_json(event)?)?;
                }
            }
        }
        is_first = false;
    }
}
