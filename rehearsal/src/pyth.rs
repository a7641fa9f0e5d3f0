//! Prices, as Pyth has them: a Hermes that anybody with a key can ask, and a sponsored account of one
//! feed. The other feeds have none, so that their prices have to be posted.

use {
    anyhow::{Context, Result},
    bulkhead_client::Address,
    bulkhead_inspect::migration::NamedMarket,
    bulkhead_localnet::{pyth::PriceUpdate, stop::Stop, validator::Validator},
    bulkhead_migrate::cluster::Cluster,
    bulkhead_pyth::{receiver::guardian_set, FeedId, Receiver},
    local_hermes::{feed, receiver_config, Guardians, Server},
    serde_json::{json, Value},
    solana_rpc_client::rpc_client::RpcClient,
    solana_rpc_client_api::request::RpcRequest,
    std::{thread, time::Duration},
};

/// The key that the local Hermes wants.
pub const API_KEY: &str = "rehearsal";
/// The symbol of the market whose feed is sponsored.
pub const SPONSORED: &str = "SOL";
/// The number of the guardian set.
const SET: u32 = 3;
/// As many as Pyth's routers.
const GUARDIANS: u8 = 5;
/// The file of the program that stands in for Pyth's receiver and Wormhole.
const STAND_IN: &str = "sbf_receiver.so";
/// Time between two looks at the chain's clock.
const BEAT: Duration = Duration::from_millis(400);
/// Prices in dollars by symbol; others cost a dollar.
const DOLLARS: [(&str, i64); 3] = [("BTC", 90_000), ("ETH", 3_000), ("SOL", 140)];
/// The confidence is this part of the price.
const PRICE_PER_CONFIDENCE: i64 = 2_000;

/// One feed.
#[derive(Clone, Debug)]
struct Feed {
    id: FeedId,
    exponent: i32,
    price: i64,
    /// Its sponsored account, if it has one.
    account: Option<Address>,
}

/// Puts Pyth's receiver and its configuration on the cluster.
///
/// # Errors
/// When the stand-in is not built, or the validator refuses.
pub fn install(validator: &Validator, guardians: &Guardians) -> Result<()> {
    let receiver = Receiver::Core;
    for program in [receiver.program(), receiver.wormhole()] {
        validator.deploy_at(program, STAND_IN)?;
    }
    let config = receiver_config(receiver.wormhole().as_array(), 0, 1);
    validator.set_account(&receiver.config(), &receiver.program(), &config)?;
    let set = guardian_set(&receiver.wormhole(), SET);
    validator.set_account(&set, &receiver.wormhole(), &guardians.account())
}

/// The guardians of the local Hermes.
pub fn guardians() -> Guardians {
    Guardians::new(SET, GUARDIANS)
}

/// Publishes a price of every market each second of the chain's clock, until it is stopped. Returns the
/// address of the Hermes.
///
/// # Errors
/// When the cluster does not answer.
pub fn publish(rpc_url: &str, markets: &[NamedMarket], guardians: Guardians, stop: Stop) -> Result<String> {
    let feeds: Vec<Feed> = markets.iter().map(of_market).collect();
    let hermes = Server::start(guardians, API_KEY);
    let url = hermes.url.clone();
    let (cluster, _) = Cluster::connect(rpc_url, 0)?;
    let rpc = RpcClient::new(rpc_url.to_owned());
    thread::Builder::new().name("pyth".into()).spawn(move || {
        let mut last = 0;
        while !stop.is_set() {
            // A cluster that is gone has ended with the rehearsal.
            if let Ok((slot, now)) = cluster.clock() {
                if now > last {
                    feeds.iter().for_each(|feed| print(&hermes, &rpc, feed, slot, last, now));
                    last = now;
                }
            }
            stop.wait(BEAT);
        }
    })?;
    Ok(url)
}

fn of_market(market: &NamedMarket) -> Feed {
    let (id, decimals) = (market.params.oracle.feed_id, market.params.price_decimals);
    let dollars = DOLLARS.iter().find(|(symbol, _)| *symbol == market.symbol).map_or(1, |(_, usd)| *usd);
    let account = (market.symbol == SPONSORED).then(|| Receiver::Core.sponsored(0, &id));
    Feed { id, exponent: -i32::from(decimals), price: dollars * 10i64.pow(decimals.into()), account }
}

/// Publishes one print. The price goes a little up and down.
fn print(hermes: &Server, rpc: &RpcClient, known: &Feed, slot: u64, last: i64, now: i64) {
    let price = known.price + known.price / 100_000 * (now % 7 - 3);
    let confidence = (price / PRICE_PER_CONFIDENCE).unsigned_abs();
    hermes.set(feed(known.id, price, confidence, known.exponent, now));
    let Some(account) = known.account else { return };
    let update = PriceUpdate {
        feed_id: known.id,
        write_authority: account,
        price,
        confidence,
        exponent: known.exponent,
        publish_ts: now,
        previous_publish_ts: last,
        ema_price: price,
        ema_confidence: confidence,
        posted_slot: slot,
    };
    // What does not arrive is made good by the next print.
    let _ = put(rpc, &account, &update.encode());
}

fn put(rpc: &RpcClient, address: &Address, data: &[u8]) -> Result<()> {
    let hex: String = data.iter().map(|byte| format!("{byte:02x}")).collect();
    let owner = Receiver::Core.program().to_string();
    let account = json!({ "lamports": 10_000_000, "data": hex, "owner": owner });
    let method = RpcRequest::Custom { method: "surfnet_setAccount" };
    rpc.send::<Value>(method, json!([address.to_string(), account])).context("the sponsored price")?;
    Ok(())
}
