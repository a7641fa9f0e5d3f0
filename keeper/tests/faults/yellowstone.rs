//! A keeper that hears of changes by gRPC.

use {
    crate::{geyser::Node, proxy::Weather, rig::Rig, CRASH},
    bulkhead_client::{
        address,
        instruction::{self as build, OfferKeys, Trader},
        state::OfferTerms,
    },
    bulkhead_keeper::{config::Config, draft::cranks},
    bulkhead_localnet::population::Kind,
    solana_signer::Signer,
    std::env,
};

const TOKEN: &str = "a-customer-of-this-node";
/// The variable is of this file alone, and set once: tests share the environment.
const VARIABLE: &str = "BULKHEAD_TEST_YELLOWSTONE_TOKEN";

/// A keeper without a websocket: while this feed delivers, it hears of members by it alone.
fn config(rig: &Rig, node: &Node, variable: &str) -> Config {
    let mut config = rig.config();
    config.cluster.websocket_url = String::new();
    config.cluster.grpc_url.clone_from(&node.url);
    config.cluster.grpc_token_variable = variable.into();
    config
}

#[test]
fn changes_come_by_grpc_and_again_after_it_was_cut() {
    env::set_var(VARIABLE, TOKEN);
    let rig = Rig::new();
    let node = Node::start(rig.validator.rpc_url(), TOKEN);
    let keeper = rig.start_as(config(&rig, &node, VARIABLE), &[0, 1, 2], false);
    let connected = || keeper.metrics.get("feed_connected", "") == 1.0;
    rig.until("the node is heard", |_| connected());
    rig.move_prices(CRASH);
    rig.let_prices_last();
    rig.until("nobody is due", |rig| keeper.count("landed") > 0 && rig.due() == 0);
    assert!(keeper.metrics.get("feed_messages_total", "") > 0.0, "changes have come");

    node.cut();
    rig.until("it subscribes again", |_| node.subscriptions() == 2 && connected());
    assert!(keeper.metrics.get("feed_reconnects_total", "") >= 1.0);
    keeper.stop();
}

/// The keeper of a customer whom the node does not know polls, and says that it is not connected.
#[test]
fn a_node_that_refuses_the_token_leaves_the_keeper_to_polls() {
    let rig = Rig::new();
    let node = Node::start(rig.validator.rpc_url(), TOKEN);
    let keeper = rig.start_as(config(&rig, &node, ""), &[0, 1, 2], false);
    rig.pass(3);
    rig.move_prices(CRASH);
    rig.let_prices_last();
    rig.until("nobody is due", |rig| keeper.count("landed") > 0 && rig.due() == 0);
    assert_eq!((keeper.metrics.get("feed_connected", ""), node.subscriptions()), (0.0, 0));
    keeper.stop();
}

/// Lots of the taking.
const LOTS: i64 = 10;

/// An offer is lapsed and cancelled in one transaction, of which the feed tells nothing. Its taking would be
/// tried again and again until everything is read anew, ten minutes later.
#[test]
fn a_taking_whose_offer_is_closed_is_forgotten() {
    env::set_var(VARIABLE, TOKEN);
    let rig = Rig::new();
    let node = Node::start(rig.validator.rpc_url(), TOKEN);
    let keeper = rig.start_as(config(&rig, &node, VARIABLE), &[0], false);
    rig.until("the node is heard", |_| keeper.metrics.get("feed_connected", "") == 1.0);
    rig.proxy.set(Weather::NoSimulations);

    let (keys, world) = (&rig.world.keys, &rig.world);
    let mut free = world.wallets.iter().filter(|wallet| wallet.kind == Kind::Keeper).skip(1);
    let [maker, taker] = [free.next().unwrap(), free.next().unwrap()];
    let trader = Trader { member: maker.member, signer: maker.key.pubkey() };
    let expires_ts = rig.validator.time().unix_ts() + 3_600;
    let any = [0; 32].into();
    let terms =
        OfferTerms { lots: -LOTS, min_lots: 0, limit_price: 0, expires_ts, taker: any, distance_bps: 0 };
    let offer = address::offer(&maker.member, 1);
    let offered = OfferKeys { offer, maker: maker.member, taker: taker.member };
    let mut take = vec![build::post_offer(keys, 0, trader, 1, terms)];
    take.extend(cranks(keys, &world.oracle_accounts, &[0]));
    take.push(build::take_offer(keys, 0, offered, taker.key.pubkey(), LOTS, u64::MAX, &[]));
    world.chain.run(take, vec![&maker.key, &taker.key]).unwrap();
    let tried = |outcome: &str| {
        keeper.metrics.get("actions_total", &format!("action=\"lapse_taking\",outcome=\"{outcome}\""))
    };
    rig.until("the keeper wants to end it", |_| tried("unreachable") > 0.0);

    let loads = keeper.metrics.get("reloads_total", "");
    let cancel = build::cancel_offer(offer, maker.key.pubkey(), maker.key.pubkey());
    world.chain.run(vec![build::lapse_taking(offered), cancel], vec![&maker.key]).unwrap();
    rig.proxy.set(Weather::Fair);
    rig.pass(5);
    let (refused, unreachable) = (tried("refused"), tried("unreachable"));
    assert!(refused <= 1.0, "{refused} times");
    rig.pass(30);
    assert_eq!((tried("refused"), tried("unreachable"), tried("landed")), (refused, unreachable, 0.0));
    assert_eq!(keeper.metrics.get("reloads_total", ""), loads, "nothing was read anew");
    keeper.stop();
}
