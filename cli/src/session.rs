//! The cluster and the fund of a command.

use {
    crate::{
        config::{self, Config},
        key::{self, Key},
        priority::PriorityFee,
        scales::Scales,
        settings::{chosen_keypair, chosen_url, parse_address, Settings},
    },
    anyhow::{bail, Context, Result},
    bulkhead_book::{
        accounts::{token_amount, FUND_OFFSET},
        Book,
    },
    bulkhead_client::{
        account::{decode, AccountDeserialize, Discriminator},
        address,
        instruction::FundKeys,
        program_id,
        state::{EpochRecord, QueuedChange},
        Address, Instruction,
    },
    bulkhead_inspect::migration::Parameters,
    bulkhead_keeper::{config::Fees, source::Source},
    solana_account::Account,
    solana_commitment_config::CommitmentConfig,
    solana_rpc_client::nonblocking::rpc_client::RpcClient,
    std::{
        cell::OnceCell,
        path::{Path, PathBuf},
        str::FromStr,
        sync::Arc,
    },
};

const ASSOCIATED_TOKEN: Address = Address::from_str_const("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");

/// Options of every command.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Options of every command")]
pub struct Options {
    /// Cluster: localhost, devnet, testnet, mainnet-beta, or a URL; by default BULKHEAD_URL, or that
    /// of the configuration
    #[arg(long, short, global = true, value_name = "URL_OR_MONIKER")]
    url: Option<String>,
    /// Configuration of this command line, if not ~/.config/bulkhead/config.toml: `fund`, `url`,
    /// `keypair`, `fee_payer`, `priority_fee`
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Solana's configuration file, if not the usual one
    #[arg(long, global = true, value_name = "FILE")]
    solana_config: Option<PathBuf>,
    /// Key file to sign with, or `usb://ledger?key=0` for a hardware wallet; by default
    /// BULKHEAD_KEYPAIR, or that of the configuration
    #[arg(long, short, global = true, value_name = "FILE")]
    keypair: Option<PathBuf>,
    /// Key file or hardware wallet of another wallet that pays the network's fees; with --sign-only or
    /// --print-instruction its address is enough
    #[arg(long, global = true, value_name = "FILE")]
    fee_payer: Option<PathBuf>,
    /// Price of a compute unit: micro-lamports, or `auto` for what others pay
    #[arg(long, global = true, value_name = "PRICE")]
    priority_fee: Option<PriorityFee>,
    /// Address of the fund; by default BULKHEAD_FUND, or that of the configuration
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
    /// Only sign with the keys that are here, and print the transaction for `bulkhead sign` and
    /// `bulkhead submit` elsewhere
    #[arg(long, global = true)]
    sign_only: bool,
    /// With --sign-only: a nonce account, with which the transaction stays good for as long as the nonce
    /// does; `bulkhead nonce create` makes one
    #[arg(long, global = true, value_name = "ADDRESS", value_parser = parse_address)]
    nonce: Option<Address>,
    /// Only print a transaction's instructions, for a multisig to propose
    #[arg(long, global = true)]
    print_instruction: bool,
    /// Address that the transaction is for, when its key is elsewhere: with --print-instruction,
    /// --sign-only or --dry-run
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
        if [self.dry_run, self.print_instruction, self.sign_only].iter().filter(|chosen| **chosen).count() > 1
        {
            return Err("--dry-run, --sign-only and --print-instruction: choose one");
        }
        if self.nonce.is_some() && !self.sign_only {
            return Err("--nonce is for a transaction that is signed later: give --sign-only with it");
        }
        if self.authority.is_some() && !self.dry_run && !self.print_instruction && !self.sign_only {
            return Err(
                "--authority signs nothing: give --print-instruction, --sign-only or --dry-run with it, or \
                 its key with --keypair",
            );
        }
        Ok(())
    }

    /// Whether everything is agreed to beforehand.
    pub fn is_agreed(&self) -> bool {
        self.yes
    }

    fn mode(&self) -> Mode {
        match (self.dry_run, self.print_instruction, self.sign_only) {
            (_, true, _) => Mode::Print,
            (true, ..) => Mode::Simulate,
            (.., true) => Mode::SignOnly { is_agreed: self.yes },
            _ => Mode::Send { is_agreed: self.yes },
        }
    }

    /// The fund that is named, with creator, mint and number if it is named by them.
    fn fund(&self, config: &Config, keypair: &Path) -> Result<(Address, Option<Named>)> {
        if let Some(fund) = self.fund {
            return Ok((fund, None));
        }
        if let Some(mint) = self.mint {
            let creator = match self.creator.or(self.authority) {
                Some(creator) => creator,
                None => key::open(keypair)?.pubkey(),
            };
            return Ok((address::fund(&creator, &mint, self.id), Some((creator, mint, self.id))));
        }
        let Some(fund) = config.fund()? else {
            let file = config::usual().map_or("the configuration".into(), |path| path.display().to_string());
            bail!(
                "which fund? give --fund ADDRESS, or --mint ADDRESS, --creator ADDRESS and --id NUMBER; for \
                 good, set BULKHEAD_FUND or write fund = \"ADDRESS\" into {file}"
            )
        };
        Ok((fund, None))
    }
}

/// Creator, mint and number of a fund.
type Named = (Address, Address, u16);

/// The treatment of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is sent. A transaction of governance is asked for first, unless it is agreed to already.
    Send {
        /// `--yes`.
        is_agreed: bool,
    },
    Simulate,
    /// It is signed with the keys that are here, and printed.
    SignOnly {
        /// `--yes`.
        is_agreed: bool,
    },
    Print,
}

/// The fund that a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The one that the user names.
    Named,
    /// This one.
    Fund(Address),
    /// None, or the one that the user names.
    Any,
}

/// A fund on a cluster, and the acting wallet.
pub struct Session {
    pub source: Source,
    pub mode: Mode,
    /// Creator, mint and number of the fund, if it was named by them.
    pub named: Option<(Address, Address, u16)>,
    /// The nonce account that makes a transaction durable.
    pub nonce: Option<Address>,
    /// The place of the key, which is opened when it is needed.
    keypair: PathBuf,
    key: OnceCell<Key>,
    fee_payer: Option<PathBuf>,
    priority_fee: Option<PriorityFee>,
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
    pub async fn open(options: &Options, subject: Subject) -> Result<Self> {
        let (config, settings) =
            (Config::read(options.config.as_deref())?, Settings::read(options.solana_config.as_deref())?);
        let url = chosen_url(options.url.as_deref().or(config.url.as_deref()), &settings)?;
        let keypair = chosen_keypair(options.keypair.as_deref().or(config.keypair.as_deref()), &settings)?;
        let (fund, named) = match subject {
            Subject::Fund(fund) => (fund, None),
            Subject::Named => options.fund(&config, &keypair)?,
            Subject::Any => options.fund(&config, &keypair).unwrap_or_default(),
        };
        let priority_fee = match (options.priority_fee, &config.priority_fee) {
            (None, Some(text)) => Some(PriorityFee::from_str(text).context("priority_fee")?),
            (chosen, _) => chosen,
        };
        let rpc = Arc::new(RpcClient::new_with_commitment(url.clone(), CommitmentConfig::confirmed()));
        rpc.get_genesis_hash()
            .await
            .with_context(|| format!("cannot reach a cluster at {url}: is --url right?"))?;
        Ok(Self {
            source: Source::new(rpc, fund),
            mode: options.mode(),
            named,
            nonce: options.nonce,
            keypair,
            key: OnceCell::new(),
            fee_payer: options.fee_payer.clone().or(config.fee_payer),
            priority_fee,
            authority: options.authority,
            last_valid_slot: options.last_valid_slot,
        })
    }

    /// The key to sign with.
    pub fn key(&self) -> Result<Key> {
        if let Some(key) = self.key.get() {
            return Ok(key.clone());
        }
        let key = key::open(&self.keypair)?;
        Ok(self.key.get_or_init(|| key).clone())
    }

    /// The keys that sign, as far as they are here: the acting wallet's, and that of the fee payer. To
    /// sign only, neither needs to be here.
    pub fn keys(&self) -> Result<Vec<Key>> {
        let may_miss = matches!(self.mode, Mode::SignOnly { .. });
        let mut keys = match self.authority {
            Some(_) => Vec::new(),
            None => vec![self.key()?],
        };
        if let Some(file) = &self.fee_payer {
            match key::open(file) {
                Err(_) if may_miss && address_of(file).is_some() => {}
                key => keys.push(key?),
            }
        }
        Ok(keys)
    }

    /// The wallet that pays the network's fees.
    pub fn payer(&self) -> Result<Address> {
        let may_miss = !matches!(self.mode, Mode::Send { .. });
        match &self.fee_payer {
            None => self.me(),
            Some(text) => match address_of(text).filter(|_| may_miss) {
                Some(address) => Ok(address),
                None => Ok(key::open(text)?.pubkey()),
            },
        }
    }

    /// The price that a transaction offers for a compute unit, in micro-lamports.
    pub async fn unit_price(&self, instructions: &[Instruction]) -> Result<u64> {
        let fees = Fees::default();
        match self.priority_fee {
            None => Ok(fees.micro_lamports),
            Some(PriorityFee::Fixed(price)) => Ok(price),
            Some(PriorityFee::Auto) => {
                let accounts = instructions.iter().flat_map(|instruction| &instruction.accounts);
                let written: Vec<Address> =
                    accounts.filter(|account| account.is_writable).map(|account| account.pubkey).collect();
                let recent = self.source.rpc.get_recent_prioritization_fees(&written).await?;
                let paid: Vec<u64> = recent.iter().map(|slot| slot.prioritization_fee).collect();
                Ok(fees.price(&paid))
            }
        }
    }

    /// The scales of the fund's numbers.
    pub async fn scales(&self) -> Result<Scales> {
        Ok(Scales::of(&self.source.load_part(&[]).await?.0))
    }

    /// The acting wallet.
    pub fn me(&self) -> Result<Address> {
        self.authority.map_or_else(|| Ok(self.key()?.pubkey()), Ok)
    }

    /// The last slot in which a governance instruction made in `slot` may run.
    pub fn last_valid_slot(&self, slot: u64) -> u64 {
        let is_for_later = self.mode == Mode::Print || self.nonce.is_some();
        let slots = if is_for_later { VALID_SLOTS_PRINTED } else { VALID_SLOTS };
        self.last_valid_slot.unwrap_or(slot.saturating_add(slots))
    }

    /// An account, or none.
    pub async fn account(&self, address: &Address) -> Result<Option<Account>> {
        Ok(self.source.accounts(&[*address]).await?.remove(0))
    }

    /// The tokens of a wallet, in its associated token account; none if it has no such account.
    pub async fn wallet_balance(&self, book: &Book, wallet: &Address) -> Result<Option<u64>> {
        let account = self.account(&associated(wallet, &book.keys)).await?;
        account.map(|account| token_amount(&account.data)).transpose()
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
        let bytes = [(0, T::DISCRIMINATOR.to_vec()), (FUND_OFFSET, self.source.fund.to_bytes().to_vec())];
        let mut all = Vec::new();
        let take = |_, data: &[u8]| all.extend(decode(data).ok());
        self.source.bulk.of_program(&program_id(), &bytes, take).await?;
        Ok(all)
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

/// The associated token account of a wallet, for the fund's mint.
pub fn associated(wallet: &Address, keys: &FundKeys) -> Address {
    let seeds = [wallet.as_ref(), keys.token_program.as_ref(), keys.mint.as_ref()];
    Address::find_program_address(&seeds, &ASSOCIATED_TOKEN).0
}

fn address_of(text: &Path) -> Option<Address> {
    text.to_str().and_then(|text| parse_address(text).ok())
}

/// A market's name by its feed, for the markets of the repository's migrations: by a pull feed, or by the
/// asset's one of Pyth Pro.
pub fn symbol(feed_id: &[u8; 32], index: u16) -> String {
    let parameters = Parameters::bundled().ok();
    let known = parameters.as_ref().and_then(|parameters| parameters.symbol_of(feed_id)).map(str::to_owned);
    known.unwrap_or_else(|| format!("market {index}"))
}
