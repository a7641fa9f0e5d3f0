//! Runs the keeper against networks as they are. Whatever happened, once the cluster answers again
//! no member stays liquidatable for longer than a bounded number of slots.

mod desk;
mod geyser;
mod loading;
mod operator;
mod policies;
mod prices;
mod pro;
mod proxy;
mod rig;
mod starting;
mod yellowstone;

use {
    bulkhead_keeper::plan::{plan, Action, Policy},
    proxy::Weather,
    rig::Rig,
    std::{
        collections::BTreeSet,
        io::{Read, Write},
        net::TcpStream,
    },
};

/// A fall that leaves some members below maintenance and that trips no breaker.
const CRASH: i64 = 9_200;

/// Moves the price while the network is broken. Once it is whole again, the keeper does what is
/// due.
fn survives(weather: Weather) {
    let rig = Rig::new();
    let keeper = rig.keeper(&[0, 1, 2]);
    rig.pass(3);
    rig.proxy.set(weather);
    rig.move_prices(CRASH);
    rig.let_prices_last();
    rig.pass(10);
    assert!(rig.due() > 0, "somebody is below maintenance, and nothing can be sent");
    rig.proxy.set(Weather::Fair);
    rig.until("nobody is due", |rig| rig.due() == 0);
    rig.until("the keeper has done it", |_| keeper.count("landed") > 0);
    keeper.stop();
}

#[test]
fn rpc_errors() {
    survives(Weather::Overloaded);
}

#[test]
fn no_cluster_at_all() {
    survives(Weather::Down);
}

/// A node that is gone refuses a connection at once. The keeper waits before it tries again, and does
/// not spin. Polls tell how much time has passed: they fail in the same way, and wait for less.
#[test]
fn a_node_that_is_gone_is_not_asked_without_a_pause() {
    let rig = Rig::new();
    let mut config = rig.config();
    config.sending.most_in_flight = 1;
    let keeper = rig.start_as(config, &[0, 1, 2], false);
    rig.pass(3);
    rig.proxy.set(Weather::NoSimulations);
    rig.move_prices(CRASH);
    rig.let_prices_last();
    rig.until("the keeper wants to act", |_| keeper.count("unreachable") > 0);
    rig.proxy.set(Weather::Down);
    let polls = || keeper.metrics.get("errors_total", "at=\"poll\"");
    let (first_poll, first_attempt) = (polls(), keeper.count("unreachable"));
    rig.until("the keeper has polled in vain", |_| polls() >= first_poll + 20.0);
    let (polls, attempts) = (polls() - first_poll, keeper.count("unreachable") - first_attempt);
    println!("{attempts} attempts, {polls} polls");
    assert!(attempts > 0, "it tries again");
    assert!(attempts as f64 <= polls, "{attempts} attempts in the time of {polls} polls");
    keeper.stop();
}

#[test]
fn a_stale_blockhash() {
    survives(Weather::StaleBlockhash);
}

#[test]
fn transactions_that_are_swallowed() {
    survives(Weather::Swallowing);
}

#[test]
fn websockets_that_drop() {
    let rig = Rig::new();
    let keeper = rig.keeper(&[0, 1, 2]);
    rig.until("the websocket is connected", |_| keeper.metrics.get("feed_connected", "") > 0.0);
    for bps in [9_800, 9_700, 9_700] {
        rig.proxy.cut_websockets();
        rig.move_prices(bps);
        rig.pass(8);
    }
    rig.until("nobody is due", |rig| rig.due() == 0);
    let is_back = |_: &Rig| {
        keeper.metrics.get("feed_reconnects_total", "") >= 3.0
            && keeper.metrics.get("feed_connected", "") > 0.0
    };
    rig.until("the websocket is connected again", is_back);
    let heard = keeper.metrics.get("feed_messages_total", "");
    rig.move_prices(9_900);
    rig.until("prices come by websocket", |_| keeper.metrics.get("feed_messages_total", "") > heard);
    keeper.stop();
}

/// The connection stays open, and nothing comes. Only the news that polls bring shows it.
#[test]
fn a_websocket_that_falls_silent() {
    let rig = Rig::new();
    let keeper = rig.keeper(&[0, 1, 2]);
    rig.until("the websocket is connected", |_| keeper.metrics.get("feed_connected", "") > 0.0);
    rig.proxy.mute_websockets();
    let is_noticed = |rig: &Rig| {
        rig.move_prices(9_990);
        keeper.metrics.get("feed_reconnects_total", "") >= 1.0
    };
    rig.until("it is noticed", is_noticed);
    rig.until("another one is open", |_| keeper.metrics.get("feed_connected", "") > 0.0);
    keeper.stop();
}

#[test]
fn slot_gaps() {
    let rig = Rig::new();
    let keeper = rig.keeper(&[0, 1, 2]);
    rig.pass(3);
    rig.move_prices(CRASH);
    rig.let_prices_last();
    rig.oracles.wait_slots(1_000).unwrap();
    rig.until("nobody is due", |rig| rig.due() == 0);
    keeper.stop();
}

/// The chain's clock shows the day of the crash and the machine's shows today. Only the chain's
/// counts.
#[test]
fn a_wrong_clock_and_a_look_from_outside() {
    let rig = Rig::new();
    let keeper = rig.keeper(&[0, 1, 2]);
    let today = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64;
    assert!((today - rig.book().now).abs() > 86_400);
    rig.move_prices(CRASH);
    rig.let_prices_last();
    rig.until("nobody is due", |rig| rig.due() == 0);

    assert!(get(keeper.listen, "/healthz").ends_with("\r\n\r\nok\n"));
    let metrics = get(keeper.listen, "/metrics");
    assert!(metrics.contains("bulkhead_keeper_due_members"), "{metrics}");
    rig.proxy.set(Weather::Down);
    let is_unwell = || get(keeper.listen, "/healthz").starts_with("HTTP/1.1 503");
    desk::wait("a keeper that cannot read the chain is not healthy", is_unwell);
    rig.proxy.set(Weather::Fair);
    keeper.stop();
}

/// Losers are settled together. One of them is refused for a reason that nobody else has: the others are
/// settled without it, and it is once it can be.
#[test]
fn a_loser_that_cannot_be_settled_holds_up_no_other() {
    let rig = Rig::new();
    rig.move_prices(9_800);
    let losers = |rig: &Rig| {
        let book = rig.book();
        let planned = plan(&book, &[], &Policy::default()).unwrap().into_iter();
        let settled = planned.filter_map(|action| match action {
            Action::Settle { market, members, .. } => Some((market, members)),
            _ => None,
        });
        let all =
            settled.flat_map(|(market, members)| members.into_iter().map(move |member| (market, member)));
        let lost = all.filter(|(market, member)| book.members[member].position(*market).lots > 0);
        lost.map(|(_, member)| member).collect::<BTreeSet<_>>()
    };
    let before = losers(&rig);
    let refused = *before.first().expect("some have lost");
    assert!(before.len() > 1, "several go together: {before:?}");
    rig.proxy.set(Weather::Refusing(refused));
    let keeper = rig.keeper(&[0]);
    rig.until("all others are settled", |rig| losers(rig).iter().all(|member| *member == refused));
    assert!(losers(&rig).contains(&refused));
    let settled = |outcome: &str| {
        keeper.metrics.get("actions_total", &format!("action=\"settle\",outcome=\"{outcome}\""))
    };
    rig.until("refusals are counted", |_| settled("refused") > 0.0 && settled("landed") > 0.0);
    rig.proxy.set(Weather::Fair);
    rig.until("it is settled too", |rig| losers(rig).is_empty());
    keeper.stop();
}

#[test]
fn a_restarted_validator() {
    let mut rig = Rig::new();
    rig.pass(200);
    let keeper = rig.keeper(&[0, 1, 2]);
    rig.pass(3);
    rig.restart();
    rig.move_prices(CRASH);
    rig.let_prices_last();
    rig.until("nobody is due", |rig| rig.due() == 0);
    assert!(keeper.metrics.get("reloads_total", "") >= 1.0);
    keeper.stop();
}

/// Both keepers see the same. The slower one is refused in the simulation or, at worst, pays for
/// one failing transaction.
#[test]
fn a_second_keeper() {
    let rig = Rig::new();
    let (first, second) = (rig.keeper(&[0, 1]), rig.keeper(&[2]));
    rig.pass(3);
    rig.move_prices(CRASH);
    rig.let_prices_last();
    rig.until("nobody is due", |rig| rig.due() == 0);
    rig.until("one of them has done it", |_| first.count("landed") + second.count("landed") > 0);
    rig.pass(10);
    let (landed, failed) =
        (first.count("landed") + second.count("landed"), first.count("lost") + second.count("lost"));
    println!("landed {landed}, failed {failed}");
    assert!(landed > 0 && failed <= landed, "{failed} failed, {landed} landed");
    first.stop();
    second.stop();
}

fn get(address: std::net::SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: keeper\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
