//! Sends one transaction and prints its effect, from the program's events.

use {
    crate::{
        amount::decimal,
        failure::{Failure, Kind},
        idl, key,
        nonce::Nonce,
        order::{Order, Review},
        partial, print,
        refusal::explain,
        scales::Scales,
        session::{Mode, Session},
        text::Text,
        views::Page,
    },
    anyhow::{bail, Context, Result},
    bulkhead_client::{event::bytes_from_logs, Address, Instruction},
    bulkhead_keeper::{
        config::Fees,
        fees::{budgeted, MOST_UNITS},
        prices::pro::placed,
        transaction::distinct,
    },
    serde_json::{json, Map, Value},
    solana_commitment_config::CommitmentConfig,
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

/// Most questions for the logs of a confirmed transaction: the node may take a moment.
const LOOKS: u32 = 10;
const LOOK: Duration = Duration::from_millis(500);

/// Prints, simulates, signs, or signs and sends and waits for confirmation, as the session's mode
/// says.
pub async fn carry_out(session: &Session, order: &Order, scales: &Scales) -> Result<Page> {
    match session.mode {
        Mode::Print => print::page(session, order).await,
        Mode::Simulate => {
            let (units, logs) = simulate(session, order).await?;
            Ok(page(order.facts.iter().chain(&order.review), None, units, &logs, scales))
        }
        Mode::SignOnly { is_agreed } => {
            let (transaction, _, last_valid_height) = signed(session, order, is_agreed).await?;
            Ok(partial::page(&transaction, Some(last_valid_height)))
        }
        Mode::Send { is_agreed } => {
            let (transaction, units, _) = signed(session, order, is_agreed).await?;
            let signature = transaction.signatures[0];
            let payer = session.payer()?;
            if let Err(error) = session.source.rpc.send_and_confirm_transaction(&transaction).await {
                let failure = explain(&format!("{error:?}"), &[], &payer, &order.figures);
                return Err(unconfirmed(failure, &signature).into());
            }
            let review = order.review.as_ref().filter(|_| is_agreed);
            let logs = logs_of(session, &signature).await;
            Ok(page(review.into_iter(), Some(signature), units, &logs, scales))
        }
    }
}

/// The failure of a transaction that is on its way.
pub fn unconfirmed(failure: Failure, signature: &Signature) -> Failure {
    let failure = failure.after(&format!("transaction {signature} may have failed"));
    Failure { kind: Kind::Unconfirmed, signature: Some(signature.to_string()), ..failure }
}

/// Simulates a transaction, shows and asks what there is to agree to, and signs with the keys that are
/// here. Returns the compute units and the last block that can take it, too.
async fn signed(session: &Session, order: &Order, is_agreed: bool) -> Result<(Transaction, u64, u64)> {
    let keys = session.keys()?;
    let (units, _) = simulate(session, order).await?;
    if let Some(facts) = &order.facts {
        let mut text = Text::default();
        facts.show(&mut text);
        eprint!("{}", text.render_aside());
    }
    if let Some(asked) = order.review.as_ref().filter(|_| !is_agreed) {
        agree(asked, stdin().is_terminal(), stdin().lock())?; // who has just read it need not read it again
    }
    let (rpc, payer) = (&session.source.rpc, session.payer()?);
    let price = session.unit_price(&order.instructions).await?;
    let instructions =
        budgeted(&order.instructions, Fees::default().limit(units, order.instructions.len()), price);
    let nonce = nonce(session).await?;
    let instructions = durable(instructions, nonce.as_ref());
    let (blockhash, last_valid_height) = rpc
        .get_latest_blockhash_with_commitment(rpc.commitment())
        .await
        .context("cannot read a blockhash")?;
    let blockhash = nonce.map_or(blockhash, |nonce| nonce.value);
    let signers: Vec<&dyn Signer> = keys.iter().chain(&order.signers).map(AsRef::as_ref).collect();
    let mut transaction = Transaction::new_unsigned(Message::new(&instructions, Some(&payer)));
    let needed = transaction.message.signer_keys().into_iter().copied().collect::<Vec<_>>();
    let here: Vec<&dyn Signer> =
        distinct(&signers).into_iter().filter(|key| needed.contains(&key.pubkey())).collect();
    key::signing(&here, || {
        transaction.try_partial_sign(&here, blockhash).context("cannot sign the transaction")
    })?;
    if !transaction.is_signed() && matches!(session.mode, Mode::Send { .. }) {
        let missing = partial::missing(&transaction).iter().map(ToString::to_string).collect::<Vec<_>>();
        bail!(
            "{} must sign too: give its key, or sign here with --sign-only and there with `bulkhead sign`",
            missing.join(" and ")
        );
    }
    Ok((transaction, units, last_valid_height))
}

/// The nonce that takes the place of a blockhash, if the user has named one.
async fn nonce(session: &Session) -> Result<Option<Nonce>> {
    match session.nonce {
        Some(address) => Ok(Some(Nonce::read(session, address).await?)),
        None => Ok(None),
    }
}

/// Puts the instruction that moves a nonce on before the others: only there it makes them durable.
fn durable(mut instructions: Vec<Instruction>, nonce: Option<&Nonce>) -> Vec<Instruction> {
    if let Some(nonce) = nonce {
        instructions.insert(0, nonce.advance());
    }
    placed(instructions)
}

/// Simulates a transaction. Returns its compute units and logs; a refusal is an error.
async fn simulate(session: &Session, order: &Order) -> Result<(u64, Vec<String>)> {
    let payer = session.payer()?;
    let instructions = budgeted(&order.instructions, MOST_UNITS, 0);
    let message = Message::new(&durable(instructions, nonce(session).await?.as_ref()), Some(&payer));
    simulate_transaction(session, Transaction::new_unsigned(message), &payer, &order.figures).await
}

/// Simulates a transaction, whoever has signed it.
pub async fn simulate_transaction(
    session: &Session,
    transaction: Transaction,
    payer: &Address,
    figures: &[(&'static str, String)],
) -> Result<(u64, Vec<String>)> {
    let rpc = &session.source.rpc;
    let config = RpcSimulateTransactionConfig {
        replace_recent_blockhash: true,
        commitment: Some(rpc.commitment()),
        ..Default::default()
    };
    let simulated = match rpc.simulate_transaction_with_config(&transaction, config).await {
        Ok(simulated) => simulated.value,
        Err(error) => {
            let failure = explain(&format!("{error}"), &[], payer, figures);
            return Err(failure.after("cannot simulate the transaction").into());
        }
    };
    let logs = simulated.logs.unwrap_or_default();
    if let Some(error) = simulated.err {
        let failure = explain(&format!("{error:?}"), &logs, payer, figures);
        return Err(failure.after("refused, nothing was sent").into());
    }
    Ok((simulated.units_consumed.unwrap_or(MOST_UNITS.into()), logs))
}

/// Asks on a terminal; a script must have agreed before.
fn agree(review: &Review, is_terminal: bool, mut answers: impl BufRead) -> Result<()> {
    let mut text = Text::default();
    review.show(&mut text);
    asked(&text, is_terminal, &mut answers)
}

/// The same for a page of facts.
pub fn asked(text: &Text, is_terminal: bool, answers: &mut impl BufRead) -> Result<()> {
    let refused = |says: &str| Failure::new(Kind::NotAgreed, says);
    if !is_terminal {
        return Err(refused(
            "nothing was sent: this is asked for on a terminal; a script looks at it with --dry-run and \
             agrees with --yes",
        )
        .into());
    }
    eprint!("{}send it? [y/N] ", text.render_aside());
    let mut answer = String::new();
    answers.read_line(&mut answer)?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(refused("nothing was sent: the answer was not y").into()),
    }
}

/// Returns the logs of a confirmed transaction; empty if the node does not keep them.
pub async fn logs_of(session: &Session, signature: &Signature) -> Vec<String> {
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

/// Shows what a transaction has done, or would do.
pub fn page<'r>(
    reviews: impl Iterator<Item = &'r Review>,
    signature: Option<Signature>,
    units: u64,
    logs: &[String],
    scales: &Scales,
) -> Page {
    let mut text = Text::default();
    let mut json = json!({});
    for review in reviews {
        review.show(&mut text);
        json["review"] = review.json();
    }
    match signature {
        Some(signature) => text.line(format!("signature {signature}")),
        None => {
            let units = decimal(units, 0);
            text.line(format!("dry run: nothing was sent; it takes {units} compute units"))
        }
    }
    json["signature"] = json!(signature.map(|signature| signature.to_string()));
    json["compute_units"] = json!(units);
    json["events"] = events(&mut text, logs, scales);
    (text, json)
}

/// Shows the program's events in these logs. Returns them for scripts.
pub fn events(text: &mut Text, logs: &[String], scales: &Scales) -> Value {
    let bytes = bytes_from_logs(logs.iter().map(String::as_str));
    let events = bytes.iter().filter_map(|data| idl::event(data));
    events.map(|(name, fields)| event(text, name, fields, scales)).collect()
}

/// Shows one event. Returns it for scripts.
pub fn event(text: &mut Text, name: &str, fields: Vec<(String, Value)>, scales: &Scales) -> Value {
    text.heading(name);
    let market = scales.market_of(&fields);
    for (field, value) in &fields {
        let label = field.trim_end_matches("_index").trim_end_matches("_ts").trim_end_matches("_secs");
        text.field(label.replace('_', " "), scales.field(name, field, value, market));
    }
    json!({ "name": name, "fields": fields.into_iter().collect::<Map<_, _>>() })
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
}
