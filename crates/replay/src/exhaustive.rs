//! All histories of a few members with a few base units each, up to so many actions.
//!
//! From each start the search goes depth first over everything that its members, and anybody else,
//! can call, and over time and prices. A state that two histories reach is gone on from once. After
//! every action the properties of the model are asserted (P1 to P3, C1 to C11 where there are
//! covers), and where prices stay within initial margin, P7 too: two members that act together never
//! own more than they have brought.
//!
//! [`orders`] looks at the other half: from one state, every order of the calls that are anybody's.
//!
//! Prices are a few hundredths of a base unit off a whole one, so that everything rounds.

use {
    crate::shipped::Shipped,
    bulkhead_model::{Clock, FundParams, Int, MarketParams, Model, OfferId, Op, Terms, Update},
    rayon::prelude::*,
    serde::Serialize,
    std::{
        collections::{hash_map::Entry, HashMap, HashSet},
        hash::{DefaultHasher, Hash, Hasher},
    },
};

/// Two members that act, and one that does nothing but contribute.
const PAIR: [&str; 2] = ["ann", "ben"];
const IDLE: &str = "cat";
/// It buys the houses where orders are compared.
const MAKER: &str = "maker";
const NAMES: [&str; 3] = [PAIR[0], PAIR[1], IDLE];
const MARKET: u16 = 0;
/// A price of 3.33 base units a lot: with 8 decimals of prices, 6 of money, and lots of one whole asset.
const FIRST: i64 = 333;
/// Base units that each wallet has.
const PURSE: u64 = 1_000;
/// The only offer.
const OFFER: (&str, u64) = (PAIR[0], 1);
/// More lots than anybody has.
const ALL: u64 = 1 << 40;

/// Where a search begins, and what it may do.
#[derive(Clone, Copy)]
struct Start {
    name: &'static str,
    prepare: fn(&mut Scene),
    /// Prices that the oracle may tell.
    prices: &'static [i64],
    /// Whether prices stay within initial margin, so that P7 allows no gain at all.
    within_margin: bool,
}

const STARTS: [Start; 7] = [
    Start {
        name: "two members with nothing yet",
        prepare: |_| {},
        prices: &[FIRST, 341],
        within_margin: true,
    },
    Start {
        name: "they hold opposite positions",
        prepare: |scene| scene.trade(9),
        prices: &[325, FIRST, 341],
        within_margin: true,
    },
    Start {
        name: "one of them has asked to leave, and its time has come",
        prepare: |scene| {
            let shares = scene.model.live_shares(PAIR[0]) as u128;
            scene.must(Op::Request { member: PAIR[0].into(), shares });
            let notice = scene.model.params.notice_secs as i64 + 86_400;
            scene.wait(notice);
            scene.lasting(FIRST);
        },
        prices: &[325, FIRST],
        within_margin: true,
    },
    Start {
        name: "one of them has offered lots",
        prepare: |scene| {
            let (maker, number) = OFFER;
            let terms = Terms {
                lots: 5,
                min_lots: 1,
                distance_bps: 0,
                limit_price: u64::MAX,
                expires_ts: scene.clock.ts as i64 + 86_400,
                taker: None,
            };
            scene.must(Op::PostOffer { maker: maker.into(), number, market: MARKET, terms });
        },
        prices: &[325, FIRST, 341],
        within_margin: true,
    },
    Start {
        name: "one of them cannot pay after a fall, and has not been declared",
        prepare: |scene| {
            scene.trade(30);
            scene.lasting(163);
        },
        prices: &[163, 158],
        within_margin: false,
    },
    Start {
        name: "a default that contributions have to pay",
        prepare: |scene| {
            scene.trade(30);
            scene.lasting(133);
            scene.declare();
        },
        prices: &[133, 129],
        within_margin: false,
    },
    Start {
        name: "a default beyond all layers",
        prepare: |scene| {
            scene.trade(60);
            scene.lasting(20);
            scene.declare();
        },
        prices: &[20, 19],
        within_margin: false,
    },
];

/// What a search from one start has seen.
#[derive(Clone, Debug, Serialize)]
pub struct Seen {
    /// Name of the start.
    pub start: &'static str,
    /// Actions of the longest histories.
    pub depth: u8,
    /// Actions that were tried in any state.
    pub tried: u64,
    /// Those that were accepted.
    pub accepted: u64,
    /// States, each counted once. They are told apart by 64 bits of a hash.
    pub states: u64,
    /// How often each action was accepted, by name.
    pub by_name: std::collections::BTreeMap<&'static str, u64>,
    /// The first history after which a property does not hold, and which.
    pub broken: Option<(Vec<Op>, String)>,
}

/// A fund at a moment.
#[derive(Clone)]
struct Scene {
    model: Model,
    clock: Clock,
}

impl Scene {
    /// Three members with a few base units, and a treasury.
    fn new(shipped: &Shipped) -> Self {
        let fund = FundParams {
            min_contribution: 0,
            treasury_floor: 0,
            cover_limit_bps: 1 << 40,
            ..shipped.without_limits()
        };
        let market = MarketParams {
            price_decimals: 8,
            lot_decimals: 0,
            feed_decimals: 8,
            concentration_bps: 0,
            breaker_bps: 0,
            ..shipped.markets[0].1.clone()
        };
        let clock = Clock { slot: 1_000, ts: 1_700_000_000 };
        let mut scene = Self { model: Model::new(fund, vec![market], clock), clock };
        scene.lasting(FIRST);
        scene.model.give("treasurer", PURSE);
        scene.must(Op::FundTreasury { funder: "treasurer".into(), amount: 7 });
        for (name, margin) in PAIR.into_iter().zip([23, 29]).chain([(IDLE, 0)]) {
            scene.seat(name, margin, 11);
        }
        scene
    }

    fn seat(&mut self, name: &str, margin: u64, contribution: u64) {
        self.model.give(name, PURSE);
        self.must(Op::Open { member: name.into() });
        if margin > 0 {
            self.must(Op::Deposit { member: name.into(), amount: margin });
        }
        self.must(Op::Contribute { member: name.into(), amount: contribution });
    }

    fn wait(&mut self, secs: i64) {
        let slots = secs.unsigned_abs() * 1_000 / 400;
        self.must(Op::Wait { secs, slots });
    }

    fn update(price: i64) -> Update {
        Update { price, confidence: 0, exponent: -8, age_secs: 0, full: true }
    }

    fn print(price: i64) -> Op {
        Op::Crank { market: MARKET, update: Self::update(price) }
    }

    /// A price that has been on chain for two cells.
    fn lasting(&mut self, price: i64) {
        self.must(Self::print(price));
        self.wait(20);
        self.must(Self::print(price));
    }

    /// The first of the pair buys of the second at the mark.
    fn trade(&mut self, lots: u64) {
        self.trade_of(PAIR[0], PAIR[1], lots);
    }

    fn trade_of(&mut self, buyer: &str, seller: &str, lots: u64) {
        let price = self.model.markets[0].price as u64;
        let [buyer, seller] = [buyer, seller].map(String::from);
        for (name, amount) in [(&buyer, lots / 2), (&seller, lots / 2)] {
            self.must(Op::Deposit { member: name.clone(), amount });
        }
        self.must(Op::Novate { buyer, seller, market: MARKET, lots, price });
    }

    /// The default of the first of the pair: the first call begins its grace period.
    fn declare(&mut self) {
        for _ in 0..2 {
            self.must(Self::print(self.model.markets[0].price as i64));
            self.must(Op::Declare { member: PAIR[0].into(), keeper: None });
            self.wait(11);
        }
        assert_eq!(self.model.defaults.len(), 1, "it is not declared");
        self.must(Self::print(self.model.markets[0].price as i64));
    }

    fn tries(&mut self, op: &Op) -> bool {
        if !self.model.can_try(op) {
            return false;
        }
        let mut clock = self.clock;
        if let Op::Wait { secs, slots } = op {
            clock.ts += Int::from(*secs);
            clock.slot += Int::from(*slots);
        }
        let done = self.model.apply(op, clock).is_ok();
        if done {
            self.clock = clock;
        }
        done
    }

    fn must(&mut self, op: Op) {
        let mut reasons = self.clone();
        assert!(self.tries(&op), "{op:?}: {:?}", reasons.model.apply(&op, reasons.clock));
    }

    /// Everything that can be called, and what time and the oracle can do.
    fn actions(&self, prices: &[i64]) -> Vec<Op> {
        let mark = self.model.markets[0].price as u64;
        let mut ops: Vec<Op> = prices.iter().map(|price| Self::print(*price)).collect();
        ops.extend([(1, 2), (20, 50), (8 * 86_400, 1_728_000)].map(|(secs, slots)| Op::Wait { secs, slots }));
        for [name, other] in [PAIR, [PAIR[1], PAIR[0]]] {
            let (member, target) = (|| name.to_owned(), other.to_owned());
            let held = &self.model.members[name];
            ops.extend([
                Op::Deposit { member: member(), amount: 1 },
                Op::Withdraw { member: member(), amount: 1 },
                Op::Withdraw { member: member(), amount: held.margin.max(2) as u64 },
                Op::Contribute { member: member(), amount: 2 },
                Op::Request { member: member(), shares: self.model.live_shares(name).max(1) as u128 },
                Op::Cancel { member: member() },
                Op::Claim { member: member() },
                Op::ClaimRewards { member: member() },
                Op::ClaimRecovery { member: member() },
                Op::AgreeAssessment { member: member() },
                Op::Novate { buyer: member(), seller: target.clone(), market: MARKET, lots: 1, price: mark },
                Op::Novate {
                    buyer: member(),
                    seller: target.clone(),
                    market: MARKET,
                    lots: 7,
                    price: mark + mark / 100,
                },
                Op::TakeOver { member: member(), market: MARKET, lots: ALL },
                Op::Liquidate { member: member(), target, market: MARKET, lots: ALL },
                Op::Settle { member: member(), market: MARKET, by_owner: true },
                Op::Settle { member: member(), market: MARKET, by_owner: false },
            ]);
        }
        ops.extend(self.calls_of_anybody(prices));
        ops
    }

    /// What is called with an offer, and for a member, a default or the fund by whoever calls.
    fn calls_of_anybody(&self, prices: &[i64]) -> Vec<Op> {
        let mut ops = vec![];
        for name in NAMES {
            let member = || name.to_owned();
            ops.extend([
                Op::Declare { member: member(), keeper: Some(PAIR[1].into()) },
                Op::Watch { member: member() },
                Op::EndWatch { member: member() },
                Op::SettleEpoch { member: member() },
                Op::EnforceCall { member: member(), settle_epoch: false },
                Op::RegisterGains { member: member() },
                Op::PayClaim { member: member() },
                Op::CloseOut { member: member() },
                Op::PayOut { member: member() },
            ]);
        }
        if self.model.offers.contains_key(&offer()) {
            let (taker, any) = (|| String::from(PAIR[1]), 0);
            let prints = prices.iter().map(|price| Self::update(*price));
            ops.extend(prints.map(|update| Op::FillOffer {
                taker: taker(),
                offer: offer(),
                update,
                gap_secs: 21, // it is the first print after a taking, whatever the wait
            }));
            ops.extend([
                Op::TakeOffer { taker: taker(), offer: offer(), lots: -2, limit_price: any },
                Op::TakeOffer { taker: taker(), offer: offer(), lots: -5, limit_price: any },
                Op::LapseTaking { taker: taker(), offer: offer() },
                Op::CancelOffer { by: PAIR[0].into(), offer: offer() },
            ]);
        }
        for record in self.model.defaults.keys() {
            ops.extend([
                Op::Allocate { record: record.clone(), keeper: Some(PAIR[0].into()) },
                Op::ReleaseCushion { record: record.clone() },
                Op::CloseDefault { record: record.clone() },
            ]);
        }
        ops.extend([
            Op::FundTreasury { funder: "treasurer".into(), amount: 1 },
            Op::AllocateResidual,
            Op::OpenGainsCut,
            Op::CutGains,
            Op::CollectPremium { market: MARKET },
            Op::BookHouse { market: MARKET },
        ]);
        ops
    }

    /// What anybody can call for others: settlements, allocations, and the sale of the house.
    fn anybodys(&self) -> Vec<Op> {
        let settle = |name: &&str| Op::Settle { member: (*name).into(), market: MARKET, by_owner: false };
        let records = self.model.defaults.keys().flat_map(|record| {
            [
                Op::Allocate { record: record.clone(), keeper: None },
                Op::ReleaseCushion { record: record.clone() },
            ]
        });
        let mut ops: Vec<Op> = NAMES.iter().map(settle).chain(records).collect();
        ops.extend([
            Op::TakeOver { member: MAKER.into(), market: MARKET, lots: ALL },
            Op::CollectPremium { market: MARKET },
            Op::BookHouse { market: MARKET },
        ]);
        ops
    }

    /// What a member owns, in base units: each sum rounded down.
    fn owned_by(&self, name: &str) -> Int {
        let member = &self.model.members[name];
        let market = &self.model.markets[0];
        let held = member.held(0);
        let profit = held.map_or(0, |held| (held.lots * market.price + held.raw).div_euclid(market.scale));
        member.margin + profit + self.model.contribution(name) + self.model.purses[name]
    }

    /// What the pair owns.
    fn owned(&self) -> Int {
        PAIR.iter().map(|name| self.owned_by(name)).sum()
    }

    fn key(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.model.hash(&mut hasher);
        (self.clock.slot, self.clock.ts).hash(&mut hasher);
        hasher.finish()
    }
}

fn offer() -> OfferId {
    (OFFER.0.into(), OFFER.1)
}

struct Search<'a> {
    start: &'a Start,
    /// What the pair has brought.
    brought: Int,
    /// How many actions were looked ahead from a state.
    known: HashMap<u64, u8>,
    history: Vec<Op>,
    seen: Seen,
}

impl Search<'_> {
    fn go_on(&mut self, scene: &Scene, left: u8) {
        for op in scene.actions(self.start.prices) {
            let mut next = scene.clone();
            self.seen.tried += 1;
            if !next.tries(&op) {
                continue;
            }
            self.seen.accepted += 1;
            *self.seen.by_name.entry(op.name()).or_default() += 1;
            let name = next.key();
            let is_known = match self.known.entry(name) {
                Entry::Occupied(ahead) if *ahead.get() >= left => true,
                Entry::Occupied(mut ahead) => {
                    ahead.insert(left);
                    false
                }
                Entry::Vacant(place) => {
                    place.insert(left);
                    false
                }
            };
            let what = self.broken(scene, &next, &op);
            self.history.push(op);
            if let Some(what) = what {
                self.seen.broken = Some((self.history.clone(), what));
            } else if left > 1 && !is_known {
                self.go_on(&next, left - 1);
            }
            self.history.pop();
            if self.seen.broken.is_some() {
                return;
            }
        }
    }

    /// The first property that does not hold after an action.
    fn broken(&self, before: &Scene, after: &Scene, op: &Op) -> Option<String> {
        let mut broken = after.model.broken();
        broken.extend(after.model.broken_by(&before.model, op));
        let owned = after.owned();
        if self.start.within_margin && owned > self.brought {
            broken.push(format!("P7: the pair brought {} and has {owned}", self.brought));
        }
        broken.into_iter().next()
    }
}

/// Searches from every start, up to so many actions; tells of each start that is done.
///
/// # Errors
/// When the shipped parameters cannot be read.
pub fn search(depth: u8, done: impl Fn(&Seen) + Sync) -> anyhow::Result<Vec<Seen>> {
    let shipped = Shipped::bundled()?;
    let from = |start| {
        let seen = search_from(&shipped, start, depth);
        done(&seen);
        seen
    };
    Ok(STARTS.par_iter().map(from).collect())
}

fn search_from(shipped: &Shipped, start: &Start, depth: u8) -> Seen {
    let mut scene = Scene::new(shipped);
    (start.prepare)(&mut scene);
    let (tried, accepted, states) = (0, 0, 0);
    let seen =
        Seen { start: start.name, depth, tried, accepted, states, by_name: Default::default(), broken: None };
    let known = HashMap::from([(scene.key(), depth)]);
    let mut search = Search { start, brought: scene.owned(), known, history: vec![], seen };
    search.go_on(&scene, depth);
    search.seen.states = search.known.len() as u64;
    search.seen
}

/// What all orders of the same calls have led to.
#[derive(Clone, Debug, Serialize)]
pub struct Orders {
    /// Prices of the fall, and of the houses' sale.
    pub prices: [i64; 2],
    /// Defaults that were declared.
    pub defaults: usize,
    /// States that were passed through.
    pub states: usize,
    /// States in which no call changes anything any more.
    pub ends: usize,
    /// The most that two of them differ in for anybody, in base units. The treasury counts with
    /// recoveries.
    pub spread: Int,
    /// Money that no layer has paid. A gains cut follows, which has its own orders.
    pub unfunded: Int,
}

/// All orders of the calls that are anybody's and take no time (P13), after falls and rises of many
/// sizes.
///
/// # Errors
/// When the shipped parameters cannot be read.
pub fn orders() -> anyhow::Result<Vec<Orders>> {
    let shipped = Shipped::bundled()?;
    let falls = [40, 140, 190, 220, 250, 290, 430, 520, 700];
    let prices = falls.iter().flat_map(|fall| [9, 10, 11].map(|next| [*fall, fall * next / 10]));
    Ok(prices.collect::<Vec<_>>().into_par_iter().map(|prices| all_orders(&shipped, prices)).collect())
}

fn all_orders(shipped: &Shipped, prices: [i64; 2]) -> Orders {
    let mut scene = Scene::new(shipped);
    for (buyer, seller, lots) in [(PAIR[0], PAIR[1], 30), (IDLE, PAIR[1], 13), (PAIR[0], IDLE, 5)] {
        scene.trade_of(buyer, seller, lots);
    }
    scene.seat(MAKER, 900, 20);
    for price in prices {
        scene.lasting(price);
        for _ in 0..2 {
            scene.must(Scene::print(price));
            for name in NAMES {
                scene.tries(&Op::Declare { member: name.into(), keeper: None });
            }
            scene.wait(11);
        }
        scene.must(Scene::print(price));
    }
    let defaults = scene.model.defaults.len();
    let (mut waiting, mut known) = (vec![scene], HashSet::new());
    let mut ends: Vec<Vec<Int>> = vec![];
    let mut unfunded = 0;
    while let Some(scene) = waiting.pop() {
        if !known.insert(scene.key()) {
            continue;
        }
        let after = |op: Op| {
            let mut next = scene.clone();
            (next.tries(&op) && next.key() != scene.key()).then_some(next)
        };
        let mut nexts: Vec<_> = scene.anybodys().into_iter().filter_map(after).collect();
        if nexts.is_empty() {
            // A residual is the sum of all houses, so that it comes last.
            nexts.extend(after(Op::AllocateResidual));
        }
        if nexts.is_empty() {
            let funds = scene.model.treasury + scene.model.recoveries;
            ends.push(NAMES.iter().map(|name| scene.owned_by(name)).chain([funds]).collect());
            unfunded = unfunded.max(scene.model.unfunded());
        }
        waiting.extend(nexts);
    }
    let spread = |place: usize| {
        let (least, most) =
            (ends.iter().map(|end| end[place]).min(), ends.iter().map(|end| end[place]).max());
        most.unwrap_or_default() - least.unwrap_or_default()
    };
    let spread = (0..=NAMES.len()).map(spread).max().unwrap_or_default();
    Orders { prices, defaults, states: known.len(), ends: ends.len(), spread, unfunded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_short_history_breaks_a_property() {
        let all = search(4, |_| {}).unwrap();
        for seen in &all {
            assert!(seen.broken.is_none(), "{}: {:?}", seen.start, seen.broken);
            assert!(seen.states > 5_000, "{}: {} states", seen.start, seen.states);
        }
        for name in ["FillOffer", "Liquidate", "Allocate", "AllocateResidual", "TakeOver", "Claim"] {
            assert!(all.iter().any(|seen| seen.by_name.contains_key(name)), "no {name}");
        }
    }

    /// A search that finds nothing may be blind: beyond margin, others pay for the pair.
    #[test]
    fn a_loss_that_others_pay_is_found() {
        let start = Start { within_margin: true, ..STARTS[4] };
        let seen = search_from(&Shipped::bundled().unwrap(), &start, 4);
        let (history, what) = seen.broken.expect("it is not found");
        assert!(what.starts_with("P7"), "{what}: {history:?}");
    }

    /// P13, in every order that there is.
    #[test]
    fn p13_all_orders_give_the_same() {
        let all = orders().unwrap();
        for orders in &all {
            assert!(orders.states > 10 && orders.ends > 0, "{orders:?}");
            assert!(orders.spread <= 1, "a unit for what rounds: {orders:?}");
        }
        for defaults in [1, 2] {
            assert!(all.iter().filter(|orders| orders.defaults == defaults).count() > 5);
        }
    }
}
