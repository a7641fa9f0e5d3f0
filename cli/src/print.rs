//! Prints a transaction's instructions for a signer elsewhere: a multisig, or a wallet.

use {
    crate::{idl, order::Order, session::Session, text::Text, views::Page},
    anyhow::{ensure, Context, Result},
    base64::{engine::general_purpose::STANDARD, Engine as _},
    bulkhead_client::{
        instruction::announced_change, program_id, state::ParameterChange, Address, Instruction,
    },
    serde_json::{json, Map, Value},
    solana_message::{compiled_instruction::CompiledInstruction, AccountKeys, Message},
    solana_transaction_status::parse_instruction::parse,
};

/// Most bytes of a transaction, and of a message with one signature.
const MOST_BYTES: usize = 1_232;
/// The program of a transaction's compute budget.
const COMPUTE_BUDGET: Address = Address::from_str_const("ComputeBudget111111111111111111111111111111");

/// Prints program, accounts and data of each instruction, with the IDL's names, and all of them as one
/// message, as multisigs import it.
pub async fn page(session: &Session, order: &Order) -> Result<Page> {
    let payer = session.payer()?;
    let blockhash = session.source.rpc.get_latest_blockhash().await.context("cannot read a blockhash")?;
    let message = Message::new_with_blockhash(&order.instructions, Some(&payer), &blockhash).serialize();
    ensure!(
        message.len() <= MOST_BYTES,
        "{} instructions are {} bytes, more than the {MOST_BYTES} of a transaction: make several proposals",
        order.instructions.len(),
        message.len()
    );
    let (mut text, mut json) = instructions(order);
    text.heading("The same as one message, for import");
    text.field("base58", bs58::encode(&message).into_string());
    text.field("base64", STANDARD.encode(&message));
    json["message_base58"] = json!(bs58::encode(&message).into_string());
    json["message_base64"] = json!(STANDARD.encode(&message));
    Ok((text, json))
}

fn instructions(order: &Order) -> Page {
    let mut text = Text::default();
    let mut json = json!({});
    for review in order.facts.iter().chain(&order.review) {
        review.show(&mut text);
        json["review"] = review.json();
    }
    show(&order.instructions, &mut text);
    json["instructions"] = self::json(&order.instructions);
    (text, json)
}

/// Shows instructions to the last account and byte, with what is known of them.
pub fn show(instructions: &[Instruction], text: &mut Text) {
    for (place, instruction) in instructions.iter().enumerate() {
        let (name, arguments) = meaning(instruction);
        text.heading(format!("Instruction {} of {}, {name}", place + 1, instructions.len()));
        text.field("program", instruction.program_id);
        for (argument, value) in arguments {
            text.field(argument, value);
        }
        text.field("data, base58", bs58::encode(&instruction.data).into_string());
        text.field("data, base64", STANDARD.encode(&instruction.data));
        let role = |yes: bool, role: &str| if yes { role.to_owned() } else { String::new() };
        let rows = instruction.accounts.iter().zip(names(instruction)).map(|(account, name)| {
            let (signs, writes) = (role(account.is_signer, "signer"), role(account.is_writable, "writable"));
            vec![name.into(), account.pubkey.into(), signs.into(), writes.into()]
        });
        text.table(&["account", "address", "", ""], rows.collect());
    }
}

/// The same for scripts.
pub fn json(instructions: &[Instruction]) -> Value {
    instructions.iter().map(instruction_json).collect()
}

/// What an instruction is called, and its arguments: by the IDLs, or as the cluster's own programs are
/// known to everybody.
fn meaning(instruction: &Instruction) -> (String, Vec<(String, String)>) {
    let known = name(instruction);
    if !known.is_empty() {
        let unread = || vec![("arguments".into(), "not those of this release".into())];
        let mut arguments = idl::arguments(instruction).unwrap_or_else(unread);
        if let Some(touched) = touched(instruction) {
            let is_value = |name: &str| name.contains(".values.");
            let field = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
            // Only if all are found by their names: nothing that has an effect is left out.
            let all: Vec<String> =
                arguments.iter().filter(|(name, _)| is_value(name)).map(|(name, _)| field(name)).collect();
            if touched.iter().all(|name| all.iter().any(|field| field == name)) {
                arguments.retain(|(name, _)| !is_value(name) || touched.contains(&field(name).as_str()));
            }
        }
        return (known.into(), arguments);
    }
    if instruction.program_id == COMPUTE_BUDGET {
        return ("of the compute budget".into(), Vec::new());
    }
    let keys: Vec<_> = instruction.accounts.iter().map(|account| account.pubkey).collect();
    let accounts = (0..=u8::MAX).take(keys.len()).collect();
    let compiled = CompiledInstruction { program_id_index: 0, accounts, data: instruction.data.clone() };
    let parsed = parse(&instruction.program_id, &compiled, &AccountKeys::new(&keys, None), None);
    let Ok(parsed) = parsed else { return ("of a program that is not known here".into(), Vec::new()) };
    let kind = parsed.parsed.get("type").and_then(Value::as_str).unwrap_or_default();
    let mut arguments = Vec::new();
    for (argument, value) in parsed.parsed.get("info").and_then(Value::as_object).into_iter().flatten() {
        idl::put(argument.clone(), value, &mut arguments);
    }
    (format!("{kind} of {}", parsed.program), arguments)
}

/// The names of the parameters that an announced change touches. It carries values of the others too, which
/// the program ignores: thirty of them hide the one that counts.
fn touched(instruction: &Instruction) -> Option<Vec<&'static str>> {
    if instruction.program_id != program_id() {
        return None;
    }
    match announced_change(&instruction.data)? {
        ParameterChange::Fund(change) => Some(change.names().collect()),
        ParameterChange::Market(_, change) => Some(change.names().collect()),
        ParameterChange::Oracle(_, change) => Some(change.names().collect()),
        _ => None,
    }
}

fn instruction_json(instruction: &Instruction) -> Value {
    let accounts = instruction.accounts.iter().zip(names(instruction)).map(|(account, name)| {
        json!({
            "name": name,
            "pubkey": account.pubkey.to_string(),
            "is_signer": account.is_signer,
            "is_writable": account.is_writable,
        })
    });
    let (kind, arguments) = meaning(instruction);
    let arguments: Map<_, _> = arguments.into_iter().map(|(name, value)| (name, json!(value))).collect();
    json!({
        "name": name(instruction),
        "kind": kind,
        "arguments": arguments,
        "program_id": instruction.program_id.to_string(),
        "accounts": accounts.collect::<Vec<_>>(),
        "data_base58": bs58::encode(&instruction.data).into_string(),
        "data_base64": STANDARD.encode(&instruction.data),
    })
}

/// The IDL's name of an instruction; empty for those of other programs.
pub fn name(instruction: &Instruction) -> &'static str {
    idl::instruction(&instruction.program_id, &instruction.data).map_or("", |known| known.name.as_str())
}

/// Names the accounts. Accounts beyond an instruction's own are markets; an absent optional one is
/// the program.
pub fn names(instruction: &Instruction) -> Vec<String> {
    let known = idl::instruction(&instruction.program_id, &instruction.data)
        .map(|known| known.accounts.as_slice())
        .unwrap_or_default();
    let accounts = instruction.accounts.iter().enumerate();
    let names = accounts.map(|(place, account)| match known.get(place) {
        Some(known) if account.pubkey == program_id() && instruction.program_id == program_id() => {
            format!("{} (none)", known.name)
        }
        Some(known) => known.name.clone(),
        None if known.is_empty() => format!("account {}", place + 1),
        None => format!("other market {}", place - known.len() + 1),
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A seed is free text of whoever proposes: it could conceal all that follows on a terminal.
    #[test]
    fn no_text_of_an_instruction_is_a_command_to_the_terminal() {
        let key = |byte| Address::new_from_array([byte; 32]);
        let seed = "\u{1b}[8m\u{1b}[40A\u{202e}\nInstruction 1 of 1, transfer";
        let call = solana_system_interface::instruction::assign_with_seed(&key(1), &key(2), seed, &key(3));
        let mut text = Text::default();
        show(&[call], &mut text);
        let shown = text.render();
        assert!(shown.contains("\\u{1b}[8m"), "{shown}");
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown}");
        assert_eq!(shown.lines().filter(|line| line.starts_with("Instruction")).count(), 1, "{shown}");
    }

    /// Two instructions of one program with the same accounts differ in what they are called.
    #[test]
    fn scripts_are_told_the_kind_of_what_is_not_ours() {
        let key = |byte| Address::new_from_array([byte; 32]);
        let transfer = solana_system_interface::instruction::transfer(&key(1), &key(2), 5);
        assert_eq!(json(&[transfer])[0]["kind"], "transfer of system");
    }
}
