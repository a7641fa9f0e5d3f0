//! Finds the members that a price affects: an index by trigger price, per market and side.
//!
//! A member is below maintenance when `f = equity - maintenance < 0`. Its equity is taken at the
//! marks: others judge it at the ends of interval A that favour it, which are never worse, and a
//! watch judges it at the marks. All positions on one side of a market move with one number, its
//! *reach* `v`. The reach is the equity less maintenance of `S`
//! lots without entry price, where `S` is the market's scale, so `v` is in units of price. For `L`
//! lots, up to rounding,
//!
//! ```text
//! f(now) = f(then) + sum over positions of L (v(now) - v(then)) / S
//! ```
//!
//! For example, with `S = 100` a long of 300 lots gains 3 when `v` rises by 1.
//!
//! The reach is measured on a probe, by the functions that judge members. It therefore contains
//! everything that a market does to all positions alike: the mark, the maintenance rate and its
//! ramp, and the accrued premium. None of these changes rebuilds the index.
//!
//! When a member is placed, its slack `f`, less an allowance for rounding, is divided among its
//! positions in proportion to their notional. A position may lose its part `a` of the slack: its
//! key is `v - floor(a S / L)`.
//!
//! **No member is missed.** If every `v` is at least its key, the positions have lost at most their
//! parts. The parts sum to at most the slack, so `f >= 0`.
//!
//! With one position the key is the trigger itself, exact but for a few units of rounding. With
//! several positions a hit can come too early, and so it does while a better price is still in the
//! range. The member is then judged, and placed again with its current slack once there is time.
//!
//! A tick costs `O(log n)` per market and side, and one judgement per hit.

use {
    bulkhead::rules::positions,
    bulkhead_book::{scale, Book},
    bulkhead_client::{
        state::{Market, Member, MemberStatus, PositionSlot},
        Address,
    },
    bulkhead_math::{
        positions::Position,
        units::{Bps, Pnl},
        MathError, Result,
    },
    bytemuck::Zeroable,
    std::{
        collections::{BTreeSet, HashMap},
        mem::take,
        ops::Bound,
    },
};

/// Bound on rounding in one position and in one reach, in their units. Profit, notional,
/// requirement, premium and a judgement at another price are each rounded once, at both times.
const ROUNDING: i128 = 6;

/// The sides of a market, as signs of lots.
const SIDES: [i64; 2] = [1, -1];

/// An address after every address with the same key.
const LAST: Address = Address::new_from_array([u8::MAX; 32]);

/// One position's place in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Watch {
    key: Pnl,
    market: u16,
    side: u8,
}

/// A market as the index knows it.
struct Anchor {
    /// A member with `S` lots for each side.
    probes: [Member; 2],
}

/// The index of members by trigger price.
#[derive(Default)]
pub struct Triggers {
    sides: Vec<[BTreeSet<(Pnl, Address)>; 2]>,
    anchors: Vec<Anchor>,
    /// The reach of every side at the marks last seen; `None` where no bound can be given.
    reaches: Vec<[Option<Pnl>; 2]>,
    watches: HashMap<Address, Box<[Watch]>>,
    /// Members judged at every tick: they are in grace, or their numbers leave their types.
    always: BTreeSet<Address>,
    judged: usize,
    /// Members that were reached and are not due.
    early: Vec<Address>,
}

impl Triggers {
    /// Indexes all members of `book`, whose markets must be cranked.
    pub fn new(book: &Book) -> Self {
        let mut triggers = Self::default();
        triggers.sync(book);
        triggers.watches.reserve(book.members.len());
        for (address, member) in &book.members {
            triggers.place(book, address, member);
        }
        triggers
    }

    /// Places a new or changed member. The marks are those of the last [`Self::sync`] or
    /// [`Self::hits`].
    pub fn place(&mut self, book: &Book, address: &Address, member: &Member) {
        self.remove(address);
        match self.watches_of(book, member) {
            Ok(Some(watches)) => self.insert(address, watches),
            Ok(None) => {}
            Err(_) => {
                self.always.insert(*address);
            }
        }
        if member.status == MemberStatus::Grace {
            self.always.insert(*address);
        }
    }

    /// Forgets a member.
    pub fn remove(&mut self, address: &Address) {
        self.always.remove(address);
        for watch in self.watches.remove(address).unwrap_or_default() {
            self.sides[usize::from(watch.market)][usize::from(watch.side)].remove(&(watch.key, *address));
        }
    }

    /// Takes in new marks, and indexes markets that are new. Returns `true` if a market was indexed.
    pub fn sync(&mut self, book: &Book) -> bool {
        let mut changed = BTreeSet::new();
        for (index, market) in book.markets.iter().enumerate() {
            if self.anchors.get(index).is_some() {
                continue;
            }
            changed.insert(market.index);
            self.anchors.push(Anchor::new(market));
            self.sides.push(Default::default());
        }
        self.see(book);
        if !changed.is_empty() && !self.watches.is_empty() {
            let held = |member: &Member| member.positions.iter().any(|held| changed.contains(&held.market));
            for (address, member) in book.members.iter().filter(|(_, member)| held(member)) {
                self.place(book, address, member);
            }
        }
        !changed.is_empty()
    }

    /// Finds every member that is below maintenance, in default or in grace at the marks of `book`.
    pub fn hits(&mut self, book: &Book) -> BTreeSet<Address> {
        self.see(book);
        let mut reached = self.reached();
        reached.extend(&self.always);
        reached.sort_unstable(); // in the order in which members lie beside each other
        reached.dedup();
        self.judged = reached.len();
        self.early.clear();
        reached.retain(|address| match book.members.get(address) {
            Some(member) if is_due(book, member) => true,
            Some(_) => {
                self.early.push(*address);
                false
            }
            None => false,
        });
        reached.into_iter().collect()
    }

    /// Places members again that were reached too early. This is not urgent: until then they are
    /// judged at every tick.
    pub fn tidy(&mut self, book: &Book) {
        for address in take(&mut self.early) {
            if let Some(member) = book.members.get(&address) {
                self.place(book, &address, member);
            }
        }
    }

    /// Members that the last [`Self::hits`] had to judge.
    pub fn judged(&self) -> usize {
        self.judged
    }

    /// Number of members in the index.
    pub fn len(&self) -> usize {
        self.watches.len()
    }

    pub fn is_empty(&self) -> bool {
        self.watches.is_empty()
    }

    /// Members with a key above the reach of its side.
    fn reached(&self) -> Vec<Address> {
        let mut reached = Vec::new();
        for (sides, reaches) in self.sides.iter().zip(&self.reaches) {
            for (keys, reach) in sides.iter().zip(reaches).filter(|(keys, _)| !keys.is_empty()) {
                let above = match reach {
                    Some(reach) => (Bound::Excluded((*reach, LAST)), Bound::Unbounded),
                    None => (Bound::Unbounded, Bound::Unbounded), // no bound can be given: judge them all
                };
                reached.extend(keys.range(above).map(|(_, address)| *address));
            }
        }
        reached
    }

    fn see(&mut self, book: &Book) {
        let reach = |anchor: &Anchor, market, side| anchor.reach(book, market, side).ok();
        let markets = self.anchors.iter().zip(&book.markets);
        self.reaches =
            markets.map(|(anchor, market)| [0, 1].map(|side| reach(anchor, market, side))).collect();
    }

    fn reach(&self, market: u16, side: usize) -> Result<Pnl> {
        self.reaches.get(usize::from(market)).and_then(|reaches| reaches[side]).ok_or(MathError::Overflow)
    }

    fn insert(&mut self, address: &Address, watches: Box<[Watch]>) {
        for watch in &*watches {
            self.sides[usize::from(watch.market)][usize::from(watch.side)].insert((watch.key, *address));
        }
        self.watches.insert(*address, watches);
    }

    /// Computes a member's keys; `None` if no price changes its state.
    fn watches_of(&self, book: &Book, member: &Member) -> Result<Option<Box<[Watch]>>> {
        if !member.has_positions() {
            return Ok(None);
        }
        let slack = slack_at_marks(book, member)?;
        let mut open = Vec::with_capacity(1);
        let (mut weights, mut reserve) = (0i128, 0i128);
        for held in member.held() {
            let market = book.market(held.market)?;
            let (lots, scale) = (i128::from(held.lots.unsigned_abs()), i128::from(scale(market)?.get()));
            reserve += ROUNDING + (ROUNDING * lots + scale - 1) / scale;
            if lots != 0 {
                let weight = lots * i128::from(market.mark.price) / scale;
                weights += weight.max(1);
                open.push((held, lots, scale, weight.max(1)));
            }
        }
        if open.is_empty() {
            return if slack < 0 { Err(MathError::Underflow) } else { Ok(None) };
        }
        let watch = |(held, lots, scale, weight): &(&PositionSlot, i128, i128, i128)| -> Result<Watch> {
            let side = usize::from(held.lots < 0);
            let allowance = floor(mul(slack - reserve, *weight)?, weights);
            let key = i128::from(self.reach(held.market, side)?) - floor(mul(allowance, *scale)?, *lots);
            // A key below the type's range is never reached; a key above it always is.
            let key = i64::try_from(key.max(i64::MIN.into())).map_err(|_| MathError::Overflow)?;
            Ok(Watch { key, market: held.market, side: side as u8 })
        };
        Ok(Some(open.iter().map(watch).collect::<Result<_>>()?))
    }
}

impl Anchor {
    fn new(market: &Market) -> Self {
        Self { probes: SIDES.map(|sign| probe(market, sign)) }
    }

    /// The equity less maintenance of `S` lots on a side, in units of price.
    fn reach(&self, book: &Book, market: &Market, side: usize) -> Result<Pnl> {
        // At more than 100% a long would be worth less the higher the price.
        if u64::from(market.risk_rates().maintenance.0) > Bps::ONE || !self.probes[side].has_positions() {
            return Err(MathError::Overflow);
        }
        i64::try_from(slack_at_marks(book, &self.probes[side])?).map_err(|_| MathError::Overflow)
    }
}

/// A member that bought or sold `S` lots for nothing and was just touched, so that its equity
/// contains everything that accrues from now on.
fn probe(market: &Market, sign: i64) -> Member {
    let mut probe = Member::zeroed();
    let lots = i64::try_from(market.scale).unwrap_or(0) * sign; // at most 10^18
    let slot = probe.slot_or_free(market.index).expect("nothing is held");
    // The probe is written as the program writes a trade.
    positions::set(market, slot, Position { lots, raw: 0 });
    probe
}

/// Whether a member is below maintenance, in default or in grace, or owes more than it has at the
/// marks. A member whose numbers leave their types is not: the program cannot judge it either.
pub fn is_due(book: &Book, member: &Member) -> bool {
    let is_found = || {
        let risk = book.risk_of_liquidation(member)?;
        let slack = i128::from(risk.equity_favourable(member.margin)?) - i128::from(risk.maintenance);
        Ok::<_, MathError>(slack < 0 || risk.equity(member.margin)? < 0)
    };
    member.status == MemberStatus::Grace || member.has_positions() && is_found().unwrap_or(false)
}

/// Equity at the marks less maintenance: at most the slack by which others judge.
fn slack_at_marks(book: &Book, member: &Member) -> Result<i128> {
    let risk = book.risk_of_liquidation(member)?;
    Ok(i128::from(risk.equity(member.margin)?) - i128::from(risk.maintenance))
}

fn mul(a: i128, b: i128) -> Result<i128> {
    a.checked_mul(b).ok_or(MathError::Overflow)
}

/// Divides towards minus infinity; the divisor is positive.
fn floor(a: i128, b: i128) -> i128 {
    a.div_euclid(b)
}

#[cfg(test)]
mod tests;
