//! The fund through RPC as any client sees it: reads accounts and sends transactions.

use {
    crate::ledger::Ledger,
    anyhow::{anyhow, bail, Context, Result},
    bulkhead_book::{
        accounts::{self, token_amount, Owned, CLOCK, FUND_OFFSET},
        Book,
    },
    bulkhead_client::{
        account::{decode, AccountDeserialize, Discriminator},
        claims::state::PolicyBook,
        cover_program_id,
        event::{calls_from_logs, from_logs, Event},
        instruction::FundKeys,
        program_id,
        state::DefaultRecord,
        Address, Instruction,
    },
    bulkhead_keeper::{
        policies::Policies,
        transaction::{distinct, explain},
    },
    solana_account_decoder_client_types::{UiAccount, UiAccountEncoding},
    solana_commitment_config::CommitmentConfig,
    solana_keypair::Keypair,
    solana_rpc_client::rpc_client::RpcClient,
    solana_rpc_client_api::{
        config::{
            RpcAccountInfoConfig, RpcProgramAccountsConfig, RpcSendTransactionConfig, RpcTransactionConfig,
        },
        filter::{Memcmp, RpcFilterType},
    },
    solana_signature::Signature,
    solana_signer::Signer,
    solana_transaction::Transaction,
    solana_transaction_status_client_types::{option_serializer::OptionSerializer, UiTransactionEncoding},
    std::{cell::RefCell, collections::BTreeMap, thread::sleep, time::Duration},
};

const POLL: Duration = Duration::from_millis(200);
const POLLS: u32 = 150;

/// The source of blocks. A public cluster makes them by itself; the demo's validator makes them
/// when asked.
pub trait Blocks {
    /// Asks for a block, or does nothing where blocks come by themselves.
    fn next_block(&self) -> Result<()>;
}

/// A cluster on which blocks come by themselves.
pub struct Cluster;

impl Blocks for Cluster {
    fn next_block(&self) -> Result<()> {
        Ok(())
    }
}

/// A transaction to send. The first signer pays.
pub struct Order<'a> {
    /// In order of execution.
    pub instructions: Vec<Instruction>,
    pub signers: Vec<&'a Keypair>,
}

/// The end of a transaction.
#[derive(Clone)]
pub struct Outcome {
    pub signature: Signature,
    /// The error, with the program's name for it, if it failed.
    pub failure: Option<String>,
    /// The program's events in it.
    pub events: Vec<Event>,
}

/// A connection to a cluster, with the cost of everything sent through it.
pub struct Chain<'a> {
    rpc: RpcClient,
    blocks: &'a dyn Blocks,
    ledger: RefCell<Ledger>,
    calls: RefCell<Vec<Vec<Event>>>,
}

impl<'a> Chain<'a> {
    pub fn new(rpc_url: &str, blocks: &'a dyn Blocks) -> Self {
        let rpc = RpcClient::new_with_commitment(rpc_url, CommitmentConfig::processed());
        Self { rpc, blocks, ledger: RefCell::default(), calls: RefCell::default() }
    }

    /// The cost of everything sent so far.
    pub fn ledger(&self) -> Ledger {
        self.ledger.borrow().clone()
    }

    /// The events of every call of the program that was sent since this was asked last, in order.
    pub fn take_calls(&self) -> Vec<Vec<Event>> {
        self.calls.take()
    }

    /// Sends one transaction. A transaction that fails is an error.
    pub fn run(&self, instructions: Vec<Instruction>, signers: Vec<&Keypair>) -> Result<Outcome> {
        let outcome = self.send(&[Order { instructions, signers }])?.remove(0);
        if let Some(failure) = &outcome.failure {
            bail!("transaction {} failed: {failure}", outcome.signature);
        }
        Ok(outcome)
    }

    /// Sends transactions to run one after the other in one block, and waits until they are
    /// confirmed.
    pub fn send(&self, orders: &[Order]) -> Result<Vec<Outcome>> {
        if orders.is_empty() {
            return Ok(Vec::new());
        }
        let blockhash = self.rpc.get_latest_blockhash()?;
        // A failing transaction is sent all the same, so that its logs can be read from the chain.
        let config = RpcSendTransactionConfig { skip_preflight: true, ..Default::default() };
        let mut signatures = Vec::with_capacity(orders.len());
        for order in orders {
            let payer = order.signers[0].pubkey();
            let signers = distinct(&order.signers);
            let transaction =
                Transaction::new_signed_with_payer(&order.instructions, Some(&payer), &signers, blockhash);
            signatures.push(self.rpc.send_transaction_with_config(&transaction, config)?);
        }
        self.blocks.next_block()?;
        self.wait(&signatures)?;
        orders.iter().zip(signatures).map(|(order, signature)| self.outcome(order, signature)).collect()
    }

    fn wait(&self, signatures: &[Signature]) -> Result<()> {
        for _ in 0..POLLS {
            let statuses = self.rpc.get_signature_statuses(signatures)?.value;
            if statuses.iter().all(Option::is_some) {
                return Ok(());
            }
            sleep(POLL);
        }
        bail!("transactions are not confirmed after {} s", (POLL * POLLS).as_secs())
    }

    fn outcome(&self, order: &Order, signature: Signature) -> Result<Outcome> {
        let config = RpcTransactionConfig {
            encoding: Some(UiTransactionEncoding::Base64),
            commitment: Some(CommitmentConfig::confirmed()),
            max_supported_transaction_version: Some(0),
        };
        let found = self.rpc.get_transaction_with_config(&signature, config)?;
        let meta = found.transaction.meta.context("the transaction has no record of its run")?;
        let logs = match meta.log_messages {
            OptionSerializer::Some(logs) => logs,
            _ => Vec::new(),
        };
        let units = match meta.compute_units_consumed {
            OptionSerializer::Some(units) => units,
            _ => 0,
        };
        let failure = meta.err.map(|error| explain(&format!("{error:?}"), &logs));
        self.ledger.borrow_mut().record(&order.instructions, &logs, units, failure.is_some());
        if failure.is_none() {
            self.calls.borrow_mut().extend(calls(&logs).with_context(|| format!("transaction {signature}"))?);
        }
        Ok(Outcome { signature, failure, events: from_logs(logs.iter().map(String::as_str)) })
    }

    /// Reads everything about a fund at one time: its accounts and the prices of `oracles`, in the
    /// order of its markets.
    pub fn book(&self, keys: &FundKeys, oracles: &[Address]) -> Result<Book> {
        let named = self.rpc.get_multiple_accounts(&accounts::named(keys, oracles))?;
        let mut owned = Vec::new();
        for (address, account) in self.program_accounts(&keys.fund)? {
            let data = account.data.decode().context("an account is not in base64")?;
            owned.push((address, Owned::decode(&data)));
        }
        accounts::book(keys, &named, owned)
    }

    /// The record of a default.
    pub fn record(&self, keys: &FundKeys, seq: u64) -> Result<DefaultRecord> {
        let accounts = self.program_accounts(&keys.fund)?;
        let mut records =
            accounts.iter().filter_map(|(_, account)| decode::<DefaultRecord>(&account.data.decode()?).ok());
        records.find(|record| record.seq == seq).with_context(|| format!("default {seq} has no record"))
    }

    /// All accounts of one type that belong to a fund.
    pub fn all<T: AccountDeserialize + Discriminator>(&self, fund: &Address) -> Result<Vec<T>> {
        let accounts = self.program_accounts(fund)?;
        Ok(accounts.iter().filter_map(|(_, account)| decode(&account.data.decode()?).ok()).collect())
    }

    /// All policies on impermanent loss of a fund.
    pub fn policies(&self, fund: &Address) -> Result<Policies> {
        let config = RpcProgramAccountsConfig { account_config: account_config(), ..Default::default() };
        let read = self.rpc.get_program_ui_accounts_with_config(&cover_program_id(), config)?;
        let mut accounts = Vec::with_capacity(read.len());
        for (address, account) in read {
            accounts.push((address, account.data.decode().context("an account is not in base64")?));
        }
        // A day and a policy are known by their book.
        accounts.sort_by_key(|(_, data)| !data.starts_with(PolicyBook::DISCRIMINATOR));
        let mut policies = Policies::default();
        for (address, data) in accounts {
            policies.take(fund, &address, &data);
        }
        Ok(policies)
    }

    /// An account of either program, by its discriminator.
    pub fn read<T: AccountDeserialize>(&self, address: &Address) -> Result<T> {
        let data = self.data(address)?;
        T::try_deserialize(&mut data.as_slice()).map_err(|_| anyhow!("{address} is of another type"))
    }

    /// The bytes of an account.
    pub fn data(&self, address: &Address) -> Result<Vec<u8>> {
        Ok(self.rpc.get_account(address).with_context(|| format!("there is no account {address}"))?.data)
    }

    fn program_accounts(&self, fund: &Address) -> Result<Vec<(Address, UiAccount)>> {
        let filter = RpcFilterType::Memcmp(Memcmp::new_raw_bytes(FUND_OFFSET, fund.to_bytes().to_vec()));
        let config = RpcProgramAccountsConfig {
            filters: Some(vec![filter]),
            account_config: account_config(),
            ..Default::default()
        };
        Ok(self.rpc.get_program_ui_accounts_with_config(&program_id(), config)?)
    }

    /// The cluster's unix time.
    pub fn unix_ts(&self) -> Result<i64> {
        Ok(accounts::clock(&self.rpc.get_account(&CLOCK)?.data)?.1)
    }

    /// Reads the balances of token accounts; a missing account has none.
    pub fn token_amounts(&self, accounts: &[Address]) -> Result<Vec<u64>> {
        let mut amounts = Vec::with_capacity(accounts.len());
        for chunk in accounts.chunks(100) {
            for account in self.rpc.get_multiple_accounts(chunk)? {
                amounts.push(account.map_or(Ok(0), |account| token_amount(&account.data))?);
            }
        }
        Ok(amounts)
    }

    /// Least balance of an account of `len` bytes.
    pub fn rent(&self, len: usize) -> Result<u64> {
        Ok(self.rpc.get_minimum_balance_for_rent_exemption(len)?)
    }
}

fn account_config() -> RpcAccountInfoConfig {
    RpcAccountInfoConfig { encoding: Some(UiAccountEncoding::Base64), ..Default::default() }
}

/// The program's events in the logs of a transaction, by call.
fn calls(logs: &[String]) -> Result<Vec<Vec<Event>>> {
    let logged = calls_from_logs(logs.iter().map(String::as_str)).ok().context("its log was cut")?;
    let mut calls: BTreeMap<usize, Vec<Event>> = BTreeMap::new();
    for logged in logged {
        calls.entry(logged.call).or_default().extend(Event::decode(&logged.data));
    }
    Ok(calls.into_values().collect())
}
