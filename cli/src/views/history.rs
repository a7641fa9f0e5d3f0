//! The history of a member, from the transactions that name its account.

use {
    super::Page,
    crate::{
        idl::{self, plain},
        scales::{date, Scales},
        send::logs_of,
        session::Session,
        text::{Cell, Text},
    },
    anyhow::{Context, Result},
    bulkhead_client::{address, event::bytes_from_logs, Address},
    serde_json::{json, Map, Value},
    solana_rpc_client::rpc_client::GetConfirmedSignaturesForAddress2Config,
    solana_rpc_client_api::response::RpcConfirmedTransactionStatusWithSignature as Listed,
    solana_signature::Signature,
    std::str::FromStr,
};

/// Fields that say only whose event it is.
const OWN: [&str; 3] = ["fund", "member", "owner"];

/// Shows what has happened to a member, the newest first: the events that name it.
pub async fn history(
    session: &Session,
    owner: Option<Address>,
    limit: usize,
    before: Option<&str>,
) -> Result<Page> {
    let who = owner.map_or_else(|| session.me(), Ok)?;
    let scales = session.scales().await?;
    let before = before.map(Signature::from_str).transpose().context("--before is not a signature")?;
    let of_wallet = address::member(&session.source.fund, &who);
    // A member account is named itself, a wallet by the account that follows from it.
    let mut found = (of_wallet, listed(session, &of_wallet, limit, before).await?);
    if found.1.is_empty() {
        found = (who, listed(session, &who, limit, before).await?);
    }
    let (member, transactions) = found;
    let names = [member.to_string(), who.to_string()];
    let (mut rows, mut items) = (Vec::new(), Vec::new());
    for transaction in &transactions {
        let when = transaction.block_time;
        if transaction.err.is_some() {
            continue; // it has changed nothing
        }
        let signature = Signature::from_str(&transaction.signature).context("a signature of the node")?;
        let logs = logs_of(session, &signature).await;
        for bytes in bytes_from_logs(logs.iter().map(String::as_str)) {
            let Some((name, fields)) = idl::event(&bytes) else { continue };
            if !fields.iter().any(|(_, value)| names.contains(&plain(value))) {
                continue;
            }
            let day = when.map_or("unknown".into(), date);
            rows.push(vec![
                day.into(),
                name.into(),
                short(&transaction.signature),
                told(name, &fields, &scales).into(),
            ]);
            items.push(json!({
                "signature": transaction.signature,
                "slot": transaction.slot.to_string(),
                "time": when,
                "event": name,
                "fields": fields.into_iter().collect::<Map<_, _>>(),
            }));
        }
    }
    let mut text = Text::default();
    text.heading(format!("History of {member}"));
    match rows.is_empty() {
        true => text.line("no transaction of this member is known to the node"),
        false => text.table(&["when", "event", "transaction", "what"], rows),
    }
    let next = (transactions.len() == limit).then(|| transactions.last().map(|last| last.signature.clone()));
    if let Some(Some(last)) = &next {
        text.line(format!("older ones: bulkhead history {who} --before {last}"));
    }
    Ok((text, json!({ "member": member.to_string(), "events": items, "next_before": next.flatten() })))
}

async fn listed(
    session: &Session,
    address: &Address,
    limit: usize,
    before: Option<Signature>,
) -> Result<Vec<Listed>> {
    let rpc = &session.source.rpc;
    let config = GetConfirmedSignaturesForAddress2Config {
        before,
        limit: Some(limit),
        commitment: Some(rpc.commitment()),
        ..GetConfirmedSignaturesForAddress2Config::default()
    };
    let read = rpc.get_signatures_for_address_with_config(address, config).await;
    read.context("the node does not list transactions of an account")
}

/// What an event says beside whose it is.
fn told(name: &str, fields: &[(String, Value)], scales: &Scales) -> String {
    let market = scales.market_of(fields);
    let fields = fields.iter().filter(|(field, _)| !OWN.contains(&field.as_str()));
    let each = fields.map(|(field, value)| {
        let label = field.trim_end_matches("_index").trim_end_matches("_ts").replace('_', " ");
        format!("{label} {}", scales.field(name, field, value, market))
    });
    each.collect::<Vec<_>>().join(", ")
}

/// Enough of a signature to find it; the whole one is in the JSON.
fn short(signature: &str) -> Cell {
    signature.chars().take(16).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_told_without_its_owner() {
        let fields = [("member", json!("abc")), ("amount", json!("1500000"))];
        let fields = fields.map(|(name, value)| (name.to_owned(), value));
        assert_eq!(told("RewardsPaid", &fields, &Scales::of_money(6)), "amount 1.500000 tokens");
    }
}
