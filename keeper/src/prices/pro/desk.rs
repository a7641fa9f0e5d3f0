//! The last message of each feed, and the instructions that post it.

use {
    super::{instructions, listener::Heard, postable_feed_of},
    crate::prices::poster::Postable,
    anchor_lang::Discriminator,
    bulkhead::constants::VERSION,
    bulkhead_client::{
        address, program_id,
        state::{Market, ProPrice, SignedPrint},
        Address, Instruction,
    },
    bytemuck::{bytes_of, Zeroable},
    solana_account::Account,
    std::collections::BTreeMap,
};

/// Posts messages of Pyth Pro for one payer.
pub struct Desk {
    payer: Address,
    /// The last message of each feed, by the account that it goes to.
    last: BTreeMap<Address, Heard>,
}

impl Desk {
    /// A desk without messages.
    pub fn new(payer: Address) -> Self {
        Self { payer, last: BTreeMap::new() }
    }

    /// Takes in a message that was checked. Returns what can be posted for which market; nothing if it is
    /// not newer than the last one, for the program would leave it out.
    pub fn hear(&mut self, heard: &Heard, markets: &[Market]) -> Vec<(u16, Postable)> {
        let ((feed, channel), print) = (heard.feed, &heard.print);
        let address = address::pro_price(feed, channel);
        if self.last.get(&address).is_some_and(|last| last.print.message_us >= print.message_us) {
            return Vec::new();
        }
        self.last.insert(address, heard.clone());
        let postable = Postable { address, account: account(feed, channel, print) };
        let served = markets.iter().filter(|market| postable_feed_of(&market.oracle) == Some(heard.feed));
        served.map(|market| (market.index, postable.clone())).collect()
    }

    /// Instructions that post the last message of these accounts. Those of them that do not exist are opened
    /// first; of two transactions that open one at the same time the second one fails, and is tried again.
    pub fn updates(&self, accounts: &[Address], is_open: impl Fn(&Address) -> bool) -> Vec<Instruction> {
        let posts = self.known(accounts).map(|(address, heard)| {
            instructions(self.payer, heard.feed, heard.treasury, &heard.signed, is_open(address))
        });
        posts.flatten().collect()
    }

    /// Lamports that the contract takes for these posts.
    pub fn fee(&self, accounts: &[Address]) -> u64 {
        self.known(accounts).fold(0u64, |fee, (_, heard)| fee.saturating_add(heard.fee))
    }

    /// Those of the accounts that a message is known of, each once.
    fn known<'d>(&'d self, accounts: &'d [Address]) -> impl Iterator<Item = (&'d Address, &'d Heard)> {
        let is_first = move |(place, address): &(usize, &Address)| !accounts[..*place].contains(address);
        let each = accounts.iter().enumerate().filter(is_first);
        each.filter_map(move |(_, address)| Some((address, self.last.get(address)?)))
    }
}

/// The feed's account as a post makes it.
fn account(feed: u32, channel: u8, print: &SignedPrint) -> Account {
    let mut price = ProPrice { version: VERSION, feed, channel, ..ProPrice::zeroed() };
    price.take(print);
    let data = [ProPrice::DISCRIMINATOR, bytes_of(&price)].concat();
    Account { lamports: 1, data, owner: program_id(), ..Account::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use {
        crate::prices::pro::is_check,
        bulkhead_book::Quote,
        bulkhead_client::{
            instruction::name,
            state::{OracleConfig, OracleKind},
        },
        bulkhead_pyth::pro::{payload, Signed},
        std::sync::Arc,
    };

    const FEED: (u32, u8) = (6, 3);
    const NOW: i64 = 1_000;

    fn heard(message_secs: u64, price_secs: u64) -> Heard {
        let [message_us, price_us] = [message_secs, price_secs].map(|secs| secs * 1_000_000);
        let print = SignedPrint { message_us, price_us, price: 200, confidence: 1, exponent: -8, session: 0 };
        let key = Address::new_from_array([3; 32]);
        let signed = Arc::new(Signed::new(&payload(message_us, 3, &[]), &key, &[4; 64]).unwrap());
        Heard { feed: FEED, signed, print, treasury: Address::new_from_array([7; 32]), fee: 2 }
    }

    fn market(index: u16, (feed, channel): (u32, u8)) -> Market {
        let oracle = OracleConfig {
            feed_id: ProPrice::feed_id(feed, channel),
            account: address::pro_price(feed, channel).to_bytes(),
            kind: OracleKind::PythPro as u8,
            feed_decimals: 8,
            max_age_secs: 60,
            max_confidence_bps: 300,
            ..OracleConfig::zeroed()
        };
        Market { index, oracle, price_decimals: 8, ..Market::zeroed() }
    }

    fn desk() -> Desk {
        Desk::new(Address::new_from_array([5; 32]))
    }

    #[test]
    fn a_message_is_for_every_market_of_its_feed_that_is_bound_to_its_account() {
        let elsewhere = OracleConfig { account: [1; 32], ..market(3, FEED).oracle };
        let elsewhere = Market { oracle: elsewhere, ..market(3, FEED) };
        let markets = [market(0, FEED), market(1, (6, 4)), market(2, FEED), elsewhere, Market::zeroed()];
        let all = desk().hear(&heard(999, 998), &markets);
        assert_eq!(all.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [0, 2]);
        let (_, postable) = &all[0];
        assert_eq!(postable.address.to_bytes(), markets[0].oracle.account);
        let print = Quote::read(&markets[0], Some(&postable.account), NOW).print.unwrap();
        assert_eq!((print.price, print.confidence, print.publish_ts), (200, 1, 998));
    }

    #[test]
    fn only_a_newer_message_is_taken_in() {
        let (mut desk, markets) = (desk(), [market(0, FEED)]);
        assert_eq!(desk.hear(&heard(999, 998), &markets).len(), 1);
        assert_eq!(desk.hear(&heard(999, 999), &markets), [], "it is of the same moment");
        assert_eq!(desk.hear(&heard(998, 998), &markets), [], "it is older");
        assert_eq!(desk.hear(&heard(1_000, 998), &markets).len(), 1);
    }

    #[test]
    fn an_account_is_opened_and_posted_to_once() {
        let mut desk = desk();
        let account = address::pro_price(FEED.0, FEED.1);
        let (twice, other) = ([account, account], Address::new_from_array([9; 32]));
        assert_eq!(desk.updates(&twice, |_| true), [], "nothing was heard");
        desk.hear(&heard(999, 998), &[market(0, FEED)]);
        let called = |post: &Instruction| match is_check(post) {
            true => "check",
            false => name(&post.data).expect("the program's"),
        };
        let names = |posts: Vec<Instruction>| posts.iter().map(called).collect::<Vec<_>>();
        assert_eq!(names(desk.updates(&twice, |_| true)), ["check", "post_pro_price"]);
        assert_eq!(names(desk.updates(&twice, |_| false)), ["open_pro_price", "check", "post_pro_price"]);
        assert_eq!((desk.fee(&twice), desk.fee(&[other]), desk.updates(&[other], |_| true).len()), (2, 0, 0));
    }
}
