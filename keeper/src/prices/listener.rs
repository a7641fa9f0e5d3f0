//! The task that asks Hermes, again and again.

use {
    super::{
        hermes::{Hermes, HermesError},
        poster::Heard,
    },
    crate::{config, metrics::Metrics, source::Source},
    anyhow::{Context, Result},
    bulkhead::constants::FILL_AGE_SECS,
    bulkhead_pyth::{
        receiver::{self, guardian_set, guardians},
        verify::verify,
        FeedId, Receiver, Update,
    },
    std::{
        collections::BTreeMap,
        sync::Arc,
        time::{Duration, Instant},
    },
    tokio::{sync::mpsc, time::sleep},
    tracing::{info, warn},
};

/// First wait after an error.
const RETRY: Duration = Duration::from_millis(250);

/// An answer to an older question is of no use: the print would be too old for a fill.
const LATE: Duration = Duration::from_secs(FILL_AGE_SECS.unsigned_abs());
/// Most questions that wait.
const QUESTIONS: usize = 64;

/// A question for the print that fills a taking.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    pub feed: FeedId,
    /// The second of the taking.
    pub ts: i64,
    pub since: Instant,
}

/// A line for questions.
pub fn questions() -> (mpsc::Sender<Ask>, mpsc::Receiver<Ask>) {
    mpsc::channel(QUESTIONS)
}

/// Listens to Hermes for one keeper.
#[derive(Clone)]
pub struct Listener {
    pub hermes: Hermes,
    pub source: Source,
    pub config: config::Prices,
    pub metrics: Arc<Metrics>,
    pub receiver: Receiver,
    /// The receiver's configuration.
    pub believed: receiver::Config,
    pub feeds: Vec<FeedId>,
    /// The guardians of each set that an update has named.
    pub sets: BTreeMap<u32, Vec<[u8; 20]>>,
}

impl Listener {
    /// Tells every update to `told`, until the keeper ends.
    pub async fn run(mut self, told: impl Fn(Heard)) {
        let longest = Duration::from_millis(self.config.longest_retry_ms);
        let mut wait = RETRY;
        loop {
            let heard = self.metrics.get("hermes_updates_total", "");
            if let Err(error) = self.listen(&told).await {
                self.count(error.name());
                warn!(%error, "no prices from Hermes: those on chain are used");
            }
            self.metrics.set("hermes_connected", 0.0);
            let has_heard = self.metrics.get("hermes_updates_total", "") > heard;
            wait = if has_heard { RETRY } else { (wait * 2).min(longest) };
            sleep(wait).await;
        }
    }

    /// Asks for single prints, one after the other, and tells the answers to `told`. A second listener
    /// does so, because the stream must not wait for it.
    pub async fn answer(mut self, mut asked: mpsc::Receiver<Ask>, told: impl Fn(Heard)) {
        while let Some(Ask { feed, ts, since }) = asked.recv().await {
            if since.elapsed() > LATE {
                continue;
            }
            match self.hermes.first_at(&feed, ts.saturating_add(1)).await {
                Ok(updates) => self.tell(updates, &told).await,
                Err(error) => {
                    self.count(error.name());
                    warn!(%error, ts, "no print for a taking from Hermes");
                }
            }
        }
    }

    /// Asks once and then follows the stream, or asks again and again.
    async fn listen(&mut self, told: &impl Fn(Heard)) -> Result<(), HermesError> {
        loop {
            let updates = self.hermes.latest(&self.feeds).await?;
            self.tell(updates, told).await;
            if self.config.stream {
                break;
            }
            sleep(Duration::from_millis(self.config.poll_ms)).await;
        }
        let mut events = self.hermes.open(&self.feeds).await?;
        info!("prices come from Hermes");
        loop {
            let updates = events.next().await?;
            self.tell(updates, told).await;
        }
    }

    async fn tell(&mut self, updates: Vec<Update>, told: &impl Fn(Heard)) {
        self.metrics.set("hermes_connected", 1.0);
        for update in updates {
            self.metrics.add("hermes_updates_total", "", 1.0);
            let set = update.vaa.guardian_set;
            if let Err(error) = self.learn(set).await {
                self.refuse("guardian_set", format!("{error:#}"));
                continue;
            }
            let keys = &self.sets[&set];
            match verify(&update, self.receiver, &self.believed, keys) {
                Ok(()) => told(Heard { update: Arc::new(update), guardians: keys.len() }),
                Err(error) => self.refuse(error.name(), error.to_string()),
            }
        }
    }

    fn refuse(&self, name: &str, error: String) {
        self.count(name);
        warn!(error, "an update cannot be posted");
    }

    fn count(&self, error: &str) {
        self.metrics.add("hermes_errors_total", &format!("error=\"{error}\""), 1.0);
    }

    /// Reads the guardians of a set from the chain, once.
    async fn learn(&mut self, number: u32) -> Result<()> {
        if self.sets.contains_key(&number) {
            return Ok(());
        }
        let address = guardian_set(&self.believed.wormhole, number);
        let account = self.source.accounts(&[address]).await?.remove(0);
        let account = account.with_context(|| format!("guardian set {number} is not at {address}"))?;
        let keys = guardians(&account.data).with_context(|| format!("{address} is no guardian set"))?;
        self.sets.insert(number, keys);
        Ok(())
    }
}
