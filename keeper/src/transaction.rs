//! Helpers for every program that sends transactions of Bulkhead: signers, and errors by name.

use {bulkhead_client::error, solana_signer::Signer};

/// Removes repeated signers: a key with two roles signs once.
pub fn distinct<'k, S: Signer + ?Sized>(signers: &[&'k S]) -> Vec<&'k S> {
    let mut distinct: Vec<&S> = Vec::with_capacity(signers.len());
    for signer in signers {
        if !distinct.iter().any(|known| known.pubkey() == signer.pubkey()) {
            distinct.push(signer);
        }
    }
    distinct
}

/// Adds the program's own name to the cluster's error.
pub fn explain(error: &str, logs: &[String]) -> String {
    let code = error
        .split("Custom(")
        .nth(1)
        .and_then(|rest| rest.split(')').next())
        .and_then(|code| code.parse().ok());
    match code.and_then(error::name) {
        Some(name) => format!("{name} ({error})"),
        None => format!("{error}{}", logs.last().map(|line| format!(": {line}")).unwrap_or_default()),
    }
}
