//! The cluster over JSON-RPC: accounts and clock, transactions one by one, or many at a time where
//! their order does not matter.

use {
    anyhow::{anyhow, bail, Context, Result},
    bulkhead_book::accounts::{clock, CLOCK},
    bulkhead_client::{program_id, Address, Instruction},
    bulkhead_format::thousands,
    bulkhead_keeper::{
        config::Fees,
        fees::{budgeted, MOST_UNITS},
        transaction::explain,
    },
    solana_account::Account,
    solana_account_decoder_client_types::{UiAccountEncoding, UiDataSliceConfig},
    solana_commitment_config::CommitmentConfig,
    solana_keypair::Keypair,
    solana_message::Message,
    solana_rpc_client::rpc_client::RpcClient,
    solana_rpc_client_api::{
        config::{
            RpcAccountInfoConfig, RpcProgramAccountsConfig, RpcSendTransactionConfig,
            RpcSimulateTransactionConfig,
        },
        filter::RpcFilterType,
        request::RpcRequest,
    },
    solana_signature::Signature,
    solana_signer::Signer,
    solana_transaction::Transaction,
    std::{
        thread::sleep,
        time::{Duration, Instant},
    },
};

/// Most transactions in flight: nodes that limit their clients drop more.
const IN_FLIGHT: usize = 64;
/// Time that transactions get to land before the missing ones are sent anew.
const LANDING: Duration = Duration::from_secs(45);
/// Time between two sends of the same transactions.
const AGAIN: Duration = Duration::from_secs(3);
const POLL: Duration = Duration::from_millis(250);
/// Longest wait for a slot.
const SLOT: Duration = Duration::from_secs(30);

/// A node's address without what may be a key: providers put keys into the path, the query or the user.
pub fn place(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, more) =
        (rest[..end].rsplit('@').next().unwrap_or_default(), !rest[end..].trim_matches('/').is_empty());
    format!("{scheme}://{host}{}", if more { "/..." } else { "" })
}

/// A failure in words, with the node's address as [`place`] writes it: libraries name the whole one.
pub fn told(error: &anyhow::Error, url: &str) -> String {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    causes.join(": ").replace(url, &place(url))
}

/// A cluster, with the wallet that pays on it.
pub struct Cluster {
    pub url: String,
    rpc: RpcClient,
    priority_micro_lamports: u64,
}

impl Cluster {
    /// Connects. Returns the genesis hash too.
    pub fn connect(url: &str, priority_micro_lamports: u64) -> Result<(Self, String)> {
        let rpc = RpcClient::new_with_commitment(url.to_owned(), CommitmentConfig::confirmed());
        let genesis = rpc
            .get_genesis_hash()
            .with_context(|| format!("cannot reach a cluster at {url}: is --url right?"))?;
        Ok((Self { url: url.to_owned(), rpc, priority_micro_lamports }, genesis.to_string()))
    }

    /// Reads an account; `None` if there is none.
    pub fn account(&self, address: &Address) -> Result<Option<Account>> {
        let read = self.rpc.get_account_with_commitment(address, CommitmentConfig::confirmed());
        Ok(read.with_context(|| format!("cannot read {address}"))?.value)
    }

    /// Reads the bytes of an account of the program; `None` if there is none.
    pub fn own(&self, address: &Address) -> Result<Option<Vec<u8>>> {
        let Some(account) = self.account(address)? else { return Ok(None) };
        if account.owner != program_id() {
            bail!("{address} belongs to {}, not to Bulkhead ({})", account.owner, program_id());
        }
        Ok(Some(account.data))
    }

    /// Reads the first bytes of every account of a program that passes the filters; all bytes
    /// without a length.
    pub fn program_accounts(
        &self,
        program: &Address,
        length: Option<usize>,
        filters: Option<Vec<RpcFilterType>>,
    ) -> Result<Vec<(Address, Vec<u8>)>> {
        let account_config = RpcAccountInfoConfig {
            encoding: Some(UiAccountEncoding::Base64),
            data_slice: length.map(|length| UiDataSliceConfig { offset: 0, length }),
            commitment: Some(CommitmentConfig::confirmed()),
            min_context_slot: None,
        };
        let config = RpcProgramAccountsConfig { filters, account_config, ..Default::default() };
        let read = self.rpc.get_program_ui_accounts_with_config(program, config);
        let read =
            read.context("cannot list the program's accounts: not every node answers getProgramAccounts")?;
        let bytes = |(address, account): (Address, solana_account_decoder_client_types::UiAccount)| {
            Ok((address, account.data.decode().context("an account is not in base64")?))
        };
        read.into_iter().map(bytes).collect()
    }

    /// Reads slot and unix time.
    pub fn clock(&self) -> Result<(u64, i64)> {
        clock(&self.account(&CLOCK)?.context("the cluster has no clock")?.data)
    }

    /// Reads the SOL of a wallet, in lamports.
    pub fn balance(&self, wallet: &Address) -> Result<u64> {
        self.rpc.get_balance(wallet).with_context(|| format!("cannot read the balance of {wallet}"))
    }

    /// Least balance of an account of `len` bytes.
    pub fn rent(&self, len: usize) -> Result<u64> {
        Ok(self.rpc.get_minimum_balance_for_rent_exemption(len)?)
    }

    /// Simulates, sends and waits for confirmation. The first key pays.
    pub fn send(&self, instructions: &[Instruction], keys: &[&Keypair]) -> Result<Signature> {
        let payer = keys[0].pubkey();
        let message = Message::new(&budgeted(instructions, MOST_UNITS, 0), Some(&payer));
        let config = RpcSimulateTransactionConfig {
            replace_recent_blockhash: true,
            commitment: Some(CommitmentConfig::confirmed()),
            ..Default::default()
        };
        let simulated =
            self.rpc.simulate_transaction_with_config(&Transaction::new_unsigned(message), config);
        let simulated = simulated.context("cannot simulate the transaction")?.value;
        if let Some(error) = simulated.err {
            bail!(
                "refused, nothing was sent: {}",
                explain(&format!("{error:?}"), &simulated.logs.unwrap_or_default())
            );
        }
        let used = simulated.units_consumed.unwrap_or(MOST_UNITS.into());
        let units = Fees::default().limit(used, instructions.len());
        let instructions = budgeted(instructions, units, self.priority_micro_lamports);
        let blockhash = self.rpc.get_latest_blockhash().context("cannot read a blockhash")?;
        let transaction = Transaction::new_signed_with_payer(&instructions, Some(&payer), keys, blockhash);
        let signature = transaction.signatures[0];
        let sent = self.rpc.send_and_confirm_transaction(&transaction);
        sent.map_err(|error| anyhow!("transaction {signature} may have failed: {error}"))
    }

    /// Sends transactions of one instruction each in any order, a bounded number at a time, and
    /// counts the landed ones. A transaction that does not land in time is no error: the caller
    /// looks at the chain and asks again.
    pub fn send_many(
        &self,
        instructions: &[Instruction],
        units: u32,
        key: &Keypair,
        mut landed: impl FnMut(usize),
    ) -> Result<()> {
        let mut before = 0;
        for wave in instructions.chunks(IN_FLIGHT) {
            let blockhash = self.rpc.get_latest_blockhash().context("cannot read a blockhash")?;
            let signed = wave.iter().map(|instruction| {
                let budgeted =
                    budgeted(std::slice::from_ref(instruction), units, self.priority_micro_lamports);
                Transaction::new_signed_with_payer(&budgeted, Some(&key.pubkey()), &[key], blockhash)
            });
            self.land(signed.collect(), |count| landed(before + count))?;
            before += wave.len();
        }
        Ok(())
    }

    fn land(&self, transactions: Vec<Transaction>, mut landed: impl FnMut(usize)) -> Result<()> {
        let config =
            RpcSendTransactionConfig { skip_preflight: true, max_retries: Some(0), ..Default::default() };
        let (since, all) = (Instant::now(), transactions.len());
        let mut waiting = transactions;
        let mut sent: Option<Instant> = None;
        while !waiting.is_empty() && since.elapsed() < LANDING {
            if sent.is_none_or(|sent| sent.elapsed() >= AGAIN) {
                for transaction in &waiting {
                    // A transaction that a busy node refuses now goes with the next round.
                    let _ = self.rpc.send_transaction_with_config(transaction, config);
                }
                sent = Some(Instant::now());
            }
            sleep(POLL);
            let signatures: Vec<Signature> =
                waiting.iter().map(|transaction| transaction.signatures[0]).collect();
            let statuses =
                self.rpc.get_signature_statuses(&signatures).context("cannot read signatures")?.value;
            let mut statuses = statuses.into_iter();
            let mut failed = None;
            waiting.retain(|_| match statuses.next().flatten() {
                Some(status) => {
                    failed = failed.take().or(status.err.clone());
                    status.err.is_none() && !status.satisfies_commitment(CommitmentConfig::confirmed())
                }
                None => true,
            });
            if let Some(error) = failed {
                bail!("a transaction failed: {}", explain(&format!("{error:?}"), &[]));
            }
            landed(all - waiting.len());
        }
        Ok(())
    }

    /// Waits for the next slot: the loader touches a program once per slot.
    pub fn next_slot(&self) -> Result<()> {
        let (now, since) = (self.rpc.get_slot()?, Instant::now());
        while self.rpc.get_slot()? <= now {
            if since.elapsed() > SLOT {
                bail!("the cluster's slot has been {} for {} s", thousands(now), SLOT.as_secs());
            }
            sleep(POLL);
        }
        Ok(())
    }

    /// Asks a Surfpool to put a program in place.
    pub fn write_program(&self, address: &Address, program: &[u8], authority: &Address) -> Result<()> {
        let hex: String = program.iter().map(|byte| format!("{byte:02x}")).collect();
        let parameters = serde_json::json!([address.to_string(), hex, 0, authority.to_string()]);
        let method = RpcRequest::Custom { method: "surfnet_writeProgram" };
        self.rpc.send::<serde_json::Value>(method, parameters).with_context(|| {
            format!(
                "this validator is no Surfpool, and there is no key for {address}: start it with the \
                 program \
                 (solana-test-validator --upgradeable-program), or give its key in the profile"
            )
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_the_address_of_a_node_is_not_told() {
        assert_eq!(place("http://127.0.0.1:8899"), "http://127.0.0.1:8899");
        assert_eq!(place("https://api.devnet.solana.com/"), "https://api.devnet.solana.com");
        for url in
            ["https://node.org/v2/SECRET", "https://node.org/?api-key=SECRET", "https://me:SECRET@node.org/x"]
        {
            assert_eq!(place(url), "https://node.org/...");
            let error = anyhow!("error sending request for url ({url})").context("cannot read the account");
            let told = told(&error, url);
            assert!(!told.contains("SECRET") && told.contains("https://node.org/..."), "{told}");
        }
        assert_eq!(place("https://me:SECRET@node.org"), "https://node.org");
    }
}
