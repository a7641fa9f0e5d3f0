//! The API: what it answers, and what it refuses.

use {
    crate::{history, on_both, open, transaction, Node},
    bulkhead_history::{api, config::Config, follow::Follower},
    serde_json::Value,
    std::{sync::Arc, time::Duration},
    tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    },
};

/// Serves the API of a ledger; returns its address.
pub async fn serve(follower: &Arc<Follower>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let router = api::router(follower.clone(), &Config::of("", "", "", ""));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Status, headers and body of an answer.
pub async fn get(address: &str, path: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: ledger\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_lowercase(), body.to_owned())
}

pub async fn json(address: &str, path: &str) -> Value {
    let (status, head, body) = get(address, path).await;
    assert_eq!(status, 200, "{path}: {body}");
    assert!(head.contains("content-type: application/json"), "{head}");
    serde_json::from_str(&body).unwrap()
}

#[test]
fn events_come_in_pages_that_join_without_a_gap() {
    on_both(|database| async move {
        let node = Node::start();
        node.change(|chain| *chain = history(25));
        let follower = Arc::new(open(&node, &database).await);
        follower.catch_up().await.unwrap();
        let address = serve(&follower).await;
        // Several kinds are merged from the pages of each.
        for order in
            ["asc", "desc", "asc&kind=TreasuryMoved,FundCreated", "desc&kind=TreasuryMoved,FundCreated"]
        {
            let (mut signatures, mut after) = (Vec::new(), String::new());
            loop {
                let page = json(&address, &format!("/v1/events?limit=7&order={order}{after}")).await;
                let events = page["events"].as_array().unwrap();
                signatures.extend(events.iter().map(|event| event["signature"].as_str().unwrap().to_owned()));
                match page["next"].as_str() {
                    Some(next) => after = format!("&after={next}"),
                    None => break,
                }
            }
            if order.starts_with("desc") {
                signatures.reverse();
            }
            assert_eq!(signatures, node.signatures(), "{order}");
        }
        let moved = json(&address, "/v1/events?kind=TreasuryMoved&limit=1").await;
        assert_eq!(moved["events"][0]["fields"]["amount"], "1", "amounts are decimal strings");
        assert_eq!(moved["events"][0]["fields"]["treasury"], "1");
        let (_, _, csv) = get(&address, "/v1/events?format=csv&limit=2").await;
        assert_eq!(csv.lines().count(), 3);
        assert!(csv.starts_with("cursor,slot,time,signature,call,final,kind,fields\n1.0,1000,"), "{csv}");
        let one = json(&address, &format!("/v1/transactions/{}", node.signatures()[3])).await;
        assert_eq!((one["final"].as_bool(), one["events"].as_array().unwrap().len()), (Some(true), 1));
        let slots = json(&address, "/v1/events?fromSlot=1003&toSlot=1004").await;
        assert_eq!(slots["events"].as_array().unwrap().len(), 4);
    });
}

#[test]
fn what_cannot_be_answered_is_refused_with_a_reason() {
    on_both(|database| async move {
        let node = Node::start();
        node.change(|chain| *chain = history(3));
        let follower = Arc::new(open(&node, &database).await);
        follower.catch_up().await.unwrap();
        let address = serve(&follower).await;
        for (path, status, told) in [
            ("/v1/events?kid=Novated", 400, "kid: unknown"),
            ("/v1/events?kind=Traded", 400, "there is no event Traded"),
            ("/v1/events?limit=1001", 400, "limit: a number from 1 to 1000"),
            ("/v1/events?after=soon", 400, "after: a cursor"),
            ("/v1/events?order=up", 400, "order: asc or desc"),
            ("/v1/series?points=0", 400, "points: a number from 1 to 1000"),
            ("/v1/transactions/x", 404, "no transaction x"),
            ("/v1/defaults/7", 404, "there is no default 7"),
            ("/v1/members/x", 400, "not an address"),
        ] {
            let (got, _, body) = get(&address, path).await;
            let error: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(got, status, "{path}: {body}");
            assert!(error["error"].as_str().unwrap().contains(told), "{path}: {body}");
        }
    });
}

#[test]
fn an_answer_is_kept_until_there_is_news() {
    on_both(|database| async move {
        let node = Node::start();
        node.change(|chain| *chain = history(5));
        let follower = Arc::new(open(&node, &database).await);
        follower.catch_up().await.unwrap();
        let address = serve(&follower).await;
        let count = |answer: Value| answer["events"].as_array().unwrap().len();
        assert_eq!(count(json(&address, "/v1/events").await), 5);
        follower.store.close().await;
        assert_eq!(count(json(&address, "/v1/events").await), 5, "the database is not asked again");
        assert_eq!(get(&address, "/v1/events?limit=3").await.0, 500);

        let follower = Arc::new(open(&node, &database).await);
        let address = serve(&follower).await;
        assert_eq!(count(json(&address, "/v1/events").await), 5);
        node.change(|chain| chain.push(transaction(5)));
        follower.catch_up().await.unwrap();
        assert_eq!(count(json(&address, "/v1/events").await), 6);
        let status = json(&address, "/v1/status").await;
        assert_eq!((status["last"].as_i64(), status["healthy"].as_bool()), (Some(6), Some(true)));
        assert_eq!(status["balances"]["treasury"], "5");
    });
}

#[test]
fn listeners_miss_nothing_and_are_told_what_vanishes() {
    on_both(|database| async move {
        let node = Node::start();
        node.change(|chain| *chain = history(4));
        let follower = Arc::new(open(&node, &database).await);
        follower.catch_up().await.unwrap();
        let address = serve(&follower).await;
        let mut stream = TcpStream::connect(&address).await.unwrap();
        let request = "GET /v1/events/stream?after=2.0 HTTP/1.1\r\nHost: ledger\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut heard = String::new();
        hear(&mut stream, &mut heard, "id: 4.0").await;
        assert!(heard.contains("id: 3.0") && !heard.contains("id: 2.0"), "{heard}");

        node.change(|chain| {
            chain.extend((4..6).map(transaction));
            chain[4..].iter_mut().for_each(|known| known.is_final = false);
        });
        follower.catch_up().await.unwrap();
        hear(&mut stream, &mut heard, "id: 6.0").await;
        node.change(|chain| drop(chain.pop()));
        follower.catch_up().await.unwrap();
        hear(&mut stream, &mut heard, "event: withdrawn").await;
        hear(&mut stream, &mut heard, "{\"after\":\"5.0\"}").await;
    });
}

/// Reads until a text has come.
async fn hear(stream: &mut TcpStream, heard: &mut String, text: &str) {
    let mut chunk = [0; 4_096];
    while !heard.contains(text) {
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut chunk)).await;
        let read = read.unwrap_or_else(|_| panic!("{text} does not come: {heard}")).unwrap();
        assert!(read > 0, "the stream has ended: {heard}");
        heard.push_str(&String::from_utf8_lossy(&chunk[..read]));
    }
}

#[test]
fn the_document_describes_every_path() {
    on_both(|database| async move {
        let node = Node::start();
        node.change(|chain| *chain = history(2));
        let follower = Arc::new(open(&node, &database).await);
        follower.catch_up().await.unwrap();
        let address = serve(&follower).await;
        let document = json(&address, "/openapi.json").await;
        assert_eq!(document["openapi"], "3.1.0");
        let paths = document["paths"].as_object().unwrap();
        for path in paths
            .keys()
            .filter(|path| !path.contains('{') && !path.ends_with("stream") && !path.ends_with("audit"))
        {
            let (status, _, body) = get(&address, path).await;
            assert_eq!(status, 200, "{path}: {body}");
        }
        let source = include_str!("../../src/api.rs");
        let routes: Vec<&str> =
            source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(routes.len(), paths.len());
        for route in routes {
            assert!(paths.contains_key(route), "{route} is not in the document");
        }
        // Every reference leads somewhere.
        let text = document.to_string();
        for name in text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(document["components"]["schemas"][name].is_object(), "{name}");
        }
    });
}
