//! Explains a refused transaction and names the remedy.

use {
    crate::{
        failure::{Failure, Kind},
        idl,
    },
    bulkhead_client::{claims::cover_program_id, program_id, Address},
};

/// The cluster's words for a wallet with too little SOL.
const NO_SOL: [&str; 4] =
    ["AccountNotFound", "InsufficientFundsForFee", "InsufficientFundsForRent", "insufficient lamports"];

/// What accounts of Token-2022 ask for and the program cannot give, by the token program's code.
const TOKEN_HELP: [(&str, &str); 2] = [
    ("Custom(36)", "the token account requires a memo with each payment: turn that off, or use another one"),
    (
        "Custom(42)",
        "the token account's CPI guard lets no program take money from it: turn it off, or use another",
    ),
];
/// The start of the address of Token-2022.
const TOKEN_2022: &str = "Program TokenzQd";

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
    ("WithdrawalNotDue", "`bulkhead member` shows when it is, `bulkhead fund` for the treasury"),
    ("NoWithdrawal", "`request-withdrawal` first, or `governance request-treasury`"),
    ("MemberNotEmpty", "`bulkhead member` shows the rest: settle, withdraw and claim it first"),
    ("PriceOutsideBand", "`mark` trades at the oracle's price"),
    ("StaleMark", "`bulkhead doctor` tells which oracle"),
    ("OracleTooOld", "`bulkhead doctor` tells which"),
    ("Paused", "`bulkhead fund` shows until when"),
    ("LossPending", "`bulkhead defaults` and `markets` show which"),
    ("NothingToClaim", "`bulkhead member` shows rewards and recoveries"),
];

/// The figure that names who pays rent in a transaction, if it is not the wallet that pays the fees.
pub const NO_RENT: &str = "NoRent";

/// Remedies for refusals of Squads' program.
const SQUADS_HELP: [(&str, &str); 5] = [
    ("NotAMember", "`bulkhead multisig show` lists the members: give the key of one with --keypair"),
    ("InvalidProposalStatus", "`bulkhead multisig show` says how far the proposal is"),
    ("StaleProposal", "members or rules have changed since it was proposed: propose it again"),
    ("InvalidThreshold", "name more members, or a lower --threshold"),
    ("DuplicateMember", "each member is named once"),
];

/// What the program's framework refuses before a rule is asked, by its code.
const FRAMEWORK: [(&str, &str); 4] = [
    ("Custom(2006)", "an account is not at the address that follows from the others"),
    ("Custom(2012)", "an account is not the one that the fund, the market or the member names"),
    ("Custom(2040)", "the same account is named in two places, such as for both sides of a trade"),
    ("Custom(3007)", "an account belongs to another program"),
];

/// Explains the cluster's error by the program's name and text for it, or by the last line of the
/// logs. It adds the figures that the refusal is about, or else the remedy.
pub fn explain(error: &str, logs: &[String], payer: &Address, figures: &[(&'static str, String)]) -> Failure {
    let known =
        |name: &str| figures.iter().find(|(known, _)| *known == name).map(|(_, figure)| figure.as_str());
    if let Some((name, says)) = of_another_program(logs) {
        let help = SQUADS_HELP.iter().find(|(known, _)| *known == name).map(|(_, help)| *help);
        let told = match known(&name).or(help) {
            Some(help) => format!("{name}: {says}: {help} ({error})"),
            None => format!("{name}: {says} ({error})"),
        };
        return Failure::new(Kind::Refused, told);
    }
    if let Some((code, name, says)) = idl::explained_code(error) {
        let figure = known(name);
        let help = HELP.iter().find(|(known, _)| *known == name).map(|(_, help)| *help);
        let says = match (figure, help) {
            (Some(figure), Some(help)) => format!("{name}: {says}: {figure} ({help})"),
            (Some(figure), None) => format!("{name}: {says}: {figure}"),
            (None, Some(help)) => format!("{name}: {says} ({help})"),
            (None, None) => format!("{name}: {says}"),
        };
        return Failure { program: Some((name.to_owned(), code)), ..Failure::new(Kind::Refused, says) };
    }
    let says = |word: &str| error.contains(word) || logs.iter().any(|line| line.contains(word));
    if NO_SOL.iter().any(|word| says(word)) {
        // Within an instruction somebody else may pay, such as a vault.
        if let Some(who) = known(NO_RENT).filter(|_| error.contains("InstructionError")) {
            return Failure::new(Kind::NoSol, format!("{who} ({error})"));
        }
        let text = format!("the wallet {payer} has too little SOL for fees and rent: send it some ({error})");
        return Failure::new(Kind::NoSol, text);
    }
    if says("BlockhashNotFound") || says("Blockhash not found") {
        let text = format!("the transaction was too slow for the cluster: try again ({error})");
        return Failure::new(Kind::Refused, text);
    }
    let by_token = logs.iter().any(|line| line.starts_with(TOKEN_2022) && line.contains(" failed"));
    if let Some((_, help)) = TOKEN_HELP.iter().find(|(code, _)| by_token && error.contains(code)) {
        return Failure::new(Kind::Refused, format!("{help} ({error})"));
    }
    let ours = format!("Program {} failed", bulkhead_client::program_id());
    let by_program = logs.iter().any(|line| line.starts_with(&ours));
    if let Some((code, says)) = FRAMEWORK.iter().find(|(code, _)| by_program && error.contains(code)) {
        return Failure::new(Kind::Refused, format!("the program refuses its accounts: {says} ({code})"));
    }
    let last = logs.last().map(|line| format!(" ({line})")).unwrap_or_default();
    Failure::new(Kind::Refused, format!("{error}{last}"))
}

/// What another program that Anchor has made, such as Squads', says of its own refusal. Its codes are
/// those of the fund's program too, and mean something else. A refusal of the fund's program is that
/// one's, whoever has called it.
fn of_another_program(logs: &[String]) -> Option<(String, String)> {
    let failed = |line: &String| Some(line.strip_prefix("Program ")?.split_once(" failed")?.0.to_owned());
    let first = logs.iter().filter_map(failed).find(|name| !name.contains(' '))?;
    if [program_id(), cover_program_id()].iter().any(|own| own.to_string() == first) {
        return None;
    }
    let said = logs.iter().rev().find(|line| line.starts_with("Program log: AnchorError"))?;
    let name = said.split("Error Code: ").nth(1)?.split('.').next()?;
    let says = said.split("Error Message: ").nth(1)?.trim_end_matches('.');
    Some((name.to_owned(), says.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_program_have_their_names() {
        let payer = Address::default();
        let told = explain("InstructionError(2, Custom(6000))", &[], &payer, &[]);
        assert_eq!(told.says, "Overflow: A number does not fit its type");
        assert_eq!((told.kind, told.program), (Kind::Refused, Some(("Overflow".into(), 6_000))));
        let other = explain("Custom(1)", &["Program log: why".into()], &payer, &[]);
        assert_eq!((other.says.as_str(), other.program), ("Custom(1) (Program log: why)", None));
    }

    #[test]
    fn another_program_says_itself_why_it_refuses() {
        let log = "Program log: AnchorError thrown in vault_transaction_execute.rs:64. Error Code: \
                   TimeLockNotReleased. Error Number: 6021. Error Message: Proposal time lock has not been \
                   released.";
        let squads =
            "Program SQDS4ep65T869zMMBKyuUq6aD6EgTu8psMjkvj52pCf failed: custom program error: 0x1785";
        let told = |failed: &str| {
            let logs = [log.to_owned(), failed.to_owned(), squads.to_owned()];
            explain("InstructionError(2, Custom(6021))", &logs, &Address::default(), &[]).says
        };
        assert!(
            told(squads).starts_with("TimeLockNotReleased: Proposal time lock has not"),
            "{}",
            told(squads)
        );
        let ours = format!("Program {} failed: custom program error: 0x1785", program_id());
        assert!(!told(&ours).starts_with("TimeLockNotReleased"), "the fund's program was called and refused");
    }

    /// The member that executes has SOL enough, and would send itself more for ever.
    #[test]
    fn rent_that_a_vault_cannot_pay_is_the_vaults() {
        let figures = [(NO_RENT, "the vault V pays the rent".to_owned())];
        let logs = ["Transfer: insufficient lamports 0, need 5".to_owned()];
        let told = |error: &str| explain(error, &logs, &Address::default(), &figures);
        let inner = told("InstructionError(2, Custom(1))");
        assert_eq!(
            (inner.kind, inner.says.starts_with("the vault V")),
            (Kind::NoSol, true),
            "{}",
            inner.says
        );
        let fees = told("InsufficientFundsForFee");
        assert!(fees.says.starts_with("the wallet 1111"), "{}", fees.says);
    }

    #[test]
    fn accounts_that_the_framework_refuses_are_told_in_words() {
        let logs = [format!("Program {} failed: custom program error: 0x7f8", bulkhead_client::program_id())];
        let told = explain("InstructionError(3, Custom(2040))", &logs, &Address::default(), &[]);
        assert!(told.says.contains("the same account is named in two places"), "{}", told.says);
        let other = explain("InstructionError(3, Custom(2040))", &[], &Address::default(), &[]);
        assert!(!other.says.contains("the same account"), "another program's code says something else");
    }

    #[test]
    fn a_refusal_has_its_figures() {
        let figures = [("EquityNotNegative", "its equity is -8,154".to_owned())];
        let told = explain("Custom(6097)", &[], &Address::default(), &figures).says;
        assert_eq!(told, "EquityNotNegative: The member's equity is not negative: its equity is -8,154");
    }

    #[test]
    fn help_is_for_errors_there_are() {
        let names: Vec<_> = (6_000..6_200).filter_map(idl::error).map(|(name, _)| name).collect();
        for (name, _) in HELP {
            assert!(names.contains(&name), "{name}");
        }
        let told = explain("Custom(6090)", &[], &Address::default(), &[]).says;
        assert!(told.starts_with("InsufficientMargin: Not enough margin (`bulkhead member`"), "{told}");
    }

    #[test]
    fn i11_a_token_account_that_refuses_says_what_to_change() {
        let token = "Program TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb failed: custom program error: 0x2a";
        let logs = [token.to_owned(), "Program BuLK failed: custom program error: 0x2a".to_owned()];
        let told = |code: u32, logs: &[String]| {
            let error = format!("InstructionError(0, Custom({code}))");
            explain(&error, logs, &Address::default(), &[]).says
        };
        assert!(told(36, &logs).starts_with("the token account requires a memo"), "{}", told(36, &logs));
        assert!(told(42, &logs).starts_with("the token account's CPI guard"), "{}", told(42, &logs));
        assert!(told(42, &logs[1..]).contains("Custom(42)"), "another program's code says something else");
    }

    #[test]
    fn who_has_no_sol_is_told_so() {
        let payer = Address::new_from_array([1; 32]);
        let logs = ["Transfer: insufficient lamports 5, need 7".to_owned()];
        for (error, logs) in [("AccountNotFound", &[][..]), ("InstructionError(2, Custom(1))", &logs[..])] {
            let told = explain(error, logs, &payer, &[]);
            assert_eq!(told.kind, Kind::NoSol);
            let told = told.says;
            assert!(told.contains("too little SOL") && told.contains(&payer.to_string()), "{told}");
        }
    }
}
