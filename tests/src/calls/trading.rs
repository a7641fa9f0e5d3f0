use {
    crate::{call::Call, world::World},
    bulkhead_client::instruction::{self, Bid},
};

impl World {
    /// Two members trade.
    pub fn novate(&self, buyer: &str, seller: &str, market: u16, lots: u64, price: u64) -> Call {
        let others = self.others(market, &[buyer, seller]);
        let (buying, selling) = (self.trader(buyer), self.trader(seller));
        let call = instruction::novate(&self.here.keys, market, buying, selling, lots, price, &others);
        Call::new(call, [self.owner_of(buyer), self.owner_of(seller)])
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
}
