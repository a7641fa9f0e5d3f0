//! Changes of accounts by gRPC, from a node with Yellowstone.

use {
    super::{Followed, Node, CONNECT},
    anyhow::{bail, Context, Result},
    bulkhead_book::accounts::FUND_OFFSET,
    bulkhead_client::{program_id, Address},
    futures_util::{SinkExt, StreamExt},
    solana_account::Account,
    std::{collections::HashMap, time::Duration},
    tokio::time::timeout,
    yellowstone_grpc_client::{ClientTlsConfig, GeyserGrpcClient},
    yellowstone_grpc_proto::geyser::{
        subscribe_request_filter_accounts_filter::Filter,
        subscribe_request_filter_accounts_filter_memcmp::Data, subscribe_update::UpdateOneof,
        CommitmentLevel, SubscribeRequest, SubscribeRequestFilterAccounts,
        SubscribeRequestFilterAccountsFilter, SubscribeRequestFilterAccountsFilterMemcmp,
        SubscribeRequestFilterSlots, SubscribeRequestPing, SubscribeUpdateAccountInfo,
    },
};

/// Longest silence of a node. It tells every slot, so that one which does not is gone.
const SILENCE: Duration = Duration::from_secs(20);

/// Follows accounts: see [`Source::follow`](crate::source::Source::follow).
pub async fn follow(
    node: &Node,
    followed: &Followed<'_>,
    connected: impl FnOnce(),
    mut changed: impl FnMut(Address, Account),
) -> Result<()> {
    let mut builder = GeyserGrpcClient::build_from_shared(node.url.clone())
        .with_context(|| format!("{} is no address", node.url))?
        .x_token(node.token.clone())
        .context("the token")?
        .connect_timeout(CONNECT);
    if node.url.starts_with("https://") {
        builder = builder.tls_config(ClientTlsConfig::new().with_native_roots()).context("TLS")?;
    }
    let mut client = timeout(CONNECT, builder.connect()).await.context("no answer")??;
    let subscribed = client.subscribe_with_request(Some(request(followed)));
    let (mut asks, mut updates) = timeout(CONNECT, subscribed).await.context("no answer")??;
    let mut connected = Some(connected);
    while let Some(update) = timeout(SILENCE, updates.next()).await.context("the node is silent")? {
        match update?.update_oneof {
            Some(UpdateOneof::Account(update)) => {
                let (address, account) = read(update.account.context("an update without an account")?)?;
                changed(address, account);
            }
            // The node tells slots by the same subscription: from the first one on it is in force.
            Some(UpdateOneof::Slot(_)) => {
                if let Some(connected) = connected.take() {
                    connected();
                }
            }
            // Gateways close a stream in which the client says nothing.
            Some(UpdateOneof::Ping(_)) => {
                let ping = Some(SubscribeRequestPing { id: 1 });
                asks.send(SubscribeRequest { ping, ..Default::default() })
                    .await
                    .context("an answer to a ping")?;
            }
            _ => {}
        }
    }
    bail!("the connection was closed")
}

/// Asks for the fund's accounts by the fund's address in them, for the named ones, and for slots.
fn request(followed: &Followed<'_>) -> SubscribeRequest {
    let of_fund = SubscribeRequestFilterAccountsFilterMemcmp {
        offset: FUND_OFFSET as u64,
        data: Some(Data::Bytes(followed.fund.to_bytes().to_vec())),
    };
    let owned = SubscribeRequestFilterAccounts {
        owner: vec![program_id().to_string()],
        filters: vec![SubscribeRequestFilterAccountsFilter { filter: Some(Filter::Memcmp(of_fund)) }],
        ..Default::default()
    };
    let named = SubscribeRequestFilterAccounts {
        account: followed.named().map(ToString::to_string).collect(),
        ..Default::default()
    };
    let slots = SubscribeRequestFilterSlots { filter_by_commitment: Some(true), ..Default::default() };
    let level = if followed.commitment.is_finalized() {
        CommitmentLevel::Finalized
    } else if followed.commitment.is_confirmed() {
        CommitmentLevel::Confirmed
    } else {
        CommitmentLevel::Processed
    };
    SubscribeRequest {
        accounts: HashMap::from([("fund".into(), owned), ("named".into(), named)]),
        slots: HashMap::from([("slots".into(), slots)]),
        commitment: Some(level.into()),
        ..Default::default()
    }
}

fn read(update: SubscribeUpdateAccountInfo) -> Result<(Address, Account)> {
    let address = |bytes: &[u8]| -> Result<Address> {
        Ok(Address::new_from_array(bytes.try_into().context("an address has 32 bytes")?))
    };
    let account = Account {
        lamports: update.lamports,
        data: update.data,
        owner: address(&update.owner)?,
        executable: update.executable,
        rent_epoch: update.rent_epoch,
    };
    Ok((address(&update.pubkey)?, account))
}
