//! Positions that the keeper's own accounts take: from members below maintenance, and from the
//! house.

use {
    super::{write, Action, Planner},
    bulkhead::constants::MAX_POSITIONS,
    bulkhead_book::{held_markets, price, rates, scale},
    bulkhead_client::{
        state::{Member, MemberStatus},
        Address,
    },
    bulkhead_math::{
        liquidation::{max_lots, plan_liquidate, LiquidationMarket, Target},
        position::Position,
        risk::notional,
        units::{Bps, Money},
        MathError, Result,
    },
};

impl Planner<'_> {
    /// Liquidates members below maintenance, the largest position first, until they are above it or
    /// nobody can take more.
    pub(super) fn liquidate(&mut self) -> Result<()> {
        let members: Vec<Address> = self.book.members.keys().copied().collect();
        for target in members {
            for _ in 0..MAX_POSITIONS {
                let Some((market, taker, lots)) = self.next_liquidation(&target)? else { break };
                let markets = self.markets_of(&[target, taker], market);
                self.actions.push(Action::Liquidate { market, target, taker, lots, markets });
                self.apply_liquidation(market, &target, &taker, lots)?;
            }
        }
        Ok(())
    }

    fn next_liquidation(&self, target: &Address) -> Result<Option<(u16, Address, u64)>> {
        let member = &self.book.members[target];
        let markets = held_markets(member);
        let is_closed = markets.iter().any(|market| self.book.is_final(*market));
        if member.status != MemberStatus::Active || is_closed || !self.book.can_price(&markets) {
            return Ok(None);
        }
        let risk = self.book.risk(member)?;
        if !risk.is_liquidatable(member.margin)? || risk.equity_favourable(member.margin)? < 0 {
            return Ok(None); // healthy, or a default
        }
        let Some(market) = self.largest_position(member)? else { return Ok(None) };
        let at = self.liquidation_market(market)?;
        let before = Target { margin: member.margin, risk, position: member.position(market) };
        let wanted = max_lots(&before, &at.as_math(), &self.book.fund.params.liquidation())?;
        let sign = before.position.lots.signum();
        let given = |lots: u64| -> Result<Position> {
            Ok(plan_liquidate(
                &before,
                Position::default(),
                lots,
                &at.as_math(),
                &self.book.fund.params.liquidation(),
            )?
            .liquidator)
        };
        let taker = self.best_taker(target, wanted, given, market, sign)?;
        Ok(taker.map(|(taker, lots)| (market, taker, lots)))
    }

    pub(super) fn apply_liquidation(
        &mut self,
        market: u16,
        target: &Address,
        taker: &Address,
        lots: u64,
    ) -> Result<()> {
        let at = self.liquidation_market(market)?;
        let member = &self.book.members[target];
        let before = Target {
            margin: member.margin,
            risk: self.book.risk(member)?,
            position: member.position(market),
        };
        let own = self.book.members[taker].position(market);
        let plan = plan_liquidate(&before, own, lots, &at.as_math(), &self.book.fund.params.liquidation())?;
        let place = self.place(market)?;
        self.change(target, |member| {
            member.margin = member.margin.saturating_sub(plan.fee);
            write(member, place, plan.target)
        })?;
        self.change(taker, |member| write(member, place, plan.liquidator))
    }

    /// Buys house positions whose discount has become large enough.
    pub(super) fn take_over(&mut self) -> Result<()> {
        for market in 0..self.book.fund.market_count {
            let house = self.book.market(market)?.house();
            if house.lots == 0 || self.book.is_final(market) || !self.book.can_price(&[market]) {
                continue;
            }
            let terms = self.book.fund.params.auction();
            let held = self.book.slot.saturating_sub(self.book.market(market)?.house_since_slot);
            if terms.discount(held)? < Bps(self.policy.min_discount_bps) {
                continue;
            }
            let price = terms.price(price(self.book.market(market)?), house.lots, held)?;
            let sign = house.lots.signum();
            let given = |lots: u64| Position::default().trade(signed(lots, sign)?, price);
            let nobody = Address::default();
            if let Some((taker, lots)) =
                self.best_taker(&nobody, house.lots.unsigned_abs(), given, market, sign)?
            {
                let markets = self.markets_of(&[taker], market);
                self.actions.push(Action::TakeOver { market, taker, lots, markets });
                let taken = given(lots)?;
                let place = self.place(market)?;
                self.change(&taker, |member| write(member, place, member.position(market).merge(taken)?))?;
            }
        }
        Ok(())
    }

    /// Finds the account that can take the most of `wanted` lots, and how many. `given` is the
    /// position that it would receive.
    fn best_taker(
        &self,
        target: &Address,
        wanted: u64,
        given: impl Fn(u64) -> Result<Position>,
        market: u16,
        sign: i64,
    ) -> Result<Option<(Address, u64)>> {
        let place = self.place(market)?;
        let mut best: Option<(Address, u64)> = None;
        for taker in self.takers.iter().filter(|taker| *taker != target) {
            let Some(member) = self.book.members.get(taker) else { continue };
            let mut markets = held_markets(member);
            markets.push(market);
            if member.status != MemberStatus::Active || !self.book.can_price(&markets) {
                continue;
            }
            let fits = |lots: u64| -> Result<bool> {
                let mut after = *member;
                let own = after.position(market);
                write(&mut after, place, own.merge(given(lots)?)?)?;
                let reduces = own.lots.signum() == -sign && lots <= own.lots.unsigned_abs();
                Ok(reduces || self.book.is_covered(&after, self.policy.stress_bps)?)
            };
            let lots = largest(wanted, fits)?;
            if lots > best.map_or(0, |(_, lots)| lots) {
                best = Some((*taker, lots));
            }
        }
        Ok(best)
    }

    fn largest_position(&self, member: &Member) -> Result<Option<u16>> {
        let mut largest: Option<(Money, u16)> = None;
        for held in member.positions.iter().filter(|held| held.lots != 0) {
            let market = self.book.market(held.market)?;
            let value = notional(held.lots, price(market), scale(market)?)?;
            if largest.is_none_or(|(other, _)| value > other) {
                largest = Some((value, held.market));
            }
        }
        Ok(largest.map(|(_, market)| market))
    }

    fn liquidation_market(&self, index: u16) -> Result<OwnedMarket> {
        let market = self.book.market(index)?;
        Ok(OwnedMarket { price: price(market), scale: scale(market)?, rates: rates(market) })
    }
}

/// A market's terms, kept while the book changes.
struct OwnedMarket {
    price: u64,
    scale: bulkhead_math::units::Scale,
    rates: bulkhead_math::risk::Rates,
}

impl OwnedMarket {
    fn as_math(&self) -> LiquidationMarket<'_> {
        LiquidationMarket { price: self.price, scale: self.scale, rates: &self.rates }
    }
}

fn signed(lots: u64, sign: i64) -> Result<i64> {
    Ok(i64::try_from(lots).map_err(|_| MathError::Overflow)? * sign)
}

/// The largest number up to `most` that fits, if every smaller number than a fitting one fits too.
pub(super) fn largest(most: u64, fits: impl Fn(u64) -> Result<bool>) -> Result<u64> {
    if most == 0 || fits(most)? {
        return Ok(most);
    }
    let (mut low, mut high) = (0, most);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if fits(middle)? {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(low)
}
