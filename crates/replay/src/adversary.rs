//! A bounded adversary: what two accounts that act together, and know the next print, can take from
//! others with up to six calls.
//!
//! In each state two prints are valid at once, an old one and one of now. The search goes breadth
//! first over everything the pair can call in any order, keeps the best sequences of every length,
//! and judges a sequence by what the pair owns once keepers have done their work at the new price.
//! Gained is what it then owns beyond what it would own had it done nothing. Property P7 allows a
//! gain only where the price has moved by more than initial margin and `w(age)`.

use {
    crate::shipped::Shipped,
    bulkhead_model::{Clock, FundParams, Int, MarketParams, Model, Op, Update},
    rayon::prelude::*,
    serde::Serialize,
};

const PAIR: [&str; 2] = ["one", "two"];
const KEEPER: &str = "keeper";
const VICTIM: &str = "victim";
const SOL: u16 = 0;
const BTC: u16 = 1;
/// Most calls of a sequence.
pub const CALLS: usize = 6;
/// The first price of both markets, in dollars.
const FIRST: [f64; 2] = [200.0, 60_000.0];
const PURSE: u64 = 1_000_000_000_000_000;

/// What the pair knows: the next price, in parts of the old one, and how old the old print is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Knows {
    /// The new price over the old one.
    pub moves: f64,
    /// Age of the old print in seconds.
    pub age_secs: i64,
}

/// The best that was found from one state.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// Name of the state.
    pub state: &'static str,
    /// What the pair knew.
    pub knows: Knows,
    /// What it gained, in dollars.
    pub gained: f64,
    /// By which calls.
    pub calls: Vec<Op>,
    /// How many sequences were tried.
    pub tried: u64,
}

/// What brings a fund into a state.
type Prepare = fn(&mut Scene);

/// States that a search begins from, each with the sentence that describes it.
pub const STATES: [(&str, Prepare); 6] = [
    ("two flat accounts with margin", |_| {}),
    ("they hold opposite positions at initial margin", |scene| {
        scene.trade(PAIR[0], PAIR[1], SOL, 30_000);
        scene.keep_margin(700.0, 0.0);
    }),
    ("each has one lot in a silent market", |scene| {
        scene.trade(PAIR[0], PAIR[1], BTC, 1);
        scene.silent = true;
    }),
    ("a stranger's lots are for sale", |scene| {
        scene.seat("stranger", 8_000.0, 4_000.0);
        scene.trade("stranger", KEEPER, SOL, 30_000);
        scene.lasting(SOL, FIRST[0] * 0.83);
        scene.declare_all();
        scene.first = FIRST[0] * 0.83;
    }),
    ("one of them has asked to leave with its contribution", |scene| {
        let shares = scene.model.live_shares(PAIR[0]) as u128;
        scene.must(Op::Request { member: PAIR[0].into(), shares });
        scene.wait(8 * 86_400);
        scene.lasting(SOL, FIRST[0]);
        scene.lasting(BTC, FIRST[1]);
    }),
    ("a victim holds lots near its maintenance margin", |scene| {
        scene.seat(VICTIM, 7_000.0, 4_000.0);
        scene.trade(VICTIM, KEEPER, SOL, 30_000);
        scene.lasting(SOL, FIRST[0] * 0.957);
        scene.first = FIRST[0] * 0.957;
    }),
];

/// A fund in one state.
#[derive(Clone)]
pub struct Scene {
    model: Model,
    clock: Clock,
    /// The price in dollars before the next one.
    first: f64,
    /// Whether the second market's feed has stopped.
    silent: bool,
}

impl Scene {
    fn new(fund: FundParams, markets: Vec<MarketParams>) -> Self {
        let clock = Clock { slot: 1_000, ts: 1_700_000_000 };
        let mut scene =
            Self { model: Model::new(fund, markets, clock), clock, first: FIRST[0], silent: false };
        scene.lasting(SOL, FIRST[0]);
        scene.lasting(BTC, FIRST[1]);
        scene.seat("ann", 0.0, 60_000.0);
        scene.seat("ben", 0.0, 40_000.0);
        scene.seat(KEEPER, 50_000_000.0, 500_000.0);
        scene.model.give("treasurer", PURSE);
        scene.must(Op::FundTreasury { funder: "treasurer".into(), amount: 30_000_000_000 });
        for name in PAIR {
            scene.seat(name, 40_000.0, 9_000.0);
        }
        scene
    }

    fn seat(&mut self, name: &str, margin: f64, contribution: f64) {
        self.model.give(name, PURSE);
        self.must(Op::Open { member: name.into() });
        let amount = |dollars: f64| (dollars * 1e6) as u64;
        if margin > 0.0 {
            self.must(Op::Deposit { member: name.into(), amount: amount(margin) });
        }
        self.must(Op::Contribute { member: name.into(), amount: amount(contribution) });
    }

    /// A trade at the last price, printed again.
    fn trade(&mut self, buyer: &str, seller: &str, market: u16, lots: u64) {
        let price = self.model.markets[usize::from(market)].price as u64;
        self.must(self.print(market, price as f64 / 1e8, 0));
        self.must(Op::Novate { buyer: buyer.into(), seller: seller.into(), market, lots, price });
    }

    /// Leaves each of the pair margin for its initial margin and these dollars on top.
    fn keep_margin(&mut self, one: f64, two: f64) {
        for (name, spare) in PAIR.into_iter().zip([one, two]) {
            let held = &self.model.members[name];
            let rate = self.model.markets[0].rates.initial;
            let value = held.lots(0).abs() * self.model.markets[0].price / self.model.markets[0].scale;
            let amount = held.margin - value * (rate + 300) / 10_000 - (spare * 1e6) as Int;
            if amount > 0 {
                self.tries(&Op::Withdraw { member: name.into(), amount: amount as u64 });
            }
        }
    }

    fn wait(&mut self, secs: i64) {
        self.clock.ts += Int::from(secs);
        self.clock.slot += Int::from(secs) * 1_000 / 400;
    }

    fn print(&self, market: u16, price: f64, age_secs: i64) -> Op {
        let update =
            Update { price: (price * 1e8).round() as i64, confidence: 0, exponent: -8, age_secs, full: true };
        Op::Crank { market, update }
    }

    /// A price that has been on chain for two cells.
    fn lasting(&mut self, market: u16, price: f64) {
        self.must(self.print(market, price, 0));
        self.wait(20);
        self.must(self.print(market, price, 0));
    }

    fn tries(&mut self, op: &Op) -> bool {
        self.model.can_try(op) && self.model.apply(op, self.clock).is_ok()
    }

    fn must(&mut self, op: Op) {
        let outcome = self.model.apply(&op, self.clock);
        assert!(outcome.is_ok(), "{op:?}: {outcome:?}");
    }

    /// Declares and allocates every default that there is.
    fn declare_all(&mut self) {
        for _ in 0..2 {
            let names: Vec<String> = self
                .model
                .members
                .iter()
                .filter(|(_, held)| held.has_positions())
                .map(|(name, _)| name.clone())
                .collect();
            for member in names {
                self.tries(&Op::SettleEpoch { member: member.clone() });
                self.tries(&Op::Declare { member, keeper: None });
            }
            self.wait(11);
            self.tries(&self.print(SOL, self.model.markets[0].price as f64 / 1e8, 0));
        }
        for record in self.model.defaults.keys().cloned().collect::<Vec<_>>() {
            self.tries(&Op::Allocate { record, keeper: None });
        }
    }

    /// Everything that the pair can call now.
    fn calls(&self, next: f64, knows: Knows) -> Vec<Op> {
        let mark = self.model.markets[0].price;
        let mut calls = vec![self.print(SOL, self.first, knows.age_secs), self.print(SOL, next, 0)];
        for [name, other] in [PAIR, [PAIR[1], PAIR[0]]] {
            for lots in [230_000u64, 60_000, 20_000, 4_000] {
                for band in [9_900, 10_000, 10_100] {
                    let price = (mark * band / 10_000) as u64;
                    calls.push(Op::Novate {
                        buyer: name.into(),
                        seller: other.into(),
                        market: SOL,
                        lots,
                        price,
                    });
                }
            }
            let margin = self.model.members[name].margin.max(1) as u64;
            calls.extend(
                [1, 2, 4].map(|part| Op::Withdraw { member: name.into(), amount: (margin / part).max(1) }),
            );
            calls.extend([
                Op::Settle { member: name.into(), market: SOL, by_owner: true },
                Op::Liquidate { member: name.into(), target: other.into(), market: SOL, lots: 1 << 40 },
                Op::Liquidate { member: name.into(), target: VICTIM.into(), market: SOL, lots: 1 << 40 },
                Op::Declare { member: name.into(), keeper: Some(other.into()) },
                Op::Declare { member: VICTIM.into(), keeper: Some(name.into()) },
                Op::TakeOver { member: name.into(), market: SOL, lots: 1 << 40 },
                Op::TakeOver { member: name.into(), market: SOL, lots: 1_000 },
                Op::Claim { member: name.into() },
            ]);
        }
        calls.retain(|op| match op {
            Op::Declare { member, .. } => self.model.members.contains_key(member),
            Op::Liquidate { target, .. } => self.model.members.contains_key(target),
            _ => true,
        });
        calls
    }

    /// What the pair owns in dollars once keepers have done their work at the new price.
    fn owned_after(mut self, next: f64) -> f64 {
        for _ in 0..4 {
            self.wait(10);
            self.tries(&self.print(SOL, next, 0));
            for name in PAIR {
                let target = name.to_owned();
                self.tries(&Op::Liquidate { member: KEEPER.into(), target, market: SOL, lots: 1 << 40 });
                self.tries(&Op::SettleEpoch { member: name.into() });
                self.tries(&Op::Declare { member: name.into(), keeper: None });
            }
        }
        for record in self.model.defaults.keys().cloned().collect::<Vec<_>>() {
            self.tries(&Op::Allocate { record, keeper: None });
        }
        self.tries(&Op::TakeOver { member: KEEPER.into(), market: SOL, lots: 1 << 40 });
        for record in self.model.defaults.keys().cloned().collect::<Vec<_>>() {
            self.tries(&Op::ReleaseCushion { record });
        }
        let shares = self.model.total_shares().max(1) as f64;
        let of = |name: &str| {
            let member = &self.model.members[name];
            let positions: Int = (0..self.model.markets.len())
                .filter_map(|market| member.held(market).map(|held| (market, held)))
                .map(|(market, held)| {
                    let at = &self.model.markets[market];
                    (held.lots * at.price + held.raw).div_euclid(at.scale)
                })
                .sum();
            let contribution = self.model.live_shares(name) as f64 / shares * self.model.contributions as f64;
            (member.margin + positions + self.model.purses[name]) as f64 + contribution
        };
        PAIR.iter().map(|name| of(name)).sum::<f64>() / 1e6
    }
}

/// The states, under these parameters; limits on volume are lifted, so that only prices protect.
pub fn state(shipped: &Shipped, name: &'static str) -> Scene {
    let of = |symbol: &str| {
        let found = shipped.markets.iter().find(|(is, _)| is == symbol).map(|(_, params)| params.clone());
        let mut params = found.unwrap_or_else(|| panic!("{symbol} is not among the shipped markets"));
        params.concentration_bps = 0;
        params.breaker_bps = 0;
        params
    };
    let fund = shipped.without_limits();
    let mut scene = Scene::new(fund, vec![of("SOL"), of("BTC")]);
    let prepare = STATES.iter().find(|(is, _)| *is == name).map(|(_, prepare)| prepare);
    prepare.unwrap_or_else(|| panic!("{name} is no state"))(&mut scene);
    if !scene.silent {
        scene.must(scene.print(BTC, FIRST[1], 0));
    }
    scene
}

/// Searches from a state; `kept` sequences of every length are continued.
pub fn search(shipped: &Shipped, name: &'static str, knows: Knows, kept: usize) -> Found {
    let mut start = state(shipped, name);
    let (first, next) = (start.first, start.first * knows.moves);
    start.must(start.print(SOL, first, 0));
    start.wait(knows.age_secs + 1);
    let idle = start.clone().owned_after(next);
    let mut found = Found { state: name, knows, gained: 0.0, calls: vec![], tried: 0 };
    let mut front: Vec<(f64, Scene, Vec<Op>)> = vec![(0.0, start, vec![])];
    for _ in 0..CALLS {
        let mut longer: Vec<(f64, Scene, Vec<Op>)> = front
            .par_iter()
            .flat_map_iter(|(_, scene, calls)| {
                scene.calls(next, knows).into_iter().filter_map(move |op| {
                    let mut scene = scene.clone();
                    scene.tries(&op).then(|| {
                        let calls = calls.iter().cloned().chain([op]).collect();
                        (scene.clone().owned_after(next) - idle, scene, calls)
                    })
                })
            })
            .collect();
        found.tried += longer.len() as u64;
        longer.sort_by(|a, b| b.0.total_cmp(&a.0));
        if let Some((gained, _, calls)) = longer.first().filter(|(gained, ..)| *gained > found.gained) {
            (found.gained, found.calls) = (*gained, calls.clone());
        }
        // The best, and a spread of the others: a first call of an attack gains nothing by itself.
        let step = (longer.len() / kept.max(1)).max(1);
        let is_kept = |place: usize| place < kept || (place - kept).is_multiple_of(step);
        let ranked = longer.into_iter().enumerate();
        front = ranked.filter(|(place, _)| is_kept(*place)).map(|(_, sequence)| sequence).collect();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const FALL: Knows = Knows { moves: 0.8, age_secs: 20 };

    #[test]
    fn without_doubt_about_old_prints_the_search_finds_a_trade_at_a_known_loss() {
        let mut shipped = Shipped::bundled().unwrap();
        shipped.fund.age_full_secs = 1 << 40;
        let found = search(&shipped, STATES[0].0, FALL, 12);
        assert!(found.gained > 1_000.0, "{} by {:?}", found.gained, found.calls);
    }

    #[test]
    fn p7_no_state_lets_a_pair_gain_from_a_price_it_knows() {
        let shipped = Shipped::bundled().unwrap();
        for (name, _) in STATES {
            let found = search(&shipped, name, FALL, 4);
            assert!(found.tried > 100, "{name}: {} tried", found.tried);
            assert!(found.gained < 0.01, "{name}: {} by {:?}", found.gained, found.calls);
        }
    }
}
