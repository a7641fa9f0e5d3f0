//! P7: two accounts that act together and know the next print take nothing from others, unless the
//! price moves by more than initial margin and `w(age)`.

use super::scene::{fund_params, market_params, usd, Rng, Scene, SOL};
use crate::{FundParams, Int, Op, Rates};

const PAIR: [&str; 2] = ["long", "short"];

/// E1's fund: two prints are valid, one of 200 that is `age` old, and one of now.
fn fund(params: FundParams) -> Scene {
    let mut sol = market_params(2);
    sol.rates = Rates { initial: 850, maintenance: 540, contribution: 250, stress: 3_550 };
    let mut scene = Scene::with(params, vec![sol]);
    scene.treasury(10_000.0);
    scene.member("ann", 0.0, 60_000.0);
    scene.member("ben", 0.0, 40_000.0);
    scene.member("keeper", 90_000_000.0, 1_000_000.0);
    scene.settle_price(SOL, 200.0);
    scene.wait(60); // the mark is older than the print that the pair has
    for name in PAIR {
        scene.member(name, 40_000.0, 4_500.0);
    }
    scene
}

/// One move of the pair: the old print, the new one, a trade, a settlement or a withdrawal.
fn act(scene: &mut Scene, rng: &mut Rng, next: f64, age: i64) -> Option<Op> {
    let [long, short] = if rng.below(3) == 0 { ["short", "long"] } else { PAIR };
    let mark = scene.model.markets[0].price;
    let op = match rng.below(9) {
        0 => Op::Crank { market: SOL, update: Scene::print(200.0, age) },
        1 => Op::Crank { market: SOL, update: Scene::print(next, 0) },
        2..=5 => {
            let price = mark * [9_900, 10_000, 10_100][rng.below(3) as usize] / 10_000;
            let lots = [235_000, 118_000, 82_300, 40_000, 10_000, 1_000][rng.below(6) as usize];
            Op::Novate { buyer: long.into(), seller: short.into(), market: SOL, lots, price: price as u64 }
        }
        6 => Op::Settle { member: long.into(), market: SOL, by_owner: true },
        _ => {
            let margin = scene.model.members[long].margin.max(1);
            let amount = margin / [1, 2, 4][rng.below(3) as usize];
            Op::Withdraw { member: long.into(), amount: amount.max(1) as u64 }
        }
    };
    scene.tries(op.clone()).is_ok().then_some(op)
}

/// Keepers do their work at the new price; returns what the pair has then.
fn aftermath(scene: &mut Scene, next: f64) -> Int {
    for _ in 0..4 {
        scene.wait(10);
        let _ = scene.tries(Op::Crank { market: SOL, update: Scene::print(next, 0) });
        for name in PAIR {
            let _ = scene.tries(Op::Liquidate {
                member: "keeper".into(),
                target: name.into(),
                market: SOL,
                lots: 1 << 40,
            });
            let _ = scene.tries(Op::Declare { member: name.into(), keeper: None });
        }
    }
    let records: Vec<_> = scene.model.defaults.keys().cloned().collect();
    for record in records.clone() {
        let _ = scene.tries(Op::Allocate { record, keeper: None });
    }
    let _ = scene.tries(Op::TakeOver { member: "keeper".into(), market: SOL, lots: 1 << 40 });
    for record in records {
        let _ = scene.tries(Op::ReleaseCushion { record });
    }
    let model = &scene.model;
    let of = |name: &str| {
        let member = &model.members[name];
        let market = &model.markets[0];
        let held = member.held(0);
        let profit = held.map_or(0, |held| (held.lots * market.price + held.raw).div_euclid(market.scale));
        member.margin + model.contribution(name) + model.purses[name] + profit
    };
    PAIR.map(of).iter().sum()
}

/// The most that the pair gains in many random sequences of up to six moves, and how.
fn search(params: &FundParams, next: f64, age: i64, tries: u64) -> (f64, Vec<Op>) {
    let start = fund(params.clone());
    let before = PAIR.len() as Int * Int::from(usd(1e9));
    let mut best = (0, vec![]);
    for seed in 1..=tries {
        let mut scene = Scene { model: start.model.clone(), clock: start.clock };
        let mut rng = Rng(seed.wrapping_mul(6_364_136_223_846_793_005) | 1);
        let moves: Vec<Op> = (0..6).filter_map(|_| act(&mut scene, &mut rng, next, age)).collect();
        let gained = aftermath(&mut scene, next) - before;
        if gained > best.0 {
            best = (gained, moves);
        }
    }
    (best.0 as f64 / 1e6, best.1)
}

fn params() -> FundParams {
    FundParams { cover_limit_bps: 100_000, crowding_limit_bps: 1 << 40, ..fund_params() }
}

/// Without the width of B the search finds E1.
#[test]
fn the_search_finds_e1_without_b() {
    let (gained, moves) = search(&FundParams { age_full_secs: 1 << 40, ..params() }, 160.0, 20, 1_000);
    assert!(gained > 1_000.0, "{gained} by {moves:?}");
}

#[test]
fn p7_choosing_among_prints_gains_nothing() {
    // Falls and rises within 8.5% and w, which is 35.5% of 20, 40 and 45 parts of 45.
    for (next, age) in [(160.0, 20), (172.0, 20), (240.0, 20), (130.0, 40), (120.0, 59), (280.0, 59)] {
        let (gained, moves) = search(&params(), next, age, 1_000);
        assert!(gained <= 0.01, "{gained} gained at {next} and {age} seconds by {moves:?}");
    }
}
