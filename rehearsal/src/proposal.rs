//! The instructions that a multisig is asked to sign, read from what the programs print.

use {
    anyhow::{bail, Context, Result},
    base64::{engine::general_purpose::STANDARD, Engine},
    bulkhead_client::{Address, Instruction},
    serde_json::Value,
    solana_instruction::AccountMeta,
    std::str::FromStr,
};

/// What a party is asked to sign.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// The instructions of one transaction.
    pub instructions: Vec<Instruction>,
    /// The same as one message in base58, which multisigs import.
    pub message: String,
}

impl Proposal {
    /// Those who must sign it.
    pub fn signers(&self) -> Vec<Address> {
        let metas = self.instructions.iter().flat_map(|instruction| &instruction.accounts);
        let mut signers: Vec<Address> = Vec::new();
        for meta in metas.filter(|meta| meta.is_signer) {
            if !signers.contains(&meta.pubkey) {
                signers.push(meta.pubkey);
            }
        }
        signers
    }
}

/// Reads the proposals that `migrate` prints, each of one instruction or several.
///
/// # Errors
/// When a line of a proposal is not as `migrate` writes it.
pub fn of_migrate(printed: &str) -> Result<Vec<Proposal>> {
    let mut proposals: Vec<Proposal> = Vec::new();
    for line in printed.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match (words.as_slice(), proposals.last_mut()) {
            (["to", "propose,", ..], _) => proposals.push(Proposal::default()),
            (["program", program], Some(proposal)) if line.starts_with("    ") => {
                let program_id = address(program)?;
                proposal.instructions.push(Instruction {
                    program_id,
                    accounts: Vec::new(),
                    data: Vec::new(),
                });
            }
            (["account", _, account, roles @ ..], Some(proposal)) => {
                let instruction = proposal.instructions.last_mut().context("an account without a program")?;
                let pubkey = address(account)?;
                let (is_signer, is_writable) = (roles.contains(&"signer"), roles.contains(&"writable"));
                instruction.accounts.push(AccountMeta { pubkey, is_signer, is_writable });
            }
            (["data", data], Some(proposal)) => {
                proposal.instructions.last_mut().context("data without a program")?.data = bytes(data)?;
            }
            (["message", message], Some(proposal)) => proposal.message = (*message).to_owned(),
            _ => {}
        }
    }
    if proposals.iter().any(|proposal| proposal.instructions.is_empty()) {
        bail!("a proposal has no instruction");
    }
    Ok(proposals)
}

/// Reads the instructions that the command line prints with `--print-instruction --json`.
///
/// # Errors
/// When the document has another form.
pub fn of_cli(printed: &str) -> Result<Proposal> {
    let json: Value = serde_json::from_str(printed).context("what was printed is no JSON")?;
    let all = json["instructions"].as_array().context("there are no instructions")?;
    let message = json["message_base58"].as_str().context("there is no message")?;
    let instructions = all.iter().map(instruction).collect::<Result<_>>()?;
    Ok(Proposal { instructions, message: message.to_owned() })
}

fn instruction(json: &Value) -> Result<Instruction> {
    let text = |value: &Value| value.as_str().map(str::to_owned).context("a text is missing");
    let accounts = json["accounts"].as_array().context("an instruction has no accounts")?;
    let account = |json: &Value| -> Result<AccountMeta> {
        Ok(AccountMeta {
            pubkey: address(&text(&json["pubkey"])?)?,
            is_signer: json["is_signer"].as_bool().context("is_signer is missing")?,
            is_writable: json["is_writable"].as_bool().context("is_writable is missing")?,
        })
    };
    Ok(Instruction {
        program_id: address(&text(&json["program_id"])?)?,
        accounts: accounts.iter().map(account).collect::<Result<_>>()?,
        data: STANDARD.decode(text(&json["data_base64"])?).context("data_base64 is no base64")?,
    })
}

fn address(text: &str) -> Result<Address> {
    Address::from_str(text).map_err(|_| anyhow::anyhow!("`{text}` is no address"))
}

fn bytes(hex: &str) -> Result<Vec<u8>> {
    let digit = |pair: &[u8]| {
        let text = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(text, 16).ok().filter(|_| pair.len() == 2)
    };
    let all: Option<Vec<u8>> = hex.as_bytes().chunks(2).map(digit).collect();
    all.with_context(|| format!("`{hex}` is not in hexadecimal digits"))
}
