//! Reads the fund from the cluster: everything at once, the common accounts again and again, and
//! changes as they happen.

use {
    crate::{
        bulk::{self, Bulk},
        config::Commitment,
        feed::{grpc, websocket, Feed, Followed},
        live::Live,
        policies::{Policies, BOOK_OF_DAY, BOOK_OF_POLICY, FUND_OF_BOOK},
        prices::oracle_account,
    },
    anyhow::{bail, ensure, Context, Result},
    bulkhead_book::{
        accounts::{self, Owned, FUND_OFFSET},
        Book,
    },
    bulkhead_client::{
        account::{decode, discriminator},
        claims::state::{Expiry, Policy, PolicyBook},
        cover_program_id,
        instruction::FundKeys,
        program_id,
        state::{Fund, Market},
        Address,
    },
    solana_account::Account,
    solana_account_decoder_client_types::UiAccountEncoding,
    solana_commitment_config::CommitmentConfig,
    solana_rpc_client::nonblocking::rpc_client::RpcClient,
    solana_rpc_client_api::config::RpcAccountInfoConfig,
    std::{collections::BTreeMap, sync::Arc},
};

/// Most accounts in one request.
const CHUNK: usize = 100;

impl Commitment {
    /// The same level as RPC names it.
    pub fn config(self) -> CommitmentConfig {
        match self {
            Self::Processed => CommitmentConfig::processed(),
            Self::Confirmed => CommitmentConfig::confirmed(),
            Self::Finalized => CommitmentConfig::finalized(),
        }
    }
}

/// A cluster, and the fund that is followed on it.
#[derive(Clone)]
pub struct Source {
    pub rpc: Arc<RpcClient>,
    /// The same node, asked for everything at once.
    pub bulk: Bulk,
    /// Source of changes; without one, the keeper only polls.
    pub feed: Option<Feed>,
    pub fund: Address,
    /// Oracle accounts by market, where they differ from the market's own.
    pub oracles: BTreeMap<u16, Address>,
}

impl Source {
    /// Reads this fund from a node, with the markets' own oracles and without a feed.
    pub fn new(rpc: Arc<RpcClient>, fund: Address) -> Self {
        let bulk = Bulk::of(&rpc, bulk::TIMEOUT, bulk::MOST_IN_PAGE);
        Self { rpc, bulk, feed: None, fund, oracles: BTreeMap::new() }
    }

    /// Reads accounts by address, in the order of `addresses`.
    pub async fn accounts(&self, addresses: &[Address]) -> Result<Vec<Option<Account>>> {
        let mut all = Vec::with_capacity(addresses.len());
        for chunk in addresses.chunks(CHUNK) {
            let config = account_config();
            let read = self.rpc.get_multiple_ui_accounts_with_config(chunk, config).await?;
            for account in read.value {
                let account =
                    account.map(|account| account.to_account().context("an account is not in base64"));
                all.push(account.transpose()?);
            }
        }
        Ok(all)
    }

    /// Reads the whole fund.
    pub async fn load(&self) -> Result<Live> {
        let (book, oracles, prices) = self.read().await?;
        Ok(Live::new(book, oracles, prices).reading_from(self.oracles.clone()))
    }

    /// Reads the whole fund as its accounts are, before anybody cranks.
    pub async fn book(&self) -> Result<Book> {
        Ok(self.read().await?.0)
    }

    /// Reads the fund's accounts, with the addresses and the accounts of its oracles.
    async fn read(&self) -> Result<(Book, Vec<Address>, Vec<Option<Account>>)> {
        let (keys, markets) = self.markets().await?;
        let oracles: Vec<Address> = markets.iter().map(|market| self.oracle(market)).collect();
        let owned = self.owned().await?;
        // The common accounts are read after the members, so that they are no older.
        let named = self.accounts(&accounts::named(&keys, &oracles)).await?;
        let book = accounts::book(&keys, &named, owned)?;
        Ok((book, oracles, named[3..].to_vec()))
    }

    /// Reads the fund with the existing ones of these members, because a fund may have a million.
    /// Returns its oracle accounts too.
    pub async fn load_part(&self, members: &[Address]) -> Result<(Book, Vec<Address>)> {
        let (keys, markets) = self.markets().await?;
        let oracles: Vec<Address> = markets.iter().map(|market| self.oracle(market)).collect();
        let read = self.accounts(members).await?;
        let owned = members.iter().zip(read).filter_map(|(address, account)| {
            let account = account.filter(|account| account.owner == program_id())?;
            Some((*address, Owned::decode(&account.data)))
        });
        let markets =
            markets.into_iter().map(|market| (keys.market(market.index), Owned::Market(Box::new(market))));
        let named = self.accounts(&accounts::named(&keys, &oracles)).await?;
        let book = accounts::book(&keys, &named, owned.chain(markets))?;
        Ok((book, oracles))
    }

    /// Reads the fund's addresses and its markets, in order.
    async fn markets(&self) -> Result<(FundKeys, Vec<Market>)> {
        let account = self.accounts(&[self.fund]).await?.remove(0);
        let account = account.with_context(|| {
            format!(
                "fund {} does not exist on this cluster: is it the one the fund was created on?",
                self.fund
            )
        })?;
        ensure!(
            account.owner == program_id(),
            "{} belongs to {}, not to Bulkhead ({}): it is no fund, or one of another deployment, whose \
             programs BULKHEAD_PROGRAM_ID and BULKHEAD_COVER_PROGRAM_ID must name",
            self.fund,
            account.owner,
            program_id()
        );
        let fund: Fund = decode(&account.data).with_context(|| format!("{} is not a fund", self.fund))?;
        let keys = FundKeys { fund: self.fund, mint: fund.mint, token_program: fund.token_program };

        let markets: Vec<Address> = (0..fund.market_count).map(|index| keys.market(index)).collect();
        let markets = self.accounts(&markets).await?.into_iter().enumerate().map(
            |(index, account)| -> Result<Market> {
                let account = account.with_context(|| format!("market {index} is missing"))?;
                decode(&account.data).with_context(|| format!("market {index}"))
            },
        );
        Ok((keys, markets.collect::<Result<Vec<_>>>()?))
    }

    fn oracle(&self, market: &Market) -> Address {
        let configured = self.oracles.get(&market.index).copied();
        configured.unwrap_or_else(|| oracle_account(&market.oracle))
    }

    /// The fund's accounts, each once: in pages one may come twice, and the later one counts.
    async fn owned(&self) -> Result<BTreeMap<Address, Owned>> {
        let mut owned = BTreeMap::new();
        let of_fund = [(FUND_OFFSET, self.fund.to_bytes().to_vec())];
        let take = |address, data: &[u8]| drop(owned.insert(address, Owned::decode(data)));
        self.bulk.of_program(&program_id(), &of_fund, take).await?;
        Ok(owned)
    }

    /// Reads the books of policies on this fund, with their days and policies. Where the program of claims
    /// is not deployed there are none.
    pub async fn policies(&self) -> Result<Policies> {
        let mut policies = Policies::default();
        for (address, data) in self.of_claims(discriminator::<PolicyBook>(), FUND_OF_BOOK, &self.fund).await?
        {
            policies.take(&self.fund, &address, &data);
        }
        let sold = policies.books.iter().filter(|(_, shelf)| shelf.book.next_policy > 0);
        let sold: Vec<Address> = sold.map(|(address, _)| *address).collect();
        for book in sold {
            let days = self.of_claims(discriminator::<Expiry>(), BOOK_OF_DAY, &book).await?;
            let sales = self.of_claims(discriminator::<Policy>(), BOOK_OF_POLICY, &book).await?;
            for (address, data) in days.into_iter().chain(sales) {
                policies.take(&self.fund, &address, &data);
            }
        }
        Ok(policies)
    }

    /// Reads the accounts of the program of claims that have this type, and an address at this place.
    async fn of_claims(
        &self,
        discriminator: &[u8],
        offset: usize,
        address: &Address,
    ) -> Result<Vec<(Address, Vec<u8>)>> {
        let bytes = [(0, discriminator.to_vec()), (offset, address.to_bytes().to_vec())];
        let mut read = Vec::new();
        let take = |address, data: &[u8]| read.push((address, data.to_vec()));
        self.bulk.of_program(&cover_program_id(), &bytes, take).await?;
        Ok(read)
    }

    /// Follows the fund's accounts and `oracles`. It calls `connected` once no change can be missed any
    /// more, and `changed` with every changed account. Returns the reason why the feed ended.
    pub async fn follow(
        &self,
        oracles: &[Address],
        connected: impl FnOnce(),
        changed: impl FnMut(Address, Account),
    ) -> Result<()> {
        let commitment = self.rpc.commitment();
        let accounts = Followed { fund: self.fund, oracles, commitment };
        match &self.feed {
            Some(Feed::Websocket(url)) => websocket::follow(url, &accounts, connected, changed).await,
            Some(Feed::Grpc(node)) => grpc::follow(node, &accounts, connected, changed).await,
            None => bail!("no feed is configured"),
        }
    }
}

/// How accounts are asked for.
pub fn account_config() -> RpcAccountInfoConfig {
    RpcAccountInfoConfig { encoding: Some(UiAccountEncoding::Base64), ..Default::default() }
}
