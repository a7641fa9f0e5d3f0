//! Sends transactions and finds out what became of them.
//!
//! It is simulated first: what would fail costs nothing. Then it is signed once, and the same bytes are sent again until they
//! have run or can run no more, however long the cluster is out of reach. So an effect is never under way twice: there is no
//! second signature before the first is dead.

use {
    crate::{
        config::{Fees, Sending},
        draft::Draft,
        engine::Fate,
        fees::{budgeted, MOST_UNITS},
        metrics::Metrics,
        transaction::{distinct, explain},
    },
    anyhow::{anyhow, Context, Result},
    bulkhead_client::{Address, Instruction},
    solana_keypair::Keypair,
    solana_message::Message,
    solana_rpc_client::nonblocking::rpc_client::RpcClient,
    solana_rpc_client_api::{
        client_error::{Error as RpcFailure, ErrorKind},
        config::{RpcSendTransactionConfig, RpcSimulateTransactionConfig},
        request::RpcError,
    },
    solana_signature::Signature,
    solana_signer::Signer,
    solana_transaction::Transaction,
    solana_transaction_error::TransactionError,
    std::{
        sync::{
            atomic::{AtomicU32, Ordering},
            Arc,
        },
        time::{Duration, Instant},
    },
    tokio::{sync::Mutex, time::sleep},
    tracing::debug,
};

/// What others pay is asked this often.
const FEES_AGE: Duration = Duration::from_secs(10);
/// Transactions with one blockhash that differ in their compute budget, whatever else they have in common.
const DISTINCT: u32 = 256;
/// Statuses are asked this often.
const LOOK: Duration = Duration::from_millis(400);
/// A node that has run a transaction may not say how it went. After so many questions the accounts must tell.
const LOOKS: u32 = 5;

/// Sends transactions.
pub struct Sender {
    /// The connection.
    pub rpc: Arc<RpcClient>,
    /// Every key that may have to sign.
    pub keys: Vec<Keypair>,
    /// What others on this account pay is what is offered.
    pub fund: Address,
    /// What is offered.
    pub fees: Fees,
    /// How it is sent.
    pub sending: Sending,
    /// Only simulate.
    pub is_dry: bool,
    /// Where errors are counted.
    pub metrics: Arc<Metrics>,
    /// The price per compute unit, and when others were last looked at.
    pub price: Mutex<Option<(u64, Instant)>>,
    /// Transactions signed so far.
    pub signed: AtomicU32,
}

/// A signed transaction on its way.
struct Flight {
    transaction: Transaction,
    signature: Signature,
    last_valid_block_height: u64,
}

impl Sender {
    /// Sends a draft, in several transactions if it is too large for one: each after the one before has landed.
    pub async fn send(&self, draft: &Draft) -> Fate {
        let mut fate = Fate::Landed { units: 0 };
        for part in draft.clone().parts() {
            fate = self.send_one(&part).await;
            if !matches!(fate, Fate::Landed { .. }) {
                break;
            }
        }
        fate
    }

    /// Simulates, sends and waits.
    async fn send_one(&self, draft: &Draft) -> Fate {
        let units = match self.simulate(draft).await {
            Ok(Ok(units)) => units,
            Ok(Err(error)) => return Fate::Refused { error },
            Err(error) => return self.unreachable(error),
        };
        if self.is_dry {
            return Fate::Dry { units };
        }
        match self.sign(draft, units).await {
            Ok(flight) => self.fly(&flight, units).await,
            Err(error) => self.unreachable(error),
        }
    }

    fn unreachable(&self, error: anyhow::Error) -> Fate {
        self.metrics.add("errors_total", "at=\"send\"", 1.0);
        Fate::Unreachable { error: format!("{error:#}") }
    }

    /// Compute units, or the program's name for why it would fail.
    async fn simulate(&self, draft: &Draft) -> Result<Result<u64, String>> {
        let instructions = budgeted(&draft.instructions, MOST_UNITS, 0);
        let message = Message::new(&instructions, draft.signers.first());
        let config = RpcSimulateTransactionConfig {
            replace_recent_blockhash: true,
            commitment: Some(self.rpc.commitment()),
            ..Default::default()
        };
        let simulated = self
            .rpc
            .simulate_transaction_with_config(&Transaction::new_unsigned(message), config)
            .await?
            .value;
        Ok(match simulated.err {
            Some(error) => Err(explain(&format!("{error:?}"), &simulated.logs.unwrap_or_default())),
            None => Ok(simulated.units_consumed.unwrap_or(MOST_UNITS.into())),
        })
    }

    async fn sign(&self, draft: &Draft, units: u64) -> Result<Flight> {
        let price = self.price().await;
        // Two transactions with the same bytes are one to the cluster: the second would look done without having run.
        let nonce = u64::from(self.signed.fetch_add(1, Ordering::Relaxed) % DISTINCT);
        let instructions: Vec<Instruction> =
            budgeted(&draft.instructions, self.fees.limit(units + nonce), price);
        let key = |address: &Address| {
            let known = self.keys.iter().find(|key| key.pubkey() == *address);
            known.ok_or_else(|| anyhow!("there is no key of {address}"))
        };
        let signers = draft.signers.iter().map(key).collect::<Result<Vec<_>>>()?;
        let (blockhash, last_valid_block_height) =
            self.rpc.get_latest_blockhash_with_commitment(self.rpc.commitment()).await?;
        let payer = draft.signers.first().context("nobody pays")?;
        let transaction =
            Transaction::new_signed_with_payer(&instructions, Some(payer), &distinct(&signers), blockhash);
        let signature = *transaction.signatures.first().context("nobody signs")?;
        Ok(Flight { transaction, signature, last_valid_block_height })
    }

    /// What others have paid of late, or what was known of it.
    async fn price(&self) -> u64 {
        let mut known = self.price.lock().await;
        if let Some((price, at)) = *known {
            if at.elapsed() < FEES_AGE {
                return price;
            }
        }
        let price = match self.rpc.get_recent_prioritization_fees(&[self.fund]).await {
            Ok(recent) => {
                self.fees.price(&recent.iter().map(|fee| fee.prioritization_fee).collect::<Vec<_>>())
            }
            Err(_) => known.map_or(self.fees.price(&[]), |(price, _)| price),
        };
        *known = Some((price, Instant::now()));
        price
    }

    async fn fly(&self, flight: &Flight, units: u64) -> Fate {
        let config =
            RpcSendTransactionConfig { skip_preflight: true, max_retries: Some(0), ..Default::default() };
        let resend = Duration::from_millis(self.sending.resend_ms);
        let mut sent_at: Option<Instant> = None;
        // Whether some node may have it: only an answer that says no is a no.
        let mut may_run = false;
        let mut looks_after_run = 0;
        loop {
            if looks_after_run == 0 && sent_at.is_none_or(|at| at.elapsed() >= resend) {
                sent_at = Some(Instant::now());
                match self.rpc.send_transaction_with_config(&flight.transaction, config).await {
                    Err(error) if has_run(&error) => looks_after_run = 1,
                    Err(error) if is_refusal(&error) => debug!(%error, "a node refuses a transaction"),
                    _ => may_run = true,
                }
            }
            match self.fate(flight, units).await {
                Ok(Some(fate)) => return fate,
                Ok(None) if looks_after_run > LOOKS => return Fate::Landed { units },
                Ok(None) if looks_after_run > 0 => looks_after_run += 1,
                Ok(None) if !may_run => return Fate::Expired,
                Ok(None) => {}
                Err(_) => self.metrics.add("errors_total", "at=\"confirm\"", 1.0),
            }
            sleep(LOOK).await;
        }
    }

    /// What became of a transaction, once that is certain.
    async fn fate(&self, flight: &Flight, units: u64) -> Result<Option<Fate>> {
        if let Some(fate) = self.status(flight, units).await? {
            return Ok(Some(fate));
        }
        if self.rpc.get_block_height().await? <= flight.last_valid_block_height
            || self
                .rpc
                .is_blockhash_valid(&flight.transaction.message.recent_blockhash, self.rpc.commitment())
                .await?
        {
            return Ok(None);
        }
        // It may have run between the two questions; now it cannot any more.
        Ok(Some(self.status(flight, units).await?.unwrap_or(Fate::Expired)))
    }

    async fn status(&self, flight: &Flight, units: u64) -> Result<Option<Fate>> {
        let statuses = self.rpc.get_signature_statuses(&[flight.signature]).await?.value;
        let status = statuses.into_iter().next().flatten();
        Ok(status.filter(|status| status.satisfies_commitment(self.rpc.commitment())).map(|status| {
            match status.err {
                None => Fate::Landed { units },
                Some(error) => Fate::Failed { error: explain(&format!("{error:?}"), &[]) },
            }
        }))
    }
}

/// Whether an error is a node's answer, and not a node out of reach.
fn is_refusal(error: &RpcFailure) -> bool {
    matches!(
        error.kind(),
        ErrorKind::RpcError(RpcError::RpcResponseError { .. }) | ErrorKind::TransactionError(_)
    )
}

/// Whether a node refuses a transaction because it knows it already.
fn has_run(error: &RpcFailure) -> bool {
    let is_known = matches!(error.get_transaction_error(), Some(TransactionError::AlreadyProcessed));
    is_known || is_refusal(error) && error.to_string().contains("already been processed")
}
