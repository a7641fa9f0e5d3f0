//! Transactions that are signed on several machines: printed, signed further, sent.

use {
    crate::{
        failure::{Failure, Kind},
        key, nonce, print,
        refusal::explain,
        scales::Scales,
        send,
        session::Session,
        text::Text,
        views::Page,
    },
    anyhow::{ensure, Context, Result},
    base64::{engine::general_purpose::STANDARD, Engine as _},
    bulkhead_client::{Address, Instruction},
    serde_json::json,
    solana_instruction::AccountMeta,
    solana_signature::Signature,
    solana_signer::Signer,
    solana_transaction::Transaction,
    std::{
        collections::HashSet,
        io::{stdin, IsTerminal, Read},
        str::FromStr,
    },
};

/// A transaction in base64, signed or not.
#[derive(Clone, Debug)]
pub struct Encoded(pub Transaction);

impl FromStr for Encoded {
    type Err = anyhow::Error;

    /// Reads base64, or standard input for `-`.
    fn from_str(text: &str) -> Result<Self> {
        let mut read = String::new();
        if text == "-" {
            stdin().read_to_string(&mut read).context("cannot read the transaction")?;
        }
        let text = if text == "-" { read.trim() } else { text };
        let bytes = STANDARD.decode(text).context("the transaction is not in base64")?;
        let transaction: Transaction =
            wincode::deserialize(&bytes).map_err(|_| anyhow::anyhow!("these bytes are no transaction"))?;
        ensure!(
            transaction.signatures.len() == usize::from(transaction.message.header.num_required_signatures),
            "the transaction has {} places for signatures and needs {}",
            transaction.signatures.len(),
            transaction.message.header.num_required_signatures
        );
        Ok(Self(transaction))
    }
}

impl Encoded {
    /// The instructions, with their accounts in order.
    fn instructions(&self) -> Vec<Instruction> {
        let message = &self.0.message;
        let account = |index: &u8| {
            let index = usize::from(*index);
            AccountMeta {
                pubkey: message.account_keys.get(index).copied().unwrap_or_default(),
                is_signer: message.is_signer(index),
                is_writable: message
                    .is_maybe_writable_with_reserved_addresses(index, None::<&HashSet<Address>>),
            }
        };
        let instructions = message.instructions.iter().map(|compiled| Instruction {
            program_id: account(&compiled.program_id_index).pubkey,
            accounts: compiled.accounts.iter().map(account).collect(),
            data: compiled.data.clone(),
        });
        instructions.collect()
    }

    /// The fund that it is about.
    pub fn fund(&self) -> Option<Address> {
        self.instructions().iter().find_map(|instruction| {
            let place = print::names(instruction).iter().position(|name| name == "fund")?;
            (instruction.program_id == bulkhead_client::program_id())
                .then(|| instruction.accounts[place].pubkey)
        })
    }

    /// Shows the instructions to the last account and amount, and what a simulation says that they do: the
    /// transaction may be anybody's work.
    fn show(&self, text: &mut Text, logs: &[String], scales: &Scales) {
        text.heading("Transaction");
        text.field("fee payer", self.0.message.account_keys.first().copied().unwrap_or_default());
        print::show(&self.instructions(), text);
        send::events(text, logs, scales);
    }
}

/// Signers that have not signed yet.
pub fn missing(transaction: &Transaction) -> Vec<Address> {
    let keys = transaction.message.signer_keys().into_iter().zip(&transaction.signatures);
    keys.filter(|(_, signature)| **signature == Signature::default()).map(|(key, _)| *key).collect()
}

/// Prints a transaction and who has to sign it yet. `last_valid_height` is known where it is made.
pub fn page(transaction: &Transaction, last_valid_height: Option<u64>) -> Page {
    let bytes = wincode::serialize(transaction).unwrap_or_default();
    let (encoded, missing) = (STANDARD.encode(bytes), missing(transaction));
    let mut text = Text::default();
    text.line(encoded.as_str());
    text.heading(if missing.is_empty() { "Complete" } else { "Not complete" });
    for key in &missing {
        text.field("must sign", key);
    }
    let next = match missing.is_empty() {
        true => "`bulkhead submit TRANSACTION` sends it",
        false => "`bulkhead sign TRANSACTION --keypair FILE` adds a signature, on any machine",
    };
    text.field("next", next);
    let nonce = nonce::of(transaction);
    match nonce {
        Some(nonce) => text.field("in time", format!("it stays good until the nonce {nonce} has moved on")),
        None if last_valid_height.is_some() => {
            text.field("in time", "its blockhash is good for about a minute");
        }
        None => {}
    }
    let json = json!({
        "transaction_base64": encoded,
        "missing": missing.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "nonce_account": nonce.map(|nonce| nonce.to_string()),
        "last_valid_block_height": last_valid_height.filter(|_| nonce.is_none()),
    });
    (text, json)
}

/// Shows a transaction, asks, and adds the signature of the session's key.
pub async fn sign(session: &Session, encoded: &Encoded, is_agreed: bool) -> Result<Page> {
    let (key, mut transaction) = (session.key()?, encoded.0.clone());
    let me = key.pubkey();
    ensure!(
        missing(&transaction).contains(&me),
        "{me} has no signature to add here: missing are {}",
        missing(&transaction).iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    );
    nonce::check(session, &transaction).await?;
    let payer = transaction.message.account_keys[0];
    let (_, logs) = send::simulate_transaction(session, transaction.clone(), &payer, &[]).await?;
    if !is_agreed {
        let mut text = Text::default();
        encoded.show(&mut text, &logs, &session.scales().await?);
        send::asked(&text, stdin().is_terminal(), &mut stdin().lock())?;
    }
    let blockhash = transaction.message.recent_blockhash;
    let keys = [key.as_ref()];
    key::signing(&keys, || {
        transaction.try_partial_sign(&keys, blockhash).context("cannot sign the transaction")
    })?;
    Ok(page(&transaction, None))
}

/// Sends a transaction that everybody has signed, and shows what it has done.
pub async fn submit(session: &Session, encoded: &Encoded) -> Result<Page> {
    let transaction = &encoded.0;
    if let [first, ..] = missing(transaction).as_slice() {
        let says = format!("{first} has not signed yet: `bulkhead sign` adds a signature");
        return Err(Failure::new(Kind::Input, says).into());
    }
    nonce::check(session, transaction).await?;
    let payer = transaction.message.account_keys[0];
    let signature = transaction.signatures[0];
    if let Some(ended) = session.source.rpc.get_signature_status(&signature).await? {
        let how = if ended.is_ok() { "has run already" } else { "has failed already" };
        return Err(
            Failure::new(Kind::Input, format!("transaction {signature} {how}: nothing was sent")).into()
        );
    }
    let (units, _) = send::simulate_transaction(session, transaction.clone(), &payer, &[]).await?;
    if let Err(error) = session.source.rpc.send_and_confirm_transaction(transaction).await {
        let failure = explain(&format!("{error:?}"), &[], &payer, &[]);
        return Err(send::unconfirmed(failure, &signature).into());
    }
    let logs = send::logs_of(session, &signature).await;
    Ok(send::page(std::iter::empty(), Some(signature), units, &logs, &session.scales().await?))
}

#[cfg(test)]
mod tests {
    use {super::*, solana_message::Message};

    #[test]
    fn what_is_beside_an_instruction_of_the_fund_is_shown_too() {
        let [me, thief] = [1, 2].map(|byte| Address::new_from_array([byte; 32]));
        let transfer = solana_system_interface::instruction::transfer(&me, &thief, 7_000_000_123);
        let message = Message::new(&[transfer], Some(&me));
        let mut text = Text::default();
        Encoded(Transaction::new_unsigned(message)).show(&mut text, &[], &Scales::default());
        let told = text.render();
        for word in ["transfer of system", "7000000123", &me.to_string(), &thief.to_string()] {
            assert!(told.contains(word), "{word}: {told}");
        }
    }
}
