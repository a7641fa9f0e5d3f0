//! A client of Hermes, Pyth's server of price updates.

use {
    bulkhead_pyth::{
        answer::{self, AnswerError},
        hex, FeedId, Update,
    },
    reqwest::{Client, Response, StatusCode, Url},
    std::time::Duration,
    tokio::time::timeout,
};

/// The most bytes of an answer or an event. A real one has a few kilobytes for each feed.
const LONGEST: usize = 1 << 20;
/// A stream that sends not even a comment for so long is dead. Hermes sends one every 15 seconds.
const SILENCE: Duration = Duration::from_secs(40);

/// Why there is no update.
#[derive(Debug, thiserror::Error)]
pub enum HermesError {
    #[error("{0} is not the address of a server")]
    WrongUrl(String),
    #[error("the environment variable {0} with Hermes' API key is not set")]
    NoKey(String),
    #[error("Hermes refuses the API key")]
    Unauthorised,
    #[error("Hermes does not know one of the feeds")]
    UnknownFeed,
    #[error("Hermes does not have the print of that second")]
    NoPrint,
    #[error("Hermes wants fewer requests")]
    Crowded,
    #[error("Hermes answers {0}")]
    Status(u16),
    #[error("Hermes did not answer within {} ms", .0.as_millis())]
    Slow(Duration),
    #[error("Hermes cannot be reached: {0}")]
    Unreachable(String),
    #[error("Hermes' answer is longer than {LONGEST} bytes")]
    TooLong,
    #[error(transparent)]
    Answer(#[from] AnswerError),
    #[error("Hermes has ended the stream")]
    Ended,
}

impl HermesError {
    /// The name that metrics use.
    pub fn name(&self) -> &'static str {
        match self {
            Self::WrongUrl(_) => "wrong_url",
            Self::NoKey(_) => "no_key",
            Self::Unauthorised => "unauthorised",
            Self::UnknownFeed => "unknown_feed",
            Self::NoPrint => "no_print",
            Self::Crowded => "crowded",
            Self::Status(_) => "status",
            Self::Slow(_) => "slow",
            Self::Unreachable(_) => "unreachable",
            Self::TooLong => "too_long",
            Self::Answer(_) => "malformed",
            Self::Ended => "ended",
        }
    }
}

impl From<reqwest::Error> for HermesError {
    fn from(error: reqwest::Error) -> Self {
        // The address is left out: it may hold a key of somebody who put it there.
        let mut causes = vec![error.without_url().to_string()];
        causes.dedup();
        Self::Unreachable(causes.join(": "))
    }
}

/// Reads the API key from the environment. An empty name means that there is none.
///
/// # Errors
/// `NoKey`.
pub fn api_key(variable: &str) -> Result<Option<String>, HermesError> {
    if variable.is_empty() {
        return Ok(None);
    }
    let key = std::env::var(variable).ok().filter(|key| !key.is_empty());
    key.map(Some).ok_or_else(|| HermesError::NoKey(variable.into()))
}

/// A Hermes.
#[derive(Clone)]
pub struct Hermes {
    http: Client,
    url: Url,
    key: Option<String>,
    patience: Duration,
}

impl Hermes {
    /// A client of the Hermes at `url`, which gives it `patience` to answer.
    ///
    /// # Errors
    /// `WrongUrl`.
    pub fn new(url: &str, key: Option<String>, patience: Duration) -> Result<Self, HermesError> {
        let wrong = || HermesError::WrongUrl(url.into());
        // A path must end like a folder's, or the next part would replace its last one.
        let url = Url::parse(&format!("{}/", url.trim_end_matches('/'))).map_err(|_| wrong())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong());
        }
        let http = Client::builder().connect_timeout(patience).build()?;
        Ok(Self { http, url, key, patience })
    }

    /// Asks for the latest update of these feeds.
    ///
    /// # Errors
    /// See [`HermesError`].
    pub async fn latest(&self, feeds: &[FeedId]) -> Result<Vec<Update>, HermesError> {
        self.once("v2/updates/price/latest", feeds).await
    }

    /// Asks for the first update of a feed at the second `ts` or after it.
    ///
    /// # Errors
    /// See [`HermesError`]; `NoPrint` while there is none.
    pub async fn first_at(&self, feed: &FeedId, ts: i64) -> Result<Vec<Update>, HermesError> {
        let answer = self.once(&format!("v2/updates/price/{ts}"), &[*feed]).await;
        answer.map_err(|error| match error {
            HermesError::UnknownFeed => HermesError::NoPrint, // it says the same of both
            other => other,
        })
    }

    async fn once(&self, path: &str, feeds: &[FeedId]) -> Result<Vec<Update>, HermesError> {
        let asked = async {
            let mut response = self.ask(path, feeds).await?;
            let mut body = Vec::new();
            while let Some(part) = response.chunk().await? {
                body.extend_from_slice(&part);
                if body.len() > LONGEST {
                    return Err(HermesError::TooLong);
                }
            }
            Ok(answer::parse(&body)?)
        };
        timeout(self.patience, asked).await.map_err(|_| HermesError::Slow(self.patience))?
    }

    /// Opens a stream of the updates of these feeds.
    ///
    /// # Errors
    /// See [`HermesError`].
    pub async fn open(&self, feeds: &[FeedId]) -> Result<Events, HermesError> {
        let asked = self.ask("v2/updates/price/stream", feeds);
        let response = timeout(self.patience, asked).await;
        let response = response.map_err(|_| HermesError::Slow(self.patience))??;
        Ok(Events { response, text: Vec::new() })
    }

    async fn ask(&self, path: &str, feeds: &[FeedId]) -> Result<Response, HermesError> {
        let mut url = self.url.join(path).map_err(|_| HermesError::WrongUrl(path.into()))?;
        let ids = feeds.iter().map(|feed| ("ids[]", hex(feed)));
        url.query_pairs_mut()
            .extend_pairs(ids)
            .append_pair("encoding", "base64")
            .append_pair("parsed", "false");
        let mut request = self.http.get(url);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        let response = request.send().await?;
        match response.status() {
            status if status.is_success() => Ok(response),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(HermesError::Unauthorised),
            StatusCode::NOT_FOUND => Err(HermesError::UnknownFeed),
            StatusCode::TOO_MANY_REQUESTS => Err(HermesError::Crowded),
            status => Err(HermesError::Status(status.as_u16())),
        }
    }
}

/// A stream of updates: server-sent events with an answer in each.
pub struct Events {
    response: Response,
    text: Vec<u8>,
}

impl Events {
    /// Waits for the next event. After an error of the kind `Answer` the stream goes on.
    ///
    /// # Errors
    /// See [`HermesError`].
    pub async fn next(&mut self) -> Result<Vec<Update>, HermesError> {
        loop {
            while let Some(end) = self.text.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.text.drain(..=end).collect();
                if let Some(data) = line.trim_ascii().strip_prefix(b"data:") {
                    return Ok(answer::parse(data.trim_ascii())?);
                }
            }
            let part = timeout(SILENCE, self.response.chunk()).await;
            let part = part.map_err(|_| HermesError::Slow(SILENCE))??;
            self.text.extend_from_slice(&part.ok_or(HermesError::Ended)?);
            if self.text.len() > LONGEST {
                return Err(HermesError::TooLong);
            }
        }
    }
}
