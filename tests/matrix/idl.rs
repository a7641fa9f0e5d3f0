//! The interface: what there is to attack.

use serde_json::Value;

/// An instruction.
#[derive(Clone, Debug)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Its accounts, in order.
    pub slots: Vec<Slot>,
    /// Its scalar arguments, those within structs too.
    pub scalars: Vec<Scalar>,
    /// Length of its data, discriminator and arguments; of lists as many items as the scenes have.
    pub data_len: usize,
    /// Its last argument is a text of bytes, which follow that length.
    pub ends_in_bytes: bool,
}

/// An account an instruction takes.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Its name; that of remaining accounts is `market`.
    pub name: String,
    /// Must be writable.
    pub writable: bool,
    /// Must sign.
    pub signer: bool,
    /// One of those after the named ones.
    pub remaining: bool,
    /// Seeds of its address, where the IDL names them.
    pub seeds: Vec<Seed>,
}

/// A seed of an address.
#[derive(Clone, Debug)]
pub enum Seed {
    /// Bytes.
    Const(Vec<u8>),
    /// The address of this slot.
    Account(String),
    /// The bytes of this argument.
    Arg(String),
}

/// A number in an instruction's data.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// Where it is named.
    pub name: String,
    /// First byte in the data.
    pub offset: usize,
    /// Bytes.
    pub size: usize,
    /// Two's complement.
    pub signed: bool,
}

/// Of an enum the scenes use this.
const VARIANT: &str = "Market";

/// Items of a list in the scenes.
const ITEMS: usize = 2;

/// Bytes of the length of a list.
const LENGTH: usize = 4;

/// An instruction that needs another one before it in its transaction: `tests/oracle/pro.rs` bends its accounts.
const WITH_ANOTHER: &str = "post_pro_price";

/// Every other instruction of an IDL.
pub fn instructions(idl: &str) -> Vec<Interface> {
    let idl: Value = serde_json::from_str(idl).expect("the IDL is JSON");
    let all = list(&idl["instructions"]).iter().filter(|instruction| instruction["name"] != WITH_ANOTHER);
    all.map(|instruction| interface(instruction, &idl["types"])).collect()
}

fn interface(instruction: &Value, types: &Value) -> Interface {
    let slots = list(&instruction["accounts"]).iter().map(|slot| Slot {
        name: text(&slot["name"]),
        writable: slot["writable"] == true,
        signer: slot["signer"] == true,
        remaining: false,
        seeds: list(&slot["pda"]["seeds"]).iter().map(seed).collect(),
    });
    let (mut scalars, mut data_len) = (Vec::new(), list(&instruction["discriminator"]).len());
    let mut ends_in_bytes = false;
    for arg in list(&instruction["args"]) {
        assert!(!ends_in_bytes, "bytes are the last argument");
        ends_in_bytes = arg["type"]["vec"] == "u8";
        data_len = match ends_in_bytes {
            true => data_len + LENGTH,
            false => walk(&arg["type"], types, text(&arg["name"]), data_len, &mut scalars),
        };
    }
    let name = text(&instruction["name"]);
    Interface { name, slots: slots.collect(), scalars, data_len, ends_in_bytes }
}

fn seed(seed: &Value) -> Seed {
    match seed["kind"].as_str() {
        Some("const") => Seed::Const(serde_json::from_value(seed["value"].clone()).expect("bytes")),
        Some("account") => Seed::Account(text(&seed["path"])),
        Some("arg") => Seed::Arg(text(&seed["path"])),
        _ => panic!("unknown seed {seed}"),
    }
}

/// Notes the scalars of a type that starts at `offset`; where it ends. Addresses, bytes and yes or no are no scalars.
fn walk(ty: &Value, types: &Value, name: String, offset: usize, scalars: &mut Vec<Scalar>) -> usize {
    if let Some(defined) = ty["defined"]["name"].as_str() {
        let found = list(types)
            .iter()
            .find(|ty| ty["name"] == defined)
            .unwrap_or_else(|| panic!("no type {defined}"));
        if found["type"]["kind"] == "enum" {
            // A tag, and the fields of the variant that the scenes use.
            let variants = list(&found["type"]["variants"]);
            let used = variants
                .iter()
                .find(|variant| variant["name"] == VARIANT)
                .expect("the variant of the scenes");
            return list(&used["fields"])
                .iter()
                .fold(offset + 1, |at, ty| walk(ty, types, name.clone(), at, scalars));
        }
        let fields = list(&found["type"]["fields"]).iter();
        return fields.fold(offset, |at, field| {
            walk(&field["type"], types, format!("{name}.{}", text(&field["name"])), at, scalars)
        });
    }
    if let Some(array) = ty["array"].as_array() {
        let count = array[1].as_u64().expect("a length");
        return (0..count).fold(offset, |at, _| walk(&array[0], types, name.clone(), at, &mut Vec::new()));
    }
    if let Some(item) = ty.get("vec") {
        // Its length is no scalar: a list that is not whole is no argument.
        return (0..ITEMS)
            .fold(offset + LENGTH, |at, n| walk(item, types, format!("{name}[{n}]"), at, scalars));
    }
    let ty = ty.as_str().unwrap_or_else(|| panic!("{name} has the unknown type {ty}"));
    let size = match ty {
        "pubkey" => return offset + 32,
        "bool" => return offset + 1,
        "u8" => 1,
        "u16" | "i16" => 2,
        "u32" => 4,
        "u64" | "i64" => 8,
        "u128" => 16,
        other => panic!("{name} has the unknown type {other}"),
    };
    scalars.push(Scalar { name, offset, size, signed: ty.starts_with('i') });
    offset + size
}

impl Scalar {
    /// Zero, one, the largest two; of signed ones also the smallest two and minus one.
    pub fn extremes(&self) -> Vec<(&'static str, Vec<u8>)> {
        let max =
            if self.signed { (1u128 << (self.size * 8 - 1)) - 1 } else { u128::MAX >> (128 - self.size * 8) };
        let mut values = vec![("0", 0), ("1", 1), ("max-1", max - 1), ("max", max)];
        if self.signed {
            values.extend([("min", max + 1), ("min+1", max + 2), ("-1", u128::MAX)]);
        }
        values.into_iter().map(|(name, value)| (name, value.to_le_bytes()[..self.size].to_vec())).collect()
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
