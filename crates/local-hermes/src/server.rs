//! The HTTP side: `/v2/updates/price/latest`, `/v2/updates/price/stream` and, for the first update at a
//! second or after it, `/v2/updates/price/{publish_time}`. Beside them what is not Hermes' but Pyth Pro's:
//! `/v1/latest_price`, and a websocket on a port of its own.

mod pro;

use {
    crate::{Feed, Guardians},
    axum::{
        body::Body,
        extract::{Path, RawQuery, State},
        http::{header::AUTHORIZATION, HeaderMap, StatusCode},
        response::{IntoResponse, Response},
        routing::{get, post},
        Router,
    },
    base64::{engine::general_purpose::STANDARD, Engine},
    futures_util::stream::unfold,
    serde_json::json,
    std::{
        collections::BTreeMap,
        convert::Infallible,
        net::SocketAddr,
        sync::{Arc, Mutex, MutexGuard},
        time::Duration,
    },
    tokio::{net::TcpListener, runtime::Runtime, time::sleep},
};

/// How the server behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// It answers.
    #[default]
    Fair,
    /// It answers after this many milliseconds.
    Slow(u64),
    /// Its answers are no JSON.
    Rubbish,
    /// Its answers are JSON with bytes that are no update.
    BadUpdate,
    /// Its proofs do not lead to the root.
    WrongProof,
    /// Others than the guardians signed.
    WrongSigners,
    /// Fewer guardians signed than make a quorum.
    TooFewSigners,
    /// It answers 500.
    Broken,
    /// It answers 429.
    Crowded,
    /// Its answers never end.
    Endless,
}

/// What is behind the answers.
struct Shop {
    guardians: Guardians,
    key: String,
    mood: Mood,
    feeds: BTreeMap<[u8; 32], Feed>,
    /// All prints so far, in order.
    prints: Vec<Feed>,
    others: usize,
    requests: u64,
    /// The message of Pyth Pro for every feed that has none of its own, in hexadecimal.
    message: Option<String>,
    /// The messages of Pyth Pro by feed, in hexadecimal.
    messages: BTreeMap<u64, String>,
}

/// A running server. It stops when it is dropped.
pub struct Server {
    pub url: String,
    /// The address of Pyth Pro's stream.
    pub stream_url: String,
    shop: Arc<Mutex<Shop>>,
    _runtime: Runtime,
}

impl Server {
    /// Starts a server that wants this API key.
    pub fn start(guardians: Guardians, key: &str) -> Self {
        let (feeds, mood) = (BTreeMap::new(), Mood::Fair);
        let (key, prints) = (key.into(), Vec::new());
        let (message, messages) = (None, BTreeMap::new());
        let shop = Shop { guardians, key, mood, feeds, prints, others: 60, requests: 0, message, messages };
        let shop = Arc::new(Mutex::new(shop));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let router = Router::new()
            .route("/v2/updates/price/latest", get(latest))
            .route("/v2/updates/price/stream", get(stream))
            .route("/v2/updates/price/{publish_time}", get(first_at))
            .route("/v1/latest_price", post(pro::latest_price))
            .with_state(shop.clone());
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = runtime.block_on(TcpListener::bind(address)).expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        runtime.spawn(async move { axum::serve(listener, router).await });
        let listener = runtime.block_on(TcpListener::bind(address)).expect("a port");
        let stream_url = format!("ws://{}/v1/stream", listener.local_addr().expect("an address"));
        runtime.spawn(pro::serve(listener, shop.clone()));
        Self { url, stream_url, shop, _runtime: runtime }
    }

    fn shop(&self) -> MutexGuard<'_, Shop> {
        self.shop.lock().expect("no test panics with it")
    }

    /// Sets a feed's price.
    pub fn set(&self, feed: Feed) {
        let mut shop = self.shop();
        if shop.feeds.insert(feed.feed_id, feed) != Some(feed) {
            shop.prints.push(feed);
        }
    }

    /// Forgets all prints.
    pub fn clear(&self) {
        let mut shop = self.shop();
        shop.feeds.clear();
        shop.prints.clear();
    }

    /// Sets the message of Pyth Pro, whatever feed is asked for.
    pub fn say(&self, message: &[u8]) {
        self.shop().message = Some(hex(message));
    }

    /// Sets the message of Pyth Pro for one feed.
    pub fn say_of(&self, feed: u32, message: &[u8]) {
        self.shop().messages.insert(feed.into(), hex(message));
    }

    /// Changes how the server behaves.
    pub fn mood(&self, mood: Mood) {
        self.shop().mood = mood;
    }

    /// The number of requests so far.
    pub fn requests(&self) -> u64 {
        self.shop().requests
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An answer that is not an update.
type Refusal = (StatusCode, &'static str);

/// The feeds that a query names.
fn asked(query: &str) -> Option<Vec<[u8; 32]>> {
    let named = query
        .split('&')
        .filter_map(|pair| pair.strip_prefix("ids[]=").or_else(|| pair.strip_prefix("ids%5B%5D=")));
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let feed = |text: &str| -> Option<[u8; 32]> {
        let text = text.strip_prefix("0x").unwrap_or(text).as_bytes();
        let bytes: Option<Vec<u8>> = text.chunks(2).map(byte).collect();
        bytes?.try_into().ok()
    };
    named.map(feed).collect()
}

impl Shop {
    fn admit(&mut self, headers: &HeaderMap) -> Result<(), Refusal> {
        self.requests += 1;
        let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        match self.mood {
            Mood::Broken => Err((StatusCode::INTERNAL_SERVER_ERROR, "broken")),
            Mood::Crowded => Err((StatusCode::TOO_MANY_REQUESTS, "crowded")),
            _ if given != Some(&format!("Bearer {}", self.key)) => Err((StatusCode::UNAUTHORIZED, "no key")),
            _ => Ok(()),
        }
    }

    /// The JSON of the feeds that are asked for.
    fn answer(&self, asked: &[[u8; 32]]) -> Result<String, Refusal> {
        self.answer_of(asked.iter().map(|feed| self.feeds.get(feed).copied()).collect())
    }

    /// The JSON of the first prints at a second or after it.
    fn answer_at(&self, asked: &[[u8; 32]], publish_time: i64) -> Result<String, Refusal> {
        let first = |feed: &[u8; 32]| {
            let mut prints = self.prints.iter();
            prints.find(|print| print.feed_id == *feed && print.publish_time >= publish_time).copied()
        };
        self.answer_of(asked.iter().map(first).collect())
    }

    fn answer_of(&self, feeds: Option<Vec<Feed>>) -> Result<String, Refusal> {
        if self.mood == Mood::Rubbish {
            return Ok("<html>not here</html>".into());
        }
        let feeds = feeds.filter(|feeds| !feeds.is_empty());
        let feeds = feeds.ok_or((StatusCode::NOT_FOUND, "Price ids not found"))?;
        let all = self.guardians.first(self.guardians.addresses().len() as u8);
        let mut update = match self.mood {
            Mood::WrongSigners => self.guardians.impostors().update(&feeds, self.others, &all),
            Mood::TooFewSigners => self.guardians.update(&feeds, self.others, &all[..all.len() / 2]),
            _ => self.guardians.update(&feeds, self.others, &all),
        };
        match self.mood {
            Mood::WrongProof => *update.last_mut().expect("a proof") ^= 1,
            Mood::BadUpdate => update.truncate(50),
            _ => (),
        }
        Ok(json!({ "binary": { "encoding": "base64", "data": [STANDARD.encode(update)] } }).to_string())
    }
}

type Shared = State<Arc<Mutex<Shop>>>;

async fn latest(State(shop): Shared, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let (answer, mood) = {
        let mut shop = shop.lock().expect("no test panics with it");
        let asked = asked(&query.unwrap_or_default()).ok_or((StatusCode::BAD_REQUEST, "not an id"));
        let answer = shop.admit(&headers).and(asked).and_then(|asked| shop.answer(&asked));
        (answer, shop.mood)
    };
    respond(mood, answer).await
}

/// Answers as the mood has it.
async fn respond(mood: Mood, answer: Result<String, Refusal>) -> Response {
    match mood {
        Mood::Slow(ms) => sleep(Duration::from_millis(ms)).await,
        Mood::Endless => {
            let endless = unfold((), |()| async { Some((Ok::<_, Infallible>(vec![b' '; 65_536]), ())) });
            return Body::from_stream(endless).into_response();
        }
        _ => (),
    }
    answer.into_response()
}

async fn first_at(
    State(shop): Shared,
    Path(publish_time): Path<i64>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let mut shop = shop.lock().expect("no test panics with it");
    let asked = asked(&query.unwrap_or_default()).ok_or((StatusCode::BAD_REQUEST, "not an id"));
    let answer = shop.admit(&headers).and(asked).and_then(|asked| shop.answer_at(&asked, publish_time));
    answer.into_response()
}

/// Sends an event whenever an answer would differ from the one before.
async fn stream(State(shop): Shared, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let asked = asked(&query.unwrap_or_default()).ok_or((StatusCode::BAD_REQUEST, "not an id"));
    let admitted = shop.lock().expect("no test panics with it").admit(&headers);
    let asked = match admitted.and(asked) {
        Ok(asked) => asked,
        Err(refusal) => return refusal.into_response(),
    };
    let events = unfold((shop, asked, String::new()), |(shop, asked, before)| async move {
        loop {
            let now = {
                let shop = shop.lock().expect("no test panics with it");
                if shop.mood == Mood::Broken {
                    return None;
                }
                shop.answer(&asked).unwrap_or_default()
            };
            if !now.is_empty() && now != before {
                return Some((Ok::<_, Infallible>(format!("data:{now}\n\n")), (shop, asked, now)));
            }
            sleep(Duration::from_millis(50)).await;
        }
    });
    ([("content-type", "text/event-stream")], Body::from_stream(events)).into_response()
}
