//! A small node with Yellowstone's protocol: it reads a validator again and again, and tells each
//! subscriber what its own filters let through and what has changed. Its protocol and its server are
//! those of the crate that the plugin itself is built with; how a validator hands accounts to a plugin is
//! not here.

use {
    bulkhead_client::Address,
    solana_account::Account,
    solana_account_decoder_client_types::UiAccountEncoding,
    solana_rpc_client::nonblocking::rpc_client::RpcClient,
    solana_rpc_client_api::{
        config::{RpcAccountInfoConfig, RpcProgramAccountsConfig},
        filter::{Memcmp, RpcFilterType},
    },
    std::{
        collections::BTreeMap,
        net::SocketAddr,
        pin::Pin,
        sync::{
            atomic::{AtomicU64, Ordering},
            Arc,
        },
        time::Duration,
    },
    tokio::{
        net::TcpListener,
        runtime::Runtime,
        sync::{mpsc, watch},
        time::{sleep, timeout},
    },
    tokio_stream::{
        wrappers::{ReceiverStream, TcpListenerStream},
        Stream,
    },
    yellowstone_grpc_proto::{
        geyser::{
            geyser_server::{Geyser, GeyserServer},
            subscribe_request_filter_accounts_filter::Filter,
            subscribe_request_filter_accounts_filter_memcmp::Data,
            subscribe_update::UpdateOneof,
            *,
        },
        tonic::{transport::Server, Request, Response, Status, Streaming},
    },
};

/// Time between two looks at the validator.
const LOOK: Duration = Duration::from_millis(50);
/// Time by which a subscriber must have answered a ping.
const ANSWER: Duration = Duration::from_secs(5);

/// A node on a port of its own.
pub struct Node {
    pub url: String,
    /// Subscriptions that were made.
    subscribed: Arc<AtomicU64>,
    cut: watch::Sender<u64>,
    _runtime: Runtime,
}

#[derive(Clone)]
struct Serving {
    rpc: Arc<RpcClient>,
    token: &'static str,
    subscribed: Arc<AtomicU64>,
    cut: watch::Receiver<u64>,
}

impl Node {
    /// Starts a node beside a validator that serves whoever has this token.
    pub fn start(rpc_url: &str, token: &'static str) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let at: SocketAddr = listener.local_addr().unwrap();
        let (cut, was_cut) = watch::channel(0);
        let subscribed = Arc::new(AtomicU64::new(0));
        let rpc = Arc::new(RpcClient::new_with_commitment(
            rpc_url.into(),
            bulkhead_keeper::config::Commitment::Processed.config(),
        ));
        let serving = Serving { rpc, token, subscribed: subscribed.clone(), cut: was_cut };
        runtime.spawn(
            Server::builder()
                .add_service(GeyserServer::new(serving))
                .serve_with_incoming(TcpListenerStream::new(listener)),
        );
        Self { url: format!("http://{at}"), subscribed, cut, _runtime: runtime }
    }

    /// Closes every subscription.
    pub fn cut(&self) {
        self.cut.send_modify(|cut| *cut += 1);
    }

    pub fn subscriptions(&self) -> u64 {
        self.subscribed.load(Ordering::Relaxed)
    }
}

type Known = BTreeMap<Address, Account>;
type Told = mpsc::Sender<Result<SubscribeUpdate, Status>>;

impl Serving {
    /// The accounts that one filter lets through.
    async fn matching(&self, filter: &SubscribeRequestFilterAccounts) -> anyhow::Result<Known> {
        let account_config =
            RpcAccountInfoConfig { encoding: Some(UiAccountEncoding::Base64), ..Default::default() };
        let mut found = Known::new();
        let named: Vec<Address> = filter.account.iter().map(|address| address.parse().unwrap()).collect();
        for (address, account) in named.iter().zip(self.rpc.get_multiple_accounts(&named).await?) {
            found.extend(account.map(|account| (*address, account)));
        }
        for owner in &filter.owner {
            let filters = filter.filters.iter().map(|filter| match &filter.filter {
                Some(Filter::Memcmp(SubscribeRequestFilterAccountsFilterMemcmp {
                    offset,
                    data: Some(Data::Bytes(bytes)),
                })) => RpcFilterType::Memcmp(Memcmp::new_raw_bytes(*offset as usize, bytes.clone())),
                other => panic!("a filter that no keeper asks for: {other:?}"),
            });
            let config = RpcProgramAccountsConfig {
                filters: Some(filters.collect()),
                account_config: account_config.clone(),
                ..Default::default()
            };
            let owner = owner.parse().unwrap();
            for (address, account) in self.rpc.get_program_ui_accounts_with_config(&owner, config).await? {
                found.insert(address, account.to_account().unwrap());
            }
        }
        Ok(found)
    }

    /// Tells one subscriber of changes until it is gone, does not answer, or is cut.
    async fn tell(mut self, mut asks: Streaming<SubscribeRequest>, told: Told) -> anyhow::Result<()> {
        let Some(request) = asks.message().await? else { return Ok(()) };
        let _ = self.cut.borrow_and_update();
        let (mut known, mut last_slot) = (None::<Known>, 0);
        for look in 0u64.. {
            let mut now = Known::new();
            for filter in request.accounts.values() {
                now.append(&mut self.matching(filter).await?);
            }
            let before = known.replace(now.clone()).unwrap_or_else(|| now.clone());
            for (address, account) in &now {
                if before.get(address) != Some(account) {
                    told.send(Ok(changed(address, account))).await?;
                }
            }
            // A closed account belongs to the system program: only a filter on its address finds it.
            let named = |address: &Address| {
                request.accounts.values().any(|filter| filter.account.contains(&address.to_string()))
            };
            let is_told = |address: &&Address| !now.contains_key(*address) && named(address);
            for address in before.keys().filter(is_told) {
                told.send(Ok(changed(address, &Account::default()))).await?;
            }
            let slot = self.rpc.get_slot().await?;
            if slot > last_slot {
                last_slot = slot;
                let slot = SubscribeUpdateSlot { slot, ..Default::default() };
                told.send(Ok(update(UpdateOneof::Slot(slot)))).await?;
            }
            if look % 40 == 20 {
                told.send(Ok(update(UpdateOneof::Ping(SubscribeUpdatePing {})))).await?;
                let answer = timeout(ANSWER, asks.message()).await??;
                anyhow::ensure!(answer.is_some_and(|answer| answer.ping.is_some()), "no answer to a ping");
            }
            tokio::select! {
                () = sleep(LOOK) => {}
                _ = self.cut.changed() => break,
            }
        }
        Ok(())
    }
}

fn update(update: UpdateOneof) -> SubscribeUpdate {
    SubscribeUpdate { update_oneof: Some(update), ..Default::default() }
}

fn changed(address: &Address, account: &Account) -> SubscribeUpdate {
    let account = SubscribeUpdateAccountInfo {
        pubkey: address.to_bytes().to_vec(),
        lamports: account.lamports,
        owner: account.owner.to_bytes().to_vec(),
        data: account.data.clone(),
        ..Default::default()
    };
    update(UpdateOneof::Account(SubscribeUpdateAccount { account: Some(account), ..Default::default() }))
}

type Answer<T> = Result<Response<T>, Status>;
type Updates<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

fn other<T>() -> Answer<T> {
    Err(Status::unimplemented("this node has subscriptions of accounts and slots alone"))
}

#[yellowstone_grpc_proto::tonic::async_trait]
impl Geyser for Serving {
    type SubscribeStream = Updates<SubscribeUpdate>;
    type SubscribeDeshredStream = Updates<SubscribeUpdateDeshred>;
    type SubscribeGossipStream = Updates<SubscribeUpdateGossip>;

    async fn subscribe(
        &self,
        request: Request<Streaming<SubscribeRequest>>,
    ) -> Answer<Self::SubscribeStream> {
        let token = request.metadata().get("x-token").and_then(|token| token.to_str().ok());
        if token.unwrap_or_default() != self.token {
            return Err(Status::unauthenticated("no such token"));
        }
        self.subscribed.fetch_add(1, Ordering::Relaxed);
        let (told, updates) = mpsc::channel(1_000);
        let serving = self.clone();
        tokio::spawn(async move {
            if let Err(why) = serving.tell(request.into_inner(), told.clone()).await {
                let _ = told.send(Err(Status::unavailable(why.to_string()))).await;
                // it may be gone
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(updates))))
    }

    async fn subscribe_deshred(
        &self,
        _: Request<Streaming<SubscribeDeshredRequest>>,
    ) -> Answer<Self::SubscribeDeshredStream> {
        other()
    }

    async fn subscribe_gossip(
        &self,
        _: Request<SubscribeGossipRequest>,
    ) -> Answer<Self::SubscribeGossipStream> {
        other()
    }

    async fn subscribe_replay_info(
        &self,
        _: Request<SubscribeReplayInfoRequest>,
    ) -> Answer<SubscribeReplayInfoResponse> {
        other()
    }

    async fn ping(&self, _: Request<PingRequest>) -> Answer<PongResponse> {
        other()
    }

    async fn get_latest_blockhash(
        &self,
        _: Request<GetLatestBlockhashRequest>,
    ) -> Answer<GetLatestBlockhashResponse> {
        other()
    }

    async fn get_block_height(&self, _: Request<GetBlockHeightRequest>) -> Answer<GetBlockHeightResponse> {
        other()
    }

    async fn get_slot(&self, _: Request<GetSlotRequest>) -> Answer<GetSlotResponse> {
        other()
    }

    async fn is_blockhash_valid(
        &self,
        _: Request<IsBlockhashValidRequest>,
    ) -> Answer<IsBlockhashValidResponse> {
        other()
    }

    async fn get_version(&self, _: Request<GetVersionRequest>) -> Answer<GetVersionResponse> {
        other()
    }
}
