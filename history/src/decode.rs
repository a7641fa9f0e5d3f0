//! From a transaction's log lines to events, and from events to JSON.

use {
    anyhow::{Context, Result},
    base64::{engine::general_purpose::STANDARD, Engine as _},
    bulkhead_client::{
        event::{self, Event, Truncated},
        Address,
    },
    serde_json::{Map, Value},
    std::{collections::BTreeMap, sync::OnceLock},
};

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Which of the transaction's calls of the program has emitted it.
    pub call: i64,
    /// Its name.
    pub kind: String,
    /// Its bytes, discriminator first, in base64.
    pub data: String,
    /// The members that it names.
    pub members: Vec<String>,
}

/// A transaction with its events; `None` if the node has not kept all of its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub signature: String,
    pub slot: i64,
    pub time: i64,
    pub events: Option<Vec<Decoded>>,
}

/// Reads a transaction's events.
///
/// # Errors
/// When an event is not one of this release.
pub fn events(logs: &[String]) -> Result<Option<Vec<Decoded>>> {
    let logged = match event::calls_from_logs(logs.iter().map(String::as_str)) {
        Ok(logged) => logged,
        Err(Truncated) => return Ok(None),
    };
    let decoded = logged.iter().map(|logged| {
        let (kind, json) = json(&logged.data)?;
        Ok(Decoded {
            call: logged.call as i64,
            kind,
            data: STANDARD.encode(&logged.data),
            members: members(&json),
        })
    });
    decoded.collect::<Result<Vec<_>>>().map(Some)
}

/// The event in stored bytes.
///
/// # Errors
/// When they are no event of this release.
pub fn event(data: &str) -> Result<Event> {
    let bytes = STANDARD.decode(data).context("a stored event is not in base64")?;
    Event::decode(&bytes).context("a stored event is not one of this release")
}

/// The fields of a stored event as JSON: numbers as decimal strings, addresses in base 58.
///
/// # Errors
/// When the bytes are no event of this release.
pub fn fields(data: &str) -> Result<Map<String, Value>> {
    Ok(json(&STANDARD.decode(data).context("a stored event is not in base64")?)?.1)
}

/// Fields that name a member, beside `member`.
const MEMBERS: [&str; 7] = ["member", "buyer", "seller", "target", "liquidator", "taker", "keeper"];

fn members(fields: &Map<String, Value>) -> Vec<String> {
    let nobody = Address::default().to_string();
    let mut members: Vec<String> = MEMBERS
        .iter()
        .filter_map(|name| fields.get(*name)?.as_str())
        .filter(|member| *member != nobody)
        .map(str::to_owned)
        .collect();
    members.sort();
    members.dedup();
    members
}

/// An event's layout, from the IDL.
struct Layout {
    name: String,
    fields: Vec<(String, Field)>,
}

#[derive(Clone, Copy)]
enum Field {
    Address,
    Unsigned(usize),
    Signed(usize),
    SignedList(usize, usize),
}

fn layouts() -> &'static BTreeMap<Vec<u8>, Layout> {
    static LAYOUTS: OnceLock<BTreeMap<Vec<u8>, Layout>> = OnceLock::new();
    LAYOUTS.get_or_init(|| read_layouts().expect("the IDL of this release"))
}

fn read_layouts() -> Option<BTreeMap<Vec<u8>, Layout>> {
    let idl: Value = serde_json::from_str(include_str!("../../idl/bulkhead.json")).ok()?;
    let types = idl["types"].as_array()?;
    let layout = |event: &Value| -> Option<(Vec<u8>, Layout)> {
        let name = event["name"].as_str()?.to_owned();
        let bytes = event["discriminator"].as_array()?.iter().map(|byte| Some(byte.as_u64()? as u8));
        let fields = types.iter().find(|known| known["name"] == name)?["type"]["fields"].as_array()?;
        let fields =
            fields.iter().map(|field| Some((field["name"].as_str()?.to_owned(), shape(&field["type"])?)));
        Some((bytes.collect::<Option<_>>()?, Layout { name, fields: fields.collect::<Option<_>>()? }))
    };
    idl["events"].as_array()?.iter().map(layout).collect()
}

fn shape(kind: &Value) -> Option<Field> {
    if let Some([of, length]) = kind["array"].as_array().map(Vec::as_slice) {
        return match shape(of)? {
            Field::Signed(size) => Some(Field::SignedList(size, length.as_u64()? as usize)),
            _ => None,
        };
    }
    match kind.as_str()? {
        "pubkey" => Some(Field::Address),
        "u64" => Some(Field::Unsigned(8)),
        "u128" => Some(Field::Unsigned(16)),
        "i64" => Some(Field::Signed(8)),
        "i128" => Some(Field::Signed(16)),
        _ => None,
    }
}

fn json(bytes: &[u8]) -> Result<(String, Map<String, Value>)> {
    let unknown = "the program has emitted an event that this release does not know: update the ledger";
    let (discriminator, mut rest) = bytes.split_at_checked(8).context(unknown)?;
    let layout = layouts().get(discriminator).context(unknown)?;
    let mut fields = Map::new();
    let mut take = |size: usize| -> Result<&[u8]> {
        let (taken, left) = rest.split_at_checked(size).context(unknown)?;
        rest = left;
        Ok(taken)
    };
    for (name, field) in &layout.fields {
        let value = match *field {
            Field::Address => Value::String(Address::new_from_array(take(32)?.try_into()?).to_string()),
            Field::Unsigned(size) => Value::String(unsigned(take(size)?).to_string()),
            Field::Signed(size) => Value::String(signed(take(size)?).to_string()),
            Field::SignedList(size, length) => {
                let list = (0..length).map(|_| Ok(Value::String(signed(take(size)?).to_string())));
                Value::Array(list.collect::<Result<_>>()?)
            }
        };
        fields.insert(name.clone(), value);
    }
    Ok((layout.name.clone(), fields))
}

fn unsigned(bytes: &[u8]) -> u128 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u128::from(*byte))
}

fn signed(bytes: &[u8]) -> i128 {
    let unused = 128 - 8 * bytes.len();
    ((unsigned(bytes) << unused) as i128) >> unused
}

/// The names of all events, sorted.
pub fn kinds() -> Vec<&'static str> {
    let mut names: Vec<&str> = layouts().values().map(|layout| layout.name.as_str()).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negative_numbers_keep_their_sign() {
        assert_eq!(signed(&(-7i64).to_le_bytes()), -7);
        assert_eq!(signed(&i64::MIN.to_le_bytes()), i128::from(i64::MIN));
        assert_eq!(unsigned(&u128::MAX.to_le_bytes()), u128::MAX);
    }

    #[test]
    fn every_event_of_the_program_has_a_layout() {
        assert_eq!(layouts().len(), 80, "a new event: does the audit book it?");
        assert!(kinds().contains(&"GainsRegistered"));
    }

    #[test]
    fn an_unknown_event_is_not_passed_over() {
        let error = json(&[1; 24]).unwrap_err();
        assert!(format!("{error:#}").contains("update the ledger"), "{error:#}");
    }
}
