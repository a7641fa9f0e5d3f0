//! The tasks that listen to the servers of Pyth Pro. All servers are listened to at the same time, and the
//! newest message counts: one that is away or wrong holds up nobody.

use {
    super::{
        check,
        error::ProError,
        server::{Messages, Server},
        ProFeed,
    },
    crate::{config, metrics::Metrics, source::Source},
    anyhow::{anyhow, ensure, Context, Result},
    bulkhead_book::accounts::{clock, CLOCK},
    bulkhead_client::{state::SignedPrint, Address},
    bulkhead_pyth::pro::{Signed, Storage, CONTRACT, STORAGE},
    std::{
        collections::BTreeMap,
        sync::Arc,
        time::{Duration, Instant},
    },
    tokio::{sync::Mutex, task::JoinSet, time::sleep},
    tracing::{info, warn},
};

/// First wait after an error is twice this.
const RETRY: Duration = Duration::from_millis(250);
/// What the contract believes is read again this often.
const BELIEVED: Duration = Duration::from_secs(60);
/// The same for a message that it seems to refuse.
const DOUBTED: Duration = Duration::from_secs(2);
/// Time between two messages of a feed that are looked at: about a slot. A channel has up to twenty a second,
/// each one is checked, and what is wrong with it is logged.
const SPACING: Duration = Duration::from_millis(400);

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
    pub feeds: Vec<ProFeed>,
    pub shared: Arc<Mutex<Shared>>,
}

/// What all tasks of a listener know.
#[derive(Default)]
pub struct Shared {
    believed: Option<Believed>,
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
    /// task for each feed, a stream one for all.
    pub async fn run(self, told: impl Fn(Heard) + Clone + Send + Sync + 'static) {
        self.metrics.set("pro_connected", 0.0);
        let mut tasks = JoinSet::new();
        for server in &self.servers {
            let shares: Vec<Vec<ProFeed>> = match server.is_stream() {
                true => vec![self.feeds.clone()],
                false => self.feeds.iter().map(|feed| vec![*feed]).collect(),
            };
            for feeds in shares {
                tasks.spawn(self.clone().keep(server.clone(), feeds, told.clone()));
            }
        }
        while tasks.join_next().await.is_some() {}
    }

    /// Listens to one server, and again after each failure.
    async fn keep(self, server: Server, feeds: Vec<ProFeed>, told: impl Fn(Heard)) {
        let longest = Duration::from_millis(self.config.longest_retry_ms);
        let (mut wait, mut is_connected) = (RETRY, false);
        loop {
            let mut has_heard = false;
            if let Err(error) = self.listen(&server, &feeds, &mut is_connected, &mut has_heard, &told).await {
                self.count(&error);
                warn!(server = server.host(), %error, "no prices from Pyth Pro: those on chain are used");
            }
            self.connect(&mut is_connected, false).await;
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
            info!(server = server.host(), "prices come from Pyth Pro");
        }
        loop {
            let (feed, signed) = match &mut stream {
                Some(messages) => match messages.next().await? {
                    Ok(message) => message,
                    Err(error) => {
                        self.refuse(server, &error);
                        continue;
                    }
                },
                None => (feeds[0], server.latest(feeds[0]).await?),
            };
            *has_heard = true;
            self.connect(is_connected, true).await;
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
        let told_us = &mut self.shared.lock().await.told_us;
        let last_us = told_us.get(&feed).copied().unwrap_or_default();
        let spacing_us = SPACING.as_micros() as u64; // less than a second
        if print.message_us < last_us.saturating_add(spacing_us) {
            return Ok(None);
        }
        told_us.insert(feed, print.message_us);
        Ok(Some(Heard { feed, signed: Arc::new(signed), print, treasury, fee }))
    }

    /// What the contract believes, and was not read longer ago than this.
    async fn believed(&self, longest: Duration) -> Result<Believed, ProError> {
        let mut shared = self.shared.lock().await;
        let known = shared.believed.as_ref().filter(|known| known.read.elapsed() < longest);
        if let Some(known) = known {
            return Ok(known.clone());
        }
        let read = read(&self.source).await.map_err(|error| ProError::NoContract(format!("{error:#}")))?;
        shared.believed = Some(read.clone());
        Ok(read)
    }

    /// Notes whether a task hears its server.
    async fn connect(&self, was: &mut bool, is: bool) {
        if *was == is {
            return;
        }
        *was = is;
        let mut shared = self.shared.lock().await;
        shared.connected = if is { shared.connected + 1 } else { shared.connected.saturating_sub(1) };
        self.metrics.set("pro_connected", shared.connected.into());
    }

    fn refuse(&self, server: &Server, error: &ProError) {
        self.count(error);
        warn!(server = server.host(), %error, "a message of Pyth Pro is not posted");
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
