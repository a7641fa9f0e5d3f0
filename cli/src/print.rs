//! Prints a transaction's instructions for a signer elsewhere: a multisig, or a wallet.

use {
    crate::{idl, order::Order, text::Text, views::Page},
    base64::{engine::general_purpose::STANDARD, Engine as _},
    bulkhead_client::{Instruction, PROGRAM_ID},
    serde_json::{json, Value},
};

/// Prints program, accounts and data of each instruction, with the IDL's names.
pub fn page(order: &Order) -> Page {
    let mut text = Text::default();
    let mut json = json!({});
    for review in order.facts.iter().chain(&order.review) {
        review.show(&mut text);
        json["review"] = review.json();
    }
    for (place, instruction) in order.instructions.iter().enumerate() {
        text.heading(format!(
            "Instruction {} of {}, {}",
            place + 1,
            order.instructions.len(),
            name(instruction)
        ));
        text.field("program", instruction.program_id);
        text.field("data, base58", bs58::encode(&instruction.data).into_string());
        text.field("data, base64", STANDARD.encode(&instruction.data));
        let role = |yes: bool, role: &str| if yes { role.to_owned() } else { String::new() };
        let rows = instruction.accounts.iter().zip(names(instruction)).map(|(account, name)| {
            let (signs, writes) = (role(account.is_signer, "signer"), role(account.is_writable, "writable"));
            vec![name.into(), account.pubkey.into(), signs.into(), writes.into()]
        });
        text.table(&["account", "address", "", ""], rows.collect());
    }
    json["instructions"] = order.instructions.iter().map(instruction_json).collect();
    (text, json)
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
    json!({
        "name": name(instruction),
        "program_id": instruction.program_id.to_string(),
        "accounts": accounts.collect::<Vec<_>>(),
        "data_base58": bs58::encode(&instruction.data).into_string(),
        "data_base64": STANDARD.encode(&instruction.data),
    })
}

fn name(instruction: &Instruction) -> &'static str {
    idl::instruction(&instruction.data).map_or("", |known| known.name.as_str())
}

/// Names the accounts. Accounts beyond an instruction's own are markets; an absent optional one is
/// the program.
fn names(instruction: &Instruction) -> Vec<String> {
    let known =
        idl::instruction(&instruction.data).map(|known| known.accounts.as_slice()).unwrap_or_default();
    let accounts = instruction.accounts.iter().enumerate();
    let names = accounts.map(|(place, account)| match known.get(place) {
        Some(known) if account.pubkey == PROGRAM_ID => format!("{} (none)", known.name),
        Some(known) => known.name.clone(),
        None => format!("other market {}", place - known.len() + 1),
    });
    names.collect()
}
