//! Sends transactions and finds out how they end.
//!
//! A transaction is simulated first, so that a failing one costs nothing. It is then signed once,
//! and the same bytes are sent again until they have run or can no longer run, however long the
//! cluster is out of reach. There is no second signature before the first is dead, so an effect is
//! never under way twice.

use {
    crate::{
        config::{Fees, Sending},
        draft::Draft,
        earnings::earned,
        engine::SendOutcome,
        fees::{budgeted, fee, MOST_UNITS},
        metrics::Metrics,
        plan::Care,
        prices::poster::OwnKeys,
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

/// Age at which the fees of others are read again.
const FEES_AGE: Duration = Duration::from_secs(10);
/// Number of transactions with one blockhash that differ in their compute limit alone.
const DISTINCT: u32 = 256;
/// Time between two questions for a status.
const LOOK: Duration = Duration::from_millis(400);
/// A node that has run a transaction may not know its result. After this many questions the
/// accounts must tell.
const LOOKS: u32 = 5;

pub struct Sender {
    pub rpc: Arc<RpcClient>,
    /// Every key that may have to sign, but for those of price accounts.
    pub keys: Vec<Arc<Keypair>>,
    /// The keys of the keeper's own price accounts.
    pub price_keys: OwnKeys,
    /// The fees that others pay on this account set the price.
    pub fund: Address,
    pub fees: Fees,
    pub sending: Sending,
    /// Simulates and sends nothing.
    pub is_dry: bool,
    /// Counts errors.
    pub metrics: Arc<Metrics>,
    /// The price per compute unit, and the time at which the fees of others were last read.
    pub price: Mutex<Option<(u64, Instant)>>,
    /// Transactions signed so far.
    pub signed: AtomicU32,
}

/// A signed transaction on its way.
struct Flight {
    transaction: Transaction,
    signature: Signature,
    last_valid_block_height: u64,
    /// What it costs and, by its simulation, does.
    stake: Stake,
}

/// What a transaction costs, and what its simulation says of it.
#[derive(Clone, Copy, Debug, Default)]
struct Stake {
    units: u64,
    /// Base units that it pays to whoever acts.
    earned: u64,
    /// Lamports that the network takes.
    fee: u64,
}

impl Stake {
    fn landed(self) -> SendOutcome {
        SendOutcome::Landed { units: self.units, earned: self.earned, fee: self.fee }
    }
}

impl Sender {
    /// Sends a draft with this care, after so many attempts that have expired. A draft too large for one
    /// transaction goes in several, each after the one before has landed.
    pub async fn send(&self, draft: &Draft, care: Care, expired: u32) -> SendOutcome {
        let mut before = Stake::default();
        for part in draft.clone().parts() {
            match self.send_one(&part, care, expired).await {
                SendOutcome::Landed { units, earned, fee } => {
                    before.units += units;
                    before.earned = before.earned.saturating_add(earned);
                    before.fee = before.fee.saturating_add(fee);
                }
                SendOutcome::Failed { error, fee } => {
                    return SendOutcome::Failed { error, fee: before.fee.saturating_add(fee) };
                }
                other => return other,
            }
        }
        let Stake { units, earned, fee } = before;
        SendOutcome::Landed { units, earned, fee }
    }

    /// Simulates, sends and waits.
    async fn send_one(&self, draft: &Draft, care: Care, expired: u32) -> SendOutcome {
        let (units, earned) = match self.simulate(draft).await {
            Ok(Ok(simulated)) => simulated,
            Ok(Err(error)) => return SendOutcome::Refused { error },
            Err(error) => return self.unreachable(error),
        };
        if self.is_dry {
            return SendOutcome::Dry { units, earned };
        }
        let price = self.fees.raised(self.price(care).await, expired);
        match self.sign(draft, Stake { units, earned, fee: 0 }, price).await {
            Ok(flight) => self.fly(&flight).await,
            Err(error) => self.unreachable(error),
        }
    }

    fn unreachable(&self, error: anyhow::Error) -> SendOutcome {
        self.metrics.add("errors_total", "at=\"send\"", 1.0);
        SendOutcome::Unreachable { error: format!("{error:#}") }
    }

    /// Simulates a draft. Returns its compute units and what it earns in base units, or the program's
    /// name for the error.
    async fn simulate(&self, draft: &Draft) -> Result<Result<(u64, u64), String>> {
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
        let logs = simulated.logs.unwrap_or_default();
        Ok(match simulated.err {
            Some(error) => Err(explain(&format!("{error:?}"), &logs)),
            None => Ok((simulated.units_consumed.unwrap_or(MOST_UNITS.into()), earned(&logs))),
        })
    }

    /// Signs a draft that offers `price` for each compute unit.
    async fn sign(&self, draft: &Draft, stake: Stake, price: u64) -> Result<Flight> {
        // The cluster takes two transactions with the same bytes for one: the second would look
        // done without having run.
        let nonce = u64::from(self.signed.fetch_add(1, Ordering::Relaxed) % DISTINCT);
        let limit = self.fees.limit(stake.units + nonce, draft.instructions.len());
        let instructions: Vec<Instruction> = budgeted(&draft.instructions, limit, price);
        let key = |address: &Address| {
            let known = self.keys.iter().find(|key| key.pubkey() == *address).cloned();
            let known = known.or_else(|| self.price_keys.get(address));
            known.ok_or_else(|| anyhow!("there is no key of {address}"))
        };
        let keys = draft.signers.iter().map(key).collect::<Result<Vec<_>>>()?;
        let signers: Vec<&Keypair> = keys.iter().map(AsRef::as_ref).collect();
        let (blockhash, last_valid_block_height) =
            self.rpc.get_latest_blockhash_with_commitment(self.rpc.commitment()).await?;
        let payer = draft.signers.first().context("nobody pays")?;
        let transaction =
            Transaction::new_signed_with_payer(&instructions, Some(payer), &distinct(&signers), blockhash);
        let signature = *transaction.signatures.first().context("nobody signs")?;
        let fee = fee(transaction.signatures.len() as u64, limit, price);
        Ok(Flight { transaction, signature, last_valid_block_height, stake: Stake { fee, ..stake } })
    }

    /// The price per compute unit. Guards offer what others have paid of late or, failing that, what the last
    /// known ones did. Whatever earns nothing offers the base price: in a quiet fund a thief makes the fees
    /// of others for next to nothing.
    async fn price(&self, care: Care) -> u64 {
        if care != Care::Guard {
            return self.fees.micro_lamports;
        }
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

    async fn fly(&self, flight: &Flight) -> SendOutcome {
        let config =
            RpcSendTransactionConfig { skip_preflight: true, max_retries: Some(0), ..Default::default() };
        let resend = Duration::from_millis(self.sending.resend_ms);
        let mut sent_at: Option<Instant> = None;
        // A node may have the transaction unless it answered that it refused it.
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
            match self.outcome(flight).await {
                Ok(Some(outcome)) => return outcome,
                Ok(None) if looks_after_run > LOOKS => return flight.stake.landed(),
                Ok(None) if looks_after_run > 0 => looks_after_run += 1,
                Ok(None) if !may_run => return SendOutcome::Expired,
                Ok(None) => {}
                Err(_) => self.metrics.add("errors_total", "at=\"confirm\"", 1.0),
            }
            sleep(LOOK).await;
        }
    }

    /// The end of a transaction, once it is certain.
    async fn outcome(&self, flight: &Flight) -> Result<Option<SendOutcome>> {
        if let Some(outcome) = self.status(flight).await? {
            return Ok(Some(outcome));
        }
        if self.rpc.get_block_height().await? <= flight.last_valid_block_height
            || self
                .rpc
                .is_blockhash_valid(&flight.transaction.message.recent_blockhash, self.rpc.commitment())
                .await?
        {
            return Ok(None);
        }
        // The transaction may have run between the two questions. It cannot run any more now.
        Ok(Some(self.status(flight).await?.unwrap_or(SendOutcome::Expired)))
    }

    async fn status(&self, flight: &Flight) -> Result<Option<SendOutcome>> {
        let statuses = self.rpc.get_signature_statuses(&[flight.signature]).await?.value;
        let status = statuses.into_iter().next().flatten();
        Ok(status.filter(|status| status.satisfies_commitment(self.rpc.commitment())).map(|status| {
            match status.err {
                None => flight.stake.landed(),
                Some(error) => {
                    let error = explain(&format!("{error:?}"), &[]);
                    SendOutcome::Failed { error, fee: flight.stake.fee }
                }
            }
        }))
    }
}

/// Whether a node answered and refused, as opposed to a node out of reach.
fn is_refusal(error: &RpcFailure) -> bool {
    matches!(
        error.kind(),
        ErrorKind::RpcError(RpcError::RpcResponseError { .. }) | ErrorKind::TransactionError(_)
    )
}

/// Whether a node refused a transaction because it already knows it.
fn has_run(error: &RpcFailure) -> bool {
    let is_known = matches!(error.get_transaction_error(), Some(TransactionError::AlreadyProcessed));
    is_known || is_refusal(error) && error.to_string().contains("already been processed")
}
