//! The cluster and the fund of a command.

use {
    crate::settings::{chosen_keypair, chosen_url, parse_address, read_key, Settings},
    anyhow::{bail, Context, Result},
    bulkhead_book::{accounts::FUND_OFFSET, Book},
    bulkhead_client::{
        account::{decode, AccountDeserialize, Discriminator},
        address,
        state::{EpochRecord, QueuedChange},
        Address, PROGRAM_ID,
    },
    bulkhead_inspect::migration::Parameters,
    bulkhead_keeper::source::Source,
    solana_account::Account,
    solana_account_decoder_client_types::UiAccountEncoding,
    solana_commitment_config::CommitmentConfig,
    solana_keypair::Keypair,
    solana_rpc_client::nonblocking::rpc_client::RpcClient,
    solana_rpc_client_api::{
        config::{RpcAccountInfoConfig, RpcProgramAccountsConfig},
        filter::{Memcmp, RpcFilterType},
    },
    solana_signer::Signer,
    std::{collections::BTreeMap, path::PathBuf, sync::Arc},
};

/// Options of every command.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Options of every command")]
pub struct Options {
    /// Cluster: localhost, devnet, testnet, mainnet-beta, or a URL; by default that of Solana's
    /// configuration
    #[arg(long, short, global = true, value_name = "URL_OR_MONIKER")]
    url: Option<String>,
    /// Solana's configuration file, if not the usual one
    #[arg(long, global = true, value_name = "FILE")]
    solana_config: Option<PathBuf>,
    /// Key file to sign with; by default that of Solana's configuration
    #[arg(long, short, global = true, value_name = "FILE")]
    keypair: Option<PathBuf>,
    /// Address of the fund
    #[arg(long, global = true, value_name = "ADDRESS", value_parser = parse_address, conflicts_with = "mint")]
    fund: Option<Address>,
    /// The fund's settlement mint, instead of --fund
    #[arg(long, global = true, value_name = "ADDRESS", value_parser = parse_address)]
    mint: Option<Address>,
    /// With --mint: the key that has created the fund; by default the acting wallet
    #[arg(long, global = true, value_name = "ADDRESS", value_parser = parse_address)]
    creator: Option<Address>,
    /// With --mint: the fund's number among those of its creator and mint
    #[arg(long, global = true, default_value_t = 0)]
    id: u16,
    /// Only simulate a transaction, and print what it would cost and do
    #[arg(long, global = true)]
    dry_run: bool,
    /// Only print a transaction's instructions, for a multisig to propose
    #[arg(long, global = true)]
    print_instruction: bool,
    /// Address that the transaction is for, when its key is elsewhere: with --print-instruction or
    /// --dry-run
    #[arg(long, global = true, value_name = "ADDRESS", value_parser = parse_address)]
    authority: Option<Address>,
    /// Last slot in which a governance instruction may run; by default five minutes from now, with
    /// --print-instruction a day
    #[arg(long, global = true, value_name = "SLOT")]
    last_valid_slot: Option<u64>,
    /// Do not ask before a governance transaction is sent
    #[arg(long, short, global = true)]
    yes: bool,
    /// Print JSON for scripts: money in base units, as strings
    #[arg(long, global = true)]
    pub json: bool,
}

impl Options {
    /// Refuses options that contradict each other. clap cannot do it, because each option may come
    /// before or after the command.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.dry_run && self.print_instruction {
            return Err("--dry-run and --print-instruction: choose one");
        }
        if self.authority.is_some() && !self.dry_run && !self.print_instruction {
            return Err(
                "--authority signs nothing: give --print-instruction or --dry-run with it, or its key with \
                 --keypair",
            );
        }
        Ok(())
    }

    fn mode(&self) -> Mode {
        match (self.dry_run, self.print_instruction) {
            (_, true) => Mode::Print,
            (true, _) => Mode::Simulate,
            _ => Mode::Send { is_agreed: self.yes },
        }
    }
}

/// The treatment of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is sent. A transaction of governance is asked for first, unless it is agreed to already.
    Send {
        /// `--yes`.
        is_agreed: bool,
    },
    Simulate,
    Print,
}

/// A fund on a cluster, and the acting wallet.
pub struct Session {
    pub source: Source,
    pub mode: Mode,
    /// Creator, mint and number of the fund, if it was named by them.
    pub named: Option<(Address, Address, u16)>,
    /// The key file, read when a signature is needed.
    keypair: PathBuf,
    authority: Option<Address>,
    last_valid_slot: Option<u64>,
}

/// Slots in which a governance instruction may run: about five minutes while a person reads the
/// question, and about a day while signatures are gathered.
const VALID_SLOTS: u64 = 750;
/// See [`VALID_SLOTS`].
const VALID_SLOTS_PRINTED: u64 = 216_000;

impl Session {
    /// Connects, and reads nothing of the fund yet.
    pub async fn open(options: &Options) -> Result<Self> {
        let settings = Settings::read(options.solana_config.as_deref())?;
        let url = chosen_url(options.url.as_deref(), &settings)?;
        let keypair = chosen_keypair(options.keypair.as_deref(), &settings)?;
        let (fund, named) = match (options.fund, options.mint) {
            (Some(fund), _) => (fund, None),
            (None, Some(mint)) => {
                let creator = match options.creator.or(options.authority) {
                    Some(creator) => creator,
                    None => read_key(&keypair)?.pubkey(),
                };
                (address::fund(&creator, &mint, options.id), Some((creator, mint, options.id)))
            }
            (None, None) => {
                bail!("which fund? give --fund ADDRESS, or --mint ADDRESS, --creator ADDRESS and --id NUMBER")
            }
        };
        let rpc = Arc::new(RpcClient::new_with_commitment(url.clone(), CommitmentConfig::confirmed()));
        rpc.get_genesis_hash()
            .await
            .with_context(|| format!("cannot reach a cluster at {url}: is --url right?"))?;
        Ok(Self {
            source: Source { rpc, websocket_url: None, fund, oracles: BTreeMap::new() },
            mode: options.mode(),
            named,
            keypair,
            authority: options.authority,
            last_valid_slot: options.last_valid_slot,
        })
    }

    /// The key to sign with.
    pub fn key(&self) -> Result<Keypair> {
        read_key(&self.keypair)
    }

    /// The acting wallet.
    pub fn me(&self) -> Result<Address> {
        self.authority.map_or_else(|| Ok(self.key()?.pubkey()), Ok)
    }

    /// The last slot in which a governance instruction made in `slot` may run.
    pub fn last_valid_slot(&self, slot: u64) -> u64 {
        let slots = if self.mode == Mode::Print { VALID_SLOTS_PRINTED } else { VALID_SLOTS };
        self.last_valid_slot.unwrap_or(slot.saturating_add(slots))
    }

    /// An account, or none.
    pub async fn account(&self, address: &Address) -> Result<Option<Account>> {
        Ok(self.source.accounts(&[*address]).await?.remove(0))
    }

    /// The record of an ended epoch, if there is one.
    pub async fn epoch(&self, epoch: u64) -> Result<Option<EpochRecord>> {
        let account = self.account(&address::epoch_record(&self.source.fund, epoch)).await?;
        Ok(account.map(|account| decode(&account.data)).transpose()?)
    }

    /// The fund's queued changes, by number.
    pub async fn changes(&self) -> Result<Vec<QueuedChange>> {
        let mut changes: Vec<QueuedChange> = self.all().await?;
        changes.sort_by_key(|change| change.number);
        Ok(changes)
    }

    /// All accounts of one kind that belong to the fund.
    pub async fn all<T: AccountDeserialize + Discriminator>(&self) -> Result<Vec<T>> {
        let bytes = self.source.fund.to_bytes().to_vec();
        let config = RpcProgramAccountsConfig {
            filters: Some(vec![RpcFilterType::Memcmp(Memcmp::new_raw_bytes(FUND_OFFSET, bytes))]),
            account_config: RpcAccountInfoConfig {
                encoding: Some(UiAccountEncoding::Base64),
                ..RpcAccountInfoConfig::default()
            },
            ..RpcProgramAccountsConfig::default()
        };
        let read = self.source.rpc.get_program_ui_accounts_with_config(&PROGRAM_ID, config).await?;
        Ok(read.into_iter().filter_map(|(_, account)| decode(&account.data.decode()?).ok()).collect())
    }

    /// Reads the whole fund, with marks as they are on chain, and the accounts that its prices are
    /// read from.
    pub async fn load(&self) -> Result<(Book, Vec<Option<Account>>)> {
        let live = self.source.load().await?;
        let mut book = live.book().clone();
        book.markets = live.markets().to_vec().into();
        let oracles = self.source.accounts(live.oracles()).await?;
        Ok((book, oracles))
    }
}

/// A market's name by its feed, for the markets of the repository's migrations.
pub fn symbol(feed_id: &[u8; 32], index: u16) -> String {
    let known = Parameters::bundled().ok().and_then(|parameters| {
        let market =
            parameters.markets.into_iter().find(|market| market.params.oracle.feed_id == *feed_id)?;
        Some(market.symbol)
    });
    known.unwrap_or_else(|| format!("market {index}"))
}
