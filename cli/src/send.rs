//! Sends one transaction and prints its effect, from the program's events.

use {
    crate::{
        amount::decimal,
        idl,
        order::{Order, Review},
        print,
        refusal::explain,
        session::{Mode, Session},
        text::Text,
        views::Page,
    },
    anyhow::{bail, ensure, Context, Result},
    bulkhead_client::event::bytes_from_logs,
    bulkhead_keeper::{
        config::Fees,
        fees::{budgeted, MOST_UNITS},
        transaction::distinct,
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
    std::{
        io::{stdin, BufRead, IsTerminal},
        time::Duration,
    },
    tokio::time::sleep,
};

/// Fields of events that hold money.
const MONEY: [&str; 29] = [
    "amount",
    "margin",
    "fee",
    "bounty",
    "shortfall",
    "from_margin",
    "from_rewards",
    "from_recoveries",
    "from_contribution",
    "from_treasury",
    "from_survivors",
    "from_cushions",
    "cushion",
    "cushions",
    "unfunded",
    "cancelled",
    "recovered",
    "to_treasury",
    "daily_budget",
    "discount",
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
/// Most questions for the logs of a confirmed transaction: the node may take a moment.
const LOOKS: u32 = 10;
const LOOK: Duration = Duration::from_millis(500);

/// Prints, simulates, or signs, sends and waits for confirmation, as the session's mode says.
pub async fn carry_out(session: &Session, order: &Order, decimals: u8) -> Result<Page> {
    let Mode::Send { is_agreed } = session.mode else {
        if session.mode == Mode::Print {
            return Ok(print::page(order));
        }
        let (units, logs) = simulate(session, order).await?;
        return Ok(page(order.facts.iter().chain(&order.review), None, units, &logs, decimals));
    };
    let key = session.key()?;
    let (units, _) = simulate(session, order).await?;
    if let Some(facts) = &order.facts {
        let mut text = Text::default();
        facts.show(&mut text);
        eprint!("{}", text.render());
    }
    let mut review = order.review.as_ref();
    if let Some(asked) = review.take_if(|_| !is_agreed) {
        agree(asked, stdin().is_terminal(), stdin().lock())?; // who has just read it need not read it again
    }
    let (rpc, payer, fees) = (&session.source.rpc, key.pubkey(), Fees::default());
    let instructions = budgeted(&order.instructions, fees.limit(units), fees.micro_lamports);
    let blockhash = rpc.get_latest_blockhash().await.context("cannot read a blockhash")?;
    let signers: Vec<&Keypair> = std::iter::once(&key).chain(&order.signers).collect();
    let transaction =
        Transaction::new_signed_with_payer(&instructions, Some(&payer), &distinct(&signers), blockhash);
    let signature = transaction.signatures[0];
    if let Err(error) = rpc.send_and_confirm_transaction(&transaction).await {
        bail!("transaction {signature} may have failed: {}", explain(&format!("{error:?}"), &[], &payer));
    }
    Ok(page(review.into_iter(), Some(signature), units, &logs_of(session, &signature).await, decimals))
}

/// Simulates a transaction. Returns its compute units and logs; a refusal is an error.
async fn simulate(session: &Session, order: &Order) -> Result<(u64, Vec<String>)> {
    let (rpc, payer) = (&session.source.rpc, session.me()?);
    let message = Message::new(&budgeted(&order.instructions, MOST_UNITS, 0), Some(&payer));
    let config = RpcSimulateTransactionConfig {
        replace_recent_blockhash: true,
        commitment: Some(rpc.commitment()),
        ..Default::default()
    };
    let simulated = rpc.simulate_transaction_with_config(&Transaction::new_unsigned(message), config).await;
    let simulated = match simulated {
        Ok(simulated) => simulated.value,
        Err(error) => bail!("cannot simulate the transaction: {}", explain(&format!("{error}"), &[], &payer)),
    };
    let logs = simulated.logs.unwrap_or_default();
    if let Some(error) = simulated.err {
        bail!("refused, nothing was sent: {}", explain(&format!("{error:?}"), &logs, &payer));
    }
    Ok((simulated.units_consumed.unwrap_or(MOST_UNITS.into()), logs))
}

/// Asks on a terminal; a script must have agreed before.
fn agree(review: &Review, is_terminal: bool, mut answers: impl BufRead) -> Result<()> {
    ensure!(
        is_terminal,
        "nothing was sent: this is asked for on a terminal; a script looks at it with --dry-run and agrees \
         with --yes"
    );
    let mut text = Text::default();
    review.show(&mut text);
    eprint!("{}send it? [y/N] ", text.render());
    let mut answer = String::new();
    answers.read_line(&mut answer)?;
    ensure!(matches!(answer.trim(), "y" | "Y" | "yes"), "nothing was sent: the answer was not y");
    Ok(())
}

/// The logs of a confirmed transaction; empty if the node does not keep them.
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

fn page<'r>(
    reviews: impl Iterator<Item = &'r Review>,
    signature: Option<Signature>,
    units: u64,
    logs: &[String],
    decimals: u8,
) -> Page {
    let mut text = Text::default();
    let mut json = json!({});
    for review in reviews {
        review.show(&mut text);
        json["review"] = review.json();
    }
    match signature {
        Some(signature) => text.line(format!("signature {signature}")),
        None => text.line(format!("dry run: nothing was sent; it takes {units} compute units")),
    }
    let mut events = Vec::new();
    for (name, fields) in
        bytes_from_logs(logs.iter().map(String::as_str)).iter().filter_map(|data| idl::event(data))
    {
        text.heading(name);
        for (field, value) in &fields {
            text.field(field.replace('_', " "), shown(field, value, decimals));
        }
        events.push(json!({ "name": name, "fields": fields.into_iter().collect::<Map<_, _>>() }));
    }
    json["signature"] = json!(signature.map(|signature| signature.to_string()));
    json["compute_units"] = json!(units);
    json["events"] = json!(events);
    (text, json)
}

fn shown(field: &str, value: &Value, decimals: u8) -> String {
    let text = idl::plain(value);
    match text.parse::<i128>() {
        Ok(amount) if MONEY.contains(&field) => decimal(amount, decimals),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_on_a_terminal_is_one() {
        let review = Review::default();
        for (is_terminal, answer, is_yes) in [
            (true, "y\n", true),
            (true, "yes\n", true),
            (true, "n\n", false),
            (true, "", false),
            (false, "y\n", false),
        ] {
            assert_eq!(agree(&review, is_terminal, answer.as_bytes()).is_ok(), is_yes, "{answer:?}");
        }
    }

    #[test]
    fn only_money_has_decimals() {
        assert_eq!(shown("amount", &json!("-1500000"), 6), "-1.500000");
        assert_eq!(shown("shares", &json!("1500000"), 6), "1500000");
    }
}
