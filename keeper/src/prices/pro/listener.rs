//! The tasks that listen to the servers of Pyth Pro. All servers are listened to at the same time, and the
//! newest message counts: one that is away or wrong holds up nobody.

use {
    super::{
        check,
        error::ProError,
        server::{Messages, Server},
        ProFeed,
    },
    crate::{config, metrics::Metrics, source::Source, spaced::Spaced},
    anyhow::{anyhow, ensure, Context, Result},
    bulkhead_book::accounts::{clock, CLOCK},
    bulkhead_client::{state::SignedPrint, Address},
    bulkhead_pyth::pro::{Signed, Storage, CONTRACT, STORAGE},
    std::{
        collections::BTreeMap,
        sync::{Arc, Mutex, MutexGuard, PoisonError},
        time::{Duration, Instant},
    },
    tokio::{sync::watch, task::JoinSet, time::sleep},
    tracing::{info, warn},
};

/// First wait after an error is twice this.
const RETRY: Duration = Duration::from_millis(250);
/// What the contract believes is read again this often.
const BELIEVED: Duration = Duration::from_secs(60);
/// The same for a message that it seems to refuse. It is read no more often than that.
const DOUBTED: Duration = Duration::from_secs(2);
/// Time between two messages of a feed that are looked at: about a slot. A channel has up to twenty a second,
/// each one is checked, and what is wrong with it is logged.
const SPACING: Duration = Duration::from_millis(400);

/// Unsound messages in a row after which a stream is left, and opened again after a pause.
const UNSOUND: u32 = 100;

/// A message that was checked, and what its post costs.
#[derive(Clone, Debug)]
pub struct Heard {
    pub feed: ProFeed,
    pub signed: Arc<Signed>,
    /// What it says of the feed.
    pub print: SignedPrint,
    /// Gets the contract's fee.
    pub treasury: Address,
    /// The contract's fee in lamports.
    pub fee: u64,
}

/// Listens to servers of Pyth Pro for one keeper.
#[derive(Clone)]
pub struct Listener {
    pub servers: Vec<Server>,
    pub source: Source,
    pub config: config::Prices,
    pub metrics: Arc<Metrics>,
    /// The feeds of the fund's markets, which may become others.
    pub feeds: watch::Receiver<Vec<ProFeed>>,
    pub shared: Arc<Mutex<Shared>>,
    pub spaced: Arc<Spaced>,
}

/// What all tasks of a listener know. It is locked for a moment only: no task waits for a server or a node
/// while others wait for it.
#[derive(Default)]
pub struct Shared {
    believed: Option<Believed>,
    /// When a task last began to read that.
    asked: Option<Instant>,
    /// The time of the last message that was told, by feed.
    told_us: BTreeMap<ProFeed, u64>,
    /// Tasks that have heard something since they last failed.
    connected: u32,
}

/// What the contract believes, and since when it is known.
#[derive(Clone)]
struct Believed {
    storage: Storage,
    /// The chain's clock then, in seconds.
    now: i64,
    read: Instant,
}

impl Believed {
    /// The chain's clock now, about.
    fn now(&self) -> i64 {
        self.now.saturating_add_unsigned(self.read.elapsed().as_secs())
    }
}

impl Listener {
    /// Tells every message that can be posted to `told`, until the keeper ends. A server that is asked has a
    /// task for each feed, a stream one for all. Where the feeds change, all of them begin anew.
    pub async fn run(mut self, told: impl Fn(Heard) + Clone + Send + Sync + 'static) {
        loop {
            self.shared().connected = 0;
            self.metrics.set("pro_connected", 0.0);
            let feeds = self.feeds.borrow_and_update().clone();
            let mut tasks = JoinSet::new();
            for server in self.servers.iter().filter(|_| !feeds.is_empty()) {
                let shares: Vec<Vec<ProFeed>> = match server.is_stream() {
                    true => vec![feeds.clone()],
                    false => feeds.iter().map(|feed| vec![*feed]).collect(),
                };
                for share in shares {
                    tasks.spawn(self.clone().keep(server.clone(), share, told.clone()));
                }
            }
            if self.feeds.changed().await.is_err() {
                return; // the keeper has ended
            }
            tasks.shutdown().await;
        }
    }

    /// Listens to one server, and again after each failure.
    async fn keep(self, server: Server, feeds: Vec<ProFeed>, told: impl Fn(Heard)) {
        let longest = Duration::from_millis(self.config.longest_retry_ms);
        let (mut wait, mut is_connected) = (RETRY, false);
        loop {
            let mut has_heard = false;
            if let Err(error) = self.listen(&server, &feeds, &mut is_connected, &mut has_heard, &told).await {
                self.count(&error);
                if let Some(left_out) = self.spaced.due(server.host(), error.name()) {
                    let says = "no prices from Pyth Pro: those on chain are used";
                    warn!(server = server.host(), %error, left_out, "{says}");
                }
            }
            self.connect(&mut is_connected, false);
            wait = if has_heard { RETRY } else { (wait * 2).min(longest) };
            sleep(wait).await;
        }
    }

    /// Asks again and again, or follows a stream.
    async fn listen(
        &self,
        server: &Server,
        feeds: &[ProFeed],
        is_connected: &mut bool,
        has_heard: &mut bool,
        told: &impl Fn(Heard),
    ) -> Result<(), ProError> {
        let mut stream: Option<Messages> = None;
        let mut looked: BTreeMap<ProFeed, Instant> = BTreeMap::new();
        if server.is_stream() {
            stream = Some(server.open(feeds).await?);
            if let Some(left_out) = self.spaced.due(server.host(), "connected") {
                info!(server = server.host(), left_out, "prices come from Pyth Pro");
            }
        }
        let mut unsound = 0;
        loop {
            let (feed, signed) = match &mut stream {
                Some(messages) => match messages.next().await? {
                    Ok(message) => message,
                    Err(error) => {
                        unsound += 1;
                        if unsound >= UNSOUND {
                            return Err(error);
                        }
                        self.refuse(server, &error);
                        continue;
                    }
                },
                None => (feeds[0], server.latest(feeds[0]).await?),
            };
            (*has_heard, unsound) = (true, 0);
            self.connect(is_connected, true);
            if stream.is_some() {
                if looked.get(&feed).is_some_and(|at| at.elapsed() < SPACING) {
                    continue;
                }
                looked.insert(feed, Instant::now());
            }
            match self.check(feed, signed).await {
                Ok(Some(heard)) => told(heard),
                Ok(None) => {}
                Err(error) => self.refuse(server, &error),
            }
            if stream.is_none() {
                sleep(Duration::from_millis(self.config.poll_ms)).await;
            }
        }
    }

    /// Checks a message as the chain will. Nothing of it is told if it follows the last one too soon.
    async fn check(&self, feed: ProFeed, signed: Signed) -> Result<Option<Heard>, ProError> {
        self.metrics.add("pro_messages_total", "", 1.0);
        let mut believed = self.believed(BELIEVED).await?;
        let mut checked = check(&believed.storage, &signed, feed, believed.now());
        if let Err(ProError::UntrustedSigner(_) | ProError::FromFuture) = checked {
            believed = self.believed(DOUBTED).await?; // signers change, and clocks jump
            checked = check(&believed.storage, &signed, feed, believed.now());
        }
        let print = checked?;
        let (Storage { treasury, fee, .. }, most) = (believed.storage, self.config.pro_most_fee_lamports);
        if fee > most {
            return Err(ProError::TooDear { fee, most });
        }
        let told_us = &mut self.shared().told_us;
        let last_us = told_us.get(&feed).copied().unwrap_or_default();
        let spacing_us = SPACING.as_micros() as u64; // less than a second
        if print.message_us < last_us.saturating_add(spacing_us) {
            return Ok(None);
        }
        told_us.insert(feed, print.message_us);
        Ok(Some(Heard { feed, signed: Arc::new(signed), print, treasury, fee }))
    }

    /// What the contract believes, and was not read longer ago than this. While a task reads it anew, and for
    /// a moment after it has failed to, what was known before must do for the others.
    async fn believed(&self, longest: Duration) -> Result<Believed, ProError> {
        if let Some(known) = self.known(longest) {
            return Ok(known);
        }
        let read = read(&self.source).await.map_err(|error| ProError::NoContract(format!("{error:#}")))?;
        self.shared().believed = Some(read.clone());
        Ok(read)
    }

    /// What is known and may be used as it is; nothing if the caller has to read it.
    fn known(&self, longest: Duration) -> Option<Believed> {
        let mut shared = self.shared();
        let is_asked = shared.asked.is_some_and(|at| at.elapsed() < DOUBTED);
        let known = shared.believed.as_ref();
        let known = known.filter(|known| is_asked || known.read.elapsed() < longest).cloned();
        if known.is_none() {
            shared.asked = Some(Instant::now());
        }
        known
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes whether a task hears its server.
    fn connect(&self, was: &mut bool, is: bool) {
        if *was == is {
            return;
        }
        *was = is;
        let mut shared = self.shared();
        shared.connected = if is { shared.connected + 1 } else { shared.connected.saturating_sub(1) };
        self.metrics.set("pro_connected", shared.connected.into());
    }

    fn refuse(&self, server: &Server, error: &ProError) {
        self.count(error);
        if let Some(left_out) = self.spaced.due(server.host(), error.name()) {
            warn!(server = server.host(), %error, left_out, "a message of Pyth Pro is not posted");
        }
    }

    fn count(&self, error: &ProError) {
        self.metrics.add("pro_errors_total", &format!("error=\"{}\"", error.name()), 1.0);
    }
}

/// Reads what the contract believes, and the chain's clock.
async fn read(source: &Source) -> Result<Believed> {
    let accounts = source.accounts(&[STORAGE, CLOCK]).await?;
    let [storage, time]: [_; 2] = accounts.try_into().map_err(|_| anyhow!("two accounts"))?;
    let storage = storage.with_context(|| format!("{STORAGE} does not exist"))?;
    ensure!(storage.owner == CONTRACT, "{STORAGE} is not the contract's");
    let (_, now) = clock(&time.context("there is no clock")?.data)?;
    Ok(Believed { storage: Storage::parse(&storage.data)?, now, read: Instant::now() })
}

/// Looks whether the contract is on this cluster.
///
/// # Errors
/// `NoContract`.
pub async fn require_contract(source: &Source) -> Result<(), ProError> {
    read(source).await.map(drop).map_err(|error| ProError::NoContract(format!("{error:#}")))
}
