//! Checks that a configuration can be true: keys, cluster, fund, money. Each mistake has an error
//! of its own.

use {
    crate::{config::Config, live::Live, metrics::Metrics, sender::Sender, source::Source},
    anyhow::{anyhow, bail, ensure, Context, Result},
    bulkhead_client::{address, instruction::Trader, Address},
    solana_keypair::{read_keypair_file, Keypair},
    solana_rpc_client::nonblocking::rpc_client::RpcClient,
    solana_signer::Signer,
    std::{
        collections::BTreeMap,
        path::Path,
        str::FromStr,
        sync::{atomic::AtomicU32, Arc},
        time::Duration,
    },
    tokio::sync::Mutex,
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
    let source = Source {
        rpc: rpc.clone(),
        websocket_url: Some(cluster.websocket_url.clone()).filter(|url| !url.is_empty()),
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
    let pubkey = payer.pubkey();
    let sender = Sender {
        rpc,
        keys: [payer].into_iter().chain(members).collect(),
        fund: source.fund,
        fees: config.fees.clone(),
        sending: config.sending.clone(),
        is_dry,
        metrics: metrics.clone(),
        price: Mutex::default(),
        signed: AtomicU32::new(0),
    };
    Ok(Setup { source, live, sender: Arc::new(sender), payer: pubkey, traders, bounty, metrics, config })
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
