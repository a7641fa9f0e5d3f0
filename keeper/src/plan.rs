//! What a keeper does next: pure decisions over a [`Book`], made with the same math as the program.
//!
//! A plan is a list of actions for one round. Each is applied to a copy of the book before the next is considered, so
//! that what the keeper's own accounts can bear is spent once. The caller sends them and comes back with a new book
//! until nothing is left to do.

use {
    crate::book::{held_markets, price, rates, scale, Book},
    bulkhead::constants::MAX_POSITIONS,
    bulkhead_client::{
        state::{FundStatus, Member, MemberStatus},
        Address,
    },
    bulkhead_math::{
        liquidation::{max_lots, plan_liquidate, LiquidationMarket, Target},
        position::{plan_settle, Position},
        risk::notional,
        units::{Bps, Money},
        MathError, Result, Round,
    },
    std::collections::BTreeSet,
};

/// Settlements in one transaction: each needs an account of its own.
pub const SETTLES_PER_TRANSACTION: usize = 12;

/// What a keeper wants.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// How much of the stress move its own accounts must be able to bear: what it takes falls on.
    pub stress_bps: u64,
    /// Least discount at which house positions are worth buying.
    pub min_discount_bps: u16,
    /// Profits and losses below this part of the notional are left for later.
    pub settle_bps: u16,
}

impl Default for Policy {
    fn default() -> Self {
        Self { stress_bps: 12_500, min_discount_bps: 100, settle_bps: 100 }
    }
}

/// One thing to do. Markets it needs fresh marks of follow from the members in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Bring a market's mark up to date for others: rates, breakers and premiums follow it.
    Crank {
        /// The market.
        market: u16,
    },
    /// Run the waterfall for a declared default.
    Allocate {
        /// Its number.
        seq: u64,
        /// The defaulter.
        member: Address,
    },
    /// Run layers 3 and 4 for what no default owns.
    AllocateResidual,
    /// Take a member out of an ended epoch.
    SettleEpoch {
        /// The member.
        member: Address,
        /// Its epoch.
        epoch: u64,
    },
    /// Move a member towards default, or out of its grace period.
    Declare {
        /// The member.
        member: Address,
        /// The number a default would get.
        seq: u64,
        /// Markets it holds.
        markets: Vec<u16>,
    },
    /// Take lots from a member below maintenance.
    Liquidate {
        /// The market.
        market: u16,
        /// The member.
        target: Address,
        /// The keeper's account.
        taker: Address,
        /// How many, unsigned.
        lots: u64,
        /// Markets those involved hold.
        markets: Vec<u16>,
    },
    /// Buy from the house.
    TakeOver {
        /// The market.
        market: u16,
        /// The keeper's account.
        taker: Address,
        /// How many, unsigned.
        lots: u64,
        /// Markets those involved hold.
        markets: Vec<u16>,
    },
    /// Collect an assessment, or start, enforce or end a contribution call.
    Enforce {
        /// The member.
        member: Address,
        /// Markets it holds.
        markets: Vec<u16>,
    },
    /// Cut gains, or begin the wind-down.
    Haircut {
        /// Markets with a loss in this episode.
        markets: Vec<u16>,
    },
    /// Make a mark final.
    FixFinalMark {
        /// The market.
        market: u16,
    },
    /// Close a member out at the final marks.
    CloseOut {
        /// The member.
        member: Address,
        /// Markets it holds.
        markets: Vec<u16>,
    },
    /// Pay a claim on a closed fund.
    PayOut {
        /// The member.
        member: Address,
    },
    /// Turn profits and losses into cash.
    Settle {
        /// The market.
        market: u16,
        /// The members.
        members: Vec<Address>,
    },
}

/// What to do now. `takers` are the keeper's own members; `book` is as after a crank.
///
/// # Errors
/// `Overflow` when an account holds numbers the program would not have written.
pub fn plan(book: &Book, takers: &[Address], policy: &Policy) -> Result<Vec<Action>> {
    let mut planner = Planner::new(book, takers, policy)?;
    planner.allocate()?;
    if !planner.actions.is_empty() {
        return Ok(planner.actions); // contributions change for everybody: the rest is for the next round
    }
    planner.act()?;
    Ok(planner.actions)
}

/// What to do while an allocation is on its way, or refused: what waits for it last is better done now than never.
///
/// # Errors
/// As [`plan`].
pub fn plan_beside_allocation(book: &Book, takers: &[Address], policy: &Policy) -> Result<Vec<Action>> {
    let mut planner = Planner::new(book, takers, policy)?;
    planner.act()?;
    Ok(planner.actions)
}

struct Planner<'a> {
    book: Book,
    /// Positions that a gains haircut has not been taken from.
    cut: BTreeSet<(u16, Address)>,
    takers: &'a [Address],
    policy: &'a Policy,
    actions: Vec<Action>,
}

impl<'a> Planner<'a> {
    fn new(book: &Book, takers: &'a [Address], policy: &'a Policy) -> Result<Self> {
        let mut book = book.clone();
        let cut = book.take_cuts()?;
        Ok(Self { book, cut, takers, policy, actions: Vec::new() })
    }

    /// Everything but allocations.
    fn act(&mut self) -> Result<()> {
        self.settle_epochs();
        self.declare()?;
        self.assess()?;
        self.liquidate()?;
        self.take_over()?;
        self.settle()?;
        if self.actions.is_empty() {
            self.call_contributions()?;
            self.cut_gains();
            self.wind_down()?;
        }
        Ok(())
    }

    /// Losses first: everything else waits for them.
    fn allocate(&mut self) -> Result<()> {
        let open = self.book.open_records().map(|record| Action::Allocate { seq: record.seq, member: record.member });
        self.actions.extend(open);
        let fund = &self.book.fund;
        if fund.residual > 0 && (fund.treasury > 0 || fund.contributions > 0 || self.can_call()?) {
            self.actions.push(Action::AllocateResidual);
        }
        Ok(())
    }

    /// Whether more of the residual can be called from the survivors.
    fn can_call(&self) -> Result<bool> {
        self.book.fund.can_call().map_err(|_| MathError::Overflow)
    }

    /// Layer 5: who owes an assessment and has margin above its initial margin.
    fn assess(&mut self) -> Result<()> {
        for (address, member) in &self.book.members {
            let markets = held_markets(member);
            let can_pay = member.status == MemberStatus::Active || member.status == MemberStatus::Grace;
            if !can_pay || self.book.assessment_due(member)? == 0 || !self.book.can_price(&markets) {
                continue;
            }
            if self.book.risk(member)?.free(member.margin)? > 0 {
                self.actions.push(Action::Enforce { member: *address, markets });
            }
        }
        Ok(())
    }

    /// Contributions below what positions require: called, and taken when the call is due.
    fn call_contributions(&mut self) -> Result<()> {
        let fund = &self.book.fund;
        if fund.is_loss_pending() || fund.status == FundStatus::WindDown {
            return Ok(());
        }
        for (address, member) in &self.book.members {
            let markets = held_markets(member);
            if member.status != MemberStatus::Active || !self.book.can_price(&markets) {
                continue;
            }
            let risk = self.book.risk(member)?;
            let required =
                if markets.is_empty() { 0 } else { risk.required_contribution(fund.params.min_contribution) };
            let missing = required.saturating_sub(fund.book().value_of(member.live_shares(fund))?);
            let is_due = match (missing, member.call_amount) {
                (0, called) => called > 0,
                (_, 0) => true,
                _ => self.book.now >= member.call_due_ts && risk.free(member.margin)? > 0,
            };
            if is_due {
                self.actions.push(Action::Enforce { member: *address, markets });
            }
        }
        Ok(())
    }

    /// Layer 6, when layers 3 to 5 are empty and nothing else is left to do.
    fn cut_gains(&mut self) {
        let fund = &self.book.fund;
        let is_due = fund.residual > 0 && fund.status != FundStatus::WindDown && fund.graces == 0;
        if !is_due || fund.require_layers_empty(self.book.now).is_err() {
            return;
        }
        let lost = self.book.markets.iter().filter(|market| market.is_in_default(fund));
        let markets: Vec<u16> = lost.map(|market| market.index).collect();
        if self.book.can_price(&markets) {
            self.actions.push(Action::Haircut { markets });
        }
    }

    /// Layer 7: final marks, then everybody is closed out, then paid.
    fn wind_down(&mut self) -> Result<()> {
        let fund = &self.book.fund;
        if fund.require_final(self.book.now).is_err() {
            return Ok(());
        }
        let open = (0..fund.market_count).filter(|market| !self.book.is_final(*market));
        let fixed: Vec<Action> =
            open.filter(|m| self.book.can_price(&[*m])).map(|market| Action::FixFinalMark { market }).collect();
        if !fixed.is_empty() {
            self.actions = fixed;
            return Ok(());
        }
        for (address, member) in &self.book.members {
            let markets = held_markets(member);
            let can_close = member.status == MemberStatus::Active && markets.iter().all(|m| self.book.is_final(*m));
            if can_close && self.book.risk(member)?.equity_favourable(member.margin)? >= 0 {
                self.actions.push(Action::CloseOut { member: *address, markets });
            }
        }
        let everybody = fund.closed_out == fund.members && fund.open_defaults == 0;
        let nobody_else_pays =
            fund.residual == 0 || fund.payout_claims > 0 || fund.require_layers_empty(self.book.now).is_ok();
        if everybody && nobody_else_pays {
            let claims = self.book.members.iter().filter(|(_, member)| member.claim > 0);
            self.actions.extend(claims.map(|(member, _)| Action::PayOut { member: *member }));
        }
        Ok(())
    }

    fn settle_epochs(&mut self) {
        let current = self.book.fund.share_epoch;
        let old =
            self.book.members.iter().filter(|(_, member)| member.share_epoch < current && !member.shares.is_zero());
        self.actions
            .extend(old.map(|(member, state)| Action::SettleEpoch { member: *member, epoch: state.share_epoch }));
    }

    /// Members with negative equity: into grace, then, when it is over, into default. Who recovered leaves its grace,
    /// for contributions cannot move while it lasts.
    fn declare(&mut self) -> Result<()> {
        let confirm = u64::from(self.book.fund.params.default_confirm_slots);
        let mut seq = self.book.fund.default_seq;
        for (address, member) in &self.book.members {
            if !member.has_positions() || !self.book.can_price(&held_markets(member)) {
                continue;
            }
            let negative = self.book.risk_of_default(member)?.equity_favourable(member.margin)? < 0;
            let grace_is_over = confirm == 0 || self.book.slot >= member.grace_slot.saturating_add(confirm);
            let act = match MemberStatus::from(member.status) {
                MemberStatus::Active => negative,
                MemberStatus::Grace => !negative || grace_is_over,
                MemberStatus::Defaulted | MemberStatus::ClosedOut => false,
            };
            if act {
                self.actions.push(Action::Declare { member: *address, seq, markets: held_markets(member) });
                let in_grace = member.status == MemberStatus::Grace;
                seq += u64::from(negative && (confirm == 0 || in_grace));
            }
        }
        Ok(())
    }

    /// Members below maintenance: the largest position first, until they are above or nobody can take more.
    fn liquidate(&mut self) -> Result<()> {
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
            Ok(plan_liquidate(&before, Position::default(), lots, &at.as_math(), &self.book.fund.params.liquidation())?
                .liquidator)
        };
        let taker = self.best_taker(target, wanted, given, market, sign)?;
        Ok(taker.map(|(taker, lots)| (market, taker, lots)))
    }

    fn apply_liquidation(&mut self, market: u16, target: &Address, taker: &Address, lots: u64) -> Result<()> {
        let at = self.liquidation_market(market)?;
        let member = &self.book.members[target];
        let before = Target { margin: member.margin, risk: self.book.risk(member)?, position: member.position(market) };
        let own = self.book.members[taker].position(market);
        let plan = plan_liquidate(&before, own, lots, &at.as_math(), &self.book.fund.params.liquidation())?;
        self.change(target, |member| {
            member.margin = member.margin.saturating_sub(plan.fee);
            write(member, market, plan.target)
        })?;
        self.change(taker, |member| write(member, market, plan.liquidator))
    }

    /// House positions that have become cheap enough.
    fn take_over(&mut self) -> Result<()> {
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
            if let Some((taker, lots)) = self.best_taker(&nobody, house.lots.unsigned_abs(), given, market, sign)? {
                let markets = self.markets_of(&[taker], market);
                self.actions.push(Action::TakeOver { market, taker, lots, markets });
                let taken = given(lots)?;
                self.change(&taker, |member| write(member, market, member.position(market).merge(taken)?))?;
            }
        }
        Ok(())
    }

    /// The account that can take the most of `wanted` lots, and how many. `given` is what it would receive.
    fn best_taker(
        &self,
        target: &Address,
        wanted: u64,
        given: impl Fn(u64) -> Result<Position>,
        market: u16,
        sign: i64,
    ) -> Result<Option<(Address, u64)>> {
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
                write(&mut after, market, own.merge(given(lots)?)?)?;
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

    /// Losers pay in before winners draw.
    fn settle(&mut self) -> Result<()> {
        for losing in [true, false] {
            for market in 0..self.book.fund.market_count {
                if self.book.can_price(&[market]) {
                    self.settle_market(market, losing)?;
                }
            }
        }
        self.settle_houses()
    }

    /// A gain the house could not be paid when it was made is realised in any settlement of its market.
    fn settle_houses(&mut self) -> Result<()> {
        let Some(anybody) = self.book.members.keys().next().copied() else { return Ok(()) };
        for market in 0..self.book.fund.market_count {
            let at = self.book.market(market)?;
            let payable = at.house().raw < 0 || self.book.fund.pool > 0 || self.book.fund.residual > 0;
            let is_due = at.is_house_due() && payable;
            let is_settled =
                self.actions.iter().any(|action| matches!(action, Action::Settle { market: m, .. } if *m == market));
            if is_due && !is_settled && self.book.can_price(&[market]) {
                self.actions.push(Action::Settle { market, members: vec![anybody] });
            }
        }
        Ok(())
    }

    fn settle_market(&mut self, market: u16, losing: bool) -> Result<()> {
        let at = self.book.market(market)?;
        let (mark, scale) = (price(at), scale(at)?);
        let gains_wait = at.is_in_default(&self.book.fund) || self.book.fund.status == FundStatus::WindDown;
        let mut due = Vec::new();
        let members: Vec<Address> = self.book.members.keys().copied().collect();
        for address in members {
            let member = &self.book.members[&address];
            let held = member.position(market);
            if held.is_empty() || !self.is_solvent(member)? {
                continue; // a default settles what is left
            }
            let plan = plan_settle(held, mark, scale, member.margin, if gains_wait { 0 } else { self.book.fund.pool })?;
            let least = match held.lots {
                0 => 0,
                lots => Bps(self.policy.settle_bps).of(notional(lots, mark, scale)?, Round::Up)?,
            };
            let moved: Money = plan.paid.unsigned_abs();
            // A fraction of a unit in a flat position goes to the house and frees the slot.
            let is_dust = plan.position.lots == 0 && (0..i128::from(scale.get())).contains(&plan.position.raw);
            let is_cut = self.cut.contains(&(market, address));
            if (plan.paid < 0) == losing && (moved > 0 && moved >= least || is_dust || is_cut) {
                due.push(address);
                self.book.fund.pool = if gains_wait { self.book.fund.pool + plan.pool } else { plan.pool };
                let left = if is_dust { Position::default() } else { plan.position };
                self.change(&address, |member| {
                    member.margin = plan.margin;
                    write(member, market, left)
                })?;
            }
        }
        let chunks = due.chunks(SETTLES_PER_TRANSACTION);
        self.actions.extend(chunks.map(|chunk| Action::Settle { market, members: chunk.to_vec() }));
        Ok(())
    }

    fn is_solvent(&self, member: &Member) -> Result<bool> {
        Ok(member.status == MemberStatus::Active && self.book.risk(member)?.equity_favourable(member.margin)? >= 0)
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

    /// Markets that any of these hold, and `named`.
    fn markets_of(&self, members: &[Address], named: u16) -> Vec<u16> {
        let held = members.iter().filter_map(|member| self.book.members.get(member)).flat_map(held_markets);
        held.chain([named]).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn change(&mut self, member: &Address, change: impl FnOnce(&mut Member) -> Result<()>) -> Result<()> {
        change(self.book.members.get_mut(member).ok_or(MathError::Underflow)?)
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

/// A full set of positions is the one way this can fail.
fn write(member: &mut Member, market: u16, position: Position) -> Result<()> {
    member.slot_or_free(market).map_err(|_| MathError::Overflow)?.set(position);
    Ok(())
}

fn signed(lots: u64, sign: i64) -> Result<i64> {
    Ok(i64::try_from(lots).map_err(|_| MathError::Overflow)? * sign)
}

/// The largest number up to `most` that fits, when whatever is smaller than one that fits does too.
fn largest(most: u64, fits: impl Fn(u64) -> Result<bool>) -> Result<u64> {
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

impl Action {
    /// What it is called.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Crank { .. } => "crank_market",
            Self::Allocate { .. } => "allocate_loss",
            Self::AllocateResidual => "allocate_residual",
            Self::SettleEpoch { .. } => "settle_epoch",
            Self::Declare { .. } => "declare_default",
            Self::Liquidate { .. } => "liquidate",
            Self::TakeOver { .. } => "take_over",
            Self::Settle { .. } => "settle",
            Self::Enforce { .. } => "enforce_call",
            Self::Haircut { .. } => "haircut_gains",
            Self::FixFinalMark { .. } => "fix_final_mark",
            Self::CloseOut { .. } => "close_out",
            Self::PayOut { .. } => "pay_out",
        }
    }
}

#[cfg(test)]
mod tests;
