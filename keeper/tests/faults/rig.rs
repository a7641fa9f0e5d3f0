//! A fund on an embedded validator, a proxy before it, and keepers behind the proxy.
//!
//! Slots pass when the test says so, a little while after each other. The speed of the machine
//! changes how long a test takes, and not how it ends.

use {
    crate::proxy::Proxy,
    bulkhead_book::Book,
    bulkhead_client::{
        state::{Member, MemberStatus},
        Address,
    },
    bulkhead_keeper::{
        config::{Commitment, Config},
        draft::cranks,
        metrics::Metrics,
        plan::{plan, Action, Policy},
        service::Service,
        start::start_with,
        triggers::is_due,
    },
    bulkhead_localnet::{
        covers,
        demo::{self, Options},
        population::Kind,
        progress::Progress,
        publisher::Publisher,
        validator::{Time, Validator},
        world::{payer, World},
    },
    bulkhead_math::interval::CELL_SECS,
    solana_keypair::Keypair,
    std::{
        sync::Arc,
        thread::{sleep, spawn, JoinHandle},
        time::Duration,
    },
    tokio::sync::watch,
};

/// Real time of one slot in these tests.
const SLOT: Duration = Duration::from_millis(150);
const FIRST_SLOT: u64 = 1_000_000;
/// Longest time in slots that a member may stay due after the cluster answers again: the keeper's
/// reconnect (8), the longest wait of an effect (8), the life of a blockhash (150), and as much
/// again for work in several steps.
pub const BOUND: u64 = 330;

/// Everything but the keepers.
pub struct Rig {
    pub world: World<'static>,
    pub validator: &'static Validator,
    pub oracles: &'static Publisher<'static>,
    pub proxy: Proxy,
}

impl Rig {
    /// Sets up a fund whose members have traded. The chain's clock alone shows the day of the
    /// scenario. `RUST_LOG` shows the keeper's logs.
    pub fn new() -> Self {
        Self::of(1)
    }

    /// The same with another seed: another fund.
    pub fn of(seed: u64) -> Self {
        Self::found(Options::of(12, seed))
    }

    /// A fund with three markets.
    pub fn of_three_markets() -> Self {
        Self::found(Options { scenario: Some("2025-10-10".into()), ..Options::of(12, 1) })
    }

    /// A fund with covers, one of which liquidity providers have bought policies of: the day of their entry
    /// is over.
    pub fn insured() -> Self {
        Self::found(Options { scenario: Some("cover".into()), ..Options::of(8, 1) })
    }

    fn found(options: Options) -> Self {
        let filter = tracing_subscriber::EnvFilter::from_default_env();
        let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
        let (validator, oracles, world) = found(&options);
        let proxy = Proxy::start(validator.rpc_url(), validator.ws_url());
        Self { world, validator, oracles, proxy }
    }

    /// Sets the same fund up on a new validator.
    pub fn restart(&mut self) {
        let (validator, oracles, world) = found(&Options::of(12, 1));
        self.proxy.lead_to(validator.rpc_url(), validator.ws_url());
        (self.validator, self.oracles, self.world) = (validator, oracles, world);
    }

    /// Starts a keeper with the keeper wallets of these numbers.
    pub fn keeper(&self, wallets: &[usize]) -> Running {
        self.start(wallets, false)
    }

    /// Does the same, perhaps with a keeper that sends nothing.
    pub fn start(&self, wallets: &[usize], is_dry: bool) -> Running {
        self.start_as(self.config(), wallets, is_dry)
    }

    /// Does the same with another configuration.
    pub fn start_as(&self, config: Config, wallets: &[usize], is_dry: bool) -> Running {
        let keys =
            self.world.wallets.iter().filter(|wallet| wallet.kind == Kind::Keeper).map(|wallet| &wallet.key);
        let keys: Vec<Keypair> = keys.map(Keypair::insecure_clone).collect();
        let members: Vec<Keypair> = wallets.iter().map(|number| keys[*number].insecure_clone()).collect();
        let payer = members[0].insecure_clone();
        let (stop, stopped) = watch::channel(false);
        let (tell, told) = std::sync::mpsc::channel();
        let thread = spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async {
                let setup = start_with(config, payer, members, is_dry).await.unwrap();
                let service = Service::new(setup).await.unwrap();
                tell.send((service.metrics.clone(), service.listen.unwrap())).unwrap();
                service.run(stopped).await.unwrap();
            });
        });
        let (metrics, listen) = told.recv().expect("the keeper starts");
        Running { metrics, listen, stop, thread }
    }

    /// The configuration of these tests, in which everything happens sooner.
    pub fn config(&self) -> Config {
        let (rpc, websocket) = (self.proxy.rpc_url(), self.proxy.websocket_url());
        let mut config = Config::of(&rpc, &websocket, &self.world.keys.fund.to_string());
        config.cluster.commitment = Commitment::Processed;
        config.cluster.timeout_ms = 5_000;
        config.sending.resend_ms = 300;
        config.sending.longest_wait_slots = 8;
        config.watching.poll_ms = 100;
        config.watching.reload_ms = 500;
        config.watching.longest_reconnect_ms = 1_000;
        config.policies.poll_secs = 1;
        config.server.listen = "127.0.0.1:0".into();
        config.server.stale_ms = 2_000;
        config
    }

    /// Moves all prices to this many basis points of themselves.
    pub fn move_prices(&self, bps: i64) {
        let quotes: Vec<(i64, u64)> = self
            .oracles
            .quotes()
            .iter()
            .map(|(price, confidence)| (price * bps / 10_000, *confidence))
            .collect();
        self.oracles.publish(&quotes).unwrap();
    }

    /// Lets the prices last for two cells after somebody else has cranked them, so that members are
    /// judged by them alone.
    pub fn let_prices_last(&self) {
        let markets: Vec<u16> = (0..self.book().fund.market_count).collect();
        let cranks = cranks(&self.world.keys, &self.world.oracle_accounts, &markets);
        self.world.chain.run(cranks, vec![&self.world.payer]).unwrap();
        let now_ms = self.world.validator.time().unix_ms;
        self.oracles.wait_until(now_ms + 2_000 * i64::from(CELL_SECS)).unwrap();
    }

    /// Reads the fund from the validator itself.
    pub fn book(&self) -> Book {
        self.world.book().unwrap().cranked()
    }

    /// Number of members that a keeper must act on now: below maintenance, in default or in grace.
    /// A member with negative equity at the mark that cannot be declared yet does not count, for it
    /// waits for the program's judgement.
    pub fn due(&self) -> usize {
        let book = self.book();
        let planned = plan(&book, &[], &Policy::default()).unwrap();
        let is_declared = |member: &Address| {
            planned.iter().any(
                |action| matches!(action, Action::Declare { member: declared, .. } if declared == member),
            )
        };
        let waits = |address: &Address, member: &Member| {
            let equity = book.risk_of_default(member).unwrap().equity_favourable(member.margin).unwrap();
            equity < 0 && member.status == MemberStatus::Active && !is_declared(address)
        };
        book.members
            .iter()
            .filter(|(address, member)| is_due(&book, member) && !waits(address, member))
            .count()
    }

    /// Lets slots pass.
    pub fn pass(&self, slots: u64) {
        for _ in 0..slots {
            self.oracles.wait_slots(1).unwrap();
            sleep(SLOT);
        }
    }

    /// Lets slots pass until a condition holds, and panics if it does not hold after [`BOUND`].
    pub fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) -> u64 {
        for slots in 0..BOUND {
            if is_so(self) {
                println!("{what}: after {slots} slots");
                return slots;
            }
            self.pass(1);
        }
        panic!("{what}: not after {BOUND} slots");
    }
}

fn found(options: &Options) -> (&'static Validator, &'static Publisher<'static>, World<'static>) {
    let (parameters, scenario) = options.load().unwrap();
    // A validator lives as long as the process anyway.
    let validator: &Validator = Box::leak(Box::new(Validator::boot(&payer(options.seed)).unwrap()));
    let before_ms = if scenario.covers { covers::SET_UP_MS } else { 0 };
    let unix_ms = scenario.start_ts * 1_000 - before_ms;
    validator.set_time(Time { slot: FIRST_SLOT, unix_ms }).unwrap();
    let oracles: &Publisher = Box::leak(Box::new(Publisher::new(validator, &parameters.markets)));
    let quiet = Progress::new(true);
    let world = demo::set_up(validator, oracles, parameters, &scenario, options, &quiet).unwrap().world;
    (validator, oracles, world)
}

/// A keeper in a thread of its own.
pub struct Running {
    pub metrics: Arc<Metrics>,
    pub listen: std::net::SocketAddr,
    stop: watch::Sender<bool>,
    thread: JoinHandle<()>,
}

impl Running {
    /// Number of transactions with this outcome.
    pub fn count(&self, outcome: &str) -> u64 {
        let text = self.metrics.render();
        let wanted = format!("outcome=\"{outcome}\"");
        let lines = text
            .lines()
            .filter(|line| line.starts_with("bulkhead_keeper_actions_total") && line.contains(&wanted));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }

    /// Stops the keeper and waits for its end.
    pub fn stop(self) {
        self.stop.send_replace(true);
        self.thread.join().expect("the keeper ends well");
    }
}
