//! The servers of Pyth Pro: the latest message of a feed over HTTP, and messages as they come by websocket.
//! The messages are those that a test has signed.

use {
    super::{respond, Mood, Refusal, Shared, Shop},
    axum::{
        extract::State,
        http::{HeaderMap, StatusCode},
        response::Response,
    },
    futures_util::{SinkExt, StreamExt},
    serde_json::{json, Value},
    std::{
        sync::{Arc, Mutex},
        time::Duration,
    },
    tokio::{
        net::{TcpListener, TcpStream},
        time::timeout,
    },
    tokio_tungstenite::{
        accept_hdr_async,
        tungstenite::{
            handshake::server::{ErrorResponse, Request, Response as Accepted},
            Error, Message as Frame,
        },
    },
};

/// Messages of rubbish between two looks.
const RUBBISH: u32 = 20;
/// Time between two looks for a new message.
const LOOK: Duration = Duration::from_millis(50);

/// The feed that a request asks for: one, on a channel with a rate, with all that a crank judges.
fn asked_for(request: &Value) -> Option<u64> {
    const PROPERTIES: [&str; 5] = ["price", "confidence", "exponent", "marketSession", "feedUpdateTimestamp"];
    let properties = request["properties"].as_array().map(Vec::as_slice).unwrap_or_default();
    let rate = request["channel"].as_str().is_some_and(|channel| channel.starts_with("fixed_rate@"));
    let whole = PROPERTIES.iter().all(|name| properties.iter().any(|property| property == name));
    let feeds = request["priceFeedIds"].as_array().filter(|feeds| feeds.len() == 1)?;
    feeds[0].as_u64().filter(|_| rate && whole && request["formats"] == json!(["solana"]))
}

impl Shop {
    fn message_of(&self, feed: u64) -> Option<String> {
        self.messages.get(&feed).or(self.message.as_ref()).cloned()
    }
}

pub async fn latest_price(State(shop): Shared, headers: HeaderMap, body: String) -> Response {
    let (answer, mood) = {
        let mut shop = shop.lock().expect("no test panics with it");
        (answer(&mut shop, &headers, &body), shop.mood)
    };
    respond(mood, answer).await
}

fn answer(shop: &mut Shop, headers: &HeaderMap, body: &str) -> Result<String, Refusal> {
    shop.admit(headers)?;
    let request: Value = serde_json::from_str(body).unwrap_or_default();
    let message = asked_for(&request).and_then(|feed| shop.message_of(feed));
    let message = message.ok_or((StatusCode::BAD_REQUEST, "not a request"))?;
    Ok(match shop.mood {
        Mood::Rubbish => "<html>not here</html>".into(),
        _ => json!({ "solana": { "encoding": "hex", "data": message } }).to_string(),
    })
}

/// Gives everybody who comes a stream.
pub async fn serve(listener: TcpListener, shop: Arc<Mutex<Shop>>) {
    while let Ok((socket, _)) = listener.accept().await {
        tokio::spawn(stream(socket, shop.clone()));
    }
}

/// A feed that somebody has subscribed to.
struct Subscription {
    id: u64,
    feed: u64,
    /// The last message that was sent.
    last: String,
}

/// Sends each message of the feeds that are subscribed to once, until the server is broken.
async fn stream(socket: TcpStream, shop: Arc<Mutex<Shop>>) -> Result<(), Error> {
    let look = || shop.lock().expect("no test panics with it");
    let wanted = format!("Bearer {}", look().key);
    #[allow(clippy::result_large_err)] // the type is the library's
    let admit = |request: &Request, accepted: Accepted| {
        let given = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        if given == Some(&wanted) {
            return Ok(accepted);
        }
        let mut refused = ErrorResponse::new(None);
        *refused.status_mut() = StatusCode::UNAUTHORIZED;
        Err(refused)
    };
    let mut socket = accept_hdr_async(socket, admit).await?;
    let mut all: Vec<Subscription> = Vec::new();
    loop {
        match timeout(LOOK, socket.next()).await {
            Ok(Some(Ok(Frame::Text(text)))) => {
                let request: Value = serde_json::from_str(text.as_str()).unwrap_or_default();
                let id = request["subscriptionId"].as_u64().unwrap_or_default();
                let feed = asked_for(&request).filter(|feed| look().message_of(*feed).is_some());
                let told = match feed {
                    Some(_) => json!({ "type": "subscribed", "subscriptionId": id }),
                    None => {
                        json!({ "type": "subscriptionError", "subscriptionId": id, "error": "no such feed" })
                    }
                };
                all.extend(feed.map(|feed| Subscription { id, feed, last: String::new() }));
                socket.send(Frame::text(told.to_string())).await?;
            }
            Ok(Some(Ok(_))) | Err(_) => {}
            Ok(_) => return Ok(()),
        }
        if look().mood == Mood::Broken {
            return socket.close(None).await;
        }
        if look().mood == Mood::Rubbish {
            for _ in 0..RUBBISH {
                socket.send(Frame::text("<html>not here</html>")).await?;
            }
            continue;
        }
        for Subscription { id, feed, last } in &mut all {
            let message = look().message_of(*feed).filter(|message| message != last);
            let Some(message) = message else { continue };
            last.clone_from(&message);
            let solana = json!({ "encoding": "hex", "data": message });
            let event = json!({ "type": "streamUpdated", "subscriptionId": *id, "solana": solana });
            socket.send(Frame::text(event.to_string())).await?;
        }
    }
}
