//! Requirements and equity of a member, computed from accounts with the program's own rules.

use {
    crate::world::World,
    anchor_lang::prelude::Result,
    bulkhead::{
        rules::{
            interval::{Moment, Prices},
            requirements, MarketSource,
        },
        state::{Fund, Market, Member},
    },
    bulkhead_math::requirements::Risk,
    solana_clock::Clock,
};

/// A fund and its markets at a moment.
pub struct MarketsAt {
    fund: Fund,
    markets: Vec<Market>,
    moment: Moment,
}

impl MarketsAt {
    /// Markets by index, at the moment of a clock.
    pub fn new(
        markets: impl IntoIterator<Item = Market>,
        fund: &Fund,
        clock: &Clock,
        restart_slot: u64,
    ) -> Self {
        let moment = Moment::new(&fund.params, clock.slot, clock.unix_timestamp, restart_slot);
        Self { fund: *fund, markets: markets.into_iter().collect(), moment }
    }

    /// What the member is judged by for what it does itself.
    pub fn risk(&self, member: &Member) -> Risk {
        requirements::risk(&self.fund, self, member).expect("a risk that fits")
    }

    /// What others judge it by to liquidate it.
    pub fn risk_of_liquidation(&self, member: &Member) -> Risk {
        requirements::risk_of_liquidation(&self.fund, self, member).expect("a risk that fits")
    }

    /// What others judge it by to declare its default.
    pub fn risk_of_default(&self, member: &Member) -> Risk {
        requirements::risk_of_default(&self.fund, self, member).expect("a risk that fits")
    }
}

impl MarketSource for MarketsAt {
    fn find(&self, index: u16) -> Option<&Market> {
        self.markets.get(usize::from(index))
    }

    fn prices(&self, market: &Market) -> Result<Prices> {
        self.moment.prices(market)
    }
}

impl World {
    /// The markets now.
    pub fn markets_now(&self) -> MarketsAt {
        let markets = (0..self.here.markets.len() as u16).map(|market| self.market(market));
        MarketsAt::new(markets, &self.fund(), &self.clock(), self.restart_slot())
    }

    /// The prices of a market now.
    pub fn prices(&self, market: u16) -> Prices {
        self.markets_now().prices(&self.market(market)).expect("prices that fit")
    }

    /// Requirements and profits of a member, for what it does itself.
    pub fn risk(&self, name: &str) -> Risk {
        self.markets_now().risk(&self.member(name))
    }

    /// Margin and net profit of a member at the marks.
    pub fn equity(&self, name: &str) -> i64 {
        self.risk(name).equity(self.member(name).margin).expect("equity fits")
    }
}
