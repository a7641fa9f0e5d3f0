//! Settlements: profits and losses become cash, those of several members in one transaction.

use {
    super::{Action, Planned, Planner, PutOff, Trial},
    bulkhead::rules::positions,
    bulkhead_book::scale,
    bulkhead_client::{
        state::{FundStatus, Member, MemberStatus, PositionSlot},
        Address,
    },
    bulkhead_math::{
        requirements::notional,
        units::{Bps, Money, Pnl},
        Round,
    },
    std::collections::BTreeSet,
};

/// Most settlements in one transaction: each needs an account of its own.
const SETTLES_PER_TRANSACTION: usize = 12;
/// Most markets that are cranked for the settlements of one transaction. More would go ahead in transactions
/// of their own, and the settled market's mark would have to stay fresh for as long.
const SETTLE_MARKETS: usize = 8;

/// Settlements of one market that go together.
#[derive(Clone)]
struct Group {
    members: Vec<Address>,
    /// The markets that are cranked before.
    markets: BTreeSet<u16>,
    /// Cash that they move, in base units.
    moved: Money,
}

impl Group {
    /// Whether the settlements of another group fit into the same transaction.
    fn has_room_for(&self, other: &Self) -> bool {
        self.members.len() + other.members.len() <= SETTLES_PER_TRANSACTION
            && self.markets.union(&other.markets).count() <= SETTLE_MARKETS
    }

    fn join(&mut self, other: Self) {
        self.members.extend(other.members);
        self.markets.extend(other.markets);
        self.moved = self.moved.saturating_add(other.moved);
    }

    fn planned(self, market: u16) -> Planned {
        let (members, markets) = (self.members, self.markets.into_iter().collect());
        Planned { action: Action::Settle { market, members, markets }, stake: Some(self.moved) }
    }
}

impl Planner<'_> {
    /// Settles losers before winners, so that the pool is filled before it is drawn on.
    pub(super) fn settle(&mut self) {
        if self.book.fund.status == FundStatus::WindDown {
            return; // the program refuses it: closing out settles everything
        }
        for losing in [true, false] {
            // Not up to the fund's own count: it knows a market that has just opened before keepers do.
            for market in (0..).take(self.book.markets.len()) {
                if self.book.can_price(&[market]) {
                    self.settle_market(market, losing);
                }
            }
        }
        self.settle_houses();
    }

    /// Realises results of houses that could not be paid when they were made. A settlement of the
    /// market adds its result, and any settlement realises the sum.
    fn settle_houses(&mut self) {
        let Some(anybody) = self.book.members.keys().next().copied() else { return };
        let mut is_due = self.book.fund.is_house_round_due();
        for at in self.book.markets.iter() {
            let market = at.index;
            let is_settlement =
                |action: &Action| matches!(action, Action::Settle { market: m, .. } if *m == market);
            let is_settled = self.actions.iter().any(is_settlement);
            if (at.is_house_due() || is_due) && !is_settled && self.book.can_price(&[market]) {
                self.actions.push(Action::Settle { market, members: vec![anybody], markets: vec![market] });
                is_due = false;
            }
        }
    }

    /// Settles the losers of a market, or its winners. A member that is put off is left out: nobody else
    /// waits for it, and nothing follows from what it would pay.
    fn settle_market(&mut self, market: u16, losing: bool) {
        let members: Vec<Address> = self.book.members.keys().copied().collect();
        let mut groups: Vec<Group> = Vec::new();
        for address in members {
            let due = self.due_settlement(market, &address).filter(|(_, paid)| (*paid < 0) == losing);
            let Some((trial, paid)) = due else { continue };
            let markets = if losing { self.markets_of(&[address], market) } else { vec![market] };
            let markets = markets.into_iter().collect();
            let group = Group { members: vec![address], markets, moved: paid.unsigned_abs() };
            let alone = group.clone().planned(market);
            match self.actions.put_off(&alone) {
                PutOff::Retry | PutOff::GivenUp => continue,
                PutOff::Alone => self.actions.planned.push(alone),
                PutOff::No => match groups.last_mut().filter(|last| last.has_room_for(&group)) {
                    Some(last) => last.join(group),
                    None => groups.push(group),
                },
            }
            self.apply(trial);
        }
        self.actions.planned.extend(groups.into_iter().map(|group| group.planned(market)));
    }

    /// Runs the program's settlement of a position on copies of the accounts. Returns the result,
    /// with the cash that the member receives, if it is worth a transaction.
    pub(super) fn due_settlement(&self, market: u16, address: &Address) -> Option<(Trial, Pnl)> {
        let (at, member) = (self.book.market(market).ok()?, self.book.members.get(address)?);
        let is_held = |held: &&PositionSlot| held.market == market && !held.is_free();
        let held = member.positions.iter().find(is_held)?;
        if !self.is_solvent(member) {
            return None; // a default settles the rest
        }
        let least = match held.lots {
            0 => 0,
            lots => {
                let notional = notional(lots, at.mark.price, scale(at).ok()?).ok()?;
                Bps(self.policy.settle_bps).of(notional, Round::Up).ok()?
            }
        };
        let mut trial = Trial::new(&self.book, market)?;
        let mut settled = *member;
        let Trial { fund, market, .. } = &mut trial;
        let now = self.book.now;
        let paid = positions::settle(fund, market, &self.book.priced(), &mut settled, None, now).ok()?.paid;
        let moved: Money = paid.unsigned_abs();
        // A closed position frees its slot, even if only a fraction of a base unit is left of it.
        let frees = settled.positions.iter().find(is_held).is_none();
        let is_due = moved > 0 && moved >= least || frees;
        is_due.then(|| (trial.with(0, [(*address, settled)]), paid))
    }

    /// Returns `true` if the member can pay at the marks. One that cannot is declared as soon as the
    /// price has lasted, and its margin is then layer 1 of its default.
    fn is_solvent(&self, member: &Member) -> bool {
        let equity = || self.book.risk_of_default(member)?.equity(member.margin);
        member.status == MemberStatus::Active && equity().is_ok_and(|equity| equity >= 0)
    }
}
