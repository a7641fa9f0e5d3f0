//! Explains a refused transaction and names the remedy.

use {crate::idl, bulkhead_client::Address};

/// The cluster's words for a wallet with too little SOL.
const NO_SOL: [&str; 4] =
    ["AccountNotFound", "InsufficientFundsForFee", "InsufficientFundsForRent", "insufficient lamports"];

/// Remedies for the program's refusals, where its own text names none.
const HELP: [(&str, &str); 14] = [
    ("InsufficientMargin", "`bulkhead member` shows the margin, `deposit` adds to it"),
    ("BelowInitialMargin", "deposit margin, or take fewer lots"),
    (
        "BelowRequiredContribution",
        "contribute, or hold fewer lots; `settle` clears the rest of a closed position",
    ),
    ("CoverLimitExceeded", "deposit margin, or take fewer lots"),
    ("AssessmentReserved", "deposit margin, or take less"),
    ("WithdrawalNotDue", "`bulkhead member` shows when it is"),
    ("NoWithdrawal", "`request-withdrawal` first"),
    ("MemberNotEmpty", "`bulkhead member` shows the rest: settle, withdraw and claim it first"),
    ("PriceOutsideBand", "`mark` trades at the oracle's price, `bulkhead market N` shows the band"),
    ("StaleMark", "`bulkhead doctor` tells which oracle"),
    ("OracleTooOld", "`bulkhead doctor` tells which"),
    ("Paused", "`bulkhead fund` shows until when"),
    ("LossPending", "`bulkhead defaults` and `markets` show which"),
    ("NothingToClaim", "`bulkhead member` shows the recoveries"),
];

/// Writes the cluster's error with the program's name and text for it, or with the last line of the
/// logs, and adds the remedy.
pub fn explain(error: &str, logs: &[String], payer: &Address) -> String {
    if let Some(told) = idl::explained(error) {
        let name = told.split(':').next().unwrap_or_default();
        let help = HELP.iter().find(|(known, _)| *known == name);
        return help.map_or(told.clone(), |(_, help)| format!("{told} ({help})"));
    }
    let says = |word: &str| error.contains(word) || logs.iter().any(|line| line.contains(word));
    if NO_SOL.iter().any(|word| says(word)) {
        return format!("the wallet {payer} has too little SOL for fees and rent: send it some ({error})");
    }
    if says("BlockhashNotFound") || says("Blockhash not found") {
        return format!("the transaction was too slow for the cluster: try again ({error})");
    }
    format!("{error}{}", logs.last().map(|line| format!(" ({line})")).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_program_have_their_names() {
        let payer = Address::default();
        let told = explain("InstructionError(2, Custom(6000))", &[], &payer);
        assert_eq!(told, "Overflow: A number does not fit its type");
        assert_eq!(
            explain("Custom(1)", &["Program log: why".into()], &payer),
            "Custom(1) (Program log: why)"
        );
    }

    #[test]
    fn help_is_for_errors_there_are() {
        let names: Vec<_> = (6_000..6_200).filter_map(idl::error).map(|(name, _)| name).collect();
        for (name, _) in HELP {
            assert!(names.contains(&name), "{name}");
        }
        let told = explain("Custom(6090)", &[], &Address::default());
        assert!(told.starts_with("InsufficientMargin: Not enough margin (`bulkhead member`"), "{told}");
    }

    #[test]
    fn who_has_no_sol_is_told_so() {
        let payer = Address::new_from_array([1; 32]);
        let logs = ["Transfer: insufficient lamports 5, need 7".to_owned()];
        for (error, logs) in [("AccountNotFound", &[][..]), ("InstructionError(2, Custom(1))", &logs[..])] {
            let told = explain(error, logs, &payer);
            assert!(told.contains("too little SOL") && told.contains(&payer.to_string()), "{told}");
        }
    }
}
