//! Changes of accounts by websocket.

use {
    super::{Followed, CONNECT},
    crate::source::account_config,
    anyhow::{bail, Context, Result},
    bulkhead_book::accounts::FUND_OFFSET,
    bulkhead_client::{program_id, Address},
    futures_util::{stream::select_all, StreamExt},
    solana_account::Account,
    solana_pubsub_client::nonblocking::pubsub_client::PubsubClient,
    solana_rpc_client_api::{
        config::{RpcAccountInfoConfig, RpcProgramAccountsConfig},
        filter::{Memcmp, RpcFilterType},
    },
    tokio::time::timeout,
};

/// Follows accounts: see [`Source::follow`](crate::source::Source::follow).
pub async fn follow(
    url: &str,
    followed: &Followed<'_>,
    connected: impl FnOnce(),
    mut changed: impl FnMut(Address, Account),
) -> Result<()> {
    let client = timeout(CONNECT, PubsubClient::new(url)).await.context("no answer")??;
    let config = RpcAccountInfoConfig { commitment: Some(followed.commitment), ..account_config() };
    let of_fund = Memcmp::new_raw_bytes(FUND_OFFSET, followed.fund.to_bytes().to_vec());
    let of_program = RpcProgramAccountsConfig {
        filters: Some(vec![RpcFilterType::Memcmp(of_fund)]),
        account_config: config.clone(),
        ..Default::default()
    };
    let program = program_id();
    let subscribed = client.program_subscribe(&program, Some(of_program));
    let (program, _end) = timeout(CONNECT, subscribed).await.context("no answer")??;
    let program = program.map(|message| (message.value.pubkey, message.value.account));
    let mut streams = vec![program
        .filter_map(|(address, account)| async move { Some((address.parse().ok()?, account)) })
        .boxed()];
    for address in followed.named() {
        let subscribed = client.account_subscribe(address, Some(config.clone()));
        let (stream, _end) = timeout(CONNECT, subscribed).await.context("no answer")??;
        streams.push(stream.map(|message| (*address, message.value)).boxed());
    }
    connected();
    let mut all = select_all(streams);
    while let Some((address, account)) = all.next().await {
        changed(address, account.to_account().context("an account is not in base64")?);
    }
    bail!("the connection was closed")
}
