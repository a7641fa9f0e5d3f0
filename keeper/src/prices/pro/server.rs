//! A client of Pyth Pro's servers. One that is asked over HTTP gives the latest message of a feed; a
//! websocket gives the messages of several feeds as they come. Each message is of one feed, so that it is
//! short, and so that what is wrong with one feed stops no other.

use {
    super::{error::ProError, parse, ProFeed},
    bulkhead_pyth::pro::Signed,
    futures_util::{SinkExt, StreamExt},
    reqwest::{header::AUTHORIZATION, Client, StatusCode, Url},
    serde_json::{json, Value},
    std::time::Duration,
    tokio::{net::TcpStream, time::timeout},
    tokio_tungstenite::{
        connect_async_with_config,
        tungstenite::{
            self, client::IntoClientRequest, http::HeaderValue, protocol::WebSocketConfig, Message as Frame,
        },
        MaybeTlsStream, WebSocketStream,
    },
};

/// The most bytes of an answer. A real one has less than a kilobyte.
const LONGEST: usize = 1 << 16;
/// A stream that sends nothing at all for so long is dead: the slowest channel has a message a second.
const SILENCE: Duration = Duration::from_secs(15);

/// What a message must say of its feed, by the names that the server knows.
const PROPERTIES: [&str; 5] = ["price", "confidence", "exponent", "marketSession", "feedUpdateTimestamp"];

/// A server of Pyth Pro.
#[derive(Clone)]
pub struct Server {
    http: Client,
    url: Url,
    token: Option<String>,
    patience: Duration,
}

impl Server {
    /// A client of the server at `url`, which gives it `patience` to answer.
    ///
    /// # Errors
    /// `WrongUrl`.
    pub fn new(url: &str, token: Option<String>, patience: Duration) -> Result<Self, ProError> {
        let wrong = || ProError::WrongUrl(url.into());
        let parsed = Url::parse(url.trim_end_matches('/')).map_err(|_| wrong())?;
        if !matches!(parsed.scheme(), "http" | "https" | "ws" | "wss") {
            return Err(wrong());
        }
        let http = Client::builder().timeout(patience).build()?;
        Ok(Self { http, url: parsed, token, patience })
    }

    /// Whether it is a websocket, which is followed and not asked.
    pub fn is_stream(&self) -> bool {
        self.url.scheme().starts_with("ws")
    }

    /// The server's name, without what a token could be hidden in.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Asks for the latest message of a feed.
    ///
    /// # Errors
    /// See [`ProError`].
    pub async fn latest(&self, feed: ProFeed) -> Result<Signed, ProError> {
        let address = format!("{}/v1/latest_price", self.url.as_str().trim_end_matches('/'));
        let body = wanted(feed)?.to_string();
        let mut request = self.http.post(address).header("content-type", "application/json").body(body);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let slow = |error: reqwest::Error| match error.is_timeout() {
            true => ProError::Slow(self.patience),
            false => error.into(),
        };
        let mut response = request.send().await.map_err(slow)?;
        if let Some(refusal) = refusal(response.status().as_u16()) {
            return Err(refusal);
        }
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(slow)? {
            body.extend_from_slice(&part);
            if body.len() > LONGEST {
                return Err(ProError::TooLong(LONGEST));
            }
        }
        let answer: Value = serde_json::from_slice(&body).map_err(|_| malformed("no JSON"))?;
        message(&answer)
    }

    /// Opens a stream of the messages of these feeds.
    ///
    /// # Errors
    /// See [`ProError`].
    pub async fn open(&self, feeds: &[ProFeed]) -> Result<Messages, ProError> {
        let mut request = self.url.as_str().into_client_request().map_err(lost)?;
        if let Some(token) = &self.token {
            let bearer = HeaderValue::from_str(&format!("Bearer {token}"));
            request.headers_mut().insert(AUTHORIZATION, bearer.map_err(|_| ProError::Unauthorised)?);
        }
        let config = WebSocketConfig::default().max_message_size(Some(LONGEST)).max_frame_size(Some(LONGEST));
        let opened = timeout(self.patience, connect_async_with_config(request, Some(config), true)).await;
        let (mut socket, _) = opened.map_err(|_| ProError::Slow(self.patience))?.map_err(lost)?;
        for (number, feed) in feeds.iter().enumerate() {
            let mut subscribe = wanted(*feed)?;
            subscribe["type"] = json!("subscribe");
            subscribe["subscriptionId"] = json!(number);
            subscribe["deliveryFormat"] = json!("json");
            socket.send(Frame::text(subscribe.to_string())).await.map_err(lost)?;
        }
        Ok(Messages { socket, feeds: feeds.to_vec() })
    }
}

/// What is asked for of a feed.
fn wanted((feed, channel): ProFeed) -> Result<Value, ProError> {
    let channel = channel_name(channel).ok_or(ProError::NoChannel(channel))?;
    Ok(json!({
        "priceFeedIds": [feed],
        "properties": PROPERTIES,
        "formats": ["solana"],
        "jsonBinaryEncoding": "hex",
        "parsed": false,
        "channel": channel,
    }))
}

/// The server's name of a channel with a fixed rate.
fn channel_name(channel: u8) -> Option<&'static str> {
    match channel {
        2 => Some("fixed_rate@50ms"),
        3 => Some("fixed_rate@200ms"),
        4 => Some("fixed_rate@1000ms"),
        _ => None,
    }
}

/// Why a server gives no answer, by the status of HTTP.
fn refusal(status: u16) -> Option<ProError> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match status {
        status if status.is_success() => None,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Some(ProError::Unauthorised),
        StatusCode::TOO_MANY_REQUESTS => Some(ProError::Crowded),
        status => Some(ProError::Status(status.as_u16())),
    }
}

fn malformed(what: &str) -> ProError {
    ProError::Malformed(what.into())
}

/// The signed message in an answer.
fn message(answer: &Value) -> Result<Signed, ProError> {
    let text = answer.pointer("/solana/data").and_then(Value::as_str);
    let text = text.ok_or_else(|| malformed("without a signed message for Solana"))?;
    parse(text).map_err(|error| ProError::Malformed(format!("no message: {error:#}")))
}

/// The end of a websocket. The address is in none of the texts.
fn lost(error: tungstenite::Error) -> ProError {
    match error {
        tungstenite::Error::Http(response) => refusal(response.status().as_u16()).unwrap_or(ProError::Ended),
        tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed => ProError::Ended,
        tungstenite::Error::Capacity(_) => ProError::TooLong(LONGEST),
        other => ProError::Unreachable(other.to_string()),
    }
}

/// A stream of messages.
pub struct Messages {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    feeds: Vec<ProFeed>,
}

impl Messages {
    /// Waits for the next message, and says which feed it was asked for. The inner error is of one message
    /// or one feed, and the stream goes on.
    ///
    /// # Errors
    /// The end of the stream: see [`ProError`].
    pub async fn next(&mut self) -> Result<Result<(ProFeed, Signed), ProError>, ProError> {
        loop {
            let frame = timeout(SILENCE, self.socket.next()).await;
            let frame = frame.map_err(|_| ProError::Slow(SILENCE))?.ok_or(ProError::Ended)?;
            match frame.map_err(lost)? {
                Frame::Text(text) => {
                    if let Some(told) = self.read(text.as_str()) {
                        return Ok(told);
                    }
                }
                Frame::Close(_) => return Err(ProError::Ended),
                _ => {} // the library answers pings
            }
        }
    }

    /// What an event says; nothing if it confirms a subscription.
    fn read(&self, text: &str) -> Option<Result<(ProFeed, Signed), ProError>> {
        let Ok(event) = serde_json::from_str::<Value>(text) else { return Some(Err(malformed("no JSON"))) };
        let number = event["subscriptionId"].as_u64().and_then(|number| usize::try_from(number).ok());
        let feed = number.and_then(|number| self.feeds.get(number)).copied();
        let why = || event["error"].as_str().unwrap_or("without a reason").chars().take(200).collect();
        match (event["type"].as_str(), feed) {
            (Some("streamUpdated"), Some(feed)) => Some(message(&event).map(|signed| (feed, signed))),
            (Some("subscriptionError"), Some((feed, _))) => Some(Err(ProError::UnknownFeed(feed, why()))),
            (Some("error"), _) => Some(Err(ProError::Malformed(format!("an error: {}", why())))),
            (Some("subscribed" | "subscribedWithInvalidFeedIdsIgnored" | "unsubscribed"), _) => None,
            _ => Some(Err(malformed("of an unknown kind"))),
        }
    }
}
