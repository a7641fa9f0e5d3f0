//! The cluster and the fund that a command is about.

use {
    crate::settings::{chosen_keypair, chosen_url, parse_address, read_key, Settings},
    anyhow::{bail, Context, Result},
    bulkhead_client::{address, Address},
    bulkhead_inspect::migration::Parameters,
    bulkhead_keeper::{book::Book, source::Source},
    solana_account::Account,
    solana_commitment_config::CommitmentConfig,
    solana_keypair::Keypair,
    solana_rpc_client::nonblocking::rpc_client::RpcClient,
    std::{collections::BTreeMap, path::PathBuf, sync::Arc},
};

/// Options of every command.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// Cluster: localhost, devnet, testnet, mainnet-beta, or a URL; by default that of Solana's configuration
    #[arg(long, short, global = true, value_name = "URL_OR_MONIKER")]
    url: Option<String>,
    /// Solana's configuration file, if not the usual one
    #[arg(long, global = true, value_name = "FILE")]
    solana_config: Option<PathBuf>,
    /// Key file to sign with; by default that of Solana's configuration
    #[arg(long, short, global = true, value_name = "FILE")]
    keypair: Option<PathBuf>,
    /// The fund
    #[arg(long, global = true, value_name = "ADDRESS", value_parser = parse_address, conflicts_with = "mint")]
    fund: Option<Address>,
    /// The fund's settlement mint, instead of --fund
    #[arg(long, global = true, value_name = "ADDRESS", value_parser = parse_address)]
    mint: Option<Address>,
    /// With --mint: the fund's number among those of its mint
    #[arg(long, global = true, default_value_t = 0)]
    id: u16,
    /// Only simulate a transaction, and print what it would cost and do
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Print JSON for scripts: money in base units, as strings
    #[arg(long, global = true)]
    pub json: bool,
}

/// A fund on a cluster, and the key to act with.
pub struct Session {
    /// Reads it.
    pub source: Source,
    /// The key file, read when somebody must sign.
    keypair: PathBuf,
}

impl Session {
    /// Connects; nothing is read of the fund yet.
    pub async fn open(options: &Options) -> Result<Self> {
        let settings = Settings::read(options.solana_config.as_deref())?;
        let url = chosen_url(options.url.as_deref(), &settings)?;
        let keypair = chosen_keypair(options.keypair.as_deref(), &settings)?;
        let fund = match (options.fund, options.mint) {
            (Some(fund), _) => fund,
            (None, Some(mint)) => address::fund(&mint, options.id),
            (None, None) => bail!("which fund? give --fund ADDRESS, or --mint ADDRESS and --id NUMBER"),
        };
        let rpc = Arc::new(RpcClient::new_with_commitment(url.clone(), CommitmentConfig::confirmed()));
        rpc.get_genesis_hash().await.with_context(|| format!("cannot reach a cluster at {url}: is --url right?"))?;
        Ok(Self { source: Source { rpc, websocket_url: None, fund, oracles: BTreeMap::new() }, keypair })
    }

    /// Who acts.
    pub fn key(&self) -> Result<Keypair> {
        read_key(&self.keypair)
    }

    /// The whole fund, with marks as they are on chain, and the accounts its prices are read from.
    pub async fn load(&self) -> Result<(Book, Vec<Option<Account>>)> {
        let live = self.source.load().await?;
        let mut book = live.book().clone();
        book.markets = live.markets().to_vec();
        let oracles = self.source.accounts(live.oracles()).await?;
        Ok((book, oracles))
    }
}

/// What a market is called: by its feed, for those of the repository's migrations.
pub fn symbol(feed_id: &[u8; 32], index: u16) -> String {
    let known = Parameters::bundled().ok().and_then(|parameters| {
        let market = parameters.markets.into_iter().find(|market| market.params.oracle.feed_id == *feed_id)?;
        Some(market.symbol)
    });
    known.unwrap_or_else(|| format!("market {index}"))
}
