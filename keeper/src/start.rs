//! Checks that a configuration can be true: keys, cluster, fund, money. Each mistake has an error
//! of its own.

use {
    crate::{
        bulk::Bulk,
        config::{Cluster, Config},
        feed::{Feed, Node},
        live::Live,
        metrics::Metrics,
        prices::{
            hermes::{api_key, Hermes},
            listener::Listener,
            poster::Poster,
            pro::{self, desk::Desk, feeds_of, server::Server, ProFeed},
        },
        sender::Sender,
        source::Source,
    },
    anyhow::{anyhow, bail, ensure, Context, Result},
    bulkhead_client::{address, instruction::Trader, Address},
    bulkhead_pyth::{receiver, FeedId},
    solana_keypair::{read_keypair_file, Keypair},
    solana_rpc_client::nonblocking::rpc_client::RpcClient,
    solana_signer::Signer,
    std::{
        collections::BTreeMap,
        env,
        path::Path,
        str::FromStr,
        sync::{atomic::AtomicU32, Arc},
        time::Duration,
    },
    tokio::sync::{watch, Mutex},
};

/// The parts of a keeper, checked once at the start.
pub struct Setup {
    pub config: Config,
    pub source: Source,
    /// The fund at the start.
    pub live: Live,
    pub sender: Arc<Sender>,
    /// Pays fees and rents.
    pub payer: Address,
    /// The keeper's member accounts, each with its signer.
    pub traders: Vec<Trader>,
    /// The member account that receives the bounties.
    pub bounty: Option<Address>,
    pub metrics: Arc<Metrics>,
    /// The prices of Hermes that it posts itself, if it does.
    pub prices: Option<Prices>,
    /// The messages of Pyth Pro that it posts itself, if it does.
    pub pro: Option<Pro>,
}

/// The two ends of the posting of prices.
pub struct Prices {
    pub listener: Listener,
    pub poster: Poster,
    /// Tells the listener of the feeds that it listens for.
    pub feeds: watch::Sender<Vec<FeedId>>,
}

/// The two ends of the posting of messages of Pyth Pro.
pub struct Pro {
    pub listener: pro::listener::Listener,
    pub desk: Desk,
    /// Tells the listener of the feeds that it listens for.
    pub feeds: watch::Sender<Vec<ProFeed>>,
}

/// Reads the keys, connects, and loads the fund.
pub async fn start(config: Config, is_dry: bool) -> Result<Setup> {
    let payer = key(&config.keys.payer).context("keys.payer")?;
    let members = config
        .keys
        .members
        .iter()
        .map(|file| key(file).context("keys.members"))
        .collect::<Result<Vec<_>>>()?;
    start_with(config, payer, members, is_dry).await
}

/// Does the same with keys that are in no file.
pub async fn start_with(
    config: Config,
    payer: Keypair,
    members: Vec<Keypair>,
    is_dry: bool,
) -> Result<Setup> {
    let cluster = &config.cluster;
    let timeout = Duration::from_millis(cluster.timeout_ms);
    let commitment = cluster.commitment.config();
    let rpc =
        Arc::new(RpcClient::new_with_timeout_and_commitment(cluster.rpc_url.clone(), timeout, commitment));
    check_cluster(&rpc, &config).await?;
    let bulk = Bulk::of(&rpc, Duration::from_millis(cluster.load_timeout_ms), cluster.accounts_per_page);
    let source = Source {
        rpc: rpc.clone(),
        bulk,
        feed: feed(cluster)?,
        fund: parse(&config.fund.address).context("fund.address")?,
        oracles: numbered(&config.fund.oracles).context("fund.oracles")?,
    };
    let live = source.load().await?;
    let balance = rpc.get_balance(&payer.pubkey()).await.context("the payer's balance")?;
    let least = config.fees.least_lamports;
    ensure!(
        balance >= least,
        "the payer {} has {balance} lamports, fewer than fees.least_lamports = {least}: send it SOL",
        payer.pubkey()
    );
    let traders = traders(&config, &members, &live)?;
    let bounty = match config.keys.bounty.as_str() {
        "" => traders.first().map(|trader| trader.member),
        text => {
            let bounty = parse(text).context("keys.bounty")?;
            ensure!(
                live.book().members.contains_key(&bounty),
                "keys.bounty: {bounty} is no member of this fund"
            );
            Some(bounty)
        }
    };
    let metrics = Arc::new(Metrics::of(source.fund));
    let prices = prices(&config, &source, &live, &payer, &metrics).await?;
    let price_keys = prices.as_ref().map(|prices| prices.poster.keys()).unwrap_or_default();
    let pro = pro(&config, &source, &live, payer.pubkey(), &metrics).await?;
    let pubkey = payer.pubkey();
    let sender = Sender {
        rpc,
        keys: [payer].into_iter().chain(members).map(Arc::new).collect(),
        price_keys,
        fund: source.fund,
        fees: config.fees.clone(),
        sending: config.sending.clone(),
        is_dry,
        metrics: metrics.clone(),
        price: Mutex::default(),
        signed: AtomicU32::new(0),
    };
    let sender = Arc::new(sender);
    Ok(Setup { source, live, sender, payer: pubkey, traders, bounty, metrics, prices, pro, config })
}

/// Prepares the posting of prices of Hermes, if there is one: the server, its key, the receiver's
/// configuration, and a price account for each feed.
async fn prices(
    config: &Config,
    source: &Source,
    live: &Live,
    payer: &Keypair,
    metrics: &Arc<Metrics>,
) -> Result<Option<Prices>> {
    let prices = &config.prices;
    if prices.hermes_url.is_empty() {
        return Ok(None);
    }
    let receiver = prices.receiver.deployment();
    let key = api_key(&prices.api_key_variable).context("prices.api_key_variable")?;
    let hermes = Hermes::new(&prices.hermes_url, key, Duration::from_millis(prices.timeout_ms));
    let hermes = hermes.context("prices.hermes_url")?;
    let account = source.accounts(&[receiver.config()]).await?.remove(0);
    let account = account.filter(|account| account.owner == receiver.program());
    let account = account.with_context(|| {
        format!("prices.receiver: {} is not configured on this cluster", receiver.program())
    })?;
    let at_receiver = receiver::Config::parse(&account.data).context("the receiver's configuration")?;
    let mut poster = Poster::new(receiver, at_receiver.wormhole, payer, prices.shard);
    let feeds = poster.follow(live.markets());
    ensure!(!feeds.is_empty(), "prices.receiver: no market of this fund accepts {}", receiver.program());
    let (feeds, followed) = watch::channel(feeds);
    let listener = Listener {
        hermes,
        source: source.clone(),
        config: prices.clone(),
        metrics: metrics.clone(),
        receiver,
        believed: at_receiver,
        feeds: followed,
        sets: BTreeMap::new(),
        spaced: Arc::default(),
    };
    Ok(Some(Prices { listener, poster, feeds }))
}

/// Prepares the posting of messages of Pyth Pro, if there is a server: the servers, their token, the
/// contract, and the feeds of the markets.
async fn pro(
    config: &Config,
    source: &Source,
    live: &Live,
    payer: Address,
    metrics: &Arc<Metrics>,
) -> Result<Option<Pro>> {
    let prices = &config.prices;
    if prices.pro_urls.is_empty() {
        return Ok(None);
    }
    let token = pro::error::token(&prices.pro_token_variable).context("prices.pro_token_variable")?;
    let patience = Duration::from_millis(prices.timeout_ms);
    let server = |url: &String| Server::new(url, token.clone(), patience);
    let servers = prices.pro_urls.iter().map(server).collect::<Result<Vec<_>, _>>();
    let servers = servers.context("prices.pro_urls")?;
    let feeds = feeds_of(live.markets());
    ensure!(
        !feeds.is_empty(),
        "prices.pro_urls: no market of this fund is read from Pyth Pro: leave it empty"
    );
    pro::listener::require_contract(source).await.context("prices.pro_urls")?;
    let (feeds, followed) = watch::channel(feeds);
    let listener = pro::listener::Listener {
        servers,
        source: source.clone(),
        config: prices.clone(),
        metrics: metrics.clone(),
        feeds: followed,
        shared: Arc::default(),
        spaced: Arc::default(),
    };
    Ok(Some(Pro { listener, desk: Desk::new(payer), feeds }))
}

/// Where changes come from: gRPC before a websocket, where both are configured.
fn feed(cluster: &Cluster) -> Result<Option<Feed>> {
    if !cluster.grpc_url.is_empty() {
        let variable = &cluster.grpc_token_variable;
        let token = Some(variable).filter(|variable| !variable.is_empty()).map(|variable| {
            let token = env::var(variable).ok().filter(|token| !token.is_empty());
            token.with_context(|| format!("cluster.grpc_token_variable: {variable} is not set"))
        });
        let token = token.transpose()?;
        return Ok(Some(Feed::Grpc(Node { url: cluster.grpc_url.clone(), token })));
    }
    let url = Some(cluster.websocket_url.clone()).filter(|url| !url.is_empty());
    Ok(url.map(Feed::Websocket))
}

async fn check_cluster(rpc: &RpcClient, config: &Config) -> Result<()> {
    let url = &config.cluster.rpc_url;
    let hash = rpc
        .get_genesis_hash()
        .await
        .with_context(|| format!("cannot reach a cluster at cluster.rpc_url = {url}"))?;
    let wanted = &config.cluster.genesis_hash;
    ensure!(
        wanted.is_empty() || *wanted == hash.to_string(),
        "wrong cluster: {url} has genesis hash {hash}, cluster.genesis_hash is {wanted}"
    );
    Ok(())
}

/// Finds the member account of every key: the owner's, or the one that a delegate is configured
/// for.
fn traders(config: &Config, members: &[Keypair], live: &Live) -> Result<Vec<Trader>> {
    let delegated = numbered(&config.keys.accounts).context("keys.accounts")?;
    let trader = |(number, key): (usize, &Keypair)| -> Result<Trader> {
        let signer = key.pubkey();
        let configured = u16::try_from(number).ok().and_then(|number| delegated.get(&number));
        let member = configured.copied().unwrap_or_else(|| address::member(&live.book().keys.fund, &signer));
        let Some(account) = live.book().members.get(&member) else {
            bail!(
                "keys.members: {signer} has no member account ({member}) in this fund: open one, or name \
                 it in keys.accounts"
            );
        };
        ensure!(
            account.owner == signer || account.delegate == signer,
            "keys.members: {signer} is neither owner nor delegate of {member}"
        );
        Ok(Trader { member, signer })
    };
    members.iter().enumerate().map(trader).collect()
}

fn key(file: &Path) -> Result<Keypair> {
    ensure!(file.is_file(), "there is no key file {}", file.display());
    read_keypair_file(file)
        .map_err(|error| anyhow!("{} is not a key file as Solana's tools write it: {error}", file.display()))
}

fn parse(text: &str) -> Result<Address> {
    Address::from_str(text).map_err(|_| anyhow!("`{text}` is not an address"))
}

fn numbered(table: &BTreeMap<String, String>) -> Result<BTreeMap<u16, Address>> {
    let entry = |(number, text): (&String, &String)| -> Result<(u16, Address)> {
        Ok((number.parse().with_context(|| format!("`{number}` is not a number"))?, parse(text)?))
    };
    table.iter().map(entry).collect()
}
