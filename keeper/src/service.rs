//! The running keeper. One task decides; other tasks read, follow and send, and report to it by
//! messages.

use {
    crate::{
        config::Config,
        draft::KeeperAccounts,
        earnings::tokens,
        effects::{Effect, Patience},
        engine::{Engine, EngineSettings, SendOutcome, Task},
        metrics::Metrics,
        plan::{Action, LeftOut, Policy},
        prices::{
            listener::{questions, Ask},
            poster::{Heard, Poster},
            pro::{desk::Desk, ProFeed},
        },
        sender::Sender,
        server::{self, Served},
        spaced::Spaced,
        start::{Prices, Pro, Setup},
        watcher::{watch_payer, Message, Read, Watcher},
    },
    anyhow::{Context, Result},
    bulkhead_book::accounts::{self, CLOCK},
    bulkhead_client::Address,
    bulkhead_pyth::FeedId,
    solana_account::Account,
    std::{
        collections::{BTreeSet, HashMap},
        net::SocketAddr,
        sync::{
            atomic::{AtomicU64, Ordering},
            Arc,
        },
        time::{Duration, Instant},
    },
    tokio::{
        net::TcpListener,
        sync::{mpsc, watch, Notify},
        task::JoinSet,
        time::timeout,
    },
    tracing::{debug, error, info, warn},
};

/// Number of polls with changes that the feed did not deliver, after which it counts as
/// dead.
const UNHEARD: u32 = 10;
/// Most offers in a poll, beside the accounts that every decision depends on: one request more at most.
const POLLED_TAKINGS: usize = 50;
/// Time that transactions in flight get to land when the keeper is stopped.
const LAST_FLIGHT: Duration = Duration::from_secs(20);

/// A keeper that can be stopped, and that answers on a port.
pub struct Service {
    pub metrics: Arc<Metrics>,
    /// Address of the server, if there is one.
    pub listen: Option<SocketAddr>,
    setup: Setup,
    listener: Option<(TcpListener, Served)>,
    told: Option<Told>,
}

/// Receives every action with its outcome.
type Told = std::sync::mpsc::Sender<(Action, SendOutcome)>;

impl Service {
    /// Prepares the service and opens the server's port.
    pub async fn new(setup: Setup) -> Result<Self> {
        let mut services = Self::together(vec![setup]).await?;
        Ok(services.remove(0))
    }

    /// Prepares the services of several funds in one process. Those with the same `server.listen` share
    /// its port.
    pub async fn together(setups: Vec<Setup>) -> Result<Vec<Self>> {
        let served = |listen: &str| -> Served {
            let same = setups.iter().filter(|setup| setup.config.server.listen == listen);
            let stale = |setup: &Setup| Duration::from_millis(setup.config.server.stale_ms);
            same.map(|setup| (setup.metrics.clone(), stale(setup))).collect()
        };
        let mut listeners = Vec::new();
        for (number, setup) in setups.iter().enumerate() {
            let listen = setup.config.server.listen.as_str();
            let is_open = setups[..number].iter().any(|other| other.config.server.listen == listen);
            listeners.push(if listen.is_empty() || is_open {
                None
            } else {
                let opened = TcpListener::bind(listen).await;
                let opened = opened.with_context(|| format!("cannot open server.listen = {listen}"))?;
                Some((opened, served(listen)))
            });
        }
        let services = setups.into_iter().zip(listeners).map(|(setup, listener)| Self {
            metrics: setup.metrics.clone(),
            listen: listener.as_ref().and_then(|(listener, _)| listener.local_addr().ok()),
            setup,
            listener,
            told: None,
        });
        Ok(services.collect())
    }

    /// Sends every action with its outcome to `told`.
    pub fn tell(mut self, told: Told) -> Self {
        self.told = Some(told);
        self
    }

    /// Works until `stop` is true, then waits for the transactions in flight.
    pub async fn run(self, mut stop: watch::Receiver<bool>) -> Result<()> {
        let Self { mut setup, listener, metrics, told, .. } = self;
        let accounts = accounts(&mut setup);
        let (tell, mut hear) = mpsc::unbounded_channel();
        let changes = Arc::new(AtomicU64::new(0));
        let watcher = Watcher {
            source: setup.source.clone(),
            config: setup.config.clone(),
            metrics: metrics.clone(),
            changes: changes.clone(),
            tell: tell.clone(),
        };
        let mut helpers = JoinSet::new();
        if let Some((listener, served)) = listener {
            helpers.spawn(server::serve(listener, served));
        }
        helpers.spawn(watch_payer(setup.sender.clone(), setup.payer, metrics.clone()));
        let common = watch::Sender::new(setup.live.common());
        let oracles = watch::Sender::new(setup.live.oracles().to_vec());
        let kick = Arc::new(Notify::new());
        helpers.spawn(watcher.clone().poll(common.subscribe()));
        if setup.config.policies.serve {
            helpers.spawn(watcher.clone().read_policies());
        }
        if setup.source.feed.is_some() {
            helpers.spawn(watcher.clone().follow(oracles.subscribe(), kick.clone()));
        }

        let (asks, asked) = questions();
        let (posted, poster, desk) = listen(setup.prices, setup.pro, asked, &mut helpers, &tell);
        let engine = Engine::new(setup.live, accounts, settings(&setup.config), poster).with_desk(desk);
        let mut keeper = Keeper {
            engine,
            told,
            sender: setup.sender,
            watcher,
            common,
            fixed: Vec::new(),
            last_taking: None,
            oracles,
            posted,
            kick,
            flights: JoinSet::new(),
            changed: HashMap::new(),
            early: None,
            is_connected: false,
            unheard: 0,
            loaded_at: Instant::now(),
            is_load_missing: false,
            asks,
            has_told_of_errands: false,
            told_left_out: BTreeSet::new(),
            spaced: Spaced::default(),
        };
        metrics.read();
        let book = keeper.engine.live().book();
        info!(fund = %book.keys.fund, members = book.members.len(), "loaded");
        keeper.work(&mut stop, &mut hear).await;
        keeper.land().await;
        Ok(())
    }
}

/// The keeper's own accounts.
fn accounts(setup: &mut Setup) -> KeeperAccounts {
    KeeperAccounts {
        keys: setup.live.book().keys,
        oracles: setup.live.oracles().to_vec(),
        payer: setup.payer,
        traders: std::mem::take(&mut setup.traders),
        bounty: setup.bounty,
    }
}

/// The feeds that are listened for, where the keeper posts prices itself.
#[derive(Default)]
struct Posted {
    hermes: Option<watch::Sender<Vec<FeedId>>>,
    pro: Option<watch::Sender<Vec<ProFeed>>>,
}

/// Listens to Hermes and to Pyth Pro. Returns what posts their prices.
fn listen(
    prices: Option<Prices>,
    pro: Option<Pro>,
    asked: mpsc::Receiver<Ask>,
    helpers: &mut JoinSet<()>,
    tell: &mpsc::UnboundedSender<Message>,
) -> (Posted, Option<Poster>, Option<Desk>) {
    let mut posted = Posted::default();
    let poster = prices.map(|Prices { listener, poster, feeds }| {
        posted.hermes = Some(feeds);
        // After the keeper has ended nobody hears it, and nobody needs it.
        let told = |tell: mpsc::UnboundedSender<Message>| move |heard| drop(tell.send(Message::Heard(heard)));
        helpers.spawn(listener.clone().answer(asked, told(tell.clone())));
        helpers.spawn(listener.run(told(tell.clone())));
        poster
    });
    let desk = pro.map(|Pro { listener, desk, feeds }| {
        posted.pro = Some(feeds);
        let tell = tell.clone();
        helpers.spawn(listener.run(move |heard| drop(tell.send(Message::HeardPro(heard)))));
        desk
    });
    (posted, poster, desk)
}

/// Tells those who follow a list of another one.
fn tell_if_other<T: PartialEq>(followed: &watch::Sender<Vec<T>>, now: Vec<T>) {
    followed.send_if_modified(|known| {
        let is_other = *known != now;
        *known = now;
        is_other
    });
}

fn settings(config: &Config) -> EngineSettings {
    let (policy, sending) = (&config.policy, &config.sending);
    EngineSettings {
        policy: Policy {
            stress_bps: policy.stress_bps,
            min_discount_bps: policy.min_discount_bps,
            settle_bps: policy.settle_bps,
            least_premium: policy.least_premium,
            registers_gains: true,
            least_notional: policy.least_notional,
        },
        crank_after_slots: Some(policy.crank_after_slots).filter(|slots| *slots > 0),
        post_after_secs: config.prices.older_than_secs,
        least_note_secs: config.policies.serve.then_some(config.policies.least_note_secs),
        members_per_step: config.watching.members_per_step,
        most_in_flight: sending.most_in_flight,
        errand_lamports_per_hour: config.fees.errand_lamports_per_hour,
        patience: Patience {
            longest_wait_slots: sending.longest_wait_slots,
            max_attempts: sending.max_attempts,
            pause_slots: sending.pause_slots,
        },
    }
}

/// The task that decides.
struct Keeper {
    engine: Engine,
    told: Option<Told>,
    sender: Arc<Sender>,
    watcher: Watcher,
    /// The accounts to poll: those that every decision depends on, and some offers in turn.
    common: watch::Sender<Vec<Address>>,
    /// The former.
    fixed: Vec<Address>,
    /// The last offer that was polled.
    last_taking: Option<Address>,
    /// The price accounts that the feed follows.
    oracles: watch::Sender<Vec<Address>>,
    posted: Posted,
    /// Ends a feed that is open but silent.
    kick: Arc<Notify>,
    flights: JoinSet<()>,
    /// The number of the change with which each account was last delivered. A read from before that
    /// number is older.
    changed: HashMap<Address, u64>,
    /// Accounts delivered while a full load is under way.
    early: Option<Vec<(Address, Account)>>,
    is_connected: bool,
    unheard: u32,
    loaded_at: Instant,
    /// Whether the last full load has failed.
    is_load_missing: bool,
    /// Questions for prints of takings.
    asks: mpsc::Sender<Ask>,
    /// Whether the log says that errands wait.
    has_told_of_errands: bool,
    /// What the log says that the keeper goes on without.
    told_left_out: BTreeSet<LeftOut>,
    spaced: Spaced,
}

impl Keeper {
    /// Takes in messages and acts on them until `stop` is true.
    async fn work(&mut self, stop: &mut watch::Receiver<bool>, hear: &mut mpsc::UnboundedReceiver<Message>) {
        while !*stop.borrow() {
            tokio::select! {
                _ = stop.changed() => break,
                message = hear.recv() => {
                    let Some(message) = message else { break };
                    self.hear(message);
                    while let Ok(message) = hear.try_recv() {
                        self.hear(message);
                    }
                    self.act();
                }
            }
        }
    }

    /// Waits for the transactions in flight.
    async fn land(&mut self) {
        info!(in_flight = self.engine.in_flight(), "stopping");
        let flights = &mut self.flights;
        let landed = timeout(LAST_FLIGHT, async { while flights.join_next().await.is_some() {} }).await;
        if landed.is_err() {
            warn!(left = self.flights.len(), "transactions in flight are left to themselves");
        }
        info!("stopped");
    }

    fn hear(&mut self, message: Message) {
        let metrics = self.watcher.metrics.clone();
        match message {
            Message::Connected => self.connected(),
            Message::Lost(why) => {
                warn!(why = format!("{why:#}"), "the feed is lost: polling");
                self.is_connected = false;
                metrics.set("feed_connected", 0.0);
                metrics.add("feed_reconnects_total", "", 1.0);
            }
            Message::Changed(address, account) => {
                let number = self.watcher.changes.fetch_add(1, Ordering::Relaxed) + 1;
                metrics.add("feed_messages_total", "", 1.0);
                self.unheard = 0;
                self.changed.insert(address, number);
                self.take(&address, Some(&account));
                if let Some(early) = &mut self.early {
                    early.push((address, account));
                }
            }
            Message::Polled(Ok(read)) => {
                metrics.read();
                self.check_feed(&read);
                self.take_read(&read);
                let config = &self.watcher.config.watching;
                let is_followed = self.is_connected && !self.is_load_missing;
                let every = if is_followed { config.refresh_ms } else { config.reload_ms };
                if self.loaded_at.elapsed() >= Duration::from_millis(every) {
                    self.load();
                }
                self.poll_next();
            }
            Message::Polled(Err(why)) => {
                metrics.add("errors_total", "at=\"poll\"", 1.0);
                debug!(why = format!("{why:#}"), "the chain cannot be read");
            }
            Message::Loaded(Ok(live), begun) => {
                metrics.add("reloads_total", "", 1.0);
                self.engine.replace(*live);
                for (address, account) in self.early.take().unwrap_or_default() {
                    self.take(&address, Some(&account));
                }
                self.changed.retain(|_, number| *number > begun);
                self.is_load_missing = false;
                self.poll_next();
            }
            Message::Loaded(Err(why), _) => {
                metrics.add("errors_total", "at=\"load\"", 1.0);
                warn!(why = format!("{why:#}"), "the fund cannot be read");
                self.early = None;
                self.is_load_missing = true;
            }
            Message::Policies(Ok(read)) => self.engine.serve(read),
            Message::Policies(Err(why)) => {
                metrics.add("errors_total", "at=\"policies\"", 1.0);
                warn!(why = format!("{why:#}"), "the policies cannot be read");
            }
            Message::Heard(heard) => self.heard(&heard),
            Message::HeardPro(heard) => match self.engine.hear_pro(&heard) {
                0 => {}
                stale => metrics.add("pro_errors_total", "error=\"stale\"", stale as f64),
            },
            Message::Done(task, outcome, read) => self.done(&task, &outcome, &read),
        }
    }

    /// The feed tells of changes from now on. What has changed before is read.
    fn connected(&mut self) {
        info!("the feed is connected");
        self.is_connected = true;
        self.unheard = 0;
        self.watcher.metrics.set("feed_connected", 1.0);
        self.load();
    }

    /// Takes in prices of Hermes.
    fn heard(&mut self, heard: &Heard) {
        let metrics = &self.watcher.metrics;
        match self.engine.hear(heard) {
            Ok(0) => {}
            Ok(stale) => metrics.add("hermes_errors_total", "error=\"stale\"", stale as f64),
            Err(why) => {
                metrics.add("hermes_errors_total", "error=\"no_route\"", 1.0);
                if let Some(left_out) = self.spaced.due("an update", "no_route") {
                    warn!(%why, left_out, "an update cannot be posted");
                }
            }
        }
    }

    fn done(&mut self, task: &Task, outcome: &SendOutcome, read: &Read) {
        let metrics = &self.watcher.metrics;
        let (action, name) = (task.effect.name, outcome.name());
        metrics.add("actions_total", &format!("action=\"{action}\",outcome=\"{name}\""), 1.0);
        if task.posts {
            metrics.add("posts_total", &format!("outcome=\"{name}\""), 1.0);
        }
        let member = task.effect.member.map(|member| member.to_string()).unwrap_or_default();
        let number = task.effect.number;
        let book = self.engine.live().book();
        let (fund, decimals) = (book.keys.fund, book.fund.quote_decimals);
        let label = format!("action=\"{action}\"");
        match outcome {
            SendOutcome::Landed { units, earned, fee } => {
                metrics.add("compute_units_total", "", *units as f64);
                metrics.add("earned_base_units_total", &label, *earned as f64);
                metrics.add("fee_lamports_total", &label, *fee as f64);
                metrics.add("pro_fee_lamports_total", "", task.pro_fee as f64);
                let earned = tokens(*earned, decimals);
                info!(%fund, action, member, number, units, earned, fee_lamports = fee, "done");
            }
            SendOutcome::Dry { units, earned } => {
                let earns = tokens(*earned, decimals);
                info!(%fund, action, member, number, units, earns, "dry run: would do this");
            }
            // That another keeper was faster, or the price has moved, is no trouble of this one.
            SendOutcome::Refused { error: why } => {
                debug!(%fund, action, member, number, why, "not needed any more: nothing was sent")
            }
            SendOutcome::Failed { error: why, fee } => {
                metrics.add("fee_lamports_total", &label, *fee as f64);
                let says = "somebody was faster, or the price has moved";
                info!(%fund, action, member, number, why, fee_lamports = fee, "{says}")
            }
            SendOutcome::Expired | SendOutcome::Unreachable { .. } => {
                debug!(action, member, number, ?outcome, "{name}")
            }
        }
        if let Some(told) = &self.told {
            let _ = told.send((task.action.clone(), outcome.clone())); // whoever listened is gone
        }
        if self.engine.report(task, outcome) {
            metrics.add("given_up_total", "", 1.0);
            warn!(action, member, number, ?outcome, "left alone for a while: too many attempts");
        }
        self.take_read(read);
    }

    /// Says what is polled next, and which prices are listened for. A feed that follows other prices by now
    /// is connected again.
    fn poll_next(&mut self) {
        let is_moved = self.engine.take_moved();
        if is_moved {
            let (hermes, pro) = self.engine.follow_prices();
            self.posted.hermes.iter().for_each(|feeds| tell_if_other(feeds, hermes.clone()));
            self.posted.pro.iter().for_each(|feeds| tell_if_other(feeds, pro.clone()));
        }
        let live = self.engine.live();
        if is_moved {
            self.fixed = live.common();
            tell_if_other(&self.oracles, live.oracles().to_vec());
        }
        let takings = live.next_takings(self.last_taking, POLLED_TAKINGS);
        self.last_taking = takings.last().copied().or(self.last_taking);
        self.common.send_replace(self.fixed.iter().copied().chain(takings).collect());
    }

    /// Takes in a read, but for accounts delivered since it was asked for.
    fn take_read(&mut self, read: &Read) {
        for (address, account) in &read.accounts {
            if self.changed.get(address).is_none_or(|number| *number <= read.begun) {
                self.take(address, account.as_ref());
            }
        }
    }

    fn take(&mut self, address: &Address, account: Option<&Account>) {
        if let Err(why) = self.engine.apply(address, account) {
            self.watcher.metrics.add("errors_total", "at=\"decode\"", 1.0);
            warn!(%address, why = format!("{why:#}"), "an account cannot be decoded");
        }
    }

    /// Detects a feed that is dead without having been closed: polls then bring changes that
    /// it should have delivered.
    fn check_feed(&mut self, read: &Read) {
        let is_news = read
            .accounts
            .iter()
            .any(|(address, account)| self.engine.live().is_news(address, account.as_ref()));
        if self.is_connected && is_news {
            self.unheard += 1;
            if self.unheard >= UNHEARD {
                self.unheard = 0;
                self.kick.notify_one();
            }
        }
        // A clock that goes back belongs to another chain.
        let clock = read
            .accounts
            .iter()
            .find(|(address, _)| *address == CLOCK)
            .and_then(|(_, account)| account.as_ref());
        let slot =
            clock.and_then(|account| accounts::clock(&account.data).ok()).map_or(u64::MAX, |(slot, _)| slot);
        if slot + REORG_SLOTS < self.engine.live().book().slot {
            warn!(slot, "the chain has begun again");
            self.load();
        }
    }

    fn load(&mut self) {
        self.loaded_at = Instant::now();
        if self.early.is_none() {
            self.early = Some(Vec::new());
            tokio::spawn(self.watcher.clone().load());
        }
    }

    /// Says once that errands wait for money, until none has to.
    fn tell_of_errands(&mut self) {
        let metrics = &self.watcher.metrics;
        let (waiting, purse) = (self.engine.found().waiting, self.engine.purse());
        metrics.set("errands_waiting", waiting as f64);
        metrics.set("errand_lamports", purse.left() as f64);
        if waiting > 0 && !self.has_told_of_errands {
            let says = "errands wait: fees.errand_lamports_per_hour is used up";
            warn!(waiting, left = purse.left(), "{says}");
        }
        // Dust is let through one by one as the purse fills up, and that is no news each time.
        self.has_told_of_errands = waiting > 0 || self.has_told_of_errands && !purse.is_full();
    }

    /// Says once of each part of a plan that it cannot be made.
    fn tell_of_left_out(&mut self) {
        let left_out = self.engine.left_out();
        self.watcher.metrics.set("left_out", left_out.len() as f64);
        let fund = self.engine.live().book().keys.fund;
        for part in left_out.iter().filter(|part| !self.told_left_out.contains(*part)) {
            let of = part.of.unwrap_or(fund);
            error!(%fund, action = part.action, %of, "numbers beyond their types: it is left out of plans");
        }
        self.told_left_out.extend(left_out);
    }

    fn act(&mut self) {
        let metrics = self.watcher.metrics.clone();
        let began = Instant::now();
        let tasks = self.engine.step();
        metrics.add("step_seconds_total", "", began.elapsed().as_secs_f64());
        metrics.add("steps_total", "", 1.0);
        let (found, live) = (self.engine.found(), self.engine.live());
        metrics.set("due_members", found.due as f64);
        metrics.set("due_slots", found.oldest_due_slots as f64);
        metrics.set("unsound_members", found.unsound as f64);
        metrics.set("members", live.book().members.len() as f64);
        metrics.set("indexed_members", live.indexed() as f64);
        metrics.set("policies", live.policies().running() as f64);
        metrics.set("note_late_secs", self.engine.late_secs() as f64);
        metrics.set("slot", live.book().slot as f64);
        metrics.set("in_flight", self.engine.in_flight() as f64);
        self.tell_of_errands();
        self.tell_of_left_out();
        for ask in self.engine.asks() {
            metrics.add("prints_asked_total", "", 1.0);
            if self.asks.try_send(ask).is_err() {
                debug!(ts = ask.ts, "too many questions wait: this one would be answered too late");
            }
        }
        while self.flights.try_join_next().is_some() {}
        for task in tasks {
            let Effect { name, member, number } = &task.effect;
            debug!(action = name, ?member, number, "sending");
            self.flights.spawn(self.watcher.clone().send(self.sender.clone(), task));
        }
    }
}

/// A slot that is lower by this much is not a fork.
const REORG_SLOTS: u64 = 64;
