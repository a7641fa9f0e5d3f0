//! Decodes bytes to JSON values.

use {
    super::{idls, layout, Shape},
    bulkhead_client::Address,
    serde_json::{json, Value},
};

/// Names and values of fields, in order.
pub type Fields = Vec<(String, Value)>;

/// Decodes an event's name and fields.
pub fn event(data: &[u8]) -> Option<(&'static str, Fields)> {
    let mut events = idls().iter().flat_map(|idl| &idl.events);
    let found = events.find(|event| data.starts_with(&event.discriminator))?;
    let (fields, _) = structure(&found.name, data.get(found.discriminator.len()..)?)?;
    Some((&found.name, fields))
}

/// Writes a value without JSON's quotes.
pub fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn structure<'d>(name: &str, data: &'d [u8]) -> Option<(Fields, &'d [u8])> {
    fields(&layout(name)?.fields, data)
}

/// Decodes fields without padding, in order, and returns what follows them. Wide integers become strings,
/// because not every reader of JSON has them.
pub fn fields<'d>(fields: &[Value], mut data: &'d [u8]) -> Option<(Fields, &'d [u8])> {
    let mut values = Vec::with_capacity(fields.len());
    for field in fields {
        let name = field.get("name")?.as_str()?;
        let (value, rest) = read(field.get("type")?, data)?;
        data = rest;
        if !name.starts_with('_') {
            values.push((name.to_owned(), value));
        }
    }
    Some((values, data))
}

fn read<'d>(kind: &Value, data: &'d [u8]) -> Option<(Value, &'d [u8])> {
    macro_rules! integer {
        ($type:ty, $show:expr) => {{
            let (bytes, rest) = data.split_first_chunk()?;
            (
                #[allow(clippy::redundant_closure_call)]
                ($show)(<$type>::from_le_bytes(*bytes)),
                rest,
            )
        }};
    }
    Some(match kind.as_str() {
        Some("bool") => {
            let (byte, rest) = data.split_first()?;
            (json!(*byte != 0), rest)
        }
        Some("u8") => integer!(u8, |n| json!(n)),
        Some("u16") => integer!(u16, |n| json!(n)),
        Some("i16") => integer!(i16, |n| json!(n)),
        Some("u32") => integer!(u32, |n| json!(n)),
        Some("u64") => integer!(u64, |n: u64| json!(n.to_string())),
        Some("i64") => integer!(i64, |n: i64| json!(n.to_string())),
        Some("u128") => integer!(u128, |n: u128| json!(n.to_string())),
        Some("i128") => integer!(i128, |n: i128| json!(n.to_string())),
        Some("pubkey") => {
            let (bytes, rest) = data.split_first_chunk::<32>()?;
            (json!(Address::new_from_array(*bytes).to_string()), rest)
        }
        Some(_) => return None,
        None => compound(kind, data)?,
    })
}

fn compound<'d>(kind: &Value, data: &'d [u8]) -> Option<(Value, &'d [u8])> {
    if let Some(name) = kind.pointer("/defined/name").and_then(Value::as_str) {
        return defined(name, data);
    }
    if let Some(item) = kind.get("vec") {
        let (count, rest) = data.split_first_chunk()?;
        return items(item, u32::from_le_bytes(*count).into(), rest);
    }
    let [item, len] = kind.get("array")?.as_array()?.as_slice() else { return None };
    items(item, len.as_u64()?, data)
}

fn defined<'d>(name: &str, data: &'d [u8]) -> Option<(Value, &'d [u8])> {
    let layout = layout(name)?;
    match layout.kind {
        Shape::Struct => {
            let (fields, rest) = structure(name, data)?;
            Some((Value::Object(fields.into_iter().collect()), rest))
        }
        Shape::Type => read(layout.alias.as_ref()?, data),
        Shape::Enum => {
            let (case, mut rest) = data.split_first()?;
            let case = layout.variants.get(usize::from(*case))?;
            let mut values = Vec::with_capacity(case.fields.len());
            for kind in &case.fields {
                let (value, after) = read(kind, rest)?;
                values.push(value);
                rest = after;
            }
            let value = if values.len() == 1 { values.remove(0) } else { Value::Array(values) };
            Some((json!({ case.name.as_str(): value }), rest))
        }
    }
}

/// Decodes items that follow one another. Bytes become hexadecimal digits.
fn items<'d>(item: &Value, count: u64, mut data: &'d [u8]) -> Option<(Value, &'d [u8])> {
    if item == "u8" {
        let (bytes, rest) = data.split_at_checked(usize::try_from(count).ok()?)?;
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        return Some((json!(digits), rest));
    }
    let mut items = Vec::new();
    for _ in 0..count {
        let (value, rest) = read(item, data)?;
        items.push(value);
        data = rest;
    }
    Some((Value::Array(items), data))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structs_are_read_by_the_idl() {
        let params = bulkhead_inspect::migration::Parameters::bundled().unwrap().fund;
        let (read, rest) = structure("FundParams", bytemuck::bytes_of(&params)).unwrap();
        let value = |name: &str| read.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
        assert!(rest.is_empty());
        assert_eq!(value("notice_secs"), Some(json!(604_800)));
        assert_eq!(value("min_contribution"), Some(json!("1000000000")));
        assert_eq!(value("_pad"), None);
        assert!(structure("FundParams", &[]).is_none(), "too short");
    }
}
