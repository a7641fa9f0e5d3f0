//! Failures as scripts read them: a stable kind, and the program's name for a refusal.

use {
    serde_json::{json, Value},
    solana_rpc_client_api::client_error::Error as ClientError,
    std::fmt,
};

/// The kind of a failure. Scripts rely on the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The command line is wrong.
    Usage,
    /// An argument, a file or the state of the fund does not admit the command; nothing was sent.
    Input,
    /// The cluster does not answer.
    Network,
    /// The program, or one that it calls, has refused a simulation; nothing was sent.
    Refused,
    /// The wallet has too little SOL; nothing was sent.
    NoSol,
    /// Nobody has agreed to a change of governance; nothing was sent.
    NotAgreed,
    /// The transaction was sent, and may have failed: its signature tells.
    Unconfirmed,
}

impl Kind {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Input => "input",
            Self::Network => "network",
            Self::Refused => "refused",
            Self::NoSol => "no_sol",
            Self::NotAgreed => "not_agreed",
            Self::Unconfirmed => "unconfirmed",
        }
    }
}

/// A failure that is more than its text.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Its kind.
    pub kind: Kind,
    /// The program's name for it and the code, if the program has refused.
    pub program: Option<(String, u32)>,
    /// What people read.
    pub says: String,
    /// The transaction, if one was sent.
    pub signature: Option<String>,
}

impl Failure {
    /// A failure without a name.
    pub fn new(kind: Kind, says: impl Into<String>) -> Self {
        Self { kind, program: None, says: says.into(), signature: None }
    }

    /// Puts words before the text.
    pub fn after(mut self, words: &str) -> Self {
        self.says = format!("{words}: {}", self.says);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.says)
    }
}

impl std::error::Error for Failure {}

/// What people read: the causes on one line, each once.
pub fn text(error: &anyhow::Error) -> String {
    let mut causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    causes.dedup();
    in_words(&causes.join(": "))
}

/// Puts what Rust says of a number that it cannot read into words for people.
pub fn in_words(text: &str) -> String {
    let words = [
        ("invalid digit found in string", "it is no whole number from zero on"),
        ("cannot parse integer from empty string", "it is empty"),
        ("number too large to fit in target type", "it is too large"),
        ("number too small to fit in target type", "it is too small"),
    ];
    words.iter().fold(text.to_owned(), |text, (rust, word)| text.replace(rust, word))
}

/// The failure for scripts.
pub fn json(error: &anyhow::Error) -> Value {
    let known = error.downcast_ref::<Failure>();
    let kind = match known {
        Some(known) => known.kind,
        None if error.chain().any(|cause| cause.is::<ClientError>()) => Kind::Network,
        None => Kind::Input,
    };
    let program = known.and_then(|known| known.program.as_ref());
    json!({
        "error": {
            "kind": kind.word(),
            "name": program.map(|(name, _)| name),
            "code": program.map(|(_, code)| code),
            "signature": known.and_then(|known| known.signature.as_ref()),
            "message": text(error),
        }
    })
}

#[cfg(test)]
mod tests {
    use {super::*, anyhow::Context};

    #[test]
    fn a_failure_keeps_its_kind_under_more_words() {
        let failure =
            Failure { program: Some(("Paused".into(), 6_070)), ..Failure::new(Kind::Refused, "why") };
        let error = Err::<(), _>(failure).context("deposit").unwrap_err();
        let json = json(&error);
        assert_eq!(json["error"]["kind"], "refused");
        assert_eq!((&json["error"]["name"], &json["error"]["code"]), (&"Paused".into(), &6_070.into()));
        assert_eq!(json["error"]["message"], "deposit: why");
    }

    #[test]
    fn a_cause_is_told_once_and_in_words() {
        let error = anyhow::anyhow!("no answer").context("no answer").context("cannot read");
        assert_eq!(text(&error), "cannot read: no answer");
        let number = "1.5".parse::<u16>().unwrap_err();
        assert_eq!(
            in_words(&format!("--hours 1.5: {number}")),
            "--hours 1.5: it is no whole number from zero on"
        );
        let number = "70000".parse::<u16>().unwrap_err();
        assert_eq!(in_words(&number.to_string()), "it is too large");
    }

    #[test]
    fn other_errors_are_of_the_input() {
        let json = json(&anyhow::anyhow!("the amount is zero"));
        assert_eq!((&json["error"]["kind"], &json["error"]["name"]), (&"input".into(), &Value::Null));
    }
}
