//! Writes a transaction in the form of a multisig's interface, for another party to sign.

use {
    bulkhead_client::{Address, Instruction},
    solana_message::Message,
};

/// Writes a transaction that keys elsewhere must sign, line by line: each instruction, who signs, and all of
/// it as one serialized message, which multisigs import. The first of `absent` signs the message and pays;
/// the keys that are here sign its execution.
pub fn lines(call: &[Instruction], absent: &[Address], present: &[Address]) -> Vec<String> {
    let mut lines: Vec<String> = call.iter().flat_map(instruction).collect();
    let all = |keys: &[Address]| keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
    if !present.is_empty() {
        let (vaults, keys) = (all(absent), all(present));
        lines
            .push(format!("signers {vaults}, and beside it {keys}: see \"co-signed\" in docs/deployment.md"));
    }
    let message = Message::new(call, absent.first()).serialize();
    lines.push(format!("message {}", bs58::encode(message).into_string()));
    lines
}

/// Writes program, accounts and data.
fn instruction(instruction: &Instruction) -> Vec<String> {
    let mut lines = vec![format!("program {}", instruction.program_id)];
    for (index, meta) in instruction.accounts.iter().enumerate() {
        let role = match (meta.is_writable, meta.is_signer) {
            (true, true) => " writable signer",
            (true, false) => " writable",
            (false, true) => " signer",
            (false, false) => "",
        };
        lines.push(format!("account {index} {}{role}", meta.pubkey));
    }
    let data: String = instruction.data.iter().map(|byte| format!("{byte:02x}")).collect();
    lines.push(format!("data {data}"));
    lines
}
