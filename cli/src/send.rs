//! Sends one transaction and tells what it has done, by the program's events.

use {
    crate::{amount::decimal, idl, session::Session, text::Text, views::Page},
    anyhow::{bail, Context, Result},
    bulkhead_client::{event::bytes_from_logs, Instruction},
    bulkhead_keeper::{
        config::Fees,
        fees::{budgeted, MOST_UNITS},
    },
    serde_json::{json, Map, Value},
    solana_commitment_config::CommitmentConfig,
    solana_keypair::Keypair,
    solana_message::Message,
    solana_rpc_client_api::config::{RpcSimulateTransactionConfig, RpcTransactionConfig},
    solana_signature::Signature,
    solana_signer::Signer,
    solana_transaction::Transaction,
    solana_transaction_status_client_types::{option_serializer::OptionSerializer, UiTransactionEncoding},
    std::time::Duration,
    tokio::time::sleep,
};

/// Fields of events that are money.
const MONEY: [&str; 18] = [
    "amount",
    "margin",
    "fee",
    "bounty",
    "shortfall",
    "from_margin",
    "from_contribution",
    "from_treasury",
    "from_survivors",
    "residual",
    "contributions",
    "called",
    "paid",
    "stress_loss",
    "outflow",
    "to_rewards",
    "treasury",
    "outstanding",
];
/// A node that has confirmed a transaction may take a moment to tell its logs.
const LOOKS: u32 = 10;
const LOOK: Duration = Duration::from_millis(500);

/// Simulates, and unless `is_dry` signs, sends and waits until it is confirmed.
pub async fn send(
    session: &Session,
    key: &Keypair,
    instructions: &[Instruction],
    decimals: u8,
    is_dry: bool,
) -> Result<Page> {
    let (rpc, payer) = (&session.source.rpc, key.pubkey());
    let message = Message::new(&budgeted(instructions, MOST_UNITS, 0), Some(&payer));
    let config = RpcSimulateTransactionConfig {
        replace_recent_blockhash: true,
        commitment: Some(rpc.commitment()),
        ..Default::default()
    };
    let simulated = rpc.simulate_transaction_with_config(&Transaction::new_unsigned(message), config).await;
    let simulated = simulated.context("cannot simulate the transaction")?.value;
    let logs = simulated.logs.unwrap_or_default();
    if let Some(error) = simulated.err {
        bail!("refused, nothing was sent: {}", explain(&format!("{error:?}"), &logs));
    }
    let units = simulated.units_consumed.unwrap_or(MOST_UNITS.into());
    if is_dry {
        return Ok(page(None, units, &logs, decimals));
    }
    let fees = Fees::default();
    let instructions = budgeted(instructions, fees.limit(units), fees.micro_lamports);
    let blockhash = rpc.get_latest_blockhash().await.context("cannot read a blockhash")?;
    let transaction = Transaction::new_signed_with_payer(&instructions, Some(&payer), &[key], blockhash);
    let signature = transaction.signatures[0];
    if let Err(error) = rpc.send_and_confirm_transaction(&transaction).await {
        bail!("transaction {signature} may have failed: {}", explain(&format!("{error:?}"), &[]));
    }
    Ok(page(Some(signature), units, &logs_of(session, &signature).await, decimals))
}

/// The logs of a confirmed transaction; none where the node does not keep them.
async fn logs_of(session: &Session, signature: &Signature) -> Vec<String> {
    let config = RpcTransactionConfig {
        encoding: Some(UiTransactionEncoding::Base64),
        commitment: Some(CommitmentConfig::confirmed()),
        max_supported_transaction_version: Some(0),
    };
    for _ in 0..LOOKS {
        if let Ok(found) = session.source.rpc.get_transaction_with_config(signature, config).await {
            let logs = found.transaction.meta.map(|meta| meta.log_messages);
            return if let Some(OptionSerializer::Some(logs)) = logs { logs } else { Vec::new() };
        }
        sleep(LOOK).await;
    }
    Vec::new()
}

fn page(signature: Option<Signature>, units: u64, logs: &[String], decimals: u8) -> Page {
    let mut text = Text::default();
    match signature {
        Some(signature) => text.line(format!("signature {signature}")),
        None => text.line(format!("dry run: nothing was sent; it takes {units} compute units")),
    }
    let mut events = Vec::new();
    for (name, fields) in bytes_from_logs(logs.iter().map(String::as_str)).iter().filter_map(|data| idl::event(data)) {
        text.heading(name);
        for (field, value) in &fields {
            text.field(field.replace('_', " "), shown(field, value, decimals));
        }
        events.push(json!({ "name": name, "fields": fields.into_iter().collect::<Map<_, _>>() }));
    }
    let signature = signature.map(|signature| signature.to_string());
    (text, json!({ "signature": signature, "compute_units": units, "events": events }))
}

fn shown(field: &str, value: &Value, decimals: u8) -> String {
    let text = idl::plain(value);
    match text.parse::<i128>() {
        Ok(amount) if MONEY.contains(&field) => decimal(amount, decimals),
        _ => text,
    }
}

/// The cluster's error with the program's name for it and what it says, or with the last line of the logs.
fn explain(error: &str, logs: &[String]) -> String {
    let code = error.split("Custom(").nth(1).and_then(|rest| rest.split(')').next()).and_then(|code| code.parse().ok());
    match code.and_then(idl::error) {
        Some((name, says)) => format!("{name}: {says}"),
        None => format!("{error}{}", logs.last().map(|line| format!(" ({line})")).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_program_have_their_names() {
        let told = explain("InstructionError(2, Custom(6000))", &[]);
        assert_eq!(told, "Overflow: A number does not fit its type");
        assert_eq!(explain("Custom(1)", &["Program log: why".into()]), "Custom(1) (Program log: why)");
    }

    #[test]
    fn only_money_has_decimals() {
        assert_eq!(shown("amount", &json!("-1500000"), 6), "-1.500000");
        assert_eq!(shown("shares", &json!("1500000"), 6), "1500000");
    }
}
