//! What a keeper does next: pure decisions over a [`Book`], made with the same math as the program.
//!
//! A plan is a list of actions for one round. Each is applied to a copy of the book before the next is considered, so
//! that what the keeper's own accounts can bear is spent once. The caller sends them and comes back with a new book
//! until nothing is left to do.

use {
    crate::book::{held_markets, price, scale, Book},
    bulkhead::rules::{assessment, closing, positions, waterfall},
    bulkhead_client::{
        state::{FundStatus, Member, MemberStatus},
        Address,
    },
    bulkhead_math::{
        positions::{plan_settle, Position},
        requirements::notional,
        units::{raw_to_money, Bps, Money},
        MathError, Result, Round,
    },
    std::collections::BTreeSet,
};

mod action;
mod take;

pub use action::Action;

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
    /// Least premium worth a transaction, in base units; at least one unit.
    pub least_premium: Money,
}

impl Default for Policy {
    fn default() -> Self {
        Self { stress_bps: 12_500, min_discount_bps: 100, settle_bps: 100, least_premium: 1_000_000 }
    }
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
        let cut = book.take_dues()?;
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
            self.collect_premiums()?;
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
        assessment::can_call(&self.book.fund).map_err(|_| MathError::Overflow)
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

    /// Premiums that positions have paid and the pool can pay out: contributors earn nothing of them before.
    fn collect_premiums(&mut self) -> Result<()> {
        for market in &self.book.markets {
            let paid = raw_to_money(market.adjusted.premium_raw.get(), scale(market)?, Round::Down)?;
            if paid.min(positions::drawable(&self.book.fund, market)) >= self.policy.least_premium.max(1) {
                self.actions.push(Action::CollectPremium { market: market.index });
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
            let missing = required.saturating_sub(fund.book().value_of(member.live_shares(fund.share_epoch))?);
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
        if !is_due || waterfall::require_layers_empty(fund, self.book.now).is_err() {
            return;
        }
        let lost = self.book.markets.iter().filter(|market| market.is_in_default(fund.loss_episode));
        let markets: Vec<u16> = lost.map(|market| market.index).collect();
        if self.book.can_price(&markets) {
            self.actions.push(Action::Haircut { markets });
        }
    }

    /// Layer 7: final marks, then everybody is closed out, then paid.
    fn wind_down(&mut self) -> Result<()> {
        let fund = &self.book.fund;
        if closing::require_final_marks_due(fund, self.book.now).is_err() {
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
        let nobody_else_pays = fund.residual == 0
            || fund.payout_claims > 0
            || waterfall::require_layers_empty(fund, self.book.now).is_ok();
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
        let gains_wait = at.is_in_default(self.book.fund.loss_episode) || self.book.fund.status == FundStatus::WindDown;
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
                let place = self.place(market)?;
                let left = if is_dust { Position::default() } else { plan.position };
                self.change(&address, |member| {
                    member.margin = plan.margin;
                    write(member, place, left)
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

    fn place(&self, market: u16) -> Result<Place> {
        Ok(Place { market, premium_index: self.book.market(market)?.adjusted.premium_index.get() })
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

/// Where a position is written: premiums have been taken out of the others, and a new one owes none.
#[derive(Clone, Copy)]
struct Place {
    market: u16,
    premium_index: u128,
}

/// A full set of positions is the one way this can fail.
fn write(member: &mut Member, place: Place, position: Position) -> Result<()> {
    let slot = member.slot_or_free(place.market).map_err(|_| MathError::Overflow)?;
    slot.set(position);
    slot.premium_index = place.premium_index.into();
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
