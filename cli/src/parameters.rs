//! Parameters of governance by the IDL's names: shown in the units that people use, set from
//! `key=value`, compared.

use {
    crate::{
        amount::{decimal, percent, units},
        idl::{leaves, Kind, Leaf},
    },
    anyhow::{bail, ensure, Context, Result},
    bulkhead_client::Address,
    serde_json::{json, Map, Value},
    std::str::FromStr,
};

/// Fields that hold money.
const MONEY: [&str; 3] = ["min_contribution", "treasury_floor", "bounty_cap"];
/// The names of fields in `migrations/`, where they differ.
const FILE_NAMES: [(&str, &str); 5] = [
    ("min_contribution_tokens", "min_contribution"),
    ("treasury_floor_tokens", "treasury_floor"),
    ("bounty_cap_tokens", "bounty_cap"),
    ("max_open_interest_lots", "max_open_interest"),
    ("receivers", "owners"),
];
/// Units of time, the largest first.
const UNITS: [(u64, &str); 3] = [(86_400, "d"), (3_600, "h"), (60, "min")];

/// A value, for people and for scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The value in units that people use.
    pub text: String,
    /// The value on chain.
    pub raw: Value,
}

impl<T: ToString> From<T> for Shown {
    fn from(text: T) -> Self {
        Self { text: text.to_string(), raw: json!(text.to_string()) }
    }
}

/// A changed value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The parameter's name.
    pub name: String,
    /// The present value; `None` if there was none.
    pub old: Option<Shown>,
    /// The new value.
    pub new: Shown,
}

impl Edit {
    /// An edit of a present value.
    pub fn of(name: &str, old: impl Into<Shown>, new: impl Into<Shown>) -> Self {
        Self { name: name.into(), old: Some(old.into()), new: new.into() }
    }

    /// A value where none was before.
    pub fn first(name: &str, new: impl Into<Shown>) -> Self {
        Self { name: name.into(), old: None, new: new.into() }
    }

    /// Writes the edit for scripts.
    pub fn json(&self) -> Value {
        json!({ "name": self.name, "old": self.old.as_ref().map(|old| &old.raw), "new": self.new.raw })
    }
}

/// Writes the new values by their names for scripts.
pub fn values(edits: &[Edit]) -> Value {
    edits.iter().map(|edit| (edit.name.clone(), edit.new.raw.clone())).collect::<Map<_, _>>().into()
}

/// `key=value`, as on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The field's name.
    pub key: String,
    /// Its new value.
    pub value: String,
}

impl FromStr for Setting {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let Some((key, value)) =
            text.split_once('=').filter(|(key, value)| !key.is_empty() && !value.is_empty())
        else {
            bail!("`{text}` is no setting: write KEY=VALUE, such as notice_secs=604800");
        };
        let known = FILE_NAMES.iter().find(|(file, _)| *file == key);
        Ok(Self { key: known.map_or(key, |(_, field)| field).to_owned(), value: value.to_owned() })
    }
}

/// The bytes of a parameter struct and the name of its type.
pub struct Block<'b> {
    /// The type's name in the IDL.
    pub structure: &'static str,
    /// The struct's bytes.
    pub bytes: &'b mut [u8],
}

/// Sets fields of these structs. The error for an unknown field names the known ones.
pub fn set(blocks: &mut [Block], settings: &[Setting], decimals: u8) -> Result<()> {
    for setting in settings {
        let place = blocks
            .iter()
            .position(|block| fields(block.structure).iter().any(|leaf| leaf.name == setting.key));
        let Some(place) = place else {
            let known: Vec<String> =
                blocks.iter().flat_map(|block| fields(block.structure)).map(|leaf| leaf.name).collect();
            bail!("there is no parameter `{}` here: {}", setting.key, known.join(", "));
        };
        let block = &mut blocks[place];
        let leaf = fields(block.structure)
            .into_iter()
            .find(|leaf| leaf.name == setting.key)
            .context("found above")?;
        let bytes = parsed(&leaf, &setting.value, decimals)
            .with_context(|| format!("{} = {}", leaf.name, setting.value))?;
        block.bytes[leaf.bytes].copy_from_slice(&bytes);
    }
    Ok(())
}

/// Compares two structs of a type; without an old one every field counts.
pub fn edits(structure: &str, old: Option<&[u8]>, new: &[u8], decimals: u8) -> Vec<Edit> {
    let changed = |leaf: &Leaf| old.is_none_or(|old| old[leaf.bytes.clone()] != new[leaf.bytes.clone()]);
    let edit = |leaf: Leaf| {
        let (old, new) = (old.map(|old| shown(&leaf, old, decimals)), shown(&leaf, new, decimals));
        Edit { name: leaf.name, old, new }
    };
    fields(structure).into_iter().filter(changed).map(edit).collect()
}

fn fields(structure: &str) -> Vec<Leaf> {
    leaves(structure).unwrap_or_default()
}

fn shown(leaf: &Leaf, data: &[u8], decimals: u8) -> Shown {
    let bytes = &data[leaf.bytes.clone()];
    match leaf.kind {
        Kind::Keys(_) if leaf.name == "feed_id" => {
            bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
        }
        Kind::Keys(_) => {
            let keys = bytes.chunks_exact(32).filter(|key| key.iter().any(|byte| *byte != 0));
            let keys: Vec<String> =
                keys.filter_map(|key| Address::try_from(key).ok()).map(|key| key.to_string()).collect();
            if keys.is_empty() {
                "none".into()
            } else {
                keys.join(",").into()
            }
        }
        Kind::Integer => {
            let mut wide = [0; 8];
            wide[..bytes.len()].copy_from_slice(bytes);
            let value = u64::from_le_bytes(wide);
            let raw = if bytes.len() > 4 { json!(value.to_string()) } else { json!(value) };
            Shown { text: number(&leaf.name, value, decimals), raw }
        }
    }
}

/// Writes a parameter's number in the unit that its name says.
pub fn number(name: &str, value: u64, decimals: u8) -> String {
    let plain = decimal(value, 0);
    match name {
        _ if MONEY.contains(&name) => format!("{} tokens", decimal(value, decimals)),
        _ if name.contains("_bps") => format!("{plain} bps ({})", percent(value)),
        _ if name.ends_with("_secs") => seconds(value),
        _ if name.ends_with("_slots") => format!("{plain} slots"),
        _ if name.ends_with("_lots") || name == "max_open_interest" => format!("{plain} lots"),
        _ if name.ends_with("_ts") => {
            if value == 0 {
                "never".into()
            } else {
                date(value)
            }
        }
        "slot_ms" => format!("{plain} ms"),
        "kind" => ["pull", "push", "pro"].get(value as usize).map_or(plain, ToString::to_string),
        _ => plain,
    }
}

fn date(value: u64) -> String {
    crate::scales::date(i64::try_from(value).unwrap_or(i64::MAX))
}

/// Writes seconds, and the same in the largest unit that fits.
pub fn seconds(value: u64) -> String {
    let fits = UNITS.iter().find(|(unit, _)| value >= *unit && value.is_multiple_of(*unit));
    let plain = decimal(value, 0);
    fits.map_or(format!("{plain} s"), |(unit, name)| format!("{plain} s ({} {name})", value / unit))
}

fn parsed(leaf: &Leaf, text: &str, decimals: u8) -> Result<Vec<u8>> {
    let len = leaf.bytes.len();
    if let Kind::Keys(count) = leaf.kind {
        let mut bytes = Vec::with_capacity(len);
        for part in text.split(',').filter(|part| *part != "none") {
            bytes.extend(key(part)?);
        }
        ensure!(bytes.len() <= len, "at most {count}, separated by commas");
        bytes.resize(len, 0);
        return Ok(bytes);
    }
    let value = match (leaf.name.as_str(), text) {
        ("kind", "pull") => 0,
        ("kind", "push") => 1,
        ("kind", "pro") => 2,
        ("kind", other) if other.parse::<u8>().is_err() => bail!("write pull, push or pro"),
        (name, _) => units(text, if MONEY.contains(&name) { decimals } else { 0 })?,
    };
    let bytes = value.to_le_bytes();
    let (kept, cut) = bytes.split_at(len);
    ensure!(cut.iter().all(|byte| *byte == 0), "that is too large");
    Ok(kept.to_vec())
}

/// Reads thirty-two bytes: an address, or hexadecimal.
fn key(text: &str) -> Result<[u8; 32]> {
    if let Ok(address) = Address::from_str(text) {
        return Ok(address.to_bytes());
    }
    let digits: Vec<u8> = text.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    if text.len() != 64 || digits.len() != 64 {
        bail!("`{text}` is neither an address nor 64 hexadecimal digits");
    }
    Ok(std::array::from_fn(|index| digits[2 * index] << 4 | digits[2 * index + 1]))
}

#[cfg(test)]
mod tests {
    use {super::*, bulkhead_client::state::OracleConfig, bulkhead_inspect::migration::Parameters};

    fn setting(text: &str) -> Setting {
        text.parse().unwrap()
    }

    #[test]
    fn a_fund_is_changed_by_name_and_told_in_units() {
        let old = Parameters::bundled().unwrap().fund;
        let mut new = old;
        let settings =
            ["min_contribution_tokens=2,000.5", "notice_secs=86400", "cover_limit_bps=4000"].map(setting);
        set(&mut [Block { structure: "FundParams", bytes: bytemuck::bytes_of_mut(&mut new) }], &settings, 6)
            .unwrap();
        assert_eq!(
            (new.min_contribution, new.notice_secs, new.cover_limit_bps),
            (2_000_500_000, 86_400, 4_000)
        );
        let found = edits("FundParams", Some(bytemuck::bytes_of(&old)), bytemuck::bytes_of(&new), 6);
        let told: Vec<_> = found
            .iter()
            .map(|edit| (edit.old.as_ref().unwrap().text.as_str(), edit.new.text.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("1,000.000000 tokens", "2,000.500000 tokens"),
                ("604,800 s (7 d)", "86,400 s (1 d)"),
                ("5,000 bps (50.00%)", "4,000 bps (40.00%)"),
            ]
        );
        assert_eq!(
            found[0].json(),
            json!({ "name": "min_contribution", "old": "1000000000", "new": "2000500000" })
        );
        assert_eq!(values(&found)["notice_secs"], json!(86_400));
    }

    #[test]
    fn keys_are_addresses_or_hexadecimal() {
        let mut oracle = Parameters::bundled().unwrap().markets[0].params.oracle;
        let id = "ab".repeat(32);
        let owner = Address::new_from_array([9; 32]);
        let settings = [format!("feed_id={id}"), format!("owners={owner}"), "kind=push".into()]
            .map(|text| setting(&text));
        let mut blocks = [Block { structure: "OracleConfig", bytes: bytemuck::bytes_of_mut(&mut oracle) }];
        set(&mut blocks, &settings, 6).unwrap();
        assert_eq!(oracle.feed_id, [0xab; 32]);
        assert_eq!(oracle.owners, [[9; 32], [0; 32]]);
        let shown = edits("OracleConfig", None, bytemuck::bytes_of(&oracle), 6);
        assert!(shown.iter().any(|edit| edit.name == "kind" && edit.new.text == "push"));
        assert!(shown.contains(&Edit::first("account", "none")));
        assert_eq!(size_of::<OracleConfig>(), 144);
    }

    #[test]
    fn what_is_wrong_with_a_setting_is_said() {
        let mut fund = Parameters::bundled().unwrap().fund;
        let mut refused = |text: &str| {
            let mut blocks = [Block { structure: "FundParams", bytes: bytemuck::bytes_of_mut(&mut fund) }];
            format!("{:#}", set(&mut blocks, &[setting(text)], 6).unwrap_err())
        };
        assert!(refused("notice_days=7").contains("no parameter `notice_days` here: min_contribution, "));
        assert!(refused("cover_limit_bps=70000").contains("too large"));
        assert!(refused("notice_secs=1.5").contains("no whole number"));
        assert!("notice_secs".parse::<Setting>().is_err() && "=5".parse::<Setting>().is_err());
    }
}
