//! How much care an action gets: which places in flight it may take, and what it offers for its place in a
//! block. Strangers can bring about some actions for the fee of a transaction, so that these come last and
//! cost little.

use {
    super::Action,
    bulkhead_book::{scale, Book},
    bulkhead_client::{
        state::{Market, Member, Offer},
        Address,
    },
    bulkhead_math::{requirements::notional, units::Money, Result},
    std::cmp::Reverse,
};

/// The care that an action gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Care {
    /// It keeps a loss from growing, or pays for it: it takes every place, and offers what others pay.
    Guard,
    /// Nobody is paid for it, and its number is bounded without the keeper: by losses, by time, by
    /// governance, or by money that has to move. A guard of dust counts as such.
    Upkeep,
    /// Nobody is paid for it, and strangers bring it about as often as they like, for a fee each.
    Errand,
}

/// An action, with the money that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    pub action: Action,
    /// What the fund could lose by the member, or what a fill or a settlement moves, in base units; `None`
    /// where nobody has measured it.
    pub stake: Option<Money>,
}

impl Planned {
    /// Whether it is about less than `least`. What nobody has measured is no dust.
    pub fn is_dust(&self, least: Money) -> bool {
        self.stake.is_some_and(|stake| stake < least)
    }

    /// The care that it gets where less than `least` is dust.
    pub fn care(&self, least: Money) -> Care {
        match &self.action {
            Action::Allocate { .. } | Action::AllocateResidual => Care::Guard,
            Action::OpenGainsCut { .. } | Action::CutGains => Care::Guard,
            action if protects(action) && self.is_dust(least) => Care::Upkeep,
            action if protects(action) => Care::Guard,
            Action::FillOffer { .. } | Action::LapseTaking { .. } => Care::Errand,
            Action::Settle { .. } if self.is_dust(least) => Care::Errand,
            _ => Care::Upkeep,
        }
    }

    /// Its place among the actions of a plan: guards by their stakes first, then upkeep in the order of the
    /// plan, then guards of dust. Settlements come after whatever takes lots, because they name the markets
    /// that a member holds before it, and errands are last. A gains cut keeps its place in the plan, because
    /// it comes when nothing else is left to do.
    pub fn rank(&self, least: Money) -> (u8, Reverse<Money>) {
        let by_stake = Reverse(self.stake.unwrap_or(Money::MAX));
        match (self.care(least), &self.action) {
            (Care::Errand, _) => (4, Reverse(0)),
            (Care::Upkeep, Action::Settle { .. }) => (3, Reverse(0)),
            (Care::Upkeep, action) if protects(action) => (2, by_stake),
            (Care::Upkeep, _) | (_, Action::OpenGainsCut { .. } | Action::CutGains) => (1, Reverse(0)),
            (Care::Guard, _) => (0, by_stake),
        }
    }
}

/// Whether an action waits because it has failed before. A plan that contained it would count with what it
/// does, and have no quiet moment, although nobody tries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutOff {
    /// It is tried now.
    No,
    /// It is tried now, in a transaction of its own: together with others it has failed.
    Alone,
    /// It is tried again within a few slots.
    Retry,
    /// Its attempts are used up for a while.
    GivenUp,
}

/// The actions of a plan, in its order.
pub(super) struct Actions<'a> {
    pub planned: Vec<Planned>,
    /// Whether an action that is no dust waits for its next attempt.
    pub has_retries: bool,
    /// What is about less is dust.
    least: Money,
    put_off: &'a dyn Fn(&Action) -> PutOff,
}

impl<'a> Actions<'a> {
    pub fn new(least: Money, put_off: &'a dyn Fn(&Action) -> PutOff) -> Self {
        Self { planned: Vec::new(), has_retries: false, least, put_off }
    }

    /// Whether an action is put off. One that is no dust and is tried again soon is noted.
    pub fn put_off(&mut self, planned: &Planned) -> PutOff {
        let put_off = (self.put_off)(&planned.action);
        self.has_retries |= put_off == PutOff::Retry && !planned.is_dust(self.least);
        put_off
    }

    /// Plans an action, unless it is put off. Returns whether it is planned: nothing follows from one that
    /// is not.
    pub fn add(&mut self, planned: Planned) -> bool {
        let is_tried = matches!(self.put_off(&planned), PutOff::No | PutOff::Alone);
        if is_tried {
            self.planned.push(planned);
        }
        is_tried
    }

    /// Plans an action of which nobody measures what it is about.
    pub fn push(&mut self, action: Action) {
        self.add(Planned { action, stake: None });
    }

    /// Plans an action that is about so much money, as [`Self::add`] does.
    pub fn push_for(&mut self, stake: Money, action: Action) -> bool {
        self.add(Planned { action, stake: Some(stake) })
    }

    /// Plans several, as [`Self::push`] does.
    pub fn extend(&mut self, actions: impl IntoIterator<Item = Action>) {
        actions.into_iter().for_each(|action| self.push(action));
    }

    pub fn iter(&self) -> impl Iterator<Item = &Action> {
        self.planned.iter().map(|planned| &planned.action)
    }

    pub fn is_empty(&self) -> bool {
        self.planned.is_empty()
    }

    /// Whether nothing but dust is planned.
    pub fn are_dust(&self, least: Money) -> bool {
        self.planned.iter().all(|planned| planned.is_dust(least))
    }
}

/// Whether an action keeps the loss of one member, or of the house, from growing.
fn protects(action: &Action) -> bool {
    use Action::{Declare, Liquidate, OpenWatch, SellExcess, TakeOver};
    matches!(
        action,
        Declare { .. } | OpenWatch { .. } | Liquidate { .. } | SellExcess { .. } | TakeOver { .. }
    )
}

/// What the fund could lose by a member, in base units: the notional of its positions at the marks, and
/// what it owes already. Only the order of members follows from it, so that numbers beyond their types
/// count as the largest.
pub fn exposure(book: &Book, member: &Member) -> Money {
    let measured = || -> Result<Money> {
        let owed = book.risk(member)?.equity(member.margin)?.min(0).unsigned_abs();
        let held = member.positions.iter().filter(|held| held.lots != 0);
        held.map(|held| value(book.market(held.market)?, held.lots))
            .try_fold(owed, |sum, value| Ok(sum.saturating_add(value?)))
    };
    measured().unwrap_or(Money::MAX)
}

/// The notional of a taking at its market's mark; zero if it cannot be told.
pub fn taken(market: &Market, offer: &Offer) -> Money {
    value(market, offer.taking.lots).unwrap_or(0)
}

/// Whether a keeper fills a taking: it is worth `least`, or one of the sides is an account of its own.
pub fn is_filled(market: &Market, offer: &Offer, own: &[Address], least: Money) -> bool {
    own.contains(&offer.maker) || own.contains(&offer.taking.taker) || taken(market, offer) >= least
}

/// The notional of lots at the mark, rounded as requirements are.
pub(super) fn value(market: &Market, lots: i64) -> Result<Money> {
    notional(lots, market.mark.price, scale(market)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: Money = 100;

    fn planned(action: Action, stake: Money) -> Planned {
        Planned { action, stake: Some(stake) }
    }

    fn declared(stake: Money) -> Planned {
        planned(Action::Declare { member: Address::default(), count: 0, markets: vec![] }, stake)
    }

    #[test]
    fn what_protects_the_fund_is_a_guard_unless_it_is_dust() {
        let of = |planned: Planned| planned.care(LEAST);
        assert_eq!((of(declared(LEAST)), of(declared(LEAST - 1))), (Care::Guard, Care::Upkeep));
        assert_eq!(declared(0).care(0), Care::Guard, "nothing is dust");
        let settle = |stake| planned(Action::Settle { market: 0, members: vec![], markets: vec![] }, stake);
        assert_eq!((of(settle(LEAST)), of(settle(LEAST - 1))), (Care::Upkeep, Care::Errand));
        assert_eq!(
            of(planned(Action::AllocateResidual, 0)),
            Care::Guard,
            "losses are allocated whatever they are"
        );
        assert_eq!(of(Planned { action: Action::Crank { market: 0 }, stake: None }), Care::Upkeep);
    }

    /// An action that is to be tried again is work that is left to do, unless it is dust or given up.
    #[test]
    fn what_is_put_off_is_not_planned() {
        for (put_off, stake, is_planned, has_retries) in [
            (PutOff::No, LEAST, true, false),
            (PutOff::Alone, LEAST, true, false),
            (PutOff::Retry, LEAST, false, true),
            (PutOff::Retry, LEAST - 1, false, false),
            (PutOff::GivenUp, LEAST, false, false),
        ] {
            let answer = |_: &Action| put_off;
            let mut actions = Actions::new(LEAST, &answer);
            assert_eq!(actions.add(declared(stake)), is_planned);
            assert_eq!((!actions.is_empty(), actions.has_retries), (is_planned, has_retries));
        }
    }

    #[test]
    fn the_largest_stake_is_first_and_dust_is_last() {
        let crank = Planned { action: Action::Crank { market: 0 }, stake: None };
        let cut = Planned { action: Action::CutGains, stake: None };
        let settle = planned(Action::Settle { market: 0, members: vec![], markets: vec![] }, 1_000);
        let dust = planned(Action::Settle { market: 1, members: vec![], markets: vec![] }, 1);
        let ranked = [declared(900), declared(100), crank, cut, declared(99), declared(1), settle, dust];
        let mut plan = ranked.to_vec();
        plan.swap(0, 5);
        plan.swap(1, 4);
        plan.rotate_right(2);
        plan.sort_by_key(|planned| planned.rank(LEAST));
        assert_eq!(plan, ranked);
    }
}
