//! The task that asks Hermes, again and again.

use {
    super::{
        hermes::{Hermes, HermesError},
        poster::Heard,
    },
    crate::{config, metrics::Metrics, source::Source, spaced::Spaced},
    anyhow::{Context, Result},
    bulkhead::constants::FILL_AGE_SECS,
    bulkhead_pyth::{
        hex,
        receiver::{self, guardian_set, guardians},
        verify::verify,
        FeedId, Receiver, Update,
    },
    std::{
        collections::BTreeMap,
        sync::Arc,
        time::{Duration, Instant},
    },
    tokio::{
        sync::{mpsc, watch},
        time::sleep,
    },
    tracing::{info, warn},
};

/// First wait after an error.
const RETRY: Duration = Duration::from_millis(250);

/// A feed that Hermes refuses is asked for again after this time. It is short: a server in front of Hermes
/// may have refused it, and at once no more.
const REFUSED: Duration = Duration::from_secs(60);

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
    /// The feeds of the fund's markets, which may become others.
    pub feeds: watch::Receiver<Vec<FeedId>>,
    /// The guardians of each set that an update has named.
    pub sets: BTreeMap<u32, Vec<[u8; 20]>>,
    pub spaced: Arc<Spaced>,
}

impl Listener {
    /// Tells every update to `told`, until the keeper ends. Where the feeds change, it asks for the new ones.
    pub async fn run(mut self, told: impl Fn(Heard)) {
        let longest = Duration::from_millis(self.config.longest_retry_ms);
        let (mut wait, mut changes) = (RETRY, self.feeds.clone());
        loop {
            let heard = self.metrics.get("hermes_updates_total", "");
            let feeds = changes.borrow_and_update().clone();
            let ended = tokio::select! {
                ended = self.listen(&feeds, &told), if !feeds.is_empty() => ended,
                changed = changes.changed() => match changed {
                    Ok(()) => continue,
                    Err(_) => return, // the keeper has ended
                },
            };
            if let Err(error) = ended {
                self.count(error.name());
                if let Some(left_out) = self.spaced.due("hermes", error.name()) {
                    warn!(%error, left_out, "no prices from Hermes: those on chain are used");
                }
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
                    if let Some(left_out) = self.spaced.due("a print", error.name()) {
                        warn!(%error, ts, left_out, "no print for a taking from Hermes");
                    }
                }
            }
        }
    }

    /// Asks once and then follows the stream, or asks again and again. It ends well when feeds that were
    /// refused are to be asked for again.
    async fn listen(&mut self, wanted: &[FeedId], told: &impl Fn(Heard)) -> Result<(), HermesError> {
        let (mut feeds, since) = (wanted.to_vec(), Instant::now());
        let is_over = |feeds: &[FeedId]| feeds.len() < wanted.len() && since.elapsed() > REFUSED;
        loop {
            let updates = match self.hermes.latest(&feeds).await {
                Err(error) if feeds.len() > 1 && is_of_one_feed(&error) => {
                    feeds = self.known(&feeds, error).await?;
                    continue;
                }
                answer => answer?,
            };
            self.tell(updates, told).await;
            if self.config.stream {
                break;
            }
            if is_over(&feeds) {
                return Ok(());
            }
            sleep(Duration::from_millis(self.config.poll_ms)).await;
        }
        let mut events = self.hermes.open(&feeds).await?;
        if let Some(left_out) = self.spaced.due("hermes", "connected") {
            info!(left_out, "prices come from Hermes");
        }
        while !is_over(&feeds) {
            let updates = events.next().await?;
            self.tell(updates, told).await;
        }
        Ok(())
    }

    /// Those of the feeds that Hermes knows and gives for this key, after it has refused all of them. It does
    /// so for a single one: a market that is opened with a wrong feed would take away the prices of all
    /// others.
    ///
    /// # Errors
    /// The first refusal, if it was not of some feeds alone; as [`Hermes::latest`].
    async fn known(&self, feeds: &[FeedId], refusal: HermesError) -> Result<Vec<FeedId>, HermesError> {
        let mut known = Vec::new();
        for feed in feeds {
            match self.hermes.latest(&[*feed]).await {
                Ok(_) => known.push(*feed),
                Err(error) if is_of_one_feed(&error) => {
                    self.count(error.name());
                    if let Some(left_out) = self.spaced.due(&hex(feed), error.name()) {
                        warn!(%error, feed = hex(feed), left_out, "a feed is left out");
                    }
                }
                Err(error) => return Err(error),
            }
        }
        match known.is_empty() || known.len() == feeds.len() {
            true => Err(refusal),
            false => Ok(known),
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

    fn refuse(&self, name: &'static str, error: String) {
        self.count(name);
        if let Some(left_out) = self.spaced.due("an update", name) {
            warn!(error, left_out, "an update cannot be posted");
        }
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

/// Whether an error may be of one feed alone among several that are asked for.
fn is_of_one_feed(error: &HermesError) -> bool {
    matches!(error, HermesError::UnknownFeed | HermesError::Unauthorised)
}
