//! Events as they happen, as server-sent events. A client that comes back with `Last-Event-ID` misses
//! none.

use {
    super::{App, Query, Refusal},
    crate::{
        export::{cursor, parse_cursor, to_json},
        follow::Head,
        store::Filter,
    },
    axum::{
        extract::{RawQuery, State},
        http::HeaderMap,
        response::{
            sse::{Event, KeepAlive, Sse},
            IntoResponse, Response,
        },
    },
    futures_util::stream::{self, Stream},
    std::{collections::VecDeque, convert::Infallible, sync::Arc},
    tokio::sync::watch,
};

/// Events that are read at a time.
const CHUNK: i64 = 200;
/// Most listeners at a time.
const LISTENERS: f64 = 1_000.0;

/// A client that listens.
struct Listener {
    app: Arc<App>,
    head: watch::Receiver<Head>,
    /// The last event that was sent.
    after: (i64, i64),
    waiting: VecDeque<Event>,
    withdrawn: u64,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let metrics = &self.app.follower.metrics;
        metrics.add("news_listeners", "", -1.0);
    }
}

pub async fn stream(State(app): State<Arc<App>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    match begin(app, &headers, query.as_deref()).await {
        Ok(listener) => Sse::new(events(listener)).keep_alive(KeepAlive::default()).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn begin(app: Arc<App>, headers: &HeaderMap, query: Option<&str>) -> Result<Listener, Refusal> {
    let query = Query::read(query, &["after"])?;
    let last = headers.get("last-event-id").and_then(|last| last.to_str().ok());
    let bad = || Refusal::Bad("after: a cursor, as an answer gives it".into());
    let after = last.or(query.text("after")).map(|text| parse_cursor(text).ok_or_else(bad)).transpose()?;
    let metrics = &app.follower.metrics;
    if metrics.get("news_listeners", "") >= LISTENERS {
        return Err(Refusal::Busy("too many listeners: repeat later".into()));
    }
    metrics.add("news_listeners", "", 1.0);
    let mut head = app.follower.head.subscribe();
    let now = *head.borrow_and_update();
    // Without a place to begin at: only what comes.
    let after = after.unwrap_or((now.newest, i64::MAX));
    Ok(Listener { app, head, after, waiting: VecDeque::new(), withdrawn: now.withdrawn })
}

fn events(listener: Listener) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(listener, |mut listener| async move {
        loop {
            if let Some(event) = listener.waiting.pop_front() {
                return Some((Ok(event), listener));
            }
            match listener.read().await {
                Ok(true) => {}
                Ok(false) => listener.head.changed().await.ok()?,
                // The client comes back with the last event that it has.
                Err(_) => return None,
            }
        }
    })
}

impl Listener {
    /// Reads what is new. Returns whether there was anything.
    async fn read(&mut self) -> anyhow::Result<bool> {
        let head = *self.head.borrow_and_update();
        if head.withdrawn != self.withdrawn {
            self.withdrawn = head.withdrawn;
            // Whatever was provisional is told anew.
            self.after = self.after.min((head.last, i64::MAX));
            let from = format!("{{\"after\":\"{}.0\"}}", head.last + 1);
            self.waiting.push_back(Event::default().event("withdrawn").data(from));
            return Ok(true);
        }
        let filter = Filter { after: Some(self.after), limit: CHUNK, ..Filter::default() };
        for stored in self.app.follower.store.events(&filter).await? {
            self.after = (stored.transaction.number, stored.place);
            let event =
                Event::default().event("event").id(cursor(&stored)).data(to_json(&stored)?.to_string());
            self.waiting.push_back(event);
        }
        Ok(!self.waiting.is_empty())
    }
}
