//! The accounts that the keeper's prices go to, and the instructions that post them.

use {
    super::kept::Kept,
    bulkhead_book::{Posting, Quote},
    bulkhead_client::{
        state::{Market, OracleConfig, OracleKind},
        Address, Instruction,
    },
    bulkhead_pyth::{
        instruction::Post,
        route::{self, RouteError, Target},
        update::Message,
        FeedId, Receiver, Update,
    },
    solana_account::Account,
    solana_keypair::Keypair,
    solana_sha256_hasher::hashv,
    solana_signer::Signer,
    std::{
        collections::{BTreeMap, BTreeSet},
        sync::{Arc, Mutex, PoisonError},
    },
};

/// Seconds after a taking without a print of its feed, after which Hermes is asked for it.
const SILENT_SECS: i64 = 2;

/// An update, with what the chain says of its signers.
#[derive(Clone, Debug)]
pub struct Heard {
    pub update: Arc<Update>,
    /// The number of guardians in the update's set.
    pub guardians: usize,
}

/// A price that the keeper can post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Postable {
    /// The account it goes to.
    pub address: Address,
    /// The account as it will be.
    pub account: Account,
}

/// The keys of the keeper's own price accounts, which sign posts to them. Whatever signs shares them, because
/// there are more of them when more markets are opened.
#[derive(Clone, Default)]
pub struct OwnKeys(Arc<Mutex<BTreeMap<Address, Arc<Keypair>>>>);

impl OwnKeys {
    /// The key of an account, if it is one of the keeper's own.
    pub fn get(&self, address: &Address) -> Option<Arc<Keypair>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(address).cloned()
    }

    /// Adds a key. Returns its address.
    fn add(&self, key: Keypair) -> Address {
        let address = key.pubkey();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(address, Arc::new(key));
        address
    }
}

/// Posts prices of one receiver for one payer.
pub struct Poster {
    receiver: Receiver,
    wormhole: Address,
    payer: Keypair,
    keys: OwnKeys,
    shard: u16,
    /// The keeper's own price accounts, by feed.
    own: BTreeMap<FeedId, Address>,
    /// The last update of each account.
    last: BTreeMap<Address, (FeedId, Heard)>,
    kept: Kept,
}

/// The key of the payer's own price account for a feed. It is derived, so that a keeper finds its
/// accounts again after a restart; the account can be written and closed by the payer alone.
pub fn own_key(payer: &Keypair, receiver: Receiver, feed: &FeedId) -> Keypair {
    let receiver = receiver.program();
    let parts: [&[u8]; 4] = [b"bulkhead price account", payer.secret_bytes(), receiver.as_array(), feed];
    Keypair::new_from_array(hashv(&parts).to_bytes())
}

/// Whether the market takes prices that this receiver writes.
pub fn accepts(oracle: &OracleConfig, receiver: Receiver) -> bool {
    oracle.kind == OracleKind::PythPull as u8 && oracle.owners.contains(receiver.program().as_array())
}

impl Poster {
    /// A poster that knows no market yet.
    pub fn new(receiver: Receiver, wormhole: Address, payer: &Keypair, shard: u16) -> Self {
        let (own, last, kept) = (BTreeMap::new(), BTreeMap::new(), Kept::default());
        let (payer, keys) = (payer.insecure_clone(), OwnKeys::default());
        Self { receiver, wormhole, payer, keys, shard, own, last, kept }
    }

    /// The keys of the keeper's own price accounts.
    pub fn keys(&self) -> OwnKeys {
        self.keys.clone()
    }

    /// Prepares an account of its own for each market that takes prices of this receiver. Returns their
    /// feeds, each once.
    pub fn follow(&mut self, markets: &[Market]) -> Vec<FeedId> {
        let accepting = markets.iter().filter(|market| accepts(&market.oracle, self.receiver));
        let feeds: BTreeSet<FeedId> = accepting.map(|market| market.oracle.feed_id).collect();
        for feed in &feeds {
            if !self.own.contains_key(feed) {
                self.own.insert(*feed, self.keys.add(own_key(&self.payer, self.receiver, feed)));
            }
        }
        feeds.into_iter().collect()
    }

    /// The account that a market's price is posted to. A market that is bound to an account takes
    /// no other: only a sponsored one can be posted to, and the keeper's own.
    pub fn target(&self, oracle: &OracleConfig) -> Option<(Target, Address)> {
        if !accepts(oracle, self.receiver) {
            return None;
        }
        let own = self.own.get(&oracle.feed_id).map(|own| (Target::Own(*own), *own));
        let sponsored = self.receiver.sponsored(self.shard, &oracle.feed_id);
        match oracle.account {
            bound if bound == [0; 32] => own,
            bound if bound == sponsored.to_bytes() => Some((Target::Sponsored(self.shard), sponsored)),
            bound => own.filter(|(_, address)| address.to_bytes() == bound),
        }
    }

    /// Takes in an update. Returns what can be posted for which market. An update that is older than the
    /// last one is kept for takings only.
    ///
    /// # Errors
    /// As [`route::post`]: the update cannot be fully verified, and none of its prices is taken in.
    pub fn hear(&mut self, heard: &Heard, markets: &[Market]) -> Result<Vec<(u16, Postable)>, RouteError> {
        let mut all = Vec::new();
        for market in markets {
            let feed = market.oracle.feed_id;
            let Some((target, address)) = self.target(&market.oracle) else { continue };
            let Some(message) = heard.update.message(&feed) else { continue };
            route::post(&self.post(address, heard), target, &heard.update, &feed, heard.guardians)?;
            self.kept.keep(&feed, heard);
            let publish_ts = |heard: &Heard| heard.update.message(&feed).map(|known| known.price.publish_ts);
            let last = self.last.get(&address).and_then(|(_, last)| publish_ts(last));
            if last.is_some_and(|last| last > message.price.publish_ts) {
                continue;
            }
            all.push((market.index, Postable { address, account: self.account(message) }));
            self.last.insert(address, (feed, heard.clone()));
        }
        Ok(all)
    }

    /// The print that fills a taking made in the second `ts`, if the keeper has heard it and can post it
    /// to an account of its own. The push oracle leaves out what is older than its account.
    pub fn print(&self, market: &Market, ts: i64, now: i64) -> Option<Posting> {
        let (account, heard) = self.kept_for(market, ts)?;
        let shown = self.account(heard.update.message(&market.oracle.feed_id)?);
        Some(Posting { account, quote: Quote::read(market, Some(&shown), now) })
    }

    /// Instructions that post that print.
    pub fn post_print(&self, market: &Market, ts: i64) -> Vec<Instruction> {
        let Some((own, heard)) = self.kept_for(market, ts) else { return Vec::new() };
        let (desk, feed) = (self.post(own, heard), market.oracle.feed_id);
        let posted = route::post(&desk, Target::Own(own), &heard.update, &feed, heard.guardians);
        posted.unwrap_or_default() // what was heard can be posted
    }

    /// Whether the print is missing that fills a taking made in the second `ts`, and Hermes has it: a
    /// later one has been heard, or the stream has been silent for a while.
    pub fn misses(&self, market: &Market, ts: i64, now: i64) -> bool {
        let Some((Target::Own(_), _)) = self.target(&market.oracle) else { return false };
        let feed = &market.oracle.feed_id;
        let is_late = now > ts.saturating_add(SILENT_SECS);
        self.kept.has_missed(feed, ts) || is_late && self.kept.first_after(feed, ts).is_none()
    }

    fn kept_for(&self, market: &Market, ts: i64) -> Option<(Address, &Heard)> {
        let (Target::Own(own), _) = self.target(&market.oracle)? else { return None };
        Some((own, self.kept.first_after(&market.oracle.feed_id, ts)?))
    }

    /// The account that a message makes.
    fn account(&self, message: &Message) -> Account {
        let data = message.price.account(self.payer.pubkey().as_array(), 0);
        Account { lamports: 1, data, owner: self.receiver.program(), ..Account::default() }
    }

    /// Instructions that post the last update of these accounts.
    pub fn updates(&self, accounts: &[Address]) -> Vec<Instruction> {
        let mut all = Vec::new();
        let mut done: Vec<&Address> = Vec::new();
        for address in accounts {
            let Some((feed, heard)) = self.last.get(address).filter(|_| !done.contains(&address)) else {
                continue;
            };
            done.push(address);
            let is_own = self.own.get(feed) == Some(address);
            let target = if is_own { Target::Own(*address) } else { Target::Sponsored(self.shard) };
            let posted =
                route::post(&self.post(*address, heard), target, &heard.update, feed, heard.guardians);
            all.extend(posted.unwrap_or_default()); // what was heard can be posted
        }
        all
    }

    fn post(&self, account: Address, heard: &Heard) -> Post {
        let times = heard.update.messages.iter().map(|message| message.price.publish_ts);
        // Any treasury will do. Different ones let posters run beside each other.
        let treasury = times.max().unwrap_or_default().to_le_bytes()[0];
        let Self { receiver, wormhole, .. } = *self;
        Post { receiver, wormhole, payer: self.payer.pubkey(), account, treasury }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use {
        bytemuck::Zeroable,
        local_hermes::{feed, Guardians},
    };

    /// The keeper finds its price accounts again: their keys follow from the payer's.
    #[test]
    fn price_accounts_follow_from_the_payer() {
        let payer = |number: u8| Keypair::new_from_array([number; 32]);
        let of = |payer: &Keypair, feed: u8| own_key(payer, Receiver::Core, &[feed; 32]).pubkey();
        assert_eq!(of(&payer(5), 1), of(&payer(5), 1));
        assert_ne!(of(&payer(5), 1), of(&payer(5), 2));
        assert_ne!(of(&payer(5), 1), of(&payer(6), 1));
        assert_ne!(own_key(&payer(5), Receiver::Compatible, &[1; 32]).pubkey(), of(&payer(5), 1));
    }

    /// An older update, which was asked for, is posted for its taking, and does not become the last price.
    #[test]
    fn an_older_update_is_kept_for_takings_only() {
        const FEED: FeedId = [9; 32];
        let (payer, core) = (Keypair::new_from_array([5; 32]), Receiver::Core);
        let mut poster = Poster::new(core, core.wormhole(), &payer, 0);
        let own = own_key(&payer, core, &FEED).pubkey();
        let guardians = Guardians::new(1, 1);
        let heard = |publish_ts: i64| {
            let update = guardians.update(&[feed(FEED, 20_000, 1, -8, publish_ts)], 3, &[0]);
            Heard { update: Arc::new(Update::parse(&update).unwrap()), guardians: 1 }
        };
        let oracle = OracleConfig {
            feed_id: FEED,
            owners: [core.program().to_bytes(), [0; 32]],
            feed_decimals: 8,
            max_age_secs: 60,
            max_confidence_bps: 300,
            ..OracleConfig::zeroed()
        };
        let market = Market { oracle, price_decimals: 8, ..Market::zeroed() };
        assert_eq!(poster.follow(&[market]), [FEED]);
        assert!(!poster.misses(&market, 100, 102) && poster.misses(&market, 100, 103), "it may still come");

        assert_eq!(poster.hear(&heard(103), &[market]).unwrap().len(), 1);
        assert!(poster.misses(&market, 100, 101), "the print has come and gone");
        assert_eq!(poster.print(&market, 100, 105), None);
        let last = poster.updates(&[own]);

        assert_eq!(poster.hear(&heard(101), &[market]).unwrap(), [], "it is older");
        assert_eq!(poster.updates(&[own]), last);
        assert!(!poster.misses(&market, 100, 105));
        let print = poster.print(&market, 100, 105).unwrap();
        assert_eq!((print.account, print.quote.first_after(100, 105).unwrap().publish_ts), (own, 101));
        let posts = poster.post_print(&market, 100);
        assert!(posts.len() == 1 && posts != last);

        let account = core.sponsored(0, &FEED).to_bytes();
        let bound = Market { oracle: OracleConfig { account, ..oracle }, ..market };
        assert_eq!(poster.print(&bound, 100, 105), None, "the push oracle takes no older print");
        assert!(!poster.misses(&bound, 100, 105), "and is not asked for one");
    }

    /// A market says which accounts its price may come from, and a poster respects it.
    #[test]
    fn a_price_goes_where_the_market_takes_it_from() {
        const FEED: FeedId = [9; 32];
        let (payer, core) = (Keypair::new_from_array([5; 32]), Receiver::Core);
        let mut poster = Poster::new(core, core.wormhole(), &payer, 3);
        let own = own_key(&payer, core, &FEED).pubkey();
        let oracle = |account: [u8; 32], owner: Receiver| {
            let owners = [[0; 32], owner.program().to_bytes()];
            OracleConfig { feed_id: FEED, account, owners, ..OracleConfig::zeroed() }
        };
        let market = |oracle: OracleConfig| Market { oracle, ..Market::zeroed() };
        assert_eq!(poster.target(&oracle([0; 32], core)), None, "the market is not followed yet");
        let all = [oracle([0; 32], core), oracle([1; 32], core), oracle([0; 32], Receiver::Compatible)];
        assert_eq!(poster.follow(&all.map(market)), [FEED], "once, and for its own receiver alone");
        assert_eq!(poster.keys().get(&own).map(|key| key.pubkey()), Some(own), "it signs for its account");
        assert!(poster.keys().get(&payer.pubkey()).is_none());
        let target = |account: [u8; 32]| poster.target(&oracle(account, core));
        assert_eq!(target([0; 32]), Some((Target::Own(own), own)), "it is bound to none");
        assert_eq!(target(own.to_bytes()), Some((Target::Own(own), own)));
        let sponsored = core.sponsored(3, &FEED);
        assert_eq!(target(sponsored.to_bytes()), Some((Target::Sponsored(3), sponsored)));
        assert_eq!(target(core.sponsored(0, &FEED).to_bytes()), None, "another shard");
        assert_eq!(target([1; 32]), None, "somebody else's");
        assert_eq!(poster.target(&oracle([0; 32], Receiver::Compatible)), None, "another receiver");
    }
}
