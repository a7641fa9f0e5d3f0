//! Reads the programs' IDLs: instructions and their accounts, fields of events and parameters, texts
//! of errors. No name of a type and no code of an error is in both.
//!
//! The IDLs are generated from the programs and checked by CI, so a script reads the same names here
//! as in the TypeScript client.

mod arguments;
mod fields;
mod value;

pub use {
    arguments::{arguments, put},
    fields::{leaves, Kind, Leaf},
    value::{event, plain},
};
use {
    bulkhead_client::{claims::cover_program_id, program_id, Address},
    serde::Deserialize,
    serde_json::Value,
    std::sync::OnceLock,
};

#[derive(Deserialize)]
struct Idl {
    instructions: Vec<InstructionDef>,
    events: Vec<Discriminated>,
    errors: Vec<ErrorCode>,
    types: Vec<TypeDef>,
}

/// An instruction.
#[derive(Deserialize)]
pub struct InstructionDef {
    pub name: String,
    discriminator: Vec<u8>,
    /// Its accounts, in order; more may follow them.
    pub accounts: Vec<AccountDef>,
    /// Names and types of its arguments.
    #[serde(default)]
    args: Vec<Value>,
}

/// An account of an instruction.
#[derive(Deserialize)]
pub struct AccountDef {
    pub name: String,
}

#[derive(Deserialize)]
struct Discriminated {
    name: String,
    discriminator: Vec<u8>,
}

#[derive(Deserialize)]
struct ErrorCode {
    code: u32,
    name: String,
    msg: String,
}

#[derive(Deserialize)]
struct TypeDef {
    name: String,
    #[serde(rename = "type")]
    layout: Layout,
}

#[derive(Deserialize)]
struct Layout {
    kind: Shape,
    #[serde(default)]
    fields: Vec<Value>,
    #[serde(default)]
    variants: Vec<Variant>,
    #[serde(default)]
    alias: Option<Value>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Shape {
    Struct,
    Enum,
    /// Another name of a type.
    Type,
}

/// A case of an enum, with the types of what it holds.
#[derive(Deserialize)]
struct Variant {
    name: String,
    #[serde(default)]
    fields: Vec<Value>,
}

/// The IDLs of the fund's program and of claims.
fn idls() -> &'static [Idl; 2] {
    static IDLS: OnceLock<[Idl; 2]> = OnceLock::new();
    IDLS.get_or_init(|| {
        [include_str!("../../../idl/bulkhead.json"), include_str!("../../../idl/bulkhead_cover.json")]
            .map(|text| serde_json::from_str(text).expect("the IDLs of this release"))
    })
}

fn layout(name: &str) -> Option<&'static Layout> {
    let mut types = idls().iter().flat_map(|idl| &idl.types);
    types.find(|known| known.name == name).map(|known| &known.layout)
}

/// Every instruction of both programs.
#[cfg(test)]
pub fn instructions() -> impl Iterator<Item = &'static InstructionDef> {
    idls().iter().flat_map(|idl| &idl.instructions)
}

/// Every event of both programs, with the names and types of its fields.
#[cfg(test)]
pub fn events() -> Vec<(&'static str, Vec<(String, Value)>)> {
    let fields = |name: &str| -> Option<Vec<(String, Value)>> {
        let fields = layout(name)?.fields.iter();
        let pairs =
            fields.map(|field| Some((field.get("name")?.as_str()?.to_owned(), field.get("type")?.clone())));
        pairs.collect()
    };
    let events = idls().iter().flat_map(|idl| &idl.events);
    events.map(|event| (event.name.as_str(), fields(&event.name).expect("an event has fields"))).collect()
}

/// Finds the instruction of a program with this data.
pub fn instruction(program: &Address, data: &[u8]) -> Option<&'static InstructionDef> {
    let [fund, claims] = idls();
    let idl = match *program {
        program if program == program_id() => fund,
        program if program == cover_program_id() => claims,
        _ => return None,
    };
    idl.instructions.iter().find(|known| data.starts_with(&known.discriminator))
}

/// Name and explanation of a custom error code; `None` for codes of other programs.
pub fn error(code: u32) -> Option<(&'static str, &'static str)> {
    let found = idls().iter().flat_map(|idl| &idl.errors).find(|error| error.code == code)?;
    Some((&found.name, &found.msg))
}

/// The explanation of an error by its name.
pub fn error_named(name: &str) -> Option<&'static str> {
    let mut errors = idls().iter().flat_map(|idl| &idl.errors);
    errors.find(|error| error.name == name).map(|error| error.msg.as_str())
}

/// The custom code in an error's text, with its name and explanation; `None` for codes of other
/// programs.
pub fn explained_code(text: &str) -> Option<(u32, &'static str, &'static str)> {
    let code = text.split("Custom(").nth(1)?.split(')').next()?.parse().ok()?;
    error(code).map(|(name, says)| (code, name, says))
}

/// The same in one sentence.
pub fn explained(text: &str) -> Option<String> {
    explained_code(text).map(|(_, name, says)| format!("{name}: {says}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_names_and_say_something() {
        assert_eq!(error(6_000), Some(("Overflow", "A number does not fit its type")));
        assert_eq!(error(1), None);
        let told = explained("InstructionError(2, Custom(6000))");
        assert_eq!(told.as_deref(), Some("Overflow: A number does not fit its type"));
        assert_eq!(explained("Custom(1)"), None, "of another program");
    }

    #[test]
    fn instructions_are_known_by_their_data() {
        let found = instruction(&program_id(), &[25, 1, 2]).unwrap();
        assert_eq!((found.name.as_str(), found.accounts[1].name.as_str()), ("contribute", "token_account"));
        assert_eq!(instruction(&cover_program_id(), &[22, 1]).unwrap().name, "claim_cover");
        assert!(instruction(&program_id(), &[255]).is_none() && instruction(&program_id(), &[]).is_none());
        assert!(instruction(&Address::default(), &[25]).is_none());
    }
}
