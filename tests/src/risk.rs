//! Requirements and equity of a member, computed from accounts with the program's own mathematics.

use {
    crate::world::World,
    bulkhead::{
        rules::premium,
        state::{Market, Member},
    },
    bulkhead_math::requirements::{Mark, Risk},
};

impl World {
    /// Requirements and profits of a member at the markets' marks.
    pub fn risk(&self, name: &str) -> Risk {
        risk(&self.member(name), |market| self.market(market))
    }

    /// Margin and net profit of a member at the marks.
    pub fn equity(&self, name: &str) -> i64 {
        self.risk(name).equity(self.member(name).margin).expect("equity fits")
    }
}

/// Requirements and profits of `member` in these markets.
pub fn risk(member: &Member, market: impl Fn(u16) -> Market) -> Risk {
    let mut risk = Risk::default();
    for slot in member.positions.iter().filter(|slot| !slot.is_free()) {
        let market = market(slot.market);
        let scale = bulkhead_math::units::Scale::from_stored(market.scale).expect("a scale");
        let spread = market.mark.confidence * u64::from(market.confidence_multiple);
        let mark = Mark { price: market.mark.price, spread };
        let position = premium::position_of(&market, slot).expect("a position");
        risk.add(&position, &mark, scale, &market.risk_rates()).expect("a risk that fits");
    }
    risk
}
