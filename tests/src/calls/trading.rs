use {
    crate::{call::Call, world::World},
    bulkhead_client::instruction,
};

impl World {
    /// Two members trade.
    pub fn novate(&self, buyer: &str, seller: &str, market: u16, lots: u64, price: u64) -> Call {
        let others = self.others(market, &[buyer, seller]);
        let (buying, selling) = (self.trader(buyer), self.trader(seller));
        let call = instruction::novate(&self.here.keys, market, buying, selling, lots, price, &others);
        Call::new(call, [self.owner_of(buyer), self.owner_of(seller)])
    }

    /// A member buys from the house.
    pub fn take_over(&self, taker: &str, market: u16, lots: u64) -> Call {
        let others = self.others(market, &[taker]);
        let call = instruction::take_over(&self.here.keys, market, self.trader(taker), lots, &others);
        Call::new(call, [self.owner_of(taker)])
    }

    /// A member takes lots from another one.
    pub fn liquidate(&self, liquidator: &str, target: &str, market: u16, lots: u64) -> Call {
        let others = self.others(market, &[liquidator, target]);
        let (target, taker) = (self.account_of(target), self.trader(liquidator));
        let call = instruction::liquidate(&self.here.keys, market, target, taker, lots, &others);
        Call::new(call, [self.owner_of(liquidator)])
    }

    /// A member takes lots of another one whose stress call is due.
    pub fn sell_excess(&self, taker: &str, target: &str, market: u16, lots: u64) -> Call {
        let others = self.others(market, &[taker, target]);
        let (account, trader) = (self.account_of(target), self.trader(taker));
        let call = instruction::sell_excess(&self.here.keys, market, account, trader, lots, &others);
        Call::new(call, [self.owner_of(taker)])
    }
}
