//! Helpers for every program that sends transactions of Bulkhead: signers, and errors by name.

use {
    bulkhead_client::{claims, error, program_id},
    bulkhead_pyth::Receiver,
    solana_signer::Signer,
};

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

/// Adds the name that one of the two programs has for it to the cluster's error. Their codes differ.
pub fn explain(error: &str, logs: &[String]) -> String {
    let code = error
        .split("Custom(")
        .nth(1)
        .and_then(|rest| rest.split(')').next())
        .and_then(|code| code.parse().ok());
    let name = match failed(logs) {
        Some(program) if is_receivers(&program) => {
            code.and_then(bulkhead_pyth::error::name).map(str::to_owned)
        }
        Some(program) if program == claims::cover_program_id().to_string() => {
            code.and_then(claims::error_name)
        }
        Some(program) if program != program_id().to_string() => None,
        _ => code.and_then(|code| error::name(code).or_else(|| claims::error_name(code))),
    };
    match name {
        Some(name) => format!("{name} ({error})"),
        None => format!("{error}{}", logs.last().map(|line| format!(": {line}")).unwrap_or_default()),
    }
}

/// The program whose failure ended the transaction: the first one that the logs say has failed.
fn failed(logs: &[String]) -> Option<String> {
    let program = |line: &String| Some(line.strip_prefix("Program ")?.split_once(" failed")?.0.to_owned());
    logs.iter().filter_map(program).find(|name| !name.contains(' ')) // "Program log: it failed" is no end
}

fn is_receivers(program: &str) -> bool {
    Receiver::ALL.iter().any(|receiver| receiver.program().to_string() == program)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The programs' codes overlap: the logs say whose the code is.
    #[test]
    fn an_error_is_named_by_the_program_that_failed() {
        let logs = |program: &str| vec![format!("Program {program} failed: custom program error: 0x1785")];
        let error = "Error processing Instruction 2: Custom(6021)";
        let own = error::name(6_021).expect("the program has many errors");
        assert!(explain(error, &[]).starts_with(&own));
        assert!(explain(error, &logs(&program_id().to_string())).starts_with(&own));
        let receiver = Receiver::Core.program().to_string();
        assert!(explain(error, &logs(&receiver)).starts_with("InvalidGuardianKeyRecovery"));
        let other = explain(error, &logs("11111111111111111111111111111111"));
        assert!(other.starts_with("Error processing"), "{other}");
    }
}
