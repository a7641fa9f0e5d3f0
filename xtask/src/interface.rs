//! The Rust interface crate from the IDL: types, instructions, events and errors.

use std::{fmt::Write as _, fs, path::Path, process::Stdio};

use anyhow::{bail, ensure, Context, Result};
use serde_json::Value;

use crate::support::process;

/// The crate, and its generated file.
pub const FILE: &str = "clients/interface/src/generated.rs";

const HEAD: &str = "//! Written by `cargo xtask codegen` from the IDL: do not edit.\n\n";

/// Writes the crate's generated file below `root`, from the IDL there.
pub fn write(root: &Path, idl: &Path) -> Result<()> {
    let idl: Value = serde_json::from_str(&fs::read_to_string(idl)?).context("the IDL is JSON")?;
    let file = root.join(FILE);
    fs::create_dir_all(file.parent().context("a file has a folder")?)?;
    fs::write(&file, formatted(&text(&idl)?)?).with_context(|| format!("writing {}", file.display()))
}

/// The text as rustfmt writes it, so that it passes for code of the repository.
fn formatted(text: &str) -> Result<String> {
    let mut format = process::command("rustfmt");
    format.args(["--edition", "2021", "--emit", "stdout"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = format.spawn().context("rustfmt does not start")?;
    let mut input = child.stdin.take().context("it is piped")?;
    let text = text.to_owned();
    let writer = std::thread::spawn(move || std::io::Write::write_all(&mut input, text.as_bytes()));
    let output = child.wait_with_output()?;
    writer.join().map_err(|_| anyhow::anyhow!("writing to rustfmt failed"))??;
    ensure!(output.status.success(), "rustfmt refuses the interface crate");
    Ok(String::from_utf8(output.stdout)?)
}

fn text(idl: &Value) -> Result<String> {
    let mut out = HEAD.to_owned();
    let program = string(idl, "address")?;
    writeln!(out, "/// The program's address on local networks.\npub const PROGRAM: &str = {program:?};\n")?;
    let events: Vec<&str> = names(idl, "events")?;
    types(&mut out, idl, &events)?;
    instructions(&mut out, idl)?;
    event_types(&mut out, idl, &events)?;
    errors(&mut out, idl)?;
    Ok(out)
}

fn list<'v>(value: &'v Value, name: &str) -> Result<&'v [Value]> {
    Ok(value.get(name).and_then(Value::as_array).with_context(|| format!("no list `{name}`"))?)
}

fn string<'v>(value: &'v Value, name: &str) -> Result<&'v str> {
    value.get(name).and_then(Value::as_str).with_context(|| format!("no text `{name}` in {value}"))
}

fn names<'v>(idl: &'v Value, of: &str) -> Result<Vec<&'v str>> {
    list(idl, of)?.iter().map(|item| string(item, "name")).collect()
}

fn docs(out: &mut String, item: &Value, otherwise: &str) -> Result<()> {
    match item.get("docs").and_then(Value::as_array) {
        Some(lines) if !lines.is_empty() => {
            for line in lines {
                writeln!(out, "/// {}", plain(line.as_str().unwrap_or_default()))?;
            }
        }
        _ => writeln!(out, "/// {otherwise}")?,
    }
    Ok(())
}

/// A line of documentation without links into the program's own modules.
fn plain(line: &str) -> String {
    line.replace("[`", "`").replace("`]", "`").replace("crate::", "")
}

/// The Rust type of an IDL type.
fn rust_type(kind: &Value) -> Result<String> {
    if let Some(name) = kind.as_str() {
        return Ok(match name {
            "pubkey" => "crate::Address".into(),
            "bool" | "u8" | "u16" | "u32" | "u64" | "u128" | "i16" | "i64" | "i128" => name.into(),
            other => bail!("the IDL has a new type {other}: teach it to the interface crate"),
        });
    }
    if let Some(name) = kind.pointer("/defined/name").and_then(Value::as_str) {
        return Ok(format!("crate::types::{name}"));
    }
    if let Some(item) = kind.get("vec") {
        return Ok(format!("Vec<{}>", rust_type(item)?));
    }
    match list(kind, "array")? {
        [item, len] => Ok(format!("[{}; {len}]", rust_type(item)?)),
        _ => bail!("{kind} is no array"),
    }
}

fn fields(out: &mut String, structure: &Value) -> Result<()> {
    for field in list(&structure["type"], "fields")? {
        let name = string(field, "name")?;
        if name.starts_with('_') {
            writeln!(out, "#[doc(hidden)]")?;
        } else {
            docs(out, field, &format!("The {}.", name.replace('_', " ")))?;
        }
        writeln!(out, "{name}: {},", rust_type(&field["type"])?)?;
    }
    Ok(())
}

fn structure(out: &mut String, item: &Value) -> Result<()> {
    let name = string(item, "name")?;
    writeln!(out, "crate::wire::wire_struct! {{")?;
    docs(out, item, &format!("A `{name}`."))?;
    writeln!(out, "{name} {{")?;
    fields(out, item)?;
    writeln!(out, "}}\n}}\n")?;
    Ok(())
}

/// Accounts, parameters and their parts.
fn types(out: &mut String, idl: &Value, events: &[&str]) -> Result<()> {
    writeln!(out, "/// Accounts, parameters and their parts.\npub mod types {{")?;
    for item in list(idl, "types")?.iter() {
        let name = string(item, "name")?;
        match string(&item["type"], "kind")? {
            _ if events.contains(&name) => {}
            "struct" => structure(out, item)?,
            "type" => {
                docs(out, item, &format!("A `{name}` of the program."))?;
                writeln!(out, "pub type {name} = {};\n", rust_type(&item["type"]["alias"])?)?;
            }
            "enum" => enumeration(out, item)?,
            other => bail!("{name} is a {other}: teach that to the interface crate"),
        }
    }
    for account in list(idl, "accounts")? {
        let name = string(account, "name")?;
        writeln!(
            out,
            "impl crate::account::Account for {name} {{\nconst DISCRIMINATOR: [u8; 8] = {};\nconst NAME: &'static str = {name:?};\n}}\n",
            account["discriminator"]
        )?;
    }
    writeln!(out, "}}\n")?;
    Ok(())
}

/// An enum with unnamed fields. Its tag is a byte.
fn enumeration(out: &mut String, item: &Value) -> Result<()> {
    let name = string(item, "name")?;
    docs(out, item, &format!("A `{name}`."))?;
    writeln!(out, "#[derive(Clone, Copy, Debug, PartialEq, Eq)]\npub enum {name} {{")?;
    let (mut read, mut write) = (String::new(), String::new());
    for (tag, variant) in list(&item["type"], "variants")?.iter().enumerate() {
        let variant_name = string(variant, "name")?;
        let kinds = list(variant, "fields")?.iter().map(rust_type).collect::<Result<Vec<_>>>()?;
        writeln!(out, "/// `{variant_name}`.\n{variant_name}({}),", kinds.join(", "))?;
        let parts: Vec<String> = (0..kinds.len()).map(|place| format!("part{place}")).collect();
        let reads = vec!["crate::Wire::read(data)?"; kinds.len()].join(", ");
        writeln!(read, "{tag} => Self::{variant_name}({reads}),")?;
        writeln!(write, "Self::{variant_name}({}) => {{ out.push({tag});", parts.join(", "))?;
        for part in &parts {
            writeln!(write, "crate::Wire::write({part}, out);")?;
        }
        writeln!(write, "}}")?;
    }
    writeln!(
        out,
        "}}\n\nimpl crate::Wire for {name} {{\nfn read(data: &mut &[u8]) -> Option<Self> {{\nSome(match u8::read(data)? {{\n{read}_ => return None,\n}})\n}}\n\nfn write(&self, out: &mut Vec<u8>) {{\nmatch self {{\n{write}}}\n}}\n}}\n"
    )?;
    Ok(())
}

/// One struct an instruction, with its accounts and arguments.
fn instructions(out: &mut String, idl: &Value) -> Result<()> {
    out.push_str(
        "/// One struct an instruction: accounts, then arguments.\npub mod instruction {\nuse crate::{program_id, AccountMeta, Address, Instruction, Wire};\n\n\
         /// Appends the markets of a member's positions.\npub trait WithMarkets {\n\
         /// Appends the fund's markets with these numbers; `is_writable` for instructions that change them.\n\
         fn with_markets(self, fund: &Address, markets: &[u16], is_writable: bool) -> Self;\n}\n\n\
         impl WithMarkets for Instruction {\nfn with_markets(mut self, fund: &Address, markets: &[u16], is_writable: bool) -> Self {\n\
         self.accounts.extend(markets.iter().map(|index| AccountMeta { pubkey: crate::address::market(fund, *index), is_signer: false, is_writable }));\nself\n}\n}\n\n",
    );
    for instruction in list(idl, "instructions")? {
        one_instruction(out, instruction)?;
    }
    let mut table = String::new();
    for instruction in list(idl, "instructions")? {
        writeln!(table, "(&{}, {:?}),", instruction["discriminator"], string(instruction, "name")?)?;
    }
    writeln!(
        out,
        "const NAMES: &[(&[u8], &str)] = &[\n{table}];\n\n/// Returns the name of the instruction with this data; none for data of other programs.\npub fn name(data: &[u8]) -> Option<&'static str> {{\nNAMES.iter().find(|(discriminator, _)| data.starts_with(discriminator)).map(|(_, name)| *name)\n}}\n}}\n"
    )?;
    Ok(())
}

fn one_instruction(out: &mut String, instruction: &Value) -> Result<()> {
    let (name, flag) = (string(instruction, "name")?, |account: &Value, name: &str| {
        account.get(name).and_then(Value::as_bool).unwrap_or(false)
    });
    let title: String = name.split('_').map(capital).collect();
    docs(out, instruction, &format!("`{name}`."))?;
    let has_list = list(instruction, "args")?.iter().any(|argument| argument["type"].get("vec").is_some());
    let copy = if has_list { "" } else { "Copy, " };
    writeln!(out, "#[derive(Clone, {copy}Debug, PartialEq, Eq)]\npub struct {title} {{")?;
    let mut metas = String::new();
    for account in list(instruction, "accounts")? {
        let field = string(account, "name")?;
        let meta = |key: &str| {
            format!(
                "AccountMeta {{ pubkey: {key}, is_signer: {}, is_writable: {} }}",
                flag(account, "signer"),
                flag(account, "writable")
            )
        };
        if let Some(fixed) = account.get("address").and_then(Value::as_str) {
            writeln!(metas, "{},", meta(&format!("Address::from_str_const({fixed:?})")))?;
            continue;
        }
        docs(out, account, "An account.")?;
        if flag(account, "optional") {
            writeln!(out, "pub {field}: Option<Address>,")?;
            let none = "AccountMeta { pubkey: program_id(), is_signer: false, is_writable: false }";
            writeln!(metas, "match self.{field} {{ Some(key) => {}, None => {none} }},", meta("key"))?;
        } else {
            writeln!(out, "pub {field}: Address,")?;
            writeln!(metas, "{},", meta(&format!("self.{field}")))?;
        }
    }
    let mut writes = String::new();
    for argument in list(instruction, "args")? {
        let field = string(argument, "name")?;
        docs(out, argument, &format!("The argument `{field}`."))?;
        writeln!(out, "pub {field}: {},", rust_type(&argument["type"])?)?;
        writeln!(writes, "self.{field}.write(&mut data);")?;
    }
    let (start, binding) = (&instruction["discriminator"], if writes.is_empty() { "" } else { "mut " });
    writeln!(
        out,
        "}}\n\nimpl {title} {{\n/// Makes the instruction.\npub fn instruction(&self) -> Instruction {{\nlet {binding}data = vec!{start};\n{writes}Instruction {{ program_id: program_id(), accounts: vec![\n{metas}], data }}\n}}\n}}\n"
    )?;
    Ok(())
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

/// The events, and one enum over them.
fn event_types(out: &mut String, idl: &Value, events: &[&str]) -> Result<()> {
    writeln!(out, "pub mod event {{\nuse crate::Wire;\n")?;
    for item in list(idl, "types")?.iter() {
        if events.contains(&string(item, "name")?) {
            structure(out, item)?;
        }
    }
    let (mut variants, mut arms, mut named) = (String::new(), String::new(), String::new());
    for event in list(idl, "events")? {
        let (name, bytes) = (string(event, "name")?, &event["discriminator"]);
        writeln!(variants, "/// See [`{name}`].\n{name}({name}),")?;
        writeln!(
            arms,
            "if let Some(mut body) = data.strip_prefix(&{bytes}) {{ return {name}::read(&mut body).filter(|_| body.is_empty()).map(Self::{name}); }}"
        )?;
        writeln!(named, "Self::{name}(_) => {name:?},")?;
    }
    writeln!(
        out,
        "/// An event of the program.\n#[derive(Clone, Copy, Debug, PartialEq, Eq)]\n#[non_exhaustive]\npub enum Event {{\n{variants}}}\n\nimpl Event {{\n/// Reads the event in these bytes; none if they are no event.\npub fn decode(data: &[u8]) -> Option<Self> {{\n{arms}None\n}}\n\n/// The event's name.\npub fn name(&self) -> &'static str {{\nmatch self {{\n{named}}}\n}}\n}}\n}}\n"
    )?;
    Ok(())
}

fn errors(out: &mut String, idl: &Value) -> Result<()> {
    let mut table = String::new();
    for error in list(idl, "errors")? {
        let (code, name, says) = (&error["code"], string(error, "name")?, string(error, "msg")?);
        writeln!(table, "({code}, {name:?}, {says:?}),")?;
    }
    writeln!(
        out,
        "/// The program's errors.\npub mod error {{\n/// Code, name and text of every error.\npub const ERRORS: &[(u32, &str, &str)] = &[\n{table}];\n\n/// Finds name and text of a custom code; none for codes of other programs.\npub fn find(code: u32) -> Option<(&'static str, &'static str)> {{\nERRORS.iter().find(|(known, ..)| *known == code).map(|(_, name, says)| (*name, *says))\n}}\n}}"
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{idl, support::paths};

    /// `cargo xtask codegen` has been run since the IDL has changed.
    #[test]
    fn the_committed_file_is_what_the_idl_gives() {
        let root = paths::root();
        let idl: Value =
            serde_json::from_str(&fs::read_to_string(idl::Program::Bulkhead.file(&root)).unwrap()).unwrap();
        let committed = fs::read_to_string(root.join(FILE)).unwrap();
        assert!(formatted(&text(&idl).unwrap()).unwrap() == committed, "run `cargo xtask codegen`");
    }

    #[test]
    fn a_type_that_it_does_not_know_is_refused() {
        assert_eq!(rust_type(&serde_json::json!({ "array": ["u64", 3] })).unwrap(), "[u64; 3]");
        assert_eq!(
            rust_type(&serde_json::json!({ "defined": { "name": "Fund" } })).unwrap(),
            "crate::types::Fund"
        );
        assert_eq!(rust_type(&serde_json::json!({ "vec": "u16" })).unwrap(), "Vec<u16>");
        assert!(rust_type(&serde_json::json!("f64")).is_err());
    }
}
