//! The standing ledger: follows the fund, reads figures of risk, serves the API, until it is stopped.

use {
    crate::{api, audit, config::Config, follow::Follower, report, source::Source, store::Store},
    anyhow::{ensure, Context, Result},
    bulkhead_client::{program_id, Address},
    solana_commitment_config::CommitmentConfig,
    solana_rpc_client::nonblocking::rpc_client::RpcClient,
    std::{net::SocketAddr, str::FromStr, sync::Arc, time::Duration},
    tokio::{
        net::TcpListener,
        sync::{watch, Notify},
        time::{sleep, timeout, Instant},
    },
    tracing::{info, warn},
};

/// First wait after an error; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// A ledger that is open.
pub struct Service {
    pub config: Config,
    pub follower: Arc<Follower>,
    /// Address of the API, if there is one.
    pub listen: Option<SocketAddr>,
    listener: Option<TcpListener>,
}

/// Opens the ledger that a configuration names.
///
/// # Errors
/// Each mistake has its own, with what to do.
pub async fn open(config: &Config) -> Result<Follower> {
    let cluster = &config.cluster;
    let fund = Address::from_str(&config.fund.address)
        .with_context(|| format!("fund.address = {}: not an address", config.fund.address))?;
    let rpc = RpcClient::new_with_timeout_and_commitment(
        cluster.rpc_url.clone(),
        Duration::from_millis(cluster.timeout_ms),
        CommitmentConfig::confirmed(),
    );
    let genesis = rpc.get_genesis_hash().await.with_context(|| {
        format!(
            "no node answers at cluster.rpc_url = {}: check the address, and that it runs",
            cluster.rpc_url
        )
    })?;
    let genesis = genesis.to_string();
    ensure!(
        cluster.genesis_hash.is_empty() || cluster.genesis_hash == genesis,
        "cluster.genesis_hash = {}, but the node's cluster is {genesis}",
        cluster.genesis_hash
    );
    is_a_fund(&rpc, &fund).await?;
    let store = Store::open(&config.database.url, config.database.most_mib).await?;
    let following = &config.following;
    let source = Source { rpc: Arc::new(rpc), fund, page: following.page, parallel: following.parallel };
    Follower::open(source, store, &genesis, following.batch).await
}

/// Refuses an address at which there is no fund, before a database becomes the ledger of it for good. A node
/// that does not answer has the benefit of the doubt: it is asked again later.
async fn is_a_fund(rpc: &RpcClient, fund: &Address) -> Result<()> {
    let Ok(answer) = rpc.get_account_with_commitment(fund, rpc.commitment()).await else { return Ok(()) };
    let account = answer.value.with_context(|| {
        format!(
            "fund.address = {fund} does not exist on this cluster: is it the one the fund was created on?"
        )
    })?;
    ensure!(
        account.owner == program_id(),
        "fund.address = {fund} belongs to {}, not to Bulkhead ({}): it is no fund, or one of another \
         deployment, whose programs BULKHEAD_PROGRAM_ID and BULKHEAD_COVER_PROGRAM_ID must name",
        account.owner,
        program_id()
    );
    Ok(())
}

impl Service {
    /// Opens the ledger, and its address if it has one.
    pub async fn new(config: Config) -> Result<Self> {
        let follower = Arc::new(open(&config).await?);
        let listener = match config.server.listen.as_str() {
            "" => None,
            listen => {
                let opened = TcpListener::bind(listen).await;
                Some(
                    opened
                        .with_context(|| format!("server.listen = {listen}: the address cannot be opened"))?,
                )
            }
        };
        let listen = listener.as_ref().map(TcpListener::local_addr).transpose()?;
        Ok(Self { config, follower, listen, listener })
    }

    /// Runs until `stopped` says so.
    pub async fn run(mut self, mut stopped: watch::Receiver<bool>) -> Result<()> {
        let awake = Arc::new(Notify::new());
        let mut tasks = tokio::task::JoinSet::new();
        if let Some(listener) = self.listener.take() {
            let app = api::router(self.follower.clone(), &self.config);
            tasks.spawn(async move {
                if let Err(error) = axum::serve(listener, app).await {
                    warn!(%error, "the API has ended");
                }
            });
        }
        if !self.config.cluster.websocket_url.is_empty() {
            tasks.spawn(listen(
                self.follower.clone(),
                self.config.cluster.websocket_url.clone(),
                awake.clone(),
            ));
        }
        if self.config.following.sight_ms > 0 {
            tasks.spawn(look(self.follower.clone(), Duration::from_millis(self.config.following.sight_ms)));
        }
        tokio::select! {
            () = follow(&self.follower, &self.config, &awake) => {}
            _ = stopped.wait_for(|stopped| *stopped) => info!("stopping"),
        }
        tasks.shutdown().await;
        self.follower.store.close().await;
        Ok(())
    }
}

/// Keeps the ledger up to date. Errors wait, and are told; they end nothing.
async fn follow(follower: &Follower, config: &Config, awake: &Notify) {
    let following = &config.following;
    let (poll, longest) =
        (Duration::from_millis(following.poll_ms), Duration::from_millis(following.longest_wait_ms));
    let repair = Duration::from_millis(following.repair_ms);
    let (mut wait, mut repaired) = (FIRST_WAIT, Instant::now());
    loop {
        let mut done = follower.catch_up().await.map(drop);
        if done.is_ok() && repaired.elapsed() >= repair {
            repaired = Instant::now();
            done = follower.repair().await.map(drop);
        }
        match done {
            Ok(()) => {
                wait = FIRST_WAIT;
                // News may come at any time; without any the node is asked.
                let _ = timeout(poll, awake.notified()).await;
            }
            Err(error) => {
                let why = told(&error);
                warn!("{why}");
                follower.metrics.add("errors_total", &format!("where=\"{}\"", place(&error)), 1.0);
                follower.metrics.trouble(Some(why));
                sleep(wait).await;
                wait = (wait * 2).min(longest.max(FIRST_WAIT));
            }
        }
    }
}

/// An error with its causes, and what to do about it.
pub fn told(error: &anyhow::Error) -> String {
    let mut causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    causes.dedup();
    let text = causes.join(": ");
    let full = ["disk is full", "No space left", "could not extend file", "disk full"];
    match full.iter().any(|sign| text.contains(sign)) {
        true => format!(
            "{text}: free space on the database's disk; nothing is lost, the ledger goes on by itself"
        ),
        false => text,
    }
}

/// Where an error comes from, for the metrics.
fn place(error: &anyhow::Error) -> &'static str {
    if error.chain().any(|cause| cause.is::<sqlx::Error>()) {
        "database"
    } else {
        "node"
    }
}

/// Is woken up by the websocket, and connects it again when it ends.
async fn listen(follower: Arc<Follower>, url: String, awake: Arc<Notify>) {
    let mut wait = FIRST_WAIT;
    loop {
        let since = Instant::now();
        follower.metrics.set("feed_connected", 1.0);
        let ended = follower.source.wake(&url, &awake).await;
        follower.metrics.set("feed_connected", 0.0);
        if let Err(error) = ended {
            tracing::debug!(%error, "the websocket has ended");
        }
        wait = if since.elapsed() > Duration::from_secs(60) {
            FIRST_WAIT
        } else {
            (wait * 2).min(Duration::from_secs(30))
        };
        sleep(wait).await;
    }
}

/// Reads figures of risk from the accounts, again and again.
async fn look(follower: Arc<Follower>, every: Duration) {
    loop {
        if let Err(error) = look_once(&follower).await {
            warn!("figures of risk: {}", told(&error));
            follower.metrics.add("errors_total", "where=\"figures\"", 1.0);
        }
        sleep(every).await;
    }
}

/// Reads figures of risk once, and writes them.
pub async fn look_once(follower: &Follower) -> Result<report::Sight> {
    let book = audit::accounts(&follower.source).await?;
    let sight = report::sight(&book);
    let mut change = follower.store.change().await?;
    change.set_sight(sight.time.div_euclid(60), sight.slot, &serde_json::to_string(&sight)?).await?;
    change.commit().await?;
    Ok(sight)
}
