//! Writes instructions in the form of a multisig's interface, for another party to send.

use bulkhead_client::Instruction;

/// Writes program, accounts and data of an instruction, line by line.
pub fn lines(instruction: &Instruction) -> Vec<String> {
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
