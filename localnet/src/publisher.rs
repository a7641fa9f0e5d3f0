//! The oracles of the demo: writes prices as Pyth accounts, and writes them again every second, as
//! long as blocks come. Somebody who trades on a real cluster posts a print of that second as well.

use {
    crate::{
        chain::Blocks,
        migration::NamedMarket,
        pyth::{self, PriceUpdate},
        validator::Validator,
    },
    anyhow::Result,
    bulkhead_client::Address,
    std::cell::RefCell,
};

/// Publishes the prices of some markets.
pub struct Publisher<'v> {
    validator: &'v Validator,
    feeds: Vec<Feed>,
    published: RefCell<Published>,
}

/// The place of a market's price.
struct Feed {
    account: Address,
    owner: Address,
    feed_id: [u8; 32],
    exponent: i32,
}

#[derive(Default)]
struct Published {
    /// Price and confidence, by market.
    quotes: Vec<(i64, u64)>,
    publish_ts: i64,
}

impl<'v> Publisher<'v> {
    /// A publisher for these markets, in the format of the first receiver that each accepts.
    pub fn new(validator: &'v Validator, markets: &[NamedMarket]) -> Self {
        let feeds = markets.iter().map(|market| Feed {
            account: pyth::account_of(&market.params.oracle.feed_id),
            owner: Address::new_from_array(market.params.oracle.owners[0]),
            feed_id: market.params.oracle.feed_id,
            exponent: -i32::from(market.params.price_decimals),
        });
        Self { validator, feeds: feeds.collect(), published: RefCell::default() }
    }

    /// The oracle account of every market.
    pub fn accounts(&self) -> Vec<Address> {
        self.feeds.iter().map(|feed| feed.account).collect()
    }

    /// The prices last published.
    pub fn quotes(&self) -> Vec<(i64, u64)> {
        self.published.borrow().quotes.clone()
    }

    /// Publishes new prices.
    pub fn publish(&self, quotes: &[(i64, u64)]) -> Result<()> {
        self.publish_at(quotes, self.validator.time().unix_ts())
    }

    /// Publishes new prices with this publish time.
    pub fn publish_at(&self, quotes: &[(i64, u64)], unix_ts: i64) -> Result<()> {
        let before = self.published.borrow().publish_ts;
        for (feed, (price, confidence)) in self.feeds.iter().zip(quotes) {
            let update = PriceUpdate {
                feed_id: feed.feed_id,
                write_authority: feed.account,
                price: *price,
                confidence: *confidence,
                exponent: feed.exponent,
                publish_ts: unix_ts,
                previous_publish_ts: before.min(unix_ts),
                ema_price: *price,
                ema_confidence: *confidence,
                posted_slot: self.validator.time().slot,
            };
            self.validator.set_account(&feed.account, &feed.owner, &update.encode())?;
        }
        *self.published.borrow_mut() = Published { quotes: quotes.to_vec(), publish_ts: unix_ts };
        Ok(())
    }

    /// Lets time pass until `unix_ms` with unchanged prices.
    pub fn wait_until(&self, unix_ms: i64) -> Result<()> {
        self.validator.advance_to(unix_ms)?;
        self.refresh()
    }

    /// Lets `slots` pass with unchanged prices.
    pub fn wait_slots(&self, slots: u64) -> Result<()> {
        self.validator.advance_slots(slots)?;
        self.refresh()
    }

    fn refresh(&self) -> Result<()> {
        if self.validator.time().unix_ts() > self.published.borrow().publish_ts {
            self.publish(&self.quotes())?;
        }
        Ok(())
    }
}

impl Blocks for Publisher<'_> {
    fn next_block(&self) -> Result<()> {
        self.wait_slots(1)
    }
}
