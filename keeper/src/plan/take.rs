//! Positions that the keeper's own accounts take: from members below maintenance, and from the
//! house.

use {
    super::{
        care::{exposure, value},
        LeftOut, Planner, Trial,
    },
    crate::plan::Action,
    bulkhead::{
        constants::MAX_POSITIONS,
        rules::{
            house, liquidation,
            positions::{Bid, Side},
            requirements, stress_call, Named,
        },
    },
    bulkhead_client::{
        state::{Market, Member, MemberStatus, PositionSlot},
        Address,
    },
    bulkhead_math::{
        positions::Position,
        units::{Bps, Lots, Money, Price},
        Result, Round,
    },
    std::cmp::Reverse,
};

impl Planner<'_> {
    /// Liquidates members below maintenance, the largest position first, until they are above it or
    /// nobody can take more. Members by which the fund could lose most come first: the keeper's own margin
    /// is spent on them.
    pub(super) fn liquidate(&mut self) {
        let mut due: Vec<(Reverse<Money>, Address)> = Vec::new();
        for (address, member) in &self.book.members {
            match self.is_liquidatable(member) {
                Ok(true) => due.push((Reverse(exposure(&self.book, member)), *address)),
                Ok(false) => {}
                Err(_) => self.left_out.push(LeftOut { action: "liquidate", of: Some(*address) }),
            }
        }
        due.sort_unstable();
        for (_, target) in due {
            if self.liquidate_member(target).is_err() {
                self.leave_out("liquidate", Some(target));
            }
        }
    }

    /// Plans the liquidations of one member. A market in which one is put off is passed over: its lots stay,
    /// and the next largest position is taken instead.
    fn liquidate_member(&mut self, target: Address) -> Result<()> {
        let mut passed_over = Vec::new();
        for _ in 0..MAX_POSITIONS {
            let Some((market, taker, trial)) = self.next_liquidation(&target, &passed_over)? else { break };
            let stake = exposure(&self.book, &self.book.members[&target]);
            let markets = self.markets_of(&[target, taker], market);
            let limit_price = self.limit_price(market, self.book.members[&target].position(market).lots)?;
            let lots = trial.lots;
            let action = Action::Liquidate { market, target, taker, lots, limit_price, markets };
            if self.actions.push_for(stake, action) {
                self.apply(trial);
            } else {
                passed_over.push(market);
            }
        }
        Ok(())
    }

    /// Whether the program lets others take lots of a member: it is below maintenance, and a default that can
    /// be declared comes first.
    fn is_liquidatable(&self, member: &Member) -> Result<bool> {
        Ok(member.status == MemberStatus::Active
            && self.book.risk_of_default(member)?.equity_favourable(member.margin)? >= 0
            && self.book.risk_of_liquidation(member)?.is_liquidatable(member.margin)?)
    }

    fn next_liquidation(
        &self,
        target: &Address,
        passed_over: &[u16],
    ) -> Result<Option<(u16, Address, Trial)>> {
        let member = &self.book.members[target];
        if !self.is_liquidatable(member)? {
            return Ok(None);
        }
        let Some((market, lots)) = self.largest_position(member, passed_over)? else { return Ok(None) };
        let best =
            self.best_taker(target, lots, |taker, lots| self.try_liquidation(market, target, taker, lots));
        Ok(best.map(|(taker, trial)| (market, taker, trial)))
    }

    /// Runs the program's liquidation on copies of the accounts, if the keeper can bear the result.
    pub(super) fn try_liquidation(
        &self,
        market: u16,
        target: &Address,
        taker: &Address,
        lots: u64,
    ) -> Option<Trial> {
        let mut trial = Trial::new(&self.book, market)?;
        let (mut liquidated, mut own) = (*self.book.members.get(target)?, *self.book.members.get(taker)?);
        self.has_slot(&own, market, &liquidated)?;
        let before = own.position(market);
        let side = Side { address: taker, member: &mut own, by_delegate: false };
        let Trial { fund, market: at, .. } = &mut trial;
        let (others, bid) = (&self.book.priced(), Bid::at_any_price(lots, liquidated.position(market).lots));
        let plan = liquidation::liquidate(fund, at, others, &mut liquidated, side, bid, &self.clock).ok()?;
        self.can_bear(at, &own, before)?;
        Some(trial.with(plan.lots.unsigned_abs(), [(*target, liquidated), (*taker, own)]))
    }

    /// Whether the keeper's account may open a position for this member's lots: dust leaves half of the slots
    /// free, or eight lots in eight markets would keep it out of every other one.
    fn has_slot(&self, own: &Member, market: u16, liquidated: &Member) -> Option<()> {
        let is_open = |slot: &PositionSlot| slot.is_free() && slot.takings == 0;
        let is_held = own.positions.iter().any(|slot| !is_open(slot) && slot.market == market);
        let free = own.positions.iter().filter(|slot| is_open(slot)).count();
        let is_dust = || exposure(&self.book, liquidated) < self.policy.least_notional;
        (is_held || free > MAX_POSITIONS / 2 || !is_dust()).then_some(())
    }

    /// Takes the excess of members whose stress call is due, at any discount: it is bought at the
    /// mark or better.
    pub(super) fn sell_excess(&mut self) {
        let members: Vec<Address> = self.book.members.keys().copied().collect();
        for target in members {
            let is_called = self.book.members[&target].is_stress_called.get();
            if is_called && self.sell_excess_of(target).is_err() {
                self.leave_out("sell_excess", Some(target));
            }
        }
    }

    fn sell_excess_of(&mut self, target: Address) -> Result<()> {
        let member = &self.book.members[&target];
        let Some((market, lots)) = self.largest_position(member, &[])? else { return Ok(()) };
        let attempt = |taker: &Address, lots| self.try_sale(market, &target, taker, lots);
        if let Some((taker, trial)) = self.best_taker(&target, lots, attempt) {
            let markets = self.markets_of(&[target, taker], market);
            let limit_price = self.limit_price(market, self.book.members[&target].position(market).lots)?;
            let lots = trial.lots;
            let action = Action::SellExcess { market, target, taker, lots, limit_price, markets };
            if self.actions.push_for(exposure(&self.book, &self.book.members[&target]), action) {
                self.apply(trial);
            }
        }
        Ok(())
    }

    /// Runs the program's sale of an excess on copies of the accounts, if the keeper can bear the
    /// result.
    fn try_sale(&self, market: u16, target: &Address, taker: &Address, lots: u64) -> Option<Trial> {
        let mut trial = Trial::new(&self.book, market)?;
        let (mut called, mut own) = (*self.book.members.get(target)?, *self.book.members.get(taker)?);
        trial.fund.run_exit_clock(&self.clock).ok()?;
        let before = own.position(market);
        let side = Side { address: taker, member: &mut own, by_delegate: false };
        let Trial { fund, market: at, .. } = &mut trial;
        let (others, bid) = (&self.book.priced(), Bid::at_any_price(lots, called.position(market).lots));
        let sale = stress_call::sell(fund, at, others, &mut called, side, bid, &self.clock).ok()?;
        self.can_bear(at, &own, before)?;
        Some(trial.with(sale.lots.unsigned_abs(), [(*target, called), (*taker, own)]))
    }

    /// Buys house positions whose discount has become large enough.
    pub(super) fn take_over(&mut self) {
        for market in (0..).take(self.book.markets.len()) {
            if self.take_over_in(market).is_err() {
                self.leave_out("take_over", Some(self.book.keys.market(market)));
            }
        }
    }

    fn take_over_in(&mut self, market: u16) -> Result<()> {
        let (lots, since) = {
            let at = self.book.market(market)?;
            (at.house_lots.unsigned_abs(), at.house_since_slot)
        };
        if lots == 0 || self.book.is_final(market) || !self.book.can_act(market) {
            return Ok(());
        }
        let discount = self.book.fund.params.auction().discount(self.book.slot.saturating_sub(since))?;
        if discount < Bps(self.policy.min_discount_bps) {
            return Ok(());
        }
        let attempt = |taker: &Address, lots| self.try_take_over(market, taker, lots);
        if let Some((taker, trial)) = self.best_taker(&Address::default(), lots, attempt) {
            let markets = self.markets_of(&[taker], market);
            let limit_price = self.limit_price(market, self.book.market(market)?.house_lots)?;
            let action = Action::TakeOver { market, taker, lots: trial.lots, limit_price, markets };
            let stake = value(self.book.market(market)?, i64::try_from(trial.lots).unwrap_or(i64::MAX))?;
            if self.actions.push_for(stake, action) {
                self.apply(trial);
            }
        }
        Ok(())
    }

    /// Runs the program's take-over on copies of the accounts, if the keeper can bear the result.
    fn try_take_over(&self, market: u16, taker: &Address, lots: u64) -> Option<Trial> {
        let mut trial = Trial::new(&self.book, market)?;
        let mut own = *self.book.members.get(taker)?;
        let before = own.position(market);
        let Trial { fund, market: at, .. } = &mut trial;
        let bid = Bid::at_any_price(lots, at.house_lots);
        let side = Side { address: taker, member: &mut own, by_delegate: false };
        let taken = house::take_over(fund, at, side, &self.book.priced(), bid, &self.clock).ok()?;
        self.can_bear(at, &own, before)?;
        Some(trial.with(taken.lots.unsigned_abs(), [(*taker, own)]))
    }

    /// Finds the account that can take the most of `wanted` lots. `attempt` tries an account and a
    /// number of lots.
    fn best_taker(
        &self,
        target: &Address,
        wanted: u64,
        attempt: impl Fn(&Address, u64) -> Option<Trial>,
    ) -> Option<(Address, Trial)> {
        let mut best: Option<(Address, Trial)> = None;
        for taker in self.takers.iter().filter(|taker| *taker != target) {
            let Some(member) = self.book.members.get(taker) else { continue };
            if member.status != MemberStatus::Active {
                continue;
            }
            let most = best.as_ref().map_or(0, |(_, trial)| trial.lots);
            if let Some(trial) =
                largest(wanted, |lots| attempt(taker, lots)).filter(|trial| trial.lots > most)
            {
                best = Some((*taker, trial));
            }
        }
        best
    }

    /// Whether the keeper's policy allows an account as a purchase in `market` leaves it: the
    /// account must bear the policy's part of the stress move. `before` is its position before the
    /// purchase.
    fn can_bear(&self, market: &Market, member: &Member, before: Position) -> Option<()> {
        if !before.is_increase(&member.position(market.index)) {
            return Some(());
        }
        let (others, prices) = (&self.book.priced(), self.book.prices(market.index).ok()?);
        let risk =
            requirements::taker_risk(&self.book.fund, &Named { market, prices: &prices, others }, member)
                .ok()?;
        let stressed = risk.stressed(self.book.fund.params.auction().max_discount).ok()?;
        let needed = u128::from(stressed) * u128::from(self.policy.stress_bps) / 10_000;
        (i128::from(risk.collateral(member.margin).ok()?) >= needed as i128).then_some(())
    }

    /// The worst price that the keeper pays for lots of this sign, bonus and discount counted: the end of
    /// interval A by which they are sold, moved against the keeper by the market's price band. The
    /// price may move until the transaction lands.
    fn limit_price(&self, market: u16, lots: Lots) -> Result<Price> {
        let band = Bps(self.book.market(market)?.price_band_bps);
        let end = self.book.prices(market)?.intervals.others.favouring(lots);
        let tolerance = band.of(end, Round::Up)?;
        Ok(if lots < 0 { end.saturating_sub(tolerance) } else { end.saturating_add(tolerance) })
    }

    /// The market of a member's largest position by notional that lots can be taken from now, and its
    /// lots, unsigned. Markets that are passed over do not count.
    fn largest_position(&self, member: &Member, passed_over: &[u16]) -> Result<Option<(u16, u64)>> {
        let mut largest: Option<(Money, (u16, u64))> = None;
        let can_take = |held: &&PositionSlot| {
            let is_open = self.book.can_act(held.market) && !self.book.is_final(held.market);
            held.lots != 0 && is_open && !passed_over.contains(&held.market)
        };
        for held in member.positions.iter().filter(can_take) {
            let market = self.book.market(held.market)?;
            let worth = value(market, held.lots)?;
            if largest.is_none_or(|(other, _)| worth > other) {
                largest = Some((worth, (held.market, held.lots.unsigned_abs())));
            }
        }
        Ok(largest.map(|(_, position)| position))
    }
}

/// The result for the largest number up to `most` with which `attempt` succeeds, if it succeeds
/// with every smaller number too.
pub(super) fn largest<T>(most: u64, attempt: impl Fn(u64) -> Option<T>) -> Option<T> {
    if let Some(all) = attempt(most) {
        return Some(all);
    }
    let (mut low, mut high, mut best) = (0, most, None);
    while high.saturating_sub(low) > 1 {
        let middle = low + (high - low) / 2;
        match attempt(middle) {
            Some(found) => (low, best) = (middle, Some(found)),
            None => high = middle,
        }
    }
    best
}
