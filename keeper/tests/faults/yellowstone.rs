//! A keeper that hears of changes by gRPC.

use {
    crate::{geyser::Node, rig::Rig, CRASH},
    bulkhead_keeper::config::Config,
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
