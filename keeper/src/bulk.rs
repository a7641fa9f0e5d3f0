//! Reads all accounts of a program that hold certain bytes. A fund may have a million members, so that the
//! answer is compressed, comes in pages where the node has them, and has a timeout of its own.

use {
    anyhow::{ensure, Context, Result},
    bulkhead_client::Address,
    serde::Deserialize,
    serde_json::json,
    solana_account_decoder_client_types::UiAccountEncoding,
    solana_rpc_client::nonblocking::rpc_client::RpcClient,
    solana_rpc_client_api::{
        client_error::{Error, ErrorKind, Result as RpcResult},
        config::{RpcAccountInfoConfig, RpcProgramAccountsConfig},
        filter::{Memcmp, RpcFilterType},
        request::{RpcError, RpcRequest},
        response::RpcKeyedAccount,
    },
    std::{
        sync::{
            atomic::{AtomicBool, Ordering},
            Arc,
        },
        time::Duration,
    },
};

/// The method of nodes that answer in pages. Agave's own node does not have it; several services of nodes do.
pub const PAGED: &str = "getProgramAccountsV2";
/// The code of JSON-RPC for a method that a node does not have.
const NO_METHOD: i64 = -32_601;
/// Longest wait for everything at once, or for one page.
pub const TIMEOUT: Duration = Duration::from_secs(120);
/// Most accounts in a page that nodes allow.
pub const MOST_IN_PAGE: usize = 10_000;

/// A node, as it is asked for many accounts at once.
#[derive(Clone)]
pub struct Bulk {
    rpc: Arc<RpcClient>,
    page: usize,
    /// Whether the node may have pages: until it says that it does not.
    has_pages: Arc<AtomicBool>,
}

/// One page. The cursor is missing after the last one; a short page alone says nothing.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    accounts: Vec<RpcKeyedAccount>,
    pagination_key: Option<String>,
}

impl Bulk {
    /// Asks the node of `rpc` at the same commitment, and waits for an answer as long as `timeout`.
    pub fn of(rpc: &RpcClient, timeout: Duration, page: usize) -> Self {
        let rpc = RpcClient::new_with_timeout_and_commitment(rpc.url(), timeout, rpc.commitment());
        Self { rpc: Arc::new(rpc), page, has_pages: Arc::new(AtomicBool::new(true)) }
    }

    /// Gives `take` every account of `program` that has these bytes at these offsets, with its data. While
    /// the node answers in pages the chain goes on: an account that moves in the node's order may be given
    /// twice, and the later one counts.
    ///
    /// # Errors
    /// When the node does not answer, or repeats a page for ever.
    pub async fn of_program(
        &self,
        program: &Address,
        bytes: &[(usize, Vec<u8>)],
        mut take: impl FnMut(Address, &[u8]),
    ) -> Result<()> {
        let filters = bytes.iter().map(|(offset, bytes)| Memcmp::new_raw_bytes(*offset, bytes.clone()));
        let config = RpcProgramAccountsConfig {
            filters: Some(filters.map(RpcFilterType::Memcmp).collect()),
            account_config: RpcAccountInfoConfig {
                encoding: Some(UiAccountEncoding::Base64Zstd),
                commitment: Some(self.rpc.commitment()),
                ..Default::default()
            },
            ..Default::default()
        };
        let mut cursor: Option<String> = None;
        while self.has_pages.load(Ordering::Relaxed) {
            let page = match self.page(program, &config, cursor.as_deref()).await {
                Ok(page) => page,
                Err(why) if cursor.is_none() && lacks_method(&why) => {
                    self.has_pages.store(false, Ordering::Relaxed);
                    break;
                }
                Err(why) => return Err(why).context("a page of the program's accounts"),
            };
            give(page.accounts, &mut take)?;
            ensure!(
                page.pagination_key.is_none() || page.pagination_key != cursor,
                "the node repeats a page of the program's accounts"
            );
            cursor = page.pagination_key;
            if cursor.is_none() {
                return Ok(());
            }
        }
        let request = RpcRequest::GetProgramAccounts;
        let read: Vec<RpcKeyedAccount> = self
            .rpc
            .send(request, json!([program.to_string(), config]))
            .await
            .context("the program's accounts")?;
        give(read, &mut take)
    }

    async fn page(
        &self,
        program: &Address,
        config: &RpcProgramAccountsConfig,
        cursor: Option<&str>,
    ) -> RpcResult<Page> {
        let mut config = serde_json::to_value(config)?;
        config["limit"] = self.page.into();
        if let Some(cursor) = cursor {
            config["paginationKey"] = cursor.into();
        }
        self.rpc.send(RpcRequest::Custom { method: PAGED }, json!([program.to_string(), config])).await
    }
}

fn give(accounts: Vec<RpcKeyedAccount>, take: &mut impl FnMut(Address, &[u8])) -> Result<()> {
    for RpcKeyedAccount { pubkey, account } in accounts {
        let address = pubkey.parse().with_context(|| format!("`{pubkey}` is not an address"))?;
        let data = account.data.decode();
        take(address, &data.context("an account is in no encoding that was asked for")?);
    }
    Ok(())
}

/// Whether the node does not know the method. Gateways before nodes say so by a status of HTTP.
fn lacks_method(why: &Error) -> bool {
    match why.kind() {
        ErrorKind::RpcError(RpcError::RpcResponseError { code, .. }) => *code == NO_METHOD,
        ErrorKind::Reqwest(why) => {
            why.status().is_some_and(|status| [400, 403, 404, 405, 501].contains(&status.as_u16()))
        }
        _ => false,
    }
}
