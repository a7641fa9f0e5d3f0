//! The places of a parameter struct's fields, so that they can be read and written by name.

use {super::layout, serde_json::Value, std::ops::Range};

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An unsigned integer.
    Integer,
    /// A number of keys or ids of thirty-two bytes each.
    Keys(usize),
}

/// A field of a struct without padding. The fields of an inner struct are fields of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Its name, which is unique.
    pub name: String,
    pub kind: Kind,
    /// Its place in the struct's bytes.
    pub bytes: Range<usize>,
}

/// The fields of a struct in order, without padding. `None` for a struct with fields of other
/// types.
pub fn leaves(structure: &str) -> Option<Vec<Leaf>> {
    let mut found = Vec::new();
    walk(structure, 0, &mut found)?;
    Some(found)
}

/// Walks a struct. Returns its end.
fn walk(structure: &str, mut at: usize, found: &mut Vec<Leaf>) -> Option<usize> {
    for field in &layout(structure)?.fields {
        let (name, kind) = (field.get("name")?.as_str()?, field.get("type")?);
        if let Some(inner) = kind.pointer("/defined/name").and_then(Value::as_str) {
            at = walk(inner, at, found)?;
            continue;
        }
        let end = at + size(kind)?;
        if !name.starts_with('_') {
            let kind = if kind.is_string() { Kind::Integer } else { Kind::Keys((end - at) / 32) };
            found.push(Leaf { name: name.to_owned(), kind, bytes: at..end });
        }
        at = end;
    }
    Some(at)
}

fn size(kind: &Value) -> Option<usize> {
    Some(match kind.as_str() {
        Some("u8") => 1,
        Some("u16") => 2,
        Some("u32") => 4,
        Some("u64" | "i64") => 8, // a time, which is within its bounds only from zero on
        Some(_) => return None,
        None => {
            let [item, len] = kind.get("array")?.as_array()?.as_slice() else { return None };
            size(item)? * usize::try_from(len.as_u64()?).ok()?
        }
    })
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        bulkhead_client::state::{FundParams, MarketTerms, OracleConfig},
    };

    #[test]
    fn every_byte_of_a_parameter_has_its_place() {
        for (structure, len) in [
            ("FundParams", size_of::<FundParams>()),
            ("MarketTerms", size_of::<MarketTerms>()),
            ("OracleConfig", size_of::<OracleConfig>()),
        ] {
            assert_eq!(walk(structure, 0, &mut Vec::new()), Some(len), "{structure}");
        }
        let terms = leaves("MarketTerms").unwrap();
        let at = |name: &str| terms.iter().find(|leaf| leaf.name == name).unwrap().bytes.clone();
        assert_eq!((at("max_open_interest"), at("initial_bps")), (0..8, 8..10));
        assert!(terms.iter().all(|leaf| !leaf.name.starts_with('_')));
        let owners = leaves("OracleConfig").unwrap().into_iter().find(|leaf| leaf.name == "owners").unwrap();
        assert_eq!(owners.kind, Kind::Keys(2));
    }
}
