//! What can go wrong between a server of Pyth Pro and a post.

use {bulkhead_client::Address, std::time::Duration};

/// Why there is no message that could be posted.
#[derive(Debug, thiserror::Error)]
pub enum ProError {
    #[error(
        "{0} is not the address of a server: it begins with https:// or http://, or with wss:// or ws://"
    )]
    WrongUrl(String),
    #[error("the environment variable {0} with the token of Pyth Pro is not set")]
    NoToken(String),
    #[error("Pyth Pro has no channel {0} with a fixed rate")]
    NoChannel(u8),
    #[error("Pyth Pro refuses the token: put a valid one into the environment, and start again")]
    Unauthorised,
    #[error("Pyth Pro wants fewer requests: raise prices.poll_ms, or follow a stream")]
    Crowded,
    #[error("Pyth Pro answers {0}")]
    Status(u16),
    #[error("Pyth Pro refuses feed {0}: {1}")]
    UnknownFeed(u32, String),
    #[error("Pyth Pro did not answer within {} ms", .0.as_millis())]
    Slow(Duration),
    #[error("Pyth Pro cannot be reached: {0}")]
    Unreachable(String),
    #[error("Pyth Pro's answer is longer than {0} bytes")]
    TooLong(usize),
    #[error("Pyth Pro's answer is {0}")]
    Malformed(String),
    #[error("Pyth Pro has ended the stream")]
    Ended,
    #[error("Pyth Pro's contract is not on this cluster, or cannot be read: {0}")]
    NoContract(String),
    #[error("Pyth Pro's contract does not trust the message's signer, {0}")]
    UntrustedSigner(Address),
    #[error("the message's signature is not that of its signer")]
    WrongSignature,
    #[error("the message cannot be posted: {0}")]
    Refused(String),
    #[error("the message is more than a minute ahead of the chain's clock")]
    FromFuture,
    #[error(
        "Pyth Pro's contract takes {fee} lamports a message, more than prices.pro_most_fee_lamports = {most}"
    )]
    TooDear {
        /// Lamports that a message costs.
        fee: u64,
        /// The most that the configuration allows.
        most: u64,
    },
}

impl ProError {
    /// The name that metrics use.
    pub fn name(&self) -> &'static str {
        match self {
            Self::WrongUrl(_) => "wrong_url",
            Self::NoToken(_) => "no_token",
            Self::NoChannel(_) => "no_channel",
            Self::Unauthorised => "unauthorised",
            Self::Crowded => "crowded",
            Self::Status(_) => "status",
            Self::UnknownFeed(..) => "unknown_feed",
            Self::Slow(_) => "slow",
            Self::Unreachable(_) => "unreachable",
            Self::TooLong(_) => "too_long",
            Self::Malformed(_) => "malformed",
            Self::Ended => "ended",
            Self::NoContract(_) => "no_contract",
            Self::UntrustedSigner(_) => "untrusted_signer",
            Self::WrongSignature => "wrong_signature",
            Self::Refused(name) => match name.as_str() {
                "ProWrongChannel" => "wrong_channel",
                "OracleWrongFeed" => "wrong_feed",
                "ProMessageIncomplete" => "incomplete",
                _ => "malformed",
            },
            Self::FromFuture => "from_future",
            Self::TooDear { .. } => "too_dear",
        }
    }
}

impl From<reqwest::Error> for ProError {
    fn from(error: reqwest::Error) -> Self {
        // The address is left out: it may hold a token of somebody who put it there.
        Self::Unreachable(error.without_url().to_string())
    }
}

/// Reads the token from the environment. An empty name means that there is none.
///
/// # Errors
/// `NoToken`.
pub fn token(variable: &str) -> Result<Option<String>, ProError> {
    if variable.is_empty() {
        return Ok(None);
    }
    let token = std::env::var(variable).ok().filter(|token| !token.is_empty());
    token.map(Some).ok_or_else(|| ProError::NoToken(variable.into()))
}
