//! Random histories of the model alone: the books hold after every action.

use super::scene::{fund_params, market_params, usd, Scene};
use crate::{Int, Op, Rates, Reason};
use std::collections::{BTreeMap, BTreeSet};

const NAMES: [&str; 5] = ["alice", "bob", "carol", "dave", "erin"];

/// A generator of pseudorandom numbers (xorshift), so that a history is repeated by its seed.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn name(&mut self) -> String {
        NAMES[self.below(NAMES.len() as u64) as usize].into()
    }

    /// Small amounts and large ones alike.
    fn amount(&mut self) -> u64 {
        let digits = self.below(12) as u32;
        1 + self.below(10u64.pow(digits))
    }
}

struct History {
    scene: Scene,
    rng: Rng,
    prices: [f64; 2],
    accepted: BTreeMap<&'static str, usize>,
}

impl History {
    fn new(seed: u64) -> Self {
        let mut rng = Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut params = fund_params();
        params.clearing_fee_bps = 5;
        params.bounty_cap = Int::from(usd(10.0));
        params.bounty_bps = 100;
        params.assessment_cap_bps = [0, 5_000][rng.below(2) as usize];
        params.default_confirm_slots = [0, 25][rng.below(2) as usize];
        params.min_contribution = 10;
        params.notice_secs = 100;
        params.claim_window_secs = 20_000;
        params.assessment_secs = 300;
        params.wind_down_secs = 600;
        params.call_secs = 60;
        let market = |lot_decimals| {
            let mut market = market_params(lot_decimals);
            market.rates = Rates { initial: 1_000, maintenance: 500, contribution: 100, stress: 3_000 };
            market.premium_bps_per_year = 500;
            market.breaker_bps = 1_500;
            market
        };
        let scene = Scene::with(params, vec![market(2), market(4)]);
        let mut history = Self { scene, rng, prices: [200.0, 60_000.0], accepted: BTreeMap::new() };
        history.scene.treasury(500.0);
        for name in NAMES {
            let (margin, contribution) =
                (history.rng.below(20_000) as f64, 100.0 + history.rng.below(2_000) as f64);
            history.scene.member(name, margin, contribution);
        }
        history.publish();
        history
    }

    fn publish(&mut self) {
        for market in 0..2 {
            let spread = [0.001, 0.01, 0.1, 0.4][self.rng.below(4) as usize];
            let moved = (self.rng.below(2_001) as f64 / 1_000.0 - 1.0) * spread;
            self.prices[market] = (self.prices[market] * (1.0 + moved)).clamp(1.0, 1e6);
            let mut update = Scene::print(self.prices[market], self.rng.below(15) as i64);
            update.confidence = update.price as u64 / 10_000 * self.rng.below(30);
            match self.rng.below(40) {
                0 => update.price = -1,
                1 => update.exponent = -5,
                2 => update.confidence = update.price.unsigned_abs() / 10,
                _ => {}
            }
            if self.rng.below(10) > 0 {
                let _ = self.attempt(Op::Crank { market: market as u16, update });
            }
        }
    }

    fn attempt(&mut self, op: Op) -> Result<(), BTreeSet<Reason>> {
        if !self.scene.model.can_try(&op) {
            return Ok(());
        }
        let name = op.name();
        let outcome = self.scene.tries(op);
        *self.accepted.entry(name).or_default() += usize::from(outcome.is_ok());
        outcome
    }

    fn step(&mut self) {
        match self.rng.below(5) {
            0 => self.scene.wait(1 + self.rng.below(30) as i64),
            1 if self.rng.below(20) == 0 => self.scene.wait(10_000),
            1 if self.rng.below(20) == 0 => self.scene.clock.ts += 3_600,
            1 => self.publish(),
            _ => {
                let op = self.draw();
                let _ = self.attempt(op);
            }
        }
    }

    fn draw(&mut self) -> Op {
        let rng = &mut self.rng;
        let market = rng.below(2) as u16;
        let (member, other) = (rng.name(), rng.name());
        let lots = 1 + rng.below([10_000, 2_000][usize::from(market)]);
        let band = 1.0 + (rng.below(201) as f64 - 100.0) / 10_000.0;
        let keeper = (rng.below(2) == 0).then(|| other.clone());
        match rng.below(26) {
            0..=4 if member != other => {
                let mark = self.scene.model.markets[usize::from(market)].price as f64;
                Op::Novate { buyer: member, seller: other, market, lots, price: (mark * band) as u64 }
            }
            5 => Op::Deposit { member, amount: rng.amount() },
            6 => Op::Withdraw { member, amount: rng.amount() },
            7 => Op::Contribute { member, amount: rng.amount() },
            8 => {
                let held = self.scene.model.members.get(&member).map_or(0, |member| member.shares);
                Op::Request { member, shares: held as u128 / 2 + 1 }
            }
            9 | 10 => Op::Claim { member },
            11 | 12 => Op::Settle { member, market },
            13 | 14 if member != other => Op::Liquidate { member, target: other, market, lots },
            15 | 16 => Op::TakeOver { member, market, lots },
            17 => Op::Declare { member, keeper },
            18 => {
                let open = self.scene.model.defaults.iter().next_back();
                match open {
                    Some((seq, record)) => Op::Allocate { member: record.member.clone(), seq: *seq, keeper },
                    None => Op::AllocateResidual,
                }
            }
            19 => Op::AllocateResidual,
            20 => Op::EnforceCall { member, settle_epoch: false },
            21 => Op::SettleEpoch { member },
            22 => Op::HaircutGains,
            23 => [Op::ClaimRewards { member: member.clone() }, Op::ClaimRecovery { member }]
                [rng.below(2) as usize]
                .clone(),
            24 => {
                [Op::CollectPremium { market }, Op::ReportExposure { member }][rng.below(2) as usize].clone()
            }
            _ => {
                [Op::FixFinalMark { market }, Op::CloseOut { member: member.clone() }, Op::PayOut { member }]
                    [rng.below(3) as usize]
                    .clone()
            }
        }
    }
}

/// P1 to P3 are checked by [`Scene::tries`] after every action.
#[test]
fn books_hold_in_random_histories() {
    let mut accepted: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 1..=40 {
        let mut history = History::new(seed);
        for _ in 0..400 {
            history.step();
        }
        for (name, count) in history.accepted {
            *accepted.entry(name).or_default() += count;
        }
    }
    for name in ["Novate", "Liquidate", "TakeOver", "Declare", "Allocate", "Settle", "Claim", "Withdraw"] {
        assert!(
            accepted.get(name).is_some_and(|count| *count > 0),
            "{name} was never accepted: {accepted:?}"
        );
    }
}
