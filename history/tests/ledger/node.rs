//! A node that answers as a test says: to inject the faults that a real one cannot be made to have. It
//! holds a list of transactions, and no state of accounts.

use {
    anchor_lang::Discriminator,
    base64::{engine::general_purpose::STANDARD, Engine as _},
    bulkhead_client::{program_id, Address},
    serde_json::{json, Value},
    solana_signature::Signature,
    std::sync::{Arc, Mutex},
    tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    },
};

/// A transaction of the fund.
#[derive(Clone, Debug)]
pub struct Transaction {
    pub signature: String,
    pub slot: u64,
    pub time: i64,
    pub logs: Vec<String>,
    pub has_failed: bool,
    pub is_final: bool,
}

/// What is wrong with the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Every second request fails.
    Flaky,
    /// Every request fails.
    Down,
    /// It lists transactions that it does not give.
    Forgets,
    /// It lists each transaction twice, on two pages.
    Repeats,
    /// It keeps no logs beyond the first line.
    CutsLogs,
}

#[derive(Default)]
struct Inner {
    chain: Vec<Transaction>,
    fault: Option<Fault>,
    requests: u64,
    slot: u64,
}

/// A node.
pub struct Node {
    inner: Arc<Mutex<Inner>>,
    pub url: String,
}

impl Node {
    /// Starts a node with an empty chain.
    pub fn start() -> Self {
        let inner = Arc::new(Mutex::new(Inner::default()));
        let shared = inner.clone();
        let (tell, told) = std::sync::mpsc::channel();
        // A thread of its own, for as long as the tests run.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(format!("http://{}", listener.local_addr().unwrap())).unwrap();
                while let Ok((client, _)) = listener.accept().await {
                    let shared = shared.clone();
                    tokio::spawn(async move { drop(serve(client, &shared).await) });
                }
            });
        });
        Self { inner, url: told.recv().unwrap() }
    }

    pub fn set(&self, fault: Fault) {
        self.inner.lock().unwrap().fault = Some(fault);
    }

    /// Changes the chain.
    pub fn change(&self, change: impl FnOnce(&mut Vec<Transaction>)) {
        let mut inner = self.inner.lock().unwrap();
        change(&mut inner.chain);
        inner.slot = inner.chain.iter().map(|known| known.slot).max().unwrap_or_default();
    }

    /// The signatures of the transactions that have succeeded, the oldest first.
    pub fn signatures(&self) -> Vec<String> {
        let inner = self.inner.lock().unwrap();
        inner.chain.iter().filter(|known| !known.has_failed).map(|known| known.signature.clone()).collect()
    }
}

/// A signature that no other number has.
pub fn signature(number: u64) -> String {
    let mut bytes = [7; 64];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    Signature::from(bytes).to_string()
}

/// The log lines of a call that emits an event.
pub fn log<E: Discriminator + bytemuck::Pod>(event: &E) -> Vec<String> {
    let bytes = [E::DISCRIMINATOR, bytemuck::bytes_of(event)].concat();
    vec![
        format!("Program {} invoke [1]", program_id()),
        format!("Program data: {}", STANDARD.encode(bytes)),
        format!("Program {} success", program_id()),
    ]
}

fn answer(inner: &Mutex<Inner>, asked: &Value) -> Result<Value, Value> {
    let mut inner = inner.lock().unwrap();
    inner.requests += 1;
    let fault = inner.fault.unwrap_or(Fault::None);
    let unwell = json!({ "code": -32005, "message": "Node is unhealthy" });
    if fault == Fault::Down || fault == Fault::Flaky && inner.requests.is_multiple_of(2) {
        return Err(unwell);
    }
    let parameters = &asked["params"];
    match asked["method"].as_str().unwrap_or_default() {
        "getGenesisHash" => Ok(program_id().to_string().into()),
        "getVersion" => Ok(json!({ "solana-core": "4.2.2", "feature-set": 1 })),
        "getSlot" => Ok(inner.slot.into()),
        "getAccountInfo" => Ok(json!({
            "context": { "slot": inner.slot },
            "value": account(parameters[0].as_str().unwrap_or_default()),
        })),
        "getSignaturesForAddress" => Ok(list(&inner.chain, &parameters[1], fault)),
        "getTransaction" => {
            let known =
                inner.chain.iter().find(|known| Some(known.signature.as_str()) == parameters[0].as_str());
            Ok(known.filter(|_| fault != Fault::Forgets).map_or(Value::Null, |known| give(known, fault)))
        }
        other => Err(json!({ "code": -32601, "message": format!("{other} is not for tests") })),
    }
}

/// An address that nothing is at.
pub const NOTHING: Address = Address::new_from_array([0xee; 32]);
/// An address at which something else than a fund is.
pub const STRANGE: Address = Address::new_from_array([0xef; 32]);

/// The head of an account.
fn account(address: &str) -> Value {
    if address == NOTHING.to_string() {
        return Value::Null;
    }
    let owner = if address == STRANGE.to_string() { STRANGE } else { program_id() };
    json!({
        "lamports": 1, "owner": owner.to_string(), "data": ["", "base64"], "executable": false,
        "rentEpoch": 0, "space": 0,
    })
}

fn list(chain: &[Transaction], config: &Value, fault: Fault) -> Value {
    let finalized = config["commitment"] == "finalized";
    let limit = config["limit"].as_u64().unwrap_or(1_000) as usize;
    let visible = chain.iter().rev().filter(|known| known.is_final || !finalized);
    let mut listed: Vec<&Transaction> = visible.collect();
    if let Some(before) = config["before"].as_str() {
        let place = listed.iter().position(|known| known.signature == before);
        // A page that begins where the one before ended, and not after it.
        let place = place.map_or(listed.len(), |place| {
            place + usize::from(fault != Fault::Repeats || listed.len() == place + 1)
        });
        listed.drain(..place);
    }
    listed.truncate(limit);
    let entry = |known: &&Transaction| {
        let error = if known.has_failed {
            json!({ "InstructionError": [0, { "Custom": 6000 }] })
        } else {
            Value::Null
        };
        json!({
            "signature": known.signature,
            "slot": known.slot,
            "err": error,
            "memo": null,
            "blockTime": known.time,
            "confirmationStatus": if known.is_final { "finalized" } else { "confirmed" },
        })
    };
    listed.iter().map(entry).collect()
}

fn give(known: &Transaction, fault: Fault) -> Value {
    let mut logs = known.logs.clone();
    if fault == Fault::CutsLogs {
        logs.truncate(1);
        logs.push("Log truncated".into());
    }
    json!({
        "slot": known.slot,
        "blockTime": known.time,
        "version": "legacy",
        "transaction": ["AQ==", "base64"],
        "meta": {
            "err": null, "status": { "Ok": null }, "fee": 5000, "preBalances": [], "postBalances": [],
            "innerInstructions": [], "logMessages": logs, "preTokenBalances": [], "postTokenBalances": [],
            "rewards": [], "loadedAddresses": { "writable": [], "readonly": [] }, "computeUnitsConsumed": 1,
        },
    })
}

async fn serve(mut client: TcpStream, inner: &Mutex<Inner>) -> std::io::Result<()> {
    loop {
        let Some(body) = read(&mut client).await? else { return Ok(()) };
        let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
        let text = match answer(inner, &asked) {
            Ok(result) => json!({ "jsonrpc": "2.0", "id": asked["id"], "result": result }),
            Err(error) => json!({ "jsonrpc": "2.0", "id": asked["id"], "error": error }),
        };
        let text = text.to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            text.len()
        );
        client.write_all(head.as_bytes()).await?;
        client.write_all(text.as_bytes()).await?;
    }
}

async fn read(client: &mut TcpStream) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4_096];
    loop {
        let read = client.read(&mut chunk).await?;
        if read == 0 {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk[..read]);
        let Some(end) = bytes.windows(4).position(|end| end == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
        if bytes.len() >= end + 4 + length.unwrap_or(0) {
            return Ok(Some(bytes.split_off(end + 4)));
        }
    }
}
