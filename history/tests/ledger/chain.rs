//! A real fund on the embedded validator: members trade, a crash makes a default, and the audit agrees
//! to the unit on both databases.

use {
    crate::{databases, Database},
    bulkhead_audit::Difference,
    bulkhead_history::{
        audit::{self, Audited},
        books::Books,
        config::Config,
        service,
        store::Filter,
    },
    bulkhead_keeper::plan::Policy,
    bulkhead_localnet::{
        demo::{self, Options},
        lockstep::Watch,
        progress::Progress,
        publisher::Publisher,
        validator::{Time, Validator},
        world::{payer, World},
    },
};

/// Slots until a transaction of the embedded validator is final.
const FINAL: u64 = 40;

struct Nobody;

impl Watch for Nobody {
    fn before(&mut self) -> anyhow::Result<()> {
        Ok(())
    }

    fn done(
        &mut self,
        _: &bulkhead_keeper::plan::Action,
        _: &bulkhead_localnet::chain::Outcome,
    ) -> anyhow::Result<()> {
        Ok(())
    }
}

/// A fund whose members have traded, then a crash with a keeper at work.
fn crash() -> (&'static Validator, World<'static>) {
    let options = Options::of(8, 1);
    let (parameters, scenario) = options.load().unwrap();
    // A validator lives as long as the process anyway.
    let validator: &Validator = Box::leak(Box::new(Validator::boot(&payer(options.seed)).unwrap()));
    validator.set_time(Time { slot: 1_000_000, unix_ms: scenario.start_ts * 1_000 }).unwrap();
    let oracles: &Publisher = Box::leak(Box::new(Publisher::new(validator, &parameters.markets)));
    let quiet = Progress::new(true);
    let world = demo::set_up(validator, oracles, parameters, &scenario, &options, &quiet).unwrap().world;
    for bps in [8_000, 7_500, 7_000] {
        let quotes: Vec<(i64, u64)> =
            oracles.quotes().iter().map(|(price, confidence)| (price * bps / 10_000, *confidence)).collect();
        oracles.publish(&quotes).unwrap();
        for _ in 0..6 {
            let now = validator.time().unix_ms;
            oracles.wait_until(now + 60_000).unwrap();
            world.keeper(Policy::default()).round(&mut Nobody).unwrap();
        }
    }
    (validator, world)
}

async fn audited(world: &World<'_>, database: &Database, provisional: bool) -> Audited {
    let (rpc, websocket) = (world.validator.rpc_url(), world.validator.ws_url());
    let config = Config::of(rpc, websocket, &world.keys.fund.to_string(), &database.url);
    let follower = service::open(&config).await.unwrap_or_else(|error| panic!("{error:#}"));
    let audited = audit::run(&follower, provisional).await.unwrap_or_else(|error| panic!("{error:#}"));
    assert!(service::look_once(&follower).await.unwrap().margin_required > 0);
    follower.store.close().await;
    audited
}

#[test]
fn the_audit_of_a_fund_after_a_crash_agrees_to_the_unit() {
    let (validator, world) = crash();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    // What is confirmed is a slot old.
    validator.advance_slots(2).unwrap();
    let databases = databases();
    for database in &databases {
        let audited = runtime.block_on(audited(&world, database, true));
        println!("{audited}");
        assert!(audited.is_good() && audited.members > 8 && audited.events > 100);
        assert!(audited.defaults > 0, "the crash makes a default");
    }
    // Final accounts and events say the same.
    validator.advance_slots(FINAL).unwrap();
    for database in &databases {
        assert!(runtime.block_on(audited(&world, database, false)).is_good());
    }
    // An audit that cannot fail would be none.
    let [database, _] = &databases;
    let missing = runtime.block_on(without_one_event(&world, database));
    println!("without one event: {missing}");
}

/// Leaves the last trade out of a copy of the events, and returns the first difference.
async fn without_one_event(world: &World<'_>, database: &Database) -> Difference {
    let config = Config::of(world.validator.rpc_url(), "", &world.keys.fund.to_string(), &database.url);
    let follower = service::open(&config).await.unwrap();
    let filter = Filter { limit: i64::MAX, ..Filter::default() };
    let mut events = follower.store.events(&filter).await.unwrap();
    let last = events.iter().rposition(|event| event.kind == "Novated").expect("members have traded");
    events.remove(last);
    let books = Books::of(events, world.keys.fund).unwrap();
    let book = audit::accounts(&follower.source).await.unwrap();
    let audited = audit::compare(&follower.store, &books, &book).await.unwrap();
    assert!(!audited.is_good());
    println!("{audited}");
    audited.parted.map(|parted| parted.difference).or(audited.differences.first().cloned()).unwrap()
}
