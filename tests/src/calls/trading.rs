use {
    crate::{
        call::Call,
        keys::{self, keypair},
        world::World,
    },
    bulkhead::state::OfferTerms,
    bulkhead_client::instruction::{self, Bid, Deal, OfferKeys},
    solana_address::Address,
    solana_signer::Signer,
};

/// The key of the venue, which matches trades elsewhere.
pub const VENUE: &str = "venue";

/// An offer at the print that never expires and that anybody may take, in any part: what tests of
/// others start from.
pub fn at_print(lots: i64) -> OfferTerms {
    OfferTerms {
        lots,
        min_lots: 0,
        limit_price: if lots < 0 { 0 } else { u64::MAX },
        expires_ts: i64::MAX,
        taker: Address::default(),
        distance_bps: 0,
    }
}

impl World {
    /// Two members trade.
    pub fn novate(&self, buyer: &str, seller: &str, market: u16, lots: u64, price: u64) -> Call {
        let others = self.others(market, &[buyer, seller]);
        let (buying, selling) = (self.trader(buyer), self.trader(seller));
        let call = instruction::novate(&self.here.keys, market, buying, selling, lots, price, &others);
        Call::new(call, [self.owner_of(buyer), self.owner_of(seller)])
    }

    /// The venue trades for these members from now on, and may concede so much of each in a day.
    pub fn appoint_venue(&mut self, names: &[&str], daily_budget: u64) {
        for name in names {
            self.run(self.set_delegate_within(name, keypair(VENUE).pubkey(), daily_budget));
        }
    }

    /// The venue posts trades of a taker, which buys, with these makers: lots and price of each.
    pub fn buy_batch(&self, taker: &str, market: u16, trades: &[(&str, u64, u64)]) -> Call {
        self.novate_batch(taker, true, market, trades)
    }

    /// The venue posts trades of a taker, which sells.
    pub fn sell_batch(&self, taker: &str, market: u16, trades: &[(&str, u64, u64)]) -> Call {
        self.novate_batch(taker, false, market, trades)
    }

    /// The venue posts trades of a taker, which buys or sells.
    pub fn novate_batch(&self, taker: &str, buys: bool, market: u16, trades: &[(&str, u64, u64)]) -> Call {
        let names: Vec<&str> = trades.iter().map(|(maker, ..)| *maker).chain([taker]).collect();
        let trades = trades
            .iter()
            .map(|(maker, lots, price)| (self.account_of(maker), Deal { lots: *lots, price: *price }));
        let (trades, others) = (trades.collect::<Vec<_>>(), self.others(market, &names));
        let (keys, taker, venue) = (&self.here.keys, self.account_of(taker), keypair(VENUE));
        let call = instruction::novate_batch(keys, market, taker, buys, &trades, venue.pubkey(), &others);
        Call::new(call, [venue])
    }

    /// A member buys from the house, at any price.
    pub fn take_over(&self, taker: &str, market: u16, lots: u64) -> Call {
        self.take_over_within(taker, market, Bid::at_any_price(lots, self.market(market).house_lots))
    }

    /// A member buys from the house, within its limit price.
    pub fn take_over_within(&self, taker: &str, market: u16, bid: Bid) -> Call {
        let others = self.others(market, &[taker]);
        let call = instruction::take_over(&self.here.keys, market, self.trader(taker), bid, &others);
        Call::new(call, [self.owner_of(taker)])
    }

    /// A member takes lots from another one, at any price.
    pub fn liquidate(&self, liquidator: &str, target: &str, market: u16, lots: u64) -> Call {
        let bid = Bid::at_any_price(lots, self.member(target).position(market).lots);
        self.liquidate_within(liquidator, target, market, bid)
    }

    /// A member takes lots from another one, within its limit price.
    pub fn liquidate_within(&self, liquidator: &str, target: &str, market: u16, bid: Bid) -> Call {
        let others = self.others(market, &[liquidator, target]);
        let (target, taker) = (self.account_of(target), self.trader(liquidator));
        let call = instruction::liquidate(&self.here.keys, market, target, taker, bid, &others);
        Call::new(call, [self.owner_of(liquidator)])
    }

    /// A member takes lots of another one whose stress call is due, at any price.
    pub fn sell_excess(&self, taker: &str, target: &str, market: u16, lots: u64) -> Call {
        let bid = Bid::at_any_price(lots, self.member(target).position(market).lots);
        self.sell_excess_within(taker, target, market, bid)
    }

    /// A member takes lots of another one whose stress call is due, within its limit price.
    pub fn sell_excess_within(&self, taker: &str, target: &str, market: u16, bid: Bid) -> Call {
        let others = self.others(market, &[taker, target]);
        let (account, trader) = (self.account_of(target), self.trader(taker));
        let call = instruction::sell_excess(&self.here.keys, market, account, trader, bid, &others);
        Call::new(call, [self.owner_of(taker)])
    }

    // Offers

    /// The address of a member's offer.
    pub fn offer_of(&self, maker: &str, number: u64) -> Address {
        keys::offer(self.account_of(maker), number)
    }

    /// A member offers lots.
    pub fn post_offer(&self, maker: &str, market: u16, number: u64, terms: OfferTerms) -> Call {
        let call = instruction::post_offer(&self.here.keys, market, self.trader(maker), number, terms);
        Call::new(call, [self.owner_of(maker)])
    }

    /// Somebody cancels an offer.
    pub fn cancel_offer(&self, by: &str, maker: &str, number: u64) -> Call {
        let offer = self.offer_of(maker, number);
        let rent_to = self.offer(maker, number).trader;
        Call::new(instruction::cancel_offer(offer, rent_to, self.owner_of(by).pubkey()), [self.owner_of(by)])
    }

    /// A member takes lots, signed as it receives them, at any price.
    pub fn take_offer(&self, taker: &str, maker: &str, number: u64, lots: i64) -> Call {
        self.take_offer_within(taker, maker, number, lots, if lots < 0 { 0 } else { u64::MAX })
    }

    /// A member takes lots, signed as it receives them, within its limit price.
    pub fn take_offer_within(&self, taker: &str, maker: &str, number: u64, lots: i64, limit: u64) -> Call {
        let market = self.market_of(maker, number);
        let (keys, others) = (self.offer_keys(maker, number, taker), self.others(market, &[maker, taker]));
        let signer = self.trader(taker).signer;
        let call = instruction::take_offer(&self.here.keys, market, keys, signer, lots, limit, &others);
        Call::new(call, [self.owner_of(taker)])
    }

    /// Anyone fills a taking from the market's price account.
    pub fn fill_offer(&self, maker: &str, number: u64, taker: &str) -> Call {
        let market = self.market_of(maker, number);
        let (keys, others) = (self.offer_keys(maker, number, taker), self.others(market, &[maker, taker]));
        let price = self.here.markets[usize::from(market)].price_account;
        let rent_to = self.offer(maker, number).trader;
        Call::new(instruction::fill_offer(&self.here.keys, market, keys, price, rent_to, &others), [])
    }

    /// Anyone ends a taking whose time is over.
    pub fn lapse_taking(&self, maker: &str, number: u64, taker: &str) -> Call {
        Call::new(instruction::lapse_taking(self.offer_keys(maker, number, taker)), [])
    }

    fn offer_keys(&self, maker: &str, number: u64, taker: &str) -> OfferKeys {
        let (maker, taker) = (self.account_of(maker), self.account_of(taker));
        OfferKeys { offer: keys::offer(maker, number), maker, taker }
    }

    fn market_of(&self, maker: &str, number: u64) -> u16 {
        let market = self.offer(maker, number).market;
        let mut indices = 0..self.here.markets.len() as u16;
        indices
            .find(|index| keys::market(self.here.keys.fund, *index) == market)
            .expect("a market of the fund")
    }
}
