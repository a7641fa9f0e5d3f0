//! Reads signatures and transactions from a node.

use {
    crate::decode::{self, Entry},
    anyhow::{bail, ensure, Context, Result},
    bulkhead_client::Address,
    futures_util::{stream, StreamExt, TryStreamExt},
    solana_commitment_config::CommitmentConfig,
    solana_pubsub_client::nonblocking::pubsub_client::PubsubClient,
    solana_rpc_client::{
        nonblocking::rpc_client::RpcClient, rpc_client::GetConfirmedSignaturesForAddress2Config,
    },
    solana_rpc_client_api::config::{
        RpcTransactionConfig, RpcTransactionLogsConfig, RpcTransactionLogsFilter,
    },
    solana_signature::Signature,
    solana_transaction_status_client_types::{
        option_serializer::OptionSerializer, EncodedConfirmedTransactionWithStatusMeta, UiTransactionEncoding,
    },
    std::{str::FromStr, sync::Arc, time::Duration},
    tokio::{sync::Notify, time::timeout},
};

/// Longest time for a websocket to open.
const CONNECT: Duration = Duration::from_secs(10);

/// A transaction that the node lists for the fund. Failed ones are not listed: they emit nothing that
/// counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub signature: String,
    pub slot: i64,
}

/// A page of the node's list, the newest transaction first.
pub struct Page {
    pub listed: Vec<Listed>,
    /// The page before this one ends here; nothing if there is none.
    pub before: Option<String>,
}

/// A node, and the fund that is followed on it.
#[derive(Clone)]
pub struct Source {
    pub rpc: Arc<RpcClient>,
    pub fund: Address,
    /// Most entries of a page.
    pub page: usize,
    /// Most requests at a time.
    pub parallel: usize,
}

impl Source {
    /// A page of the transactions that touch the fund, from before a signature backwards.
    pub async fn page(&self, before: Option<&str>, commitment: CommitmentConfig) -> Result<Page> {
        let before = before.map(Signature::from_str).transpose().context("a stored signature")?;
        let config = GetConfirmedSignaturesForAddress2Config {
            before,
            until: None,
            limit: Some(self.page),
            commitment: Some(commitment),
        };
        let listed = self.rpc.get_signatures_for_address_with_config(&self.fund, config).await;
        let listed = listed.context("the node does not list the fund's transactions")?;
        let before = listed.last().map(|entry| entry.signature.clone());
        let good = listed.into_iter().filter(|entry| entry.err.is_none());
        // A node may answer with entries of a lower commitment than it was asked for.
        let good = good.filter(|entry| match &entry.confirmation_status {
            Some(status) if commitment.is_finalized() => format!("{status:?}") == "Finalized",
            _ => true,
        });
        let listed =
            good.map(|entry| Ok(Listed { signature: entry.signature, slot: i64::try_from(entry.slot)? }));
        Ok(Page { listed: listed.collect::<Result<_>>()?, before })
    }

    /// Reads transactions with their events, in the order in which they are named.
    ///
    /// # Errors
    /// When one of them is not there, was not successful, or is of another slot than was listed: the
    /// node contradicts itself, and is asked again later.
    pub async fn transactions(&self, listed: &[Listed], commitment: CommitmentConfig) -> Result<Vec<Entry>> {
        stream::iter(listed.iter().cloned())
            .map(|listed| async move { self.transaction(&listed, commitment).await })
            .buffered(self.parallel.max(1))
            .try_collect()
            .await
    }

    async fn transaction(&self, listed: &Listed, commitment: CommitmentConfig) -> Result<Entry> {
        let signature = Signature::from_str(&listed.signature).context("a listed signature")?;
        let config = RpcTransactionConfig {
            encoding: Some(UiTransactionEncoding::Base64),
            commitment: Some(commitment),
            max_supported_transaction_version: Some(0),
        };
        let read = self.rpc.get_transaction_with_config(&signature, config).await;
        let read =
            read.with_context(|| format!("the node lists transaction {signature} but does not give it"))?;
        entry(listed, read).with_context(|| format!("transaction {signature}"))
    }

    /// Wakes somebody whenever a transaction touches the fund. Returns when the websocket ends.
    pub async fn wake(&self, websocket_url: &str, awake: &Notify) -> Result<()> {
        let client = timeout(CONNECT, PubsubClient::new(websocket_url)).await.context("no answer")??;
        let filter = RpcTransactionLogsFilter::Mentions(vec![self.fund.to_string()]);
        let config = RpcTransactionLogsConfig { commitment: Some(CommitmentConfig::confirmed()) };
        let subscribed = timeout(CONNECT, client.logs_subscribe(filter, config)).await;
        let (mut news, _end) = subscribed.context("no answer")??;
        while news.next().await.is_some() {
            awake.notify_one();
        }
        bail!("the connection was closed")
    }

    /// The slot of the newest block of this commitment.
    pub async fn slot(&self, commitment: CommitmentConfig) -> Result<i64> {
        Ok(i64::try_from(self.rpc.get_slot_with_commitment(commitment).await?)?)
    }
}

fn entry(listed: &Listed, read: EncodedConfirmedTransactionWithStatusMeta) -> Result<Entry> {
    let slot = i64::try_from(read.slot)?;
    ensure!(slot == listed.slot, "the node has it in slot {slot}, and lists it in slot {}", listed.slot);
    let meta = read.transaction.meta.context("the node keeps no results of transactions")?;
    ensure!(meta.err.is_none(), "it has failed, and is listed as successful");
    let OptionSerializer::Some(logs) = meta.log_messages else {
        bail!("the node keeps no logs: follow a node that does");
    };
    let events = decode::events(&logs)?;
    Ok(Entry { signature: listed.signature.clone(), slot, time: read.block_time.unwrap_or_default(), events })
}
