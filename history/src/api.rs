//! The HTTP API: JSON with decimal strings, CSV, and news as server-sent events. Every query is bounded,
//! and its answer is kept until the ledger has news.

mod answers;
mod document;
mod members;
mod news;
mod pages;

use {
    crate::{
        audit::{self, Audited},
        config::Config,
        follow::{Follower, Head},
    },
    axum::{
        body::Bytes,
        extract::{Path, RawQuery, State},
        http::{header, HeaderMap, StatusCode, Uri},
        response::{IntoResponse, Response},
        routing::get,
        Json, Router,
    },
    serde_json::{json, Value},
    std::{
        collections::HashMap,
        future::Future,
        sync::{Arc, Mutex, PoisonError},
        time::{Duration, Instant},
    },
    tokio::{sync::Semaphore, time::timeout},
    tower_http::{cors::CorsLayer, services::ServeDir},
};
pub use {answers::report_input, document::openapi};

/// Most queries of the database at a time, and the longest that one may take.
const PARALLEL: usize = 16;
const PATIENCE: Duration = Duration::from_secs(20);
/// Most answers that are kept.
const KEPT: usize = 512;
/// An audit is made at most this often.
const AUDIT_EVERY: Duration = Duration::from_secs(60);

/// What the handlers share.
pub struct App {
    pub follower: Arc<Follower>,
    stale: Duration,
    turns: Semaphore,
    kept: Mutex<(Head, HashMap<String, Kept>)>,
    audited: tokio::sync::Mutex<Option<(Instant, Audited)>>,
}

#[derive(Clone)]
struct Kept {
    kind: &'static str,
    body: Bytes,
}

/// Why a request has no answer.
#[derive(Debug)]
pub enum Refusal {
    /// The request cannot be understood.
    Bad(String),
    /// There is no such thing.
    Missing(String),
    /// Too many requests, or the database does not answer.
    Busy(String),
    /// Anything else.
    Broken(anyhow::Error),
}

impl From<anyhow::Error> for Refusal {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, why) = match self {
            Self::Bad(why) => (StatusCode::BAD_REQUEST, why),
            Self::Missing(why) => (StatusCode::NOT_FOUND, why),
            Self::Busy(why) => (StatusCode::SERVICE_UNAVAILABLE, why),
            Self::Broken(error) => (StatusCode::INTERNAL_SERVER_ERROR, crate::service::told(&error)),
        };
        (status, Json(json!({ "error": why }))).into_response()
    }
}

/// An answer before it is sent.
pub enum Answer {
    Json(Value),
    Csv(String),
}

type Shared = State<Arc<App>>;

/// The API of a ledger; at `/` the files of the app, if the configuration names them.
pub fn router(follower: Arc<Follower>, config: &Config) -> Router {
    let head = *follower.head.borrow();
    let app = Arc::new(App {
        follower,
        stale: Duration::from_millis(config.server.stale_ms),
        turns: Semaphore::new(PARALLEL),
        kept: Mutex::new((head, HashMap::new())),
        audited: tokio::sync::Mutex::new(None),
    });
    let routes = Router::new()
        .route("/v1/status", get(status))
        .route("/v1/events", get(events))
        .route("/v1/events/stream", get(news::stream))
        .route("/v1/transactions/{signature}", get(transaction))
        .route("/v1/defaults", get(defaults))
        .route("/v1/defaults/{seq}", get(one_default))
        .route("/v1/series", get(series))
        .route("/v1/risk/series", get(risk_series))
        .route("/v1/members/{member}", get(member))
        .route("/v1/report", get(report))
        .route("/v1/report.csv", get(report_csv))
        .route("/v1/audit", get(audited))
        .route("/docs/{page}", get(pages::page))
        .route("/openapi.json", get(|| async { Json(openapi()) }))
        .route("/metrics", get(metrics))
        .route("/healthz", get(health))
        .with_state(app)
        // Everything here is public, and nothing can be changed: the app may be served from elsewhere.
        .layer(CorsLayer::new().allow_origin(tower_http::cors::Any));
    match config.server.app.as_str() {
        "" => routes,
        folder => routes.fallback_service(ServeDir::new(folder)),
    }
}

impl App {
    /// Answers a request, from what is kept if the ledger has had no news since.
    async fn answer<F: Future<Output = Result<Answer, Refusal>>>(
        &self,
        key: String,
        make: impl FnOnce() -> F,
    ) -> Response {
        let since = Instant::now();
        let head = *self.follower.head.borrow();
        let answer = match self.kept(&key, head) {
            Some(kept) => Ok(kept),
            None => self.make(make).await,
        };
        let response = match answer {
            Ok(kept) => {
                self.keep(key, head, kept.clone());
                ([(header::CONTENT_TYPE, kept.kind), (header::CACHE_CONTROL, "no-cache")], kept.body)
                    .into_response()
            }
            Err(refusal) => refusal.into_response(),
        };
        let metrics = &self.follower.metrics;
        metrics.add("requests_total", &format!("status=\"{}\"", response.status().as_u16()), 1.0);
        metrics.add("request_seconds_total", "", since.elapsed().as_secs_f64());
        response
    }

    async fn make<F: Future<Output = Result<Answer, Refusal>>>(
        &self,
        make: impl FnOnce() -> F,
    ) -> Result<Kept, Refusal> {
        let busy = || Refusal::Busy("too many requests at a time, or a slow database: repeat later".into());
        let made = async {
            let _turn = self.turns.acquire().await.map_err(|_| busy())?;
            make().await
        };
        match timeout(PATIENCE, made).await.map_err(|_| busy())?? {
            Answer::Json(value) => Ok(Kept { kind: "application/json", body: value.to_string().into() }),
            Answer::Csv(text) => Ok(Kept { kind: "text/csv; charset=utf-8", body: text.into() }),
        }
    }

    fn kept(&self, key: &str, head: Head) -> Option<Kept> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.1.get(key).filter(|_| kept.0 == head).cloned()
    }

    fn keep(&self, key: String, head: Head, answer: Kept) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 != head || kept.1.len() >= KEPT {
            *kept = (head, HashMap::new());
        }
        kept.1.insert(key, answer);
    }
}

/// The parameters of a query.
pub struct Query(HashMap<String, String>);

impl Query {
    /// Reads `a=b&c=d`.
    ///
    /// # Errors
    /// A parameter that is not known is refused: a misspelt one would be passed over.
    pub fn read(query: Option<&str>, known: &[&str]) -> Result<Self, Refusal> {
        let pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match known.contains(&name) {
                true => Ok((name.to_owned(), value.replace("%2C", ",").replace("%2c", ","))),
                false => Err(Refusal::Bad(format!("{name}: unknown; known are {}", known.join(", ")))),
            }
        });
        Ok(Self(pairs.collect::<Result<_, _>>()?))
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// A number between two bounds.
    pub fn number(&self, name: &str, least: i64, most: i64) -> Result<Option<i64>, Refusal> {
        let bad = || Refusal::Bad(format!("{name}: a number from {least} to {most}"));
        let read =
            |text: &str| text.parse().ok().filter(|number| (least..=most).contains(number)).ok_or_else(bad);
        self.text(name).map(read).transpose()
    }
}

async fn events(State(app): Shared, uri: Uri, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let wants_csv =
        headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/csv"));
    let key = format!("{uri} {wants_csv}");
    app.answer(key, || answers::events(&app, query.as_deref().map(str::to_owned), wants_csv)).await
}

async fn status(State(app): Shared, uri: Uri) -> Response {
    app.answer(uri.to_string(), || answers::status(&app)).await
}

async fn transaction(State(app): Shared, uri: Uri, Path(signature): Path<String>) -> Response {
    app.answer(uri.to_string(), || answers::transaction(&app, signature)).await
}

async fn defaults(State(app): Shared, uri: Uri) -> Response {
    app.answer(uri.to_string(), || answers::defaults(&app)).await
}

async fn one_default(State(app): Shared, uri: Uri, Path(seq): Path<String>) -> Response {
    app.answer(uri.to_string(), || answers::one_default(&app, seq)).await
}

async fn series(State(app): Shared, uri: Uri, RawQuery(query): RawQuery) -> Response {
    app.answer(uri.to_string(), || answers::series(&app, crate::store::Minutes::Books, query)).await
}

async fn risk_series(State(app): Shared, uri: Uri, RawQuery(query): RawQuery) -> Response {
    app.answer(uri.to_string(), || answers::series(&app, crate::store::Minutes::Sights, query)).await
}

async fn member(State(app): Shared, uri: Uri, Path(member): Path<String>) -> Response {
    app.answer(uri.to_string(), || members::member(&app, member)).await
}

async fn report(State(app): Shared, uri: Uri) -> Response {
    app.answer(uri.to_string(), || answers::report(&app, false)).await
}

async fn report_csv(State(app): Shared, uri: Uri) -> Response {
    app.answer(uri.to_string(), || answers::report(&app, true)).await
}

/// The last audit, or a new one if it is a minute old.
async fn audited(State(app): Shared) -> Response {
    let mut kept = app.audited.lock().await;
    if let Some((_, audited)) = kept.as_ref().filter(|(at, _)| at.elapsed() < AUDIT_EVERY) {
        return Json(json!({ "good": audited.is_good(), "audit": audited })).into_response();
    }
    match timeout(PATIENCE * 3, audit::run(&app.follower, true)).await {
        Ok(Ok(audited)) => {
            *kept = Some((Instant::now(), audited.clone()));
            Json(json!({ "good": audited.is_good(), "audit": audited })).into_response()
        }
        Ok(Err(error)) => Refusal::Busy(crate::service::told(&error)).into_response(),
        Err(_) => {
            Refusal::Busy("the audit takes too long: run `bulkhead-history audit`".into()).into_response()
        }
    }
}

async fn metrics(State(app): Shared) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], app.follower.metrics.render()).into_response()
}

async fn health(State(app): Shared) -> Response {
    match app.follower.metrics.unhealthy(app.stale) {
        None => "ok\n".into_response(),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
    }
}
