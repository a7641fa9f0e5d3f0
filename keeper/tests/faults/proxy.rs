//! A proxy between keeper and validator that passes requests on, or breaks them the way networks
//! do.

use {
    bulkhead_client::Address,
    bulkhead_keeper::bulk::PAGED,
    std::{
        collections::BTreeMap,
        net::SocketAddr,
        sync::{Arc, Mutex},
        time::Duration,
    },
    tokio::{
        io::{copy_bidirectional, AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
        runtime::Runtime,
        sync::watch,
    },
};

/// How late a slow answer comes.
pub const LATE: Duration = Duration::from_millis(1_500);

/// The proxy's treatment of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Requests are passed on.
    Fair,
    /// Every connection is closed at once.
    Down,
    /// Every request gets a 503.
    Overloaded,
    /// Everything works, but the latest blockhash is one that no node knows.
    StaleBlockhash,
    /// Transactions are accepted and never seen again.
    Swallowing,
    /// Everything can be read, but the connection of a simulation is closed at once.
    NoSimulations,
    /// A simulation of whatever names this account fails, as if the program refused it.
    Refusing(Address),
    /// The node has all accounts of a program in pages too.
    Paged,
    /// The same, but it gives the first page again and again.
    SamePage,
    /// All accounts of a program come late, everything else at once.
    Slow,
}

#[derive(Clone)]
struct Shared {
    weather: Arc<Mutex<Weather>>,
    /// How often each method was asked for.
    asked: Arc<Mutex<BTreeMap<String, u64>>>,
    rpc: Arc<Mutex<SocketAddr>>,
    websocket: Arc<Mutex<SocketAddr>>,
    /// Raised to cut every websocket.
    cut: watch::Sender<u64>,
    /// Raised to let every websocket stay open and fall silent.
    mute: watch::Sender<u64>,
}

/// A proxy on two ports of its own.
pub struct Proxy {
    shared: Shared,
    rpc: SocketAddr,
    websocket: SocketAddr,
    _runtime: Runtime,
}

impl Proxy {
    /// Starts a proxy in front of a validator with these addresses.
    pub fn start(rpc_url: &str, websocket_url: &str) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let shared = Shared {
            weather: Arc::new(Mutex::new(Weather::Fair)),
            asked: Arc::default(),
            rpc: Arc::new(Mutex::new(socket(rpc_url))),
            websocket: Arc::new(Mutex::new(socket(websocket_url))),
            cut: watch::Sender::new(0),
            mute: watch::Sender::new(0),
        };
        let open = || runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let (rpc, websocket) = (open(), open());
        let (rpc_at, websocket_at) = (rpc.local_addr().unwrap(), websocket.local_addr().unwrap());
        let (for_rpc, for_websocket) = (shared.clone(), shared.clone());
        runtime.spawn(async move {
            while let Ok((client, _)) = rpc.accept().await {
                let shared = for_rpc.clone();
                tokio::spawn(async move { drop(pass_request(client, &shared).await) });
            }
        });
        runtime.spawn(async move {
            while let Ok((client, _)) = websocket.accept().await {
                let shared = for_websocket.clone();
                tokio::spawn(async move { drop(pass_stream(client, &shared).await) });
            }
        });
        Self { shared, rpc: rpc_at, websocket: websocket_at, _runtime: runtime }
    }

    pub fn rpc_url(&self) -> String {
        format!("http://{}", self.rpc)
    }

    pub fn websocket_url(&self) -> String {
        format!("ws://{}", self.websocket)
    }

    /// Changes the treatment from now on.
    pub fn set(&self, weather: Weather) {
        *self.shared.weather.lock().unwrap() = weather;
        if weather == Weather::Down {
            self.cut_websockets();
        }
    }

    /// How often a method has been asked for.
    pub fn asked(&self, method: &str) -> u64 {
        self.shared.asked.lock().unwrap().get(method).copied().unwrap_or_default()
    }

    pub fn cut_websockets(&self) {
        self.shared.cut.send_modify(|cut| *cut += 1);
    }

    /// Silences the websockets that are open now.
    pub fn mute_websockets(&self) {
        self.shared.mute.send_modify(|mute| *mute += 1);
    }

    /// Leads to another validator from now on.
    pub fn lead_to(&self, rpc_url: &str, websocket_url: &str) {
        *self.shared.rpc.lock().unwrap() = socket(rpc_url);
        *self.shared.websocket.lock().unwrap() = socket(websocket_url);
        self.cut_websockets();
    }
}

fn socket(url: &str) -> SocketAddr {
    url.rsplit('/').next().unwrap().parse().unwrap()
}

async fn pass_stream(mut client: TcpStream, shared: &Shared) -> std::io::Result<()> {
    if *shared.weather.lock().unwrap() == Weather::Down {
        return Ok(());
    }
    let (mut cut, mut mute) = (shared.cut.subscribe(), shared.mute.subscribe());
    let upstream = *shared.websocket.lock().unwrap();
    let mut server = TcpStream::connect(upstream).await?;
    tokio::select! {
        passed = copy_bidirectional(&mut client, &mut server) => return passed.map(drop),
        _ = cut.changed() => return Ok(()),
        _ = mute.changed() => {}
    }
    let _ = cut.changed().await;
    Ok(())
}

/// Passes on one request, and closes the connection.
async fn pass_request(mut client: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let weather = *shared.weather.lock().unwrap();
    if weather == Weather::Down {
        return Ok(());
    }
    let (head, body) = read_request(&mut client).await?;
    if weather == Weather::Overloaded {
        return client
            .write_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .await;
    }
    let asked: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let method = asked["method"].as_str().unwrap_or_default();
    *shared.asked.lock().unwrap().entry(method.into()).or_default() += 1;
    if weather == Weather::Slow && method == "getProgramAccounts" {
        tokio::time::sleep(LATE).await;
    }
    if weather == Weather::NoSimulations && method == "simulateTransaction" {
        return Ok(());
    }
    let answer = if weather == Weather::Swallowing && method == "sendTransaction" {
        let transaction = asked["params"][0].as_str().unwrap_or_default();
        serde_json::json!({ "jsonrpc": "2.0", "id": asked["id"], "result": first_signature(transaction) })
    } else if method == "simulateTransaction" && is_refused(weather, &asked) {
        let refused = serde_json::json!({ "err": { "InstructionError": [0, { "Custom": 0 }] }, "logs": [] });
        let result = serde_json::json!({ "context": { "slot": 1 }, "value": refused });
        serde_json::json!({ "jsonrpc": "2.0", "id": asked["id"], "result": result })
    } else if matches!(weather, Weather::Paged | Weather::SamePage) && method == PAGED {
        let upstream = *shared.rpc.lock().unwrap();
        page(upstream, &head, asked, weather).await?
    } else {
        let upstream = *shared.rpc.lock().unwrap();
        let mut answer = ask(upstream, &head, &body).await?;
        if weather == Weather::StaleBlockhash && method == "getLatestBlockhash" {
            answer["result"]["value"]["blockhash"] = "4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY".into();
        }
        answer
    };
    let text = answer.to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: \
         close\r\n\r\n",
        text.len()
    );
    client.write_all(head.as_bytes()).await?;
    client.write_all(text.as_bytes()).await
}

/// A page as nodes give it that have them: in the order of addresses, from after the cursor. The cursor is an
/// address, and it is missing once there is nothing left.
async fn page(
    upstream: SocketAddr,
    head: &str,
    mut asked: serde_json::Value,
    weather: Weather,
) -> std::io::Result<serde_json::Value> {
    let config = asked["params"][1].as_object_mut().unwrap();
    let limit = config.remove("limit").and_then(|limit| limit.as_u64()).unwrap() as usize;
    let cursor = config.remove("paginationKey").map(|cursor| cursor.as_str().unwrap().to_owned());
    let cursor = cursor.filter(|_| weather != Weather::SamePage);
    asked["method"] = "getProgramAccounts".into();
    let mut answer = ask(upstream, head, asked.to_string().as_bytes()).await?;
    let mut accounts = answer["result"].as_array().unwrap().clone();
    accounts
        .retain(|account| cursor.as_deref().is_none_or(|after| account["pubkey"].as_str().unwrap() > after));
    accounts.sort_by_key(|account| account["pubkey"].as_str().unwrap().to_owned());
    accounts.truncate(limit);
    let next = accounts.last().map(|account| account["pubkey"].clone());
    answer["result"] = serde_json::json!({ "accounts": accounts, "paginationKey": next });
    Ok(answer)
}

fn bytes(transaction: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(transaction).unwrap_or_default()
}

/// Whether a simulation is of a transaction that is refused.
fn is_refused(weather: Weather, asked: &serde_json::Value) -> bool {
    let Weather::Refusing(account) = weather else { return false };
    let transaction = bytes(asked["params"][0].as_str().unwrap_or_default());
    transaction.windows(32).any(|key| key == account.as_ref())
}

/// The first signature of a transaction in base 58, as a node answers.
fn first_signature(transaction: &str) -> String {
    let bytes = bytes(transaction);
    let signature = bytes.get(1..65).and_then(|bytes| <[u8; 64]>::try_from(bytes).ok()).unwrap_or([0; 64]);
    solana_signature::Signature::from(signature).to_string()
}

async fn ask(upstream: SocketAddr, head: &str, body: &[u8]) -> std::io::Result<serde_json::Value> {
    let path = head.split(' ').nth(1).unwrap_or("/");
    let mut server = TcpStream::connect(upstream).await?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {upstream}\r\nContent-Type: application/json\r\nContent-Length: \
         {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    server.write_all(head.as_bytes()).await?;
    server.write_all(body).await?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await?;
    let start = answer.windows(4).position(|end| end == b"\r\n\r\n").map_or(answer.len(), |end| end + 4);
    Ok(serde_json::from_slice(&answer[start..]).unwrap_or_default())
}

async fn read_request(client: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4_096];
    loop {
        let read = client.read(&mut chunk).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&chunk[..read]);
        let Some(end) = bytes.windows(4).position(|end| end == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        if bytes.len() >= end + 4 + length.unwrap_or(0) {
            return Ok((head, bytes.split_off(end + 4)));
        }
    }
}
